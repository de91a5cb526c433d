//! Which lens reads which message.

use super::index::{Message, What};
use crate::{
    lens::{self, FieldNode, Lens},
    wire::Layer,
};

/// The fields of a message. `port` is the server's; `method` the request's that it answers, where that is known.
pub(super) fn fields(message: &Message, bytes: &[u8], port: Option<u16>, method: Option<&str>) -> Vec<FieldNode> {
    if message.layer == Layer::Tls {
        return vec![sealed(bytes)];
    }
    let lens = match message.what {
        What::Http => Lens::Http1,
        What::Octets | What::Step(_) | What::Note | What::End => lens::choose(bytes, message.from, port),
    };
    match lens {
        // Rows of sixteen octets are what stands beside the tree already.
        Lens::Hex => vec![whole(bytes)],
        Lens::Http1 | Lens::Http2 => lens::read(lens, bytes, message.from, method.as_slice()),
    }
}

fn sealed(bytes: &[u8]) -> FieldNode {
    FieldNode {
        name: "TLS records".to_owned(),
        meaning: "Sealed: who has no key sees only how much crossed and when.",
        clause: "RFC 8446 §5.2",
        ..whole(bytes)
    }
}

fn whole(bytes: &[u8]) -> FieldNode {
    FieldNode {
        range: 0..bytes.len(),
        name: "octets".to_owned(),
        value: format!("{} octets", bytes.len()),
        meaning: "As they crossed; no lens fits them.",
        clause: "",
        wrong: None,
        parts: Vec::new(),
    }
}
