//! Datagrams of outside programs: each program's address becomes a datagram socket of the student's host, as at a home router's
//! address translation (RFC 4787), with a flow of its own.
//!
//! An outside program does not learn that a port in the lab is unreachable: it times out, and the record shows why.

use std::{collections::HashMap, net::SocketAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use tokio::{net::UdpSocket, sync::mpsc, task::JoinSet};

use super::{ACCEPT_PAUSE, LabAccess};
use crate::{
    net::{Datagrams, NetError},
    wire::NoteKind,
};

/// Relays between `outside` and a port of a lab host, for ever.
pub(super) async fn serve(outside: UdpSocket, access: LabAccess, host: Arc<str>, port: u16) {
    let outside = Arc::new(outside);
    let mut associations = Associations::default();
    let mut space = vec![0; LONGEST];
    loop {
        let Ok((octets, client)) = outside.recv_from(&mut space).await else {
            // Some systems tell here that an answer did not arrive.
            access.network.clock().sleep(ACCEPT_PAUSE).await;
            continue;
        };
        let bytes = Bytes::copy_from_slice(space.get(..octets).unwrap_or_default());
        let came = OutsideDatagram { bytes, at: access.network.clock().now() };
        let Some(came) = associations.hand(client, came) else { continue };
        let (hand, handed) = mpsc::channel(WAITING);
        let heard_at = came.at;
        // There is room: the channel is new.
        hand.try_send(came).ok();
        let program = OutsideProgram { outside: Arc::clone(&outside), access: access.clone(), client };
        associations.begin(client, hand, heard_at, program.serve(Arc::clone(&host), port, handed));
    }
}

/// A datagram of an outside program, and when it came.
struct OutsideDatagram {
    bytes: Bytes,
    at: Duration,
}

/// The programs that have spoken lately.
#[derive(Default)]
struct Associations {
    known: HashMap<SocketAddr, Association>,
    tasks: JoinSet<()>,
}

struct Association {
    hand: mpsc::Sender<OutsideDatagram>,
    heard_at: Duration,
    task: tokio::task::AbortHandle,
}

impl Associations {
    /// Hands a datagram to the association of its sender; gives it back where there is none. When too many wait, it is lost.
    fn hand(&mut self, client: SocketAddr, came: OutsideDatagram) -> Option<OutsideDatagram> {
        let Some(association) = self.known.get_mut(&client) else { return Some(came) };
        association.heard_at = came.at;
        match association.hand.try_send(came) {
            Ok(()) | Err(mpsc::error::TrySendError::Full(_)) => None,
            Err(mpsc::error::TrySendError::Closed(came)) => Some(came),
        }
    }

    fn begin(
        &mut self,
        client: SocketAddr,
        hand: mpsc::Sender<OutsideDatagram>,
        heard_at: Duration,
        serving: impl Future<Output = ()> + Send + 'static,
    ) {
        while self.tasks.try_join_next().is_some() {}
        self.known.retain(|_, association| !association.hand.is_closed());
        if self.known.len() >= MAX_ASSOCIATIONS {
            let quietest = self.known.iter().min_by_key(|(client, other)| (other.heard_at, **client));
            if let Some(association) = quietest.map(|(client, _)| *client).and_then(|client| self.known.remove(&client))
            {
                association.task.abort();
            }
        }
        let task = self.tasks.spawn(serving);
        self.known.insert(client, Association { hand, heard_at, task });
    }
}

/// One outside program.
struct OutsideProgram {
    outside: Arc<UdpSocket>,
    access: LabAccess,
    client: SocketAddr,
}

impl OutsideProgram {
    /// Until nothing has come from either side for too long, or the lab says that the port is closed.
    async fn serve(self, host: Arc<str>, port: u16, mut handed: mpsc::Receiver<OutsideDatagram>) {
        let Ok(mut inside) = self.open(&host, port).await else { return };
        let clock = self.access.network.clock().clone();
        loop {
            let next = async {
                tokio::select! {
                    Some(came) = handed.recv() => NextDatagram::Out(came),
                    received = inside.recv() => NextDatagram::In(received.map(|received| received.bytes)),
                }
            };
            let passed = match clock.timeout(idle_limit(port), next).await {
                Ok(NextDatagram::Out(OutsideDatagram { bytes, at })) => {
                    // It leaves when it came, and no sooner: this task's last wake-up, however late, did not cause it.
                    clock.woken_for(at);
                    inside.send(&bytes).await.is_ok()
                }
                Ok(NextDatagram::In(Ok(bytes))) => {
                    // The program may be gone: to the lab it is as if nobody had read the answer.
                    self.outside.send_to(&bytes, self.client).await.ok();
                    true
                }
                // What broke inside has ended the flow.
                Ok(NextDatagram::In(Err(_))) | Err(_) => false,
            };
            if !passed {
                return;
            }
        }
    }

    /// A lab socket for the program, recorded as such.
    async fn open(&self, host: &str, port: u16) -> Result<Datagrams, NetError> {
        let Self { access, client, .. } = self;
        let found = access.network.lookup(host).await?;
        let ip = found.first().ok_or_else(|| NetError::NoSuchHost { host: host.to_owned() })?;
        let title = format!("{client} through the gateway to {host}:{port}");
        let inside = access.network.datagrams(SocketAddr::new(*ip, port), host, title, &access.parent, None).await?;
        access.flows.add(*client, inside.flow().id());
        let note = format!(
            "{client} is a program outside the lab. In the lab its datagrams come from the student's host; it is not told when a \
             port is unreachable"
        );
        inside.flow().note(access.network.clock().now(), NoteKind::Why, note, None);
        Ok(inside)
    }
}

enum NextDatagram {
    Out(OutsideDatagram),
    In(Result<Bytes, NetError>),
}

/// How long an association with `port` lasts after the last datagram: a well-known port may have less than the two minutes of others
/// (RFC 4787 §4.3). A resolver that waits for others takes less than either.
fn idle_limit(port: u16) -> Duration {
    if port <= LAST_WELL_KNOWN { Duration::from_secs(30) } else { Duration::from_mins(2) }
}

/// The last of the well-known ports (RFC 6335 §6).
const LAST_WELL_KNOWN: u16 = 1023;
/// Associations of one service; the one that has been idle longest makes room for a new one.
const MAX_ASSOCIATIONS: usize = 1_024;
/// Datagrams of one program that wait to be sent into the lab; later ones are lost.
const WAITING: usize = 256;
/// Octets of the longest datagram there is.
const LONGEST: usize = 65_535;
