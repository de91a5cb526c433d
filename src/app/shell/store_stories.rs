//! What lasts in the lab, as the window shows it: the calendar's date, what each server keeps, and what is wrong with the file.

use egui_kittest::{Harness, kittest::Queryable as _};

use super::{
    EngineRequest, SavedWindow, Shell, Update,
    stories::{shell, window},
};
use crate::{
    app::script::ScriptedEngine,
    engine::{
        bridge::StoreRequest,
        store_status::{OwnerRows, StorePlace, StoreStatus},
    },
    store::{Date, Revision, Skip},
};

fn status(place: StorePlace) -> StoreStatus {
    let owner = |name: &str, title: &str, rows| OwnerRows {
        name: name.to_owned(),
        title: title.to_owned(),
        tables: vec![("table".to_owned(), rows)],
    };
    StoreStatus {
        place,
        date: Date::LAB_EPOCH,
        revision: Revision(12),
        owners: vec![
            owner("calendar", "The lab's calendar", 1),
            owner("dns.poly.edu", "The local name server's cache", 6),
            owner("echo.lab", "The echo server's visitors", 1),
        ],
        set_aside: None,
        failure: None,
    }
}

/// A window that has been told what the store holds.
fn window_with(status: StoreStatus) -> (Harness<'static, Option<Shell>>, ScriptedEngine) {
    let (mut harness, script) = window(SavedWindow::default());
    script.0.borrow_mut().to_say.push(Update::Store(Box::new(status)));
    harness.run_steps(4);
    (harness, script)
}

fn file() -> StorePlace {
    StorePlace::File("lab.sqlite".to_owned())
}

fn store_requests(script: &ScriptedEngine) -> Vec<StoreRequest> {
    let asked = std::mem::take(&mut script.0.borrow_mut().asked);
    let of_store = |request| if let EngineRequest::Store(request) = request { Some(request) } else { None };
    asked.into_iter().filter_map(of_store).filter(|request| *request != StoreRequest::Look).collect()
}

#[test]
fn the_date_is_shown_and_skipped_ahead() {
    let (mut harness, script) = window_with(status(file()));
    harness.get_by_label("Lab calendar: 7 September 2026").click();
    harness.run_steps(3);
    for (words, skip) in [("a day", Skip::Day), ("a week", Skip::Week), ("a year", Skip::Year)] {
        harness.get_by_label(words).click();
        harness.run_steps(2);
        assert_eq!(store_requests(&script), [StoreRequest::Skip(skip)]);
    }
    let later = StoreStatus { date: Date::LAB_EPOCH.after(Skip::Week.duration()).unwrap(), ..status(file()) };
    script.0.borrow_mut().to_say.push(Update::Store(Box::new(later)));
    harness.run_steps(3);
    harness.get_by_label("Lab calendar: 14 September 2026");
}

#[test]
fn one_server_or_all_of_the_lab_is_reset() {
    let (mut harness, script) = window_with(status(file()));
    harness.get_by_label_contains("Lab calendar:").click();
    harness.run_steps(3);
    harness.get_by_label("Reset The echo server's visitors").click();
    harness.run_steps(2);
    assert_eq!(store_requests(&script), [StoreRequest::Reset(Some("echo.lab".to_owned()))]);
    assert!(harness.query_by_label("Reset The lab's calendar").is_none(), "the store's own tables are no server's");
    harness.get_by_label("Reset the lab").click();
    harness.run_steps(2);
    assert_eq!(store_requests(&script), [StoreRequest::Reset(None)]);
}

#[test]
fn a_second_window_says_what_it_can_and_cannot_do() {
    let (mut harness, _) = window_with(status(StorePlace::Copy { held_by: Some(4711) }));
    harness.get_by_label_contains("Another Roundtrip is open (process 4711)");
    harness.get_by_label("dismiss").click();
    harness.run_steps(3);
    assert!(harness.query_by_label_contains("Another Roundtrip").is_none(), "it is said once");
    harness.get_by_label_contains("Lab calendar:").click();
    harness.run_steps(3);
    harness.get_by_label_contains("A copy: another Roundtrip has the file.");
}

#[test]
fn a_damaged_file_that_was_set_aside_is_told() {
    let damaged = StoreStatus { set_aside: Some("lab.damaged-1.sqlite".to_owned()), ..status(file()) };
    let (harness, _) = window_with(damaged);
    harness.get_by_label_contains("was damaged and has been set aside");
    harness.get_by_label_contains("lab.damaged-1.sqlite");
}

#[test]
fn the_date_costs_an_idle_window_nothing() {
    let (mut harness, script) = window_with(status(file()));
    script.0.borrow_mut().asked.clear();
    harness.run();
    assert!(script.0.borrow().asked.is_empty(), "nothing more is asked while nothing happens");
    assert!(shell(&mut harness).actions.is_empty());
}
