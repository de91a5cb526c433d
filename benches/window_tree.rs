//! Promise: a resolution that asked 300 name servers is on screen within a frame: whatever it takes to take it in, lay its tree out,
//! paint and tessellate it, at most 16 ms.
//!
//! ```text
//! cargo bench --bench window_tree
//! ```
#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a bench speaks and fails plainly"
)]

use std::{process::ExitCode, time::Duration};

use egui::{Context, Key};
use roundtrip::{
    app::{
        shell::{EngineEnd, Shell},
        state::SavedWindow,
        tabs,
    },
    engine::{
        bridge::{Busy, EngineRequest, RunEnd, RunId, Update},
        experiments::AnyConfig,
        resolve::{Config, Report, Resolve},
        runner,
    },
    wire::Entry,
};

mod frame;

fn main() -> ExitCode {
    let ctx = Context::default();
    let saved = SavedWindow { shown: tabs::dns::TAB.id.0.to_owned(), ..SavedWindow::default() };
    let mut shell = Shell::new(&ctx, Box::new(Wide::new()), &saved, None);
    let mut number = 0;
    let mut next = |shell: &mut Shell, events| {
        number += 1;
        frame::build(&ctx, shell, number, events)
    };
    // The first frames make the fonts.
    for _ in 0..WARM_UP {
        next(&mut shell, Vec::new());
    }
    let mut worst = Vec::new();
    for _ in 0..RUNS {
        // Asked again, of other servers: the frames until the answer is on screen, and one after.
        let asked = next(&mut shell, [true, false].map(|pressed| frame::key(Key::Enter, pressed)).to_vec());
        worst.push(
            [asked, next(&mut shell, Vec::new()), next(&mut shell, Vec::new())].into_iter().max().expect("frames"),
        );
    }
    let latest = RunId(RUNS + 1);
    let report = shell.record(latest).and_then(|record| record.report::<Resolve>());
    let servers = report.map_or(0, |report| report.steps.len());
    worst.sort();
    let (median, longest) = (worst[worst.len() / 2], worst[worst.len() - 1]);
    let kept = servers == SERVERS && longest <= LIMIT;
    println!(
        "{servers} name servers, {RUNS} resolutions: longest frame of each {} (median), {} at worst",
        frame::milliseconds(median),
        frame::milliseconds(longest)
    );
    println!("promise: at most {LIMIT:?}: {}", if kept { "kept" } else { "broken" });
    if kept { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// An engine whose resolutions ask very many servers. Each answer is made before it is asked for.
struct Wide {
    report: Report,
    entries: Vec<Entry>,
    asked: u32,
    to_say: Vec<Update>,
}

impl Wide {
    fn new() -> Self {
        let done = runner::run::<Resolve>(&Config::default(), &runner::Options::default()).expect("the lab runs");
        Self { report: done.report, entries: done.ledger.entries().collect(), asked: 0, to_say: Vec::new() }
    }

    /// The lab's resolution, its walk gone astray over servers of zones at many depths.
    fn astray(&self) -> Report {
        let mut report = self.report.clone();
        let (first, rest) = report.steps.split_first().expect("a lab's resolution has steps");
        let walk = (0..).zip(rest.iter().cycle()).take(SERVERS - 1).map(|(number, step)| {
            let mut step = step.clone();
            step.number = number + 2;
            step.server = format!("ns{}.in{}.example", number, self.asked);
            step.zone = format!("{}.", "z.y.x.w.v".get(..2 * (number as usize % 5) + 1).unwrap_or_default());
            step.sent_at = self.report.steps[0].sent_at + Duration::from_millis(u64::from(number));
            step
        });
        report.steps = std::iter::once(first.clone()).chain(walk).collect();
        report
    }
}

impl EngineEnd for Wide {
    fn ask(&mut self, request: EngineRequest) -> Result<(), Busy> {
        if let EngineRequest::Run(job, AnyConfig::Resolve(_)) = request {
            self.asked += 1;
            self.to_say.push(Update::Entries(job, self.entries.clone()));
            self.to_say.push(Update::Ended(job, RunEnd::done::<Resolve>(self.astray())));
        }
        Ok(())
    }

    fn drain(&mut self) -> Vec<Update> {
        std::mem::take(&mut self.to_say)
    }
}

/// Name servers of each resolution.
const SERVERS: usize = 300;
/// Resolutions.
const RUNS: u32 = 40;
/// Frames before the first that counts.
const WARM_UP: u32 = 60;
const LIMIT: Duration = Duration::from_millis(16);
