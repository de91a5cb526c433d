//! Dialogues as data: what each side says, line by line, and what the session under test makes of it.
//!
//! ```text
//! # RFC 5321 §4.3.1: the server speaks first.     a comment; the first one names the clause
//! %: max-content 1000                              a setting of the session under test, or of the test
//! S: 220 mail ready                                the server says this line, ended by CR LF
//! C: EHLO alice.crepes.fr                          the client says this line
//! S: no line end\                                  a backslash at the end: no CR LF
//! S: \r\n\t\0\\\<\x7f <ab*3>                       escapes; <ab*3> is ababab
//! S|                                               the server ends its sending
//! ~: TLS begins                                    TLS begins, as both sides agreed: what follows is said above it
//! =: 200 OK                                        what the session under test reports
//! !: …                                             the failure the script must end in
//! ```
//!
//! Scripts are replayed with what the other side says cut into pieces of 1..=64 octets: nothing may depend on the cuts.

use std::{
    fmt::Debug,
    path::{Path, PathBuf},
    str::FromStr,
};

use roundtrip::wire::Side;

/// A dialogue read from its file.
pub(crate) struct Script {
    pub(crate) path: PathBuf,
    pub(crate) turns: Vec<Turn>,
    pub(crate) reports: Vec<String>,
    pub(crate) failure: Option<String>,
    pub(crate) settings: Vec<(String, String)>,
}

/// What a side does before the other one goes on.
#[derive(Debug)]
pub(crate) enum Turn {
    Says(Side, Vec<u8>),
    Ends,
    /// What follows is said above TLS.
    BeginsTls,
}

impl Script {
    pub(crate) fn number<N: FromStr<Err: Debug>>(&self, name: &str) -> Option<N> {
        self.setting(name).map(|value| value.parse().unwrap())
    }

    pub(crate) fn setting(&self, name: &str) -> Option<&str> {
        self.settings.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// All scripts of `tests/dialogues/<folder>`, by name.
pub(crate) fn all_in(folder: &str) -> Vec<Script> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/dialogues").join(folder);
    let mut paths: Vec<PathBuf> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| read(path)).collect()
}

fn read(path: &Path) -> Script {
    let text = std::fs::read_to_string(path).unwrap();
    assert!(text.starts_with("# RFC "), "{}: the first line names the clause", path.display());
    let mut script =
        Script { path: path.to_owned(), turns: Vec::new(), reports: Vec::new(), failure: None, settings: Vec::new() };
    for line in text.lines() {
        let (mark, rest) = line.split_at_checked(2).unwrap_or((line, ""));
        let rest = rest.strip_prefix(' ').unwrap_or(rest);
        match mark {
            "C:" => script.says(Side::Client, rest),
            "S:" => script.says(Side::Server, rest),
            "C|" | "S|" => script.turns.push(Turn::Ends),
            "~:" => script.turns.push(Turn::BeginsTls),
            "=:" => script.reports.push(rest.to_owned()),
            "!:" => assert!(script.failure.replace(rest.to_owned()).is_none(), "{}: two failures", path.display()),
            "%:" => {
                let (name, value) = rest.split_once(' ').unwrap();
                script.settings.push((name.to_owned(), value.to_owned()));
            }
            _ => assert!(line.is_empty() || line.starts_with('#'), "{}: {line:?}", path.display()),
        }
    }
    script
}

impl Script {
    fn says(&mut self, side: Side, line: &str) {
        let octets = match line.strip_suffix('\\') {
            // An escaped backslash is no mark.
            Some(line) if !line.ends_with('\\') => octets(line),
            _ => [octets(line), b"\r\n".to_vec()].concat(),
        };
        match self.turns.last_mut() {
            Some(Turn::Says(last, said)) if *last == side => said.extend(octets),
            _ => self.turns.push(Turn::Says(side, octets)),
        }
    }
}

fn octets(line: &str) -> Vec<u8> {
    let mut octets = Vec::new();
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        rest = rest.get(first.len_utf8()..).unwrap();
        match first {
            '\\' => {
                let (octet, length) = match rest.as_bytes() {
                    [b'r', ..] => (b'\r', 1),
                    [b'n', ..] => (b'\n', 1),
                    [b't', ..] => (b'\t', 1),
                    [b'0', ..] => (0, 1),
                    [b'x', ..] => (u8::from_str_radix(rest.get(1..3).unwrap(), 16).unwrap(), 3),
                    [other, ..] => (*other, 1),
                    [] => panic!("a backslash alone: {line:?}"),
                };
                octets.push(octet);
                rest = rest.get(length..).unwrap();
            }
            '<' => {
                let (repeated, after) = rest.split_at(closing(rest));
                let (text, times) = repeated.rsplit_once('*').unwrap();
                octets.extend(self::octets(text).repeat(times.parse().unwrap()));
                rest = after.get(1..).unwrap();
            }
            other => octets.extend(other.to_string().bytes()),
        }
    }
    octets
}

/// Where the bracket that is open closes.
fn closing(text: &str) -> usize {
    let mut depth = 1;
    for (at, octet) in text.bytes().enumerate() {
        match octet {
            b'<' => depth += 1,
            b'>' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    panic!("a bracket is not closed: {text:?}")
}
