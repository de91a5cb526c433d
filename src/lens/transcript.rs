//! Sessions written down for tests: `C:` and `S:` lines, each an event; `T:` where TLS begins.

use std::time::Duration;

use bytes::Bytes;

use super::{FieldNode, FlowMessage, FlowReading, NO_EXCHANGE, Track, UNREAD};
use crate::wire::{
    ConnectionStep, End, Ends, Entry, EventContent, Flow, FlowId, FlowKind, FlowState, Layer, Ledger, Octets, Side,
    WireEvent,
};

/// A session, and what a reading of it found.
pub(super) struct Transcript {
    pub(super) flow: Flow,
    pub(super) reading: FlowReading,
    messages: Vec<FlowMessage>,
}

impl Transcript {
    /// A session with a server at `port`. Lines end with CR LF, those that end with a backslash do not; `\n` within one is LF alone.
    pub(super) fn of(port: u16, script: &str) -> Self {
        let (flow, mut reading) = (flow(port, script), FlowReading::default());
        let messages = reading.messages(&flow);
        Self { flow, reading, messages }
    }

    /// What is spoken, one after the other.
    pub(super) fn protocols(&self) -> Vec<&'static str> {
        self.reading.protocols().map(super::Protocol::name).collect()
    }

    /// The conversation: `C: EHLO x`, with what stands beside a line and what is wrong with it.
    pub(super) fn lines(&self) -> Vec<String> {
        let line = |number| {
            let line = self.reading.line(&self.flow, number).unwrap();
            let side = if line.side == Side::Client { 'C' } else { 'S' };
            let wrong = line.wrong.map(|wrong| format!(" ! {wrong}")).unwrap_or_default();
            format!("{side}: {}{}{wrong}", line.text, line.aside)
        };
        (0..self.reading.line_count()).map(line).collect()
    }

    /// What its messages are called, each with its exchange: `1 Command`.
    pub(super) fn messages(&self) -> Vec<String> {
        let message = |message: &FlowMessage| {
            let FlowMessage { side, section, kind, exchange, .. } = *message;
            let exchange = if exchange == NO_EXCHANGE { "-".to_owned() } else { exchange.to_string() };
            format!("{exchange} {}", self.reading.noun(section, side, kind))
        };
        self.messages.iter().filter(|message| message.kind != UNREAD).map(message).collect()
    }

    /// The fields of message `number`, in the order of the tree: `verb = EHLO`, deeper ones behind dots.
    pub(super) fn fields(&self, number: usize) -> Vec<String> {
        let mut lines = Vec::new();
        for node in self.nodes(number) {
            push_lines(&node, 0, &mut lines);
        }
        lines
    }

    /// The same, as nodes.
    pub(super) fn nodes(&self, number: usize) -> Vec<FieldNode> {
        self.reading.fields_of(&self.flow, &self.messages[number], &self.messages)
    }

    /// What is wrong anywhere in the fields of its messages.
    pub(super) fn faults(&self) -> Vec<String> {
        fn find(node: &FieldNode, found: &mut Vec<String>) {
            found.extend(node.wrong.clone());
            node.parts.iter().for_each(|part| find(part, found));
        }
        let mut found = Vec::new();
        (0..self.messages.len()).for_each(|number| self.nodes(number).iter().for_each(|node| find(node, &mut found)));
        found
    }

    /// How many octets of a track a side sent.
    pub(super) fn length(&self, track: Track, side: Side) -> u64 {
        self.reading.length(track, side)
    }
}

fn push_lines(node: &FieldNode, depth: usize, lines: &mut Vec<String>) {
    lines.push(format!("{}{} = {}", "· ".repeat(depth), node.name, node.value));
    node.parts.iter().filter(|part| part.name != "line end").for_each(|part| push_lines(part, depth + 1, lines));
}

fn flow(port: u16, script: &str) -> Flow {
    let (id, at) = (FlowId(0), Duration::ZERO);
    let end = |name: &str, port: Option<u16>| End {
        name: name.to_owned(),
        ip_port: port.map(|port| std::net::SocketAddr::from(([127, 0, 0, 1], port))),
    };
    let ends = Ends { client: end("you", None), server: end("mail.lab", Some(port)) };
    let mut ledger = Ledger::default();
    ledger.apply(Entry::Opened { id, parent: None, kind: FlowKind::Connection, title: String::new(), ends, at });
    let mut layer = Layer::Stream;
    let sealed = |ledger: &mut Ledger, at, from, bytes: &[u8]| {
        let content = EventContent::Octets(Octets { bytes: Bytes::copy_from_slice(bytes), masked: None, omitted: 0 });
        ledger.apply(Entry::Event { id, event: WireEvent { at, from, layer: Layer::Tls, content, transit: None } });
    };
    for (number, line) in script.lines().map(str::trim_start).filter(|line| !line.is_empty()).enumerate() {
        let at = Duration::from_millis(number as u64);
        let (who, text) = line.split_at(line.len().min(2));
        let from = if who == "S:" { Side::Server } else { Side::Client };
        if who == "T:" {
            sealed(&mut ledger, at, Side::Client, b"\x16\x03\x01\0\x01\x01");
            sealed(&mut ledger, at, Side::Server, b"\x16\x03\x03\0\x01\x02");
            layer = Layer::Plain;
            let content = EventContent::Step(ConnectionStep::TlsEstablished);
            let event = WireEvent { at, from, layer: Layer::Transport, content, transit: None };
            ledger.apply(Entry::Event { id, event });
            continue;
        }
        let text = text.strip_prefix(' ').unwrap_or(text).replace("\\n", "\n");
        let bytes = text.strip_suffix('\\').map_or_else(|| format!("{text}\r\n"), str::to_owned).into_bytes();
        let octets = Octets { bytes: bytes.into(), masked: None, omitted: 0 };
        let event = WireEvent { at, from, layer, content: EventContent::Octets(octets), transit: None };
        ledger.apply(Entry::Event { id, event });
    }
    ledger.apply(Entry::Ended { id, at: Duration::from_secs(1), state: FlowState::Closed });
    ledger.flow(id).unwrap().clone()
}
