//! Promises: 100,000 rows changed with their history take less than 2 s of the processor's time; a store of 10 MB is copied for a trial in less than
//! 20 ms (the best of several); a change is cheap, a durable one waits for the disk once, and a look-up takes microseconds.
#![expect(clippy::expect_used, clippy::print_stdout, reason = "a bench speaks and fails plainly")]

use std::{
    fs,
    path::Path,
    process::ExitCode,
    time::{Duration, Instant},
};

use roundtrip::store::{
    Cause, DatabasePlace, Date, Error, Migration, Owner, PointInTime, SqlQuery, Store, sql::params,
};

const ROWS: i64 = 100_000;
const CHANGES_PROMISE: Duration = Duration::from_secs(2);
const TRIAL_OCTETS: u64 = 10_000_000;
const TRIAL_PROMISE: Duration = Duration::from_millis(20);
/// A change of one row, beside what writing and syncing the same octets to a file takes.
const CHANGE_PROMISE: Duration = Duration::from_millis(1);
const LOOKUP_PROMISE: Duration = Duration::from_micros(50);

const JAR: Owner = Owner::new(
    "jar",
    "Cookies",
    &[Migration {
        why: "The jar is empty.",
        sql: "CREATE TABLE cookie(
                id INTEGER PRIMARY KEY, domain TEXT NOT NULL, path TEXT NOT NULL, name TEXT NOT NULL, value BLOB NOT NULL, expires INTEGER,
                UNIQUE (domain, path, name)
              ) STRICT;",
    }],
);

fn main() -> ExitCode {
    let folder = std::env::temp_dir().join(format!("roundtrip-bench-store-{}", std::process::id()));
    let mut kept = true;
    for on_disk in [false, true] {
        let place = DatabasePlace::new(&folder, "lab");
        let store = if on_disk {
            Store::open(&place, Date::LAB_EPOCH).expect("a database").0
        } else {
            Store::in_memory().expect("memory")
        };
        store.owner(&JAR).expect("tables");
        println!("{}", if on_disk { "in a file" } else { "in memory" });
        kept &= story(&store);
        if on_disk {
            durable(&store, &folder);
            drop(store);
            opening(&place);
        }
    }
    fs::remove_dir_all(&folder).ok();
    if kept { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn story(store: &Store) -> bool {
    let changes = timed(|| change(store, &Cause::new("A bench."), 0..ROWS));
    println!(
        "  {ROWS} rows changed, each with its history: {:.2} s of processor time, {:.2} s in all (promise: at most {} s)",
        changes.processor.as_secs_f64(),
        changes.wall.as_secs_f64(),
        CHANGES_PROMISE.as_secs()
    );
    let quick = each(2_000, |at| change(store, &Cause::new("A bench."), at..at + 1));
    println!("  a change of one row: {:.1} µs (promise: at most {} µs)", micros(quick), CHANGE_PROMISE.as_micros());
    let lookup = each(10_000, |at| {
        let name = format!("d{}.example", at % 500);
        let found: Result<_, Error> = store.read(|reading| {
            reading
                .owner("jar")?
                .query("SELECT value FROM cookie WHERE domain = ?1", params![name], |row| row.get::<_, Vec<u8>>(0))
        });
        assert_eq!(found.expect("a reading").len(), 7);
    });
    println!(
        "  seven cookies looked up by their domain: {:.1} µs (promise: at most {} µs)",
        micros(lookup),
        LOOKUP_PROMISE.as_micros()
    );
    let trial = (0..9).map(|_| timed(|| drop(store.trial().expect("a trial"))).wall).min().unwrap_or_default();
    let octets = octets(store);
    let allowed = TRIAL_PROMISE.mul_f64((octets as f64 / TRIAL_OCTETS as f64).max(1.0));
    println!(
        "  a trial of these {:.1} MB: {:.1} ms (promise: at most {:.1} ms, {} ms for 10 MB)",
        octets as f64 / 1e6,
        trial.as_secs_f64() * 1e3,
        allowed.as_secs_f64() * 1e3,
        TRIAL_PROMISE.as_millis()
    );
    let revision = store.revision().expect("a revision");
    change(store, &Cause::new("A bench."), 0..1_000);
    let past = timed(|| drop(store.past("jar", PointInTime::Revision(revision)).expect("the past")));
    let sql = "SELECT domain, count(*) FROM cookie GROUP BY domain";
    let query = timed(|| drop(store.query("jar", &SqlQuery::new(sql)).expect("an answer")));
    println!(
        "  the jar of 3,500 cookies as it was 1,000 changes ago: {:.1} ms; a question in SQL: {:.1} ms",
        past.wall.as_secs_f64() * 1e3,
        query.wall.as_secs_f64() * 1e3
    );
    changes.processor <= CHANGES_PROMISE && quick <= CHANGE_PROMISE && lookup <= LOOKUP_PROMISE && trial <= allowed
}

/// Changes that wait for the disk, beside a file that is written and synced.
fn durable(store: &Store, folder: &Path) {
    let cause = Cause::new("A bench.").durable();
    let durable = each(200, |at| change(store, &cause, at..at + 1));
    let file = fs::File::create(folder.join("plain")).expect("a file");
    let plain = each(200, |_| {
        std::io::Write::write_all(&mut &file, &[0; 4_096]).expect("a disk");
        file.sync_data().expect("a disk");
    });
    println!(
        "  a durable change of one row: {:.0} µs; a file written and synced by itself: {:.0} µs",
        micros(durable),
        micros(plain)
    );
}

fn opening(place: &DatabasePlace) {
    let opening = timed(|| drop(Store::open(place, Date::LAB_EPOCH).expect("a database")));
    let (store, _) = Store::open(place, Date::LAB_EPOCH).expect("a database");
    let check = timed(|| store.check().expect("a whole file"));
    println!(
        "  opened and closed: {:.1} ms; looked through for damage: {:.1} ms; the file has {:.1} MB",
        opening.wall.as_secs_f64() * 1e3,
        check.wall.as_secs_f64() * 1e3,
        fs::metadata(place.database()).expect("a file").len() as f64 / 1e6
    );
}

/// Sets one cookie for each number.
fn change(store: &Store, cause: &Cause, numbers: std::ops::Range<i64>) {
    let done: Result<(), Error> = store.change(cause, |change| {
        let jar = change.owner("jar")?;
        for number in numbers {
            jar.execute(
                "INSERT INTO cookie(domain, path, name, value, expires) VALUES (?1, '/', ?2, ?3, ?4) \
                 ON CONFLICT(domain, path, name) DO UPDATE SET value = excluded.value, expires = excluded.expires",
                params![
                    format!("d{}.example", number % 500),
                    format!("n{}", number % 7),
                    format!("value-{number}-{}", change.revision()).into_bytes(),
                    number
                ],
            )?;
        }
        Ok(())
    });
    done.expect("a change");
}

fn octets(store: &Store) -> u64 {
    let sql = "SELECT sum(octet_length(domain) + octet_length(name) + octet_length(value) + 16) FROM cookie";
    let answer = store.query("jar", &SqlQuery::new(sql)).expect("an answer");
    let rows = match answer.rows.first().and_then(|row| row.first()) {
        Some(roundtrip::store::Value::Integer(octets)) => octets.unsigned_abs(),
        _ => 0,
    };
    rows + store.extent().expect("an extent").octets
}

struct Taken {
    wall: Duration,
    processor: Duration,
}

#[expect(clippy::disallowed_methods, reason = "a bench measures wall time")]
fn timed(work: impl FnOnce()) -> Taken {
    let (begun, processor) = (Instant::now(), processor_time());
    work();
    let wall = begun.elapsed();
    let processor = match (processor, processor_time()) {
        (Some(before), Some(after)) => after.saturating_sub(before),
        _ => wall,
    };
    Taken { wall, processor }
}

/// Time this thread had the processor, so that a busy machine does not break the promise; `None` where the system does not tell.
fn processor_time() -> Option<Duration> {
    let text = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}

/// The median of what each time took.
fn each(times: i64, mut work: impl FnMut(i64)) -> Duration {
    let mut taken: Vec<_> = (0..times).map(|at| timed(|| work(at)).wall).collect();
    taken.sort();
    taken.get(taken.len() / 2).copied().unwrap_or_default()
}

fn micros(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}
