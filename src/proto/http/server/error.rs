//! Why a server refuses a request, and with which status. RFC 9110 §15.5, §15.6; RFC 9112 §9.6.

use std::time::Duration;

use crate::{
    proto::http::{content::ContentError, framing::FramingError, head::HeadError},
    wire::{Blame, Failure},
};

/// Why a request is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ServerError {
    /// The head is malformed.
    #[error(transparent)]
    Head(#[from] HeadError),
    /// The length of the content cannot be told.
    #[error(transparent)]
    Framing(#[from] FramingError),
    /// The content is malformed, too long, or did not come to its end.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// An HTTP/1.1 request without Host.
    #[error("an HTTP/1.1 request needs a Host field")]
    NoHost,
    /// Several Host fields.
    #[error("the request has {count} Host fields; it may have one")]
    SeveralHosts {
        /// How many there are.
        count: usize,
    },
    /// A Host that is not host or host:port.
    #[error("{got:?} is not a host, or a host and a port")]
    BadHost {
        /// What stands there.
        got: String,
    },
    /// A target that is none of the four forms, or not one this method has.
    #[error(
        "{target:?} is not a target for {method}: a path beginning with /, an absolute URL, host:port for CONNECT, or * for OPTIONS"
    )]
    BadTargetForm {
        /// The request's method.
        method: String,
        /// The request's target.
        target: String,
    },
    /// The connection closed in the middle of a request's head.
    #[error("the client closed the connection after {received} octets of a request head")]
    ClosedInHead {
        /// Octets that came.
        received: usize,
    },
    /// A request began and did not come to its end.
    #[error("the request did not come to its end in time")]
    RequestTimeout,
    /// The client connected and said nothing.
    #[error("the client sent nothing for {} s", limit.as_secs())]
    Silent {
        /// How long it was waited for.
        limit: Duration,
    },
    /// No further request came.
    #[error("the connection was idle for {} s", limit.as_secs())]
    Idle {
        /// How long it was waited for.
        limit: Duration,
    },
}

impl ServerError {
    /// The status it deserves; `None` where no response is due: the client has gone, or sent no request. After it the connection closes (RFC 9112 §9.6).
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Head(HeadError::RequestLineTooLong { .. }) => Some(414),
            Self::Head(HeadError::MethodTooLong { .. }) | Self::Framing(FramingError::UnknownCoding { .. }) => {
                Some(501)
            }
            Self::Head(HeadError::HeadTooLarge { .. } | HeadError::TooManyFields { .. }) => Some(431),
            Self::Head(HeadError::NoVersion | HeadError::OtherVersion { .. }) => Some(505),
            Self::Framing(FramingError::LengthOverflow { .. })
            | Self::Content(ContentError::TooLarge { .. } | ContentError::ChunkSizeOverflow { .. }) => Some(413),
            Self::Content(ContentError::Trailers(HeadError::HeadTooLarge { .. } | HeadError::TooManyFields { .. })) => {
                Some(431)
            }
            Self::Content(error) if error.is_early_close() => None,
            Self::ClosedInHead { .. } | Self::Silent { .. } | Self::Idle { .. } => None,
            Self::RequestTimeout => Some(408),
            Self::Head(_)
            | Self::Framing(_)
            | Self::Content(_)
            | Self::NoHost
            | Self::SeveralHosts { .. }
            | Self::BadHost { .. }
            | Self::BadTargetForm { .. } => Some(400),
        }
    }

    /// As a person reads it; the fault is the client's, or the network's when it closed early.
    pub fn failure(&self) -> Failure {
        let blame = if self.status().is_some() { Blame::Peer } else { Blame::Network };
        Failure::from_error(self, blame, self.clause())
    }

    /// The rule that was broken; `None` for a limit of our own.
    pub fn clause(&self) -> Option<&'static str> {
        match self {
            Self::Head(error) => Some(error.clause()),
            Self::Framing(error) => Some(error.clause()),
            Self::Content(error) => error.clause(),
            Self::NoHost | Self::SeveralHosts { .. } | Self::BadHost { .. } | Self::BadTargetForm { .. } => {
                Some("RFC 9112 §3.2")
            }
            Self::ClosedInHead { .. } => Some("RFC 9112 §8"),
            Self::RequestTimeout => Some("RFC 9110 §15.5.9"),
            Self::Silent { .. } | Self::Idle { .. } => Some("RFC 9112 §9.5"),
        }
    }
}
