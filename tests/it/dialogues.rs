//! Every dialogue in `tests/dialogues`, replayed cut into pieces of 1..=64 octets.

use std::time::Duration;

use bytes::Bytes;
use roundtrip::{
    proto::{
        http::{
            client::{ClientError, ClientEvent, ClientSession},
            framing::Framing,
            message::{Fields, Request, Version},
            server::{BareLf, ServerError, ServerEvent, ServerRules, ServerSession},
        },
        session::{Session, Step},
    },
    wire::Side,
};

use crate::script::{Script, Turn, all_in};

/// A session that scripts are about.
trait Scripted: Session {
    /// Which side it is.
    const SIDE: Side;

    /// A fresh one, set up as the script wishes.
    fn set_up(script: &Script) -> Self;

    /// Makes it say this.
    fn say(&mut self, said: &[u8]);

    /// What it tells of an event, one line each; pieces of content joined.
    fn report(event: Self::Event, reports: &mut Vec<String>);

    /// How it tells of its failure.
    fn failure(error: &Self::Error) -> String;
}

impl Scripted for ClientSession {
    const SIDE: Side = Side::Client;

    fn set_up(script: &Script) -> Self {
        Self::new().with_max_content(script.number("max-content").unwrap_or(MAX_CONTENT))
    }

    fn say(&mut self, said: &[u8]) {
        for request in requests(said) {
            self.request(request);
        }
    }

    fn report(event: ClientEvent, reports: &mut Vec<String>) {
        client_report(event, reports);
    }

    fn failure(error: &ClientError) -> String {
        error.failure().to_string()
    }
}

impl Scripted for ServerSession {
    const SIDE: Side = Side::Server;

    fn set_up(script: &Script) -> Self {
        let bare_lf = if script.setting("bare-lf") == Some("accepted") { BareLf::Accepted } else { BareLf::Refused };
        let max_content = script.number("max-content").unwrap_or(MAX_CONTENT);
        Self::new(ServerRules { bare_lf, max_content, ..ServerRules::default() })
    }

    fn say(&mut self, said: &[u8]) {
        self.send(Bytes::copy_from_slice(said));
    }

    fn report(event: ServerEvent, reports: &mut Vec<String>) {
        server_report(event, reports);
    }

    fn failure(error: &ServerError) -> String {
        let status = error.status().map_or(String::new(), |status| format!("{status} "));
        format!("{status}{}", error.failure())
    }
}

#[test]
fn http_clients_make_of_every_dialogue_what_it_says() {
    replay_all::<ClientSession>("http/client");
}

#[test]
fn http_servers_make_of_every_dialogue_what_it_says() {
    replay_all::<ServerSession>("http/server");
}

fn replay_all<S: Scripted>(folder: &str) {
    let scripts = all_in(folder);
    assert!(!scripts.is_empty(), "no scripts in {folder}");
    let wrong: Vec<String> =
        scripts.iter().flat_map(|script| (1..=64).filter_map(|cut| replay::<S>(script, cut).err())).collect();
    assert!(wrong.is_empty(), "{} replays went wrong:\n{}", wrong.len(), first_of_each(&wrong));
}

/// One complaint a script is enough.
fn first_of_each(wrong: &[String]) -> String {
    let mut seen = Vec::new();
    for complaint in wrong {
        let script = complaint.split(" in pieces of").next().unwrap();
        if !seen.iter().any(|(known, _)| *known == script) {
            seen.push((script, complaint.as_str()));
        }
    }
    seen.iter().map(|(_, complaint)| *complaint).collect::<Vec<_>>().join("\n")
}

/// What a run of a script came to.
#[derive(Debug, Default, PartialEq, Eq)]
struct Came {
    reports: Vec<String>,
    failure: Option<String>,
}

fn replay<S: Scripted>(script: &Script, cut: usize) -> Result<(), String> {
    let at = || format!("{} in pieces of {cut}", script.path.display());
    let (mut session, mut came) = (S::set_up(script), Came::default());
    for turn in &script.turns {
        if let Some(failure) = &came.failure {
            return Err(format!("{}: failed with {failure:?}, but the script goes on", at()));
        }
        match turn {
            Turn::Says(side, said) if *side == S::SIDE => {
                session.say(said);
                let sent = came.run(&mut session);
                if sent != *said {
                    return Err(format!("{}: said {} instead of {}", at(), sent.escape_ascii(), said.escape_ascii()));
                }
            }
            Turn::Says(_, said) => {
                for piece in said.chunks(cut) {
                    session.receive(piece);
                    came.run(&mut session);
                }
            }
            Turn::Ends => {
                session.receive_end();
                came.run(&mut session);
            }
        }
    }
    let counted: usize = came.reports.iter().filter_map(|report| octets_in(report)).sum();
    if came.failure.is_none() && counted != said_to(script, S::SIDE) {
        return Err(format!("{}: {counted} octets counted of {}", at(), said_to(script, S::SIDE)));
    }
    let expected = Came { reports: script.reports.clone(), failure: script.failure.clone() };
    if came == expected { Ok(()) } else { Err(format!("{}:\n  came {came:#?}\n  expected {expected:#?}", at())) }
}

impl Came {
    /// Runs the session until it needs more; what it sent meanwhile.
    fn run<S: Scripted>(&mut self, session: &mut S) -> Vec<u8> {
        let mut sent = Vec::new();
        while self.failure.is_none() {
            match session.step(Duration::ZERO) {
                Ok(Step::Send(outgoing)) => sent.extend_from_slice(&outgoing.bytes),
                Ok(Step::Event(event)) => S::report(event, &mut self.reports),
                Ok(Step::NeedInput) => break,
                Ok(Step::Done) => {
                    if self.reports.last().is_none_or(|last| last != "done") {
                        self.reports.push("done".to_owned());
                    }
                    break;
                }
                Ok(Step::StartTls { .. } | Step::WakeAt(_)) => panic!("HTTP has no such step"),
                Err(error) => self.failure = Some(S::failure(&error)),
            }
        }
        sent
    }
}

/// The count in `complete, 51 octets`.
fn octets_in(report: &str) -> Option<usize> {
    report.strip_prefix("complete, ")?.split(' ').next()?.parse().ok()
}

/// Octets the other side says, without those that belong to no message.
fn said_to(script: &Script, tested: Side) -> usize {
    let said = script.turns.iter().map(|turn| match turn {
        Turn::Says(side, said) if *side != tested => said.len(),
        Turn::Says(..) | Turn::Ends => 0,
    });
    said.sum::<usize>() - script.number("uncounted").unwrap_or(0)
}

fn client_report(event: ClientEvent, reports: &mut Vec<String>) {
    match event {
        ClientEvent::Sent { .. } => {}
        ClientEvent::Informational { head, .. } => reports.push(format!("interim {} {}", head.status, head.reason)),
        ClientEvent::Head { head, .. } => {
            reports.push(format!("{} {}", head.status, head.reason).trim_end().to_owned());
            reports.extend(folded(&head.fields));
        }
        ClientEvent::Content { bytes, .. } => content(&bytes, reports),
        ClientEvent::Complete { octets, trailers, reusable, .. } => {
            reports.extend(
                trailers.0.iter().map(|field| format!("trailer {}: {}", field.name, field.value.escape_ascii())),
            );
            let then = reusable.map_or_else(|reason| format!(", closing: {reason}"), |()| String::new());
            reports.push(format!("complete, {octets} octets{then}"));
        }
    }
}

/// The value of the field `Folded`, if there is one: scripts about field values use it.
fn folded(fields: &Fields) -> Option<String> {
    fields.text("Folded").map(|value| format!("field {value:?}"))
}

fn server_report(event: ServerEvent, reports: &mut Vec<String>) {
    match event {
        ServerEvent::Head { head, framing, expects_continue, .. } => {
            let framing = match framing {
                Framing::None => String::new(),
                Framing::Length(octets) => format!(", {octets} octets follow"),
                Framing::Chunked => ", chunks follow".to_owned(),
                Framing::UntilClose | Framing::Tunnel => panic!("a request has no such framing"),
            };
            let waits = if expects_continue { ", the client waits" } else { "" };
            reports.push(format!("{} {}{framing}{waits}", head.method, head.target));
        }
        ServerEvent::Content(bytes) => content(&bytes, reports),
        ServerEvent::Complete { octets, trailers } => {
            reports.extend(
                trailers.0.iter().map(|field| format!("trailer {}: {}", field.name, field.value.escape_ascii())),
            );
            reports.push(format!("complete, {octets} octets"));
        }
    }
}

/// Joins pieces of content: how they are cut says nothing.
fn content(bytes: &Bytes, reports: &mut Vec<String>) {
    let more = bytes.escape_ascii().to_string();
    match reports.last_mut().filter(|last| last.starts_with("content ")) {
        Some(last) => last.push_str(&more),
        None => reports.push(format!("content {more}")),
    }
}

/// The requests a client has to be asked for so that it says this. Read here by hand, so that the session is not its own judge; what is
/// not HTTP is sent raw.
fn requests(said: &[u8]) -> Vec<Request> {
    let mut requests = Vec::new();
    let mut rest = said;
    while !rest.is_empty() {
        let Some((request, after)) = request(rest) else {
            requests.push(Request { raw: Some(Bytes::copy_from_slice(rest)), ..blank() });
            break;
        };
        requests.push(request);
        rest = after;
    }
    requests
}

fn request(said: &[u8]) -> Option<(Request, &[u8])> {
    let end = said.windows(4).position(|octets| octets == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&said[..end]).ok()?;
    let mut lines = head.split("\r\n");
    let [method, target, version] = lines.next()?.split(' ').collect::<Vec<_>>()[..] else { return None };
    let version = match version {
        "HTTP/1.0" => Version::Http10,
        "HTTP/1.1" => Version::Http11,
        _ => return None,
    };
    let mut fields = Fields::default();
    for line in lines {
        let (name, value) = line.split_once(": ")?;
        fields.push(name, value.to_owned());
    }
    let length = fields.text("Content-Length").map_or(0, |octets| octets.parse().unwrap());
    let (content, after) = said[end + 4..].split_at(length);
    let (method, target) = (method.to_owned(), target.to_owned());
    Some((Request { method, target, version, fields, content: Bytes::copy_from_slice(content), raw: None }, after))
}

fn blank() -> Request {
    Request {
        method: "GET".to_owned(),
        target: "/".to_owned(),
        version: Version::Http11,
        fields: Fields::default(),
        content: Bytes::new(),
        raw: None,
    }
}

/// Octets of content a session takes where the script says nothing else.
const MAX_CONTENT: u64 = 1 << 20;
