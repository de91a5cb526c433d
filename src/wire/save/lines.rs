//! The shapes of a saved run's lines. Shape of the JSON and nothing else: what lines mean together is checked by the reader.

use std::{borrow::Cow, ops::Range, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{FORMAT, LoadFlaw, SavedRun, VERSION};
use crate::wire::{
    ConnectionStep, Ends, Entry, EventContent, EventIndex, Failure, FlowId, FlowKind, FlowState, Layer, Note, NoteKind,
    Octets, Side, Transit, WireEvent,
};

/// What makes a first line one of ours, read before anything else.
#[derive(Deserialize)]
pub(super) struct FormatMark {
    pub(super) format: String,
    pub(super) version: u64,
}

/// The first line.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileHeader<'a> {
    format: Cow<'a, str>,
    version: u32,
    made_by: String,
    pub(super) experiment: Cow<'a, str>,
    #[serde(default)]
    pub(super) config: Cow<'a, Value>,
    #[serde(default)]
    pub(super) report: Cow<'a, Value>,
}

impl<'a> FileHeader<'a> {
    pub(super) fn of(run: &'a SavedRun) -> Self {
        Self {
            format: FORMAT.into(),
            version: VERSION,
            made_by: concat!("Roundtrip ", env!("CARGO_PKG_VERSION")).to_owned(),
            experiment: Cow::Borrowed(&run.experiment),
            config: Cow::Borrowed(&run.config),
            report: Cow::Borrowed(&run.report),
        }
    }
}

/// Any other line.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) enum FileLine {
    Opened {
        flow: FlowId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        parent: Option<FlowId>,
        kind: FlowKind,
        title: String,
        ends: Ends,
        at_ns: u64,
    },
    Ends {
        flow: FlowId,
        ends: Ends,
    },
    Step {
        flow: FlowId,
        at_ns: u64,
        from: Side,
        layer: Layer,
        step: ConnectionStep,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        transit_ns: Option<[u64; 4]>,
    },
    Octets {
        flow: FlowId,
        at_ns: u64,
        from: Side,
        layer: Layer,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        base64: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        masked: Option<[u32; 2]>,
        #[serde(default, skip_serializing_if = "is_zero")]
        omitted: u64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        transit_ns: Option<[u64; 4]>,
    },
    Carried {
        flow: FlowId,
        index: EventIndex,
        transit_ns: [u64; 4],
    },
    Unseen {
        flow: FlowId,
        from: Side,
        layer: Layer,
        octets: u64,
    },
    Note {
        flow: FlowId,
        at_ns: u64,
        about: NoteKind,
        text: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        clause: Option<String>,
    },
    Ended {
        flow: FlowId,
        at_ns: u64,
        state: EndState,
    },
    End {
        lines: u64,
    },
}

/// How a flow ended: [`FlowState`] without the one that is no end.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum EndState {
    Closed,
    Stopped,
    Failed(Failure),
}

impl From<Entry> for FileLine {
    fn from(entry: Entry) -> Self {
        match entry {
            Entry::Opened { id, parent, kind, title, ends, at } => {
                Self::Opened { flow: id, parent, kind, title, ends, at_ns: nanos(at) }
            }
            Entry::EndsKnown { id, ends } => Self::Ends { flow: id, ends },
            Entry::Event { id, event } => event_line(id, event),
            Entry::Carried { id, index, transit } => Self::Carried { flow: id, index, transit_ns: times(transit) },
            Entry::Unseen { id, from, layer, octets } => Self::Unseen { flow: id, from, layer, octets },
            Entry::Noted { id, note: Note { at, kind, text, clause } } => {
                Self::Note { flow: id, at_ns: nanos(at), about: kind, text, clause }
            }
            Entry::Ended { id, at, state } => {
                let state = match state {
                    // A ledger has no such entry; if it had, that the flow ended is what counts.
                    FlowState::Live | FlowState::Closed => EndState::Closed,
                    FlowState::Stopped => EndState::Stopped,
                    FlowState::Failed(failure) => EndState::Failed(failure),
                };
                Self::Ended { flow: id, at_ns: nanos(at), state }
            }
        }
    }
}

fn event_line(flow: FlowId, event: WireEvent) -> FileLine {
    let WireEvent { at, from, layer, content, transit } = event;
    let (at_ns, transit_ns) = (nanos(at), transit.map(times));
    match content {
        EventContent::Step(step) => FileLine::Step { flow, at_ns, from, layer, step, transit_ns },
        EventContent::Octets(Octets { bytes, masked, omitted }) => {
            let (text, base64) = match readable(&bytes) {
                _ if bytes.is_empty() => (None, None),
                Some(text) => (Some(text.to_owned()), None),
                None => (None, Some(BASE64.encode(&bytes))),
            };
            let masked = masked.map(|range| [range.start, range.end]);
            FileLine::Octets { flow, at_ns, from, layer, text, base64, masked, omitted, transit_ns }
        }
    }
}

impl FileLine {
    /// The entry the line stands for; `None` for the last line.
    pub(super) fn entry(self) -> Result<Option<Entry>, LoadFlaw> {
        Ok(Some(match self {
            Self::Opened { flow, parent, kind, title, ends, at_ns } => {
                Entry::Opened { id: flow, parent, kind, title, ends, at: Duration::from_nanos(at_ns) }
            }
            Self::Ends { flow, ends } => Entry::EndsKnown { id: flow, ends },
            Self::Step { flow, at_ns, from, layer, step, transit_ns } => {
                let at = Duration::from_nanos(at_ns);
                let transit = transit_ns.map(transit);
                Entry::Event {
                    id: flow,
                    event: WireEvent { at, from, layer, content: EventContent::Step(step), transit },
                }
            }
            Self::Octets { flow, at_ns, from, layer, text, base64, masked, omitted, transit_ns } => {
                let bytes = kept(text, base64)?;
                let masked = masked.map(|range| within(range, &bytes)).transpose()?;
                let content = EventContent::Octets(Octets { bytes, masked, omitted });
                let (at, transit) = (Duration::from_nanos(at_ns), transit_ns.map(transit));
                Entry::Event { id: flow, event: WireEvent { at, from, layer, content, transit } }
            }
            Self::Carried { flow, index, transit_ns } => {
                Entry::Carried { id: flow, index, transit: transit(transit_ns) }
            }
            Self::Unseen { flow, from, layer, octets } => Entry::Unseen { id: flow, from, layer, octets },
            Self::Note { flow, at_ns, about, text, clause } => {
                Entry::Noted { id: flow, note: Note { at: Duration::from_nanos(at_ns), kind: about, text, clause } }
            }
            Self::Ended { flow, at_ns, state } => {
                let state = match state {
                    EndState::Closed => FlowState::Closed,
                    EndState::Stopped => FlowState::Stopped,
                    EndState::Failed(failure) => FlowState::Failed(failure),
                };
                Entry::Ended { id: flow, at: Duration::from_nanos(at_ns), state }
            }
            Self::End { .. } => return Ok(None),
        }))
    }
}

fn kept(text: Option<String>, base64: Option<String>) -> Result<Bytes, LoadFlaw> {
    match (text, base64) {
        (None, None) => Ok(Bytes::new()),
        (Some(text), None) => Ok(text.into()),
        (None, Some(base64)) => Ok(BASE64.decode(base64).map_err(LoadFlaw::Base64)?.into()),
        (Some(_), Some(_)) => Err(LoadFlaw::TextAndBase64),
    }
}

fn within([start, end]: [u32; 2], bytes: &Bytes) -> Result<Range<u32>, LoadFlaw> {
    if start < end && end as usize <= bytes.len() {
        Ok(start..end)
    } else {
        Err(LoadFlaw::Masked { start, end, kept: bytes.len() })
    }
}

/// Octets a person can read as text: UTF-8 with few control characters (which JSON writes with six letters each).
fn readable(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes).ok()?;
    let odd = bytes.iter().filter(|octet| octet.is_ascii_control() && !octet.is_ascii_whitespace()).count();
    (odd * 8 <= bytes.len()).then_some(text)
}

fn nanos(at: Duration) -> u64 {
    u64::try_from(at.as_nanos()).unwrap_or(u64::MAX)
}

fn times(transit: Transit) -> [u64; 4] {
    [transit.first_out, transit.last_out, transit.first_in, transit.last_in].map(nanos)
}

fn transit(times: [u64; 4]) -> Transit {
    let [first_out, last_out, first_in, last_in] = times.map(Duration::from_nanos);
    Transit { first_out, last_out, first_in, last_in }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over references")]
fn is_zero(value: &u64) -> bool {
    *value == 0
}
