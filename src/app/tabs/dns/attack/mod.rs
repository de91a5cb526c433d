//! The attack range: poisoning, interception, amplification and floods, each against the defences that are switched on, measured in
//! the lab beside what theory says.

mod amplification;
mod controls;
mod flood;
mod interception;
mod poisoning;

#[cfg(all(test, feature = "pictures"))]
mod pictures;
#[cfg(test)]
mod stories;

use std::collections::BTreeMap;

use egui::{CentralPanel, Frame, Margin, Ui};
use serde::{Deserialize, Serialize};

use self::controls::controls_ui;
use super::hand_over::HandOver;
use crate::{
    app::{
        kit::{
            report_page::{Page, View, empty_ui, report_ui},
            run_view::{RunView, Version},
            sheet::Sheet,
            views::TabView,
        },
        memo::Memo,
        runs::RunRecord,
        subject::Subject,
        tab::{Command, TabContext},
    },
    engine::{
        bridge::JobId,
        name_attack::{
            Amplification, Attack, Config, Flood, Found, Interception, Level, MAX_FORGED_IN_ALL, NameAttack, Poisoning,
            Report,
        },
        setting::{LabSetting, Setting},
    },
};

/// The desk.
#[derive(Debug, Default)]
pub(super) struct AttackView {
    kept: Kept,
    /// The last run of each attack.
    runs: BTreeMap<Kind, RunView<NameAttack>>,
    /// What is computed from the report that is shown.
    computed: Memo<Version, Computed>,
}

/// Which attack.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    #[default]
    Poisoning,
    Interception,
    Amplification,
    Flood,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Poisoning, Self::Interception, Self::Amplification, Self::Flood];

    fn of(attack: &Attack) -> Self {
        match attack {
            Attack::Poisoning(_) => Self::Poisoning,
            Attack::Interception(_) => Self::Interception,
            Attack::Amplification(_) => Self::Amplification,
            Attack::Flood(_) => Self::Flood,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Poisoning => "Poisoning",
            Self::Interception => "Interception",
            Self::Amplification => "Amplification",
            Self::Flood => "Flood",
        }
    }
}

/// What is there again after a restart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Kept {
    kind: Kind,
    poisoning: Poisoning,
    interception: Interception,
    amplification: Amplification,
    flood: Flood,
    /// How often each is tried.
    trials: BTreeMap<Kind, u32>,
    view: View,
    shows: flood::Shows,
}

impl Default for Kept {
    fn default() -> Self {
        let usual = |kind| match kind {
            Kind::Poisoning => 200,
            Kind::Interception | Kind::Amplification => 20,
            Kind::Flood => 60,
        };
        Self {
            kind: Kind::default(),
            poisoning: Poisoning::default(),
            interception: Interception::default(),
            amplification: Amplification::default(),
            flood: Flood::default(),
            trials: Kind::ALL.into_iter().map(|kind| (kind, usual(kind))).collect(),
            view: View::default(),
            shows: flood::Shows::default(),
        }
    }
}

impl Kept {
    fn trials(&self) -> u32 {
        self.trials.get(&self.kind).copied().unwrap_or(1)
    }

    /// Forged answers of one run of a poisoning.
    fn forged_in_all(&self) -> u64 {
        u64::from(self.trials()) * u64::from(self.poisoning.forged)
    }

    /// What these settings ask for; `None` where that is more than a run may do.
    fn config(&self, setting: &Setting) -> Option<Config> {
        let attack = match self.kind {
            Kind::Poisoning if self.forged_in_all() > MAX_FORGED_IN_ALL => return None,
            Kind::Poisoning => Attack::Poisoning(self.poisoning.clone()),
            Kind::Interception => Attack::Interception(self.interception.clone()),
            Kind::Amplification => Attack::Amplification(self.amplification.clone()),
            Kind::Flood => Attack::Flood(self.flood.clone()),
        };
        Some(Config { attack, trials: self.trials(), setting: LabSetting::from(setting) })
    }

    /// The settings of a record read from a file.
    fn take(&mut self, config: &Config) {
        self.kind = Kind::of(&config.attack);
        match config.attack.clone() {
            Attack::Poisoning(poisoning) => self.poisoning = poisoning,
            Attack::Interception(interception) => self.interception = interception,
            Attack::Amplification(amplification) => self.amplification = amplification,
            Attack::Flood(flood) => self.flood = flood,
        }
        self.trials.insert(self.kind, config.trials);
    }
}

/// Cheap enough to be run unasked.
fn is_light(config: &Config) -> bool {
    match &config.attack {
        Attack::Poisoning(poisoning) => {
            u64::from(config.trials) * (u64::from(poisoning.forged) + MESSAGES_A_LOOKUP) <= LIGHT_MESSAGES
        }
        Attack::Interception(_) => u64::from(config.trials) * MESSAGES_A_LOOKUP <= LIGHT_MESSAGES,
        Attack::Amplification(amplification) => {
            u64::from(config.trials) * 2 * amplification.questions.len() as u64 <= LIGHT_MESSAGES
        }
        Attack::Flood(_) => config.trials <= LIGHT_FLOOD,
    }
}

impl TabView<HandOver> for AttackView {
    fn logic(&mut self, cx: &mut TabContext<'_>) {
        for run in self.runs.values_mut() {
            run.take_in(cx);
        }
    }

    fn controls_ui(&mut self, ui: &mut Ui, cx: &mut TabContext<'_>) -> Option<HandOver> {
        let button = |ui: &mut Ui, kept: &Kept| {
            self.runs.entry(kept.kind).or_default().button_ui(ui, VERB, kept.config(cx.setting), cx);
        };
        controls_ui(ui, &mut self.kept, button);
        None
    }

    fn ui(&mut self, ui: &mut Ui, cx: &mut TabContext<'_>) -> Option<HandOver> {
        let config = self.kept.config(cx.setting);
        let unasked = config.filter(|config| is_light(config) && !ui.ctx().text_edit_focused());
        self.runs.entry(self.kept.kind).or_default().follow(ui, unasked, cx);
        let frame = Frame::new().inner_margin(Margin { left: 16, right: 6, top: 12, bottom: 8 });
        CentralPanel::default().frame(frame).show(ui, |ui| self.middle_ui(ui, cx));
        None
    }

    fn subject(&self) -> Option<Subject> {
        let job = self.runs.get(&self.kept.kind)?.job()?;
        Some(Subject { job, root: None })
    }

    fn command(&mut self, command: Command, cx: &mut TabContext<'_>) {
        if let (Command::Run, Some(config)) = (command, self.kept.config(cx.setting)) {
            self.runs.entry(self.kept.kind).or_default().start(config, cx);
        }
    }

    fn adopt(&mut self, job: JobId, record: &RunRecord) -> bool {
        let Some(report) = record.report::<NameAttack>() else { return false };
        self.kept.take(&report.config);
        self.runs.entry(self.kept.kind).or_default().adopt(job);
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

impl AttackView {
    fn middle_ui(&mut self, ui: &mut Ui, cx: &TabContext<'_>) {
        let Some(run) = self.runs.get(&self.kept.kind) else { return };
        let Some((version, report)) = run.versioned(cx.runs) else {
            empty_ui(ui, run, self.kept.kind.word(), VERB, cx);
            return;
        };
        let computed = self.computed.of(version, || Computed::of(report));
        let is_of = self.kept.config(cx.setting).is_some_and(|config| config == report.config);
        let (title, about) = (title(report), about(report));
        let Kept { kind, view, shows, .. } = &mut self.kept;
        let page =
            Page { id: kind.word(), title, about, is_of, failure: report.failure.as_ref(), sheets: &computed.sheets };
        report_ui(ui, run, &page, view, cx, |ui| picture_ui(ui, report, computed, shows));
    }
}

/// What is computed from a report, once.
#[derive(Debug, Default)]
struct Computed {
    /// Of a poisoning.
    curve: poisoning::Curve,
    /// Everything as tables.
    sheets: Vec<Sheet>,
}

impl Computed {
    fn of(report: &Report) -> Self {
        let config = &report.config;
        let of = |sheets| Self { sheets, ..Self::default() };
        match &report.found {
            Some(Found::Poisoning(found)) => {
                let curve = poisoning::curve(found, config);
                Self { sheets: poisoning::sheets(found, config, &curve), curve }
            }
            Some(Found::Interception(found)) => of(interception::sheets(found, config)),
            Some(Found::Amplification(found)) => of(amplification::sheets(found)),
            Some(Found::Flood(found)) => of(flood::sheets(found)),
            None => Self::default(),
        }
    }
}

/// What came out, in a line.
fn title(report: &Report) -> String {
    match &report.found {
        Some(Found::Poisoning(found)) => poisoning::title(found),
        Some(Found::Interception(found)) => interception::title(found),
        Some(Found::Amplification(found)) => amplification::title(found),
        Some(Found::Flood(found)) => flood::title(found),
        None => "Nothing was tried".to_owned(),
    }
}

/// How, in a smaller one.
fn about(report: &Report) -> String {
    match &report.found {
        Some(Found::Poisoning(found)) => poisoning::about(found),
        Some(Found::Interception(found)) => interception::about(found),
        Some(Found::Amplification(found)) => amplification::about(found),
        Some(Found::Flood(found)) => flood::about(found),
        None => String::new(),
    }
}

fn picture_ui(ui: &mut Ui, report: &Report, Computed { curve, sheets }: &Computed, shows: &mut flood::Shows) {
    let config = &report.config;
    match &report.found {
        Some(Found::Poisoning(found)) => poisoning::poisoning_ui(ui, found, config, curve, sheets),
        Some(Found::Interception(found)) => interception::interception_ui(ui, found, config, sheets),
        Some(Found::Amplification(found)) => amplification::amplification_ui(ui, found),
        Some(Found::Flood(found)) => flood::flood_ui(ui, found, level(config), shows, sheets),
        None => {}
    }
}

/// Whose servers fall.
fn level(config: &Config) -> Level {
    match &config.attack {
        Attack::Flood(flood) => flood.level,
        Attack::Poisoning(_) | Attack::Interception(_) | Attack::Amplification(_) => Level::default(),
    }
}

/// On the button.
const VERB: &str = "Attack";
/// Messages of one lookup, about.
const MESSAGES_A_LOOKUP: u64 = 20;
/// Messages of a run nobody asked for.
const LIGHT_MESSAGES: u64 = 200_000;
/// Lookups for each number of servers, of a flood nobody asked for.
const LIGHT_FLOOD: u32 = 200;
