//! Codings undone: what `Content-Encoding` and `Transfer-Encoding` say was done to content before it was sent. RFC 9110 §8.4,
//! RFC 9112 §7; gzip: RFC 1952, deflate: RFC 1950 (and RFC 1951 bare, as some servers send it), br: RFC 7932, zstd: RFC 8878.

use std::io::{self, Read};

use super::message::Fields;

/// Content with its codings undone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// The octets, as far as they could be had.
    pub bytes: Vec<u8>,
    /// Why there are no more of them.
    pub problem: Option<CodingError>,
}

/// Why a coding cannot be undone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CodingError {
    /// Nothing here undoes it.
    #[error("the coding {coding} is not known here: gzip, deflate, br and zstd are")]
    Unknown {
        /// Its name.
        coding: String,
    },
    /// Too many.
    #[error("{count} codings are applied one after the other; at most {MAX_CODINGS} are undone")]
    TooMany {
        /// How many.
        count: usize,
    },
    /// The octets are not what the coding makes.
    #[error("the octets are not {coding}: {reason}")]
    Malformed {
        /// Its name.
        coding: String,
        /// What the decoder says.
        reason: String,
    },
    /// The octets end too early.
    #[error("the {coding} octets end before their end")]
    Truncated {
        /// Its name.
        coding: String,
    },
    /// A small message may decode to a very large one.
    #[error("decoded it has more than {limit} octets; only so many are kept")]
    TooLarge {
        /// The limit.
        limit: usize,
    },
}

/// Codings of one message that are undone at most: each may make a thousand octets out of one.
pub const MAX_CODINGS: usize = 4;

/// The codings that were applied to a message's content, in the order they were: content codings, then transfer codings but for a chunked
/// that is last (its framing is removed while the message is read). `identity` is none.
pub fn applied(fields: &Fields) -> Vec<String> {
    let content = fields.members("Content-Encoding").map(name);
    let mut transfer: Vec<String> = fields.members("Transfer-Encoding").map(name).collect();
    if transfer.last().is_some_and(|last| last == "chunked") {
        transfer.pop();
    }
    content.chain(transfer).filter(|coding| coding != "identity").collect()
}

/// Undoes `codings`, the last one first. At most `limit` octets come out.
pub fn undo(codings: &[String], octets: &[u8], limit: usize) -> Decoded {
    if codings.len() > MAX_CODINGS {
        return Decoded { bytes: Vec::new(), problem: Some(CodingError::TooMany { count: codings.len() }) };
    }
    let mut bytes = octets.to_vec();
    let mut problem = None;
    for coding in codings.iter().rev() {
        let decoded = undo_one(coding, &bytes, limit);
        bytes = decoded.bytes;
        problem = problem.or(decoded.problem);
        if bytes.is_empty() && problem.is_some() {
            break;
        }
    }
    Decoded { bytes, problem }
}

/// In small letters and without parameters; `x-gzip` is gzip (RFC 9110 §8.4.1.3).
fn name(coding: &[u8]) -> String {
    let name = coding.split(|octet| *octet == b';').next().unwrap_or_default().trim_ascii();
    let name = String::from_utf8_lossy(name).to_ascii_lowercase();
    if name == "x-gzip" { "gzip".to_owned() } else { name }
}

fn undo_one(coding: &str, octets: &[u8], limit: usize) -> Decoded {
    let unknown = || CodingError::Unknown { coding: coding.to_owned() };
    let read: io::Result<Box<dyn Read + '_>> = match coding {
        "gzip" => Ok(Box::new(flate2::read::MultiGzDecoder::new(octets))),
        "deflate" if is_zlib(octets) => Ok(Box::new(flate2::read::ZlibDecoder::new(octets))),
        "deflate" => Ok(Box::new(flate2::read::DeflateDecoder::new(octets))),
        "br" => Ok(Box::new(brotli_decompressor::Decompressor::new(octets, BROTLI_BUFFER))),
        "zstd" => zstd_reader(octets),
        _ => return Decoded { bytes: Vec::new(), problem: Some(unknown()) },
    };
    match read {
        Ok(reader) => drained(coding, reader, limit),
        Err(error) => Decoded { bytes: Vec::new(), problem: Some(problem_of(coding, &error)) },
    }
}

/// RFC 9659 §3: a window of more than 8 MiB is not for HTTP.
fn zstd_reader(octets: &[u8]) -> io::Result<Box<dyn Read + '_>> {
    let mut decoder = zstd::stream::read::Decoder::with_buffer(octets)?;
    decoder.window_log_max(ZSTD_WINDOW_LOG)?;
    Ok(Box::new(decoder))
}

/// The first two octets of RFC 1950 §2.2: method 8, and a check that makes them a multiple of 31.
fn is_zlib(octets: &[u8]) -> bool {
    match octets {
        [method, flags, ..] => method & 0x0f == 8 && u16::from_be_bytes([*method, *flags]).is_multiple_of(31),
        _ => false,
    }
}

fn drained(coding: &str, mut reader: Box<dyn Read + '_>, limit: usize) -> Decoded {
    let mut bytes = Vec::new();
    let mut piece = vec![0; PIECE];
    loop {
        let read = match reader.read(&mut piece) {
            Ok(0) => return Decoded { bytes, problem: None },
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Decoded { bytes, problem: Some(problem_of(coding, &error)) },
        };
        let room = limit - bytes.len();
        bytes.extend_from_slice(piece.get(..read.min(room)).unwrap_or_default());
        if read > room {
            return Decoded { bytes, problem: Some(CodingError::TooLarge { limit }) };
        }
    }
}

fn problem_of(coding: &str, error: &io::Error) -> CodingError {
    let coding = coding.to_owned();
    match error.kind() {
        io::ErrorKind::UnexpectedEof => CodingError::Truncated { coding },
        _ => CodingError::Malformed { coding, reason: error.to_string() },
    }
}

/// Octets decoded at a time.
const PIECE: usize = 16 * 1024;

/// Octets of input a brotli decoder reads at a time.
const BROTLI_BUFFER: usize = 4096;

/// 2²³ octets: 8 MiB.
const ZSTD_WINDOW_LOG: u32 = 23;

#[cfg(test)]
mod codings_are_undone {
    use std::io::Write as _;

    use flate2::{
        Compression,
        write::{DeflateEncoder, GzEncoder, ZlibEncoder},
    };
    use proptest::prelude::*;

    use super::*;

    const TEXT: &[u8] = b"the same words, the same words, the same words";

    fn gzip(plain: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(plain).unwrap();
        encoder.finish().unwrap()
    }

    fn zlib(plain: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(plain).unwrap();
        encoder.finish().unwrap()
    }

    fn undone(codings: &[&str], octets: &[u8]) -> Decoded {
        let codings: Vec<String> = codings.iter().map(|coding| (*coding).to_owned()).collect();
        undo(&codings, octets, 1 << 20)
    }

    fn whole(bytes: &[u8]) -> Decoded {
        Decoded { bytes: bytes.to_vec(), problem: None }
    }

    #[test]
    fn each_of_them() {
        assert_eq!(undone(&["gzip"], &gzip(TEXT)), whole(TEXT));
        assert_eq!(undone(&["gzip"], &[gzip(TEXT), gzip(b"!")].concat()), whole(&[TEXT, b"!"].concat()));
        assert_eq!(undone(&["deflate"], &zlib(TEXT)), whole(TEXT));
        let mut bare = DeflateEncoder::new(Vec::new(), Compression::default());
        bare.write_all(TEXT).unwrap();
        assert_eq!(undone(&["deflate"], &bare.finish().unwrap()), whole(TEXT));
        assert_eq!(undone(&["zstd"], &zstd::encode_all(TEXT, 3).unwrap()), whole(TEXT));
        // RFC 7932 §9.2: an uncompressed meta-block of 5 octets, then an empty last one; as brotli's own tool writes "hello".
        assert_eq!(undone(&["br"], b"\x0b\x02\x80hello\x03"), whole(b"hello"));
    }

    #[test]
    fn the_last_one_first() {
        assert_eq!(undone(&["deflate", "gzip"], &gzip(&zlib(TEXT))), whole(TEXT));
    }

    #[test]
    fn or_it_is_said_why_not() {
        let coded = gzip(TEXT);
        let cut = undone(&["gzip"], &coded[..coded.len() - 4]);
        assert_eq!(cut.problem, Some(CodingError::Truncated { coding: "gzip".to_owned() }));
        assert_eq!(cut.bytes, TEXT, "what could be decoded is kept");
        assert!(matches!(
            undone(&["gzip"], b"<html><body>no gzip</body>").problem,
            Some(CodingError::Malformed { .. })
        ));
        assert!(matches!(undone(&["br"], b"<html>").problem, Some(CodingError::Malformed { .. })));
        assert_eq!(undone(&["x-own"], TEXT).problem, Some(CodingError::Unknown { coding: "x-own".to_owned() }));
        assert_eq!(undone(&["gzip"; 5], TEXT).problem, Some(CodingError::TooMany { count: 5 }));
    }

    #[test]
    fn a_small_message_does_not_take_all_memory() {
        let bomb = gzip(&vec![0; 4 << 20]);
        let decoded = undone(&["gzip"], &bomb);
        assert_eq!((decoded.bytes.len(), decoded.problem), (1 << 20, Some(CodingError::TooLarge { limit: 1 << 20 })));
    }

    #[test]
    fn as_the_fields_name_them() {
        let mut fields = Fields::default();
        fields.push("Content-Encoding", "X-GZIP, identity");
        fields.push("content-encoding", "br");
        fields.push("Transfer-Encoding", "deflate; level=9, chunked");
        assert_eq!(applied(&fields), ["gzip", "br", "deflate"]);
        let mut fields = Fields::default();
        fields.push("Transfer-Encoding", "chunked, gzip");
        assert_eq!(applied(&fields), ["chunked", "gzip"]);
    }

    proptest! {
        #[test]
        fn any_octets_are_undone_or_refused(octets in prop::collection::vec(any::<u8>(), 0..300)) {
            for coding in ["gzip", "deflate", "br", "zstd"] {
                prop_assert!(undone(&[coding], &octets).bytes.len() <= 1 << 20);
                let begun = [gzip(TEXT).get(..12).unwrap(), &octets].concat();
                prop_assert!(undone(&[coding], &begun).bytes.len() <= 1 << 20);
            }
        }
    }
}
