//! `roundtrip store`: what the lab keeps from run to run, by hand.

use std::{io, path::PathBuf, time::SystemTime};

use serde_json::json;

use super::{
    args::{SkipBy, StoreAction, StoreArgs},
    outcome::{CommandFailure, complain},
};
use crate::{
    engine::{
        setting::WorldChoice,
        store_status::{StorePlace, StoreStatus, opening_words},
        stores::{SharedStore, Stores},
        text::{folded, table},
    },
    store::{ChangesOf, HistoryPage, QueryError, ResultTable, Revision, RowChange, Skip, SqlQuery, Value},
    wire::{Blame, Failure, units},
};

/// Does what was asked with the store in `folder`.
pub(super) fn run(args: &StoreArgs, folder: Option<PathBuf>, out: &mut dyn io::Write) -> Result<(), CommandFailure> {
    let missing = || {
        CommandFailure::Usage("name the store's folder with --data-folder: this machine has no usual one".to_owned())
    };
    let stores = Stores::in_folder(folder.ok_or_else(missing)?);
    let store = stores.of(WorldChoice::Lab).map_err(|error| failed(&error))?;
    let Some(store) = store else { return Ok(()) };
    if let Some(words) = opening_words(&store) {
        complain(&words);
    }
    match args.order.as_ref().unwrap_or(&StoreAction::List) {
        StoreAction::List => list(&store, args.json, out),
        StoreAction::Query { owner, sql } => {
            let answer = store.store().query(owner, &SqlQuery::new(sql)).map_err(|error| failed(&error))?;
            if args.json { write_json(&answer, out) } else { write_table(&answer, out) }
        }
        StoreAction::History { owner, last } => history(&store, owner.as_deref(), *last, args.json, out),
        StoreAction::Skip { by } => {
            to_be_changed(&store)?;
            store.skip(skip(*by)).map_err(|error| failed(&error))?;
            store.end_run().map_err(|error| failed(&error))?;
            list(&store, args.json, out)
        }
        StoreAction::Reset { owner } => {
            to_be_changed(&store)?;
            store.reset(owner.as_deref()).map_err(|error| failed(&error))?;
            list(&store, args.json, out)
        }
    }
}

/// A copy would take the change and lose it.
pub(super) fn to_be_changed(store: &SharedStore) -> Result<(), CommandFailure> {
    match StoreStatus::of(store).map_err(|error| failed(&error))?.place {
        StorePlace::File(_) => Ok(()),
        StorePlace::Copy { .. } | StorePlace::Memory { .. } => Err(CommandFailure::Usage(
            "the store cannot be changed from here: do it in the program that has it open".to_owned(),
        )),
    }
}

fn skip(by: SkipBy) -> Skip {
    match by {
        SkipBy::Day => Skip::Day,
        SkipBy::Week => Skip::Week,
        SkipBy::Year => Skip::Year,
    }
}

fn list(store: &SharedStore, as_json: bool, out: &mut dyn io::Write) -> Result<(), CommandFailure> {
    let status = StoreStatus::of(store).map_err(|error| failed(&error))?;
    if as_json {
        return write_json(&status, out);
    }
    let place = match &status.place {
        StorePlace::File(file) => file.as_str(),
        StorePlace::Copy { .. } => "a copy in memory",
        StorePlace::Memory { .. } => "memory",
    };
    let Revision(revision) = status.revision;
    let date = units::date_and_time(SystemTime::from(status.date));
    writeln!(out, "{place}\nrevision {revision} · the lab's calendar shows {date}\n")?;
    let mut rows = Vec::new();
    for owner in &status.owners {
        for (name, count) in &owner.tables {
            rows.push(vec![owner.name.clone(), name.clone(), count.to_string(), owner.title.clone()]);
        }
    }
    Ok(out.write_all(table(&["owner", "table", "rows", "title"], &rows).as_bytes())?)
}

fn history(
    store: &SharedStore,
    owner: Option<&str>,
    last: u32,
    as_json: bool,
    out: &mut dyn io::Write,
) -> Result<(), CommandFailure> {
    let newest = store.store().revision().map_err(|error| failed(&error))?;
    let which = owner.map_or(ChangesOf::Revisions(Revision(0)..=newest), ChangesOf::Owner);
    let last = usize::try_from(last).unwrap_or(usize::MAX);
    let changes = latest(store, &which, last).map_err(|error| failed(&error))?;
    if as_json {
        return changes.iter().try_for_each(|change| write_json(change, out));
    }
    for change in &changes {
        let RowChange { revision: Revision(revision), date, run, why, owner, table, .. } = change;
        let date = units::date_and_time(SystemTime::from(*date));
        let run = run.map_or_else(String::new, |run| format!(" · run {run}"));
        out.write_all(folded(&format!("revision {revision} · {date}{run} · {why}")).as_bytes())?;
        writeln!(out, "  {owner} {table} {}", row_text(&change.key))?;
        for (sign, row) in [("-", &change.before), ("+", &change.after)] {
            if let Some(row) = row {
                writeln!(out, "  {sign} {}", row_text(row))?;
            }
        }
    }
    Ok(())
}

/// The last so many of those changes.
fn latest(store: &SharedStore, which: &ChangesOf<'_>, last: usize) -> Result<Vec<RowChange>, crate::store::Error> {
    let mut kept: Vec<RowChange> = Vec::new();
    let mut page = HistoryPage::default();
    loop {
        let changes = store.store().changes(which, page)?;
        let Some(newest) = changes.last().map(|change| change.id) else { return Ok(kept) };
        kept.extend(changes);
        kept.drain(..kept.len().saturating_sub(last));
        page.after = newest;
    }
}

fn write_table(answer: &ResultTable, out: &mut dyn io::Write) -> Result<(), CommandFailure> {
    let heads: Vec<&str> = answer.columns.iter().map(String::as_str).collect();
    let rows: Vec<Vec<String>> = answer.rows.iter().map(|row| row.iter().map(value_text).collect()).collect();
    out.write_all(table(&heads, &rows).as_bytes())?;
    if answer.cut.is_some() {
        writeln!(out, "There are more rows than are shown.")?;
    }
    Ok(())
}

fn write_json(value: &impl serde::Serialize, out: &mut dyn io::Write) -> Result<(), CommandFailure> {
    serde_json::to_writer(&mut *out, &json!(value)).map_err(io::Error::from)?;
    Ok(writeln!(out)?)
}

fn row_text(row: &[Value]) -> String {
    let values: Vec<String> = row.iter().map(value_text).collect();
    values.join(" | ")
}

fn value_text(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => number.to_string(),
        Value::Text(text) => text.escape_debug().to_string(),
        Value::Blob(octets) => units::count_octets(octets.len() as u64),
        Value::Long(long) => {
            format!(
                "{}…, {} in all",
                String::from_utf8_lossy(&long.start).escape_debug(),
                units::count_octets(long.octets)
            )
        }
    }
}

pub(super) fn failed(error: &(dyn std::error::Error + 'static)) -> CommandFailure {
    let question = matches!(error.downcast_ref::<QueryError>(), Some(error) if !matches!(error, QueryError::Store(_)));
    if question {
        return CommandFailure::Usage(error.to_string());
    }
    CommandFailure::Failed(Box::new(Failure::from_error(error, Blame::Input, None)))
}
