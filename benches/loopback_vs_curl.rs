//! Promise: 1,000 small objects from nginx on loopback over one persistent connection, recorded, take no longer than curl
//! takes for the same (whole processes, start-up included, in turn).
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a bench speaks and fails plainly"
)]

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, ExitCode, Stdio},
    time::{Duration, Instant},
};

const OBJECTS: usize = 1_000;
const ROUNDS: usize = 11;
const PROMISE: f64 = 1.0;

fn main() -> ExitCode {
    let folder = std::env::temp_dir().join(format!("roundtrip-bench-{}", std::process::id()));
    let Some(nginx) = Nginx::start(&folder) else {
        println!("skipped: nginx or curl is not installed");
        return ExitCode::SUCCESS;
    };
    let ours = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_roundtrip"));
        command.args(["page-load", &format!("http://127.0.0.1:{}/", nginx.port), "--world", "internet"]);
        command.args(["--strategy", "persistent", "--json"]);
        command
    };
    let curl = || {
        let mut command = Command::new("curl");
        command.args(["-s", "-o", "/dev/null", &format!("http://127.0.0.1:{}/", nginx.port)]);
        command.args(["-o", "/dev/null", &format!("http://127.0.0.1:{}/o[0-{}].jpg", nginx.port, OBJECTS - 1)]);
        command
    };
    // Once each, not counted: files and caches are warm from here on.
    timed(ours());
    timed(curl());
    let mut pairs: Vec<(f64, f64)> = (0..ROUNDS).map(|_| (timed(ours()), timed(curl()))).collect();
    pairs.sort_by(|a, b| (a.0 / a.1).total_cmp(&(b.0 / b.1)));
    let (ours, curl) = pairs[ROUNDS / 2];
    let ratio = ours / curl;
    println!(
        "{OBJECTS} objects, one connection: ours {:.1} ms, curl {:.1} ms, ratio {ratio:.2} (promise: at most {PROMISE})",
        ours * 1e3,
        curl * 1e3
    );
    drop(nginx);
    fs::remove_dir_all(&folder).ok();
    if ratio <= PROMISE { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[expect(clippy::disallowed_methods, reason = "a bench measures wall time")]
fn timed(mut command: Command) -> f64 {
    let begun = Instant::now();
    let status = command.stdout(Stdio::null()).stderr(Stdio::inherit()).status().expect("a command that starts");
    assert!(status.success(), "{command:?} failed");
    begun.elapsed().as_secs_f64()
}

struct Nginx {
    child: Child,
    port: u16,
}

impl Nginx {
    fn start(folder: &Path) -> Option<Self> {
        Command::new("curl").arg("--version").stdout(Stdio::null()).status().ok()?;
        let root = folder.join("www");
        fs::create_dir_all(&root).ok()?;
        let images: Vec<String> = (0..OBJECTS).map(|i| format!("<img src=\"o{i}.jpg\">")).collect();
        fs::write(root.join("index.html"), format!("<!doctype html><title>bench</title>{}", images.concat())).ok()?;
        for i in 0..OBJECTS {
            fs::write(root.join(format!("o{i}.jpg")), [b'x'; 1_000]).ok()?;
        }
        let port = TcpListener::bind("127.0.0.1:0").ok()?.local_addr().ok()?.port();
        let conf = configuration(folder, port);
        let child = Command::new("nginx")
            .arg("-c")
            .arg(&conf)
            .args(["-g", "daemon off;"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let nginx = Self { child, port };
        for _ in 0..200 {
            if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Some(nginx);
            }
            std::thread::park_timeout(Duration::from_millis(10));
        }
        None
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn configuration(folder: &Path, port: u16) -> PathBuf {
    let at = folder.display();
    let conf = folder.join("nginx.conf");
    let text = format!(
        "pid {at}/pid; error_log {at}/err; worker_processes 1; events {{}}\n\
         http {{ access_log off; keepalive_requests 100000; client_body_temp_path {at}/b; proxy_temp_path {at}/p;\n\
         fastcgi_temp_path {at}/f; uwsgi_temp_path {at}/u; scgi_temp_path {at}/s; types {{ text/html html; image/jpeg jpg; }}\n\
         server {{ listen 127.0.0.1:{port}; root {at}/www; }} }}\n"
    );
    fs::write(&conf, text).expect("a writable folder");
    conf
}
