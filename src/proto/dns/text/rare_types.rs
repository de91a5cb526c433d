//! The notation of types that are hardly met, as their documents give it and as BIND 9.18 reads and writes it.

use super::*;
use crate::proto::dns::{Message, OpCode};

fn read(line: &str) -> Record {
    record_from_line(line).unwrap_or_else(|error| panic!("{line}: {error}"))
}

/// What comes of the record on the wire, and its message.
fn through_the_wire(record: Record) -> (Record, Vec<u8>) {
    let mut message = Message::response(1, OpCode::Query);
    message.add_answer(record);
    let octets = message.to_vec().unwrap();
    (Message::from_vec(&octets).unwrap().answers.remove(0), octets)
}

const KEY: &str = "AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ==";

/// Entries as written, and the data as BIND's `named-compilezone` writes them.
fn entries() -> Vec<(String, String)> {
    let hip = "AwEAAbdxyhNuSutc5EMzxTs9LBPCIkOFH8cIvM4p9+LrV4e19WzK00+CI6zBCQTdtWsuxKbWIy87UOoJTwkUs7lBu+Upr1gsNrut79ryra+b\
               SRGQb1slImA8YVJyuIDsj7kwzG7jnERNqnWxZ48AWkskmdHaVDP4BcelrTI3rMXdXF5D";
    let same = |text: String| (text.clone(), text);
    let other = |text: &str, written: &str| (text.to_owned(), written.to_owned());
    vec![
        // RFC 4025 §3.2.
        same(format!("IPSECKEY 10 1 2 192.0.2.38 {KEY}")),
        same(format!("IPSECKEY 10 0 2 . {KEY}")),
        same(format!("IPSECKEY 10 3 2 mygateway.example.com. {KEY}")),
        other(
            &format!("IPSECKEY 10 2 2 2001:0DB8:0:8002::2000:1 {KEY}"),
            &format!("IPSECKEY 10 2 2 2001:db8:0:8002::2000:1 {KEY}"),
        ),
        // RFC 4025 §3.1: a key may be left out.
        same("IPSECKEY 10 0 0 .".to_owned()),
        // RFC 8005 §6.
        same(format!("HIP 2 200100107B1A74DF365639CC39F1D578 {hip}")),
        same(format!("HIP 2 200100107B1A74DF365639CC39F1D578 {hip} rvs.example.com.")),
        other(
            &format!("HIP ( 2 200100107b1a74df365639cc39f1d578\n {hip}\n rvs1 rvs2.example.com. )"),
            &format!("HIP 2 200100107B1A74DF365639CC39F1D578 {hip} rvs1. rvs2.example.com."),
        ),
        // RFC 8777 §4.3.1.
        same("AMTRELAY 10 0 1 203.0.113.15".to_owned()),
        same("AMTRELAY 10 0 2 2001:db8::15".to_owned()),
        same("AMTRELAY 128 1 3 amtrelays.example.com.".to_owned()),
        same("AMTRELAY 0 1 0 .".to_owned()),
        // RFC 1035 §3.4.2; RFC 1033 writes mnemonics.
        other("WKS 10.2.0.78 TCP ( ftp telnet SMTP )", "WKS 10.2.0.78 6 21 23 25"),
        other("WKS 128.32.0.10 UDP syslog route domain 69", "WKS 128.32.0.10 17 53 69 514 520"),
        same("WKS 10.0.0.1 6".to_owned()),
        same("WKS 10.0.0.1 6 0 65535".to_owned()),
        // RFC 2874 §3.2.
        same("A6 0 2001:db8::1".to_owned()),
        same("A6 64 ::1234:5678:9abc:def0 subnet-1.ip6.example.".to_owned()),
        same("A6 61 ::7:1234:5678:9abc:def0 sub.example.".to_owned()),
        other("A6 64 2001:db8::1 sub.example.", "A6 64 ::1 sub.example."),
        same("A6 128 sub.example.".to_owned()),
        // RFC 2535 §5.2.
        same("NXT a.example. A NS SIG NXT".to_owned()),
        other("ATMA 39.246f.000e7c9c031200010001000012345678.00", "ATMA 39246f000e7c9c03120001000100001234567800"),
        same("ATMA +61200000000".to_owned()),
        other("EID 32 25 1a 030067", "EID 32251A030067"),
        same("NIMLOC 32251A030067".to_owned()),
        same("SINK 1 0 0 AQID".to_owned()),
        same("SINK 1 0 0".to_owned()),
        same("DOA 0 1 2 \"\" aHR0cHM6Ly93d3cuaXNjLm9yZy8=".to_owned()),
        same("DOA 1234567890 1234567890 1 \"image/gif\" -".to_owned()),
        same("HHIT AQID".to_owned()),
        // RFC 4034 §2.2, §3.2, §5.3; RFC 4398 §2.2.
        other("DNSKEY 256 3 RSASHA256 AQID", "DNSKEY 256 3 8 AQID"),
        other(
            "DS 60485 rsasha1 1 2BB183AF5F22588179A53B0A98631FAD1A292118",
            "DS 60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118",
        ),
        other("CERT PKIX 0 ED25519 AQID", "CERT 1 0 15 AQID"),
        same("BRID AQID".to_owned()),
    ]
}

#[test]
fn are_read_and_written_as_bind_does_it() {
    for (text, written) in entries() {
        let record = read(&format!("x. 60 IN {text}"));
        let written = format!("x. 60 IN {written}");
        assert_eq!(record_line(&record), written);
        assert_eq!(record_line(&through_the_wire(record).0), written);
    }
}

#[test]
fn have_the_octets_of_their_documents() {
    for (text, octets) in [
        // RFC 4025 §2.1: precedence, gateway type, algorithm, gateway, key.
        ("IPSECKEY 10 1 2 192.0.2.38 AQID", &[10, 1, 2, 192, 0, 2, 38, 1, 2, 3][..]),
        ("IPSECKEY 10 3 2 gw.x. AQID", &[10, 3, 2, 2, b'g', b'w', 1, b'x', 0, 1, 2, 3]),
        // RFC 8005 §5: length of the tag, algorithm, length of the key.
        ("HIP 2 20011B AQID r.x.", &[3, 2, 0, 3, 0x20, 1, 0x1b, 1, 2, 3, 1, b'r', 1, b'x', 0]),
        // RFC 8777 §4.2: the bit stands before the type in one octet.
        ("AMTRELAY 10 1 1 203.0.113.15", &[10, 0x81, 203, 0, 113, 15]),
        // RFC 1035 §3.4.2: port 25 is the 26th bit.
        ("WKS 10.0.0.1 TCP smtp", &[10, 0, 0, 1, 6, 0, 0, 0, 0x40]),
        // RFC 2874 §3.1: five octets hold 67 − 64 bits less than the 64 behind them.
        ("A6 61 ::7:0:0:0:1 s.", &[61, 7, 0, 0, 0, 0, 0, 0, 0, 1, 1, b's', 0]),
        ("NXT a. A NXT", &[1, b'a', 0, 0x40, 0, 0, 0x02]),
        ("ATMA +61", &[1, b'6', b'1']),
        ("DOA 1 2 3 \"a/b\" AQ==", &[0, 0, 0, 1, 0, 0, 0, 2, 3, 3, b'a', b'/', b'b', 1]),
    ] {
        let (_, message) = through_the_wire(read(&format!("x. 60 IN {text}")));
        let length = u16::try_from(octets.len()).unwrap().to_be_bytes();
        assert!(message.ends_with(&[&length[..], octets].concat()), "{text}: {message:02x?}");
    }
}

/// Octets that text would not give back stay octets (RFC 3597 §5).
#[test]
fn octets_without_a_notation_are_kept_as_octets() {
    for line in [
        "x. 60 IN IPSECKEY \\# 4 0a040200",
        "x. 60 IN IPSECKEY \\# 5 0a0102c000",
        "x. 60 IN IPSECKEY \\# 5 0a0302c000",
        "x. 60 IN AMTRELAY \\# 3 0a0400",
        "x. 60 IN AMTRELAY \\# 2 0a84",
        "x. 60 IN HIP \\# 5 0002000101",
        "x. 60 IN HIP \\# 6 010200050102",
        "x. 60 IN WKS \\# 7 0a000001061000",
        "x. 60 IN A6 \\# 1 81",
        "x. 60 IN A6 \\# 10 3dff0000000000000001",
        "x. 60 IN NXT \\# 4 01610080",
        "x. 60 IN ATMA \\# 3 020102",
        "x. 60 IN ATMA \\# 2 0161",
    ] {
        let record = read(line);
        let written = record_line(&record);
        let again = read(&written);
        assert_eq!(record_line(&again), written);
        assert_eq!(through_the_wire(record).1, through_the_wire(again).1, "{line}");
        if !line.contains(" ATMA \\# 2 ") {
            assert_eq!(written, line);
        }
    }
}

#[test]
fn a_mistake_names_the_field() {
    for (text, told) in [
        (
            "IPSECKEY 10 4 2 . AQID",
            "\"4\" stands where a gateway type: 0 (none), 1 (IPv4), 2 (IPv6) or 3 (a name) belongs",
        ),
        ("IPSECKEY 10 1 2 2001:db8::1 AQID", "\"2001:db8::1\" stands where the IPv4 address of a gateway belongs"),
        ("IPSECKEY 10 0 2 gw.example. AQID", "\"gw.example.\" stands where a dot, for no gateway, belongs"),
        ("IPSECKEY 10 3 2", "a gateway is missing"),
        ("IPSECKEY 10 3 2 gw. A!", "\"A!\" stands where base 64 belongs"),
        ("HIP 2 2001 ", "a public key in base 64 is missing"),
        ("HIP 2 200 AQID", "\"200\" stands where a host identity tag in hex"),
        ("HIP 2 2001 A", "\"A\" stands where a public key in base 64"),
        ("HIP 256 2001 AQID", "\"256\" stands where a public key algorithm"),
        ("HIP 2 2001 AQID rvs..example.", "a label is empty"),
        ("AMTRELAY 10 2 1 192.0.2.1", "\"2\" stands where 0 or 1"),
        ("AMTRELAY 10 0 2 192.0.2.1", "\"192.0.2.1\" stands where the IPv6 address of a gateway belongs"),
        ("AMTRELAY 10 0 0", "a relay is missing"),
        ("AMTRELAY 10 0 0 . x", "\"x\" is one too many"),
        ("WKS 10.0.0.1", "a protocol is missing"),
        ("WKS 10.0.0.1 300 25", "\"300\" stands where a protocol"),
        ("WKS 10.0.0.1 tcp nothing", "\"nothing\" stands where a service"),
        ("WKS 10.0.0.1 tcp 65536", "\"65536\" stands where a service"),
        ("A6 129 x.", "\"129\" stands where the length of a prefix"),
        ("A6 64 x.", "\"x.\" stands where an IPv6 address suffix belongs"),
        ("A6 64 ::1", "the name of a prefix is missing"),
        ("A6 0 ::1 x.", "\"x.\" is one too many"),
        ("NXT a. TYPE200", "\"TYPE200\" stands where a record type from 1 to 127 belongs"),
        ("ATMA 39..24", "\"39..24\" stands where an ATM address"),
        ("ATMA +", "\"+\" stands where an ATM address"),
        ("DNSKEY 256 3 RSA AQID", "\"RSA\" stands where an algorithm, as 13 or ECDSAP256SHA256, belongs"),
        ("CERT X 0 0 AQID", "\"X\" stands where a kind of certificate"),
        ("EID xy", "\"xy\" stands where hex digits"),
        ("DOA 1 1 1 \"a\"", "base 64, or - is missing"),
    ] {
        let error = record_from_line(&format!("x. 60 IN {text}")).expect_err(text).to_string();
        assert!(error.contains(told), "{text}: {error}");
    }
}
