//! HTTP/2 frames (RFC 9113): preface, frame headers, flags, the fields of every frame type. Header blocks are compressed by HPACK
//! (RFC 7541) with a state that runs through the whole connection; they are read by [`super::hpack`] where all of them are at hand.

use std::ops::Range;

use super::{
    FieldNode,
    conversation::{LineKind, octets_text, visible},
    hpack::{self, Decoder},
};
use crate::{proto::http::server::HTTP2_PREFACE, wire::Side};

/// What `from` said, one node a frame.
pub fn read(bytes: &[u8], from: Side) -> Vec<FieldNode> {
    let mut nodes = Vec::new();
    let mut at = 0;
    let preface_here = bytes.starts_with(HTTP2_PREFACE.get(..HTTP2_PREFACE.len().min(bytes.len())).unwrap_or_default());
    if from == Side::Client && preface_here && !bytes.is_empty() {
        at = HTTP2_PREFACE.len().min(bytes.len());
        nodes.push(leaf(0..at, "connection preface", visible(bytes.get(..at).unwrap_or_default()), &PREFACE));
    }
    let mut block = HeaderBlock { decoder: Decoder::new(), open: None };
    while at < bytes.len() {
        let Some(frame) = bytes.get(at..).and_then(FrameHeader::read) else {
            let mut node = leaf(at..bytes.len(), "frame header", octets_text((bytes.len() - at) as u64), &HEADER);
            node.wrong = Some("the frame header is not all here".to_owned());
            nodes.push(node);
            break;
        };
        let end = at.saturating_add(HEADER_LEN).saturating_add(frame.length as usize).min(bytes.len());
        nodes.push(frame_node(bytes, at..end, frame, &mut block));
        at = end;
    }
    nodes
}

/// How well `bytes` fit: 0 not at all, 100 beyond doubt.
pub fn fit(bytes: &[u8], from: Side) -> u8 {
    match from {
        Side::Client if bytes.starts_with(HTTP2_PREFACE) => 100,
        // A server begins with its SETTINGS, on stream 0 and a whole number of parameters long (RFC 9113 §3.4).
        Side::Server => match FrameHeader::read(bytes) {
            Some(frame)
                if frame.kind == 4 && frame.stream == 0 && frame.length.is_multiple_of(6) && frame.length < 600 =>
            {
                90
            }
            _ => 0,
        },
        Side::Client => 0,
    }
}

/// A frame's first nine octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct FrameHeader {
    length: u32,
    kind: u8,
    flags: u8,
    reserved: bool,
    stream: u32,
}

impl FrameHeader {
    fn read(bytes: &[u8]) -> Option<Self> {
        let [a, b, c, kind, flags, s0, s1, s2, s3, ..] = *bytes else { return None };
        let stream = u32::from_be_bytes([s0, s1, s2, s3]);
        Some(Self {
            length: u32::from_be_bytes([0, a, b, c]),
            kind,
            flags,
            reserved: stream & RESERVED != 0,
            stream: stream & !RESERVED,
        })
    }

    fn kind_name(self) -> String {
        kind_of(self.kind).map_or_else(|| format!("unknown type {:#04x}", self.kind), |kind| kind.name.to_owned())
    }

    /// Names of the flags that are set, and whether there are some this frame type does not have.
    fn flags_text(self) -> (String, bool) {
        let known = kind_of(self.kind).map_or(&[][..], |kind| kind.flags);
        let names: Vec<&str> = known.iter().filter(|(bit, _)| self.flags & bit != 0).map(|(_, name)| *name).collect();
        let mask = known.iter().fold(0, |mask, (bit, _)| mask | bit);
        (names.join(" "), self.flags & !mask != 0)
    }

    fn has(self, flag: u8) -> bool {
        self.flags & flag != 0
    }
}

/// Marks where frames stand on one side, as octets come: used where a whole flow is read.
#[derive(Clone, Debug)]
pub(super) struct FrameMarker {
    at: u64,
    preface_left: usize,
    header: Vec<u8>,
    payload_left: u64,
    lost: bool,
}

impl FrameMarker {
    pub(super) fn new(from: Side) -> Self {
        let preface_left = if from == Side::Client { HTTP2_PREFACE.len() } else { 0 };
        Self { at: 0, preface_left, header: Vec::with_capacity(HEADER_LEN), payload_left: 0, lost: false }
    }

    /// Frames (with all their octets, also those still to come) that begin in `bytes`; `omitted` more octets crossed after them.
    pub(super) fn feed(&mut self, mut bytes: &[u8], omitted: u64) -> Vec<(Range<u64>, LineKind)> {
        let mut found = Vec::new();
        while let Some(first) = bytes.first() {
            let taken = if self.lost {
                found.push((self.at..self.at + bytes.len() as u64, LineKind::Octets));
                bytes.len()
            } else if self.preface_left > 0 {
                if self.preface_left == HTTP2_PREFACE.len() {
                    found.push((0..HTTP2_PREFACE.len() as u64, LineKind::Frame));
                }
                let taken = self.preface_left.min(bytes.len());
                self.preface_left -= taken;
                taken
            } else if self.payload_left > 0 {
                let taken = usize::try_from(self.payload_left).map_or(bytes.len(), |left| left.min(bytes.len()));
                self.payload_left -= taken as u64;
                taken
            } else {
                self.header.push(*first);
                if let Some(frame) = FrameHeader::read(&self.header) {
                    let from = self.at + 1 - HEADER_LEN as u64;
                    found.push((from..self.at + 1 + u64::from(frame.length), LineKind::Frame));
                    self.payload_left = u64::from(frame.length);
                    self.header.clear();
                }
                1
            };
            self.at += taken as u64;
            bytes = bytes.get(taken..).unwrap_or_default();
        }
        if omitted > 0 {
            let skipped = self.payload_left.min(omitted);
            self.payload_left -= skipped;
            self.at += skipped;
            if skipped < omitted {
                self.lost = true;
                found.push((self.at..self.at + omitted - skipped, LineKind::Omitted));
                self.at += omitted - skipped;
            }
        }
        found
    }
}

/// A frame in one line: `HEADERS stream 1, 45 octets, END_HEADERS`.
pub(super) fn frame_text(begins: &[u8]) -> String {
    if begins.starts_with(b"PRI ") {
        return "connection preface: PRI * HTTP/2.0".to_owned();
    }
    let Some(frame) = FrameHeader::read(begins) else { return "a frame whose header is not kept".to_owned() };
    let payload = begins.get(HEADER_LEN..).unwrap_or_default();
    let mut text = frame.kind_name();
    if frame.stream > 0 {
        text.push_str(&format!(" stream {}", frame.stream));
    }
    text.push_str(&format!(", {}", octets_text(u64::from(frame.length))));
    let (flags, _) = frame.flags_text();
    if !flags.is_empty() {
        text.push_str(&format!(", {flags}"));
    }
    match (frame.kind, payload) {
        (4, settings) => {
            for pair in settings.chunks_exact(6) {
                if let [a, b, c, d, e, f] = *pair {
                    let (name, _) = setting(u16::from_be_bytes([a, b]));
                    text.push_str(&format!(", {name} = {}", u32::from_be_bytes([c, d, e, f])));
                }
            }
        }
        (3, [a, b, c, d, ..]) | (7, [_, _, _, _, a, b, c, d, ..]) => {
            text.push_str(&format!(", {}", error_name(u32::from_be_bytes([*a, *b, *c, *d]))));
        }
        (8, [a, b, c, d, ..]) => {
            let more = u32::from_be_bytes([*a, *b, *c, *d]) & !RESERVED;
            text.push_str(&format!(", may send {} more", octets_text(u64::from(more))));
        }
        _ => {}
    }
    text
}

/// Octets of a frame that [`frame_text`] needs.
pub(super) const SHOWN_OF_FRAME: usize = HEADER_LEN + 96;

/// A header block being read: HEADERS and the CONTINUATIONs after it (RFC 9113 §4.3).
struct HeaderBlock {
    decoder: Decoder,
    /// Octets of the block so far.
    open: Option<Vec<u8>>,
}

fn frame_node(bytes: &[u8], range: Range<usize>, frame: FrameHeader, block: &mut HeaderBlock) -> FieldNode {
    let kind = kind_of(frame.kind);
    let about = kind.map_or(&UNKNOWN_FRAME, |kind| &kind.about);
    let at = range.start;
    let payload = (at + HEADER_LEN).min(range.end)..range.end;
    let mut node =
        leaf(range.clone(), frame.kind_name(), frame_text(bytes.get(range.clone()).unwrap_or_default()), about);
    node.parts.push(header_node(at, frame));
    let mut reader = PayloadReader { bytes, at: payload.start, end: payload.end, parts: Vec::new(), wrong: None };
    if (payload.end - payload.start) as u64 == u64::from(frame.length) {
        reader.payload(frame, block);
    } else {
        let missing = u64::from(frame.length) - (payload.end - payload.start) as u64;
        reader.wrong = Some(format!("{} of the frame are not here", octets_text(missing)));
        reader.rest("payload", &PAYLOAD);
    }
    node.parts.append(&mut reader.parts);
    node.wrong = reader.wrong.or_else(|| wrong_stream(frame, kind));
    node
}

fn wrong_stream(frame: FrameHeader, kind: Option<&Kind>) -> Option<String> {
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
    let mut header = leaf(at..at + HEADER_LEN, "frame header", octets_text(HEADER_LEN as u64), &HEADER);
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
        leaf(at..at + 3, "length", octets_text(u64::from(frame.length)), &LENGTH),
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
    parts: Vec<FieldNode>,
    wrong: Option<String>,
}

impl PayloadReader<'_> {
    fn payload(&mut self, frame: FrameHeader, block: &mut HeaderBlock) {
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

    fn rest(&mut self, name: &str, about: &About) {
        if self.at < self.end {
            let value = octets_text((self.end - self.at) as u64);
            self.parts.push(leaf(self.at..self.end, name, value, about));
            self.at = self.end;
        }
    }

    fn number(&mut self, octets: usize, name: &str, about: &About) -> u64 {
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
            node.value = error_name(u32::try_from(code).unwrap_or(u32::MAX)).to_owned();
        }
    }

    fn settings(&mut self, frame: FrameHeader) {
        if frame.length > 0 && frame.has(0x1) {
            self.wrong = Some("an acknowledgement has no parameters: RFC 9113 §6.5".to_owned());
        }
        while self.at + 6 <= self.end {
            let pair = self.bytes.get(self.at..self.at + 6).unwrap_or_default();
            let [a, b, c, d, e, f] = *pair else { break };
            let (name, about) = setting(u16::from_be_bytes([a, b]));
            self.parts.push(leaf(self.at..self.at + 6, name, u32::from_be_bytes([c, d, e, f]).to_string(), about));
            self.at += 6;
        }
    }

    /// A header block's octets; when its last ones are here, its fields.
    fn fragment(&mut self, frame: FrameHeader, block: &mut HeaderBlock, begins: bool) {
        let range = self.at..self.end;
        let octets = self.bytes.get(range.clone()).unwrap_or_default();
        self.at = self.end;
        let mut node = leaf(range.clone(), "header block", octets_text(octets.len() as u64), &HEADER_BLOCK);
        match (&mut block.open, begins) {
            (None, true) => block.open = Some(octets.to_vec()),
            (Some(open), false) => open.extend_from_slice(octets),
            (Some(_), true) | (None, false) => {
                node.wrong = Some("HEADERS and its CONTINUATIONs have to follow each other: RFC 9113 §6.10".to_owned());
            }
        }
        let whole_in_frame = begins && frame.has(END_HEADERS);
        if frame.has(END_HEADERS)
            && let Some(whole) = block.open.take()
        {
            match block.decoder.decode(&whole) {
                Ok(fields) => {
                    node.parts =
                        fields.into_iter().map(|field| field_node(field, range.clone(), whole_in_frame)).collect()
                }
                Err(error) => node.wrong = Some(error.to_string()),
            }
        }
        self.parts.push(node);
    }
}

fn field_node(field: hpack::Decoded, block: Range<usize>, placed: bool) -> FieldNode {
    // Fields of a block that spans several frames cannot be placed in one of them.
    let range = if placed { block.start + field.range.start..block.start + field.range.end } else { block };
    let name = visible(&field.name);
    let known = super::http::glossary::field(&name);
    let meaning = match name.as_str() {
        ":method" => "What is asked: HTTP/2's request line is made of such fields.",
        ":path" => "Which object: path and query.",
        ":scheme" => "http or https.",
        ":authority" => "Which host is meant: what Host is in HTTP/1.1.",
        ":status" => "How it went: the status code.",
        _ => known.map_or("A field this program does not know.", |word| word.meaning),
    };
    let clause =
        if name.starts_with(':') { "RFC 9113 §8.3" } else { known.map_or("RFC 9113 §8.2", |word| word.clause) };
    let mut node = leaf(range.clone(), name, visible(&field.value), &About(meaning, clause));
    node.parts.push(leaf(range, "written as", field.how, &HPACK));
    node
}

/// What something is for, and where it is defined.
struct About(&'static str, &'static str);

fn leaf(range: Range<usize>, name: impl Into<String>, value: impl Into<String>, about: &About) -> FieldNode {
    FieldNode {
        range,
        name: name.into(),
        value: value.into(),
        meaning: about.0,
        clause: about.1,
        wrong: None,
        parts: Vec::new(),
    }
}

#[derive(Clone, Copy)]
enum OnStream {
    Zero,
    NonZero,
    Any,
}

struct Kind {
    code: u8,
    name: &'static str,
    stream: OnStream,
    flags: &'static [(u8, &'static str)],
    about: About,
}

fn kind_of(code: u8) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.code == code)
}

fn setting(code: u16) -> (String, &'static About) {
    match SETTINGS.iter().find(|(known, ..)| *known == code) {
        Some((_, name, about)) => ((*name).to_owned(), about),
        None => (format!("unknown setting {code:#06x}"), &UNKNOWN_SETTING),
    }
}

fn error_name(code: u32) -> &'static str {
    usize::try_from(code).ok().and_then(|code| ERRORS.get(code)).copied().unwrap_or("an unknown error")
}

const HEADER_LEN: usize = 9;
const RESERVED: u32 = 1 << 31;
const PADDED: u8 = 0x8;
const PRIORITY: u8 = 0x20;
const END_HEADERS: u8 = 0x4;

const END_STREAM_FLAG: (u8, &str) = (0x1, "END_STREAM");
const END_HEADERS_FLAG: (u8, &str) = (END_HEADERS, "END_HEADERS");
const PADDED_FLAG: (u8, &str) = (PADDED, "PADDED");
const ACK_FLAG: (u8, &str) = (0x1, "ACK");

static KINDS: &[Kind] = &[
    Kind {
        code: 0x0,
        name: "DATA",
        stream: OnStream::NonZero,
        flags: &[END_STREAM_FLAG, PADDED_FLAG],
        about: About("Content of a request or response.", "RFC 9113 §6.1"),
    },
    Kind {
        code: 0x1,
        name: "HEADERS",
        stream: OnStream::NonZero,
        flags: &[END_STREAM_FLAG, END_HEADERS_FLAG, PADDED_FLAG, (PRIORITY, "PRIORITY")],
        about: About("Opens a stream: the fields of a request or response.", "RFC 9113 §6.2"),
    },
    Kind {
        code: 0x2,
        name: "PRIORITY",
        stream: OnStream::NonZero,
        flags: &[],
        about: About("How streams should share the connection; deprecated.", "RFC 9113 §6.3"),
    },
    Kind {
        code: 0x3,
        name: "RST_STREAM",
        stream: OnStream::NonZero,
        flags: &[],
        about: About("Ends a stream at once; the connection lives on.", "RFC 9113 §6.4"),
    },
    Kind {
        code: 0x4,
        name: "SETTINGS",
        stream: OnStream::Zero,
        flags: &[ACK_FLAG],
        about: About("What this end takes: the other end has to keep to it.", "RFC 9113 §6.5"),
    },
    Kind {
        code: 0x5,
        name: "PUSH_PROMISE",
        stream: OnStream::NonZero,
        flags: &[END_HEADERS_FLAG, PADDED_FLAG],
        about: About("The server will send something nobody asked for yet.", "RFC 9113 §6.6"),
    },
    Kind {
        code: 0x6,
        name: "PING",
        stream: OnStream::Zero,
        flags: &[ACK_FLAG],
        about: About("Asks whether the other end is alive, and how far away.", "RFC 9113 §6.7"),
    },
    Kind {
        code: 0x7,
        name: "GOAWAY",
        stream: OnStream::Zero,
        flags: &[],
        about: About("The connection will be closed: no new streams.", "RFC 9113 §6.8"),
    },
    Kind {
        code: 0x8,
        name: "WINDOW_UPDATE",
        stream: OnStream::Any,
        flags: &[],
        about: About("Flow control: the other end may send so many octets more.", "RFC 9113 §6.9"),
    },
    Kind {
        code: 0x9,
        name: "CONTINUATION",
        stream: OnStream::NonZero,
        flags: &[END_HEADERS_FLAG],
        about: About("More of a header block that did not fit into one frame.", "RFC 9113 §6.10"),
    },
    Kind {
        code: 0xa,
        name: "ALTSVC",
        stream: OnStream::Any,
        flags: &[],
        about: About("Another place and protocol where the same origin can be had.", "RFC 7838 §4"),
    },
    Kind {
        code: 0xc,
        name: "ORIGIN",
        stream: OnStream::Zero,
        flags: &[],
        about: About("Which origins this connection serves.", "RFC 8336 §2"),
    },
    Kind {
        code: 0x10,
        name: "PRIORITY_UPDATE",
        stream: OnStream::Zero,
        flags: &[],
        about: About("How urgent a response is.", "RFC 9218 §7.1"),
    },
];

static SETTINGS: &[(u16, &str, About)] = &[
    (0x1, "HEADER_TABLE_SIZE", About("Octets of memory for header compression.", "RFC 9113 §6.5.2")),
    (0x2, "ENABLE_PUSH", About("Whether the server may push (1) or not (0).", "RFC 9113 §6.5.2")),
    (0x3, "MAX_CONCURRENT_STREAMS", About("How many streams may be open at once.", "RFC 9113 §6.5.2")),
    (
        0x4,
        "INITIAL_WINDOW_SIZE",
        About("Octets that may be sent on a new stream before a WINDOW_UPDATE.", "RFC 9113 §6.5.2"),
    ),
    (0x5, "MAX_FRAME_SIZE", About("Octets a frame's payload may have.", "RFC 9113 §6.5.2")),
    (0x6, "MAX_HEADER_LIST_SIZE", About("Octets of fields this end accepts, uncompressed.", "RFC 9113 §6.5.2")),
    (0x8, "ENABLE_CONNECT_PROTOCOL", About("WebSocket over HTTP/2 is possible.", "RFC 8441 §3")),
    (0x9, "NO_RFC7540_PRIORITIES", About("The old priorities are not used.", "RFC 9218 §2.1")),
];

/// By code: RFC 9113 §7.
static ERRORS: &[&str] = &[
    "NO_ERROR",
    "PROTOCOL_ERROR",
    "INTERNAL_ERROR",
    "FLOW_CONTROL_ERROR",
    "SETTINGS_TIMEOUT",
    "STREAM_CLOSED",
    "FRAME_SIZE_ERROR",
    "REFUSED_STREAM",
    "CANCEL",
    "COMPRESSION_ERROR",
    "CONNECT_ERROR",
    "ENHANCE_YOUR_CALM",
    "INADEQUATE_SECURITY",
    "HTTP_1_1_REQUIRED",
];

static PREFACE: About =
    About("Says that HTTP/2 is spoken, in a way no HTTP/1.1 server takes for a request.", "RFC 9113 §3.4");
static HEADER: About = About("Nine octets before every frame's payload.", "RFC 9113 §4.1");
static LENGTH: About = About("Octets of the payload; the header is not counted.", "RFC 9113 §4.1");
static TYPE: About = About("What the payload is.", "RFC 9113 §4.1");
static FLAGS: About = About("Switches; which ones depends on the type.", "RFC 9113 §4.1");
static STREAM: About =
    About("Which exchange the frame belongs to; odd numbers are the client's, 0 is the connection.", "RFC 9113 §5.1.1");
static PAYLOAD: About = About("What the frame carries.", "RFC 9113 §4.1");
static UNKNOWN_FRAME: About =
    About("A frame of a type this program does not know; recipients ignore those.", "RFC 9113 §4.1");
static UNKNOWN_SETTING: About =
    About("A setting this program does not know; recipients ignore those.", "RFC 9113 §6.5.2");
static PAD_LENGTH: About = About("How many octets of padding follow, to hide the true length.", "RFC 9113 §6.1");
static PADDING: About = About("Zeros that hide the true length.", "RFC 9113 §6.1");
static DATA: About = About("Octets of content.", "RFC 9113 §6.1");
static DEPENDENCY: About = About("Deprecated priorities: after which stream this one comes.", "RFC 9113 §5.3.2");
static WEIGHT: About = About("Deprecated priorities: this stream's share.", "RFC 9113 §5.3.2");
static ERROR_CODE: About = About("Why.", "RFC 9113 §7");
static PROMISED: About = About("On which stream the pushed response will come.", "RFC 9113 §6.6");
static PING_DATA: About = About("Eight octets that come back in the answer.", "RFC 9113 §6.7");
static LAST_STREAM: About = About("Streams up to this one were worked on.", "RFC 9113 §6.8");
static DEBUG_DATA: About = About("More for a person to read.", "RFC 9113 §6.8");
static WINDOW: About = About("So many octets more may be sent.", "RFC 9113 §6.9");
static HEADER_BLOCK: About =
    About("Fields compressed by HPACK: each refers to a table both ends keep.", "RFC 9113 §4.3");
static HPACK: About = About("How HPACK wrote this field.", "RFC 7541 §6");

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_client_s_beginning_is_preface_settings_and_headers() {
        let mut bytes = HTTP2_PREFACE.to_vec();
        bytes.extend_from_slice(b"\0\0\x06\x04\0\0\0\0\0\0\x04\0\x01\0\0");
        bytes.extend_from_slice(b"\0\0\x03\x01\x05\0\0\0\x01\x82\x86\x84");
        let nodes = read(&bytes, Side::Client);
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
        let nodes = read(b"\0\0\0\x04\0\0\0\0\x01", Side::Server);
        assert!(nodes[0].wrong.as_deref().unwrap().contains("has to be 0"));
        let nodes = read(b"\0\0\x04\x08\0\0\0\0\0\0\0\0\0", Side::Server);
        assert!(nodes[0].wrong.as_deref().unwrap().contains("increment of 0"));
    }

    proptest! {
        #[test]
        fn any_octets_make_frames_that_cover_them(bytes in proptest::collection::vec(any::<u8>(), 0..200), small in any::<bool>()) {
            let mut bytes = bytes;
            if small {
                // Short frames, so that payloads are read too.
                bytes.iter_mut().take(2).for_each(|octet| *octet = 0);
            }
            let nodes = read(&bytes, Side::Server);
            let mut at = 0;
            for node in &nodes {
                prop_assert_eq!(node.range.start, at);
                at = node.range.end;
            }
            prop_assert_eq!(at, bytes.len());
        }
    }
}
