//! The day from the first check to the report.

use std::{collections::BTreeMap, pin::pin};

use super::{
    BusiestServer, Config, Counts, MAX_CLIENTS, MAX_HOURS, MAX_LOOKUPS, MAX_NAMES, MAX_TTL, NAMES_TOLD, NameDay,
    NameLoad, NameSelection, Report,
    day::{Day, DayCounts, central},
    error::DayError,
    stale,
    theory::{self, NamePopularity},
};
use crate::{
    engine::{
        context::{Context, group_ends},
        experiment::Experiment as _,
        name_lab::{LabName, Popularity, address_set, names_below, names_of_lab},
    },
    lab::Lab,
    proto::dns::{Name, RData, RecordType, text::name_text, zone::Zone},
    wire::FlowKind,
};

/// Simulates the day. Its lookups are counted, not recorded.
pub(super) async fn run(config: &Config, context: &Context) -> Report {
    let clock = context.clock();
    let title = format!("{} lookups in {} hours", config.lookups, config.hours);
    let whole = context.recorder.open(None, FlowKind::Run, title, group_ends("the name system"), clock.now());
    let mut report = Report {
        experiment: NameDay::NAME.to_owned(),
        config: config.clone(),
        provenance: context.provenance.clone(),
        flow: whole.id(),
        hours: Vec::new(),
        whole: Counts::default(),
        names: Vec::new(),
        theory: None,
        one_in: None,
        mean_seconds: 0.0,
        busiest: None,
        stale: None,
        failure: None,
    };
    (_, report.failure) = {
        let work = pin!(async { carry_out(config, context, &mut report).await.map_err(|error| error.failure()) });
        context.carry_out(work).await
    };
    context.end(&whole, report.failure.as_ref());
    report
}

async fn carry_out(config: &Config, context: &Context, report: &mut Report) -> Result<(), DayError> {
    let lab: &Lab = context.lab.as_ref().ok_or(DayError::NoLab)?;
    check(config)?;
    let mut names = match config.names {
        NameSelection::OfLab => names_of_lab(lab, config.setting.path.seed),
        NameSelection::Generated(count) => names_below(lab, count),
    };
    if names.is_empty() {
        return Err(DayError::NoNames);
    }
    if let Some(ttl) = config.ttl {
        set_ttl(lab, &mut names, ttl)?;
    }
    if config.central {
        centralise(lab)?;
    }
    let popular = Popularity::new(names.len(), config.alpha);
    let change = config.change.as_ref().map(|change| stale::PlannedChange::new(change, lab, &names)).transpose()?;
    let lived = Day { config, context, lab, names: &names, popular: &popular, change: change.as_ref() }.live().await?;
    tell(report, lived, &names, &popular, change.as_ref());
    Ok(())
}

fn check(config: &Config) -> Result<(), DayError> {
    let within = |what, value: u32, least, most| {
        if (least..=most).contains(&value) { Ok(()) } else { Err(DayError::OutOfRange { what, least, most }) }
    };
    within("the number of lookups", config.lookups, 1, MAX_LOOKUPS)?;
    within("the number of hours", config.hours, 1, MAX_HOURS)?;
    within("the number of clients", config.clients, 1, MAX_CLIENTS)?;
    within("the TTL in seconds", config.ttl.unwrap_or_default(), 0, MAX_TTL)?;
    if let NameSelection::Generated(count) = config.names {
        within("the number of names", count, 1, MAX_NAMES)?;
    }
    let real = |what, value: f64, most| {
        if (0.0..=f64::from(most)).contains(&value) {
            Ok(())
        } else {
            Err(DayError::OutOfRange { what, least: 0, most })
        }
    };
    real("the exponent of popularity", config.alpha, 3)?;
    let hour = config.change.as_ref().map_or(0.0, |change| change.at_hour);
    real("the hour of the change", hour, config.hours)
}

/// Gives all these addresses one TTL, where they are served.
fn set_ttl(lab: &Lab, names: &mut [LabName], ttl: u32) -> Result<(), DayError> {
    for (_, server) in lab.naming().servers() {
        for mut zone in server.zones() {
            let of_zone = names.iter().filter(|name| name.zone == *zone.origin());
            let sets = of_zone.filter_map(|name| address_set(&zone, &name.name));
            // Many names may have one wildcard's records.
            let sets: BTreeMap<Name, Vec<RData>> =
                sets.map(|(owner, set)| (owner, set.data().cloned().collect())).collect();
            if sets.is_empty() {
                continue;
            }
            for (owner, data) in sets {
                zone.replace(&owner, RecordType::A, ttl, data)?;
            }
            server.put_zone(zone);
        }
    }
    for name in names {
        name.ttl = ttl;
    }
    Ok(())
}

/// Has one server serve every zone there is.
fn centralise(lab: &Lab) -> Result<(), DayError> {
    let (_, server) = central(lab).ok_or(DayError::NoLocalServer)?;
    let zones = lab.naming().servers().flat_map(|(_, server)| server.zones());
    let zones: BTreeMap<Name, Zone> = zones.map(|zone| (zone.origin().clone(), zone)).collect();
    server.serve_only(zones.into_values());
    Ok(())
}

fn tell(
    report: &mut Report,
    lived: DayCounts,
    names: &[LabName],
    popular: &Popularity,
    change: Option<&stale::PlannedChange>,
) {
    let DayCounts { kept, begun } = lived;
    let known = |(name, share): (&LabName, &f64)| NamePopularity { share: *share, ttl: name.ttl };
    let known: Vec<NamePopularity> = names.iter().zip(popular.shares()).map(known).collect();
    let config = &report.config;
    report.theory = Some(theory::of_all(&known, config));
    let loads = names.iter().zip(&known).zip(&kept.names).take(NAMES_TOLD);
    let load = |((name, known), of): ((&LabName, &NamePopularity), &super::counter::NameLookups)| NameLoad {
        name: name_text(&name.name),
        ttl_seconds: name.ttl,
        share: known.share,
        lookups: of.lookups,
        host_hits: of.host_hits,
        local_hits: of.local_hits,
        theory: theory::of_name(*known, config),
    };
    report.names = loads.map(load).collect();
    report.whole = kept.whole();
    report.mean_seconds = kept.waited.as_secs_f64() / report.whole.lookups.max(1) as f64;
    let of = kept.servers.values().sum();
    let busiest = kept.servers.iter().max_by_key(|(_, queries)| **queries);
    report.busiest = busiest.map(|(server, queries)| BusiestServer { server: server.clone(), queries: *queries, of });
    report.one_in = (report.whole.root > 0).then(|| report.whole.lookups as f64 / report.whole.root as f64);
    report.stale = change.map(|change| change.found(&kept.told, begun));
    report.hours = kept.hours;
}
