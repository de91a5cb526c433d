//! The keys of the window, in tables: what handles a key and what tells of it (F1) read the same rows, so that neither can say
//! something else than the other. Rows that concern one part alone stand with that part, made of the same [`KeyRow`].

use egui::{Context, Key, KeyboardShortcut, Modifiers};

/// Keys that do one kind of thing: `C` is what they ask for, one command for each key in the same order.
#[derive(Debug)]
pub struct KeyRow<C: 'static> {
    /// What they do, in a few words that follow the keys: "play or pause".
    pub does: &'static str,
    /// The keys.
    pub keys: &'static [KeyboardShortcut],
    /// What each of them asks for.
    pub commands: &'static [C],
    /// When they do it.
    pub when: KeyUse,
}

/// When a key does something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyUse {
    /// Wherever the keyboard's focus is.
    Anywhere,
    /// The same, and whoever has the focus gets the key as well.
    Shared,
    /// While no control has the focus and nothing is open above the window: the key means something else to a control.
    Unfocused,
}

/// A row without its commands: what F1 tells.
#[derive(Clone, Copy, Debug)]
pub struct KeyHelp {
    /// What the keys do.
    pub does: &'static str,
    /// The keys.
    pub keys: &'static [KeyboardShortcut],
}

impl<C: Copy> KeyRow<C> {
    /// What F1 tells of it.
    pub const fn help(&self) -> KeyHelp {
        KeyHelp { does: self.does, keys: self.keys }
    }

    /// Takes its keys from what was pressed since the last frame.
    pub fn take(&self, ctx: &Context) -> Vec<C> {
        if self.when == KeyUse::Unfocused && !is_unfocused(ctx) {
            return Vec::new();
        }
        let pressed = |key: &KeyboardShortcut| {
            ctx.input_mut(|input| match self.when {
                KeyUse::Shared => {
                    input.key_pressed(key.logical_key) && input.modifiers.matches_logically(key.modifiers)
                }
                KeyUse::Anywhere | KeyUse::Unfocused => input.consume_shortcut(key),
            })
        };
        let rows = self.keys.iter().zip(self.commands);
        rows.filter(|(key, _)| pressed(key)).map(|(_, command)| *command).collect()
    }
}

/// What a key asks of the window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum KeyCommand {
    /// The tab at this place, from 0.
    Tab(usize),
    /// Put the cursor into the tab's address.
    Address,
    /// The tab's primary button.
    Run,
    /// Close what is open, else stop what runs.
    Escape,
    /// The sheet with keys and terms.
    Help,
    /// Save the shown run.
    Save,
    /// Open a saved one.
    Open,
    /// The page before, or the one after.
    Step {
        /// The one after.
        forward: bool,
    },
    /// This much larger, in tenths of the usual size.
    Larger(i8),
    /// The usual size.
    UsualSize,
}

/// Keys that work in the whole window, in the order in which F1 tells them.
pub(super) const KEYS: &[KeyRow<KeyCommand>] = &[
    KeyRow {
        does: "go to the address",
        keys: &[key(Modifiers::COMMAND, Key::L)],
        commands: &[KeyCommand::Address],
        when: KeyUse::Anywhere,
    },
    KeyRow {
        does: "run: the tab's main button",
        keys: &[key(Modifiers::NONE, Key::Enter)],
        commands: &[KeyCommand::Run],
        when: KeyUse::Unfocused,
    },
    KeyRow {
        does: "close what is open, else stop what runs",
        keys: &[key(Modifiers::NONE, Key::Escape)],
        commands: &[KeyCommand::Escape],
        when: KeyUse::Shared,
    },
    KeyRow {
        does: "save this run",
        keys: &[key(Modifiers::COMMAND, Key::S)],
        commands: &[KeyCommand::Save],
        when: KeyUse::Anywhere,
    },
    KeyRow {
        does: "open a saved run",
        keys: &[key(Modifiers::COMMAND, Key::O)],
        commands: &[KeyCommand::Open],
        when: KeyUse::Anywhere,
    },
    KeyRow {
        does: "larger text",
        keys: &[key(Modifiers::COMMAND, Key::Plus), key(Modifiers::COMMAND, Key::Equals)],
        commands: &[KeyCommand::Larger(1), KeyCommand::Larger(1)],
        when: KeyUse::Anywhere,
    },
    KeyRow {
        does: "smaller text",
        keys: &[key(Modifiers::COMMAND, Key::Minus)],
        commands: &[KeyCommand::Larger(-1)],
        when: KeyUse::Anywhere,
    },
    KeyRow {
        does: "text of the usual size",
        keys: &[key(Modifiers::COMMAND, Key::Num0)],
        commands: &[KeyCommand::UsualSize],
        when: KeyUse::Anywhere,
    },
    KeyRow {
        does: "this sheet",
        keys: &[key(Modifiers::NONE, Key::F1)],
        commands: &[KeyCommand::Help],
        when: KeyUse::Anywhere,
    },
];

/// Alt+Left, Alt+Right: they belong to the tab that has pages.
pub(super) const STEP: KeyRow<KeyCommand> = KeyRow {
    does: "the page before, the page after",
    keys: &[key(Modifiers::ALT, Key::ArrowLeft), key(Modifiers::ALT, Key::ArrowRight)],
    commands: &[KeyCommand::Step { forward: false }, KeyCommand::Step { forward: true }],
    when: KeyUse::Anywhere,
};

/// Moving among controls is egui's own, and that of a control that has several parts; F1 tells it too.
pub(super) const MOVING: &[(&str, &str)] = &[
    ("Tab, Shift+Tab", "go to the next control, or the one before"),
    ("Space, Enter", "press the control that has the focus"),
    ("Arrows", "another part of a choice; more or less of a number"),
];

/// Takes the keys pressed since the last frame, in a window with this many tabs.
pub(super) fn commands_of_keys(ctx: &Context, tabs: usize) -> Vec<KeyCommand> {
    let tabs = NUMBERS.iter().enumerate().take(tabs);
    let tabs = tabs.filter(|(_, number)| ctx.input_mut(|input| input.consume_key(Modifiers::COMMAND, **number)));
    let mut commands: Vec<KeyCommand> = tabs.map(|(place, _)| KeyCommand::Tab(place)).collect();
    commands.extend(STEP.take(ctx));
    commands.extend(KEYS.iter().flat_map(|row| row.take(ctx)));
    commands
}

/// A key with what is held down beside it.
pub const fn key(modifiers: Modifiers, key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(modifiers, key)
}

/// Keys as they are written: `Ctrl+L`, `Left, Right`.
pub(super) fn words(keys: &[KeyboardShortcut]) -> String {
    keys.iter().map(|key| key_words(*key)).collect::<Vec<_>>().join(", ")
}

fn key_words(key: KeyboardShortcut) -> String {
    let mut words = String::new();
    for (held, name) in [(key.modifiers.command, "Ctrl+"), (key.modifiers.alt, "Alt+"), (key.modifiers.shift, "Shift+")]
    {
        if held {
            words.push_str(name);
        }
    }
    words.push_str(match key.logical_key {
        Key::Escape => "Esc",
        Key::Equals => "=",
        Key::Plus => "plus",
        Key::Minus => "minus",
        other => other.name(),
    });
    words
}

fn is_unfocused(ctx: &Context) -> bool {
    ctx.memory(|memory| memory.focused().is_none()) && !egui::Popup::is_any_open(ctx)
}

/// The keys that show a tab, with Ctrl, in the order of the tabs.
pub(super) const NUMBERS: [Key; 9] =
    [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5, Key::Num6, Key::Num7, Key::Num8, Key::Num9];
