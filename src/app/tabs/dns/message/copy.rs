//! The message as a command for dig.

use std::{fmt::Write as _, net::IpAddr};

use super::super::dig::dig_at;
use crate::{
    engine::{bridge::Published, dns_message::Config},
    proto::dns::trace::Over,
};

/// dig's command line for the same message; `None` where dig cannot send it: octets by hand, or what is no query.
pub(super) fn dig(config: &Config, gateway: &[Published]) -> Option<String> {
    let draft = &config.draft;
    if draft.raw.is_some() || draft.flags.qr || draft.rcode != 0 {
        return None;
    }
    let ip: Option<IpAddr> = config.server.trim().parse().ok();
    let mut command = format!("dig {}", dig_at(config.server.trim(), ip.map(|ip| (ip, config.port).into()), gateway));
    let flags = draft.flags;
    let switches = [
        (!flags.rd, "norecurse"),
        (flags.aa, "aaflag"),
        (flags.tc, "tcflag"),
        (flags.ra, "raflag"),
        (flags.z, "zflag"),
        (!flags.ad, "noadflag"),
        (flags.cd, "cdflag"),
        (config.over == Over::Tcp, "tcp"),
        (draft.edns.is_none(), "noedns"),
        (draft.edns.is_some_and(|edns| edns.dnssec), "dnssec"),
    ];
    // Writing to a string cannot fail.
    for (_, switch) in switches.into_iter().filter(|(on, _)| *on) {
        write!(command, " +{switch}").ok();
    }
    if let Some(edns) = draft.edns {
        write!(command, " +edns={} +nocookie +bufsize={}", edns.version, edns.payload).ok();
    }
    if draft.opcode != 0 {
        write!(command, " +opcode={}", draft.opcode).ok();
    }
    if let Some(id) = draft.id {
        write!(command, " +qid={id}").ok();
    }
    write!(command, " -q {} -t {} -c {}", draft.name.trim(), draft.kind.trim(), draft.class.trim()).ok();
    Some(command)
}

#[cfg(test)]
mod as_dig {
    use super::*;
    use crate::proto::dns::draft::{Draft, EdnsDraft, Flags};

    #[test]
    fn says_what_differs_from_digs_own_ways() {
        let plain = Config::default();
        assert_eq!(dig(&plain, &[]).unwrap(), "dig @dns.poly.edu +noadflag +noedns -q gaia.cs.umass.edu -t A -c IN");
        let edns = Some(EdnsDraft { version: 1, dnssec: true, ..EdnsDraft::default() });
        let draft = Draft { id: Some(7), flags: Flags { ad: true, ..Flags::default() }, edns, ..Draft::default() };
        let odd = Config { draft, server: "198.41.0.4".to_owned(), port: 5353, over: Over::Tcp, ..Config::default() };
        assert_eq!(
            dig(&odd, &[]).unwrap(),
            "dig @198.41.0.4 -p 5353 +norecurse +tcp +dnssec +edns=1 +nocookie +bufsize=1232 +qid=7 -q gaia.cs.umass.edu -t A -c IN"
        );
        let by_hand = Config { draft: plain.draft.as_raw(1).unwrap(), ..plain };
        assert_eq!(dig(&by_hand, &[]), None);
    }
}
