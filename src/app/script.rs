//! An engine that plays a part, for tests of the window.

use std::{cell::RefCell, rc::Rc};

use super::shell::EngineEnd;
use crate::engine::bridge::{Busy, Request, Update};

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
