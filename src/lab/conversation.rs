//! What a lab server has of one conversation besides its octets: flow, clock, addresses.

use std::{error::Error as _, net::SocketAddr};

use crate::{
    net::{Clock, LabSocket, NetError},
    wire::{FlowHandle, NoteKind},
};

/// One conversation, seen from the server.
#[derive(Clone, Debug)]
pub(super) struct Conversation {
    pub(super) clock: Clock,
    /// The client's flow, where it has one: decisions are noted there.
    pub(super) flow: Option<FlowHandle>,
    pub(super) client: Option<SocketAddr>,
}

impl Conversation {
    /// The one that a client has begun over `socket`.
    pub(super) fn of(socket: &LabSocket, clock: &Clock) -> Self {
        Self { clock: clock.clone(), flow: socket.flow().cloned(), client: Some(socket.peer()) }
    }

    /// Tells the student why.
    pub(super) fn why(&self, text: impl Into<String>, clause: Option<&str>) {
        if let Some(flow) = &self.flow {
            flow.note(self.clock.now(), NoteKind::Why, text, clause);
        }
    }

    /// Tells why no TLS was established.
    pub(super) fn gave_up_tls(&self, error: &NetError) {
        if let NetError::TimedOut { .. } = error {
            return self.why("the server gave up the TLS handshake: it took too long", None);
        }
        // What the TLS library has to say, where it says more.
        let cause = error.source().map_or_else(|| error.to_string(), ToString::to_string);
        self.why(format!("the server gave up the TLS handshake: {cause}"), Some("RFC 8446 §6.2"));
    }
}
