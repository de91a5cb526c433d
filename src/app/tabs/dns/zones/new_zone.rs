//! A zone that is to be: its name, who serves it, and the delegation that leads there.

use egui::{ComboBox, TextEdit, Ui};

use super::book::{self, Row};
use crate::{
    app::{
        theme::{Theme, mono},
        widgets,
    },
    lab::{ServedZones, ZoneServer},
    proto::dns::{
        Name,
        text::{name_from_text, name_text},
        zone::new_zone,
    },
};

/// The form.
#[derive(Debug, Default)]
pub(super) struct NewZoneForm {
    open: bool,
    name: String,
    /// Who is to serve it, once chosen; until then who serves the zone above.
    server: Option<String>,
    delegate: bool,
}

/// A zone begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NewZone {
    pub(super) origin: String,
    pub(super) text: String,
    /// Who is to serve it.
    pub(super) server: String,
    /// The zone above, and the line it needs.
    pub(super) delegation: Option<(String, String)>,
}

impl NewZone {
    /// The zone `origin`, served by `host`, which is to be known as `server` there.
    pub(super) fn new(origin: &Name, server: &Name, host: &ZoneServer, parent: Option<&Name>) -> Self {
        let line = format!("{} NS {}", name_text(origin), name_text(server));
        Self {
            origin: book::key(origin),
            text: new_zone(origin, server, Some(host.ip), FIRST_SERIAL),
            server: host.name().to_owned(),
            delegation: parent.map(|parent| (book::key(parent), line)),
        }
    }
}

impl NewZoneForm {
    /// The button that opens it.
    pub(super) fn button_ui(&mut self, ui: &mut Ui) {
        if widgets::quiet_button(ui, "new zone…").on_hover_text(NEW).clicked() {
            *self = Self { open: !self.open, delegate: true, ..Self::default() };
        }
    }

    /// Paints it, if it is open; returns what was begun.
    pub(super) fn ui(&mut self, ui: &mut Ui, served: &ServedZones, rows: &[Row]) -> Option<NewZone> {
        if !self.open {
            return None;
        }
        let mut new = None;
        ui.scope(|ui| {
            ui.set_max_width(ui.available_width() - 10.0);
            let field = TextEdit::singleline(&mut self.name).desired_width(f32::INFINITY).font(mono());
            let response = ui.add(field.hint_text("lab.umass.edu"));
            widgets::named(ui, response, "Name of the new zone");
            let servers: Vec<&ZoneServer> = served.servers().iter().filter(|server| !server.recursion).collect();
            let parent = self.parent(served);
            let above = parent.as_ref().and_then(|parent| served.zones().get(parent)?.1.first().copied());
            let named = |name: &String| servers.iter().copied().find(|server| server.name() == *name);
            let host = self.server.as_ref().and_then(named).or(above).or(servers.last().copied());
            let chosen = host.map_or("nobody", ZoneServer::name);
            let combo = ComboBox::from_id_salt("new-zone-server").selected_text(chosen).width(ui.available_width());
            let response = combo.show_ui(ui, |ui| {
                for server in &servers {
                    if ui.selectable_label(server.name() == chosen, server.name()).clicked() {
                        self.server = Some(server.name().to_owned());
                    }
                }
            });
            widgets::named(ui, response.response, "ServedZones by");
            let words = parent.as_ref().map_or_else(
                || "delegate it from above".to_owned(),
                |parent| format!("delegate it from {}", name_text(parent)),
            );
            widgets::check(ui, &mut self.delegate, &words).on_hover_text(DELEGATE);
            let fault = self.fault(parent.as_ref(), rows);
            ui.horizontal(|ui| {
                let button = ui.add_enabled_ui(fault.is_none(), |ui| widgets::quiet_button(ui, "begin it")).inner;
                if button.clicked()
                    && let (Some(host), Some(parent)) = (host, &parent)
                {
                    let parent = self.delegate.then_some(parent);
                    new = Some(NewZone::new(&book::name(&self.name), &book::name(host.name()), host, parent));
                    self.open = false;
                }
                if widgets::quiet_button(ui, "cancel").clicked() {
                    self.open = false;
                }
            });
            if let Some(fault) = fault.filter(|_| !self.name.is_empty()) {
                ui.label(egui::RichText::new(fault).small().color(Theme::of(ui).bad));
            }
        });
        ui.add_space(4.0);
        new
    }

    /// The zone it would be delegated from.
    fn parent(&self, served: &ServedZones) -> Option<Name> {
        let name = name_from_text(self.name.trim(), &Name::root()).ok().filter(|name| !name.is_root())?;
        Some(served.closest(&name.base_name())?.origin().clone())
    }

    fn fault(&self, parent: Option<&Name>, rows: &[Row]) -> Option<String> {
        let name = match name_from_text(self.name.trim(), &Name::root()) {
            Ok(name) if !name.is_root() => name,
            Ok(_) => return Some("The root is there.".to_owned()),
            Err(error) => return Some(error.to_string()),
        };
        if rows.iter().any(|row| row.origin == book::key(&name)) {
            return Some("This zone is there.".to_owned());
        }
        parent.is_none().then(|| "No zone of the lab is above it.".to_owned())
    }
}

/// The serial number a new zone begins with.
const FIRST_SERIAL: u32 = 1;

const NEW: &str = "A zone of your own: a sub-zone of one of these, or the zone of a name you registered.";
const DELEGATE: &str = "An NS record in the zone above sends resolvers to the new one (RFC 1034 §4.2.1). For a name below com, org and \
                        the like, that is the registrar's work.";
