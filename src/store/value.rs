//! Values: what stands in one column of one row, for showing, and as the history keeps it.
//!
//! The history keeps a row as a JSON array with one member a column, so that a student who opens the file with any SQLite program can
//! read it: `[1678,"Susan",null]`. What JSON has no word for is an object with one telling member:
//!
//! | member | what it is |
//! | --- | --- |
//! | `blob` | octets, as base64 (RFC 4648 §4) |
//! | `text` | a text that is not UTF-8, as base64 |
//! | `real` | a number JSON cannot write: `"inf"` or `"-inf"` |
//! | `sha256` | a value longer than [`LARGE_VALUE`], by its digest; beside it `octets`, its length, and `is_text` |

use std::{
    fmt,
    io::{self, Write as _},
};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use rusqlite::types::{ToSqlOutput, ValueRef};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::Error;

/// A value in the history longer than this, in octets, stands there by its digest and is kept once, however often it occurs.
pub const LARGE_VALUE: usize = 1_024;

/// What stands in one column of one row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Value {
    /// No value.
    Null,
    /// A whole number.
    Integer(i64),
    /// A number with a fraction.
    Real(f64),
    /// A text. What was not UTF-8 stands as `U+FFFD`.
    Text(String),
    /// Octets (a BLOB).
    Blob(Vec<u8>),
    /// A text or octets too long to stand here whole.
    Long(LongValue),
}

/// A long value: how long, how it begins, and by which digest the history has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LongValue {
    /// Its length in octets.
    pub octets: u64,
    /// Whether it is a text.
    pub is_text: bool,
    /// How it begins; empty in the history.
    pub start: Vec<u8>,
    /// Its digest in the history, `None` elsewhere. [`Store::large_value`](super::Store::large_value) has the whole value.
    pub digest: Option<Digest>,
}

/// SHA-256 of a large value's octets (FIPS 180-4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// The digest of `octets`.
    pub fn of(octets: &[u8]) -> Self {
        let digest = ring::digest::digest(&ring::digest::SHA256, octets);
        Self(digest.as_ref().try_into().unwrap_or_default())
    }

    fn from_hex(text: &str) -> Option<Self> {
        let mut octets = [0; 32];
        if text.len() != 2 * octets.len() {
            return None;
        }
        for (at, octet) in octets.iter_mut().enumerate() {
            *octet = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
        }
        Some(Self(octets))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

impl Value {
    /// What SQLite gave, texts and blobs cut to `at_most` octets.
    pub(super) fn shown(value: ValueRef<'_>, at_most: usize) -> Self {
        match value {
            ValueRef::Null => Self::Null,
            ValueRef::Integer(number) => Self::Integer(number),
            ValueRef::Real(number) => Self::Real(number),
            ValueRef::Text(octets) | ValueRef::Blob(octets) if octets.len() > at_most => {
                let is_text = matches!(value, ValueRef::Text(_));
                let start = octets.get(..at_most).unwrap_or_default().to_vec();
                Self::Long(LongValue { octets: octets.len() as u64, is_text, start, digest: None })
            }
            ValueRef::Text(octets) => Self::Text(String::from_utf8_lossy(octets).into_owned()),
            ValueRef::Blob(octets) => Self::Blob(octets.to_vec()),
        }
    }

    /// Octets of memory it takes beside those of the type itself.
    pub(super) fn octets(&self) -> usize {
        match self {
            Self::Null | Self::Integer(_) | Self::Real(_) => 0,
            Self::Text(text) => text.len(),
            Self::Blob(octets) => octets.len(),
            Self::Long(long) => long.start.len(),
        }
    }

    fn write(&self, to: &mut Vec<u8>) -> io::Result<()> {
        match self {
            Self::Null => write(to, ValueRef::Null),
            Self::Integer(number) => write(to, ValueRef::Integer(*number)),
            Self::Real(number) => write(to, ValueRef::Real(*number)),
            Self::Text(text) => write(to, ValueRef::Text(text.as_bytes())),
            Self::Blob(octets) => write(to, ValueRef::Blob(octets)),
            Self::Long(LongValue { octets, is_text, start, digest }) => {
                write_large(to, &digest.unwrap_or_else(|| Digest::of(start)), *octets, *is_text)
            }
        }
    }
}

/// A row's key as the history writes it.
pub(super) fn key_text(key: &[Value]) -> String {
    array(key.iter(), Value::write)
}

/// A row as the history writes it.
pub(super) fn row_text<'a>(values: impl Iterator<Item = ValueRef<'a>>) -> String {
    array(values, |value, to| write(to, value))
}

fn array<T>(values: impl Iterator<Item = T>, write: impl Fn(T, &mut Vec<u8>) -> io::Result<()>) -> String {
    let mut text = Vec::with_capacity(128);
    text.push(b'[');
    for (at, value) in values.enumerate() {
        if at > 0 {
            text.push(b',');
        }
        // Writing to memory does not fail.
        write(value, &mut text).ok();
    }
    text.push(b']');
    String::from_utf8(text).unwrap_or_default()
}

fn write(to: &mut Vec<u8>, value: ValueRef<'_>) -> io::Result<()> {
    match value {
        ValueRef::Null => to.extend_from_slice(b"null"),
        ValueRef::Integer(number) => write!(to, "{number}")?,
        ValueRef::Real(number) if number.is_finite() => serde_json::to_writer(to, &number)?,
        ValueRef::Real(number) => write!(to, "{{\"real\":\"{number}\"}}")?,
        ValueRef::Text(octets) | ValueRef::Blob(octets) if octets.len() > LARGE_VALUE => {
            write_large(to, &Digest::of(octets), octets.len() as u64, matches!(value, ValueRef::Text(_)))?;
        }
        ValueRef::Text(octets) => match str::from_utf8(octets) {
            Ok(text) => serde_json::to_writer(to, text)?,
            Err(_) => write!(to, "{{\"text\":\"{}\"}}", BASE64.encode(octets))?,
        },
        ValueRef::Blob(octets) => write!(to, "{{\"blob\":\"{}\"}}", BASE64.encode(octets))?,
    }
    Ok(())
}

fn write_large(to: &mut Vec<u8>, digest: &Digest, octets: u64, is_text: bool) -> io::Result<()> {
    write!(to, "{LARGE_MARK}{digest}\",\"octets\":{octets},\"is_text\":{is_text}}}")
}

/// What a large value in the history begins with. It cannot occur inside a text: the quotation marks would be escaped.
pub(super) const LARGE_MARK: &str = "{\"sha256\":\"";

/// A value read back from the history, exactly as it was.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum ExactValue {
    Null,
    Integer(i64),
    Real(f64),
    Text(Vec<u8>),
    Blob(Vec<u8>),
    Large(LongValue, Digest),
}

impl ExactValue {
    /// Reads a row, or a key, as [`row_text`] writes it.
    pub(super) fn row(text: &str) -> Result<Vec<Self>, Error> {
        let Ok(Json::Array(values)) = serde_json::from_str(text) else { return Err(Error::HistoryEntry) };
        values.iter().map(|value| Self::read(value).ok_or(Error::HistoryEntry)).collect()
    }

    fn read(value: &Json) -> Option<Self> {
        Some(match value {
            Json::Null => Self::Null,
            Json::Number(number) => match number.as_i64() {
                Some(whole) => Self::Integer(whole),
                None => Self::Real(number.as_f64()?),
            },
            Json::String(text) => Self::Text(text.clone().into_bytes()),
            Json::Object(members) => {
                let text = |name: &str| members.get(name).and_then(Json::as_str);
                if let Some(octets) = text("blob") {
                    Self::Blob(BASE64.decode(octets).ok()?)
                } else if let Some(octets) = text("text") {
                    Self::Text(BASE64.decode(octets).ok()?)
                } else if let Some(number) = text("real") {
                    Self::Real(number.parse().ok()?)
                } else {
                    let digest = Digest::from_hex(text("sha256")?)?;
                    let octets = members.get("octets")?.as_u64()?;
                    let is_text = members.get("is_text")?.as_bool()?;
                    let long = LongValue { octets, is_text, start: Vec::new(), digest: Some(digest) };
                    Self::Large(long, digest)
                }
            }
            Json::Bool(_) | Json::Array(_) => return None,
        })
    }

    /// As a parameter of a statement. A large value must have been fetched before.
    pub(super) fn parameter(&self) -> ToSqlOutput<'_> {
        ToSqlOutput::Borrowed(match self {
            Self::Null | Self::Large(..) => ValueRef::Null,
            Self::Integer(number) => ValueRef::Integer(*number),
            Self::Real(number) => ValueRef::Real(*number),
            Self::Text(octets) => ValueRef::Text(octets),
            Self::Blob(octets) => ValueRef::Blob(octets),
        })
    }
}

impl From<ExactValue> for Value {
    fn from(exact: ExactValue) -> Self {
        match exact {
            ExactValue::Null => Self::Null,
            ExactValue::Integer(number) => Self::Integer(number),
            ExactValue::Real(number) => Self::Real(number),
            ExactValue::Text(octets) => Self::Text(String::from_utf8_lossy(&octets).into_owned()),
            ExactValue::Blob(octets) => Self::Blob(octets),
            ExactValue::Large(long, _) => Self::Long(long),
        }
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

#[cfg(test)]
mod a_value_in_the_history {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn is_json_a_student_can_read() {
        let values = [
            ValueRef::Integer(1678),
            ValueRef::Text(b"Susan \"S\""),
            ValueRef::Null,
            ValueRef::Real(1.0),
            ValueRef::Real(f64::NEG_INFINITY),
            ValueRef::Blob(&[0, 255]),
            ValueRef::Text(&[0xff]),
        ];
        let text = row_text(values.into_iter());
        assert_eq!(text, r#"[1678,"Susan \"S\"",null,1.0,{"real":"-inf"},{"blob":"AP8="},{"text":"/w=="}]"#);
    }

    #[test]
    fn stands_there_by_its_digest_when_it_is_long() {
        let long = "x".repeat(LARGE_VALUE + 1);
        let text = row_text([ValueRef::Text(long.as_bytes())].into_iter());
        let digest = Digest::of(long.as_bytes());
        assert_eq!(text, format!("[{{\"sha256\":\"{digest}\",\"octets\":1025,\"is_text\":true}}]"));
        assert_eq!(key_text(&[Value::from(&*long)]), text);
        let values: Vec<Value> = ExactValue::row(&text).unwrap().into_iter().map(Value::from).collect();
        assert_eq!(key_text(&values), text);
        let forged = row_text([ValueRef::Text(LARGE_MARK.as_bytes())].into_iter());
        assert!(!forged.contains(LARGE_MARK), "a text cannot look like a large value: {forged}");
    }

    proptest! {
        #[test]
        fn is_read_back_exactly(whole: i64, real: f64, text: String, octets: Vec<u8>) {
            let real = if real.is_nan() { 0.5 } else { real };
            let values = [
                ValueRef::Integer(whole), ValueRef::Real(real), ValueRef::Text(text.as_bytes()),
                ValueRef::Text(&octets), ValueRef::Blob(&octets), ValueRef::Null,
            ];
            let row = row_text(values.into_iter());
            let read = ExactValue::row(&row).unwrap();
            let again = row_text(read.iter().map(|value| match value {
                ExactValue::Null | ExactValue::Large(..) => ValueRef::Null,
                ExactValue::Integer(number) => ValueRef::Integer(*number),
                ExactValue::Real(number) => ValueRef::Real(*number),
                ExactValue::Text(octets) => ValueRef::Text(octets),
                ExactValue::Blob(octets) => ValueRef::Blob(octets),
            }));
            prop_assert_eq!(&again, &row);
            prop_assert_eq!(&read[1], &ExactValue::Real(real));
            prop_assert_eq!(&read[3], &ExactValue::Text(octets));
        }

        #[test]
        fn of_any_text_at_all_is_read_or_refused(text: String, json in "[\\[\\]{}\",:0-9a-z.e-]{0,40}") {
            ExactValue::row(&text).ok();
            ExactValue::row(&json).ok();
        }
    }
}
