//! An ad network: other sites embed its image, so that its cookie and the `Referer` line tell it which pages one browser was shown, wherever
//! these pages are. RFC 6265bis §7.1; RFC 9110 §10.1.3.
//!
//! Each answer to a visitor it does not know sets two cookies with the same value, so that the rules of both times can be seen:
//! `uid` says `SameSite=None; Secure`, as a third party's cookie must today; `uid_old` says nothing of it, as all did before, and
//! counts as `Lax` now.

mod dossier;

use std::{borrow::Cow, sync::Arc};

use url::Url;

use self::dossier::{Hit, LoggedRequest};
use super::{
    ApplicationContext, READ,
    page::{Dress, code, cookies_that_came, page, table},
    purchase,
};
use crate::{
    lab::{
        application_file::{AdNetworkFile, SellerFile},
        origin::{
            OriginAction, OriginResponse, PendingResponse,
            application::{Application, ApplicationRequest},
            escaped, redirected, refusal,
        },
        site_file::SiteFile,
        tables::ServerTables,
    },
    net::Network,
    store::{Error, TablesMut},
    wire::FlowHandle,
};

/// The program of one ad network.
#[derive(Debug)]
pub(super) struct AdNetwork {
    site: String,
    settings: AdNetworkFile,
    /// Where the banners are.
    files: Arc<SiteFile>,
    tables: ServerTables,
    /// For asking sellers.
    network: Option<Network>,
}

/// What a customer's number in an image's address is worth.
#[derive(Clone, Debug)]
struct Purchase {
    seller: SellerFile,
    customer: i64,
}

impl AdNetwork {
    pub(super) fn new(settings: &AdNetworkFile, context: &ApplicationContext<'_>) -> Self {
        Self {
            site: context.site.to_owned(),
            settings: settings.clone(),
            files: Arc::clone(context.files),
            tables: context.tables("The ad network's database", dossier::MIGRATIONS),
            network: context.network.clone(),
        }
    }

    /// The image that other sites embed.
    fn banner(&self, request: &ApplicationRequest<'_>) -> Result<OriginAction, Error> {
        let (hit, banner, purchase) = self.change(request, |tables| {
            let hit = dossier::log(tables, &self.site, &logged(request))?;
            let told_by = |what: &str| format!("{what}, {}", if hit.is_new { "uid set" } else { "Cookie" });
            if let Some(referer) = request.referer() {
                for fact in dossier::told_by_page(referer, &self.settings.topics) {
                    dossier::learn(tables, &hit, &fact, &told_by("Referer"), request.now)?;
                }
            }
            let customer = customer(request);
            if let Some((site, number)) = &customer {
                let fact = format!("is customer {number} of {site}");
                dossier::learn(tables, &hit, &fact, &told_by("image URL"), request.now)?;
            }
            let purchase = customer.and_then(|(site, customer)| {
                let seller = self.settings.sellers.iter().find(|seller| seller.site.eq_ignore_ascii_case(site))?;
                Some(Purchase { seller: seller.clone(), customer })
            });
            let purchase = match purchase {
                Some(purchase) if dossier::is_identified(tables, &hit.visitor, &purchase.seller.site)? => None,
                other => other,
            };
            Ok((hit.clone(), self.banner_for(tables, &hit)?, purchase))
        })?;
        let answer = self.marked(banner, &hit, request);
        let (Some(purchase), Some(network), Some(flow)) = (purchase, &self.network, &request.whole.flow) else {
            return Ok(answer.into());
        };
        let tables = self.tables.clone();
        let (network, flow, now) = (network.clone(), flow.clone(), request.now);
        Ok(OriginAction::Later(PendingResponse::new(async move {
            identified(answer, &purchase, &hit, (&network, &tables, &flow), now).await
        })))
    }

    /// A click on an advertisement comes here, is written down, and goes on to the advertiser.
    fn click(&self, request: &ApplicationRequest<'_>) -> Result<OriginResponse, Error> {
        let target = Url::parse(request.raw_query).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let is_advertiser = |url: &Url| {
            let host = url.host_str().unwrap_or_default();
            self.settings.advertisers.iter().any(|known| known.eq_ignore_ascii_case(host))
        };
        let Some(target) = target.filter(is_advertiser) else {
            let sentence =
                "A click leads to one of the network's advertisers, whose address stands after the question mark.";
            return Ok(refusal(403, sentence, Some("RFC 9110 §15.5.4")));
        };
        let hit = self.change(request, |tables| {
            let hit = dossier::log(tables, &self.site, &logged(request))?;
            let told_by = if hit.is_new { "click URL, uid set" } else { "click URL, Cookie" };
            let fact = format!("clicked the advertisement of {}", target.host_str().unwrap_or_default());
            dossier::learn(tables, &hit, &fact, told_by, request.now)?;
            Ok(hit)
        })?;
        Ok(self.marked(redirected(302, target.as_str()), &hit, request))
    }

    /// What it knows of whoever asks.
    fn dossier(&self, request: &ApplicationRequest<'_>) -> Result<OriginResponse, Error> {
        let Some(visitor) = visitor(request) else {
            let body = format!(
                "<p>Your browser sent no cookie of this network with this request, so it cannot tell which of its visitors you are.</p>\n{}",
                cookies_that_came(request.cookies.pairs())
            );
            return Ok(OriginResponse::page(200, self.dressed("What this network knows about you", &body)));
        };
        let (facts, hits, addresses) = self.tables.read(|tables| {
            Ok((
                dossier::facts(tables, visitor)?,
                dossier::hits(tables, visitor)?,
                dossier::addresses(tables, visitor)?,
            ))
        })?;
        let facts: Vec<Vec<String>> = facts
            .iter()
            .map(|fact| vec![fact.hit.to_string(), escaped(&fact.text), escaped(&fact.told_by), fact.date.clone()])
            .chain(addresses.iter().map(|address| {
                vec![String::new(), format!("came from {}", escaped(address)), "packets".to_owned(), String::new()]
            }))
            .collect();
        let hits: Vec<Vec<String>> = hits.iter().map(|hit| hit.iter().map(|cell| escaped(cell)).collect()).collect();
        let body = format!(
            "<p>You are visitor {}. Everything here was learned from requests for images in the pages of others, and from clicks.</p>\n\
             <h2>Facts</h2>\n{}<h2>Requests</h2>\n{}",
            code(visitor),
            table(&["request", "fact", "told by", "date"], &facts),
            table(&["request", "date", "line", "Referer"], &hits),
        );
        Ok(OriginResponse::page(200, self.dressed("What this network knows about you", &body)))
    }

    /// The banner that fits what is known of the visitor.
    fn banner_for(&self, tables: &TablesMut<'_>, hit: &Hit) -> Result<OriginResponse, Error> {
        let facts = dossier::facts(tables, &hit.visitor)?;
        let topics = || self.settings.topics.iter();
        let fitting =
            facts.iter().rev().find_map(|known| topics().find(|topic| topic.fact == known.text)?.banner.as_ref());
        let (name, why) = match fitting {
            Some(name) => (name, format!("the banner {name} is chosen by what is known of visitor {}", hit.visitor)),
            None => {
                (&self.settings.banner, "nothing is known that any banner would fit: everybody's banner".to_owned())
            }
        };
        let content = self.files.files.get(name).map(|file| file.content.clone()).unwrap_or_default();
        Ok(OriginResponse::made(200, self.files.media_type(name), content).because(why, None))
    }

    /// The answer with the visitor's cookies, where the visitor is new.
    fn marked(&self, answer: OriginResponse, hit: &Hit, request: &ApplicationRequest<'_>) -> OriginResponse {
        let Hit { number, visitor, is_new } = hit;
        let from = match request.referer() {
            Some(referer) => {
                Cow::Owned(format!("the page {}", referer.chars().take(REFERER_SHOWN).collect::<String>()))
            }
            None => Cow::Borrowed("no Referer line says for which page"),
        };
        if !is_new {
            return answer.because(
                format!("request {number} is filed under visitor {visitor}, whom the cookie names; {from}"),
                None,
            );
        }
        let fixed = format!("{visitor}; Domain={}; Path=/; Max-Age={MAX_AGE}", self.settings.cookie_domain);
        answer
            .with("Set-Cookie", format!("{}={fixed}; SameSite=None; Secure", COOKIES[0]))
            .with("Set-Cookie", format!("{}={fixed}", COOKIES[1]))
            .because(
                format!("no cookie that it knows: request {number} is filed under a new visitor, {visitor}; {from}"),
                None,
            )
    }

    fn change<T>(
        &self,
        request: &ApplicationRequest<'_>,
        work: impl FnOnce(&TablesMut<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let why = match (visitor(request), request.referer()) {
            (Some(visitor), Some(_)) => format!("{} came with the cookie of {visitor} and a Referer.", request.line()),
            (Some(visitor), None) => format!("{} came with the cookie of {visitor}.", request.line()),
            (None, Some(_)) => format!("{} came with a Referer and without a cookie.", request.line()),
            (None, None) => format!("{} came with neither cookie nor Referer.", request.line()),
        };
        self.tables.change(request.flow(), why, work)
    }

    fn dressed(&self, title: &str, body: &str) -> String {
        let links = [("/", "About"), (DOSSIER, "What it knows about you")];
        page(&Dress { site: &self.site, band: "#4a2a5a", links: &links }, title, body)
    }
}

impl Application for AdNetwork {
    fn methods(&self, path: &str) -> Option<&'static str> {
        (matches!(path, IMAGE | DOSSIER) || path.starts_with(CLICK)).then_some(READ)
    }

    fn answer(&self, request: &ApplicationRequest<'_>) -> Result<OriginAction, Error> {
        match request.path {
            IMAGE => self.banner(request),
            DOSSIER => self.dossier(request).map(Into::into),
            _ => self.click(request).map(Into::into),
        }
    }
}

/// Asks the seller who the customer is, and keeps the answer. The image is sent in any case.
async fn identified(
    answer: OriginResponse,
    purchase: &Purchase,
    hit: &Hit,
    (network, tables, flow): (&Network, &ServerTables, &FlowHandle),
    now: std::time::SystemTime,
) -> OriginResponse {
    let Purchase { seller, customer } = purchase;
    let site = seller.site.as_str();
    match purchase::buy(network, seller, *customer, flow).await {
        Ok(identity) => {
            let why = format!("{site} sold the row of customer {customer}.");
            let kept = tables.change(Some(flow.id()), why, |tables| {
                dossier::identify(tables, hit, (site, *customer), &identity, now)
            });
            match kept {
                Ok(()) => {
                    let what =
                        format!("visitor {} is customer {customer} of {site}, and {site} sold the name", hit.visitor);
                    answer.because(what, None)
                }
                Err(error) => answer.because(format!("what {site} sold could not be kept: {error}"), None),
            }
        }
        Err(error) => answer.because(format!("{site} sold nothing of customer {customer}: {error}"), None),
    }
}

/// What the log keeps of a request.
fn logged<'a>(request: &'a ApplicationRequest<'_>) -> LoggedRequest<'a> {
    let (cookie, fields) = (visitor(request), &request.whole.fields);
    LoggedRequest {
        cookie,
        line: request.line(),
        referer: fields.text("Referer").filter(|referer| !referer.is_empty()),
        address: request.whole.client.map(|client| client.ip().to_string()),
        user_agent: fields.text("User-Agent"),
        now: request.now,
    }
}

/// The visitor that the request's cookie names: eight hexadecimal digits.
fn visitor<'a>(request: &'a ApplicationRequest<'_>) -> Option<&'a str> {
    let is_visitor = |value: &&str| value.len() == 8 && value.bytes().all(|octet| octet.is_ascii_hexdigit());
    COOKIES.iter().find_map(|name| request.cookies.value(name).filter(is_visitor))
}

/// The customer that the image's address names: the site, and the number there.
fn customer<'a>(request: &'a ApplicationRequest<'_>) -> Option<(&'a str, i64)> {
    let number = request.query.text("customer")?.parse().ok().filter(|number| *number > 0)?;
    let site = request.query.text("site")?;
    let is_host = |site: &str| {
        site.len() <= MAX_SITE
            && site.bytes().all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'.' | b'-'))
    };
    is_host(site).then_some((site, number))
}

/// The cookies that name a visitor: one that says what a third party's must say today, one that says nothing.
const COOKIES: [&str; 2] = ["uid", "uid_old"];
/// How long a browser is to keep them: 400 days, the longest it may (RFC 6265bis §5.5).
const MAX_AGE: u32 = 34_560_000;
/// The address of the image.
const IMAGE: &str = "/ad";
/// How the addresses of clicks begin.
const CLICK: &str = "/clk";
const DOSSIER: &str = "/dossier";
/// Characters of a Referer that a note repeats.
const REFERER_SHOWN: usize = 120;
/// Octets of a host's name (RFC 1035 §2.3.4).
const MAX_SITE: usize = 255;
