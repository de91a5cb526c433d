//! A message as far as it can be read: a record whose data are none of its type costs that record, not the message, and of a message that
//! was cut off (TC) what comes before the cut is read.
//!
//! hickory-proto reads a message as a whole or not at all. What it refuses is gone through here record by record.
//!
//! Source: RFC 1035 §4.1; RFC 2181 §9 (a response with TC, cut anywhere); RFC 3597 §5 and RFC 3123 §4 (data of no octets).

use hickory_proto::{
    op::Header,
    serialize::binary::{BinDecodable as _, BinDecoder, DecodeError, Restrict},
};

use super::{
    DNSClass, Edns, Message, Name, Query, RData, Record, RecordType,
    text::{may_be_empty, name_text, type_name},
};

/// A message, and which of its records could not be read.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadableMessage {
    /// What could be read.
    pub message: Message,
    /// The records that could not.
    pub unreadable: Vec<UnreadableRecord>,
}

/// A record whose beginning and length can be read, and whose data cannot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadableRecord {
    /// Where it stands.
    pub section: MessageSection,
    /// Whose it is.
    pub name: Name,
    /// Its type.
    pub kind: RecordType,
    /// Octets of its data, by its length field.
    pub octets: u16,
}

impl UnreadableRecord {
    /// The record as it is told: `www.victim.test. A, 3 octets of data in the answer section`.
    pub fn text(&self) -> String {
        let octets = crate::wire::units::count(usize::from(self.octets), "octet", "octets");
        format!("{} {}, {octets} of data in the {}", name_text(&self.name), type_name(self.kind), self.section.name())
    }
}

/// One of the sections of records (RFC 1035 §4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageSection {
    /// What was asked for.
    Answer,
    /// Who serves the zone.
    Authority,
    /// What may help.
    Additional,
}

impl MessageSection {
    /// `answer section`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Answer => "answer section",
            Self::Authority => "authority section",
            Self::Additional => "additional section",
        }
    }
}

impl ReadableMessage {
    /// Reads as much of a message as can be read.
    ///
    /// # Errors
    /// The header or the question cannot be read, or, without TC, the name or the length of a record: nothing behind it can be found.
    pub fn read(octets: &[u8]) -> Result<Self, DecodeError> {
        if let Ok(message) = Message::from_vec(octets) {
            return Ok(Self { message, unreadable: Vec::new() });
        }
        let mut decoder = BinDecoder::new(octets);
        let Header { metadata, counts } = Header::read(&mut decoder)?;
        let mut message = Message::new(metadata.id, metadata.message_type, metadata.op_code);
        message.metadata = metadata;
        let mut read = Self { message, unreadable: Vec::new() };
        match read.sections(&mut decoder, [counts.queries, counts.answers, counts.authorities, counts.additionals]) {
            Err(error) if !metadata.truncation => Err(error),
            // It was cut off here: the rest is ignored.
            Err(_) | Ok(()) => Ok(read),
        }
    }

    fn sections(&mut self, decoder: &mut BinDecoder<'_>, counts: [u16; 4]) -> Result<(), DecodeError> {
        let [questions, answers, authorities, additionals] = counts;
        for _ in 0..questions {
            let question = Query::read(decoder)?;
            self.message.add_query(question);
        }
        let sections = [
            (MessageSection::Answer, answers),
            (MessageSection::Authority, authorities),
            (MessageSection::Additional, additionals),
        ];
        for (section, count) in sections {
            for _ in 0..count {
                match record(decoder, section)? {
                    Ok(record) => self.put(record, section),
                    Err(unreadable) => self.unreadable.push(unreadable),
                }
            }
        }
        Ok(())
    }

    fn put(&mut self, record: Record, section: MessageSection) {
        match section {
            MessageSection::Answer => self.message.answers.push(record),
            MessageSection::Authority => self.message.authorities.push(record),
            MessageSection::Additional if record.record_type() == RecordType::OPT => {
                let edns = Edns::from(&record);
                self.message.metadata.merge_response_code(edns.rcode_high());
                self.message.edns.get_or_insert(edns);
            }
            MessageSection::Additional => self.message.additionals.push(record),
        }
    }
}

/// Reads one record, and goes to its end by its length field whatever its data are.
fn record(
    decoder: &mut BinDecoder<'_>,
    section: MessageSection,
) -> Result<Result<Record, UnreadableRecord>, DecodeError> {
    let name = Name::read(decoder)?;
    let kind = RecordType::read(decoder)?;
    let class = decoder.read_u16()?.unverified();
    let ttl = decoder.read_u32()?.unverified();
    let length = decoder.read_u16()?.unverified();
    let from = decoder.index();
    decoder.read_slice(usize::from(length))?;
    let is_misplaced = kind == RecordType::OPT && (section != MessageSection::Additional || !name.is_root());
    let data = u16::try_from(from).ok().filter(|_| !is_misplaced && (length > 0 || may_be_empty(kind)));
    let data = data.and_then(|from| {
        let mut inside = decoder.clone(from);
        let data = RData::read(&mut inside, kind, Restrict::new(length)).ok()?;
        (inside.index() == decoder.index()).then_some(data)
    });
    let Some(data) = data else { return Ok(Err(UnreadableRecord { section, name, kind, octets: length })) };
    let mut record = Record::from_rdata(name, ttl, data);
    record.dns_class = if kind == RecordType::OPT { DNSClass::for_opt(class) } else { DNSClass::from(class) };
    Ok(Ok(record))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::proto::dns::{OpCode, text};

    /// A response: two addresses and what the bits after them say.
    fn response(records: &[u8], answers: u8, truncated: bool) -> Vec<u8> {
        let flags = if truncated { 0x86 } else { 0x84 };
        let mut octets = vec![0x12, 0x34, flags, 0, 0, 1, 0, answers, 0, 0, 0, 0];
        octets.extend(b"\x03www\x04test\x00\x00\x01\x00\x01");
        octets.extend(records);
        octets
    }

    const GOOD: &[u8] = b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\xc0\x00\x02\x50";

    fn answers(read: &ReadableMessage) -> Vec<String> {
        read.message.answers.iter().map(text::record_line).collect()
    }

    #[test]
    fn a_record_that_cannot_be_read_costs_that_record() {
        let bad: &[(&str, &[u8], &str)] = &[
            (
                "an address of three octets (RFC 1035 §3.4.1)",
                b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x03\xc0\x00\x02",
                "www.test. A, 3 octets of data in the answer section",
            ),
            (
                "an address of no octets",
                b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x00",
                "www.test. A, 0 octets of data in the answer section",
            ),
            (
                "a text whose string is longer than its data (RFC 1035 §3.3.14)",
                b"\xc0\x0c\x00\x10\x00\x01\x00\x00\x00\x3c\x00\x03\x09ab",
                "www.test. TXT, 3 octets of data in the answer section",
            ),
            (
                "a mail server whose name points beyond its message",
                b"\xc0\x0c\x00\x0f\x00\x01\x00\x00\x00\x3c\x00\x04\x00\x0a\xff\xff",
                "www.test. MX, 4 octets of data in the answer section",
            ),
            (
                "an OPT record among the answers (RFC 6891 §6.1.1)",
                b"\x00\x00\x29\x04\xd0\x00\x00\x00\x00\x00\x00",
                ". OPT, 0 octets of data in the answer section",
            ),
        ];
        for (what, bad, told) in bad {
            let read = ReadableMessage::read(&response(&[GOOD, bad, GOOD].concat(), 3, false)).unwrap();
            assert_eq!(answers(&read), ["www.test. 60 IN A 192.0.2.80"; 2], "{what}");
            let unreadable: Vec<String> = read.unreadable.iter().map(UnreadableRecord::text).collect();
            assert_eq!(unreadable, [*told], "{what}");
        }
    }

    #[test]
    fn data_of_no_octets_are_data_of_the_types_that_may_have_them() {
        // RFC 3597 §5: a type that is not known. RFC 3123 §4: APL. RFC 1035 §3.3.10: NULL.
        for (code, written) in [([0xff, 0x78], "TYPE65400"), ([0, 42], "APL"), ([0, 10], "NULL")] {
            let [high, low] = code;
            let empty = [&[0xc0, 0x0c, high, low][..], b"\x00\x01\x00\x00\x00\x3c\x00\x00"].concat();
            let read = ReadableMessage::read(&response(&[&empty, GOOD].concat(), 2, false)).unwrap();
            let empty = if written == "APL" {
                "www.test. 60 IN APL".to_owned()
            } else {
                format!("www.test. 60 IN {written} \\# 0")
            };
            assert_eq!(answers(&read), [empty, "www.test. 60 IN A 192.0.2.80".to_owned()]);
            assert_eq!(read.unreadable, []);
        }
    }

    #[test]
    fn what_was_cut_off_is_read_up_to_the_cut() {
        let whole = response(&[GOOD, GOOD].concat(), 2, true);
        for cut in 1..GOOD.len() {
            let read = ReadableMessage::read(&whole[..whole.len() - cut]).unwrap();
            assert!(read.message.metadata.truncation);
            assert_eq!(answers(&read), ["www.test. 60 IN A 192.0.2.80"], "{cut} octets are missing");
        }
        // Without TC nobody said that something is missing (RFC 1035 §4.1.1).
        let whole = response(&[GOOD, GOOD].concat(), 2, false);
        assert!(ReadableMessage::read(&whole[..whole.len() - 1]).is_err());
    }

    proptest! {
        #[test]
        fn any_octets_are_read_or_refused(octets in prop::collection::vec(any::<u8>(), 0..600)) {
            ReadableMessage::read(&octets).ok();
        }

        #[test]
        fn any_records_are_read_or_refused(records in prop::collection::vec(any::<u8>(), 0..300), count in any::<u8>(), cut in any::<bool>()) {
            let octets = response(&records, count, cut);
            let read = ReadableMessage::read(&octets);
            prop_assert!(!cut || read.is_ok());
            if let Ok(read) = read {
                prop_assert_eq!(read.message.metadata.op_code, OpCode::Query);
            }
        }
    }
}
