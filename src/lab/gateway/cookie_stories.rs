//! The sites that remember, visited by curl with a cookie jar of its own: its rules are not ours.

use std::fs;

use super::stories::{GatewayWorld, curl, folder, text};
use crate::{
    net::Rate,
    store::{SqlQuery, Value},
};

impl GatewayWorld {
    fn numbers(&self, owner: &str, sql: &str) -> Vec<Value> {
        let store = self.lab.store().store().unwrap();
        store.query(owner, &SqlQuery::new(sql)).unwrap().rows.into_iter().flatten().collect()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn curl_with_a_jar_is_a_customer_and_without_one_a_first_visit_each_time() {
    let world = GatewayWorld::open(2, Rate(None)).await;
    let url = format!("http://{}/", world.at("www.amazon.com", "http"));
    let folder = folder("shop-jar");
    let jar = folder.join("jar.txt").display().to_string();
    let with_jar = ["-b", &jar, "-c", &jar, &url];
    let Some(first) = curl(&with_jar).await else { return };
    assert!(text(&first).contains("You are customer 1678 from now on"), "{}", text(&first));
    let kept = fs::read_to_string(&jar).unwrap();
    assert!(kept.lines().any(|line| line.ends_with("\tid\t1678")), "{kept}");
    assert!(text(&curl(&with_jar).await.unwrap()).contains("Hello, customer 1678."));
    for number in [1_679, 1_680] {
        let stranger = text(&curl(&[&url]).await.unwrap());
        assert!(stranger.contains(&format!("You are customer {number} from now on")), "{stranger}");
    }
    let given = text(&curl(&["-b", "id=1678", &url]).await.unwrap());
    assert!(given.contains("Hello, customer 1678."), "whoever has the cookie is the customer: {given}");
    let requests = world.numbers("www.amazon.com", "SELECT requests FROM customers ORDER BY id");
    assert_eq!(requests, [3, 1, 1].map(Value::Integer));
    fs::remove_dir_all(folder).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn curl_sends_forms_of_both_media_types() {
    let world = GatewayWorld::open(2, Rate(None)).await;
    let proxy = format!("http://{}", world.at("*", "http"));
    let folder = folder("shop-forms");
    let jar = folder.join("jar.txt").display().to_string();
    let status = "[%{http_code}]";
    let fixed = ["-x", &proxy, "-b", &jar, "-c", &jar, "-w", status];
    let ask = async |arguments: &[&str]| Some(text(&curl(&[fixed.as_slice(), arguments].concat()).await?));
    let put = ask(&["-L", "-d", "item=42", "--data-urlencode", "quantity=3", "http://www.amazon.com/cart"]).await;
    let Some(put) = put else { return };
    assert!(put.ends_with("[200]") && put.contains("<code>42x3</code>"), "{put}");
    let login = ["-L", "-d", "email=susan@crepes.fr&password=networks&name=Susan", "http://www.amazon.com/login"];
    let account = ask(&login).await.unwrap();
    assert!(account.ends_with("[200]") && account.contains("Susan"), "{account}");
    for (octets, expected) in [(1_000, "[303]"), (300_000, "[413]"), (1_500_000, "[413]"), (5_000_000, "[413]")] {
        let picture = folder.join("me.gif");
        fs::write(&picture, vec![b'g'; octets]).unwrap();
        let picture = format!("picture=@{};type=image/gif", picture.display());
        let sent =
            ask(&["-F", "text=A <good> book", "-F", &picture, "http://www.amazon.com/books/42/reviews"]).await.unwrap();
        assert!(sent.ends_with(expected), "{octets}: {sent}");
    }
    let shown = ask(&["http://www.amazon.com/books/42"]).await.unwrap();
    assert!(shown.contains("A &lt;good&gt; book") && shown.contains("me.gif, 1000 octets"), "{shown}");
    let rows = world.numbers("www.amazon.com", "SELECT count(*) FROM customers");
    assert_eq!(rows, [Value::Integer(1)], "one jar is one customer");
    let escaped = ask(&["-d", "item=%zz", "http://www.amazon.com/cart"]).await.unwrap();
    assert!(escaped.ends_with("[400]"), "{escaped}");
    fs::remove_dir_all(folder).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn curl_keeps_what_the_demonstrations_may_set_and_refuses_the_rest() {
    let world = GatewayWorld::open(2, Rate(None)).await;
    let proxy = format!("http://{}", world.at("*", "http"));
    let folder = folder("cookie-rules");
    let pem = folder.join("ca.pem");
    fs::write(&pem, world.lab.ca_pem().unwrap()).unwrap();
    let (jar, pem) = (folder.join("jar.txt").display().to_string(), pem.display().to_string());
    let fixed = ["-x", &proxy, "--cacert", &pem, "-b", &jar, "-c", &jar];
    let ask = async |url: &str| Some(text(&curl(&[fixed.as_slice(), &[url]].concat()).await?));
    let Some(page) = ask("https://cookies.lab/secure").await else { return };
    assert!(page.contains("vault=9; Secure"), "{page}");
    let over_http = ask("http://cookies.lab/show").await.unwrap();
    assert!(!over_http.contains("vault") && over_http.contains("<code>open</code>"), "{over_http}");
    assert!(ask("https://cookies.lab/show").await.unwrap().contains("<code>vault</code>"));
    ask("http://cookies.lab/may-not").await.unwrap();
    let kept = fs::read_to_string(&jar).unwrap();
    let names: Vec<&str> = kept.lines().filter_map(|line| line.split('\t').nth(5)).collect();
    for (name, is_kept) in [("ok", true), ("id", false), ("s", false), ("__Host-x", false)] {
        assert_eq!(names.contains(&name), is_kept, "{name}: {kept}");
    }
    assert!(kept.contains("\tvault\t9") && !kept.contains("evil"), "a Secure cookie is left alone: {kept}");
    ask("http://cookies.lab/path").await.unwrap();
    let below = ask("http://cookies.lab/path/below").await.unwrap();
    assert!(below.contains("<code>below</code>") && !below.contains("<code>elsewhere</code>"), "{below}");
    ask("http://cookies.lab/domain").await.unwrap();
    let host_below = ask("http://www.cookies.lab/show").await.unwrap();
    assert!(host_below.contains("<code>all</code>") && !host_below.contains("<code>only</code>"), "{host_below}");
    fs::remove_dir_all(folder).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_ad_network_buys_a_name_while_curl_waits_for_its_image_over_http_2() {
    let world = GatewayWorld::open(2, Rate(None)).await;
    let proxy = format!("http://{}", world.at("*", "http"));
    let folder = folder("bought");
    let pem = folder.join("ca.pem");
    fs::write(&pem, world.lab.ca_pem().unwrap()).unwrap();
    let pem = pem.display().to_string();
    let fixed = ["-x", &proxy, "--cacert", &pem];
    let ask = async |arguments: &[&str]| Some(text(&curl(&[fixed.as_slice(), arguments].concat()).await?));
    let form = "email=susan@crepes.fr&password=networks&name=Susan";
    if ask(&["-d", form, "http://www.ebay.com/login"]).await.is_none() {
        return;
    }
    let image = "https://ad.doubleclick.net/ad?468x60&customer=8734&site=www.ebay.com";
    let file = folder.join("banner.gif").display().to_string();
    let told = ask(&["-o", &file, "-w", "%{http_version} %{http_code} %{content_type}", image]).await.unwrap();
    assert_eq!(told, "2 200 image/gif");
    assert!(fs::read(&file).unwrap().starts_with(b"GIF8"));
    let bought = world.numbers("ad.doubleclick.net", "SELECT customer, name, email FROM identities");
    assert_eq!(bought, [8_734.into(), "Susan".into(), "susan@crepes.fr".into()] as [Value; 3]);
    fs::remove_dir_all(folder).unwrap();
}
