//! `multipart/form-data`: parts between delimiters, each with header lines of its own. RFC 7578; RFC 2046 §5.1.1.
//!
//! ```text
//! multipart-body := [preamble CRLF] dash-boundary transport-padding CRLF body-part
//!                   *(CRLF dash-boundary transport-padding CRLF body-part) CRLF dash-boundary "--" …
//! ```

use std::borrow::Cow;

use bytes::Bytes;

use super::{
    FormData, FormError, FormField, FormFile, FormValue, MAX_FORM_FILE, MAX_FORM_NAME, MAX_FORM_TEXT, MAX_PART_HEAD,
};

/// Reads the parts of `content`, whose `Content-Type` names the boundary between them.
pub(super) fn read(content_type: &str, content: &Bytes) -> Result<FormData, FormError> {
    let boundary = parameter(content_type, "boundary").filter(|boundary| is_boundary(boundary));
    let delimiter = format!("\r\n--{}", boundary.ok_or(FormError::Boundary)?);
    let delimiter = delimiter.as_bytes();
    let first = delimiter.get(2..).unwrap_or_default();
    // What stands before the first delimiter is passed over.
    let mut at = if content.starts_with(first) { first.len() } else { after(content, 0, delimiter)? };
    let mut form = FormData::default();
    loop {
        let rest = content.get(at..).unwrap_or_default();
        if rest.starts_with(b"--") {
            return Ok(form);
        }
        let padding = rest.iter().take_while(|octet| matches!(octet, b' ' | b'\t')).count();
        let line_end = rest.get(padding..).filter(|rest| rest.starts_with(b"\r\n"));
        line_end.ok_or(if rest.is_empty() { FormError::CutShort } else { FormError::PartHead })?;
        // The line end counts as one of the header lines', so that a part without any is read too.
        let head_from = at + padding;
        let end = after(content, head_from, delimiter)?;
        let part = content.slice(head_from..end - delimiter.len());
        form.push(field(&part)?)?;
        at = end;
    }
}

/// One part, which begins with the line end before its header lines.
fn field(part: &Bytes) -> Result<FormField, FormError> {
    let limit = part.get(..MAX_PART_HEAD.min(part.len())).unwrap_or_default();
    let head_end = find(limit, b"\r\n\r\n");
    let head_end =
        head_end.ok_or(if part.len() > MAX_PART_HEAD { FormError::LongPartHead } else { FormError::PartHead })?;
    let head = part.get(2..head_end.max(2)).unwrap_or_default();
    let head = String::from_utf8_lossy(head);
    let line = |name: &str| {
        let lines = head.split("\r\n").filter_map(|line| line.split_once(':'));
        lines.filter(|(known, _)| known.trim().eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()).next()
    };
    let disposition = line("Content-Disposition").filter(|value| {
        let kind = value.split(';').next().unwrap_or_default().trim();
        kind.eq_ignore_ascii_case("form-data")
    });
    let disposition = disposition.ok_or(FormError::NoName)?;
    let name = parameter(disposition, "name").ok_or(FormError::NoName)?.into_owned();
    if name.len() > MAX_FORM_NAME {
        return Err(FormError::LongName);
    }
    let content = part.slice(head_end + 4..);
    let value = match parameter(disposition, "filename") {
        Some(_) if content.len() > MAX_FORM_FILE => return Err(FormError::LongFile),
        Some(file) => {
            let media_type = line("Content-Type").unwrap_or("application/octet-stream").to_owned();
            FormValue::File(FormFile { name: file.into_owned(), media_type, content })
        }
        None if content.len() > MAX_FORM_TEXT => return Err(FormError::LongText),
        None => {
            let text = str::from_utf8(&content).map_err(|_not_utf8| FormError::NotText)?;
            FormValue::Text(text.to_owned())
        }
    };
    Ok(FormField { name, value })
}

/// Where the first `what` at or after `from` ends.
fn after(content: &[u8], from: usize, what: &[u8]) -> Result<usize, FormError> {
    let at = find(content.get(from..).unwrap_or_default(), what).ok_or(FormError::CutShort)?;
    Ok(from + at + what.len())
}

/// Where `what`, which begins with a carriage return, first stands in `octets`.
fn find(octets: &[u8], what: &[u8]) -> Option<usize> {
    let mut from = 0;
    loop {
        let rest = octets.get(from..)?;
        let at = rest.iter().position(|octet| *octet == b'\r')?;
        if rest.get(at..)?.starts_with(what) {
            return Some(from + at);
        }
        from += at + 1;
    }
}

/// A parameter of a header line: `; name=token` or `; name="quoted"`. In quotes browsers write `%22`, `%0D` and `%0A` for what would end
/// them, and other programs a backslash before it.
fn parameter<'a>(line: &'a str, wanted: &str) -> Option<Cow<'a, str>> {
    let mut rest = line.split_once(';')?.1;
    loop {
        let (name, value) = rest.split_once('=')?;
        let value = value.trim_start();
        let (text, next) = if let Some(quoted) = value.strip_prefix('"') {
            let end = closing_quote(quoted)?;
            (unescaped(quoted.get(..end)?), quoted.get(end + 1..)?)
        } else {
            let end = value.find(';').unwrap_or(value.len());
            (Cow::Borrowed(value.get(..end)?.trim()), value.get(end..)?)
        };
        if name.trim().eq_ignore_ascii_case(wanted) {
            return Some(text);
        }
        rest = next.split_once(';')?.1;
    }
}

fn closing_quote(quoted: &str) -> Option<usize> {
    let mut escaped = false;
    quoted.bytes().position(|octet| {
        let ends = octet == b'"' && !escaped;
        escaped = octet == b'\\' && !escaped;
        ends
    })
}

fn unescaped(quoted: &str) -> Cow<'_, str> {
    if !quoted.contains(['\\', '%']) {
        return Cow::Borrowed(quoted);
    }
    let text = quoted.replace("\\\"", "\"").replace("%22", "\"");
    Cow::Owned(text.replace("%0D", "\r").replace("%0A", "\n"))
}

/// ```text
/// boundary := 0*69<bchars> bcharsnospace
/// ```
fn is_boundary(boundary: &str) -> bool {
    let fit = |octet: u8| octet.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(&octet);
    (1..=70).contains(&boundary.len()) && !boundary.ends_with(' ') && boundary.bytes().all(fit)
}
