//! One request and its response, as a report has them.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use url::Url;

use super::timing::ObjectTiming;

/// One request and its response.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Exchange {
    /// URL, status, phases, connection.
    pub timing: ObjectTiming,
    /// The request's method.
    pub method: String,
    /// The request as sent, line by line without line ends: request line and field lines (HTTP/2: the same in words).
    pub request_lines: Vec<String>,
    /// Protocol of the response: `HTTP/1.1`, `HTTP/2`.
    pub protocol: String,
    /// Reason phrase.
    pub reason: String,
    /// Response field lines as written.
    pub fields: Vec<(String, String)>,
    /// Where a redirect points.
    pub redirect_to: Option<Url>,
    /// Why this exchange was made or not: redirect rule, retry, reuse.
    pub why: Vec<String>,
    /// Content as received (content coding removed only by the everyday client), up to [`MAX_CONTENT_KEPT`], and for all objects
    /// of a page together up to [`MAX_PAGE_KEPT`].
    #[serde(skip)]
    pub content: Bytes,
    /// Octets of content beyond what is kept.
    pub content_omitted: u64,
}

/// Octets of one response's content that are kept for showing.
pub const MAX_CONTENT_KEPT: usize = 8 * 1024 * 1024;

/// Octets of content one response may have: a server that announces more is refused at once: a server does not decide how much we take
/// but us.
pub const MAX_CONTENT: u64 = 512 * 1024 * 1024;

/// Octets of content that are kept for showing of a whole page.
pub const MAX_PAGE_KEPT: usize = 64 * 1024 * 1024;
