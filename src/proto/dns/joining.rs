//! Identical questions a recursive server has under way are joined: the first is resolved, the others wait for its answer.
//!
//! Several equivalent queries on their way at once are what makes a birthday attack cheap: a forged answer has to fit only one of
//! them (RFC 5452 §5). It also spares the servers that are asked.

use std::{
    collections::{HashMap, hash_map::Entry},
    net::IpAddr,
    time::Duration,
};

use super::{
    Name, RecordType, ResponseCode,
    cache::CacheKey,
    iterate::{Hint, ResolutionAnswer},
    text::{rcode_name, record_line},
    trace::{DnsQuestion, QueryTransport, ResolutionStep, StepOutcome},
};

/// What two clients' questions have in common when one answer does for both: name (in any case), type, and where the search
/// begins. The class is IN.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct JoinKey {
    key: CacheKey,
    begins_at: Vec<IpAddr>,
}

impl JoinKey {
    /// A question that is resolved from where the resolver begins by itself.
    pub fn new(name: &Name, kind: RecordType) -> Self {
        Self { key: CacheKey::new(name, kind), begins_at: Vec::new() }
    }

    /// A question that is resolved from these servers: clients that are referred elsewhere, because of their address, get an answer of their own.
    #[must_use]
    pub fn from_servers(mut self, hints: &[Hint]) -> Self {
        self.begins_at = hints.iter().flat_map(|hint| &hint.ips).copied().collect();
        self.begins_at.sort_unstable();
        self
    }
}

/// The questions under way, and the clients that wait for each besides the first. `W` is what a waiting client is answered through.
#[derive(Debug)]
pub struct PendingQuestions<W> {
    questions: HashMap<JoinKey, Vec<W>>,
}

impl<W> Default for PendingQuestions<W> {
    fn default() -> Self {
        Self { questions: HashMap::new() }
    }
}

impl<W> PendingQuestions<W> {
    /// A client asks. `None`: nobody has before, it is to be looked for, until [`Self::end`]. Otherwise it is under way: whoever
    /// asks puts itself at the end of those that wait.
    pub fn ask(&mut self, question: &JoinKey) -> Option<&mut Vec<W>> {
        match self.questions.entry(question.clone()) {
            Entry::Occupied(known) => Some(known.into_mut()),
            Entry::Vacant(new) => {
                new.insert(Vec::new());
                None
            }
        }
    }

    /// It is looked for no longer: who waits for it. Who asks from now on is the first again.
    pub fn end(&mut self, question: &JoinKey) -> Vec<W> {
        self.questions.remove(question).unwrap_or_default()
    }

    /// How many different questions are under way.
    pub fn len(&self) -> usize {
        self.questions.len()
    }

    /// Is there none?
    pub fn is_empty(&self) -> bool {
        self.questions.is_empty()
    }
}

/// Of a question that waits for another's answer: the step that tells of it.
pub fn step(asker: &str, name: &Name, kind: RecordType, now: Duration) -> ResolutionStep {
    let question = DnsQuestion::of(name, kind);
    let reason = format!(
        "{} {} is under way already, asked for by another client: the one answer will do for both",
        question.name, question.kind
    );
    ResolutionStep {
        reason,
        clause: Some("RFC 5452 §5".to_owned()),
        ..ResolutionStep::begun(asker, asker, question, QueryTransport::Cache, now)
    }
}

/// The wait is over, with this answer; without one the search was given up.
pub fn end_step(step: &mut ResolutionStep, answer: Option<&ResolutionAnswer>, now: Duration) {
    step.ended_at = Some(now);
    step.outcome = match answer {
        None => StepOutcome::TimedOut,
        Some(answer) if answer.code == ResponseCode::NXDomain => StepOutcome::NoName,
        Some(answer) if answer.failure.is_some() || answer.code != ResponseCode::NoError => StepOutcome::Refused,
        Some(answer) if answer.answers.is_empty() => StepOutcome::NoData,
        Some(_) => StepOutcome::Answer,
    };
    if let Some(answer) = answer {
        step.rcode = Some(rcode_name(answer.code));
        step.answers = answer.answers.iter().map(record_line).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::dns::text::name_from_text;

    fn question(name: &str, kind: RecordType) -> JoinKey {
        JoinKey::new(&name_from_text(name, &Name::root()).unwrap(), kind)
    }

    fn hint(ips: &[&str]) -> Hint {
        let ips = ips.iter().map(|ip| ip.parse().unwrap()).collect();
        Hint { zone: Name::root(), server: Name::root(), ips }
    }

    #[test]
    fn the_first_is_looked_for_and_the_others_wait_in_order() {
        let mut under_way = PendingQuestions::default();
        let gaia = question("gaia.cs.umass.edu.", RecordType::A);
        assert!(under_way.ask(&gaia).is_none());
        under_way.ask(&question("GAIA.cs.UMass.edu.", RecordType::A)).unwrap().push("second");
        under_way.ask(&gaia).unwrap().push("third");
        assert_eq!(under_way.end(&gaia), ["second", "third"]);
        assert!(under_way.is_empty());
        assert!(under_way.ask(&gaia).is_none(), "what is over begins anew");
        assert_eq!(under_way.end(&gaia), [""; 0]);
        assert_eq!(under_way.end(&gaia), [""; 0], "what is not under way has nobody waiting");
    }

    #[test]
    fn another_name_type_or_beginning_is_another_question() {
        let mut under_way = PendingQuestions::<()>::default();
        let gaia = question("gaia.cs.umass.edu.", RecordType::A);
        let others = [
            gaia.clone(),
            question("gaia.cs.umass.edu.", RecordType::AAAA),
            question("cs.umass.edu.", RecordType::A),
            gaia.clone().from_servers(&[hint(&["192.0.2.1"])]),
            gaia.clone().from_servers(&[hint(&["192.0.2.2"])]),
        ];
        assert!(others.iter().all(|question| under_way.ask(question).is_none()));
        assert_eq!(under_way.len(), others.len());
        let one_way = gaia.clone().from_servers(&[hint(&["192.0.2.7", "192.0.2.8"])]);
        let other_way = gaia.from_servers(&[hint(&["192.0.2.8"]), hint(&["192.0.2.7"])]);
        assert_eq!(one_way, other_way, "the order in which servers are known does not matter");
    }
}
