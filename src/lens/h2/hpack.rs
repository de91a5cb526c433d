//! Header compression for HTTP/2, undone to be shown: RFC 7541. Decoding only; a block that breaks the rules is an error, and the
//! decoder's table can then no longer be trusted. What the dynamic table held before a block is known by a [`TableState`], so that the
//! block can be read once more.

use std::{
    collections::VecDeque,
    ops::Range,
    sync::{Arc, LazyLock},
};

/// One connection's decoder in one direction.
#[derive(Clone, Debug)]
pub struct Decoder {
    /// What was ever put into the dynamic table, the oldest first, without the first [`Self::forgotten`] of them.
    entries: VecDeque<TableEntry>,
    forgotten: usize,
    /// Octets of `entries`.
    kept: usize,
    now: TableState,
}

#[derive(Clone, Debug)]
struct TableEntry {
    name: Arc<[u8]>,
    value: Arc<[u8]>,
}

/// What the dynamic table holds at a moment: which of all entries that were ever put into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableState {
    first: usize,
    end: usize,
    size: usize,
    limit: usize,
    is_broken: bool,
}

/// One field of a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderField {
    /// Name.
    pub name: Vec<u8>,
    /// Value.
    pub value: Vec<u8>,
    /// The octets of the block it stands on.
    pub range: Range<usize>,
    /// How it was written, in words.
    pub how: String,
}

/// Why a block cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HpackError {
    /// The block ends within a field.
    #[error("the header block ends within a field")]
    Short,
    /// An index no table has.
    #[error("the header block refers to entry {index}, which neither table has")]
    NoSuchEntry {
        /// The index.
        index: usize,
    },
    /// A number beyond what this reader counts to.
    #[error("the header block has a number that is too large")]
    NumberTooLarge,
    /// A Huffman code that does not end as it has to.
    #[error("the header block has a Huffman code that is none")]
    BadHuffman,
    /// The fields take more than [`MAX_DECODED`] octets.
    #[error("the header block unpacks to more than {limit} octets")]
    TooLarge {
        /// [`MAX_DECODED`].
        limit: usize,
    },
    /// An earlier block was broken or is missing.
    #[error("an earlier header block could not be read, so this one cannot be either")]
    Lost,
    /// The table that the block refers to was too long ago.
    #[error("the header block refers to a table that is not kept any more")]
    Forgotten,
}

impl Decoder {
    /// A fresh connection's.
    pub fn new() -> Self {
        let now = TableState { first: 0, end: 0, size: 0, limit: DEFAULT_TABLE, is_broken: false };
        Self { entries: VecDeque::new(), forgotten: 0, kept: 0, now }
    }

    /// A block was missed: what follows cannot be read.
    pub fn lose(&mut self) {
        self.now.is_broken = true;
    }

    /// What the table holds now.
    pub fn state(&self) -> TableState {
        self.now
    }

    /// Reads a whole header block.
    ///
    /// # Errors
    /// When it breaks RFC 7541, or an earlier one did.
    pub fn decode(&mut self, block: &[u8]) -> Result<Vec<HeaderField>, HpackError> {
        let mut table = DynamicTable { decoder: self, now: self.now, added: Vec::new() };
        let fields = table.fields(block);
        let DynamicTable { now, added, .. } = table;
        self.now = TableState { is_broken: fields.is_err(), ..now };
        self.kept += added.iter().map(TableEntry::size).sum::<usize>();
        self.entries.extend(added);
        self.forget();
        fields
    }

    /// Reads a block once more; the table held what `state` says before it.
    ///
    /// # Errors
    /// As [`Self::decode`], and when the table is not kept any more.
    pub fn decode_again(&self, state: TableState, block: &[u8]) -> Result<Vec<HeaderField>, HpackError> {
        if state.first < self.forgotten {
            return Err(HpackError::Forgotten);
        }
        DynamicTable { decoder: self, now: state, added: Vec::new() }.fields(block)
    }

    /// Of entries that left the table only so many octets are kept.
    fn forget(&mut self) {
        while self.kept > MAX_KEPT
            && self.forgotten < self.now.first
            && let Some(oldest) = self.entries.pop_front()
        {
            self.kept = self.kept.saturating_sub(oldest.size());
            self.forgotten += 1;
        }
    }
}

/// The dynamic table while a block is read.
struct DynamicTable<'a> {
    decoder: &'a Decoder,
    now: TableState,
    /// What this block puts into it.
    added: Vec<TableEntry>,
}

impl DynamicTable<'_> {
    fn fields(&mut self, block: &[u8]) -> Result<Vec<HeaderField>, HpackError> {
        if self.now.is_broken {
            return Err(HpackError::Lost);
        }
        let mut input = BlockInput { block, at: 0 };
        let mut fields = Vec::new();
        let mut octets = 0_usize;
        while let Some(first) = block.get(input.at).copied() {
            let from = input.at;
            let (TableEntry { name, value }, how) = match first {
                0x80.. => {
                    let index = input.number(7)?;
                    (self.entry(index)?, format!("entry {index} of the table"))
                }
                0x40..=0x7f => {
                    let (entry, how) = self.literal(&mut input, 6)?;
                    self.add(entry.clone());
                    (entry, format!("{how}, added to the table"))
                }
                0x20..=0x3f => {
                    self.now.limit = input.number(5)?.min(MAX_TABLE);
                    self.shrink(self.now.limit);
                    continue;
                }
                0x10..=0x1f => {
                    let (entry, how) = self.literal(&mut input, 4)?;
                    (entry, format!("{how}, never to be kept in a table"))
                }
                0x00..=0x0f => {
                    let (entry, how) = self.literal(&mut input, 4)?;
                    (entry, format!("{how}, not added to the table"))
                }
            };
            octets = octets.saturating_add(name.len() + value.len());
            if octets > MAX_DECODED {
                return Err(HpackError::TooLarge { limit: MAX_DECODED });
            }
            fields.push(HeaderField { name: name.to_vec(), value: value.to_vec(), range: from..input.at, how });
        }
        Ok(fields)
    }

    fn literal(&self, input: &mut BlockInput<'_>, bits: u32) -> Result<(TableEntry, String), HpackError> {
        let index = input.number(bits)?;
        let (name, how) = match index {
            0 => (input.string()?.into(), "name and value spelt out".to_owned()),
            _ => (self.entry(index)?.name, format!("name of entry {index}, value spelt out")),
        };
        Ok((TableEntry { name, value: input.string()?.into() }, how))
    }

    /// RFC 7541 §2.3.3: the static table first, then the dynamic one, newest first.
    fn entry(&self, index: usize) -> Result<TableEntry, HpackError> {
        let missing = HpackError::NoSuchEntry { index };
        let at = index.checked_sub(1).ok_or(missing)?;
        if let Some((name, value)) = STATIC.get(at) {
            return Ok(TableEntry { name: name.as_bytes().into(), value: value.as_bytes().into() });
        }
        let newest = self.now.end.checked_sub(1).ok_or(missing)?;
        let place = newest.checked_sub(at - STATIC.len()).filter(|place| *place >= self.now.first);
        self.put_in(place.ok_or(missing)?).cloned().ok_or(missing)
    }

    /// The entry that was put into the table after so many others.
    fn put_in(&self, place: usize) -> Option<&TableEntry> {
        let kept = place.checked_sub(self.decoder.forgotten)?;
        let beyond = kept.checked_sub(self.decoder.entries.len());
        beyond.map_or_else(|| self.decoder.entries.get(kept), |beyond| self.added.get(beyond))
    }

    fn add(&mut self, entry: TableEntry) {
        let size = entry.size();
        self.shrink(self.now.limit.saturating_sub(size));
        if size > self.now.limit {
            return;
        }
        self.now.size += size;
        // When a block is read once more, what it puts into the table is there already.
        if self.put_in(self.now.end).is_none() {
            self.added.push(entry);
        }
        self.now.end += 1;
    }

    fn shrink(&mut self, limit: usize) {
        while self.now.size > limit && self.now.first < self.now.end {
            let oldest = self.put_in(self.now.first).map_or(0, TableEntry::size);
            self.now.size = self.now.size.saturating_sub(oldest);
            self.now.first += 1;
        }
    }
}

impl TableEntry {
    /// Its size as the table counts it: RFC 7541 §4.1.
    fn size(&self) -> usize {
        self.name.len() + self.value.len() + ENTRY_OVERHEAD
    }
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

struct BlockInput<'a> {
    block: &'a [u8],
    at: usize,
}

impl BlockInput<'_> {
    fn octet(&mut self) -> Result<u8, HpackError> {
        let octet = self.block.get(self.at).copied().ok_or(HpackError::Short)?;
        self.at += 1;
        Ok(octet)
    }

    /// An integer with a prefix of `bits` bits: RFC 7541 §5.1.
    fn number(&mut self, bits: u32) -> Result<usize, HpackError> {
        let most = (1_usize << bits) - 1;
        let mut number = usize::from(self.octet()?) & most;
        if number < most {
            return Ok(number);
        }
        for shift in (0..28).step_by(7) {
            let octet = self.octet()?;
            number += usize::from(octet & 0x7f) << shift;
            if octet & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(HpackError::NumberTooLarge)
    }

    /// A string: RFC 7541 §5.2.
    fn string(&mut self) -> Result<Vec<u8>, HpackError> {
        let huffman = self.block.get(self.at).is_some_and(|first| first & 0x80 != 0);
        let length = self.number(7)?;
        let end = self.at.checked_add(length).ok_or(HpackError::NumberTooLarge)?;
        let octets = self.block.get(self.at..end).ok_or(HpackError::Short)?;
        self.at = end;
        if huffman { unpack(octets) } else { Ok(octets.to_vec()) }
    }
}

/// Undoes the Huffman code of RFC 7541 appendix B.
fn unpack(octets: &[u8]) -> Result<Vec<u8>, HpackError> {
    let mut text = Vec::with_capacity(octets.len() * 8 / 5);
    // `first` is the first code of the present length: codes of one length are consecutive, in the order of their symbols.
    let (mut code, mut first, mut length) = (0_u32, 0_u32, 0_usize);
    let mut only_ones = true;
    for bit in octets.iter().flat_map(|octet| (0..8).rev().map(move |shift| octet >> shift & 1)) {
        code = code << 1 | u32::from(bit);
        first <<= 1;
        length += 1;
        only_ones &= bit == 1;
        let symbols = SYMBOLS.get(length).map(Vec::as_slice).ok_or(HpackError::BadHuffman)?;
        match code.checked_sub(first).and_then(|at| symbols.get(at as usize)) {
            Some(symbol) => {
                // 256 is the end of the string, which may not be spelt out.
                text.push(u8::try_from(*symbol).ok().ok_or(HpackError::BadHuffman)?);
                (code, first, length, only_ones) = (0, 0, 0, true);
            }
            None => first += u32::try_from(symbols.len()).unwrap_or(u32::MAX),
        }
    }
    if length < 8 && only_ones { Ok(text) } else { Err(HpackError::BadHuffman) }
}

/// Symbols by the length of their code, in order. The code is canonical, so this says everything.
static SYMBOLS: LazyLock<Vec<Vec<u16>>> = LazyLock::new(|| {
    let longest = LENGTHS.iter().copied().max().unwrap_or(0);
    let of =
        |wanted| (0..).zip(LENGTHS).filter(move |(_, length)| **length == wanted).map(|(symbol, _)| symbol).collect();
    (0..=longest).map(of).collect()
});

/// Length of each symbol's code in bits, 256 being the end of the string: RFC 7541 appendix B.
static LENGTHS: &[u8; 257] = &[
    13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28,
    28, 28, 28, 6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12,
    10, 13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6, 15, 5, 6,
    5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28, 20, 22, 20, 20, 22, 22,
    22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, 22, 21, 20,
    22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
    26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28,
    27, 27, 27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28,
    27, 27, 27, 27, 27, 26, 30,
];

/// Octets of fields one block may unpack to.
pub const MAX_DECODED: usize = 256 * 1024;

/// Octets of dynamic table until SETTINGS say otherwise: RFC 9113 §6.5.2.
const DEFAULT_TABLE: usize = 4096;

/// Octets of dynamic table this decoder keeps at most, whatever the block asks for.
const MAX_TABLE: usize = 1024 * 1024;

/// Octets of entries that are kept for blocks to be read once more, those in the table not counted.
const MAX_KEPT: usize = 4 * 1024 * 1024;

/// What an entry costs besides its octets: RFC 7541 §4.1.
const ENTRY_OVERHEAD: usize = 32;

/// RFC 7541 appendix A.
static STATIC: &[(&str, &str); 61] = &[
    (":authority", ""),
    (":method", "GET"),
    (":method", "POST"),
    (":path", "/"),
    (":path", "/index.html"),
    (":scheme", "http"),
    (":scheme", "https"),
    (":status", "200"),
    (":status", "204"),
    (":status", "206"),
    (":status", "304"),
    (":status", "400"),
    (":status", "404"),
    (":status", "500"),
    ("accept-charset", ""),
    ("accept-encoding", "gzip, deflate"),
    ("accept-language", ""),
    ("accept-ranges", ""),
    ("accept", ""),
    ("access-control-allow-origin", ""),
    ("age", ""),
    ("allow", ""),
    ("authorization", ""),
    ("cache-control", ""),
    ("content-disposition", ""),
    ("content-encoding", ""),
    ("content-language", ""),
    ("content-length", ""),
    ("content-location", ""),
    ("content-range", ""),
    ("content-type", ""),
    ("cookie", ""),
    ("date", ""),
    ("etag", ""),
    ("expect", ""),
    ("expires", ""),
    ("from", ""),
    ("host", ""),
    ("if-match", ""),
    ("if-modified-since", ""),
    ("if-none-match", ""),
    ("if-range", ""),
    ("if-unmodified-since", ""),
    ("last-modified", ""),
    ("link", ""),
    ("location", ""),
    ("max-forwards", ""),
    ("proxy-authenticate", ""),
    ("proxy-authorization", ""),
    ("range", ""),
    ("referer", ""),
    ("refresh", ""),
    ("retry-after", ""),
    ("server", ""),
    ("set-cookie", ""),
    ("strict-transport-security", ""),
    ("transfer-encoding", ""),
    ("user-agent", ""),
    ("vary", ""),
    ("via", ""),
    ("www-authenticate", ""),
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn octets(hex: &str) -> Vec<u8> {
        let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
        digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
    }

    fn fields(decoder: &mut Decoder, hex: &str) -> Vec<(String, String)> {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        decoder.decode(&octets(hex)).unwrap().into_iter().map(|field| (text(field.name), text(field.value))).collect()
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn requests_without_huffman_code_of_rfc_7541_c_3() {
        let mut decoder = Decoder::new();
        let first = [(":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "www.example.com")];
        assert_eq!(fields(&mut decoder, "8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d"), pairs(&first));
        let mut second = first.to_vec();
        second.push(("cache-control", "no-cache"));
        assert_eq!(fields(&mut decoder, "8286 84be 5808 6e6f 2d63 6163 6865"), pairs(&second));
        let third = [
            (":method", "GET"),
            (":scheme", "https"),
            (":path", "/index.html"),
            (":authority", "www.example.com"),
            ("custom-key", "custom-value"),
        ];
        let hex = "8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65";
        assert_eq!(fields(&mut decoder, hex), pairs(&third));
    }

    #[test]
    fn requests_with_huffman_code_of_rfc_7541_c_4() {
        let mut decoder = Decoder::new();
        let first = [(":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "www.example.com")];
        assert_eq!(fields(&mut decoder, "8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff"), pairs(&first));
        let second = fields(&mut decoder, "8286 84be 5886 a8eb 1064 9cbf");
        assert_eq!(second.last(), Some(&("cache-control".to_owned(), "no-cache".to_owned())));
        let third = fields(&mut decoder, "8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf");
        assert_eq!(third.last(), Some(&("custom-key".to_owned(), "custom-value".to_owned())));
    }

    #[test]
    fn a_response_with_huffman_code_of_rfc_7541_c_6() {
        let hex = "4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7 8f0b \
                   97c8 e9ae 82ae 43d3";
        let expected = [
            (":status", "302"),
            ("cache-control", "private"),
            ("date", "Mon, 21 Oct 2013 20:13:21 GMT"),
            ("location", "https://www.example.com"),
        ];
        assert_eq!(fields(&mut Decoder::new(), hex), pairs(&expected));
    }

    #[test]
    fn a_block_is_read_once_more_as_it_was_read_first() {
        // RFC 7541 §C.5: a table of 256 octets, so that entries leave it.
        let blocks = [
            "3fe101 4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
            "4803 3330 37c1 c0bf",
            "88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a 6970 7738 666f 6f3d 4153 444a 4b48 514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61 6765 3d33 3630 303b 2076 6572 7369 6f6e 3d31",
        ];
        let mut decoder = Decoder::new();
        let first: Vec<_> =
            blocks.iter().map(|hex| (decoder.state(), octets(hex), decoder.decode(&octets(hex)).unwrap())).collect();
        assert_eq!(first[1].2[0].value, b"307");
        assert_eq!(first[2].2[2].value, b"Mon, 21 Oct 2013 20:13:22 GMT");
        assert_eq!((decoder.now.end - decoder.now.first, decoder.now.size), (3, 215));
        for (state, block, fields) in &first {
            assert_eq!(decoder.decode_again(*state, block).as_ref(), Ok(fields));
        }
    }

    #[test]
    fn what_is_kept_of_entries_that_left_the_table_is_bounded() {
        let mut decoder = Decoder::new();
        let before = decoder.state();
        // A name and a value of 1,000 octets each.
        let literal = |filler: u8| {
            let text = [&[0x7f, 0xe9, 0x06][..], &vec![filler; 1000]].concat();
            [&[0x40][..], &text, &text].concat()
        };
        for number in 0..4000_u32 {
            decoder.decode(&literal(u8::try_from(number % 251).unwrap())).unwrap();
        }
        let state = decoder.state();
        decoder.decode(&literal(7)).unwrap();
        assert!(decoder.kept <= MAX_KEPT + MAX_TABLE, "{}", decoder.kept);
        assert_eq!(decoder.decode_again(before, &literal(0)), Err(HpackError::Forgotten));
        assert!(decoder.decode_again(state, &literal(7)).is_ok());
    }

    #[test]
    fn what_refers_to_nothing_is_refused_and_so_is_all_after_it() {
        let mut decoder = Decoder::new();
        assert_eq!(decoder.decode(&[0xbe]), Err(HpackError::NoSuchEntry { index: 62 }));
        assert_eq!(decoder.decode(&[0x82]), Err(HpackError::Lost));
    }

    proptest! {
        #[test]
        fn any_block_is_read_or_refused(block in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(fields) = Decoder::new().decode(&block) {
                for field in fields {
                    prop_assert!(field.range.end <= block.len());
                }
            }
        }
    }
}
