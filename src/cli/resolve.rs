//! `roundtrip resolve`: a name looked up, step by step, as text, as dig prints it, as a graph or as JSON.

use std::{fmt::Write as _, fs, io, time::Duration};

use super::{
    args::{self, ResolveArgs},
    outcome::CommandFailure,
    save,
};
use crate::{
    engine::{
        resolve::{self, Config, Event, Report, ResolutionMode, as_text, outcome_text, read_hints},
        runner::{self, Options},
        setting::WorldChoice,
    },
    proto::dns::{
        Message,
        dig::{self, ResponseArrival},
        trace::{QueryTransport, ResolutionStep},
    },
    wire::{Blame, EventContent, Failure, Flow, Layer, Ledger, Side},
};

/// Resolves and prints.
pub(super) fn run(args: &ResolveArgs, options: &Options, out: &mut dyn io::Write) -> Result<(), CommandFailure> {
    let config = config(args, options.stores.last())?;
    let options = &Options { real_time: args.common.real_time, ..options.clone() };
    let finished = runner::run::<resolve::Resolve>(&config, options)?;
    let shown = match () {
        () if args.common.json => None,
        () if args.dig => Some(as_dig(&finished.report, &finished.ledger)),
        () if args.dot => Some(as_dot(&finished.report)),
        () => Some(as_text(&finished.report)),
    };
    let report = save::run(args.common.save.as_deref(), finished)?;
    if let Some(shown) = shown {
        out.write_all(shown.as_bytes())?;
    } else {
        serde_json::to_writer_pretty(&mut *out, &report).map_err(io::Error::from)?;
        writeln!(out)?;
    }
    match report.failure {
        Some(failure) if args.common.json || args.dig || args.dot => Err(CommandFailure::Failed(Box::new(failure))),
        Some(failure) => Err(CommandFailure::AlreadyShown(Box::new(failure))),
        None => Ok(()),
    }
}

/// `lasting`: what a lookup teaches the local name server is there for the next command.
fn config(args: &ResolveArgs, lasting: bool) -> Result<Config, CommandFailure> {
    let usual = Config::default();
    let hints = match &args.hints {
        None => Vec::new(),
        Some(file) => {
            let text = fs::read_to_string(file)
                .map_err(|error| CommandFailure::Usage(format!("{} cannot be read: {error}", file.display())))?;
            read_hints(&text).map_err(|error| {
                CommandFailure::Failed(Box::new(Failure::from_error(&error, Blame::Input, Some("RFC 9609"))))
            })?
        }
    };
    let name = args.name.clone().unwrap_or(usual.name);
    let kinds = if args.kinds.is_empty() { usual.kinds } else { args.kinds.clone() };
    let setting = args.common.setting()?;
    let asked_before = args.warm && setting.world == WorldChoice::Lab && !lasting;
    let ask = |kind: &String| Event::Ask { name: name.clone(), kind: kind.clone() };
    let before = if asked_before { kinds.iter().map(ask).collect() } else { Vec::new() };
    Ok(Config {
        name,
        kinds,
        before,
        mode: match args.mode {
            args::ModeArg::Iterated => ResolutionMode::Iterated,
            args::ModeArg::Recursive => ResolutionMode::Recursive,
            args::ModeArg::Stub => ResolutionMode::Stub,
        },
        server: args.server.clone(),
        minimise: args.minimise,
        randomise_case: args.randomise_case,
        cold: !args.warm || asked_before,
        prime: !args.no_cache && args.hints.is_none(),
        hints,
        port: args.port,
        setting,
        ..usual
    })
}

/// The response to the student's own query, as dig prints it.
fn as_dig(report: &Report, ledger: &Ledger) -> String {
    let asked = |step: &&ResolutionStep| step.asker == "you" && step.rcode.is_some() && step.flow.is_some();
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
    let received = ResponseArrival { from, name, over: step.over, rtt, octets: octets.len() };
    dig::dig(&message, Some(&received))
}

/// The last message the server sent, without the length a stream has before it.
fn last_message(flow: &Flow) -> Option<Vec<u8>> {
    let from_server = flow.events.iter().filter(|event| event.from == Side::Server);
    let octets = from_server.filter_map(|event| match &event.content {
        EventContent::Octets(octets) => Some((event.layer, octets.bytes.clone())),
        EventContent::Step(_) => None,
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
    for step in report.steps.iter().filter(|step| step.over != QueryTransport::Cache) {
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
