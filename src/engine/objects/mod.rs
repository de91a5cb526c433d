//! The objects a page refers to: what a browser fetches to show it, in document order, each once.
//!
//! Read from the octets by the HTML standard's tokenizer, without building a tree: `<base href>`, raw text and character
//! references are minded; what a script would add is not, for none is run. Style sheets are objects; what they refer to
//! themselves is not looked for.
//!
//! | element | attribute |
//! | --- | --- |
//! | `img` | `src`, else the first candidate of `srcset` (which one a browser takes depends on its window) |
//! | `link` | `href`, where `rel` says `stylesheet`, `icon` or `preload` |
//! | `script`, `iframe`, `frame`, `embed` | `src` |
//! | `input type=image` | `src` |
//! | `object` | `data` |
//! | `video` | `poster` |
//! | `body`, `table`, `td`, `th` | `background` |
//! | `image` (SVG) | `href`, `xlink:href` |
//! | `style`, any element's `style` | `url()` and `@import`, those of `@font-face` left out |

mod css;

use std::{borrow::Cow, cell::RefCell, collections::HashSet};

use encoding_rs::Encoding;
use html5ever::{
    Attribute, TokenizerResult,
    tendril::StrTendril,
    tokenizer::{
        BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
        states::{Rawtext, Rcdata, ScriptData},
    },
};
use url::Url;

use super::exchange::Exchange;
use crate::proto::http::sniffing;

/// What was found in a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageObjects {
    /// Absolute `http` and `https` URLs in document order, each once, without fragments; at most [`MAX_OBJECTS`].
    pub urls: Vec<Url>,
    /// How many more the page refers to (one named twice counts twice here).
    pub beyond: u64,
    /// References that are no address at all.
    pub unreadable: u32,
}

/// Objects of one page that are loaded. A page with more is loaded as far as this, and that is said: a browser would go on, but
/// a peer must not decide how much we do.
pub const MAX_OBJECTS: usize = 1000;

/// The objects of what an exchange brought; `None` where that is no page.
pub fn of(base: &Exchange) -> Option<PageObjects> {
    if !sniffing::is_page(base.content_type(), base.readable()) {
        return None;
    }
    let text = base.text();
    Some(find(&text.letters, &base.timing.url, text.encoding))
}

/// Finds the objects of the HTML document `html`, fetched from `page`, whose octets were in `encoding`: so are those of its queries (URL
/// Standard §4.1).
pub fn find(html: &str, page: &Url, encoding: &'static Encoding) -> PageObjects {
    let sink = Sink::default();
    let tokenizer = Tokenizer::new(sink, TokenizerOpts::default());
    let queue = BufferQueue::default();
    queue.push_back(StrTendril::from_slice(html));
    while let TokenizerResult::Script(()) | TokenizerResult::EncodingIndicator(_) = tokenizer.feed(&queue) {}
    tokenizer.end();
    tokenizer.sink.seen.into_inner().resolved(page, encoding)
}

#[derive(Default)]
struct Sink {
    seen: RefCell<PageReferences>,
}

#[derive(Default)]
struct PageReferences {
    base: Option<String>,
    /// As written, in document order, at most [`MAX_REFERENCES`].
    references: Vec<String>,
    beyond: u64,
    /// Inside so many `<template>`s: their content is inert.
    templates: u32,
    /// Text of the `<style>` being read.
    style: Option<String>,
}

/// References looked at: enough that repeated ones do not hide the first [`MAX_OBJECTS`] different ones of any sane page.
const MAX_REFERENCES: usize = 16 * MAX_OBJECTS;

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut seen = self.seen.borrow_mut();
        match token {
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => seen.start_tag(&tag),
            Token::TagToken(tag) => {
                seen.end_tag(&tag.name);
                TokenSinkResult::Continue
            }
            Token::CharacterTokens(text) => {
                if let Some(style) = &mut seen.style {
                    style.push_str(&text);
                }
                TokenSinkResult::Continue
            }
            Token::DoctypeToken(_)
            | Token::CommentToken(_)
            | Token::NullCharacterToken
            | Token::EOFToken
            | Token::ParseError(_) => TokenSinkResult::Continue,
        }
    }
}

impl PageReferences {
    fn start_tag(&mut self, tag: &Tag) -> TokenSinkResult<()> {
        let attribute = |name: &str| attribute(&tag.attrs, name);
        let name: &str = &tag.name;
        match name {
            "template" => self.templates += 1,
            "base" if self.base.is_none() => self.base = attribute("href").map(str::to_owned),
            "img" => match attribute("src").filter(|src| !src.trim().is_empty()) {
                Some(src) => self.refer(src),
                None => self.refer_to(attribute("srcset").and_then(first_candidate)),
            },
            "link" if attribute("rel").is_some_and(is_fetched) => self.refer_to(attribute("href")),
            "input" if attribute("type").is_some_and(|kind| kind.eq_ignore_ascii_case("image")) => {
                self.refer_to(attribute("src"));
            }
            "script" | "iframe" | "frame" | "embed" => self.refer_to(attribute("src")),
            "object" => self.refer_to(attribute("data")),
            "video" => self.refer_to(attribute("poster")),
            "body" | "table" | "td" | "th" => self.refer_to(attribute("background")),
            "image" => self.refer_to(attribute("href").or_else(|| attribute("xlink:href"))),
            _ => {}
        }
        if let Some(style) = attribute("style") {
            css::references(style).for_each(|reference| self.refer(reference));
        }
        match name {
            "script" => TokenSinkResult::RawData(ScriptData),
            "style" => {
                self.style = Some(String::new());
                TokenSinkResult::RawData(Rawtext)
            }
            "xmp" | "iframe" | "noembed" | "noframes" => TokenSinkResult::RawData(Rawtext),
            "textarea" | "title" => TokenSinkResult::RawData(Rcdata),
            "plaintext" => TokenSinkResult::Plaintext,
            _ => TokenSinkResult::Continue,
        }
    }

    fn end_tag(&mut self, name: &str) {
        match name {
            "template" => self.templates = self.templates.saturating_sub(1),
            "style" => {
                if let Some(style) = self.style.take() {
                    css::references(&style).for_each(|reference| self.refer(reference));
                }
            }
            _ => {}
        }
    }

    fn refer_to(&mut self, reference: Option<&str>) {
        if let Some(reference) = reference {
            self.refer(reference);
        }
    }

    fn refer(&mut self, reference: &str) {
        let reference = reference.trim();
        if reference.is_empty() || self.templates > 0 {
            return;
        }
        if self.references.len() < MAX_REFERENCES {
            self.references.push(reference.to_owned());
        } else {
            self.beyond += 1;
        }
    }

    fn resolved(self, page: &Url, encoding: &'static Encoding) -> PageObjects {
        let octets = query_octets(encoding.output_encoding());
        let joined = |base: &Url, reference: &str| {
            Url::options().base_url(Some(base)).encoding_override(Some(&octets)).parse(reference)
        };
        let base = self.base.and_then(|base| joined(page, &base).ok()).unwrap_or_else(|| page.clone());
        let mut found = PageObjects { beyond: self.beyond, ..PageObjects::default() };
        let mut known = HashSet::new();
        for reference in self.references {
            let Ok(mut url) = joined(&base, &reference) else {
                found.unreadable += 1;
                continue;
            };
            url.set_fragment(None);
            if !matches!(url.scheme(), "http" | "https") || known.contains(&url) {
                continue;
            }
            if found.urls.len() < MAX_OBJECTS {
                known.insert(url.clone());
                found.urls.push(url);
            } else {
                found.beyond += 1;
            }
        }
        found
    }
}

/// How the letters of a query become octets. What the encoding has no octets for is written as a character reference, as browsers do.
fn query_octets(encoding: &'static Encoding) -> impl Fn(&str) -> Cow<'_, [u8]> {
    move |text| encoding.encode(text).0
}

fn attribute<'a>(attributes: &'a [Attribute], name: &str) -> Option<&'a str> {
    attributes.iter().find(|attribute| &*attribute.name.local == name).map(|attribute| &*attribute.value)
}

fn is_fetched(rel: &str) -> bool {
    rel.split_ascii_whitespace()
        .any(|word| ["stylesheet", "icon", "preload"].iter().any(|fetched| word.eq_ignore_ascii_case(fetched)))
}

/// The URL of the first candidate: `a.jpg 1x, b.jpg 2x`.
fn first_candidate(srcset: &str) -> Option<&str> {
    srcset.split(|c: char| c.is_ascii_whitespace()).map(|word| word.trim_matches(',')).find(|word| !word.is_empty())
}

#[cfg(test)]
mod a_pages_objects {
    use encoding_rs::UTF_8;
    use proptest::prelude::*;

    use super::*;

    fn find_in(html: &str) -> Vec<String> {
        let page = Url::parse("http://www.someschool.edu/someDepartment/home.index").unwrap();
        find(html, &page, UTF_8).urls.into_iter().map(Into::into).collect()
    }

    #[test]
    fn are_found_in_document_order_and_once() {
        let html = r#"<!doctype html><link rel="Stylesheet" href=style.css><link rel=canonical href=/no>
            <body background="back.png"><img src="/a.jpg"><img src='a.jpg'><img src="a.jpg#part">
            <script src="//cdn.example/x.js"></script><input type=IMAGE src=go.png><input src=no.png>
            <video poster=p.jpg src=film.mp4></video><img srcset="s1.png 1x, s2.png 2x"><img src=" " srcset="t.png">
            <img src="data:image/png;base64,AA=="><a href="no.html">a</a><img src=""><object data=o.svg></object>"#;
        let department = "http://www.someschool.edu/someDepartment/";
        assert_eq!(
            find_in(html),
            [
                &format!("{department}style.css"),
                &format!("{department}back.png"),
                "http://www.someschool.edu/a.jpg",
                &format!("{department}a.jpg"),
                "http://cdn.example/x.js",
                &format!("{department}go.png"),
                &format!("{department}p.jpg"),
                &format!("{department}s1.png"),
                &format!("{department}t.png"),
                &format!("{department}o.svg"),
            ]
        );
    }

    #[test]
    fn are_resolved_against_the_documents_base() {
        let html =
            "<img src=a.jpg><base href='http://b.example/dir/x'><base href='http://c.example/'><img src=../d.jpg>";
        assert_eq!(find_in(html), ["http://b.example/dir/a.jpg", "http://b.example/d.jpg"]);
    }

    #[test]
    fn are_not_looked_for_where_nothing_is_markup() {
        let html = "<!-- <img src=1> --><script>'<img src=2>'</script><title><img src=3></title><textarea><img src=4>
            </textarea><template><img src=5></template><a title='<img src=6>'>x</a><img src=7&amp;x>";
        assert_eq!(find_in(html), ["http://www.someschool.edu/someDepartment/7&x"]);
    }

    #[test]
    fn include_those_of_its_own_styles() {
        let html =
            "<style>@import 'm.css'; b { background: url( \"i.png\" ) }</style><p style='background:url(j.png)'>";
        let names: Vec<_> = find_in(html).iter().map(|url| url.rsplit('/').next().unwrap().to_owned()).collect();
        assert_eq!(names, ["m.css", "i.png", "j.png"]);
    }

    #[test]
    fn are_bounded() {
        let html = (0..10_000).map(|i| format!("<img src=i{i}.png>")).collect::<Vec<_>>().concat();
        let page = Url::parse("http://h/").unwrap();
        let found = find(&html, &page, UTF_8);
        assert_eq!((found.urls.len(), found.beyond), (MAX_OBJECTS, 9_000));
    }

    #[test]
    fn that_are_no_address_are_counted() {
        let page = Url::parse("http://h/").unwrap();
        assert_eq!(find("<img src='http://[::1/'>", &page, UTF_8).unreadable, 1);
    }

    #[test]
    fn have_their_queries_in_the_pages_encoding() {
        let page = Url::parse("http://h/").unwrap();
        let found = find("<img src='é?é'>", &page, encoding_rs::WINDOWS_1252);
        assert_eq!(found.urls[0].as_str(), "http://h/%C3%A9?%E9");
    }

    proptest! {
        #[test]
        fn never_make_the_search_panic(html in prop::collection::vec(any::<u8>(), 0..300)) {
            let page = Url::parse("http://h/").unwrap();
            let found = find(&String::from_utf8_lossy(&html), &page, UTF_8);
            prop_assert!(found.urls.iter().all(|url| url.fragment().is_none()));
        }

        #[test]
        fn never_make_the_search_of_markup_panic(html in "(<(img|style|base|link|template|script)( (src|href|style)=.{0,6})?>|[ -~]{0,5}|</style>){0,12}") {
            let page = Url::parse("http://h/").unwrap();
            prop_assert!(find(&html, &page, UTF_8).urls.len() <= 30);
        }
    }
}
