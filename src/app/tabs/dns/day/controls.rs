//! The controls on the left: who looks up what, how often, and for how long it is remembered.

use egui::{TextEdit, Ui};

use super::{NamesChoice, SavedDay, ServersChoice, TtlChoice};
use crate::{
    app::{
        dials,
        kit::controls::{alpha, choice_ui, foot_ui, hours, is_roomy, many, settings_ui, whole_ui},
        theme::mono,
        widgets::{self, Quantity},
    },
    engine::name_day::{MAX_CLIENTS, MAX_HOURS, MAX_LOOKUPS, MAX_NAMES, MAX_TTL},
    wire::units,
};

/// Paints them; `button` is the main one.
pub(super) fn controls_ui(ui: &mut Ui, kept: &mut SavedDay, button: impl FnOnce(&mut Ui, &SavedDay)) {
    ui.spacing_mut().item_spacing.y = 4.0;
    let roomy = is_roomy(ui);
    settings_ui(ui, "day-settings", roomy, |ui| {
        whole_ui(ui, "Lookups", &mut kept.lookups, &many(LOOKUPS, MAX_LOOKUPS));
        let quantity = Quantity { whole: true, ..hours(HOURS, f64::from(MAX_HOURS)) };
        let quantity = Quantity { range: 1.0..=f64::from(MAX_HOURS), ..quantity };
        whole_ui(ui, "Within", &mut kept.hours, &quantity);
        whole_ui(ui, "Clients", &mut kept.clients, &many(CLIENTS, MAX_CLIENTS));
        ui.add_space(2.0);
        let choices = [(ServersChoice::Tree, "the tree"), (ServersChoice::Central, "one central")];
        choice_ui(ui, "Servers", SERVERS, &mut kept.servers, &choices);
        names_ui(ui, kept);
        ttl_ui(ui, kept);
        change_ui(ui, kept);
    });
    foot_ui(ui, roomy, |ui| button(ui, kept));
}

fn names_ui(ui: &mut Ui, kept: &mut SavedDay) {
    ui.add_space(2.0);
    let choices = [(NamesChoice::OfLab, "the lab's"), (NamesChoice::Generated, "generated")];
    choice_ui(ui, "Names", NAMES, &mut kept.names, &choices);
    if kept.names == NamesChoice::Generated {
        whole_ui(ui, "How many", &mut kept.generated, &many(NAMES, MAX_NAMES));
    }
    widgets::slider_row(ui, "Popularity α", &mut kept.alpha, &alpha());
}

fn ttl_ui(ui: &mut Ui, kept: &mut SavedDay) {
    ui.add_space(2.0);
    let choices = [(TtlChoice::AsZones, "as the zones say"), (TtlChoice::Fixed, "fixed")];
    choice_ui(ui, "TTL", TTL, &mut kept.ttl, &choices);
    if kept.ttl == TtlChoice::Fixed {
        let quantity = Quantity {
            logarithmic: true,
            write: &|seconds| format!("{} s", units::grouped(dials::whole(seconds))),
            read: &|text| text.replace([',', 's'], "").trim().parse().ok(),
            ..Quantity::count(TTL, 0.0..=f64::from(MAX_TTL))
        };
        whole_ui(ui, "TTL of all names", &mut kept.ttl_seconds, &quantity);
    }
}

fn change_ui(ui: &mut Ui, kept: &mut SavedDay) {
    widgets::check(ui, &mut kept.changes, "An address changes").on_hover_text(CHANGE);
    if !kept.changes {
        return;
    }
    let field = TextEdit::singleline(&mut kept.changes_name).desired_width(f32::INFINITY).font(mono());
    let response = ui.add(field.hint_text("the most popular name's"));
    widgets::named(ui, response, "Whose address changes").on_hover_text(CHANGE);
    widgets::slider_row(ui, "After", &mut kept.changes_at, &hours(CHANGE, f64::from(kept.hours)));
}

const LOOKUPS: &str = "So many lookups, at random moments (a Poisson process).";
const HOURS: &str = "For how long.";
const CLIENTS: &str =
    "Hosts that look names up, each with a cache of its own; in the tree all share the local name server's.";
const SERVERS: &str = "The tree: root, top level, authorities, and a local name server with a cache for all. One central: a single server holds every \
                       zone and every host asks it (Kurose–Ross §2.4.2: why not?).";
const NAMES: &str = "The lab's own names, or so many below names.lab: a quarter each with a TTL of a minute, five minutes, an hour and a day.";
const TTL: &str = "How long a cache may keep an address, in seconds (RFC 1035 §3.2.1).";
const CHANGE: &str =
    "At this hour the address changes at its authority. Caches go on telling the old one until its TTL has run out.";
