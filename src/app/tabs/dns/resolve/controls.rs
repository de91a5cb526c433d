//! The controls on the left: the question, who does the recursion, what is known beforehand, and the messages as a list.

use egui::{Align, Key, Layout, TextEdit, Ui};

use super::{
    SavedResolve,
    layout::participants::{Participants, TreeLevel},
    list::{List, list_ui},
};
use crate::{
    app::{
        kit::views::is_low,
        theme::{Theme, mono},
        widgets,
    },
    engine::resolve::{Event, FIRST_NAME, ResolutionMode},
    lens::dns::type_code,
    wire::units,
};

/// What the student asked for in the controls, besides changing settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ResolveAction {
    /// Start the resolution.
    Run,
    /// Stop asking.
    Stop,
    /// Choose what stands at this place of what was told.
    Choose(usize),
}

/// What the controls are about.
pub(super) struct ResolveControls<'a> {
    /// The tab's own settings.
    pub(super) kept: &'a mut SavedResolve,
    /// Is something running?
    pub(super) running: bool,
    /// Put the cursor into the name now.
    pub(super) to_name: &'a mut bool,
    /// Is this the lab?
    pub(super) lab: bool,
    /// Record sets in the local name server's cache; `None` where that is not known.
    pub(super) remembered: Option<u64>,
    /// Set when the student wants that cache emptied.
    pub(super) to_flush: &'a mut bool,
    /// The messages below.
    pub(super) list: List<'a>,
}

/// Paints them.
pub(super) fn controls_ui(ui: &mut Ui, controls: &mut ResolveControls<'_>) -> Option<ResolveAction> {
    ui.spacing_mut().item_spacing.y = 4.0;
    let inner = ui.available_width() - 10.0;
    let pressed = ui
        .scope(|ui| {
            ui.set_max_width(inner);
            let mut entered = question_ui(ui, controls);
            // In a low window the button comes before what seldom changes, so that it is in view.
            let early = is_low(ui).then(|| button_ui(ui, controls));
            entered |= how_ui(ui, controls);
            before_ui(ui, controls.kept);
            let pressed = early.unwrap_or_else(|| button_ui(ui, controls));
            let entered = entered && is_ready(controls.kept);
            pressed.or(entered.then_some(ResolveAction::Run))
        })
        .inner;
    let chose = list_ui(ui, &controls.list).map(ResolveAction::Choose);
    pressed.or(chose)
}

fn button_ui(ui: &mut Ui, controls: &ResolveControls<'_>) -> Option<ResolveAction> {
    ui.add_space(4.0);
    if controls.running {
        let clicked = widgets::primary_button(ui, "■ Stop", None).on_hover_text("Esc").clicked();
        return clicked.then_some(ResolveAction::Stop);
    }
    let ready = is_ready(controls.kept);
    let response = ui.add_enabled_ui(ready, |ui| widgets::primary_button(ui, "▶ Resolve", None)).inner;
    response.on_hover_text("Enter").clicked().then_some(ResolveAction::Run)
}

/// The name and the type. `true` when Enter was pressed in one of them.
fn question_ui(ui: &mut Ui, controls: &mut ResolveControls<'_>) -> bool {
    let ResolveControls { kept, to_name, .. } = controls;
    let field = TextEdit::singleline(&mut kept.name).desired_width(f32::INFINITY).font(mono());
    let response = ui.add(field.hint_text(FIRST_NAME));
    let response = widgets::named(ui, response, "Name to look up");
    if std::mem::take(*to_name) {
        response.request_focus();
    }
    let enter = ui.input(|input| input.key_pressed(Key::Enter));
    let mut entered = response.lost_focus() && enter;
    ui.add_space(2.0);
    labelled(ui, "Type", |ui| {
        let usual = USUAL.iter().any(|kind| kept.kind == *kind);
        let more = if usual || kept.kind.is_empty() { "…".to_owned() } else { kept.kind.clone() };
        let mut chosen = if usual { kept.kind.clone() } else { MORE.to_owned() };
        let mut choices: Vec<(String, &str)> = USUAL.iter().map(|kind| ((*kind).to_owned(), *kind)).collect();
        choices.push((MORE.to_owned(), &more));
        let response = widgets::segmented(ui, "Type", &mut chosen, &choices);
        if response.changed() && chosen != MORE {
            kept.kind = chosen;
        } else if response.changed() {
            // Which is yet to be said.
            kept.kind.clear();
        }
    });
    if !USUAL.contains(&kept.kind.as_str()) {
        entered |= more_types_ui(ui, kept);
    }
    entered
}

/// Types that are asked for now and then, and a field for all others.
fn more_types_ui(ui: &mut Ui, kept: &mut SavedResolve) -> bool {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = egui::vec2(4.0, 4.0);
        for kind in SOMETIMES {
            if widgets::chip(ui, kind, kept.kind.eq_ignore_ascii_case(kind)).clicked() {
                (*kind).clone_into(&mut kept.kind);
            }
        }
    });
    let field = TextEdit::singleline(&mut kept.kind).desired_width(f32::INFINITY).font(mono());
    let response = ui.add(field.hint_text("any other, as TYPE65400"));
    let response = widgets::named(ui, response, "Any other type");
    if kept.kind.trim().is_empty() {
        widgets::muted(ui, "Choose a type, or write one.");
    } else if type_code(kept.kind.trim()).is_none() {
        let colour = Theme::of(ui).bad;
        ui.label(egui::RichText::new("No such type; a number is written TYPE65400.").small().color(colour));
    }
    response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter))
}

/// Who does the recursion, which server to ask, what is known beforehand. `true` when Enter was pressed in the server's field.
fn how_ui(ui: &mut Ui, controls: &mut ResolveControls<'_>) -> bool {
    let mut entered = false;
    let kept = &mut *controls.kept;
    labelled(ui, "How", |ui| {
        let choices: Vec<(ResolutionMode, &str)> =
            ResolutionMode::ALL.into_iter().map(|mode| (mode, mode.name())).collect();
        widgets::segmented(ui, "How", &mut kept.mode, &choices).on_hover_text(HOW);
    });
    if kept.mode == ResolutionMode::Recursive && controls.lab {
        recursion_ui(ui, kept, controls.list.people);
    }
    labelled(ui, "Cache", |ui| {
        widgets::segmented(ui, "Cache", &mut kept.warm, &[(false, "cold"), (true, "warm")]).on_hover_text(CACHE);
    });
    if kept.warm && controls.lab && controls.remembered.is_some_and(|remembered| remembered_ui(ui, remembered)) {
        *controls.to_flush = true;
    }
    if kept.mode == ResolutionMode::Stub || !controls.lab || !kept.server().is_empty() {
        labelled(ui, "Server", |ui| {
            let field = TextEdit::singleline(kept.server_mut()).desired_width(150.0).font(mono());
            let hint = if controls.lab { "the local one" } else { "192.0.2.53" };
            let response = ui.add(field.hint_text(hint));
            entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
            widgets::named(ui, response, "Name server to ask").on_hover_text(SERVER);
        });
    }
    widgets::check(ui, &mut kept.minimise, "Query-name minimisation").on_hover_text(MINIMISE);
    widgets::check(ui, &mut kept.randomise_case, "Random case against forgery").on_hover_text(CASE);
    entered
}

/// How much the local name server remembers. `true` when it is to forget it.
fn remembered_ui(ui: &mut Ui, entries: u64) -> bool {
    ui.horizontal(|ui| {
        let entries = usize::try_from(entries).unwrap_or(usize::MAX);
        widgets::muted(ui, format!("{} remembered", units::count(entries, "record set", "record sets")));
        let flush = ui.add_enabled_ui(entries > 0, |ui| widgets::quiet_button(ui, "flush")).inner;
        flush.on_hover_text("Empties the local name server's cache.").clicked()
    })
    .inner
}

/// A switch for each server that was asked: does it offer recursion, or answer with referrals?
fn recursion_ui(ui: &mut Ui, kept: &mut SavedResolve, people: &Participants) {
    let asked = people.all.iter().filter(|person| !matches!(person.level, TreeLevel::You | TreeLevel::Local));
    let mut servers: Vec<(&str, &str)> = asked.map(|person| (person.name.as_str(), person.zone.as_str())).collect();
    let gone = kept.referring.iter().filter(|name| people.all.iter().all(|person| person.name != **name));
    let gone: Vec<String> = gone.cloned().collect();
    servers.extend(gone.iter().map(|name| (name.as_str(), name.as_str())));
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = egui::vec2(4.0, 3.0);
        ui.label("Recursion").on_hover_text(RECURSION);
        for (name, zone) in servers {
            let recurses = !kept.referring.iter().any(|refers| refers == name);
            let word = if zone == "." { "root" } else { zone.trim_end_matches('.') };
            let response = widgets::chip(ui, word, recurses);
            let response = widgets::named(ui, response, &format!("{name} offers recursion"));
            let says = if recurses {
                "offers recursion. Click: it answers with referrals only."
            } else {
                "answers with referrals only. Click: it offers recursion."
            };
            if response.on_hover_text(format!("{name} {says}")).clicked() {
                kept.referring.retain(|refers| refers != name);
                if recurses {
                    kept.referring.push(name.to_owned());
                }
            }
        }
    });
}

/// What happens before the question is put.
fn before_ui(ui: &mut Ui, kept: &mut SavedResolve) {
    if kept.before.is_empty() {
        return;
    }
    let mut dropped = None;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = egui::vec2(4.0, 3.0);
        widgets::muted(ui, "Before");
        for (at, event) in kept.before.iter().enumerate() {
            let words = event_words(event);
            let response = widgets::quiet_button(ui, &format!("{words} ×"));
            let response = widgets::named(ui, response, &format!("Undo {words}"));
            if response.on_hover_text("It happens before the question is put. Click to undo it.").clicked() {
                dropped = Some(at);
            }
        }
    });
    if let Some(at) = dropped {
        kept.before.remove(at);
        if kept.before.iter().all(|event| matches!(event, Event::Ask { .. })) {
            kept.before.clear();
        }
    }
}

/// Something that happened, in few words.
pub(super) fn event_words(event: &Event) -> String {
    match event {
        Event::Ask { name, kind } => format!("{name} {kind}"),
        Event::Wait { seconds } => format!("+ {}", units::days(*seconds)),
        Event::Flush { owner, name: None } => format!("{owner} forgets all"),
        Event::Flush { owner, name: Some(name) } => format!("{owner} forgets {name}"),
        Event::Zone { origin, .. } => format!("{origin} changed"),
    }
}

/// Can these settings be asked for?
fn is_ready(kept: &SavedResolve) -> bool {
    !kept.name.trim().is_empty() && type_code(kept.kind.trim()).is_some()
}

/// A label on the left, a control on the right.
fn labelled(ui: &mut Ui, word: &str, add: impl FnOnce(&mut Ui)) {
    ui.horizontal(|ui| {
        ui.label(word);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            add(ui);
        });
    });
}

/// Types that stand in the row.
const USUAL: &[&str] = &["A", "AAAA", "MX", "NS"];
/// Types offered below it.
const SOMETIMES: &[&str] = &["CNAME", "SOA", "TXT", "PTR", "LOC", "SRV", "CAA", "ANY"];
/// The last place of the row.
const MORE: &str = "more";

const HOW: &str = "Iterated: the local name server asks one server after the other, each refers it to the next (RFC 1034 §5.3.3). \
                   Recursive: each server asks the next one itself and hands the answer back (RFC 1034 §4.3.1). \
                   Stub: one query, the server asked does the rest unseen.";
const RECURSION: &str = "Each server that was asked: marked, it offers recursion (RA = 1); otherwise it answers with referrals, as the \
                     real root and TLD servers do (RFC 1034 §4.3.1).";
const CACHE: &str = "Cold: every cache is empty. Warm: the local name server remembers what it has learned in earlier warm lookups and page visits.";
const SERVER: &str = "Whom to ask: a name of the lab, or an IP address. Empty: the local name server, or the root, where our own host resolves iteratively.";
const MINIMISE: &str = "QNAME minimisation: the root is asked for edu. only, not for the whole name (RFC 9156).";
const CASE: &str = "The case of each letter of the name is chosen at random; whoever answers without having seen the query cannot repeat it.";
