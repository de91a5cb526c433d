//! A drawer for each tab and one for records that belong to no tab, so that each keeps its own playhead and view.

use std::{collections::BTreeMap, time::Duration};

use egui::{Frame, Panel, Ui};

use super::{
    parts::{
        Scene,
        drawer::{Drawer, DrawerContent, DrawerView},
        drawer_request::DrawerRequest,
    },
    runs::Runs,
    subject::RecordSelection,
    subject::{Subject, TabId},
    tab::Tab,
    tabs::TABS,
    theme::{Theme, size},
};
use crate::engine::{bridge::RunId, timing::ObjectTiming};

/// The drawers.
pub(super) struct Drawers {
    of: BTreeMap<DrawerOwner, Drawer>,
    /// As left; a share of the window before anybody dragged one.
    height: Option<f32>,
}

/// Whose drawer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum DrawerOwner {
    /// A tab's.
    Tab(TabId),
    /// Of a record by itself: what outside programs do through the gateway, or what was recorded elsewhere.
    Record,
}

/// What a drawer is to show.
pub(super) struct DrawerSource<'a> {
    place: DrawerOwner,
    scene: Scene<'a>,
    objects: Vec<&'a ObjectTiming>,
}

impl<'a> DrawerSource<'a> {
    /// What `tab` has to show, if anything.
    pub(super) fn tab(id: TabId, tab: &dyn Tab, runs: &'a Runs) -> Option<Self> {
        let subject = tab.subject()?;
        let record = runs.get(subject.job)?;
        let scene = Scene { subject, ledger: &record.ledger };
        Some(Self { place: DrawerOwner::Tab(id), scene, objects: tab.objects(runs) })
    }

    /// A record by itself.
    pub(super) fn record(job: RunId, runs: &'a Runs) -> Option<Self> {
        let record = runs.get(job)?;
        let subject = Subject { job, root: None };
        Some(Self { place: DrawerOwner::Record, scene: Scene { subject, ledger: &record.ledger }, objects: Vec::new() })
    }

    fn shown(&self, pick: Option<RecordSelection>) -> DrawerContent<'_> {
        DrawerContent { scene: self.scene, objects: &self.objects, pick }
    }
}

impl Drawers {
    /// Drawers as they were: how high, and which view each shows.
    pub(super) fn new(height: Option<f32>, views: &BTreeMap<String, DrawerView>) -> Self {
        let mut of: BTreeMap<DrawerOwner, Drawer> = BTreeMap::new();
        for tab in TABS {
            let view = views.get(tab.id.0).copied().unwrap_or(tab.first_view);
            of.entry(DrawerOwner::Tab(tab.id)).or_default().show_view(view);
        }
        of.entry(DrawerOwner::Record).or_default().show_view(DrawerView::Flows);
        Self { of, height: height.filter(|height| height.is_finite()) }
    }

    /// Where the playhead of a tab stands; `None` at the end.
    pub(super) fn moment(&self, tab: TabId) -> Option<Duration> {
        self.of.get(&DrawerOwner::Tab(tab)).and_then(Drawer::moment)
    }

    /// Moves the playhead of a tab.
    pub(super) fn seek(&mut self, tab: TabId, at: Duration) {
        self.of.entry(DrawerOwner::Tab(tab)).or_default().seek(at);
    }

    /// How high they are, and which view each tab's shows.
    pub(super) fn kept(&self) -> (Option<f32>, BTreeMap<String, DrawerView>) {
        let views = self.of.iter().filter_map(|(place, drawer)| match place {
            DrawerOwner::Tab(tab) => Some((tab.0.to_owned(), drawer.view())),
            DrawerOwner::Record => None,
        });
        (self.height, views.collect())
    }

    /// Before anything that follows the playhead is painted.
    pub(super) fn follow(&mut self, ui: &Ui, watched: &DrawerSource<'_>, pick: Option<RecordSelection>) {
        self.of.entry(watched.place).or_default().follow(ui, &watched.shown(pick));
    }

    /// Paints a drawer at the bottom of what is left of `ui`.
    pub(super) fn ui(
        &mut self,
        ui: &mut Ui,
        watched: &DrawerSource<'_>,
        pick: Option<RecordSelection>,
    ) -> Vec<DrawerRequest> {
        let most = (ui.available_height() - LEAST_TAB).max(LEAST);
        let height = self.height.unwrap_or_else(|| size::DRAWER.min(ui.available_height() * SHARE));
        let frame = Frame::new().fill(Theme::of(ui).panel);
        let panel = Panel::bottom("drawer").default_size(height.clamp(LEAST, most)).size_range(LEAST..=most);
        let shown = panel.resizable(true).frame(frame).show(ui, |ui| {
            ui.set_min_size(ui.available_size());
            self.of.entry(watched.place).or_default().ui(ui, &watched.shown(pick))
        });
        self.height = Some(shown.response.rect.height());
        shown.inner
    }
}

/// What a drawer takes of a low window.
const SHARE: f32 = 0.3;
/// Least height of a drawer.
const LEAST: f32 = 120.0;
/// What a drawer always leaves of the tab above it.
const LEAST_TAB: f32 = 200.0;
