//! Cookies in visits: what responses set, what requests then carry, over HTTP/1 and HTTP/2. In virtual time.

use std::convert::Infallible;

use bytes::Bytes;
use http_body_util::Full;
use hyper::{Request, Response, body::Incoming, service::service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use url::Url;

use super::stories::{POLITE, ServerBehaviour, with_server, with_sockets};
use crate::{
    engine::{
        browse::{self, Browse, CookieSettings, Exchange, HttpChoice, as_text},
        context::Context,
        experiment::Experiment as _,
        jar::{BrowserJar, CookieNote},
        page_load::{self, PageChoice, PageLoad},
    },
    proto::http::cookies::{CookieRules, ThirdPartyPolicy, Verdict},
    store::{ChangesOf, HistoryPage, SqlQuery, Store, Value},
    wire::NoteKind,
};

const SHOP: ServerBehaviour = ServerBehaviour { says: shop, ..POLITE };

/// A page that sets cookies and has two pictures, the first of which sets one more; a redirect; a page that sets what it may not.
fn shop(line: &str) -> Vec<u8> {
    let (fields, content) = match line.split(' ').nth(1) {
        Some("/") => (
            "Set-Cookie: id=1678; Max-Age=60\r\nSet-Cookie: caf\u{e9}=\u{fc}\r\nContent-Type: text/html\r\n",
            "<img src=/1><img src=/2>",
        ),
        Some("/1") => ("Set-Cookie: picture=1; SameSite=Strict\r\n", "a dot"),
        Some("/old") => {
            return b"HTTP/1.1 302 Found\r\nLocation: /new\r\nSet-Cookie: hop=1\r\nContent-Length: 0\r\n\r\n".to_vec();
        }
        Some("/bad") => {
            ("Set-Cookie: a=1; Domain=lab\r\nSet-Cookie: b=1; Secure\r\nSet-Cookie: c=1; Domain=ebay.com\r\n", "no")
        }
        _ => ("", "hello"),
    };
    let text = format!("HTTP/1.1 200 OK\r\n{fields}Content-Length: {}\r\n\r\n{content}", content.len());
    // An octet a character.
    text.chars().map(|letter| u8::try_from(u32::from(letter)).unwrap()).collect()
}

fn at(path: &str) -> browse::Config {
    browse::Config {
        objects: Some(page_load::Strategy::Persistent),
        ..browse::Config::at(Url::parse(&format!("http://server.lab{path}")).unwrap())
    }
}

async fn visit(context: &Context, config: &browse::Config) -> browse::Report {
    let report = Browse::run(config, context, &mut ()).await;
    assert_eq!(report.failure, None);
    report
}

fn cookie_line(exchange: &Exchange) -> Option<&str> {
    exchange
        .request_lines
        .iter()
        .find_map(|line| line.strip_prefix("Cookie: ").or_else(|| line.strip_prefix("cookie: ")))
}

fn names(notes: &[CookieNote]) -> Vec<String> {
    notes.iter().map(|note| note.name.to_string()).collect()
}

#[test]
fn what_a_page_sets_its_objects_and_the_next_visit_carry() {
    let (reports, ledger) =
        with_server(SHOP, async |context| [visit(&context, &at("/")).await, visit(&context, &at("/")).await]);
    let [first, second] = reports;
    assert_eq!(
        (cookie_line(&first.hops[0]), names(&first.hops[0].cookies.set)),
        (None, vec!["id".to_owned(), "caf\u{fffd}".to_owned()])
    );
    let lines: Vec<_> = first.objects.iter().map(cookie_line).collect();
    assert_eq!(
        lines,
        [Some("id=1678; caf\u{e9}=\u{fc}"), Some("id=1678; caf\u{e9}=\u{fc}; picture=1")],
        "an octet a character, and the newest cookie too"
    );
    assert_eq!(cookie_line(&second.hops[0]), Some("id=1678; caf\u{e9}=\u{fc}; picture=1"));
    assert_eq!(second.hops[0].cookies.set[0].verdict, Verdict::Replaced);
    let json = serde_json::to_value(&second).unwrap();
    assert_eq!(json["hops"][0]["cookies_sent"][0]["value"], "1678");
    assert_eq!(serde_json::from_value::<browse::Report>(json).unwrap().hops[0].cookies, second.hops[0].cookies);
    let notes: Vec<_> =
        ledger.flows().iter().flat_map(|flow| &flow.notes).filter(|note| note.kind == NoteKind::Why).collect();
    let clause =
        |begin: &str| notes.iter().find(|note| note.text.starts_with(begin)).and_then(|note| note.clause.as_deref());
    assert_eq!(clause("Cookie accepted: id. It is new"), Some("RFC 6265bis §5.7 step 24"));
    assert_eq!(clause("Cookie sent: id."), Some("RFC 6265bis §5.8.3"));
    assert!(notes.iter().all(|note| !note.text.contains("1678")), "no note has a value");
}

#[test]
fn octets_of_a_cookie_go_back_as_they_came() {
    let (_, ledger) = with_server(SHOP, async |context| visit(&context, &at("/")).await);
    let sent = ledger.flows().iter().any(|flow| {
        flow.events.iter().any(|event| match &event.content {
            crate::wire::EventContent::Octets(octets) => {
                octets.bytes.windows(8).any(|window| window == b"; caf\xe9=\xfc")
            }
            crate::wire::EventContent::Step(_) => false,
        })
    });
    assert!(sent, "not as UTF-8");
}

#[test]
fn a_redirect_sets_and_the_next_hop_carries() {
    let (report, _) = with_server(SHOP, async |context| visit(&context, &at("/old")).await);
    assert_eq!(
        (names(&report.hops[0].cookies.set), cookie_line(&report.hops[1])),
        (vec!["hop".to_owned()], Some("hop=1"))
    );
}

#[test]
fn what_a_server_may_not_set_is_refused_with_its_rule() {
    let (report, _) = with_server(SHOP, async |context| visit(&context, &at("/bad")).await);
    let refused = &report.hops[0].cookies.refused;
    let clauses: Vec<_> = refused.iter().map(|note| note.clause.as_str()).collect();
    assert_eq!(clauses, ["RFC 6265bis §5.7 step 9", "RFC 6265bis §5.7 step 13", "RFC 6265bis §5.7 step 10"]);
    let text = as_text(&report, None);
    assert!(text.contains("refused: a. Its Domain, lab, is a public suffix") && text.contains("§5.7 step 9"), "{text}");
    assert!(text.lines().filter(|line| !line.starts_with("< ")).all(|line| line.chars().count() <= 80), "{text}");
    let older = browse::Config {
        cookies: CookieSettings { rules: CookieRules::Rfc6265, ..CookieSettings::default() },
        ..at("/bad")
    };
    let (report, _) = with_server(SHOP, async |context| visit(&context, &older).await);
    assert_eq!(names(&report.hops[0].cookies.set), ["b"]);
}

#[test]
fn a_link_from_another_site_leaves_strict_cookies_behind() {
    let from_elsewhere =
        CookieSettings { link_from: Some(Url::parse("http://www.cnn.com/").unwrap()), ..CookieSettings::default() };
    let linked = browse::Config { cookies: from_elsewhere, ..at("/new") };
    let (report, _) = with_server(SHOP, async |context| {
        visit(&context, &at("/")).await;
        visit(&context, &linked).await
    });
    assert_eq!(cookie_line(&report.hops[0]), Some("id=1678; caf\u{e9}=\u{fc}"));
    assert_eq!(names(&report.hops[0].cookies.kept_back), ["picture"]);
    assert!(report.hops[0].cookies.kept_back[0].why.contains("SameSite=Strict"));
}

#[test]
fn without_a_jar_and_in_other_experiments_nothing_is_carried() {
    let off = browse::Config { cookies: CookieSettings { on: false, ..CookieSettings::default() }, ..at("/") };
    let race = page_load::Config {
        page: PageChoice::At(Url::parse("http://server.lab/").unwrap()),
        strategies: vec![page_load::Strategy::Persistent],
        ..page_load::Config::default()
    };
    let ((quiet, jar), ledger) = with_server(SHOP, async |context| {
        let quiet = visit(&context, &off).await;
        PageLoad::run(&race, &context, &mut ()).await;
        (quiet, context.jar.cookies().unwrap())
    });
    assert!(
        quiet
            .hops
            .iter()
            .chain(&quiet.objects)
            .all(|exchange| cookie_line(exchange).is_none() && exchange.cookies.all().next().is_none())
    );
    assert_eq!(jar, []);
    let said = |word: &[u8]| {
        ledger.flows().iter().any(|flow| {
            flow.events.iter().any(|event| match &event.content {
                crate::wire::EventContent::Octets(octets) => {
                    octets.bytes.windows(word.len()).any(|window| window == word)
                }
                crate::wire::EventContent::Step(_) => false,
            })
        })
    };
    assert!(said(b"Set-Cookie: id") && !said(b"\r\nCookie: "));
}

#[test]
fn a_line_by_hand_is_left_alone_and_raw_octets_too() {
    let own = browse::Config { fields: vec![("cookie".to_owned(), "mine=1".to_owned())], ..at("/new") };
    let raw = browse::Config { raw: Some(b"GET /new HTTP/1.1\r\nHost: server.lab\r\n\r\n".to_vec()), ..at("/new") };
    let ([own, raw], _) = with_server(SHOP, async |context| {
        visit(&context, &at("/")).await;
        [visit(&context, &own).await, visit(&context, &raw).await]
    });
    assert!(own.hops[0].request_lines.contains(&"cookie: mine=1".to_owned()), "{:?}", own.hops[0].request_lines);
    assert!(
        own.hops[0].cookies.sent.is_empty()
            && raw.hops[0].cookies.sent.is_empty()
            && cookie_line(&raw.hops[0]).is_none()
    );
}

/// The same shop over HTTP/2, by hyper: an answer sets what the request's path says.
async fn shop_over_http2(socket: crate::net::LabSocket, _number: u32) {
    let service = service_fn(|request: Request<Incoming>| async move {
        let seen = request.headers().get("cookie").map_or_else(Vec::new, |line| line.as_bytes().to_vec());
        let answer = Response::builder().header("content-type", "text/html");
        let answer = match request.uri().path() {
            "/" => answer
                .header("set-cookie", "id=1678")
                .header("set-cookie", "b=2; Path=/x")
                .body("<img src=/x/1>".into()),
            _ => answer.body(Full::new(Bytes::from(seen))),
        };
        Ok::<_, Infallible>(answer.unwrap())
    });
    let builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
    builder.serve_connection(TokioIo::new(socket), service).await.ok();
}

#[test]
fn cookies_go_over_http2_too() {
    let config = browse::Config { http: HttpChoice::Http2, ..at("/") };
    let (report, _) = with_sockets(shop_over_http2, async |context| visit(&context, &config).await);
    assert_eq!(names(&report.hops[0].cookies.set), ["id", "b"]);
    assert_eq!(cookie_line(&report.objects[0]), Some("b=2; id=1678"));
    assert_eq!(&report.objects[0].content[..], b"b=2; id=1678", "as the server got it");
}

#[test]
fn in_a_store_every_change_has_its_cause_and_a_trial_leaves_nothing() {
    let store = Store::in_memory().unwrap();
    let (_, _) = with_server(SHOP, async |context| {
        let context = Context { jar: BrowserJar::in_store(store.clone(), Some(7)), ..context };
        visit(&context, &at("/new")).await;
        assert!(
            store.owners().unwrap().iter().all(|owner| owner.name != "jar"),
            "without cookies the store is left alone"
        );
        visit(&context, &at("/")).await;
        let trial = Context { jar: BrowserJar::in_store(store.trial().unwrap(), None), ..context.clone() };
        let tried = visit(&trial, &at("/old")).await;
        assert_eq!(cookie_line(&tried.hops[0]), Some("id=1678; caf\u{e9}=\u{fc}; picture=1"), "a copy");
    });
    let rows = store.query("jar", &SqlQuery::new("SELECT name, value FROM cookies ORDER BY number")).unwrap().rows;
    assert_eq!(rows.len(), 3, "the trial's cookie is not there");
    assert_eq!(rows[0], [Value::Text("id".to_owned()), Value::Text("1678".to_owned())]);
    assert_eq!(rows[1][1], Value::Blob(vec![0xfc]), "octets that are no text stay as they are");
    let changes = store.changes(&ChangesOf::Owner("jar"), HistoryPage::default()).unwrap();
    let set = changes.iter().find(|change| change.before.is_none()).unwrap();
    assert_eq!(set.run, Some(7));
    assert!(set.flow.is_some() && set.why.starts_with("GET http://server.lab/ sets id. It is new"), "{}", set.why);
    assert!(changes.iter().any(|change| change.why.contains("carries id.")), "{changes:?}");
}

#[test]
fn third_parties_are_told_apart_by_their_site() {
    // The pages of server.lab embed nothing of others; the settings alone are tried here, the rules beside the jar.
    let settings = CookieSettings { third_party: ThirdPartyPolicy::Block, ..CookieSettings::default() };
    let config = browse::Config { cookies: settings, ..at("/") };
    let (report, _) = with_server(SHOP, async |context| visit(&context, &config).await);
    assert_eq!(names(&report.objects[0].cookies.set), ["picture"], "the page's own site");
}
