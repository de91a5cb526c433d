//! Questions that come as datagrams: each is answered from the same address, and recorded in its sender's flow.

use std::sync::Arc;

use super::{DnsRequest, DnsTransport, MAX_QUESTIONS, ReplaceableResponder, RequestsInProgress, Responder as _};
use crate::net::{Datagram, LabDatagrams};

/// Answers for ever; dropping the future closes the port, whatever is still unanswered.
pub(in crate::lab) async fn serve(socket: LabDatagrams, responder: Arc<ReplaceableResponder>) {
    let socket = Arc::new(socket);
    let mut at_work = RequestsInProgress::new(MAX_QUESTIONS);
    loop {
        let room = at_work.has_room();
        tokio::select! {
            biased;
            () = at_work.next(), if !at_work.is_idle() => {}
            came = socket.recv(), if room => {
                // A socket that is connected to nobody is never told that a port is unreachable.
                let Ok(datagram) = came else { continue };
                let answering = answer(Arc::clone(&socket), Arc::clone(&responder), datagram);
                at_work.begin(answering).await;
            }
        }
    }
}

async fn answer(socket: Arc<LabDatagrams>, responder: Arc<ReplaceableResponder>, datagram: Datagram) {
    let asked = DnsRequest {
        message: datagram.bytes.clone(),
        client: datagram.from,
        server: socket.local(),
        transport: DnsTransport::Udp,
        at: datagram.transit.last_in,
        flow: datagram.flow.clone(),
    };
    if let Some(answer) = responder.respond(asked).await {
        // One that is too long for any datagram is a responder's mistake: to the client it is as if it had got lost.
        socket.answer(&datagram, answer.into()).ok();
    }
}
