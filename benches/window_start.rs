//! Promise: the window's first frame comes within 1.5 times, and its resident memory stays within 1.6 times, those of a bare
//! eframe window on the same machine; idle, no thread of it runs.
//!
//! Idle is counted by the scheduler's own account of each thread (`/proc/PID/task/*/schedstat`, nanoseconds), not by ticks, which
//! see a short waking only by chance. It is counted from the first [`QUIET`] in which nothing ran, so that the end of the start
//! does not count, and a window that never becomes quiet breaks the promise.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a bench speaks and fails plainly"
)]

use std::{
    env, fs,
    io::{BufRead as _, BufReader},
    process::{Child, Command, ExitCode, Stdio},
    thread,
    time::{Duration, Instant},
};

const ROUNDS: usize = 7;
const START: f64 = 1.5;
const MEMORY: f64 = 1.6;
const IDLE: Duration = Duration::from_secs(10);
/// No thread has run for so long: the start is over.
const QUIET: Duration = Duration::from_secs(2);
/// A window that is not quiet after so many times [`QUIET`] never will be.
const PATIENCE: u32 = 10;

fn main() -> ExitCode {
    if env::args().any(|argument| argument == "--bare") {
        bare(env::args().any(|argument| argument == "--once"));
        return ExitCode::SUCCESS;
    }
    if env::var_os("DISPLAY").is_none() && env::var_os("WAYLAND_DISPLAY").is_none() {
        println!("skipped: there is no display");
        return ExitCode::SUCCESS;
    }
    let state = env::temp_dir().join(format!("roundtrip-start-{}", std::process::id()));
    let itself = env::current_exe().expect("this program");
    let ours = |once: bool| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_roundtrip"));
        command.env("HOME", &state).env_remove("XDG_DATA_HOME").env_remove("XDG_CONFIG_HOME");
        command.args(once.then_some("--first-frame-only"));
        command
    };
    let plain = |once: bool| {
        let mut command = Command::new(&itself);
        command.arg("--bare").args(once.then_some("--once"));
        command
    };
    first_frame(ours(true));
    first_frame(plain(true));
    let mut starts: Vec<(f64, f64)> = (0..ROUNDS)
        .map(|round| {
            let both = (first_frame(ours(true)), first_frame(plain(true)));
            println!("round {} of {ROUNDS}: first frame {:.3} s, bare window {:.3} s", round + 1, both.0, both.1);
            both
        })
        .collect();
    starts.sort_by(|a, b| (a.0 / a.1).total_cmp(&(b.0 / b.1)));
    let (start, bare_start) = starts[ROUNDS / 2];
    println!("idle for {} s, then a bare window for as long", IDLE.as_secs());
    let (memory, used) = settled(ours(false));
    let (bare_memory, bare_used) = settled(plain(false));
    fs::remove_dir_all(&state).ok();
    let (slower, larger) = (start / bare_start, memory / bare_memory);
    println!("first frame: {start:.3} s, bare window {bare_start:.3} s, ratio {slower:.2} (promise: at most {START})");
    println!(
        "resident: {memory:.0} MB, bare window {bare_memory:.0} MB, ratio {larger:.2} (promise: at most {MEMORY})"
    );
    let in_words = |used: &[(String, u64)]| match used {
        [] => "no thread ran".to_owned(),
        threads => {
            threads.iter().map(|(name, spent)| format!("{name} ran for {spent} ns")).collect::<Vec<_>>().join(", ")
        }
    };
    println!("idle: {}; bare window: {} (promise: no thread runs)", in_words(&used), in_words(&bare_used));
    if slower <= START && larger <= MEMORY && used.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Seconds from the start of the process to its word that the first frame was drawn.
#[expect(clippy::disallowed_methods, reason = "a bench measures wall time")]
fn first_frame(mut command: Command) -> f64 {
    let begun = Instant::now();
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("a window");
    let lines = BufReader::new(child.stdout.take().expect("its output")).lines();
    let seen = lines.map_while(Result::ok).any(|line| line == "first frame");
    let took = begun.elapsed().as_secs_f64();
    child.wait().expect("a window that closes");
    assert!(seen, "{command:?} drew nothing");
    took
}

/// Megabytes resident once all is quiet, and what ran in [`IDLE`] after that: each thread's name with its nanoseconds.
fn settled(mut command: Command) -> (f64, Vec<(String, u64)>) {
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a window");
    let ran = |time: Duration| {
        let before = threads(&child);
        thread::park_timeout(time);
        let spent = |thread: Thread| {
            let start = before.iter().find(|at| at.number == thread.number).map_or(0, |at| at.nanoseconds);
            (thread.name, thread.nanoseconds - start)
        };
        threads(&child).into_iter().map(spent).filter(|(_, spent)| *spent > 0).collect::<Vec<_>>()
    };
    let quiet = (0..PATIENCE).any(|_| ran(QUIET).is_empty());
    let used = ran(IDLE);
    assert!(quiet || !used.is_empty(), "a window that is never quiet runs");
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).expect("the process's account");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its memory");
    let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse().expect("a number");
    child.kill().ok();
    child.wait().ok();
    (kilobytes * 1024.0 / 1e6, used)
}

struct Thread {
    number: String,
    name: String,
    nanoseconds: u64,
}

/// The time each thread of the process has been on a processor.
fn threads(child: &Child) -> Vec<Thread> {
    let folder = format!("/proc/{}/task", child.id());
    let tasks = fs::read_dir(folder).expect("the process's threads").filter_map(Result::ok);
    tasks
        .filter_map(|task| {
            // A thread may end between its listing and its reading.
            let read = |file: &str| fs::read_to_string(task.path().join(file)).ok();
            let account = read("schedstat")?;
            Some(Thread {
                number: task.file_name().to_string_lossy().into_owned(),
                name: read("comm")?.trim().to_owned(),
                nanoseconds: account.split(' ').next()?.parse().ok()?,
            })
        })
        .collect()
}

/// The least an eframe program can be.
fn bare(once: bool) {
    struct Bare {
        once: bool,
        frames: u32,
    }
    impl eframe::App for Bare {
        fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
            if self.frames == 1 {
                println!("first frame");
                if self.once {
                    ctx.send_viewport_cmd(egui::ViewportCommand::Close);
                }
            }
        }

        fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
            ui.label("bare");
            self.frames += 1;
            if self.frames == 1 || self.once {
                ui.ctx().request_repaint();
            }
        }
    }
    let viewport = egui::ViewportBuilder::default().with_inner_size([1440.0, 900.0]);
    let options = eframe::NativeOptions { viewport, ..Default::default() };
    eframe::run_native("bare", options, Box::new(move |_| Ok(Box::new(Bare { once, frames: 0 })))).expect("a window");
}
