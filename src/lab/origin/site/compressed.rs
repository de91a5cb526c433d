//! Compressed content, and who takes it: `Accept-Encoding`. RFC 9110 §8.4, §12.5.3.

use std::io::Write as _;

use flate2::{Compression, write::GzEncoder};

use crate::proto::http::message::Fields;

/// The same octets for the same content, whenever and wherever.
pub(super) fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    // Writing to a vector cannot fail.
    encoder.write_all(plain).ok();
    encoder.finish().unwrap_or_default()
}

/// Does the client say that it takes gzip, with a weight above 0?
/// ```text
/// Accept-Encoding = #( codings [ weight ] )
/// weight          = OWS ";" OWS "q=" qvalue
/// ```
pub(super) fn takes_gzip(fields: &Fields) -> bool {
    let weight = |wanted: &[&str]| {
        fields.members("Accept-Encoding").find_map(|member| {
            let text = String::from_utf8_lossy(member).to_ascii_lowercase();
            let (coding, weight) = text.split_once(';').unwrap_or((&text, "q=1"));
            let weight = weight.trim().strip_prefix("q=").and_then(|weight| weight.trim().parse::<f32>().ok());
            wanted.contains(&coding.trim()).then_some(weight.unwrap_or(0.0))
        })
    };
    weight(&["gzip", "x-gzip"]).or_else(|| weight(&["*"])).is_some_and(|weight| weight > 0.0)
}

#[cfg(test)]
mod a_client_takes_gzip {
    use super::*;

    #[test]
    fn where_it_says_so() {
        for (line, takes) in [
            ("gzip", true),
            ("GZIP;q=0.5", true),
            ("br, x-gzip", true),
            ("deflate, gzip;q=1.0, *;q=0.5", true),
            ("*", true),
            ("gzip;q=0, *", false),
            ("*;q=0", false),
            ("identity", false),
            ("", false),
        ] {
            let mut fields = Fields::default();
            fields.push("Accept-Encoding", line.to_owned());
            assert_eq!(takes_gzip(&fields), takes, "{line}");
        }
        assert!(!takes_gzip(&Fields::default()));
    }
}
