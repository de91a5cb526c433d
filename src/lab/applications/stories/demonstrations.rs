//! The visit counter, a cookie of one's own, and the demonstrations of every attribute.

use super::*;

#[test]
fn a_counter_counts_in_the_cookie_and_in_the_table() {
    story(async |browser| {
        let url = "http://www.si.umich.edu/visitcounter.php3";
        for visit in 1..=3 {
            let page = browser.get(url).await;
            assert_eq!(page.fields("Set-Cookie"), [format!("visits={visit}")]);
            assert!(page.body.contains(&format!("This is visit {visit}")), "{}", page.body);
        }
        browser.keeps_cookies = false;
        for cookie in ["visits=many", "visits=-1", "visits=99999999999999999999"] {
            let page = browser.send("GET", url, &format!("Cookie: {cookie}\r\n"), b"").await;
            assert_eq!(page.fields("Set-Cookie"), ["visits=1"], "{cookie}");
        }
        assert_eq!(
            browser.rows("www.si.umich.edu", "SELECT page, requests, with_cookie FROM counts"),
            ["/visitcounter.php3|6|2"]
        );
    });
}

#[test]
fn a_cookie_has_a_name_and_a_content_of_ones_own() {
    story(async |browser| {
        let url = "http://www.si.umich.edu/cookies1.php3";
        assert_eq!(browser.get(url).await.fields("Set-Cookie"), [""; 0]);
        let set = browser.get(&format!("{url}?name=uniqname&content=presnick&days=120")).await;
        assert_eq!(set.fields("Set-Cookie"), ["uniqname=presnick; Domain=umich.edu; Path=/; Max-Age=10368000"]);
        let shown = browser.get(url).await;
        assert!(shown.body.contains("<code>uniqname</code></td><td><code>presnick</code>"), "{}", shown.body);
        let many = "x".repeat(201);
        for query in [
            "name=a%3Bb&content=c",
            "name=a&content=b%0D%0ASet-Cookie:+x=1",
            "name=a&content=b;+Domain=c",
            "name=a&days=401",
            &format!("name={many}"),
        ] {
            let refused = browser.get(&format!("{url}?{query}")).await;
            assert_eq!((refused.status, refused.fields("Set-Cookie").len()), (422, 0), "{query}");
        }
    });
}

#[test]
fn each_attribute_has_a_page_and_what_came_is_shown() {
    story(async |browser| {
        let index = browser.get("http://cookies.lab/").await.body;
        for attribute in [
            "domain",
            "path",
            "expires",
            "max-age",
            "secure",
            "httponly",
            "samesite",
            "prefixes",
            "partitioned",
            "nameless",
            "may-not",
        ] {
            assert!(index.contains(&format!("href=\"/{attribute}\"")), "{attribute}");
            browser.keeps_cookies = false;
            for scheme in ["http", "https"] {
                let page = browser.get(&format!("{scheme}://cookies.lab/{attribute}")).await;
                assert_eq!(page.status, 200, "{attribute}");
                assert!(!page.fields("Set-Cookie").is_empty() && !page.head.contains('{'), "{}", page.head);
            }
        }
        let expires = browser.get("http://cookies.lab/expires").await;
        let lines = expires.fields("Set-Cookie");
        assert_eq!(lines[0], "minutes=1; Expires=Mon, 07 Sep 2026 09:10:01 GMT", "of the lab's calendar");
        assert_eq!(lines[3], "gone=1; Expires=Sun, 06 Sep 2026 09:00:01 GMT");
        let domain = browser.get("http://cookies.lab/domain").await;
        assert_eq!(domain.fields("Set-Cookie"), ["only=1", "all=1; Domain=cookies.lab", "dot=1; Domain=.cookies.lab"]);
        let sent = browser.send("GET", "http://www.cookies.lab/show", "Cookie: a=<b>; 1678\r\n", b"").await;
        assert!(sent.body.contains("<code>&lt;b&gt;</code>") && sent.body.contains("(no name)"), "{}", sent.body);
        let log = "SELECT scheme, path, cookies FROM requests ORDER BY number DESC LIMIT 1";
        assert_eq!(browser.rows("cookies.lab", log), ["http|/show|a=<b>; =1678"]);
        let ended = browser.send("GET", "http://cookies.lab/delete", "Cookie: a=1; __Host-b=2; c d=3\r\n", b"").await;
        let expected = [
            "a=; Max-Age=0; Path=/",
            "a=; Max-Age=0; Path=/; Domain=cookies.lab",
            "__Host-b=; Max-Age=0; Path=/; Secure",
        ];
        assert_eq!(ended.fields("Set-Cookie"), expected);
    });
}

#[test]
fn a_site_tries_to_set_what_it_may_not() {
    story(async |browser| {
        let page = browser.get("http://cookies.lab/may-not").await;
        assert_eq!(
            page.fields("Set-Cookie"),
            [
                "ok=2",
                "all=1; Domain=lab",
                "id=1678; Domain=www.amazon.com",
                "s=1; Secure",
                "vault=evil",
                "__Host-x=1; Path=/"
            ]
        );
    });
}

#[test]
fn two_sites_embed_each_other() {
    story(async |browser| {
        for (site, other) in [("cookies.lab", "other.lab"), ("other.lab", "cookies.lab")] {
            let page = browser.get(&format!("http://{site}/embedded")).await;
            for scheme in ["http", "https"] {
                let url = format!("{scheme}://{other}/box.gif");
                assert!(page.body.contains(&url), "{}", page.body);
                let image = browser.get_from(&url, &format!("http://{site}/embedded")).await;
                assert_eq!((image.field("Content-Type"), image.fields("Set-Cookie").len()), ("image/gif", 3));
            }
            let log = "SELECT referer FROM requests WHERE path = '/box.gif' LIMIT 1";
            assert_eq!(browser.rows(other, log), [format!("http://{site}/embedded")]);
        }
    });
}
