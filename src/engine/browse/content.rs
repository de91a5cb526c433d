//! What a request carries: any octets. In a config they are text where they are UTF-8.

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// Content of a request. As JSON: a string where it is UTF-8 text, else `{"base64": "…"}`; more than [`MAX_IN_CONFIG`] octets
/// are told by their number alone, `{"omitted_octets": N}`, and are not there when that is read again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "ContentJson", into = "ContentJson")]
pub struct RequestContent(pub Bytes);

/// Octets of content that a config written as JSON holds: a record of a run has them in its own lines too.
pub const MAX_IN_CONFIG: usize = 1024 * 1024;

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum ContentJson {
    Text(String),
    Base64 { base64: String },
    Omitted { omitted_octets: usize },
}

impl RequestContent {
    /// As text; octets that are not UTF-8 become U+FFFD.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0).into_owned()
    }
}

impl From<RequestContent> for ContentJson {
    fn from(content: RequestContent) -> Self {
        let RequestContent(octets) = content;
        match std::str::from_utf8(&octets) {
            _ if octets.len() > MAX_IN_CONFIG => Self::Omitted { omitted_octets: octets.len() },
            Ok(text) => Self::Text(text.to_owned()),
            Err(_) => Self::Base64 { base64: BASE64.encode(&octets) },
        }
    }
}

impl TryFrom<ContentJson> for RequestContent {
    type Error = base64::DecodeError;

    fn try_from(json: ContentJson) -> Result<Self, Self::Error> {
        Ok(match json {
            ContentJson::Text(text) => text.into(),
            ContentJson::Base64 { base64 } => Self(BASE64.decode(base64)?.into()),
            ContentJson::Omitted { .. } => Self::default(),
        })
    }
}

impl From<String> for RequestContent {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl From<&str> for RequestContent {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

#[cfg(test)]
mod content_in_a_config {
    use super::*;

    #[test]
    fn is_what_it_was() {
        for octets in [b"a=1&b=\xc3\xa9".as_slice(), b"\x00\xff\x80", b""] {
            let content = RequestContent(Bytes::copy_from_slice(octets));
            let json = serde_json::to_string(&content).unwrap();
            assert_eq!(serde_json::from_str::<RequestContent>(&json).unwrap(), content, "{json}");
        }
        assert_eq!(serde_json::to_string(&RequestContent::from("hi")).unwrap(), "\"hi\"");
        let much = RequestContent(vec![0; MAX_IN_CONFIG + 1].into());
        assert_eq!(serde_json::to_string(&much).unwrap(), "{\"omitted_octets\":1048577}");
        assert!(serde_json::from_str::<RequestContent>("{\"base64\":\"!\"}").is_err());
    }
}
