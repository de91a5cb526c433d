//! A drawer for each tab and one for records that belong to no tab, so that each keeps its own playhead and view.

use std::{collections::BTreeMap, time::Duration};

use egui::{CursorIcon, EventFilter, Frame, Key, Modifiers, Panel, Rect, Sense, Ui, WidgetInfo, vec2};

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
    /// As it was dragged to; a share of the window before that.
    height: Option<f32>,
    /// Folded away or opened by hand; in a low window it is folded before that.
    folded: Option<bool>,
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
        Self { of, height: height.filter(|height| height.is_finite()), folded: None }
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

    /// How many of `available` points, which the tab above shares, a drawer takes.
    pub(super) fn height(&self, available: f32) -> f32 {
        DrawerRoom::of(available, self.height, self.folded).height
    }

    /// Paints a drawer into `ui`, which is as high as [`Self::height`] says of `available` points.
    pub(super) fn ui(
        &mut self,
        ui: &mut Ui,
        watched: &DrawerSource<'_>,
        pick: Option<RecordSelection>,
        available: f32,
    ) -> Vec<DrawerRequest> {
        let room = DrawerRoom::of(available, self.height, self.folded);
        let frame = Frame::new().fill(Theme::of(ui).panel);
        let panel = Panel::bottom("drawer").exact_size(room.height).resizable(false).frame(frame);
        let shown = panel.show(ui, |ui| {
            ui.set_min_size(ui.available_size());
            ui.spacing_mut().item_spacing.y = 0.0;
            self.handle_ui(ui, &room);
            let drawer = self.of.entry(watched.place).or_default();
            if room.folded {
                drawer.folded_ui(ui, &watched.shown(pick));
                return Vec::new();
            }
            drawer.ui(ui, &watched.shown(pick))
        });
        shown.inner
    }

    /// The upper edge: dragged by hand or moved by the arrows; a click folds the pane away or opens it.
    fn handle_ui(&mut self, ui: &mut Ui, room: &DrawerRoom) {
        let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), HANDLE), Sense::click_and_drag());
        response.widget_info(|| WidgetInfo::slider(true, f64::from(room.height), "Height of the lower pane"));
        let mut taller = -response.drag_delta().y;
        if response.has_focus() {
            let arrows = EventFilter { vertical_arrows: true, ..EventFilter::default() };
            ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, arrows));
            let steps = ui.input_mut(|input| {
                let mut pressed = |key| input.count_and_consume_key(Modifiers::NONE, key) as f32;
                pressed(Key::ArrowUp) - pressed(Key::ArrowDown)
            });
            taller += steps * STEP;
        }
        if taller.abs() > 0.0 {
            self.folded = Some(false);
            let from = if room.folded { room.least } else { room.height };
            self.height = Some((from + taller).clamp(room.least, room.most));
        } else if response.clicked() {
            self.folded = Some(!room.folded);
        }
        let theme = Theme::of(ui);
        let lit = response.hovered() || response.dragged() || response.has_focus();
        let grip = Rect::from_center_size(rect.center(), vec2(GRIP, 4.0));
        ui.painter().hline(rect.x_range(), rect.top() + 0.5, theme.border());
        ui.painter().rect_filled(grip, 2.0, if lit { theme.accent } else { theme.handle });
        let does = if room.folded { "open the lower pane" } else { "fold the lower pane away" };
        let says = format!("Drag, or press the arrow keys, for another height. A click or Enter: {does}.");
        response.on_hover_cursor(CursorIcon::ResizeVertical).on_hover_text(says);
    }
}

/// How much of the window a drawer takes.
#[derive(Clone, Copy, Debug, PartialEq)]
struct DrawerRoom {
    height: f32,
    least: f32,
    most: f32,
    folded: bool,
}

impl DrawerRoom {
    /// Of `available` points, which the tab above shares.
    fn of(available: f32, wanted: Option<f32>, folded: Option<bool>) -> Self {
        let low = available < LEAST + LEAST_TAB;
        let most = (available - if low { TAB_IN_LOW } else { LEAST_TAB }).max(FOLDED);
        let least = LEAST.min(most);
        let folded = folded.unwrap_or(low);
        let usual = if low { most } else { (available * SHARE).min(size::DRAWER) };
        let height = if folded { FOLDED } else { wanted.unwrap_or(usual).clamp(least, most) };
        Self { height: height.min(available.max(0.0)), least, most, folded }
    }
}

/// What a drawer takes of a low window.
const SHARE: f32 = 0.36;
/// Least height of a drawer.
const LEAST: f32 = 120.0;
/// What a drawer always leaves of the tab above it.
const LEAST_TAB: f32 = 200.0;
/// What it leaves where both cannot be seen at once.
const TAB_IN_LOW: f32 = 56.0;
/// Height of the edge one takes hold of.
const HANDLE: f32 = 10.0;
/// Height of a drawer that is folded away: the edge and the playhead.
const FOLDED: f32 = HANDLE + size::PLAYHEAD_BAR;
/// How much taller an arrow key makes it.
const STEP: f32 = 16.0;
/// Width of the mark in the middle of the edge.
const GRIP: f32 = 44.0;

#[cfg(test)]
mod the_height_of_a_drawer {
    use super::*;

    /// What is left between the top bar and the status bar of a window.
    fn between_bars(window: f32) -> f32 {
        window - size::TOP_BAR - size::STATUS_BAR
    }

    #[test]
    fn has_room_for_a_ladder_in_a_large_window() {
        let room = DrawerRoom::of(between_bars(900.0), None, None);
        assert!(room.height >= 260.0 && !room.folded, "{room:?}");
    }

    #[test]
    fn is_a_share_of_a_smaller_one_and_leaves_the_tab_its_own() {
        for window in [480.0, 640.0, 720.0] {
            let available = between_bars(window);
            let room = DrawerRoom::of(available, None, None);
            assert!(!room.folded && room.height >= LEAST, "{room:?}");
            assert!(available - room.height >= LEAST_TAB, "{room:?}");
        }
    }

    #[test]
    fn is_folded_where_both_cannot_be_seen_and_opens_over_the_tab() {
        let available = between_bars(320.0);
        let room = DrawerRoom::of(available, Some(280.0), None);
        assert!(room.folded && room.height <= FOLDED, "{room:?}");
        let room = DrawerRoom::of(available, Some(280.0), Some(false));
        assert!(room.height >= 120.0 && available - room.height >= TAB_IN_LOW, "{room:?}");
        let room = DrawerRoom::of(20.0, None, Some(false));
        assert!(room.height <= 20.0, "{room:?}");
    }
}
