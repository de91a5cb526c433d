//! What the inspector says of the cookies of a visit.

use egui_kittest::kittest::Queryable as _;

use super::stories::{shows, visit, window};
use crate::engine::browse::Browse;

#[test]
fn says_what_became_of_each_cookie_and_by_which_rule() {
    let mut window = window();
    window.get_by_label("Inspector: Cookies").click();
    window.run_steps(2);
    window.get_by_label("The response has no Set-Cookie line.");
    visit(&mut window, "http://cookies.lab/may-not");
    let report = {
        let stage = window.state();
        let (job, _) = stage.starts().pop().unwrap();
        stage.runs.get(job).unwrap().report::<Browse>().unwrap().clone()
    };
    let cookies = &report.hops[0].cookies;
    assert!(!cookies.refused.is_empty());
    let counts = format!("{} refused", cookies.refused.len());
    assert!(shows(&window, &counts));
    for note in &cookies.refused {
        assert!(shows(&window, &note.why), "{}", note.why);
        assert!(shows(&window, &note.clause), "{}", note.clause);
    }
    assert!(cookies.refused.iter().any(|note| note.why.contains("public suffix")));
}
