//! All messages of a flow at once, for those who do not follow it event by event.

use std::ops::Range;

use super::{EventRuns, FlowReading, Revision};
use crate::{
    lens::{ExcerptBuf, FieldNode, MessageSource, NO_EXCHANGE, SectionNumber, Track, streams::octets_of},
    wire::{Flow, FlowState, Side},
};

/// A message, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowMessage {
    /// Who sent it.
    pub side: Side,
    /// Where it was seen.
    pub track: Track,
    /// Its octets in their stream, left out ones included.
    pub range: Range<u64>,
    /// Which section of the flow it is in.
    pub section: SectionNumber,
    /// Its reader's own number for what it is.
    pub kind: u8,
    /// The number that it shares with the messages that it answers or that answer it; [`NO_EXCHANGE`] where none is known.
    pub exchange: u32,
}

impl FlowReading {
    /// Reads what `flow` has got since the last call, and returns the messages that began in it.
    pub fn messages(&mut self, flow: &Flow) -> Vec<FlowMessage> {
        let (mut runs, mut messages) = (EventRuns::default(), Vec::<FlowMessage>::new());
        while self.take(flow, &mut runs) {
            self.revise(flow, &mut messages, runs.revised());
            let number = self.taken().saturating_sub(1);
            let Some(event) = flow.events.get(number) else { break };
            let Some((track, octets)) = octets_of(event) else { continue };
            let mut at = self.length(track, event.from).saturating_sub(octets.wire_len());
            for run in runs.list() {
                let range = at..at + run.octets;
                at = range.end;
                let own = |message: &&mut FlowMessage| (message.side, message.track) == (event.from, track);
                match messages.iter_mut().rev().find(own).filter(|_| !run.begins) {
                    Some(open) => {
                        open.range.end = range.end;
                        (open.kind, open.exchange) = (run.kind, run.exchange);
                    }
                    None => messages.push(FlowMessage {
                        side: event.from,
                        track,
                        range,
                        section: run.section,
                        kind: run.kind,
                        exchange: run.exchange,
                    }),
                }
            }
        }
        if flow.state != FlowState::Live {
            self.finish(flow, &mut runs);
            self.revise(flow, &mut messages, runs.revised());
        }
        messages
    }

    /// The octets of a message.
    pub fn octets(&self, flow: &Flow, message: &FlowMessage) -> ExcerptBuf {
        self.stream(flow, message.track, message.side).octets(message.range.clone(), usize::MAX)
    }

    /// A message as a tree, read in the light of the one among `all` that it answers.
    pub fn fields_of(&self, flow: &Flow, message: &FlowMessage, all: &[FlowMessage]) -> Vec<FieldNode> {
        let asked = all.iter().find(|other| {
            let same = (other.section, other.exchange) == (message.section, message.exchange);
            same && message.exchange != NO_EXCHANGE && (other.side, message.side) == (Side::Client, Side::Server)
        });
        let asked = asked.map(|asked| self.octets(flow, asked).bytes);
        let octets = self.octets(flow, message);
        let FlowMessage { side, kind, ref range, section, .. } = *message;
        let source =
            MessageSource { side, kind, at: range.start, octets: octets.as_excerpt(), request: asked.as_deref() };
        self.fields(section, &source)
    }

    /// What earlier events say is known better by now.
    fn revise(&self, flow: &Flow, messages: &mut [FlowMessage], revised: &[Revision]) {
        for revision in revised {
            let Some(event) = flow.events.get(revision.event.0 as usize) else { continue };
            let stream = self.stream(flow, Track::Application, event.from);
            let Some(range) = stream.range_of(revision.event.0 as usize) else { continue };
            let own = messages.iter_mut().find(|message| {
                (message.side, message.track, message.section) == (event.from, Track::Application, revision.section)
                    && message.range.start < range.end
                    && range.start < message.range.end
            });
            if let Some(message) = own {
                (message.kind, message.exchange) = (revision.kind, revision.exchange);
            }
        }
    }
}
