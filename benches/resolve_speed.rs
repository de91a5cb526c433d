//! Promises: cold names are resolved from the root down over loopback, from BIND's servers, at no less than half of unbound's rate
//! over the same servers, and at no less than a quarter with everything recorded; one name, program start included, in at most 0.2
//! of the time `dig +trace` takes by the command line alone (`--no-default-features`), and in at most 0.35 by the program with the
//! window. More than half of the latter is the start: the loader adjusts every address in an image that may lie anywhere, and the
//! window's share of them is three quarters.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a bench speaks and fails plainly"
)]

use std::{
    env,
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
#[path = "../tests/it/name_servers/world.rs"]
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
const PROMISE_DIG: f64 = if cfg!(feature = "window") { 0.35 } else { 0.2 };

const ROOT: &str = "127.0.10.1";
const TLD: &str = "127.0.10.2";
const SCHOOL: &str = "127.0.10.3";
const UNBOUND: &str = "127.0.10.53";
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
    let mut command = world.command("unshare");
    command.args(["--mount", "sh", "-c", script, "sh"]).arg(configuration);
    let dig = number(command.arg(env::current_exe().expect("this program")).args(["--inside", "dig", &hints]));
    println!("one name, program start included: ours {dig:.3} of `dig +trace` (promise: at most {PROMISE_DIG})");
    if bare >= PROMISE_BARE && recorded >= PROMISE_RECORDED && dig <= PROMISE_DIG {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
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
    let school = format!("{soa}ns IN A {SCHOOL}\nwww IN A 127.0.20.1\n");
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
        "dig" => beside_dig(hints.expect("hints")),
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
fn beside_dig(hints: &str) -> f64 {
    let (mut ours_took, mut dig_took) = (Vec::new(), Vec::new());
    for number in 0..TURNS {
        let name = format!("www.s.t{number}");
        let mut dig = Command::new("dig");
        dig.args(["+trace", "+nodnssec", &format!("@{ROOT}"), &name]);
        let mut ours = Command::new(env!("CARGO_BIN_EXE_roundtrip"));
        ours.args(["resolve", &name, "--world", "internet", "--hints", hints]);
        dig_took.push(timed(dig));
        ours_took.push(timed(ours));
    }
    let median = |took: &mut Vec<f64>| {
        took.sort_by(f64::total_cmp);
        took[took.len() / 2]
    };
    let (ours, dig) = (median(&mut ours_took), median(&mut dig_took));
    writeln!(io::stderr(), "medians: ours {:.1} ms, dig {:.1} ms", ours * 1e3, dig * 1e3).ok();
    ours / dig
}

#[expect(clippy::disallowed_methods, reason = "a bench measures wall time")]
fn timed(mut command: Command) -> f64 {
    let begun = Instant::now();
    let output = command.output().expect("a command that starts");
    let took = begun.elapsed().as_secs_f64();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("127.0.20.1"), "{command:?}: {said}{}", String::from_utf8_lossy(&output.stderr));
    took
}
