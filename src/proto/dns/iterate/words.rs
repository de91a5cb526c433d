//! Steps, and the reasons they give.

use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use super::{
    Resolution, ResolutionAnswer,
    open::OutstandingQuery,
    reading::{ResponseKind, ResponseReading},
    special::SpecialAnswer,
    task::{AddressSource, KnownBy, ZoneServers},
};
use crate::{
    proto::dns::{
        Message, Name, Record, RecordType, ResponseCode,
        cache::CachedSet,
        readable::UnreadableRecord,
        text::{name_text, rcode_name, rdata_text, record_line, type_name},
        trace::{DnsQuestion, IgnoredRecord, Purpose, QueryTransport, Referral, ResolutionStep, StepOutcome},
    },
    wire::units,
};

/// Why a query is sent.
#[derive(Clone, Debug)]
pub(super) struct QueryReason {
    pub(super) text: String,
    pub(super) clause: &'static str,
    /// The step it follows from, where that is not the task's cause.
    pub(super) parent: Option<u32>,
}

/// A response as it came.
pub(super) struct ReceivedResponse<'a> {
    pub(super) message: &'a Message,
    pub(super) octets: usize,
    pub(super) now: Duration,
}

impl Resolution {
    /// Why the task asks this server.
    pub(super) fn why_asked(&self, task: usize, to: SocketAddr, rtt: Option<Duration>) -> QueryReason {
        let about = self.tasks.get(task);
        let Some(zone) = about.and_then(|about| about.zone.as_ref()) else {
            return QueryReason { text: String::new(), clause: "RFC 1034 §5.3.3", parent: None };
        };
        let server = self.server_name(task, to);
        if self.settings.is_stub {
            let mut text = format!("this host leaves the search to its local name server, {server}");
            if let Some(last) = &zone.last {
                text = format!("{last}; {text}");
            }
            return QueryReason { text, clause: "RFC 1034 §5.3.1", parent: None };
        }
        if self.settings.hints_stay && self.settings.recursion_desired {
            let zone = name_text(&zone.name);
            let text = format!("its own zone refers to {server} for {zone}, and it asks there on its client's behalf");
            return QueryReason { text, clause: "RFC 1034 §4.3.1", parent: None };
        }
        let mut text = known_by(zone, &server);
        let found = self.server_at(task, to.ip()).map(|server| server.found);
        match (found, &zone.known_by) {
            (Some(AddressSource::Glue), _) => text.push_str(" and gave its address (glue)"),
            (Some(AddressSource::Cache), KnownBy::Referral { .. }) => text.push_str("; its address was in the cache"),
            (Some(AddressSource::LookedUp), _) => text.push_str("; its address had to be looked up first"),
            _ => {}
        }
        if let Some(last) = &zone.last {
            text = format!("{last}; {text}");
        }
        let choices = zone.servers.iter().map(|server| server.ips.len()).sum::<usize>();
        match (choices, rtt) {
            (..2, _) => {}
            (_, Some(rtt)) => text = format!("{text}. Of {choices} addresses it is the nearest: {}", units::time(rtt)),
            (_, None) => text = format!("{text}. Of {choices} addresses it was not measured yet"),
        }
        QueryReason { text, clause: "RFC 1034 §5.3.3", parent: None }
    }

    /// The name of a server, or its address where it has none.
    pub(super) fn server_name(&self, task: usize, to: SocketAddr) -> String {
        let name = self.server_at(task, to.ip()).map(|server| without_dot(&name_text(&server.name)));
        name.filter(|name| !name.is_empty()).unwrap_or_else(|| to.ip().to_string())
    }

    #[expect(clippy::too_many_arguments, reason = "a step has so many parts")]
    pub(super) fn begin_step(
        &mut self,
        task: usize,
        to: SocketAddr,
        over: QueryTransport,
        (name, kind): (&Name, RecordType),
        octets: usize,
        why: QueryReason,
        now: Duration,
    ) -> u32 {
        let server = self.server_name(task, to);
        let about = self.tasks.get(task);
        let is_stub = self.settings.is_stub;
        let zone_name = |zone: &ZoneServers| if is_stub { String::new() } else { name_text(&zone.name) };
        let number = u32::try_from(self.steps.len() + 1).unwrap_or(u32::MAX);
        self.steps.push(ResolutionStep {
            number,
            parent: why.parent.or_else(|| about.and_then(|about| about.cause)),
            ip_port: Some(to),
            zone: about.and_then(|about| about.zone.as_ref()).map(zone_name).unwrap_or_default(),
            purpose: about.map_or(Purpose::Answer, |about| about.purpose.clone()),
            recursion_desired: self.settings.recursion_desired,
            reason: why.text,
            clause: Some(why.clause.to_owned()),
            octets: [octets as u64, 0],
            ..ResolutionStep::begun(&self.settings.asker, &server, DnsQuestion::of(name, kind), over, now)
        });
        number
    }

    /// Records that the cache had the answer; returns the number of that step.
    pub(super) fn cache_step(
        &mut self,
        task: usize,
        answer: &ResolutionAnswer,
        entry: &CachedSet,
        now: Duration,
    ) -> u32 {
        let left = units::days(u64::from(entry.left(now)));
        let reason = format!("the cache knows it from {}, for another {left}", entry.from);
        self.tell_known(task, answer, (reason, "RFC 1034 §5.3.3"), now)
    }

    /// The name is never asked for.
    pub(super) fn tell_special(&mut self, task: usize, special: &SpecialAnswer, now: Duration) -> u32 {
        self.tell_known(task, &special.answer, (special.reason.to_owned(), special.clause), now)
    }

    /// Nobody had to be asked; says with which step that is told.
    fn tell_known(
        &mut self,
        task: usize,
        answer: &ResolutionAnswer,
        (reason, clause): (String, &str),
        now: Duration,
    ) -> u32 {
        let Some(about) = self.tasks.get(task) else { return 0 };
        let number = u32::try_from(self.steps.len() + 1).unwrap_or(u32::MAX);
        let is_of_kind = |last: &Record| about.kind == RecordType::ANY || last.record_type() == about.kind;
        let outcome = match answer.code {
            ResponseCode::NXDomain => StepOutcome::NoName,
            _ if answer.answers.is_empty() => StepOutcome::NoData,
            _ if answer.answers.last().is_some_and(is_of_kind) => StepOutcome::Answer,
            _ => StepOutcome::Alias,
        };
        let asker = &self.settings.asker;
        let question = DnsQuestion::of(&about.target, about.kind);
        self.steps.push(ResolutionStep {
            number,
            parent: about.cause,
            purpose: about.purpose.clone(),
            ended_at: Some(now),
            outcome,
            rcode: Some(rcode_name(answer.code)),
            answers: answer.answers.iter().map(record_line).collect(),
            reason,
            clause: Some(clause.to_owned()),
            ..ResolutionStep::begun(asker, asker, question, QueryTransport::Cache, now)
        });
        number
    }

    pub(super) fn end_step(&mut self, step: u32, outcome: StepOutcome, now: Duration) {
        if let Some(step) = self.step_mut(step) {
            step.outcome = outcome;
            step.ended_at = Some(now);
        }
    }

    /// Writes down what a response says.
    pub(super) fn fill_step(
        &mut self,
        open: &OutstandingQuery,
        ReceivedResponse { message, octets, now }: &ReceivedResponse<'_>,
        reading: &ResponseReading,
        ignored: Vec<IgnoredRecord>,
    ) {
        let (octets, now) = (*octets as u64, *now);
        let truncated = message.metadata.truncation && open.is_datagram();
        let Some(step) = self.step_mut(open.step) else { return };
        let header = &message.metadata;
        step.ended_at = Some(now);
        step.rtt_seconds = Some(now.saturating_sub(step.sent_at).as_secs_f64());
        step.rcode = Some(rcode_name(header.response_code));
        step.authoritative = header.authoritative;
        step.recursion_available = header.recursion_available;
        let [_, received] = &mut step.octets;
        *received = octets;
        step.answers = message.answers.iter().map(record_line).collect();
        step.ignored.extend(ignored);
        step.outcome = match &reading.verdict {
            _ if truncated => StepOutcome::Truncated,
            ResponseKind::Answer => StepOutcome::Answer,
            ResponseKind::Alias | ResponseKind::NoSuchAlias | ResponseKind::Endless => StepOutcome::Alias,
            ResponseKind::Referral { .. } => StepOutcome::Referral,
            ResponseKind::NoName => StepOutcome::NoName,
            ResponseKind::NoData => StepOutcome::NoData,
            ResponseKind::Lame { .. } => StepOutcome::Lame,
            ResponseKind::Refused => StepOutcome::Refused,
        };
        if let ResponseKind::Referral { zone } = &reading.verdict {
            step.referral = Some(referral(zone, reading));
        }
    }
}

/// A record of a response that could not be read.
pub(super) fn unreadable(record: &UnreadableRecord) -> IgnoredRecord {
    let rule = "it cannot be taken apart: its data are not those of its type".to_owned();
    IgnoredRecord { what: record.text(), rule, clause: Some("RFC 1035 §3.2.1".to_owned()), times: 1 }
}

pub(super) fn again_over_tcp(step: u32) -> QueryReason {
    let text = "the answer was cut off (TC): the whole of it comes over TCP".to_owned();
    QueryReason { text, clause: "RFC 7766 §5", parent: Some(step) }
}

pub(super) fn again_without_edns(step: u32, code: &str) -> QueryReason {
    let text = format!("the server answered {code} to a query with EDNS: it is asked without");
    QueryReason { text, clause: "RFC 6891 §6.2.2", parent: Some(step) }
}

pub(super) fn attacked(step: u32) -> QueryReason {
    let text = "messages came that fit the query badly: over TCP nobody else can answer".to_owned();
    QueryReason { text, clause: "RFC 5452 §9", parent: Some(step) }
}

pub(super) fn lost_case(step: u32) -> QueryReason {
    let text = "the only answer did not keep the letters' case: over TCP it needs not".to_owned();
    QueryReason { text, clause: "RFC 5452 §9", parent: Some(step) }
}

pub(super) fn more_of_the_name(step: u32) -> QueryReason {
    let text = "the server's zone goes on below what it was told: it is told more of the name".to_owned();
    QueryReason { text, clause: "RFC 9156 §2.3", parent: Some(step) }
}

fn referral(zone: &Name, reading: &ResponseReading) -> Referral {
    let servers = reading.authority.iter().filter(|set| set.kind == RecordType::NS).flat_map(|set| &set.data);
    let glue = reading.additional.iter().flat_map(|set| set.records(set.ttl));
    Referral {
        zone: name_text(zone),
        servers: servers.filter_map(crate::proto::dns::data::points_at).map(name_text).collect(),
        glue: glue
            .map(|record| {
                format!("{} {} {}", name_text(&record.name), type_name(record.record_type()), rdata_text(&record.data))
            })
            .collect(),
    }
}

fn known_by(zone: &ZoneServers, server: &str) -> String {
    let name = in_words(&zone.name);
    match &zone.known_by {
        KnownBy::Hints if server.parse::<IpAddr>().is_ok() => {
            format!("nothing closer is known: the search was told to begin at {server}")
        }
        KnownBy::Hints => format!("nothing closer is known: the hints name {server} as a server of {name}"),
        KnownBy::Cache { from, left } => {
            let left = units::days(u64::from(*left));
            format!("the cache knows {server} as a server of {name} from {from}, for another {left}")
        }
        KnownBy::Referral { from } => format!("{from} named {server} as a server of {name}"),
    }
}

/// A zone, as prose names it.
pub(super) fn in_words(zone: &Name) -> String {
    if zone.is_root() { "the root".to_owned() } else { name_text(zone) }
}

fn without_dot(name: &str) -> String {
    name.strip_suffix('.').unwrap_or(name).to_owned()
}
