//! What every experiment is given: a world, a record, reins.

use std::{future::Future, pin::Pin, sync::Arc};

use super::job::Job;
use crate::{
    lab::Lab,
    net::{Clock, NetError, Network, Stage, Timeouts},
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
