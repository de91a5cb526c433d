//! Our reading of HTTP and URLs against other people's test cases. They are not part of the project: the environment variable
//! `ROUNDTRIP_CORPUS` names the folder that holds them; without it these tests say that they were skipped.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};

use roundtrip::proto::{
    http::{
        server::{HostRule, ServerEvent, ServerRules, ServerSession},
        url::{UrlPartKind, dissect},
    },
    session::{Session as _, Step},
};

/// A folder of the corpus; `None`, said aloud, where there is none.
#[expect(clippy::print_stdout, reason = "a skipped test says so")]
pub(crate) fn corpus(name: &str) -> Option<PathBuf> {
    let folder =
        std::env::var_os("ROUNDTRIP_CORPUS").map(|root| Path::new(&root).join(name)).filter(|folder| folder.is_dir());
    if folder.is_none() {
        println!("skipped: ROUNDTRIP_CORPUS names no folder with {name} in it");
    }
    folder
}

#[test]
fn requests_are_read_as_llhttp_reads_them() {
    let Some(folder) = corpus("llhttp/request") else { return };
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let (mut agree, mut differ) = (0, BTreeMap::new());
    for path in paths {
        let file = path.file_stem().unwrap().to_string_lossy().into_owned();
        for case in cases(&std::fs::read_to_string(&path).unwrap()) {
            if case.kind.contains("lenient") || case.kind.contains("skipBody") || file == "pausing" {
                continue;
            }
            let (theirs, ours) = (case.theirs(), case.ours());
            if theirs.agrees_with(&ours) {
                agree += 1;
            } else {
                differ.insert(format!("{file}: {}", case.title), format!("llhttp: {theirs:?}\n  ours: {ours:?}"));
            }
        }
    }
    println!("llhttp: {agree} of {} cases agree; the others, with the reason:", agree + differ.len());
    let reasons: BTreeMap<&str, &str> = DISAGREEMENTS.iter().copied().collect();
    for (case, how) in &differ {
        let reason = reasons.get(case.as_str()).copied();
        println!("- {case}: {}", reason.unwrap_or("?"));
        assert!(reason.is_some(), "a disagreement without a reason: {case}\n  {how}");
    }
    for case in reasons.keys() {
        assert!(differ.contains_key(*case), "no disagreement any more: {case}");
    }
}

/// Where we read a request otherwise than llhttp, and why that is right.
const DISAGREEMENTS: &[(&str, &str)] = &[
    ("connection: CRLF between requests, explicit `close`", IGNORED),
    ("connection: CRLF between requests, explicit `close` followed by tab", IGNORED),
    ("connection: No restart when keep-alive is off (1.0)", IGNORED),
    ("invalid: HTTP protocol and ANNOUNCE method", ANY_TOKEN),
    ("invalid: Invalid method", ANY_TOKEN),
    ("method: ANNOUNCE request with RTSP", NOT_HTTP),
    ("method: OPTIONS request with RTSP", NOT_HTTP),
    ("method: SOURCE request with ICE", NOT_HTTP),
    ("method: M-SEARCH request", "only OPTIONS has the target *: RFC 9112 §3.2.4; SSDP is spoken over UDP"),
    ("sample: No HTTP version", "HTTP/0.9 is refused with 505"),
    ("transfer-encoding: POST with `chunked` as last transfer-encoding", UNKNOWN_CODING),
    ("transfer-encoding: POST with `chunked` as last transfer-encoding (multiple headers)", UNKNOWN_CODING),
];

const IGNORED: &str =
    "octets after a request that ends the connection are not read (RFC 9112 §9.6), rather than refused";
const ANY_TOKEN: &str =
    "any token is a method to the parser; the origin answers 501 to those it does not know (RFC 9110 §9.1)";
const NOT_HTTP: &str = "not HTTP but a protocol that looks like it";
const UNKNOWN_CODING: &str =
    "a transfer coding the server cannot undo gets 501 (RFC 9112 §6.1); llhttp leaves it to its caller";

/// One case: octets, and the log of events llhttp writes for them.
struct Case {
    title: String,
    kind: String,
    input: Vec<u8>,
    log: Vec<String>,
}

/// What somebody made of some octets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Reading {
    refused: Option<String>,
    messages: Vec<Message>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Message {
    method: String,
    target: String,
    fields: Vec<(String, String)>,
    content: String,
}

impl Reading {
    fn agrees_with(&self, other: &Self) -> bool {
        match (&self.refused, &other.refused) {
            (None, None) => self.messages == other.messages,
            (Some(_), Some(_)) => true,
            _ => false,
        }
    }
}

fn cases(text: &str) -> Vec<Case> {
    let mut cases = Vec::new();
    let (mut title, mut kind) = (String::new(), String::new());
    let mut lines = text.lines();
    let block = |lines: &mut std::str::Lines<'_>| {
        lines.take_while(|line| *line != "```").map(str::to_owned).collect::<Vec<_>>()
    };
    while let Some(line) = lines.next() {
        if let Some(heading) = line.strip_prefix('#') {
            heading.trim_start_matches('#').trim().clone_into(&mut title);
        } else if let Some((_, meta)) = line.split_once("\"type\":") {
            // `request`, `request-lenient-…`, `request-finish`, and what else the case asks of llhttp.
            meta.clone_into(&mut kind);
        } else if line == "```http" {
            let input = octets(&block(&mut lines).join("\n"));
            cases.push(Case { title: title.clone(), kind: kind.clone(), input, log: Vec::new() });
        } else if line == "```log" {
            cases.last_mut().unwrap().log = block(&mut lines);
        }
    }
    cases
}

/// As llhttp's own test runner reads its files: line ends are CR LF, an escaped line end is none, `\r` and the like are octets.
fn octets(text: &str) -> Vec<u8> {
    let text = text.replace("\\\n", "").replace('\n', "\r\n");
    let text = text.replace("\\r", "\r").replace("\\n", "\n").replace("\\t", "\t").replace("\\f", "\x0c");
    let mut all = String::new();
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once("\\x") {
        all.push_str(before);
        all.push(char::from(u8::from_str_radix(after.get(..2).unwrap(), 16).unwrap()));
        rest = after.get(2..).unwrap();
    }
    all.push_str(rest);
    all.into_bytes()
}

impl Case {
    fn theirs(&self) -> Reading {
        let mut reading = Reading::default();
        for line in &self.log {
            let number = |name: &str| line.split(name).nth(1)?.split(' ').next()?.parse::<usize>().ok();
            let span = number("off=").zip(number("len=")).and_then(|(at, length)| self.input.get(at..at + length));
            let text = String::from_utf8_lossy(span.unwrap_or_default()).into_owned();
            if line.contains("message begin") {
                reading.messages.push(Message::default());
            } else if line.contains("error code=") && !line.contains("error code=22") || line.contains("finish=2") {
                reading.refused = Some(line.clone());
            }
            let Some(message) = reading.messages.last_mut() else { continue };
            match line.split("span[").nth(1).and_then(|rest| rest.split(']').next()) {
                Some("method") => message.method.push_str(&text),
                Some("url") => message.target.push_str(&text),
                Some("body") => message.content.push_str(&text),
                Some("header_field") => message.fields.push((text, String::new())),
                Some("header_value") => message.fields.last_mut().unwrap().1.push_str(&text),
                _ => {}
            }
        }
        // What is not complete is not compared: we tell of a head when all of it is there.
        let whole = self.log.iter().filter(|line| line.contains("headers complete")).count();
        reading.messages.truncate(whole);
        reading.messages.iter_mut().flat_map(|message| &mut message.fields).for_each(|(_, value)| {
            *value = value.trim_matches([' ', '\t']).to_owned();
        });
        reading
    }

    fn ours(&self) -> Reading {
        let rules = ServerRules { host: HostRule::Ignored, ..ServerRules::default() };
        let mut session = ServerSession::new(rules);
        // After an upgrade llhttp hands the octets back.
        let end = self
            .log
            .iter()
            .find(|line| line.contains("error code=22"))
            .and_then(|line| line.trim_start_matches("off=").split(' ').next().and_then(|off| off.parse().ok()));
        session.receive(&self.input[..end.unwrap_or(self.input.len())]);
        if self.kind.contains("request-finish") {
            session.receive_end();
        }
        let mut reading = Reading::default();
        let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
        let mut ended = self.kind.contains("request-finish");
        loop {
            match session.step(Duration::ZERO) {
                Ok(Step::Event(ServerEvent::Head { head, .. })) => {
                    let fields = head.fields.0.iter().map(|field| (field.name.clone(), text(&field.value))).collect();
                    reading.messages.push(Message {
                        method: head.method,
                        target: head.target,
                        fields,
                        content: String::new(),
                    });
                }
                Ok(Step::Event(ServerEvent::Content(bytes))) => {
                    reading.messages.last_mut().unwrap().content.push_str(&String::from_utf8_lossy(&bytes));
                }
                Ok(Step::Event(ServerEvent::Complete { trailers, .. })) => {
                    let message = reading.messages.last_mut().unwrap();
                    message.fields.extend(trailers.0.into_iter().map(|field| (field.name, text(&field.value))));
                }
                // llhttp refuses in the middle of a line what we refuse at its end: give the line one.
                Ok(Step::NeedInput) if !ended && self.theirs().refused.is_some() => {
                    session.receive(b"\r\n\r\n");
                    ended = true;
                }
                Ok(_) => return reading,
                Err(error) => {
                    reading.refused = Some(error.to_string());
                    return reading;
                }
            }
        }
    }
}

#[test]
fn urls_are_read_as_the_url_standard_s_tests_read_them() {
    let Some(folder) = corpus("urltest") else { return };
    let cases: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(folder.join("urltestdata.json")).unwrap()).unwrap();
    let (mut agree, mut differ, mut taken_apart) = (0, Vec::new(), 0);
    for case in cases.as_array().unwrap().iter().filter(|case| case.is_object()) {
        let input = case["input"].as_str().unwrap();
        let base = case["base"].as_str().map(|base| url::Url::parse(base).ok());
        let resolved = match &base {
            None => url::Url::parse(input).ok(),
            Some(base) => base.as_ref().and_then(|base| roundtrip::proto::http::url::resolve(base, input).ok()),
        };
        let expected = case["href"].as_str();
        let host = |url: &url::Url| url.host_str().unwrap_or_default().to_owned();
        let same = match (&resolved, expected) {
            (None, None) => true,
            (Some(url), Some(href)) => {
                url.as_str() == href
                    && host(url) == case["hostname"].as_str().unwrap()
                    && url.path() == case["pathname"].as_str().unwrap()
            }
            _ => false,
        };
        let reason = match () {
            () if same => None,
            () if expected.is_some_and(|href| href.starts_with("file:")) => {
                Some("file: hosts and empty segments, which nothing here opens")
            }
            () if expected.is_some_and(|href| href.starts_with("non-special:")) => {
                Some("spaces before ? in an opaque path")
            }
            () if input.contains('^') => Some("whether ^ is encoded in a path: the standard changed"),
            () => Some(""),
        };
        assert_ne!(reason, Some(""), "{input:?} on {:?}: {resolved:?}, expected {expected:?}", case["base"]);
        if let Some(reason) = reason {
            differ.push(format!("{reason}: {input:?}"));
        } else {
            agree += 1;
        }
        // A whole http URL without anything a browser repairs: our parts have to be the standard's.
        if base.is_none() && input.starts_with("http://") && expected == Some(input) {
            let dissected = dissect(input).unwrap();
            let part =
                |kind| dissected.parts.iter().find(|part| part.kind == kind).map_or("", |part| part.raw.as_str());
            assert_eq!(part(UrlPartKind::Host), case["hostname"], "{input}");
            assert_eq!(part(UrlPartKind::Port), case["port"], "{input}");
            assert_eq!(part(UrlPartKind::Path), case["pathname"], "{input}");
            assert_eq!(part(UrlPartKind::Fragment), case["hash"].as_str().unwrap().trim_start_matches('#'), "{input}");
            taken_apart += 1;
        }
    }
    println!("URL standard: {agree} of {} agree, {taken_apart} taken apart; the others:", agree + differ.len());
    for line in &differ {
        println!("- {line}");
    }
    assert!(taken_apart > 10 && agree > 800, "{agree} agree, {taken_apart} taken apart");
}
