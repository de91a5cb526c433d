//! How deeply brackets are nested in a style sheet, and elements in a drawing. Both are read by descending one call a level, so
//! a sheet of a million `(` would end the program by using up its stack: it is refused here first.

/// Brackets open at once in a style sheet at most; real sheets stay under ten.
pub(super) const MAX_BRACKETS: u32 = 100;

/// Elements open at once in an SVG drawing at most.
pub(super) const MAX_SVG_ELEMENTS: u32 = 100;

/// Counts open brackets as text goes by, in any pieces. Brackets in strings and comments count too: that errs to the safe side.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Brackets {
    open: u32,
    deepest: u32,
}

impl Brackets {
    /// More of the text.
    pub(super) fn read(&mut self, text: &[u8]) {
        for octet in text {
            match octet {
                b'(' | b'[' | b'{' => {
                    self.open += 1;
                    self.deepest = self.deepest.max(self.open);
                }
                b')' | b']' | b'}' => self.open = self.open.saturating_sub(1),
                _ => {}
            }
        }
    }

    /// Were more than [`MAX_BRACKETS`] open at once?
    pub(super) fn too_deep(self) -> bool {
        self.deepest > MAX_BRACKETS
    }
}

/// Is this style sheet nested too deeply to be read?
pub(super) fn sheet_too_deep(sheet: &[u8]) -> bool {
    let mut brackets = Brackets::default();
    brackets.read(sheet);
    brackets.too_deep()
}

/// Is this SVG drawing nested too deeply to be read? Counts tags without reading attributes: `<` in them is not XML.
pub(super) fn drawing_too_deep(drawing: &[u8]) -> bool {
    let (mut open, mut deepest) = (0_u32, 0_u32);
    let mut rest = drawing;
    while let Some(at) = rest.iter().position(|&octet| octet == b'<') {
        rest = rest.get(at + 1..).unwrap_or_default();
        match rest.first() {
            Some(b'/') => open = open.saturating_sub(1),
            Some(b'!' | b'?') | None => {}
            Some(_) => {
                let end = rest.iter().position(|&octet| octet == b'>').unwrap_or(rest.len());
                if rest.get(..end).is_some_and(|tag| tag.last() != Some(&b'/')) {
                    open += 1;
                    deepest = deepest.max(open);
                }
            }
        }
    }
    deepest > MAX_SVG_ELEMENTS
}

#[cfg(test)]
mod depth_is_measured_before_descending {
    use super::*;

    #[test]
    fn of_style_sheets() {
        assert!(!sheet_too_deep(b"@media screen { a[href]:not(.x) { color: rgb(1, 2, 3) } }"));
        assert!(!sheet_too_deep("a{b:c}".repeat(100_000).as_bytes()));
        assert!(sheet_too_deep("(".repeat(1_000).as_bytes()));
        let mut pieces = Brackets::default();
        (0..101).for_each(|_| pieces.read(b"{"));
        assert!(pieces.too_deep());
    }

    #[test]
    fn of_drawings() {
        assert!(!drawing_too_deep(b"<?xml version='1.0'?><svg><g><path d='M0 0'/></g></svg>"));
        assert!(!drawing_too_deep(format!("<svg>{}</svg>", "<g></g><path/>".repeat(10_000)).as_bytes()));
        assert!(drawing_too_deep("<g>".repeat(1_000).as_bytes()));
    }
}
