//! Requests nobody should send: each is bounded and gets the status it deserves. And the bounds of the tables.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::{
    lab::origin::{KeepAlive, OriginAction, OriginRequest, OriginServer},
    lab::site,
    net::LabNet,
};

#[test]
fn hostile_forms_get_the_status_they_deserve() {
    story(async |browser| {
        let cart = "http://www.amazon.com/cart";
        let many = "field=1&".repeat(100_000);
        assert_eq!(browser.post(cart, &many).await.status, 413);
        for form in ["item=%zz", "item=%4", "%=1"] {
            assert_eq!(browser.post(cart, form).await.status, 400, "{form}");
        }
        assert_eq!(browser.get("http://www.amazon.com/?q=%zz").await.status, 400);
        assert_eq!(browser.get("http://www.amazon.com/?q=%ff").await.status, 400);
        let other = browser.send("POST", cart, "Content-Type: text/plain\r\n", b"item=42").await;
        assert_eq!(other.status, 415);
        let coded = "Content-Type: application/x-www-form-urlencoded\r\nContent-Encoding: gzip\r\n";
        assert_eq!(browser.send("POST", cart, coded, b"item=42").await.status, 415);
        let announced = "Content-Length: 99999999\r\nContent-Type: application/x-www-form-urlencoded\r\n";
        assert_eq!(browser.send("POST", cart, announced, b"").await.status, 413);
        assert_eq!(browser.send("POST", cart, "Content-Type: multipart/form-data\r\n", b"--x").await.status, 400);
        let cookie = format!("Cookie: id={}\r\n", "1".repeat(1024 * 1024));
        assert_eq!(browser.send("GET", "http://www.amazon.com/", &cookie, b"").await.status, 431);
        let long = format!("Cookie: id={}\r\n", "1".repeat(60_000));
        assert_eq!(browser.send("GET", "http://www.amazon.com/", &long, b"").await.status, 200, "just no customer's");
        for (method, path) in [("DELETE", "/cart"), ("PUT", "/"), ("POST", "/books/42"), ("POST", "/account")] {
            let refused = browser.send(method, &format!("http://www.amazon.com{path}"), "", b"").await;
            assert_eq!(refused.status, 405, "{method} {path}");
            assert!(!refused.field("Allow").is_empty());
        }
        for path in
            ["/books/43/reviews/1", "/books/7", "/books/999999999999", "/nothing", "/partners", "/partners/customers/x"]
        {
            assert_eq!(browser.get(&format!("http://www.amazon.com{path}")).await.status, 404, "{path}");
        }
        let rows = browser.rows("www.amazon.com", "SELECT count(*) FROM carts");
        assert_eq!(rows, ["0"]);
    });
}

/// Asks a site's program without a network between.
fn ask(origin: &OriginServer, target: &str, lines: &[(&str, String)], now: SystemTime) -> u16 {
    let mut request = OriginRequest { method: "GET".to_owned(), target: target.to_owned(), ..OriginRequest::default() };
    for (name, value) in lines {
        request.fields.push(*name, value.clone());
    }
    match origin.respond(&request, now) {
        OriginAction::Respond(response) => response.status,
        other => panic!("{other:?}"),
    }
}

/// The origin of one site, and the store behind it.
fn origin(name: &str, clock: &Clock) -> (OriginServer, Store) {
    let (files, store) = (LabFiles::embedded(), LabStore::fresh());
    let net = LabNet::new(clock.clone(), &files.plan.topology(), &Path::default());
    let site = site(name, &files.sites[name], &files, &net, &store);
    (OriginServer::new(vec![(name.to_owned(), Arc::new(site))], KeepAlive::default()), store.store().unwrap())
}

#[test]
fn what_cannot_be_remembered_is_not_answered() {
    let status = run_virtual(SystemTime::from(Date::LAB_EPOCH), async |clock: Clock| {
        let (files, store) = (LabFiles::embedded(), LabStore::fresh());
        let net = LabNet::new(clock.clone(), &files.plan.topology(), &Path::default());
        // No owner of tables may have such a name.
        let site = site("my shop", &files.sites["www.amazon.com"], &files, &net, &store);
        let origin = OriginServer::new(vec![("my shop".to_owned(), Arc::new(site))], KeepAlive::default());
        [ask(&origin, "/", &[], clock.date()), ask(&origin, "/logo.gif", &[], clock.date())]
    });
    assert_eq!(status.unwrap(), [500, 404]);
}

#[test]
fn a_thousand_visitors_are_kept_and_the_regular_ones_among_them() {
    let counted = run_virtual(SystemTime::from(Date::LAB_EPOCH), async |clock: Clock| {
        let (origin, store) = origin("www.amazon.com", &clock);
        assert_eq!(ask(&origin, "/books/42", &[], clock.date()), 200);
        for visitor in 0..1_010 {
            clock.move_date(Duration::from_mins(1));
            assert_eq!(ask(&origin, "/books/43", &[], clock.date()), 200);
            if visitor % 100 == 0 {
                ask(&origin, "/", &[("Cookie", "id=1678".to_owned())], clock.date());
            }
        }
        let sql = "SELECT count(*), min(id), max(id), (SELECT count(*) FROM views) FROM customers";
        store.query("www.amazon.com", &SqlQuery::new(sql)).unwrap().rows
    });
    let expected = [1_000, 1_678, 1_678 + 1_010, 1_000].map(Value::Integer);
    assert_eq!(counted.unwrap(), [expected]);
}

#[test]
fn the_ad_networks_visitors_and_facts_are_bounded() {
    let counted = run_virtual(SystemTime::from(Date::LAB_EPOCH), async |clock: Clock| {
        let (origin, store) = origin("ad.doubleclick.net", &clock);
        for visitor in 0..1_005 {
            clock.move_date(Duration::from_secs(1));
            let referer = ("Referer", format!("http://site{visitor}.lab/"));
            assert_eq!(ask(&origin, "/ad?468x60", &[referer], clock.date()), 200);
        }
        let one = "SELECT visitor FROM visitors ORDER BY number DESC LIMIT 1";
        let Value::Text(visitor) = &store.query("ad.doubleclick.net", &SqlQuery::new(one)).unwrap().rows[0][0] else {
            panic!()
        };
        for page in 0..250 {
            let lines = [("Referer", format!("http://page{page}.lab/")), ("Cookie", format!("uid={visitor}"))];
            assert_eq!(ask(&origin, "/ad?468x60", &lines, clock.date()), 200);
        }
        let sql = format!(
            "SELECT count(*), (SELECT count(*) FROM facts WHERE visitor = '{visitor}'), (SELECT count(*) FROM hits) FROM visitors"
        );
        store.query("ad.doubleclick.net", &SqlQuery::new(&sql)).unwrap().rows
    });
    assert_eq!(counted.unwrap(), [[1_000, 200, 1_255].map(Value::Integer)]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_request_is_answered(
        site in prop::sample::select(vec!["www.amazon.com", "ad.doubleclick.net", "www.si.umich.edu", "cookies.lab"]),
        requests in prop::collection::vec((
            prop::sample::select(vec!["GET", "HEAD", "POST", "OPTIONS", "DELETE"]),
            "/(cart|login|books/42|books/42/reviews|ad|clk;1|dossier|partners/customers/1|show|delete|cookies1.php3|\\PC{0,8})\\PC{0,4}(\\?[ -~]{0,40})?",
            "(id|uid|uid_old|login|cart|visits|viewed)=\\PC{0,20}(; \\PC{0,10})?",
            "(http://www.cnn.com/)?\\PC{0,20}",
            "((item|quantity|email|password|name|text)=[ -~]{0,12}&?){0,4}|\\PC{0,40}",
            "(application/x-www-form-urlencoded|multipart/form-data; boundary=x|\\PC{0,20})",
        ), 1..12),
    ) {
        let answered = run_virtual(SystemTime::from(Date::LAB_EPOCH), async |clock: Clock| {
            let (origin, _store) = origin(site, &clock);
            for (method, target, cookie, referer, content, media_type) in requests {
                let mut request = OriginRequest { method: method.to_owned(), target, content: content.into(), ..OriginRequest::default() };
                for (name, value) in [("Cookie", cookie), ("Referer", referer), ("Content-Type", media_type), ("Content-Length", "1".to_owned())] {
                    request.fields.push(name, value);
                }
                let OriginAction::Respond(response) = origin.respond(&request, clock.date()) else { panic!("{request:?}") };
                assert!((200..500).contains(&response.status), "{}: {request:?}", response.status);
                for field in &response.fields.0 {
                    assert!(!field.value.iter().any(|octet| matches!(octet, b'\r' | b'\n' | 0)), "{field:?}");
                }
            }
        });
        answered.unwrap();
    }
}
