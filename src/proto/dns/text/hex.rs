//! Octets as hex digits, two an octet.

use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE, HEXUPPER};

/// The octets; `None` where other characters are among the digits, or one digit is too many.
pub(super) fn octets(digits: &str) -> Option<Vec<u8>> {
    HEXLOWER_PERMISSIVE.decode(digits.as_bytes()).ok()
}

/// The octets of groups of so many digits, with this separator between them.
pub(super) fn octets_of_groups(text: &str, separator: char, digits: usize) -> Option<Vec<u8>> {
    let groups: Vec<&str> = text.split(separator).collect();
    if groups.iter().any(|group| group.len() != digits || digits == 0) {
        return None;
    }
    octets(&groups.concat())
}

/// In capital letters.
pub(super) fn capitals(octets: &[u8]) -> String {
    HEXUPPER.encode(octets)
}

/// In small letters.
pub(super) fn small(octets: &[u8]) -> String {
    HEXLOWER.encode(octets)
}
