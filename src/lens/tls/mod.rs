//! TLS as it crosses the wire.

mod records;

pub use self::records::read;
