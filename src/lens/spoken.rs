//! Which protocol a flow speaks, told by what is said first.

use crate::proto::http::{head::is_tchar, server::HTTP2_PREFACE};

/// What is spoken, as far as can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spoken {
    Undecided,
    Http1,
    Http2,
    /// Nothing this room reads.
    Other,
}

impl Spoken {
    /// By the client's first octets; undecided while they may still become HTTP/2's preface, unless nothing more will come.
    pub(super) fn by_client(begins: &[u8], ended: bool) -> Self {
        let preface = HTTP2_PREFACE.get(..begins.len().min(HTTP2_PREFACE.len())).unwrap_or_default();
        let could_be_preface = begins.starts_with(preface);
        let whole = begins.len() >= HTTP2_PREFACE.len();
        let could_be_request = |octet: &u8| is_tchar(*octet) || b"\r\n".contains(octet);
        match () {
            () if begins.is_empty() && !ended => Self::Undecided,
            () if could_be_preface && whole => Self::Http2,
            () if could_be_preface && !ended => Self::Undecided,
            () if begins.first().is_some_and(could_be_request) => Self::Http1,
            () => Self::Other,
        }
    }

    /// By what a server says before its client has said enough.
    pub(super) fn by_server(begins: &[u8]) -> Self {
        if begins.starts_with(b"HTTP/") { Self::Http1 } else { Self::Other }
    }
}
