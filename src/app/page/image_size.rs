//! How large a picture says it is, read from its first octets: a picture is measured before it is decoded, since a few hundred
//! octets can ask for gigabytes of pixels. Not a decoder: what is not recognised here is not shown as a raster picture.
//! Sources: PNG (RFC 2083 §4.1.1), GIF 89a §18, JPEG (ITU T.81 B.2.2), WebP (RFC 9649 §2.3–§2.7).

/// Width and height in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Size {
    /// Width in pixels.
    pub(super) width: u32,
    /// Height in pixels.
    pub(super) height: u32,
}

impl Size {
    /// Pixels in all.
    pub(super) fn pixels(self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }
}

/// The size a PNG, GIF, JPEG or WebP picture declares; `None` for anything else or a head cut short.
pub(super) fn declared_size(octets: &[u8]) -> Option<Size> {
    png(octets).or_else(|| gif(octets)).or_else(|| jpeg(octets)).or_else(|| webp(octets))
}

/// Does it begin as a raster picture of a kind that can be decoded?
pub(super) fn is_raster(octets: &[u8]) -> bool {
    octets.starts_with(PNG)
        || octets.starts_with(b"GIF8")
        || octets.starts_with(&[0xFF, 0xD8])
        || (octets.starts_with(b"RIFF") && octets.get(8..12) == Some(b"WEBP"))
}

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

fn png(octets: &[u8]) -> Option<Size> {
    let head = octets.strip_prefix(PNG)?;
    (head.get(4..8)? == b"IHDR").then_some(())?;
    Some(Size { width: big_endian(head.get(8..12)?), height: big_endian(head.get(12..16)?) })
}

fn gif(octets: &[u8]) -> Option<Size> {
    octets.starts_with(b"GIF8").then_some(())?;
    Some(Size { width: little_endian(octets.get(6..8)?), height: little_endian(octets.get(8..10)?) })
}

fn jpeg(octets: &[u8]) -> Option<Size> {
    let mut rest = octets.strip_prefix(&[0xFF, 0xD8])?;
    loop {
        // Fill octets may stand before a marker (T.81 B.1.1.2).
        let (&marker, after) = match rest {
            [0xFF, 0xFF, ..] => {
                rest = rest.get(1..)?;
                continue;
            }
            [0xFF, marker, after @ ..] => (marker, after),
            _ => return None,
        };
        if matches!(marker, 0x01 | 0xD0..=0xD8) {
            rest = after;
            continue;
        }
        let length = big_endian(after.get(..2)?);
        let start_of_frame = matches!(marker, 0xC0..=0xCF) && !matches!(marker, 0xC4 | 0xC8 | 0xCC);
        if start_of_frame {
            return Some(Size { height: big_endian(after.get(3..5)?), width: big_endian(after.get(5..7)?) });
        }
        rest = after.get(usize::try_from(length).ok()?.max(2)..)?;
    }
}

fn webp(octets: &[u8]) -> Option<Size> {
    (octets.starts_with(b"RIFF") && octets.get(8..12)? == b"WEBP").then_some(())?;
    let chunk = octets.get(20..)?;
    match octets.get(12..16)? {
        b"VP8X" => {
            Some(Size { width: little_endian(chunk.get(4..7)?) + 1, height: little_endian(chunk.get(7..10)?) + 1 })
        }
        b"VP8L" => {
            let bits = little_endian(chunk.get(1..5)?);
            Some(Size { width: (bits & 0x3FFF) + 1, height: ((bits >> 14) & 0x3FFF) + 1 })
        }
        b"VP8 " => Some(Size {
            width: little_endian(chunk.get(6..8)?) & 0x3FFF,
            height: little_endian(chunk.get(8..10)?) & 0x3FFF,
        }),
        _ => None,
    }
}

fn big_endian(octets: &[u8]) -> u32 {
    octets.iter().fold(0, |sum, &octet| (sum << 8) | u32::from(octet))
}

fn little_endian(octets: &[u8]) -> u32 {
    octets.iter().rev().fold(0, |sum, &octet| (sum << 8) | u32::from(octet))
}

#[cfg(test)]
mod a_picture_tells_its_size_before_it_is_decoded {
    use proptest::prelude::*;

    use super::*;

    fn encoded(format: image::ImageFormat, width: u32, height: u32) -> Vec<u8> {
        let mut octets = std::io::Cursor::new(Vec::new());
        image::RgbImage::new(width, height).write_to(&mut octets, format).unwrap();
        octets.into_inner()
    }

    #[test]
    fn png_and_jpeg_as_an_encoder_writes_them() {
        for format in [image::ImageFormat::Png, image::ImageFormat::Jpeg] {
            assert_eq!(declared_size(&encoded(format, 321, 45)), Some(Size { width: 321, height: 45 }), "{format:?}");
        }
    }

    #[test]
    fn gif_and_the_three_kinds_of_webp() {
        assert_eq!(declared_size(b"GIF89a\x02\x01\x03\x00"), Some(Size { width: 258, height: 3 }));
        let webp = |kind: &[u8], chunk: &[u8]| [b"RIFF\0\0\0\0WEBP", kind, b"\0\0\0\0", chunk].concat();
        let size = Some(Size { width: 3, height: 5 });
        assert_eq!(declared_size(&webp(b"VP8X", &[0, 0, 0, 0, 2, 0, 0, 4, 0, 0])), size);
        assert_eq!(declared_size(&webp(b"VP8L", &[0x2F, 2, 0, 1, 0])), size);
        assert_eq!(declared_size(&webp(b"VP8 ", &[0, 0, 0, 0x9D, 1, 0x2A, 3, 0, 5, 0])), size);
    }

    #[test]
    fn a_bomb_is_seen_for_what_it_is() {
        let bomb = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\x7f\xff\xff\xff\x7f\xff\xff\xff";
        assert!(declared_size(bomb).unwrap().pixels() > 1 << 60);
    }

    proptest! {
        #[test]
        fn any_octets_are_survived(octets in proptest::collection::vec(any::<u8>(), 0..64), head in 0..4_usize) {
            let heads: [&[u8]; 4] = [PNG, b"GIF8", &[0xFF, 0xD8], b"RIFF\0\0\0\0WEBPVP8X"];
            let _ = declared_size(&[heads[head], &octets].concat());
        }
    }
}
