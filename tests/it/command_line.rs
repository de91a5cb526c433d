//! A student at the terminal: what they type, what they read, how the program ends.

use std::process::{Command, Output};

use serde_json::Value;

fn roundtrip(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_roundtrip"));
    command.args(args).env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY").env_remove("WAYLAND_SOCKET");
    command.output().expect("the program starts")
}

fn json(args: &[&str]) -> Value {
    let output = roundtrip(args);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON on standard output")
}

#[test]
fn the_race_gives_the_textbooks_times_to_the_microsecond() {
    let report = json(&["page-load", "--rtt", "100ms", "--rate", "unlimited", "--json"]);
    assert_eq!(report["experiment"], "page-load");
    let expected = [
        ("serial", 2.2, 11),
        ("parallel", 0.6, 11),
        ("persistent", 1.2, 1),
        ("persistent-parallel", 0.5, 5),
        ("pipelined", 0.3, 1),
        ("http2", 0.3, 1),
    ];
    let runs = report["runs"].as_array().expect("runs");
    assert_eq!(runs.len(), expected.len());
    for (run, (strategy, seconds, connections)) in runs.iter().zip(expected) {
        assert_eq!(run["strategy"], strategy);
        let measured = run["seconds"].as_f64().expect("seconds");
        assert!((measured - seconds).abs() < 1e-6, "{strategy}: {measured}");
        assert!((run["theory_seconds"].as_f64().expect("theory") - seconds).abs() < 1e-6, "{strategy}");
        assert_eq!(run["connections"], connections, "{strategy}");
        assert_eq!(run["requests"], 11, "{strategy}");
        assert!(run["octets_received"].as_u64().expect("octets") > 1_000_000, "{strategy}");
    }
}

#[test]
fn ten_connections_at_once_take_four_round_trips() {
    let report = json(&["page-load", "--rate", "unlimited", "--strategy", "parallel", "--parallel", "10", "--json"]);
    let seconds = report["runs"][0]["seconds"].as_f64().expect("seconds");
    assert!((seconds - 0.4).abs() < 1e-6, "{seconds}");
}

#[test]
fn a_link_of_150_bits_a_second_takes_what_the_formula_says() {
    let args = ["page-load", "--rate", "150bps", "--objects", "10", "--object-size", "12500B", "--strategy", "serial"];
    let report = json(&[&args[..], &["--json"]].concat());
    let run = &report["runs"][0];
    let (seconds, theory) =
        (run["seconds"].as_f64().expect("seconds"), run["theory_seconds"].as_f64().expect("theory"));
    assert!(seconds > 10.0 * 12_500.0 * 8.0 / 150.0, "{seconds}");
    assert!((seconds / theory - 1.0).abs() < 0.01, "{seconds}, the formula says {theory}");
}

#[test]
fn modern_tcp_can_be_chosen() {
    let seconds = |tcp: &str| {
        let report = json(&["page-load", "--tcp", tcp, "--strategy", "persistent-parallel", "--json"]);
        assert_eq!(report["config"]["setting"]["path"]["tcp"], tcp);
        report["runs"][0]["seconds"].as_f64().expect("seconds")
    };
    assert!(seconds("modern") < seconds("realistic"), "CUBIC leaves slow start before the queue overflows");
}

#[test]
fn text_fits_eighty_columns() {
    for args in [&["page-load"][..], &["page-load", "--tcp", "realistic"], &["--help"], &["page-load", "--help"]] {
        let text = String::from_utf8(roundtrip(args).stdout).expect("text");
        let wide: Vec<_> = text.lines().filter(|line| line.chars().count() > 80).collect();
        assert!(wide.is_empty(), "{args:?}: {wide:#?}");
    }
}

#[test]
fn exit_status_tells_whose_move_it_is() {
    let status = |args: &[&str]| roundtrip(args).status.code();
    assert_eq!(status(&["fetch", "http://www.someschool.edu/no-such-page"]), Some(0), "a 404 is an answer");
    assert_eq!(status(&["fetch", "http://nowhere.example/"]), Some(1));
    assert_eq!(status(&["fetch", "http://rude.lab/truncated"]), Some(1));
    assert_eq!(status(&["fetch", "http://[/"]), Some(2));
    assert_eq!(status(&["page-load", "--rate", "fast"]), Some(2));
    assert_eq!(status(&["page-load", "--rtt", "-1s"]), Some(2));
    assert_eq!(status(&["no-such-command"]), Some(2));
}

#[test]
fn fetch_shows_both_heads_and_the_content() {
    let output = roundtrip(&["fetch", "info.cern.ch"]);
    let text = String::from_utf8(output.stdout).expect("text");
    for line in ["> GET / HTTP/1.1", "> Host: info.cern.ch", "< HTTP/1.1 200 OK", "< Content-Length: 646"] {
        assert!(text.contains(line), "{line} is missing:\n{text}");
    }
    assert!(text.contains("<h1>info.cern.ch"), "{text}");
}

#[test]
fn without_a_display_the_first_experiment_runs_in_the_terminal() {
    let output = roundtrip(&[]);
    assert!(output.status.success());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("no window"), "{said}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("persistent"), "the race is on standard output");
}

#[test]
fn a_saved_run_is_the_run() {
    let file = std::env::temp_dir().join(format!("roundtrip-{}.roundtrip", std::process::id()));
    let name = file.to_str().expect("a readable name");
    let report = json(&["page-load", "--strategy", "persistent", "--json", "--save", name]);
    let saved = roundtrip::wire::save::SavedRun::load(&file).expect("what was saved can be loaded");
    std::fs::remove_file(&file).ok();
    assert_eq!(saved.experiment, "page-load");
    assert_eq!(saved.report, report);
    assert!(saved.ledger.event_count() > 20);
}

#[test]
fn a_saved_run_is_for_the_window_and_goes_with_no_command() {
    let folder = std::env::temp_dir().join(format!("roundtrip-named-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let file = folder.join("echo.roundtrip");
    let name = file.to_str().expect("a readable name");
    assert!(roundtrip(&["run", "page-load", "--save", name]).status.success());
    let no_display = roundtrip(&[name]);
    assert_eq!(no_display.status.code(), Some(1));
    let said = String::from_utf8_lossy(&no_display.stderr);
    assert!(said.contains("echo.roundtrip cannot be shown: "), "{said}");
    assert!(no_display.stdout.is_empty(), "another experiment is not what was asked for");
    let with_command = roundtrip(&[name, "fetch", "info.cern.ch"]);
    assert_eq!(with_command.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&with_command.stderr).contains("without a command"));
    std::fs::remove_dir_all(&folder).expect("the folder is ours");
    let gone = roundtrip(&[name]);
    assert_eq!(gone.status.code(), Some(2));
    let said = String::from_utf8_lossy(&gone.stderr);
    assert!(said.contains("neither a command nor a file of this name"), "{said}");
}

#[test]
fn each_hostile_page_is_a_named_failure_with_whose_fault_it_is() {
    let cases = [
        ("endless-head", "limit"),
        ("chunk-huge", "limit"),
        ("both-lengths", "peer"),
        ("two-lengths", "peer"),
        ("nul-in-header", "peer"),
        ("garbage", "peer"),
        ("endless-1xx", "limit"),
        ("huge-status-line", "limit"),
        ("reset", "network"),
        ("truncated", "network"),
        ("stalled-head", "time-out"),
        ("loop", "peer"),
        ("page?objects=10000&size=100", "limit"),
    ];
    for (path, blame) in cases {
        let args = ["fetch", &format!("http://rude.lab/{path}"), "--json", "--objects", "persistent"];
        let output = roundtrip(&args);
        assert_eq!(output.status.code(), Some(1), "{path}");
        let report: Value = serde_json::from_slice(&output.stdout).expect("a report");
        let failure = &report["failure"];
        assert!(failure["summary"].as_str().is_some_and(|text| text.len() > 20), "{path}: {failure:#}");
        assert_eq!(failure["blame"], blame, "{path}: {failure:#}");
    }
}

#[test]
fn a_server_switched_off_refuses_and_a_host_switched_off_does_not_answer() {
    let said = |off: &str| {
        let output = roundtrip(&["fetch", "http://www.someschool.edu/", "--off", off]);
        assert_eq!(output.status.code(), Some(1), "{off}");
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let refused = said("www.someschool.edu:80");
    assert!(refused.contains("refused"), "{refused}");
    let silent = said("www.someschool.edu");
    assert!(silent.contains("connecting did not finish"), "{silent}");
    assert_eq!(roundtrip(&["fetch", "http://www.someschool.edu/", "--off", "no-such-host"]).status.code(), Some(2));
}

#[test]
fn every_experiment_runs_by_its_name_from_nothing_but_its_defaults() {
    let list = json(&["run", "--list", "--json"]);
    let names: Vec<&str> =
        list.as_array().expect("a list").iter().map(|row| row["name"].as_str().expect("a name")).collect();
    assert!(names.contains(&"page-load") && names.contains(&"name-attack"), "{names:?}");
    let text = String::from_utf8(roundtrip(&["run", "--list"]).stdout).expect("text");
    for (name, row) in names.iter().zip(list.as_array().expect("a list")) {
        assert!(text.contains(name) && row["config"].is_object(), "{name}");
        let report = json(&["run", name, "--json"]);
        assert_eq!(report["experiment"], *name);
        assert_eq!(report["config"], row["config"], "{name} ran with its defaults");
        let output = roundtrip(&["run", name]);
        let text = String::from_utf8(output.stdout).expect("text");
        assert!(output.status.success() && text.ends_with('\n'), "{name}: {text}");
        // A page has lines of its own.
        let lines = text.lines().filter(|line| *name != "browse" && !line.starts_with(';'));
        let wide: Vec<_> = lines.filter(|line| line.chars().count() > 80).collect();
        assert!(wide.is_empty(), "{name}: {wide:#?}");
    }
}

#[test]
fn a_config_from_a_file_is_run_saved_and_refused_where_it_is_wrong() {
    let folder = std::env::temp_dir().join(format!("roundtrip-run-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let (config, saved) = (folder.join("day.json"), folder.join("day.roundtrip"));
    let (config, saved) = (config.to_str().expect("text"), saved.to_str().expect("text"));
    std::fs::write(config, r#"{"lookups": 500, "hours": 1, "setting": {"path": {"seed": 7}}}"#).expect("it is written");
    let report = json(&["run", "name-day", "--config", config, "--save", saved, "--json"]);
    assert_eq!((&report["config"]["lookups"], &report["whole"]["lookups"]), (&Value::from(500), &Value::from(500)));
    let run = roundtrip::wire::save::SavedRun::load(std::path::Path::new(saved)).expect("it was saved");
    assert_eq!((run.experiment.as_str(), &run.report), ("name-day", &report));
    let wrong = |text: &str, name: &str| {
        std::fs::write(config, text).expect("it is written");
        let output = roundtrip(&["run", name, "--config", config]);
        assert_eq!(output.status.code(), Some(2), "{text}");
        String::from_utf8(output.stderr).expect("text")
    };
    assert!(wrong("{}", "name-night").contains("there is no experiment named name-night; there are browse, "));
    assert!(wrong(r#"{"setting":{"path":{"sed":7}}}"#, "name-day").contains("has no member setting.path.sed"));
    assert!(
        wrong(r#"{"lookups":"many"}"#, "name-day")
            .contains("this is no config of the experiment name-day: invalid type")
    );
    assert!(wrong("{", "name-day").contains("is not JSON"));
    std::fs::remove_dir_all(folder).expect("it goes");
}

/// A server on this machine that answers one request with `response`; its port.
fn answers_once(response: &'static [u8]) -> u16 {
    use std::io::{Read as _, Write as _};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("its address").port();
    std::thread::spawn(move || {
        let Ok((mut client, _)) = listener.accept() else { return };
        let mut octets = [0; 4096];
        if client.read(&mut octets).is_ok_and(|octets| octets > 0) {
            client.write_all(response).ok();
        }
    });
    port
}

#[test]
fn no_password_stands_in_a_saved_run_of_the_internet() {
    let folder = std::env::temp_dir().join(format!("roundtrip-secrets-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let file = folder.join("saved.roundtrip");
    let name = file.to_str().expect("a readable name");
    let raw = folder.join("raw");
    std::fs::write(&raw, "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer geheim\r\n\r\n").expect("written");
    let raw = raw.to_str().expect("a readable name");
    let page = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi";
    for with in [
        &["http://me:geheim@127.0.0.1:PORT/"][..],
        &["http://127.0.0.1:PORT/", "-H", "Authorization: Basic bWU6Z2VoZWlt"],
        &["http://127.0.0.1:PORT/", "-H", "Proxy-Authorization: geheim"],
        &["http://127.0.0.1:PORT/", "--raw", raw],
    ] {
        let port = answers_once(page).to_string();
        let with: Vec<String> = with.iter().map(|word| word.replace("PORT", &port)).collect();
        let mut args = vec!["fetch", "--world", "internet", "--save", name];
        args.extend(with.iter().map(String::as_str));
        let output = roundtrip(&args);
        assert!(output.status.success(), "{with:?}: {}", String::from_utf8_lossy(&output.stderr));
        let saved = std::fs::read_to_string(&file).expect("a saved run");
        for secret in ["geheim", "bWU6Z2VoZWlt"] {
            assert!(!saved.contains(secret), "{with:?}: {secret} stands in it:\n{saved}");
        }
        assert!(saved.contains("***"), "{with:?}");
    }
    std::fs::remove_dir_all(&folder).ok();
}

#[test]
fn content_of_any_octets_is_sent_and_comes_back() {
    let file = std::env::temp_dir().join(format!("roundtrip-octets-{}", std::process::id()));
    let octets: Vec<u8> = (0..=255_u8).cycle().take(100_000).collect();
    std::fs::write(&file, &octets).expect("written");
    let data = format!("@{}", file.display());
    let args = ["fetch", "http://www.someschool.edu/echo", "-d", &data, "-H", "Content-Type: x/y", "--json"];
    let report = json(&args);
    std::fs::remove_file(&file).ok();
    let back = report["hops"][0]["content_base64"].as_str().expect("binary content");
    assert_eq!(Some(back), report["config"]["content"]["base64"].as_str());
    assert_eq!(report["hops"][0]["timing"]["content_octets"], octets.len());
}

#[test]
fn what_is_missing_of_a_url_and_what_an_option_cannot_do_is_said() {
    let said = |args: &[&str]| {
        let output = roundtrip(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    assert!(said(&["fetch", "http:/h/"]).contains("two slashes and a host are missing"));
    assert!(said(&["fetch", "http:///x"]).contains("the host between // and / is empty"));
    let options: [&[&str]; 7] = [
        &["--rtt", "1ms"],
        &["--rate", "1Mbps"],
        &["--tcp", "modern"],
        &["--loss", "1%"],
        &["--seed", "1"],
        &["--off", "h.lab"],
        &["--real-time"],
    ];
    for option in options {
        let args = [&["fetch", "http://127.0.0.1:1/", "--world", "internet"][..], option].concat();
        assert!(said(&args).contains(option[0]), "{option:?}");
    }
    assert!(said(&["page-load", "http://127.0.0.1:1/", "--world", "internet", "--dns"]).contains("--dns"));
}

#[test]
fn an_ipv6_address_with_a_port_stands_in_brackets() {
    let output = roundtrip(&["fetch", "http://[::1]:9/", "--world", "internet"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("[::1]:9 refused") || !said.contains("::1:9"), "{said}");
}
