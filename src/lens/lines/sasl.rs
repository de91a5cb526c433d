//! Logging in as SMTP, POP3 and IMAP have it in common: mechanisms, and what client and server tell each other in base64. RFC 4422.

use std::ops::Range;

use super::nodes::{NodeBuilder, TextLine, decoded, lines_of, separated};
use crate::lens::{
    FieldNode,
    glossary::{GlossaryEntry, find, word},
};

/// The node of a mechanism's name.
pub(in crate::lens) fn mechanism_node(nodes: &NodeBuilder<'_>, range: Range<usize>) -> FieldNode {
    let known = find(MECHANISMS, &nodes.text(&range));
    nodes.explained(range, known, &UNKNOWN)
}

/// The node of a line that is nothing but base64.
pub(in crate::lens) fn response_nodes(nodes: &NodeBuilder<'_>, octets: &[u8], word: &GlossaryEntry) -> Vec<FieldNode> {
    let line = |line: TextLine| {
        let part = (!line.text.is_empty()).then(|| base64_node(nodes, line.text.clone(), word));
        nodes.line(&line, word, part.into_iter().collect())
    };
    lines_of(octets, 0).map(line).collect()
}

/// The node of what a side tells the other in base64, with its parts where the mechanism is known.
pub(in crate::lens) fn base64_node(nodes: &NodeBuilder<'_>, range: Range<usize>, word: &GlossaryEntry) -> FieldNode {
    match nodes.bytes(&range) {
        b"*" => return word.node(range, "* (the client gives up)"),
        b"=" => return word.node(range, "= (an empty response)"),
        _ => {}
    }
    let (mut node, decoded) = nodes.base64(range.clone(), word);
    // PLAIN: three parts, each behind a NUL but the first. RFC 4616 §2.
    let decoded = decoded.unwrap_or_default();
    let parts: Vec<&[u8]> = decoded.split(|octet| *octet == 0).collect();
    if let [acts_for, user, password] = *parts {
        let part = |name: &str, octets: &[u8], meaning| {
            FieldNode::leaf(range.clone(), name, separated(octets), meaning, "RFC 4616 §2")
        };
        node.parts = vec![
            part("authorization identity", acts_for, "For whom the client acts; empty: for itself."),
            part("authentication identity", user, "Who logs in."),
            part("password", password, "The password, which base64 does not hide: whoever reads the octets has it."),
        ];
    }
    node
}

/// What octets in base64 stand for, to be shown beside them; empty where they are none, or not text.
pub(in crate::lens) fn aside(base64: &str) -> String {
    let octets = decoded(base64.as_bytes()).filter(|octets| !octets.is_empty());
    let is_text = |octets: &Vec<u8>| octets.iter().all(|octet| !octet.is_ascii_control() || *octet == 0);
    octets.filter(is_text).map_or_else(String::new, |octets| format!("  = {}", separated(&octets)))
}

/// What stands beside a command that logs in by a mechanism: its initial response, decoded. RFC 4954 §4.
pub(in crate::lens) fn aside_of(arguments: &str) -> String {
    arguments.trim_start().split_once(' ').map_or_else(String::new, |(_, response)| aside(response.trim()))
}

const UNKNOWN: GlossaryEntry = word("mechanism", "A mechanism this program does not know.", "RFC 4422 §3.1");

/// Ways to log in.
const MECHANISMS: &[GlossaryEntry] = &[
    word("ANONYMOUS", "Nobody says who they are.", "RFC 4505 §2"),
    word(
        "CRAM-MD5",
        "A digest of the password and the server's challenge: the password does not cross.",
        "RFC 2195 §2",
    ),
    word("DIGEST-MD5", "A digest as in HTTP; obsolete.", "RFC 6331"),
    word("EXTERNAL", "Who the client is has been told below, as by a TLS certificate.", "RFC 4422 appendix A"),
    word("GSSAPI", "Kerberos.", "RFC 4752 §3"),
    word("LOGIN", "User name and password, each in base64; never standardised.", "draft-murchison-sasl-login"),
    word("NTLM", "Windows' challenge and response; not an Internet standard.", "[MS-NLMP]"),
    word("OAUTHBEARER", "A token of an authorization server instead of a password.", "RFC 7628 §3"),
    word("PLAIN", "User name and password in one response: only to be used above TLS.", "RFC 4616 §2"),
    word("SCRAM-SHA-1", "Both sides prove that they know the password, which does not cross.", "RFC 5802 §3"),
    word("SCRAM-SHA-256", "Both sides prove that they know the password, which does not cross.", "RFC 7677 §3"),
    word("SCRAM-SHA-256-PLUS", "The same, bound to the TLS connection below.", "RFC 7677 §3"),
    word("XOAUTH2", "A token instead of a password, as it was before OAUTHBEARER.", "Google's XOAUTH2"),
];
