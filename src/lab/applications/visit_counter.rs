//! The notes' two demonstrations: a page that counts visits, and one that sets a cookie with a name and a content of one's own.
//!
//! The count stands in two places: in the cookie, which the browser keeps for this visitor, and in a table, for all of them.

use super::{
    ApplicationContext, READ,
    dates::stamp,
    page::{Dress, code, cookies_that_came, page, table},
};
use crate::{
    lab::{
        application_file::VisitCounterFile,
        origin::{
            OriginAction, OriginResponse,
            application::{Application, ApplicationRequest},
            refusal,
        },
        tables::ServerTables,
    },
    store::{Error, Migration, sql::params},
};

/// The program.
#[derive(Debug)]
pub(super) struct VisitCounter {
    settings: VisitCounterFile,
    tables: ServerTables,
}

const MIGRATIONS: &[Migration] = &[Migration {
    why: "The counter's table begins.",
    sql: "CREATE TABLE counts (
        page TEXT PRIMARY KEY,
        requests INTEGER NOT NULL,
        with_cookie INTEGER NOT NULL,
        last_time TEXT NOT NULL
    ) STRICT;",
}];

impl VisitCounter {
    pub(super) fn new(settings: &VisitCounterFile, context: &ApplicationContext<'_>) -> Self {
        Self { settings: settings.clone(), tables: context.tables("The visit counter", MIGRATIONS) }
    }

    fn count(&self, request: &ApplicationRequest<'_>) -> Result<OriginResponse, Error> {
        let sent = request.cookies.value(COOKIE);
        let known = sent.and_then(|visits| visits.parse::<u32>().ok()).filter(|visits| *visits < MAX_VISITS);
        let visits = known.unwrap_or(0) + 1;
        let why = format!("{} was counted.", request.line());
        let (all, with_cookie): (i64, i64) = self.tables.change(request.flow(), why, |tables| {
            let row = tables.query_one(
                "INSERT INTO counts VALUES (?1, 1, ?2, ?3)
                 ON CONFLICT DO UPDATE SET requests = requests + 1, with_cookie = with_cookie + excluded.with_cookie,
                 last_time = excluded.last_time
                 RETURNING requests, with_cookie",
                params![COUNTER, i64::from(known.is_some()), stamp(request.now)],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?;
            Ok(row.unwrap_or_default())
        })?;
        let decision = match (known, sent) {
            (Some(known), _) => format!("the cookie says {known}: this is visit {visits}"),
            (None, Some(_)) => "the cookie holds no number of visits: the count begins again".to_owned(),
            (None, None) => "no cookie: this counts as the first visit".to_owned(),
        };
        let rows = [
            vec!["in your cookie".to_owned(), code(&format!("{COOKIE}={visits}")), "your visits".to_owned()],
            vec!["in the server's table".to_owned(), all.to_string(), "all requests for this page".to_owned()],
            vec![String::new(), with_cookie.to_string(), "of them by browsers that brought the cookie".to_owned()],
        ];
        let body =
            format!("{}{}", table(&["where", "count", "of what"], &rows), cookies_that_came(request.cookies.pairs()));
        let shown = OriginResponse::page(200, dressed(&format!("This is visit {visits}"), &body));
        Ok(shown.with("Set-Cookie", format!("{COOKIE}={visits}")).because(decision, None))
    }

    /// `?name=uniqname&content=presnick&days=120` sets that cookie.
    fn name(&self, request: &ApplicationRequest<'_>) -> OriginResponse {
        let text = |name: &str| request.query.text(name).unwrap_or_default();
        let (name, content, days) = (text("name"), text("content"), text("days"));
        let days = if days.is_empty() { Some(DAYS) } else { days.parse().ok().filter(|days| *days <= MAX_DAYS) };
        let body = format!(
            "<form action=\"{COOKIES}\" method=\"get\">\n\
             <p><label>Name <input type=\"text\" name=\"name\" value=\"uniqname\"></label></p>\n\
             <p><label>Content <input type=\"text\" name=\"content\" value=\"presnick\"></label></p>\n\
             <p><label>Days <input type=\"text\" name=\"days\" value=\"{DAYS}\" size=\"4\"></label></p>\n\
             <p><input type=\"submit\" value=\"Set the cookie\"></p>\n</form>\n{}",
            cookies_that_came(request.cookies.pairs())
        );
        let shown = OriginResponse::page(200, dressed("A cookie has a name, a content and an expiration date", &body));
        if name.is_empty() {
            return shown;
        }
        let is_fit = is_token(name) && name.len() <= MAX_OWN && is_cookie_value(content) && content.len() <= MAX_OWN;
        let (Some(days), true) = (days, is_fit) else {
            let sentence = format!(
                "A cookie is set here with a name of letters and digits, a content without spaces, quotation marks, commas and semicolons, \
                 each of at most {MAX_OWN} octets, for at most {MAX_DAYS} days."
            );
            return refusal(422, &sentence, Some("RFC 6265bis §4.1.1"));
        };
        let domain = &self.settings.cookie_domain;
        let line = format!("{name}={content}; Domain={domain}; Path=/; Max-Age={}", days * 86_400);
        shown.with("Set-Cookie", line).because(format!("every server below {domain} is to get this cookie"), None)
    }
}

impl Application for VisitCounter {
    fn methods(&self, path: &str) -> Option<&'static str> {
        matches!(path, COUNTER | COOKIES).then_some(READ)
    }

    fn answer(&self, request: &ApplicationRequest<'_>) -> Result<OriginAction, Error> {
        Ok(if request.path == COUNTER { self.count(request)? } else { self.name(request) }.into())
    }
}

fn dressed(title: &str, body: &str) -> String {
    let links = [("/", "Start"), (COUNTER, "Visit counter"), (COOKIES, "A cookie of your own")];
    page(&Dress { site: "School of Information", band: "#00274c", links: &links }, title, body)
}

/// ```text
/// token = 1*tchar
/// ```
/// RFC 9110 §5.6.2.
fn is_token(name: &str) -> bool {
    name.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&octet))
}

/// ```text
/// cookie-octet = %x21 / %x23-2B / %x2D-3A / %x3C-5B / %x5D-7E
/// ```
/// RFC 6265bis §4.1.1.
fn is_cookie_value(value: &str) -> bool {
    value.bytes().all(|octet| octet.is_ascii_graphic() && !b"\",;\\".contains(&octet))
}

const COUNTER: &str = "/visitcounter.php3";
const COOKIES: &str = "/cookies1.php3";
const COOKIE: &str = "visits";
/// Visits a cookie can count to.
const MAX_VISITS: u32 = 1_000_000;
/// Octets of a name, or of a content, that is set.
const MAX_OWN: usize = 200;
/// Days for which a cookie is set, unless others are asked for.
const DAYS: u32 = 120;
/// A browser keeps no cookie longer (RFC 6265bis §5.5).
const MAX_DAYS: u32 = 400;
