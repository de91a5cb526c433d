//! What a student does in the view, and what follows.

use egui_kittest::{Harness, kittest::Queryable as _};

use super::super::{DnsStage, DnsWindow, ViewId, hand_over::DnsHandOver, resolve::fixtures};
use super::{Config, DnsMessageView};
use crate::{
    app::{
        kit::stage::window_of,
        kit::views::TabView as _,
        runs::RunRecord,
        tab::{Tab as _, TabCommand},
    },
    engine::{
        bridge::{RunEnd, RunId},
        dns_message::DnsMessage,
        runner::{self, Options},
        setting::{Setting, WorldChoice},
    },
    proto::dns::{draft::MessageDraft, trace::QueryTransport},
};

impl DnsStage {
    /// A window that opens with this view.
    pub(super) fn at_message() -> Self {
        let mut shell = Self::default();
        shell.tab.at = ViewId::Message;
        shell
    }

    fn messages(&self) -> Vec<&Config> {
        self.started_of::<DnsMessage>().map(|(_, config)| config).collect()
    }
}

fn window() -> DnsWindow {
    window_of(Harness::builder().with_size([1_440.0, 900.0]), DnsStage::at_message())
}

/// A window in which the first message was answered.
fn answered() -> DnsWindow {
    let mut window = window();
    window.state_mut().serve();
    window.run_steps(3);
    window
}

fn send(window: &mut DnsWindow) {
    window.get_by_label("▶ Send").click();
    window.run_steps(2);
    window.state_mut().serve();
    window.run_steps(3);
}

#[test]
fn a_fresh_desk_has_sent_the_plain_question_and_shows_the_reply() {
    let mut window = answered();
    assert_eq!(window.state().messages(), [&Config::default()]);
    window.get_by_label("Reply: 128.119.245.12");
    window.get_by_label("QR = 1: a reply");
    window.get_by_label("the same id, 0x9e37");
    window.get_by_label("the same question, letter by letter");
    window.get_by_label("gaia.cs.umass.edu. 3600 IN A 128.119.245.12");
    assert!(window.state().tab.subject().is_some());
    window.run_steps(10);
    assert_eq!(window.state().messages().len(), 1, "it is not sent again by itself");
}

#[test]
fn every_message_has_a_random_id_of_its_own_unless_one_is_typed() {
    let mut window = answered();
    send(&mut window);
    send(&mut window);
    let ids: Vec<Option<u16>> = window.state().messages().iter().map(|sent| sent.draft.id).collect();
    let [first, second, third] = ids[..] else { panic!("{ids:?}") };
    assert!(first != second && second != third && first != third, "{ids:?}");
    assert_eq!(window.state().tab.message.kept.draft.id, None, "and the next one's again");
    window.state_mut().tab.message.kept.draft.id = Some(7);
    send(&mut window);
    send(&mut window);
    let ids: Vec<Option<u16>> = window.state().messages().iter().map(|sent| sent.draft.id).collect();
    assert_eq!(ids[3..], [Some(7), Some(7)], "what is typed stays");
}

#[test]
fn without_recursion_the_root_refers() {
    let mut window = answered();
    window.get_by_label("RD bit").click();
    window.run_steps(2);
    window.get_by_label("Known name servers").click();
    window.run_steps(2);
    window.get_by_label_contains("a.root-servers.net").click();
    window.run_steps(2);
    window.get_by_label("changed since");
    send(&mut window);
    let sent = window.state().messages().last().map(|config| (config.server.clone(), config.draft.flags.rd));
    assert_eq!(sent, Some(("a.root-servers.net".to_owned(), false)));
    window.get_by_label("Reply: referral to edu. (1 NS, 2 glue)");
    window.get_by_label("AA 0: not an answer, a pointer (RFC 1035 §4.1.1)");
    assert!(window.query_by_label("changed since").is_none());
}

#[test]
fn the_form_sets_codes_edns_and_the_way() {
    let mut window = answered();
    window.get_by_label("Opcode: 0 QUERY").click();
    window.run_steps(2);
    window.get_by_label("2 STATUS").click();
    window.run_steps(2);
    window.get_by_label_contains("EDNS: an OPT record").click();
    window.run_steps(2);
    window.get_by_label("DO bit").click();
    window.get_by_label("Over: TCP").click();
    window.run_steps(2);
    send(&mut window);
    let config = window.state().messages().last().copied().cloned().unwrap();
    assert_eq!((config.draft.opcode, config.over), (2, QueryTransport::Tcp));
    assert!(config.draft.edns.is_some_and(|edns| edns.dnssec && edns.payload == 1_232));
    window.get_by_label("Reply: NOTIMP");
}

#[test]
fn what_cannot_be_written_is_said_beside_the_field_and_not_sent() {
    let mut window = answered();
    window.state_mut().tab.message.kept.draft.name = "gaia..edu".to_owned();
    window.run_steps(2);
    window.get_by_label("the name “gaia..edu” has an empty label");
    window.get_by_label("Octets, when it could last be written");
    window.state_mut().with(|tab, cx| tab.command(TabCommand::Run, cx));
    assert_eq!(window.state().messages().len(), 1);
    window.state_mut().tab.message.kept.draft.name = "edu".to_owned();
    window.state_mut().tab.message.kept.draft.kind = "PARTY".to_owned();
    window.run_steps(2);
    window.get_by_label_contains("“PARTY” is no type");
}

#[test]
fn a_code_too_large_for_its_bits_is_said_and_not_sent() {
    let mut window = answered();
    window.get_by_label("ARCOUNT: 0 additional records");
    window.state_mut().tab.message.kept.draft.opcode = 16;
    window.run_steps(2);
    window.get_by_label("the opcode has four bits: at most 15");
    window.state_mut().with(|tab, cx| tab.command(TabCommand::Run, cx));
    assert_eq!(window.state().messages().len(), 1);
}

#[test]
fn octets_by_hand_are_read_as_they_are_typed_and_sent_as_they_are() {
    let mut window = answered();
    window.get_by_label("Write: Octets by hand").click();
    window.run_steps(2);
    assert!(window.state().tab.message.kept.draft.raw.as_ref().is_some_and(|raw| raw.starts_with("9e 37 01 00")));
    window.state_mut().tab.message.kept.draft.raw = Some("beef 0000 0001 0000 0000 0000 3f 67".to_owned());
    window.run_steps(2);
    window.get_by_label_contains("wrong: the header announces 1, 0 are here");
    send(&mut window);
    window.get_by_label("Reply: FORMERR");
    window.get_by_label("the same id, 0xbeef");
    window.get_by_label("Write: Fields").click();
    window.run_steps(2);
    assert_eq!(window.state().tab.message.kept.draft, MessageDraft::default(), "as it was before");
    window.state_mut().tab.message.kept.draft.raw = Some("beef 0".to_owned());
    window.run_steps(2);
    window.get_by_label("the last octet has one digit only");
}

#[test]
fn silence_is_explained_by_what_was_sent() {
    let mut window = answered();
    for (name, why) in
        [("two octets", "shorter than a header"), ("a reply nobody asked for", "a reply itself (QR = 1)")]
    {
        window.get_by_label(name).click();
        window.run_steps(2);
        send(&mut window);
        window.get_by_label("No reply");
        window.get_by_label("Nothing came back within 10 s.");
        window.get_by_label_contains(why);
    }
}

#[test]
fn a_server_that_is_not_there_is_said_to_be_none() {
    let mut window = answered();
    window.state_mut().tab.message.kept.server = "nobody".to_owned();
    window.run_steps(2);
    send(&mut window);
    window.get_by_label("There is no name server nobody in the lab.");
    window.get_by_label("Nothing was sent.");
}

#[test]
fn the_reply_can_be_seen_as_dig_prints_it() {
    let mut window = answered();
    window.get_by_label("Reply: As dig prints it").click();
    window.run_steps(2);
    window.get_by_label_contains(";; ->>HEADER<<- opcode: QUERY, status: NOERROR");
}

#[test]
fn on_the_internet_nothing_is_sent_unasked() {
    let setting = Setting { world: WorldChoice::Internet, ..Setting::default() };
    let shell = DnsStage { setting, ..DnsStage::at_message() };
    let mut window = window_of(Harness::builder().with_size([1_440.0, 900.0]), shell);
    window.run_steps(10);
    assert_eq!(window.state().messages().len(), 0);
    window.get_by_label("On this machine's Internet nothing is sent before you press Send.");
    window.state_mut().with(|tab, cx| tab.command(TabCommand::Run, cx));
    assert_eq!(window.state().messages().len(), 0, "nobody is named");
    window.state_mut().tab.message.kept.address = "192.0.2.53".to_owned();
    window.state_mut().with(|tab, cx| tab.command(TabCommand::Run, cx));
    assert_eq!(window.state().messages().len(), 1);
    let id = window.state().messages()[0].draft.id;
    assert!(id.is_some(), "drawn by lot as it was sent");
    assert_eq!(window.state().tab.message.kept.draft.id, None, "and the next one's again");
    window.run_steps(2);
    window.state_mut().with(|tab, cx| tab.command(TabCommand::Run, cx));
    assert_eq!(window.state().messages().len(), 1, "the same message is on its way");
    let shell = window.state();
    let sent = shell.messages()[0].clone();
    let kept = &shell.tab.message.kept;
    assert!(kept.would_send(&sent, &shell.setting));
    let other = Config { draft: MessageDraft { opcode: 2, ..sent.draft.clone() }, ..sent };
    assert!(!kept.would_send(&other, &shell.setting));
}

#[test]
fn what_another_desk_sends_over_waits_for_the_button() {
    let draft = MessageDraft { id: Some(7), name: "mail.example.com".to_owned(), ..MessageDraft::default() };
    let config = Config {
        draft: draft.clone(),
        server: "dns.umass.edu".to_owned(),
        over: QueryTransport::Tcp,
        ..Config::default()
    };
    let mut shell = DnsStage::at_message();
    shell.tab.message.take_over(DnsHandOver::Message(Box::new(config.clone())));
    let mut window = window_of(Harness::builder().with_size([1_440.0, 900.0]), shell);
    window.run_steps(3);
    assert_eq!(window.state().messages().len(), 0);
    window.get_by_label("Nothing was sent yet. Press Send.");
    send(&mut window);
    assert_eq!(window.state().messages(), [&config]);
}

#[test]
fn a_query_of_a_resolution_is_edited_and_sent() {
    let mut window = window_of(Harness::builder().with_size([1_440.0, 900.0]), DnsStage::default());
    window.state_mut().answer(fixtures::gaia());
    window.run_steps(3);
    window.get_by_label_contains("Message 3: root refers to edu").click();
    window.run_steps(3);
    window.get_by_label("edit and send").click();
    window.run_steps(3);
    assert_eq!(window.state().tab.at, ViewId::Message);
    let kept = &window.state().tab.message.kept;
    assert_eq!((kept.server.as_str(), kept.port, kept.over), ("a.root-servers.net", 53, QueryTransport::Udp));
    assert_eq!((kept.draft.name.as_str(), kept.draft.flags.rd, &kept.draft.raw), ("gaia.cs.umass.edu", false, &None));
    assert!(kept.draft.id.is_some(), "as it was sent");
    assert_eq!(window.state().messages().len(), 0, "not before the button");
    send(&mut window);
    window.get_by_label_contains("Reply: referral to edu.");
    window.get_by_label("resolve this name").click();
    window.run_steps(2);
    assert_eq!(window.state().tab.at, ViewId::Resolve);
}

#[test]
fn a_saved_run_is_shown_with_its_message() {
    let config = Config { server: "dns.umass.edu".to_owned(), port: 53, ..Config::default() };
    let done = runner::run::<DnsMessage>(&config, &Options::default()).unwrap();
    let record = RunRecord { end: Some(RunEnd::done::<DnsMessage>(done.report)), ..RunRecord::new(None) };
    let mut desk = DnsMessageView::default();
    assert!(desk.adopt(RunId(9), &record));
    assert_eq!((desk.kept.server.as_str(), desk.begun), ("dns.umass.edu", true));
    assert!(!desk.adopt(RunId(10), &RunRecord::new(None)));
}

#[test]
fn the_message_is_there_again() {
    let mut desk = DnsMessageView::default();
    desk.kept.draft.opcode = 4;
    desk.kept.address = "192.0.2.1".to_owned();
    let mut again = DnsMessageView::default();
    again.restore(desk.save()).unwrap();
    assert_eq!(again.kept, desk.kept);
    assert!(again.restore(serde_json::json!("nonsense")).is_err());
    again.restore(serde_json::json!({ "port": 5353 })).unwrap();
    assert_eq!((again.kept.port, again.kept.server.as_str()), (5_353, "dns.poly.edu"));
}
