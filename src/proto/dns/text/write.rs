//! Record data written as text.

use std::net::{Ipv4Addr, Ipv6Addr};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use data_encoding::BASE32HEX_NOPAD;
use hickory_proto::serialize::binary::{BinEncodable as _, BinEncoder, NameEncoding};

use super::{
    RData, RecordType, atm, bitmap, chained_address, gateway, hex, host_identity, location,
    name::name_text,
    octets::RdataOctets,
    prefixes,
    quotation::quoted,
    shape::{DISCOVERY_OPTIONAL, RdataField, shape},
    svc_params, time, type_name, well_known,
};

pub(super) fn rdata(data: &RData) -> String {
    let octets = octets(data);
    notation(data.record_type(), &octets).unwrap_or_else(|| generic(&octets))
}

pub(super) fn notation(kind: RecordType, octets: &[u8]) -> Option<String> {
    write(shape(kind)?, octets)
}

/// The data's octets, names not compressed.
fn octets(data: &RData) -> Vec<u8> {
    let mut octets = Vec::new();
    let mut encoder = BinEncoder::new(&mut octets);
    encoder.set_name_encoding(NameEncoding::Uncompressed);
    // What cannot be encoded (a string of more than 255 octets) is written as far as it goes.
    data.emit(&mut encoder).ok();
    octets
}

/// RFC 3597 §5.
fn generic(octets: &[u8]) -> String {
    if octets.is_empty() { "\\# 0".to_owned() } else { format!("\\# {} {}", octets.len(), hex::small(octets)) }
}

/// The fields' texts; `None` where the octets are too few or too many for them.
fn write(fields: &[RdataField], octets: &[u8]) -> Option<String> {
    let mut from = RdataOctets(octets);
    let texts: Option<Vec<String>> = fields.iter().map(|field| write_field(*field, &mut from)).collect();
    let told = |texts: Vec<String>| texts.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" ");
    texts.filter(|_| from.0.is_empty()).map(told)
}

fn write_field(field: RdataField, from: &mut RdataOctets<'_>) -> Option<String> {
    Some(match field {
        RdataField::Ipv4 => Ipv4Addr::from(from.array::<4>()?).to_string(),
        RdataField::Ipv6 => Ipv6Addr::from(from.array::<16>()?).to_string(),
        RdataField::Name => name_text(&from.name()?),
        RdataField::U8 | RdataField::Algorithm => from.u8()?.to_string(),
        RdataField::U16 | RdataField::Certificate => from.u16()?.to_string(),
        RdataField::U32 | RdataField::Seconds => u32::from_be_bytes(from.array()?).to_string(),
        RdataField::Type => type_name(RecordType::from(from.u16()?)),
        RdataField::Time => time::text(u32::from_be_bytes(from.array()?)),
        RdataField::Text => quoted(from.string()?),
        RdataField::Tag => tag(from.string()?)?,
        RdataField::Texts => {
            let mut texts = vec![quoted(from.string()?)];
            while !from.0.is_empty() {
                texts.push(quoted(from.string()?));
            }
            texts.join(" ")
        }
        RdataField::Rest => quoted(from.rest()),
        RdataField::Hex => hex::capitals(from.some_rest()?),
        RdataField::Base64 => BASE64_STANDARD.encode(from.some_rest()?),
        field => write_late_field(field, from)?,
    })
}

/// The fields of younger types, and of old ones hardly met.
fn write_late_field(field: RdataField, from: &mut RdataOctets<'_>) -> Option<String> {
    Some(match field {
        RdataField::Location => location::text(from.rest())?,
        RdataField::SvcParams => svc_params::text(from.rest())?,
        RdataField::Types => bitmap::text(from.rest())?,
        RdataField::Prefixes => prefixes::text(from.rest())?,
        RdataField::Salt => match from.string()? {
            [] => "-".to_owned(),
            salt => hex::capitals(salt),
        },
        RdataField::Hash => BASE32HEX_NOPAD.encode(from.string()?),
        RdataField::Eui(count) => {
            let pairs: Vec<String> =
                from.take(usize::from(count))?.iter().map(|octet| format!("{octet:02x}")).collect();
            pairs.join("-")
        }
        RdataField::Locator => {
            let octets = from.take(8)?;
            let groups = octets.chunks_exact(2).filter_map(|pair| Some(u16::from_be_bytes(pair.try_into().ok()?)));
            let groups: Vec<String> = groups.map(|group| format!("{group:x}")).collect();
            groups.join(":")
        }
        RdataField::Nsap => format!("0x{}", hex::capitals(from.some_rest()?)),
        RdataField::AnyBase64 => BASE64_STANDARD.encode(from.rest()),
        RdataField::DashedBase64 => match from.rest() {
            [] => "-".to_owned(),
            octets => BASE64_STANDARD.encode(octets),
        },
        RdataField::Gateway => {
            let (kind, algorithm) = (from.u8()?, from.u8()?);
            format!("{kind} {algorithm} {}", gateway::text(kind, from)?)
        }
        RdataField::Relay => {
            let octet = from.u8()?;
            let (discovery, kind) = (octet >> 7, octet & !DISCOVERY_OPTIONAL);
            format!("{discovery} {kind} {}", gateway::text(kind, from)?)
        }
        RdataField::HostIdentity => host_identity::text(from)?,
        RdataField::WellKnown => well_known::text(from)?,
        RdataField::ChainedAddress => chained_address::text(from)?,
        RdataField::AtmAddress => atm::text(from.rest())?,
        RdataField::OldTypes => bitmap::old_text(from.rest())?,
        _ => return None,
    })
}

fn tag(octets: &[u8]) -> Option<String> {
    let plain = !octets.is_empty() && octets.iter().all(u8::is_ascii_alphanumeric);
    plain.then(|| octets.iter().copied().map(char::from).collect())
}
