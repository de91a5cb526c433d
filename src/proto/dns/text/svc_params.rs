//! The parameters of SVCB and HTTPS records: `alpn="h2,h3" port=8443`. RFC 9460 §2.1 (text), §2.2 (octets), §7 and §8 (the keys), RFC 9461
//! (`dohpath`), RFC 9540 (`ohttp`).

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, Ipv6Addr},
};

use base64::{Engine as _, prelude::BASE64_STANDARD};

use super::{TextError, Word, quotation::quoted};

/// Keys by number (IANA "Service Parameter Keys"); every other is `key` and its number.
const KEYS: &[&str] =
    &["mandatory", "alpn", "no-default-alpn", "port", "ipv4hint", "ech", "ipv6hint", "dohpath", "ohttp"];
const MANDATORY: u16 = 0;
const ALPN: u16 = 1;
const NO_DEFAULT_ALPN: u16 = 2;
const PORT: u16 = 3;
const IPV4_HINT: u16 = 4;
const ECH: u16 = 5;
const IPV6_HINT: u16 = 6;
const OHTTP: u16 = 8;

/// The parameters' octets, in the order of their keys' numbers.
pub(super) fn from_words(words: &[Word]) -> Result<Vec<u8>, TextError> {
    let mut values: BTreeMap<u16, Vec<u8>> = BTreeMap::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let (key, text) = match word.text.split_once('=') {
            _ if word.quoted => return Err(TextError::unfit(&word.text, "a parameter, as port=443")),
            None => (word.text.as_str(), None),
            // The value may stand in quotation marks: it is a word of its own then.
            Some((key, "")) => (key, words.as_slice().first().filter(|next| next.quoted)),
            Some((key, _)) => (key, Some(word)),
        };
        let number = number_of(key).ok_or_else(|| TextError::unfit(key, "a parameter's key, as port or key65333"))?;
        let octets = match text {
            None => Vec::new(),
            Some(value) if value.quoted => {
                words.next();
                value.octets()?
            }
            Some(whole) => {
                let value = whole.text.split_once('=').map(|(_, value)| value.to_owned()).unwrap_or_default();
                Word { text: value, ..whole.clone() }.octets()?
            }
        };
        let octets = value(number, &octets).ok_or_else(|| {
            TextError::unfit(&String::from_utf8_lossy(&octets), "a value that this parameter may have")
        })?;
        if values.insert(number, octets).is_some() {
            return Err(TextError::unfit(key, "a parameter that is not there yet"));
        }
    }
    check(&values)?;
    let mut all = Vec::new();
    for (key, value) in values {
        let length = u16::try_from(value.len()).map_err(|_too_long| TextError::LongString)?;
        all.extend(key.to_be_bytes());
        all.extend(length.to_be_bytes());
        all.extend(value);
    }
    Ok(all)
}

/// What one key says about others: those that are mandatory are there (§8), and without the default protocols there are some (§7.1.1).
fn check(values: &BTreeMap<u16, Vec<u8>>) -> Result<(), TextError> {
    let mandatory = values.get(&MANDATORY).map(Vec::as_slice).unwrap_or_default();
    for key in pairs(mandatory) {
        if !values.contains_key(&key) {
            return Err(TextError::unfit(&name_of(key), "a mandatory parameter that the record has"));
        }
    }
    if values.contains_key(&NO_DEFAULT_ALPN) && !values.contains_key(&ALPN) {
        return Err(TextError::Missing { expected: "alpn, which no-default-alpn needs beside it," });
    }
    Ok(())
}

/// The value's octets from those of its text.
fn value(key: u16, text: &[u8]) -> Option<Vec<u8>> {
    let plain = std::str::from_utf8(text);
    Some(match key {
        MANDATORY => {
            let mut keys = plain.ok()?.split(',').map(number_of).collect::<Option<Vec<u16>>>()?;
            keys.sort_unstable();
            let is_set = keys.windows(2).all(|pair| pair.first() != pair.last()) && !keys.contains(&MANDATORY);
            is_set.then(|| keys.into_iter().flat_map(u16::to_be_bytes).collect())?
        }
        ALPN => {
            let mut octets = Vec::new();
            for name in list(text)? {
                octets.push(u8::try_from(name.len()).ok().filter(|length| *length > 0)?);
                octets.extend(name);
            }
            octets
        }
        NO_DEFAULT_ALPN | OHTTP => text.is_empty().then(Vec::new)?,
        PORT => plain.ok()?.parse::<u16>().ok()?.to_be_bytes().to_vec(),
        IPV4_HINT => {
            let ips = plain.ok()?.split(',').map(|ip| ip.parse::<Ipv4Addr>().ok()).collect::<Option<Vec<_>>>()?;
            ips.iter().flat_map(Ipv4Addr::octets).collect()
        }
        ECH => BASE64_STANDARD.decode(text).ok().filter(|octets| !octets.is_empty())?,
        IPV6_HINT => {
            let ips = plain.ok()?.split(',').map(|ip| ip.parse::<Ipv6Addr>().ok()).collect::<Option<Vec<_>>>()?;
            ips.iter().flat_map(Ipv6Addr::octets).collect()
        }
        _ => text.to_vec(),
    })
}

/// The items of a list: commas part them, a backslash stands before a comma or a backslash that is meant (appendix A.1).
fn list(text: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut items = vec![Vec::new()];
    let mut octets = text.iter();
    while let Some(octet) = octets.next() {
        match octet {
            b',' => items.push(Vec::new()),
            b'\\' => items.last_mut()?.push(*octets.next().filter(|next| matches!(next, b',' | b'\\'))?),
            octet => items.last_mut()?.push(*octet),
        }
    }
    Some(items)
}

/// The parameters as text; `None` where the octets are no parameters.
pub(super) fn text(mut octets: &[u8]) -> Option<String> {
    let mut all = Vec::new();
    while !octets.is_empty() {
        let ([key, more_key, length, more_length], rest) = octets.split_first_chunk::<4>()?;
        let key = u16::from_be_bytes([*key, *more_key]);
        let (value, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes([*length, *more_length])))?;
        octets = rest;
        let name = name_of(key);
        all.push(match value_text(key, value)? {
            text if text.is_empty() => name,
            text => format!("{name}={text}"),
        });
    }
    Some(all.join(" "))
}

fn value_text(key: u16, value: &[u8]) -> Option<String> {
    let joined = |texts: Vec<String>| Some(texts.join(",")).filter(|text| !text.is_empty());
    match key {
        MANDATORY if value.len().is_multiple_of(2) => joined(pairs(value).map(name_of).collect()),
        ALPN => {
            let (mut items, mut left) = (Vec::new(), value);
            while let Some((length, rest)) = left.split_first() {
                let (item, rest) = rest.split_at_checked(usize::from(*length))?;
                left = rest;
                let escaped = |octet: &u8| match octet {
                    b',' | b'\\' => vec![b'\\', *octet],
                    octet => vec![*octet],
                };
                items.push(item.iter().flat_map(escaped).collect::<Vec<u8>>());
            }
            Some(quoted(&items.join(&b','))).filter(|_| !items.is_empty())
        }
        PORT => Some(u16::from_be_bytes(value.try_into().ok()?).to_string()),
        NO_DEFAULT_ALPN | OHTTP => value.is_empty().then(String::new),
        IPV4_HINT if value.len().is_multiple_of(4) => {
            let ips = value.chunks_exact(4).filter_map(|ip| <[u8; 4]>::try_from(ip).ok());
            joined(ips.map(|ip| Ipv4Addr::from(ip).to_string()).collect())
        }
        IPV6_HINT if value.len().is_multiple_of(16) => {
            let ips = value.chunks_exact(16).filter_map(|ip| <[u8; 16]>::try_from(ip).ok());
            joined(ips.map(|ip| Ipv6Addr::from(ip).to_string()).collect())
        }
        ECH => Some(BASE64_STANDARD.encode(value)).filter(|text| !text.is_empty()),
        MANDATORY | IPV4_HINT | IPV6_HINT => None,
        _ if value.is_empty() => Some(String::new()),
        _ => Some(quoted(value)),
    }
}

fn pairs(octets: &[u8]) -> impl Iterator<Item = u16> {
    octets.chunks_exact(2).filter_map(|pair| Some(u16::from_be_bytes(pair.try_into().ok()?)))
}

fn number_of(key: &str) -> Option<u16> {
    let known = KEYS.iter().position(|known| *known == key).and_then(|number| u16::try_from(number).ok());
    // `key065` is no key: a number has one form.
    let by_number = || {
        let number = key.strip_prefix("key")?;
        number.parse::<u16>().ok().filter(|read| read.to_string() == number)
    };
    known.or_else(by_number)
}

fn name_of(key: u16) -> String {
    KEYS.get(usize::from(key)).map_or_else(|| format!("key{key}"), |name| (*name).to_owned())
}
