//! Promise: the window's first frame comes within 1.5 times, and its resident memory stays within 1.6 times, those of a bare
//! eframe window on the same machine; idle it uses no processor time.
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
    let mut starts: Vec<(f64, f64)> =
        (0..ROUNDS).map(|_| (first_frame(ours(true)), first_frame(plain(true)))).collect();
    starts.sort_by(|a, b| (a.0 / a.1).total_cmp(&(b.0 / b.1)));
    let (start, bare_start) = starts[ROUNDS / 2];
    let (memory, ticks) = settled(ours(false));
    let (bare_memory, _) = settled(plain(false));
    fs::remove_dir_all(&state).ok();
    let (slower, larger) = (start / bare_start, memory / bare_memory);
    println!("first frame: {start:.3} s, bare window {bare_start:.3} s, ratio {slower:.2} (promise: at most {START})");
    println!(
        "resident: {memory:.0} MB, bare window {bare_memory:.0} MB, ratio {larger:.2} (promise: at most {MEMORY})"
    );
    println!("idle for {} s: {ticks} ticks of processor time (promise: 0)", IDLE.as_secs());
    if slower <= START && larger <= MEMORY && ticks == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
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

/// Megabytes resident once all is quiet, and processor ticks used in [`IDLE`] after that.
fn settled(mut command: Command) -> (f64, u64) {
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a window");
    thread::park_timeout(Duration::from_secs(6));
    let before = ticks(&child);
    thread::park_timeout(IDLE);
    let used = ticks(&child) - before;
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).expect("the process's account");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its memory");
    let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse().expect("a number");
    child.kill().ok();
    child.wait().ok();
    (kilobytes * 1024.0 / 1e6, used)
}

fn ticks(child: &Child) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{}/stat", child.id())).expect("the process's account");
    let fields: Vec<&str> = stat.rsplit(") ").next().expect("fields").split(' ').collect();
    fields[11].parse::<u64>().expect("user time") + fields[12].parse::<u64>().expect("system time")
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
