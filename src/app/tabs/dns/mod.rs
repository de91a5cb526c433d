//! The DNS tab.

mod resolve;

pub use resolve::DnsTab;
