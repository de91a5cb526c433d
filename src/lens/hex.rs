//! The last resort: rows of sixteen octets.

use std::fmt::Write as _;

use super::FieldNode;

/// `bytes` as rows of sixteen octets, at most [`MAX_ROWS`] of them; the rest is one node.
pub fn read(bytes: &[u8]) -> Vec<FieldNode> {
    let node = |range: std::ops::Range<usize>, value: String| FieldNode {
        name: format!("{:08x}", range.start),
        range,
        value,
        meaning: "Sixteen octets in hexadecimal and as text.",
        clause: "",
        wrong: None,
        parts: Vec::new(),
    };
    let mut rows: Vec<FieldNode> = bytes
        .chunks(ROW)
        .take(MAX_ROWS)
        .enumerate()
        .map(|(index, row)| node(index * ROW..index * ROW + row.len(), row_text(row)))
        .collect();
    let shown = MAX_ROWS * ROW;
    if bytes.len() > shown {
        rows.push(node(shown..bytes.len(), format!("{} octets more", bytes.len() - shown)));
    }
    rows
}

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

/// Rows made into nodes of their own.
pub const MAX_ROWS: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_shows_octets_and_text() {
        assert_eq!(row_text(b"GET /\r\n"), format!("47 45 54 20 2f 0d 0a {} GET /..", "   ".repeat(9)));
        let rows = read(&[0; 40]);
        assert_eq!(rows.iter().map(|row| row.range.len()).collect::<Vec<_>>(), [16, 16, 8]);
    }
}
