//! All objects as a table to hand in: what was fetched, over which connection, and what each phase took.

use std::{borrow::Borrow, time::Duration};

use crate::{
    app::{
        hand_in::{Table, Value},
        theme::FetchPhase,
    },
    engine::timing::ObjectTiming,
};

/// The table, being filled.
pub struct ObjectsTable(Table);

impl ObjectsTable {
    /// An empty one, with `leading` columns before those of the objects.
    pub(in crate::app) fn new(title: impl Into<String>, leading: &[&str]) -> Self {
        let heads = leading.iter().copied().chain(HEADS).map(str::to_owned);
        let phases = FetchPhase::ALL.into_iter().map(|phase| format!("{} (s)", phase.word()));
        Self(Table { title: title.into(), heads: heads.chain(phases).collect(), rows: Vec::new() })
    }

    /// Adds the objects of a run that began at `origin`, each row begun with `leading`.
    pub(in crate::app) fn add<T: Borrow<ObjectTiming>>(&mut self, objects: &[T], origin: Duration, leading: &[Value]) {
        for object in objects.iter().map(Borrow::borrow) {
            let span = object.phases.span();
            let since = |at: Duration| Value::time(at.saturating_sub(origin));
            let own = [
                Value::words(object.url.as_str()),
                object.status.map_or(Value::Nothing, |status| Value::Count(status.into())),
                object.media_type.as_ref().map_or(Value::Nothing, Value::words),
                object.failure.as_ref().map_or(Value::Nothing, |failure| Value::words(failure.to_string())),
                Value::Count(object.connection_number.into()),
                Value::Count(object.request_octets),
                Value::Count(object.response_octets),
                Value::Count(object.content_octets),
                span.map_or(Value::Nothing, |span| since(span.from)),
                span.map_or(Value::Nothing, |span| since(span.to)),
            ];
            let took = FetchPhase::ALL.into_iter().map(|phase| phase.span(&object.phases));
            let took = took.map(|span| span.map_or(Value::Nothing, |span| Value::time(span.duration())));
            self.0.rows.push(leading.iter().cloned().chain(own).chain(took).collect());
        }
    }

    /// The table.
    pub(in crate::app) fn done(self) -> Table {
        self.0
    }
}

/// Of what is known of each object besides its phases.
const HEADS: [&str; 10] = [
    "URL",
    "status",
    "type",
    "failure",
    "connection",
    "request (octets)",
    "response (octets)",
    "content (octets)",
    "began (s)",
    "ended (s)",
];

#[cfg(test)]
mod objects {
    use super::*;
    use crate::app::parts::samples::Sample;

    #[test]
    fn have_a_row_each_with_their_phases_in_seconds() {
        let sample = Sample::over(3, 10, 100_000, true);
        let mut table = ObjectsTable::new("Objects", &["strategy"]);
        table.add(&sample.objects, Duration::ZERO, &[Value::words("parallel")]);
        let table = table.done();
        assert_eq!(table.rows.len(), sample.objects.len());
        assert!(table.rows.iter().all(|row| row.len() == table.heads.len()));
        let wait = table.heads.iter().position(|head| head == "wait (s)").unwrap();
        let wanted = sample.objects[0].phases.wait.unwrap().duration().as_secs_f64();
        assert_eq!(table.rows[0][wait], Value::Number(wanted));
        assert_eq!(table.rows[0][0], Value::words("parallel"));
    }
}
