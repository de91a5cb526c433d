//! What a student does in the view, and what follows.

use egui_kittest::{Harness, kittest::Queryable as _};

use super::{
    super::{DnsStage, DnsWindow, ViewId},
    SavedZones, ZonesView,
};
use crate::{
    app::{
        hand_in::stories::handed_table,
        kit::{stage::window_of, views::TabView as _},
    },
    engine::{
        browse::{self, Browse},
        resolve::Resolve,
        runner,
    },
    proto::dns::zone::with_line,
};

/// The tab with this view shown.
pub(super) fn desk(mut shell: DnsStage) -> DnsStage {
    shell.tab.at = ViewId::Zones;
    shell
}

/// The lookup that was asked for last is carried out in the lab.
pub(super) fn answer(window: &mut DnsWindow) {
    // The desk waits for the choices to rest.
    window.run_steps(8);
    assert!(window.state().last::<Resolve>().is_some(), "a lookup");
    window.state_mut().serve();
    window.run_steps(3);
}

impl SavedZones {
    /// As if the line was typed at the end.
    pub(super) fn write_for_test(&mut self, origin: &str, line: &str) {
        let draft = self.drafts.get_mut(origin).expect("a draft");
        draft.text = with_line(&draft.text, line);
    }
}

fn window() -> DnsWindow {
    let mut window = window_of(Harness::builder().with_size([1_440.0, 900.0]), desk(DnsStage::default()));
    answer(&mut window);
    window
}

fn click(window: &mut DnsWindow, label: &str) {
    window.get_by_label(label).click();
    window.run_steps(3);
}

#[test]
fn networkutopia_is_registered_and_put_right_step_by_step_until_the_world_finds_it() {
    let mut window = window();
    window.get_by_label("no such name (NXDOMAIN)");
    window.get_by_label("com. has no delegation for networkutopia.com.");
    click(&mut window, "Register");
    let com = window.state().setting.zones.iter().find(|change| change.origin == "com.").expect("com is served anew");
    assert!(com.text.contains("dns1.networkutopia.com. 172800 IN A 212.212.212.1"), "{}", com.text);
    assert!(com.text.contains("; com: who has which name"), "the rest stays as it was written");
    answer(&mut window);
    window.get_by_label("dns1.networkutopia.com. is up but does not serve networkutopia.com. (lame delegation)");
    click(&mut window, "create the zone");
    window.get_by_label("What you wrote counts once it is served.");
    click(&mut window, "▶ Serve the changed zone");
    answer(&mut window);
    window.get_by_label("no such name (NXDOMAIN)");
    click(&mut window, "write  www.networkutopia.com. A 212.212.71.4");
    click(&mut window, "▶ Serve the changed zone");
    answer(&mut window);
    window.get_by_label("212.212.71.4");
    click(&mut window, "write  @ MX 10 mail");
    click(&mut window, "▶ Serve the changed zone");
    answer(&mut window);
    click(&mut window, "write  mail.networkutopia.com. A 212.212.71.5");
    click(&mut window, "▶ Serve the changed zone");
    answer(&mut window);
    window.get_by_label("Its name servers, its web server and its mail server are found.");
    let setting = window.state().setting.clone();
    let page = browse::Config {
        url: "http://www.networkutopia.com/".parse().unwrap(),
        setting,
        resolve_names: true,
        ..browse::Config::default()
    };
    let report = runner::run::<Browse>(&page, &runner::Options::default()).unwrap().report;
    assert_eq!(report.hops.last().and_then(|hop| hop.timing.status), Some(200), "and its page is there");
    click(&mut window, "Look up networkutopia.com MX");
    let (_, asked) = window.state().last::<Resolve>().expect("a lookup");
    assert!(asked.name == "networkutopia.com" && asked.kinds == ["MX"], "{asked:?}");
}

#[test]
fn a_taken_name_and_servers_without_glue_are_refused_in_words() {
    let mut window = window();
    window.state_mut().tab.zones.kept.form.servers_for_test(&[("dns1.networkutopia.com", "")]);
    window.run_steps(2);
    click(&mut window, "Register");
    window.get_by_label_contains("is below the name itself: without its address it cannot be found");
    window.state_mut().tab.zones.kept.form.servers_for_test(&[("dns1.networkutopia.com", "300.1")]);
    window.run_steps(2);
    click(&mut window, "Register");
    window.get_by_label("300.1 is no IP address");
    assert!(window.state().setting.zones.is_empty());
}

#[test]
fn a_zone_is_begun_under_the_name_registered_and_served_by_a_second_server_too() {
    let mut window = window();
    let servers = [("ns.networkutopia.com", "212.212.212.1"), ("dns.vt.edu", "")];
    window.state_mut().tab.zones.kept.form.servers_for_test(&servers);
    window.run_steps(2);
    click(&mut window, "Register");
    answer(&mut window);
    window.get_all_by_label("create the zone").next().expect("a button").click();
    window.run_steps(3);
    let drafts = &window.state().tab.zones.kept.drafts;
    let text = &drafts["networkutopia.com."].text;
    assert!(text.contains("ns.networkutopia.com. A 212.212.212.1"), "{text}");
    click(&mut window, "▶ Serve the changed zone");
    answer(&mut window);
    click(&mut window, "serve it there too");
    answer(&mut window);
    let served: Vec<_> = window.state().setting.zones.iter().map(|change| change.server.as_deref()).collect();
    assert_eq!(served.iter().flatten().collect::<Vec<_>>(), [&"dns1.networkutopia.com", &"dns.vt.edu"]);
    assert!(window.query_by_label_contains("lame delegation").is_none());
    window.get_by_label("the zone networkutopia.com. has no NS record for dns.vt.edu., which the registry names");
}

#[test]
fn a_zone_that_is_there_is_not_begun_again_in_other_letters() {
    let mut window = window();
    click(&mut window, "new zone…");
    window.get_by_label("Name of the new zone").focus();
    window.run_steps(1);
    window.get_by_label("Name of the new zone").type_text("UMass.edu");
    window.run_steps(3);
    window.get_by_label("This zone is there.");
}

#[test]
fn a_name_may_be_given_back() {
    let mut window = window();
    click(&mut window, "Register");
    answer(&mut window);
    click(&mut window, "Cancel registration");
    answer(&mut window);
    window.get_by_label("no such name (NXDOMAIN)");
    let com = &window.state().setting.zones[0];
    assert!(!com.text.contains("networkutopia.com."), "{}", com.text);
}

#[test]
fn faults_are_named_with_their_lines_and_the_serial_is_moved_on_by_a_click() {
    let mut window = window();
    click(&mut window, "Zone umass.edu.");
    window.get_by_label("No problems found.");
    click(&mut window, "Add a line: alias CNAME www");
    window.get_by_label_contains("the records change, the serial number does not move on from 2026010100");
    click(&mut window, "serial → 2026010101");
    window.get_by_label("No problems found.");
    window.state_mut().tab.zones.kept.write_for_test("umass.edu.", "alias A 192.0.2.1");
    window.run_steps(3);
    window.get_by_label_contains("line 14: alias.umass.edu. is an alias and has other records");
    window.state_mut().tab.zones.kept.write_for_test("umass.edu.", "nonsense A 300.1.1.1");
    window.run_steps(3);
    window.get_by_label_contains("line 16: ");
    click(&mut window, "▶ Serve the changed zone");
    assert!(window.state().setting.zones.is_empty(), "what cannot be read is not served");
    assert!(window.state().tab.zones.kept.drafts.contains_key("umass.edu."), "and is not lost");
    click(&mut window, "drop the draft");
    window.get_by_label("No problems found.");
}

#[test]
fn a_sub_zone_is_delegated_and_looked_up_in() {
    let mut window = window();
    click(&mut window, "new zone…");
    window.get_by_label("Name of the new zone").focus();
    window.run_steps(1);
    window.get_by_label("Name of the new zone").type_text("lab.umass.edu");
    window.run_steps(3);
    window.get_by_label("delegate it from umass.edu.");
    click(&mut window, "begin it");
    let drafts = &window.state().tab.zones.kept.drafts;
    assert!(drafts["umass.edu."].text.contains("lab.umass.edu. NS dns.umass.edu."), "{drafts:?}");
    // The draft above delegates it: nothing to complain of.
    assert!(window.query_by_label_contains("does not delegate").is_none());
    window.state_mut().tab.zones.kept.write_for_test("lab.umass.edu.", "www A 192.0.2.99");
    window.run_steps(2);
    click(&mut window, "▶ Serve 2 changed zones");
    assert_eq!(window.state().tab.zones.kept.shown, "lab.umass.edu.", "the zone stays where it was");
    let setting = window.state().setting.clone();
    assert_eq!(setting.zones.len(), 2);
    let config = crate::engine::resolve::Config { name: "www.lab.umass.edu".to_owned(), setting, ..Default::default() };
    let report = runner::run::<Resolve>(&config, &runner::Options::default()).unwrap().report;
    assert_eq!(report.answers, ["www.lab.umass.edu. 3600 IN A 192.0.2.99"]);
    click(&mut window, "Zone lab.umass.edu. changed");
    click(&mut window, "stop serving");
    assert_eq!(window.state().setting.zones.len(), 1);
}

#[test]
fn a_reply_leads_to_the_zone_it_came_from() {
    let mut window = window_of(Harness::builder().with_size([1_440.0, 900.0]), DnsStage::default());
    answer(&mut window);
    window.get_by_label_contains(": umass.edu answers, ").click();
    window.run_steps(3);
    click(&mut window, "edit the zone");
    assert_eq!((window.state().tab.at, window.state().tab.zones.kept.shown.as_str()), (ViewId::Zones, "umass.edu."));
    window.get_by_label_contains("serial 2026010100");
}

#[test]
fn drafts_and_the_form_are_there_again() {
    let mut desk = ZonesView::default();
    desk.kept.drafts.insert("com.".to_owned(), super::ZoneDraft { text: "; mine".to_owned(), server: None });
    let mut again = ZonesView::default();
    again.restore(desk.save()).unwrap();
    assert_eq!(again.kept, desk.kept);
    assert!(again.restore(serde_json::json!(7)).is_err());
}

#[test]
fn on_the_internet_the_zones_stay_the_labs() {
    let mut shell = desk(DnsStage::default());
    shell.setting.world = crate::engine::setting::WorldChoice::Internet;
    let mut window = window_of(Harness::builder().with_size([1_440.0, 900.0]), shell);
    answer(&mut window);
    window.get_by_label("These zones are the lab's, whichever world is chosen above.");
    let mut worlds = window.state().started_of::<Resolve>().map(|(_, config)| config.setting.world);
    assert!(worlds.all(|world| world == crate::engine::setting::WorldChoice::Lab));
}

#[test]
fn zones_are_handed_in_as_a_table() {
    let mut window = window();
    let csv = handed_table(&mut window, "zones");
    assert!(csv.starts_with("zone,depth below the root,name servers,state\r\n.,0,"), "{csv}");
    assert!(csv.contains("\r\ncom.,1,"), "{csv}");
}
