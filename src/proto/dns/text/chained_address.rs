//! A6: the last bits of an IPv6 address, and the name at which the bits before them are found: `64 ::1234:5678:9abc:def0
//! subnet.example.` RFC 2874 §3.1 (octets), §3.2 (text). RFC 6563 made it historic: nothing here follows it.

use std::net::Ipv6Addr;

use super::{
    Name, TextError, Word,
    name::{name_from_text, name_octets, name_text},
    octets::RdataOctets,
};

/// Bits of an address.
const BITS: u8 = 128;

/// The octets from the words of the text.
pub(super) fn from_words(words: &[Word], origin: &Name) -> Result<Vec<u8>, TextError> {
    let mut words = words.iter();
    let mut word = |expected| words.next().map(|word| &word.text).ok_or(TextError::Missing { expected });
    let text = word("the length of a prefix")?;
    let prefix: Option<u8> = text.parse().ok().filter(|length| *length <= BITS);
    let prefix = prefix.ok_or_else(|| TextError::unfit(text, "the length of a prefix, from 0 to 128,"))?;
    let mut octets = vec![prefix];
    if prefix < BITS {
        let text = word("an address suffix")?;
        let ip: Ipv6Addr = text.parse().map_err(|_reason| TextError::unfit(text, "an IPv6 address suffix"))?;
        octets.extend(suffix(ip, prefix));
    }
    if prefix > 0 {
        octets.extend(name_octets(&name_from_text(word("the name of a prefix")?, origin)?));
    }
    match words.next() {
        Some(extra) => Err(TextError::Extra { found: extra.text.clone() }),
        None => Ok(octets),
    }
}

/// As text; `None` where the octets are too few, or bits are set before the suffix.
pub(super) fn text(from: &mut RdataOctets<'_>) -> Option<String> {
    let prefix = from.u8().filter(|length| *length <= BITS)?;
    let mut text = prefix.to_string();
    if prefix < BITS {
        let given = from.take(16 - usize::from(prefix / 8))?;
        let mut whole = [0; 16];
        whole.get_mut(usize::from(prefix / 8)..)?.copy_from_slice(given);
        let ip = Ipv6Addr::from(whole);
        if suffix(ip, prefix) != given {
            return None;
        }
        text.push_str(&format!(" {ip}"));
    }
    if prefix > 0 {
        text.push_str(&format!(" {}", name_text(&from.name()?)));
    }
    Some(text)
}

/// The octets behind the prefix; what is left of the prefix in the first of them is 0.
fn suffix(ip: Ipv6Addr, prefix: u8) -> Vec<u8> {
    let bits = u128::from(ip) & u128::MAX.checked_shr(prefix.into()).unwrap_or(0);
    bits.to_be_bytes().into_iter().skip(usize::from(prefix / 8)).collect()
}
