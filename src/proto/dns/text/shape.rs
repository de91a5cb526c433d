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
    /// 8 bits that text may give as the name of an algorithm (RFC 4034 §2.2).
    Algorithm,
    /// 16 bits that text may give as the name of a kind of certificate (RFC 4398 §2.2).
    Certificate,
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
    /// Octets to the end, in base 64, at least one.
    Base64,
    /// Octets to the end, in base 64, or none: a key that may be left out (RFC 4025 §3.1).
    AnyBase64,
    /// Octets to the end, in base 64, `-` where there are none (draft-durand-doa-over-dns §3.2).
    DashedBase64,
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
    /// A gateway's type, the algorithm of a key, and the gateway (RFC 4025 §3.1).
    Gateway,
    /// Whether a relay may be found otherwise, its type, and the relay (RFC 8777 §4.3).
    Relay,
    /// All of a HIP record (RFC 8005 §6).
    HostIdentity,
    /// A protocol and a bit for each port, to the end (RFC 1035 §3.4.2).
    WellKnown,
    /// All of an A6 record (RFC 2874 §3.2).
    ChainedAddress,
    /// The address of an ATM end system, to the end.
    AtmAddress,
    /// A set of types below 128 to the end, by their names (RFC 2535 §5.2).
    OldTypes,
    /// Prefixes of addresses to the end, as `!1:192.0.2.0/24`, or none (RFC 3123 §5).
    Prefixes,
}

/// The fields of `kind`; `None` where only RFC 3597's form is known here.
pub(super) fn shape(kind: RecordType) -> Option<&'static [RdataField]> {
    use RdataField::{
        Algorithm, Base64, Certificate, Hash, Hex, Ipv4, Ipv6, Location, Name, Rest, Salt, Seconds, SvcParams, Tag,
        Text, Texts, Time, Type, Types, U8, U16, U32,
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
        // AAAA.
        28 => &[Ipv6],
        // LOC.
        29 => &[Location],
        // SRV.
        33 => &[U16, U16, U16, Name],
        // NAPTR.
        35 => &[U16, U16, Text, Text, Text, Name],
        // CERT.
        37 => &[Certificate, U16, Algorithm, Base64],
        // DS, CDS, TA, DLV.
        43 | 59 | 32_768 | 32_769 => &[U16, Algorithm, U8, Hex],
        // SSHFP.
        44 => &[U8, U8, Hex],
        // SIG, RRSIG.
        24 | 46 => &[Type, Algorithm, U8, U32, Time, Time, U16, Name, Base64],
        // NSEC.
        47 => &[Name, Types],
        // KEY, DNSKEY, RKEY, CDNSKEY.
        25 | 48 | 57 | 60 => &[U16, U8, Algorithm, Base64],
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
        // URI.
        256 => &[U16, U16, Rest],
        // CAA.
        257 => &[U8, Tag, Rest],
        _ => return rarer_shape(kind),
    })
}

/// The fields of types that are hardly met.
fn rarer_shape(kind: RecordType) -> Option<&'static [RdataField]> {
    use RdataField::{
        AnyBase64, AtmAddress, Base64, ChainedAddress, DashedBase64, Eui, Gateway, Hex, HostIdentity, Ipv4, Locator,
        Name, Nsap, OldTypes, Prefixes, Relay, Text, U8, U16, U32, WellKnown,
    };
    Some(match u16::from(kind) {
        // WKS.
        11 => &[Ipv4, WellKnown],
        // X25.
        19 => &[Text],
        // NSAP.
        22 => &[Nsap],
        // PX.
        26 => &[U16, Name, Name],
        // GPOS.
        27 => &[Text, Text, Text],
        // NXT.
        30 => &[Name, OldTypes],
        // EID, NIMLOC.
        31 | 32 => &[Hex],
        // ATMA.
        34 => &[AtmAddress],
        // A6.
        38 => &[ChainedAddress],
        // SINK.
        40 => &[U8, U8, U8, AnyBase64],
        // APL.
        42 => &[Prefixes],
        // IPSECKEY.
        45 => &[U8, Gateway, AnyBase64],
        // HIP.
        55 => &[HostIdentity],
        // HHIT, BRID.
        67 | 68 => &[Base64],
        // NID, L64.
        104 | 106 => &[U16, Locator],
        // L32.
        105 => &[U16, Ipv4],
        // EUI48, EUI64.
        108 => &[Eui(6)],
        109 => &[Eui(8)],
        // DOA.
        259 => &[U32, U32, U8, Text, DashedBase64],
        // AMTRELAY.
        260 => &[U8, Relay],
        _ => return None,
    })
}

/// The bit before the type of a relay: relays may be found otherwise, too (RFC 8777 §4.2.2).
pub(super) const DISCOVERY_OPTIONAL: u8 = 0x80;
