//! Serial numbers: a circle of 2³² on which half is ahead and half behind. RFC 1982.

use super::{Remark, Severity, Zone};

/// Does `new` come after `old`, so that a secondary server would fetch the zone again? RFC 1982 §3.2; where the two are exactly
/// half the circle apart, neither comes after the other.
pub fn serial_advances(old: u32, new: u32) -> bool {
    (1..1 << 31).contains(&new.wrapping_sub(old))
}

/// The serial number after `old` (RFC 1982 §3.1).
pub fn next_serial(old: u32) -> u32 {
    old.wrapping_add(1)
}

/// What is to be said where a zone's records change and its serial number does not move on. RFC 1912 §2.2.
pub fn check_serial(before: &Zone, after: &Zone) -> Option<Remark> {
    let (old, new) = (before.serial()?, after.serial()?);
    let forgotten = before.to_text() != after.to_text() && !serial_advances(old, new);
    forgotten.then(|| {
        let text = format!(
            "the records change, the serial number does not move on from {old}: secondary servers will not fetch them"
        );
        let line = after.soa().and_then(|(set, _)| set.entries().first()).map(|entry| entry.line);
        Remark { line: line.filter(|line| *line > 0), ..Remark::new(Severity::Warning, text, "RFC 1912 §2.2") }
    })
}
