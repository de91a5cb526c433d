//! The keyboard's focus: a ring around whatever has it, the same for every control whoever paints it, and a way for letters that are
//! typed right after a click.

use egui::{
    Context, CornerRadius, Event, Key, RawInput, Response, Stroke, StrokeKind, Ui, plugin::Plugin,
    style::ScrollAnimation,
};

use super::theme::{Theme, size};

/// Paints the ring around the control that has the focus, above its neighbours. Called when everything else is painted.
pub(super) fn ring_ui(ui: &Ui) {
    let ctx = ui.ctx();
    let focused = ctx.memory(egui::Memory::focused).and_then(|id| ctx.read_response(id));
    let Some(control) = focused.filter(|control| control.interact_rect.is_positive()) else { return };
    let rounding = CornerRadius::same(size::ROUNDING + 2);
    let stroke = Stroke::new(RING, Theme::of(ui).accent);
    // A point of the ground between the two: on a button of the same colour the ring is seen all the same.
    let rect = control.interact_rect.expand(1.0).intersect(ctx.content_rect().shrink(RING));
    ctx.layer_painter(control.layer_id).rect_stroke(rect, rounding, stroke, StrokeKind::Outside);
}

/// A control that has got the focus by the keyboard moves into view, where it can be scrolled to.
pub(super) fn into_view(response: &Response) {
    if response.gained_focus() {
        response.scroll_to_me_animation(None, ScrollAnimation::none());
    }
}

/// Lets what is typed right after a click arrive where the click was meant to take it.
///
/// A field takes the focus when it sees the click, and it reads the keyboard before that in the same frame. Where a frame takes long,
/// click and letters are in one, and the letters would be lost. So keys that follow a click, or the Tab key, wait for the next frame.
pub(super) fn install(ctx: &Context) {
    ctx.add_plugin(KeysAfterClick::default());
}

/// See [`install`].
#[derive(Debug, Default)]
struct KeysAfterClick {
    waiting: Vec<Event>,
}

impl Plugin for KeysAfterClick {
    fn debug_name(&self) -> &'static str {
        "keys after a click"
    }

    fn input_hook(&mut self, ctx: &Context, input: &mut RawInput) {
        let mut events = std::mem::take(&mut self.waiting);
        events.append(&mut input.events);
        self.waiting = events.split_off(end_of_frame(&events));
        input.events = events;
        if !self.waiting.is_empty() {
            ctx.request_repaint();
        }
    }
}

/// How many of the events belong into this frame: up to the first key after a click or a Tab.
fn end_of_frame(events: &[Event]) -> usize {
    let mut moved = false;
    for (at, event) in events.iter().enumerate() {
        match event {
            Event::Text(_) | Event::Paste(_) | Event::Ime(_) | Event::Key { pressed: true, .. } if moved => return at,
            Event::PointerButton { .. } | Event::Key { key: Key::Tab, pressed: true, .. } => moved = true,
            _ => {}
        }
    }
    events.len()
}

const RING: f32 = 2.0;

#[cfg(test)]
mod letters_after_a_click {
    use egui::{Modifiers, PointerButton, TextEdit, pos2};
    use egui_kittest::{Harness, kittest::Queryable as _};

    use super::*;

    fn button(pos: egui::Pos2, pressed: bool) -> Event {
        Event::PointerButton { pos, button: PointerButton::Primary, pressed, modifiers: Modifiers::NONE }
    }

    /// A field, clicked and typed into within one frame.
    fn typed(paint: impl FnMut(&mut Ui, &mut String) + 'static) -> String {
        let builder = Harness::builder().with_context_setup(install);
        let mut harness = builder.build_ui_state(paint, String::new());
        harness.run();
        let at = harness.get_by_label("Name").rect().center();
        for event in [Event::PointerMoved(at), button(at, true), button(at, false)] {
            harness.input_mut().events.push(event);
        }
        for letter in ["e", "d", "u"] {
            harness.input_mut().events.push(Event::Text(letter.to_owned()));
        }
        harness.run();
        harness.state().clone()
    }

    #[test]
    fn arrive_although_they_come_in_the_same_frame() {
        let text = typed(|ui, text| {
            let response = ui.add(TextEdit::singleline(text));
            ui.ctx().accesskit_node_builder(response.id, |node| node.set_label("Name"));
        });
        assert_eq!(text, "edu");
    }

    #[test]
    fn arrive_after_a_tab_too() {
        let builder = Harness::builder().with_context_setup(install);
        let mut harness = builder.build_ui_state(
            |ui, text: &mut String| {
                let response = ui.add(TextEdit::singleline(text));
                ui.ctx().accesskit_node_builder(response.id, |node| node.set_label("Name"));
            },
            String::new(),
        );
        harness.run();
        harness.key_press(Key::Tab);
        harness.event(Event::Text("edu".to_owned()));
        harness.run();
        assert_eq!(harness.state(), "edu");
    }

    #[test]
    fn keep_their_order_and_none_is_lost() {
        let at = pos2(1.0, 1.0);
        let click = || [button(at, true), button(at, false)];
        let text = |letter: &str| Event::Text(letter.to_owned());
        let events: Vec<Event> = [text("a")].into_iter().chain(click()).chain([text("b")]).chain(click()).collect();
        assert_eq!(end_of_frame(&events), 3);
        assert_eq!(end_of_frame(&events[3..]), 3);
        assert_eq!(end_of_frame(&[]), 0);
    }
}
