//! Marks on one side of an HTTP/2 connection as its octets come: where frames stand, the fields of header blocks, and how far each stream is.

use std::ops::Range;

use super::{
    frame::FrameHeader,
    words::{END_HEADERS, HEADER_LEN, PADDED, PRIORITY},
};
use crate::{
    lens::h2::hpack::{Decoded, Decoder},
    proto::http::server::HTTP2_PREFACE,
    wire::Side,
};

/// Something found in one side's octets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::lens) enum FrameMark {
    /// A frame begins (or the preface, which has no header): where all of it stands, also what is still to come.
    Frame(Range<u64>, Option<FrameHeader>),
    /// A header block is complete: its stream, its fields (`None` when it could not be read), and the frames it stood in.
    Fields(u32, Option<Vec<Decoded>>, Range<u64>),
    /// A frame is complete.
    FrameEnd(Range<u64>, FrameHeader),
    /// Octets that are not read, because the record left out where the next frame begins.
    Lost(Range<u64>),
    /// Octets the record left out, and with them where the next frame begins.
    Gap(Range<u64>),
}

/// Marks frames as octets come.
#[derive(Clone, Debug)]
pub(in crate::lens) struct FrameMarker {
    at: u64,
    preface_left: usize,
    header: Vec<u8>,
    frame: Option<Open>,
    block: Option<Block>,
    decoder: Decoder,
    lost: bool,
}

/// A frame whose payload is coming.
#[derive(Clone, Debug)]
struct Open {
    header: FrameHeader,
    from: u64,
    left: u64,
    /// The payload, where it is a piece of a header block.
    kept: Vec<u8>,
}

/// HEADERS or `PUSH_PROMISE`, and the CONTINUATIONs so far (RFC 9113 §4.3).
#[derive(Clone, Debug)]
struct Block {
    stream: u32,
    from: u64,
    octets: Vec<u8>,
}

impl FrameMarker {
    pub(in crate::lens) fn new(from: Side) -> Self {
        Self {
            at: 0,
            preface_left: if from == Side::Client { HTTP2_PREFACE.len() } else { 0 },
            header: Vec::with_capacity(HEADER_LEN),
            frame: None,
            block: None,
            decoder: Decoder::new(),
            lost: false,
        }
    }

    /// Whether the next octet begins a frame.
    pub(in crate::lens) fn is_between(&self) -> bool {
        let in_preface = self.preface_left > 0 && self.preface_left < HTTP2_PREFACE.len();
        !in_preface && self.header.is_empty() && self.frame.is_none()
    }

    /// Whether the record left out where the next frame begins.
    pub(in crate::lens) fn is_lost(&self) -> bool {
        self.lost
    }

    /// What is needed to read the next header block: the decoder, and the block's beginning where it has begun.
    pub(in crate::lens) fn into_decoder(self) -> (Decoder, Option<Vec<u8>>) {
        (self.decoder, self.block.map(|block| block.octets))
    }

    /// More octets, and how many more crossed after them that the record left out.
    pub(in crate::lens) fn feed(&mut self, mut bytes: &[u8], omitted: u64, marks: &mut Vec<FrameMark>) {
        while !bytes.is_empty() {
            let taken = self.take(bytes, marks);
            bytes = bytes.get(taken..).unwrap_or_default();
        }
        self.gap(omitted, marks);
    }

    fn take(&mut self, bytes: &[u8], marks: &mut Vec<FrameMark>) -> usize {
        if self.lost {
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
            self.frame = Some(Open { header, from, left, kept: Vec::new() });
            self.finish(marks);
        }
        taken
    }

    fn payload(&mut self, bytes: &[u8], marks: &mut Vec<FrameMark>) -> usize {
        let Some(open) = &mut self.frame else { return bytes.len() };
        let taken = usize::try_from(open.left).map_or(bytes.len(), |left| left.min(bytes.len()));
        if open.header.has_block() {
            open.kept.extend_from_slice(bytes.get(..taken).unwrap_or_default());
        }
        open.left -= taken as u64;
        self.at += taken as u64;
        self.finish(marks);
        taken
    }

    fn gap(&mut self, omitted: u64, marks: &mut Vec<FrameMark>) {
        let mut left = omitted;
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
            self.lost = true;
            marks.push(FrameMark::Gap(self.at..self.at + left));
            self.at += left;
        }
    }

    /// Closes the frame whose payload is complete.
    fn finish(&mut self, marks: &mut Vec<FrameMark>) {
        let Some(Open { header, from, kept, .. }) = self.frame.take_if(|open| open.left == 0) else { return };
        if header.has_block() {
            self.fragment(header, from, &kept, marks);
        }
        marks.push(FrameMark::FrameEnd(from..self.at, header));
    }

    fn fragment(&mut self, header: FrameHeader, from: u64, payload: &[u8], marks: &mut Vec<FrameMark>) {
        let fragment = fragment_of(header, payload);
        let mut block = match self.block.take() {
            Some(block) if header.kind == CONTINUATION => block,
            _ => Block { stream: header.stream, from, octets: Vec::new() },
        };
        if block.octets.len() + fragment.len() > MAX_BLOCK {
            self.decoder.lose();
        } else {
            block.octets.extend_from_slice(fragment);
        }
        if header.has(END_HEADERS) {
            let fields = self.decoder.decode(&block.octets).ok();
            marks.push(FrameMark::Fields(block.stream, fields, block.from..self.at));
        } else {
            self.block = Some(block);
        }
    }
}

/// The header block's octets in a payload: without padding, priority and promised stream.
fn fragment_of(header: FrameHeader, payload: &[u8]) -> &[u8] {
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
const MAX_BLOCK: usize = 256 * 1024;
