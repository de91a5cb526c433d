//! Times to live as text: seconds, or with units as BIND has them.

/// Seconds: `3600`, `1h`, `1d12h`. `None` where it is none, or more than 2³¹ − 1 (RFC 2181 §8).
pub fn ttl_from_text(text: &str) -> Option<u32> {
    let mut total: u32 = 0;
    let mut digits: Option<u32> = None;
    let mut units = 0;
    for c in text.chars() {
        if let Some(digit) = c.to_digit(10) {
            digits = Some(digits.unwrap_or(0).checked_mul(10)?.checked_add(digit)?);
            continue;
        }
        let seconds = match c.to_ascii_lowercase() {
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            'w' => 604_800,
            _ => return None,
        };
        total = total.checked_add(digits.take()?.checked_mul(seconds)?)?;
        units += 1;
    }
    // A number behind the last unit has none, and counts only where there is no unit at all.
    let total = match (digits, units) {
        (Some(seconds), 0) => seconds,
        (None, 1..) => total,
        _ => return None,
    };
    i32::try_from(total).is_ok().then_some(total)
}
