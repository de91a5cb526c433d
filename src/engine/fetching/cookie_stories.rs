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
        jar::{BrowserJar, CookieNote, MAX_COOKIES_LISTED},
        page_load::{self, PageChoice, PageLoad},
    },
    proto::http::cookies::{CookieRules, ThirdPartyPolicy, Verdict, limits::MAX_COOKIES_PER_DOMAIN},
    store::{ChangesOf, HistoryPage, SqlQuery, Store, Value},
    wire::{Blame, Caps, EventContent, NoteKind, Recorder, Secrets, Side},
};

const SHOP: ServerBehaviour = ServerBehaviour { says: shop, ..POLITE };

/// A page that sets cookies and has two pictures, the first of which sets one more; a redirect; a page that sets what it may not; a page with a picture of
/// another site.
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
        Some("/news") => ("Content-Type: text/html\r\n", "<img src=http://ad.clicks.lab/ad>"),
        Some("/ad") => ("Set-Cookie: uid=7\r\n", "an ad"),
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
            EventContent::Octets(octets) => octets.bytes.windows(8).any(|window| window == b"; caf\xe9=\xfc"),
            EventContent::Step(_) => false,
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
                EventContent::Octets(octets) => octets.bytes.windows(word.len()).any(|window| window == word),
                EventContent::Step(_) => false,
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
            "/silent" => answer.header("set-cookie", "id=1678").body("<img src=/x/silent>".into()),
            "/x/silent" => answer.body(Full::default()),
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
    let ((), _) = with_server(SHOP, async |context| {
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
fn policies_decide_what_an_embedded_server_of_another_site_may() {
    let with = |third_party, rules| browse::Config {
        cookies: CookieSettings { rules, third_party, ..CookieSettings::default() },
        ..at("/news")
    };
    let visits = |third_party, rules| {
        let config = with(third_party, rules);
        let ([first, second], _) =
            with_server(SHOP, async |context| [visit(&context, &config).await, visit(&context, &config).await]);
        let ad = &second.objects[0];
        (
            names(&first.objects[0].cookies.set),
            cookie_line(ad).map(str::to_owned),
            first.objects[0].cookies.refused.clone(),
            ad.cookies.clone(),
        )
    };
    let (set, carried, ..) = visits(ThirdPartyPolicy::Allow, CookieRules::Rfc6265);
    assert_eq!((set, carried.as_deref()), (vec!["uid".to_owned()], Some("uid=7")));
    let (set, carried, refused, _) = visits(ThirdPartyPolicy::Block, CookieRules::Rfc6265);
    assert_eq!((set.len(), carried, refused[0].clause.as_str()), (0, None, "RFC 6265 §7.1"));
    let (set, carried, ..) = visits(ThirdPartyPolicy::Partition, CookieRules::Rfc6265);
    assert_eq!(
        (set.len(), carried.as_deref()),
        (1, Some("uid=7")),
        "kept apart, and still known on pages of the same site"
    );
    let (set, _, refused, _) = visits(ThirdPartyPolicy::Allow, CookieRules::Rfc6265bis);
    assert_eq!((set.len(), refused[0].clause.as_str()), (0, "RFC 6265bis §5.7 step 18"));
}

/// Many lines: more than a jar holds of one site, and as many as no head may have.
fn flood(line: &str) -> Vec<u8> {
    let many = if line.starts_with("GET /flood ") { 10_000 } else { 4_000 };
    let lines: Vec<String> = (0..many).map(|number| format!("Set-Cookie: c{number}=1\r\n")).collect();
    let lines = lines.concat();
    format!("HTTP/1.1 200 OK\r\n{lines}Content-Length: 0\r\n\r\n").into_bytes()
}

#[test]
fn floods_of_cookies_are_bounded_and_named() {
    let manners = ServerBehaviour { says: flood, ..POLITE };
    let ((many, jar, too_many), ledger) = with_server(manners, async |context| {
        let many = visit(&context, &at("/many")).await;
        let jar = context.jar.cookies().unwrap().len();
        (many, jar, Browse::run(&at("/flood"), &context, &mut ()).await)
    });
    assert_eq!(jar, MAX_COOKIES_PER_DOMAIN);
    let cookies = &many.hops[0].cookies;
    assert_eq!(
        (cookies.set.len(), cookies.gone.len(), cookies.refused.len()),
        (MAX_COOKIES_LISTED, MAX_COOKIES_LISTED, 1)
    );
    assert!(cookies.refused[0].why.contains("1000 more Set-Cookie lines") && cookies.not_listed > 4_000, "{cookies:?}");
    let notes = ledger.flows().iter().flat_map(|flow| &flow.notes).filter(|note| note.text.contains("ookie")).count();
    assert!(notes < 400, "{notes}");
    let failure = too_many.failure.unwrap();
    assert!(failure.blame == Blame::Limit && failure.summary.contains("header fields"), "{failure}");
}

#[test]
fn a_record_that_hides_secrets_has_no_value_of_a_cookie() {
    let hidden = || Recorder::new(Caps::default(), Secrets::Masked, None);
    for (http, path, over_http2) in [(HttpChoice::Http11, "/", false), (HttpChoice::Http2, "/silent", true)] {
        let config = browse::Config { http, ..at(path) };
        let work = async |context: Context| {
            let recorder = hidden();
            let context = Context { recorder: recorder.clone(), ..context };
            let report = visit(&context, &config).await;
            drop(context);
            (report, recorder.into_ledger())
        };
        let ((report, ledger), _) =
            if over_http2 { with_sockets(shop_over_http2, work) } else { with_server(SHOP, work) };
        let json = serde_json::to_string(&report).unwrap();
        assert!(!json.contains("1678") && json.contains("id=***") && json.contains("ookie: ***"), "{http:?}: {json}");
        let mut masked = [false; 2];
        for event in ledger.flows().iter().flat_map(|flow| &flow.events) {
            let EventContent::Octets(octets) = &event.content else { continue };
            assert!(!octets.bytes.windows(4).any(|window| window == b"1678"), "{http:?}");
            masked[usize::from(event.from == Side::Server)] |= octets.masked.is_some();
        }
        assert_eq!(masked, [true, true], "{http:?}: both the line that sets and the line that carries");
    }
}

#[test]
fn the_session_ends_in_a_store_as_in_memory() {
    for jar in [BrowserJar::in_memory(), BrowserJar::in_store(Store::in_memory().unwrap(), None)] {
        let (date, ended) = with_server(SHOP, async |context| {
            let context = Context { jar: jar.clone(), ..context };
            visit(&context, &at("/")).await;
            let date = context.clock().date();
            (date, jar.end_session(CookieRules::Rfc6265bis, date, "The student ended the session.").unwrap())
        })
        .0;
        assert_eq!(ended.len(), 2);
        let left = jar.cookies().unwrap();
        assert_eq!(left.iter().map(|cookie| cookie.name.to_string()).collect::<Vec<_>>(), ["id"]);
        assert!(
            jar.delete(&left[0], date, "The student deleted it.").unwrap()
                && !jar.delete(&left[0], date, "Again.").unwrap()
        );
    }
}
