//! Resolver scenarios written by others (the format of deckard and unbound's testbound): given these servers, this query must end so.
//!
//! Every scenario below `ROUNDTRIP_CORPUS` is run through the sans-IO resolver. Only final answers are compared, by the fields their
//! MATCH lines name; never which queries were sent.

mod reader;
mod run;

use std::{env, fs, path::PathBuf};

/// What is not in this resolver's scope, by file, with the reason.
const OUT_OF_SCOPE: &[(&str, &str)] = &[
    ("world_cz_lidovky_www.rpl", "DNSSEC: signatures belong to the answer, and no hints are given"),
    ("world_cz_rhybar.rpl", "DNSSEC: a broken signature has to be found"),
    ("world_cz_turris_api.rpl", "DNSSEC: signatures belong to the answer"),
    ("world_cz_vutbr_www.rpl", "DNSSEC: signatures belong to the answer"),
    ("world_mx_nic_www.rpl", "DNSSEC: signatures belong to the answer"),
    ("iter_cycle_noh.rpl", "policy: glue of other zones is to be believed (harden-glue: no)"),
    ("iter_nat64_prefix.rpl", "policy: IPv4 servers are to be reached through NAT64"),
    ("iter_prefetch.rpl", "policy: answers are to be renewed before they run out"),
    ("iter_prefetch_change2.rpl", "policy: answers are to be renewed before they run out"),
    ("iter_prefetch_fail.rpl", "policy: answers are to be renewed before they run out"),
    ("iter_priv_svcb.rpl", "policy: private addresses are to be taken out of SVCB records"),
    ("iter_unverified_glue.rpl", "policy: glue is to be looked up again before it is used (harden-unverified-glue)"),
    ("iter_scrub_ns_min.rpl", "policy: of an answer's name servers all but one are to be left out"),
];

#[test]
fn every_scenario_of_others_ends_as_they_say() {
    let Some(root) = env::var_os("ROUNDTRIP_CORPUS") else {
        println!("skipped: ROUNDTRIP_CORPUS names no folder of scenarios");
        return;
    };
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
        let text = String::from_utf8_lossy(&fs::read(file).expect("a file")).into_owned();
        let outcome = reader::read(&text).and_then(|scenario| run::run(&scenario));
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
