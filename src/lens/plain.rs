//! Octets no protocol claims, as they are.

use super::{
    FieldNode,
    protocol::{
        Arrow, Claim, Findings, LineSource, LineText, MAX_LINE_SHOWN, MessageSource, Opening, Piece, Protocol, Reader,
        Tone, Transport, UNREAD, Weight, Words,
    },
    text::{preview, shortened},
    turns::Turns,
};
use crate::wire::{
    Side,
    units::{count_octets, measured_octets},
};

/// Any octets.
#[derive(Debug)]
pub struct Plain;

/// The last row of the table.
pub const PLAIN: &dyn Protocol = &Plain;

impl Protocol for Plain {
    fn name(&self) -> &'static str {
        "octets"
    }

    fn claims(&self, _opening: &Opening<'_>) -> Claim {
        Claim::Yes
    }

    fn reader(&self, opening: &Opening<'_>) -> Box<dyn Reader> {
        Box::new(PlainReader { turns: Turns::default(), transport: opening.transport })
    }
}

#[derive(Debug)]
struct PlainReader {
    turns: Turns,
    transport: Transport,
}

impl Reader for PlainReader {
    fn read(&mut self, piece: Piece<'_>, found: &mut Findings) {
        if self.transport == Transport::Datagrams {
            found.begin(piece.at, UNREAD, None);
        } else {
            self.turns.take(&piece, UNREAD, found);
        }
        found.block(piece.range(), 0, None);
    }

    fn end(&mut self, _side: Side, _found: &mut Findings) {}

    fn line(&self, line: &LineSource<'_>) -> LineText {
        octets_line(line)
    }

    fn noun(&self, _side: Side, _kind: u8) -> &'static str {
        match self.transport {
            Transport::Datagrams => "Datagram",
            Transport::Stream => "Octets",
        }
    }

    fn fields(&self, _message: &MessageSource<'_>) -> Vec<FieldNode> {
        Vec::new()
    }

    fn words(&self, arrow: &Arrow<'_>) -> Option<Words> {
        octets_words(arrow)
    }
}

/// How many octets, and how they begin where they are text.
pub(super) fn octets_line(line: &LineSource<'_>) -> LineText {
    let begins = line.octets(MAX_LINE_SHOWN);
    let range = line.range();
    LineText::plain(summary(&count_octets(range.end - range.start), &begins.bytes, line.omitted()), Tone::Muted)
}

/// Octets summed up: how many, how many of them were left out, how they begin.
pub(super) fn summary(what: &str, begins: &[u8], omitted: u64) -> String {
    let mut text = what.to_owned();
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

/// The first line of what was said, where it is text; otherwise how much.
pub(super) fn octets_words(arrow: &Arrow<'_>) -> Option<Words> {
    if !arrow.begins {
        return None;
    }
    let line = arrow.beginning().split(|byte| matches!(byte, b'\r' | b'\n')).next().unwrap_or_default();
    let count = measured_octets(arrow.octets);
    let is_text =
        (3..=MAX_QUOTED).contains(&line.len()) && line.iter().all(|octet| octet.is_ascii_graphic() || *octet == b' ');
    let variants = if is_text { vec![shortened(&String::from_utf8_lossy(line)), count] } else { vec![count] };
    Some(Words { variants, weight: Weight::Octets })
}

/// Longest line that an arrow quotes.
const MAX_QUOTED: usize = 60;
