//! What a student hands in from the drawer, and what it shows of a record that no experiment has summed up.

use egui_kittest::{Harness, kittest::Queryable as _};

use super::{
    drawer::{Drawer, DrawerContent, DrawerView},
    samples::Sample,
};
use crate::{
    app::{
        hand_in::stories::{handed_picture, handed_table},
        theme,
    },
    engine::timing::ObjectTiming,
};

fn window(sample: Sample, view: DrawerView, summed_up: bool) -> Harness<'static, Drawer> {
    let mut drawer = Drawer::default();
    drawer.show_view(view);
    let paint = move |ui: &mut egui::Ui, drawer: &mut Drawer| {
        let objects: Vec<&ObjectTiming> = if summed_up { sample.objects.iter().collect() } else { Vec::new() };
        let shown = DrawerContent { scene: sample.scene(), objects: &objects, pick: None };
        drawer.follow(ui, &shown);
        drawer.ui(ui, &shown);
    };
    let builder = Harness::builder().with_size([1_280.0, 206.0]).with_context_setup(theme::install);
    let mut window = builder.build_ui_state(paint, drawer);
    window.run_steps(4);
    window
}

#[test]
fn a_waterfall_is_handed_in_with_the_rows_that_are_out_of_sight() {
    let mut window = window(Sample::over(3, 30, 20_000, true), DrawerView::Waterfall, true);
    window.get_by_label_contains("more rows below");
    let svg = handed_picture(&mut window, "waterfall");
    for words in ["<title>Waterfall</title>", ">home.index<", ">img01.jpg<", ">img30.jpg<", ">wait<", ">0 s<"] {
        assert!(svg.contains(words), "{words} in {svg}");
    }
    assert!(!svg.contains(">connections<"), "no control is in it");
    let csv = handed_table(&mut window, "waterfall");
    assert!(csv.starts_with("URL,status,type,failure,connection,request (octets),"), "{csv}");
    assert_eq!(csv.lines().count(), 32);
}

#[test]
fn a_record_that_nobody_summed_up_has_its_waterfall_too() {
    let mut window = window(Sample::over(3, 10, 100_000, true), DrawerView::Waterfall, false);
    window.get_by_label_contains("home.index, 200, html, ");
    let csv = handed_table(&mut window, "waterfall");
    assert_eq!(csv.lines().count(), 12);
}

#[test]
fn flows_and_arrows_are_handed_in_as_tables() {
    let mut flows = window(Sample::over(3, 10, 100_000, true), DrawerView::Flows, true);
    let csv = handed_table(&mut flows, "flows");
    assert!(csv.starts_with("number,local,remote,state,sent (octets),received (octets),"), "{csv}");
    assert_eq!(csv.lines().count(), 4);
    let mut ladder = window(Sample::persistent(3, 20_000), DrawerView::Ladder, true);
    let csv = handed_table(&mut ladder, "ladder");
    assert!(csv.starts_with("connection,from,to,message,size (octets),first octet sent (s),"), "{csv}");
    for arrow in [",SYN,0,", ",SYN-ACK,0,", ",FIN,0,"] {
        assert!(csv.contains(arrow), "{arrow} in {csv}");
    }
    let svg = handed_picture(&mut ladder, "ladder");
    for words in ["Space–time diagram", ">SYN<", ">www.someschool.edu<"] {
        assert!(svg.contains(words), "{words} in {svg}");
    }
}
