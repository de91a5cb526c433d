//! What may be written after `roundtrip`, and what it means.

use std::{path::PathBuf, time::Duration};

use clap::{
    Args, CommandFactory as _, Parser, Subcommand, ValueEnum,
    builder::{PathBufValueParser, PossibleValue, TypedValueParser as _},
    error::ErrorKind,
};

use super::outcome::CommandFailure;
use crate::{
    engine::{
        browse::HttpChoice,
        page_load::{Discipline, Strategy},
        setting::{Outage, Setting, WorldChoice},
    },
    lab::PortChoice,
    net::{Path, Rate, TcpModel},
    proto::http::cookies::{CookieRules, ThirdPartyPolicy},
    wire::units,
};

/// A network lab: do it, see every octet, compare with the theory.
///
/// Without a command the window opens, on the Lab Internet or on a saved run.
#[derive(Debug, Parser)]
#[command(name = "roundtrip", version, max_term_width = 80, after_help = EXIT_STATUS)]
pub struct Arguments {
    /// A saved run to open in the window.
    #[arg(value_name = "FILE", value_parser = PathBufValueParser::new().try_map(saved_run))]
    pub file: Option<PathBuf>,
    /// What to do; the window when nothing is said.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Lab files laid over the built-in ones (or set `ROUNDTRIP_LAB`).
    #[arg(long, global = true, value_name = "FOLDER", visible_alias = "lab")]
    pub lab_files: Option<PathBuf>,
    /// Folder of what lasts from run to run (or set `ROUNDTRIP_DATA`).
    #[arg(long, global = true, value_name = "FOLDER")]
    pub data_folder: Option<PathBuf>,
    /// Print when the first frame was drawn and close the window: for measuring.
    #[arg(long, hide = true)]
    pub first_frame_only: bool,
}

impl Arguments {
    /// The same, where they go together: a file is for the window, so it goes with no command.
    ///
    /// # Errors
    /// When a file and a command are both given.
    pub(super) fn checked(self) -> Result<Self, clap::Error> {
        match (&self.file, &self.command) {
            (Some(file), Some(_)) => {
                let words = format!("a saved run ({}) is opened by itself, without a command", file.display());
                Err(Self::command().error(ErrorKind::ArgumentConflict, words))
            }
            (_, _) => Ok(self),
        }
    }
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Fetch a URL and show every line of the exchange.
    Fetch(FetchArgs),
    /// Race page-load strategies over one page, beside the formulas.
    PageLoad(PageLoadArgs),
    /// Look a name up, every message of it in view.
    Resolve(ResolveArgs),
    /// Run any experiment from its config.
    Run(RunArgs),
    /// Serve the lab on 127.0.0.1 until Ctrl-C.
    Lab(LabArgs),
    /// Look at what the lab keeps, skip its calendar ahead, or reset it.
    Store(StoreArgs),
    /// Look at the browser's cookies, ask why one is sent or not, read and write files of them.
    Cookies(CookiesArgs),
}

/// `roundtrip store`.
#[derive(Debug, Args)]
pub struct StoreArgs {
    /// What to do; when left out: list.
    #[command(subcommand)]
    pub order: Option<StoreAction>,
    /// Print JSON instead of text.
    #[arg(long, global = true)]
    pub json: bool,
}

/// What can be done with the store.
#[derive(Debug, Subcommand)]
pub enum StoreAction {
    /// Who keeps tables, the date of the lab's calendar, and where all of it is.
    List,
    /// Answer a question in SQL about the tables of one owner. It can do nothing but read.
    Query {
        /// The owner, as `list` names it.
        owner: String,
        /// One statement, as `SELECT * FROM cache`.
        sql: String,
    },
    /// The changes of rows, the oldest first: when, by which run, why, the row before and after.
    History {
        /// Of this owner; of all when left out.
        owner: Option<String>,
        /// The latest so many.
        #[arg(long, default_value_t = 100, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
        last: u32,
    },
    /// Skip the lab's calendar ahead.
    Skip {
        /// How far.
        #[arg(value_enum)]
        by: SkipBy,
    },
    /// Take what one owner keeps, or everything, back to what it was in the beginning. The history stays.
    Reset {
        /// The owner, as `list` names it; all when left out.
        owner: Option<String>,
    },
}

/// How far to skip ahead.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum SkipBy {
    /// 24 hours.
    Day,
    /// 7 days.
    Week,
    /// 365 days.
    Year,
}

/// `roundtrip cookies`.
#[derive(Debug, Args)]
pub struct CookiesArgs {
    /// What to do; when left out: list.
    #[command(subcommand)]
    pub order: Option<CookiesAction>,
    /// The jar of which world.
    #[arg(long, value_enum, default_value = "lab", global = true)]
    pub world: WorldArg,
    /// By which rules.
    #[arg(long, value_enum, default_value = "6265bis", global = true, value_name = "RULES")]
    pub cookie_rules: CookieRulesArg,
    /// Print JSON instead of text.
    #[arg(long, global = true)]
    pub json: bool,
}

/// What can be done with cookies.
#[derive(Debug, Subcommand)]
pub enum CookiesAction {
    /// Every cookie with its attributes, in the order they were set.
    List,
    /// Which cookies a request would carry, which it would not, and why.
    Why {
        /// The address.
        url: String,
        /// The request's method.
        #[arg(short = 'X', long, default_value = "GET", value_name = "METHOD")]
        method: String,
        /// The page that has it embedded, as an image.
        #[arg(long, value_name = "URL", conflicts_with = "link_from")]
        embedded_in: Option<String>,
        /// The page with the link that is followed.
        #[arg(long, value_name = "URL")]
        link_from: Option<String>,
        /// What third parties may do.
        #[arg(long, value_enum, default_value = "allow", value_name = "POLICY")]
        third_party: ThirdPartyArg,
    },
    /// Put the cookies of a file into the jar: a cookies.txt as curl writes it, or the JSON that `export --json` writes.
    Import {
        /// The file (`-` is standard input).
        file: PathBuf,
    },
    /// Write the jar as a cookies.txt, or with --json as JSON.
    Export {
        /// Where to; standard output when left out.
        file: Option<PathBuf>,
    },
}

/// By which rules cookies are kept and sent.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum CookieRulesArg {
    /// RFC 6265bis, as browsers today.
    #[value(name = "6265bis")]
    Newest,
    /// RFC 6265 of 2011.
    #[value(name = "6265")]
    Older,
}

/// What the servers of other sites may do that a page embeds.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum ThirdPartyArg {
    /// Set and get cookies as SameSite lets them.
    Allow,
    /// The same, kept apart for each site that embeds them.
    Partition,
    /// Neither.
    Block,
}

impl From<CookieRulesArg> for CookieRules {
    fn from(rules: CookieRulesArg) -> Self {
        match rules {
            CookieRulesArg::Newest => Self::Rfc6265bis,
            CookieRulesArg::Older => Self::Rfc6265,
        }
    }
}

impl From<ThirdPartyArg> for ThirdPartyPolicy {
    fn from(policy: ThirdPartyArg) -> Self {
        match policy {
            ThirdPartyArg::Allow => Self::Allow,
            ThirdPartyArg::Partition => Self::Partition,
            ThirdPartyArg::Block => Self::Block,
        }
    }
}

/// `roundtrip fetch`.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "switches of a command line")]
pub struct FetchArgs {
    /// The address; `http://` may be left out.
    pub url: String,
    /// The request's method.
    #[arg(short = 'X', long, value_name = "METHOD")]
    pub method: Option<String>,
    /// A field line, `Name: value`; an empty value removes the usual one.
    #[arg(short = 'H', long = "header", value_name = "LINE")]
    pub headers: Vec<String>,
    /// Content to send; makes the method POST unless -X says otherwise. `@FILE` reads a file.
    #[arg(short = 'd', long = "data", value_name = "DATA")]
    pub data: Option<String>,
    /// HTTP version.
    #[arg(long, value_enum, default_value = "1.1")]
    pub http: HttpArg,
    /// Send exactly the octets of FILE (`-` is standard input).
    #[arg(long, value_name = "FILE")]
    pub raw: Option<PathBuf>,
    /// Use the everyday client (reqwest) instead of the wire-exact one.
    #[arg(long)]
    pub everyday: bool,
    /// Fetch the page's objects too, under this strategy.
    #[arg(long, value_enum, value_name = "STRATEGY")]
    pub objects: Option<Strategy>,
    /// Redirects followed at most.
    #[arg(long, default_value_t = 10, value_name = "N")]
    pub max_redirects: u32,
    /// Write the content to FILE instead of showing it.
    #[arg(short = 'o', long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Look names up through the lab's local name server first.
    #[arg(long)]
    pub dns: bool,
    /// Accept any TLS certificate (noted in the record).
    #[arg(short = 'k', long)]
    pub insecure: bool,
    /// Cookies of FILE, a cookies.txt as curl's, read before and written after.
    #[arg(long, value_name = "FILE", help_heading = "Cookies")]
    pub jar: Option<PathBuf>,
    /// By which rules cookies are kept and sent.
    #[arg(long, value_enum, default_value = "6265bis", value_name = "RULES", help_heading = "Cookies")]
    pub cookie_rules: CookieRulesArg,
    /// What the servers of other sites may do that the page embeds.
    #[arg(long, value_enum, default_value = "allow", value_name = "POLICY", help_heading = "Cookies")]
    pub third_party: ThirdPartyArg,
    /// The page whose link is followed; the address is typed when left out.
    #[arg(long, value_name = "URL", help_heading = "Cookies")]
    pub link_from: Option<String>,
    /// Keep and send no cookies.
    #[arg(long, conflicts_with = "jar", help_heading = "Cookies")]
    pub no_cookies: bool,
    /// Where and how.
    #[command(flatten)]
    pub common: CommonArgs,
}

/// `roundtrip page-load`.
#[derive(Debug, Args)]
pub struct PageLoadArgs {
    /// The page; www.someschool.edu's page of ten images when left out.
    #[arg(conflicts_with_all = ["objects", "object_size"])]
    pub url: Option<String>,
    /// Strategy to run (repeatable; all when left out).
    #[arg(long = "strategy", value_enum, value_name = "NAME")]
    pub strategies: Vec<Strategy>,
    /// k, the connections the parallel strategies use at once.
    #[arg(long, default_value_t = 5, value_name = "K", value_parser = clap::value_parser!(u32).range(1..=100))]
    pub parallel: u32,
    /// Open connections in waves of k, as the formula assumes.
    #[arg(long)]
    pub waves: bool,
    /// Look the name up first, through the lab's local name server.
    #[arg(long)]
    pub dns: bool,
    /// Number of objects of a page the lab makes.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=1000))]
    pub objects: Option<u32>,
    /// Size of each object of a page the lab makes.
    #[arg(long, value_name = "SIZE", value_parser = units::read_octets)]
    pub object_size: Option<u64>,
    /// Where and how.
    #[command(flatten)]
    pub common: CommonArgs,
}

/// `roundtrip resolve`.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "switches of a command line")]
pub struct ResolveArgs {
    /// The name, or an address to find the name of.
    pub name: Option<String>,
    /// Record types, as AAAA, MX, ANY, TYPE65400; A when left out.
    #[arg(value_name = "TYPE")]
    pub kinds: Vec<String>,
    /// Who resolves iteratively, from the root down.
    #[arg(long, value_enum, default_value = "iterated")]
    pub mode: ModeArg,
    /// Whom to ask, by address or (in the lab) by name.
    #[arg(long, value_name = "SERVER[:PORT]")]
    pub server: Option<String>,
    /// Root hints to begin with (the Internet).
    #[arg(long, value_name = "FILE")]
    pub hints: Option<PathBuf>,
    /// Port of the name servers (the Internet).
    #[arg(long, default_value_t = 53, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub port: u16,
    /// Tell each server no more of the name than it needs (RFC 9156).
    #[arg(long)]
    pub minimise: bool,
    /// Write names in random letter case (0x20).
    #[arg(long)]
    pub randomise_case: bool,
    /// Begin with warm caches: those that --data-folder remembers, or by asking twice.
    #[arg(long, conflicts_with = "no_cache")]
    pub warm: bool,
    /// Begin with nothing remembered; no priming.
    #[arg(long)]
    pub no_cache: bool,
    /// Print the response as dig does.
    #[arg(long, conflicts_with_all = ["json", "dot"])]
    pub dig: bool,
    /// Print the steps as a graph for Graphviz.
    #[arg(long, conflicts_with = "json")]
    pub dot: bool,
    /// Where and how.
    #[command(flatten)]
    pub common: CommonArgs,
}

/// `roundtrip run`.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line")]
pub struct RunArgs {
    /// The experiment's name; --list names them all.
    #[arg(required_unless_present = "list", value_name = "NAME")]
    pub experiment: Option<String>,
    /// List all experiments; with --json also the default config of each.
    #[arg(long, conflicts_with_all = ["experiment", "config", "save"])]
    pub list: bool,
    /// Its config as JSON (`-` is standard input). What is left out has the textbook's value.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Run the lab in real time instead of virtual time.
    #[arg(long)]
    pub real_time: bool,
    /// Print JSON instead of text.
    #[arg(long)]
    pub json: bool,
    /// Save the run's record to FILE.
    #[arg(long, value_name = "FILE")]
    pub save: Option<PathBuf>,
}

/// `roundtrip lab`.
#[derive(Debug, Args)]
pub struct LabArgs {
    /// Which ports of 127.0.0.1: free ones, or the same documented ones every time.
    #[arg(long, value_enum, default_value = "free")]
    pub ports: PortsArg,
    /// A certain port of 127.0.0.1 for one service of the lab (repeatable).
    #[arg(long, value_name = "HOST:PORT=LOCALPORT", value_parser = publish)]
    pub publish: Vec<PortChoice>,
    /// Where and how.
    #[command(flatten)]
    pub common: CommonArgs,
}

/// Options every experiment takes.
#[derive(Debug, Args)]
pub struct CommonArgs {
    /// Which world.
    #[arg(long, value_enum, default_value = "lab", help_heading = "World and path")]
    pub world: WorldArg,
    /// Round-trip time of the student's path, as 100ms, 1.5s, 310us.
    #[arg(long, value_name = "TIME", value_parser = units::read_time, help_heading = "World and path")]
    pub rtt: Option<Duration>,
    /// Rate of the access link, as 10Mbps, 1.54Mb/s, or `unlimited`.
    #[arg(long, value_name = "RATE", help_heading = "World and path")]
    pub rate: Option<Rate>,
    /// TCP: textbook (default; no headers, no slow start), realistic, modern.
    #[arg(long, value_enum, help_heading = "World and path")]
    pub tcp: Option<TcpArg>,
    /// Packets lost on the access link, as 1% or 0.01.
    #[arg(long, value_name = "SHARE", value_parser = units::read_share, help_heading = "World and path")]
    pub loss: Option<f64>,
    /// Seed of everything random in the lab; 1 where none is given.
    #[arg(long, value_name = "N", help_heading = "World and path")]
    pub seed: Option<u64>,
    /// Switch off a lab host, or one of its servers (repeatable).
    #[arg(long, value_name = "HOST[:PORT]", value_parser = off, help_heading = "World and path")]
    pub off: Vec<Outage>,
    /// Run the lab in real time instead of virtual time.
    #[arg(long, help_heading = "World and path")]
    pub real_time: bool,
    /// Print JSON instead of text.
    #[arg(long, help_heading = "Output")]
    pub json: bool,
    /// Save the run's record to FILE.
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub save: Option<PathBuf>,
}

impl CommonArgs {
    /// The world and path chosen.
    pub(super) fn setting(&self) -> Result<Setting, CommandFailure> {
        if let (WorldArg::Internet, Some(option)) = (self.world, self.of_lab_only()) {
            return Err(CommandFailure::Usage(format!(
                "{option} shapes the Lab Internet and does nothing in the world's: leave it out, or --world internet"
            )));
        }
        let usual = Path::default();
        let path = Path {
            rtt: self.rtt.unwrap_or(usual.rtt),
            rate: self.rate.unwrap_or(usual.rate),
            loss: self.loss.unwrap_or(usual.loss),
            tcp: match self.tcp {
                None | Some(TcpArg::Textbook) => TcpModel::Textbook,
                Some(TcpArg::Realistic) => TcpModel::Realistic,
                Some(TcpArg::Modern) => TcpModel::Modern,
            },
            seed: self.seed.unwrap_or(usual.seed),
            ..usual
        };
        path.check().map_err(|error| CommandFailure::Usage(error.to_string()))?;
        let world = match self.world {
            WorldArg::Lab => WorldChoice::Lab,
            WorldArg::Internet => WorldChoice::Internet,
        };
        Ok(Setting { world, path, off: self.off.clone(), zones: Vec::new() })
    }
}

impl CommonArgs {
    /// The first option that says how the lab is to be, if there is one.
    fn of_lab_only(&self) -> Option<&'static str> {
        let given = [
            ("--rtt", self.rtt.is_some()),
            ("--rate", self.rate.is_some()),
            ("--tcp", self.tcp.is_some()),
            ("--loss", self.loss.is_some()),
            ("--seed", self.seed.is_some()),
            ("--off", !self.off.is_empty()),
            ("--real-time", self.real_time),
        ];
        given.into_iter().find(|(_, is_given)| *is_given).map(|(option, _)| option)
    }

    /// Refuses `option` in the Internet, where it does nothing.
    pub(super) fn only_in_lab(&self, option: &str, is_given: bool) -> Result<(), CommandFailure> {
        if is_given && matches!(self.world, WorldArg::Internet) {
            return Err(CommandFailure::Usage(format!("{option} is for the lab and does nothing in the Internet")));
        }
        Ok(())
    }
}

impl PageLoadArgs {
    /// The strategies chosen, in order, each once.
    pub fn strategies(&self) -> Vec<Strategy> {
        if self.strategies.is_empty() {
            return Strategy::ALL.to_vec();
        }
        let mut chosen: Vec<Strategy> = Vec::new();
        for &strategy in &self.strategies {
            if !chosen.contains(&strategy) {
                chosen.push(strategy);
            }
        }
        chosen
    }

    /// When the next connection opens.
    pub fn discipline(&self) -> Discipline {
        if self.waves { Discipline::Waves } else { Discipline::WorkConserving }
    }
}

/// Which world.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum WorldArg {
    /// The embedded Lab Internet.
    Lab,
    /// This machine's Internet.
    Internet,
}

/// Which TCP model.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum TcpArg {
    /// The lecture's.
    Textbook,
    /// With headers, slow start and retransmission: Reno.
    Realistic,
    /// As today's systems have it: CUBIC and timestamps.
    Modern,
}

/// Who resolves iteratively, from the root down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ModeArg {
    /// One server asks all others.
    Iterated,
    /// Each server asks the next.
    Recursive,
    /// Somebody else.
    Stub,
}

/// Which ports the gateway takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PortsArg {
    /// Whichever are free.
    Free,
    /// The documented ones.
    Fixed,
}

/// Which HTTP.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum HttpArg {
    /// HTTP/1.0.
    #[value(name = "1.0")]
    One0,
    /// HTTP/1.1.
    #[value(name = "1.1")]
    One1,
    /// HTTP/2.
    #[value(name = "2")]
    Two,
}

impl From<HttpArg> for HttpChoice {
    fn from(http: HttpArg) -> Self {
        match http {
            HttpArg::One0 => Self::Http10,
            HttpArg::One1 => Self::Http11,
            HttpArg::Two => Self::Http2,
        }
    }
}

impl ValueEnum for Strategy {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let help = match self {
            Self::Serial => "Non-persistent, one after the other",
            Self::Parallel => "Non-persistent, k at once",
            Self::Persistent => "One persistent connection",
            Self::PersistentParallel => "k persistent connections",
            Self::Pipelined => "One persistent connection, all requests at once",
            Self::Http2 => "HTTP/2 on one connection",
        };
        Some(PossibleValue::new(self.name()).help(help))
    }
}

fn off(given: &str) -> Result<Outage, String> {
    let Some((host, port)) = given.rsplit_once(':') else { return Ok(Outage { host: given.to_owned(), port: None }) };
    let port = port.parse().map_err(|_no_number| format!("{port} is no port"))?;
    Ok(Outage { host: host.to_owned(), port: Some(port) })
}

fn publish(given: &str) -> Result<PortChoice, String> {
    let parts = given.split_once('=').and_then(|(service, local)| Some((service.rsplit_once(':')?, local)));
    let ((host, port), local) = parts.ok_or("expected HOST:PORT=LOCALPORT, as echo.lab:12000=12000")?;
    let number = |text: &str| match text.parse() {
        Ok(0) | Err(_) => Err(format!("{text} is no port")),
        Ok(port) => Ok(port),
    };
    Ok(PortChoice { host: host.to_owned(), port: number(port)?, local: number(local)? })
}

/// A word that is no command is taken for a file; where there is none of that name, the word is more likely a slip.
fn saved_run(file: PathBuf) -> Result<PathBuf, &'static str> {
    if file.exists() { Ok(file) } else { Err("there is neither a command nor a file of this name") }
}

const EXIT_STATUS: &str = "\
Exit status: 0 done (whatever the HTTP status), 1 the network or the other end
failed, 2 bad usage.

Examples:
  roundtrip fetch http://www.someschool.edu/someDepartment/home.index
  roundtrip page-load --rtt 100ms --rate 10Mbps
  roundtrip page-load --objects 20 --object-size 50kB --strategy pipelined
  roundtrip resolve gaia.cs.umass.edu --mode recursive
  roundtrip resolve uvic.ca ANY --dig
  roundtrip lab --ports fixed";
