//! Names: labels, compression pointers, and the name they make together. RFC 1035 §3.1 and §4.1.4.
//!
//! A pointer may only lead back, before the labels it stands behind, so following pointers ends whatever the octets are.

use std::fmt::Write as _;

use super::{
    reader::{Malformed, MessageReader},
    words::{About, LABEL, POINTER, ROOT_LABEL},
};
use crate::lens::FieldNode;

/// A name as a person writes it, and its node.
pub(super) struct Name {
    /// With its final dot; ends in `…` where it could not be read to its end.
    pub(super) text: String,
    pub(super) node: FieldNode,
}

/// A name being put together.
#[derive(Default)]
struct NameText {
    text: String,
    /// Octets it has without compression, its end included.
    octets: usize,
    wrong: Option<String>,
}

/// What stands where a label begins.
enum NamePiece<'a> {
    Label(&'a [u8]),
    Root,
    Pointer(usize),
    /// The first two bits are 01 or 10.
    Reserved(u8),
    Short,
}

/// The name that begins where `reader` stands; its node is called `called`.
pub(super) fn read(reader: &mut MessageReader<'_>, called: &str, about: &About) -> Result<Name, Malformed> {
    let start = reader.at;
    let mut written = NameText { octets: 1, ..NameText::default() };
    let mut parts = Vec::new();
    loop {
        let from = reader.at;
        let (piece, length) = piece_at(reader.octets, from, reader.end);
        reader.at = from + length;
        match piece {
            NamePiece::Label(label) => {
                written.label(label);
                parts.push(reader.node(from, "label", escaped(label), &LABEL));
            }
            NamePiece::Root => {
                parts.push(reader.node(from, "end of the name", "the root", &ROOT_LABEL));
                break;
            }
            NamePiece::Pointer(target) => {
                let before = written.text.len();
                let wrong = follow(reader.octets, target, start, &mut written).err();
                let led_to = written.text.get(before..).unwrap_or_default();
                let led_to = if led_to.is_empty() { "." } else { led_to };
                let mut node = reader.node(from, "pointer", format!("→ octet {target}: {led_to}"), &POINTER);
                node.points_to = Some(reader.place(target..target).start).filter(|_| target < reader.octets.len());
                node.wrong.clone_from(&wrong);
                parts.push(node);
                written.wrong = written.wrong.or(wrong);
                break;
            }
            NamePiece::Reserved(octet) => {
                let kind = if octet & 0xc0 == 0x40 { "01" } else { "10" };
                return Err(Malformed(format!(
                    "{called}: a label that begins with the bits {kind} is of no known kind"
                )));
            }
            NamePiece::Short => return Err(reader.short(called)),
        }
    }
    let mut node = reader.node(start, called, "", about);
    if written.octets > MAX_NAME && written.wrong.is_none() {
        written.wrong = Some(format!("a name has at most {MAX_NAME} octets (RFC 1035 §2.3.4)"));
    }
    node.value.clone_from(written.shown());
    node.parts = parts;
    // The pointer itself says what is wrong with it.
    node.wrong = written.wrong.filter(|_| node.parts.iter().all(|part| part.wrong.is_none()));
    Ok(Name { text: node.value.clone(), node })
}

/// Adds to `written` the labels that stand at `target`, where it leads back from a name that begins at `start`.
fn follow(octets: &[u8], target: usize, start: usize, written: &mut NameText) -> Result<(), String> {
    let (mut at, mut limit) = (target, start);
    for _ in 0..MAX_POINTERS {
        if at >= limit {
            let word = if at == limit { "to itself" } else { "forward" };
            written.text.push('…');
            return Err(format!("a pointer may only lead back (RFC 1035 §4.1.4); this one leads {word}"));
        }
        limit = at;
        let next = loop {
            let (piece, length) = piece_at(octets, at, octets.len());
            match piece {
                NamePiece::Label(label) => written.label(label),
                NamePiece::Root => return Ok(()),
                NamePiece::Pointer(next) => break next,
                NamePiece::Reserved(_) | NamePiece::Short => {
                    written.text.push('…');
                    return Err("what it leads to is no name".to_owned());
                }
            }
            if written.octets > MAX_NAME {
                return Err(format!("a name has at most {MAX_NAME} octets (RFC 1035 §2.3.4)"));
            }
            at += length;
        };
        at = next;
    }
    written.text.push('…');
    Err("it leads over more pointers than a name has labels".to_owned())
}

/// What begins at `at`, and how many octets it has there.
fn piece_at(octets: &[u8], at: usize, end: usize) -> (NamePiece<'_>, usize) {
    let octets = octets.get(..end).unwrap_or(octets);
    let Some(first) = octets.get(at) else { return (NamePiece::Short, 0) };
    match first >> 6 {
        0 if *first == 0 => (NamePiece::Root, 1),
        0 => {
            let length = usize::from(*first);
            octets
                .get(at + 1..at + 1 + length)
                .map_or((NamePiece::Short, 0), |label| (NamePiece::Label(label), length + 1))
        }
        3 => octets.get(at + 1).map_or((NamePiece::Short, 0), |second| {
            (NamePiece::Pointer(usize::from(u16::from_be_bytes([first & 0x3f, *second]))), 2)
        }),
        _ => (NamePiece::Reserved(*first), 0),
    }
}

impl NameText {
    fn label(&mut self, label: &[u8]) {
        self.octets = self.octets.saturating_add(label.len() + 1);
        if self.octets <= MAX_NAME {
            escape(label, b".\\\"();@$ ", &mut self.text);
            self.text.push('.');
        } else if !self.text.ends_with('…') {
            self.text.push('…');
        }
    }

    fn shown(&mut self) -> &String {
        if self.text.is_empty() {
            self.text.push('.');
        }
        &self.text
    }
}

/// A label as zone files write it: dots within it, and what is no letter, behind a backslash (RFC 1035 §5.1).
pub(in crate::lens) fn escaped(label: &[u8]) -> String {
    let mut text = String::with_capacity(label.len());
    escape(label, b".\\", &mut text);
    text
}

/// Octets with those of `special`, and what is not to be seen, behind a backslash.
pub(super) fn escape(octets: &[u8], special: &[u8], text: &mut String) {
    for octet in octets {
        match octet {
            octet if special.contains(octet) && *octet != b' ' => {
                text.push('\\');
                text.push(char::from(*octet));
            }
            octet if octet.is_ascii_graphic() || *octet == b' ' && !special.contains(&b' ') => {
                text.push(char::from(*octet));
            }
            octet => write!(text, "\\{octet:03}").unwrap_or_default(),
        }
    }
}

/// Octets of a name, lengths and end included (RFC 1035 §2.3.4).
const MAX_NAME: usize = 255;
/// Pointers followed for one name: it has no more labels.
const MAX_POINTERS: usize = 127;
