//! HOW EACH PROTOCOL SPEAKS. State machines without sockets, clocks or tokio: octets in, octets and events out.

pub mod dns;
pub mod echo;
pub mod http;
pub mod session;
