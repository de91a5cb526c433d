//! Promise: a cache that holds as many records as it may, 100,000 of names of their own, takes less than 64 MB of memory, and never
//! more of them however many come.
#![expect(clippy::expect_used, clippy::print_stdout, reason = "a bench speaks and fails plainly")]

use std::{fs, net::Ipv4Addr, process::ExitCode, sync::Arc, time::Duration};

use roundtrip::proto::dns::{
    Name, RData, RecordType,
    cache::{CAPACITY, Cache, Credibility, NewEntry},
    rrset::RrSet,
    text::name_from_text,
};

const PROMISE: u64 = 64_000_000;

fn main() -> ExitCode {
    let Some(before) = resident() else {
        println!("skipped: this system does not tell how much memory a process has");
        return ExitCode::SUCCESS;
    };
    let mut cache = Cache::default();
    fill(&mut cache, 0..CAPACITY);
    let full = resident().expect("as before").saturating_sub(before);
    let held = cache.len();
    fill(&mut cache, CAPACITY..2 * CAPACITY);
    let (after, kept) = (resident().expect("as before").saturating_sub(before), cache.len());
    println!(
        "a cache of {held} records: {:.1} MB, {} octets a record; after as many more {kept} records and {:.1} MB (promise: under {} MB)",
        full as f64 / 1e6,
        full / held as u64,
        after as f64 / 1e6,
        PROMISE / 1_000_000
    );
    if held == CAPACITY && kept == CAPACITY && full < PROMISE && after < PROMISE {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn fill(cache: &mut Cache, numbers: std::ops::Range<usize>) {
    let from: Arc<str> = "ns1.school.lab".into();
    for number in numbers {
        let name = name_from_text(&format!("www{number}.department.school.lab."), &Name::root()).expect("a name");
        let ip = Ipv4Addr::from_bits(u32::try_from(number).expect("few"));
        let set = RrSet { name, kind: RecordType::A, ttl: 3_600, data: vec![RData::A(ip.into())] };
        let now = Duration::from_millis(number as u64);
        let new = NewEntry { trust: Credibility::AnswerOfZone, from: &from, now, at_most_until: Duration::MAX };
        assert!(cache.insert(&set, &new));
    }
}

/// Octets of memory this process has, by the operating system's account.
fn resident() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1_024)
}
