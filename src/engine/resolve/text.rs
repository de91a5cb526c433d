//! A resolution as text: step by step, in 80 columns.

use std::{fmt::Write as _, time::Duration};

use super::Report;
use crate::{
    engine::text,
    proto::dns::trace::{Purpose, QueryTransport, ResolutionStep, StepOutcome},
    wire::units,
};

/// The report as text.
pub fn as_text(report: &Report) -> String {
    let mut page = String::new();
    let question = format!("{} {}, {}", report.config.name, report.config.kinds.join(" "), report.mode.name());
    for line in [question, text::setting_line(&report.config.setting), report.provenance.clone()] {
        page.push_str(&text::folded(&line));
    }
    page.push('\n');
    for warning in &report.warnings {
        page.push_str(&text::folded(&format!("! {warning}")));
        page.push('\n');
    }
    for step in &report.steps {
        step_text(step, &mut page);
    }
    page.push('\n');
    match &report.failure {
        Some(failure) => page.push_str(&text::folded(&failure.to_string())),
        None => answer_text(report, &mut page),
    }
    let loads: Vec<String> = report.load.iter().map(|load| format!("{} {}", load.level, load.queries)).collect();
    let time = units::time(Duration::try_from_secs_f64(report.seconds).unwrap_or_default());
    let messages = units::count(report.messages as usize, "message", "messages");
    let loads = if loads.is_empty() { "none".to_owned() } else { loads.join(", ") };
    page.push_str(&text::folded(&format!("{messages} in {time}; queries by level: {loads}")));
    page
}

fn answer_text(report: &Report, page: &mut String) {
    if report.answers.is_empty() {
        let what = if report.rcode == "NXDOMAIN" { "there is no such name" } else { "the name has no such record" };
        page.push_str(&text::folded(&format!("{}: {what}", report.rcode)));
    }
    for answer in &report.answers {
        writeln!(page, "{answer}").ok();
    }
}

fn step_text(step: &ResolutionStep, page: &mut String) {
    let over = match step.over {
        QueryTransport::Udp => "",
        QueryTransport::Tcp => " over TCP",
        QueryTransport::Cache if step.asker == "you" => " (your own cache)",
        QueryTransport::Cache => " (its own cache)",
    };
    let side = match &step.purpose {
        Purpose::Answer => String::new(),
        Purpose::ServerAddress { server } => format!(", to find {server}"),
        Purpose::Priming => ", to learn who the root's servers are".to_owned(),
    };
    let recursion = if step.recursion_desired { " RD" } else { "" };
    let asks = format!(
        "{:>3}. {} {} {}{over}: {} {}{recursion}{side}",
        step.number,
        step.asker,
        if step.asker == "you" { "ask" } else { "asks" },
        if step.over == QueryTransport::Cache && step.asker == "you" { "yourself" } else { &step.server },
        step.question.name,
        step.question.kind
    );
    page.push_str(&text::folded(&asks));
    let time = step.rtt_seconds.map(|rtt| units::time(Duration::try_from_secs_f64(rtt).unwrap_or_default()));
    let time = time.unwrap_or_default();
    page.push_str(&indented(&format!("{time} {}", outcome_text(step))));
    for answer in &step.answers {
        page.push_str(&indented(answer));
    }
    if let Some(referral) = &step.referral {
        for glue in &referral.glue {
            page.push_str(&indented(&format!("glue: {glue}")));
        }
    }
    if !step.reason.is_empty() {
        page.push_str(&indented(&format!("why: {}", step.reason)));
    }
    for ignored in &step.ignored {
        let times = if ignored.times > 1 { format!(" ({} times)", ignored.times) } else { String::new() };
        page.push_str(&indented(&format!("ignored: {}: {}{times}", ignored.what, ignored.rule)));
    }
}

/// What came of a step, in a few words.
pub(crate) fn outcome_text(step: &ResolutionStep) -> String {
    let code = step.rcode.clone().unwrap_or_default();
    let word = if step.authoritative { "authoritative " } else { "" };
    match step.outcome {
        StepOutcome::Waiting => "no answer yet".to_owned(),
        StepOutcome::Answer => format!("{code}: {word}answer"),
        StepOutcome::Alias => format!("{code}: {word}alias"),
        StepOutcome::Referral => {
            let referral = step.referral.as_ref();
            let servers = referral.map(|referral| referral.servers.join(" ")).unwrap_or_default();
            format!("{code}: referral to {} ({servers})", referral.map_or("", |referral| &referral.zone))
        }
        StepOutcome::NoName => format!("{code}: there is no such name"),
        StepOutcome::NoData => format!("{code}: no record of that type"),
        StepOutcome::Lame => format!("{code}: it does not serve the zone it was asked for"),
        StepOutcome::Refused => code,
        StepOutcome::Truncated => format!("{code}: cut off (TC)"),
        StepOutcome::TimedOut => "no answer in time".to_owned(),
        StepOutcome::Unreachable => "unreachable".to_owned(),
        StepOutcome::Bad => "what came is no answer".to_owned(),
    }
}

fn indented(line: &str) -> String {
    let mut shown = String::new();
    for line in text::fold(line.trim(), text::COLUMNS - INDENT) {
        writeln!(shown, "{:INDENT$}{line}", "").ok();
    }
    shown
}

/// Columns before what belongs to a step.
const INDENT: usize = 7;
