//! Preconditions: is what the client has still what there is? RFC 9110 §13, in the order of §13.2.2.

use std::time::{Duration, SystemTime};

use crate::proto::http::message::Fields;

/// What identifies the current state of a resource.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Validators<'a> {
    /// Strong entity tag with its quotes.
    pub(crate) etag: &'a str,
    pub(crate) modified: Option<SystemTime>,
}

/// What the preconditions of a request come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PreconditionOutcome {
    /// Do what was asked.
    Proceed,
    /// 304: the client has it already.
    NotModified { why: String, clause: &'static str },
    /// 412: the client would not have wanted it.
    Failed { why: String, clause: &'static str },
}

/// Judges a request's preconditions. `current` is `None` where the resource does not exist (a PUT may create it).
pub(crate) fn judge(method: &str, fields: &Fields, current: Option<Validators<'_>>) -> PreconditionOutcome {
    let reads = matches!(method, "GET" | "HEAD");
    if fields.has("If-Match") {
        if !matches(fields, "If-Match", current, TagComparison::Strong) {
            let why = "If-Match names no entity tag this resource has now".to_owned();
            return PreconditionOutcome::Failed { why, clause: "RFC 9110 §13.1.1" };
        }
    } else if let Some(limit) = date(fields, "If-Unmodified-Since")
        && current.and_then(|current| current.modified).is_some_and(|modified| whole_seconds(modified) > limit)
    {
        let why = "the resource was modified after the date in If-Unmodified-Since".to_owned();
        return PreconditionOutcome::Failed { why, clause: "RFC 9110 §13.1.4" };
    }
    if fields.has("If-None-Match") {
        if matches(fields, "If-None-Match", current, TagComparison::Weak) {
            let clause = "RFC 9110 §13.1.2";
            return match current.filter(|_| reads) {
                Some(current) => {
                    let why = format!("304: the entity tag {} is among those in If-None-Match", current.etag);
                    PreconditionOutcome::NotModified { why, clause }
                }
                None => {
                    PreconditionOutcome::Failed { why: "If-None-Match names what is here already".to_owned(), clause }
                }
            };
        }
    } else if reads
        && let Some(since) = date(fields, "If-Modified-Since")
        && let Some(modified) = current.and_then(|current| current.modified)
        && whole_seconds(modified) <= since
    {
        let why = format!("304: not modified since {}", httpdate::fmt_http_date(since));
        return PreconditionOutcome::NotModified { why, clause: "RFC 9110 §13.1.3" };
    }
    PreconditionOutcome::Proceed
}

/// May a Range be answered as such (RFC 9110 §13.1.5)? `now` is the response's date: a modification time is a strong
/// validator only a second later (§8.8.2.2).
pub(crate) fn range_applies(fields: &Fields, current: Validators<'_>, now: SystemTime) -> bool {
    let Some(condition) = fields.text("If-Range") else { return true };
    if condition.starts_with('"') || condition.starts_with("W/") {
        return condition == current.etag;
    }
    let modified = current.modified.map(whole_seconds);
    let strong = modified.is_some_and(|modified| modified + Duration::from_secs(1) <= now);
    strong && httpdate::parse_http_date(condition).ok() == modified
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum TagComparison {
    /// Both strong and the same (RFC 9110 §8.8.3.2).
    Strong,
    /// The same but for weakness.
    Weak,
}

fn matches(fields: &Fields, name: &str, current: Option<Validators<'_>>, comparison: TagComparison) -> bool {
    let Some(current) = current else { return false };
    fields.values(name).any(|value| {
        let Ok(text) = std::str::from_utf8(value) else { return false };
        text.trim() == "*"
            || entity_tags(text).any(|tag| match (tag.strip_prefix("W/"), comparison) {
                (Some(_), TagComparison::Strong) => false,
                (Some(opaque), TagComparison::Weak) => opaque == current.etag,
                (None, _) => tag == current.etag,
            })
    })
}

/// The members of a list of entity tags; a tag may contain commas. RFC 9110 §8.8.3:
/// ```text
/// entity-tag = [ "W/" ] DQUOTE *etagc DQUOTE
/// ```
///
/// A member that is anything else matches nothing.
fn entity_tags(list: &str) -> impl Iterator<Item = &str> {
    let mut rest = list;
    std::iter::from_fn(move || {
        loop {
            rest = rest.trim_start_matches([',', ' ', '\t']);
            if rest.is_empty() {
                return None;
            }
            let length = tag_length(rest).unwrap_or_default();
            let (tag, after) = rest.split_at_checked(length)?;
            let end = after.find(',').unwrap_or(after.len());
            let (behind, next) = after.split_at_checked(end)?;
            rest = next;
            if length > 0 && behind.trim_matches([' ', '\t']).is_empty() {
                return Some(tag);
            }
        }
    })
}

/// How long the entity tag is that `text` begins with.
fn tag_length(text: &str) -> Option<usize> {
    let opaque = text.strip_prefix("W/").unwrap_or(text).strip_prefix('"')?;
    let length = opaque.find('"')?;
    let is_etagc = |octet: u8| octet == 0x21 || octet >= 0x23 && octet != 0x7f;
    opaque.bytes().take(length).all(is_etagc).then_some(text.len() - opaque.len() + length + 1)
}

/// A date that cannot be read counts as absent (RFC 9110 §13.1.3, §13.1.4).
fn date(fields: &Fields, name: &str) -> Option<SystemTime> {
    httpdate::parse_http_date(fields.text(name)?).ok()
}

/// HTTP dates have no fractions of a second.
pub(crate) fn whole_seconds(time: SystemTime) -> SystemTime {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    SystemTime::UNIX_EPOCH + Duration::from_secs(since.as_secs())
}

#[cfg(test)]
mod preconditions_are_judged_in_order {
    use super::*;

    const ETAG: &str = "\"286-4f1aadb3105c0\"";
    const DATE: &str = "Wed, 05 Feb 2014 16:00:31 GMT";
    const BEFORE: &str = "Wed, 05 Feb 2014 16:00:30 GMT";
    const AFTER: &str = "Wed, 05 Feb 2014 16:00:32 GMT";

    fn verdict(method: &str, fields: &[(&str, &str)]) -> u16 {
        let current = Validators { etag: ETAG, modified: httpdate::parse_http_date(DATE).ok() };
        code(&judge(method, &written(fields), Some(current)))
    }

    fn code(verdict: &PreconditionOutcome) -> u16 {
        match verdict {
            PreconditionOutcome::Proceed => 200,
            PreconditionOutcome::NotModified { .. } => 304,
            PreconditionOutcome::Failed { .. } => 412,
        }
    }

    fn written(lines: &[(&str, &str)]) -> Fields {
        let mut fields = Fields::default();
        for (name, value) in lines {
            fields.push(*name, value.as_bytes().to_vec());
        }
        fields
    }

    #[test]
    fn each_alone() {
        assert_eq!(verdict("GET", &[]), 200);
        assert_eq!(verdict("GET", &[("If-None-Match", ETAG)]), 304);
        assert_eq!(verdict("HEAD", &[("If-None-Match", &format!("W/{ETAG}"))]), 304);
        assert_eq!(verdict("GET", &[("If-None-Match", &format!("\"x,y\", {ETAG}"))]), 304);
        assert_eq!(verdict("GET", &[("If-None-Match", "*")]), 304);
        assert_eq!(verdict("GET", &[("If-None-Match", "\"other\"")]), 200);
        assert_eq!(verdict("GET", &[("If-None-Match", &format!("{ETAG}x"))]), 200);
        assert_eq!(verdict("GET", &[("If-None-Match", &format!("x{ETAG}"))]), 200);
        assert_eq!(verdict("GET", &[("If-None-Match", &format!("w/{ETAG}"))]), 200, "W is case-sensitive");
        assert_eq!(verdict("GET", &[("If-None-Match", &format!("{ETAG}x, {ETAG}"))]), 304);
        assert_eq!(verdict("PUT", &[("If-Match", &format!("{ETAG}x"))]), 412);
        assert_eq!(verdict("PUT", &[("If-None-Match", "*")]), 412);
        assert_eq!(verdict("GET", &[("If-Modified-Since", DATE)]), 304);
        assert_eq!(verdict("GET", &[("If-Modified-Since", AFTER)]), 304);
        assert_eq!(verdict("GET", &[("If-Modified-Since", BEFORE)]), 200);
        assert_eq!(verdict("GET", &[("If-Modified-Since", "yesterday")]), 200);
        assert_eq!(verdict("POST", &[("If-Modified-Since", DATE)]), 200);
        assert_eq!(verdict("GET", &[("If-Match", ETAG)]), 200);
        assert_eq!(verdict("GET", &[("If-Match", "*")]), 200);
        assert_eq!(verdict("GET", &[("If-Match", &format!("W/{ETAG}"))]), 412);
        assert_eq!(verdict("PUT", &[("If-Match", "\"other\"")]), 412);
        assert_eq!(verdict("PUT", &[("If-Unmodified-Since", BEFORE)]), 412);
        assert_eq!(verdict("PUT", &[("If-Unmodified-Since", DATE)]), 200);
    }

    #[test]
    fn the_stronger_one_counts() {
        assert_eq!(verdict("GET", &[("If-None-Match", "\"other\""), ("If-Modified-Since", AFTER)]), 200);
        assert_eq!(verdict("GET", &[("If-None-Match", ETAG), ("If-Modified-Since", BEFORE)]), 304);
        assert_eq!(verdict("GET", &[("If-Match", ETAG), ("If-Unmodified-Since", BEFORE)]), 200);
        assert_eq!(verdict("GET", &[("If-Match", "\"other\""), ("If-None-Match", ETAG)]), 412);
        assert_eq!(verdict("GET", &[("If-Match", ETAG), ("If-None-Match", ETAG)]), 304);
    }

    #[test]
    fn what_does_not_exist_matches_nothing() {
        assert_eq!(code(&judge("PUT", &written(&[("If-None-Match", "*")]), None)), 200);
        assert_eq!(code(&judge("PUT", &written(&[("If-Match", "*")]), None)), 412);
        assert_eq!(code(&judge("PUT", &written(&[("If-Unmodified-Since", BEFORE)]), None)), 200);
    }

    #[test]
    fn a_range_needs_the_very_same_representation() {
        let modified = httpdate::parse_http_date(DATE).unwrap();
        let current = Validators { etag: ETAG, modified: Some(modified) };
        let applies = |value: &str, age| {
            range_applies(&written(&[("If-Range", value)]), current, modified + Duration::from_secs(age))
        };
        assert!(applies(ETAG, 0));
        assert!(!applies(&format!("W/{ETAG}"), 9));
        assert!(!applies("\"other\"", 9));
        assert!(applies(DATE, 1));
        assert!(!applies(DATE, 0), "a second has not passed: the file may change again within it");
        assert!(!applies(AFTER, 9), "an exact match is asked for, not a comparison");
        assert!(range_applies(&Fields::default(), current, modified));
    }
}
