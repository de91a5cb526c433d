//! Every dialogue in `tests/dialogues`, replayed cut into pieces of 1..=64 octets.

use std::time::Duration;

use bytes::Bytes;
use roundtrip::{
    proto::{
        http::{
            client::{ClientEvent, ClientSession},
            framing::Framing,
            message::{Fields, Request, Version},
            server::{BareLf, ServerEvent, ServerRules, ServerSession},
        },
        session::{Session, Step},
    },
    wire::Side,
};

use crate::script::{Script, Turn, all_in};

#[test]
fn http_clients_make_of_every_dialogue_what_it_says() {
    let scripts = all_in("http/client");
    assert!(scripts.len() >= 15);
    let mut wrong = Vec::new();
    for script in scripts {
        for cut in 1..=64 {
            let limit = script.setting("max-content").map_or(1 << 20, |octets| octets.parse().unwrap());
            let session = ClientSession::new().with_max_content(limit);
            let ask = |session: &mut ClientSession, said: &[u8]| {
                requests(said).into_iter().for_each(|request| {
                    session.request(request);
                })
            };
            let replayed =
                replay(&script, cut, Side::Client, session, ask, client_report, |error| error.failure().to_string());
            wrong.extend(replayed.err());
        }
    }
    assert!(wrong.is_empty(), "{} replays went wrong:\n{}", wrong.len(), first_of_each(&wrong));
}

#[test]
fn http_servers_make_of_every_dialogue_what_it_says() {
    let scripts = all_in("http/server");
    assert!(scripts.len() >= 15);
    let mut wrong = Vec::new();
    for script in scripts {
        for cut in 1..=64 {
            let rules = ServerRules {
                bare_lf: if script.setting("bare-lf") == Some("accepted") { BareLf::Accepted } else { BareLf::Refused },
                max_content: script.setting("max-content").map_or(1 << 20, |octets| octets.parse().unwrap()),
                ..ServerRules::default()
            };
            let answer = |session: &mut ServerSession, said: &[u8]| session.send(Bytes::copy_from_slice(said));
            let replayed =
                replay(&script, cut, Side::Server, ServerSession::new(rules), answer, server_report, |error| {
                    let status = error.status().map_or(String::new(), |status| format!("{status} "));
                    format!("{status}{}", error.failure())
                });
            wrong.extend(replayed.err());
        }
    }
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

fn replay<S: Session>(
    script: &Script,
    cut: usize,
    tested: Side,
    mut session: S,
    mut say: impl FnMut(&mut S, &[u8]),
    report: impl Fn(S::Event, &mut Vec<String>),
    failure: impl Fn(&S::Error) -> String,
) -> Result<(), String> {
    let at = || format!("{} in pieces of {cut}", script.path.display());
    let mut came = Came::default();
    let mut run = |session: &mut S, came: &mut Came| -> Vec<u8> {
        let mut sent = Vec::new();
        while came.failure.is_none() {
            match session.step(Duration::ZERO) {
                Ok(Step::Send(outgoing)) => sent.extend_from_slice(&outgoing.bytes),
                Ok(Step::Event(event)) => report(event, &mut came.reports),
                Ok(Step::NeedInput) => break,
                Ok(Step::Done) => {
                    if came.reports.last().is_none_or(|last| last != "done") {
                        came.reports.push("done".to_owned());
                    }
                    break;
                }
                Ok(Step::StartTls | Step::WakeAt(_)) => panic!("{}: an unexpected step", at()),
                Err(error) => came.failure = Some(failure(&error)),
            }
        }
        sent
    };
    for turn in &script.turns {
        if let Some(failure) = &came.failure {
            return Err(format!("{}: failed with {failure:?}, but the script goes on", at()));
        }
        match turn {
            Turn::Says(side, said) if *side == tested => {
                say(&mut session, said);
                let sent = run(&mut session, &mut came);
                if sent != *said {
                    return Err(format!(
                        "{}: said {:?} instead of {:?}",
                        at(),
                        sent.escape_ascii().to_string(),
                        said.escape_ascii().to_string()
                    ));
                }
            }
            Turn::Says(_, said) => {
                for piece in said.chunks(cut) {
                    session.receive(piece);
                    run(&mut session, &mut came);
                }
            }
            Turn::Ends(_) => {
                session.receive_end();
                run(&mut session, &mut came);
            }
        }
    }
    let expected = Came { reports: script.reports.clone(), failure: script.failure.clone() };
    let counted: usize = came.reports.iter().filter_map(|report| octets_in(report)).sum();
    if came.failure.is_none() && counted != said_to(script, tested) {
        return Err(format!("{}: {counted} octets counted of {}", at(), said_to(script, tested)));
    }
    if came == expected { Ok(()) } else { Err(format!("{}:\n  came {came:#?}\n  expected {expected:#?}", at())) }
}

/// The count in `complete, 51 octets`.
fn octets_in(report: &str) -> Option<usize> {
    report.strip_prefix("complete, ")?.split(' ').next()?.parse().ok()
}

/// Octets the other side says, those of another protocol left out.
fn said_to(script: &Script, tested: Side) -> usize {
    let said = script.turns.iter().map(|turn| match turn {
        Turn::Says(side, said) if *side != tested => said.len(),
        Turn::Says(..) | Turn::Ends(_) => 0,
    });
    said.sum::<usize>() - script.setting("tunnelled").map_or(0, |octets| octets.parse().unwrap())
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
        match request(rest) {
            Some((request, after)) => {
                requests.push(request);
                rest = after;
            }
            None => {
                let raw = Some(Bytes::copy_from_slice(rest));
                requests.push(Request { raw, ..blank() });
                break;
            }
        }
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
