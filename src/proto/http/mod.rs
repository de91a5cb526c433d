//! HTTP/1.0 and HTTP/1.1, both ends. RFC 9110 (semantics), RFC 9112 (messages).

pub mod client;
pub mod message;
