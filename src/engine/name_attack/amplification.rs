//! Amplification: a question in a victim's name brings the victim an answer that is larger. Source: RFC 5358; RFC 8482 (ANY).

use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use bytes::Bytes;

use super::{
    Amplification, AmplificationResult, AmplificationRow, AmplifierQuestion, Config, Traffic,
    attacker::{AttackScene, address_of},
    error::{AttackError, tell},
    theory::amount,
};
use crate::{
    engine::context::Context,
    lab::NameServer,
    net::Intercept,
    proto::dns::{
        Edns, Message, MessageType, Name, OpCode, Query,
        authority::{AnyPolicy, Authority, Policy, Transport},
        limits,
        text::{name_from_text, type_from_text},
    },
    sim::formula::Formula,
};

/// Whose address the queries bear: a host that never asked anything.
const VICTIM: &str = "www.someschool.edu";

/// Tries it.
pub(super) async fn run(
    amplification: &Amplification,
    config: &Config,
    context: &Context,
    scene: &AttackScene<'_>,
) -> Result<AmplificationResult, AttackError> {
    let victim = address_of(scene.lab, VICTIM)?;
    for (_, server) in scene.lab.naming().servers() {
        server.set_policy(policy(amplification, server.policy()));
    }
    let mut rows = Vec::new();
    for (done, question) in (0..).zip(&amplification.questions) {
        let of = u32::try_from(amplification.questions.len()).unwrap_or(u32::MAX);
        tell(context, done, of, &format!("{} {}", question.kind, question.name));
        rows.push(Reflection::new(question, victim, scene)?.measure(config.trials, context, scene).await?);
    }
    Ok(AmplificationResult { victim: VICTIM.to_owned(), rows })
}

/// The defences, put on top of what a server does anyway.
fn policy(amplification: &Amplification, usual: Policy) -> Policy {
    Policy {
        any: if amplification.minimal_any { AnyPolicy::Minimal } else { usual.any },
        datagram: if amplification.no_edns { UDP_OCTETS } else { usual.datagram },
        largest_factor: if amplification.truncate { Some(LARGEST_FACTOR) } else { usual.largest_factor },
        ..usual
    }
}

/// One question, sent in the victim's name.
struct Reflection<'a> {
    question: &'a AmplifierQuestion,
    query: Bytes,
    server: &'a NameServer,
    server_at: SocketAddr,
    victim: SocketAddr,
}

impl<'a> Reflection<'a> {
    fn new(question: &'a AmplifierQuestion, victim: IpAddr, scene: &AttackScene<'a>) -> Result<Self, AttackError> {
        let bad = || AttackError::NoQuestion { kind: question.kind.clone(), name: question.name.clone() };
        let kind = type_from_text(question.kind.trim()).ok_or_else(bad)?;
        let name = name_from_text(question.name.trim(), &Name::root()).map_err(|_no_name| bad())?;
        let (server_at, server) = scene.server(&question.server)?;
        let mut query = Message::new(0x5151, MessageType::Query, OpCode::Query);
        query.add_query(Query::query(name, kind));
        let mut edns = Edns::new();
        edns.set_max_payload(limits::EDNS_OCTETS).set_version(0);
        query.set_edns(edns);
        let query = query.to_vec().map_err(|_too_long| bad())?.into();
        Ok(Self { question, query, server, server_at, victim: SocketAddr::new(victim, VICTIM_PORT) })
    }

    async fn measure(
        &self,
        times: u32,
        context: &Context,
        scene: &AttackScene<'_>,
    ) -> Result<AmplificationRow, AttackError> {
        let (clock, net) = (context.clock(), scene.lab.net());
        let mut post = net.intercept(self.victim.ip(), Intercept::Copy)?;
        let (mut at_victim, mut truncated) = (Traffic::default(), false);
        let count = async {
            loop {
                let seen = post.recv().await;
                if !seen.leaves && seen.from == self.server_at {
                    at_victim.messages += 1;
                    at_victim.octets += seen.bytes.len() as u64;
                    truncated |= seen.bytes.get(2).is_some_and(|flags| flags & TC != 0);
                }
            }
        };
        let forge = async {
            for _ in 0..times {
                net.send_forged(self.victim, self.server_at, scene.attacker.into(), self.query.clone(), None)?;
                clock.sleep(BETWEEN).await;
            }
            clock.sleep(FLIGHT).await;
            Ok::<(), AttackError>(())
        };
        tokio::select! {
            biased;
            () = count => {}
            done = forge => done?,
        }
        let sent = Traffic { messages: times.into(), octets: u64::from(times) * self.query.len() as u64 };
        let on_wire = |traffic: Traffic| (traffic.octets + traffic.messages * HEADERS) as f64;
        Ok(AmplificationRow {
            question: self.question.clone(),
            sent,
            at_victim,
            factor: at_victim.octets as f64 / sent.octets.max(1) as f64,
            factor_on_wire: on_wire(at_victim) / on_wire(sent).max(1.0),
            theory: self.theory(),
            truncated,
        })
    }

    /// What the server's zones and ways give for such a query, without any network.
    fn theory(&self) -> Formula {
        let mut authority = Authority::new(self.server.zones(), self.server.policy());
        let answered = authority.answer(&self.query, self.victim.ip(), Transport::Udp);
        let (response, query) = (answered.octets.map_or(0, |octets| octets.len()), self.query.len());
        let value = response as f64 / query.max(1) as f64;
        let numbers = format!("{response} / {query} = {}", amount(value));
        Formula::of_number(value, "octets of the response / octets of the query", numbers)
    }
}

/// The port of the victim that the queries bear as their source; it is closed.
const VICTIM_PORT: u16 = 40_053;
/// Octets of a datagram where EDNS counts for nothing (RFC 1035 §4.2.1).
const UDP_OCTETS: u16 = 512;
/// Answers more than so many times as large as their query are cut off, where that is the defence.
const LARGEST_FACTOR: u32 = 3;
/// Octets of the IPv4 and UDP headers of each message.
const HEADERS: u64 = 28;
/// In the third octet of a header (RFC 1035 §4.1.1).
const TC: u8 = 0x02;
/// Time between two queries.
const BETWEEN: Duration = Duration::from_millis(10);
/// Time for the last answer to come.
const FLIGHT: Duration = Duration::from_secs(5);
