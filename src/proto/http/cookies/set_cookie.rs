//! A `Set-Cookie` line taken apart, whatever stands in it. RFC 6265bis §5.6; RFC 6265 §5.2.

use super::{
    cookie::SameSite,
    date::{DateFlaw, UnixMicros, parse_cookie_date},
    decision::RefusalReason,
    limits::{MAX_ATTRIBUTE, MAX_ATTRIBUTE_6265, MAX_ATTRIBUTES_SHOWN, MAX_NAME_AND_VALUE},
    rules::CookieRules,
    text::CookieText,
};

/// What a line says: name, value, and of each attribute the last one that counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SetCookie {
    /// The name; under RFC 6265bis it may be empty.
    pub name: CookieText,
    /// The value; it may be empty, but not together with the name.
    pub value: CookieText,
    /// `Expires`.
    pub expires: Option<UnixMicros>,
    /// `Max-Age`, in seconds.
    pub max_age: Option<i64>,
    /// `Domain` in lower case, without a dot before it.
    pub domain: Option<CookieText>,
    /// `Path`; empty where it does not begin with a slash, which stands for the default path.
    pub path: Option<CookieText>,
    /// `Secure`, `HttpOnly` and `Partitioned`.
    pub flags: CookieFlags,
    /// `SameSite`; `None` where the line has none.
    pub same_site: Option<SameSite>,
    /// The attributes as they were written, the first [`MAX_ATTRIBUTES_SHOWN`] of them.
    pub attributes: Vec<WrittenAttribute>,
}

/// Attributes without a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "three attributes that do not depend on each other")]
pub struct CookieFlags {
    /// `Secure` (RFC 6265bis §5.6.5).
    pub secure: bool,
    /// `HttpOnly` (§5.6.6).
    pub http_only: bool,
    /// `Partitioned` (draft-cutler-httpbis-partitioned-cookies).
    pub partitioned: bool,
}

/// An attribute as it was written, and whether it counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenAttribute {
    /// Its name.
    pub name: CookieText,
    /// Its value; empty where it has none.
    pub value: CookieText,
    /// Why it does not count; `None` where it does, unless a later one of that name takes its place.
    pub flaw: Option<AttributeFlaw>,
}

/// Why an attribute does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AttributeFlaw {
    /// No such attribute is known under these rules.
    #[error("no attribute of this name is known")]
    Unknown,
    /// Its value is longer than is taken.
    #[error("its value has {octets} octets, and at most {limit} count")]
    TooLong {
        /// How long it is.
        octets: usize,
        /// How long it may be.
        limit: usize,
    },
    /// `Expires` is no date.
    #[error("its value is no date: {0}")]
    NoDate(DateFlaw),
    /// `Max-Age` is no whole number.
    #[error("its value is no whole number of seconds")]
    NoNumber,
    /// `Domain` without a value, which RFC 6265 passes over.
    #[error("its value is empty")]
    Empty,
}

impl SetCookie {
    /// Takes a line apart.
    ///
    /// # Errors
    /// Why the whole line is ignored.
    pub fn parse(line: &[u8], rules: CookieRules) -> Result<Self, RefusalReason> {
        if rules.are_newest()
            && let Some(octet) = line.iter().copied().find(|octet| is_control(*octet))
        {
            return Err(RefusalReason::ControlCharacter { octet });
        }
        let (pair, attributes) = split_at(line, b';');
        let (name, value) = match split_at(pair, b'=') {
            (name, Some(value)) => (name, value),
            (value, None) if rules.are_newest() => (&[][..], value),
            (_, None) => return Err(RefusalReason::NoEqualsSign),
        };
        let (name, value) = (trimmed(name), trimmed(value));
        if name.is_empty() && !rules.are_newest() {
            return Err(RefusalReason::NoName);
        }
        let octets = name.len() + value.len();
        if octets > MAX_NAME_AND_VALUE {
            return Err(RefusalReason::TooLong { octets });
        }
        if octets == 0 {
            return Err(RefusalReason::Empty);
        }
        let mut cookie = Self { name: CookieText::new(name), value: CookieText::new(value), ..Self::default() };
        let mut rest = attributes;
        while let Some(unread) = rest {
            let (attribute, more) = split_at(unread, b';');
            cookie.read_attribute(attribute, rules);
            rest = more;
        }
        Ok(cookie)
    }

    /// The name and the value of a line that is refused, as far as they can be told.
    pub(super) fn names_of(line: &[u8]) -> (CookieText, CookieText) {
        let (pair, _) = split_at(line, b';');
        let (name, value) = match split_at(pair, b'=') {
            (name, Some(value)) => (name, value),
            (value, None) => (&[][..], value),
        };
        let shown = |text| CookieText::begin(trimmed(text), SHOWN_OF_REFUSED);
        (shown(name), shown(value))
    }

    fn read_attribute(&mut self, attribute: &[u8], rules: CookieRules) {
        let (name, value) = split_at(attribute, b'=');
        let (name, value) = (trimmed(name), trimmed(value.unwrap_or_default()));
        if name.is_empty() && value.is_empty() {
            return;
        }
        let limit = if rules.are_newest() { MAX_ATTRIBUTE } else { MAX_ATTRIBUTE_6265 };
        let flaw = if value.len() > limit {
            Some(AttributeFlaw::TooLong { octets: value.len(), limit })
        } else {
            self.take_attribute(name, value, rules).err()
        };
        if self.attributes.len() < MAX_ATTRIBUTES_SHOWN {
            let (name, value) = (CookieText::begin(name, limit), CookieText::begin(value, limit));
            self.attributes.push(WrittenAttribute { name, value, flaw });
        }
    }

    fn take_attribute(&mut self, name: &[u8], value: &[u8], rules: CookieRules) -> Result<(), AttributeFlaw> {
        let newest = rules.are_newest();
        match name.to_ascii_lowercase().as_slice() {
            b"expires" => self.expires = Some(parse_cookie_date(value).map_err(AttributeFlaw::NoDate)?),
            b"max-age" => self.max_age = Some(seconds(value).ok_or(AttributeFlaw::NoNumber)?),
            b"domain" if value.is_empty() && !newest => return Err(AttributeFlaw::Empty),
            b"domain" => {
                let domain = value.strip_prefix(b".").unwrap_or(value);
                self.domain = Some(domain.to_ascii_lowercase().into());
            }
            b"path" => {
                let path = if value.starts_with(b"/") { value } else { &[] };
                self.path = Some(CookieText::new(path));
            }
            b"secure" => self.flags.secure = true,
            b"httponly" => self.flags.http_only = true,
            b"samesite" if newest => {
                self.same_site = Some(match value.to_ascii_lowercase().as_slice() {
                    b"none" => SameSite::None,
                    b"lax" => SameSite::Lax,
                    b"strict" => SameSite::Strict,
                    _ => SameSite::Default,
                });
            }
            b"partitioned" if newest => self.flags.partitioned = true,
            _ => return Err(AttributeFlaw::Unknown),
        }
        Ok(())
    }
}

/// Octets of the name and of the value of a refused line that are shown.
const SHOWN_OF_REFUSED: usize = 256;

/// Control characters but for the tab (RFC 6265bis §5.6 step 1).
pub(super) fn is_control(octet: u8) -> bool {
    octet.is_ascii_control() && octet != b'\t'
}

/// What stands before the first `mark`, and what stands behind it, if there is one.
fn split_at(text: &[u8], mark: u8) -> (&[u8], Option<&[u8]>) {
    let place = text.iter().position(|octet| *octet == mark);
    match place.and_then(|place| text.split_at_checked(place)) {
        Some((before, behind)) => (before, behind.get(1..)),
        None => (text, None),
    }
}

/// Without spaces and tabs around it.
fn trimmed(text: &[u8]) -> &[u8] {
    let blank = |octet: &u8| matches!(octet, b' ' | b'\t');
    let from = text.iter().position(|octet| !blank(octet)).unwrap_or(text.len());
    let to = text.iter().rposition(|octet| !blank(octet)).map_or(from, |last| last + 1);
    text.get(from..to).unwrap_or_default()
}

/// `Max-Age`: digits, perhaps with a minus before them. What is beyond all bounds is as much as can be.
fn seconds(value: &[u8]) -> Option<i64> {
    let digits = value.strip_prefix(b"-").unwrap_or(value);
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let beyond = if digits.len() < value.len() { i64::MIN } else { i64::MAX };
    Some(std::str::from_utf8(value).ok()?.parse().unwrap_or(beyond))
}

#[cfg(test)]
mod a_line {
    use proptest::prelude::*;

    use super::*;

    fn newest(line: &str) -> SetCookie {
        SetCookie::parse(line.as_bytes(), CookieRules::Rfc6265bis).unwrap()
    }

    #[test]
    fn is_a_pair_and_attributes() {
        // RFC 6265bis §3.1.
        let line =
            newest("SID=31d4d96e407aad42; Path=/; Domain=.Site.EXAMPLE; Secure; HttpOnly; SameSite=strict; Max-Age=7");
        assert_eq!((line.name.text(), line.value.text()), (Some("SID"), Some("31d4d96e407aad42")));
        assert_eq!(line.domain.as_ref().and_then(CookieText::text), Some("site.example"));
        assert_eq!((line.max_age, line.same_site), (Some(7), Some(SameSite::Strict)));
        assert!(
            line.flags.secure && line.flags.http_only && line.attributes.iter().all(|written| written.flaw.is_none())
        );
    }

    #[test]
    fn without_an_equals_sign_is_a_value_or_nothing() {
        assert_eq!(newest("token; Path=/").value.text(), Some("token"));
        assert!(newest("token").name.is_empty());
        let older = |line: &str| SetCookie::parse(line.as_bytes(), CookieRules::Rfc6265).map(drop);
        assert_eq!(older("token"), Err(RefusalReason::NoEqualsSign));
        assert_eq!(older("=token"), Err(RefusalReason::NoName));
        for empty in ["", "=", " = ; Path=/"] {
            let refused = SetCookie::parse(empty.as_bytes(), CookieRules::Rfc6265bis);
            assert_eq!(refused, Err(RefusalReason::Empty), "{empty}");
        }
    }

    #[test]
    fn has_limits() {
        let long = |octets: usize| format!("a={}", "x".repeat(octets - 1));
        assert_eq!(newest(&long(MAX_NAME_AND_VALUE)).value.len(), MAX_NAME_AND_VALUE - 1);
        for octets in [MAX_NAME_AND_VALUE + 1, 1_000_000] {
            let refused = SetCookie::parse(long(octets).as_bytes(), CookieRules::Rfc6265bis);
            assert_eq!(refused, Err(RefusalReason::TooLong { octets }));
        }
        let path = |octets: usize| newest(&format!("a=b; Path=/{}; Path=/x", "p".repeat(octets - 1)));
        assert_eq!(path(MAX_ATTRIBUTE).path.unwrap().text(), Some("/x"));
        let ignored = newest(&format!("a=b; Path=/x; Path=/{}", "p".repeat(MAX_ATTRIBUTE)));
        assert_eq!(ignored.path.unwrap().text(), Some("/x"), "an attribute that is too long is passed over");
        assert_eq!(newest(&format!("a=b{}", "; c=d".repeat(10_000))).attributes.len(), MAX_ATTRIBUTES_SHOWN);
        let control = SetCookie::parse(b"a=b\x07c", CookieRules::Rfc6265bis);
        assert_eq!(control, Err(RefusalReason::ControlCharacter { octet: 7 }));
        assert_eq!(newest("a=b\tc").value.text(), Some("b\tc"));
    }

    #[test]
    fn passes_over_what_it_does_not_understand() {
        let line =
            newest("a=b; Max-Age=1x; Expires=soon; Colour=red; SameSite=sometimes; Max-Age=-99999999999999999999");
        assert_eq!((line.max_age, line.expires, line.same_site), (Some(i64::MIN), None, Some(SameSite::Default)));
        let flaws: Vec<bool> = line.attributes.iter().map(|written| written.flaw.is_some()).collect();
        assert_eq!(flaws, [true, true, true, false, false]);
    }

    proptest! {
        #[test]
        fn of_any_octets_is_read_or_refused(line in prop::collection::vec(any::<u8>(), 0..200)) {
            for rules in CookieRules::ALL {
                if let Ok(cookie) = SetCookie::parse(&line, rules) {
                    prop_assert!(cookie.name.len() + cookie.value.len() <= line.len());
                }
                SetCookie::names_of(&line);
            }
        }
    }
}
