//! Every status and what earns it; conditions, ranges, connections. Octets in, octets out, in virtual time.

use std::time::{Duration, SystemTime};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

use super::*;
use crate::{
    lab::{LabFiles, conversation::Conversation},
    net::{Clock, run_virtual},
    wire::{Caps, End, Ends, FlowHandle, FlowKind, Recorder, Secrets},
};

/// Sunday, 15 November 2026.
fn epoch() -> SystemTime {
    httpdate::parse_http_date("Sun, 15 Nov 2026 12:00:00 GMT").unwrap()
}

fn origin(site: &str) -> OriginServer {
    let files = LabFiles::embedded();
    let mut sites = vec![(site.to_owned(), Arc::new(Site::new(Arc::clone(&files.sites[site]))))];
    if site == "www.someschool.edu" {
        let staff = "staff.someschool.edu";
        sites.push((staff.to_owned(), Arc::new(Site::new(Arc::clone(&files.sites[staff])))));
    }
    OriginServer::new(sites, KeepAlive { seconds: 10, requests: 100 })
}

fn about(clock: &Clock, flow: Option<FlowHandle>) -> Conversation {
    Conversation { clock: clock.clone(), flow, client: "10.0.0.2:49152".parse().ok() }
}

/// Says `parts` one after the other, a second apart, then ends its sending; returns what the server said and when it ended.
pub(super) fn talk(site: &str, parts: &[&[u8]]) -> (Vec<u8>, Duration) {
    let origin = origin(site);
    let parts: Vec<Vec<u8>> = parts.iter().map(|part| part.to_vec()).collect();
    run_virtual(epoch(), async move |clock: Clock| {
        let (mut client, server) = duplex(1 << 20);
        let about = about(&clock, None);
        tokio::spawn(async move { http1::serve(server, &origin, &about).await });
        let mut heard = Vec::new();
        for (i, part) in parts.iter().enumerate() {
            if i > 0 {
                clock.sleep(Duration::from_secs(1)).await;
            }
            client.write_all(part).await.ok();
        }
        client.shutdown().await.unwrap();
        client.read_to_end(&mut heard).await.unwrap();
        (heard, clock.now())
    })
    .unwrap()
}

/// One response taken apart without the help of the code under test.
#[derive(Debug)]
struct HttpResponse {
    status: u16,
    head: String,
    content: Vec<u8>,
}

impl HttpResponse {
    fn read(octets: &[u8]) -> Self {
        let end = octets
            .windows(4)
            .position(|four| four == b"\r\n\r\n")
            .unwrap_or_else(|| panic!("no head in {:?}", String::from_utf8_lossy(octets)));
        let head = String::from_utf8(octets[..end].to_vec()).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        assert!(head.starts_with("HTTP/1.1 "), "{head}");
        Self { status, head, content: octets[end + 4..].to_vec() }
    }

    fn field(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().skip(1).filter_map(|line| line.split_once(": "));
        let mut values = lines.filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value);
        let value = values.next();
        assert!(values.next().is_none(), "{name} stands twice");
        value
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.content).into_owned()
    }
}

fn ask(request: &str) -> HttpResponse {
    HttpResponse::read(&talk("www.someschool.edu", &[request.as_bytes()]).0)
}

/// `method target`, `Host`, and more lines, each ended by CR LF, and content.
fn asked(start: &str, lines: &str, content: &str) -> HttpResponse {
    ask(&format!("{start} HTTP/1.1\r\nHost: www.someschool.edu\r\n{lines}\r\n{content}"))
}

fn get(path: &str, lines: &str) -> HttpResponse {
    asked(&format!("GET {path}"), lines, "")
}

mod every_status_is_earned {
    use super::*;

    #[test]
    fn by_the_request_the_document_names() {
        let long = format!("GET /{} HTTP/1.1\r\nHost: a\r\n\r\n", "x".repeat(9_000));
        let many = format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", "X-Line: x\r\n".repeat(300));
        let large = format!("GET / HTTP/1.1\r\nHost: a\r\nX-Large: {}\r\n\r\n", "x".repeat(70_000));
        let huge = "PUT /uploads/huge HTTP/1.1\r\nHost: a\r\nContent-Length: 999999999\r\n\r\n";
        let put = "PUT /uploads/mine.txt HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi";
        for (request, status) in [
            ("GET /someDepartment/home.index HTTP/1.1\r\nHost: a\r\n\r\n", 200),
            (put, 201),
            ("DELETE /uploads/hello.txt HTTP/1.1\r\nHost: a\r\n\r\n", 204),
            ("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 204),
            ("GET /range/alphabet.txt HTTP/1.1\r\nHost: a\r\nRange: bytes=0-4\r\n\r\n", 206),
            ("GET /old HTTP/1.1\r\nHost: a\r\n\r\n", 301),
            ("GET /uploads HTTP/1.1\r\nHost: a\r\n\r\n", 301),
            ("GET /moved-for-now HTTP/1.1\r\nHost: a\r\n\r\n", 302),
            ("GET / HTTP/1.1\r\nHost: a\r\nIf-Modified-Since: Tue, 02 Sep 2025 08:00:00 GMT\r\n\r\n", 304),
            ("GET / HTTP/1.1\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
            ("GET / HTTP/1.1\nHost: a\n\n", 400),
            ("GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400),
            ("GET /../.. HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            ("GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            ("GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            ("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
            ("PUT /uploads/a HTTP/1.1\r\nHost: a\r\nContent-Range: bytes 0-1/9\r\nContent-Length: 2\r\n\r\nhi", 400),
            ("GET /page?objects=10001 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            ("GET /no/such/file HTTP/1.1\r\nHost: a\r\n\r\n", 404),
            ("GET /site.toml HTTP/1.1\r\nHost: a\r\n\r\n", 404),
            ("DELETE /index.html HTTP/1.1\r\nHost: a\r\n\r\n", 405),
            ("POST /index.html HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", 405),
            ("PUT /elsewhere.txt HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", 405),
            ("TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", 405),
            ("PUT /uploads/folder/ HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", 409),
            ("POST /echo HTTP/1.1\r\nHost: a\r\n\r\n", 411),
            ("PUT /uploads/hello.txt HTTP/1.1\r\nHost: a\r\nIf-Match: \"another\"\r\nContent-Length: 0\r\n\r\n", 412),
            ("PUT /uploads/hello.txt HTTP/1.1\r\nHost: a\r\nIf-None-Match: *\r\nContent-Length: 0\r\n\r\n", 412),
            (huge, 413),
            (&long, 414),
            ("POST /animalsearch HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: 1\r\n\r\nx", 415),
            ("GET /range/alphabet.txt HTTP/1.1\r\nHost: a\r\nRange: bytes=26-\r\n\r\n", 416),
            ("GET / HTTP/1.1\r\nHost: a\r\nExpect: miracles\r\n\r\n", 417),
            (&many, 431),
            (&large, 431),
            ("GET /cgi/crash HTTP/1.1\r\nHost: a\r\n\r\n", 500),
            ("GET /cgi/average HTTP/1.1\r\nHost: a\r\n\r\n", 200),
            ("BREW /coffee HTTP/1.1\r\nHost: a\r\n\r\n", 501),
            ("CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", 501),
            ("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501),
            ("GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505),
            ("GET /\r\n\r\n", 505),
        ] {
            earns(request, status);
        }
    }

    fn earns(request: &str, status: u16) {
        let heard = ask(request);
        assert_eq!(heard.status, status, "{}", request.chars().take(120).collect::<String>());
        let expects_page = !matches!(status, 204 | 304);
        assert_eq!(!heard.content.is_empty(), expects_page, "{}", heard.head);
        if let Some(length) = heard.field("Content-Length") {
            assert_eq!(length.parse(), Ok(heard.content.len()), "{}", heard.head);
        }
        assert_eq!(heard.field("Date"), Some("Sun, 15 Nov 2026 12:00:00 GMT"));
        assert_eq!(heard.field("Server"), Some("lab/0.1"));
    }

    #[test]
    fn by_targets_methods_and_credentials() {
        let coded_form =
            "POST /animalsearch HTTP/1.1\r\nHost: a\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx";
        for (request, status) in [
            ("GET /status.html#top HTTP/1.1\r\nHost: a\r\n\r\n", 400),
            ("GET /private/ HTTP/1.1\r\nHost: a\r\n\r\n", 401),
            ("GET /private/index.html HTTP/1.1\r\nHost: a\r\nAuthorization: Basic eDp5\r\n\r\n", 401),
            ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", 405),
            ("POST /uploads/ HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", 405),
            ("DELETE /uploads/ HTTP/1.1\r\nHost: a\r\n\r\n", 405),
            ("POST /no/such/folder/ HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", 404),
            (coded_form, 415),
            ("GET https://www.someschool.edu/ HTTP/1.1\r\nHost: a\r\n\r\n", 421),
            ("GET ftp://www.someschool.edu/ HTTP/1.1\r\nHost: a\r\n\r\n", 421),
        ] {
            earns(request, status);
        }
    }

    #[test]
    fn what_each_must_also_say() {
        assert_eq!(asked("DELETE /index.html", "", "").field("Allow"), Some("GET, HEAD, OPTIONS"));
        assert_eq!(asked("POST /", "Content-Length: 0\r\n", "").field("Allow"), Some("GET, HEAD, OPTIONS"));
        let challenge = "Basic realm=\"Marks of Some School\", charset=\"UTF-8\"";
        assert_eq!(get("/private/", "").field("WWW-Authenticate"), Some(challenge));
        assert!(asked("PUT /uploads/huge", "Content-Length: 999999999\r\n", "").head.contains("413 Content Too Large"));
        assert_eq!(asked("OPTIONS /uploads/x", "", "").field("Allow"), Some("GET, HEAD, PUT, DELETE, OPTIONS"));
        assert_eq!(get("/old", "").field("Location"), Some("/someDepartment/home.index"));
        assert_eq!(get("/someDepartment?a=b", "").field("Location"), Some("/someDepartment/?a=b"));
        let heard = get("/range/alphabet.txt", "Range: bytes=26-\r\n");
        assert_eq!(heard.field("Content-Range"), Some("bytes */26"));
        let heard = asked("PUT /uploads/mine.txt", "Content-Length: 2\r\n", "hi");
        assert_eq!(heard.field("Location"), Some("/uploads/mine.txt"));
        assert!(heard.field("ETag").is_some());
        let page = get("/cgi/crash", "").text();
        assert!(page.contains("line 3 of the file of marks is &quot;absent&quot;"), "{page}");
        assert!(page.contains("RFC 9110 §15.6.1"));
    }

    #[test]
    fn a_page_says_why_without_letting_markup_in() {
        let page = get("/%3Cscript%3E", "").text();
        assert!(page.contains("/&lt;script&gt;") && !page.contains("<script>"), "{page}");
    }

    #[test]
    fn half_a_request_is_timed_out_and_an_idle_connection_closed_without_a_word() {
        let run = |said: &'static [u8]| {
            let origin = origin("info.cern.ch");
            run_virtual(epoch(), async move |clock: Clock| {
                let (mut client, server) = duplex(1 << 16);
                let about = about(&clock, None);
                tokio::spawn(async move { http1::serve(server, &origin, &about).await });
                client.write_all(said).await.unwrap();
                let mut heard = Vec::new();
                client.read_to_end(&mut heard).await.unwrap();
                (heard, clock.now())
            })
            .unwrap()
        };
        let (heard, at) = run(b"GET / HTTP/1.1\r\nHost: info.cern.ch\r\n");
        assert_eq!((HttpResponse::read(&heard).status, at), (408, Duration::from_secs(20)));
        assert_eq!(HttpResponse::read(&heard).field("Connection"), Some("close"));
        let (heard, at) = run(b"PUT / HTTP/1.1\r\nHost: info.cern.ch\r\nContent-Length: 10\r\n\r\nhalf");
        assert_eq!((HttpResponse::read(&heard).status, at), (408, Duration::from_secs(20)));
        let (heard, at) = run(b"HEAD / HTTP/1.1\r\nHost: info.cern.ch\r\n\r\n");
        assert_eq!((HttpResponse::read(&heard).status, at), (200, Duration::from_secs(10)));
        assert_eq!(run(b""), (Vec::new(), Duration::from_secs(10)));
    }
}

mod the_file_tree {
    use super::*;

    /// All requests on one connection.
    fn statuses(requests: &[String]) -> Vec<u16> {
        let parts: Vec<&[u8]> = requests.iter().map(String::as_bytes).collect();
        let heard = talk("www.someschool.edu", &parts).0;
        let text = String::from_utf8_lossy(&heard).into_owned();
        text.split("HTTP/1.1 ").skip(1).map(|rest| rest.split(' ').next().unwrap().parse().unwrap()).collect()
    }

    fn put(path: &str, lines: &str, content: &str) -> String {
        format!("PUT {path} HTTP/1.1\r\nHost: a\r\n{lines}Content-Length: {}\r\n\r\n{content}", content.len())
    }

    fn bare(start: &str) -> String {
        format!("{start} HTTP/1.1\r\nHost: a\r\n\r\n")
    }

    #[test]
    fn changes_by_put_and_delete() {
        let heard = statuses(&[
            bare("GET /uploads/mine.txt"),
            put("/uploads/mine.txt", "", "first"),
            bare("GET /uploads/mine.txt"),
            put("/uploads/mine.txt", "If-None-Match: *\r\n", "second"),
            put("/uploads/mine.txt", "If-Match: *\r\n", "second"),
            bare("DELETE /uploads/mine.txt"),
            bare("DELETE /uploads/mine.txt"),
            bare("GET /uploads/mine.txt"),
        ]);
        assert_eq!(heard, [404, 201, 200, 412, 204, 204, 404, 404]);
    }

    #[test]
    fn is_as_it_was_for_another_lab() {
        assert_eq!(statuses(&[put("/uploads/mine.txt", "", "x")]), [201]);
        assert_eq!(statuses(&[bare("GET /uploads/mine.txt")]), [404]);
    }

    #[test]
    fn shows_what_is_in_a_listed_folder() {
        let requests = [put("/uploads/a%20b.txt", "", "x"), bare("GET /uploads/")];
        let parts: Vec<&[u8]> = requests.iter().map(String::as_bytes).collect();
        let text = String::from_utf8_lossy(&talk("www.someschool.edu", &parts).0).into_owned();
        assert!(text.contains("<a href=\"/uploads/a%20b%2Etxt\">a b.txt</a></td><td>1 octets"), "{text}");
        assert!(text.contains("hello%2Etxt"));
    }

    #[test]
    fn has_limits() {
        let much = "x".repeat(4_000_000);
        let requests: Vec<String> = (0..5).map(|i| put(&format!("/uploads/{i}"), "", &much)).collect();
        assert_eq!(statuses(&requests), [201, 201, 201, 201, 507]);
    }

    #[test]
    fn new_content_has_a_new_tag_and_the_date_it_was_put() {
        let requests = [put("/uploads/x.txt", "", "hello"), bare("HEAD /uploads/x.txt")];
        let parts: Vec<&[u8]> = requests.iter().map(String::as_bytes).collect();
        let text = String::from_utf8_lossy(&talk("www.someschool.edu", &parts).0).into_owned();
        assert!(text.contains("Last-Modified: Sun, 15 Nov 2026 12:00:00 GMT"), "{text}");
        let tags: Vec<&str> = text.lines().filter(|line| line.starts_with("ETag")).collect();
        assert!(tags.len() == 2 && tags[0] == tags[1], "{tags:?}");
    }
}

mod representations {
    use super::*;

    #[test]
    fn of_the_first_web_site_are_as_in_the_notes() {
        let octets = talk("info.cern.ch", &[b"GET / HTTP/1.1\r\nHost: info.cern.ch\r\nConnection: close\r\n\r\n"]).0;
        let heard = HttpResponse::read(&octets);
        let names: Vec<&str> = heard.head.lines().skip(1).map(|line| line.split(':').next().unwrap()).collect();
        let as_in_the_notes = "Date Server Last-Modified ETag Accept-Ranges Content-Length Connection Content-Type";
        assert_eq!(names.join(" "), as_in_the_notes);
        assert_eq!(heard.field("Last-Modified"), Some("Wed, 05 Feb 2014 16:00:31 GMT"));
        assert_eq!(heard.field("Content-Type"), Some("text/html"));
        assert_eq!((heard.field("Content-Length"), heard.content.len()), (Some("646"), 646));
        assert!(heard.field("ETag").unwrap().starts_with("\"286-"));
    }

    #[test]
    fn in_parts_are_the_octets_asked_for() {
        let part = |range: &str| get("/range/alphabet.txt", &format!("Range: {range}\r\n"));
        let heard = part("bytes=0-4");
        assert_eq!((heard.text().as_str(), heard.field("Content-Range")), ("abcde", Some("bytes 0-4/26")));
        let heard = part("bytes=-3");
        assert_eq!((heard.text().as_str(), heard.field("Content-Range")), ("xyz", Some("bytes 23-25/26")));
        assert_eq!(part("bytes=20-").text(), "uvwxyz");
        assert_eq!((part("bytes=5-2").status, part("lines=1-2").status), (200, 200));
        let heard = part("bytes=0-1,-2");
        let media_type = heard.field("Content-Type").unwrap();
        let boundary = media_type.strip_prefix("multipart/byteranges; boundary=").unwrap();
        let expected = format!(
            "\r\n--{boundary}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Range: bytes 0-1/26\r\n\r\nab\
             \r\n--{boundary}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Range: bytes 24-25/26\r\n\r\nyz\
             \r\n--{boundary}--\r\n"
        );
        assert_eq!(heard.text(), expected);
        assert_eq!(heard.field("Content-Range"), None);
    }

    #[test]
    fn in_parts_only_of_what_the_client_has_already() {
        let etag = get("/range/alphabet.txt", "").field("ETag").unwrap().to_owned();
        let part =
            |condition: &str| get("/range/alphabet.txt", &format!("Range: bytes=0-4\r\nIf-Range: {condition}\r\n"));
        assert_eq!(part(&etag).status, 206);
        assert_eq!(part("\"another\"").status, 200);
        assert_eq!(part("Tue, 02 Sep 2025 08:00:00 GMT").status, 206);
        assert_eq!(part("Tue, 02 Sep 2025 08:00:01 GMT").status, 200);
        let lines = format!("Range: bytes=0-4\r\nIf-None-Match: {etag}\r\n");
        assert_eq!(get("/range/alphabet.txt", &lines).status, 304);
        assert_eq!(asked("HEAD /range/alphabet.txt", "Range: bytes=0-4\r\n", "").status, 200);
    }

    #[test]
    fn not_modified_carry_the_tag_and_no_content() {
        let etag = get("/", "").field("ETag").unwrap().to_owned();
        let heard = get("/", &format!("If-None-Match: {etag}\r\n"));
        assert_eq!((heard.status, heard.field("ETag")), (304, Some(etag.as_str())));
        assert_eq!((heard.field("Content-Length"), heard.field("Content-Type")), (None, None));
        assert!(heard.content.is_empty());
    }

    #[test]
    fn are_for_those_who_know_the_password() {
        // "student:networks" in base64: RFC 7617 §2.
        let heard = get("/private/", "Authorization: Basic c3R1ZGVudDpuZXR3b3Jrcw==\r\n");
        assert!(heard.status == 200 && heard.text().contains("<h1>Marks</h1>"), "{}", heard.head);
    }

    fn unzipped(octets: &[u8]) -> String {
        std::io::read_to_string(flate2::read::GzDecoder::new(octets)).unwrap()
    }

    #[test]
    fn are_compressed_for_those_who_take_it() {
        let plain = get("/catalogue.html", "");
        assert_eq!((plain.field("Content-Encoding"), plain.field("Vary")), (None, Some("Accept-Encoding")));
        let coded = get("/catalogue.html", "Accept-Encoding: br, gzip\r\n");
        assert_eq!((coded.field("Content-Encoding"), coded.field("Vary")), (Some("gzip"), Some("Accept-Encoding")));
        assert!(coded.content.len() * 4 < plain.content.len(), "{} octets", coded.content.len());
        assert_eq!(unzipped(&coded.content), plain.text());
        let tag = coded.field("ETag").unwrap();
        assert_ne!(Some(tag), plain.field("ETag"), "another representation has another tag");
        let again = get("/catalogue.html", &format!("Accept-Encoding: gzip\r\nIf-None-Match: {tag}\r\n"));
        assert_eq!((again.status, again.field("Vary")), (304, Some("Accept-Encoding")));
        let octets = talk("rude.lab", &[b"GET /gzip-unasked HTTP/1.1\r\nHost: a\r\n\r\n"]).0;
        let unasked = HttpResponse::read(&octets);
        assert!(unzipped(&unasked.content).contains("Nobody asked for gzip"), "{}", unasked.head);
    }

    #[test]
    fn made_to_order_have_the_octets_ordered() {
        let heard = get("/page?objects=10&size=12500", "");
        assert_eq!(heard.content.len(), 1_664);
        let heard = get("/object?i=3&size=12500", "");
        assert_eq!((heard.content.len(), heard.field("Content-Type")), (12_500, Some("image/jpeg")));
        assert_eq!(get("/object?i=3&size=12500", "Range: bytes=-100\r\n").content.len(), 100);
        assert_eq!(get("/page?objects=ten", "").status, 400);
    }

    #[test]
    fn of_a_request_show_what_was_sent() {
        let page = get("/headers", "User-Agent: a <browser>\r\nAccept-Language: de\r\n").text();
        assert!(
            page.contains("a &lt;browser&gt;") && page.contains("Accept-Language") && page.contains("10.0.0.2:49152")
        );
        let page = get("/animalsearch?monkeys&banana", "").text();
        assert!(page.contains("monkeys, banana") && page.contains("(no value)"), "{page}");
        let form = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 19\r\n";
        let page = asked("POST /animalsearch", form, "animal=a+b&food=%26").text();
        assert!(page.contains("<b>animal</b></td><td>a b") && page.contains("<b>food</b></td><td>&amp;"), "{page}");
        let heard = asked(
            "POST /echo",
            "Content-Type: text/x\r\nTransfer-Encoding: chunked\r\n",
            "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
        );
        assert_eq!((heard.text().as_str(), heard.field("Content-Type")), ("abcde", Some("text/x")));
    }

    #[test]
    fn are_chosen_by_host_and_by_absolute_target() {
        let staff = "GET / HTTP/1.1\r\nHost: STAFF.someschool.edu:80\r\n\r\n";
        assert!(ask(staff).text().contains("second server"));
        let absolute = "GET http://staff.someschool.edu/ HTTP/1.1\r\nHost: www.someschool.edu\r\n\r\n";
        assert!(ask(absolute).text().contains("second server"));
        assert!(ask("GET / HTTP/1.1\r\nHost: 127.0.0.1:8081\r\n\r\n").text().contains("<h1>Some School</h1>"));
    }

    #[test]
    fn of_head_are_those_of_get_without_content() {
        for path in ["/", "/old", "/no", "/chunked", "/page?objects=3", "/headers"] {
            let (get, head) = (get(path, ""), asked(&format!("HEAD {path}"), "", ""));
            assert!(head.content.is_empty());
            if path != "/headers" {
                assert_eq!(head.head, get.head, "{path}");
            }
        }
    }
}

mod connections {
    use super::*;

    const GET: &[u8] = b"GET /range/alphabet.txt HTTP/1.1\r\nHost: a\r\n\r\n";

    fn closes(request: &str) -> bool {
        let heard = ask(request);
        let connection = heard.field("Connection").unwrap();
        assert_eq!(heard.field("Keep-Alive").is_some(), connection == "Keep-Alive", "{}", heard.head);
        connection == "close"
    }

    #[test]
    fn live_on_as_each_version_has_it() {
        assert!(!closes("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
        assert!(closes("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
        assert!(closes("GET / HTTP/1.0\r\n\r\n"));
        assert!(!closes("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
        assert!(closes("GET / HTTP/2.7\r\n\r\n"));
    }

    #[test]
    fn say_how_long_they_live_and_end_when_they_said() {
        let octets = talk("info.cern.ch", &[&b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(105)]).0;
        let text = String::from_utf8(octets).unwrap();
        let answers: Vec<&str> = text.split("\r\n\r\n").filter(|head| !head.is_empty()).collect();
        assert_eq!(answers.len(), 100, "max=100 means a hundred");
        assert!(answers[0].contains("Keep-Alive: timeout=10, max=99"));
        assert!(answers[98].contains("Keep-Alive: timeout=10, max=1\r\n"));
        assert!(answers[99].contains("Connection: close"));
    }

    #[test]
    fn carry_pipelined_requests_answered_in_order_and_in_one_write() {
        let origin = origin("www.someschool.edu");
        let octets = run_virtual(epoch(), async move |clock: Clock| {
            let (mut client, server) = duplex(1 << 20);
            let about = about(&clock, None);
            tokio::spawn(async move { http1::serve(server, &origin, &about).await });
            let paths = (0..11).map(|i| format!("GET /object?i={i}&size={} HTTP/1.1\r\nHost: a\r\n\r\n", 1_000 + i));
            client.write_all(paths.collect::<String>().as_bytes()).await.unwrap();
            let mut first = vec![0; 1 << 20];
            let read = client.read(&mut first).await.unwrap();
            first.truncate(read);
            first
        })
        .unwrap();
        let text = String::from_utf8_lossy(&octets).into_owned();
        let lengths: Vec<String> =
            text.lines().filter_map(|line| Some(line.strip_prefix("Content-Length: ")?.to_owned())).collect();
        let expected: Vec<String> = (0..11).map(|i| (1_000 + i).to_string()).collect();
        assert_eq!(lengths, expected, "all in what one read of the client brought");
    }

    #[test]
    fn read_a_request_however_it_is_cut() {
        let request = b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhelloGET /range/alphabet.txt HTTP/1.1\r\nHost: a\r\n\r\n";
        let whole = talk("www.someschool.edu", &[request]).0;
        let date = |octets: Vec<u8>| {
            let text = String::from_utf8(octets).unwrap();
            text.lines().filter(|line| !line.starts_with("Date")).collect::<Vec<_>>().join("\n")
        };
        for cut in [1, 2, 3, 7, 30, 60] {
            let parts: Vec<&[u8]> = request.chunks(request.len() / 12 + cut).collect();
            assert_eq!(date(talk("www.someschool.edu", &parts).0), date(whole.clone()));
        }
    }

    #[test]
    fn continue_when_asked_and_send_the_answer_after() {
        let head = b"PUT /uploads/x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
        let text = String::from_utf8(talk("www.someschool.edu", &[head, b"hi"]).0).unwrap();
        assert!(text.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\n"), "{text}");
    }

    #[test]
    fn answer_at_once_where_the_head_decides() {
        // RFC 9110 §10.1.1: 100 or the final status, where that is known.
        for (start, lines, status) in [
            ("PUT /status.html", "", 405),
            ("POST /no/such/file", "", 404),
            ("POST /old", "", 405),
            ("BREW /pot", "", 501),
            ("PUT /uploads/hello.txt", "If-None-Match: *\r\n", 412),
            ("PUT /uploads/x", "Content-Range: bytes 0-1/9\r\n", 400),
            ("POST /animalsearch", "Content-Type: text/plain\r\n", 415),
            ("PUT /uploads/x", "Content-Length: 99999999\r\n", 413),
        ] {
            let length = if lines.contains("Length") { "" } else { "Content-Length: 2\r\n" };
            let head = format!("{start} HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n{lines}{length}\r\n");
            let answer = HttpResponse::read(&talk("www.someschool.edu", &[head.as_bytes()]).0);
            assert_eq!((answer.status, answer.field("Connection")), (status, Some("close")), "{head}");
        }
    }

    #[test]
    fn keep_the_coding_of_what_was_put() {
        let put = b"PUT /uploads/a.txt HTTP/1.1\r\nHost: a\r\nContent-Encoding: x-own\r\nContent-Length: 2\r\n\r\nhi";
        let get = b"GET /uploads/a.txt HTTP/1.1\r\nHost: a\r\n\r\n";
        let text = String::from_utf8(talk("www.someschool.edu", &[put, get]).0).unwrap();
        assert!(text.contains("\r\nContent-Encoding: x-own\r\n"), "{text}");
    }

    #[test]
    fn carry_chunks_and_a_trailer_but_not_to_http_1_0() {
        let heard = get("/chunked", "");
        assert_eq!(heard.field("Transfer-Encoding"), Some("chunked"));
        assert_eq!((heard.field("Trailer"), heard.field("Content-Length")), (Some("Lab-Pieces"), None));
        let text = heard.text();
        assert!(text.ends_with("\r\n0\r\nLab-Pieces: 12\r\n\r\n"), "{text}");
        let plain = ask("GET /chunked HTTP/1.0\r\nHost: a\r\n\r\n");
        assert_eq!((plain.field("Transfer-Encoding"), plain.field("Content-Length")), (None, None));
        assert_eq!((plain.field("Connection"), plain.field("Trailer")), (Some("close"), None));
        assert!(plain.text().starts_with("<!DOCTYPE html>") && plain.text().ends_with("</html>\n"));
    }

    #[test]
    fn end_where_content_of_unknown_length_ends() {
        let heard = get("/until-close", "");
        assert_eq!((heard.field("Connection"), heard.field("Content-Length")), (Some("close"), None));
        assert!(heard.text().ends_with("</html>\n"));
    }

    #[test]
    fn bring_nothing_after_a_request_that_cannot_be_read() {
        let smuggled = [b"GET / HTTP/1.1\r\nBad Name: x\r\n\r\n".as_slice(), GET].concat();
        let text = String::from_utf8_lossy(&talk("www.someschool.edu", &[&smuggled]).0).into_owned();
        assert_eq!(text.matches("HTTP/1.1 ").count(), 1, "{text}");
        assert!(text.starts_with("HTTP/1.1 400 "));
    }

    #[test]
    fn have_what_the_server_decided_noted_on_their_flow() {
        let origin = origin("www.someschool.edu");
        let recorder = Recorder::new(Caps::default(), Secrets::Shown, None);
        let end = |name: &str| End { name: name.into(), ip_port: None };
        let ends = Ends { client: end("you"), server: end("www.someschool.edu") };
        let flow = recorder.open(None, FlowKind::Connection, "test".into(), ends, Duration::ZERO);
        let written = flow.clone();
        run_virtual(epoch(), async move |clock: Clock| {
            let (mut client, server) = duplex(1 << 20);
            let about = about(&clock, Some(written));
            let serving = tokio::spawn(async move { http1::serve(server, &origin, &about).await });
            client
                .write_all(b"GET / HTTP/1.1\r\nHost: a\r\nIf-Modified-Since: Sun, 15 Nov 2026 00:00:00 GMT\r\n\r\n")
                .await
                .unwrap();
            serving.await.unwrap();
        })
        .unwrap();
        drop(flow);
        let ledger = recorder.into_ledger();
        let flow = ledger.flows().first().unwrap();
        let notes: Vec<(&str, Option<&str>, Duration)> =
            flow.notes.iter().map(|note| (note.text.as_str(), note.clause.as_deref(), note.at)).collect();
        let since = "304: not modified since Sun, 15 Nov 2026 00:00:00 GMT";
        let idle = "closing: the connection was idle for 10 s";
        assert_eq!(
            notes,
            [(since, Some("RFC 9110 §13.1.3"), Duration::ZERO), (idle, Some("RFC 9112 §9.5"), Duration::from_secs(10)),]
        );
    }

    #[test]
    fn survive_silence_and_a_request_without_a_target() {
        talk("www.someschool.edu", &[b""]);
        talk("www.someschool.edu", &[b"GET ", b"", b" HTTP/1.1\r\nHost: a\r\n\r\n"]);
    }

    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config::with_cases(64))]
        #[test]
        fn survive_whatever_is_said(octets in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
            talk("www.someschool.edu", &[&octets]);
            talk("www.someschool.edu", &[b"GET ", &octets, b" HTTP/1.1\r\nHost: a\r\n\r\n"]);
        }
    }
}
