//! Questions on a stream (RFC 7766): read one after the other, worked on at once, each answered as soon as its answer is known.

use std::{net::SocketAddr, sync::Arc};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::{Asked, AtWork, Desk, IDLE, MAX_PIPELINED, Responder as _, Transport};
use crate::{
    lab::stream::Conversation,
    net::LabSocket,
    proto::dns::framing::{FramingError, Unframer, framed},
    wire::units,
};

/// Answers until the client ends its sending and has every answer, is silent for too long, or breaks the framing.
pub(in crate::lab) async fn serve(socket: LabSocket, desk: &Arc<Desk>, about: &Conversation) {
    let mut stream = Stream {
        server: socket.local(),
        client: socket.peer(),
        socket,
        desk: Arc::clone(desk),
        unframer: Unframer::default(),
        at_work: AtWork::new(MAX_PIPELINED),
        has_ended: false,
    };
    match stream.answer_all(about).await {
        Ok(()) | Err(Over::Gone) => {}
        Err(Over::Idle) => {
            about.why(format!("closing: nothing was asked for {}", units::brief_time(IDLE)), Some("RFC 7766 §6.2.3"));
        }
        Err(Over::Broken(error)) => about.why(format!("closing: {error}"), Some(error.clause())),
    }
}

struct Stream {
    socket: LabSocket,
    server: SocketAddr,
    client: SocketAddr,
    desk: Arc<Desk>,
    unframer: Unframer,
    at_work: AtWork<Option<Vec<u8>>>,
    /// The client sends nothing more.
    has_ended: bool,
}

/// Why the server ends the conversation before the client has.
enum Over {
    /// The client is there no more, or does not read.
    Gone,
    /// It was silent for too long.
    Idle,
    /// It broke the framing.
    Broken(FramingError),
}

/// What happens next on a stream.
enum Next {
    Answer(Option<Vec<u8>>),
    Read(usize),
    Gone,
}

impl Stream {
    /// `Ok`: the client ended its sending, and has every answer.
    async fn answer_all(&mut self, about: &Conversation) -> Result<(), Over> {
        let mut space = vec![0; AT_ONCE];
        loop {
            self.take_up(about).await?;
            if self.has_ended && self.at_work.is_idle() {
                return self.unframer.end().map_err(Over::Broken);
            }
            let reads = !self.has_ended && self.at_work.has_room();
            let next = async {
                tokio::select! {
                    biased;
                    answer = self.at_work.next() => Next::Answer(answer),
                    read = self.socket.read(&mut space), if reads => read.map_or(Next::Gone, Next::Read),
                }
            };
            match about.clock.timeout(IDLE, next).await {
                Ok(Next::Answer(answer)) => self.send(answer, about).await?,
                Ok(Next::Read(0)) => self.has_ended = true,
                Ok(Next::Read(octets)) => self.unframer.receive(space.get(..octets).unwrap_or_default()),
                Ok(Next::Gone) => return Err(Over::Gone),
                // Somebody else keeps this server waiting, not its client.
                Err(_) if !self.at_work.is_idle() => {}
                Err(_) => return Err(Over::Idle),
            }
        }
    }

    /// Begins work on all questions that have come whole, as far as there is room.
    async fn take_up(&mut self, about: &Conversation) -> Result<(), Over> {
        while self.at_work.has_room()
            && let Some(message) = self.unframer.next_message().map_err(Over::Broken)?
        {
            let at = self.socket.arrival().map_or_else(|| about.clock.now(), |transit| transit.last_in);
            let Self { server, client, .. } = *self;
            let asked = Asked { message, client, server, transport: Transport::Tcp, at, flow: about.flow.clone() };
            let desk = Arc::clone(&self.desk);
            if let Some(answer) = self.at_work.begin(async move { desk.respond(asked).await }).await {
                self.send(answer, about).await?;
            }
        }
        Ok(())
    }

    /// Length and message in one write (RFC 7766 §8).
    async fn send(&mut self, answer: Option<Vec<u8>>, about: &Conversation) -> Result<(), Over> {
        // An answer that cannot be framed is a responder's mistake: there is nothing to send.
        let Some(Ok(frame)) = answer.as_deref().map(framed) else { return Ok(()) };
        match about.clock.timeout(IDLE, self.socket.write_all(&frame)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Over::Gone),
        }
    }
}

/// Octets read at once.
const AT_ONCE: usize = 4 * 1024;
