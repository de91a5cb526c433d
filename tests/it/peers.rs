//! Servers and clients we did not write: nginx with TLS and HTTP/2, a raw socket, and time on a real clock.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use roundtrip::{
    engine::{
        browse::{self, Browse},
        page_load::{Config, Discipline, PageChoice, PageLoad, Strategy},
        runner,
        setting::{Setting, WorldChoice},
    },
    net::{self, Rate},
    wire::{EventContent, Layer, Ledger, Side},
};
use url::Url;

#[test]
fn the_record_holds_exactly_what_a_raw_socket_got_and_gave() {
    const ANSWER: &[u8] =
        b"HTTP/1.1 200 OK\r\ncontent-LENGTH: 5\r\nX-Odd:   spaces  \r\nConnection: close\r\n\r\nhello";
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let mut got = Vec::new();
        let mut chunk = [0; 1024];
        while !got.ends_with(b"\r\n\r\n") {
            let n = socket.read(&mut chunk).unwrap();
            got.extend_from_slice(&chunk[..n]);
        }
        socket.write_all(ANSWER).unwrap();
        got
    });
    let url = Url::parse(&format!("http://127.0.0.1:{port}/a?b=c")).unwrap();
    let config = browse::Config {
        setting: internet(),
        fields: vec![("X-Mine".into(), "as Written".into())],
        ..browse::Config::at(url)
    };
    let finished = runner::run::<Browse>(&config, &runner::Options::default()).unwrap();
    let got = server.join().unwrap();
    assert!(got.starts_with(b"GET /a?b=c HTTP/1.1\r\n"), "{}", String::from_utf8_lossy(&got));
    assert_eq!(recorded(&finished.ledger, Side::Client), got);
    assert_eq!(recorded(&finished.ledger, Side::Server), ANSWER);
    assert_eq!(finished.report.hops[0].content, "hello");
}

#[test]
fn every_strategy_loads_nginxs_page_of_ten_images() {
    let Some(nginx) = Nginx::start("race") else { return };
    let page = Url::parse(&format!("http://127.0.0.1:{}/", nginx.http)).unwrap();
    let strategies = Strategy::ALL.into_iter().filter(|strategy| *strategy != Strategy::Http2).collect();
    let config = Config { page: PageChoice::At(page), strategies, setting: internet(), ..Config::default() };
    let finished = runner::run::<PageLoad>(&config, &runner::Options::default()).unwrap();
    for run in &finished.report.runs {
        assert!(run.failure.is_none(), "{:?}: {:?}", run.strategy, run.failure);
        assert_eq!(run.requests, 11, "{:?}", run.strategy);
        assert!(run.objects.iter().all(|object| object.status == Some(200)), "{:?}", run.strategy);
        assert!(run.octets_received > 10 * IMAGE as u64, "{:?}", run.strategy);
        let connections = match run.strategy {
            Strategy::Serial | Strategy::Parallel => 11,
            Strategy::Persistent | Strategy::Pipelined | Strategy::Http2 => 1,
            Strategy::PersistentParallel => run.connections.clamp(1, 5),
        };
        assert_eq!(run.connections, connections, "{:?}", run.strategy);
    }
}

#[test]
fn nginx_over_tls_speaks_http_1_1_and_2() {
    let Some(nginx) = Nginx::start("tls") else { return };
    for (http, protocol) in [(browse::HttpChoice::Http11, "HTTP/1.1"), (browse::HttpChoice::Http2, "HTTP/2")] {
        let url = Url::parse(&format!("https://127.0.0.1:{}/o1.jpg", nginx.https)).unwrap();
        let config =
            browse::Config { http, accept_any_certificate: true, setting: internet(), ..browse::Config::at(url) };
        let finished = runner::run::<Browse>(&config, &runner::Options::default()).unwrap();
        let report = finished.report;
        assert!(report.failure.is_none(), "{protocol}: {:?}", report.failure);
        assert_eq!(report.hops[0].timing.status, Some(200));
        assert_eq!(report.hops[0].protocol, protocol);
        assert_eq!(report.hops[0].content.len(), IMAGE);
        let layers =
            |layer| finished.ledger.flows().iter().flat_map(|flow| &flow.events).any(|event| event.layer == layer);
        assert!(layers(Layer::Plain) && layers(Layer::Tls), "both taps of {protocol} wrote");
    }
}

#[test]
fn a_certificate_nobody_vouches_for_is_refused_and_named() {
    let Some(nginx) = Nginx::start("refused") else { return };
    let url = Url::parse(&format!("https://127.0.0.1:{}/", nginx.https)).unwrap();
    let config = browse::Config { setting: internet(), ..browse::Config::at(url) };
    let report = runner::run::<Browse>(&config, &runner::Options::default()).unwrap().report;
    let failure = report.failure.expect("a failure");
    assert!(failure.to_string().contains("certificate"), "{failure}");
}

/// `benches/real_time.rs` holds the promise, on an idle machine and an optimised build; here only gross errors show.
#[test]
fn in_real_time_page_times_are_close_to_the_formulas() {
    let config = Config {
        page: PageChoice::Generated { objects: 5, object_octets: 5_000 },
        strategies: vec![Strategy::Serial, Strategy::Persistent, Strategy::Pipelined, Strategy::Parallel],
        parallel: 5,
        discipline: Discipline::Waves,
        resolve_names: false,
        setting: Setting {
            world: WorldChoice::Lab,
            path: net::Path { rtt: Duration::from_millis(50), rate: Rate(Some(10_000_000)), ..net::Path::default() },
            ..Setting::default()
        },
    };
    let options = runner::Options { real_time: true, ..runner::Options::default() };
    let reports: Vec<_> = (0..3).map(|_| runner::run::<PageLoad>(&config, &options).unwrap().report).collect();
    for (number, run) in reports[0].runs.iter().enumerate() {
        let theory = run.theory_seconds.expect("a formula");
        let late = reports.iter().map(|report| report.runs[number].seconds - theory).min_by(f64::total_cmp);
        let late = late.expect("three runs");
        assert!((-0.001..0.1 * theory).contains(&late), "{:?}: {late} s later than {theory} s", run.strategy);
    }
}

fn internet() -> Setting {
    Setting { world: WorldChoice::Internet, ..Setting::default() }
}

/// All octets of the application that crossed from `side`.
fn recorded(ledger: &Ledger, side: Side) -> Vec<u8> {
    let events = ledger.flows().iter().flat_map(|flow| &flow.events);
    let octets = events.filter(|event| event.from == side && event.layer == Layer::Stream).filter_map(|event| {
        let EventContent::Octets(octets) = &event.content else { return None };
        assert_eq!(octets.omitted, 0);
        Some(octets.bytes.to_vec())
    });
    octets.flatten().collect()
}

const IMAGE: usize = 20_000;

struct Nginx {
    child: Child,
    folder: PathBuf,
    http: u16,
    https: u16,
}

impl Nginx {
    /// `None`, said aloud, where nginx or openssl is not installed.
    fn start(name: &str) -> Option<Self> {
        let folder = std::env::temp_dir().join(format!("roundtrip-{name}-{}", std::process::id()));
        fs::create_dir_all(folder.join("www")).unwrap();
        let images: Vec<_> = (1..=10).map(|i| format!("<img src=\"o{i}.jpg\">")).collect();
        fs::write(folder.join("www/index.html"), format!("<!doctype html><title>ten</title>{}", images.concat()))
            .unwrap();
        for i in 1..=10 {
            fs::write(folder.join(format!("www/o{i}.jpg")), vec![b'a' + i; IMAGE]).unwrap();
        }
        let port = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let (http, https) = (port(), port());
        let started = certificate(&folder) && {
            let conf = configuration(&folder, http, https);
            Command::new("nginx").args(["-v"]).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
                && conf.exists()
        };
        if !started {
            let said = writeln!(std::io::stderr(), "skipped: nginx or openssl is not installed");
            assert!(said.is_ok());
            fs::remove_dir_all(&folder).ok();
            return None;
        }
        let child = Command::new("nginx")
            .arg("-c")
            .arg(folder.join("nginx.conf"))
            .args(["-g", "daemon off;"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let nginx = Self { child, folder, http, https };
        for _ in 0..500 {
            if TcpStream::connect(("127.0.0.1", http)).is_ok() {
                return Some(nginx);
            }
            thread::park_timeout(Duration::from_millis(10));
        }
        panic!("nginx did not start: {:?}", fs::read_to_string(nginx.folder.join("err")));
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
        fs::remove_dir_all(&self.folder).ok();
    }
}

fn certificate(folder: &Path) -> bool {
    let mut openssl = Command::new("openssl");
    openssl.args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]);
    openssl.args(["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]);
    openssl.arg("-keyout").arg(folder.join("key.pem")).arg("-out").arg(folder.join("cert.pem"));
    openssl.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

fn configuration(folder: &Path, http: u16, https: u16) -> PathBuf {
    let at = folder.display();
    let conf = folder.join("nginx.conf");
    let text = format!(
        "pid {at}/pid; error_log {at}/err; worker_processes 1; events {{}}\n\
         http {{ access_log off; client_body_temp_path {at}/b; proxy_temp_path {at}/p; fastcgi_temp_path {at}/f;\n\
         uwsgi_temp_path {at}/u; scgi_temp_path {at}/s; types {{ text/html html; image/jpeg jpg; }}\n\
         server {{ listen 127.0.0.1:{http}; listen 127.0.0.1:{https} ssl http2; root {at}/www;\n\
         ssl_certificate {at}/cert.pem; ssl_certificate_key {at}/key.pem; }} }}\n"
    );
    fs::write(&conf, text).unwrap();
    conf
}
