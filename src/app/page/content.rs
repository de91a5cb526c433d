//! What a response's content is shown as, and its letters. Media types: RFC 9110 §8.3; where none is given the first octets
//! decide, in a small part of the MIME Sniffing Standard §7. Character encodings are found as browsers find them.

use super::image_size::is_raster;
use crate::proto::http::{
    charset::Text,
    sniffing::{self, Sniffed},
};

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
    if sniffing::is_unknown(media_type) && !is_raster(content) {
        return match sniffing::sniff(content) {
            Sniffed::Html => ContentKind::Page,
            Sniffed::Text => ContentKind::Text,
            Sniffed::Binary => ContentKind::Other,
        };
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
        _ => ContentKind::Other,
    }
}

/// The letters of `content`, whose `Content-Type` was `content_type`; what cannot be read becomes U+FFFD.
pub fn letters(content_type: Option<&str>, content: &[u8]) -> String {
    Text::read(content_type, content).letters
}

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
