//! The time scale all rows of a waterfall share, its axis, and a row's phases on it.

use std::time::Duration;

use egui::{Align2, CornerRadius, Painter, Rangef, Rect, Stroke, pos2, vec2};

use super::super::text;
use crate::{
    app::theme::{FetchPhase, Theme, mono_small, size},
    engine::timing::Phases,
    net::TimeSpan,
    wire::units,
};

/// How the phases of all rows are put on one scale: times across, up to the playhead.
#[derive(Clone, Copy, Debug)]
pub(super) struct PhaseScale {
    /// When the run began: what the axis counts from.
    pub(super) origin: Duration,
    /// The first moment the scale has room for. What comes before is idle and folded.
    pub(super) from: Duration,
    /// The last moment the scale has room for.
    pub(super) to: Duration,
    /// The playhead.
    pub(super) until: Duration,
    /// Where bars stand.
    pub(super) bars: Rangef,
}

impl PhaseScale {
    /// From `origin` to `to`.
    pub(super) fn of(origin: Duration, to: Duration, until: Duration, bars: Rangef) -> Self {
        Self { origin, from: origin, to: to.max(origin + Duration::from_nanos(1)), until, bars }
    }

    /// From `origin` to the end of `span`; where nothing happens for long before `span` begins, that is folded.
    pub(super) fn folding(origin: Duration, (from, to): (Duration, Duration), until: Duration, bars: Rangef) -> Self {
        let whole = Self::of(origin, to, until, bars);
        let lead = from.saturating_sub(origin);
        if lead.as_secs_f64() < to.saturating_sub(from).as_secs_f64() * WORTH_FOLDING || lead < LEAST_FOLDED {
            return whole;
        }
        let bars = Rangef::new((bars.min + FOLD).min(bars.max), bars.max);
        Self { from, to: to.max(from + Duration::from_nanos(1)), bars, ..whole }
    }

    pub(super) fn x(&self, at: Duration) -> f32 {
        let whole = self.to.saturating_sub(self.from).as_secs_f64();
        let share = at.saturating_sub(self.from).as_secs_f64() / whole;
        self.bars.min + self.bars.span() * share as f32
    }

    /// The phases of one object, up to the playhead.
    pub(super) fn bars(&self, painter: &Painter, theme: &Theme, rows: Rangef, phases: &Phases) {
        for (phase, span) in parts(phases).into_iter().filter(|(_, span)| span.from < self.until) {
            let (left, right) = (self.x(span.from), self.x(span.to.min(self.until)));
            // A phase is seen even when it takes no time on this scale.
            let right = right.max(left + if span.to > span.from { 1.0 } else { 0.0 });
            let inset = if phase == FetchPhase::Queue { rows.span() / 4.0 } else { 0.0 };
            let rect = Rect::from_x_y_ranges(left..=right, rows).shrink2(vec2(0.0, inset));
            painter.rect_filled(rect, CornerRadius::ZERO, theme.phase(phase));
        }
    }

    /// Hairlines through a row at the axis' ticks.
    pub(super) fn grid(&self, painter: &Painter, theme: &Theme, rows: Rangef) {
        for at in self.ticks() {
            painter.vline(self.x(self.origin + at), rows, theme.border());
        }
    }

    pub(super) fn playhead(&self, painter: &Painter, theme: &Theme, rows: Rangef) {
        if self.until < self.to {
            text::dashed_vline(painter, self.x(self.until), rows, theme.accent);
        }
    }

    /// The axis above the rows: what the ticks stand for.
    pub(super) fn axis(&self, painter: &Painter, theme: &Theme, row: Rect) {
        self.axis_at(painter, theme, Rangef::new(row.bottom() - 3.0, row.bottom()), Align2::LEFT_BOTTOM);
    }

    /// The axis below them.
    pub(super) fn axis_below(&self, painter: &Painter, theme: &Theme, row: Rect) {
        self.axis_at(painter, theme, Rangef::new(row.top(), row.top() + 3.0), Align2::LEFT_TOP);
    }

    fn axis_at(&self, painter: &Painter, theme: &Theme, mark: Rangef, anchor: Align2) {
        if self.from > self.origin {
            self.fold(painter, theme, mark, anchor);
        }
        let glyph = painter.fonts_mut(|fonts| fonts.glyph_width(&mono_small(), '0'));
        let step = self.step();
        let mut free = f32::NEG_INFINITY;
        for at in self.ticks() {
            let (x, words) = (self.x(self.origin + at), text::tick(at, step));
            let wide = words.chars().count() as f32 * glyph;
            // The first and the last stand beside their ticks: there is no room beyond the bars.
            let left = (x - wide / 2.0).clamp(self.bars.min - size::GAP, (self.bars.max - wide).max(self.bars.min));
            painter.vline(x, mark, Stroke::new(1.0, theme.muted));
            if left >= free {
                let y = if anchor == Align2::LEFT_TOP { mark.max } else { mark.min };
                painter.text(pos2(left, y), anchor, words, mono_small(), theme.muted);
                free = left + wide + size::GAP;
            }
        }
    }

    /// Two strokes across the axis, and how long nothing happened.
    fn fold(&self, painter: &Painter, theme: &Theme, mark: Rangef, anchor: Align2) {
        let y = if anchor == Align2::LEFT_TOP { mark.max } else { mark.min };
        let words = format!("{} idle", units::brief_time(self.from.saturating_sub(self.origin)));
        let words = painter.text(pos2(self.bars.min - FOLD, y), anchor, words, mono_small(), theme.muted);
        for x in [words.right() + 5.0, words.right() + 9.0] {
            let ends = [pos2(x, words.bottom() - 2.0), pos2(x + 3.0, words.top() + 2.0)];
            painter.line_segment(ends, Stroke::new(1.0, theme.muted));
        }
    }

    fn step(&self) -> Duration {
        let whole = self.to.saturating_sub(self.from).as_secs_f64();
        let ticks = f64::from(self.bars.span() / TICK_ROOM).clamp(1.0, MOST_TICKS);
        text::nice_step(Duration::from_secs_f64(whole / ticks))
    }

    fn ticks(&self) -> impl Iterator<Item = Duration> {
        let (step, whole) = (self.step(), self.to.saturating_sub(self.origin));
        let first = self.from.saturating_sub(self.origin).as_nanos().div_ceil(step.as_nanos().max(1));
        let first = u32::try_from(first).unwrap_or(u32::MAX);
        let numbers = (0..=MOST_TICKS as u32).map(move |number| first.saturating_add(number));
        numbers.map(move |number| step.saturating_mul(number)).take_while(move |at| *at <= whole)
    }
}

/// What an object did from beginning to end, without gaps: between two phases it waited for its turn.
pub(super) fn parts(phases: &Phases) -> Vec<(FetchPhase, TimeSpan)> {
    let known = FetchPhase::ALL.into_iter().filter_map(|phase| phase.span(phases).map(|span| (phase, span)));
    let mut known: Vec<(FetchPhase, TimeSpan)> = known.collect();
    known.sort_by_key(|(_, span)| (span.from, span.to));
    let mut parts: Vec<(FetchPhase, TimeSpan)> = Vec::with_capacity(known.len() + 1);
    let mut until: Option<Duration> = None;
    for (phase, span) in known {
        if let Some(from) = until.filter(|until| *until < span.from) {
            parts.push((FetchPhase::Queue, TimeSpan { from, to: span.from }));
        }
        until = until.max(Some(span.to));
        parts.push((phase, span));
    }
    parts
}

/// Idle time before everything is folded when it is longer than this share of the rest.
const WORTH_FOLDING: f64 = 0.25;
/// Shorter idle time is never folded.
const LEAST_FOLDED: Duration = Duration::from_millis(1);
/// Room for the words on what is folded.
const FOLD: f32 = 92.0;
/// Between two ticks, at least.
const TICK_ROOM: f32 = 64.0;
/// Ticks on one axis, at most.
const MOST_TICKS: f64 = 20.0;

#[cfg(test)]
mod parts_of_an_object {
    use super::{super::super::samples::millis, *};

    #[test]
    fn follow_each_other_without_a_gap() {
        let span = |from, to| Some(TimeSpan { from: millis(from), to: millis(to) });
        let phases = Phases {
            queue: None,
            dns: None,
            connect: span(200, 300),
            tls: None,
            send: span(350, 350),
            wait: span(350, 450),
            receive: span(450, 700),
        };
        let parts = parts(&phases);
        let words: Vec<_> = parts.iter().map(|(phase, span)| (phase.word(), span.from, span.to)).collect();
        assert_eq!(
            words,
            [
                ("connect", millis(200), millis(300)),
                ("queue", millis(300), millis(350)),
                ("send", millis(350), millis(350)),
                ("wait", millis(350), millis(450)),
                ("receive", millis(450), millis(700)),
            ]
        );
        assert!(parts.windows(2).all(|pair| matches!(pair, [(_, a), (_, b)] if a.to >= b.from)));
    }

    #[test]
    fn stand_on_an_axis_that_begins_with_the_run() {
        let scale = PhaseScale {
            origin: millis(4_500),
            from: millis(4_500),
            to: millis(6_600),
            until: millis(9_000),
            bars: Rangef::new(100.0, 520.0),
        };
        assert_eq!(scale.ticks().collect::<Vec<_>>(), [0, 500, 1_000, 1_500, 2_000].map(millis));
        assert!((scale.x(millis(4_500)) - 100.0).abs() < 1e-3);
        assert!((scale.x(millis(6_600)) - 520.0).abs() < 1e-3);
    }

    #[test]
    fn have_what_is_idle_before_them_folded() {
        let bars = Rangef::new(100.0, 520.0);
        let span = (millis(300_100), millis(300_400));
        let scale = PhaseScale::folding(Duration::ZERO, span, millis(300_400), bars);
        assert!((scale.x(millis(300_100)) - 100.0 - FOLD).abs() < 1e-3 && (scale.x(span.1) - 520.0).abs() < 1e-3);
        assert_eq!(scale.ticks().next(), Some(millis(300_100)), "counted from the beginning of the run all the same");
        let soon = (millis(20), millis(300));
        assert_eq!(PhaseScale::folding(Duration::ZERO, soon, millis(300), bars).from, Duration::ZERO);
    }
}
