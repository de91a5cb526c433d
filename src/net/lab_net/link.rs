//! A link: propagation delay, rate, finite FIFO queue, loss, jitter; a queue of its own for each direction, shared by all flows
//! that cross it. Times are nanoseconds since the run began.
//!
//! The queue is not a list. A packet's departure is known when it arrives: it begins to leave when everything before it has
//! left. What waits at a moment is what the link still has to send from then on.

use rand::{Rng as _, RngExt as _};
use rand_pcg::Pcg32;

use super::{HEADER_OCTETS, LinkSpec, MSS, Nanos, Path, nanos};

#[derive(Debug)]
pub(super) struct Link {
    name: String,
    up: Direction,
    down: Direction,
}

impl Link {
    pub(super) fn new(spec: &LinkSpec, seed: u64, number: u64) -> Self {
        let delay = nanos(spec.delay);
        Self {
            name: spec.name.clone(),
            up: Direction::new(spec, delay, seed, number * 2),
            down: Direction::new(spec, delay, seed, number * 2 + 1),
        }
    }

    /// The link the student's path describes. Of an odd round-trip time the way down takes the nanosecond more.
    pub(super) fn access(path: &Path) -> Self {
        let spec = access_spec(path);
        let [up, down] = access_delays(path);
        Self {
            name: spec.name.clone(),
            up: Direction::new(&spec, up, path.seed, 0),
            down: Direction::new(&spec, down, path.seed, 1),
        }
    }

    /// Makes the access link what `path` says from now on; what is on its way stays as it is.
    pub(super) fn change_access(&mut self, path: &Path) {
        let spec = access_spec(path);
        let [up, down] = access_delays(path);
        self.up.change(&spec, up);
        self.down.change(&spec, down);
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Draws from the beginning, as link `number` of a fresh network with this seed.
    pub(super) fn draw_afresh(&mut self, seed: u64, number: u64) {
        self.up.draws = Pcg32::new(seed, number * 2);
        self.down.draws = Pcg32::new(seed, number * 2 + 1);
    }

    pub(super) fn direction(&self, toward_host: bool) -> &Direction {
        if toward_host { &self.down } else { &self.up }
    }

    pub(super) fn direction_mut(&mut self, toward_host: bool) -> &mut Direction {
        if toward_host { &mut self.down } else { &mut self.up }
    }
}

fn access_spec(path: &Path) -> LinkSpec {
    LinkSpec {
        name: super::topology::ACCESS_LINK.to_owned(),
        delay: path.rtt / 2,
        rate: path.rate,
        queue_octets: path.queue_octets.div_ceil(FULL_PACKET) * FULL_PACKET,
        loss: path.loss,
        jitter: path.jitter,
    }
}

fn access_delays(path: &Path) -> [Nanos; 2] {
    let rtt = nanos(path.rtt);
    [rtt / 2, rtt - rtt / 2]
}

/// One direction of a link.
#[derive(Debug)]
pub(super) struct Direction {
    delay: Nanos,
    /// Bits per second; `None` is unlimited.
    rate: Option<u64>,
    queue_octets: u64,
    /// Of 2³² packets, how many are lost.
    loss: u64,
    jitter: Nanos,
    draws: Pcg32,
    /// Since when it has been sending without a pause, and how much. Departures are computed from the beginning of such a period,
    /// so that rounding to nanoseconds does not add up.
    busy_since: Nanos,
    bits_since: u64,
    busy_until: Nanos,
    /// When the last packet entered. None enters before it: in real time a task may send at the moment it should have been woken,
    /// which is a little before what others have sent since, and a queue is as long as what is in it, not as these moments lie
    /// apart.
    entered_at: Nanos,
    /// Jitter does not reorder: nothing arrives before this.
    last_arrival: Nanos,
}

/// What a queue must have room for to let a packet in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Admission {
    /// Nothing: the sender takes care that queues do not overflow (textbook).
    Always,
    /// The packet.
    ForItsSize,
    /// A full packet, however short this one is: routers' queues hold packets, not octets. So the short last segment of a flight is
    /// not let in where those before it were not.
    ForFullPacket,
}

/// What becomes of a packet that is put on a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LinkOutcome {
    /// It begins to leave at `first_out`, has left at `last_out`, has arrived at `at`.
    Arrives { first_out: Nanos, last_out: Nanos, at: Nanos },
    /// It is sent like any other and lost on the way.
    Lost { first_out: Nanos, last_out: Nanos },
    /// The queue is full.
    Dropped,
}

impl LinkOutcome {
    /// When it began to leave and had left, if it did.
    pub(super) fn sent(self) -> Option<(Nanos, Nanos)> {
        match self {
            Self::Arrives { first_out, last_out, .. } | Self::Lost { first_out, last_out } => {
                Some((first_out, last_out))
            }
            Self::Dropped => None,
        }
    }
}

impl Direction {
    fn new(spec: &LinkSpec, delay: Nanos, seed: u64, stream: u64) -> Self {
        let mut direction = Self {
            delay,
            rate: None,
            queue_octets: 0,
            loss: 0,
            jitter: 0,
            draws: Pcg32::new(seed, stream),
            busy_since: 0,
            bits_since: 0,
            busy_until: 0,
            entered_at: 0,
            last_arrival: 0,
        };
        direction.change(spec, delay);
        direction
    }

    fn change(&mut self, spec: &LinkSpec, delay: Nanos) {
        self.delay = delay;
        self.rate = spec.rate.0.map(|rate| rate.max(1));
        self.queue_octets = spec.queue_octets;
        self.loss = loss_in_2_to_32(spec.loss);
        self.jitter = nanos(spec.jitter);
        self.busy_since = self.busy_until;
        self.bits_since = 0;
    }

    /// Puts a packet of `octets` on the link at `now`.
    pub(super) fn carry(&mut self, now: Nanos, octets: u64, admission: Admission) -> LinkOutcome {
        let now = self.entry(now);
        if self.rate.is_some() {
            if !self.has_room(octets, admission, now) {
                return LinkOutcome::Dropped;
            }
            self.entered_at = now;
        }
        let first_out = now.max(self.busy_until);
        let last_out = self.send(now, octets);
        if self.loss > 0 && u64::from(self.draws.next_u32()) < self.loss {
            return LinkOutcome::Lost { first_out, last_out };
        }
        let extra = if self.jitter == 0 { 0 } else { self.draws.random_range(0..=self.jitter) };
        let mut at = last_out + self.delay + extra;
        if self.is_queue() {
            at = at.max(self.last_arrival);
            self.last_arrival = at;
        }
        LinkOutcome::Arrives { first_out, last_out, at }
    }

    /// When a packet that is sent at `now` enters.
    fn entry(&self, now: Nanos) -> Nanos {
        now.max(self.entered_at)
    }

    fn has_room(&self, octets: u64, admission: Admission, now: Nanos) -> bool {
        let needs = match admission {
            Admission::Always => return true,
            Admission::ForItsSize => octets,
            Admission::ForFullPacket => octets.max(FULL_PACKET),
        };
        let waiting = self.waiting_octets(now);
        waiting == 0 || waiting + needs <= self.queue_octets
    }

    /// When a packet that comes now has left.
    fn send(&mut self, now: Nanos, octets: u64) -> Nanos {
        let Some(rate) = self.rate else { return now };
        if now > self.busy_until || self.bits_since > LONGEST_PERIOD_BITS {
            self.busy_since = now.max(self.busy_until);
            self.bits_since = 0;
        }
        self.bits_since += octets * 8;
        self.busy_until = self.busy_since + (self.bits_since * NANOS_PER_SEC + rate / 2) / rate;
        self.busy_until
    }

    /// Octets that are queued or not yet wholly sent.
    pub(super) fn waiting_octets(&self, now: Nanos) -> u64 {
        let Some(rate) = self.rate else { return 0 };
        let rest = u128::from(self.wait(now));
        u64::try_from(rest * u128::from(rate) / u128::from(NANOS_PER_SEC * 8)).unwrap_or(u64::MAX)
    }

    /// How long a packet that comes now waits before it begins to leave.
    pub(super) fn wait(&self, now: Nanos) -> Nanos {
        self.busy_until.saturating_sub(self.entry(now))
    }

    /// Does it take its packets one after the other, so that they must be put on it in the order of time?
    pub(super) fn is_queue(&self) -> bool {
        self.rate.is_some() || self.jitter > 0 || self.loss > 0
    }

    pub(super) fn rate(&self) -> Option<u64> {
        self.rate
    }

    /// Propagation delay and the greatest jitter.
    pub(super) fn greatest_delay(&self) -> Nanos {
        self.delay + self.jitter
    }

    pub(super) fn delay(&self) -> Nanos {
        self.delay
    }
}

const NANOS_PER_SEC: u64 = 1_000_000_000;
/// Octets of a full packet. The student's queue holds whole ones: 256 KiB are 175.
const FULL_PACKET: u64 = MSS + HEADER_OCTETS;
/// A period of sending starts anew after this many bits, before the arithmetic could overflow.
const LONGEST_PERIOD_BITS: u64 = 1 << 33;

fn loss_in_2_to_32(probability: f64) -> u64 {
    let scaled = probability.clamp(0.0, 1.0) * 4_294_967_296.0;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 ≤ scaled ≤ 2³²")]
    let scaled = scaled as u64;
    scaled
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{super::Rate, *};

    fn direction(rate: Option<u64>, queue_octets: u64, loss: f64, jitter: Duration) -> Direction {
        let spec = LinkSpec {
            name: "link".into(),
            delay: Duration::from_nanos(500),
            rate: Rate(rate),
            queue_octets,
            loss,
            jitter,
        };
        Direction::new(&spec, 500, 7, 0)
    }

    #[test]
    fn transmission_waiting_and_propagation_add_up() {
        let mut link = direction(Some(8_000_000), 10_000, 0.0, Duration::ZERO);
        assert_eq!(
            link.carry(0, 10, Admission::Always),
            LinkOutcome::Arrives { first_out: 0, last_out: 10_000, at: 10_500 }
        );
        assert_eq!(
            link.carry(4_000, 10, Admission::Always),
            LinkOutcome::Arrives { first_out: 10_000, last_out: 20_000, at: 20_500 }
        );
        assert_eq!((link.waiting_octets(4_000), link.wait(4_000)), (16, 16_000));
        assert_eq!(
            link.carry(50_000, 10, Admission::Always),
            LinkOutcome::Arrives { first_out: 50_000, last_out: 60_000, at: 60_500 }
        );
    }

    #[test]
    fn rounding_does_not_add_up() {
        // 1,460 octets at 1.54 Mb/s take 7,584,415.58… ns.
        let mut link = direction(Some(1_540_000), u64::MAX, 0.0, Duration::ZERO);
        let mut last = 0;
        for _ in 0..10_000 {
            let LinkOutcome::Arrives { last_out, .. } = link.carry(last, 1_460, Admission::Always) else {
                panic!("lost")
            };
            last = last_out;
        }
        assert_eq!(last, 75_844_155_844);
    }

    #[test]
    fn a_full_queue_drops_and_an_empty_one_takes_any_packet() {
        let mut link = direction(Some(8_000_000), 100, 0.0, Duration::ZERO);
        assert!(matches!(link.carry(0, 60, Admission::ForItsSize), LinkOutcome::Arrives { .. }));
        assert_eq!(link.carry(0, 60, Admission::ForItsSize), LinkOutcome::Dropped);
        assert!(matches!(link.carry(20_000, 60, Admission::ForItsSize), LinkOutcome::Arrives { .. }));
        assert!(matches!(link.carry(1_000_000, 1_500, Admission::ForItsSize), LinkOutcome::Arrives { .. }));
    }

    #[test]
    fn a_short_packet_that_needs_room_for_a_full_one_is_dropped_where_that_would_be() {
        let mut link = direction(Some(8_000_000), 3_000, 0.0, Duration::ZERO);
        assert!(matches!(link.carry(0, 1_500, Admission::ForFullPacket), LinkOutcome::Arrives { .. }));
        assert!(matches!(link.carry(0, 40, Admission::ForFullPacket), LinkOutcome::Arrives { .. }));
        assert_eq!(link.carry(0, 40, Admission::ForFullPacket), LinkOutcome::Dropped);
        assert!(matches!(link.carry(0, 40, Admission::ForItsSize), LinkOutcome::Arrives { .. }));
    }

    #[test]
    fn a_packet_stamped_before_its_predecessor_is_not_dropped_for_that() {
        // Ten thousand packets in turns from two senders, one of which is always a millisecond behind: never more than a few of
        // them wait, though a millisecond is worth 1.25 MB at this rate.
        let mut link = direction(Some(10_000_000_000), 262_144, 0.0, Duration::ZERO);
        let mut last = 0;
        for turn in 0..10_000_u64 {
            let stamped = 2_000_000 + turn * 1_000 - (turn % 2) * 1_000_000;
            let LinkOutcome::Arrives { first_out, at, .. } = link.carry(stamped, 100, Admission::ForItsSize) else {
                panic!("dropped in turn {turn}")
            };
            assert!(first_out >= stamped && at >= last, "they leave in the order in which they came");
            assert!(link.waiting_octets(stamped) <= 200, "{}", link.waiting_octets(stamped));
            last = at;
        }
    }

    #[test]
    fn a_hundred_bits_a_second_are_exact() {
        let mut link = direction(Some(100), 1 << 40, 0.0, Duration::ZERO);
        for number in 1..=1_000_u64 {
            let LinkOutcome::Arrives { last_out, .. } = link.carry(0, 1_500, Admission::ForItsSize) else {
                panic!("dropped")
            };
            assert_eq!(last_out, number * 120_000_000_000);
        }
    }

    #[test]
    fn loss_is_as_frequent_as_asked_and_repeats() {
        let lost = |loss| {
            let mut link = direction(None, 0, loss, Duration::ZERO);
            (0..100_000)
                .filter(|at| matches!(link.carry(*at, 1, Admission::Always), LinkOutcome::Lost { .. }))
                .collect::<Vec<_>>()
        };
        let one_percent = lost(0.01);
        assert!((900..1_100).contains(&one_percent.len()), "{}", one_percent.len());
        assert_eq!(one_percent, lost(0.01));
        assert_eq!((lost(0.0).len(), lost(1.0).len()), (0, 100_000));
    }

    #[test]
    fn jitter_stays_within_its_bound_and_does_not_reorder() {
        let mut link = direction(None, 0, 0.0, Duration::from_micros(1));
        let mut last = 0;
        for now in (0..100_000).step_by(100) {
            let LinkOutcome::Arrives { at, .. } = link.carry(now, 1, Admission::Always) else { panic!("lost") };
            assert!(at >= last && at >= now + 500 && at <= now + 1_500, "{now} {at}");
            last = at;
        }
    }
}
