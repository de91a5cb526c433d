//! Long names in little room.

/// `text` in at most `most` letters: what is too much is left out of its middle, since names that differ mostly do so at their ends.
pub(super) fn cut_in_the_middle(text: &str, most: usize) -> String {
    let letters = text.chars().count();
    let most = most.max(5);
    if letters <= most {
        return text.to_owned();
    }
    let end = (most - 1).div_ceil(2);
    let begin = most - 1 - end;
    text.chars().take(begin).chain(['…']).chain(text.chars().skip(letters - end)).collect()
}

#[cfg(test)]
mod a_long_name {
    use super::cut_in_the_middle;

    #[test]
    fn keeps_its_beginning_and_its_end() {
        assert_eq!(cut_in_the_middle("object?i=10&size=1000", 12), "objec…e=1000");
        assert_eq!(cut_in_the_middle("größer", 6), "größer");
        assert_eq!(cut_in_the_middle("größere Dinge", 5), "gr…ge");
        assert_eq!(cut_in_the_middle("abcdefgh", 0), "ab…gh");
    }
}
