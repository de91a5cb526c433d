//! What a view of the tab hands over to another one.

use super::ViewId;
use crate::engine::dns_message;

/// What the student goes on with in another view.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum DnsHandOver {
    /// Edit this message and send it.
    Message(Box<dns_message::Config>),
    /// Look this up.
    Resolve {
        /// Which name.
        name: String,
        /// Records of which type.
        kind: String,
    },
    /// Edit this zone.
    Zone(String),
}

impl DnsHandOver {
    /// Which view takes it over.
    pub(super) fn to(&self) -> ViewId {
        match self {
            Self::Message(_) => ViewId::Message,
            Self::Resolve { .. } => ViewId::Resolve,
            Self::Zone(_) => ViewId::Zones,
        }
    }
}
