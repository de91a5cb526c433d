//! Changes to a zone carried over into its file, whose other lines stay as its writer wrote them.

use std::collections::{BTreeMap, BTreeSet};

use super::{Name, RecordType, Zone};
use crate::proto::dns::text::{name_text, record_line};

impl Zone {
    /// `text`, from which this zone was read, changed so that it says what `changed` does: lines of records that are gone are left
    /// out, new records are added at the end, another serial number stands where the old one stood. Where that does not come out
    /// right (a record over several lines, an owner left to the line before), the whole file is written anew.
    pub fn rewritten(&self, text: &str, changed: &Self) -> String {
        let patched = self.patched(text, changed);
        let says_so =
            |text: &String| Self::read(text, &self.origin).is_ok_and(|read| read.to_text() == changed.to_text());
        patched.filter(says_so).unwrap_or_else(|| changed.to_text())
    }

    fn patched(&self, text: &str, changed: &Self) -> Option<String> {
        let (before, after) = (self.lines(), changed.lines());
        let gone: BTreeSet<u32> =
            before.iter().filter(|(record, _)| !after.contains_key(*record)).map(|(_, line)| *line).collect();
        let kept = text.lines().zip(1_u32..).filter(|(_, line)| !gone.contains(line)).map(|(line, _)| line);
        let mut patched: String = kept.flat_map(|line| [line, "\n"]).collect();
        let new: Vec<&str> = after.keys().filter(|record| !before.contains_key(*record)).map(String::as_str).collect();
        for record in new {
            patched = with_line(&patched, record);
        }
        let (old, new) = (self.serial(), changed.serial());
        if old == new { Some(patched) } else { with_serial(&patched, old?, new?) }
    }

    /// Each record as a line, with the line of the file it stands in. The serial number is no part of it.
    fn lines(&self) -> BTreeMap<String, u32> {
        let sets = self.sets().filter(|(_, kind, _)| *kind != RecordType::SOA);
        sets.flat_map(|(owner, _, set)| {
            let lines = set.records(owner).into_iter().map(|record| record_line(&record));
            lines.zip(set.entries().iter().map(|entry| entry.line)).collect::<Vec<_>>()
        })
        .collect()
    }
}

/// A zone file with one line more at its end.
pub fn with_line(text: &str, line: &str) -> String {
    let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    format!("{text}{end}{line}\n")
}

/// A zone file with another serial number in its SOA record; `None` where the old one is not found there.
pub fn with_serial(text: &str, old: u32, new: u32) -> Option<String> {
    let mut in_soa = false;
    let mut from = 0;
    for line in text.split_inclusive('\n') {
        let said = line.split(';').next().unwrap_or_default();
        let mut at = 0;
        for word in said.split_inclusive(|sign: char| sign.is_whitespace() || sign == '(' || sign == ')') {
            let bare = word.trim_end_matches(|sign: char| sign.is_whitespace() || sign == '(' || sign == ')');
            in_soa = in_soa || bare.eq_ignore_ascii_case("SOA");
            if in_soa && bare.parse() == Ok(old) {
                let place = from + at;
                let (before, rest) = text.split_at_checked(place)?;
                return Some(format!("{before}{new}{}", rest.get(bare.len()..)?));
            }
            at += word.len();
        }
        from += line.len();
    }
    None
}

/// The file of a new zone: its SOA record and its name server, to be written on. `address` is the server's, where it is in the zone.
pub fn new_zone(origin: &Name, server: &Name, address: Option<std::net::IpAddr>, serial: u32) -> String {
    let (origin_text, server_text) = (name_text(origin), name_text(server));
    let mut text = format!(
        "$ORIGIN {origin_text}\n$TTL 3600\n@ SOA {server_text} hostmaster {serial} 3h 1h 4w 300\n@ NS {server_text}\n"
    );
    if let Some(ip) = address.filter(|_| origin.zone_of(server)) {
        let kind = if ip.is_ipv4() { "A" } else { "AAAA" };
        text = with_line(&text, &format!("{server_text} {kind} {ip}"));
    }
    text
}

#[cfg(test)]
mod a_file_rewritten {
    use super::*;
    use crate::proto::dns::text::{name_from_text, record_from_line};

    const FILE: &str = "; what stands here stays\n$ORIGIN com.\n$TTL 60\n@ 900 SOA a.gtld h 7 900 900 7 900 ; 7 is old\n\
                        @ NS a.gtld.net.\n\none NS dns.one ; bought long ago\ndns.one A 192.0.2.1\n";

    fn name(text: &str) -> Name {
        name_from_text(text, &Name::root()).unwrap()
    }

    fn zone() -> Zone {
        Zone::read(FILE, &name("com.")).unwrap()
    }

    #[test]
    fn keeps_every_other_line() {
        let mut changed = zone();
        changed.add(record_from_line("two.com. 60 NS dns.one.com.").unwrap()).unwrap();
        changed.advance_serial();
        let text = zone().rewritten(FILE, &changed);
        assert_eq!(text, format!("{}two.com. 60 IN NS dns.one.com.\n", FILE.replace("h 7 900", "h 8 900")));
        let back = Zone::read(&text, &name("com.")).unwrap();
        let mut without = back.clone();
        without.remove(&name("two.com."), RecordType::NS).unwrap();
        without.remove(&name("one.com."), RecordType::NS).unwrap();
        let shorter = back.rewritten(&text, &without);
        assert_eq!(shorter, FILE.replace("h 7 900", "h 8 900").replace("one NS dns.one ; bought long ago\n", ""));
    }

    #[test]
    fn is_written_anew_where_lines_depend_on_each_other() {
        let file = "$TTL 60\n@ SOA a. h. 1 1 1 1 1\n@ NS a.\none A 192.0.2.1\n A 192.0.2.2\n";
        let before = Zone::read(file, &name("com.")).unwrap();
        let mut after = before.clone();
        after
            .remove_record(&name("one.com."), &before.set(&name("one.com."), RecordType::A).unwrap().entries()[0].data);
        let text = before.rewritten(file, &after);
        let read = Zone::read(&text, &name("com.")).unwrap();
        assert_eq!(read.to_text(), after.to_text(), "{text}");
    }

    #[test]
    fn has_its_serial_found_in_the_record_alone() {
        let spread = "; 5\n@ 5 SOA a. h. (\n 5 ; serial\n 5 5 5 5 )\n@ NS a.\n";
        assert_eq!(with_serial(spread, 5, 6).unwrap(), "; 5\n@ 5 SOA a. h. (\n 6 ; serial\n 5 5 5 5 )\n@ NS a.\n");
        assert_eq!(with_serial("@ NS a.\n", 5, 6), None);
    }

    #[test]
    fn may_be_a_new_one() {
        let (origin, server) = (name("lab.edu."), name("dns.lab.edu."));
        let text = new_zone(&origin, &server, Some("192.0.2.3".parse().unwrap()), 1);
        let zone = Zone::read(&text, &origin).unwrap();
        assert_eq!((zone.check(), zone.len()), (vec![], 3), "{text}");
    }
}
