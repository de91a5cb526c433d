//! Other people's captures of SMTP, POP3 and FTP, broken ones among them, read to their end. The captures are not part of the project: see
//! [`super::corpus`]. The numbers of commands are those that tshark 4.0 counts.

use roundtrip::{
    lens::{FieldNode, FlowMessage, FlowReading, Protocol, Track, UNREAD},
    wire::{Flow, Side},
};

use crate::{
    corpus::corpus,
    pcap::{captures, connections},
};

/// A capture, what is spoken on its first connection, how many commands all its connections have, and what some line or field of them is said
/// to have wrong.
type Case = (&'static str, &'static [&'static str], usize, Option<&'static str>);

const CASES: &[Case] = &[
    ("ftp/bigtransfer.pcap", &["FTP"], 12, None),
    ("ftp/bruteforce.pcap", &["FTP"], 90, None),
    ("ftp/fake-long-commands.pcap", &["FTP"], 9, None),
    ("ftp/fake-server-delays-all.pcap", &["FTP"], 8, None),
    ("ftp/ftp-auth-tls.pcap", &["FTP", "TLS"], 2, None),
    ("ftp/ftp-invalid-reply-code.pcap", &["FTP"], 4, Some("three digits")),
    ("ftp/ftp-missing-reply-code.pcap", &["FTP"], 4, Some("three digits")),
    ("ftp/ftp-missing-space-after-reply-code.pcap", &["FTP"], 4, Some("three digits")),
    ("ftp/ftp-password-pass-command.pcap", &["FTP"], 2, None),
    ("ftp/ipv4.pcap", &["FTP"], 15, None),
    ("ftp/ipv6-multiline-reply.pcap", &["FTP"], 11, None),
    ("ftp/ipv6-retr-samba.pcap", &["FTP"], 12, None),
    ("ftp/ipv6-violation.pcap", &["FTP"], 2, None),
    ("ftp/ipv6.pcap", &["FTP"], 22, None),
    ("ftp/retr.pcap", &["FTP"], 10, None),
    ("pop3-unknown-commands.pcap", &["POP3"], 4, None),
    ("pop3/bad-list-retr-crafted.pcap", &["POP3"], 3, None),
    // tshark counts the three answers to challenges too.
    ("pop3/pop3.pcap", &["POP3"], 24 - 3, None),
    // What follows a DATA that was refused is commands, unknown ones, as the server says: tshark takes them for a message.
    ("smtp-mail-transactions-invalid.pcap", &["SMTP"], 13 + 6, None),
    ("smtp-multi-addr.pcap", &["SMTP"], 4, None),
    ("smtp.pcap", &["SMTP"], 12, None),
];

#[test]
fn sessions_are_told_by_their_ports_and_have_as_many_commands_as_others_count() {
    let Some(folder) = corpus("zeek-pcap") else { return };
    let mut broken = Vec::new();
    for (name, protocols, commands, wrong) in CASES {
        let flows = connections(&folder.join(name));
        let sessions: Vec<Session<'_>> = flows.iter().map(Session::of).collect();
        let lines: Vec<&Session<'_>> =
            sessions.iter().filter(|session| session.spoken.first() == protocols.first()).collect();
        let found: usize = lines.iter().map(|session| session.commands()).sum();
        let faults: Vec<String> = lines.iter().flat_map(|session| session.faults()).collect();
        println!("{name}: {found} commands in {} sessions, {} faults: {:?}", lines.len(), faults.len(), faults.first());
        let spoken = lines.first().map(|session| session.spoken.clone()).unwrap_or_default();
        if spoken != *protocols || found != *commands {
            broken.push(format!("{name}: {spoken:?} with {found} commands instead of {commands}"));
        }
        if wrong.is_some_and(|wrong| !faults.iter().any(|fault| fault.contains(wrong))) {
            broken.push(format!("{name}: {wrong:?} is not said, but {faults:?}"));
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn every_connection_of_every_capture_is_read_to_its_end() {
    let Some(folder) = corpus("zeek-pcap") else { return };
    let (mut read, mut spoken) = (0, std::collections::BTreeMap::new());
    for file in captures(&folder) {
        for flow in connections(&file) {
            let session = Session::of(&flow);
            session.covers();
            read += 1;
            *spoken.entry(session.spoken.join(", ")).or_insert(0) += 1;
        }
    }
    println!("{read} connections: {spoken:?}");
    assert!(read > 60);
}

struct Session<'a> {
    flow: &'a Flow,
    reading: FlowReading,
    spoken: Vec<&'static str>,
    messages: Vec<FlowMessage>,
}

impl<'a> Session<'a> {
    fn of(flow: &'a Flow) -> Self {
        let mut reading = FlowReading::default();
        let messages = reading.messages(flow);
        let spoken = reading.protocols().map(Protocol::name).collect();
        Self { flow, reading, spoken, messages }
    }

    fn commands(&self) -> usize {
        let is_command = |message: &&FlowMessage| {
            let noun = self.reading.noun(message.section, message.side, message.kind);
            message.kind != UNREAD && noun == "Command"
        };
        self.messages.iter().filter(is_command).count()
    }

    /// Each message's tree, and how many octets it has.
    fn trees(&self) -> Vec<(Vec<FieldNode>, usize)> {
        let length = |message: &FlowMessage| usize::try_from(message.range.end - message.range.start).unwrap();
        let fields = |message| self.reading.fields_of(self.flow, message, &self.messages);
        self.messages.iter().map(|message| (fields(message), length(message))).collect()
    }

    fn faults(&self) -> Vec<String> {
        fn find(node: &FieldNode, found: &mut Vec<String>) {
            found.extend(node.wrong.clone());
            node.parts.iter().for_each(|part| find(part, found));
        }
        let lines = (0..self.reading.line_count()).filter_map(|line| self.reading.line(self.flow, line)?.wrong);
        let mut found: Vec<String> = lines.collect();
        self.trees().iter().for_each(|(nodes, _)| nodes.iter().for_each(|node| find(node, &mut found)));
        found
    }

    /// Lines stand one behind the other, fields within their messages.
    fn covers(&self) {
        for side in [Side::Client, Side::Server] {
            let mut at = 0;
            for line in (0..self.reading.line_count()).filter_map(|line| self.reading.line(self.flow, line)) {
                if line.side == side && !line.range.is_empty() {
                    assert_eq!(line.range.start, at, "{}", line.text);
                    at = line.range.end;
                }
            }
            assert!(at >= self.reading.length(Track::Application, side));
        }
        for (nodes, length) in self.trees() {
            for node in nodes {
                check(&node, length);
            }
        }
    }
}

fn check(node: &FieldNode, length: usize) {
    assert!(node.range.start <= node.range.end && node.range.end <= length, "{node:?}");
    node.parts.iter().for_each(|part| check(part, length));
}
