//! Text out of octets: which character encoding content has, found as browsers find it, and its letters.
//!
//! Source: the WHATWG Encoding Standard, and the HTML Standard §13.2.3 (determining the character encoding): a byte order mark, then what
//! `Content-Type` says, then what the page says of itself within its first 1,024 octets, then windows-1252. What is not HTML
//! and says nothing is UTF-8 where its format is (JSON: RFC 8259 §8.1; XML 1.0 §4.3.3; scripts and style sheets).

use std::{borrow::Cow, cell::RefCell, fmt};

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252, X_USER_DEFINED};
use html5ever::{
    Attribute,
    tendril::StrTendril,
    tokenizer::{BufferQueue, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts},
};

/// Content as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// Its letters; what cannot be read became U+FFFD.
    pub letters: String,
    /// The character encoding it was read in.
    pub encoding: &'static Encoding,
    /// How that was found.
    pub source: CharsetSource,
    /// Some octets could not be read.
    pub is_lossy: bool,
}

/// How a character encoding was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CharsetSource {
    /// The content begins with a byte order mark.
    ByteOrderMark,
    /// The charset parameter of `Content-Type`.
    ContentType,
    /// A `meta` element, or an XML declaration.
    Document,
    /// Nothing says so: it is what the format has then.
    Format,
}

impl fmt::Display for CharsetSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ByteOrderMark => "its byte order mark says so",
            Self::ContentType => "Content-Type says so",
            Self::Document => "the document says so itself",
            Self::Format => "nothing says otherwise",
        })
    }
}

impl Text {
    /// Reads `octets` whose `Content-Type` was `content_type`, media type and parameters.
    pub fn read(content_type: Option<&str>, octets: &[u8]) -> Self {
        let (encoding, source) = encoding_of(content_type, octets);
        let mark = Encoding::for_bom(octets).map_or(0, |(_, length)| length);
        let (letters, malformed) = encoding.decode_without_bom_handling(octets.get(mark..).unwrap_or_default());
        Self { letters: letters.into_owned(), encoding, source, is_lossy: malformed }
    }
}

fn encoding_of(content_type: Option<&str>, octets: &[u8]) -> (&'static Encoding, CharsetSource) {
    if let Some((encoding, _)) = Encoding::for_bom(octets) {
        return (encoding, CharsetSource::ByteOrderMark);
    }
    if let Some(encoding) = content_type.and_then(charset).and_then(|label| Encoding::for_label(label.as_bytes())) {
        return (encoding, CharsetSource::ContentType);
    }
    let essence = content_type.map(essence).unwrap_or_default();
    let head = octets.get(..WITHIN).unwrap_or(octets);
    if is_xml(&essence) {
        return declared(head).map_or((UTF_8, CharsetSource::Format), |found| (found, CharsetSource::Document));
    }
    if matches!(essence.as_str(), "" | "text/html")
        && let Some(encoding) = of_meta(head)
    {
        return (encoding, CharsetSource::Document);
    }
    let usual = if is_utf8_format(&essence) { UTF_8 } else { WINDOWS_1252 };
    (usual, CharsetSource::Format)
}

/// A media type without its parameters, in small letters.
pub fn essence(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Formats whose content is UTF-8 unless it says otherwise.
fn is_utf8_format(essence: &str) -> bool {
    essence.ends_with("json")
        || essence.ends_with("+json")
        || essence.ends_with("javascript")
        || matches!(essence, "text/css" | "application/x-www-form-urlencoded")
}

fn is_xml(essence: &str) -> bool {
    essence.ends_with("+xml") || matches!(essence, "text/xml" | "application/xml")
}

/// The charset parameter (RFC 9110 §8.3.2); the value may be a quoted string.
fn charset(content_type: &str) -> Option<String> {
    let parameters = content_type.split(';').skip(1).filter_map(|parameter| parameter.split_once('='));
    let mut named = parameters.filter(|(name, _)| name.trim().eq_ignore_ascii_case("charset"));
    named.next().map(|(_, value)| value.trim().trim_matches('"').to_owned())
}

/// `<?xml version="1.0" encoding="…"?>`; UTF-16 without a mark cannot be what it says.
fn declared(head: &[u8]) -> Option<&'static Encoding> {
    let text = String::from_utf8_lossy(head.strip_prefix(b"<?xml")?).into_owned();
    let (declaration, _) = text.split_once("?>")?;
    let (_, after) = declaration.split_once("encoding")?;
    let after = after.trim_start().strip_prefix('=')?.trim_start();
    let quote = after.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    let label = after.get(1..)?.split(quote).next()?;
    Encoding::for_label(label.as_bytes()).map(readable)
}

/// HTML Standard §13.2.3.2 (prescan), by the standard's own tokenizer.
fn of_meta(head: &[u8]) -> Option<&'static Encoding> {
    let tokenizer = Tokenizer::new(MetaSink::default(), TokenizerOpts::default());
    let queue = BufferQueue::default();
    // Every octet is a character here; what matters is ASCII.
    let text: String = head.iter().copied().map(char::from).collect();
    queue.push_back(StrTendril::from_slice(&text));
    while !matches!(tokenizer.feed(&queue), html5ever::TokenizerResult::Done) {}
    tokenizer.sink.found.into_inner()
}

#[derive(Default)]
struct MetaSink {
    found: RefCell<Option<&'static Encoding>>,
}

impl TokenSink for MetaSink {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        if let Token::TagToken(tag) = token
            && tag.kind == TagKind::StartTag
            && &*tag.name == "meta"
        {
            let mut found = self.found.borrow_mut();
            *found = found.or_else(|| of_attributes(&tag.attrs));
        }
        TokenSinkResult::Continue
    }
}

fn of_attributes(attributes: &[Attribute]) -> Option<&'static Encoding> {
    let value = |name: &str| attributes.iter().find(|one| &*one.name.local == name).map(|one| &*one.value);
    let is_type = value("http-equiv").is_some_and(|kind| kind.eq_ignore_ascii_case("content-type"));
    let label = match (value("charset"), value("content")) {
        (Some(label), _) => Cow::Borrowed(label),
        (None, Some(content)) if is_type => Cow::Owned(in_content(content)?),
        _ => return None,
    };
    Encoding::for_label(label.as_bytes()).map(readable)
}

/// HTML Standard §2.6.5: the character encoding named in a `content` attribute.
fn in_content(content: &str) -> Option<String> {
    let small = content.to_ascii_lowercase();
    let mut rest = small.as_str();
    loop {
        let (_, after) = rest.split_once("charset")?;
        match after.trim_start().strip_prefix('=') {
            None => rest = after,
            Some(value) => {
                let value = value.trim_start();
                let label = match value.chars().next()? {
                    quote @ ('"' | '\'') => value.get(1..)?.split_once(quote)?.0,
                    _ => value.split([';', ' ', '\t', '\n', '\r']).next()?,
                };
                return Some(label.to_owned());
            }
        }
    }
}

/// What could be read in ASCII is no UTF-16; `x-user-defined` is windows-1252.
fn readable(encoding: &'static Encoding) -> &'static Encoding {
    if encoding == UTF_16BE || encoding == UTF_16LE {
        UTF_8
    } else if encoding == X_USER_DEFINED {
        WINDOWS_1252
    } else {
        encoding
    }
}

/// How far into a document its own word on its encoding is looked for.
const WITHIN: usize = 1024;

/// Octets of a field value as text, an octet a character (ISO 8859-1): nothing is lost, and nothing guessed. RFC 9110 §5.5.
pub fn latin1(octets: &[u8]) -> String {
    octets.iter().copied().map(char::from).collect()
}

#[cfg(test)]
mod text_is_read {
    use proptest::prelude::*;

    use super::*;

    fn read(content_type: &str, octets: &[u8]) -> (String, &'static str, CharsetSource) {
        let text = Text::read(Some(content_type).filter(|kind| !kind.is_empty()), octets);
        (text.letters, text.encoding.name(), text.source)
    }

    #[test]
    fn by_mark_then_by_type_then_by_the_document_then_as_its_format() {
        use CharsetSource::{ByteOrderMark, ContentType, Document, Format};
        let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain("é<".encode_utf16().flat_map(u16::to_le_bytes)).collect();
        let cases: [(&str, &[u8], &str, &str, CharsetSource); 18] = [
            ("text/html; charset=iso-8859-1", b"\xef\xbb\xbf\xc3\xa9", "é", "UTF-8", ByteOrderMark),
            ("text/html", &utf16, "é<", "UTF-16LE", ByteOrderMark),
            ("text/html; charset=utf-16be", b"\x00a\x00b", "ab", "UTF-16BE", ContentType),
            (
                "text/html; CHARSET=\"utf-8\"",
                b"<meta charset=latin1>\xc3\xa9",
                "<meta charset=latin1>é",
                "UTF-8",
                ContentType,
            ),
            ("text/html;charset=no-such", b"\xe9", "é", "windows-1252", Format),
            ("text/html", b"<meta charset=koi8-r>\xc1", "<meta charset=koi8-r>а", "KOI8-R", Document),
            (
                "text/html",
                b"<META CONTENT='text/html; charset = utf-8' HTTP-EQUIV=Content-Type>\xc3\xa9",
                "",
                "UTF-8",
                Document,
            ),
            ("text/html", b"<!-- <meta charset=koi8-r> -->\xe9", "", "windows-1252", Format),
            ("text/html", b"<meta charset=utf-16>\xc3\xa9", "", "UTF-8", Document),
            ("text/html", b"<meta name=x content='charset=koi8-r'>\xe9", "", "windows-1252", Format),
            ("text/html", b"gr\xfc\xdfe \x80", "grüße €", "windows-1252", Format),
            ("text/plain", b"caf\xe9", "café", "windows-1252", Format),
            ("text/plain; charset=ISO-8859-15", b"\xa4", "€", "ISO-8859-15", ContentType),
            ("text/plain; charset=Shift_JIS", b"\x82\xa0", "あ", "Shift_JIS", ContentType),
            ("application/json", b"\xc3\xa9", "é", "UTF-8", Format),
            ("application/xhtml+xml", b"<?xml version='1.0' encoding='iso-8859-2'?>\xb1", "", "ISO-8859-2", Document),
            ("image/svg+xml", b"\xc3\xa9", "é", "UTF-8", Format),
            ("", b"<meta charset=utf-8>\xc3\xa9", "<meta charset=utf-8>é", "UTF-8", Document),
        ];
        for (content_type, octets, letters, encoding, source) in cases {
            let found = read(content_type, octets);
            assert_eq!((found.1, found.2), (encoding, source), "{content_type} {}", latin1(octets));
            if !letters.is_empty() {
                assert_eq!(found.0, letters, "{content_type}");
            }
        }
    }

    #[test]
    fn and_what_cannot_be_read_is_said() {
        let text = Text::read(Some("text/plain; charset=utf-8"), b"a\xff");
        assert_eq!((text.letters.as_str(), text.is_lossy), ("a\u{fffd}", true));
        assert!(!Text::read(Some("text/plain; charset=utf-8"), "a\u{fffd}".as_bytes()).is_lossy);
    }

    proptest! {
        #[test]
        fn any_octets_are_read(octets in prop::collection::vec(any::<u8>(), 0..200), kind in "[ -~]{0,40}") {
            Text::read(Some(&kind), &octets);
            let page = [b"<meta ".as_slice(), &octets].concat();
            Text::read(None, &page);
        }
    }
}
