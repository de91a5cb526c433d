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
use super::hand_over::DnsHandOver;
use crate::{
    app::{
        kit::{
            report_page::{ReportForm, ReportPage, empty_ui, report_ui},
            run_view::{ReportVersion, RunView},
            sheet::Sheet,
            views::TabView,
        },
        memo::Memo,
        runs::RunRecord,
        subject::Subject,
        tab::{TabCommand, TabContext},
    },
    engine::{
        bridge::RunId,
        name_attack::{
            Amplification, Attack, AttackResult, Config, Flood, InterceptionAttack, MAX_FORGED_IN_ALL, NameAttack,
            Poisoning, Report, ServerLevel,
        },
        setting::{LabSetting, Setting},
    },
};

/// The view.
#[derive(Debug, Default)]
pub(super) struct AttackView {
    kept: SavedAttack,
    /// The last run of each attack.
    runs: BTreeMap<AttackKind, RunView<NameAttack>>,
    /// What is computed from the report that is shown.
    computed: Memo<ReportVersion, AttackFigures>,
}

/// Which attack.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum AttackKind {
    #[default]
    Poisoning,
    Interception,
    Amplification,
    Flood,
}

impl AttackKind {
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
struct SavedAttack {
    kind: AttackKind,
    poisoning: Poisoning,
    interception: InterceptionAttack,
    amplification: Amplification,
    flood: Flood,
    /// How often each is tried.
    trials: BTreeMap<AttackKind, u32>,
    view: ReportForm,
    shows: flood::FloodQuantity,
}

impl Default for SavedAttack {
    fn default() -> Self {
        let usual = |kind| match kind {
            AttackKind::Poisoning => 200,
            AttackKind::Interception | AttackKind::Amplification => 20,
            AttackKind::Flood => 60,
        };
        Self {
            kind: AttackKind::default(),
            poisoning: Poisoning::default(),
            interception: InterceptionAttack::default(),
            amplification: Amplification::default(),
            flood: Flood::default(),
            trials: AttackKind::ALL.into_iter().map(|kind| (kind, usual(kind))).collect(),
            view: ReportForm::default(),
            shows: flood::FloodQuantity::default(),
        }
    }
}

impl SavedAttack {
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
            AttackKind::Poisoning if self.forged_in_all() > MAX_FORGED_IN_ALL => return None,
            AttackKind::Poisoning => Attack::Poisoning(self.poisoning.clone()),
            AttackKind::Interception => Attack::Interception(self.interception.clone()),
            AttackKind::Amplification => Attack::Amplification(self.amplification.clone()),
            AttackKind::Flood => Attack::Flood(self.flood.clone()),
        };
        Some(Config { attack, trials: self.trials(), setting: LabSetting::from(setting) })
    }

    /// The settings of a record read from a file.
    fn take(&mut self, config: &Config) {
        self.kind = AttackKind::of(&config.attack);
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

impl TabView<DnsHandOver> for AttackView {
    fn logic(&mut self, cx: &mut TabContext<'_>) {
        for run in self.runs.values_mut() {
            run.take_in(cx);
        }
    }

    fn controls_ui(&mut self, ui: &mut Ui, cx: &mut TabContext<'_>) -> Option<DnsHandOver> {
        let button = |ui: &mut Ui, kept: &SavedAttack| {
            self.runs.entry(kept.kind).or_default().button_ui(ui, VERB, kept.config(cx.setting), cx);
        };
        controls_ui(ui, &mut self.kept, button);
        None
    }

    fn ui(&mut self, ui: &mut Ui, cx: &mut TabContext<'_>) -> Option<DnsHandOver> {
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

    fn command(&mut self, command: TabCommand, cx: &mut TabContext<'_>) {
        if let (TabCommand::Run, Some(config)) = (command, self.kept.config(cx.setting)) {
            self.runs.entry(self.kept.kind).or_default().start(config, cx);
        }
    }

    fn adopt(&mut self, job: RunId, record: &RunRecord) -> bool {
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
        let computed = self.computed.of(version, || AttackFigures::of(report));
        let is_of = self.kept.config(cx.setting).is_some_and(|config| config == report.config);
        let (title, about) = (title(report), about(report));
        let SavedAttack { kind, view, shows, .. } = &mut self.kept;
        let page = ReportPage {
            id: kind.word(),
            title,
            about,
            is_of,
            failure: report.failure.as_ref(),
            sheets: &computed.sheets,
        };
        report_ui(ui, run, &page, view, cx, |ui| picture_ui(ui, report, computed, shows));
    }
}

/// What is computed from a report, once.
#[derive(Debug, Default)]
struct AttackFigures {
    /// Of a poisoning.
    curve: poisoning::ChanceCurve,
    /// Everything as tables.
    sheets: Vec<Sheet>,
}

impl AttackFigures {
    fn of(report: &Report) -> Self {
        let config = &report.config;
        let of = |sheets| Self { sheets, ..Self::default() };
        match &report.found {
            Some(AttackResult::Poisoning(found)) => {
                let curve = poisoning::curve(found, config);
                Self { sheets: poisoning::sheets(found, config, &curve), curve }
            }
            Some(AttackResult::Interception(found)) => of(interception::sheets(found, config)),
            Some(AttackResult::Amplification(found)) => of(amplification::sheets(found)),
            Some(AttackResult::Flood(found)) => of(flood::sheets(found)),
            None => Self::default(),
        }
    }
}

/// What came out, in a line.
fn title(report: &Report) -> String {
    match &report.found {
        Some(AttackResult::Poisoning(found)) => poisoning::title(found),
        Some(AttackResult::Interception(found)) => interception::title(found),
        Some(AttackResult::Amplification(found)) => amplification::title(found),
        Some(AttackResult::Flood(found)) => flood::title(found),
        None => "Nothing was tried".to_owned(),
    }
}

/// How, in a smaller one.
fn about(report: &Report) -> String {
    match &report.found {
        Some(AttackResult::Poisoning(found)) => poisoning::about(found),
        Some(AttackResult::Interception(found)) => interception::about(found),
        Some(AttackResult::Amplification(found)) => amplification::about(found),
        Some(AttackResult::Flood(found)) => flood::about(found),
        None => String::new(),
    }
}

fn picture_ui(
    ui: &mut Ui,
    report: &Report,
    AttackFigures { curve, sheets }: &AttackFigures,
    shows: &mut flood::FloodQuantity,
) {
    let config = &report.config;
    match &report.found {
        Some(AttackResult::Poisoning(found)) => poisoning::poisoning_ui(ui, found, config, curve, sheets),
        Some(AttackResult::Interception(found)) => interception::interception_ui(ui, found, config, sheets),
        Some(AttackResult::Amplification(found)) => amplification::amplification_ui(ui, found),
        Some(AttackResult::Flood(found)) => flood::flood_ui(ui, found, level(config), shows, sheets),
        None => {}
    }
}

/// Whose servers fall.
fn level(config: &Config) -> ServerLevel {
    match &config.attack {
        Attack::Flood(flood) => flood.level,
        Attack::Poisoning(_) | Attack::Interception(_) | Attack::Amplification(_) => ServerLevel::default(),
    }
}

/// On the button.
const VERB: &str = "Attack";
/// Messages of one lookup, about.
const MESSAGES_A_LOOKUP: u64 = 20;
/// Messages of a run that starts by itself.
const LIGHT_MESSAGES: u64 = 200_000;
/// Lookups for each number of servers, of a flood that starts by itself.
const LIGHT_FLOOD: u32 = 200;
