//! The controls on the left: which attack, how hard it is tried, and what stands against it.

use egui::Ui;

use super::{AttackKind, SavedAttack};
use crate::{
    app::{
        kit::{
            controls::{alpha, choice_ui, foot_ui, hours, is_roomy, many, settings_ui, whole_ui},
            report_page::SCROLL_BAR,
        },
        theme::Theme,
        widgets::{self, FocusGroup, Quantity},
    },
    engine::name_attack::{
        Amplification, Flood, InterceptionAttack, MAX_FORGED, MAX_FORGED_IN_ALL, MAX_ID_BITS, MAX_PORT_BITS,
        MAX_TRIALS, Poisoning, ServerLevel,
    },
    wire::units,
};

/// Paints them; `button` is the main one.
pub(super) fn controls_ui(ui: &mut Ui, kept: &mut SavedAttack, button: impl FnOnce(&mut Ui, &SavedAttack)) {
    ui.spacing_mut().item_spacing.y = 4.0;
    let roomy = is_roomy(ui);
    ui.scope(|ui| {
        ui.set_max_width(ui.available_width() - SCROLL_BAR);
        kinds_ui(ui, kept);
        if roomy {
            widgets::muted(ui, meaning(kept.kind));
        }
    });
    settings_ui(ui, "attack-settings", roomy, |ui| {
        match kept.kind {
            AttackKind::Poisoning => poisoning_ui(ui, &mut kept.poisoning),
            AttackKind::Interception => interception_ui(ui, &mut kept.interception),
            AttackKind::Amplification => amplification_ui(ui, &mut kept.amplification),
            AttackKind::Flood => flood_ui(ui, &mut kept.flood),
        }
        trials_ui(ui, kept);
    });
    foot_ui(ui, roomy, |ui| button(ui, kept));
}

fn kinds_ui(ui: &mut Ui, kept: &mut SavedAttack) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = egui::vec2(4.0, 4.0);
        ui.spacing_mut().interact_size.y = 0.0;
        let mut group = FocusGroup::begin(ui, "attacks");
        for kind in AttackKind::ALL {
            if group.chip(ui, kind.word(), kept.kind == kind).on_hover_text(meaning(kind)).clicked() {
                kept.kind = kind;
            }
        }
        group.end(ui);
    });
}

/// What an attack is, in one sentence.
fn meaning(kind: AttackKind) -> &'static str {
    match kind {
        AttackKind::Poisoning => {
            "Somebody who does not see the queries makes the resolver ask, and answers first with guesses (RFC 5452 §4)."
        }
        AttackKind::Interception => {
            "Somebody on the resolver's own link sees each query and answers it before the server does."
        }
        AttackKind::Amplification => {
            "Small questions in a victim's name: the large answers go to the victim (RFC 5358)."
        }
        AttackKind::Flood => "So many queries to some servers that they answer nobody. Who still finds names?",
    }
}

fn poisoning_ui(ui: &mut Ui, poisoning: &mut Poisoning) {
    let Poisoning { id_bits, port_bits, randomise_case, tcp_on_misfits, forged } = poisoning;
    bits_ui(ui, id_bits, port_bits);
    let quantity = Quantity { logarithmic: true, ..Quantity::count(FORGED, 1.0..=f64::from(MAX_FORGED)) };
    whole_ui(ui, "Forged answers a lookup", forged, &quantity);
    widgets::section(ui, "Defences");
    switches_ui(ui, [(randomise_case, "Random case (0x20)", CASE), (tcp_on_misfits, "TCP after ten misfits", MISFITS)]);
}

fn interception_ui(ui: &mut Ui, interception: &mut InterceptionAttack) {
    let InterceptionAttack { id_bits, port_bits, randomise_case, over_tcp, second_opinion } = interception;
    bits_ui(ui, id_bits, port_bits);
    widgets::section(ui, "Defences");
    switches_ui(
        ui,
        [
            (randomise_case, "Random case (0x20)", CASE),
            (over_tcp, "Ask over TCP alone", OVER_TCP),
            (second_opinion, "Second opinion", SECOND),
        ],
    );
}

fn amplification_ui(ui: &mut Ui, amplification: &mut Amplification) {
    let Amplification { minimal_any, no_edns, truncate, .. } = amplification;
    widgets::section(ui, "Defences of the servers");
    switches_ui(
        ui,
        [
            (minimal_any, "Minimal answers to ANY", MINIMAL),
            (no_edns, "No EDNS: 512 octets at most", NO_EDNS),
            (truncate, "Cut off what is large", TRUNCATE),
        ],
    );
}

fn flood_ui(ui: &mut Ui, flood: &mut Flood) {
    ui.add_space(4.0);
    choice_ui(ui, "Flooded", LEVEL, &mut flood.level, &[(ServerLevel::Root, "root"), (ServerLevel::Tld, "top level")]);
    widgets::slider_row(ui, "Popularity α", &mut flood.alpha, &alpha());
    let quantity = Quantity { logarithmic: true, smallest: 0.1, ..hours(AGE, MOST_HOURS) };
    widgets::slider_row(ui, "Age of the warm cache", &mut flood.age_hours, &quantity);
}

fn trials_ui(ui: &mut Ui, kept: &mut SavedAttack) {
    let (label, meaning) = match kept.kind {
        AttackKind::Poisoning => ("Lookups provoked", "How often it is tried: each time another name is looked up."),
        AttackKind::Interception => ("Lookups of the victim", "How often the victim looks the name up."),
        AttackKind::Amplification => ("Queries a question", "How often each question is sent in the victim's name."),
        AttackKind::Flood => {
            ("Lookups a measurement", "Lookups for each number of servers that are off, cold and warm.")
        }
    };
    let most = if kept.kind == AttackKind::Flood { MOST_FLOOD_TRIALS } else { MAX_TRIALS };
    let quantity = many(meaning, most);
    let mut trials = kept.trials();
    widgets::section(ui, "How often");
    if whole_ui(ui, label, &mut trials, &quantity) {
        kept.trials.insert(kept.kind, trials);
    }
    if kept.kind == AttackKind::Poisoning {
        let forged = kept.forged_in_all();
        if forged > MAX_FORGED_IN_ALL {
            let most = units::grouped(MAX_FORGED_IN_ALL);
            let words = format!("{} forged answers in all: at most {most} in one run.", units::grouped(forged));
            ui.colored_label(Theme::of(ui).bad, egui::RichText::new(words).small());
        } else {
            widgets::muted(ui, format!("{} forged answers in all", units::grouped(forged)));
        }
    }
}

fn bits_ui(ui: &mut Ui, id_bits: &mut u32, port_bits: &mut u32) {
    ui.add_space(4.0);
    whole_ui(ui, "Random bits of the id", id_bits, &Quantity::count(ID, 0.0..=f64::from(MAX_ID_BITS)));
    whole_ui(ui, "Random bits of the port", port_bits, &Quantity::count(PORT, 0.0..=f64::from(MAX_PORT_BITS)));
}

fn switches_ui<const N: usize>(ui: &mut Ui, switches: [(&mut bool, &str, &str); N]) {
    let mut group = FocusGroup::begin(ui, "defences");
    for (on, words, meaning) in switches {
        group.check(ui, on, words).on_hover_text(meaning);
    }
    group.end(ui);
}

const ID: &str = "Of the 16 bits of a query's id, so many are chosen at random: the answer has to repeat them (RFC 1035 §4.1.1, RFC 5452 §4.3).";
const PORT: &str = "So many bits of the port a query leaves from are chosen at random: the answer has to come back to it (RFC 5452 §9.2).";
const FORGED: &str = "Forged answers the attacker sends while the resolver waits for the true one.";
const CASE: &str = "Each letter of the name is written in upper or lower case at random, and the answer has to repeat it: a bit more for each letter (draft-vixie-dnsext-dns0x20).";
const MISFITS: &str = "After ten answers that came to the right port and do not fit, the resolver asks again over TCP, which nobody off the path can answer (RFC 5452 §9.3).";
const OVER_TCP: &str = "A connection begins with a handshake the attacker is no part of: a forged datagram answers nothing there (RFC 7766).";
const SECOND: &str =
    "The same is asked over a path the attacker does not sit on, and an answer is believed only if both agree.";
const MINIMAL: &str = "A question for ANY is answered with one record made up for it (RFC 8482 §4.2).";
const NO_EDNS: &str =
    "Servers send datagrams of 512 octets at most, whatever a query's EDNS offers (RFC 1035 §4.2.1, RFC 6891).";
const TRUNCATE: &str = "What is more than three times the query is answered with the question and TC alone: who means it asks again over TCP, a victim does not (RFC 2181 §9).";
const LEVEL: &str = "Whose servers answer nobody any more, one after the other.";
const AGE: &str = "Hours between filling the warm cache and the flood: what has a shorter TTL is forgotten by then.";
/// A week.
const MOST_HOURS: f64 = 168.0;
/// Lookups for each number of servers, each of which may wait for many a second.
const MOST_FLOOD_TRIALS: u32 = 2_000;
