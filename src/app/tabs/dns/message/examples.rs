//! Messages worth trying, one click each.

use super::SavedMessage;
use crate::proto::dns::{
    draft::{EdnsDraft, Flags, MessageDraft},
    trace::QueryTransport,
};

/// A message worth trying.
pub(super) struct ExampleMessage {
    /// What it is called.
    pub(super) name: &'static str,
    /// What is seen when it is sent.
    pub(super) about: &'static str,
    /// To which server of the lab.
    server: &'static str,
    over: QueryTransport,
    draft: fn() -> MessageDraft,
}

impl ExampleMessage {
    /// Makes the message the one to be sent; the server stays where `lab` is not the world.
    pub(super) fn put_into(&self, kept: &mut SavedMessage, lab: bool) {
        (kept.draft, kept.over) = ((self.draft)(), self.over);
        if lab {
            self.server.clone_into(&mut kept.server);
            kept.port = DNS_PORT;
        }
    }

    /// Is it what stands there?
    pub(super) fn is(&self, kept: &SavedMessage, lab: bool) -> bool {
        let to_it = !lab || (kept.server.as_str(), kept.port) == (self.server, DNS_PORT);
        to_it && kept.over == self.over && kept.draft == (self.draft)()
    }
}

fn asking(name: &str, kind: &str) -> MessageDraft {
    MessageDraft { name: name.to_owned(), kind: kind.to_owned(), ..MessageDraft::default() }
}

fn without_recursion(draft: MessageDraft) -> MessageDraft {
    MessageDraft { flags: Flags { rd: false, ..draft.flags }, ..draft }
}

fn with_edns(edns: EdnsDraft, draft: MessageDraft) -> MessageDraft {
    MessageDraft { edns: Some(edns), ..draft }
}

fn octets(hexadecimal: &str) -> MessageDraft {
    MessageDraft { raw: Some(hexadecimal.to_owned()), ..MessageDraft::default() }
}

/// All, the usual before the odd, the odd before the broken.
pub(super) static READY: &[ExampleMessage] = &[
    ExampleMessage {
        name: "a plain question",
        about: "What a browser asks its local name server: RD = 1, please find the answer.",
        server: LOCAL,
        over: QueryTransport::Udp,
        draft: MessageDraft::default,
    },
    ExampleMessage {
        name: "the root, RD = 0",
        about: "What the local name server asks: no answer comes, but who knows more (a referral, with glue).",
        server: ROOT,
        over: QueryTransport::Udp,
        draft: || without_recursion(MessageDraft::default()),
    },
    ExampleMessage {
        name: "the root, RD = 1",
        about: "Recursion is desired, and not available: RA = 0, the same referral. RFC 1034 §4.3.1.",
        server: ROOT,
        over: QueryTransport::Udp,
        draft: MessageDraft::default,
    },
    ExampleMessage {
        name: "a name that is not there",
        about: "NXDOMAIN, and the zone's SOA says how long that may be remembered. RFC 2308 §2.1.",
        server: UMASS,
        over: QueryTransport::Udp,
        draft: || without_recursion(asking("nobody.cs.umass.edu", "A")),
    },
    ExampleMessage {
        name: "upper and lower case",
        about: "Names are the same in either case, but the reply repeats the letters as they were asked. RFC 4343 §4.1.",
        server: UMASS,
        over: QueryTransport::Udp,
        draft: || without_recursion(asking("GaIa.cS.uMaSs.EdU", "A")),
    },
    ExampleMessage {
        name: "ANY over UDP, 512 octets",
        about: "More than a datagram without EDNS may hold: TC = 1, cut off. RFC 1035 §4.2.1.",
        server: LARGE_SERVER,
        over: QueryTransport::Udp,
        draft: || without_recursion(asking(LARGE, "ANY")),
    },
    ExampleMessage {
        name: "ANY with EDNS, 1232 octets",
        about: "EDNS says that the asker takes more: now it fits. RFC 6891 §6.2.3.",
        server: LARGE_SERVER,
        over: QueryTransport::Udp,
        draft: || with_edns(EdnsDraft::default(), without_recursion(asking(LARGE, "ANY"))),
    },
    ExampleMessage {
        name: "ANY over TCP",
        about: "Over TCP two octets of length go before the message, and up to 65535 follow. RFC 1035 §4.2.2, RFC 7766 §8.",
        server: LARGE_SERVER,
        over: QueryTransport::Tcp,
        draft: || without_recursion(asking(LARGE, "ANY")),
    },
    ExampleMessage {
        name: "EDNS version 1",
        about: "There is only version 0: BADVERS, of whose code the upper bits are in EDNS. RFC 6891 §6.1.3.",
        server: UMASS,
        over: QueryTransport::Udp,
        draft: || with_edns(EdnsDraft { version: 1, ..EdnsDraft::default() }, MessageDraft::default()),
    },
    ExampleMessage {
        name: "opcode STATUS",
        about: "A kind of query that nobody uses: NOTIMP. RFC 1035 §4.1.1.",
        server: UMASS,
        over: QueryTransport::Udp,
        draft: || MessageDraft { opcode: 2, ..MessageDraft::default() },
    },
    ExampleMessage {
        name: "a reply nobody asked for",
        about: "QR = 1: servers do not answer replies, or two of them would never stop. RFC 1035 §4.1.1 (QR).",
        server: UMASS,
        over: QueryTransport::Udp,
        draft: || MessageDraft { flags: Flags { qr: true, ..Flags::default() }, ..MessageDraft::default() },
    },
    ExampleMessage {
        name: "QDCOUNT 1, no question",
        about: "The header announces what does not follow: FORMERR. RFC 1035 §4.1.1.",
        server: UMASS,
        over: QueryTransport::Udp,
        draft: || octets("be ef 00 00 00 01 00 00 00 00 00 00"),
    },
    ExampleMessage {
        name: "a label longer than the message",
        about: "Its length says 63, four octets are there: FORMERR. RFC 1035 §3.1.",
        server: UMASS,
        over: QueryTransport::Udp,
        draft: || octets("be ef 00 00 00 01 00 00 00 00 00 00\n3f 67 61 69 61"),
    },
    ExampleMessage {
        name: "a compression loop",
        about: "A name that goes on at its own beginning: who follows it without care never comes back. RFC 9267 §2.",
        server: UMASS,
        over: QueryTransport::Udp,
        draft: || octets("be ef 00 00 00 01 00 00 00 00 00 00\n04 67 61 69 61 c0 0c 00 01 00 01"),
    },
    ExampleMessage {
        name: "two octets",
        about: "Not even a header, so there is nothing to answer. RFC 1035 §4.1.1.",
        server: UMASS,
        over: QueryTransport::Udp,
        draft: || octets("be ef"),
    },
];

/// Where name servers listen (RFC 1035 §4.2).
pub(super) const DNS_PORT: u16 = 53;

const LOCAL: &str = "dns.poly.edu";
const ROOT: &str = "a.root-servers.net";
const UMASS: &str = "dns.umass.edu";
/// A name with many records, and who knows it.
const LARGE: &str = "large.lab";
const LARGE_SERVER: &str = "ns.nic.lab";

#[cfg(test)]
mod messages_worth_trying {
    use super::*;
    use crate::{
        engine::{
            dns_message::DnsMessage,
            runner::{self, Options},
            setting::Setting,
        },
        lens::dns::Reading,
    };

    /// What comes back, in one line.
    fn reply(ready: &ExampleMessage) -> String {
        let mut kept = SavedMessage::default();
        ready.put_into(&mut kept, true);
        assert!(ready.is(&kept, true), "{}", ready.name);
        let report = runner::run::<DnsMessage>(&kept.config(&Setting::default()), &Options::default()).unwrap().report;
        report.received.map_or_else(|| "nothing".to_owned(), |octets| Reading::of(&octets).summary())
    }

    #[test]
    fn show_what_they_promise() {
        let expected = [
            "NOERROR RD RA · 128.119.245.12",
            "NOERROR · referral to edu.",
            "NOERROR RD · referral to edu.",
            "NXDOMAIN AA",
            "NOERROR AA · 128.119.245.12",
            "TC · cut off",
            "NOERROR AA · 9 answers",
            "NOERROR AA · 9 answers",
            "BADVERS",
            "NOTIMP",
            "nothing",
            "FORMERR",
            "FORMERR",
            "FORMERR",
            "nothing",
        ];
        assert_eq!(READY.len(), expected.len());
        for (ready, expected) in READY.iter().zip(expected) {
            let reply = reply(ready);
            assert!(reply.contains(expected), "{}: {reply}", ready.name);
        }
    }
}
