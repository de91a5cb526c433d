//! The published lab as programs of other makes meet it: curl and Python's `http.client`, through real sockets in real time.

use std::{
    collections::BTreeMap,
    fs,
    io::{Read as _, Write as _},
    path::PathBuf,
    process::{Command, Output},
};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;
use crate::{
    lab::{LabFiles, LabStore, embedded::SITE_FILES, site_file::SITE_TOML},
    net::{Clock, Path, Rate},
    wire::{Caps, End, Ends, FlowHandle, FlowKind, Recorder, Secrets},
};

pub(super) struct GatewayWorld {
    pub(super) lab: Lab,
    gateway: Gateway,
    recorder: Recorder,
}

impl GatewayWorld {
    pub(super) async fn open(rtt_millis: u64, rate: Rate) -> Self {
        let path = Path { rtt: Duration::from_millis(rtt_millis), rate, ..Path::default() };
        let recorder = Recorder::new(Caps::default(), Secrets::Shown, None);
        let parent = parent(&recorder);
        let lab = Lab::open(&Clock::real(), &LabFiles::embedded(), &path, LabStore::fresh()).unwrap();
        let gateway = Gateway::open(&lab, Ports::Free, &parent).await.unwrap();
        Self { lab, gateway, recorder }
    }

    pub(super) fn at(&self, host: &str, service: &str) -> SocketAddr {
        let is_it = |published: &&PublishedService| published.host == host && published.service == service;
        self.gateway.published().iter().find(is_it).unwrap().ip_port
    }
}

/// The flow under which a gateway's connections are recorded.
fn parent(recorder: &Recorder) -> FlowHandle {
    let end = |name: &str| End { name: name.into(), ip_port: None };
    let ends = Ends { client: end("outside"), server: end("lab") };
    recorder.open(None, FlowKind::Run, "gateway".into(), ends, Duration::ZERO)
}

/// Runs a program; `None`, with a word about it, where it is not installed.
async fn run(program: &'static str, arguments: Vec<String>) -> Option<Output> {
    let started = tokio::task::spawn_blocking(move || Command::new(program).args(arguments).output()).await.unwrap();
    match started {
        Ok(output) => Some(output),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            println!("skipped: {program} is not installed");
            None
        }
        Err(error) => panic!("{program}: {error}"),
    }
}

pub(super) async fn curl(arguments: &[&str]) -> Option<Output> {
    let fixed = ["-q", "-s", "-S", "--noproxy", "", "--max-time", "30"];
    run("curl", fixed.iter().chain(arguments).map(|argument| (*argument).to_owned()).collect()).await
}

pub(super) fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Every page and picture of the lab that asks for no password: site, path, content, media type.
fn files() -> Vec<(&'static str, String, &'static [u8], String)> {
    let sites = LabFiles::embedded().sites;
    let split = SITE_FILES.iter().map(|(path, content)| (path.split_once('/').unwrap(), *content));
    split
        .filter(|((_, path), _)| *path != SITE_TOML && !path.starts_with("private/"))
        .map(|((site, path), content)| (site, format!("/{path}"), content, sites[site].media_type(path).to_owned()))
        .collect()
}

pub(super) fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("roundtrip-{name}-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn service_of(site: &str) -> (&str, &'static str) {
    if site == "staff.someschool.edu" { ("www.someschool.edu", "http:8080") } else { (site, "http") }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn curl_gets_every_file_as_it_is_by_its_own_port_by_host_and_as_a_proxy() {
    let world = GatewayWorld::open(2, Rate(None)).await;
    let shared = world.at("*", "http").to_string();
    for way in ["own port", "Host line", "proxy"] {
        let out = folder(&way.replace(' ', "-"));
        let mut by_site: BTreeMap<&str, Vec<_>> = BTreeMap::new();
        for (i, file) in files().into_iter().enumerate() {
            by_site.entry(file.0).or_default().push((i, file));
        }
        for (site, files) in by_site {
            let (host, service) = service_of(site);
            let mut arguments = vec!["-w".to_owned(), "%{http_code}|%{content_type}|%{size_download}\n".to_owned()];
            match way {
                "own port" => {}
                "Host line" => arguments.extend(["-H".to_owned(), format!("Host: {site}")]),
                _ => arguments.extend(["-x".to_owned(), format!("http://{shared}")]),
            }
            let authority = match way {
                "own port" => world.at(host, service).to_string(),
                "Host line" => shared.clone(),
                _ => site.to_owned(),
            };
            for (i, (_, path, ..)) in &files {
                let output = out.join(i.to_string()).display().to_string();
                arguments.extend([format!("http://{authority}{path}"), "-o".to_owned(), output]);
            }
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            let Some(output) = curl(&arguments).await else { return };
            let told = text(&output);
            assert_eq!(told.lines().count(), files.len(), "{told}{}", String::from_utf8_lossy(&output.stderr));
            for (line, (i, (_, path, content, media_type))) in told.lines().zip(&files) {
                assert_eq!(line, format!("200|{media_type}|{}", content.len()), "{site}{path} by {way}");
                assert!(fs::read(out.join(i.to_string())).unwrap() == *content, "{site}{path} by {way}");
            }
        }
        fs::remove_dir_all(out).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn python_gets_every_file_as_it_is() {
    let world = GatewayWorld::open(2, Rate(None)).await;
    let program = "
import http.client, sys
connections = {}
for line in sys.argv[1:]:
    address, path = line.split(' ', 1)
    if address not in connections:
        connections[address] = http.client.HTTPConnection(address, timeout=30)
    connection = connections[address]
    connection.request('GET', path, headers={'User-Agent': 'python'})
    response = connection.getresponse()
    body = response.read()
    print(response.status, response.version, response.getheader('Content-Length'), body.hex(), response.getheader('Content-Type'))
";
    let files = files();
    let lines = files.iter().map(|(site, path, ..)| {
        let (host, service) = service_of(site);
        format!("{} {path}", world.at(host, service))
    });
    let arguments = ["-c".to_owned(), program.to_owned()].into_iter().chain(lines).collect();
    let Some(output) = run("python3", arguments).await else { return };
    let told = text(&output);
    assert_eq!(told.lines().count(), files.len(), "{}", String::from_utf8_lossy(&output.stderr));
    for (line, (site, path, content, media_type)) in told.lines().zip(&files) {
        let words: Vec<&str> = line.splitn(5, ' ').collect();
        assert_eq!(words[..3], ["200", "11", &content.len().to_string()], "{site}{path}");
        assert_eq!(words[4], media_type, "{site}{path}");
        let octets = (0..words[3].len()).step_by(2).map(|at| u8::from_str_radix(words[3].get(at..at + 2).unwrap(), 16));
        assert!(octets.collect::<Result<Vec<u8>, _>>().unwrap() == *content, "{site}{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_shared_port_tells_hosts_apart() {
    let world = GatewayWorld::open(2, Rate(None)).await;
    let shared = world.at("*", "http").to_string();
    let proxy = format!("http://{shared}");
    let mixed = [
        "http://info.cern.ch/",
        "http://rude.lab/chain/0",
        "http://info.cern.ch/no",
        "http://staff.someschool.edu:8080/",
    ];
    let arguments = [&["-x", &proxy, "-w", "[%{http_code} %{num_connects}]\n"], mixed.as_slice()].concat();
    let Some(output) = curl(&arguments).await else { return };
    let told = text(&output);
    let codes: Vec<&str> = told.lines().filter(|line| line.starts_with('[')).collect();
    assert_eq!(codes, ["[200 1]", "[200 0]", "[404 0]", "[200 0]"], "all over one connection to the gateway");
    assert!(
        told.contains("as the Lab Internet knows it") && told.contains("Arrived") && told.contains("second server")
    );

    let index = text(&curl(&[&proxy]).await.unwrap());
    let own = format!("<a href=\"http://{}/\">", world.at("info.cern.ch", "http"));
    assert!(index.contains(&own) && index.contains("Lab Internet, published"), "{index}");
    let unknown = curl(&["-x", &proxy, "-w", "[%{http_code}]", "http://no.such.host/"]).await.unwrap();
    assert!(text(&unknown).contains("[502]") && text(&unknown).contains("no host named no.such.host"));
    let nobody = curl(&["-x", &proxy, "-w", "[%{http_code}]", "http://nobody.lab/"]).await.unwrap();
    assert!(text(&nobody).contains("[502]") && text(&nobody).contains("refused the connection"), "{}", text(&nobody));
    let dotted =
        raw(world.at("*", "http"), b"GET / HTTP/1.1\r\nHost: info.cern.ch.\r\nConnection: close\r\n\r\n").await;
    assert!(dotted.starts_with("HTTP/1.1 200 ") && dotted.contains("as the Lab Internet knows it"), "{dotted}");
    for bad in ["", "Host: info.cern.ch\r\nHost: rude.lab\r\n", "Host: a b\r\n"] {
        // RFC 9112 §3.2: 400 to a request without Host, with several, or with one that is none.
        let heard = raw(world.at("*", "http"), format!("GET / HTTP/1.1\r\n{bad}\r\n").as_bytes()).await;
        assert!(heard.starts_with("HTTP/1.1 400 "), "{bad:?}: {heard}");
    }
    let old = raw(world.at("*", "http"), b"GET / HTTP/1.0\r\n\r\n").await;
    assert!(old.starts_with("HTTP/1.1 200 ") && old.contains("Lab Internet, published"), "{old}");
    let garbage = raw(world.at("*", "http"), b"what is this\r\n\r\n").await;
    assert!(garbage.starts_with("HTTP/1.1 400 ") || garbage.starts_with("HTTP/1.1 505 "), "{garbage}");
}

/// Says `octets`, ends its sending, and reads to the end.
async fn raw(to: SocketAddr, octets: &[u8]) -> String {
    let mut stream = TcpStream::connect(to).await.unwrap();
    stream.write_all(octets).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut heard = Vec::new();
    stream.read_to_end(&mut heard).await.unwrap();
    String::from_utf8_lossy(&heard).into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn half_a_connection_still_carries_the_answers_of_several_hosts() {
    let world = GatewayWorld::open(2, Rate(None)).await;
    let get = |path: &str, host: &str| format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n");
    let post =
        "POST /echo HTTP/1.1\r\nHost: www.someschool.edu\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
    let all = [
        get("/range/alphabet.txt", "www.someschool.edu"),
        post.to_owned(),
        get("/chain/0", "rude.lab"),
        get("/cgi/marks.txt", "www.someschool.edu"),
    ]
    .concat();
    let heard = raw(world.at("*", "http"), all.as_bytes()).await;
    let at = |what: &str| heard.find(what).unwrap_or_else(|| panic!("{what} is not in {heard}"));
    let order = [at("abcdefghijklmnopqrstuvwxyz"), at("\r\n\r\nabcHTTP"), at("Arrived"), at("72\n85\n64")];
    assert!(order.is_sorted(), "{order:?}");
    assert_eq!(heard.matches("HTTP/1.1 200 OK").count(), 4);
    let own = raw(world.at("info.cern.ch", "http"), get("/", "info.cern.ch").as_bytes()).await;
    assert!(own.ends_with("</body></html>\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tls_and_http_2_pass_through() {
    let world = GatewayWorld::open(2, Rate(None)).await;
    let pem = folder("tls").join("ca.pem");
    fs::write(&pem, world.lab.ca_pem().unwrap()).unwrap();
    let pem = pem.display().to_string();
    let https = world.at("www.someschool.edu", "https");
    let told = "%{http_version} %{http_code} %{ssl_verify_result}";
    let url = format!("https://{https}/range/alphabet.txt");
    let Some(output) = curl(&["--cacert", &pem, "-w", told, &url]).await else { return };
    assert_eq!(text(&output), "abcdefghijklmnopqrstuvwxyz2 200 0", "{}", String::from_utf8_lossy(&output.stderr));
    let output = curl(&["--cacert", &pem, "--http1.1", "-w", told, &url]).await.unwrap();
    assert_eq!(text(&output), "abcdefghijklmnopqrstuvwxyz1.1 200 0");
    let proxy = format!("http://{}", world.at("*", "http"));
    let tunnelled = "https://www.someschool.edu/range/alphabet.txt";
    let output = curl(&["--cacert", &pem, "-x", &proxy, "-w", told, tunnelled]).await.unwrap();
    assert_eq!(text(&output), "abcdefghijklmnopqrstuvwxyz2 200 0", "{}", String::from_utf8_lossy(&output.stderr));
    let clear = format!("http://{}/range/alphabet.txt", world.at("www.someschool.edu", "http"));
    let output = curl(&["--http2-prior-knowledge", "-w", told, &clear]).await.unwrap();
    assert_eq!(text(&output), "abcdefghijklmnopqrstuvwxyz2 200 0");
    for (service, exit) in [("https", 60), ("https:8445", 60), ("https:8446", 60), ("http:8444", 35)] {
        let output = curl(&["--cacert", &pem, &format!("https://{}/", world.at("rude.lab", service))]).await.unwrap();
        assert_eq!(output.status.code(), Some(exit), "{service}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_breaks_in_the_lab_breaks_outside() {
    let world = GatewayWorld::open(2, Rate(None)).await;
    let rude = world.at("rude.lab", "http");
    // curl's exit codes: 18 partial file, 52 empty reply, 56 receiving failed.
    for (path, exits) in
        [("truncated", &[18][..]), ("reset", &[56, 18]), ("closed-at-once", &[52]), ("chunked-cut", &[18, 56])]
    {
        let Some(output) = curl(&["-o", "/dev/null", &format!("http://{rude}/{path}")]).await else { return };
        assert!(exits.contains(&output.status.code().unwrap()), "{path}: {:?}", output.status);
    }
    world.lab.stop_service("rude.lab", 80).unwrap();
    let output = curl(&[&format!("http://{rude}/")]).await.unwrap();
    // 7: the reset was there before curl looked whether it was connected.
    assert!([7, 52, 56].contains(&output.status.code().unwrap()), "{:?}", output.status);
    world.lab.start_service("rude.lab", 80).unwrap();
    let output = curl(&[&format!("http://{rude}/")]).await.unwrap();
    assert!(output.status.success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_connection_is_in_the_record() {
    let world = GatewayWorld::open(20, Rate(None)).await;
    raw(world.at("info.cern.ch", "http"), b"HEAD / HTTP/1.1\r\nHost: info.cern.ch\r\n\r\n").await;
    let GatewayWorld { lab, gateway, recorder } = world;
    let all = recorder.clone();
    drop((lab, gateway));
    let ledger = all.into_ledger();
    let flow = ledger.flows().iter().find(|flow| flow.kind == FlowKind::Connection).unwrap();
    assert!(flow.title.ends_with("through the gateway to info.cern.ch:80"), "{}", flow.title);
    assert!(
        flow.notes.iter().any(|note| note.text.contains("the lab's handshake, which took 100 ms")),
        "{:?}",
        flow.notes
    );
    assert!(flow.events.len() >= 4, "handshake, request, response: {:?}", flow.events);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_port_that_is_taken_is_named() {
    let folder = folder("fixed");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let hosts = format!(
        "format = 1\nonly = true\n[[host]]\nnames = [\"a.lab\"]\nip = \"192.0.2.1\"\n[[host.service]]\nport = 80\n\
         speaks = \"http\"\nsites = [\"rude.lab\"]\ngateway_port = {port}\n"
    );
    fs::write(folder.join("hosts.toml"), hosts).unwrap();
    let files = LabFiles::from_folder(&folder).unwrap();
    let recorder = Recorder::default();
    let parent = parent(&recorder);
    let lab = Lab::open(&Clock::real(), &files, &Path::default(), LabStore::fresh()).unwrap();
    let error = Gateway::open(&lab, Ports::Fixed, &parent).await.unwrap_err();
    let told = error.to_string();
    assert!(told.contains(&format!("port {port} on 127.0.0.1, where a.lab http belongs, is taken")), "{told}");
    assert!(Gateway::open(&lab, Ports::Free, &parent).await.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_does_not_read_makes_the_server_wait() {
    let world = GatewayWorld::open(2, Rate(None)).await;
    let mut stream = TcpStream::connect(world.at("www.someschool.edu", "http")).await.unwrap();
    stream.write_all(b"GET /object?size=1000000000 HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    let server = "203.0.113.10".parse().unwrap();
    let mut sent = 0;
    loop {
        world.lab.net().clock().sleep(Duration::from_millis(200)).await;
        let now = world.lab.net().sockets_of(server).iter().map(|row| row.octets_out).sum();
        if now == sent && sent > 0 {
            break;
        }
        sent = now;
    }
    assert!(sent < 100_000_000, "{sent} octets of a gigabyte are on their way to somebody who does not read");
}

#[test]
fn a_lab_in_virtual_time_is_not_published() {
    let told = crate::net::run_virtual(std::time::SystemTime::UNIX_EPOCH, async |clock: Clock| {
        let lab = Lab::open(&clock, &LabFiles::embedded(), &Path::default(), LabStore::fresh()).unwrap();
        let end = End { name: String::new(), ip_port: None };
        let ends = Ends { client: end.clone(), server: end };
        let parent = Recorder::default().open(None, FlowKind::Run, "gateway".into(), ends, Duration::ZERO);
        matches!(Gateway::open(&lab, Ports::Free, &parent).await, Err(GatewayError::VirtualTime))
    });
    assert_eq!(told, Ok(true));
}

/// Median of curl's own times of `times` transfers, and of what the formula says of them.
async fn measured(world: &GatewayWorld, octets: u64, bits_per_sec: f64, rtt: f64, times: usize) -> Option<(f64, f64)> {
    let url = format!("http://{}/object?size={octets}", world.at("www.someschool.edu", "http"));
    let mut pairs = Vec::new();
    for _ in 0..times {
        let told = "%{time_total} %{size_request} %{size_header} %{size_download}";
        let output = curl(&["-o", "/dev/null", "-w", told, &url]).await?;
        let numbers: Vec<f64> = text(&output).split(' ').map(|number| number.parse().unwrap()).collect();
        let [seconds, sizes @ ..] = numbers.as_slice() else { panic!("{}", text(&output)) };
        pairs.push((*seconds, 2.0 * rtt + sizes.iter().sum::<f64>() * 8.0 / bits_per_sec));
    }
    pairs.sort_by(|one, other| one.0.total_cmp(&other.0));
    pairs.get(times / 2).copied()
}

/// Needs a machine with nothing else to do: `cargo test --no-default-features --lib -- --ignored curls_times`.
#[ignore = "measures real time: wants an idle machine"]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn curls_times_are_those_of_the_formula() {
    let mut wrong = Vec::new();
    for (rtt_millis, mbps, octets, share) in [
        (20, 10, 100_000, 0.01),
        (50, 10, 12_500, 0.01),
        (100, 10, 100_000, 0.01),
        (200, 10, 12_500, 0.01),
        (100, 1, 12_500, 0.01),
        (20, 100, 1_000_000, 0.03),
        (100, 100, 1_000_000, 0.03),
    ] {
        let rate = Rate(Some(mbps * 1_000_000));
        let world = GatewayWorld::open(rtt_millis, rate).await;
        let (rtt, bits_per_sec) = (rtt_millis as f64 / 1e3, mbps as f64 * 1e6);
        let Some((seconds, formula)) = measured(&world, octets, bits_per_sec, rtt, 9).await else { return };
        let allowed = if mbps <= 10 { (share * formula).max(0.002) } else { share * formula };
        let line = format!(
            "RTT {rtt_millis} ms, {mbps} Mb/s, {octets} octets: {:.3} ms measured, {:.3} ms by the formula",
            seconds * 1e3,
            formula * 1e3
        );
        println!("{line}");
        if (seconds - formula).abs() > allowed {
            wrong.push(line);
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// A lab whose only host is a name server, at this fixed port.
fn name_server(folder_name: &str, fixed: u16) -> LabFiles {
    let folder = folder(folder_name);
    let hosts = format!(
        "format = 1\nonly = true\n[[host]]\nnames = [\"dns.lab\"]\nip = \"192.0.2.53\"\n[[host.service]]\nport = 53\n\
         speaks = \"dns\"\ngateway_port = {fixed}\n"
    );
    fs::write(folder.join("hosts.toml"), hosts).unwrap();
    let files = LabFiles::from_folder(&folder).unwrap();
    fs::remove_dir_all(folder).unwrap();
    files
}

/// Answers with what it was asked, backwards.
#[derive(Debug)]
struct ReverseResponder;

impl crate::lab::Responder for ReverseResponder {
    fn respond(&self, asked: crate::lab::DnsRequest) -> crate::lab::ReplyFuture<'_> {
        Box::pin(async move { Some(asked.message.iter().rev().copied().collect()) })
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_server_is_asked_by_datagram_and_by_connection_on_one_port() {
    let rtt = Duration::from_millis(20);
    let recorder = Recorder::default();
    let parent = parent(&recorder);
    let path = Path { rtt, rate: Rate(None), ..Path::default() };
    let lab = Lab::open(&Clock::real(), &name_server("dns", 1_024), &path, LabStore::fresh()).unwrap();
    lab.answer_with("dns.lab", 53, Arc::new(ReverseResponder)).unwrap();
    let gateway = Gateway::open(&lab, Ports::Free, &parent).await.unwrap();
    let published = gateway.published()[1].clone();
    assert_eq!(published.to_string(), format!("dns {} udp+tcp → dns.lab:53", published.ip_port));

    // Two programs of another make, two questions each, at once.
    let ask = move |number: u8| {
        let program = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        program.connect(published.ip_port).unwrap();
        program.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let (asked, mut space) = ([[number; 12], [number + 1; 12]], [0; 100]);
        for asked in asked {
            let from = std::time::SystemTime::now();
            program.send(&asked).unwrap();
            let octets = program.recv(&mut space).unwrap();
            assert_eq!(space[..octets], asked);
            assert!(from.elapsed().unwrap() >= rtt, "over the lab's links");
        }
        program.local_addr().unwrap()
    };
    let programs = [1u8, 100].map(|number| tokio::task::spawn_blocking(move || ask(number)));
    for program in programs {
        let outside = program.await.unwrap();
        assert!(gateway.flows().flow_of(outside).is_some());
    }
    let frame = crate::proto::dns::framing::framed(b"twelve octet").unwrap();
    let mut connection = TcpStream::connect(published.ip_port).await.unwrap();
    connection.write_all(&frame).await.unwrap();
    let mut answer = [0; 14];
    connection.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer[2..], b"tetco evlewt");

    drop((connection, gateway, lab));
    let ledger = recorder.into_ledger();
    let told: Vec<_> = ledger.flows()[1..].iter().map(|flow| (flow.kind, flow.events.len())).collect();
    assert_eq!(told[..2], [(FlowKind::Datagrams, 4); 2]);
    assert_eq!(told[2].0, FlowKind::Connection);
    for flow in &ledger.flows()[1..3] {
        assert!(flow.title.ends_with("through the gateway to dns.lab:53"), "{}", flow.title);
        assert!(flow.events.iter().all(|event| event.transit.is_some()), "{flow:?}");
    }
}

/// Answers at once and, the first time, then keeps its thread, so that whoever waits for the answer is woken late.
#[derive(Debug)]
struct BlockingResponder {
    span: Duration,
    is_done: std::sync::atomic::AtomicBool,
}

impl crate::lab::Responder for BlockingResponder {
    fn respond(&self, asked: crate::lab::DnsRequest) -> crate::lab::ReplyFuture<'_> {
        let span = self.span;
        if !self.is_done.swap(true, std::sync::atomic::Ordering::Relaxed) {
            tokio::spawn(async move {
                let from = std::time::SystemTime::now();
                while let Some(rest) = span.checked_sub(from.elapsed().unwrap()) {
                    std::thread::park_timeout(rest);
                }
            });
        }
        Box::pin(std::future::ready(Some(asked.message.to_vec())))
    }
}

/// How long a program waits for each answer of a name server half of whose first round trip is over when its reader is woken, ten
/// milliseconds late.
async fn answers_of_a_hogging_server(
    name: &'static str,
    program: impl FnOnce(SocketAddr) -> Vec<Duration> + Send + 'static,
) -> Vec<Duration> {
    let recorder = Recorder::default();
    let parent = parent(&recorder);
    let path = Path { rtt: HOGGED_RTT, rate: Rate(None), ..Path::default() };
    let lab = Lab::open(&Clock::real(), &name_server(name, 1_024), &path, LabStore::fresh()).unwrap();
    let server = BlockingResponder { span: HOGGED_RTT, is_done: false.into() };
    lab.answer_with("dns.lab", 53, Arc::new(server)).unwrap();
    let gateway = Gateway::open(&lab, Ports::Free, &parent).await.unwrap();
    let at = gateway.published()[1].ip_port;
    tokio::task::spawn_blocking(move || program(at)).await.unwrap()
}

const HOGGED_RTT: Duration = Duration::from_millis(20);

/// Four questions, one after the other's answer; how long each took.
fn four(mut ask: impl FnMut()) -> Vec<Duration> {
    let timed = |_| {
        let from = std::time::SystemTime::now();
        ask();
        from.elapsed().unwrap()
    };
    (0..4).map(timed).collect()
}

#[tokio::test]
async fn what_an_outside_program_asks_leaves_no_sooner_than_it_asked() {
    let took = answers_of_a_hogging_server("dns-late", |at| {
        let program = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        program.connect(at).unwrap();
        program.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        four(|| {
            program.send(&[1; 12]).unwrap();
            assert_eq!(program.recv(&mut [0; 100]).unwrap(), 12);
        })
    });
    let took = took.await;
    assert!(took.iter().all(|took| *took >= HOGGED_RTT), "over the lab's links: {took:?}");
}

#[tokio::test]
async fn over_a_connection_it_leaves_no_sooner_either() {
    let took = answers_of_a_hogging_server("dns-late-tcp", |at| {
        let mut program = std::net::TcpStream::connect(at).unwrap();
        program.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let frame = crate::proto::dns::framing::framed(&[1; 12]).unwrap();
        four(|| {
            program.write_all(&frame).unwrap();
            program.read_exact(&mut [0; 14]).unwrap();
        })
    });
    let took = took.await;
    assert!(took.iter().all(|took| *took >= HOGGED_RTT), "over the lab's links: {took:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_port_that_is_taken_for_datagrams_alone_is_named_too() {
    let (taken, port) = loop {
        let taken = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let port = taken.local_addr().unwrap().port();
        if std::net::TcpListener::bind(("127.0.0.1", port)).is_ok() {
            break (taken, port);
        }
    };
    let recorder = Recorder::default();
    let parent = parent(&recorder);
    let lab = Lab::open(&Clock::real(), &name_server("dns-taken", port), &Path::default(), LabStore::fresh()).unwrap();
    let error = Gateway::open(&lab, Ports::Fixed, &parent).await.unwrap_err();
    assert!(
        matches!(&error, GatewayError::PortTaken { port: told, what, .. } if *told == port && what == "dns.lab dns"),
        "{error}"
    );
    drop(taken);
}
