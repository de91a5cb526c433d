//! What several stories need: a small protocol with both its ends, certificates, a network of their own.

pub(crate) mod certificates;
pub(crate) mod line_protocol;
pub(crate) mod world;
