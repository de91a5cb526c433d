//! A set of record types as NSEC, NSEC3 and CSYNC have it: windows of 256 types, a bit each. RFC 4034 §4.1.2. And as NXT has it, which was
//! before them: one bit for each type below 128. RFC 2535 §5.2.

use std::collections::BTreeMap;

use super::{RecordType, TextError, Word, type_from_text, type_name};

/// The octets of the types that the words name.
pub(super) fn from_words(words: &[Word]) -> Result<Vec<u8>, TextError> {
    let mut windows: BTreeMap<u8, Vec<u8>> = BTreeMap::new();
    for word in words {
        let kind = type_from_text(&word.text).ok_or_else(|| TextError::unfit(&word.text, "a record type"))?;
        let [window, bit] = u16::from(kind).to_be_bytes();
        let octets = windows.entry(window).or_default();
        let place = usize::from(bit / 8);
        if octets.len() <= place {
            octets.resize(place + 1, 0);
        }
        if let Some(octet) = octets.get_mut(place) {
            *octet |= 0x80 >> (bit % 8);
        }
    }
    let window = |(window, octets): (u8, Vec<u8>)| {
        let length = u8::try_from(octets.len()).unwrap_or(MOST_OCTETS);
        [vec![window, length], octets].concat()
    };
    Ok(windows.into_iter().flat_map(window).collect())
}

/// The types' names; `None` where the octets are no such set.
pub(super) fn text(mut octets: &[u8]) -> Option<String> {
    let mut names = Vec::new();
    while let Some(([window, length], rest)) = octets.split_first_chunk::<2>() {
        let (bits, rest) = rest.split_at_checked(usize::from(*length))?;
        if !(1..=MOST_OCTETS).contains(length) {
            return None;
        }
        octets = rest;
        for (place, octet) in (0_u8..).zip(bits) {
            let is_set = |bit: &u8| octet & (0x80 >> bit) != 0;
            let kind = |bit: u8| RecordType::from(u16::from_be_bytes([*window, place * 8 + bit]));
            names.extend((0..8).filter(is_set).map(|bit| type_name(kind(bit))));
        }
    }
    octets.is_empty().then(|| names.join(" "))
}

/// The octets of the types that the words name, in the form of NXT.
pub(super) fn old_from_words(words: &[Word]) -> Result<Vec<u8>, TextError> {
    let mut octets: Vec<u8> = Vec::new();
    for word in words {
        let kind = type_from_text(&word.text).map(u16::from).filter(|kind| (1..OLD_TYPES).contains(kind));
        let kind = kind.ok_or_else(|| TextError::unfit(&word.text, "a record type from 1 to 127"))?;
        let place = usize::from(kind / 8);
        if octets.len() <= place {
            octets.resize(place + 1, 0);
        }
        if let Some(octet) = octets.get_mut(place) {
            *octet |= 0x80 >> (kind % 8);
        }
    }
    Ok(octets)
}

/// The types' names; `None` where the octets are no such set, or end in one that names no type.
pub(super) fn old_text(octets: &[u8]) -> Option<String> {
    let bit = |kind: u16| octets.get(usize::from(kind / 8)).is_some_and(|octet| octet & (0x80 >> (kind % 8)) != 0);
    if octets.len() > usize::from(OLD_TYPES / 8) || octets.last() == Some(&0) || bit(0) {
        return None;
    }
    let names: Vec<String> = (1..OLD_TYPES).filter(|kind| bit(*kind)).map(|kind| type_name(kind.into())).collect();
    Some(names.join(" "))
}

/// NXT knows of the types below this.
const OLD_TYPES: u16 = 128;
/// Octets of one window.
const MOST_OCTETS: u8 = 32;
