//! What a form sends: names with texts or files, as a URL's query and as content of either media type.
//!
//! Not here: which fields a form may have; that is its server's business. Sources: `application/x-www-form-urlencoded`, URL Living
//! Standard §5.1; `multipart/form-data`, RFC 7578 over RFC 2046 §5.1.

mod multipart;

use bytes::Bytes;
use percent_encoding::percent_decode;

/// The fields of a form, in the order in which they were sent. A name may occur several times.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FormData(pub Vec<FormField>);

/// One field of a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormField {
    /// Its name, at most [`MAX_FORM_NAME`] octets.
    pub name: String,
    /// What was sent for it.
    pub value: FormValue,
}

/// What was sent for a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FormValue {
    /// A text, at most [`MAX_FORM_TEXT`] octets.
    Text(String),
    /// A file.
    File(FormFile),
}

/// A file that was sent with a form. RFC 7578 §4.2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormFile {
    /// The name it has at the client, as sent; a server must not use it as a path (RFC 7578 §4.2).
    pub name: String,
    /// Its media type; `application/octet-stream` where none was named.
    pub media_type: String,
    /// Its content, at most [`MAX_FORM_FILE`] octets.
    pub content: Bytes,
}

/// Fields of one form.
pub const MAX_FORM_FIELDS: usize = 1_000;
/// Octets of a field's name.
pub const MAX_FORM_NAME: usize = 1_024;
/// Octets of a field's text.
pub const MAX_FORM_TEXT: usize = 64 * 1024;
/// Octets of a file.
pub const MAX_FORM_FILE: usize = 1024 * 1024;
/// Octets of the header lines of one part.
pub const MAX_PART_HEAD: usize = 4 * 1024;

/// Why content is not read as a form.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// Another media type, or none.
    #[error("a form is sent as {URLENCODED} or {MULTIPART}, not as {media_type:?}")]
    MediaType {
        /// What the `Content-Type` line says.
        media_type: String,
    },
    /// More fields than are read.
    #[error("the form has more than {MAX_FORM_FIELDS} fields")]
    TooManyFields,
    /// A name that is longer than is read.
    #[error("the name of a field has more than {MAX_FORM_NAME} octets")]
    LongName,
    /// A text that is longer than is read.
    #[error("a field has more than {MAX_FORM_TEXT} octets of text")]
    LongText,
    /// A file that is longer than is read.
    #[error("a file has more than {MAX_FORM_FILE} octets")]
    LongFile,
    /// `%` without two digits.
    #[error("a percent sign is not followed by two hexadecimal digits")]
    PercentSign,
    /// Octets that are no text.
    #[error("the text of a field is not UTF-8")]
    NotText,
    /// No boundary, or one that may not be one.
    #[error("the Content-Type line names no boundary of 1 to 70 characters")]
    Boundary,
    /// The content ends before its last delimiter.
    #[error("the content ends in the middle of a part")]
    CutShort,
    /// Something else stands where a part's header lines belong.
    #[error("the header lines of a part cannot be read")]
    PartHead,
    /// Header lines that are longer than is read.
    #[error("the header lines of a part have more than {MAX_PART_HEAD} octets")]
    LongPartHead,
    /// No `Content-Disposition: form-data` with a name.
    #[error("a part does not say which field it is")]
    NoName,
}

impl FormError {
    /// The status a server answers with: 413, 415, or 400.
    pub fn status(&self) -> u16 {
        match self {
            Self::MediaType { .. } => 415,
            Self::TooManyFields | Self::LongName | Self::LongText | Self::LongFile | Self::LongPartHead => 413,
            Self::PercentSign | Self::NotText | Self::Boundary | Self::CutShort | Self::PartHead | Self::NoName => 400,
        }
    }

    /// Where the rule stands.
    pub fn clause(&self) -> &'static str {
        match self {
            Self::MediaType { .. } => "RFC 9110 §15.5.16",
            Self::TooManyFields | Self::LongName | Self::LongText | Self::LongFile | Self::LongPartHead => {
                "RFC 9110 §15.5.14"
            }
            Self::PercentSign | Self::NotText => "RFC 3986 §2.1",
            Self::Boundary | Self::CutShort | Self::PartHead => "RFC 2046 §5.1.1",
            Self::NoName => "RFC 7578 §4.2",
        }
    }
}

impl FormData {
    /// Reads content that came with this `Content-Type`.
    ///
    /// # Errors
    /// Neither media type of a form, not well formed, or more than the limits allow.
    pub fn read(content_type: &str, content: &Bytes) -> Result<Self, FormError> {
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        if essence.eq_ignore_ascii_case(URLENCODED) {
            return Self::from_urlencoded(content);
        }
        if essence.eq_ignore_ascii_case(MULTIPART) {
            return multipart::read(content_type, content);
        }
        Err(FormError::MediaType { media_type: essence.chars().take(SHOWN).collect() })
    }

    /// Reads a query, or content of the first media type: `+` is a space, a name may stand alone, what is empty between two `&` counts
    /// for nothing.
    ///
    /// The standard passes over a percent sign that encodes nothing. Here it is an error, so that it is noticed.
    ///
    /// # Errors
    /// Not well formed, or more than the limits allow.
    pub fn from_urlencoded(octets: &[u8]) -> Result<Self, FormError> {
        let mut form = Self::default();
        for pair in octets.split(|octet| *octet == b'&').filter(|pair| !pair.is_empty()) {
            let end = pair.iter().position(|octet| *octet == b'=').unwrap_or(pair.len());
            let (name, value) = pair.split_at_checked(end).unwrap_or((pair, &[]));
            let name = decoded(name, MAX_FORM_NAME).map_err(|error| error.unwrap_or(FormError::LongName))?;
            let value = decoded(value.get(1..).unwrap_or_default(), MAX_FORM_TEXT);
            let value = value.map_err(|error| error.unwrap_or(FormError::LongText))?;
            form.push(FormField { name, value: FormValue::Text(value) })?;
        }
        Ok(form)
    }

    /// The first text of the field `name`.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.iter().find_map(|field| match &field.value {
            FormValue::Text(text) if field.name == name => Some(text.as_str()),
            FormValue::Text(_) | FormValue::File(_) => None,
        })
    }

    /// The first file of the field `name`. A browser sends an empty one without a name where none was chosen; that is none.
    pub fn file(&self, name: &str) -> Option<&FormFile> {
        self.0.iter().find_map(|field| match &field.value {
            FormValue::File(file) if field.name == name && !(file.name.is_empty() && file.content.is_empty()) => {
                Some(file)
            }
            FormValue::File(_) | FormValue::Text(_) => None,
        })
    }

    fn push(&mut self, field: FormField) -> Result<(), FormError> {
        if self.0.len() >= MAX_FORM_FIELDS {
            return Err(FormError::TooManyFields);
        }
        self.0.push(field);
        Ok(())
    }
}

/// A name or a value, decoded; an error without a reason where it is longer than `most`.
fn decoded(octets: &[u8], most: usize) -> Result<String, Option<FormError>> {
    // Each octet may be written as three.
    if octets.len() > most.saturating_mul(3) {
        return Err(None);
    }
    let mut rest = octets;
    while let Some(at) = rest.iter().position(|octet| *octet == b'%') {
        let digits = rest.get(at + 1..at + 3).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        if digits.is_none() {
            return Err(Some(FormError::PercentSign));
        }
        rest = rest.get(at + 3..).unwrap_or_default();
    }
    let spaced: Vec<u8> = octets.iter().map(|octet| if *octet == b'+' { b' ' } else { *octet }).collect();
    let text = percent_decode(&spaced).decode_utf8().map_err(|_not_utf8| FormError::NotText)?;
    if text.len() > most { Err(None) } else { Ok(text.into_owned()) }
}

/// The media type of a form without files.
pub const URLENCODED: &str = "application/x-www-form-urlencoded";
/// The media type of a form that may have files.
pub const MULTIPART: &str = "multipart/form-data";

/// Characters of a wrong media type that an error shows.
const SHOWN: usize = 60;

#[cfg(test)]
mod tests;
