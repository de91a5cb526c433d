//! The student's way into the network: what the path selector and the command line's common options choose.

use std::{fmt, ops::RangeInclusive, str::FromStr, time::Duration};

use serde::{Deserialize, Serialize};

use crate::wire::units::{self, NoQuantity};

/// Longest round-trip time of a path. Beyond it every time-out would strike first.
pub const MAX_RTT: Duration = Duration::from_secs(10);
/// Longest extra delay of a path.
pub const MAX_JITTER: Duration = Duration::from_secs(5);
/// Rates of a path that is not unlimited, in bits per second.
pub const RATES: RangeInclusive<u64> = 100..=1_000_000_000_000;
/// Greatest probability of loss. Above it TCP hardly ever gets a segment through.
pub const MAX_LOSS: f64 = 0.5;
/// Octets a queue holds: at least two full segments.
pub const QUEUES: RangeInclusive<u64> = 3_000..=1_073_741_824;

/// The student's access path in the lab. Defaults are the textbook's numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Path {
    /// Round-trip time to a server with no extra distance of its own.
    pub rtt: Duration,
    /// Rate of the access link, each direction.
    pub rate: Rate,
    /// Probability that a packet is lost on the access link, 0 ≤ loss < 1.
    pub loss: f64,
    /// Greatest extra one-way delay, uniformly drawn per packet.
    pub jitter: Duration,
    /// Octets the access link's FIFO queue holds, each direction; rounded up to full packets of 1,500.
    pub queue_octets: u64,
    /// Which TCP.
    pub tcp: TcpModel,
    /// Seed of every random draw in the network.
    pub seed: u64,
}

impl Default for Path {
    fn default() -> Self {
        Self {
            rtt: Duration::from_millis(100),
            rate: Rate(Some(10_000_000)),
            loss: 0.0,
            jitter: Duration::ZERO,
            queue_octets: 256 * 1024,
            tcp: TcpModel::Textbook,
            seed: 1,
        }
    }
}

/// A rate in bits per second; `None` is unlimited (transmission takes no time).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rate(pub Option<u64>);

/// Which model of TCP an experiment runs on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TcpModel {
    /// No header octets, no slow start, no ACK traffic: the lecture's formulas hold exactly.
    #[default]
    Textbook,
    /// TCP with Reno's congestion control, as Linux has it: 40 octets of TCP/IP header a segment, slow start from 10 segments
    /// (RFC 6928, RFC 5681), selective and delayed acknowledgements, recovery of losses.
    Realistic,
    /// The same with what today's systems use: CUBIC with `HyStart` (RFC 9438) and timestamps (RFC 7323), 52 octets of header a segment.
    Modern,
}

/// Why a path cannot be.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum BadPath {
    /// The round-trip time is too long.
    #[error("a round-trip time of {} is longer than the longest, {}", units::time(*.0), units::time(MAX_RTT))]
    Rtt(Duration),
    /// The extra delay is too long.
    #[error("an extra delay of {} is longer than the longest, {}", units::time(*.0), units::time(MAX_JITTER))]
    Jitter(Duration),
    /// The rate is too low or too high.
    #[error(
        "a rate of {} is not between {} and {}",
        units::rate(*.0), units::rate(*RATES.start()), units::rate(*RATES.end())
    )]
    Rate(u64),
    /// The loss is no probability, or too great.
    #[error("a loss of {} is not between 0 % and {}", units::share(*.0), units::share(MAX_LOSS))]
    Loss(f64),
    /// The queue is too short or too long.
    #[error(
        "a queue of {} is not between {} and {}",
        units::octets(*.0), units::octets(*QUEUES.start()), units::octets(*QUEUES.end())
    )]
    Queue(u64),
}

impl Path {
    /// Can there be such a path?
    ///
    /// # Errors
    /// The first of its numbers that is outside its limits.
    pub fn check(&self) -> Result<(), BadPath> {
        if self.rtt > MAX_RTT {
            return Err(BadPath::Rtt(self.rtt));
        }
        if self.jitter > MAX_JITTER {
            return Err(BadPath::Jitter(self.jitter));
        }
        if let Some(rate) = self.rate.0.filter(|rate| !RATES.contains(rate)) {
            return Err(BadPath::Rate(rate));
        }
        if !(0.0..=MAX_LOSS).contains(&self.loss) {
            return Err(BadPath::Loss(self.loss));
        }
        if !QUEUES.contains(&self.queue_octets) {
            return Err(BadPath::Queue(self.queue_octets));
        }
        Ok(())
    }
}

impl fmt::Display for Path {
    /// `100 ms · 10 Mb/s`, and what is unusual: `600 ms · 20 Mb/s · 0.2 % loss · realistic TCP`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} · {}", units::brief_time(self.rtt), self.rate)?;
        if self.loss > 0.0 {
            write!(f, " · {} loss", units::share(self.loss))?;
        }
        if self.jitter > Duration::ZERO {
            write!(f, " · {} jitter", units::brief_time(self.jitter))?;
        }
        match self.tcp {
            TcpModel::Textbook => Ok(()),
            TcpModel::Realistic | TcpModel::Modern => write!(f, " · {} TCP", self.tcp),
        }
    }
}

impl Rate {
    /// No limit.
    pub const UNLIMITED: Self = Self(None);

    /// How long `octets` take to be sent; nothing when unlimited. To the nanosecond, rounded up.
    pub fn time_for(self, octets: u64) -> Duration {
        let Some(rate) = self.0.filter(|rate| *rate > 0) else { return Duration::ZERO };
        let nanos = (u128::from(octets) * 8 * 1_000_000_000).div_ceil(u128::from(rate));
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
}

impl fmt::Display for Rate {
    /// `1.54 Mb/s`, `unlimited`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(rate) => f.write_str(&units::rate(rate)),
            None => f.write_str("unlimited"),
        }
    }
}

impl FromStr for Rate {
    type Err = NoQuantity;

    /// Reads `10Mbps`, `1.54Mb/s`, `unlimited`.
    fn from_str(text: &str) -> Result<Self, NoQuantity> {
        units::read_rate(text).map(Self)
    }
}

impl TcpModel {
    /// All, the simplest first.
    pub const ALL: [Self; 3] = [Self::Textbook, Self::Realistic, Self::Modern];
}

impl fmt::Display for TcpModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Textbook => "textbook",
            Self::Realistic => "realistic",
            Self::Modern => "modern",
        })
    }
}

/// A text that names no model of TCP.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” is no TCP model: there are textbook, realistic and modern")]
pub struct NoTcpModel(pub String);

impl FromStr for TcpModel {
    type Err = NoTcpModel;

    fn from_str(text: &str) -> Result<Self, NoTcpModel> {
        let named = |model: &Self| model.to_string().eq_ignore_ascii_case(text.trim());
        Self::ALL.into_iter().find(named).ok_or_else(|| NoTcpModel(text.to_owned()))
    }
}

/// A way into the network that people know.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Preset {
    /// Its name.
    pub name: &'static str,
    /// Round-trip time.
    pub rtt: Duration,
    /// Rate, each direction.
    pub rate: Rate,
    /// Probability of loss.
    pub loss: f64,
    /// Greatest extra one-way delay.
    pub jitter: Duration,
}

impl Preset {
    /// All: the textbook's numbers first, then nearest first.
    pub const ALL: [Self; 8] = [
        Self::new("Textbook", Duration::from_millis(100), 10_000_000),
        Self::new("Same room", Duration::from_micros(300), 1_000_000_000),
        Self::new("Campus", Duration::from_millis(2), 100_000_000),
        Self::new("ADSL", Duration::from_millis(30), 8_000_000),
        Self {
            loss: 0.001,
            jitter: Duration::from_millis(8),
            ..Self::new("4G", Duration::from_millis(50), 30_000_000)
        },
        Self::new("Transatlantic", Duration::from_millis(90), 100_000_000),
        Self { loss: 0.002, ..Self::new("Satellite", Duration::from_millis(600), 20_000_000) },
        Self::new("Institution of the notes", Duration::from_secs(2), 1_540_000),
    ];

    const fn new(name: &'static str, rtt: Duration, bits_per_sec: u64) -> Self {
        Self { name, rtt, rate: Rate(Some(bits_per_sec)), loss: 0.0, jitter: Duration::ZERO }
    }

    /// `path` with this preset's delay, rate, loss and jitter; its TCP model, queue and seed stay.
    #[must_use]
    pub fn on(self, path: &Path) -> Path {
        let Self { rtt, rate, loss, jitter, .. } = self;
        Path { rtt, rate, loss, jitter, ..path.clone() }
    }
}

#[cfg(test)]
mod paths {
    use super::*;

    #[test]
    fn of_every_preset_can_be() {
        for preset in Preset::ALL {
            let path = preset.on(&Path { tcp: TcpModel::Realistic, seed: 7, ..Path::default() });
            assert_eq!(path.check(), Ok(()), "{}", preset.name);
            assert_eq!((path.tcp, path.seed), (TcpModel::Realistic, 7));
        }
        assert_eq!(Preset::ALL[0].on(&Path::default()), Path::default());
    }

    #[test]
    fn beyond_their_limits_are_named() {
        let path = Path::default();
        let said = |path: &Path| path.check().unwrap_err().to_string();
        assert_eq!(
            said(&Path { rtt: Duration::from_secs(11), ..path.clone() }),
            "a round-trip time of 11.000 s is longer than the longest, 10.000 s"
        );
        assert_eq!(
            said(&Path { rate: Rate(Some(99)), ..path.clone() }),
            "a rate of 99 b/s is not between 100 b/s and 1 Tb/s"
        );
        assert_eq!(said(&Path { loss: 0.6, ..path.clone() }), "a loss of 60 % is not between 0 % and 50 %");
        assert!(Path { loss: f64::NAN, ..path.clone() }.check().is_err());
        assert_eq!(said(&Path { queue_octets: 10, ..path.clone() }), "a queue of 10 B is not between 3 kB and 1.07 GB");
        assert_eq!(Path { rate: Rate::UNLIMITED, ..path }.check(), Ok(()));
    }

    #[test]
    fn are_written_briefly() {
        assert_eq!(Path::default().to_string(), "100 ms · 10 Mb/s");
        let far = Preset::ALL[6].on(&Path { tcp: TcpModel::Realistic, ..Path::default() });
        assert_eq!(far.to_string(), "600 ms · 20 Mb/s · 0.2 % loss · realistic TCP");
    }

    #[test]
    fn are_read_in_pieces() {
        assert_eq!("1.54Mb/s".parse(), Ok(Rate(Some(1_540_000))));
        assert_eq!("150bps".parse(), Ok(Rate(Some(150))));
        assert_eq!("unlimited".parse(), Ok(Rate::UNLIMITED));
        assert_eq!(Rate(Some(1_540_000)).to_string().parse(), Ok(Rate(Some(1_540_000))));
        assert_eq!("Realistic".parse(), Ok(TcpModel::Realistic));
        assert!(TcpModel::ALL.into_iter().all(|model| model.to_string().parse() == Ok(model)));
        assert_eq!(
            "fast".parse::<TcpModel>().unwrap_err().to_string(),
            "“fast” is no TCP model: there are textbook, realistic and modern"
        );
    }

    #[test]
    fn are_saved_with_the_name_of_their_tcp_model() {
        for (tcp, name) in TcpModel::ALL.into_iter().zip(["textbook", "realistic", "modern"]) {
            let path = Path { tcp, ..Path::default() };
            let saved = serde_json::to_value(&path).unwrap();
            assert_eq!(saved["tcp"], name);
            assert_eq!(serde_json::from_value::<Path>(saved).unwrap(), path);
        }
    }

    #[test]
    fn send_an_octet_in_eight_bit_times() {
        assert_eq!(Rate(Some(8_000_000)).time_for(1_460), Duration::from_micros(1_460));
        assert_eq!(Rate(Some(3)).time_for(1), Duration::from_nanos(2_666_666_667));
        assert_eq!(Rate::UNLIMITED.time_for(u64::MAX), Duration::ZERO);
        assert_eq!(Rate(Some(1)).time_for(u64::MAX), Duration::from_nanos(u64::MAX));
    }
}
