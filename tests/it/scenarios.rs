//! Resolver scenarios written by others (the format of deckard and unbound's testbound): given these servers, this query must end so.
//!
//! Every scenario below `ROUNDTRIP_CORPUS` is run through the sans-IO resolver. Only final answers are compared, by the fields their
//! MATCH lines name; never which queries were sent.

mod reader;
mod run;

use std::{env, fs, path::PathBuf};

/// What is not in this resolver's scope, by file, with the reason.
const OUT_OF_SCOPE: &[(&str, &str)] = &[];

#[test]
fn every_scenario_of_others_ends_as_they_say() {
    let Some(root) = env::var_os("ROUNDTRIP_CORPUS") else {
        println!("skipped: ROUNDTRIP_CORPUS names no folder of scenarios");
        return;
    };
    let only = env::var("SCENARIO").ok();
    let mut files: Vec<PathBuf> = ["unbound-rpl", "deckard-rpl"]
        .iter()
        .filter_map(|folder| fs::read_dir(PathBuf::from(&root).join(folder)).ok())
        .flatten()
        .map(|entry| entry.expect("a readable folder").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rpl"))
        .collect();
    files.sort();
    let (mut passed, mut listed, mut failed) = (0, 0, Vec::new());
    for file in &files {
        let name = file.file_name().expect("a name").to_string_lossy().into_owned();
        if only.as_ref().is_some_and(|only| !name.contains(only.as_str())) {
            continue;
        }
        let text = String::from_utf8_lossy(&fs::read(file).expect("a file")).into_owned();
        let outcome = reader::read(&text).and_then(|scenario| run::run(&scenario, only.is_some()));
        let scope = OUT_OF_SCOPE.iter().find(|(listed, _)| *listed == name);
        match (outcome, scope) {
            (Ok(()), None) => passed += 1,
            (Ok(()), Some((_, reason))) => failed.push(format!("{name}: passes, though listed: {reason}")),
            (Err(_), Some(_)) => listed += 1,
            (Err(error), None) => failed.push(format!("{name}: {error}")),
        }
    }
    println!("{passed} of {} scenarios end as their authors say, {listed} are out of scope", files.len());
    assert!(failed.is_empty(), "{} fail:\n{}", failed.len(), failed.join("\n"));
}
