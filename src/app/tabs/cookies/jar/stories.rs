//! What a student does with the jar, and what follows: the lab's sites answer in virtual time, and the store lasts from visit to visit.

use std::time::Duration;

use egui::{Key, Modifiers};
use egui_kittest::{Harness, HarnessBuilder, kittest::Queryable as _};

use super::super::CookiesTab;
use crate::{
    app::kit::stage::{StageWindow, TabStage, window_of},
    engine::{
        bridge::StoreRequest,
        jar::{CookieKey, JarOrder, JarSnapshot},
        setting::{Setting, WorldChoice},
        stores::Stores,
    },
    proto::http::cookies::{Cookie, SameSite, UnixMicros, Verdict},
    store::Revision,
};

pub(super) type CookiesWindow = StageWindow<CookiesTab>;

/// A window with a store of its own, and the engine's answers so far.
pub(super) fn window_in(builder: HarnessBuilder<TabStage<CookiesTab>>) -> CookiesWindow {
    let stage = TabStage { stores: Stores::in_memory(), ..TabStage::default() };
    let mut window = window_of(builder, stage);
    served(&mut window);
    window
}

fn window() -> CookiesWindow {
    window_in(Harness::builder().with_size([1_440.0, 620.0]))
}

/// Frames until the engine has done what was asked and all of it is painted.
pub(super) fn served(window: &mut CookiesWindow) {
    for _ in 0..4 {
        window.state_mut().serve_all();
        window.run_steps(3);
    }
}

pub(super) fn click(window: &mut CookiesWindow, label: &str) {
    window.get_by_label(label).click_accesskit();
    window.run_steps(2);
    served(window);
}

pub(super) fn visit(window: &mut CookiesWindow, address: &str) {
    let address = address.to_owned();
    window.state_mut().with(|tab, cx| tab.jar.visit(&address, cx));
    window.run_steps(2);
    served(window);
}

fn jar(window: &CookiesWindow) -> &JarSnapshot {
    window.state().jar.as_ref().expect("the engine told the jar")
}

fn says(window: &CookiesWindow, words: &str) -> bool {
    window.query_all_by_label_contains(words).next().is_some()
}

#[test]
fn two_visits_to_the_shop_show_the_number_in_four_places() {
    let mut window = window();
    assert!(says(&window, "visit the shop twice"));
    click(&mut window, "▶ Visit the shop");
    assert!(says(&window, "Welcome. The shop has not seen you before."));
    click(&mut window, "▶ Visit the shop");
    for words in [
        "1 Line in the response: Set-Cookie: id=1678",
        "2 Line in the request: GET /, Cookie: id=1678",
        "3 Row in the jar: id = 1678, www.amazon.com",
        "4 Row in the database: id          1678",
    ] {
        assert!(says(&window, words), "{words}");
    }
    assert!(says(&window, "Story: sent once, kept back never"));
    assert!(says(&window, "It is for www.amazon.com alone"));
}

#[test]
fn a_week_later_the_shop_says_welcome_back() {
    let mut window = window();
    click(&mut window, "▶ Visit the shop");
    let before = jar(&window).date;
    click(&mut window, "+ 1 week");
    assert!(jar(&window).date >= before.plus_secs(7 * 86_400));
    click(&mut window, "▶ Visit the shop");
    assert!(says(&window, "Welcome back, customer 1678"));
    assert!(says(&window, "Visit 2: one week later"));
    click(&mut window, "+ 1 year");
    assert!(jar(&window).cookies.is_empty(), "its 30 days are over");
    click(&mut window, "List: gone 1");
    assert!(says(&window, "expired: id."));
}

#[test]
fn what_may_not_be_set_is_listed_with_its_clause() {
    let mut window = window();
    visit(&mut window, "http://cookies.lab/may-not");
    let refused = jar(&window).decisions.iter().filter(|one| one.verdict == Verdict::Refused).count();
    assert!(refused >= 3, "{refused}");
    click(&mut window, &format!("List: refused {refused}"));
    assert!(says(&window, "RFC 6265bis §5.7 step 10"));
    assert!(jar(&window).decisions.iter().all(|one| one.line.is_some() || one.verdict != Verdict::Refused));
}

#[test]
fn a_deleted_cookie_is_put_back() {
    let mut window = window();
    click(&mut window, "▶ Visit the shop");
    let before = jar(&window).cookies.clone();
    window.key_press(Key::Delete);
    window.run_steps(2);
    served(&mut window);
    assert!(jar(&window).cookies.is_empty());
    let last = jar(&window).decisions.last().cloned().expect("it is written down");
    assert_eq!((last.verdict, last.why.as_str()), (Verdict::Deleted, "The student deleted it."));
    window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    window.run_steps(2);
    served(&mut window);
    let keys = |cookies: &[Cookie]| cookies.iter().map(CookieKey::of).collect::<Vec<_>>();
    assert_eq!(keys(&jar(&window).cookies), keys(&before));
    assert_eq!(jar(&window).cookies[0].value, before[0].value);
}

#[test]
fn the_filter_lists_what_has_all_that_it_names() {
    let mut window = window();
    click(&mut window, "▶ Visit the shop");
    visit(&mut window, "http://www.si.umich.edu/visitcounter.php3");
    assert!(jar(&window).cookies.len() >= 2);
    let rows = |window: &CookiesWindow| window.query_all_by_label_contains("Cookie id = 1678 of").count();
    assert_eq!(rows(&window), 1);
    for (typed, listed) in [("domain:umich", 0), ("domain:amazon expires<60d", 1), ("domain:amazon session", 0)] {
        typed.clone_into(&mut window.state_mut().tab.jar.filter);
        window.run_steps(3);
        assert_eq!(rows(&window), listed, "{typed}");
    }
}

#[test]
fn an_earlier_moment_shows_the_jar_as_it_was() {
    let mut window = window();
    click(&mut window, "▶ Visit the shop");
    visit(&mut window, "http://www.si.umich.edu/visitcounter.php3");
    let first = jar(&window).decisions[0].revision;
    let now = jar(&window).cookies.len();
    window.state_mut().tab.jar.moment = Some((0, first));
    let order = super::controls::ask(WorldChoice::Lab, JarOrder::AsOf(first));
    window.state_mut().asked.push(order);
    served(&mut window);
    let past = window.state().past.as_ref().expect("the engine told the past");
    assert_eq!((past.revision, past.cookies.len()), (first, 1));
    assert!(says(&window, "List: kept 1"));
    click(&mut window, "back to now");
    assert!(says(&window, &format!("List: kept {now}")));
}

#[test]
fn a_cookie_is_written_by_hand() {
    let mut window = window();
    click(&mut window, "▶ Visit the shop");
    click(&mut window, "edit");
    let field =
        |window: &CookiesWindow| window.get_by_role_and_label(egui::accesskit::Role::TextInput, "Value").focus();
    field(&window);
    window.run_steps(2);
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.run_steps(1);
    window.event(egui::Event::Text("4711".to_owned()));
    window.run_steps(2);
    click(&mut window, "Put into the jar");
    assert_eq!(jar(&window).cookies[0].value, "4711".into());
    let last = jar(&window).decisions.last().cloned().expect("it is written down");
    assert_eq!((last.request.as_str(), last.before), ("", Some("1678".into())));
    click(&mut window, "▶ Visit the shop");
    assert!(says(&window, "Cookie: id=4711"), "the shop was sent the other number");
}

#[test]
fn in_a_narrow_window_the_inspector_lies_over_the_table_until_escape() {
    let mut window = window_in(Harness::builder().with_size([1_000.0, 394.0]));
    click(&mut window, "▶ Visit the shop");
    assert!(window.query_by_label("expire now").is_none());
    click(&mut window, "Cookie id = 1678 of www.amazon.com");
    assert!(window.query_by_label("expire now").is_some());
    assert!(says(&window, "Story: sent never"));
    window.key_press(Key::Escape);
    window.run_steps(3);
    assert!(window.query_by_label("expire now").is_none());
}

#[test]
fn the_session_ends_and_the_jar_is_emptied() {
    let mut window = window();
    visit(&mut window, "http://www.si.umich.edu/visitcounter.php3");
    click(&mut window, "▶ Visit the shop");
    click(&mut window, "end session");
    assert!(jar(&window).cookies.iter().all(|cookie| cookie.expires.is_some()));
    click(&mut window, "empty the jar");
    assert!(jar(&window).cookies.is_empty());
    assert!(says(&window, "List: kept 0"));
}

#[test]
fn a_real_servers_database_is_nobodys_to_see() {
    let mut window = window();
    window.state_mut().setting = Setting { world: WorldChoice::Internet, ..Setting::default() };
    window.run_steps(2);
    served(&mut window);
    assert!(says(&window, "A real server's database cannot be seen from here."));
    assert!(window.query_by_label("+ 1 week").is_none());
}

fn many() -> Vec<Cookie> {
    (0..3_000_u32)
        .map(|number| Cookie {
            name: format!("name{number}").as_str().into(),
            value: format!("{number}").as_str().into(),
            domain: format!("www.site{}.com", number % 100),
            host_only: true,
            path: "/".into(),
            expires: Some(UnixMicros::from_secs(4_000_000_000)),
            created: UnixMicros::default(),
            accessed: UnixMicros::default(),
            number: number.into(),
            secure: false,
            http_only: false,
            same_site: SameSite::Default,
            partition: None,
        })
        .collect()
}

#[test]
fn three_thousand_cookies_are_grouped_and_cost_little_a_frame() {
    let mut window = window();
    let snapshot = JarSnapshot {
        world: WorldChoice::Lab,
        date: UnixMicros::from_secs(1_800_000_000),
        revision: Revision(u64::MAX),
        cookies: many(),
        decisions: Vec::new(),
        server_rows: std::collections::BTreeMap::new(),
    };
    window.state_mut().jar = Some(snapshot);
    window.run_steps(3);
    assert!(says(&window, "Site site0.com, 30 cookies"));
    window.get_by_label("Site site0.com, 30 cookies").click_accesskit();
    window.run_steps(3);
    let rows = window.query_all_by_label_contains("Cookie name").count();
    assert!((1..60).contains(&rows), "only rows in view are laid out: {rows}");
    let frames = 20;
    let clock = crate::net::Clock::real();
    let begin = clock.now();
    window.run_steps(frames);
    let each = clock.now().saturating_sub(begin) / u32::try_from(frames).unwrap();
    // Without optimization, and beside other tests: ten times a frame's budget of 16 ms.
    assert!(each < Duration::from_millis(160), "{each:?}");
}

#[test]
fn nothing_is_asked_while_nothing_changes() {
    let mut window = window();
    click(&mut window, "▶ Visit the shop");
    let asked = window.state().asked.len();
    window.run_steps(20);
    assert_eq!(window.state().asked.len(), asked);
    let looks = |request: &StoreRequest| matches!(request, StoreRequest::Jar(one) if one.order == JarOrder::Look);
    let stores = window.state().asked.iter().filter_map(|action| match action {
        crate::app::actions::Action::Store(request) => Some(request),
        _ => None,
    });
    assert!(stores.filter(|request| looks(request)).count() <= 3);
}
