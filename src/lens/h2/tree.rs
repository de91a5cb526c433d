//! Frames as trees: frame headers, flags, the fields of every frame type, and the fields in header blocks.

use std::ops::Range;

use super::{
    frame::{FrameHeader, frame_text, setting_pair},
    hpack::{HeaderField, HpackError},
    marks::FrameMarker,
    words::{
        DATA, DEBUG_DATA, DEPENDENCY, END_HEADERS, ERROR_CODE, Explanation, FLAGS, FrameKind, HEADER, HEADER_BLOCK,
        HEADER_LEN, HPACK, LAST_STREAM, LENGTH, OnStream, PAD_LENGTH, PADDED, PADDING, PAYLOAD, PING_DATA, PREFACE,
        PRIORITY, PROMISED, RESERVED, STREAM, TYPE, UNKNOWN_FRAME, WEIGHT, WINDOW, error_name, kind_of, setting,
    },
};
use crate::{
    lens::{Excerpt, FieldNode, http::glossary, text::visible},
    proto::http::server::HTTP2_PREFACE,
    wire::{Side, units::count_octets},
};

/// What `side` said at `offset` of its octets, one node a frame. `marker` has read all of them: header blocks refer to those before.
pub(super) fn read(octets: Excerpt<'_>, side: Side, offset: u64, marker: &FrameMarker) -> Vec<FieldNode> {
    let bytes = octets.bytes;
    let mut nodes = Vec::new();
    let mut at = 0;
    let preface_here = bytes.starts_with(HTTP2_PREFACE.get(..HTTP2_PREFACE.len().min(bytes.len())).unwrap_or_default());
    if side == Side::Client && offset == 0 && preface_here && !bytes.is_empty() {
        at = HTTP2_PREFACE.len().min(bytes.len());
        nodes.push(leaf(0..at, "connection preface", visible(bytes.get(..at).unwrap_or_default()), &PREFACE));
    }
    let mut block = HeaderBlock { marker, open: None };
    while at < bytes.len() {
        let Some(frame) = bytes.get(at..).and_then(FrameHeader::read) else {
            let mut node = leaf(at..bytes.len(), "frame header", count_octets((bytes.len() - at) as u64), &HEADER);
            node.wrong = Some("the frame header is not all here".to_owned());
            nodes.push(node);
            break;
        };
        let end = octets.kept(octets.crossed(at) + HEADER_LEN as u64 + u64::from(frame.length)).max(at + HEADER_LEN);
        let crossed = offset.saturating_add(octets.crossed(at));
        nodes.push(frame_node(bytes, at..end, frame, (crossed, &mut block)));
        at = end;
    }
    nodes
}

/// A header block being read: HEADERS and the CONTINUATIONs after it (RFC 9113 §4.3).
struct HeaderBlock<'a> {
    marker: &'a FrameMarker,
    /// Where it begins in the side's octets, and its own octets so far.
    open: Option<(u64, Vec<u8>)>,
}

impl HeaderBlock<'_> {
    /// Its fields, now that it is complete.
    fn decode(&self, at: u64, block: &[u8]) -> Result<Vec<HeaderField>, HpackError> {
        let found = self.marker.block_at(at).ok_or(HpackError::Lost)?;
        self.marker.decode_again(found, block)
    }
}

fn frame_node(
    bytes: &[u8],
    range: Range<usize>,
    frame: FrameHeader,
    (crossed, block): (u64, &mut HeaderBlock<'_>),
) -> FieldNode {
    let kind = kind_of(frame.kind);
    let about = kind.map_or(&UNKNOWN_FRAME, |kind| &kind.about);
    let at = range.start;
    let payload = (at + HEADER_LEN).min(range.end)..range.end;
    let mut node =
        leaf(range.clone(), frame.kind_name(), frame_text(bytes.get(range.clone()).unwrap_or_default()), about);
    node.parts.push(header_node(at, frame));
    let (at, end) = (payload.start, payload.end);
    let mut reader = PayloadReader { bytes, at, end, frame_at: crossed, parts: Vec::new(), wrong: None };
    if (payload.end - payload.start) as u64 == u64::from(frame.length) {
        reader.payload(frame, block);
    } else {
        let missing = u64::from(frame.length) - (payload.end - payload.start) as u64;
        reader.wrong = Some(format!("{} of the frame are not here", count_octets(missing)));
        reader.rest("payload", &PAYLOAD);
    }
    node.parts.append(&mut reader.parts);
    node.wrong = reader.wrong.or_else(|| wrong_stream(frame, kind));
    node
}

fn wrong_stream(frame: FrameHeader, kind: Option<&FrameKind>) -> Option<String> {
    match kind?.stream {
        OnStream::Zero if frame.stream != 0 => {
            Some("this frame belongs to the connection: its stream has to be 0".to_owned())
        }
        OnStream::NonZero if frame.stream == 0 => {
            Some("this frame belongs to a stream: its stream may not be 0".to_owned())
        }
        OnStream::Zero | OnStream::NonZero | OnStream::Any => None,
    }
}

fn header_node(at: usize, frame: FrameHeader) -> FieldNode {
    let mut header = leaf(at..at + HEADER_LEN, "frame header", count_octets(HEADER_LEN as u64), &HEADER);
    let (flags, strange) = frame.flags_text();
    let flags = if flags.is_empty() { "none".to_owned() } else { flags };
    let mut flags = leaf(at + 4..at + 5, "flags", format!("{:#04x} {flags}", frame.flags), &FLAGS);
    if strange {
        flags.wrong = Some("flags this frame type does not have; they are ignored".to_owned());
    }
    let mut stream = leaf(at + 5..at + 9, "stream", frame.stream.to_string(), &STREAM);
    if frame.reserved {
        stream.wrong = Some("the reserved bit is set; it is ignored".to_owned());
    }
    header.parts = vec![
        leaf(at..at + 3, "length", count_octets(u64::from(frame.length)), &LENGTH),
        leaf(at + 3..at + 4, "type", format!("{:#04x} {}", frame.kind, frame.kind_name()), &TYPE),
        flags,
        stream,
    ];
    header
}

/// Reads one frame's payload, all of which is there.
struct PayloadReader<'a> {
    bytes: &'a [u8],
    at: usize,
    end: usize,
    /// Where the frame begins in its side's octets.
    frame_at: u64,
    parts: Vec<FieldNode>,
    wrong: Option<String>,
}

impl PayloadReader<'_> {
    fn payload(&mut self, frame: FrameHeader, block: &mut HeaderBlock<'_>) {
        let padded = matches!(frame.kind, 0 | 1 | 5) && frame.has(PADDED);
        let padding = if padded { self.number(1, "pad length", &PAD_LENGTH) } else { 0 };
        let padding = usize::try_from(padding).unwrap_or(0);
        let end = self.end;
        if padding > self.end - self.at {
            self.wrong = Some("there is more padding than payload".to_owned());
        } else {
            self.end -= padding;
        }
        match frame.kind {
            0 => self.rest("data", &DATA),
            1 => {
                if frame.has(PRIORITY) {
                    self.priority();
                }
                self.fragment(frame, block, true);
            }
            2 => self.priority(),
            3 => self.error_code(),
            4 => self.settings(frame),
            5 => {
                self.number(4, "promised stream", &PROMISED);
                self.fragment(frame, block, true);
            }
            6 => self.rest("opaque data", &PING_DATA),
            7 => {
                self.number(4, "last stream", &LAST_STREAM);
                self.error_code();
                self.rest("debug data", &DEBUG_DATA);
            }
            8 => {
                let more = self.number(4, "window size increment", &WINDOW) & u64::from(!RESERVED);
                if more == 0 {
                    self.wrong = Some("an increment of 0 is an error: RFC 9113 §6.9".to_owned());
                }
            }
            9 => self.fragment(frame, block, false),
            _ => self.rest("payload", &PAYLOAD),
        }
        if self.at < self.end {
            self.wrong = self.wrong.take().or_else(|| Some("the frame is longer than its type allows".to_owned()));
            self.rest("more", &PAYLOAD);
        }
        if self.end < end {
            self.end = end;
            self.rest("padding", &PADDING);
        }
    }

    fn rest(&mut self, name: &str, about: &Explanation) {
        if self.at < self.end {
            let value = count_octets((self.end - self.at) as u64);
            self.parts.push(leaf(self.at..self.end, name, value, about));
            self.at = self.end;
        }
    }

    fn number(&mut self, octets: usize, name: &str, about: &Explanation) -> u64 {
        let range = self.at..(self.at + octets).min(self.end);
        let taken = self.bytes.get(range.clone()).unwrap_or_default();
        if taken.len() < octets {
            self.wrong = Some(format!("the frame is too short for its {name}"));
        }
        let number = taken.iter().fold(0, |number, octet| number << 8 | u64::from(*octet));
        self.at = range.end;
        self.parts.push(leaf(range, name, number.to_string(), about));
        number
    }

    fn priority(&mut self) {
        self.number(4, "stream it depends on", &DEPENDENCY);
        self.number(1, "weight − 1", &WEIGHT);
    }

    fn error_code(&mut self) {
        let code = self.number(4, "error code", &ERROR_CODE);
        if let Some(node) = self.parts.last_mut() {
            error_name(u32::try_from(code).unwrap_or(u32::MAX)).clone_into(&mut node.value);
        }
    }

    fn settings(&mut self, frame: FrameHeader) {
        if frame.length > 0 && frame.has(0x1) {
            self.wrong = Some("an acknowledgement has no parameters: RFC 9113 §6.5".to_owned());
        }
        while self.at + 6 <= self.end {
            let range = self.at..self.at + 6;
            let (code, value) = setting_pair(self.bytes.get(range.clone()).unwrap_or_default());
            let (name, about) = setting(code);
            self.parts.push(leaf(range, name, value.to_string(), about));
            self.at += 6;
        }
    }

    /// A header block's octets; when its last ones are here, its fields.
    fn fragment(&mut self, frame: FrameHeader, block: &mut HeaderBlock<'_>, begins: bool) {
        let range = self.at..self.end;
        let octets = self.bytes.get(range.clone()).unwrap_or_default();
        self.at = self.end;
        let mut node = leaf(range.clone(), "header block", count_octets(octets.len() as u64), &HEADER_BLOCK);
        match (&mut block.open, begins) {
            (None, true) => block.open = Some((self.frame_at, octets.to_vec())),
            (Some((_, open)), false) => open.extend_from_slice(octets),
            (Some(_), true) | (None, false) => {
                node.wrong = Some("HEADERS and its CONTINUATIONs have to follow each other: RFC 9113 §6.10".to_owned());
            }
        }
        let whole_in_frame = begins && frame.has(END_HEADERS);
        if frame.has(END_HEADERS)
            && let Some((at, whole)) = block.open.take()
        {
            match block.decode(at, &whole) {
                Ok(fields) => {
                    node.parts =
                        fields.into_iter().map(|field| field_node(field, range.clone(), whole_in_frame)).collect();
                }
                Err(error) => node.wrong = Some(error.to_string()),
            }
        }
        self.parts.push(node);
    }
}

fn field_node(field: HeaderField, block: Range<usize>, placed: bool) -> FieldNode {
    // Fields of a block that spans several frames cannot be placed in one of them.
    let range = if placed { block.start + field.range.start..block.start + field.range.end } else { block };
    let name = visible(&field.name);
    let about = match (glossary::field(&name), name.starts_with(':')) {
        (Some(word), _) => Explanation(word.meaning, word.clause),
        (None, true) => Explanation("A pseudo-header field this program does not know.", "RFC 9113 §8.3"),
        (None, false) => Explanation("A field this program does not know.", "RFC 9113 §8.2"),
    };
    let mut node = leaf(range.clone(), name, visible(&field.value), &about);
    node.parts.push(leaf(range, "written as", field.how, &HPACK));
    node
}

fn leaf(range: Range<usize>, name: impl Into<String>, value: impl Into<String>, about: &Explanation) -> FieldNode {
    FieldNode::leaf(range, name, value, about.0, about.1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The nodes of the last of `pieces`.
    fn fields(side: Side, pieces: &[&[u8]]) -> Vec<FieldNode> {
        let mut marker = FrameMarker::new(side);
        for octets in pieces {
            marker.feed(octets, 0, &mut Vec::new());
        }
        let (last, before) = pieces.split_last().unwrap();
        let offset = before.iter().map(|octets| octets.len() as u64).sum();
        read(Excerpt::whole(last), side, offset, &marker)
    }

    #[test]
    fn a_client_s_beginning_is_preface_settings_and_headers() {
        let mut bytes = HTTP2_PREFACE.to_vec();
        bytes.extend_from_slice(b"\0\0\x06\x04\0\0\0\0\0\0\x04\0\x01\0\0");
        bytes.extend_from_slice(b"\0\0\x03\x01\x05\0\0\0\x01\x82\x86\x84");
        let nodes = fields(Side::Client, &[&bytes]);
        let names: Vec<_> = nodes.iter().map(|node| node.name.as_str()).collect();
        assert_eq!(names, ["connection preface", "SETTINGS", "HEADERS"]);
        assert_eq!(nodes[1].parts[1].name, "INITIAL_WINDOW_SIZE");
        assert_eq!(nodes[1].parts[1].value, "65536");
        assert_eq!(nodes[2].value, "HEADERS stream 1, 3 octets, END_STREAM END_HEADERS");
        let fields: Vec<_> =
            nodes[2].parts[1].parts.iter().map(|field| (field.name.as_str(), field.value.as_str())).collect();
        assert_eq!(fields, [(":method", "GET"), (":scheme", "http"), (":path", "/")]);
        assert!(nodes.iter().all(|node| node.wrong.is_none()));
    }

    #[test]
    fn frames_on_the_wrong_stream_are_flagged() {
        let nodes = fields(Side::Server, &[b"\0\0\0\x04\0\0\0\0\x01"]);
        assert!(nodes[0].wrong.as_deref().unwrap().contains("has to be 0"));
        let nodes = fields(Side::Server, &[b"\0\0\x04\x08\0\0\0\0\0\0\0\0\0"]);
        assert!(nodes[0].wrong.as_deref().unwrap().contains("increment of 0"));
    }

    #[test]
    fn fields_that_refer_to_earlier_blocks_are_read_in_their_light() {
        // RFC 7541 §C.3: the second request's authority stands in the table since the first.
        let first = b"\0\0\x14\x01\x05\0\0\0\x01\x82\x86\x84\x41\x0fwww.example.com";
        let second = b"\0\0\x04\x01\x05\0\0\0\x03\x82\x86\x84\xbe";
        let nodes = fields(Side::Client, &[HTTP2_PREFACE, first, second]);
        let authority = nodes[0].parts[1].parts.last().unwrap();
        assert_eq!((authority.name.as_str(), authority.value.as_str()), (":authority", "www.example.com"));
    }

    #[test]
    fn frames_after_omitted_data_are_found() {
        let bytes = b"\0\0\x64\0\0\0\0\0\x01abcd\0\0\0\x04\x01\0\0\0\0";
        let octets = Excerpt { bytes, gaps: &[(13, 96)], masked: &[] };
        let nodes = read(octets, Side::Server, 0, &FrameMarker::new(Side::Server));
        assert_eq!(nodes.iter().map(|node| node.name.as_str()).collect::<Vec<_>>(), ["DATA", "SETTINGS"]);
        assert_eq!(nodes[1].range, 13..22);
    }

    proptest! {
        #[test]
        fn any_octets_make_frames_that_cover_them(bytes in proptest::collection::vec(any::<u8>(), 0..200), small in any::<bool>()) {
            let mut bytes = bytes;
            if small {
                // Short frames, so that payloads are read too.
                bytes.iter_mut().take(2).for_each(|octet| *octet = 0);
            }
            let nodes = fields(Side::Server, &[&bytes]);
            let mut at = 0;
            for node in &nodes {
                prop_assert_eq!(node.range.start, at);
                at = node.range.end;
            }
            prop_assert_eq!(at, bytes.len());
        }
    }
}
