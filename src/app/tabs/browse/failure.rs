//! A failure where it happened: how far the connection came as the record shows it, whose move it is, the rule, and what to try.

use std::{borrow::Cow, time::Duration};

use egui::{RichText, Ui};
use url::Url;

use crate::{
    app::{theme::Theme, widgets},
    engine::{
        browse::{Config, Exchange},
        setting::WorldChoice,
    },
    lab::{HostStatus, LabFiles},
    wire::{
        Blame, ConnectionStep, EventContent, Failure, Flow, FlowKind, FlowState, Layer, Ledger, Side, WireEvent, units,
    },
};

/// A failure and what is known around it.
pub(super) struct FailureCase<'a> {
    /// What went wrong.
    pub(super) failure: &'a Failure,
    /// In which exchange.
    pub(super) exchange: Option<&'a Exchange>,
    /// What crossed the wire.
    pub(super) ledger: &'a Ledger,
    /// What was asked for.
    pub(super) asked: Option<&'a Config>,
    /// What the lab consists of.
    pub(super) lab: &'a LabFiles,
}

/// Paints it as a card.
pub(super) fn failure_ui(ui: &mut Ui, case: &FailureCase<'_>) {
    let theme = Theme::of(ui);
    let told = case.told();
    widgets::card(ui, &format!("Failed: {}", told.title), |ui| {
        ui.label(RichText::new(&case.failure.summary).color(theme.bad));
        for cause in &case.failure.causes {
            widgets::muted(ui, format!("because: {cause}"));
        }
        if let Some(seen) = &told.seen {
            ui.label(seen);
        }
        ui.add_space(4.0);
        ui.label(told.advice);
        if let Some(clause) = &case.failure.clause {
            widgets::muted(ui, format!("the rule: {clause}"));
        }
    });
}

/// How far a connection came, as the record shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ConnectionOutcome {
    /// No address was found: nothing was sent.
    NoAddress,
    /// RST answered the SYN.
    Refused,
    /// SYN after SYN, the last one then, and nothing came back.
    Silent { tries: usize, last: Duration },
    /// Open, then RST.
    Reset { at: Duration },
    /// Open, then FIN, with so many octets of an answer before it.
    Closed { at: Duration, came: u64 },
    /// Open and quiet until this end gave up: so many octets had been sent and so many had come, the last ones then.
    Quiet { sent: u64, came: u64, last: Duration },
}

/// What is said of a failure.
#[derive(Debug, PartialEq, Eq)]
struct FailureText {
    title: Cow<'static, str>,
    /// What the record shows of it.
    seen: Option<String>,
    advice: String,
}

impl FailureCase<'_> {
    fn told(&self) -> FailureText {
        let Some(ending) = self.ending() else {
            return FailureText {
                title: self.failure.blame.to_string().into(),
                seen: None,
                advice: advice(self.failure.blame).to_owned(),
            };
        };
        let (title, seen, advice) = match ending {
            ConnectionOutcome::NoAddress => self.without_address(),
            ConnectionOutcome::Refused => self.refused(),
            ConnectionOutcome::Silent { tries, last } => self.silent(tries, last),
            ConnectionOutcome::Reset { at } => (
                "connection reset",
                format!(
                    "The connection was open. At {} the other end sent RST: what was still on its way is thrown away.",
                    units::time(at)
                ),
                format!("The server is at fault: its process died, or it closed with octets unread. {}", self.again()),
            ),
            ConnectionOutcome::Closed { at, came: 0 } => (
                "closed without an answer",
                format!("The other end sent FIN at {}, before the first octet of an answer.", units::time(at)),
                format!("The server is at fault. {}", self.again()),
            ),
            ConnectionOutcome::Closed { at, came } => (
                "cut short",
                format!(
                    "The other end sent FIN at {}: {} of an answer had come, the rest is missing.",
                    units::time(at),
                    units::count_octets(came)
                ),
                format!("The server is at fault: what came must not be taken for the whole. {}", self.again()),
            ),
            ConnectionOutcome::Quiet { sent, came: 0, .. } => {
                ("no answer", quiet(sent), format!("The server is at fault. {}", self.again()))
            }
            ConnectionOutcome::Quiet { came, last, .. } => (
                "the answer stopped",
                format!(
                    "{} of an answer came, the last at {}; then nothing until this program gave up.",
                    units::count_octets(came),
                    units::time(last)
                ),
                format!("The server is at fault, or the path if it loses packets. {}", self.again()),
            ),
        };
        FailureText { title: title.into(), seen: Some(seen), advice }
    }

    fn without_address(&self) -> (&'static str, String, String) {
        let seen = "Nothing was sent: without an address there is nowhere to send a SYN.".to_owned();
        let whose = if self.in_lab() {
            "What you can do: check the spelling: the lab's names stand in Hosts, top right."
        } else {
            "What you can do: check the spelling, and that this machine is online."
        };
        ("the name led to no address", seen, whose.to_owned())
    }

    fn refused(&self) -> (&'static str, String, String) {
        let seen = "The SYN arrived and RST came back: the way is good, the host is up.".to_owned();
        let whose = if self.is_off(true) {
            "What you can do: switch this server on again in Hosts, top right, and press Go.".to_owned()
        } else {
            format!(
                "What you can do: check the port. Otherwise whoever runs {} has to start a server there.",
                self.url().and_then(Url::host_str).unwrap_or("the host")
            )
        };
        ("connection refused", seen, whose)
    }

    fn silent(&self, tries: usize, last: Duration) -> (&'static str, String, String) {
        let last = units::time(last);
        let seen = match tries {
            0 | 1 => format!("One SYN left, at {last}, and nothing came back: no SYN-ACK, no RST."),
            _ => format!("{tries} SYNs left, the last at {last}, and nothing came back: no SYN-ACK, no RST."),
        };
        let whose = if self.is_off(false) {
            "What you can do: switch this host on again in Hosts, top right, and press Go. Packets to it vanish."
        } else if self.lab_host().is_some_and(|host| !host.up) {
            "This host of the lab never answers, so that you see what that looks like."
        } else {
            "What you can do: check the address, try again, or try another host. From here a host that is down and a firewall that \
             drops packets look the same."
        };
        ("no answer to SYN", seen, whose.to_owned())
    }

    /// May it be tried again?
    fn again(&self) -> String {
        let method = self.exchange.map_or("GET", |exchange| exchange.method.as_str());
        match method {
            "GET" | "HEAD" | "OPTIONS" | "TRACE" => {
                format!("{method} may be sent again: it changes nothing (RFC 9110 §9.2.1).")
            }
            "PUT" | "DELETE" => {
                format!("{method} may be sent again: twice does the same as once (RFC 9110 §9.2.2).")
            }
            _ => format!("Before you send {method} again, find out whether it was carried out (RFC 9110 §9.2.2)."),
        }
    }

    fn ending(&self) -> Option<ConnectionOutcome> {
        let flow = self.flow().filter(|_| matches!(self.failure.blame, Blame::Network | Blame::TimeOut))?;
        let origin = self.ledger.roots().next().map_or(Duration::ZERO, |root| root.opened_at);
        let since = |event: &WireEvent| event.at.saturating_sub(origin);
        let last =
            |from: Side, wanted: &[ConnectionStep]| flow.events.iter().rfind(|event| is_step(event, from, wanted));
        let tries = flow
            .events
            .iter()
            .filter(|event| is_step(event, Side::Client, &[ConnectionStep::Syn, ConnectionStep::Retransmit]));
        let Some(asked) = last(Side::Client, &[ConnectionStep::Syn, ConnectionStep::Retransmit]) else {
            return Some(ConnectionOutcome::NoAddress);
        };
        let ended = last(Side::Server, &[ConnectionStep::Rst, ConnectionStep::Fin]);
        if last(Side::Server, &[ConnectionStep::SynAck]).is_none() {
            return match ended {
                Some(_) => Some(ConnectionOutcome::Refused),
                // What this machine's own network says at once has its own words in the summary.
                None if !self.in_lab() && flow.ended_at.is_some_and(|end| end < asked.at + AT_ONCE) => None,
                None => Some(ConnectionOutcome::Silent { tries: tries.count(), last: since(asked) }),
            };
        }
        let came = self.octets(flow, Side::Server);
        Some(match ended {
            Some(event) if is_step(event, Side::Server, &[ConnectionStep::Rst]) => {
                ConnectionOutcome::Reset { at: since(event) }
            }
            Some(event) => ConnectionOutcome::Closed { at: since(event), came },
            None => ConnectionOutcome::Quiet {
                sent: self.octets(flow, Side::Client),
                came,
                last: flow.events.iter().rfind(|event| event.from == Side::Server).map(since).unwrap_or_default(),
            },
        })
    }

    /// Octets of this exchange that went or came before it broke off.
    fn octets(&self, flow: &Flow, from: Side) -> u64 {
        let timing = self.exchange.map(|exchange| &exchange.timing);
        let speaks_frames = self
            .exchange
            .is_some_and(|exchange| exchange.request_lines.first().is_some_and(|line| line.ends_with(" HTTP/2")));
        if let Some(timing) = timing.filter(|_| speaks_frames && from == Side::Server) {
            return timing.response_octets;
        }
        let sent_at = timing.and_then(|timing| timing.phases.send).map_or(Duration::ZERO, |send| send.from);
        let said = flow.events.iter().filter(|event| event.from == from && event.at >= sent_at);
        said.filter(|event| matches!(event.layer, Layer::Stream | Layer::Plain))
            .map(|event| match &event.content {
                EventContent::Octets(octets) => octets.wire_len(),
                EventContent::Step(_) => 0,
            })
            .sum()
    }

    /// The connection it happened on. One that never opened belongs to no exchange: it is known by its failure.
    fn flow(&self) -> Option<&Flow> {
        let known = self.exchange.and_then(|exchange| exchange.timing.connection);
        let failed_so = |flow: &&Flow| {
            flow.kind == FlowKind::Connection
                && matches!(&flow.state, FlowState::Failed(failure) if failure == self.failure)
        };
        known.and_then(|id| self.ledger.flow(id)).or_else(|| self.ledger.flows().iter().rfind(failed_so))
    }

    fn url(&self) -> Option<&Url> {
        self.exchange.map(|exchange| &exchange.timing.url).or_else(|| self.asked.map(|config| &config.url))
    }

    fn in_lab(&self) -> bool {
        self.asked.is_some_and(|config| config.setting.world == WorldChoice::Lab)
    }

    /// The host of the lab that was asked.
    fn lab_host(&self) -> Option<HostStatus> {
        let name = self.url().filter(|_| self.in_lab())?.host_str()?;
        let mut hosts = self.lab.hosts().into_iter();
        hosts.find(|host| host.ip.to_string() == name || host.names.iter().any(|known| known == name))
    }

    /// Had the student switched it off, the one server or the whole host?
    fn is_off(&self, server: bool) -> bool {
        let (Some(config), Some(host)) = (self.asked, self.lab_host()) else { return false };
        let port = self.url().and_then(Url::port_or_known_default).filter(|_| server);
        config.setting.off.iter().any(|off| off.port == port && host.names.contains(&off.host))
    }
}

fn is_step(event: &WireEvent, from: Side, wanted: &[ConnectionStep]) -> bool {
    event.from == from && matches!(&event.content, EventContent::Step(step) if wanted.contains(step))
}

fn quiet(sent: u64) -> String {
    match sent {
        0 => "The connection was opened; then nothing came back until this program gave up.".to_owned(),
        _ => format!(
            "The connection is open and {} were sent; nothing came back until this program gave up.",
            units::count_octets(sent)
        ),
    }
}

/// Who has to do something where the record says no more.
fn advice(blame: Blame) -> &'static str {
    match blame {
        Blame::Input => "What you can do: change the request above and send it again.",
        Blame::Network => "What you can do: look at host and port, try again, or try another host.",
        Blame::NoAnswer => {
            "What you can do: look at the name, and look it up in the DNS tab to see which server says what."
        }
        Blame::TimeOut => "What you can do: try again, or try another host. The server may be slow or gone.",
        Blame::NotOffered => "What you can do: ask for what the server offers. It broke no rule.",
        Blame::Limit => "This program has a limit here. The server broke no rule.",
        Blame::Peer => "The server is at fault. What you send is not to blame; the octets below show what it did.",
    }
}

/// A refusal by this machine itself comes sooner than any answer from outside.
const AT_ONCE: Duration = Duration::from_millis(500);

#[cfg(test)]
mod a_failure {
    use super::*;
    use crate::{
        app::{
            runs::{RunRecord, Runs},
            script::run_here,
            tabs::browse::exchanges::Exchanges,
        },
        engine::{
            browse::Browse,
            experiments::AnyConfig,
            setting::{Outage, Setting},
        },
    };

    fn at(url: &str) -> Config {
        Config { objects: None, ..Config::at(Url::parse(url).unwrap()) }
    }

    fn without(url: &str, port: Option<u16>) -> Config {
        let off = vec![Outage { host: "www.someschool.edu".to_owned(), port }];
        Config { setting: Setting { off, ..Setting::default() }, ..at(url) }
    }

    fn told(config: &Config) -> FailureText {
        let mut runs = Runs::default();
        let job = runs.next_job();
        let order = AnyConfig::new::<Browse>(config.clone());
        runs.insert(job, RunRecord::new(Some(order.clone())));
        for update in run_here(job, &order) {
            runs.apply(update);
        }
        let record = runs.get(job).unwrap();
        let exchanges = Exchanges::of(record);
        let exchange = exchanges.first_choice().and_then(|at| exchanges.all.get(at)).copied();
        let failure = exchanges.failure.unwrap_or_else(|| panic!("{} fails", config.url));
        FailureCase { failure, exchange, ledger: &record.ledger, asked: Some(config), lab: &LabFiles::embedded() }
            .told()
    }

    #[test]
    fn says_what_happened_and_what_to_do() {
        let school = "http://www.someschool.edu/";
        let post = Config { method: "POST".to_owned(), ..at("http://rude.lab/reset") };
        for (config, title, seen, advice) in [
            (
                at("http://nohost.lab/"),
                "the name led to no address",
                "Nothing was sent",
                "What you can do: check the spelling",
            ),
            (at("http://www.someschool.edu:81/"), "connection refused", "RST came back", "whoever runs www.someschool"),
            (
                without(school, Some(80)),
                "connection refused",
                "RST came back",
                "What you can do: switch this server on",
            ),
            (
                without(school, None),
                "no answer to SYN",
                "SYNs left, the last at",
                "What you can do: switch this host on",
            ),
            (
                at("http://rude.lab/closed-at-once"),
                "closed without an answer",
                "FIN at 200 ms",
                "The server is at fault",
            ),
            (at("http://rude.lab/truncated"), "cut short", "the rest is missing", "not be taken for the whole"),
            (at("http://rude.lab/half-head"), "cut short", "the rest is missing", "The server is at fault"),
            (at("http://rude.lab/reset"), "connection reset", "the other end sent RST", "GET may be sent again"),
            (post, "connection reset", "the other end sent RST", "Before you send POST again"),
            (at("http://rude.lab/stalled-head"), "no answer", "nothing came back until", "The server is at fault"),
            (at("http://rude.lab/stalled-body"), "the answer stopped", "then nothing until", "The server is at fault"),
        ] {
            let told = told(&config);
            assert_eq!(told.title, title, "{} {told:?}", config.url);
            assert!(told.seen.as_ref().is_some_and(|words| words.contains(seen)), "{} {told:?}", config.url);
            assert!(told.advice.contains(advice), "{} {told:?}", config.url);
        }
    }

    #[test]
    fn that_is_the_servers_is_said_to_be() {
        let told = told(&at("http://rude.lab/garbage"));
        assert_eq!((told.title.as_ref(), told.seen), ("the other end broke the protocol", None));
        assert!(told.advice.starts_with("The server is at fault"));
    }
}
