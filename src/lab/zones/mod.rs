//! The lab's zones: read from `zones/NAME.zone`, checked, and handed to the name servers that `hosts.toml` names for them.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use super::{
    LabFiles, embedded,
    file_error::{FilePlace, LabFileError},
    services::dns::Dns,
};
use crate::proto::dns::{
    Name,
    text::name_from_text,
    zone::{Severity, Zone},
};

/// Zones by what their files are called, without `.zone`.
pub(super) type Zones = BTreeMap<String, ZoneFile>;

/// A zone and the text it was read from, comments and all.
#[derive(Clone, Debug)]
pub(super) struct ZoneFile {
    pub(super) zone: Arc<Zone>,
    text: Arc<str>,
}

impl LabFiles {
    /// The zones a name server serves, as they are at the lab's start.
    pub(super) fn zones_of<'a>(&'a self, server: &'a Dns) -> impl Iterator<Item = &'a Zone> {
        server.zones.iter().filter_map(|zone| self.zone(zone))
    }

    /// A zone by what its file is called: `umass.edu`, `root`.
    pub fn zone(&self, file: &str) -> Option<&Zone> {
        self.zones.get(file).map(|file| &*file.zone)
    }

    /// All zones, by what their files are called.
    pub fn zones(&self) -> impl Iterator<Item = (&str, &Zone)> {
        self.zones.iter().map(|(name, file)| (name.as_str(), &*file.zone))
    }

    /// The file of the zone called `origin`, as its writer left it.
    pub fn zone_text(&self, origin: &Name) -> Option<&str> {
        self.zones.values().find(|file| file.zone.origin() == origin).map(|file| &*file.text)
    }
}

/// The zones built into the program.
pub(super) fn embedded_zones() -> Result<Zones, LabFileError> {
    let folder = Path::new("assets/lab/zones");
    let mut zones = Zones::new();
    for (name, text) in embedded::ZONE_FILES {
        read(&folder.join(name), name, text.as_bytes(), &mut zones)?;
    }
    Ok(zones)
}

/// Reads the file `name` and adds its zone; what is not called `….zone` is left out. Whatever would keep the zone from being served
/// as its writer meant it is an error.
pub(super) fn read(file: &Path, name: &str, content: &[u8], zones: &mut Zones) -> Result<(), LabFileError> {
    let Some(name) = name.strip_suffix(".zone") else { return Ok(()) };
    let unfit = |line: u32, message: String| {
        let line = usize::try_from(line).unwrap_or(usize::MAX);
        LabFileError::Unfit { file: file.to_owned(), place: FilePlace::line(line), message }
    };
    let text = std::str::from_utf8(content).map_err(|_not_text| unfit(1, "expected UTF-8 text".to_owned()))?;
    let origin = if name == ROOT { Ok(Name::root()) } else { name_from_text(name, &Name::root()) };
    // A file may be called anything: `$ORIGIN` and the SOA record say which zone it is.
    let zone = Zone::read(text, &origin.unwrap_or_else(|_no_name| Name::root()));
    let zone = zone.map_err(|error| unfit(error.line, error.fault.to_string()))?;
    if let Some(remark) = zone.check().into_iter().find(|remark| remark.severity == Severity::Error) {
        return Err(unfit(remark.line.unwrap_or(1), format!("{} ({})", remark.text, remark.clause)));
    }
    zones.insert(name.to_owned(), ZoneFile { zone: Arc::new(zone), text: text.into() });
    Ok(())
}

/// What the root zone's file is called.
const ROOT: &str = "root";

#[cfg(test)]
mod tests;
