//! The day itself.

use super::{Config, Counts, Report};
use crate::{
    engine::context::{Context, group_ends},
    wire::FlowKind,
};

/// Lives through the day.
pub async fn run(config: &Config, context: &Context) -> Report {
    let whole = context.recorder.open(
        None,
        FlowKind::Run,
        format!("a day of {} lookups", config.lookups),
        group_ends("the name system"),
        context.clock().now(),
    );
    whole.close(context.clock().now());
    Report {
        experiment: "name-day".to_owned(),
        config: config.clone(),
        provenance: context.provenance.clone(),
        flow: whole.id(),
        hours: Vec::new(),
        whole: Counts::default(),
        names: Vec::new(),
        theory: None,
        one_in: None,
        stale: None,
        failure: None,
    }
}
