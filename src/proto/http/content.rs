//! Content with its framing removed, as octets arrive: so many octets, chunks, or until the connection closes.
//! Source: RFC 9112 §6.3, §7.1, §8.

use bytes::{Buf as _, Bytes, BytesMut};

use super::{
    framing::Framing,
    head::{HeadError, HeadReader, HeadRules, beginning, is_tchar},
    limits::{FREE_CHUNK_LINE, MAX_CHUNK_LINE, MAX_CHUNK_OVERHEAD},
    message::Fields,
};

/// Reads one message's content out of a buffer of what arrived.
#[derive(Clone, Debug)]
pub struct ContentReader {
    awaits: ContentPhase,
    limit: u64,
    content: u64,
    wire: u64,
    overhead: u64,
}

/// What a reader came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Portion {
    /// Some content.
    Content(Bytes),
    /// Nothing more can be read of the buffer.
    NeedInput,
    /// The message is complete; these are its trailers.
    End(Fields),
}

/// Why content cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ContentError {
    /// The connection closed with octets missing.
    #[error("the connection closed {missing} octets before the end of the content, after {received} of {}", received + missing)]
    ClosedInContent {
        /// Octets of content that came.
        received: u64,
        /// Octets that did not.
        missing: u64,
    },
    /// The connection closed within a chunk.
    #[error("the connection closed within a chunk that lacks {missing} octets, after {received} octets of content")]
    ClosedInChunk {
        /// Octets of content that came.
        received: u64,
        /// Octets the chunk lacks.
        missing: u64,
    },
    /// The connection closed between chunks: no last chunk.
    #[error("the connection closed before the last chunk, after {received} octets of content")]
    ClosedBeforeLastChunk {
        /// Octets of content that came.
        received: u64,
    },
    /// More content than we take.
    #[error("the content has {announced} octets or more, the limit is {limit}")]
    TooLarge {
        /// Octets that came or were announced.
        announced: u64,
        /// The limit.
        limit: u64,
    },
    /// A chunk size that is not hexadecimal.
    #[error("{got:?} stands where a chunk size in hexadecimal should be")]
    BadChunkSize {
        /// What stands there.
        got: String,
    },
    /// A chunk size beyond 2⁶⁴ − 1.
    #[error("the chunk size {got} is beyond every limit")]
    ChunkSizeOverflow {
        /// What stands there.
        got: String,
    },
    /// Broken chunk extensions.
    #[error("the chunk extension {got:?} is not ;name or ;name=value")]
    BadChunkExtension {
        /// What stands there.
        got: String,
    },
    /// A chunk line without end.
    #[error("a chunk size line is longer than {limit} octets")]
    ChunkLineTooLong {
        /// [`MAX_CHUNK_LINE`].
        limit: usize,
    },
    /// More framing than content.
    #[error("the chunk sizes and extensions take {overhead} octets more than the content they carry justifies")]
    TooMuchFraming {
        /// Octets beyond the free ones.
        overhead: u64,
    },
    /// A chunk line that ends with LF alone.
    #[error("a chunk size line ends with LF alone; a line ends with CR LF")]
    BareLf,
    /// Something else where a chunk's closing CR LF should be.
    #[error("{got:?} stands where the CR LF after a chunk should be: the chunk is longer than its size says")]
    NoChunkEnd {
        /// What stands there.
        got: String,
    },
    /// Broken trailers.
    #[error("the trailer section is malformed")]
    Trailers(#[source] HeadError),
}

impl ContentError {
    /// Is it a limit of this program that was passed, rather than a rule that was broken?
    pub fn is_limit(&self) -> bool {
        match self {
            Self::TooLarge { .. } | Self::ChunkLineTooLong { .. } | Self::TooMuchFraming { .. } => true,
            Self::Trailers(error) => error.is_limit(),
            _ => false,
        }
    }

    /// The rule that was broken; `None` for a limit of our own.
    pub fn clause(&self) -> Option<&'static str> {
        match self {
            Self::ClosedInContent { .. } | Self::ClosedInChunk { .. } | Self::ClosedBeforeLastChunk { .. } => {
                Some("RFC 9112 §8")
            }
            Self::TooLarge { .. } => None,
            Self::BadChunkSize { .. } | Self::ChunkSizeOverflow { .. } | Self::NoChunkEnd { .. } => {
                Some("RFC 9112 §7.1")
            }
            Self::BareLf => Some("RFC 9112 §2.2"),
            Self::BadChunkExtension { .. } | Self::ChunkLineTooLong { .. } | Self::TooMuchFraming { .. } => {
                Some("RFC 9112 §7.1.1")
            }
            Self::Trailers(error) => Some(error.clause()),
        }
    }

    /// Did the connection close too early, rather than the other end break a rule?
    pub fn is_early_close(&self) -> bool {
        matches!(self, Self::ClosedInContent { .. } | Self::ClosedInChunk { .. } | Self::ClosedBeforeLastChunk { .. })
    }
}

#[derive(Clone, Debug)]
enum ContentPhase {
    Octets(u64),
    Close,
    ChunkLine { scanned: usize },
    ChunkOctets(u64),
    ChunkEnd,
    Trailers(Box<HeadReader>),
    Nothing,
}

impl ContentReader {
    /// For a message framed so. At most `limit` octets of content are taken.
    ///
    /// # Errors
    /// When the announced length is beyond the limit.
    pub fn new(framing: Framing, limit: u64) -> Result<Self, ContentError> {
        let awaits = match framing {
            Framing::None | Framing::Tunnel | Framing::Length(0) => ContentPhase::Nothing,
            Framing::Length(announced) if announced > limit => return Err(ContentError::TooLarge { announced, limit }),
            Framing::Length(octets) => ContentPhase::Octets(octets),
            Framing::Chunked => ContentPhase::ChunkLine { scanned: 0 },
            Framing::UntilClose => ContentPhase::Close,
        };
        Ok(Self { awaits, limit, content: 0, wire: 0, overhead: 0 })
    }

    /// Octets of content read.
    pub fn content(&self) -> u64 {
        self.content
    }

    /// Octets on the wire read: content, chunk framing, trailers.
    pub fn wire(&self) -> u64 {
        self.wire
    }

    /// How many of the octets that arrive next are content for certain.
    pub fn ahead(&self) -> u64 {
        match self.awaits {
            ContentPhase::Octets(octets) | ContentPhase::ChunkOctets(octets) => octets,
            ContentPhase::Close => u64::MAX,
            ContentPhase::ChunkLine { .. }
            | ContentPhase::ChunkEnd
            | ContentPhase::Trailers(_)
            | ContentPhase::Nothing => 0,
        }
    }

    /// What a session with a reader at work answers as [`Session::content_ahead`](crate::proto::session::Session::content_ahead):
    /// `buffered` octets have arrived and are not read yet.
    pub fn ahead_beyond(&self, buffered: u64) -> (u64, u64) {
        (self.ahead().saturating_sub(buffered), self.content() + buffered)
    }

    /// Takes what it can from the front of `input`; `ended` when nothing more will arrive.
    ///
    /// # Errors
    /// Broken framing, a limit, or an early close.
    pub fn step(&mut self, input: &mut BytesMut, ended: bool) -> Result<Portion, ContentError> {
        loop {
            match &mut self.awaits {
                ContentPhase::Nothing => return Ok(Portion::End(Fields::default())),
                ContentPhase::Octets(_) | ContentPhase::ChunkOctets(_) if !input.is_empty() => {
                    return Ok(self.take_octets(input));
                }
                ContentPhase::Octets(missing) if ended => {
                    return Err(ContentError::ClosedInContent { received: self.content, missing: *missing });
                }
                ContentPhase::ChunkOctets(missing) if ended => {
                    return Err(ContentError::ClosedInChunk { received: self.content, missing: *missing });
                }
                ContentPhase::Close if !input.is_empty() => return self.take_all(input),
                ContentPhase::Close if ended => self.awaits = ContentPhase::Nothing,
                ContentPhase::Octets(_) | ContentPhase::ChunkOctets(_) | ContentPhase::Close => {
                    return Ok(Portion::NeedInput);
                }
                ContentPhase::ChunkLine { .. } => {
                    if !self.chunk_line(input)? {
                        return self.wait(ended);
                    }
                }
                ContentPhase::ChunkEnd => {
                    if !self.chunk_end(input)? {
                        return self.wait(ended);
                    }
                }
                ContentPhase::Trailers(reader) => {
                    let Some(length) = reader.scan(input).map_err(ContentError::Trailers)? else {
                        return self.wait(ended);
                    };
                    let (_, fields) = reader.finish(&input.split_to(length).freeze());
                    self.wire += length as u64;
                    self.awaits = ContentPhase::Nothing;
                    return Ok(Portion::End(fields));
                }
            }
        }
    }

    fn wait(&self, ended: bool) -> Result<Portion, ContentError> {
        if ended { Err(ContentError::ClosedBeforeLastChunk { received: self.content }) } else { Ok(Portion::NeedInput) }
    }

    fn take_octets(&mut self, input: &mut BytesMut) -> Portion {
        let (ContentPhase::Octets(left) | ContentPhase::ChunkOctets(left)) = &mut self.awaits else {
            return Portion::NeedInput;
        };
        let taken = usize::try_from(*left).map_or(input.len(), |left| left.min(input.len()));
        *left -= taken as u64;
        if *left == 0 {
            self.awaits = match self.awaits {
                ContentPhase::ChunkOctets(_) => ContentPhase::ChunkEnd,
                _ => ContentPhase::Nothing,
            };
        }
        self.content += taken as u64;
        self.wire += taken as u64;
        Portion::Content(input.split_to(taken).freeze())
    }

    fn take_all(&mut self, input: &mut BytesMut) -> Result<Portion, ContentError> {
        let room = self.limit - self.content;
        if room == 0 {
            return Err(ContentError::TooLarge { announced: self.limit.saturating_add(1), limit: self.limit });
        }
        let taken = usize::try_from(room).map_or(input.len(), |room| room.min(input.len()));
        self.wire += taken as u64;
        self.content += taken as u64;
        Ok(Portion::Content(input.split_to(taken).freeze()))
    }

    /// Reads a chunk's size line; false when it is not there yet.
    fn chunk_line(&mut self, input: &mut BytesMut) -> Result<bool, ContentError> {
        let ContentPhase::ChunkLine { scanned } = &mut self.awaits else { return Ok(false) };
        let found = input.get(*scanned..).and_then(|new| new.iter().position(|octet| *octet == b'\n'));
        let end = found.map_or(input.len(), |at| *scanned + at);
        if end >= MAX_CHUNK_LINE {
            return Err(ContentError::ChunkLineTooLong { limit: MAX_CHUNK_LINE });
        }
        if found.is_none() {
            *scanned = input.len();
            return Ok(false);
        }
        let line = input.split_to(end + 1).freeze();
        let Some(text) = line.strip_suffix(b"\r\n") else { return Err(ContentError::BareLf) };
        let size = chunk_size(text)?;
        let announced = self.content.saturating_add(size);
        if announced > self.limit {
            return Err(ContentError::TooLarge { announced, limit: self.limit });
        }
        self.wire += line.len() as u64;
        self.overhead =
            (self.overhead + line.len() as u64).saturating_sub(size.saturating_mul(2).saturating_add(FREE_CHUNK_LINE));
        if self.overhead > MAX_CHUNK_OVERHEAD {
            return Err(ContentError::TooMuchFraming { overhead: self.overhead });
        }
        self.awaits = match size {
            0 => ContentPhase::Trailers(Box::new(HeadReader::trailers(HeadRules::CHUNKED))),
            octets => ContentPhase::ChunkOctets(octets),
        };
        Ok(true)
    }

    /// Reads the CR LF after a chunk; false when it is not there yet.
    fn chunk_end(&mut self, input: &mut BytesMut) -> Result<bool, ContentError> {
        match **input {
            [b'\r', b'\n', ..] => {
                input.advance(2);
                self.wire += 2;
                self.awaits = ContentPhase::ChunkLine { scanned: 0 };
                Ok(true)
            }
            [] | [b'\r'] => Ok(false),
            // One octet is enough to refuse it, so the message does not depend on how the octets were cut.
            [b'\r', other, ..] | [other, ..] => Err(ContentError::NoChunkEnd { got: beginning(&[other]) }),
        }
    }
}

/// The size in a chunk's size line without its line end; extensions are checked and ignored (RFC 9112 §7.1.1).
///
/// # Errors
/// Not hexadecimal, beyond 2⁶⁴ − 1, or broken extensions.
pub fn chunk_size(text: &[u8]) -> Result<u64, ContentError> {
    let digits = text.iter().take_while(|octet| octet.is_ascii_hexdigit()).count();
    let (size, rest) = text.split_at_checked(digits).unwrap_or((text, b""));
    if size.is_empty() {
        return Err(ContentError::BadChunkSize { got: beginning(text) });
    }
    let extensions = skip_space(rest);
    match extensions.first() {
        None if rest.is_empty() => {}
        Some(b';') if extensions_fit(extensions) => {}
        Some(b';') => return Err(ContentError::BadChunkExtension { got: beginning(extensions) }),
        _ => return Err(ContentError::BadChunkSize { got: beginning(text) }),
    }
    size.iter()
        .try_fold(0_u64, |sum, digit| sum.checked_mul(16)?.checked_add(u64::from(char::from(*digit).to_digit(16)?)))
        .ok_or_else(|| ContentError::ChunkSizeOverflow { got: beginning(size) })
}

/// ```text
/// chunk-ext = *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] )
/// ```
fn extensions_fit(mut text: &[u8]) -> bool {
    while !text.is_empty() {
        let Some(after) = skip_space(text).strip_prefix(b";") else { return false };
        let Some(after) = skip_token(skip_space(after)) else { return false };
        text = match skip_space(after).strip_prefix(b"=") {
            None => after,
            Some(value) => match skip_space(value) {
                [b'"', quoted @ ..] => match skip_quoted(quoted) {
                    Some(after) => after,
                    None => return false,
                },
                value => match skip_token(value) {
                    Some(after) => after,
                    None => return false,
                },
            },
        };
    }
    true
}

fn skip_space(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] = text {
        text = rest;
    }
    text
}

fn skip_token(text: &[u8]) -> Option<&[u8]> {
    match text.iter().take_while(|octet| is_tchar(**octet)).count() {
        0 => None,
        length => text.get(length..),
    }
}

/// Past the closing quote of a quoted string whose opening one is behind us (RFC 9110 §5.6.4).
fn skip_quoted(mut text: &[u8]) -> Option<&[u8]> {
    loop {
        text = match text {
            [b'"', rest @ ..] => return Some(rest),
            [b'\\', b'\t' | b' '..=b'~' | 0x80.., rest @ ..]
            | [b'\t' | b' '..=b'[' | b']'..=b'~' | 0x80.., rest @ ..] => rest,
            _ => return None,
        };
    }
}
