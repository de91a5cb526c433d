//! Records as the lab writes them, made up for tests: a page with ten images over a 100 ms, 10 Mb/s path.

use std::{net::SocketAddr, time::Duration};

use bytes::Bytes;
use url::Url;

use crate::{
    app::subject::Subject,
    engine::{
        bridge::RunId,
        timing::{ObjectTiming, Phases},
    },
    net::TimeSpan,
    wire::{
        Blame, ConnectionStep, End, Ends, Entry, EventContent, Failure, FlowId, FlowKind, FlowState, Layer, Ledger,
        Note, NoteKind, Octets, Side, Transit, WireEvent,
    },
};

use super::Scene;

/// A record being made up.
pub(crate) struct Sample {
    pub(crate) ledger: Ledger,
    pub(crate) objects: Vec<ObjectTiming>,
    next: u32,
    /// Does the network tell when octets arrived at the other end?
    pub(crate) transit: bool,
}

pub(crate) const RTT: Duration = Duration::from_millis(100);
const HALF: Duration = Duration::from_millis(50);
const SEGMENT: usize = 14_600;

pub(crate) fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn sending(octets: usize) -> Duration {
    Duration::from_nanos(octets as u64 * 800)
}

impl Sample {
    pub(crate) fn new(transit: bool) -> Self {
        let mut sample = Self { ledger: Ledger::default(), objects: Vec::new(), next: 0, transit };
        sample.open(None, FlowKind::Page, "page", "", Duration::ZERO);
        sample
    }

    /// One connection, one request at a time: `count` images of `octets` octets.
    pub(crate) fn persistent(count: usize, octets: usize) -> Self {
        Self::over(1, count, octets, true)
    }

    /// The images over `k` persistent connections.
    pub(crate) fn over(k: usize, count: usize, octets: usize, transit: bool) -> Self {
        let mut sample = Self::new(transit);
        let mut lines = vec![sample.connect(Duration::ZERO)];
        let (first, opened) = lines[0];
        let base = sample.exchange(first, opened, opened, HOME);
        lines[0].1 = base;
        for _ in 1..k {
            let line = sample.connect(base);
            lines.push(line);
        }
        for n in 0..count {
            let at = n % k;
            let (flow, free) = lines[at];
            let path = format!("/someDepartment/img{:02}.jpg", n + 1);
            let image = Object { connection: at as u32 + 1, path: &path, octets, media: "image/jpeg", seed: n };
            lines[at].1 = sample.exchange(flow, free, base, image);
        }
        for (flow, free) in lines {
            sample.close(flow, free);
        }
        sample
    }

    /// All images asked for at once.
    pub(crate) fn pipelined(count: usize, octets: usize) -> Self {
        let mut sample = Self::new(true);
        let (flow, opened) = sample.connect(Duration::ZERO);
        let base = sample.exchange(flow, opened, opened, HOME);
        let requests: String = (1..=count).map(|n| request(&format!("/someDepartment/img{n:02}.jpg"))).collect();
        let sent = sample.octets(flow, Side::Client, base, requests.as_bytes(), 0);
        let stream: Vec<u8> = (0..count).flat_map(|n| response(octets, "image/jpeg", n)).collect();
        let mut free = sent + HALF;
        for piece in stream.chunks(SEGMENT) {
            free = sample.octets(flow, Side::Server, free, piece, 0);
        }
        sample.close(flow, free + HALF);
        sample
    }

    /// A long wait between two exchanges, a lost segment sent again, and a connection that was refused.
    pub(crate) fn troubled() -> Self {
        let mut sample = Self::new(true);
        let (flow, opened) = sample.connect(Duration::ZERO);
        let first = sample.exchange(flow, opened, opened, HOME);
        let later = first + Duration::from_secs(5);
        sample.note(flow, later, NoteKind::Why, "asked again because the copy kept was stale", Some("RFC 9111 §4.2"));
        let asked = request("/someDepartment/img01.jpg");
        let sent = sample.octets(flow, Side::Client, later, asked.as_bytes(), 0);
        let answer = response(43_000, "image/jpeg", 3);
        let mut free = sent + HALF;
        for (n, piece) in answer.chunks(SEGMENT).enumerate() {
            if n == 1 {
                sample.step(flow, Side::Server, free, ConnectionStep::Lost);
                sample.step(flow, Side::Server, free + millis(300), ConnectionStep::Retransmit);
                free += millis(300);
            }
            free = sample.octets(flow, Side::Server, free, piece, 0);
        }
        sample.close(flow, free + HALF);
        let refused = sample.open(Some(FlowId(0)), FlowKind::Connection, "connection 2", "ads.example.com", later);
        sample.step(refused, Side::Client, later, ConnectionStep::Syn);
        sample.step(refused, Side::Server, later + HALF, ConnectionStep::Rst);
        let failure = Failure {
            summary: "ads.example.com:80 refused the connection: the host is up, no process listens on port 80"
                .to_owned(),
            causes: vec![],
            blame: Blame::Network,
            clause: Some("RFC 9293 §3.5.3".to_owned()),
        };
        sample.objects.push(ObjectTiming {
            url: Url::parse("http://ads.example.com/pixel.gif").unwrap(),
            status: None,
            media_type: None,
            connection: Some(refused),
            connection_number: 2,
            request_octets: 0,
            response_octets: 0,
            content_octets: 0,
            phases: Phases { connect: Some(TimeSpan { from: later, to: later + RTT }), ..none() },
            failure: Some(failure.clone()),
        });
        sample.end(refused, later + RTT, FlowState::Failed(failure));
        sample
    }

    /// TLS above TCP.
    pub(crate) fn sealed(transit: bool) -> Self {
        let mut sample = Self::new(transit);
        let (flow, opened) = sample.connect(Duration::ZERO);
        let mut hello = vec![0x16; 517];
        hello[5] = 1;
        sample.sealed_octets(flow, Side::Client, opened, &hello);
        let mut flight = vec![0x16; 3200];
        flight[5] = 2;
        let answered = sample.sealed_octets(flow, Side::Server, opened + HALF, &flight) + HALF;
        let finished = [&[20, 3, 3, 0, 1, 1][..], &[0x17; 74]].concat();
        let finished = sample.sealed_octets(flow, Side::Client, answered, &finished);
        sample.step(flow, Side::Client, answered, ConnectionStep::TlsEstablished);
        sample.note(
            flow,
            answered,
            NoteKind::Tls,
            "TLS 1.3, TLS_AES_128_GCM_SHA256, ALPN http/1.1",
            Some("RFC 8446 §4.1.3"),
        );
        let asked = request("/someDepartment/home.index");
        let sealed = vec![0x17; asked.len() + 22];
        let sent = sample.cross_at(flow, answered, finished, &sealed);
        sample.plain(flow, Side::Client, answered, asked.as_bytes());
        let mut free = sent + HALF;
        for piece in response(43_000, "text/html", 0).chunks(SEGMENT) {
            let sealed = vec![0x17; piece.len() + 22];
            free = sample.sealed_octets(flow, Side::Server, free, &sealed);
            sample.plain(flow, Side::Server, free + HALF, piece);
        }
        sample.close(flow, free + HALF);
        sample
    }

    /// A mail client that begins TLS in the middle of its session (RFC 3207), and writes a letter above it.
    pub(crate) fn starttls(transit: bool) -> Self {
        let mut sample = Self::new(transit);
        let (flow, opened) = sample.connect_to("hamburger.edu:25", Duration::ZERO);
        let mut now = opened + HALF;
        for (from, line) in CLEAR_SESSION {
            now = sample.octets(flow, *from, now, line.as_bytes(), 0) + HALF;
        }
        sample.sealed_octets(flow, Side::Client, now, &records(&[(22, 1, 512)]));
        let flight = records(&[(22, 2, 90), (20, 1, 1), (23, 7, 3100)]);
        let answered = sample.sealed_octets(flow, Side::Server, now + HALF, &flight) + HALF;
        let finished = sample.sealed_octets(flow, Side::Client, answered, &records(&[(20, 1, 1), (23, 7, 53)]));
        sample.step(flow, Side::Client, answered, ConnectionStep::TlsEstablished);
        let protocol = "TLS 1.3, TLS_AES_256_GCM_SHA384";
        sample.note(flow, answered, NoteKind::Tls, protocol, Some("RFC 8446 §4.1.3"));
        let mut now = finished;
        for (at, (from, text)) in SEALED_SESSION.iter().enumerate() {
            let sealed = records(&[(23, 7, text.len() + 17)]);
            let wrote = if at == 0 { answered } else { now };
            let left = match from {
                Side::Client => sample.cross_at(flow, wrote, now, &sealed),
                Side::Server => sample.sealed_octets(flow, Side::Server, now, &sealed),
            };
            let seen = if *from == Side::Client { wrote } else { left + HALF };
            sample.plain(flow, *from, seen, text.as_bytes());
            now = left + HALF;
        }
        sample.close(flow, now);
        sample
    }

    pub(crate) fn scene(&self) -> Scene<'_> {
        Scene { subject: Subject { job: RunId(1), root: Some(FlowId(0)) }, ledger: &self.ledger }
    }

    pub(crate) fn open(
        &mut self,
        parent: Option<FlowId>,
        kind: FlowKind,
        title: &str,
        host: &str,
        at: Duration,
    ) -> FlowId {
        let id = FlowId(self.next);
        self.next += 1;
        let (host, port) = host.split_once(':').unwrap_or((host, "80"));
        let ends = Ends {
            client: End {
                name: "you".to_owned(),
                ip_port: Some(SocketAddr::from(([10, 0, 0, 2], 49_152 + id.0 as u16))),
            },
            server: End {
                name: host.to_owned(),
                ip_port: Some(SocketAddr::from(([128, 119, 245, 12], port.parse().unwrap()))),
            },
        };
        self.ledger.apply(Entry::Opened { id, parent, kind, title: title.to_owned(), ends, at });
        id
    }

    /// Opens a connection; returns when it may be used.
    pub(crate) fn connect(&mut self, at: Duration) -> (FlowId, Duration) {
        self.connect_to("www.someschool.edu", at)
    }

    /// The same to another host, at a port if it has one: `hamburger.edu:25`.
    fn connect_to(&mut self, host: &str, at: Duration) -> (FlowId, Duration) {
        let flow = self.open(Some(FlowId(0)), FlowKind::Connection, "connection", host, at);
        self.step(flow, Side::Client, at, ConnectionStep::Syn);
        self.step(flow, Side::Server, at + HALF, ConnectionStep::SynAck);
        self.step(flow, Side::Client, at + RTT, ConnectionStep::Ack);
        (flow, at + RTT)
    }

    pub(crate) fn close(&mut self, flow: FlowId, at: Duration) {
        self.step(flow, Side::Client, at, ConnectionStep::Fin);
        self.step(flow, Side::Server, at + HALF, ConnectionStep::Fin);
        self.end(flow, at + RTT, FlowState::Closed);
    }

    /// A request at `at` and its response; returns when the last octet has arrived.
    pub(crate) fn exchange(&mut self, flow: FlowId, at: Duration, known: Duration, object: Object<'_>) -> Duration {
        let Object { connection: number, path, octets, media, seed } = object;
        let asked = request(path);
        let sent = self.octets(flow, Side::Client, at, asked.as_bytes(), 0);
        let answer = response(octets, media, seed);
        let first = sent + RTT;
        let mut free = sent + HALF;
        for piece in answer.chunks(SEGMENT) {
            free = self.octets(flow, Side::Server, free, piece, 0);
        }
        let last = free + HALF;
        let opened = self.ledger.flow(flow).unwrap().opened_at;
        let connect = (self.objects.iter().all(|object| object.connection_number != number))
            .then_some(TimeSpan { from: opened, to: opened + RTT });
        self.objects.push(ObjectTiming {
            url: Url::parse(&format!("http://www.someschool.edu{path}")).unwrap(),
            status: Some(200),
            media_type: Some(media.to_owned()),
            connection: Some(flow),
            connection_number: number,
            request_octets: asked.len() as u64,
            response_octets: answer.len() as u64,
            content_octets: octets as u64,
            phases: Phases {
                queue: (connect.is_none() && known < at).then_some(TimeSpan { from: known, to: at }),
                connect,
                send: Some(TimeSpan { from: at, to: sent }),
                wait: Some(TimeSpan { from: sent, to: first }),
                receive: Some(TimeSpan { from: first, to: last }),
                ..none()
            },
            failure: None,
        });
        last
    }

    /// Octets leave one end; returns when the last one has left. What the client receives is seen when it arrives.
    pub(crate) fn octets(&mut self, flow: FlowId, from: Side, out: Duration, bytes: &[u8], omitted: u64) -> Duration {
        self.cross(flow, from, out, kept(bytes, omitted), Layer::Stream)
    }

    /// The same, below TLS.
    pub(crate) fn sealed_octets(&mut self, flow: FlowId, from: Side, out: Duration, bytes: &[u8]) -> Duration {
        self.cross(flow, from, out, kept(bytes, 0), Layer::Tls)
    }

    /// Sealed octets of the client, written at `at`, that leave when the line is free.
    fn cross_at(&mut self, flow: FlowId, at: Duration, out: Duration, bytes: &[u8]) -> Duration {
        let left = out + sending(bytes.len());
        let transit = Transit { first_out: out, last_out: left, first_in: out + HALF, last_in: left + HALF };
        let (content, transit) = (EventContent::Octets(kept(bytes, 0)), self.transit.then_some(transit));
        self.event(flow, WireEvent { at, from: Side::Client, layer: Layer::Tls, content, transit });
        left
    }

    fn cross(&mut self, flow: FlowId, from: Side, out: Duration, octets: Octets, layer: Layer) -> Duration {
        let left = out + sending(usize::try_from(octets.wire_len()).unwrap());
        let transit = Transit { first_out: out, last_out: left, first_in: out + HALF, last_in: left + HALF };
        let at = if from == Side::Client { out } else { left + HALF };
        let transit = self.transit.then_some(transit);
        self.event(flow, WireEvent { at, from, layer, content: EventContent::Octets(octets), transit });
        left
    }

    /// Octets as the application said them before they were sealed, or after they were opened.
    fn plain(&mut self, flow: FlowId, from: Side, at: Duration, bytes: &[u8]) {
        let content = EventContent::Octets(kept(bytes, 0));
        self.event(flow, WireEvent { at, from, layer: Layer::Plain, content, transit: None });
    }

    pub(crate) fn step(&mut self, flow: FlowId, from: Side, out: Duration, step: ConnectionStep) {
        let transit = Transit { first_out: out, last_out: out, first_in: out + HALF, last_in: out + HALF };
        let at = if from == Side::Client { out } else { out + HALF };
        let own = matches!(step, ConnectionStep::TlsEstablished);
        let transit = (self.transit && !own).then_some(transit);
        self.event(flow, WireEvent { at, from, layer: Layer::Transport, content: EventContent::Step(step), transit });
    }

    pub(crate) fn event(&mut self, id: FlowId, event: WireEvent) {
        self.ledger.apply(Entry::Event { id, event });
    }

    pub(crate) fn note(&mut self, id: FlowId, at: Duration, kind: NoteKind, text: &str, clause: Option<&str>) {
        let note = Note { at, kind, text: text.to_owned(), clause: clause.map(str::to_owned) };
        self.ledger.apply(Entry::Noted { id, note });
    }

    pub(crate) fn end(&mut self, id: FlowId, at: Duration, state: FlowState) {
        self.ledger.apply(Entry::Ended { id, at, state });
    }
}

/// What is fetched, and over which connection.
#[derive(Clone, Copy)]
pub(crate) struct Object<'a> {
    pub connection: u32,
    pub path: &'a str,
    pub octets: usize,
    pub media: &'a str,
    /// Contents of different seeds differ.
    pub seed: usize,
}

const HOME: Object<'static> =
    Object { connection: 1, path: "/someDepartment/home.index", octets: 12_062, media: "text/html", seed: 0 };

/// What is said in the clear before TLS begins.
const CLEAR_SESSION: &[(Side, &str)] = &[
    (Side::Server, "220 hamburger.edu ESMTP\r\n"),
    (Side::Client, "EHLO crepes.fr\r\n"),
    (Side::Server, "250-hamburger.edu\r\n250-SIZE 1000000\r\n250 STARTTLS\r\n"),
    (Side::Client, "STARTTLS\r\n"),
    (Side::Server, "220 2.0.0 Ready to start TLS\r\n"),
];

/// What is said above TLS.
const SEALED_SESSION: &[(Side, &str)] = &[
    (Side::Client, "EHLO crepes.fr\r\n"),
    (Side::Server, "250-hamburger.edu\r\n250-SIZE 1000000\r\n250 AUTH PLAIN\r\n"),
    (Side::Client, "AUTH PLAIN AGFsaWNlAGh1bmdyeQ==\r\n"),
    (Side::Server, "235 2.7.0 Authentication successful\r\n"),
    (Side::Client, "MAIL FROM:<alice@crepes.fr>\r\n"),
    (Side::Server, "250 2.1.0 Ok\r\n"),
    (Side::Client, "RCPT TO:<bob@hamburger.edu>\r\n"),
    (Side::Server, "250 2.1.5 Ok\r\n"),
    (Side::Client, "DATA\r\n"),
    (Side::Server, "354 End data with <CR><LF>.<CR><LF>\r\n"),
    (
        Side::Client,
        "From: alice@crepes.fr\r\nTo: bob@hamburger.edu\r\nSubject: ketchup\r\n\r\nDo you like ketchup?\r\nHow about pickles?\r\n.\r\n",
    ),
    (Side::Server, "250 2.0.0 Ok: queued\r\n"),
    (Side::Client, "QUIT\r\n"),
    (Side::Server, "221 2.0.0 Bye\r\n"),
];

/// TLS records: content type, first octet, length.
fn records(each: &[(u8, u8, usize)]) -> Vec<u8> {
    let mut octets = Vec::new();
    for (kind, first, length) in each {
        octets.extend([*kind, 3, 3]);
        octets.extend(u16::try_from(*length).unwrap().to_be_bytes());
        octets.extend((0..*length).map(|at| if at == 0 { *first } else { (at * 167 + 13) as u8 }));
    }
    octets
}

pub(crate) fn kept(bytes: &[u8], omitted: u64) -> Octets {
    Octets { bytes: Bytes::copy_from_slice(bytes), masked: None, omitted }
}

fn none() -> Phases {
    Phases { queue: None, dns: None, connect: None, tls: None, send: None, wait: None, receive: None }
}

fn request(path: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nHost: www.someschool.edu\r\nUser-Agent: Roundtrip/0.1\r\nAccept: text/html,image/*\r\nConnection: keep-alive\r\n\r\n"
    )
}

fn response(octets: usize, media: &str, seed: usize) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 200 OK\r\nDate: Sat, 21 Nov 2026 20:55:00 GMT\r\nServer: lab/0.1\r\nLast-Modified: Wed, 05 Feb 2014 16:00:31 GMT\r\nETag: \"40521bd2-286\"\r\nContent-Length: {octets}\r\nContent-Type: {media}\r\n\r\n"
    );
    let mut bytes = head.into_bytes();
    bytes.extend((0..octets).map(|n| (n.wrapping_mul(2_654_435_761).wrapping_add(seed * 97) >> 7) as u8));
    bytes
}
