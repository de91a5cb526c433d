//! A story for every rule: lines come, requests go, and every decision says why.

use proptest::prelude::*;
use url::Url;

use super::{
    limits::{MAX_AGE_SECS, MAX_COOKIES, MAX_COOKIES_PER_DOMAIN, MAX_LINES},
    *,
};

const NOW: UnixMicros = UnixMicros(1_800_000_000_000_000);
const NEWEST: JarRules = JarRules { rules: CookieRules::Rfc6265bis, third_party: ThirdPartyPolicy::Allow };
const OLDER: JarRules = JarRules { rules: CookieRules::Rfc6265, third_party: ThirdPartyPolicy::Allow };

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

fn request(to: &str) -> CookieRequest {
    CookieRequest::new("GET", &url(to), RequestCause::Typed).unwrap()
}

fn embedded(to: &str, page: &str) -> CookieRequest {
    CookieRequest { cause: RequestCause::Embedded(Site::of(&url(page)).unwrap()), ..request(to) }
}

fn link(to: &str, page: &str) -> CookieRequest {
    CookieRequest { cause: RequestCause::Link(Site::of(&url(page)).unwrap()), ..request(to) }
}

/// A jar and what it said last.
#[derive(Default)]
struct Story {
    jar: Jar,
    by: JarRules,
}

impl Story {
    fn by(by: JarRules) -> Self {
        Self { by, ..Self::default() }
    }

    /// A line comes in the response to `request`; what became of it.
    fn set(&mut self, request: &CookieRequest, line: &str) -> CookieDecision {
        let mut decisions = self.jar.receive([line.as_bytes()], request, self.by, NOW);
        assert_eq!(decisions.len(), 1, "{line}: {decisions:?}");
        decisions.remove(0)
    }

    fn refused(&mut self, request: &CookieRequest, line: &str, clause: &str) {
        let decision = self.set(request, line);
        assert_eq!(
            (decision.verdict(), decision.clause()),
            (Verdict::Refused, clause),
            "{line}: {}",
            decision.sentence()
        );
        check_words(&decision);
    }

    fn accepted(&mut self, request: &CookieRequest, line: &str) {
        let decision = self.set(request, line);
        assert_eq!(decision.verdict(), Verdict::Accepted, "{line}: {}", decision.sentence());
        check_words(&decision);
    }

    /// The `Cookie` line of a request, empty where there is none.
    fn line(&mut self, request: &CookieRequest) -> String {
        let header = self.jar.retrieve(request, self.by, NOW).header.unwrap_or_default();
        String::from_utf8(header).unwrap()
    }

    /// Why a cookie is kept back.
    fn kept_back(&mut self, request: &CookieRequest, name: &str) -> CookieDecision {
        let decisions = self.jar.explain(request, self.by, NOW).decisions;
        let decision = decisions.into_iter().find(|decision| decision.name().text() == Some(name)).unwrap();
        assert_eq!(decision.verdict(), Verdict::KeptBack, "{decision:?}");
        check_words(&decision);
        decision
    }
}

/// Every decision has its rule in a whole sentence, and whoever refuses says what would change it.
fn check_words(decision: &CookieDecision) {
    let sentence = decision.sentence();
    assert!(sentence.ends_with('.') && sentence.starts_with(|letter: char| letter.is_uppercase()), "{sentence}");
    assert!(
        decision.clause().starts_with(decision.rules.name()) || decision.clause().starts_with("draft-"),
        "{}",
        decision.clause()
    );
    if matches!(decision.verdict(), Verdict::Refused | Verdict::KeptBack | Verdict::Evicted) {
        assert!(decision.remedy().unwrap().ends_with('.'), "{decision:?}");
    }
}

const SHOP: &str = "http://www.amazon.com/";
const SECURE_SHOP: &str = "https://www.amazon.com/";

#[test]
fn a_server_sets_cookies_for_itself_and_what_is_above_it_but_no_public_suffix() {
    let mut story = Story::default();
    let shop = request(SHOP);
    story.accepted(&shop, "host=1");
    story.accepted(&shop, "domain=1; Domain=.Amazon.com");
    story.refused(&shop, "a=1; Domain=ebay.com", "RFC 6265bis §5.7 step 10");
    story.refused(&shop, "a=1; Domain=pay.www.amazon.com", "RFC 6265bis §5.7 step 10");
    story.refused(&shop, "a=1; Domain=com", "RFC 6265bis §5.7 step 9");
    story.refused(&request("http://www.bbc.co.uk/"), "a=1; Domain=co.uk", "RFC 6265bis §5.7 step 9");
    story.refused(&shop, "a=1; Domain=amäzon.com", "RFC 6265bis §5.7 step 8");
    assert_eq!(story.line(&shop), "host=1; domain=1");
    assert_eq!(story.line(&request("http://pay.amazon.com/")), "domain=1");
    assert_eq!(story.line(&request("http://amazon.com/")), "domain=1");
    assert_eq!(story.line(&request("http://notamazon.com/")), "");
    let kept = story.kept_back(&request("http://pay.amazon.com/"), "host");
    assert_eq!(kept.sentence(), "It was set without a Domain, so it is for www.amazon.com alone.");
    let mut older = Story::by(OLDER);
    older.refused(&shop, "a=1; Domain=com", "RFC 6265 §5.3 step 5");
    older.refused(&shop, "a=1; Domain=ebay.com", "RFC 6265 §5.3 step 6");
}

#[test]
fn a_public_suffix_and_an_address_keep_cookies_for_themselves() {
    let mut story = Story::default();
    for host in ["http://localhost/", "http://10.0.0.7/", "http://[::1]/", "http://lab/", "http://co.uk/"] {
        let here = request(host);
        story.accepted(&here, "own=1");
        let name = here.host.name.clone();
        let decision = story.set(&here, &format!("named=1; Domain={name}"));
        assert!(decision.cookie().is_some_and(|cookie| cookie.host_only), "{host}");
        assert_eq!(story.line(&here), "own=1; named=1", "{host}");
    }
    story.refused(&request("http://10.0.0.7/"), "a=1; Domain=0.0.7", "RFC 6265bis §5.7 step 10");
}

#[test]
fn a_path_is_that_of_the_request_unless_the_line_names_one() {
    let mut story = Story::default();
    let cart = request("http://www.amazon.com/shop/cart?x=1");
    story.accepted(&cart, "default=1");
    story.accepted(&cart, "root=1; Path=/");
    story.accepted(&cart, "odd=1; Path=shop");
    assert_eq!(
        story.line(&request("http://www.amazon.com/shop/other")),
        "default=1; odd=1; root=1",
        "longer paths first"
    );
    assert_eq!(story.line(&request("http://www.amazon.com/shopping")), "root=1");
    let kept = story.kept_back(&request(SHOP), "default");
    assert_eq!(
        (kept.clause(), kept.sentence().as_str()),
        ("RFC 6265bis §5.8.3 step 3", "It is for what is below /shop.")
    );
}

#[test]
fn max_age_beats_expires_and_nothing_lasts_longer_than_400_days() {
    let mut story = Story::default();
    let shop = request(SHOP);
    let mut expires = |line: &str| story.set(&shop, line).cookie().unwrap().expires;
    assert_eq!(expires("a=1"), None);
    assert_eq!(expires("b=1; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT"), Some(NOW.plus_secs(60)));
    assert_eq!(expires("c=1; Max-Age=99999999999"), Some(NOW.plus_secs(MAX_AGE_SECS)));
    assert_eq!(expires("d=1; Expires=Fri, 31 Dec 2100 00:00:00 GMT"), Some(NOW.plus_secs(MAX_AGE_SECS)));
    let mut older = Story::by(OLDER);
    let far = older.set(&shop, "d=1; Expires=Fri, 31 Dec 2100 00:00:00 GMT").cookie().unwrap().expires;
    assert_eq!(far, Some(UnixMicros::from_secs(4_133_894_400)));
}

#[test]
fn a_date_in_the_past_deletes_and_a_date_that_passes_expires() {
    let mut story = Story::default();
    let shop = request(SHOP);
    story.accepted(&shop, "a=1; Max-Age=60");
    assert_eq!(story.set(&shop, "a=; Max-Age=0").verdict(), Verdict::Deleted);
    let nothing = story.set(&shop, "a=; Max-Age=0");
    assert!(nothing.sentence().contains("the jar has none"), "{}", nothing.sentence());
    story.accepted(&shop, "b=1; Max-Age=60");
    let later = NOW.plus_secs(60);
    let retrieval = story.jar.retrieve(&shop, NEWEST, later);
    let verdicts: Vec<Verdict> = retrieval.decisions.iter().map(CookieDecision::verdict).collect();
    assert_eq!((verdicts, retrieval.header), (vec![Verdict::Expired], None));
    assert!(story.jar.is_empty());
}

#[test]
fn setting_again_replaces_and_keeps_the_place() {
    let mut story = Story::default();
    let shop = request(SHOP);
    story.accepted(&shop, "a=1");
    story.accepted(&shop, "b=1");
    assert_eq!(story.set(&shop, "a=2").verdict(), Verdict::Replaced);
    assert_eq!(story.line(&shop), "a=2; b=1");
    story.accepted(&shop, "a=3; Domain=amazon.com; Path=/");
    assert_eq!(story.line(&shop), "a=2; b=1; a=3", "RFC 6265bis: host-only counts");
    let mut older = Story::by(OLDER);
    older.accepted(&shop, "a=1");
    assert_eq!(older.set(&shop, "a=3; Domain=www.amazon.com").verdict(), Verdict::Replaced);
    assert_eq!(older.line(&shop), "a=3");
}

#[test]
fn secure_cookies_come_and_go_over_https_and_are_left_alone() {
    let mut story = Story::default();
    let (shop, secure) = (request(SHOP), request(SECURE_SHOP));
    story.refused(&shop, "sid=1; Secure", "RFC 6265bis §5.7 step 13");
    story.accepted(&secure, "sid=1; Secure; Path=/login");
    story.refused(&request("http://www.amazon.com/login/en"), "sid=2", "RFC 6265bis §5.7 step 16");
    story.refused(&request("http://www.amazon.com/login/en"), "sid=2; Domain=amazon.com", "RFC 6265bis §5.7 step 16");
    story.accepted(&shop, "sid=3");
    assert_eq!(story.line(&request("https://www.amazon.com/login")), "sid=1; sid=3");
    assert_eq!(story.line(&request("http://www.amazon.com/login")), "sid=3");
    let kept = story.jar.explain(&request("http://www.amazon.com/login"), NEWEST, NOW).decisions;
    assert_eq!(kept[1].sentence(), "It has Secure, and this connection is not.");
    let mut older = Story::by(OLDER);
    older.accepted(&shop, "sid=1; Secure");
    assert_eq!(older.set(&shop, "sid=2").verdict(), Verdict::Replaced);
    let mut here = Story::default();
    here.accepted(&request("http://localhost:8080/"), "sid=1; Secure");
    assert_eq!(here.line(&request("http://localhost:8080/")), "sid=1");
}

#[test]
fn http_only_is_hidden_from_scripts() {
    let mut story = Story::default();
    let script = CookieRequest { reader: CookieReader::Script, ..request(SHOP) };
    story.accepted(&request(SHOP), "sid=1; HttpOnly");
    story.accepted(&request(SHOP), "tab=1");
    assert_eq!(story.line(&script), "tab=1");
    assert_eq!(story.kept_back(&script, "sid").sentence(), "It has HttpOnly, which hides it from scripts.");
    story.refused(&script, "x=1; HttpOnly", "RFC 6265bis §5.7 step 15");
    story.refused(&script, "sid=2", "RFC 6265bis §5.7 step 23");
    assert_eq!(story.line(&request(SHOP)), "sid=1; tab=1");
}

#[test]
fn same_site_goes_with_a_link_and_not_with_an_embedded_image() {
    let mut story = Story::default();
    let shop = request(SECURE_SHOP);
    for line in ["strict=1; SameSite=Strict", "lax=1; SameSite=Lax", "default=1", "none=1; SameSite=None; Secure"] {
        story.accepted(&shop, line);
    }
    let news = "https://www.cnn.com/";
    assert_eq!(story.line(&shop), "strict=1; lax=1; default=1; none=1");
    assert_eq!(story.line(&link(SECURE_SHOP, news)), "lax=1; default=1; none=1");
    assert_eq!(story.line(&embedded(SECURE_SHOP, news)), "none=1");
    assert_eq!(story.line(&embedded(SECURE_SHOP, "https://pay.amazon.com/")), "strict=1; lax=1; default=1; none=1");
    assert_eq!(story.line(&link(SECURE_SHOP, SHOP)), "lax=1; default=1; none=1", "http and https are two sites");
    let form = CookieRequest { method: "POST".to_owned(), ..link(SECURE_SHOP, news) };
    assert_eq!(story.line(&form), "none=1");
    for (request, name, words) in [
        (&link(SECURE_SHOP, news), "strict", "It says SameSite=Strict, and another site causes this request."),
        (&embedded(SECURE_SHOP, news), "lax", "It says SameSite=Lax, and a page of another site embeds this."),
        (
            &form,
            "default",
            "It says nothing of SameSite, which counts as Lax, and another site causes this request, whose method POST changes something.",
        ),
    ] {
        assert_eq!(story.kept_back(request, name).sentence(), words);
    }
    let mut older = Story::by(OLDER);
    older.accepted(&shop, "strict=1; SameSite=Strict");
    assert_eq!(older.line(&embedded(SECURE_SHOP, news)), "strict=1");
}

#[test]
fn an_embedded_server_sets_what_says_none_and_a_link_sets_anything() {
    let mut story = Story::default();
    let ad = embedded("https://ad.doubleclick.net/1.gif", "https://www.cnn.com/");
    story.refused(&ad, "id=1", "RFC 6265bis §5.7 step 18");
    story.refused(&ad, "id=1; SameSite=Strict", "RFC 6265bis §5.7 step 18");
    story.refused(&ad, "id=1; SameSite=None", "RFC 6265bis §5.7 step 19");
    story.accepted(&ad, "id=1; SameSite=None; Secure");
    story.accepted(&link("https://ad.doubleclick.net/click", "https://www.cnn.com/"), "strict=1; SameSite=Strict");
}

#[test]
fn prefixes_are_promises() {
    let mut story = Story::default();
    let (shop, secure) = (request(SHOP), request(SECURE_SHOP));
    // RFC 6265bis §5.4: the examples.
    for line in [
        "__Secure-SID=12345; Domain=amazon.com",
        "__secure-SID=12345; Domain=amazon.com",
        "__SECURE-SID=12345; Domain=amazon.com",
    ] {
        story.refused(&secure, line, "RFC 6265bis §5.7 step 20");
    }
    for line in [
        "__Host-SID=12345",
        "__host-SID=12345; Secure",
        "__host-SID=12345; Domain=amazon.com",
        "__HOST-SID=12345; Domain=amazon.com; Path=/",
        "__Host-SID=12345; Secure; Domain=amazon.com; Path=/",
        "__HOST-SID=12345; Secure; Path=/x",
    ] {
        story.refused(&secure, line, "RFC 6265bis §5.7 step 21");
    }
    story.refused(&shop, "__Secure-SID=1", "RFC 6265bis §5.7 step 20");
    story.refused(&secure, "__Host-x; Secure", "RFC 6265bis §5.7 step 22");
    story.refused(&secure, "=__SECURE-x; Secure", "RFC 6265bis §5.7 step 22");
    for line in [
        "__Secure-SID=1; Domain=amazon.com; Secure",
        "__SECURE-SID=1; Domain=amazon.com; Secure",
        "__Host-SID=1; Secure; Path=/",
    ] {
        story.accepted(&secure, line);
    }
    Story::by(OLDER).accepted(&shop, "__Host-SID=1");
}

#[test]
fn a_cookie_without_a_name_is_a_value_alone() {
    let mut story = Story::default();
    let shop = request(SHOP);
    story.accepted(&shop, "token");
    story.accepted(&shop, "a=");
    assert_eq!(story.line(&shop), "token; a=");
    story.refused(&shop, "=", "RFC 6265bis §5.7 step 2");
    let mut older = Story::by(OLDER);
    older.refused(&shop, "token", "RFC 6265 §5.2 step 2");
    older.refused(&shop, "=token", "RFC 6265 §5.2 step 5");
}

#[test]
fn policies_for_third_parties_refuse_or_keep_apart() {
    let ad = |page: &str| embedded("https://ad.doubleclick.net/1.gif", page);
    let (cnn, ebay) = ("https://www.cnn.com/", "https://www.ebay.com/");
    let line = "id=1; SameSite=None; Secure";
    let mut allow = Story::default();
    allow.accepted(&ad(cnn), line);
    assert_eq!(allow.line(&ad(ebay)), "id=1");
    let mut block = Story::by(JarRules { third_party: ThirdPartyPolicy::Block, ..NEWEST });
    block.refused(&ad(cnn), line, "RFC 6265bis §7.1");
    block.accepted(&request("https://ad.doubleclick.net/"), line);
    assert_eq!(block.line(&ad(cnn)), "");
    assert_eq!(block.kept_back(&ad(cnn), "id").clause(), "RFC 6265bis §7.1");
    assert_eq!(block.line(&embedded("https://img.cnn.com/", cnn)), "", "first parties are not concerned");
    block.accepted(&embedded("https://img.cnn.com/", cnn), "own=1");
    let mut apart = Story::by(JarRules { third_party: ThirdPartyPolicy::Partition, ..NEWEST });
    apart.accepted(&ad(cnn), line);
    assert_eq!((apart.line(&ad(cnn)).as_str(), apart.line(&ad(ebay)).as_str()), ("id=1", ""));
    assert_eq!(apart.kept_back(&ad(ebay), "id").sentence(), "It is kept apart for pages of https://cnn.com.");
    apart.accepted(&ad(ebay), "id=2; SameSite=None; Secure");
    assert_eq!((apart.line(&ad(cnn)).as_str(), apart.line(&ad(ebay)).as_str()), ("id=1", "id=2"));
}

#[test]
fn partitioned_cookies_are_kept_apart_by_choice_of_their_server() {
    let mut story = Story::by(JarRules { third_party: ThirdPartyPolicy::Block, ..NEWEST });
    let ad = |page: &str| embedded("https://ad.doubleclick.net/1.gif", page);
    let (cnn, ebay) = ("https://www.cnn.com/", "https://www.ebay.com/");
    story.accepted(&ad(cnn), "id=1; SameSite=None; Secure; Partitioned");
    assert_eq!((story.line(&ad(cnn)).as_str(), story.line(&ad(ebay)).as_str()), ("id=1", ""));
    story.refused(&request(SHOP), "id=1; Partitioned", "draft-cutler-httpbis-partitioned-cookies");
}

#[test]
fn a_full_domain_and_a_full_jar_make_room_in_order() {
    let mut story = Story::default();
    let secure = request(SECURE_SHOP);
    story.accepted(&secure, "insecure=1");
    for number in 1..MAX_COOKIES_PER_DOMAIN {
        story.accepted(&secure, &format!("s{number}=1; Secure"));
    }
    let mut more = |line: &str| {
        let decisions = story.jar.receive([line.as_bytes()], &secure, NEWEST, NOW);
        decisions.iter().for_each(check_words);
        let Outcome::Evicted { cookie, reason } = &decisions[1].outcome else { panic!("{decisions:?}") };
        (cookie.name.to_string(), *reason)
    };
    assert_eq!(more("x=1; Secure"), ("insecure".to_owned(), EvictionReason::DomainInsecure));
    assert_eq!(more("y=1; Secure"), ("s1".to_owned(), EvictionReason::Domain));
    let mut jar = Jar::default();
    let mut evicted = Vec::new();
    for number in 0..=MAX_COOKIES {
        let host = request(&format!("http://h{number}.example/"));
        let moment = NOW.plus_secs(i64::try_from(number).unwrap());
        evicted.extend(jar.receive([b"a=1".as_slice()], &host, NEWEST, moment).into_iter().skip(1));
        // The first is used again and again.
        jar.retrieve(&request("http://h0.example/"), NEWEST, moment.plus_secs(1));
    }
    let names: Vec<_> = evicted.iter().map(|decision| decision.cookie().unwrap().domain.as_str()).collect();
    assert_eq!((names, jar.len()), (vec!["h1.example"], MAX_COOKIES));
}

#[test]
fn ten_thousand_lines_and_a_huge_cookie_are_bounded_and_named() {
    let lines: Vec<Vec<u8>> = (0..10_000).map(|number| format!("c{number}=1").into_bytes()).collect();
    let mut jar = Jar::default();
    let decisions = jar.receive(lines.iter().map(Vec::as_slice), &request(SHOP), NEWEST, NOW);
    assert_eq!(jar.len(), MAX_COOKIES_PER_DOMAIN);
    let last = decisions.last().unwrap();
    assert!(last.sentence().contains("7000 more Set-Cookie lines") && MAX_LINES == 3_000, "{}", last.sentence());
    let huge = format!("a={}", "x".repeat(1_000_000));
    let refused = Story::default().set(&request(SHOP), &huge);
    assert_eq!((refused.clause(), refused.verdict()), ("RFC 6265bis §5.6 step 5", Verdict::Refused));
    assert!(refused.sentence().contains("1000001 octets"), "{}", refused.sentence());
}

#[test]
fn the_session_ends() {
    let mut story = Story::default();
    story.accepted(&request(SHOP), "session=1");
    story.accepted(&request(SHOP), "lasting=1; Max-Age=60");
    assert_eq!(story.jar.end_session(CookieRules::Rfc6265bis).len(), 1);
    assert_eq!(story.line(&request(SHOP)), "lasting=1");
}

#[test]
fn every_difference_of_the_two_rules_names_its_clauses() {
    for difference in RULE_DIFFERENCES {
        assert!(
            difference.newest_clause.starts_with("RFC 6265bis §") && difference.older_clause.starts_with("RFC 6265 §")
        );
        assert!(difference.newest.ends_with('.') && difference.older.ends_with('.'), "{difference:?}");
    }
}

fn any_cause() -> impl Strategy<Value = RequestCause> {
    let site = |secure| Site { secure, domain: "cnn.com".to_owned() };
    prop_oneof![
        Just(RequestCause::Typed),
        any::<bool>().prop_map(move |secure| RequestCause::Link(site(secure))),
        any::<bool>().prop_map(move |secure| RequestCause::Embedded(site(secure))),
    ]
}

proptest! {
    /// Whatever comes, the jar stays within its bounds, counts what it holds, sends only what it holds, and says why in words.
    #[test]
    fn a_jar_takes_any_octets(
        lines in prop::collection::vec(
            prop_oneof![
                prop::collection::vec(any::<u8>(), 0..40),
                "[ab]?=?[ab]{0,2}(; ?(Secure|HttpOnly|Path=/a?|Domain=(www.)?amazon.com|SameSite=(None|Lax)|Max-Age=[0-9]|Partitioned)){0,4}"
                    .prop_map(String::into_bytes),
            ],
            0..12,
        ),
        cause in any_cause(),
        policy in prop::sample::select(ThirdPartyPolicy::ALL.to_vec()),
        rules in prop::sample::select(CookieRules::ALL.to_vec()),
        secure in any::<bool>(),
    ) {
        let by = JarRules { rules, third_party: policy };
        let request = CookieRequest { cause, ..request(if secure { SECURE_SHOP } else { SHOP }) };
        let mut jar = Jar::default();
        let decisions = jar.receive(lines.iter().map(Vec::as_slice), &request, by, NOW);
        prop_assert_eq!(decisions.len(), lines.len());
        prop_assert_eq!(jar.len(), jar.cookies().count());
        let retrieval = jar.retrieve(&request, by, NOW);
        decisions.iter().chain(&retrieval.decisions).for_each(check_words);
        let sent = retrieval.decisions.iter().filter(|decision| decision.verdict() == Verdict::Sent).count();
        prop_assert_eq!(retrieval.decisions.len(), jar.len());
        prop_assert_eq!(retrieval.header.is_some(), sent > 0);
        let json = serde_json::to_string(&jar.cookies().map(|cookie| (**cookie).clone()).collect::<Vec<_>>()).unwrap();
        let again = Jar::with(serde_json::from_str::<Vec<Cookie>>(&json).unwrap());
        prop_assert!(again.cookies().eq(jar.cookies()));
    }

    /// A cookie written as its server would write it is read as what it was.
    #[test]
    fn a_cookie_sent_back_as_a_line_is_the_same(name in "[a-zA-Z0-9_-]{1,10}", value in "[!#-+.-:<-~]{0,20}") {
        let mut jar = Jar::default();
        let line = format!("{name}={value}");
        jar.receive([line.as_bytes()], &request(SHOP), NEWEST, NOW);
        if let Some(cookie) = jar.cookies().next() {
            prop_assert_eq!(cookie.pair(), line.into_bytes());
        }
    }
}
