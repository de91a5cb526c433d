//! Reports as text that reads well at 80 columns: what the experiments' own texts have in common.

use super::setting::{Setting, WorldChoice};
use crate::{lens::hex, net::TcpModel};

/// Columns text is folded to.
pub(crate) const COLUMNS: usize = 80;
/// Where the text beside a name begins.
const HANG: usize = 22;

/// World and path in one line.
pub(crate) fn setting_line(setting: &Setting) -> String {
    match setting.world {
        WorldChoice::Internet => "This machine's Internet".to_owned(),
        WorldChoice::Lab => {
            let tcp = match setting.path.tcp {
                TcpModel::Textbook => " · textbook TCP",
                TcpModel::Realistic | TcpModel::Modern => "",
            };
            format!("Lab Internet · RTT {}{tcp}", setting.path)
        }
    }
}

/// A line folded at 80 columns, with its line end.
pub(crate) fn folded(line: &str) -> String {
    fold(line, COLUMNS).join("\n") + "\n"
}

/// `  name                text`, the text folded beside the name.
pub(crate) fn hanging(name: &str, text: &str) -> String {
    let mut out = String::new();
    for (number, line) in fold(text, COLUMNS - HANG).into_iter().enumerate() {
        let head = if number == 0 { name } else { "" };
        out.push_str(&format!("  {head:<width$}{line}\n", width = HANG - 2));
    }
    out
}

/// A text in lines of at most so many columns.
pub(crate) fn fold(text: &str, columns: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let full = lines.last().map_or(0, |line| line.chars().count());
        if full > 0 && full + 1 + word.chars().count() > columns {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}

/// A table: the first column to the left, all others to the right, as wide as what stands in them.
pub(crate) fn table(heads: &[&str], rows: &[Vec<String>]) -> String {
    let length = |text: &str| text.chars().count();
    let widest = |column: usize, head: &str| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| length(cell));
        cells.max().unwrap_or_default().max(length(head))
    };
    let widths: Vec<usize> = heads.iter().enumerate().map(|(column, head)| widest(column, head)).collect();
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let cells = cells.zip(&widths).enumerate().map(|(column, (cell, width))| match column {
            0 => format!("{cell:<width$}"),
            _ => format!("  {cell:>width$}"),
        });
        cells.collect::<String>().trim_end().to_owned() + "\n"
    };
    let head = line(&mut heads.iter().copied());
    rows.iter().fold(head, |table, row| table + &line(&mut row.iter().map(String::as_str)))
}

/// Octets in rows of sixteen, each behind its offset.
pub(crate) fn hex(octets: &[u8]) -> String {
    let rows = octets.chunks(hex::ROW).enumerate();
    rows.fold(String::new(), |text, (row, octets)| {
        text + &format!("{:04x}  {}\n", row * hex::ROW, hex::row_text(octets))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_within_its_columns_and_loses_no_word() {
        let text =
            "Ten handshakes are gone: 10 × 100 ms. Transmission time is the same, since the link is shared by all.";
        let shown = hanging("persistent-parallel", text);
        assert!(shown.lines().all(|line| line.chars().count() <= COLUMNS), "{shown}");
        let words: Vec<_> = shown.split_whitespace().skip(1).collect();
        assert_eq!(words, text.split(' ').collect::<Vec<_>>());
    }
}
