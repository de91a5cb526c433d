//! Where a host stands: latitude, longitude, altitude and how exactly they are known. RFC 1876.

/// How a number of a LOC record is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Loc {
    /// A length as a digit and a power of ten, in centimetres.
    Size,
    /// Thousandths of a second of arc, 2³¹ at the equator.
    Latitude,
    /// The same at the prime meridian.
    Longitude,
    /// Centimetres above 100 km below the sea.
    Altitude,
}

impl Loc {
    pub(super) fn octets(self) -> usize {
        match self {
            Self::Size => 1,
            Self::Latitude | Self::Longitude | Self::Altitude => 4,
        }
    }

    pub(super) fn text(self, number: u64) -> String {
        match self {
            Self::Size => metres(f64::from(centimetres(number))),
            Self::Latitude => angle(number, 'N', 'S'),
            Self::Longitude => angle(number, 'E', 'W'),
            Self::Altitude => metres(number as f64 - 10_000_000.0),
        }
    }
}

/// The whole record as zone files write it; `None` when it is none of this kind.
pub(super) fn text(kind: u16, octets: &[u8]) -> Option<String> {
    let [0, size, horizontal, vertical, places @ ..] = octets else { return None };
    let mut numbers = places.chunks_exact(4).map(|four| four.iter().fold(0, |sum, octet| sum << 8 | u64::from(*octet)));
    let (latitude, longitude, altitude) = (numbers.next()?, numbers.next()?, numbers.next()?);
    (kind == LOC && places.len() == 12).then(|| {
        let sizes = [size, horizontal, vertical].map(|size| Loc::Size.text(u64::from(*size)));
        format!(
            "{} {} {} {}",
            Loc::Latitude.text(latitude),
            Loc::Longitude.text(longitude),
            Loc::Altitude.text(altitude),
            sizes.join(" ")
        )
    })
}

fn centimetres(number: u64) -> u32 {
    let (digit, power) = (number >> 4 & 0xf, number & 0xf);
    u32::try_from(digit * 10_u64.pow(u32::try_from(power).unwrap_or_default())).unwrap_or(u32::MAX)
}

fn metres(centimetres: f64) -> String {
    format!("{:.2}m", centimetres / 100.0)
}

fn angle(number: u64, positive: char, negative: char) -> String {
    let from_middle = i64::try_from(number).unwrap_or_default() - (1 << 31);
    let thousandths = from_middle.unsigned_abs();
    let (degrees, minutes) = (thousandths / 3_600_000, thousandths / 60_000 % 60);
    let seconds = (thousandths % 60_000) as f64 / 1_000.0;
    format!("{degrees} {minutes} {seconds:.3} {}", if from_middle < 0 { negative } else { positive })
}

/// The record's type.
const LOC: u16 = 29;
