//! What the data of each type consists of, field by field: one table for reading and for writing.

use super::RecordType;

/// One field of record data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RdataField {
    Ipv4,
    Ipv6,
    Name,
    U8,
    U16,
    U32,
    /// 32 bits that text may give with units: `1h`.
    Seconds,
    /// 16 bits that text gives as a type's name.
    Type,
    /// 32 bits that text gives as `YYYYMMDDHHmmSS` (RFC 4034 §3.2).
    Time,
    /// One character string, in quotation marks.
    Text,
    /// One character string of letters and digits, without quotation marks (RFC 8659 §4.1).
    Tag,
    /// Character strings to the end, at least one.
    Texts,
    /// Octets to the end, in quotation marks, without a length.
    Rest,
    /// Octets to the end, in hex.
    Hex,
    /// Octets to the end, in base 64.
    Base64,
    /// The sixteen octets of RFC 1876 §2.
    Location,
}

/// The fields of `kind`; `None` where only RFC 3597's form is known here.
pub(super) fn shape(kind: RecordType) -> Option<&'static [RdataField]> {
    use RdataField::{
        Base64, Hex, Ipv4, Ipv6, Location, Name, Rest, Seconds, Tag, Text, Texts, Time, Type, U8, U16, U32,
    };
    Some(match u16::from(kind) {
        1 => &[Ipv4],
        // NS, CNAME, PTR, DNAME.
        2 | 5 | 12 | 39 => &[Name],
        // SOA.
        6 => &[Name, Name, U32, Seconds, Seconds, Seconds, Seconds],
        // HINFO.
        13 => &[Text, Text],
        // MX, AFSDB.
        15 | 18 => &[U16, Name],
        // TXT, SPF.
        16 | 99 => &[Texts],
        // RP.
        17 => &[Name, Name],
        // AAAA.
        28 => &[Ipv6],
        // LOC.
        29 => &[Location],
        // SRV.
        33 => &[U16, U16, U16, Name],
        // NAPTR.
        35 => &[U16, U16, Text, Text, Text, Name],
        // DS, CDS.
        43 | 59 => &[U16, U8, U8, Hex],
        // SSHFP.
        44 => &[U8, U8, Hex],
        // RRSIG.
        46 => &[Type, U8, U8, U32, Time, Time, U16, Name, Base64],
        // DNSKEY, CDNSKEY.
        48 | 60 => &[U16, U8, U8, Base64],
        // TLSA, SMIMEA.
        52 | 53 => &[U8, U8, U8, Hex],
        // URI.
        256 => &[U16, U16, Rest],
        // CAA.
        257 => &[U8, Tag, Rest],
        _ => return None,
    })
}
