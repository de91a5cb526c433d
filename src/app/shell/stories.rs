//! What a student does around the tabs, and what follows.

use egui::{Key, Modifiers};
use egui_kittest::{
    Harness,
    kittest::{NodeT as _, Queryable as _},
};

use super::{Action, EngineRequest, SavedWindow, Shell, Update, tabs};
use crate::{
    app::{notices::Notice, script::ScriptedEngine},
    engine::{
        bridge::{PublishedService, RunId},
        page_load::{Config, PageLoad, Strategy},
        runner,
        setting::WorldChoice,
    },
};

pub(super) fn window(saved: SavedWindow) -> (Harness<'static, Option<Shell>>, ScriptedEngine) {
    let script = ScriptedEngine::default();
    let engine = script.clone();
    let paint = move |ui: &mut egui::Ui, shell: &mut Option<Shell>| {
        let shell = shell.get_or_insert_with(|| Shell::new(ui.ctx(), Box::new(engine.clone()), &saved, None));
        shell.between_frames(ui.ctx());
        shell.paint(ui);
    };
    let mut harness = Harness::builder()
        .with_size([1100.0, 640.0])
        .with_context_setup(crate::app::theme::install)
        .build_ui_state(paint, None);
    harness.run();
    (harness, script)
}

pub(super) fn shell<'a>(harness: &'a mut Harness<'_, Option<Shell>>) -> &'a mut Shell {
    harness.state_mut().as_mut().unwrap()
}

#[test]
fn shows_the_tabs_the_world_and_the_path() {
    let (harness, _) = window(SavedWindow::default());
    for label in ["Browse", "Page load", "World: Lab Internet", "World: This machine's Internet", "Menu"] {
        harness.get_by_label(label);
    }
    harness.get_by_label("Path 100 ms · 10 Mb/s");
}

#[test]
fn changes_tabs_by_click_and_by_key() {
    let (mut harness, _) = window(SavedWindow::default());
    harness.get_by_label("Browse").click();
    harness.run();
    assert_eq!(shell(&mut harness).shown, tabs::browse::TAB.id);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Num2);
    harness.run();
    assert_eq!(shell(&mut harness).shown, tabs::page_load::TAB.id);
}

#[test]
fn tells_the_engine_of_another_world_and_forbids_the_path_there() {
    let (mut harness, script) = window(SavedWindow::default());
    harness.get_by_label("World: This machine's Internet").click();
    harness.run();
    let told =
        script.0.borrow().asked.iter().any(
            |request| matches!(request, EngineRequest::Setting(setting) if setting.world == WorldChoice::Internet),
        );
    assert!(told);
    assert!(harness.get_by_label("Path as it is").accesskit_node().is_disabled());
}

#[test]
fn opens_the_path_and_takes_a_preset() {
    let (mut harness, script) = window(SavedWindow::default());
    harness.get_by_label("Path 100 ms · 10 Mb/s").click();
    harness.run();
    harness.get_by_label("Campus").click();
    harness.run();
    harness.get_by_label("Path 2 ms · 100 Mb/s");
    let campus = std::time::Duration::from_millis(2);
    let told = script
        .0
        .borrow()
        .asked
        .iter()
        .any(|request| matches!(request, EngineRequest::Setting(setting) if setting.path.rtt == campus));
    assert!(told);
}

#[test]
fn switches_the_gateway_and_shows_its_ports() {
    let (mut harness, script) = window(SavedWindow::default());
    harness.get_by_label("gateway off").click();
    harness.run();
    assert!(matches!(script.0.borrow().asked.last(), Some(EngineRequest::Gateway(true))));
    let published = PublishedService {
        host: "www.someschool.edu".to_owned(),
        service: "http".to_owned(),
        port: 80,
        ip_port: ([127, 0, 0, 1], 8080).into(),
        connections: true,
        datagrams: false,
    };
    script.0.borrow_mut().to_say.push(Update::Gateway(vec![published]));
    harness.run_steps(2);
    harness.get_by_label("gateway: www.someschool.edu at 127.0.0.1:8080").click();
    harness.run();
    harness.get_by_label("gateway off");
}

#[test]
fn shows_what_goes_through_the_gateway_when_asked_to() {
    let (mut harness, script) = window(SavedWindow::default());
    harness.get_by_label("gateway off").click();
    harness.run();
    let ledger = crate::app::parts::samples::Sample::persistent(3, 1000).ledger;
    script.0.borrow_mut().to_say.push(Update::Entries(RunId::GATEWAY, ledger.entries().collect()));
    harness.run_steps(2);
    let flows_are_shown = |harness: &Harness<'_, Option<Shell>>| {
        let toggled = harness.get_by_label("View: Flows").accesskit_node().toggled();
        toggled == Some(egui::accesskit::Toggled::True)
    };
    assert!(!flows_are_shown(&harness), "the tab's own drawer shows its ladder");
    harness.get_by_label("show its traffic").click();
    harness.run_steps(3);
    assert!(flows_are_shown(&harness));
    harness.get_by_label("back to this tab's traffic").click();
    harness.run_steps(3);
    assert!(!flows_are_shown(&harness));
}

#[test]
fn shows_a_busy_engine_as_a_notice_that_can_be_dismissed() {
    let (mut harness, script) = window(SavedWindow::default());
    script.0.borrow_mut().busy = true;
    shell(&mut harness).actions.push(Action::Gateway(true));
    harness.run_steps(3);
    harness.get_by_label("the engine is busy: try again in a moment");
    harness.get_by_label("dismiss").click();
    harness.run_steps(3);
    assert!(harness.query_by_label("dismiss").is_none());
}

#[test]
fn explains_itself_on_f1_and_closes_that_on_escape() {
    let (mut harness, _) = window(SavedWindow::default());
    harness.key_press(Key::F1);
    harness.run();
    harness.get_by_label("Shortcuts and terms");
    harness.key_press(Key::Escape);
    harness.run();
    assert!(harness.query_by_label("Shortcuts and terms").is_none());
}

#[test]
fn is_the_same_again_after_a_restart() {
    let (mut harness, _) = window(SavedWindow::default());
    harness.get_by_label("Browse").click();
    harness.get_by_label("World: This machine's Internet").click();
    harness.run();
    let ctx = harness.ctx.clone();
    let saved = shell(&mut harness).saved(&ctx);
    let (mut again, _) = window(saved.clone());
    let ctx = again.ctx.clone();
    let second = shell(&mut again).saved(&ctx);
    assert_eq!(saved, second);
    assert_eq!(second.shown, tabs::browse::TAB.id.0);
}

/// A window whose engine is real: what it asks for is done in the lab's virtual time.
fn living_window() -> Harness<'static, Option<Shell>> {
    let script = ScriptedEngine::default();
    let paint = move |ui: &mut egui::Ui, shell: &mut Option<Shell>| {
        let engine = Box::new(script.clone());
        let shell = shell.get_or_insert_with(|| Shell::new(ui.ctx(), engine, &SavedWindow::default(), None));
        script.serve();
        shell.between_frames(ui.ctx());
        shell.paint(ui);
    };
    let mut harness = Harness::builder()
        .with_size([1440.0, 900.0])
        .with_step_dt(0.02)
        .with_context_setup(crate::app::theme::install)
        .build_ui_state(paint, None);
    harness.run_steps(6);
    harness
}

#[test]
fn shows_a_finished_race_and_its_record_from_the_start() {
    let mut harness = living_window();
    harness.get_by_label_contains("Persistent: 2.005 s measured, 2.005 s by the formula");
    harness.get_by_label("View: Ladder");
    harness.get_by_label_contains("30 connections · 66 exchanges");
    harness.run();
    let races = shell(&mut harness).runs.iter().filter(|(job, _)| *job != RunId::GATEWAY).count();
    assert_eq!(races, 1, "idle: nothing more is run or painted");
}

#[test]
fn plays_the_race_when_the_space_bar_is_pressed() {
    let mut harness = living_window();
    assert_eq!(shell(&mut harness).drawers.moment(tabs::page_load::TAB.id), None);
    harness.key_press(Key::Space);
    harness.run_steps(4);
    let early = shell(&mut harness).drawers.moment(tabs::page_load::TAB.id).expect("it plays from the beginning");
    harness.run_steps(4);
    let later = shell(&mut harness).drawers.moment(tabs::page_load::TAB.id).expect("it plays on");
    assert!(early < later, "{early:?} {later:?}");
    harness.key_press(Key::Space);
    harness.run();
}

#[test]
fn saves_a_run_and_opens_it_again() {
    let folder = std::env::temp_dir().join(format!("roundtrip-shell-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("race.roundtrip");
    let mut harness = living_window();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::S);
    harness.run_steps(3);
    harness.get_by_label("Save this run");
    harness.get_by_label("Cancel").click();
    harness.run_steps(3);
    let job = shell(&mut harness).shown_tab().and_then(super::Tab::subject).unwrap().job;
    shell(&mut harness).actions.push(Action::Save(job, path.clone()));
    until(&mut harness, |harness| harness.query_by_label_contains("Saved as").is_some());
    shell(&mut harness).actions.push(Action::Open(path));
    until(&mut harness, |harness| {
        let shell = harness.state().as_ref().unwrap();
        shell.shown_tab().and_then(super::Tab::subject).is_some_and(|subject| subject.job != job)
    });
    harness.run_steps(3);
    harness.get_by_label_contains("Persistent: 2.005 s measured, 2.005 s by the formula");
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn opens_on_a_saved_run_that_was_named_at_the_start() {
    let folder = std::env::temp_dir().join(format!("roundtrip-shell-named-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("serial.roundtrip");
    let config = Config { strategies: vec![Strategy::Serial], ..Config::default() };
    let finished = runner::run::<PageLoad>(&config, &runner::Options::default()).unwrap();
    finished.saved().unwrap().save(&path).unwrap();
    let script = ScriptedEngine::default();
    let (engine, named) = (script.clone(), path.clone());
    let saved = SavedWindow { shown: tabs::browse::TAB.id.0.to_owned(), ..SavedWindow::default() };
    let paint = move |ui: &mut egui::Ui, shell: &mut Option<Shell>| {
        let shell = shell.get_or_insert_with(|| {
            let mut shell = Shell::new(ui.ctx(), Box::new(engine.clone()), &saved, None);
            shell.open(named.clone());
            shell
        });
        shell.between_frames(ui.ctx());
        shell.paint(ui);
    };
    let mut harness = Harness::builder().with_size([1440.0, 900.0]).build_ui_state(paint, None);
    until(&mut harness, |harness| harness.state().as_ref().is_some_and(|shell| shell.shown == tabs::page_load::TAB.id));
    harness.run_steps(3);
    harness.get_by_label("Non-persistent, serial: 3.005 s measured, 3.005 s by the formula");
    std::fs::remove_dir_all(folder).unwrap();
}

/// Paints frames until another thread has done its part.
pub(super) fn until(harness: &mut Harness<'_, Option<Shell>>, done: impl Fn(&Harness<'_, Option<Shell>>) -> bool) {
    for _ in 0..5_000 {
        harness.step();
        if done(harness) {
            return;
        }
        std::thread::yield_now();
    }
    panic!("it is never done");
}

#[test]
fn says_when_a_tab_could_not_be_restored() {
    let saved = SavedWindow {
        tabs: [(tabs::page_load::TAB.id.0.to_owned(), serde_json::json!("nonsense"))].into(),
        ..SavedWindow::default()
    };
    let (mut harness, _) = window(saved);
    let told: Vec<Notice> = shell(&mut harness).chrome.notices.iter().cloned().collect();
    assert!(told.iter().any(|notice| notice.text.contains("Page load")), "{told:?}");
}
