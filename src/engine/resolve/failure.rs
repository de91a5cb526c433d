//! Why a question cannot be put, or has no answer. What a server said instead of an answer, or that it said nothing, is told in the same
//! words in every mode.

use std::net::SocketAddr;

use super::system::SystemError;
use crate::{
    proto::dns::{
        ResponseCode,
        iterate::{ResolutionAnswer, Unresolved},
        text::rcode_name,
        trace::{QueryTransport, ResolutionStep, StepOutcome},
    },
    wire::{Blame, Failure},
};

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum ResolveError {
    #[error("{name} is not a valid name: {why}")]
    NoName { name: String, why: String },
    #[error("there is no record type {kind}; types are A, AAAA, MX, NS, CNAME, SOA, TXT, PTR, ANY or TYPE65400")]
    NoType { kind: String },
    #[error("the lab has no name server {server}")]
    NoServer { server: String },
    #[error(
        "{server} is no IP address: in the Internet a name server is named by its address, as 192.0.2.1 or 192.0.2.1:53"
    )]
    NoAddress { server: String },
    #[error("the zone file cannot be read")]
    BadZone(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("no server of the lab serves {zone}")]
    ZoneOfNobody { zone: String },
    #[error("this lab has no local name server")]
    NoLocalServer,
    #[error("none of the root's servers could be reached. There may be no network; the Lab Internet needs none")]
    NoNetwork,
    #[error("nothing came back from {server}. It may be down, or there may be no network; the Lab Internet needs none")]
    Silent { server: SocketAddr },
    #[error("nothing came back from {server}")]
    NothingCame { server: String },
    #[error("{server} answered {code}{}", meaning(.code))]
    Answered { server: String, code: String },
    #[error(transparent)]
    System(SystemError),
    #[error(transparent)]
    Unresolved(Unresolved),
}

/// What a response code says that is no answer (RFC 1035 §4.1.1).
fn meaning(code: &str) -> &'static str {
    match code {
        "FORMERR" => ": it could not read the query",
        "SERVFAIL" => ": it could not find out",
        "NOTIMP" => ": it does not know this kind of query",
        "REFUSED" => ": it does not answer this question, or not to this host",
        _ => "",
    }
}

impl ResolveError {
    pub(super) fn failure(&self) -> Failure {
        let (blame, clause) = match self {
            Self::NoName { .. } => (Blame::Input, Some("RFC 1035 §2.3.4")),
            Self::NoType { .. } => (Blame::Input, Some("RFC 1035 §3.2.2")),
            Self::NoServer { .. }
            | Self::NoAddress { .. }
            | Self::BadZone(_)
            | Self::ZoneOfNobody { .. }
            | Self::NoLocalServer => (Blame::Input, None),
            Self::System(_) => (Blame::Network, None),
            Self::NoNetwork | Self::Silent { .. } | Self::NothingCame { .. } => (Blame::NoAnswer, None),
            Self::Answered { .. } => (Blame::NoAnswer, Some("RFC 1035 §4.1.1")),
            Self::Unresolved(Unresolved::EndlessAlias { .. }) => (Blame::Peer, Some("RFC 1034 §3.6.2")),
            Self::Unresolved(Unresolved::TooManyReferrals { .. }) => (Blame::Peer, Some("RFC 1034 §5.3.3")),
            Self::Unresolved(Unresolved::OtherVersion { .. }) => (Blame::NoAnswer, Some("RFC 3901 §4")),
            Self::Unresolved(_) => (Blame::NoAnswer, Some("RFC 1034 §5.3.3")),
        };
        Failure::from_error(self, blame, clause)
    }

    /// Why an answer is none, by what `asker` was told; `None` where it is one. That there is no such name is an answer.
    pub(super) fn of(answer: &ResolutionAnswer, steps: &[ResolutionStep], asker: &str) -> Option<Self> {
        let mut crossed = steps.iter().rev().filter(|step| step.asker == asker && step.over != QueryTransport::Cache);
        // Messages that could not be believed came, too.
        let is_plain = crossed.clone().all(|step| step.ignored.is_empty());
        match &answer.failure {
            Some(failure @ Unresolved::NoServerLeft { tried: 1, .. }) => {
                let last = crossed.find(|step| is_plain && step.outcome != StepOutcome::Waiting);
                Some(last.and_then(said_nothing_of_use).unwrap_or_else(|| Self::Unresolved(failure.clone())))
            }
            Some(failure) => Some(Self::Unresolved(failure.clone())),
            None if is_answer(answer.code) => None,
            None => {
                let code = rcode_name(answer.code);
                let step = crossed.find(|step| step.rcode.as_ref() == Some(&code));
                let server = step.map_or_else(|| "the name server".to_owned(), |step| step.server.clone());
                Some(Self::Answered { server, code })
            }
        }
    }
}

/// Is this a code that answers a question? (Of an alias that would be too long, YXDOMAIN is: RFC 6672 §2.2.)
pub(super) fn is_answer(code: ResponseCode) -> bool {
    matches!(code, ResponseCode::NoError | ResponseCode::NXDomain | ResponseCode::YXDomain)
}

/// A step that ended without an answer, by what came.
fn said_nothing_of_use(step: &ResolutionStep) -> Option<ResolveError> {
    let server = step.server.clone();
    match step.outcome {
        StepOutcome::TimedOut | StepOutcome::Unreachable => Some(ResolveError::NothingCame { server }),
        StepOutcome::Refused => Some(ResolveError::Answered { server, code: step.rcode.clone()? }),
        _ => None,
    }
}
