//! A student's program that looks names up through the local name server, and has no cache.

use std::{net::IpAddr, time::Duration};

use crate::{
    engine::context::group_ends,
    lab::Lab,
    net::{Resolver, STUDENT_HOST},
    proto::dns::{
        Name, RecordType,
        cache::Cache,
        iterate::{Memory, Settings},
    },
    wire::{Caps, FlowHandle, FlowKind, NoteKind, Recorder, Secrets, units},
};

/// Such a program.
#[derive(Clone, Debug)]
pub(in crate::engine) struct LabClient {
    resolver: Resolver,
}

impl LabClient {
    /// On the student's host; `None` in a lab without a local name server.
    pub(in crate::engine) fn new(lab: &Lab) -> Option<Self> {
        let (at, local) = lab.naming().local()?;
        let settings = Settings::stub(STUDENT_HOST, local.server_name(), at);
        Some(Self { resolver: Resolver::new(lab.network(), settings, Memory::new(Cache::with_capacity(16), 1)) })
    }

    /// The addresses of a name, in order; none where no answer came or it has none.
    pub(in crate::engine) async fn look_up(&self, name: &Name, parent: &FlowHandle) -> Vec<IpAddr> {
        self.resolver.memory().cache.flush();
        addresses(&self.resolver, name, parent).await
    }
}

/// What a resolver finds of a name's addresses, in order.
pub(in crate::engine) async fn addresses(resolver: &Resolver, name: &Name, parent: &FlowHandle) -> Vec<IpAddr> {
    let answer = resolver.resolve(name, RecordType::A, parent, &mut |_| {}).await.answer;
    let mut found: Vec<IpAddr> = answer.answers.iter().filter_map(|record| record.data.ip_addr()).collect();
    found.sort_unstable();
    found
}

/// A flow of a record that is thrown away.
pub(in crate::engine) fn unrecorded(at: Duration) -> FlowHandle {
    let recorder = Recorder::new(Caps::NOTHING, Secrets::Shown, None);
    recorder.open(None, FlowKind::Lookup, String::new(), group_ends("the name system"), at)
}

/// Lookups of a run that are left out of its record. At the end (or when the run is stopped before it) a note says how many there were, at
/// the moment of the first.
#[derive(Debug)]
pub(in crate::engine) struct UnrecordedLookups {
    run: FlowHandle,
    first_at: Option<Duration>,
    count: usize,
}

impl UnrecordedLookups {
    /// None yet; the note will stand in the flow of `run`.
    pub(in crate::engine) fn of(run: &FlowHandle) -> Self {
        Self { run: run.clone(), first_at: None, count: 0 }
    }

    /// The flow for one more, which begins now.
    pub(in crate::engine) fn one_more(&mut self, now: Duration) -> FlowHandle {
        self.first_at.get_or_insert(now);
        self.count += 1;
        unrecorded(now)
    }
}

impl Drop for UnrecordedLookups {
    fn drop(&mut self) {
        let Some(at) = self.first_at else { return };
        let text = format!("{} not recorded", units::count(self.count, "lookup", "lookups"));
        self.run.note(at, NoteKind::Unrecorded, text, None);
    }
}
