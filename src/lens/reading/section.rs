//! A part of a flow in which one protocol is spoken, and what happened in it.

use std::ops::Range;

use crate::{
    lens::{
        plain::PLAIN,
        protocol::{
            FlowOpening, FlowPiece, FlowTransport, MAX_OPENING, Protocol, ProtocolReader, SectionEvent, Switch,
        },
        protocols::choose,
        streams::{StreamIndex, Track, octets_of},
    },
    wire::{ConnectionStep, End, EventContent, Flow, FlowKind, Side},
};

/// A part of a flow in which one protocol is spoken. Until it is told which, its octets are read as nothing but octets.
#[derive(Debug)]
pub(super) struct FlowSection {
    pub(super) protocol: &'static dyn Protocol,
    pub(super) reader: Box<dyn ProtocolReader>,
    pub(super) is_decided: bool,
    pub(super) track: Track,
    /// Where it begins in the client's and in the server's stream.
    pub(super) begins: [u64; 2],
    /// The event it begins in.
    pub(super) event: usize,
    /// How many passages of lines stand before it.
    pub(super) passages: usize,
    /// Which sides have ended their sending.
    pub(super) ended: [bool; 2],
    is_above_tls: bool,
    /// What was spoken before, where it goes on above TLS.
    before: Option<&'static dyn Protocol>,
    first: Option<Side>,
    agreed: Option<String>,
    port: Option<u16>,
}

impl FlowSection {
    /// One that begins at an event, of which it is not known yet what is spoken.
    pub(super) fn undecided(begins: [u64; 2], event: usize, passages: usize) -> Self {
        Self {
            protocol: PLAIN,
            reader: PLAIN.reader(&FlowOpening::default()),
            is_decided: false,
            track: Track::Application,
            begins,
            event,
            passages,
            ended: [false; 2],
            is_above_tls: false,
            before: None,
            first: None,
            agreed: None,
            port: None,
        }
    }

    /// After both sides agreed on another protocol or on TLS, or the server opened a tunnel.
    pub(super) fn after_switch(self, before: &Self, switch: Switch) -> Self {
        let resumed = Some(before.protocol).filter(|_| switch.begins_tls);
        Self { before: resumed, is_above_tls: before.is_above_tls, agreed: switch.agreed, port: switch.port, ..self }
    }

    /// Above TLS or in the clear, after TLS began or ended, with the protocol that was spoken before, if it is known.
    pub(super) fn after_turn(self, before: Option<&'static dyn Protocol>, is_above_tls: bool) -> Self {
        let resumes = FlowOpening { resumes: true, ..FlowOpening::default() };
        let next = Self { is_above_tls, ..self };
        match before {
            Some(protocol) => Self { protocol, reader: protocol.reader(&resumes), is_decided: true, ..next },
            None => next,
        }
    }

    /// Of octets as TLS sealed them.
    pub(super) fn sealed(protocol: &'static dyn Protocol, event: usize) -> Self {
        let reader = protocol.reader(&FlowOpening::default());
        let track = Track::Sealed;
        Self { protocol, reader, is_decided: true, track, ..Self::undecided([0; 2], event, 0) }
    }

    /// TLS begins or ends before anything has been said in it: it begins anew, at `event`.
    pub(super) fn begin_anew(&mut self, event: usize, passages: usize, is_above_tls: bool) {
        *self = Self::undecided(self.begins, event, passages).after_turn(self.before, is_above_tls);
    }

    /// Has nothing been said in it?
    pub(super) fn is_empty(&self) -> bool {
        self.first.is_none()
    }

    pub(super) fn is_above_tls(&self) -> bool {
        self.is_above_tls
    }

    pub(super) fn begins(&self, side: Side) -> u64 {
        self.begins.get(side as usize).copied().unwrap_or_default()
    }

    /// `side` speaks.
    pub(super) fn speaks(&mut self, side: Side) {
        self.first.get_or_insert(side);
    }

    /// Tells which protocol is spoken, as far as that can be told by now, and takes its reader. Returns whether it has just been told.
    pub(super) fn decide(&mut self, flow: &Flow, streams: &StreamIndex, is_final: bool) -> bool {
        if self.is_decided {
            return false;
        }
        let beginning = |side: Side| {
            let (from, stream) = (self.begins(side), streams.stream(flow, self.track, side));
            stream.beginning(from..from.saturating_add(MAX_OPENING as u64), MAX_OPENING)
        };
        let (client, server) = (beginning(Side::Client), beginning(Side::Server));
        let is_cut = |side: &crate::lens::ExcerptBuf| !side.gaps.is_empty() || side.bytes.len() >= MAX_OPENING;
        let port = |end: &End| end.ip_port.map(|ip_port| ip_port.port());
        let opening = FlowOpening {
            transport: if flow.kind == FlowKind::Datagrams { FlowTransport::Datagrams } else { FlowTransport::Stream },
            client_port: port(&flow.ends.client),
            server_port: self.port.or_else(|| port(&flow.ends.server)),
            first: self.first,
            client: first_datagram(flow, Side::Client).unwrap_or(&client.bytes),
            server: first_datagram(flow, Side::Server).unwrap_or(&server.bytes),
            agreed: self.agreed.as_deref(),
            resumes: false,
            is_final: is_final || is_cut(&client) || is_cut(&server),
        };
        let Some(protocol) = choose(&opening) else { return false };
        self.reader = protocol.reader(&opening);
        self.protocol = protocol;
        self.is_decided = true;
        true
    }
}

/// The first datagram of a side, in a flow of datagrams.
fn first_datagram(flow: &Flow, side: Side) -> Option<&[u8]> {
    let own = |event: &&crate::wire::WireEvent| event.from == side && octets_of(event).is_some();
    let first = flow.events.iter().filter(|_| flow.kind == FlowKind::Datagrams).find(own);
    first.and_then(octets_of).map(|(_, octets)| octets.bytes.as_ref())
}

/// What one of a flow's events means to the section whose first octets are `begins` and whose last ones are before `ends`: octets, as far as
/// they are its own, and who has ended their sending.
pub(super) fn events_of<'a>(
    flow: &'a Flow,
    streams: &StreamIndex,
    event: usize,
    (begins, ends): ([u64; 2], [u64; 2]),
) -> impl Iterator<Item = SectionEvent<'a>> + use<'a> {
    let found = flow.events.get(event);
    let side = found.map_or(Side::Client, |event| event.from);
    let ended: &[Side] = match found.map(|event| &event.content) {
        Some(EventContent::Step(ConnectionStep::Fin)) => match side {
            Side::Client => &[Side::Client],
            Side::Server => &[Side::Server],
        },
        Some(EventContent::Step(ConnectionStep::Rst)) => &[Side::Client, Side::Server],
        Some(EventContent::Step(_) | EventContent::Octets(_)) | None => &[],
    };
    let octets = found.and_then(octets_of).filter(|(track, _)| *track == Track::Application).map(|(_, octets)| octets);
    let piece = octets.and_then(|octets| {
        let at = streams.length_until(flow, event, Track::Application, side);
        let own = |places: [u64; 2]| places.get(side as usize).copied().unwrap_or_default();
        let range = at.max(own(begins))..at.saturating_add(octets.wire_len()).min(own(ends));
        piece_of(octets, at, range, own(begins), side)
    });
    piece.map(SectionEvent::Octets).into_iter().chain(ended.iter().map(|side| SectionEvent::End(*side)))
}

/// The octets `range` of an event's octets, the first of which is at `at`, for a section that begins at `base`.
fn piece_of(octets: &crate::wire::Octets, at: u64, range: Range<u64>, base: u64, side: Side) -> Option<FlowPiece<'_>> {
    if range.start >= range.end {
        return None;
    }
    let kept = |offset: u64| usize::try_from(offset - at).unwrap_or(usize::MAX).min(octets.bytes.len());
    let (from, to) = (kept(range.start), kept(range.end));
    let bytes = octets.bytes.get(from..to).unwrap_or_default();
    let omitted = range.end - range.start - bytes.len() as u64;
    Some(FlowPiece { side, at: range.start - base, bytes, omitted })
}
