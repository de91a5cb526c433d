//! TLS records as they cross: what kind, how long; their contents are sealed. RFC 8446 §5.

use std::ops::Range;

use crate::{
    lens::{Excerpt, FieldNode},
    wire::units::count_octets,
};

/// What one side sent, one node a record.
pub fn read(octets: Excerpt<'_>) -> Vec<FieldNode> {
    let bytes = octets.bytes;
    let mut nodes = Vec::new();
    let mut at = 0;
    while let Some([kind, major, minor, high, low]) = bytes.get(at..).and_then(|rest| rest.first_chunk::<HEADER>()) {
        let Some(name) = name(*kind).filter(|_| *major == 3) else { break };
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        let end = octets.kept(octets.crossed(at) + (HEADER + length) as u64).max(at + HEADER);
        let version = format!("{major:#04x}{minor:02x}");
        let mut node = node(at..end, name, count_octets(length as u64), SEALED, "RFC 8446 §5.1");
        node.parts = vec![
            self::node(at..at + 1, "type", format!("{kind} {name}"), TYPE, "RFC 8446 §5.1"),
            self::node(at + 1..at + 3, "version", version, VERSION, "RFC 8446 §5.1"),
            self::node(at + 3..at + 5, "length", count_octets(length as u64), LENGTH, "RFC 8446 §5.1"),
            self::node(at + HEADER..end, "contents", count_octets((end - at - HEADER) as u64), SEALED, "RFC 8446 §5.2"),
        ];
        if end - at < HEADER + length {
            node.wrong =
                Some(format!("{} of the record are not here", count_octets((at + HEADER + length - end) as u64)));
        }
        nodes.push(node);
        at = end;
    }
    if at < bytes.len() {
        let rest = count_octets((bytes.len() - at) as u64);
        nodes.push(node(at..bytes.len(), "part of a TLS record", rest, SEALED, "RFC 8446 §5.2"));
    }
    nodes
}

pub(super) fn name(kind: u8) -> Option<&'static str> {
    match kind {
        20 => Some("change cipher spec"),
        21 => Some("alert"),
        22 => Some("handshake"),
        23 => Some("application data"),
        _ => None,
    }
}

fn node(range: Range<usize>, name: &str, value: String, meaning: &'static str, clause: &'static str) -> FieldNode {
    FieldNode::leaf(range, name, value, meaning, clause)
}

/// Octets of a record's header.
pub(super) const HEADER: usize = 5;
const SEALED: &str = "Sealed: who has no key sees only how much crossed and when.";
const TYPE: &str = "What the record is for; once sealed, all say application data.";
const VERSION: &str = "A version from before TLS 1.3, which nobody goes by.";
const LENGTH: &str = "How many octets follow in this record.";

#[cfg(test)]
mod of_some_octets {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn stand_on_their_octets() {
        let nodes = read(Excerpt::whole(b"\x16\x03\x01\0\x02ab\x17\x03\x03\0\x05cd"));
        let names: Vec<_> = nodes.iter().map(|node| (node.name.as_str(), node.range.clone())).collect();
        assert_eq!(names, [("handshake", 0..7), ("application data", 7..14)]);
        assert_eq!(nodes[0].wrong, None);
        assert_eq!(nodes[1].wrong.as_deref(), Some("3 octets of the record are not here"));
    }

    proptest! {
        #[test]
        fn of_any_octets_cover_them(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            let mut at = 0;
            for node in read(Excerpt::whole(&bytes)) {
                prop_assert_eq!(node.range.start, at);
                at = node.range.end;
            }
            prop_assert_eq!(at, bytes.len());
        }
    }
}
