//! The diagram's twin in words and numbers: a row for each arrow, to hand in.

use std::time::Duration;

use super::{
    super::{RecordIndex, Scene, index::nanos},
    words::BurstView,
};
use crate::{
    app::hand_in::{Table, Value},
    wire::{Layer, Side},
};

/// Every arrow that had left by `until`.
pub(super) fn table(scene: &Scene<'_>, index: &RecordIndex, until: Duration) -> Table {
    let heads = [
        "connection",
        "from",
        "to",
        "message",
        "size (octets)",
        "first octet sent (s)",
        "last octet sent (s)",
        "first octet arrived (s)",
        "last octet arrived (s)",
    ];
    let mut table = Table::new("Space–time diagram", heads);
    let views = (0..).map_while(|number| index.burst(number).map(|_| BurstView::of(scene, index, number)));
    let drawn = views.flatten().filter(|view| !(view.slot.is_sealed() && view.message.layer == Layer::Plain));
    for view in drawn.filter(|view| view.message.at <= nanos(until)) {
        let since = |at: Duration| Value::time(at.saturating_sub(scene.origin()));
        let ends = &view.flow.ends;
        let (from, to) = match view.message.from {
            Side::Client => (&ends.client.name, &ends.server.name),
            Side::Server => (&ends.server.name, &ends.client.name),
        };
        // Without a transit only the moment at the client's end is known.
        let sent = view.message.from == Side::Client;
        let times = match (view.first.transit, view.last.transit) {
            (Some(first), Some(last)) => [first.first_out, last.last_out, first.first_in, last.last_in].map(since),
            (_, _) if sent => [since(view.first.at), since(view.last.at), Value::Nothing, Value::Nothing],
            (_, _) => [Value::Nothing, Value::Nothing, since(view.first.at), since(view.last.at)],
        };
        let words = view.label(index).variants.into_iter().next();
        let begin = [
            Value::Count(view.slot.number.into()),
            Value::words(from),
            Value::words(to),
            words.map_or(Value::Nothing, Value::Words),
            Value::Count(view.burst.octets),
        ];
        table.rows.push(begin.into_iter().chain(times).collect());
    }
    table
}
