//! Files of cookies: `cookies.txt`, and JSON.

use std::{fs::File, io, path::Path};

use super::{
    outcome::{CommandFailure, complain},
    store::failed,
};
use crate::{
    engine::jar::{BrowserJar, JarFileError, read_jar_file},
    proto::http::cookies::{Cookie, Jar, UnixMicros, cookies_txt},
};

/// The jar of a file; an empty one where there is no file yet, as curl has it.
pub(super) fn read_jar(file: &Path) -> Result<BrowserJar, CommandFailure> {
    let cookies = match File::open(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        opened => cookies_of(opened, file, UnixMicros::default())?,
    };
    Ok(BrowserJar::holding(Jar::with(cookies)))
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
    if file.as_os_str() == "-" {
        cookies_of(Ok(io::stdin()), file, now)
    } else {
        cookies_of(File::open(file), file, now)
    }
}

fn cookies_of(opened: io::Result<impl io::Read>, file: &Path, now: UnixMicros) -> Result<Vec<Cookie>, CommandFailure> {
    let name = file.display();
    let (cookies, errors) = read_jar_file(opened, now).map_err(|error| {
        let colon = if matches!(error, JarFileError::NoCookie { .. }) { ":" } else { "" };
        CommandFailure::Usage(format!("{name}{colon} {error}"))
    })?;
    errors.iter().take(NAMED).for_each(|error| complain(&format!("{name}: {error}")));
    if errors.len() > NAMED {
        complain(&format!("{name}: another {} lines are no cookies", errors.len() - NAMED));
    }
    Ok(cookies)
}

/// Lines that are no cookies and are named one by one.
const NAMED: usize = 10;
