//! The Browse tab: a page beside the octets that brought it. What was asked and answered is always in view; links, forms, back and forward
//! work; every line of a request can be changed, or its very octets typed.

mod address;
mod bookmarks;
mod cookies_pane;
#[cfg(test)]
mod cookies_stories;
mod draft;
mod editor;
mod exchange_pane;
mod exchanges;
mod failure;
mod feed;
mod history;
mod inspector;
mod message;
mod names;
mod source_pane;
mod timing_pane;
mod url_text;
mod validators;

#[cfg(all(test, feature = "pictures"))]
mod pictures;
#[cfg(test)]
mod stories;

use std::time::Duration;

use egui::{CentralPanel, Frame, Key, Margin, Modifiers, Panel, ProgressBar, RichText, Ui};
use serde::{Deserialize, Serialize};
use url::Url;

use self::{
    address::{AddressRow, address_ui},
    bookmarks::bookmarks_ui,
    draft::RequestDraft,
    editor::{Tools, editor_ui},
    exchanges::{ExchangeKey, Exchanges, ended},
    failure::{FailureCase, failure_ui},
    feed::Feed,
    history::{History, VisitedPage},
    inspector::{ExchangeInspector, Pane},
    validators::{Validators, ask_past_caches},
};
use crate::{
    app::{
        actions::Action,
        keys::{KeyRow, KeyUse, STEP, key},
        kit::narrow,
        page::{Navigation, PageAction, PageView},
        parts::{Scene, drawer},
        runs::{RunRecord, Runs},
        subject::{RecordSelection, Subject, TabId},
        tab::{Tab, TabCommand, TabContext, TabRow},
        theme::{Theme, size},
        widgets,
    },
    engine::{
        bridge::{RunEnd, RunId},
        browse::Browse,
        setting::WorldChoice,
        timing::ObjectTiming,
    },
    lab::LabFiles,
    proto::http::url as typed_url,
    wire::units,
};

/// The tab's row in the list of tabs.
pub const TAB: TabRow = TabRow {
    id: TabId("browse"),
    title: "Browse",
    first_view: drawer::DrawerView::Waterfall,
    help: "Fetch a page and see every octet of every exchange; change the request line by line.",
    keys: &[STEP.help(), RELOAD_KEYS.help()],
    open: || Box::<BrowseTab>::default(),
};

/// The tab.
#[derive(Default)]
pub struct BrowseTab {
    kept: SavedBrowse,
    history: History,
    view: PageView,
    feed: Feed,
    inspector: ExchangeInspector,
    tools: Tools,
    /// The exchange chosen; the page's own where none is.
    chosen: Option<ExchangeKey>,
    /// The pick last followed.
    followed: Option<RecordSelection>,
    /// The run whose page has been picked.
    picked_for: Option<RunId>,
    /// The run whose page's address stands in the address row.
    landed: Option<RunId>,
    /// The content a form on a page put into the draft: nobody typed it.
    of_form: Option<String>,
    to_address: bool,
    /// Why the address cannot be gone to.
    problem: Option<String>,
    /// Has anything been asked for since the window opened?
    started: bool,
}

/// What a narrow window shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum BrowsePane {
    /// The page.
    #[default]
    Page,
    /// What brought it.
    Exchange,
}

/// What is there again after a restart.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct SavedBrowse {
    draft: RequestDraft,
    pane: Pane,
    editor_open: bool,
    editor: editor::EditorPage,
}

impl Tab for BrowseTab {
    fn logic(&mut self, cx: &mut TabContext<'_>) {
        // The window has gone back to what was there before a file was opened.
        if self.history.now().is_some_and(|visit| cx.runs.get(visit.job).is_none()) {
            self.history.drop_now();
            self.started = self.history.now().is_some();
            self.arrive();
        }
    }

    fn ui(&mut self, ui: &mut Ui, cx: &mut TabContext<'_>) {
        if !std::mem::replace(&mut self.started, true) && self.history.now().is_none() {
            // Nothing is sent into the Internet before the student says so.
            if cx.setting.world == WorldChoice::Lab {
                self.go(cx, None);
            }
        }
        self.follow_pick(cx);
        self.pick_first(cx);
        self.land(cx);
        self.reload_keys(ui, cx);
        self.address_panel(ui, cx);
        self.bookmarks_panel(ui, cx);
        if narrow::is_narrow(ui) {
            let panes = [(BrowsePane::Page, "Page"), (BrowsePane::Exchange, "Request and response")];
            let pane = narrow::choice_ui(ui, "browse-pane", &panes);
            match pane {
                BrowsePane::Exchange => self.inspector_panel(ui, cx),
                BrowsePane::Page => {
                    self.editor_panel(ui, cx);
                    CentralPanel::default().frame(Frame::NONE).show(ui, |ui| self.middle_ui(ui, cx));
                }
            }
            return;
        }
        // The inspector stands beside the editor: what was sent and what came is in view while the request is edited.
        self.inspector_panel(ui, cx);
        self.editor_panel(ui, cx);
        CentralPanel::default().frame(Frame::NONE).show(ui, |ui| self.middle_ui(ui, cx));
    }

    fn subject(&self) -> Option<Subject> {
        self.history.now().map(|visit| Subject { job: visit.job, root: None })
    }

    fn objects<'a>(&self, runs: &'a Runs) -> Vec<&'a ObjectTiming> {
        let record = self.history.now().and_then(|visit| runs.get(visit.job));
        record.map(|record| Exchanges::of(record).timings()).unwrap_or_default()
    }

    fn command(&mut self, command: TabCommand, cx: &mut TabContext<'_>) {
        match command {
            TabCommand::Address => self.to_address = true,
            TabCommand::Run => self.go(cx, None),
            TabCommand::Visit(url) => {
                self.started = true;
                self.get(cx, url.into());
            }
            TabCommand::Step { forward } => self.step(forward),
        }
    }

    fn adopt(&mut self, job: RunId, record: &RunRecord) -> bool {
        let Some(report) = record.report::<Browse>() else { return false };
        let draft = RequestDraft::of(&report.config);
        self.started = true;
        self.leave();
        self.kept.draft = draft.clone();
        self.history.go(VisitedPage::new(job, draft));
        self.arrive();
        true
    }

    fn save(&self) -> serde_json::Value {
        serde_json::to_value(&self.kept).unwrap_or_default()
    }

    fn restore(&mut self, saved: serde_json::Value) -> Result<(), serde_json::Error> {
        self.kept = serde_json::from_value(saved)?;
        self.kept.draft.put_in_order();
        Ok(())
    }
}

impl BrowseTab {
    fn address_panel(&mut self, ui: &mut Ui, cx: &mut TabContext<'_>) {
        let running = self.running(cx.runs);
        let frame = Frame::new().fill(Theme::of(ui).panel).inner_margin(Margin::symmetric(12, 0));
        let height = if address::has_two_lines(ui) { ADDRESS_LINES } else { ADDRESS_BAR };
        let panel = Panel::top("browse-address").exact_size(height).resizable(false).frame(frame);
        let before = self.kept.draft.typed.clone();
        let wish = panel
            .show(ui, |ui| {
                let mut row = AddressRow {
                    draft: &mut self.kept.draft,
                    ways: (self.history.has_back(), self.history.has_forward()),
                    running: running.is_some(),
                    editor_open: self.kept.editor_open,
                    to_address: &mut self.to_address,
                };
                address_ui(ui, &mut row)
            })
            .inner;
        if self.kept.draft.typed != before {
            self.another_address(&before);
        }
        match wish {
            Some(address::AddressAction::Go) => self.go(cx, None),
            Some(address::AddressAction::Stop) => running.into_iter().for_each(|job| cx.ask(Action::Stop(job))),
            Some(address::AddressAction::Back) => self.step(false),
            Some(address::AddressAction::Forward) => self.step(true),
            Some(address::AddressAction::Reload) => self.reload(cx, Reload::IfChanged),
            Some(address::AddressAction::HardReload) => self.reload(cx, Reload::Hard),
            Some(address::AddressAction::Editor) => self.kept.editor_open = !self.kept.editor_open,
            None => {}
        }
        let Some(problem) = &self.problem else { return };
        let frame = Frame::new().fill(Theme::of(ui).panel).inner_margin(Margin::symmetric(16, 4));
        Panel::top("browse-problem").resizable(false).frame(frame).show(ui, |ui| {
            ui.label(RichText::new(problem).color(Theme::of(ui).bad));
        });
    }

    /// Another address is being typed: what was sent to the one before, by a form or by choice, was not meant for it.
    fn another_address(&mut self, before: &str) {
        let draft = &mut self.kept.draft;
        let Some(visit) = self.history.now() else { return };
        if visit.draft.typed == before && visit.draft.method == draft.method {
            "GET".clone_into(&mut draft.method);
            self.forget_form();
        }
    }

    fn editor_panel(&mut self, ui: &mut Ui, cx: &TabContext<'_>) {
        if !self.kept.editor_open {
            return;
        }
        let most = (ui.available_height() * 0.55).max(EDITOR_LEAST);
        let frame = Frame::new().fill(Theme::of(ui).panel).inner_margin(Margin::symmetric(12, 8));
        let known = self.validators(cx.runs);
        Panel::top("browse-editor").resizable(false).frame(frame).show(ui, |ui| {
            editor_ui(ui, most, &mut self.kept.editor, &mut self.kept.draft, &known, &mut self.tools);
        });
    }

    fn bookmarks_panel(&mut self, ui: &mut Ui, cx: &mut TabContext<'_>) {
        let room_is_scarce = self.kept.editor_open && ui.available_height() < SCARCE;
        if cx.setting.world != WorldChoice::Lab || room_is_scarce {
            return;
        }
        let frame = Frame::new().fill(Theme::of(ui).panel).inner_margin(Margin::symmetric(12, 0));
        let panel = Panel::top("browse-bookmarks").exact_size(BOOKMARKS_BAR).resizable(false).frame(frame);
        if let Some(url) = panel.show(ui, bookmarks_ui).inner {
            self.get(cx, url.to_owned());
        }
    }

    fn inspector_panel(&mut self, ui: &mut Ui, cx: &mut TabContext<'_>) {
        let Some((visit, record)) = self.history.now().and_then(|visit| Some((visit, cx.runs.get(visit.job)?))) else {
            return;
        };
        let exchanges = Exchanges::of(record);
        let Some(at) = self.chosen_place(&exchanges) else { return };
        let job = visit.job;
        let origin = record.ledger.roots().next().map_or(Duration::ZERO, |root| root.opened_at);
        let asked = inspector::asked_of(record);
        let looked = exchange_pane::ExchangeSubject {
            job,
            exchanges: &exchanges,
            at,
            ledger: &record.ledger,
            asked,
            lab: cx.lab,
            origin,
            moment: cx.moment,
        };
        let frame = Frame::new().fill(Theme::of(ui).panel).inner_margin(Margin::same(12));
        let widest = (ui.available_width() * 0.6).max(size::INSPECTOR_LEAST);
        let width = (ui.available_width() * 0.392).clamp(size::INSPECTOR_LEAST + 60.0, INSPECTOR_MOST);
        let paint = |ui: &mut Ui| {
            ui.set_min_size(ui.available_size());
            self.inspector.ui(ui, &mut self.kept.pane, &looked, cx.gateway)
        };
        let wish = if narrow::is_narrow(ui) {
            CentralPanel::default().frame(frame).show(ui, paint).inner
        } else {
            let panel = Panel::right("browse-inspector").default_size(width);
            panel.size_range(size::INSPECTOR_LEAST..=widest).frame(frame).show(ui, paint).inner
        };
        let mut pick = None;
        match wish {
            Some(inspector::InspectorAction::Look(at)) => {
                let looked_at = exchanges.all.get(at);
                self.chosen = looked_at.map(|exchange| ExchangeKey::of(job, exchange));
                let scene = Scene { subject: Subject { job, root: None }, ledger: &record.ledger };
                pick = looked_at.and_then(|exchange| drawer::pick_of(&scene, &exchange.timing));
            }
            Some(inspector::InspectorAction::EditAndResend) => {
                if let Some(exchange) = exchanges.all.get(at) {
                    let (lines, content) = inspector::request_again(exchange, asked);
                    self.kept.draft.again(&exchange.timing.url, &exchange.method, lines, content);
                    self.kept.editor_open = true;
                    self.kept.editor = editor::EditorPage::Lines;
                }
            }
            Some(inspector::InspectorAction::Publish) => cx.ask(Action::Gateway(true)),
            None => {}
        }
        if let Some(pick) = pick {
            self.followed = Some(pick);
            cx.ask(Action::Pick(pick));
        }
    }

    fn middle_ui(&mut self, ui: &mut Ui, cx: &mut TabContext<'_>) {
        let Some(visit) = self.history.now() else {
            ui.centered_and_justified(|ui| widgets::muted(ui, "Type an address and press Go."));
            return;
        };
        self.feed.follow(&mut self.view, visit, cx.runs, cx.moment);
        if let Some(record) = cx.runs.get(visit.job) {
            news_ui(ui, record, cx.lab);
        }
        if feed::source(visit, cx.runs, cx.moment).is_some_and(|(job, ..)| Some(job) == visit.base) {
            Frame::new().inner_margin(Margin::symmetric(12, 4)).show(ui, |ui| widgets::muted(ui, UNCHANGED));
        }
        if self.view.is_blank()
            && let Some(words) = cx.runs.get(visit.job).and_then(|record| nothing_yet(record, cx.moment))
        {
            ui.centered_and_justified(|ui| widgets::muted(ui, words));
        }
        let can_fetch = self.kept.draft.loading.objects;
        for intent in self.view.ui(ui, !can_fetch) {
            match intent {
                PageAction::Go(navigation) => self.navigate(cx, navigation),
                PageAction::Fetch(_) => {
                    self.kept.draft.loading.objects = true;
                    self.reload(cx, Reload::Plain);
                }
                PageAction::Save => self.save_content(cx),
            }
        }
    }

    /// Goes to another address as plainly as from a bookmark.
    fn get(&mut self, cx: &mut TabContext<'_>, url: String) {
        let draft = &mut self.kept.draft;
        draft.raw.on = false;
        "GET".clone_into(&mut draft.method);
        draft.typed = url;
        draft.unshown = None;
        self.forget_form();
        self.go(cx, None);
    }

    /// What a form put into the draft is not sent anywhere else.
    fn forget_form(&mut self) {
        let draft = &mut self.kept.draft;
        if self.of_form.take().is_some_and(|content| content == draft.content) {
            draft.content.clear();
            draft.say_content_type(None);
        }
    }

    /// Sends what the draft says; `referer` is the page whose link was followed.
    fn go(&mut self, cx: &mut TabContext<'_>, referer: Option<&Url>) {
        match self.kept.draft.config(referer, cx.setting, cx.cookies.by) {
            Ok(config) => {
                self.problem = None;
                self.leave();
                // Where the page on screen is asked about, it stays there if nothing has changed.
                let shown = self.page_source(cx.runs).filter(|(_, url)| *url == config.url).map(|(job, _)| job);
                let job = cx.start::<Browse>(config);
                let visit = VisitedPage { base: shown, ..VisitedPage::new(job, self.kept.draft.clone()) };
                let gone = self.history.go(visit);
                for job in gone {
                    cx.ask(Action::Forget(job));
                }
                self.arrive();
            }
            Err(why) => self.problem = Some(why),
        }
    }

    fn reload_keys(&mut self, ui: &Ui, cx: &mut TabContext<'_>) {
        for how in RELOAD_KEYS.take(ui.ctx()) {
            self.reload(cx, how);
        }
    }

    /// The run that brought the page on screen, and the page's address.
    fn page_source(&self, runs: &Runs) -> Option<(RunId, Url)> {
        let (job, record, _) = feed::source(self.history.now()?, runs, None)?;
        let page = Exchanges::of(record).page()?;
        Some((job, page.timing.url.clone()))
    }

    /// What is known on screen of the version at the address that stands in the draft.
    fn validators(&self, runs: &Runs) -> Validators {
        let url = typed_url::parse(&self.kept.draft.typed).ok();
        let record = self.history.now().and_then(|visit| runs.get(visit.job));
        url.zip(record).map(|(url, record)| Validators::of(&Exchanges::of(record), &url)).unwrap_or_default()
    }

    fn reload(&mut self, cx: &mut TabContext<'_>, how: Reload) {
        let shown = self.page_source(cx.runs);
        let Some(visit) = self.history.now() else { return self.go(cx, None) };
        let loading = self.kept.draft.loading;
        let draft = RequestDraft { loading, ..visit.draft.clone() };
        match draft.config(None, cx.setting, cx.cookies.by) {
            Ok(mut config) => {
                let known = shown.zip(cx.runs.get(visit.job)).map(|((job, url), record)| {
                    let known = Validators::of(&Exchanges::of(record), &url);
                    (job, known)
                });
                let base = match (how, known) {
                    (Reload::IfChanged, Some((job, known))) => known.ask_in(&mut config).then_some(job),
                    (Reload::Hard, _) => {
                        ask_past_caches(&mut config);
                        None
                    }
                    (Reload::IfChanged | Reload::Plain, _) => None,
                };
                self.leave();
                let job = cx.start::<Browse>(config);
                for job in self.history.replace(job, base) {
                    cx.ask(Action::Forget(job));
                }
                self.kept.draft = draft;
                self.arrive();
            }
            Err(why) => self.problem = Some(why),
        }
    }

    fn step(&mut self, forward: bool) {
        self.leave();
        if self.history.step(forward) {
            if let Some(visit) = self.history.now() {
                self.kept.draft = visit.draft.clone();
            }
            self.arrive();
        }
    }

    /// Follows a link, sends a form.
    fn navigate(&mut self, cx: &mut TabContext<'_>, navigation: Navigation) {
        let from = self.history.now().and_then(|visit| typed_url::parse(&visit.draft.typed).ok());
        let page = self.view.url().cloned().or(from);
        let draft = &mut self.kept.draft;
        draft.typed = navigation.url.into();
        draft.method = navigation.method;
        draft.raw.on = false;
        draft.content = navigation.content.unwrap_or_default();
        draft.say_content_type(navigation.content_type);
        self.of_form = Some(draft.content.clone()).filter(|content| !content.is_empty());
        self.go(cx, page.as_ref());
    }

    /// The address of the page a redirect led to is the page's, unless another is being typed already.
    fn land(&mut self, cx: &TabContext<'_>) {
        let Some(visit) = self.history.now_mut().filter(|visit| self.landed != Some(visit.job)) else { return };
        let Some(record) = cx.runs.get(visit.job) else { return };
        let exchanges = Exchanges::of(record);
        let Some(page) = exchanges.page() else { return };
        self.landed = Some(visit.job);
        if exchanges.hops < 2 || visit.draft.raw.on {
            return;
        }
        let untouched = self.kept.draft == visit.draft;
        page.timing.url.as_str().clone_into(&mut visit.draft.typed);
        visit.draft.method.clone_from(&page.method);
        if page.method == "GET" {
            visit.draft.content.clear();
        }
        if untouched {
            self.kept.draft = visit.draft.clone();
        }
    }

    /// What is to be remembered of the page shown before another takes its place.
    fn leave(&mut self) {
        let scroll = self.view.scroll();
        if let Some(visit) =
            self.history.now_mut().filter(|visit| [Some(visit.job), visit.base].contains(&self.feed.job()))
        {
            visit.scroll = scroll;
        }
    }

    fn arrive(&mut self) {
        self.chosen = None;
        self.problem = None;
        self.feed.look_again();
    }

    fn save_content(&self, cx: &mut TabContext<'_>) {
        let source = self.history.now().and_then(|visit| feed::source(visit, cx.runs, None));
        let Some((_, record, _)) = source else { return };
        let Some(page) = Exchanges::of(record).page() else { return };
        let name = crate::app::parts::waterfall::short_name(&page.timing.url);
        let octets = feed::kept(page, &record.ledger);
        cx.ask(Action::SaveContent { name, octets });
    }

    /// The page's own exchange is picked as soon as it is there, so that the drawer shows which one is looked at.
    fn pick_first(&mut self, cx: &mut TabContext<'_>) {
        let Some(visit) = self.history.now().filter(|visit| self.picked_for != Some(visit.job)) else { return };
        let job = visit.job;
        let Some(record) = cx.runs.get(job) else { return };
        let Some(page) = Exchanges::of(record).page() else { return };
        let scene = Scene { subject: Subject { job, root: None }, ledger: &record.ledger };
        self.picked_for = Some(job);
        if let Some(pick) = drawer::pick_of(&scene, &page.timing) {
            self.followed = Some(pick);
            cx.ask(Action::Pick(pick));
        }
    }

    fn running(&self, runs: &Runs) -> Option<RunId> {
        let job = self.history.now()?.job;
        runs.get(job).filter(|record| record.is_running()).map(|_| job)
    }

    fn chosen_place(&self, exchanges: &Exchanges<'_>) -> Option<usize> {
        self.chosen.as_ref().and_then(|key| exchanges.position(key)).or_else(|| exchanges.first_choice())
    }

    /// What is picked in the drawer is looked at here.
    fn follow_pick(&mut self, cx: &TabContext<'_>) {
        let Some(pick) = cx.pick.filter(|pick| self.followed != Some(*pick)) else { return };
        self.followed = Some(pick);
        let Some(record) =
            self.history.now().filter(|visit| visit.job == pick.job).and_then(|visit| cx.runs.get(visit.job))
        else {
            return;
        };
        let exchanges = Exchanges::of(record);
        let scene = Scene { subject: Subject { job: pick.job, root: None }, ledger: &record.ledger };
        let place = drawer::object_of(&scene, &exchanges.timings(), pick);
        self.chosen = place.and_then(|at| exchanges.all.get(at)).map(|exchange| ExchangeKey::of(pick.job, exchange));
    }
}

/// How a page is asked for again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reload {
    /// Only if it has changed since.
    IfChanged,
    /// Whole, past every cache.
    Hard,
    /// As it was asked for.
    Plain,
}

/// Why there is no page yet, where there is none and nothing went wrong.
fn nothing_yet(record: &RunRecord, moment: Option<Duration>) -> Option<String> {
    let exchanges = Exchanges::of(record);
    match (exchanges.page(), moment) {
        (Some(page), Some(moment)) => {
            let origin = record.ledger.roots().next().map_or(Duration::ZERO, |root| root.opened_at);
            let there = ended(&page.timing.phases).saturating_sub(origin);
            let (moment, there) = (units::time(moment.saturating_sub(origin)), units::time(there));
            Some(format!("At {moment} the page has not come yet: it is whole at {there}. Move the playhead on."))
        }
        (None, _) if !exchanges.over => Some("Asked for. Nothing has come yet.".to_owned()),
        (None | Some(_), _) => None,
    }
}

/// How far the page is, or what went wrong with it.
fn news_ui(ui: &mut Ui, record: &RunRecord, lab: &LabFiles) {
    let exchanges = Exchanges::of(record);
    if record.is_running() {
        let told = record.progress.as_ref();
        let share = told.map_or(0.0, |progress| progress.done as f32 / progress.of.max(1) as f32);
        let bar = ui.add(ProgressBar::new(share).desired_height(3.0).corner_radius(0.0).fill(Theme::of(ui).accent));
        let doing = told.map_or("asked for", |progress| progress.doing.as_str());
        widgets::named(ui, bar, doing);
    }
    let page = exchanges.first_choice().and_then(|at| exchanges.all.get(at)).copied();
    let failure = exchanges.failure.or_else(|| page.and_then(|page| page.timing.failure.as_ref()));
    let stopped = matches!(record.end, Some(RunEnd::Stopped));
    if failure.is_none() && !stopped {
        return;
    }
    Frame::new().inner_margin(Margin::same(12)).show(ui, |ui| match failure {
        Some(failure) => {
            let asked = inspector::asked_of(record);
            failure_ui(ui, &FailureCase { failure, exchange: page, ledger: &record.ledger, asked, lab });
        }
        None => {
            widgets::muted(ui, "Stopped before everything was there.");
        }
    });
}

/// Ctrl+R, and past every cache Ctrl+Shift+R, which comes first: the other means both to the system.
const RELOAD_KEYS: KeyRow<Reload> = KeyRow {
    does: "all of the page again, the page again if it has changed",
    keys: &[key(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::R), key(Modifiers::COMMAND, Key::R)],
    commands: &[Reload::Hard, Reload::IfChanged],
    when: KeyUse::Anywhere,
};

/// Said above a page that a 304 left standing.
const UNCHANGED: &str = "304 Not Modified: the server sent no content. The page is shown as it came before.";

/// Height of the address row.
const ADDRESS_BAR: f32 = 42.0;
/// Height of the same in two lines.
const ADDRESS_LINES: f32 = 74.0;

/// Width of the inspector at most, before anyone drags it: the longest usual line of a head fits.
const INSPECTOR_MOST: f32 = 440.0;

/// Height of the bar of ready pages.
const BOOKMARKS_BAR: f32 = 28.0;

/// Height the request editor's page may have at least, however low the window.
const EDITOR_LEAST: f32 = 120.0;

/// In less height than this the ready pages make room for the page while the editor is open.
const SCARCE: f32 = 460.0;
