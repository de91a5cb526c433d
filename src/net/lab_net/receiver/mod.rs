//! A receiver as hosts have it: when it acknowledges, and how far it lets the sender go ahead of the application.

mod delayed_ack;
mod window;

use super::Nanos;

pub use self::window::RECEIVE_WINDOW;
pub(super) use self::{
    delayed_ack::{AckTiming, ArrivalOrder, DelayedAck, SenderTiming},
    window::{INITIAL_RECEIVE_WINDOW, ReceiveWindow},
};

/// What a receiver knows besides the octets themselves.
#[derive(Debug, Default)]
pub(super) struct Receiver {
    pub(super) acks: DelayedAck,
    pub(super) window: ReceiveWindow,
    /// When the segment was sent that the next acknowledgement answers (RFC 7323 §4.3).
    pub(super) echo: Option<Nanos>,
    /// Octets that came twice, to be reported once (RFC 2883).
    pub(super) came_twice: Option<(u64, u64)>,
}
