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
        ui.spacing_mut().item_spacing.x = 4.0;
        logo_ui(ui);
        ui.add_space(12.0);
        for (number, tab) in bar.tabs.iter().enumerate() {
            let response = tab_ui(ui, tab.title, tab.id == bar.shown);
            if response.on_hover_text(format!("{} Ctrl+{}", tab.help, number + 1)).clicked() {
                actions.push(Action::Show(tab.id));
            }
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 8.0;
            let chosen = menu_ui(ui);
            darkness_ui(ui);
            let mut setting = bar.setting.clone();
            path_button_ui(ui, &mut setting, bar.lab);
            hosts_button_ui(ui, &mut setting, bar.lab);
            world_ui(ui, &mut setting.world);
            if setting != *bar.setting {
                actions.push(Action::Set(setting));
            }
            chosen
        })
        .inner
    })
    .inner
}

/// What the window is looking at, never to be mistaken: a line under the whole bar when octets leave this machine.
pub(super) fn world_line_ui(ui: &Ui, bar: egui::Rect, world: WorldChoice) {
    if world == WorldChoice::Internet {
        let stroke = Stroke::new(2.0, Theme::of(ui).bad);
        ui.painter().hline(bar.x_range(), bar.bottom() - 1.0, stroke);
    }
}

fn logo_ui(ui: &mut Ui) {
    let theme = Theme::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(18.0, 18.0), Sense::hover());
    ui.painter().circle_stroke(rect.center(), 7.0, Stroke::new(1.8, theme.accent));
    ui.painter().circle_filled(rect.center(), 3.2, theme.accent);
    ui.label(RichText::new("Roundtrip").text_style(TextStyle::Heading));
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

fn world_ui(ui: &mut Ui, world: &mut WorldChoice) {
    let choices = [(WorldChoice::Lab, "Lab Internet"), (WorldChoice::Internet, "This machine's Internet")];
    widgets::segmented(ui, "World", world, &choices).on_hover_text(
        "Lab Internet: hosts, links and servers inside this program; nothing leaves this machine. \
         This machine's Internet: real hosts, through this machine's network.",
    );
    // The bar is filled from the right, so the label comes after the choice.
    widgets::muted(ui, "World");
}

fn path_button_ui(ui: &mut Ui, setting: &mut Setting, hosts: &LabFiles) {
    let lab = setting.world == WorldChoice::Lab;
    let words = if lab { setting.path.to_string() } else { "as it is".to_owned() };
    let theme = Theme::of(ui);
    let mut job = egui::text::LayoutJob::default();
    let font = TextStyle::Body.resolve(ui.style());
    job.append("Path ", 0.0, egui::TextFormat::simple(font.clone(), theme.muted));
    job.append(&words, 0.0, egui::TextFormat::simple(font, if lab { theme.accent } else { theme.muted }));
    let response = ui.add_enabled(lab, Button::new(job).fill(theme.panel).min_size(vec2(0.0, size::CONTROL)));
    let response = response.on_hover_text("Round-trip time, rate, loss and TCP model of your way into the lab.");
    let response = response.on_disabled_hover_text("On this machine's Internet the path is what it is.");
    // The button's right edge stays where it is while its words change.
    Popup::menu(&response)
        .align(RectAlign::BOTTOM_END)
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .width(POPUP_WIDTH)
        .frame(Frame::popup(ui.style()).inner_margin(Margin::same(14)))
        .accessible_name("Path")
        .show(|ui| path_ui(ui, &mut setting.path, hosts));
}

fn hosts_button_ui(ui: &mut Ui, setting: &mut Setting, lab: &LabFiles) {
    if setting.world != WorldChoice::Lab {
        return;
    }
    let words = match setting.off.len() {
        0 => "Hosts".to_owned(),
        off => format!("Hosts ({off} off)"),
    };
    let theme = Theme::of(ui);
    let response = ui.add(Button::new(words).fill(theme.panel).min_size(vec2(0.0, size::CONTROL)));
    let response = response.on_hover_text("The lab's hosts and servers: see what runs where, switch them off and on.");
    Popup::menu(&response)
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .width(HOSTS_WIDTH)
        .frame(Frame::popup(ui.style()).inner_margin(Margin::same(14)))
        .accessible_name("Hosts")
        .show(|ui| hosts_ui(ui, &mut setting.off, lab));
}

fn darkness_ui(ui: &mut Ui) {
    let theme = Theme::of(ui);
    let dark = ui.visuals().dark_mode;
    let (rect, response) = ui.allocate_exact_size(vec2(size::CONTROL, size::CONTROL), Sense::click());
    let name = if dark { "Use light colours" } else { "Use dark colours" };
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
        ui.ctx().set_theme(if dark { egui::Theme::Light } else { egui::Theme::Dark });
    }
}

fn menu_ui(ui: &mut Ui) -> Option<MenuChoice> {
    let theme = Theme::of(ui);
    let response = ui.add(Button::new("Menu").fill(theme.panel).min_size(vec2(0.0, size::CONTROL)));
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
    });
    chosen
}

/// Width of the hosts' popup.
const HOSTS_WIDTH: f32 = 420.0;
const POPUP_WIDTH: f32 = 296.0;
