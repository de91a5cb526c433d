//! Text that reads well at 80 columns.

use url::Url;

use super::outcome::Trouble;
use crate::{
    engine::setting::{Setting, WorldChoice},
    net::TcpModel,
    proto::http::url as http_url,
};

/// Columns text is folded to.
pub(super) const COLUMNS: usize = 80;
/// Where the text beside a name begins.
const HANG: usize = 22;

/// The URL a student typed.
pub(super) fn url(typed: &str) -> Result<Url, Trouble> {
    http_url::parse(typed).map_err(|error| Trouble::Usage(format!("{typed}: {error}")))
}

/// World and path in one line.
pub(super) fn setting_line(setting: &Setting) -> String {
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
pub(super) fn folded(line: &str) -> String {
    fold(line, COLUMNS).join("\n") + "\n"
}

/// `  name                text`, the text folded beside the name.
pub(super) fn hanging(name: &str, text: &str) -> String {
    let mut out = String::new();
    for (number, line) in fold(text, COLUMNS - HANG).into_iter().enumerate() {
        let head = if number == 0 { name } else { "" };
        out.push_str(&format!("  {head:<width$}{line}\n", width = HANG - 2));
    }
    out
}

/// A text in lines of at most so many columns.
pub(super) fn fold(text: &str, columns: usize) -> Vec<String> {
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
