//! What lasts from run to run, what a trial leaves, and what the lab's calendar does meanwhile.

use std::time::{Duration, SystemTime};

use super::{
    browse::{self, Browse},
    live_lab::LiveLab,
    page_load::{self, PageLoad},
    resolve::{self, Resolve},
    runner::{self, Options},
    setting::{Setting, WorldChoice},
    store_status::{StorePlace, StoreStatus},
    stores::{SharedStore, Stores},
};
use crate::{
    lab::{CACHE_TABLE, LabFiles},
    net::Clock,
    proto::dns::trace::QueryTransport,
    store::{ChangesOf, Date, HistoryPage, Skip, SqlQuery, Value},
};

const LOCAL: &str = "dns.poly.edu";

fn options() -> (Options, SharedStore) {
    let stores = Stores::in_memory();
    let shared = stores.of(WorldChoice::Lab).unwrap().unwrap();
    (Options { stores, ..Options::default() }, shared)
}

fn resolve(config: &resolve::Config, options: &Options) -> resolve::Report {
    runner::run::<Resolve>(config, options).unwrap().report
}

fn live() -> resolve::Config {
    resolve::Config { cold: false, ..resolve::Config::default() }
}

fn cached(shared: &SharedStore) -> Vec<Vec<Value>> {
    let sql = SqlQuery::new("SELECT name, type, records FROM cache ORDER BY name, type");
    shared.store().query(LOCAL, &sql).unwrap().rows
}

#[test]
fn what_a_live_lookup_teaches_the_local_name_server_it_knows_in_the_next_one() {
    let (options, _) = options();
    assert_eq!(resolve(&live(), &options).messages, 8, "nobody has asked before");
    let again = resolve(&live(), &options);
    assert_eq!(again.messages, 2, "the student's host asks, the local name server knows");
    assert_eq!(again.answers, ["gaia.cs.umass.edu. 3600 IN A 128.119.245.12"]);
    // Another name of the same institution needs its own server only.
    let other = resolve(&resolve::Config { name: "www.umass.edu".to_owned(), ..live() }, &options);
    assert_eq!(other.messages, 4);
}

#[test]
fn a_trial_neither_uses_nor_changes_what_lookups_taught() {
    let (options, shared) = options();
    let alone = resolve(&resolve::Config::default(), &Options::default());
    resolve(&live(), &options);
    let before = (cached(&shared), shared.store().revision().unwrap());
    let trial = resolve(&resolve::Config::default(), &options);
    assert_eq!((trial.messages, trial.steps.len(), trial.seconds), (8, alone.steps.len(), alone.seconds));
    assert_eq!((cached(&shared), shared.store().revision().unwrap()), before);
    let from = format!("from revision {} of the lab's store", before.1.0);
    assert!(trial.provenance.ends_with(&from), "{}", trial.provenance);
}

#[test]
fn a_trial_of_the_same_seed_and_revision_has_the_same_octets() {
    let (options, shared) = options();
    shared.skip(Skip::Week).unwrap();
    let load = || {
        let finished = runner::run::<PageLoad>(&page_load::Config::default(), &options).unwrap();
        format!("{:?}", finished.ledger)
    };
    assert_eq!(load(), load());
}

#[test]
fn the_calendar_goes_on_with_live_runs_and_servers_show_it() {
    let (options, shared) = options();
    assert_eq!(shared.date().unwrap(), Date::LAB_EPOCH);
    shared.skip(Skip::Day).unwrap();
    let url = url::Url::parse("http://www.someschool.edu/").unwrap();
    let config = browse::Config { url, ..browse::Config::default() };
    let finished = runner::run::<Browse>(&config, &options).unwrap();
    let visit = &finished.report.hops[0];
    let date = visit.fields.iter().find(|(name, _)| name == "Date").unwrap().1.clone();
    assert_eq!(date, "Tue, 08 Sep 2026 09:00:00 GMT");
    let past = shared.date().unwrap().since(Date::LAB_EPOCH);
    let day = Duration::from_hours(24);
    assert!(past > day && past < day + Duration::from_secs(10), "{past:?}");
    // A trial is dated the same and takes no time of the calendar's.
    let before = shared.date().unwrap();
    runner::run::<PageLoad>(&page_load::Config::default(), &options).unwrap();
    assert_eq!(shared.date().unwrap(), before);
}

#[test]
fn what_has_run_out_by_the_calendar_is_asked_for_again() {
    let (options, shared) = options();
    resolve(&live(), &options);
    shared.skip(Skip::Day).unwrap();
    // Addresses and the university's servers are forgotten after a day; who serves edu is not.
    let later = resolve(&live(), &options);
    let asked: Vec<&str> =
        later.steps.iter().filter(|step| step.over != QueryTransport::Cache).map(|step| step.zone.as_str()).collect();
    assert_eq!(asked[1], "edu.", "{asked:?}");
    shared.skip(Skip::Year).unwrap();
    assert_eq!(resolve(&live(), &options).messages, 8);
}

#[test]
fn a_flush_and_a_reset_make_it_forget() {
    let (options, shared) = options();
    resolve(&live(), &options);
    assert!(!cached(&shared).is_empty());
    shared.reset(Some(LOCAL)).unwrap();
    assert!(cached(&shared).is_empty());
    assert_eq!(resolve(&live(), &options).messages, 8);
    shared.reset(None).unwrap();
    assert_eq!(resolve(&live(), &options).messages, 8);
    let unknown = shared.reset(Some("dns.example.net")).unwrap_err();
    assert!(unknown.to_string().contains("dns.example.net"), "{unknown}");
}

#[test]
fn every_row_says_which_run_wrote_it_and_when() {
    let (options, shared) = options();
    resolve(&live(), &options);
    let changes = shared.store().changes(&ChangesOf::Table(LOCAL, CACHE_TABLE), HistoryPage::default()).unwrap();
    let run = changes[0].run.unwrap();
    let sql = format!("SELECT experiment FROM runs WHERE number = {run}");
    let runs = shared.store().query("runs", &SqlQuery::new(&sql)).unwrap();
    assert_eq!(runs.rows, [[Value::Text("resolve".to_owned())]]);
    assert!(changes.iter().all(|change| change.run == Some(run) && change.date >= Date::LAB_EPOCH));
    assert!(changes.iter().all(|change| change.why.contains("looked")), "{:?}", changes[0].why);
}

#[test]
fn the_published_lab_and_live_runs_know_the_same() {
    let (options, shared) = options();
    resolve(&live(), &options);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let clock = Clock::real();
        let lab = LiveLab::open(&clock, &LabFiles::embedded(), &Setting::default(), &options.stores).unwrap();
        let remembered = |lab: &LiveLab| {
            let (_, local) = lab.lab().naming().local().unwrap();
            local.resolver().memory().cache.iter(clock.now()).count()
        };
        let at_first = remembered(&lab);
        assert!(at_first > 3);
        // What a live run learns meanwhile the published server knows at once.
        let other = resolve::Config { name: "www.networkutopia.com".to_owned(), ..live() };
        let kept = tokio::select! {
            () = lab.keep() => unreachable!("it goes on for as long as it is awaited"),
            learned = tokio::task::spawn_blocking(move || resolve(&other, &options)) => learned.unwrap(),
        };
        assert!(kept.messages > 2);
        let recalled = async {
            while remembered(&lab) <= at_first {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! { () = lab.keep() => {}, () = recalled => {} }
        // A year later it is all forgotten, though its timers have not moved.
        let date = clock.date();
        shared.skip(Skip::Year).unwrap();
        assert!(clock.date() >= date + Skip::Year.duration());
        let forgotten = async {
            while remembered(&lab) > 1 {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! { () = lab.keep() => {}, () = forgotten => {} }
        lab.close();
    });
}

#[test]
fn the_calendar_counts_real_time_once_however_many_labs_run() {
    let (_, shared) = options();
    let (first, second) = (Clock::real(), Clock::real());
    let begin = first.now();
    let uses = (shared.in_real_time(&first).unwrap(), shared.in_real_time(&second).unwrap());
    let real_time = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    real_time.block_on(first.sleep(Duration::from_millis(30)));
    let date = shared.date().unwrap();
    assert!(SystemTime::from(date) <= first.date().min(second.date()));
    drop(uses);
    let past = shared.date().unwrap().since(Date::LAB_EPOCH);
    let took = first.now().saturating_sub(begin);
    assert!(past >= Duration::from_millis(30) && past <= took, "{past:?} in {took:?}");
}

#[test]
fn a_folder_is_opened_once_and_the_second_program_works_on_a_copy() {
    let folder = std::env::temp_dir().join(format!("roundtrip-live-{}", std::process::id()));
    let first = Options { stores: Stores::in_folder(&folder), ..Options::default() };
    resolve(&live(), &first);
    let second = Options { stores: Stores::in_folder(&folder), ..Options::default() };
    assert_eq!(resolve(&live(), &second).messages, 2, "the copy has what the file has");
    let place =
        |options: &Options| StoreStatus::of(&options.stores.of(WorldChoice::Lab).unwrap().unwrap()).unwrap().place;
    assert_eq!(place(&second), StorePlace::Copy { held_by: Some(std::process::id()) });
    assert!(matches!(place(&first), StorePlace::File(_)));
    let other = resolve::Config { name: "www.networkutopia.com".to_owned(), ..live() };
    assert!(resolve(&other, &second).messages > 2);
    drop(second);
    assert!(resolve(&other, &first).messages > 2, "what the copy learned is gone with it");
    drop(first);
    let third = Options { stores: Stores::in_folder(&folder), ..Options::default() };
    assert_eq!(resolve(&other, &third).messages, 2, "what the first one learned is in the file");
    drop(third);
    std::fs::remove_dir_all(folder).unwrap();
}
