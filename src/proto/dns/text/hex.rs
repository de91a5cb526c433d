//! Octets as hex digits, two an octet.

/// The octets; `None` where other characters are among the digits, or one digit is too many.
pub(super) fn octets(digits: &str) -> Option<Vec<u8>> {
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    let values: Vec<u32> = digits.chars().map(|c| c.to_digit(16)).collect::<Option<_>>()?;
    let octet = |pair: &[u32]| u8::try_from(pair.iter().fold(0, |sum, digit| sum << 4 | digit)).ok();
    values.chunks(2).map(octet).collect()
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
    octets.iter().map(|octet| format!("{octet:02X}")).collect()
}

/// In small letters.
pub(super) fn small(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}
