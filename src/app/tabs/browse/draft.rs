//! The request as the student has it before it is sent: address, method, lines, content, or the very octets. Kept over a restart.

use serde::{Deserialize, Serialize};
use url::Url;

use crate::{
    engine::{
        browse::{Config, CookieSettings, HttpChoice, RequestContent},
        page_load::Strategy,
        setting::Setting,
    },
    proto::http::{cookies::JarRules, url as typed_url},
};

/// A request being written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct RequestDraft {
    /// The address as typed.
    pub(super) typed: String,
    /// The request's method.
    pub(super) method: String,
    /// Version of HTTP.
    pub(super) http: HttpChoice,
    /// Are connections kept for more than one request?
    pub(super) keep: bool,
    /// How the page's objects are fetched.
    pub(super) loading: Loading,
    /// Lines of the head that differ from the usual ones.
    pub(super) lines: Vec<FieldLine>,
    /// The request's content as text.
    pub(super) content: String,
    /// Octets typed by hand.
    pub(super) raw: RawRequest,
    /// Who speaks.
    pub(super) client: ClientChoice,
    /// Which certificates are good.
    pub(super) trust: CertificateTrust,
    /// What no control shows, as a file had it; `None`: as usual.
    #[serde(skip)]
    pub(super) unshown: Option<UnshownSettings>,
}

/// Settings of a visit that no control shows: the command line's, for instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct UnshownSettings {
    /// Redirects followed at most.
    max_redirects: u32,
    /// Are names looked up?
    resolve_names: bool,
    /// Whether cookies are kept and sent, and by which rules.
    cookies: CookieSettings,
}

/// How a page's objects are fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Loading {
    /// Are they?
    pub(super) objects: bool,
    /// Connections at once.
    pub(super) parallel: u32,
    /// All requests at once, over one connection.
    pub(super) pipelined: bool,
}

/// Who speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum ClientChoice {
    /// This program, octet by octet.
    #[default]
    Ours,
    /// A library, as in most programs.
    Everyday,
}

/// Which certificates are taken for good.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum CertificateTrust {
    /// Those that an authority this machine knows has signed.
    #[default]
    Checked,
    /// Any certificate is accepted.
    Anybody,
}

/// A line of the request's head, changed or added.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct FieldLine {
    /// The field's name.
    pub(super) name: String,
    /// Value; a usual line with none is sent as usual.
    pub(super) value: String,
    /// The line is left out.
    pub(super) left_out: bool,
}

/// A request typed octet by octet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct RawRequest {
    /// Send these octets instead of everything else.
    pub(super) on: bool,
    /// As typed, lines ended by LF.
    pub(super) text: String,
    /// What each line ends with on the wire.
    pub(super) ends: LineEnds,
    /// `\r`, `\n`, `\t`, `\\` and `\x7f` stand for octets.
    pub(super) escapes: bool,
}

/// What a line ends with. RFC 9112 §2.2.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum LineEnds {
    /// CR and LF, as it must be.
    #[default]
    CrLf,
    /// LF alone.
    Lf,
    /// CR alone.
    Cr,
}

impl LineEnds {
    /// Its octets.
    pub(super) fn octets(self) -> &'static [u8] {
        match self {
            Self::CrLf => b"\r\n",
            Self::Lf => b"\n",
            Self::Cr => b"\r",
        }
    }

    /// Its name.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::CrLf => "CRLF",
            Self::Lf => "LF",
            Self::Cr => "CR",
        }
    }
}

/// Lines every browser sends that a student may want to change or leave out, in the order they are sent.
pub(super) const USUAL: [&str; 5] = ["Host", "User-Agent", "Accept", "Accept-Language", "Referer"];

/// The page a fresh window shows.
pub(super) const FIRST_PAGE: &str = "http://www.someschool.edu/someDepartment/home.index";

impl Default for RequestDraft {
    fn default() -> Self {
        Self {
            typed: FIRST_PAGE.to_owned(),
            method: "GET".to_owned(),
            http: HttpChoice::Http11,
            keep: true,
            loading: Loading::default(),
            lines: USUAL.iter().map(|name| FieldLine { name: (*name).to_owned(), ..FieldLine::default() }).collect(),
            content: String::new(),
            raw: RawRequest::default(),
            client: ClientChoice::default(),
            trust: CertificateTrust::default(),
            unshown: None,
        }
    }
}

impl Default for Loading {
    fn default() -> Self {
        Self { objects: true, parallel: 6, pipelined: false }
    }
}

impl Default for RawRequest {
    fn default() -> Self {
        Self {
            on: false,
            text: "GET /someDepartment/home.index HTTP/1.1\nHost: www.someschool.edu\n\n".to_owned(),
            ends: LineEnds::CrLf,
            escapes: false,
        }
    }
}

impl RequestDraft {
    /// The draft that asks for this run, but for where it takes place.
    pub(super) fn of(config: &Config) -> Self {
        let strategy = config.objects;
        let loading = Loading {
            objects: strategy.is_some(),
            // One connection is what makes these two what they are.
            parallel: match strategy {
                Some(Strategy::Serial | Strategy::Persistent) => 1,
                _ => config.parallel,
            },
            pipelined: strategy == Some(Strategy::Pipelined),
        };
        let unshown = UnshownSettings {
            max_redirects: config.max_redirects,
            resolve_names: config.resolve_names,
            cookies: config.cookies.clone(),
        };
        let mut draft = Self {
            typed: config.url.to_string(),
            method: config.method.clone(),
            http: config.http,
            keep: !matches!(strategy, Some(Strategy::Serial | Strategy::Parallel)),
            loading,
            content: config.content.as_ref().map(RequestContent::text).unwrap_or_default(),
            client: if config.everyday { ClientChoice::Everyday } else { ClientChoice::Ours },
            trust: if config.accept_any_certificate { CertificateTrust::Anybody } else { CertificateTrust::Checked },
            unshown: (unshown != UnshownSettings::usual()).then_some(unshown),
            ..Self::default()
        };
        for (name, value) in &config.fields {
            let line = FieldLine { name: name.clone(), value: value.clone(), left_out: value.is_empty() };
            match draft.lines.iter_mut().find(|known| known.name.eq_ignore_ascii_case(name)) {
                Some(known) => *known = line,
                None => draft.lines.push(line),
            }
        }
        if let Some(octets) = &config.raw {
            draft.raw = RawRequest::of(octets);
        }
        draft
    }

    /// The run this asks for; `referer` is the page whose link was followed.
    ///
    /// # Errors
    /// Why the address is none.
    pub(super) fn config(&self, referer: Option<&Url>, setting: &Setting, by: JarRules) -> Result<Config, String> {
        let url = typed_url::parse(&self.typed).map_err(|error| error.to_string())?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(format!("{} is not a scheme this tab speaks: http and https are", url.scheme()));
        }
        let has_content = !self.content.is_empty() && !matches!(self.method.as_str(), "GET" | "HEAD");
        // What an opened run brought along counts before what the window decides by.
        let unshown = self.unshown.clone().unwrap_or_else(|| UnshownSettings {
            cookies: CookieSettings { rules: by.rules, third_party: by.third_party, ..CookieSettings::default() },
            ..UnshownSettings::usual()
        });
        let UnshownSettings { max_redirects, resolve_names, cookies } = unshown;
        let link_from = referer.cloned().or(cookies.link_from);
        Ok(Config {
            url,
            method: self.method.clone(),
            fields: self.fields(referer),
            content: has_content.then(|| self.content.as_str().into()),
            http: self.http,
            raw: self.raw.on.then(|| self.raw.octets()),
            everyday: self.client == ClientChoice::Everyday,
            objects: self.loading.objects.then_some(self.strategy()),
            parallel: self.loading.parallel.max(1),
            max_redirects,
            resolve_names,
            accept_any_certificate: self.trust == CertificateTrust::Anybody,
            cookies: CookieSettings { link_from, ..cookies },
            setting: setting.clone(),
        })
    }

    /// How the page's objects are fetched.
    pub(super) fn strategy(&self) -> Strategy {
        match (self.http, self.keep, self.loading.pipelined, self.loading.parallel) {
            (HttpChoice::Http2, ..) => Strategy::Http2,
            (_, true, true, _) => Strategy::Pipelined,
            (_, true, false, ..=1) => Strategy::Persistent,
            (_, true, false, _) => Strategy::PersistentParallel,
            (_, false, _, ..=1) => Strategy::Serial,
            (_, false, _, _) => Strategy::Parallel,
        }
    }

    /// Changed, added and left-out lines as the engine takes them: a line with no value is left out.
    fn fields(&self, referer: Option<&Url>) -> Vec<(String, String)> {
        let mut fields = Vec::new();
        for line in &self.lines {
            let name = line.name.trim();
            if name.is_empty() {
                continue;
            }
            match (line.left_out, line.value.is_empty()) {
                (true, _) => fields.push((name.to_owned(), String::new())),
                (false, false) => fields.push((name.to_owned(), line.value.clone())),
                (false, true) if name.eq_ignore_ascii_case("Referer") => {
                    fields.extend(referer.and_then(told_referer).map(|page| (name.to_owned(), page)));
                }
                (false, true) => {}
            }
        }
        fields
    }

    /// How many lines differ from the usual ones, content and raw octets included: said where the editor is closed.
    pub(super) fn changes(&self) -> usize {
        let lines = self.lines.iter().filter(|line| !line.name.is_empty() && (line.left_out || !line.value.is_empty()));
        lines.count()
            + usize::from(!self.content.is_empty())
            + usize::from(self.raw.on)
            + usize::from(self.client == ClientChoice::Everyday)
            + usize::from(!self.loading.objects)
    }

    /// Says of what type the content is, where that is not the type forms are usually sent as.
    pub(super) fn say_content_type(&mut self, content_type: Option<String>) {
        self.lines.retain(|line| !line.name.eq_ignore_ascii_case("Content-Type"));
        if let Some(value) = content_type.filter(|value| value != "application/x-www-form-urlencoded") {
            self.lines.push(FieldLine { name: "Content-Type".to_owned(), value, left_out: false });
        }
    }

    /// The usual lines first and each once, whatever was kept by an older window.
    pub(super) fn put_in_order(&mut self) {
        let mut others = std::mem::take(&mut self.lines);
        for usual in Self::default().lines {
            let known = others.iter().position(|line| line.name.eq_ignore_ascii_case(&usual.name));
            self.lines.push(known.map_or(usual, |at| others.remove(at)));
        }
        self.lines.append(&mut others);
    }

    /// This request again, to be edited: `lines` of its head (without request line) and content.
    pub(super) fn again(&mut self, url: &Url, method: &str, lines: Vec<(String, String)>, content: Option<String>) {
        self.typed = url.to_string();
        method.clone_into(&mut self.method);
        self.raw.on = false;
        self.content = content.unwrap_or_default();
        self.lines = Self::default().lines;
        let without_host = !lines.iter().any(|(name, _)| name.eq_ignore_ascii_case("Host"));
        if let Some(host) = self.lines.first_mut().filter(|_| without_host) {
            host.left_out = true;
        }
        for (name, value) in lines {
            if ["content-length", "connection"].contains(&name.to_lowercase().as_str()) {
                continue;
            }
            if name.eq_ignore_ascii_case("Host") && value == typed_url::host_field(url) {
                continue;
            }
            match self.lines.iter_mut().find(|line| line.name.eq_ignore_ascii_case(&name)) {
                Some(line) => line.value = value,
                None => self.lines.push(FieldLine { name, value, left_out: false }),
            }
        }
    }
}

impl UnshownSettings {
    /// Those of a visit of this tab: names are looked up.
    fn usual() -> Self {
        let Config { max_redirects, cookies, .. } = Config::default();
        Self { max_redirects, resolve_names: true, cookies }
    }
}

impl RawRequest {
    /// A text that stands for these octets, as plain as they allow.
    fn of(octets: &[u8]) -> Self {
        let text = String::from_utf8_lossy(octets);
        let plain = [LineEnds::CrLf, LineEnds::Lf].map(|ends| {
            let lines = if ends == LineEnds::CrLf { text.replace("\r\n", "\n") } else { text.to_string() };
            Self { on: true, text: lines, ends, escapes: false }
        });
        let same = plain.into_iter().find(|raw| !raw.text.contains('\r') && raw.octets() == octets);
        same.unwrap_or_else(|| {
            let text = octets.iter().map(|octet| match octet {
                b'\n' => "\n".to_owned(),
                b'\r' => "\\r".to_owned(),
                b'\\' => "\\\\".to_owned(),
                b' '..=b'~' => char::from(*octet).to_string(),
                octet => format!("\\x{octet:02x}"),
            });
            Self { on: true, text: text.collect(), ends: LineEnds::Lf, escapes: true }
        })
    }

    /// The octets sent.
    pub(super) fn octets(&self) -> Vec<u8> {
        let mut octets = Vec::with_capacity(self.text.len() + 64);
        let mut letters = self.text.chars();
        while let Some(letter) = letters.next() {
            match letter {
                '\n' => octets.extend(self.ends.octets()),
                '\\' if self.escapes => octets.extend(escaped(&mut letters)),
                letter => octets.extend(letter.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
        octets
    }
}

/// What follows a backslash, as octets; what is no escape stays as typed.
fn escaped(letters: &mut std::str::Chars<'_>) -> Vec<u8> {
    let rest = letters.as_str();
    let mut ahead = letters.clone();
    let octets = match ahead.next() {
        Some('r') => vec![b'\r'],
        Some('n') => vec![b'\n'],
        Some('t') => vec![b'\t'],
        Some('\\') => vec![b'\\'],
        Some('x') => match rest.get(1..3).and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(octet) => {
                ahead.nth(1);
                vec![octet]
            }
            None => return vec![b'\\'],
        },
        _ => return vec![b'\\'],
    };
    *letters = ahead;
    octets
}

/// What `Referer` says of a page: never a fragment, a user name or a password (RFC 9110 §10.1.3).
fn told_referer(page: &Url) -> Option<String> {
    if !matches!(page.scheme(), "http" | "https") {
        return None;
    }
    let mut told = page.clone();
    told.set_fragment(None);
    told.set_username("").ok()?;
    told.set_password(None).ok()?;
    Some(told.into())
}

#[cfg(test)]
mod a_draft_becomes_a_request {
    use proptest::prelude::*;

    use super::*;

    fn config(draft: &RequestDraft) -> Config {
        draft.config(None, &Setting::default(), JarRules::default()).unwrap()
    }

    #[test]
    fn plain_as_it_comes() {
        let config = config(&RequestDraft::default());
        assert_eq!(config.url.as_str(), FIRST_PAGE);
        assert!(config.fields.is_empty() && config.raw.is_none() && config.content.is_none());
        assert_eq!(config.objects, Some(crate::engine::page_load::Strategy::PersistentParallel));
    }

    #[test]
    fn with_lines_changed_left_out_and_added() {
        let mut draft = RequestDraft::default();
        draft.lines[0].left_out = true;
        draft.lines[1].value = "me".to_owned();
        draft.lines[3].left_out = true;
        draft.lines.push(FieldLine { name: "If-None-Match".into(), value: "\"x\"".into(), left_out: false });
        let fields = config(&draft).fields;
        let expected = [("Host", ""), ("User-Agent", "me"), ("Accept-Language", ""), ("If-None-Match", "\"x\"")];
        assert_eq!(fields, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert_eq!(draft.changes(), 4);
    }

    #[test]
    fn from_what_an_older_window_kept() {
        let line = |name: &str, value: &str| FieldLine { name: name.into(), value: value.into(), left_out: false };
        let mut draft =
            RequestDraft { lines: vec![line("X", "1"), line("user-agent", "me")], ..RequestDraft::default() };
        draft.put_in_order();
        let names: Vec<&str> = draft.lines.iter().map(|line| line.name.as_str()).collect();
        assert_eq!(names, ["Host", "user-agent", "Accept", "Accept-Language", "Referer", "X"]);
        assert_eq!(draft.lines[1].value, "me");
    }

    #[test]
    fn from_the_page_whose_link_was_followed() {
        let page = Url::parse("http://me:secret@a.lab/x?y#z").unwrap();
        let fields =
            RequestDraft::default().config(Some(&page), &Setting::default(), JarRules::default()).unwrap().fields;
        assert_eq!(fields, [("Referer".to_owned(), "http://a.lab/x?y".to_owned())]);
    }

    #[test]
    fn and_back() {
        let line =
            |name: &str, value: &str| FieldLine { name: name.into(), value: value.into(), left_out: value.is_empty() };
        let mut changed = RequestDraft {
            method: "POST".into(),
            content: "a=b".into(),
            http: HttpChoice::Http10,
            keep: false,
            trust: CertificateTrust::Anybody,
            ..RequestDraft::default()
        };
        changed.lines[0] = line("Host", "");
        changed.lines.push(line("X", "1"));
        let by_hand = RequestDraft {
            raw: RawRequest { on: true, ends: LineEnds::Lf, ..RawRequest::default() },
            ..RequestDraft::default()
        };
        let pipelined = Loading { pipelined: true, ..Loading::default() };
        for draft in
            [RequestDraft::default(), changed, by_hand, RequestDraft { loading: pipelined, ..RequestDraft::default() }]
        {
            assert_eq!(RequestDraft::of(&config(&draft)), draft);
        }
    }

    #[test]
    fn octet_by_octet() {
        let mut raw = RawRequest { text: "GET /\n\\x41\\q\n".to_owned(), ..RawRequest::default() };
        assert_eq!(raw.octets(), b"GET /\r\n\\x41\\q\r\n");
        raw.escapes = true;
        raw.ends = LineEnds::Lf;
        assert_eq!(raw.octets(), b"GET /\nA\\q\n");
    }

    #[test]
    fn with_content_only_where_the_method_has_any() {
        let mut draft = RequestDraft { content: "a=b".into(), ..RequestDraft::default() };
        assert_eq!(config(&draft).content, None);
        draft.method = "POST".into();
        assert_eq!(config(&draft).content, Some("a=b".into()));
    }

    #[test]
    fn or_says_why_not() {
        let refused = |typed: &str| {
            let draft = RequestDraft { typed: typed.to_owned(), ..RequestDraft::default() };
            draft.config(None, &Setting::default(), JarRules::default()).unwrap_err()
        };
        assert!(refused("").contains("nothing to open"));
        assert!(refused("ftp://a.lab/").contains("ftp"));
    }

    #[test]
    fn again_without_the_lines_that_are_written_anew() {
        let mut draft = RequestDraft::default();
        let lines = [("Host", "a.lab"), ("User-Agent", "me"), ("X", "1"), ("Content-Length", "3")];
        let lines = lines.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        draft.again(&Url::parse("http://a.lab/").unwrap(), "POST", lines, Some("a=b".into()));
        let told: Vec<_> = config(&draft).fields;
        assert_eq!(told, [("User-Agent".to_owned(), "me".to_owned()), ("X".to_owned(), "1".to_owned())]);
        draft.again(&Url::parse("http://a.lab/").unwrap(), "GET", Vec::new(), None);
        assert_eq!(config(&draft).fields, [("Host".to_owned(), String::new())], "it was sent without");
    }

    proptest! {
        #[test]
        fn whatever_was_typed(text in "[\\\\xrn0-9aä\n]{0,30}", escapes: bool) {
            let raw = RawRequest { text: text.clone(), escapes, ..RawRequest::default() };
            let octets = raw.octets();
            prop_assert!(escapes || octets == text.replace('\n', "\r\n").as_bytes());
        }

        #[test]
        fn of_any_octets_sends_them_again(
            octets in proptest::collection::vec(any::<u8>(), 0..40),
            lines in "[ab\r\n\\\\]{0,20}",
        ) {
            prop_assert_eq!(RawRequest::of(&octets).octets(), octets);
            prop_assert_eq!(RawRequest::of(lines.as_bytes()).octets(), lines.as_bytes());
        }
    }
}
