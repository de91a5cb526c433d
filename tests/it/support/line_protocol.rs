//! A protocol of lines in which the server speaks first and TLS is begun in the middle, both its ends: SMTP's greeting, EHLO, STARTTLS,
//! NOOP and QUIT, and nothing else of it. RFC 5321 §4.1.1, RFC 3207.

use std::{collections::VecDeque, time::Duration};

use bytes::{Bytes, BytesMut};
use roundtrip::{
    proto::session::{Outgoing, Session, Step, TlsParameters},
    wire::{Blame, Failure},
};

/// Octets of the longest line, its CR LF included (RFC 5321 §4.5.3.1.4).
const MAX_LINE: usize = 512;

/// Why a conversation of lines is given up.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LineError {
    #[error("a line has more than {MAX_LINE} octets")]
    TooLong,
    #[error("{got:?} does not begin with a reply code")]
    NoReplyCode { got: String },
    #[error("the connection closed before the reply to {command}")]
    Closed { command: String },
}

impl LineError {
    pub(crate) fn failure(&self) -> Failure {
        let (blame, clause) = match self {
            Self::TooLong => (Blame::Peer, "RFC 5321 §4.5.3.1.4"),
            Self::NoReplyCode { .. } => (Blame::Peer, "RFC 5321 §4.2"),
            Self::Closed { .. } => (Blame::Network, "RFC 5321 §3.8"),
        };
        Failure::from_error(self, blame, Some(clause))
    }
}

/// Lines as they come in.
#[derive(Debug, Default)]
struct Lines {
    held: BytesMut,
    ended: bool,
}

impl Lines {
    /// The next whole line, without its CR LF.
    fn next(&mut self) -> Result<Option<String>, LineError> {
        let end = self.held.windows(2).position(|two| two == b"\r\n");
        if end.map_or(self.held.len(), |end| end + 2) > MAX_LINE {
            return Err(LineError::TooLong);
        }
        let line = end.map(|end| self.held.split_to(end + 2));
        Ok(line.map(|line| String::from_utf8_lossy(&line[..line.len() - 2]).into_owned()))
    }
}

/// What NOOP is followed by (RFC 5321 §4.1.1.9) stands for something that the record does not show.
fn line(text: &str) -> Outgoing {
    let secret = text.strip_prefix("NOOP ").map(|secret| "NOOP ".len()..secret.len() + "NOOP ".len());
    Outgoing { bytes: Bytes::from(format!("{text}\r\n")), secret }
}

/// A whole reply: its code and its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) code: u16,
    pub(crate) lines: Vec<String>,
}

/// The client's end. Each command waits for the reply to the one before.
#[derive(Debug, Default)]
pub(crate) struct LineClient {
    input: Lines,
    commands: VecDeque<String>,
    /// The command whose reply has not come; at first the greeting is waited for.
    waits_for: Waiting,
    reply: Vec<String>,
    /// The extensions the server said it has, without those said before TLS.
    extensions: Vec<String>,
    starts_tls: bool,
    failed: Option<LineError>,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum Waiting {
    #[default]
    Greeting,
    Reply {
        to: String,
    },
    Nothing,
    Over,
}

impl LineClient {
    /// Says this once its turn has come.
    pub(crate) fn command(&mut self, line: &str) {
        self.commands.push_back(line.to_owned());
    }

    pub(crate) fn extensions(&self) -> &[String] {
        &self.extensions
    }

    fn reply(&mut self, text: &str) -> Result<Option<Reply>, LineError> {
        let no_code = || LineError::NoReplyCode { got: text.to_owned() };
        let code: u16 = text.get(..3).and_then(|code| code.parse().ok()).ok_or_else(no_code)?;
        self.reply.push(text.get(4..).unwrap_or_default().to_owned());
        if text.get(3..4) == Some("-") {
            return Ok(None);
        }
        let lines = std::mem::take(&mut self.reply);
        let answered = std::mem::replace(&mut self.waits_for, Waiting::Nothing);
        if let Waiting::Reply { to } = &answered {
            match to.split(' ').next() {
                Some("EHLO") if code == 250 => self.extensions = lines.iter().skip(1).cloned().collect(),
                Some("STARTTLS") if code == 220 => self.starts_tls = true,
                Some("QUIT") => self.waits_for = Waiting::Over,
                _ => {}
            }
        }
        Ok(Some(Reply { code, lines }))
    }

    fn read(&mut self) -> Result<Step<Reply>, LineError> {
        if self.starts_tls {
            return Ok(Step::StartTls { unread: self.input.held.len() });
        }
        if self.waits_for == Waiting::Over {
            return Ok(Step::Done);
        }
        if self.waits_for == Waiting::Nothing
            && let Some(command) = self.commands.pop_front()
        {
            let said = line(&command);
            self.waits_for = Waiting::Reply { to: command };
            return Ok(Step::Send(said));
        }
        while let Some(text) = self.input.next()? {
            if let Some(reply) = self.reply(&text)? {
                return Ok(Step::Event(reply));
            }
        }
        match &self.waits_for {
            Waiting::Reply { to } if self.input.ended => Err(LineError::Closed { command: to.clone() }),
            Waiting::Greeting if self.input.ended => Err(LineError::Closed { command: "the connection".to_owned() }),
            _ => Ok(Step::NeedInput),
        }
    }
}

impl Session for LineClient {
    type Event = Reply;
    type Error = LineError;

    fn receive(&mut self, bytes: &[u8]) {
        self.input.held.extend_from_slice(bytes);
    }

    fn receive_end(&mut self) {
        self.input.ended = true;
    }

    fn step(&mut self, _now: Duration) -> Result<Step<Reply>, LineError> {
        if let Some(failed) = &self.failed {
            return Err(failed.clone());
        }
        let step = self.read();
        self.failed = step.as_ref().err().cloned();
        step
    }

    fn tls_established(&mut self, _tls: &TlsParameters) {
        self.starts_tls = false;
        self.extensions.clear();
    }
}

/// What a server learns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LineEvent {
    /// A client that called itself so (if it has said it since TLS began) asked for nothing.
    Noop { client: Option<String> },
}

/// The server's end.
#[derive(Debug)]
pub(crate) struct LineServer {
    input: Lines,
    out: VecDeque<String>,
    client: Option<String>,
    has_tls: bool,
    then: Then,
    failed: Option<LineError>,
}

/// What comes when all is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    Listens,
    StartsTls,
    Ends,
}

impl Default for LineServer {
    /// One that greets.
    fn default() -> Self {
        Self {
            input: Lines::default(),
            out: VecDeque::from(["220 mail.lab is ready".to_owned()]),
            client: None,
            has_tls: false,
            then: Then::Listens,
            failed: None,
        }
    }
}

impl LineServer {
    fn obey(&mut self, text: &str) -> Option<LineEvent> {
        let (verb, rest) = text.split_once(' ').unwrap_or((text, ""));
        let mut event = None;
        let mut say = |line: &str| self.out.push_back(line.to_owned());
        match (verb.to_ascii_uppercase().as_str(), rest) {
            ("EHLO", "") => say("501 EHLO needs a name"),
            ("EHLO", name) => {
                self.client = Some(name.to_owned());
                if self.has_tls {
                    say("250 mail.lab");
                } else {
                    say("250-mail.lab");
                    say("250 STARTTLS");
                }
            }
            ("STARTTLS", _) if self.has_tls => say("503 TLS is spoken already"),
            ("STARTTLS", "") => {
                say("220 go ahead");
                self.then = Then::StartsTls;
            }
            ("STARTTLS", _) => say("501 STARTTLS takes no parameters"),
            ("NOOP", _) => {
                say("250 OK");
                event = Some(LineEvent::Noop { client: self.client.clone() });
            }
            ("QUIT", _) => {
                say("221 goodbye");
                self.then = Then::Ends;
            }
            _ => say("500 what is this"),
        }
        event
    }

    fn read(&mut self) -> Result<Step<LineEvent>, LineError> {
        loop {
            if let Some(text) = self.out.pop_front() {
                return Ok(Step::Send(line(&text)));
            }
            match self.then {
                Then::StartsTls => return Ok(Step::StartTls { unread: self.input.held.len() }),
                Then::Ends => return Ok(Step::Done),
                Then::Listens => {}
            }
            match self.input.next()? {
                Some(text) => {
                    if let Some(event) = self.obey(&text) {
                        return Ok(Step::Event(event));
                    }
                }
                None if self.input.ended => return Ok(Step::Done),
                None => return Ok(Step::NeedInput),
            }
        }
    }
}

impl Session for LineServer {
    type Event = LineEvent;
    type Error = LineError;

    fn receive(&mut self, bytes: &[u8]) {
        self.input.held.extend_from_slice(bytes);
    }

    fn receive_end(&mut self) {
        self.input.ended = true;
    }

    fn step(&mut self, _now: Duration) -> Result<Step<LineEvent>, LineError> {
        if let Some(failed) = &self.failed {
            return Err(failed.clone());
        }
        let step = self.read();
        self.failed = step.as_ref().err().cloned();
        step
    }

    fn tls_established(&mut self, _tls: &TlsParameters) {
        (self.then, self.has_tls) = (Then::Listens, true);
        self.client = None;
    }
}
