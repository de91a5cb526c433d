//! The pages the origin writes itself: refusals, the request as it came, lists of files.

use std::fmt::Write as _;

use bytes::Bytes;

use super::exchange::{Body, OriginRequest, OriginResponse, Rope, reason_phrase};

/// A small page that says why a request was not done, and where the rule stands.
pub(crate) fn refusal(status: u16, sentence: &str, clause: Option<&'static str>) -> OriginResponse {
    let phrase = reason_phrase(status);
    let rule =
        clause.map(|clause| format!("<p class=\"rule\">The rule: {}.</p>\n", escaped(clause))).unwrap_or_default();
    let body = format!("<h1><b>{status}</b> {phrase}</h1>\n<p>{}</p>\n{rule}", escaped(sentence));
    let mut response = OriginResponse::default().because(format!("{status}: {sentence}"), clause);
    response.status = status;
    response.media_type = Some("text/html; charset=utf-8".into());
    response.body = Body::Whole(Rope::from(Bytes::from(document(&format!("{status} {phrase}"), &body))));
    response
}

/// The request as the server read it.
pub(crate) fn request_page(request: &OriginRequest) -> String {
    let lines: String =
        request.fields.0.iter().map(|field| row(&field.name, &String::from_utf8_lossy(&field.value))).collect();
    let client = request.client.map_or_else(|| "not known".to_owned(), |client| client.to_string());
    let body = format!(
        "<h1>What your browser told this server</h1>\n\
         <p>One request, as it arrived. Nothing of it is kept.</p>\n\
         <table>\n{}{}{}{}</table>\n<h2>Header lines</h2>\n<table>\n{lines}</table>\n\
         <p>From the connection the server also knows the address and port it has to answer to. It knows neither your name nor \
         your e-mail address, unless a line above says so.</p>\n",
        row("Method", &request.method),
        row("Target", &request.target),
        row("Version", &request.protocol),
        row(
            "From",
            &format!("{client}{}", if request.secure { ", through TLS" } else { ", readable by everybody on the way" })
        ),
    );
    document("What your browser told this server", &body)
}

/// What a form sent, in the URL and in the content.
pub(crate) fn search_page(
    request: &OriginRequest,
    in_url: &[(String, Option<String>)],
    in_content: &[(String, Option<String>)],
) -> String {
    let table = |parameters: &[(String, Option<String>)]| -> String {
        if parameters.is_empty() {
            return "<p>Nothing.</p>\n".into();
        }
        let rows: String =
            parameters.iter().map(|(name, value)| row(name, value.as_deref().unwrap_or("(no value)"))).collect();
        format!("<table>\n{rows}</table>\n")
    };
    let raw = String::from_utf8_lossy(&request.content);
    let sent = if raw.is_empty() { String::new() } else { format!("<pre>{}</pre>\n", escaped(&raw)) };
    let words = in_url.iter().chain(in_content).map(|(name, value)| value.as_deref().unwrap_or(name));
    let asked = words.collect::<Vec<_>>().join(", ");
    let body = format!(
        "<h1>No animal is called {}</h1>\n<p>But this is what you sent, with {}.</p>\n\
         <h2>In the URL</h2>\n<pre>{}</pre>\n{}<h2>In the content</h2>\n{sent}{}",
        escaped(if asked.is_empty() { "nothing" } else { &asked }),
        escaped(&request.method),
        escaped(&request.target),
        table(in_url),
        table(in_content),
    );
    document("Animal search", &body)
}

/// The files of a folder.
pub(crate) fn folder_page(folder: &str, files: &[(String, usize)]) -> String {
    let mut rows = String::new();
    for (name, octets) in files {
        let link = percent_encoding::utf8_percent_encode(name, percent_encoding::NON_ALPHANUMERIC);
        let name = escaped(name);
        // Writing to a String cannot fail.
        writeln!(rows, "<tr><td><a href=\"{folder}{link}\">{name}</a></td><td>{octets} octets</td></tr>").ok();
    }
    let body = format!(
        "<h1>Files in {}</h1>\n<table>\n{rows}</table>\n\
         <p>PUT a file here and it appears; DELETE it and it is gone. Everything is as before when the lab starts anew.</p>\n",
        escaped(folder)
    );
    document("Files", &body)
}

/// A whole page in the origin's plain dress.
pub(crate) fn document(title: &str, body: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>{}</title>\n<style>\n{STYLE}</style>\n\
         </head>\n<body>\n{body}</body>\n</html>\n",
        escaped(title)
    )
}

/// A row of two cells.
fn row(name: &str, value: &str) -> String {
    format!("<tr><td><b>{}</b></td><td>{}</td></tr>\n", escaped(name), escaped(value))
}

/// Text that stands for itself in HTML.
pub(crate) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            other => safe.push(other),
        }
    }
    safe
}

const STYLE: &str = "\
body { margin: 40px; max-width: 720px; color: #1b2330; font-family: Arial, sans-serif; line-height: 1.5; }
h1 { font-family: Georgia, serif; font-weight: normal; color: #14304f; }
h2 { font-family: Georgia, serif; font-weight: normal; font-size: 20px; color: #14304f; margin: 20px 0 6px 0; }
td { border-bottom: 1px solid #e1e5ea; padding: 5px 18px 5px 0; vertical-align: top; }
pre { background: #eef1f5; padding: 8px 12px; }
.rule { color: #5f6b7a; }
";
