//! The scenario format: a configuration, ranges of steps in which addresses answer so, and steps.

use std::{collections::BTreeSet, net::IpAddr, time::Duration};

use hickory_proto::rr::rdata::NULL;
use roundtrip::proto::dns::{Name, Query, RData, Record, RecordType, text};

/// A scenario.
#[derive(Debug, Default)]
pub(super) struct Scenario {
    pub(super) config: Vec<(String, String)>,
    pub(super) ranges: Vec<Range>,
    pub(super) steps: Vec<Step>,
}

/// From one step to another, these addresses answer so.
#[derive(Debug, Default)]
pub(super) struct Range {
    pub(super) from: u32,
    pub(super) to: u32,
    pub(super) ips: Vec<IpAddr>,
    pub(super) entries: Vec<Entry>,
}

/// A message: to be compared with, or to be sent.
#[derive(Clone, Debug, Default)]
pub(super) struct Entry {
    pub(super) matches: BTreeSet<String>,
    pub(super) adjusts: BTreeSet<String>,
    /// Flags and response code, as `QR`, `AA`, `NOERROR`.
    pub(super) reply: BTreeSet<String>,
    pub(super) question: Option<Query>,
    pub(super) answer: Vec<Record>,
    pub(super) authority: Vec<Record>,
    pub(super) additional: Vec<Record>,
}

/// One step.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) number: u32,
    pub(super) what: What,
}

#[derive(Debug)]
pub(super) enum What {
    Query(Entry),
    CheckAnswer(Entry),
    TimePasses(Duration),
    Nothing,
}

impl Scenario {
    pub(super) fn set(&self, key: &str) -> Option<&str> {
        self.config.iter().rev().find(|(known, _)| known == key).map(|(_, value)| value.as_str())
    }
}

pub(super) fn read(text: &str) -> Result<Scenario, String> {
    let mut scenario = Scenario::default();
    let mut origin = Name::root();
    let mut lines = text.lines().map(|line| without_comment(line).trim()).filter(|line| !line.is_empty());
    for line in lines.by_ref() {
        if line == "CONFIG_END" {
            break;
        }
        if let Some((key, value)) = line.split_once(':') {
            scenario.config.push((key.trim().to_owned(), value.trim().trim_matches('"').to_owned()));
        }
    }
    while let Some(line) = lines.next() {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["SCENARIO_BEGIN", ..] => {}
            ["SCENARIO_END", ..] => break,
            ["RANGE_BEGIN", from, to] => {
                let range = Range { from: number(from)?, to: number(to)?, ..Range::default() };
                scenario.ranges.push(read_range(range, &mut lines, &mut origin)?);
            }
            ["STEP", at, "QUERY", ..] => {
                expect_entry(&mut lines)?;
                let what = What::Query(read_entry(&mut lines, &mut origin)?);
                scenario.steps.push(Step { number: number(at)?, what });
            }
            ["STEP", at, "CHECK_ANSWER", ..] => {
                expect_entry(&mut lines)?;
                let what = What::CheckAnswer(read_entry(&mut lines, &mut origin)?);
                scenario.steps.push(Step { number: number(at)?, what });
            }
            ["STEP", at, "TIME_PASSES", "ELAPSE", seconds] => {
                let seconds: f64 = seconds.parse().map_err(|_wrong| format!("no time: {line}"))?;
                let time = Duration::try_from_secs_f64(seconds).map_err(|_wrong| format!("no time: {line}"))?;
                let what = What::TimePasses(time);
                scenario.steps.push(Step { number: number(at)?, what });
            }
            ["STEP", at, "TRAFFIC", ..] => scenario.steps.push(Step { number: number(at)?, what: What::Nothing }),
            _ => return Err(format!("not understood: {line}")),
        }
    }
    Ok(scenario)
}

fn read_range<'a>(
    mut range: Range,
    lines: &mut impl Iterator<Item = &'a str>,
    origin: &mut Name,
) -> Result<Range, String> {
    while let Some(line) = lines.next() {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["RANGE_END"] => return Ok(range),
            ["ADDRESS", ip] => range.ips.push(ip.parse().map_err(|_wrong| format!("no address: {line}"))?),
            ["$ORIGIN", of] => *origin = name(of, &Name::root())?,
            ["ENTRY_BEGIN"] => range.entries.push(read_entry(lines, origin)?),
            _ => return Err(format!("not understood in a range: {line}")),
        }
    }
    Err("a range does not end".to_owned())
}

fn expect_entry<'a>(lines: &mut impl Iterator<Item = &'a str>) -> Result<(), String> {
    match lines.next() {
        Some("ENTRY_BEGIN") => Ok(()),
        other => Err(format!("no entry where one belongs: {other:?}")),
    }
}

fn read_entry<'a>(lines: &mut impl Iterator<Item = &'a str>, origin: &mut Name) -> Result<Entry, String> {
    let mut entry = Entry::default();
    let mut section = String::new();
    for line in lines {
        let (first, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let words = || rest.split_whitespace().map(str::to_owned);
        match first {
            "ENTRY_END" => return Ok(entry),
            "$ORIGIN" => *origin = name(rest.trim(), &Name::root())?,
            "MATCH" => entry.matches.extend(words()),
            "ADJUST" => entry.adjusts.extend(words()),
            "REPLY" => entry.reply.extend(words()),
            "SECTION" => rest.trim().clone_into(&mut section),
            _ if section == "QUESTION" => entry.question = Some(question(line, origin)?),
            _ => {
                let record = record(line, origin)?;
                match section.as_str() {
                    "ANSWER" => entry.answer.push(record),
                    "AUTHORITY" => entry.authority.push(record),
                    "ADDITIONAL" => entry.additional.push(record),
                    _ => return Err(format!("in no section: {line}")),
                }
            }
        }
    }
    Err("an entry does not end".to_owned())
}

fn question(line: &str, origin: &Name) -> Result<Query, String> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [owner, .., kind] = words.as_slice() else { return Err(format!("no question: {line}")) };
    let kind: RecordType = text::type_from_text(kind).ok_or_else(|| format!("no type: {line}"))?;
    Ok(Query::query(name(owner, origin)?, kind))
}

fn name(word: &str, origin: &Name) -> Result<Name, String> {
    text::name_from_text(word, origin).map_err(|error| format!("{word}: {error}"))
}

/// A record: name, TTL and class where they are given, type, data. Data of types that have no text form here stay text: they are only
/// compared.
fn record(line: &str, origin: &Name) -> Result<Record, String> {
    let (owner, mut rest) = line.split_once(char::is_whitespace).ok_or_else(|| format!("no record: {line}"))?;
    let mut ttl = USUAL_TTL;
    let kind = loop {
        let (word, after) = rest.trim().split_once(char::is_whitespace).unwrap_or((rest.trim(), ""));
        rest = after.trim();
        match (word.parse(), text::type_from_text(word)) {
            (Ok(number), _) => ttl = number,
            (_, Some(kind)) => break kind,
            _ if word == "IN" => {}
            _ => return Err(format!("no type: {line}")),
        }
    };
    let opaque = |_| RData::Unknown { code: kind, rdata: NULL::with(rest.as_bytes().to_vec()) };
    let data = text::rdata_from_text(kind, rest, origin).unwrap_or_else(opaque);
    Ok(Record::from_rdata(name(owner, origin)?, ttl, data))
}

fn number(word: &str) -> Result<u32, String> {
    word.parse().map_err(|_wrong| format!("no number: {word}"))
}

/// The TTL of records that have none.
const USUAL_TTL: u32 = 3600;

/// Comments begin at a semicolon or a number sign outside quotes.
fn without_comment(line: &str) -> &str {
    let (mut quoted, mut before) = (false, ' ');
    let begins = line.char_indices().find(|(_, letter)| {
        quoted ^= *letter == '"';
        let begins = !quoted && (*letter == ';' || (*letter == '#' && before != '\\'));
        before = *letter;
        begins
    });
    begins.and_then(|(at, _)| line.get(..at)).unwrap_or(line)
}
