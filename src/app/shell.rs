//! The shell: top bar, the tab, the drawer, the status bar, notices. Owns everything the window knows and carries out what tabs ask for.

use std::path::PathBuf;

use egui::{CentralPanel, Color32, Context, Frame, Margin, Panel, Rect, Ui, UiBuilder};

use super::{
    actions::Action,
    drawers::{DrawerSource, Drawers},
    files::{self, FileOutcome, FileTask, Files},
    focus,
    gateway_sheet::GatewaySheet,
    hand_in::{self, HandInRequest},
    help::HelpSheet,
    keeper::Keeper,
    keys::{KeyCommand, commands_of_keys},
    letters::Letters,
    notices::{Notice, Notices},
    opened_run::{OpenedAction, OpenedRun},
    parts::drawer_request::DrawerRequest,
    runs::{RunFile, RunRecord, Runs},
    state::SavedWindow,
    status_bar::{StatusBar, Totals, status_bar_ui},
    store_popup::{self, store_problem},
    subject::{RecordSelection, TabId},
    tab::{CookieContext, Tab, TabCommand, TabContext, TabRow},
    tabs::{self, TABS},
    theme::{self, Theme, size},
    top_bar::{MenuChoice, TopBar, top_bar_ui, world_line_ui},
};
use crate::{
    engine::{
        bridge::{Bridge, Busy, EngineRequest, PublishedService, RunEnd, RunId, StoreRequest, Update},
        experiments::AnyConfig,
        jar::{JarOrder, JarRequest, JarSnapshot, PastJar},
        setting::{Setting, WorldChoice},
        store_status::StoreStatus,
    },
    lab::LabFiles,
    proto::http::cookies::{JarRules, UnixMicros},
    wire::{Blame, Failure},
};

/// The engine as the window sees it. The real one is [`Bridge`]; tests bring one that plays a part.
pub trait EngineEnd {
    /// Asks for something; never waits.
    ///
    /// # Errors
    /// [`Busy`] when the queue is full.
    fn ask(&mut self, request: EngineRequest) -> Result<(), Busy>;

    /// Everything new; never waits.
    fn drain(&mut self) -> Vec<Update>;
}

impl EngineEnd for Bridge {
    fn ask(&mut self, request: EngineRequest) -> Result<(), Busy> {
        Self::ask(self, request)
    }

    fn drain(&mut self) -> Vec<Update> {
        Self::drain(self)
    }
}

/// The window's whole state.
pub struct Shell {
    engine: Box<dyn EngineEnd>,
    runs: Runs,
    setting: Setting,
    /// What the lab consists of.
    lab: LabFiles,
    /// What the engine was told last.
    setting_told: Option<Setting>,
    pick: Option<RecordSelection>,
    drawers: Drawers,
    tabs: Vec<OpenTab>,
    shown: TabId,
    actions: Vec<Action>,
    letters: Letters,
    chrome: Chrome,
    keeper: Keeper,
}

/// A tab, and its row in the list of tabs.
struct OpenTab {
    row: &'static TabRow,
    tab: Box<dyn Tab>,
}

/// What stands around the tab.
#[derive(Default)]
struct Chrome {
    notices: Notices,
    gateway: GatewayState,
    /// The record by itself that the drawer shows in the place of the tab's: the gateway's, or one from a file.
    watched: Option<RunId>,
    /// A run was opened from a file: whose settings stand in the window, and the student's own.
    opened: Option<OpenedRun>,
    gateway_sheet: GatewaySheet,
    help: HelpSheet,
    files: Files,
    /// What lasts in the lab; `None` until it is known.
    store: Option<StoreStatus>,
    /// The engine has been asked for that.
    store_asked: bool,
    cookies: CookieState,
    /// Of which run, at which revision, and what it added up to.
    totals: Option<(RunId, u64, Totals)>,
}

/// What the window knows of the browser's cookies.
#[derive(Default)]
struct CookieState {
    by: JarRules,
    jar: Option<JarSnapshot>,
    past: Option<PastJar>,
}

/// What the window knows of the gateway.
#[derive(Default)]
struct GatewayState {
    /// What is published; empty while it is off or on its way.
    published: Vec<PublishedService>,
    /// It has been asked for.
    wanted: bool,
}

impl Shell {
    /// A window as `saved`, with `engine` at its service. `file` is where the state is kept; `None` keeps nothing.
    pub fn new(ctx: &Context, engine: Box<dyn EngineEnd>, saved: &SavedWindow, file: Option<PathBuf>) -> Self {
        theme::install(ctx);
        focus::install(ctx);
        ctx.set_theme(saved.theme);
        // Larger and smaller text are keys of the table.
        ctx.options_mut(|options| options.zoom_with_keyboard = false);
        let [least, most] = size::ZOOM;
        ctx.set_zoom_factor(if saved.zoom.is_finite() { saved.zoom.clamp(least, most) } else { 1.0 });
        let mut shell = Self {
            engine,
            runs: Runs::default(),
            setting: saved.setting.clone(),
            lab: LabFiles::embedded(),
            setting_told: None,
            pick: None,
            drawers: Drawers::new(saved.drawer_height, &saved.views),
            tabs: TABS.iter().map(|row| OpenTab { row, tab: (row.open)() }).collect(),
            shown: tabs::named(&saved.shown).unwrap_or(tabs::FIRST),
            actions: Vec::new(),
            letters: Letters::install(ctx),
            chrome: Chrome {
                cookies: CookieState { by: saved.cookies, ..CookieState::default() },
                ..Chrome::default()
            },
            keeper: Keeper::new(file, saved),
        };
        shell.runs.insert(RunId::GATEWAY, RunRecord::new(None));
        if saved.gateway {
            shell.actions.push(Action::Gateway(true));
        }
        for OpenTab { row, tab } in &mut shell.tabs {
            let kept = saved.tabs.get(row.id.0).cloned().unwrap_or_default();
            if !kept.is_null() && tab.restore(kept).is_err() {
                let what = format!("What the tab {} kept could not be read; it starts afresh", row.title);
                shell.chrome.notices.tell(Notice::problem(what));
            }
        }
        shell
    }

    /// The same window on another lab than the built-in one.
    #[must_use]
    pub fn on_lab(self, lab: LabFiles) -> Self {
        Self { lab, ..self }
    }

    /// Tells the student something that has no place of its own.
    pub fn tell(&mut self, notice: Notice) {
        self.chrome.notices.tell(notice);
    }

    /// Opens a saved run, as soon as the window is painted.
    pub fn open(&mut self, file: PathBuf) {
        self.actions.push(Action::Open(file));
    }

    /// One run's record.
    pub fn record(&self, job: RunId) -> Option<&RunRecord> {
        self.runs.get(job)
    }

    /// Between two frames: takes in what the engine did, carries out what was asked for.
    pub fn between_frames(&mut self, ctx: &Context) {
        for update in self.engine.drain() {
            match self.runs.apply(update) {
                Some(Update::Gateway(published)) => {
                    self.chrome.gateway.published = published;
                    self.chrome.gateway_sheet.published();
                }
                Some(Update::GatewayFailed(failure)) => self.gateway_failed(failure),
                Some(Update::Store(status)) => self.store_is(*status),
                Some(Update::StoreFailed(failure)) => self.tell(store_problem(&failure)),
                Some(Update::Jar(jar)) => self.chrome.cookies.jar = Some(*jar),
                Some(Update::PastJar(past)) => self.chrome.cookies.past = Some(*past),
                Some(_) | None => {}
            }
        }
        self.each_tab(|_, tab, cx| tab.logic(cx));
        for action in std::mem::take(&mut self.actions) {
            self.carry_out(ctx, action);
        }
        for request in hand_in::requested(ctx) {
            self.hand_in(request);
        }
        if let Some(done) = self.chrome.files.done() {
            self.file_done(done);
        }
        self.tell_setting(ctx);
    }

    /// Paints the window into `ui`, which is all of it.
    pub fn paint(&mut self, ui: &mut Ui) {
        for wish in commands_of_keys(ui.ctx(), TABS.len()) {
            self.key(ui.ctx(), wish);
        }
        self.drawers_follow(ui);
        self.top_ui(ui);
        self.opened_ui(ui);
        self.below_ui(ui);
        self.chrome.help.ui(ui);
        let GatewayState { published, wanted } = &self.chrome.gateway;
        self.chrome.gateway_sheet.ui(ui, published, *wanted, &mut self.actions);
        self.chrome.files.ui(ui);
        self.chrome.notices.ui(ui, size::STATUS_BAR);
        focus::ring_ui(ui);
        self.letters.follow(ui.ctx());
        self.keep(ui.ctx());
        // The file of what lasts is opened when the window is there to be seen.
        if !std::mem::replace(&mut self.chrome.store_asked, true) {
            self.actions.push(Action::Store(StoreRequest::Look));
        }
        if !self.actions.is_empty() {
            ui.ctx().request_repaint();
        }
    }

    /// Tab, drawer and status bar, from top to bottom: the keyboard goes through them in the order in which they are painted.
    fn below_ui(&mut self, ui: &mut Ui) {
        let all = ui.available_rect_before_wrap();
        let status = (all.bottom() - size::STATUS_BAR).max(all.top());
        let between = status - all.top();
        let watched = Self::watched(&self.tabs, self.shown, &self.runs, self.chrome.watched).is_some();
        let drawer = status - if watched { self.drawers.height(between) } else { 0.0 };
        let part = |salt: &str, from: f32, to: f32| {
            let rect = Rect::from_x_y_ranges(all.x_range(), from..=to);
            UiBuilder::new().id_salt(salt).max_rect(rect)
        };
        let mut tab = ui.new_child(part("tab", all.top(), drawer));
        tab.shrink_clip_rect(Rect::from_x_y_ranges(all.x_range(), all.top()..=drawer));
        // No fill: the ground is what the window is cleared with, see `Window::clear_color`.
        CentralPanel::default().frame(Frame::NONE).show(&mut tab, |ui| self.with_shown(|tab, cx| tab.ui(ui, cx)));
        self.drawer_ui(&mut ui.new_child(part("drawer", drawer, status)), between);
        self.status_ui(&mut ui.new_child(part("status", status, all.bottom())));
    }

    /// The gateway could not do something. A port that could not be given leaves what is published as it is.
    fn gateway_failed(&mut self, failure: Failure) {
        let (told, published) = (self.chrome.gateway_sheet.refused(&failure), &self.chrome.gateway.published);
        self.chrome.gateway.wanted &= !published.is_empty();
        if !told {
            self.tell(Notice::problem(failure.summary).advising(failure.causes.join(": ")));
        }
    }

    /// What lasts in the lab is known, or has changed. What was met on opening it is told once.
    fn store_is(&mut self, status: StoreStatus) {
        if self.chrome.store.is_none() {
            for notice in store_popup::notices(&status) {
                self.tell(notice);
            }
        }
        if let Some(failure) = &status.failure {
            self.tell(store_problem(failure));
        }
        self.chrome.store = Some(status);
    }

    /// Writes down what is to be there after a restart, now.
    pub fn keep_now(&mut self, ctx: &Context) {
        let saved = self.saved(ctx);
        if let Err(error) = self.keeper.store(&saved) {
            self.chrome.notices.tell(Notice::problem(format!("The window's state could not be written: {error}")));
        }
    }

    fn top_ui(&mut self, ui: &mut Ui) {
        let frame = bar_frame(ui, 12);
        let bar = Panel::top("top").exact_size(size::TOP_BAR).resizable(false).frame(frame).show(ui, |ui| {
            let bar = TopBar { tabs: TABS, shown: self.shown, setting: &self.setting, lab: &self.lab };
            top_bar_ui(ui, &bar, &mut self.actions)
        });
        world_line_ui(ui, bar.response.rect, self.setting.world);
        if let Some(choice) = bar.inner {
            self.menu(choice);
        }
    }

    fn status_ui(&mut self, ui: &mut Ui) {
        let subject = self.shown_tab().and_then(Tab::subject).map(|subject| subject.job);
        let totals = subject.and_then(|job| self.totals(job)).unwrap_or_default();
        let frame = bar_frame(ui, 12).fill(Color32::TRANSPARENT);
        Panel::bottom("status").exact_size(size::STATUS_BAR).resizable(false).frame(frame).show(ui, |ui| {
            let record = subject.and_then(|job| self.runs.get(job));
            let bar = StatusBar {
                runs: &self.runs,
                totals,
                provenance: record.and_then(provenance),
                gateway: &self.chrome.gateway.published,
                gateway_wanted: self.chrome.gateway.wanted,
                store: self.chrome.store.as_ref().filter(|_| self.setting.world == WorldChoice::Lab),
                watched: self.chrome.watched,
            };
            status_bar_ui(ui, &bar, &mut self.actions);
        });
    }

    fn key(&mut self, ctx: &Context, wish: KeyCommand) {
        match wish {
            KeyCommand::Tab(place) => {
                if let Some(tab) = TABS.get(place) {
                    self.shown = tab.id;
                }
            }
            KeyCommand::Address => self.with_shown(|tab, cx| tab.command(TabCommand::Address, cx)),
            KeyCommand::Run if !self.something_open(ctx) => self.with_shown(|tab, cx| tab.command(TabCommand::Run, cx)),
            KeyCommand::Step { forward } => self.with_shown(|tab, cx| tab.command(TabCommand::Step { forward }, cx)),
            KeyCommand::Escape => {
                if !self.something_open(ctx) {
                    let running: Vec<RunId> = self.runs.running().map(|(job, _)| job).collect();
                    self.actions.extend(running.into_iter().map(Action::Stop));
                }
            }
            KeyCommand::Help => self.chrome.help.open = !self.chrome.help.open,
            KeyCommand::Save => self.menu(MenuChoice::Save),
            KeyCommand::Open => self.menu(MenuChoice::Open),
            KeyCommand::Larger(steps) => larger(ctx, steps),
            KeyCommand::UsualSize => ctx.set_zoom_factor(1.0),
            KeyCommand::Run => {}
        }
    }

    fn menu(&mut self, choice: MenuChoice) {
        match choice {
            MenuChoice::Help => self.chrome.help.open = true,
            MenuChoice::Open => self.chrome.files.ask(FileTask::Open, ""),
            MenuChoice::Save => {
                let run = if let Some(job) = self.chrome.watched {
                    self.runs.get(job).and_then(files::record_to_save)
                } else {
                    let subject = self.shown_tab().and_then(Tab::subject);
                    subject.and_then(|subject| self.runs.get(subject.job)).and_then(files::to_save)
                };
                match run {
                    Some(run) => {
                        let name = format!("{}.{}", run.experiment, crate::wire::save::EXTENSION);
                        self.chrome.files.ask(FileTask::Run(Box::new(run)), &name);
                    }
                    None => self.tell(Notice::problem("There is no finished run to save here yet")),
                }
            }
        }
    }

    fn hand_in(&mut self, request: HandInRequest) {
        match request {
            HandInRequest::Save(file) => {
                let name = file.name();
                self.chrome.files.ask(FileTask::HandIn(Box::new(file)), &name);
            }
            HandInRequest::Copied(words) => self.tell(Notice::done(words)),
        }
    }

    fn something_open(&self, ctx: &Context) -> bool {
        self.chrome.help.open
            || self.chrome.gateway_sheet.is_open()
            || self.chrome.files.is_open()
            || egui::Popup::is_any_open(ctx)
    }

    fn file_done(&mut self, done: FileOutcome) {
        match done {
            FileOutcome::Saved(path) => self.tell(Notice::done(format!("Saved as {}", path.display()))),
            FileOutcome::Failed(notice) => self.tell(notice),
            FileOutcome::Cookies(world, imported) => {
                self.tell(imported.notice);
                let order = JarOrder::Put { cookies: imported.cookies, why: imported.why };
                self.ask(EngineRequest::Store(StoreRequest::Jar(JarRequest { world, order })));
            }
            FileOutcome::Opened(path, run) => match files::from_saved(*run, &path) {
                Ok(record) => self.adopt(record),
                Err(error) => {
                    let words = format!("{} cannot be shown: {error}", path.display());
                    let cause = std::error::Error::source(&error).map(ToString::to_string);
                    let notice = Notice::problem(words);
                    self.tell(cause.map_or(notice.clone(), |cause| notice.advising(cause)));
                }
            },
        }
    }

    /// Gives a record from a file to the tab it belongs to, and shows that with world, path and controls as they were. A record that no
    /// tab shows is shown by itself.
    fn adopt(&mut self, record: RunRecord) {
        let job = self.runs.next_job();
        let RunFile { name, config } = record.file.clone().unwrap_or(RunFile { name: String::new(), config: None });
        let place = config.as_ref().map(|config| config.place().setting);
        let earlier = self.chrome.opened.take();
        let mut opened = OpenedRun::new(name, place.clone(), job, earlier, || self.setting.clone());
        let mut tabs = self.tabs.iter_mut();
        let taken = tabs.find_map(|OpenTab { row, tab }| {
            let kept = tab.save();
            tab.adopt(job, &record).then_some((row.id, kept))
        });
        self.runs.insert(job, record);
        if let Some((tab, kept)) = taken {
            opened.of_tab(tab, kept);
            self.shown = tab;
            self.watch(None);
        } else {
            self.watch(Some(job));
        }
        if let Some(setting) = place {
            self.setting = setting;
        }
        self.chrome.opened = Some(opened);
    }

    /// Everything is again as it was before a file was opened.
    fn back_to_own(&mut self) {
        let Some(own) = self.chrome.opened.take().map(OpenedRun::into_own) else { return };
        self.setting = own.setting;
        self.watch(None);
        for job in own.jobs {
            self.runs.forget(job);
            self.pick = self.pick.filter(|pick| pick.job != job);
        }
        for (id, kept) in own.tabs {
            let tab = self.tabs.iter_mut().find(|open| open.row.id == id);
            if tab.is_some_and(|open| open.tab.restore(kept).is_err()) {
                self.tell(Notice::problem("The controls could not be put back as they were"));
            }
        }
    }

    fn opened_ui(&mut self, ui: &mut Ui) {
        let Some(opened) = &self.chrome.opened else { return };
        let of_tab = || self.shown_tab().and_then(Tab::subject).map(|subject| subject.job);
        match opened.ui(ui, (self.shown, self.chrome.watched.or_else(of_tab)), &self.setting) {
            Some(OpenedAction::Back) => self.back_to_own(),
            Some(OpenedAction::Keep) => self.chrome.opened = None,
            None => {}
        }
    }

    /// Shows a record by itself in the drawer, or no longer. One from a file is dropped when nobody looks at it any more.
    fn watch(&mut self, record: Option<RunId>) {
        let before = std::mem::replace(&mut self.chrome.watched, record);
        if let Some(job) = before.filter(|job| *job != RunId::GATEWAY && before != record) {
            self.runs.forget(job);
        }
    }

    /// Sums over a record, computed once for each change of it.
    fn totals(&mut self, job: RunId) -> Option<Totals> {
        let record = self.runs.get(job)?;
        let known = self.chrome.totals.filter(|(of, revision, _)| *of == job && *revision == record.revision);
        let totals = known.map_or_else(|| Totals::of(record), |(_, _, totals)| totals);
        self.chrome.totals = Some((job, record.revision, totals));
        Some(totals)
    }

    /// What the drawer shows: the shown tab's record, or one by itself.
    fn watched<'a>(
        tabs: &[OpenTab],
        shown: TabId,
        runs: &'a Runs,
        by_itself: Option<RunId>,
    ) -> Option<DrawerSource<'a>> {
        if let Some(job) = by_itself {
            return DrawerSource::record(job, runs);
        }
        let tab = tabs.iter().find(|tab| tab.row.id == shown)?;
        DrawerSource::tab(shown, tab.tab.as_ref(), runs)
    }

    fn drawers_follow(&mut self, ui: &Ui) {
        let watched = Self::watched(&self.tabs, self.shown, &self.runs, self.chrome.watched);
        if let Some(watched) = watched {
            self.drawers.follow(ui, &watched, self.pick);
        }
    }

    /// The drawer, which shares `between` points with the tab.
    fn drawer_ui(&mut self, ui: &mut Ui, between: f32) {
        let watched = Self::watched(&self.tabs, self.shown, &self.runs, self.chrome.watched);
        let Some(watched) = watched else { return };
        for wish in self.drawers.ui(ui, &watched, self.pick, between) {
            match wish {
                DrawerRequest::Pick(pick) => self.actions.push(Action::Pick(pick)),
            }
        }
    }

    fn carry_out(&mut self, ctx: &Context, action: Action) {
        match action {
            Action::Start(job, config) => self.start(job, config),
            Action::Stop(job) => self.ask(EngineRequest::Stop(job)),
            Action::Forget(job) => {
                if self.runs.forget(job).is_some_and(|record| record.is_running()) {
                    self.ask(EngineRequest::Stop(job));
                }
                self.pick = self.pick.filter(|pick| pick.job != job);
            }
            Action::Set(setting) => self.setting = setting,
            Action::Gateway(on) => {
                self.chrome.gateway.wanted = on;
                if !on {
                    self.chrome.gateway.published.clear();
                }
                self.ask(EngineRequest::Gateway(on));
            }
            Action::Published => self.chrome.gateway_sheet.open(),
            Action::PublishAt(choice) => self.ask(EngineRequest::PublishAt(choice)),
            Action::Store(order) => self.ask(EngineRequest::Store(order)),
            Action::ImportCookies(world) => {
                let now = self.chrome.cookies.jar.as_ref().map_or_else(UnixMicros::default, |jar| jar.date);
                self.chrome.files.ask(FileTask::Cookies(world, now), "");
            }
            Action::DecideBy(rules) => self.chrome.cookies.by = rules,
            Action::Watch(record) => self.watch(record),
            Action::Show(tab) => self.shown = tab,
            Action::Browse(url) => {
                self.shown = tabs::browse::TAB.id;
                self.with_shown(|tab, cx| tab.command(TabCommand::Visit(url.clone()), cx));
            }
            Action::Pick(pick) => self.pick = Some(pick),
            Action::Tell(notice) => self.chrome.notices.tell(notice),
            Action::Seek(at) => self.drawers.seek(self.shown, at),
            Action::Save(job, path) => {
                if let Some(run) = self.runs.get(job).and_then(files::to_save) {
                    self.chrome.files.begin(ctx, FileTask::Run(Box::new(run)), path);
                }
            }
            Action::Open(path) => self.chrome.files.begin(ctx, FileTask::Open, path),
            Action::SaveContent { name, octets } => self.chrome.files.ask(FileTask::Content(octets), &name),
        }
    }

    fn start(&mut self, job: RunId, config: AnyConfig) {
        if let Err(busy) = self.engine.ask(EngineRequest::Run(job, config)) {
            let failure = Failure::from_error(&busy, Blame::Input, None);
            self.runs.apply(Update::Ended(job, RunEnd::Failed(failure)));
        }
    }

    fn ask(&mut self, request: EngineRequest) {
        if let Err(busy) = self.engine.ask(request) {
            self.chrome.notices.tell(Notice::problem(busy.to_string()));
        }
    }

    /// The engine follows the setting, but not every step of a slider on its way.
    fn tell_setting(&mut self, ctx: &Context) {
        let settled = !ctx.input(|input| input.pointer.any_down());
        if settled && self.setting_told.as_ref() != Some(&self.setting) {
            match self.engine.ask(EngineRequest::Setting(self.setting.clone())) {
                Ok(()) => self.setting_told = Some(self.setting.clone()),
                Err(Busy) => ctx.request_repaint_after(RETRY),
            }
        }
    }

    fn shown_tab(&self) -> Option<&dyn Tab> {
        self.tabs.iter().find(|tab| tab.row.id == self.shown).map(|open| open.tab.as_ref())
    }

    fn with_shown(&mut self, mut work: impl FnMut(&mut dyn Tab, &mut TabContext<'_>)) {
        let shown = self.shown;
        self.each_tab(|id, tab, cx| {
            if id == shown {
                work(tab, cx);
            }
        });
    }

    fn each_tab(&mut self, mut work: impl FnMut(TabId, &mut dyn Tab, &mut TabContext<'_>)) {
        let Self { tabs, runs, setting, lab, pick, actions, drawers, chrome, .. } = self;
        for OpenTab { row, tab } in tabs {
            let moment = drawers.moment(row.id);
            let (gateway, store) = (chrome.gateway.published.as_slice(), chrome.store.as_ref());
            let CookieState { by, jar, past } = &chrome.cookies;
            let cookies = CookieContext { by: *by, jar: jar.as_ref(), past: past.as_ref() };
            let pick = *pick;
            let mut cx = TabContext { runs, setting, lab, gateway, store, cookies, moment, pick, actions };
            work(row.id, tab.as_mut(), &mut cx);
        }
    }

    fn keep(&mut self, ctx: &Context) {
        if self.keeper.is_time(ctx) {
            self.keep_now(ctx);
        }
    }

    fn saved(&self, ctx: &Context) -> SavedWindow {
        let (drawer_height, views) = self.drawers.kept();
        // What a file brought is not there after a restart, and neither are its settings.
        let own = self.chrome.opened.as_ref().map(OpenedRun::own);
        let kept =
            |open: &OpenTab| own.and_then(|own| own.tabs.get(&open.row.id).cloned()).unwrap_or_else(|| open.tab.save());
        SavedWindow {
            shown: self.shown.0.to_owned(),
            theme: ctx.options(|options| options.theme_preference),
            zoom: ctx.zoom_factor(),
            setting: own.map_or(&self.setting, |own| &own.setting).clone(),
            window: self.keeper.window_size(ctx),
            drawer_height,
            views,
            gateway: self.chrome.gateway.wanted,
            cookies: self.chrome.cookies.by,
            tabs: self.tabs.iter().map(|open| (open.row.id.0.to_owned(), kept(open))).collect(),
            ..SavedWindow::default()
        }
    }
}

impl eframe::App for Shell {
    fn logic(&mut self, ctx: &Context, _frame: &mut eframe::Frame) {
        self.between_frames(ctx);
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        self.paint(ui);
    }

    fn persist_egui_memory(&self) -> bool {
        false
    }
}

/// Text and everything around it so many tenths larger, within what the window is made for.
fn larger(ctx: &Context, tenths: i8) {
    let (now, [least, most]) = (ctx.zoom_factor(), size::ZOOM);
    let wanted = (now * 10.0).round() + f32::from(tenths);
    ctx.set_zoom_factor((wanted / 10.0).clamp(least, most));
}

fn provenance(record: &RunRecord) -> Option<&str> {
    Some(record.any_report()?.summary().provenance)
}

fn bar_frame(ui: &Ui, side: i8) -> Frame {
    Frame::new().fill(Theme::of(ui).panel).inner_margin(Margin::symmetric(side, 0))
}

const RETRY: std::time::Duration = std::time::Duration::from_millis(100);

#[cfg(test)]
mod file_stories;
#[cfg(test)]
mod store_stories;
#[cfg(test)]
mod stories;
#[cfg(test)]
mod walks;
