//! What every experiment is given: a world, a record, reins.

use std::{future::Future, pin::Pin, sync::Arc};

use super::job::Job;
use crate::{
    lab::Lab,
    net::{Clock, NetError, Network, Resolver, STUDENT_HOST, Stage, Timeouts},
    proto::dns::{
        cache::Cache,
        iterate::{Memory, Settings},
    },
    wire::{End, Ends, Failure, FlowState, Recorder},
};

/// Where and how an experiment runs. Cheap to clone.
#[derive(Clone)]
pub struct Context {
    /// Carries its octets.
    pub network: Network,
    /// Takes down what happens.
    pub recorder: Recorder,
    /// Tells where it stands, and whether to go on.
    pub job: Job,
    /// How long each stage may take.
    pub timeouts: Timeouts,
    /// How its numbers come about: `measured in the lab, textbook TCP, virtual time`.
    pub provenance: String,
    /// The lab it runs in, if it does.
    pub lab: Option<Arc<Lab>>,
}

/// The ends of a flow that groups others.
pub(super) fn group_ends(server: &str) -> Ends {
    Ends {
        client: End { name: "you".to_owned(), ip_port: None },
        server: End { name: server.to_owned(), ip_port: None },
    }
}

impl Context {
    /// The clock of its world.
    pub fn clock(&self) -> &Clock {
        self.network.clock()
    }

    /// The same, whose names are looked up through the lab's local name server if they `are`: neither it nor this host remembers any.
    pub(super) fn with_names_resolved(&self, are: bool) -> Self {
        let lab = self.lab.as_ref().filter(|_| are);
        let Some((at, local)) = lab.and_then(|lab| lab.naming().local()) else { return self.clone() };
        local.resolver().memory().flush();
        let settings = Settings::stub(STUDENT_HOST, local.server_name(), at);
        let stub = Resolver::new(self.network.clone(), settings, Memory::new(Cache::default(), 1));
        Self { network: self.network.clone().asking(stub), ..self.clone() }
    }

    /// Sees `work` to its end, unless the student says stop or the limit on the whole passes first. A stop ends
    /// every flow of the record that still lives, before the work is dropped.
    ///
    /// # Errors
    /// Which of the two it was.
    pub(super) async fn bounded<F: Future>(&self, mut work: Pin<&mut F>) -> Result<F::Output, Early> {
        let limit = self.timeouts.total;
        let limited = self.clock().timeout(limit, work.as_mut());
        match self.job.stop().run_until_cancelled(limited).await {
            None => {
                self.recorder.end_live(self.clock().now(), &FlowState::Stopped);
                Err(Early::Stopped)
            }
            Some(Err(_)) => {
                let failure = NetError::TimedOut { stage: Stage::Total, limit }.failure();
                Err(Early::TooLong(failure))
            }
            Some(Ok(output)) => Ok(output),
        }
    }
}

/// Why a run ended before its end.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Early {
    /// The student said stop.
    Stopped,
    /// The limit on the whole passed.
    TooLong(Failure),
}
