//! What the tab looks like. Pictures need a Vulkan driver (lavapipe does), so they are behind the `pictures` feature. The notes' own
//! lookup is among the pictures of the whole window.

use std::time::Duration;

use egui::Theme;
use egui_kittest::{Harness, kittest::Queryable as _};

use crate::app::kit::stage::window_of;

use super::{
    super::{DnsStage, DnsWindow},
    fixtures,
};
use crate::proto::dns::trace::ResolutionStep;

/// The tab alone, as high as it is above the drawer.
fn window(dark: bool, size: [f32; 2], steps: Vec<ResolutionStep>) -> DnsWindow {
    let theme = if dark { Theme::Dark } else { Theme::Light };
    let mut window = window_of(Harness::builder().with_size(size).with_theme(theme).wgpu(), DnsStage::default());
    window.state_mut().answer(steps);
    window.run_steps(4);
    window
}

const LARGE: [f32; 2] = [1_440.0, 624.0];
const SMALL: [f32; 2] = [1_000.0, 394.0];

#[test]
fn halfway() {
    let mut window = window(false, LARGE, fixtures::gaia());
    window.state_mut().moment = Some(Duration::from_millis(30));
    window.run_steps(3);
    window.snapshot("dns-halfway");
}

#[test]
fn every_server_asking_the_next() {
    window(false, LARGE, fixtures::recursive()).snapshot("dns-recursive");
}

#[test]
fn an_alias_and_servers_that_say_nothing() {
    window(false, LARGE, fixtures::troubled()).snapshot("dns-troubled");
}

#[test]
fn an_alias_and_servers_that_say_nothing_in_the_dark() {
    window(true, LARGE, fixtures::troubled()).snapshot("dns-troubled-dark");
}

#[test]
fn one_search_leading_to_others() {
    let seeds: Vec<_> = (0..34_u32)
        .map(|at| (0, at, u8::try_from(at % 3).unwrap(), u8::try_from(at / 3 % 4).unwrap(), at % 5 == 4))
        .collect();
    window(false, LARGE, fixtures::random(&seeds)).snapshot("dns-searches");
}

#[test]
fn the_caches() {
    let mut window = window(true, SMALL, fixtures::gaia());
    window.get_by_label("View: Caches").click();
    window.run_steps(3);
    window.snapshot("dns-caches");
}

#[test]
fn the_table() {
    let mut window = window(false, LARGE, fixtures::troubled());
    window.get_by_label("View: Table").click();
    window.run_steps(3);
    window.snapshot("dns-table");
}
