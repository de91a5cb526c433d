//! The sites that remember as a student's browser meets them: over the emulated network, in virtual time, with the calendar skipped ahead.

mod advertisements;
mod demonstrations;
mod forms;
mod shop;

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::{
    lab::{Lab, LabFiles, LabStore},
    net::{Clock, ConnectTarget, Network, Path, Rate, Timeouts, TlsOptions, run_virtual},
    store::{Date, SqlQuery, Store, Value},
    wire::{End, Ends, FlowHandle, FlowId, FlowKind, Ledger, NoteKind, Recorder},
};

const WEEK: Duration = Duration::from_hours(24 * 7);

/// A browser that keeps cookies by host and sends them all back. What a real one decides, it does not decide: a story that needs it sends
/// the line that it wants.
struct StudentBrowser {
    lab: Lab,
    network: Network,
    run: FlowHandle,
    clock: Clock,
    store: Store,
    jar: BTreeMap<String, BTreeMap<String, String>>,
    /// Off: nothing is kept, nothing is sent.
    keeps_cookies: bool,
}

/// What came back.
#[derive(Clone, Debug)]
struct Page {
    status: u16,
    head: String,
    body: String,
    flow: FlowId,
}

impl Page {
    /// The values of every line of this name.
    fn fields(&self, name: &str) -> Vec<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value).collect()
    }

    fn field(&self, name: &str) -> &str {
        self.fields(name).first().copied().unwrap_or_default()
    }
}

impl StudentBrowser {
    async fn get(&mut self, url: &str) -> Page {
        self.send("GET", url, "", b"").await
    }

    async fn get_from(&mut self, url: &str, referer: &str) -> Page {
        self.send("GET", url, &format!("Referer: {referer}\r\n"), b"").await
    }

    async fn post(&mut self, url: &str, form: &str) -> Page {
        self.send("POST", url, "Content-Type: application/x-www-form-urlencoded\r\n", form.as_bytes()).await
    }

    /// One request over a connection of its own; `lines` are header lines besides the usual ones, each ended by CR LF.
    async fn send(&mut self, method: &str, url: &str, lines: &str, content: &[u8]) -> Page {
        let url = url::Url::parse(url).unwrap();
        let host = url.host_str().unwrap().to_owned();
        let secure = url.scheme() == "https";
        let path = &url[url::Position::BeforePath..url::Position::AfterQuery];
        let pairs: Vec<String> =
            self.jar.get(&host).into_iter().flatten().map(|(name, value)| format!("{name}={value}")).collect();
        let cookie = if pairs.is_empty() || lines.contains("Cookie:") {
            String::new()
        } else {
            format!("Cookie: {}\r\n", pairs.join("; "))
        };
        let length = if method == "POST" && !lines.contains("Content-Length") {
            format!("Content-Length: {}\r\n", content.len())
        } else {
            String::new()
        };
        let head =
            format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{cookie}{lines}{length}\r\n");
        let tls = secure.then(TlsOptions::default);
        let to = ConnectTarget { host: host.clone(), port: if secure { 443 } else { 80 }, tls };
        let mut connection = self.network.connect(&to, &Timeouts::default(), &self.run).await.unwrap();
        let flow = connection.flow().id();
        let mut octets = Vec::new();
        {
            let (mut reading, mut writing) = tokio::io::split(&mut connection);
            let sent = async {
                writing.write_all(head.as_bytes()).await.ok();
                writing.write_all(content).await.ok();
                writing.flush().await.ok();
            };
            let ((), read) = tokio::join!(sent, reading.read_to_end(&mut octets));
            read.ok();
        }
        let text = String::from_utf8_lossy(&octets).into_owned();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no head in {text:?}"));
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let page = Page { status, head: head.to_owned(), body: body.to_owned(), flow };
        if self.keeps_cookies {
            for line in page.fields("Set-Cookie") {
                let (name, value) = line.split(';').next().unwrap().split_once('=').unwrap();
                let jar = self.jar.entry(host.clone()).or_default();
                if line.contains("Max-Age=0") {
                    jar.remove(name)
                } else {
                    jar.insert(name.to_owned(), value.to_owned())
                };
            }
        }
        page
    }

    /// Rows of a server's tables, as text: `1678|null|2`.
    fn rows(&self, owner: &str, sql: &str) -> Vec<String> {
        let value = |value: &Value| match value {
            Value::Null => "null".to_owned(),
            Value::Integer(number) => number.to_string(),
            Value::Text(text) => text.clone(),
            other => panic!("{other:?}"),
        };
        let found = self.store.query(owner, &SqlQuery::new(sql)).unwrap();
        found.rows.iter().map(|row| row.iter().map(value).collect::<Vec<_>>().join("|")).collect()
    }

    /// The student skips ahead: the date moves, no timer does.
    fn skip(&self, by: Duration) {
        self.clock.move_date(by);
    }
}

/// Runs a story in the built-in lab, which begins on the first day of the lab's calendar.
fn story<T>(told: impl AsyncFnOnce(&mut StudentBrowser) -> T) -> (T, Ledger) {
    let recorder = Recorder::default();
    let end = |name: &str| End { name: name.into(), ip_port: None };
    let ends = Ends { client: end("you"), server: end("lab") };
    let run = recorder.open(None, FlowKind::Run, "story".into(), ends, Duration::ZERO);
    let result = run_virtual(SystemTime::from(Date::LAB_EPOCH), async move |clock: Clock| {
        let path = Path { rtt: Duration::from_millis(20), rate: Rate(None), ..Path::default() };
        let lab = Lab::open(&clock, &LabFiles::embedded(), &path, LabStore::fresh()).unwrap();
        let (network, store) = (lab.network(), lab.store().store().unwrap());
        let (jar, keeps_cookies) = (BTreeMap::new(), true);
        told(&mut StudentBrowser { lab, network, run, clock, store, jar, keeps_cookies }).await
    });
    (result.unwrap(), recorder.into_ledger())
}

/// What the servers told why in a flow.
fn whys(ledger: &Ledger, flow: FlowId) -> Vec<String> {
    let flow = ledger.flows().iter().find(|known| known.id == flow).unwrap();
    flow.notes.iter().filter(|note| note.kind == NoteKind::Why).map(|note| note.text.clone()).collect()
}
