//! What the whole window looks like. Pictures need a Vulkan driver (lavapipe does), so they are behind the `pictures` feature.

use egui::{Theme, vec2};
use egui_kittest::{Harness, SnapshotResults, kittest::Queryable as _};

use super::{
    script::ScriptedEngine,
    shell::Shell,
    state::SavedWindow,
    subject::TabId,
    tabs::{TABS, browse, page_load},
    theme,
};

/// The window on `tab`, with what it asks for done for real, in virtual time.
fn window(tab: TabId, dark: bool, size: (f32, f32)) -> Harness<'static, Option<Shell>> {
    enlarged_window(tab, dark, size, 1.0)
}

/// The same with text so many times as large as usual, in a window of `size` pixels.
fn enlarged_window(tab: TabId, dark: bool, size: (f32, f32), zoom: f32) -> Harness<'static, Option<Shell>> {
    let script = ScriptedEngine::default();
    let preference = if dark { egui::ThemePreference::Dark } else { egui::ThemePreference::Light };
    let saved = SavedWindow { shown: tab.0.to_owned(), theme: preference, ..SavedWindow::default() };
    let paint = move |ui: &mut egui::Ui, shell: &mut Option<Shell>| {
        let shell = shell.get_or_insert_with(|| Shell::new(ui.ctx(), Box::new(script.clone()), &saved, None));
        script.serve();
        // The real window is cleared with its ground.
        ui.painter().rect_filled(ui.ctx().content_rect(), 0.0, theme::Theme::of(ui).window);
        shell.between_frames(ui.ctx());
        shell.paint(ui);
    };
    let mut harness = Harness::builder()
        .with_size(vec2(size.0, size.1) / zoom)
        .with_pixels_per_point(zoom)
        .with_theme(if dark { Theme::Dark } else { Theme::Light })
        .wgpu()
        .with_context_setup(theme::install)
        .build_ui_state(paint, None);
    harness.run_steps(8);
    harness
}

#[test]
fn every_tab_looks_as_before() {
    let sizes = [("light", false, (1440.0, 900.0)), ("dark", true, (1440.0, 900.0)), ("small", false, (1000.0, 640.0))];
    let mut results = SnapshotResults::new();
    for tab in TABS {
        for (name, dark, size) in sizes {
            let mut window = window(tab.id, dark, size);
            if tab.id == browse::TAB.id {
                until_the_page_is_drawn(&mut window);
            }
            window.snapshot(format!("window-{}-{name}", tab.id.0));
            results.extend(window.take_snapshot_results());
        }
    }
}

#[test]
fn every_tab_fits_on_a_projector() {
    let mut results = SnapshotResults::new();
    for tab in TABS {
        let mut window = enlarged_window(tab.id, false, (1280.0, 720.0), 1.5);
        if tab.id == browse::TAB.id {
            until_the_page_is_drawn(&mut window);
        }
        window.snapshot(format!("window-{}-projector", tab.id.0));
        results.extend(window.take_snapshot_results());
    }
}

/// A page is laid out and painted by a thread of its own, which says its title when it has done that for the first time. Then come its
/// pictures.
fn until_the_page_is_drawn(window: &mut Harness<'static, Option<Shell>>) {
    let mut steps_with_title = 0;
    for _ in 0..20_000 {
        steps_with_title += usize::from(window.query_by_label_contains("Page: Department").is_some());
        if steps_with_title > STEPS_FOR_PICTURES {
            return;
        }
        window.step();
        std::thread::yield_now();
    }
    panic!("no page was drawn");
}

/// Frames in which a page's pictures have long arrived.
const STEPS_FOR_PICTURES: usize = 300;

#[test]
fn the_sweep() {
    let mut harness = window(page_load::TAB.id, false, (1440.0, 900.0));
    harness.get_by_label("Sweep…").click();
    harness.run_steps(8);
    harness.snapshot("window-sweep-light");
}
