//! Boxes never overlap, whatever the steps; every message has its way; many are laid out in no time.

use std::time::Duration;

use egui::vec2;
use proptest::prelude::*;

use super::*;
use crate::app::tabs::dns::resolve::fixtures;

const ROOM: Vec2 = vec2(740.0, 520.0);

fn are_apart(layout: &Layout) -> bool {
    let boxes = &layout.boxes;
    boxes.iter().enumerate().all(|(at, one)| {
        one.is_positive()
            && layout.bounds.contains_rect(*one)
            && boxes[at + 1..].iter().all(|other| !one.intersects(*other))
    })
}

#[test]
fn the_notes_lookup_looks_like_the_notes_drawing() {
    let layout = Layout::of(&fixtures::gaia(), ROOM);
    let at = |name: &str| {
        let place = layout.people.all.iter().position(|person| person.name == name).unwrap();
        layout.boxes[place].center()
    };
    let [you, local, root, tld, zone] =
        ["cis.poly.edu", "dns.poly.edu", "a.root-servers.net", "a.edu-servers.net", "dns1.umass.edu"].map(at);
    assert!(you.y > local.y && you.x < local.x, "you below and left of the local name server");
    assert!(
        root.y < tld.y && tld.y < zone.y && root.x < tld.x && tld.x < zone.x,
        "deeper servers lower and to the right"
    );
    assert!(local.x < root.x && root.y < local.y);
    assert!(layout.bounds.width() <= ROOM.x + 60.0 && layout.bounds.height() <= ROOM.y + 60.0, "{:?}", layout.bounds);
    assert_eq!(layout.edges.len(), 8);
    assert!(layout.edges.iter().all(|edge| edge.label.is_some()), "there is room for all words");
}

#[test]
fn words_cover_neither_boxes_nor_each_other() {
    for steps in [fixtures::gaia(), fixtures::recursive(), fixtures::troubled()] {
        for room in [ROOM, vec2(452.0, 320.0), vec2(1_400.0, 800.0)] {
            let layout = Layout::of(&steps, room);
            let words: Vec<Rect> = layout.edges.iter().filter_map(|edge| Some(edge.label.as_ref()?.0)).collect();
            for (at, one) in words.iter().enumerate() {
                assert!(words[at + 1..].iter().all(|other| !one.intersects(*other)));
                assert!(layout.boxes.iter().all(|other| !one.intersects(*other)));
            }
            assert!(are_apart(&layout));
        }
    }
}

#[test]
fn nothing_to_lay_out_is_laid_out() {
    let layout = Layout::of(&[], ROOM);
    assert!(layout.boxes.is_empty() && layout.edges.is_empty() && layout.bounds.is_positive());
}

#[test]
#[expect(clippy::disallowed_methods, reason = "how long it takes is real time")]
fn hundreds_are_laid_out_within_a_frame() {
    let steps = fixtures::many(300);
    let begun = std::time::Instant::now();
    let layout = Layout::of(&steps, ROOM);
    let took = begun.elapsed();
    assert!(are_apart(&layout));
    assert!(layout.people.all.len() >= 300);
    let limit = if cfg!(debug_assertions) { 400 } else { 16 };
    assert!(took < Duration::from_millis(limit), "{took:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn boxes_never_overlap(
        seeds in proptest::collection::vec((0_u32..40, 0_u32..400, 0_u8..6, 0_u8..12, any::<bool>()), 0..400),
        width in 300.0_f32..1_600.0,
        height in 200.0_f32..1_000.0,
    ) {
        let steps = fixtures::random(&seeds);
        let layout = Layout::of(&steps, vec2(width, height));
        prop_assert!(are_apart(&layout));
        prop_assert_eq!(layout.people.ends.len(), steps.len());
        prop_assert!(layout.edges.windows(2).all(|two| two[0].told < two[1].told));
        for edge in &layout.edges {
            prop_assert!(edge.curve.0.iter().all(|point| point.x.is_finite() && point.y.is_finite()));
        }
    }
}
