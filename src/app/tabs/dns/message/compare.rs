//! A reply beside what was sent: is it the reply to that? RFC 5452 §9.1 says what an asker has to compare.

use crate::lens::dns::{Header, Reading, opcode_name};

/// One thing that was compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ComparisonRow {
    pub(super) verdict: ComparisonResult,
    pub(super) words: String,
}

/// What came of comparing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ComparisonResult {
    /// As it has to be.
    Same,
    /// Allowed to differ, and worth knowing.
    Noted,
    /// An asker has to throw the reply away.
    Differs,
}

/// Compares the two.
pub(super) fn compared(sent: &Reading, came: &Reading) -> Vec<ComparisonRow> {
    let Some(reply) = came.header else {
        return vec![ComparisonRow::new(ComparisonResult::Differs, "it is too short for a header (RFC 1035 §4.1.1)")];
    };
    let mut all = vec![kind(reply)];
    if let Some(query) = sent.header {
        all.push(id(query, reply));
        all.extend(opcode(query, reply));
        all.push(question(sent, came));
    } else {
        all.push(ComparisonRow::new(ComparisonResult::Noted, "what was sent had no header to compare it with"));
    }
    all
}

impl ComparisonRow {
    fn new(verdict: ComparisonResult, words: impl Into<String>) -> Self {
        Self { verdict, words: words.into() }
    }
}

fn kind(reply: Header) -> ComparisonRow {
    if reply.is_response() {
        ComparisonRow::new(ComparisonResult::Same, "QR = 1: a reply")
    } else {
        ComparisonRow::new(ComparisonResult::Differs, "QR = 0: this is no reply")
    }
}

fn id(query: Header, reply: Header) -> ComparisonRow {
    if query.id == reply.id {
        ComparisonRow::new(ComparisonResult::Same, format!("the same id, {:#06x}", reply.id))
    } else {
        ComparisonRow::new(
            ComparisonResult::Differs,
            format!("another id: {:#06x}, sent was {:#06x}", reply.id, query.id),
        )
    }
}

fn opcode(query: Header, reply: Header) -> Option<ComparisonRow> {
    let (sent, came) = (query.opcode(), reply.opcode());
    let words = || format!("another opcode: {}, sent was {}", opcode_name(came), opcode_name(sent));
    (sent != came).then(|| ComparisonRow::new(ComparisonResult::Differs, words()))
}

fn question(sent: &Reading, came: &Reading) -> ComparisonRow {
    let (asked, repeated): (Vec<_>, Vec<_>) = (
        sent.questions.iter().map(|line| &line.text).collect(),
        came.questions.iter().map(|line| &line.text).collect(),
    );
    let same_letters = || {
        let pairs = asked.iter().zip(&repeated);
        asked.len() == repeated.len() && pairs.into_iter().all(|(one, other)| one.eq_ignore_ascii_case(other))
    };
    match (asked.as_slice(), repeated.as_slice()) {
        ([], []) => ComparisonRow::new(ComparisonResult::Same, "no question either way"),
        (_, []) => ComparisonRow::new(
            ComparisonResult::Noted,
            "the question is not repeated, as servers do that could not read it",
        ),
        _ if asked == repeated => ComparisonRow::new(ComparisonResult::Same, "the same question, letter by letter"),
        _ if same_letters() => ComparisonRow::new(
            ComparisonResult::Noted,
            "the same question, in other upper and lower case: fit for no 0x20 check",
        ),
        _ => ComparisonRow::new(ComparisonResult::Differs, "another question"),
    }
}

#[cfg(test)]
mod a_reply {
    use super::*;
    use crate::proto::dns::draft::{Flags, MessageDraft};

    fn reading(change: impl FnOnce(&mut MessageDraft)) -> Reading {
        let mut draft = MessageDraft { id: Some(7), ..MessageDraft::default() };
        change(&mut draft);
        Reading::of(&draft.octets(0).unwrap())
    }

    fn reply(change: impl FnOnce(&mut MessageDraft)) -> Vec<ComparisonResult> {
        let came = reading(|draft| {
            draft.flags = Flags { qr: true, ..draft.flags };
            change(draft);
        });
        compared(&reading(|_| {}), &came).into_iter().map(|compared| compared.verdict).collect()
    }

    #[test]
    fn is_the_reply_where_id_and_question_say_so() {
        use ComparisonResult::{Differs, Noted, Same};
        assert_eq!(reply(|_| {}), [Same, Same, Same]);
        assert_eq!(reply(|draft| draft.flags.qr = false), [Differs, Same, Same]);
        assert_eq!(reply(|draft| draft.id = Some(8)), [Same, Differs, Same]);
        assert_eq!(reply(|draft| draft.opcode = 2), [Same, Same, Differs, Same]);
        assert_eq!(reply(|draft| draft.name.make_ascii_uppercase()), [Same, Same, Noted]);
        assert_eq!(reply(|draft| draft.name = "b".to_owned()), [Same, Same, Differs]);
    }

    #[test]
    fn too_short_is_none() {
        let all = compared(&reading(|_| {}), &Reading::of(&[0, 7]));
        assert!(matches!(all.as_slice(), [one] if one.verdict == ComparisonResult::Differs), "{all:?}");
    }
}
