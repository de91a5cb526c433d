//! Files of cookies: `cookies.txt`, and JSON.

use std::{
    fs::File,
    io::{self, Read as _},
    path::Path,
};

use super::{
    outcome::{CommandFailure, complain},
    store::failed,
};
use crate::{
    engine::jar::BrowserJar,
    proto::http::cookies::{
        Cookie, Jar, UnixMicros,
        cookies_txt::{self, LineFlaw},
        limits::MAX_JAR_FILE,
    },
    wire::units,
};

/// The jar of a file; an empty one where there is no file yet, as curl has it.
pub(super) fn read_jar(file: &Path) -> Result<BrowserJar, CommandFailure> {
    let octets = match File::open(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        opened => octets_of(opened, file)?,
    };
    Ok(BrowserJar::holding(Jar::with(cookies_of(&octets, file, UnixMicros::default())?)))
}

/// Writes the jar to a `cookies.txt`.
pub(super) fn write_jar(file: &Path, jar: &BrowserJar) -> Result<(), CommandFailure> {
    let cookies = jar.cookies().map_err(|error| failed(&error))?;
    let octets = cookies_txt_of(&cookies);
    std::fs::write(file, octets)
        .map_err(|error| CommandFailure::Usage(format!("{} cannot be written: {error}", file.display())))
}

/// A `cookies.txt`; what it cannot tell is said.
pub(super) fn cookies_txt_of(cookies: &[Cookie]) -> Vec<u8> {
    let (octets, left_out) = cookies_txt::write(cookies);
    if left_out > 0 {
        complain(&format!("{left_out} cookies are left out: a cookies.txt knows no partitions and no tabs"));
    }
    octets
}

/// The cookies of a file of either format, set at `now`; `-` is standard input.
pub(super) fn read(file: &Path, now: UnixMicros) -> Result<Vec<Cookie>, CommandFailure> {
    let octets =
        if file.as_os_str() == "-" { octets_of(Ok(io::stdin()), file)? } else { octets_of(File::open(file), file)? };
    cookies_of(&octets, file, now)
}

fn octets_of(opened: io::Result<impl io::Read>, file: &Path) -> Result<Vec<u8>, CommandFailure> {
    let mut octets = Vec::new();
    let read = opened.and_then(|file| file.take(MAX_JAR_FILE + 1).read_to_end(&mut octets));
    let length = read.map_err(|error| CommandFailure::Usage(format!("{} cannot be read: {error}", file.display())))?;
    if length as u64 > MAX_JAR_FILE {
        let most = units::octets(MAX_JAR_FILE);
        return Err(CommandFailure::Usage(format!("{} is larger than {most}", file.display())));
    }
    Ok(octets)
}

/// Lines that are no cookies and are named one by one.
const NAMED: usize = 10;

fn cookies_of(octets: &[u8], file: &Path, now: UnixMicros) -> Result<Vec<Cookie>, CommandFailure> {
    let name = file.display();
    if octets.trim_ascii_start().starts_with(b"[") {
        let cookies: Vec<Cookie> = serde_json::from_slice(octets)
            .map_err(|error| CommandFailure::Usage(format!("{name} is no JSON list of cookies: {error}")))?;
        let flaw = |(place, cookie): (usize, &Cookie)| -> Result<(), (usize, LineFlaw)> {
            cookies_txt::check(cookie).map_err(|flaw| (place, flaw))
        };
        (1..)
            .zip(&cookies)
            .try_for_each(flaw)
            .map_err(|(place, flaw)| CommandFailure::Usage(format!("{name}: cookie {place}: {flaw}")))?;
        return Ok(cookies);
    }
    let (cookies, errors) = cookies_txt::read(octets, now);
    errors.iter().take(NAMED).for_each(|error| complain(&format!("{name}: {error}")));
    if errors.len() > NAMED {
        complain(&format!("{name}: another {} lines are no cookies", errors.len() - NAMED));
    }
    Ok(cookies)
}
