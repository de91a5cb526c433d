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
    /// Parameters of a service to the end, as `port=443` (RFC 9460 §2.1).
    SvcParams,
    /// A set of types to the end, by their names (RFC 4034 §4.2).
    Types,
    /// A length octet and octets in hex, `-` where there are none (RFC 5155 §3.3).
    Salt,
    /// A length octet and octets in base 32 (RFC 5155 §3.3).
    Hash,
    /// So many octets in hex, parted by hyphens (RFC 7043 §3.2).
    Eui(u8),
    /// 64 bits in hex, four groups parted by colons (RFC 6742 §2.1).
    Locator,
    /// Octets to the end in hex behind `0x`, dots between them being of no account (RFC 1706 §7).
    Nsap,
    /// Prefixes of addresses to the end, as `!1:192.0.2.0/24`, or none (RFC 3123 §5).
    Prefixes,
}

/// The fields of `kind`; `None` where only RFC 3597's form is known here.
pub(super) fn shape(kind: RecordType) -> Option<&'static [RdataField]> {
    use RdataField::{
        Base64, Eui, Hash, Hex, Ipv4, Ipv6, Location, Locator, Name, Nsap, Prefixes, Rest, Salt, Seconds, SvcParams,
        Tag, Text, Texts, Time, Type, Types, U8, U16, U32,
    };
    Some(match u16::from(kind) {
        1 => &[Ipv4],
        // NS, MD, MF, CNAME, MB, MG, MR, PTR, NSAP-PTR, DNAME.
        2..=5 | 7..=9 | 12 | 23 | 39 => &[Name],
        // SOA.
        6 => &[Name, Name, U32, Seconds, Seconds, Seconds, Seconds],
        // HINFO.
        13 => &[Text, Text],
        // MX, AFSDB, RT, KX, LP.
        15 | 18 | 21 | 36 | 107 => &[U16, Name],
        // TXT, ISDN, NINFO, SPF, AVC, RESINFO, WALLET, CLA.
        16 | 20 | 56 | 99 | 258 | 261..=263 => &[Texts],
        // MINFO, RP, TALINK.
        14 | 17 | 58 => &[Name, Name],
        // X25.
        19 => &[Text],
        // NSAP.
        22 => &[Nsap],
        // PX.
        26 => &[U16, Name, Name],
        // GPOS.
        27 => &[Text, Text, Text],
        // AAAA.
        28 => &[Ipv6],
        // LOC.
        29 => &[Location],
        // SRV.
        33 => &[U16, U16, U16, Name],
        // NAPTR.
        35 => &[U16, U16, Text, Text, Text, Name],
        // CERT.
        37 => &[U16, U16, U8, Base64],
        // APL.
        42 => &[Prefixes],
        // DS, CDS, TA, DLV.
        43 | 59 | 32_768 | 32_769 => &[U16, U8, U8, Hex],
        // SSHFP.
        44 => &[U8, U8, Hex],
        // SIG, RRSIG.
        24 | 46 => &[Type, U8, U8, U32, Time, Time, U16, Name, Base64],
        // NSEC.
        47 => &[Name, Types],
        // KEY, DNSKEY, RKEY, CDNSKEY.
        25 | 48 | 57 | 60 => &[U16, U8, U8, Base64],
        // DHCID, OPENPGPKEY.
        49 | 61 => &[Base64],
        // NSEC3.
        50 => &[U8, U8, U16, Salt, Hash, Types],
        // NSEC3PARAM.
        51 => &[U8, U8, U16, Salt],
        // TLSA, SMIMEA.
        52 | 53 => &[U8, U8, U8, Hex],
        // CSYNC.
        62 => &[U32, U16, Types],
        // ZONEMD.
        63 => &[U32, U8, U8, Hex],
        // SVCB, HTTPS.
        64 | 65 => &[U16, Name, SvcParams],
        // DSYNC.
        66 => &[Type, U8, U16, Name],
        // NID, L64.
        104 | 106 => &[U16, Locator],
        // L32.
        105 => &[U16, Ipv4],
        // EUI48, EUI64.
        108 => &[Eui(6)],
        109 => &[Eui(8)],
        // URI.
        256 => &[U16, U16, Rest],
        // CAA.
        257 => &[U8, Tag, Rest],
        _ => return None,
    })
}
