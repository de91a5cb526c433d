//! Promise: 100,000 times it is decided over a full jar, 3,000 cookies of 60 sites, whether a cookie goes along with a request, in less than
//! 1 s; Python's `http.cookiejar` beside it.
#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a bench speaks, measures and fails plainly"
)]

use std::{
    io::Write as _,
    process::{Command, ExitCode, Stdio},
    time::{Duration, Instant},
};

use roundtrip::proto::http::cookies::{
    CookieRequest, Jar, JarRules, RequestCause, UnixMicros,
    limits::{MAX_COOKIES, MAX_COOKIES_PER_DOMAIN},
};
use url::Url;

const DECISIONS: usize = 100_000;
/// Each of them is about all the cookies of its site.
const REQUESTS: usize = DECISIONS / MAX_COOKIES_PER_DOMAIN;
const PROMISE: Duration = Duration::from_secs(1);
/// Python is asked fewer times.
const PYTHONS: usize = 500;
const NOW: UnixMicros = UnixMicros(1_800_000_000_000_000);

fn main() -> ExitCode {
    let sites = MAX_COOKIES / MAX_COOKIES_PER_DOMAIN;
    let pages: Vec<CookieRequest> =
        (0..sites).map(|site| request(&format!("http://www.site{site}.com/shop/cart"))).collect();
    let mut jar = full(&pages);
    assert_eq!(jar.len(), MAX_COOKIES, "the jar is full");
    let by = JarRules::default();
    let begun = Instant::now();
    let (mut decisions, mut octets) = (0, 0);
    for page in pages.iter().cycle().take(REQUESTS) {
        let retrieval = jar.retrieve(page, by, NOW);
        decisions += retrieval.decisions.len();
        octets += retrieval.header.map_or(0, |line| line.len());
    }
    let taken = begun.elapsed();
    println!(
        "{decisions} decisions of {REQUESTS} requests over a jar of {MAX_COOKIES} cookies: {:.3} s, {octets} octets of Cookie lines (promise: at most {} s)",
        taken.as_secs_f64(),
        PROMISE.as_secs()
    );
    let begun = Instant::now();
    let line = b"again=1; Max-Age=60; Path=/".as_slice();
    let set: usize = pages.iter().cycle().take(REQUESTS).map(|page| jar.receive([line], page, by, NOW).len()).sum();
    println!("{REQUESTS} lines set into it: {:.3} s, {set} decisions", begun.elapsed().as_secs_f64());
    match python(sites) {
        Some(each) => println!(
            "a request: {:.1} µs; Python's http.cookiejar: {:.0} µs, {:.0} times as long",
            taken.as_secs_f64() * 1e6 / REQUESTS as f64,
            each * 1e6,
            each * REQUESTS as f64 / taken.as_secs_f64()
        ),
        None => println!("Python's http.cookiejar is not here"),
    }
    assert_eq!(decisions, DECISIONS, "every cookie of the site is decided on");
    if taken <= PROMISE { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn request(url: &str) -> CookieRequest {
    let url = Url::parse(url).expect("a URL");
    CookieRequest::new("GET", &url, RequestCause::Typed).expect("a host")
}

/// Every kind of cookie: of the host and of the domain, for this path and for others, with Secure and without.
fn full(pages: &[CookieRequest]) -> Jar {
    let mut jar = Jar::default();
    for page in pages {
        let lines: Vec<String> = (0..MAX_COOKIES_PER_DOMAIN)
            .map(|number| {
                let path = if number % 5 == 0 { "/account" } else { "/shop" };
                format!("cookie{number}=value-{number}; Path={path}; Max-Age=86400")
            })
            .collect();
        jar.receive(lines.iter().map(String::as_bytes), page, JarRules::default(), NOW);
    }
    jar
}

/// The same jar and requests, seconds a request; `None` where there is no Python.
fn python(sites: usize) -> Option<f64> {
    let script = format!(
        r#"
import time, urllib.request
from http.cookiejar import CookieJar, Cookie
jar = CookieJar()
for site in range({sites}):
    for number in range({MAX_COOKIES_PER_DOMAIN}):
        path = "/account" if number % 5 == 0 else "/shop"
        jar.set_cookie(Cookie(0, f"cookie{{number}}", f"value-{{number}}", None, False, f"www.site{{site}}.com", False, False, path, True, False, int(time.time()) + 86400, False, None, None, {{}}))
assert len(jar) == {MAX_COOKIES}
begun = time.perf_counter()
for turn in range({PYTHONS}):
    jar.add_cookie_header(urllib.request.Request(f"http://www.site{{turn % {sites}}}.com/shop/cart"))
print((time.perf_counter() - begun) / {PYTHONS})
"#
    );
    let mut python = Command::new("python3").arg("-").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().ok()?;
    python.stdin.take()?.write_all(script.as_bytes()).ok()?;
    String::from_utf8(python.wait_with_output().ok()?.stdout).ok()?.trim().parse().ok()
}
