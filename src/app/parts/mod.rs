//! Pictures of a record that every tab uses, each drawn once. They read a ledger and say what was clicked; they keep only their own
//! view state (zoom, scroll, fold).
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "places and times of a picture: positive, and far smaller than their types"
)]

pub mod conversation;
pub mod drawer;
pub mod drawer_request;
mod extents;
pub mod flows;
mod idle;
mod index;
pub mod ladder;
pub mod legend;
pub mod marks;
pub mod octets;
pub mod playhead;
pub mod report_card;
mod requests;
mod text;
pub mod verdict_mark;
pub mod waterfall;

pub use index::RecordIndex;

use super::subject::Subject;
use crate::wire::Ledger;

/// What the parts look at: a record, or one flow of it and what serves that flow.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// Which part of which record.
    pub subject: Subject,
    /// That record.
    pub ledger: &'a Ledger,
}

#[cfg(test)]
mod drawer_stories;
#[cfg(all(test, feature = "pictures"))]
mod pictures;
#[cfg(test)]
pub(crate) mod samples;
