//! What stands between a record's owner and its data: TTL, class and type.

use super::{DNSClass, RecordType, TextError, Word, class_from_text, ttl_from_text, type_from_text};

/// TTL, class and type of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::proto::dns) struct RecordHead {
    pub(in crate::proto::dns) ttl: Option<u32>,
    pub(in crate::proto::dns) kind: RecordType,
}

impl RecordHead {
    /// Reads TTL and class, in either order or left out, and the type. Returns what follows.
    ///
    /// # Errors
    /// No type comes, or a class other than IN.
    pub(in crate::proto::dns) fn read(mut words: &[Word]) -> Result<(Self, &[Word]), TextError> {
        let (mut ttl, mut class) = (None, None);
        loop {
            let (word, rest) = words.split_first().ok_or(TextError::Missing { expected: "a record type" })?;
            words = rest;
            let text = word.text.as_str();
            if let (None, Some(read)) = (class, class_from_text(text)) {
                if read != DNSClass::IN {
                    return Err(TextError::unfit(text, "class IN (there is no other here)"));
                }
                class = Some(read);
            } else if let Some(kind) = type_from_text(text) {
                return Ok((Self { ttl, kind }, rest));
            } else if let (None, Some(seconds)) = (ttl, ttl_from_text(text)) {
                ttl = Some(seconds);
            } else {
                return Err(TextError::unfit(text, "a TTL, a class or a record type"));
            }
        }
    }
}
