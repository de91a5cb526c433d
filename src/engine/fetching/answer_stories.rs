//! Answers as servers give them, odd ones too, and what a report tells of them. In virtual time.

use std::io::Write as _;

use flate2::{Compression, write::GzEncoder};
use url::Url;

use super::stories::{POLITE, ServerBehaviour, with_server};
use crate::{
    engine::{
        browse::{self, Browse, as_text},
        experiment::Experiment as _,
        page_load::{self, PageChoice, PageLoad, Strategy},
    },
    wire::Blame,
};

/// A visit to a server that answers each path once a connection and closes.
fn visit(path: &str, says: fn(&str) -> Vec<u8>) -> browse::Report {
    let config = browse::Config::at(Url::parse(&format!("http://server.lab{path}")).unwrap());
    let manners = ServerBehaviour { answers: |_| 1, says, ..POLITE };
    with_server(manners, async |context| Browse::run(&config, &context, &mut ()).await).0
}

fn head(lines: &[u8], content: &[u8]) -> Vec<u8> {
    [b"HTTP/1.1 200 OK\r\n".as_slice(), lines, b"\r\n", content].concat()
}

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

fn names(report: &browse::Report) -> Vec<&str> {
    report.objects.iter().map(|object| object.timing.url.path()).collect()
}

#[test]
fn octets_outside_ascii_are_neither_lost_nor_guessed() {
    // RFC 9110 §5.5: a recipient should treat other octets as opaque data.
    let report = visit("/", |_| head(b"X-Name: caf\xe9 \xef\xbf\xbd\r\nContent-Length: 0\r\n", b""));
    let hop = &report.hops[0];
    assert_eq!(hop.fields[0].1, "caf\u{e9} \u{ef}\u{bf}\u{bd}", "an octet a character, and no U+FFFD");
    assert!(hop.why.iter().any(|why| why.contains("X-Name has octets outside ASCII")), "{:?}", hop.why);
    let report = visit("/", |_| head(b"X-Name: caf\xc3\xa9\r\nContent-Length: 0\r\n", b""));
    assert!(
        report.hops[0].why.iter().any(|why| why.contains("Read as UTF-8 it says: café")),
        "{:?}",
        report.hops[0].why
    );
    assert!(as_text(&report, None).contains("< X-Name: cafÃ©\n"));
}

#[test]
fn a_location_keeps_its_octets() {
    let report = visit("/", |line| match line.split(' ').nth(1) {
        Some("/") => b"HTTP/1.1 302 Found\r\nLocation: /caf\xe9?x=\xc3\xa9\r\nContent-Length: 0\r\n\r\n".to_vec(),
        _ => head(b"Content-Length: 0\r\n", b""),
    });
    assert_eq!(report.hops[1].timing.url.as_str(), "http://server.lab/caf%E9?x=%C3%A9");
}

#[test]
fn coded_content_is_shown_as_transferred_and_as_decoded() {
    fn says(line: &str) -> Vec<u8> {
        let coded = gzip(b"<p>a page<img src=a.png>");
        match line.split(' ').nth(1) {
            Some("/") => head(b"Content-Type: text/html\r\nContent-Encoding: gzip\r\nConnection: close\r\n", &coded),
            // RFC 9112 §6.3 rule 4: chunked is not last, so the content ends with the connection.
            Some("/until-close") => head(b"Content-Type: text/html\r\nTransfer-Encoding: gzip\r\n", &coded),
            Some("/unknown") => {
                head(b"Content-Type: text/html\r\nContent-Encoding: x-own\r\nConnection: close\r\n", b"?!")
            }
            Some("/cut") => {
                let cut = &coded[..coded.len() - 9];
                head(b"Content-Type: text/html\r\nContent-Encoding: gzip\r\nConnection: close\r\n", cut)
            }
            _ => head(b"Content-Length: 0\r\n", b""),
        }
    }
    for path in ["/", "/until-close"] {
        let report = visit(path, says);
        assert_eq!((report.failure.as_ref(), names(&report)), (None, vec!["/a.png"]), "{path}");
        let hop = &report.hops[0];
        let coding = hop.coding.as_ref().unwrap();
        assert_eq!(
            (&coding.codings[..], coding.decoded_octets, &coding.problem),
            (&["gzip".to_owned()][..], 24, &None)
        );
        assert_eq!(hop.content.first(), Some(&0x1f), "as transferred");
        let text = as_text(&report, None);
        assert!(text.contains("transferred, 24 B decoded)\n<p>a page"), "{text}");
    }
    let report = visit("/unknown", says);
    assert!(as_text(&report, None).contains("the coding x-own is not"), "{}", as_text(&report, None));
    assert_eq!(report.hops[0].text_if_any(), None, "what is not decoded is no text");
    let coding = visit("/cut", says).hops.remove(0).coding.unwrap();
    assert!(coding.problem.unwrap().contains("end before their end"));
}

#[test]
fn every_line_is_told_before_and_behind_the_final_head_too() {
    let report = visit("/", |_| {
        b"HTTP/1.1 103 Early Hints\r\nLink: </s.css>\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-Sum: 7\r\n\r\n"
            .to_vec()
    });
    let text = as_text(&report, None);
    let response =
        "< HTTP/1.1 103 Early Hints\n< Link: </s.css>\n<\n< HTTP/1.1 200 OK\n< Transfer-Encoding: chunked\n<\n";
    assert!(text.contains(response) && text.contains("\nhi\n< X-Sum: 7\n<\n"), "{text}");
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["hops"][0]["interim"][0]["fields"][0][1], "</s.css>");
    assert_eq!(json["hops"][0]["trailers"][0][0], "X-Sum");
}

#[test]
fn a_head_that_is_refused_is_told() {
    let report = visit("/", |_| head(b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n", b""));
    assert!(report.failure.is_some());
    assert_eq!((report.hops[0].timing.status, report.hops[0].fields.len()), (Some(200), 2));
    let report = visit("/", |_| head(b"Server: odd\r\nno colon here\r\n", b""));
    assert_eq!(report.failure.as_ref().map(|failure| failure.blame), Some(Blame::Peer));
    assert_eq!(report.hops[0].refused_head[..3], ["HTTP/1.1 200 OK", "Server: odd", "no colon here"]);
    assert!(as_text(&report, None).contains("< Server: odd\n< no colon here\n"), "{}", as_text(&report, None));
}

#[test]
fn pages_have_objects_in_every_encoding_and_without_a_type() {
    fn says(line: &str) -> Vec<u8> {
        let page = "<html><img src='/a.png'><img src='/é.png'>";
        let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        let latin1: Vec<u8> = page.chars().map(|letter| u8::try_from(u32::from(letter)).unwrap()).collect();
        match line.split(' ').nth(1) {
            Some("/utf16") => head(b"Content-Type: text/html\r\n", &[b"\xff\xfe".to_vec(), utf16(page)].concat()),
            Some("/utf16-said") => head(b"Content-Type: text/html; charset=UTF-16LE\r\n", &utf16(page)),
            Some("/latin1") => head(b"Content-Type: text/html\r\n", &latin1),
            Some("/untyped") => head(b"", &latin1),
            Some("/plain") => head(b"Content-Type: text/plain\r\n", &latin1),
            _ => head(b"Content-Length: 0\r\n", b""),
        }
    }
    for path in ["/utf16", "/utf16-said", "/latin1", "/untyped"] {
        assert_eq!(names(&visit(path, says)), ["/a.png", "/%C3%A9.png"], "{path}");
    }
    let untyped = visit("/untyped", says).hops.remove(0);
    assert!(untyped.why.iter().any(|why| why.contains("no Content-Type")), "{:?}", untyped.why);
    let plain = visit("/plain", says);
    assert_eq!(plain.objects.len(), 0);
    let text = as_text(&plain, None);
    assert!(
        text.contains("(read as windows-1252: nothing says otherwise)\n<html>") && text.contains("/é.png"),
        "{text}"
    );
}

#[test]
fn both_ends_of_the_connection_are_told() {
    let report = visit("/", |_| head(b"Content-Length: 0\r\n", b""));
    let ends = report.hops[0].ends.unwrap();
    assert_eq!((ends.client.ip().to_string().as_str(), ends.server), ("10.0.0.2", super::stories::SERVER));
    assert!(as_text(&report, None).contains(&format!("{} → {}", ends.client, ends.server)));
}

#[test]
fn a_redirect_to_another_protocol_breaks_no_rule() {
    for to in ["mailto:me@server.lab", "ftp://server.lab/"] {
        let says: fn(&str) -> Vec<u8> = if to.starts_with("mailto") {
            |_| b"HTTP/1.1 302 Found\r\nLocation: mailto:me@server.lab\r\nContent-Length: 0\r\n\r\n".to_vec()
        } else {
            |_| b"HTTP/1.1 302 Found\r\nLocation: ftp://server.lab/\r\nContent-Length: 0\r\n\r\n".to_vec()
        };
        let failure = visit("/", says).failure.unwrap();
        assert_eq!(failure.blame, Blame::Limit, "{failure}");
        assert!(failure.summary.contains(to) && failure.summary.contains("only http and https"), "{failure}");
    }
}

#[test]
fn redirects_before_a_page_are_counted_apart() {
    let config = page_load::Config {
        page: PageChoice::At(Url::parse("http://server.lab/old").unwrap()),
        strategies: vec![Strategy::Serial, Strategy::Persistent],
        ..page_load::Config::default()
    };
    let manners = ServerBehaviour {
        says: |line| match line.split(' ').nth(1) {
            Some("/old") => b"HTTP/1.1 301 Moved\r\nLocation: /\r\nContent-Length: 0\r\n\r\n".to_vec(),
            _ => (POLITE.says)(line),
        },
        ..POLITE
    };
    let (report, _) = with_server(manners, async |context| PageLoad::run(&config, &context, &mut ()).await);
    let told: Vec<_> = report.redirects.iter().map(|redirect| (redirect.status, redirect.url.path())).collect();
    assert_eq!(told, [(Some(301), "/old")]);
    assert!(report.runs.iter().all(|run| run.requests == 5), "the page and its four pictures");
    let text = page_load::as_text(&report);
    assert!(
        text.contains("Before it 1 redirect: ") && text.contains("301 from            http://server.lab/old"),
        "{text}"
    );
}
