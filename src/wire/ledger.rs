//! The sum of all entries: what views and exports read.

use std::time::Duration;

use super::{Entry, EventIndex, Flow, FlowId, FlowState, Transit, WireEvent};

/// All flows of a record. Applying the entries of a run, live or loaded, in order gives the same ledger.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    flows: Vec<Flow>,
    /// Beside each flow, what only the ledger needs of it.
    backs: Vec<FlowIndex>,
    roots: Vec<u32>,
    ends_at: Duration,
    events: usize,
    revision: u64,
}

impl Ledger {
    /// Applies one entry. Entries about unknown flows and a second end of a flow are ignored: the first end counts.
    pub fn apply(&mut self, entry: Entry) {
        self.revision += 1;
        match entry {
            Entry::Opened { id, parent, kind, title, ends, at } => {
                self.open(Flow::opened(id, parent, kind, title, ends, at));
            }
            Entry::EndsKnown { id, ends } => {
                if let Some(flow) = self.flow_mut(id) {
                    flow.ends = ends;
                }
            }
            Entry::Event { id, event } => self.event(id, event),
            Entry::Carried { id, index, transit } => self.carried(id, index, transit),
            Entry::Unseen { id, from, layer, octets } => {
                if let Some(flow) = self.flow_mut(id) {
                    flow.count(from, layer, octets);
                }
            }
            Entry::Noted { id, note } => {
                let at = note.at;
                if let Some(flow) = self.flow_mut(id) {
                    let place = flow.notes.partition_point(|earlier| earlier.at <= at);
                    flow.notes.insert(place, note);
                    self.reached(at);
                }
            }
            Entry::Ended { id, at, state } => {
                let live = self.flow_mut(id).filter(|flow| flow.state == FlowState::Live);
                if let Some(flow) = live.filter(|_| state != FlowState::Live) {
                    flow.state = state;
                    flow.ended_at = Some(at);
                    self.reached(at);
                }
            }
        }
    }

    /// All flows, in the order they opened.
    pub fn flows(&self) -> &[Flow] {
        &self.flows
    }

    /// One flow. Takes time logarithmic in the number of flows.
    pub fn flow(&self, id: FlowId) -> Option<&Flow> {
        self.position(id).and_then(|at| self.flows.get(at))
    }

    /// The flows whose parent is `id`, in the order they opened. Only they are visited, however many flows there are.
    pub fn children(&self, id: FlowId) -> impl DoubleEndedIterator<Item = &Flow> {
        let back = self.position(id).and_then(|at| self.backs.get(at));
        self.at(back.map_or(&[], |back| back.children.as_slice()))
    }

    /// The flows that serve no other, in the order they opened.
    pub fn roots(&self) -> impl DoubleEndedIterator<Item = &Flow> {
        self.at(&self.roots)
    }

    /// Entries that add up to this ledger: fewer, and in another order, than those it was made of, with the same sum.
    pub fn entries(&self) -> impl Iterator<Item = Entry> {
        self.flows.iter().flat_map(Flow::entries)
    }

    /// The latest moment anything happened.
    pub fn ends_at(&self) -> Duration {
        self.ends_at
    }

    /// How many events all flows hold.
    pub fn event_count(&self) -> usize {
        self.events
    }

    /// How many entries have been applied: as long as it stays, nothing has changed. What views compute beforehand is kept by it.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    fn open(&mut self, flow: Flow) {
        if self.flows.last().is_some_and(|last| last.id >= flow.id) {
            return;
        }
        let Ok(place) = u32::try_from(self.flows.len()) else { return };
        self.reached(flow.opened_at);
        let family = match flow.parent {
            Some(parent) => self.position(parent).and_then(|at| self.backs.get_mut(at)).map(|back| &mut back.children),
            None => Some(&mut self.roots),
        };
        if let Some(family) = family {
            family.push(place);
        }
        self.flows.push(flow);
        self.backs.push(FlowIndex::default());
    }

    fn event(&mut self, id: FlowId, event: WireEvent) {
        let Some(at) = self.position(id) else { return };
        let (Some(flow), Some(back)) = (self.flows.get_mut(at), self.backs.get_mut(at)) else { return };
        self.ends_at = self.ends_at.max(event.transit.map_or(event.at, |transit| transit.last_in.max(event.at)));
        let place = flow.take(event);
        back.order.insert(place);
        self.events += 1;
    }

    fn carried(&mut self, id: FlowId, index: EventIndex, transit: Transit) {
        let Some(at) = self.position(id) else { return };
        let Some(place) = self.backs.get(at).and_then(|back| back.order.place(index)) else { return };
        if let Some(event) = self.flows.get_mut(at).and_then(|flow| flow.events.get_mut(place)) {
            event.transit = Some(transit);
            self.reached(transit.last_in);
        }
    }

    fn reached(&mut self, at: Duration) {
        self.ends_at = self.ends_at.max(at);
    }

    fn at<'a>(&'a self, places: &'a [u32]) -> impl DoubleEndedIterator<Item = &'a Flow> {
        // Every place was taken from `flows`, which only grows.
        places.iter().filter_map(|place| self.flows.get(*place as usize))
    }

    fn position(&self, id: FlowId) -> Option<usize> {
        // A recorder numbers flows from 0 without gaps: look there first.
        let likely = id.0 as usize;
        if self.flows.get(likely).is_some_and(|flow| flow.id == id) {
            return Some(likely);
        }
        self.flows.binary_search_by_key(&id, |flow| flow.id).ok()
    }

    fn flow_mut(&mut self, id: FlowId) -> Option<&mut Flow> {
        self.position(id).and_then(|at| self.flows.get_mut(at))
    }
}

impl PartialEq for Ledger {
    /// Two ledgers are equal when their flows are, whatever the order their entries came in.
    fn eq(&self, other: &Self) -> bool {
        self.flows == other.flows
    }
}

#[derive(Clone, Debug, Default)]
struct FlowIndex {
    /// Places of the flows that name this one as their parent.
    children: Vec<u32>,
    order: EventOrder,
}

/// Where the event with a given [`EventIndex`] (order of recording) stands among the events (order of time). The two differ
/// only when an event was recorded after a later one.
#[derive(Clone, Debug, Default)]
struct EventOrder {
    len: u32,
    /// Empty as long as both orders agree.
    moved: Option<Box<EventPlaces>>,
}

#[derive(Clone, Debug, Default)]
struct EventPlaces {
    place_of: Vec<u32>,
    index_at: Vec<u32>,
}

impl EventOrder {
    /// The next event was put at `place`.
    fn insert(&mut self, place: usize) {
        let index = self.len;
        self.len += 1;
        let Ok(place) = u32::try_from(place) else { return };
        if place == index && self.moved.is_none() {
            return;
        }
        let moved = self.moved.get_or_insert_with(|| {
            Box::new(EventPlaces { place_of: (0..index).collect(), index_at: (0..index).collect() })
        });
        moved.index_at.insert((place as usize).min(moved.index_at.len()), index);
        moved.place_of.push(place);
        for (at, index) in (place..).zip(moved.index_at.iter().skip(place as usize)) {
            if let Some(place_of) = moved.place_of.get_mut(*index as usize) {
                *place_of = at;
            }
        }
    }

    fn place(&self, index: EventIndex) -> Option<usize> {
        match &self.moved {
            None => (index.0 < self.len).then_some(index.0 as usize),
            Some(moved) => moved.place_of.get(index.0 as usize).map(|place| *place as usize),
        }
    }
}

#[cfg(test)]
mod a_ledger {
    use std::time::Duration;

    use proptest::{collection::vec, prelude::*};

    use super::*;
    use crate::wire::{End, Ends, EventContent, FlowKind, Layer, Note, NoteKind, Octets, Side};

    fn opened(id: u32, parent: Option<u32>) -> Entry {
        let end = || End { name: String::new(), ip_port: None };
        let ends = Ends { client: end(), server: end() };
        let (id, parent) = (FlowId(id), parent.map(FlowId));
        Entry::Opened { id, parent, kind: FlowKind::Connection, title: String::new(), ends, at: Duration::ZERO }
    }

    /// An event that is known by how many octets it omits.
    fn event(at: u64, mark: u64) -> Entry {
        let content = EventContent::Octets(Octets { omitted: mark, ..Octets::default() });
        let at = Duration::from_nanos(at);
        Entry::Event {
            id: FlowId(0),
            event: WireEvent { at, from: Side::Client, layer: Layer::Stream, content, transit: None },
        }
    }

    fn mark(event: &WireEvent) -> u64 {
        match &event.content {
            EventContent::Octets(octets) => octets.omitted,
            EventContent::Step(_) => panic!("no step was recorded"),
        }
    }

    fn transit(mark: u64) -> Transit {
        let at = Duration::from_nanos(mark);
        Transit { first_out: at, last_out: at, first_in: at, last_in: at }
    }

    fn ledger(entries: impl IntoIterator<Item = Entry>) -> Ledger {
        let mut ledger = Ledger::default();
        entries.into_iter().for_each(|entry| ledger.apply(entry));
        ledger
    }

    proptest! {
        #[test]
        fn orders_events_by_time_and_finds_each_by_its_index(
            times in vec(0..20_u64, 1..40),
            carried in vec(any::<prop::sample::Index>(), 0..20),
        ) {
            let mut ledger = ledger([opened(0, None)]);
            // Half of the news of arrivals come while events are still recorded.
            let mut news = carried.iter();
            let mut told = std::collections::BTreeSet::new();
            for (index, at) in (0_u64..).zip(&times) {
                ledger.apply(event(*at, index + 1));
                if let Some(which) = news.next() {
                    let which = which.index(usize::try_from(index).unwrap() + 1) as u64;
                    told.insert(which);
                    let index = EventIndex(u32::try_from(which).unwrap());
                    ledger.apply(Entry::Carried { id: FlowId(0), index, transit: transit(which + 1) });
                }
            }
            let events = &ledger.flows()[0].events;
            let mut expected: Vec<_> = times.iter().zip(1..).map(|(at, mark)| (*at, mark)).collect();
            expected.sort_unstable();
            let found: Vec<_> = events.iter().map(|e| (u64::try_from(e.at.as_nanos()).unwrap(), mark(e))).collect();
            prop_assert_eq!(found, expected);
            for event in events {
                let of_it = told.contains(&(mark(event) - 1)).then(|| transit(mark(event)));
                prop_assert_eq!(event.transit, of_it);
            }
        }

        #[test]
        fn knows_every_flows_children(parents in vec(prop::option::of(0..30_u32), 1..30)) {
            let flows = (0..).zip(&parents);
            let ledger = ledger(flows.map(|(id, parent)| opened(id * 2, parent.filter(|p| *p < id).map(|p| p * 2))));
            for id in (0..30).map(|id| FlowId(id * 2)) {
                let slow: Vec<_> = ledger.flows().iter().filter(|f| f.parent == Some(id)).map(|f| f.id).collect();
                prop_assert_eq!(ledger.children(id).map(|f| f.id).collect::<Vec<_>>(), slow);
            }
            prop_assert_eq!(ledger.roots().count(), ledger.flows().iter().filter(|f| f.parent.is_none()).count());
        }
    }

    #[test]
    fn answers_what_had_happened_by_a_time() {
        let ns = Duration::from_nanos;
        let note = |at| Entry::Noted {
            id: FlowId(0),
            note: Note { at: ns(at), kind: NoteKind::Why, text: String::new(), clause: None },
        };
        let ledger =
            ledger([opened(0, None), event(10, 1), event(30, 3), event(20, 2), event(30, 4), note(5), note(3)]);
        let flow = &ledger.flows()[0];
        let marks = |events: &[WireEvent]| events.iter().map(mark).collect::<Vec<_>>();
        assert!(flow.events_until(ns(9)).is_empty());
        assert_eq!(marks(flow.events_until(ns(20))), [1, 2]);
        assert_eq!(marks(flow.events_between(ns(10), ns(30))), [2, 3, 4]);
        assert!(flow.events_between(ns(30), ns(10)).is_empty());
        assert_eq!(flow.notes_until(ns(4)).len(), 1);
        assert_eq!(ledger.ends_at(), ns(30));
        assert_eq!(ledger.event_count(), 4);
    }

    #[test]
    fn keeps_the_first_word_and_ignores_what_makes_no_sense() {
        let ended = |at, state| Entry::Ended { id: FlowId(0), at: Duration::from_secs(at), state };
        let unknown = Entry::Unseen { id: FlowId(7), from: Side::Client, layer: Layer::Tls, octets: 1 };
        let ledger = ledger([
            opened(0, None),
            opened(0, None),
            ended(1, FlowState::Live),
            ended(2, FlowState::Stopped),
            ended(3, FlowState::Closed),
            unknown,
            Entry::Carried { id: FlowId(0), index: EventIndex(5), transit: transit(9) },
        ]);
        assert_eq!(ledger.flows().len(), 1);
        assert_eq!(ledger.flows()[0].state, FlowState::Stopped);
        assert_eq!(ledger.ends_at(), Duration::from_secs(2));
    }

    #[test]
    fn of_its_own_entries_is_the_same() {
        let unseen = Entry::Unseen { id: FlowId(0), from: Side::Server, layer: Layer::Stream, octets: 5 };
        let one = ledger([opened(0, None), event(10, 1), event(5, 2), unseen]);
        assert_eq!(ledger(one.entries()), one);
        assert_eq!((one.flows()[0].octets(Side::Client), one.flows()[0].octets(Side::Server)), (3, 5));
        assert_eq!(one.flows()[0].octets_unseen(Side::Server, Layer::Stream), 5);
    }

    #[test]
    fn spends_no_more_on_an_event_than_it_did() {
        assert_eq!(size_of::<WireEvent>(), 144);
    }
}
