//! Records for askers in certain places only: a server may answer clients in other places differently. That is no part of any RFC on
//! zones; servers do it with views (BIND) or by configuration. Here a zone file says it: `$PLACE 10.0.0.0/8`.

use std::{fmt, net::IpAddr, str::FromStr};

use super::{Name, NameTree, RecordType};

/// Sets of records that replace those of the same name and type for askers with certain addresses.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// Where the askers are.
    pub(super) prefixes: Vec<Prefix>,
    pub(super) names: NameTree,
}

impl Place {
    /// Where the askers are.
    pub fn prefixes(&self) -> &[Prefix] {
        &self.prefixes
    }

    /// Does it have records of this name and type?
    pub fn has(&self, name: &Name, kind: RecordType) -> bool {
        self.names.get(name).is_some_and(|sets| sets.contains_key(&kind))
    }

    /// The longest of its prefixes that `ip` is in.
    pub(super) fn matching(&self, ip: IpAddr) -> Option<Prefix> {
        self.prefixes.iter().copied().filter(|prefix| prefix.contains(ip)).max_by_key(|prefix| prefix.bits)
    }
}

/// Addresses that begin with the same bits: `128.238.0.0/16`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prefix {
    /// Its first address.
    ip: IpAddr,
    bits: u8,
}

impl Prefix {
    /// The `bits` first bits of `ip`, the others cleared; `None` where an address of its family has not so many.
    pub fn new(ip: IpAddr, bits: u8) -> Option<Self> {
        let ip = match ip {
            IpAddr::V4(ip) => {
                let rest = 32_u32.checked_sub(u32::from(bits))?;
                IpAddr::V4((u32::from(ip) & u32::MAX.checked_shl(rest).unwrap_or(0)).into())
            }
            IpAddr::V6(ip) => {
                let rest = 128_u32.checked_sub(u32::from(bits))?;
                IpAddr::V6((u128::from(ip) & u128::MAX.checked_shl(rest).unwrap_or(0)).into())
            }
        };
        Some(Self { ip, bits })
    }

    /// Is `ip` one of them?
    pub fn contains(self, ip: IpAddr) -> bool {
        Self::new(ip, self.bits) == Some(self)
    }

    /// The first of them.
    pub fn first(self) -> IpAddr {
        self.ip
    }

    /// How many bits are the same.
    pub fn bits(self) -> u8 {
        self.bits
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.ip, self.bits)
    }
}

/// Not an address, a slash and a number of bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected an address, a slash and a number of bits, as 10.0.0.0/8")]
pub struct NoPrefix;

impl FromStr for Prefix {
    type Err = NoPrefix;

    fn from_str(text: &str) -> Result<Self, NoPrefix> {
        let (ip, bits) = text.split_once('/').ok_or(NoPrefix)?;
        let ip = ip.parse().map_err(|_no_address| NoPrefix)?;
        let bits = bits.parse().map_err(|_no_number| NoPrefix)?;
        Self::new(ip, bits).ok_or(NoPrefix)
    }
}
