//! Root hints: where iterative resolution begins while nothing is cached yet (RFC 1034 §5.3.2).

use std::net::IpAddr;

use crate::proto::dns::{
    Name, Record,
    data::points_at,
    iterate::Hint,
    text::{name_from_text, record_from_line},
};

/// The built-in hints, in the form the authority that assigns them publishes.
const BUILT_IN: &str = include_str!("../../../assets/root.hints");
/// Since when the built-in ones are so. The root's servers move every few years; priming finds out who they are now.
pub const HINTS_DATE: &str = "2023-11-27";

/// Why a file is no root hints.
#[derive(Debug, thiserror::Error)]
pub enum BadHints {
    /// A line that is no record.
    #[error("line {number} of the hints is no record: {line}")]
    Line {
        /// Counted from 1.
        number: usize,
        /// The line.
        line: String,
    },
    /// No server with an address.
    #[error("the hints name no server of the root with an address")]
    Nothing,
}

/// Reads hints: `NS` records of the root, and their servers' addresses.
///
/// # Errors
/// A line that is no record; no server with an address.
pub fn read_hints(text: &str) -> Result<Vec<(String, IpAddr)>, BadHints> {
    let mut records: Vec<Record> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.split(';').next().unwrap_or_default().trim();
        if line.is_empty() {
            continue;
        }
        let bad = |_| BadHints::Line { number: number + 1, line: line.to_owned() };
        records.push(record_from_line(line).map_err(bad)?);
    }
    let servers: Vec<&Name> =
        records.iter().filter(|record| record.name.is_root()).filter_map(|record| points_at(&record.data)).collect();
    let address = |record: &Record| {
        let ip = record.data.ip_addr()?;
        servers.contains(&&record.name).then(|| (record.name.to_ascii(), ip))
    };
    let hints: Vec<(String, IpAddr)> = records.iter().filter_map(address).collect();
    if hints.is_empty() { Err(BadHints::Nothing) } else { Ok(hints) }
}

/// The built-in ones: name and address of each of the root's servers.
pub fn built_in_hints() -> Vec<(String, IpAddr)> {
    read_hints(BUILT_IN).unwrap_or_default()
}

/// As the resolver wants them: the given ones, or the built-in.
pub(super) fn hints(given: &[(String, IpAddr)]) -> Vec<Hint> {
    let all = if given.is_empty() { built_in_hints() } else { given.to_vec() };
    let mut hints: Vec<Hint> = Vec::new();
    for (name, ip) in all {
        let Ok(server) = name_from_text(&name, &Name::root()) else { continue };
        match hints.iter_mut().find(|hint| hint.server == server) {
            Some(hint) => hint.ips.push(ip),
            None => hints.push(Hint { zone: Name::root(), server, ips: vec![ip] }),
        }
    }
    hints
}

#[cfg(test)]
mod the_built_in_hints {
    use super::*;

    #[test]
    fn name_thirteen_servers_with_two_addresses_each() {
        let hints = hints(&[]);
        assert_eq!(hints.len(), 13);
        assert!(hints.iter().all(|hint| hint.ips.len() == 2));
        assert!(hints.iter().any(|hint| hint.ips.contains(&"170.247.170.2".parse().unwrap())), "b moved in 2023");
    }

    #[test]
    fn of_others_are_refused_with_the_line() {
        assert_eq!(
            read_hints("; nothing").unwrap_err().to_string(),
            "the hints name no server of the root with an address"
        );
        let error = read_hints(". 1 IN NS a.\nnonsense").unwrap_err();
        assert_eq!(error.to_string(), "line 2 of the hints is no record: nonsense");
    }
}
