//! What a student does in the view, and what follows. Every report is a true one, of few trials.

use egui_kittest::{Harness, kittest::Queryable as _};

use super::{
    super::{DnsStage, DnsTab, DnsWindow, ViewId},
    AttackKind, AttackView,
};
use crate::{
    app::{
        actions::Action,
        hand_in::stories::{copied_table, handed_picture},
        kit::stage::{opened_record, window_of},
        kit::views::TabView as _,
        subject::Subject,
        tab::{Tab as _, TabCommand},
    },
    engine::{
        bridge::{RunEnd, RunId},
        name_attack::{Amplification, Attack, AttackResult, Config, Flood, NameAttack, ServerLevel},
        runner::{self, Options},
        setting::{Setting, WorldChoice},
    },
    lab::Outage,
};

impl DnsStage {
    /// The attack view, with fewer trials than usual where that takes long.
    pub(super) fn at_the_range() -> Self {
        let tab = DnsTab { at: ViewId::Attack, ..DnsTab::default() };
        let mut shell = Self { tab, ..Self::default() };
        shell.tab.attack.kept.trials.insert(AttackKind::Flood, 30);
        shell
    }

    fn attack(&self) -> Option<(RunId, &Config)> {
        self.last::<NameAttack>()
    }

    /// The engine carries the last attack out.
    pub(super) fn carry_out(&mut self) {
        self.serve();
    }
}

pub(super) fn window(shell: DnsStage) -> DnsWindow {
    window_of(Harness::builder().with_size([1_440.0, 654.0]), shell)
}

/// A window in which this attack was carried out.
fn tried(kind: AttackKind, prepare: impl FnOnce(&mut AttackView)) -> DnsWindow {
    let mut shell = DnsStage::at_the_range();
    shell.tab.attack.kept.kind = kind;
    prepare(&mut shell.tab.attack);
    let mut window = window(shell);
    window.state_mut().carry_out();
    window.run_steps(3);
    window
}

#[test]
fn a_fresh_desk_has_tried_something_and_holds_it_against_the_formula() {
    let mut window = tried(AttackKind::Poisoning, |_| {});
    assert_eq!(window.state().attack().map(|(_, config)| config), Some(&Config::default()));
    window.get_by_label("1 − (1 − 1/2^(id + port + letters))^n");
    window.get_by_label_contains("1 − (1 − 1/2^(8+0))^64 = 0.22");
    window.get_by_label("They agree: the formula's value lies in the measurement's 95 % interval.");
    window.get_by_label_contains("against as set here, bits 8, chance a lookup 22.2 %, lookups 3");
    window.get_by_label_contains("against id and port: 16 + 14, bits 30");
    window.get_by_label_contains("is sent to 192.0.2.99 instead of 198.51.100.80");
    window.run_steps(16);
    assert_eq!(window.state().started().count(), 1, "nothing changed, so nothing is tried again");
    assert_eq!(window.state().tab.subject(), Some(Subject { job: RunId(1), root: None }));
}

#[test]
fn with_random_case_the_share_falls_to_nothing() {
    let mut window = tried(AttackKind::Poisoning, |_| {});
    window.get_by_label("Random case (0x20)").click();
    window.run_steps(1);
    window.get_by_label("settings changed since: press the button");
    window.run_steps(10);
    assert_eq!(window.state().started().count(), 2, "it is cheap, so it is tried again unasked");
    window.state_mut().carry_out();
    window.run_steps(3);
    window.get_by_label("0 of 200 lookups poisoned");
    window.get_by_label("19 bits to guess, 64 forged answers a lookup in time");
    window.get_by_label("There was none.");
    window.get_by_label("View: Table").click();
    window.run_steps(3);
    window.get_by_label("success measured, share 0 %, 95 % interval 0.0–1.9 %");
}

#[test]
fn what_costs_much_waits_for_the_button_and_too_much_is_not_asked_for() {
    let mut window = tried(AttackKind::Poisoning, |_| {});
    window.state_mut().tab.attack.kept.poisoning.forged = 10_000;
    window.run_steps(10);
    assert_eq!(window.state().started().count(), 1);
    window.get_by_label("2,000,000 forged answers in all");
    window.get_by_label("settings changed since: press the button");
    window.state_mut().with(|tab, cx| tab.command(TabCommand::Run, cx));
    window.run_steps(2);
    assert_eq!(window.state().started().count(), 2);
    window.get_by_label("■ Stop").click();
    window.run_steps(2);
    assert!(window.state().asked.contains(&Action::Stop(RunId(2))));
    window.state_mut().end(RunEnd::Stopped);
    window.state_mut().tab.attack.kept.poisoning.forged = 60_000;
    window.run_steps(2);
    window.get_by_label("The last run was stopped.");
    window.get_by_label("12,000,000 forged answers in all: at most 4,000,000 in one run.");
    window.state_mut().with(|tab, cx| tab.command(TabCommand::Run, cx));
    assert_eq!(window.state().started().count(), 2);
}

#[test]
fn who_sees_the_query_needs_no_luck_but_a_connection_stops_it() {
    let mut window = tried(AttackKind::Interception, |_| {});
    window.get_by_label("Deceived in 20 of 20 lookups");
    window.get_by_label("192.0.2.99 (forged): 20 · 100 %");
    window.get_by_label_contains("44 random bits of id, port and letters.");
    window.get_by_label("Ask over TCP alone").click();
    window.run_steps(10);
    window.state_mut().carry_out();
    window.run_steps(3);
    window.get_by_label("Deceived in 0 of 20 lookups");
    window.get_by_label("198.51.100.80 (true): 20 · 100 %");
    window.get_by_label("They agree: the expected share lies in the measurement's 95 % interval.");
    window.get_by_label_contains("defence TCP alone, here on, ");
}

#[test]
fn who_is_told_nothing_is_told_why() {
    let mut window = tried(AttackKind::Interception, |desk| desk.kept.interception.second_opinion = true);
    window.get_by_label("nothing: the two differ: 20 · 100 %");
    let off = vec![Outage { host: "dns.somesite.com".to_owned(), port: None }];
    window.state_mut().setting.off = off;
    window.state_mut().tab.attack.kept.interception.second_opinion = false;
    window.state_mut().tab.attack.kept.interception.over_tcp = true;
    window.run_steps(10);
    window.state_mut().carry_out();
    window.run_steps(3);
    window.get_by_label_contains("nothing: no answer: ");
}

#[test]
fn without_a_chance_it_takes_for_ever() {
    let mut shell = DnsStage::at_the_range();
    shell.tab.attack.kept.trials.insert(AttackKind::Poisoning, 1);
    let mut window = window(shell);
    let (_, config) = window.state().attack().expect("an attack was started");
    let mut report = runner::run::<NameAttack>(config, &Options::default()).unwrap().report;
    let Some(AttackResult::Poisoning(found)) = &mut report.found else { panic!("a poisoning") };
    // All of them came too late.
    found.forged_in_time = 0;
    window.state_mut().end_with::<NameAttack>(report);
    window.run_steps(3);
    window.get_by_label_contains(
        "against as set here, bits 8, chance a lookup 0 %, lookups never, time never, attacker sends never",
    );
}

#[test]
fn servers_that_cut_off_what_is_large_amplify_nothing() {
    let mut window = tried(AttackKind::Amplification, |_| {});
    window.get_by_label("Up to 29.0 octets at the victim for each octet sent");
    window.get_by_label("ANY uvic.ca of dns1.uvic.ca: 17.58 times, by the formula 17.58");
    window.get_by_label("811 / 28 = 28.96");
    window.get_by_label("Cut off what is large").click();
    window.run_steps(10);
    window.state_mut().carry_out();
    window.run_steps(3);
    window.get_by_label("Up to 1.0 octets at the victim for each octet sent");
    window.get_by_label("ANY uvic.ca of dns1.uvic.ca: 1.00 times, by the formula 1.00, cut off (TC)");
}

#[test]
fn without_the_root_warm_caches_go_on() {
    let mut window = tried(AttackKind::Flood, |desk| desk.kept.flood = Flood { off: vec![0, 13], ..Flood::default() });
    window.get_by_label("With 13 off: warm caches answer 100 %, cold ones 0 %");
    window.get_by_label_contains("off 13, root cold 0, root warm 0");
    window.get_by_label("Over the servers that are off: mean time").click();
    window.get_by_label("View: Table").click();
    window.run_steps(3);
    window.get_by_label_contains("off 13, cache warm, answered 100 %");
    window.get_by_label_contains("off 13, cache cold, answered 0 %");
    let copied = copied_table(&mut window, "tables of this report", "Copy table: What clients got");
    assert!(copied.starts_with("off\tcache\tanswered (fraction)\t95 % interval\t"), "{copied}");
    assert_eq!(copied.lines().nth(4).map(|line| line.split('\t').count()), Some(8), "{copied}");
}

#[test]
fn what_each_attack_shows_is_handed_in_with_its_axes_and_series() {
    let mut window = tried(AttackKind::Flood, |desk| desk.kept.flood = Flood { off: vec![0, 13], ..Flood::default() });
    let svg = handed_picture(&mut window, "flood");
    for words in ["root servers that answer nobody, of 13", ">answered<", ">100 %<", ">warm caches<", ">cold caches<"] {
        assert!(svg.contains(words), "{words} in {svg}");
    }
    let mut window = tried(AttackKind::Poisoning, |_| {});
    let svg = handed_picture(&mut window, "chance");
    for words in
        ["forged answers in time, a lookup", ">chance<", ">100 %<", ">by the formula<", ">measured (95 % interval)<"]
    {
        assert!(svg.contains(words), "{words} in {svg}");
    }
    let mut window = tried(AttackKind::Amplification, |_| {});
    let svg = handed_picture(&mut window, "amplification");
    assert!(svg.contains("ANY uvic.ca of dns1.uvic.ca<") || svg.contains("ANY uvic.ca<"), "{svg}");
    let mut window = tried(AttackKind::Interception, |_| {});
    let svg = handed_picture(&mut window, "what clients were told");
    assert!(svg.contains("(forged)<"), "{svg}");
}

#[test]
fn each_attack_keeps_its_own_result() {
    let mut window = tried(AttackKind::Amplification, |_| {});
    window.get_by_label("Interception").click();
    window.run_steps(2);
    assert!(matches!(window.state().attack(), Some((_, Config { attack: Attack::Interception(_), .. }))));
    window.get_by_label("Amplification").click();
    window.run_steps(16);
    window.get_by_label("Up to 29.0 octets at the victim for each octet sent");
    assert_eq!(window.state().started().count(), 2);
}

#[test]
fn on_the_internet_it_says_that_nothing_leaves() {
    let mut shell = DnsStage::at_the_range();
    shell.setting = Setting { world: WorldChoice::Internet, ..Setting::default() };
    let window = window(shell);
    window.get_by_label("takes place in the lab's memory only: nothing leaves this program");
    assert_eq!(window.state().started().count(), 1, "the lab is there in any case");
}

#[test]
fn a_record_from_a_file_brings_its_settings_along() {
    let attack = Attack::Amplification(Amplification { truncate: true, ..Amplification::default() });
    let config = Config { attack, trials: 3, ..Config::default() };
    let report = runner::run::<NameAttack>(&config, &Options::default()).unwrap().report;
    let mut shell = DnsStage::at_the_range();
    shell.tab.at = ViewId::Resolve;
    let job = shell.runs.next_job();
    let record = opened_record::<NameAttack>(report);
    assert!(shell.tab.adopt(job, &record));
    shell.runs.insert(job, record);
    let window = window(shell);
    window.get_by_label("Up to 1.0 octets at the victim for each octet sent");
    window.get_by_label("From a file: run.roundtrip");
    assert_eq!(window.state().started().count(), 0);
}

#[test]
fn settings_are_there_again() {
    let mut tab = DnsTab { at: ViewId::Attack, ..DnsTab::default() };
    tab.attack.kept.flood.level = ServerLevel::Tld;
    tab.attack.kept.trials.insert(AttackKind::Flood, 7);
    let mut again = DnsTab::default();
    again.restore(tab.save()).unwrap();
    assert_eq!((again.attack.kept, again.at), (tab.attack.kept, ViewId::Attack));
    assert!(AttackView::default().restore(serde_json::json!("nonsense")).is_err());
}
