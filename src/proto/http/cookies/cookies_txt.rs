//! `cookies.txt`, the file of Netscape's browser that curl and others read and write: a cookie a line, seven fields with tabs between them.
//! Source: curl's documentation, "HTTP Cookies" (<https://curl.se/docs/http-cookies.html>).
//!
//! Its fields are domain (with a dot where hosts below it are meant), `TRUE` for those, path, `TRUE` for Secure, the date of expiry in
//! seconds since 1970 (0: with the session), name and value; `#HttpOnly_` before the domain is HttpOnly. The file knows no SameSite and no
//! partition.

use super::{
    cookie::{Cookie, SameSite},
    date::UnixMicros,
    limits::{MAX_ATTRIBUTE, MAX_ATTRIBUTE_6265, MAX_NAME_AND_VALUE},
    set_cookie::is_control,
    text::CookieText,
};

/// A line that is no cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {flaw}")]
pub struct LineError {
    /// Which, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub flaw: LineFlaw,
}

/// What is wrong with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LineFlaw {
    /// It has not seven fields.
    #[error("it has {fields} fields, and a cookie has seven with tabs between them")]
    Fields {
        /// How many it has.
        fields: usize,
    },
    /// The domain is empty, too long or not ASCII.
    #[error("its domain is empty, too long or not ASCII")]
    Domain,
    /// A switch is neither `TRUE` nor `FALSE`.
    #[error("its second and fourth field have to be TRUE or FALSE")]
    Switch,
    /// The path does not begin with a slash, or is too long.
    #[error("its path does not begin with a slash, or is too long")]
    Path,
    /// The date is no number.
    #[error("its date is no number of seconds")]
    Expiry,
    /// Name and value are too long.
    #[error("its name and value have {octets} octets, and a cookie has {MAX_NAME_AND_VALUE} at most")]
    TooLong {
        /// How many.
        octets: usize,
    },
    /// A control character.
    #[error("it has a control character")]
    ControlCharacter,
}

/// The cookies of a file, set at `now`, and the lines that are none.
pub fn read(file: &[u8], now: UnixMicros) -> (Vec<Cookie>, Vec<LineError>) {
    let (mut cookies, mut errors) = (Vec::new(), Vec::new());
    for (line, text) in (1..).zip(file.split(|octet| *octet == b'\n')) {
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        let (text, http_only) = match text.strip_prefix(HTTP_ONLY) {
            Some(rest) => (rest, true),
            None => (text, false),
        };
        if text.trim_ascii().is_empty() || (text.starts_with(b"#") && !http_only) {
            continue;
        }
        match cookie_of(text, now) {
            Ok(cookie) => cookies.push(Cookie { http_only, number: cookies.len() as u64, ..cookie }),
            Err(flaw) => errors.push(LineError { line, flaw }),
        }
    }
    (cookies, errors)
}

/// The file that holds these cookies. Those of a partition, which it cannot tell, are left out; how many is told too.
pub fn write<'a>(cookies: impl IntoIterator<Item = &'a Cookie>) -> (Vec<u8>, usize) {
    let mut file = HEADING.to_vec();
    let mut left_out = 0;
    for cookie in cookies {
        if !fits(cookie) {
            left_out += 1;
            continue;
        }
        let switch = |on: bool| if on { "TRUE" } else { "FALSE" };
        let dot = if cookie.host_only { "" } else { "." };
        let http_only = if cookie.http_only { "#HttpOnly_" } else { "" };
        file.extend_from_slice(
            format!("{http_only}{dot}{}\t{}\t", cookie.domain, switch(!cookie.host_only)).as_bytes(),
        );
        file.extend_from_slice(cookie.path.octets());
        // A date that has passed is written as 1: 0 would mean the session.
        let expires = cookie.expires.map_or(0, |expires| expires.secs().max(1));
        file.extend_from_slice(format!("\t{}\t{expires}\t", switch(cookie.secure)).as_bytes());
        file.extend_from_slice(cookie.name.octets());
        file.push(b'\t');
        file.extend_from_slice(cookie.value.octets());
        file.push(b'\n');
    }
    (file, left_out)
}

/// Can the file tell it?
fn fits(cookie: &Cookie) -> bool {
    let fields = [cookie.name.octets(), cookie.value.octets(), cookie.path.octets()];
    let breaks = |octet: &u8| matches!(octet, b'\t' | b'\n' | b'\r');
    cookie.partition.is_none() && !fields.iter().any(|field| field.iter().any(breaks))
}

const HTTP_ONLY: &[u8] = b"#HttpOnly_";
const HEADING: &[u8] = b"# Netscape HTTP Cookie File\n# https://curl.se/docs/http-cookies.html\n\n";

fn cookie_of(line: &[u8], now: UnixMicros) -> Result<Cookie, LineFlaw> {
    let fields: Vec<&[u8]> = line.splitn(7, |octet| *octet == b'\t').collect();
    // A cookie without a value may lack its last tab.
    let (domain, below, path, secure, expires, name, value) = match fields[..] {
        [domain, below, path, secure, expires, name, value] => (domain, below, path, secure, expires, name, value),
        [domain, below, path, secure, expires, name] => (domain, below, path, secure, expires, name, &[][..]),
        _ => return Err(LineFlaw::Fields { fields: fields.len() }),
    };
    let domain = domain.strip_prefix(b".").unwrap_or(domain).to_ascii_lowercase();
    let domain = String::from_utf8_lossy(&domain).into_owned();
    let number = std::str::from_utf8(expires).ok().and_then(|number| number.trim().parse::<i64>().ok());
    let expires = number.ok_or(LineFlaw::Expiry)?;
    let cookie = Cookie {
        name: CookieText::new(name),
        value: CookieText::new(value),
        domain,
        host_only: !switch(below)?,
        path: CookieText::new(path),
        expires: (expires != 0).then(|| UnixMicros::from_secs(expires)),
        created: now,
        accessed: now,
        number: 0,
        secure: switch(secure)?,
        http_only: false,
        same_site: SameSite::Default,
        partition: None,
    };
    check(&cookie)?;
    Ok(cookie)
}

/// Is a cookie that was read from a file, whatever its format, one that a server could have set?
///
/// # Errors
/// What is wrong with it.
pub fn check(cookie: &Cookie) -> Result<(), LineFlaw> {
    let Cookie { name, value, domain, path, .. } = cookie;
    let octets = name.len() + value.len();
    if octets > MAX_NAME_AND_VALUE {
        return Err(LineFlaw::TooLong { octets });
    }
    if [name, value, path].iter().any(|field| field.octets().iter().any(|octet| is_control(*octet))) {
        return Err(LineFlaw::ControlCharacter);
    }
    if !path.octets().starts_with(b"/") || path.len() > MAX_ATTRIBUTE_6265 {
        return Err(LineFlaw::Path);
    }
    if domain.is_empty() || domain.len() > MAX_ATTRIBUTE || !domain.bytes().all(|octet| octet.is_ascii_graphic()) {
        return Err(LineFlaw::Domain);
    }
    Ok(())
}

fn switch(field: &[u8]) -> Result<bool, LineFlaw> {
    match field.to_ascii_uppercase().as_slice() {
        b"TRUE" => Ok(true),
        b"FALSE" => Ok(false),
        _ => Err(LineFlaw::Switch),
    }
}

#[cfg(test)]
mod a_file {
    use proptest::prelude::*;

    use super::*;

    const NOW: UnixMicros = UnixMicros(1_000_000);

    #[test]
    fn of_curl_is_read() {
        let file = b"# Netscape HTTP Cookie File\r\n\n.amazon.com\tTRUE\t/\tFALSE\t1900000000\tid\t1678\r\n#HttpOnly_www.amazon.com\tFALSE\t/cart\tTRUE\t0\tsid\ta\tb\n";
        let (cookies, errors) = read(file, NOW);
        assert_eq!(errors, []);
        let [id, sid] = &cookies[..] else { panic!("{cookies:?}") };
        assert_eq!(
            (id.scope().as_str(), id.value.text(), id.expires),
            (".amazon.com", Some("1678"), Some(UnixMicros::from_secs(1_900_000_000)))
        );
        assert!(sid.http_only && sid.secure && sid.host_only && sid.expires.is_none());
        assert_eq!(sid.value.text(), Some("a\tb"), "a tab may stand in a value");
    }

    #[test]
    fn with_wrong_lines_names_them() {
        let (cookies, errors) = read(b"a\tTRUE\n\tTRUE\t/\tFALSE\t0\ta\tb\nx\tYES\t/\tFALSE\t0\ta\tb\nx\tTRUE\t/\tFALSE\tsoon\ta\tb\nx\tTRUE\tp\tFALSE\t0\ta\tb", NOW);
        assert_eq!(cookies, []);
        let flaws: Vec<LineFlaw> = errors.iter().map(|error| error.flaw).collect();
        assert_eq!(
            flaws,
            [LineFlaw::Fields { fields: 2 }, LineFlaw::Domain, LineFlaw::Switch, LineFlaw::Expiry, LineFlaw::Path]
        );
        assert_eq!(errors[4].to_string(), "line 5: its path does not begin with a slash, or is too long");
    }

    proptest! {
        #[test]
        fn of_any_octets_is_read(file in prop::collection::vec(any::<u8>(), 0..400)) {
            read(&file, NOW);
        }

        #[test]
        fn written_and_read_is_what_it_was(
            name in "[a-z]{0,9}", value in "[ -~]{0,20}", secs in 0_i64..2_000_000_000, switches in any::<[bool; 3]>(),
        ) {
            let [host_only, secure, http_only] = switches;
            let cookie = Cookie {
                name: name.as_str().into(), value: value.as_str().into(), domain: "a.example".to_owned(), host_only, path: "/x".into(),
                expires: (secs > 0).then(|| UnixMicros::from_secs(secs)), created: NOW, accessed: NOW, number: 0, secure, http_only,
                same_site: SameSite::Default, partition: None,
            };
            let (file, left_out) = write([&cookie]);
            prop_assert_eq!(left_out, 0);
            prop_assert_eq!(read(&file, NOW), (vec![cookie], vec![]));
        }
    }
}
