//! The address row: where to, how, and Go.

use egui::{Button, ComboBox, Response, Sense, Stroke, TextEdit, Ui, WidgetInfo, pos2, vec2};

use super::{
    draft::{ClientChoice, RequestDraft},
    url_text::url_job,
};
use crate::{
    app::{
        theme::{Theme, mono, size},
        widgets::{self, segmented},
    },
    engine::browse::HttpChoice,
};

/// What the row needs to know.
pub(super) struct AddressRow<'a> {
    /// The request.
    pub(super) draft: &'a mut RequestDraft,
    /// Is there a page to go back to, and one to go forward to?
    pub(super) ways: (bool, bool),
    /// Is a page being loaded?
    pub(super) running: bool,
    /// Is the editor below open?
    pub(super) editor_open: bool,
    /// Put the cursor into the address now.
    pub(super) to_address: &'a mut bool,
}

/// What the student asked for in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AddressAction {
    /// The page before.
    Back,
    /// The page after.
    Forward,
    /// The same page again, if it has changed.
    Reload,
    /// The same page again, whether it has changed or not.
    HardReload,
    /// Send the request.
    Go,
    /// Stop what runs.
    Stop,
    /// Open or close the request editor.
    Editor,
}

/// Paints the row; in two lines where one would be too narrow.
pub(super) fn address_ui(ui: &mut Ui, row: &mut AddressRow<'_>) -> Option<AddressAction> {
    let mut wish = None;
    if has_two_lines(ui) {
        ui.spacing_mut().item_spacing.y = 0.0;
        ui.allocate_ui(vec2(ui.available_width(), LINE), |ui| {
            ui.horizontal_centered(|ui| {
                ui.spacing_mut().item_spacing.x = SPACING;
                wish = ways_ui(ui, row.ways);
                let width = (ui.available_width() - GO_WIDTH - SPACING).max(80.0);
                wish = wish.or(address_field_ui(ui, row, width)).or(go_button_ui(ui, row.running));
            });
        });
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = SPACING;
            method_ui(ui, row.draft);
            choices_ui(ui, row.draft);
            wish = wish.or(editor_button_ui(ui, row));
        });
        return wish;
    }
    ui.horizontal_centered(|ui| {
        ui.spacing_mut().item_spacing.x = SPACING;
        wish = ways_ui(ui, row.ways);
        method_ui(ui, row.draft);
        let right = choices_width(ui) + GO_WIDTH + EDITOR_WIDTH + 4.0 * SPACING;
        let width = (ui.available_width() - right).max(120.0);
        wish = wish.or(address_field_ui(ui, row, width));
        choices_ui(ui, row.draft);
        wish = wish.or(editor_button_ui(ui, row)).or(go_button_ui(ui, row.running));
    });
    wish
}

/// Does the row need two lines here?
pub(super) fn has_two_lines(ui: &Ui) -> bool {
    ui.available_width() < ONE_LINE
}

fn ways_ui(ui: &mut Ui, (back, forward): (bool, bool)) -> Option<AddressAction> {
    let mut wish = None;
    for (icon, enabled, wished) in [
        (AddressIcon::Back, back, AddressAction::Back),
        (AddressIcon::Forward, forward, AddressAction::Forward),
        (AddressIcon::Reload, true, AddressAction::Reload),
        (AddressIcon::HardReload, true, AddressAction::HardReload),
    ] {
        if icon_button(ui, icon, enabled).clicked() {
            wish = Some(wished);
        }
    }
    wish
}

fn address_field_ui(ui: &mut Ui, row: &mut AddressRow<'_>, width: f32) -> Option<AddressAction> {
    let field = field_ui(ui, row, width);
    let entered = field.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
    entered.then_some(AddressAction::Go)
}

fn editor_button_ui(ui: &mut Ui, row: &AddressRow<'_>) -> Option<AddressAction> {
    let changes = row.draft.changes();
    let words = if changes == 0 { "Request".to_owned() } else { format!("Request · {changes}") };
    let editor = Button::new(words).selected(row.editor_open);
    let editor = ui.add_sized(vec2(EDITOR_WIDTH, size::CONTROL + 2.0), editor);
    let says = "Header lines, content, octets by hand, how objects are fetched";
    editor.on_hover_text(says).clicked().then_some(AddressAction::Editor)
}

fn go_button_ui(ui: &mut Ui, running: bool) -> Option<AddressAction> {
    let wished = if running { AddressAction::Stop } else { AddressAction::Go };
    go_ui(ui, running).clicked().then_some(wished)
}

fn method_ui(ui: &mut Ui, draft: &mut RequestDraft) {
    let theme = Theme::of(ui);
    let shown = egui::RichText::new(&draft.method).color(theme.accent).font(mono());
    ui.add_enabled_ui(!draft.raw.on, |ui| {
        let combo = ComboBox::from_id_salt("method").selected_text(shown).width(METHOD_WIDTH);
        let response = combo.show_ui(ui, |ui| {
            for method in METHODS {
                let clicked =
                    ui.selectable_label(draft.method == method, egui::RichText::new(method).font(mono())).clicked();
                if clicked {
                    method.clone_into(&mut draft.method);
                }
            }
        });
        let method = draft.method.clone();
        response.response.widget_info(|| WidgetInfo::labeled(egui::Role::ComboBox, true, format!("Method {method}")));
    });
}

fn field_ui(ui: &mut Ui, row: &mut AddressRow<'_>, width: f32) -> Response {
    let theme = Theme::of(ui);
    let font = mono();
    let mut layouter = |ui: &Ui, text: &dyn egui::TextBuffer, _wrap: f32| {
        let job = url_job(theme, text.as_str(), &font);
        ui.fonts_mut(|fonts| fonts.layout_job(job))
    };
    let field = TextEdit::singleline(&mut row.draft.typed)
        .id_salt("address")
        .desired_width(width)
        .margin(egui::Margin::symmetric(8, 5))
        .hint_text("http://www.someschool.edu/")
        .layouter(&mut layouter);
    let response = ui.add_sized(vec2(width, size::CONTROL + 2.0), field);
    let response = widgets::named(ui, response, "Address");
    if std::mem::take(row.to_address) {
        response.request_focus();
        select_all(ui, response.id, row.draft.typed.chars().count());
    }
    response
}

fn select_all(ui: &Ui, id: egui::Id, letters: usize) {
    let mut state = egui::text_edit::TextEditState::load(ui.ctx(), id).unwrap_or_default();
    let whole = egui::text::CCursorRange::two(egui::text::CCursor::new(0), egui::text::CCursor::new(letters));
    state.cursor.set_char_range(Some(whole));
    state.store(ui.ctx(), id);
}

fn choices_ui(ui: &mut Ui, draft: &mut RequestDraft) {
    ui.add_enabled_ui(draft.client == ClientChoice::Ours, |ui| {
        let versions = [(HttpChoice::Http10, "1.0"), (HttpChoice::Http11, "1.1"), (HttpChoice::Http2, "2")];
        segmented(ui, "HTTP version", &mut draft.http, &versions);
    });
    ui.add_enabled_ui(draft.http != HttpChoice::Http2 && draft.client == ClientChoice::Ours, |ui| {
        segmented(ui, "Connection", &mut draft.keep, &[(true, "persistent"), (false, "close")]);
    });
}

/// Room the two choices take: their words, the padding around each, the gap between.
fn choices_width(ui: &Ui) -> f32 {
    let font = egui::TextStyle::Body.resolve(ui.style());
    let words = ["1.0", "1.1", "2", "persistent", "close"];
    let wide = |word: &str| {
        ui.painter().layout_no_wrap(word.to_owned(), font.clone(), egui::Color32::PLACEHOLDER).size().x + 20.0
    };
    words.into_iter().map(wide).sum::<f32>() + 6.0
}

fn go_ui(ui: &mut Ui, running: bool) -> Response {
    let theme = Theme::of(ui);
    let (words, fill, colour) =
        if running { ("Stop", theme.panel, theme.bad) } else { ("Go", theme.accent, theme.on_accent) };
    let button = Button::new(egui::RichText::new(words).color(colour)).fill(fill);
    let button = if running { button.stroke(Stroke::new(1.0, theme.bad)) } else { button.stroke(Stroke::NONE) };
    ui.add_sized(vec2(GO_WIDTH, size::CONTROL + 2.0), button)
}

#[derive(Clone, Copy)]
enum AddressIcon {
    Back,
    Forward,
    Reload,
    HardReload,
}

impl AddressIcon {
    fn name(self) -> &'static str {
        match self {
            Self::Back => "Back",
            Self::Forward => "Forward",
            Self::Reload => "Reload",
            Self::HardReload => "Hard reload",
        }
    }

    fn meaning(self) -> &'static str {
        match self {
            Self::Back => "The page before. Alt+Left",
            Self::Forward => "The page after. Alt+Right",
            Self::Reload => {
                "Reload asks whether the page has changed: If-None-Match with the ETag of what is shown, or If-Modified-Since. The answer \
                 304 has no content. RFC 9110 §13.1. Ctrl+R"
            }
            Self::HardReload => {
                "Hard reload asks for the whole page again, past every cache on the way: Cache-Control: no-cache. RFC 9111 §5.2.1.4. \
                 Ctrl+Shift+R"
            }
        }
    }
}

/// A button with a sign that is drawn, since fonts have no such signs.
fn icon_button(ui: &mut Ui, icon: AddressIcon, enabled: bool) -> Response {
    let theme = Theme::of(ui);
    let sense = if enabled { Sense::click() } else { Sense::hover() };
    let (rect, response) = ui.allocate_exact_size(vec2(24.0, size::CONTROL), sense);
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, enabled, icon.name()));
    let lit = enabled && (response.hovered() || response.has_focus());
    let colour = if lit { theme.accent } else { theme.text };
    let colour = if enabled { colour } else { theme.muted.gamma_multiply(0.5) };
    if lit {
        ui.painter().rect_filled(rect, f32::from(size::ROUNDING), theme.control_hovered);
    }
    let centre = rect.center();
    let stroke = Stroke::new(1.6, colour);
    match icon {
        AddressIcon::Back | AddressIcon::Forward => {
            let way = if matches!(icon, AddressIcon::Back) { -1.0 } else { 1.0 };
            let tip = pos2(centre.x + way * 5.0, centre.y);
            ui.painter().line_segment([pos2(centre.x - way * 6.0, centre.y), tip], stroke);
            for side in [-1.0, 1.0] {
                ui.painter().line_segment([pos2(tip.x - way * 4.5, tip.y + side * 4.5), tip], stroke);
            }
        }
        AddressIcon::Reload | AddressIcon::HardReload => {
            let around = |turn: f32| {
                let angle = turn * std::f32::consts::TAU;
                pos2(centre.x + 5.5 * angle.cos(), centre.y + 5.5 * angle.sin())
            };
            let arc = (0..=20_u8).map(|step| around(0.06 + f32::from(step) * 0.04)).collect();
            ui.painter().line(arc, stroke);
            let tip = around(0.86);
            ui.painter().line_segment([tip, pos2(tip.x - 5.0, tip.y + 0.5)], stroke);
            ui.painter().line_segment([tip, pos2(tip.x + 0.5, tip.y - 5.0)], stroke);
            if matches!(icon, AddressIcon::HardReload) {
                ui.painter().circle_filled(centre, 2.0, colour);
            }
        }
    }
    response.on_hover_text(icon.meaning())
}

const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE"];
const METHOD_WIDTH: f32 = 72.0;
const SPACING: f32 = 6.0;
/// From this width on everything stands in one line.
const ONE_LINE: f32 = 640.0;
/// Height of the first of two lines.
const LINE: f32 = 38.0;
const GO_WIDTH: f32 = 56.0;
const EDITOR_WIDTH: f32 = 84.0;
