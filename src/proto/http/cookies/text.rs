//! Octets of a cookie: names and values may be any, and go back to the server exactly as they came.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// A name, a value or a path as it came. As JSON: a string where it is UTF-8, else `{"base64": "…"}`. Cheap to clone.
#[derive(Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "TextJson", into = "TextJson")]
pub struct CookieText(Bytes);

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum TextJson {
    Text(String),
    Base64 { base64: String },
}

impl CookieText {
    /// These octets, copied: what they were part of may be large.
    pub fn new(octets: &[u8]) -> Self {
        Self(Bytes::copy_from_slice(octets))
    }

    /// The octets.
    pub fn octets(&self) -> &[u8] {
        &self.0
    }

    /// As text, where it is UTF-8.
    pub fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }

    /// How many octets.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Has it none?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The first octets, at most `most` of them, cut so that no UTF-8 character is.
    pub(super) fn begin(octets: &[u8], most: usize) -> Self {
        let cut = octets.get(..most).unwrap_or(octets);
        let whole = match std::str::from_utf8(cut) {
            Err(error) if error.error_len().is_none() => cut.get(..error.valid_up_to()).unwrap_or(cut),
            _ => cut,
        };
        Self::new(whole)
    }
}

/// As a person reads it: octets that are not UTF-8 become U+FFFD, control characters are written out.
impl fmt::Display for CookieText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for letter in String::from_utf8_lossy(&self.0).chars() {
            if letter.is_control() { write!(f, "{}", letter.escape_default())? } else { write!(f, "{letter}")? }
        }
        Ok(())
    }
}

impl fmt::Debug for CookieText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", String::from_utf8_lossy(&self.0))
    }
}

impl From<&str> for CookieText {
    fn from(text: &str) -> Self {
        Self::new(text.as_bytes())
    }
}

impl From<Vec<u8>> for CookieText {
    fn from(octets: Vec<u8>) -> Self {
        Self(octets.into())
    }
}

impl From<CookieText> for TextJson {
    fn from(text: CookieText) -> Self {
        text.text().map_or_else(|| Self::Base64 { base64: BASE64.encode(&text.0) }, |text| Self::Text(text.to_owned()))
    }
}

impl TryFrom<TextJson> for CookieText {
    type Error = base64::DecodeError;

    fn try_from(json: TextJson) -> Result<Self, Self::Error> {
        Ok(Self(match json {
            TextJson::Text(text) => text.into(),
            TextJson::Base64 { base64 } => BASE64.decode(base64)?.into(),
        }))
    }
}
