//! What a student does in the tab, and what follows.

use egui_kittest::{Harness, kittest::Queryable as _};

use super::{PageLoadTab, fixtures};
use crate::{
    app::{
        actions::Action,
        hand_in::stories::{handed_picture, handed_table},
        kit::stage::{StageWindow, TabStage, opened_record, window_of},
        subject::Subject,
        tab::{Tab as _, TabCommand},
    },
    engine::{
        bridge::{RunEnd, RunId, Update},
        experiment::Experiment as _,
        experiments::AnyNews,
        page_load::{
            Config, PageChoice, PageLoad, Strategy, Sweep,
            sweep::{self, Axis, SweepPoint},
        },
        setting::{Setting, WorldChoice},
    },
    wire::{Blame, Failure},
};

type RaceStage = TabStage<PageLoadTab>;

impl RaceStage {
    fn race(&self) -> Option<(RunId, &Config)> {
        self.last::<PageLoad>()
    }

    fn races(&self) -> usize {
        self.started().count()
    }
}

fn harness(stage: RaceStage) -> StageWindow<PageLoadTab> {
    window_of(Harness::builder().with_size([1440.0, 900.0]), stage)
}

fn sweep_report(sweep: &sweep::Config, points: Vec<SweepPoint>) -> sweep::Report {
    let (experiment, provenance) = (Sweep::NAME.to_owned(), String::new());
    sweep::Report { experiment, config: sweep.clone(), provenance, points, failure: None }
}

/// A window in which the first race has ended.
fn raced() -> StageWindow<PageLoadTab> {
    let mut harness = harness(RaceStage::default());
    harness.state_mut().end_with::<PageLoad>(fixtures::report());
    harness.run_steps(3);
    harness
}

/// Long enough for settings to count as settled.
fn rest(harness: &mut StageWindow<PageLoadTab>) {
    harness.run_steps(16);
}

#[test]
fn a_fresh_window_races_the_textbook_page_unasked_and_shows_it() {
    let mut harness = harness(RaceStage::default());
    assert_eq!(harness.state().race().map(|(_, config)| config), Some(&Config::default()));
    harness.state_mut().end_with::<PageLoad>(fixtures::report());
    harness.run_steps(3);
    for label in ["One page, six ways to fetch it", "Where the time went", "Formula (Kurose–Ross §2.2.2)"] {
        harness.get_by_label(label);
    }
    harness.get_by_label("Persistent: 1.200 s measured, 1.200 s by the formula");
    rest(&mut harness);
    assert_eq!(harness.state().races(), 1, "nothing changed, so nothing is run again");
}

#[test]
fn a_click_on_a_bar_selects_its_report_and_what_the_drawer_shows() {
    let mut harness = raced();
    harness.get_by_label_contains("Non-persistent, serial: 2.200 s").click();
    harness.run_steps(3);
    harness.get_by_label("What does it cost?");
    let report = fixtures::report();
    let flow = fixtures::run(&report, Strategy::Serial).flow;
    assert_eq!(harness.state().tab.subject(), Some(Subject { job: RunId(1), root: Some(flow) }));
}

#[test]
fn a_changed_setting_runs_the_race_again_after_a_rest() {
    let mut harness = raced();
    harness.get_by_label("HTTP/2").click();
    harness.run_steps(1);
    assert_eq!(harness.state().races(), 1, "not at once");
    rest(&mut harness);
    let desk = harness.state();
    assert_eq!(desk.races(), 2);
    let (_, config) = desk.race().unwrap();
    assert!(!config.strategies.contains(&Strategy::Http2));
}

#[test]
fn a_heavy_page_waits_for_the_button() {
    let mut desk = RaceStage::default();
    desk.tab.kept.objects = 1000;
    desk.tab.kept.object_octets = 1_000_000;
    let mut harness = harness(desk);
    rest(&mut harness);
    assert_eq!(harness.state().races(), 0);
    harness.get_by_label("▶ Race").click();
    harness.run_steps(3);
    let (_, config) = harness.state().race().unwrap();
    assert_eq!(config.page, PageChoice::Generated { objects: 1000, object_octets: 1_000_000 });
}

#[test]
fn on_the_internet_nothing_is_sent_unasked_and_only_a_url_can_be_raced() {
    let desk =
        RaceStage { setting: Setting { world: WorldChoice::Internet, ..Setting::default() }, ..RaceStage::default() };
    let mut harness = harness(desk);
    rest(&mut harness);
    assert_eq!(harness.state().races(), 0);
    harness.get_by_label("Address of the page");
    harness.get_by_label("This host is in the lab only.");
    harness.state_mut().with(|tab, cx| tab.command(TabCommand::Run, cx));
    assert_eq!(harness.state().races(), 0);
    harness.state_mut().tab.kept.url = "http://127.0.0.1:8000/".to_owned();
    harness.state_mut().with(|tab, cx| tab.command(TabCommand::Run, cx));
    let (_, config) = harness.state().race().unwrap();
    assert!(matches!(config.page, PageChoice::At(_)));
}

#[test]
fn a_running_race_can_be_stopped_and_says_so() {
    let mut harness = harness(RaceStage::default());
    harness.get_by_label("■ Stop").click();
    harness.run_steps(2);
    assert!(harness.state().asked.contains(&Action::Stop(RunId(1))));
    harness.state_mut().end(RunEnd::Stopped);
    harness.run_steps(3);
    harness.get_by_label("The last race was stopped.");
    harness.get_by_label("▶ Race");
}

#[test]
fn a_failure_is_shown_with_whose_fault_it_is() {
    let mut harness = harness(RaceStage::default());
    let failure = Failure {
        summary: "no such host: www.example.invalid".to_owned(),
        causes: vec!["name not known".to_owned()],
        blame: Blame::Network,
        clause: None,
    };
    harness.state_mut().end(RunEnd::Failed(failure));
    harness.run_steps(3);
    for label in [
        "Failed: no connection came about, or it broke off",
        "no such host: www.example.invalid",
        "because: name not known",
    ] {
        harness.get_by_label(label);
    }
}

#[test]
fn an_old_result_stays_on_screen_until_the_next_is_there_then_goes() {
    let mut harness = raced();
    harness.state_mut().with(|tab, cx| tab.command(TabCommand::Run, cx));
    harness.run_steps(2);
    harness.get_by_label("Persistent: 1.200 s measured, 1.200 s by the formula");
    harness.state_mut().end_with::<PageLoad>(fixtures::report());
    harness.run_steps(3);
    assert!(harness.state().asked.contains(&Action::Forget(RunId(1))));
    assert_eq!(harness.state().tab.race.shown(), Some(RunId(2)));
}

#[test]
fn the_other_tcp_model_is_one_click_away() {
    let mut harness = raced();
    harness.get_by_label("Try realistic TCP").click();
    harness.run_steps(4);
    assert_eq!(harness.state().setting.path.tcp, crate::net::TcpModel::Realistic);
    rest(&mut harness);
    assert_eq!(harness.state().races(), 2);
}

#[test]
fn the_sweep_runs_by_itself_when_first_seen_and_has_a_table_twin() {
    let mut harness = raced();
    harness.get_by_label("Sweep…").click();
    harness.run_steps(3);
    let (job, sweep) = harness.state().last::<Sweep>().expect("a sweep was started");
    assert_eq!(sweep.axis, Axis::RttMillis);
    assert!(sweep.values.len() > 5);
    let point = SweepPoint { value: 100.0, times: vec![(Strategy::Serial, 2.2, Some(2.21))] };
    let report = sweep_report(sweep, vec![point.clone()]);
    harness.state_mut().runs.apply(Update::News(job, AnyNews::new::<Sweep>(point)));
    harness.state_mut().end_with::<Sweep>(report);
    harness.get_by_label("Show the sweep as: table").click();
    harness.run_steps(3);
    for label in ["100 ms", "2.200 s", "2.210 s"] {
        harness.get_by_label(label);
    }
}

#[test]
fn another_axis_sweeps_again() {
    let mut harness = raced();
    harness.get_by_label("Sweep…").click();
    harness.run_steps(3);
    harness.get_by_label("Vary: objects").click();
    harness.run_steps(3);
    let (_, sweep) = harness.state().last::<Sweep>().expect("a sweep was started");
    assert_eq!(sweep.axis, Axis::Objects);
}

#[test]
fn what_was_chosen_is_there_again_after_a_restart() {
    let mut tab = PageLoadTab::default();
    tab.kept.objects = 44;
    tab.kept.selected = Strategy::Pipelined;
    let mut again = PageLoadTab::default();
    again.restore(tab.save()).unwrap();
    assert_eq!(again.kept, tab.kept);
    assert!(again.restore(serde_json::json!("nonsense")).is_err());
}

#[test]
fn a_url_is_not_fetched_while_it_is_being_typed() {
    let mut desk = RaceStage::default();
    desk.tab.kept.page = super::PageKind::Url;
    desk.tab.kept.url = "http://www.some".to_owned();
    desk.tab.to_address = true;
    let mut harness = harness(desk);
    rest(&mut harness);
    assert_eq!(harness.state().races(), 0);
    harness.get_by_label("Address of the page").type_text("school.edu/");
    harness.run_steps(2);
    harness.key_press(egui::Key::Enter);
    rest(&mut harness);
    let (_, config) = harness.state().race().unwrap();
    let url = url::Url::parse("http://www.someschool.edu/").unwrap();
    assert_eq!(config.page, PageChoice::At(url));
}

#[test]
fn what_is_no_url_cannot_be_raced() {
    let mut desk = RaceStage::default();
    desk.tab.kept.page = super::PageKind::Url;
    desk.tab.kept.url = "someschool".to_owned();
    let mut harness = harness(desk);
    harness.get_by_label("This is not an absolute URL.");
    harness.get_by_label("▶ Race").click();
    harness.run_steps(3);
    assert_eq!(harness.state().races(), 0);
}

#[test]
fn on_the_internet_there_is_nothing_to_sweep() {
    let mut desk =
        RaceStage { setting: Setting { world: WorldChoice::Internet, ..Setting::default() }, ..RaceStage::default() };
    desk.tab.kept.view = super::PageLoadPane::Sweep;
    let harness = harness(desk);
    harness.get_by_label_contains("choose the Lab Internet");
    assert_eq!(harness.state().races(), 0);
}

#[test]
fn a_run_from_a_file_is_shown_as_such_and_not_run_again_by_itself() {
    let mut desk = RaceStage::default();
    let job = desk.runs.next_job();
    let record = opened_record::<PageLoad>(fixtures::report());
    assert!(desk.tab.adopt(job, &record));
    desk.runs.insert(job, record);
    let mut harness = harness(desk);
    rest(&mut harness);
    harness.get_by_label("From a file: run.roundtrip");
    harness.get_by_label("Persistent: 1.200 s measured, 1.200 s by the formula");
    assert_eq!(harness.state().races(), 0);
}

#[test]
fn bars_are_drawn_up_to_the_playhead() {
    let mut desk = RaceStage::default();
    let job = desk.runs.next_job();
    let mut record = crate::app::runs::RunRecord::new(None);
    let report = fixtures::report();
    let flow = fixtures::run(&report, Strategy::Persistent).flow;
    let end = || crate::wire::End { name: "you".to_owned(), ip_port: None };
    record.ledger.apply(crate::wire::Entry::Opened {
        id: flow,
        parent: None,
        kind: crate::wire::FlowKind::Page,
        title: "persistent".to_owned(),
        ends: crate::wire::Ends { client: end(), server: end() },
        at: std::time::Duration::from_secs(5),
    });
    record.end = Some(RunEnd::done::<PageLoad>(report.clone()));
    desk.tab.adopt(job, &record);
    desk.runs.insert(job, record);
    let mut moment = |millis: u64| {
        desk.moment = Some(std::time::Duration::from_millis(millis));
        desk.with(|tab, cx| tab.until(cx, &report))
    };
    assert_eq!(moment(5_400), Some(std::time::Duration::from_millis(400)), "since the strategy began");
    assert_eq!(moment(9_000), None, "past its end all of it");
}

#[test]
fn bars_and_waterfalls_are_handed_in_whole_with_their_tables() {
    let mut harness = raced();
    let svg = handed_picture(&mut harness, "race");
    for words in [
        "One page, six ways to fetch it",
        ">Non-persistent, serial<",
        ">2.200 s<",
        ">bar: measured  |  tick: the formula<",
    ] {
        assert!(svg.contains(words), "{words} in {svg}");
    }
    let csv = handed_table(&mut harness, "race");
    assert!(csv.starts_with("strategy,measured (s),formula (s),connections,failure\r\n"), "{csv}");
    assert!(csv.contains("\"Non-persistent, serial\",2.2,2.2,"), "{csv}");
    let svg = handed_picture(&mut harness, "waterfalls side by side");
    let report = fixtures::report();
    let run = report.runs.iter().find(|run| run.strategy == Strategy::Serial).unwrap();
    let last = run.objects.last().map(|object| crate::app::parts::waterfall::short_name(&object.url)).unwrap();
    let shown: String = last.chars().take(2).collect();
    assert!(svg.contains("Where the time went") && svg.contains(&shown), "{svg}");
    let csv = handed_table(&mut harness, "waterfalls side by side");
    let objects: usize = report.runs.iter().map(|run| run.objects.len()).sum();
    assert_eq!(csv.lines().count(), objects + 1);
}

#[test]
fn the_sweep_is_handed_in_with_its_axes_and_every_series() {
    let mut harness = harness(RaceStage::default());
    harness.get_by_label("Sweep…").click();
    harness.run_steps(3);
    harness.state_mut().serve();
    harness.run_steps(3);
    let svg = handed_picture(&mut harness, "sweep");
    for words in [">RTT<", ">page time<", " ms<", " s<", ">serial<", ">HTTP/2<"] {
        assert!(svg.contains(words), "{words} in {svg}");
    }
    assert!(svg.contains("<title>Page time over RTT"));
    let csv = handed_table(&mut harness, "sweep");
    assert!(csv.starts_with("RTT (ms),serial measured (s),serial formula (s),"), "{csv}");
    assert!(csv.lines().count() > 8, "{csv}");
}
