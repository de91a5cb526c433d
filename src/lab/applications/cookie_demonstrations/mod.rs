//! Pages that set cookies with every attribute there is, and some that they may not set; and a page that shows which ones came. Whether a
//! cookie is kept and sent is decided by the browser: this program only says what it says.

mod pages;

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use self::pages::{DEMONSTRATIONS, Demonstration, IMAGE_LINES};
use super::{
    ApplicationContext, READ,
    dates::stamp,
    page::{Dress, code, cookies_that_came, page, table},
};
use crate::{
    lab::{
        application_file::CookieDemonstrationsFile,
        origin::{
            OriginAction, OriginResponse,
            application::{Application, ApplicationRequest},
            escaped,
        },
        site_file::SiteFile,
        tables::ServerTables,
    },
    store::{Error, Migration, sql::params},
};

/// The program of one such site.
#[derive(Debug)]
pub(super) struct CookieDemonstrations {
    site: String,
    settings: CookieDemonstrationsFile,
    files: Arc<SiteFile>,
    tables: ServerTables,
}

const MIGRATIONS: &[Migration] = &[Migration {
    why: "The list of requests begins.",
    sql: "CREATE TABLE requests (
        number INTEGER PRIMARY KEY,
        date TEXT NOT NULL,
        scheme TEXT NOT NULL,
        path TEXT NOT NULL,
        referer TEXT,
        cookies TEXT NOT NULL
    ) STRICT;",
}];

/// Requests that are kept; the oldest go.
const MAX_REQUESTS: u32 = 1_000;

/// What a path of the site is.
#[derive(Clone, Copy, Debug)]
enum DemonstrationPage {
    Front,
    Sets(&'static Demonstration),
    /// Which cookies came.
    Show,
    /// Ends those that came.
    Delete,
    /// Has images of the other site in it.
    Embedded,
    /// The image other sites have in theirs.
    Image,
}

impl CookieDemonstrations {
    pub(super) fn new(settings: &CookieDemonstrationsFile, context: &ApplicationContext<'_>) -> Self {
        Self {
            site: context.site.to_owned(),
            settings: settings.clone(),
            files: Arc::clone(context.files),
            tables: context.tables("Which cookies came", MIGRATIONS),
        }
    }

    fn page_at(path: &str) -> Option<DemonstrationPage> {
        Some(match path {
            "/" => DemonstrationPage::Front,
            "/show" => DemonstrationPage::Show,
            "/delete" => DemonstrationPage::Delete,
            "/embedded" => DemonstrationPage::Embedded,
            IMAGE => DemonstrationPage::Image,
            _ => DemonstrationPage::Sets(DEMONSTRATIONS.iter().find(|one| one.path == path)?),
        })
    }

    fn front(&self) -> OriginResponse {
        let row = |one: &Demonstration| {
            vec![format!("<a href=\"{}\">{}</a>", one.path, one.title), self.filled_in(one.about, None)]
        };
        let rows: Vec<Vec<String>> = DEMONSTRATIONS.iter().map(row).collect();
        let own = [
            ("/show", "Which cookies came"),
            ("/delete", "End those that came"),
            ("/embedded", "A page with images of another site"),
        ];
        let link = |(to, words): &(&str, &str)| format!("<p><a href=\"{to}\">{words}</a></p>\n");
        let own: String = own.iter().map(link).collect();
        self.shown("Cookies, attribute by attribute", &format!("{}{own}", table(&["page", "what it shows"], &rows)))
    }

    /// A page of the table: sets its cookies, and says which.
    fn set(&self, one: &'static Demonstration, request: &ApplicationRequest<'_>) -> OriginResponse {
        let lines: Vec<(String, String)> = one
            .lines
            .iter()
            .map(|(line, shows)| (self.filled_in(line, Some(request.now)), self.filled_in(shows, None)))
            .collect();
        let rows: Vec<Vec<String>> = lines.iter().map(|(line, shows)| vec![code(line), escaped(shows)]).collect();
        let next = |(to, words): &(&str, &str)| {
            let (to, words) = (self.filled_in(to, None), self.filled_in(words, None));
            format!("<p><a href=\"{}\">{}</a></p>\n", escaped(&to), escaped(&words))
        };
        let further: String = one.links.iter().map(next).collect();
        let body = format!(
            "<p>{}</p>\n{}{}{further}",
            escaped(&self.filled_in(one.about, None)),
            table(&["Set-Cookie", "what it shows"], &rows),
            cookies_that_came(request.cookies.pairs()),
        );
        let count = lines.len();
        let answer = self.shown(one.title, &body);
        let answer = lines.into_iter().fold(answer, |answer, (line, _)| answer.with("Set-Cookie", line));
        answer.because(
            format!("this page sets {count} cookies whatever came; which are kept is for the browser to decide"),
            None,
        )
    }

    fn show(&self, request: &ApplicationRequest<'_>) -> OriginResponse {
        self.shown("Which cookies came", &cookies_that_came(request.cookies.pairs()))
    }

    /// Sets what came again, with an end in the past: with and without a Domain, for both are cookies of their own.
    fn delete(&self, request: &ApplicationRequest<'_>) -> OriginResponse {
        let is_plain = |name: &&str| {
            !name.is_empty() && name.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"_-".contains(&octet))
        };
        let names: Vec<&str> =
            request.cookies.pairs().iter().map(|(name, _)| name.as_str()).filter(is_plain).take(MAX_ENDED).collect();
        let mut answer = self.shown("They have ended", &cookies_that_came(request.cookies.pairs()));
        for name in names {
            let secure = if name.starts_with("__") { "; Secure" } else { "" };
            answer = answer.with("Set-Cookie", format!("{name}=; Max-Age=0; Path=/{secure}"));
            if !name.starts_with("__Host-") {
                answer = answer.with("Set-Cookie", format!("{name}=; Max-Age=0; Path=/; Domain={}{secure}", self.site));
            }
        }
        answer
    }

    /// A page whose images are of the other site: their requests are cross-site.
    fn embedded(&self, request: &ApplicationRequest<'_>) -> OriginResponse {
        let other = &self.settings.other_site;
        let image = |scheme: &str| {
            format!(
                "<p><img src=\"{scheme}://{other}{IMAGE}\" alt=\"an image of {other} over {scheme}\" width=\"96\" height=\"72\"> over {scheme}</p>\n"
            )
        };
        let body = format!(
            "<p>These images are {other}'s. Their requests come from a page of {}: for {other} they are cross-site.</p>\n{}{}\
             <p><a href=\"http://{other}/show\">A link to {other}</a>: what comes with a top-level navigation.</p>\n{}",
            self.site,
            image("https"),
            image("http"),
            cookies_that_came(request.cookies.pairs()),
        );
        self.shown("A page with images of another site", &body)
    }

    fn image(&self) -> OriginResponse {
        let name = IMAGE.trim_start_matches('/');
        let content = self.files.files.get(name).map(|file| file.content.clone()).unwrap_or_default();
        let answer = OriginResponse::made(200, self.files.media_type(name), content);
        IMAGE_LINES.iter().fold(answer, |answer, line| answer.with("Set-Cookie", *line))
    }

    fn filled_in(&self, template: &str, now: Option<SystemTime>) -> String {
        let text = template.replace("{site}", &self.site).replace("{other}", &self.settings.other_site);
        let Some(now) = now else { return text };
        let date = |at: SystemTime| httpdate::fmt_http_date(at);
        text.replace("{in 10 minutes}", &date(now + 10 * MINUTE))
            .replace("{in 30 days}", &date(now + 30 * DAY))
            .replace("{yesterday}", &date(now.checked_sub(DAY).unwrap_or(SystemTime::UNIX_EPOCH)))
    }

    /// Writes down which cookies came.
    fn note(&self, request: &ApplicationRequest<'_>) -> Result<(), Error> {
        let pairs: Vec<String> =
            request.cookies.pairs().iter().map(|(name, value)| format!("{name}={value}")).collect();
        let cookies: String = pairs.join("; ").chars().take(COOKIES_KEPT).collect();
        let why = format!("{} came with {} cookies.", request.line(), pairs.len());
        let scheme = if request.whole.secure { "https" } else { "http" };
        let referer = request.referer().map(|referer| referer.chars().take(COOKIES_KEPT).collect::<String>());
        self.tables.change(request.flow(), why, |tables| {
            tables.execute(
                "INSERT INTO requests (date, scheme, path, referer, cookies) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![stamp(request.now), scheme, request.path, referer, cookies],
            )?;
            tables.execute(
                "DELETE FROM requests WHERE number <= (SELECT max(number) FROM requests) - ?1",
                params![MAX_REQUESTS],
            )?;
            Ok(())
        })
    }

    fn shown(&self, title: &str, body: &str) -> OriginResponse {
        let links = [("/", "All pages"), ("/show", "Which cookies came"), ("/delete", "End them")];
        let site = format!("{}: demonstrations", self.site);
        OriginResponse::page(200, page(&Dress { site: &site, band: "#17304d", links: &links }, title, body))
    }
}

impl Application for CookieDemonstrations {
    fn methods(&self, path: &str) -> Option<&'static str> {
        Self::page_at(path).map(|_| READ)
    }

    fn answer(&self, request: &ApplicationRequest<'_>) -> Result<OriginAction, Error> {
        self.note(request)?;
        let answer = match Self::page_at(request.path) {
            Some(DemonstrationPage::Front) => self.front(),
            Some(DemonstrationPage::Sets(one)) => self.set(one, request),
            Some(DemonstrationPage::Show) => self.show(request),
            Some(DemonstrationPage::Delete) => self.delete(request),
            Some(DemonstrationPage::Embedded) => self.embedded(request),
            Some(DemonstrationPage::Image) => self.image(),
            None => OriginResponse::empty(404),
        };
        Ok(answer.into())
    }
}

/// The image that the other site's page embeds.
const IMAGE: &str = "/box.gif";
/// Octets of a request's cookies that are kept.
const COOKIES_KEPT: usize = 2_000;
/// Cookies that are ended at once.
const MAX_ENDED: usize = 100;
const MINUTE: Duration = Duration::from_mins(1);
const DAY: Duration = Duration::from_hours(24);
