//! The jar: visits on the left, the cookies and their four components in the middle, one cookie's story on the right.
//!
//! What is shown comes from the engine whenever the store has changed while the tab is shown; every count and list is of the same decisions.

mod components;
mod controls;
mod filter;
mod form;
mod inspector;
mod lines;
mod moments;
mod table;
mod visits;
mod words;

#[cfg(all(test, feature = "pictures"))]
mod pictures;
#[cfg(test)]
mod stories;

use std::{collections::BTreeSet, convert::Infallible, time::Duration};

use egui::{Area, CentralPanel, Frame, Id, Key, Margin, Modifiers, Order, ScrollArea, TextEdit, Ui, pos2, vec2};
use serde::{Deserialize, Serialize};

use self::{
    components::{ComponentKind, Components},
    filter::JarFilter,
    form::{CookieForm, FormAction},
    inspector::InspectorAction,
    lines::{CookieOrder, ListKind},
    table::{OpenSites, TableAction},
    visits::Visits,
};
use crate::{
    app::{
        actions::Action,
        hand_in::{HandIn, Table, Value},
        keys::{KeyRow, KeyUse, key},
        kit::views::{TabView, is_low, right_panel, side_frame},
        memo::Memo,
        runs::RunRecord,
        subject::{RecordSelection, Subject},
        tab::{TabCommand, TabContext},
        theme::Theme,
        widgets,
    },
    engine::{
        bridge::RunId,
        jar::{CookieKey, JarOrder, JarSnapshot, LoggedDecision},
        setting::WorldChoice,
    },
    proto::http::cookies::{Cookie, UnixMicros, Verdict, jar::site_of},
    store::Revision,
    wire::units,
};

/// The view.
#[derive(Debug, Default)]
pub(super) struct JarView {
    kept: SavedJarView,
    visits: Visits,
    /// What the engine was asked for last.
    asked: Option<JarVersion>,
    /// When the shown jar was told, in the window's time.
    told: Option<(Revision, UnixMicros, f64)>,
    filter: String,
    open: OpenSites,
    chosen: Option<CookieKey>,
    /// The chosen line of the refused or the gone.
    chosen_decision: Option<u64>,
    component: Option<ComponentKind>,
    form: Option<CookieForm>,
    /// Cookies that were deleted by hand, the last one last.
    deleted: Vec<Cookie>,
    /// The moment that is shown: its place among all, and its state of the store.
    moment: Option<(usize, Revision)>,
    /// In a window too narrow for it beside the table: the inspector lies over it.
    inspects: bool,
    scrolls: bool,
    lines: Memo<LinesKey, Vec<lines::TableLine>>,
    lists: Memo<ListsKey, DecisionLists>,
    moments: Memo<(WorldChoice, Revision), Vec<moments::Moment>>,
}

/// What is there again after a restart.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct SavedJarView {
    list: ListKind,
    order: CookieOrder,
}

/// Which jar the engine was asked for: a world, what its store was known to be, and how many runs had ended.
type JarVersion = (WorldChoice, Option<Revision>, usize);

/// All that the table's lines depend on.
type LinesKey = (WorldChoice, Revision, Option<usize>, String, CookieOrder, OpenSites, i64);

/// All that the lists of decisions depend on.
type ListsKey = (WorldChoice, Revision, u64, usize, String);

/// The decisions listed by themselves, by their places, and how many sites have cookies in the jar.
#[derive(Debug)]
struct DecisionLists {
    refused: Vec<usize>,
    gone: Vec<usize>,
    sites: usize,
}

impl DecisionLists {
    fn of(jar: &ShownJar<'_>, filter: &JarFilter) -> Self {
        let listed = |place: &usize| jar.decisions.get(*place).is_some_and(|one| filter.takes_decision(one));
        let (mut refused, mut gone) = (lines::refused(jar.decisions), lines::gone(jar.decisions, jar.cookies));
        refused.retain(listed);
        gone.retain(listed);
        let sites: BTreeSet<String> = jar.cookies.iter().map(site_of).collect();
        Self { refused, gone, sites: sites.len() }
    }
}

/// The jar that is on screen: as it is, or as it was.
#[derive(Clone, Copy, Debug)]
struct ShownJar<'a> {
    world: WorldChoice,
    cookies: &'a [Cookie],
    /// What had been decided until then.
    decisions: &'a [LoggedDecision],
    now: UnixMicros,
    is_past: bool,
}

/// Keys of the jar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum JarKey {
    Delete,
    Undo,
    Edit,
    Filter,
}

/// Deletes the chosen cookie.
pub(super) const DELETE_KEY: KeyRow<JarKey> = KeyRow {
    does: "delete the chosen cookie",
    keys: &[key(Modifiers::NONE, Key::Delete)],
    commands: &[JarKey::Delete],
    when: KeyUse::Shared,
};
/// Puts it back.
pub(super) const UNDO_KEY: KeyRow<JarKey> = KeyRow {
    does: "put a deleted cookie back",
    keys: &[key(Modifiers::COMMAND, Key::Z)],
    commands: &[JarKey::Undo],
    when: KeyUse::Shared,
};
/// Edits it.
pub(super) const EDIT_KEY: KeyRow<JarKey> = KeyRow {
    does: "edit the chosen cookie",
    keys: &[key(Modifiers::NONE, Key::F2)],
    commands: &[JarKey::Edit],
    when: KeyUse::Anywhere,
};
/// Goes to the filter.
pub(super) const FILTER_KEY: KeyRow<JarKey> = KeyRow {
    does: "go to the filter over cookies",
    keys: &[key(Modifiers::COMMAND, Key::F)],
    commands: &[JarKey::Filter],
    when: KeyUse::Anywhere,
};

impl TabView<Infallible> for JarView {
    fn logic(&mut self, cx: &mut TabContext<'_>) {
        self.visits.take_in(cx);
    }

    fn controls_ui(&mut self, ui: &mut Ui, cx: &mut TabContext<'_>) -> Option<Infallible> {
        self.follow(ui, cx);
        ui.scope(|ui| {
            ui.set_max_width(ui.available_width() - 10.0);
            if self.visits.is_running() {
                if widgets::primary_button(ui, "■ Stop", None).on_hover_text("Esc").clicked() {
                    self.visits.stop(cx);
                }
            } else if widgets::primary_button(ui, "▶ Visit the shop", None).on_hover_text(visits::SHOP).clicked() {
                self.visit(visits::SHOP, cx);
            }
        });
        if is_low(ui) {
            self.settings_ui(ui, cx);
        } else {
            let area = ScrollArea::vertical().id_salt("cookies settings").auto_shrink(false);
            area.show(ui, |ui| {
                ui.set_max_width(ui.available_width() - 10.0);
                self.settings_ui(ui, cx);
            });
        }
        None
    }

    fn ui(&mut self, ui: &mut Ui, cx: &mut TabContext<'_>) -> Option<Infallible> {
        self.follow(ui, cx);
        let snapshot = told(cx)?;
        let now = self.now(snapshot, ui);
        let beside = ui.available_width() >= BESIDE;
        let past = self.past(cx, snapshot.world);
        let jar = shown(snapshot, self.moment, past, now);
        self.keys(ui, snapshot, &jar, cx);
        let frame = Frame::new().inner_margin(Margin { left: 16, right: 16, top: 10, bottom: 8 });
        if beside {
            right_panel(ui, "cookies-inspector", 0.36, 0.5).show(ui, |ui| self.side_ui(ui, &jar, cx, false));
        }
        let middle = CentralPanel::default().frame(frame).show(ui, |ui| self.middle_ui(ui, snapshot, &jar, cx));
        if !beside && (self.form.is_some() || self.inspects && self.chosen.is_some()) {
            self.over_ui(ui, middle.response.rect, &jar, cx);
        }
        None
    }

    fn subject(&self) -> Option<Subject> {
        self.visits.job().map(|job| Subject { job, root: None })
    }

    fn command(&mut self, command: TabCommand, cx: &mut TabContext<'_>) {
        match command {
            TabCommand::Run => self.visit(visits::SHOP, cx),
            TabCommand::Address | TabCommand::Step { .. } | TabCommand::Visit(_) => {}
        }
    }

    fn adopt(&mut self, _job: RunId, _record: &RunRecord) -> bool {
        false
    }

    fn save(&self) -> serde_json::Value {
        serde_json::to_value(&self.kept).unwrap_or_default()
    }

    fn restore(&mut self, saved: serde_json::Value) -> Result<(), serde_json::Error> {
        self.kept = serde_json::from_value(saved)?;
        Ok(())
    }
}

/// The jar as it was told last, where it is of this world.
fn told<'a>(cx: &TabContext<'a>) -> Option<&'a JarSnapshot> {
    cx.cookies.jar.filter(|jar| jar.world == cx.setting.world)
}

fn shown<'a>(
    snapshot: &'a JarSnapshot,
    moment: Option<(usize, Revision)>,
    past: Option<&'a [Cookie]>,
    now: UnixMicros,
) -> ShownJar<'a> {
    let JarSnapshot { world, cookies, decisions, .. } = snapshot;
    let Some((_, revision)) = moment else {
        return ShownJar { world: *world, cookies, decisions, now, is_past: false };
    };
    let until = decisions.partition_point(|one| one.revision <= revision);
    let decisions = decisions.get(..until).unwrap_or_default();
    let date = decisions.last().map_or(now, |one| one.date);
    ShownJar { world: *world, cookies: past.unwrap_or_default(), decisions, now: date, is_past: true }
}

impl JarView {
    /// Has the engine tell the jar where it may have changed since it was told.
    fn follow(&mut self, ui: &Ui, cx: &mut TabContext<'_>) {
        let world = cx.setting.world;
        let (revision, ended) = match world {
            WorldChoice::Lab => (cx.store.map(|store| store.revision), 0),
            WorldChoice::Internet => (None, cx.runs.iter().filter(|(_, record)| record.end.is_some()).count()),
        };
        let version = (world, revision, ended);
        let jar = told(cx);
        let known = match (jar, world) {
            (None, _) => false,
            (Some(jar), WorldChoice::Lab) => revision.is_none_or(|revision| revision <= jar.revision),
            (Some(_), WorldChoice::Internet) => self.asked == Some(version),
        };
        if !known && self.asked != Some(version) {
            self.asked = Some(version);
            cx.ask(controls::ask(world, JarOrder::Look));
        }
        if let Some(jar) = jar
            && self.told.is_none_or(|(revision, date, _)| (revision, date) != (jar.revision, jar.date))
        {
            self.told = Some((jar.revision, jar.date, ui.input(|input| input.time)));
        }
        let ticks = world == WorldChoice::Internet || !cx.gateway.is_empty();
        if ticks && jar.is_some_and(|jar| jar.cookies.iter().any(|cookie| cookie.expires.is_some())) {
            ui.ctx().request_repaint_after(Duration::from_secs(1));
        }
        if let Some((_, _, since)) = &mut self.told {
            // The lab's clock stands still between visits, and goes on while other programs reach the lab.
            if !ticks {
                *since = f64::INFINITY;
            } else if since.is_infinite() {
                *since = ui.input(|input| input.time);
            }
        }
    }

    /// The date by now, where the clock goes on.
    fn now(&self, jar: &JarSnapshot, ui: &Ui) -> UnixMicros {
        let since = self.told.map_or(f64::INFINITY, |(_, _, told)| told);
        let elapsed = ui.input(|input| input.time) - since;
        if elapsed > 0.0 { jar.date.plus_secs(crate::app::dials::whole(elapsed).cast_signed()) } else { jar.date }
    }

    /// The jar as it was at the moment that is shown, once the engine has told it.
    fn past<'a>(&self, cx: &TabContext<'a>, world: WorldChoice) -> Option<&'a [Cookie]> {
        let (_, revision) = self.moment?;
        let past = cx.cookies.past.filter(|past| past.world == world && past.revision == revision)?;
        Some(&past.cookies)
    }

    fn visit(&mut self, address: &str, cx: &mut TabContext<'_>) {
        self.moment = None;
        self.visits.visit(address, cx);
    }

    fn settings_ui(&mut self, ui: &mut Ui, cx: &mut TabContext<'_>) {
        self.visits.ui(ui);
        ui.add_space(4.0);
        if let Some(address) = controls::sites_ui(ui) {
            self.visit(address, cx);
        }
        if let Some(jar) = told(cx) {
            controls::clock_ui(ui, jar, cx);
            controls::policy_ui(ui, cx);
            controls::files_ui(ui, jar, cx);
        }
    }

    fn middle_ui(&mut self, ui: &mut Ui, snapshot: &JarSnapshot, jar: &ShownJar<'_>, cx: &mut TabContext<'_>) {
        if snapshot.decisions.is_empty() && snapshot.cookies.is_empty() {
            ScrollArea::vertical().id_salt("empty jar").auto_shrink(false).show(ui, |ui| {
                ui.set_max_width(ui.available_width() - 10.0);
                widgets::heading(ui, "The jar is empty");
                components::first_state_ui(ui, snapshot.world);
            });
            return;
        }
        let lower = components::LEAST + LOWER_HEADS;
        if ui.available_height() < lower + LEAST_TABLE + UPPER_HEADS {
            ScrollArea::vertical().id_salt("jar").auto_shrink(false).show(ui, |ui| {
                ui.set_max_width(ui.available_width() - 10.0);
                self.upper_ui(ui, snapshot, jar, LEAST_TABLE, cx);
                self.lower_ui(ui, snapshot, jar, cx);
            });
            return;
        }
        let table = ui.available_height() - lower - UPPER_HEADS;
        self.upper_ui(ui, snapshot, jar, table, cx);
        self.lower_ui(ui, snapshot, jar, cx);
    }

    /// The head, the filter, and the table.
    fn upper_ui(
        &mut self,
        ui: &mut Ui,
        snapshot: &JarSnapshot,
        jar: &ShownJar<'_>,
        height: f32,
        cx: &mut TabContext<'_>,
    ) {
        let filter = JarFilter::read(&self.filter);
        // At an earlier moment the lists are of what had been decided until then.
        let until = jar.decisions.last().map_or(0, |one| one.number);
        let key: ListsKey = (snapshot.world, snapshot.revision, until, jar.cookies.len(), self.filter.clone());
        let lists = self.lists.of(key, || DecisionLists::of(jar, &filter));
        let (refused, gone) = (lists.refused.clone(), lists.gone.clone());
        let counts = (refused.len(), gone.len(), lists.sites);
        self.head_ui(ui, jar, counts);
        self.filter_ui(ui, jar);
        let theme = Theme::of(ui);
        let frame = Frame::new().fill(theme.panel).stroke(theme.border()).corner_radius(5.0);
        frame.show(ui, |ui| {
            ui.set_height(height - 2.0);
            ui.set_width(ui.available_width());
            let listed = match self.kept.list {
                ListKind::Kept => return self.table_ui(ui, jar, &filter),
                ListKind::Refused => &refused,
                ListKind::Gone => &gone,
            };
            if listed.is_empty() {
                ui.add_space(12.0);
                ui.horizontal(|ui| {
                    ui.add_space(12.0);
                    widgets::muted(ui, "There is none.")
                });
            } else if let Some(number) = table::decisions_ui(ui, listed, jar.decisions, self.chosen_decision) {
                self.chosen_decision = Some(number);
                self.show_exchange(jar.decisions.iter().find(|one| one.number == number), cx);
            }
        });
    }

    fn head_ui(&mut self, ui: &mut Ui, jar: &ShownJar<'_>, (refused, gone, sites): (usize, usize, usize)) {
        let kept = format!("kept {}", jar.cookies.len());
        let (refused, gone) = (format!("refused {refused}"), format!("gone {gone}"));
        let choices = [(ListKind::Kept, kept.as_str()), (ListKind::Refused, &refused), (ListKind::Gone, &gone)];
        let cookies = units::count(jar.cookies.len(), "cookie", "cookies");
        let sites = units::count(sites, "site", "sites");
        let words = format!("{cookies} of {sites}, as on {}", words::long_date(jar.now));
        ui.horizontal(|ui| {
            let end = |ui: &mut Ui| widgets::segmented(ui, "List", &mut self.kept.list, &choices);
            widgets::line_ending_in(ui, end, |ui| {
                ui.label(egui::RichText::new("The jar").text_style(egui::TextStyle::Heading));
                let colour = Theme::of(ui).muted;
                widgets::elided_label(ui, &words, &egui::TextStyle::Small, colour);
            });
        });
    }

    fn filter_ui(&mut self, ui: &mut Ui, jar: &ShownJar<'_>) {
        ui.horizontal(|ui| {
            let end = |ui: &mut Ui| {
                HandIn::of("the jar").table(|| table_of(jar)).ui(ui);
                let adds = ui.add_enabled_ui(!jar.is_past, |ui| widgets::quiet_button(ui, "Add cookie")).inner;
                if adds.clicked() {
                    let domain = self.chosen.as_ref().map_or("www.amazon.com", |key| &key.domain);
                    self.form = Some(CookieForm::new(domain));
                }
            };
            widgets::line_ending_in(ui, end, |ui| {
                let field = TextEdit::singleline(&mut self.filter)
                    .id(Id::unique("cookie filter"))
                    .hint_text("Filter: words, domain: expires<1d samesite:none secure httponly third-party")
                    .desired_width(f32::INFINITY);
                let response = ui.add(field);
                widgets::named(ui, response, "Filter over cookies").on_hover_text(FILTER);
            });
        });
    }

    fn table_ui(&mut self, ui: &mut Ui, jar: &ShownJar<'_>, filter: &JarFilter) {
        let revision = jar.decisions.last().map_or(Revision(0), |one| one.revision);
        let second = if self.filter.contains("expires") { jar.now.secs() } else { 0 };
        let known = self.told.map_or(revision, |(revision, ..)| revision);
        let moment = self.moment.map_or(known, |(_, revision)| revision);
        let key: LinesKey = (
            jar.world,
            moment,
            jar.is_past.then_some(jar.cookies.len()),
            self.filter.clone(),
            self.kept.order,
            self.open.clone(),
            second,
        );
        let (order, open) = (self.kept.order, self.open.clone());
        let lines = self.lines.of(key, || lines::kept(jar.cookies, filter, order, &open, jar.now));
        let scrolls = std::mem::take(&mut self.scrolls);
        let action = table::kept_ui(ui, (lines, jar), self.chosen.as_ref(), order, scrolls);
        match action {
            Some(TableAction::Choose(key)) => self.choose(key),
            Some(TableAction::Order(by)) => {
                let falling = self.kept.order.by == by && !self.kept.order.falling;
                self.kept.order = CookieOrder { by, falling };
            }
            Some(TableAction::Fold(site)) => self.fold(site),
            None => {}
        }
    }

    /// Opens a site's group, or closes it.
    fn fold(&mut self, site: String) {
        if !self.open.remove(&site) {
            self.open.insert(site);
        }
    }

    fn choose(&mut self, key: CookieKey) {
        self.chosen = Some(key);
        self.inspects = true;
        self.form = None;
    }

    /// The slider over moments, and the four components of the chosen cookie.
    fn lower_ui(&mut self, ui: &mut Ui, snapshot: &JarSnapshot, jar: &ShownJar<'_>, cx: &mut TabContext<'_>) {
        ui.add_space(4.0);
        let moments = self.moments.of((snapshot.world, snapshot.revision), || moments::moments(&snapshot.decisions));
        let mut at = self.moment.map(|(place, _)| place);
        if moments::moments_ui(ui, moments, &mut at) {
            let revision = at.and_then(|place| moments.get(place)).map(|(revision, _)| *revision);
            self.moment = at.zip(revision);
            if let Some(revision) = revision {
                cx.ask(controls::ask(snapshot.world, JarOrder::AsOf(revision)));
            }
        }
        let Some(cookie) = self.chosen_of(jar) else {
            widgets::muted(ui, "Choose a cookie to see its four components.");
            return;
        };
        widgets::heading(ui, &format!("Four components of {}={}", words::name_of(&cookie.name), cookie.value));
        let key = CookieKey::of(cookie);
        let components = Components::of(cookie, jar, snapshot.server_rows.get(&key));
        let Some(clicked) = components::components_ui(ui, &components, self.component) else { return };
        self.component = Some(clicked);
        let verdicts: &[Verdict] = match clicked {
            ComponentKind::ResponseLine => &[Verdict::Accepted, Verdict::Replaced],
            ComponentKind::RequestLine => &[Verdict::Sent],
            ComponentKind::JarRow | ComponentKind::ServerRow => &[],
        };
        self.scrolls = clicked == ComponentKind::JarRow;
        let mut latest = jar.decisions.iter().rev();
        self.show_exchange(latest.find(|one| one.cookie == key && verdicts.contains(&one.verdict)), cx);
    }

    /// Shows the exchange of a decision in the drawer, where its record is at hand.
    fn show_exchange(&self, decision: Option<&LoggedDecision>, cx: &mut TabContext<'_>) {
        if let Some((job, flow)) = decision.and_then(|one| self.visits.flow_of(one)) {
            cx.ask(Action::Pick(RecordSelection { job, flow, event: None }));
        }
    }

    fn chosen_of<'a>(&mut self, jar: &ShownJar<'a>) -> Option<&'a Cookie> {
        let found = jar.cookies.iter().find(|cookie| self.chosen.as_ref().is_some_and(|key| key.is_of(cookie)));
        // Nothing is chosen yet, or it is gone: the first one stands in.
        found.or_else(|| {
            let first = jar.cookies.first();
            self.chosen = first.map(CookieKey::of).or(self.chosen.take());
            first
        })
    }

    /// What stands at the right: the form, or the chosen cookie.
    fn side_ui(&mut self, ui: &mut Ui, jar: &ShownJar<'_>, cx: &mut TabContext<'_>, closes: bool) {
        // A panel is as wide as what is in it.
        ui.set_min_width(ui.available_width());
        ui.set_max_width(ui.available_width() - 10.0);
        if let Some(form) = &mut self.form {
            match form.ui(ui, jar.now) {
                Some(FormAction::Save(cookie, before)) => {
                    self.form = None;
                    self.save_cookie(*cookie, before.map(|before| *before), jar.world, cx);
                }
                Some(FormAction::Cancel) => self.form = None,
                None => {}
            }
            return;
        }
        let Some(cookie) = self.chosen_of(jar) else {
            widgets::muted(ui, "The story of a cookie stands here once the jar has one.");
            return;
        };
        match inspector::inspector_ui(ui, cookie, jar, closes) {
            Some(InspectorAction::Edit) => self.form = Some(CookieForm::of(cookie, jar.now)),
            Some(InspectorAction::Expire) => {
                cx.ask(controls::ask(jar.world, JarOrder::Expire(Box::new(cookie.clone()))));
            }
            Some(InspectorAction::Delete) => self.delete(cookie.clone(), jar.world, cx),
            Some(InspectorAction::Close) => self.inspects = false,
            None => {}
        }
    }

    /// The inspector over the middle of a narrow window.
    fn over_ui(&mut self, ui: &Ui, middle: egui::Rect, jar: &ShownJar<'_>, cx: &mut TabContext<'_>) {
        let width = OVER.min(middle.width() - 8.0);
        let place = pos2(middle.right() - width, middle.top());
        let area = Area::new(Id::unique("cookies-over")).order(Order::Middle).fixed_pos(place).movable(false);
        area.constrain_to(middle).show(ui.ctx(), |ui| {
            side_frame(ui).stroke(Theme::of(ui).border()).show(ui, |ui| {
                ui.set_min_size(vec2(width - 24.0, middle.height() - 26.0));
                ui.set_max_size(vec2(width - 24.0, middle.height() - 26.0));
                self.side_ui(ui, jar, cx, true);
            });
        });
        if ui.input(|input| input.key_pressed(Key::Escape)) {
            self.inspects = false;
            self.form = None;
        }
    }

    fn save_cookie(&mut self, cookie: Cookie, before: Option<Cookie>, world: WorldChoice, cx: &mut TabContext<'_>) {
        if let Some(before) = before.filter(|before| CookieKey::of(before) != CookieKey::of(&cookie)) {
            cx.ask(controls::ask(world, JarOrder::Delete(vec![before])));
        }
        self.choose(CookieKey::of(&cookie));
        let why = "The student wrote it by hand.".to_owned();
        cx.ask(controls::ask(world, JarOrder::Put { cookies: vec![cookie], why }));
    }

    fn delete(&mut self, cookie: Cookie, world: WorldChoice, cx: &mut TabContext<'_>) {
        cx.ask(controls::ask(world, JarOrder::Delete(vec![cookie.clone()])));
        self.deleted.push(cookie);
        if self.deleted.len() > MOST_DELETED {
            self.deleted.remove(0);
        }
    }

    /// Puts back what was deleted last.
    fn undo(&mut self, world: WorldChoice, cx: &mut TabContext<'_>) {
        let Some(cookie) = self.deleted.pop() else { return };
        self.choose(CookieKey::of(&cookie));
        let why = "The student took its deletion back.".to_owned();
        cx.ask(controls::ask(world, JarOrder::Put { cookies: vec![cookie], why }));
    }

    fn keys(&mut self, ui: &Ui, snapshot: &JarSnapshot, jar: &ShownJar<'_>, cx: &mut TabContext<'_>) {
        let typing = ui.ctx().text_edit_focused();
        let mut keys = EDIT_KEY.take(ui.ctx());
        keys.extend(FILTER_KEY.take(ui.ctx()));
        if !typing {
            keys.extend(DELETE_KEY.take(ui.ctx()));
            keys.extend(UNDO_KEY.take(ui.ctx()));
        }
        for pressed in keys {
            let chosen = self.chosen_of(jar).filter(|_| !jar.is_past).cloned();
            match (pressed, chosen) {
                (JarKey::Filter, _) => ui.memory_mut(|memory| memory.request_focus(Id::unique("cookie filter"))),
                (JarKey::Delete, Some(cookie)) => self.delete(cookie, snapshot.world, cx),
                (JarKey::Edit, Some(cookie)) => self.form = Some(CookieForm::of(&cookie, jar.now)),
                (JarKey::Undo, _) => self.undo(snapshot.world, cx),
                (JarKey::Delete | JarKey::Edit, None) => {}
            }
        }
    }
}

/// All of the jar to hand in.
fn table_of(jar: &ShownJar<'_>) -> Table {
    let heads = [
        "name",
        "value",
        "domain",
        "host-only",
        "path",
        "expires",
        "expires in (s)",
        "Secure",
        "HttpOnly",
        "SameSite",
        "partition",
    ];
    let mut table = Table::new(format!("The jar on {}", words::long_date(jar.now)), heads);
    let yes = |is: bool| Value::words(if is { "yes" } else { "no" });
    table.rows.extend(jar.cookies.iter().map(|cookie| {
        let left = cookie.expires.map(|expires| expires.0.saturating_sub(jar.now.0).max(0) / 1_000_000);
        vec![
            Value::words(cookie.name.to_string()),
            Value::words(cookie.value.to_string()),
            Value::words(&cookie.domain),
            yes(cookie.host_only),
            Value::words(cookie.path.to_string()),
            Value::words(cookie.expires.map_or_else(|| "session".to_owned(), words::long_date)),
            left.map_or(Value::Nothing, |left| Value::Count(left.cast_unsigned())),
            yes(cookie.secure),
            yes(cookie.http_only),
            Value::words(cookie.same_site.name()),
            Value::words(cookie.partition.clone().unwrap_or_default()),
        ]
    }));
    table
}

const FILTER: &str = "Every word must be in the name, the value or the domain. domain: and path: look there alone; expires<1d and expires>1d \
    compare the time that is left; session, secure, httponly, host-only and samesite: name attributes; third-party: may go along in pages of \
    other sites.";

/// From this width on, controls left out, the inspector stands beside the table.
const BESIDE: f32 = 860.0;
/// Width of the inspector over the table.
const OVER: f32 = 360.0;
/// The least height of the table.
const LEAST_TABLE: f32 = 150.0;
/// What stands above the table, and between it and the components.
const UPPER_HEADS: f32 = 70.0;
const LOWER_HEADS: f32 = 68.0;
/// Deleted cookies that can be put back.
const MOST_DELETED: usize = 100;
