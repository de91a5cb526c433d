//! Cookies read from a file for the jar: `cookies.txt`, or JSON as this program writes it.

use std::{fs::File, io, path::Path};

use super::notices::Notice;
use crate::{
    engine::jar::{JarFileError, read_jar_file},
    proto::http::cookies::{Cookie, UnixMicros},
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
    let (cookies, flaws) = cookies_of(File::open(path), now).map_err(cannot)?;
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
fn cookies_of(opened: io::Result<impl io::Read>, now: UnixMicros) -> Result<(Vec<Cookie>, Vec<String>), String> {
    let (cookies, errors) = read_jar_file(opened, now).map_err(|error| match error {
        JarFileError::Unreadable(error) => error.to_string(),
        JarFileError::NoCookie { .. } => error.to_string(),
        JarFileError::TooLarge | JarFileError::NoList(_) => format!("it {error}"),
    })?;
    Ok((cookies, errors.iter().take(NAMED).map(ToString::to_string).collect()))
}

/// Lines that are named.
const NAMED: usize = 5;

#[cfg(test)]
mod a_file {
    use super::*;

    #[test]
    fn is_read_in_either_format_or_told_why_not() {
        let read = |octets: &[u8]| cookies_of(Ok(octets), UnixMicros::from_secs(1_000));
        let (cookies, flaws) = read(b"www.amazon.com\tFALSE\t/\tFALSE\t0\tid\t1678\nno cookie\n").unwrap();
        assert_eq!((cookies.len(), flaws.len()), (1, 1));
        let json = serde_json::to_vec(&cookies).unwrap();
        assert_eq!(read(&json).unwrap().0, cookies);
        assert!(read(b"[{}]").unwrap_err().contains("no JSON list of cookies"));
    }
}
