//! The interactive lab: in real time, published on loopback, on a runtime of its own that starts when it is first asked for.

use std::time::Duration;

use tokio::{runtime::Runtime, sync::mpsc};

use super::{Busy, RunId, Update, UpdateSender};
use crate::{
    engine::{context::group_ends, live_lab::LiveLab, setting::Setting, stores::Stores},
    lab::{Gateway, GatewayError, LabError, LabFiles, PortChoice, Ports},
    net::Clock,
    wire::{Blame, Caps, Failure, FlowHandle, FlowKind, Recorder, Secrets},
};

/// Takes the window's requests about the gateway.
pub(super) struct GatewayControl {
    pub(super) recorder: Recorder,
    tell: UpdateSender,
    files: LabFiles,
    stores: Stores,
    open: Option<GatewayThread>,
    /// Ports asked for, the last for each service.
    ports: Vec<PortChoice>,
}

/// The runtime and the way to the task on it.
struct GatewayThread {
    runtime: Option<Runtime>,
    commands: mpsc::Sender<GatewayCommand>,
}

enum GatewayCommand {
    On(Setting, Vec<PortChoice>),
    Off,
    Set(Setting),
    PublishAt(PortChoice),
}

/// Why the lab could not be published.
#[derive(Debug, thiserror::Error)]
enum PublishError {
    #[error(transparent)]
    Lab(#[from] LabError),
    #[error(transparent)]
    Gateway(#[from] GatewayError),
    #[error("the system gave no threads for the lab")]
    NoRuntime(#[source] std::io::Error),
}

/// How long the end of the program waits for the lab to write down what it keeps.
const CLOSED_WITHIN: Duration = Duration::from_millis(200);
/// Threads of the interactive lab.
const WORKERS: usize = 2;
/// Commands that may wait.
const COMMANDS_WAITING: usize = 64;

impl GatewayControl {
    pub(super) fn new(tell: UpdateSender, files: LabFiles, stores: Stores) -> Self {
        // The lab's passwords are there to be seen.
        let recorder = Recorder::new(Caps::default(), Secrets::Shown, Some(tell.waker()));
        Self { recorder, tell, files, stores, open: None, ports: Vec::new() }
    }

    /// Publishes the lab, or withdraws it. Answered by [`Update::Gateway`] or [`Update::GatewayFailed`].
    pub(super) fn switch(&mut self, on: bool, setting: &Setting) -> Result<(), Busy> {
        if !on {
            return self.command(GatewayCommand::Off);
        }
        if self.open.is_none() {
            match start(&self.files, &self.stores, &self.recorder, &self.tell) {
                Ok(open) => self.open = Some(open),
                Err(error) => {
                    self.tell.tell(RunId::GATEWAY, Update::GatewayFailed(failure(&error)));
                    return Ok(());
                }
            }
        }
        self.command(GatewayCommand::On(setting.clone(), self.ports.clone()))
    }

    /// Gives a service this port of 127.0.0.1, now or when the lab is next published. Answered, where it is published, as
    /// [`Self::switch`] is.
    pub(super) fn publish_at(&mut self, choice: PortChoice) -> Result<(), Busy> {
        self.command(GatewayCommand::PublishAt(choice.clone()))?;
        self.ports.retain(|other| (&other.host, other.port) != (&choice.host, choice.port));
        self.ports.push(choice);
        Ok(())
    }

    /// The student's path changed, or what is switched off.
    pub(super) fn set(&self, setting: &Setting) -> Result<(), Busy> {
        self.command(GatewayCommand::Set(setting.clone()))
    }

    fn command(&self, command: GatewayCommand) -> Result<(), Busy> {
        let Some(open) = &self.open else { return Ok(()) };
        open.commands.try_send(command).map_err(|_full| Busy)
    }
}

impl Drop for GatewayThread {
    fn drop(&mut self) {
        // The task ends when nobody can ask anything of it any more, and closes the lab.
        self.commands = mpsc::channel(1).0;
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(CLOSED_WITHIN);
        }
    }
}

fn start(
    files: &LabFiles,
    stores: &Stores,
    recorder: &Recorder,
    tell: &UpdateSender,
) -> Result<GatewayThread, PublishError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .thread_name("lab")
        .enable_all()
        .build()
        .map_err(PublishError::NoRuntime)?;
    let (commands, waiting) = mpsc::channel(COMMANDS_WAITING);
    let world =
        LabParts { files: files.clone(), stores: stores.clone(), recorder: recorder.clone(), clock: Clock::real() };
    runtime.spawn(serve(waiting, world, tell.clone()));
    Ok(GatewayThread { runtime: Some(runtime), commands })
}

/// What each lab that is published is opened with.
struct LabParts {
    files: LabFiles,
    stores: Stores,
    recorder: Recorder,
    /// One for all, so that the record's times go on when the gateway is switched off and on again.
    clock: Clock,
}

/// A lab that is published.
struct PublishedLab {
    live: LiveLab,
    gateway: Gateway,
    clock: Clock,
    flow: FlowHandle,
}

async fn serve(mut commands: mpsc::Receiver<GatewayCommand>, world: LabParts, tell: UpdateSender) {
    let mut published: Option<PublishedLab> = None;
    // Ports that could not be given are not tried again by themselves: the lab would not be published at all.
    let mut refused: Vec<PortChoice> = Vec::new();
    loop {
        let command = match &published {
            Some(published) => tokio::select! {
                command = commands.recv() => command,
                () = published.live.keep() => None,
            },
            None => commands.recv().await,
        };
        let Some(command) = command else { break };
        match command {
            GatewayCommand::Set(setting) => {
                if let Some(published) = &published {
                    published.set(&setting, &tell);
                }
            }
            GatewayCommand::Off => {
                if let Some(published) = published.take() {
                    published.withdraw().await;
                }
                tell.tell(RunId::GATEWAY, Update::Gateway(Vec::new()));
            }
            GatewayCommand::PublishAt(choice) => {
                if let Some(published) = &mut published {
                    let given = published.publish_at(&choice, &tell).await;
                    refused.retain(|other| *other != choice);
                    if !given {
                        refused.push(choice);
                    }
                }
            }
            GatewayCommand::On(setting, ports) => {
                if let Some(published) = &published {
                    published.set(&setting, &tell);
                } else {
                    let ports: Vec<PortChoice> = ports.into_iter().filter(|port| !refused.contains(port)).collect();
                    match PublishedLab::open(&world, &setting, &ports).await {
                        Ok(open) => published = Some(open),
                        Err(error) => {
                            tell.tell(RunId::GATEWAY, Update::GatewayFailed(failure(&error)));
                            refused.extend(ports);
                        }
                    }
                }
                let ports = published.as_ref().map(|published| published.gateway.published().to_vec());
                if let Some(ports) = ports {
                    tell.tell(RunId::GATEWAY, Update::Gateway(ports));
                }
            }
        }
    }
    if let Some(published) = published {
        published.withdraw().await;
    }
}

impl PublishedLab {
    async fn open(world: &LabParts, setting: &Setting, ports: &[PortChoice]) -> Result<Self, PublishError> {
        let LabParts { files, stores, recorder, clock } = world;
        let live = LiveLab::open(clock, files, setting, stores)?;
        let title = "through the gateway".to_owned();
        let flow = recorder.open(None, FlowKind::Run, title, group_ends("the lab"), clock.now());
        match Gateway::open_with(live.lab(), Ports::Free, ports, &flow).await {
            Ok(gateway) => Ok(Self { live, gateway, clock: clock.clone(), flow }),
            Err(error) => {
                flow.fail(clock.now(), Failure::from_error(&error, Blame::Input, None));
                Err(error.into())
            }
        }
    }

    fn set(&self, setting: &Setting, tell: &UpdateSender) {
        let lab = self.live.lab();
        lab.net().set_path(&setting.path);
        if let Err(error) = lab.set_off(&setting.off).and_then(|()| lab.set_zones(&setting.zones)) {
            tell.tell(RunId::GATEWAY, Update::GatewayFailed(failure(&error.into())));
        }
    }

    /// Returns whether the service has that port now.
    async fn publish_at(&mut self, choice: &PortChoice, tell: &UpdateSender) -> bool {
        let given = self.gateway.publish_at(self.live.lab(), choice).await;
        match &given {
            Ok(()) => tell.tell(RunId::GATEWAY, Update::Gateway(self.gateway.published().to_vec())),
            Err(error) => {
                let failure = Failure::from_error(error, Blame::Input, None);
                tell.tell(RunId::GATEWAY, Update::GatewayFailed(failure))
            }
        };
        given.is_ok()
    }

    async fn withdraw(self) {
        let Self { live, gateway, clock, flow } = self;
        gateway.close().await;
        flow.close(clock.now());
        live.close();
    }
}

fn failure(error: &PublishError) -> Failure {
    Failure::from_error(error, Blame::Input, None)
}
