//! The accept loop of every server process that takes connections.

use tokio::task::JoinSet;

use crate::net::{LabListener, LabSocket};

/// Accepts for ever and serves each connection beside the others; dropping the future closes the port and all its connections.
pub(super) async fn accept_all<F>(mut listener: LabListener, serve: impl Fn(LabSocket) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let mut conversations = JoinSet::new();
    loop {
        let room = conversations.len() < MAX_CONVERSATIONS;
        tokio::select! {
            biased;
            Some(_) = conversations.join_next(), if !conversations.is_empty() => {}
            socket = listener.accept(), if room => {
                conversations.spawn(serve(socket));
            }
        }
    }
}

/// Connections one server serves at once; more wait to be accepted.
const MAX_CONVERSATIONS: usize = 10_000;
