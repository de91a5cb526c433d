//! `roundtrip lab`: the lab in real time on 127.0.0.1, until Ctrl-C.

use std::{io, path::Path, time::Duration};

use super::{
    args::{LabArgs as Args, PortsArg},
    outcome::CommandFailure,
    save,
};
use crate::{
    engine::{experiments::LAB_RECORD, live_lab::LiveLab, runner::Options, setting::WorldChoice, text::setting_line},
    lab::{self, Gateway, PublishedService},
    net::Clock,
    wire::{Blame, End, Ends, Failure, FlowKind, Recorder},
};

/// Serves until told to stop.
pub(super) fn run(args: &Args, options: &Options, out: &mut dyn io::Write) -> Result<(), CommandFailure> {
    let setting = args.common.setting()?;
    if setting.world != WorldChoice::Lab {
        return Err(CommandFailure::Usage("only the lab can be served: leave --world out".to_owned()));
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(WORKERS).enable_all().build()?;
    let recorder = options.recorder(WorldChoice::Lab, None);
    let served = runtime.block_on(async {
        let clock = Clock::real();
        let live = LiveLab::open(&clock, &options.lab_files(), &setting, &options.stores);
        let live = live.map_err(|error| refused(&error))?;
        let lab = live.lab();
        let ends = Ends {
            client: End { name: "outside".into(), ip_port: None },
            server: End { name: "the lab".into(), ip_port: None },
        };
        let run = recorder.open(None, FlowKind::Run, "the lab on loopback".into(), ends, clock.now());
        let ports = match args.ports {
            PortsArg::Free => lab::Ports::Free,
            PortsArg::Fixed => lab::Ports::Fixed,
        };
        let open = Gateway::open_with(lab, ports, &args.publish, &run).await.map_err(|error| refused(&error))?;
        if args.common.json {
            write_json(open.published(), out)?;
        } else {
            write_text(open.published(), &setting_line(&setting), out)?;
        }
        let waiting = wait(&clock, &recorder, args.common.save.as_deref());
        tokio::select! {
            waited = waiting => waited?,
            () = live.keep() => {}
        }
        open.close().await;
        run.close(clock.now());
        live.close();
        Ok::<_, CommandFailure>(())
    });
    runtime.shutdown_background();
    served?;
    args.common.save.as_deref().map_or(Ok(()), |file| save::record(file, LAB_RECORD, recorder.into_ledger()))
}

/// Until Ctrl-C or SIGTERM. A record that will not be saved is not kept.
async fn wait(clock: &Clock, recorder: &Recorder, saved: Option<&Path>) -> io::Result<()> {
    let mut stop = std::pin::pin!(told_to_stop());
    loop {
        tokio::select! {
            told = &mut stop => return told,
            () = clock.sleep(FORGET_EVERY) => {
                if saved.is_none() {
                    drop(recorder.drain());
                }
            }
        }
    }
}

#[cfg(unix)]
async fn told_to_stop() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut polite = signal(SignalKind::terminate())?;
    tokio::select! {
        pressed = tokio::signal::ctrl_c() => pressed,
        _ = polite.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn told_to_stop() -> io::Result<()> {
    tokio::signal::ctrl_c().await
}

/// The list leaves in one write: a program may stop reading at the line it wants, and must not end the lab by that.
fn write_json(published: &[PublishedService], out: &mut dyn io::Write) -> io::Result<()> {
    let mut list = Vec::new();
    for service in published {
        serde_json::to_writer(&mut list, service)?;
        list.push(b'\n');
    }
    out.write_all(&list)?;
    out.flush()
}

fn write_text(published: &[PublishedService], setting: &str, out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(out, "{setting} · real time, until Ctrl-C\n")?;
    writeln!(out, "{:<30}{:<12}here", "lab host", "service")?;
    for service in published {
        let PublishedService { host, service: name, ip_port, datagrams, .. } = service;
        let host = if host == "*" { "every host, by its Host field" } else { host };
        let transports = if *datagrams { format!("  {}", service.transports()) } else { String::new() };
        writeln!(out, "{host:<30}{name:<12}{ip_port}{transports}")?;
    }
    if let Some(shared) = published.first() {
        writeln!(out, "\nTry: curl -H 'Host: www.someschool.edu' http://{}/", shared.ip_port)?;
        writeln!(out, "or as a proxy: curl -x http://{} http://info.cern.ch/", shared.ip_port)?;
    }
    if let Some(dns) = published.iter().find(|service| service.speaks() == "dns") {
        writeln!(out, "Ask {}: dig @{} -p {} www.someschool.edu", dns.host, dns.ip_port.ip(), dns.ip_port.port())?;
    }
    out.flush()
}

fn refused(error: &(dyn std::error::Error + 'static)) -> CommandFailure {
    CommandFailure::Failed(Box::new(Failure::from_error(error, Blame::Input, None)))
}

const WORKERS: usize = 2;
/// How often a record that will not be saved is emptied.
const FORGET_EVERY: Duration = Duration::from_secs(1);
