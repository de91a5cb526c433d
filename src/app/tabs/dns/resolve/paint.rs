//! What of a layout is drawn at a moment: who has had to do with anything told by then, and what was told.

use std::time::Duration;

use egui::{Align2, Rect, pos2, vec2};

use super::{
    drawing::{Drawing, DrawingColour, DrawingInk, DrawingItem, Font},
    layout::{BoxSize, Edge, EdgeKind, Layout, participants::TreeLevel},
    messages::{TraceMessage, TracePart},
    words,
};
use crate::proto::dns::trace::{ResolutionStep, StepOutcome};

/// What is to be drawn.
pub(super) struct TreeScene<'a> {
    pub(super) layout: &'a Layout,
    pub(super) steps: &'a [ResolutionStep],
    pub(super) moment: Option<Duration>,
    /// What was chosen, and what the pointer is on, by place in what was told.
    pub(super) chosen: Option<usize>,
    pub(super) hovered: Option<usize>,
    /// How large it is shown: far away, numbers are left out.
    pub(super) scale: f32,
}

impl TreeScene<'_> {
    /// Has it been told?
    pub(super) fn is_told(&self, told: &TraceMessage) -> bool {
        told.is_past(self.moment)
    }

    /// Who has had to do with anything that was told.
    pub(super) fn is_there(&self, person: usize) -> bool {
        let people = &self.layout.people;
        self.moment.is_none()
            || self.layout.told.iter().take_while(|one| self.is_told(one)).any(|one| {
                people.ends.get(one.step).is_some_and(|(asker, server)| *asker == person || *server == person)
            })
    }

    /// How many times a participant's own cache has answered by now.
    pub(super) fn cache_hits(&self, person: usize) -> usize {
        let known = self.layout.people.all.get(person).map_or(&[][..], |person| &person.known);
        let past = |step: &&usize| {
            self.steps.get(**step).is_some_and(|step| self.moment.is_none_or(|moment| step.sent_at <= moment))
        };
        known.iter().filter(past).count()
    }

    /// All of it.
    pub(super) fn draw(&self) -> Drawing {
        let mut drawing = Drawing::default();
        let items = &mut drawing.items;
        let there: Vec<bool> = (0..self.layout.boxes.len()).map(|person| self.is_there(person)).collect();
        for (ground, words) in &self.layout.grounds {
            items.push(DrawingItem::Ground(*ground));
            if !words.is_empty() {
                let (at, text) = (ground.min + vec2(14.0, 14.0), words.clone());
                let ink = DrawingColour::Dns.ink();
                items.push(DrawingItem::Words {
                    at,
                    anchor: Align2::LEFT_CENTER,
                    text,
                    font: Font::Small,
                    ink,
                    ground: false,
                });
            }
        }
        let told = |edge: &&Edge| self.layout.told.get(edge.told).is_some_and(|one| self.is_told(one));
        let crowded = self.layout.edges.len() > CROWDED;
        let marked = |edge: &Edge| [self.chosen, self.hovered].contains(&Some(edge.told));
        for edge in self.layout.edges.iter().filter(told) {
            self.way(edge, crowded, items);
        }
        for (person, rect) in
            self.layout.boxes.iter().enumerate().filter(|(person, _)| there.get(*person) == Some(&true))
        {
            self.somebody(person, *rect, items);
        }
        // Numbers and words last: nothing may cover them; the marked ones above all.
        let far = crowded && self.scale < FAR;
        let mut edges: Vec<&Edge> = self.layout.edges.iter().filter(told).filter(|edge| !far || marked(edge)).collect();
        edges.sort_by_key(|edge| marked(edge));
        for edge in edges {
            self.number(edge, items);
        }
        drawing
    }

    fn way(&self, edge: &Edge, crowded: bool, items: &mut Vec<DrawingItem>) {
        let marked = self.chosen == Some(edge.told) || self.hovered == Some(edge.told);
        let strength = match (marked, crowded) {
            (true, _) => 1.0,
            (false, true) => 0.4,
            (false, false) => 0.9,
        };
        let ink = DrawingInk { tone: DrawingColour::of(edge.kind), strength };
        let dashed = !matches!(edge.kind, EdgeKind::Query | EdgeKind::Unanswered);
        let width = if marked { 2.6 } else { 1.7 };
        items.push(DrawingItem::Way { curve: edge.curve, ink, width, dashed });
        if edge.kind == EdgeKind::Unanswered {
            if self.is_given_up(edge) {
                items.push(DrawingItem::Cross { at: edge.curve.at(1.0), ink });
            }
            return;
        }
        let tone = if marked { DrawingColour::of(edge.kind) } else { DrawingColour::Muted };
        let head = DrawingInk { tone, strength: if crowded { strength } else { 1.0 } };
        items.push(DrawingItem::Head { tip: edge.curve.at(1.0), way: edge.curve.heading(), ink: head });
    }

    /// Has waiting for an answer ended?
    fn is_given_up(&self, edge: &Edge) -> bool {
        let step = self.layout.told.get(edge.told).and_then(|one| self.steps.get(one.step));
        let ended = step.and_then(|step| step.ended_at);
        ended.is_some_and(|ended| self.moment.is_none_or(|moment| ended <= moment))
    }

    fn number(&self, edge: &Edge, items: &mut Vec<DrawingItem>) {
        let Some(number) = self.layout.told.get(edge.told).and_then(|one| one.number) else { return };
        let ink = DrawingColour::of(edge.kind).ink();
        let at = edge.badge;
        let chosen = self.chosen == Some(edge.told);
        items.push(DrawingItem::Number { at, number, ink, chosen });
        if let Some((rect, text)) = &edge.label {
            let to_the_right = rect.left() > edge.badge.x;
            let (anchor, from) = if to_the_right {
                (Align2::LEFT_CENTER, rect.left() + 4.0)
            } else {
                (Align2::RIGHT_CENTER, rect.right() - 4.0)
            };
            let at = pos2(from, rect.center().y);
            let tone = if edge.kind == EdgeKind::Unanswered { DrawingColour::Bad } else { DrawingColour::Text };
            let text = match text.strip_suffix(" no answer") {
                Some(asked) if !self.is_given_up(edge) => asked.to_owned(),
                _ => text.clone(),
            };
            items.push(DrawingItem::Words { at, anchor, text, font: Font::Mono, ink: tone.ink(), ground: true });
        }
    }

    fn somebody(&self, person: usize, rect: Rect, items: &mut Vec<DrawingItem>) {
        let people = &self.layout.people;
        let Some(own) = people.all.get(person) else { return };
        let hits = self.cache_hits(person);
        if hits > 0 {
            items.push(DrawingItem::Glow(rect));
        }
        let (ink, width) = match (self.answered(person), own.level) {
            (true, _) => (DrawingColour::Good.ink(), 2.2),
            (false, TreeLevel::Local) => (DrawingColour::Accent.ink(), 2.2),
            (false, _) => (DrawingColour::Muted.ink(), 1.2),
        };
        items.push(DrawingItem::Frame { rect, ink, width });
        let roomy = self.layout.size == BoxSize::Roomy;
        let role = words::role(own.level);
        let heading = words::heading(people, person);
        let (second, third) = match own.level {
            TreeLevel::You | TreeLevel::Local => (role.to_owned(), own.address.clone().unwrap_or_default()),
            TreeLevel::Root | TreeLevel::Tld | TreeLevel::Zone(_) => {
                let role = if own.level == TreeLevel::Root { "" } else { role };
                let address = own.address.clone().unwrap_or_default();
                let between = if role.is_empty() || address.is_empty() { "" } else { " · " };
                (own.name.clone(), format!("{address}{between}{role}"))
            }
        };
        let third = if roomy { third } else { String::new() };
        let lines = if third.is_empty() { [-0.5, 0.55, 0.0] } else { [-1.05, 0.02, 1.0] };
        let centre = rect.center();
        let mut say = |line: f32, text: &str, font, tone: DrawingColour| {
            let text = cut(text, rect.width() - 12.0, font);
            let at = centre + vec2(0.0, line * 17.0);
            items.push(DrawingItem::Words {
                at,
                anchor: Align2::CENTER_CENTER,
                text,
                font,
                ink: tone.ink(),
                ground: false,
            });
        };
        let [first, next, last] = lines;
        say(first, &heading, Font::Words, DrawingColour::Text);
        let plain = matches!(own.level, TreeLevel::You | TreeLevel::Local);
        say(next, &second, if plain { Font::Small } else { Font::Mono }, DrawingColour::Muted);
        if !third.is_empty() {
            say(last, &third, Font::Mono, DrawingColour::Muted);
        }
        if hits > 0 {
            let text = if hits == 1 { "from its cache".to_owned() } else { format!("from its cache ×{hits}") };
            let wide = text.chars().count() as f32 * 5.6 + 14.0;
            let rect = Rect::from_center_size(rect.right_top() - vec2(wide / 2.0 - 8.0, 0.0), vec2(wide, 16.0));
            items.push(DrawingItem::Pill { rect, text, ink: DrawingColour::Accent.ink() });
        }
    }

    /// Has a server, as an authority or for the last time, given what was looked for?
    fn answered(&self, person: usize) -> bool {
        let people = &self.layout.people;
        self.layout.told.iter().take_while(|one| self.is_told(one)).any(|one| {
            let step = self.steps.get(one.step);
            one.part == TracePart::Reply
                && people.ends.get(one.step).is_some_and(|(_, server)| *server == person)
                && people.search_of.get(one.step).is_some_and(|search| {
                    people.searches.get(*search).is_some_and(|search| !search.words.starts_with("to "))
                })
                && step.is_some_and(|step| step.authoritative && step.outcome == StepOutcome::Answer)
        })
    }
}

/// As much of a text as there is room for.
fn cut(text: &str, room: f32, font: Font) -> String {
    let glyph = match font {
        Font::Words => 7.0,
        Font::Small => 5.8,
        Font::Mono => 6.65,
    };
    let most = (room / glyph) as usize;
    match text.char_indices().nth(most) {
        Some(_) => text.chars().take(most.saturating_sub(1)).chain(['…']).collect(),
        None => text.to_owned(),
    }
}

/// With more ways than this, those not pointed at stand back.
const CROWDED: usize = 60;
/// Below this scale a crowd has no numbers.
const FAR: f32 = 0.5;
