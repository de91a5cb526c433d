//! What TCP's slow start adds to a transfer. Kurose–Ross (3rd and 4th edition) §3.7, static congestion windows.
//!
//! The book starts with a window of one segment; today's stacks start with ten (RFC 6928), so the initial window is a parameter.
//! Loss, congestion avoidance and delayed acknowledgements are not in the formula.

use std::time::Duration;

/// A transfer under slow start.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Transfer {
    /// O: octets to transfer.
    pub octets: u64,
    /// R in bits per second; `None` is unlimited.
    pub rate: Option<u64>,
    /// Round-trip time.
    pub rtt: Duration,
    /// S: octets in a segment, at least 1.
    pub segment_octets: u64,
    /// Segments in the first window, at least 1.
    pub initial_window: u64,
}

/// What the formula says of a transfer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SlowStart {
    /// K: windows that cover the object.
    pub windows: u32,
    /// P: times the server stalls, waiting for an acknowledgement.
    pub stalls: u32,
    /// How long it stalls in all.
    pub stalled: Duration,
    /// The whole: `2·RTT + O/R + P·(RTT + S/R) − w·(2^P − 1)·S/R`.
    pub latency: Duration,
    /// Segments in the window after the transfer (it doubles each round).
    pub window_after: u64,
}

impl Transfer {
    /// Works the formula out: K = ⌈log₂(O/(w·S) + 1)⌉ windows, Q = ⌊log₂((1 + RTT/(S/R))/w)⌋ + 1 stalls were the object
    /// endless, P = min(Q, K − 1).
    pub fn slow_start(&self) -> SlowStart {
        let segment_octets = self.segment_octets.max(1);
        let first = self.initial_window.max(1);
        let segment_secs = self.rate.map_or(0.0, |rate| segment_octets as f64 * 8.0 / rate as f64);
        let rtt = self.rtt.as_secs_f64();
        let mut windows = 1;
        let mut window = first;
        let mut covered = u128::from(first) * u128::from(segment_octets);
        let mut stalls = 0;
        let mut stalled = 0.0;
        while covered < u128::from(self.octets) {
            let stall = segment_secs + rtt - window as f64 * segment_secs;
            if stall >= 0.0 {
                stalls += 1;
                stalled += stall;
            }
            windows += 1;
            window = window.saturating_mul(2);
            covered += u128::from(window) * u128::from(segment_octets);
        }
        let transmission = self.rate.map_or(0.0, |rate| self.octets as f64 * 8.0 / rate as f64);
        SlowStart {
            windows,
            stalls,
            stalled: Duration::from_secs_f64(stalled),
            latency: Duration::from_secs_f64(2.0 * rtt + transmission + stalled),
            window_after: window,
        }
    }
}

#[cfg(test)]
mod the_formula {
    use super::*;

    fn transfer(octets: u64, rate: u64, rtt_millis: u64) -> SlowStart {
        let rtt = Duration::from_millis(rtt_millis);
        Transfer { octets, rate: Some(rate), rtt, segment_octets: 536, initial_window: 1 }.slow_start()
    }

    /// The closed form as the book prints it, to hold the sum above against.
    fn closed_form(octets: f64, rate: f64, rtt: f64) -> (f64, f64) {
        let s = 536.0 * 8.0 / rate;
        let k = (octets / 536.0 + 1.0).log2().ceil();
        let q = (1.0 + rtt / s).log2().floor() + 1.0;
        let p = q.min(k - 1.0);
        (p, 2.0 * rtt + octets * 8.0 / rate + p * (rtt + s) - (p.exp2() - 1.0) * s)
    }

    #[test]
    fn gives_the_books_table() {
        for (octets, rate, rtt, seconds, stalls) in [
            (100_000, 28_000, 100, 28.87, 1),
            (100_000, 100_000, 100, 8.357, 2),
            (100_000, 1_000_000, 100, 1.389, 5),
            (100_000, 10_000_000, 100, 0.9285, 7),
            (5_000, 28_000, 1000, 5.816, 3),
            (5_000, 100_000, 1000, 5.228, 3),
            (5_000, 1_000_000, 1000, 5.023, 3),
            (5_000, 10_000_000, 1000, 5.002, 3),
        ] {
            let found = transfer(octets, rate, rtt);
            assert!((found.latency.as_secs_f64() / seconds - 1.0).abs() < 5e-4, "{octets} at {rate}: {found:?}");
            assert_eq!(found.stalls, stalls, "{octets} at {rate}");
            let (p, latency) = closed_form(octets as f64, rate as f64, rtt as f64 / 1e3);
            assert!((found.latency.as_secs_f64() - latency).abs() < 1e-6, "{octets} at {rate}");
            assert!((f64::from(found.stalls) - p).abs() < 1e-9, "{octets} at {rate}");
        }
    }

    #[test]
    fn is_gentler_with_a_window_of_ten() {
        let ten = Transfer {
            octets: 100_000,
            rate: None,
            rtt: Duration::from_millis(100),
            segment_octets: 1460,
            initial_window: 10,
        };
        // 69 segments: 10 + 20 + 40 cover them, so two stalls.
        let found = ten.slow_start();
        assert_eq!((found.windows, found.stalls, found.stalled), (3, 2, Duration::from_millis(200)));
        assert_eq!(found.window_after, 40);
    }

    #[test]
    fn costs_a_small_object_nothing() {
        let found = Transfer {
            octets: 1000,
            rate: None,
            rtt: Duration::from_secs(1),
            segment_octets: 1460,
            initial_window: 10,
        };
        assert_eq!(found.slow_start().stalled, Duration::ZERO);
    }
}
