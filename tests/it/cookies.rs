//! Our jar against other people's cases: the http-state working group's, the public suffix list's, and Python's `http.cookiejar`.

use std::{collections::BTreeMap, io::Write as _, process::Stdio};

use roundtrip::proto::http::{
    cookies::{
        CookieRequest, CookieRules, Jar, JarRules, RequestCause, UnixMicros, date::parse_cookie_date,
        domain::registrable_domain,
    },
    encode::parse_date,
};
use url::{Host, Url};

use crate::corpus::corpus;

/// 2013-01-01 00:00 UTC, the day the cases were written for.
const NOW: UnixMicros = UnixMicros(1_356_998_400_000_000);

fn by(rules: CookieRules) -> JarRules {
    JarRules { rules, ..JarRules::default() }
}

fn request(url: &Url) -> CookieRequest {
    CookieRequest::new("GET", url, RequestCause::Typed).unwrap()
}

/// The `Cookie` line that follows a case's response.
fn answer(case: &[u8], name: &str, rules: CookieRules) -> Vec<u8> {
    let server = Url::parse("http://home.example.org:8888/").unwrap();
    let page = server.join(&format!("cookie-parser?{name}")).unwrap();
    let mut next = server.join(&format!("cookie-parser-result?{name}")).unwrap();
    let mut lines = Vec::new();
    for line in case.split(|octet| *octet == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if let Some(to) = line.strip_prefix(b"Location: ") {
            next = page.join(&String::from_utf8_lossy(to)).unwrap();
        } else if let Some(value) = line.strip_prefix(b"Set-Cookie:") {
            lines.push(value);
        }
    }
    let mut jar = Jar::default();
    jar.receive(lines, &request(&page), by(rules), NOW);
    jar.retrieve(&request(&next), by(rules), NOW).header.unwrap_or_default()
}

#[test]
fn http_state_cases_are_answered_as_rfc_6265_says_and_otherwise_only_where_rfc_6265bis_does() {
    let Some(folder) = corpus("http-state/parser") else { return };
    let mut names: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .filter_map(|entry| Some(entry.unwrap().file_name().to_str()?.strip_suffix("-test")?.to_owned()))
        .collect();
    names.sort();
    let mut differ: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for name in &names {
        let case = std::fs::read(folder.join(format!("{name}-test"))).unwrap();
        let expected = std::fs::read(folder.join(format!("{name}-expected"))).unwrap();
        let expected = expected.trim_ascii_end();
        let expected = expected.strip_prefix(b"Cookie: ").unwrap_or(expected);
        let older = answer(&case, name, CookieRules::Rfc6265);
        assert_eq!(String::from_utf8_lossy(&older), String::from_utf8_lossy(expected), "RFC 6265: {name}");
        let newest = answer(&case, name, CookieRules::Rfc6265bis);
        if newest != expected {
            let words = format!(
                "{name}: {:?}, expected {:?}",
                String::from_utf8_lossy(&newest),
                String::from_utf8_lossy(expected)
            );
            let clause =
                newer_rule(&case).unwrap_or_else(|| panic!("a difference that RFC 6265bis does not explain: {words}"));
            println!("{words}, by {clause}");
            differ.entry(clause).or_default().push(name);
        }
    }
    println!("http-state: all {} cases agree under RFC 6265; under RFC 6265bis these differ: {differ:?}", names.len());
    assert!(names.len() > 100, "{}", names.len());
}

/// What in a case RFC 6265bis sees otherwise than RFC 6265, and its clause.
fn newer_rule(case: &[u8]) -> Option<&'static str> {
    let lines = case.split(|octet| *octet == b'\n').filter_map(|line| line.strip_prefix(b"Set-Cookie:"));
    for line in lines {
        let text = String::from_utf8_lossy(line);
        let (pair, attributes) = text.split_once(';').unwrap_or((&text, ""));
        let name = pair.split_once('=').map_or("", |(name, _)| name);
        if line.iter().any(|octet| octet.is_ascii_control() && !b"\t\r".contains(octet)) {
            return Some("RFC 6265bis §5.6 step 1");
        }
        if name.trim().is_empty() {
            return Some("RFC 6265bis §5.6 step 3");
        }
        let empty = |attribute: &str| {
            let (name, value) = attribute.split_once('=').unwrap_or((attribute, ""));
            name.trim().eq_ignore_ascii_case("domain") && value.trim().is_empty()
        };
        if attributes.split(';').any(empty) {
            return Some("RFC 6265bis §5.6.3");
        }
        if attributes.to_ascii_lowercase().split(';').any(|attribute| attribute.trim() == "secure") {
            return Some("RFC 6265bis §5.7 step 13");
        }
    }
    None
}

#[test]
fn dates_are_read_as_http_state_reads_them() {
    for file in ["examples.json", "bsd-examples.json"] {
        let Some(folder) = corpus("http-state/dates") else { return };
        let text = std::fs::read_to_string(folder.join(file)).unwrap();
        let json: String = text.lines().filter(|line| !line.starts_with("//")).collect();
        let cases: Vec<serde_json::Value> = serde_json::from_str(&json).unwrap();
        for case in &cases {
            let date = case["test"].as_str().unwrap();
            let expected = case["expected"].as_str().map(|date| UnixMicros::from(parse_date(date).unwrap()));
            assert_eq!(parse_cookie_date(date.as_bytes()).ok(), expected, "{file}: {date}");
        }
        println!("{file}: {} dates read", cases.len());
    }
}

#[test]
fn registrable_domains_are_those_of_the_public_suffix_list() {
    let Some(folder) = corpus("psl") else { return };
    let text = std::fs::read_to_string(folder.join("test_psl.txt")).unwrap();
    let ascii = |name: &str| match Host::parse(name) {
        Ok(Host::Domain(name)) => name,
        _ => name.to_ascii_lowercase(),
    };
    let mut tried = 0;
    for line in text.lines().filter_map(|line| line.strip_prefix("checkPublicSuffix(")) {
        let (name, expected) = line.trim_end_matches(");").split_once(", ").unwrap();
        let word = |word: &str| word.strip_prefix('\'').and_then(|word| word.strip_suffix('\'')).map(ascii);
        let (Some(name), expected) = (word(name), word(expected)) else { continue };
        assert_eq!(registrable_domain(&name), expected.as_deref(), "{name}");
        tried += 1;
    }
    println!("public suffixes: {tried} vectors agree");
    assert!(tried > 70, "{tried}");
}

/// Reads `[{"page", "lines", "next"}]`, prints the `Cookie` line that Python's jar sends with each `next`.
const PYTHON: &str = r#"
import sys, json, email.message, urllib.request
from http.cookiejar import CookieJar, DefaultCookiePolicy
class Response:
    def __init__(self, lines):
        self.message = email.message.Message()
        for line in lines: self.message["Set-Cookie"] = line
    def info(self): return self.message
answers = []
for case in json.load(sys.stdin):
    jar = CookieJar(DefaultCookiePolicy(strict_ns_domain=DefaultCookiePolicy.DomainStrictNonDomain))
    jar.extract_cookies(Response(case["lines"]), urllib.request.Request(case["page"]))
    request = urllib.request.Request(case["next"])
    jar.add_cookie_header(request)
    answers.append(request.get_header("Cookie", ""))
json.dump(answers, sys.stdout)
"#;

/// A response, and the request that follows it, made by rule from a number.
fn generated(number: u64) -> (Url, Vec<String>, Url) {
    let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut pick = |of: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % of as u64).unwrap()
    };
    let hosts = ["www.example.com", "example.com", "shop.www.example.com", "www.example.org"];
    let paths = ["/", "/a", "/a/", "/a/b", "/ab", "/a/b/c"];
    let schemes = ["http", "https"];
    let mut url = || Url::parse(&format!("{}://{}{}", schemes[pick(2)], hosts[pick(4)], paths[pick(6)])).unwrap();
    let (page, next) = (url(), url());
    let count = 1 + pick(4);
    let lines = (0..count).map(|at| {
        let mut line = format!("{}{at}=v{}", ["a", "b", "sid"][pick(3)], pick(100));
        line +=
            ["", "; Domain=example.com", "; Domain=.example.com", "; Domain=www.example.com", "; Domain=example.org"]
                [pick(5)];
        line += ["", "; Path=/", "; Path=/a", "; Path=/a/b"][pick(4)];
        line += [
            "",
            "; Max-Age=3600",
            "; Max-Age=0",
            "; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
            "; Expires=Fri, 31 Dec 2100 23:59:59 GMT",
        ][pick(5)];
        // Without Secure over http, which RFC 6265bis refuses.
        line + if page.scheme() == "https" && pick(4) == 0 { "; Secure" } else { "" }
    });
    (page.clone(), lines.collect(), next)
}

#[test]
fn pythons_jar_and_ours_send_the_same_after_200_responses() {
    let python =
        std::process::Command::new("python3").args(["-c", PYTHON]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let Ok(mut python) = python else {
        println!("skipped: there is no python3");
        return;
    };
    let cases: Vec<_> = (1..=200).map(generated).collect();
    let json: Vec<_> = cases
        .iter()
        .map(|(page, lines, next)| serde_json::json!({"page": page.as_str(), "lines": lines, "next": next.as_str()}))
        .collect();
    python.stdin.take().unwrap().write_all(&serde_json::to_vec(&json).unwrap()).unwrap();
    let output = python.wait_with_output().unwrap();
    let answers: Vec<String> = serde_json::from_slice(&output.stdout).unwrap();
    // Python's order among equal paths is that of its dictionaries.
    let sorted = |line: &str| {
        let mut pairs: Vec<String> = line.split("; ").map(str::to_owned).collect();
        pairs.sort();
        pairs
    };
    let mut with_cookies = 0;
    for ((page, lines, next), theirs) in cases.iter().zip(&answers) {
        for rules in CookieRules::ALL {
            let mut jar = Jar::default();
            let now = UnixMicros::from(std::time::SystemTime::now());
            jar.receive(lines.iter().map(String::as_bytes), &request(page), by(rules), now);
            let ours = jar.retrieve(&request(next), by(rules), now).header.unwrap_or_default();
            let ours = String::from_utf8(ours).unwrap();
            assert_eq!(sorted(&ours), sorted(theirs), "{}: {page} {lines:?} {next}", rules.name());
        }
        with_cookies += usize::from(!theirs.is_empty());
    }
    println!("http.cookiejar: 200 responses, {with_cookies} of them with cookies in the next request, agree");
    assert!(with_cookies > 20, "{with_cookies}");
}
