//! What a path does that is not a file: it shows the request, counts, makes pages to order, or fails.

use std::{num::ParseIntError, time::SystemTime};

use bytes::Bytes;

use super::{
    super::{
        exchange::{Body, OriginRequest, OriginResponse, Rope},
        generated::{self, GenerationError, MAX_OBJECT_OCTETS, MAX_OBJECTS},
        pages::{self, refusal},
        target::{Resource, parameters},
    },
    READ, Representation, Site, codings,
    compressed::{gzip, takes_gzip},
    length_required, not_found, only, redirected, represent,
};
use crate::{
    lab::site_file::{Handler, HandlerAt},
    proto::http::{form::URLENCODED, message::Fields},
};

/// The answer of the handler at a path.
pub(super) fn respond(
    site: &Site,
    at: &HandlerAt,
    request: &OriginRequest,
    resource: &Resource,
    now: SystemTime,
) -> OriginResponse {
    let query = resource.query.as_deref().unwrap_or_default();
    match at.does {
        Handler::ShowRequest => OriginResponse::page(200, pages::request_page(request)),
        Handler::Echo => echo(request),
        Handler::Search => search(request, query),
        Handler::Chunked => chunked(),
        Handler::UntilClose => until_close(),
        Handler::Page => page(query),
        Handler::Object => object(request, query, now),
        Handler::Average => average(site, at),
        Handler::RedirectChain => redirect_chain(&at.path, &resource.path),
        Handler::Compressed => compressed(site, at, request, now),
        Handler::CompressedUnasked => compressed_unasked(site, at, request, now),
    }
}

/// The handler's answer where the request's head alone decides it.
pub(super) fn early_answer(at: &HandlerAt, request: &OriginRequest) -> Option<OriginResponse> {
    let methods = match at.does {
        Handler::Echo => "POST, OPTIONS",
        Handler::Search => "GET, HEAD, POST, OPTIONS",
        _ => READ,
    };
    if let Some(refused) = only(request, methods) {
        return Some(refused);
    }
    if request.method != "POST" {
        return None;
    }
    length_required(request).or_else(|| if at.does == Handler::Search { no_form(request, &[URLENCODED]) } else { None })
}

/// The content that was sent, sent back.
fn echo(request: &OriginRequest) -> OriginResponse {
    let media_type = request.fields.text("Content-Type").unwrap_or("application/octet-stream");
    let sent = OriginResponse::made(200, media_type, request.content.clone());
    codings(&request.fields).fold(sent, |sent, coding| sent.with("Content-Encoding", coding))
}

/// 415 where the content is no form of one of these media types.
pub(super) fn no_form(request: &OriginRequest, forms: &[&str]) -> Option<OriginResponse> {
    let media_type = request.fields.text("Content-Type").unwrap_or(URLENCODED);
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    if !forms.iter().any(|form| essence.eq_ignore_ascii_case(form)) {
        let sentence = format!("This form is sent as {}, not as {essence}.", forms.join(" or "));
        return Some(refusal(415, &sentence, Some("RFC 9110 §15.5.16")));
    }
    codings(&request.fields).next().map(|coding| {
        let sentence = format!("This form is read as it is sent: the content coding {coding} is not undone here.");
        refusal(415, &sentence, Some("RFC 9110 §15.5.16")).with("Accept-Encoding", "identity")
    })
}

/// Shows what a form sent, in the URL or in the content.
fn search(request: &OriginRequest, query: &str) -> OriginResponse {
    let content = String::from_utf8_lossy(&request.content);
    OriginResponse::page(200, pages::search_page(request, &parameters(query), &parameters(&content)))
}

/// A page that begins before its length is known: chunked in HTTP/1.1, with a trailer that counts the lines.
fn chunked() -> OriginResponse {
    let lines = 12;
    let line = |i: u32| Bytes::from(format!("<li>Piece {i} of {lines}, {}</li>\n", "and more ".repeat(i as usize)));
    let opening = "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>Chunks</title></head>\n<body>\n\
                   <h1>Its length was not known when it began</h1>\n<ul>\n";
    let mut pieces = vec![Bytes::from_static(opening.as_bytes())];
    pieces.extend((1..=lines).map(line));
    pieces.push(Bytes::from_static(b"</ul>\n</body>\n</html>\n"));
    let mut trailers = Fields::default();
    trailers.push("Lab-Pieces", lines.to_string());
    let mut response = OriginResponse::page(200, String::new()).with("Trailer", "Lab-Pieces");
    response.body = Body::Pieces { pieces, trailers };
    response.because("the length is not known when the head is sent: the content is chunked", Some("RFC 9112 §7.1"))
}

/// A page whose end is the connection's end.
fn until_close() -> OriginResponse {
    let body = "<h1>Read until I close</h1>\n<p>No line of the head says how long this is. The end of the connection does.</p>\n";
    let mut response = OriginResponse::page(200, String::new());
    response.body = Body::UntilClose(Rope::from(Bytes::from(pages::document("Until close", body))));
    response.closes = true;
    response.because("the content ends where the connection ends", Some("RFC 9112 §6.3"))
}

/// `?objects=N&size=S&base=B`.
fn page(query: &str) -> OriginResponse {
    let made = || {
        let given = parameters(query);
        let objects = number(&given, "objects", 0, MAX_OBJECTS)?.unwrap_or(10);
        let size = number(&given, "size", 0, MAX_OBJECT_OCTETS)?.unwrap_or(DEFAULT_OBJECT_OCTETS);
        let base = number(&given, "base", 0, MAX_BASE_OCTETS)?;
        generated::page(objects, size, base)
    };
    match made() {
        Ok(html) => OriginResponse::made(200, "text/html; charset=utf-8", html),
        Err(bad) => refusal(400, &format!("{bad}."), None),
    }
}

/// `?i=I&size=S`.
fn object(request: &OriginRequest, query: &str, now: SystemTime) -> OriginResponse {
    let asked = || {
        let given = parameters(query);
        let i = number(&given, "i", 0, u64::MAX)?.unwrap_or(1);
        Ok::<_, GenerationError>((i, number(&given, "size", 0, MAX_OBJECT_OCTETS)?.unwrap_or(DEFAULT_OBJECT_OCTETS)))
    };
    match asked() {
        Ok((i, size)) => {
            let (content, media_type) = generated::object(i, size);
            let etag = format!("\"{:x}-{size:x}\"", i % 10);
            let (media_type, modified, coding) = (media_type.to_owned(), None, None);
            represent(request, Representation { content, media_type, etag, modified, coding, varies: false }, now)
        }
        Err(bad) => refusal(400, &format!("{bad}."), None),
    }
}

fn number(
    given: &[(String, Option<String>)],
    name: &'static str,
    from: u64,
    to: u64,
) -> Result<Option<u64>, GenerationError> {
    let Some((_, value)) = given.iter().find(|(known, _)| known == name) else { return Ok(None) };
    let text = value.as_deref().unwrap_or_default();
    match text.parse::<u64>() {
        Ok(number) if (from..=to).contains(&number) => Ok(Some(number)),
        _ => Err(GenerationError::Number { name, from, to, got: text.chars().take(40).collect() }),
    }
}

/// Why the average could not be worked out: the server's own fault.
#[derive(Debug, thiserror::Error)]
enum MarksError {
    #[error("the file of marks is not there")]
    NoFile,
    #[error("line {line} of the file of marks is {text:?}, which is no number")]
    NoNumber { line: usize, text: String, source: ParseIntError },
    #[error("the file of marks is empty")]
    Empty,
}

/// The mean of the numbers in a file, one a line.
fn average(site: &Site, at: &HandlerAt) -> OriginResponse {
    let marks = || {
        let file = at.file.as_deref().and_then(|file| site.content(file)).ok_or(MarksError::NoFile)?;
        let text = String::from_utf8_lossy(&file).into_owned();
        let read = |(at, text): (usize, &str)| {
            let no_number = |source| MarksError::NoNumber { line: at + 1, text: text.to_owned(), source };
            text.trim().parse::<u32>().map_err(no_number)
        };
        let marks = text.lines().enumerate().map(read).collect::<Result<Vec<u32>, MarksError>>()?;
        if marks.is_empty() { Err(MarksError::Empty) } else { Ok(marks) }
    };
    match marks() {
        Ok(marks) => {
            let mean = marks.iter().copied().map(f64::from).sum::<f64>() / marks.len() as f64;
            let body = format!("<h1>{mean:.1}</h1>\n<p>is the mean of {} marks.</p>\n", marks.len());
            OriginResponse::page(200, pages::document("Average", &body))
        }
        Err(bad) => {
            let sentence = format!(
                "The program behind this page failed: {bad}. The request was in order; the fault is the server's."
            );
            refusal(500, &sentence, Some("RFC 9110 §15.6.1"))
        }
    }
}

/// The file, compressed where the client says that it takes gzip.
fn compressed(site: &Site, at: &HandlerAt, request: &OriginRequest, now: SystemTime) -> OriginResponse {
    let takes_gzip = takes_gzip(&request.fields);
    let why = if takes_gzip {
        "sent as gzip: the client says in Accept-Encoding that it takes that"
    } else {
        "sent as it is: the client does not say in Accept-Encoding that it takes gzip"
    };
    let answer = match compressible(site, at, takes_gzip) {
        Some(what) => represent(request, Representation { varies: true, ..what }, now),
        None => return not_found(&at.path),
    };
    answer.because(why, Some("RFC 9110 §12.5.3"))
}

/// The file, compressed although nobody asked: without `Accept-Encoding` a client says nothing against any coding.
fn compressed_unasked(site: &Site, at: &HandlerAt, request: &OriginRequest, now: SystemTime) -> OriginResponse {
    let why = "sent as gzip without having looked at Accept-Encoding";
    match compressible(site, at, true) {
        Some(what) => represent(request, what, now).because(why, Some("RFC 9110 §12.5.3")),
        None => not_found(&at.path),
    }
}

fn compressible(site: &Site, at: &HandlerAt, compressed: bool) -> Option<Representation> {
    let mut what = site.representation(at.file.as_deref()?)?;
    if compressed {
        let plain = what.content.into_pieces().concat();
        what.content = Rope::from(Bytes::from(gzip(&plain)));
        // Another representation has another strong entity tag (RFC 9110 §8.8.3).
        what.etag = format!("{}-gzip\"", what.etag.trim_end_matches('"'));
        what.coding = Some("gzip".to_owned());
    }
    Some(what)
}

/// `/chain/N` redirects N times.
fn redirect_chain(prefix: &str, path: &str) -> OriginResponse {
    match path.strip_prefix(prefix).and_then(|left| left.parse::<u32>().ok()).filter(|left| *left <= MAX_CHAIN) {
        None => not_found(path),
        Some(0) => {
            OriginResponse::page(200, pages::document("Arrived", "<h1>Arrived</h1>\n<p>That was the last one.</p>\n"))
        }
        Some(left) => redirected(302, &format!("{prefix}{}", left - 1)),
    }
}

/// 100 kbit, the notes' object.
const DEFAULT_OBJECT_OCTETS: u64 = 12_500;

/// Octets a base file may be made to have.
const MAX_BASE_OCTETS: u64 = 16 * 1024 * 1024;

const MAX_CHAIN: u32 = 1_000;
