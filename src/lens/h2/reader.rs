//! Reads both sides of an HTTP/2 connection as they come. A message is what one side says until the other does, in whole frames.

use super::{
    frame::{SHOWN_OF_FRAME, frame_text},
    marks::{FrameMark, FrameMarker, MAX_BLOCK, block_of},
    names,
    streams::StreamFinder,
    tree,
    words::{END_HEADERS, HEADER_LEN},
};
use crate::{
    lens::{
        ExchangeView, FieldNode,
        h2::hpack::HeaderField,
        plain::{octets_line, octets_words},
        protocol::{
            FlowPiece, LadderArrow, LineSource, LineText, MessageSource, ProtocolReader, ReaderFindings, SectionEvent,
            TextTone, UNREAD, Words,
        },
        text::visible,
    },
    wire::{Side, units::count_octets},
};

/// Both sides of a connection.
#[derive(Debug)]
pub(super) struct Http2Reader {
    client: Http2Side,
    server: Http2Side,
    marks: Vec<FrameMark>,
}

/// One side.
#[derive(Debug)]
struct Http2Side {
    frames: FrameMarker,
    /// The other side has spoken since the message began.
    was_interrupted: bool,
    /// What kind of message it is in.
    open: Option<u8>,
}

impl Http2Reader {
    pub(super) fn new() -> Self {
        let speaker = |side| Http2Side { frames: FrameMarker::new(side), was_interrupted: false, open: None };
        Self { client: speaker(Side::Client), server: speaker(Side::Server), marks: Vec::new() }
    }

    fn speaker(&self, side: Side) -> &Http2Side {
        match side {
            Side::Client => &self.client,
            Side::Server => &self.server,
        }
    }

    /// The fields of the header block that begins in the line's frame, `None` when none does.
    fn fields_of(&self, line: &LineSource<'_>) -> Option<Result<Vec<HeaderField>, super::hpack::HpackError>> {
        let frames = &self.speaker(line.side()).frames;
        let block = frames.block_at(line.range().start)?;
        let octets = line.elsewhere(block.from..block.to, MAX_BLOCK + HEADER_LEN).bytes;
        Some(frames.decode_again(block, &block_of(&octets)))
    }
}

impl ProtocolReader for Http2Reader {
    fn read(&mut self, piece: FlowPiece<'_>, found: &mut ReaderFindings) {
        let (own, other) = match piece.side {
            Side::Client => (&mut self.client, &mut self.server),
            Side::Server => (&mut self.server, &mut self.client),
        };
        other.was_interrupted = true;
        let (is_lost, is_between) = (own.frames.is_lost(), own.frames.is_between());
        own.frames.feed(piece.bytes, piece.omitted, &mut self.marks);
        own.turn(&piece, (is_lost, is_between), &self.marks, found);
        self.marks.drain(..).for_each(|mark| line_of(mark, found));
    }

    fn end(&mut self, side: Side, found: &mut ReaderFindings) {
        let own = if side == Side::Client { &mut self.client } else { &mut self.server };
        own.frames.end(&mut self.marks);
        self.marks.drain(..).for_each(|mark| line_of(mark, found));
    }

    fn line(&self, line: &LineSource<'_>) -> LineText {
        match line.kind() {
            FRAME => {
                let mut shown = LineText::plain(frame_text(&line.octets(SHOWN_OF_FRAME).bytes), TextTone::Text);
                match self.fields_of(line) {
                    Some(Ok(fields)) => shown.text.push_str(&fields_text(&fields)),
                    Some(Err(_)) => shown.wrong = Some("the header block cannot be read".to_owned()),
                    None => {}
                }
                shown
            }
            GAP => {
                let range = line.range();
                LineText::plain(format!("{} not kept", count_octets(range.end - range.start)), TextTone::Bad)
            }
            _ => octets_line(line),
        }
    }

    fn noun(&self, _side: Side, kind: u8) -> &'static str {
        if kind == UNREAD { "Octets" } else { "HTTP/2 frames" }
    }

    fn fields(&self, message: &MessageSource<'_>) -> Vec<FieldNode> {
        tree::read(message.octets, message.side, message.at, &self.speaker(message.side).frames)
    }

    fn words(&self, arrow: &LadderArrow<'_>) -> Option<Words> {
        if arrow.kind == UNREAD { octets_words(arrow) } else { names::words(arrow) }
    }

    fn exchanges(&self, events: &mut dyn Iterator<Item = SectionEvent<'_>>) -> Vec<ExchangeView> {
        let (mut client, mut server) = (FrameMarker::new(Side::Client), FrameMarker::new(Side::Server));
        let (mut finder, mut marks) = (StreamFinder::default(), Vec::new());
        for event in events {
            let SectionEvent::Octets(piece) = event else { continue };
            let own = if piece.side == Side::Client { &mut client } else { &mut server };
            own.feed(piece.bytes, piece.omitted, &mut marks);
            marks.drain(..).for_each(|mark| finder.mark(piece.side, &mark));
        }
        finder.found
    }
}

impl Http2Side {
    /// Where a message begins in a piece: where its side's turn does, or with the first whole frame after that.
    fn turn(
        &mut self,
        piece: &FlowPiece<'_>,
        (is_lost, is_between): (bool, bool),
        marks: &[FrameMark],
        found: &mut ReaderFindings,
    ) {
        let kind = if is_lost { UNREAD } else { FRAMES };
        if self.open.is_none()
            || is_lost && (self.was_interrupted || self.open != Some(kind))
            || self.was_interrupted && is_between
        {
            self.begin(piece.at, kind, found);
        } else if self.was_interrupted {
            let whole = marks.iter().find_map(|mark| match mark {
                FrameMark::PrefaceEnd(at) => Some(*at),
                FrameMark::FrameEnd(range, frame) if !frame.has_block() || frame.has(END_HEADERS) => Some(range.end),
                _ => None,
            });
            if let Some(whole) = whole.filter(|whole| *whole < piece.range().end) {
                self.begin(whole, kind, found);
            }
        }
    }

    fn begin(&mut self, at: u64, kind: u8, found: &mut ReaderFindings) {
        self.was_interrupted = false;
        self.open = Some(kind);
        found.begin(at, kind, None);
    }
}

/// Adds the line that a mark makes.
fn line_of(mark: FrameMark, found: &mut ReaderFindings) {
    match mark {
        FrameMark::Frame(range, _) => found.block(range, FRAME, None),
        FrameMark::Lost(range) => found.more(range, LOST, None),
        FrameMark::Gap(range) => found.more(range, GAP, None),
        FrameMark::PrefaceEnd(_) | FrameMark::FrameEnd(..) | FrameMark::Fields(..) => {}
    }
}

/// `: GET http a.b /path, accept: */*`: the values of the fields every message has, then the others.
fn fields_text(fields: &[HeaderField]) -> String {
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

/// The kind of message that frames are.
const FRAMES: u8 = 1;
/// A frame, or the preface.
const FRAME: u8 = 1;
/// Octets of which it is not known where their frame begins.
const LOST: u8 = 2;
/// Octets the record left out.
const GAP: u8 = 3;
