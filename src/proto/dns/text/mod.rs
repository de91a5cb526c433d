//! Records, names and types as zone files and dig write them, in both directions. Messages are not here (that is [`super::dig`]),
//! nor what belongs to a zone file as a whole (that is [`super::zone`]).
//!
//! Source: RFC 1035 §5.1 (text of a record), RFC 3597 §5 (unknown types), RFC 1876 §3 (LOC), RFC 4034 §5.3 (DS), RFC 8659 (CAA), RFC 9460 §2.1
//! (SVCB, HTTPS), RFC 4025 §3 (IPSECKEY), RFC 8005 §6 (HIP), RFC 8777 §4.3 (AMTRELAY).

use std::net::IpAddr;

use super::{DNSClass, Name, RData, Record, RecordType, ResponseCode};

pub(super) use self::{
    error::LineError,
    head::RecordHead,
    read::may_be_empty,
    words::{FileEntries, Word},
};
pub use self::{
    error::TextError,
    name::{address_of_reverse, name_from_text, name_text, reverse_name},
    ttl::ttl_from_text,
};

mod atm;
mod bitmap;
mod chained_address;
mod error;
mod gateway;
mod head;
mod hex;
mod host_identity;
mod location;
mod mnemonics;
mod name;
mod octets;
mod prefixes;
mod quotation;
mod read;
mod shape;
mod svc_params;
mod time;
mod ttl;
mod well_known;
mod words;
mod write;

/// A record as one line, single spaces between: `gaia.cs.umass.edu. 3600 IN A 128.119.245.12`.
pub fn record_line(record: &Record) -> String {
    let line = format!(
        "{} {} {} {} {}",
        name_text(&record.name),
        record.ttl,
        class_name(record.dns_class),
        type_name(record.record_type()),
        rdata_text(&record.data)
    );
    // A list of no prefixes is no text.
    line.trim_end_matches(' ').to_owned()
}

/// A record from one line: owner, then TTL and class in either order or left out (0 and IN), type, data. Names without their final
/// dot are below the root.
///
/// # Errors
/// The first thing that does not belong there.
pub fn record_from_line(line: &str) -> Result<Record, TextError> {
    let root = Name::root();
    let words = one_entry(line)?;
    let (owner, rest) = words.split_first().ok_or(TextError::Missing { expected: "an owner name" })?;
    let name = name_from_text(&owner.text, &root)?;
    let (head, rest) = RecordHead::read(rest).map_err(|wrong| wrong.error)?;
    let data = read::rdata(head.kind, rest, &root).map_err(|wrong| wrong.error)?;
    Ok(Record::from_rdata(name, head.ttl.unwrap_or(0), data))
}

/// Record data as text: `10 mail.crepes.fr.` for an MX. What has no form of its own, or does not have the octets its type should
/// have, is written as RFC 3597 §5 says: `\# 4 0a000001`.
pub fn rdata_text(data: &RData) -> String {
    write::rdata(data)
}

/// The octets of record data of type `kind` as text; `None` where only RFC 3597's form is known here, or they are none of that type.
pub fn notation(kind: RecordType, octets: &[u8]) -> Option<String> {
    write::notation(kind, octets)
}

/// Record data of type `kind` from text; relative names are below `origin`, `@` is `origin` itself. `\# 4 0a000001` does for any
/// type.
///
/// # Errors
/// The first thing that does not belong there.
pub fn rdata_from_text(kind: RecordType, text: &str, origin: &Name) -> Result<RData, TextError> {
    read::rdata(kind, &one_entry(text)?, origin).map_err(|wrong| wrong.error)
}

/// Record data of type `kind` from the words of a zone file's entry.
pub(super) fn rdata_of_words(kind: RecordType, words: &[Word], origin: &Name) -> Result<RData, LineError> {
    read::rdata(kind, words, origin)
}

/// A record of an address: A or AAAA.
pub fn address_record(name: &Name, ttl: u32, ip: IpAddr) -> Record {
    Record::from_rdata(name.clone(), ttl, RData::from(ip))
}

/// `A`, `MX`, `TYPE65400` where the type has no name here (RFC 3597 §5).
pub fn type_name(kind: RecordType) -> String {
    let code = u16::from(kind);
    match TYPES.iter().find(|(number, _)| *number == code) {
        Some((_, name)) => (*name).to_owned(),
        None => format!("TYPE{code}"),
    }
}

/// A type by its name in either case, or as `TYPE123`; `None` where there is none of that name.
pub fn type_from_text(text: &str) -> Option<RecordType> {
    let named = TYPES.iter().find(|(_, name)| name.eq_ignore_ascii_case(text)).map(|(number, _)| *number);
    named.or_else(|| numbered(text, "TYPE")).map(RecordType::from)
}

/// A class of records by its name in either case, or as `CLASS1`; `None` where there is none of that name.
fn class_from_text(text: &str) -> Option<DNSClass> {
    let named = CLASSES.iter().find(|(_, name)| name.eq_ignore_ascii_case(text)).map(|(number, _)| *number);
    named.or_else(|| numbered(text, "CLASS")).map(DNSClass::from)
}

/// The number behind a word, as in `TYPE123` (RFC 3597 §5).
fn numbered(text: &str, word: &str) -> Option<u16> {
    let (found, digits) = text.split_at_checked(word.len())?;
    (found.eq_ignore_ascii_case(word) && digits.bytes().all(|b| b.is_ascii_digit()))
        .then(|| digits.parse().ok())
        .flatten()
}

/// `IN`, `CH`, `CLASS17` where the class has no name here.
pub fn class_name(class: DNSClass) -> String {
    match u16::from(class) {
        1 => "IN".to_owned(),
        3 => "CH".to_owned(),
        4 => "HS".to_owned(),
        254 => "NONE".to_owned(),
        255 => "ANY".to_owned(),
        code => format!("CLASS{code}"),
    }
}

/// `NOERROR`, `NXDOMAIN`, `RESERVED12` where the code has no name (as dig has it).
pub fn rcode_name(code: ResponseCode) -> String {
    let code = u16::from(code);
    match RCODES.get(usize::from(code)) {
        Some(name) => (*name).to_owned(),
        None if code == 16 => "BADVERS".to_owned(),
        None if code == 23 => "BADCOOKIE".to_owned(),
        None => format!("RESERVED{code}"),
    }
}

/// The words of one logical line.
fn one_entry(text: &str) -> Result<Vec<Word>, TextError> {
    let mut entries = FileEntries::new(text);
    let words = match entries.next() {
        None => Vec::new(),
        Some(entry) => entry.map_err(|(_line, error)| error)?.words,
    };
    match entries.next() {
        None => Ok(words),
        Some(_) => Err(TextError::Extra { found: "another line".to_owned() }),
    }
}

/// Classes that records may have, by number (RFC 1035 §3.2.4).
const CLASSES: &[(u16, &str)] = &[(1, "IN"), (2, "CS"), (3, "CH"), (4, "HS")];

/// Types that have a name here, by number (IANA "Resource Record (RR) TYPEs").
const TYPES: &[(u16, &str)] = &[
    (1, "A"),
    (2, "NS"),
    (3, "MD"),
    (4, "MF"),
    (5, "CNAME"),
    (6, "SOA"),
    (7, "MB"),
    (8, "MG"),
    (9, "MR"),
    (10, "NULL"),
    (11, "WKS"),
    (12, "PTR"),
    (13, "HINFO"),
    (14, "MINFO"),
    (15, "MX"),
    (16, "TXT"),
    (17, "RP"),
    (18, "AFSDB"),
    (19, "X25"),
    (20, "ISDN"),
    (21, "RT"),
    (22, "NSAP"),
    (23, "NSAP-PTR"),
    (24, "SIG"),
    (25, "KEY"),
    (26, "PX"),
    (27, "GPOS"),
    (28, "AAAA"),
    (29, "LOC"),
    (30, "NXT"),
    (31, "EID"),
    (32, "NIMLOC"),
    (33, "SRV"),
    (34, "ATMA"),
    (35, "NAPTR"),
    (36, "KX"),
    (37, "CERT"),
    (38, "A6"),
    (39, "DNAME"),
    (40, "SINK"),
    (41, "OPT"),
    (42, "APL"),
    (43, "DS"),
    (44, "SSHFP"),
    (45, "IPSECKEY"),
    (46, "RRSIG"),
    (47, "NSEC"),
    (48, "DNSKEY"),
    (49, "DHCID"),
    (50, "NSEC3"),
    (51, "NSEC3PARAM"),
    (52, "TLSA"),
    (53, "SMIMEA"),
    (55, "HIP"),
    (56, "NINFO"),
    (57, "RKEY"),
    (58, "TALINK"),
    (59, "CDS"),
    (60, "CDNSKEY"),
    (61, "OPENPGPKEY"),
    (62, "CSYNC"),
    (63, "ZONEMD"),
    (64, "SVCB"),
    (65, "HTTPS"),
    (66, "DSYNC"),
    (67, "HHIT"),
    (68, "BRID"),
    (99, "SPF"),
    (100, "UINFO"),
    (101, "UID"),
    (102, "GID"),
    (103, "UNSPEC"),
    (104, "NID"),
    (105, "L32"),
    (106, "L64"),
    (107, "LP"),
    (108, "EUI48"),
    (109, "EUI64"),
    (128, "NXNAME"),
    (249, "TKEY"),
    (250, "TSIG"),
    (251, "IXFR"),
    (252, "AXFR"),
    (253, "MAILB"),
    (254, "MAILA"),
    (255, "ANY"),
    (256, "URI"),
    (257, "CAA"),
    (258, "AVC"),
    (259, "DOA"),
    (260, "AMTRELAY"),
    (261, "RESINFO"),
    (262, "WALLET"),
    (263, "CLA"),
    (264, "IPN"),
    (32_768, "TA"),
    (32_769, "DLV"),
];

/// Response codes by number (RFC 1035 §4.1.1, RFC 2136 §2.2).
const RCODES: &[&str] = &[
    "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET", "NOTAUTH",
    "NOTZONE",
];

#[cfg(test)]
mod rare_types;
#[cfg(test)]
mod tests;
