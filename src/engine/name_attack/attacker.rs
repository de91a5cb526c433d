//! The attacker's host, and the messages it forges. They exist in the lab's memory alone.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use bytes::Bytes;
use rand::{RngExt as _, rngs::StdRng};

use super::error::AttackError;
use crate::{
    engine::name_lab::LabClient,
    lab::{Lab, NameServer},
    net::{LabDatagrams, Network},
    proto::dns::{Message, MessageType, Name, OpCode, Query, RData, Record, RecordType, text::name_from_text},
};

/// The host of the lab that attacks.
pub(super) const ATTACKER: &str = "attacker.lab";

/// What the local name server is called where there is none.
const LOCAL: &str = "local name server";

/// Who attacks whom.
pub(super) struct AttackScene<'a> {
    pub(super) lab: &'a Lab,
    /// The attacker's address.
    pub(super) attacker: Ipv4Addr,
    /// The local name server, whose cache is attacked.
    pub(super) local: &'a NameServer,
    /// Where it is.
    pub(super) local_at: SocketAddr,
}

impl<'a> AttackScene<'a> {
    /// In this lab.
    pub(super) fn new(lab: &'a Lab) -> Result<Self, AttackError> {
        let IpAddr::V4(attacker) = address_of(lab, ATTACKER)? else {
            return Err(AttackError::NoHost { host: ATTACKER.to_owned() });
        };
        let local = lab.naming().local();
        let (local_at, local) = local.ok_or_else(|| AttackError::NoHost { host: LOCAL.to_owned() })?;
        Ok(Self { lab, attacker, local, local_at })
    }

    /// One of the lab's name servers, and where it is.
    pub(super) fn server(&self, name: &str) -> Result<(SocketAddr, &'a NameServer), AttackError> {
        let found = self.lab.naming().server(name).map(|(at, server)| (at, &**server));
        found.ok_or_else(|| AttackError::NoHost { host: name.to_owned() })
    }

    /// A student's program.
    pub(super) fn client(&self) -> Result<LabClient, AttackError> {
        LabClient::new(self.lab).ok_or_else(|| AttackError::NoHost { host: LOCAL.to_owned() })
    }

    /// The network as the attacker's programs see it.
    pub(super) fn network(&self) -> Network {
        self.lab.network().as_host(self.attacker.into(), ATTACKER)
    }
}

/// Where a host is.
pub(super) fn address_of(lab: &Lab, host: &str) -> Result<IpAddr, AttackError> {
    let hosts = lab.hosts();
    let found = hosts.iter().find(|known| known.names.iter().any(|name| name == host));
    found.map(|host| host.ip).ok_or_else(|| AttackError::NoHost { host: host.to_owned() })
}

/// A name of the lab, which this program knows to be one.
pub(super) fn name(text: &str) -> Name {
    name_from_text(text, &Name::root()).unwrap_or_default()
}

/// A forged answer, but for what has to be guessed.
pub(super) struct Forgery {
    octets: Vec<u8>,
    /// Where the letters of the question's name are.
    letters: Vec<usize>,
}

impl Forgery {
    /// To a question for the address of `name`: it is `address`, and so is that of `server`, which serves `zone`.
    pub(super) fn new(name: &Name, address: Ipv4Addr, serving: Option<(&Name, &Name)>) -> Self {
        let mut message = Message::new(0, MessageType::Response, OpCode::Query);
        message.metadata.authoritative = true;
        message.add_query(Query::query(name.clone(), RecordType::A));
        let record = |owner: &Name, data| Record::from_rdata(owner.clone(), FORGED_TTL, data);
        let located = |owner: &Name| record(owner, RData::A(address.into()));
        message.answers = vec![located(name)];
        if let Some((zone, server)) = serving {
            message.authorities = vec![record(zone, RData::NS(hickory_proto::rr::rdata::NS(server.clone())))];
            message.additionals = vec![located(server)];
        }
        // Names that were parsed can be written.
        Self { octets: message.to_vec().unwrap_or_default(), letters: letters(name) }
    }

    /// Letters of the name, each upper or lower case.
    pub(super) fn letters(&self) -> u32 {
        u32::try_from(self.letters.len()).unwrap_or(u32::MAX)
    }

    /// Octets of it.
    pub(super) fn len(&self) -> usize {
        self.octets.len()
    }

    /// With this id; with `case` the case of each letter is chosen at random.
    pub(super) fn guess(&self, id: u16, case: Option<&mut StdRng>) -> Bytes {
        let mut octets = self.octets.clone();
        for (place, octet) in octets.iter_mut().zip(id.to_be_bytes()) {
            *place = octet;
        }
        if let Some(draws) = case {
            let turned = self.letters.iter().filter(|_| draws.random());
            for letter in turned.copied().collect::<Vec<_>>() {
                octets.get_mut(letter).into_iter().for_each(|octet| *octet ^= OTHER_CASE);
            }
        }
        octets.into()
    }

    /// With the id of a query that was seen, and its name as that was written.
    pub(super) fn fit(&self, query: &[u8]) -> Bytes {
        let mut octets = self.octets.clone();
        let same = (0..2).chain(self.letters.iter().copied());
        for place in same {
            if let (Some(to), Some(from)) = (octets.get_mut(place), query.get(place)) {
                *to = *from;
            }
        }
        octets.into()
    }
}

/// Where the letters of a name are in a message that begins with it (RFC 1035 §4.1.2).
fn letters(name: &Name) -> Vec<usize> {
    let mut letters = Vec::new();
    let mut at = HEADER;
    for label in name {
        let places = label.iter().zip(at + 1..);
        letters.extend(places.filter(|(octet, _)| octet.is_ascii_alphabetic()).map(|(_, place)| place));
        at += 1 + label.len();
    }
    letters
}

/// The TTL of forged records, in seconds.
pub(super) const FORGED_TTL: u32 = 86_400;
/// Octets of a header.
const HEADER: usize = 12;
/// What tells an upper-case letter from a lower-case one.
const OTHER_CASE: u8 = 0x20;

/// A name server that answers every question with the attacker's address. It ends when it is dropped.
pub(super) struct FalseServer(tokio::task::JoinHandle<()>);

impl FalseServer {
    /// At the attacker's port 53.
    pub(super) fn start(scene: &AttackScene<'_>) -> Result<Self, AttackError> {
        let address = scene.attacker;
        let socket = scene.lab.net().bind_datagrams(SocketAddr::new(address.into(), 53))?;
        Ok(Self(tokio::spawn(async move { serve(&socket, address).await })))
    }
}

impl Drop for FalseServer {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn serve(socket: &LabDatagrams, address: Ipv4Addr) {
    loop {
        let Ok(asked) = socket.recv().await else { continue };
        let Ok(query) = Message::from_vec(&asked.bytes) else { continue };
        let Some(question) = query.queries.first() else { continue };
        let answer = Forgery::new(question.name(), address, None).fit(&asked.bytes);
        // A datagram that is too long to be sent is an answer that got lost.
        socket.answer(&asked, answer).ok();
    }
}

#[cfg(test)]
mod a_forgery {
    use rand::SeedableRng as _;

    use super::*;

    #[test]
    fn repeats_what_it_has_seen_and_draws_what_it_has_not() {
        let asked = name("17.SomeSite.com.");
        let forgery = Forgery::new(&name("17.somesite.com."), Ipv4Addr::LOCALHOST, None);
        assert_eq!(forgery.letters(), 11);
        let mut query = Message::new(0xBEEF, MessageType::Query, OpCode::Query);
        query.add_query(Query::query(asked.clone(), RecordType::A));
        let fitting = Message::from_vec(&forgery.fit(&query.to_vec().unwrap())).unwrap();
        assert_eq!(fitting.metadata.id, 0xBEEF);
        assert!(fitting.queries[0].name().eq_case(&asked) && fitting.answers[0].name == asked);
        let mut draws = StdRng::seed_from_u64(1);
        let mut forms = std::collections::BTreeSet::new();
        for _ in 0..100 {
            let guess = Message::from_vec(&forgery.guess(7, Some(&mut draws))).unwrap();
            assert_eq!((guess.metadata.id, &guess.queries[0].name), (7, &asked));
            forms.insert(guess.queries[0].name().to_utf8());
        }
        assert!(forms.len() > 90, "{}", forms.len());
    }
}
