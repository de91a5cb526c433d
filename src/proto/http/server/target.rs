//! Which target a request line may have, and which Host. RFC 9112 §3.2.

use super::ServerError;
use crate::proto::http::message::{Fields, Version};

/// Is `target` one of the forms `method` may have (RFC 9112 §3.2)?
pub(super) fn target_fits(method: &str, target: &str) -> bool {
    match method {
        "CONNECT" => host_fits(target.as_bytes()) && target.contains(':'),
        "OPTIONS" if target == "*" => true,
        _ => {
            let scheme = target.split_once("://").map(|(scheme, _)| scheme);
            target.starts_with('/') || scheme.is_some_and(scheme_fits)
        }
    }
}

fn scheme_fits(scheme: &str) -> bool {
    scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"+-.".contains(&octet))
}

pub(super) fn check_host(version: Version, fields: &Fields) -> Result<(), ServerError> {
    let mut hosts = fields.values("Host");
    match (hosts.next(), hosts.count()) {
        (None, _) if version == Version::Http10 => Ok(()),
        (None, _) => Err(ServerError::NoHost),
        (Some(host), 0) if host.is_empty() || host_fits(host) => Ok(()),
        (Some(host), 0) => Err(ServerError::BadHost { got: String::from_utf8_lossy(host).into_owned() }),
        (Some(_), more) => Err(ServerError::SeveralHosts { count: more + 1 }),
    }
}

/// ```text
/// Host = uri-host [ ":" port ]
/// ```
fn host_fits(host: &[u8]) -> bool {
    let (name, port) = match host {
        [b'[', rest @ ..] => {
            let Some(end) = rest.iter().position(|octet| *octet == b']') else { return false };
            let (literal, rest) = rest.split_at_checked(end).unwrap_or_default();
            if literal.is_empty() || !literal.iter().all(|octet| octet.is_ascii_hexdigit() || b":.".contains(octet)) {
                return false;
            }
            (literal, rest.get(1..).unwrap_or_default())
        }
        _ => host
            .split_at_checked(host.iter().position(|octet| *octet == b':').unwrap_or(host.len()))
            .unwrap_or_default(),
    };
    let literal = host.first() == Some(&b'[');
    let name_fits = literal || !name.is_empty() && name.iter().all(|octet| is_host_octet(*octet));
    let port_fits = match port {
        [] => true,
        [b':', digits @ ..] => digits.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    name_fits && port_fits
}

/// Unreserved, sub-delims and the percent sign of RFC 3986 §3.2.2.
fn is_host_octet(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=".contains(&octet)
}
