//! A frame of the window as the benches build it: without a renderer, timed.

use std::time::{Duration, Instant};

use egui::{Context, Event, Key, Modifiers, Pos2, RawInput, Rect, Vec2};
use roundtrip::app::shell::Shell;

/// Builds frame number `frame` of a session at 60 frames a second, and tessellates it; how long that took.
#[expect(clippy::disallowed_methods, reason = "a bench measures wall time")]
pub(crate) fn build(ctx: &Context, shell: &mut Shell, frame: u32, events: Vec<Event>) -> Duration {
    let input = RawInput {
        screen_rect: Some(Rect::from_min_size(Pos2::ZERO, Vec2::new(1440.0, 900.0))),
        time: Some(f64::from(frame) / 60.0),
        events,
        ..RawInput::default()
    };
    let begun = Instant::now();
    let mut output = ctx.run_ui(input, |ui| {
        shell.between_frames(ui.ctx());
        shell.paint(ui);
    });
    output.textures_delta.clear();
    let shapes = ctx.tessellate(output.shapes, output.pixels_per_point);
    let took = begun.elapsed();
    std::hint::black_box(shapes);
    took
}

/// A key goes down or up.
pub(crate) fn key(key: Key, pressed: bool) -> Event {
    Event::Key { key, physical_key: None, pressed, repeat: false, modifiers: Modifiers::NONE }
}

/// As the benches print a time.
pub(crate) fn milliseconds(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1e3)
}
