//! LOC: a place on Earth. RFC 1876: sixteen octets, and `48 28 1.200 N 123 19 8.400 W 62.00m 1m 10000m 10m`.

use super::{TextError, Word};

/// As text; `None` where the octets are not version 0, or not on Earth.
pub(super) fn text(octets: &[u8]) -> Option<String> {
    let [0, size, across, height, rest @ ..] = octets else { return None };
    let (latitude, rest) = rest.split_first_chunk::<4>()?;
    let (longitude, rest) = rest.split_first_chunk::<4>()?;
    let altitude = <[u8; 4]>::try_from(rest).ok()?;
    let latitude = angle(u32::from_be_bytes(*latitude), ['N', 'S'], 90)?;
    let longitude = angle(u32::from_be_bytes(*longitude), ['E', 'W'], 180)?;
    let centimetres = i64::from(u32::from_be_bytes(altitude)) - DEPTH;
    let sign = if centimetres < 0 { "-" } else { "" };
    let (metres, rest) = (centimetres.abs() / 100, centimetres.abs() % 100);
    let [size, across, height] = [precision(*size)?, precision(*across)?, precision(*height)?];
    Some(format!("{latitude} {longitude} {sign}{metres}.{rest:02}m {size} {across} {height}"))
}

/// The sixteen octets from the words of the text.
pub(super) fn from_words(words: &[Word]) -> Result<Vec<u8>, TextError> {
    let mut words = words.iter().map(|word| word.text.as_str());
    let latitude = angle_from(&mut words, ["N", "S"], 90)?;
    let longitude = angle_from(&mut words, ["E", "W"], 180)?;
    let altitude = words.next().ok_or(TextError::Missing { expected: "an altitude" })?;
    let metres = centimetres(altitude).map(|metres| metres + DEPTH).and_then(|above| u32::try_from(above).ok());
    let metres = metres.ok_or_else(|| TextError::unfit(altitude, "an altitude, as 62.00m"))?;
    // RFC 1876 §3: a metre, ten kilometres, ten metres, unless said otherwise.
    let mut precisions = [0x12, 0x16, 0x13];
    for octet in &mut precisions {
        let Some(word) = words.next() else { break };
        *octet = precision_from(word).ok_or_else(|| TextError::unfit(word, "a size or precision, as 10m"))?;
    }
    if let Some(extra) = words.next() {
        return Err(TextError::Extra { found: extra.to_owned() });
    }
    let mut octets = vec![0];
    octets.extend(precisions);
    octets.extend([latitude, longitude, metres].iter().flat_map(|number| number.to_be_bytes()));
    Ok(octets)
}

/// Thousandths of a second of arc, 2³¹ being the equator or the prime meridian.
fn angle(value: u32, [up, down]: [char; 2], most: i64) -> Option<String> {
    let offset = i64::from(value) - ZERO;
    let thousandths = offset.abs();
    let hemisphere = if offset < 0 { down } else { up };
    let (degrees, minutes) = (thousandths / 3_600_000, thousandths / 60_000 % 60);
    let (seconds, rest) = (thousandths / 1_000 % 60, thousandths % 1_000);
    (thousandths <= most * 3_600_000).then(|| format!("{degrees} {minutes} {seconds}.{rest:03} {hemisphere}"))
}

fn angle_from<'a>(
    words: &mut impl Iterator<Item = &'a str>,
    [up, down]: [&str; 2],
    most: i64,
) -> Result<u32, TextError> {
    let mut thousandths = 0_i64;
    for unit in [3_600_000, 60_000, 1_000, 0] {
        let word = words.next().ok_or(TextError::Missing { expected: "a latitude and a longitude" })?;
        let wrong = || TextError::unfit(word, "degrees, minutes and seconds, then N, S, E or W");
        let value = match word {
            word if unit < 3_600_000 && word.eq_ignore_ascii_case(up) => ZERO + thousandths,
            word if unit < 3_600_000 && word.eq_ignore_ascii_case(down) => ZERO - thousandths,
            word => {
                // Seconds may have three decimals, the others none.
                let (whole, part) = word.split_once('.').filter(|_| unit == 1_000).unwrap_or((word, ""));
                let whole: u16 = whole.parse().map_err(|_not_a_number| wrong())?;
                let part = decimals(part, 3).ok_or_else(wrong)?;
                let fits = unit == 3_600_000 || whole < 60;
                if unit == 0 || !fits {
                    return Err(wrong());
                }
                thousandths += i64::from(whole) * unit + part;
                continue;
            }
        };
        let fits = thousandths <= most * 3_600_000;
        return u32::try_from(value).ok().filter(|_| fits).ok_or_else(wrong);
    }
    Err(TextError::Missing { expected: "N, S, E or W" })
}

/// `62.00m` or `62` as centimetres.
fn centimetres(text: &str) -> Option<i64> {
    let text = text.strip_suffix(['m', 'M']).unwrap_or(text);
    let (sign, text) = text.strip_prefix('-').map_or((1, text), |text| (-1, text));
    let (metres, part) = text.split_once('.').unwrap_or((text, ""));
    let metres: u32 = metres.parse().ok()?;
    Some(sign * (i64::from(metres) * 100 + decimals(part, 2)?))
}

/// Digits behind a decimal point, filled up to `places`.
fn decimals(digits: &str, places: usize) -> Option<i64> {
    if digits.len() > places || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    format!("{digits:0<places$}").parse().ok()
}

/// One octet: a digit and a power of ten, in centimetres.
fn precision(octet: u8) -> Option<String> {
    let (digit, power) = (u64::from(octet >> 4), u32::from(octet & 0x0f));
    if digit > 9 || power > 9 {
        return None;
    }
    let centimetres = digit * 10_u64.pow(power);
    let (metres, rest) = (centimetres / 100, centimetres % 100);
    Some(if rest == 0 { format!("{metres}m") } else { format!("{metres}.{rest:02}m") })
}

fn precision_from(text: &str) -> Option<u8> {
    let mut digit = u64::try_from(centimetres(text)?).ok()?;
    let mut power = 0_u8;
    while digit > 9 {
        digit /= 10;
        power += 1;
    }
    (power <= 9).then_some(u8::try_from(digit).ok()? << 4 | power)
}

/// The equator and the prime meridian.
const ZERO: i64 = 1 << 31;

/// Altitudes count from 100 km below the reference spheroid, in centimetres.
const DEPTH: i64 = 10_000_000;
