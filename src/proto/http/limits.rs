//! How much a peer may send. RFC 9112 leaves the numbers to us; every one of them has an error of its own.

use std::time::Duration;

/// How long a client that asked for 100 (Continue) waits for it before it sends its content all the same. RFC 9110 §10.1.1 names no
/// number; this is what curl waits.
pub const CONTINUE_PATIENCE: Duration = Duration::from_secs(1);

/// Octets of a request line, line end included. RFC 9112 §3 asks for at least 8000.
pub const MAX_REQUEST_LINE: usize = 8192;

/// Octets of a method. RFC 9112 §3: a longer one is answered with 501.
pub const MAX_METHOD: usize = 64;

/// Octets of a status line, line end included. RFC 9112 §4 names no number.
pub const MAX_STATUS_LINE: usize = 8192;

/// Octets of a request's head, from the start line's first to the empty line's last; trailers likewise. RFC 9110 §5.4 leaves the
/// number open.
pub const MAX_HEAD: usize = 64 * 1024;

/// Field lines of a request's head, or of a trailer section. RFC 9110 §5.4 leaves the number open.
pub const MAX_FIELDS: usize = 200;

/// Octets of a response's head: as many as the browser that takes the most of them does (Firefox: 384 KiB; Chromium: 256 KiB;
/// curl: 300 KiB).
pub const MAX_RESPONSE_HEAD: usize = 384 * 1024;

/// Field lines of a response's head. Browsers count octets only; this is what curl takes.
pub const MAX_RESPONSE_FIELDS: usize = 5_000;

/// Empty lines a server skips before a request line. RFC 9112 §2.2 asks for at least one.
pub const MAX_EMPTY_LINES: usize = 16;

/// Octets of a chunk size line with its extensions, line end included. RFC 9112 §7.1.1 asks for a limit.
pub const MAX_CHUNK_LINE: usize = 4096;

/// Octets of chunk framing (size lines and extensions) beyond what the chunks' own content would justify: twice the content
/// and [`FREE_CHUNK_LINE`] octets a chunk are free. RFC 9112 §7.1.1 asks for a limit on the total.
pub const MAX_CHUNK_OVERHEAD: u64 = 16 * 1024;

/// Octets of a chunk's size line that [`MAX_CHUNK_OVERHEAD`] does not count.
pub const FREE_CHUNK_LINE: u64 = 16;

/// Octets of one message's content, unless told otherwise. RFC 9110 §15.5.14 (413) for requests; no clause for responses.
pub const DEFAULT_MAX_CONTENT: u64 = 4 * 1024 * 1024 * 1024;

/// Interim (1xx) responses before a final one. RFC 9110 §15.2 allows any number.
pub const MAX_INTERIM_RESPONSES: u32 = 100;
