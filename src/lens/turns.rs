//! Messages of protocols that do not say where theirs end, or whose messages cannot be read: what one side says until the other does.

use super::protocol::{FlowPiece, ReaderFindings};
use crate::wire::Side;

/// Whose turn it is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct TurnCutter {
    speaking: Option<Side>,
}

impl TurnCutter {
    /// A piece is said; a message begins with it when the other side, or nobody, spoke before.
    pub(super) fn take(&mut self, piece: &FlowPiece<'_>, kind: u8, found: &mut ReaderFindings) {
        if self.speaking.replace(piece.side) != Some(piece.side) {
            found.begin(piece.at, kind, None);
        }
    }
}
