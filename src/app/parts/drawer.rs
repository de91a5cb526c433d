//! The drawer below a tab: the playhead as its head, and five views of the same record, which show the same event picked at the
//! same moment.

use std::{
    ops::RangeInclusive,
    time::{Duration, Instant},
};

use egui::{Ui, vec2};

use super::{
    RecordIndex, Scene, conversation::ConversationView, drawer_request::DrawerRequest, flows::flows_ui, ladder::Ladder,
    octets::OctetsView, playhead::Playhead, requests::Requests, waterfall,
};
use crate::{
    app::{
        subject::RecordSelection,
        subject::Subject,
        theme::{Theme, size},
        widgets::{self, named, segmented},
    },
    engine::timing::ObjectTiming,
    wire::{EventIndex, units},
};

/// What the drawer remembers between frames. Views start afresh when it is shown another subject, so a tab that is often come back
/// to is best given a drawer of its own.
#[derive(Debug, Default)]
pub struct Drawer {
    subject: Option<Subject>,
    index: RecordIndex,
    playhead: Playhead,
    view: DrawerView,
    waterfall: waterfall::Waterfall,
    account: waterfall::Account,
    /// The waterfall's rows where no experiment has summed up the record.
    requests: Requests,
    pace: IntakePace,
    octets: OctetsView,
    ladder: Ladder,
    conversation: ConversationView,
}

/// One of the drawer's views.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DrawerView {
    /// Objects and their phases.
    #[default]
    Waterfall,
    /// The space–time diagram.
    Ladder,
    /// C: and S: lines.
    Conversation,
    /// Octets and fields.
    Octets,
    /// Connections.
    Flows,
}

impl DrawerView {
    /// All, with their names.
    pub const ALL: [(Self, &'static str); 5] = [
        (Self::Waterfall, "Waterfall"),
        (Self::Ladder, "Ladder"),
        (Self::Conversation, "Conversation"),
        (Self::Octets, "Octets"),
        (Self::Flows, "Flows"),
    ];
}

/// What a drawer is to show.
#[derive(Clone, Copy, Debug)]
pub struct DrawerContent<'a> {
    /// The record.
    pub scene: Scene<'a>,
    /// Its objects: for the waterfall.
    pub objects: &'a [&'a ObjectTiming],
    /// What is picked.
    pub pick: Option<RecordSelection>,
}

impl Drawer {
    /// Where the playhead stands: `None` at the end.
    pub fn moment(&self) -> Option<Duration> {
        self.playhead.moment()
    }

    /// Moves the playhead.
    pub fn seek(&mut self, at: Duration) {
        self.playhead.seek(at);
    }

    /// Which view is shown.
    pub fn view(&self) -> DrawerView {
        self.view
    }

    /// Shows a view.
    pub fn show_view(&mut self, view: DrawerView) {
        self.view = view;
    }

    /// Takes in what is new in the record and does what keys ask of the playhead. Called once a frame, before anything that is
    /// drawn up to the playhead; [`Self::ui`] does not do it again.
    pub fn follow(&mut self, ui: &Ui, shown: &DrawerContent<'_>) {
        let subject = shown.scene.subject;
        if self.subject != Some(subject) {
            *self = Self { subject: Some(subject), view: self.view, ..Self::default() };
        }
        if !self.pace.keep(|events| self.index.sync(&shown.scene, events)) {
            ui.ctx().request_repaint();
        }
        let revision = shown.scene.ledger.revision();
        if shown.objects.is_empty() && self.view == DrawerView::Waterfall {
            if !self.requests.follow(&shown.scene, &self.index) {
                ui.ctx().request_repaint();
            }
            self.account.follow(self.requests.all(), revision);
        } else {
            self.account.follow(shown.objects, revision);
        }
        let range = self.range(shown);
        self.playhead.keys(ui, &range, &self.index);
        self.playhead.advance(ui, &range);
    }

    /// The playhead bar alone: of a drawer that is folded away.
    pub fn folded_ui(&mut self, ui: &mut Ui, shown: &DrawerContent<'_>) {
        let range = self.range(shown);
        self.head_ui(ui, &range);
    }

    /// Playhead bar and view.
    pub fn ui(&mut self, ui: &mut Ui, shown: &DrawerContent<'_>) -> Vec<DrawerRequest> {
        let usual = std::mem::replace(&mut ui.spacing_mut().item_spacing, vec2(0.0, 0.0));
        let range = self.range(shown);
        self.head_ui(ui, &range);
        let rest = ui.available_rect_before_wrap();
        ui.painter().hline(rest.x_range(), rest.top(), Theme::of(ui).border());
        ui.add_space(1.0);
        let until = self.playhead.moment_until(*range.end());
        ui.scope(|ui| {
            ui.spacing_mut().item_spacing.x = usual.x;
            self.view_ui(ui, shown, until)
        })
        .inner
    }

    fn head_ui(&mut self, ui: &mut Ui, range: &RangeInclusive<Duration>) {
        ui.horizontal(|ui| {
            ui.set_height(size::PLAYHEAD_BAR);
            ui.add_space(size::GAP);
            let width = ui.available_width();
            let choices = if width < ALL_IN_A_ROW { VIEWS_MENU } else { VIEWS_WIDTH };
            self.playhead.ui(ui, range, &self.index, choices);
            ui.add_space(size::GAP);
            if width < ALL_IN_A_ROW {
                self.views_menu_ui(ui);
            } else {
                segmented(ui, "View", &mut self.view, &DrawerView::ALL);
            }
        });
    }

    /// The views in a menu, where there is no room for all of them side by side.
    fn views_menu_ui(&mut self, ui: &mut Ui) {
        let shown = DrawerView::ALL.iter().find(|(view, _)| *view == self.view).map_or("", |(_, word)| *word);
        let button = egui::Button::new(format!("{shown} ▾")).fill(Theme::of(ui).panel);
        let (response, _) = egui::containers::menu::MenuButton::from_button(button).ui(ui, |ui| {
            for (view, word) in DrawerView::ALL {
                if ui.selectable_label(view == self.view, word).clicked() {
                    self.view = view;
                    ui.close();
                }
            }
        });
        named(ui, response, &format!("View: {shown}, and others")).on_hover_text("What the lower pane shows");
    }

    fn view_ui(&mut self, ui: &mut Ui, shown: &DrawerContent<'_>, until: Duration) -> Vec<DrawerRequest> {
        let DrawerContent { scene, objects, pick } = *shown;
        let found: Vec<&ObjectTiming> =
            if objects.is_empty() { self.requests.all().iter().collect() } else { Vec::new() };
        let objects = if objects.is_empty() { &found } else { objects };
        let mut wishes = Vec::new();
        let picked = match self.view {
            DrawerView::Waterfall => {
                if let Some(words) = self.requests.cut().filter(|_| !found.is_empty()) {
                    widgets::muted(ui, words);
                }
                let chosen = pick.and_then(|pick| object_of(&scene, objects, pick));
                let clicked = self.waterfall.ui(ui, objects, &self.account, (scene.origin(), until), chosen);
                clicked.and_then(|at| objects.get(at)).and_then(|object| pick_of(&scene, object))
            }
            DrawerView::Octets => self.octets.ui(ui, &scene, &self.index, until, pick),
            DrawerView::Flows => flows_ui(ui, &scene, &self.index, until, pick),
            DrawerView::Ladder => {
                wishes = self.ladder.ui(ui, &scene, &self.index, until, pick);
                None
            }
            DrawerView::Conversation => self.conversation.ui(ui, &scene, &self.index, until, pick),
        };
        self.progress_ui(ui, &scene);
        wishes.extend(picked.map(DrawerRequest::Pick));
        wishes
    }

    /// How much of a large record has been taken in, while it is.
    fn progress_ui(&self, ui: &Ui, scene: &Scene<'_>) {
        if self.index.is_complete() {
            return;
        }
        let theme = Theme::of(ui);
        let words = format!(
            "{} of {} events taken in",
            units::grouped(self.index.taken() as u64),
            units::grouped(scene.ledger.event_count() as u64)
        );
        let corner = ui.max_rect().right_bottom() - vec2(size::GAP, 4.0);
        let font = egui::TextStyle::Small.resolve(ui.style());
        ui.painter().text(corner, egui::Align2::RIGHT_BOTTOM, words, font, theme.muted);
    }

    /// From when to when the subject lasts.
    fn range(&self, shown: &DrawerContent<'_>) -> RangeInclusive<Duration> {
        let origin = shown.scene.origin();
        let seen = self.index.span().map_or(origin, |(_, to)| Duration::from_nanos(to));
        let fetched = self.account.span().map_or(origin, |(_, to)| to);
        origin..=seen.max(fetched).max(origin)
    }
}

/// The object whose fetching an event was part of.
pub(crate) fn object_of(scene: &Scene<'_>, objects: &[&ObjectTiming], pick: RecordSelection) -> Option<usize> {
    if pick.job != scene.subject.job {
        return None;
    }
    let own = || objects.iter().enumerate().filter(|(_, object)| object.connection == Some(pick.flow));
    let event = pick.event.and_then(|event| scene.ledger.flow(pick.flow)?.events.get(event.0 as usize));
    let Some(event) = event else { return own().next().map(|(at, _)| at) };
    let during = |object: &ObjectTiming| {
        let own = object.phases.without_queue().span();
        own.is_some_and(|span| (span.from..=span.to).contains(&event.at))
    };
    // Where one ends another may begin: what was sent belongs to the later one, what was received to the earlier.
    let mut found = own().filter(|(_, object)| during(object)).map(|(at, _)| at);
    match event.from {
        crate::wire::Side::Client => found.next_back(),
        crate::wire::Side::Server => found.next(),
    }
}

/// The event an object's request began with.
pub(crate) fn pick_of(scene: &Scene<'_>, object: &ObjectTiming) -> Option<RecordSelection> {
    let flow = scene.ledger.flow(object.connection?)?;
    let asked = object.phases.send.or(object.phases.connect).map(|span| span.from);
    let event = asked.map(|at| flow.events.partition_point(|event| event.at < at));
    let later = event.map(|first| flow.events.iter().skip(first).take(FEW));
    let speaks = |event: &crate::wire::WireEvent| {
        event.from == crate::wire::Side::Client && matches!(event.content, crate::wire::EventContent::Octets(_))
    };
    let index = event.zip(later.and_then(|mut later| later.position(speaks))).map(|(first, after)| first + after);
    let event = index.or(event).filter(|at| *at < flow.events.len()).map(|at| EventIndex(super::index::small(at)));
    Some(RecordSelection { job: scene.subject.job, flow: flow.id, event })
}

/// How many events are taken in a frame: as many as this machine manages in [`INTAKE`].
#[derive(Clone, Copy, Debug)]
struct IntakePace(usize);

impl Default for IntakePace {
    fn default() -> Self {
        Self(LEAST_PACE)
    }
}

impl IntakePace {
    /// Has `work` done for so many events, and learns from how long it took. Returns what `work` does: is everything done?
    #[expect(clippy::disallowed_methods, reason = "what a frame costs is real time, whatever time the record is in")]
    fn keep(&mut self, work: impl FnOnce(usize) -> bool) -> bool {
        let begun = Instant::now();
        let done = work(self.0);
        let took = begun.elapsed();
        if took > INTAKE {
            self.0 = (self.0 / 2).max(LEAST_PACE);
        } else if !done && took < INTAKE / 2 {
            self.0 = (self.0 + self.0 / 4).min(MOST_PACE);
        }
        done
    }
}

/// What taking in may cost a frame.
const INTAKE: Duration = Duration::from_micros(1_500);
const LEAST_PACE: usize = 500;
const MOST_PACE: usize = 8_000;
/// Room for the choice of views.
const VIEWS_WIDTH: f32 = 384.0;
/// Room for the same as a menu.
const VIEWS_MENU: f32 = 150.0;
/// From this width on the playhead and all views have room side by side.
const ALL_IN_A_ROW: f32 = 876.0;
/// How many events after a moment are looked through for one with octets.
const FEW: usize = 16;
