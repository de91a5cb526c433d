//! What of a request decides about cookies: where it goes, and which page causes it.

use serde::{Deserialize, Serialize};
use url::Url;

use super::{
    domain::{CookieHost, Site},
    rules::CookieRules,
};

/// A request as cookies see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CookieRequest {
    /// Where it goes.
    pub host: CookieHost,
    /// The path of its URL, percent-encoded, without the query.
    pub path: String,
    /// Its scheme is https.
    pub is_https: bool,
    /// The method, as written.
    pub method: String,
    /// Its own site.
    pub site: Site,
    /// What causes it.
    pub cause: RequestCause,
    /// Who asks for cookies.
    pub reader: CookieReader,
}

/// What causes a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum RequestCause {
    /// The student: an address that was typed.
    #[default]
    Typed,
    /// A link or a form on a page of this site.
    Link(Site),
    /// A page of this site, which has the object in it.
    Embedded(Site),
}

/// Who asks for cookies, or sets them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CookieReader {
    /// HTTP itself.
    #[default]
    Http,
    /// A script in the page.
    Script,
}

impl CookieRequest {
    /// A request for `url`; `None` where it has no host.
    pub fn new(method: &str, url: &Url, cause: RequestCause) -> Option<Self> {
        Some(Self {
            host: CookieHost::of(url)?,
            path: url.path().to_owned(),
            is_https: url.scheme() == "https",
            method: method.to_owned(),
            site: Site::of(url)?,
            cause,
            reader: CookieReader::Http,
        })
    }

    /// Is the connection secure, as these rules have it?
    pub fn is_secure(&self, rules: CookieRules) -> bool {
        self.is_https || (rules.are_newest() && self.host.is_this_machine())
    }

    /// Does the page that causes it belong to another site (RFC 6265bis §5.2)? What was typed belongs to none.
    pub fn is_cross_site(&self) -> bool {
        match &self.cause {
            RequestCause::Typed => false,
            RequestCause::Link(site) | RequestCause::Embedded(site) => *site != self.site,
        }
    }

    /// Does it go to another registrable domain than that of the page it is embedded in?
    pub fn is_third_party(&self) -> bool {
        matches!(&self.cause, RequestCause::Embedded(page) if page.domain != self.site.domain)
    }

    /// Is it for a page of its own, not for a part of one?
    pub fn is_navigation(&self) -> bool {
        !matches!(self.cause, RequestCause::Embedded(_))
    }

    /// Does its method only read (RFC 9110 §9.2.1)?
    pub fn is_safe(&self) -> bool {
        matches!(self.method.as_str(), "GET" | "HEAD" | "OPTIONS" | "TRACE")
    }

    /// The site of the page on top: its own, or that it is embedded in.
    pub fn top_site(&self) -> &Site {
        match &self.cause {
            RequestCause::Embedded(page) => page,
            RequestCause::Typed | RequestCause::Link(_) => &self.site,
        }
    }
}
