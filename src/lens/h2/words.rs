//! What HTTP/2's frames, flags, settings and errors are called and what they are for. RFC 9113, and the RFCs that added to it.

use std::borrow::Cow;

/// What something is for, and where it is defined.
pub(super) struct Explanation(pub(super) &'static str, pub(super) &'static str);

/// Where a frame type may stand.
#[derive(Clone, Copy)]
pub(super) enum OnStream {
    Zero,
    NonZero,
    Any,
}

pub(super) struct FrameKind {
    pub(super) code: u8,
    pub(super) name: &'static str,
    pub(super) stream: OnStream,
    pub(super) flags: &'static [(u8, &'static str)],
    pub(super) about: Explanation,
}

pub(super) fn kind_of(code: u8) -> Option<&'static FrameKind> {
    KINDS.iter().find(|kind| kind.code == code)
}

pub(super) fn setting(code: u16) -> (Cow<'static, str>, &'static Explanation) {
    match SETTINGS.iter().find(|(known, ..)| *known == code) {
        Some((_, name, about)) => (Cow::Borrowed(*name), about),
        None => (format!("unknown setting {code:#06x}").into(), &UNKNOWN_SETTING),
    }
}

pub(super) fn error_name(code: u32) -> &'static str {
    usize::try_from(code).ok().and_then(|code| ERRORS.get(code)).copied().unwrap_or("an unknown error")
}

pub(crate) const HEADER_LEN: usize = 9;
pub(super) const RESERVED: u32 = 1 << 31;
pub(super) const PADDED: u8 = 0x8;
pub(super) const PRIORITY: u8 = 0x20;
pub(crate) const END_HEADERS: u8 = 0x4;
pub(crate) const END_STREAM: u8 = 0x1;

pub(super) const END_STREAM_FLAG: (u8, &str) = (END_STREAM, "END_STREAM");
pub(super) const END_HEADERS_FLAG: (u8, &str) = (END_HEADERS, "END_HEADERS");
pub(super) const PADDED_FLAG: (u8, &str) = (PADDED, "PADDED");
pub(super) const ACK_FLAG: (u8, &str) = (0x1, "ACK");

static KINDS: &[FrameKind] = &[
    FrameKind {
        code: 0x0,
        name: "DATA",
        stream: OnStream::NonZero,
        flags: &[END_STREAM_FLAG, PADDED_FLAG],
        about: Explanation("Content of a request or response.", "RFC 9113 §6.1"),
    },
    FrameKind {
        code: 0x1,
        name: "HEADERS",
        stream: OnStream::NonZero,
        flags: &[END_STREAM_FLAG, END_HEADERS_FLAG, PADDED_FLAG, (PRIORITY, "PRIORITY")],
        about: Explanation("Opens a stream: the fields of a request or response.", "RFC 9113 §6.2"),
    },
    FrameKind {
        code: 0x2,
        name: "PRIORITY",
        stream: OnStream::NonZero,
        flags: &[],
        about: Explanation("How streams should share the connection; deprecated.", "RFC 9113 §6.3"),
    },
    FrameKind {
        code: 0x3,
        name: "RST_STREAM",
        stream: OnStream::NonZero,
        flags: &[],
        about: Explanation("Ends a stream at once; the connection lives on.", "RFC 9113 §6.4"),
    },
    FrameKind {
        code: 0x4,
        name: "SETTINGS",
        stream: OnStream::Zero,
        flags: &[ACK_FLAG],
        about: Explanation("What this end takes: the other end has to keep to it.", "RFC 9113 §6.5"),
    },
    FrameKind {
        code: 0x5,
        name: "PUSH_PROMISE",
        stream: OnStream::NonZero,
        flags: &[END_HEADERS_FLAG, PADDED_FLAG],
        about: Explanation("The server will send something nobody asked for yet.", "RFC 9113 §6.6"),
    },
    FrameKind {
        code: 0x6,
        name: "PING",
        stream: OnStream::Zero,
        flags: &[ACK_FLAG],
        about: Explanation("Asks whether the other end is alive, and how far away.", "RFC 9113 §6.7"),
    },
    FrameKind {
        code: 0x7,
        name: "GOAWAY",
        stream: OnStream::Zero,
        flags: &[],
        about: Explanation("The connection will be closed: no new streams.", "RFC 9113 §6.8"),
    },
    FrameKind {
        code: 0x8,
        name: "WINDOW_UPDATE",
        stream: OnStream::Any,
        flags: &[],
        about: Explanation("Flow control: the other end may send so many octets more.", "RFC 9113 §6.9"),
    },
    FrameKind {
        code: 0x9,
        name: "CONTINUATION",
        stream: OnStream::NonZero,
        flags: &[END_HEADERS_FLAG],
        about: Explanation("More of a header block that did not fit into one frame.", "RFC 9113 §6.10"),
    },
    FrameKind {
        code: 0xa,
        name: "ALTSVC",
        stream: OnStream::Any,
        flags: &[],
        about: Explanation("Another place and protocol where the same origin can be had.", "RFC 7838 §4"),
    },
    FrameKind {
        code: 0xc,
        name: "ORIGIN",
        stream: OnStream::Zero,
        flags: &[],
        about: Explanation("Which origins this connection serves.", "RFC 8336 §2"),
    },
    FrameKind {
        code: 0x10,
        name: "PRIORITY_UPDATE",
        stream: OnStream::Zero,
        flags: &[],
        about: Explanation("How urgent a response is.", "RFC 9218 §7.1"),
    },
];

static SETTINGS: &[(u16, &str, Explanation)] = &[
    (0x1, "HEADER_TABLE_SIZE", Explanation("Octets of memory for header compression.", "RFC 9113 §6.5.2")),
    (0x2, "ENABLE_PUSH", Explanation("Whether the server may push (1) or not (0).", "RFC 9113 §6.5.2")),
    (0x3, "MAX_CONCURRENT_STREAMS", Explanation("How many streams may be open at once.", "RFC 9113 §6.5.2")),
    (
        0x4,
        "INITIAL_WINDOW_SIZE",
        Explanation("Octets that may be sent on a new stream before a WINDOW_UPDATE.", "RFC 9113 §6.5.2"),
    ),
    (0x5, "MAX_FRAME_SIZE", Explanation("Octets a frame's payload may have.", "RFC 9113 §6.5.2")),
    (0x6, "MAX_HEADER_LIST_SIZE", Explanation("Octets of fields this end accepts, uncompressed.", "RFC 9113 §6.5.2")),
    (0x8, "ENABLE_CONNECT_PROTOCOL", Explanation("WebSocket over HTTP/2 is possible.", "RFC 8441 §3")),
    (0x9, "NO_RFC7540_PRIORITIES", Explanation("The old priorities are not used.", "RFC 9218 §2.1")),
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

pub(super) static PREFACE: Explanation =
    Explanation("Says that HTTP/2 is spoken, in a way no HTTP/1.1 server takes for a request.", "RFC 9113 §3.4");
pub(super) static HEADER: Explanation = Explanation("Nine octets before every frame's payload.", "RFC 9113 §4.1");
pub(super) static LENGTH: Explanation =
    Explanation("Octets of the payload; the header is not counted.", "RFC 9113 §4.1");
pub(super) static TYPE: Explanation = Explanation("What the payload is.", "RFC 9113 §4.1");
pub(super) static FLAGS: Explanation = Explanation("Switches; which ones depends on the type.", "RFC 9113 §4.1");
pub(super) static STREAM: Explanation = Explanation(
    "Which exchange the frame belongs to; odd numbers are the client's, 0 is the connection.",
    "RFC 9113 §5.1.1",
);
pub(super) static PAYLOAD: Explanation = Explanation("What the frame carries.", "RFC 9113 §4.1");
pub(super) static UNKNOWN_FRAME: Explanation =
    Explanation("A frame of a type this program does not know; recipients ignore those.", "RFC 9113 §4.1");
static UNKNOWN_SETTING: Explanation =
    Explanation("A setting this program does not know; recipients ignore those.", "RFC 9113 §6.5.2");
pub(super) static PAD_LENGTH: Explanation =
    Explanation("How many octets of padding follow, to hide the true length.", "RFC 9113 §6.1");
pub(super) static PADDING: Explanation = Explanation("Zeros that hide the true length.", "RFC 9113 §6.1");
pub(super) static DATA: Explanation = Explanation("Octets of content.", "RFC 9113 §6.1");
pub(super) static DEPENDENCY: Explanation =
    Explanation("Deprecated priorities: after which stream this one comes.", "RFC 9113 §5.3.2");
pub(super) static WEIGHT: Explanation = Explanation("Deprecated priorities: this stream's share.", "RFC 9113 §5.3.2");
pub(super) static ERROR_CODE: Explanation = Explanation("Why.", "RFC 9113 §7");
pub(super) static PROMISED: Explanation =
    Explanation("On which stream the pushed response will come.", "RFC 9113 §6.6");
pub(super) static PING_DATA: Explanation = Explanation("Eight octets that come back in the answer.", "RFC 9113 §6.7");
pub(super) static LAST_STREAM: Explanation = Explanation("Streams up to this one were worked on.", "RFC 9113 §6.8");
pub(super) static DEBUG_DATA: Explanation = Explanation("More for a person to read.", "RFC 9113 §6.8");
pub(super) static WINDOW: Explanation = Explanation("So many octets more may be sent.", "RFC 9113 §6.9");
pub(super) static HEADER_BLOCK: Explanation =
    Explanation("Fields compressed by HPACK: each refers to a table both ends keep.", "RFC 9113 §4.3");
pub(super) static HPACK: Explanation = Explanation("How HPACK wrote this field.", "RFC 7541 §6");
