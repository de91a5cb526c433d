//! The message as a command for dig.

use std::{fmt::Write as _, net::IpAddr};

use super::super::dig::{DigServer, dig_at, question, transport};
use crate::{
    engine::{bridge::PublishedService, copy_as::shell, dns_message::Config, setting::WorldChoice},
    proto::dns::{draft::MessageDraft, trace::QueryTransport},
};

/// dig's command line for the same message, or why there is none; `None` where dig cannot send it.
pub(super) fn dig(config: &Config, gateway: &[PublishedService]) -> Option<Result<String, String>> {
    if !is_for_dig(config) {
        return None;
    }
    let server = config.server.trim();
    let ip: Option<IpAddr> = server.parse().ok();
    let asked = DigServer {
        server,
        ip_port: ip.map(|ip| (ip, config.port).into()),
        port: config.port,
        over: config.over,
        lab: config.setting.world == WorldChoice::Lab,
    };
    Some(dig_at(asked, gateway).map(|at| format!("dig {at} {}", switches(config))))
}

/// Can dig send it? Octets by hand it cannot, nor what is no query, nor what it knows another way of doing.
fn is_for_dig(config: &Config) -> bool {
    let MessageDraft { raw, flags, rcode, kind, edns, .. } = &config.draft;
    let transfer = kind.trim().eq_ignore_ascii_case("AXFR") && config.over != QueryTransport::Tcp;
    let serial = kind.trim().eq_ignore_ascii_case("IXFR");
    let no_query = raw.is_some() || flags.qr || *rcode != 0;
    let too_large = edns.is_some_and(|edns| edns.payload > MOST_PAYLOAD);
    !no_query && !transfer && !serial && !too_large && config.octets().is_ok()
}

fn switches(config: &Config) -> String {
    let draft = &config.draft;
    let flags = draft.flags;
    let mut said = transport(config.over).to_owned();
    let switches = [
        (!flags.rd, "norecurse"),
        (flags.aa, "aaflag"),
        (flags.tc, "tcflag"),
        (flags.ra, "raflag"),
        (flags.z, "zflag"),
        (!flags.ad, "noadflag"),
        (flags.cd, "cdflag"),
        (draft.edns.is_none(), "noedns"),
        (draft.edns.is_some_and(|edns| edns.dnssec), "dnssec"),
    ];
    // Writing to a string cannot fail.
    for (_, switch) in switches.into_iter().filter(|(on, _)| *on) {
        write!(said, " +{switch}").ok();
    }
    if let Some(edns) = draft.edns {
        write!(said, " +edns={} +noednsnegotiation +nocookie +bufsize={}", edns.version, edns.payload).ok();
    }
    if draft.opcode != 0 {
        write!(said, " +opcode={}", draft.opcode).ok();
    }
    if let Some(id) = draft.id {
        write!(said, " +qid={id}").ok();
    }
    let question = question(draft.name.trim(), draft.kind.trim());
    write!(said, " {question} -c {}", shell(draft.class.trim())).ok();
    said
}

/// The longest datagram dig 9.18 offers to take; told of more it says 1232.
const MOST_PAYLOAD: u16 = 32_767;

#[cfg(test)]
mod as_dig {
    use std::{
        io::Read as _,
        net::{SocketAddr, TcpListener, UdpSocket},
        process::{Command, Stdio},
        time::Duration,
    };

    use super::*;
    use crate::{
        engine::setting::Setting,
        proto::dns::draft::{EdnsDraft, Flags, write_hex},
    };

    fn to(at: SocketAddr, over: QueryTransport, draft: MessageDraft) -> Config {
        let setting = Setting { world: WorldChoice::Internet, ..Setting::default() };
        Config { draft, server: at.ip().to_string(), port: at.port(), over, setting }
    }

    fn command(config: &Config) -> String {
        dig(config, &[]).unwrap().unwrap()
    }

    #[test]
    fn says_what_differs_from_digs_own_ways() {
        let at = ([198, 41, 0, 4], 53).into();
        assert_eq!(
            command(&to(at, QueryTransport::Udp, MessageDraft::default())),
            "dig @198.41.0.4 +notcp +ignore +noadflag +noedns -q gaia.cs.umass.edu -t A -c IN"
        );
        let edns = Some(EdnsDraft { version: 1, dnssec: true, ..EdnsDraft::default() });
        let draft = MessageDraft {
            id: Some(7),
            flags: Flags { ad: true, ..Flags::default() },
            edns,
            ..MessageDraft::default()
        };
        assert_eq!(
            command(&to(([198, 41, 0, 4], 5_353).into(), QueryTransport::Tcp, draft)),
            "dig @198.41.0.4 -p 5353 +tcp +norecurse +dnssec +edns=1 +noednsnegotiation +nocookie +bufsize=1232 +qid=7 \
             -q gaia.cs.umass.edu -t A -c IN"
        );
        let wild = MessageDraft { name: "x; rm -rf ~".to_owned(), ..MessageDraft::default() };
        assert!(command(&to(at, QueryTransport::Udp, wild)).contains("-q 'x; rm -rf ~' -t A"));
    }

    #[test]
    fn is_none_for_what_dig_cannot_send_and_for_a_lab_that_is_not_published() {
        let lab = Config::default();
        assert!(dig(&lab, &[]).unwrap().unwrap_err().contains("turn the gateway on"));
        let by_hand = Config { draft: lab.draft.as_raw(1).unwrap(), ..lab.clone() };
        assert_eq!(dig(&by_hand, &[]), None);
        let transfer = Config { draft: MessageDraft { kind: "axfr".to_owned(), ..MessageDraft::default() }, ..lab };
        assert_eq!(dig(&transfer, &[]), None);
        let edns = Some(EdnsDraft { payload: 32_768, ..EdnsDraft::default() });
        let large = Config { draft: MessageDraft { edns, ..MessageDraft::default() }, ..transfer };
        assert_eq!(dig(&large, &[]), None);
    }

    /// What dig sends when a shell is given the command.
    fn sent_by_dig(over: QueryTransport, draft: &MessageDraft) -> Vec<u8> {
        let run = |at: SocketAddr| {
            let line = format!("{} +tries=1 +time=1", command(&to(at, over, draft.clone())));
            let mut sh = Command::new("sh");
            sh.arg("-c").arg(line).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
        };
        let wait = Some(Duration::from_secs(10));
        let mut octets = vec![0; 65_535];
        let mut dig = if over == QueryTransport::Tcp {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let dig = run(listener.local_addr().unwrap());
            let (mut stream, _) = listener.accept().unwrap();
            stream.set_read_timeout(wait).unwrap();
            let mut length = [0; 2];
            stream.read_exact(&mut length).unwrap();
            octets.truncate(u16::from_be_bytes(length).into());
            stream.read_exact(&mut octets).unwrap();
            dig
        } else {
            let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
            socket.set_read_timeout(wait).unwrap();
            let dig = run(socket.local_addr().unwrap());
            let length = socket.recv(&mut octets).unwrap();
            octets.truncate(length);
            dig
        };
        dig.wait().unwrap();
        octets
    }

    #[test]
    fn sends_the_same_message() {
        if Command::new("dig").arg("-v").output().is_err() {
            return;
        }
        let asking = |name: &str, kind: &str| MessageDraft {
            id: Some(0x7c1e),
            name: name.to_owned(),
            kind: kind.to_owned(),
            ..MessageDraft::default()
        };
        let edns = |payload, version, dnssec| Some(EdnsDraft { payload, version, dnssec });
        let all = Flags { aa: true, tc: true, rd: false, ra: true, z: true, ad: true, cd: true, qr: false };
        let drafts = [
            asking("gaia.cs.umass.edu", "A"),
            asking("large.lab", "ANY"),
            asking(r"a\.b.edu", "TYPE65400"),
            asking("a b.edu", "MX"),
            asking("it's $HOME; `x`.edu", "TXT"),
            asking("-x.edu", "LOC"),
            asking("+short", "A"),
            asking("", "NS"),
            asking("bücher.example", "AAAA"),
            MessageDraft { flags: all, opcode: 2, class: "CH".to_owned(), ..asking("version.bind", "txt") },
            MessageDraft { edns: edns(1_232, 0, false), ..asking("edu", "SOA") },
            MessageDraft { edns: edns(32_767, 1, true), class: "CLASS77".to_owned(), ..asking("edu", "ANY") },
            MessageDraft { edns: edns(0, 255, false), class: "ANY".to_owned(), ..asking("edu", "DS") },
        ];
        for draft in drafts {
            for over in [QueryTransport::Udp, QueryTransport::Tcp] {
                let expected = draft.octets(0).unwrap();
                assert_eq!(write_hex(&sent_by_dig(over, &draft)), write_hex(&expected), "{draft:?}");
            }
        }
    }
}
