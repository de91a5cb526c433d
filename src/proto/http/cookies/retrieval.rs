//! Which cookies go along with a request. RFC 6265bis §5.8.3; RFC 6265 §5.4.

use std::sync::Arc;

use super::{
    cookie::{Cookie, SameSite},
    decision::KeepBackReason,
    domain::is_public_suffix,
    request::{CookieReader, CookieRequest, RequestCause},
    rules::ThirdPartyPolicy,
    storage::JarRules,
};

/// Why a cookie of the request's site does not go along; `None` where it does.
pub(super) fn kept_back(
    cookie: &Cookie,
    request: &CookieRequest,
    by: JarRules,
    top_site: Option<&str>,
) -> Option<KeepBackReason> {
    if !cookie.is_for_host(&request.host) {
        return Some(if cookie.host_only {
            KeepBackReason::HostOnly { host: cookie.domain.clone() }
        } else {
            KeepBackReason::OtherDomain { domain: cookie.domain.clone() }
        });
    }
    if !cookie.host_only && is_public_suffix(&cookie.domain) {
        return Some(KeepBackReason::PublicSuffix);
    }
    if !cookie.is_for_path(&request.path) {
        return Some(KeepBackReason::Path { path: cookie.path.clone() });
    }
    if cookie.secure && !request.is_secure(by.rules) {
        return Some(KeepBackReason::Insecure);
    }
    if cookie.http_only && request.reader == CookieReader::Script {
        return Some(KeepBackReason::Script);
    }
    if let Some(partition) = &cookie.partition
        && top_site != Some(partition)
    {
        return Some(KeepBackReason::Partition { partition: partition.clone() });
    }
    if cookie.partition.is_none() && request.is_third_party() {
        match by.third_party {
            ThirdPartyPolicy::Allow => {}
            ThirdPartyPolicy::Block => return Some(KeepBackReason::ThirdParty),
            ThirdPartyPolicy::Partition => {
                return Some(KeepBackReason::Partition { partition: request.site.text() });
            }
        }
    }
    if by.rules.are_newest() { cross_site(cookie, request) } else { None }
}

fn cross_site(cookie: &Cookie, request: &CookieRequest) -> Option<KeepBackReason> {
    if cookie.same_site == SameSite::None || !request.is_cross_site() {
        return None;
    }
    let default = cookie.same_site == SameSite::Default;
    match &request.cause {
        _ if cookie.same_site == SameSite::Strict => Some(KeepBackReason::Strict),
        RequestCause::Embedded(_) => Some(KeepBackReason::EmbeddedCrossSite { default }),
        RequestCause::Link(_) | RequestCause::Typed if !request.is_safe() => {
            Some(KeepBackReason::UnsafeCrossSite { method: request.method.clone(), default })
        }
        RequestCause::Link(_) | RequestCause::Typed => None,
    }
}

/// Puts cookies in the order they are sent in: those with longer paths first, then those that were set earlier.
pub(super) fn sort(cookies: &mut [Arc<Cookie>]) {
    cookies.sort_by(|one, other| {
        let by_path = other.path.len().cmp(&one.path.len());
        by_path.then_with(|| (one.created, one.number).cmp(&(other.created, other.number)))
    });
}

/// The value of the `Cookie` line: `a=1; b=2`.
pub(super) fn header(cookies: &[Arc<Cookie>]) -> Vec<u8> {
    let mut line = Vec::new();
    for (place, cookie) in cookies.iter().enumerate() {
        if place > 0 {
            line.extend_from_slice(b"; ");
        }
        cookie.write_pair(&mut line);
    }
    line
}
