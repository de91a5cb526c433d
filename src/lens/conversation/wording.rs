//! What the lines of a conversation say.

use super::{LineEnd, LineKind, Row};
use crate::{
    lens::{
        h2::hpack::Decoded,
        text::{preview, visible},
    },
    proto::http::content::chunk_size,
    wire::{Content, Flow, Step, units::count_octets},
};

pub(super) fn step_text(flow: &Flow, row: Row) -> String {
    let step = flow.events.get(row.event as usize).map(|event| &event.content);
    match step {
        Some(Content::Step(Step::Fin)) => "has nothing more to send (FIN)",
        Some(Content::Step(Step::Rst)) => "tore the connection down (RST)",
        Some(Content::Step(Step::TlsEstablished)) => "TLS is established: what follows is sealed on the wire",
        _ => "",
    }
    .to_owned()
}

/// `: GET http a.b /path, accept: */*`: the values of the fields every message has, then the others.
pub(super) fn fields_text(fields: &[Decoded]) -> String {
    let mut text = String::from(":");
    for (index, field) in fields.iter().enumerate() {
        if field.name.starts_with(b":") {
            text.push(' ');
        } else {
            text.push_str(if index == 0 { " " } else { ", " });
            text.push_str(&visible(&field.name));
            text.push_str(": ");
        }
        text.push_str(&visible(&field.value));
    }
    text
}

pub(super) fn line_text(bytes: &[u8], whole: bool) -> (String, LineEnd) {
    match bytes {
        [text @ .., b'\r', b'\n'] if whole => (visible(text), LineEnd::CrLf),
        [text @ .., b'\n'] if whole => (visible(text), LineEnd::Lf),
        text if whole => (visible(text), LineEnd::None),
        text => (visible(text) + "…", LineEnd::None),
    }
}

pub(super) fn summary(row: Row, begins: &[u8], omitted: u64) -> String {
    let (length, begins) = match row.kind {
        LineKind::Chunk => {
            let line = begins.iter().position(|octet| *octet == b'\n').map_or(begins.len(), |end| end + 1);
            let (size, rest) = begins.split_at_checked(line).unwrap_or((begins, b""));
            let size = size.trim_ascii();
            let octets = chunk_size(size, true).unwrap_or(0);
            let rest = rest.get(..usize::try_from(octets).unwrap_or(usize::MAX).min(rest.len())).unwrap_or_default();
            (format!("chunk {} = {}", visible(size), count_octets(octets)), rest)
        }
        LineKind::Octets => (count_octets(row.length), begins),
        _ => (format!("content, {}", count_octets(row.length)), begins),
    };
    let mut text = length;
    if omitted > 0 {
        text.push_str(", ");
        text.push_str(&count_octets(omitted));
        text.push_str(" of them not kept");
    }
    let preview = preview(begins);
    if !preview.is_empty() {
        text.push_str(": ");
        text.push_str(&preview);
    }
    text
}

/// Octets of a line that are shown.
pub(super) const MAX_LINE_SHOWN: usize = 4096;
