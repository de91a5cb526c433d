//! What DNS' bits, types, classes, codes and options are called, what they are for, and where that is said.

use super::loc::Loc;
use crate::proto::dns::text;

/// What something is for, and where it is defined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct About(pub &'static str, pub &'static str);

/// A section of a message.
pub(super) struct Section {
    pub(super) name: &'static str,
    pub(super) one: &'static str,
    pub(super) many: &'static str,
    pub(super) is_question: bool,
    pub(super) about: About,
}

/// One bit of the header, or the bits of a number.
pub(super) struct Bit {
    pub(super) name: &'static str,
    pub(super) first: u16,
    pub(super) last: u16,
    pub(super) set: &'static str,
    pub(super) clear: &'static str,
    pub(super) about: About,
}

/// A type of records.
struct Kind {
    code: u16,
    name: &'static str,
    about: About,
    /// What it holds; `None` where it is left as octets.
    layout: Option<&'static [Part]>,
}

/// A part of what a record holds.
pub(super) struct Part {
    pub(super) name: &'static str,
    pub(super) shape: Shape,
    pub(super) about: About,
}

/// How a part is read.
#[derive(Clone, Copy)]
pub(super) enum Shape {
    Ip4,
    Ip6,
    Name,
    /// A number of so many octets.
    Number(usize),
    /// Four octets of seconds.
    Seconds,
    /// Four octets: seconds since 1970.
    Moment,
    /// A type's number.
    Type,
    /// A text behind its length.
    Text,
    /// Texts up to the end.
    Texts,
    /// A text behind its length, written without quotes.
    Tag,
    /// All the rest, as text.
    QuotedRest,
    /// All the rest, in hexadecimal.
    Hex,
    /// All the rest: a bitmap of types.
    Types,
    /// All the rest: parameters of a service.
    Params,
    Loc(Loc),
}

/// A type's name: `A`, `TYPE65400`.
pub fn type_name(code: u16) -> String {
    KINDS
        .iter()
        .find(|kind| kind.code == code)
        .map_or_else(|| text::type_name(code.into()), |kind| kind.name.to_owned())
}

/// A type's number by its name, however its letters are written: `mx`, `TYPE65400`.
pub fn type_code(name: &str) -> Option<u16> {
    let known = KINDS.iter().find(|kind| kind.name.eq_ignore_ascii_case(name)).map(|kind| kind.code);
    known.or_else(|| text::type_from_text(name).map(u16::from))
}

/// What a type is for.
pub fn about_type(code: u16) -> &'static About {
    KINDS.iter().find(|kind| kind.code == code).map_or(&UNKNOWN_TYPE, |kind| &kind.about)
}

pub(super) fn layout(code: u16) -> Option<&'static [Part]> {
    KINDS.iter().find(|kind| kind.code == code)?.layout
}

/// A class' name: `IN`, `CLASS77`.
pub fn class_name(code: u16) -> String {
    let known = CLASSES.iter().find(|(known, _)| *known == code);
    known.map_or_else(|| format!("CLASS{code}"), |(_, name)| (*name).to_owned())
}

/// An opcode's name: `QUERY`, `NOTIFY`.
pub fn opcode_name(code: u8) -> String {
    let known = OPCODES.iter().find(|(known, _)| *known == code);
    known.map_or_else(|| format!("OPCODE{code}"), |(_, name)| (*name).to_owned())
}

/// A response code's name: `NOERROR`, `NXDOMAIN`, `RCODE14`.
pub fn rcode_name(code: u16) -> String {
    let known = RCODES.iter().find(|(known, ..)| *known == code);
    known.map_or_else(|| format!("RCODE{code}"), |(_, name, _)| (*name).to_owned())
}

/// What a response code says, by its name.
pub fn about_rcode(name: &str) -> Option<&'static About> {
    RCODES.iter().find(|(_, known, _)| *known == name).map(|(.., about)| about)
}

pub(super) fn option(code: u16) -> (&'static str, &'static About) {
    let known = OPTIONS.iter().find(|(known, ..)| *known == code);
    known.map_or(("option of an unknown kind", &OPTION), |(_, name, about)| (name, about))
}

pub(super) fn extended_error(code: u16) -> &'static str {
    EXTENDED_ERRORS.get(usize::from(code)).copied().unwrap_or("unknown reason")
}

/// The name of a parameter of SVCB and HTTPS.
pub(super) fn param(code: u16) -> String {
    PARAMS.get(usize::from(code)).map_or_else(|| format!("key{code}"), |name| (*name).to_owned())
}

pub(super) const MESSAGE: About =
    About("One message: a header, the question, and three sections of records.", "RFC 1035 §4.1");
pub(super) const HEADER: About = About("Twelve octets that every message begins with.", "RFC 1035 §4.1.1");
pub(super) const ID: About = About(
    "Chosen by the asker and repeated in the answer, so that the two find together; hard to guess for who sees neither.",
    "RFC 1035 §4.1.1",
);
pub(super) const FLAGS: About = About("Sixteen bits: what kind of message this is and how it went.", "RFC 1035 §4.1.1");
pub(super) const LENGTH: About = About(
    "How many octets the message after it has; only over TCP, which has no borders of its own.",
    "RFC 1035 §4.2.2",
);
pub(super) const LABEL: About =
    About("One part of a name, at most 63 octets behind one that says how many.", "RFC 1035 §3.1");
pub(super) const ROOT_LABEL: About = About("A label of length 0: the root, where every name ends.", "RFC 1035 §3.1");
pub(super) const POINTER: About = About(
    "The name goes on as one that stands earlier in the message: two octets instead of all its labels.",
    "RFC 1035 §4.1.4",
);
pub(super) const QUESTION: About = About("What is asked: a name, a type, a class.", "RFC 1035 §4.1.2");
pub(super) const QNAME: About = About("The name that is asked about.", "RFC 1035 §4.1.2");
pub(super) const OWNER: About = About("The name the record is about.", "RFC 1035 §4.1.3");
pub(super) const CLASS: About =
    About("Which of several name systems; IN, the Internet's, is the only one in use.", "RFC 1035 §3.2.4");
pub(super) const TTL: About =
    About("How long whoever hears the record may keep it and tell it to others.", "RFC 2181 §8");
pub(super) const RDLENGTH: About = About("How many octets the record holds.", "RFC 1035 §4.1.3");
pub(super) const OCTETS: About = About("Octets of a type that is not read any further.", "RFC 3597 §3");
pub(super) const UNREADABLE: About =
    About("From here on nothing can be read: where the next entry begins is not known.", "RFC 1035 §4.1");
pub(super) const AFTER: About = About("Octets that belong to no section.", "RFC 1035 §4.1");
pub(super) const PAYLOAD: About =
    About("The longest message the sender takes in one datagram; without EDNS it is 512 octets.", "RFC 6891 §6.2.3");
pub(super) const EXTENDED_RCODE: About =
    About("Eight more bits of the response code, above the header's four.", "RFC 6891 §6.1.3");
pub(super) const EDNS_VERSION: About = About("The version of EDNS; there is only 0.", "RFC 6891 §6.1.3");
pub(super) const EDNS_FLAGS: About = About("Sixteen more flags, of which one has a meaning.", "RFC 6891 §6.1.4");
pub(super) const DO: About = About("DNSSEC OK: the asker wants signatures along with the records.", "RFC 3225 §3");
pub(super) const OPTION: About = About("Something more that EDNS carries.", "RFC 6891 §6.1.2");
pub(super) const OPTION_CODE: About = About("Which option it is.", "RFC 6891 §6.1.2");
pub(super) const OPTION_LENGTH: About = About("How many octets it has.", "RFC 6891 §6.1.2");
pub(super) const PARAM: About = About("One thing to know before connecting to the service.", "RFC 9460 §7");
const UNKNOWN_TYPE: About =
    About("A type this program does not know: its octets are shown as they are.", "RFC 3597 §3");

pub(super) static COUNTS: [(&str, About); 4] = [
    ("QDCOUNT", About("How many questions: one.", "RFC 9619 §4")),
    ("ANCOUNT", About("How many records answer.", "RFC 1035 §4.1.1")),
    ("NSCOUNT", About("How many records say who is the authority.", "RFC 1035 §4.1.1")),
    ("ARCOUNT", About("How many records come along.", "RFC 1035 §4.1.1")),
];

pub(super) static SECTIONS: [Section; 4] = [
    Section {
        name: "question",
        one: "question",
        many: "questions",
        is_question: true,
        about: About("What is asked; an answer repeats it.", "RFC 1035 §4.1.2"),
    },
    Section {
        name: "answer",
        one: "record",
        many: "records",
        is_question: false,
        about: About("Records that answer the question.", "RFC 1035 §4.1"),
    },
    Section {
        name: "authority",
        one: "record",
        many: "records",
        is_question: false,
        about: About(
            "Who knows more: name servers of a zone (a referral), or a zone's SOA, which says that there is no such thing.",
            "RFC 1034 §4.3.2, RFC 2308 §2",
        ),
    },
    Section {
        name: "additional",
        one: "record",
        many: "records",
        is_question: false,
        about: About(
            "Records that will be needed next: addresses of the name servers (glue), and EDNS.",
            "RFC 1034 §4.2.1",
        ),
    },
];

pub(super) static BITS: [Bit; 10] = [
    Bit {
        name: "QR",
        first: 0,
        last: 0,
        set: "this answers a query",
        clear: "this is a query",
        about: About("Query or response.", "RFC 1035 §4.1.1"),
    },
    Bit {
        name: "OPCODE",
        first: 1,
        last: 4,
        set: "",
        clear: "",
        about: About("What kind of query; a response repeats it.", "RFC 1035 §4.1.1"),
    },
    Bit {
        name: "AA",
        first: 5,
        last: 5,
        set: "the server is an authority for the name",
        clear: "not an authority's word: a pointer to one, or a cached copy",
        about: About("Authoritative answer.", "RFC 1035 §4.1.1"),
    },
    Bit {
        name: "TC",
        first: 6,
        last: 6,
        set: "cut off: ask again over TCP",
        clear: "all of it is here",
        about: About("Truncation: the message did not fit into a datagram.", "RFC 2181 §9"),
    },
    Bit {
        name: "RD",
        first: 7,
        last: 7,
        set: "the asker wants the server to find the answer",
        clear: "the asker wants only what the server knows",
        about: About("Recursion desired; a response repeats it.", "RFC 1034 §4.3.1"),
    },
    Bit {
        name: "RA",
        first: 8,
        last: 8,
        set: "the server finds answers for others",
        clear: "the server says only what it knows",
        about: About("Recursion available.", "RFC 1034 §4.3.1"),
    },
    Bit {
        name: "Z",
        first: 9,
        last: 9,
        set: "kept for later",
        clear: "kept for later",
        about: About("Kept for later: it has to be 0.", "RFC 1035 §4.1.1"),
    },
    Bit {
        name: "AD",
        first: 10,
        last: 10,
        set: "the server checked the signatures",
        clear: "not checked",
        about: About("Authentic data: DNSSEC signatures were checked by whoever answers.", "RFC 4035 §3.2.3"),
    },
    Bit {
        name: "CD",
        first: 11,
        last: 11,
        set: "the asker checks signatures itself",
        clear: "the server may check",
        about: About("Checking disabled.", "RFC 4035 §3.2.2"),
    },
    Bit { name: "RCODE", first: 12, last: 15, set: "", clear: "", about: About("How it went.", "RFC 1035 §4.1.1") },
];

static CLASSES: [(u16, &str); 5] = [(1, "IN"), (3, "CH"), (4, "HS"), (254, "NONE"), (255, "ANY")];

static OPCODES: [(u8, &str); 6] =
    [(0, "QUERY"), (1, "IQUERY"), (2, "STATUS"), (4, "NOTIFY"), (5, "UPDATE"), (6, "DSO")];

static RCODES: [(u16, &str, About); 14] = [
    (0, "NOERROR", About("No error, which does not mean that there is an answer.", "RFC 1035 §4.1.1")),
    (1, "FORMERR", About("The server could not read the query.", "RFC 1035 §4.1.1")),
    (2, "SERVFAIL", About("The server failed at finding the answer.", "RFC 1035 §4.1.1")),
    (3, "NXDOMAIN", About("There is no such name, whatever the type.", "RFC 8020 §2")),
    (4, "NOTIMP", About("The server does not do this kind of query.", "RFC 1035 §4.1.1")),
    (5, "REFUSED", About("The server will not answer this asker.", "RFC 1035 §4.1.1")),
    (6, "YXDOMAIN", About("A name is there that should not be.", "RFC 2136 §2.2")),
    (7, "YXRRSET", About("Records are there that should not be.", "RFC 2136 §2.2")),
    (8, "NXRRSET", About("Records are not there that should be.", "RFC 2136 §2.2")),
    (9, "NOTAUTH", About("The server is no authority for the zone.", "RFC 2136 §2.2")),
    (10, "NOTZONE", About("A name is outside the zone.", "RFC 2136 §2.2")),
    (16, "BADVERS", About("The server does not speak this version of EDNS.", "RFC 6891 §9")),
    (17, "BADKEY", About("The server does not know the key.", "RFC 8945 §5.2.1")),
    (23, "BADCOOKIE", About("The server's cookie is missing or wrong.", "RFC 7873 §8")),
];

static OPTIONS: [(u16, &str, About); 8] = [
    (3, "NSID", About("Which of several machines behind one address answered.", "RFC 5001 §2.3")),
    (8, "client subnet", About("Where the one who asked first is, so that the answer can be near.", "RFC 7871 §6")),
    (9, "expire", About("How long a copy of the zone holds.", "RFC 7314 §2")),
    (
        10,
        "cookie",
        About("Numbers that show that the two have talked before: who sees neither cannot answer.", "RFC 7873 §4"),
    ),
    (11, "TCP keepalive", About("How long the connection may stay open unused.", "RFC 7828 §3.1")),
    (12, "padding", About("Octets that make all messages equally long.", "RFC 7830 §3")),
    (13, "chain", About("Which signatures the asker has already.", "RFC 7901 §4")),
    (15, "extended error", About("Why it went wrong, more exactly than the response code says.", "RFC 8914 §2")),
];

static EXTENDED_ERRORS: [&str; 25] = [
    "other",
    "DNSKEY of an unknown algorithm",
    "DS of an unknown digest",
    "stale answer",
    "forged answer",
    "signatures neither right nor wrong",
    "signatures wrong",
    "signature expired",
    "signature not yet valid",
    "DNSKEY missing",
    "signatures missing",
    "no zone key",
    "NSEC missing",
    "failure remembered",
    "not ready",
    "blocked",
    "censored",
    "filtered",
    "prohibited",
    "stale “no such name”",
    "not authoritative",
    "not supported",
    "no reachable authority",
    "network error",
    "invalid data",
];

static PARAMS: [&str; 8] = ["mandatory", "alpn", "no-default-alpn", "port", "ipv4hint", "ech", "ipv6hint", "dohpath"];

const fn part(name: &'static str, shape: Shape, meaning: &'static str, clause: &'static str) -> Part {
    Part { name, shape, about: About(meaning, clause) }
}

const fn kind(code: u16, name: &'static str, about: About, layout: &'static [Part]) -> Kind {
    Kind { code, name, about, layout: Some(layout) }
}

/// A type of which only the name is known.
const fn named(code: u16, name: &'static str, about: About) -> Kind {
    Kind { code, name, about, layout: None }
}

/// The type of what is no record but EDNS.
pub(super) const OPT: u16 = 41;

const MAILBOX: About = About("A mailbox of the early experiments with mail.", "RFC 1035 §3.3");

static KINDS: &[Kind] = &[
    kind(
        1,
        "A",
        About("An IPv4 address of the host.", "RFC 1035 §3.4.1"),
        &[part("address", Shape::Ip4, "Four octets of address.", "RFC 1035 §3.4.1")],
    ),
    kind(
        2,
        "NS",
        About("A name server of the zone.", "RFC 1035 §3.3.11"),
        &[part("name server", Shape::Name, "The host that answers for the zone.", "RFC 1035 §3.3.11")],
    ),
    kind(
        5,
        "CNAME",
        About("The name is another's alias.", "RFC 1035 §3.3.1"),
        &[part("canonical name", Shape::Name, "The name that has the records.", "RFC 1034 §3.6.2")],
    ),
    kind(
        6,
        "SOA",
        About("The zone begins here, and how it is kept.", "RFC 1035 §3.3.13"),
        &[
            part("MNAME", Shape::Name, "The name server with the original of the zone.", "RFC 1035 §3.3.13"),
            part("RNAME", Shape::Name, "Whom to write to; the first dot stands for the @.", "RFC 1035 §3.3.13"),
            part("SERIAL", Shape::Number(4), "Grows with every change, so that copies are renewed.", "RFC 1982 §7"),
            part("REFRESH", Shape::Seconds, "How often copies look for a change.", "RFC 1035 §3.3.13"),
            part("RETRY", Shape::Seconds, "How soon they try again when nobody answered.", "RFC 1035 §3.3.13"),
            part("EXPIRE", Shape::Seconds, "How long a copy holds without news.", "RFC 1035 §3.3.13"),
            part(
                "MINIMUM",
                Shape::Seconds,
                "How long it may be remembered that something is not there.",
                "RFC 2308 §4",
            ),
        ],
    ),
    kind(7, "MB", MAILBOX, &[part("host", Shape::Name, "The mailbox' host.", "RFC 1035 §3.3.3")]),
    kind(8, "MG", MAILBOX, &[part("member", Shape::Name, "A member of the group.", "RFC 1035 §3.3.6")]),
    kind(9, "MR", MAILBOX, &[part("new name", Shape::Name, "The mailbox' new name.", "RFC 1035 §3.3.8")]),
    named(10, "NULL", About("Anything at all.", "RFC 1035 §3.3.10")),
    kind(
        11,
        "WKS",
        About("Services of a host, as a bitmap of ports; nobody asks for it.", "RFC 1035 §3.4.2"),
        &[
            part("address", Shape::Ip4, "The host.", "RFC 1035 §3.4.2"),
            part("protocol", Shape::Number(1), "6 is TCP, 17 UDP.", "RFC 1035 §3.4.2"),
            part("ports", Shape::Hex, "A bit for each port.", "RFC 1035 §3.4.2"),
        ],
    ),
    kind(
        12,
        "PTR",
        About("The name that belongs to an address, or another name.", "RFC 1035 §3.3.12"),
        &[part("name", Shape::Name, "The name pointed to.", "RFC 1035 §3.3.12")],
    ),
    kind(
        13,
        "HINFO",
        About("What machine the host is.", "RFC 1035 §3.3.2"),
        &[
            part("CPU", Shape::Text, "Which processor.", "RFC 1035 §3.3.2"),
            part("OS", Shape::Text, "Which system.", "RFC 1035 §3.3.2"),
        ],
    ),
    kind(
        14,
        "MINFO",
        MAILBOX,
        &[
            part("responsible", Shape::Name, "Who keeps the list.", "RFC 1035 §3.3.7"),
            part("errors", Shape::Name, "Who hears of errors.", "RFC 1035 §3.3.7"),
        ],
    ),
    kind(
        15,
        "MX",
        About("Where mail for the name goes.", "RFC 1035 §3.3.9"),
        &[
            part("preference", Shape::Number(2), "The lowest is tried first.", "RFC 5321 §5.1"),
            part("exchange", Shape::Name, "The host that takes the mail.", "RFC 1035 §3.3.9"),
        ],
    ),
    kind(
        16,
        "TXT",
        About("Text: whoever reads it knows what for.", "RFC 1035 §3.3.14"),
        &[part("text", Shape::Texts, "At most 255 octets behind one that says how many.", "RFC 1035 §3.3")],
    ),
    kind(
        17,
        "RP",
        About("Who is responsible for the name.", "RFC 1183 §2.2"),
        &[
            part("mailbox", Shape::Name, "Whom to write to; the first dot stands for the @.", "RFC 1183 §2.2"),
            part("more at", Shape::Name, "The name whose TXT says more.", "RFC 1183 §2.2"),
        ],
    ),
    kind(
        18,
        "AFSDB",
        About("A server of the Andrew file system.", "RFC 1183 §1"),
        &[
            part("subtype", Shape::Number(2), "Which kind of server.", "RFC 1183 §1"),
            part("host", Shape::Name, "The server.", "RFC 1183 §1"),
        ],
    ),
    kind(
        28,
        "AAAA",
        About("An IPv6 address of the host.", "RFC 3596 §2.2"),
        &[part("address", Shape::Ip6, "Sixteen octets of address.", "RFC 3596 §2.2")],
    ),
    kind(
        29,
        "LOC",
        About("Where on Earth the host stands.", "RFC 1876 §2"),
        &[
            part("version", Shape::Number(1), "0.", "RFC 1876 §2"),
            part(
                "size",
                Shape::Loc(Loc::Size),
                "How large it is: a digit and a power of ten of centimetres.",
                "RFC 1876 §2",
            ),
            part("horizontal precision", Shape::Loc(Loc::Size), "How exactly the place is known.", "RFC 1876 §2"),
            part("vertical precision", Shape::Loc(Loc::Size), "How exactly the altitude is known.", "RFC 1876 §2"),
            part(
                "latitude",
                Shape::Loc(Loc::Latitude),
                "Thousandths of a second of arc from the equator, which is 2³¹.",
                "RFC 1876 §2",
            ),
            part("longitude", Shape::Loc(Loc::Longitude), "The same from the prime meridian.", "RFC 1876 §2"),
            part(
                "altitude",
                Shape::Loc(Loc::Altitude),
                "Centimetres above a level 100 km below the sea.",
                "RFC 1876 §2",
            ),
        ],
    ),
    kind(
        33,
        "SRV",
        About("Where a service is.", "RFC 2782"),
        &[
            part("priority", Shape::Number(2), "The lowest is tried first.", "RFC 2782"),
            part("weight", Shape::Number(2), "Among those of one priority: how often.", "RFC 2782"),
            part("port", Shape::Number(2), "The port there.", "RFC 2782"),
            part("target", Shape::Name, "The host.", "RFC 2782"),
        ],
    ),
    kind(
        35,
        "NAPTR",
        About("A rule that turns a name or number into another.", "RFC 3403 §4"),
        &[
            part("order", Shape::Number(2), "The lowest is tried first.", "RFC 3403 §4.1"),
            part("preference", Shape::Number(2), "Among those of one order.", "RFC 3403 §4.1"),
            part("flags", Shape::Text, "What becomes of the outcome.", "RFC 3403 §4.1"),
            part("services", Shape::Text, "What it is good for.", "RFC 3403 §4.1"),
            part("rule", Shape::Text, "How to rewrite.", "RFC 3403 §4.1"),
            part("replacement", Shape::Name, "Or the name to go on with.", "RFC 3403 §4.1"),
        ],
    ),
    kind(
        39,
        "DNAME",
        About("Every name below this one is an alias of the same name below another.", "RFC 6672 §2.1"),
        &[part("target", Shape::Name, "What takes the place of the ending.", "RFC 6672 §2.1")],
    ),
    named(OPT, "OPT", About("No record: where EDNS puts what the header has no room for.", "RFC 6891 §6.1")),
    kind(
        43,
        "DS",
        About("The digest of the key that signs the zone below, vouched for from above.", "RFC 4034 §5"),
        DS,
    ),
    kind(
        44,
        "SSHFP",
        About("The fingerprint of the host's SSH key.", "RFC 4255 §3"),
        &[
            part("algorithm", Shape::Number(1), "Which kind of key.", "RFC 4255 §3.1.1"),
            part("digest type", Shape::Number(1), "Which digest.", "RFC 4255 §3.1.2"),
            part("fingerprint", Shape::Hex, "The digest of the key.", "RFC 4255 §3.1.3"),
        ],
    ),
    kind(
        46,
        "RRSIG",
        About("A signature over the records of one name and type.", "RFC 4034 §3"),
        &[
            part("type covered", Shape::Type, "What is signed.", "RFC 4034 §3.1.1"),
            part("algorithm", Shape::Number(1), "How.", "RFC 4034 §3.1.2"),
            part("labels", Shape::Number(1), "How many labels the name has, to find wildcards out.", "RFC 4034 §3.1.3"),
            part("original TTL", Shape::Number(4), "The TTL that was signed.", "RFC 4034 §3.1.4"),
            part("expiration", Shape::Moment, "Good until.", "RFC 4034 §3.1.5"),
            part("inception", Shape::Moment, "Good from.", "RFC 4034 §3.1.5"),
            part("key tag", Shape::Number(2), "Which key.", "RFC 4034 §3.1.6"),
            part("signer", Shape::Name, "Whose key.", "RFC 4034 §3.1.7"),
            part("signature", Shape::Hex, "The signature.", "RFC 4034 §3.1.8"),
        ],
    ),
    kind(
        47,
        "NSEC",
        About("There is no name between this and the next.", "RFC 4034 §4"),
        &[
            part("next name", Shape::Name, "The next name of the zone.", "RFC 4034 §4.1.1"),
            part("types", Shape::Types, "The types this name has.", "RFC 4034 §4.1.2"),
        ],
    ),
    kind(48, "DNSKEY", About("A key that signs the zone.", "RFC 4034 §2"), DNSKEY),
    kind(
        50,
        "NSEC3",
        About("The same as NSEC, with digests in place of names.", "RFC 5155 §3"),
        &[
            part("algorithm", Shape::Number(1), "Which digest.", "RFC 5155 §3.1.1"),
            part("flags", Shape::Number(1), "Whether unsigned delegations are left out.", "RFC 5155 §3.1.2"),
            part("rounds, salt, next, types", Shape::Hex, "The rest.", "RFC 5155 §3.2"),
        ],
    ),
    kind(
        52,
        "TLSA",
        About("Which certificate a TLS server has.", "RFC 6698 §2"),
        &[
            part("usage", Shape::Number(1), "Whose certificate it is.", "RFC 6698 §2.1.1"),
            part("selector", Shape::Number(1), "All of it, or the key alone.", "RFC 6698 §2.1.2"),
            part("matching", Shape::Number(1), "Itself, or which digest.", "RFC 6698 §2.1.3"),
            part("data", Shape::Hex, "Certificate or digest.", "RFC 6698 §2.1.4"),
        ],
    ),
    kind(59, "CDS", About("The DS the zone would like to have above.", "RFC 7344 §3.1"), DS),
    kind(60, "CDNSKEY", About("The key the zone would like to be vouched for.", "RFC 7344 §3.2"), DNSKEY),
    kind(64, "SVCB", About("Where a service is and how to speak to it.", "RFC 9460 §2"), SVCB),
    kind(65, "HTTPS", About("Where the web server is and how to speak to it.", "RFC 9460 §9"), SVCB),
    kind(
        99,
        "SPF",
        About("Who may send mail in this name; TXT took its place.", "RFC 7208 §3.1"),
        &[part("text", Shape::Texts, "At most 255 octets behind one that says how many.", "RFC 1035 §3.3")],
    ),
    named(250, "TSIG", About("A signature over the message by a key both ends know.", "RFC 8945 §4.2")),
    named(251, "IXFR", About("A question for what changed in a zone.", "RFC 1995 §2")),
    named(252, "AXFR", About("A question for a whole zone.", "RFC 5936 §2.1")),
    named(
        255,
        "ANY",
        About("A question for whatever there is; servers answer it with as little as they may.", "RFC 8482 §4"),
    ),
    kind(
        256,
        "URI",
        About("The address of a service.", "RFC 7553 §4"),
        &[
            part("priority", Shape::Number(2), "The lowest is tried first.", "RFC 7553 §4.2"),
            part("weight", Shape::Number(2), "Among those of one priority: how often.", "RFC 7553 §4.3"),
            part("target", Shape::QuotedRest, "The URI.", "RFC 7553 §4.4"),
        ],
    ),
    kind(
        257,
        "CAA",
        About("Who may issue certificates for the name.", "RFC 8659 §4"),
        &[
            part(
                "flags",
                Shape::Number(1),
                "128: whoever does not understand the tag must not issue.",
                "RFC 8659 §4.1",
            ),
            part("tag", Shape::Tag, "What is ruled.", "RFC 8659 §4.1"),
            part("value", Shape::QuotedRest, "How.", "RFC 8659 §4.1"),
        ],
    ),
];

static DS: &[Part] = &[
    part("key tag", Shape::Number(2), "Which key.", "RFC 4034 §5.1.1"),
    part("algorithm", Shape::Number(1), "What kind of key.", "RFC 4034 §5.1.2"),
    part("digest type", Shape::Number(1), "Which digest.", "RFC 4034 §5.1.3"),
    part("digest", Shape::Hex, "The digest of the key.", "RFC 4034 §5.1.4"),
];

static DNSKEY: &[Part] = &[
    part("flags", Shape::Number(2), "256: signs the zone; 257: signs its keys.", "RFC 4034 §2.1.1"),
    part("protocol", Shape::Number(1), "3.", "RFC 4034 §2.1.2"),
    part("algorithm", Shape::Number(1), "What kind of key.", "RFC 4034 §2.1.3"),
    part("key", Shape::Hex, "The key.", "RFC 4034 §2.1.4"),
];

static SVCB: &[Part] = &[
    part("priority", Shape::Number(2), "0: an alias; otherwise the lowest is tried first.", "RFC 9460 §2.4.1"),
    part("target", Shape::Name, "The host; the root stands for the name itself.", "RFC 9460 §2.5"),
    part("parameters", Shape::Params, "What to know before connecting.", "RFC 9460 §7"),
];
