//! Queries on a stream (RFC 7766): worked on at once, each answered as soon as its reply is known.

use std::sync::Arc;

use bytes::Bytes;

use super::{DnsRequest, DnsTransport, IDLE, MAX_PIPELINED, ReplaceableResponder, RequestsInProgress, Responder as _};
use crate::{
    lab::conversation::Conversation,
    net::{DriveError, Driver, LabSocket, Patience},
    proto::dns::stream_server::{StreamError, StreamRules, StreamServer},
};

/// Answers until the client ends its sending and has every reply, is silent for too long, or breaks the framing.
pub(in crate::lab) async fn serve(socket: LabSocket, responder: &Arc<ReplaceableResponder>, about: &Conversation) {
    let (server, client) = (socket.local(), socket.peer());
    let session = StreamServer::new(StreamRules { pipelined: MAX_PIPELINED, idle: IDLE });
    let mut driver = Driver::new(session, socket, about.clock.clone(), Patience::default());
    let mut at_work: RequestsInProgress<Option<Vec<u8>>> = RequestsInProgress::new(MAX_PIPELINED);
    let mut asks_no_more = false;
    while !asks_no_more || !at_work.is_idle() {
        let next = tokio::select! {
            biased;
            reply = at_work.next() => NextOnStream::Reply(reply),
            event = driver.next_event(), if !asks_no_more => NextOnStream::Query(event),
        };
        let reply = match next {
            NextOnStream::Reply(reply) => Some(reply),
            NextOnStream::Query(Ok(Some(message))) => {
                let at = driver.carrier().arrival().map_or_else(|| about.clock.now(), |transit| transit.last_in);
                let flow = about.flow.clone();
                let asked = DnsRequest { message, client, server, transport: DnsTransport::Tcp, at, flow };
                let responder = Arc::clone(responder);
                at_work.begin(async move { responder.respond(asked).await }).await
            }
            NextOnStream::Query(Ok(None)) => {
                asks_no_more = true;
                None
            }
            NextOnStream::Query(Err(DriveError::Protocol(error))) => return tell(error, about),
            // The client is there no more.
            NextOnStream::Query(Err(DriveError::Net(_))) => return,
        };
        if let Some(reply) = reply {
            driver.session_mut().reply(reply.as_deref());
            // It is still to be written, though nothing more may be asked.
            asks_no_more = false;
        }
    }
}

/// What happens next on a stream.
enum NextOnStream {
    Reply(Option<Vec<u8>>),
    Query(Result<Option<Bytes>, DriveError<StreamError>>),
}

/// Why the server ends the stream before its client has.
fn tell(error: StreamError, about: &Conversation) {
    match error {
        StreamError::Framing(_) | StreamError::Idle { .. } => {
            about.why(format!("closing: {error}"), Some(error.clause()));
        }
        // It may be gone.
        StreamError::Unread { .. } => {}
    }
}
