//! What the view looks like. Pictures need a Vulkan driver (lavapipe does), so they are behind the `pictures` feature.

use egui::Theme;
use egui_kittest::{Harness, kittest::Queryable as _};

use crate::app::kit::stage::window_of;

use super::super::{DnsStage, DnsWindow};

/// The view with the report of a day, as high as it is above the drawer.
fn window(dark: bool, size: [f32; 2], prepare: impl FnOnce(&mut super::SavedDay)) -> DnsWindow {
    let theme = if dark { Theme::Dark } else { Theme::Light };
    let mut shell = DnsStage::at_the_day();
    prepare(&mut shell.tab.day.kept);
    let mut window = window_of(Harness::builder().with_size(size).with_theme(theme).wgpu(), shell);
    window.state_mut().live();
    window.run_steps(4);
    window
}

const LARGE: [f32; 2] = [1_440.0, 624.0];
const SMALL: [f32; 2] = [1_000.0, 394.0];

#[test]
fn a_day() {
    window(false, LARGE, |_| {}).snapshot("dns-day");
}

#[test]
fn an_address_that_changes() {
    window(true, LARGE, |kept| kept.changes = true).snapshot("dns-day-changed");
}

#[test]
fn queries_in_a_small_window() {
    let mut window = window(true, SMALL, |_| {});
    window.get_by_label("Hour by hour: queries").click();
    window.run_steps(3);
    window.snapshot("dns-day-queries");
}

#[test]
fn as_a_table() {
    let mut window = window(false, SMALL, |_| {});
    window.get_by_label("View: Table").click();
    window.run_steps(3);
    window.snapshot("dns-day-table");
}
