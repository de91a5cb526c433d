//! A failure as a person reads it: what happened, whose move it is, which rule.

use std::{error::Error, fmt};

use serde::{Deserialize, Serialize};

/// Why something could not be done, flattened once at the engine's edge from a typed error.
///
/// A 404, a 550 or an NXDOMAIN is data in a closed flow, never a failure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// One line: what went wrong.
    pub summary: String,
    /// The chain of sources below it, outermost first.
    pub causes: Vec<String>,
    /// Whose fault it is.
    pub blame: Blame,
    /// The rule that was broken, as `RFC 9112 §6.3`.
    pub clause: Option<String>,
}

impl Failure {
    /// Flattens `error` and its sources.
    pub fn from_error(error: &(dyn Error + 'static), blame: Blame, clause: Option<&str>) -> Self {
        let mut causes = Vec::new();
        let mut below = error.source();
        while let Some(cause) = below {
            causes.push(cause.to_string());
            below = cause.source();
        }
        Self { summary: error.to_string(), causes, blame, clause: clause.map(str::to_owned) }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.blame, self.summary)?;
        if let Some(clause) = &self.clause {
            write!(f, " ({clause})")?;
        }
        Ok(())
    }
}

impl Error for Failure {}

/// Whose fault a failure is, as far as this end can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Blame {
    /// What the student asked for cannot be done.
    Input,
    /// No connection came about, or it broke off before everything was said: no such host, refused, silent, reset, closed early.
    Network,
    /// A wait ran out: nothing, or nothing more, came in the time it was waited for.
    TimeOut,
    /// A name could not be resolved: name servers are silent, fail or refuse. That a name does not exist is an answer, not a failure.
    NoAnswer,
    /// The other end does not offer what was asked for, which breaks no rule: another version of HTTP, another protocol.
    NotOffered,
    /// A limit of this program: it takes no more, or does not speak what comes next.
    Limit,
    /// The other end broke its protocol.
    Peer,
}

impl fmt::Display for Blame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Input => "the request cannot be carried out",
            Self::Network => "no connection came about, or it broke off",
            Self::TimeOut => "a wait ran out",
            Self::NoAnswer => "no answer",
            Self::NotOffered => "the other end does not offer it",
            Self::Limit => "a limit of this program",
            Self::Peer => "the other end broke the protocol",
        })
    }
}
