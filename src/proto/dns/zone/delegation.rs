//! Whether a zone and the zone above it agree about its name servers, as both administrations have to see to it (RFC 1034 §4.2.2).

use std::{collections::BTreeSet, net::IpAddr};

use super::{Name, Record, RecordType, Remark, Severity, Zone, ZoneRrSet};
use crate::proto::dns::{
    data,
    text::{name_text, record_line},
};

/// Where `parent` and `child` do not agree: name servers only one of them names, addresses beside the delegation (glue) that are not
/// the child's. Nothing where they do. Lines are the parent's.
pub fn check_delegation(parent: &Zone, child: &Zone) -> Vec<Remark> {
    let cut = child.origin();
    let (zone, above) = (name_text(cut), name_text(parent.origin()));
    let error = |text, clause| Remark::new(Severity::Error, text, clause);
    let warning = |text, clause| Remark::new(Severity::Warning, text, clause);
    let Some(delegated) = parent.set(cut, RecordType::NS).filter(|_| parent.contains(cut)) else {
        return vec![error(
            format!("the zone {above} does not delegate {zone}: nobody will find it"),
            "RFC 1034 §4.2.1",
        )];
    };
    let Some(own) = child.set(cut, RecordType::NS) else {
        return vec![error(format!("the zone {zone} names no name server of its own"), "RFC 1034 §4.2.1")];
    };
    let (named, listed) = (servers(delegated), servers(own));
    let mut remarks = Vec::new();
    if named.is_disjoint(&listed) {
        let text = format!("{above} and {zone} name no server in common for {zone}");
        remarks.push(error(text, "RFC 1034 §4.2.2"));
    }
    for entry in delegated.entries() {
        let Some(server) = data::target(&entry.data).filter(|server| !listed.contains(server)) else { continue };
        let text = format!("{above} names {} for {zone}, the zone itself does not: it may be lame", name_text(&server));
        remarks.push(warning(text, "RFC 1034 §4.2.2").of(cut, entry));
    }
    for entry in own.entries() {
        let Some(server) = data::target(&entry.data).filter(|server| !named.contains(server)) else { continue };
        let text = format!("{zone} names {}, {above} does not: nobody is sent there", name_text(&server));
        remarks.push(Remark { line: None, ..warning(text, "RFC 1034 §4.2.2").of(cut, entry) });
    }
    for server in named.iter().filter(|server| cut.zone_of(server)) {
        let addresses = |zone: &Zone| zone.addresses(server).collect::<BTreeSet<IpAddr>>();
        let (glue, own) = (addresses(parent), addresses(child));
        for ip in glue.difference(&own).filter(|_| !own.is_empty()) {
            let text = format!("{above} gives {ip} as the address of {}, {zone} does not", name_text(server));
            let record = record_line(&Record::from_rdata(server.clone(), 0, (*ip).into()));
            remarks.push(Remark { record, ..error(text, "RFC 1034 §4.2.2") });
        }
        for ip in own.difference(&glue).filter(|_| !glue.is_empty()) {
            let text = format!("{} has the address {ip}, which {above} does not give", name_text(server));
            remarks.push(warning(text, "RFC 1034 §4.2.2"));
        }
    }
    remarks
}

/// The name servers these records name.
pub(super) fn servers(set: &ZoneRrSet) -> BTreeSet<Name> {
    set.data().filter_map(data::target).collect()
}
