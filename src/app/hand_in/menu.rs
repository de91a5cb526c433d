//! The control: a small button in the head of a figure, and below it what can be saved or copied.

use egui::{Button, Popup, Role, Ui, WidgetInfo};

use super::{HandInFile, HandInRequest, PaintedFigure, Table, ask};
use crate::{app::widgets, wire::units};

/// What of a figure can be handed in. Pictures and tables are made when they are asked for.
pub(crate) struct HandIn<'a> {
    about: &'a str,
    pictures: Vec<(&'a str, Maker<'a, PaintedFigure>)>,
    tables: Vec<(&'a str, Maker<'a, Table>)>,
}

/// Makes something when it is asked for.
type Maker<'a, T> = Box<dyn FnOnce() -> T + 'a>;

impl<'a> HandIn<'a> {
    /// For the figure called so.
    pub(crate) fn of(about: &'a str) -> Self {
        Self { about, pictures: Vec::new(), tables: Vec::new() }
    }

    /// It can be saved as a picture.
    pub(crate) fn picture(self, draw: impl FnOnce() -> PaintedFigure + 'a) -> Self {
        self.named_picture("", draw)
    }

    /// One of several pictures.
    pub(crate) fn named_picture(mut self, name: &'a str, draw: impl FnOnce() -> PaintedFigure + 'a) -> Self {
        self.pictures.push((name, Box::new(draw)));
        self
    }

    /// It can be saved and copied as a table.
    pub(crate) fn table(self, table: impl FnOnce() -> Table + 'a) -> Self {
        self.named_table("", table)
    }

    /// One of several tables.
    pub(crate) fn named_table(mut self, name: &'a str, table: impl FnOnce() -> Table + 'a) -> Self {
        self.tables.push((name, Box::new(table)));
        self
    }

    /// Paints the button and, when it is open, the menu.
    pub(crate) fn ui(self, ui: &mut Ui) {
        self.with_more(ui, |_| {});
    }

    /// The same with more choices of the caller's at the menu's end.
    pub(crate) fn with_more(self, ui: &mut Ui, more: impl FnOnce(&mut Ui)) {
        let response = widgets::quiet_button(ui, "Hand in ▾");
        let about = self.about;
        let enabled = ui.is_enabled();
        response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, format!("Hand in: {about}")));
        let response = response.on_hover_text("Save this as a picture or as a table, or copy the table");
        Popup::menu(&response).show(|ui| {
            self.choices_ui(ui);
            more(ui);
        });
    }

    fn choices_ui(self, ui: &mut Ui) {
        let named = |what: &str, name: &str, after: &str| match name {
            "" => format!("{what}{after}"),
            name => format!("{what}: {name}{after}"),
        };
        for (name, draw) in self.pictures {
            if ui.add(Button::new(named("Save picture", name, "…"))).clicked() {
                ask(ui.ctx(), HandInRequest::Save(HandInFile::Picture(draw())));
            }
        }
        for (name, table) in self.tables {
            let save = ui.add(Button::new(named("Save table", name, "…"))).clicked();
            let copy = ui.add(Button::new(named("Copy table", name, ""))).clicked();
            if save {
                ask(ui.ctx(), HandInRequest::Save(HandInFile::Table(table())));
            } else if copy {
                let table = table();
                ui.ctx().copy_text(table.tsv());
                let rows = units::count(table.rows.len(), "row", "rows");
                ask(ui.ctx(), HandInRequest::Copied(format!("Copied: {}, {rows}", table.title)));
            }
        }
    }
}
