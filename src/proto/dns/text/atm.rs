//! ATMA: the address of an ATM end system, in hex, or a telephone number behind `+`. ATM Forum, "ATM Name System Specification" 1.0,
//! §5.2 (octets) and §5.3 (text).

use super::hex;

const END_SYSTEM: u8 = 0;
const TELEPHONE: u8 = 1;

/// The octets from the text; dots between hex digits are of no account.
pub(super) fn from_text(text: &str) -> Option<Vec<u8>> {
    let (format, address) = match text.strip_prefix('+') {
        Some(digits) => (TELEPHONE, digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.as_bytes().to_vec())?),
        None if text.split('.').any(str::is_empty) => return None,
        None => (END_SYSTEM, hex::octets(&text.replace('.', ""))?),
    };
    (!address.is_empty()).then(|| [vec![format], address].concat())
}

/// As text; `None` where the octets are no address of these two kinds.
pub(super) fn text(octets: &[u8]) -> Option<String> {
    match octets.split_first()? {
        (&END_SYSTEM, address) if !address.is_empty() => Some(hex::small(address)),
        (&TELEPHONE, digits) if !digits.is_empty() && digits.iter().all(u8::is_ascii_digit) => {
            Some(digits.iter().fold("+".to_owned(), |text, digit| text + &char::from(*digit).to_string()))
        }
        _ => None,
    }
}
