//! Caches as tables.

use std::time::Duration;

use super::{CacheEntry, CacheTable};
use crate::proto::dns::{
    Record,
    cache::{Cache, CacheKey, CachedData, CachedSet, Credibility},
    text::{name_text, rdata_text, type_name},
};

/// What a cache holds now, by name and type.
pub(super) fn table(owner: &str, cache: &Cache, now: Duration) -> CacheTable {
    let mut entries: Vec<CacheEntry> = cache.iter(now).flat_map(|(key, entry)| rows(key, entry, now)).collect();
    entries.sort_by(|a, b| (&a.name, &a.kind, &a.value).cmp(&(&b.name, &b.kind, &b.value)));
    CacheTable { owner: owner.to_owned(), entries }
}

fn rows(key: &CacheKey, entry: &CachedSet, now: Duration) -> Vec<CacheEntry> {
    let row = |value: String, negative: bool| CacheEntry {
        name: name_text(&key.name),
        kind: if key.kind == CacheKey::NO_NAME { String::new() } else { type_name(key.kind) },
        value,
        ttl_seconds: u64::from(entry.ttl),
        left_seconds: entry.until.saturating_sub(now).as_secs_f64(),
        credibility: credibility(entry.trust).to_owned(),
        learned_from: entry.from.to_string(),
        negative,
    };
    match &entry.held {
        CachedData::Records(data) => data.iter().map(|data| row(rdata_text(data), false)).collect(),
        CachedData::Nothing(soa) => {
            let by = |soa: &Record| format!(", says the SOA of {}", name_text(&soa.name));
            let by = soa.as_deref().map(by).unwrap_or_default();
            let what = if key.kind == CacheKey::NO_NAME { "no such name" } else { "no such type" };
            vec![row(format!("{what}{by}"), true)]
        }
        CachedData::Failed => vec![row("could not be found out a moment ago".to_owned(), true)],
    }
}

fn credibility(trust: Credibility) -> &'static str {
    match trust {
        Credibility::Hint => "hint",
        Credibility::Additional => "glue",
        Credibility::Referral => "referral",
        Credibility::Answer => "answer, not authoritative",
        Credibility::AuthorityOfZone => "authority section of the zone's server",
        Credibility::AnswerOfZone => "answer, authoritative",
    }
}
