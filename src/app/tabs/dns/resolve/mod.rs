//! A question, every server that was asked on the way to its answer, every message bit by bit, and what the caches learned.
//!
//! In the lab a resolution takes milliseconds, so it is run again by itself a moment after a choice changed; what is typed waits for
//! Enter, and on the Internet everything waits for the button. Time that is skipped and caches that are emptied are part of the question
//! ([`Event`]): they happen, then it is asked again.
#![expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "places of a picture: small numbers")]

mod caches;
mod controls;
mod drawing;
mod export;
mod inspector;
mod layout;
mod list;
mod messages;
mod paint;
mod runs;
mod stale;
mod table;
mod tree;
mod words;

#[cfg(test)]
pub(crate) mod fixtures;
#[cfg(all(test, feature = "pictures"))]
mod pictures;
#[cfg(test)]
mod stories;

use egui::{Align, CentralPanel, Frame, Layout, Margin, Ui};
use serde::{Deserialize, Serialize};

pub(super) use self::tree::ZOOM_KEYS;
use self::{
    caches::CachesView,
    controls::{ResolveAction, ResolveControls, controls_ui},
    inspector::{InspectorSubject, MessageInspector},
    layout::participants::Participants,
    list::List,
    messages::{TraceMessage, TracePart},
    runs::{ResolutionFacts, ResolutionTrace, ResolveRuns},
    stale::ChangePreview,
    tree::TreeView,
};
use super::hand_over::DnsHandOver;
use crate::{
    app::{
        actions::Action,
        hand_in::HandIn,
        kit::{
            run_view::failure_ui,
            views::{TabView, right_panel},
        },
        runs::RunRecord,
        subject::{RecordSelection, Subject},
        tab::{TabCommand, TabContext},
        theme::{Theme, size},
        widgets,
    },
    engine::{
        bridge::{RunId, StoreRequest},
        resolve::{Config, Event, FIRST_NAME, ResolutionMode, Resolve},
        setting::{Setting, WorldChoice},
        store_status::StoreStatus,
    },
    lab::CACHE_TABLE,
    proto::dns::trace::ResolutionStep,
    wire::{EventContent, EventIndex, Ledger, Side, units},
};

/// The view.
#[derive(Debug, Default)]
pub(super) struct ResolveView {
    kept: SavedResolve,
    search: ResolveRuns,
    known: ResolutionFacts,
    tree: TreeView,
    caches: CachesView,
    changing: ChangePreview,
    inspector: MessageInspector,
    /// What was chosen, by place in what was told; `None`: what was told last.
    chosen: Option<usize>,
    /// The pick this tab has seen, its own or another's.
    seen: Option<RecordSelection>,
    to_name: bool,
    /// Ask in the next frame.
    wants_run: bool,
    subject: Option<Subject>,
}

/// What is there again after a restart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "switches that do not depend on each other")]
struct SavedResolve {
    name: String,
    kind: String,
    mode: ResolutionMode,
    /// Whom a stub asks; empty: whom the world has for it.
    server: String,
    /// The same for who resolves otherwise: a server typed for a stub says nothing of where an iterative resolution begins.
    begins_at: String,
    warm: bool,
    minimise: bool,
    randomise_case: bool,
    /// Servers, by name, that answer with referrals although all others offer recursion.
    referring: Vec<String>,
    /// What happens before the question is put.
    before: Vec<Event>,
    view: ResolvePane,
    /// What no control shows, as a file had it.
    #[serde(skip)]
    rest: Config,
}

/// What the middle shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum ResolvePane {
    /// Who asked whom, as a picture.
    #[default]
    Tree,
    /// The same as rows.
    Table,
    /// What the caches hold.
    Caches,
}

impl ResolvePane {
    /// All, with their names.
    const ALL: [(Self, &'static str); 3] = [(Self::Tree, "Tree"), (Self::Table, "Table"), (Self::Caches, "Caches")];
}

impl Default for SavedResolve {
    fn default() -> Self {
        Self {
            name: FIRST_NAME.to_owned(),
            kind: "A".to_owned(),
            mode: ResolutionMode::default(),
            server: String::new(),
            begins_at: String::new(),
            warm: false,
            minimise: false,
            randomise_case: false,
            referring: Vec::new(),
            before: Vec::new(),
            view: ResolvePane::default(),
            rest: Config::default(),
        }
    }
}

impl SavedResolve {
    /// What these settings ask for; `None` while they name nothing.
    fn config(&self, setting: &Setting) -> Option<Config> {
        let (name, kind, server) = (self.name.trim(), self.kind.trim(), self.server().trim());
        (!name.is_empty() && !kind.is_empty()).then(|| Config {
            name: name.to_owned(),
            kinds: if self.rest.kinds.first().is_some_and(|first| first.eq_ignore_ascii_case(kind)) {
                self.rest.kinds.clone()
            } else {
                vec![kind.to_ascii_uppercase()]
            },
            mode: self.mode,
            server: (!server.is_empty()).then(|| server.to_owned()),
            minimise: self.minimise,
            randomise_case: self.randomise_case,
            referring: if self.mode == ResolutionMode::Recursive { self.referring.clone() } else { Vec::new() },
            cold: !self.warm,
            before: self.before.clone(),
            setting: setting.clone(),
            ..self.rest.clone()
        })
    }

    /// Whom to ask, as it is typed for the way of resolving that is chosen.
    fn server(&self) -> &str {
        if self.mode == ResolutionMode::Stub { &self.server } else { &self.begins_at }
    }

    /// The same, to be changed.
    fn server_mut(&mut self) -> &mut String {
        if self.mode == ResolutionMode::Stub { &mut self.server } else { &mut self.begins_at }
    }

    /// The settings of a record read from a file.
    fn take(&mut self, config: &Config) {
        let Config { name, kinds, mode, server, minimise, randomise_case, cold, before, referring, .. } =
            config.clone();
        let (kind, warm) = (kinds.into_iter().next().unwrap_or_default(), !cold);
        *self = Self { name, kind, mode, warm, minimise, randomise_case, referring, before, ..self.clone() };
        *self.server_mut() = server.unwrap_or_default();
        self.rest = config.clone();
    }

    /// Has something happen, then the same question put again. It has been asked once before, so that there is something to happen to.
    fn happens(&mut self, event: Event) {
        let asked = Event::Ask { name: self.name.trim().to_owned(), kind: self.kind.trim().to_ascii_uppercase() };
        if !self.before.contains(&asked) {
            self.before.push(asked);
        }
        match (self.before.last_mut(), event) {
            (Some(Event::Wait { seconds }), Event::Wait { seconds: more }) => *seconds = seconds.saturating_add(more),
            (_, event) => self.before.push(event),
        }
        self.before.truncate(MOST_EVENTS);
    }
}

/// The owner of the local name server's cache, and how many record sets it holds.
fn cache_of(store: &StoreStatus) -> Option<(&str, u64)> {
    let tables = store.owners.iter().flat_map(|owner| owner.tables.iter().map(move |table| (owner, table)));
    let mut caches = tables.filter(|(_, (name, _))| name == CACHE_TABLE);
    caches.next().map(|(owner, (_, rows))| (owner.name.as_str(), *rows))
}

impl TabView<DnsHandOver> for ResolveView {
    fn logic(&mut self, cx: &mut TabContext<'_>) {
        if self.search.take_in(cx) {
            self.chosen = None;
            self.tree.fit();
        }
        self.subject = self.search.job().map(|job| Subject { job, root: None });
        self.follow_selection(cx);
    }

    fn controls_ui(&mut self, ui: &mut Ui, cx: &mut TabContext<'_>) -> Option<DnsHandOver> {
        let resolved = self.search.resolved(cx.runs);
        let steps = resolved.as_ref().map_or(&[][..], |resolved| resolved.steps);
        let (told, people) = resolved.as_ref().map(|resolved| self.known.of(resolved)).unwrap_or_default();
        let chosen = self.chosen_now(&told, cx.moment);
        let (kept, to_name) = (&mut self.kept, &mut self.to_name);
        let cache = cx.store.and_then(cache_of);
        let (remembered, mut to_flush) = (cx.store.map(|_| cache.map_or(0, |(_, sets)| sets)), false);
        let running = self.search.is_running();
        let lab = cx.setting.world == WorldChoice::Lab;
        let list = List { steps, told: &told, people: &people, chosen, moment: cx.moment };
        let to_flush_now = &mut to_flush;
        let mut controls = ResolveControls { kept, running, to_name, lab, remembered, to_flush: to_flush_now, list };
        let wish = controls_ui(ui, &mut controls);
        if let Some((owner, _)) = cache.filter(|_| to_flush) {
            cx.actions.push(Action::Store(StoreRequest::Reset(Some(owner.to_owned()))));
        }
        match wish {
            Some(ResolveAction::Run) => self.run(cx),
            Some(ResolveAction::Stop) => self.search.stop(cx),
            Some(ResolveAction::Choose(told)) => self.choose(told, cx),
            None => {}
        }
        None
    }

    fn ui(&mut self, ui: &mut Ui, cx: &mut TabContext<'_>) -> Option<DnsHandOver> {
        // On the Internet everything waits for the button.
        if std::mem::take(&mut self.wants_run) && cx.setting.world == WorldChoice::Lab {
            self.run(cx);
        }
        self.search.follow(ui, self.kept.config(cx.setting), cx);
        let sent = self.inspector_panel(ui, cx);
        let frame = Frame::new().inner_margin(Margin { left: 16, right: 16, top: 12, bottom: 8 });
        CentralPanel::default().frame(frame).show(ui, |ui| self.middle_ui(ui, cx));
        sent
    }

    fn subject(&self) -> Option<Subject> {
        self.subject
    }

    fn command(&mut self, command: TabCommand, cx: &mut TabContext<'_>) {
        match command {
            TabCommand::Address => self.to_name = true,
            TabCommand::Run => self.run(cx),
            TabCommand::Step { .. } | TabCommand::Visit(_) => {}
        }
    }

    fn adopt(&mut self, job: RunId, record: &RunRecord) -> bool {
        let Some(report) = record.report::<Resolve>() else { return false };
        self.kept.take(&report.config);
        self.search.adopt(job);
        self.chosen = None;
        self.tree.fit();
        true
    }

    fn take_over(&mut self, sent: DnsHandOver) {
        if let DnsHandOver::Resolve { name, kind } = sent {
            self.kept = SavedResolve {
                name,
                kind,
                warm: false,
                before: Vec::new(),
                view: ResolvePane::Tree,
                ..self.kept.clone()
            };
            self.wants_run = true;
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

impl ResolveView {
    fn inspector_panel(&mut self, ui: &mut Ui, cx: &mut TabContext<'_>) -> Option<DnsHandOver> {
        let resolved = self.search.resolved(cx.runs)?;
        let (told, _) = self.known.of(&resolved);
        let one = *told.get(self.chosen_now(&told, cx.moment)?)?;
        let step = resolved.steps.get(one.step)?;
        let panel = right_panel(ui, "dns-inspector", 0.38, 0.5).show(ui, |ui| {
            let (_, people) = self.known.of(&resolved);
            let (gateway, setting) = (cx.gateway, cx.setting);
            let shown = InspectorSubject { resolved: &resolved, people: &people, one, step, gateway, setting };
            self.inspector.ui(ui, &shown)
        });
        panel.inner
    }

    fn middle_ui(&mut self, ui: &mut Ui, cx: &mut TabContext<'_>) {
        self.head_ui(ui, cx);
        let Some(resolved) = self.search.resolved(cx.runs) else {
            self.nothing_yet_ui(ui, cx);
            return;
        };
        let (told, people) = self.known.of(&resolved);
        let chosen = self.chosen_now(&told, cx.moment);
        let mut saved = Vec::new();
        let chose = match self.kept.view {
            ResolvePane::Tree => self.tree.ui(ui, &resolved, cx.moment, chosen, &mut saved),
            ResolvePane::Table => table::table_ui(ui, &resolved, (&told, &people), cx.moment, chosen),
            ResolvePane::Caches => {
                let lab = cx.setting.world == WorldChoice::Lab;
                let change = resolved.report.and_then(|report| self.changing.next(resolved.key, report, cx.lab));
                let happens = self.caches.ui(ui, resolved.report, change, lab);
                for event in happens {
                    self.kept.happens(event);
                }
                None
            }
        };
        for action in saved {
            cx.ask(action);
        }
        if let Some(chose) = chose {
            self.choose(chose, cx);
        }
    }

    /// The question and its answer, and which view is shown.
    fn head_ui(&mut self, ui: &mut Ui, cx: &mut TabContext<'_>) {
        let resolved = self.search.resolved(cx.runs);
        let (title, about) = resolved.as_ref().map_or_else(
            || (self.kept.name.clone(), String::new()),
            |resolved| (words::title(resolved), words::about(resolved)),
        );
        let narrow = ui.available_width() < TWO_ROWS;
        ui.horizontal(|ui| {
            ui.set_height(size::CONTROL);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if !narrow {
                    widgets::segmented(ui, "View", &mut self.kept.view, &ResolvePane::ALL);
                    self.hand_in_ui(ui, resolved.as_ref());
                    ui.add_space(size::GAP);
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    ui.set_min_width(ui.available_width());
                    widgets::heading(ui, &title).on_hover_text(&title);
                    if !narrow {
                        widgets::muted(ui, &about);
                    }
                });
            });
        });
        if narrow {
            ui.horizontal(|ui| {
                widgets::segmented(ui, "View", &mut self.kept.view, &ResolvePane::ALL);
                self.hand_in_ui(ui, resolved.as_ref());
                ui.add(egui::Label::new(egui::RichText::new(&about).small().color(Theme::of(ui).muted)).truncate());
            });
        }
        self.trouble_ui(ui, cx);
        ui.add_space(4.0);
    }

    /// The table that is shown; the tree has its own control beside its others.
    fn hand_in_ui(&self, ui: &mut Ui, resolved: Option<&ResolutionTrace<'_>>) {
        let Some(resolved) = resolved else { return };
        match self.kept.view {
            ResolvePane::Tree => {}
            ResolvePane::Table => HandIn::of("messages")
                .table(|| {
                    let (told, people) = (TraceMessage::of(resolved.steps), Participants::of(resolved.steps));
                    table::table(resolved, &told, &people)
                })
                .ui(ui),
            ResolvePane::Caches => {
                let caches = resolved.report.map_or(&[][..], |report| report.caches.as_slice());
                HandIn::of("caches").table(|| caches::table(caches)).ui(ui);
            }
        }
    }

    fn trouble_ui(&mut self, ui: &mut Ui, cx: &mut TabContext<'_>) {
        self.search.trouble_ui(ui);
        let resolved = self.search.resolved(cx.runs);
        let report = resolved.and_then(|resolved| resolved.report);
        if let Some(failure) = report.and_then(|report| report.failure.as_ref()) {
            failure_ui(ui, failure);
        }
        for warning in report.iter().flat_map(|report| &report.warnings) {
            ui.colored_label(Theme::of(ui).bad, warning);
        }
        if let Some((resolved, report)) = resolved.zip(report) {
            self.changing.ui(ui, resolved.key, report);
        }
        let troubled = report.is_some_and(|report| report.failure.is_some() || !report.warnings.is_empty());
        let troubled = troubled || self.search.is_in_trouble();
        if troubled && cx.setting.world == WorldChoice::Internet {
            let response = widgets::quiet_button(ui, "ask in the lab instead");
            if response
                .on_hover_text("The Lab Internet needs no network: its roots and zones are in this program.")
                .clicked()
            {
                let setting = Setting { world: WorldChoice::Lab, ..cx.setting.clone() };
                cx.ask(Action::Set(setting));
            }
        }
    }

    fn nothing_yet_ui(&self, ui: &mut Ui, cx: &TabContext<'_>) {
        if !self.search.is_running() && !self.search.is_in_trouble() {
            let words = if cx.setting.world == WorldChoice::Internet {
                "On this machine's Internet nothing is sent before you press Resolve."
            } else {
                "Type a name and press Resolve."
            };
            widgets::muted(ui, words);
        }
    }

    fn run(&mut self, cx: &mut TabContext<'_>) {
        if let Some(config) = self.kept.config(cx.setting) {
            self.search.start(config, cx);
        }
    }

    /// What is shown as chosen: what was clicked, otherwise what was told last at this moment.
    fn chosen_now(&self, told: &[TraceMessage], moment: Option<std::time::Duration>) -> Option<usize> {
        let past = told.partition_point(|told| told.is_past(moment));
        let chosen = self.chosen.filter(|chosen| *chosen < told.len());
        chosen.or_else(|| if moment.is_none() { words::telling(told) } else { past.checked_sub(1) })
    }

    fn choose(&mut self, place: usize, cx: &mut TabContext<'_>) {
        self.chosen = Some(place);
        let pick = self.search.job().zip(self.search.resolved(cx.runs)).and_then(|(job, resolved)| {
            let (told, _) = self.known.of(&resolved);
            let one = told.get(place)?;
            pick_of(job, resolved.ledger, resolved.steps.get(one.step)?, one.part)
        });
        if let Some(pick) = pick {
            self.seen = Some(pick);
            cx.ask(Action::Pick(pick));
        }
    }

    /// What was picked elsewhere is chosen here.
    fn follow_selection(&mut self, cx: &TabContext<'_>) {
        let pick = cx.pick.filter(|pick| Some(pick.job) == self.search.job());
        if pick == self.seen {
            return;
        }
        self.seen = pick;
        let (Some(pick), Some(resolved)) = (pick, self.search.resolved(cx.runs)) else { return };
        let event = pick.event.and_then(|event| resolved.ledger.flow(pick.flow)?.events.get(event.0 as usize));
        let part =
            if event.is_some_and(|event| event.from == Side::Server) { TracePart::Reply } else { TracePart::Query };
        let (told, _) = self.known.of(&resolved);
        let of_flow =
            |one: &TraceMessage| resolved.steps.get(one.step).is_some_and(|step| step.flow == Some(pick.flow));
        let found = told.iter().position(|one| one.part == part && of_flow(one));
        self.chosen = found.or_else(|| told.iter().position(of_flow)).or(self.chosen);
    }
}

/// The event of a step's flow that is its query or its response.
fn pick_of(job: RunId, ledger: &Ledger, step: &ResolutionStep, part: TracePart) -> Option<RecordSelection> {
    let flow = ledger.flow(step.flow?)?;
    let side = match part {
        TracePart::Query | TracePart::Silence => Side::Client,
        TracePart::Reply => Side::Server,
        TracePart::Known => return None,
    };
    let mut said = flow
        .events
        .iter()
        .enumerate()
        .filter(|(_, event)| event.from == side && matches!(event.content, EventContent::Octets(_)));
    // Where a flow holds several, the one of this step's time.
    let near = said.clone().find(|(_, event)| event.at >= step.sent_at);
    let event = near.or_else(|| said.next()).and_then(|(at, _)| u32::try_from(at).ok()).map(EventIndex);
    Some(RecordSelection { job, flow: flow.id, event })
}

/// A moment of a resolution, since it began: `41.2 ms`.
fn since(resolved: &ResolutionTrace<'_>, at: std::time::Duration) -> String {
    units::time(at.saturating_sub(resolved.origin()))
}

/// Below this width the head has two rows.
const TWO_ROWS: f32 = 640.0;
/// Things that may happen before a question.
const MOST_EVENTS: usize = 60;
