//! A drawer for each tab, so that each keeps its own playhead and view.

use std::{collections::BTreeMap, time::Duration};

use egui::{Frame, Panel, Ui};

use super::{
    actions::Pick,
    parts::{
        Scene,
        drawer::{Drawer, Shown, View, Wish},
    },
    runs::Runs,
    tabs::{Tab, TabId},
    theme::{Theme, size},
};

/// The drawers.
pub(super) struct Drawers {
    of: BTreeMap<TabId, Drawer>,
    height: f32,
}

impl Drawers {
    /// Drawers as they were: how high, and which view each shows.
    pub(super) fn new(height: Option<f32>, views: &BTreeMap<TabId, View>) -> Self {
        let mut of: BTreeMap<TabId, Drawer> = BTreeMap::new();
        of.entry(TabId::PageLoad).or_default().show_view(View::Ladder);
        for (tab, view) in views {
            of.entry(*tab).or_default().show_view(*view);
        }
        Self { of, height: height.filter(|height| height.is_finite()).unwrap_or(size::DRAWER) }
    }

    /// Where the playhead of a tab stands; `None` at the end.
    pub(super) fn moment(&self, tab: TabId) -> Option<Duration> {
        self.of.get(&tab).and_then(Drawer::moment)
    }

    /// Moves the playhead of a tab.
    pub(super) fn seek(&mut self, tab: TabId, at: Duration) {
        self.of.entry(tab).or_default().seek(at);
    }

    /// How high they are, and which view each shows.
    pub(super) fn kept(&self) -> (f32, BTreeMap<TabId, View>) {
        (self.height, self.of.iter().map(|(tab, drawer)| (*tab, drawer.view())).collect())
    }

    /// Before anything that follows the playhead is painted.
    pub(super) fn follow(&mut self, ui: &Ui, tab: &dyn Tab, runs: &Runs, pick: Option<Pick>) {
        let objects = tab.objects(runs);
        if let Some(scene) = scene(tab, runs) {
            self.of.entry(tab.id()).or_default().follow(ui, &Shown { scene, objects: &objects, pick });
        }
    }

    /// Paints the drawer of `tab` at the bottom of what is left of `ui`; nothing while the tab has no record to show.
    pub(super) fn ui(&mut self, ui: &mut Ui, tab: &dyn Tab, runs: &Runs, pick: Option<Pick>) -> Vec<Wish> {
        let Some(scene) = scene(tab, runs) else { return Vec::new() };
        let most = (ui.available_height() - LEAST_TAB).max(LEAST);
        let frame = Frame::new().fill(Theme::of(ui).panel);
        let panel = Panel::bottom("drawer").default_size(self.height.clamp(LEAST, most)).size_range(LEAST..=most);
        let shown = panel.resizable(true).frame(frame).show(ui, |ui| {
            ui.set_min_size(ui.available_size());
            let objects = tab.objects(runs);
            let drawer = self.of.entry(tab.id()).or_default();
            drawer.ui(ui, &Shown { scene, objects: &objects, pick })
        });
        self.height = shown.response.rect.height();
        shown.inner
    }
}

fn scene<'a>(tab: &dyn Tab, runs: &'a Runs) -> Option<Scene<'a>> {
    let subject = tab.subject()?;
    let record = runs.get(subject.job)?;
    Some(Scene { subject, ledger: &record.ledger })
}

/// Least height of a drawer.
const LEAST: f32 = 120.0;
/// What a drawer always leaves of the tab above it.
const LEAST_TAB: f32 = 200.0;
