//! A URL in the colours of its parts. Where the parts stand is `proto::http::url`'s to say.

use egui::{
    FontId,
    text::{LayoutJob, TextFormat},
};

use crate::{
    app::theme::{FetchPhase, Theme},
    proto::http::url::{UrlPartKind, dissect},
};

/// `typed` laid out in one line, each part in its colour; what is no URL in one colour.
pub(super) fn url_job(theme: &Theme, typed: &str, font: &FontId) -> LayoutJob {
    let mut job = LayoutJob::default();
    let mut add = |text: Option<&str>, colour| {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            job.append(text, 0.0, TextFormat::simple(font.clone(), colour));
        }
    };
    let mut at = 0;
    for part in dissect(typed).map(|dissected| dissected.parts).unwrap_or_default() {
        add(typed.get(at..part.range.start), theme.muted);
        add(typed.get(part.range.clone()), part_colour(theme, part.kind));
        at = part.range.end;
    }
    let plain = if at == 0 { theme.text } else { theme.muted };
    add(typed.get(at..), plain);
    job.break_on_newline = false;
    job
}

/// The colour of a part; always beside its name or in its place.
pub(super) fn part_colour(theme: &Theme, kind: UrlPartKind) -> egui::Color32 {
    match kind {
        UrlPartKind::Scheme => theme.muted,
        UrlPartKind::UserInfo => theme.bad,
        UrlPartKind::Host => theme.text,
        UrlPartKind::Port => theme.phase_words(FetchPhase::Connect),
        UrlPartKind::Path => theme.accent,
        UrlPartKind::Query => theme.phase_words(FetchPhase::Wait),
        UrlPartKind::Fragment => theme.phase_words(FetchPhase::Dns),
    }
}

/// What a part is called on screen.
pub(super) fn part_name(kind: UrlPartKind) -> &'static str {
    match kind {
        UrlPartKind::Scheme => "scheme",
        UrlPartKind::UserInfo => "user",
        UrlPartKind::Host => "host",
        UrlPartKind::Port => "port",
        UrlPartKind::Path => "path",
        UrlPartKind::Query => "query",
        UrlPartKind::Fragment => "fragment",
    }
}

#[cfg(test)]
mod a_url_in_colours {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn has_one_for_each_part() {
        let theme = Theme::by_darkness(false);
        let job = url_job(theme, "http://www.someschool.edu:8080/a?b=c#d", &FontId::monospace(12.0));
        let colour_of = |text: &str| {
            let at = job.text.find(text).unwrap();
            job.sections.iter().find(|section| section.byte_range.start.0 == at).map(|section| section.format.color)
        };
        assert_eq!(colour_of("www."), Some(theme.text));
        assert_eq!(colour_of("8080"), Some(part_colour(theme, UrlPartKind::Port)));
        assert_eq!(colour_of("/a"), Some(theme.accent));
        assert_eq!(colour_of("b=c"), Some(part_colour(theme, UrlPartKind::Query)));
    }

    proptest! {
        #[test]
        fn and_says_exactly_what_was_typed(typed in "\\PC{0,40}|(http|:|/|@|\\?|#|ä|\\[|\\]|%| |a){0,24}") {
            prop_assert_eq!(url_job(Theme::by_darkness(true), &typed, &FontId::monospace(12.0)).text, typed);
        }
    }
}
