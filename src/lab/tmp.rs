//! Stands in until the lab's files have zones: remove with that change (`LabFiles::zones_of`, `Service::policy`, `Service::recursion`).

use super::{LabFiles, plan::Service};
use crate::proto::dns::{authority::Policy, zone::Zone};

impl LabFiles {
    /// The zones a name server serves.
    #[expect(clippy::unused_self, reason = "stands in")]
    pub(super) fn zones_of(&self, _service: &Service) -> std::slice::Iter<'_, Zone> {
        [].iter()
    }
}

impl Service {
    /// How a name server answers.
    #[expect(clippy::unused_self, reason = "stands in")]
    pub(super) fn policy(&self) -> Policy {
        Policy::default()
    }
}
