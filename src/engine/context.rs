//! What every experiment is given: a world, a record, and control of its run.

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use super::{
    control::Control,
    jar::BrowserJar,
    opening::{lab_failure, open_lab, provenance},
    setting::Setting,
};
use crate::{
    lab::{Lab, LabStore},
    net::{Clock, NetError, Network, Resolver, STUDENT_HOST, Stage, Timeouts},
    proto::dns::{
        cache::Cache,
        iterate::{Memory, Settings},
    },
    wire::{Caps, End, Ends, Failure, FlowHandle, FlowState, Recorder, Secrets},
};

/// Where and how an experiment runs. Cheap to clone.
#[derive(Clone)]
pub struct Context {
    /// Carries its octets.
    pub network: Network,
    /// Takes down what happens.
    pub recorder: Recorder,
    /// Tells how far it is, and whether to go on.
    pub control: Control,
    /// How long each stage may take.
    pub timeouts: Timeouts,
    /// How its numbers come about: `measured in the lab, textbook TCP, virtual time`.
    pub provenance: String,
    /// The lab it runs in, if it does.
    pub lab: Option<Arc<Lab>>,
    /// The browser's jar in this world.
    pub jar: BrowserJar,
}

/// A record that keeps nothing.
const NOTHING_KEPT: Caps = Caps { content_per_message: 0, octets_per_flow: 0, octets_in_all: 0, events_in_all: 0 };

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

    /// The same, whose names are looked up through the lab's local name server if they `are`. This host remembers none; the server
    /// remembers what it has learned.
    pub(super) fn with_names_resolved(&self, are: bool) -> Self {
        let lab = self.lab.as_ref().filter(|_| are);
        let Some((at, local)) = lab.and_then(|lab| lab.naming().local()) else { return self.clone() };
        let settings = Settings::stub(STUDENT_HOST, local.server_name(), at);
        let stub = Resolver::new(self.network.clone(), settings, Memory::new(Cache::default(), 1));
        Self { network: self.network.clone().asking(stub), ..self.clone() }
    }

    /// Empties the cache of the lab's local name server, for the next part of an experiment to begin as the first did.
    pub(super) fn flush_local_cache(&self) {
        if let Some((_, local)) = self.lab.as_ref().and_then(|lab| lab.naming().local()) {
            local.resolver().memory().flush();
        }
    }

    /// The same world opened anew for one part of an experiment: in the lab, with all its servers as they are in the beginning. Nothing
    /// of it is recorded and its progress is not shown; a stop stops it too.
    ///
    /// # Errors
    /// The lab cannot be opened.
    pub(super) fn anew(&self, setting: &Setting) -> Result<Self, Failure> {
        let clock = self.clock();
        let lab = self.lab.as_ref().map(|lab| open_lab(clock, lab.files(), setting, LabStore::fresh())).transpose();
        let lab = lab.map_err(|error| lab_failure(&error))?;
        let network = lab.as_ref().map_or_else(|| Network::internet(clock.clone()), |lab| lab.network());
        Ok(Self {
            network,
            recorder: Recorder::new(NOTHING_KEPT, Secrets::Masked, None),
            control: self.control.quiet(),
            timeouts: self.timeouts,
            provenance: provenance(setting, clock.is_virtual(), None),
            lab,
            jar: BrowserJar::in_memory(),
        })
    }

    /// Ends the flow of the whole run as the run ended: stopped by the student, failed, or closed.
    pub(super) fn end(&self, whole: &FlowHandle, failure: Option<&Failure>) {
        let now = self.clock().now();
        match failure {
            _ if self.control.is_stopped() => whole.stop(now),
            Some(failure) => whole.fail(now, failure.clone()),
            None => whole.close(now),
        }
    }

    /// The same with no limit on the whole, however long it takes: the limits on each stage stay.
    pub(super) fn without_a_limit_on_the_whole(&self) -> Self {
        Self { timeouts: Timeouts { total: NO_LIMIT, ..self.timeouts }, ..self.clone() }
    }

    /// Sees `work` to its end as [`Self::bounded`] does: what came of it, or why it failed. Neither, where the student said stop.
    pub(super) async fn carry_out<T, F>(&self, work: Pin<&mut F>) -> (Option<T>, Option<Failure>)
    where
        F: Future<Output = Result<T, Failure>>,
    {
        match self.bounded(work).await {
            Ok(Ok(done)) => (Some(done), None),
            Ok(Err(failure)) | Err(EarlyEnd::TooLong(failure)) => (None, Some(failure)),
            Err(EarlyEnd::Stopped) => (None, None),
        }
    }

    /// Runs `work` to its end, unless the student stops it or the limit on the whole passes first. A stop ends
    /// every flow of the record that still lives, before the work is dropped.
    ///
    /// # Errors
    /// Which of the two it was.
    pub(super) async fn bounded<F: Future>(&self, mut work: Pin<&mut F>) -> Result<F::Output, EarlyEnd> {
        let limit = self.timeouts.total;
        let limited = self.clock().timeout(limit, work.as_mut());
        match self.control.stop().run_until_cancelled(limited).await {
            None => {
                self.recorder.end_live(self.clock().now(), &FlowState::Stopped);
                Err(EarlyEnd::Stopped)
            }
            Some(Err(_)) => {
                let failure = NetError::TimedOut { stage: Stage::Total, limit }.failure();
                Err(EarlyEnd::TooLong(failure))
            }
            Some(Ok(output)) => Ok(output),
        }
    }
}

/// Longer than anybody waits: a hundred years.
const NO_LIMIT: Duration = Duration::from_hours(876_000);

/// Why a run ended before its end.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum EarlyEnd {
    /// The student said stop.
    Stopped,
    /// The limit on the whole passed.
    TooLong(Failure),
}
