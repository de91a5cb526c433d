//! Record data read from text: the fields' octets are put together, and hickory-proto makes its own of them.

use std::net::{Ipv4Addr, Ipv6Addr};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use data_encoding::BASE32HEX_NOPAD;
use hickory_proto::serialize::binary::{BinDecoder, Restrict};

use super::{
    LineError, Name, RData, RecordType, TextError, Word, atm, bitmap, chained_address, gateway, hex, host_identity,
    location, mnemonics,
    name::name_octets,
    name_from_text, prefixes,
    shape::{DISCOVERY_OPTIONAL, RdataField, shape},
    svc_params, time, ttl_from_text, type_from_text, type_name, well_known,
};

/// Record data of the words; of an error also the line of the word it is about.
pub(super) fn rdata(kind: RecordType, words: &[Word], origin: &Name) -> Result<RData, LineError> {
    let mut reader = RecordReader { words, origin, octets: Vec::new() };
    let read = reader.all(kind);
    // The word that was read last; where none was, the first.
    let last = words.len().saturating_sub(reader.words.len()).saturating_sub(1);
    let line = words.get(last).map_or(0, |word| word.line);
    read.and_then(|()| decoded(kind, &reader.octets)).map_err(|error| LineError { line, error })
}

fn decoded(kind: RecordType, octets: &[u8]) -> Result<RData, TextError> {
    if matches!(u16::from(kind), 41 | 249..=255) {
        return Err(TextError::NotStored { kind: type_name(kind) });
    }
    digest_length(kind, octets)?;
    let not_of_type = || TextError::NotOfType { kind: type_name(kind) };
    // No data at all stands for something else in an UPDATE (RFC 2136 §2.4); only what is not known here may have none.
    let fits = |length: &u16| *length > 0 || may_be_empty(kind);
    let length = u16::try_from(octets.len()).ok().filter(fits).ok_or_else(not_of_type)?;
    RData::read(&mut BinDecoder::new(octets), kind, Restrict::new(length)).map_err(|_reason| not_of_type())
}

/// NULL may have anything (RFC 1035 §3.3.10), APL a list of nothing (RFC 3123 §4), and of an unknown type nobody knows what it has to
/// have (RFC 3597 §5).
pub(in crate::proto::dns) fn may_be_empty(kind: RecordType) -> bool {
    const APL: u16 = 42;
    u16::from(kind) == APL || (matches!(kind, RecordType::NULL | RecordType::Unknown(_)) && shape(kind).is_none())
}

/// RFC 3597 §5, behind `\#`.
fn generic(words: &[Word]) -> Result<Vec<u8>, TextError> {
    let (length, rest) = words.split_first().ok_or(TextError::Missing { expected: "a number of octets" })?;
    let stated: usize =
        length.text.parse().map_err(|_not_a_number| TextError::unfit(&length.text, "a number of octets"))?;
    let octets = hex_octets(rest)?;
    if octets.len() == stated { Ok(octets) } else { Err(TextError::GenericLength { stated, found: octets.len() }) }
}

/// Digests have the length of their algorithm (RFC 4034 §5.1.4 and appendix A.2, RFC 4509 §2.1, RFC 6605 §2, RFC 5933 §4); those of algorithms not known here
/// may have any. Algorithm 0 asks to delete (RFC 8078 §4).
fn digest_length(kind: RecordType, octets: &[u8]) -> Result<(), TextError> {
    let is_digest = matches!(u16::from(kind), 43 | 59 | 32_768 | 32_769);
    let Some(([_, _, _, algorithm], digest)) = octets.split_first_chunk::<4>().filter(|_| is_digest) else {
        return Ok(());
    };
    let expected = match algorithm {
        1 => 20,
        2 | 3 => 32,
        4 => 48,
        _ => return Ok(()),
    };
    if digest.len() == expected {
        return Ok(());
    }
    Err(TextError::DigestLength { algorithm: *algorithm, expected, found: digest.len() })
}

fn hex_octets(words: &[Word]) -> Result<Vec<u8>, TextError> {
    let digits: String = words.iter().map(|word| word.text.as_str()).collect();
    hex::octets(&digits).ok_or_else(|| TextError::unfit(&digits, "hex digits, two an octet"))
}

fn base64(words: &[Word]) -> Result<Vec<u8>, TextError> {
    let text: String = words.iter().map(|word| word.text.as_str()).collect();
    BASE64_STANDARD.decode(&text).map_err(|_reason| TextError::unfit(&text, "base 64"))
}

struct RecordReader<'a> {
    words: &'a [Word],
    origin: &'a Name,
    octets: Vec<u8>,
}

impl<'a> RecordReader<'a> {
    fn all(&mut self, kind: RecordType) -> Result<(), TextError> {
        if let Some((first, rest)) = self.words.split_first()
            && first.text == "\\#"
            && !first.quoted
        {
            (self.words, self.octets) = (&[], generic(rest)?);
            return Ok(());
        }
        let fields = shape(kind).ok_or_else(|| TextError::OnlyGeneric { kind: type_name(kind), code: kind.into() })?;
        fields.iter().try_for_each(|field| self.field(*field))?;
        match self.words.split_first() {
            None => Ok(()),
            Some((extra, rest)) => {
                self.words = rest;
                Err(TextError::Extra { found: extra.text.clone() })
            }
        }
    }

    fn word(&mut self, expected: &'static str) -> Result<&'a Word, TextError> {
        let (word, rest) = self.words.split_first().ok_or(TextError::Missing { expected })?;
        self.words = rest;
        Ok(word)
    }

    fn rest(&mut self, expected: &'static str) -> Result<&'a [Word], TextError> {
        let rest = std::mem::take(&mut self.words);
        if rest.is_empty() { Err(TextError::Missing { expected }) } else { Ok(rest) }
    }

    /// A word that `read` makes something of.
    fn parsed<T>(&mut self, expected: &'static str, read: impl Fn(&str) -> Option<T>) -> Result<T, TextError> {
        let word = self.word(expected)?;
        read(&word.text).ok_or_else(|| TextError::unfit(&word.text, expected))
    }

    fn field(&mut self, field: RdataField) -> Result<(), TextError> {
        match field {
            RdataField::Ipv4 => {
                let ip: Ipv4Addr = self.parsed("an IPv4 address", |text| text.parse().ok())?;
                self.octets.extend(ip.octets());
            }
            RdataField::Ipv6 => {
                let ip: Ipv6Addr = self.parsed("an IPv6 address", |text| text.parse().ok())?;
                self.octets.extend(ip.octets());
            }
            RdataField::Name => {
                let name = name_from_text(&self.word("a name")?.text, self.origin)?;
                self.octets.extend(name_octets(&name));
            }
            RdataField::U8 => {
                let number = self.parsed("a number from 0 to 255", |text| text.parse().ok())?;
                self.octets.push(number);
            }
            RdataField::U16 => {
                let number: u16 = self.parsed("a number from 0 to 65535", |text| text.parse().ok())?;
                self.octets.extend(number.to_be_bytes());
            }
            RdataField::U32 => self.u32("a number from 0 to 4294967295", |text| text.parse().ok())?,
            RdataField::Seconds => {
                self.u32("a number of seconds", |text| text.parse().ok().or_else(|| ttl_from_text(text)))?;
            }
            RdataField::Time => self.u32("a time, as YYYYMMDDHHmmSS", time::from_text)?,
            RdataField::Type => {
                let kind = self.parsed("a record type", type_from_text)?;
                self.octets.extend(u16::from(kind).to_be_bytes());
            }
            RdataField::Text => self.text()?,
            RdataField::Tag => {
                let plain = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric()).then(|| text.to_owned());
                let tag = self.parsed("a property of letters and digits", plain)?;
                self.string(tag.as_bytes())?;
            }
            RdataField::Texts => {
                self.text()?;
                while !self.words.is_empty() {
                    self.text()?;
                }
            }
            RdataField::Rest => {
                let octets = self.word("a text")?.octets()?;
                self.octets.extend(octets);
            }
            RdataField::Hex => {
                let octets = hex_octets(self.rest("hex digits")?)?;
                self.octets.extend(octets);
            }
            RdataField::Base64 => {
                let octets = base64(self.rest("base 64")?)?;
                self.octets.extend(octets);
            }
            field => return self.late_field(field),
        }
        Ok(())
    }

    /// The fields of younger types, and of old ones hardly met.
    fn late_field(&mut self, field: RdataField) -> Result<(), TextError> {
        let octets = match field {
            RdataField::Algorithm => {
                vec![self.parsed("an algorithm, as 13 or ECDSAP256SHA256,", mnemonics::algorithm)?]
            }
            RdataField::Certificate => {
                let kind = self.parsed("a kind of certificate, as 1 or PKIX,", mnemonics::certificate)?;
                kind.to_be_bytes().to_vec()
            }
            RdataField::Location => location::from_words(self.rest("a location")?)?,
            RdataField::SvcParams => svc_params::from_words(std::mem::take(&mut self.words))?,
            RdataField::Types => bitmap::from_words(std::mem::take(&mut self.words))?,
            RdataField::Prefixes => prefixes::from_words(std::mem::take(&mut self.words))?,
            RdataField::Salt => {
                let word = self.word("a salt in hex, or -")?;
                let octets = if word.text == "-" { Vec::new() } else { hex_octets(std::slice::from_ref(word))? };
                return self.string(&octets);
            }
            RdataField::Hash => {
                let read = |text: &str| BASE32HEX_NOPAD.decode(text.to_ascii_uppercase().as_bytes()).ok();
                let octets = self.parsed("a hash in base 32", read)?;
                return self.string(&octets);
            }
            RdataField::Eui(count) => {
                let read = |text: &str| {
                    hex::octets_of_groups(text, '-', 2).filter(|octets| octets.len() == usize::from(count))
                };
                self.parsed("an identifier in hex, as 00-00-5e-00-53-2a", read)?
            }
            RdataField::Locator => {
                let read = |text: &str| {
                    let groups: Option<Vec<u16>> =
                        text.split(':').map(|group| u16::from_str_radix(group, 16).ok()).collect();
                    groups.filter(|groups| groups.len() == 4)
                };
                let groups = self.parsed("64 bits in hex, as 2001:db8:1140:1000", read)?;
                groups.into_iter().flat_map(u16::to_be_bytes).collect()
            }
            RdataField::Nsap => {
                let read = |text: &str| {
                    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"))?.replace('.', "");
                    hex::octets_of_groups(&digits, '.', digits.len())
                };
                self.parsed("an address in hex, as 0x47.0005.80", read)?
            }
            field => self.rare_field(field)?,
        };
        self.octets.extend(octets);
        Ok(())
    }

    /// The octets of fields of types that are hardly met.
    fn rare_field(&mut self, field: RdataField) -> Result<Vec<u8>, TextError> {
        Ok(match field {
            RdataField::AnyBase64 => base64(std::mem::take(&mut self.words))?,
            RdataField::DashedBase64 => match self.rest("base 64, or -")? {
                [dash] if dash.text == "-" => Vec::new(),
                words => base64(words)?,
            },
            RdataField::Gateway => {
                let kind = self.parsed(gateway::GATEWAY_TYPE, gateway::type_from_text)?;
                let algorithm: u8 = self.parsed("the number of an algorithm", |text| text.parse().ok())?;
                let gateway = gateway::octets(kind, &self.word("a gateway")?.text, self.origin)?;
                [vec![kind, algorithm], gateway].concat()
            }
            RdataField::Relay => {
                let bit = |text: &str| match text {
                    "0" => Some(0),
                    "1" => Some(DISCOVERY_OPTIONAL),
                    _ => None,
                };
                let discovery = self.parsed("0 or 1, whether relays may be found otherwise,", bit)?;
                let kind = self.parsed(gateway::GATEWAY_TYPE, gateway::type_from_text)?;
                let relay = gateway::octets(kind, &self.word("a relay")?.text, self.origin)?;
                [vec![discovery | kind], relay].concat()
            }
            RdataField::HostIdentity => host_identity::from_words(std::mem::take(&mut self.words), self.origin)?,
            RdataField::WellKnown => well_known::from_words(std::mem::take(&mut self.words))?,
            RdataField::ChainedAddress => chained_address::from_words(std::mem::take(&mut self.words), self.origin)?,
            RdataField::AtmAddress => {
                self.parsed("an ATM address, as 47.0079.00 in hex or +61200000000,", atm::from_text)?
            }
            RdataField::OldTypes => bitmap::old_from_words(std::mem::take(&mut self.words))?,
            _ => Vec::new(),
        })
    }

    fn u32(&mut self, expected: &'static str, read: impl Fn(&str) -> Option<u32>) -> Result<(), TextError> {
        let number = self.parsed(expected, read)?;
        self.octets.extend(number.to_be_bytes());
        Ok(())
    }

    fn text(&mut self) -> Result<(), TextError> {
        let octets = self.word("a text")?.octets()?;
        self.string(&octets)
    }

    /// A length octet and the octets.
    fn string(&mut self, octets: &[u8]) -> Result<(), TextError> {
        let length = u8::try_from(octets.len()).map_err(|_too_long| TextError::LongString)?;
        self.octets.push(length);
        self.octets.extend(octets);
        Ok(())
    }
}
