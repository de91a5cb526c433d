//! One folder a tab, and the list of them.

pub mod browse;
pub mod cookies;
pub mod dns;
pub mod page_load;

use super::{subject::TabId, tab::TabRow};

/// All tabs, in the order of the tab bar.
pub const TABS: &[TabRow] = &[browse::TAB, page_load::TAB, cookies::TAB, dns::TAB];

/// The tab a fresh window shows.
pub const FIRST: TabId = page_load::TAB.id;

/// The tab of this name, if there is one.
pub fn named(name: &str) -> Option<TabId> {
    TABS.iter().map(|tab| tab.id).find(|id| id.0 == name)
}
