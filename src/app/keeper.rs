//! When to write the window's state down: about a second after something changed, and at the end. An idle window is left in peace.

use std::{io, path::PathBuf, time::Duration};

use egui::Context;

use super::state::{self, SavedWindow, WindowSize};

/// Watches over the state file.
pub(super) struct Keeper {
    file: Option<PathBuf>,
    stored: SavedWindow,
    looked_at: f64,
    will_look: bool,
    window: Option<WindowSize>,
}

impl Keeper {
    /// A keeper of `file`, whose content is `stored`.
    pub(super) fn new(file: Option<PathBuf>, stored: &SavedWindow) -> Self {
        Self { file, stored: stored.clone(), looked_at: f64::NEG_INFINITY, will_look: false, window: stored.window }
    }

    /// Is it time to compare and store? Asks for one more frame where a change might else wait for the next one.
    pub(super) fn is_time(&mut self, ctx: &Context) -> bool {
        if self.file.is_none() {
            return false;
        }
        let now = ctx.input(|input| input.time);
        let since = now - self.looked_at;
        if since >= INTERVAL.as_secs_f64() {
            self.looked_at = now;
            self.will_look = false;
            return true;
        }
        if !self.will_look {
            self.will_look = true;
            ctx.request_repaint_after(INTERVAL);
        }
        false
    }

    /// Stores what differs from what is stored.
    pub(super) fn store(&mut self, saved: &SavedWindow) -> io::Result<()> {
        let Some(file) = self.file.as_ref().filter(|_| *saved != self.stored) else { return Ok(()) };
        self.stored = saved.clone();
        self.window = saved.window;
        state::store(file, saved)
    }

    /// The window's size now; while it fills the screen, the size it will shrink back to.
    pub(super) fn window_size(&self, ctx: &Context) -> Option<WindowSize> {
        // Asked before the input is held: both are behind the same lock.
        let zoom = ctx.zoom_factor();
        ctx.input(|input| {
            let viewport = input.viewport();
            let maximized = viewport.maximized.unwrap_or(false) || viewport.fullscreen.unwrap_or(false);
            let size = viewport.inner_rect?.size() * zoom;
            match self.window {
                Some(before) if maximized => Some(WindowSize { maximized, ..before }),
                _ => Some(WindowSize { width: size.x.round(), height: size.y.round(), maximized }),
            }
        })
    }
}

const INTERVAL: Duration = Duration::from_secs(1);
