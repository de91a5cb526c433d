//! What a reader is asked when something of what it has read is to be shown, and what it answers.

use std::ops::Range;

use crate::{
    lens::{Excerpt, ExcerptBuf, LineEnd, passages::LineLocation},
    wire::Side,
};

/// A line to be shown: where it stands, and its octets when they are asked for.
#[derive(Clone, Copy, Debug)]
pub struct LineSource<'a> {
    pub(in crate::lens) place: LineLocation<'a>,
}

/// What a line says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LineText {
    /// Without its line end.
    pub text: String,
    /// What the parts of the text are: where each begins, in order. Before the first it is [`TextTone::Text`].
    pub tones: Vec<(usize, TextTone)>,
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
pub enum TextTone {
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
    pub fn plain(text: String, tone: TextTone) -> Self {
        Self { text, tones: vec![(0, tone)], ..Self::default() }
    }

    /// Of parts.
    pub fn of_parts(parts: &[(&str, TextTone)]) -> Self {
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
pub struct LadderArrow<'a> {
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

impl<'a> LadderArrow<'a> {
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
