//! HTML into a document tree, within limits. html5ever reads, blitz keeps the tree; this stands between them and sees every
//! element first: it keeps the tree shallow (layout descends one call a level), stops at a number of nodes and of steps (some
//! pages make the reading algorithm itself quadratic), and hands over only addresses that can be read (blitz ends the program
//! on others). Algorithm: HTML Living Standard §13.2.6; flattening what is nested too deeply is what other browsers do too.

use std::{
    borrow::Cow,
    cell::{Cell, RefCell},
    collections::HashMap,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
};

use blitz_dom::{BaseDocument, DocumentMutator, NodeId};
use blitz_html::DocumentHtmlParser;
use html5ever::{
    Attribute, ParseOpts, QualName, local_name,
    tendril::{StrTendril, TendrilSink as _},
    tree_builder::{ElementFlags, NodeOrText, QuirksMode, TreeBuilderOpts, TreeSink},
};
use url::Url;

use super::nesting::{Brackets, sheet_too_deep};

/// Elements nested at most; deeper ones become siblings. Other browsers stop at 512.
pub(super) const MAX_DEPTH: u32 = 200;

/// Nodes of a page at most; what follows is left out.
pub(super) const MAX_NODES: u32 = 50_000;

/// Looks at the stack of open elements at most: reading an ordinary page of 1 MB takes under a million.
pub(super) const MAX_STEPS: u64 = 8_000_000;

/// Text is handed to the reader in pieces of this many octets.
const PIECE: usize = 4096;

/// What was left out of a page and why.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ParseOutcome {
    /// Reading stopped before the end, for this reason.
    pub(super) cut: Option<ParseLimit>,
    /// Elements were nested deeper than [`MAX_DEPTH`] and flattened.
    pub(super) flattened: bool,
}

/// Why reading a page stopped before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ParseLimit {
    /// More than [`MAX_NODES`] nodes.
    Nodes,
    /// More than [`MAX_STEPS`] steps.
    Steps,
}

/// Reads `html` into `document`, which is empty. `base` is what addresses in it are relative to.
///
/// # Panics
/// When the parser or the tree panics; the caller catches that.
pub(super) fn parse_into(document: &mut BaseDocument, html: &str, base: &Url) -> ParseOutcome {
    let watch = ParseCounters::default();
    let mut mutator = document.mutate();
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let sink = LimitedParser::new(&mut mutator, &watch, base.clone());
        let tree_builder =
            TreeBuilderOpts { scripting_enabled: false, drop_doctype: true, ..TreeBuilderOpts::default() };
        let mut parser = html5ever::parse_document(sink, ParseOpts { tree_builder, ..ParseOpts::default() });
        let mut rest = html;
        while !rest.is_empty() {
            let (piece, after) = rest.split_at(rest.floor_char_boundary(PIECE.min(rest.len())));
            parser.process(StrTendril::from(piece));
            rest = after;
        }
        parser.finish();
    }));
    drop(mutator);
    let cut = match outcome {
        Ok(()) => None,
        Err(stop) => match stop.downcast::<ParseLimit>() {
            Ok(cut) => Some(*cut),
            Err(other) => resume_unwind(other),
        },
    };
    ParseOutcome { cut, flattened: watch.flattened.get() }
}

/// What is counted while reading, outside the parser so that it outlives it.
#[derive(Debug, Default)]
struct ParseCounters {
    nodes: Cell<u32>,
    steps: Cell<u64>,
    flattened: Cell<bool>,
}

impl ParseCounters {
    fn node(&self) {
        self.nodes.set(self.nodes.get() + 1);
        if self.nodes.get() > MAX_NODES {
            // The parser has no way to be stopped but to unwind out of it; nothing is reported as a panic.
            resume_unwind(Box::new(ParseLimit::Nodes));
        }
    }

    fn step(&self) {
        self.steps.set(self.steps.get() + 1);
        if self.steps.get() > MAX_STEPS {
            resume_unwind(Box::new(ParseLimit::Steps));
        }
    }
}

/// Where a node stands, as far as this file has placed it.
#[derive(Clone, Copy, Debug)]
struct NodePlace {
    parent: NodeId,
    depth: u32,
}

struct LimitedParser<'m, 'doc, 'w> {
    inner: DocumentHtmlParser<'m, 'doc>,
    watch: &'w ParseCounters,
    base: RefCell<Url>,
    base_given: Cell<bool>,
    places: RefCell<HashMap<NodeId, NodePlace>>,
    sheets: RefCell<HashMap<NodeId, Brackets>>,
}

impl<'m, 'doc, 'w> LimitedParser<'m, 'doc, 'w> {
    fn new(mutator: &'m mut DocumentMutator<'doc>, watch: &'w ParseCounters, base: Url) -> Self {
        Self {
            inner: DocumentHtmlParser::new(mutator),
            watch,
            base: RefCell::new(base),
            base_given: Cell::new(false),
            places: RefCell::default(),
            sheets: RefCell::default(),
        }
    }

    /// The parent a child is given when the parser asks for `wanted`, so that nothing stands deeper than [`MAX_DEPTH`].
    fn parent_for(&self, wanted: NodeId) -> NodePlace {
        let places = self.places.borrow();
        let mut parent = wanted;
        loop {
            match places.get(&parent) {
                Some(place) if place.depth >= MAX_DEPTH => {
                    self.watch.flattened.set(true);
                    parent = place.parent;
                }
                Some(place) => return NodePlace { parent, depth: place.depth + 1 },
                None => return NodePlace { parent, depth: 1 },
            }
        }
    }

    /// May this much text be added to `parent`? Only of style elements nested too deeply it may not.
    fn takes_text(&self, parent: NodeId, text: &str) -> bool {
        let is_sheet = self.inner.elem_name(&parent).local == local_name!("style");
        !is_sheet || {
            let mut sheets = self.sheets.borrow_mut();
            let brackets = sheets.entry(parent).or_default();
            brackets.read(text.as_bytes());
            !brackets.too_deep()
        }
    }

    /// Addresses made absolute (so that `<base>` counts) or left out where they cannot be read; style attributes within limits.
    fn examined(&self, name: &QualName, attribute: Attribute) -> Option<Attribute> {
        let url = match attribute.name.local {
            local_name!("src") | local_name!("href") | local_name!("action") | local_name!("formaction") => true,
            local_name!("style") => return (!sheet_too_deep(attribute.value.as_bytes())).then_some(attribute),
            _ => false,
        };
        if !url {
            return Some(attribute);
        }
        if name.local == local_name!("base") {
            if !self.base_given.replace(true) {
                let joined = self.base.borrow().join(&attribute.value);
                self.base.replace_with(|before| joined.unwrap_or_else(|_| before.clone()));
            }
            return None;
        }
        let absolute = self.base.borrow().join(&attribute.value).ok()?;
        let written_for_itself = attribute.value.starts_with('#') && !self.base_given.get();
        Some(if written_for_itself { attribute } else { Attribute { value: absolute.as_str().into(), ..attribute } })
    }
}

impl<'m, 'doc> TreeSink for LimitedParser<'m, 'doc, '_> {
    type Handle = NodeId;
    type Output = ();
    type ElemName<'a>
        = <DocumentHtmlParser<'m, 'doc> as TreeSink>::ElemName<'a>
    where
        Self: 'a;

    fn finish(self) {}

    fn parse_error(&self, _message: Cow<'static, str>) {}

    fn get_document(&self) -> NodeId {
        self.inner.get_document()
    }

    fn elem_name<'a>(&'a self, target: &'a NodeId) -> Self::ElemName<'a> {
        self.watch.step();
        self.inner.elem_name(target)
    }

    fn create_element(&self, name: QualName, attributes: Vec<Attribute>, flags: ElementFlags) -> NodeId {
        self.watch.node();
        let mut attributes: Vec<_> =
            attributes.into_iter().filter_map(|attribute| self.examined(&name, attribute)).collect();
        attributes.extend(hints(&name, &attributes));
        self.inner.create_element(name, attributes, flags)
    }

    fn create_comment(&self, _text: StrTendril) -> NodeId {
        self.watch.node();
        self.inner.create_comment(StrTendril::new())
    }

    fn create_pi(&self, target: StrTendril, data: StrTendril) -> NodeId {
        self.watch.node();
        self.inner.create_pi(target, data)
    }

    fn append(&self, parent: &NodeId, child: NodeOrText<NodeId>) {
        match child {
            NodeOrText::AppendNode(node) => {
                let place = self.parent_for(*parent);
                self.places.borrow_mut().insert(node, place);
                self.inner.append(&place.parent, NodeOrText::AppendNode(node));
            }
            NodeOrText::AppendText(text) => {
                self.watch.node();
                if *parent == self.get_document() || self.takes_text(*parent, &text) {
                    self.inner.append(parent, NodeOrText::AppendText(text));
                }
            }
        }
    }

    fn append_before_sibling(&self, sibling: &NodeId, child: NodeOrText<NodeId>) {
        self.watch.node();
        if let NodeOrText::AppendNode(node) = &child {
            let beside = self.places.borrow().get(sibling).copied();
            self.places.borrow_mut().extend(beside.map(|place| (*node, place)));
        }
        self.inner.append_before_sibling(sibling, child);
    }

    fn append_based_on_parent_node(&self, element: &NodeId, previous: &NodeId, child: NodeOrText<NodeId>) {
        if self.places.borrow().contains_key(element) {
            self.append_before_sibling(element, child);
        } else {
            self.append(previous, child);
        }
    }

    fn append_doctype_to_document(&self, _name: StrTendril, _public: StrTendril, _system: StrTendril) {}

    fn get_template_contents(&self, target: &NodeId) -> NodeId {
        self.inner.get_template_contents(target)
    }

    fn same_node(&self, x: &NodeId, y: &NodeId) -> bool {
        self.watch.step();
        x == y
    }

    fn set_quirks_mode(&self, mode: QuirksMode) {
        self.inner.set_quirks_mode(mode);
    }

    fn add_attrs_if_missing(&self, target: &NodeId, attributes: Vec<Attribute>) {
        let name = self.inner.elem_name(target).clone();
        let attributes = attributes.into_iter().filter_map(|attribute| self.examined(&name, attribute)).collect();
        self.inner.add_attrs_if_missing(target, attributes);
    }

    fn remove_from_parent(&self, target: &NodeId) {
        self.places.borrow_mut().remove(target);
        self.inner.remove_from_parent(target);
    }

    fn reparent_children(&self, node: &NodeId, new_parent: &NodeId) {
        self.inner.reparent_children(node, new_parent);
    }
}

/// Colours and sizes as pages of the first decade gave them, as a style: HTML Living Standard §15.3.2 and §15.3.4.
fn hints(name: &QualName, attributes: &[Attribute]) -> Option<Attribute> {
    let value = |wanted: &str| {
        let found = attributes.iter().find(|attribute| &*attribute.name.local == wanted)?;
        Some(found.value.trim())
            .filter(|value| value.chars().all(|sign| sign.is_ascii_alphanumeric() || "#+-".contains(sign)))
    };
    let style = match name.local.as_ref() {
        "font" => {
            let colour = value("color").map(|colour| format!("color:{colour};"));
            let size = value("size").map(|size| format!("font-size:{};", font_size(size)));
            colour.unwrap_or_default() + &size.unwrap_or_default()
        }
        "body" => value("text").map(|colour| format!("color:{colour};")).unwrap_or_default(),
        _ => return None,
    };
    let given = attributes.iter().any(|attribute| attribute.name.local == local_name!("style"));
    (!style.is_empty() && !given).then(|| Attribute {
        name: QualName::new(None, html5ever::ns!(), local_name!("style")),
        value: StrTendril::from(style),
    })
}

fn font_size(size: &str) -> &'static str {
    let number: i32 = size.trim_start_matches('+').parse().unwrap_or(3);
    let number = if size.starts_with(['+', '-']) { number + 3 } else { number };
    match number {
        ..=1 => "x-small",
        2 => "small",
        3 => "medium",
        4 => "large",
        5 => "x-large",
        6 => "xx-large",
        7.. => "xxx-large",
    }
}

/// The deepest level of the tree, counted without descending.
pub(super) fn depth(document: &BaseDocument) -> u32 {
    let mut deepest = 0;
    let mut open = vec![(document.root_node().id, 0_u32)];
    while let Some((id, depth)) = open.pop() {
        deepest = deepest.max(depth);
        if let Some(node) = document.get_node(id) {
            open.extend(node.children.iter().map(|&child| (child, depth + 1)));
        }
    }
    deepest
}
