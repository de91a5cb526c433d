//! The student's way into the network: what the path selector and the command line's common options choose.

use std::time::Duration;

use serde::{Deserialize, Serialize};

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
    /// Octets the access link's FIFO queue holds, each direction.
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
    /// 40 octets of TCP/IP header a segment, slow start from 10 segments (RFC 6928), congestion avoidance, retransmission.
    Realistic,
}
