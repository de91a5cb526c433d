//! The fonts of a page: the window's own, built in, so that a page looks the same on every machine and a machine without fonts
//! shows one at all. The system's fonts are looked at only when a page has letters the built-in ones lack (finding them takes
//! a tenth of a second and some memory).

use std::sync::Arc;

use blitz_dom::FontContext;
use fontique::{
    Blob, Collection, CollectionOptions, FallbackKey, FontInfoOverride, FontWeight, GenericFamily, Script, SourceCache,
};

/// The built-in fonts, read once.
#[derive(Clone)]
pub(super) struct Fonts {
    context: FontContext,
    bold: Arc<[(u64, (f64, f64))]>,
}

impl Fonts {
    /// Reads the built-in fonts. Each stands in for its own bold face, which the painter thickens: see
    /// [`Fonts::thickening`]. Both directions have to be thickened: a curve that is moved across alone vanishes.
    pub(super) fn built_in() -> Self {
        let mut collection = Collection::new(CollectionOptions { shared: false, system_fonts: false });
        let built_in = egui::FontDefinitions::default();
        let mut bold = Vec::new();
        let mut register = |name: &str, alias: &str, thickening: (f64, f64)| {
            let octets = &built_in.font_data.get(name)?.font;
            let mut family = None;
            for weight in [FontWeight::NORMAL, FontWeight::BOLD] {
                let face =
                    FontInfoOverride { family_name: Some(alias), weight: Some(weight), ..FontInfoOverride::default() };
                let blob = Blob::new(Arc::clone(octets));
                if weight == FontWeight::BOLD {
                    bold.push((blob.id(), thickening));
                }
                family = collection.register_fonts(blob, Some(face)).first().map(|(family, _)| *family);
            }
            family
        };
        let words = register("Ubuntu-Light", "Roundtrip Words", (0.03, 0.015));
        let mono = register("Hack", "Roundtrip Mono", (0.018, 0.006));
        collection.register_fonts(Blob::new(Arc::new(blitz_dom::BULLET_FONT)), None);
        for generic in WORDS {
            collection.set_generic_families(generic, words.into_iter().chain(mono));
        }
        for generic in [GenericFamily::Monospace, GenericFamily::UiMonospace] {
            collection.set_generic_families(generic, mono.into_iter().chain(words));
        }
        for script in ["Latn", "Grek", "Cyrl", "Zyyy"] {
            if let Ok(script) = script.parse::<Script>() {
                collection.append_fallbacks(FallbackKey::new(script, None), words.into_iter().chain(mono));
            }
        }
        Self { context: FontContext { collection, source_cache: SourceCache::default() }, bold: bold.into() }
    }

    /// Fonts for one page whose text is `text`.
    pub(super) fn for_text(&self, text: &str) -> FontContext {
        let mut context = self.context.clone();
        if !built_in_suffices(text) {
            context.collection.load_system_fonts();
        }
        context
    }

    /// By how much of its size, across and down, a letter of this font's data (by its identity) is thickened: where it is a built-in
    /// face that stands in for a bold one.
    pub(super) fn thickening(&self, data: u64) -> Option<(f64, f64)> {
        self.bold.iter().find(|(bold, _)| *bold == data).map(|(_, thickening)| *thickening)
    }
}

/// The families that are written in the font of words.
const WORDS: [GenericFamily; 6] = [
    GenericFamily::SansSerif,
    GenericFamily::Serif,
    GenericFamily::SystemUi,
    GenericFamily::UiSansSerif,
    GenericFamily::Cursive,
    GenericFamily::Fantasy,
];

/// Does the built-in font have the letters of `text`? Latin, Greek, Cyrillic, punctuation and symbols it has; what else a page is
/// written in it has not.
fn built_in_suffices(text: &str) -> bool {
    text.chars().all(|letter| {
        matches!(letter, '\0'..='\u{52F}' | '\u{1E00}'..='\u{2BFF}' | '\u{FB00}'..='\u{FB04}' | '\u{FEFF}' | '\u{FFFD}')
            || ('\u{1F300}'..='\u{1FAFF}').contains(&letter)
    })
}

#[cfg(test)]
mod fonts_are_there_on_a_bare_machine {
    use super::*;
    use crate::app::page::document::{Brush, PageDocument, PageSource, PageViewport};

    #[test]
    fn words_and_octets_have_a_family_each() {
        let mut fonts = Fonts::built_in().for_text("plain words");
        let families =
            |fonts: &mut FontContext, generic| fonts.collection.generic_families(generic).collect::<Vec<_>>();
        let sans = families(&mut fonts, GenericFamily::SansSerif);
        let mono = families(&mut fonts, GenericFamily::Monospace);
        assert!(!sans.is_empty() && !mono.is_empty());
        assert_ne!(sans.first(), mono.first());
    }

    #[test]
    fn the_system_is_asked_only_for_foreign_letters() {
        assert!(built_in_suffices("Größe, naïve, Ελλάδα, Россия → 100 µs 🎉"));
        assert!(!built_in_suffices("漢字"));
        assert!(!built_in_suffices("العربية"));
    }

    /// A page with each printable character in a cell of its own, and the ink in each cell.
    fn ink(style: &str) -> Vec<(char, u32)> {
        let letters: Vec<char> = ('!'..='~').collect();
        let cells = letters.iter().enumerate().map(|(at, letter)| {
            let (left, top) = (at % ROW * CELL, at / ROW * CELL);
            format!("<span style='{style}position:absolute;left:{left}px;top:{top}px'>&#{};</span>", u32::from(*letter))
        });
        let html = format!("<body style='margin:0;font-size:32px'>{}", cells.collect::<String>());
        let source = PageSource {
            base: "http://www.lab/".parse().unwrap(),
            html,
            resources: Vec::new(),
            settled: true,
            scroll: (0.0, 0.0),
        };
        let side = u32::try_from(ROW * CELL).unwrap();
        let view = PageViewport { width: side, height: side, scale: 1.0, dark: false };
        let mut brush = Brush::default();
        let mut page = PageDocument::new(source, view, brush.fonts());
        page.lay_out(0);
        let picture = page.paint(&mut brush);
        let ink_in = |at: usize| {
            let (left, top) = (at % ROW * CELL, at / ROW * CELL);
            let cell = (top..top + CELL).flat_map(|y| (left..left + CELL).map(move |x| (x, y)));
            cell.map(|(x, y)| 255 - u32::from(picture.pixels[y * picture.size[0] + x].r())).sum()
        };
        letters.iter().enumerate().map(|(at, letter)| (*letter, ink_in(at))).collect()
    }

    const ROW: usize = 10;
    const CELL: usize = 60;
    /// Of a full stop there is about twice as much.
    const LEAST_INK: u32 = 1_000;

    #[test]
    fn every_printable_character_has_ink_and_more_of_it_where_it_is_bold() {
        for style in ["", "font-family:monospace;"] {
            let plain = ink(style);
            let bold = ink(&format!("{style}font-weight:bold;"));
            for ((letter, plain), (_, bold)) in plain.into_iter().zip(bold) {
                assert!(plain > LEAST_INK, "{letter}: {plain}");
                assert!(bold > plain, "{letter} ({style}): {bold} of bold ink, {plain} of plain ink");
            }
        }
    }
}
