//! Which lens reads which message.

use super::index::{Message, What};
use crate::{lens::FieldNode, wire::Layer};

/// The fields of a message.
pub(super) fn fields(message: &Message, bytes: &[u8]) -> Vec<FieldNode> {
    let (name, meaning, clause) = match (message.what, message.layer) {
        (_, Layer::Tls) => {
            ("TLS records", "Sealed: who has no key sees only how much crossed and when.", "RFC 8446 §5.2")
        }
        (What::Http | What::Octets | What::Step(_) | What::Note | What::End, _) => ("octets", "As they crossed.", ""),
    };
    vec![FieldNode {
        range: 0..bytes.len(),
        name: name.to_owned(),
        value: format!("{} octets", bytes.len()),
        meaning,
        clause,
        wrong: None,
        parts: Vec::new(),
    }]
}
