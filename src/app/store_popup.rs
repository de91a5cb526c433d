//! What lasts in the lab: the date of its calendar, who keeps what, and how to take that back.

use std::time::SystemTime;

use egui::{Align, Button, Frame, Layout, Margin, Popup, PopupCloseBehavior, RectAlign, RichText, Ui};

use super::{actions::Action, notices::Notice, theme::Theme, widgets};
use crate::{
    engine::{
        bridge::StoreRequest,
        store_status::{OwnerRows, StorePlace, StoreStatus},
    },
    store::Skip,
    wire::{Failure, units},
};

/// The date of the lab's calendar in the status bar, and what opens over it.
pub(super) fn calendar_button_ui(ui: &mut Ui, store: &StoreStatus, actions: &mut Vec<Action>) {
    let date = units::date(SystemTime::from(store.date));
    let response = widgets::quiet_button(ui, &date);
    let response = widgets::named(ui, response, &format!("Lab calendar: {date}"));
    let response = response.on_hover_text("The date in the lab, and what its servers keep from run to run.");
    let opened = Popup::menu(&response)
        .align(RectAlign::TOP_END)
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .width(WIDTH)
        .frame(Frame::popup(ui.style()).inner_margin(Margin::same(14)))
        .accessible_name("Lab calendar")
        .show(|ui| widgets::scrolling_popup(ui, |ui| store_ui(ui, store, actions)));
    if opened.is_some() && response.clicked() {
        // The date may have gone on since it was last told.
        actions.push(Action::Store(StoreRequest::Look));
    }
}

fn store_ui(ui: &mut Ui, store: &StoreStatus, actions: &mut Vec<Action>) {
    ui.style_mut().override_text_style = None;
    widgets::section(ui, "Lab calendar");
    ui.label(units::date_and_time(SystemTime::from(store.date)));
    widgets::muted(ui, "It goes on with every live run. Skipping ahead changes the date and moves no timer.");
    ui.horizontal(|ui| {
        widgets::muted(ui, "Skip ahead");
        for skip in Skip::ALL {
            if widgets::quiet_button(ui, skip_words(skip)).clicked() {
                actions.push(Action::Store(StoreRequest::Skip(skip)));
            }
        }
    });
    ui.add_space(10.0);
    widgets::section(ui, "Kept from run to run");
    widgets::muted(ui, place_words(&store.place));
    let owners: Vec<&OwnerRows> =
        store.owners.iter().filter(|owner| !OF_THE_STORE.contains(&owner.name.as_str())).collect();
    if owners.is_empty() {
        ui.label("Nothing yet.");
    }
    for owner in &owners {
        owner_ui(ui, owner, actions);
    }
    ui.add_space(8.0);
    let reset = ui.add_enabled(!owners.is_empty(), Button::new("Reset the lab").fill(Theme::of(ui).panel));
    let says = "Everything the lab's servers keep is as it was in the beginning. The calendar goes on.";
    if reset.on_hover_text(says).clicked() {
        actions.push(Action::Store(StoreRequest::Reset(None)));
    }
}

fn owner_ui(ui: &mut Ui, owner: &OwnerRows, actions: &mut Vec<Action>) {
    ui.horizontal(|ui| {
        ui.label(&owner.title).on_hover_text(&owner.name);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let response = widgets::quiet_button(ui, "reset");
            let response = widgets::named(ui, response, &format!("Reset {}", owner.title));
            if response.on_hover_text("Takes its tables back to what they were in the beginning.").clicked() {
                actions.push(Action::Store(StoreRequest::Reset(Some(owner.name.clone()))));
            }
            let rows = usize::try_from(owner.rows()).unwrap_or(usize::MAX);
            let colour = Theme::of(ui).muted;
            ui.label(RichText::new(units::count(rows, "row", "rows")).color(colour));
        });
    });
}

/// Owners that are the store's own, and not a server's or a browser's.
const OF_THE_STORE: [&str; 2] = ["calendar", "runs"];

fn skip_words(skip: Skip) -> &'static str {
    match skip {
        Skip::Day => "a day",
        Skip::Week => "a week",
        Skip::Year => "a year",
    }
}

fn place_words(place: &StorePlace) -> String {
    match place {
        StorePlace::File(file) => format!("In {file}"),
        StorePlace::Copy { .. } => "A copy: another Roundtrip has the file. It ends with this window.".to_owned(),
        StorePlace::Memory { .. } => "In memory: it ends with this window.".to_owned(),
    }
}

/// What the student is told when the store was opened: of a damaged file, of another window, of a disk that cannot be written.
pub(super) fn notices(store: &StoreStatus) -> Vec<Notice> {
    let mut notices = Vec::new();
    if let Some(damaged) = &store.set_aside {
        let what = "The lab begins anew: the file with what it kept was damaged and has been set aside";
        notices.push(Notice::problem(what).advising(damaged.clone()));
    }
    match &store.place {
        StorePlace::File(_) | StorePlace::Memory { why: None } => {}
        StorePlace::Copy { held_by } => {
            let who = held_by.map_or_else(String::new, |pid| format!(" (process {pid})"));
            let what = format!("Another Roundtrip is open{who}: this window works on a copy of what the lab keeps");
            let can = "Everything works here. What changes in this window's lab ends with it; the other window keeps its own.";
            notices.push(Notice::problem(what).advising(can.to_owned()));
        }
        StorePlace::Memory { why: Some(why) } => {
            let what = "What the lab keeps ends with this window: its file cannot be used";
            notices.push(Notice::problem(what).advising(why.clone()));
        }
    }
    notices
}

/// Something could not be read or written.
pub(super) fn store_problem(failure: &Failure) -> Notice {
    Notice::problem(failure.summary.clone()).advising(failure.causes.join(": "))
}

const WIDTH: f32 = 320.0;
