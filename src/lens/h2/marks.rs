//! Marks on one side of an HTTP/2 connection as its octets come: where frames stand, the fields of header blocks, and how far each stream is.

use std::ops::Range;

use super::{
    frame::FrameHeader,
    hpack::{Decoder, HeaderField, HpackError, TableState},
    words::{END_HEADERS, HEADER_LEN, PADDED, PRIORITY},
};
use crate::{proto::http::server::HTTP2_PREFACE, wire::Side};

/// Something found in one side's octets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum FrameMark {
    /// A frame begins (or the preface, which has no header): where all of it stands, also what is still to come.
    Frame(Range<u64>, Option<FrameHeader>),
    /// The preface is complete, here.
    PrefaceEnd(u64),
    /// A header block is complete: its stream, its fields (`None` when it could not be read), and the frames it stood in.
    Fields(u32, Option<Vec<HeaderField>>, Range<u64>),
    /// A frame is complete.
    FrameEnd(Range<u64>, FrameHeader),
    /// Octets that are not read, because the record left out where the next frame begins.
    Lost(Range<u64>),
    /// Octets the record left out, and with them where the next frame begins.
    Gap(Range<u64>),
}

/// Marks frames as octets come.
#[derive(Clone, Debug)]
pub(super) struct FrameMarker {
    at: u64,
    preface_left: usize,
    header: Vec<u8>,
    frame: Option<OpenFrame>,
    block: Option<OpenBlock>,
    decoder: Decoder,
    is_lost: bool,
    /// The header blocks that are complete, in order.
    blocks: Vec<CompleteBlock>,
}

/// A header block that is complete: where the frames stand that it is in, and what the decoder's table held before it.
#[derive(Clone, Copy, Debug)]
pub(super) struct CompleteBlock {
    /// Where the first frame begins.
    pub(super) from: u64,
    /// Where the last frame ends.
    pub(super) to: u64,
    table: TableState,
}

/// A frame whose payload is coming.
#[derive(Clone, Debug)]
struct OpenFrame {
    header: FrameHeader,
    from: u64,
    left: u64,
    /// The payload, where it is a piece of a header block.
    kept: Vec<u8>,
}

/// HEADERS or `PUSH_PROMISE`, and the CONTINUATIONs so far (RFC 9113 §4.3).
#[derive(Clone, Debug)]
struct OpenBlock {
    stream: u32,
    from: u64,
    octets: Vec<u8>,
}

impl FrameMarker {
    pub(super) fn new(from: Side) -> Self {
        Self {
            at: 0,
            preface_left: if from == Side::Client { HTTP2_PREFACE.len() } else { 0 },
            header: Vec::with_capacity(HEADER_LEN),
            frame: None,
            block: None,
            decoder: Decoder::new(),
            is_lost: false,
            blocks: Vec::new(),
        }
    }

    /// Whether the next octet begins a frame that does not go on with a header block.
    pub(super) fn is_between(&self) -> bool {
        let in_preface = self.preface_left > 0 && self.preface_left < HTTP2_PREFACE.len();
        !in_preface && self.header.is_empty() && self.frame.is_none() && self.block.is_none()
    }

    /// Whether the record left out where the next frame begins.
    pub(super) fn is_lost(&self) -> bool {
        self.is_lost
    }

    /// The header block whose first frame begins at `offset`, if it is complete.
    pub(super) fn block_at(&self, offset: u64) -> Option<&CompleteBlock> {
        self.blocks.binary_search_by_key(&offset, |block| block.from).ok().and_then(|at| self.blocks.get(at))
    }

    /// Reads a header block once more, given its octets.
    pub(super) fn decode_again(&self, block: &CompleteBlock, octets: &[u8]) -> Result<Vec<HeaderField>, HpackError> {
        self.decoder.decode_again(block.table, octets)
    }

    /// More octets, and how many more crossed after them that the record left out.
    pub(super) fn feed(&mut self, mut bytes: &[u8], omitted: u64, marks: &mut Vec<FrameMark>) {
        while !bytes.is_empty() {
            let taken = self.take(bytes, marks);
            bytes = bytes.get(taken..).unwrap_or_default();
        }
        self.gap(omitted, marks);
    }

    fn take(&mut self, bytes: &[u8], marks: &mut Vec<FrameMark>) -> usize {
        if self.is_lost {
            marks.push(FrameMark::Lost(self.at..self.at + bytes.len() as u64));
            self.at += bytes.len() as u64;
            return bytes.len();
        }
        if self.preface_left > 0 {
            let whole = HTTP2_PREFACE.len();
            if self.preface_left == whole {
                marks.push(FrameMark::Frame(0..whole as u64, None));
            }
            let taken = self.preface_left.min(bytes.len());
            self.preface_left -= taken;
            self.at += taken as u64;
            if self.preface_left == 0 {
                marks.push(FrameMark::PrefaceEnd(self.at));
            }
            return taken;
        }
        if self.frame.is_some() {
            return self.payload(bytes, marks);
        }
        let taken = (HEADER_LEN - self.header.len()).min(bytes.len());
        self.header.extend_from_slice(bytes.get(..taken).unwrap_or_default());
        self.at += taken as u64;
        if let Some(header) = FrameHeader::read(&self.header) {
            self.header.clear();
            let from = self.at - HEADER_LEN as u64;
            let left = u64::from(header.length);
            marks.push(FrameMark::Frame(from..self.at + left, Some(header)));
            self.frame = Some(OpenFrame { header, from, left, kept: Vec::new() });
            self.finish(marks);
        }
        taken
    }

    fn payload(&mut self, bytes: &[u8], marks: &mut Vec<FrameMark>) -> usize {
        let Some(open) = &mut self.frame else { return bytes.len() };
        let taken = usize::try_from(open.left).map_or(bytes.len(), |left| left.min(bytes.len()));
        if open.header.has_block() && open.kept.len() <= MAX_BLOCK {
            open.kept.extend_from_slice(bytes.get(..taken).unwrap_or_default());
        }
        open.left -= taken as u64;
        self.at += taken as u64;
        self.finish(marks);
        taken
    }

    fn gap(&mut self, omitted: u64, marks: &mut Vec<FrameMark>) {
        let mut left = omitted;
        if (1..HTTP2_PREFACE.len()).contains(&self.preface_left) {
            let skipped = self.preface_left.min(usize::try_from(left).unwrap_or(usize::MAX));
            self.preface_left -= skipped;
            left -= skipped as u64;
            self.at += skipped as u64;
            if self.preface_left == 0 {
                marks.push(FrameMark::PrefaceEnd(self.at));
            }
        }
        if let Some(open) = &mut self.frame {
            let skipped = open.left.min(left);
            if skipped > 0 && open.header.has_block() {
                self.decoder.lose();
            }
            open.left -= skipped;
            left -= skipped;
            self.at += skipped;
            self.finish(marks);
        }
        if left > 0 {
            self.is_lost = true;
            self.give_up_header(marks);
            marks.push(FrameMark::Gap(self.at..self.at + left));
            self.at += left;
        }
    }

    /// Nothing more will come.
    pub(super) fn end(&mut self, marks: &mut Vec<FrameMark>) {
        self.give_up_header(marks);
    }

    /// What came of a frame header that will not come to its end.
    fn give_up_header(&mut self, marks: &mut Vec<FrameMark>) {
        let octets = std::mem::take(&mut self.header).len() as u64;
        if octets > 0 {
            marks.push(FrameMark::Lost(self.at.saturating_sub(octets)..self.at));
        }
    }

    /// Closes the frame whose payload is complete.
    fn finish(&mut self, marks: &mut Vec<FrameMark>) {
        let Some(OpenFrame { header, from, kept, .. }) = self.frame.take_if(|open| open.left == 0) else { return };
        if header.has_block() {
            self.fragment(header, from, &kept, marks);
        }
        marks.push(FrameMark::FrameEnd(from..self.at, header));
    }

    fn fragment(&mut self, header: FrameHeader, from: u64, payload: &[u8], marks: &mut Vec<FrameMark>) {
        let fragment = fragment_of(header, payload);
        let mut block = match self.block.take() {
            Some(block) if header.kind == CONTINUATION => block,
            _ => OpenBlock { stream: header.stream, from, octets: Vec::new() },
        };
        if block.octets.len() + fragment.len() > MAX_BLOCK {
            self.decoder.lose();
        } else {
            block.octets.extend_from_slice(fragment);
        }
        if header.has(END_HEADERS) {
            let table = self.decoder.state();
            let fields = self.decoder.decode(&block.octets).ok();
            self.blocks.push(CompleteBlock { from: block.from, to: self.at, table });
            marks.push(FrameMark::Fields(block.stream, fields, block.from..self.at));
        } else {
            self.block = Some(block);
        }
    }
}

/// The octets of the header block that `frames` hold: all of them, one after the other.
pub(super) fn block_of(mut frames: &[u8]) -> Vec<u8> {
    let mut block = Vec::new();
    while let Some((header, rest)) = FrameHeader::read(frames).zip(frames.get(HEADER_LEN..)) {
        let payload = header.payload_len().min(rest.len());
        let (payload, rest) = rest.split_at_checked(payload).unwrap_or((rest, &[]));
        block.extend_from_slice(fragment_of(header, payload));
        frames = rest;
    }
    block
}

/// The header block's octets in a payload: without padding, priority and promised stream.
pub(crate) fn fragment_of(header: FrameHeader, payload: &[u8]) -> &[u8] {
    if header.kind == CONTINUATION {
        return payload;
    }
    let padded = header.has(PADDED);
    let padding = if padded { payload.first().copied().map_or(0, usize::from) } else { 0 };
    let before = usize::from(padded)
        + match header.kind {
            PUSH_PROMISE => 4,
            _ if header.has(PRIORITY) => 5,
            _ => 0,
        };
    payload.get(before..payload.len().saturating_sub(padding)).unwrap_or_default()
}

const CONTINUATION: u8 = 0x9;
const PUSH_PROMISE: u8 = 0x5;

/// Octets of one header block that are kept to be read.
pub(super) const MAX_BLOCK: usize = 256 * 1024;
