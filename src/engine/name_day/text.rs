//! A day of lookups as text.

use super::{Report, StaleAnswers, Theory};
use crate::{engine::text, wire::units};

/// The report as text.
pub(super) fn as_text(report: &Report) -> String {
    let config = &report.config;
    let [lookups, clients] = [config.lookups, config.clients].map(|number| units::grouped(number.into()));
    let head = format!("{lookups} lookups in {} h by {clients} clients", config.hours);
    let mut page = text::folded(&head);
    for line in [text::setting_line(&config.setting.in_lab()), report.provenance.clone()] {
        page.push_str(&text::folded(&line));
    }
    page.push('\n');
    if let Some(theory) = &report.theory {
        page.push_str(&hit_ratios(report, theory));
        page.push_str(&hours(report));
    }
    let [root, tld, others] = [report.whole.root, report.whole.tld, report.whole.authoritative].map(units::grouped);
    let queries = if config.central {
        format!("Queries to the central server: {root}")
    } else {
        format!("Queries to the root {root}, to top-level domains {tld}, to authorities {others}")
    };
    page.push_str(&text::folded(&queries));
    if let Some(one_in) = report.one_in {
        page.push_str(&text::folded(&format!("1 lookup in {one_in:.1} led to a query to the root")));
    }
    page.push_str(&text::folded(&format!("Mean time of a lookup {}", units::seconds(report.mean_seconds))));
    if let Some(stale) = &report.stale {
        page.push_str(&stale_text(stale));
    }
    if let Some(failure) = &report.failure {
        page.push_str(&text::folded(&failure.to_string()));
    }
    page
}

fn hit_ratios(report: &Report, theory: &Theory) -> String {
    let whole = &report.whole;
    let row = |name: &str, measured: f64, formula: f64| vec![name.to_owned(), percent(measured), percent(formula)];
    let mut rows = vec![row("hosts' caches", whole.host_ratio(), theory.host.value())];
    if !report.config.central {
        rows.push(row("local name server's cache", whole.local_ratio(), theory.local.value()));
        rows.push(row("both together", whole.ratio(), theory.both.value()));
    }
    text::table(&["hit ratio", "measured", "formula"], &rows) + "\n"
}

fn hours(report: &Report) -> String {
    let row = |(hour, counts): (usize, &super::Counts)| {
        let numbers = [counts.lookups, counts.host_hits, counts.local_hits, counts.misses, counts.root];
        let mut row = vec![hour.to_string()];
        row.extend(numbers.map(units::grouped));
        row
    };
    let rows: Vec<_> = report.hours.iter().enumerate().map(row).collect();
    text::table(&["hour", "lookups", "host hits", "local hits", "misses", "to the root"], &rows) + "\n"
}

fn stale_text(stale: &StaleAnswers) -> String {
    let StaleAnswers { name, old, new, answers, theory_seconds, .. } = stale;
    let last = stale.last_seconds.map_or_else(
        || "It was answered with the old address no more".to_owned(),
        |last| format!("The old address was last answered {} after the change", units::seconds(last)),
    );
    let clients = units::count(stale.clients.len(), "client", "clients");
    let line = format!(
        "{name} changed from {old} to {new}. {} stale answers to {clients}. {last}; by its TTL at most {theory_seconds} s.",
        units::grouped(*answers)
    );
    text::folded(&line)
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}
