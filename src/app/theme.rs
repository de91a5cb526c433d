//! Every colour and every size of the window, light and dark. Nothing else in the window names a colour.
//!
//! `Theme::of(ui)` gives the palette in force. The seven phase colours stay apart for colour-blind readers and never stand
//! alone: each has a word ([`FetchPhase::word`]) and a place.

use egui::{
    Color32, Context, CornerRadius, FontDefinitions, FontFamily, FontId, Margin, Shadow, Stroke, Style, TextStyle, Ui,
    Visuals,
    style::{HandleShape, ScrollStyle, Selection, WidgetVisuals},
    vec2,
};

use crate::{engine::timing::Phases, net::TimeSpan, wire::Side};

/// The colours in force. All are opaque.
#[derive(Debug, PartialEq, Eq)]
pub struct Theme {
    /// Behind everything: the middle of a tab.
    pub window: Color32,
    /// Bars, side panels, cards, popups.
    pub panel: Color32,
    /// Borders, separators, slider rails, grids.
    pub line: Color32,
    /// Colour of text.
    pub text: Color32,
    /// Words that may be overlooked.
    pub muted: Color32,
    /// The one accent: links, the chosen item, the primary button, the playhead.
    pub accent: Color32,
    /// Words on [`Theme::accent`].
    pub on_accent: Color32,
    /// Ground of what is selected or hovered together with something.
    pub selection: Color32,
    /// Agreement, success. Always with a word.
    pub good: Color32,
    /// Disagreement, failure. Always with a word.
    pub bad: Color32,
    /// Ground of octets, source and messages as written.
    pub code_ground: Color32,
    /// Ground of buttons and fields at rest.
    pub control: Color32,
    /// The same under the pointer.
    pub control_hovered: Color32,
    /// A bar that is not the selected one.
    pub bar: Color32,
    /// The selected bar.
    pub bar_selected: Color32,
    /// What a hand takes hold of, and the way it moves along: rails, scroll bars, the handles of panels.
    pub handle: Color32,
    /// The ground a rendered page stands on: pages bring their own colours and expect white.
    pub page: Color32,
    phases: [Color32; 7],
    phase_words: [Color32; 7],
    strategies: [Color32; 6],
}

impl Theme {
    /// The palette in force where `ui` paints.
    pub fn of(ui: &Ui) -> &'static Self {
        Self::by_darkness(ui.visuals().dark_mode)
    }

    /// The dark palette or the light one.
    pub fn by_darkness(dark: bool) -> &'static Self {
        if dark { &DARK } else { &LIGHT }
    }

    /// Colour of a phase of fetching an object, for bars and lines.
    pub fn phase(&self, phase: FetchPhase) -> Color32 {
        of_phase(self.phases, phase)
    }

    /// The same colour, dark or light enough to read words in it.
    pub fn phase_words(&self, phase: FetchPhase) -> Color32 {
        of_phase(self.phase_words, phase)
    }

    /// Colour of what one side sent: the client's as a request waiting for its answer, the server's as octets received.
    pub fn side(&self, side: Side) -> Color32 {
        match side {
            Side::Client => self.phase_words(FetchPhase::Wait),
            Side::Server => self.phase_words(FetchPhase::Receive),
        }
    }

    /// A colour of its own for each of up to six lines in a plot (Okabe and Ito's set, adapted to the ground).
    pub fn series(&self, index: usize) -> Color32 {
        self.strategies.get(index % self.strategies.len()).copied().unwrap_or(self.accent)
    }

    /// A one-point border.
    pub fn border(&self) -> Stroke {
        Stroke::new(size::BORDER, self.line)
    }
}

fn of_phase([queue, dns, connect, tls, send, wait, receive]: [Color32; 7], phase: FetchPhase) -> Color32 {
    match phase {
        FetchPhase::Queue => queue,
        FetchPhase::Dns => dns,
        FetchPhase::Connect => connect,
        FetchPhase::Tls => tls,
        FetchPhase::Send => send,
        FetchPhase::Wait => wait,
        FetchPhase::Receive => receive,
    }
}

/// A part of the time it takes to fetch an object, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FetchPhase {
    /// Waiting for a free connection.
    Queue,
    /// Name lookup.
    Dns,
    /// TCP handshake.
    Connect,
    /// TLS handshake.
    Tls,
    /// The request leaves.
    Send,
    /// Until the response's first octet.
    Wait,
    /// Until its last.
    Receive,
}

impl FetchPhase {
    /// All, in order of time.
    pub const ALL: [Self; 7] =
        [Self::Queue, Self::Dns, Self::Connect, Self::Tls, Self::Send, Self::Wait, Self::Receive];

    /// Its word, always shown near its colour.
    pub fn word(self) -> &'static str {
        match self {
            Self::Queue => "queue",
            Self::Dns => "DNS",
            Self::Connect => "connect",
            Self::Tls => "TLS",
            Self::Send => "send",
            Self::Wait => "wait",
            Self::Receive => "receive",
        }
    }

    /// What it is, in one sentence.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Queue => "The browser knows it needs the object but has no free connection for it yet.",
            Self::Dns => "The host's name is being turned into an IP address. RFC 1034.",
            Self::Connect => "TCP's three-way handshake: one round trip before anything can be asked. RFC 9293 §3.5.",
            Self::Tls => "The TLS handshake above TCP: one more round trip with TLS 1.3. RFC 8446 §2.",
            Self::Send => "The request's octets leave this computer.",
            Self::Wait => {
                "From the request's last octet out to the response's first octet in: one round trip and the server's work."
            }
            Self::Receive => "From the response's first octet to its last: size divided by rate, at best.",
        }
    }

    /// When it took place, where it did.
    pub fn span(self, phases: &Phases) -> Option<TimeSpan> {
        match self {
            Self::Queue => phases.queue,
            Self::Dns => phases.dns,
            Self::Connect => phases.connect,
            Self::Tls => phases.tls,
            Self::Send => phases.send,
            Self::Wait => phases.wait,
            Self::Receive => phases.receive,
        }
    }
}

/// Sizes in points, on a 4-point grid.
pub mod size {
    /// Height of the top bar.
    pub const TOP_BAR: f32 = 44.0;
    /// Height of the status bar.
    pub const STATUS_BAR: f32 = 26.0;
    /// Width of a tab's controls on the left.
    pub const CONTROLS: f32 = 272.0;
    /// Width of the inspector on the right, before anyone drags it.
    pub const INSPECTOR: f32 = 372.0;
    /// Least width of the inspector.
    pub const INSPECTOR_LEAST: f32 = 260.0;
    /// Height of the lower drawer, its playhead bar included, before anyone drags it, in a window that is tall enough.
    pub const DRAWER: f32 = 280.0;
    /// Height of the drawer's head: the playhead bar.
    pub const PLAYHEAD_BAR: f32 = 40.0;
    /// Height of a control.
    pub const CONTROL: f32 = 26.0;
    /// Height of a primary button.
    pub const PRIMARY: f32 = 36.0;
    /// Height of a row of a table.
    pub const ROW: f32 = 24.0;
    /// Margin of panels.
    pub const MARGIN: f32 = 16.0;
    /// Space between things that belong together.
    pub const GAP: f32 = 8.0;
    /// Width of a border.
    pub const BORDER: f32 = 1.0;
    /// Rounding of controls.
    pub const ROUNDING: u8 = 5;
    /// Rounding of cards and popups.
    pub const CARD_ROUNDING: u8 = 8;
    /// The three text sizes: notes, words, headings.
    pub const TEXT: [f32; 3] = [11.5, 13.5, 16.0];
    /// Least and greatest size of text, as a factor: half as large as usual for a large screen, twice for a projector.
    pub const ZOOM: [f32; 2] = [0.5, 2.0];
    /// Numbers and octets; Hack is wide, so it matches words of 13.5.
    pub const MONO: f32 = 12.5;
    /// Small numbers: axis labels, marks in a ladder.
    pub const MONO_SMALL: f32 = 11.0;
}

/// The small mono font: axis labels, marks in a ladder.
pub fn mono_small() -> FontId {
    FontId::new(size::MONO_SMALL, FontFamily::Monospace)
}

/// The mono font of numbers and octets.
pub fn mono() -> FontId {
    FontId::new(size::MONO, FontFamily::Monospace)
}

/// Gives `ctx` both styles and the fonts. Which style is in force is egui's theme preference. Call it once, before the first frame.
pub fn install(ctx: &Context) {
    ctx.set_fonts(fonts());
    ctx.options_mut(|options| options.fallback_theme = egui::Theme::Light);
    ctx.set_style_of(egui::Theme::Light, style(&LIGHT, Visuals::light()));
    ctx.set_style_of(egui::Theme::Dark, style(&DARK, Visuals::dark()));
}

/// egui's own fonts, each standing in for what the other lacks: signs of mathematics and arrows are in Hack only.
fn fonts() -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    let mono = fonts.families.get(&FontFamily::Monospace).cloned().unwrap_or_default();
    if let Some(words) = fonts.families.get_mut(&FontFamily::Proportional) {
        words.extend(mono.into_iter().filter(|name| !words.contains(name)).collect::<Vec<_>>());
    }
    fonts
}

fn style(theme: &Theme, base: Visuals) -> Style {
    let [small, body, heading] = size::TEXT;
    let mut style = Style { visuals: visuals(theme, base), animation_time: 0.08, ..Style::default() };
    style.text_styles = [
        (TextStyle::Small, FontId::new(small, FontFamily::Proportional)),
        (TextStyle::Body, FontId::new(body, FontFamily::Proportional)),
        (TextStyle::Button, FontId::new(body, FontFamily::Proportional)),
        (TextStyle::Heading, FontId::new(heading, FontFamily::Proportional)),
        (TextStyle::Monospace, mono()),
    ]
    .into();
    style.drag_value_text_style = TextStyle::Monospace;
    let spacing = &mut style.spacing;
    spacing.item_spacing = vec2(8.0, 4.0);
    spacing.button_padding = vec2(10.0, 4.0);
    spacing.interact_size = vec2(28.0, size::CONTROL);
    spacing.window_margin = Margin::same(16);
    spacing.menu_margin = Margin::same(8);
    spacing.icon_width = 16.0;
    spacing.icon_width_inner = 10.0;
    spacing.icon_spacing = 8.0;
    spacing.slider_rail_height = 4.0;
    spacing.tooltip_width = 360.0;
    // Numbers are right-aligned: what a bar would cover keeps out of its way. The bar is seen without pointing at it: it says that
    // there is more.
    spacing.scroll = ScrollStyle {
        bar_width: 8.0,
        floating_width: 5.0,
        floating_allocated_width: 10.0,
        dormant_handle_opacity: SCROLL_HANDLE,
        active_handle_opacity: SCROLL_HANDLE,
        ..ScrollStyle::floating()
    };
    style.interaction.tooltip_delay = 0.35;
    style
}

/// How much of the colour of words the handle of a scroll bar has that nobody points at.
const SCROLL_HANDLE: f32 = 0.6;

fn visuals(theme: &Theme, base: Visuals) -> Visuals {
    let mut visuals = base;
    let rounding = CornerRadius::same(size::ROUNDING);
    let look = |fill: Color32, border: Color32, text: Color32| WidgetVisuals {
        bg_fill: fill,
        weak_bg_fill: fill,
        bg_stroke: Stroke::new(size::BORDER, border),
        corner_radius: rounding,
        fg_stroke: Stroke::new(1.0, text),
        expansion: 0.0,
    };
    visuals.widgets.noninteractive = look(theme.panel, theme.line, theme.text);
    visuals.widgets.inactive = look(theme.control, theme.line, theme.text);
    visuals.widgets.hovered = look(theme.control_hovered, theme.accent, theme.text);
    visuals.widgets.active = look(theme.selection, theme.accent, theme.text);
    visuals.widgets.open = look(theme.selection, theme.accent, theme.text);
    visuals.selection = Selection { bg_fill: theme.selection, stroke: Stroke::new(1.0, theme.accent) };
    visuals.weak_text_color = Some(theme.muted);
    visuals.hyperlink_color = theme.accent;
    visuals.faint_bg_color = theme.code_ground;
    visuals.extreme_bg_color = theme.control;
    visuals.text_edit_bg_color = Some(theme.control);
    visuals.code_bg_color = theme.code_ground;
    visuals.warn_fg_color = theme.bad;
    visuals.error_fg_color = theme.bad;
    visuals.window_fill = theme.panel;
    visuals.window_stroke = theme.border();
    visuals.window_corner_radius = CornerRadius::same(size::CARD_ROUNDING);
    visuals.menu_corner_radius = CornerRadius::same(size::CARD_ROUNDING);
    visuals.panel_fill = theme.panel;
    let shade = Color32::from_black_alpha(if visuals.dark_mode { 110 } else { 32 });
    visuals.popup_shadow = Shadow { offset: [0, 4], blur: 16, spread: 0, color: shade };
    visuals.window_shadow = Shadow { offset: [0, 8], blur: 24, spread: 0, color: shade };
    visuals.handle_shape = HandleShape::Circle;
    visuals.text_cursor.stroke = Stroke::new(1.5, theme.accent);
    visuals.text_cursor.blink = false;
    visuals
}

#[expect(clippy::disallowed_methods, reason = "the one place colours are made")]
const fn rgb(hex: u32) -> Color32 {
    let [_, red, green, blue] = hex.to_be_bytes();
    Color32::from_rgb(red, green, blue)
}

static LIGHT: Theme = Theme {
    window: rgb(0xF5_F6F8),
    panel: rgb(0xFF_FFFF),
    line: rgb(0xE1_E5EA),
    text: rgb(0x1B_2330),
    muted: rgb(0x5F_6B7A),
    accent: rgb(0x0B_62C4),
    on_accent: rgb(0xFF_FFFF),
    selection: rgb(0xE7_F0FC),
    good: rgb(0x00_765A),
    bad: rgb(0xB3_3A00),
    code_ground: rgb(0xF8_FAFC),
    control: rgb(0xF5_F6F8),
    control_hovered: rgb(0xEC_F1F8),
    bar: rgb(0x5F_93B8),
    bar_selected: rgb(0x00_72B2),
    handle: rgb(0x7B_8798),
    page: rgb(0xFF_FFFF),
    phases: [
        rgb(0x7F_8B9C),
        rgb(0xB0_588D),
        rgb(0xC0_7A00),
        rgb(0xC2_4E00),
        rgb(0x56_6070),
        rgb(0x00_9069),
        rgb(0x00_72B2),
    ],
    phase_words: [
        rgb(0x5F_6B7A),
        rgb(0x9C_487A),
        rgb(0x8A_5600),
        rgb(0xB0_4600),
        rgb(0x56_6070),
        rgb(0x00_765A),
        rgb(0x00_67A2),
    ],
    strategies: [rgb(0xC2_4E00), rgb(0xC0_7A00), rgb(0x00_72B2), rgb(0x2E_92CC), rgb(0x00_9069), rgb(0xB0_588D)],
};

static DARK: Theme = Theme {
    window: rgb(0x11_151A),
    panel: rgb(0x18_1D24),
    line: rgb(0x2A_323C),
    text: rgb(0xE4_E9EF),
    muted: rgb(0x93_A0AF),
    accent: rgb(0x6A_A9FF),
    on_accent: rgb(0x0E_1726),
    selection: rgb(0x1E_3149),
    good: rgb(0x3C_C79A),
    bad: rgb(0xFF_8A50),
    code_ground: rgb(0x14_1920),
    control: rgb(0x11_151A),
    control_hovered: rgb(0x1F_2731),
    bar: rgb(0x4B_7FA8),
    bar_selected: rgb(0x58_AEEA),
    handle: rgb(0x6B_7788),
    page: rgb(0xFF_FFFF),
    phases: [
        rgb(0x6B_7788),
        rgb(0xD8_8BB8),
        rgb(0xF0_B040),
        rgb(0xF0_803C),
        rgb(0xA7_B2C0),
        rgb(0x2F_BF93),
        rgb(0x58_AEEA),
    ],
    phase_words: [
        rgb(0x93_A0AF),
        rgb(0xD8_8BB8),
        rgb(0xF0_B040),
        rgb(0xF0_803C),
        rgb(0xA7_B2C0),
        rgb(0x2F_BF93),
        rgb(0x58_AEEA),
    ],
    strategies: [rgb(0xF0_803C), rgb(0xF0_B040), rgb(0x58_AEEA), rgb(0x9C_D3F5), rgb(0x2F_BF93), rgb(0xD8_8BB8)],
};

#[cfg(test)]
mod the_two_palettes {
    use super::{Color32, DARK, FetchPhase, LIGHT, Theme, Visuals};

    fn luminance(colour: Color32) -> f64 {
        let linear = |octet: u8| {
            let share = f64::from(octet) / 255.0;
            if share <= 0.040_45 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(colour.r()) + 0.7152 * linear(colour.g()) + 0.0722 * linear(colour.b())
    }

    /// WCAG 2.2 §1.4.3.
    fn contrast(one: Color32, other: Color32) -> f64 {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn words_can_be_read_on_every_ground() {
        for theme in [&LIGHT, &DARK] {
            let of_controls = [theme.control, theme.control_hovered];
            for ground in [theme.window, theme.panel, theme.selection, theme.code_ground].into_iter().chain(of_controls)
            {
                for words in [theme.text, theme.muted, theme.accent, theme.good, theme.bad] {
                    let found = contrast(words, ground);
                    assert!(found >= 4.5, "{words:?} on {ground:?}: {found:.2}");
                }
            }
            assert!(contrast(theme.on_accent, theme.accent) >= 4.5);
        }
    }

    /// WCAG 2.2 §1.4.11: what has to be seen to be understood or taken hold of.
    #[test]
    fn bars_lines_and_handles_are_seen_on_every_ground() {
        for theme in [&LIGHT, &DARK] {
            let phases = FetchPhase::ALL.map(|phase| (phase.word(), theme.phase(phase)));
            let series = [0, 1, 2, 3, 4, 5].map(|index| ("series", theme.series(index)));
            let others = [("bar", theme.bar), ("selected bar", theme.bar_selected), ("handle", theme.handle)];
            let of_words = [("accent", theme.accent), ("good", theme.good), ("bad", theme.bad)];
            for ground in [theme.window, theme.panel, theme.code_ground, theme.control] {
                for (what, mark) in phases.into_iter().chain(series).chain(others).chain(of_words) {
                    let found = contrast(mark, ground);
                    assert!(found >= 3.0, "{what} {mark:?} on {ground:?}: {found:.2}");
                }
            }
            for (what, mark) in phases {
                let found = contrast(mark, theme.selection);
                assert!(found >= 2.8, "{what} in a selected row, which has a word beside it: {found:.2}");
            }
        }
    }

    #[test]
    fn words_in_the_colour_of_a_phase_can_be_read() {
        for theme in [&LIGHT, &DARK] {
            for phase in FetchPhase::ALL {
                for ground in [theme.window, theme.panel, theme.control, theme.code_ground] {
                    let found = contrast(theme.phase_words(phase), ground);
                    assert!(found >= 4.5, "{} on {ground:?}: {found:.2}", phase.word());
                }
            }
        }
    }

    #[test]
    fn a_scroll_bar_is_seen_without_pointing_at_it() {
        for theme in [&LIGHT, &DARK] {
            for ground in [theme.window, theme.panel, theme.code_ground] {
                let handle = ground.blend(theme.text.gamma_multiply(super::SCROLL_HANDLE));
                assert!(contrast(handle, ground) >= 3.0, "{handle:?} on {ground:?}");
            }
        }
    }

    /// What egui paints by itself takes its colours from the style: no pair of words and ground in it is faint.
    #[test]
    fn the_style_has_no_faint_words() {
        for (theme, base) in [(&LIGHT, Visuals::light()), (&DARK, Visuals::dark())] {
            let visuals = super::visuals(theme, base);
            let widgets = &visuals.widgets;
            for look in [&widgets.noninteractive, &widgets.inactive, &widgets.hovered, &widgets.active, &widgets.open] {
                assert!(contrast(look.fg_stroke.color, look.bg_fill) >= 4.5);
                assert!(contrast(look.fg_stroke.color, look.weak_bg_fill) >= 4.5);
            }
            for (words, ground) in [
                (visuals.weak_text_color(), visuals.text_edit_bg_color()),
                (visuals.hyperlink_color, visuals.panel_fill),
                (visuals.warn_fg_color, visuals.window_fill),
                (visuals.selection.stroke.color, visuals.selection.bg_fill),
            ] {
                assert!(contrast(words, ground) >= 4.5, "{words:?} on {ground:?}");
            }
            assert!(contrast(visuals.text_cursor.stroke.color, visuals.text_edit_bg_color()) >= 3.0);
        }
    }

    #[test]
    fn phases_differ_from_each_other() {
        for theme in [&LIGHT, &DARK] {
            for (at, one) in FetchPhase::ALL.iter().enumerate() {
                for other in &FetchPhase::ALL[at + 1..] {
                    assert_ne!(theme.phase(*one), theme.phase(*other), "{} and {}", one.word(), other.word());
                }
            }
        }
    }

    #[test]
    fn darkness_chooses() {
        assert_eq!(Theme::by_darkness(true), &DARK);
        assert_eq!(Theme::by_darkness(false), &LIGHT);
    }
}
