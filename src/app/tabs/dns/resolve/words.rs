//! What is said about a resolution: titles, the messages in few words and in a sentence each.

use super::{
    layout::participants::{Participants, TreeLevel},
    messages::{TraceMessage, TracePart},
    runs::ResolutionTrace,
};
use crate::{
    proto::dns::trace::{Purpose, QueryTransport, ResolutionStep, StepOutcome},
    wire::units,
};

/// `gaia.cs.umass.edu = 128.119.245.12`; what came of it, where that is no value.
pub(super) fn title(resolved: &ResolutionTrace<'_>) -> String {
    let Some(report) = resolved.report else {
        // The question itself, not what is asked on its behalf first.
        let first = resolved.steps.iter().find(|step| step.purpose == Purpose::Answer);
        return first.map(|step| format!("{} …", bare(&step.question.name))).unwrap_or_default();
    };
    let name = bare(&report.question.name);
    let values: Vec<&str> =
        report.answers.iter().filter(|line| kind(line) != "CNAME").map(|line| value(line)).collect();
    match (values.as_slice(), report.rcode.as_str()) {
        ([one], _) => format!("{name} = {one}"),
        ([first, others @ ..], _) => format!("{name} = {first} and {} more", others.len()),
        ([], "NXDOMAIN") => format!("{name}: no such name"),
        ([], "NOERROR") if report.answers.is_empty() => match referral(resolved) {
            Some(zone) => format!("{name}: a referral to {zone}"),
            None => format!("{name}: no {} there", report.question.kind),
        },
        ([], "NOERROR") => report.answers.last().map_or_else(String::new, |line| format!("{name} = {}", value(line))),
        ([], "") => format!("{name}: no answer"),
        ([], rcode) => format!("{name}: {rcode}"),
    }
}

/// Where the last server refers to, when the resolver did not ask there.
fn referral<'a>(resolved: &ResolutionTrace<'a>) -> Option<&'a str> {
    let last = resolved.steps.iter().rfind(|step| step.purpose == Purpose::Answer)?;
    let referral = last.referral.as_ref().filter(|_| last.outcome == StepOutcome::Referral)?;
    Some(bare(&referral.zone))
}

/// `8 messages · 78.0 ms · 3 servers asked`.
pub(super) fn about(resolved: &ResolutionTrace<'_>) -> String {
    let mut servers: Vec<&str> = Vec::new();
    let asked = || resolved.steps.iter().filter(|step| step.over != QueryTransport::Cache);
    // A server that does recursion is not asked as a server of a zone; a stub asks no other server.
    let is_stubs = asked().all(|step| step.zone.is_empty());
    for step in asked().filter(|step| is_stubs || !step.zone.is_empty()) {
        if !servers.contains(&step.server.as_str()) {
            servers.push(&step.server);
        }
    }
    let asked = units::count(servers.len(), "name server asked", "name servers asked");
    match resolved.report {
        Some(report) => {
            let messages = units::count(report.messages as usize, "message", "messages");
            format!("{messages} · {} · {asked}", units::seconds(report.seconds))
        }
        None => format!("so far {asked}"),
    }
}

/// Of everything that was told, what says most by itself: the first referral's answer, else the last thing.
pub(super) fn telling(told: &[TraceMessage]) -> Option<usize> {
    let replies = told.iter().enumerate().filter(|(_, one)| one.part == TracePart::Reply);
    let second = replies.map(|(place, _)| place).nth(1);
    second.or_else(|| told.len().checked_sub(1))
}

/// What a participant is called in few words: `you`, `local`, `root`, `edu`.
pub(super) fn nick(people: &Participants, place: usize) -> String {
    let Some(person) = people.all.get(place) else { return String::new() };
    let alone = |level| people.all.iter().filter(|person| person.level == level).count() == 1;
    let same_zone = || people.all.iter().filter(|other| other.zone == person.zone).count() == 1;
    match person.level {
        TreeLevel::You if alone(TreeLevel::You) => "you".to_owned(),
        TreeLevel::Local if alone(TreeLevel::Local) => "local".to_owned(),
        TreeLevel::Root if same_zone() => "root".to_owned(),
        TreeLevel::Tld | TreeLevel::Zone(_) if same_zone() => bare(&person.zone).to_owned(),
        TreeLevel::You | TreeLevel::Local | TreeLevel::Root | TreeLevel::Tld | TreeLevel::Zone(_) => {
            person.name.clone()
        }
    }
}

/// What a box is headed with: a zone's servers by their zone, others by name.
pub(super) fn heading(people: &Participants, place: usize) -> String {
    let Some(person) = people.all.get(place) else { return String::new() };
    match person.level {
        TreeLevel::You | TreeLevel::Local => person.name.clone(),
        TreeLevel::Root => "root".to_owned(),
        TreeLevel::Tld | TreeLevel::Zone(_) => bare(&person.zone).to_owned(),
    }
}

/// What a participant is.
pub(super) fn role(level: TreeLevel) -> &'static str {
    match level {
        TreeLevel::You => "asks",
        TreeLevel::Local => "local name server",
        TreeLevel::Root => "root server",
        TreeLevel::Tld => "TLD server",
        TreeLevel::Zone(_) => "authority",
    }
}

/// A message in few words: `local → root`, `edu refers to umass.edu`.
pub(super) fn brief(people: &Participants, step: &ResolutionStep, one: &TraceMessage) -> String {
    let Some((asker, server)) = people.ends.get(one.step).copied() else { return String::new() };
    let (asker_nick, server_nick) = (nick(people, asker), nick(people, server));
    match one.part {
        TracePart::Query => {
            let over = if step.over == QueryTransport::Tcp { " over TCP" } else { "" };
            format!("{asker_nick} → {server_nick}{over}")
        }
        TracePart::Known => format!("{asker_nick} knew {}", known(step)),
        TracePart::Silence if step.outcome == StepOutcome::Unreachable => format!("{server_nick} cannot be reached"),
        TracePart::Silence => format!("{server_nick} does not answer"),
        TracePart::Reply => match (&step.outcome, &step.referral) {
            (StepOutcome::Referral, Some(referral)) => format!("{server_nick} refers to {}", bare(&referral.zone)),
            (StepOutcome::Alias, _) => format!("{server_nick}: an alias"),
            (StepOutcome::NoName, _) => format!("{server_nick}: no such name"),
            (StepOutcome::NoData, _) => format!("{server_nick}: no such type"),
            (StepOutcome::Lame, _) => format!("{server_nick} is lame"),
            (StepOutcome::Truncated, _) => format!("{server_nick}: cut off"),
            (StepOutcome::Bad, _) => format!("{server_nick}: not believed"),
            (StepOutcome::Refused, _) => format!("{server_nick}: {}", step.rcode.as_deref().unwrap_or("refused")),
            (_, _) if people.all.get(asker).is_some_and(|person| person.level == TreeLevel::You) => {
                format!("{server_nick} → {asker_nick}")
            }
            (_, _) => format!("{server_nick} answers"),
        },
    }
}

/// A message in one sentence.
pub(super) fn sentence(step: &ResolutionStep, one: &TraceMessage) -> String {
    let ResolutionStep { asker, server, question, .. } = step;
    let name = bare(&question.name);
    let kind = &question.kind;
    let place = step.ip_port.map(|ip_port| format!(" ({})", ip_port.ip())).unwrap_or_default();
    match one.part {
        TracePart::Query => {
            let over = if step.over == QueryTransport::Tcp { " over TCP" } else { "" };
            let walk = if step.recursion_desired { " and asks for recursion (RD = 1)" } else { "" };
            format!("{asker} asks {server}{place}{over} for {kind} of {name}{walk}.")
        }
        TracePart::Known => format!("{asker} need not ask: {} is in its cache.", known(step)),
        TracePart::Silence if step.outcome == StepOutcome::Unreachable => {
            format!("The network says that {server}{place} cannot be reached.")
        }
        TracePart::Silence => format!("{server}{place} did not answer in time; nobody can tell why."),
        TracePart::Reply => format!("{server} answers: {}.", said(step)),
    }
}

/// What a response said.
fn said(step: &ResolutionStep) -> String {
    let authority = if step.authoritative { ", as the authority (AA = 1)" } else { "" };
    match (&step.outcome, &step.referral, step.answers.as_slice()) {
        (StepOutcome::Referral, Some(referral), _) => {
            let servers = units::count(referral.servers.len(), "name server", "name servers");
            let glue = if referral.glue.is_empty() { "without addresses" } else { "with addresses (glue)" };
            format!("it does not know, but who serves {} does: {servers}, {glue}", referral.zone)
        }
        (StepOutcome::Alias, _, [first, ..]) => format!("the name is an alias of {}{authority}", bare(value(first))),
        (StepOutcome::NoName, ..) => format!("there is no such name{authority}"),
        (StepOutcome::NoData, ..) => {
            format!("the name is there, but nothing of type {}{authority}", step.question.kind)
        }
        (StepOutcome::Lame, ..) => "it does not serve the zone it was asked for".to_owned(),
        (StepOutcome::Truncated, ..) => "the answer does not fit a datagram (TC = 1)".to_owned(),
        (StepOutcome::Bad, ..) => "nothing that answers the question, so nothing of it is believed".to_owned(),
        (StepOutcome::Refused, ..) => format!("{}, it will not or cannot", step.rcode.as_deref().unwrap_or("REFUSED")),
        (_, _, [one]) => format!("{}{authority}", value(one)),
        (_, _, many) => format!("{}{authority}", units::count(many.len(), "record", "records")),
    }
}

/// What a cache knew.
fn known(step: &ResolutionStep) -> String {
    match (&step.outcome, &step.referral) {
        (StepOutcome::Referral, Some(referral)) => format!("who serves {}", referral.zone),
        (StepOutcome::Referral, None) => "who to ask next".to_owned(),
        (StepOutcome::NoName | StepOutcome::NoData, _) => {
            format!("that there is no {} of {}", step.question.kind, bare(&step.question.name))
        }
        (_, _) => format!("{} of {}", step.question.kind, bare(&step.question.name)),
    }
}

/// Of a record as a line: what it holds.
pub(super) fn value(line: &str) -> &str {
    line.splitn(5, ' ').nth(4).unwrap_or(line)
}

/// Of a record as a line: its type.
fn kind(line: &str) -> &str {
    line.split(' ').nth(3).unwrap_or_default()
}

/// A name without its final dot; the root is its dot.
pub(super) fn bare(name: &str) -> &str {
    match name.strip_suffix('.') {
        Some("") | None => name,
        Some(bare) => bare,
    }
}

/// What a step is for, where it is not the answer itself.
pub(super) fn purpose(step: &ResolutionStep) -> Option<String> {
    match &step.purpose {
        Purpose::Answer => None,
        Purpose::ServerAddress { server } => Some(format!("to find the address of {server}")),
        Purpose::Priming => Some("to learn who serves the root".to_owned()),
    }
}
