//! What the parts look like. Pictures need a Vulkan driver, so they are behind the `pictures` feature.

use std::time::Duration;

use egui::{Theme, Ui, vec2};
use egui_kittest::{Harness, SnapshotResults};

use super::{
    RecordIndex,
    conversation::ConversationView,
    drawer::{Drawer, DrawerContent},
    flows::flows_ui,
    ladder::Ladder,
    octets::OctetsView,
    playhead::Playhead,
    samples::{Sample, millis},
    waterfall::{Account, Waterfall},
};
use crate::app::theme;

/// A part alone on a panel of the window's width.
fn picture(results: &mut SnapshotResults, name: &str, dark: bool, size: (f32, f32), mut part: impl FnMut(&mut Ui)) {
    let theme = if dark { Theme::Dark } else { Theme::Light };
    let mut harness = Harness::builder()
        .with_size(vec2(size.0, size.1))
        .with_theme(theme)
        .wgpu()
        .with_context_setup(theme::install)
        .build_ui(|ui| {
            egui::Frame::new().fill(theme::Theme::of(ui).panel).show(ui, |ui| {
                ui.set_min_size(ui.available_size());
                part(ui);
            });
        });
    harness.run_steps(3);
    let name = format!("{name}-{}", if dark { "dark" } else { "light" });
    harness.snapshot(name);
    results.extend_harness(&mut harness);
}

fn synced(sample: &Sample) -> RecordIndex {
    let mut index = RecordIndex::default();
    assert!(index.sync(&sample.scene(), usize::MAX));
    index
}

#[test]
fn the_waterfall() {
    let sample = Sample::over(3, 10, 100_000, true);
    let index = synced(&sample);
    let mut results = SnapshotResults::new();
    for dark in [false, true] {
        let (mut waterfall, mut playhead) = (Waterfall::default(), Playhead::default());
        playhead.seek(millis(700));
        picture(&mut results, "waterfall", dark, (1440.0, 206.0), |ui| {
            let range = Duration::ZERO..=sample.ledger.ends_at();
            ui.horizontal(|ui| playhead.ui(ui, &range, &index, 400.0));
            let until = playhead.moment_until(*range.end());
            waterfall.ui(ui, &sample.objects, &Account::of(&sample.objects), (Duration::ZERO, until), Some(2));
        });
    }
}

#[test]
fn the_octets() {
    let sample = Sample::over(3, 10, 100_000, true);
    let index = synced(&sample);
    let mut results = SnapshotResults::new();
    for dark in [false, true] {
        let mut octets = OctetsView::default();
        picture(&mut results, "octets", dark, (1440.0, 300.0), |ui| {
            octets.ui(ui, &sample.scene(), &index, millis(700), None);
        });
    }
}

#[test]
fn the_flows() {
    let mut results = SnapshotResults::new();
    for (name, sample) in [("flows", Sample::over(3, 10, 100_000, true)), ("flows-troubled", Sample::troubled())] {
        let index = synced(&sample);
        for dark in [false, true] {
            picture(&mut results, name, dark, (1440.0, 166.0), |ui| {
                flows_ui(ui, &sample.scene(), &index, sample.ledger.ends_at() * 9 / 10, None);
            });
        }
    }
}

#[test]
fn the_drawer() {
    let sample = Sample::over(3, 10, 100_000, true);
    let objects: Vec<_> = sample.objects.iter().collect();
    let mut results = SnapshotResults::new();
    for dark in [false, true] {
        let mut drawer = Drawer::default();
        picture(&mut results, "drawer", dark, (1440.0, 206.0), |ui| {
            let shown = DrawerContent { scene: sample.scene(), objects: &objects, pick: None };
            drawer.follow(ui, &shown);
            drawer.ui(ui, &shown);
        });
    }
}

#[test]
fn the_ladder() {
    let mut results = SnapshotResults::new();
    let samples = [
        ("ladder", Sample::persistent(10, 100_000), 166.0),
        ("ladder-parallel", Sample::over(3, 10, 100_000, true), 300.0),
        ("ladder-pipelined", Sample::pipelined(10, 20_000), 166.0),
        ("ladder-troubled", Sample::troubled(), 166.0),
        ("ladder-sealed", Sample::sealed(true), 166.0),
        ("ladder-starttls", Sample::starttls(true), 240.0),
        ("ladder-internet", Sample::over(1, 4, 100_000, false), 166.0),
    ];
    for (name, sample, height) in samples {
        let index = synced(&sample);
        let mut upright = Ladder::default();
        upright.stand(true);
        picture(&mut results, &format!("{name}-upright"), false, (700.0, 500.0), |ui| {
            upright.ui(ui, &sample.scene(), &index, sample.ledger.ends_at(), None);
        });
        for dark in [false, true] {
            let mut ladder = Ladder::default();
            let until = sample.ledger.ends_at() * 19 / 20;
            picture(&mut results, name, dark, (1440.0, height + 16.0), |ui| {
                ladder.ui(ui, &sample.scene(), &index, until, None);
            });
        }
    }
}

#[test]
fn the_conversation() {
    let mut results = SnapshotResults::new();
    let samples = [
        ("conversation", Sample::persistent(3, 20_000)),
        ("conversation-troubled", Sample::troubled()),
        ("conversation-starttls", Sample::starttls(true)),
    ];
    for (name, sample) in samples {
        let index = synced(&sample);
        for dark in [false, true] {
            let mut conversation = ConversationView::default();
            let until = sample.ledger.ends_at() * 19 / 20;
            picture(&mut results, name, dark, (1440.0, 560.0), |ui| {
                conversation.ui(ui, &sample.scene(), &index, until, None);
            });
        }
    }
}
