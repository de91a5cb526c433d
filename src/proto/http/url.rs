//! URLs as a student types them: taken apart with the octets each part stands on, encoded, decoded, resolved.
//!
//! What a URL *means* is the `url` crate's to say (the WHATWG URL standard, as browsers do it); where its parts stand in the typed text is
//! said here (RFC 3986 §3, appendix B). Both are shown side by side, since a browser repairs what is typed.

use std::ops::Range;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use url::{ParseError, Url};

/// A typed URL taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UrlParts {
    /// The text as typed.
    pub typed: String,
    /// Its parts in order; together with the delimiters between them they make up the text. A part that is absent has none.
    pub parts: Vec<UrlPart>,
    /// The query as name and value pairs, in order.
    pub query: Vec<QueryPair>,
    /// What a browser makes of it: lower-case host, encoded spaces, dot segments removed.
    pub url: Url,
    /// The scheme was not typed: `http` was assumed.
    pub scheme_assumed: bool,
    /// The port it leads to; `None` for schemes that have none (`mailto:`).
    pub port: Option<u16>,
    /// The port was not typed: it is the scheme's own.
    pub port_is_default: bool,
}

/// One part of a typed URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UrlPart {
    /// Which part.
    pub kind: UrlPartKind,
    /// Its octets in the typed text, delimiters excluded. Both ends lie between characters.
    pub range: Range<usize>,
    /// As typed.
    pub raw: String,
    /// Percent-decoded; octets that are not UTF-8 become U+FFFD.
    pub decoded: String,
}

/// The parts of a URL (RFC 3986 §3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum UrlPartKind {
    /// `http`
    Scheme,
    /// `user:password`
    UserInfo,
    /// `www.someschool.edu`
    Host,
    /// `8080`
    Port,
    /// `/someDepartment/pic.gif`
    Path,
    /// `a=1&b=2`
    Query,
    /// `top`
    Fragment,
}

impl UrlPartKind {
    /// What the part is for, in one sentence.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Scheme => "How to reach it: the protocol, and with it the port.",
            Self::UserInfo => {
                "A user name, once followed by a password: deprecated, because it is read by everyone who sees the URL."
            }
            Self::Host => "Which host to ask: a name that DNS turns into an address, or an address.",
            Self::Port => "Which process on that host: the port of the server's socket.",
            Self::Path => "Which of the host's objects.",
            Self::Query => "Data for the server to work with, usually name=value pairs.",
            Self::Fragment => "A place within the object: the browser keeps it, it is never sent.",
        }
    }

    /// Where it is defined.
    pub fn clause(self) -> &'static str {
        match self {
            Self::Scheme => "RFC 3986 §3.1",
            Self::UserInfo => "RFC 3986 §3.2.1",
            Self::Host => "RFC 3986 §3.2.2",
            Self::Port => "RFC 3986 §3.2.3",
            Self::Path => "RFC 3986 §3.3",
            Self::Query => "RFC 3986 §3.4",
            Self::Fragment => "RFC 3986 §3.5",
        }
    }
}

/// One `name=value` of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryPair {
    /// Its octets in the typed text, without the `&` around it.
    pub range: Range<usize>,
    /// Name as typed.
    pub raw_name: String,
    /// Value as typed; `None` when there is no `=`.
    pub raw_value: Option<String>,
    /// Name decoded as a form's: `+` is a space.
    pub name: String,
    /// The value, decoded in the same way.
    pub value: String,
}

/// Why a text is no URL, in plain words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UrlError {
    /// Nothing was typed.
    #[error("there is nothing to open: type an address, as http://www.someschool.edu/")]
    Empty,
    /// A path and no host.
    #[error("{typed:?} is a path; the host is missing, as in http://www.someschool.edu{typed}")]
    HostMissing {
        /// As typed.
        typed: String,
    },
    /// The host is empty.
    #[error("the host between // and / is empty")]
    EmptyHost,
    /// A scheme that needs two slashes, and has none or one.
    #[error("after {scheme}: two slashes and a host are missing, as in {scheme}://www.someschool.edu/")]
    SlashesMissing {
        /// The scheme as typed.
        scheme: String,
    },
    /// A character no host has.
    #[error("the host has a character that host names do not have")]
    BadHost,
    /// Four numbers that are no address.
    #[error("the host looks like an IPv4 address, but is none: it has four numbers from 0 to 255")]
    BadIpv4,
    /// Brackets without an address.
    #[error("the host in brackets is no IPv6 address, as [2001:db8::1]")]
    BadIpv6,
    /// Not a port.
    #[error("the port is not a number from 0 to 65535")]
    BadPort,
    /// A reference without a base.
    #[error("it is relative, and there is no page it could be relative to")]
    NoBase,
    /// Another fault that the URL standard names.
    #[error("this is not a URL")]
    NotAUrl(#[source] ParseError),
}

impl From<ParseError> for UrlError {
    fn from(error: ParseError) -> Self {
        match error {
            ParseError::EmptyHost => Self::EmptyHost,
            ParseError::IdnaError | ParseError::InvalidDomainCharacter => Self::BadHost,
            ParseError::InvalidPort => Self::BadPort,
            ParseError::InvalidIpv4Address => Self::BadIpv4,
            ParseError::InvalidIpv6Address => Self::BadIpv6,
            ParseError::RelativeUrlWithoutBase | ParseError::RelativeUrlWithCannotBeABaseBase => Self::NoBase,
            other => Self::NotAUrl(other),
        }
    }
}

/// What a student typed, as a URL: without a scheme it is `http`.
///
/// # Errors
/// Why it is none, in plain words.
pub fn parse(typed: &str) -> Result<Url, UrlError> {
    let text = typed.trim();
    if let Some(error) = web_without_host(text) {
        return Err(error);
    }
    match () {
        () if text.is_empty() => Err(UrlError::Empty),
        () if scheme_end(text).is_some() => Ok(Url::parse(text)?),
        () if text.starts_with("//") => Ok(Url::parse(&format!("http:{text}"))?),
        () if text.starts_with(['/', '?', '#']) => Err(UrlError::HostMissing { typed: text.to_owned() }),
        () => Ok(Url::parse(&format!("http://{text}"))?),
    }
}

/// What is missing of a URL that begins with `http:` or `https:`. Browsers repair it, and open what nobody typed.
fn web_without_host(text: &str) -> Option<UrlError> {
    let (scheme, rest) = text.split_once(':')?;
    if !["http", "https"].iter().any(|web| scheme.eq_ignore_ascii_case(web)) {
        return None;
    }
    let slashes = rest.bytes().take_while(|octet| b"/\\".contains(octet)).count();
    match slashes {
        0 | 1 => Some(UrlError::SlashesMissing { scheme: scheme.to_owned() }),
        2 => None,
        _ => Some(UrlError::EmptyHost),
    }
}

/// Takes a typed URL apart.
///
/// # Errors
/// As [`parse`].
pub fn dissect(typed: &str) -> Result<UrlParts, UrlError> {
    let url = parse(typed)?;
    let mut cursor = Cursor::new(typed, url.is_special());
    let parts = cursor.parts();
    let query = parts
        .iter()
        .find(|part| part.kind == UrlPartKind::Query)
        .map(|part| query_pairs(&part.raw, part.range.start))
        .unwrap_or_default();
    Ok(UrlParts {
        scheme_assumed: scheme_end(typed.trim()).is_none(),
        port: url.port_or_known_default(),
        port_is_default: url.port().is_none() && !parts.iter().any(|part| part.kind == UrlPartKind::Port),
        typed: typed.to_owned(),
        query,
        parts,
        url,
    })
}

/// Resolves a reference found on the page at `base` (RFC 3986 §5).
///
/// # Errors
/// Why the result is no URL.
pub fn resolve(base: &Url, reference: &str) -> Result<Url, UrlError> {
    let trimmed = reference.trim_start();
    let slashes = trimmed.bytes().take_while(|octet| b"/\\".contains(octet)).count();
    let is_web = base.is_special() && base.scheme() != "file";
    match trimmed.get(slashes..) {
        // Browsers skip any number of slashes before a host.
        Some(rest) if is_web && slashes > 2 => Ok(base.join(&format!("//{rest}"))?),
        _ => Ok(base.join(reference)?),
    }
}

/// The request target in origin-form: path and query, never the fragment (RFC 9112 §3.2.1).
pub fn origin_form(url: &Url) -> String {
    let path = if url.path().is_empty() { "/" } else { url.path() };
    match url.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    }
}

/// The request target in absolute-form, as a proxy is asked (RFC 9112 §3.2.2): without user name, password and fragment.
pub fn absolute_form(url: &Url) -> String {
    format!("{}://{}{}", url.scheme(), host_field(url), origin_form(url))
}

/// What `Host` says: the port is left out when it is the scheme's own (RFC 9110 §7.2).
pub fn host_field(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

/// For which part of a URL a text is encoded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum EncodeFor {
    /// A name or value of a query, or one path segment: all but unreserved characters (RFC 3986 §2.3), as JavaScript's
    /// `encodeURIComponent` nearly does.
    #[default]
    Component,
    /// A path: slashes and the other characters a path may have stay.
    Path,
    /// A form field (`application/x-www-form-urlencoded`): a space becomes `+`.
    Form,
}

/// Percent-encodes `text` as UTF-8 (RFC 3986 §2.1).
pub fn percent_encode(text: &str, target: EncodeFor) -> String {
    match target {
        EncodeFor::Component => utf8_percent_encode(text, UNRESERVED_STAY).to_string(),
        EncodeFor::Path => utf8_percent_encode(text, PATH_STAYS).to_string(),
        EncodeFor::Form => url::form_urlencoded::byte_serialize(text.as_bytes()).collect(),
    }
}

/// What percent-decoding gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PercentDecoded {
    /// The octets.
    pub bytes: Vec<u8>,
    /// As text; octets that are not UTF-8 become U+FFFD.
    pub text: String,
    /// Where a `%` is not followed by two hexadecimal digits: octets of the input. They stay as they are.
    pub stray_percents: Vec<usize>,
    /// Whether the octets are UTF-8.
    pub is_utf8: bool,
}

/// Percent-decodes `text`; nothing is refused, everything odd is said. With [`EncodeFor::Form`], `+` is a space.
pub fn percent_decode(text: &str, target: EncodeFor) -> PercentDecoded {
    let spaced = if target == EncodeFor::Form { text.replace('+', " ") } else { text.to_owned() };
    let bytes: Vec<u8> = percent_decode_str(&spaced).collect();
    let octets = text.as_bytes();
    let is_escape = |at: usize| {
        octets.get(at + 1..at + 3).is_some_and(|digits| digits.len() == 2 && digits.iter().all(u8::is_ascii_hexdigit))
    };
    let stray_percents = (0..octets.len()).filter(|at| octets.get(*at) == Some(&b'%') && !is_escape(*at)).collect();
    let is_utf8 = std::str::from_utf8(&bytes).is_ok();
    PercentDecoded { text: String::from_utf8_lossy(&bytes).into_owned(), bytes, stray_percents, is_utf8 }
}

/// Where the typed scheme ends, at its colon. `www.someschool.edu:8080/x` has none: before `//`, or one of the few schemes that do without.
fn scheme_end(text: &str) -> Option<usize> {
    let colon = text.find(':')?;
    let (scheme, rest) = text.split_at_checked(colon)?;
    let fits = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"+-.".contains(&octet));
    let hierarchical = rest.starts_with("://") || rest.starts_with(":\\\\");
    let opaque = OPAQUE_SCHEMES.iter().any(|known| scheme.eq_ignore_ascii_case(known));
    (fits && (hierarchical || opaque)).then_some(colon)
}

/// Walks along a typed URL.
struct Cursor<'a> {
    typed: &'a str,
    at: usize,
    end: usize,
    backslashes: bool,
    parts: Vec<UrlPart>,
}

impl<'a> Cursor<'a> {
    fn new(typed: &'a str, backslashes: bool) -> Self {
        let at = typed.len() - typed.trim_start().len();
        Self { typed, at, end: at + typed.trim().len(), backslashes, parts: Vec::new() }
    }

    fn parts(&mut self) -> Vec<UrlPart> {
        let scheme = scheme_end(self.rest());
        if let Some(length) = scheme {
            self.push(UrlPartKind::Scheme, self.at..self.at + length);
            self.at += length + 1;
        }
        let slashes = self.rest().bytes().take_while(|octet| self.is_slash(*octet)).count();
        if slashes >= 2 || scheme.is_none() {
            // Browsers skip any number of slashes before the host of a scheme they know.
            self.at += if self.backslashes { slashes } else { slashes.min(2) };
            let length = self.until(|cursor, octet| cursor.is_slash(octet) || octet == b'?' || octet == b'#');
            self.authority(self.at..self.at + length);
            self.at += length;
        }
        let length = self.until(|_, octet| octet == b'?' || octet == b'#');
        self.push_some(UrlPartKind::Path, length);
        if self.rest().starts_with('?') {
            self.at += 1;
            let length = self.until(|_, octet| octet == b'#');
            self.push(UrlPartKind::Query, self.at..self.at + length);
            self.at += length;
        }
        if self.rest().starts_with('#') {
            self.at += 1;
            self.push(UrlPartKind::Fragment, self.at..self.end);
        }
        std::mem::take(&mut self.parts)
    }

    fn authority(&mut self, range: Range<usize>) {
        let text = self.typed.get(range.clone()).unwrap_or_default();
        let mut host_from = range.start;
        if let Some(at) = text.rfind('@') {
            self.push(UrlPartKind::UserInfo, range.start..range.start + at);
            host_from += at + 1;
        }
        let host = self.typed.get(host_from..range.end).unwrap_or_default();
        let after_brackets = host.rfind(']').unwrap_or(0);
        let colon =
            host.get(after_brackets..).and_then(|rest| rest.find(':')).map(|colon| host_from + after_brackets + colon);
        self.push(UrlPartKind::Host, host_from..colon.unwrap_or(range.end));
        if let Some(colon) = colon {
            self.push(UrlPartKind::Port, colon + 1..range.end);
        }
    }

    fn rest(&self) -> &'a str {
        self.typed.get(self.at..self.end).unwrap_or_default()
    }

    fn is_slash(&self, octet: u8) -> bool {
        octet == b'/' || self.backslashes && octet == b'\\'
    }

    fn until(&self, stop: impl Fn(&Self, u8) -> bool) -> usize {
        self.rest().bytes().take_while(|octet| !stop(self, *octet)).count()
    }

    fn push_some(&mut self, kind: UrlPartKind, length: usize) {
        if length > 0 {
            self.push(kind, self.at..self.at + length);
            self.at += length;
        }
    }

    fn push(&mut self, kind: UrlPartKind, range: Range<usize>) {
        let raw = self.typed.get(range.clone()).unwrap_or_default().to_owned();
        let decoded = percent_decode_str(&raw).decode_utf8_lossy().into_owned();
        self.parts.push(UrlPart { kind, range, raw, decoded });
    }
}

fn query_pairs(query: &str, from: usize) -> Vec<QueryPair> {
    let mut at = from;
    let mut pairs = Vec::new();
    for pair in query.split('&') {
        let range = at..at + pair.len();
        at = range.end + 1;
        if pair.is_empty() {
            continue;
        }
        let (raw_name, raw_value) = match pair.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (pair, None),
        };
        pairs.push(QueryPair {
            range,
            raw_name: raw_name.to_owned(),
            raw_value: raw_value.map(str::to_owned),
            name: percent_decode(raw_name, EncodeFor::Form).text,
            value: percent_decode(raw_value.unwrap_or_default(), EncodeFor::Form).text,
        });
    }
    pairs
}

/// Schemes that are not followed by `//`.
const OPAQUE_SCHEMES: [&str; 6] = ["mailto", "data", "about", "urn", "tel", "javascript"];

/// RFC 3986 §2.3.
const UNRESERVED_STAY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// pchar and `/` of RFC 3986 §3.3.
const PATH_STAYS: &AsciiSet = &UNRESERVED_STAY
    .remove(b'/')
    .remove(b':')
    .remove(b'@')
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=');

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parts(typed: &str) -> Vec<(UrlPartKind, String)> {
        dissect(typed).unwrap().parts.into_iter().map(|part| (part.kind, part.raw)).collect()
    }

    #[test]
    fn the_parts_of_rfc_3986_section_3_are_found() {
        use UrlPartKind::{Fragment, Host, Path, Port, Query, Scheme, UserInfo};
        let expected = [
            (Scheme, "http"),
            (UserInfo, "alice:x"),
            (Host, "example.com"),
            (Port, "8042"),
            (Path, "/over/there"),
            (Query, "name=ferret"),
            (Fragment, "nose"),
        ];
        let typed = "http://alice:x@example.com:8042/over/there?name=ferret#nose";
        assert_eq!(parts(typed), expected.map(|(kind, raw)| (kind, raw.to_owned())));
    }

    #[test]
    fn without_a_scheme_it_is_http() {
        for typed in ["www.someschool.edu/someDepartment/pic.gif", "localhost:8080/x", "//gaia.cs.umass.edu", " a.b "] {
            let dissected = dissect(typed).unwrap();
            assert!(dissected.scheme_assumed, "{typed}");
            assert_eq!(dissected.url.scheme(), "http");
        }
        let port = dissect("localhost:8080/x").unwrap();
        assert_eq!((port.port, port.port_is_default), (Some(8080), false));
        let port = dissect("https://a/").unwrap();
        assert_eq!((port.port, port.port_is_default), (Some(443), true));
    }

    #[test]
    fn a_query_is_pairs_decoded_and_as_typed() {
        let dissected = dissect("www.somesite.com/animalsearch?monkeys&banana=a%20b+c&=x").unwrap();
        let pairs: Vec<_> = dissected
            .query
            .iter()
            .map(|pair| (dissected.typed.get(pair.range.clone()).unwrap(), pair.name.as_str(), pair.value.as_str()))
            .collect();
        assert_eq!(pairs, [("monkeys", "monkeys", ""), ("banana=a%20b+c", "banana", "a b c"), ("=x", "", "x")]);
    }

    #[test]
    fn errors_are_in_plain_words() {
        assert_eq!(parse(" "), Err(UrlError::Empty));
        assert_eq!(parse("http://:80/"), Err(UrlError::EmptyHost));
        assert_eq!(parse("http:///x"), Err(UrlError::EmptyHost));
        for typed in ["http:/h/", "http:h", "http:", "HTTPS:/h", "http:8080/x"] {
            assert!(matches!(parse(typed), Err(UrlError::SlashesMissing { .. })), "{typed}");
        }
        assert_eq!(parse("http://a:99999/"), Err(UrlError::BadPort));
        assert_eq!(parse("http://256.1.1.1/"), Err(UrlError::BadIpv4));
        assert_eq!(parse("http://[::g]/"), Err(UrlError::BadIpv6));
        assert_eq!(parse("http://a b/"), Err(UrlError::BadHost));
        assert!(matches!(parse("/index.html"), Err(UrlError::HostMissing { .. })));
    }

    #[test]
    fn targets_have_no_fragment() {
        let url = parse("http://user@a.b:81/p/q?x=1#top").unwrap();
        assert_eq!(origin_form(&url), "/p/q?x=1");
        assert_eq!(absolute_form(&url), "http://a.b:81/p/q?x=1");
        assert_eq!(host_field(&parse("http://a.b:80/").unwrap()), "a.b");
    }

    #[test]
    fn references_resolve_as_in_rfc_3986_section_5_4() {
        let base = Url::parse("http://a/b/c/d;p?q").unwrap();
        let cases = [
            ("g:h", "g:h"),
            ("g", "http://a/b/c/g"),
            ("./g", "http://a/b/c/g"),
            ("g/", "http://a/b/c/g/"),
            ("/g", "http://a/g"),
            ("//g", "http://g/"),
            ("?y", "http://a/b/c/d;p?y"),
            ("g?y", "http://a/b/c/g?y"),
            ("#s", "http://a/b/c/d;p?q#s"),
            ("g?y#s", "http://a/b/c/g?y#s"),
            (";x", "http://a/b/c/;x"),
            ("", "http://a/b/c/d;p?q"),
            (".", "http://a/b/c/"),
            ("..", "http://a/b/"),
            ("../g", "http://a/b/g"),
            ("../../g", "http://a/g"),
            ("../../../g", "http://a/g"),
            ("/./g", "http://a/g"),
            ("g.", "http://a/b/c/g."),
            ("./../g", "http://a/b/g"),
            ("g;x=1/../y", "http://a/b/c/y"),
        ];
        for (reference, expected) in cases {
            assert_eq!(resolve(&base, reference).unwrap().as_str(), expected, "{reference}");
        }
    }

    #[test]
    fn stray_percent_signs_are_told() {
        let decoded = percent_decode("100% of %41%4", EncodeFor::Component);
        assert_eq!((decoded.text.as_str(), decoded.stray_percents), ("100% of A%4", vec![3, 11]));
    }

    proptest! {
        #[test]
        fn decoding_undoes_encoding(text in ".*") {
            for target in [EncodeFor::Component, EncodeFor::Path, EncodeFor::Form] {
                let decoded = percent_decode(&percent_encode(&text, target), target);
                prop_assert_eq!(&decoded.text, &text);
                prop_assert!(decoded.is_utf8 && decoded.stray_percents.is_empty());
            }
        }

        #[test]
        fn any_text_is_taken_apart_or_refused(typed in ".*") {
            if let Ok(dissected) = dissect(&typed) {
                let mut at = 0;
                for part in &dissected.parts {
                    prop_assert!(part.range.start >= at);
                    prop_assert_eq!(typed.get(part.range.clone()), Some(part.raw.as_str()));
                    at = part.range.end;
                }
            }
        }

        #[test]
        fn parts_of_a_plain_url_are_what_the_url_standard_finds(
            user in "([a-z]{1,4}@)?", host in "[a-z]{1,8}(\\.[a-z]{2,5})?", port in "(:[1-9][0-9]{0,3})?",
            path in "(/[a-z0-9%~-]{0,8}){0,3}", query in "(\\?[a-z=&]{0,9})?", fragment in "(#[a-z]{0,5})?",
        ) {
            let typed = format!("http://{user}{host}{port}{path}{query}{fragment}");
            let dissected = dissect(&typed).unwrap();
            let raw = |kind| dissected.parts.iter().find(|part| part.kind == kind).map(|part| part.raw.as_str());
            prop_assert_eq!(raw(UrlPartKind::Host), dissected.url.host_str());
            prop_assert_eq!(raw(UrlPartKind::Query), dissected.url.query());
            prop_assert_eq!(raw(UrlPartKind::Fragment), dissected.url.fragment());
            let port = raw(UrlPartKind::Port).map_or(Some(80), |port| port.parse().ok());
            prop_assert_eq!(port, dissected.port);
        }
    }
}
