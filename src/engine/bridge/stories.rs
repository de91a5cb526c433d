//! The bridge as the window uses it, with the lab behind it.

use std::{
    sync::{Condvar, Mutex},
    time::Duration,
};

use url::Url;

use super::*;
use crate::{
    engine::{
        browse::{self, Browse},
        name_attack::{self, NameAttack},
        name_day::{self, NameDay},
        page_load::{self, PageChoice, PageLoad, Strategy, Sweep, sweep},
    },
    wire::{FlowState, Ledger},
};

/// A window: woken when there is something to take in.
#[derive(Default)]
struct TestWindow {
    woken: Mutex<bool>,
    changed: Condvar,
}

impl Wake for TestWindow {
    fn wake(self: Arc<Self>) {
        *self.woken.lock().unwrap() = true;
        self.changed.notify_all();
    }
}

impl TestWindow {
    fn wait(&self) {
        let woken = self.woken.lock().unwrap();
        let (mut woken, limit) = self.changed.wait_timeout_while(woken, PATIENCE, |woken| !*woken).unwrap();
        assert!(!limit.timed_out(), "the window was not woken");
        *woken = false;
    }
}

/// Real time a test waits for a thread before it fails.
const PATIENCE: Duration = Duration::from_mins(1);

fn open() -> (Arc<TestWindow>, Bridge) {
    let window = Arc::new(TestWindow::default());
    let bridge = Bridge::start(Waker::from(Arc::clone(&window)), LabFiles::embedded(), Stores::default()).unwrap();
    (window, bridge)
}

/// Everything told until `enough`.
fn until(window: &TestWindow, bridge: &mut Bridge, mut enough: impl FnMut(&Update) -> bool) -> Vec<Update> {
    let mut all = Vec::new();
    loop {
        window.wait();
        let news = bridge.drain();
        let done = news.iter().any(&mut enough);
        all.extend(news);
        if done {
            return all;
        }
    }
}

fn ended(job: RunId) -> impl FnMut(&Update) -> bool {
    move |update| matches!(update, Update::Ended(ended, _) if *ended == job)
}

/// The report the run ended with.
fn report<E: ListedExperiment>(news: &[Update]) -> &E::Report {
    let Some(Update::Ended(_, end)) = news.last() else { panic!("the end comes last") };
    end.report::<E>().unwrap_or_else(|| panic!("{end:?}"))
}

#[test]
fn a_visit_is_told_in_order_and_ends_once() {
    let (window, mut bridge) = open();
    let job = RunId(7);
    bridge.ask(EngineRequest::run::<Browse>(job, browse::Config::default())).unwrap();
    let news = until(&window, &mut bridge, ended(job));
    let mut ledger = Ledger::default();
    let mut exchanges = 0;
    for update in &news {
        match update {
            Update::Entries(of, entries) => {
                assert_eq!(*of, job);
                entries.iter().cloned().for_each(|entry| ledger.apply(entry));
            }
            Update::News(_, AnyNews::Browse(exchange)) => {
                exchanges += 1;
                let flow = ledger.flow(exchange.timing.connection.unwrap());
                assert!(flow.is_some(), "an exchange was told before its connection");
            }
            Update::Progress(..) | Update::Ended(..) => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(exchanges, 11);
    let report = report::<Browse>(&news);
    assert_eq!((report.hops.len(), report.objects.len()), (1, 10));
    assert!(ledger.flows().iter().all(|flow| flow.state == FlowState::Closed));
    assert!(bridge.drain().is_empty());
}

#[test]
fn a_long_race_can_be_stopped() {
    let (window, mut bridge) = open();
    let job = RunId(1);
    let page = PageChoice::Generated { objects: 1000, object_octets: 100_000 };
    let config = page_load::Config { page, strategies: vec![Strategy::Serial; 100], ..page_load::Config::default() };
    bridge.ask(EngineRequest::run::<PageLoad>(job, config)).unwrap();
    until(&window, &mut bridge, |update| matches!(update, Update::Progress(..)));
    bridge.ask(EngineRequest::Stop(job)).unwrap();
    let news = until(&window, &mut bridge, ended(job));
    assert!(matches!(news.last(), Some(Update::Ended(_, RunEnd::Stopped))));
}

#[test]
fn a_sweep_tells_its_points_in_order() {
    let (window, mut bridge) = open();
    let job = RunId(1);
    let page = PageChoice::Generated { objects: 3, object_octets: 1000 };
    let base = page_load::Config { page, ..page_load::Config::default() };
    let sweep = sweep::Config { base, axis: sweep::Axis::RttMillis, values: vec![10.0, 50.0, 100.0] };
    bridge.ask(EngineRequest::run::<Sweep>(job, sweep)).unwrap();
    let news = until(&window, &mut bridge, ended(job));
    let points: Vec<_> = news
        .iter()
        .filter_map(|update| match update {
            Update::News(_, AnyNews::Sweep(point)) => Some(point),
            _ => None,
        })
        .collect();
    assert_eq!(points.iter().map(|point| point.value).collect::<Vec<_>>(), [10.0, 50.0, 100.0]);
    assert!(
        report::<Sweep>(&news).points.iter().eq(points.iter().map(AsRef::as_ref)),
        "the report has the same points"
    );
    assert!(points.iter().all(|point| point.times.len() == 6));
    assert!(points.windows(2).all(|pair| pair[0].times[0].1 < pair[1].times[0].1), "longer RTT, longer load");
}

#[test]
fn an_attack_and_a_day_end_with_their_reports() {
    let (window, mut bridge) = open();
    let attack = name_attack::Config { trials: 3, ..name_attack::Config::default() };
    bridge.ask(EngineRequest::run::<NameAttack>(RunId(1), attack)).unwrap();
    let news = until(&window, &mut bridge, ended(RunId(1)));
    let attacked = report::<NameAttack>(&news);
    assert!(attacked.failure.is_none() && attacked.found.is_some());
    assert!(news.iter().any(|update| matches!(update, Update::Entries(..))), "the first trial is recorded");

    let day = name_day::Config { lookups: 100, hours: 2, ..name_day::Config::default() };
    bridge.ask(EngineRequest::run::<NameDay>(RunId(2), day)).unwrap();
    let news = until(&window, &mut bridge, ended(RunId(2)));
    assert_eq!(report::<NameDay>(&news).whole.lookups, 100);
    assert!(news.iter().any(|update| matches!(update, Update::Progress(..))));
}

#[test]
fn too_many_runs_are_refused() {
    let (_window, mut bridge) = open();
    for number in 0..MAX_RUNNING {
        bridge
            .ask(EngineRequest::run::<Browse>(RunId(u32::try_from(number).unwrap()), browse::Config::default()))
            .unwrap();
    }
    assert_eq!(bridge.ask(EngineRequest::run::<Browse>(RunId(99), browse::Config::default())), Err(Busy));
}

#[test]
fn dropping_it_leaves_nothing_to_wait_for() {
    let (_window, mut bridge) = open();
    let page = PageChoice::Generated { objects: 1000, object_octets: 1_000_000 };
    let config = page_load::Config { page, ..page_load::Config::default() };
    bridge.ask(EngineRequest::run::<PageLoad>(RunId(1), config)).unwrap();
    bridge.ask(EngineRequest::Gateway(true)).unwrap();
    drop(bridge);
}

#[test]
fn the_gateway_publishes_and_withdraws_the_lab() {
    let (window, mut bridge) = open();
    bridge.ask(EngineRequest::Gateway(true)).unwrap();
    let news = until(&window, &mut bridge, |update| matches!(update, Update::Gateway(_)));
    let published = news.into_iter().find_map(|update| match update {
        Update::Gateway(published) => Some(published),
        _ => None,
    });
    let published = published.unwrap();
    let school = published.iter().find(|service| service.host == "www.someschool.edu" && service.service == "http");
    let ip_port = school.unwrap().ip_port;
    let mut config = browse::Config::at(Url::parse(&format!("http://{ip_port}/someDepartment/home.index")).unwrap());
    config.setting.world = crate::engine::setting::WorldChoice::Internet;
    bridge.ask(EngineRequest::run::<Browse>(RunId(1), config)).unwrap();
    let news = until(&window, &mut bridge, ended(RunId(1)));
    let from_outside = news.iter().any(|update| matches!(update, Update::Entries(RunId::GATEWAY, _)));
    assert!(from_outside, "what comes through the gateway is recorded");
    assert_eq!(report::<Browse>(&news).failure, None);
    bridge.ask(EngineRequest::Gateway(false)).unwrap();
    until(&window, &mut bridge, |update| matches!(update, Update::Gateway(none) if none.is_empty()));
    assert!(std::net::TcpStream::connect(ip_port).is_err(), "the port is closed");
}

#[test]
fn a_service_gets_the_port_that_was_asked_for() {
    let free = || loop {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        if std::net::UdpSocket::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    };
    let (first, second) = (free(), free());
    let echo = |local| PortChoice { host: "echo.lab".to_owned(), port: 12_000, local };
    let port_of = |news: Vec<Update>| {
        let published = news.into_iter().find_map(|update| match update {
            Update::Gateway(published) => Some(published),
            _ => None,
        });
        let published = published.unwrap();
        published.iter().find(|service| service.host == "echo.lab").unwrap().ip_port.port()
    };
    let (window, mut bridge) = open();
    bridge.ask(EngineRequest::PublishAt(echo(first))).unwrap();
    bridge.ask(EngineRequest::Gateway(true)).unwrap();
    let is_answer = |update: &Update| matches!(update, Update::Gateway(_) | Update::GatewayFailed(_));
    assert_eq!(port_of(until(&window, &mut bridge, is_answer)), first);
    bridge.ask(EngineRequest::PublishAt(echo(second))).unwrap();
    assert_eq!(port_of(until(&window, &mut bridge, is_answer)), second);
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    bridge.ask(EngineRequest::PublishAt(echo(taken.local_addr().unwrap().port()))).unwrap();
    let news = until(&window, &mut bridge, is_answer);
    let failed = news.iter().find_map(|update| match update {
        Update::GatewayFailed(failure) => Some(failure.summary.clone()),
        _ => None,
    });
    assert!(failed.is_some_and(|summary| summary.contains("where echo.lab echo belongs, is taken")), "{news:?}");
}
