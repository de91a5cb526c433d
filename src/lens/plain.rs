//! Octets no protocol claims, as they are.

use super::{
    FieldNode,
    passages::MAX_LINE_SHOWN,
    protocol::{
        FlowOpening, FlowPiece, FlowTransport, LadderArrow, LineSource, LineText, MessageSource, Protocol,
        ProtocolClaim, ProtocolReader, ReaderFindings, TextTone, UNREAD, Weight, Words,
    },
    text::{preview, shortened},
    turns::TurnCutter,
};
use crate::wire::{
    Side,
    units::{count_octets, measured_octets},
};

/// Any octets.
#[derive(Debug)]
pub struct PlainOctets;

/// The last row of the table.
pub const PLAIN: &dyn Protocol = &PlainOctets;

impl Protocol for PlainOctets {
    fn name(&self) -> &'static str {
        "octets"
    }

    fn claims(&self, _opening: &FlowOpening<'_>) -> ProtocolClaim {
        ProtocolClaim::Yes
    }

    fn reader(&self, opening: &FlowOpening<'_>) -> Box<dyn ProtocolReader> {
        Box::new(PlainReader { turns: TurnCutter::default(), transport: opening.transport })
    }
}

#[derive(Debug)]
struct PlainReader {
    turns: TurnCutter,
    transport: FlowTransport,
}

impl ProtocolReader for PlainReader {
    fn read(&mut self, piece: FlowPiece<'_>, found: &mut ReaderFindings) {
        if self.transport == FlowTransport::Datagrams {
            found.begin(piece.at, UNREAD, None);
        } else {
            self.turns.take(&piece, UNREAD, found);
        }
        found.block(piece.range(), 0, None);
    }

    fn end(&mut self, _side: Side, _found: &mut ReaderFindings) {}

    fn line(&self, line: &LineSource<'_>) -> LineText {
        octets_line(line)
    }

    fn noun(&self, _side: Side, _kind: u8) -> &'static str {
        match self.transport {
            FlowTransport::Datagrams => "Datagram",
            FlowTransport::Stream => "Octets",
        }
    }

    fn fields(&self, _message: &MessageSource<'_>) -> Vec<FieldNode> {
        Vec::new()
    }

    fn words(&self, arrow: &LadderArrow<'_>) -> Option<Words> {
        octets_words(arrow)
    }
}

/// How many octets, and how they begin where they are text.
pub(super) fn octets_line(line: &LineSource<'_>) -> LineText {
    let begins = line.octets(MAX_LINE_SHOWN);
    let range = line.range();
    LineText::plain(summary(&count_octets(range.end - range.start), &begins.bytes, line.omitted()), TextTone::Muted)
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
pub(super) fn octets_words(arrow: &LadderArrow<'_>) -> Option<Words> {
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
