//! How long building a frame takes with a record of a million events open, in every view of the drawer, while scrolling and
//! scrubbing. The renderer is not part of it. Promise: 4 ms at the 95th percentile, 16 ms at worst.
//!
//! ```text
//! cargo bench --bench drawer_frame
//! ```

#![expect(
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a bench prints what it measured and fails plainly"
)]
#![expect(clippy::disallowed_methods, reason = "a bench measures real time")]

use std::{
    net::SocketAddr,
    process::ExitCode,
    time::{Duration, Instant},
};

use bytes::Bytes;
use egui::{Context, Event, Modifiers, MouseWheelUnit, Pos2, RawInput, Rect, Vec2, pos2, vec2};
use roundtrip::{
    app::{
        actions::Pick,
        parts::{
            Scene,
            drawer::{Drawer, Shown, View},
        },
        tabs::Subject,
        theme,
    },
    engine::{
        bridge::JobId,
        timing::{ObjectTiming, Phases},
    },
    net::Span,
    wire::{
        Content, End, Ends, Entry, EventIndex, FlowId, FlowKind, Layer, Ledger, Octets, Side, Step, Transit, WireEvent,
    },
};

fn main() -> ExitCode {
    let mut kept = true;
    println!("{:<34} {:<13} {:>8} {:>8} {:>8}", "record", "view", "median", "p95", "worst");
    for (name, connections, exchanges, pieces) in SHAPES {
        let record = Record::new(connections, exchanges, pieces);
        let name = format!("{name}: {} events", record.ledger.event_count());
        for (view, word) in View::ALL {
            let mut times = frames(&record, view);
            times.sort();
            let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
            let (median, p95, worst) = (at(0.5), at(0.95), at(1.0));
            let fits = p95 <= P95 && worst <= WORST;
            kept &= fits;
            let mark = if fits { "" } else { "  too slow" };
            println!("{name:<34} {word:<13} {:>8} {:>8} {:>8}{mark}", millis(median), millis(p95), millis(worst));
        }
    }
    if kept { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Frames of a session: everything is taken in, then scrolled through, scrubbed, zoomed, events picked.
fn frames(record: &Record, view: View) -> Vec<Duration> {
    let ctx = Context::default();
    theme::install(&ctx);
    let mut drawer = Drawer::default();
    drawer.show_view(view);
    let objects: Vec<_> = record.objects.iter().collect();
    let mut times = Vec::new();
    for frame in 0..FRAMES {
        let input = input(frame, &mut drawer, record);
        let pick = (frame > FRAMES / 2).then(|| record.pick(frame));
        let shown = Shown { scene: record.scene(), objects: &objects, pick };
        let begin = Instant::now();
        let mut output = ctx.run_ui(input, |ui| {
            drawer.follow(ui, &shown);
            drawer.ui(ui, &shown);
        });
        output.textures_delta.clear();
        let shapes = ctx.tessellate(output.shapes, output.pixels_per_point);
        times.push(begin.elapsed());
        assert!(!shapes.is_empty(), "something is drawn");
    }
    // The first frame also makes the fonts, whatever is shown.
    times.remove(0);
    times
}

fn input(frame: usize, drawer: &mut Drawer, record: &Record) -> RawInput {
    let pointer = pos2(300.0 + (frame * 37 % 900) as f32, 80.0 + (frame * 13 % 300) as f32);
    let mut events = vec![Event::PointerMoved(pointer)];
    let turn = |y: f32| Event::MouseWheel {
        unit: MouseWheelUnit::Point,
        delta: vec2(0.0, y),
        source: egui::MouseWheelSource::Unknown,
        phase: egui::TouchPhase::Move,
        modifiers: Modifiers::NONE,
    };
    match frame * 8 / FRAMES {
        // Taking in, untouched.
        0 | 1 => events.clear(),
        2 | 5 => events.push(turn(-400.0)),
        3 | 6 => events.push(turn(250.0)),
        4 | 7 => {
            let share = (frame % 97) as f64 / 97.0;
            drawer.seek(record.ledger.ends_at().mul_f64(share));
        }
        _ => {}
    }
    RawInput {
        screen_rect: Some(Rect::from_min_size(Pos2::ZERO, Vec2::new(1440.0, 480.0))),
        time: Some(frame as f64 / 60.0),
        events,
        ..RawInput::default()
    }
}

struct Record {
    ledger: Ledger,
    objects: Vec<ObjectTiming>,
}

impl Record {
    /// `connections` one after the other, each with `exchanges` whose responses come in `pieces`.
    fn new(connections: u32, exchanges: u32, pieces: u32) -> Self {
        let mut record = Self { ledger: Ledger::default(), objects: Vec::new() };
        let ends = |port: u16| Ends {
            client: End { name: "you".to_owned(), ip_port: Some(SocketAddr::from(([10, 0, 0, 2], port))) },
            server: End {
                name: "www.someschool.edu".to_owned(),
                ip_port: Some(SocketAddr::from(([128, 119, 245, 12], 80))),
            },
        };
        let root = FlowId(0);
        record.ledger.apply(Entry::Opened {
            id: root,
            parent: None,
            kind: FlowKind::Page,
            title: "page".to_owned(),
            ends: ends(0),
            at: Duration::ZERO,
        });
        let mut now = Duration::ZERO;
        for number in 1..=connections {
            let id = FlowId(number);
            let port = 1024 + (number % 60_000) as u16;
            let (kind, title) = (FlowKind::Connection, format!("connection {number}"));
            record.ledger.apply(Entry::Opened { id, parent: Some(root), kind, title, ends: ends(port), at: now });
            record.step(id, Side::Client, now, Step::Syn);
            record.step(id, Side::Server, now + WAY, Step::SynAck);
            now += WAY * 2;
            for exchange in 0..exchanges {
                now = record.exchange(id, number, exchange, pieces, now);
            }
            record.ledger.apply(Entry::Ended { id, at: now, state: roundtrip::wire::FlowState::Closed });
        }
        record
    }

    fn exchange(&mut self, id: FlowId, number: u32, exchange: u32, pieces: u32, now: Duration) -> Duration {
        let length = u64::from(pieces) * PIECE.len() as u64;
        let asked = format!("GET /img{exchange:05}.jpg HTTP/1.1\r\nHost: www.someschool.edu\r\n\r\n");
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nContent-Type: image/jpeg\r\n\r\n");
        self.octets(id, Side::Client, now, asked.into());
        let mut out = now + WAY;
        self.octets(id, Side::Server, out, head.into());
        for _ in 0..pieces {
            out += SENDING;
            self.octets(id, Side::Server, out, Bytes::from_static(PIECE));
        }
        let end = out + WAY;
        let span = |from, to| Some(Span { from, to });
        let path = format!("http://www.someschool.edu/{number}/img{exchange:05}.jpg");
        if let (Ok(url), true) = (path.parse(), self.objects.len() < MAX_OBJECTS) {
            self.objects.push(ObjectTiming {
                url,
                status: Some(200),
                media_type: Some("image/jpeg".to_owned()),
                connection: Some(id),
                connection_number: number,
                request_octets: 60,
                response_octets: length + 80,
                content_octets: length,
                phases: Phases {
                    queue: None,
                    dns: None,
                    connect: None,
                    tls: None,
                    send: span(now, now),
                    wait: span(now, now + WAY * 2),
                    receive: span(now + WAY * 2, end),
                },
                failure: None,
            });
        }
        end
    }

    fn octets(&mut self, id: FlowId, from: Side, out: Duration, bytes: Bytes) {
        let octets = Octets { bytes, masked: None, omitted: 0 };
        self.event(id, from, out, Layer::Stream, Content::Octets(octets));
    }

    fn step(&mut self, id: FlowId, from: Side, out: Duration, step: Step) {
        self.event(id, from, out, Layer::Transport, Content::Step(step));
    }

    fn event(&mut self, id: FlowId, from: Side, out: Duration, layer: Layer, content: Content) {
        let last_out = out + SENDING;
        let transit = Transit { first_out: out, last_out, first_in: out + WAY, last_in: last_out + WAY };
        let at = if from == Side::Client { out } else { last_out + WAY };
        self.ledger.apply(Entry::Event { id, event: WireEvent { at, from, layer, content, transit: Some(transit) } });
    }

    fn scene(&self) -> Scene<'_> {
        Scene { subject: Subject { job: JobId(1), root: Some(FlowId(0)) }, ledger: &self.ledger }
    }

    /// Another event every few frames.
    fn pick(&self, frame: usize) -> Pick {
        let flows = self.ledger.flows();
        let flow = flows.get(1 + (frame / 5 * 7919) % (flows.len() - 1));
        let (flow, events) = flow.map_or((FlowId(1), 1), |flow| (flow.id, flow.events.len().max(1)));
        let event = (frame / 5 * 104_729) % events;
        Pick { job: JobId(1), flow, event: Some(EventIndex(u32::try_from(event).unwrap_or(0))) }
    }
}

fn millis(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1e3)
}

/// Connections one after the other, exchanges on each, pieces of each response: about a million events each way.
const SHAPES: [(&str, u32, u32, u32); 4] = [
    ("one long connection", 1, 20_000, 48),
    ("many small exchanges", 100, 5_000, 0),
    ("a thousand connections", 1_000, 20, 48),
    ("very many connections", 100_000, 1, 6),
];
/// Frames of a session: enough to take in a million events and then some.
const FRAMES: usize = 1_200;
/// Objects the waterfall is given.
const MAX_OBJECTS: usize = 10_000;
const WAY: Duration = Duration::from_millis(5);
const SENDING: Duration = Duration::from_micros(400);
const PIECE: &[u8] = &[b'x'; 512];
const P95: Duration = Duration::from_millis(4);
const WORST: Duration = Duration::from_millis(16);
