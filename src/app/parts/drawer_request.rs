//! What the parts of the drawer ask of the window.

use crate::app::subject::RecordSelection;

/// What the student asked the drawer for that is not its own to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DrawerRequest {
    /// Pick this.
    Pick(RecordSelection),
}
