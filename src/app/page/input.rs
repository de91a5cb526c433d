//! Pointer and keys on their way from the window to the page: what egui saw, in the page's coordinates, then as blitz takes it.

use blitz_traits::events::{
    BlitzImeEvent, BlitzKeyEvent, BlitzPointerEvent, BlitzPointerId, KeyState, MouseEventButton, MouseEventButtons,
    PointerCoords, PointerDetails, UiEvent,
};
use keyboard_types::{Code, Key, Location, Modifiers, NamedKey};

/// Something the student did with the page.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum PageInput {
    /// The pointer moved to here, pressed or not.
    Moved {
        /// Where, in CSS pixels from the view's upper left corner.
        at: (f32, f32),
        /// Is the main button down?
        pressed: bool,
    },
    /// The pointer left the page.
    Left,
    /// The main button went down.
    Pressed {
        /// As in [`PageInput::Moved`].
        at: (f32, f32),
        /// Extend the selection (shift).
        extend: bool,
    },
    /// The main button went up.
    Released {
        /// As in [`PageInput::Moved`].
        at: (f32, f32),
    },
    /// A key that moves, deletes or sends.
    Key(NamedKey, KeyModifiers),
    /// Text was typed or composed.
    Text(String),
    /// Select everything in the field.
    SelectAll,
    /// Copy what is selected.
    Copy,
    /// Cut what is selected.
    Cut,
    /// Put this in the field.
    Paste(String),
}

/// Keys held while another went down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct KeyModifiers {
    /// The shift key.
    pub(super) shift: bool,
    /// Ctrl, or ⌘ on a Mac.
    pub(super) command: bool,
}

impl PageInput {
    /// What a key, typing or clipboard event of the window means to a page; pointer events are told by the view.
    pub(super) fn from_key_event(event: &egui::Event) -> Option<Self> {
        match event {
            egui::Event::Text(text) if text.chars().any(|letter| !letter.is_control()) => {
                Some(Self::Text(text.clone()))
            }
            egui::Event::Ime(egui::ImeEvent::Commit(text)) => Some(Self::Text(text.clone())),
            egui::Event::Paste(text) => Some(Self::Paste(text.clone())),
            egui::Event::Copy => Some(Self::Copy),
            egui::Event::Cut => Some(Self::Cut),
            egui::Event::Key { key: egui::Key::A, pressed: true, modifiers, .. } if modifiers.command => {
                Some(Self::SelectAll)
            }
            egui::Event::Key { key, pressed: true, modifiers, .. } => {
                Some(Self::Key(named(*key)?, KeyModifiers { shift: modifiers.shift, command: modifiers.command }))
            }
            _ => None,
        }
    }

    /// The same for blitz, the page being scrolled by `scroll` CSS pixels.
    pub(super) fn into_blitz(self, scroll: (f32, f32)) -> UiEvent {
        match self {
            Self::Moved { at, pressed } => UiEvent::PointerMove(pointer(at, scroll, pressed)),
            Self::Left => UiEvent::PointerLeave(pointer((-1.0, -1.0), scroll, false)),
            Self::Pressed { at, extend } => {
                let mut event = pointer(at, scroll, true);
                event.mods.set(Modifiers::SHIFT, extend);
                UiEvent::PointerDown(event)
            }
            Self::Released { at } => UiEvent::PointerUp(pointer(at, scroll, false)),
            Self::Key(key, held) => {
                let mut modifiers = Modifiers::empty();
                modifiers.set(Modifiers::SHIFT, held.shift);
                modifiers.set(COMMAND, held.command);
                key_down(Key::Named(key), modifiers)
            }
            Self::Text(text) => UiEvent::Ime(BlitzImeEvent::Commit(text)),
            Self::SelectAll => key_down(Key::Character("a".to_owned()), COMMAND),
            Self::Copy => key_down(Key::Character("c".to_owned()), COMMAND),
            Self::Cut => key_down(Key::Character("x".to_owned()), COMMAND),
            Self::Paste(_) => key_down(Key::Character("v".to_owned()), COMMAND),
        }
    }
}

/// The modifier blitz takes for copy, paste and moving by words.
const COMMAND: Modifiers = if cfg!(target_os = "macos") { Modifiers::META } else { Modifiers::CONTROL };

fn named(key: egui::Key) -> Option<NamedKey> {
    Some(match key {
        egui::Key::ArrowLeft => NamedKey::ArrowLeft,
        egui::Key::ArrowRight => NamedKey::ArrowRight,
        egui::Key::ArrowUp => NamedKey::ArrowUp,
        egui::Key::ArrowDown => NamedKey::ArrowDown,
        egui::Key::Home => NamedKey::Home,
        egui::Key::End => NamedKey::End,
        egui::Key::Delete => NamedKey::Delete,
        egui::Key::Backspace => NamedKey::Backspace,
        egui::Key::Enter => NamedKey::Enter,
        _ => return None,
    })
}

fn pointer(at: (f32, f32), scroll: (f32, f32), pressed: bool) -> BlitzPointerEvent {
    let (x, y) = at;
    BlitzPointerEvent {
        id: BlitzPointerId::Mouse,
        is_primary: true,
        coords: PointerCoords {
            page_x: x + scroll.0,
            page_y: y + scroll.1,
            screen_x: x,
            screen_y: y,
            client_x: x,
            client_y: y,
        },
        button: MouseEventButton::Main,
        buttons: if pressed { MouseEventButtons::Primary } else { MouseEventButtons::None },
        mods: Modifiers::empty(),
        details: PointerDetails::default(),
        element: blitz_traits::events::Point::default(),
        active_pointers: std::sync::Arc::default(),
    }
}

fn key_down(key: Key, modifiers: Modifiers) -> UiEvent {
    UiEvent::KeyDown(BlitzKeyEvent {
        key,
        code: Code::Unidentified,
        modifiers,
        location: Location::Standard,
        is_auto_repeating: false,
        is_composing: false,
        state: KeyState::Pressed,
        text: None,
    })
}

#[cfg(test)]
mod what_the_window_saw_reaches_the_page {
    use super::*;

    fn key(key: egui::Key, modifiers: egui::Modifiers) -> egui::Event {
        egui::Event::Key { key, physical_key: None, pressed: true, repeat: false, modifiers }
    }

    #[test]
    fn typing_and_keys() {
        let text = egui::Event::Text("ä".to_owned());
        assert_eq!(PageInput::from_key_event(&text), Some(PageInput::Text("ä".to_owned())));
        let word_left = key(egui::Key::ArrowLeft, egui::Modifiers::COMMAND);
        let held = KeyModifiers { command: true, shift: false };
        assert_eq!(PageInput::from_key_event(&word_left), Some(PageInput::Key(NamedKey::ArrowLeft, held)));
        assert_eq!(PageInput::from_key_event(&key(egui::Key::A, egui::Modifiers::COMMAND)), Some(PageInput::SelectAll));
        assert_eq!(PageInput::from_key_event(&key(egui::Key::F5, egui::Modifiers::NONE)), None);
    }

    #[test]
    fn a_place_in_the_view_is_a_place_on_the_scrolled_page() {
        let UiEvent::PointerMove(event) =
            (PageInput::Moved { at: (3.0, 4.0), pressed: false }).into_blitz((0.0, 100.0))
        else {
            panic!("a move stays a move")
        };
        assert_eq!((event.page_x(), event.page_y(), event.client_y()), (3.0, 104.0, 4.0));
    }
}
