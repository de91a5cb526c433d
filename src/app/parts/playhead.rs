//! The playhead: where on its time line a record is looked at, and the buttons that move it. Nothing is replayed over a network:
//! pictures are drawn up to the playhead from the record alone.

use std::{ops::RangeInclusive, time::Duration};

use egui::{
    Align, Color32, CornerRadius, Key, Layout, Modifiers, Painter, Rect, Response, RichText, Role, Sense, Shape,
    Stroke, Ui, WidgetInfo, pos2, vec2,
};

use super::RecordIndex;
use crate::app::{
    keys::{KeyRow, KeyUse, key},
    theme::{Theme, mono, size},
};

/// Where a record is looked at. It starts at the end, where the finished picture is, and follows the end of a live run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Playhead {
    at: Option<Duration>,
    playing: bool,
    speed: Option<Speed>,
}

/// How fast a record is played, in powers of ten of its own speed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Speed(pub i32);

impl Speed {
    /// All there is to choose from.
    pub const ALL: [Self; 6] = [Self(-4), Self(-3), Self(-2), Self(-1), Self(0), Self(1)];

    /// The fastest one at which `whole` takes at least `PLEASANT_SECS`.
    pub fn pleasant(whole: Duration) -> Self {
        let fits = |speed: &&Self| whole.as_secs_f64() / speed.factor() >= PLEASANT_SECS;
        Self::ALL.iter().rev().find(fits).copied().unwrap_or(Self(-4))
    }

    /// Seconds of the record in one second.
    pub fn factor(self) -> f64 {
        10_f64.powi(self.0)
    }

    /// `×1/10`, `×1`, `×10`.
    pub fn word(self) -> &'static str {
        match self.0 {
            ..=-4 => "×1/10,000",
            -3 => "×1/1,000",
            -2 => "×1/100",
            -1 => "×1/10",
            0 => "×1",
            1.. => "×10",
        }
    }
}

impl Playhead {
    /// Where it stands: `None` at the end, wherever that is.
    pub fn moment(&self) -> Option<Duration> {
        self.at
    }

    /// Where it stands in a record that ends at `end`.
    pub fn moment_until(&self, end: Duration) -> Duration {
        self.at.map_or(end, |at| at.min(end))
    }

    /// Is it moving by itself?
    pub fn is_playing(&self) -> bool {
        self.playing
    }

    /// Moves it and stops it there.
    pub fn seek(&mut self, at: Duration) {
        self.playing = false;
        self.at = Some(at);
    }

    /// Moves it to the end and keeps it there.
    pub fn seek_end(&mut self) {
        *self = Self { at: None, playing: false, speed: self.speed };
    }

    /// Plays from where it stands, from the beginning when it stands at the end; or pauses.
    pub fn toggle(&mut self, range: &RangeInclusive<Duration>) {
        self.playing = !self.playing;
        if self.playing && self.at.is_none_or(|at| at >= *range.end()) {
            self.at = Some(*range.start());
        }
    }

    /// To the next moment at which something was seen, or the last one before.
    pub fn step(&mut self, forward: bool, range: &RangeInclusive<Duration>, index: &RecordIndex) {
        let at = self.moment_until(*range.end());
        match if forward { index.moment_after(at) } else { index.moment_before(at) } {
            Some(moment) if moment >= *range.start() => self.seek(moment),
            Some(_) | None if forward => self.seek_end(),
            Some(_) | None => self.seek(*range.start()),
        }
    }

    /// Does what [`KEYS`] ask for.
    pub fn keys(&mut self, ui: &Ui, range: &RangeInclusive<Duration>, index: &RecordIndex) {
        for command in KEYS.iter().flat_map(|row| row.take(ui.ctx())) {
            match command {
                PlayheadCommand::Toggle => self.toggle(range),
                PlayheadCommand::Step { forward } => self.step(forward, range, index),
                PlayheadCommand::Start => self.seek(*range.start()),
                PlayheadCommand::End => self.seek_end(),
            }
        }
    }

    /// Moves on while playing. Repaints are asked for only then.
    pub fn advance(&mut self, ui: &Ui, range: &RangeInclusive<Duration>) {
        if !self.playing {
            return;
        }
        let passed = f64::from(ui.input(|input| input.stable_dt)).min(LONGEST_FRAME_SECS);
        let speed = self.speed_in(range);
        let next = self.moment_until(*range.end()) + Duration::from_secs_f64(passed * speed.factor());
        if next >= *range.end() {
            self.seek_end();
        } else {
            self.at = Some(next);
        }
        ui.ctx().request_repaint();
    }

    /// Buttons, scrub bar, time and speed, in a row; the bar takes what `reserved` leaves of the width.
    pub fn ui(&mut self, ui: &mut Ui, range: &RangeInclusive<Duration>, index: &RecordIndex, reserved: f32) {
        ui.spacing_mut().item_spacing.x = 2.0;
        if icon_ui(ui, PlayheadIcon::Start, "To the beginning", Some("Home")).clicked() {
            self.seek(*range.start());
        }
        if icon_ui(ui, PlayheadIcon::Back, "One event back", Some("arrow left")).clicked() {
            self.step(false, range, index);
        }
        let (icon, word) = if self.playing { (PlayheadIcon::Pause, "Pause") } else { (PlayheadIcon::Play, "Play") };
        if icon_ui(ui, icon, word, Some("Space")).clicked() {
            self.toggle(range);
        }
        if icon_ui(ui, PlayheadIcon::Forward, "One event on", Some("arrow right")).clicked() {
            self.step(true, range, index);
        }
        if icon_ui(ui, PlayheadIcon::End, "To the end", Some("End")).clicked() {
            self.seek_end();
        }
        ui.add_space(size::GAP);
        self.scrub_ui(ui, range, reserved);
        if ui.available_width() < reserved + TIME_WIDTH {
            // A narrow bar says the time where it is pointed at.
            return;
        }
        let at = self.moment_until(*range.end()).saturating_sub(*range.start());
        let words = clock_words(at, range.end().saturating_sub(*range.start()));
        // As wide whatever it says, so that nothing beside it moves.
        room_ui(ui, TIME_WIDTH, Layout::right_to_left(Align::Center), |ui| {
            ui.label(RichText::new(words).font(mono())).on_hover_text("The moment shown, and how long the whole took");
        });
        ui.add_space(size::GAP);
        room_ui(ui, SPEED_WIDTH, Layout::left_to_right(Align::Center), |ui| self.speed_ui(ui, range));
    }

    fn speed_in(&self, range: &RangeInclusive<Duration>) -> Speed {
        self.speed.unwrap_or_else(|| Speed::pleasant(range.end().saturating_sub(*range.start())))
    }

    fn scrub_ui(&mut self, ui: &mut Ui, range: &RangeInclusive<Duration>, reserved: f32) {
        let theme = Theme::of(ui);
        let beside = reserved + TIME_WIDTH + SPEED_WIDTH + 2.0 * size::GAP;
        let beside = if ui.available_width() < beside + LEAST_BAR { reserved + size::GAP } else { beside };
        let width = (ui.available_width() - beside).max(LEAST_BAR);
        let (rect, response) = ui.allocate_exact_size(vec2(width, size::CONTROL), Sense::click_and_drag());
        let rail = rect.shrink2(vec2(HANDLE, 0.0));
        let (from, whole) = (*range.start(), range.end().saturating_sub(*range.start()).as_secs_f64().max(1e-12));
        if let Some(pointer) = response.interact_pointer_pos() {
            let share = f64::from((pointer.x - rail.left()) / rail.width().max(1.0)).clamp(0.0, 1.0);
            if share >= 1.0 { self.seek_end() } else { self.seek(from + Duration::from_secs_f64(share * whole)) }
        }
        let share = (self.moment_until(*range.end()).saturating_sub(from).as_secs_f64() / whole).clamp(0.0, 1.0) as f32;
        let enabled = ui.is_enabled();
        response.widget_info(|| WidgetInfo::slider(enabled, f64::from(share) * whole, "Playhead, in seconds"));
        let handle = pos2(egui::lerp(rail.x_range(), share), rail.center().y);
        let painter = ui.painter();
        painter.hline(rail.x_range(), handle.y, Stroke::new(4.0, theme.handle));
        painter.hline(rail.left()..=handle.x, handle.y, Stroke::new(4.0, theme.accent));
        let radius = if response.hovered() || response.dragged() { HANDLE + 1.0 } else { HANDLE };
        painter.circle_filled(handle, radius, theme.accent);
        let at = self.moment_until(*range.end()).saturating_sub(from);
        response.on_hover_text(clock_words(at, range.end().saturating_sub(from)));
    }

    fn speed_ui(&mut self, ui: &mut Ui, range: &RangeInclusive<Duration>) {
        let theme = Theme::of(ui);
        let speed = self.speed_in(range);
        let words = RichText::new(speed.word()).text_style(egui::TextStyle::Small).color(theme.muted);
        let button = egui::Button::new(words).fill(theme.panel).corner_radius(9.0);
        ui.scope(|ui| {
            ui.spacing_mut().interact_size.y = 18.0;
            ui.spacing_mut().button_padding = vec2(8.0, 1.0);
            let (response, _) = egui::containers::menu::MenuButton::from_button(button).ui(ui, |ui| {
                for choice in Speed::ALL.into_iter().rev() {
                    if ui.selectable_label(choice == speed, choice.word()).clicked() {
                        self.speed = Some(choice);
                        ui.close();
                    }
                }
            });
            response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Speed {}", speed.word())));
            response.on_hover_text("How fast the record is played");
        });
    }
}

/// What a key asks of the playhead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlayheadCommand {
    /// Play or pause.
    Toggle,
    /// To the next event, or to the one before.
    Step {
        /// To the next one.
        forward: bool,
    },
    /// To the beginning.
    Start,
    /// To the end.
    End,
}

/// The playhead's keys.
pub const KEYS: &[KeyRow<PlayheadCommand>] = &[
    KeyRow {
        does: "play or pause",
        keys: &[key(Modifiers::NONE, Key::Space)],
        commands: &[PlayheadCommand::Toggle],
        when: KeyUse::Unfocused,
    },
    KeyRow {
        does: "step to the last or next event",
        keys: &[key(Modifiers::NONE, Key::ArrowLeft), key(Modifiers::NONE, Key::ArrowRight)],
        commands: &[PlayheadCommand::Step { forward: false }, PlayheadCommand::Step { forward: true }],
        when: KeyUse::Unfocused,
    },
    KeyRow {
        does: "go to the beginning or the end",
        keys: &[key(Modifiers::NONE, Key::Home), key(Modifiers::NONE, Key::End)],
        commands: &[PlayheadCommand::Start, PlayheadCommand::End],
        when: KeyUse::Unfocused,
    },
];

/// Room of a fixed width for what changes its own.
fn room_ui(ui: &mut Ui, width: f32, layout: Layout, add: impl FnOnce(&mut Ui)) {
    ui.allocate_ui_with_layout(vec2(width, size::CONTROL), layout, |ui| {
        ui.set_min_size(vec2(width, size::CONTROL));
        add(ui);
    });
}

/// `1.204 s / 2.080 s`, both in the unit that fits the whole, so that digits do not jump.
pub fn clock_words(at: Duration, whole: Duration) -> String {
    if whole.is_zero() {
        return "0 s / 0 s".to_owned();
    }
    let (scale, unit) = match whole.as_secs_f64() {
        secs if secs >= 1.0 => (1.0, "s"),
        secs if secs >= 1e-3 => (1e3, "ms"),
        _ => (1e6, "µs"),
    };
    let decimals = match whole.as_secs_f64() * scale {
        number if number >= 100.0 => 1,
        number if number >= 10.0 && unit == "ms" => 2,
        _ => 3,
    };
    let (at, whole) = (at.as_secs_f64() * scale, whole.as_secs_f64() * scale);
    let wide = format!("{whole:.decimals$}").len();
    format!("{at:>wide$.decimals$} {unit} / {whole:.decimals$} {unit}")
}

/// What a button of the playhead shows; drawn, since fonts have no such signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PlayheadIcon {
    Start,
    Back,
    Play,
    Pause,
    Forward,
    End,
    Previous,
    Next,
}

pub(super) fn icon_ui(ui: &mut Ui, icon: PlayheadIcon, name: &str, key: Option<&str>) -> Response {
    let theme = Theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(size::CONTROL, size::CONTROL), Sense::click());
    let enabled = ui.is_enabled();
    response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, name));
    let rounding = CornerRadius::same(size::ROUNDING);
    if response.hovered() {
        ui.painter().rect_filled(rect, rounding, theme.control_hovered);
    }
    let colour = if enabled { theme.text } else { theme.muted.gamma_multiply(0.5) };
    paint_icon(ui.painter(), rect, icon, colour);
    response.on_hover_text(key.map_or_else(|| name.to_owned(), |key| format!("{name} ({key})")))
}

fn paint_icon(painter: &Painter, rect: Rect, icon: PlayheadIcon, colour: Color32) {
    let centre = rect.center();
    let triangle = |offset: f32, facing: f32| {
        let points = [vec2(-4.0, -5.0), vec2(-4.0, 5.0), vec2(5.0, 0.0)];
        let points = points.map(|point| centre + vec2(offset + point.x * facing, point.y)).to_vec();
        painter.add(Shape::convex_polygon(points, colour, Stroke::NONE));
    };
    let bar = |offset: f32, wide: f32| {
        painter.rect_filled(Rect::from_center_size(centre + vec2(offset, 0.0), vec2(wide, 10.0)), 0.0, colour);
    };
    match icon {
        // A bar ahead of the way is what one cannot pass; behind it, what one leaves.
        PlayheadIcon::Start => {
            bar(-5.0, 2.0);
            triangle(1.0, -1.0);
        }
        PlayheadIcon::Back => {
            triangle(-2.0, -1.0);
            bar(6.0, 2.0);
        }
        PlayheadIcon::Play | PlayheadIcon::Next => triangle(0.0, 1.0),
        PlayheadIcon::Pause => {
            bar(-3.0, 3.0);
            bar(3.0, 3.0);
        }
        PlayheadIcon::Previous => triangle(0.0, -1.0),
        PlayheadIcon::Forward => {
            bar(-6.0, 2.0);
            triangle(2.0, 1.0);
        }
        PlayheadIcon::End => {
            triangle(-1.0, 1.0);
            bar(5.0, 2.0);
        }
    }
}

/// A record is played so that it takes at least this long, until another speed is chosen.
const PLEASANT_SECS: f64 = 4.0;
/// After a hitch the playhead does not jump further than this.
const LONGEST_FRAME_SECS: f64 = 0.1;
/// Radius of the scrub bar's handle.
const HANDLE: f32 = 6.0;
/// Least width of the scrub bar.
const LEAST_BAR: f32 = 80.0;
/// Width of the time, whatever it says.
const TIME_WIDTH: f32 = 166.0;
/// Width of the speed.
const SPEED_WIDTH: f32 = 70.0;

#[cfg(test)]
mod the_playhead {
    use egui_kittest::{Harness, kittest::Queryable as _};

    use super::{
        super::samples::{Sample, millis},
        *,
    };
    use crate::app::theme;

    fn range() -> RangeInclusive<Duration> {
        Duration::ZERO..=Duration::from_secs(2)
    }

    #[test]
    fn starts_at_the_end_and_follows_it() {
        let playhead = Playhead::default();
        assert_eq!(playhead.moment_until(Duration::from_secs(1)), Duration::from_secs(1));
        assert_eq!(playhead.moment_until(Duration::from_secs(2)), Duration::from_secs(2));
    }

    #[test]
    fn plays_from_the_beginning_when_it_stands_at_the_end() {
        let mut playhead = Playhead::default();
        playhead.toggle(&range());
        assert!(playhead.is_playing());
        assert_eq!(playhead.moment(), Some(Duration::ZERO));
        playhead.toggle(&range());
        assert_eq!((playhead.is_playing(), playhead.moment()), (false, Some(Duration::ZERO)));
    }

    #[test]
    fn plays_short_runs_slowly_and_long_ones_fast() {
        assert_eq!(Speed::pleasant(Duration::from_millis(2080)), Speed(-1));
        assert_eq!(Speed::pleasant(Duration::from_mins(5)), Speed(1));
        assert_eq!(Speed::pleasant(Duration::from_micros(900)), Speed(-4));
        assert_eq!(Speed::pleasant(Duration::ZERO), Speed(-4));
    }

    #[test]
    fn writes_both_times_in_one_unit() {
        assert_eq!(clock_words(millis(1204), millis(2080)), "1.204 s / 2.080 s");
        assert_eq!(clock_words(millis(7), millis(78)), " 7.00 ms / 78.00 ms");
        assert_eq!(clock_words(millis(1), Duration::from_mins(2)), "  0.0 s / 120.0 s");
        assert_eq!(clock_words(Duration::ZERO, Duration::ZERO), "0 s / 0 s");
    }

    #[test]
    fn keeps_what_stands_beside_it_in_its_place() {
        let beside = |whole: Duration, speed: Speed| {
            let mut playhead = Playhead { speed: Some(speed), ..Playhead::default() };
            let index = RecordIndex::default();
            let mut harness = Harness::builder().with_size([992.0, 40.0]).with_context_setup(theme::install).build_ui(
                move |ui: &mut Ui| {
                    ui.horizontal(|ui| {
                        playhead.ui(ui, &(Duration::ZERO..=whole), &index, 440.0);
                        ui.label("beside");
                    });
                },
            );
            harness.run();
            harness.get_by_label("beside").rect().left()
        };
        let short = beside(Duration::from_millis(203), Speed(1));
        assert!(short > 400.0 && short < 600.0, "{short}");
        for (millis, speed) in [(4, -4), (2_080, -1), (27_643, 0), (1_604_148, 0), (9_999_900, 1)] {
            let there = beside(Duration::from_millis(millis), Speed(speed));
            assert!((there - short).abs() < 0.01, "{millis} ms: {there} and {short}");
        }
    }

    #[test]
    fn steps_by_events_and_jumps_to_both_ends() {
        let sample = Sample::persistent(2, 20_000);
        let mut index = RecordIndex::default();
        assert!(index.sync(&sample.scene(), usize::MAX));
        let range = Duration::ZERO..=sample.ledger.ends_at();
        let ends = *range.end();
        let paint = move |ui: &mut Ui, playhead: &mut Playhead| {
            ui.horizontal(|ui| playhead.ui(ui, &range, &index, 100.0));
        };
        let mut harness = Harness::builder()
            .with_size([992.0, 40.0])
            .with_context_setup(theme::install)
            .build_ui_state(paint, Playhead::default());
        let mut after = |click: &str| {
            harness.get_by_label(click).click();
            harness.run();
            harness.state().moment_until(ends)
        };
        assert_eq!(after("To the beginning"), Duration::ZERO);
        assert_eq!(after("One event on"), millis(100), "the SYN-ACK");
        assert_eq!(after("One event back"), Duration::ZERO);
        assert_eq!(after("To the end"), ends);
    }
}
