//! The lab's hosts: what each is there for, which server processes run on it, and a switch for each.

use egui::{RichText, ScrollArea, TextStyle, Ui};

use super::{theme::Theme, widgets};
use crate::{
    engine::setting::Outage,
    lab::{HostStatus, LabFiles},
    wire::units,
};

/// The popup's content.
pub(super) fn hosts_ui(ui: &mut Ui, off: &mut Vec<Outage>, lab: &LabFiles) {
    let theme = Theme::of(ui);
    ui.label(RichText::new("Applications run on end systems; nothing runs in the network's core.").color(theme.muted));
    ui.add_space(6.0);
    ScrollArea::vertical().max_height(LIST_HEIGHT.min(ui.ctx().content_rect().height() - AROUND_LIST)).show(ui, |ui| {
        let hosts = lab.hosts();
        for group in HostGroup::ALL {
            let of_group: Vec<&HostStatus> = hosts.iter().filter(|host| HostGroup::of(host) == group).collect();
            group_ui(ui, group, &of_group, off);
        }
    });
    ui.label(
        RichText::new("A server switched off refuses connections. A host switched off does not answer at all.")
            .color(theme.muted),
    );
}

/// Hosts that belong together.
#[derive(Clone, Copy, PartialEq, Eq)]
enum HostGroup {
    /// All that are no name servers.
    Others,
    /// Those of the root.
    Root,
    /// All other name servers.
    Names,
}

impl HostGroup {
    const ALL: [Self; 3] = [Self::Others, Self::Root, Self::Names];

    fn of(host: &HostStatus) -> Self {
        let named = |ending: &str| host.names.iter().any(|name| name.ends_with(ending));
        match host.services.iter().any(|service| service.speaks == "dns") {
            true if named(".root-servers.net") => Self::Root,
            true => Self::Names,
            false => Self::Others,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Others => "Web servers and other hosts",
            Self::Root => "Root name servers",
            Self::Names => "Other name servers",
        }
    }
}

/// A group's hosts, folded away where they are many.
fn group_ui(ui: &mut Ui, group: HostGroup, hosts: &[&HostStatus], off: &mut Vec<Outage>) {
    let is_off = |host: &&&HostStatus| off.iter().any(|off| host.names.contains(&off.host));
    let words = match hosts.iter().filter(is_off).count() {
        0 => format!("{} ({})", group.words(), hosts.len()),
        some => format!("{} ({}, {some} changed)", group.words(), hosts.len()),
    };
    let header = egui::CollapsingHeader::new(words).id_salt(group.words()).default_open(group == HostGroup::Others);
    header.show(ui, |ui| {
        for host in hosts {
            // A menu would stretch the lines of a text to its width.
            ui.vertical(|ui| host_ui(ui, host, off));
            ui.add_space(8.0);
        }
    });
}

fn host_ui(ui: &mut Ui, host: &HostStatus, off: &mut Vec<Outage>) {
    let theme = Theme::of(ui);
    let name = host.names.first().map_or("", String::as_str);
    ui.horizontal(|ui| {
        if host.up {
            switch_ui(ui, name, name, &Outage { host: name.to_owned(), port: None }, off);
        } else {
            ui.label(format!("{name} (never answers)"));
        }
        ui.label(RichText::new(host.ip.to_string()).text_style(TextStyle::Monospace).color(theme.muted));
        if !host.rtt.is_zero() {
            let far = RichText::new(format!("RTT + {}", units::brief_time(host.rtt))).color(theme.muted);
            ui.label(far).on_hover_text("It is this much further away than the path says.");
        }
    });
    let host_off = off.iter().any(|off| off.host == name && off.port.is_none());
    ui.indent(name, |ui| {
        ui.label(RichText::new(&host.role).color(theme.muted));
        ui.horizontal_wrapped(|ui| {
            if host_off {
                ui.disable();
            }
            ui.spacing_mut().item_spacing.x = 14.0;
            for service in &host.services {
                let says = format!("{} on port {}", service.speaks, service.port);
                let what = Outage { host: name.to_owned(), port: Some(service.port) };
                switch_ui(ui, &says, &format!("{says} of {name}"), &what, off).on_hover_text(&service.status);
            }
        });
    });
}

fn switch_ui(ui: &mut Ui, says: &str, full_name: &str, what: &Outage, off: &mut Vec<Outage>) -> egui::Response {
    let mut on = !off.contains(what);
    let response = widgets::check(ui, &mut on, says);
    if response.changed() {
        off.retain(|other| other != what);
        if !on {
            off.push(what.clone());
        }
    }
    response.on_hover_text(format!("{full_name}: on while checked"))
}

const LIST_HEIGHT: f32 = 420.0;
/// What of the window the list does not get: bars, the sentences above and below, the frame.
const AROUND_LIST: f32 = 190.0;
