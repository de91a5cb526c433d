//! What records hold, by type: each type is a list of parts, and a part of each shape is read the same way wherever it stands.
//! Unknown types are octets (RFC 3597).

use std::net::{Ipv4Addr, Ipv6Addr};

use super::{
    super::{
        loc,
        name::{self, escape},
        reader::{Malformed, MessageReader},
        words::{self, Part, Shape, type_name},
    },
    options::hex,
    small,
};
use crate::{
    lens::FieldNode,
    proto::dns::{RecordType, text::notation},
    wire::units::{count_octets, days},
};

/// What a record holds.
#[derive(Default)]
pub(super) struct Data {
    /// As zone files write it.
    pub(super) text: String,
    pub(super) parts: Vec<FieldNode>,
    pub(super) wrong: Option<String>,
}

/// All of `part`, which is what a record of type `kind` holds.
pub(super) fn read(part: &mut MessageReader<'_>, kind: u16) -> Data {
    let whole = part.octets.get(part.at..part.end).unwrap_or_default();
    let Some(layout) = words::layout(kind) else {
        let parts = if whole.is_empty() { vec![] } else { vec![octets_node(part)] };
        let text = notation(RecordType::from(kind), whole).unwrap_or_else(|| unknown(whole));
        return Data { text, parts, wrong: None };
    };
    let mut data = Data::default();
    let mut texts = Vec::new();
    for what in layout {
        match read_part(part, what) {
            Ok((text, nodes)) => {
                texts.push(text);
                data.parts.extend(nodes);
            }
            Err(Malformed(why)) => {
                data.wrong = Some(why);
                break;
            }
        }
    }
    data.text = texts.join(" ");
    if let Some(place) = loc::text(kind, whole) {
        data.text = place;
    }
    if part.left() > 0 {
        if data.wrong.is_none() {
            let left = count_octets(part.left() as u64);
            data.wrong = Some(format!("{left} are left over: a record of type {} has no more", type_name(kind)));
        }
        data.parts.push(octets_node(part));
    }
    if data.wrong.is_some() {
        data.text = unknown(whole);
    }
    data
}

fn octets_node(part: &mut MessageReader<'_>) -> FieldNode {
    let from = part.at;
    let octets = part.rest();
    part.node(from, "octets", hex(octets), &words::OCTETS)
}

/// Octets as zone files write those of a type they do not know (RFC 3597 §5).
fn unknown(octets: &[u8]) -> String {
    format!("\\# {} {}", octets.len(), hex(octets)).trim_end().to_owned()
}

fn read_part(part: &mut MessageReader<'_>, what: &Part) -> Result<(String, Vec<FieldNode>), Malformed> {
    let Part { name: called, shape, about } = what;
    let from = part.at;
    let number = |part: &mut MessageReader<'_>, octets: usize, value: &dyn Fn(u64) -> String| {
        part.number_node(octets, called, about, value).map(|(number, node)| (number.to_string(), vec![node]))
    };
    let text = match shape {
        Shape::Name => {
            let read = name::read(part, called, about)?;
            return Ok((read.text, vec![read.node]));
        }
        Shape::Number(octets) => return number(part, *octets, &|number| number.to_string()),
        Shape::Seconds => {
            return number(part, 4, &|seconds| format!("{seconds} s ({})", days(seconds)));
        }
        Shape::Texts => return texts(part, what),
        Shape::Params => return params(part),
        Shape::Text => quoted(text(part, called)?),
        Shape::Ip4 => {
            let octets = part.take(4).and_then(|four| four.first_chunk::<4>()).ok_or_else(|| part.short(called))?;
            Ipv4Addr::from(*octets).to_string()
        }
        Shape::Ip6 => {
            let octets = part.take(16).and_then(|all| all.first_chunk::<16>()).ok_or_else(|| part.short(called))?;
            Ipv6Addr::from(*octets).to_string()
        }
        Shape::Type => type_name(part.number(2).map(small).ok_or_else(|| part.short(called))?),
        Shape::Moment => moment(part.number(4).ok_or_else(|| part.short(called))?),
        Shape::Tag => name::escaped(text(part, called)?),
        Shape::QuotedRest => quoted(part.rest()),
        Shape::Hex => hex(part.rest()),
        Shape::Types => types(part.rest()).ok_or_else(|| Malformed(format!("{called}: its windows do not fit")))?,
        Shape::Loc(how) => {
            let octets = part.number(how.octets()).ok_or_else(|| part.short(called))?;
            how.text(octets)
        }
    };
    let node = part.node(from, *called, text.clone(), about);
    Ok((text, vec![node]))
}

/// An octet of length and so many of text (RFC 1035 §3.3).
fn text<'a>(part: &mut MessageReader<'a>, called: &str) -> Result<&'a [u8], Malformed> {
    let length = part.number(1).and_then(|length| usize::try_from(length).ok());
    length.and_then(|length| part.take(length)).ok_or_else(|| part.short(called))
}

/// One text after the other, at least one.
fn texts(part: &mut MessageReader<'_>, what: &Part) -> Result<(String, Vec<FieldNode>), Malformed> {
    let (mut all, mut nodes) = (Vec::new(), Vec::new());
    loop {
        let from = part.at;
        let words = quoted(text(part, what.name)?);
        nodes.push(part.node(from, what.name, words.clone(), &what.about));
        all.push(words);
        if part.left() == 0 {
            return Ok((all.join(" "), nodes));
        }
    }
}

/// Parameters of SVCB and HTTPS: key, length, value (RFC 9460 §2.2).
fn params(part: &mut MessageReader<'_>) -> Result<(String, Vec<FieldNode>), Malformed> {
    let (mut all, mut nodes) = (Vec::new(), Vec::new());
    while part.left() > 0 {
        let from = part.at;
        let key = part.number(2).map(small).ok_or_else(|| part.short("parameter"))?;
        let length = part.number(2).map(small).ok_or_else(|| part.short("parameter"))?;
        let value = part.take(usize::from(length)).ok_or_else(|| part.short("parameter"))?;
        let name = words::param(key);
        let value = param_text(key, value);
        all.push(if value.is_empty() { name.clone() } else { format!("{name}={value}") });
        nodes.push(part.node(from, name, value, &words::PARAM));
    }
    Ok((all.join(" "), nodes))
}

fn param_text(key: u16, value: &[u8]) -> String {
    let list = |items: Vec<String>| items.join(",");
    match (key, value) {
        (1, value) => {
            let mut names = Vec::new();
            let mut rest = value;
            while let Some((length, after)) = rest.split_first() {
                let (name, after) = after.split_at_checked(usize::from(*length)).unwrap_or((after, &[]));
                names.push(name::escaped(name));
                rest = after;
            }
            list(names)
        }
        (3, [high, low]) => u16::from_be_bytes([*high, *low]).to_string(),
        (4, value) if value.len().is_multiple_of(4) => {
            let four = value.chunks_exact(4).filter_map(|four| four.first_chunk::<4>());
            list(four.map(|four| Ipv4Addr::from(*four).to_string()).collect())
        }
        (6, value) if value.len().is_multiple_of(16) => {
            let all = value.chunks_exact(16).filter_map(|all| all.first_chunk::<16>());
            list(all.map(|all| Ipv6Addr::from(*all).to_string()).collect())
        }
        (_, value) => hex(value),
    }
}

fn quoted(octets: &[u8]) -> String {
    let mut text = String::from("\"");
    escape(octets, b"\"\\", &mut text);
    text.push('"');
    text
}

/// Which types a name has, as a bitmap in windows (RFC 4034 §4.1.2).
fn types(mut octets: &[u8]) -> Option<String> {
    let mut names = Vec::new();
    while let [window, length, rest @ ..] = octets {
        let (bitmap, rest) = rest.split_at_checked(usize::from(*length)).filter(|_| (1..=32).contains(length))?;
        for (at, octet) in (0_u16..).zip(bitmap) {
            let set = (0..8).filter(|bit| octet >> (7 - bit) & 1 == 1);
            names.extend(set.map(|bit| type_name((u16::from(*window) << 8) | (at * 8 + bit))));
        }
        octets = rest;
    }
    octets.is_empty().then(|| names.join(" "))
}

/// Seconds since 1970 as a signature's dates are written: `20260907090000` (RFC 4034 §3.2).
fn moment(seconds: u64) -> String {
    let days = seconds / 86_400;
    // Civil date of a day number: the era of 400 years has 146,097 days and begins in March.
    let shifted = days + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{year:04}{month:02}{day:02}{hour:02}{minute:02}{second:02}")
}
