//! Keys that work everywhere in the window. Those that are also letters or act on a focused control are left to whoever has the focus.

use egui::{Context, Key, Modifiers};

/// What a key asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyWish {
    /// Ctrl+1 … 9: the tab at this place, from 0.
    Tab(usize),
    /// Ctrl+L.
    Address,
    /// Enter, with nothing focused.
    Run,
    /// Space, with nothing focused.
    PlayOrPause,
    /// An arrow, with nothing focused: an event back or forth.
    Step {
        /// To the later event.
        forward: bool,
    },
    /// Home or End, with nothing focused.
    Ends {
        /// To the end.
        last: bool,
    },
    /// Esc: close what is open, else stop what runs.
    Escape,
    /// F1.
    Help,
    /// Ctrl+S.
    Save,
    /// Ctrl+O.
    Open,
    /// Ctrl+F.
    Find,
}

/// Takes the keys pressed since the last frame. Ctrl+plus, minus and 0 are egui's own.
pub(super) fn key_wishes(ctx: &Context) -> Vec<KeyWish> {
    let free = ctx.memory(|memory| memory.focused().is_none()) && !egui::Popup::is_any_open(ctx);
    ctx.input_mut(|input| {
        let mut wishes = Vec::new();
        for (place, key) in NUMBERS.into_iter().enumerate() {
            if input.consume_key(Modifiers::COMMAND, key) {
                wishes.push(KeyWish::Tab(place));
            }
        }
        let with_command =
            [(Key::L, KeyWish::Address), (Key::S, KeyWish::Save), (Key::O, KeyWish::Open), (Key::F, KeyWish::Find)];
        wishes.extend(
            with_command
                .into_iter()
                .filter(|(key, _)| input.consume_key(Modifiers::COMMAND, *key))
                .map(|(_, wish)| wish),
        );
        if input.consume_key(Modifiers::NONE, Key::F1) {
            wishes.push(KeyWish::Help);
        }
        if input.key_pressed(Key::Escape) {
            wishes.push(KeyWish::Escape);
        }
        if free {
            let alone = [
                (Key::Enter, KeyWish::Run),
                (Key::Space, KeyWish::PlayOrPause),
                (Key::ArrowLeft, KeyWish::Step { forward: false }),
                (Key::ArrowRight, KeyWish::Step { forward: true }),
                (Key::Home, KeyWish::Ends { last: false }),
                (Key::End, KeyWish::Ends { last: true }),
            ];
            wishes.extend(
                alone.into_iter().filter(|(key, _)| input.consume_key(Modifiers::NONE, *key)).map(|(_, wish)| wish),
            );
        }
        wishes
    })
}

const NUMBERS: [Key; 9] =
    [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5, Key::Num6, Key::Num7, Key::Num8, Key::Num9];
