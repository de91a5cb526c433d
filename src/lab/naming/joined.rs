//! The resolutions that a name server has under way for clients, and the clients that wait for the same answer.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::proto::dns::{
    iterate::ResolutionAnswer,
    joining::{JoinKey, PendingQuestions},
};

/// The searches of one server.
#[derive(Debug, Default)]
pub(super) struct JoinedResolutions(Mutex<PendingQuestions<oneshot::Sender<ResolutionAnswer>>>);

/// The role of a client in the resolution of its question.
pub(super) enum ResolutionRole<'a> {
    /// It is the first: it resolves the question itself.
    First(Box<JoinedResolution<'a>>),
    /// It waits for the answer of another client's resolution; where that is given up, nothing comes.
    Behind(oneshot::Receiver<ResolutionAnswer>),
}

/// A search. Dropping it without an answer lets one of those that wait begin anew.
pub(super) struct JoinedResolution<'a> {
    searches: &'a JoinedResolutions,
    question: JoinKey,
    answer: Option<ResolutionAnswer>,
}

impl JoinedResolutions {
    /// A client asks.
    pub(super) fn enter(&self, question: &JoinKey) -> ResolutionRole<'_> {
        match self.under_way().ask(question) {
            None => ResolutionRole::First(Box::new(JoinedResolution {
                searches: self,
                question: question.clone(),
                answer: None,
            })),
            Some(waiting) => {
                let (tell, told) = oneshot::channel();
                waiting.push(tell);
                ResolutionRole::Behind(told)
            }
        }
    }

    fn under_way(&self) -> MutexGuard<'_, PendingQuestions<oneshot::Sender<ResolutionAnswer>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl JoinedResolution<'_> {
    /// It has ended: all clients that wait get its answer.
    pub(super) fn found(mut self, answer: &ResolutionAnswer) {
        self.answer = Some(answer.clone());
    }
}

impl Drop for JoinedResolution<'_> {
    fn drop(&mut self) {
        let waiting = self.searches.under_way().end(&self.question);
        let Some(answer) = &self.answer else { return };
        for client in waiting {
            // One that is gone has no use for it.
            client.send(answer.clone()).ok();
        }
    }
}
