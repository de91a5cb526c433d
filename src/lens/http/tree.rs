//! Messages as trees: their lines, their fields' names and values, chunk framing, content. RFC 9110, RFC 9112.

use std::ops::Range;

use super::{
    glossary,
    marks::{HttpMark, HttpMarkKind, HttpMarker},
};
use crate::{
    lens::{Excerpt, FieldNode, text::visible},
    proto::http::{framing::Framing, head::field_line},
    wire::{Side, units::count_octets},
};

/// What `from` said, as a tree: one node a message. `asked` are the methods that responses answer, in order, as far as known: they
/// decide whether content follows a head. Nothing is refused: broken parts carry [`FieldNode::wrong`].
pub fn read(octets: Excerpt<'_>, from: Side, asked: &[&str]) -> Vec<FieldNode> {
    let mut marker = HttpMarker::new(from);
    for method in asked {
        marker.asked((*method).to_owned());
    }
    let mut marks = Vec::new();
    for (bytes, omitted) in octets.pieces() {
        marker.feed(bytes, &mut marks);
        marker.gap(omitted, &mut marks);
    }
    let whole = marks.len();
    marker.end(&mut marks);
    let mut tree = MessageTree { octets, messages: Vec::new(), open: None, chunks: 0 };
    let mut at = 0;
    while let Some(mark) = marks.get(at) {
        // Pieces of one content are one.
        let rest = marks.get(at + 1..).unwrap_or_default();
        let same = |next: &&HttpMark| next.kind == mark.kind && next.wrong.is_none();
        let pieces = match mark.kind {
            HttpMarkKind::Content | HttpMarkKind::ChunkData | HttpMarkKind::Tunnel => {
                rest.iter().take_while(same).count()
            }
            _ => 0,
        };
        let end = marks.get(at + pieces).map_or(mark.range.end, |last| last.range.end);
        tree.add(&HttpMark { range: mark.range.start..end, ..mark.clone() }, at >= whole);
        at += pieces + 1;
    }
    tree.close(None);
    tree.messages
}

/// Chunks that get nodes of their own; those beyond are one node.
pub const MAX_CHUNK_NODES: usize = 1000;

struct MessageTree<'a> {
    octets: Excerpt<'a>,
    messages: Vec<FieldNode>,
    open: Option<FieldNode>,
    chunks: usize,
}

impl MessageTree<'_> {
    fn add(&mut self, mark: &HttpMark, by_end: bool) {
        let range = self.octets.kept(mark.range.start)..self.octets.kept(mark.range.end);
        let text = self.octets.bytes.get(range.clone()).unwrap_or_default();
        let crossed = mark.range.end - mark.range.start;
        let mut node = match &mark.kind {
            HttpMarkKind::End => {
                // Octets that end with the record are not wrong: more may follow.
                let wrong = if by_end {
                    mark.wrong.as_ref().map(|wrong| format!("{wrong}, or not here yet"))
                } else {
                    mark.wrong.clone()
                };
                return self.close(wrong);
            }
            HttpMarkKind::RequestLine { method, target } => {
                self.begin(range.start, "request", format!("{method} {target}"));
                request_line(range, text)
            }
            HttpMarkKind::StatusLine { status } => {
                self.begin(range.start, "response", visible(text.trim_ascii_end()));
                status_line(range, text, *status)
            }
            HttpMarkKind::Field => field(range, text, "field"),
            HttpMarkKind::Trailer => field(range, text, "trailer field"),
            HttpMarkKind::EmptyLine => {
                leaf(range, "empty line", "", "A server skips empty lines before a request.", "RFC 9112 §2.2")
            }
            HttpMarkKind::HeadEnd(framing) => head_end(range, *framing),
            HttpMarkKind::Content => content(range, "content", crossed),
            HttpMarkKind::ChunkSize(octets) => return self.chunk(chunk_size(range, text, *octets, mark), *octets),
            HttpMarkKind::ChunkData => return self.in_chunk(content(range, "chunk content", crossed)),
            HttpMarkKind::ChunkEnd => {
                return self.in_chunk(with_wrong(
                    leaf(range, "chunk end", "", "The line end after a chunk.", "RFC 9112 §7.1"),
                    mark,
                ));
            }
            HttpMarkKind::LastChunk => chunk_size(range, text, 0, mark),
            HttpMarkKind::TrailersEnd => {
                leaf(range, "end of the trailers", "", "The empty line that ends the message.", "RFC 9112 §7.1.2")
            }
            HttpMarkKind::Tunnel => content(range, "another protocol", crossed),
            HttpMarkKind::Unreadable | HttpMarkKind::Gap => content(range, "not readable as HTTP", crossed),
        };
        node.wrong = node.wrong.or_else(|| mark.wrong.clone());
        self.push(node);
    }

    fn begin(&mut self, at: usize, name: &str, value: String) {
        self.close(None);
        self.chunks = 0;
        let meaning = "One message: start line, fields, empty line, and the content the fields announce.";
        self.open = Some(FieldNode { value, ..leaf(at..at, name, "", meaning, "RFC 9112 §2.1") });
    }

    fn push(&mut self, node: FieldNode) {
        match &mut self.open {
            Some(message) => {
                message.range.end = node.range.end;
                message.parts.push(node);
            }
            None => self.messages.push(node),
        }
    }

    fn chunk(&mut self, size: FieldNode, octets: u64) {
        self.chunks += 1;
        if self.chunks > MAX_CHUNK_NODES {
            return self.in_chunk(size);
        }
        let meaning = "So many octets of content, their number written before them.";
        let range = size.range.clone();
        let node =
            FieldNode { parts: vec![size], ..leaf(range, "chunk", count_octets(octets), meaning, "RFC 9112 §7.1") };
        self.push(node);
    }

    /// Adds to the chunk that is open; past [`MAX_CHUNK_NODES`] only its extent.
    fn in_chunk(&mut self, node: FieldNode) {
        let Some(message) = &mut self.open else { return self.messages.push(node) };
        message.range.end = node.range.end;
        let Some(chunk) = message.parts.last_mut() else { return };
        chunk.range.end = node.range.end;
        if self.chunks > MAX_CHUNK_NODES {
            "chunk, and more chunks".clone_into(&mut chunk.name);
        } else {
            chunk.parts.push(node);
        }
    }

    fn close(&mut self, wrong: Option<String>) {
        if let Some(mut message) = self.open.take() {
            message.wrong = wrong;
            self.messages.push(message);
        }
    }
}

fn request_line(range: Range<usize>, text: &[u8]) -> FieldNode {
    let line = without_end(text);
    let words = words(line);
    let mut parts = Vec::new();
    for (index, word) in words.iter().enumerate() {
        let value = visible(line.get(word.clone()).unwrap_or_default());
        let (name, meaning, clause) = match index {
            0 => method_meaning(&value),
            1 => target_meaning(&value),
            2 => version_meaning(),
            _ => ("more", "A request line has three parts.", "RFC 9112 §3"),
        };
        parts.push(leaf(range.start + word.start..range.start + word.end, name, value, meaning, clause));
    }
    let meaning = "What is asked for: method, target, version.";
    FieldNode { parts, ..leaf(range, "request line", visible(line), meaning, "RFC 9112 §3") }
}

fn method_meaning(value: &str) -> (&'static str, &'static str, &'static str) {
    match glossary::method(value) {
        Some(word) => ("method", word.meaning, word.clause),
        None => ("method", "A method this program does not know.", "RFC 9110 §9"),
    }
}

fn target_meaning(value: &str) -> (&'static str, &'static str, &'static str) {
    match value.bytes().next() {
        Some(b'/') => ("target", "Which object: path and query, the usual form.", "RFC 9112 §3.2.1"),
        Some(b'*') => ("target", "The server as a whole.", "RFC 9112 §3.2.4"),
        _ if value.contains("://") => {
            ("target", "Which object, as a whole URL: how a proxy is asked.", "RFC 9112 §3.2.2")
        }
        _ => ("target", "Host and port: whereto a tunnel is asked for.", "RFC 9112 §3.2.3"),
    }
}

fn version_meaning() -> (&'static str, &'static str, &'static str) {
    ("version", "What the sender speaks.", "RFC 9112 §2.3")
}

fn status_line(range: Range<usize>, text: &[u8], status: u16) -> FieldNode {
    let line = without_end(text);
    let mut parts = Vec::new();
    let at = |part: &Range<usize>| range.start + part.start..range.start + part.end;
    let found = words(line);
    if let Some(version) = found.first() {
        let (name, meaning, clause) = version_meaning();
        parts.push(leaf(at(version), name, visible(line.get(version.clone()).unwrap_or_default()), meaning, clause));
    }
    if let Some(code) = found.get(1) {
        let known = glossary::status(status);
        let (meaning, clause) =
            known.map_or((glossary::class(status), "RFC 9110 §15"), |known| (known.meaning, known.clause));
        parts.push(leaf(at(code), "status code", visible(line.get(code.clone()).unwrap_or_default()), meaning, clause));
        if code.end < line.len() {
            let reason = (code.end + 1).min(line.len())..line.len();
            let value = visible(line.get(reason.clone()).unwrap_or_default());
            let meaning = "The status code in words, for people: programs ignore it.";
            parts.push(leaf(at(&reason), "reason phrase", value, meaning, "RFC 9112 §4"));
        }
    }
    let meaning = "How it went: version, status code, reason phrase.";
    FieldNode { parts, ..leaf(range, "status line", visible(line), meaning, "RFC 9112 §4") }
}

fn field(range: Range<usize>, text: &[u8], fallback: &str) -> FieldNode {
    let line = without_end(text);
    let (name, value) = field_line(line, 0).unwrap_or_else(|_| {
        let colon = line.iter().position(|octet| *octet == b':');
        (0..colon.unwrap_or(0), colon.map_or(0, |colon| colon + 1)..line.len())
    });
    let words = |range: &Range<usize>| visible(line.get(range.clone()).unwrap_or_default().trim_ascii());
    let (name_text, value_text) = (words(&name), words(&value));
    let known = glossary::field(&name_text);
    let unknown = "A field this program does not know; recipients ignore those they do not know.";
    let (meaning, clause) = known.map_or((unknown, "RFC 9110 §5.1"), |word| (word.meaning, word.clause));
    let at = |part: Range<usize>| range.start + part.start..range.start + part.end;
    let parts = vec![
        leaf(at(name), "name", name_text.clone(), "Field names are not case-sensitive.", "RFC 9110 §5.1"),
        leaf(at(value), "value", value_text.clone(), meaning, clause),
    ];
    let name = if name_text.is_empty() { fallback.to_owned() } else { name_text };
    FieldNode { parts, ..leaf(range, name, value_text, meaning, clause) }
}

fn head_end(range: Range<usize>, framing: Framing) -> FieldNode {
    let value = match framing {
        Framing::None => "no content follows".to_owned(),
        Framing::Length(octets) => format!("{} of content follow", count_octets(octets)),
        Framing::Chunked => "content follows in chunks".to_owned(),
        Framing::UntilClose => "content follows until the connection closes".to_owned(),
        Framing::Tunnel => "another protocol follows".to_owned(),
    };
    leaf(range, "end of the head", value, "The empty line that ends the fields.", "RFC 9112 §2.1")
}

fn chunk_size(range: Range<usize>, text: &[u8], octets: u64, mark: &HttpMark) -> FieldNode {
    let line = without_end(text);
    let size = line.iter().position(|octet| *octet == b';').unwrap_or(line.len());
    let mut parts = Vec::new();
    if size < line.len() {
        let value = visible(line.get(size..).unwrap_or_default());
        let meaning = "Chunk extensions: recipients ignore those they do not know.";
        parts.push(leaf(
            range.start + size..range.start + line.len(),
            "chunk extension",
            value,
            meaning,
            "RFC 9112 §7.1.1",
        ));
    }
    let value = format!("{} = {}", visible(line.get(..size).unwrap_or_default().trim_ascii()), count_octets(octets));
    let (name, meaning) = match octets {
        0 => ("last chunk", "A chunk of size 0 ends the content; trailer fields may follow."),
        _ => ("chunk size", "How many octets the chunk has, in hexadecimal."),
    };
    with_wrong(FieldNode { parts, ..leaf(range, name, value, meaning, "RFC 9112 §7.1") }, mark)
}

fn content(range: Range<usize>, name: &str, crossed: u64) -> FieldNode {
    let left_out = crossed.saturating_sub(range.len() as u64);
    let value = match left_out {
        0 => count_octets(crossed),
        _ => format!("{}, {} of them not in the record", count_octets(crossed), count_octets(left_out)),
    };
    leaf(range, name, value, "The octets the message carries: what a browser shows or saves.", "RFC 9110 §6.4")
}

fn leaf(
    range: Range<usize>,
    name: impl Into<String>,
    value: impl Into<String>,
    meaning: &'static str,
    clause: &'static str,
) -> FieldNode {
    FieldNode::leaf(range, name, value, meaning, clause)
}

fn with_wrong(node: FieldNode, mark: &HttpMark) -> FieldNode {
    FieldNode { wrong: mark.wrong.clone(), ..node }
}

fn without_end(line: &[u8]) -> &[u8] {
    match line {
        [text @ .., b'\r', b'\n'] | [text @ .., b'\n'] | text => text,
    }
}

/// Where the words of a line stand.
fn words(line: &[u8]) -> Vec<Range<usize>> {
    let mut words = Vec::new();
    let mut from = None;
    for (at, octet) in line.iter().enumerate() {
        match (octet, from) {
            (b' ' | b'\t', Some(start)) => {
                words.push(start..at);
                from = None;
            }
            (b' ' | b'\t', None) | (_, Some(_)) => {}
            (_, None) => from = Some(at),
        }
    }
    words.extend(from.map(|start| start..line.len()));
    words
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn find<'a>(nodes: &'a [FieldNode], name: &str) -> &'a FieldNode {
        fn within<'a>(nodes: &'a [FieldNode], name: &str) -> Option<&'a FieldNode> {
            nodes.iter().find_map(|node| if node.name == name { Some(node) } else { within(&node.parts, name) })
        }
        within(nodes, name).unwrap()
    }

    #[test]
    fn every_part_of_a_request_stands_on_its_octets() {
        let request = b"GET /index.html HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: curl/7.64.1\r\n\r\n";
        let nodes = read(Excerpt::whole(request), Side::Client, &[]);
        let text = |name: &str| &request[find(&nodes, name).range.clone()];
        assert_eq!(text("method"), b"GET");
        assert_eq!(text("target"), b"/index.html");
        assert_eq!(text("version"), b"HTTP/1.1");
        assert_eq!(text("Host"), b"Host: www.example.com\r\n");
        assert_eq!(find(&nodes, "User-Agent").clause, "RFC 9110 §10.1.5");
        assert_eq!(nodes.len(), 1);
        assert_eq!(nodes[0].range, 0..request.len());
        assert_eq!(nodes[0].at(20).map(|node| node.name.as_str()), Some("version"));
    }

    #[test]
    fn chunk_framing_is_shown_with_extensions_and_trailers() {
        let response =
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nb;n=1\r\nhello world\r\n0\r\nExpires: now\r\n\r\n";
        let nodes = read(Excerpt::whole(response), Side::Server, &["GET"]);
        assert_eq!(find(&nodes, "status code").value, "200");
        assert_eq!(find(&nodes, "chunk size").value, "b = 11 octets");
        assert_eq!(find(&nodes, "chunk extension").value, ";n=1");
        assert_eq!(&response[find(&nodes, "chunk content").range.clone()], b"hello world");
        assert_eq!(find(&nodes, "last chunk").value, "0 = 0 octets");
        assert_eq!(find(&nodes, "Expires").value, "now");
        assert!(nodes.iter().all(|node| node.wrong.is_none()));
    }

    #[test]
    fn both_lengths_at_once_are_flagged_at_the_end_of_the_head() {
        let request = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
        let nodes = read(Excerpt::whole(request), Side::Client, &[]);
        assert!(find(&nodes, "end of the head").wrong.as_deref().unwrap().contains("ambiguous"));
    }

    #[test]
    fn content_the_record_left_out_is_counted_and_not_missed() {
        let bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbegin";
        let nodes = read(Excerpt { bytes, gaps: &[(bytes.len(), 95)], masked: &[] }, Side::Server, &["GET"]);
        assert_eq!(find(&nodes, "content").value, "100 octets, 95 octets of them not in the record");
        assert_eq!(nodes[0].range, 0..bytes.len());
        assert_eq!(nodes[0].wrong, None);
    }

    #[test]
    fn many_chunks_do_not_make_many_nodes() {
        let mut response = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
        (0..MAX_CHUNK_NODES * 3).for_each(|_| response.extend_from_slice(b"1\r\nx\r\n"));
        response.extend_from_slice(b"0\r\n\r\n");
        let nodes = read(Excerpt::whole(&response), Side::Server, &["GET"]);
        assert!(nodes[0].parts.len() < MAX_CHUNK_NODES + 10);
        assert_eq!(nodes[0].range, 0..response.len());
    }

    proptest! {
        #[test]
        fn any_octets_make_a_tree_that_covers_them(bytes in proptest::collection::vec(any::<u8>(), 0..300), client in any::<bool>()) {
            covers(&bytes, if client { Side::Client } else { Side::Server })?;
        }

        #[test]
        fn nearly_http_makes_a_tree_that_covers_it(
            text in "((GET|POST) /[ -~]{0,5} HTTP/1\\.[01]|HTTP/1\\.[01] [0-9]{1,3} [ -~]{0,4})\r?\n([A-Za-z :-]{0,9}:[ -~]{0,9}\r?\n|Transfer-Encoding: chunked\r\n|Content-Length: [0-9]\r\n){0,4}\r\n([0-9a-f]{1,2}(;[a-z=]{0,4})?\r\n|.{0,20}){0,4}",
            client in any::<bool>(),
        ) {
            covers(text.as_bytes(), if client { Side::Client } else { Side::Server })?;
        }
    }

    fn covers(bytes: &[u8], from: Side) -> Result<(), TestCaseError> {
        let mut at = 0;
        for node in read(Excerpt::whole(bytes), from, &[]) {
            prop_assert_eq!(node.range.start, at);
            at = node.range.end;
            within(&node)?;
        }
        prop_assert_eq!(at, bytes.len());
        Ok(())
    }

    fn within(node: &FieldNode) -> Result<(), TestCaseError> {
        for part in &node.parts {
            prop_assert!(node.range.start <= part.range.start && part.range.end <= node.range.end);
            within(part)?;
        }
        Ok(())
    }
}
