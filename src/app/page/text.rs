//! A page's words and links, for copying, for readers who cannot see the picture, and for pages that cannot be laid out.

use blitz_dom::{BaseDocument, NodeData, NodeId};
use url::Url;

/// Octets of a page's text that are kept.
pub(super) const MAX_TEXT: usize = 256 * 1024;

/// Links of a page that are listed.
pub(super) const MAX_LINKS: usize = 300;

/// Where a page leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageLink {
    /// What is written on it.
    pub text: String,
    /// Where it leads.
    pub url: Url,
}

/// A page's words as lines, up to [`MAX_TEXT`] octets.
pub(super) fn words(document: &BaseDocument) -> String {
    let mut lines = TextLines::default();
    visit_nodes(document, |node, ends| {
        if lines.text.len() > MAX_TEXT {
            return false;
        }
        match node {
            NodeData::Text(text) if !ends => lines.add(&text.content),
            NodeData::Element(element) => {
                let tag = element.name.local.as_ref();
                if is_silent(tag) {
                    return false;
                }
                if is_block(tag) {
                    lines.end_line();
                }
                if let (false, "img", Some(alt)) = (ends, tag, element.attr(blitz_dom::local_name!("alt"))) {
                    lines.add(alt);
                }
                if let (false, "td" | "th") = (ends, tag) {
                    lines.add(" ");
                }
            }
            _ => {}
        }
        true
    });
    lines.finished()
}

/// A page's links in their order, up to [`MAX_LINKS`].
pub(super) fn links(document: &BaseDocument) -> Vec<PageLink> {
    let mut found = Vec::new();
    for (_, node) in document.tree().iter() {
        if found.len() >= MAX_LINKS {
            break;
        }
        let Some(href) =
            node.element_data().filter(|_| node.data.is_element_with_tag_name(&blitz_dom::local_name!("a")))
        else {
            continue;
        };
        let Some(url) = href.attr(blitz_dom::local_name!("href")).and_then(|to| document.base_url().join(to).ok())
        else {
            continue;
        };
        let text = node.text_content().split_whitespace().collect::<Vec<_>>().join(" ");
        found.push((node.id, PageLink { text: if text.is_empty() { url.to_string() } else { text }, url }));
    }
    found.sort_by_key(|(id, _)| *id);
    found.into_iter().map(|(_, link)| link).collect()
}

/// Visits every node before (`false`) and after (`true`) its children, without descending; children are skipped where `visit`
/// says no.
fn visit_nodes(document: &BaseDocument, mut visit: impl FnMut(&NodeData, bool) -> bool) {
    let mut open: Vec<(NodeId, bool)> = vec![(document.root_node().id, false)];
    while let Some((id, ends)) = open.pop() {
        let Some(node) = document.get_node(id) else { continue };
        if !visit(&node.data, ends) || ends {
            continue;
        }
        open.push((id, true));
        open.extend(node.children.iter().rev().map(|&child| (child, false)));
    }
}

/// The words of an HTML text by leaving out its tags: for pages that are too much to lay out. Entities stay as written but for the
/// commonest.
pub fn without_tags(html: &str) -> String {
    let mut lines = TextLines::default();
    let mut rest = html;
    while let Some((words, tag_on)) = rest.split_once('<') {
        lines.add(&entities(words));
        if lines.text.len() > MAX_TEXT {
            return lines.finished();
        }
        let (tag, after) = match tag_on.strip_prefix("!--") {
            Some(comment) => ("", comment.split_once("-->").map_or("", |(_, after)| after)),
            None => tag_on.split_once('>').unwrap_or((tag_on, "")),
        };
        let name: String = tag
            .trim_start_matches('/')
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .collect::<String>()
            .to_lowercase();
        rest = after;
        if is_silent(&name) && name != "head" && !tag.starts_with('/') {
            let end = format!("</{name}");
            let at = after.as_bytes().windows(end.len()).position(|window| window.eq_ignore_ascii_case(end.as_bytes()));
            rest = at.and_then(|at| after.get(at..)).unwrap_or("");
        }
        if is_block(&name) {
            lines.end_line();
        }
    }
    lines.add(&entities(rest));
    lines.finished()
}

fn entities(text: &str) -> String {
    text.replace("&nbsp;", " ").replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

fn is_silent(tag: &str) -> bool {
    matches!(tag, "head" | "script" | "style" | "template" | "noscript" | "title")
}

fn is_block(tag: &str) -> bool {
    matches!(
        tag,
        "address"
            | "article"
            | "aside"
            | "blockquote"
            | "body"
            | "br"
            | "dd"
            | "details"
            | "div"
            | "dl"
            | "dt"
            | "fieldset"
            | "figcaption"
            | "figure"
            | "footer"
            | "form"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "header"
            | "hr"
            | "html"
            | "li"
            | "main"
            | "nav"
            | "ol"
            | "option"
            | "p"
            | "pre"
            | "section"
            | "summary"
            | "table"
            | "tr"
            | "ul"
    )
}

/// Words gathered into lines: white space within a line is one space, empty lines are none.
#[derive(Debug, Default)]
struct TextLines {
    text: String,
    space: bool,
}

impl TextLines {
    fn add(&mut self, words: &str) {
        for letter in words.chars() {
            if letter.is_whitespace() {
                self.space = true;
                continue;
            }
            if self.space && !self.text.is_empty() && !self.text.ends_with('\n') {
                self.text.push(' ');
            }
            self.space = false;
            self.text.push(letter);
        }
    }

    fn end_line(&mut self) {
        self.space = false;
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push('\n');
        }
    }

    fn finished(mut self) -> String {
        self.text.truncate(self.text.floor_char_boundary(MAX_TEXT));
        self.text.truncate(self.text.trim_end().len());
        self.text
    }
}

#[cfg(test)]
mod words_are_read_without_a_layout {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn by_leaving_out_tags() {
        let html = "<html><head><title>T</title><style>a{}</style></head><body><h1>A  lab</h1><p>one &amp; <b>two</b></p>\
                    <script>if (a < b) {}</script><!-- a > b --><p>three";
        assert_eq!(without_tags(html), "A lab\none & two\nthree");
    }

    proptest! {
        #[test]
        fn from_any_text(html in "(<|>|/|!--|-->|script|p|&amp;| |ä|x){0,40}") {
            prop_assert!(without_tags(&html).len() <= MAX_TEXT);
        }
    }
}
