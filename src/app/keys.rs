//! Keys that work everywhere in the window. Those that act on a focused control are left to whoever has the focus; the playhead's own
//! (Space, arrows, Home, End) are its own matter.

use egui::{Context, Key, Modifiers};

/// What a key asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyCommand {
    /// Ctrl+1 … 9: the tab at this place, from 0.
    Tab(usize),
    /// Ctrl+L.
    Address,
    /// Enter, with nothing focused.
    Run,
    /// Esc: close what is open, else stop what runs.
    Escape,
    /// F1.
    Help,
    /// Ctrl+S.
    Save,
    /// Ctrl+O.
    Open,
    /// Alt+Left, Alt+Right: the page before, or the one after.
    Step {
        /// The one after.
        forward: bool,
    },
}

/// Takes the keys pressed since the last frame. Ctrl+plus, minus and 0 are egui's own.
pub(super) fn key_wishes(ctx: &Context) -> Vec<KeyCommand> {
    let free = ctx.memory(|memory| memory.focused().is_none()) && !egui::Popup::is_any_open(ctx);
    ctx.input_mut(|input| {
        let mut wishes = Vec::new();
        for (place, key) in NUMBERS.into_iter().enumerate() {
            if input.consume_key(Modifiers::COMMAND, key) {
                wishes.push(KeyCommand::Tab(place));
            }
        }
        let with_command = [(Key::L, KeyCommand::Address), (Key::S, KeyCommand::Save), (Key::O, KeyCommand::Open)];
        wishes.extend(
            with_command
                .into_iter()
                .filter(|(key, _)| input.consume_key(Modifiers::COMMAND, *key))
                .map(|(_, wish)| wish),
        );
        for (key, forward) in [(Key::ArrowLeft, false), (Key::ArrowRight, true)] {
            if input.consume_key(Modifiers::ALT, key) {
                wishes.push(KeyCommand::Step { forward });
            }
        }
        if input.consume_key(Modifiers::NONE, Key::F1) {
            wishes.push(KeyCommand::Help);
        }
        if input.key_pressed(Key::Escape) {
            wishes.push(KeyCommand::Escape);
        }
        if free {
            wishes.extend(input.consume_key(Modifiers::NONE, Key::Enter).then_some(KeyCommand::Run));
        }
        wishes
    })
}

const NUMBERS: [Key; 9] =
    [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5, Key::Num6, Key::Num7, Key::Num8, Key::Num9];
