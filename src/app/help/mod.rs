//! F1: the keys and the terms, on one sheet above the window, with a field to find them.

mod glossary;

use egui::{Frame, Id, Label, Margin, Modal, RichText, ScrollArea, TextEdit, TextStyle, Ui};

use self::glossary::{TERMS, Term};
use super::{
    keys::{self, KEYS, MOVING},
    parts::playhead,
    tabs::TABS,
    theme::{FetchPhase, Theme},
    widgets,
};

/// The sheet.
#[derive(Debug, Default)]
pub(super) struct HelpSheet {
    /// It is shown.
    pub(super) open: bool,
    /// What is looked for.
    query: String,
    /// The field has the focus already.
    begun: bool,
}

impl HelpSheet {
    /// Paints the sheet while it is open.
    pub(super) fn ui(&mut self, ui: &Ui) {
        if !self.open {
            *self = Self::default();
            return;
        }
        let room = ui.ctx().content_rect();
        let modal = Modal::new(Id::unique("help")).frame(sheet_frame(ui)).show(ui.ctx(), |ui| {
            ui.set_width(MOST_WIDTH.min(room.width() - 2.0 * MARGIN - 16.0));
            let closed = self.head_ui(ui);
            let height = (room.height() - HEAD).max(LEAST_HEIGHT);
            ScrollArea::vertical().max_height(height).min_scrolled_height(height).auto_shrink([false, true]).show(
                ui,
                |ui| {
                    self.keys_ui(ui);
                    self.terms_ui(ui);
                },
            );
            closed
        });
        if modal.inner || modal.should_close() {
            self.open = false;
        }
    }

    fn head_ui(&mut self, ui: &mut Ui) -> bool {
        let closed = widgets::sheet_head(ui, "Shortcuts and terms");
        let field = TextEdit::singleline(&mut self.query).desired_width(f32::INFINITY);
        let response = ui.add(field.hint_text("Find a key or a term"));
        let response = widgets::named(ui, response, "Find a key or a term");
        if !std::mem::replace(&mut self.begun, true) {
            response.request_focus();
        }
        closed
    }

    fn keys_ui(&self, ui: &mut Ui) {
        let query = self.query.to_lowercase();
        let said = |(keys, does): &(String, String)| format!("{keys} {does}").to_lowercase();
        let rows: Vec<_> = shortcuts().into_iter().filter(|row| said(row).contains(query.trim())).collect();
        if rows.is_empty() {
            return;
        }
        widgets::section(ui, "Shortcuts");
        let columns = if ui.available_width() < TWO_COLUMNS { 1 } else { 2 };
        let gaps = COLUMN_GAP * (columns - 1) as f32;
        let width = (ui.available_width() - gaps) / columns as f32;
        ui.spacing_mut().item_spacing.x = COLUMN_GAP;
        for pair in rows.chunks(columns) {
            ui.horizontal_top(|ui| {
                for (keys, does) in pair {
                    ui.scope(|ui| {
                        ui.set_width(width);
                        term_ui(ui, width, keys, does);
                    });
                }
            });
        }
    }

    fn terms_ui(&self, ui: &mut Ui) {
        let found: Vec<&Term> = TERMS.iter().filter(|term| term.has(&self.query)).collect();
        widgets::section(ui, "Terms");
        if found.is_empty() {
            ui.label("No term has these words.");
        }
        let width = ui.available_width();
        for Term { name, meaning, source } in found {
            term_ui(ui, width, name, &format!("{meaning} {source}."));
        }
        if self.query.is_empty() {
            widgets::section(ui, "Phases of fetching an object");
            for phase in FetchPhase::ALL {
                term_ui(ui, width, phase.word(), phase.meaning());
            }
        }
    }
}

fn term_ui(ui: &mut Ui, width: f32, name: &str, meaning: &str) {
    ui.horizontal_top(|ui| {
        let name_width = TERM_WIDTH.min(width * 0.4);
        ui.scope(|ui| {
            ui.set_width(name_width);
            ui.add(Label::new(RichText::new(name).color(Theme::of(ui).accent)).wrap());
        });
        ui.scope(|ui| {
            ui.set_width(width - name_width - 24.0);
            ui.add(Label::new(RichText::new(meaning).text_style(TextStyle::Body)).wrap());
        });
    });
}

/// All keys of the window and what they do: from the tables the key handling reads.
fn shortcuts() -> Vec<(String, String)> {
    let tabs = keys::NUMBERS.iter().zip(TABS).map(|(number, tab)| {
        let shown = keys::key(egui::Modifiers::COMMAND, *number);
        (keys::words(&[shown]), format!("show {}", tab.title))
    });
    let window = KEYS.iter().map(keys::KeyRow::help).chain(playhead::KEYS.iter().map(keys::KeyRow::help));
    let window = window.map(|row| (keys::words(row.keys), row.does.to_owned()));
    let of_tabs = TABS.iter().flat_map(|tab| tab.keys.iter().map(move |row| (tab, row)));
    let of_tabs = of_tabs.map(|(tab, row)| (keys::words(row.keys), format!("{} ({})", row.does, tab.title)));
    let moving = MOVING.iter().map(|(keys, does)| ((*keys).to_owned(), (*does).to_owned()));
    tabs.chain(window).chain(of_tabs).chain(moving).collect()
}

fn sheet_frame(ui: &Ui) -> Frame {
    Frame::popup(ui.style()).inner_margin(Margin::same(16))
}

const MOST_WIDTH: f32 = 720.0;
const MARGIN: f32 = 24.0;
/// What the sheet needs besides the list: its head, its frame, and some of the window left around it.
const HEAD: f32 = 150.0;
const LEAST_HEIGHT: f32 = 80.0;
/// From this width on two shortcuts stand side by side.
const TWO_COLUMNS: f32 = 600.0;
const COLUMN_GAP: f32 = 8.0;
const TERM_WIDTH: f32 = 150.0;

#[cfg(test)]
mod the_sheet {
    use egui::{Context, Event, KeyboardShortcut, Modifiers, RawInput};
    use egui_kittest::{Harness, kittest::Queryable as _};

    use super::*;
    use crate::app::keys::{KeyCommand, NUMBERS, STEP, commands_of_keys, key, words};

    fn window(size: [f32; 2]) -> Harness<'static, HelpSheet> {
        let builder = Harness::builder().with_size(size).with_context_setup(crate::app::theme::install);
        let sheet = HelpSheet { open: true, ..HelpSheet::default() };
        builder.build_ui_state(|ui, sheet: &mut HelpSheet| sheet.ui(ui), sheet)
    }

    #[test]
    fn says_what_each_key_and_term_means_and_closes() {
        let mut harness = window([1000.0, 640.0]);
        harness.get_by_label("play or pause");
        harness.get_by_label("pipelined");
        harness.get_by_label("close").click();
        harness.run();
        assert!(!harness.state().open);
        assert!(harness.query_by_label("play or pause").is_none());
    }

    #[test]
    fn finds_a_term_as_its_name_is_typed() {
        let mut harness = window([1000.0, 640.0]);
        harness.run();
        harness.event(Event::Text("lame".to_owned()));
        harness.run();
        harness.get_by_label("lame delegation");
        assert!(harness.query_by_label("slow start").is_none());
        assert!(harness.query_by_label("play or pause").is_none());
    }

    #[test]
    fn fits_into_a_window_of_any_size() {
        for size in [[500.0, 320.0], [667.0, 427.0], [853.0, 480.0], [1000.0, 640.0], [1440.0, 900.0]] {
            let mut harness = window(size);
            harness.run();
            let all = harness.ctx.memory(|memory| memory.area_rect(Id::unique("help"))).unwrap();
            assert!(harness.ctx.content_rect().contains_rect(all), "{size:?}: {all}");
        }
    }

    /// What `read` takes from a frame in which `key` was pressed.
    fn pressed<T>(key: KeyboardShortcut, mut read: impl FnMut(&Context) -> Vec<T>) -> Vec<T> {
        let (ctx, mut found) = (Context::default(), Vec::new());
        let event = Event::Key {
            key: key.logical_key,
            physical_key: None,
            pressed: true,
            repeat: false,
            modifiers: key.modifiers,
        };
        let input = RawInput { events: vec![event], ..RawInput::default() };
        let mut output = ctx.run_ui(input, |ui| found.extend(read(ui.ctx())));
        output.textures_delta.clear();
        found
    }

    #[test]
    fn names_keys_that_all_work() {
        for row in KEYS.iter().chain([&STEP]) {
            assert_eq!(row.keys.len(), row.commands.len(), "{}", row.does);
            for (key, command) in row.keys.iter().zip(row.commands) {
                let found = pressed(*key, |ctx| commands_of_keys(ctx, TABS.len()));
                assert_eq!(found, [*command], "{}", words(&[*key]));
            }
        }
        for (place, number) in NUMBERS.iter().enumerate().take(TABS.len()) {
            let found = pressed(key(Modifiers::COMMAND, *number), |ctx| commands_of_keys(ctx, TABS.len()));
            assert_eq!(found, [KeyCommand::Tab(place)]);
        }
        for row in playhead::KEYS {
            assert_eq!(row.keys.len(), row.commands.len(), "{}", row.does);
            for (key, command) in row.keys.iter().zip(row.commands) {
                assert_eq!(pressed(*key, |ctx| row.take(ctx)), [*command], "{}", words(&[*key]));
            }
        }
    }

    #[test]
    fn gives_no_key_two_meanings() {
        let mut all: Vec<String> = shortcuts()
            .into_iter()
            .filter(|(_, does)| !MOVING.iter().any(|row| row.1 == does))
            .flat_map(|(keys, _)| keys.split(", ").map(str::to_owned).collect::<Vec<_>>())
            .collect();
        all.sort();
        let count = all.len();
        all.dedup();
        assert_eq!(all.len(), count, "{all:?}");
        assert_eq!(words(STEP.keys), "Alt+Left, Alt+Right");
    }
}
