//! All requests at once over one connection to each origin: pipelined over HTTP/1.1, multiplexed over HTTP/2.

use std::sync::Arc;

use tokio::{sync::mpsc, task::JoinSet};

use super::{
    FetchRequest, FetchResult,
    http1::{FetchEvent, Http1},
    http2::Http2,
    load::{ConnectFailure, LoadContext},
    no_server,
    workers::{Worker, joined},
};
use crate::engine::ask::Origin;

/// All requests of an origin in one write, over the kept connection if there is one.
pub(super) async fn pipelined(kept: &mut Worker, wanted: Vec<FetchRequest>, tell: &mpsc::Sender<FetchResult>) {
    let mut crew = JoinSet::new();
    for (origin, group) in by_origin(wanted, tell).await {
        let connection = kept.take(&origin);
        crew.spawn(pipeline(Arc::clone(kept.load()), origin, connection, group, tell.clone()));
    }
    while let Some(done) = crew.join_next().await {
        if let Some(connection) = joined(done) {
            kept.keep(connection);
        }
    }
}

/// Sends them all; what a connection that ended early left unanswered goes to the next one, as long as each gets something done.
async fn pipeline(
    load: Arc<LoadContext>,
    origin: Origin,
    mut connection: Option<Http1>,
    mut group: Vec<FetchRequest>,
    tell: mpsc::Sender<FetchResult>,
) -> Option<Http1> {
    loop {
        let mut open = match connection.take() {
            Some(open) => open,
            None => match Http1::open(&load, &origin).await {
                Ok(open) => open,
                Err(unopened) => {
                    fail_all(group, &unopened, &tell).await;
                    return None;
                }
            },
        };
        for wanted in group {
            open.ask(wanted);
        }
        group = loop {
            match open.next().await {
                FetchEvent::Content(..) => {}
                FetchEvent::Done(fetched) => tell.send(*fetched).await.ok().unwrap_or_default(),
                FetchEvent::Over(again) => break again,
            }
        };
        if group.is_empty() {
            return Some(open);
        }
    }
}

/// All requests of an origin at once over one HTTP/2 connection, the kept one if there is one.
pub(super) async fn multiplexed(
    load: &Arc<LoadContext>,
    kept: &mut Vec<Http2>,
    wanted: Vec<FetchRequest>,
    tell: &mpsc::Sender<FetchResult>,
) {
    let mut crew = JoinSet::new();
    let mut opening = JoinSet::new();
    for (origin, group) in by_origin(wanted, tell).await {
        let known = kept.iter_mut().find(|known| known.is_reusable() && *known.origin() == origin);
        if let Some(connection) = known {
            ask_all(connection, group, &mut crew, tell);
        } else {
            let load = Arc::clone(load);
            opening.spawn(async move { (Http2::open(&load, &origin).await, group) });
        }
    }
    while let Some(opened) = opening.join_next().await {
        match joined(opened) {
            (Ok(mut connection), group) => {
                ask_all(&mut connection, group, &mut crew, tell);
                kept.push(connection);
            }
            (Err(unopened), group) => fail_all(group, &unopened, tell).await,
        }
    }
    while let Some(done) = crew.join_next().await {
        joined(done);
    }
}

fn ask_all(connection: &mut Http2, group: Vec<FetchRequest>, crew: &mut JoinSet<()>, tell: &mpsc::Sender<FetchResult>) {
    for wanted in group {
        let exchanging = connection.ask(wanted);
        let tell = tell.clone();
        crew.spawn(async move {
            tell.send(exchanging.finish(|_, _| {}).await).await.ok();
        });
    }
}

/// Groups by origin, in the order in which each origin is first named. What has none fails here.
async fn by_origin(wanted: Vec<FetchRequest>, tell: &mpsc::Sender<FetchResult>) -> Vec<(Origin, Vec<FetchRequest>)> {
    let mut groups: Vec<(Origin, Vec<FetchRequest>)> = Vec::new();
    for wanted in wanted {
        let Some(origin) = Origin::of(&wanted.ask.url) else {
            let failure = no_server(&wanted.ask.url);
            tell.send(wanted.failed(failure)).await.ok();
            continue;
        };
        match groups.iter_mut().find(|(known, _)| *known == origin) {
            Some((_, group)) => group.push(wanted),
            None => groups.push((origin, vec![wanted])),
        }
    }
    groups
}

async fn fail_all(group: Vec<FetchRequest>, unopened: &ConnectFailure, tell: &mpsc::Sender<FetchResult>) {
    for wanted in group {
        tell.send(wanted.unopened(unopened.clone())).await.ok();
    }
}
