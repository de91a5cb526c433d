//! Pages and objects made to order: a base file of a known size that refers to N objects of exactly S octets each.

use std::{fmt::Write as _, sync::OnceLock};

use bytes::Bytes;

use super::exchange::Rope;
use crate::lab::embedded::{DOT, TILES};

/// What cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum GenerationError {
    #[error("{name} is to be a number from {from} to {to}, not {got:?}")]
    Number { name: &'static str, from: u64, to: u64, got: String },
    #[error("a page of {objects} objects is at least {least} octets, not {got}")]
    BaseTooSmall { objects: u64, least: u64, got: u64 },
}

/// The base file: exactly `base` octets, or [`base_octets`] where none are asked for.
pub(crate) fn page(objects: u64, size: u64, base: Option<u64>) -> Result<Bytes, GenerationError> {
    let least = base_octets(objects);
    let octets = base.unwrap_or(least);
    if octets < least {
        return Err(GenerationError::BaseTooSmall { objects, least, got: octets });
    }
    let octets = usize::try_from(octets).unwrap_or(usize::MAX);
    let mut page = String::with_capacity(octets);
    page.push_str(OPENING);
    // Writing to a String cannot fail.
    write!(page, "<h1>{objects} objects of {size} octets</h1>\n<p>Made to order: {octets} octets.</p>\n<div>\n").ok();
    for i in 1..=objects {
        let tag = format!("<img alt=\"{i}\" src=\"/object?i={i}&amp;size={size}\"");
        writeln!(page, "{tag:<width$}>", width = LINE_OCTETS - 2).ok();
    }
    page.push_str("</div>\n");
    let missing = octets.saturating_sub(page.len() + CLOSING.len() + "<!---->\n".len());
    page.push_str("<!--");
    page.extend(std::iter::repeat_n('.', missing));
    page.push_str("-->\n");
    page.push_str(CLOSING);
    Ok(page.into())
}

/// Octets of the base file of a page with `objects` objects: 1,024 + 64·N.
pub(crate) fn base_octets(objects: u64) -> u64 {
    (FRAME_OCTETS + LINE_OCTETS as u64 * objects).min(MAX_OBJECT_OCTETS)
}

/// Object number `i`, exactly `size` octets, and its media type: a JPEG picture padded with comment segments (ITU-T T.81 §B.2.4.5),
/// or plain octets where so few cannot hold a picture.
pub(crate) fn object(i: u64, size: u64) -> (Rope, &'static str) {
    let tile = TILES.get((i % 10) as usize).copied().unwrap_or(DOT);
    let picture = [tile, DOT].into_iter().find_map(|picture| padded(picture, size));
    match picture {
        Some(rope) => (rope, "image/jpeg"),
        None => (Rope::from(comment_block()).slice_from(COMMENT_HEAD as u64, size), "application/octet-stream"),
    }
}

/// `picture` with comment segments after its first segment, so that it is `size` octets long.
fn padded(picture: &'static [u8], size: u64) -> Option<Rope> {
    let mut missing = size.checked_sub(picture.len() as u64)?;
    if (1..COMMENT_HEAD as u64).contains(&missing) {
        return None;
    }
    // SOI is two octets; the segment after it says its own length.
    let first_segment = usize::from(u16::from_be_bytes([*picture.get(4)?, *picture.get(5)?]));
    let (before, after) = picture.split_at_checked(4 + first_segment)?;
    let block = comment_block();
    let mut rope = Rope::from(Bytes::from_static(before));
    while missing > 0 {
        // The rest has to be nothing, or enough for another comment.
        let take = match usize::try_from(missing).ok()? {
            rest if rest <= block.len() => rest,
            rest if rest < block.len() + COMMENT_HEAD => block.len() - COMMENT_HEAD,
            _ => block.len(),
        };
        if take == block.len() {
            rope.push(block.clone());
        } else {
            let [high, low] = u16::try_from(take - 2).ok()?.to_be_bytes();
            rope.push(Bytes::copy_from_slice(&[0xff, 0xfe, high, low]));
            rope.push(block.slice(COMMENT_HEAD..take));
        }
        missing -= take as u64;
    }
    rope.push(Bytes::from_static(after));
    Some(rope)
}

/// The longest comment segment there can be, made once and shared by all objects.
fn comment_block() -> Bytes {
    static BLOCK: OnceLock<Bytes> = OnceLock::new();
    let make = || {
        let text = b"This comment makes the picture as large as was asked for. ";
        let head = [0xff, 0xfe, 0xff, 0xff];
        head.into_iter().chain(text.iter().copied().cycle()).take(2 + 0xffff).collect()
    };
    BLOCK.get_or_init(make).clone()
}

/// Marker and length of a comment segment.
const COMMENT_HEAD: usize = 4;

const OPENING: &str = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Made to order</title>\n<style>\n\
body { margin: 24px; background: #eef1f5; color: #1b2330; font-family: Arial, sans-serif; }\n\
h1 { font-family: Georgia, serif; font-weight: normal; margin: 0; }\n\
p { color: #5f6b7a; margin: 4px 0 14px 0; }\n\
div { display: flex; flex-wrap: wrap; gap: 6px; }\n\
img { width: 60px; height: 38px; background: #c3cbd6; border-radius: 3px; }\n\
</style>\n</head>\n<body>\n";
const CLOSING: &str = "</body>\n</html>\n";

/// Octets of a base file that do not depend on N.
const FRAME_OCTETS: u64 = 1_024;

/// Octets of the base file that each object adds.
const LINE_OCTETS: usize = 64;

/// Objects a page made to order may have.
pub(crate) const MAX_OBJECTS: u64 = 10_000;

/// Octets an object, or a base file, may have.
pub(crate) const MAX_OBJECT_OCTETS: u64 = 1_000_000_000;

#[cfg(test)]
mod orders_are_filled_to_the_octet {
    use super::*;

    #[test]
    fn a_base_file_is_1024_octets_and_64_an_object() {
        for (objects, size) in
            [(0, 0), (1, 1), (10, 12_500), (10, 1_000_000_000), (9_999, 100), (10_000, 1_000_000_000)]
        {
            let page = page(objects, size, None).unwrap();
            assert_eq!(page.len() as u64, 1_024 + 64 * objects, "{objects} objects of {size}");
            let text = std::str::from_utf8(&page).unwrap();
            assert_eq!(text.matches("<img").count() as u64, objects);
            assert!(text.ends_with("</html>\n"));
        }
        assert_eq!(page(10, 100, Some(12_500)).unwrap().len(), 12_500);
        assert_eq!(
            page(10, 100, Some(1_000)),
            Err(GenerationError::BaseTooSmall { objects: 10, least: 1_664, got: 1_000 })
        );
    }

    #[test]
    fn an_object_has_the_size_asked_for_and_is_a_picture() {
        let sizes = (0..1_300).chain(65_900..66_300).chain(131_500..131_700).chain([100_000, 1_000_000]);
        for size in sizes {
            let (rope, media_type) = object(3, size);
            assert_eq!(rope.len(), size);
            let octets = rope.to_vec();
            assert_eq!(octets.len() as u64, size);
            match media_type {
                "image/jpeg" if size % 7 == 0 || size < 700 => {
                    let picture = image::load_from_memory_with_format(&octets, image::ImageFormat::Jpeg);
                    assert!(picture.is_ok(), "{size} octets: {:?}", picture.err());
                }
                "image/jpeg" => {}
                _ => assert!(size < 170, "{size} octets are enough for a picture"),
            }
        }
    }

    #[test]
    fn a_great_object_takes_little_room() {
        let (rope, _) = object(1, MAX_OBJECT_OCTETS);
        assert_eq!(rope.len(), MAX_OBJECT_OCTETS);
        assert!(rope.pieces().len() < 20_000);
    }
}
