//! What the gateway publishes on this machine, on one sheet: each service with its address, a command line that talks to it, and the
//! port it is to have every time.

use egui::{Align, Frame, Id, Key, Layout, Margin, Modal, RichText, ScrollArea, TextEdit, TextStyle, Ui};

use super::{
    actions::Action,
    theme::{Theme, mono_small},
    widgets,
};
use crate::{engine::bridge::PublishedService, lab::PortChoice, wire::Failure};

/// The sheet.
#[derive(Debug, Default)]
pub(super) struct GatewaySheet {
    open: bool,
    /// What is looked for.
    query: String,
    /// A port that is being given to a service.
    port: Option<PortDraft>,
}

/// A port on its way to a service.
#[derive(Clone, Debug)]
struct PortDraft {
    host: String,
    /// The service's port in the lab.
    port: u16,
    typed: String,
    /// It has been asked for, and there is no answer yet.
    asked: bool,
    /// What is wrong with it.
    problem: Option<String>,
    /// The field has the focus already.
    begun: bool,
}

impl PortDraft {
    fn is_of(&self, service: &PublishedService) -> bool {
        self.host == service.host && self.port == service.port
    }
}

impl GatewaySheet {
    /// Shows it.
    pub(super) fn open(&mut self) {
        self.open = true;
    }

    /// Is it shown?
    pub(super) fn is_open(&self) -> bool {
        self.open
    }

    /// The gateway has answered: what was asked for is done.
    pub(super) fn published(&mut self) {
        self.port = self.port.take().filter(|draft| !draft.asked);
    }

    /// The gateway could not do what was asked. Returns whether that was a port asked for here: it is then told beside its field.
    pub(super) fn refused(&mut self, failure: &Failure) -> bool {
        let Some(draft) = self.port.as_mut().filter(|draft| draft.asked) else { return false };
        draft.asked = false;
        draft.problem = Some(failure.summary.clone());
        self.open
    }

    /// Paints the sheet while it is open.
    pub(super) fn ui(&mut self, ui: &Ui, published: &[PublishedService], wanted: bool, actions: &mut Vec<Action>) {
        if !self.open {
            return;
        }
        let room = ui.ctx().content_rect();
        let frame = Frame::popup(ui.style()).inner_margin(Margin::same(16));
        let modal = Modal::new(Id::unique("gateway")).frame(frame).show(ui.ctx(), |ui| {
            ui.set_width(MOST_WIDTH.min(room.width() - 64.0));
            let closed = self.head_ui(ui, wanted, actions);
            let height = (room.height() - AROUND_LIST).max(LEAST_HEIGHT);
            ScrollArea::vertical().max_height(height).auto_shrink([false, true]).show(ui, |ui| {
                if published.is_empty() {
                    ui.label(if wanted { "The gateway is being started." } else { "The gateway is off." });
                }
                let query = self.query.clone();
                for service in published.iter().filter(|service| is_named(service, &query)) {
                    self.service_ui(ui, service, actions);
                    widgets::rule(ui);
                }
            });
            closed
        });
        if modal.inner || modal.should_close() {
            self.open = false;
            self.port = None;
        }
    }

    fn head_ui(&mut self, ui: &mut Ui, wanted: bool, actions: &mut Vec<Action>) -> bool {
        let closed = widgets::sheet_head(ui, "The lab on this machine");
        ui.label(RichText::new(format!("{WHAT_IT_DOES} {PORTS}")).color(Theme::of(ui).muted));
        ui.horizontal(|ui| {
            let mut on = wanted;
            if widgets::check(ui, &mut on, "Publish the lab").changed() {
                actions.push(Action::Gateway(on));
            }
            let field = TextEdit::singleline(&mut self.query).desired_width(ui.available_width());
            let response = ui.add(field.hint_text("Find a host or a service"));
            widgets::named(ui, response, "Find a host or a service");
        });
        ui.add_space(4.0);
        closed
    }

    fn service_ui(&mut self, ui: &mut Ui, service: &PublishedService, actions: &mut Vec<Action>) {
        let what = format!("{} of {}", service.service, host_words(service));
        ui.horizontal(|ui| {
            ui.label(RichText::new(&service.service).font(mono_small()));
            let room = (ui.available_width() - AT_END).max(60.0);
            ui.scope(|ui| {
                ui.set_max_width(room);
                let colour = Theme::of(ui).text;
                widgets::elided_label(ui, host_words(service), &TextStyle::Body, colour);
            });
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let fixed = widgets::quiet_button(ui, "fixed port…");
                let fixed = widgets::named(ui, fixed, &format!("Fixed port for {what}"));
                let is_shared = service.host == SHARED;
                if !is_shared && fixed.on_hover_text("Give it a port of your choice.").clicked() {
                    self.port = Some(draft(service));
                }
                let at = format!("{} {}", service.ip_port, service.transports());
                ui.label(RichText::new(at).font(mono_small()).color(Theme::of(ui).muted));
            });
        });
        let command = command(service);
        ui.horizontal(|ui| {
            let copy = widgets::quiet_button(ui, "copy");
            let copy = widgets::named(ui, copy, &format!("Copy the command for {what}"));
            if copy.on_hover_text(&command).clicked() {
                ui.ctx().copy_text(command.clone());
            }
            let colour = Theme::of(ui).text;
            widgets::elided_label(ui, &command, &TextStyle::Monospace, colour);
        });
        if self.port.as_ref().is_some_and(|draft| draft.is_of(service)) {
            self.port_ui(ui, actions);
        }
        ui.add_space(4.0);
    }

    /// The field for a port, what is wrong with it, and the buttons.
    fn port_ui(&mut self, ui: &mut Ui, actions: &mut Vec<Action>) {
        let Some(draft) = &mut self.port else { return };
        let mut given_up = false;
        ui.horizontal(|ui| {
            let label = ui.label("Port on 127.0.0.1");
            let field = TextEdit::singleline(&mut draft.typed).desired_width(70.0).char_limit(PORT_CHARS);
            let response = ui.add(field.font(super::theme::mono())).labelled_by(label.id);
            if !std::mem::replace(&mut draft.begun, true) {
                response.request_focus();
            }
            if response.changed() {
                draft.problem = None;
            }
            let entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
            if entered | widgets::quiet_button(ui, "set").clicked() {
                match local_port(&draft.typed) {
                    Ok(local) => {
                        let choice = PortChoice { host: draft.host.clone(), port: draft.port, local };
                        actions.push(Action::PublishAt(choice));
                        (draft.asked, draft.problem) = (true, None);
                    }
                    Err(problem) => draft.problem = Some(problem),
                }
            }
            given_up = widgets::quiet_button(ui, "cancel").clicked();
        });
        if let Some(problem) = &draft.problem {
            ui.label(RichText::new(problem).small().color(Theme::of(ui).bad));
        }
        if given_up {
            self.port = None;
        }
    }
}

fn draft(service: &PublishedService) -> PortDraft {
    PortDraft {
        host: service.host.clone(),
        port: service.port,
        typed: service.ip_port.port().to_string(),
        asked: false,
        problem: None,
        begun: false,
    }
}

/// A port number, or what is wrong with it as a sentence.
fn local_port(typed: &str) -> Result<u16, String> {
    let typed = typed.trim();
    match typed.parse::<u16>() {
        Ok(port) if port > 0 => Ok(port),
        Ok(_) | Err(_) => Err(format!("“{typed}” is no port: a port is a whole number from 1 to 65535.")),
    }
}

fn is_named(service: &PublishedService, query: &str) -> bool {
    let all = format!("{} {} {}", service.service, host_words(service), service.ip_port).to_lowercase();
    query.to_lowercase().split_whitespace().all(|word| all.contains(word))
}

fn host_words(service: &PublishedService) -> &str {
    if service.host == SHARED { "every host, by the Host field of its request" } else { &service.host }
}

/// A command line that talks to a service where it is published.
pub(super) fn command(service: &PublishedService) -> String {
    let (ip, port) = (service.ip_port.ip(), service.ip_port.port());
    let host = if service.host == SHARED { "www.someschool.edu" } else { &service.host };
    match service.speaks() {
        "http" => format!("curl -H 'Host: {host}' http://{ip}:{port}/"),
        "https" => format!("curl -k --connect-to ::{ip}:{port} https://{host}/"),
        "dns" => format!("dig @{ip} -p {port} www.someschool.edu"),
        _ if service.connections => format!("nc {ip} {port}"),
        _ => format!("nc -u {ip} {port}"),
    }
}

/// The host of the port that all web servers share.
const SHARED: &str = "*";
/// What the gateway is for.
pub(super) const WHAT_IT_DOES: &str = "The gateway publishes the lab's hosts on this machine's loopback, so that curl, a browser or your \
                                       own program can talk to them.";
const PORTS: &str = "A port is chosen anew each time, unless you fix it.";
const MOST_WIDTH: f32 = 760.0;
/// What the sheet and the window around it need besides the list.
const AROUND_LIST: f32 = 210.0;
const LEAST_HEIGHT: f32 = 80.0;
/// Room for the address and the button at the end of a line.
const AT_END: f32 = 250.0;
/// Five digits, and some more to be told that they are too many.
const PORT_CHARS: usize = 12;

#[cfg(test)]
mod commands {
    use super::*;

    fn service(host: &str, service: &str, port: u16, datagrams: bool) -> PublishedService {
        PublishedService {
            host: host.to_owned(),
            service: service.to_owned(),
            port,
            ip_port: ([127, 0, 0, 1], 9000).into(),
            connections: !datagrams || service == "dns",
            datagrams,
        }
    }

    #[test]
    fn are_those_of_the_program_one_would_use() {
        let of = |host: &str, name: &str, datagrams: bool| command(&service(host, name, 80, datagrams));
        assert_eq!(of("www.lab", "http", false), "curl -H 'Host: www.lab' http://127.0.0.1:9000/");
        assert_eq!(of("*", "http", false), "curl -H 'Host: www.someschool.edu' http://127.0.0.1:9000/");
        assert_eq!(of("www.lab", "https", false), "curl -k --connect-to ::127.0.0.1:9000 https://www.lab/");
        assert_eq!(of("dns.lab", "dns", true), "dig @127.0.0.1 -p 9000 www.someschool.edu");
        assert_eq!(of("echo.lab", "echo", false), "nc 127.0.0.1 9000");
        assert_eq!(of("echo.lab", "echo:7007", true), "nc -u 127.0.0.1 9000");
    }

    #[test]
    fn are_found_by_host_service_and_port() {
        let one = service("www.someschool.edu", "http", 80, false);
        for query in ["", "school", "http 9000", "HTTP"] {
            assert!(is_named(&one, query), "{query}");
        }
        assert!(!is_named(&one, "dns"));
    }

    #[test]
    fn have_ports_that_are_ports() {
        assert_eq!(local_port(" 8080 "), Ok(8080));
        for typed in ["0", "65536", "", "http", "-1", "8080.5"] {
            assert!(local_port(typed).is_err_and(|problem| problem.contains("from 1 to 65535")), "{typed}");
        }
    }
}
