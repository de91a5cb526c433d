use std::net::IpAddr;

use proptest::prelude::*;

use super::*;
use crate::proto::dns::text::{name_from_text, name_text, rdata_text, record_from_line, type_from_text};

fn name(text: &str) -> Name {
    name_from_text(text, &Name::root()).unwrap()
}

fn zone(text: &str) -> Zone {
    Zone::read(text, &name("example.")).unwrap()
}

/// What the zone says of a name and a type, in one word and what comes with it.
fn found(zone: &Zone, owner: &str, kind: &str, asker: Option<&str>) -> String {
    let view = zone.seen_from(asker.map(|ip| ip.parse::<IpAddr>().unwrap()));
    let of = |set: &ZoneRrSet| set.data().map(rdata_text).collect::<Vec<_>>().join(" ");
    let star = |wildcard: Option<Name>| wildcard.map(|name| format!(" by {}", name_text(&name))).unwrap_or_default();
    match view.find(&name(owner), type_from_text(kind).unwrap()) {
        ZoneLookup::Sets { wildcard, sets } => {
            sets.iter().map(|(_, set)| of(set)).collect::<Vec<_>>().join(" ") + &star(wildcard)
        }
        ZoneLookup::Alias { wildcard, set } => format!("alias {}{}", of(set), star(wildcard)),
        ZoneLookup::Dname { owner, set } => format!("dname {} {}", name_text(&owner), of(set)),
        ZoneLookup::Referral { cut, set } => format!("referral {} {}", name_text(&cut), of(set)),
        ZoneLookup::NoData { wildcard, empty } => {
            format!("nodata{}{}", if empty { " empty" } else { "" }, star(wildcard))
        }
        ZoneLookup::NoName { closest } => format!("noname below {}", name_text(&closest)),
    }
}

/// The zone of RFC 4592 §2.2.1, with more beside it.
const EXAMPLE: &str = "
$TTL 1h ; all of an hour
example.                 SOA   ns.example.com. hostmaster ( 2024 ; serial
                               3h 1h 1w 300 )
example.                 NS    ns.example.com.
                         NS    ns.example.net.
*.example.               TXT   \"this is a wildcard\"
                         MX    10 host1.example.
sub.*                    TXT   \"this is not a wildcard\"
host1              60 IN A     192.0.2.1
_ssh._tcp.host1          SRV   0 0 22 host1
subdel                   NS    ns.example.com.
                         NS    ns.subdel
ns.subdel                A     192.0.2.9
www            IN 5m     CNAME host1
old                      DNAME new
                         TXT   at\\ the\\ top
$ORIGIN deep.er.example.
a                        AAAA  2001:db8::1
";

#[test]
fn a_zone_file_is_read_and_written_again() {
    let zone = zone(EXAMPLE);
    assert_eq!((name_text(zone.origin()).as_str(), zone.serial(), zone.len()), ("example.", Some(2024), 15));
    assert_eq!(zone.set(&name("HOST1.example."), RecordType::A).map(ZoneRrSet::ttl), Some(60));
    assert_eq!(zone.set(&name("www.example."), RecordType::CNAME).map(ZoneRrSet::ttl), Some(300));
    assert_eq!(zone.soa().map(|(set, soa)| (set.ttl(), soa.refresh, soa.expire)), Some((3600, 10_800, 604_800)));
    let again = Zone::read(&zone.to_text(), &Name::root()).unwrap();
    assert_eq!(again, zone);
    assert_eq!(zone.check(), []);
    let lines: Vec<String> = zone.to_text().lines().map(str::to_owned).collect();
    assert_eq!(
        lines[1],
        "@                         3600 IN SOA   ns.example.com. hostmaster.example. 2024 10800 3600 604800 300"
    );
    assert_eq!(lines[3], "                          3600 IN NS    ns.example.net.");
}

#[test]
fn a_record_of_an_unknown_type_without_data_is_read_and_written_again() {
    let zone = zone("$TTL 60\nx CLASS1 TYPE65400 \\# 0\n");
    let set = zone.set(&name("x.example."), RecordType::Unknown(65_400)).unwrap();
    assert_eq!(set.data().map(rdata_text).collect::<Vec<_>>(), ["\\# 0"]);
    assert_eq!(Zone::read(&zone.to_text(), zone.origin()).unwrap(), zone);
}

#[test]
fn what_a_zone_says_of_a_name_is_as_rfc_4592_has_it() {
    let zone = zone(EXAMPLE);
    for (owner, kind, expected) in [
        ("host3.example.", "MX", "10 host1.example. by *.example."),
        ("host3.example.", "A", "nodata by *.example."),
        ("foo.bar.example.", "TXT", "\"this is a wildcard\" by *.example."),
        ("host1.example.", "MX", "nodata"),
        ("sub.*.example.", "MX", "nodata"),
        ("_telnet._tcp.host1.example.", "SRV", "noname below _tcp.host1.example."),
        ("host.subdel.example.", "A", "referral subdel.example. ns.example.com. ns.subdel.example."),
        ("subdel.example.", "NS", "referral subdel.example. ns.example.com. ns.subdel.example."),
        ("subdel.example.", "DS", "nodata"),
        ("ghost.*.example.", "MX", "noname below *.example."),
        ("_tcp.host1.example.", "A", "nodata empty"),
        ("er.example.", "A", "nodata empty"),
        ("b.er.example.", "TXT", "noname below er.example."),
        ("www.example.", "A", "alias host1.example."),
        ("www.example.", "CNAME", "host1.example."),
        ("www.example.", "ANY", "host1.example."),
        ("old.example.", "TXT", "\"at the top\""),
        ("a.b.old.example.", "A", "dname old.example. new.example."),
        ("example.", "A", "nodata"),
    ] {
        assert_eq!(found(&zone, owner, kind, None), expected, "{owner} {kind}");
    }
}

#[test]
fn some_places_are_told_something_else() {
    let zone = zone(
        "$TTL 60
@ SOA ns hostmaster 1 2 3 4 5
@ NS ns
ns A 192.0.2.1
cdn A 192.0.2.10
$PLACE 10.0.0.0/8 128.238.0.0/16
cdn A 10.1.1.1
here A 10.1.1.2
$PLACE 10.9.0.0/16
cdn A 10.9.0.1
$PLACE *
ns AAAA 2001:db8::1
",
    );
    for (asker, owner, expected) in [
        (None, "cdn.example.", "192.0.2.10"),
        (Some("198.51.100.1"), "cdn.example.", "192.0.2.10"),
        (Some("10.0.0.2"), "cdn.example.", "10.1.1.1"),
        (Some("128.238.29.12"), "cdn.example.", "10.1.1.1"),
        (Some("10.9.8.7"), "cdn.example.", "10.9.0.1"),
        (Some("10.9.8.7"), "here.example.", "10.1.1.2"),
        (Some("2001:db8::7"), "here.example.", "noname below example."),
    ] {
        assert_eq!(found(&zone, owner, "A", asker), expected, "{asker:?} {owner}");
    }
    assert_eq!(Zone::read(&zone.to_text(), &Name::root()).unwrap(), zone);
    assert_eq!(zone.check(), []);
}

#[test]
fn a_zone_file_without_a_ttl_has_that_of_its_soa_record() {
    let ttls = |text: &str| zone(text).sets().map(|(_, kind, set)| (kind, set.ttl())).collect::<Vec<_>>();
    let (soa, ns, a, txt) = (RecordType::SOA, RecordType::NS, RecordType::A, RecordType::TXT);
    // The minimum holds for all that follow, those behind a record with a TTL of its own too.
    let without = "@ SOA ns h 1 3h 1h 1w 5m\n@ NS ns\na 60 A 192.0.2.1\nb TXT x\n";
    assert_eq!(ttls(without), [(ns, 300), (soa, 300), (a, 60), (txt, 300)]);
    // $TTL counts more, and so does what the record itself says.
    assert_eq!(ttls("$TTL 7\n@ SOA ns h 1 3h 1h 1w 5m\n@ NS ns\n"), [(ns, 7), (soa, 7)]);
    assert_eq!(ttls("@ SOA ns h 1 3h 1h 1w 5m\n$TTL 7\n@ NS ns\n"), [(ns, 7), (soa, 300)]);
    assert_eq!(ttls("@ 900 SOA ns h 1 3h 1h 1w 5m\n@ NS ns\n"), [(ns, 900), (soa, 900)]);
    let read = Zone::read(&zone(without).to_text(), &Name::root()).unwrap();
    assert_eq!(read, zone(without));
}

#[test]
fn a_mistake_in_a_zone_file_has_a_line() {
    for (text, line, told) in [
        ("\n$INCLUDE other.zone", 2, "$INCLUDE is not read here"),
        ("$GENERATE 1-2 a A 1.2.3.4", 1, "$GENERATE is no directive"),
        ("$TTL soon", 1, "\"soon\" is no TTL"),
        ("$TTL", 1, "a TTL is missing"),
        ("$ORIGIN a b", 1, "\"b\" is one too many"),
        ("a A 192.0.2.1", 1, "no TTL"),
        ("a A 192.0.2.1\n@ SOA ns h 1 2 3 4 5", 1, "no TTL"),
        ("@ SOA ns h 1 2 3 4 2147483648", 1, "no TTL"),
        ("  60 A 192.0.2.1", 1, "begins with a space"),
        ("$PLACE 10/8", 1, "\"10/8\" is no place"),
        ("$PLACE 10.0.0.0/33", 1, "is no place"),
        ("a 60 A 192.0.2.1\nb 60 A 192.0.2\n", 2, "an IPv4 address belongs"),
        ("a 60 TXT (\n \"x\n )", 2, "quotation mark"),
        ("a 60 TXT (\n x", 2, "parenthesis"),
        ("a 60 CH A 192.0.2.1", 1, "class IN"),
    ] {
        let error = Zone::read(text, &name("example.")).unwrap_err();
        assert_eq!(error.line, line, "{text}");
        assert!(error.to_string().contains(told), "{error}");
    }
    let many = (0..=10_000).fold(String::new(), |text, n| text + &format!("h{n} 60 A 192.0.2.1\n"));
    let told = Zone::read(&many, &Name::root()).unwrap_err();
    assert_eq!((told.line, told.fault), (10_001, ZoneFault::TooManyRecords { limit: MAX_RECORDS }));
    let large = (0..600).fold(String::new(), |text, n| text + &format!("h 60 TXT {n}\n"));
    assert_eq!(Zone::read(&large, &Name::root()).unwrap_err().line, 513);
}

#[test]
fn the_checks_find_what_is_wrong() {
    let apex = "$TTL 60\n@ SOA ns hostmaster 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n";
    let with = |more: &str| zone(&format!("{apex}{more}\n"));
    assert_eq!(with("").check(), []);
    for (more, severity, line, told, clause) in [
        ("@ SOA ns hostmaster 2 2 3 4 5", Severity::Error, 5, "one SOA", "RFC 1035 §5.2"),
        ("a SOA ns hostmaster 2 2 3 4 5", Severity::Error, 5, "at its apex", "RFC 1035 §5.2"),
        ("a CNAME ns\na TXT x", Severity::Error, 5, "beside it: TXT", "RFC 1034 §3.6.2"),
        ("a CNAME ns\na CNAME b", Severity::Error, 6, "more than one CNAME", "RFC 2181 §10.1"),
        ("@ MX 0 a\na CNAME ns", Severity::Error, 5, "a mail server must have addresses", "RFC 2181 §10.3"),
        ("@ NS a\na CNAME ns", Severity::Error, 5, "a name server must have", "RFC 2181 §10.3"),
        ("@ MX 0 a", Severity::Warning, 5, "a.example. has no address", "RFC 5321 §5.1"),
        ("@ NS a", Severity::Error, 5, "the name server a.example. is in this zone", "RFC 1035 §5.2"),
        ("sub NS ns.sub", Severity::Error, 5, "(glue)", "RFC 9471 §3.1"),
        ("sub NS ns.other\nother NS ns.sub\nns.sub A 192.0.2.3", Severity::Warning, 5, "zone below", "RFC 9471 §3.2"),
        ("a 70 A 192.0.2.1\na 60 A 192.0.2.2", Severity::Warning, 5, "different TTLs", "RFC 2181 §5.2"),
        ("sub NS ns\nwww.sub A 192.0.2.3", Severity::Warning, 6, "own affair", "RFC 1034 §4.2.1"),
        ("sub NS ns\nsub TXT x", Severity::Warning, 6, "own affair", "RFC 1034 §4.2.1"),
        ("d DNAME e\nx.d TXT x", Severity::Error, 6, "hides it", "RFC 6672 §2.4"),
        ("a.other. TXT x", Severity::Error, 5, "not in the zone", "RFC 1035 §5.2"),
        ("$PLACE 10.0.0.0/8\nns CNAME a", Severity::Error, 6, "beside it: A", "RFC 1034 §3.6.2"),
        ("$PLACE 10.0.0.0/8\nsub NS ns", Severity::Error, 6, "same for all askers", "RFC 1034 §4.2"),
    ] {
        let remarks = with(more).check();
        let [remark] = remarks.as_slice() else { panic!("{more}: {remarks:#?}") };
        assert_eq!((remark.severity, remark.line, remark.clause), (severity, Some(line), clause), "{more}");
        assert!(remark.text.contains(told), "{more}: {}", remark.text);
    }
    let clauses: Vec<_> = zone("a 60 A 192.0.2.1").check().iter().map(|remark| remark.clause).collect();
    assert_eq!(clauses, ["RFC 1035 §5.2", "RFC 1034 §4.2.1"]);
}

#[test]
fn a_zone_and_the_one_above_have_to_agree() {
    let child = zone("$TTL 60\n@ SOA ns1 h 1 2 3 4 5\n@ NS ns1\n@ NS ns2\nns1 A 192.0.2.1\nns2 A 192.0.2.2\n");
    let parent = |text: &str| Zone::read(&format!("$TTL 60\n. SOA a. b. 1 2 3 4 5\n{text}"), &Name::root()).unwrap();
    let told = |text: &str| {
        check_delegation(&parent(text), &child)
            .into_iter()
            .map(|remark| (remark.severity, remark.text))
            .collect::<Vec<_>>()
    };
    let agrees =
        "example. NS ns1.example.\nexample. NS ns2.example.\nns1.example. A 192.0.2.1\nns2.example. A 192.0.2.2\n";
    assert_eq!(told(agrees), []);
    for (text, severity, expected) in [
        (String::new(), Severity::Error, "does not delegate"),
        (agrees.replace("example. NS ns2.example.\n", ""), Severity::Warning, "nobody is sent there"),
        (format!("{agrees}example. NS ns3.example.\nns3.example. A 192.0.2.3"), Severity::Warning, "may be lame"),
        (
            format!("{agrees}ns1.example. A 192.0.2.7"),
            Severity::Error,
            "gives 192.0.2.7 as the address of ns1.example.",
        ),
    ] {
        let told = told(&text);
        assert!(matches!(&told[..], [(found, text)] if *found == severity && text.contains(expected)), "{told:?}");
    }
    assert!(told("example. NS ns.other.\n").iter().any(|(_, text)| text.contains("no server in common")));
}

#[test]
fn serial_numbers_go_round() {
    // RFC 1982 §5.1 has it for 2 bits; the same on 32.
    for (old, new, advances) in [
        (1, 2, true),
        (2, 1, false),
        (1, 1, false),
        (u32::MAX, 0, true),
        (0, 1 << 31, false),
        (1 << 31, 0, false),
        (0, (1 << 31) - 1, true),
        (0, (1 << 31) + 1, false),
    ] {
        assert_eq!(serial_advances(old, new), advances, "{old} {new}");
    }
    assert!(serial_advances(u32::MAX, next_serial(u32::MAX)));
}

#[test]
fn changes_are_refused_where_they_break_the_zone() {
    let mut zone = zone(EXAMPLE);
    let record = |line: &str| record_from_line(line).unwrap();
    zone.add(record("host1.example. 60 A 192.0.2.2")).unwrap();
    zone.add(record("host1.example. 90 A 192.0.2.2")).unwrap();
    let set = zone.set(&name("host1.example."), RecordType::A).unwrap();
    assert_eq!((set.ttl(), set.entries().len()), (90, 2));
    let before = zone.clone();
    for (line, told) in [
        ("host1.example. 60 CNAME x.example.", "beside it"),
        ("www.example. 60 CNAME x.example.", "beside it"),
        ("www.example. 60 A 192.0.2.1", "beside it"),
        ("x.other. 60 A 192.0.2.1", "x.other. is not in the zone example."),
        ("example. 60 SOA a. b. 1 2 3 4 5", "one SOA"),
    ] {
        let error = zone.add(record(line)).unwrap_err().to_string();
        assert!(error.contains(told), "{error}");
    }
    assert_eq!(zone, before);
    assert!(zone.remove_record(&name("host1.example."), &record("x. A 192.0.2.2").data));
    assert!(!zone.remove_record(&name("host1.example."), &record("x. A 192.0.2.2").data));
    assert!(zone.remove(&name("www.example."), RecordType::CNAME).is_some());
    assert_eq!(found(&zone, "www.example.", "A", None), "nodata by *.example.");
    assert_eq!((zone.advance_serial(), zone.serial()), (Some(2025), Some(2025)));
}

proptest! {
    #[test]
    fn any_text_is_a_zone_or_a_mistake(
        text in "\\PC{0,80}|([$@a-z.;()\" \\\\\n0-9]|SOA |NS |A |TXT |\\$PLACE |\\$ORIGIN |\\$TTL |10.0.0.0/8){0,60}",
    ) {
        if let Ok(zone) = Zone::read(&text, &name("example.")) {
            zone.check();
            check_delegation(&zone, &zone);
            let again = Zone::read(&zone.to_text(), zone.origin());
            prop_assert_eq!(again.map(|zone| zone.to_text()), Ok(zone.to_text()));
        }
    }

    #[test]
    fn any_name_is_found_somehow(
        records in proptest::collection::vec("(\\*|[ab])(\\.(\\*|[ab])){0,2} 60 (A 192\\.0\\.2\\.1|CNAME a|DNAME b\\.c|NS a|TXT x|MX 1 b)", 0..8),
        owner in "(\\*|[ab])(\\.(\\*|[ab])){0,3}",
    ) {
        let zone = Zone::read(&records.join("\n"), &name("example.")).unwrap();
        zone.check();
        for kind in ["A", "ANY", "DS", "CNAME", "NS"] {
            found(&zone, &format!("{owner}.example."), kind, None);
        }
    }
}
