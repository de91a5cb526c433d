//! Which replies of POP3 go on with lines until a dot. RFC 1939 §3.

/// Lines until a dot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Listing {
    /// A message, or its beginning; in its header or not.
    Message { in_header: bool },
    /// Numbers, names, capabilities.
    Table,
}

/// What follows the first line of the reply to a command, when it went well.
pub(super) fn listing_of(command: &[u8]) -> Option<Listing> {
    let mut words = command.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let verb = words.next()?.to_ascii_uppercase();
    match (verb.as_slice(), words.next()) {
        (b"RETR" | b"TOP", _) => Some(Listing::Message { in_header: true }),
        (b"CAPA", _) | (b"LIST" | b"UIDL" | b"AUTH" | b"LANG", None) => Some(Listing::Table),
        _ => None,
    }
}
