//! Octets no lens reads, as they are: rows of sixteen.

use std::fmt::Write as _;

/// `47 45 54 20 …  GET …` for up to sixteen octets.
pub fn row_text(row: &[u8]) -> String {
    let mut text = String::with_capacity(ROW * 4 + 2);
    for octet in row {
        write!(text, "{octet:02x} ").unwrap_or_default();
    }
    text.push_str(&"   ".repeat(ROW.saturating_sub(row.len())));
    text.push(' ');
    text.extend(
        row.iter().map(|octet| if octet.is_ascii_graphic() || *octet == b' ' { char::from(*octet) } else { '.' }),
    );
    text
}

/// Octets in a row.
pub const ROW: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_shows_octets_and_text() {
        assert_eq!(row_text(b"GET /\r\n"), format!("47 45 54 20 2f 0d 0a {} GET /..", "   ".repeat(9)));
    }
}
