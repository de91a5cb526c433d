//! Where messages stand in a TCP stream: two octets of length, then so many of message. RFC 1035 §4.2.2.

use std::ops::Range;

/// Something found in a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum DnsMark {
    /// A message begins here, with its length.
    Begin(u64),
    /// It has ended: where it stands, its length included, and its octets without that; `None` when the record left some out.
    Message(Range<u64>, Option<Vec<u8>>),
    /// Octets of which cannot be told any more to which message they belong.
    Lost(Range<u64>),
}

/// Cuts one side's octets into messages as they come.
#[derive(Clone, Debug, Default)]
pub(super) struct DnsMarker {
    at: u64,
    /// Where the open message begins.
    begin: Option<u64>,
    /// The octets of the length, while they come.
    length: Vec<u8>,
    /// The message's octets so far.
    held: Vec<u8>,
    /// Octets of the message that have not come yet.
    left: u64,
    /// Octets of this message were left out.
    has_gap: bool,
    is_lost: bool,
}

impl DnsMarker {
    /// The next octets, and how many after them the record left out.
    pub(super) fn feed(&mut self, mut bytes: &[u8], omitted: u64, marks: &mut Vec<DnsMark>) {
        if self.is_lost {
            return self.lose(bytes.len() as u64 + omitted, marks);
        }
        while let Some((first, rest)) = bytes.split_first() {
            if self.begin.is_none() {
                self.begin = Some(self.at);
                marks.push(DnsMark::Begin(self.at));
            }
            if self.length.len() < 2 {
                self.length.push(*first);
                self.at += 1;
                bytes = rest;
                if self.length.len() == 2 {
                    self.left = self.length.iter().fold(0, |sum, octet| sum << 8 | u64::from(*octet));
                    self.end_if_whole(marks);
                }
                continue;
            }
            let now = usize::try_from(self.left).unwrap_or(usize::MAX).min(bytes.len());
            let (own, rest) = bytes.split_at_checked(now).unwrap_or((bytes, &[]));
            self.held.extend_from_slice(own);
            self.pass(own.len() as u64, marks);
            bytes = rest;
        }
        if omitted == 0 {
        } else if self.length.len() == 2 && omitted <= self.left {
            self.has_gap = true;
            self.pass(omitted, marks);
        } else {
            self.lose(omitted, marks);
        }
    }

    /// The message that has begun and not ended.
    pub(super) fn open(&self) -> Option<Range<u64>> {
        self.begin.map(|begin| begin..self.at)
    }

    fn lose(&mut self, octets: u64, marks: &mut Vec<DnsMark>) {
        let begin = self.begin.unwrap_or(self.at);
        *self = Self { at: self.at + octets, is_lost: true, ..Self::default() };
        if begin < self.at {
            marks.push(DnsMark::Lost(begin..self.at));
        }
    }

    fn pass(&mut self, octets: u64, marks: &mut Vec<DnsMark>) {
        self.at += octets;
        self.left -= octets;
        self.end_if_whole(marks);
    }

    fn end_if_whole(&mut self, marks: &mut Vec<DnsMark>) {
        if self.left > 0 {
            return;
        }
        let held = std::mem::take(&mut self.held);
        let begin = self.begin.unwrap_or(self.at);
        marks.push(DnsMark::Message(begin..self.at, (!self.has_gap).then_some(held)));
        *self = Self { at: self.at, ..Self::default() };
    }
}
