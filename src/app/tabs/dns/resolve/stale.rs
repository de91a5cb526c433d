//! An address that changes at its authority while caches still hold the old one: the change, and who is told what after it.

use std::net::Ipv4Addr;

use egui::{Label, RichText, Ui};

use crate::{
    app::{memo::Memo, theme::Theme},
    engine::{
        bridge::RunId,
        resolve::{Event, Report},
        setting::WorldChoice,
    },
    lab::{LabFiles, ZoneChange},
    proto::dns::{
        Name, RData, Record, RecordType,
        text::{name_text, record_from_line},
        zone::Zone,
    },
    wire::units,
};

/// Gives the address the answer ends with another value at its authority; `None` where it ends with none, where it is no record of
/// its own (a wildcard's), or outside the lab.
fn change(report: &Report, lab: &LabFiles) -> Option<Event> {
    let asked = last_address(report)?;
    let setting = &report.config.setting;
    if setting.world == WorldChoice::Internet {
        return None;
    }
    let (served, _) = lab.served(&setting.zones, &setting.off);
    let zone = served.closest(&asked.name)?;
    // What was changed before is changed once more.
    let zone = changed(report, zone.origin()).unwrap_or_else(|| zone.clone());
    let mut after = zone.clone();
    let set = zone.set(&asked.name, RecordType::A)?;
    let [a, b, c, d] = FIRST.octets();
    let times = report.config.before.iter().filter(|event| matches!(event, Event::Zone { .. })).count();
    let ip = Ipv4Addr::new(a, b, c, d.wrapping_add(u8::try_from(times).unwrap_or_default()));
    after.replace(&asked.name, RecordType::A, set.ttl(), vec![RData::A(ip.into())]).ok()?;
    after.advance_serial();
    Some(Event::Zone { origin: name_text(zone.origin()), text: after.to_text(), server: None })
}

/// What follows from a result, each found out once and when it is first looked at.
#[derive(Debug, Default)]
pub(super) struct ChangePreview {
    worth: Memo<(RunId, u64), Option<AnswerFreshness>>,
    next: Memo<(RunId, u64), Option<Event>>,
}

impl ChangePreview {
    /// The address the answer ends with, changed at its authority; `None` where that cannot be.
    pub(super) fn next(&mut self, key: (RunId, u64), report: &Report, lab: &LabFiles) -> Option<&Event> {
        self.next.of(key, || change(report, lab)).as_ref()
    }

    /// Says whether the answer is still right, where something was changed.
    pub(super) fn ui(&mut self, ui: &mut Ui, key: (RunId, u64), report: &Report) {
        worth_ui(ui, self.worth.of(key, || worth(report)).as_ref());
    }
}

/// What the answer is worth after a change.
#[derive(Clone, Debug, PartialEq)]
enum AnswerFreshness {
    /// It is what the authority says now.
    Fresh,
    /// It is what the authority said before.
    Stale {
        /// What it says now.
        now: String,
        /// Who keeps the old one, and for how many seconds.
        kept: Vec<(String, f64)>,
    },
}

fn worth_ui(ui: &mut Ui, worth: Option<&AnswerFreshness>) {
    let theme = Theme::of(ui);
    let (words, colour) = match worth {
        None => return,
        Some(AnswerFreshness::Fresh) => ("Fresh: this is what its authority says now.".to_owned(), theme.good),
        Some(AnswerFreshness::Stale { now, kept }) => {
            let by = |(owner, left): &(String, f64)| format!("by {owner} for {}", units::days(left.max(0.0) as u64));
            let kept = kept.iter().map(by).collect::<Vec<_>>().join(", ");
            let kept = if kept.is_empty() { kept } else { format!(" The old one is still kept {kept}.") };
            (format!("Stale: its authority says {now} now.{kept}"), theme.bad)
        }
    };
    ui.add(Label::new(RichText::new(words).color(colour)).wrap());
}

fn worth(report: &Report) -> Option<AnswerFreshness> {
    if !report.config.before.iter().any(|event| matches!(event, Event::Zone { .. })) {
        return None;
    }
    let asked = last_address(report)?;
    let origins = (0..=asked.name.iter().len()).rev().map(|labels| asked.name.trim_to(labels));
    let zone = origins.into_iter().find_map(|origin| changed(report, &origin))?;
    let now: Vec<String> = zone.set(&asked.name, RecordType::A)?.data().map(ToString::to_string).collect();
    if now.contains(&asked.data.to_string()) {
        return Some(AnswerFreshness::Fresh);
    }
    let name = name_text(&asked.name);
    let entries = report.caches.iter().flat_map(|table| table.entries.iter().map(move |entry| (table, entry)));
    let kept = entries.filter(|(_, entry)| entry.kind == "A" && entry.name.eq_ignore_ascii_case(&name));
    let kept = kept.map(|(table, entry)| (table.owner.clone(), entry.left_seconds)).collect();
    Some(AnswerFreshness::Stale { now: now.join(", "), kept })
}

/// The zone as it was changed last before the question.
fn changed(report: &Report, origin: &Name) -> Option<Zone> {
    let zones = report.config.before.iter().rev().filter_map(|event| match event {
        Event::Zone { origin, text, server } => {
            let change = ZoneChange { origin: origin.clone(), text: text.as_str().into(), server: server.clone() };
            change.zone().ok()
        }
        _ => None,
    });
    zones.into_iter().find(|zone| zone.origin() == origin)
}

fn last_address(report: &Report) -> Option<Record> {
    let line = report.answers.iter().rev().find(|line| line.contains(" IN A "))?;
    record_from_line(line).ok()
}

/// The first address something gets that changes.
const FIRST: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 77);

#[cfg(test)]
mod an_address_that_changes {
    use super::*;
    use crate::engine::{
        resolve::{Config, Resolve},
        runner,
    };

    fn resolve(before: &[Event]) -> Report {
        let config = Config { before: before.to_vec(), ..Config::default() };
        runner::run::<Resolve>(&config, &runner::Options::default()).unwrap().report
    }

    #[test]
    fn is_told_as_it_was_until_the_caches_forget_it() {
        let first = resolve(&[]);
        assert_eq!((change(&first, &LabFiles::embedded()).is_some(), worth(&first)), (true, None));
        let mut before = vec![Event::Ask { name: first.config.name.clone(), kind: "A".to_owned() }];
        before.push(change(&first, &LabFiles::embedded()).unwrap());
        let stale = resolve(&before);
        let Some(AnswerFreshness::Stale { now, kept }) = worth(&stale) else { panic!("{:?}", worth(&stale)) };
        assert_eq!(now, "203.0.113.77");
        let owners: Vec<&str> = kept.iter().map(|(owner, _)| owner.as_str()).collect();
        assert_eq!(owners, ["you", "dns.poly.edu"]);
        assert!(kept.iter().all(|(_, left)| *left > 3_500.0), "{kept:?}");
        before.push(Event::Wait { seconds: 3_601 });
        let fresh = resolve(&before);
        assert_eq!((worth(&fresh), fresh.answers[0].ends_with("203.0.113.77")), (Some(AnswerFreshness::Fresh), true));
        before.push(change(&fresh, &LabFiles::embedded()).unwrap());
        let again = resolve(&before);
        assert_eq!(
            (worth(&again), again.answers[0].ends_with("203.0.113.78")),
            (Some(AnswerFreshness::Fresh), true),
            "nobody had kept it"
        );
    }
}
