//! An attack as text: what was measured, and the formula beside it.

use super::{AmplificationResult, AttackResult, FloodPoint, FloodResult, InterceptionResult, PoisoningResult, Report};
use crate::{
    engine::text,
    sim::{formula::Formula, names::Proportion},
    wire::units,
};

/// The report as text.
pub(super) fn as_text(report: &Report) -> String {
    let config = &report.config;
    let trials = units::grouped(config.trials.into());
    let mut page = text::folded(&format!("An attack on names: {}, {trials} trials", config.attack.name()));
    for line in [text::setting_line(&config.setting.in_lab()), report.provenance.clone()] {
        page.push_str(&text::folded(&line));
    }
    page.push('\n');
    match &report.found {
        Some(AttackResult::Poisoning(found)) => page.push_str(&poisoning(found)),
        Some(AttackResult::Interception(found)) => page.push_str(&interception(found)),
        Some(AttackResult::Amplification(found)) => page.push_str(&amplification(found)),
        Some(AttackResult::Flood(found)) => page.push_str(&flood(found)),
        None => {}
    }
    if let Some(failure) = &report.failure {
        page.push_str(&text::folded(&failure.to_string()));
    }
    page
}

fn poisoning(found: &PoisoningResult) -> String {
    let mut page = text::hanging("measured", &proportion("lookups poisoned", &found.measured));
    page.push_str(&formula("formula", &found.theory, &percent(found.theory.value())));
    let sent = units::grouped(found.forged_sent);
    let in_time = units::grouped(found.forged_in_time);
    page.push_str(&text::hanging("forged replies", &format!("{sent} sent, {in_time} in time")));
    let window = units::seconds(found.window_seconds);
    page.push_str(&text::hanging("bits to guess", &format!("{}; the window is {window}", found.space_bits)));
    if let Some(worth) = &found.worth {
        let line =
            format!("{} leads to {} instead of {} for {} s", worth.name, worth.told, worth.truth, worth.for_seconds);
        page.push_str(&text::hanging("a success", &line));
    }
    page
}

fn interception(found: &InterceptionResult) -> String {
    let mut page = text::hanging("measured", &proportion("lookups with the attacker's address", &found.measured));
    let line = format!("{} bits are of no use: the attacker sees the query", found.bits_seen);
    page.push_str(&text::hanging("bits to guess", &line));
    let queries = format!("{:.2} for each lookup, {} each", found.queries_per_lookup, units::seconds(found.seconds));
    page.push_str(&text::hanging("queries", &queries));
    if let Some(disagreements) = found.disagreements {
        page.push_str(&text::hanging("second opinion", &format!("{disagreements} times it differed")));
    }
    page
}

fn amplification(found: &AmplificationResult) -> String {
    let row = |row: &super::AmplificationRow| {
        let question = format!("{} {} of {}", row.question.name, row.question.kind, row.question.server);
        let octets = [row.sent.octets, row.at_victim.octets].map(units::grouped);
        let factors = [row.factor, row.theory.value()].map(|factor| format!("{factor:.1}"));
        vec![question].into_iter().chain(octets).chain(factors).collect()
    };
    let rows: Vec<Vec<String>> = found.rows.iter().map(row).collect();
    let mut page = text::folded(&format!("Octets of DNS messages sent, and what {} received", found.victim));
    page.push_str(&text::table(&["question", "sent", "received", "factor", "formula"], &rows));
    page
}

fn flood(found: &FloodResult) -> String {
    let names = units::grouped(found.names.into());
    let mut page = text::folded(&format!("{names} names; of {} servers some answer nobody", found.servers.len()));
    for (caches, points) in [("empty caches", &found.cold), ("full caches", &found.warm)] {
        let row = |point: &FloodPoint| {
            vec![
                format!("{caches}, {} off", point.off),
                percent(point.answered.share),
                units::seconds(point.mean_seconds),
                units::seconds(point.p95_seconds),
            ]
        };
        let rows: Vec<_> = points.iter().map(row).collect();
        page.push('\n');
        page.push_str(&text::table(&["servers", "answered", "mean time", "95 % within"], &rows));
    }
    page
}

fn proportion(what: &str, measured: &Proportion) -> String {
    let Proportion { hits, of, share, low, high } = measured;
    let interval = format!("95 % interval {} to {}", percent(*low), percent(*high));
    format!("{} of {} {what}, {}; {interval}", units::grouped(*hits), units::grouped(*of), percent(*share))
}

fn formula(name: &str, formula: &Formula, value: &str) -> String {
    text::hanging(name, &format!("{value}: {}", formula.numbers))
}

fn percent(share: f64) -> String {
    format!("{:.2} %", share * 100.0)
}
