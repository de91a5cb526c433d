//! Views of one tab, side by side: a strip above the controls chooses which one is shown; each paints its controls on the left and the
//! rest beside them, and may hand something over to another one.

use std::collections::BTreeMap;

use egui::{CentralPanel, Frame, Margin, Panel, ScrollArea, Ui};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::narrow;

use crate::{
    app::{
        runs::RunRecord,
        subject::Subject,
        tab::{Tab, TabCommand, TabContext},
        theme::{Theme, size},
        widgets,
    },
    engine::bridge::RunId,
};

/// One view of a tab. `H` is what its views hand over to each other.
pub(crate) trait TabView<H> {
    /// Called between frames, whether the view is shown or not: takes in what ended. Cheap when nothing changed.
    fn logic(&mut self, cx: &mut TabContext<'_>);

    /// Paints the controls.
    fn controls_ui(&mut self, ui: &mut Ui, cx: &mut TabContext<'_>) -> Option<H>;

    /// Paints all that is right of the controls.
    fn ui(&mut self, ui: &mut Ui, cx: &mut TabContext<'_>) -> Option<H>;

    /// What the drawer shows of it.
    fn subject(&self) -> Option<Subject>;

    /// Does what a key asked for.
    fn command(&mut self, command: TabCommand, cx: &mut TabContext<'_>);

    /// Shows a record read from a file, if it is of this view's kind.
    fn adopt(&mut self, job: RunId, record: &RunRecord) -> bool;

    /// Goes on with what another view handed over. Only called with what is meant for this one.
    fn take_over(&mut self, handed: H) {
        drop(handed);
    }

    /// What is to be there again after a restart.
    fn save(&self) -> serde_json::Value;

    /// Restores what [`TabView::save`] gave.
    ///
    /// # Errors
    /// When `saved` is not this view's: it keeps what it has.
    fn restore(&mut self, saved: serde_json::Value) -> Result<(), serde_json::Error>;
}

/// A tab that consists of views. All else of a tab follows from these.
pub(crate) trait Views {
    /// Which view.
    type Id: Copy + Default + PartialEq + Serialize + DeserializeOwned + 'static;
    /// What views hand over to each other.
    type HandOver;
    /// Of the panel the controls stand on.
    const CONTROLS: &'static str;
    /// All views with their words, in the order of the strip.
    const ALL: &'static [(Self::Id, &'static str)];

    /// How wide the controls are.
    fn controls_width(_room: f32) -> f32 {
        size::CONTROLS
    }
    /// The one that is shown.
    fn shown(&self) -> Self::Id;
    /// The same, to be changed.
    fn shown_mut(&mut self) -> &mut Self::Id;
    /// The view with this id.
    fn view(&self, id: Self::Id) -> &dyn TabView<Self::HandOver>;
    /// The same, to be changed.
    fn view_mut(&mut self, id: Self::Id) -> &mut dyn TabView<Self::HandOver>;
    /// Which view takes over what was handed.
    fn receiver(handed: &Self::HandOver) -> Self::Id;
}

/// What is there again after a restart.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct SavedViews<Id> {
    at: Id,
    /// By their words: a view that is no longer there is no fault.
    views: BTreeMap<String, serde_json::Value>,
}

impl<T: Views> Tab for T {
    fn logic(&mut self, cx: &mut TabContext<'_>) {
        for (id, _) in T::ALL {
            self.view_mut(*id).logic(cx);
        }
    }

    fn ui(&mut self, ui: &mut Ui, cx: &mut TabContext<'_>) {
        let frame = side_frame(ui);
        let handed = if narrow::is_narrow(ui) {
            let panes = [(NarrowPane::Settings, "Settings"), (NarrowPane::Result, "Result")];
            match narrow::choice_ui(ui, T::CONTROLS, &panes) {
                NarrowPane::Settings => {
                    CentralPanel::default().frame(frame).show(ui, |ui| settings_ui(self, ui, cx)).inner
                }
                NarrowPane::Result => self.view_mut(self.shown()).ui(ui, cx),
            }
        } else {
            let panel = Panel::left(T::CONTROLS)
                .exact_size(T::controls_width(ui.available_width()))
                .resizable(false)
                .frame(frame);
            let handed = panel.show(ui, |ui| settings_ui(self, ui, cx)).inner;
            handed.or(self.view_mut(self.shown()).ui(ui, cx))
        };
        if let Some(handed) = handed {
            *self.shown_mut() = T::receiver(&handed);
            self.view_mut(self.shown()).take_over(handed);
        }
    }

    fn subject(&self) -> Option<Subject> {
        self.view(self.shown()).subject()
    }

    fn command(&mut self, command: TabCommand, cx: &mut TabContext<'_>) {
        self.view_mut(self.shown()).command(command, cx);
    }

    fn adopt(&mut self, job: RunId, record: &RunRecord) -> bool {
        let adopting = T::ALL.iter().find(|(id, _)| self.view_mut(*id).adopt(job, record));
        if let Some((id, _)) = adopting {
            *self.shown_mut() = *id;
        }
        adopting.is_some()
    }

    fn save(&self) -> serde_json::Value {
        let views = T::ALL.iter().map(|(id, word)| ((*word).to_owned(), self.view(*id).save())).collect();
        serde_json::to_value(SavedViews { at: self.shown(), views }).unwrap_or_default()
    }

    fn restore(&mut self, saved: serde_json::Value) -> Result<(), serde_json::Error> {
        let mut saved: SavedViews<T::Id> = serde_json::from_value(saved)?;
        *self.shown_mut() = saved.at;
        let mut result = Ok(());
        for (id, word) in T::ALL {
            if let Some(view) = saved.views.remove(*word) {
                result = result.and(self.view_mut(*id).restore(view));
            }
        }
        result
    }
}

/// Is a panel so low that its controls scroll as a whole?
pub(crate) fn is_low(ui: &Ui) -> bool {
    ui.clip_rect().height() < LOW
}

/// The strip with the views and the controls of the shown one. In a low window all of it scrolls.
fn settings_ui<T: Views>(tab: &mut T, ui: &mut Ui, cx: &mut TabContext<'_>) -> Option<T::HandOver> {
    let low = is_low(ui);
    let mut paint = |ui: &mut Ui| {
        // There is nothing to choose from a single view.
        if T::ALL.len() > 1 {
            ui.scope(|ui| {
                ui.set_max_width(ui.available_width() - STRIP_MARGIN);
                widgets::segmented(ui, "View of the tab", tab.shown_mut(), T::ALL);
            });
            ui.add_space(6.0);
        }
        tab.view_mut(tab.shown()).controls_ui(ui, cx)
    };
    if low {
        return ScrollArea::vertical().id_salt("low controls").auto_shrink(false).show(ui, paint).inner;
    }
    paint(ui)
}

/// What a narrow window shows of a tab with views.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum NarrowPane {
    #[default]
    Settings,
    Result,
}

/// The ground of the panels at the sides of a view.
pub(crate) fn side_frame(ui: &Ui) -> Frame {
    Frame::new().fill(Theme::of(ui).panel).inner_margin(Margin { left: 16, right: 6, top: 14, bottom: 8 })
}

/// The panel on the right of a view, which can be drawn wider: its share of the width in the beginning, where that is less than an
/// inspector's, and its greatest share.
pub(crate) fn right_panel(ui: &Ui, name: &'static str, share: f32, most: f32) -> Panel {
    let width = size::INSPECTOR.min(ui.available_width() * share);
    // In a narrow window the middle keeps its part.
    let least = size::INSPECTOR_LEAST.min(ui.available_width() * 0.45);
    let most = (ui.available_width() * most).max(least);
    let panel = Panel::right(name).default_size(width.max(least)).size_range(least..=most);
    panel.frame(side_frame(ui))
}

/// Below this height the controls scroll as a whole.
const LOW: f32 = 330.0;
/// Right of the strip.
const STRIP_MARGIN: f32 = 10.0;
