use proptest::prelude::*;

use super::*;
use crate::proto::dns::text::{name_from_text, rcode_name, rdata_from_text, record_line, type_from_text};
use crate::proto::dns::{Edns, MessageType};

fn name(text: &str) -> Name {
    name_from_text(text, &Name::root()).unwrap()
}

fn zone(origin: &str, text: &str) -> Zone {
    Zone::read(text, &name(origin)).unwrap()
}

const UMASS: &str = "$TTL 3600
@ SOA dns hostmaster 1 3h 1h 1w 300
@ NS dns
@ NS dns2.other.
@ MX 10 mail
@ MX 20 mail.elsewhere.
@ TXT \"all of it\"
dns A 128.119.10.1
mail A 128.119.10.2
mail AAAA 2001:db8::2
www CNAME gaia.cs
ftp CNAME www.elsewhere.
loop CNAME pool
pool CNAME loop
web A 128.119.10.3
web A 128.119.10.4
web A 128.119.10.5
*.star A 128.119.10.6
a.deep.er TXT x
old DNAME new
x.new A 128.119.10.7
_sip._tcp SRV 0 0 5060 mail
cs NS dns.cs
cs NS dns.econ
cs NS ns.elsewhere.
dns.cs A 128.119.240.1
dns.cs AAAA 2001:db8::c5
econ NS dns.econ
dns.econ A 128.119.99.1
";

fn server() -> Authority {
    let cut_off =
        zone("other.", "$TTL 60\n@ SOA a b 1 2 3 4 600\n@ NS dns2\ndns2 A 192.0.2.2\nto-cs CNAME gaia.cs.umass.edu.\n");
    Authority::new([zone("umass.edu.", UMASS), cut_off], Policy::default())
}

fn query(owner: &str, kind: &str) -> Message {
    let mut message = Message::new(7, MessageType::Query, OpCode::Query);
    message.add_query(Query::query(name(owner), type_from_text(kind).unwrap()));
    message
}

const ASKER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 2));

fn ask(server: &mut Authority, query: &Message, over: Transport) -> (Message, usize) {
    let answered = server.answer(&query.to_vec().unwrap(), ASKER, over);
    assert!(!answered.why.is_empty());
    let octets = answered.octets.unwrap();
    let message = Message::from_vec(&octets).unwrap();
    assert_eq!((message.id, message.message_type, message.recursion_available), (7, MessageType::Response, false));
    (message, octets.len())
}

/// Code and AA, then the sections' records.
fn told(server: &mut Authority, owner: &str, kind: &str) -> (String, [Vec<String>; 3]) {
    let (message, _) = ask(server, &query(owner, kind), Transport::Tcp);
    let lines = |records: &[Record]| records.iter().map(record_line).collect();
    let code = rcode_name(message.response_code);
    let code = if message.authoritative { format!("{code} aa") } else { code };
    (code, [lines(&message.answers), lines(&message.authorities), lines(&message.additionals)])
}

const NS: [&str; 2] = ["umass.edu. 3600 IN NS dns.umass.edu.", "umass.edu. 3600 IN NS dns2.other."];
const NS_ADDRESSES: [&str; 2] = ["dns.umass.edu. 3600 IN A 128.119.10.1", "dns2.other. 60 IN A 192.0.2.2"];
const SOA: &str = "umass.edu. 300 IN SOA dns.umass.edu. hostmaster.umass.edu. 1 10800 3600 604800 300";

#[test]
fn an_answer_has_authority_and_the_zones_name_servers() {
    let (code, [answers, authorities, additionals]) = told(&mut server(), "umass.edu.", "MX");
    assert_eq!(code, "NOERROR aa");
    assert_eq!(answers, ["umass.edu. 3600 IN MX 10 mail.umass.edu.", "umass.edu. 3600 IN MX 20 mail.elsewhere."]);
    assert_eq!(authorities, NS);
    let mail = ["mail.umass.edu. 3600 IN A 128.119.10.2", "mail.umass.edu. 3600 IN AAAA 2001:db8::2"];
    assert_eq!(additionals, [NS_ADDRESSES, mail].concat());
    let mut server = server();
    server.policy_mut().minimal = true;
    let (_, [answers, authorities, additionals]) = told(&mut server, "umass.edu.", "MX");
    assert_eq!((answers.len(), authorities.len(), additionals.len()), (2, 0, 0));
    let (_, [answers, authorities, _]) = told(&mut server, "umass.edu.", "NS");
    assert_eq!((answers, authorities.len()), (NS.map(str::to_owned).to_vec(), 0));
    let (_, [answers, _, additionals]) = told(&mut self::server(), "_sip._tcp.umass.edu.", "SRV");
    assert_eq!(answers, ["_sip._tcp.umass.edu. 3600 IN SRV 0 0 5060 mail.umass.edu."]);
    assert_eq!(additionals.len(), 4);
}

#[test]
fn a_referral_has_glue_and_no_authority() {
    let (code, [answers, authorities, additionals]) = told(&mut server(), "gaia.cs.umass.edu.", "A");
    assert_eq!((code.as_str(), answers.len()), ("NOERROR", 0));
    assert_eq!(
        authorities,
        [
            "cs.umass.edu. 3600 IN NS dns.cs.umass.edu.",
            "cs.umass.edu. 3600 IN NS dns.econ.umass.edu.",
            "cs.umass.edu. 3600 IN NS ns.elsewhere."
        ]
    );
    assert_eq!(
        additionals,
        [
            "dns.cs.umass.edu. 3600 IN A 128.119.240.1",
            "dns.cs.umass.edu. 3600 IN AAAA 2001:db8::c5",
            "dns.econ.umass.edu. 3600 IN A 128.119.99.1"
        ]
    );
    // The parent answers for the cut's DS records itself (RFC 4035 §3.1.4.1), and there are none.
    let (code, [_, authorities, _]) = told(&mut server(), "cs.umass.edu.", "DS");
    assert_eq!((code.as_str(), authorities), ("NOERROR aa", vec![SOA.to_owned()]));
}

#[test]
fn aliases_are_followed_within_the_servers_zones() {
    let mut server = server();
    let (code, [answers, authorities, _]) = told(&mut server, "www.umass.edu.", "A");
    assert_eq!(
        (code.as_str(), answers),
        ("NOERROR aa", vec!["www.umass.edu. 3600 IN CNAME gaia.cs.umass.edu.".to_owned()])
    );
    assert_eq!(authorities.len(), 3, "the referral for cs.umass.edu.");
    let (code, [answers, authorities, _]) = told(&mut server, "ftp.umass.edu.", "A");
    assert_eq!((code.as_str(), answers.len(), authorities.len()), ("NOERROR aa", 1, 0));
    let (_, [answers, ..]) = told(&mut server, "www.umass.edu.", "CNAME");
    assert_eq!(answers.len(), 1);
    let (code, [answers, ..]) = told(&mut server, "loop.umass.edu.", "A");
    assert_eq!((code.as_str(), answers.len()), ("NOERROR aa", 2));
    server.insert(zone(
        "cs.umass.edu.",
        "$TTL 60\n@ SOA dns h 1 2 3 4 5\n@ NS dns\ndns A 128.119.240.1\ngaia A 128.119.245.12\n",
    ));
    let (_, [answers, ..]) = told(&mut server, "to-cs.other.", "A");
    assert_eq!(answers, ["to-cs.other. 60 IN CNAME gaia.cs.umass.edu.", "gaia.cs.umass.edu. 60 IN A 128.119.245.12"]);
    let (code, [_, authorities, _]) = told(&mut server, "no.cs.umass.edu.", "A");
    assert_eq!((code.as_str(), authorities[0].contains(" 5 IN SOA ")), ("NXDOMAIN aa", true));
    assert!(server.remove(&name("cs.umass.edu.")).is_some() && server.zone(&name("cs.umass.edu.")).is_none());
}

#[test]
fn dname_makes_an_alias_of_its_own() {
    let mut server = server();
    let (code, [answers, ..]) = told(&mut server, "x.old.umass.edu.", "A");
    assert_eq!(code, "NOERROR aa");
    assert_eq!(
        answers,
        [
            "old.umass.edu. 3600 IN DNAME new.umass.edu.",
            "x.old.umass.edu. 3600 IN CNAME x.new.umass.edu.",
            "x.new.umass.edu. 3600 IN A 128.119.10.7"
        ]
    );
    let label = "a".repeat(63);
    let mut long = server.remove(&name("umass.edu.")).unwrap();
    let target =
        rdata_from_text(RecordType::DNAME, &format!("{label}.{label}.{label}.umass.edu."), &Name::root()).unwrap();
    long.replace(&name("old.umass.edu."), RecordType::DNAME, 60, vec![target]).unwrap();
    server.insert(long);
    let (code, [answers, ..]) = told(&mut server, &format!("{label}.old.umass.edu."), "A");
    assert_eq!((code.as_str(), answers.len()), ("YXDOMAIN aa", 1));
}

#[test]
fn an_alias_below_a_dname_is_not_followed_where_it_is_asked_for() {
    let mut server = server();
    for (policy, kind) in [(AnyPolicy::Full, "CNAME"), (AnyPolicy::Full, "ANY"), (AnyPolicy::Minimal, "ANY")] {
        server.policy_mut().any = policy;
        for label in ["x", "missing"] {
            let (code, [answers, authorities, _]) = told(&mut server, &format!("{label}.old.umass.edu."), kind);
            assert_eq!((code.as_str(), authorities.len()), ("NOERROR aa", 0), "{label} {kind}");
            assert_eq!(
                answers,
                [
                    "old.umass.edu. 3600 IN DNAME new.umass.edu.".to_owned(),
                    format!("{label}.old.umass.edu. 3600 IN CNAME {label}.new.umass.edu.")
                ]
            );
        }
    }
    let (code, [answers, authorities, _]) = told(&mut server, "missing.old.umass.edu.", "A");
    assert_eq!((code.as_str(), answers.len(), authorities), ("NXDOMAIN aa", 2, vec![SOA.to_owned()]));
}

#[test]
fn what_is_not_there_is_denied_with_the_soa() {
    let mut server = server();
    for (owner, kind, code) in [
        ("nobody.umass.edu.", "A", "NXDOMAIN aa"),
        ("umass.edu.", "AAAA", "NOERROR aa"),
        ("deep.er.umass.edu.", "A", "NOERROR aa"),
        ("er.umass.edu.", "ANY", "NOERROR aa"),
        ("x.star.umass.edu.", "MX", "NOERROR aa"),
        ("x.a.deep.er.umass.edu.", "TXT", "NXDOMAIN aa"),
    ] {
        let (found, [answers, authorities, additionals]) = told(&mut server, owner, kind);
        assert_eq!((found.as_str(), answers.len(), additionals.len()), (code, 0, 0), "{owner} {kind}");
        assert_eq!(authorities, [SOA], "{owner} {kind}");
    }
    let (_, [answers, ..]) = told(&mut server, "Any.Thing.STAR.umass.edu.", "A");
    assert_eq!(answers, ["Any.Thing.STAR.umass.edu. 3600 IN A 128.119.10.6"]);
}

#[test]
fn any_is_answered_as_the_policy_says() {
    let mut server = server();
    let (_, [answers, ..]) = told(&mut server, "umass.edu.", "ANY");
    assert_eq!(answers.len(), 6);
    server.policy_mut().any = AnyPolicy::Minimal;
    let (_, [answers, ..]) = told(&mut server, "umass.edu.", "ANY");
    assert_eq!(answers, ["umass.edu. 3600 IN HINFO \"RFC8482\" \"\""]);
    let (_, [answers, ..]) = told(&mut server, "www.umass.edu.", "ANY");
    assert_eq!(answers, ["www.umass.edu. 3600 IN CNAME gaia.cs.umass.edu."]);
}

#[test]
fn addresses_take_turns() {
    let mut server = server();
    let first = |server: &mut Authority| told(server, "web.umass.edu.", "A").1[0][0].clone();
    let mut order: Vec<String> = (0..4).map(|_| first(&mut server)).collect();
    assert_eq!(order[0], order[3]);
    order.truncate(3);
    order.sort();
    order.dedup();
    assert_eq!(order.len(), 3);
    server.policy_mut().rotate = false;
    assert_eq!(first(&mut server), first(&mut server));
}

#[test]
fn places_get_their_own_answers() {
    let text =
        "$TTL 60\n@ SOA ns h 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\ncdn A 192.0.2.10\n$PLACE 10.0.0.0/8\ncdn A 10.1.1.1\n";
    let mut server = Authority::new([zone("example.com.", text)], Policy::default());
    for (asker, address) in [("10.0.0.2", "10.1.1.1"), ("192.0.2.200", "192.0.2.10")] {
        let query = query("cdn.example.com.", "A").to_vec().unwrap();
        let answered = server.answer(&query, asker.parse().unwrap(), Transport::Udp);
        let message = Message::from_vec(&answered.octets.unwrap()).unwrap();
        assert_eq!(record_line(&message.answers[0]), format!("cdn.example.com. 60 IN A {address}"));
        assert_eq!(answered.why.iter().any(|why| why.text.contains("inside 10.0.0.0/8")), asker == "10.0.0.2");
    }
}

#[test]
fn what_a_server_does_not_do_it_says() {
    let mut server = server();
    for (owner, kind, code) in [
        ("www.uvic.ca.", "A", "REFUSED"),
        ("umass.edu.", "AXFR", "REFUSED"),
        ("umass.edu.", "MAILB", "NOTIMP"),
        ("umass.edu.", "OPT", "FORMERR"),
    ] {
        assert_eq!(told(&mut server, owner, kind).0, code, "{owner} {kind}");
    }
    let code = |server: &mut Authority, query: &Message| rcode_name(ask(server, query, Transport::Udp).0.response_code);
    let mut notify = query("umass.edu.", "SOA");
    notify.metadata.op_code = OpCode::Notify;
    assert_eq!(code(&mut server, &notify), "NOTIMP");
    let mut two = query("umass.edu.", "SOA");
    two.add_query(two.queries[0].clone());
    assert_eq!(code(&mut server, &two), "FORMERR");
    let mut chaos = query("version.bind.", "TXT");
    chaos.queries[0].set_query_class(DNSClass::CH);
    assert_eq!(code(&mut server, &chaos), "REFUSED");
    server.policy_mut().version = Some("lab".to_owned());
    assert_eq!(record_line(&ask(&mut server, &chaos, Transport::Udp).0.answers[0]), "version.bind. 0 CH TXT \"lab\"");

    let good = query("umass.edu.", "SOA").to_vec().unwrap();
    assert_eq!(server.answer(&good[..11], ASKER, Transport::Udp).octets, None);
    let mut response = good.clone();
    response[2] |= 0x80;
    assert_eq!(server.answer(&response, ASKER, Transport::Udp).octets, None);
    let cut = server.answer(&good[..20], ASKER, Transport::Udp).octets.unwrap();
    assert_eq!((&cut[..2], cut[3] & 0x0f, cut.len()), (&[0, 7][..], 1, 12));
}

#[test]
fn edns_is_answered_where_it_is_asked_for() {
    let mut server = server();
    let mut asked = query("wEb.uMass.EDU.", "A");
    asked.metadata.recursion_desired = true;
    let (message, _) = ask(&mut server, &asked, Transport::Udp);
    assert!(message.edns.is_none() && message.recursion_desired);
    assert!(
        message.queries[0].name.eq_case(&name("wEb.uMass.EDU."))
            && message.answers[0].name.eq_case(&message.queries[0].name)
    );
    let mut edns = Edns::new();
    edns.set_max_payload(4096).set_dnssec_ok(true);
    asked.set_edns(edns.clone());
    let (message, _) = ask(&mut server, &asked, Transport::Udp);
    let ours = message.edns.unwrap();
    assert_eq!((ours.version(), ours.max_payload(), ours.flags().dnssec_ok), (0, 1232, true));
    edns.set_version(1);
    asked.set_edns(edns);
    let (message, _) = ask(&mut server, &asked, Transport::Udp);
    assert_eq!(rcode_name(message.response_code), "BADVERS");
    assert_eq!((message.answers.len(), message.edns.unwrap().version()), (0, 0));
}

#[test]
fn what_does_not_fit_is_left_out_or_cut() {
    let mut text = UMASS.to_owned();
    for n in 0..20 {
        text.push_str(&format!("big TXT \"{n} {}\"\n", "x".repeat(50)));
        text.push_str(&format!("many NS ns{n}.many\nns{n}.many A 192.0.2.{n}\n"));
        text.push_str(&format!("mx MX 0 m{n}.mx\nm{n}.mx A 192.0.2.{n}\n"));
    }
    let mut server = Authority::new([zone("umass.edu.", &text)], Policy::default());
    // What was asked for, and glue that is needed, sets TC when it does not fit.
    let (cut, octets) = ask(&mut server, &query("big.umass.edu.", "TXT"), Transport::Udp);
    assert!(cut.truncation && cut.answers.is_empty() && octets <= 512);
    let (whole, octets) = ask(&mut server, &query("big.umass.edu.", "TXT"), Transport::Tcp);
    assert!(!whole.truncation && whole.answers.len() == 20 && octets > 1232);
    let (referral, octets) = ask(&mut server, &query("x.many.umass.edu.", "A"), Transport::Udp);
    assert!(referral.truncation && referral.authorities.len() == 20 && octets <= 512);
    assert!((1..20).contains(&referral.additionals.len()), "as much glue as fits");
    let mut asked = query("x.many.umass.edu.", "A");
    let mut edns = Edns::new();
    edns.set_max_payload(1400);
    asked.set_edns(edns);
    let (referral, octets) = ask(&mut server, &asked, Transport::Udp);
    assert!(!referral.truncation && referral.additionals.len() == 20 && octets <= 1232);
    // What was only added is left out without a word.
    let (mx, octets) = ask(&mut server, &query("mx.umass.edu.", "MX"), Transport::Udp);
    assert!(!mx.truncation && mx.answers.len() == 20 && octets <= 512);
    let (whole, _) = ask(&mut server, &query("mx.umass.edu.", "MX"), Transport::Tcp);
    assert_eq!(whole.additionals.len(), 21);
}

proptest! {
    #[test]
    fn any_octets_are_answered_or_not(octets in proptest::collection::vec(any::<u8>(), 0..80)) {
        let mut server = server();
        server.answer(&octets, ASKER, Transport::Udp);
        // And with a header of one question and an OPT record.
        let mut query = vec![0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1];
        query.extend(&octets);
        for over in [Transport::Udp, Transport::Tcp] {
            let answered = server.answer(&query, ASKER, over);
            prop_assert!(Message::from_vec(&answered.octets.unwrap()).is_ok());
        }
    }

    #[test]
    fn any_question_is_answered(
        labels in proptest::collection::vec("web|cs|star|old|er|www|umass|edu|[a-z]{1,60}|\\*", 0..6), kind in any::<u16>(), size in any::<u16>(),
    ) {
        let mut asked = query(".", "A");
        let Ok(name) = Name::from_labels(labels.iter().map(String::as_bytes).chain([&b"umass"[..], b"edu"])) else { return Ok(()) };
        asked.queries[0].name = name;
        asked.queries[0].query_type = RecordType::from(kind);
        let mut edns = Edns::new();
        edns.set_max_payload(size);
        asked.set_edns(edns);
        let (_, octets) = ask(&mut server(), &asked, Transport::Udp);
        prop_assert!(octets <= 1232);
    }
}
