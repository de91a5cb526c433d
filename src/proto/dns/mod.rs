//! The domain name system: names, zones, authoritative servers, and resolvers.
//!
//! Messages and their parts are hickory-proto's. Ours is what the lab is about: zone files and what a server answers from them
//! ([`zone`], [`authority`]), and the resolver that asks its way down from the root and gives the reason for every step ([`iterate`], [`cache`]).
//! Nothing here opens a socket or reads a clock.
//!
//! | file | what it is |
//! | --- | --- |
//! | [`text`], [`dig`] | names, records and responses as zone files and dig write them |
//! | [`zone`], [`registrar`] | zones: their files, lookups, checks and changes; how a domain gets into the zone above |
//! | [`authority`] | what a server answers from its zones |
//! | [`iterate`] | a question on its way from the closest known servers to an answer |
//! | [`cache`], [`servers`] | what a resolver remembers of records, and of servers |
//! | [`service`], [`joining`] | queries of a local name server's clients, those that ask the same, and the responses to them |
//! | [`trace`] | what a resolution did, step by step |
//! | [`readable`] | a message as far as it can be read |
//! | [`framing`], [`stream_server`] | messages on a stream; a name server's end of one |
//! | [`draft`] | a message written by hand |
//! | [`limits`] | how much a peer may make us do |
//!
//! Source: RFC 1034 and 1035, clarified by RFC 2181; EDNS is RFC 6891, negative answers RFC 2308.

mod answering;
pub mod authority;
pub mod cache;
pub mod data;
pub mod dig;
pub mod draft;
pub mod framing;
pub mod iterate;
pub mod joining;
pub mod limits;
pub mod readable;
pub mod registrar;
pub mod rrset;
pub mod servers;
pub mod service;
pub mod stream_server;
pub mod text;
pub mod trace;
pub mod zone;

pub use hickory_proto::{
    op::{Edns, Message, MessageType, OpCode, Query, ResponseCode},
    rr::{DNSClass, Name, RData, Record, RecordType},
};
