//! Octets that were sent, as a draft to go on from.

use super::{EdnsDraft, Flags, MessageDraft, write_hex};
use crate::proto::dns::{
    DNSClass, RecordType,
    text::{class_name, type_name},
};

impl MessageDraft {
    /// The draft that writes exactly these octets: part by part where its parts can say all of them, otherwise as they are.
    pub fn of_octets(octets: &[u8]) -> Self {
        let by_parts = parts(octets).filter(|draft| draft.octets(0).is_ok_and(|written| written == octets));
        by_parts.unwrap_or_else(|| Self { raw: Some(write_hex(octets)), ..Self::default() })
    }
}

/// What the parts would be; whether they say everything is not looked at.
fn parts(octets: &[u8]) -> Option<MessageDraft> {
    let mut rest = octets;
    let [id, bits, _questions, _answers, _authority, additional] = numbers(&mut rest)?;
    let bit = |place: u16| bits >> place & 1 == 1;
    let four = |place: u16| u8::try_from(bits >> place & 0xf).ok();
    let name = name(&mut rest)?;
    let [kind, class] = numbers(&mut rest)?;
    let edns = if additional == 0 { None } else { Some(edns(rest)?) };
    Some(MessageDraft {
        id: Some(id),
        opcode: four(11)?,
        flags: Flags {
            qr: bit(15),
            aa: bit(10),
            tc: bit(9),
            rd: bit(8),
            ra: bit(7),
            z: bit(6),
            ad: bit(5),
            cd: bit(4),
        },
        rcode: four(0)?,
        name,
        kind: type_name(RecordType::from(kind)),
        class: class_name(DNSClass::from(class)),
        edns,
        raw: None,
    })
}

/// As many numbers of two octets.
fn numbers<const COUNT: usize>(rest: &mut &[u8]) -> Option<[u16; COUNT]> {
    let mut numbers = [0; COUNT];
    for number in &mut numbers {
        let (two, after) = rest.split_first_chunk::<2>()?;
        (*number, *rest) = (u16::from_be_bytes(*two), after);
    }
    Some(numbers)
}

/// A name without compression, as [`MessageDraft::name`] has it.
fn name(rest: &mut &[u8]) -> Option<String> {
    let mut typed = String::new();
    loop {
        let (length, after) = rest.split_first()?;
        let (label, after) = after.split_at_checked(usize::from(*length))?;
        *rest = after;
        if label.is_empty() {
            return Some(if typed.is_empty() { ".".to_owned() } else { typed });
        }
        if !typed.is_empty() {
            typed.push('.');
        }
        for octet in label {
            match octet {
                b'.' | b'\\' => typed.extend(['\\', char::from(*octet)]),
                b'!'..=b'~' => typed.push(char::from(*octet)),
                other => typed.push_str(&format!("\\{other:03}")),
            }
        }
    }
}

/// What the OPT record at the beginning says.
fn edns(mut rest: &[u8]) -> Option<EdnsDraft> {
    let (_root, after) = rest.split_first()?;
    rest = after;
    let [_type, payload, version, flags] = numbers(&mut rest)?;
    Some(EdnsDraft { payload, version: u8::try_from(version).ok()?, dnssec: flags >> 15 == 1 })
}

#[cfg(test)]
mod octets_that_were_sent {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn become_the_draft_that_wrote_them() {
        let flags = Flags { rd: true, cd: true, ..Flags::default() };
        let edns = Some(EdnsDraft { payload: 4_096, version: 1, dnssec: true });
        let draft = MessageDraft {
            id: Some(0x7c1e),
            opcode: 2,
            flags,
            rcode: 3,
            name: "Gaia.a\\.b\\032c.edu".to_owned(),
            kind: "TYPE65400".to_owned(),
            class: "CLASS77".to_owned(),
            edns,
            raw: None,
        };
        assert_eq!(MessageDraft::of_octets(&draft.octets(0).unwrap()), draft);
        let root =
            MessageDraft { id: Some(1), name: ".".to_owned(), kind: "ANY".to_owned(), ..MessageDraft::default() };
        assert_eq!(MessageDraft::of_octets(&root.octets(0).unwrap()), root);
    }

    #[test]
    fn stay_octets_where_no_draft_has_parts_for_them() {
        let whole = MessageDraft::default().octets(7).unwrap();
        let mut two_questions = whole.clone();
        two_questions[5] = 2;
        let cut = whole[..20].to_vec();
        let more = [&whole[..], &[0]].concat();
        for octets in [two_questions, cut, more, vec![], vec![0xc0; 40]] {
            let draft = MessageDraft::of_octets(&octets);
            assert!(draft.raw.is_some(), "{octets:02x?}");
            assert_eq!(draft.octets(0), Ok(octets));
        }
    }

    proptest! {
        #[test]
        fn are_always_written_again_as_they_were(octets in proptest::collection::vec(any::<u8>(), 0..80)) {
            prop_assert_eq!(MessageDraft::of_octets(&octets).octets(0), Ok(octets));
        }

        #[test]
        fn are_read_as_parts_where_they_came_from_parts(
            name in "([ -~]{1,8}\\.){1,4}",
            (id, kind, class) in any::<(u16, u16, u16)>(),
            bits in any::<[bool; 8]>(),
            edns in proptest::option::of(any::<(u16, u8, bool)>()),
        ) {
            let [qr, aa, tc, rd, ra, z, ad, cd] = bits;
            let draft = MessageDraft {
                id: Some(id),
                flags: Flags { qr, aa, tc, rd, ra, z, ad, cd },
                name,
                kind: format!("TYPE{kind}"),
                class: format!("CLASS{class}"),
                edns: edns.map(|(payload, version, dnssec)| EdnsDraft { payload, version, dnssec }),
                ..MessageDraft::default()
            };
            if let Ok(octets) = draft.octets(0) {
                let read = MessageDraft::of_octets(&octets);
                prop_assert_eq!(read.octets(9), Ok(octets));
                prop_assert_eq!((read.raw, read.edns, read.flags), (None, draft.edns, draft.flags));
            }
        }
    }
}
