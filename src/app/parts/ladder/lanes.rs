//! Who stands where: hosts in the order they appear, and the ways the diagram can be laid out.

use std::collections::HashMap;

use egui::{Pos2, Rect, pos2};

use super::super::{RecordIndex, Scene};

/// Hosts of a subject and which flow runs between which two. Grows with the index.
#[derive(Debug, Default)]
pub(super) struct Hosts {
    generation: u64,
    names: Vec<String>,
    numbers: HashMap<String, u16>,
    of_slot: Vec<[u16; 2]>,
    at_once: bool,
}

impl Hosts {
    /// Takes in flows that are new.
    pub(super) fn follow(&mut self, scene: &Scene<'_>, index: &RecordIndex) {
        if index.slots().len() < self.of_slot.len() || index.epoch() != self.generation {
            *self = Self { generation: index.epoch(), ..Self::default() };
        }
        let mut before = None;
        for slot in index.slots().iter().skip(self.of_slot.len().saturating_sub(1)) {
            let Some(flow) = slot.flow(scene.ledger) else { continue };
            if slot.number > 0 {
                let ended = flow.ended_at.unwrap_or(scene.ledger.ends_at());
                if let Some(until) = before.replace(ended) {
                    // Closing one connection while the next one opens is not yet two at once.
                    let overlap = until.saturating_sub(flow.opened_at);
                    self.at_once |= overlap * 2 > ended.saturating_sub(flow.opened_at);
                }
            }
        }
        for slot in index.slots().iter().skip(self.of_slot.len()) {
            let ends = slot.flow(scene.ledger).map(|flow| &flow.ends);
            let number = |hosts: &mut Self, name: &str| hosts.number(name);
            let own = match ends {
                Some(ends) if slot.number > 0 => [number(self, &ends.client.name), number(self, &ends.server.name)],
                Some(_) | None => [0, 0],
            };
            self.of_slot.push(own);
        }
    }

    /// The two hosts of a flow.
    pub(super) fn of(&self, slot: u32) -> [u16; 2] {
        self.of_slot.get(slot as usize).copied().unwrap_or_default()
    }

    /// All names.
    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// Were several connections open at once?
    pub(super) fn at_once(&self) -> bool {
        self.at_once
    }

    fn number(&mut self, name: &str) -> u16 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        // Beyond so many, hosts share the last line.
        let number = u16::try_from(self.names.len().min(MAX_HOSTS)).unwrap_or(u16::MAX);
        match self.names.get_mut(usize::from(number)) {
            Some(shared) => "other hosts".clone_into(shared),
            None => self.names.push(name.to_owned()),
        }
        self.numbers.insert(name.to_owned(), number);
        number
    }
}

/// A line in the picture: a host, in one strip.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Lane {
    pub name: String,
    /// Distance from the strip's beginning, across time.
    pub at: f32,
}

/// A set of lanes with the flows between them: all flows together, or one.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Strip {
    /// The flow, when there is only one.
    pub slot: Option<u32>,
    pub lanes: Vec<Lane>,
}

/// Time along one side of the picture, lanes along the other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Ground {
    /// What is drawn on.
    pub rect: Rect,
    /// Time runs downwards instead of to the right.
    pub upright: bool,
    /// Points of a unit of the time axis.
    pub scale: f64,
    /// Place on the time axis at the beginning.
    pub offset: f64,
}

impl Ground {
    /// A point by its place on the time axis and its distance across.
    pub(super) fn point(&self, place: f64, across: f32) -> Pos2 {
        let along = self.along(place);
        if self.upright { pos2(across, along) } else { pos2(along, across) }
    }

    /// Where a place on the time axis is, along it.
    pub(super) fn along(&self, place: f64) -> f32 {
        let begin = if self.upright { self.rect.top() } else { self.rect.left() };
        // Far outside nothing is seen; single precision would shake there.
        let distance = ((place - self.offset) * self.scale).clamp(-FAR, FAR);
        begin + distance as f32
    }

    /// Which place is there.
    pub(super) fn place(&self, point: Pos2) -> f64 {
        let along = if self.upright { point.y - self.rect.top() } else { point.x - self.rect.left() };
        self.offset + f64::from(along) / self.scale
    }

    /// Length along time.
    pub(super) fn length(&self) -> f32 {
        if self.upright { self.rect.height() } else { self.rect.width() }
    }

    /// From where to where across time.
    pub(super) fn across(&self) -> egui::Rangef {
        if self.upright { self.rect.x_range() } else { self.rect.y_range() }
    }

    /// What is before `place`.
    pub(super) fn before(&self, place: f64) -> Rect {
        let along = self.along(place);
        if self.upright { self.rect.with_max_y(along) } else { self.rect.with_max_x(along) }
    }
}

/// Most hosts that have a line of their own.
const MAX_HOSTS: usize = 12;
/// Points beyond which nothing is drawn.
const FAR: f64 = 1e5;
