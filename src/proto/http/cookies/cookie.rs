//! A cookie as it is kept. RFC 6265bis §5.7.

use serde::{Deserialize, Serialize};

use super::{
    date::UnixMicros,
    domain::{CookieHost, is_below},
    path::path_matches,
    text::CookieText,
};

/// A cookie as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "attributes that do not depend on each other")]
pub struct Cookie {
    /// Its name; it may be empty.
    pub name: CookieText,
    /// Its value.
    pub value: CookieText,
    /// The host, or the domain it is for.
    pub domain: String,
    /// It is for that host alone, not for what is below it.
    pub host_only: bool,
    /// It is for what is below this path.
    pub path: CookieText,
    /// When it expires; `None`: with the session.
    #[serde(default)]
    pub expires: Option<UnixMicros>,
    /// When it was set first.
    pub created: UnixMicros,
    /// When it was set or sent last.
    pub accessed: UnixMicros,
    /// In which order cookies that were set at the same moment came.
    #[serde(default)]
    pub number: u64,
    /// It goes over secure connections only.
    #[serde(default)]
    pub secure: bool,
    /// It is hidden from scripts.
    #[serde(default)]
    pub http_only: bool,
    /// Whether it goes along with requests another site causes.
    #[serde(default)]
    pub same_site: SameSite,
    /// The site whose pages it is kept apart for; `None`: it is the same in all.
    #[serde(default)]
    pub partition: Option<String>,
}

/// Whether a cookie goes along with requests that another site causes (RFC 6265bis §5.6.7).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SameSite {
    /// The server did not say: as `Lax`.
    #[default]
    Default,
    /// It goes along with every request.
    None,
    /// It goes along when a link of another site is followed, not with what that site embeds.
    Lax,
    /// It does not go along at all.
    Strict,
}

impl SameSite {
    /// As a table shows it: what was left out is marked.
    pub fn name(self) -> &'static str {
        match self {
            Self::Default => "Lax (default)",
            Self::None => "None",
            Self::Lax => "Lax",
            Self::Strict => "Strict",
        }
    }
}

/// What tells one cookie from another (RFC 6265bis §5.7 step 23).
pub(super) fn is_same(one: &Cookie, other: &Cookie, host_only_counts: bool) -> bool {
    one.name == other.name
        && one.path == other.path
        && one.domain == other.domain
        && one.partition == other.partition
        && (!host_only_counts || one.host_only == other.host_only)
}

impl Cookie {
    /// Has its date passed?
    pub fn is_expired(&self, now: UnixMicros) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }

    /// Is it for this host?
    pub fn is_for_host(&self, host: &CookieHost) -> bool {
        if self.host_only { host.name == self.domain } else { host.matches(&self.domain) }
    }

    /// Is it for this path of a request?
    pub fn is_for_path(&self, path: &str) -> bool {
        path_matches(path.as_bytes(), self.path.octets())
    }

    /// Its domain as a table shows it: with a dot before it where it is for everything below too.
    pub fn scope(&self) -> String {
        if self.host_only { self.domain.clone() } else { format!(".{}", self.domain) }
    }

    /// `name=value` as in a `Cookie` line (RFC 6265bis §5.8.3 step 6).
    pub fn pair(&self) -> Vec<u8> {
        let mut pair = Vec::with_capacity(self.name.len() + self.value.len() + 1);
        self.write_pair(&mut pair);
        pair
    }

    pub(super) fn write_pair(&self, line: &mut Vec<u8>) {
        if !self.name.is_empty() {
            line.extend_from_slice(self.name.octets());
            line.push(b'=');
        }
        line.extend_from_slice(self.value.octets());
    }

    /// Do the domains overlap: is one the other's or below it?
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        let (one, other) = (self.domain.as_str(), other.domain.as_str());
        one == other || is_below(one, other) || is_below(other, one)
    }
}
