//! What the ladder says of records as the lab and the Internet write them.

use std::time::Duration;

use egui_kittest::{Harness, kittest::Queryable as _};

use super::{
    super::samples,
    DrawingInput, Hit, Ladder, LadderDrawing, draw,
    labels::{covers, is_own},
    words::BurstView,
};
use crate::{
    app::{
        hand_in::Figure,
        parts::{
            RecordIndex,
            samples::{RTT, Sample, millis},
        },
        theme,
    },
    proto::http::server::HTTP2_PREFACE,
    wire::{
        Blame, ConnectionStep, EventContent, Failure, FlowId, FlowKind, FlowState, Layer, NoteKind, Side, WireEvent,
    },
};

fn synced(sample: &Sample) -> RecordIndex {
    let mut index = RecordIndex::default();
    assert!(index.sync(&sample.scene(), usize::MAX));
    index
}

/// The longest label of every arrow, in the order they were recorded.
fn labels(sample: &Sample) -> Vec<String> {
    let index = synced(sample);
    let views = (0..).map_while(|number| BurstView::of(&sample.scene(), &index, number));
    let drawn = views.filter(|view| !(view.slot.is_sealed() && view.message.layer == Layer::Plain));
    drawn.filter_map(|view| view.label(&index).variants.into_iter().next()).collect()
}

fn harness(sample: Sample, size: [f32; 2]) -> Harness<'static> {
    let index = synced(&sample);
    let mut ladder = Ladder::default();
    let mut harness = Harness::builder().with_size(size).with_context_setup(theme::install).build_ui(move |ui| {
        ladder.ui(ui, &sample.scene(), &index, sample.ledger.ends_at(), None);
    });
    harness.run();
    harness
}

fn figure(title: &str, width: f32, height: f32) -> Figure {
    let (room, ground) = (egui::vec2(width, height), theme::Theme::by_darkness(false).panel);
    Figure { title: title.to_owned(), room, dark: false, ground }
}

const DASHED: &str = "dashed: the far end is not seen";

#[test]
fn only_the_internet_is_seen_at_one_end() {
    assert!(harness(Sample::over(1, 4, 20_000, true), [992.0, 166.0]).query_by_label(DASHED).is_none());
    harness(Sample::over(1, 4, 20_000, false), [992.0, 166.0]).get_by_label(DASHED);
}

#[test]
fn what_is_under_way_at_the_end_of_a_lab_record_is_not_one_sided() {
    let mut sample = Sample::new(true);
    let (flow, opened) = sample.connect(Duration::ZERO);
    sample.transit = false;
    sample.octets(flow, Side::Client, opened, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", 0);
    sample.step(flow, Side::Client, opened + RTT, ConnectionStep::Fin);
    sample.end(flow, opened + RTT, FlowState::Closed);
    assert!(harness(sample, [992.0, 166.0]).query_by_label(DASHED).is_none());
}

#[test]
fn a_host_that_is_switched_off_is_not_the_internet() {
    let mut sample = Sample::new(false);
    let flow = sample.open(Some(FlowId(0)), FlowKind::Connection, "connection", "off.lab", Duration::ZERO);
    sample.step(flow, Side::Client, Duration::ZERO, ConnectionStep::Syn);
    for secs in [1, 3, 7] {
        sample.step(flow, Side::Client, Duration::from_secs(secs), ConnectionStep::Retransmit);
    }
    sample.end(flow, Duration::from_secs(10), FlowState::Closed);
    assert_eq!(labels(&sample), ["SYN", "sent again", "sent again", "sent again"]);
    assert!(harness(sample, [992.0, 166.0]).query_by_label(DASHED).is_none());
}

#[test]
fn a_label_says_what_its_arrow_carries() {
    let mut sample = Sample::new(true);
    let (flow, opened) = sample.connect(Duration::ZERO);
    sample.octets(flow, Side::Client, opened, b"GET /object?i=3&size=100000 HTTP/1.1\r\nHost: a\r\n\r\n", 0);
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n";
    sample.octets(flow, Side::Server, opened + RTT, head, 14_600 - head.len() as u64);
    sample.octets(flow, Side::Server, opened + RTT * 2, &[7], 29_199);
    let labels = labels(&sample);
    assert_eq!(labels, ["SYN", "SYN-ACK", "ACK, GET object?i=3", "200 · 14.6 kB of 43.8 kB", "20 segments, 29.2 kB"]);
}

#[test]
fn under_tls_a_label_names_the_flight_and_what_was_said() {
    let labels = labels(&Sample::sealed(true));
    let wanted = ["SYN", "SYN-ACK", "ACK, ClientHello", "ServerHello…", "Finished, GET home.index", "TLS ready"];
    assert_eq!(labels[..6], wanted, "{labels:?}");
    assert!(labels[6].starts_with("200 · "), "{labels:?}");
}

#[test]
fn where_tls_begins_in_the_middle_clear_octets_come_before_sealed_ones() {
    let labels = labels(&Sample::starttls(true));
    let clear = ["SYN", "SYN-ACK", "ACK", "220 hamburger.edu ESMT…", "EHLO crepes.fr", "250 hamburger.edu", "STARTTLS"];
    assert_eq!(labels[..7], clear, "{labels:?}");
    let turn =
        ["220 2.0.0 Ready to sta…", "ClientHello", "ServerHello…", "Finished, EHLO crepes.fr", "sealed from here on"];
    assert_eq!(labels[7..12], turn, "{labels:?}");
    let above = ["250 hamburger.edu", "AUTH PLAIN", "235 2.7.0 Authenticati…", "MAIL alice@crepes.fr"];
    assert_eq!(labels[12..16], above, "what is under the seal is named: {labels:?}");
    assert_eq!(labels[21], "message · 111 B", "{labels:?}");
}

#[test]
fn of_http2_a_label_names_the_frames() {
    let mut sample = Sample::new(true);
    let (flow, opened) = sample.connect(Duration::ZERO);
    let frame = |kind: u8, flags: u8, length: u8| {
        let mut bytes = vec![0, 0, length, kind, flags, 0, 0, 0, 1];
        bytes.extend(vec![0x82; usize::from(length)]);
        bytes
    };
    let asked = [HTTP2_PREFACE, &frame(4, 0, 0), &frame(1, 5, 1)].concat();
    sample.octets(flow, Side::Client, opened, &asked, 0);
    sample.octets(flow, Side::Server, opened + RTT, &[frame(1, 4, 1), frame(0, 1, 200)].concat(), 0);
    let labels = labels(&sample);
    assert_eq!(labels[2..], ["ACK, HEADERS +2", "HEADERS, DATA · 219 B"]);
}

#[test]
fn where_nothing_crossed_it_says_why() {
    let mut sample = Sample::new(true);
    let flow = sample.open(Some(FlowId(0)), FlowKind::Connection, "connection", "nohost.lab", Duration::ZERO);
    let failure = Failure {
        summary: "no host is called nohost.lab".to_owned(),
        causes: Vec::new(),
        blame: Blame::Input,
        clause: None,
    };
    sample.end(flow, Duration::ZERO, FlowState::Failed(failure));
    harness(sample, [992.0, 166.0]).get_by_label("Nothing crossed the network: no host is called nohost.lab");
}

/// The diagram of all of a sample, laid out in so much room.
fn with_drawing(sample: &Sample, upright: bool, room: egui::Vec2, check: impl FnOnce(&LadderDrawing<'_>)) {
    let (scene, index) = (sample.scene(), synced(sample));
    let mut ladder = Ladder::default();
    ladder.stand(upright);
    ladder.hosts.follow(&scene, &index);
    let axis = ladder.axis(&scene, &index);
    let canvas = egui::Rect::from_min_size(egui::Pos2::ZERO, room);
    let divided = ladder.divide(&scene, &index, canvas, &axis);
    let (hosts, ground) = (&ladder.hosts, divided.ground);
    let source =
        DrawingInput { scene, index: &index, axis: &axis, hosts, ground, pick: None, hovered: None, glyph: 6.63 };
    check(&draw(&divided, source).1);
}

fn samples() -> Vec<(&'static str, Sample)> {
    vec![
        ("persistent", Sample::persistent(10, 100_000)),
        ("small objects", Sample::persistent(20, 1_000)),
        ("parallel", Sample::over(3, 10, 100_000, true)),
        ("five at once", Sample::over(5, 30, 20_000, true)),
        ("pipelined", Sample::pipelined(10, 20_000)),
        ("troubled", Sample::troubled()),
        ("sealed", Sample::sealed(true)),
        ("sealed, one end", Sample::sealed(false)),
        ("starttls", Sample::starttls(true)),
        ("starttls, one end", Sample::starttls(false)),
        ("internet", Sample::over(1, 4, 100_000, false)),
        ("internet, parallel", Sample::over(3, 10, 100_000, false)),
    ]
}

const ROOMS: [(bool, f32, f32); 6] = [
    (false, 992.0, 126.0),
    (false, 1_280.0, 166.0),
    (false, 1_280.0, 500.0),
    (false, 640.0, 300.0),
    (true, 540.0, 500.0),
    (true, 1_000.0, 900.0),
];

#[test]
fn no_label_lies_on_another_or_is_crossed_by_an_arrow_that_is_not_its_own() {
    for (name, sample) in samples() {
        for (upright, width, height) in ROOMS {
            with_drawing(&sample, upright, egui::vec2(width, height), |drawing| {
                let here = format!("{name}, upright: {upright}, {width} × {height}");
                assert!(!drawing.labels.is_empty(), "{here}");
                for (at, label) in drawing.labels.iter().enumerate() {
                    for other in &drawing.labels[at + 1..] {
                        assert!(!label.rect.intersects(other.rect), "{here}: {label:?} lies on {other:?}");
                    }
                    let own: Vec<Hit> =
                        drawing.hits.iter().filter(|hit| label.bursts.contains(&hit.burst)).copied().collect();
                    assert!(!own.is_empty());
                    for hit in drawing.hits.iter().filter(|hit| !is_own(hit, &own)) {
                        assert!(!covers(hit, label.rect), "{here}: {hit:?} crosses {label:?}");
                    }
                }
            });
        }
    }
}

#[test]
fn every_arrow_has_a_label_or_shares_one_or_is_counted() {
    for (name, sample) in samples() {
        let index = synced(&sample);
        for (upright, width, height) in ROOMS {
            with_drawing(&sample, upright, egui::vec2(width, height), |drawing| {
                let named: Vec<u32> = drawing.labels.iter().flat_map(|label| label.bursts.clone()).collect();
                let views = drawing.hits.iter().filter_map(|hit| BurstView::of(&sample.scene(), &index, hit.burst));
                let wanted = views.filter(|view| {
                    !view.is_spoken_for(&index)
                        && !view.label(&index).variants.is_empty()
                        && !named.contains(&view.number)
                });
                let here = format!("{name}, upright: {upright}, {width} × {height}");
                assert_eq!(wanted.count(), drawing.unlabelled, "{here}");
            });
        }
    }
}

#[test]
fn in_a_roomy_drawer_a_plain_exchange_is_labelled_throughout() {
    for (name, sample) in [("one", Sample::persistent(1, 20_000)), ("sealed", Sample::sealed(true))] {
        with_drawing(&sample, false, egui::vec2(1_280.0, 300.0), |drawing| {
            let labels: Vec<&str> = drawing.labels.iter().map(|label| label.text.as_str()).collect();
            assert_eq!(drawing.unlabelled, 0, "{name}: {labels:?}");
            for step in ["SYN", "SYN-ACK", "FIN"] {
                assert!(labels.contains(&step), "{name}: {step} in {labels:?}");
            }
            assert!(labels.iter().any(|label| label.contains("ACK,")), "{name}: {labels:?}");
        });
    }
}

#[test]
fn connections_that_do_not_fit_are_scrolled_to() {
    let mut window = harness(Sample::over(5, 10, 20_000, true), [992.0, 190.0]);
    let bar = window.get_by_label("Connections 1 to 2 of 5").rect();
    window.drag_at(bar.center_top() + egui::vec2(0.0, 3.0));
    window.drop_at(bar.center_bottom() - egui::vec2(0.0, 2.0));
    window.run();
    window.get_by_label("4–5 of 5 connections: drag for more");
}

#[test]
fn connections_that_do_not_fit_are_counted() {
    harness(Sample::over(5, 10, 20_000, true), [992.0, 190.0]).get_by_label("1–2 of 5 connections: drag for more");
    assert!(
        harness(Sample::over(5, 10, 20_000, true), [992.0, 500.0])
            .query_by_label_contains("connections: drag")
            .is_none()
    );
}

#[test]
fn every_connection_is_in_the_picture_that_is_saved() {
    let sample = Sample::over(5, 10, 20_000, true);
    let figure = figure("Five connections", 992.0, 166.0);
    let (index, until) = (synced(&sample), sample.ledger.ends_at());
    let svg = Ladder::default().drawing(figure, &sample.scene(), &index, until).checked_svg();
    assert!(svg.contains("<title>Five connections</title>"));
    for number in 1..=5 {
        assert!(svg.contains(&format!("#{number} www")), "connection {number}");
    }
}

#[test]
fn sealed_octets_nobody_opened_are_called_sealed() {
    let mut sample = Sample::new(true);
    let (flow, opened) = sample.connect(Duration::ZERO);
    sample.step(flow, Side::Client, opened, ConnectionStep::TlsEstablished);
    let content = EventContent::Octets(samples::kept(&[0x17; 55], 0));
    sample.event(
        flow,
        WireEvent { at: opened + millis(1), from: Side::Client, layer: Layer::Tls, content, transit: None },
    );
    assert_eq!(labels(&sample).last().map(String::as_str), Some("sealed · 55 B"));
}

/// A stretch of which the record says that things happened in it is not idle.
#[test]
fn a_fold_says_what_is_not_recorded() {
    let svg = |notes: &[(u64, &str)]| {
        let mut sample = Sample::new(true);
        let (flow, opened) = sample.connect(Duration::ZERO);
        sample.octets(flow, Side::Client, opened, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", 0);
        for (second, text) in notes {
            sample.note(FlowId(0), Duration::from_secs(*second), NoteKind::Unrecorded, text, None);
        }
        sample.step(flow, Side::Client, Duration::from_secs(100), ConnectionStep::Fin);
        sample.end(flow, Duration::from_secs(200), FlowState::Closed);
        let (index, until) = (synced(&sample), sample.ledger.ends_at());
        let mut ladder = Ladder { upright: true, ..Ladder::default() };
        ladder.drawing(figure("Folds", 600.0, 900.0), &sample.scene(), &index, until).checked_svg()
    };
    let nothing = svg(&[]);
    assert_eq!((nothing.matches(" idle<").count(), nothing.matches("not recorded").count()), (2, 0), "{nothing}");
    let one = svg(&[(30, "198 lookups not recorded")]);
    assert_eq!((one.matches(" idle<").count(), one.matches(">198 lookups not recorded<").count()), (1, 1), "{one}");
}
