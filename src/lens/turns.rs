//! Messages of protocols that do not say where theirs end, or whose messages cannot be read: what one side says until the other does.

use super::protocol::{Findings, Piece};
use crate::wire::Side;

/// Whose turn it is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Turns {
    speaking: Option<Side>,
}

impl Turns {
    /// A piece is said; a message begins with it when the other side, or nobody, spoke before.
    pub(super) fn take(&mut self, piece: &Piece<'_>, kind: u8, found: &mut Findings) {
        if self.speaking.replace(piece.side) != Some(piece.side) {
            found.begin(piece.at, kind, None);
        }
    }
}
