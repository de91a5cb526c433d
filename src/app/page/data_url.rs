//! `data:` URLs: content written into the address itself, so nothing is fetched. RFC 2397; base64 as RFC 4648 §4, forgiving of
//! white space and missing padding as browsers are.

use url::Url;

/// The content of a `data:` URL; `None` for another scheme or base64 that cannot be read.
pub(super) fn content(url: &Url) -> Option<Vec<u8>> {
    if url.scheme() != "data" {
        return None;
    }
    let (head, data) = url.path().split_once(',')?;
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    let octets: Vec<u8> =
        percent_encoding::percent_decode_str(data).chain(percent_encoding::percent_decode_str(&query)).collect();
    if head.rsplit(';').next().is_some_and(|last| last.trim().eq_ignore_ascii_case("base64")) {
        base64(&octets)
    } else {
        Some(octets)
    }
}

fn base64(text: &[u8]) -> Option<Vec<u8>> {
    let mut octets = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut held) = (0_u32, 0_u32);
    for &sign in text.iter().filter(|sign| !sign.is_ascii_whitespace()) {
        let value = match sign {
            b'A'..=b'Z' => sign - b'A',
            b'a'..=b'z' => sign - b'a' + 26,
            b'0'..=b'9' => sign - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' => break,
            _ => return None,
        };
        held = (held << 6) | u32::from(value);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            octets.push(u8::try_from((held >> bits) & 0xFF).ok()?);
        }
    }
    Some(octets)
}

#[cfg(test)]
mod a_data_url_carries_its_content {
    use super::*;

    fn read(url: &str) -> Option<String> {
        content(&Url::parse(url).unwrap()).map(|octets| String::from_utf8_lossy(&octets).into_owned())
    }

    #[test]
    fn as_text_and_as_base64() {
        assert_eq!(read("data:,A%20brief%20note").as_deref(), Some("A brief note"));
        assert_eq!(read("data:text/css,a%7Bb:c%7D?d").as_deref(), Some("a{b:c}?d"));
        // RFC 4648 §10.
        for (code, text) in [("", ""), ("Zg==", "f"), ("Zm8=", "fo"), ("Zm9v", "foo"), ("Zm9vYmFy", "foobar")] {
            assert_eq!(read(&format!("data:text/plain;base64,{code}")).as_deref(), Some(text));
        }
    }

    #[test]
    fn anything_else_is_none() {
        assert_eq!(read("http://www.someschool.edu/,x"), None);
        assert_eq!(read("data:text/plain;base64,*"), None);
        assert_eq!(read("data:nothing"), None);
    }
}
