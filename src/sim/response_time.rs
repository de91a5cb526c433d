//! Closed forms of HTTP response time. Kurose–Ross §2.2.
//!
//! Not a simulation: nothing here waits or sends. Every form is a sum of terms, and the text shown to a student is built from
//! the same terms as the number, so the two cannot part.
//!
//! # What the forms count
//! * A TCP connection costs one RTT to open, TLS 1.3 one more (RFC 8446 §2), a request and its response one.
//! * L₀ and L are octets on the wire: content and message head (HTTP/2: frames). L is the mean over the page's objects, so
//!   n·L is exactly their sum and unequal objects need no other formula.
//! * Q are the octets of those requests that nothing hides. The textbook leaves them out; at 10 Mb/s a request of 120 octets
//!   takes 96 µs.
//!
//! # Parallel connections
//! All connections share one link, so they hide round trips, never transmission. With *waves* (all k finish before the next k
//! start) the forms are exact. A work-conserving client opens the next connection as soon as one is free, so some set-up
//! overlaps another connection's transmission and the forms are upper bounds: follow the connection that finishes last; while
//! it does not wait for a round trip it waits for the link, and the link is busy for n·L/R in all.
//!
//! # Persistent with k connections
//! The connection that fetched the base file is open already: it is one round ahead of the k − 1 others. With L/R → 0 it has
//! fetched r objects after r rounds and each other one r − 1, together k·r − (k − 1), which reaches n first at
//! r = ⌈(n + k − 1)/k⌉. With TLS the others are two rounds behind: r = ⌈(n + 2(k − 1))/k⌉, and never more than n.

use std::{fmt, time::Duration};

use super::formula::{Exactness, Formula, FormulaInput, FormulaResult};

/// A page load as the formulas see it.
#[derive(Clone, Debug, PartialEq)]
pub struct PageModel {
    /// Round-trip time.
    pub rtt: Duration,
    /// Where the RTT comes from.
    pub rtt_origin: Origin,
    /// Rate of the slowest link.
    pub rate: RateModel,
    /// The base file.
    pub base: Message,
    /// The objects it refers to.
    pub objects: Vec<Message>,
    /// TLS: octets it adds on all connections, both directions, handshakes above all; `None` without TLS.
    pub tls_octets: Option<u64>,
    /// Name lookup before a connection, where it takes time.
    pub lookup: Duration,
    /// The host remembers what was looked up: only the first connection waits for it.
    pub lookup_is_remembered: bool,
}

/// Octets of one request and its response, on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// The request, head and content.
    pub request_octets: u64,
    /// The response without its content: head, chunk framing, HTTP/2 frame heads.
    pub head_octets: u64,
    /// The response's content.
    pub content_octets: u64,
}

impl Message {
    fn response_octets(self) -> u64 {
        self.head_octets + self.content_octets
    }
}

/// Where a number comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The student set it.
    Set,
    /// It was measured in the run it is compared with.
    Measured,
    /// It was computed from other numbers.
    Computed,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Set => "set",
            Self::Measured => "measured",
            Self::Computed => "computed",
        })
    }
}

/// What is known of the rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RateModel {
    /// Set to be unlimited: transmission takes no time.
    Unlimited,
    /// Set, in bits per second.
    Set(u64),
    /// Estimated from a run, in bits per second.
    Estimated(u64),
    /// Not known: transmission time is left out.
    Unknown,
}

impl RateModel {
    fn bits_per_sec(self) -> Option<u64> {
        match self {
            Self::Set(rate) | Self::Estimated(rate) => Some(rate),
            Self::Unlimited | Self::Unknown => None,
        }
    }
}

/// When the parallel forms may take themselves for exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overlap {
    /// All k finish before the next k start.
    Waves,
    /// The next starts as soon as one is free.
    WorkConserving,
}

/// Non-persistent, one connection after the other: `2·RTT + L₀/R + n·(2·RTT + L/R)`.
pub fn serial(page: &PageModel) -> Formula {
    let n = page.count();
    let mut sum = Sum::new(page);
    if n > 0 {
        sum.term(
            format!("n·({} + L/R)", page.open_symbols()),
            format!("{n}·({} + {})", page.open_numbers(), Time(page.transmit(page.mean()))),
            f64::from(n) * page.open_secs() + page.transmit(page.objects_octets()),
        );
    }
    sum.setups(n + 1)
        .requests(page.base.request_octets + page.requests_octets())
        .done(Exactness::Exact, "Kurose–Ross §2.2.2")
}

/// Non-persistent, `k` at once: `2·RTT + L₀/R + ⌈n/k⌉·2·RTT + n·L/R`. `k` of 0 counts as 1.
pub fn parallel(page: &PageModel, k: u32, overlap: Overlap) -> Formula {
    let (n, k) = (page.count(), k.max(1));
    let waves = n.div_ceil(k);
    let mut sum = Sum::new(page);
    if n > 0 {
        sum.term(
            format!("⌈n/k⌉·{} + n·L/R", page.open_symbols()),
            format!("⌈{n}/{k}⌉·{} + {n}·{}", page.open_numbers(), Time(page.transmit(page.mean()))),
            f64::from(waves) * page.open_secs() + page.transmit(page.objects_octets()),
        );
    }
    let exactness = page.overlap_exactness(k, overlap);
    sum.k(k).setups(waves + 1).requests(page.requests_in_rounds(waves, exactness)).done(exactness, "Kurose–Ross §2.2.2")
}

/// One persistent connection, one request at a time: `2·RTT + L₀/R + n·(RTT + L/R)`.
pub fn persistent(page: &PageModel) -> Formula {
    let n = page.count();
    let mut sum = Sum::new(page);
    if n > 0 {
        sum.term(
            "n·(RTT + L/R)".to_owned(),
            format!("{n}·({} + {})", Time(page.rtt_secs()), Time(page.transmit(page.mean()))),
            f64::from(n) * page.rtt_secs() + page.transmit(page.objects_octets()),
        );
    }
    sum.setups(1)
        .requests(page.base.request_octets + page.requests_octets())
        .done(Exactness::Exact, "Kurose–Ross §2.2.2")
}

/// `k` persistent connections, the base file's among them: `2·RTT + L₀/R + ⌈(n+k−1)/k⌉·RTT + n·L/R` (see the head of this
/// file). `k` of 0 counts as 1.
pub fn persistent_parallel(page: &PageModel, k: u32, overlap: Overlap) -> Formula {
    let (n, k) = (page.count(), k.max(1));
    let behind = if page.tls_octets.is_some() { 2 } else { 1 };
    let rounds = n.min((n + behind * (k - 1)).div_ceil(k));
    let mut sum = Sum::new(page);
    if n > 0 {
        let (factor, product) =
            if behind == 1 { ("k−1", format!("{}", k - 1)) } else { ("2·(k−1)", format!("2·{}", k - 1)) };
        sum.term(
            format!("⌈(n+{factor})/k⌉·RTT + n·L/R"),
            format!("⌈({n}+{product})/{k}⌉·{} + {n}·{}", Time(page.rtt_secs()), Time(page.transmit(page.mean()))),
            f64::from(rounds) * page.rtt_secs() + page.transmit(page.objects_octets()),
        );
    }
    let exactness = page.overlap_exactness(k, overlap);
    sum.k(k)
        .setups(1)
        .requests(page.requests_in_rounds(rounds, exactness))
        .done(exactness, "Kurose–Ross §2.2.2, with the base file's connection one round ahead")
}

/// One persistent connection, all requests at once: `2·RTT + L₀/R + RTT + n·L/R`. `segment_octets`: only the requests in the
/// first segment delay the first response.
pub fn pipelined(page: &PageModel, segment_octets: u64) -> Formula {
    at_once(page, segment_octets, "Kurose–Ross §2.2.2")
}

/// HTTP/2 on one connection: the pipelined form; frames count as heads, the connection preface and SETTINGS (RFC 9113 §3.4)
/// as part of the base file's request.
pub fn http2(page: &PageModel, segment_octets: u64) -> Formula {
    at_once(page, segment_octets, "Kurose–Ross §2.2.6, as pipelined; RFC 9113 §3.4")
}

fn at_once(page: &PageModel, segment_octets: u64, source: &str) -> Formula {
    let n = page.count();
    let mut sum = Sum::new(page);
    if n > 0 {
        sum.term(
            "RTT + n·L/R".to_owned(),
            format!("{} + {n}·{}", Time(page.rtt_secs()), Time(page.transmit(page.mean()))),
            page.rtt_secs() + page.transmit(page.objects_octets()),
        );
    }
    let uphill = page.objects.iter().any(|object| object.request_octets > object.response_octets());
    let exactness = if uphill && page.rate.bits_per_sec().is_some() { Exactness::LowerBound } else { Exactness::Exact };
    sum.setups(1)
        .requests(page.base.request_octets + page.requests_octets().min(segment_octets))
        .done(exactness, source)
}

impl PageModel {
    fn count(&self) -> u32 {
        u32::try_from(self.objects.len()).unwrap_or(u32::MAX)
    }

    fn rtt_secs(&self) -> f64 {
        self.rtt.as_secs_f64()
    }

    /// Seconds that `octets` (a mean may be a fraction) occupy the link.
    fn transmit(&self, octets: f64) -> f64 {
        self.rate.bits_per_sec().map_or(0.0, |rate| octets * 8.0 / rate as f64)
    }

    fn objects_octets(&self) -> f64 {
        self.objects.iter().map(|object| object.response_octets() as f64).sum()
    }

    fn requests_octets(&self) -> u64 {
        self.objects.iter().map(|object| object.request_octets).sum()
    }

    /// L.
    fn mean(&self) -> f64 {
        self.objects_octets() / f64::from(self.count().max(1))
    }

    fn round_trips_to_open(&self) -> u32 {
        if self.tls_octets.is_some() { 3 } else { 2 }
    }

    fn open_symbols(&self) -> String {
        format!("{}·RTT", self.round_trips_to_open())
    }

    fn open_numbers(&self) -> String {
        format!("{}·{}", self.round_trips_to_open(), Time(self.rtt_secs()))
    }

    /// Opening a connection and the first exchange over it, transmission apart.
    fn open_secs(&self) -> f64 {
        f64::from(self.round_trips_to_open()) * self.rtt_secs()
    }

    fn overlap_exactness(&self, k: u32, overlap: Overlap) -> Exactness {
        let lockstep = overlap == Overlap::Waves || k == 1 || self.count() <= 1;
        if lockstep || self.rate.bits_per_sec().is_none() { Exactness::Exact } else { Exactness::UpperBound }
    }

    /// Of requests sent k at a time only the first delays the responses; a bound counts them all.
    fn requests_in_rounds(&self, rounds: u32, exactness: Exactness) -> u64 {
        let hidden = self.count().saturating_sub(rounds);
        let all = self.requests_octets();
        let exposed = if exactness == Exactness::Exact && hidden > 0 {
            all * u64::from(rounds) / u64::from(self.count())
        } else {
            all
        };
        self.base.request_octets + exposed
    }
}

/// A formula being written: symbols, numbers and seconds grow together.
struct Sum<'a> {
    page: &'a PageModel,
    symbols: Vec<String>,
    numbers: Vec<String>,
    secs: f64,
    inputs: Vec<FormulaInput>,
}

impl<'a> Sum<'a> {
    /// Begins with the base file.
    fn new(page: &'a PageModel) -> Self {
        let base = page.transmit(page.base.response_octets() as f64);
        let mut sum = Self { page, symbols: Vec::new(), numbers: Vec::new(), secs: 0.0, inputs: Vec::new() };
        sum.term(
            format!("{} + L₀/R", page.open_symbols()),
            format!("{} + {}", page.open_numbers(), Time(base)),
            page.open_secs() + base,
        );
        sum.path_inputs();
        sum.size_inputs();
        sum
    }

    fn term(&mut self, symbols: String, numbers: String, secs: f64) {
        self.symbols.push(symbols);
        self.numbers.push(numbers);
        self.secs += secs;
    }

    fn input(&mut self, symbol: &str, value: f64, unit: &str, meaning: impl Into<String>) {
        self.inputs.push(FormulaInput {
            symbol: symbol.to_owned(),
            value,
            unit: unit.to_owned(),
            meaning: meaning.into(),
        });
    }

    fn path_inputs(&mut self) {
        let page = self.page;
        self.input("RTT", page.rtt_secs(), "s", format!("round-trip time, {}", page.rtt_origin));
        match page.rate {
            RateModel::Set(rate) => self.input("R", rate as f64, "bit/s", "rate of the link, set"),
            RateModel::Estimated(rate) => self.input("R", rate as f64, "bit/s", "rate, measured: an estimate"),
            RateModel::Unlimited => {
                self.input("1/R", 0.0, "s/bit", "the rate is unlimited, set: transmission takes no time");
            }
            RateModel::Unknown => {
                self.input("1/R", 0.0, "s/bit", "the rate is not known: transmission time is left out");
            }
        }
    }

    fn size_inputs(&mut self) {
        let page = self.page;
        let n = page.count();
        self.input(
            "L₀",
            page.base.response_octets() as f64,
            "octets",
            format!(
                "base file on the wire, measured: {} of content, {} of head and framing",
                page.base.content_octets, page.base.head_octets
            ),
        );
        self.input("n", f64::from(n), "", "objects the base file refers to, measured");
        if n > 0 {
            let contents: u64 = page.objects.iter().map(|object| object.content_octets).sum();
            let heads: u64 = page.objects.iter().map(|object| object.head_octets).sum();
            self.input(
                "L",
                page.mean(),
                "octets",
                format!(
                    "object on the wire, mean, measured: together {contents} of content, {heads} of heads and framing"
                ),
            );
        }
    }

    fn k(mut self, k: u32) -> Self {
        self.input("k", f64::from(k), "", "connections at once, set");
        self
    }

    /// `count` connection set-ups lie one after the other: lookups and TLS octets they cost.
    fn setups(mut self, count: u32) -> Self {
        let page = self.page;
        if let Some(octets) = page.tls_octets {
            let secs = page.transmit(octets as f64);
            self.term("T/R".to_owned(), Time(secs).to_string(), secs);
            self.input(
                "T",
                octets as f64,
                "octets",
                "added by TLS on all connections, handshakes above all, measured (RFC 8446 §2: one RTT each)",
            );
        }
        if !page.lookup.is_zero() {
            let each = page.lookup.as_secs_f64();
            let count = if page.lookup_is_remembered { 1 } else { count };
            self.term(format!("{count}·D"), format!("{count}·{}", Time(each)), f64::from(count) * each);
            let when = if page.lookup_is_remembered { "the first connection" } else { "a connection" };
            self.input("D", each, "s", format!("name lookup before {when}, measured"));
        }
        self
    }

    fn requests(mut self, octets: u64) -> Self {
        let secs = self.page.transmit(octets as f64);
        self.term("Q/R".to_owned(), Time(secs).to_string(), secs);
        self.input("Q", octets as f64, "octets", "requests that nothing else hides, measured");
        self
    }

    fn done(self, exactness: Exactness, source: &str) -> Formula {
        Formula {
            symbols: self.symbols.join(" + "),
            numbers: self.numbers.join(" + "),
            inputs: self.inputs,
            result: FormulaResult::Time(Duration::from_secs_f64(self.secs)),
            exactness,
            source: source.to_owned(),
        }
    }
}

/// Seconds as a person reads them: four digits, in the unit that suits.
struct Time(f64);

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (value, unit) = match self.0 {
            0.0 => return f.write_str("0 s"),
            secs if secs >= 1.0 => (secs, "s"),
            secs if secs >= 1e-3 => (secs * 1e3, "ms"),
            secs => (secs * 1e6, "µs"),
        };
        let digits = if value >= 1000.0 {
            0
        } else if value >= 100.0 {
            1
        } else if value >= 10.0 {
            2
        } else {
            3
        };
        let text = format!("{value:.digits$}");
        let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
        write!(f, "{text} {unit}")
    }
}

#[cfg(test)]
mod the_forms {
    use proptest::prelude::*;

    use super::*;

    fn page(n: usize, rate: RateModel, content_octets: u64) -> PageModel {
        let message = Message { content_octets, ..Message::default() };
        PageModel {
            rtt: Duration::from_millis(100),
            rtt_origin: Origin::Set,
            rate,
            base: message,
            objects: vec![message; n],
            tls_octets: None,
            lookup: Duration::ZERO,
            lookup_is_remembered: false,
        }
    }

    fn millis(formula: &Formula) -> f64 {
        formula.value() * 1e3
    }

    #[test]
    fn give_the_textbooks_round_trips_for_ten_jpegs() {
        let page = page(10, RateModel::Unlimited, 12_500);
        for (formula, rtts) in [
            (serial(&page), 22),
            (persistent(&page), 12),
            (pipelined(&page, 1460), 3),
            (parallel(&page, 5, Overlap::WorkConserving), 6),
            (parallel(&page, 10, Overlap::WorkConserving), 4),
            (persistent_parallel(&page, 5, Overlap::WorkConserving), 5),
            (http2(&page, 1460), 3),
        ] {
            assert_eq!(formula.time().unwrap(), rtts * Duration::from_millis(100), "{}", formula.symbols);
            assert_eq!(formula.exactness, Exactness::Exact, "{}", formula.symbols);
        }
    }

    #[test]
    fn give_the_known_times_at_1_54_megabits() {
        // 100 kbit objects, the base file one of them.
        let page = page(10, RateModel::Set(1_540_000), 12_500);
        for (formula, expected) in [
            (serial(&page), 2914.286),
            (persistent(&page), 1914.286),
            (pipelined(&page, 1460), 1014.286),
            (parallel(&page, 5, Overlap::Waves), 1314.286),
        ] {
            assert!((millis(&formula) - expected).abs() < 0.001, "{} = {}", formula.symbols, millis(&formula));
        }
        assert_eq!(parallel(&page, 5, Overlap::WorkConserving).exactness, Exactness::UpperBound);
        assert_eq!(parallel(&page, 5, Overlap::Waves).exactness, Exactness::Exact);
    }

    #[test]
    fn show_the_numbers_they_add_up() {
        let mut page = page(10, RateModel::Set(10_000_000), 100_000);
        page.base.content_octets = 10_000;
        page.objects.iter_mut().for_each(|object| object.request_octets = 125);
        let formula = persistent(&page);
        assert_eq!(formula.symbols, "2·RTT + L₀/R + n·(RTT + L/R) + Q/R");
        assert_eq!(formula.numbers, "2·100 ms + 8 ms + 10·(100 ms + 80 ms) + 1 ms");
        assert_eq!(formula.time().unwrap(), Duration::from_millis(200 + 8 + 1800 + 1));
        let symbols: Vec<_> = formula.inputs.iter().map(|input| input.symbol.as_str()).collect();
        assert_eq!(symbols, ["RTT", "R", "L₀", "n", "L", "Q"]);
    }

    #[test]
    fn add_a_round_trip_a_connection_for_tls() {
        let mut page = page(10, RateModel::Unlimited, 12_500);
        page.tls_octets = Some(3000);
        assert_eq!(serial(&page).time().unwrap(), Duration::from_millis(3300));
        assert_eq!(persistent(&page).time().unwrap(), Duration::from_millis(1300));
        // The other four connections are two rounds behind: ⌈(10 + 8)/5⌉ = 4.
        assert_eq!(persistent_parallel(&page, 5, Overlap::Waves).time().unwrap(), Duration::from_millis(700));
    }

    #[test]
    fn need_no_objects() {
        let page = page(0, RateModel::Unlimited, 12_500);
        for formula in [serial(&page), parallel(&page, 5, Overlap::Waves), pipelined(&page, 1460)] {
            assert_eq!(formula.time().unwrap(), Duration::from_millis(200), "{}", formula.symbols);
        }
    }

    #[test]
    fn write_times_in_the_unit_that_suits() {
        for (secs, text) in [
            (0.0, "0 s"),
            (1.2, "1.2 s"),
            (0.1, "100 ms"),
            (0.010_25, "10.25 ms"),
            (0.000_31, "310 µs"),
            (1200.0, "1200 s"),
        ] {
            assert_eq!(Time(secs).to_string(), text);
        }
    }

    /// When the last of `sizes` (seconds on the link) arrives: the next connection starts as soon as one is free, the link
    /// serves responses in the order they reach it. `first_free`: when each connection can send its first request.
    fn last_arrival(sizes: &[f64], first_free: &[f64], round: f64) -> f64 {
        let mut free = first_free.to_vec();
        let mut link_free: f64 = 0.0;
        for size in sizes {
            let next = free.iter_mut().min_by(|a, b| a.total_cmp(b)).unwrap();
            link_free = link_free.max(*next + round) + size;
            *next = link_free;
        }
        link_free
    }

    proptest! {
        #[test]
        fn bound_every_work_conserving_schedule(octets in prop::collection::vec(1u64..2_000_000, 1..60), k in 1u32..12) {
            let mut page = page(octets.len(), RateModel::Set(10_000_000), 10_000);
            page.objects.iter_mut().zip(&octets).for_each(|(object, octets)| object.content_octets = *octets);
            let sizes: Vec<f64> = octets.iter().map(|octets| *octets as f64 * 8.0 / 1e7).collect();
            let base = 0.2 + 0.008;
            let non_persistent = base + last_arrival(&sizes, &vec![0.0; k as usize], 0.2);
            let bound = parallel(&page, k, Overlap::WorkConserving).value();
            prop_assert!(non_persistent <= bound + 1e-9, "{non_persistent} > {bound}");
            let mut starts = vec![0.1; k as usize];
            starts[0] = 0.0;
            let kept = base + last_arrival(&sizes, &starts, 0.1);
            let bound = persistent_parallel(&page, k, Overlap::WorkConserving).value();
            prop_assert!(kept <= bound + 1e-9, "{kept} > {bound}");
        }
    }
}
