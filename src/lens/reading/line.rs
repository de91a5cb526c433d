//! A line of a conversation as it is shown.

use std::{ops::Range, time::Duration};

use super::FlowReading;
use crate::{
    lens::{
        LineEnd,
        protocol::{LineSource, LineText, TextTone},
        streams::Track,
    },
    wire::{ConnectionStep, EventContent, EventIndex, Flow, Side},
};

/// One line of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConversationLine {
    /// Who said it.
    pub side: Side,
    /// When it crossed: its first octet, as the client's side saw it.
    pub at: Duration,
    /// The event that carried its first octet; of a step the step itself.
    pub event: EventIndex,
    /// What it says, without its line end. Control octets are shown as `\x..`, contents are summed up.
    pub text: String,
    /// What the parts of the text are: where each begins, in order.
    pub tones: Vec<(usize, TextTone)>,
    /// How it ended.
    pub end: LineEnd,
    /// Its octets in the side's [`OctetStream`](super::super::OctetStream). Empty for a step.
    pub range: Range<u64>,
    /// Beside it, what its octets do not say.
    pub aside: String,
    /// What is wrong with it.
    pub wrong: Option<String>,
    /// What it is for, where that can be said in a sentence.
    pub meaning: Option<String>,
}

impl ConversationLine {
    /// The parts of its text, each with what it is.
    pub fn parts(&self) -> impl Iterator<Item = (&str, TextTone)> {
        let first = self.tones.first().map_or(self.text.len(), |(at, _)| *at);
        let ends = self.tones.iter().skip(1).map(|(at, _)| *at).chain([self.text.len()]);
        let toned = self.tones.iter().zip(ends).map(|((from, tone), to)| (self.text.get(*from..to), *tone));
        let before = (self.text.get(..first), TextTone::Text);
        std::iter::once(before)
            .chain(toned)
            .filter_map(|(text, tone)| Some((text.filter(|text| !text.is_empty())?, tone)))
    }
}

impl FlowReading {
    /// How many lines the conversation has so far.
    pub fn line_count(&self) -> usize {
        self.passages.lines()
    }

    /// Line `number` of the conversation in `flow`, which is the flow that was read.
    pub fn line(&self, flow: &Flow, number: usize) -> Option<ConversationLine> {
        let (at, within) = self.passages.find(number)?;
        let (place, is_step) = self.passages.place(at)?;
        let event = flow.events.get(place.event as usize);
        let section = self.sections.get(usize::from(place.section));
        let base = section.map_or(0, |section| section.begins(place.side));
        let stream = self.stream(flow, Track::Application, place.side);
        let source = LineSource { place: self.passages.line(at, within, stream, base)? };
        let text = match (event.map(|event| &event.content), section) {
            (Some(EventContent::Step(step)), _) if is_step => {
                LineText::plain(self.step_text(*step, place.event).to_owned(), TextTone::Step)
            }
            (_, Some(section)) => section.reader.line(&source),
            (_, None) => LineText::default(),
        };
        let own = text.range.unwrap_or_else(|| source.range());
        let range = if is_step { 0..0 } else { own.start.saturating_add(base)..own.end.saturating_add(base) };
        Some(ConversationLine {
            side: place.side,
            at: event.map(|event| event.at).unwrap_or_default(),
            event: EventIndex(place.event),
            text: text.text,
            tones: text.tones,
            end: text.end,
            range,
            aside: text.aside,
            wrong: self.passages.wrong_of(number).cloned().or(text.wrong),
            meaning: text.meaning,
        })
    }

    /// The line that shows the octet at `offset` of `side`'s stream.
    pub fn line_at(&self, flow: &Flow, side: Side, offset: u64) -> Option<usize> {
        let event = self.stream(flow, Track::Application, side).event_at(offset)?;
        let first = self.passages.covering(side, offset, u32::try_from(event).ok()?)?;
        let covers = |line: &usize| self.line(flow, *line).is_some_and(|line| line.range.contains(&offset));
        (first..self.line_count()).take(MAX_TOGETHER).find(covers)
    }

    /// The line in which `event`'s octets begin, or that is the step `event`.
    pub fn line_of_event(&self, flow: &Flow, event: EventIndex) -> Option<usize> {
        let side = flow.events.get(event.0 as usize)?.from;
        let range = self.stream(flow, Track::Application, side).range_of(event.0 as usize);
        match range {
            Some(range) => self.line_at(flow, side, range.start),
            None => self.passages.of_step(event.0),
        }
    }

    /// How many lines begin before `event`.
    pub fn lines_before(&self, event: EventIndex) -> usize {
        self.passages.before_event(event.0)
    }

    /// The last event that carried octets of a line.
    pub fn last_event(&self, flow: &Flow, line: &ConversationLine) -> EventIndex {
        let last = line.range.end.checked_sub(1).filter(|_| !line.range.is_empty());
        let event = last.and_then(|last| self.stream(flow, Track::Application, line.side).event_at(last));
        event.and_then(|event| u32::try_from(event).ok()).map_or(line.event, EventIndex)
    }

    fn step_text(&self, step: ConnectionStep, event: u32) -> &'static str {
        match step {
            ConnectionStep::Fin => "has nothing more to send (FIN)",
            ConnectionStep::Rst => "tore the connection down (RST)",
            ConnectionStep::TlsEstablished if self.was_clear_before(event as usize) => {
                "TLS begins: what follows is sealed on the wire"
            }
            ConnectionStep::TlsEstablished => "TLS is established: what follows is sealed on the wire",
            ConnectionStep::Syn
            | ConnectionStep::SynAck
            | ConnectionStep::Ack
            | ConnectionStep::Lost
            | ConnectionStep::Retransmit => "",
        }
    }

    /// Was something said in the clear before `event`?
    pub fn was_clear_before(&self, event: usize) -> bool {
        self.sections.iter().any(|section| {
            section.track == Track::Application
                && !section.is_above_tls()
                && !section.is_empty()
                && section.event < event
        })
    }
}

/// More lines than this are never kept together.
const MAX_TOGETHER: usize = 128;
