//! When choices have come to rest: what is cheap is run again by itself a moment after the last change.

use std::time::Duration;

use egui::Ui;

/// What was asked last, and what the choices say since when.
#[derive(Debug)]
pub struct Rest<C> {
    asked: Option<C>,
    settling: Option<(C, f64)>,
}

impl<C> Default for Rest<C> {
    fn default() -> Self {
        Self { asked: None, settling: None }
    }
}

impl<C: Clone + PartialEq> Rest<C> {
    /// What was asked last.
    pub fn asked(&self) -> Option<&C> {
        self.asked.as_ref()
    }

    /// This is asked now.
    pub fn ask(&mut self, config: C) {
        *self = Self { asked: Some(config), settling: None };
    }

    /// Whatever was chosen is not to be asked unasked.
    pub fn hold(&mut self) {
        self.settling = None;
    }

    /// Is it time to ask for `config` unasked? At once where nothing was asked yet, otherwise when it has stood for a while and no
    /// button of the pointer is down. Called once a frame.
    pub fn is_due(&mut self, ui: &Ui, config: &C) -> bool {
        if self.asked.as_ref() == Some(config) {
            self.hold();
            return false;
        }
        let now = ui.input(|input| input.time);
        let held = ui.input(|input| input.pointer.any_down());
        match &self.settling {
            Some((settling, since)) if settling == config => {
                let rested = now - since >= PAUSE.as_secs_f64();
                if !rested && !held {
                    ui.ctx().request_repaint_after(PAUSE);
                }
                rested && !held
            }
            Some(_) | None if self.asked.is_none() => true,
            Some(_) | None => {
                self.settling = Some((config.clone(), now));
                ui.ctx().request_repaint_after(PAUSE);
                false
            }
        }
    }
}

/// How long choices must rest.
const PAUSE: Duration = Duration::from_millis(250);
