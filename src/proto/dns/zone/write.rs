//! A zone written as a zone file. Comments, blank lines and the file's order are not kept; reading it gives the same zone again.

use super::{Name, NameTree, Zone, ZoneRecord};
use crate::proto::dns::text::{name_text, rdata_text, type_name};

impl Zone {
    /// The zone as a file, SOA and NS first, then by name in canonical order; a name that is the line's before is left out.
    pub fn to_text(&self) -> String {
        let mut out = format!("$ORIGIN {}\n", name_text(&self.origin));
        self.write(&self.names, &mut out);
        for (owner, entry) in &self.outside {
            out.push_str(&line(&name_text(owner), entry));
        }
        for place in &self.places {
            let prefixes: Vec<String> = place.prefixes.iter().map(ToString::to_string).collect();
            out.push_str(&format!("$PLACE {}\n", prefixes.join(" ")));
            self.write(&place.names, &mut out);
        }
        out
    }

    fn write(&self, names: &NameTree, out: &mut String) {
        for (name, sets) in names {
            let mut owner = self.relative(name);
            // SOA first, NS second, the others by number.
            let mut sets: Vec<_> = sets.iter().map(|(kind, set)| (u16::from(*kind), set)).collect();
            sets.sort_by_key(|(code, _)| match code {
                6 => (0, 0),
                2 => (1, 0),
                code => (2, *code),
            });
            for entry in sets.iter().flat_map(|(_, set)| set.entries()) {
                out.push_str(&line(&owner, entry));
                owner.clear();
            }
        }
    }

    /// `name` as it is written below the zone's own.
    fn relative(&self, name: &Name) -> String {
        let above = self.origin.iter().len();
        let own = name.iter().len().saturating_sub(above);
        if own == 0 {
            return "@".to_owned();
        }
        let Ok(part) = Name::from_labels(name.iter().take(own)) else { return name_text(name) };
        let mut text = name_text(&part);
        text.pop();
        text
    }
}

fn line(owner: &str, entry: &ZoneRecord) -> String {
    let kind = type_name(entry.data.record_type());
    format!("{owner:<23} {:>6} IN {kind:<5} {}\n", entry.ttl, rdata_text(&entry.data))
}
