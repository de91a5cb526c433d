//! The Cookies tab: what the browser remembers over a protocol that remembers nothing. Each view is a folder here.

mod jar;

use std::convert::Infallible;

use serde::{Deserialize, Serialize};

use self::jar::JarView;
use crate::app::{
    kit::views::{TabView, Views},
    parts::drawer::DrawerView,
    subject::TabId,
    tab::TabRow,
    theme::size,
};

/// The tab's row in the list of tabs.
pub const TAB: TabRow = TabRow {
    id: TabId("cookies"),
    title: "Cookies",
    first_view: DrawerView::Ladder,
    help: "See what servers store in the browser, why each cookie is sent or kept back, and what the server's database has of it.",
    keys: &[jar::DELETE_KEY.help(), jar::UNDO_KEY.help(), jar::EDIT_KEY.help(), jar::FILTER_KEY.help()],
    open: || Box::<CookiesTab>::default(),
};

/// The tab.
#[derive(Debug, Default)]
pub struct CookiesTab {
    at: ViewId,
    jar: JarView,
}

/// Which view.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ViewId {
    /// The cookies, and the story of each.
    #[default]
    Jar,
}

impl Views for CookiesTab {
    type Id = ViewId;
    /// A single view has nobody to hand anything over to.
    type HandOver = Infallible;
    const CONTROLS: &'static str = "cookies-controls";
    const ALL: &'static [(ViewId, &'static str)] = &[(ViewId::Jar, "Jar")];

    fn controls_width(room: f32) -> f32 {
        if room < ROOMY { SMALL_CONTROLS } else { size::CONTROLS }
    }

    fn shown(&self) -> ViewId {
        self.at
    }

    fn shown_mut(&mut self) -> &mut ViewId {
        &mut self.at
    }

    fn view(&self, id: ViewId) -> &dyn TabView<Infallible> {
        match id {
            ViewId::Jar => &self.jar,
        }
    }

    fn view_mut(&mut self, id: ViewId) -> &mut dyn TabView<Infallible> {
        match id {
            ViewId::Jar => &mut self.jar,
        }
    }

    fn receiver(handed: &Infallible) -> ViewId {
        match *handed {}
    }
}

/// From this width on the controls are as wide as everywhere.
const ROOMY: f32 = 1_100.0;
const SMALL_CONTROLS: f32 = 240.0;
