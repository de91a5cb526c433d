//! Ready pages of the Lab Internet: something to try behind every door.

use egui::{Popup, RichText, ScrollArea, Ui};

use crate::app::{theme::Theme, widgets};

/// A page and what it shows.
pub(super) struct Bookmark {
    /// Its name on the bar.
    pub(super) name: &'static str,
    /// Its address.
    pub(super) url: &'static str,
    /// What it shows, in one sentence.
    pub(super) about: &'static str,
}

const fn page(name: &'static str, url: &'static str, about: &'static str) -> Bookmark {
    Bookmark { name, url, about }
}

/// Pages on the bar.
pub(super) const PAGES: [Bookmark; 8] = [
    page("ten pictures", super::draft::FIRST_PAGE, "A base file and ten JPEG images: eleven requests."),
    page("first web site", "http://info.cern.ch/", "A page in the manner of 1991, 80 ms further away."),
    page(
        "form",
        "http://www.someschool.edu/form.html",
        "The same fields sent in the URL (GET) and in the content (POST).",
    ),
    page("your request", "http://www.someschool.edu/headers", "What your browser has just told the server."),
    page("status codes", "http://www.someschool.edu/status.html", "Every status code, and the request that earns it."),
    page("redirect", "http://www.someschool.edu/old", "301: the answer is elsewhere, and the browser goes there."),
    page("chunked", "http://www.someschool.edu/chunked", "Content whose length is not known when it begins."),
    page(
        "alphabet",
        "http://www.someschool.edu/range/alphabet.txt",
        "Ask for parts of it (Range), or whether it changed (If-None-Match).",
    ),
];

/// Sites that remember, and pages of advertisers that remember you on other sites.
pub(super) const COOKIES: [Bookmark; 8] = [
    page("shop", "http://www.amazon.com/", "It gives a new customer a number and knows the number again."),
    page("auction with ads", "http://www.ebay.com/tents", "A page with an image of the ad network."),
    page("news with ads", "http://www.cnn.com/asthma.html", "Another site, and an image of the same ad network."),
    page("newspaper with ads", "http://www.usatoday.com/?zip=48109", "A third site; its address tells a postcode."),
    page("visit counter", "http://www.si.umich.edu/visitcounter.php3", "A cookie that counts your visits."),
    page("each attribute", "http://cookies.lab/", "A page for every attribute a cookie can have."),
    page("may not set", "http://cookies.lab/may-not", "Cookies that a site tries to set and a browser refuses."),
    page("which came", "http://cookies.lab/show", "The Cookie line that has just reached the server."),
];

/// Pages of the server that breaks every rule.
pub(super) const RUDE: [Bookmark; 12] = [
    page("all of them", "http://rude.lab/", "The list of everything this server does wrong."),
    page("closes at once", "http://rude.lab/closed-at-once", "Closes the connection without an answer."),
    page("truncated", "http://rude.lab/truncated", "Promises 1,000 octets, sends 500, closes."),
    page("reset", "http://rude.lab/reset", "Tears the connection down in the middle of the content."),
    page("drip", "http://rude.lab/drip", "Sends the answer one octet at a time."),
    page("stalled", "http://rude.lab/stalled-body", "Stops in the middle of the content and says nothing more."),
    page(
        "both lengths",
        "http://rude.lab/both-lengths",
        "Sends both Content-Length and Transfer-Encoding: RFC 9112 §6.3.",
    ),
    page("huge chunk", "http://rude.lab/chunk-huge", "Announces a chunk of 1,000,000,000 octets."),
    page("redirect loop", "http://rude.lab/loop", "Sends you round in a circle."),
    page("nobody there", "http://nobody.lab/", "A host where no server runs: refused."),
    page("asleep", "http://asleep.lab/", "A host that is switched off: a time-out."),
    page("no such host", "http://no-such-host.lab/", "A name nobody has."),
];

/// Paints the bar; returns the address chosen.
pub(super) fn bookmarks_ui(ui: &mut Ui) -> Option<&'static str> {
    let mut chosen = None;
    ScrollArea::horizontal().id_salt("bookmarks").show(ui, |ui| {
        ui.horizontal_centered(|ui| {
            ui.spacing_mut().item_spacing.x = 6.0;
            for bookmark in &PAGES {
                if widgets::quiet_button(ui, bookmark.name).on_hover_text(about(bookmark)).clicked() {
                    chosen = Some(bookmark.url);
                }
            }
            for (name, bookmarks) in [("cookies…", &COOKIES[..]), ("rude servers…", &RUDE[..])] {
                chosen = menu_ui(ui, name, bookmarks).or(chosen);
            }
        });
    });
    chosen
}

/// Pages behind one button; returns the address chosen.
fn menu_ui(ui: &mut Ui, name: &str, bookmarks: &[Bookmark]) -> Option<&'static str> {
    let mut chosen = None;
    let button = widgets::quiet_button(ui, name);
    Popup::menu(&button).show(|ui| {
        let theme = Theme::of(ui);
        for bookmark in bookmarks {
            let words = RichText::new(bookmark.name).color(theme.text);
            if ui.button(words).on_hover_text(about(bookmark)).clicked() {
                chosen = Some(bookmark.url);
            }
        }
    });
    chosen
}

fn about(bookmark: &Bookmark) -> String {
    format!("{}\n{}", bookmark.about, bookmark.url)
}

#[cfg(test)]
mod bookmarks_lead_somewhere {
    use url::Url;

    use super::*;
    use crate::engine::{
        browse::{Browse, Config, Exchange},
        runner::{self, Options},
    };

    fn fetched(bookmark: &Bookmark) -> Exchange {
        let config = Config { objects: None, ..Config::at(Url::parse(bookmark.url).unwrap()) };
        let done = runner::run::<Browse>(&config, &Options::default()).unwrap();
        done.report.hops.last().unwrap().clone()
    }

    #[test]
    fn ready_pages_answer() {
        for bookmark in PAGES.iter().chain(&COOKIES) {
            assert_eq!(fetched(bookmark).timing.status, Some(200), "{}", bookmark.url);
        }
    }

    #[test]
    fn rude_ones_fail_but_for_the_list_of_them_and_the_slow_one() {
        for bookmark in &RUDE {
            let exchange = fetched(bookmark);
            let well = ["http://rude.lab/", "http://rude.lab/drip", "http://rude.lab/loop/b", "http://rude.lab/loop"];
            let expected = well.contains(&exchange.timing.url.as_str());
            assert_eq!(exchange.timing.failure.is_none(), expected, "{}", bookmark.url);
        }
    }
}
