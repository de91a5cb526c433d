//! What record data leads to.

use hickory_proto::serialize::binary::{BinDecodable as _, BinDecoder};

use super::{Name, RData, RecordType};

/// The name that NS, CNAME, DNAME, PTR, MX and SRV data lead to; `None` for all other data.
pub fn target(data: &RData) -> Option<Name> {
    match data {
        RData::NS(name) => Some(name.0.clone()),
        RData::CNAME(name) => Some(name.0.clone()),
        RData::PTR(name) => Some(name.0.clone()),
        RData::MX(mx) => Some(mx.exchange.clone()),
        RData::SRV(srv) => Some(srv.target.clone()),
        RData::Unknown { code: RecordType::DNAME, rdata } => {
            // Its name is never compressed (RFC 6672 §2.5), so the octets alone say it.
            Name::read(&mut BinDecoder::new(&rdata.anything)).ok()
        }
        _ => None,
    }
}
