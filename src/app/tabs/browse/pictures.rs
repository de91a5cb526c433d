//! What the tab looks like. Pictures need a Vulkan driver (lavapipe does), so they are behind the `pictures` feature.

use egui::Theme;
use egui_kittest::{Harness, kittest::Queryable as _};

use super::stories::{BrowseStage, BrowseWindow, served};
use crate::app::kit::stage::window_of;

fn window(dark: bool, size: [f32; 2]) -> BrowseWindow {
    let theme = if dark { Theme::Dark } else { Theme::Light };
    let mut window = window_of(Harness::builder().with_size(size).with_theme(theme).wgpu(), BrowseStage::default());
    served(&mut window);
    window
}

#[test]
fn a_page_beside_its_octets_in_the_light() {
    window(false, [1440.0, 640.0]).snapshot("browse-light");
}

#[test]
fn a_page_beside_its_octets_in_the_dark() {
    window(true, [1440.0, 640.0]).snapshot("browse-dark");
}

#[test]
fn in_a_small_window() {
    window(false, [1000.0, 380.0]).snapshot("browse-small");
}

#[test]
fn a_request_by_hand_and_what_it_earns() {
    let mut window = window(false, [1200.0, 700.0]);
    for label in ["Request", "Request: By hand", "without Host", "Go"] {
        window.get_by_label(label).click();
        window.run_steps(2);
    }
    served(&mut window);
    window.snapshot("browse-by-hand");
}
