//! HTTP/1.0 and HTTP/1.1, both ends. RFC 9110 (semantics), RFC 9112 (messages).
//!
//! | file | what it is |
//! | --- | --- |
//! | [`message`] | requests and responses as written |
//! | [`limits`] | how much a peer may send of everything |
//! | [`head`] | start line and field lines: octets → heads, line by line |
//! | [`framing`] | how long content is, and whether the connection lives on |
//! | [`content`] | content octets with their framing removed: length, chunked, until close |
//! | [`coding`] | content codings and transfer codings undone |
//! | [`charset`] | text out of octets |
//! | [`sniffing`] | what content is that says nothing about itself |
//! | [`form`] | what a form sends: fields and files |
//! | [`encode`] | heads, chunks and trailers → octets; what is a secret among them |
//! | [`client`] | the client's end of a connection |
//! | [`server`] | the server's end |
//! | [`url`] | URLs as typed, taken apart; request targets |
//! | [`cookies`] | cookies: the jar and its rules |
//!
//! # Where the RFC leaves a choice
//! | what arrives | client | server |
//! | --- | --- | --- |
//! | line ended by LF alone (RFC 9112 §2.2 MAY) | accepted in heads, refused in chunk framing | refused with 400, unless told otherwise |
//! | CR not followed by LF (§2.2) | refused | 400 |
//! | NUL or another control octet in a field (RFC 9110 §5.5) | refused | 400 |
//! | folded field line (§5.2) | replaced by a space | 400 |
//! | white space before the colon (§5.1) | refused | 400 |
//! | white space before the first field (§2.2) | refused | 400 |
//! | empty lines before the start line (§2.2) | refused | up to [`limits::MAX_EMPTY_LINES`] skipped |
//! | Transfer-Encoding with Content-Length (§6.3) | refused | 400 |
//! | several equal Content-Lengths (§6.3) | one of them counts | one of them counts |
//! | several different ones | refused | 400 |
//! | a transfer coding other than chunked (§6.1, §7) | undone as far as [`coding`] knows it | 501 |
//! | chunked, but not last (§6.3) | content ends where the connection does | 400 |
//! | chunked twice (§7.1) | refused | 400 |
//! | Transfer-Encoding in HTTP/1.0 (§6.1) | refused | 400 |
//! | spaces after a chunk size (§7.1) | refused | 400 |
//! | major version other than 1 | refused | 505 |
//! | HTTP/0.9 (`GET /` and no version) | – | 505 |
//! | a higher minor version (RFC 9110 §2.5) | read as HTTP/1.1 | read as HTTP/1.1 |

pub mod charset;
pub mod client;
pub mod coding;
pub mod content;
pub mod cookies;
pub mod encode;
pub mod form;
pub mod framing;
pub mod head;
pub mod limits;
pub mod message;
pub mod server;
pub mod sniffing;
pub mod url;

#[cfg(test)]
mod properties;
