//! How an exchange fails at the client's end, whose fault it is, and which rule was broken.

use crate::{
    proto::http::{content::ContentError, encode::InvalidRequest, framing::FramingError, head::HeadError},
    wire::{Blame, Failure},
};

/// How an exchange failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The connection closed while requests waited for an answer, and nothing of the next answer had come.
    #[error("the server closed the connection before answering {}", requests(*unanswered))]
    ClosedBeforeResponse {
        /// Requests without an answer.
        unanswered: usize,
    },
    /// The connection closed in the middle of a head.
    #[error("the server closed the connection after {received} octets of a response head")]
    ClosedInHead {
        /// Octets of the head that came.
        received: usize,
    },
    /// The head is malformed.
    #[error(transparent)]
    Head(#[from] HeadError),
    /// The length of the content cannot be told.
    #[error(transparent)]
    Framing(#[from] FramingError),
    /// The content is malformed, too long, or did not come to its end.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// Octets came that answer no request.
    #[error("the server sent octets that answer no request")]
    Unasked,
    /// 101 to a request without Upgrade.
    #[error("the server switched to another protocol (101) although the request had no Upgrade field")]
    UnaskedSwitch,
    /// Interim responses without end.
    #[error("more than {limit} interim (1xx) responses came and no final one")]
    TooManyInterim {
        /// [`MAX_INTERIM_RESPONSES`](crate::proto::http::limits::MAX_INTERIM_RESPONSES).
        limit: u32,
    },
    /// The request cannot be sent.
    #[error(transparent)]
    Unsendable(#[from] InvalidRequest),
}

impl ClientError {
    /// As a person reads it.
    pub fn failure(&self) -> Failure {
        Failure::from_error(self, self.blame(), self.clause())
    }

    /// Whose fault it is: the network's when the connection closed early, the student's when the request could not be sent.
    pub fn blame(&self) -> Blame {
        match self {
            Self::ClosedBeforeResponse { .. } | Self::ClosedInHead { .. } => Blame::Network,
            Self::Content(error) if error.is_early_close() => Blame::Network,
            Self::Unsendable(_) => Blame::Input,
            Self::TooManyInterim { .. } => Blame::Limit,
            Self::Head(error) if error.is_limit() => Blame::Limit,
            Self::Content(error) if error.is_limit() => Blame::Limit,
            Self::Head(_) | Self::Framing(_) | Self::Content(_) | Self::Unasked | Self::UnaskedSwitch => Blame::Peer,
        }
    }

    /// The rule that was broken; `None` for a limit of our own.
    pub fn clause(&self) -> Option<&'static str> {
        match self {
            Self::ClosedBeforeResponse { .. } | Self::ClosedInHead { .. } => Some("RFC 9112 §8"),
            Self::Head(error) => Some(error.clause()),
            Self::Framing(error) => Some(error.clause()),
            Self::Content(error) => error.clause(),
            Self::Unasked => Some("RFC 9112 §9.2"),
            Self::UnaskedSwitch => Some("RFC 9110 §15.2.2"),
            Self::TooManyInterim { .. } => Some("RFC 9110 §15.2"),
            Self::Unsendable(error) => Some(error.clause()),
        }
    }
}

fn requests(count: usize) -> String {
    match count {
        1 => "the request".to_owned(),
        _ => format!("{count} requests"),
    }
}
