//! A reply made to fit the way it travels: what is not needed is left out first, what is needed sets TC when it is.
//! Source: RFC 2181 §9, RFC 9471 §3.1 (glue that is needed), RFC 1035 §4.1.1.

use super::{
    Message, Why,
    respond::{Group, Need, Reply},
};

/// The reply as octets, and its reasons. `None` where it cannot be encoded.
pub(super) fn fitted(mut message: Message, mut reply: Reply, limit: usize) -> (Option<Vec<u8>>, Vec<Why>) {
    message.metadata.response_code = reply.code;
    message.metadata.authoritative = reply.authoritative;
    let mut left_out = 0_usize;
    loop {
        message.answers = records(&reply.answers);
        message.authorities = records(&reply.authorities);
        message.additionals = records(&reply.additionals);
        let octets = match message.to_vec() {
            // The encoder itself stops at 65,535 octets, and says so in the TC bit.
            Ok(octets) if octets.len() <= limit && has_tc(&octets) == message.metadata.truncation => octets,
            Ok(_) if drop_wanted(&mut reply) => {
                left_out += 1;
                continue;
            }
            Ok(_) if drop_required(&mut reply) => {
                if !message.metadata.truncation {
                    message.metadata.truncation = true;
                    let text =
                        format!("not all that is needed fits into {limit} octets: TC is set, ask again over TCP");
                    reply.why.push(Why::new(text, "RFC 2181 §9"));
                }
                continue;
            }
            Ok(_) | Err(_) => return (None, reply.why),
        };
        if left_out > 0 {
            let text =
                format!("{left_out} sets of records that are not needed were left out, to fit into {limit} octets");
            reply.why.push(Why::new(text, "RFC 2181 §9"));
        }
        return (Some(octets), reply.why);
    }
}

fn records(groups: &[Group]) -> Vec<super::Record> {
    groups.iter().flat_map(|group| group.records.iter().cloned()).collect()
}

fn has_tc(octets: &[u8]) -> bool {
    octets.get(2).is_some_and(|flags| flags & 0x02 != 0)
}

/// Leaves out the last set that is not needed.
fn drop_wanted(reply: &mut Reply) -> bool {
    [&mut reply.additionals, &mut reply.authorities].into_iter().any(|groups| {
        let last = groups.iter().rposition(|group| group.need == Need::Wanted);
        last.map(|at| groups.remove(at)).is_some()
    })
}

/// Leaves out the last set.
fn drop_required(reply: &mut Reply) -> bool {
    [&mut reply.additionals, &mut reply.authorities, &mut reply.answers]
        .into_iter()
        .any(|groups| groups.pop().is_some())
}
