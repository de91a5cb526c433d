//! Letters the window's own fonts lack: those of other scripts, in host names, heads and titles. They are shown in a font of the
//! system's, which is looked for when such a letter is first painted, on a thread of its own; until it is found, and where there is
//! none, a box stands for the letter. Pages have their own way to the same fonts: see `page`.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        mpsc::{Receiver, TryRecvError, sync_channel},
    },
    thread,
};

use egui::{
    Context, FontData, FontFamily,
    epaint::text::{FallbackRequest, FontInsert, FontPriority, InsertFontFamily},
};
use fontique::{
    Collection, CollectionOptions, FallbackKey, GenericFamily, QueryFont, QueryStatus, Script, SourceCache,
};

/// What is known of letters that are missing.
#[derive(Debug)]
pub(super) struct Letters {
    /// Those that a font was asked for while texts were laid out.
    missing: Receiver<char>,
    /// Those that have been looked for, found or not.
    asked: BTreeSet<char>,
    /// The search that is under way.
    search: Option<Receiver<Vec<FoundFont>>>,
    /// What has been added so far.
    fonts: usize,
    octets: usize,
}

/// A font of the system's.
#[derive(Clone, Debug)]
struct FoundFont {
    name: String,
    octets: Vec<u8>,
    /// Which of the fonts in `octets`.
    index: u32,
}

impl Letters {
    /// From now on `ctx` says which letters it lacks.
    pub(super) fn install(ctx: &Context) -> Self {
        let (tell, missing) = sync_channel(WAITING);
        let provider = move |request: &FallbackRequest<'_>| {
            if let Some(letter) = request.cluster.chars().next() {
                // Where too many wait, the others are asked for again when the first have been found.
                tell.try_send(letter).ok();
            }
            None
        };
        ctx.add_font_provider(Arc::new(provider));
        Self { missing, asked: BTreeSet::new(), search: None, fonts: 0, octets: 0 }
    }

    /// Once a frame: adds what has been found, and looks for what is missing now.
    pub(super) fn follow(&mut self, ctx: &Context) {
        let found = self.search.as_ref().map(Receiver::try_recv);
        match found {
            Some(Err(TryRecvError::Empty)) => return,
            Some(Ok(found)) => {
                self.search = None;
                self.add(ctx, found);
            }
            Some(Err(TryRecvError::Disconnected)) => self.search = None,
            None => {}
        }
        let missing: BTreeSet<char> = self.missing.try_iter().take(WAITING).collect();
        let new: Vec<char> =
            missing.into_iter().filter(|letter| !self.asked.contains(letter)).take(IN_A_SEARCH).collect();
        if !new.is_empty() && self.fonts < MAX_FONTS && self.asked.len() < MAX_ASKED {
            self.asked.extend(&new);
            self.begin(ctx, new);
        }
    }

    fn begin(&mut self, ctx: &Context, letters: Vec<char>) {
        let (tell, search) = sync_channel(1);
        let ctx = ctx.clone();
        let work = move || {
            // The window may have been closed meanwhile.
            tell.send(find(&letters)).ok();
            ctx.request_repaint();
        };
        // Without a thread the letters stay boxes.
        if thread::Builder::new().name("letters".to_owned()).spawn(work).is_ok() {
            self.search = Some(search);
        }
    }

    fn add(&mut self, ctx: &Context, found: Vec<FoundFont>) {
        for FoundFont { name, octets, index } in found {
            if self.fonts >= MAX_FONTS || self.octets + octets.len() > MAX_OCTETS {
                return;
            }
            (self.fonts, self.octets) = (self.fonts + 1, self.octets + octets.len());
            let data = FontData { index, ..FontData::from_owned(octets) };
            let families = [FontFamily::Proportional, FontFamily::Monospace]
                .map(|family| InsertFontFamily { family, priority: FontPriority::Lowest });
            ctx.add_font(FontInsert { name, data, families: families.to_vec() });
        }
    }
}

/// Fonts of the system's that have these letters: as few as have all that can be had.
fn find(letters: &[char]) -> Vec<FoundFont> {
    let mut collection = Collection::new(CollectionOptions { shared: false, system_fonts: true });
    let mut cache = SourceCache::default();
    let mut found: Vec<(QueryFont, u64)> = Vec::new();
    for letter in letters {
        if found.iter().any(|(font, _)| has(font, *letter)) {
            continue;
        }
        let mut query = collection.query(&mut cache);
        query.set_families([GenericFamily::SansSerif]);
        if let Ok(script) = script(*letter).parse::<Script>() {
            query.set_fallbacks(FallbackKey::new(script, None));
        }
        query.matches_with(|font| {
            if has(font, *letter) && font.blob.len() <= MAX_OCTETS {
                found.push((font.clone(), font.blob.id()));
                return QueryStatus::Stop;
            }
            QueryStatus::Continue
        });
    }
    let named = found.into_iter().map(|(font, id)| FoundFont {
        name: format!("system font {id} {}", font.index),
        octets: font.blob.data().to_vec(),
        index: font.index,
    });
    named.collect()
}

fn has(font: &QueryFont, letter: char) -> bool {
    font.charmap().and_then(|map| map.map(letter)).is_some_and(|glyph| glyph != 0)
}

/// The script of a letter by ISO 15924, as far as the window's own fonts lack it.
fn script(letter: char) -> &'static str {
    let within = |range: &&(u32, u32, &str)| (range.0..=range.1).contains(&u32::from(letter));
    SCRIPTS.iter().find(within).map_or("Zyyy", |(.., script)| script)
}

/// Blocks of Unicode and the script each is for.
const SCRIPTS: [(u32, u32, &str); 26] = [
    (0x0530, 0x058F, "Armn"),
    (0x0590, 0x05FF, "Hebr"),
    (0x0600, 0x06FF, "Arab"),
    (0x0700, 0x074F, "Syrc"),
    (0x0750, 0x077F, "Arab"),
    (0x0900, 0x097F, "Deva"),
    (0x0980, 0x09FF, "Beng"),
    (0x0A00, 0x0A7F, "Guru"),
    (0x0A80, 0x0AFF, "Gujr"),
    (0x0B00, 0x0B7F, "Orya"),
    (0x0B80, 0x0BFF, "Taml"),
    (0x0C00, 0x0C7F, "Telu"),
    (0x0C80, 0x0CFF, "Knda"),
    (0x0D00, 0x0D7F, "Mlym"),
    (0x0D80, 0x0DFF, "Sinh"),
    (0x0E00, 0x0E7F, "Thai"),
    (0x0E80, 0x0EFF, "Laoo"),
    (0x0F00, 0x0FFF, "Tibt"),
    (0x1000, 0x109F, "Mymr"),
    (0x10A0, 0x10FF, "Geor"),
    (0x1200, 0x137F, "Ethi"),
    (0x1780, 0x17FF, "Khmr"),
    (0x3040, 0x30FF, "Hira"),
    (0xAC00, 0xD7AF, "Hang"),
    (0x2E80, 0xFAFF, "Hani"),
    (0x2_0000, 0x3_FFFF, "Hani"),
];

/// Letters that may wait to be looked for.
const WAITING: usize = 256;
/// Letters that are looked for at once.
const IN_A_SEARCH: usize = 64;
/// Letters that are looked for at all: more than any text on screen has.
const MAX_ASKED: usize = 20_000;
/// Fonts that are added at most.
const MAX_FONTS: usize = 12;
/// Octets that all of them may have together.
const MAX_OCTETS: usize = 64 << 20;

#[cfg(test)]
mod letters_of_other_scripts {
    use egui::FontId;
    use egui_kittest::Harness;

    use super::*;
    use crate::app::theme;

    #[test]
    fn are_shown_in_a_font_of_the_system_where_it_has_one() {
        let text = "例え.jp · مثال · דוגמה · उदाहरण · 예";
        // Until a font is found, a box stands for the letter; where there is none, it stays.
        let builder = Harness::builder().with_context_setup(theme::install).allow_missing_glyphs();
        let mut harness = builder.build_ui_state(
            move |ui, letters: &mut Option<Letters>| {
                letters.get_or_insert_with(|| Letters::install(ui.ctx())).follow(ui.ctx());
                ui.label(text);
            },
            None,
        );
        for _ in 0..5_000 {
            harness.step();
            let letters = harness.state().as_ref().unwrap();
            if letters.search.is_none() && letters.asked.len() > 1 {
                break;
            }
            thread::yield_now();
        }
        harness.run_steps(4);
        for letter in ['例', 'م', 'ד', 'उ', '예'] {
            let here = !find(&[letter]).is_empty();
            let shown = harness.ctx.fonts_mut(|fonts| fonts.has_glyph(&FontId::proportional(13.0), letter));
            assert_eq!(shown, here, "{letter}");
            assert!(harness.state().as_ref().unwrap().asked.contains(&letter), "{letter} is asked for");
        }
    }

    #[test]
    fn are_not_looked_for_where_the_window_has_them() {
        let mut harness = Harness::builder().with_context_setup(theme::install).build_ui_state(
            |ui, letters: &mut Option<Letters>| {
                letters.get_or_insert_with(|| Letters::install(ui.ctx())).follow(ui.ctx());
                ui.label("Größe, naïve, Ελλάδα, Россия → 100 µs");
            },
            None,
        );
        harness.run_steps(5);
        let letters = harness.state().as_ref().unwrap();
        assert!(letters.asked.is_empty() && letters.search.is_none(), "{letters:?}");
    }

    #[test]
    fn have_the_script_their_block_is_for() {
        for (letter, expected) in
            [('漢', "Hani"), ('か', "Hira"), ('ع', "Arab"), ('א', "Hebr"), ('ह', "Deva"), ('x', "Zyyy")]
        {
            assert_eq!(script(letter), expected);
        }
    }
}
