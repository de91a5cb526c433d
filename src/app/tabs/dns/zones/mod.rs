//! Zones are edited, names registered: the lab's zone files, the checks a careful administrator makes, a registrar's form, and a lookup
//! that shows what the world makes of it.
//!
//! Drafts belong to this view; what is served belongs to the window's setting, so every experiment meets it.

mod book;
mod editor;
mod list;
mod new_zone;
mod registrar;

#[cfg(all(test, feature = "pictures"))]
mod pictures;
#[cfg(test)]
mod stories;

use std::collections::BTreeMap;

use egui::{CentralPanel, Frame, Margin, Ui};
use serde::{Deserialize, Serialize};

use self::{
    book::{Edition, ZoneBook, ZoneDraft, ZoneDrafts, ZoneFindings},
    editor::ZoneEditor,
    list::ZoneListAction,
    new_zone::NewZoneForm,
    registrar::Registrar,
};
use super::hand_over::DnsHandOver;
use crate::{
    app::{
        actions::Action,
        kit::views::{TabView, right_panel},
        memo::Memo,
        notices::Notice,
        runs::RunRecord,
        subject::Subject,
        tab::{TabCommand, TabContext},
    },
    engine::bridge::RunId,
};

/// The view.
#[derive(Debug, Default)]
pub(super) struct ZonesView {
    kept: SavedZones,
    book: ZoneBook,
    /// What was found in the zone that is shown.
    looked: Memo<FindingsKey, ZoneFindings>,
    editor: ZoneEditor,
    new_zone: NewZoneForm,
    registrar: Registrar,
}

/// What is there again after a restart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct SavedZones {
    /// Which zone is shown, by its name with the final dot.
    shown: String,
    drafts: ZoneDrafts,
    form: registrar::RegistrationForm,
}

/// A zone, its text, the draft of the zone above it, and what is served: all that what is found in it depends on.
type FindingsKey = (String, String, Option<String>, Edition);

impl Default for SavedZones {
    fn default() -> Self {
        Self { shown: "com.".to_owned(), drafts: BTreeMap::new(), form: registrar::RegistrationForm::default() }
    }
}

impl SavedZones {
    /// The text of a zone: its draft, or what is served.
    fn text(&self, origin: &str, book: &ZoneBook) -> String {
        self.drafts.get(origin).map_or_else(|| book.text(origin), |draft| draft.text.clone())
    }

    /// Has a zone say something else. What is served already is no draft.
    fn write(&mut self, origin: &str, text: String, book: &ZoneBook) {
        if book.row(origin).is_some() && text == book.text(origin) {
            self.drafts.remove(origin);
            return;
        }
        let server = self.drafts.get(origin).and_then(|draft| draft.server.clone());
        self.drafts.insert(origin.to_owned(), ZoneDraft { text, server });
    }
}

impl TabView<DnsHandOver> for ZonesView {
    fn logic(&mut self, cx: &mut TabContext<'_>) {
        self.registrar.take_in(cx);
    }

    fn controls_ui(&mut self, ui: &mut Ui, cx: &mut TabContext<'_>) -> Option<DnsHandOver> {
        self.book.follow(cx.setting, cx.lab);
        self.show_something();
        let (served, rows) = (self.book.served().clone(), self.book.rows(&self.kept.drafts));
        let wish = list::actions_ui(ui, &self.book, &self.kept, |ui| self.new_zone.button_ui(ui));
        if let Some(new) = self.new_zone.ui(ui, &served, &rows) {
            self.begin(&new);
        }
        match wish.or(list::list_ui(ui, &rows, &self.kept)) {
            Some(ZoneListAction::Show(origin)) => self.show(origin),
            Some(ZoneListAction::Serve) => self.serve(cx),
            Some(ZoneListAction::Undo) => drop(self.kept.drafts.remove(&self.kept.shown)),
            Some(ZoneListAction::AsLab) => self.as_lab(cx),
            None => {}
        }
        None
    }

    fn ui(&mut self, ui: &mut Ui, cx: &mut TabContext<'_>) -> Option<DnsHandOver> {
        let sent = self.registrar_panel(ui, cx);
        let frame = Frame::new().inner_margin(Margin { left: 16, right: 16, top: 12, bottom: 8 });
        CentralPanel::default().frame(frame).show(ui, |ui| {
            let shown = self.kept.shown.clone();
            let text = self.kept.text(&shown, &self.book);
            let above = self.book.above(&shown).and_then(|above| self.kept.drafts.get(&above));
            let above = above.map(|draft| draft.text.clone());
            let served = self.book.served();
            let looked = (shown.clone(), text.clone(), above.clone(), served.clone());
            let findings = self.looked.of(looked, || book::look(&shown, &text, served, above.as_deref()));
            let row = self.book.row(&shown);
            let draft = self.kept.drafts.get(&shown);
            let page = editor::ZonePage { origin: &shown, text: &text, row, draft, findings };
            if let Some(written) = self.editor.ui(ui, &page) {
                self.kept.write(&shown, written, &self.book);
            }
        });
        sent
    }

    fn subject(&self) -> Option<Subject> {
        self.registrar.job().map(|job| Subject { job, root: None })
    }

    fn command(&mut self, command: TabCommand, cx: &mut TabContext<'_>) {
        match command {
            TabCommand::Run => self.serve(cx),
            TabCommand::Address | TabCommand::Step { .. } | TabCommand::Visit(_) => {}
        }
    }

    fn adopt(&mut self, _job: RunId, _record: &RunRecord) -> bool {
        false
    }

    fn take_over(&mut self, sent: DnsHandOver) {
        if let DnsHandOver::Zone(origin) = sent {
            self.show(book::key(&book::name(&origin)));
        }
    }

    fn save(&self) -> serde_json::Value {
        serde_json::to_value(&self.kept).unwrap_or_default()
    }

    fn restore(&mut self, saved: serde_json::Value) -> Result<(), serde_json::Error> {
        self.kept = serde_json::from_value(saved)?;
        Ok(())
    }
}

impl ZonesView {
    fn registrar_panel(&mut self, ui: &mut Ui, cx: &mut TabContext<'_>) -> Option<DnsHandOver> {
        let said = right_panel(ui, "dns-registrar", 0.42, 0.5)
            .show(ui, |ui| self.registrar.ui(ui, &mut self.kept.form, &self.book, &self.kept.drafts, cx))
            .inner;
        match said? {
            registrar::RegistrarOutcome::Serve { origin, text, server } => {
                let mut setting = cx.setting.clone();
                book::serve(&mut setting, cx.lab, &origin, &ZoneDraft { text, server });
                cx.ask(Action::Set(setting));
                self.show(origin);
                None
            }
            registrar::RegistrarOutcome::Line { origin, line } => {
                let text = self.kept.text(&origin, &self.book);
                self.kept.write(&origin, crate::proto::dns::zone::with_line(&text, &line), &self.book);
                self.show(origin);
                None
            }
            registrar::RegistrarOutcome::Begin(new) => {
                self.begin(&new);
                None
            }
            registrar::RegistrarOutcome::Show(origin) => {
                self.show(origin);
                None
            }
            registrar::RegistrarOutcome::LookUp { name, kind } => Some(DnsHandOver::Resolve { name, kind }),
        }
    }

    fn show(&mut self, origin: String) {
        self.kept.shown = origin;
        self.editor.show_top();
    }

    /// The zone that was shown may be gone.
    fn show_something(&mut self) {
        let shown = &self.kept.shown;
        if self.book.row(shown).is_none() && !self.kept.drafts.contains_key(shown) {
            "com.".clone_into(&mut self.kept.shown);
        }
    }

    /// A new zone's draft, and the record above it that leads there.
    fn begin(&mut self, new: &new_zone::NewZone) {
        let known = self.book.row(&new.origin).is_some() || self.kept.drafts.contains_key(&new.origin);
        if !known {
            let draft = ZoneDraft { text: new.text.clone(), server: Some(new.server.clone()) };
            self.kept.drafts.insert(new.origin.clone(), draft);
        }
        if let Some((parent, line)) = &new.delegation {
            let text = self.kept.text(parent, &self.book);
            if !text.contains(line.as_str()) {
                self.kept.write(parent, crate::proto::dns::zone::with_line(&text, line), &self.book);
            }
        }
        self.show(new.origin.clone());
    }

    /// Has every draft served that can be read.
    fn serve(&mut self, cx: &mut TabContext<'_>) {
        let mut setting = cx.setting.clone();
        let served = self.book.served();
        let readable = |origin: &String, draft: &ZoneDraft| book::look(origin, &draft.text, served, None).is_readable();
        let (ready, waiting): (ZoneDrafts, ZoneDrafts) =
            std::mem::take(&mut self.kept.drafts).into_iter().partition(|(origin, draft)| readable(origin, draft));
        if !waiting.is_empty() {
            let names: Vec<&str> = waiting.keys().map(String::as_str).collect();
            let words = format!("Not served: {} cannot be read. The editor marks the line.", names.join(", "));
            cx.ask(Action::Tell(Notice::problem(words)));
        }
        self.kept.drafts = waiting;
        for (origin, draft) in &ready {
            book::serve(&mut setting, cx.lab, origin, draft);
        }
        if !ready.is_empty() {
            cx.ask(Action::Set(setting));
        }
    }

    /// Has the zone that is shown served as the lab's file says; one the lab did not come with is served no longer.
    fn as_lab(&mut self, cx: &mut TabContext<'_>) {
        let shown = &self.kept.shown;
        self.kept.drafts.remove(shown);
        let mut setting = cx.setting.clone();
        setting.zones.retain(|change| !book::is_same(&change.origin, shown));
        cx.ask(Action::Set(setting));
    }
}
