//! What a name server's or a resolver's peer may make it do at most.

use std::time::Duration;

/// Octets of a UDP message without EDNS (RFC 1035 §4.2.1).
pub const UDP_OCTETS: usize = 512;
/// Octets of a UDP message we offer and accept with EDNS: what crosses any path unfragmented (DNS flag day 2020).
pub const EDNS_OCTETS: u16 = 1_232;
/// Octets of a TCP message: its length has two octets (RFC 1035 §4.2.2).
pub const TCP_OCTETS: usize = 65_535;

/// Aliases (CNAME or DNAME) followed for one name.
pub const ALIASES: u32 = 16;
/// Referrals followed for one name.
pub const REFERRALS: u32 = 32;
/// Queries sent for one question, those for name servers' own addresses included.
pub const QUERIES: u32 = 100;
/// Times a server that does not answer is asked about one zone (unbound's `outbound-msg-retry`).
pub const TRIES: u32 = 5;
/// Name servers of one referral whose addresses are looked up when none has glue (NXNS: CVE-2020-12662).
pub const GLUELESS: usize = 3;
/// How deep looking up a name server's address may lead to looking up another's.
pub const DEPTH: u32 = 6;
/// Name servers of one zone that are kept.
pub const SERVERS: usize = 26;
/// Records of one name and type that are kept.
pub const RECORDS: usize = 512;

/// Longest a record is kept, whatever its TTL says (RFC 8767 §4 suggests a week at most).
pub const TTL: Duration = Duration::from_hours(7 * 24);
/// Longest a negative answer is kept (RFC 2308 §5 suggests one to three hours).
pub const NEGATIVE_TTL: Duration = Duration::from_hours(3);
/// How long a failure is remembered (RFC 9520 §3.2: 1 s to 5 min).
pub const FAILURE_TTL: Duration = Duration::from_secs(5);
