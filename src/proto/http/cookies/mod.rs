//! Cookies: state over a protocol that has none. RFC 6265bis (draft-ietf-httpbis-rfc6265bis), and RFC 6265 as browsers followed it before.
//!
//! No sockets, no clock: lines and dates come in, and every decision comes out as a value ([`CookieDecision`]) that says what became of a
//! cookie, by which rule, where the rule stands, and what would have changed it.
//!
//! | file | what it is |
//! | --- | --- |
//! | [`set_cookie`] | a `Set-Cookie` line taken apart |
//! | [`date`] | dates as cookies have them |
//! | [`domain`], [`path`] | who is meant: domain match, public suffixes, sites, paths |
//! | [`request`] | what of a request decides: where it goes, which page causes it |
//! | `storage` | whether a cookie comes into the jar |
//! | `retrieval` | whether it goes along with a request, and in which order |
//! | [`jar`] | the jar, with expiry and eviction |
//! | [`decision`] | what became of a cookie, in words |
//! | [`rules`] | the two sets of rules and in what they differ |
//! | [`cookies_txt`] | files as curl and browsers' extensions read and write them |
//! | [`masking`] | where values stand in what a server sends, for a record that hides them |
//! | [`limits`] | how much a server may put into the jar |

pub mod cookie;
pub mod cookies_txt;
pub mod date;
pub mod decision;
pub mod domain;
pub mod jar;
pub mod limits;
pub mod masking;
pub mod path;
pub mod request;
mod retrieval;
pub mod rules;
pub mod set_cookie;
mod storage;
#[cfg(test)]
mod stories;
pub mod text;

pub use cookie::{Cookie, SameSite};
pub use date::UnixMicros;
pub use decision::{CookieDecision, EvictionReason, KeepBackReason, Outcome, RefusalReason, Verdict};
pub use domain::{CookieHost, Site};
pub use jar::{Jar, Retrieval};
pub use request::{CookieReader, CookieRequest, RequestCause};
pub use rules::{CookieRules, RULE_DIFFERENCES, RuleDifference, ThirdPartyPolicy};
pub use set_cookie::SetCookie;
pub use storage::JarRules;
pub use text::CookieText;
