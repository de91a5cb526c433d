//! Text sent to a server that sends it back in upper case, message by message: what comes back, how long it takes, and how much is
//! lost on the way. Source: Kurose and Ross, Computer Networking, §2.7, and its UDP pinger assignment (ten messages, a wait of 1 s).

use std::{net::SocketAddr, pin::pin, time::Duration};

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::{
    context::{Context, group_ends},
    experiment::{Experiment, RunObserver, RunPlace, Summary},
    setting::{Setting, WorldChoice},
    text,
};
use crate::{
    net::{ConnectTarget, Connection, Datagrams, NetError},
    proto::echo::{PORT, upper_case},
    sim::{formula::Formula, names::Proportion},
    wire::{Blame, Failure, FlowHandle, FlowId, FlowKind, units},
};

/// The experiment.
#[derive(Clone, Copy, Debug)]
pub struct Echo;

impl Experiment for Echo {
    const NAME: &'static str = "echo";
    const PURPOSE: &'static str =
        "Send text to a server that sends it back in upper case, and measure each round trip.";
    type Config = Config;
    type Report = Report;
    type News = Ping;

    fn place(config: &Config) -> RunPlace {
        RunPlace::patient(&config.setting).live()
    }

    async fn run(config: &Config, context: &Context, watch: &mut dyn RunObserver<Ping>) -> Report {
        send_all(config, context, watch).await
    }

    fn summary(report: &Report) -> Summary<'_> {
        let exchanges = answered(&report.pings);
        Summary { provenance: &report.provenance, failure: report.failure.as_ref(), exchanges }
    }

    fn exchanges_so_far(news: &[Ping]) -> usize {
        answered(news)
    }

    fn text(report: &Report) -> String {
        as_text(report)
    }
}

/// What to send to whom.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Config {
    /// The server's host.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// By which protocol of the transport layer.
    pub transport: EchoTransport,
    /// What each message begins with, at most [`MAX_TEXT`] octets; a space and the message's number follow.
    pub text: String,
    /// How many messages, 1 to [`MAX_MESSAGES`], one after the other.
    pub messages: u32,
    /// How long the reply to a datagram is waited for, in seconds, above 0 and at most [`MAX_WAIT`]. TCP sends again what is lost, and is
    /// waited for.
    pub wait: f64,
    /// World and path.
    pub setting: Setting,
}

/// UDP or TCP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EchoTransport {
    /// A datagram for each message (RFC 768).
    #[default]
    Udp,
    /// One connection for all messages (RFC 9293).
    Tcp,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            host: "echo.lab".to_owned(),
            port: PORT,
            transport: EchoTransport::Udp,
            text: "Ping".to_owned(),
            messages: 10,
            wait: 1.0,
            setting: Setting::default(),
        }
    }
}

/// The longest text, in octets: the message fits into one datagram that no link has to cut.
pub const MAX_TEXT: usize = 1_400;
/// The most messages of one run.
pub const MAX_MESSAGES: u32 = 10_000;
/// The longest wait for a reply, in seconds.
pub const MAX_WAIT: f64 = 60.0;

/// One message and its reply.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ping {
    /// Its number, from 1.
    pub number: u32,
    /// When it was sent, in seconds since the run began.
    pub sent: f64,
    /// From sending it to the reply's last octet, in seconds; `None`: no reply came in time.
    pub rtt: Option<f64>,
}

/// The result of the pings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// `echo`.
    pub experiment: String,
    /// What was sent to whom.
    pub config: Config,
    /// How the numbers came about.
    pub provenance: String,
    /// The flow of the whole.
    pub flow: FlowId,
    /// Every message that was sent.
    pub pings: Vec<Ping>,
    /// Replies that came after their wait was over.
    pub late: u32,
    /// How many messages had no reply in time.
    pub lost: Proportion,
    /// What theory says of that share; `None` where there is no formula: over TCP, and in the Internet.
    pub theory: Option<Formula>,
    /// Why it could not be carried out, or what went wrong on the way.
    pub failure: Option<Failure>,
}

/// Why a run could not begin or go on.
#[derive(Debug, thiserror::Error)]
enum EchoError {
    #[error("the text has {octets} octets, more than {MAX_TEXT}")]
    TextTooLong { octets: usize },
    #[error("{messages} is no number of messages from 1 to {MAX_MESSAGES}")]
    BadCount { messages: u32 },
    #[error("{wait} is no wait of more than 0 and at most {MAX_WAIT} seconds")]
    BadWait { wait: f64 },
    #[error("{host} sent {octets} octets that are not the text in upper case")]
    NoEcho { host: String, octets: usize },
    #[error(transparent)]
    Net(#[from] NetError),
}

impl EchoError {
    fn failure(&self) -> Failure {
        match self {
            Self::Net(error) => error.failure(),
            Self::NoEcho { .. } => Failure::from_error(self, Blame::Peer, None),
            Self::TextTooLong { .. } | Self::BadCount { .. } | Self::BadWait { .. } => {
                Failure::from_error(self, Blame::Input, None)
            }
        }
    }
}

impl Config {
    fn check(&self) -> Result<(), EchoError> {
        if self.text.len() > MAX_TEXT {
            return Err(EchoError::TextTooLong { octets: self.text.len() });
        }
        if !(1..=MAX_MESSAGES).contains(&self.messages) {
            return Err(EchoError::BadCount { messages: self.messages });
        }
        if !(self.wait > 0.0 && self.wait <= MAX_WAIT) {
            return Err(EchoError::BadWait { wait: self.wait });
        }
        Ok(())
    }

    fn message(&self, number: u32) -> Vec<u8> {
        format!("{} {number}", self.text).into_bytes()
    }
}

async fn send_all(config: &Config, context: &Context, watch: &mut dyn RunObserver<Ping>) -> Report {
    let begun = context.clock().now();
    let title = format!("{} to {}", units::count(config.messages as usize, "message", "messages"), config.host);
    let whole = context.recorder.open(None, FlowKind::Run, title, group_ends(&config.host), begun);
    let mut report = Report {
        experiment: Echo::NAME.to_owned(),
        config: config.clone(),
        provenance: context.provenance.clone(),
        flow: whole.id(),
        pings: Vec::new(),
        late: 0,
        lost: Proportion::default(),
        theory: theory(config),
        failure: None,
    };
    (_, report.failure) = {
        let mut series = Series { context, whole: &whole, begun, report: &mut report, watch };
        let work = pin!(async { series.send_all(config).await.map_err(|error| error.failure()) });
        context.carry_out(work).await
    };
    let sent = report.pings.len() as u64;
    report.lost = Proportion::new(sent - answered(&report.pings) as u64, sent);
    context.end(&whole, report.failure.as_ref());
    report
}

/// The messages of one run, sent one after the other.
struct Series<'a> {
    context: &'a Context,
    whole: &'a FlowHandle,
    begun: Duration,
    report: &'a mut Report,
    watch: &'a mut dyn RunObserver<Ping>,
}

impl Series<'_> {
    async fn send_all(&mut self, config: &Config) -> Result<(), EchoError> {
        config.check()?;
        match config.transport {
            EchoTransport::Udp => self.by_datagram(config).await,
            EchoTransport::Tcp => self.by_connection(config).await,
        }
    }

    async fn by_datagram(&mut self, config: &Config) -> Result<(), EchoError> {
        let addresses = self.context.network.lookup(&config.host).await?;
        let address = addresses.first().ok_or_else(|| NetError::NoSuchHost { host: config.host.clone() })?;
        let title = format!("datagrams to {}", config.host);
        let to = SocketAddr::new(*address, config.port);
        let mut socket = self.context.network.datagrams(to, &config.host, title, self.whole, None).await?;
        for number in 1..=config.messages {
            let message = config.message(number);
            let sent = self.context.clock().now();
            socket.send(&message).await?;
            let until = sent.saturating_add(Duration::from_secs_f64(config.wait));
            let replied = self.reply(&mut socket, &message, until).await?;
            self.add(number, sent, replied);
            if replied.is_none() {
                // The next message is sent when the wait is over, and not when a reply to an earlier one has come.
                self.context.clock().sleep_until(until).await;
            }
        }
        Ok(())
    }

    /// When the reply to `message` came; `None` where it did not until then. Replies to earlier messages are counted and passed over.
    async fn reply(
        &mut self,
        socket: &mut Datagrams,
        message: &[u8],
        until: Duration,
    ) -> Result<Option<Duration>, EchoError> {
        let (clock, expected) = (self.context.clock(), upper_case(message));
        loop {
            let left = until.saturating_sub(clock.now());
            let Ok(received) = clock.timeout(left, socket.recv()).await else { return Ok(None) };
            let received = received?;
            if received.bytes == expected {
                return Ok(Some(received.at));
            }
            self.report.late += 1;
        }
    }

    async fn by_connection(&mut self, config: &Config) -> Result<(), EchoError> {
        let target = ConnectTarget { host: config.host.clone(), port: config.port, tls: None };
        let title = format!("connection to {}", config.host);
        let Context { network, timeouts, .. } = self.context;
        let mut connection = network.connect_titled(&target, timeouts, self.whole, title).await?;
        for number in 1..=config.messages {
            let message = config.message(number);
            let sent = self.context.clock().now();
            exchange(&mut connection, &message, config).await?;
            self.add(number, sent, Some(self.context.clock().now()));
        }
        connection.shutdown().await.map_err(NetError::from_open)?;
        Ok(())
    }

    fn add(&mut self, number: u32, sent: Duration, replied: Option<Duration>) {
        let rtt = replied.map(|at| at.saturating_sub(sent).as_secs_f64());
        let ping = Ping { number, sent: sent.saturating_sub(self.begun).as_secs_f64(), rtt };
        self.report.pings.push(ping.clone());
        self.watch.news(ping);
    }
}

/// Sends one message over a connection and reads its reply, which has as many octets.
async fn exchange(connection: &mut Connection, message: &[u8], config: &Config) -> Result<(), EchoError> {
    connection.write_all(message).await.map_err(NetError::from_open)?;
    connection.flush().await.map_err(NetError::from_open)?;
    let mut reply = vec![0; message.len()];
    connection.read_exact(&mut reply).await.map_err(NetError::from_open)?;
    if reply == upper_case(message) {
        return Ok(());
    }
    Err(EchoError::NoEcho { host: config.host.clone(), octets: reply.len() })
}

fn answered(pings: &[Ping]) -> usize {
    pings.iter().filter(|ping| ping.rtt.is_some()).count()
}

/// The share of datagrams without a reply: the message or its reply is lost.
fn theory(config: &Config) -> Option<Formula> {
    let is_known = config.transport == EchoTransport::Udp && config.setting.world == WorldChoice::Lab;
    let loss = config.setting.path.loss;
    let value = 1.0 - (1.0 - loss).powi(2);
    let numbers = format!("1 − (1 − {loss})² = {value:.4}");
    is_known.then(|| Formula::of_number(value, "1 − (1 − p)²", numbers))
}

fn as_text(report: &Report) -> String {
    let Config { host, port, transport, messages, setting, .. } = &report.config;
    let over = match transport {
        EchoTransport::Udp => "UDP",
        EchoTransport::Tcp => "TCP",
    };
    let messages = units::count(*messages as usize, "message", "messages");
    let mut page = text::folded(&format!("{messages} to {host}, port {port}, over {over}"));
    for line in [text::setting_line(setting), report.provenance.clone()] {
        page.push_str(&text::folded(&line));
    }
    let row = |ping: &Ping| {
        let rtt = ping.rtt.map_or_else(|| "no reply".to_owned(), units::seconds);
        vec![ping.number.to_string(), units::seconds(ping.sent), rtt]
    };
    let rows: Vec<_> = report.pings.iter().map(row).collect();
    page.push_str(&format!("\n{}\n", text::table(&["message", "sent", "round trip"], &rows)));
    let rtts: Vec<f64> = report.pings.iter().filter_map(|ping| ping.rtt).collect();
    if !rtts.is_empty() {
        let least = rtts.iter().copied().fold(f64::INFINITY, f64::min);
        let most = rtts.iter().copied().fold(0.0, f64::max);
        let mean = rtts.iter().sum::<f64>() / rtts.len() as f64;
        let [least, mean, most] = [least, mean, most].map(units::seconds);
        page.push_str(&text::folded(&format!("Round trip, measured: least {least}, mean {mean}, most {most}")));
    }
    let Proportion { hits, of, share, .. } = report.lost;
    let late = if report.late > 0 { format!("; {} came late", report.late) } else { String::new() };
    page.push_str(&text::folded(&format!("Without a reply, measured: {hits} of {of}, {}{late}", units::share(share))));
    if let Some(theory) = &report.theory {
        page.push_str(&text::folded(&format!("Without a reply, formula: {} = {}", theory.symbols, theory.numbers)));
    }
    if let Some(failure) = &report.failure {
        page.push_str(&format!("\n{}", text::folded(&failure.to_string())));
    }
    page
}

#[cfg(test)]
mod an_echo_run {
    use super::*;
    use crate::{
        engine::runner::{self, Options},
        net::TcpModel,
    };

    fn run(config: &Config) -> Report {
        runner::run::<Echo>(config, &Options::default()).unwrap().report
    }

    fn with_loss(loss: f64) -> Config {
        let mut config = Config { messages: 400, ..Config::default() };
        config.setting.path.loss = loss;
        config
    }

    #[test]
    fn takes_a_round_trip_a_message_over_either_transport() {
        for transport in [EchoTransport::Udp, EchoTransport::Tcp] {
            let config = Config { transport, ..Config::default() };
            let rtt = config.setting.path.rtt.as_secs_f64();
            let report = run(&config);
            assert_eq!((report.failure, report.pings.len(), report.lost.hits), (None, 10, 0));
            for ping in report.pings {
                let apart = ping.rtt.unwrap() - rtt;
                assert!((0.0..0.001).contains(&apart), "{transport:?}: {apart}");
            }
        }
    }

    #[test]
    fn loses_what_the_formula_says_by_datagram_and_nothing_over_tcp() {
        let report = run(&with_loss(0.2));
        let theory = report.theory.clone().unwrap();
        assert!((theory.value() - 0.36).abs() < 1e-9);
        assert!(report.lost.fits(theory.value()), "{:?}", report.lost);
        assert_eq!((report.failure.clone(), report.late), (None, 0));
        assert!(as_text(&report).lines().all(|line| line.chars().count() <= 80));
        let mut config = Config { transport: EchoTransport::Tcp, messages: 50, ..with_loss(0.2) };
        config.setting.path.tcp = TcpModel::Realistic;
        let rtt = config.setting.path.rtt.as_secs_f64();
        let over_tcp = run(&config);
        assert_eq!((over_tcp.failure, over_tcp.lost.hits, over_tcp.pings.len()), (None, 0, 50));
        assert!(
            over_tcp.pings.iter().any(|ping| ping.rtt.unwrap() > 2.0 * rtt),
            "what is lost is sent again, after a time-out"
        );
    }

    #[test]
    fn tells_a_late_reply_from_a_lost_one() {
        let mut config = Config { wait: 0.15, messages: 5, ..Config::default() };
        config.setting.path.rtt = Duration::from_millis(200);
        let report = run(&config);
        assert_eq!((report.lost.hits, report.lost.of, report.late), (5, 5, 4));
    }

    #[test]
    fn says_what_of_a_config_cannot_be() {
        for (config, part) in [
            (Config { text: "a".repeat(MAX_TEXT + 1), ..Config::default() }, "octets"),
            (Config { messages: 0, ..Config::default() }, "number of messages"),
            (Config { wait: f64::NAN, ..Config::default() }, "wait"),
            (Config { wait: -1.0, ..Config::default() }, "wait"),
        ] {
            let failure = run(&config).failure.unwrap();
            assert!(failure.summary.contains(part) && failure.blame == Blame::Input, "{failure}");
        }
        let nobody = run(&Config { port: 9, ..Config::default() }).failure.unwrap();
        assert!(nobody.summary.contains("unreachable"), "{nobody}");
    }
}
