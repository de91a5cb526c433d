//! A message being written by hand: its parts as a person types them, or its octets as hexadecimal, malformed ones included.
//!
//! A message typed part by part has to be well formed; a malformed one is written as octets.

mod recorded;

use std::str::FromStr as _;

use serde::{Deserialize, Serialize};

use super::{DNSClass, RecordType, limits::TCP_OCTETS, text::type_from_text};

/// A message of one question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MessageDraft {
    /// The number an answer has to repeat; `None`: chosen at random when the message is sent.
    pub id: Option<u16>,
    /// What kind of query, 0 to 15; 0 is QUERY.
    pub opcode: u8,
    /// The single bits.
    pub flags: Flags,
    /// The response code, 0 to 15; only a response has one.
    pub rcode: u8,
    /// The name asked about, as zone files write it; with or without its final dot.
    pub name: String,
    /// The type: `A`, `MX`, `TYPE65400`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The class: `IN`, `CLASS77`.
    pub class: String,
    /// What EDNS adds, if it is there.
    pub edns: Option<EdnsDraft>,
    /// Send exactly these octets instead, in hexadecimal, spaces wherever.
    pub raw: Option<String>,
}

/// The header's single bits. RFC 1035 §4.1.1; AD and CD: RFC 4035 §3.2.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "they are bits")]
pub struct Flags {
    /// It answers.
    pub qr: bool,
    /// From an authority.
    pub aa: bool,
    /// Cut off.
    pub tc: bool,
    /// RD: the server is asked for recursion.
    pub rd: bool,
    /// RA: the server offers recursion.
    pub ra: bool,
    /// Has to be 0.
    pub z: bool,
    /// Checked by DNSSEC.
    pub ad: bool,
    /// Not to be checked.
    pub cd: bool,
}

/// What an OPT record says. RFC 6891 §6.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EdnsDraft {
    /// Octets of the longest datagram we take.
    pub payload: u16,
    /// There is only 0.
    pub version: u8,
    /// DO: send signatures too.
    #[serde(rename = "do")]
    pub dnssec: bool,
}

/// Why a draft is no message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoMessage {
    /// A part between two dots is empty.
    #[error("the name “{0}” has an empty label")]
    EmptyLabel(String),
    /// A part between two dots is too long.
    #[error("a label has at most 63 octets (RFC 1035 §2.3.4), “{0}” has more")]
    LongLabel(String),
    /// All of it is too long.
    #[error("a name has at most 255 octets (RFC 1035 §2.3.4), this one has {0}")]
    LongName(usize),
    /// A backslash before what is neither three digits up to 255 nor one character.
    #[error("a backslash stands before three digits up to 255 or before one character, in “{0}” it does not")]
    BadEscape(String),
    /// No such type.
    #[error("“{0}” is no type; write it like A, MX or TYPE65400")]
    NoType(String),
    /// No such class.
    #[error("“{0}” is no class; write it like IN or CLASS77")]
    NoClass(String),
    /// Four bits hold no more than 15.
    #[error("{what} has four bits: at most 15")]
    TooLarge {
        /// Opcode or response code.
        what: &'static str,
    },
    /// Not hexadecimal.
    #[error("octets are written as two of the digits 0 to 9 and a to f each; “{0}” is none")]
    NoHex(char),
    /// One digit is missing.
    #[error("the last octet has one digit only")]
    HalfOctet,
    /// More than a message can have.
    #[error("a message has at most 65535 octets, these are {0}")]
    TooLong(usize),
}

impl Default for MessageDraft {
    fn default() -> Self {
        Self {
            id: None,
            opcode: 0,
            flags: Flags { rd: true, ..Flags::default() },
            rcode: 0,
            name: "gaia.cs.umass.edu".to_owned(),
            kind: "A".to_owned(),
            class: "IN".to_owned(),
            edns: None,
            raw: None,
        }
    }
}

impl Default for EdnsDraft {
    fn default() -> Self {
        Self { payload: super::limits::EDNS_OCTETS, version: 0, dnssec: false }
    }
}

impl MessageDraft {
    /// Its octets; `id` is the number it gets where it has none of its own.
    ///
    /// # Errors
    /// [`NoMessage`]: which part cannot be written.
    pub fn octets(&self, id: u16) -> Result<Vec<u8>, NoMessage> {
        if let Some(raw) = &self.raw {
            return read_hex(raw);
        }
        let mut octets = Vec::new();
        let mut put = |number: u16| octets.extend(number.to_be_bytes());
        put(self.id.unwrap_or(id));
        put(self.bits()?);
        [1, 0, 0, u16::from(self.edns.is_some())].into_iter().for_each(&mut put);
        octets.extend(write_name(&self.name)?);
        octets.extend(self.type_code()?.to_be_bytes());
        octets.extend(self.class_code()?.to_be_bytes());
        if let Some(edns) = &self.edns {
            octets.push(0);
            octets.extend(u16::from(RecordType::OPT).to_be_bytes());
            octets.extend(edns.payload.to_be_bytes());
            octets.extend([0, edns.version, if edns.dnssec { 0x80 } else { 0 }, 0, 0, 0]);
        }
        Ok(octets)
    }

    /// The same draft, its octets to be edited by hand from now on.
    ///
    /// # Errors
    /// As [`MessageDraft::octets`].
    pub fn as_raw(&self, id: u16) -> Result<Self, NoMessage> {
        Ok(Self { raw: Some(write_hex(&self.octets(id)?)), ..self.clone() })
    }

    fn bits(&self) -> Result<u16, NoMessage> {
        let Flags { qr, aa, tc, rd, ra, z, ad, cd } = self.flags;
        let four = |value: u8, what| if value > 0xf { Err(NoMessage::TooLarge { what }) } else { Ok(u16::from(value)) };
        let set = [(qr, 15), (aa, 10), (tc, 9), (rd, 8), (ra, 7), (z, 6), (ad, 5), (cd, 4)];
        let flags = set.into_iter().fold(0, |bits, (set, place)| bits | u16::from(set) << place);
        Ok(flags | four(self.opcode, "the opcode")? << 11 | four(self.rcode, "the response code")?)
    }

    fn type_code(&self) -> Result<u16, NoMessage> {
        let typed = self.kind.trim().to_ascii_uppercase();
        let known = || type_from_text(&typed).or_else(|| RecordType::from_str(&typed).ok()).map(u16::from);
        numbered(&typed, "TYPE").or_else(known).ok_or_else(|| NoMessage::NoType(self.kind.clone()))
    }

    fn class_code(&self) -> Result<u16, NoMessage> {
        let typed = self.class.trim().to_ascii_uppercase();
        let known = || DNSClass::from_str(&typed).ok().map(u16::from);
        numbered(&typed, "CLASS").or_else(known).ok_or_else(|| NoMessage::NoClass(self.class.clone()))
    }
}

/// `TYPE65400`, `CLASS77` (RFC 3597 §5).
fn numbered(typed: &str, word: &str) -> Option<u16> {
    typed.strip_prefix(word)?.parse().ok()
}

/// A name as it stands in a message, without compression. A backslash makes the character after it one of the label's, or three digits an
/// octet (RFC 1035 §5.1).
fn write_name(typed: &str) -> Result<Vec<u8>, NoMessage> {
    let typed = typed.trim();
    let mut octets = Vec::new();
    let mut label = Vec::new();
    let mut signs = typed.chars().peekable();
    while let Some(sign) = signs.next() {
        match sign {
            '.' if label.is_empty() && typed == "." => {}
            '.' => end_label(&mut label, &mut octets, typed)?,
            '\\' => {
                let digits: Vec<u32> = signs.clone().take(3).map_while(|sign| sign.to_digit(10)).collect();
                match (digits.as_slice(), signs.next()) {
                    ([a, b, c], _) => {
                        let octet = u8::try_from(a * 100 + b * 10 + c);
                        label.push(octet.map_err(|_too_large| NoMessage::BadEscape(typed.to_owned()))?);
                        signs.nth(1);
                    }
                    ([], Some(sign)) => label.extend(sign.encode_utf8(&mut [0; 4]).bytes()),
                    (_, _) => return Err(NoMessage::BadEscape(typed.to_owned())),
                }
            }
            sign => label.extend(sign.encode_utf8(&mut [0; 4]).bytes()),
        }
    }
    if !label.is_empty() {
        end_label(&mut label, &mut octets, typed)?;
    }
    octets.push(0);
    if octets.len() > 255 { Err(NoMessage::LongName(octets.len())) } else { Ok(octets) }
}

fn end_label(label: &mut Vec<u8>, octets: &mut Vec<u8>, typed: &str) -> Result<(), NoMessage> {
    if label.is_empty() {
        return Err(NoMessage::EmptyLabel(typed.to_owned()));
    }
    let length = u8::try_from(label.len()).ok().filter(|length| *length < 64);
    octets.push(length.ok_or_else(|| NoMessage::LongLabel(String::from_utf8_lossy(label).into_owned()))?);
    octets.append(label);
    Ok(())
}

/// Octets as sixteen a row: `7c 1e 01 00 …`.
pub fn write_hex(octets: &[u8]) -> String {
    let row = |row: &[u8]| row.iter().map(|octet| format!("{octet:02x}")).collect::<Vec<_>>().join(" ");
    octets.chunks(16).map(row).collect::<Vec<_>>().join("\n")
}

/// Reads octets written in hexadecimal; spaces and line ends may stand wherever.
///
/// # Errors
/// [`NoMessage`]: something else than digits, an odd number of them, or too many.
pub fn read_hex(typed: &str) -> Result<Vec<u8>, NoMessage> {
    let mut octets = Vec::new();
    let mut high = None;
    for sign in typed.chars().filter(|sign| !sign.is_whitespace()) {
        let digit = sign.to_digit(16).and_then(|digit| u8::try_from(digit).ok()).ok_or(NoMessage::NoHex(sign))?;
        match high.take() {
            None => high = Some(digit),
            Some(high) => octets.push(high << 4 | digit),
        }
    }
    match (high, octets.len()) {
        (Some(_), _) => Err(NoMessage::HalfOctet),
        (None, length) if length > TCP_OCTETS => Err(NoMessage::TooLong(length)),
        (None, _) => Ok(octets),
    }
}

#[cfg(test)]
mod a_draft {
    use proptest::prelude::*;

    use super::*;
    use crate::proto::dns::{Message, MessageType, Name};

    #[test]
    fn is_a_query_for_the_notes_host_unless_changed() {
        let octets = MessageDraft::default().octets(0x7c1e).unwrap();
        let expected = "7c 1e 01 00 00 01 00 00 00 00 00 00 04 67 61 69\n\
                        61 02 63 73 05 75 6d 61 73 73 03 65 64 75 00 00\n\
                        01 00 01";
        assert_eq!(write_hex(&octets), expected);
        let message = Message::from_vec(&octets).unwrap();
        assert_eq!((message.metadata.id, message.metadata.message_type), (0x7c1e, MessageType::Query));
        assert_eq!(message.queries[0].name(), &Name::from_str("gaia.cs.umass.edu.").unwrap());
    }

    #[test]
    fn has_every_bit_where_it_belongs() {
        let flags = |flags| MessageDraft { flags, ..MessageDraft::default() }.bits().unwrap();
        let none = Flags::default();
        assert_eq!(flags(Flags { qr: true, aa: true, ..none }), 0x8400);
        assert_eq!(flags(Flags { tc: true, rd: true, ra: true, ..none }), 0x0380);
        assert_eq!(flags(Flags { z: true, ad: true, cd: true, ..none }), 0x0070);
        let draft = MessageDraft { opcode: 5, rcode: 9, flags: none, ..MessageDraft::default() };
        assert_eq!(draft.bits(), Ok(0x2809));
        assert_eq!(MessageDraft { opcode: 16, ..draft }.octets(0), Err(NoMessage::TooLarge { what: "the opcode" }));
    }

    #[test]
    fn carries_edns_behind_the_question() {
        let edns = EdnsDraft { dnssec: true, ..EdnsDraft::default() };
        let draft = MessageDraft { id: Some(1), edns: Some(edns), name: ".".to_owned(), ..MessageDraft::default() };
        assert_eq!(
            write_hex(&draft.octets(9).unwrap()[10..]),
            "00 01 00 00 01 00 01 00 00 29 04 d0 00 00 80 00\n00 00"
        );
    }

    #[test]
    fn says_what_cannot_be_written() {
        let name = |name: &str| write_name(name);
        assert_eq!(name("a..b"), Err(NoMessage::EmptyLabel("a..b".to_owned())));
        assert!(matches!(name(&"a".repeat(64)), Err(NoMessage::LongLabel(_))));
        assert_eq!(name(&"a.".repeat(128)), Err(NoMessage::LongName(257)));
        assert_eq!(name("\\300.edu"), Err(NoMessage::BadEscape("\\300.edu".to_owned())));
        assert_eq!(name("a\\"), Err(NoMessage::BadEscape("a\\".to_owned())));
        assert_eq!(name("a\\.b\\032.edu."), Ok(b"\x04a.b \x03edu\0".to_vec()));
        let draft = |kind: &str, class: &str| {
            let (kind, class) = (kind.to_owned(), class.to_owned());
            MessageDraft { kind, class, ..MessageDraft::default() }.octets(0)
        };
        assert_eq!(draft("PARTY", "IN"), Err(NoMessage::NoType("PARTY".to_owned())));
        assert_eq!(draft("A", "XX"), Err(NoMessage::NoClass("XX".to_owned())));
        assert!(draft("mx", "in").is_ok() && draft("LOC", "IN").is_ok() && draft("TYPE65400", "CLASS77").is_ok());
    }

    #[test]
    fn may_be_any_octets_at_all() {
        let mut draft = MessageDraft::default().as_raw(0x7c1e).unwrap();
        assert_eq!(draft.octets(0), MessageDraft::default().octets(0x7c1e));
        draft.raw = Some("C0 0c\nc0".to_owned());
        assert_eq!(draft.octets(0), Ok(vec![0xc0, 0x0c, 0xc0]));
        draft.raw = Some("7c 1".to_owned());
        assert_eq!(draft.octets(0), Err(NoMessage::HalfOctet));
        draft.raw = Some("xy".to_owned());
        assert_eq!(draft.octets(0), Err(NoMessage::NoHex('x')));
        let saved = serde_json::to_string(&draft).unwrap();
        assert_eq!(serde_json::from_str::<MessageDraft>(&saved).unwrap(), draft);
    }

    proptest! {
        #[test]
        fn with_any_words_in_it_is_written_or_refused(name in ".{0,80}", kind in ".{0,8}", raw in proptest::option::of(".{0,40}")) {
            let draft = MessageDraft { name, kind, raw, ..MessageDraft::default() };
            draft.octets(0).ok();
        }

        #[test]
        fn is_read_back_as_it_was_written(name in "([a-z0-9]{1,20}\\.){1,6}", id in any::<u16>()) {
            let octets = MessageDraft { name: name.clone(), ..MessageDraft::default() }.octets(id).unwrap();
            let message = Message::from_vec(&octets).unwrap();
            prop_assert_eq!(message.queries[0].name().to_ascii(), name);
        }

        #[test]
        fn keeps_octets_through_hexadecimal(octets in proptest::collection::vec(any::<u8>(), 0..100)) {
            prop_assert_eq!(read_hex(&write_hex(&octets)), Ok(octets));
        }
    }
}
