//! Cookies read from a file for the jar: `cookies.txt`, or JSON as this program writes it.

use std::{fs::File, io::Read as _, path::Path};

use super::notices::Notice;
use crate::{
    proto::http::cookies::{Cookie, UnixMicros, cookies_txt, limits::MAX_JAR_FILE},
    wire::units,
};

/// What a file brought.
#[derive(Debug)]
pub(super) struct ImportedCookies {
    pub(super) cookies: Vec<Cookie>,
    /// For the history.
    pub(super) why: String,
    /// For the student.
    pub(super) notice: Notice,
}

/// Reads a file; what is wrong with it is told.
pub(super) fn read(path: &Path, now: UnixMicros) -> Result<ImportedCookies, Notice> {
    let cannot = |why: String| Notice::problem(format!("{} could not be imported: {why}", path.display()));
    let mut octets = Vec::new();
    let read = File::open(path).and_then(|file| file.take(MAX_JAR_FILE + 1).read_to_end(&mut octets));
    let length = read.map_err(|error| cannot(error.to_string()))?;
    if length as u64 > MAX_JAR_FILE {
        return Err(cannot(format!("it is larger than {}", units::octets(MAX_JAR_FILE))));
    }
    let (cookies, flaws) = cookies_of(&octets, now).map_err(cannot)?;
    if cookies.is_empty() && !flaws.is_empty() {
        return Err(cannot("no line of it is a cookie".to_owned()).advising(flaws.join("; ")));
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let said = format!("Imported from {name}: {}", units::count(cookies.len(), "cookie", "cookies"));
    let notice = if flaws.is_empty() {
        Notice::done(said)
    } else {
        Notice::problem(said).advising(format!("These lines are no cookies: {}", flaws.join("; ")))
    };
    Ok(ImportedCookies { cookies, why: format!("The student read it from the file {name}."), notice })
}

/// The cookies, and what is wrong with the first few lines that are none.
fn cookies_of(octets: &[u8], now: UnixMicros) -> Result<(Vec<Cookie>, Vec<String>), String> {
    if !octets.trim_ascii_start().starts_with(b"[") {
        let (cookies, errors) = cookies_txt::read(octets, now);
        return Ok((cookies, errors.iter().take(NAMED).map(ToString::to_string).collect()));
    }
    let cookies: Vec<Cookie> =
        serde_json::from_slice(octets).map_err(|error| format!("it is no JSON list of cookies: {error}"))?;
    for (place, cookie) in (1..).zip(&cookies) {
        cookies_txt::check(cookie).map_err(|flaw| format!("cookie {place}: {flaw}"))?;
    }
    Ok((cookies, Vec::new()))
}

/// Lines that are named.
const NAMED: usize = 5;

#[cfg(test)]
mod a_file {
    use super::*;

    #[test]
    fn is_read_in_either_format_or_told_why_not() {
        let now = UnixMicros::from_secs(1_000);
        let (cookies, flaws) = cookies_of(b"www.amazon.com\tFALSE\t/\tFALSE\t0\tid\t1678\nno cookie\n", now).unwrap();
        assert_eq!((cookies.len(), flaws.len()), (1, 1));
        let json = serde_json::to_vec(&cookies).unwrap();
        assert_eq!(cookies_of(&json, now).unwrap().0, cookies);
        assert!(cookies_of(b"[{}]", now).unwrap_err().contains("no JSON list of cookies"));
    }
}
