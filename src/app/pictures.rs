//! What the whole window looks like. Pictures need a Vulkan driver (lavapipe does), so they are behind the `pictures` feature.

use egui::{Theme, vec2};
use egui_kittest::{Harness, kittest::Queryable as _};

use super::{script::Script, shell::Shell, state::Saved, tabs::TabId, theme};

/// The window on `tab`, with what it asks for done for real, in virtual time.
fn window(tab: TabId, dark: bool, size: (f32, f32)) -> Harness<'static, Option<Shell>> {
    let script = Script::default();
    let preference = if dark { egui::ThemePreference::Dark } else { egui::ThemePreference::Light };
    let saved = Saved { shown: tab, theme: preference, ..Saved::default() };
    let paint = move |ui: &mut egui::Ui, shell: &mut Option<Shell>| {
        let shell = shell.get_or_insert_with(|| Shell::new(ui.ctx(), Box::new(script.clone()), &saved, None));
        script.serve();
        // The real window is cleared with its ground.
        ui.painter().rect_filled(ui.ctx().content_rect(), 0.0, theme::Theme::of(ui).window);
        shell.between_frames(ui.ctx());
        shell.paint(ui);
    };
    let mut harness = Harness::builder()
        .with_size(vec2(size.0, size.1))
        .with_theme(if dark { Theme::Dark } else { Theme::Light })
        .wgpu()
        .with_context_setup(theme::install)
        .build_ui_state(paint, None);
    harness.run_steps(8);
    harness
}

fn looks_as_before(name: &str, tab: TabId, dark: bool, size: (f32, f32)) {
    window(tab, dark, size).snapshot(name);
}

#[test]
fn the_page_load_tab_in_the_light() {
    looks_as_before("window-page-load-light", TabId::PageLoad, false, (1440.0, 900.0));
}

#[test]
fn the_page_load_tab_in_the_dark() {
    looks_as_before("window-page-load-dark", TabId::PageLoad, true, (1440.0, 900.0));
}

#[test]
fn the_page_load_tab_in_a_small_window() {
    looks_as_before("window-page-load-small", TabId::PageLoad, false, (1000.0, 640.0));
}

#[test]
fn the_sweep() {
    let mut harness = window(TabId::PageLoad, false, (1440.0, 900.0));
    harness.get_by_label("Sweep…").click();
    harness.run_steps(8);
    harness.snapshot("window-sweep-light");
}

#[test]
fn the_dns_tab_in_the_light() {
    looks_as_before("window-dns-light", TabId::Dns, false, (1440.0, 900.0));
}

#[test]
fn the_dns_tab_in_the_dark() {
    looks_as_before("window-dns-dark", TabId::Dns, true, (1440.0, 900.0));
}

#[test]
fn the_dns_tab_in_a_small_window() {
    looks_as_before("window-dns-small", TabId::Dns, false, (1000.0, 640.0));
}
