//! What can be wrong with the text of a record.

/// Why a text is no record, name or type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TextError {
    /// Something else belongs there.
    #[error("{found:?} stands where {expected} belongs")]
    Unfit {
        /// What stands there.
        found: String,
        /// What belongs there.
        expected: &'static str,
    },
    /// The line ends too early.
    #[error("{expected} is missing")]
    Missing {
        /// What belongs there.
        expected: &'static str,
    },
    /// The line goes on where it should end.
    #[error("{found:?} is one too many")]
    Extra {
        /// What stands there.
        found: String,
    },
    /// A backslash is followed by neither three digits up to 255 nor a character (RFC 1035 §5.1).
    #[error("\\{found} is no escape: a backslash stands before one character, or before three digits up to 255")]
    Escape {
        /// What follows the backslash.
        found: String,
    },
    /// RFC 1035 §2.3.4.
    #[error("a label has more than 63 octets")]
    LongLabel,
    /// RFC 1035 §2.3.4.
    #[error("a name has more than 255 octets")]
    LongName,
    /// Two dots in a row, or a dot in front.
    #[error("a label is empty")]
    EmptyLabel,
    /// RFC 1035 §3.3.
    #[error("a character string has more than 255 octets")]
    LongString,
    /// RFC 8005 §5: the length of a key has two octets.
    #[error("a key has more than 65535 octets")]
    LongKey,
    /// A quotation mark or parenthesis is never closed.
    #[error("{what} is opened and never closed")]
    Unclosed {
        /// Which of the two.
        what: &'static str,
    },
    /// A closing parenthesis without an opening one.
    #[error("a parenthesis is closed that was never opened")]
    StrayParenthesis,
    /// RFC 3597 §5: the length and the octets do not agree.
    #[error("\\# states {stated} octets, {found} follow")]
    GenericLength {
        /// The number behind `\#`.
        stated: usize,
        /// The octets that follow.
        found: usize,
    },
    /// A type whose data can only be written as RFC 3597 says.
    #[error("data of type {kind} has no notation here: write it as TYPE{code} \\# LENGTH HEX (RFC 3597 §5)")]
    OnlyGeneric {
        /// The type.
        kind: String,
        /// Its number.
        code: u16,
    },
    /// Neither TTL nor class nor a type that is known.
    #[error(
        "{found:?} stands where a TTL, a class or a record type belongs; a type not known here is written as its number, \
         TYPE65400 \\# LENGTH HEX (RFC 3597 §5)"
    )]
    NoType {
        /// What stands there.
        found: String,
    },
    /// A digest of another length than its algorithm's.
    #[error("a digest of algorithm {algorithm} has {expected} octets, and here are {found}")]
    DigestLength {
        /// The algorithm's number.
        algorithm: u8,
        /// Octets it should have.
        expected: usize,
        /// Octets it has.
        found: usize,
    },
    /// A type of what belongs to one message and is never stored: OPT (RFC 6891 §6.1.1), TKEY, TSIG, and what only a question asks for
    /// (RFC 6895 §3.1).
    #[error("{kind} belongs to one message and cannot stand in a zone (RFC 6895 §3.1)")]
    NotStored {
        /// The type.
        kind: String,
    },
    /// The octets are none that this type has.
    #[error("these octets are no data of type {kind}")]
    NotOfType {
        /// The type.
        kind: String,
    },
}

/// What is wrong, and in which line of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::proto::dns) struct LineError {
    /// Counted from 1.
    pub(in crate::proto::dns) line: u32,
    pub(in crate::proto::dns) error: TextError,
}

impl TextError {
    /// `found` stands where `expected` belongs.
    pub(super) fn unfit(found: &str, expected: &'static str) -> Self {
        Self::Unfit { found: found.to_owned(), expected }
    }
}
