//! One DNS message written by hand, sent to one server as it is, and what comes back.

use std::{
    convert::Infallible,
    net::{IpAddr, SocketAddr},
    pin::pin,
    time::Duration,
};

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::{
    context::{Context, group_ends},
    experiment::{Experiment, RunObserver, RunPlace, Summary},
    setting::Setting,
    text,
};
use crate::{
    net::{ConnectTarget, NetError},
    proto::dns::{
        Message,
        dig::{self, ResponseArrival},
        draft::{MessageDraft, NoMessage},
        framing::{DnsFramingError, framed},
        trace::QueryTransport,
    },
    wire::{Blame, Failure, FlowId, FlowKind, units},
};

/// The experiment.
#[derive(Clone, Copy, Debug)]
pub struct DnsMessage;

impl Experiment for DnsMessage {
    const NAME: &'static str = "dns-message";
    const PURPOSE: &'static str = "Send one DNS message, every bit of it as you wrote it, and read what comes back.";
    type Config = Config;
    type Report = Report;
    type News = Infallible;

    fn place(config: &Config) -> RunPlace {
        RunPlace::of(&config.setting)
    }

    async fn run(config: &Config, context: &Context, _: &mut dyn RunObserver<Infallible>) -> Report {
        send(config, context).await
    }

    fn summary(report: &Report) -> Summary<'_> {
        Summary { provenance: &report.provenance, failure: report.failure.as_ref(), exchanges: 1 }
    }

    fn text(report: &Report) -> String {
        as_text(report)
    }
}

/// What to send to whom.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Config {
    /// The message.
    pub draft: MessageDraft,
    /// To which server: in the lab a name or an address, in the Internet an address.
    pub server: String,
    /// Its port.
    pub port: u16,
    /// [`QueryTransport::Udp`] or [`QueryTransport::Tcp`].
    pub over: QueryTransport,
    /// World and path.
    pub setting: Setting,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            draft: MessageDraft::default(),
            server: "dns.poly.edu".to_owned(),
            port: 53,
            over: QueryTransport::Udp,
            setting: Setting::default(),
        }
    }
}

impl Config {
    /// The message as it will be sent: an id that is to be random is chosen, the same one for the same seed.
    ///
    /// # Errors
    /// [`NoMessage`]: which part cannot be written.
    pub fn octets(&self) -> Result<Vec<u8>, NoMessage> {
        self.draft.octets(self.random_id())
    }

    /// The random id.
    pub fn random_id(&self) -> u16 {
        // Fibonacci hashing: seeds beside each other give numbers far apart.
        let [high, low, ..] = self.setting.path.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes();
        u16::from_be_bytes([high, low])
    }
}

/// The result: what was sent and what came back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// `dns-message`.
    pub experiment: String,
    /// What was sent to whom.
    pub config: Config,
    /// How the numbers came about.
    pub provenance: String,
    /// The flow of the whole; both messages are in the flow below it.
    pub flow: FlowId,
    /// The message as sent.
    pub sent: Vec<u8>,
    /// What came back; `None`: nothing within [`PATIENCE`].
    pub received: Option<Vec<u8>>,
    /// From the one to the other, in seconds; over TCP with the connection's own round trip.
    pub seconds: f64,
    /// What came back as dig prints it, where it is a DNS message.
    pub dig: Option<String>,
    /// Why it could not be sent, or what went wrong on the way.
    pub failure: Option<Failure>,
}

/// How long an answer is waited for.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// Why a message could not be sent, or was not answered.
#[derive(Debug, thiserror::Error)]
enum MessageError {
    #[error(transparent)]
    NoMessage(#[from] NoMessage),
    #[error("there is no name server {server} in the lab")]
    NoServer { server: String },
    #[error("{server} is no IP address: in the Internet a server is named by its address")]
    NoAddress { server: String },
    #[error("nothing came back within {} s", PATIENCE.as_secs())]
    Silence,
    #[error(transparent)]
    Net(#[from] NetError),
    #[error(transparent)]
    Framing(#[from] DnsFramingError),
}

impl MessageError {
    fn failure(&self) -> Failure {
        match self {
            Self::Net(error) => error.failure(),
            Self::Silence => Failure::from_error(self, Blame::Network, None),
            Self::NoMessage(_) | Self::NoServer { .. } | Self::NoAddress { .. } => {
                Failure::from_error(self, Blame::Input, None)
            }
            Self::Framing(error) => Failure::from_error(self, Blame::Input, Some(error.clause())),
        }
    }
}

/// Sends the message and waits for one in return.
async fn send(config: &Config, context: &Context) -> Report {
    let clock = context.clock();
    let title = format!("a message to {}", config.server);
    let whole = context.recorder.open(None, FlowKind::Run, title, group_ends(&config.server), clock.now());
    let mut report = Report {
        experiment: DnsMessage::NAME.to_owned(),
        config: config.clone(),
        provenance: context.provenance.clone(),
        flow: whole.id(),
        sent: Vec::new(),
        received: None,
        seconds: 0.0,
        dig: None,
        failure: None,
    };
    (_, report.failure) = {
        let work =
            pin!(async { exchange(config, context, &whole, &mut report).await.map_err(|error| error.failure()) });
        context.carry_out(work).await
    };
    context.end(&whole, report.failure.as_ref());
    report
}

async fn exchange(
    config: &Config,
    context: &Context,
    whole: &crate::wire::FlowHandle,
    report: &mut Report,
) -> Result<(), MessageError> {
    let to = server(config, context)?;
    report.sent = config.octets()?;
    let clock = context.clock();
    let begun = clock.now();
    let waits = async {
        match config.over {
            QueryTransport::Tcp => over_tcp(config, context, whole, to, &report.sent).await,
            QueryTransport::Udp | QueryTransport::Cache => over_udp(config, context, whole, to, &report.sent).await,
        }
    };
    let came = clock.timeout(PATIENCE, waits).await;
    let received = came.map_err(|_elapsed| MessageError::Silence)??;
    let took = clock.now().saturating_sub(begun);
    report.seconds = took.as_secs_f64();
    report.dig = Message::from_vec(&received).ok().map(|message| {
        let name = Some(config.server.clone());
        let how = ResponseArrival { from: to, name, over: config.over, rtt: took, octets: received.len() };
        dig::dig(&message, Some(&how))
    });
    report.received = Some(received);
    Ok(())
}

fn server(config: &Config, context: &Context) -> Result<SocketAddr, MessageError> {
    let named = config.server.trim();
    if let Ok(ip) = named.parse::<IpAddr>() {
        return Ok(SocketAddr::new(ip, config.port));
    }
    let Some(lab) = &context.lab else { return Err(MessageError::NoAddress { server: named.to_owned() }) };
    let found = lab.naming().server(named).map(|(at, _)| SocketAddr::new(at.ip(), config.port));
    found.ok_or_else(|| MessageError::NoServer { server: named.to_owned() })
}

async fn over_udp(
    config: &Config,
    context: &Context,
    whole: &crate::wire::FlowHandle,
    to: SocketAddr,
    message: &[u8],
) -> Result<Vec<u8>, MessageError> {
    let title = format!("a message to {}", config.server);
    let mut socket = context.network.datagrams(to, &config.server, title, whole, None).await?;
    socket.send(message).await?;
    Ok(socket.recv().await?.bytes.to_vec())
}

async fn over_tcp(
    config: &Config,
    context: &Context,
    whole: &crate::wire::FlowHandle,
    to: SocketAddr,
    message: &[u8],
) -> Result<Vec<u8>, MessageError> {
    let target = ConnectTarget { host: to.ip().to_string(), port: to.port(), tls: None };
    let title = format!("a message to {} over TCP", config.server);
    let mut connection = context.network.connect_titled(&target, &context.timeouts, whole, title).await?;
    let broken = NetError::from_open;
    connection.write_all(&framed(message)?).await.map_err(broken)?;
    connection.flush().await.map_err(broken)?;
    let octets = usize::from(connection.read_u16().await.map_err(broken)?);
    let mut received = vec![0; octets];
    connection.read_exact(&mut received).await.map_err(broken)?;
    Ok(received)
}

fn as_text(report: &Report) -> String {
    let Config { server, port, over, setting, .. } = &report.config;
    let over = match over {
        QueryTransport::Tcp => "TCP",
        QueryTransport::Udp | QueryTransport::Cache => "UDP",
    };
    let mut page =
        text::folded(&format!("A message of {} to {server}, port {port}, over {over}", octets(&report.sent)));
    for line in [text::setting_line(setting), report.provenance.clone()] {
        page.push_str(&text::folded(&line));
    }
    page.push_str(&format!("\nSent\n{}", text::hex(&report.sent)));
    match (&report.failure, &report.received) {
        (Some(failure), _) => page.push_str(&format!("\n{}", text::folded(&failure.to_string()))),
        (None, Some(received)) => {
            let after = units::seconds(report.seconds);
            page.push_str(&format!("\nReceived after {after}: {}\n{}", octets(received), text::hex(received)));
        }
        (None, None) => page.push_str("\nNothing was received.\n"),
    }
    if let Some(dig) = &report.dig {
        page.push_str(&format!("\nThe reply as dig prints it\n{dig}"));
    }
    page
}

fn octets(message: &[u8]) -> String {
    units::count_octets(message.len() as u64)
}

#[cfg(test)]
mod a_message_by_hand {
    use super::*;
    use crate::engine::runner::{self, Options};

    fn send(config: &Config) -> Report {
        runner::run::<DnsMessage>(config, &Options::default()).unwrap().report
    }

    fn asking(name: &str, server: &str) -> Config {
        let draft = MessageDraft { name: name.to_owned(), kind: "A".to_owned(), ..MessageDraft::default() };
        Config { draft, server: server.to_owned(), ..Config::default() }
    }

    #[test]
    fn brings_what_the_server_says_over_either_transport() {
        for over in [QueryTransport::Udp, QueryTransport::Tcp] {
            let report = send(&Config { over, ..asking("www.uvic.ca", "a.root-servers.net") });
            assert_eq!(report.failure, None);
            let dig = report.dig.unwrap();
            assert!(dig.contains("any.ca-servers.ca.\t172800\tIN\tA\t199.4.144.2"), "{dig}");
            assert_eq!(report.received.unwrap().get(..2), report.sent.get(..2), "the same id");
        }
    }

    #[test]
    fn may_be_nonsense_and_is_answered_as_such_or_not_at_all() {
        let raw = |hex: &str| MessageDraft { raw: Some(hex.to_owned()), ..MessageDraft::default() };
        let server = "dns.umass.edu".to_owned();
        let broken =
            Config { draft: raw("1234 0100 0001 0000 0000 0000 3f"), server: server.clone(), ..Config::default() };
        assert!(send(&broken).dig.unwrap().contains("status: FORMERR"));
        let short = Config { draft: raw("12 34"), server, ..Config::default() };
        let report = send(&short);
        assert_eq!((report.received, report.failure.unwrap().blame), (None, Blame::Network));
    }

    #[test]
    fn needs_a_server_that_is_there() {
        let report = send(&asking("a.b", "nobody"));
        assert_eq!(report.failure.unwrap().summary, "there is no name server nobody in the lab");
    }
}
