//! What a student does in the tab, and what follows.

use std::time::Duration;

use egui::Key;
use egui_kittest::{Harness, kittest::Queryable as _};

use super::{
    super::{DnsStage, DnsWindow},
    ResolvePane, ResolveView, fixtures,
};
use crate::{
    app::{
        actions::Action,
        hand_in::stories::{handed_picture, handed_table},
        kit::stage::window_of,
        kit::views::TabView as _,
        subject::{RecordSelection, Subject},
        tab::{Tab as _, TabCommand},
    },
    engine::{
        bridge::{RunEnd, RunId, Update},
        resolve::{Config, Event, ResolutionMode, Resolve},
        runner,
        setting::{Setting, WorldChoice},
    },
    proto::dns::trace::ResolutionStep,
    wire::{Blame, EventIndex, Failure},
};

impl DnsStage {
    /// The last question asked.
    fn question(&self) -> Option<(RunId, &Config)> {
        self.last::<Resolve>()
    }

    fn questions(&self) -> usize {
        self.started().count()
    }

    /// The last question was answered by these steps.
    pub(in crate::app::tabs::dns) fn answer(&mut self, steps: Vec<ResolutionStep>) {
        let (job, _) = self.question().expect("something was asked");
        let (report, ledger) = fixtures::report(steps);
        self.runs.apply(Update::Entries(job, ledger.entries().collect()));
        self.end_with::<Resolve>(report);
    }
}

fn window(shell: DnsStage) -> DnsWindow {
    window_of(Harness::builder().with_size([1_440.0, 654.0]), shell)
}

/// A window in which the first question was answered by `steps`.
fn resolved(steps: Vec<ResolutionStep>) -> DnsWindow {
    let mut window = window(DnsStage::default());
    window.state_mut().answer(steps);
    window.run_steps(3);
    window
}

#[test]
fn a_fresh_window_asks_for_the_notes_host_unasked_and_shows_who_was_asked() {
    let mut window = window(DnsStage::default());
    assert_eq!(window.state().question().map(|(_, config)| config), Some(&Config::default()));
    window.state_mut().answer(fixtures::gaia());
    window.run_steps(3);
    window.get_by_label("gaia.cs.umass.edu = 128.119.245.12");
    for label in
        ["Message 1: you → local, 0 s", "Message 3: root refers to edu, 15.0 ms", "Message 8: local → you, 78.0 ms"]
    {
        window.get_by_label(label);
    }
    for label in [
        "dns.poly.edu, local name server",
        "a.root-servers.net, root server of .",
        "a.edu-servers.net, TLD server of edu.",
    ] {
        window.get_by_label(label);
    }
    window.run_steps(16);
    assert_eq!(window.state().questions(), 1, "nothing changed, so nothing is asked again");
    assert_eq!(window.state().tab.subject(), Some(Subject { job: RunId(1), root: None }));
}

#[test]
fn a_click_on_a_message_picks_its_octets_and_says_why() {
    let mut window = resolved(fixtures::gaia());
    window.get_by_label_contains("Message 5: edu refers to umass.edu").click();
    window.run_steps(3);
    let flow = fixtures::report(fixtures::gaia()).0.steps[2].flow.unwrap();
    let pick = RecordSelection { job: RunId(1), flow, event: Some(EventIndex(1)) };
    assert!(window.state().asked.contains(&Action::Pick(pick)));
    window.get_by_label("5 · edu refers to umass.edu");
    window.get_by_label("The root's referral named it for edu. and gave its address (glue).");
    window.get_by_label("umass.edu. 172800 IN NS dns1.umass.edu.");
    window.get_by_label("Additional (glue)");
    window.get_by_label("AA 0: not an answer, a pointer (RFC 1035 §4.1.1)");
    window.get_by_label_contains("authority: 2 records");
}

#[test]
fn the_picture_can_be_clicked_too_and_tells_each_message_in_a_sentence() {
    let mut window = resolved(fixtures::gaia());
    window
        .get_by_label_contains("Message 7: dns1.umass.edu answers: 128.119.245.12, as the authority (AA = 1)")
        .click();
    window.run_steps(3);
    window.get_by_label("7 · umass.edu answers");
    window.get_by_label("AA 1: the authority itself says so (RFC 1035 §4.1.1)");
}

#[test]
fn what_is_picked_elsewhere_is_shown_here() {
    let mut window = resolved(fixtures::gaia());
    let flow = fixtures::report(fixtures::gaia()).0.steps[1].flow.unwrap();
    window.state_mut().pick = Some(RecordSelection { job: RunId(1), flow, event: Some(EventIndex(0)) });
    window.run_steps(3);
    window.get_by_label("2 · local → root");
    window.get_by_label("RD 0: the client resolves iteratively by itself (RFC 1034 §5.3.3)");
}

#[test]
fn the_picture_follows_the_playhead() {
    let mut window = resolved(fixtures::gaia());
    window.state_mut().moment = Some(Duration::from_millis(16));
    window.run_steps(3);
    window.get_by_label_contains("Message 4: dns.poly.edu asks a.edu-servers.net");
    assert!(window.query_by_label_contains("Message 5: a.edu-servers.net answers").is_none());
    assert!(window.query_by_label_contains("dns1.umass.edu, authority").is_none());
    window.get_by_label("4 · local → edu");
}

#[test]
fn a_choice_asks_again_after_a_rest_and_what_is_typed_waits_for_enter() {
    let mut window = resolved(fixtures::gaia());
    window.get_by_label("How: recursive").click();
    window.run_steps(1);
    assert_eq!(window.state().questions(), 1, "not at once");
    window.run_steps(16);
    assert_eq!(window.state().question().map(|(_, config)| config.mode), Some(ResolutionMode::Recursive));
    window.state_mut().answer(fixtures::recursive());
    window.state_mut().tab.resolve.kept.name = "www.umass.edu".to_owned();
    window.run_steps(16);
    assert_eq!(window.state().questions(), 2, "a name is not asked for while it is typed");
    window.get_by_label("▶ Resolve").click();
    window.run_steps(3);
    assert_eq!(window.state().question().map(|(_, config)| config.name.as_str()), Some("www.umass.edu"));
}

#[test]
fn a_server_may_answer_with_referrals_where_all_others_offer_recursion() {
    let mut window = resolved(fixtures::gaia());
    window.get_by_label("How: recursive").click();
    window.run_steps(16);
    window.state_mut().answer(fixtures::recursive());
    window.run_steps(3);
    window.get_by_label("a.root-servers.net offers recursion").click();
    window.run_steps(16);
    let referring = |window: &DnsWindow| window.state().question().map(|(_, config)| config.referring.clone()).unwrap();
    assert_eq!(referring(&window), ["a.root-servers.net"]);
    window.get_by_label("a.root-servers.net offers recursion").click();
    window.run_steps(16);
    assert_eq!(referring(&window), [""; 0]);
}

#[test]
fn other_types_are_a_click_or_a_word_away() {
    let mut window = resolved(fixtures::gaia());
    window.get_by_label("Type: …").click();
    window.run_steps(2);
    window.get_by_label("LOC").click();
    window.run_steps(16);
    assert_eq!(window.state().question().map(|(_, config)| config.kinds.clone()), Some(vec!["LOC".to_owned()]));
    window.state_mut().tab.resolve.kept.kind = "NONSENSE".to_owned();
    window.run_steps(2);
    window.get_by_label("No such type; a number is written TYPE65400.");
}

#[test]
fn caches_show_what_is_left_and_time_can_be_skipped() {
    let mut window = resolved(fixtures::gaia());
    window.get_by_label("View: Caches").click();
    window.run_steps(2);
    window.get_by_label_contains("gaia.cs.umass.edu. A 128.119.245.12, 59 min 58 s of 1 h left, answer, authoritative");
    window.get_by_label_contains("nope.umass.edu. — no such name, 4 min 12 s of 5 min left");
    window.get_by_label("+1 h").click();
    window.run_steps(16);
    let asked = Event::Ask { name: "gaia.cs.umass.edu".to_owned(), kind: "A".to_owned() };
    let before = |window: &DnsWindow| window.state().question().map(|(_, config)| config.before.clone()).unwrap();
    assert_eq!(before(&window), [asked.clone(), Event::Wait { seconds: 3_600 }]);
    window.state_mut().answer(fixtures::gaia());
    window.run_steps(3);
    window.get_by_label("Forget gaia.cs.umass.edu. A").click();
    window.run_steps(16);
    let flush = Event::Flush { owner: "dns.poly.edu".to_owned(), name: Some("gaia.cs.umass.edu.".to_owned()) };
    assert_eq!(before(&window), [asked, Event::Wait { seconds: 3_600 }, flush]);
    window.state_mut().answer(fixtures::gaia());
    window.run_steps(3);
    window.get_by_label("Undo + 1 h").click();
    window.run_steps(16);
    assert_eq!(before(&window).len(), 2);
}

#[test]
fn an_address_is_changed_and_the_stale_answer_is_called_so() {
    let mut window = window(DnsStage::default());
    let answer = |window: &mut DnsWindow| {
        let config = window.state().question().map(|(_, config)| config.clone()).unwrap();
        let report = runner::run::<Resolve>(&config, &runner::Options::default()).unwrap().report;
        window.state_mut().end_with::<Resolve>(report);
        window.run_steps(3);
    };
    answer(&mut window);
    window.get_by_label("View: Caches").click();
    window.run_steps(2);
    window.get_by_label("its address changes").click();
    window.run_steps(16);
    answer(&mut window);
    window.get_by_label_contains("Stale: its authority says 203.0.113.77 now. The old one is still kept by you for ");
    window.get_by_label("+1 h").click();
    window.run_steps(16);
    answer(&mut window);
    window.get_by_label("Fresh: this is what its authority says now.");
    window.get_by_label("gaia.cs.umass.edu = 203.0.113.77");
}

#[test]
fn the_table_says_the_same_in_rows() {
    let mut window = resolved(fixtures::troubled());
    window.get_by_label("View: Table").click();
    window.run_steps(2);
    window.get_by_label_contains("ns1.uni.edu does not answer, question www.uni.edu A, over UDP, outcome no answer");
    window.get_by_label_contains("outcome NOERROR AA 198.51.100.80");
    assert_eq!(window.state().tab.resolve.kept.view, ResolvePane::Table);
}

#[test]
fn what_was_not_believed_is_shown_with_its_rule() {
    let mut window = resolved(fixtures::troubled());
    window.get_by_label_contains("Message 17: ns1.hosting.net answers").click();
    window.run_steps(3);
    window.get_by_label("www.bank.example. 86400 IN A 198.51.100.66");
    window.get_by_label_contains("and this name lies outside. (RFC 2181 §5.4.1)");
}

#[test]
fn on_the_internet_nothing_is_sent_unasked() {
    let shell =
        DnsStage { setting: Setting { world: WorldChoice::Internet, ..Setting::default() }, ..DnsStage::default() };
    let mut window = window(shell);
    window.run_steps(16);
    assert_eq!(window.state().questions(), 0);
    window.get_by_label("On this machine's Internet nothing is sent before you press Resolve.");
    window.state_mut().with(|tab, cx| tab.command(TabCommand::Run, cx));
    assert_eq!(window.state().questions(), 1);
}

#[test]
fn a_question_that_fails_or_is_stopped_says_so() {
    let mut window = window(DnsStage::default());
    window.get_by_label("■ Stop").click();
    window.run_steps(2);
    assert!(window.state().asked.contains(&Action::Stop(RunId(1))));
    window.state_mut().end(RunEnd::Stopped);
    window.run_steps(3);
    window.get_by_label("The last question was stopped.");
    window.get_by_label("▶ Resolve").click();
    window.run_steps(2);
    let summary = "no name server could be reached".to_owned();
    let failure = Failure { summary, causes: vec![], blame: Blame::Network, clause: None };
    window.state_mut().end(RunEnd::Failed(failure));
    window.run_steps(3);
    window.get_by_label_contains("no name server could be reached");
    window.state_mut().setting.world = WorldChoice::Internet;
    window.run_steps(2);
    window.get_by_label("ask in the lab instead").click();
    window.run_steps(2);
    assert_eq!(window.state().setting.world, WorldChoice::Lab);
}

#[test]
fn enter_in_the_servers_field_asks_and_the_choice_of_more_types_does_not() {
    let shell =
        DnsStage { setting: Setting { world: WorldChoice::Internet, ..Setting::default() }, ..DnsStage::default() };
    let mut window = window(shell);
    window.get_by_label("Type: …").click();
    window.run_steps(16);
    window.get_by_label("Choose a type, or write one.");
    window.state_mut().with(|tab, cx| tab.command(TabCommand::Run, cx));
    assert_eq!(window.state().questions(), 0, "no type, no question");
    window.get_by_label("Type: MX").click();
    window.run_steps(2);
    window.get_by_label("Name server to ask").focus();
    window.run_steps(1);
    window.get_by_label("Name server to ask").type_text("192.0.2.53");
    window.run_steps(1);
    window.key_press(Key::Enter);
    window.run_steps(2);
    let (_, config) = window.state().question().unwrap();
    assert_eq!((config.server.as_deref(), config.kinds.as_slice()), (Some("192.0.2.53"), &["MX".to_owned()][..]));
}

#[test]
fn the_choices_are_there_again() {
    let mut tab = ResolveView::default();
    tab.kept.mode = ResolutionMode::Recursive;
    tab.kept.happens(Event::Wait { seconds: 60 });
    let saved = tab.save();
    let mut again = ResolveView::default();
    again.restore(saved).unwrap();
    assert_eq!(again.kept, tab.kept);
    assert!(again.restore(serde_json::json!("nonsense")).is_err());
}

#[test]
fn pictures_for_other_programs_hold_everybody_and_every_message() {
    let steps = fixtures::gaia();
    let layout = super::layout::Layout::of(&steps, egui::vec2(740.0, 520.0));
    let scene = super::paint::TreeScene {
        layout: &layout,
        steps: &steps,
        moment: None,
        chosen: None,
        hovered: None,
        scale: 1.0,
    };
    let dot = super::export::dot(&scene);
    assert!(dot.starts_with("digraph") && dot.contains("n1 -> n2 [label=\"2: local → root\"]"), "{dot}");
    assert!(dot.contains("style=dashed"));
    let dig = super::export::dig(&steps[1], false, &[]).unwrap();
    assert_eq!(dig, "dig @198.41.0.4 +notcp +ignore +norecurse -q gaia.cs.umass.edu. -t A");
    assert!(super::export::dig(&steps[1], true, &[]).is_err(), "the lab's root is not the Internet's");
}

#[test]
fn the_tree_and_its_tables_are_handed_in() {
    let mut window = resolved(fixtures::gaia());
    let svg = handed_picture(&mut window, "resolution");
    for words in ["gaia.cs.umass.edu = 128.119.245.12", "referral: umass.edu + glue", ">8<"] {
        assert!(svg.contains(words), "{words} in {svg}");
    }
    assert!(!svg.contains("Hand in") && !svg.contains(">fit<"), "no control is in it");
    let csv = handed_table(&mut window, "resolution");
    assert!(csv.starts_with("number,time (s),message,question,over,size (octets),outcome,reason\r\n1,0,"), "{csv}");
    assert_eq!(csv.lines().count(), 9);
    window.get_by_label("View: Caches").click();
    window.run_steps(3);
    let csv = handed_table(&mut window, "caches");
    assert!(csv.starts_with("cache,name,type,value,TTL as received (s),TTL left (s),"), "{csv}");
    assert!(csv.lines().count() > 2);
}
