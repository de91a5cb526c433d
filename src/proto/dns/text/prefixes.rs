//! Lists of prefixes as APL records have them: `1:192.0.2.0/24 !1:192.0.2.64/28`. RFC 3123 §4 (octets), §5 (text).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{TextError, Word};

const IPV4: u16 = 1;
const IPV6: u16 = 2;
const NEGATION: u8 = 0x80;

/// The octets of the prefixes that the words name; there may be none.
pub(super) fn from_words(words: &[Word]) -> Result<Vec<u8>, TextError> {
    let mut octets = Vec::new();
    for word in words {
        let read = prefix(&word.text);
        octets.extend(
            read.ok_or_else(|| TextError::unfit(&word.text, "a prefix, as 1:192.0.2.0/24 or !2:2001:db8::/32"))?,
        );
    }
    Ok(octets)
}

fn prefix(text: &str) -> Option<Vec<u8>> {
    let (negation, text) = match text.strip_prefix('!') {
        Some(rest) => (NEGATION, rest),
        None => (0, text),
    };
    let (family, text) = text.split_once(':')?;
    let (ip, bits) = text.split_once('/')?;
    let bits: u8 = bits.parse().ok()?;
    let (family, mut address) = match (family, ip.parse().ok()?) {
        ("1", IpAddr::V4(ip)) if bits <= 32 => (IPV4, ip.octets().to_vec()),
        ("2", IpAddr::V6(ip)) if bits <= 128 => (IPV6, ip.octets().to_vec()),
        _ => return None,
    };
    // Zeros at the end are not sent.
    while address.last() == Some(&0) {
        address.pop();
    }
    let length = u8::try_from(address.len()).ok()?;
    Some([&family.to_be_bytes()[..], &[bits, negation | length], &address].concat())
}

/// The prefixes as text; `None` where the octets are none, or of a family that has no text here.
pub(super) fn text(mut octets: &[u8]) -> Option<String> {
    let mut prefixes = Vec::new();
    while !octets.is_empty() {
        let ([family, more_family, bits, length], rest) = octets.split_first_chunk::<4>()?;
        let (negation, length) = (length & NEGATION != 0, length & !NEGATION);
        let (address, rest) = rest.split_at_checked(usize::from(length))?;
        octets = rest;
        let ip: IpAddr = match u16::from_be_bytes([*family, *more_family]) {
            IPV4 => Ipv4Addr::from(padded::<4>(address)?).into(),
            IPV6 => Ipv6Addr::from(padded::<16>(address)?).into(),
            _ => return None,
        };
        let (sign, family) = (if negation { "!" } else { "" }, if ip.is_ipv4() { IPV4 } else { IPV6 });
        prefixes.push(format!("{sign}{family}:{ip}/{bits}"));
    }
    Some(prefixes.join(" "))
}

/// An address with the zeros that were not sent.
fn padded<const N: usize>(address: &[u8]) -> Option<[u8; N]> {
    let mut whole = [0; N];
    whole.get_mut(..address.len())?.copy_from_slice(address);
    Some(whole)
}
