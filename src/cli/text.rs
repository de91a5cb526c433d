//! What a student types, read.

use url::Url;

use super::outcome::CommandFailure;
use crate::proto::http::url as http_url;

/// The URL a student typed.
pub(super) fn url(typed: &str) -> Result<Url, CommandFailure> {
    http_url::parse(typed).map_err(|error| CommandFailure::Usage(format!("{typed}: {error}")))
}
