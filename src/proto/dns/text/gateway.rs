//! Gateways: where IPSECKEY and AMTRELAY lead to. A number says whether that is nothing (written `.`), an IPv4 address, an IPv6 address
//! or a name. RFC 4025 §2.3 and §2.5 (octets), §3.1 (text); RFC 8777 §4.2 and §4.3.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::{
    Name, TextError,
    name::{name_from_text, name_octets, name_text},
    octets::RdataOctets,
};

const NONE: u8 = 0;
const IPV4: u8 = 1;
const IPV6: u8 = 2;
const NAME: u8 = 3;

/// What belongs where a text gives the number.
pub(super) const GATEWAY_TYPE: &str = "a gateway type: 0 (none), 1 (IPv4), 2 (IPv6) or 3 (a name)";

/// The number of a gateway type that can be written as text.
pub(super) fn type_from_text(text: &str) -> Option<u8> {
    text.parse().ok().filter(|number| (NONE..=NAME).contains(number))
}

/// The octets of a gateway of this type.
pub(super) fn octets(kind: u8, text: &str, origin: &Name) -> Result<Vec<u8>, TextError> {
    let unfit = |expected| TextError::unfit(text, expected);
    match kind {
        NONE if text == "." => Ok(Vec::new()),
        NONE => Err(unfit("a dot, for no gateway,")),
        IPV4 => {
            let ip: Ipv4Addr = text.parse().map_err(|_reason| unfit("the IPv4 address of a gateway"))?;
            Ok(ip.octets().to_vec())
        }
        IPV6 => {
            let ip: Ipv6Addr = text.parse().map_err(|_reason| unfit("the IPv6 address of a gateway"))?;
            Ok(ip.octets().to_vec())
        }
        _ => Ok(name_octets(&name_from_text(text, origin)?)),
    }
}

/// The gateway as text; `None` where its type has no text, or its octets are not there.
pub(super) fn text(kind: u8, from: &mut RdataOctets<'_>) -> Option<String> {
    match kind {
        NONE => Some(".".to_owned()),
        IPV4 => Some(Ipv4Addr::from(from.array::<4>()?).to_string()),
        IPV6 => Some(Ipv6Addr::from(from.array::<16>()?).to_string()),
        NAME => Some(name_text(&from.name()?)),
        _ => None,
    }
}
