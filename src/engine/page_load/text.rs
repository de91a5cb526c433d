//! The race as a table that fits 80 columns.

use std::{fmt::Write as _, time::Duration};

use super::{Report, StrategyRun};
use crate::{engine::text, sim::formula::Exactness, wire::units};

/// The report as text.
pub fn as_text(report: &Report) -> String {
    let mut page = String::new();
    let strategies = match report.runs.len() {
        1 => "One page, one way to fetch it".to_owned(),
        n => format!("One page, {n} ways to fetch it"),
    };
    let lines = [strategies, page_line(report), text::setting_line(&report.config.setting), report.provenance.clone()];
    for line in lines {
        page.push_str(&text::folded(&line));
    }
    page.push_str(&redirects(report));
    page.push('\n');
    page.push_str("strategy              measured    formula   diff  conns  requests  received\n");
    for run in &report.runs {
        page.push_str(&row(run));
    }
    page.push_str("\nFormulas: L octets on the wire with heads, R rate, n objects, k connections\n");
    for run in &report.runs {
        if let Some(theory) = &run.theory {
            let bound = match theory.exactness {
                Exactness::Exact => "",
                Exactness::UpperBound => "  (at most)",
                Exactness::LowerBound => "  (at least)",
                Exactness::Approximate => "  (about)",
            };
            page.push_str(&text::hanging(run.strategy.name(), &format!("{}{bound}", theory.symbols)));
        }
    }
    let remarks: Vec<(&str, String)> = report
        .runs
        .iter()
        .filter_map(|run| {
            let failure = run.failure.as_ref().map(ToString::to_string);
            Some((run.strategy.name(), failure.or_else(|| run.reason.clone())?))
        })
        .collect();
    if !remarks.is_empty() {
        page.push_str("\nWhy they differ by more than 5 %, or did not finish\n");
        for (name, remark) in remarks {
            page.push_str(&text::hanging(name, &remark));
        }
    }
    page
}

/// What came before the page.
fn redirects(report: &Report) -> String {
    if report.redirects.is_empty() {
        return String::new();
    }
    let count = units::count(report.redirects.len(), "redirect", "redirects");
    let octets: u64 = report.redirects.iter().map(|redirect| redirect.response_octets).sum();
    let spans = report.redirects.iter().filter_map(|redirect| redirect.phases.span());
    let spent = spans.fold(Duration::ZERO, |sum, span| sum + span.duration());
    let mut text = text::folded(&format!(
        "Before it {count}: {}, {} received; in no strategy's numbers, each begins at the page",
        units::time(spent),
        units::octets(octets)
    ));
    for redirect in &report.redirects {
        let status = redirect.status.map(|status| status.to_string()).unwrap_or_default();
        text.push_str(&text::hanging(&format!("{status} from"), redirect.url.as_str()));
    }
    text
}

fn page_line(report: &Report) -> String {
    let objects = report.runs.first().map_or(0, |run| run.objects.len().saturating_sub(1));
    let octets: u64 = report.runs.first().map_or(0, |run| run.objects.iter().map(|object| object.content_octets).sum());
    let url = report.runs.iter().find_map(|run| run.objects.first()).map(|object| object.url.to_string());
    let url = url.unwrap_or_else(|| "the page could not be fetched".to_owned());
    format!("{url} · base file + {objects} objects, {}", units::octets(octets))
}

fn row(run: &StrategyRun) -> String {
    let mut row = String::new();
    let formula = run.theory_seconds.map_or_else(|| "–".to_owned(), seconds);
    let difference = run.difference.map_or_else(|| "–".to_owned(), percent);
    let measured = if run.failure.is_some() { "failed".to_owned() } else { seconds(run.seconds) };
    // Writing to a string cannot fail.
    writeln!(
        row,
        "{:<20}{measured:>10} {formula:>10} {difference:>6} {:>6} {:>9} {:>9}",
        run.strategy.name(),
        run.connections,
        run.requests,
        units::measured_octets(run.octets_received),
    )
    .ok();
    row
}

/// All of a column in the same unit, so that it can be compared at a glance.
fn seconds(seconds: f64) -> String {
    format!("{seconds:.3} s")
}

/// With its sign, unless it rounds to nothing.
fn percent(share: f64) -> String {
    let tenths = (share * 1000.0).round();
    if tenths == 0.0 { "0.0 %".to_owned() } else { format!("{:+.1} %", tenths / 10.0) }
}
