//! A message in one line, as a conversation and a ladder show it.

use super::{
    Reading, RecordLine,
    header::Header,
    words::{opcode_name, rcode_name, type_name},
};
use crate::wire::units::count;

/// `query 0x7c1e A? gaia.cs.umass.edu. RD`, `reply 0x7c1e NOERROR AA · 128.119.245.12`.
pub(super) fn line(reading: &Reading) -> String {
    let Some(header) = reading.header else { return "the beginning of a message".to_owned() };
    let id = header.id;
    if !header.is_response() {
        return format!("query {id:#06x} {}{}", gist(reading), flags(header));
    }
    let gist = gist(reading);
    let rcode = rcode(reading, header);
    let gist = if gist == rcode { String::new() } else { format!(" · {gist}") };
    format!("reply {id:#06x} {rcode}{}{gist}", flags(header))
}

/// `A? gaia.cs.umass.edu.`, `referral to edu. (2 NS, 2 glue)`, `128.119.245.12`, `NXDOMAIN`.
pub(super) fn gist(reading: &Reading) -> String {
    let Some(header) = reading.header else { return "the beginning of a message".to_owned() };
    if !header.is_response() {
        let opcode = if header.opcode() == 0 { String::new() } else { format!("{} ", opcode_name(header.opcode())) };
        return match reading.questions.as_slice() {
            [] => format!("{opcode}no question"),
            [one] => format!("{opcode}{}", asked(one)),
            [first, others @ ..] => format!("{opcode}{} and {} more", asked(first), others.len()),
        };
    }
    let ns = reading.authority.iter().filter(|record| record.kind == NS);
    let soa = reading.authority.iter().any(|record| record.kind == SOA);
    match (reading.answers.as_slice(), reading.authority.as_slice()) {
        _ if header.tc() => "cut off: ask again over TCP".to_owned(),
        _ if header.rcode() != 0 || extended(reading) != 0 => rcode(reading, header),
        ([], [first, ..]) if !soa && ns.clone().next().is_some() && !header.aa() => {
            let zone = ns.clone().next().map_or(&first.owner, |record| &record.owner);
            let glue = reading.additional.iter().filter(|record| matches!(record.kind, A | AAAA)).count();
            format!("referral to {zone} ({} NS, {glue} glue)", ns.count())
        }
        ([], _) => reading
            .questions
            .first()
            .map_or_else(|| "nothing".to_owned(), |question| format!("no {} there", type_name(question.kind))),
        ([one], _) => answer(one, reading),
        ([first, .., last], _) if first.kind == CNAME && last.kind != CNAME => {
            format!("alias of {}: {}", last.owner, last.data)
        }
        (many, _) => count(many.len(), "answer", "answers"),
    }
}

fn answer(record: &RecordLine, reading: &Reading) -> String {
    let asked = reading.questions.first().map(|question| question.kind);
    match record.kind {
        CNAME if asked != Some(CNAME) => format!("alias of {}", record.data),
        _ => record.data.clone(),
    }
}

fn asked(question: &RecordLine) -> String {
    format!("{}? {}", type_name(question.kind), question.owner)
}

/// The flags that are worth a word: ` AA RD`.
fn flags(header: Header) -> String {
    let shown = header.flags().into_iter().filter(|(name, set)| *set && *name != "QR");
    shown.fold(String::new(), |line, (name, _)| line + " " + name)
}

fn rcode(reading: &Reading, header: Header) -> String {
    rcode_name(extended(reading) << 4 | u16::from(header.rcode()))
}

/// The eight bits of the response code that OPT adds.
fn extended(reading: &Reading) -> u16 {
    reading.edns.map_or(0, |edns| u16::from(edns.extended_rcode))
}

const A: u16 = 1;
const NS: u16 = 2;
const CNAME: u16 = 5;
const SOA: u16 = 6;
const AAAA: u16 = 28;
