//! What content is that says nothing about itself: its first octets decide, as in browsers. Source: the WHATWG MIME Sniffing Standard §7.1
//! (identifying a resource with an unknown MIME type), as far as pages and text go.

use super::charset::essence;

/// What content is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sniffed {
    /// A page.
    Html,
    /// Text that is no page.
    Text,
    /// Something else.
    Binary,
}

/// Is this a media type that says nothing, so that the octets are looked at? §7: absent, or one of those that servers send when they do
/// not know.
pub fn is_unknown(content_type: Option<&str>) -> bool {
    content_type.is_none_or(|value| {
        let essence = essence(value);
        !essence.contains('/') || matches!(essence.as_str(), "unknown/unknown" | "application/unknown" | "*/*")
    })
}

/// Is it a page with objects: by its type, or, where that says nothing, by its first octets?
pub fn is_page(content_type: Option<&str>, content: &[u8]) -> bool {
    match content_type {
        Some(value) if !is_unknown(content_type) => {
            matches!(essence(value).as_str(), "text/html" | "application/xhtml+xml")
        }
        _ => sniff(content) == Sniffed::Html,
    }
}

/// Looks at the first octets of `content`.
pub fn sniff(content: &[u8]) -> Sniffed {
    let head = content.get(..LOOKED_AT).unwrap_or(content);
    let unspaced = head.trim_ascii_start();
    if unspaced.starts_with(b"<?xml") {
        return Sniffed::Text;
    }
    if TAGS.iter().any(|tag| begins(unspaced, tag)) {
        return Sniffed::Html;
    }
    let has_mark = [b"\xfe\xff".as_slice(), b"\xff\xfe", b"\xef\xbb\xbf"].iter().any(|mark| head.starts_with(mark));
    let is_binary = |octet: &u8| matches!(octet, 0..=8 | 0x0b | 0x0e..=0x1a | 0x1c..=0x1f);
    if has_mark || !head.iter().any(is_binary) { Sniffed::Text } else { Sniffed::Binary }
}

/// The tag, in letters of either case, and then what ends a tag's name: a space or `>`. A comment needs no end.
fn begins(text: &[u8], tag: &str) -> bool {
    let Some((name, rest)) = text.split_at_checked(tag.len()) else { return false };
    name.eq_ignore_ascii_case(tag.as_bytes()) && (tag == "<!--" || matches!(rest.first(), Some(b' ' | b'>')))
}

/// §7.1, the first table.
const TAGS: [&str; 17] = [
    "<!DOCTYPE HTML",
    "<HTML",
    "<HEAD",
    "<SCRIPT",
    "<IFRAME",
    "<H1",
    "<DIV",
    "<FONT",
    "<TABLE",
    "<A",
    "<STYLE",
    "<TITLE",
    "<B",
    "<BODY",
    "<BR",
    "<P",
    "<!--",
];

/// §5.2: the resource header.
const LOOKED_AT: usize = 1445;

#[cfg(test)]
mod content_without_a_type {
    use super::*;

    #[test]
    fn is_looked_at() {
        for (content, expected) in [
            (b"\r\n <!doctype html><title>x</title>".as_slice(), Sniffed::Html),
            (b"<html lang=en>", Sniffed::Html),
            (b"<h1>Hello</h1>", Sniffed::Html),
            (b"<!-- a comment --><p>", Sniffed::Html),
            (b"<article>", Sniffed::Text),
            (b"<bold>", Sniffed::Text),
            (b"Hello, world", Sniffed::Text),
            (b"caf\xe9", Sniffed::Text),
            (b"\xff\xfea\x00", Sniffed::Text),
            (b"\x89PNG\r\n\x1a\n\x00\x00", Sniffed::Binary),
            (b"", Sniffed::Text),
        ] {
            assert_eq!(sniff(content), expected, "{}", String::from_utf8_lossy(content));
        }
    }

    #[test]
    fn is_a_page_only_where_the_type_leaves_that_open() {
        let page = b"<html><img src=a.png>";
        assert!(is_page(None, page) && is_page(Some("*/*"), page) && is_page(Some("text"), page));
        assert!(is_page(Some("Text/HTML; charset=utf-8"), b"anything") && is_page(Some("application/xhtml+xml"), b""));
        assert!(!is_page(Some("text/plain"), page) && !is_page(None, b"plain words"));
    }
}
