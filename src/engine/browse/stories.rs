//! Visits in the lab, in virtual time.

use url::Url;

use super::*;
use crate::{
    engine::jobs::{self, Finished, Options},
    wire::FlowState,
};

fn at(url: &str) -> Config {
    Config::at(Url::parse(url).unwrap())
}

fn visit(config: &Config) -> Finished<Report> {
    jobs::browse(config, &Options::default(), &mut |_| {}).unwrap()
}

#[test]
fn show_the_notes_page_with_its_ten_pictures() {
    let Finished { report, ledger } = visit(&Config::default());
    assert_eq!(report.failure, None);
    assert_eq!(report.hops.len(), 1);
    assert_eq!(report.hops[0].timing.status, Some(200));
    assert_eq!(report.objects.len(), 10);
    for object in &report.objects {
        assert_eq!(object.timing.status, Some(200), "{}", object.timing.url);
        assert_eq!(object.timing.media_type.as_deref(), Some("image/jpeg"));
        assert_eq!(object.content.len() as u64, object.timing.content_octets);
    }
    assert!(ledger.flows().iter().all(|flow| flow.state == FlowState::Closed), "{:#?}", ledger.flows());
}
