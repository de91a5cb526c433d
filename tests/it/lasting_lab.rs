//! What the lab keeps from run to run, as a student at the terminal meets it: visitors a server remembers, names a name server remembers,
//! a calendar that can be skipped ahead. And a program that is killed in the middle.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::Duration,
};

use rand::{RngExt as _, SeedableRng as _};
use serde_json::Value;

const KILLS: usize = 50;
/// The most replies read before a kill.
const MOST_REPLIES: usize = 20;

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("roundtrip-lasts-{}-{name}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_roundtrip"));
        command.arg("--data-folder").arg(&self.0).args(args).env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
        command
    }

    fn output(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    fn text(&self, args: &[&str]) -> String {
        let output = self.output(args);
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn json(&self, args: &[&str]) -> Value {
        serde_json::from_str(&self.text(args)).unwrap()
    }

    /// The one number a query gives.
    fn number(&self, owner: &str, sql: &str) -> u64 {
        let text = self.text(&["store", "query", owner, sql]);
        text.lines().last().unwrap().trim().parse().unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).ok();
    }
}

/// `roundtrip lab` with a folder, over a path that takes no time.
struct Lab {
    child: Child,
    echo: SocketAddr,
}

impl Lab {
    fn start(folder: &Folder) -> Self {
        let mut command = folder.command(&["lab", "--json", "--rtt", "0ms", "--rate", "unlimited"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let echo = lines.find_map(|line| {
            let service: Value = serde_json::from_str(&line.unwrap()).unwrap();
            (service["host"] == "echo.lab").then(|| service["ip_port"].as_str().unwrap().parse().unwrap())
        });
        Self { child, echo: echo.expect("the echo server is published") }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.echo).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Sends a message and reads its reply.
fn echo(stream: &mut TcpStream, message: &[u8]) {
    stream.write_all(message).unwrap();
    let mut reply = vec![0; message.len()];
    stream.read_exact(&mut reply).unwrap();
    assert_eq!(reply, message.to_ascii_uppercase());
}

const MESSAGES: &str = "SELECT sum(messages) AS messages FROM visitors";

#[test]
fn killed_at_any_moment_the_lab_has_every_message_it_replied_to() {
    let folder = Folder::new("killed");
    let mut random = rand::rngs::StdRng::seed_from_u64(10);
    let (mut replied, mut sent) = (0, 0);
    for _ in 0..KILLS {
        let lab = Lab::start(&folder);
        let mut stream = lab.connect();
        for _ in 0..random.random_range(1..=MOST_REPLIES) {
            echo(&mut stream, b"hello");
            replied += 1;
        }
        sent = sent.max(replied);
        // One more, and nobody waits for what becomes of it.
        stream.write_all(b"good-bye").unwrap();
        sent += 1;
        std::thread::yield_now();
        drop(lab);
    }
    let remembered = folder.number("echo.lab", MESSAGES);
    let in_doubt = KILLS as u64;
    assert!((replied..=replied + in_doubt).contains(&remembered), "{remembered} remembered, {replied} replied to");
    let history = folder.text(&["store", "history", "echo.lab", "--last", "1", "--json"]);
    let last: Value = serde_json::from_str(&history).unwrap();
    assert_eq!(last["why"], "The echo server got a text.");
}

#[test]
fn a_second_program_works_on_a_copy_and_says_so() {
    let folder = Folder::new("second");
    let lab = Lab::start(&folder);
    echo(&mut lab.connect(), b"one");
    let output = folder.output(&["run", "echo"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("copy"), "{said}");
    let output = folder.output(&["store", "reset"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("the program that has it open"), "{said}");
    drop(lab);
    assert_eq!(folder.number("echo.lab", MESSAGES), 1, "what the second program did ended with it");
}

#[test]
fn what_a_live_run_leaves_the_next_one_finds_until_it_is_reset() {
    let folder = Folder::new("live");
    for _ in 0..2 {
        folder.text(&["run", "echo"]);
    }
    assert_eq!(folder.number("echo.lab", MESSAGES), 20);
    folder.text(&["resolve", "www.amazon.com", "--warm"]);
    let before = folder.json(&["store", "--json"]);
    assert_eq!(before["owners"].as_array().unwrap().len(), 4, "{before}");
    let again = folder.json(&["resolve", "www.amazon.com", "--warm", "--json"]);
    assert!(again["provenance"].as_str().unwrap().contains("revision"), "{again}");
    let after = folder.json(&["store", "skip", "week", "--json"]);
    let date = |status: &Value| Duration::from_nanos(status["date"].as_u64().unwrap());
    assert!(date(&after) >= date(&before) + Duration::from_hours(7 * 24), "{before} {after}");
    folder.text(&["store", "reset", "echo.lab"]);
    folder.text(&["run", "echo"]);
    assert_eq!(folder.number("echo.lab", MESSAGES), 10);
}

#[test]
fn a_shop_knows_its_customer_a_week_and_a_restart_later() {
    let folder = Folder::new("shop");
    // Whichever of the shop's addresses the name server tells, the database behind it is the same.
    let fetch = |cookie: &str| folder.text(&["fetch", "http://www.amazon.com/", "--dns", "-H", cookie]);
    assert!(fetch("X-Cookie: none").contains("You are customer 1678 from now on"));
    assert!(fetch("Cookie: id=1678").contains("Hello, customer 1678."));
    folder.text(&["store", "skip", "week"]);
    let later = fetch("Cookie: id=1678");
    assert!(
        later.contains("Welcome back, customer 1678. Your last visit was one week ago, on 7 September 2026."),
        "{later}"
    );
    assert_eq!(folder.number("www.amazon.com", "SELECT visits FROM customers WHERE id = 1678"), 2);
    let history = folder.text(&["store", "history", "www.amazon.com"]);
    assert!(history.contains("GET / came with the cookie id=1678."), "{history}");
    let status = folder.json(&["store", "--json"]);
    let owner = status["owners"].as_array().unwrap().iter().find(|owner| owner["name"] == "www.amazon.com").unwrap();
    let tables: Vec<&str> = owner["tables"].as_array().unwrap().iter().filter_map(|table| table[0].as_str()).collect();
    let expected = ["accounts", "carts", "customers", "logins", "reviews", "sales", "views"];
    assert!(expected.iter().all(|table| tables.contains(table)), "{tables:?}");
    folder.text(&["store", "reset", "www.amazon.com"]);
    assert!(fetch("Cookie: id=1678").contains("You are customer 1678 from now on"), "a new row, with the old number");
}

#[test]
fn a_damaged_file_is_set_aside_and_said() {
    let folder = Folder::new("damaged");
    folder.text(&["run", "echo"]);
    let file = database(&folder.0);
    fs::write(&file, b"this is no database, and was never one".repeat(200)).unwrap();
    let output = folder.output(&["run", "echo"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("set aside"), "{said}");
    assert_eq!(folder.number("echo.lab", MESSAGES), 10);
}

/// The store's file in a folder.
fn database(folder: &Path) -> PathBuf {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let databases = files.filter(|path| path.extension().is_some_and(|extension| extension != "lock"));
    databases.max_by_key(|path| fs::metadata(path).unwrap().len()).unwrap()
}
