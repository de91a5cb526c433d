//! A whole response as dig prints it: header, EDNS, sections in columns, and which server answered how fast.
//! Source: the output of dig 9.18. What is left out are its greeting and the time of day: neither is about the response.

use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use super::{
    Message, MessageType, OpCode, Record,
    text::{class_name, name_text, rcode_name, rdata_text, reverse_name, type_name},
    trace::QueryTransport,
};

/// How a response came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResponseArrival {
    /// Who answered.
    pub from: SocketAddr,
    /// The name by which the server was asked, if any: `a.root-servers.net`.
    pub name: Option<String>,
    /// How it travelled; [`QueryTransport::Cache`] prints no transport.
    pub over: QueryTransport,
    /// From the query to the response.
    pub rtt: Duration,
    /// Octets of the response.
    pub octets: usize,
}

/// The name by which a server at `ip` was asked; `None` where only its address was known, and its reverse name stands for it.
pub fn asked_as(server: &str, ip: IpAddr) -> Option<String> {
    let reverse = name_text(&reverse_name(ip));
    let is_reverse = server.trim_end_matches('.').eq_ignore_ascii_case(reverse.trim_end_matches('.'));
    (!is_reverse).then(|| server.to_owned())
}

/// The response as text, lines ended by LF. `received` is what is said below the sections; without it they are all.
pub fn dig(message: &Message, received: Option<&ResponseArrival>) -> String {
    let mut out = header(message);
    if let Some(edns) = &message.edns {
        let flags = if edns.flags().dnssec_ok { " do" } else { "" };
        let (version, udp) = (edns.version(), edns.max_payload());
        out.push_str("\n;; OPT PSEUDOSECTION:\n");
        out.push_str(&format!("; EDNS: version: {version}, flags:{flags}; udp: {udp}\n"));
    } else {
        out.push('\n');
    }
    if !message.queries.is_empty() {
        out.push_str(";; QUESTION SECTION:\n");
        for query in &message.queries {
            let mut columns = TextColumns::default();
            columns.put(&name_text(&query.name));
            columns.up_to(32).put(&class_name(query.query_class));
            columns.up_to(40).put(&type_name(query.query_type));
            out.push_str(&format!(";{}\n", columns.text));
        }
        out.push('\n');
    }
    for (title, records) in
        [("ANSWER", &message.answers), ("AUTHORITY", &message.authorities), ("ADDITIONAL", &message.additionals)]
    {
        if !records.is_empty() {
            out.push_str(&format!(";; {title} SECTION:\n"));
            out.extend(records.iter().map(|record| line(record) + "\n"));
            out.push('\n');
        }
    }
    if let Some(received) = received {
        out.push_str(&footer(received));
    }
    out
}

/// A record in dig's columns: tabs up to 24, 32, 40 and 48, or one space where a part is longer than its column.
pub fn line(record: &Record) -> String {
    let mut columns = TextColumns::default();
    columns.put(&name_text(&record.name));
    columns.up_to(24).put(&record.ttl.to_string());
    columns.up_to(32).put(&class_name(record.dns_class));
    columns.up_to(40).put(&type_name(record.record_type()));
    columns.up_to(48).put(&rdata_text(&record.data));
    columns.text
}

fn header(message: &Message) -> String {
    let about = &message.metadata;
    let (opcode, status) = (opcode_name(about.op_code), rcode_name(about.response_code));
    let flags: String = [
        (about.message_type == MessageType::Response, " qr"),
        (about.authoritative, " aa"),
        (about.truncation, " tc"),
        (about.recursion_desired, " rd"),
        (about.recursion_available, " ra"),
        (about.authentic_data, " ad"),
        (about.checking_disabled, " cd"),
    ]
    .into_iter()
    .filter_map(|(set, name)| set.then_some(name))
    .collect();
    let additional = message.additionals.len() + usize::from(message.edns.is_some());
    let (queries, answers, authorities) = (message.queries.len(), message.answers.len(), message.authorities.len());
    let mut out = format!(
        ";; Got answer:\n;; ->>HEADER<<- opcode: {opcode}, status: {status}, id: {}\n;; flags:{flags}; QUERY: {queries}, \
         ANSWER: {answers}, AUTHORITY: {authorities}, ADDITIONAL: {additional}\n",
        about.id
    );
    if about.recursion_desired && !about.recursion_available {
        out.push_str(";; WARNING: recursion requested but not available\n");
    }
    out
}

fn opcode_name(code: OpCode) -> String {
    let code = u8::from(code);
    match OPCODES.get(usize::from(code)) {
        Some(name) => (*name).to_owned(),
        None => format!("RESERVED{code}"),
    }
}

fn footer(received: &ResponseArrival) -> String {
    let (ip, port) = (received.from.ip(), received.from.port());
    let name = received.name.clone().unwrap_or_else(|| ip.to_string());
    let over = match received.over {
        QueryTransport::Udp => " (UDP)",
        QueryTransport::Tcp => " (TCP)",
        QueryTransport::Cache => "",
    };
    let millis = received.rtt.as_millis();
    let octets = received.octets;
    format!(";; Query time: {millis} msec\n;; SERVER: {ip}#{port}({name}){over}\n;; MSG SIZE  rcvd: {octets}\n")
}

/// Text and how many columns it has taken.
#[derive(Default)]
struct TextColumns {
    text: String,
    at: usize,
}

impl TextColumns {
    fn put(&mut self, text: &str) {
        self.text.push_str(text);
        self.at += text.chars().count();
    }

    /// At least one space, or tabs as far as `column`.
    fn up_to(&mut self, column: usize) -> &mut Self {
        let to = column.max(self.at + 1);
        let tabs = to / TAB - self.at / TAB;
        let from = if tabs > 0 { to / TAB * TAB } else { self.at };
        self.text.extend(std::iter::repeat_n('\t', tabs));
        self.text.extend(std::iter::repeat_n(' ', to - from));
        self.at = to;
        self
    }
}

const TAB: usize = 8;

/// Opcodes by number, as dig has them.
const OPCODES: &[&str] = &["QUERY", "IQUERY", "STATUS", "RESERVED3", "NOTIFY", "UPDATE"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::dns::{DNSClass, Edns, Name, Query, RecordType, text};

    #[test]
    fn a_server_known_by_its_address_has_no_name() {
        let ip = "8.8.8.8".parse().unwrap();
        assert_eq!(asked_as("8.8.8.8.in-addr.arpa", ip), None);
        assert_eq!(asked_as("8.8.8.8.in-addr.ARPA.", ip), None);
        for name in ["dns.google", "a.in-addr-servers.arpa", "4.4.8.8.in-addr.arpa"] {
            assert_eq!(asked_as(name, ip).as_deref(), Some(name));
        }
    }

    #[test]
    fn prints_what_dig_prints() {
        let mut message = Message::response(49_876, OpCode::Query);
        message.metadata.recursion_desired = true;
        let mut query = Query::query(text::name_from_text("www.uvic.ca.", &Name::root()).unwrap(), RecordType::A);
        query.set_query_class(DNSClass::IN);
        message.add_query(query);
        for line in ["ca. 172800 IN NS any.ca-servers.ca.", "ca. 172800 IN NS d.ca-servers.ca."] {
            message.add_authority(text::record_from_line(line).unwrap());
        }
        for line in [
            "any.ca-servers.ca. 172800 IN A 199.4.144.2",
            "a-rather-long-name.of-a-server.example. 172800 IN AAAA 2001:500:a7::2",
            "twenty-three-octets.ca. 60 IN A 192.0.2.1",
        ] {
            message.add_additional(text::record_from_line(line).unwrap());
        }
        let mut edns = Edns::new();
        edns.set_max_payload(1232);
        message.set_edns(edns);
        let received = ResponseArrival {
            from: "198.41.0.4:53".parse().unwrap(),
            name: Some("a.root-servers.net".to_owned()),
            over: QueryTransport::Udp,
            rtt: Duration::from_micros(24_999),
            octets: 285,
        };
        let expected = "\
;; Got answer:
;; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 49876
;; flags: qr rd; QUERY: 1, ANSWER: 0, AUTHORITY: 2, ADDITIONAL: 4
;; WARNING: recursion requested but not available

;; OPT PSEUDOSECTION:
; EDNS: version: 0, flags:; udp: 1232
;; QUESTION SECTION:
;www.uvic.ca.\t\t\tIN\tA

;; AUTHORITY SECTION:
ca.\t\t\t172800\tIN\tNS\tany.ca-servers.ca.
ca.\t\t\t172800\tIN\tNS\td.ca-servers.ca.

;; ADDITIONAL SECTION:
any.ca-servers.ca.\t172800\tIN\tA\t199.4.144.2
a-rather-long-name.of-a-server.example.\t172800 IN AAAA 2001:500:a7::2
twenty-three-octets.ca.\t60\tIN\tA\t192.0.2.1

;; Query time: 24 msec
;; SERVER: 198.41.0.4#53(a.root-servers.net) (UDP)
;; MSG SIZE  rcvd: 285
";
        assert_eq!(dig(&message, Some(&received)), expected);
    }
}
