//! The cookies of a request, as a server reads them. RFC 6265bis §4.2: names and values only; who set them, for how long and for whom
//! is not said.

use crate::proto::http::message::Fields;

/// The pairs of a request's `Cookie` lines, in the order in which they stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RequestCookies(Vec<(String, String)>);

impl RequestCookies {
    /// Of all `Cookie` lines: HTTP/2 may have one for each pair (RFC 9113 §8.2.3). A pair without `=` is a value without a name.
    pub(crate) fn of(fields: &Fields) -> Self {
        let lines = fields.values("Cookie").map(|value| String::from_utf8_lossy(value));
        let pairs = lines.flat_map(|line| line.split(';').map(pair).collect::<Vec<_>>());
        Self(pairs.flatten().collect())
    }

    /// The value of the first cookie of this name. Names are case-sensitive.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// All of them.
    pub(crate) fn pairs(&self) -> &[(String, String)] {
        &self.0
    }
}

fn pair(text: &str) -> Option<(String, String)> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    let (name, value) = text.split_once('=').unwrap_or(("", text));
    Some((name.trim().to_owned(), value.trim().to_owned()))
}

#[cfg(test)]
mod the_cookies_of_a_request {
    use super::*;

    #[test]
    fn are_those_of_all_its_lines() {
        let mut fields = Fields::default();
        fields.push("Cookie", "id=1678; viewed=42;;  alone ; id=2");
        fields.push("cookie", "a=b=c");
        let cookies = RequestCookies::of(&fields);
        let expected = [("id", "1678"), ("viewed", "42"), ("", "alone"), ("id", "2"), ("a", "b=c")];
        assert_eq!(cookies.pairs(), expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert_eq!((cookies.value("id"), cookies.value("ID"), cookies.value("")), (Some("1678"), None, Some("alone")));
    }
}
