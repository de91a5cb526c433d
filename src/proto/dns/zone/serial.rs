//! Serial numbers: a circle of 2³² on which half is ahead and half behind. RFC 1982.

/// Does `new` come after `old`, so that a secondary server would fetch the zone again? RFC 1982 §3.2; where the two are exactly
/// half the circle apart, neither comes after the other.
pub fn serial_advances(old: u32, new: u32) -> bool {
    (1..1 << 31).contains(&new.wrapping_sub(old))
}

/// The serial number after `old` (RFC 1982 §3.1).
pub fn next_serial(old: u32) -> u32 {
    old.wrapping_add(1)
}
