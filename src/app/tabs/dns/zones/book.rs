//! The zones as the lab serves them, the student's drafts on top, and what is to be said of the one that is shown.

use std::{collections::BTreeMap, ops::Deref, rc::Rc, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{
    engine::setting::{Outage, Setting, ZoneChange},
    lab::{LabFiles, ServedZones},
    proto::dns::{
        Name,
        text::{name_from_text, name_text},
        zone::{Remark, Severity, Zone, check_delegation, check_serial, next_serial},
    },
};

/// A zone file being edited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ZoneDraft {
    /// What it says now.
    pub(super) text: String,
    /// Who is to serve it; `None`: who serves the zone already.
    pub(super) server: Option<String>,
}

/// Drafts by the zones' names, with their final dots.
pub(super) type ZoneDrafts = BTreeMap<String, ZoneDraft>;

/// A zone in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) origin: String,
    /// How many of the listed zones it is below.
    pub(super) depth: usize,
    /// What is served is not what the lab's files have.
    pub(super) changed: bool,
    /// The names of its servers; empty where it is a draft only.
    pub(super) servers: Vec<String>,
}

/// What the lab serves with the window's changes.
#[derive(Debug, Default)]
pub(super) struct ZoneBook {
    key: Option<(Vec<ZoneChange>, Vec<Outage>)>,
    served: Edition,
    rows: Vec<Row>,
    /// What the lab consists of; `None` before it was followed.
    lab: Option<LabFiles>,
}

/// What is served, until that changes: the same only where nothing was changed meanwhile.
#[derive(Clone, Debug, Default)]
pub(super) struct Edition(Rc<ServedZones>);

impl PartialEq for Edition {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Deref for Edition {
    type Target = ServedZones;

    fn deref(&self) -> &ServedZones {
        &self.0
    }
}

impl ZoneBook {
    /// Takes in what the window's setting says; cheap where it says what it said.
    pub(super) fn follow(&mut self, setting: &Setting, lab: &LabFiles) {
        let same = self.key.as_ref().is_some_and(|(zones, off)| *zones == setting.zones && *off == setting.off);
        if same {
            return;
        }
        let (served, _) = lab.served(&setting.zones, &setting.off);
        let changed = |origin: &str| setting.zones.iter().any(|change| is_same(&change.origin, origin));
        let mut rows: Vec<Row> = Vec::new();
        let mut above: Vec<&Name> = Vec::new();
        for (origin, (_, servers)) in served.zones() {
            above.retain(|zone| zone.zone_of(origin));
            let text = key(origin);
            let servers = servers.iter().map(|server| server.name().to_owned()).collect();
            rows.push(Row { depth: above.len(), changed: changed(&text), origin: text, servers });
            above.push(origin);
        }
        let (key, lab) = (Some((setting.zones.clone(), setting.off.clone())), Some(lab.clone()));
        *self = Self { lab, key, served: Edition(Rc::new(served)), rows };
    }

    pub(super) fn served(&self) -> &Edition {
        &self.served
    }

    /// The zone above one, as drafts are kept by it.
    pub(super) fn above(&self, origin: &str) -> Option<String> {
        let origin = name(origin);
        let is_root = origin.is_root();
        self.served.closest(&origin.base_name()).filter(|_| !is_root).map(|zone| key(zone.origin()))
    }

    /// All zones, those that are drafts only at the end.
    pub(super) fn rows(&self, drafts: &ZoneDrafts) -> Vec<Row> {
        let known = |origin: &String| self.rows.iter().any(|row| row.origin == *origin);
        let new = drafts.keys().filter(|origin| !known(origin)).map(|origin| Row {
            origin: origin.clone(),
            depth: 0,
            changed: false,
            servers: Vec::new(),
        });
        self.rows.iter().cloned().chain(new).collect()
    }

    /// One of the zones that are served.
    pub(super) fn row(&self, origin: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.origin == origin)
    }

    /// The zone file as it is served; empty where no server has it.
    pub(super) fn text(&self, origin: &str) -> String {
        let changes = self.key.iter().flat_map(|(zones, _)| zones);
        let change = changes.rev().find(|change| is_same(&change.origin, origin));
        change.map_or_else(|| self.of_lab(origin).unwrap_or_default(), |change| change.text.to_string())
    }

    /// The zone file the lab came with.
    pub(super) fn of_lab(&self, origin: &str) -> Option<String> {
        self.lab.as_ref().and_then(|lab| of_lab(lab, origin))
    }
}

fn of_lab(lab: &LabFiles, origin: &str) -> Option<String> {
    lab.zone_text(&name(origin)).map(str::to_owned)
}

/// Two ways to write one zone's name?
pub(super) fn is_same(one: &str, other: &str) -> bool {
    name(one) == name(other)
}

/// A zone's name, in small letters, for names differ in no case; the root's where the text is none.
pub(super) fn name(text: &str) -> Name {
    name_from_text(text.trim(), &Name::root()).unwrap_or_default().to_lowercase()
}

/// The one way a zone's name is written here.
pub(super) fn key(name: &Name) -> String {
    name_text(&name.to_lowercase())
}

/// A setting in which `origin` is served as `draft` says, by who serves it and by the draft's own server. What the lab's own file says
/// is no change.
pub(super) fn serve(setting: &mut Setting, lab: &LabFiles, origin: &str, draft: &ZoneDraft) {
    let before = setting.zones.iter().filter(|change| is_same(&change.origin, origin));
    let mut servers: Vec<Option<String>> = before.map(|change| change.server.clone()).collect();
    if draft.server.is_some() && !servers.contains(&draft.server) {
        servers.push(draft.server.clone());
    }
    if servers.is_empty() {
        servers.push(None);
    }
    setting.zones.retain(|change| !is_same(&change.origin, origin));
    if servers == [None] && of_lab(lab, origin).as_deref() == Some(draft.text.as_str()) {
        return;
    }
    let text: Arc<str> = draft.text.as_str().into();
    let change = |server| ZoneChange { origin: origin.to_owned(), text: Arc::clone(&text), server };
    setting.zones.extend(servers.into_iter().map(change));
}

/// What was found in a zone file.
#[derive(Clone, Debug, Default)]
pub(super) struct ZoneFindings {
    /// How many records there are; `None` where the text is no zone file.
    pub(super) records: Option<usize>,
    pub(super) serial: Option<u32>,
    /// The records have changed and the serial number has not moved on: what it is, and what it has to be.
    pub(super) stale_serial: Option<(u32, u32)>,
    /// What is wrong, the worst first; of a text that is no zone file its first fault.
    pub(super) remarks: Vec<Remark>,
    /// How bad it is, by line.
    pub(super) lines: BTreeMap<u32, Severity>,
}

impl ZoneFindings {
    /// Can it be served?
    pub(super) fn is_readable(&self) -> bool {
        self.records.is_some()
    }
}

/// What is to be said of `text` as the zone `origin`, beside what is `served` now, and the draft of the zone above where there is one.
pub(super) fn look(origin: &str, text: &str, served: &ServedZones, above: Option<&str>) -> ZoneFindings {
    let origin = name(origin);
    let zone = match Zone::read(text, &origin) {
        Ok(zone) if *zone.origin() == origin => zone,
        Ok(zone) => {
            let text = format!("the SOA record is {}'s, the zone is {}", name_text(zone.origin()), name_text(&origin));
            return ZoneFindings::unreadable(zone.soa().and_then(|(set, _)| Some(set.entries().first()?.line)), text);
        }
        Err(error) => return ZoneFindings::unreadable(Some(error.line), error.fault.to_string()),
    };
    let mut remarks = zone.check();
    let before = served.zone(&origin);
    let forgotten = before.and_then(|before| check_serial(before, &zone));
    let stale_serial = forgotten.as_ref().and(zone.serial()).zip(before.and_then(Zone::serial).map(next_serial));
    remarks.extend(forgotten);
    if let Some(parent) = origin.iter().next().and_then(|_| served.closest(&origin.base_name())) {
        let drafted = above.and_then(|text| Zone::read(text, parent.origin()).ok());
        let parent = drafted.as_ref().unwrap_or(parent);
        // The lines of these are the other zone's.
        remarks.extend(check_delegation(parent, &zone).into_iter().map(|remark| Remark { line: None, ..remark }));
    }
    for (cut, _) in zone.cuts() {
        remarks.extend(served.zone(cut).into_iter().flat_map(|child| check_delegation(&zone, child)));
    }
    remarks.extend(served.lame(&zone).into_iter().filter(|lame| {
        // Nobody serves a new zone before it is served.
        before.is_some() || !lame.text.contains(&format!("does not serve {}", name_text(&origin)))
    }));
    remarks.sort_by_key(|remark| (std::cmp::Reverse(remark.severity), remark.line));
    ZoneFindings { records: Some(zone.len()), serial: zone.serial(), stale_serial, ..ZoneFindings::of(remarks) }
}

impl ZoneFindings {
    fn unreadable(line: Option<u32>, text: String) -> Self {
        let remark = Remark { severity: Severity::Error, line, record: String::new(), text, clause: "RFC 1035 §5.1" };
        Self::of(vec![remark])
    }

    fn of(remarks: Vec<Remark>) -> Self {
        let mut lines = BTreeMap::new();
        for remark in &remarks {
            let worst = remark.line.map(|line| lines.entry(line).or_insert(remark.severity));
            if let Some(worst) = worst {
                *worst = (*worst).max(remark.severity);
            }
        }
        Self { remarks, lines, ..Self::default() }
    }
}

#[cfg(test)]
mod findings {
    use super::*;

    fn found(origin: &str, change: impl FnOnce(String) -> String) -> Vec<String> {
        let mut book = ZoneBook::default();
        book.follow(&Setting::default(), &LabFiles::embedded());
        let text = change(book.text(origin));
        look(origin, &text, book.served(), None).remarks.into_iter().map(|remark| remark.text).collect()
    }

    #[test]
    fn are_none_where_all_is_well_and_name_what_is_not() {
        assert_eq!(found("umass.edu.", |text| text), [""; 0]);
        let more = |text: String| text + "x CNAME www\nx A 192.0.2.1\n";
        let texts = found("umass.edu.", more);
        assert!(texts.iter().any(|text| text.contains("is an alias and has other records")), "{texts:?}");
        assert!(texts.iter().any(|text| text.contains("does not move on from 2026010100")), "{texts:?}");
        let without_glue = found("com.", |text| text.replace("dns.ibm              ", ";"));
        assert!(without_glue.iter().any(|text| text.contains("glue")), "{without_glue:?}");
        let lame = found("com.", |text| {
            text + "networkutopia NS dns1.networkutopia.com.\ndns1.networkutopia A 212.212.212.1\n"
        });
        assert!(lame.iter().any(|text| text.contains("lame")), "{lame:?}");
        let other = found("vt.edu.", |text| text.replace("vt.edu.", "vt.example."));
        assert_eq!(other, ["the SOA record is vt.example.'s, the zone is vt.edu."]);
        let broken = found("vt.edu.", |text| text + "a A 300.1.1.1\n");
        assert_eq!(broken.len(), 1);
    }

    #[test]
    fn the_serial_moves_on_from_the_served_one() {
        let mut book = ZoneBook::default();
        book.follow(&Setting::default(), &LabFiles::embedded());
        let text = book.text("vt.edu.").replace("2026010100", "0042") + "x A 192.0.2.1\n";
        let (old, next) = look("vt.edu.", &text, book.served(), None).stale_serial.unwrap();
        assert_eq!((old, next), (42, 2_026_010_101));
        let text = crate::proto::dns::zone::with_serial(&text, old, next).unwrap();
        assert_eq!(look("vt.edu.", &text, book.served(), None).stale_serial, None);
    }

    #[test]
    fn a_second_server_serves_it_too_and_names_differ_in_no_case() {
        let mut setting = Setting::default();
        let text = format!("{}; more\n", of_lab(&LabFiles::embedded(), "vt.edu.").unwrap());
        serve(&mut setting, &LabFiles::embedded(), "vt.edu.", &ZoneDraft { text: text.clone(), server: None });
        serve(
            &mut setting,
            &LabFiles::embedded(),
            "VT.edu.",
            &ZoneDraft { text, server: Some("dns1.networkutopia.com".to_owned()) },
        );
        let mut book = ZoneBook::default();
        book.follow(&setting, &LabFiles::embedded());
        assert_eq!(book.row("vt.edu.").unwrap().servers, ["dns.vt.edu", "dns1.networkutopia.com"]);
        assert_eq!(key(&name("UMass.edu")), "umass.edu.");
    }

    #[test]
    fn a_zone_as_the_lab_came_with_it_is_no_change() {
        let mut setting = Setting::default();
        let text = of_lab(&LabFiles::embedded(), "vt.edu.").unwrap();
        serve(
            &mut setting,
            &LabFiles::embedded(),
            "vt.edu.",
            &ZoneDraft { text: format!("{text}; more\n"), server: None },
        );
        assert_eq!(setting.zones.len(), 1);
        let mut book = ZoneBook::default();
        book.follow(&setting, &LabFiles::embedded());
        assert!(book.row("vt.edu.").unwrap().changed && book.text("vt.edu.").ends_with("; more\n"));
        let depth = |origin: &str| book.row(origin).unwrap().depth;
        assert_eq!((depth("."), depth("edu."), depth("cs.umass.edu.")), (0, 1, 3));
        serve(&mut setting, &LabFiles::embedded(), "vt.edu", &ZoneDraft { text, server: None });
        assert_eq!(setting.zones, []);
    }
}
