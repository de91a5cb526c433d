//! The few facts of a certificate a sentence needs, read from its DER octets. RFC 5280 §4.1, X.690.
//!
//! This reads for showing only; whether a certificate is to be trusted is for rustls to say.

use std::net::IpAddr;

/// Whom a certificate is for, who says so, and for how long.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct CertificateFacts {
    /// Its subject: common name, organisation.
    pub(super) subject: String,
    /// Its issuer, likewise.
    pub(super) issuer: String,
    /// Its first day, `2026-01-31`.
    pub(super) from: String,
    /// Its last day.
    pub(super) until: String,
    /// The host names and addresses it is for (RFC 5280 §4.2.1.6).
    pub(super) names: Vec<String>,
}

/// Names read of one certificate.
const MAX_NAMES: usize = 100;

const BOOLEAN: u8 = 0x01;
const INTEGER: u8 = 0x02;
const OCTET_STRING: u8 = 0x04;
const OBJECT_IDENTIFIER: u8 = 0x06;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
/// `[0] EXPLICIT Version`.
const VERSION: u8 = 0xa0;
/// `[3] EXPLICIT Extensions`.
const EXTENSIONS: u8 = 0xa3;
/// `dNSName [2] IMPLICIT IA5String`.
const DNS_NAME: u8 = 0x82;
/// `iPAddress [7] IMPLICIT OCTET STRING`.
const IP_ADDRESS: u8 = 0x87;

const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
const ORGANIZATION: &[u8] = &[0x55, 0x04, 0x0a];
const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 0x11];

impl CertificateFacts {
    /// Reads a certificate; `None` when it is none.
    pub(super) fn read(certificate: &[u8]) -> Option<Self> {
        let mut fields = Der(Der(Der(certificate).expect(SEQUENCE)?).expect(SEQUENCE)?);
        fields.optional(VERSION);
        fields.expect(INTEGER)?;
        fields.expect(SEQUENCE)?;
        let issuer = name(fields.expect(SEQUENCE)?);
        let mut validity = Der(fields.expect(SEQUENCE)?);
        let (from, until) = (day(validity.next()?)?, day(validity.next()?)?);
        let subject = name(fields.expect(SEQUENCE)?);
        let names = std::iter::from_fn(|| fields.next())
            .find(|(tag, _)| *tag == EXTENSIONS)
            .and_then(|(_, extensions)| alternative_names(extensions))
            .unwrap_or_default();
        Some(Self { subject, issuer, from, until, names })
    }
}

/// What is left to read of a constructed value.
struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    /// The next value: tag and contents.
    fn next(&mut self) -> Option<(u8, &'a [u8])> {
        let (&[tag, length], rest) = self.0.split_first_chunk()?;
        let (length, rest) = if length < 0x80 {
            (usize::from(length), rest)
        } else {
            let (long, rest) = rest.split_at_checked(usize::from(length & 0x7f))?;
            let length =
                long.iter().try_fold(0_usize, |sum, octet| sum.checked_mul(256)?.checked_add((*octet).into()))?;
            (length, rest)
        };
        let (contents, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((tag, contents))
    }

    fn expect(&mut self, wanted: u8) -> Option<&'a [u8]> {
        self.next().filter(|(tag, _)| *tag == wanted).map(|(_, contents)| contents)
    }

    fn optional(&mut self, wanted: u8) {
        if self.0.first() == Some(&wanted) {
            self.next();
        }
    }
}

/// `R3, Let's Encrypt`: common name and organisation of a Name (RFC 5280 §4.1.2.4), where there are any.
fn name(name: &[u8]) -> String {
    let (mut common, mut organization) = (None, None);
    let mut sets = Der(name);
    while let Some(set) = sets.expect(SET) {
        let Some(attribute) = Der(set).expect(SEQUENCE) else { continue };
        let mut attribute = Der(attribute);
        let kind = attribute.expect(OBJECT_IDENTIFIER);
        let value = attribute.next().map(|(_, value)| printable(value));
        match kind {
            Some(COMMON_NAME) => common = value,
            Some(ORGANIZATION) => organization = value,
            _ => {}
        }
    }
    match (common, organization) {
        (Some(common), Some(organization)) if common != organization => format!("{common}, {organization}"),
        (Some(one), _) | (None, Some(one)) => one,
        (None, None) => "(no name)".to_owned(),
    }
}

/// `2026-01-31` from `260131120000Z` or `20260131120000Z` (RFC 5280 §4.1.2.5).
fn day((tag, time): (u8, &[u8])) -> Option<String> {
    let digits = time.iter().take_while(|octet| octet.is_ascii_digit()).map(|octet| char::from(*octet));
    let digits: String = match tag {
        UTC_TIME if time.first()? < &b'5' => "20".chars().chain(digits).collect(),
        UTC_TIME => "19".chars().chain(digits).collect(),
        GENERALIZED_TIME => digits.collect(),
        _ => return None,
    };
    Some(format!("{}-{}-{}", digits.get(..4)?, digits.get(4..6)?, digits.get(6..8)?))
}

fn alternative_names(extensions: &[u8]) -> Option<Vec<String>> {
    let mut extensions = Der(Der(extensions).expect(SEQUENCE)?);
    while let Some(extension) = extensions.expect(SEQUENCE) {
        let mut extension = Der(extension);
        if extension.expect(OBJECT_IDENTIFIER)? != SUBJECT_ALT_NAME {
            continue;
        }
        extension.optional(BOOLEAN);
        let mut names = Der(Der(extension.expect(OCTET_STRING)?).expect(SEQUENCE)?);
        let names = std::iter::from_fn(|| names.next()).filter_map(|(tag, value)| match tag {
            DNS_NAME => Some(printable(value)),
            IP_ADDRESS => ip(value).map(|ip| ip.to_string()),
            _ => None,
        });
        return Some(names.take(MAX_NAMES).collect());
    }
    None
}

fn ip(octets: &[u8]) -> Option<IpAddr> {
    let v4 = <[u8; 4]>::try_from(octets).map(IpAddr::from);
    v4.or_else(|_| <[u8; 16]>::try_from(octets).map(IpAddr::from)).ok()
}

/// Text from a certificate is a stranger's: no control characters get through.
fn printable(text: &[u8]) -> String {
    String::from_utf8_lossy(text).chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod a_certificate {
    use proptest::{collection::vec, prelude::*};
    use rcgen::{CertificateParams, DnType, KeyPair, date_time_ymd};

    use super::*;

    fn made(names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> Vec<u8> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params.not_before = date_time_ymd(2026, 1, 31);
        params.not_after = date_time_ymd(2051, 12, 1);
        params.distinguished_name = rcgen::DistinguishedName::new();
        change(&mut params);
        params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec()
    }

    #[test]
    fn is_read_with_its_names_and_days() {
        let der = made(&["www.someschool.edu", "10.1.0.1", "2001:db8::1"], |params| {
            params.distinguished_name.push(DnType::OrganizationName, "Some School");
            params.distinguished_name.push(DnType::CommonName, "www.someschool.edu");
        });
        let facts = CertificateFacts::read(&der).unwrap();
        assert_eq!(facts.subject, "www.someschool.edu, Some School");
        assert_eq!(facts.issuer, facts.subject);
        // One time in each of the two notations: UTCTime until 2049, GeneralizedTime from 2050.
        assert_eq!((facts.from.as_str(), facts.until.as_str()), ("2026-01-31", "2051-12-01"));
        assert_eq!(facts.names, ["www.someschool.edu", "10.1.0.1", "2001:db8::1"]);
    }

    #[test]
    fn of_nobody_says_so_and_brings_no_control_characters() {
        let nobody = CertificateFacts::read(&made(&[], |_| {})).unwrap();
        assert_eq!((nobody.subject.as_str(), nobody.names.len()), ("(no name)", 0));
        let rude = made(&[], |params| params.distinguished_name.push(DnType::CommonName, "a\u{1b}[31mb"));
        assert_eq!(CertificateFacts::read(&rude).unwrap().subject, "a\u{fffd}[31mb");
    }

    #[test]
    fn is_one_only_when_whole() {
        let der = made(&["www.someschool.edu"], |_| {});
        for end in 0..der.len() {
            assert_eq!(CertificateFacts::read(&der[..end]), None, "{end}");
        }
    }

    proptest! {
        #[test]
        fn is_read_from_any_octets_without_a_panic(octets in vec(any::<u8>(), 0..200)) {
            drop(CertificateFacts::read(&octets));
        }

        #[test]
        fn is_read_with_any_damage_without_a_panic(at in any::<prop::sample::Index>(), octet in any::<u8>()) {
            static DER: std::sync::LazyLock<Vec<u8>> = std::sync::LazyLock::new(|| made(&["www.someschool.edu"], |_| {}));
            let mut der = DER.clone();
            let at = at.index(der.len());
            der[at] = octet;
            drop(CertificateFacts::read(&der));
        }
    }
}
