//! What an arrow says of an HTTP/1.x message: `GET img01.jpg`, `200 · 100 kB`.

use crate::{
    lens::{
        plain::octets_words,
        protocol::{LadderArrow, UNREAD, Words},
        text::shortened,
    },
    wire::{Side, units},
};

/// With fewer words where there is less room.
pub(super) fn of(arrow: &LadderArrow<'_>) -> Option<Words> {
    if arrow.kind == UNREAD {
        return octets_words(arrow);
    }
    arrow.begins.then(|| Words::message(variants(arrow)))
}

fn variants(arrow: &LadderArrow<'_>) -> Vec<String> {
    let line = arrow.beginning().split(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = line.get(..line.len().min(MAX_START_LINE)).unwrap_or_default();
    let words: Vec<String> =
        line.split(|byte| *byte == b' ').map(|word| String::from_utf8_lossy(word).into_owned()).collect();
    let whole = units::measured_octets(arrow.message_octets);
    // How much of the message is in this arrow, where that is not all of it.
    let carried = (arrow.message_octets > arrow.octets).then_some(arrow.octets);
    match (arrow.side, words.as_slice()) {
        (Side::Client, [method, target, ..]) => {
            let more = if arrow.together > 1 { format!(" +{}", arrow.together - 1) } else { String::new() };
            vec![
                format!("{method} {}{more}", shortened(&target_name(target))),
                format!("{method}{more}"),
                method.clone(),
            ]
        }
        (Side::Server, [_, status, ..]) => {
            let status: String = status.trim().chars().take(3).collect();
            match carried.map(units::measured_octets) {
                Some(part) => vec![format!("{status} · {part} of {whole}"), format!("{status} · {part}"), status],
                None => vec![format!("{status} · {whole}"), status],
            }
        }
        (_, _) => vec![units::measured_octets(carried.unwrap_or(arrow.message_octets))],
    }
}

/// What a request asks for, as short as it can be told: the last part of the path and the first of the query.
fn target_name(target: &str) -> String {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let name = path.rsplit('/').find(|part| !part.is_empty()).unwrap_or("/");
    match query.split('&').next().unwrap_or_default() {
        "" => name.to_owned(),
        first => format!("{name}?{first}"),
    }
}

/// Octets of a start line that are read for an arrow.
const MAX_START_LINE: usize = 400;
