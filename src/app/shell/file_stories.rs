//! A saved run is opened: its controls, its world and its path stand in the window, it says where it is from, and one click brings the
//! student's own settings back.

use std::{path::Path as FilePath, time::Duration};

use egui_kittest::{Harness, kittest::Queryable as _};
use serde_json::{Value, json};

use super::{
    EngineRequest, KeyCommand, Shell,
    stories::{shell, window},
};
use crate::{
    app::{
        files,
        script::{ScriptedEngine, run_here},
        state::SavedWindow,
    },
    engine::{
        bridge::{RunEnd, RunId, Update},
        experiments::AnyConfig,
        setting::{Setting, WorldChoice},
    },
    net::{Path, TcpModel},
    wire::{Ledger, save::SavedRun},
};

/// A path and a lab that nobody has by default.
fn elsewhere() -> Value {
    let setting = Setting {
        world: WorldChoice::Lab,
        path: Path { rtt: Duration::from_millis(37), seed: 77, tcp: TcpModel::Realistic, ..Path::default() },
        ..Setting::default()
    };
    let mut setting = serde_json::to_value(setting).unwrap();
    setting["off"] = json!([{ "host": "gaia.cs.umass.edu", "port": null }]);
    setting
}

/// Controls of each experiment that differ from what they are by default. An experiment that is new in the table has to say its own.
fn changes(name: &str) -> &'static [(&'static str, &'static str)] {
    match name {
        "browse" => &[
            ("/url", "\"http://www.someschool.edu/\""),
            ("/method", "\"POST\""),
            ("/content", "\"a=b\""),
            ("/fields", "[[\"Accept\", \"\"], [\"X\", \"1\"]]"),
            ("/objects", "\"persistent\""),
            ("/parallel", "1"),
        ],
        "page-load" => &[
            ("/page", "{\"generated\": {\"objects\": 3, \"object_octets\": 2000}}"),
            ("/strategies", "[\"serial\", \"http2\"]"),
            ("/parallel", "3"),
            ("/resolve_names", "true"),
        ],
        "sweep" => &[
            ("/base/page", "{\"generated\": {\"objects\": 3, \"object_octets\": 2000}}"),
            ("/base/strategies", "[\"persistent\"]"),
            ("/axis", "\"rate-mbps\""),
            ("/values", "[1.0, 2.0, 7.0]"),
        ],
        "resolve" => &[
            ("/name", "\"gaia.cs.umass.edu\""),
            ("/kinds", "[\"MX\", \"A\"]"),
            ("/server", "\"dns.nyu.edu\""),
            ("/mode", "\"stub\""),
            ("/minimise", "true"),
            ("/before", "[{\"wait\": {\"seconds\": 60}}]"),
        ],
        "dns-message" => &[("/draft/id", "7"), ("/over", "\"tcp\""), ("/server", "\"a.root-servers.lab\"")],
        "name-day" => &[("/lookups", "200"), ("/hours", "2"), ("/alpha", "0.5"), ("/ttl", "60"), ("/central", "true")],
        "name-attack" => &[("/attack", "{\"flood\": {\"level\": \"tld\"}}"), ("/trials", "3")],
        "echo" => &[("/messages", "2"), ("/text", "\"again\"")],
        other => panic!("say what of {other} is changed, so that it is seen to be there again"),
    }
}

/// Experiments that no tab shows: the record of one stands in the drawer.
const COMMAND_ONLY: [&str; 1] = ["echo"];

/// A run of the experiment, made by somebody else on another path.
fn saved_run(default: &AnyConfig) -> (AnyConfig, SavedRun) {
    let name = default.name();
    let mut json = default.json();
    for (member, value) in changes(name) {
        *json.pointer_mut(member).unwrap_or_else(|| panic!("{name} has {member}")) =
            serde_json::from_str(value).unwrap();
    }
    let mut setting = elsewhere();
    let place = if name == "sweep" { "/base/setting" } else { "/setting" };
    let own = json.pointer_mut(place).unwrap();
    if own.get("world").is_none() {
        setting.as_object_mut().unwrap().remove("world");
    }
    *own = setting;
    let config = AnyConfig::read(name, &json).unwrap_or_else(|error| panic!("{name}: {error:?}"));
    let (mut ledger, mut end) = (Ledger::default(), None);
    for update in run_here(RunId(1), &config) {
        match update {
            Update::Entries(_, entries) => entries.into_iter().for_each(|entry| ledger.apply(entry)),
            Update::Ended(_, told) => end = Some(told),
            _ => {}
        }
    }
    let Some(RunEnd::Done(report)) = end else { panic!("{name}: {end:?}") };
    (config, report.saved(ledger).unwrap())
}

fn opens(harness: &mut Harness<'static, Option<Shell>>, saved: SavedRun, name: &str) {
    let record = files::from_saved(saved, FilePath::new(name)).unwrap();
    shell(harness).adopt(record);
    // Longer than settings have to rest before something is run by itself.
    harness.run_steps(40);
}

fn started(script: &ScriptedEngine) -> Vec<AnyConfig> {
    let asked = &script.0.borrow().asked;
    asked
        .iter()
        .filter_map(|request| if let EngineRequest::Run(_, config) = request { Some(config.clone()) } else { None })
        .collect()
}

#[test]
fn every_experiment_opens_with_its_controls_its_world_and_its_path() {
    let mut otherwise = Vec::new();
    for default in AnyConfig::all() {
        let name = default.name();
        let (config, saved) = saved_run(&default);
        let (mut harness, script) = window(SavedWindow::default());
        let own = shell(&mut harness).setting.clone();
        let before: Vec<Value> = shell(&mut harness).tabs.iter().map(|open| open.tab.save()).collect();
        let so_far = started(&script).len();
        opens(&mut harness, saved, "theirs.roundtrip");

        let mut check = |holds: bool, what: &str| {
            if !holds {
                otherwise.push(format!("{name}: {what}"));
            }
        };
        let says = "theirs.roundtrip. World, path and controls are the file's.";
        check(harness.query_by_label_contains(says).is_some(), "it is not said where it is from");
        check(shell(&mut harness).setting == config.place().setting, "world and path are not the file's");
        let by_itself = started(&script).split_off(so_far);
        check(by_itself.iter().all(|started| started.name() != name), "it is run again by itself");
        if !COMMAND_ONLY.contains(&name) {
            check(shell(&mut harness).chrome.watched.is_none(), "no tab shows it");
            let ctx = harness.ctx.clone();
            shell(&mut harness).key(&ctx, KeyCommand::Run);
            harness.run_steps(2);
            let asked = started(&script).pop();
            check(
                asked.as_ref() == Some(&config),
                &format!("asked for is not what the file has:\n{config:?}\n{asked:?}"),
            );
        }

        harness.get_by_label("Back to my own settings").click();
        harness.run_steps(3);
        check(harness.query_by_label_contains("theirs.roundtrip").is_none(), "the file is still named");
        check(shell(&mut harness).setting == own, "world and path are not the student's");
        let after: Vec<Value> = shell(&mut harness).tabs.iter().map(|open| open.tab.save()).collect();
        check(after == before, "controls are not as they were");
    }
    assert!(otherwise.is_empty(), "{}", otherwise.join("\n"));
}
