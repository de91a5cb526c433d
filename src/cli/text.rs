//! What a student types, read.

use url::Url;

use super::outcome::Trouble;
use crate::proto::http::url as http_url;

/// The URL a student typed.
pub(super) fn url(typed: &str) -> Result<Url, Trouble> {
    http_url::parse(typed).map_err(|error| Trouble::Usage(format!("{typed}: {error}")))
}
