//! What a student does in the view, and what follows. Every report is a true one, of few lookups.

use egui_kittest::{Harness, kittest::Queryable as _};

use super::{
    super::{DnsStage, DnsTab, DnsWindow, ViewId},
    DayView, NamesChoice, TtlChoice,
};
use crate::{
    app::{
        hand_in::stories::{handed_picture, handed_table},
        kit::stage::window_of,
        kit::views::TabView as _,
        runs::RunRecord,
        subject::Subject,
        tab::{Tab as _, TabCommand},
    },
    engine::{
        bridge::{RunEnd, RunId},
        name_day::{AddressChange, Config, NameDay, NameSelection},
        runner::{self, Options},
        setting::{Setting, WorldChoice},
    },
};

impl DnsStage {
    /// The view, with fewer lookups than usual.
    pub(super) fn at_the_day() -> Self {
        let tab = DnsTab { at: ViewId::Day, ..DnsTab::default() };
        let mut shell = Self { tab, ..Self::default() };
        shell.tab.day.kept.lookups = 4_000;
        shell
    }

    fn day(&self) -> Option<&Config> {
        self.last::<NameDay>().map(|(_, config)| config)
    }

    /// The engine lives through the last day.
    pub(super) fn live(&mut self) {
        self.serve();
    }
}

fn window(shell: DnsStage) -> DnsWindow {
    window_of(Harness::builder().with_size([1_440.0, 654.0]), shell)
}

fn lived(prepare: impl FnOnce(&mut super::SavedDay)) -> DnsWindow {
    let mut shell = DnsStage::at_the_day();
    prepare(&mut shell.tab.day.kept);
    let mut window = window(shell);
    window.state_mut().live();
    window.run_steps(3);
    window
}

#[test]
fn a_fresh_desk_has_lived_through_a_day_and_holds_it_against_the_formula() {
    let mut window = lived(|_| {});
    assert_eq!(window.state().day().map(|config| (config.lookups, config.hours)), Some((4_000, 24)));
    window.get_by_label("4,000 lookups in 24 h by 20 clients");
    window.get_by_label_contains("They agree: at most ");
    window.get_by_label("Σ p · pλ·TTL / (1 + pλ·TTL)");
    window.get_by_label_contains("rank 1, name ");
    window.run_steps(16);
    assert_eq!(window.state().started().count(), 1, "nothing changed, so it is not lived through again");
    assert_eq!(window.state().tab.subject(), Some(Subject { job: RunId(1), root: None }));
    window.get_by_label("View: Table").click();
    window.run_steps(3);
    window.get_by_label_contains("answered from both together, measured ");
    window.get_by_label_contains("hour all, lookups 4,000");
}

#[test]
fn with_a_ttl_of_nothing_every_lookup_asks_others() {
    let mut window = lived(|kept| (kept.lookups, kept.hours) = (500, 2));
    window.get_by_label("TTL: fixed").click();
    window.run_steps(2);
    window.state_mut().tab.day.kept.ttl_seconds = 0;
    window.run_steps(10);
    assert_eq!(window.state().day().and_then(|config| config.ttl), Some(0));
    window.state_mut().live();
    window.run_steps(3);
    window.get_by_label("They agree: at most 0.0 points apart.");
}

#[test]
fn one_central_server_has_everything_to_answer() {
    let mut window = lived(|kept| kept.lookups = 1_000);
    window.get_by_label_contains("Busiest: ");
    window.get_by_label("Servers: one central").click();
    window.run_steps(10);
    assert_eq!(window.state().day().map(|config| config.central), Some(true));
    window.state_mut().live();
    window.run_steps(3);
    window.get_by_label_contains(" led to the central server");
    window.get_by_label("Σ p · pλ·TTL / (C + pλ·TTL)");
    window.get_by_label("View: Table").click();
    window.run_steps(3);
    window.get_by_label("answered from busiest server, measured 100 %");
    window.get_by_label_contains("hour all, lookups 1,000, host knew ");
    assert!(window.query_by_label_contains("local knew").is_none(), "there is no local name server");
}

#[test]
fn who_is_told_an_old_address_and_for_how_long() {
    let mut window = lived(|kept| {
        (kept.changes, kept.ttl, kept.ttl_seconds, kept.changes_at) = (true, TtlChoice::Fixed, 1_800, 6.0);
    });
    let change = AddressChange { at_hour: 6.0, ..AddressChange::default() };
    assert_eq!(window.state().day().and_then(|config| config.change.clone()), Some(change));
    window.get_by_label_contains(" to 203.0.113.77 after 6 h.");
    window.get_by_label_contains("The old one was still told ");
    window.get_by_label("Within the bound: a cache may tell it for its TTL, 30 min, and no longer.");
    window.state_mut().tab.day.kept.changes_name = "www.nowhere.lab".to_owned();
    window.state_mut().with(|tab, cx| tab.command(TabCommand::Run, cx));
    window.state_mut().live();
    window.run_steps(3);
    window.get_by_label_contains("www.nowhere.lab is not among the names that are looked up");
}

#[test]
fn names_are_ordered_by_what_is_clicked() {
    let mut window = lived(|kept| kept.lookups = 1_000);
    let top = |window: &DnsWindow, name: &str| window.get_by_label_contains(name).rect().top();
    assert!(top(&window, "rank 1, ") < top(&window, "rank 2, "));
    window.get_by_label("Order by rank").click();
    window.run_steps(3);
    assert!(top(&window, "rank 1, ") > top(&window, "rank 2, "));
}

#[test]
fn a_large_day_waits_for_the_button_and_the_internet_changes_nothing() {
    let mut shell = DnsStage::at_the_day();
    shell.tab.day.kept.lookups = 500_000;
    shell.setting = Setting { world: WorldChoice::Internet, ..Setting::default() };
    let mut window = window(shell);
    window.get_by_label("Press Simulate.");
    window.get_by_label("takes place in the lab's memory only: nothing leaves this program");
    assert_eq!(window.state().started().count(), 0);
    window.get_by_label("▶ Simulate").click();
    window.run_steps(2);
    assert_eq!(window.state().day().map(|config| config.lookups), Some(500_000));
    window.get_by_label("■ Stop");
    window.state_mut().with(|tab, cx| tab.command(TabCommand::Run, cx));
    assert_eq!(window.state().started().count(), 1, "it goes on");
    window.state_mut().tab.day.kept.lookups = 400_000;
    window.state_mut().with(|tab, cx| tab.command(TabCommand::Run, cx));
    assert_eq!(window.state().started().count(), 2);
}

#[test]
fn settings_are_there_again_from_a_restart_or_a_file() {
    let mut tab = DnsTab { at: ViewId::Day, ..DnsTab::default() };
    tab.day.kept.names = NamesChoice::Generated;
    tab.day.kept.changes = true;
    let mut again = DnsTab::default();
    again.restore(tab.save()).unwrap();
    assert_eq!(again.day.kept, tab.day.kept);
    assert!(DayView::default().restore(serde_json::json!("nonsense")).is_err());
    let config =
        Config { lookups: 50, hours: 3, names: NameSelection::Generated(8), central: true, ..Config::default() };
    let report = runner::run::<NameDay>(&config, &Options::default()).unwrap().report;
    let mut record = RunRecord::new(None);
    record.end = Some(RunEnd::done::<NameDay>(report));
    let mut desk = DayView::default();
    assert!(desk.adopt(RunId(7), &record));
    assert_eq!(desk.kept.config(&Setting::default()), config);
}

#[test]
fn the_hours_are_handed_in_as_they_are_shown() {
    let mut window = lived(|_| {});
    let svg = handed_picture(&mut window, "hour by hour");
    for words in [
        "Lookups hour by hour",
        ">lookups an hour<",
        " h<",
        ">others were asked<",
        ">local name server knew<",
        ">the host itself knew<",
    ] {
        assert!(svg.contains(words), "{words} in {svg}");
    }
    window.get_by_label("Hour by hour: queries").click();
    window.run_steps(3);
    let svg = handed_picture(&mut window, "hour by hour");
    for words in [">queries an hour<", ">authorities<", ">top level<", ">root<"] {
        assert!(svg.contains(words), "{words} in {svg}");
    }
    let csv = handed_table(&mut window, "hour by hour");
    assert!(csv.starts_with("hour,lookups,"), "{csv}");
    assert_eq!(csv.lines().count(), 1 + 24 + 1);
}
