//! The registrar: a name is bought, its servers are written into the zone above, and what still keeps the world from its web server
//! and its mail server is listed, the first thing to put right first. A lookup beside it shows what the world makes of it.

use std::net::IpAddr;

use egui::{Label, RichText, ScrollArea, TextEdit, Ui};
use serde::{Deserialize, Serialize};

use super::{
    book::{self, Edition, ZoneBook, ZoneDrafts},
    new_zone::NewZone,
};
use crate::{
    app::{
        kit::run_view::RunView,
        memo::Memo,
        tab::TabContext,
        theme::{Theme, mono, mono_small, size},
        widgets,
    },
    engine::{
        bridge::RunId,
        resolve::{Config, Report, Resolve},
        setting::{Setting, WorldChoice},
    },
    proto::dns::{
        Name, RecordType, data,
        registrar::{
            Registration, RegistrationError, RegistrationGap, RegistrationResult, Surroundings as _, diagnose, release,
        },
        text::{name_from_text, name_text, record_line},
        zone::Zone,
    },
    wire::units,
};

/// What is told to the registrar.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct RegistrationForm {
    domain: String,
    /// Name and address of each server, as typed.
    servers: Vec<(String, String)>,
}

impl Default for RegistrationForm {
    /// The notes' example.
    fn default() -> Self {
        let server = ("dns1.networkutopia.com".to_owned(), "212.212.212.1".to_owned());
        Self { domain: "networkutopia.com".to_owned(), servers: vec![server] }
    }
}

/// What follows from a click.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum RegistrarOutcome {
    /// A zone, as it is to be served now: by who serves it, and by
    /// one more server, where one is named.
    Serve { origin: String, text: String, server: Option<String> },
    /// A line to add to a zone's draft.
    Line { origin: String, line: String },
    /// A zone to begin.
    Begin(NewZone),
    /// A zone to show.
    Show(String),
    /// A name to look up in the Resolve view.
    LookUp { name: String, kind: String },
}

/// What the registrar remembers.
#[derive(Debug, Default)]
pub(super) struct Registrar {
    /// What the registrar said last: whether it did as asked, and its words.
    said: Option<(bool, String)>,
    lookup: RunView<Resolve>,
    /// What is still missing, of which name, as the lab serves it.
    found: Memo<(Edition, Name), Vec<RegistrationGap>>,
}

/// What the student may do with a name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum RegistrarAction {
    Register,
    Change,
    Release,
}

impl Registrar {
    /// Takes in a lookup that ended.
    pub(super) fn take_in(&mut self, cx: &mut TabContext<'_>) {
        self.lookup.take_in(cx);
    }

    /// The lookup that is shown.
    pub(super) fn job(&self) -> Option<RunId> {
        self.lookup.job()
    }

    /// Paints it.
    pub(super) fn ui(
        &mut self,
        ui: &mut Ui,
        form: &mut RegistrationForm,
        book: &ZoneBook,
        drafts: &ZoneDrafts,
        cx: &mut TabContext<'_>,
    ) -> Option<RegistrarOutcome> {
        let mut said = None;
        ScrollArea::vertical().id_salt("registrar").auto_shrink(false).show(ui, |ui| {
            ui.set_max_width(ui.available_width() - 10.0);
            widgets::heading(ui, "Registrar");
            let before = form.clone();
            form_ui(ui, form);
            if *form != before {
                self.said = None;
            }
            let served = book.served();
            let domain = name_from_text(form.domain.trim(), &Name::root()).ok().filter(|name| !name.is_root());
            let domain = domain.map(|name| name.to_lowercase());
            let registry = domain.as_ref().and_then(|domain| served.closest(&domain.base_name()));
            let (Some(domain), Some(registry)) = (domain, registry) else {
                widgets::muted(ui, "Type a name like networkutopia.com.");
                return;
            };
            if form.domain != before.domain {
                form.take_servers(&domain, registry);
            }
            if let Some(action) = actions_ui(ui, registry.set(&domain, RecordType::NS).is_some(), registry) {
                said = self.done(action, form, &domain, registry, (book, drafts));
            }
            if let Some((well, words)) = &self.said {
                let theme = Theme::of(ui);
                ui.add(
                    Label::new(RichText::new(words).small().color(if *well { theme.good } else { theme.bad })).wrap(),
                );
            }
            ui.add_space(6.0);
            let key = (served.clone(), domain.clone());
            let missing = self.found.of(key, || diagnose(&domain, registry, &**served));
            said = missing_ui(ui, missing, &domain, registry, (book, drafts)).or(said.take());
            self.lookup_ui(ui, &domain, cx);
            said = lookups_ui(ui, &domain, cx.setting.world).or(said.take());
        });
        self.look(ui, form, cx);
        said
    }

    /// Does it, on the zone as it is served; a draft of that zone would be overtaken.
    fn done(
        &mut self,
        action: RegistrarAction,
        form: &RegistrationForm,
        domain: &Name,
        registry: &Zone,
        (book, drafts): (&ZoneBook, &ZoneDrafts),
    ) -> Option<RegistrarOutcome> {
        let origin = book::key(registry.origin());
        if drafts.contains_key(&origin) {
            self.said = Some((false, format!("You are editing {origin} yourself: serve it or drop the draft first.")));
            return None;
        }
        let mut changed = registry.clone();
        let result = form.servers(domain).and_then(|servers| {
            let registration = Registration { domain: domain.clone(), servers };
            let done: Result<RegistrationResult, RegistrationError> = match action {
                RegistrarAction::Register => registration.register(&mut changed),
                RegistrarAction::Change => registration.change(&mut changed),
                RegistrarAction::Release => release(domain, &mut changed),
            };
            done.map_err(|error| error.to_string())
        });
        match result {
            Ok(done) => {
                let lines = |records: &[_]| records.iter().map(record_line).collect::<Vec<_>>().join("\n");
                let gone = if done.removed.is_empty() {
                    String::new()
                } else {
                    format!("out of {origin}:\n{}\n", lines(&done.removed))
                };
                let added = if done.added.is_empty() {
                    String::new()
                } else {
                    format!("into {origin}:\n{}", lines(&done.added))
                };
                self.said = Some((true, format!("{gone}{added}").trim_end().to_owned()));
                let text = registry.rewritten(&book.text(&origin), &changed);
                Some(RegistrarOutcome::Serve { origin, text, server: None })
            }
            Err(words) => {
                self.said = Some((false, words));
                None
            }
        }
    }

    /// Looks the name's web server up as soon as what is served, and the name, have come to rest.
    fn look(&mut self, ui: &Ui, form: &RegistrationForm, cx: &mut TabContext<'_>) {
        let name = format!("www.{}", form.domain.trim().trim_end_matches('.'));
        let is_name = name_from_text(&name, &Name::root()).is_ok() && !form.domain.trim().is_empty();
        let setting = Setting { world: WorldChoice::Lab, ..cx.setting.clone() };
        let config = Config { name, setting, ..Config::default() };
        let unasked = is_name && !ui.ctx().text_edit_focused();
        self.lookup.follow(ui, unasked.then_some(config), cx);
    }

    fn lookup_ui(&self, ui: &mut Ui, domain: &Name, cx: &TabContext<'_>) {
        let theme = Theme::of(ui);
        widgets::section(ui, "What a resolver finds now");
        let report = self.lookup.report(cx.runs);
        self.lookup.trouble_ui(ui, "The lookup was stopped; this is the one before.");
        if self.lookup.is_running() {
            widgets::muted(ui, "is being looked up again …");
        }
        // Another name's is none of this one.
        let www = format!("www.{}", name_text(domain));
        let Some(report) = report.filter(|report| report.question.name.eq_ignore_ascii_case(&www)) else {
            if !self.lookup.is_running() {
                widgets::muted(ui, "It is looked up once the name is typed.");
            }
            return;
        };
        let (well, words) = found(report);
        ui.label(RichText::new(format!("{} A", report.question.name)).font(mono_small()));
        ui.label(RichText::new(words).color(if well { theme.good } else { theme.bad }));
        let messages = report.messages;
        let took = units::time(std::time::Duration::from_secs_f64(report.seconds.max(0.0)));
        let words = format!("{messages} messages, {took}, {}", report.provenance);
        ui.label(RichText::new(words).small().color(theme.muted)).on_hover_text(format!(
            "Cold caches; the messages are below. {} is looked up again when a zone changes.",
            name_text(domain)
        ));
    }
}

/// A name as it is typed.
fn bare(name: &Name) -> String {
    name_text(name).trim_end_matches('.').to_owned()
}

/// What a lookup came to, and whether it is an address.
fn found(report: &Report) -> (bool, String) {
    if let Some(failure) = &report.failure {
        return (false, failure.to_string());
    }
    let address = report.answers.iter().rev().find(|line| line.contains(" IN A "));
    match (report.rcode.as_str(), address) {
        ("NOERROR", Some(line)) => (true, line.rsplit(' ').next().unwrap_or_default().to_owned()),
        ("NOERROR", None) => (false, "the name is there, an address is not".to_owned()),
        ("NXDOMAIN", _) => (false, "no such name (NXDOMAIN)".to_owned()),
        ("SERVFAIL", _) => (false, "no server could be made to answer (SERVFAIL)".to_owned()),
        (rcode, _) => (false, rcode.to_owned()),
    }
}

impl RegistrationForm {
    /// The servers of a name that is registered; another name keeps what was typed.
    fn take_servers(&mut self, domain: &Name, registry: &Zone) {
        let Some(set) = registry.set(domain, RecordType::NS) else { return };
        let servers = set.data().filter_map(data::target).flat_map(|server| {
            let mut addresses: Vec<String> = registry.addresses(&server).map(|ip| ip.to_string()).collect();
            if addresses.is_empty() {
                addresses.push(String::new());
            }
            addresses.into_iter().map(move |address| (bare(&server), address))
        });
        self.servers = servers.take(SERVERS).collect();
    }

    /// The servers as the registrar takes them.
    fn servers(&self, domain: &Name) -> Result<Vec<(Name, Vec<IpAddr>)>, String> {
        let mut servers: Vec<(Name, Vec<IpAddr>)> = Vec::new();
        for (name, address) in self.servers.iter().filter(|(name, _)| !name.trim().is_empty()) {
            let name = name_from_text(name.trim(), &Name::root()).map_err(|error| error.to_string())?;
            let address = address.trim();
            let ip: Option<IpAddr> = if address.is_empty() {
                None
            } else {
                Some(address.parse().map_err(|_no_ip| format!("{address} is no IP address"))?)
            };
            let ip = ip.filter(|_| domain.zone_of(&name));
            match servers.iter_mut().find(|(known, _)| *known == name) {
                Some((_, ips)) => ips.extend(ip),
                None => servers.push((name, ip.into_iter().collect())),
            }
        }
        Ok(servers)
    }
}

fn form_ui(ui: &mut Ui, form: &mut RegistrationForm) {
    let field = TextEdit::singleline(&mut form.domain).desired_width(f32::INFINITY).font(mono());
    let response = ui.add(field.hint_text("networkutopia.com"));
    widgets::named(ui, response, "Name to register");
    widgets::section(ui, "Its name servers");
    let mut dropped = None;
    let many = form.servers.len() > 1;
    for (at, (name, address)) in form.servers.iter_mut().enumerate() {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            let room = ui.available_width() - 4.0 - if many { REMOVE } else { 0.0 };
            let field = TextEdit::singleline(name).font(mono_small()).hint_text("dns1.networkutopia.com");
            let response = ui.add_sized([room * 0.6, size::CONTROL], field);
            widgets::named(ui, response, &format!("Name server {}", at + 1));
            let field = TextEdit::singleline(address).font(mono_small()).hint_text("address");
            let response = ui.add_sized([room * 0.4, size::CONTROL], field);
            widgets::named(ui, response, &format!("Address of name server {}", at + 1)).on_hover_text(GLUE);
            if many {
                let response = widgets::quiet_button(ui, "×");
                if widgets::named(ui, response, &format!("Without name server {}", at + 1)).clicked() {
                    dropped = Some(at);
                }
            }
        });
    }
    if let Some(at) = dropped {
        form.servers.remove(at);
    }
    if form.servers.len() < SERVERS && widgets::quiet_button(ui, "another server").clicked() {
        form.servers.push((String::new(), String::new()));
    }
}

fn actions_ui(ui: &mut Ui, taken: bool, registry: &Zone) -> Option<RegistrarAction> {
    let mut action = None;
    let zone = name_text(registry.origin());
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        let mut button = |ui: &mut Ui, words: &str, says: String, what: RegistrarAction| {
            if ui.button(words).on_hover_text(says).clicked() {
                action = Some(what);
            }
        };
        if taken {
            button(ui, "Change the servers", format!("Other NS records and glue in {zone}"), RegistrarAction::Change);
            button(ui, "Cancel registration", format!("Its records leave {zone}"), RegistrarAction::Release);
        } else {
            button(
                ui,
                "Register",
                format!("NS records and glue go into {zone}, which is served at once."),
                RegistrarAction::Register,
            );
        }
    });
    action
}

/// What is still missing.
fn missing_ui(
    ui: &mut Ui,
    missing: &[RegistrationGap],
    domain: &Name,
    registry: &Zone,
    (book, drafts): (&ZoneBook, &ZoneDrafts),
) -> Option<RegistrarOutcome> {
    let theme = Theme::of(ui);
    let mut said = None;
    let drafted = drafts.contains_key(&book::key(domain));
    widgets::section(ui, if missing.is_empty() { "Nothing fails" } else { "What still fails" });
    if missing.is_empty() {
        let words = "Its name servers, its web server and its mail server are found.";
        ui.add(Label::new(RichText::new(words).color(theme.good)).wrap());
    }
    for (number, one) in (1..).zip(missing) {
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = 6.0;
            let first = number == 1;
            ui.label(RichText::new(format!("{number}.")).color(if first { theme.bad } else { theme.muted }));
            ui.vertical(|ui| {
                let words = RichText::new(one.to_string()).color(if first { theme.text } else { theme.muted });
                ui.add(Label::new(words).wrap());
                ui.horizontal_wrapped(|ui| {
                    widgets::muted(ui, one.clause());
                    said = remedy_ui(ui, one, domain, registry, (book, drafted)).or(said.take());
                });
            });
        });
    }
    if !missing.is_empty() && drafted {
        ui.add(
            Label::new(RichText::new("What you wrote counts once it is served.").small().color(theme.accent)).wrap(),
        );
    }
    let remembered = registry.soa().map(|(set, soa)| set.ttl().min(soa.minimum));
    if let Some(seconds) = remembered.filter(|_| matches!(missing, [RegistrationGap::NotRegistered { .. }])) {
        let words = format!(
            "Who looks it up now may remember for {} that there is no such name (RFC 2308 §5).",
            units::days(u64::from(seconds))
        );
        ui.add(Label::new(RichText::new(words).small().color(theme.muted)).wrap());
    }
    said
}

/// A button that does what helps, where that is one line, a zone to begin, or one more server for it.
fn remedy_ui(
    ui: &mut Ui,
    missing: &RegistrationGap,
    domain: &Name,
    registry: &Zone,
    (book, drafted): (&ZoneBook, bool),
) -> Option<RegistrarOutcome> {
    let zone = book::key(domain);
    if let RegistrationGap::ZoneAtServer { server, .. } = missing {
        let server = book::name(server);
        let mut ips: Vec<IpAddr> = registry.addresses(&server).collect();
        ips.extend(book.served().addresses(&server));
        let host = book.served().servers().iter().find(|host| ips.contains(&host.ip))?;
        let (words, says) = match (drafted, book.row(&zone).is_some()) {
            (true, _) => ("show the zone", "It is begun."),
            (false, true) => ("serve it there too", "The zone as it is served elsewhere."),
            (false, false) => ("create the zone", "Its SOA and NS records, to be written on."),
        };
        let clicked = widgets::quiet_button(ui, words).on_hover_text(says).clicked();
        return clicked.then(|| match (drafted, book.row(&zone).is_some()) {
            (true, _) => RegistrarOutcome::Show(zone),
            (false, true) => {
                let (text, server) = (book.text(&zone), Some(host.name().to_owned()));
                RegistrarOutcome::Serve { origin: zone, text, server }
            }
            (false, false) => RegistrarOutcome::Begin(NewZone::new(domain, &server, host, None)),
        });
    }
    let address = |server: &str| {
        let ip = registry.addresses(&book::name(server)).next()?;
        Some(format!("{server} {} {ip}", if ip.is_ipv4() { "A" } else { "AAAA" }))
    };
    let line = match missing {
        RegistrationGap::OwnServer { server, .. } => format!("@ NS {server}"),
        RegistrationGap::OwnAddress { server } => address(server)?,
        RegistrationGap::WebAddress { name } => format!("{name} A {WEB}"),
        RegistrationGap::MailServer { .. } => "@ MX 10 mail".to_owned(),
        RegistrationGap::MailAddress { server } if domain.zone_of(&book::name(server)) => format!("{server} A {MAIL}"),
        _ => return None,
    };
    let response = widgets::quiet_button(ui, &format!("write  {line}"));
    response
        .on_hover_text("Adds the line to the zone's draft")
        .clicked()
        .then_some(RegistrarOutcome::Line { origin: zone, line })
}

fn lookups_ui(ui: &mut Ui, domain: &Name, world: WorldChoice) -> Option<RegistrarOutcome> {
    if world == WorldChoice::Internet {
        widgets::muted(ui, "These zones are the lab's, whichever world is chosen above.");
        return None;
    }
    let mut said = None;
    ui.add_space(4.0);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        widgets::muted(ui, "Watch it being found");
        let bare = bare(domain);
        let lookups = [("www A", format!("www.{bare}"), "A"), ("MX", bare.clone(), "MX"), ("NS", bare.clone(), "NS")];
        for (words, name, kind) in lookups {
            let response = widgets::quiet_button(ui, words);
            let response = widgets::named(ui, response, &format!("Look up {name} {kind}"));
            if response.on_hover_text(format!("{name} {kind} at the Resolve desk, message by message")).clicked() {
                said = Some(RegistrarOutcome::LookUp { name, kind: kind.to_owned() });
            }
        }
    });
    said
}

/// Room for the button that takes a server out.
const REMOVE: f32 = 30.0;
/// Most servers in the form.
const SERVERS: usize = 13;
/// The notes' web server of networkutopia.com.
const WEB: &str = "212.212.71.4";
/// An address beside it.
const MAIL: &str = "212.212.71.5";

const GLUE: &str =
    "Needed where the server is below the name itself: nobody else could tell its address (glue, RFC 9471 §3.1).";

#[cfg(test)]
impl RegistrationForm {
    /// As if these were typed.
    pub(super) fn servers_for_test(&mut self, servers: &[(&str, &str)]) {
        self.servers = servers.iter().map(|(name, ip)| ((*name).to_owned(), (*ip).to_owned())).collect();
    }
}
