//! `roundtrip page-load`: the race, as a table that fits 80 columns or as JSON.

use std::io;

use super::{args::PageLoadArgs as Args, outcome::CommandFailure, save, text};
use crate::engine::{
    page_load::{Config, PageChoice, PageLoad, Report, Strategy, as_text},
    runner::{self, Options},
};

/// Runs the race and prints it.
pub(super) fn run(args: &Args, options: &Options, out: &mut dyn io::Write) -> Result<(), CommandFailure> {
    let config = config(args)?;
    let options = &Options { real_time: args.common.real_time, ..options.clone() };
    let finished = runner::run::<PageLoad>(&config, options)?;
    let report = save::run(args.common.save.as_deref(), finished)?;
    if args.common.json {
        serde_json::to_writer_pretty(&mut *out, &report).map_err(io::Error::from)?;
        writeln!(out)?;
    } else {
        out.write_all(as_text(&report).as_bytes())?;
    }
    verdict(&report, args.strategies.is_empty())
}

/// The first experiment, for a terminal without a window: the textbook's page with the usual numbers.
pub(super) fn first_experiment(options: &Options, out: &mut dyn io::Write) -> Result<(), CommandFailure> {
    let finished = runner::run::<PageLoad>(&Config::default(), options)?;
    Ok(out.write_all(as_text(&finished.report).as_bytes())?)
}

fn config(args: &Args) -> Result<Config, CommandFailure> {
    args.common.only_in_lab("--dns", args.dns)?;
    let usual = Config::default();
    let page = match (&args.url, args.objects, args.object_size) {
        (Some(url), _, _) => PageChoice::At(text::url(url)?),
        (None, None, None) => usual.page.clone(),
        (None, objects, size) => {
            PageChoice::Generated { objects: objects.unwrap_or(10), object_octets: size.unwrap_or(100_000) }
        }
    };
    Ok(Config {
        page,
        strategies: args.strategies(),
        parallel: args.parallel,
        discipline: args.discipline(),
        resolve_names: args.dns,
        setting: args.common.setting()?,
    })
}

/// A server that does not speak HTTP/2 is no failure of a race that was not asked for HTTP/2 by name.
fn verdict(report: &Report, by_default: bool) -> Result<(), CommandFailure> {
    let some_finished = report.runs.iter().any(|run| run.failure.is_none());
    report
        .runs
        .iter()
        .filter(|run| !(by_default && some_finished && run.strategy == Strategy::Http2))
        .find_map(|run| run.failure.clone())
        .map_or(Ok(()), |failure| Err(CommandFailure::AlreadyShown(Box::new(failure))))
}
