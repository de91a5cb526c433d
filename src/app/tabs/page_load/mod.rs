//! The Page load tab: one page, six ways to fetch it, each beside its formula.

use egui::Ui;

use super::{Tab, TabContext, TabId};

/// The tab.
#[derive(Debug, Default)]
pub struct PageLoadTab {}

impl Tab for PageLoadTab {
    fn id(&self) -> TabId {
        TabId::PageLoad
    }

    fn title(&self) -> &'static str {
        "Page load"
    }

    fn ui(&mut self, _ui: &mut Ui, _cx: &mut TabContext<'_>) {}
}
