//! Names as text. hickory-proto's own text forms are not used: they read and write `\DDD` as octal, and show `xn--` labels decoded.
//! Source: RFC 1035 §5.1, RFC 4343 §2.1; reverse names RFC 1035 §3.5 and RFC 3596 §2.5.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{
    Name, TextError,
    words::{EscapedText, unescape},
};

/// A name as zone files write it, with its final dot: `gaia.cs.umass.edu.`, `a\.b.example.`; the root is `.`.
pub fn name_text(name: &Name) -> String {
    if name.iter().len() == 0 {
        return ".".to_owned();
    }
    let mut text = String::with_capacity(name.len() + 1);
    for octet in name.iter().flat_map(|label| label.iter().map(Some).chain([None])) {
        match octet {
            None => text.push('.'),
            Some(b'.' | b'\\' | b'"' | b';' | b'(' | b')' | b'@' | b'$') => {
                text.push('\\');
                text.extend(octet.map(|octet| char::from(*octet)));
            }
            Some(octet @ 0x21..=0x7e) => text.push(char::from(*octet)),
            Some(octet) => text.push_str(&format!("\\{octet:03}")),
        }
    }
    text
}

/// A name from text: with a final dot it is whole, without one it is below `origin`; `@` is `origin`.
///
/// # Errors
/// An empty label, one of more than 63 octets, more than 255 octets together, a wrong escape.
pub fn name_from_text(text: &str, origin: &Name) -> Result<Name, TextError> {
    match text {
        "" => return Err(TextError::Missing { expected: "a name" }),
        "@" => return Ok(origin.clone()),
        "." => return Ok(Name::root()),
        _ => {}
    }
    let mut labels: Vec<Vec<u8>> = Vec::new();
    let mut label: Vec<u8> = Vec::new();
    let mut chars = text.chars();
    let mut whole = false;
    while let Some(c) = chars.next() {
        whole = c == '.';
        match c {
            '.' if label.is_empty() => return Err(TextError::EmptyLabel),
            '.' => labels.push(std::mem::take(&mut label)),
            '\\' => unescape(&mut chars)?.push_onto(&mut label),
            c => EscapedText::Char(c).push_onto(&mut label),
        }
        if label.len() > 63 {
            return Err(TextError::LongLabel);
        }
    }
    if !label.is_empty() {
        labels.push(label);
    }
    let above = if whole { None } else { Some(origin.iter()) };
    let labels = labels.iter().map(Vec::as_slice).chain(above.into_iter().flatten());
    from_labels(labels)
}

/// A name's octets, not compressed (RFC 1035 §3.1).
pub(super) fn name_octets(name: &Name) -> Vec<u8> {
    let mut octets = Vec::with_capacity(name.len() + 1);
    for label in name {
        // A label has at most 63 octets.
        octets.push(u8::try_from(label.len()).unwrap_or(u8::MAX));
        octets.extend(label);
    }
    octets.push(0);
    octets
}

/// A whole name of these labels, each of 1 to 63 octets.
pub(super) fn from_labels<'a>(labels: impl Iterator<Item = &'a [u8]>) -> Result<Name, TextError> {
    // Whatever else could be wrong with a label was looked at before.
    Name::from_labels(labels).map_err(|_too_long| TextError::LongName)
}

/// The name under which an address is looked up: `12.245.119.128.in-addr.arpa.`, or 32 nibbles below `ip6.arpa.`
pub fn reverse_name(ip: IpAddr) -> Name {
    Name::from(ip)
}

/// The address a reverse name stands for; `None` where it is not a whole one.
pub fn address_of_reverse(name: &Name) -> Option<IpAddr> {
    let labels: Option<Vec<&str>> = name.iter().map(|label| std::str::from_utf8(label).ok()).collect();
    let labels = labels?;
    let is = |label: &str, wanted: &str| label.eq_ignore_ascii_case(wanted);
    match labels.as_slice() {
        [d, c, b, a, family, arpa] if is(family, "in-addr") && is(arpa, "arpa") => {
            format!("{a}.{b}.{c}.{d}").parse::<Ipv4Addr>().ok().map(IpAddr::V4)
        }
        [nibbles @ .., family, arpa] if nibbles.len() == 32 && is(family, "ip6") && is(arpa, "arpa") => {
            let bits = nibbles.iter().rev().try_fold(0_u128, |sum, nibble| {
                let digit = u128::from_str_radix(nibble, 16).ok().filter(|_| nibble.len() == 1)?;
                Some(sum << 4 | digit)
            });
            bits.map(|bits| IpAddr::V6(Ipv6Addr::from(bits)))
        }
        _ => None,
    }
}
