//! One end of a connection: what it sends, what it has received, and in which order that came.

use std::{
    collections::{BTreeMap, VecDeque},
    io,
    net::SocketAddr,
    task::Waker,
};

use super::{
    Nanos, TEXTBOOK_WINDOW, TcpState,
    fabric::Fabric,
    queue_turn::QueueTurn,
    receiver::{ArrivalOrder, Receiver},
    sender::Sender,
    stream::{ArrivalWatches, DeliveredSegments, StreamOctets, TransitNanos},
    topology::Hop,
};
use crate::wire::ConnectionStep;

/// One end of a connection: what it sends and what it has received.
#[derive(Debug)]
pub(super) struct TcpEnd {
    pub(super) ip_port: SocketAddr,
    /// `None`: no host has this address.
    pub(super) host: Option<usize>,
    pub(super) state: TcpState,
    /// An application has a socket for it or may still accept it.
    pub(super) is_held: bool,
    pub(super) failure: Option<io::ErrorKind>,
    pub(super) reader: Option<Waker>,
    pub(super) writer: Option<Waker>,
    pub(super) sending: SendSide,
    pub(super) receiving: ReceiveSide,
    /// The peer's FIN or RST, kept out of the record until the octets before it have been read.
    pub(super) unrecorded: Option<(Nanos, ConnectionStep, TransitNanos)>,
}

/// What an end sends.
#[derive(Debug)]
pub(super) struct SendSide {
    pub(super) route: Vec<Hop>,
    pub(super) lanes: Vec<QueueTurn>,
    pub(super) octets: StreamOctets,
    /// Position of the next octet to be sent for the first time.
    pub(super) next: u64,
    pub(super) fin_wanted: bool,
    pub(super) fin_sent: bool,
    /// The peer takes octets before this position (textbook).
    pub(super) window_ends: u64,
    /// The same, as the peer has said and this end does not know yet.
    pub(super) openings: VecDeque<u64>,
    pub(super) watches: ArrivalWatches,
    pub(super) textbook: Flight,
    /// Realistic and modern only.
    pub(super) sender: Option<Box<Sender>>,
}

/// What an end has received.
#[derive(Debug, Default)]
pub(super) struct ReceiveSide {
    /// Position of the next octet expected.
    pub(super) expected: u64,
    pub(super) early: BTreeMap<u64, OutOfOrderSegment>,
    /// The same as ranges, the latest first.
    pub(super) early_ranges: Vec<(u64, u64)>,
    pub(super) delivered: DeliveredSegments,
    pub(super) fin: bool,
    /// The read position the peer knows (textbook).
    pub(super) advertised_read: u64,
    /// Realistic and modern only.
    pub(super) receiver: Option<Box<Receiver>>,
    /// The reader waits, and since the moment given there is something for it.
    pub(super) reader_called_at: Option<Nanos>,
}

/// A segment that came before its time.
#[derive(Clone, Copy, Debug)]
pub(super) struct OutOfOrderSegment {
    pub(super) end: u64,
    pub(super) fin: bool,
    pub(super) way: TransitNanos,
}

/// How much a sender has and may have on its way.
#[derive(Debug, Default)]
pub(super) struct Flight {
    pub(super) octets: u64,
    pub(super) limit: Option<(u64, u64)>,
}

impl TcpEnd {
    pub(super) fn new(ip_port: SocketAddr, host: Option<usize>, route: Vec<Hop>) -> Self {
        let lanes = route.iter().map(|_| QueueTurn::default()).collect();
        Self {
            ip_port,
            host,
            state: TcpState::Closed,
            is_held: false,
            failure: None,
            reader: None,
            writer: None,
            sending: SendSide {
                route,
                lanes,
                octets: StreamOctets::default(),
                next: 0,
                fin_wanted: false,
                fin_sent: false,
                window_ends: TEXTBOOK_WINDOW,
                openings: VecDeque::new(),
                watches: ArrivalWatches::default(),
                textbook: Flight::default(),
                sender: None,
            },
            receiving: ReceiveSide::default(),
            unrecorded: None,
        }
    }

    pub(super) fn wake_all(&mut self, fabric: &mut Fabric) {
        fabric.wake(&mut self.reader);
        fabric.wake(&mut self.writer);
    }
}

impl SendSide {
    /// How many octets have been written and not yet sent.
    pub(super) fn unsent(&self) -> u64 {
        self.octets.written() - self.next
    }

    pub(super) fn has_something_to_send(&self) -> bool {
        self.unsent() > 0 || (self.fin_wanted && !self.fin_sent)
    }
}

impl TcpEnd {
    /// The connection is no more, for this reason.
    pub(super) fn fail(&mut self, fabric: &mut Fabric, why: io::ErrorKind) {
        self.failure.get_or_insert(why);
        if self.state == TcpState::SynReceived {
            // It was never offered to anybody.
            self.is_held = false;
        }
        self.state = TcpState::Closed;
        self.wake_all(fabric);
    }
}

impl ReceiveSide {
    /// Keeps a segment that came before its time, unless it has come before.
    pub(super) fn keep(&mut self, seq: u64, early: OutOfOrderSegment) -> ArrivalOrder {
        let (mut start, mut end) = (seq, early.end + u64::from(early.fin));
        if self.early_ranges.iter().any(|(other_start, other_end)| *other_start <= start && end <= *other_end) {
            return ArrivalOrder::Duplicate;
        }
        self.early.insert(seq, early);
        self.early_ranges.retain(|(other_start, other_end)| {
            let touches = *other_start <= end && start <= *other_end;
            if touches {
                start = start.min(*other_start);
                end = end.max(*other_end);
            }
            !touches
        });
        self.early_ranges.insert(0, (start, end));
        ArrivalOrder::OutOfOrder
    }

    pub(super) fn first_in_order(&mut self) -> Option<OutOfOrderSegment> {
        let first = self.early.first_entry().filter(|first| *first.key() <= self.expected)?;
        let first = first.remove();
        self.early_ranges.retain(|(_, end)| *end > first.end + u64::from(first.fin));
        Some(first)
    }
}
