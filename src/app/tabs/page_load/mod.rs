//! The Page load tab: one page, six ways to fetch it, each beside its formula.
//!
//! In the lab a race takes milliseconds, so it is run again by itself a moment after a setting changed; a heavy one, and any on the
//! Internet, waits for the button. What is shown while another race runs is the last result, marked as such.

mod axes;
mod bounds;
mod compare;
mod controls;
mod race;
mod report;
mod sweep;
mod sweep_plot;
mod words;

#[cfg(test)]
pub(crate) mod fixtures;
#[cfg(test)]
mod stories;

use std::time::Duration;

use egui::{CentralPanel, Frame, Layout, Margin, Panel, ScrollArea, Ui};
use serde::{Deserialize, Serialize};
use url::Url;

use self::{
    compare::{ComparisonClick, StrategyComparison, compare_ui},
    controls::{PageLoadAction, PageLoadControls, controls_ui, is_of_the_lab},
    race::{Bars, bars_ui},
    report::report_ui,
    sweep::{SavedSweep, SweepView},
};
use crate::{
    app::{
        actions::Action,
        kit::{
            narrow,
            run_view::{RunProblem, RunView, failure_ui},
        },
        parts::{Scene, drawer},
        runs::{RunRecord, Runs},
        subject::{Subject, TabId},
        tab::{Tab, TabCommand, TabContext, TabRow},
        theme::{Theme, size},
        widgets,
    },
    engine::{
        bridge::RunId,
        page_load::{Config, Discipline, PageChoice, PageLoad, Report, Strategy, StrategyRun, Sweep},
        setting::{Setting, WorldChoice},
        timing::ObjectTiming,
    },
    lab::LabFiles,
    net::TcpModel,
};

/// The tab's row in the list of tabs.
pub const TAB: TabRow = TabRow {
    id: TabId("page-load"),
    title: "Page load",
    first_view: drawer::DrawerView::Ladder,
    help: "Race the strategies of loading one page, each beside its formula; vary one input.",
    keys: &[],
    open: || Box::<PageLoadTab>::default(),
};

/// The tab.
#[derive(Debug, Default)]
pub struct PageLoadTab {
    kept: SavedPageLoad,
    race: RunView<PageLoad>,
    sweep: SweepView,
    to_address: bool,
    subject: Option<Subject>,
}

/// What is there again after a restart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct SavedPageLoad {
    page: PageKind,
    url: String,
    objects: u32,
    object_octets: u64,
    strategies: Vec<Strategy>,
    parallel: u32,
    discipline: Discipline,
    resolve_names: bool,
    selected: Strategy,
    beside: ComparedWaterfalls,
    view: PageLoadPane,
    sweep: SavedSweep,
}

/// Which page is raced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum PageKind {
    /// One the lab makes to size.
    #[default]
    Generated,
    /// `www.someschool.edu`'s.
    School,
    /// One at a URL.
    Url,
}

/// Which waterfalls stand beside the selected strategy's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum ComparedWaterfalls {
    #[default]
    Serial,
    Persistent,
    All,
}

/// What the middle shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum PageLoadPane {
    #[default]
    Race,
    Sweep,
}

impl Default for SavedPageLoad {
    fn default() -> Self {
        let config = Config::default();
        Self {
            page: PageKind::Generated,
            url: SCHOOL.to_owned(),
            objects: 10,
            object_octets: 100_000,
            strategies: config.strategies,
            parallel: config.parallel,
            discipline: config.discipline,
            resolve_names: config.resolve_names,
            selected: Strategy::Persistent,
            beside: ComparedWaterfalls::default(),
            view: PageLoadPane::default(),
            sweep: SavedSweep::default(),
        }
    }
}

impl SavedPageLoad {
    /// The page, where it is one that can be asked for.
    fn page_choice(&self, setting: &Setting, lab: &LabFiles) -> Option<PageChoice> {
        let kind = if setting.world == WorldChoice::Internet { PageKind::Url } else { self.page };
        match kind {
            PageKind::Generated => {
                Some(PageChoice::Generated { objects: self.objects, object_octets: self.object_octets })
            }
            PageKind::School => Url::parse(SCHOOL).ok().map(PageChoice::At),
            PageKind::Url => Url::parse(self.url.trim())
                .ok()
                .filter(|url| matches!(url.scheme(), "http" | "https"))
                .filter(|url| setting.world == WorldChoice::Lab || !is_of_the_lab(url, lab))
                .map(PageChoice::At),
        }
    }

    fn config(&self, setting: &Setting, lab: &LabFiles) -> Option<Config> {
        let page = self.page_choice(setting, lab)?;
        (!self.strategies.is_empty()).then(|| Config {
            page,
            strategies: self.strategies.clone(),
            parallel: self.parallel,
            discipline: self.discipline,
            resolve_names: self.resolve_names,
            setting: setting.clone(),
        })
    }
}

impl SavedPageLoad {
    /// The settings of a record read from a file.
    fn take(&mut self, config: &Config) {
        match &config.page {
            PageChoice::Generated { objects, object_octets } => {
                (self.page, self.objects, self.object_octets) = (PageKind::Generated, *objects, *object_octets);
            }
            PageChoice::At(url) if url.as_str() == SCHOOL && config.setting.world == WorldChoice::Lab => {
                self.page = PageKind::School;
            }
            PageChoice::At(url) => (self.page, self.url) = (PageKind::Url, url.to_string()),
        }
        self.strategies.clone_from(&config.strategies);
        (self.parallel, self.discipline) = (config.parallel, config.discipline);
        self.resolve_names = config.resolve_names;
        if !self.strategies.contains(&self.selected) {
            self.selected = self.strategies.last().copied().unwrap_or(self.selected);
        }
    }
}

impl Tab for PageLoadTab {
    fn logic(&mut self, cx: &mut TabContext<'_>) {
        self.race.take_in(cx);
        self.sweep.take_in(cx);
        self.subject = self.subject_now(cx.runs);
    }

    fn ui(&mut self, ui: &mut Ui, cx: &mut TabContext<'_>) {
        if narrow::is_narrow(ui) {
            return self.narrow_ui(ui, cx);
        }
        let panel = Panel::left("page-load-controls").exact_size(size::CONTROLS).resizable(false);
        panel.frame(controls_frame(ui)).show(ui, |ui| self.controls_ui(ui, cx));
        self.follow(ui, cx);
        if self.kept.view == PageLoadPane::Race {
            self.report_panel(ui, cx);
        }
        let frame = Frame::new().inner_margin(Margin::symmetric(20, 16));
        CentralPanel::default().frame(frame).show(ui, |ui| self.middle_ui(ui, cx));
    }

    fn subject(&self) -> Option<Subject> {
        self.subject
    }

    fn objects<'a>(&self, runs: &'a Runs) -> Vec<&'a ObjectTiming> {
        let run = self.race.report(runs).and_then(|report| run_of(report, self.kept.selected));
        run.filter(|_| self.kept.view == PageLoadPane::Race).map(|run| run.objects.iter().collect()).unwrap_or_default()
    }

    fn command(&mut self, command: TabCommand, cx: &mut TabContext<'_>) {
        match command {
            TabCommand::Address => self.to_address = true,
            TabCommand::Run => self.run(cx),
            TabCommand::Step { .. } | TabCommand::Visit(_) => {}
        }
    }

    fn adopt(&mut self, job: RunId, record: &RunRecord) -> bool {
        if let Some(report) = record.report::<PageLoad>() {
            self.kept.take(&report.config);
            self.race.adopt(job);
            self.kept.view = PageLoadPane::Race;
            true
        } else if let Some(report) = record.report::<Sweep>() {
            self.kept.take(&report.config.base);
            self.sweep.adopt(job, &mut self.kept.sweep, &report.config);
            self.kept.view = PageLoadPane::Sweep;
            true
        } else {
            false
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

impl PageLoadTab {
    /// Settings, race and report one at a time.
    fn narrow_ui(&mut self, ui: &mut Ui, cx: &mut TabContext<'_>) {
        let middle = if self.kept.view == PageLoadPane::Race { "Race" } else { "Sweep" };
        let panes = [(NarrowPane::Settings, "Settings"), (NarrowPane::Middle, middle), (NarrowPane::Report, "Report")];
        let pane = narrow::choice_ui(ui, "page-load-pane", &panes);
        self.follow(ui, cx);
        let frame = Frame::new().inner_margin(Margin::symmetric(12, 8));
        let ground = frame.fill(Theme::of(ui).panel);
        match pane {
            NarrowPane::Settings => {
                CentralPanel::default().frame(controls_frame(ui)).show(ui, |ui| self.controls_ui(ui, cx));
            }
            NarrowPane::Middle => {
                CentralPanel::default().frame(frame).show(ui, |ui| self.middle_ui(ui, cx));
            }
            NarrowPane::Report => {
                CentralPanel::default().frame(ground).show(ui, |ui| self.report_ui(ui, cx));
            }
        }
    }

    fn middle_ui(&mut self, ui: &mut Ui, cx: &mut TabContext<'_>) {
        match self.kept.view {
            PageLoadPane::Race => self.race_ui(ui, cx),
            PageLoadPane::Sweep => {
                self.sweep.over(self.kept.config(cx.setting, cx.lab));
                self.sweep.ui(ui, &mut self.kept.sweep, cx);
            }
        }
    }

    fn controls_ui(&mut self, ui: &mut Ui, cx: &mut TabContext<'_>) {
        let mut setting = cx.setting.clone();
        let running = self.race.is_running() || self.sweep.is_running();
        let (kept, to_address) = (&mut self.kept, &mut self.to_address);
        let wish =
            controls_ui(ui, &mut PageLoadControls { kept, setting: &mut setting, lab: cx.lab, running, to_address });
        if setting != *cx.setting {
            cx.ask(Action::Set(setting));
        }
        match wish {
            Some(PageLoadAction::Run) => self.run(cx),
            Some(PageLoadAction::Stop) => {
                self.race.stop(cx);
                self.sweep.stop(cx);
            }
            None => {}
        }
    }

    fn report_panel(&mut self, ui: &mut Ui, cx: &mut TabContext<'_>) {
        if self.race.report(cx.runs).is_none() {
            return;
        }
        let frame = Frame::new().fill(Theme::of(ui).panel).inner_margin(Margin::same(16));
        let width = size::INSPECTOR.min(ui.available_width() * 0.38);
        let most = (ui.available_width() * 0.42).max(REPORT_LEAST);
        let panel = Panel::right("page-load-report").default_size(width).size_range(REPORT_LEAST..=most);
        panel.frame(frame).show(ui, |ui| self.report_ui(ui, cx));
    }

    fn report_ui(&self, ui: &mut Ui, cx: &mut TabContext<'_>) {
        let Some(report) = self.race.report(cx.runs) else {
            widgets::muted(ui, "There is no report before the first race.");
            return;
        };
        if report_ui(ui, report, self.kept.selected) {
            let mut setting = cx.setting.clone();
            setting.path.tcp = match setting.path.tcp {
                TcpModel::Textbook => TcpModel::Realistic,
                TcpModel::Realistic | TcpModel::Modern => TcpModel::Textbook,
            };
            cx.ask(Action::Set(setting));
        }
    }

    fn race_ui(&mut self, ui: &mut Ui, cx: &mut TabContext<'_>) {
        let stale = self.is_stale(cx);
        self.race_head_ui(ui, cx, stale);
        ui.add_space(8.0);
        let Some(report) = self.race.report(cx.runs) else {
            self.nothing_yet_ui(ui, cx);
            return;
        };
        let until = self.until(cx, report);
        let room = ui.available_height();
        let roomy = room > 440.0;
        let mut asked = Vec::new();
        let kept = &mut self.kept;
        ScrollArea::vertical().id_salt("race").auto_shrink(false).show(ui, |ui| {
            let row = if roomy { 30.0 } else { 25.0 };
            let secs = until.map(|until| until.as_secs_f64());
            let bars = Bars { report, selected: kept.selected, until: secs, stale, row };
            if let Some(strategy) = bars_ui(ui, &bars) {
                kept.selected = strategy;
            }
            ui.add_space(if roomy { 20.0 } else { 8.0 });
            let picked = cx.pick.filter(|pick| Some(pick.job) == self.race.shown()).map(|pick| pick.flow);
            let (selected, beside) = (kept.selected, kept.beside);
            let left = room - ui.min_rect().height();
            let comparison = StrategyComparison { report, selected, beside, until, picked };
            match compare_ui(ui, &comparison, left, LEAST_PANEL) {
                Some(ComparisonClick::Beside(beside)) => kept.beside = beside,
                Some(ComparisonClick::Object(strategy, place)) => {
                    kept.selected = strategy;
                    asked.extend(self.race.shown().and_then(|job| {
                        let scene = Scene { subject: Subject { job, root: None }, ledger: &cx.runs.get(job)?.ledger };
                        drawer::pick_of(&scene, run_of(report, strategy)?.objects.get(place)?)
                    }));
                }
                None => {}
            }
        });
        for pick in asked {
            cx.ask(Action::Pick(pick));
        }
    }

    /// What is shown is not what the settings say: the race for them is running, was stopped or failed, or was not asked for.
    fn is_stale(&self, cx: &TabContext<'_>) -> bool {
        let of = self.race.report(cx.runs).map(|report| &report.config);
        self.race.is_running() || of != self.kept.config(cx.setting, cx.lab).as_ref()
    }

    fn race_head_ui(&mut self, ui: &mut Ui, cx: &mut TabContext<'_>, stale: bool) {
        ui.horizontal(|ui| {
            let count = self.race.report(cx.runs).map_or(self.kept.strategies.len(), |report| report.runs.len());
            let title = format!("One page, {} to fetch it", ways(count));
            widgets::heading(ui, &title);
            self.race.state_ui(ui, !stale, "Race", cx);
            if ui.available_width() > HAND_IN {
                ui.with_layout(Layout::right_to_left(egui::Align::Center), |ui| {
                    if let Some(report) = self.race.report(cx.runs) {
                        race::hand_in_ui(ui, &title, report, self.kept.selected);
                    }
                    if ui.available_width() > LEGEND {
                        widgets::muted(ui, "bar: measured  |  tick: the formula");
                    }
                });
            }
        });
        match self.race.trouble() {
            Some(RunProblem::Failed(failure)) => failure_ui(ui, failure),
            Some(RunProblem::Stopped) => {
                let shown = if self.race.is_shown() { " What is shown is the one before it." } else { "" };
                widgets::muted(ui, format!("The last race was stopped.{shown}"));
            }
            None => {}
        }
    }

    fn nothing_yet_ui(&self, ui: &mut Ui, cx: &TabContext<'_>) {
        if !self.race.is_running() && self.race.trouble().is_none() {
            let words = if cx.setting.world == WorldChoice::Internet {
                "On this machine's Internet nothing is sent before you press Race."
            } else {
                "Press Race: every strategy fetches the same page over the same path, one after the other."
            };
            widgets::muted(ui, words);
        }
    }

    /// Starts a race by itself where that is cheap, a moment after the settings came to rest.
    fn follow(&mut self, ui: &Ui, cx: &mut TabContext<'_>) {
        let Some(config) = self.kept.config(cx.setting, cx.lab) else { return };
        let typing = self.kept.page == PageKind::Url && ui.ctx().text_edit_focused();
        let unasked = !typing && is_light(&config) && self.kept.view == PageLoadPane::Race;
        self.race.follow(ui, unasked.then_some(config), cx);
    }

    fn run(&mut self, cx: &mut TabContext<'_>) {
        let Some(config) = self.kept.config(cx.setting, cx.lab) else { return };
        match self.kept.view {
            PageLoadPane::Race => self.race.start(config, cx),
            PageLoadPane::Sweep => self.sweep.start(&self.kept.sweep, config, cx),
        }
    }

    /// How much of the race the playhead lets us see. The drawer plays the selected strategy; the others started at the same time.
    fn until(&self, cx: &TabContext<'_>, report: &Report) -> Option<Duration> {
        let moment = cx.moment?;
        let record = cx.runs.get(self.race.shown()?)?;
        let run = run_of(report, self.kept.selected)?;
        let flow = record.ledger.flow(run.flow)?;
        let since = moment.saturating_sub(flow.opened_at);
        (since.as_secs_f64() < run.seconds).then_some(since)
    }

    fn subject_now(&self, runs: &Runs) -> Option<Subject> {
        if self.kept.view == PageLoadPane::Sweep {
            // A sweep is many short runs and keeps no record of any.
            return None;
        }
        let job = self.race.job()?;
        let run = self.race.report(runs).and_then(|report| run_of(report, self.kept.selected));
        Some(Subject { job, root: run.map(|run| run.flow) })
    }
}

fn controls_frame(ui: &Ui) -> Frame {
    let margin = Margin { left: 16, right: 6, top: 16, bottom: 16 };
    Frame::new().fill(Theme::of(ui).panel).inner_margin(margin)
}

/// What a narrow window shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum NarrowPane {
    #[default]
    Settings,
    Middle,
    Report,
}

/// Cheap enough to be run unasked.
fn is_light(config: &Config) -> bool {
    let octets = match config.page {
        PageChoice::Generated { objects, object_octets } => u64::from(objects).saturating_mul(object_octets),
        PageChoice::At(_) => 0,
    };
    config.setting.world == WorldChoice::Lab && octets <= MAX_LIGHT_OCTETS
}

fn run_of(report: &Report, strategy: Strategy) -> Option<&StrategyRun> {
    report.runs.iter().find(|run| run.strategy == strategy)
}

fn ways(count: usize) -> String {
    const WORDS: [&str; 7] = ["no way", "one way", "two ways", "three ways", "four ways", "five ways", "six ways"];
    WORDS.get(count).map_or_else(|| format!("{count} ways"), |word| (*word).to_owned())
}

const SCHOOL: &str = "http://www.someschool.edu/someDepartment/home.index";
/// Octets a strategy may fetch in a race that starts by itself.
const MAX_LIGHT_OCTETS: u64 = 20_000_000;
/// Room for the report's three columns and its margins.
const REPORT_LEAST: f32 = 300.0;
/// Room for the words on bars and ticks.
const LEGEND: f32 = 200.0;
/// Room for the control for handing the race in.
const HAND_IN: f32 = 90.0;
/// Seven rows of a waterfall.
const LEAST_PANEL: f32 = 112.0;
