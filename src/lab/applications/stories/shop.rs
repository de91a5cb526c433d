//! The shop: first visit, next visit, one week later; cart, login, recommendations, reviews.

use super::*;
use crate::store::{ChangesOf, HistoryPage};

const SHOP: &str = "www.amazon.com";
const CUSTOMERS: &str = "SELECT id, name, first_visit, last_visit, visits, requests FROM customers ORDER BY id";

#[test]
fn the_first_request_gets_a_number_and_a_row_and_later_ones_are_known_by_them() {
    let ((first, second, rows, causes), ledger) = story(async |browser| {
        let first = browser.get("http://www.amazon.com/").await;
        assert_eq!(first.status, 200, "{}", first.body);
        assert_eq!(first.fields("Set-Cookie"), ["id=1678; Max-Age=2592000; Path=/"]);
        assert!(first.body.contains("has not seen you before") && first.body.contains("customer 1678"));
        let second = browser.get("http://www.amazon.com/").await;
        assert_eq!(second.fields("Set-Cookie"), [""; 0]);
        assert!(second.body.contains("Hello, customer 1678.") && second.body.contains("<code>1678</code>"));
        let changes = ChangesOf::Table(SHOP, "customers");
        let changes = browser.store.changes(&changes, HistoryPage::default()).unwrap();
        let causes: Vec<_> = changes.into_iter().map(|change| (change.why, change.flow)).collect();
        (first, second, browser.rows(SHOP, CUSTOMERS), causes)
    });
    assert_eq!(rows, ["1678|null|2026-09-07 09:00:00|2026-09-07 09:00:00|1|2"]);
    let told = ["GET / came without a cookie of the shop.", "GET / came with the cookie id=1678."];
    let flows = [first.flow, second.flow].map(|flow| Some(u64::from(flow.0)));
    let told: Vec<_> = told.into_iter().map(ToOwned::to_owned).zip(flows).collect();
    assert_eq!(causes, told);
    let decisions = [first.flow, second.flow].map(|flow| whys(&ledger, flow).into_iter().next().unwrap());
    assert_eq!(decisions[0], "no cookie: a new visitor, row 1678 is made in the table customers");
    assert_eq!(decisions[1], "the cookie id=1678 has its row in the table customers: request 2, visit 1");
}

#[test]
fn without_cookies_every_request_is_a_first_visit_and_the_pages_work() {
    let (rows, _) = story(async |browser| {
        browser.keeps_cookies = false;
        for path in ["/", "/books", "/books/42", "/cart", "/login"] {
            let page = browser.get(&format!("http://www.amazon.com{path}")).await;
            assert_eq!(page.status, 200, "{path}");
            assert!(page.fields("Set-Cookie").iter().any(|line| line.starts_with("id=")), "{path}");
        }
        let unknown = browser.send("GET", "http://www.amazon.com/", "Cookie: id=5\r\n", b"").await;
        assert_eq!(unknown.fields("Set-Cookie"), ["id=1683; Max-Age=2592000; Path=/"]);
        browser.send("GET", "http://www.amazon.com/", "Cookie: id=%00<b>\r\n", b"").await;
        browser.rows(SHOP, "SELECT id FROM customers ORDER BY id")
    });
    assert_eq!(rows, ["1678", "1679", "1680", "1681", "1682", "1683", "1684"]);
}

#[test]
fn one_week_later_the_visitor_is_welcomed_back() {
    let ((later, rows), ledger) = story(async |browser| {
        browser.get("http://www.amazon.com/").await;
        browser.get("http://www.amazon.com/books/42").await;
        browser.skip(WEEK);
        let later = browser.get("http://www.amazon.com/").await;
        assert_eq!(later.field("Date"), "Mon, 14 Sep 2026 09:00:00 GMT");
        let again = browser.get("http://www.amazon.com/").await;
        assert!(again.body.contains("Hello, customer 1678."), "the same visit goes on");
        (later, browser.rows(SHOP, CUSTOMERS))
    });
    let greeting = "Welcome back, customer 1678. Your last visit was one week ago, on 7 September 2026.";
    assert!(later.body.contains(greeting), "{}", later.body);
    assert_eq!(rows, ["1678|null|2026-09-07 09:00:00|2026-09-14 09:00:00|2|4"]);
    let decision = "the cookie id=1678 has its row in the table customers: visit 2, the last one was one week ago";
    assert!(whys(&ledger, later.flow).contains(&decision.to_owned()));
}

#[test]
fn a_cart_is_kept_in_the_database_and_in_a_cookie_of_its_own_path() {
    let (rows, _) = story(async |browser| {
        browser.get("http://www.amazon.com/books/42").await;
        let put = browser.post("http://www.amazon.com/cart", "item=42&quantity=2").await;
        assert_eq!((put.status, put.field("Location")), (303, "/cart"), "{}", put.body);
        assert_eq!(put.fields("Set-Cookie"), ["cart=42x2; Path=/cart"]);
        browser.post("http://www.amazon.com/cart", "item=7").await;
        let cart = browser.get("http://www.amazon.com/cart").await;
        assert!(cart.body.contains("Networks, Layer by Layer") && !cart.body.contains("cart=42x2"));
        assert!(cart.body.contains("<code>7x1+42x2</code>"), "{}", cart.body);
        for form in ["item=42&quantity=100", "item=42&quantity=-1", "item=999", "item=&quantity=1", ""] {
            assert_eq!(browser.post("http://www.amazon.com/cart", form).await.status, 422, "{form}");
        }
        let out = browser.post("http://www.amazon.com/cart", "item=7&quantity=0").await;
        assert_eq!(out.fields("Set-Cookie"), ["cart=42x2; Path=/cart"]);
        // The session has ended at the browser, and the number has not.
        browser.jar.get_mut(SHOP).unwrap().remove("cart");
        let cart = browser.get("http://www.amazon.com/cart").await;
        assert!(cart.body.contains("Networks, Layer by Layer") && cart.body.contains("it sent no such cookie"));
        browser.rows(SHOP, "SELECT customer, item, quantity FROM carts")
    });
    assert_eq!(rows, ["1678|42|2"]);
}

#[test]
fn a_password_opens_the_account_until_the_login_is_over() {
    let ((), ledger) = story(async |browser| {
        let closed = browser.get("http://www.amazon.com/account").await;
        assert_eq!((closed.status, closed.field("Location")), (303, "/login"));
        assert!(browser.get("http://www.amazon.com/login").await.body.contains("https://www.amazon.com/login"));
        let unknown = browser.post("http://www.amazon.com/login", "email=susan%40crepes.fr&password=networks").await;
        assert_eq!(unknown.status, 422, "nobody has this address yet, and no name is given");
        let form = "email=susan%40crepes.fr&password=networks&name=Susan";
        let entered = browser.post("http://www.amazon.com/login", form).await;
        assert_eq!((entered.status, entered.field("Location")), (303, "/account"));
        let cookie = entered.field("Set-Cookie").to_owned();
        assert!(
            cookie.starts_with("login=") && cookie.ends_with("; Max-Age=259200; Path=/; HttpOnly; SameSite=Strict")
        );
        let account = browser.get("http://www.amazon.com/account").await;
        assert!(account.status == 200 && account.body.contains("susan@crepes.fr"));
        assert!(account.body.contains("468x60&amp;customer=1678&amp;site=www.amazon.com"), "{}", account.body);
        let wrong = browser.post("http://www.amazon.com/login", "email=susan%40crepes.fr&password=guess").await;
        assert_eq!(wrong.status, 403);
        browser.skip(Duration::from_hours(24 * 4));
        let over = browser.get("http://www.amazon.com/account").await;
        assert_eq!(over.field("Location"), "/login", "the login was for three days");
        let front = browser.get("http://www.amazon.com/").await;
        assert!(front.body.contains("Susan"), "the number still has her name");
        assert_eq!(browser.rows(SHOP, "SELECT name, email FROM customers"), ["Susan|susan@crepes.fr"]);
        assert_eq!(browser.rows(SHOP, "SELECT count(*) FROM accounts WHERE password LIKE '%networks%'"), ["0"]);

        let secure = browser.post("https://www.amazon.com/login", form).await;
        let cookie = secure.field("Set-Cookie").to_owned();
        assert!(cookie.starts_with("__Host-login=") && cookie.ends_with("; SameSite=Strict; Secure"), "{cookie}");
        assert_eq!(browser.get("https://www.amazon.com/account").await.status, 200);
        let left = browser.post("https://www.amazon.com/logout", "").await;
        assert_eq!(left.fields("Set-Cookie").len(), 2);
        browser.jar.get_mut(SHOP).unwrap().insert("__Host-login".to_owned(), cookie.get(13..29).unwrap().to_owned());
        assert_eq!(browser.get("https://www.amazon.com/account").await.status, 303, "its row is gone");
    });
    assert!(ledger.flows().len() > 10);
}

#[test]
fn what_is_recommended_follows_from_what_was_looked_at() {
    story(async |browser| {
        let first = browser.get("http://www.amazon.com/").await;
        assert!(first.body.contains("will recommend something else"));
        let looked = browser.get("http://www.amazon.com/books/42").await;
        assert_eq!(looked.fields("Set-Cookie"), ["viewed=42; Max-Age=600; Path=/"]);
        let front = browser.get("http://www.amazon.com/").await.body;
        assert!(front.contains("You have just looked at") && front.contains("on the same subject"), "{front}");
        assert!(!front.contains("others who looked"));
        // Somebody else looks at the same book, and at a kettle.
        let own = std::mem::take(&mut browser.jar);
        browser.get("http://www.amazon.com/books/42").await;
        browser.get("http://www.amazon.com/kitchen/21").await;
        browser.jar = own;
        let front = browser.get("http://www.amazon.com/").await.body;
        let kettle = "<td><a href=\"/kitchen/21\">A kettle</a></td><td>others who looked at the same things looked at this too</td>";
        assert!(front.contains(kettle), "{front}");
        assert_eq!(
            browser.rows(SHOP, "SELECT customer, item, times FROM views ORDER BY customer, item"),
            ["1678|42|1", "1679|21|1", "1679|42|1"]
        );
    });
}

#[test]
fn a_review_comes_with_a_picture_and_is_shown_as_text() {
    story(async |browser| {
        browser.get("http://www.amazon.com/books/42").await;
        let part =
            |head: &str, content: &str| format!("--b\r\nContent-Disposition: form-data; {head}\r\n\r\n{content}\r\n");
        let multipart = |text: &str, octets: usize| {
            let picture =
                part("name=\"picture\"; filename=\"<me>.gif\"\r\nContent-Type: image/gif", &"x".repeat(octets));
            [part("name=\"text\"", text), picture, "--b--\r\n".to_owned()].concat()
        };
        let lines = "Content-Type: multipart/form-data; boundary=b\r\n";
        let url = "http://www.amazon.com/books/42/reviews";
        let sent =
            browser.send("POST", url, lines, multipart("<script>alert(1)</script> & good", 1_000).as_bytes()).await;
        assert_eq!((sent.status, sent.field("Location")), (303, "/books/42"), "{}", sent.body);
        let shown = browser.get("http://www.amazon.com/books/42").await.body;
        assert!(
            shown.contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; good") && !shown.contains("<script"),
            "{shown}"
        );
        assert!(shown.contains("&lt;me&gt;.gif, 1000 octets"), "{shown}");
        for (octets, status) in [(300_000, 413), (1_100_000, 413), (5_000_000, 413)] {
            let refused = browser.send("POST", url, lines, multipart("large", octets).as_bytes()).await;
            assert_eq!(refused.status, status, "{octets}");
        }
        assert_eq!(browser.post(url, "text=plain+words").await.status, 303);
        assert_eq!(browser.post(url, "text=").await.status, 422);
        assert_eq!(browser.get(url).await.status, 405);
        let rows = browser.rows(SHOP, "SELECT text, media_type, octets FROM reviews ORDER BY number");
        assert_eq!(rows, ["<script>alert(1)</script> & good|image/gif|1000", "plain words|null|null"]);
    });
}

#[test]
fn every_address_of_the_shop_serves_the_same_database() {
    story(async |browser| {
        let addresses = browser.network.lookup(SHOP).await.unwrap();
        assert_eq!(addresses.len(), 4);
        for (address, customer) in addresses.into_iter().zip(1_678..) {
            let page = browser.get(&format!("http://{address}/")).await;
            assert!(page.field("Set-Cookie").starts_with(&format!("id={customer};")), "{address}");
            browser.jar.clear();
        }
        browser.lab.stop_service(SHOP, 80).unwrap();
        for address in browser.network.lookup(SHOP).await.unwrap() {
            let to = ConnectTarget { host: address.to_string(), port: 80, tls: None };
            assert!(browser.network.connect(&to, &Timeouts::default(), &browser.run).await.is_err());
        }
        browser.lab.start_service(SHOP, 80).unwrap();
        assert_eq!(browser.get("http://www.amazon.com/").await.status, 200);
    });
}

#[test]
fn an_auction_has_customers_of_its_own() {
    story(async |browser| {
        let page = browser.get("http://www.ebay.com/tents").await;
        assert_eq!(page.fields("Set-Cookie"), ["id=8734; Max-Age=2592000; Path=/"]);
        assert!(page.body.contains("https://ad.doubleclick.net/ad?468x60"), "{}", page.body);
        assert_eq!(browser.rows("www.ebay.com", "SELECT id FROM customers"), ["8734"]);
    });
}
