//! What several stories need: a small protocol with both its ends, and certificates.

pub(crate) mod certificates;
pub(crate) mod line_protocol;
