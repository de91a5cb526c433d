//! Zone files read. What is wrong with the text is an error with its line; what is wrong with the zone is for [`Zone::check`] to say.
//! Source: RFC 1035 §5.1; `$TTL` RFC 2308 §4, without it the SOA record's minimum (RFC 1035 §3.3.13). `$INCLUDE` and
//! `$GENERATE` are refused, `$PLACE` is ours.

use std::collections::BTreeMap;

use super::{Name, Place, Zone, ZoneRecord, place::Prefix, put};
use crate::proto::dns::{
    RData, limits,
    text::{FileEntries, LineError, RecordHead, TextError, Word, name_from_text, rdata_of_words, ttl_from_text},
};

/// Why a text is no zone file: the line, counted from 1, and what is wrong there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {fault}")]
pub struct ZoneFileError {
    /// The line, counted from 1.
    pub line: u32,
    /// The fault.
    pub fault: ZoneFault,
}

/// What is wrong in a line of a zone file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ZoneFault {
    /// The text of a record.
    #[error(transparent)]
    Text(#[from] TextError),
    /// `$INCLUDE`.
    #[error("$INCLUDE is not read here: a zone is one file")]
    Include,
    /// A directive that is not known.
    #[error("{found} is no directive known here: $ORIGIN, $TTL and $PLACE are")]
    Directive {
        /// The word.
        found: String,
    },
    /// The first record begins with a space, so that it has no owner.
    #[error("the line begins with a space, and no record is before it whose owner it could have")]
    NoOwner,
    /// Neither the record nor anything before it says how long it may be kept.
    #[error("the record has no TTL, and neither $TTL nor an SOA record is before it that says one")]
    NoTtl,
    /// `$TTL` with something that is none.
    #[error("{found:?} is no TTL: seconds, or as 1h")]
    BadTtl {
        /// What stands there.
        found: String,
    },
    /// `$PLACE` with something else than prefixes or a star.
    #[error("{found:?} is no place: an address, a slash and a number of bits, as 10.0.0.0/8, or * for everywhere")]
    BadPlace {
        /// What stands there.
        found: String,
    },
    /// More records than a zone may have.
    #[error("a zone has at most {limit} records here")]
    TooManyRecords {
        /// The limit.
        limit: usize,
    },
    /// More records than a set may have.
    #[error("at most {limit} records here have one name and type")]
    LargeSet {
        /// The limit.
        limit: usize,
    },
    /// A longer text than a zone file may be.
    #[error("a zone file has at most {limit} octets here")]
    TooLong {
        /// The limit.
        limit: usize,
    },
}

impl Zone {
    /// Reads a zone file. Names in it are below `origin` until `$ORIGIN` says otherwise. The zone's own name is that of its first
    /// SOA record, or `origin` where there is none.
    ///
    /// At most [`MAX_OCTETS`] octets and [`MAX_RECORDS`] records.
    ///
    /// # Errors
    /// The first line that is wrong, and what is wrong in it.
    pub fn read(text: &str, origin: &Name) -> Result<Self, ZoneFileError> {
        if text.len() > MAX_OCTETS {
            return Err(ZoneFileError { line: 1, fault: ZoneFault::TooLong { limit: MAX_OCTETS } });
        }
        let mut reader = ZoneFileReader::new(origin);
        for entry in FileEntries::new(text) {
            let entry = entry.map_err(|(line, fault)| ZoneFileError { line, fault: fault.into() })?;
            reader.entry(entry.line, entry.indented, &entry.words)?;
        }
        Ok(reader.zone(origin))
    }
}

struct ZoneFileReader {
    /// What relative names are below.
    origin: Name,
    /// As `$TTL` has it, or an SOA record where nothing is before it.
    ttl: Option<u32>,
    last_ttl: Option<u32>,
    owner: Option<Name>,
    /// Index into `places`; `None` is everywhere.
    place: Option<usize>,
    places: Vec<Vec<Prefix>>,
    records: Vec<(Option<usize>, Name, ZoneRecord)>,
    /// How many of one place, name and type.
    counts: BTreeMap<(Option<usize>, Name, u16), usize>,
}

impl ZoneFileReader {
    fn new(origin: &Name) -> Self {
        Self {
            origin: origin.clone(),
            ttl: None,
            last_ttl: None,
            owner: None,
            place: None,
            places: Vec::new(),
            records: Vec::new(),
            counts: BTreeMap::new(),
        }
    }

    fn entry(&mut self, line: u32, indented: bool, words: &[Word]) -> Result<(), ZoneFileError> {
        let here = |fault: ZoneFault| ZoneFileError { line, fault };
        // What parentheses hold together has several lines: an error names its own.
        let there = |wrong: LineError| ZoneFileError { line: wrong.line.max(line), fault: wrong.error.into() };
        let first = words.split_first().ok_or(TextError::Missing { expected: "a record" });
        let (first, rest) = first.map_err(|error| here(error.into()))?;
        if !indented && !first.quoted && first.text.starts_with('$') {
            return self.directive(&first.text, rest).map_err(here);
        }
        let rest = if indented {
            words
        } else {
            self.owner = Some(name_from_text(&first.text, &self.origin).map_err(|error| here(error.into()))?);
            rest
        };
        let owner = self.owner.clone().ok_or(ZoneFault::NoOwner).map_err(here)?;
        let (head, rest) = RecordHead::read(rest).map_err(there)?;
        self.last_ttl = head.ttl.or(self.last_ttl);
        let data = rdata_of_words(head.kind, rest, &self.origin).map_err(there)?;
        self.keep(line, owner, head, data).map_err(here)
    }

    fn keep(&mut self, line: u32, owner: Name, head: RecordHead, data: RData) -> Result<(), ZoneFault> {
        let ttl = match head.ttl.or(self.ttl).or(self.last_ttl) {
            Some(ttl) => ttl,
            None => *self.ttl.insert(minimum(&data).ok_or(ZoneFault::NoTtl)?),
        };
        if self.records.len() >= MAX_RECORDS {
            return Err(ZoneFault::TooManyRecords { limit: MAX_RECORDS });
        }
        let count = self.counts.entry((self.place, owner.clone(), u16::from(head.kind))).or_default();
        *count += 1;
        if *count > limits::RECORDS {
            return Err(ZoneFault::LargeSet { limit: limits::RECORDS });
        }
        self.records.push((self.place, owner, ZoneRecord { ttl, data, line }));
        Ok(())
    }

    fn directive(&mut self, directive: &str, words: &[Word]) -> Result<(), ZoneFault> {
        let one = |expected| match words {
            [] => Err(TextError::Missing { expected }),
            [word] => Ok(word.text.as_str()),
            [_, extra, ..] => Err(TextError::Extra { found: extra.text.clone() }),
        };
        match directive.to_ascii_uppercase().as_str() {
            "$ORIGIN" => self.origin = name_from_text(one("a name")?, &self.origin)?,
            "$TTL" => {
                let found = one("a TTL")?;
                self.ttl = Some(ttl_from_text(found).ok_or_else(|| ZoneFault::BadTtl { found: found.to_owned() })?);
            }
            "$PLACE" => self.enter(words)?,
            "$INCLUDE" => return Err(ZoneFault::Include),
            _ => return Err(ZoneFault::Directive { found: directive.to_owned() }),
        }
        Ok(())
    }

    fn enter(&mut self, words: &[Word]) -> Result<(), ZoneFault> {
        self.place = match words {
            [] => return Err(TextError::Missing { expected: "a place" }.into()),
            [word] if word.text == "*" => None,
            words => {
                let prefix = |word: &Word| {
                    word.text.parse().map_err(|_no_prefix| ZoneFault::BadPlace { found: word.text.clone() })
                };
                let prefixes = words.iter().map(prefix).collect::<Result<Vec<Prefix>, _>>()?;
                let known = self.places.iter().position(|place| *place == prefixes);
                Some(known.unwrap_or_else(|| {
                    self.places.push(prefixes);
                    self.places.len() - 1
                }))
            }
        };
        Ok(())
    }

    fn zone(self, origin: &Name) -> Zone {
        let apex = self.records.iter().find(|(_, _, entry)| matches!(entry.data, RData::SOA(_)));
        let mut zone = Zone::new(apex.map_or(origin, |(_, owner, _)| owner).clone());
        zone.places =
            self.places.into_iter().map(|prefixes| Place { prefixes, names: super::NameTree::new() }).collect();
        for (place, owner, entry) in self.records {
            let place = place.and_then(|place| zone.places.get_mut(place));
            if !zone.origin.zone_of(&owner) {
                zone.outside.push((owner, entry));
            } else if let Some(place) = place {
                put(&mut place.names, owner, entry);
            } else {
                put(&mut zone.names, owner, entry);
            }
        }
        zone
    }
}

/// What an SOA record says of records without a TTL; `None` where it is more than a TTL may be (RFC 2181 §8).
fn minimum(data: &RData) -> Option<u32> {
    let RData::SOA(soa) = data else { return None };
    i32::try_from(soa.minimum).is_ok().then_some(soa.minimum)
}

/// Octets of a zone file.
pub const MAX_OCTETS: usize = 1024 * 1024;

/// Records of a zone.
pub const MAX_RECORDS: usize = 10_000;
