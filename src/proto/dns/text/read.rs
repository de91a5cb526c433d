//! Record data read from text: the fields' octets are put together, and hickory-proto makes its own of them.

use std::net::{Ipv4Addr, Ipv6Addr};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use hickory_proto::serialize::binary::{BinDecoder, Restrict};

use super::{
    Name, RData, RecordType, TextError, Word, location, name_from_text,
    shape::{RdataField, shape},
    time, ttl_from_text, type_from_text, type_name,
};

pub(super) fn rdata(kind: RecordType, words: &[Word], origin: &Name) -> Result<RData, TextError> {
    let octets = match words.split_first() {
        Some((first, rest)) if first.text == "\\#" && !first.quoted => generic(rest)?,
        _ => {
            let fields = shape(kind).ok_or_else(|| TextError::OnlyGeneric { kind: type_name(kind) })?;
            let mut reader = RecordReader { words, origin, octets: Vec::new() };
            fields.iter().try_for_each(|field| reader.field(*field))?;
            if let Some(extra) = reader.words.first() {
                return Err(TextError::Extra { found: extra.text.clone() });
            }
            reader.octets
        }
    };
    let not_of_type = || TextError::NotOfType { kind: type_name(kind) };
    // No data at all stands for something else in an UPDATE (RFC 2136 §2.4); only what is not known here may have none.
    let fits = |length: &u16| *length > 0 || may_be_empty(kind);
    let length = u16::try_from(octets.len()).ok().filter(fits).ok_or_else(not_of_type)?;
    RData::read(&mut BinDecoder::new(&octets), kind, Restrict::new(length)).map_err(|_reason| not_of_type())
}

/// NULL may have anything (RFC 1035 §3.3.10), and what an unknown type has to have is not known.
fn may_be_empty(kind: RecordType) -> bool {
    matches!(kind, RecordType::NULL | RecordType::Unknown(_)) && shape(kind).is_none()
}

/// RFC 3597 §5, behind `\#`.
fn generic(words: &[Word]) -> Result<Vec<u8>, TextError> {
    let (length, rest) = words.split_first().ok_or(TextError::Missing { expected: "a number of octets" })?;
    let stated: usize =
        length.text.parse().map_err(|_not_a_number| TextError::unfit(&length.text, "a number of octets"))?;
    let octets = hex(rest)?;
    if octets.len() == stated { Ok(octets) } else { Err(TextError::GenericLength { stated, found: octets.len() }) }
}

fn hex(words: &[Word]) -> Result<Vec<u8>, TextError> {
    let digits: String = words.iter().map(|word| word.text.as_str()).collect();
    let wrong = || TextError::unfit(&digits, "hex digits, two an octet");
    if !digits.len().is_multiple_of(2) {
        return Err(wrong());
    }
    let values: Option<Vec<u32>> = digits.chars().map(|c| c.to_digit(16)).collect();
    let values = values.ok_or_else(wrong)?;
    Ok(values
        .chunks(2)
        .filter_map(|pair| u8::try_from(pair.iter().fold(0, |sum, digit| sum << 4 | digit)).ok())
        .collect())
}

struct RecordReader<'a> {
    words: &'a [Word],
    origin: &'a Name,
    octets: Vec<u8>,
}

impl<'a> RecordReader<'a> {
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
                for label in &name {
                    self.string(label)?;
                }
                self.octets.push(0);
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
                let octets = hex(self.rest("hex digits")?)?;
                self.octets.extend(octets);
            }
            RdataField::Base64 => self.base64()?,
            RdataField::Location => {
                let octets = location::from_words(self.rest("a location")?)?;
                self.octets.extend(octets);
            }
        }
        Ok(())
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

    fn base64(&mut self) -> Result<(), TextError> {
        let text: String = self.rest("base 64")?.iter().map(|word| word.text.as_str()).collect();
        let octets = BASE64_STANDARD.decode(&text).map_err(|_reason| TextError::unfit(&text, "base 64"))?;
        self.octets.extend(octets);
        Ok(())
    }
}
