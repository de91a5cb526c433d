//! Who takes part: askers and servers, each once, with what they are to the tree; and which search brought each of them in.

use std::collections::HashMap;

use crate::proto::dns::trace::{Purpose, QueryTransport, ResolutionStep, StepOutcome};

/// An asker or a server.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::app::tabs::dns::resolve) struct Participant {
    /// The name steps have for it.
    pub(in crate::app::tabs::dns::resolve) name: String,
    /// The zone it was asked for first; empty for who was asked for none.
    pub(in crate::app::tabs::dns::resolve) zone: String,
    /// Where it was asked.
    pub(in crate::app::tabs::dns::resolve) address: Option<String>,
    /// Its level in the tree.
    pub(in crate::app::tabs::dns::resolve) level: TreeLevel,
    /// Which search brought it in, by place in [`Participants::searches`].
    pub(in crate::app::tabs::dns::resolve) search: usize,
    /// Places of the steps in which its own cache answered it.
    pub(in crate::app::tabs::dns::resolve) known: Vec<usize>,
    /// How many questions it asked of name servers of zones.
    asked: usize,
}

/// Where a participant stands in the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::app::tabs::dns::resolve) enum TreeLevel {
    /// Asks, and is never asked.
    You,
    /// Asked by others as their name server.
    Local,
    /// A name server of the root.
    Root,
    /// A name server of a top-level domain.
    Tld,
    /// A name server of a zone so many labels deep.
    Zone(u8),
}

/// A search: the one for the answer, or one it led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::app::tabs::dns::resolve) struct SubResolution {
    /// What for, in a few words; empty for the first.
    pub(in crate::app::tabs::dns::resolve) words: String,
}

/// Everybody, and the searches.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::app::tabs::dns::resolve) struct Participants {
    pub(in crate::app::tabs::dns::resolve) all: Vec<Participant>,
    pub(in crate::app::tabs::dns::resolve) searches: Vec<SubResolution>,
    /// For each step: the place of the client and the place of the server.
    pub(in crate::app::tabs::dns::resolve) ends: Vec<(usize, usize)>,
    /// Of each step: its search.
    pub(in crate::app::tabs::dns::resolve) search_of: Vec<usize>,
}

impl Participants {
    pub(in crate::app::tabs::dns::resolve) fn of(steps: &[ResolutionStep]) -> Self {
        let mut people = Self { searches: vec![SubResolution { words: String::new() }], ..Self::default() };
        people.find_searches(steps);
        let mut places = HashMap::new();
        for (place, step) in steps.iter().enumerate() {
            let search = people.search_of.get(place).copied().unwrap_or_default();
            let asker = people.person(&mut places, &step.asker, search);
            let server = people.person(&mut places, &step.server, search);
            people.ends.push((asker, server));
            if let Some(asker) = people.all.get_mut(asker) {
                asker.asked += usize::from(!step.zone.is_empty());
                if step.over == QueryTransport::Cache {
                    asker.known.push(place);
                }
            }
            if let Some(server) = people.all.get_mut(server).filter(|_| step.over != QueryTransport::Cache) {
                server.is_asked(step);
            }
        }
        people
    }

    /// The resolver: the local name server, or the host that resolves iteratively by itself.
    pub(super) fn hub(&self) -> Option<usize> {
        let asks = |(place, person): &(usize, &Participant)| (person.asked, usize::MAX - place);
        let walker = self.all.iter().enumerate().max_by_key(asks).filter(|(_, person)| person.asked > 0);
        let local = || self.all.iter().enumerate().find(|(_, person)| person.level == TreeLevel::Local);
        walker.or_else(local).map(|(place, _)| place).or(if self.all.is_empty() { None } else { Some(0) })
    }

    fn person(&mut self, places: &mut HashMap<String, usize>, name: &str, search: usize) -> usize {
        let key = name.trim_end_matches('.').to_ascii_lowercase();
        *places.entry(key).or_insert_with(|| {
            self.all.push(Participant {
                name: name.trim_end_matches('.').to_owned(),
                zone: String::new(),
                address: None,
                level: TreeLevel::You,
                search,
                known: Vec::new(),
                asked: 0,
            });
            self.all.len() - 1
        })
    }

    /// Which search each step belongs to: an alias begins one, and so does a name server without an address.
    fn find_searches(&mut self, steps: &[ResolutionStep]) {
        let mut by_words: HashMap<String, usize> = HashMap::new();
        let mut by_number: HashMap<u32, usize> = HashMap::new();
        for (place, step) in steps.iter().enumerate() {
            let cause = step.parent.and_then(|parent| by_number.get(&parent).copied());
            let outcome = cause.and_then(|cause| steps.get(cause)).map(|cause| cause.outcome);
            let words = match &step.purpose {
                Purpose::ServerAddress { server } => Some(format!("to find {}", server.trim_end_matches('.'))),
                Purpose::Priming => Some("to learn of the root".to_owned()),
                Purpose::Answer if outcome == Some(StepOutcome::Alias) => {
                    Some(format!("alias of {}", step.question.name.trim_end_matches('.')))
                }
                Purpose::Answer => None,
            };
            let search = match words {
                Some(words) => *by_words.entry(words).or_insert_with_key(|words| {
                    self.searches.push(SubResolution { words: words.clone() });
                    self.searches.len() - 1
                }),
                None => cause.and_then(|cause| self.search_of.get(cause)).copied().unwrap_or_default(),
            };
            self.search_of.push(search);
            by_number.insert(step.number, place);
        }
    }
}

impl Participant {
    fn is_asked(&mut self, step: &ResolutionStep) {
        if self.address.is_none() {
            self.address = step.ip_port.map(|ip_port| ip_port.ip().to_string());
        }
        if self.zone.is_empty() && !step.zone.is_empty() {
            self.zone.clone_from(&step.zone);
        }
        self.level = self.level.max(level_of(&step.zone));
        if !self.zone.is_empty() {
            self.level = level_of(&self.zone);
        }
    }
}

fn level_of(zone: &str) -> TreeLevel {
    match zone.trim_end_matches('.') {
        _ if zone.is_empty() => TreeLevel::Local,
        "" => TreeLevel::Root,
        zone => match zone.split('.').count() {
            1 => TreeLevel::Tld,
            deep => TreeLevel::Zone(u8::try_from(deep).unwrap_or(u8::MAX)),
        },
    }
}

#[cfg(test)]
mod those_who_take_part {
    use super::{Participants, TreeLevel};
    use crate::app::tabs::dns::resolve::fixtures;

    #[test]
    fn are_there_once_each_at_their_level() {
        let people = Participants::of(&fixtures::gaia());
        let levels: Vec<_> = people.all.iter().map(|person| (person.name.as_str(), person.level)).collect();
        let expected = [
            ("cis.poly.edu", TreeLevel::You),
            ("dns.poly.edu", TreeLevel::Local),
            ("a.root-servers.net", TreeLevel::Root),
            ("a.edu-servers.net", TreeLevel::Tld),
            ("dns1.umass.edu", TreeLevel::Zone(2)),
        ];
        assert_eq!(levels, expected);
        assert_eq!(people.hub(), Some(1));
        assert!(people.all.iter().all(|person| person.search == 0));
    }

    #[test]
    fn of_searches_for_other_names_are_told_apart() {
        let people = Participants::of(&fixtures::troubled());
        let words: Vec<_> = people.searches.iter().map(|search| search.words.as_str()).collect();
        assert_eq!(words, ["", "alias of web.hosting.example", "to find ns1.hosting.net"]);
        let of = |name: &str| people.all.iter().find(|person| person.name == name).unwrap().search;
        assert_eq!((of("a.edu-servers.net"), of("a.gtld-servers.net")), (0, 2));
    }
}
