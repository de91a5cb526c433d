//! Visits in the lab, in virtual time.

use tokio_util::sync::CancellationToken;
use url::Url;

use super::*;
use crate::{
    engine::{
        control::Control,
        runner::{self, FinishedRun, Options},
    },
    net::Timeouts,
    wire::{Blame, EventContent, FlowKind, FlowState, Layer, Side},
};

fn at(url: &str) -> Config {
    Config::at(Url::parse(url).unwrap())
}

fn visit(config: &Config) -> FinishedRun<Report> {
    runner::run::<Browse>(config, &Options::default()).unwrap()
}

#[test]
fn show_the_notes_page_with_its_ten_pictures() {
    let FinishedRun { report, ledger } = visit(&Config::default());
    assert_eq!(report.failure, None);
    assert_eq!(report.hops.len(), 1);
    assert_eq!(report.hops[0].timing.status, Some(200));
    assert_eq!(report.objects.len(), 10);
    for object in &report.objects {
        assert_eq!(object.timing.status, Some(200), "{}", object.timing.url);
        assert_eq!(object.timing.media_type.as_deref(), Some("image/jpeg"));
        assert_eq!(object.content.len() as u64, object.timing.content_octets);
    }
    assert!(ledger.flows().iter().all(|flow| flow.state == FlowState::Closed), "{:#?}", ledger.flows());
}

/// RFC 1034 §3.1: the final dot says that the name is whole.
#[test]
fn a_name_with_its_final_dot_is_the_same_site() {
    for scheme in ["http", "https"] {
        for resolve_names in [false, true] {
            let page = |dot: &str| {
                let url = format!("{scheme}://www.someschool.edu{dot}/someDepartment/home.index");
                let report = visit(&Config { resolve_names, ..alone(&url) }).report;
                assert_eq!(report.failure, None, "{url}");
                assert_eq!(report.hops[0].timing.status, Some(200), "{url}");
                text(&report.hops[0])
            };
            assert_eq!(page("."), page(""), "{scheme} {resolve_names}");
        }
    }
}

const SCHOOL: &str = "http://www.someschool.edu";

fn alone(url: &str) -> Config {
    Config { objects: None, ..at(url) }
}

fn text(exchange: &Exchange) -> String {
    String::from_utf8_lossy(&exchange.content).into_owned()
}

#[test]
fn follow_a_redirect_and_say_why() {
    let FinishedRun { report, ledger } = visit(&alone(&format!("{SCHOOL}/old#part")));
    assert_eq!(report.failure, None);
    let [first, second] = &report.hops[..] else { panic!("{:?}", report.hops) };
    assert_eq!((first.timing.status, second.timing.status), (Some(301), Some(200)));
    assert_eq!(second.timing.url.as_str(), format!("{SCHOOL}/someDepartment/home.index#part"));
    assert!(second.why[0].starts_with("301 Moved Permanently"), "{:?}", second.why);
    let connections: Vec<_> = ledger.children(report.flow).collect();
    assert_eq!(connections.len(), 1, "the connection is kept");
    assert_eq!((first.timing.connection_number, second.timing.connection_number), (1, 1));
    assert!(second.timing.phases.connect.is_none());
}

#[test]
fn end_where_redirects_go_round() {
    let report = visit(&at("http://rude.lab/loop")).report;
    let failure = report.failure.unwrap();
    assert_eq!(failure.blame, Blame::Peer);
    assert!(
        failure.summary.ends_with("http://rude.lab/loop → http://rude.lab/loop/b → http://rude.lab/loop"),
        "{failure}"
    );
    let failure = visit(&at("http://rude.lab/chain/30")).report.failure.unwrap();
    assert_eq!(failure.blame, Blame::Limit, "no rule was broken");
    assert_eq!(failure.summary, "more than 10 redirects: --max-redirects N on the command line follows more");
    let patient = Config { max_redirects: 30, ..at("http://rude.lab/chain/30") };
    let report = visit(&patient).report;
    assert_eq!((report.hops.len(), report.failure), (31, None));
}

#[test]
fn name_every_fault_of_a_rude_server() {
    use Blame::{Limit, Network, Peer, TimeOut};
    for (path, expected) in [
        ("closed-at-once", Some((Network, "closed the connection before answering"))),
        ("truncated", Some((Network, "500 octets before the end"))),
        ("reset", Some((Network, "reset"))),
        ("half-head", Some((Network, "octets of a response head"))),
        ("chunked-cut", Some((Network, "before the last chunk"))),
        ("stalled-head", Some((TimeOut, "waiting for the first octet"))),
        ("stalled-body", Some((TimeOut, "waiting for more octets"))),
        ("drip", None),
        ("both-lengths", Some((Peer, "both Transfer-Encoding and Content-Length"))),
        ("two-lengths", Some((Peer, "several Content-Length"))),
        ("chunk-huge", Some((Limit, "1000000000 octets or more"))),
        ("chunk-endless-size", Some((Peer, "beyond every limit"))),
        ("endless-head", Some((Limit, "header fields"))),
        ("huge-status-line", Some((Limit, "status line"))),
        ("nul-in-header", Some((Peer, "NUL"))),
        ("endless-1xx", Some((Limit, "interim"))),
        ("garbage", Some((Peer, "which is not HTTP"))),
        ("bare-lf", None),
    ] {
        let FinishedRun { report, ledger } = visit(&alone(&format!("http://rude.lab/{path}")));
        let connection = ledger.children(report.flow).last().unwrap();
        match (expected, &report.failure) {
            (None, None) => assert_eq!(connection.state, FlowState::Closed, "{path}"),
            (Some((blame, words)), Some(failure)) => {
                assert_eq!(failure.blame, blame, "{path}: {failure}");
                assert!(failure.summary.contains(words), "{path}: {failure}");
                assert_eq!(connection.state, FlowState::Failed(failure.clone()), "{path}");
            }
            other => panic!("{path}: {other:?}"),
        }
        assert!(report.seconds < 40.0, "{path}: {} s", report.seconds);
    }
}

#[test]
fn show_what_was_sent_too_much() {
    let FinishedRun { report, ledger } = visit(&alone("http://rude.lab/unasked"));
    assert_eq!((report.hops[0].timing.status, &report.failure), (Some(200), &None));
    assert!(report.hops[0].why.iter().any(|why| why.contains("answer no request")), "{:?}", report.hops[0].why);
    let connection = ledger.children(report.flow).last().unwrap();
    assert!(matches!(connection.state, FlowState::Failed(_)));
}

#[test]
fn load_the_first_thousand_of_ten_thousand_pictures() {
    let report = visit(&at("http://rude.lab/page?objects=10000&size=100")).report;
    assert_eq!(report.objects.len(), crate::engine::objects::MAX_OBJECTS);
    let failure = report.failure.unwrap();
    assert_eq!(failure.blame, Blame::Limit);
    assert!(failure.summary.contains("10000 objects"), "{failure}");
}

#[test]
fn send_methods_with_content() {
    let post =
        Config { method: "POST".to_owned(), content: Some("a=1&b=two".into()), ..alone(&format!("{SCHOOL}/echo")) };
    let report = visit(&post).report;
    assert_eq!(report.hops[0].timing.status, Some(200));
    assert!(text(&report.hops[0]).contains("a=1&b=two"), "{}", text(&report.hops[0]));
    let put = Config {
        method: "PUT".to_owned(),
        content: Some("mine".into()),
        ..alone(&format!("{SCHOOL}/uploads/mine.txt"))
    };
    assert_eq!(visit(&put).report.hops[0].timing.status, Some(201));
    let head = Config { method: "HEAD".to_owned(), ..alone(&format!("{SCHOOL}/")) };
    let hop = visit(&head).report.hops.remove(0);
    assert_eq!((hop.timing.status, hop.timing.content_octets), (Some(200), 0));
}

#[test]
fn tell_the_server_what_the_student_wants_it_to_be_told() {
    let mut config = alone(&format!("{SCHOOL}/headers"));
    config.fields =
        vec![("User-Agent".to_owned(), "Mosaic/1.0".to_owned()), ("Accept-Language".to_owned(), String::new())];
    let hop = visit(&config).report.hops.remove(0);
    assert!(hop.request_lines.contains(&"User-Agent: Mosaic/1.0".to_owned()), "{:?}", hop.request_lines);
    assert!(text(&hop).contains("Mosaic/1.0") && !text(&hop).contains("Accept-Language"), "{}", text(&hop));
}

#[test]
fn speak_every_version() {
    for (http, url, protocol, layer) in [
        (HttpChoice::Http10, SCHOOL.to_owned(), "HTTP/1.1", Layer::Stream),
        (HttpChoice::Http11, SCHOOL.to_owned(), "HTTP/1.1", Layer::Stream),
        (HttpChoice::Http2, SCHOOL.to_owned(), "HTTP/2", Layer::Stream),
        (HttpChoice::Http11, SCHOOL.replace("http:", "https:"), "HTTP/1.1", Layer::Plain),
        (HttpChoice::Http2, SCHOOL.replace("http:", "https:"), "HTTP/2", Layer::Plain),
    ] {
        let what = format!("{http:?} {url}");
        let config = Config { http, ..at(&format!("{url}/someDepartment/home.index")) };
        let FinishedRun { report, ledger } = visit(&config);
        assert_eq!(report.failure, None, "{what}");
        assert_eq!(report.objects.len(), 10, "{what}");
        let hop = &report.hops[0];
        assert_eq!(hop.protocol, protocol, "{what}");
        let connection = ledger.flow(hop.timing.connection.unwrap()).unwrap();
        assert!(connection.events.iter().any(|event| event.layer == layer), "{what}");
        assert_eq!(hop.timing.phases.tls.is_some(), layer == Layer::Plain, "{what}");
        if http == HttpChoice::Http10 {
            assert!(hop.request_lines[0].ends_with("HTTP/1.0"), "{:?}", hop.request_lines);
        }
        if http == HttpChoice::Http2 {
            assert!(
                hop.request_lines.contains(&":authority: www.someschool.edu".to_owned()),
                "{:?}",
                hop.request_lines
            );
            let small = |line: &String| line.split(": ").next().is_some_and(|name| name == name.to_ascii_lowercase());
            assert!(hop.request_lines.iter().skip(1).all(small), "{:?}", hop.request_lines);
        }
        let alive = ledger.flows().iter().filter(|flow| flow.state != FlowState::Closed).count();
        assert_eq!(alive, 0, "{what}: every conversation ends in order");
    }
}

#[test]
fn send_raw_octets_as_they_are() {
    let raw = b"GET /status.html HTTP/1.1\r\nhost: www.someschool.edu\r\n\r\nGET / HTTP/1.1\r\nHost:www.someschool.edu\r\nConnection: close\r\n\r\n";
    let config = Config { raw: Some(raw.to_vec()), ..at(SCHOOL) };
    let FinishedRun { report, ledger } = visit(&config);
    let statuses: Vec<_> = report.hops.iter().map(|hop| hop.timing.status).collect();
    assert_eq!(statuses, [Some(200), Some(200)], "both are answered");
    let connection = ledger.children(report.flow).next().unwrap();
    let sent: Vec<u8> = connection
        .events
        .iter()
        .filter(|event| event.from == Side::Client)
        .filter_map(|event| match &event.content {
            EventContent::Octets(octets) => Some(octets.bytes.to_vec()),
            EventContent::Step(_) => None,
        })
        .flatten()
        .collect();
    assert_eq!(sent, raw);
    let nonsense = Config { raw: Some(b"\x00\xff nonsense\r\n\r\n".to_vec()), ..at(SCHOOL) };
    assert_eq!(visit(&nonsense).report.hops[0].timing.status, Some(400));
}

/// Counts the octets of content as they come.
struct ContentCounter(u64);

impl RunObserver<Exchange> for ContentCounter {
    fn content(&mut self, bytes: &[u8]) {
        self.0 += bytes.len() as u64;
    }
}

#[test]
fn hand_on_content_as_it_comes_and_keep_little_of_it() {
    let octets = 20_000_000;
    let config = alone(&format!("{SCHOOL}/object?i=1&size={octets}"));
    let mut content = ContentCounter(0);
    let finished = runner::run_watched::<Browse>(&config, &Options::default(), &mut content).unwrap();
    let ContentCounter(streamed) = content;
    let hop = &finished.report.hops[0];
    assert_eq!((streamed, hop.timing.content_octets), (octets, octets));
    assert_eq!(hop.content.len() as u64, MAX_CONTENT_KEPT as u64);
    assert_eq!(hop.content_omitted, octets - MAX_CONTENT_KEPT as u64);
    let connection = finished.ledger.children(finished.report.flow).next().unwrap();
    assert_eq!(connection.octets(Side::Server), hop.timing.response_octets, "the record counts what it does not keep");
}

#[test]
fn work_over_the_everyday_client_through_the_gateway() {
    let ours = visit(&alone(&format!("{SCHOOL}/someDepartment/home.index"))).report.hops.remove(0);
    for url in [SCHOOL.to_owned(), SCHOOL.replace("http:", "https:"), "http://www.someschool.edu:8080".to_owned()] {
        let mut config = alone(&format!("{url}/someDepartment/home.index"));
        config.everyday = true;
        config.setting.path.rtt = Duration::from_millis(1);
        let FinishedRun { report, ledger } = visit(&config);
        assert_eq!(report.failure, None, "{url}");
        let hop = &report.hops[0];
        let connection = ledger.flow(hop.timing.connection.unwrap()).unwrap();
        assert!(connection.title.contains("through the gateway") && connection.octets(Side::Server) > 0, "{url}");
        assert_eq!(hop.timing.connection_number, 1, "{url}");
        if url.ends_with("8080") {
            assert_eq!(hop.timing.status, Some(404), "another site is behind that port");
        } else {
            assert_eq!(hop.content, ours.content, "{url}");
        }
        assert!(ledger.children(report.flow).any(|flow| flow.kind == FlowKind::Connection), "the gateway records it");
    }
}

#[test]
fn end_when_the_student_says_stop() {
    let stop = CancellationToken::new();
    let brake = stop.clone();
    let control = Control::new(stop, move |progress| {
        if progress.doing.starts_with("object 4") {
            brake.cancel();
        }
    });
    let finished = runner::run::<Browse>(&Config::default(), &Options { control, ..Options::default() }).unwrap();
    let count = finished.report.objects.len();
    assert!((4..10).contains(&count), "{count}");
    assert!(finished.ledger.flows().iter().any(|flow| flow.state == FlowState::Stopped));
    assert!(finished.ledger.flows().iter().all(|flow| flow.state != FlowState::Live));
}

#[test]
fn end_at_the_limit_on_the_whole() {
    let timeouts = Timeouts { total: Duration::from_secs(5), ..Timeouts::default() };
    let options = Options { timeouts: Some(timeouts), ..Options::default() };
    let finished = runner::run::<Browse>(&alone("http://rude.lab/drip"), &options).unwrap();
    let failure = finished.report.failure.unwrap();
    assert!(failure.summary.contains("the whole"), "{failure}");
    assert!(finished.ledger.flows().iter().all(|flow| flow.state != FlowState::Live));
}

#[test]
fn take_as_long_as_they_take_where_all_of_the_content_is_wanted() {
    struct File(usize);
    impl RunObserver<Exchange> for File {
        fn content(&mut self, bytes: &[u8]) {
            self.0 += bytes.len();
        }

        fn takes_all_content(&self) -> bool {
            true
        }
    }
    let mut config = alone("http://www.someschool.edu/someDepartment/home.index");
    config.setting.path.rate = crate::net::Rate(Some(1_000));
    let timeouts = Timeouts { total: Duration::from_secs(2), idle: Duration::from_mins(1), ..Timeouts::default() };
    let options = Options { timeouts: Some(timeouts), ..Options::default() };
    let limited = runner::run::<Browse>(&config, &options).unwrap().report;
    assert!(limited.failure.is_some_and(|failure| failure.summary.contains("the whole")), "a page has its time");
    let mut file = File(0);
    let whole = runner::run_watched::<Browse>(&config, &options, &mut file).unwrap().report;
    assert_eq!(whole.failure, None);
    assert!(whole.seconds > 2.0 && file.0 as u64 == whole.hops[0].timing.content_octets, "{}", whole.seconds);
}

#[test]
fn open_a_page_with_the_password_in_the_url() {
    // RFC 7617: "student:networks" in base64.
    let report = visit(&alone("http://student:networks@www.someschool.edu/private/")).report;
    let hop = &report.hops[0];
    assert_eq!(hop.timing.status, Some(200), "{:?}", hop.request_lines);
    assert!(hop.request_lines.contains(&"Authorization: Basic c3R1ZGVudDpuZXR3b3Jrcw==".to_owned()));
    assert!(hop.why.iter().any(|why| why.contains("RFC 7617")), "{:?}", hop.why);
    assert_eq!(hop.timing.url.as_str(), "http://www.someschool.edu/private/");
    assert_eq!(visit(&alone(&format!("{SCHOOL}/private/"))).report.hops[0].timing.status, Some(401));
}

#[test]
fn read_a_page_that_is_compressed_though_nobody_asked() {
    let hop = visit(&alone("http://rude.lab/gzip-unasked")).report.hops.remove(0);
    assert!(hop.text().letters.contains("Nobody asked for gzip"), "{:?}", hop.coding);
}

#[test]
fn read_the_trailers_of_http_2_too() {
    for http in [HttpChoice::Http11, HttpChoice::Http2] {
        let hop = visit(&Config { http, ..alone(&format!("{SCHOOL}/chunked")) }).report.hops.remove(0);
        let told: Vec<_> = hop.trailers.iter().map(|(name, value)| (name.to_lowercase(), value.as_str())).collect();
        assert_eq!(told, [("lab-pieces".to_owned(), "12")], "{http:?}");
    }
}
