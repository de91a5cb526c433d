//! Stretches of time in which nothing of a subject is on its way, and the time axis that folds them.

use std::time::Duration;

/// Where nothing happens. Told of busy stretches in the order of their end, or nearly; in nanoseconds since the run began.
#[derive(Clone, Debug, Default)]
pub(super) struct Idle {
    gaps: Vec<(u64, u64)>,
    until: Option<u64>,
    from: u64,
}

impl Idle {
    /// Something was on its way from `from` to `to`.
    pub(super) fn busy(&mut self, from: u64, to: u64) {
        let Some(until) = self.until else {
            (self.from, self.until) = (from, Some(to));
            return;
        };
        if from > until && from - until >= LEAST {
            self.gaps.push((until, from));
        }
        self.from = self.from.min(from);
        self.until = Some(until.max(to));
        let shrinks = self.gaps.iter().rposition(|&(_, end)| end <= from).map_or(0, |last| last + 1);
        let late = self.gaps.split_off(shrinks);
        for (begin, end) in late {
            let rests = [(begin, end.min(from)), (begin.max(to), end)];
            self.gaps.extend(rests.into_iter().filter(|(begin, end)| end.saturating_sub(*begin) >= LEAST));
        }
    }

    /// An axis over everything so far; with `fold`, idle stretches worth folding take little room on it.
    pub(super) fn axis(&self, fold: bool, span: (u64, u64)) -> TimeAxis {
        let (from, to) = span;
        let whole = to.saturating_sub(from).max(1);
        // Nothing after the last arrival is a gap too, once the record goes on beyond it.
        let silence = self.until.map(|until| (until, to)).filter(|(until, to)| to.saturating_sub(*until) >= LEAST);
        // So is what comes before the first departure.
        let lead = self.until.map(|_| (from, self.from)).filter(|(from, to)| to.saturating_sub(*from) >= LEAST);
        let gaps = || lead.into_iter().chain(self.gaps.iter().copied()).chain(silence);
        let idle: u64 = gaps().map(|(begin, end)| end - begin).sum();
        let busy = whole.saturating_sub(idle).max(1);
        let mut axis = TimeAxis { knots: vec![Knot { time: from, place: 0.0, idle: None }] };
        let threshold = (busy as f64 * WORTH_FOLDING) as u64;
        let folds: Vec<_> = gaps().filter(|(begin, end)| fold && end - begin > threshold).collect();
        let folded: u64 = folds.iter().map(|(begin, end)| end - begin).sum();
        let rest = whole.saturating_sub(folded);
        // Where nothing takes any time, what happens still needs room between the folds.
        let shown = if rest < LEAST { whole as f64 * LEAST_SHOWN } else { rest as f64 };
        let width = shown * FOLD_WIDTH.min(MAX_FOLDS / folds.len().max(1) as f64);
        for (begin, end) in folds {
            // A little of the idle time stays on either side, so that what ends there is seen to end.
            let margin = ((end - begin) / 8).min((width / 4.0) as u64);
            axis.run_to(begin + margin);
            axis.fold_to(end - margin, width, (begin, end));
        }
        axis.run_to(to.max(from + 1));
        axis
    }
}

/// Moments on a line: to scale, but for folded stretches.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct TimeAxis {
    knots: Vec<Knot>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Knot {
    time: u64,
    place: f64,
    /// Before it is a fold, in a stretch that is idle from then to then.
    idle: Option<(u64, u64)>,
}

/// A folded stretch: its time and its place on the axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Fold {
    pub from: u64,
    pub to: u64,
    pub place: f64,
    pub width: f64,
    /// From when to when nothing happens: the folded part and the little that is left of it on either side.
    pub idle: (u64, u64),
}

impl Fold {
    /// How long nothing happens.
    pub(super) fn idle_time(&self) -> Duration {
        let (begin, end) = self.idle;
        Duration::from_nanos(end.saturating_sub(begin))
    }
}

impl TimeAxis {
    /// Goes on to scale.
    fn run_to(&mut self, time: u64) {
        if let Some(last) = self.knots.last().copied().filter(|last| last.time < time) {
            self.knots.push(Knot { time, place: last.place + (time - last.time) as f64, idle: None });
        }
    }

    /// Goes on in a fold of this width.
    fn fold_to(&mut self, time: u64, width: f64, idle: (u64, u64)) {
        if let Some(last) = self.knots.last().copied().filter(|last| last.time < time) {
            self.knots.push(Knot { time, place: last.place + width, idle: Some(idle) });
        }
    }

    /// Length of the whole, in nanoseconds of unfolded time.
    pub(super) fn length(&self) -> f64 {
        self.knots.last().map_or(1.0, |last| last.place).max(1.0)
    }

    /// Where a moment stands. Moments outside go on to scale.
    pub(super) fn place(&self, time: u64) -> f64 {
        let after = self.knots.partition_point(|knot| knot.time < time).clamp(1, self.knots.len().max(2) - 1);
        let (Some(a), Some(b)) = (self.knots.get(after - 1), self.knots.get(after)) else { return 0.0 };
        let (time, from, to) = (time as f64, a.time as f64, b.time as f64);
        if time > to && after == self.knots.len() - 1 || time < from {
            return if time < from { a.place - (from - time) } else { b.place + (time - to) };
        }
        a.place + (time - from) / (to - from).max(1.0) * (b.place - a.place)
    }

    /// Which moment stands there.
    pub(super) fn time(&self, place: f64) -> u64 {
        let after = self.knots.partition_point(|knot| knot.place < place).clamp(1, self.knots.len().max(2) - 1);
        let (Some(a), Some(b)) = (self.knots.get(after - 1), self.knots.get(after)) else { return 0 };
        if place > b.place {
            return b.time.saturating_add((place - b.place) as u64);
        }
        let share = ((place - a.place) / (b.place - a.place).max(f64::MIN_POSITIVE)).max(0.0);
        a.time.saturating_add((share * (b.time - a.time) as f64).round() as u64)
    }

    /// The folded stretches.
    pub(super) fn folds(&self) -> impl Iterator<Item = Fold> {
        self.knots.windows(2).filter_map(|pair| {
            let [a, b] = pair else { return None };
            let (place, width) = (a.place, b.place - a.place);
            b.idle.map(|idle| Fold { from: a.time, to: b.time, place, width, idle })
        })
    }
}

/// Idle stretches shorter than this, in nanoseconds, are not kept.
const LEAST: u64 = 1_000_000;
/// An idle stretch is folded when it is longer than this share of all busy time.
const WORTH_FOLDING: f64 = 0.25;
/// Width of a fold, as a share of all that is to scale.
const FOLD_WIDTH: f64 = 0.08;
/// What is to scale where nothing takes any time, as a share of the whole.
const LEAST_SHOWN: f64 = 0.05;
/// The greatest width of all folds together, as a share of the axis.
const MAX_FOLDS: f64 = 0.4;

#[cfg(test)]
mod an_axis {
    use proptest::prelude::*;

    use super::*;

    const MS: u64 = 1_000_000;

    #[test]
    fn folds_what_is_idle_and_keeps_the_rest_to_scale() {
        let mut idle = Idle::default();
        idle.busy(0, 100 * MS);
        idle.busy(5_100 * MS, 5_200 * MS);
        let axis = idle.axis(true, (0, 5_200 * MS));
        assert_eq!(axis.folds().count(), 1);
        assert!(axis.length() < 300.0 * MS as f64, "five idle seconds take little room: {}", axis.length());
        assert!((axis.place(80 * MS) - 80.0 * MS as f64).abs() < 1.0);
        let end = axis.length();
        assert!((axis.place(5_200 * MS) - axis.place(5_150 * MS) - 50.0 * MS as f64).abs() < 1.0, "{end}");
        assert_eq!(idle.axis(false, (0, 5_200 * MS)).folds().count(), 0);
    }

    #[test]
    fn folds_a_long_silence_at_the_end() {
        let mut idle = Idle::default();
        idle.busy(0, 100 * MS);
        let axis = idle.axis(true, (0, 10_000 * MS));
        assert_eq!(axis.folds().count(), 1);
        assert!(axis.length() < 200.0 * MS as f64, "{}", axis.length());
        assert_eq!(axis.time(axis.length()), 10_000 * MS);
        assert_eq!(idle.axis(true, (0, 110 * MS)).folds().count(), 0, "a short one is worth no fold");
    }

    #[test]
    fn folds_what_is_idle_before_the_beginning() {
        let mut idle = Idle::default();
        idle.busy(300_000 * MS, 300_100 * MS);
        let axis = idle.axis(true, (0, 300_100 * MS));
        let folds: Vec<Fold> = axis.folds().collect();
        assert_eq!(folds.iter().map(|fold| fold.idle_time().as_millis()).collect::<Vec<_>>(), [300_000]);
        assert!(axis.length() < 200.0 * MS as f64, "{}", axis.length());
    }

    #[test]
    fn keeps_room_for_moments_between_folds() {
        let mut idle = Idle::default();
        for second in [0, 1, 3, 7] {
            idle.busy(second * 1_000 * MS, second * 1_000 * MS);
        }
        let axis = idle.axis(true, (0, 10_000 * MS));
        let folds: Vec<Fold> = axis.folds().collect();
        let idle: Vec<u64> = folds.iter().map(|fold| fold.idle_time().as_secs()).collect();
        assert_eq!(idle, [1, 2, 4, 3], "seconds from one moment to the next, whatever part of them is folded");
        for pair in folds.windows(2) {
            let between = pair[1].place - pair[0].place - pair[0].width;
            assert!(between > axis.length() * 0.04, "{between} of {}", axis.length());
        }
    }

    #[test]
    fn unfolds_where_something_turns_out_to_have_been_on_its_way() {
        let mut idle = Idle::default();
        idle.busy(0, 10 * MS);
        idle.busy(900 * MS, 910 * MS);
        idle.busy(400 * MS, 905 * MS);
        assert_eq!(idle.gaps, [(10 * MS, 400 * MS)]);
        idle.busy(0, 500 * MS);
        assert_eq!(idle.gaps, []);
    }

    proptest! {
        #[test]
        fn is_read_back_as_it_is_written(busy in proptest::collection::vec((0_u64..5_000, 0_u64..300), 1..30), at in 0_u64..6_000) {
            let mut idle = Idle::default();
            let mut spans: Vec<_> = busy.iter().map(|(from, long)| (from * MS, (from + long) * MS)).collect();
            spans.sort_by_key(|(_, to)| *to);
            for (from, to) in &spans {
                idle.busy(*from, *to);
            }
            for (begin, end) in &idle.gaps {
                prop_assert!(spans.iter().all(|(from, to)| to <= begin || from >= end), "a gap is idle");
            }
            let axis = idle.axis(true, (0, 6_000 * MS));
            let back = axis.time(axis.place(at * MS));
            prop_assert!(back.abs_diff(at * MS) <= MS / 10, "{} came back as {}", at * MS, back);
            prop_assert!(axis.place(at * MS) <= axis.place(at * MS + MS));
        }
    }
}
