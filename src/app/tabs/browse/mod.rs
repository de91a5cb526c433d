//! The Browse tab: a page beside the octets that brought it.

use egui::Ui;

use super::{Tab, TabContext, TabId};

/// The tab.
#[derive(Debug, Default)]
pub struct BrowseTab {}

impl Tab for BrowseTab {
    fn id(&self) -> TabId {
        TabId::Browse
    }

    fn title(&self) -> &'static str {
        "Browse"
    }

    fn ui(&mut self, _ui: &mut Ui, _cx: &mut TabContext<'_>) {}
}
