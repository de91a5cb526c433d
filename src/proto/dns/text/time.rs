//! Points in time as RRSIG writes them: `YYYYMMDDHHmmSS`, in UTC. RFC 4034 §3.2.

/// As text, from seconds since 1970.
pub(super) fn text(seconds: u32) -> String {
    let (day, second) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = date(day);
    format!("{year:04}{month:02}{day:02}{:02}{:02}{:02}", second / 3_600, second / 60 % 60, second % 60)
}

/// Seconds since 1970 from text, which may also be the number itself.
pub(super) fn from_text(text: &str) -> Option<u32> {
    if text.len() != 14 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return text.parse().ok();
    }
    let field = |from: usize, to: usize| text.get(from..to)?.parse::<u32>().ok();
    let (year, month, day) = (field(0, 4)?, field(4, 6)?, field(6, 8)?);
    let (hour, minute, second) = (field(8, 10)?, field(10, 12)?, field(12, 14)?);
    if !(1970..=2106).contains(&year) || !(1..=12).contains(&month) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let months = MONTHS.get(..usize::try_from(month).ok()?.checked_sub(1)?)?;
    let leap = u32::from(month > 2 && is_leap(year));
    let past: u32 = (1970..year).map(|year| 365 + u32::from(is_leap(year))).sum();
    let days = past + months.iter().sum::<u32>() + leap + day.checked_sub(1)?;
    let found = days.checked_mul(86_400)?.checked_add(hour * 3_600 + minute * 60 + second)?;
    // The 31st of June is none.
    (self::text(found) == text).then_some(found)
}

fn date(mut day: u32) -> (u32, u32, u32) {
    let mut year = 1970;
    loop {
        let days = 365 + u32::from(is_leap(year));
        if day < days {
            break;
        }
        day -= days;
        year += 1;
    }
    let mut month = 1;
    for (number, days) in (1..).zip(MONTHS) {
        let days = days + u32::from(number == 2 && is_leap(year));
        if day < days {
            break;
        }
        day -= days;
        month = number + 1;
    }
    (year, month, day + 1)
}

fn is_leap(year: u32) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

const MONTHS: [u32; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
