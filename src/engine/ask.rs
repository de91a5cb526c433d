//! One request as the engine means it, and the message it becomes: what a browser tells a server about itself, every line of
//! which a student may change.

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use bytes::Bytes;
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use url::{Host, Url};

use crate::{
    net::{ConnectTarget, TlsOptions},
    proto::http::{
        charset::latin1,
        cookies::RequestCause,
        encode::{SecretFields, secrets_in},
        message::{Fields, Request, Version},
    },
};

/// A request to be made. Cheap to clone for what it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Ask {
    /// What is asked for; `http` or `https`. A fragment stays here.
    pub url: Url,
    /// Method, as written.
    pub method: String,
    /// Version of HTTP.
    pub http: HttpChoice,
    /// Extra field lines, or replacements of the usual ones (an empty value removes one).
    pub fields: Vec<(String, String)>,
    /// The request's content.
    pub content: Option<Bytes>,
    /// The page that led here.
    pub referer: Option<Url>,
    /// What causes it, where cookies go along; `None`: no jar is asked.
    pub cookies: Option<RequestCause>,
    /// The value of the `Cookie` line the jar gives it.
    pub cookie_line: Option<Bytes>,
    /// Is the connection to be kept for more requests?
    pub keep: bool,
    /// Send exactly these octets instead.
    pub raw: Option<Bytes>,
}

/// Which HTTP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum HttpChoice {
    /// HTTP/1.0.
    #[serde(rename = "1.0")]
    Http10,
    /// HTTP/1.1.
    #[default]
    #[serde(rename = "1.1")]
    Http11,
    /// HTTP/2.
    #[serde(rename = "2")]
    Http2,
}

impl HttpChoice {
    /// The HTTP/1.x version, if it is one.
    pub fn version(self) -> Option<Version> {
        match self {
            Self::Http10 => Some(Version::Http10),
            Self::Http11 => Some(Version::Http11),
            Self::Http2 => None,
        }
    }
}

/// How this program calls itself (RFC 9110 §10.1.5).
pub const USER_AGENT: &str = concat!("Roundtrip/", env!("CARGO_PKG_VERSION"));
/// What it likes to get (RFC 9110 §12.5.1).
pub const ACCEPT: &str = "text/html,image/*;q=0.9,*/*;q=0.5";
/// The languages its reader reads (RFC 9110 §12.5.4).
pub const ACCEPT_LANGUAGE: &str = "en";

impl Ask {
    /// A plain GET over a connection that is kept.
    pub fn get(url: Url) -> Self {
        Self {
            url,
            method: "GET".to_owned(),
            http: HttpChoice::default(),
            fields: Vec::new(),
            content: None,
            referer: None,
            cookies: None,
            cookie_line: None,
            keep: true,
            raw: None,
        }
    }

    /// Takes user name and password out of the URL and sends them as Basic (RFC 7617) instead, unless the student's own fields have an
    /// `Authorization`. Did the URL have any?
    pub(super) fn take_userinfo(&mut self) -> bool {
        let Some(credentials) = userinfo(&self.url) else { return false };
        self.url = without_userinfo(&self.url);
        if !self.fields.iter().any(|(name, _)| name.eq_ignore_ascii_case("Authorization")) {
            let value = format!("Basic {}", BASE64.encode(credentials));
            self.fields.push(("Authorization".to_owned(), value));
        }
        true
    }

    /// Every field line that will be sent, names as written: the usual ones, with the student's changes.
    pub fn field_lines(&self) -> Vec<(String, String)> {
        let mut lines = self.usual_lines();
        let usual = lines.len();
        for (name, value) in &self.fields {
            let known = lines.iter_mut().take(usual).find(|(known, _)| known.eq_ignore_ascii_case(name));
            match known {
                Some(line) => *line = (name.clone(), value.clone()),
                None => lines.push((name.clone(), value.clone())),
            }
        }
        lines.retain(|(_, value)| !value.is_empty());
        lines
    }

    /// The same as octets: cookies go back exactly as they came.
    pub fn field_octets(&self) -> Vec<(String, Bytes)> {
        let cookies = |name: &str| self.cookie_line.clone().filter(|_| name == COOKIE && !self.has_own_cookie_line());
        let octets = |(name, value): (String, String)| {
            let value = cookies(&name).unwrap_or_else(|| value.into());
            (name, value)
        };
        self.field_lines().into_iter().map(octets).collect()
    }

    /// Did the student write a `Cookie` line, or take it away?
    pub(super) fn has_own_cookie_line(&self) -> bool {
        self.fields.iter().any(|(name, _)| name.eq_ignore_ascii_case(COOKIE))
    }

    fn usual_lines(&self) -> Vec<(String, String)> {
        let mut lines: Vec<(&str, String)> = vec![
            ("Host", host_field(&self.url)),
            ("User-Agent", USER_AGENT.to_owned()),
            ("Accept", ACCEPT.to_owned()),
            ("Accept-Language", ACCEPT_LANGUAGE.to_owned()),
        ];
        if let Some(referer) = self.referer.as_ref().and_then(|page| referer_field(page, &self.url)) {
            lines.push(("Referer", referer));
        }
        match (self.http, self.keep) {
            (HttpChoice::Http11, false) => lines.push(("Connection", "close".to_owned())),
            (HttpChoice::Http10, true) => lines.push(("Connection", "keep-alive".to_owned())),
            (HttpChoice::Http10, false) | (HttpChoice::Http11, true) | (HttpChoice::Http2, _) => {}
        }
        if let Some(content) = &self.content {
            lines.push(("Content-Type", "application/x-www-form-urlencoded".to_owned()));
            lines.push(("Content-Length", content.len().to_string()));
        } else if matches!(self.method.as_str(), "POST" | "PUT" | "PATCH") {
            // RFC 9110 §8.6: a method that usually has content says so when it has none.
            lines.push(("Content-Length", "0".to_owned()));
        }
        if let Some(cookies) = &self.cookie_line {
            lines.push((COOKIE, latin1(cookies)));
        }
        lines.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// The HTTP/1.x message; an HTTP/2 request is written as 1.1.
    pub fn message(&self) -> Request {
        let mut fields = Fields::default();
        self.field_octets().into_iter().for_each(|(name, value)| fields.push(name, value));
        Request {
            method: self.method.clone(),
            target: self.target(),
            version: self.http.version().unwrap_or(Version::Http11),
            fields,
            content: self.content.clone().unwrap_or_default(),
            raw: self.raw.clone(),
        }
    }

    /// The request target in origin form (RFC 9112 §3.2.1).
    pub fn target(&self) -> String {
        let path = self.url.path();
        self.url.query().map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"))
    }
}

/// Where a URL's server is: scheme, host and port (RFC 6454 §4).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin {
    /// TLS?
    pub secure: bool,
    /// Host, IPv6 addresses without brackets.
    pub host: String,
    /// The server's port.
    pub port: u16,
}

impl Origin {
    /// The origin of an `http` or `https` URL.
    pub fn of(url: &Url) -> Option<Self> {
        let secure = match url.scheme() {
            "http" => false,
            "https" => true,
            _ => return None,
        };
        let host = match url.host()? {
            Host::Domain(name) => name.to_owned(),
            Host::Ipv4(ip) => ip.to_string(),
            Host::Ipv6(ip) => ip.to_string(),
        };
        Some(Self { secure, host, port: url.port_or_known_default()? })
    }

    /// Whom to connect to; `alpn` is offered where TLS is spoken.
    pub(super) fn target(&self, alpn: &[u8]) -> ConnectTarget {
        let tls = self.secure.then(|| TlsOptions { alpn: vec![alpn.to_vec()], ..TlsOptions::default() });
        ConnectTarget { host: self.host.clone(), port: self.port, tls }
    }
}

/// `user:password` of a URL, percent-decoded.
fn userinfo(url: &Url) -> Option<Vec<u8>> {
    let (user, password) = (url.username(), url.password().unwrap_or_default());
    if user.is_empty() && url.password().is_none() {
        return None;
    }
    let decoded = |text| percent_decode_str(text).collect::<Vec<u8>>();
    Some([decoded(user), b":".to_vec(), decoded(password)].concat())
}

/// The URL without user name and password.
pub(crate) fn without_userinfo(url: &Url) -> Url {
    let mut url = url.clone();
    // A URL that cannot have them has none.
    url.set_username("").ok();
    url.set_password(None).ok();
    url
}

/// The URL with stars in the place of its password.
pub(super) fn without_password(url: &Url) -> Url {
    let mut url = url.clone();
    if url.password().is_some() {
        url.set_password(Some(HIDDEN)).ok();
    }
    url
}

/// Field lines with stars in the place of credentials and cookies.
pub(super) fn fields_without_secrets(mut fields: Vec<(String, String)>) -> Vec<(String, String)> {
    for (name, value) in &mut fields {
        if SecretFields::CredentialsAndCookies.hides(name.as_bytes()) && !value.is_empty() {
            HIDDEN.clone_into(value);
        }
    }
    fields
}

/// Raw octets with stars in the place of credentials and cookies.
pub(super) fn raw_without_secrets(raw: &[u8]) -> Vec<u8> {
    let mut shown = raw.to_vec();
    if let Some(hidden) = secrets_in(raw, SecretFields::CredentialsAndCookies).and_then(|range| shown.get_mut(range)) {
        hidden.fill(b'*');
    }
    shown
}

/// Why there is an Authorization line nobody wrote.
pub(super) const AS_BASIC: &str = "user name and password of the URL are sent as Basic, in the Authorization line: whoever reads it can read them (RFC 7617)";

/// The field by which cookies go along (RFC 6265bis §5.8.1).
const COOKIE: &str = "Cookie";

/// What stands in a report in the place of a secret.
pub(super) const HIDDEN: &str = "***";

/// Host, and port where it is not the scheme's own (RFC 9110 §7.2).
fn host_field(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// The page without fragment and credentials; `None` when the request goes from HTTPS to HTTP (RFC 9110 §10.1.3).
fn referer_field(page: &Url, to: &Url) -> Option<String> {
    if page.scheme() == "https" && to.scheme() != "https" {
        return None;
    }
    let mut page = page.clone();
    page.set_fragment(None);
    page.set_username("").ok();
    page.set_password(None).ok();
    Some(page.into())
}

#[cfg(test)]
mod a_request {
    use super::*;

    fn ask(url: &str) -> Ask {
        Ask::get(Url::parse(url).unwrap())
    }

    fn line(ask: &Ask, name: &str) -> Option<String> {
        ask.field_lines().into_iter().find(|(found, _)| found == name).map(|(_, value)| value)
    }

    #[test]
    fn names_host_and_target() {
        let message = ask("http://h.example:8080/a%20b?q=1#part").message();
        assert_eq!(message.target, "/a%20b?q=1");
        assert_eq!(message.fields.text("host"), Some("h.example:8080"));
        assert_eq!(ask("http://[::1]:80/").message().fields.text("host"), Some("[::1]"));
        assert_eq!(Origin::of(&Url::parse("https://[::1]/").unwrap()).unwrap().host, "::1");
        assert_eq!(Origin::of(&Url::parse("ftp://h/").unwrap()), None);
    }

    #[test]
    fn may_be_changed_line_by_line() {
        let mut ask = ask("http://h/");
        ask.fields = vec![
            ("user-agent".to_owned(), "me".to_owned()),
            ("Accept".to_owned(), String::new()),
            ("X-New".to_owned(), "1".to_owned()),
        ];
        let lines = ask.field_lines();
        let names: Vec<_> = lines.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["Host", "user-agent", "Accept-Language", "X-New"]);
    }

    #[test]
    fn says_whether_the_connection_is_kept() {
        let mut ask = ask("http://h/");
        assert_eq!(line(&ask, "Connection"), None);
        ask.keep = false;
        assert_eq!(line(&ask, "Connection").as_deref(), Some("close"));
        ask.http = HttpChoice::Http10;
        assert_eq!(line(&ask, "Connection"), None);
        ask.keep = true;
        assert_eq!(line(&ask, "Connection").as_deref(), Some("keep-alive"));
    }

    #[test]
    fn frames_its_content() {
        let mut ask = ask("http://h/");
        ask.method = "POST".to_owned();
        assert_eq!(line(&ask, "Content-Length").as_deref(), Some("0"));
        ask.content = Some(Bytes::from_static(b"a=1"));
        assert_eq!(line(&ask, "Content-Length").as_deref(), Some("3"));
    }

    #[test]
    fn sends_user_name_and_password_of_its_url_as_basic() {
        // RFC 7617 §2: the example, and its colon that has to be encoded in a URL.
        let mut ask = ask("http://Aladdin:open%20sesame@h/x");
        assert!(ask.take_userinfo());
        assert_eq!(line(&ask, "Authorization").as_deref(), Some("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="));
        assert_eq!(ask.url.as_str(), "http://h/x");
        assert!(!ask.take_userinfo());
        let mut own = Ask::get(Url::parse("http://a:b@h/").unwrap());
        own.fields.push(("authorization".to_owned(), "Bearer x".to_owned()));
        assert!(own.take_userinfo());
        assert_eq!(own.fields.len(), 1, "what the student wrote stays");
    }

    #[test]
    fn tells_no_secret_of_the_page_before() {
        let mut ask = ask("http://h/");
        ask.referer = Some(Url::parse("http://user:word@p/x?y#z").unwrap());
        assert_eq!(line(&ask, "Referer").as_deref(), Some("http://p/x?y"));
        ask.referer = Some(Url::parse("https://p/").unwrap());
        assert_eq!(line(&ask, "Referer"), None);
    }
}
