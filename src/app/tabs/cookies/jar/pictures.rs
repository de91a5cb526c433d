//! What the view looks like. Pictures need a Vulkan driver (lavapipe does), so they are behind the `pictures` feature.

use egui::{Theme, vec2};
use egui_kittest::{Harness, SnapshotResults};

use super::stories::{CookiesWindow, click, visit, window_in};

/// A window in which the shop was visited twice, then other sites.
fn window(dark: bool, size: [f32; 2], zoom: f32) -> CookiesWindow {
    let theme = if dark { Theme::Dark } else { Theme::Light };
    let builder = Harness::builder()
        .with_size(vec2(size[0], size[1]) / zoom)
        .with_pixels_per_point(zoom)
        .with_theme(theme)
        .wgpu();
    let mut window = window_in(builder);
    for address in
        [super::visits::SHOP, "http://www.amazon.com/books/42", "http://www.cnn.com/", "http://cookies.lab/may-not"]
    {
        visit(&mut window, address);
    }
    for address in ["http://www.ebay.com/", "http://www.si.umich.edu/visitcounter.php3", "https://cookies.lab/samesite"]
    {
        visit(&mut window, address);
    }
    visit(&mut window, super::visits::SHOP);
    window
}

#[test]
fn the_jar_after_some_visits() {
    let mut results = SnapshotResults::new();
    for (name, dark, size, zoom) in [
        ("light", false, [1_440.0, 624.0], 1.0),
        ("dark", true, [1_440.0, 624.0], 1.0),
        ("small", false, [1_000.0, 394.0], 1.0),
        ("projector", false, [1_280.0, 500.0], 1.5),
    ] {
        let mut window = window(dark, size, zoom);
        window.run_steps(3);
        window.snapshot(format!("cookies-jar-{name}"));
        results.extend(window.take_snapshot_results());
    }
}

#[test]
fn a_cookie_over_the_table() {
    let mut window = window(true, [1_000.0, 394.0], 1.0);
    click(&mut window, "Cookie viewed = 42 of www.amazon.com");
    window.snapshot("cookies-jar-over");
}

#[test]
fn lines_that_set_nothing() {
    let mut window = window(false, [1_440.0, 624.0], 1.0);
    let refused = window.state().jar.as_ref().map_or(0, |jar| super::lines::refused(&jar.decisions).len());
    click(&mut window, &format!("List: refused {refused}"));
    window.snapshot("cookies-jar-refused");
}
