//! `roundtrip resolve`: a name looked up, step by step, as text, as dig prints it, as a graph or as JSON.

use std::{fmt::Write as _, fs, io, time::Duration};

use super::{
    args::{self, Resolve},
    outcome::Trouble,
    save, text,
};
use crate::{
    engine::{
        jobs,
        resolve::{Config, Mode, Report, read_hints},
    },
    proto::dns::{
        Message,
        dig::{self, Received},
        trace::{Outcome, Over, Purpose, Step},
    },
    wire::{Blame, Content, Failure, Flow, Layer, Ledger, Side, units},
};

/// Resolves and prints.
pub(super) fn run(args: &Resolve, options: &jobs::Options, out: &mut dyn io::Write) -> Result<(), Trouble> {
    let config = config(args)?;
    let options = &jobs::Options { real_time: args.common.real_time, ..options.clone() };
    let finished = jobs::resolve(&config, options)?;
    let shown = match () {
        () if args.common.json => None,
        () if args.dig => Some(as_dig(&finished.report, &finished.ledger)),
        () if args.dot => Some(as_dot(&finished.report)),
        () => Some(as_text(&finished.report)),
    };
    let report = match &args.common.save {
        Some(file) => save::run(file, finished)?,
        None => finished.report,
    };
    if let Some(shown) = shown {
        out.write_all(shown.as_bytes())?;
    } else {
        serde_json::to_writer_pretty(&mut *out, &report).map_err(io::Error::from)?;
        writeln!(out)?;
    }
    match report.failure {
        Some(failure) if args.common.json || args.dig || args.dot => Err(Trouble::Failed(Box::new(failure))),
        Some(failure) => Err(Trouble::AlreadyShown(Box::new(failure))),
        None => Ok(()),
    }
}

fn config(args: &Resolve) -> Result<Config, Trouble> {
    let usual = Config::default();
    let hints = match &args.hints {
        None => Vec::new(),
        Some(file) => {
            let text = fs::read_to_string(file)
                .map_err(|error| Trouble::Usage(format!("{} cannot be read: {error}", file.display())))?;
            read_hints(&text).map_err(|error| {
                Trouble::Failed(Box::new(Failure::from_error(&error, Blame::Input, Some("RFC 9609"))))
            })?
        }
    };
    Ok(Config {
        name: args.name.clone().unwrap_or(usual.name),
        kinds: if args.kinds.is_empty() { usual.kinds } else { args.kinds.clone() },
        mode: match args.mode {
            args::Mode::Iterated => Mode::Iterated,
            args::Mode::Recursive => Mode::Recursive,
            args::Mode::Stub => Mode::Stub,
        },
        server: args.server.clone(),
        minimise: args.minimise,
        randomise_case: args.randomise_case,
        cold: !args.warm,
        prime: !args.no_cache && args.hints.is_none(),
        hints,
        port: args.port,
        setting: args.common.setting()?,
        ..usual
    })
}

fn as_text(report: &Report) -> String {
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

fn step_text(step: &Step, page: &mut String) {
    let over = match step.over {
        Over::Udp => "",
        Over::Tcp => " over TCP",
        Over::Cache if step.asker == "you" => " (your own cache)",
        Over::Cache => " (its own cache)",
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
        if step.over == Over::Cache && step.asker == "you" { "yourself" } else { &step.server },
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

fn outcome_text(step: &Step) -> String {
    let code = step.rcode.clone().unwrap_or_default();
    let word = if step.authoritative { "authoritative " } else { "" };
    match step.outcome {
        Outcome::Waiting => "no answer yet".to_owned(),
        Outcome::Answer => format!("{code}: {word}answer"),
        Outcome::Alias => format!("{code}: {word}alias"),
        Outcome::Referral => {
            let referral = step.referral.as_ref();
            let servers = referral.map(|referral| referral.servers.join(" ")).unwrap_or_default();
            format!("{code}: referral to {} ({servers})", referral.map_or("", |referral| &referral.zone))
        }
        Outcome::NoName => format!("{code}: there is no such name"),
        Outcome::NoData => format!("{code}: no record of that type"),
        Outcome::Lame => format!("{code}: it does not serve the zone it was asked for"),
        Outcome::Refused => code,
        Outcome::Truncated => format!("{code}: cut off (TC)"),
        Outcome::TimedOut => "no answer in time".to_owned(),
        Outcome::Unreachable => "unreachable".to_owned(),
        Outcome::Bad => "what came is no answer".to_owned(),
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

/// The response to the student's own query, as dig prints it.
fn as_dig(report: &Report, ledger: &Ledger) -> String {
    let asked = |step: &&Step| step.asker == "you" && step.rcode.is_some() && step.flow.is_some();
    let step = report.steps.iter().rev().find(asked);
    let response = step.and_then(|step| Some((step, last_message(ledger.flow(step.flow?)?)?)));
    let Some((step, octets)) = response else {
        let came = report.steps.iter().any(|step| step.rcode.is_some());
        let why = if came { "the system's resolver shows no octets of its responses" } else { "no response came" };
        return format!("; {why}\n");
    };
    let Ok(message) = Message::from_vec(&octets) else { return "; the response is no DNS message\n".to_owned() };
    let rtt = Duration::try_from_secs_f64(step.rtt_seconds.unwrap_or_default()).unwrap_or_default();
    let from = step.ip_port.unwrap_or_else(|| ([0, 0, 0, 0], 53).into());
    let name = dig::asked_as(&step.server, from.ip());
    let received = Received { from, name, over: step.over, rtt, octets: octets.len() };
    dig::dig(&message, Some(&received))
}

/// The last message the server sent, without the length a stream has before it.
fn last_message(flow: &Flow) -> Option<Vec<u8>> {
    let from_server = flow.events.iter().filter(|event| event.from == Side::Server);
    let octets = from_server.filter_map(|event| match &event.content {
        Content::Octets(octets) => Some((event.layer, octets.bytes.clone())),
        Content::Step(_) => None,
    });
    let all: Vec<_> = octets.collect();
    if let (Layer::Datagram, bytes) = all.last()? {
        return Some(bytes.to_vec());
    }
    let stream: Vec<u8> = all.iter().flat_map(|(_, bytes)| bytes.iter().copied()).collect();
    stream.get(2..).map(<[u8]>::to_vec)
}

/// The steps as a graph (Graphviz): who asked whom, in which order.
fn as_dot(report: &Report) -> String {
    let mut dot = String::from("digraph resolution {\n  rankdir=BT;\n  node [shape=box, fontname=\"sans-serif\"];\n");
    for step in report.steps.iter().filter(|step| step.over != Over::Cache) {
        let label = format!("{}: {} {}", step.number, step.question.name, step.question.kind);
        writeln!(dot, "  {} -> {} [label={}];", quoted(&step.asker), quoted(&step.server), quoted(&label)).ok();
        if step.rcode.is_some() {
            let label = format!("{}: {}", step.number, outcome_text(step));
            let edge = format!(
                "  {} -> {} [style=dashed, label={}];",
                quoted(&step.server),
                quoted(&step.asker),
                quoted(&label)
            );
            writeln!(dot, "{edge}").ok();
        }
    }
    dot.push_str("}\n");
    dot
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
