//! What the view looks like. Pictures need a Vulkan driver (lavapipe does), so they are behind the `pictures` feature.

use egui::Theme;
use egui_kittest::{Harness, kittest::Queryable as _};

use crate::app::kit::stage::window_of;

use super::{
    super::{DnsStage, DnsWindow},
    AttackKind,
};

/// The view with a result, as high as it is above the drawer.
fn window(dark: bool, size: [f32; 2], kind: AttackKind) -> DnsWindow {
    let theme = if dark { Theme::Dark } else { Theme::Light };
    let mut shell = DnsStage::at_the_range();
    shell.tab.attack.kept.kind = kind;
    let mut window = window_of(Harness::builder().with_size(size).with_theme(theme).wgpu(), shell);
    window.state_mut().carry_out();
    window.run_steps(4);
    window
}

const LARGE: [f32; 2] = [1_440.0, 624.0];
const SMALL: [f32; 2] = [1_000.0, 394.0];

#[test]
fn a_poisoning() {
    window(false, LARGE, AttackKind::Poisoning).snapshot("dns-attack-poisoning");
}

#[test]
fn a_poisoning_in_a_small_window() {
    window(true, SMALL, AttackKind::Poisoning).snapshot("dns-attack-poisoning-small");
}

#[test]
fn an_interception() {
    window(true, LARGE, AttackKind::Interception).snapshot("dns-attack-interception");
}

#[test]
fn an_amplification() {
    window(false, SMALL, AttackKind::Amplification).snapshot("dns-attack-amplification");
}

#[test]
fn a_flood() {
    window(false, LARGE, AttackKind::Flood).snapshot("dns-attack-flood");
}

#[test]
fn a_flood_as_a_table() {
    let mut window = window(true, SMALL, AttackKind::Flood);
    window.get_by_label("View: Table").click();
    window.run_steps(3);
    window.snapshot("dns-attack-flood-table");
}
