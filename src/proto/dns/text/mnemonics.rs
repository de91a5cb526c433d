//! Names that text may have in place of numbers: algorithms of keys and signatures (RFC 4034 §2.2 and appendix A.1, IANA "DNS Security
//! Algorithm Numbers") and kinds of certificates (RFC 4398 §2.1). Written are the numbers, as dig does it.

/// The number of an algorithm, by its name or itself.
pub(super) fn algorithm(text: &str) -> Option<u8> {
    number(ALGORITHMS, text).or_else(|| text.parse().ok())
}

/// The number of a kind of certificate, by its name or itself.
pub(super) fn certificate(text: &str) -> Option<u16> {
    number(CERTIFICATES, text).or_else(|| text.parse().ok())
}

/// The number of that name in either case.
pub(super) fn number<T: Copy>(table: &[(&str, T)], text: &str) -> Option<T> {
    table.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)).map(|(_, number)| *number)
}

const ALGORITHMS: &[(&str, u8)] = &[
    ("RSAMD5", 1),
    ("DH", 2),
    ("DSA", 3),
    ("ECC", 4),
    ("RSASHA1", 5),
    ("DSA-NSEC3-SHA1", 6),
    ("NSEC3DSA", 6),
    ("RSASHA1-NSEC3-SHA1", 7),
    ("NSEC3RSASHA1", 7),
    ("RSASHA256", 8),
    ("RSASHA512", 10),
    ("ECC-GOST", 12),
    ("ECCGOST", 12),
    ("ECDSAP256SHA256", 13),
    ("ECDSAP384SHA384", 14),
    ("ED25519", 15),
    ("ED448", 16),
    ("INDIRECT", 252),
    ("PRIVATEDNS", 253),
    ("PRIVATEOID", 254),
];

const CERTIFICATES: &[(&str, u16)] = &[
    ("PKIX", 1),
    ("SPKI", 2),
    ("PGP", 3),
    ("IPKIX", 4),
    ("ISPKI", 5),
    ("IPGP", 6),
    ("ACPKIX", 7),
    ("IACPKIX", 8),
    ("URI", 253),
    ("OID", 254),
];
