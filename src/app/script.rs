//! An engine that plays a part, for tests of the window.

use std::{cell::RefCell, rc::Rc};

use super::shell::EngineEnd;
use crate::{
    engine::{
        bridge::{Busy, EngineRequest, RunEnd, RunId, StoreRequest, Update, updates_after},
        experiment::RunObserver,
        experiments::{AnyConfig, AnyNews},
        runner::Options,
        stores::Stores,
    },
    wire::Entry,
};

/// An engine that writes down what it is asked and says what it is given to say.
#[derive(Clone, Default)]
pub(crate) struct ScriptedEngine(pub(crate) Rc<RefCell<ScriptState>>);

#[derive(Default)]
pub(crate) struct ScriptState {
    pub(crate) asked: Vec<EngineRequest>,
    pub(crate) to_say: Vec<Update>,
    pub(crate) busy: bool,
    /// Where what is live keeps its tables; nothing lasts where it is not given.
    pub(crate) stores: Stores,
}

impl EngineEnd for ScriptedEngine {
    fn ask(&mut self, request: EngineRequest) -> Result<(), Busy> {
        let mut lines = self.0.borrow_mut();
        if lines.busy {
            return Err(Busy);
        }
        lines.asked.push(request);
        Ok(())
    }

    fn drain(&mut self) -> Vec<Update> {
        std::mem::take(&mut self.0.borrow_mut().to_say)
    }
}

impl ScriptedEngine {
    /// Does what was asked so far for real, here and now: in the lab's virtual time.
    pub(crate) fn serve(&self) {
        let asked = std::mem::take(&mut self.0.borrow_mut().asked);
        let stores = self.0.borrow().stores.clone();
        for request in asked {
            let said = match request {
                EngineRequest::Run(job, config) => {
                    let mut said = run_with(job, &config, &stores);
                    said.extend(updates_after(&StoreRequest::Look, &stores));
                    said
                }
                // Where nothing lasts, the jar stays empty.
                EngineRequest::Store(order @ StoreRequest::Jar(_)) if !stores.last() => {
                    updates_after(&order, &Stores::in_memory())
                }
                EngineRequest::Store(order) => updates_after(&order, &stores),
                _ => continue,
            };
            self.0.borrow_mut().to_say.extend(said);
        }
    }
}

/// Runs an experiment for real, here and now, and gives all that the engine would tell of it.
pub(crate) fn run_here(job: RunId, config: &AnyConfig) -> Vec<Update> {
    run_with(job, config, &Stores::default())
}

/// The same with what lasts.
pub(crate) fn run_with(job: RunId, config: &AnyConfig, stores: &Stores) -> Vec<Update> {
    struct News(RunId, Vec<Update>);
    impl RunObserver<AnyNews> for News {
        fn news(&mut self, news: AnyNews) {
            self.1.push(Update::News(self.0, news));
        }
    }
    let options = Options { stores: stores.clone(), ..Options::default() };
    let recorder = options.recorder(config.place().world(), None);
    let mut news = News(job, Vec::new());
    let report = config.run_into(&options, &recorder, &mut news);
    let entries: Vec<Entry> = recorder.into_ledger().entries().collect();
    let end = report.map_or_else(RunEnd::Failed, RunEnd::Done);
    let entries = std::iter::once(Update::Entries(job, entries));
    entries.chain(news.1).chain([Update::Ended(job, end)]).collect()
}
