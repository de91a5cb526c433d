//! What is asked for: how many lookups, of which names, by which hosts, for how long.

use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use crate::engine::setting::LabSetting;

/// A day of lookups.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Config {
    /// How many lookups, 1 to [`MAX_LOOKUPS`]; they come at random moments (a Poisson process of which so many are seen).
    pub lookups: u32,
    /// For how many hours, 1 to [`MAX_HOURS`].
    pub hours: u32,
    /// Exponent of the names' popularity: the i-th is asked for in proportion to 1/i^α. 0 to 3.
    pub alpha: f64,
    /// Which names.
    pub names: NameSelection,
    /// Hosts that look names up, each with a cache of its own, 1 to [`MAX_CLIENTS`]; each asks as much as any other.
    pub clients: u32,
    /// TTL of all these addresses, in seconds, 0 to [`MAX_TTL`]; `None`: as their zones have it.
    pub ttl: Option<u32>,
    /// There is but one name server, a root server that holds every zone, and every host asks it: no delegation, no local name server.
    /// Kurose–Ross §2.4.2: why not one central server?
    pub central: bool,
    /// One address changes at its authority.
    pub change: Option<AddressChange>,
    /// The lab and the student's path. The path's seed decides which host asks for which name when.
    pub setting: LabSetting,
}

/// Most lookups of one run.
pub const MAX_LOOKUPS: u32 = 1_000_000;
/// Most hours.
pub const MAX_HOURS: u32 = 7 * 24;
/// Most clients.
pub const MAX_CLIENTS: u32 = 10_000;
/// Longest TTL: a cache keeps nothing longer than a week.
pub const MAX_TTL: u32 = 7 * 86_400;
/// Most generated names.
pub const MAX_NAMES: u32 = 100_000;

/// Which names are looked up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NameSelection {
    /// All of the lab's zones that have an address and are no name server's.
    #[default]
    OfLab,
    /// So many below `names.lab`, a zone of wildcards: a quarter each with a TTL of a minute, five minutes, an hour and a day.
    Generated(u32),
}

/// An address that changes at its authority.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct AddressChange {
    /// Whose; `None`: the most popular name's.
    pub name: Option<String>,
    /// When, in hours since the beginning.
    pub at_hour: f64,
    /// The new address.
    pub address: Ipv4Addr,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            lookups: 20_000,
            hours: 24,
            alpha: 0.9,
            names: NameSelection::default(),
            clients: 20,
            ttl: None,
            central: false,
            change: None,
            setting: LabSetting::default(),
        }
    }
}

impl Default for AddressChange {
    fn default() -> Self {
        Self { name: None, at_hour: 12.0, address: Ipv4Addr::new(203, 0, 113, 77) }
    }
}

#[cfg(test)]
mod a_config {
    use super::*;

    #[test]
    fn left_out_is_a_day_of_twenty_thousand_lookups() {
        let config: Config = serde_json::from_str("{}").unwrap();
        assert_eq!((config.lookups, config.hours, config.names), (20_000, 24, NameSelection::OfLab));
        let other: Config =
            serde_json::from_str(r#"{"names":{"generated":500},"ttl":60,"change":{"at_hour":3.5}}"#).unwrap();
        assert_eq!(
            (other.names, other.ttl, other.change.unwrap().at_hour),
            (NameSelection::Generated(500), Some(60), 3.5)
        );
    }
}
