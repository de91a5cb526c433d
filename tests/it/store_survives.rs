//! A store in a file outlives its process: killed at any moment, it has lost nothing that was acknowledged. And what two processes, a full disk and a
//! read-only file system make of it.

use std::{
    fs,
    io::{BufRead as _, BufReader, Lines, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
};

use rand::{RngExt as _, SeedableRng as _};
use roundtrip::store::{
    Cause, DatabasePlace, Date, Error, HistoryLimits, MAX_DATABASE, Migration, OpenError, OpeningReport, Owner,
    PointInTime, Revision, SqlQuery, Store, StoreKind, Value, WorldStore, sql::params,
};

const KILLS: u64 = 50;
/// How the process that is killed learns where its database is.
const FOLDER: &str = "ROUNDTRIP_STORE_FOLDER";
/// Few, so that history is cut while the process is killed.
const LIMITS: HistoryLimits = HistoryLimits { changes: 300, octets: 200_000 };

const POST: Owner = Owner::new(
    "post",
    "The post office",
    &[Migration {
        why: "The post office opens.",
        sql: "CREATE TABLE letters(id INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
              CREATE TABLE counter(one INTEGER PRIMARY KEY CHECK (one = 1), delivered INTEGER NOT NULL) STRICT;
              INSERT INTO counter VALUES (1, 0);",
    }],
);

/// The body of a letter; some are large.
fn body(letter: i64) -> String {
    format!("{letter} ").repeat(if letter % 10 == 0 { 500 } else { 5 })
}

/// Letters that are there when `letters` have come: each third takes the one before it along.
fn letters_after(letters: i64) -> Vec<i64> {
    (1..=letters).filter(|letter| (letter + 1) % 3 != 0 || *letter == letters).collect()
}

fn open(folder: &Path) -> (Store, OpeningReport) {
    let (store, found) =
        Store::open_within(&DatabasePlace::new(folder, "lab"), Date::LAB_EPOCH, LIMITS, MAX_DATABASE).unwrap();
    store.owner(&POST).unwrap();
    (store, found)
}

fn count(store: &Store) -> i64 {
    let count = |row: &roundtrip::store::sql::Row<'_>| row.get(0);
    let read =
        store.read(|reading| reading.owner("post")?.query_one("SELECT delivered FROM counter", params![], count));
    read.map_err(|error: Error| error).unwrap().unwrap()
}

/// One more letter comes.
fn deliver(store: &Store, letter: i64) -> Revision {
    let cause = Cause::new("A letter comes.").in_run(letter.cast_unsigned());
    let cause = if letter % 5 == 0 { cause.durable() } else { cause };
    let done = store.change(&cause, |change| {
        let post = change.owner("post")?;
        post.execute("INSERT INTO letters VALUES (?1, ?2)", params![letter, body(letter)])?;
        if letter % 3 == 0 {
            post.execute("DELETE FROM letters WHERE id = ?1", params![letter - 1])?;
        }
        post.execute("UPDATE counter SET delivered = ?1", params![letter])?;
        Ok::<_, Error>(change.revision())
    });
    done.unwrap()
}

/// The process that is killed: it takes letters and acknowledges each, until it is.
#[test]
#[ignore = "started by the other tests of this file, in a process of its own"]
fn takes_letters_until_it_is_killed() {
    let folder = PathBuf::from(std::env::var_os(FOLDER).expect("a folder"));
    let (store, _) = open(&folder);
    for letter in count(&store) + 1.. {
        let revision = deliver(&store, letter);
        if letter % 17 == 0 {
            store.sync().unwrap();
        }
        let mut out = std::io::stdout().lock();
        writeln!(out, "\nacknowledged {letter} {}", revision.0).unwrap();
        out.flush().unwrap();
    }
}

struct PostOffice {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl PostOffice {
    fn start(folder: &Path) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "store_survives::takes_letters_until_it_is_killed", "--ignored", "--nocapture"])
            .env(FOLDER, folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// The next acknowledgement: how many letters, at which revision. `None` when the process is gone.
    fn acknowledged(&mut self) -> Option<(i64, Revision)> {
        loop {
            // A line that was cut off is no acknowledgement.
            let line = self.lines.next()?.ok()?;
            let mut words = line.strip_prefix("acknowledged ").into_iter().flat_map(|rest| rest.split(' '));
            if let (Some(Ok(letters)), Some(Ok(revision))) =
                (words.next().map(str::parse), words.next().map(str::parse))
            {
                return Some((letters, Revision(revision)));
            }
        }
    }

    /// Kills it and gives its last acknowledgements.
    fn kill(mut self) -> Vec<(i64, Revision)> {
        self.child.kill().unwrap();
        let last = std::iter::from_fn(|| self.acknowledged()).collect();
        self.child.wait().unwrap();
        last
    }
}

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("roundtrip-survives-{}-{name}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

#[test]
fn killed_at_any_moment_it_has_lost_nothing_acknowledged() {
    let folder = Folder::new("kills");
    let mut random = rand_pcg::Pcg64Mcg::seed_from_u64(1);
    let mut acknowledged = Vec::new();
    for kill in 0..KILLS {
        let mut post = PostOffice::start(&folder.0);
        for _ in 0..random.random_range(1..40) {
            acknowledged.push(post.acknowledged().expect("the process works until it is killed"));
        }
        acknowledged.extend(post.kill());
        let (store, found) = open(&folder.0);
        assert_eq!(found, OpeningReport::default(), "kill {kill}: a killed process does no damage");
        let letters = count(&store);
        let (last, revision) = *acknowledged.last().unwrap();
        assert!(
            letters >= last && store.revision().unwrap() >= revision,
            "kill {kill}: {letters} letters, {last} acknowledged"
        );
        assert!(letters <= last + 1, "kill {kill}: at most one was under way");
        let sql = "SELECT id, body FROM letters ORDER BY id";
        let rows = store.query("post", &SqlQuery::new(sql)).unwrap().rows;
        assert_eq!(rows, expected(letters), "kill {kill}");
        // Rows and history agree: what history says was there is what was acknowledged then.
        let complete_from = store.extent().unwrap().complete_from;
        let known: Vec<_> = acknowledged.iter().filter(|(_, revision)| *revision >= complete_from).collect();
        for (letters, revision) in known.iter().rev().step_by(9) {
            let then = store.past("post", PointInTime::Revision(*revision)).unwrap();
            assert_eq!(then.query(&SqlQuery::new(sql)).unwrap().rows, expected(*letters), "kill {kill} at {revision}");
        }
        store.check().unwrap();
    }
    assert!(acknowledged.windows(2).all(|pair| pair[0].1 < pair[1].1), "revisions grow");
    assert!(open(&folder.0).0.extent().unwrap().complete_from > Revision(0), "history was cut on the way");
}

fn expected(letters: i64) -> Vec<Vec<Value>> {
    letters_after(letters).into_iter().map(|letter| vec![Value::Integer(letter), Value::Text(body(letter))]).collect()
}

#[test]
fn a_second_process_gets_a_copy_while_the_first_one_writes_and_the_file_when_it_is_gone() {
    let folder = Folder::new("two");
    let place = DatabasePlace::new(&folder.0, "lab");
    let mut post = PostOffice::start(&folder.0);
    for _ in 0..5 {
        let (letters, _) = post.acknowledged().unwrap();
        let WorldStore::Copy { store, holder: Some(holder) } = WorldStore::open(&place, Date::LAB_EPOCH).unwrap()
        else {
            panic!("the other process holds it")
        };
        assert_eq!((holder.pid, holder.since), (post.child.id(), Date::LAB_EPOCH));
        assert_eq!(store.kind(), &StoreKind::Copy);
        store.owner(&POST).unwrap();
        let copied = count(&store);
        assert!(copied >= letters, "{copied} of {letters}");
        let rows = store.query("post", &SqlQuery::new("SELECT id, body FROM letters ORDER BY id")).unwrap().rows;
        assert_eq!(rows, expected(copied));
        deliver(&store, copied + 1);
    }
    post.kill();
    assert!(matches!(WorldStore::open(&place, Date::LAB_EPOCH).unwrap(), WorldStore::Lasting { .. }));
}

/// A small file system of its own at a folder, until this is dropped.
struct Mounted<'a>(&'a Path);

impl<'a> Mounted<'a> {
    fn new(folder: &'a Path, size: &str) -> Option<Self> {
        run("mount", &["-t", "tmpfs", "-o", &format!("size={size}"), "none", folder.to_str()?]).then_some(Self(folder))
    }

    fn read_only(&self) -> bool {
        run("mount", &["-o", "remount,ro", self.0.to_str().unwrap()])
    }
}

impl Drop for Mounted<'_> {
    fn drop(&mut self) {
        run("umount", &["-l", self.0.to_str().unwrap()]);
    }
}

fn run(program: &str, arguments: &[&str]) -> bool {
    let status = Command::new(program).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

#[test]
fn a_full_disk_undoes_the_change_and_a_read_only_one_is_said() {
    let folder = Folder::new("full");
    let Some(mounted) = Mounted::new(&folder.0, "1m") else {
        println!("skipped: no file system can be mounted here");
        return;
    };
    let place = DatabasePlace::new(folder.0.join("data"), "lab");
    let (store, _) = open(&place.folder);
    deliver(&store, 1);
    let filled = store.change(&Cause::new("A parcel comes.").durable(), |change| {
        change.owner("post")?.execute("INSERT INTO letters VALUES (2, ?1)", params!["x".repeat(2_000_000)])
    });
    assert!(matches!(filled, Err(Error::Full(_) | Error::Disk(_))), "{filled:?}");
    assert_eq!(store.query("post", &SqlQuery::new("SELECT id FROM letters")).unwrap().rows, [[Value::Integer(1)]]);
    deliver(&store, 2);
    drop(store);
    assert_eq!(count(&open(&place.folder).0), 2);
    assert!(mounted.read_only());
    let WorldStore::Memory { store, why } = WorldStore::open(&place, Date::LAB_EPOCH).unwrap() else {
        panic!("it cannot be written")
    };
    assert!(matches!(why, OpenError::Folder { .. }), "{why:?}");
    store.owner(&POST).unwrap();
    assert_eq!(count(&store), 0);
}
