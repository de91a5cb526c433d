//! An attacker on the path: an observer at a host's link sees the datagrams that leave the host and reach it, and may hold them back.
//!
//! For the lab's demonstrations of attacks. It exists in the lab's memory alone: no packet of a real network is touched.

use std::{
    collections::{BTreeMap, VecDeque},
    fmt,
    future::poll_fn,
    net::{IpAddr, SocketAddr},
    task::{Context, Poll, Waker},
    time::Duration,
};

use bytes::Bytes;

use super::{
    DatagramError, DatagramRecord, LabNet, Nanos,
    fabric::Fabric,
    outgoing::{OutgoingDatagram, Payload},
    stream::TransitNanos,
    tcp::at,
    wait,
};
use crate::wire::FlowHandle;

/// What becomes of the datagrams that an observer on the path sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intercept {
    /// They go on; a copy is seen.
    Copy,
    /// They go no further, unless [`PathObserver::pass_on`] lets them.
    Swallow,
}

/// A datagram seen on the path.
#[derive(Clone, Debug)]
pub struct InterceptedDatagram {
    /// Its octets.
    pub bytes: Bytes,
    /// Whom it says it is from.
    pub from: SocketAddr,
    /// Whom it is for.
    pub to: SocketAddr,
    /// When it was seen, since the run began.
    pub at: Duration,
    /// It leaves the host; otherwise it reaches it.
    pub leaves: bool,
    /// Its sender's flow.
    pub flow: Option<FlowHandle>,
    recorded: Option<DatagramRecord>,
    behind: Option<TransitNanos>,
}

/// A place on the path. Dropping it ends the interception.
pub struct PathObserver {
    net: LabNet,
    observer: u64,
    host: usize,
}

impl PathObserver {
    /// The next datagram that passes. One that is not taken before [`INTERCEPTED_KEPT`] more have come is lost to the observer.
    pub async fn recv(&mut self) -> InterceptedDatagram {
        let (seen, called_at) =
            poll_fn(|cx| self.net.act(|core, _now| core.udp.observers.poll_recv(self.observer, cx))).await;
        self.net.woken_for(called_at);
        seen
    }

    /// Lets a datagram that was swallowed go on, from where it was taken, as it was or changed.
    ///
    /// # Errors
    /// It has become too long.
    pub fn pass_on(&self, seen: InterceptedDatagram) -> Result<(), DatagramError> {
        let InterceptedDatagram { bytes, from, to, recorded, behind, .. } = seen;
        let (load, at_host) = (Payload::Octets(bytes), self.host);
        let datagram = OutgoingDatagram { at_host, from, to, load, recorded, passes: Some(at_host), behind };
        self.net.act(|core, now| core.send_datagram(datagram, now))
    }
}

impl fmt::Debug for PathObserver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Interception").field("observer", &self.observer).finish_non_exhaustive()
    }
}

impl Drop for PathObserver {
    fn drop(&mut self) {
        self.net.act(|core, _now| core.udp.observers.leave(self.observer));
    }
}

impl LabNet {
    /// Sees every datagram that leaves `host` or reaches it, just before its sockets do. Datagrams sent by
    /// [`LabNet::send_forged`] at that host and those passed on there are not seen again.
    ///
    /// # Errors
    /// There is no such host.
    pub fn intercept(&self, host: IpAddr, how: Intercept) -> Result<PathObserver, DatagramError> {
        let (observer, host) = self.act(|core, _now| {
            let number = core.fabric.host_at(host).ok_or(DatagramError::NoSuchHost { ip: host })?;
            Ok((core.udp.observers.enter(number, how), number))
        })?;
        Ok(PathObserver { net: self.clone(), observer, host })
    }
}

/// Datagrams kept for an observer that does not take them; later ones pass unseen, or vanish where they are swallowed.
pub const INTERCEPTED_KEPT: usize = 4_096;

/// All who sit on a path, in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Observers {
    observers: BTreeMap<u64, Observer>,
    entered: u64,
}

#[derive(Debug)]
struct Observer {
    host: usize,
    how: Intercept,
    seen: VecDeque<InterceptedDatagram>,
    reader: Option<Waker>,
    called_at: Option<Nanos>,
}

impl Observers {
    fn enter(&mut self, host: usize, how: Intercept) -> u64 {
        self.entered += 1;
        let observer = Observer { host, how, seen: VecDeque::new(), reader: None, called_at: None };
        self.observers.insert(self.entered, observer);
        self.entered
    }

    fn leave(&mut self, observer: u64) {
        self.observers.remove(&observer);
    }

    fn poll_recv(&mut self, observer: u64, cx: &Context<'_>) -> Poll<(InterceptedDatagram, Option<Nanos>)> {
        let Some(observer) = self.observers.get_mut(&observer) else { return Poll::Pending };
        if let Some(seen) = observer.seen.pop_front() {
            return Poll::Ready((seen, observer.called_at.take()));
        }
        wait(&mut observer.reader, cx);
        Poll::Pending
    }

    /// Shows a datagram that leaves `host`, or has come to it on the way `behind` it, to every observer on the path there. `true`:
    /// an observer has held it back.
    pub(super) fn take(
        &mut self,
        fabric: &mut Fabric,
        host: usize,
        datagram: &OutgoingDatagram,
        behind: Option<TransitNanos>,
        now: Nanos,
    ) -> bool {
        let Payload::Octets(bytes) = &datagram.load else { return false };
        if datagram.passes == Some(host) {
            return false;
        }
        let recorded = &datagram.recorded;
        for observer in self.observers.values_mut().filter(|observer| observer.host == host) {
            if observer.seen.len() < INTERCEPTED_KEPT {
                observer.seen.push_back(InterceptedDatagram {
                    bytes: bytes.clone(),
                    from: datagram.from,
                    to: datagram.to,
                    at: at(now),
                    leaves: behind.is_none(),
                    flow: recorded.as_ref().map(|recorded| recorded.flow.clone()),
                    recorded: recorded.clone(),
                    behind,
                });
            }
            if observer.reader.is_some() {
                observer.called_at = Some(now);
            }
            fabric.wake(&mut observer.reader);
            if observer.how == Intercept::Swallow {
                return true;
            }
        }
        false
    }
}
