//! WKS: which ports of a protocol a host serves, as one bit for each port: `10.0.0.1 6 21 25`. RFC 1035 §3.4.2; mnemonics of protocols
//! and services RFC 1010. Read are names and numbers, written are numbers alone, as BIND does it.

use super::{TextError, Word, mnemonics::number, octets::RdataOctets};

/// The octets of the protocol and the ports that the words name.
pub(super) fn from_words(words: &[Word]) -> Result<Vec<u8>, TextError> {
    let (first, ports) = words.split_first().ok_or(TextError::Missing { expected: "a protocol" })?;
    let protocol = number(PROTOCOLS, &first.text).or_else(|| first.text.parse().ok());
    let protocol = protocol.ok_or_else(|| TextError::unfit(&first.text, "a protocol, as TCP, UDP or 6,"))?;
    let mut bits: Vec<u8> = Vec::new();
    for word in ports {
        let port = number(SERVICES, &word.text).or_else(|| word.text.parse().ok());
        let port: u16 = port.ok_or_else(|| TextError::unfit(&word.text, "a service, as smtp, or a port"))?;
        let place = usize::from(port / 8);
        if bits.len() <= place {
            bits.resize(place + 1, 0);
        }
        if let Some(octet) = bits.get_mut(place) {
            *octet |= 0x80 >> (port % 8);
        }
    }
    bits.insert(0, protocol);
    Ok(bits)
}

/// As text; `None` where the bits are of more ports than there are, or end in an octet that names none: text would lose that one.
pub(super) fn text(from: &mut RdataOctets<'_>) -> Option<String> {
    let protocol = from.u8()?;
    let bits = from.rest();
    if bits.len() > PORT_OCTETS || bits.last() == Some(&0) {
        return None;
    }
    let mut text = protocol.to_string();
    for port in 0..=u16::MAX {
        let Some(octet) = bits.get(usize::from(port / 8)) else { break };
        if octet & (0x80 >> (port % 8)) != 0 {
            text.push_str(&format!(" {port}"));
        }
    }
    Some(text)
}

/// Octets of a bit for each port.
const PORT_OCTETS: usize = 8_192;

/// Protocols by name (RFC 1010, "Assigned Internet Protocol Numbers").
const PROTOCOLS: &[(&str, u8)] = &[("icmp", 1), ("igmp", 2), ("ggp", 3), ("tcp", 6), ("egp", 8), ("udp", 17)];

/// Services by name, those that WKS records name (RFC 1010, "Assigned TCP and UDP Port Numbers", and their names at IANA today).
const SERVICES: &[(&str, u16)] = &[
    ("rje", 5),
    ("echo", 7),
    ("discard", 9),
    ("users", 11),
    ("systat", 11),
    ("daytime", 13),
    ("netstat", 15),
    ("quote", 17),
    ("qotd", 17),
    ("chargen", 19),
    ("ftp-data", 20),
    ("ftp", 21),
    ("ssh", 22),
    ("telnet", 23),
    ("smtp", 25),
    ("time", 37),
    ("rlp", 39),
    ("nameserver", 42),
    ("nicname", 43),
    ("whois", 43),
    ("domain", 53),
    ("bootps", 67),
    ("bootpc", 68),
    ("tftp", 69),
    ("gopher", 70),
    ("finger", 79),
    ("http", 80),
    ("supdup", 95),
    ("hostnames", 101),
    ("hostname", 101),
    ("pop2", 109),
    ("pop3", 110),
    ("sunrpc", 111),
    ("auth", 113),
    ("sftp", 115),
    ("uucp-path", 117),
    ("nntp", 119),
    ("ntp", 123),
    ("imap", 143),
    ("snmp", 161),
    ("https", 443),
    ("syslog", 514),
    ("route", 520),
];
