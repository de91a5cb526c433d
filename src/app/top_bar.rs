//! The top bar: the logo, the tabs, the world, the path, the menu, light or dark.

use egui::{
    Align, Button, CornerRadius, Frame, Layout, Margin, Popup, PopupCloseBehavior, RectAlign, Response, RichText, Role,
    Sense, Stroke, TextStyle, Ui, WidgetInfo, pos2, vec2,
};

use super::{
    actions::Action,
    hosts_popup::hosts_ui,
    path_popup::path_ui,
    subject::TabId,
    tab::TabRow,
    theme::{Theme, size},
    widgets,
};
use crate::{
    engine::setting::{Setting, WorldChoice},
    lab::LabFiles,
};

/// What the top bar shows.
pub(super) struct TopBar<'a> {
    /// The tabs, in order.
    pub tabs: &'a [TabRow],
    /// The one shown.
    pub shown: TabId,
    /// World and path.
    pub setting: &'a Setting,
    /// What the lab consists of.
    pub lab: &'a LabFiles,
}

/// What was chosen in the menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MenuChoice {
    /// Save the shown run to a file.
    Save,
    /// Open a saved run.
    Open,
    /// Shortcuts and terms.
    Help,
}

/// Paints the bar; pushes tab changes and settings, returns what was chosen in the menu.
pub(super) fn top_bar_ui(ui: &mut Ui, bar: &TopBar<'_>, actions: &mut Vec<Action>) -> Option<MenuChoice> {
    ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
        ui.spacing_mut().item_spacing.x = TAB_GAP;
        let form = BarForm::fitting(ui, bar);
        let end = form.end_width(ui, bar.setting);
        if form.has(Shortening::NoName) {
            logo_ui(ui, false);
        } else {
            logo_ui(ui, true);
            ui.add_space(12.0);
        }
        tabs_ui(ui, bar, ui.available_width() - end, actions);
        ui.add_space((ui.available_width() - end).max(0.0));
        end_ui(ui, bar, form, actions)
    })
    .inner
}

/// How much the bar says: in a narrow window, or with large text, less of it, so that everything has room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct BarForm(usize);

/// What is left out, one after the other, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Shortening {
    /// The words of the worlds are short.
    ShortWorld = 1,
    /// The path's numbers are in its popup only.
    NoPathNumbers,
    /// The program's name.
    NoName,
    /// The switch between light and dark is in the menu.
    NoSwitch,
}

impl BarForm {
    /// The fullest in which all tabs have room, else the shortest: then some tabs are in a menu.
    fn fitting(ui: &Ui, bar: &TopBar<'_>) -> Self {
        let tabs: f32 = bar.tabs.iter().map(|tab| tab_width(ui, tab.title) + TAB_GAP).sum();
        let fits = |form: &Self| form.begin_width(ui) + tabs + form.end_width(ui, bar.setting) <= ui.available_width();
        (0..=Shortening::NoSwitch as usize).map(Self).find(fits).unwrap_or(Self(Shortening::NoSwitch as usize))
    }

    fn has(self, shortening: Shortening) -> bool {
        self.0 >= shortening as usize
    }

    fn begin_width(self, ui: &Ui) -> f32 {
        let name = widgets::text_width(ui, NAME, &TextStyle::Heading) + 12.0 + 2.0 * TAB_GAP;
        LOGO + TAB_GAP + if self.has(Shortening::NoName) { 0.0 } else { name }
    }

    /// Width of what stands at the right end.
    fn end_width(self, ui: &Ui, setting: &Setting) -> f32 {
        let button =
            |words: &str| widgets::text_width(ui, words, &TextStyle::Body) + 2.0 * ui.spacing().button_padding.x + 2.0;
        let world =
            self.worlds().iter().map(|(_, words)| widgets::text_width(ui, words, &TextStyle::Body) + 20.0).sum::<f32>();
        let label = if self.has(Shortening::ShortWorld) {
            0.0
        } else {
            widgets::text_width(ui, WORLD, &TextStyle::Small) + GAP
        };
        let hosts = if setting.world == WorldChoice::Lab { button(&hosts_words(setting)) + GAP } else { 0.0 };
        let switch = if self.has(Shortening::NoSwitch) { 0.0 } else { size::CONTROL + GAP };
        label + world + GAP + hosts + button(&self.path_words(setting)) + GAP + switch + button(MENU) + 2.0
    }

    fn worlds(self) -> [(WorldChoice, &'static str); 2] {
        if self.has(Shortening::ShortWorld) {
            [(WorldChoice::Lab, "Lab"), (WorldChoice::Internet, "Internet")]
        } else {
            [(WorldChoice::Lab, "Lab Internet"), (WorldChoice::Internet, "This machine's Internet")]
        }
    }

    fn path_words(self, setting: &Setting) -> String {
        match setting.world {
            _ if self.has(Shortening::NoPathNumbers) => "Path".to_owned(),
            WorldChoice::Lab => format!("Path {}", setting.path),
            WorldChoice::Internet => "Path as it is".to_owned(),
        }
    }
}

/// As many tabs as there is room for, and the others in a menu. The shown one is never in the menu.
fn tabs_ui(ui: &mut Ui, bar: &TopBar<'_>, room: f32, actions: &mut Vec<Action>) {
    let widths: Vec<f32> = bar.tabs.iter().map(|tab| tab_width(ui, tab.title) + TAB_GAP).collect();
    let all: f32 = widths.iter().sum();
    let more = widgets::text_width(ui, MORE, &TextStyle::Body) + 2.0 * ui.spacing().button_padding.x + TAB_GAP;
    let shown = bar.tabs.iter().zip(&widths).find(|(tab, _)| tab.id == bar.shown).map_or(0.0, |(_, width)| *width);
    let mut left = if all <= room { room } else { room - more - shown };
    let mut in_menu = Vec::new();
    for ((number, tab), width) in bar.tabs.iter().enumerate().zip(widths) {
        let is_shown = tab.id == bar.shown;
        let fits = all <= room || is_shown || width <= left;
        if !fits {
            // What comes after one that has no room has none either: the order stays as it is.
            left = 0.0;
            in_menu.push((number, tab));
            continue;
        }
        left -= if is_shown { 0.0 } else { width };
        let response = tab_ui(ui, tab.title, is_shown);
        if response.on_hover_text(format!("{} Ctrl+{}", tab.help, number + 1)).clicked() {
            actions.push(Action::Show(tab.id));
        }
    }
    if !in_menu.is_empty() {
        more_ui(ui, &in_menu, actions);
    }
}

fn more_ui(ui: &mut Ui, tabs: &[(usize, &TabRow)], actions: &mut Vec<Action>) {
    let theme = Theme::of(ui);
    let response = ui.add(Button::new(MORE).fill(theme.panel).min_size(vec2(0.0, size::CONTROL)));
    let response = widgets::named(ui, response, "More tabs");
    Popup::menu(&response).accessible_name("More tabs").show(|ui| {
        for (number, tab) in tabs {
            let keys = RichText::new(format!("Ctrl+{}", number + 1)).color(theme.muted).text_style(TextStyle::Small);
            let button = Button::new(tab.title).shortcut_text(keys).stroke(Stroke::NONE).fill(theme.panel);
            if ui.add(button).on_hover_text(tab.help).clicked() {
                actions.push(Action::Show(tab.id));
            }
        }
    });
}

/// World, hosts, path, the switch between light and dark, the menu: the keyboard goes through them in this order.
fn end_ui(ui: &mut Ui, bar: &TopBar<'_>, form: BarForm, actions: &mut Vec<Action>) -> Option<MenuChoice> {
    ui.spacing_mut().item_spacing.x = GAP;
    let mut setting = bar.setting.clone();
    if !form.has(Shortening::ShortWorld) {
        widgets::muted(ui, WORLD);
    }
    world_ui(ui, &mut setting.world, &form.worlds());
    hosts_button_ui(ui, &mut setting, bar.lab);
    path_button_ui(ui, &mut setting, form, bar.lab);
    if !form.has(Shortening::NoSwitch) {
        darkness_ui(ui);
    }
    let chosen = menu_ui(ui, form);
    if setting != *bar.setting {
        actions.push(Action::Set(setting));
    }
    chosen
}

fn tab_width(ui: &Ui, title: &str) -> f32 {
    widgets::text_width(ui, title, &TextStyle::Body) + 24.0
}

/// What the window is looking at, never to be mistaken: a line under the whole bar when octets leave this machine.
pub(super) fn world_line_ui(ui: &Ui, bar: egui::Rect, world: WorldChoice) {
    if world == WorldChoice::Internet {
        let stroke = Stroke::new(2.0, Theme::of(ui).bad);
        ui.painter().hline(bar.x_range(), bar.bottom() - 1.0, stroke);
    }
}

fn logo_ui(ui: &mut Ui, named: bool) {
    let theme = Theme::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(LOGO, LOGO), Sense::hover());
    ui.painter().circle_stroke(rect.center(), 7.0, Stroke::new(1.8, theme.accent));
    ui.painter().circle_filled(rect.center(), 3.2, theme.accent);
    if named {
        ui.label(RichText::new(NAME).text_style(TextStyle::Heading));
    }
}

fn tab_ui(ui: &mut Ui, title: &str, shown: bool) -> Response {
    let theme = Theme::of(ui);
    let font = TextStyle::Body.resolve(ui.style());
    let galley = ui.painter().layout_no_wrap(title.to_owned(), font, egui::Color32::PLACEHOLDER);
    let (rect, response) = ui.allocate_exact_size(galley.size() + vec2(24.0, 12.0), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Tab, true, shown, title));
    let rounding = CornerRadius::same(size::ROUNDING);
    if shown {
        ui.painter().rect_filled(rect, rounding, theme.selection);
    } else if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, rounding, theme.control_hovered);
    }
    let colour = if shown { theme.accent } else { theme.muted };
    ui.painter().galley(rect.center() - galley.size() / 2.0, galley, colour);
    response
}

fn world_ui(ui: &mut Ui, world: &mut WorldChoice, choices: &[(WorldChoice, &str)]) {
    widgets::segmented(ui, WORLD, world, choices).on_hover_text(
        "Lab Internet: hosts, links and servers inside this program; nothing leaves this machine. \
         This machine's Internet: real hosts, through this machine's network.",
    );
}

fn path_button_ui(ui: &mut Ui, setting: &mut Setting, form: BarForm, hosts: &LabFiles) {
    let lab = setting.world == WorldChoice::Lab;
    let words = form.path_words(setting);
    let theme = Theme::of(ui);
    let mut job = egui::text::LayoutJob::default();
    let font = TextStyle::Body.resolve(ui.style());
    let numbers = words.strip_prefix("Path").unwrap_or_default();
    job.append("Path", 0.0, egui::TextFormat::simple(font.clone(), theme.muted));
    job.append(numbers, 0.0, egui::TextFormat::simple(font, if lab { theme.accent } else { theme.muted }));
    let response = ui.add_enabled(lab, Button::new(job).fill(theme.panel).min_size(vec2(0.0, size::CONTROL)));
    let response = response.on_hover_text("Round-trip time, rate, loss and TCP model of your way into the lab.");
    let response = response.on_disabled_hover_text("On this machine's Internet the path is what it is.");
    // The button's right edge stays where it is while its words change.
    Popup::menu(&response)
        .align(RectAlign::BOTTOM_END)
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .width(POPUP_WIDTH.min(widest(ui)))
        .frame(Frame::popup(ui.style()).inner_margin(Margin::same(14)))
        .accessible_name("Path")
        .show(|ui| widgets::scrolling_popup(ui, |ui| path_ui(ui, &mut setting.path, hosts)));
}

fn hosts_words(setting: &Setting) -> String {
    match setting.off.len() {
        0 => "Hosts".to_owned(),
        off => format!("Hosts ({off} off)"),
    }
}

fn hosts_button_ui(ui: &mut Ui, setting: &mut Setting, lab: &LabFiles) {
    if setting.world != WorldChoice::Lab {
        return;
    }
    let words = hosts_words(setting);
    let theme = Theme::of(ui);
    let response = ui.add(Button::new(words).fill(theme.panel).min_size(vec2(0.0, size::CONTROL)));
    let response = response.on_hover_text("The lab's hosts and servers: see what runs where, switch them off and on.");
    Popup::menu(&response)
        .align(RectAlign::BOTTOM_END)
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .width(HOSTS_WIDTH.min(widest(ui)))
        .frame(Frame::popup(ui.style()).inner_margin(Margin::same(14)))
        .accessible_name("Hosts")
        .show(|ui| hosts_ui(ui, &mut setting.off, lab));
}

fn darkness_ui(ui: &mut Ui) {
    let theme = Theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(size::CONTROL, size::CONTROL), Sense::click());
    let name = darkness_words(ui);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
    let ground = if response.hovered() || response.has_focus() { theme.control_hovered } else { theme.panel };
    let rounding = CornerRadius::same(size::ROUNDING);
    ui.painter().rect(rect, rounding, ground, theme.border(), egui::StrokeKind::Inside);
    let (centre, radius) = (rect.center(), 6.0);
    ui.painter().circle_stroke(centre, radius, Stroke::new(1.3, theme.text));
    let half = (0..=16_u8).map(|step| {
        let angle = std::f32::consts::PI * (f32::from(step) / 16.0) - std::f32::consts::FRAC_PI_2;
        pos2(centre.x + radius * angle.cos(), centre.y + radius * angle.sin())
    });
    ui.painter().add(egui::Shape::convex_polygon(half.collect(), theme.text, Stroke::NONE));
    if response.on_hover_text(name).clicked() {
        turn(ui);
    }
}

fn darkness_words(ui: &Ui) -> &'static str {
    if ui.visuals().dark_mode { "Use light colours" } else { "Use dark colours" }
}

fn turn(ui: &Ui) {
    ui.ctx().set_theme(if ui.visuals().dark_mode { egui::Theme::Light } else { egui::Theme::Dark });
}

/// The widest a popup can be.
fn widest(ui: &Ui) -> f32 {
    ui.ctx().content_rect().width() - 2.0 * POPUP_MARGIN
}

fn menu_ui(ui: &mut Ui, form: BarForm) -> Option<MenuChoice> {
    let theme = Theme::of(ui);
    let response = ui.add(Button::new(MENU).fill(theme.panel).min_size(vec2(0.0, size::CONTROL)));
    let mut chosen = None;
    Popup::menu(&response).accessible_name("Menu").show(|ui| {
        for (words, keys, choice) in [
            ("Save run…", "Ctrl+S", MenuChoice::Save),
            ("Open run…", "Ctrl+O", MenuChoice::Open),
            ("Shortcuts and terms", "F1", MenuChoice::Help),
        ] {
            let keys = RichText::new(keys).color(theme.muted).text_style(TextStyle::Small);
            if ui.add(Button::new(words).shortcut_text(keys).stroke(Stroke::NONE).fill(theme.panel)).clicked() {
                chosen = Some(choice);
            }
        }
        if form.has(Shortening::NoSwitch)
            && ui.add(Button::new(darkness_words(ui)).stroke(Stroke::NONE).fill(theme.panel)).clicked()
        {
            turn(ui);
        }
    });
    chosen
}

/// Width of the hosts' popup.
const HOSTS_WIDTH: f32 = 420.0;
const POPUP_WIDTH: f32 = 296.0;
/// Between a popup and the edges of the window, its frame included.
const POPUP_MARGIN: f32 = 24.0;
const LOGO: f32 = 18.0;
const NAME: &str = "Roundtrip";
const WORLD: &str = "World";
const MENU: &str = "Menu";
const MORE: &str = "More ▾";
/// Between two tabs.
const TAB_GAP: f32 = 4.0;
/// Between two things at the right end.
const GAP: f32 = 8.0;
