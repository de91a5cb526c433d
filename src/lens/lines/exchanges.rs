//! Which reply answers which command, where a server answers them one after the other, and greets before the first.

use std::collections::VecDeque;

/// Commands that have not been answered yet.
#[derive(Debug)]
pub(in crate::lens) struct PendingCommands<T> {
    commands: VecDeque<(T, u32)>,
    next: u32,
    is_greeted: bool,
}

impl<T> PendingCommands<T> {
    /// Of a session that begins; one that `resumes` has been greeted already.
    pub(in crate::lens) fn new(resumes: bool) -> Self {
        Self { commands: VecDeque::new(), next: 1, is_greeted: resumes }
    }

    /// The exchange of what the client says next. The greeting has number 0.
    pub(in crate::lens) fn next(&self) -> u32 {
        self.next
    }

    /// The client has said something that will be answered.
    pub(in crate::lens) fn ask(&mut self, command: T) {
        if self.commands.len() < MAX_UNANSWERED {
            self.commands.push_back((command, self.next));
        }
        self.skip();
    }

    /// The client has said something that has been answered already.
    pub(in crate::lens) fn skip(&mut self) {
        self.next = self.next.saturating_add(1);
    }

    /// The exchange of what the server says next, as far as can be told.
    pub(in crate::lens) fn answering(&self) -> Option<u32> {
        let asked = self.commands.front().map(|(_, exchange)| *exchange);
        asked.or(if self.is_greeted { None } else { Some(0) })
    }

    /// The server has said something: was it its greeting? `greets` tells whether it may be one though the client has spoken already.
    pub(in crate::lens) fn is_greeting(&mut self, greets: bool) -> bool {
        !std::mem::replace(&mut self.is_greeted, true) && (self.commands.is_empty() || greets)
    }

    /// What has been said was not yet the greeting.
    pub(in crate::lens) fn expect_greeting(&mut self) {
        self.is_greeted = false;
    }

    /// The server has answered: which command?
    pub(in crate::lens) fn answered(&mut self) -> Option<T> {
        self.commands.pop_front().map(|(command, _)| command)
    }
}

/// Commands that are remembered until they are answered.
const MAX_UNANSWERED: usize = 10_000;
