//! What a response's content is shown as, and its letters. Media types: RFC 9110 §8.3; where none is given the first octets
//! decide, in a small part of the MIME Sniffing Standard §7. Character codings: UTF-8, and windows-1252 for what calls itself
//! ISO-8859-1 (Encoding Standard §4.2); other codings are read as UTF-8.

use super::image_size::is_raster;

/// How content is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContentKind {
    /// As a page.
    Page,
    /// As a picture.
    Picture,
    /// As text in the mono font.
    Text,
    /// There is none.
    Nothing,
    /// It cannot be shown; it can be saved.
    Other,
}

/// What `content` is, by its media type (parameters allowed) or its first octets.
pub fn kind(media_type: Option<&str>, content: &[u8]) -> ContentKind {
    if content.is_empty() {
        return ContentKind::Nothing;
    }
    let essence = media_type.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_lowercase();
    match essence.as_str() {
        "text/html" | "application/xhtml+xml" => ContentKind::Page,
        "image/svg+xml" => ContentKind::Picture,
        "application/json" | "application/javascript" | "application/xml" | "application/x-www-form-urlencoded" => {
            ContentKind::Text
        }
        "message/http" => ContentKind::Text,
        _ if essence.starts_with("text/") => ContentKind::Text,
        _ if is_raster(content) => ContentKind::Picture,
        "" => sniffed(content),
        _ => ContentKind::Other,
    }
}

fn sniffed(content: &[u8]) -> ContentKind {
    let head = content.get(..SNIFFED).unwrap_or(content);
    let text = String::from_utf8_lossy(head).trim_start().to_lowercase();
    let page = ["<!doctype html", "<html", "<head", "<body", "<title", "<h1", "<p>", "<a ", "<table", "<br"];
    if page.iter().any(|start| text.starts_with(start)) {
        ContentKind::Page
    } else if head.iter().any(|octet| matches!(octet, 0..=8 | 14..=26 | 28..=31)) {
        ContentKind::Other
    } else {
        ContentKind::Text
    }
}

/// The letters of `content`, whose `PageContent-Type` was `content_type`; what cannot be read becomes U+FFFD.
pub fn letters(content_type: Option<&str>, content: &[u8]) -> String {
    let declared = content_type.and_then(charset).or_else(|| {
        let head = content.get(..META_WITHIN).unwrap_or(content);
        charset(&String::from_utf8_lossy(head).to_lowercase())
    });
    let western = declared.is_some_and(|name| {
        matches!(name.as_str(), "iso-8859-1" | "latin1" | "windows-1252" | "cp1252" | "us-ascii" | "iso-8859-15")
    });
    if western {
        return content.iter().map(|&octet| windows_1252(octet)).collect();
    }
    let content = content.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(content);
    String::from_utf8_lossy(content).into_owned()
}

fn charset(text: &str) -> Option<String> {
    let text = text.to_lowercase();
    let (_, after) = text.split_once("charset=")?;
    let name: String = after
        .trim_start_matches(['"', '\''])
        .chars()
        .take_while(|sign| sign.is_ascii_alphanumeric() || matches!(sign, '-' | '_'))
        .collect();
    (!name.is_empty()).then_some(name)
}

fn windows_1252(octet: u8) -> char {
    const HIGH: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8D}', 'Ž', '\u{8F}', '\u{90}', '‘',
        '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9D}', 'ž', 'Ÿ',
    ];
    match octet {
        0x80..=0x9F => HIGH.get(usize::from(octet - 0x80)).copied().unwrap_or('\u{FFFD}'),
        _ => char::from(octet),
    }
}

/// Octets looked at where no media type is given.
const SNIFFED: usize = 512;

/// A page's own `<meta charset>` stands within its first kilobyte.
const META_WITHIN: usize = 1024;

#[cfg(test)]
mod content_is_shown_as_what_it_is {
    use super::*;

    #[test]
    fn by_its_media_type() {
        let cases: [(Option<&str>, &[u8], ContentKind); 9] = [
            (Some("text/html; charset=utf-8"), b"x", ContentKind::Page),
            (Some("text/plain"), b"<html>", ContentKind::Text),
            (Some("application/json"), b"{}", ContentKind::Text),
            (Some("image/jpeg"), &[0xFF, 0xD8, 0xFF], ContentKind::Picture),
            (Some("image/svg+xml"), b"<svg/>", ContentKind::Picture),
            (Some("application/zip"), b"PK", ContentKind::Other),
            (Some("text/html"), b"", ContentKind::Nothing),
            (None, b"  <!DOCTYPE HTML><p>", ContentKind::Page),
            (None, b"a\0b", ContentKind::Other),
        ];
        for (media_type, content, kind_wanted) in cases {
            assert_eq!(kind(media_type, content), kind_wanted, "{media_type:?}");
        }
    }

    #[test]
    fn in_its_own_letters() {
        assert_eq!(letters(None, "\u{FEFF}größer".as_bytes()), "größer");
        assert_eq!(letters(Some("text/html; charset=ISO-8859-1"), b"gr\xF6\xDFer \x80"), "größer €");
        assert_eq!(letters(Some("text/html"), b"<meta charset='latin1'>\xE4"), "<meta charset='latin1'>ä");
        assert_eq!(letters(Some("text/plain; charset=\"utf-8\""), b"a\xFFb"), "a\u{FFFD}b");
    }
}
