//! Whether a cookie comes into the jar. RFC 6265bis §5.7, step by step; RFC 6265 §5.3.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    cookie::{Cookie, SameSite, is_same},
    date::UnixMicros,
    decision::{HostPrefixPart, RefusalReason},
    domain::{CookieHost, is_public_suffix},
    limits::MAX_AGE_SECS,
    path::{default_path, path_matches},
    request::{CookieReader, CookieRequest},
    rules::{CookieRules, ThirdPartyPolicy},
    set_cookie::SetCookie,
    text::CookieText,
};

/// By what a jar decides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct JarRules {
    /// The set of rules.
    pub rules: CookieRules,
    /// What third parties may do.
    pub third_party: ThirdPartyPolicy,
}

/// The cookie a line makes at `now`, beside those of the same site that are in the jar.
///
/// # Errors
/// Why it does not come into the jar.
pub(super) fn cookie_of(
    line: &SetCookie,
    request: &CookieRequest,
    by: JarRules,
    now: UnixMicros,
    there: &[Arc<Cookie>],
) -> Result<Cookie, RefusalReason> {
    let newest = by.rules.are_newest();
    let (domain, host_only) = domain_of(line, &request.host, newest)?;
    let flags = line.flags;
    if newest && flags.secure && !request.is_secure(by.rules) {
        return Err(RefusalReason::SecureFromInsecure);
    }
    if flags.http_only && request.reader == CookieReader::Script {
        return Err(RefusalReason::HttpOnlyFromScript);
    }
    let path = match &line.path {
        Some(path) if !path.is_empty() => path.clone(),
        _ => default_path(&request.path).into(),
    };
    let same_site = line.same_site.unwrap_or_default();
    let cookie = Cookie {
        name: line.name.clone(),
        value: line.value.clone(),
        domain,
        host_only,
        path,
        expires: expiry_of(line, newest, now),
        created: now,
        accessed: now,
        number: 0,
        secure: flags.secure,
        http_only: flags.http_only,
        same_site,
        partition: None,
    };
    if newest {
        leave_secure_alone(&cookie, request.is_secure(by.rules), there)?;
        check_same_site(&cookie, request)?;
        check_prefixes(&cookie, line.path.is_some())?;
    }
    let partition = partition_of(&cookie, flags.partitioned, request, by.third_party)?;
    let cookie = Cookie { partition, ..cookie };
    let hidden = |other: &Arc<Cookie>| other.http_only && is_same(other, &cookie, newest);
    if request.reader == CookieReader::Script && there.iter().any(hidden) {
        return Err(RefusalReason::HttpOnlyThere);
    }
    Ok(cookie)
}

/// Steps 7 to 10.
fn domain_of(line: &SetCookie, host: &CookieHost, newest: bool) -> Result<(String, bool), RefusalReason> {
    let own = || Ok((host.name.clone(), true));
    let Some(domain) = line.domain.as_ref().filter(|domain| !domain.is_empty()) else { return own() };
    if newest && !domain.octets().is_ascii() {
        return Err(RefusalReason::DomainNotAscii);
    }
    let domain = String::from_utf8_lossy(domain.octets()).into_owned();
    if domain == host.name && (host.is_address || is_public_suffix(&domain)) {
        return own();
    }
    if is_public_suffix(&domain) {
        return Err(RefusalReason::PublicSuffix { domain });
    }
    if host.matches(&domain) {
        Ok((domain, false))
    } else {
        Err(RefusalReason::DomainMismatch { domain, host: host.name.clone() })
    }
}

/// Step 6, with the limits of §5.6.1 and §5.6.2.
fn expiry_of(line: &SetCookie, newest: bool, now: UnixMicros) -> Option<UnixMicros> {
    let latest = now.plus_secs(MAX_AGE_SECS);
    let expires = match line.max_age {
        Some(seconds) if seconds <= 0 => Some(UnixMicros::EARLIEST),
        Some(seconds) => Some(now.plus_secs(seconds)),
        None => line.expires,
    }?;
    Some(if newest { expires.min(latest) } else { expires })
}

/// Step 16: an insecure connection lays nothing over a secure cookie.
fn leave_secure_alone(cookie: &Cookie, is_secure: bool, there: &[Arc<Cookie>]) -> Result<(), RefusalReason> {
    if cookie.secure || is_secure {
        return Ok(());
    }
    let below = |other: &&Arc<Cookie>| {
        let paths = path_matches(cookie.path.octets(), other.path.octets());
        other.secure && other.name == cookie.name && other.overlaps(cookie) && paths
    };
    there.iter().find(below).map_or(Ok(()), |other| Err(RefusalReason::SecureCookieThere { path: other.path.clone() }))
}

/// Steps 17 to 19.
fn check_same_site(cookie: &Cookie, request: &CookieRequest) -> Result<(), RefusalReason> {
    match cookie.same_site {
        SameSite::None if !cookie.secure => Err(RefusalReason::NoneWithoutSecure),
        SameSite::Default | SameSite::Lax | SameSite::Strict if request.is_cross_site() && !request.is_navigation() => {
            Err(RefusalReason::CrossSite)
        }
        SameSite::None | SameSite::Default | SameSite::Lax | SameSite::Strict => Ok(()),
    }
}

/// Steps 20 to 22.
fn check_prefixes(cookie: &Cookie, has_path: bool) -> Result<(), RefusalReason> {
    let begins = |text: &CookieText, prefix: &[u8]| {
        text.octets().get(..prefix.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(prefix))
    };
    if begins(&cookie.name, SECURE_PREFIX) && !cookie.secure {
        return Err(RefusalReason::SecurePrefix);
    }
    if begins(&cookie.name, HOST_PREFIX) {
        let missing = if !cookie.secure {
            Some(HostPrefixPart::Secure)
        } else if !cookie.host_only {
            Some(HostPrefixPart::NoDomain)
        } else if !has_path || cookie.path.octets() != b"/" {
            Some(HostPrefixPart::RootPath)
        } else {
            None
        };
        if let Some(missing) = missing {
            return Err(RefusalReason::HostPrefix { missing });
        }
    }
    if cookie.name.is_empty() && (begins(&cookie.value, SECURE_PREFIX) || begins(&cookie.value, HOST_PREFIX)) {
        return Err(RefusalReason::PrefixInValue);
    }
    Ok(())
}

const SECURE_PREFIX: &[u8] = b"__secure-";
const HOST_PREFIX: &[u8] = b"__host-";

/// The partition it comes into, and whether the policy lets it in at all.
fn partition_of(
    cookie: &Cookie,
    partitioned: bool,
    request: &CookieRequest,
    policy: ThirdPartyPolicy,
) -> Result<Option<String>, RefusalReason> {
    if partitioned && !cookie.secure {
        return Err(RefusalReason::PartitionedWithoutSecure);
    }
    let partition = || Some(request.top_site().text());
    match policy {
        _ if partitioned => Ok(partition()),
        ThirdPartyPolicy::Block if request.is_third_party() => Err(RefusalReason::ThirdParty),
        ThirdPartyPolicy::Partition if request.is_third_party() => Ok(partition()),
        ThirdPartyPolicy::Allow | ThirdPartyPolicy::Block | ThirdPartyPolicy::Partition => Ok(None),
    }
}
