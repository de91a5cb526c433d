//! What HTTP/2's frames, flags, settings and errors are called and what they are for. RFC 9113, and the RFCs that added to it.

use std::borrow::Cow;

/// What something is for, and where it is defined.
pub(super) struct About(pub(super) &'static str, pub(super) &'static str);

/// Where a frame type may stand.
#[derive(Clone, Copy)]
pub(super) enum OnStream {
    Zero,
    NonZero,
    Any,
}

pub(super) struct Kind {
    pub(super) code: u8,
    pub(super) name: &'static str,
    pub(super) stream: OnStream,
    pub(super) flags: &'static [(u8, &'static str)],
    pub(super) about: About,
}

pub(super) fn kind_of(code: u8) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.code == code)
}

pub(super) fn setting(code: u16) -> (Cow<'static, str>, &'static About) {
    match SETTINGS.iter().find(|(known, ..)| *known == code) {
        Some((_, name, about)) => (Cow::Borrowed(*name), about),
        None => (format!("unknown setting {code:#06x}").into(), &UNKNOWN_SETTING),
    }
}

pub(super) fn error_name(code: u32) -> &'static str {
    usize::try_from(code).ok().and_then(|code| ERRORS.get(code)).copied().unwrap_or("an unknown error")
}

pub(super) const HEADER_LEN: usize = 9;
pub(super) const RESERVED: u32 = 1 << 31;
pub(super) const PADDED: u8 = 0x8;
pub(super) const PRIORITY: u8 = 0x20;
pub(super) const END_HEADERS: u8 = 0x4;
pub(super) const END_STREAM: u8 = 0x1;

pub(super) const END_STREAM_FLAG: (u8, &str) = (END_STREAM, "END_STREAM");
pub(super) const END_HEADERS_FLAG: (u8, &str) = (END_HEADERS, "END_HEADERS");
pub(super) const PADDED_FLAG: (u8, &str) = (PADDED, "PADDED");
pub(super) const ACK_FLAG: (u8, &str) = (0x1, "ACK");

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

pub(super) static PREFACE: About =
    About("Says that HTTP/2 is spoken, in a way no HTTP/1.1 server takes for a request.", "RFC 9113 §3.4");
pub(super) static HEADER: About = About("Nine octets before every frame's payload.", "RFC 9113 §4.1");
pub(super) static LENGTH: About = About("Octets of the payload; the header is not counted.", "RFC 9113 §4.1");
pub(super) static TYPE: About = About("What the payload is.", "RFC 9113 §4.1");
pub(super) static FLAGS: About = About("Switches; which ones depends on the type.", "RFC 9113 §4.1");
pub(super) static STREAM: About =
    About("Which exchange the frame belongs to; odd numbers are the client's, 0 is the connection.", "RFC 9113 §5.1.1");
pub(super) static PAYLOAD: About = About("What the frame carries.", "RFC 9113 §4.1");
pub(super) static UNKNOWN_FRAME: About =
    About("A frame of a type this program does not know; recipients ignore those.", "RFC 9113 §4.1");
static UNKNOWN_SETTING: About =
    About("A setting this program does not know; recipients ignore those.", "RFC 9113 §6.5.2");
pub(super) static PAD_LENGTH: About =
    About("How many octets of padding follow, to hide the true length.", "RFC 9113 §6.1");
pub(super) static PADDING: About = About("Zeros that hide the true length.", "RFC 9113 §6.1");
pub(super) static DATA: About = About("Octets of content.", "RFC 9113 §6.1");
pub(super) static DEPENDENCY: About =
    About("Deprecated priorities: after which stream this one comes.", "RFC 9113 §5.3.2");
pub(super) static WEIGHT: About = About("Deprecated priorities: this stream's share.", "RFC 9113 §5.3.2");
pub(super) static ERROR_CODE: About = About("Why.", "RFC 9113 §7");
pub(super) static PROMISED: About = About("On which stream the pushed response will come.", "RFC 9113 §6.6");
pub(super) static PING_DATA: About = About("Eight octets that come back in the answer.", "RFC 9113 §6.7");
pub(super) static LAST_STREAM: About = About("Streams up to this one were worked on.", "RFC 9113 §6.8");
pub(super) static DEBUG_DATA: About = About("More for a person to read.", "RFC 9113 §6.8");
pub(super) static WINDOW: About = About("So many octets more may be sent.", "RFC 9113 §6.9");
pub(super) static HEADER_BLOCK: About =
    About("Fields compressed by HPACK: each refers to a table both ends keep.", "RFC 9113 §4.3");
pub(super) static HPACK: About = About("How HPACK wrote this field.", "RFC 7541 §6");
