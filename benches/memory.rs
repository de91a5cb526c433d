//! Promise: fetching 100 MB takes less than 64 MB of memory more than fetching next to nothing, since the record is capped,
//! and the record says what it left out.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a bench speaks and fails plainly"
)]

use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    process::{Command, ExitCode, Stdio},
    thread,
};

use roundtrip::wire::{Side, save::SavedRun};

const LARGE: usize = 100_000_000;
const SMALL: usize = 1_000;
const PROMISE: u64 = 64_000_000;

fn main() -> ExitCode {
    let saved = std::env::temp_dir().join(format!("roundtrip-memory-{}.roundtrip", std::process::id()));
    let small = peak(SMALL, None);
    let large = peak(LARGE, None);
    peak(LARGE, saved.to_str());
    let ledger = SavedRun::load(&saved).expect("the saved run").ledger;
    std::fs::remove_file(&saved).ok();
    let crossed: u64 = ledger.flows().iter().map(|flow| flow.octets(Side::Server)).sum();
    let told = ledger.flows().iter().flat_map(|flow| &flow.notes).any(|note| note.text.contains("record"));
    let more = large.saturating_sub(small);
    println!(
        "100 MB fetched: {:.1} MB more memory at peak than for 1 kB (promise: under {} MB); the record counts {crossed} octets and notes what it left out: {told}",
        more as f64 / 1e6,
        PROMISE / 1_000_000
    );
    if more < PROMISE && crossed > LARGE as u64 && told { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Peak resident memory of one fetch, in octets, by the operating system's account.
fn peak(octets: usize, save: Option<&str>) -> u64 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let server = thread::spawn(move || {
        let (mut socket, _) = listener.accept().expect("a client");
        let mut request = [0; 4096];
        let got = socket.read(&mut request).expect("a request");
        assert!(got > 0);
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Length: {octets}\r\nContent-Type: application/octet-stream\r\nConnection: close\r\n\r\n"
        );
        socket.write_all(head.as_bytes()).expect("a client that reads");
        let piece = vec![0xA5; 64 * 1024];
        let mut left = octets;
        while left > 0 {
            let now = left.min(piece.len());
            socket.write_all(&piece[..now]).expect("a client that reads");
            left -= now;
        }
    });
    let mut command = Command::new("/usr/bin/time");
    command.args([
        "-f",
        "%M",
        env!("CARGO_BIN_EXE_roundtrip"),
        "fetch",
        &format!("http://127.0.0.1:{port}/"),
        "--world",
        "internet",
    ]);
    if let Some(file) = save {
        command.args(["--save", file]);
    }
    let output = command.stdout(Stdio::null()).output().expect("/usr/bin/time (package time)");
    server.join().expect("the server");
    let said = String::from_utf8_lossy(&output.stderr);
    let kilobytes: u64 = said.lines().last().and_then(|line| line.trim().parse().ok()).expect("a number from time");
    kilobytes * 1024
}
