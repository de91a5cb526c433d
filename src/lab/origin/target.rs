//! The request target taken apart: which host, which path, which query. RFC 9112 §3.2, RFC 3986 §5.2.4.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// What a request target names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RequestTarget {
    /// `*`: the server itself.
    Server,
    /// A resource.
    Resource(Resource),
}

/// A resource on some host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Resource {
    /// The scheme of an absolute-form target, in small letters.
    pub(crate) scheme: Option<String>,
    /// The host of an absolute-form target; it stands above the `Host` line (RFC 9112 §3.2.2).
    pub(crate) authority: Option<String>,
    /// Decoded, without dot segments; begins with a slash and never leads out of the site.
    pub(crate) path: String,
    /// As written, without the question mark.
    pub(crate) query: Option<String>,
}

/// Why a target names nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadTarget {
    #[error("the path climbs above the site's root")]
    AboveRoot,
    #[error("a percent sign is not followed by two hexadecimal digits")]
    BadPercent,
    #[error("the decoded path is not UTF-8 text")]
    NotText,
    #[error("the decoded path contains a control character")]
    ControlCharacter,
    #[error("the target is neither a path nor an absolute URL")]
    UnknownForm,
    #[error("the target has a fragment, which a client keeps to itself")]
    Fragment,
}

impl BadTarget {
    /// Where the rule stands.
    pub(crate) fn clause(self) -> &'static str {
        match self {
            Self::AboveRoot => "RFC 3986 §5.2.4",
            Self::BadPercent | Self::NotText | Self::ControlCharacter => "RFC 3986 §2.1",
            Self::UnknownForm => "RFC 9112 §3.2",
            Self::Fragment => "RFC 9112 §3.2.1",
        }
    }
}

impl RequestTarget {
    /// Reads a request target; authority-form (CONNECT) is not for an origin.
    pub(crate) fn read(target: &str) -> Result<Self, BadTarget> {
        if target == "*" {
            return Ok(Self::Server);
        }
        if target.contains('#') {
            return Err(BadTarget::Fragment);
        }
        let (scheme, authority, rest) = match target.split_once("://") {
            Some((scheme, rest)) if !target.starts_with('/') && !scheme.contains(['/', '?']) => {
                let end = rest.find(['/', '?']).unwrap_or(rest.len());
                let (authority, rest) = rest.split_at_checked(end).unwrap_or((rest, ""));
                let host = authority.rsplit('@').next().unwrap_or(authority);
                (Some(scheme.to_ascii_lowercase()), Some(host.to_owned()), rest)
            }
            _ if target.starts_with('/') => (None, None, target),
            _ => return Err(BadTarget::UnknownForm),
        };
        let (path, query) = match rest.split_once('?') {
            Some((path, query)) => (path, Some(query.to_owned())),
            None => (rest, None),
        };
        Ok(Self::Resource(Resource { scheme, authority, path: resolved(path)?, query }))
    }
}

/// Decoded segment by segment, so that an encoded slash never makes a new segment, then without `.` and `..`.
fn resolved(path: &str) -> Result<String, BadTarget> {
    let mut segments: Vec<String> = Vec::new();
    let mut ends_in_folder = true;
    for segment in path.split('/').skip(1) {
        let decoded = decoded(segment)?;
        ends_in_folder = matches!(decoded.as_ref(), "" | "." | "..");
        match decoded.as_ref() {
            "" | "." => {}
            ".." => {
                segments.pop().ok_or(BadTarget::AboveRoot)?;
            }
            name => segments.push(name.to_owned()),
        }
    }
    let mut path = String::from("/");
    path.push_str(&segments.join("/"));
    if ends_in_folder && !segments.is_empty() {
        path.push('/');
    }
    Ok(path)
}

fn decoded(segment: &str) -> Result<Cow<'_, str>, BadTarget> {
    if !has_proper_percents(segment) {
        return Err(BadTarget::BadPercent);
    }
    let decoded = percent_decode_str(segment).decode_utf8().map_err(|_not_utf8| BadTarget::NotText)?;
    if decoded.chars().any(char::is_control) {
        return Err(BadTarget::ControlCharacter);
    }
    // A slash or backslash inside a segment names nothing here.
    Ok(if decoded.contains(['/', '\\']) { Cow::Owned(decoded.replace(['/', '\\'], "\u{fffd}")) } else { decoded })
}

fn has_proper_percents(text: &str) -> bool {
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let hex = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_hexdigit());
        if byte == b'%' && !(hex(bytes.next()) && hex(bytes.next())) {
            return false;
        }
    }
    true
}

/// The names and values of a query or of a form's content, decoded: `+` is a space, a name may stand alone. HTML Living Standard,
/// `application/x-www-form-urlencoded`; what does not decode to UTF-8 is shown with replacement characters.
pub(crate) fn parameters(query: &str) -> Vec<(String, Option<String>)> {
    let plain = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| match pair.split_once('=') {
            Some((name, value)) => (plain(name), Some(plain(value))),
            None => (plain(pair), None),
        })
        .collect()
}

#[cfg(test)]
mod a_target_never_leads_out_of_its_site {
    use proptest::prelude::*;

    use super::*;

    fn path(target: &str) -> Result<String, BadTarget> {
        match RequestTarget::read(target)? {
            RequestTarget::Resource(resource) => Ok(resource.path),
            RequestTarget::Server => Ok("*".into()),
        }
    }

    #[test]
    fn known_answers() {
        assert_eq!(path("/a/b.html?x=1"), Ok("/a/b.html".into()));
        assert_eq!(path("/"), Ok("/".into()));
        assert_eq!(path("http://h:80"), Ok("/".into()));
        assert_eq!(path("/a/./b/../c/"), Ok("/a/c/".into()));
        assert_eq!(path("/a/b/.."), Ok("/a/".into()));
        assert_eq!(path("/a//b"), Ok("/a/b".into()));
        assert_eq!(path("/%61%20b"), Ok("/a b".into()));
        assert_eq!(path("/.."), Err(BadTarget::AboveRoot));
        assert_eq!(path("/a/%2e%2e/%2E%2e/etc/passwd"), Err(BadTarget::AboveRoot));
        assert_eq!(path("/a%2f..%2f..%2fetc"), Ok("/a\u{fffd}..\u{fffd}..\u{fffd}etc".into()));
        assert_eq!(path("/100%"), Err(BadTarget::BadPercent));
        assert_eq!(path("/%ff"), Err(BadTarget::NotText));
        assert_eq!(path("/%00"), Err(BadTarget::ControlCharacter));
        assert_eq!(path("a"), Err(BadTarget::UnknownForm));
        assert_eq!(path("/a/b.html#f"), Err(BadTarget::Fragment));
        assert_eq!(path("http://h/a?x#f"), Err(BadTarget::Fragment));
        assert_eq!(path("*"), Ok("*".into()));
    }

    #[test]
    fn the_absolute_form_names_its_host() {
        let Ok(RequestTarget::Resource(resource)) = RequestTarget::read("http://www.someSchool.edu:8080/x?y") else {
            panic!()
        };
        assert_eq!(resource.authority.as_deref(), Some("www.someSchool.edu:8080"));
        assert_eq!(resource.scheme.as_deref(), Some("http"));
        assert_eq!((resource.path.as_str(), resource.query.as_deref()), ("/x", Some("y")));
    }

    #[test]
    fn parameters_are_decoded() {
        let expected = [("monkeys", None), ("banana", None)];
        let own = |(name, value): (&str, Option<&str>)| (name.to_owned(), value.map(str::to_owned));
        assert_eq!(parameters("monkeys&banana"), expected.map(own));
        let expected = [("hl", Some("en")), ("q", Some("http://www.si.umich.edu")), ("lr", Some(""))];
        assert_eq!(parameters("hl=en&q=http%3A%2F%2Fwww.si.umich.edu&lr="), expected.map(own));
        assert_eq!(parameters("a+b=c%2Bd"), [own(("a b", Some("c+d")))]);
    }

    proptest! {
        #[test]
        fn whatever_is_asked(target in "/[ -~]{0,60}|[\\PC]{0,40}") {
            if let Ok(path) = path(&target) {
                prop_assert!(path == "*" || path.starts_with('/'));
                prop_assert!(path.split('/').all(|segment| segment != ".." && segment != "."));
            }
        }
    }
}
