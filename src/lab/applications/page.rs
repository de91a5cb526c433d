//! How the programs' pages look: a band with the site's name and the page's title, then the page. They need no script and no cookie.

use crate::lab::origin::escaped;

/// The dress of one site's pages.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dress<'a> {
    /// Small letters above the title.
    pub(super) site: &'a str,
    /// The band's colour.
    pub(super) band: &'static str,
    /// Links in the band: address and words.
    pub(super) links: &'a [(&'a str, &'a str)],
}

/// A whole page; `body` is HTML.
pub(super) fn page(dress: &Dress<'_>, title: &str, body: &str) -> String {
    let link = |(to, words): &(&str, &str)| format!("<a href=\"{to}\">{}</a> ", escaped(words));
    let links: String = dress.links.iter().map(link).collect();
    let (site, title, band) = (escaped(dress.site), escaped(title), dress.band);
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>{title}: {site}</title>\n<style>\n{STYLE}\
         .band {{ background: {band}; }}\n</style>\n</head>\n<body>\n<div class=\"band\">\n<p>{site}</p>\n<h1>{title}</h1>\n\
         <p>{links}</p>\n</div>\n<div class=\"page\">\n{body}</div>\n</body>\n</html>\n"
    )
}

/// A table with a head; cells are HTML.
pub(super) fn table(heads: &[&str], rows: &[Vec<String>]) -> String {
    let head = |head: &&str| format!("<th>{head}</th>");
    let cell = |cell: &String| format!("<td>{cell}</td>");
    let row = |row: &Vec<String>| {
        let cells: String = row.iter().map(cell).collect();
        format!("<tr>{cells}</tr>\n")
    };
    let (head, rows): (String, String) = (heads.iter().map(head).collect(), rows.iter().map(row).collect());
    format!("<table>\n<tr>{head}</tr>\n{rows}</table>\n")
}

/// The cookies that came with a request, as a sentence or a table.
pub(super) fn cookies_that_came(pairs: &[(String, String)]) -> String {
    if pairs.is_empty() {
        return "<p>Your browser sent no cookie with this request.</p>\n".to_owned();
    }
    let rows: Vec<Vec<String>> = pairs
        .iter()
        .map(|(name, value)| vec![code(if name.is_empty() { "(no name)" } else { name }), code(value)])
        .collect();
    format!("<p>With this request your browser sent:</p>\n{}", table(&["name", "value"], &rows))
}

/// Text as it is written in a message.
pub(super) fn code(text: &str) -> String {
    format!("<code>{}</code>", escaped(text))
}

const STYLE: &str = "\
body { margin: 0; color: #1b2330; font-family: Arial, sans-serif; line-height: 1.5; background: #ffffff; }
.band { color: #ffffff; padding: 18px 32px 12px 32px; border-bottom: 5px solid #d98a00; }
.band h1 { font-family: Georgia, serif; font-weight: normal; margin: 0; font-size: 28px; }
.band p { margin: 0 0 4px 0; font-size: 13px; }
.band a { color: #ffffff; margin-right: 14px; }
.page { padding: 18px 32px; max-width: 760px; }
h2 { font-family: Georgia, serif; font-weight: normal; font-size: 20px; color: #14304f; margin: 20px 0 6px 0; }
table { border-collapse: collapse; }
th { text-align: left; color: #5f6b7a; font-weight: normal; padding: 4px 18px 4px 0; }
td { border-bottom: 1px solid #e1e5ea; padding: 5px 18px 5px 0; vertical-align: top; }
code { background: #eef1f5; padding: 1px 4px; }
.aside { color: #5f6b7a; font-size: 13px; }
";
