//! Promises: cold names are resolved from the root down over loopback, from BIND's servers, at no less than half of unbound's rate
//! over the same servers, and at no less than a quarter with everything recorded; one name, recorded and reported, in at most 0.2 of
//! the time `dig +trace` takes. As a program of its own, which is started for that one name as dig is, in at most 0.35 of it; without
//! the window (`--no-default-features`) in at most 0.25. More than half of that is the start: the loader adjusts every address in an
//! image that may lie anywhere, and three quarters of the addresses are the window's.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a bench speaks and fails plainly"
)]

use std::{
    env, fs,
    io::{self, Write as _},
    net::UdpSocket,
    process::{Command, ExitCode, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use roundtrip::{
    engine::{
        resolve::{Config, Resolve, read_hints},
        runner,
        setting::{Setting, WorldChoice},
    },
    net::{Clock, Network, Resolver},
    proto::dns::Name,
    proto::dns::{
        Message, MessageType, OpCode, Query, RecordType,
        cache::Cache,
        iterate::{Hint, Memory, Settings},
        text::name_from_text,
    },
    wire::{Caps, End, Ends, FlowKind, Recorder, Secrets},
};

use world::{Named, World};

#[expect(dead_code, reason = "the stories use the rest")]
#[path = "../tests/it/support/world.rs"]
mod world;

/// Names to resolve, each below a top-level domain of its own: nothing of one helps with another but the root's address.
const NAMES: usize = 2_000;
/// How many at once.
const AT_ONCE: usize = 64;
const ROUNDS: usize = 5;
/// Names looked up one by one, by dig and by us in turn.
const TURNS: usize = 101;
const PROMISE_BARE: f64 = 0.5;
const PROMISE_RECORDED: f64 = 0.25;
const PROMISE_DIG: f64 = 0.2;
const PROMISE_PROGRAM: f64 = if cfg!(feature = "window") { 0.35 } else { 0.25 };

const ROOT: &str = "127.0.10.1";
const TLD: &str = "127.0.10.2";
const SCHOOL: &str = "127.0.10.3";
const UNBOUND: &str = "127.0.10.53";
/// Every name's address.
const ANSWER: &str = "127.0.20.1";
const HINTS: &str = ". 3600000 IN NS a.root-servers.net.\na.root-servers.net. 3600000 IN A 127.0.10.1\n";

fn main() -> ExitCode {
    let words: Vec<String> = env::args().collect();
    if let Some(place) = words.iter().position(|word| word == "--inside") {
        println!("{}", inside(&words[place + 1], words.get(place + 2)));
        return ExitCode::SUCCESS;
    }
    let programs = [("named", "bind9"), ("dig", "bind9-dnsutils"), ("unbound", "unbound"), ("mount", "mount")];
    let Some(mut world) = World::open(&programs) else { return ExitCode::SUCCESS };
    start(&mut world);
    let hints = world.file("root.hints", HINTS).to_string_lossy().into_owned();
    let mut rounds: Vec<[f64; 3]> = (0..ROUNDS).map(|_| round(&mut world, &hints)).collect();
    let median = |of: &dyn Fn(&[f64; 3]) -> f64, rounds: &mut Vec<[f64; 3]>| {
        rounds.sort_by(|a, b| of(a).total_cmp(&of(b)));
        (of(&rounds[ROUNDS / 2]), rounds[ROUNDS / 2])
    };
    let (bare, [rate, _, beside]) = median(&|[bare, _, unbound]| bare / unbound, &mut rounds);
    let (recorded, [_, recorded_rate, _]) = median(&|[_, recorded, unbound]| recorded / unbound, &mut rounds);
    println!(
        "cold names a second, {AT_ONCE} at once, three queries each: ours {rate:.0}, unbound {beside:.0}, ratio {bare:.2} (promise: \
         at least {PROMISE_BARE}); recorded {recorded_rate:.0}, ratio {recorded:.2} (promise: at least {PROMISE_RECORDED})"
    );
    unbound(&mut world, &hints);
    let configuration = world.file("resolv.conf", &format!("nameserver {UNBOUND}\n"));
    let script = r#"mount --bind "$1" /etc/resolv.conf && shift && exec "$@""#;
    let beside_dig = |role: &str| {
        let mut command = world.command("unshare");
        command.args(["--mount", "sh", "-c", script, "sh"]).arg(&configuration);
        number(command.arg(env::current_exe().expect("this program")).args(["--inside", role, &hints]))
    };
    let (name, program) = (beside_dig("name"), beside_dig("program"));
    println!(
        "one name: ours {name:.3} of `dig +trace` (promise: at most {PROMISE_DIG}); as a program, its start included, {program:.3} \
         (promise: at most {PROMISE_PROGRAM})"
    );
    let kept =
        bare >= PROMISE_BARE && recorded >= PROMISE_RECORDED && name <= PROMISE_DIG && program <= PROMISE_PROGRAM;
    if kept { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Rates of ours, ours with everything recorded, and unbound's, whose cache is empty each time.
fn round(world: &mut World, hints: &str) -> [f64; 3] {
    let run = |world: &World, role: &str| {
        let mut command = world.command(env::current_exe().expect("this program"));
        number(command.args(["--inside", role]))
    };
    unbound(world, hints);
    let beside = run(world, "unbound");
    world.stop("unbound");
    [run(world, "bare"), run(world, "recorded"), beside]
}

fn number(command: &mut Command) -> f64 {
    let output = command.stderr(Stdio::inherit()).output().expect("a program that starts");
    let said = String::from_utf8_lossy(&output.stdout);
    said.trim().parse().unwrap_or_else(|_| panic!("no number: {said}"))
}

/// The root, top-level domains, and below each one zone with one name.
fn start(world: &mut World) {
    let mut root = "$TTL 3600\n@ IN SOA a.root-servers.net. x. 1 1800 900 604800 86400\n@ IN NS a.root-servers.net.\n\
                    a.root-servers.net. IN A 127.0.10.1\n"
        .to_owned();
    for number in 0..NAMES {
        root.push_str(&format!("t{number}. IN NS ns.t{number}.\nns.t{number}. IN A {TLD}\n"));
    }
    let soa = "$TTL 3600\n@ IN SOA ns x. 1 1800 900 604800 300\n@ IN NS ns\n";
    let tld = format!("{soa}ns IN A {TLD}\ns IN NS ns.s\nns.s IN A {SCHOOL}\n");
    let school = format!("{soa}ns IN A {SCHOOL}\nwww IN A {ANSWER}\n");
    let origins = |before: &str| (0..NAMES).map(|number| format!("{before}t{number}")).collect::<Vec<_>>();
    let (tlds, schools) = (origins(""), origins("s."));
    let zones = |origins: &'_ [String], text: &'_ str| -> Vec<(String, String)> {
        origins.iter().map(|origin| (origin.clone(), text.to_owned())).collect()
    };
    for (name, ip, zones) in [
        ("root", ROOT, vec![(".".to_owned(), root)]),
        ("tld", TLD, zones(&tlds, &tld)),
        ("school", SCHOOL, zones(&schools, &school)),
    ] {
        let zones: Vec<(&str, &str)> = zones.iter().map(|(origin, text)| (origin.as_str(), text.as_str())).collect();
        world.named(&Named { name, ips: &[ip], zones: &zones, is_logged: false });
    }
    world.addresses(&[UNBOUND]);
}

fn unbound(world: &mut World, hints: &str) {
    let conf = format!(" interface: {UNBOUND}\n root-hints: \"{hints}\"\n target-fetch-policy: \"0 0 0 0 0\"\n");
    world.unbound("unbound", &conf);
}

fn inside(role: &str, hints: Option<&String>) -> f64 {
    match role {
        "unbound" => ask_unbound(),
        "bare" => resolve(Caps::NOTHING),
        "recorded" => resolve(Caps::default()),
        "name" => beside_dig(|name| in_this_program(name, hints.expect("hints"))),
        "program" => beside_dig(|name| as_a_program(name, hints.expect("hints"))),
        other => panic!("no such role: {other}"),
    }
}

fn name(number: usize) -> Name {
    name_from_text(&format!("www.s.t{number}."), &Name::root()).expect("a name")
}

/// Names a second, by this resolver as the engine runs it: one thread.
#[expect(clippy::disallowed_methods, reason = "a bench measures wall time")]
fn resolve(caps: Caps) -> f64 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let local = tokio::task::LocalSet::new();
    let work = local.run_until(async {
        let hint = Hint {
            zone: Name::root(),
            server: name_from_text("a.root-servers.net.", &Name::root()).expect("a name"),
            ips: vec![ROOT.parse().expect("an address")],
        };
        let settings = Settings { hints: vec![hint], ..Settings::default() };
        let network = Network::internet(Clock::real());
        let resolver = Resolver::new(network.clone(), settings, Memory::new(Cache::default(), 1));
        let recorder = Recorder::new(caps, Secrets::Shown, None);
        let next = Arc::new(AtomicUsize::new(0));
        let begun = Instant::now();
        let workers: Vec<_> = (0..AT_ONCE)
            .map(|_| {
                let (resolver, recorder, next) = (resolver.clone(), recorder.clone(), Arc::clone(&next));
                tokio::task::spawn_local(async move {
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        if number >= NAMES {
                            break;
                        }
                        let end = || End { name: String::new(), ip_port: None };
                        let ends = Ends { client: end(), server: end() };
                        let flow = recorder.open(None, FlowKind::Lookup, "a name".to_owned(), ends, Duration::ZERO);
                        let done = resolver.resolve(&name(number), RecordType::A, &flow, &mut |_| {}).await;
                        assert_eq!(done.answer.answers.len(), 1, "{number}: {:?}", done.answer.failure);
                        assert_eq!(done.steps.len(), 3, "{number}: {:?}", done.steps);
                    }
                })
            })
            .collect();
        for worker in workers {
            worker.await.expect("a worker");
        }
        begun.elapsed()
    });
    NAMES as f64 / runtime.block_on(work).as_secs_f64()
}

/// Names a second, by unbound, asked for as many at once.
#[expect(clippy::disallowed_methods, reason = "a bench measures wall time")]
fn ask_unbound() -> f64 {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    socket.connect((UNBOUND, 53)).expect("an address");
    socket.set_read_timeout(Some(Duration::from_secs(10))).expect("a time-out");
    let send = |number: usize| {
        let mut message = Message::new(u16::try_from(number).expect("few names"), MessageType::Query, OpCode::Query);
        message.metadata.recursion_desired = true;
        message.add_query(Query::query(name(number), RecordType::A));
        socket.send(&message.to_vec().expect("octets")).expect("sent");
    };
    let begun = Instant::now();
    (0..AT_ONCE).for_each(&send);
    let mut space = [0; 1_500];
    for next in AT_ONCE..NAMES + AT_ONCE {
        let octets = socket.recv(&mut space).expect("an answer");
        let message = Message::from_vec(&space[..octets]).expect("a message");
        assert_eq!(message.answers.len(), 1, "{message:?}");
        if next < NAMES {
            send(next);
        }
    }
    NAMES as f64 / begun.elapsed().as_secs_f64()
}

/// Our time of dig's: medians of runs in turn, for names nobody has asked for. dig has the name servers' addresses looked up by the
/// system's name server, unbound here.
fn beside_dig(ours: impl Fn(&str) -> Duration) -> f64 {
    let (mut ours_took, mut dig_took) = (Vec::new(), Vec::new());
    for number in 0..TURNS {
        let name = format!("www.s.t{number}");
        let mut dig = Command::new("dig");
        dig.args(["+trace", "+nodnssec", &format!("@{ROOT}"), &name]);
        dig_took.push(timed(dig));
        ours_took.push(ours(&name));
    }
    let median = |took: &mut Vec<Duration>| {
        took.sort();
        took[took.len() / 2]
    };
    let (ours, dig) = (median(&mut ours_took), median(&mut dig_took));
    writeln!(io::stderr(), "medians: ours {ours:.1?}, dig {dig:.1?}").ok();
    ours.div_duration_f64(dig)
}

/// As the window has it done: from the question to the report, with nothing known but the hints, and every octet recorded.
#[expect(clippy::disallowed_methods, reason = "a bench measures wall time")]
fn in_this_program(name: &str, hints: &str) -> Duration {
    let hints = fs::read_to_string(hints).expect("hints");
    let config = Config {
        name: name.to_owned(),
        hints: read_hints(&hints).expect("hints"),
        setting: Setting { world: WorldChoice::Internet, ..Setting::default() },
        ..Config::default()
    };
    let begun = Instant::now();
    let done = runner::run::<Resolve>(&config, &runner::Options::default()).expect("it runs");
    let took = begun.elapsed();
    assert!(done.report.answers.concat().contains(ANSWER), "{:?}", done.report.failure);
    assert!(done.ledger.event_count() >= 6, "all is recorded");
    took
}

fn as_a_program(name: &str, hints: &str) -> Duration {
    let mut program = Command::new(env!("CARGO_BIN_EXE_roundtrip"));
    program.args(["resolve", name, "--world", "internet", "--hints", hints]);
    timed(program)
}

#[expect(clippy::disallowed_methods, reason = "a bench measures wall time")]
fn timed(mut command: Command) -> Duration {
    let begun = Instant::now();
    let output = command.output().expect("a command that starts");
    let took = begun.elapsed();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains(ANSWER), "{command:?}: {said}{}", String::from_utf8_lossy(&output.stderr));
    took
}
