//! Walks through all tabs and their views: at the sizes of text and of windows that a projector brings, and by the keyboard alone.

use egui::{Context, Id, Key, Rect, Sense, Shape, vec2};
use egui_kittest::{
    Harness,
    kittest::{NodeT as _, Queryable as _},
};

use super::{SavedWindow, Shell};
use crate::app::{
    keys::NUMBERS,
    script::ScriptedEngine,
    subject::TabId,
    tabs::{TABS, browse, cookies, dns},
    theme::{Theme, size},
};
use crate::engine::stores::Stores;

type Window = Harness<'static, Option<Shell>>;

/// Sizes of a window in points: 1280×720 and 1000×640 pixels with text of the usual size, half as large again, and twice as large.
const SIZES: [[f32; 2]; 6] =
    [[1280.0, 720.0], [1000.0, 640.0], [853.0, 480.0], [667.0, 427.0], [640.0, 360.0], [500.0, 320.0]];

/// From this height on every primary button is in view without scrolling: 1280×720 pixels with text half as large again.
const ALL_IN_VIEW: f32 = 480.0;

/// The edges of panels and the bars for scrolling are not wider; they may lie at the edge of what they belong to.
const SLIM: f32 = 10.0;

/// A window on `tab` in which everything that is asked for is done.
fn window(tab: TabId, size: [f32; 2]) -> Window {
    let script = ScriptedEngine::default();
    if tab == cookies::TAB.id {
        script.0.borrow_mut().stores = Stores::in_memory();
    }
    let saved = SavedWindow { shown: tab.0.to_owned(), ..SavedWindow::default() };
    let paint = move |ui: &mut egui::Ui, shell: &mut Option<Shell>| {
        let shell = shell.get_or_insert_with(|| Shell::new(ui.ctx(), Box::new(script.clone()), &saved, None));
        script.serve();
        shell.between_frames(ui.ctx());
        shell.paint(ui);
    };
    let builder = Harness::builder().with_size(size).with_step_dt(0.05).with_context_setup(crate::app::theme::install);
    let mut window = builder.build_ui_state(paint, None);
    window.run_steps(6);
    // A jar with cookies in it: nothing is visited before the student says so.
    for _ in 0..if tab == cookies::TAB.id { 2 } else { 0 } {
        show_pane(&mut window, "Settings");
        window.get_by_label("▶ Visit the shop").click_accesskit();
        window.run_steps(8);
    }
    window
}

/// The labels of the strip by which a tab shows its views; none where it has none.
fn views(tab: TabId) -> Vec<String> {
    let of_dns = ["Resolve", "Message", "Zones", "Day", "Attack"].map(|view| format!("View of the tab: {view}"));
    if tab == dns::TAB.id { of_dns.to_vec() } else { Vec::new() }
}

/// Shows what a narrow window has under this name, if it is narrow.
fn show_pane(window: &mut Window, name: &str) {
    if let Some(pane) = window.query_by_label(&format!("Shown: {name}")) {
        pane.click_accesskit();
        window.run_steps(3);
    }
}

/// Controls that can be clicked, as they were painted last: which, and where as far as it is in view.
fn clickable(ctx: &Context) -> Vec<(egui::LayerId, Id, Rect)> {
    ctx.viewport(|viewport| {
        let all = viewport
            .prev_pass
            .widgets
            .layers()
            .flat_map(|(layer, widgets)| widgets.iter().map(move |one| (layer, one)));
        let clickable = all.filter(|(_, one)| one.enabled && one.sense.contains(Sense::CLICK));
        let seen = clickable.filter(|(_, one)| one.interact_rect.width() > SLIM && one.interact_rect.height() > SLIM);
        seen.map(|(layer, one)| (*layer, one.id, one.interact_rect)).collect()
    })
}

/// Two controls of one layer overlap where they share more than an edge, and neither stands on the other.
fn assert_nothing_overlaps(window: &Window, at: &str) {
    let all = clickable(&window.ctx);
    for (place, (layer, id, rect)) in all.iter().enumerate() {
        for (other_layer, other_id, other) in &all[place + 1..] {
            let shared = rect.intersect(*other);
            let nested = rect.expand(1.5).contains_rect(*other) || other.expand(1.5).contains_rect(*rect);
            // The parts of a picture that can be moved and enlarged lie where its layout puts them.
            let on_a_picture = all.iter().any(|(_, canvas, room)| {
                ![id, other_id].contains(&canvas) && room.contains_rect(*rect) && room.contains_rect(*other)
            });
            let apart = shared.width() <= 2.0 || shared.height() <= 2.0;
            assert!(
                layer != other_layer || nested || apart || on_a_picture,
                "{at}: {} at {rect} and {} at {other}",
                name_of(window, *id),
                name_of(window, *other_id)
            );
        }
    }
}

/// The name a screen reader says.
fn name_of(window: &Window, id: Id) -> String {
    let node = window
        .get_all(egui_kittest::kittest::By::new())
        .find(|node| node.accesskit_node().locate().0 == id.accesskit_id());
    node.map_or_else(
        || format!("{id:?}"),
        |node| format!("{:?} {:?}", node.accesskit_node().role(), node.accesskit_node().label()),
    )
}

fn assert_tabs_are_reached(window: &mut Window, at: &str) {
    let room = window.ctx.content_rect();
    for (place, tab) in TABS.iter().enumerate() {
        let seen = window.query_by_role_and_label(egui::accesskit::Role::Tab, tab.title).map(|tab| tab.rect());
        match seen {
            Some(rect) => assert!(room.contains_rect(rect), "{at}: the tab {} is at {rect}", tab.title),
            None => assert!(window.query_by_label("More tabs").is_some(), "{at}: nothing leads to {}", tab.title),
        }
        assert!(place < NUMBERS.len());
    }
    for label in ["Menu", "Height of the lower pane"] {
        let rect = window.get_by_label(label).rect();
        assert!(room.contains_rect(rect), "{at}: {label} is at {rect} of {room}");
    }
}

/// The button that does the main job: in view, or, where a window is very low, in a part that scrolls.
fn assert_the_primary_button_is_reached(window: &Window, at: &str) {
    let room = window.ctx.content_rect();
    let floor = window.get_by_label("Height of the lower pane").rect().top();
    let buttons = window
        .query_all(egui_kittest::kittest::By::new().predicate(|node| is_primary(&node.label().unwrap_or_default())));
    let rects: Vec<Rect> = buttons.map(|button| button.rect()).collect();
    assert!(!rects.is_empty(), "{at}: no primary button");
    for rect in rects {
        assert!(rect.left() >= room.left() - 1.0 && rect.right() <= room.right() + 1.0, "{at}: {rect} of {room}");
        assert!(room.height() < ALL_IN_VIEW || rect.bottom() <= floor, "{at}: {rect} is below {floor}");
    }
}

fn is_primary(label: &str) -> bool {
    label.starts_with('▶') || label.starts_with('■') || ["Go", "Stop"].contains(&label)
}

#[test]
fn every_tab_and_view_fits_into_every_window() {
    for tab in TABS {
        let mut window = window(tab.id, SIZES[0]);
        for size in SIZES {
            window.set_size(vec2(size[0], size[1]));
            window.run_steps(4);
            let at = format!("{} at {size:?}", tab.title);
            assert_tabs_are_reached(&mut window, &at);
            let views = views(tab.id);
            show_pane(&mut window, "Settings");
            assert_nothing_overlaps(&window, &at);
            assert_the_primary_button_is_reached(&window, &at);
            for pane in ["Result", "Race", "Report", "Request and response", "Page"] {
                show_pane(&mut window, pane);
                assert_nothing_overlaps(&window, &format!("{at}, {pane}"));
            }
            for view in views {
                show_pane(&mut window, "Settings");
                window.get_by_label(&view).click_accesskit();
                window.run_steps(6);
                let at = format!("{view} at {size:?}");
                assert_the_primary_button_is_reached(&window, &at);
                assert_nothing_overlaps(&window, &at);
                show_pane(&mut window, "Result");
                assert_nothing_overlaps(&window, &format!("{at}, result"));
            }
        }
    }
}

/// Which control has the focus, and where.
fn focused(ctx: &Context) -> Option<(Id, Rect)> {
    let id = ctx.memory(egui::Memory::focused)?;
    Some((id, ctx.read_response(id)?.interact_rect))
}

/// Is there a line around `rect` in the colour of the focus?
fn has_ring(window: &Window, rect: Rect) -> bool {
    let accent = Theme::by_darkness(window.ctx.global_style().visuals.dark_mode).accent;
    window.output().shapes.iter().any(|shape| match &shape.shape {
        Shape::Rect(ring) => {
            let around = ring.rect.expand(4.0).contains_rect(rect.intersect(window.ctx.content_rect().shrink(2.0)));
            ring.stroke.color == accent && ring.stroke.width >= 2.0 && around
        }
        _ => false,
    })
}

/// Goes from the tab's first control to its primary button by the Tab key alone; returns the steps.
fn steps_to_the_primary_button(window: &mut Window, at: &str) -> usize {
    window.ctx.memory_mut(|memory| {
        if let Some(id) = memory.focused() {
            memory.surrender_focus(id);
        }
    });
    let mut last: Option<Rect> = None;
    let mut steps = 0;
    for _ in 0..60 {
        window.key_press(Key::Tab);
        window.run_steps(4);
        let (id, rect) = focused(&window.ctx).unwrap_or_else(|| panic!("{at}: the focus is nowhere"));
        assert!(has_ring(window, rect), "{at}: no ring around {}", name_of(window, id));
        if rect.bottom() <= size::TOP_BAR {
            continue;
        }
        steps += 1;
        if let Some(last) = last {
            let back = rect.bottom() <= last.top() && rect.right() <= last.left();
            assert!(!back, "{at}: from {last} back to {} at {rect}", name_of(window, id));
        }
        last = Some(rect);
        let node = window
            .query_all(egui_kittest::kittest::By::new())
            .find(|node| node.accesskit_node().locate().0 == id.accesskit_id());
        if node.is_some_and(|node| is_primary(&node.accesskit_node().label().unwrap_or_default())) {
            return steps;
        }
    }
    panic!("{at}: the primary button is never reached");
}

#[test]
fn the_primary_button_is_within_ten_presses_of_the_tab_key() {
    for tab in TABS {
        let mut window = window(tab.id, [1000.0, 640.0]);
        let mut at: Vec<String> = views(tab.id);
        // Nothing is served before a zone is changed: its button waits.
        at.retain(|view| !view.ends_with("Zones"));
        if at.is_empty() {
            let steps = steps_to_the_primary_button(&mut window, tab.title);
            assert!(steps <= 10, "{}: {steps} steps", tab.title);
        }
        for view in at {
            window.get_by_label(&view).click_accesskit();
            window.run_steps(6);
            let steps = steps_to_the_primary_button(&mut window, &view);
            assert!(steps <= 10, "{view}: {steps} steps");
        }
    }
}

#[test]
fn the_focus_is_seen_in_the_dark_too() {
    let mut window = window(browse::TAB.id, [1000.0, 640.0]);
    window.ctx.set_theme(egui::Theme::Dark);
    window.run_steps(2);
    for _ in 0..30 {
        window.key_press(Key::Tab);
        window.run_steps(2);
        let (id, rect) = focused(&window.ctx).expect("something has the focus");
        assert!(has_ring(&window, rect), "no ring around {}", name_of(&window, id));
    }
}

#[test]
fn the_top_bar_is_gone_through_from_left_to_right_and_worked_by_keys() {
    let mut window = window(browse::TAB.id, [1280.0, 720.0]);
    let mut left = -1.0;
    let mut seen = 0;
    loop {
        window.key_press(Key::Tab);
        window.run_steps(2);
        let (_, rect) = focused(&window.ctx).expect("something has the focus");
        if rect.bottom() > size::TOP_BAR {
            break;
        }
        assert!(rect.left() > left, "{rect} after {left}");
        left = rect.left();
        seen += 1;
    }
    assert!(seen >= TABS.len() + 4, "tabs, world, hosts, path, darkness, menu: {seen}");
    let other = TABS.iter().find(|tab| tab.id != browse::TAB.id).unwrap();
    window.get_by_role_and_label(egui::accesskit::Role::Tab, other.title).focus();
    window.run_steps(2);
    window.key_press(Key::Enter);
    window.run_steps(3);
    assert_eq!(window.state().as_ref().unwrap().shown, other.id);
}

#[test]
fn the_lower_pane_is_made_taller_by_the_arrows_and_stays_so() {
    let mut window = window(browse::TAB.id, [1280.0, 900.0]);
    let height = |window: &Window| window.state().as_ref().unwrap().drawers.kept().0;
    assert_eq!(height(&window), None, "nobody has chosen a height");
    let top = window.get_by_label("Height of the lower pane").rect().top();
    assert!(900.0 - size::STATUS_BAR - top >= 260.0, "room for a ladder: it begins at {top}");
    window.get_by_label("Height of the lower pane").focus();
    window.run_steps(2);
    window.key_press(Key::ArrowUp);
    window.run_steps(3);
    let taller = window.get_by_label("Height of the lower pane").rect().top();
    assert!(taller < top - 8.0, "{taller} is not above {top}");
    let kept = height(&window);
    assert!(kept.is_some());
    window.key_press(Key::Enter);
    window.run_steps(3);
    let folded = window.get_by_label("Height of the lower pane").rect().top();
    assert!(folded > top, "it is folded away");
    window.key_press(Key::Enter);
    window.run_steps(3);
    assert_eq!(height(&window), kept, "and opens as it was");
}

#[test]
fn larger_text_is_a_matter_of_the_window_and_not_of_the_picture_in_it() {
    let mut window = window(dns::TAB.id, [1280.0, 720.0]);
    window.run_steps(20);
    let place = |window: &Window| window.query_all_by_label_contains("Message 4:").next().map(|node| node.rect());
    let before = place(&window);
    assert!(before.is_some(), "the picture shows the fourth message");
    window.key_press_modifiers(egui::Modifiers::COMMAND, Key::Plus);
    window.run_steps(4);
    assert!((window.ctx.zoom_factor() - 1.1).abs() < 1e-3);
    for _ in 0..20 {
        window.key_press_modifiers(egui::Modifiers::COMMAND, Key::Plus);
        window.run_steps(1);
    }
    assert!((window.ctx.zoom_factor() - size::ZOOM[1]).abs() < 1e-3, "no larger than the window is made for");
    window.key_press_modifiers(egui::Modifiers::COMMAND, Key::Num0);
    window.run_steps(20);
    assert!((window.ctx.zoom_factor() - 1.0).abs() < 1e-3);
    assert_eq!(place(&window), before, "the picture was neither enlarged nor moved");
}
