//! Cookies of a file of either format: `cookies.txt`, and JSON as this program writes it.

use std::io::{self, Read};

use crate::{
    proto::http::cookies::{
        Cookie, UnixMicros,
        cookies_txt::{self, LineError, LineFlaw},
        limits::MAX_JAR_FILE,
    },
    wire::units,
};

/// Why a file cannot be read as a jar: what follows the file's name in a sentence.
#[derive(Debug, thiserror::Error)]
pub enum JarFileError {
    /// The system.
    #[error("cannot be read: {0}")]
    Unreadable(#[source] io::Error),
    /// It is longer than [`MAX_JAR_FILE`].
    #[error("is larger than {}", units::octets(MAX_JAR_FILE))]
    TooLarge,
    /// It begins as JSON and is none, or not of cookies.
    #[error("is no JSON list of cookies: {0}")]
    NoList(#[source] serde_json::Error),
    /// A cookie of a JSON file is none that a server could have set.
    #[error("cookie {place}: {flaw}")]
    NoCookie {
        /// Which one, counted from 1.
        place: usize,
        /// What is wrong with it.
        flaw: LineFlaw,
    },
}

/// The cookies of a file, set at `now`, and the lines of a `cookies.txt` that are none. At most [`MAX_JAR_FILE`] octets are read.
///
/// # Errors
/// Why it is no jar.
pub fn read_jar_file(
    opened: io::Result<impl Read>,
    now: UnixMicros,
) -> Result<(Vec<Cookie>, Vec<LineError>), JarFileError> {
    let mut octets = Vec::new();
    let read = opened.and_then(|file| file.take(MAX_JAR_FILE + 1).read_to_end(&mut octets));
    if read.map_err(JarFileError::Unreadable)? as u64 > MAX_JAR_FILE {
        return Err(JarFileError::TooLarge);
    }
    if !octets.trim_ascii_start().starts_with(b"[") {
        return Ok(cookies_txt::read(&octets, now));
    }
    let cookies: Vec<Cookie> = serde_json::from_slice(&octets).map_err(JarFileError::NoList)?;
    for (place, cookie) in (1..).zip(&cookies) {
        cookies_txt::check(cookie).map_err(|flaw| JarFileError::NoCookie { place, flaw })?;
    }
    Ok((cookies, Vec::new()))
}
