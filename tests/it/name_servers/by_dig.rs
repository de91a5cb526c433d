//! The lab's published name servers asked by dig: what dig makes of an answer, and what we make of the same one.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    net::SocketAddr,
    process::Command,
};

use roundtrip::{
    engine::resolve::Report,
    lab::LabFiles,
    proto::dns::{
        Edns, Message, MessageType, Name, OpCode, Query, RecordType,
        dig::dig,
        text::name_from_text,
        trace::{Purpose, StepOutcome},
    },
};

use super::{
    DIG,
    network::NFT,
    published::{self, Published, over_tcp, over_udp},
};
use crate::support::world::{World, is_installed, skipped};

/// One question, as dig is told to ask it, and what everybody has to see in the answer.
struct Case {
    server: &'static str,
    dig: &'static [&'static str],
    question: (&'static str, RecordType),
    asked: Asked,
    /// Response code and flags.
    header: (&'static str, &'static str),
    /// How many records there are in answer and authority.
    records: [usize; 2],
}

/// How it is asked.
#[derive(Clone, Copy)]
struct Asked {
    op_code: OpCode,
    recursion: bool,
    /// Octets offered, and the version.
    edns: Option<(u16, u8)>,
    over_tcp: bool,
}

/// As dig asks when it is told nothing else.
const USUAL: Asked = Asked { op_code: OpCode::Query, recursion: true, edns: Some((1_232, 0)), over_tcp: false };
const LOCAL: &str = "dns.poly.edu";
const ROOT: &str = "a.root-servers.net";
const SCHOOL: &str = "dns.umass.edu";
const GAIA: &str = "gaia.cs.umass.edu.";

const CASES: &[Case] = &[
    Case {
        server: LOCAL,
        dig: &["gaia.cs.umass.edu"],
        question: (GAIA, RecordType::A),
        asked: USUAL,
        header: ("NOERROR", "qr rd ra"),
        records: [1, 2],
    },
    // A referral: no AA, nothing answered, the servers and their addresses.
    Case {
        server: ROOT,
        dig: &["gaia.cs.umass.edu", "+norecurse"],
        question: (GAIA, RecordType::A),
        asked: Asked { recursion: false, ..USUAL },
        header: ("NOERROR", "qr"),
        records: [0, 1],
    },
    Case {
        server: SCHOOL,
        dig: &["gaia.cs.umass.edu"],
        question: (GAIA, RecordType::A),
        asked: USUAL,
        header: ("NOERROR", "qr aa rd"),
        records: [1, 2],
    },
    Case {
        server: SCHOOL,
        dig: &["gaia.cs.umass.edu", "+tcp"],
        question: (GAIA, RecordType::A),
        asked: Asked { over_tcp: true, ..USUAL },
        header: ("NOERROR", "qr aa rd"),
        records: [1, 2],
    },
    Case {
        server: LOCAL,
        dig: &["gaia.cs.umass.edu", "+tcp"],
        question: (GAIA, RecordType::A),
        asked: Asked { over_tcp: true, ..USUAL },
        header: ("NOERROR", "qr rd ra"),
        records: [1, 2],
    },
    // dig asks for ANY over TCP by itself.
    Case {
        server: "dns1.uvic.ca",
        dig: &["uvic.ca", "ANY"],
        question: ("uvic.ca.", RecordType::ANY),
        asked: Asked { over_tcp: true, ..USUAL },
        header: ("NOERROR", "qr aa rd"),
        records: [15, 0],
    },
    Case {
        server: "dns1.uvic.ca",
        dig: &["uvic.ca", "ANY", "+notcp", "+bufsize=1232"],
        question: ("uvic.ca.", RecordType::ANY),
        asked: USUAL,
        header: ("NOERROR", "qr aa rd"),
        records: [15, 0],
    },
    // Without EDNS there is room for 512 octets, and no OPT comes back.
    Case {
        server: "dns1.uvic.ca",
        dig: &["uvic.ca", "ANY", "+notcp", "+noedns"],
        question: ("uvic.ca.", RecordType::ANY),
        asked: Asked { edns: None, ..USUAL },
        header: ("NOERROR", "qr aa rd"),
        records: [15, 0],
    },
    Case {
        server: LOCAL,
        dig: &["missing.cs.umass.edu"],
        question: ("missing.cs.umass.edu.", RecordType::A),
        asked: USUAL,
        header: ("NXDOMAIN", "qr rd ra"),
        records: [0, 1],
    },
    Case {
        server: SCHOOL,
        dig: &["missing.cs.umass.edu"],
        question: ("missing.cs.umass.edu.", RecordType::A),
        asked: USUAL,
        header: ("NXDOMAIN", "qr aa rd"),
        records: [0, 1],
    },
    Case {
        server: LOCAL,
        dig: &["gaia.cs.umass.edu", "MX"],
        question: (GAIA, RecordType::MX),
        asked: USUAL,
        header: ("NOERROR", "qr rd ra"),
        records: [0, 1],
    },
    Case {
        server: SCHOOL,
        dig: &["gaia.cs.umass.edu", "MX"],
        question: (GAIA, RecordType::MX),
        asked: USUAL,
        header: ("NOERROR", "qr aa rd"),
        records: [0, 1],
    },
    Case {
        server: LOCAL,
        dig: &["-x", "128.119.245.12"],
        question: ("12.245.119.128.in-addr.arpa.", RecordType::PTR),
        asked: USUAL,
        header: ("NOERROR", "qr rd ra"),
        records: [1, 2],
    },
    Case {
        server: LOCAL,
        dig: &["www.ibm.com"],
        question: ("www.ibm.com.", RecordType::A),
        asked: USUAL,
        header: ("NOERROR", "qr rd ra"),
        records: [2, 1],
    },
    Case {
        server: LOCAL,
        dig: &["uvic.ca", "MX"],
        question: ("uvic.ca.", RecordType::MX),
        asked: USUAL,
        header: ("NOERROR", "qr rd ra"),
        records: [7, 3],
    },
    Case {
        server: SCHOOL,
        dig: &["cs.umass.edu", "AXFR"],
        question: ("cs.umass.edu.", RecordType::AXFR),
        asked: Asked { recursion: false, over_tcp: true, ..USUAL },
        header: ("REFUSED", "qr"),
        records: [0, 0],
    },
    Case {
        server: ROOT,
        dig: &["gaia.cs.umass.edu", "+edns=1", "+noednsnegotiation"],
        question: (GAIA, RecordType::A),
        asked: Asked { edns: Some((1_232, 1)), ..USUAL },
        header: ("BADVERS", "qr rd"),
        records: [0, 0],
    },
    Case {
        server: LOCAL,
        dig: &["gaia.cs.umass.edu", "+edns=1", "+noednsnegotiation"],
        question: (GAIA, RecordType::A),
        asked: Asked { edns: Some((1_232, 1)), ..USUAL },
        header: ("BADVERS", "qr rd ra"),
        records: [0, 0],
    },
    Case {
        server: ROOT,
        dig: &["gaia.cs.umass.edu", "+opcode=STATUS"],
        question: (GAIA, RecordType::A),
        asked: Asked { op_code: OpCode::Status, ..USUAL },
        header: ("NOTIMP", "qr rd"),
        records: [0, 0],
    },
    Case {
        server: LOCAL,
        dig: &["gaia.cs.umass.edu", "+opcode=STATUS"],
        question: (GAIA, RecordType::A),
        asked: Asked { op_code: OpCode::Status, ..USUAL },
        header: ("NOTIMP", "qr rd ra"),
        records: [0, 0],
    },
];

#[test]
fn dig_reads_every_answer_as_we_do() {
    if !is_installed(DIG.0) {
        return skipped("dig is not installed (package bind9-dnsutils)").unwrap_or_default();
    }
    let lab = Published::start();
    for case in CASES {
        let what = format!("{} asked {:?}", case.server, case.dig);
        let ours = case.ask_ourselves(lab.at(case.server));
        let mut ours = Seen::read(&dig(&ours, None));
        let text = run_dig(lab.at(case.server), case.dig);
        let mut theirs = Seen::read(&text);
        assert_eq!((theirs.status.as_str(), theirs.flags.as_str()), case.header, "{what}: {text}");
        assert_eq!(["ANSWER", "AUTHORITY"].map(|title| theirs.records(title).len()), case.records, "{what}: {text}");
        assert_eq!(theirs.edns.is_some(), case.asked.edns.is_some(), "{what}: {text}");
        if case.server == LOCAL {
            // Its cache counts them down.
            ours.forget_ttls();
            theirs.forget_ttls();
        }
        assert_eq!(ours, theirs, "{what}: {text}");
    }
    let referral = Seen::read(&run_dig(lab.at(ROOT), &["gaia.cs.umass.edu", "+norecurse"]));
    assert_eq!(referral.records("AUTHORITY"), ["edu. 172800 IN NS b.edu-servers.net."]);
    assert_eq!(referral.records("ADDITIONAL")[0], "b.edu-servers.net. 172800 IN A 192.33.14.30");
    let aliases = Seen::read(&run_dig(lab.at(LOCAL), &["www.ibm.com"]));
    let kinds: BTreeSet<_> = aliases.records("ANSWER").iter().filter_map(|line| line.split(' ').nth(3)).collect();
    assert_eq!(kinds, BTreeSet::from(["A", "CNAME"]));
}

#[test]
fn what_dig_cannot_have_in_a_datagram_it_fetches_over_tcp() {
    if !is_installed(DIG.0) {
        return skipped("dig is not installed (package bind9-dnsutils)").unwrap_or_default();
    }
    // hamburger.edu has more to say than 512 octets hold.
    let folder = std::env::temp_dir().join(format!("roundtrip-by-dig-{}", std::process::id()));
    fs::create_dir_all(folder.join("zones")).unwrap();
    let mut zone = "$ORIGIN hamburger.edu.\n$TTL 3600\n@ SOA dns hostmaster 1 3h 1h 4w 300\n@ NS dns\n\
                    dns A 203.0.113.126\n"
        .to_owned();
    for number in 0..5 {
        zone.push_str(&format!("@ TXT \"{number} {}\"\n", "x".repeat(150)));
    }
    fs::write(folder.join("zones/hamburger.edu.zone"), zone).unwrap();
    let hosts = LabFiles::from_folder(&folder).unwrap().hosts();
    let lab = Published::start_with(
        Command::new("sh"),
        &hosts,
        &["--lab-files", &folder.to_string_lossy(), "--ports", "free"],
    );
    for (server, flags) in [("dns.hamburger.edu", "qr aa rd"), (LOCAL, "qr rd ra")] {
        let at = lab.at(server);
        let case = |edns, over_tcp| Case {
            server,
            dig: &[],
            question: ("hamburger.edu.", RecordType::ANY),
            asked: Asked { edns: Some((edns, 0)), over_tcp, ..USUAL },
            header: ("NOERROR", flags),
            records: [0, 0],
        };
        let cut = Seen::read(&dig(&case(512, false).ask_ourselves(at), None));
        assert!(cut.flags.contains(" tc") && cut.records("ANSWER").len() < 7, "{server}: {cut:?}");
        let mut whole = Seen::read(&dig(&case(512, true).ask_ourselves(at), None));
        let mut fits = Seen::read(&dig(&case(1_232, false).ask_ourselves(at), None));
        let ask = ["hamburger.edu", "ANY", "+notcp", "+bufsize=512"];
        let kept = run_dig(at, &[&ask[..], &["+ignore"]].concat());
        assert_eq!(Seen::read(&kept), cut, "{server}: {kept}");
        let again = run_dig(at, &ask);
        assert!(again.contains(";; Truncated, retrying in TCP mode."), "{server}: {again}");
        let at_once = run_dig(at, &["hamburger.edu", "ANY", "+tcp", "+bufsize=512"]);
        let roomy = run_dig(at, &["hamburger.edu", "ANY", "+notcp", "+bufsize=1232"]);
        assert!(!roomy.contains("Truncated"), "{server}: {roomy}");
        let [mut again, mut at_once, mut roomy] = [&again, &at_once, &roomy].map(|text| Seen::read(text));
        if server == LOCAL {
            for seen in [&mut whole, &mut fits, &mut again, &mut at_once, &mut roomy] {
                seen.forget_ttls();
            }
        }
        assert_eq!((whole.flags.as_str(), whole.records("ANSWER").len()), (flags, 7), "{server}: {whole:?}");
        assert_eq!((&again, &at_once, &roomy), (&whole, &whole, &fits), "{server}");
    }
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn the_command_line_prints_what_dig_prints() {
    if !is_installed(DIG.0) {
        return skipped("dig is not installed (package bind9-dnsutils)").unwrap_or_default();
    }
    let lab = Published::start();
    for (name, kind) in [("gaia.cs.umass.edu", "A"), ("www.ibm.com", "A"), ("uvic.ca", "MX"), ("missing.edu", "A")] {
        let server = lab.at(LOCAL).to_string();
        let arguments =
            ["resolve", name, kind, "--mode", "recursive", "--server", &server, "--world", "internet", "--dig"];
        let output = Command::new(env!("CARGO_BIN_EXE_roundtrip")).args(arguments).output().unwrap();
        let ours = String::from_utf8_lossy(&output.stdout).into_owned();
        let theirs = run_dig(lab.at(LOCAL), &[name, kind]);
        let [mut seen, mut expected] = [&ours, &theirs].map(|text| Seen::read(text));
        seen.forget_ttls();
        expected.forget_ttls();
        assert_eq!(seen, expected, "{name} {kind}:\n{ours}\n{theirs}");
        let by = format!(";; SERVER: 127.0.0.1#{}(127.0.0.1) (UDP)", lab.at(LOCAL).port());
        assert!(ours.contains(&by), "{ours}");
    }
}

/// Every name server of the lab at its own address and port 53, in a network of its own; `None`, said aloud, where it cannot be had.
fn on_the_internet() -> Option<(World, Published)> {
    let world = World::open(&[DIG, NFT, ("mount", "mount")])?;
    let hosts = LabFiles::embedded().hosts();
    let lab = Published::start_with(world.command("sh"), &hosts, &["--ports", "fixed"]);
    let mut lines = "nft add table ip n\nnft 'add chain ip n out { type nat hook output priority -100; }'\n".to_owned();
    for (name, at) in lab.name_servers() {
        let ip = published::ip_of(&hosts, name);
        lines.push_str(&format!("ip addr replace {ip}/32 dev lo\n"));
        for transport in ["udp", "tcp"] {
            lines.push_str(&format!("nft add rule ip n out ip daddr {ip} {transport} dport 53 dnat to {at}\n"));
        }
    }
    world.shell(&lines);
    Some((world, lab))
}

#[test]
fn dig_traces_the_lab_from_its_root_as_we_do() {
    let Some((world, _lab)) = on_the_internet() else { return };
    let local = published::ip_of(&LabFiles::embedded().hosts(), LOCAL);
    let configuration = world.file("resolv.conf", &format!("nameserver {local}\n"));
    let script = r#"mount --bind "$1" /etc/resolv.conf && shift && exec "$@""#;
    let mut command = world.command("unshare");
    command.args(["--mount", "sh", "-c", script, "sh"]).arg(configuration);
    let output = command.args(["dig", "+trace", "+nodnssec", "+time=10", "gaia.cs.umass.edu"]).output().unwrap();
    let theirs = String::from_utf8_lossy(&output.stdout).into_owned();

    let mut command = world.command(env!("CARGO_BIN_EXE_roundtrip"));
    let output = command.args(["resolve", "gaia.cs.umass.edu", "--world", "internet", "--json"]).output().unwrap();
    let ours: Report = serde_json::from_slice(&output.stdout).unwrap();
    assert!(ours.failure.is_none(), "{:?}", ours.failure);
    let [priming, steps @ ..] = ours.steps.as_slice() else { panic!("no step") };
    assert_eq!((&priming.purpose, priming.outcome), (&Purpose::Priming, StepOutcome::Answer));

    // Servers by zone, in the order in which they came up; and who was asked.
    let traced = Traced::read(&theirs);
    let of_root = priming.answers.iter().filter_map(|line| ns(line)).map(|(_, server)| server).collect();
    let mut zones: Vec<(String, BTreeSet<String>)> = vec![(".".to_owned(), of_root)];
    for referral in steps.iter().filter_map(|step| step.referral.as_ref()) {
        zones.push((referral.zone.clone(), referral.servers.iter().map(|server| dotted(server)).collect()));
    }
    assert_eq!(traced.zones, zones, "{theirs}");
    let names: Vec<&str> = zones.iter().map(|(zone, _)| zone.as_str()).collect();
    assert_eq!(names, [".", "edu.", "umass.edu."]);
    assert_eq!((traced.answer, ours.answers), (vec![ANSWER.to_owned()], vec![ANSWER.to_owned()]), "{theirs}");
    // Below the root there is one server each: dig and we asked the same.
    let asked: Vec<SocketAddr> = steps.iter().filter_map(|step| step.ip_port).collect();
    assert_eq!(traced.asked[2..], asked[1..], "{theirs}");
    assert_eq!(asked[1..].iter().map(ToString::to_string).collect::<Vec<_>>(), ["192.33.14.30:53", "128.119.10.27:53"]);
}

const ANSWER: &str = "gaia.cs.umass.edu. 3600 IN A 128.119.245.12";

/// What `dig +trace` found.
struct Traced {
    /// Zones referred to, and their servers.
    zones: Vec<(String, BTreeSet<String>)>,
    /// Whom it asked, the system's name server first.
    asked: Vec<SocketAddr>,
    answer: Vec<String>,
}

impl Traced {
    fn read(text: &str) -> Self {
        let mut traced = Self { zones: Vec::new(), asked: Vec::new(), answer: Vec::new() };
        let mut zone: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for line in text.lines() {
            // ;; Received 525 bytes from 198.41.0.4#53(a.root-servers.net) in 20 ms
            if let Some((_, from)) = line.split_once(" bytes from ") {
                let from = from.split('(').next().unwrap().replace('#', ":");
                traced.asked.push(from.parse().unwrap());
                traced.zones.extend(std::mem::take(&mut zone));
            } else if let Some((owner, server)) = ns(line) {
                zone.entry(owner).or_default().insert(server);
            } else if !line.is_empty() && !line.starts_with(';') {
                traced.answer.push(one_spaced(line));
            }
        }
        // Its last answer says who serves the zone it came from.
        let answered_from = traced.zones.len() > 3;
        traced.zones.truncate(if answered_from { 3 } else { traced.zones.len() });
        traced
    }
}

/// Owner and server of an NS record's line.
fn ns(line: &str) -> Option<(String, String)> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [owner, _, "IN", "NS", server] = words.as_slice() else { return None };
    Some((dotted(owner), dotted(server)))
}

fn dotted(name: &str) -> String {
    if name.ends_with('.') { name.to_owned() } else { format!("{name}.") }
}

fn one_spaced(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl Case {
    /// The same question in octets of our own, and the answer as our own reader takes it apart.
    fn ask_ourselves(&self, server: SocketAddr) -> Message {
        let Asked { op_code, recursion, edns, over_tcp: by_connection } = self.asked;
        let mut query = Message::new(4_711, MessageType::Query, op_code);
        query.metadata.recursion_desired = recursion;
        let name = name_from_text(self.question.0, &Name::root()).unwrap();
        query.add_query(Query::query(name, self.question.1));
        if let Some((octets, version)) = edns {
            let mut edns = Edns::new();
            edns.set_max_payload(octets).set_version(version);
            query.set_edns(edns);
        }
        if by_connection { over_tcp(server, &query) } else { over_udp(server, &query) }
    }
}

/// What dig prints of an answer.
fn run_dig(server: SocketAddr, args: &[&str]) -> String {
    let (ip, port) = (format!("@{}", server.ip()), server.port().to_string());
    let mut command = Command::new("dig");
    // Without cookies and AD, which are dig's own; without the comments that name times and versions.
    command.args([&ip, "-p", &port, "+nocookie", "+noadflag", "+time=10", "+tries=3"]);
    command.args(["+noall", "+comments", "+question", "+answer", "+authority", "+additional"]);
    let output = command.args(args).output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A response as dig's text tells of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Seen {
    op_code: String,
    status: String,
    flags: String,
    /// QUERY, ANSWER, AUTHORITY, ADDITIONAL as counted.
    counts: String,
    edns: Option<String>,
    /// Lines by section, one space between words, in order of the alphabet: a server may turn sets around.
    sections: BTreeMap<String, Vec<String>>,
}

impl Seen {
    fn read(text: &str) -> Self {
        let mut seen = Self::default();
        let mut section = String::new();
        for line in text.lines() {
            if let Some((_, header)) = line.split_once("->>HEADER<<- opcode: ") {
                let mut parts = header.split(", ");
                seen.op_code = parts.next().map(str::to_owned).unwrap_or_default();
                let status = parts.next().and_then(|part| part.strip_prefix("status: "));
                seen.status = status.map(str::to_owned).unwrap_or_default();
            } else if let Some((flags, counts)) = line.strip_prefix(";; flags: ").and_then(|rest| rest.split_once("; "))
            {
                (seen.flags, seen.counts) = (flags.to_owned(), counts.to_owned());
            } else if let Some(edns) = line.strip_prefix("; EDNS: ") {
                seen.edns = Some(edns.to_owned());
            } else if let Some((title, _)) = line.strip_prefix(";; ").and_then(|rest| rest.split_once(" SECTION:")) {
                title.clone_into(&mut section);
            } else if line.is_empty() || line.starts_with(";; ") {
                section.clear();
            } else if !section.is_empty() {
                seen.sections.entry(section.clone()).or_default().push(one_spaced(line));
            }
        }
        seen.sections.values_mut().for_each(|lines| lines.sort());
        seen
    }

    fn records(&self, section: &str) -> &[String] {
        self.sections.get(section).map_or(&[], Vec::as_slice)
    }

    fn forget_ttls(&mut self) {
        for (_, lines) in self.sections.iter_mut().filter(|(title, _)| *title != "QUESTION") {
            for line in lines.iter_mut() {
                let mut words: Vec<&str> = line.split(' ').collect();
                words.remove(1);
                *line = words.join(" ");
            }
            lines.sort();
        }
    }
}
