//! A growing list of stretches of time that can be asked what to draw without touching each of them.
//!
//! Stretches are pushed in the order of their beginning, or nearly. Every [`FAN`] of them are summed up by one of the next
//! level, so a picture of a million stretches on a thousand pixels opens a few thousand nodes.

/// A stretch of time in nanoseconds since the run began, standing for `weight` things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Extent {
    pub from: u64,
    pub to: u64,
    pub weight: u32,
}

/// What is to be done with a stretch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum VisitChoice {
    /// It is not in the picture.
    Skip,
    /// It is too narrow to be opened: one mark stands for all of it.
    Crowd,
    /// Its parts are worth looking at.
    Open,
}

/// What a visit finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum VisitItem {
    /// One stretch, by its position.
    One(u32),
    /// Many, too narrow to be told apart.
    Many(Extent),
}

/// The list.
#[derive(Clone, Debug, Default)]
pub(super) struct Extents {
    levels: Vec<Vec<Extent>>,
}

impl Extents {
    /// How many stretches there are.
    pub(super) fn len(&self) -> usize {
        self.levels.first().map_or(0, Vec::len)
    }

    /// One stretch.
    pub(super) fn extent(&self, index: u32) -> Option<Extent> {
        self.levels.first().and_then(|items| items.get(index as usize)).copied()
    }

    /// From the first beginning to the last end.
    pub(super) fn whole(&self) -> Option<Extent> {
        self.levels.last().and_then(|top| top.iter().copied().reduce(Extent::with))
    }

    /// Appends a stretch.
    pub(super) fn push(&mut self, extent: Extent) {
        let mut index = self.len();
        self.set(0, index, extent);
        let mut level = 0;
        while index >= FAN || self.levels.len() > level + 1 {
            if level + 1 == self.levels.len() {
                self.sum_up(level);
                return;
            }
            level += 1;
            index /= FAN;
            self.set(level, index, extent);
        }
    }

    /// Makes a stretch longer, or heavier by `extent.weight`.
    pub(super) fn widen(&mut self, index: u32, extent: Extent) {
        let mut index = index as usize;
        for level in &mut self.levels {
            if let Some(node) = level.get_mut(index) {
                *node = node.with(extent);
            }
            index /= FAN;
        }
    }

    /// Walks the list in order, opening what `sight` says is worth it.
    pub(super) fn visit(&self, sight: &dyn Fn(Extent) -> VisitChoice, found: &mut dyn FnMut(VisitItem)) {
        if let Some(top) = self.levels.len().checked_sub(1) {
            let all = self.levels.get(top).map_or(0, Vec::len);
            self.visit_level(top, 0..all, sight, found);
        }
    }

    fn visit_level(
        &self,
        level: usize,
        range: std::ops::Range<usize>,
        sight: &dyn Fn(Extent) -> VisitChoice,
        found: &mut dyn FnMut(VisitItem),
    ) {
        let Some(nodes) = self.levels.get(level) else { return };
        for index in range.start..range.end.min(nodes.len()) {
            let Some(&node) = nodes.get(index) else { return };
            match (sight(node), level.checked_sub(1)) {
                (VisitChoice::Skip, _) => {}
                (VisitChoice::Crowd, Some(_)) => found(VisitItem::Many(node)),
                (VisitChoice::Crowd | VisitChoice::Open, None) => found(VisitItem::One(super::index::small(index))),
                (VisitChoice::Open, Some(below)) => {
                    self.visit_level(below, index * FAN..(index + 1) * FAN, sight, found);
                }
            }
        }
    }

    fn set(&mut self, level: usize, index: usize, extent: Extent) {
        if level == self.levels.len() {
            self.levels.push(Vec::new());
        }
        let Some(nodes) = self.levels.get_mut(level) else { return };
        match nodes.get_mut(index) {
            Some(node) => *node = node.with(extent),
            None => nodes.push(extent),
        }
    }

    fn sum_up(&mut self, level: usize) {
        let sums = self
            .levels
            .get(level)
            .map(|nodes| nodes.chunks(FAN).filter_map(|some| some.iter().copied().reduce(Extent::with)).collect());
        self.levels.extend(sums);
    }
}

impl Extent {
    /// Both, as one.
    pub(super) fn with(self, other: Self) -> Self {
        Self {
            from: self.from.min(other.from),
            to: self.to.max(other.to),
            weight: self.weight.saturating_add(other.weight),
        }
    }
}

/// How many nodes one node of the next level stands for.
const FAN: usize = 16;

#[cfg(test)]
mod a_visit {
    use proptest::prelude::*;

    use super::*;

    fn all(extents: &Extents) -> Vec<u32> {
        let mut seen = Vec::new();
        extents.visit(&|_| VisitChoice::Open, &mut |found| match found {
            VisitItem::One(index) => seen.push(index),
            VisitItem::Many(_) => panic!("nothing is a crowd"),
        });
        seen
    }

    proptest! {
        #[test]
        fn finds_every_stretch_in_order(spans in proptest::collection::vec((0_u64..1000, 0_u64..1000), 0..700)) {
            let mut extents = Extents::default();
            for (from, long) in &spans {
                extents.push(Extent { from: *from, to: from + long, weight: 1 });
            }
            prop_assert_eq!(all(&extents), (0..u32::try_from(spans.len()).unwrap()).collect::<Vec<_>>());
            let whole = extents.whole();
            prop_assert_eq!(whole.map_or(0, |whole| whole.weight as usize), spans.len());
            prop_assert_eq!(whole.map(|whole| whole.to), spans.iter().map(|(from, long)| from + long).max());
        }

        #[test]
        fn counts_everything_once_however_coarse(count in 1_u32..3000, width in 0_u64..500) {
            let mut extents = Extents::default();
            for n in 0..count {
                extents.push(Extent { from: u64::from(n), to: u64::from(n) + 1, weight: 1 });
            }
            let mut weight = 0;
            let sight = |extent: Extent| if extent.to - extent.from <= width { VisitChoice::Crowd } else { VisitChoice::Open };
            extents.visit(&sight, &mut |found| weight += match found {
                VisitItem::One(_) => 1,
                VisitItem::Many(extent) => extent.weight,
            });
            prop_assert_eq!(weight, count);
        }
    }

    #[test]
    fn sees_a_stretch_made_longer_later() {
        let mut extents = Extents::default();
        (0..100).for_each(|n| extents.push(Extent { from: n, to: n + 1, weight: 1 }));
        extents.widen(3, Extent { from: 3, to: 5000, weight: 0 });
        assert_eq!(extents.whole(), Some(Extent { from: 0, to: 5000, weight: 100 }));
        let mut late = Vec::new();
        let sight = |extent: Extent| if extent.to < 1000 { VisitChoice::Skip } else { VisitChoice::Open };
        extents.visit(&sight, &mut |found| late.push(found));
        assert_eq!(late, [VisitItem::One(3)]);
    }
}
