//! Messages in the octets view: the lens's fields beside the octets they stand on.

use egui_kittest::{Harness, kittest::Queryable as _};

use super::*;
use crate::{
    app::{parts::samples::Sample, theme},
    wire::{EventContent, FlowId},
};

struct OctetsWindow {
    sample: Sample,
    index: RecordIndex,
    view: OctetsView,
    pick: RecordSelection,
}

impl OctetsWindow {
    /// The octets view of what `flow`'s event `event` is part of.
    fn at(sample: Sample, flow: FlowId, event: usize) -> Harness<'static, Self> {
        let mut index = RecordIndex::default();
        assert!(index.sync(&sample.scene(), usize::MAX));
        let pick = RecordSelection { job: sample.scene().subject.job, flow, event: Some(EventIndex(small(event))) };
        let window = Self { sample, index, view: OctetsView::default(), pick };
        let paint = |ui: &mut Ui, window: &mut Self| {
            let Self { sample, index, view, pick } = window;
            let picked = view.ui(ui, &sample.scene(), index, sample.ledger.ends_at(), Some(*pick));
            *pick = picked.unwrap_or(*pick);
        };
        let mut harness = Harness::builder()
            .with_size([1440.0, 900.0])
            .with_context_setup(theme::install)
            .build_ui_state(paint, window);
        harness.run_steps(3);
        harness
    }

    /// The octets that are lit up by a click.
    fn pinned(&self) -> Option<&[u8]> {
        let (_, octets) = self.view.shown.as_ref()?;
        octets.bytes().get(self.view.tree.range(self.view.highlight.pinned?)?)
    }
}

/// What client and server say in turn, an event each, on a new connection.
fn talk(messages: &[(Side, &[u8])]) -> (Sample, FlowId, usize) {
    let mut sample = Sample::new(true);
    let (flow, mut now) = sample.connect(Duration::ZERO);
    for (from, bytes) in messages {
        now = sample.octets(flow, *from, now, bytes, 0) + Duration::from_millis(50);
    }
    let last = sample.ledger.flow(flow).unwrap().events.len() - 1;
    (sample, flow, last)
}

const CHUNKED: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n\
    5\r\nhello\r\n6;a=b\r\n world\r\n0\r\n\r\n";

#[test]
fn a_chunked_response_shows_its_lines_and_chunks() {
    let (sample, flow, last) = talk(&[(Side::Client, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"), (Side::Server, CHUNKED)]);
    let harness = OctetsWindow::at(sample, flow, last);
    for label in [
        "status line: HTTP/1.1 200 OK",
        "status code: 200",
        "Transfer-Encoding: chunked",
        "chunk size: 5 = 5 octets",
        "chunk size: 6 = 6 octets",
        "last chunk: 0 = 0 octets",
    ] {
        harness.get_by_label_contains(label);
    }
}

#[test]
fn a_click_on_a_field_lights_its_octets() {
    let (sample, flow, last) = talk(&[(Side::Client, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"), (Side::Server, CHUNKED)]);
    let mut harness = OctetsWindow::at(sample, flow, last);
    for (label, octets) in [
        ("status code: 200", &b"200"[..]),
        ("Content-Type: text/plain", b"Content-Type: text/plain\r\n"),
        ("chunk size: 6 = 6 octets", b"6;a=b\r\n"),
    ] {
        harness.get_by_label_contains(label).click();
        harness.run_steps(3);
        assert_eq!(harness.state().pinned(), Some(octets), "{label}");
    }
    let view = &harness.state().view;
    let size = view.tree.field_at(CHUNKED.len() - 27).and_then(|field| view.tree.words().get(field).copied());
    assert_eq!(size.map(|(name, _)| name), Some("chunk content"), "and an octet finds its field");
}

#[test]
fn a_request_shows_its_line_and_fields() {
    let request: (Side, &[u8]) = (Side::Client, b"GET /a HTTP/1.1\r\nHost: www.someschool.edu\r\n\r\n");
    let (sample, flow, last) = talk(&[request]);
    let harness = OctetsWindow::at(sample, flow, last);
    for label in ["request line: GET /a HTTP/1.1", "method: GET", "target: /a", "Host: www.someschool.edu"] {
        harness.get_by_label_contains(label);
    }
}

#[test]
fn an_answer_to_head_misses_no_content() {
    let (sample, flow, last) = talk(&[
        (Side::Client, b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n"),
        (Side::Server, b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n"),
    ]);
    let harness = OctetsWindow::at(sample, flow, last);
    harness.get_by_label_contains("end of the head: no content follows");
    assert!(harness.query_by_label_contains("wrong").is_none());
}

#[test]
fn http2_frames_are_read_in_every_turn() {
    let settings = b"\0\0\0\x04\0\0\0\0\0";
    let ask = [crate::proto::http::server::HTTP2_PREFACE, settings, b"\0\0\x03\x01\x05\0\0\0\x01\x82\x86\x84"].concat();
    let (sample, flow, last) = talk(&[
        (Side::Client, &ask),
        (Side::Server, settings),
        (Side::Client, b"\0\0\0\x04\x01\0\0\0\0"),
        (Side::Server, b"\0\0\x01\x01\x04\0\0\0\x01\x88\0\0\x02\0\x01\0\0\0\x01ok"),
    ]);
    let mut harness = OctetsWindow::at(sample, flow, last);
    for label in ["HEADERS: ", ":status: 200", "DATA: ", "data: 2 octets"] {
        harness.get_by_label_contains(label);
    }
    harness.get_by_label_contains("data: 2 octets").click();
    harness.run_steps(3);
    assert_eq!(harness.state().pinned(), Some(&b"ok"[..]));
}

#[test]
fn octets_no_lens_fits_have_no_fields() {
    let (sample, flow, last) = talk(&[(Side::Server, b"220 mail ready\r\n")]);
    let harness = OctetsWindow::at(sample, flow, last);
    harness.get_by_label_contains("not read any further");
    assert!(harness.state().view.tree.words().is_empty());
}

#[test]
fn where_tls_begins_in_the_middle_what_was_clear_before_stays_to_be_read() {
    let sample = Sample::starttls(true);
    let flow = FlowId(1);
    let events = &sample.ledger.flow(flow).unwrap().events;
    let at = |text: &[u8]| {
        let found = events
            .iter()
            .position(|event| matches!(&event.content, EventContent::Octets(octets) if octets.bytes == text));
        found.unwrap()
    };
    let (clear, sealed) = (at(b"STARTTLS\r\n"), at(b"RCPT TO:<bob@hamburger.edu>\r\n"));
    for (event, labels) in [(clear, ["Command", "STARTTLS"]), (sealed, ["Command", "RCPT"])] {
        let harness = OctetsWindow::at(Sample::starttls(true), flow, event);
        for label in labels {
            assert!(harness.query_all_by_label_contains(label).next().is_some(), "{label}");
        }
    }
}

#[test]
fn a_step_of_the_connection_shows_the_message_before_it() {
    let (sample, flow, last) = talk(&[(Side::Client, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"), (Side::Server, CHUNKED)]);
    let mut sample = sample;
    let at = sample.ledger.ends_at() + Duration::from_millis(10);
    let event = crate::wire::WireEvent {
        at,
        from: Side::Server,
        layer: crate::wire::Layer::Transport,
        content: EventContent::Step(crate::wire::ConnectionStep::Fin),
        transit: None,
    };
    sample.ledger.apply(crate::wire::Entry::Event { id: flow, event });
    let harness = OctetsWindow::at(sample, flow, last + 1);
    harness.get_by_label_contains("status line: HTTP/1.1 200 OK");
    let (sample, flow, _) = talk(&[(Side::Client, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"), (Side::Server, CHUNKED)]);
    let harness = OctetsWindow::at(sample, flow, 0);
    harness.get_by_label_contains("request line: GET / HTTP/1.1");
}

#[test]
fn messages_that_left_in_one_event_are_all_reached() {
    let pipelined =
        b"GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\nGET /3 HTTP/1.1\r\nHost: x\r\n\r\n";
    let (sample, flow, last) = talk(&[(Side::Client, pipelined)]);
    let mut harness = OctetsWindow::at(sample, flow, last);
    let mut seen = Vec::new();
    for _ in 0..3 {
        let target = (1..=3).find(|n| harness.query_by_label_contains(&format!("request line: GET /{n} ")).is_some());
        seen.push(target.expect("a request is shown"));
        harness.get_by_label("Message before").click();
        harness.run_steps(3);
    }
    assert_eq!(seen, [3, 2, 1]);
}

#[test]
fn what_is_picked_is_there_in_the_first_frame() {
    let (sample, flow, last) = talk(&[(Side::Client, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"), (Side::Server, CHUNKED)]);
    let mut index = RecordIndex::default();
    let pick = RecordSelection { job: sample.scene().subject.job, flow, event: Some(EventIndex(small(last))) };
    assert!(!index.sync(&sample.scene(), 1), "a large record is read over many frames");
    assert_eq!(chosen(&sample.scene(), &index, sample.ledger.ends_at(), Some(pick)), ChosenMessage::NotReadYet);
    assert!(index.sync(&sample.scene(), usize::MAX));
    let ChosenMessage::Is(message) = chosen(&sample.scene(), &index, sample.ledger.ends_at(), Some(pick)) else {
        panic!()
    };
    assert_eq!(index.message(message).unwrap().from, Side::Server);
}
