//! Names that are never asked for: they do not belong to the name system. RFC 6761 §6.3 (`localhost`), RFC 7686 §2 (`onion`).

use std::net::{Ipv4Addr, Ipv6Addr};

use super::{ResolutionAnswer, task::blank};
use crate::proto::dns::{Name, RData, Record, RecordType, ResponseCode};

/// What is known of such a name without asking anybody.
pub(super) struct SpecialAnswer {
    pub(super) answer: ResolutionAnswer,
    pub(super) reason: &'static str,
    pub(super) clause: &'static str,
}

/// The answer to a question for `name`, where it is one of those names.
pub(super) fn answer(name: &Name, kind: RecordType) -> Option<SpecialAnswer> {
    let top = name.iter().next_back()?.to_ascii_lowercase();
    match top.as_slice() {
        b"localhost" => {
            let ipv4 = || RData::from(std::net::IpAddr::from(Ipv4Addr::LOCALHOST));
            let ipv6 = || RData::from(std::net::IpAddr::from(Ipv6Addr::LOCALHOST));
            let data = match kind {
                RecordType::A => vec![ipv4()],
                RecordType::AAAA => vec![ipv6()],
                RecordType::ANY => vec![ipv4(), ipv6()],
                _ => Vec::new(),
            };
            let answers = data.into_iter().map(|data| Record::from_rdata(name.clone(), 0, data)).collect();
            Some(SpecialAnswer {
                answer: ResolutionAnswer { answers, ..blank(ResponseCode::NoError) },
                reason: "localhost and all names below it are this machine itself: nobody else is asked for them",
                clause: "RFC 6761 §6.3",
            })
        }
        b"onion" => Some(SpecialAnswer {
            answer: blank(ResponseCode::NXDomain),
            reason: "names below onion belong to Tor and not to the name system: no name server is told of them",
            clause: "RFC 7686 §2",
        }),
        _ => None,
    }
}
