//! A day of lookups: what each level of caches spares the one above it, hour by hour and name by name, beside what theory says.

mod controls;
mod hours;
mod levels;
mod names;
mod stale;

#[cfg(all(test, feature = "pictures"))]
mod pictures;
#[cfg(test)]
mod stories;

use egui::{CentralPanel, Frame, Margin, Ui};
use serde::{Deserialize, Serialize};

use self::controls::controls_ui;
use super::hand_over::DnsHandOver;
use crate::{
    app::{
        kit::{
            figures::counted,
            report_page::{ReportForm, ReportPage, beside, empty_ui, report_ui},
            run_view::{ReportVersion, RunView},
            sheet::{Sheet, SortOrder},
            views::TabView,
        },
        memo::Memo,
        runs::RunRecord,
        subject::Subject,
        tab::{TabCommand, TabContext},
    },
    engine::{
        bridge::RunId,
        name_day::{AddressChange, Config, NameDay, NameSelection, Report},
        setting::{LabSetting, Setting},
    },
    wire::units,
};

/// The view.
#[derive(Debug, Default)]
pub(super) struct DayView {
    kept: SavedDay,
    run: RunView<NameDay>,
    /// The report that is shown, as tables.
    sheets: Memo<ReportVersion, Vec<Sheet>>,
}

/// What is there again after a restart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct SavedDay {
    lookups: u32,
    hours: u32,
    alpha: f64,
    names: NamesChoice,
    /// How many are generated.
    generated: u32,
    clients: u32,
    servers: ServersChoice,
    ttl: TtlChoice,
    /// The TTL all have, in seconds.
    ttl_seconds: u32,
    /// Does an address change?
    changes: bool,
    /// Whose; empty: the most popular name's.
    changes_name: String,
    changes_at: f64,
    view: ReportForm,
    shows: hours::HourQuantity,
    order: SortOrder,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum NamesChoice {
    #[default]
    OfLab,
    Generated,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum ServersChoice {
    #[default]
    Tree,
    Central,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum TtlChoice {
    #[default]
    AsZones,
    Fixed,
}

impl Default for SavedDay {
    fn default() -> Self {
        let Config { lookups, hours, alpha, clients, .. } = Config::default();
        Self {
            lookups,
            hours,
            alpha,
            names: NamesChoice::default(),
            generated: 1_000,
            clients,
            servers: ServersChoice::default(),
            ttl: TtlChoice::default(),
            ttl_seconds: 3_600,
            changes: false,
            changes_name: String::new(),
            changes_at: AddressChange::default().at_hour,
            view: ReportForm::default(),
            shows: hours::HourQuantity::default(),
            order: SortOrder::default(),
        }
    }
}

impl SavedDay {
    fn config(&self, setting: &Setting) -> Config {
        let name = Some(self.changes_name.trim()).filter(|name| !name.is_empty()).map(str::to_owned);
        let at_hour = self.changes_at.min(f64::from(self.hours));
        Config {
            lookups: self.lookups,
            hours: self.hours,
            alpha: self.alpha,
            names: match self.names {
                NamesChoice::OfLab => NameSelection::OfLab,
                NamesChoice::Generated => NameSelection::Generated(self.generated),
            },
            clients: self.clients,
            ttl: (self.ttl == TtlChoice::Fixed).then_some(self.ttl_seconds),
            central: self.servers == ServersChoice::Central,
            change: self.changes.then(|| AddressChange { name, at_hour, ..AddressChange::default() }),
            setting: LabSetting::from(setting),
        }
    }

    /// The settings of a record read from a file.
    fn take(&mut self, config: &Config) {
        let Config { lookups, hours, alpha, clients, .. } = *config;
        let (names, generated) = match config.names {
            NameSelection::OfLab => (NamesChoice::OfLab, self.generated),
            NameSelection::Generated(count) => (NamesChoice::Generated, count),
        };
        let ttl = if config.ttl.is_some() { TtlChoice::Fixed } else { TtlChoice::AsZones };
        let ttl_seconds = config.ttl.unwrap_or(self.ttl_seconds);
        *self = Self { lookups, hours, alpha, names, generated, clients, ttl, ttl_seconds, ..self.clone() };
        self.servers = if config.central { ServersChoice::Central } else { ServersChoice::Tree };
        self.changes = config.change.is_some();
        if let Some(change) = &config.change {
            self.changes_name = change.name.clone().unwrap_or_default();
            self.changes_at = change.at_hour;
        }
    }
}

/// Cheap enough to be run unasked.
fn is_light(config: &Config) -> bool {
    config.lookups <= LIGHT_LOOKUPS && config.clients <= LIGHT_CLIENTS
}

impl TabView<DnsHandOver> for DayView {
    fn logic(&mut self, cx: &mut TabContext<'_>) {
        self.run.take_in(cx);
    }

    fn controls_ui(&mut self, ui: &mut Ui, cx: &mut TabContext<'_>) -> Option<DnsHandOver> {
        let run = &mut self.run;
        controls_ui(ui, &mut self.kept, |ui, kept| {
            run.button_ui(ui, VERB, Some(kept.config(cx.setting)), cx);
        });
        None
    }

    fn ui(&mut self, ui: &mut Ui, cx: &mut TabContext<'_>) -> Option<DnsHandOver> {
        let config = Some(self.kept.config(cx.setting));
        let unasked = config.filter(|config| is_light(config) && !ui.ctx().text_edit_focused());
        self.run.follow(ui, unasked, cx);
        let frame = Frame::new().inner_margin(Margin { left: 16, right: 6, top: 12, bottom: 8 });
        CentralPanel::default().frame(frame).show(ui, |ui| self.middle_ui(ui, cx));
        None
    }

    fn subject(&self) -> Option<Subject> {
        Some(Subject { job: self.run.job()?, root: None })
    }

    fn command(&mut self, command: TabCommand, cx: &mut TabContext<'_>) {
        if command == TabCommand::Run {
            self.run.start(self.kept.config(cx.setting), cx);
        }
    }

    fn adopt(&mut self, job: RunId, record: &RunRecord) -> bool {
        let Some(report) = record.report::<NameDay>() else { return false };
        self.kept.take(&report.config);
        self.run.adopt(job);
        true
    }

    fn save(&self) -> serde_json::Value {
        serde_json::to_value(&self.kept).unwrap_or_default()
    }

    fn restore(&mut self, saved: serde_json::Value) -> Result<(), serde_json::Error> {
        self.kept = serde_json::from_value(saved)?;
        Ok(())
    }
}

impl DayView {
    fn middle_ui(&mut self, ui: &mut Ui, cx: &TabContext<'_>) {
        let Some((version, report)) = self.run.versioned(cx.runs) else {
            empty_ui(ui, &self.run, "A day of lookups", VERB, cx);
            return;
        };
        let sheets = self.sheets.of(version, || sheets(report));
        let is_of = self.kept.config(cx.setting) == report.config;
        let SavedDay { view, shows, order, .. } = &mut self.kept;
        let (title, about, failure) = (title(report), about(report), report.failure.as_ref());
        let page = ReportPage { id: "day", title, about, is_of, failure, sheets };
        report_ui(ui, &self.run, &page, view, cx, |ui| picture_ui(ui, report, sheets.last(), shows, order));
    }
}

/// `names`: the table of them.
fn picture_ui(
    ui: &mut Ui,
    report: &Report,
    names: Option<&Sheet>,
    shows: &mut hours::HourQuantity,
    order: &mut SortOrder,
) {
    beside(ui, CARD, |ui| hours::hours_ui(ui, report, shows), |ui| levels::levels_ui(ui, report));
    if let Some(stale) = &report.stale {
        ui.add_space(4.0);
        stale::stale_ui(ui, stale);
    }
    if let Some(names) = names {
        names.ordered_ui(ui, order);
    }
    names::note_ui(ui, report);
}

fn title(report: &Report) -> String {
    let asked = if report.config.central { "the central server" } else { "the root" };
    match report.one_in {
        Some(one_in) if one_in < FEW => format!("1 lookup in {one_in:.1} led to {asked}"),
        Some(one_in) => format!("1 lookup in {} led to {asked}", units::grouped(crate::app::dials::whole(one_in))),
        None if report.whole.lookups > 0 && report.config.central => "No lookup reached the central server".to_owned(),
        None if report.whole.lookups > 0 => "No lookup led to the root".to_owned(),
        None => "No day was lived through".to_owned(),
    }
}

fn about(report: &Report) -> String {
    let lookups = counted(report.whole.lookups, "lookup", "lookups");
    let clients = counted(report.config.clients.into(), "client", "clients");
    let failed = match report.whole.failed {
        0 => String::new(),
        failed => format!(", {} without an answer", units::grouped(failed)),
    };
    format!("{lookups} in {} h by {clients}{failed}", report.config.hours)
}

/// Everything as tables, that of the names last; none before there is a report.
fn sheets(report: &Report) -> Vec<Sheet> {
    if report.theory.is_none() {
        return Vec::new();
    }
    let mut sheets = vec![levels::sheet(report), hours::sheet(report)];
    sheets.extend(report.stale.as_ref().map(stale::sheet));
    sheets.push(names::sheet(report));
    sheets
}

/// On the button.
const VERB: &str = "Simulate";
/// Below this tenths count.
const FEW: f64 = 10.0;
/// Width of the card on the right.
const CARD: f32 = 300.0;
/// Lookups of a day that is simulated without being asked for.
const LIGHT_LOOKUPS: u32 = 30_000;
/// Clients of one.
const LIGHT_CLIENTS: u32 = 500;
