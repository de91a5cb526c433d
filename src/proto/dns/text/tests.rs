use proptest::prelude::*;

use super::*;

fn root() -> Name {
    Name::root()
}

/// What dig prints of records of all these types.
const LINES: &[&str] = &[
    "gaia.cs.umass.edu. 3600 IN A 128.119.245.12",
    "any.ca-servers.ca. 172800 IN AAAA 2001:500:a7::2",
    "uvic.ca. 299 IN SOA dns1.uvic.ca. netadmin.uvic.ca. 1504013426 10800 300 2592000 300",
    "uvic.ca. 299 IN NS ns4.uvic.ca.",
    "uvic.ca. 299 IN MX 10 smtpu.uvic.ca.",
    "uvic.ca. 299 IN TXT \"MS=5CB2F7F278B331C49BA7700D1ECDDBDF3044C94C6\"",
    "uvic.ca. 299 IN LOC 48 28 1.200 N 123 19 8.400 W 62.00m 1m 10000m 10m",
    "deep.example. 60 IN LOC 0 0 0.000 N 0 0 0.000 E -5.05m 0.10m 0m 90000000m",
    "www.ibm.com. 300 IN CNAME servereast.backup2.ibm.com.",
    "old.example. 60 IN DNAME new.example.",
    "12.245.119.128.in-addr.arpa. 60 IN PTR gaia.cs.umass.edu.",
    ". 3600 IN HINFO \"RFC8482\" \"\"",
    "_sip._tcp.example. 60 IN SRV 0 5 5060 sip.example.",
    "example. 60 IN CAA 0 issue \"letsencrypt.org\"",
    "example. 60 IN CAA 128 iodef \"mailto:a\\\"b@example.com\"",
    ". 86400 IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D",
    "example. 60 IN DNSKEY 256 3 13 oJMRESz5E4gYzS/q6XDrvU1qMPYIjCWzJaOau8XNEZeqCYKD5ar0IRd8KqXXFJkqmVfRvMGPmM1x8fGAa2XhSA==",
    "host.example.com. 86400 IN RRSIG A 5 3 86400 20030322173103 20030220173103 2642 example.com. oJMR",
    "example. 60 IN NAPTR 100 10 \"S\" \"SIP+D2U\" \"!^.*$!sip:info@example.com!\" _sip._udp.example.",
    "example. 60 IN TYPE65400 \\# 4 0a000001",
    "example. 60 IN TXT \"\\\"quoted\\\" \\\\ and \\000\\195\\164\" \"two\"",
    "a\\.b\\@c.x\\032y.example. 0 IN A 10.0.0.1",
];

#[test]
fn a_record_is_written_as_it_was_read() {
    for line in LINES {
        let record = record_from_line(line).unwrap_or_else(|error| panic!("{line}: {error}"));
        assert_eq!(record_line(&record), *line);
    }
}

#[test]
fn the_octets_are_those_of_the_wire() {
    for line in LINES {
        let mut message = crate::proto::dns::Message::response(1, crate::proto::dns::OpCode::Query);
        message.add_answer(record_from_line(line).unwrap());
        let message = crate::proto::dns::Message::from_vec(&message.to_vec().unwrap()).unwrap();
        assert_eq!(record_line(&message.answers[0]), *line);
    }
    // RFC 1876 §4: version 0, a metre, ten kilometres, ten metres, then latitude, longitude, altitude.
    let data = rdata_from_text(RecordType::Unknown(29), "42 21 54 N 71 06 18 W -24m 30m", &root()).unwrap();
    assert_eq!(rdata_text(&data), "42 21 54.000 N 71 6 18.000 W -24.00m 30m 10000m 10m");
    // RFC 3597 §5: known types too.
    assert_eq!(rdata_text(&rdata_from_text(RecordType::A, "\\# 4 0A 00 0001", &root()).unwrap()), "10.0.0.1");
}

#[test]
fn data_of_an_unknown_type_may_be_empty() {
    for line in ["x. 60 IN TYPE65400 \\# 0", "x. 60 IN NULL \\# 0"] {
        let record = record_from_line(line).unwrap_or_else(|error| panic!("{line}: {error}"));
        assert_eq!(record_line(&record), line);
        let mut message = crate::proto::dns::Message::response(1, crate::proto::dns::OpCode::Query);
        message.add_answer(record);
        // TTL, and a length of nothing behind it.
        assert!(message.to_vec().unwrap().ends_with(&[0, 0, 0, 60, 0, 0]), "{line}");
    }
}

#[test]
fn the_class_may_be_given_by_number() {
    for line in ["a. 60 CLASS1 A 10.0.0.1", "a. class1 60 A 10.0.0.1", "a. 60 in A 10.0.0.1"] {
        let record = record_from_line(line).unwrap_or_else(|error| panic!("{line}: {error}"));
        assert_eq!(record_line(&record), "a. 60 IN A 10.0.0.1");
    }
    assert_eq!(record_line(&record_from_line("a. CLASS1 TYPE1 \\# 4 0a000001").unwrap()), "a. 0 IN A 10.0.0.1");
}

#[test]
fn types_have_names_and_numbers() {
    assert_eq!(type_from_text("mx"), Some(RecordType::MX));
    assert_eq!(type_from_text("LOC"), Some(RecordType::Unknown(29)));
    assert_eq!(type_from_text("type1"), Some(RecordType::A));
    assert_eq!(type_from_text("TYPE65400").map(type_name).as_deref(), Some("TYPE65400"));
    for wrong in ["", "TYPE", "TYPE65536", "TYPE+1", "X", "\u{e4}\u{e4}"] {
        assert_eq!(type_from_text(wrong), None, "{wrong}");
    }
    assert_eq!(rcode_name(ResponseCode::NXDomain), "NXDOMAIN");
    assert_eq!(rcode_name(ResponseCode::BADVERS), "BADVERS");
}

#[test]
fn names_are_relative_to_an_origin() {
    let origin = name_from_text("umass.edu.", &root()).unwrap();
    for (text, whole) in
        [("@", "umass.edu."), ("cs", "cs.umass.edu."), ("cs.", "cs."), (".", "."), ("a\\065", "aA.umass.edu.")]
    {
        assert_eq!(name_text(&name_from_text(text, &origin).unwrap()), whole);
    }
    for (text, error) in [
        ("a..b", TextError::EmptyLabel),
        (".a", TextError::EmptyLabel),
        ("a\\256", TextError::Escape { found: "256".into() }),
        ("a\\", TextError::Escape { found: String::new() }),
        (&"a".repeat(64), TextError::LongLabel),
        (&"abc.".repeat(64), TextError::LongName),
    ] {
        assert_eq!(name_from_text(text, &origin), Err(error));
    }
}

#[test]
fn an_address_has_a_reverse_name() {
    for (ip, name) in [
        ("128.119.245.12", "12.245.119.128.in-addr.arpa."),
        ("2001:db8::567:89ab", "b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa."),
    ] {
        let ip: IpAddr = ip.parse().unwrap();
        assert_eq!(name_text(&reverse_name(ip)), name);
        assert_eq!(address_of_reverse(&reverse_name(ip)), Some(ip));
    }
    let other = name_from_text("245.119.128.in-addr.arpa.", &root()).unwrap();
    assert_eq!(address_of_reverse(&other), None);
}

#[test]
fn mistakes_say_what_belongs_there() {
    for (line, told) in [
        ("a. 60 IN A 1.2.3", "\"1.2.3\" stands where an IPv4 address belongs"),
        ("a. 60 IN A", "an IPv4 address is missing"),
        ("a. 60 IN A 1.2.3.4 5", "\"5\" is one too many"),
        ("a. 60 CH A 1.2.3.4", "\"CH\" stands where class IN"),
        ("a. 60 CLASS3 A 1.2.3.4", "\"CLASS3\" stands where class IN"),
        ("a. 60 CLASS17 A 1.2.3.4", "\"CLASS17\" stands where class IN"),
        ("a. 60 CLASS65536 A 1.2.3.4", "a TTL, a class or a record type"),
        ("a. 60 IN CLASS1 A 1.2.3.4", "a TTL, a class or a record type"),
        ("a. 60", "a record type is missing"),
        ("a. 60 IN TXT \"x", "a quotation mark is opened and never closed"),
        ("a. ( 60 IN A 1.2.3.4", "a parenthesis is opened and never closed"),
        ("a. 60 ) IN A 1.2.3.4", "a parenthesis is closed"),
        ("a. 60 IN TYPE100 x", "data of type UINFO has no notation here: write it as TYPE100 \\# LENGTH HEX"),
        ("a. 60 IN TYPE9 \\# 3 0a", "\\# states 3 octets, 1 follow"),
        ("a. 60 IN A \\# 3 0a0b0c", "these octets are no data of type A"),
        ("a. 60 IN TXT \\# 0", "these octets are no data of type TXT"),
        ("a. 60 IN LOC \\# 0", "these octets are no data of type LOC"),
        ("a. 60 IN DS \\# 0", "these octets are no data of type DS"),
        ("a. 60 IN TYPE0 \\# 0", "these octets are no data of type TYPE0"),
        ("a. 60 IN LOC 91 N 0 E 0", "degrees, minutes and seconds"),
        ("a. 60 IN LOC 9 N 0 E", "an altitude is missing"),
        ("a. 2147483648 IN A 1.2.3.4", "a TTL, a class or a record type"),
        ("a. A 1.2.3.4\nb. A 1.2.3.4", "\"another line\" is one too many"),
    ] {
        let error = record_from_line(line).unwrap_err().to_string();
        assert!(error.contains(told), "{line}: {error}");
    }
    assert_eq!(ttl_from_text("1h30m"), Some(5_400));
    assert_eq!((ttl_from_text("1h30"), ttl_from_text("h"), ttl_from_text("99999w")), (None, None, None));
}

/// A word of zone file text.
fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("\\#".to_owned()),
        "[0-9]{1,5}",
        "[a-z*@.\\\\]{0,6}",
        "\"[^\"]{0,5}\"?",
        Just("10m".to_owned()),
        "[NSEW]",
        "\\PC{0,4}",
    ]
}

proptest! {
    #[test]
    fn any_text_is_a_record_or_a_mistake(text in "\\PC{0,60}", words in proptest::collection::vec(word(), 0..12), code in any::<u16>()) {
        record_from_line(&text).ok();
        let kind = RecordType::from(code % 300);
        if let Ok(data) = rdata_from_text(kind, &words.join(" "), &root()) {
            let text = rdata_text(&data);
            prop_assert_eq!(rdata_from_text(kind, &text, &root()).map(|data| rdata_text(&data)), Ok(text));
        }
    }

    #[test]
    fn any_octets_of_data_can_be_written_and_read_again(code in 0..300_u16, octets in proptest::collection::vec(any::<u8>(), 1..60)) {
        let hex = octets.iter().fold(String::new(), |hex, octet| hex + &format!("{octet:02x}"));
        let kind = RecordType::from(code);
        if let Ok(data) = rdata_from_text(kind, &format!("\\# {} {hex}", octets.len()), &root()) {
            let text = rdata_text(&data);
            let again = rdata_from_text(kind, &text, &root());
            prop_assert_eq!(again.map(|data| rdata_text(&data)), Ok(text));
        }
    }

    #[test]
    fn any_name_can_be_written_and_read_again(labels in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..20), 0..6)) {
        let name = Name::from_labels(labels.iter().map(Vec::as_slice)).unwrap();
        let again = name_from_text(&name_text(&name), &root()).unwrap();
        prop_assert!(again.eq_case(&name));
    }

    #[test]
    fn a_point_in_time_can_be_written_and_read_again(seconds in any::<u32>()) {
        prop_assert_eq!(time::from_text(&time::text(seconds)), Some(seconds));
    }
}

#[test]
fn what_belongs_to_one_message_cannot_stand_in_a_zone() {
    for (kind, text) in [(41, "\\# 0"), (41, "\\# 2 0000"), (250, "\\# 2 0000"), (255, "\\# 1 00")] {
        let read = rdata_from_text(RecordType::from(kind), text, &Name::root());
        assert!(matches!(read, Err(TextError::NotStored { .. })), "{kind} {text}: {read:?}");
    }
}

/// RFC 9460 appendix D, and what dig prints of other types.
const RARER_LINES: &[&str] = &[
    "example.com. 60 IN HTTPS 0 foo.example.com.",
    "example.com. 60 IN SVCB 1 .",
    "example.com. 60 IN SVCB 16 foo.example.com. port=53",
    "example.com. 60 IN SVCB 1 foo.example.com. key667=\"hello\"",
    "example.com. 60 IN SVCB 1 foo.example.com. key667=\"hello\\210qoo\"",
    "example.com. 60 IN SVCB 1 foo.example.com. ipv6hint=2001:db8::1,2001:db8::53:1",
    "example.com. 60 IN SVCB 16 foo.example.org. mandatory=alpn,ipv4hint alpn=\"h2,h3-19\" ipv4hint=192.0.2.1",
    "example.com. 60 IN SVCB 16 foo.example.org. alpn=\"f\\\\\\\\oo\\\\,bar,h2\"",
    "example.com. 60 IN HTTPS 1 . alpn=\"h2\" no-default-alpn port=8443 ech=AAAB",
    "_dns.example. 60 IN SVCB 1 one.one.one.one. alpn=\"h2\" dohpath=\"/dns-query{?dns}\"",
    "example. 60 IN NSEC a.example. A NS SOA MX RRSIG NSEC TYPE1234",
    "a.example. 60 IN NSEC3 1 1 12 AABBCCDD 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR A RRSIG",
    "a.example. 60 IN NSEC3 1 1 0 - 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR",
    "example. 60 IN NSEC3PARAM 1 0 12 AABBCCDD",
    "example. 60 IN CSYNC 66 3 A NS AAAA",
    "example. 60 IN ZONEMD 2018031500 1 1 FEBE3D4CE2EC2FFA4BA99D46CD69D6D29711E55217057BEE7EB1A7B641A47BA7FED2DD5B97AE499FAFA4F22C6BD647DE",
    "example. 60 IN CERT 1 0 0 AQID",
    "example. 60 IN OPENPGPKEY AQID",
    "example. 60 IN DHCID AQID",
    "example. 60 IN APL 1:192.168.32.0/21 !1:192.168.38.0/28 2:ff00::/8",
    "example. 60 IN EUI48 00-00-5e-00-53-2a",
    "example. 60 IN EUI64 00-00-5e-ef-10-00-00-2a",
    "example. 60 IN NID 10 14:4fff:ff20:ee64",
    "example. 60 IN L32 10 10.1.2.0",
    "example. 60 IN L64 10 2001:db8:1140:1000",
    "example. 60 IN LP 10 l64-subnet1.example.com.",
    "example. 60 IN KX 10 kx.example.",
    "example. 60 IN RT 10 relay.example.",
    "example. 60 IN PX 10 net2.it. prmd-net2.admd-p400.c-it.",
    "example. 60 IN X25 \"311061700956\"",
    "example. 60 IN GPOS \"-32.6882\" \"116.8652\" \"10.0\"",
    "example. 60 IN NSAP 0x47000580005A0000000001E133FFFFFF00016100",
    "example. 60 IN MINFO a.example. b.example.",
];

#[test]
fn services_and_rarer_types_have_their_own_notation() {
    for line in RARER_LINES {
        let record = record_from_line(line).unwrap_or_else(|error| panic!("{line}: {error}"));
        assert_eq!(record_line(&record), *line);
        let mut message = crate::proto::dns::Message::response(1, crate::proto::dns::OpCode::Query);
        message.add_answer(record);
        let message = crate::proto::dns::Message::from_vec(&message.to_vec().unwrap()).unwrap();
        assert_eq!(record_line(&message.answers[0]), *line);
    }
    // RFC 9460 appendix D.2, figures 4 and 9: the octets, and the order of keys.
    let octets = |line: &str| {
        let record = record_from_line(line).unwrap_or_else(|error| panic!("{line}: {error}"));
        let mut message = crate::proto::dns::Message::response(1, crate::proto::dns::OpCode::Query);
        message.add_answer(record);
        message.to_vec().unwrap()
    };
    assert!(
        octets("e. SVCB 16 foo.example.com. port=53")
            .ends_with(b"\x00\x10\x03foo\x07example\x03com\x00\x00\x03\x00\x02\x00\x35")
    );
    let any_order = [
        "ipv4hint=192.0.2.1 alpn=h2,h3-19 mandatory=ipv4hint,alpn",
        "mandatory=alpn,ipv4hint alpn=\"h2,h3-19\" ipv4hint=192.0.2.1",
    ];
    let [one, other] = any_order.map(|params| octets(&format!("e. SVCB 16 foo.example.org. {params}")));
    assert_eq!(one, other);
    assert!(
        one.ends_with(
            b"\x00\x00\x00\x04\x00\x01\x00\x04\x00\x01\x00\x09\x02h2\x05h3-19\x00\x04\x00\x04\xc0\x00\x02\x01"
        )
    );
}

/// RFC 9460 appendix D.3, and digests of the wrong length (RFC 4034 §5.1.4).
#[test]
fn what_a_type_does_not_allow_is_refused() {
    let bad = [
        ("e. SVCB 1 foo. key123=abc key123=def", "not there yet"),
        ("e. SVCB 1 foo. mandatory", "a value"),
        ("e. SVCB 1 foo. alpn", "a value"),
        ("e. SVCB 1 foo. port", "a value"),
        ("e. SVCB 1 foo. ipv4hint", "a value"),
        ("e. SVCB 1 foo. no-default-alpn=abc", "a value"),
        ("e. SVCB 1 foo. mandatory=key123", "mandatory parameter"),
        ("e. SVCB 1 foo. mandatory=mandatory", "a value"),
        ("e. SVCB 1 foo. mandatory=key123,key123 key123=abc", "a value"),
        ("e. SVCB 1 foo. no-default-alpn", "no-default-alpn needs"),
        ("e. SVCB 1 foo. port=65536", "a value"),
        ("e. DS 1 8 1 AABB", "a digest of algorithm 1 has 20 octets, and here are 2"),
        (
            "e. DS 1 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC",
            "has 32 octets, and here are 31",
        ),
        ("e. CDS 1 8 4 AA", "has 48 octets"),
        ("e. EUI48 00-00-5e-00-53", "an identifier"),
        ("e. APL 1:192.0.2.0/33", "a prefix"),
        ("e. UINFO 10.0.0.1 6 25", "write it as TYPE100 \\# LENGTH HEX"),
        ("e. NEWTYPE 1 2 3", "TYPE65400 \\# LENGTH HEX"),
    ];
    for (line, told) in bad {
        let error = record_from_line(line).expect_err(line).to_string();
        assert!(error.contains(told), "{line}: {error}");
    }
    // RFC 8078 §4: the one digest that stands for none.
    record_from_line("e. CDS 0 0 0 00").unwrap();
}
