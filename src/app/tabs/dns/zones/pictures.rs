//! What the view looks like. Pictures need a Vulkan driver (lavapipe does), so they are behind the `pictures` feature.

use egui::Theme;
use egui_kittest::{Harness, kittest::Queryable as _};

use crate::app::kit::stage::window_of;

use super::{
    super::{DnsStage, DnsWindow},
    stories::{answer, desk},
};

/// The tab alone, as high as it is above the drawer.
fn window(dark: bool, size: [f32; 2]) -> DnsWindow {
    let theme = if dark { Theme::Dark } else { Theme::Light };
    let mut window = window_of(Harness::builder().with_size(size).with_theme(theme).wgpu(), desk(DnsStage::default()));
    answer(&mut window);
    window
}

#[test]
fn a_name_that_is_registered_and_not_yet_served() {
    let mut window = window(false, [1_440.0, 624.0]);
    window.get_by_label("Register").click();
    window.run_steps(3);
    answer(&mut window);
    window.snapshot("dns-zones");
}

#[test]
fn a_zone_with_faults() {
    let mut window = window(true, [1_000.0, 394.0]);
    "umass.edu.".clone_into(&mut window.state_mut().tab.zones.kept.shown);
    window.run_steps(2);
    for line in ["Add a line: alias CNAME www", "Add a line: part NS dns.part"] {
        window.get_by_label(line).click();
        window.run_steps(2);
    }
    window.state_mut().tab.zones.kept.write_for_test("umass.edu.", "alias A 192.0.2.1");
    window.run_steps(4);
    window.snapshot("dns-zones-faults");
}
