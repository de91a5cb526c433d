//! A page that is sent compressed to those who take it so: content negotiation by `Accept-Encoding`. RFC 9110 §8.4, §12.5.3.

use std::{io::Write as _, time::SystemTime};

use flate2::{Compression, write::GzEncoder};

use super::{
    super::exchange::{OriginRequest, OriginResponse, Rope},
    Representation, Site, not_found, represent,
};
use crate::{lab::site_file::HandlerAt, proto::http::message::Fields};

/// The file, compressed where the client says that it takes gzip.
pub(super) fn respond(site: &Site, at: &HandlerAt, request: &OriginRequest, now: SystemTime) -> OriginResponse {
    let takes_gzip = takes_gzip(&request.fields);
    let why = if takes_gzip {
        "sent as gzip: the client says in Accept-Encoding that it takes that"
    } else {
        "sent as it is: the client does not say in Accept-Encoding that it takes gzip"
    };
    let answer = match representation(site, at, takes_gzip) {
        Some(what) => represent(request, Representation { varies: true, ..what }, now),
        None => return not_found(&at.path),
    };
    answer.because(why, Some("RFC 9110 §12.5.3"))
}

/// The file, compressed although nobody asked: without `Accept-Encoding` a client says nothing against any coding.
pub(super) fn unasked(site: &Site, at: &HandlerAt, request: &OriginRequest, now: SystemTime) -> OriginResponse {
    let why = "sent as gzip without having looked at Accept-Encoding";
    match representation(site, at, true) {
        Some(what) => represent(request, what, now).because(why, Some("RFC 9110 §12.5.3")),
        None => not_found(&at.path),
    }
}

fn representation(site: &Site, at: &HandlerAt, compressed: bool) -> Option<Representation> {
    let mut what = site.representation(at.file.as_deref()?)?;
    if compressed {
        let plain = what.content.into_pieces().concat();
        what.content = Rope::from(bytes::Bytes::from(gzip(&plain)));
        // Another representation has another strong entity tag (RFC 9110 §8.8.3).
        what.etag = format!("{}-gzip\"", what.etag.trim_end_matches('"'));
        what.coding = Some("gzip".to_owned());
    }
    Some(what)
}

/// The same octets for the same content, whenever and wherever.
fn gzip(plain: &[u8]) -> Vec<u8> {
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
fn takes_gzip(fields: &Fields) -> bool {
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
