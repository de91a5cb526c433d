//! What a student does in the tab, and what follows: pages come from the lab, fetched by the engine in virtual time.

use std::time::Duration;

use egui::Key;
use egui_kittest::{
    Harness,
    kittest::{NodeT as _, Queryable as _},
};
use url::Url;

use super::{
    BrowseTab,
    draft::{FIRST_PAGE, FieldLine},
};
use crate::{
    app::{
        actions::Action,
        kit::stage::{StageWindow, TabStage, window_of},
        page::Navigation,
        runs::{RunRecord, Runs},
        script::run_here,
        subject::RecordSelection,
        tab::{Tab as _, TabCommand},
    },
    engine::{
        bridge::{PublishedService, RunEnd, RunId, Update},
        browse::{Browse, Config},
        experiments::AnyConfig,
        setting::{Setting, WorldChoice},
    },
};

pub(super) type BrowseStage = TabStage<BrowseTab>;

impl BrowseStage {
    pub(super) fn starts(&self) -> Vec<(RunId, Config)> {
        self.started_of::<Browse>().map(|(job, config)| (job, config.clone())).collect()
    }

    /// The last visit asked for.
    fn config(&self) -> Config {
        self.starts().pop().expect("something was started").1
    }
}

pub(super) type BrowseWindow = StageWindow<BrowseTab>;

fn window_with(stage: BrowseStage) -> BrowseWindow {
    window_of(Harness::builder().with_size([1200.0, 700.0]), stage)
}

/// A fresh window whose first page has come.
pub(super) fn window() -> BrowseWindow {
    let mut window = window_with(BrowseStage::default());
    served(&mut window);
    window
}

/// Frames until the engine has done what was asked and the page is painted.
pub(super) fn served(window: &mut BrowseWindow) {
    window.state_mut().serve();
    for _ in 0..100_000 {
        window.step();
        if window.state().tab.view.is_settled() {
            window.run_steps(3);
            return;
        }
        std::thread::yield_now();
    }
    panic!("the page never settles");
}

fn typed(window: &mut BrowseWindow, address: &str) {
    address.clone_into(&mut window.state_mut().tab.kept.draft.typed);
    window.get_by_label("Go").click();
    window.run_steps(2);
}

pub(super) fn visit(window: &mut BrowseWindow, address: &str) {
    typed(window, address);
    served(window);
}

pub(super) fn shows(window: &BrowseWindow, words: &str) -> bool {
    window.query_all_by_label_contains(words).next().is_some()
}

mod a_fresh_window {
    use super::*;

    #[test]
    fn shows_a_page_of_the_lab_and_its_octets_at_once() {
        let window = window();
        assert_eq!(window.state().config().url.as_str(), FIRST_PAGE);
        window.get_by_label("Page: Department of Networks · Some School");
        window.get_by_label("GET /someDepartment/home.index HTTP/1.1");
        window.get_by_label("HTTP/1.1 200 OK");
        // The name is looked up first, then TCP takes its round trip.
        window.get_by_label_contains("octets sent at 486 ms");
        window.get_by_label_contains("octets from 586 ms");
        assert!(matches!(window.state().pick, Some(RecordSelection { event: Some(_), .. })));
    }

    #[test]
    fn sends_nothing_into_the_internet_by_itself() {
        let setting = Setting { world: WorldChoice::Internet, ..Setting::default() };
        let window = window_with(BrowseStage { setting, ..BrowseStage::default() });
        assert!(window.state().starts().is_empty());
        window.get_by_label("Type an address and press Go.");
    }

    #[test]
    fn is_as_it_was_left_after_a_restart() {
        let mut desk = BrowseStage::default();
        desk.tab.kept.draft.typed = "http://info.cern.ch/".to_owned();
        desk.tab.kept.draft.lines[1].value = "me".to_owned();
        let kept = desk.tab.save();
        let mut again = BrowseStage::default();
        again.tab.restore(kept).unwrap();
        let window = window_with(again);
        let config = window.state().config();
        assert_eq!(config.url.as_str(), "http://info.cern.ch/");
        assert_eq!(config.fields, [("User-Agent".to_owned(), "me".to_owned())]);
        assert!(BrowseStage::default().tab.restore(serde_json::json!("nonsense")).is_err());
    }
}

mod asking_again {
    use super::*;

    /// The lines of the last run's page request that ask on a condition or past a cache.
    fn conditions(window: &BrowseWindow) -> Vec<(String, String)> {
        window.state().config().fields.clone()
    }

    #[test]
    fn reload_asks_whether_the_page_has_changed_and_leaves_it_standing() {
        let mut window = window();
        window.get_by_label("Reload").click();
        window.run_steps(2);
        served(&mut window);
        let fields = conditions(&window);
        assert!(
            matches!(fields.as_slice(), [(name, tag)] if name == "If-None-Match" && tag.starts_with('"')),
            "{fields:?}"
        );
        window.get_by_label("HTTP/1.1 304 Not Modified");
        window.get_by_label("Page: Department of Networks · Some School");
        window.get_by_label_contains("304 Not Modified: the server sent no content.");
        // And once more, of the same page.
        window.get_by_label("Reload").click();
        window.run_steps(2);
        served(&mut window);
        assert_eq!(conditions(&window), fields);
        window.get_by_label("HTTP/1.1 304 Not Modified");
        window.get_by_label("Page: Department of Networks · Some School");
    }

    #[test]
    fn hard_reload_asks_for_all_of_it() {
        let mut window = window();
        window.get_by_label("Hard reload").click();
        window.run_steps(2);
        served(&mut window);
        assert_eq!(conditions(&window), [("Cache-Control".to_owned(), "no-cache".to_owned())]);
        window.get_by_label("HTTP/1.1 200 OK");
        assert!(!shows(&window, "304"), "nothing is said of a cache");
    }

    #[test]
    fn the_chip_of_a_condition_has_the_tag_on_screen() {
        let mut window = window();
        window.state_mut().tab.kept.editor_open = true;
        window.run_steps(3);
        window.get_by_label("If-None-Match").click();
        window.run_steps(3);
        let line = window.state().tab.kept.draft.lines.last().unwrap().clone();
        assert_eq!(line.name, "If-None-Match");
        assert!(line.value.starts_with('"') && !line.value.contains("the ETag"), "{}", line.value);
        window.get_by_label("Go").click();
        window.run_steps(2);
        served(&mut window);
        window.get_by_label("HTTP/1.1 304 Not Modified");
        window.get_by_label("Page: Department of Networks · Some School");
    }

    #[test]
    fn a_condition_of_the_students_own_is_not_doubled() {
        let mut window = window();
        let line = FieldLine { name: "If-None-Match".to_owned(), value: "\"other\"".to_owned(), left_out: false };
        window.state_mut().tab.kept.draft.lines.push(line);
        window.get_by_label("Go").click();
        window.run_steps(2);
        served(&mut window);
        window.get_by_label("HTTP/1.1 200 OK");
        window.get_by_label("Reload").click();
        window.run_steps(2);
        served(&mut window);
        assert_eq!(conditions(&window), [("If-None-Match".to_owned(), "\"other\"".to_owned())]);
    }
}

mod a_refusal {
    use super::*;

    #[test]
    fn that_is_right_is_said_to_be_right() {
        let mut window = window();
        let raw = &mut window.state_mut().tab.kept.draft.raw;
        raw.on = true;
        "GET / HTTP/1.1\nHost: www.someschool.edu\n".clone_into(&mut raw.text);
        window.get_by_label("Go").click();
        window.run_steps(2);
        window.state_mut().serve();
        window.run_steps(6);
        window.get_by_label("HTTP/1.1 408 Request Timeout");
        window.get_by_label_contains("408 is the right answer");
        assert!(!shows(&window, "wrong in the response"), "the server is not at fault");
    }
}

mod an_address {
    use super::*;

    #[test]
    fn is_gone_to_on_enter_and_a_bad_one_is_explained() {
        let mut window = window();
        window.state_mut().with(|tab, cx| tab.command(TabCommand::Address, cx));
        window.run_steps(2);
        assert!(window.get_by_label("Address").accesskit_node().is_focused());
        window.state_mut().tab.kept.draft.typed = "info.cern.ch".to_owned();
        window.key_press(Key::Enter);
        window.run_steps(2);
        assert_eq!(window.state().config().url.as_str(), "http://info.cern.ch/");
        served(&mut window);
        typed(&mut window, "ftp://a.lab/");
        assert!(shows(&window, "ftp is not a scheme this tab speaks"));
        assert_eq!(window.state().starts().len(), 2);
    }

    #[test]
    fn of_another_tab_is_visited() {
        let mut window = window();
        let url = Url::parse("http://www.someschool.edu/headers").unwrap();
        window.state_mut().with(|tab, cx| tab.command(TabCommand::Visit(url.clone()), cx));
        assert_eq!(window.state().config().url, url);
    }

    #[test]
    fn behind_a_ready_button_is_one_click_away() {
        let mut window = window();
        window.get_by_label("first web site").click();
        window.run_steps(2);
        served(&mut window);
        window.get_by_label("Page: http://info.cern.ch");
    }
}

mod links_and_forms {
    use super::*;

    fn follow(window: &mut BrowseWindow, navigation: Navigation) {
        window.state_mut().with(|tab, cx| tab.navigate(cx, navigation));
    }

    fn get(url: &str) -> Navigation {
        Navigation { url: Url::parse(url).unwrap(), method: "GET".into(), content_type: None, content: None }
    }

    #[test]
    fn a_link_tells_where_it_was_and_back_brings_the_page_again() {
        let mut window = window();
        follow(&mut window, get("http://www.someschool.edu/form.html"));
        let config = window.state().config();
        assert_eq!(config.fields, [("Referer".to_owned(), FIRST_PAGE.to_owned())]);
        served(&mut window);
        window.get_by_label("Page: A form · Some School");
        window.get_by_label("Back").click();
        window.run_steps(2);
        served(&mut window);
        window.get_by_label("Page: Department of Networks · Some School");
        assert_eq!(window.state().tab.kept.draft.typed, FIRST_PAGE);
        assert_eq!(window.state().starts().len(), 2, "back asks nobody");
        window.state_mut().with(|tab, cx| tab.command(TabCommand::Step { forward: true }, cx));
        assert_eq!(window.state().tab.kept.draft.typed, "http://www.someschool.edu/form.html");
        window.get_by_label("Forward").click();
        window.run_steps(2);
        served(&mut window);
        window.get_by_label("Page: A form · Some School");
    }

    #[test]
    fn a_form_is_sent_as_it_says() {
        let mut window = window();
        let sent = Navigation {
            url: Url::parse("http://www.someschool.edu/animalsearch").unwrap(),
            method: "POST".into(),
            content_type: Some("application/x-www-form-urlencoded".into()),
            content: Some("animal=monkeys".into()),
        };
        follow(&mut window, sent);
        let config = window.state().config();
        assert_eq!((config.method.as_str(), config.content.clone()), ("POST", Some("animal=monkeys".into())));
        served(&mut window);
        window.get_by_label("POST /animalsearch HTTP/1.1");
        follow(&mut window, get(FIRST_PAGE));
        assert_eq!(window.state().config().content, None);
    }

    #[test]
    fn a_form_says_nothing_of_the_address_typed_next() {
        let mut window = window();
        let sent = Navigation {
            url: Url::parse("http://www.someschool.edu/animalsearch").unwrap(),
            method: "POST".into(),
            content_type: Some("text/plain".into()),
            content: Some("animal=monkeys".into()),
        };
        follow(&mut window, sent);
        served(&mut window);
        let address = window.get_by_label("Address");
        address.focus();
        address.type_text("x");
        window.run_steps(3);
        let draft = &window.state().tab.kept.draft;
        assert!(draft.typed.contains('x'), "{draft:?}");
        assert_eq!((draft.method.as_str(), draft.content.as_str(), draft.changes()), ("GET", "", 0));
    }

    #[test]
    fn of_another_scheme_are_refused_in_words() {
        let mut window = window();
        follow(&mut window, get("mailto:alice@someschool.edu"));
        window.run_steps(2);
        assert!(shows(&window, "mailto is not a scheme this tab speaks"));
    }
}

mod what_was_fetched {
    use super::*;

    #[test]
    fn is_shown_hop_by_hop_where_a_redirect_led_there() {
        let mut window = window();
        visit(&mut window, "http://www.someschool.edu/old");
        assert!(shows(&window, "2 exchanges led to this page"));
        assert_eq!(window.state().tab.kept.draft.typed, FIRST_PAGE, "the address is that of the page shown");
        window.get_by_role_and_label(egui::Role::Button, "1  301 www.someschool.edu/old").click();
        window.run_steps(2);
        window.get_by_label("GET /old HTTP/1.1");
        window.get_by_label_contains("HTTP/1.1 301");
        assert_eq!(window.state().picks, 3, "each page, then the redirect");
    }

    #[test]
    fn follows_what_is_picked_in_the_drawer() {
        let mut window = window();
        let (job, _) = window.state().starts()[0];
        let flow =
            window.state().runs.get(job).unwrap().ledger.flows().iter().rev().find(|flow| !flow.events.is_empty());
        let flow = flow.unwrap().id;
        window.state_mut().pick = Some(RecordSelection { job, flow, event: None });
        window.run_steps(2);
        assert!(shows(&window, ".jpg HTTP/1.1"));
    }

    #[test]
    fn is_timed_phase_by_phase() {
        let mut window = window();
        window.get_by_label("Inspector: Timing").click();
        window.run_steps(2);
        window.get_by_label("connect: 100 ms");
        window.get_by_label("wait: 100 ms");
        window.get_by_label("TLS: –");
        window.get_by_label("#1, new");
    }

    #[test]
    fn is_there_as_source() {
        let mut window = window();
        window.get_by_label("Inspector: Source").click();
        window.run_steps(2);
        window.get_by_label("<!DOCTYPE html>");
    }

    #[test]
    fn explains_the_line_that_is_pointed_at() {
        let mut window = window();
        window.get_by_label_contains("Last-Modified").hover();
        window.run_steps(3);
        assert!(shows(&window, "RFC 9110 §8.8.2"));
    }

    #[test]
    fn follows_the_playhead() {
        let mut window = window();
        assert!(window.state().tab.view.title().is_some());
        window.state_mut().moment = Some(Duration::from_millis(530));
        served(&mut window);
        assert!(window.state().tab.view.title().is_none(), "the page has not come yet");
        window.get_by_label("At 530 ms the page has not come yet: it is whole at 591 ms. Move the playhead on.");
        window.get_by_label_contains("octets sent at 486 ms");
        window.get_by_label("Response · begins to arrive at 586 ms, after the playhead");
        assert!(window.query_by_label("HTTP/1.1 200 OK").is_none(), "nothing is shown that has not happened yet");
        window.state_mut().moment = Some(Duration::from_millis(640));
        served(&mut window);
        assert!(window.state().tab.view.title().is_some());
        assert!(!window.state().tab.feed.is_settled());
        window.state_mut().moment = None;
        served(&mut window);
        assert!(window.state().tab.feed.is_settled());
    }
}

mod what_goes_wrong {
    use super::*;

    #[test]
    fn is_shown_where_it_happened_with_what_can_be_done() {
        let mut window = window();
        visit(&mut window, "http://nobody.lab/");
        assert!(shows(&window, "Failed: connection refused"));
        assert!(shows(&window, "Otherwise whoever runs nobody.lab"));
        visit(&mut window, "http://rude.lab/both-lengths");
        assert!(shows(&window, "Failed: the other end broke the protocol"));
        assert!(shows(&window, "RFC 9112"));
    }

    #[test]
    fn an_error_page_is_a_page() {
        let mut window = window();
        visit(&mut window, "http://www.someschool.edu/no/such/file");
        window.get_by_label_contains("HTTP/1.1 404");
        assert!(!shows(&window, "Failed:"));
    }

    #[test]
    fn a_busy_engine_is_said_and_the_window_goes_on() {
        let mut window = window();
        typed(&mut window, "http://info.cern.ch/");
        let (job, _) = window.state().starts().pop().unwrap();
        window.state_mut().runs.apply(Update::Ended(job, RunEnd::Stopped));
        window.run_steps(2);
        assert!(shows(&window, "Stopped before everything was there."));
    }

    #[test]
    fn a_visit_under_way_can_be_stopped() {
        let mut window = window();
        typed(&mut window, "http://rude.lab/drip");
        let (job, _) = window.state().starts().pop().unwrap();
        window.get_by_label("Stop").click();
        window.run_steps(2);
        assert_eq!(window.state().asked.last(), Some(&Action::Stop(job)));
    }
}

mod the_request {
    use super::*;

    fn open_editor(window: &mut BrowseWindow, page: &str) {
        window.get_by_label("Request").click();
        window.run_steps(2);
        window.get_by_label(&format!("Request: {page}")).click();
        window.run_steps(2);
    }

    #[test]
    fn has_lines_that_can_be_changed() {
        let mut window = window();
        open_editor(&mut window, "Header lines");
        window.get_by_label("Value of User-Agent");
        window.get_by_label("Range").click();
        window.run_steps(2);
        visit(&mut window, "http://www.someschool.edu/range/alphabet.txt");
        window.get_by_label_contains("HTTP/1.1 206");
        window.get_by_label("abcde");
    }

    #[test]
    fn can_be_sent_without_host() {
        let mut window = window();
        open_editor(&mut window, "Header lines");
        window.get_by_label("Send Host").click();
        window.run_steps(2);
        window.get_by_label("Go").click();
        window.run_steps(2);
        assert_eq!(window.state().config().fields, [("Host".to_owned(), String::new())]);
        served(&mut window);
        window.get_by_label_contains("HTTP/1.1 400");
    }

    #[test]
    fn can_be_typed_by_hand_with_every_mistake() {
        let mut window = window();
        open_editor(&mut window, "By hand");
        window.get_by_label("without Host").click();
        window.run_steps(2);
        window.get_by_label("Go").click();
        window.run_steps(2);
        let raw = window.state().config().raw.expect("octets by hand");
        assert_eq!(raw, b"GET /someDepartment/home.index HTTP/1.1\r\n\r\n");
        served(&mut window);
        window.get_by_label_contains("HTTP/1.1 400");
    }

    #[test]
    fn says_how_objects_are_fetched() {
        let mut window = window();
        window.get_by_label("Connection: close").click();
        window.get_by_label("HTTP version: 1.0").click();
        window.run_steps(2);
        window.get_by_label("Go").click();
        window.run_steps(2);
        let config = window.state().config();
        assert_eq!(config.objects, Some(crate::engine::page_load::Strategy::Parallel));
        served(&mut window);
        window.get_by_label("GET /someDepartment/home.index HTTP/1.0");
    }

    #[test]
    fn of_an_exchange_is_edited_and_sent_again() {
        let mut window = window();
        window.get_by_label("edit").click();
        window.run_steps(2);
        let tab = &window.state().tab;
        assert!(tab.kept.editor_open);
        assert_eq!(tab.kept.draft.lines[2].value, crate::engine::ask::ACCEPT);
    }

    fn copied(window: &mut BrowseWindow, choice: &str) -> String {
        window.get_by_label("copy as…").click();
        window.run_steps(2);
        window.get_by_label(choice).click();
        window.step();
        let commands = &window.output().platform_output.commands;
        let text = commands.iter().find_map(|command| match command {
            egui::OutputCommand::CopyText(text) => Some(text.clone()),
            _ => None,
        });
        text.expect("something was copied")
    }

    #[test]
    fn is_taken_away_as_curl_and_python_through_the_gateway() {
        let mut window = window();
        window.get_by_label("copy as…").click();
        window.run_steps(2);
        window.get_by_label("publish the lab, so that other programs reach it").click();
        window.run_steps(2);
        assert_eq!(window.state().asked.last(), Some(&Action::Gateway(true)));
        let host = "www.someschool.edu".to_owned();
        let ip_port = ([127, 0, 0, 1], 8081).into();
        let published = PublishedService {
            host,
            service: "http".to_owned(),
            port: 80,
            ip_port,
            connections: true,
            datagrams: false,
        };
        window.state_mut().gateway.push(published);
        window.run_steps(2);
        let curl = copied(&mut window, "curl command");
        assert!(curl.contains("--connect-to") && curl.contains("127.0.0.1:8081") && !curl.contains("Host"), "{curl}");
        let python = copied(&mut window, "Python program, http.client");
        assert!(python.contains("HTTPConnection(\"127.0.0.1\", 8081)"), "{python}");
    }

    #[test]
    fn takes_its_url_apart_and_encodes() {
        let mut window = window();
        window.state_mut().tab.kept.draft.typed = "http://www.google.com/search?hl=en&q=http%3A%2F%2Fx".to_owned();
        open_editor(&mut window, "URL");
        window.get_by_label("www.google.com");
        window.get_by_label("q = http://x");
        window.get_by_label("Request: Encoding").click();
        window.run_steps(2);
        assert_eq!(
            window.get_by_role_and_label(egui::Role::MultilineTextInput, "Percent-encoded").accesskit_node().value(),
            Some("http%3A%2F%2Fwww.si.umich.edu".to_owned())
        );
    }

    #[test]
    fn again_replaces_what_was_shown() {
        let mut window = window();
        window.get_by_label("Reload").click();
        window.run_steps(2);
        let [(first, _), (second, _)] = window.state().starts()[..] else { panic!("two runs") };
        assert!(!window.state().asked.contains(&Action::Forget(first)), "its page may still be right");
        served(&mut window);
        assert_eq!(window.state().tab.subject().map(|subject| subject.job), Some(second));
        window.get_by_label("Hard reload").click();
        window.run_steps(2);
        let forgotten = |job| window.state().asked.contains(&Action::Forget(job));
        assert!(forgotten(first) && forgotten(second));
    }

    #[test]
    fn sent_again_otherwise_is_shown_as_it_was_sent_this_time() {
        let mut window = window();
        window.state_mut().tab.kept.draft.lines[1].value = "me".to_owned();
        window.get_by_label("Go").click();
        window.run_steps(2);
        served(&mut window);
        window.get_by_label("User-Agent: me");
        window.get_by_label("Inspector: Source").click();
        window.run_steps(2);
        window.get_by_label("<!DOCTYPE html>");
    }

    #[test]
    fn explains_nothing_of_the_page_before() {
        let mut window = window();
        window.get_by_label_contains("Last-Modified").hover();
        window.run_steps(3);
        assert!(shows(&window, "RFC 9110 §8.8.2"));
        window.get_by_label("Request").hover();
        visit(&mut window, "http://info.cern.ch/");
        assert!(shows(&window, "Point at a line to read what it means"));
    }

    #[test]
    fn without_objects_offers_to_fetch_them() {
        let mut window = window();
        window.state_mut().tab.kept.draft.loading.objects = false;
        visit(&mut window, FIRST_PAGE);
        window.get_by_label("10 objects the page refers to were not fetched");
        let page = window.get_by_label("Page: Department of Networks · Some School");
        assert!(page.rect().height() > 200.0, "the page is there, above what is said of it");
        window.get_by_label("fetch them").click();
        window.run_steps(3);
        assert!(window.state().config().objects.is_some());
        served(&mut window);
        assert!(!shows(&window, "not fetched"));
    }
}

mod a_saved_visit {
    use super::*;
    use crate::engine::browse::HttpChoice;

    /// The tab with this visit opened from its file.
    fn opened(config: &Config) -> BrowseWindow {
        let mut window = window();
        let mut runs = Runs::default();
        let job = runs.next_job();
        let config = AnyConfig::new::<Browse>(config.clone());
        runs.insert(job, RunRecord::new(Some(config.clone())));
        for update in run_here(job, &config) {
            runs.apply(update);
        }
        let saved = crate::app::files::to_save(runs.get(job).unwrap()).unwrap();
        let record = crate::app::files::from_saved(saved, std::path::Path::new("visit.roundtrip")).unwrap();
        let desk = window.state_mut();
        let job = desk.runs.next_job();
        assert!(desk.tab.adopt(job, &record));
        desk.runs.insert(job, record);
        served(&mut window);
        window
    }

    #[test]
    fn is_shown_again_from_its_file() {
        let window = opened(&Config::at(Url::parse("http://info.cern.ch/").unwrap()));
        window.get_by_label("GET / HTTP/1.1");
        window.get_by_label("Page: http://info.cern.ch");
    }

    #[test]
    fn over_http2_is_shown_again_too() {
        let url = Url::parse("https://www.someschool.edu/someDepartment/home.index").unwrap();
        let window = opened(&Config { http: HttpChoice::Http2, ..Config::at(url) });
        window.get_by_label("GET /someDepartment/home.index HTTP/2");
        window.get_by_label("Page: Department of Networks · Some School");
    }

    #[test]
    fn of_head_says_that_it_has_no_content() {
        let url = Url::parse("http://info.cern.ch/").unwrap();
        let window = opened(&Config { method: "HEAD".to_owned(), ..Config::at(url) });
        assert!(shows(&window, "an answer to HEAD never has"));
    }
}
