//! The ad network: what its log holds after five visits, with and without cookie and Referer; clicks; an identity that is bought.

use super::*;

const NETWORK: &str = "ad.doubleclick.net";
const IMAGE: &str = "https://ad.doubleclick.net/ad?468x60";
const CLICK: &str =
    "https://ad.doubleclick.net/clk;4608458;7484945;b?http://ads.netsol.com/landing/P13C22S1N0B12A8D0V103";
const EBAY_LOGIN: &str = "email=susan%40crepes.fr&password=networks&name=Susan";

/// Whether the ad network's cookies and the Referer line go with requests from other sites' pages.
#[derive(Clone, Copy)]
struct ThirdParty {
    cookies: bool,
    referer: bool,
}

impl StudentBrowser {
    /// A page, and the ad network's image in it.
    async fn see(&mut self, page: &str, image: &str, policy: ThirdParty) -> Page {
        let shown = self.get(page).await;
        assert_eq!(shown.status, 200, "{page}");
        assert!(shown.body.contains(&image.replace('&', "&amp;")), "{page} has no image {image}: {}", shown.body);
        self.ask_network(image, page, policy).await
    }

    async fn ask_network(&mut self, url: &str, page: &str, policy: ThirdParty) -> Page {
        if !policy.cookies {
            self.jar.remove(NETWORK);
        }
        if policy.referer { self.get_from(url, page).await } else { self.get(url).await }
    }

    /// The notes' five visits: three sites, a click, and an account.
    async fn five_visits(&mut self, policy: ThirdParty) -> Vec<Page> {
        self.get("http://www.ebay.com/").await;
        assert_eq!(self.post("http://www.ebay.com/login", EBAY_LOGIN).await.status, 303);
        let paper = "http://www.usatoday.com/?zip=48109";
        let account = format!("{IMAGE}&customer=8734&site=www.ebay.com");
        vec![
            self.see("http://www.ebay.com/tents", IMAGE, policy).await,
            self.see("http://www.cnn.com/asthma.html", IMAGE, policy).await,
            self.see(paper, IMAGE, policy).await,
            self.ask_network(CLICK, paper, policy).await,
            self.see("http://www.ebay.com/account", &account, policy).await,
        ]
    }
}

const FACTS: &str = "SELECT hit, fact, told_by FROM facts ORDER BY hit, fact";

#[test]
fn with_cookie_and_referer_five_visits_are_one_visitor_with_a_name() {
    let ((pages, hits, facts, identities, sales), ledger) = story(async |browser| {
        let pages = browser.five_visits(ThirdParty { cookies: true, referer: true }).await;
        assert_eq!(browser.rows(NETWORK, "SELECT count(*), max(requests) FROM visitors"), ["1|5"]);
        let hits =
            browser.rows(NETWORK, "SELECT hit, request, referer, cookie IS NULL, address FROM hits ORDER BY hit");
        let identities = "SELECT site, customer, name, email, hit FROM identities";
        let dossier = browser.get("https://ad.doubleclick.net/dossier").await.body;
        for told in ["reads about asthma", "lives near 48109", "is Susan, susan@crepes.fr", "came from 10.0.0.2"] {
            assert!(dossier.contains(told), "{told}: {dossier}");
        }
        let sales = browser.rows("www.ebay.com", "SELECT customer, buyer FROM sales");
        (pages, hits, browser.rows(NETWORK, FACTS), browser.rows(NETWORK, identities), sales)
    });
    let (none, old) = (pages[0].fields("Set-Cookie")[0], pages[0].fields("Set-Cookie")[1]);
    let visitor = none.get(4..12).unwrap();
    assert_eq!(none, format!("uid={visitor}; Domain=doubleclick.net; Path=/; Max-Age=34560000; SameSite=None; Secure"));
    assert_eq!(old, format!("uid_old={visitor}; Domain=doubleclick.net; Path=/; Max-Age=34560000"));
    assert!(pages[1..].iter().all(|page| page.fields("Set-Cookie").is_empty()));
    assert_eq!(pages.iter().map(|page| page.status).collect::<Vec<_>>(), [200, 200, 200, 302, 200]);
    assert_eq!(pages[3].field("Location"), "http://ads.netsol.com/landing/P13C22S1N0B12A8D0V103");
    assert_eq!(pages[0].field("Content-Type"), "image/gif");
    let click = "GET /clk;4608458;7484945;b?http://ads.netsol.com/landing/P13C22S1N0B12A8D0V103";
    assert_eq!(
        hits,
        [
            "1|GET /ad?468x60|http://www.ebay.com/tents|1|10.0.0.2".to_owned(),
            "2|GET /ad?468x60|http://www.cnn.com/asthma.html|0|10.0.0.2".to_owned(),
            "3|GET /ad?468x60|http://www.usatoday.com/?zip=48109|0|10.0.0.2".to_owned(),
            format!("4|{click}|http://www.usatoday.com/?zip=48109|0|10.0.0.2"),
            "5|GET /ad?468x60&customer=8734&site=www.ebay.com|http://www.ebay.com/account|0|10.0.0.2".to_owned(),
        ]
    );
    assert_eq!(
        facts,
        [
            "1|looks at tents|Referer, uid set",
            "2|reads about asthma|Referer, Cookie",
            "3|lives near 48109|Referer, Cookie",
            "3|visits www.usatoday.com|Referer, Cookie",
            "4|clicked the advertisement of ads.netsol.com|click URL, Cookie",
            "5|is Susan, susan@crepes.fr|bought from www.ebay.com",
            "5|is customer 8734 of www.ebay.com|image URL, Cookie",
            "5|visits www.ebay.com|Referer, Cookie",
        ]
    );
    assert_eq!(identities, ["www.ebay.com|8734|Susan|susan@crepes.fr|5"]);
    assert_eq!(sales, ["8734|ad.doubleclick.net"]);
    let told = whys(&ledger, pages[4].flow);
    assert!(told.iter().any(|why| why.contains("www.ebay.com sold the name")), "{told:?}");
    assert!(whys(&ledger, pages[2].flow)[0].contains("breathing.gif"), "one site's banner follows from another's page");
    let bought = ledger.flows().iter().find(|flow| flow.parent == Some(pages[4].flow)).unwrap();
    assert_eq!(bought.ends.server.name, "www.ebay.com", "the purchase is a conversation of its own");
}

#[test]
fn without_its_cookie_they_are_five_visitors() {
    story(async |browser| {
        let pages = browser.five_visits(ThirdParty { cookies: false, referer: true }).await;
        assert!(pages.iter().all(|page| page.fields("Set-Cookie").len() == 2));
        assert_eq!(browser.rows(NETWORK, "SELECT count(*), max(requests) FROM visitors"), ["5|1"]);
        assert_eq!(browser.rows(NETWORK, "SELECT count(DISTINCT visitor), count(cookie) FROM hits"), ["5|0"]);
        let of_asthma =
            "SELECT count(*) FROM facts WHERE visitor = (SELECT visitor FROM facts WHERE fact = 'reads about asthma')";
        assert_eq!(browser.rows(NETWORK, of_asthma), ["1"], "nothing joins the reader with Susan");
        let dossier = browser.send("GET", "https://ad.doubleclick.net/dossier", "", b"").await;
        assert!(dossier.body.contains("You are visitor"), "the last answer's cookie is there");
        browser.jar.clear();
        assert!(
            browser.get("https://ad.doubleclick.net/dossier").await.body.contains("cannot tell which of its visitors")
        );
    });
}

#[test]
fn without_referer_it_does_not_learn_the_pages() {
    let (facts, _) = story(async |browser| {
        browser.five_visits(ThirdParty { cookies: true, referer: false }).await;
        assert_eq!(browser.rows(NETWORK, "SELECT count(*), count(referer) FROM hits"), ["5|0"]);
        browser.rows(NETWORK, FACTS)
    });
    assert_eq!(
        facts,
        [
            "4|clicked the advertisement of ads.netsol.com|click URL, Cookie",
            "5|is Susan, susan@crepes.fr|bought from www.ebay.com",
            "5|is customer 8734 of www.ebay.com|image URL, Cookie",
        ]
    );
}

#[test]
fn without_either_only_the_address_is_left() {
    story(async |browser| {
        browser.five_visits(ThirdParty { cookies: false, referer: false }).await;
        let counts = "SELECT count(DISTINCT visitor), count(DISTINCT address) FROM hits";
        assert_eq!(browser.rows(NETWORK, counts), ["5|1"]);
    });
}

#[test]
fn either_cookie_names_the_visitor_and_an_unknown_one_does_not() {
    story(async |browser| {
        let first = browser.get(IMAGE).await;
        let visitor = first.field("Set-Cookie").get(4..12).unwrap().to_owned();
        browser.jar.clear();
        let old = browser.send("GET", IMAGE, &format!("Cookie: uid_old={visitor}\r\n"), b"").await;
        assert!(old.fields("Set-Cookie").is_empty());
        for cookie in ["uid=00000000", "uid=x", "uid=' OR 1=1 --", "other=1"] {
            let page = browser.send("GET", IMAGE, &format!("Cookie: {cookie}\r\n"), b"").await;
            assert_eq!(page.fields("Set-Cookie").len(), 2, "{cookie}");
        }
        assert_eq!(browser.rows(NETWORK, "SELECT count(*) FROM visitors"), ["5"]);
    });
}

#[test]
fn a_click_leads_to_advertisers_only() {
    story(async |browser| {
        let landed = browser.get("http://ads.netsol.com/landing/P13C22S1N0B12A8D0V103/").await;
        assert!(landed.body.contains("clicked on an advertisement"));
        for target in
            ["http://rude.lab/", "javascript:alert(1)", "//ads.netsol.com/", "", "http://ads.netsol.com.rude.lab/"]
        {
            let page = browser.get(&format!("http://ad.doubleclick.net/clk;1;2;b?{target}")).await;
            assert_eq!(page.status, 403, "{target}");
        }
        assert!(browser.store.query(NETWORK, &SqlQuery::new("SELECT 1 FROM hits")).is_err(), "there is no table yet");
    });
}

#[test]
fn customers_rows_are_sold_to_those_alone_who_know_the_password() {
    story(async |browser| {
        browser.get("http://www.amazon.com/").await;
        browser.post("http://www.amazon.com/login", EBAY_LOGIN).await;
        let url = "http://www.amazon.com/partners/customers/1678";
        let refused = browser.get(url).await;
        assert_eq!(
            (refused.status, refused.field("WWW-Authenticate")),
            (401, "Basic realm=\"Customers\", charset=\"UTF-8\"")
        );
        // ad.doubleclick.net:wholesale
        let lines = "Authorization: Basic YWQuZG91YmxlY2xpY2submV0Ondob2xlc2FsZQ==\r\n";
        let sold = browser.send("GET", url, lines, b"").await;
        let row: serde_json::Value = serde_json::from_str(&sold.body).unwrap();
        assert_eq!((row["name"].as_str(), row["customer"].as_i64()), (Some("Susan"), Some(1_678)));
        let nobody = browser.send("GET", "http://www.amazon.com/partners/customers/1", lines, b"").await;
        assert_eq!(nobody.status, 404);
        assert_eq!(browser.rows("www.amazon.com", "SELECT customer, buyer FROM sales"), ["1678|ad.doubleclick.net"]);
    });
}

#[test]
fn a_seller_that_is_switched_off_sells_nothing_and_the_image_comes_all_the_same() {
    let (page, ledger) = story(async |browser| {
        browser.lab.stop_service("www.ebay.com", 80).unwrap();
        let page = browser.get(&format!("{IMAGE}&customer=8734&site=www.ebay.com")).await;
        assert_eq!((page.status, page.field("Content-Type")), (200, "image/gif"));
        assert_eq!(browser.rows(NETWORK, "SELECT count(*) FROM identities"), ["0"]);
        page
    });
    let told = whys(&ledger, page.flow);
    assert!(told.iter().any(|why| why.contains("www.ebay.com sold nothing")), "{told:?}");
}
