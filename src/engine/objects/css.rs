//! The addresses a style sheet's text names: `url()` and `@import`, without parsing the rest. CSS Syntax 3 §4.3.6, CSS Cascade §2.
//!
//! Fonts are left out: a browser fetches one only when a letter needs it.

/// The addresses in `css`, in order, as written; escapes are not undone.
pub(super) fn references(css: &str) -> impl Iterator<Item = &str> {
    Scanner { rest: css, import: false }
}

struct Scanner<'a> {
    rest: &'a str,
    /// The last word was `@import`: a plain string is an address.
    import: bool,
}

impl<'a> Iterator for Scanner<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        while let Some(first) = self.rest.chars().next() {
            if let Some(comment) = self.rest.strip_prefix("/*") {
                self.rest = comment.split_once("*/").map_or("", |(_, rest)| rest);
            } else if matches!(first, '"' | '\'') {
                let (string, rest) = quoted(self.rest, first);
                self.rest = rest;
                if std::mem::take(&mut self.import) {
                    return Some(string);
                }
            } else if let Some(rest) = strip_word(self.rest, "url(") {
                self.import = false;
                let (address, rest) = address(rest.trim_start());
                self.rest = rest;
                return Some(address);
            } else if let Some(rest) = strip_word(self.rest, "@font-face") {
                self.rest = rest.split_once('}').map_or("", |(_, rest)| rest);
            } else if let Some(rest) = strip_word(self.rest, "@import") {
                self.import = true;
                self.rest = rest;
            } else {
                self.import &= first.is_whitespace();
                self.rest = self.rest.get(word_len(self.rest, first)..).unwrap_or_default();
            }
        }
        None
    }
}

/// How far to go on: over a whole name, so that `my-url(` is not taken for `url(`, or over one character.
fn word_len(rest: &str, first: char) -> usize {
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    let name = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
    if name > 0 { name } else { first.len_utf8() }
}

fn strip_word<'a>(rest: &'a str, word: &str) -> Option<&'a str> {
    let (head, tail) = rest.split_at_checked(word.len())?;
    head.eq_ignore_ascii_case(word).then_some(tail)
}

/// The string that `rest` begins with, without its `quote`s, and what follows it. A line end closes a string that is not closed.
fn quoted(rest: &str, quote: char) -> (&str, &str) {
    let inner = rest.get(quote.len_utf8()..).unwrap_or_default();
    let end = inner.find([quote, '\n']).unwrap_or(inner.len());
    let (string, rest) = inner.split_at_checked(end).unwrap_or((inner, ""));
    (string, rest.strip_prefix([quote, '\n']).unwrap_or(rest))
}

/// What `url(` holds and what follows its `)`.
fn address(rest: &str) -> (&str, &str) {
    if let Some(quote @ ('"' | '\'')) = rest.chars().next() {
        return quoted(rest, quote);
    }
    let (address, rest) = rest.split_once(')').unwrap_or((rest, ""));
    (address.trim(), rest)
}

#[cfg(test)]
mod a_style_sheet {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_its_addresses() {
        let css = r#"@IMPORT "a.css" screen; @import url(b.css); /* url(no) */ p { content: "url(no)"; background:
            URL( c.png ) , url('d.png') } @font-face { src: url(f.woff) } q { my-url(no); cursor: url("e.cur"), auto }"#;
        assert_eq!(references(css).collect::<Vec<_>>(), ["a.css", "b.css", "c.png", "d.png", "e.cur"]);
    }

    #[test]
    fn may_end_anywhere() {
        for (css, expected) in [
            ("url(", vec![""]),
            ("url(x", vec!["x"]),
            ("url('x", vec!["x"]),
            ("@import", vec![]),
            ("/*", vec![]),
            ("'", vec![]),
        ] {
            assert_eq!(references(css).collect::<Vec<_>>(), expected, "{css}");
        }
    }

    proptest! {
        #[test]
        fn is_read_to_its_end(css in "(url\\(|@import|['\"();{}/*]|[a-zé -]|\n){0,40}") {
            prop_assert!(references(&css).count() <= css.len());
        }
    }
}
