//! An address that changed: who was told the old one afterwards, and for how long.

use egui::{Label, Ui};

use crate::{
    app::{
        kit::{
            figures::{counted, long_time, verdict_ui},
            sheet::{Cell, Sheet, SheetColumn},
        },
        widgets,
    },
    engine::name_day::{StaleAnswers, StaleClient},
    wire::units,
};

pub(super) fn stale_ui(ui: &mut Ui, stale: &StaleAnswers) {
    widgets::card(ui, "The address that changed", |ui| {
        let name = stale.name.trim_end_matches('.');
        let after = units::days(crate::app::dials::whole(stale.changed_seconds));
        ui.add(Label::new(format!("{name} changed from {} to {} after {after}.", stale.old, stale.new)).wrap());
        ui.add(Label::new(told(stale)).wrap());
        verdict_ui(ui, &verdict(stale));
    });
}

fn told(stale: &StaleAnswers) -> String {
    let fresh = match stale.first_fresh_seconds {
        Some(seconds) => format!("The new one was told first {} after the change.", long_time(seconds)),
        None if stale.answers == 0 => "Nobody asked for it after the change.".to_owned(),
        None => "Nobody asked for it any more once it had run out.".to_owned(),
    };
    match stale.last_seconds {
        Some(last) => {
            let times = counted(stale.answers, "time", "times");
            let clients = units::count(stale.clients.len(), "client", "clients");
            let last = long_time(last);
            format!("The old one was still told {times}, to {clients}, the last time {last} after the change. {fresh}")
        }
        None => format!("Nobody was told the old one any more. {fresh}"),
    }
}

/// No cache may keep it longer than its TTL.
fn verdict(stale: &StaleAnswers) -> (String, bool) {
    let bound = f64::from(stale.theory_seconds);
    let ttl = units::days(stale.theory_seconds.into());
    let within = stale.last_seconds.is_none_or(|last| last <= bound + ROUNDING);
    let words = if within {
        format!("Within the bound: a cache may tell it for its TTL, {ttl}, and no longer.")
    } else {
        format!("Longer than the TTL, {ttl}: that must not be.")
    };
    (words, within)
}

pub(super) fn sheet(stale: &StaleAnswers) -> Sheet {
    let columns = vec![
        SheetColumn::number("client", 60.0, "Its number."),
        SheetColumn::number("told the old one", 110.0, "How often after the change."),
        SheetColumn::number("last after", 110.0, "How long after the change the last time was.").in_unit("s"),
    ];
    let row = |client: &StaleClient| {
        vec![
            Cell::count(client.client.into()),
            Cell::count(client.answers),
            Cell::Number(long_time(client.last_seconds), client.last_seconds),
        ]
    };
    let title = format!("Told the old address of {}", stale.name.trim_end_matches('.'));
    Sheet { title, columns, rows: stale.clients.iter().map(row).collect() }
}

/// Caches count down in whole seconds, and an answer takes its time to come.
const ROUNDING: f64 = 1.0;
