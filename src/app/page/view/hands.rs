//! The page under the pointer and the keys.

use egui::{CursorIcon, EventFilter, Key, PointerButton, Pos2, Rect, Response, Ui};

use super::{
    super::{input::PageInput, renderer::RenderRequest},
    KeyboardFocus, PageView,
};

impl PageView {
    pub(super) fn pointer(&mut self, ui: &Ui, room: Rect, response: &Response) {
        let over = response.contains_pointer();
        let at = |place: Pos2| (place.x - room.left(), place.y - room.top());
        let events = ui.input(|input| input.events.clone());
        for event in events {
            match event {
                egui::Event::PointerButton { pos, button: PointerButton::Primary, pressed: true, modifiers }
                    if over =>
                {
                    response.request_focus();
                    self.pointer.pressed = true;
                    if !response.has_focus() {
                        self.pointer.focus = KeyboardFocus::AskedByPointer;
                    }
                    self.outbox.push_back(RenderRequest::Input(PageInput::Moved { at: at(pos), pressed: false }));
                    self.outbox
                        .push_back(RenderRequest::Input(PageInput::Pressed { at: at(pos), extend: modifiers.shift }));
                    self.pointer.at = Some(pos);
                }
                egui::Event::PointerButton { pos, button: PointerButton::Primary, pressed: false, .. }
                    if self.pointer.pressed =>
                {
                    self.pointer.pressed = false;
                    self.outbox.push_back(RenderRequest::Input(PageInput::Released { at: at(pos) }));
                }
                _ => {}
            }
        }
        let now = response.ctx.pointer_latest_pos().filter(|_| over || self.pointer.pressed);
        if now != self.pointer.at {
            self.pointer.at = now;
            let told =
                now.map_or(PageInput::Left, |pos| PageInput::Moved { at: at(pos), pressed: self.pointer.pressed });
            if matches!(self.outbox.back(), Some(RenderRequest::Input(PageInput::Moved { .. }))) {
                self.outbox.pop_back();
            }
            self.outbox.push_back(RenderRequest::Input(told));
        }
        if over {
            ui.ctx().set_cursor_icon(cursor(self.page.hovered.cursor));
        }
    }

    pub(super) fn keys(&mut self, ui: &Ui, response: &Response, room: Rect, offset: Pos2) {
        if response.gained_focus() {
            let by_pointer = self.pointer.focus == KeyboardFocus::AskedByPointer;
            self.pointer.focus = if by_pointer { KeyboardFocus::ByPointer } else { KeyboardFocus::ByKey };
        }
        if !response.has_focus() {
            return;
        }
        let editing = self.page.facts.as_ref().is_some_and(|facts| facts.editing);
        let filter = EventFilter { tab: false, escape: false, horizontal_arrows: true, vertical_arrows: true };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
        let events = ui.input(|input| input.events.clone());
        let mut to = offset.y;
        for event in events {
            match (editing, PageInput::from_key_event(&event)) {
                (true, Some(input)) | (false, Some(input @ PageInput::Copy)) => {
                    self.outbox.push_back(RenderRequest::Input(input));
                }
                (true, None) => {}
                (false, _) => to = scrolled(&event, to, room.height()).unwrap_or(to),
            }
        }
        if (to - offset.y).abs() > 0.5 {
            let extent = self.page.facts.as_ref().map_or(0.0, |facts| facts.extent.1);
            let to = to.clamp(0.0, (extent - room.height()).max(0.0));
            self.page.adopt = Some((offset.x, to));
            self.outbox.push_back(RenderRequest::Scroll((offset.x, to)));
            ui.ctx().request_repaint();
        }
    }

    pub(super) fn menu(&mut self, response: &Response) {
        let link = self.page.hovered.link.clone();
        response.context_menu(|ui| {
            if ui.button("Copy selection").clicked() {
                self.outbox.push_back(RenderRequest::Input(PageInput::Copy));
                ui.close();
            }
            if ui.button("Copy page text").clicked() {
                ui.ctx().copy_text(self.words());
                ui.close();
            }
            if let Some(link) = link
                && ui.button("Copy link address").clicked()
            {
                ui.ctx().copy_text(link.into());
                ui.close();
            }
        });
    }
}

/// Where a key scrolls to that is not typed into a field.
fn scrolled(event: &egui::Event, from: f32, height: f32) -> Option<f32> {
    let egui::Event::Key { key, pressed: true, modifiers, .. } = event else { return None };
    Some(match key {
        Key::ArrowDown => from + LINE_STEP,
        Key::ArrowUp => from - LINE_STEP,
        Key::Space if modifiers.shift => from - height * PAGE_STEP,
        Key::Space | Key::PageDown => from + height * PAGE_STEP,
        Key::PageUp => from - height * PAGE_STEP,
        Key::Home => 0.0,
        Key::End => f32::MAX,
        _ => return None,
    })
}

fn cursor(name: &str) -> CursorIcon {
    match name {
        "pointer" => CursorIcon::PointingHand,
        "text" => CursorIcon::Text,
        "vertical-text" => CursorIcon::VerticalText,
        "wait" => CursorIcon::Wait,
        "progress" => CursorIcon::Progress,
        "help" => CursorIcon::Help,
        "crosshair" => CursorIcon::Crosshair,
        "move" => CursorIcon::Move,
        "not-allowed" => CursorIcon::NotAllowed,
        "grab" => CursorIcon::Grab,
        _ => CursorIcon::Default,
    }
}

/// Points an arrow key scrolls.
const LINE_STEP: f32 = 40.0;

/// Share of the view a page key scrolls.
const PAGE_STEP: f32 = 0.9;
