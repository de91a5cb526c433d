//! The controls: other sites to visit, the lab's clock with what would go, what this browser allows, files.

use bytes::Bytes;
use egui::{Label, Popup, RichText, TextStyle, Ui, vec2};

use super::words;
use crate::{
    app::{actions::Action, kit::controls::choice_ui, notices::Notice, tab::TabContext, theme::Theme, widgets},
    engine::{
        bridge::StoreRequest,
        jar::{JarOrder, JarRequest, JarSnapshot},
        setting::WorldChoice,
    },
    proto::http::cookies::{Cookie, CookieRules, RULE_DIFFERENCES, ThirdPartyPolicy, cookies_txt},
    store::Skip,
};

/// Sites worth a visit: the words of the chip, and addresses with their words where there are several.
const SITES: &[(&str, &[(&str, &str)])] = &[
    (
        "sites with ads",
        &[
            ("http://www.ebay.com/", "www.ebay.com"),
            ("http://www.cnn.com/", "www.cnn.com"),
            ("http://www.usatoday.com/", "www.usatoday.com"),
        ],
    ),
    ("visit counter", &[("http://www.si.umich.edu/visitcounter.php3", "")]),
    ("may not set", &[("http://cookies.lab/may-not", "")]),
    (
        "each attribute",
        &[
            ("http://cookies.lab/domain", "Domain"),
            ("http://cookies.lab/path", "Path"),
            ("http://cookies.lab/expires", "Expires"),
            ("http://cookies.lab/max-age", "Max-Age"),
            ("https://cookies.lab/secure", "Secure"),
            ("http://cookies.lab/httponly", "HttpOnly"),
            ("https://cookies.lab/samesite", "SameSite"),
            ("https://cookies.lab/prefixes", "__Secure- and __Host-"),
            ("https://cookies.lab/partitioned", "Partitioned"),
            ("http://cookies.lab/nameless", "no name"),
        ],
    ),
    ("images of another site", &[("https://cookies.lab/embedded", "")]),
];

/// Paints chips for other sites; returns the address that was chosen.
pub(super) fn sites_ui(ui: &mut Ui) -> Option<&'static str> {
    let mut chosen = None;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(6.0, 6.0);
        for (words, pages) in SITES {
            let response = widgets::chip(ui, words, false);
            if let [(address, _)] = pages {
                chosen = response.on_hover_text(*address).clicked().then_some(*address).or(chosen);
            } else {
                let picked = Popup::menu(&response).show(|ui| pages_ui(ui, pages));
                chosen = picked.and_then(|picked| picked.inner).or(chosen);
            }
        }
    });
    chosen
}

/// Paints a site's pages; returns the one that was chosen.
fn pages_ui(ui: &mut Ui, pages: &[(&'static str, &str)]) -> Option<&'static str> {
    let chosen = pages.iter().find(|(address, name)| ui.button(*name).on_hover_text(*address).clicked());
    chosen.map(|(address, _)| *address)
}

/// Paints the clock, and beside each skip what would go.
pub(super) fn clock_ui(ui: &mut Ui, jar: &JarSnapshot, cx: &mut TabContext<'_>) {
    widgets::section(ui, if jar.world == WorldChoice::Lab { "The lab's clock" } else { "This machine's clock" });
    ui.label(words::long_date(jar.date));
    if jar.world == WorldChoice::Lab {
        for (skip, words) in [(Skip::Day, "+ 1 day"), (Skip::Week, "+ 1 week"), (Skip::Year, "+ 1 year")] {
            let seconds = i64::try_from(skip.duration().as_secs()).unwrap_or(i64::MAX);
            let until = jar.date.plus_secs(seconds);
            let (going, staying): (Vec<&Cookie>, Vec<&Cookie>) =
                jar.cookies.iter().partition(|cookie| cookie.is_expired(until));
            if skip_ui(ui, words, &would_go(&going, &staying)) {
                cx.ask(Action::Store(StoreRequest::Skip(skip)));
            }
        }
    }
    let (going, staying): (Vec<&Cookie>, Vec<&Cookie>) =
        jar.cookies.iter().partition(|cookie| cookie.expires.is_none());
    if skip_ui(ui, "end session", &would_go(&going, &staying)) {
        cx.ask(ask(jar.world, JarOrder::EndSession));
    }
}

fn skip_ui(ui: &mut Ui, words: &str, going: &str) -> bool {
    ui.horizontal(|ui| {
        let response = ui.add_sized(vec2(SKIP, 24.0), egui::Button::new(words).fill(Theme::of(ui).panel));
        crate::app::focus::into_view(&response);
        let theme = Theme::of(ui);
        let going_words = RichText::new(going).text_style(TextStyle::Small).color(theme.muted);
        ui.add(Label::new(going_words).truncate()).on_hover_text(format!("What would go: {going}"));
        response.on_hover_text(format!("What would go: {going}")).clicked()
    })
    .inner
}

/// Names of cookies that would go; of many, how many, and which would stay.
fn would_go(going: &[&Cookie], staying: &[&Cookie]) -> String {
    let names =
        |cookies: &[&Cookie]| cookies.iter().map(|cookie| words::name_of(&cookie.name)).collect::<Vec<_>>().join(", ");
    match (going.len(), staying.len()) {
        (0, _) => "nothing goes".to_owned(),
        (1..=3, _) => names(going),
        (all, 0) => format!("all {all}"),
        (some, 1..=2) => format!("{some} of {}, but not {}", some + staying.len(), names(staying)),
        (some, others) => format!("{some} of {}", some + others),
    }
}

/// Paints what this browser allows.
pub(super) fn policy_ui(ui: &mut Ui, cx: &mut TabContext<'_>) {
    widgets::section(ui, "What this browser allows");
    let mut by = cx.cookies.by;
    let third = [
        (ThirdPartyPolicy::Allow, "all"),
        (ThirdPartyPolicy::Block, "block"),
        (ThirdPartyPolicy::Partition, "partition"),
    ];
    choice_ui(ui, "Third party", THIRD_PARTY, &mut by.third_party, &third);
    let differences: Vec<String> =
        RULE_DIFFERENCES.iter().map(|one| format!("{} ({}) {}", one.newest, one.newest_clause, one.older)).collect();
    let rules = [(CookieRules::Rfc6265bis, "6265bis"), (CookieRules::Rfc6265, "6265")];
    choice_ui(ui, "Rules", &differences.join("\n"), &mut by.rules, &rules);
    if by != cx.cookies.by {
        cx.ask(Action::DecideBy(by));
    }
}

/// Paints what is done with all of the jar.
pub(super) fn files_ui(ui: &mut Ui, jar: &JarSnapshot, cx: &mut TabContext<'_>) {
    ui.add_space(8.0);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(6.0, 6.0);
        if widgets::quiet_button(ui, "import…")
            .on_hover_text("A cookies.txt, or JSON as this program writes it")
            .clicked()
        {
            cx.ask(Action::ImportCookies(jar.world));
        }
        ui.add_enabled_ui(!jar.cookies.is_empty(), |ui| {
            let response = widgets::quiet_button(ui, "export…");
            Popup::menu(&response).show(|ui| {
                if ui.button("cookies.txt, as curl reads it").clicked() {
                    export_txt(jar, cx);
                }
                if ui.button("JSON").clicked() {
                    let octets = serde_json::to_vec_pretty(&jar.cookies).unwrap_or_default();
                    cx.ask(Action::SaveContent { name: "cookies.json".to_owned(), octets: octets.into() });
                }
            });
            let says = "Takes every cookie out. The servers keep what they have.";
            if widgets::quiet_button(ui, "empty the jar").on_hover_text(says).clicked() {
                cx.ask(ask(jar.world, JarOrder::Empty));
            }
        });
    });
}

fn export_txt(jar: &JarSnapshot, cx: &mut TabContext<'_>) {
    let (octets, left_out) = cookies_txt::write(&jar.cookies);
    if left_out > 0 {
        let words = format!("{left_out} cookies are not in this cookies.txt: it knows no partitions and no tabs");
        cx.ask(Action::Tell(Notice::problem(words).advising("JSON has all of them.")));
    }
    cx.ask(Action::SaveContent { name: "cookies.txt".to_owned(), octets: Bytes::from(octets) });
}

/// Has the engine do something with the jar.
pub(super) fn ask(world: WorldChoice, order: JarOrder) -> Action {
    Action::Store(StoreRequest::Jar(JarRequest { world, order }))
}

const THIRD_PARTY: &str = "What servers of other sites may do that a page embeds. all: set and get cookies as SameSite lets them. \
    block: neither. partition: their cookies are kept apart for each site whose pages embed them. RFC 6265bis §7.1.";
/// Width of a button that skips ahead.
const SKIP: f32 = 100.0;
