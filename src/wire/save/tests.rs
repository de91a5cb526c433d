use std::{
    net::{Ipv6Addr, SocketAddr},
    time::Duration,
};

use bytes::Bytes;
use proptest::{collection::vec, option, prelude::*, sample::select};
use serde_json::json;

use super::*;
use crate::wire::{
    Blame, ConnectionStep, End, Ends, Entry, EventContent, EventIndex, Failure, FlowId, FlowKind, FlowState, Layer,
    Note, NoteKind, Octets, Recorder, Secrets, Side, Sighting, Transit, WireEvent,
};

fn saved(run: &SavedRun) -> Vec<u8> {
    let mut file = Vec::new();
    run.write(&mut file).unwrap();
    file
}

fn ends(name: &str) -> Ends {
    let end = |name: &str, port| End { name: name.to_owned(), ip_port: port };
    Ends { client: end("you", None), server: end(name, Some(SocketAddr::from((Ipv6Addr::LOCALHOST, 80)))) }
}

/// A small run with a bit of everything.
fn small() -> SavedRun {
    let ms = Duration::from_millis;
    let recorder = Recorder::new(crate::wire::Caps::default(), Secrets::Masked, None);
    let run = recorder.open(None, FlowKind::Run, "page load".to_owned(), ends("lab"), ms(0));
    let flow = run.child(FlowKind::Connection, "connection 1".to_owned(), ends("www.someschool.edu"), ms(0));
    let way = Transit { first_out: ms(100), last_out: ms(101), first_in: ms(150), last_in: ms(151) };
    flow.step(ms(0), Side::Client, ConnectionStep::Syn, None);
    let seen = |at, from, len: usize| Sighting { at, from, layer: Layer::Stream, transit: None, wire_len: len as u64 };
    let request = b"GET / HTTP/1.1\r\nCookie: secret=1\r\n\r\n";
    let index = flow.octets(seen(ms(100), Side::Client, request.len()), request, Some(24..32), usize::MAX).unwrap();
    flow.carried(index, way);
    flow.octets(Sighting { transit: Some(way), ..seen(ms(151), Side::Server, 2_000) }, &[0xff, 0xd8, 0xff], None, 3);
    flow.note(ms(151), NoteKind::Why, "A “reason”.\n", Some("RFC 9112 §9.3"));
    let failure = Failure {
        summary: "it broke".to_owned(),
        causes: vec!["because".to_owned()],
        blame: Blame::Peer,
        clause: Some("RFC 9112 §6.3".to_owned()),
    };
    flow.fail(ms(200), failure);
    SavedRun {
        experiment: "page-load".to_owned(),
        config: json!({"rtt": 0.1, "parallel": 5}),
        report: json!({"runs": [{"seconds": 0.1 + 0.2}]}),
        ledger: recorder.into_ledger(),
    }
}

#[test]
fn a_saved_run_is_loaded_as_it_was() {
    let run = small();
    let file = saved(&run);
    assert_eq!(SavedRun::read(&file[..]).unwrap(), run);
    let text = String::from_utf8(file).unwrap();
    let lines: Vec<_> = text.lines().collect();
    assert!(lines[0].starts_with(r#"{"format":"roundtrip-run","version":1,"made_by":"Roundtrip "#), "{text}");
    assert!(
        text.contains(
            r#""text":"GET / HTTP/1.1\r\nCookie: ********\r\n\r\n","masked":[24,32],"transit_ns":[100000000,"#
        )
    );
    assert!(text.contains(r#""base64":"/9j/","omitted":1997"#), "{text}");
    assert_eq!(lines.last().copied(), Some(r#"{"end":{"lines":9}}"#).filter(|_| lines.len() == 10), "{text}");
}

#[test]
fn a_secret_is_in_no_file() {
    let text = String::from_utf8(saved(&small())).unwrap();
    assert!(!text.contains("secret"), "{text}");
}

#[test]
fn files_on_disk_are_replaced_whole() {
    let place = std::env::temp_dir().join(format!("roundtrip-save-{}", std::process::id()));
    std::fs::create_dir_all(&place).unwrap();
    let file = place.join("run.roundtrip");
    std::fs::write(&file, "old").unwrap();
    small().save(&file).unwrap();
    assert_eq!(SavedRun::load(&file).unwrap(), small());
    assert_eq!(std::fs::read_dir(&place).unwrap().count(), 1, "nothing is left beside it");
    assert!(matches!(SavedRun::load(&place.join("none")).unwrap_err().flaw, LoadFlaw::Io(_)));
    std::fs::remove_dir_all(&place).unwrap();
}

#[test]
fn other_files_and_versions_are_refused_by_name() {
    let said = |file: &str| SavedRun::read(file.as_bytes()).unwrap_err().to_string();
    let not_a_run = "line 1: this is no saved run of Roundtrip: its first line does not say so";
    assert_eq!(said(""), not_a_run);
    assert_eq!(said("\n"), not_a_run);
    assert_eq!(said("{\"format\":\"har\",\"version\":1}\n"), not_a_run);
    assert_eq!(
        said("{\"format\":\"roundtrip-run\",\"version\":2,\"news\":1}\n"),
        "line 1: the file has version 2 of the format, this program reads version 1: a newer Roundtrip may read it"
    );
    assert_eq!(
        said("{\"format\":\"roundtrip-run\",\"version\":1,\"made_by\":\"\",\"experiment\":\"\",\"x\":1}\n"),
        "line 1: not a line of this format: unknown field `x`, expected one of `format`, `version`, `made_by`, \
         `experiment`, `config`, `report` (column 70)"
    );
}

/// The small run with one line replaced.
fn with_line(at: usize, line: &str) -> LoadError {
    let text = String::from_utf8(saved(&small())).unwrap();
    let mut lines: Vec<_> = text.lines().collect();
    lines[at - 1] = line;
    SavedRun::read((lines.join("\n") + "\n").as_bytes()).unwrap_err()
}

#[test]
fn damage_is_told_with_its_line() {
    let cases = [
        (3, "{", "line 3: not a line of this format: EOF while parsing an object (column 1)"),
        (4, r#"{"sketch":{}}"#, "line 4: not a line of this format: unknown variant `sketch`"),
        (
            4,
            r#"{"unseen":{"flow":9,"from":"client","layer":"tls","octets":1}}"#,
            "line 4: flow #9 was not opened before",
        ),
        (5, r#"{"carried":{"flow":1,"index":1,"transit_ns":[0,0,0,0]}}"#, "line 5: flow #1 has no event 1 yet"),
        (
            5,
            r#"{"ended":{"flow":0,"at_ns":1,"state":"live"}}"#,
            "line 5: not a line of this format: unknown variant `live`",
        ),
        (
            5,
            r#"{"octets":{"flow":1,"at_ns":1,"from":"client","layer":"tls","text":"abc","masked":[2,4]}}"#,
            "line 5: octets 2 to 4 are said to be masked, of 3 kept",
        ),
        (
            5,
            r#"{"octets":{"flow":1,"at_ns":1,"from":"client","layer":"tls","text":"abc","base64":"YWJj"}}"#,
            "line 5: the octets stand there both as text and as base64",
        ),
        (
            5,
            r#"{"octets":{"flow":1,"at_ns":1,"from":"client","layer":"tls","base64":"YW=Jj"}}"#,
            "line 5: the octets are not base64",
        ),
        (
            8,
            r#"{"ended":{"flow":0,"at_ns":1,"state":"closed","why":1}}"#,
            "line 8: not a line of this format: unknown field",
        ),
        (10, r#"{"end":{"lines":11}}"#, "line 10: the last line says that 11 lines stand before it, there are 9"),
        (10, r#"{"ended":{"flow":0,"at_ns":1,"state":"closed"}}"#, "line 10: the file was cut off"),
    ];
    for (at, line, said) in cases {
        let error = with_line(at, line);
        assert!(error.to_string().starts_with(said), "{error}");
    }
    let again = r#"{"ended":{"flow":1,"at_ns":1,"state":"closed"}}"#;
    let text = String::from_utf8(saved(&small())).unwrap();
    let error = SavedRun::read(text.replace("{\"end\":", &format!("{again}\n{{\"end\":")).as_bytes()).unwrap_err();
    assert_eq!(error.to_string(), "line 10: flow #1 ended before");
    let error = SavedRun::read((text + "\n").as_bytes()).unwrap_err();
    assert_eq!(error.to_string(), "line 11: something stands behind the last line");
}

#[test]
fn whatever_is_cut_off_is_missed() {
    let run = small();
    let file = saved(&run);
    for end in 0..file.len() {
        let error = SavedRun::read(&file[..end]).unwrap_err();
        let lines = file[..end].split(|octet| *octet == b'\n').count() - 1;
        if lines == 0 {
            assert!(matches!(error.flaw, LoadFlaw::NotARun), "{error}");
        } else {
            assert!(matches!(error.flaw, LoadFlaw::CutOff), "{end}: {error}");
            // What was there can still be looked at.
            let events = error.into_readable().unwrap().ledger.event_count();
            assert!(events <= run.ledger.event_count());
        }
    }
}

fn layers() -> impl Strategy<Value = Layer> {
    select(Layer::ALL.to_vec())
}

fn sides() -> impl Strategy<Value = Side> {
    select(vec![Side::Client, Side::Server])
}

fn times() -> impl Strategy<Value = Duration> {
    prop_oneof![0..1_000_u64, any::<u64>()].prop_map(Duration::from_nanos)
}

fn transits() -> impl Strategy<Value = Transit> {
    (times(), times(), times(), times()).prop_map(|(first_out, last_out, first_in, last_in)| Transit {
        first_out,
        last_out,
        first_in,
        last_in,
    })
}

fn octets() -> impl Strategy<Value = Octets> {
    let bytes = prop_oneof![vec(any::<u8>(), 0..40), ".{0,20}".prop_map(String::into_bytes)];
    (bytes, any::<bool>(), any::<u64>(), 0..40_u32, 0..40_u32).prop_map(|(bytes, masked, omitted, start, len)| {
        let range = start..start + len;
        let masked = Some(range).filter(|range| masked && len > 0 && range.end as usize <= bytes.len());
        Octets { bytes: Bytes::from(bytes), masked, omitted }
    })
}

fn events() -> impl Strategy<Value = WireEvent> {
    let step =
        select(vec![ConnectionStep::Syn, ConnectionStep::Fin, ConnectionStep::Lost, ConnectionStep::TlsEstablished])
            .prop_map(EventContent::Step);
    (times(), sides(), layers(), prop_oneof![step, octets().prop_map(EventContent::Octets)], option::of(transits()))
        .prop_map(|(at, from, layer, content, transit)| WireEvent { at, from, layer, content, transit })
}

fn states() -> impl Strategy<Value = FlowState> {
    let failed = (".*", vec(".*", 0..3), option::of(".*")).prop_map(|(summary, causes, clause)| {
        FlowState::Failed(Failure { summary, causes, blame: Blame::Input, clause })
    });
    prop_oneof![Just(FlowState::Closed), Just(FlowState::Stopped), failed]
}

fn entries() -> impl Strategy<Value = Entry> {
    let id = || (0..6_u32).prop_map(FlowId);
    let kind = select(vec![FlowKind::Run, FlowKind::Page, FlowKind::Lookup, FlowKind::Connection, FlowKind::Datagrams]);
    let note = (times(), select(vec![NoteKind::Why, NoteKind::Tls]), ".*", option::of(".*"))
        .prop_map(|(at, kind, text, clause)| Note { at, kind, text, clause });
    prop_oneof![
        2 => (id(), kind, ".*", times()).prop_map(|(id, kind, title, at)| {
            let parent = id.0.checked_sub(1).map(FlowId);
            Entry::Opened { id, parent, kind, title, ends: ends("any"), at }
        }),
        1 => (id(), ".*").prop_map(|(id, name)| Entry::EndsKnown { id, ends: ends(&name) }),
        8 => (id(), events()).prop_map(|(id, event)| Entry::Event { id, event }),
        2 => (id(), 0..6_u32, transits())
            .prop_map(|(id, index, transit)| Entry::Carried { id, index: EventIndex(index), transit }),
        1 => (id(), sides(), layers(), any::<u64>())
            .prop_map(|(id, from, layer, octets)| Entry::Unseen { id, from, layer, octets }),
        2 => (id(), note).prop_map(|(id, note)| Entry::Noted { id, note }),
        1 => (id(), times(), states()).prop_map(|(id, at, state)| Entry::Ended { id, at, state }),
    ]
}

/// Runs whose flows are numbered with gaps, opened in order, and whose parents exist.
fn runs() -> impl Strategy<Value = SavedRun> {
    (".*", vec(entries(), 0..60), any::<f64>()).prop_map(|(experiment, entries, number)| {
        let mut ledger = Ledger::default();
        for entry in entries {
            let entry = match entry {
                Entry::Opened { id, kind, title, ends, at, parent } => {
                    Entry::Opened { id, kind, title, ends, at, parent: parent.filter(|id| ledger.flow(*id).is_some()) }
                }
                other => other,
            };
            ledger.apply(entry);
        }
        SavedRun { experiment, config: json!({ "number": number }), report: Value::Null, ledger }
    })
}

proptest! {
    #[test]
    fn any_run_is_loaded_as_it_was_saved(run in runs()) {
        let loaded = SavedRun::read(&saved(&run)[..]).unwrap();
        prop_assert_eq!(loaded, run);
    }

    #[test]
    fn any_octets_are_loaded_or_refused(file in vec(any::<u8>(), 0..300)) {
        prop_assert!(SavedRun::read(&file[..]).is_err());
    }

    #[test]
    fn any_damage_to_a_file_is_survived(run in runs(), at in any::<prop::sample::Index>(), octet in any::<u8>()) {
        let mut file = saved(&run);
        let at = at.index(file.len());
        file[at] = octet;
        // A changed letter in a title is still a title: only that it is read without a panic, or refused, can be said.
        if let Err(error) = SavedRun::read(&file[..]) {
            prop_assert!(error.line >= 1);
        }
    }

    #[test]
    fn any_lines_behind_a_good_first_one_are_loaded_or_refused(lines in vec(".{0,60}", 0..5)) {
        let mut file = saved(&SavedRun::default());
        file.truncate(file.iter().position(|octet| *octet == b'\n').unwrap() + 1);
        file.extend_from_slice(lines.join("\n").as_bytes());
        prop_assert!(SavedRun::read(&file[..]).is_err());
    }
}
