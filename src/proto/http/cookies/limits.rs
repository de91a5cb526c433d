//! How much a server or a file may put into the jar. RFC 6265bis §5.6, §5.7 and §6.1; every limit has a reason of its own in a decision.

/// Octets of a cookie's name and value together (RFC 6265bis §5.6 step 5). RFC 6265 §6.1 asks for at least as many.
pub const MAX_NAME_AND_VALUE: usize = 4_096;

/// Octets of an attribute's value under RFC 6265bis (§5.6): an attribute with more is passed over.
pub const MAX_ATTRIBUTE: usize = 1_024;

/// The same under RFC 6265, which names no number (§6.1 asks for 4,096 octets of a whole cookie).
pub const MAX_ATTRIBUTE_6265: usize = 4_096;

/// Attributes of one line that are remembered as they were written. Those beyond count all the same.
pub const MAX_ATTRIBUTES_SHOWN: usize = 32;

/// `Set-Cookie` lines of one response that are looked at: as many as a full jar holds. No clause; browsers take as many as the head has.
pub const MAX_LINES: usize = MAX_COOKIES;

/// Cookies that share a domain (RFC 6265bis §5.7 and §6.1: at least 50), counted apart for each partition.
pub const MAX_COOKIES_PER_DOMAIN: usize = 50;

/// Cookies in a jar (RFC 6265bis §5.7 and §6.1: at least 3,000).
pub const MAX_COOKIES: usize = 3_000;

/// The longest time a cookie is kept, in seconds: 400 days (RFC 6265bis §5.5).
pub const MAX_AGE_SECS: i64 = 34_560_000;

/// Octets of a `cookies.txt` or JSON file that is read: more than a full jar takes.
pub const MAX_JAR_FILE: u64 = 64 * 1024 * 1024;
