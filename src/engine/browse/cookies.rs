//! Whether a visit keeps and sends cookies, by which rules, and from where its page was asked for.

use serde::{Deserialize, Serialize};
use url::Url;

use crate::{
    engine::ask::without_userinfo,
    proto::http::cookies::{CookieRules, JarRules, RequestCause, Site, ThirdPartyPolicy},
};

/// Whether a visit keeps and sends cookies, and by which rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CookieSettings {
    /// Cookies are kept and sent.
    pub on: bool,
    /// RFC 6265bis or RFC 6265.
    pub rules: CookieRules,
    /// What the servers of other sites may do that a page embeds.
    pub third_party: ThirdPartyPolicy,
    /// The page whose link was followed; `None`: the address was typed.
    pub link_from: Option<Url>,
}

impl Default for CookieSettings {
    fn default() -> Self {
        Self { on: true, rules: CookieRules::default(), third_party: ThirdPartyPolicy::default(), link_from: None }
    }
}

impl CookieSettings {
    pub(super) fn by(&self) -> JarRules {
        JarRules { rules: self.rules, third_party: self.third_party }
    }

    /// What causes the request for the page.
    pub(super) fn cause(&self) -> RequestCause {
        self.link_from.as_ref().and_then(Site::of).map_or(RequestCause::Typed, RequestCause::Link)
    }

    pub(super) fn without_secrets(&self) -> Self {
        Self { link_from: self.link_from.as_ref().map(without_userinfo), ..self.clone() }
    }
}
