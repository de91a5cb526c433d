//! An engine that plays a part, for tests of the window.

use std::{cell::RefCell, rc::Rc};

use super::shell::EngineEnd;
use crate::engine::{
    bridge::{Busy, Outcome, Request, Update},
    jobs::{self, Options},
    page_load,
};

/// An engine that writes down what it is asked and says what it is given to say.
#[derive(Clone, Default)]
pub(crate) struct Script(pub(crate) Rc<RefCell<Lines>>);

#[derive(Default)]
pub(crate) struct Lines {
    pub(crate) asked: Vec<Request>,
    pub(crate) to_say: Vec<Update>,
    pub(crate) busy: bool,
}

impl EngineEnd for Script {
    fn ask(&mut self, request: Request) -> Result<(), Busy> {
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

impl Script {
    /// Does what was asked so far for real, here and now: in the lab's virtual time.
    pub(crate) fn serve(&self) {
        let asked = std::mem::take(&mut self.0.borrow_mut().asked);
        for request in asked {
            let said = match request {
                Request::PageLoad(job, config) => {
                    let done = jobs::page_load(&config, &Options::default()).unwrap();
                    let entries = Update::Entries(job, done.ledger.entries().collect());
                    vec![entries, Update::Ended(job, Box::new(Outcome::PageLoad(done.report)))]
                }
                Request::Sweep(job, sweep) => {
                    let mut said = Vec::new();
                    let mut take = |point| said.push(Update::SweepPoint(job, point));
                    page_load::sweep::run(&sweep, &Options::default(), &mut take).unwrap();
                    said.push(Update::Ended(job, Box::new(Outcome::Sweep)));
                    said
                }
                Request::Browse(job, config) => super::tabs::browse::fixtures::told(job, &config),
                Request::Resolve(job, config) => {
                    let done = jobs::resolve(&config, &Options::default()).unwrap();
                    let entries = Update::Entries(job, done.ledger.entries().collect());
                    vec![entries, Update::Ended(job, Box::new(Outcome::Resolve(Box::new(done.report))))]
                }
                Request::NameAttack(job, config) => {
                    let done = jobs::name_attack(&config, &Options::default()).unwrap();
                    let entries = Update::Entries(job, done.ledger.entries().collect());
                    vec![entries, Update::Ended(job, Box::new(Outcome::NameAttack(Box::new(done.report))))]
                }
                Request::DnsMessage(job, config) => {
                    let done = jobs::dns_message(&config, &Options::default()).unwrap();
                    let entries = Update::Entries(job, done.ledger.entries().collect());
                    vec![entries, Update::Ended(job, Box::new(Outcome::DnsMessage(Box::new(done.report))))]
                }
                Request::NameDay(job, config) => {
                    let done = jobs::name_day(&config, &Options::default()).unwrap();
                    let entries = Update::Entries(job, done.ledger.entries().collect());
                    vec![entries, Update::Ended(job, Box::new(Outcome::NameDay(Box::new(done.report))))]
                }
                Request::Stop(_) | Request::Setting(_) | Request::Gateway(_) | Request::PublishAt(_) => Vec::new(),
            };
            self.0.borrow_mut().to_say.extend(said);
        }
    }
}
