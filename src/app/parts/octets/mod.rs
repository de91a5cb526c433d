//! One message's octets beside the fields they form: point at a field and its octets light up, and the other way round. The view of
//! the drawer shows any message of the record; `compact` has the same in little room, for octets a tab has in its hands.

pub(crate) mod compact;
mod hex;
mod message;
mod tree;

use std::{ops::Range, time::Duration};

use egui::{RichText, TextStyle, Ui};

use self::{message::MessageOctets, tree::FieldTree};
use super::{
    RecordIndex, Scene,
    index::{nanos, small},
    legend,
};
use crate::{
    app::{
        subject::RecordSelection,
        theme::{Theme, size},
        widgets::quiet_button,
    },
    wire::{EventIndex, Side, units},
};

/// What the octets view remembers between frames.
#[derive(Debug, Default)]
pub struct OctetsView {
    /// What is shown, and what it was made from.
    shown: Option<(MessageKey, MessageOctets)>,
    tree: FieldTree,
    highlight: Highlight,
    scroll: ScrollTarget,
    stepped: Option<SteppedTo>,
}

/// A message that was gone to from the one before or after it. Several may begin in one event: the pick alone does not tell them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct SteppedTo {
    pick: RecordSelection,
    message: u32,
    /// Of the index that gave the message its number.
    epoch: u64,
}

/// What tells one message's octets from another's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct MessageKey {
    job: crate::engine::bridge::RunId,
    message: u32,
    octets: u64,
    last: u32,
    /// How it is read.
    protocol: &'static str,
    kind: u8,
}

/// What is lit up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Highlight {
    /// Under the pointer: a field, by its place in the tree, or one octet.
    hovered: Option<Range<usize>>,
    field: Option<usize>,
    /// Clicked: stays lit.
    pinned: Option<usize>,
}

/// Where both halves are to be scrolled to in the next frame.
#[derive(Clone, Copy, Debug, Default)]
struct ScrollTarget {
    octet: Option<usize>,
    field: Option<usize>,
}

impl OctetsView {
    /// The message that holds the picked event; the last one before `until` when nothing is picked. Returns a message picked here.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        scene: &Scene<'_>,
        index: &RecordIndex,
        until: Duration,
        pick: Option<RecordSelection>,
    ) -> Option<RecordSelection> {
        let stepped = self.stepped.filter(|to| Some(to.pick) == pick && to.epoch == index.epoch());
        let chosen = stepped.map_or_else(|| chosen(scene, index, until, pick), |to| ChosenMessage::Is(to.message));
        let message = match chosen {
            ChosenMessage::Is(message) => message,
            ChosenMessage::NotReadYet => {
                legend::nothing_ui(ui, "This message is still being read from the record.");
                return None;
            }
            ChosenMessage::None => {
                legend::nothing_ui(ui, "No octets have crossed yet.");
                return None;
            }
        };
        let event = pick.filter(|pick| pick.job == scene.subject.job).and_then(|pick| pick.event);
        self.look_at(scene, index, message, event);
        let picked = self.head_ui(ui, scene, index, message);
        let Self { shown: Some((_, octets)), tree, highlight, scroll, .. } = self else { return picked };
        let arrived = octets.arrived(until);
        if arrived == 0 {
            legend::nothing_ui(ui, "Not one octet of this message has crossed at this moment.");
            return picked;
        }
        let before = highlight.clone();
        let hovered = std::mem::take(&mut highlight.hovered);
        let field = std::mem::take(&mut highlight.field);
        let past = Highlight { hovered, field, pinned: highlight.pinned };
        ui.spacing_mut().item_spacing.y = 0.0;
        let whole = ui.available_rect_before_wrap();
        let wide = hex::width(ui).min(whole.width() * 0.6);
        let (left, right) = whole.split_left_right_at_x(whole.left() + wide);
        ui.scope_builder(egui::UiBuilder::new().id_salt("hex").max_rect(left), |ui| {
            hex::ui(ui, hex::HexPane { message: octets, arrived, tree, past: &past }, highlight, scroll);
        });
        ui.painter().vline(right.left(), right.y_range(), Theme::of(ui).border());
        ui.scope_builder(
            egui::UiBuilder::new().id_salt("fields").max_rect(right.with_min_x(right.left() + 1.0)),
            |ui| {
                tree::ui(ui, tree, arrived, &past, highlight, scroll);
            },
        );
        if *highlight != before {
            ui.ctx().request_repaint();
        }
        picked
    }

    fn look_at(&mut self, scene: &Scene<'_>, index: &RecordIndex, message: u32, event: Option<EventIndex>) {
        let Some(known) = index.message(message) else { return };
        let Some(slot) = index.slot(known.slot) else { return };
        let (section, kind) = known.section();
        let protocol = slot.reading.protocol(section).name();
        let (octets, last) = (known.octets, known.last);
        let key = MessageKey { job: scene.subject.job, message, octets, last, protocol, kind };
        let same = self.shown.as_ref().is_some_and(|(shown, _)| *shown == key);
        if !same {
            let Some(flow) = slot.flow(scene.ledger) else { return };
            let shown = MessageOctets::of(flow, known);
            self.tree = FieldTree::of(shown.fields(flow, &slot.reading, index.request_of(message)));
            let another = self.shown.as_ref().is_none_or(|(shown, _)| shown.message != message || shown.job != key.job);
            if another {
                self.highlight = Highlight::default();
                self.scroll = ScrollTarget { octet: Some(0), field: Some(0) };
            }
            self.shown = Some((key, shown));
        }
        if let Some((_, shown)) = &mut self.shown
            && shown.look_at(event)
        {
            self.scroll.octet = shown.looked_at().map(|range| range.start).or(self.scroll.octet);
        }
    }

    /// What is shown, and the way to the messages before and after it.
    fn head_ui(
        &mut self,
        ui: &mut Ui,
        scene: &Scene<'_>,
        index: &RecordIndex,
        message: u32,
    ) -> Option<RecordSelection> {
        let (_, shown) = self.shown.as_ref()?;
        let known = index.message(message)?;
        let slot = index.slot(known.slot)?;
        let flow = slot.flow(scene.ledger)?;
        let origin = scene.origin();
        let mut wanted = None;
        ui.horizontal(|ui| {
            ui.set_height(size::ROW);
            ui.add_space(size::GAP);
            wanted = neighbour_ui(ui, index, known.slot, message);
            ui.add_space(size::GAP);
            let who = match known.from {
                Side::Client => &flow.ends.client,
                Side::Server => &flow.ends.server,
            };
            let colour = Theme::of(ui).side(known.from);
            let small = |words: String| RichText::new(words).text_style(TextStyle::Small);
            ui.label(small(format!("{} from {}", shown.noun(&slot.reading), who.name)).color(colour));
            let (from, to) = shown.span();
            let when = if from == to {
                format!("at {}", units::time(from.saturating_sub(origin)))
            } else {
                format!(
                    "from {} to {}",
                    units::time(from.saturating_sub(origin)),
                    units::time(to.saturating_sub(origin))
                )
            };
            let words = format!("{} octets {when}, connection #{}", units::grouped(shown.wire_len()), slot.number);
            ui.label(small(words).color(Theme::of(ui).muted));
            if shown.omitted() > 0 {
                let words = format!("{} of them are not in the record", units::octets(shown.omitted()));
                ui.label(small(words).color(Theme::of(ui).bad));
            }
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                ui.add_space(size::GAP);
                if quiet_button(ui, "copy hex").clicked() {
                    ui.ctx().copy_text(hex::dump(shown.bytes()));
                }
                if quiet_button(ui, "copy text").clicked() {
                    ui.ctx().copy_text(String::from_utf8_lossy(shown.bytes()).into_owned());
                }
            });
        });
        let message = wanted?;
        let event = EventIndex(index.message(message)?.first);
        let pick = RecordSelection { job: scene.subject.job, flow: flow.id, event: Some(event) };
        self.stepped = Some(SteppedTo { pick, message, epoch: index.epoch() });
        Some(pick)
    }
}

/// Buttons to the message of the same flow before and after.
fn neighbour_ui(ui: &mut Ui, index: &RecordIndex, slot: u32, message: u32) -> Option<u32> {
    let next_to = |forward: bool| -> Option<u32> {
        let speaks = |at: &u32| index.message(*at).is_some_and(|other| other.slot == slot && other.octets > 0);
        let step = |at: u32| if forward { at.checked_add(1) } else { at.checked_sub(1) };
        std::iter::successors(step(message), |at| step(*at))
            .take(FAR)
            .take_while(|at| (*at as usize) < index.messages().len())
            .find(speaks)
    };
    let mut wanted = None;
    for (forward, word) in [(false, "Message before"), (true, "Message after")] {
        let target = next_to(forward);
        let icon = if forward { super::playhead::PlayheadIcon::Next } else { super::playhead::PlayheadIcon::Previous };
        let response = ui.add_enabled_ui(target.is_some(), |ui| super::playhead::icon_ui(ui, icon, word, None)).inner;
        if response.clicked() {
            wanted = target;
        }
    }
    wanted
}

/// Which message is to be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ChosenMessage {
    /// This one.
    Is(u32),
    /// One that the index of a large record has not come to yet.
    NotReadYet,
    /// There is none.
    None,
}

/// That of the picked event. A step of the connection has no octets: the last message before it is shown, or the first after it.
fn chosen(scene: &Scene<'_>, index: &RecordIndex, until: Duration, pick: Option<RecordSelection>) -> ChosenMessage {
    let speaks = |at: &u32| index.message(*at).is_some_and(|message| message.octets > 0);
    let pick = pick.filter(|pick| pick.job == scene.subject.job);
    let slot = pick.and_then(|pick| index.slot_of(scene.ledger, pick.flow));
    let event = pick.and_then(|pick| pick.event);
    let of_event = slot.zip(event).and_then(|(slot, event)| index.message_at(slot, event)).filter(speaks);
    let known = slot.and_then(|slot| index.slot(slot));
    let is_taken_in = |event: EventIndex| known.is_some_and(|known| (event.0 as usize) < known.taken());
    if of_event.is_none() && !index.is_complete() && event.is_some_and(|event| !is_taken_in(event)) {
        return ChosenMessage::NotReadYet;
    }
    let bursts = known.map_or(&[][..], |known| known.bursts.as_slice());
    let message = |burst: &u32| index.burst(*burst).map(|burst| burst.message);
    let before_event = || {
        let event = event?;
        let after = bursts.partition_point(|burst| index.burst(*burst).is_some_and(|burst| burst.first <= event.0));
        bursts.get(..after)?.iter().rev().take(FAR).filter_map(message).find(speaks)
    };
    let of_flow = || bursts.iter().take(FAR).filter_map(message).find(speaks);
    let of_moment = || {
        let after = index.messages().partition_point(|message| message.at <= nanos(until));
        (0..small(after)).rev().take(FAR).find(speaks)
    };
    let found = of_event.or_else(before_event).or_else(of_flow).or_else(of_moment);
    found.map_or(ChosenMessage::None, ChosenMessage::Is)
}

/// How many messages are looked through for one with octets.
const FAR: usize = 4096;

#[cfg(test)]
mod stories;
