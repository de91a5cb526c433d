//! What a protocol brings along to be read: its name, how it claims a flow, and a reader of what both sides say. The table of all of them is
//! [`super::protocols`]; what keeps a reader busy and asks it for lines, fields and words is [`super::Reading`].

use std::{fmt::Debug, ops::Range};

use super::{Excerpt, ExcerptBuf, ExchangeView, FieldNode, Line, LineEnd, passages::LinePlace};
use crate::wire::Side;

/// A way to read what a flow says.
pub trait Protocol: Debug + Sync {
    /// Its name for a chooser: `HTTP/1.x`.
    fn name(&self) -> &'static str;

    /// Is a flow that begins like this one of its own? As more octets come, the claim may turn from [`Claim::Undecided`] to yes or no, and
    /// may not turn any more after that. No message may end inside the octets that leave it undecided, unless the other side speaks next.
    fn claims(&self, opening: &Opening<'_>) -> Claim;

    /// A reader for such a flow, before its first octet.
    fn reader(&self, opening: &Opening<'_>) -> Box<dyn Reader>;
}

/// Whether a protocol is what a flow speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// It is, whatever else comes.
    Yes,
    /// It is not.
    No,
    /// More octets have to come before that can be told.
    Undecided,
}

/// How a flow begins, or the part of a flow in which another protocol begins.
#[derive(Clone, Copy, Debug, Default)]
pub struct Opening<'a> {
    /// What carries it.
    pub transport: Transport,
    /// The port of the end that opened the flow.
    pub client_port: Option<u16>,
    /// The port of the end that was asked; behind a tunnel, the port that the tunnel was asked for.
    pub server_port: Option<u16>,
    /// Who spoke first, once anybody has.
    pub first: Option<Side>,
    /// The client's first octets, at most [`MAX_OPENING`]; of datagrams the first one.
    pub client: &'a [u8],
    /// The server's.
    pub server: &'a [u8],
    /// What both sides agreed to go on with, as the field Upgrade names it (RFC 9110 §7.8).
    pub agreed: Option<&'a str>,
    /// The same protocol was spoken before TLS began: it goes on, and nobody is greeted again.
    pub resumes: bool,
    /// Nothing more will come that could tell: [`Claim::Undecided`] counts as no.
    pub is_final: bool,
}

/// What carries what a flow says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Transport {
    /// A stream of octets.
    #[default]
    Stream,
    /// Datagrams, each a message.
    Datagrams,
}

impl Opening<'_> {
    /// Did `side` speak first?
    pub fn began(&self, side: Side) -> bool {
        self.first == Some(side)
    }

    /// Does the server listen at one of `ports`?
    pub fn serves(&self, ports: &[u16]) -> bool {
        self.server_port.is_some_and(|port| ports.contains(&port))
    }
}

/// Do `octets` begin with `whole`? Undecided while they are fewer and may still come to.
pub fn begins_with(octets: &[u8], whole: &[u8]) -> Claim {
    let common = octets.len().min(whole.len());
    match octets.get(..common) == whole.get(..common) {
        true if common == whole.len() => Claim::Yes,
        true => Claim::Undecided,
        false => Claim::No,
    }
}

/// Reads what both sides of a flow say, as it comes, and later says what it was. It keeps what it needs to read on, and what it takes to
/// look back at any message; octets it gets again when it is asked.
pub trait Reader: Debug {
    /// The next octets of one side.
    fn read(&mut self, piece: Piece<'_>, found: &mut Findings);

    /// `side` has ended its sending, or was cut off.
    fn end(&mut self, side: Side, found: &mut Findings);

    /// A line of the conversation.
    fn line(&self, line: &LineSource<'_>) -> LineText;

    /// What a message of this [`kind`](Run::kind) is called: `Request`.
    fn noun(&self, side: Side, kind: u8) -> &'static str;

    /// A message as a tree. Never fails: what is malformed is flagged where it stands.
    fn fields(&self, message: &MessageSource<'_>) -> Vec<FieldNode>;

    /// What an arrow of the ladder says; `None` where only the number of its octets can be told.
    fn words(&self, arrow: &Arrow<'_>) -> Option<Words>;

    /// The HTTP exchanges in `events`, which are all of what this reader has read.
    fn exchanges(&self, _events: &mut dyn Iterator<Item = SectionEvent<'_>>) -> Vec<ExchangeView> {
        Vec::new()
    }
}

/// Octets one side sent in one event, or the rest of them. Offsets count from the first octet of that side that the reader is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece<'a> {
    /// Who sent them.
    pub side: Side,
    /// The offset of the first one.
    pub at: u64,
    /// Those the record kept.
    pub bytes: &'a [u8],
    /// How many crossed after them that the record left out.
    pub omitted: u64,
}

impl Piece<'_> {
    /// Where it stands, left out octets included.
    pub fn range(&self) -> Range<u64> {
        self.at..self.at.saturating_add(self.bytes.len() as u64).saturating_add(self.omitted)
    }
}

/// What happens to a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SectionEvent<'a> {
    /// Octets come.
    Piece(Piece<'a>),
    /// A side has ended its sending.
    End(Side),
}

/// What a reader finds in a piece, in the order of its octets.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    pub(super) list: Vec<Finding>,
    pub(super) switch: Option<Switch>,
}

/// One of them. Offsets are a [`Piece`]'s.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Finding {
    Begin { at: u64, kind: u8, exchange: Option<u32> },
    Kind(u8),
    Exchange(u32),
    End { at: u64 },
    Line { range: Range<u64>, kind: u8, joins: &'static [u8], wrong: Option<String> },
    Block { range: Range<u64>, kind: u8, joins: bool, wrong: Option<String> },
    Wrong(String),
}

/// From an octet on, another protocol is spoken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Switch {
    /// The first octet, of the side whose piece is being read, that is not this protocol's any more.
    pub at: u64,
    /// What both sides agreed on, where they named it.
    pub agreed: Option<String>,
    /// The port that a tunnel was asked for.
    pub port: Option<u16>,
    /// TLS is to begin; above it the same protocol goes on.
    pub begins_tls: bool,
}

impl Findings {
    /// A message of the piece's side begins. `kind` is the reader's own number for what it is, [`UNREAD`] for what has no fields; messages
    /// that answer each other have the same `exchange`.
    pub fn begin(&mut self, at: u64, kind: u8, exchange: Option<u32>) {
        self.list.push(Finding::Begin { at, kind, exchange });
    }

    /// The message turns out to be of another kind.
    pub fn kind(&mut self, kind: u8) {
        self.list.push(Finding::Kind(kind));
    }

    /// The message turns out to belong to this exchange.
    pub fn exchange(&mut self, exchange: u32) {
        self.list.push(Finding::Exchange(exchange));
    }

    /// The message has ended.
    pub fn end(&mut self, at: u64) {
        self.list.push(Finding::End { at });
    }

    /// A line of text, its line end included. `kind` is the reader's own number for what it is. It is kept together with lines before it
    /// that are of one of the kinds `joins`.
    pub fn line(&mut self, range: Range<u64>, kind: u8, joins: &'static [u8], wrong: Option<String>) {
        self.list.push(Finding::Line { range, kind, joins, wrong });
    }

    /// Octets that make one line of the conversation, whatever is in them.
    pub fn block(&mut self, range: Range<u64>, kind: u8, wrong: Option<String>) {
        self.list.push(Finding::Block { range, kind, joins: false, wrong });
    }

    /// The same; where the side's last line is of the same kind and ends where these begin, they lengthen it.
    pub fn more(&mut self, range: Range<u64>, kind: u8, wrong: Option<String>) {
        self.list.push(Finding::Block { range, kind, joins: true, wrong });
    }

    /// Something is wrong with the side's last line.
    pub fn wrong(&mut self, wrong: String) {
        self.list.push(Finding::Wrong(wrong));
    }

    /// From here on another protocol is spoken, whichever claims it. What the reader finds in this piece after that is its successor's.
    pub fn switch(&mut self, switch: Switch) {
        self.switch = Some(switch);
    }

    pub(super) fn clear(&mut self) {
        self.list.clear();
        self.switch = None;
    }
}

/// The kind of a message that is not read any further.
pub const UNREAD: u8 = 0;

/// A line to be shown: where it stands, and its octets when they are asked for.
#[derive(Clone, Copy, Debug)]
pub struct LineSource<'a> {
    pub(super) place: LinePlace<'a>,
}

/// What a line says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LineText {
    /// Without its line end.
    pub text: String,
    /// What the parts of the text are: where each begins, in order. Before the first it is [`Tone::Text`].
    pub tones: Vec<(usize, Tone)>,
    /// How it ended.
    pub end: LineEnd,
    /// Where it stands; all that it was kept together with, where this is `None`.
    pub range: Option<Range<u64>>,
    /// Beside it, what its octets do not say.
    pub aside: String,
    /// What is wrong with it, beside what was found when it came.
    pub wrong: Option<String>,
    /// What it is for, where that can be said in a sentence.
    pub meaning: Option<String>,
}

/// What a part of a line is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Tone {
    /// Plain text.
    #[default]
    Text,
    /// Of less importance, or summed up.
    Muted,
    /// The name of something.
    Name,
    /// What this side wants, or that it went well.
    Good,
    /// More has to be done.
    Further,
    /// It did not go well.
    Bad,
    /// As the side that speaks.
    Side,
    /// A step of TCP or TLS.
    Step,
}

impl LineText {
    /// All of one tone.
    pub fn plain(text: String, tone: Tone) -> Self {
        Self { text, tones: vec![(0, tone)], ..Self::default() }
    }

    /// Of parts.
    pub fn of_parts(parts: &[(&str, Tone)]) -> Self {
        let mut line = Self::default();
        for (text, tone) in parts {
            line.tones.push((line.text.len(), *tone));
            line.text.push_str(text);
        }
        line
    }
}

impl<'a> LineSource<'a> {
    /// Whose line it is.
    pub fn side(&self) -> Side {
        self.place.side()
    }

    /// The number by which the reader found it.
    pub fn kind(&self) -> u8 {
        self.place.kind()
    }

    /// Which of the lines it was kept together with, counted from 0: only the first is certain to be of [`Self::kind`].
    pub fn number(&self) -> usize {
        self.place.number
    }

    /// The offsets of all that it was kept together with.
    pub fn range(&self) -> Range<u64> {
        self.place.range()
    }

    /// The first octets of [`Self::range`], at most `most` of them.
    pub fn octets(&self, most: usize) -> ExcerptBuf {
        self.place.octets(most)
    }

    /// How many octets of [`Self::range`] the record left out.
    pub fn omitted(&self) -> u64 {
        self.place.omitted()
    }

    /// The octets of this line of text alone, at most so many of them that it can be shown, and where it stands.
    pub fn text(&self) -> (ExcerptBuf, Range<u64>) {
        self.place.text()
    }

    /// Other octets of the same side, at most `most` of them.
    pub fn elsewhere(&self, range: Range<u64>, most: usize) -> ExcerptBuf {
        self.place.elsewhere(range, most)
    }

    /// What the same side said last before this that is of `kind`.
    pub fn before(&self, kind: u8) -> Option<LineSource<'a>> {
        Some(Self { place: self.place.before(kind)? })
    }
}

/// A message to be shown as a tree.
#[derive(Clone, Copy, Debug)]
pub struct MessageSource<'a> {
    /// Who sent it.
    pub side: Side,
    /// The reader's own number for what it is.
    pub kind: u8,
    /// The offset of its first octet.
    pub at: u64,
    /// Its octets.
    pub octets: Excerpt<'a>,
    /// The first octets of the message that it answers, if there is one.
    pub request: Option<&'a [u8]>,
}

/// An arrow of the ladder: octets of one message that followed each other closely.
#[derive(Clone, Debug)]
pub struct Arrow<'a> {
    /// Who sent them.
    pub side: Side,
    /// The reader's own number for what the message is.
    pub kind: u8,
    /// The message begins with them.
    pub begins: bool,
    /// TLS is not established yet.
    pub in_handshake: bool,
    /// Its first events: octets, and how many more the record left out after them.
    pub pieces: Vec<(&'a [u8], u64)>,
    /// How many octets it stands for.
    pub octets: u64,
    /// How many the message has.
    pub message_octets: u64,
    /// How many messages of this side begin in the same event.
    pub together: usize,
}

impl<'a> Arrow<'a> {
    /// The octets of its first event.
    pub fn beginning(&self) -> &'a [u8] {
        self.pieces.first().map_or(&[], |(bytes, _)| bytes)
    }
}

/// What an arrow says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// From long to short.
    pub variants: Vec<String>,
    /// How much is known of what it carries.
    pub weight: Weight,
}

/// How much an arrow's words say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Weight {
    /// Which message it is.
    #[default]
    Message,
    /// What kind of octets they are.
    Framing,
    /// Some octets, quoted.
    Octets,
}

impl Words {
    /// Those of a message.
    pub fn message(variants: Vec<String>) -> Self {
        Self { variants, weight: Weight::Message }
    }
}

/// Octets of an event that belong to one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// How many, left out ones included; at least one.
    pub octets: u64,
    /// Whether the message begins with them.
    pub begins: bool,
    /// Which of the flow's sections the message is in.
    pub section: SectionNumber,
    /// The reader's own number for what the message is, as far as can be told; [`UNREAD`] where it has no fields.
    pub kind: u8,
    /// Messages of a section that answer each other have the same number, counted from 0; [`NO_EXCHANGE`] where none is known.
    pub exchange: u32,
}

/// Which section of its flow something is in.
pub type SectionNumber = u8;

/// The exchange of a message that neither answers nor is answered.
pub const NO_EXCHANGE: u32 = u32::MAX;

/// Octets of each side that a protocol is claimed by.
pub const MAX_OPENING: usize = 1024;

/// Octets of a line that are shown.
pub const MAX_LINE_SHOWN: usize = 4096;

impl Line {
    /// The parts of its text, each with what it is.
    pub fn parts(&self) -> impl Iterator<Item = (&str, Tone)> {
        let first = self.tones.first().map_or(self.text.len(), |(at, _)| *at);
        let ends = self.tones.iter().skip(1).map(|(at, _)| *at).chain([self.text.len()]);
        let toned = self.tones.iter().zip(ends).map(|((from, tone), to)| (self.text.get(*from..to), *tone));
        let before = (self.text.get(..first), Tone::Text);
        std::iter::once(before)
            .chain(toned)
            .filter_map(|(text, tone)| Some((text.filter(|text| !text.is_empty())?, tone)))
    }
}
