//! What record data leads to.

use hickory_proto::serialize::binary::{BinDecodable as _, BinDecoder};

use super::{Name, RData, RecordType};

/// The name that NS, CNAME, DNAME, PTR, MX and SRV data lead to; `None` for all other data.
pub fn target(data: &RData) -> Option<Name> {
    points_at(data).cloned().or_else(|| dname_target(data))
}

/// The name a record points at, if its type does: name server, mail server, alias, service. (A DNAME's is [`dname_target`].)
pub fn points_at(data: &RData) -> Option<&Name> {
    match data {
        RData::NS(name) => Some(&name.0),
        RData::CNAME(name) => Some(&name.0),
        RData::PTR(name) => Some(&name.0),
        RData::MX(mx) => Some(&mx.exchange),
        RData::SRV(srv) => Some(&srv.target),
        _ => None,
    }
}

/// Where a DNAME's value leads. hickory-proto hands its octets over as they are; the name in them is never compressed (RFC 6672
/// §2.5), so they alone say it.
pub fn dname_target(data: &RData) -> Option<Name> {
    let RData::Unknown { code: RecordType::DNAME, rdata } = data else { return None };
    Name::read(&mut BinDecoder::new(&rdata.anything)).ok()
}

/// `name` with its end `from` replaced by `to` (RFC 6672 §2.2); `None` where that is too long a name.
pub fn redirected(name: &Name, from: &Name, to: &Name) -> Option<Name> {
    let kept = name.iter().count().checked_sub(from.iter().count())?;
    let mut redirected = Name::from_labels(name.iter().take(kept)).ok()?;
    redirected.set_fqdn(false);
    let mut redirected = redirected.append_name(to).ok()?;
    redirected.set_fqdn(true);
    Some(redirected)
}
