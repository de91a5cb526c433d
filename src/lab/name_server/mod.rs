//! A name server's process: takes questions by datagram and by stream on one port number, has them answered, sends the answers.
//! What the answers are is a [`Responder`]'s business: one with zones of its own, or one that resolves recursively.
//!
//! Source: RFC 1035 §4.2 (both transports), RFC 7766 (streams are no second choice; several questions on one, answered in any
//! order).

mod datagrams;
#[cfg(test)]
mod stories;
mod stream;

use std::{
    fmt,
    future::poll_fn,
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use tokio::task::JoinSet;

use crate::{
    proto::dns::{Message, OpCode, ResponseCode, framing::HEADER_OCTETS},
    wire::FlowHandle,
};

pub(super) use self::{datagrams::serve as serve_datagrams, stream::serve as serve_stream};

/// Answers DNS messages. It is asked many at once.
pub trait Responder: Send + Sync + fmt::Debug {
    /// The response to `asked`; `None` where there is none, as for a message that is no query. The answer has to fit its
    /// transport: what is too long for a datagram is truncated here, by the responder that made the message (RFC 1035 §4.1.1, TC).
    ///
    /// A future that is ready when first asked costs no time in the lab.
    fn respond(&self, asked: DnsRequest) -> ReplyFuture<'_>;
}

/// An answer that is on its way.
pub type ReplyFuture<'a> = Pin<Box<dyn Future<Output = Option<Vec<u8>>> + Send + 'a>>;

/// A message that came to a name server.
#[derive(Clone, Debug)]
pub struct DnsRequest {
    /// Its octets, without the length a stream has before it. They may be anything: only over a stream are there at least 12.
    pub message: Bytes,
    /// The client, as the packet's source says: the source of a datagram may be forged.
    pub client: SocketAddr,
    /// The server's own address.
    pub server: SocketAddr,
    /// How it came, and how the answer goes.
    pub transport: DnsTransport,
    /// When it came, since the run began.
    pub at: Duration,
    /// The client's flow: for notes why the server does what it does, and for flows of questions of its own.
    pub flow: Option<FlowHandle>,
}

/// How a message travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DnsTransport {
    /// In a datagram.
    Udp,
    /// On a stream, behind its length.
    Tcp,
}

/// Where a name server's replies come from, which may change while it runs.
#[derive(Debug)]
pub(super) struct ReplaceableResponder(Mutex<Arc<dyn Responder>>);

impl ReplaceableResponder {
    /// From now on `responder` is asked.
    pub(super) fn replace(&self, responder: Arc<dyn Responder>) {
        *self.lock() = responder;
    }

    fn lock(&self) -> MutexGuard<'_, Arc<dyn Responder>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for ReplaceableResponder {
    fn default() -> Self {
        Self(Mutex::new(Arc::new(RefusingResponder)))
    }
}

impl Responder for ReplaceableResponder {
    fn respond(&self, asked: DnsRequest) -> ReplyFuture<'_> {
        let responder = Arc::clone(&self.lock());
        Box::pin(async move { responder.respond(asked).await })
    }
}

/// Knows no zone and asks no other server: refuses every question (RFC 1035 §4.1.1, RCODE 5).
#[derive(Clone, Copy, Debug)]
struct RefusingResponder;

impl Responder for RefusingResponder {
    fn respond(&self, asked: DnsRequest) -> ReplyFuture<'_> {
        Box::pin(std::future::ready(refusal(&asked.message)))
    }
}

/// The refusal of a query, its question repeated where it can be read. `None` for what is no query.
fn refusal(query: &[u8]) -> Option<Vec<u8>> {
    const RESPONSE: u8 = 0x80;
    let header = query.get(..HEADER_OCTETS)?;
    if header.get(2)? & RESPONSE != 0 {
        return None;
    }
    let id = u16::from_be_bytes([*header.first()?, *header.get(1)?]);
    let Ok(query) = Message::from_vec(query) else {
        return Message::error_msg(id, OpCode::Query, ResponseCode::FormErr).to_vec().ok();
    };
    let mut answer = Message::error_msg(id, query.metadata.op_code, ResponseCode::Refused);
    answer.metadata.recursion_desired = query.metadata.recursion_desired;
    answer.add_queries(query.queries);
    answer.to_vec().ok()
}

/// Questions one server works on at once over datagrams; more wait in its socket's buffer, and what does not fit there is lost.
const MAX_QUESTIONS: usize = 4_096;
/// Queries of one stream worked on at once; while there are so many, nothing more is read from it.
const MAX_PIPELINED: usize = 128;
/// How long a stream may be idle: "on the order of a few seconds" (RFC 7766 §6.2.3). No shorter, so that a student can type.
const IDLE: Duration = Duration::from_secs(10);

/// Questions being worked on.
struct RequestsInProgress<T> {
    tasks: JoinSet<T>,
    most: usize,
}

impl<T: Send + 'static> RequestsInProgress<T> {
    fn new(most: usize) -> Self {
        Self { tasks: JoinSet::new(), most }
    }

    fn is_idle(&self) -> bool {
        self.tasks.is_empty()
    }

    fn has_room(&self) -> bool {
        self.tasks.len() < self.most
    }

    /// Begins some work here and now: what is ready at once is done in this task, so that in real time no other task's wake-up comes
    /// between question and answer. The rest goes on by itself.
    async fn begin(&mut self, work: impl Future<Output = T> + Send + 'static) -> Option<T> {
        let mut work = Box::pin(work);
        let mut first_look = |cx: &mut Context<'_>| match work.as_mut().poll(cx) {
            Poll::Ready(done) => Poll::Ready(Some(done)),
            Poll::Pending => Poll::Ready(None),
        };
        let done = poll_fn(&mut first_look).await;
        if done.is_none() {
            self.tasks.spawn(work);
        }
        done
    }

    /// The next that is done; never, while there is none.
    async fn next(&mut self) -> T {
        loop {
            match self.tasks.join_next().await {
                Some(Ok(done)) => return done,
                Some(Err(_ended)) => {}
                None => std::future::pending().await,
            }
        }
    }
}
