//! Opening the window, and saying in plain words why it could not be opened.

use std::{
    any::Any,
    io::Write as _,
    panic::{self, AssertUnwindSafe},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Wake, Waker},
};

use egui::{Context, IconData, ViewportBuilder, ViewportCommand, vec2};

use super::{
    notices::Notice,
    shell::Shell,
    state::{self, SavedWindow},
    theme::Theme,
};
use crate::{
    engine::{bridge::Bridge, stores::Stores},
    lab::LabFiles,
};

/// How the window is to be opened.
#[derive(Clone, Debug)]
pub struct WindowOptions {
    /// Say `first frame` on standard output once it has been drawn, and close: for measuring.
    pub first_frame_only: bool,
    /// What the lab consists of.
    pub lab: LabFiles,
    /// What lasts from run to run.
    pub stores: Stores,
    /// Something to be told when the window opens: what, and what to do about it.
    pub notice: Option<(String, String)>,
    /// A file with a saved run that the window opens on.
    pub saved_run: Option<PathBuf>,
    /// Neither read nor write the window's state: for measuring and for tests.
    pub forgetful: bool,
}

/// Why there is no window.
#[derive(Debug, thiserror::Error)]
pub enum WindowError {
    /// Nothing to show a window on.
    #[error("there is no display: neither WAYLAND_DISPLAY nor DISPLAY is set")]
    NoDisplay,
    /// A display is named but does not answer.
    #[error("the display could not be opened: {reason}")]
    DisplayRefused {
        /// What the window library said.
        reason: String,
    },
    /// A system library is not installed.
    #[error("a system library is missing: {reason}")]
    MissingLibrary {
        /// What the window library said.
        reason: String,
    },
    /// No graphics driver, hardware or software, can draw.
    #[error("no graphics driver can draw the window: {reason}")]
    NoGraphics {
        /// What the graphics library said.
        reason: String,
    },
    /// The program failed before the window was there: a fault of ours.
    #[error("the window could not be opened: {reason}")]
    Unopened {
        /// What is known.
        reason: String,
    },
    /// The engine could not be started.
    #[error("the engine could not be started")]
    Engine(#[source] std::io::Error),
    /// The window was open, then the program failed: a fault of ours.
    #[error("the window failed: {reason}")]
    Failed {
        /// What is known.
        reason: String,
    },
}

impl WindowError {
    /// What to do about it, in lines a terminal can show.
    pub fn advice(&self) -> &'static str {
        match self {
            Self::NoDisplay | Self::DisplayRefused { .. } => {
                "Start it in a graphical session. Everything also works in the terminal: see `roundtrip --help`."
            }
            Self::MissingLibrary { .. } => {
                "On Debian or Ubuntu: sudo apt install libx11-6 libxcursor1 libxi6 libx11-xcb1 libxkbcommon-x11-0\n\
                 and, to draw: mesa-vulkan-drivers (or libegl1 libgl1-mesa-dri)."
            }
            Self::NoGraphics { .. } => {
                "On Debian or Ubuntu: sudo apt install mesa-vulkan-drivers (or libegl1 libgl1-mesa-dri)."
            }
            Self::Engine(_) => "The machine is out of threads or memory: close something and try again.",
            Self::Unopened { .. } | Self::Failed { .. } => {
                "This is a fault of Roundtrip. Please report it with the line above."
            }
        }
    }

    /// Was the window never shown, so that the terminal may take over?
    pub fn is_before_the_window(&self) -> bool {
        !matches!(self, Self::Failed { .. })
    }
}

/// Opens the window and stays until it is closed.
///
/// # Errors
/// [`WindowError`]: no display, a missing library, no graphics driver, no engine; nothing is printed and nothing panics.
pub fn run(options: &WindowOptions) -> Result<(), WindowError> {
    if !has_display() {
        return Err(WindowError::NoDisplay);
    }
    let file = if options.forgetful { None } else { state::usual_file() };
    let (saved, notice) = file.as_deref().map_or_else(Default::default, state::load);
    let told = options.notice.as_ref().map(|(what, advice)| Notice::problem(what).advising(advice));
    let notices: Vec<Notice> = notice.into_iter().chain(told).collect();
    let (lab, stores, saved_run) = (options.lab.clone(), options.stores.clone(), options.saved_run.clone());
    let native = native_options(&saved);
    let opened = Arc::new(AtomicBool::new(false));
    let hook = PanicSilencer::until(Arc::clone(&opened));
    let first_frame_only = options.first_frame_only;
    let shown = Arc::clone(&opened);
    let outcome = panic::catch_unwind(AssertUnwindSafe(|| {
        eframe::run_native(
            NAME,
            native,
            Box::new(move |creation| {
                let waker = Waker::from(Arc::new(Repaint(creation.egui_ctx.clone())));
                let engine = Bridge::start(waker, lab.clone(), stores)?;
                let shell = Shell::new(&creation.egui_ctx, Box::new(engine), &saved, file);
                let mut shell = shell.on_lab(lab);
                for notice in notices {
                    shell.tell(notice);
                }
                if let Some(file) = saved_run {
                    shell.open(file);
                }
                Ok(Box::new(Window {
                    shell,
                    opened: shown,
                    first_frame_only,
                    frames: 0,
                    ctx: creation.egui_ctx.clone(),
                }))
            }),
        )
    }));
    drop(hook);
    let was_open = opened.load(Ordering::Relaxed);
    match outcome {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(translated(error, was_open)),
        Err(payload) => Err(from_panic(payload.as_ref(), was_open)),
    }
}

/// The shell, and what is only known while a real window is open.
struct Window {
    shell: Shell,
    opened: Arc<AtomicBool>,
    first_frame_only: bool,
    frames: u32,
    ctx: Context,
}

impl eframe::App for Window {
    fn logic(&mut self, ctx: &Context, _frame: &mut eframe::Frame) {
        if self.first_frame_only && self.frames == 1 {
            // Nobody may be reading; measuring then simply sees no line.
            writeln!(std::io::stdout(), "first frame").ok();
            ctx.send_viewport_cmd(ViewportCommand::Close);
        }
        self.shell.between_frames(ctx);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        self.shell.paint(ui);
        self.frames = self.frames.saturating_add(1);
        self.opened.store(true, Ordering::Relaxed);
        if self.first_frame_only {
            ui.ctx().request_repaint();
        }
    }

    fn on_exit(&mut self) {
        self.shell.keep_now(&self.ctx);
    }

    /// The ground of the whole window. What is cleared need not be filled: a software renderer's frame costs by the filled point.
    fn clear_color(&self, visuals: &egui::Visuals) -> [f32; 4] {
        Theme::by_darkness(visuals.dark_mode).window.to_normalized_gamma_f32()
    }

    fn persist_egui_memory(&self) -> bool {
        false
    }
}

/// Wakes the window when the engine has something new.
struct Repaint(Context);

impl Wake for Repaint {
    fn wake(self: Arc<Self>) {
        self.0.request_repaint();
    }
}

/// Keeps panics off the terminal while the window is being opened: they are translated instead.
struct PanicSilencer;

impl PanicSilencer {
    fn until(opened: Arc<AtomicBool>) -> Self {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if opened.load(Ordering::Relaxed) {
                usual(info);
            }
        }));
        Self
    }
}

impl Drop for PanicSilencer {
    fn drop(&mut self) {
        // The usual hook of the standard library from here on.
        drop(panic::take_hook());
    }
}

fn native_options(saved: &SavedWindow) -> eframe::NativeOptions {
    let size = saved.window.map_or(vec2(1440.0, 900.0), |window| vec2(window.width, window.height));
    let viewport = ViewportBuilder::default()
        .with_title(TITLE)
        .with_app_id(NAME)
        .with_icon(icon())
        .with_inner_size(size.max(LEAST))
        .with_min_inner_size(LEAST)
        .with_maximized(saved.window.is_some_and(|window| window.maximized));
    // Nothing here is a gradient, so there is nothing to dither.
    eframe::NativeOptions { viewport, persist_window: false, dithering: false, ..Default::default() }
}

/// A ring and a dot, drawn here so that no decoder is needed: the same as `assets/icon/roundtrip.svg`.
fn icon() -> IconData {
    let mut rgba = Vec::with_capacity((ICON * ICON * 4) as usize);
    for y in 0..ICON {
        for x in 0..ICON {
            rgba.extend_from_slice(&icon_pixel(x, y));
        }
    }
    IconData { rgba, width: ICON, height: ICON }
}

fn icon_pixel(x: u32, y: u32) -> [u8; 4] {
    let middle = (ICON as f32 - 1.0) / 2.0;
    let from_middle = ((x as f32 - middle).powi(2) + (y as f32 - middle).powi(2)).sqrt() / (ICON as f32 / 2.0);
    let edge = 2.0 / ICON as f32;
    let disc = |radius: f32| ((radius - from_middle) / edge + 0.5).clamp(0.0, 1.0);
    let ring = disc(0.94) - disc(0.72);
    let cover = ring.max(disc(0.40));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 255")]
    let alpha = (cover * 255.0) as u8;
    [0x0B, 0x62, 0xC4, alpha]
}

#[cfg(all(unix, not(target_os = "macos")))]
fn has_display() -> bool {
    ["WAYLAND_DISPLAY", "WAYLAND_SOCKET", "DISPLAY"]
        .iter()
        .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

#[cfg(not(all(unix, not(target_os = "macos"))))]
fn has_display() -> bool {
    true
}

fn translated(error: eframe::Error, was_open: bool) -> WindowError {
    let reason = match error {
        eframe::Error::AppCreation(error) => match error.downcast::<std::io::Error>() {
            Ok(error) => return WindowError::Engine(*error),
            Err(error) => error.to_string(),
        },
        eframe::Error::Wgpu(error) => return WindowError::NoGraphics { reason: one_line(&error.to_string()) },
        other => other.to_string(),
    };
    from_reason(&reason, was_open, |reason| WindowError::DisplayRefused { reason })
}

fn from_panic(payload: &(dyn Any + Send), was_open: bool) -> WindowError {
    let text = payload.downcast_ref::<String>().map(String::as_str).or_else(|| payload.downcast_ref::<&str>().copied());
    from_reason(text.unwrap_or("unknown"), was_open, |reason| WindowError::Unopened { reason })
}

fn from_reason(reason: &str, was_open: bool, otherwise: impl FnOnce(String) -> WindowError) -> WindowError {
    let reason = without_place(&one_line(reason)).to_owned();
    let lower = reason.to_lowercase();
    let about = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    if was_open {
        WindowError::Failed { reason }
    } else if about(&["library", "libraries", "could not be loaded", "dlopen", ".so"]) {
        WindowError::MissingLibrary { reason }
    } else if about(&["adapter", "wgpu", "vulkan", "egl", "opengl", "surface"]) {
        WindowError::NoGraphics { reason }
    } else {
        otherwise(reason)
    }
}

/// The same without where in a library's source it was said: that does not help a reader.
fn without_place(text: &str) -> &str {
    let after = |place: &str| text.rsplit_once(place).and_then(|(_, rest)| rest.split_once(": ")).map(|(_, rest)| rest);
    after(".rs:").filter(|rest| !rest.is_empty()).unwrap_or(text)
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

const NAME: &str = "roundtrip";
const TITLE: &str = "Roundtrip";
const LEAST: egui::Vec2 = vec2(1000.0, 640.0);
const ICON: u32 = 64;

#[cfg(test)]
mod a_window_that_cannot_be_opened {
    use super::{WindowError, from_panic, from_reason, icon};

    #[test]
    fn for_want_of_a_library_names_the_packages() {
        let panic: Box<dyn std::any::Any + Send> = Box::new("Library libxkbcommon-x11.so could not be loaded.");
        let error = from_panic(panic.as_ref(), false);
        assert!(matches!(error, WindowError::MissingLibrary { .. }));
        assert!(error.advice().contains("libxkbcommon-x11-0"));
        assert!(error.is_before_the_window());
        let said = "os error at /src/mod.rs:788: Failed to load one of xlib's shared libraries";
        let error = from_reason(said, false, |reason| WindowError::DisplayRefused { reason });
        assert!(matches!(error, WindowError::MissingLibrary { .. }));
    }

    #[test]
    fn for_want_of_a_driver_names_the_packages() {
        let reason = "WGPU error: Failed to create wgpu adapter, no suitable adapter found";
        let error = from_reason(reason, false, |reason| WindowError::DisplayRefused { reason });
        assert!(matches!(error, WindowError::NoGraphics { .. }));
        assert!(error.advice().contains("mesa-vulkan-drivers"));
    }

    #[test]
    fn because_of_a_panic_says_one_line() {
        let payload: Box<dyn std::any::Any + Send> = Box::new("called\n  unwrap on\tNone".to_owned());
        assert_eq!(
            from_panic(payload.as_ref(), false).to_string(),
            "the window could not be opened: called unwrap on None"
        );
        assert!(!from_panic(payload.as_ref(), true).is_before_the_window());
    }

    #[test]
    fn because_of_its_display_says_so_without_source_files() {
        let reason = "winit EventLoopError: os error at /src/platform_impl/linux/mod.rs:788: Failed to open connection";
        let error = from_reason(reason, false, |reason| WindowError::DisplayRefused { reason });
        assert_eq!(error.to_string(), "the display could not be opened: Failed to open connection");
    }

    #[test]
    fn has_an_icon_all_the_same() {
        let icon = icon();
        assert_eq!(icon.rgba.len(), (icon.width * icon.height * 4) as usize);
        assert!(icon.rgba.chunks(4).any(|pixel| pixel[3] == 255));
        assert_eq!(icon.rgba[3], 0, "the corner is clear");
    }
}
