//! What the view looks like. Pictures need a Vulkan driver (lavapipe does), so they are behind the `pictures` feature.

use egui::Theme;
use egui_kittest::{Harness, kittest::Queryable as _};

use crate::app::kit::stage::window_of;

use super::super::{DnsStage, DnsWindow};

/// The tab alone, as high as it is above the drawer, with everything that was sent answered.
fn window(dark: bool, size: [f32; 2]) -> DnsWindow {
    let theme = if dark { Theme::Dark } else { Theme::Light };
    let mut window = window_of(Harness::builder().with_size(size).with_theme(theme).wgpu(), DnsStage::at_message());
    window.state_mut().serve();
    window.run_steps(4);
    window
}

/// Sends a message worth trying.
fn tried(mut window: DnsWindow, name: &str) -> DnsWindow {
    window.get_by_label(name).click();
    window.run_steps(2);
    window.get_by_label("▶ Send").click();
    window.run_steps(2);
    window.state_mut().serve();
    window.run_steps(4);
    window
}

const LARGE: [f32; 2] = [1_440.0, 624.0];
const SMALL: [f32; 2] = [1_000.0, 394.0];

#[test]
fn a_question_and_its_reply() {
    window(false, LARGE).snapshot("dns-message-light");
}

#[test]
fn a_broken_message_in_the_dark() {
    tried(window(true, LARGE), "a compression loop").snapshot("dns-message-broken-dark");
}

#[test]
fn in_a_small_window() {
    tried(window(false, SMALL), "the root, RD = 0").snapshot("dns-message-small");
}
