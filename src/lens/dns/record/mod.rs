//! The message as a whole: header, question, and three sections of records. RFC 1035 §4.1.

use std::ops::Range;

mod data;
mod options;

use super::{
    Reading, header,
    name::{self, Name},
    reader::{Malformed, MessageReader},
    words::{self, OPT, class_name, type_name},
};
use crate::{
    lens::FieldNode,
    wire::units::{count, count_octets, days},
};

/// A question or a record in one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordLine {
    /// Its octets.
    pub range: Range<usize>,
    /// The name it is about, with its final dot.
    pub owner: String,
    /// Its type.
    pub kind: u16,
    /// What it holds, as zone files write it; of a question nothing.
    pub data: String,
    /// All of it, as zone files write it: `gaia.cs.umass.edu. 3600 IN A 128.119.245.12`.
    pub text: String,
    /// What is wrong with it, if anything.
    pub wrong: Option<String>,
}

/// Octets of the shortest record: the root's name, type, class, TTL, length.
pub(super) const LEAST_OCTETS: usize = 11;

/// Reads all of it.
pub(super) fn message(mut reader: MessageReader<'_>) -> Reading {
    let (header, header_node) = header::read(&mut reader);
    let mut parts = vec![header_node];
    let mut sections: [Vec<RecordLine>; 4] = Default::default();
    let mut rest = reader.at..reader.at;
    let counts = header.map_or([0; 4], |header| header.counts);
    for ((section, lines), announced) in words::SECTIONS.iter().zip(&mut sections).zip(counts) {
        if announced == 0 {
            continue;
        }
        let (node, unread) = read_section(&mut reader, section, announced, lines);
        parts.push(node);
        if let Some(unread) = unread {
            rest = reader.place(unread..reader.octets.len());
            break;
        }
    }
    if header.is_some() && reader.left() > 0 {
        let from = reader.at;
        let left = count_octets(reader.rest().len() as u64);
        let mut node = reader.node(from, "after the end", left.clone(), &words::AFTER);
        node.wrong = Some(format!("the message has ended; {left} follow it"));
        rest = node.range.clone();
        parts.push(node);
    }
    let name = if header.is_some_and(header::Header::is_response) { "response" } else { "query" };
    let mut tree = reader.node(0, name, "", &words::MESSAGE);
    tree.range = reader.place(0..reader.octets.len());
    tree.parts = parts;
    let [questions, answers, authority, additional] = sections;
    let mut reading = Reading { header, edns: reader.edns, questions, answers, authority, additional, rest, tree };
    reading.tree.value = reading.summary();
    reading
}

/// The record that begins at `offset`.
pub(super) fn at(mut reader: MessageReader<'_>, offset: usize) -> Option<RecordLine> {
    reader.at = offset;
    record(&mut reader).ok().map(|(_, line)| line)
}

/// One section. Says also from where on nothing could be read, if so.
fn read_section(
    reader: &mut MessageReader<'_>,
    section: &words::Section,
    announced: u16,
    lines: &mut Vec<RecordLine>,
) -> (FieldNode, Option<usize>) {
    let begin = reader.at;
    let mut nodes = Vec::new();
    let mut unread = None;
    while lines.len() < usize::from(announced) && reader.left() > 0 {
        let from = reader.at;
        let read = if section.is_question { question(reader) } else { record(reader) };
        match read {
            Ok((node, line)) => {
                nodes.push(node);
                lines.push(line);
            }
            Err(Malformed(why)) => {
                reader.at = from;
                let octets = count_octets(reader.rest().len() as u64);
                let mut node = reader.node(from, "not readable", octets, &words::UNREADABLE);
                node.wrong = Some(why);
                nodes.push(node);
                unread = Some(from);
                break;
            }
        }
    }
    let value = count(lines.len(), section.one, section.many);
    let mut node = reader.node(begin, section.name, value, &section.about);
    if lines.len() < usize::from(announced) {
        let here = if lines.len() == 1 { "1 is".to_owned() } else { format!("{} are", lines.len()) };
        node.wrong = Some(format!("the header announces {announced}, {here} here"));
    }
    node.parts = nodes;
    (node, unread)
}

fn question(reader: &mut MessageReader<'_>) -> Result<(FieldNode, RecordLine), Malformed> {
    let from = reader.at;
    let Name { text: owner, node: name } = name::read(reader, "QNAME", &words::QNAME)?;
    let (kind, kind_node) = reader.number_node(2, "QTYPE", words::about_type(reader.peek16()), type_word)?;
    let (class, class_node) = reader.number_node(2, "QCLASS", &words::CLASS, class_word)?;
    let (kind, class) = (small(kind), small(class));
    let text = format!("{owner} {} {}", class_name(class), type_name(kind));
    let mut node = reader.node(from, "question", text.clone(), &words::QUESTION);
    node.parts = vec![name, kind_node, class_node];
    let wrong = first_wrong(&node);
    let range = node.range.clone();
    Ok((node, RecordLine { range, owner, kind, data: String::new(), text, wrong }))
}

fn record(reader: &mut MessageReader<'_>) -> Result<(FieldNode, RecordLine), Malformed> {
    let from = reader.at;
    let Name { text: owner, node: name } = name::read(reader, "NAME", &words::OWNER)?;
    let about = words::about_type(reader.peek16());
    let (kind, kind_node) = reader.number_node(2, "TYPE", about, type_word)?;
    let kind = small(kind);
    if kind == OPT {
        return options::record(reader, from, owner, vec![name, kind_node]);
    }
    let (class, class_node) = reader.number_node(2, "CLASS", &words::CLASS, class_word)?;
    let class = small(class);
    let (ttl, mut ttl_node) = reader.number_node(4, "TTL", &words::TTL, |ttl| format!("{ttl} s ({})", days(ttl)))?;
    if ttl > MAX_TTL {
        ttl_node.wrong = Some("its first bit has to be 0; it counts as 0 s (RFC 2181 §8)".to_owned());
    }
    let (length_node, mut part, cut) = rdata(reader)?;
    let begin = part.at;
    let empty = part.left() == 0 && matches!(class, CLASS_NONE | CLASS_ANY);
    let read = if empty { data::Data::default() } else { data::read(&mut part, kind) };
    let mut data_node = reader.node(begin, "RDATA", read.text.clone(), about);
    data_node.parts = read.parts;
    data_node.wrong = cut.or(read.wrong);
    let text = format!("{owner} {ttl} {} {} {}", class_name(class), type_name(kind), read.text);
    let text = text.trim_end().to_owned();
    let mut node = reader.node(from, type_name(kind), text.clone(), about);
    node.parts = vec![name, kind_node, class_node, ttl_node, length_node, data_node];
    let (range, wrong) = (node.range.clone(), first_wrong(&node));
    Ok((node, RecordLine { range, owner, kind, data: read.text, text, wrong }))
}

/// RDLENGTH, the octets it announces as a part to read, and what is wrong if they are not all here.
pub(super) fn rdata<'a>(
    reader: &mut MessageReader<'a>,
) -> Result<(FieldNode, MessageReader<'a>, Option<String>), Malformed> {
    let (length, node) = reader.number_node(2, "RDLENGTH", &words::RDLENGTH, count_octets)?;
    let length = usize::from(small(length));
    let cut = (length > reader.left()).then(|| reader.short("RDATA").0);
    let part = reader.part(length.min(reader.left())).ok_or_else(|| reader.short("RDATA"))?;
    Ok((node, part, cut))
}

/// The first thing that is wrong in a node, its parts before itself.
pub(super) fn first_wrong(node: &FieldNode) -> Option<String> {
    node.parts.iter().find_map(first_wrong).or_else(|| node.wrong.clone())
}

fn type_word(kind: u64) -> String {
    format!("{kind}: {}", type_name(small(kind)))
}

fn class_word(class: u64) -> String {
    format!("{class}: {}", class_name(small(class)))
}

/// A number of two octets.
pub(super) fn small(number: u64) -> u16 {
    u16::try_from(number).unwrap_or(u16::MAX)
}

impl MessageReader<'_> {
    /// The two octets that come next, as a number.
    fn peek16(&self) -> u16 {
        let mut ahead = *self;
        ahead.number(2).map(small).unwrap_or_default()
    }
}

/// Greatest TTL (RFC 2181 §8).
const MAX_TTL: u64 = 0x7fff_ffff;
/// Class NONE, of dynamic updates (RFC 2136 §2.4).
const CLASS_NONE: u16 = 254;
/// Class ANY, likewise.
const CLASS_ANY: u16 = 255;
