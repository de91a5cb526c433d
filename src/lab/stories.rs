//! The lab as a student's program meets it: real connections over the emulated network, in virtual time.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;
use crate::{
    net::{ConnectTarget, Connection, NetError, Rate, Timeouts, TlsOptions, run_virtual},
    wire::{Caps, End, Ends, FlowHandle, FlowKind, FlowState, Ledger, Recorder, Secrets},
};

fn epoch() -> SystemTime {
    httpdate::parse_http_date("Sun, 15 Nov 2026 12:00:00 GMT").unwrap()
}

/// RTT 100 ms, nothing in the way.
fn wide() -> Path {
    Path { rate: Rate(None), ..Path::default() }
}

struct Student {
    lab: Lab,
    network: Network,
    run: FlowHandle,
    clock: Clock,
}

impl Student {
    async fn connect(&self, host: &str, port: u16, tls: Option<TlsOptions>) -> Result<Connection, NetError> {
        let to = ConnectTarget { host: host.to_owned(), port, tls };
        self.network.connect(&to, &Timeouts::default(), &self.run).await
    }

    /// Says `request`, reads until the server ends, a reset, or `patience`.
    async fn ask(&self, host: &str, request: &str, patience: Duration) -> LabTranscript {
        let mut connection = self.connect(host, 80, None).await.unwrap();
        connection.write_all(request.as_bytes()).await.unwrap();
        let mut octets = Vec::new();
        let end = loop {
            let mut room = [0; 4096];
            match self.clock.timeout(patience, connection.read(&mut room)).await {
                Ok(Ok(0)) => break StreamEnd::Fin,
                Ok(Ok(read)) => octets.extend_from_slice(&room[..read]),
                Ok(Err(error)) => {
                    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
                    break StreamEnd::Rst;
                }
                Err(_) => break StreamEnd::Not,
            }
            if octets.len() > 3_000_000 {
                break StreamEnd::Not;
            }
        };
        LabTranscript { octets, end, at: self.clock.now() }
    }
}

struct LabTranscript {
    octets: Vec<u8>,
    end: StreamEnd,
    at: Duration,
}

#[derive(Debug, PartialEq, Eq)]
enum StreamEnd {
    Fin,
    Rst,
    Not,
}

/// Runs `story` in an embedded lab; returns what it returns and the record.
fn story<T, F>(path: &Path, story: F) -> (T, Ledger)
where
    F: AsyncFnOnce(&Student) -> T,
{
    let recorder = Recorder::new(Caps::default(), Secrets::Shown, None);
    let end = |name: &str| End { name: name.into(), ip_port: None };
    let ends = Ends { client: end("you"), server: end("lab") };
    let run = recorder.open(None, FlowKind::Run, "story".into(), ends, Duration::ZERO);
    let path = path.clone();
    let told = run_virtual(epoch(), async move |clock: Clock| {
        let lab = Lab::open(&clock, &LabFiles::embedded(), &path, LabStore::fresh()).unwrap();
        let network = lab.network();
        let student = Student { lab, network, run, clock };
        story(&student).await
    });
    (told.unwrap(), recorder.into_ledger())
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: rude.lab\r\nConnection: close\r\n\r\n")
}

const SECOND: Duration = Duration::from_secs(1);

mod the_world {
    use super::*;

    #[test]
    fn is_as_far_away_as_the_files_say() {
        for (host, millis) in [("www.someschool.edu", 200), ("info.cern.ch", 360), ("www.somesite.com", 220)] {
            let (heard, ledger) = story(&wide(), async |student| {
                student.ask(host, "HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", SECOND).await
            });
            assert_eq!((heard.at.as_millis(), heard.end), (millis, StreamEnd::Fin), "{host}: connect, ask");
            let connection = &ledger.flows()[1];
            assert_eq!(connection.ends.server.name, host);
            assert!(matches!(connection.state, FlowState::Closed | FlowState::Live | FlowState::Stopped));
        }
    }

    #[test]
    fn takes_two_round_trips_and_the_transmission_for_an_object() {
        let path = Path { rate: Rate(Some(10_000_000)), ..Path::default() };
        let (heard, _) = story(&path, async |student| {
            let request = "GET /object?i=1&size=1000000 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
            student.ask("www.someschool.edu", request, SECOND).await
        });
        let octets = heard.octets.len() as f64;
        let request = 75.0;
        let seconds = heard.at.as_secs_f64();
        let formula = 0.2 + (octets + request) * 8.0 / 1e7;
        assert!((seconds - formula).abs() < 0.000_1, "{seconds} s measured, {formula} s by the formula");
    }

    #[test]
    fn has_hosts_that_refuse_and_hosts_that_are_asleep() {
        story(&wide(), async |student| {
            let refused = student.connect("nobody.lab", 80, None).await.unwrap_err();
            assert!(matches!(refused, NetError::Refused { .. }), "{refused}");
            assert_eq!(student.clock.now().as_millis(), 100);
            let asleep = student.connect("asleep.lab", 80, None).await.unwrap_err();
            assert!(matches!(asleep, NetError::TimedOut { .. }), "{asleep}");
            student.lab.set_host_up("asleep.lab", true).unwrap();
            let refused = student.connect("asleep.lab", 80, None).await.unwrap_err();
            assert!(matches!(refused, NetError::Refused { .. }), "{refused}");
            assert!(matches!(student.connect("no.such.host", 80, None).await, Err(NetError::NoSuchHost { .. })));
        });
    }

    #[test]
    fn has_servers_that_can_be_stopped_and_started() {
        story(&wide(), async |student| {
            let host = "www.someschool.edu";
            let mut kept = student.connect(host, 80, None).await.unwrap();
            let runs = |student: &Student| student.lab.hosts()[0].services[0].running;
            assert!(runs(student));
            student.lab.stop_service(host, 80).unwrap();
            student.lab.stop_service(host, 80).unwrap();
            assert!(!runs(student));
            let mut room = [0; 10];
            let ended = kept.read(&mut room).await;
            assert!(matches!(ended, Ok(0) | Err(_)), "a connection to a process that was stopped ends");
            let refused = student.connect(host, 80, None).await.unwrap_err();
            assert!(matches!(refused, NetError::Refused { .. }), "{refused}");
            assert!(student.connect(host, 8080, None).await.is_ok(), "another process of the same host runs on");
            student.lab.start_service(host, 80).unwrap();
            student.lab.start_service(host, 80).unwrap();
            assert!(runs(student));
            assert!(student.connect(host, 80, None).await.is_ok());
            assert!(matches!(student.lab.stop_service(host, 81), Err(LabError::NoSuchService { .. })));
            assert!(matches!(student.lab.set_host_up("x", true), Err(LabError::NoSuchHost { .. })));
        });
    }

    #[test]
    fn ends_with_its_lab() {
        story(&wide(), async |student| {
            let other = Lab::open(&student.clock, &LabFiles::embedded(), &wide(), LabStore::fresh()).unwrap();
            let net = other.net().clone();
            let to = "203.0.113.10:80".parse().unwrap();
            let mut socket = net.connect(to, &student.run).await.unwrap();
            drop(other);
            let mut room = [0; 10];
            assert!(matches!(socket.read(&mut room).await, Ok(0) | Err(_)));
            assert!(net.connect(to, &student.run).await.is_err());
        });
    }
}

mod rude_paths {
    use super::*;

    fn rude(path: &str) -> LabTranscript {
        let patience = Duration::from_secs(4000);
        story(&wide(), async |student| student.ask("rude.lab", &get(path), patience).await).0
    }

    fn split(octets: &[u8]) -> (String, Vec<u8>) {
        let end = octets.windows(4).position(|four| four == b"\r\n\r\n").map_or(octets.len(), |at| at + 4);
        (String::from_utf8_lossy(&octets[..end]).into_owned(), octets[end..].to_vec())
    }

    #[test]
    fn end_too_early() {
        let heard = rude("/closed-at-once");
        assert_eq!((heard.octets.len(), heard.end), (0, StreamEnd::Fin));
        for (path, end) in [("/truncated", StreamEnd::Fin), ("/reset", StreamEnd::Rst)] {
            let cut = rude(path);
            let (start, content) = split(&cut.octets);
            assert!(start.contains("Content-Length: 1000\r\n"), "{start}");
            assert_eq!((content.len(), cut.end), (500, end), "{path}");
        }
        let heard = rude("/half-head");
        assert!(!heard.octets.is_empty() && !heard.octets.windows(4).any(|four| four == b"\r\n\r\n"));
        let heard = rude("/chunked-cut");
        let (_, content) = split(&heard.octets);
        assert!(content.starts_with(b"1f4\r\n") && !content.ends_with(b"0\r\n\r\n"));
        assert_eq!(heard.end, StreamEnd::Fin);
    }

    #[test]
    fn are_slow() {
        let heard = rude("/stalled-head");
        assert_eq!((heard.octets.len(), heard.end, heard.at.as_secs()), (0, StreamEnd::Fin, 3600));
        let heard = rude("/stalled-body");
        assert_eq!((split(&heard.octets).1.len(), heard.end, heard.at.as_secs()), (500, StreamEnd::Fin, 3600));
        let heard = rude("/drip");
        let octets = u32::try_from(heard.octets.len()).unwrap();
        assert_eq!(split(&heard.octets).1.len(), 40);
        assert_eq!(heard.at, Duration::from_millis(200) + Duration::from_millis(100) * octets);
        assert!(rude("/drip-head").octets.ends_with(b"done\n"));
    }

    #[test]
    fn lie_about_lengths() {
        let facts: [(&str, &[&str], &[u8]); 7] = [
            ("/too-short", &["Content-Length: 10\r\n"], b"all work and no play makes a s"),
            (
                "/both-lengths",
                &["Content-Length: 30\r\n", "Transfer-Encoding: chunked\r\n"],
                b"1e\r\nall work and no play makes a s\r\n0\r\n\r\n",
            ),
            ("/two-lengths", &["Content-Length: 10\r\nContent-Length: 20\r\n"], b"all work and no play"),
            ("/length-no-number", &["Content-Length: ten\r\n"], b"all work a"),
            (
                "/chunk-endless-size",
                &["Transfer-Encoding: chunked\r\n"],
                b"ffffffffffffffffffffffffffffffffffffffff\r\nall work and no play makes a s",
            ),
            ("/chunk-bad-size", &["Transfer-Encoding: chunked\r\n"], b"lots\r\nall work and no play makes a s"),
            ("/nowhere", &["HTTP/1.1 302 Found\r\n", "Content-Length: 0\r\n"], b""),
        ];
        for (path, lines, expected) in facts {
            let (head, content) = split(&rude(path).octets);
            for line in lines {
                assert!(head.contains(line), "{path}: {head}");
            }
            assert_eq!(content, expected, "{path}");
        }
        let heard = rude("/chunk-huge");
        let (_, content) = split(&heard.octets);
        assert!(content.starts_with(b"3B9ACA00\r\n"), "10^9 octets are announced");
        assert_eq!((content.len(), heard.at.as_secs()), (510, 3600));
    }

    #[test]
    fn break_the_head() {
        let text = |path: &str| String::from_utf8_lossy(&rude(path).octets).into_owned();
        assert!(text("/nul-in-header").contains("X-Nul: before\0after\r\n"));
        assert!(text("/folded-header").contains("X-Folded: one line,\r\n   and another\r\n"));
        assert!(text("/space-before-colon").contains("X-Space : there\r\n"));
        let bare = text("/bare-lf");
        assert!(bare.starts_with("HTTP/1.1 200 OK\n") && !bare.contains('\r'));
        assert!(text("/wrong-protocol").starts_with("220 rude.lab"));
        let noise = rude("/garbage").octets;
        assert_eq!(noise.len(), 512);
        assert!(noise.iter().all(|octet| !octet.is_ascii()));
        let status_line = text("/huge-status-line");
        assert!(status_line.lines().next().unwrap().len() > 1_000_000);
        assert_eq!(text("/unasked").matches("HTTP/1.1 200 OK").count(), 2);
        let heard = rude("/endless-head");
        assert!(heard.octets.len() > 3_000_000 && heard.end == StreamEnd::Not);
        assert!(!heard.octets.windows(4).any(|four| four == b"\r\n\r\n"));
        let heard = rude("/endless-1xx");
        assert!(heard.octets.len() > 3_000_000 && heard.octets.starts_with(b"HTTP/1.1 103 Early Hints\r\n"));
    }

    #[test]
    fn lead_astray() {
        let location = |path: &str| {
            let text = String::from_utf8_lossy(&rude(path).octets).into_owned();
            let line = text.lines().find_map(|line| line.strip_prefix("Location: "));
            (text.split(' ').nth(1).unwrap().to_owned(), line.map(str::to_owned))
        };
        let to = |path: &str| ("302".to_owned(), Some(path.to_owned()));
        assert_eq!((location("/loop"), location("/loop/b")), (to("/loop/b"), to("/loop")));
        assert_eq!((location("/chain/30"), location("/chain/1")), (to("/chain/29"), to("/chain/0")));
        assert_eq!(location("/chain/0"), ("200".into(), None));
        assert_eq!(location("/chain/1001").0, "404");
        let page = String::from_utf8_lossy(&rude("/page?objects=10000&size=100").octets).into_owned();
        assert_eq!(page.matches("<img").count(), 10_000);
    }

    #[test]
    fn stop_when_their_client_goes() {
        let ((), ledger) = story(&wide(), async |student| {
            for path in ["/stalled-body", "/endless-head", "/drip"] {
                let mut connection = student.connect("rude.lab", 80, None).await.unwrap();
                connection.write_all(get(path).as_bytes()).await.unwrap();
                let mut room = [0; 100];
                assert!(connection.read(&mut room).await.unwrap() > 0);
                drop(connection);
                student.clock.sleep(SECOND).await;
                let left = student.lab.net().sockets_of("192.0.2.66".parse().unwrap());
                assert!(left.is_empty(), "{path}: {left:?}");
            }
        });
        let noted = &ledger.flows()[1].notes;
        assert!(noted.iter().any(|note| note.text.contains("misbehaves on purpose")), "{noted:?}");
    }

    #[test]
    fn of_tls_each_fail_in_their_own_way() {
        story(&wide(), async |student| {
            let wish = || Some(TlsOptions { alpn: vec![b"http/1.1".to_vec()], ..TlsOptions::default() });
            for port in [443, 8444, 8445, 8446] {
                let refused = student.connect("rude.lab", port, wish()).await.unwrap_err();
                assert!(
                    matches!(refused, NetError::NotTls { .. } | NetError::Certificate { .. }),
                    "{port}: {refused:?}"
                );
            }
            let before = student.clock.now();
            let stalled = student.connect("rude.lab", 8443, wish()).await.unwrap_err();
            assert!(matches!(stalled, NetError::TimedOut { .. }), "{stalled:?}");
            assert_eq!(student.clock.now().checked_sub(before).unwrap().as_millis(), 10_100);
        });
    }
}

mod http_2 {
    use super::*;

    type Sender = hyper::client::conn::http2::SendRequest<Empty<Bytes>>;

    async fn open(connection: Connection) -> Sender {
        let (sender, driver) = hyper::client::conn::http2::Builder::new(TokioExecutor::new())
            .initial_stream_window_size(8 << 20)
            .initial_connection_window_size(64 << 20)
            .handshake(TokioIo::new(connection))
            .await
            .unwrap();
        tokio::spawn(async move { driver.await.ok() });
        sender
    }

    async fn fetch(sender: &mut Sender, url: &str) -> (http::response::Parts, Bytes) {
        let request = http::Request::get(url).body(Empty::new()).unwrap();
        let (parts, body) = sender.send_request(request).await.unwrap().into_parts();
        (parts, body.collect().await.unwrap().to_bytes())
    }

    #[test]
    fn is_spoken_by_prior_knowledge_on_port_80() {
        story(&wide(), async |student| {
            let connection = student.connect("www.someschool.edu", 80, None).await.unwrap();
            let mut sender = open(connection).await;
            let (parts, body) = fetch(&mut sender, "http://www.someschool.edu/someDepartment/home.index").await;
            assert_eq!((parts.status.as_u16(), parts.version), (200, http::Version::HTTP_2));
            assert_eq!(student.clock.now().as_millis(), 200, "a round trip to connect, one to ask");
            assert_eq!(parts.headers["date"], "Sun, 15 Nov 2026 12:00:00 GMT");
            assert_eq!(parts.headers["content-length"], body.len().to_string());
            assert!(!parts.headers.contains_key("keep-alive") && !parts.headers.contains_key("connection"));
            let (parts, body) = fetch(&mut sender, "http://www.someschool.edu/object?i=1&size=3000000").await;
            assert_eq!((parts.headers["content-type"].to_str().unwrap(), body.len()), ("image/jpeg", 3_000_000));
            assert_eq!(student.clock.now().as_millis(), 300, "windows never make the server wait");
            let (parts, _) = fetch(&mut sender, "http://www.someschool.edu/no").await;
            assert_eq!(parts.status.as_u16(), 404);
            let (parts, body) = fetch(&mut sender, "http://staff.someschool.edu/").await;
            assert_eq!(parts.status.as_u16(), 200);
            assert!(body.windows(13).any(|w| w == b"second server"));
        });
    }

    #[test]
    fn is_agreed_on_in_tls() {
        story(&wide(), async |student| {
            let wish = TlsOptions { alpn: vec![b"h2".to_vec(), b"http/1.1".to_vec()], ..TlsOptions::default() };
            let connection = student.connect("www.someschool.edu", 443, Some(wish)).await.unwrap();
            assert_eq!(connection.alpn(), Some(b"h2".as_slice()));
            assert_eq!(student.clock.now().as_millis(), 200, "TCP, then TLS 1.3");
            let mut sender = open(connection).await;
            let (parts, body) = fetch(&mut sender, "https://www.someschool.edu/headers").await;
            assert_eq!(parts.status.as_u16(), 200);
            assert!(String::from_utf8_lossy(&body).contains("through TLS"));
            assert_eq!(student.clock.now().as_millis(), 300);
        });
    }

    #[test]
    fn gives_way_to_http_1_1_in_tls() {
        story(&wide(), async |student| {
            let wish = TlsOptions { alpn: vec![b"http/1.1".to_vec()], ..TlsOptions::default() };
            let mut connection = student.connect("www.someschool.edu", 443, Some(wish)).await.unwrap();
            connection.write_all(get("/range/alphabet.txt").as_bytes()).await.unwrap();
            let mut octets = Vec::new();
            connection.read_to_end(&mut octets).await.unwrap();
            assert!(octets.ends_with(b"\r\n\r\nabcdefghijklmnopqrstuvwxyz"));
        });
    }

    #[test]
    fn sends_a_page_of_many_objects_in_three_round_trips() {
        story(&wide(), async |student| {
            let connection = student.connect("www.someschool.edu", 80, None).await.unwrap();
            let mut sender = open(connection).await;
            fetch(&mut sender, "http://www.someschool.edu/page?objects=100&size=1000").await;
            let mut all = tokio::task::JoinSet::new();
            for i in 0..100 {
                let mut sender = sender.clone();
                all.spawn(async move {
                    let url = format!("http://www.someschool.edu/object?i={i}&size=1000");
                    fetch(&mut sender, &url).await.1.len()
                });
            }
            assert_eq!(all.join_all().await, vec![1_000; 100]);
            assert_eq!(student.clock.now().as_millis(), 300);
        });
    }

    #[test]
    fn carries_uploads_trailers_refusals_and_resets_a_stream_that_misbehaves() {
        story(&wide(), async |student| {
            let connection = student.connect("www.someschool.edu", 80, None).await.unwrap();
            let (mut sender, driver) =
                hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(connection)).await.unwrap();
            tokio::spawn(async move { driver.await.ok() });
            let mut send = async |method: &str, path: &str, content: Vec<u8>| {
                let url = format!("http://www.someschool.edu{path}");
                let request = http::Request::builder().method(method).uri(url).body(Full::new(Bytes::from(content)));
                let (parts, body) = sender.send_request(request.unwrap()).await?.into_parts();
                Ok::<_, hyper::Error>((parts.status.as_u16(), parts.headers, body.collect().await?))
            };
            assert_eq!(send("PUT", "/uploads/two.txt", b"by HTTP/2".to_vec()).await.unwrap().0, 201);
            let (status, _, body) = send("GET", "/uploads/two.txt", Vec::new()).await.unwrap();
            assert_eq!((status, body.to_bytes()), (200, Bytes::from_static(b"by HTTP/2")));
            let (status, headers, body) = send("HEAD", "/uploads/two.txt", Vec::new()).await.unwrap();
            assert_eq!((status, headers["content-length"].to_str().unwrap()), (200, "9"));
            assert!(body.to_bytes().is_empty());
            let (_, headers, body) = send("GET", "/chunked", Vec::new()).await.unwrap();
            assert!(!headers.contains_key("transfer-encoding"));
            assert_eq!(body.trailers().unwrap()["lab-pieces"], "12");
            assert_eq!(send("POST", "/index.html", Vec::new()).await.unwrap().0, 405);
            assert_eq!(send("PUT", "/uploads/huge", vec![0; 5_000_000]).await.unwrap().0, 413);
            assert_eq!(send("GET", "/still/there", Vec::new()).await.unwrap().0, 404);
        });
        story(&wide(), async |student| {
            let connection = student.connect("rude.lab", 80, None).await.unwrap();
            let mut sender = open(connection).await;
            let request = http::Request::get("http://rude.lab/truncated").body(Empty::new()).unwrap();
            assert!(sender.send_request(request).await.is_err());
            let (parts, _) = fetch(&mut sender, "http://rude.lab/").await;
            assert_eq!(parts.status.as_u16(), 200, "the connection lives on");
        });
    }

    #[test]
    fn ends_when_nothing_is_asked() {
        let ((), ledger) = story(&wide(), async |student| {
            let connection = student.connect("info.cern.ch", 80, None).await.unwrap();
            let mut sender = open(connection).await;
            fetch(&mut sender, "http://info.cern.ch/").await;
            student.clock.sleep(Duration::from_secs(12)).await;
            assert!(sender.ready().await.is_err(), "the server has ended the connection");
        });
        let notes = &ledger.flows()[1].notes;
        assert!(notes.iter().any(|note| note.text == "closing: no request for 10 s"), "{notes:?}");
    }
}
