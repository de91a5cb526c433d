//! The DNS tab: views in which names are resolved, and what else there is to do with names. Each view is a folder here.

mod attack;
mod day;
mod dig;
pub(crate) mod hand_over;
mod message;
mod message_ui;
mod resolve;
mod zones;

use serde::{Deserialize, Serialize};

use self::{
    attack::AttackView, day::DayView, hand_over::DnsHandOver, message::DnsMessageView, resolve::ResolveView,
    zones::ZonesView,
};
#[cfg(test)]
use crate::app::kit::stage::{StageWindow, TabStage};
use crate::app::{
    kit::views::{TabView, Views},
    parts::drawer::DrawerView,
    subject::TabId,
    tab::TabRow,
};

/// The tab's row in the list of tabs.
pub const TAB: TabRow = TabRow {
    id: TabId("dns"),
    title: "DNS",
    first_view: DrawerView::Ladder,
    help: "Look a name up and see every message; write a message by hand; edit zones; simulate a day; attack names.",
    keys: &[resolve::ZOOM_KEYS.help(), message::SEND_KEY.help()],
    open: || Box::<DnsTab>::default(),
};

#[cfg(test)]
type DnsStage = TabStage<DnsTab>;
#[cfg(test)]
type DnsWindow = StageWindow<DnsTab>;

/// The tab.
#[derive(Debug, Default)]
pub struct DnsTab {
    at: ViewId,
    resolve: ResolveView,
    message: DnsMessageView,
    zones: ZonesView,
    attack: AttackView,
    day: DayView,
}

/// Which view.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ViewId {
    /// A name is resolved.
    #[default]
    Resolve,
    /// A message is written by hand.
    Message,
    /// Zones are edited, names registered.
    Zones,
    /// A day of lookups.
    Day,
    /// The name system is attacked.
    Attack,
}

impl Views for DnsTab {
    type Id = ViewId;
    type HandOver = DnsHandOver;
    const CONTROLS: &'static str = "dns-controls";
    const ALL: &'static [(ViewId, &'static str)] = &[
        (ViewId::Resolve, "Resolve"),
        (ViewId::Message, "Message"),
        (ViewId::Zones, "Zones"),
        (ViewId::Day, "Day"),
        (ViewId::Attack, "Attack"),
    ];

    fn shown(&self) -> ViewId {
        self.at
    }

    fn shown_mut(&mut self) -> &mut ViewId {
        &mut self.at
    }

    fn view(&self, id: ViewId) -> &dyn TabView<DnsHandOver> {
        match id {
            ViewId::Resolve => &self.resolve,
            ViewId::Message => &self.message,
            ViewId::Zones => &self.zones,
            ViewId::Day => &self.day,
            ViewId::Attack => &self.attack,
        }
    }

    fn view_mut(&mut self, id: ViewId) -> &mut dyn TabView<DnsHandOver> {
        match id {
            ViewId::Resolve => &mut self.resolve,
            ViewId::Message => &mut self.message,
            ViewId::Zones => &mut self.zones,
            ViewId::Day => &mut self.day,
            ViewId::Attack => &mut self.attack,
        }
    }

    fn receiver(handed: &DnsHandOver) -> ViewId {
        handed.to()
    }
}
