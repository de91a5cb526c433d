//! Every dialogue in `tests/dialogues`, replayed cut into pieces of 1..=64 octets.

use std::time::Duration;

use bytes::Bytes;
use roundtrip::{
    net::NetError,
    proto::{
        http::{
            client::{ClientError, ClientEvent, ClientSession},
            framing::Framing,
            message::{Fields, Request, Version},
            server::{BareLf, ServerError, ServerEvent, ServerRules, ServerSession},
        },
        session::{Session, Step, TlsParameters, TlsVersion},
    },
    wire::Side,
};

use crate::{
    script::{Script, Turn, all_in},
    support::line_protocol::{LineClient, LineError, LineEvent, LineServer, Reply},
};

/// A session that scripts are about.
trait Scripted: Session {
    /// Which side it is.
    const SIDE: Side;
    /// Its reports tell how many octets the other side said, and every octet has to be told of.
    const COUNTS: bool = false;

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
    const COUNTS: bool = true;

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
    const COUNTS: bool = true;

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

impl Scripted for LineClient {
    const SIDE: Side = Side::Client;

    fn set_up(_script: &Script) -> Self {
        Self::default()
    }

    fn say(&mut self, said: &[u8]) {
        String::from_utf8_lossy(said).lines().for_each(|line| self.command(line));
    }

    fn report(Reply { code, lines }: Reply, reports: &mut Vec<String>) {
        reports.push(format!("{code} {}", lines.join(", ")));
    }

    fn failure(error: &LineError) -> String {
        error.failure().to_string()
    }
}

impl Scripted for LineServer {
    const SIDE: Side = Side::Server;

    fn set_up(_script: &Script) -> Self {
        Self::default()
    }

    /// What it says follows from what it is told.
    fn say(&mut self, _said: &[u8]) {}

    fn report(LineEvent::Noop { client }: LineEvent, reports: &mut Vec<String>) {
        reports.push(format!("NOOP by {}", client.as_deref().unwrap_or("nobody")));
    }

    fn failure(error: &LineError) -> String {
        error.failure().to_string()
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

#[test]
fn clients_that_begin_tls_make_of_every_dialogue_what_it_says() {
    replay_all::<LineClient>("start-tls/client");
}

#[test]
fn servers_that_begin_tls_make_of_every_dialogue_what_it_says() {
    replay_all::<LineServer>("start-tls/server");
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
    /// Said by the session, and not yet met in the script.
    said: Vec<u8>,
    /// The session asked for TLS, and so many octets had come by then in the clear behind the agreement.
    asks_for_tls: Option<usize>,
}

fn replay<S: Scripted>(script: &Script, cut: usize) -> Result<(), String> {
    let at = || format!("{} in pieces of {cut}", script.path.display());
    let (mut session, mut came) = (S::set_up(script), Came::default());
    came.run(&mut session);
    for turn in &script.turns {
        if let Some(failure) = &came.failure {
            return Err(format!("{}: failed with {failure:?}, but the script goes on", at()));
        }
        match turn {
            Turn::Says(side, said) if *side == S::SIDE => {
                session.say(said);
                came.run(&mut session);
                let own = std::mem::take(&mut came.said);
                if own != *said {
                    return Err(format!("{}: said {} instead of {}", at(), own.escape_ascii(), said.escape_ascii()));
                }
            }
            Turn::Says(_, said) => {
                for piece in said.chunks(cut) {
                    came.receive(&mut session, piece);
                }
            }
            Turn::Ends => {
                session.receive_end();
                came.run(&mut session);
            }
            Turn::BeginsTls => came.begin_tls(&mut session).map_err(|why| format!("{}: {why}", at()))?,
        }
    }
    came.refuse_octets_before_tls();
    let counted: usize = came.reports.iter().filter_map(|report| octets_in(report)).sum();
    if S::COUNTS && came.failure.is_none() && counted != said_to(script, S::SIDE) {
        return Err(format!("{}: {counted} octets counted of {}", at(), said_to(script, S::SIDE)));
    }
    let expected = Came { reports: script.reports.clone(), failure: script.failure.clone(), ..Came::default() };
    if came == expected { Ok(()) } else { Err(format!("{}:\n  came {came:#?}\n  expected {expected:#?}", at())) }
}

impl Came {
    /// Runs the session until it needs more.
    fn run<S: Scripted>(&mut self, session: &mut S) {
        while self.failure.is_none() && self.asks_for_tls.is_none() {
            match session.step(Duration::ZERO) {
                Ok(Step::Send(outgoing)) => {
                    self.said.extend_from_slice(&outgoing.bytes);
                    session.sent(Duration::ZERO);
                }
                Ok(Step::Event(event)) => S::report(event, &mut self.reports),
                Ok(Step::NeedInput) => break,
                Ok(Step::Done) => {
                    if self.reports.last().is_none_or(|last| last != "done") {
                        self.reports.push("done".to_owned());
                    }
                    break;
                }
                Ok(Step::StartTls { unread }) => self.asks_for_tls = Some(unread),
                Ok(Step::WakeAt(_)) => panic!("no dialogue has a clock"),
                Err(error) => self.failure = Some(S::failure(&error)),
            }
        }
    }

    fn receive<S: Scripted>(&mut self, session: &mut S, piece: &[u8]) {
        if let Some(before_tls) = &mut self.asks_for_tls {
            // Whoever runs the session reads nothing more in the clear: these are for the handshake, which they do not begin.
            *before_tls += piece.len();
        } else {
            session.receive(piece);
            self.run(session);
        }
    }

    /// What whoever runs a session does about such octets.
    fn refuse_octets_before_tls(&mut self) {
        if let Some(octets) = self.asks_for_tls.take_if(|octets| *octets > 0) {
            self.failure = Some(NetError::OctetsBeforeTls { octets }.failure().to_string());
        }
    }

    fn begin_tls<S: Scripted>(&mut self, session: &mut S) -> Result<(), String> {
        match self.asks_for_tls.take() {
            None => return Err("TLS begins, and the session has not asked for it".to_owned()),
            Some(0) => {}
            Some(octets) => return Err(format!("TLS begins, {octets} octets behind the agreement")),
        }
        if !self.said.is_empty() {
            return Err(format!("said {} before TLS, which the script does not have", self.said.escape_ascii()));
        }
        let (version, cipher_suite) = (TlsVersion::Tls13, "TLS13_AES_256_GCM_SHA384".to_owned());
        session.tls_established(&TlsParameters { version, cipher_suite, alpn: None });
        self.reports.push("TLS".to_owned());
        self.run(session);
        Ok(())
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
        Turn::Says(..) | Turn::Ends | Turn::BeginsTls => 0,
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
        ServerEvent::Http2(octets) => reports.push(format!("HTTP/2, {} octets", octets.len())),
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
