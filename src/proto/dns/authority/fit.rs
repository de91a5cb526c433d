//! Truncation: a response that is too long for its transport loses what is not needed first; leaving out what is needed sets TC.
//! Source: RFC 2181 §9, RFC 9471 §3.1 (glue that is needed), RFC 1035 §4.1.1.

use super::{
    Message, Record, ResponseReason,
    respond::{Need, RecordGroup, ResponseDraft},
};

/// The reply as octets, and its reasons. `None` where it cannot be encoded.
pub(super) fn fitted(message: Message, reply: ResponseDraft, limit: usize) -> (Option<Vec<u8>>, Vec<ResponseReason>) {
    fitted_by(message, reply, limit, Message::to_vec)
}

/// The same, encoded by `encode`. Where not everything fits, a binary search finds how many sets to leave out.
fn fitted_by<E>(
    mut message: Message,
    reply: ResponseDraft,
    limit: usize,
    mut encode: impl FnMut(&Message) -> Result<Vec<u8>, E>,
) -> (Option<Vec<u8>>, Vec<ResponseReason>) {
    let ResponseDraft { code, authoritative, answers, authorities, additionals, mut why, .. } = reply;
    message.metadata.response_code = code;
    message.metadata.authoritative = authoritative;
    let sets = SectionSets::new([answers, authorities, additionals]);
    let found = least(sets.all, |left_out| {
        // Where this is more than fits at their smallest, there is no need to try.
        if sets.records_without(left_out) > limit / LEAST_RECORD {
            return Ok(None);
        }
        message.metadata.truncation = left_out > sets.wanted;
        [message.answers, message.authorities, message.additionals] = sets.without(left_out);
        let octets = encode(&message)?;
        // The encoder itself stops at 65,535 octets, and says so in the TC bit.
        let fits = octets.len() <= limit && has_tc(&octets) == message.metadata.truncation;
        Ok::<_, E>(fits.then_some(octets))
    });
    let Ok(Some((left_out, octets))) = found else { return (None, why) };
    if left_out > sets.wanted {
        let text = format!("not all that is needed fits into {limit} octets: TC is set, ask again over TCP");
        why.push(ResponseReason::new(text, "RFC 2181 §9"));
    }
    let unneeded = left_out.min(sets.wanted);
    if unneeded > 0 {
        let text = format!("{unneeded} sets of records that are not needed were left out, to fit into {limit} octets");
        why.push(ResponseReason::new(text, "RFC 2181 §9"));
    }
    (Some(octets), why)
}

/// The sets of the three sections, each with its place in the order of being left out, counted from 1.
struct SectionSets {
    sections: [Vec<(usize, RecordGroup)>; 3],
    /// How many of them are not needed: those go first.
    wanted: usize,
    all: usize,
}

impl SectionSets {
    /// What is not needed goes before what is, and of that the last before the first.
    fn new(sections: [Vec<RecordGroup>; 3]) -> Self {
        let mut sections = sections.map(|groups| groups.into_iter().map(|group| (0, group)).collect::<Vec<_>>());
        let mut give_turns = |need, mut turn| {
            for (of_group, _) in sections.iter_mut().flatten().rev().filter(|(_, group)| group.need == need) {
                turn += 1;
                *of_group = turn;
            }
            turn
        };
        let wanted = give_turns(Need::Wanted, 0);
        let all = give_turns(Need::Required, wanted);
        Self { sections, wanted, all }
    }

    /// The sections' records where so many sets are left out.
    fn without(&self, left_out: usize) -> [Vec<Record>; 3] {
        self.sections.each_ref().map(|groups| {
            let kept = groups.iter().filter(|(turn, _)| *turn > left_out);
            kept.flat_map(|(_, group)| group.records.iter().cloned()).collect()
        })
    }

    /// How many records that are.
    fn records_without(&self, left_out: usize) -> usize {
        let kept = self.sections.iter().flatten().filter(|(turn, _)| *turn > left_out);
        kept.map(|(_, group)| group.records.len()).sum()
    }
}

/// The least number up to `most` that `attempt` makes something of, and what that is. Where it does of one, it has to of all larger
/// ones.
fn least<T, E>(most: usize, mut attempt: impl FnMut(usize) -> Result<Option<T>, E>) -> Result<Option<(usize, T)>, E> {
    if let Some(made) = attempt(0)? {
        return Ok(Some((0, made)));
    }
    let (mut too_few, mut enough) = (0, most);
    let Some(mut made) = attempt(most)? else { return Ok(None) };
    while enough - too_few > 1 {
        let middle = usize::midpoint(too_few, enough);
        match attempt(middle)? {
            Some(better) => (enough, made) = (middle, better),
            None => too_few = middle,
        }
    }
    Ok(Some((enough, made)))
}

fn has_tc(octets: &[u8]) -> bool {
    octets.get(2).is_some_and(|flags| flags & 0x02 != 0)
}

/// Octets of the smallest record: the root's name, type, class, TTL and a length of nothing (RFC 1035 §4.1.3).
const LEAST_RECORD: usize = 11;

#[cfg(test)]
mod a_reply_made_to_fit {
    use std::collections::BTreeMap;

    use super::{
        super::{Name, OpCode, Policy, Query, RecordType, Zone, respond::ZoneSearch},
        *,
    };
    use crate::proto::dns::text::name_from_text;

    fn name(text: &str) -> Name {
        name_from_text(text, &Name::root()).unwrap()
    }

    /// The reply to a question for MX records, of which there are so many, each with addresses; or for a name below a cut.
    fn reply(servers: usize, owner: &str) -> (Message, ResponseDraft) {
        let mut text = "$TTL 60\n@ SOA ns h 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n".to_owned();
        for n in 0..servers {
            text.push_str(&format!("@ MX {n} mail{n}\nmail{n} A 192.0.2.2\nmail{n} AAAA 2001:db8::2\n"));
            text.push_str(&format!("few MX {n} mail{}\n", n % 3));
        }
        for n in 0..servers.min(15) {
            text.push_str(&format!("cut NS ns{n}.cut\nns{n}.cut A 192.0.2.3\ncut NS mail{n}\n"));
        }
        let zone = Zone::read(&text, &name("example.")).unwrap();
        let zones = BTreeMap::from([(zone.origin().clone(), zone)]);
        let (policy, mut turns) = (Policy::default(), BTreeMap::new());
        let search = ZoneSearch::new(&zones, &policy, [192, 0, 2, 9].into(), &mut turns);
        let mut message = Message::response(7, OpCode::Query);
        message.add_query(Query::query(name(owner), RecordType::MX));
        (message, search.run(&name(owner), RecordType::MX))
    }

    /// One set after the other left out, until the rest fits.
    fn one_by_one((mut message, mut reply): (Message, ResponseDraft), limit: usize) -> Vec<u8> {
        message.metadata.response_code = reply.code;
        message.metadata.authoritative = reply.authoritative;
        let records =
            |groups: &[RecordGroup]| groups.iter().flat_map(|group| group.records.clone()).collect::<Vec<_>>();
        loop {
            message.answers = records(&reply.answers);
            message.authorities = records(&reply.authorities);
            message.additionals = records(&reply.additionals);
            let octets = message.to_vec().unwrap();
            if octets.len() <= limit {
                return octets;
            }
            let unneeded = [&mut reply.additionals, &mut reply.authorities].into_iter().any(|groups| {
                let last = groups.iter().rposition(|group| group.need == Need::Wanted);
                last.map(|at| groups.remove(at)).is_some()
            });
            if !unneeded {
                message.metadata.truncation = true;
                let mut sections = [&mut reply.additionals, &mut reply.authorities, &mut reply.answers].into_iter();
                assert!(sections.any(|groups| groups.pop().is_some()));
            }
        }
    }

    #[test]
    fn keeps_what_one_by_one_would_be_kept() {
        for owner in ["example.", "few.example.", "x.cut.example.", "none.example."] {
            for limit in (300..2_600).step_by(61) {
                let (message, reply_given) = reply(15, owner);
                let (octets, _) = fitted(message, reply_given, limit);
                assert_eq!(octets, Some(one_by_one(reply(15, owner), limit)), "{owner} in {limit}");
            }
        }
    }

    #[test]
    fn says_what_was_left_out() {
        let (message, whole) = reply(15, "few.example.");
        let (octets, why) = fitted(message, whole, 400);
        assert!(octets.is_some_and(|octets| !has_tc(&octets)));
        assert!(why.iter().any(|why| why.text.contains("that are not needed were left out")));
        assert!(why.iter().all(|why| !why.text.contains("TC is set")));
        let (message, whole) = reply(15, "few.example.");
        let (octets, why) = fitted(message, whole, 100);
        assert!(octets.is_some_and(|octets| has_tc(&octets) && octets.len() <= 100));
        assert!(why.iter().any(|why| why.text.contains("TC is set")));
    }

    #[test]
    fn is_not_encoded_once_for_each_of_its_sets() {
        for limit in [512, 1_232, 20_000] {
            let (message, whole) = reply(500, "example.");
            assert_eq!(whole.additionals.len(), 1_001);
            let mut encodings = 0;
            let (octets, _) = fitted_by(message, whole, limit, |message| {
                encodings += 1;
                message.to_vec()
            });
            assert!(octets.is_some_and(|octets| octets.len() <= limit));
            assert!(encodings <= 12, "{encodings} encodings into {limit}");
        }
    }

    #[test]
    fn is_none_where_not_even_the_question_fits() {
        let (message, whole) = reply(1, "example.");
        assert_eq!(fitted(message, whole, 12).0, None);
    }
}
