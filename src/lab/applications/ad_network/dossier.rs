//! The rows of an ad network: its visitors, the log of every request, what it has learned from them, and identities it has bought.

use std::time::SystemTime;

use url::Url;

use super::super::{
    dates::{seconds, stamp},
    purchase::Identity,
};
use crate::{
    lab::application_file::TopicFile,
    store::{Digest, Error, Migration, Tables, TablesMut, sql::params},
};

/// How the tables came to be.
pub(super) const MIGRATIONS: &[Migration] = &[Migration {
    why: "The ad network's tables begin.",
    sql: "CREATE TABLE visitors (
            visitor TEXT PRIMARY KEY,
            number INTEGER NOT NULL,
            first_time TEXT NOT NULL,
            last_time TEXT NOT NULL,
            requests INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE hits (
            hit INTEGER PRIMARY KEY,
            date TEXT NOT NULL,
            visitor TEXT NOT NULL,
            cookie TEXT,
            request TEXT NOT NULL,
            referer TEXT,
            address TEXT,
            user_agent TEXT
        ) STRICT;
        CREATE TABLE facts (
            visitor TEXT NOT NULL,
            fact TEXT NOT NULL,
            told_by TEXT NOT NULL,
            hit INTEGER NOT NULL,
            date TEXT NOT NULL,
            PRIMARY KEY (visitor, fact)
        ) STRICT;
        CREATE TABLE identities (
            visitor TEXT NOT NULL,
            site TEXT NOT NULL,
            customer INTEGER NOT NULL,
            name TEXT NOT NULL,
            email TEXT NOT NULL,
            hit INTEGER NOT NULL,
            date TEXT NOT NULL,
            PRIMARY KEY (visitor, site)
        ) STRICT;",
}];

/// Visitors an ad network keeps; those go who have not been seen for the longest time.
pub(super) const MAX_VISITORS: u32 = 1_000;
/// Requests its log keeps; the oldest go.
pub(super) const MAX_HITS: u32 = 10_000;
/// Facts it keeps of one visitor; more are not learned.
pub(super) const MAX_FACTS: u32 = 200;

/// A request, as the log has it.
#[derive(Clone, Debug)]
pub(super) struct LoggedRequest<'a> {
    /// The visitor its cookie names.
    pub(super) cookie: Option<&'a str>,
    /// `GET /ad?468x60`
    pub(super) line: String,
    pub(super) referer: Option<&'a str>,
    pub(super) address: Option<String>,
    pub(super) user_agent: Option<&'a str>,
    pub(super) now: SystemTime,
}

/// A request that is in the log now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hit {
    /// Its number.
    pub(super) number: i64,
    /// Under which visitor it is filed.
    pub(super) visitor: String,
    /// Is the visitor one that it met only now?
    pub(super) is_new: bool,
}

/// Files a request under the visitor its cookie names, or under a new one.
pub(super) fn log(tables: &TablesMut<'_>, site: &str, request: &LoggedRequest<'_>) -> Result<Hit, Error> {
    let date = stamp(request.now);
    let known = match request.cookie {
        Some(cookie) => {
            let seen = "UPDATE visitors SET last_time = ?2, requests = requests + 1 WHERE visitor = ?1";
            (tables.execute(seen, params![cookie, date])? > 0).then(|| cookie.to_owned())
        }
        None => None,
    };
    let is_new = known.is_none();
    let visitor = match known {
        Some(visitor) => visitor,
        None => enter(tables, site, request.now)?,
    };
    let shown = |text: &str| text.chars().take(KEPT).collect::<String>();
    let number = tables.query_one(
        "INSERT INTO hits (date, visitor, cookie, request, referer, address, user_agent)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) RETURNING hit",
        params![
            date,
            visitor,
            request.cookie.map(shown),
            request.line,
            request.referer.map(shown),
            request.address,
            request.user_agent.map(shown)
        ],
        |row| row.get(0),
    )?;
    tables.execute("DELETE FROM hits WHERE hit <= (SELECT max(hit) FROM hits) - ?1", params![MAX_HITS])?;
    Ok(Hit { number: number.unwrap_or_default(), visitor, is_new })
}

/// A row for a visitor it has not met. The name looks random and is the same whenever the run is repeated.
fn enter(tables: &TablesMut<'_>, site: &str, now: SystemTime) -> Result<String, Error> {
    let number: i64 = tables
        .query_one("SELECT coalesce(max(number), 0) + 1 FROM visitors", params![], |row| row.get(0))?
        .unwrap_or(1);
    let Digest(digest) = Digest::of(format!("{site} {number} {}", seconds(now)).as_bytes());
    let visitor = data_encoding::HEXLOWER.encode(digest.get(..4).unwrap_or_default());
    tables.execute(
        "INSERT INTO visitors VALUES (?1, ?2, ?3, ?3, 1)
         ON CONFLICT DO UPDATE SET last_time = excluded.last_time, requests = requests + 1",
        params![visitor, number, stamp(now)],
    )?;
    let gone = tables.execute(
        "DELETE FROM visitors WHERE visitor IN
         (SELECT visitor FROM visitors ORDER BY last_time DESC, number DESC LIMIT -1 OFFSET ?1)",
        params![MAX_VISITORS],
    )?;
    if gone > 0 {
        tables.execute("DELETE FROM facts WHERE visitor NOT IN (SELECT visitor FROM visitors)", params![])?;
        tables.execute("DELETE FROM identities WHERE visitor NOT IN (SELECT visitor FROM visitors)", params![])?;
    }
    Ok(visitor)
}

/// Something the network has learned of a visitor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fact {
    /// `reads about asthma`
    pub(super) text: String,
    /// What told it: `Referer, Cookie`.
    pub(super) told_by: String,
    /// The request that told it.
    pub(super) hit: i64,
    pub(super) date: String,
}

/// Keeps a fact, unless it is known already.
pub(super) fn learn(
    tables: &TablesMut<'_>,
    hit: &Hit,
    fact: &str,
    told_by: &str,
    now: SystemTime,
) -> Result<(), Error> {
    tables.execute(
        "INSERT INTO facts SELECT ?1, ?2, ?3, ?4, ?5
         WHERE (SELECT count(*) FROM facts WHERE visitor = ?1) < ?6 ON CONFLICT DO NOTHING",
        params![hit.visitor, fact, told_by, hit.number, stamp(now), MAX_FACTS],
    )?;
    Ok(())
}

/// What a page tells of its reader: the address of a page is all that is known of it.
pub(super) fn told_by_page(referer: &str, topics: &[TopicFile]) -> Vec<String> {
    let Ok(page) = Url::parse(referer) else { return Vec::new() };
    let host = page.host_str().unwrap_or_default();
    let place = format!("{host}{}", page.path());
    let topic = topics.iter().find(|topic| place.starts_with(&topic.page)).map(|topic| topic.fact.clone());
    let zip = page.query_pairs().find_map(|(name, value)| {
        let is_zip = name == "zip" && value.len() == 5 && value.bytes().all(|octet| octet.is_ascii_digit());
        is_zip.then(|| format!("lives near {value}"))
    });
    let visited = topic.is_none().then(|| format!("visits {host}"));
    topic.into_iter().chain(zip).chain(visited).collect()
}

/// Everything it has learned of a visitor, in the order in which it did.
pub(super) fn facts(tables: &Tables<'_>, visitor: &str) -> Result<Vec<Fact>, Error> {
    tables.query(
        "SELECT fact, told_by, hit, date FROM facts WHERE visitor = ?1 ORDER BY hit, fact",
        params![visitor],
        |row| Ok(Fact { text: row.get(0)?, told_by: row.get(1)?, hit: row.get(2)?, date: row.get(3)? }),
    )
}

/// The newest requests of a visitor: number, date, request, Referer.
pub(super) fn hits(tables: &Tables<'_>, visitor: &str) -> Result<Vec<[String; 4]>, Error> {
    tables.query(
        "SELECT hit, date, request, coalesce(referer, '') FROM hits WHERE visitor = ?1 ORDER BY hit DESC LIMIT ?2",
        params![visitor, HITS_SHOWN],
        |row| Ok([row.get::<_, i64>(0)?.to_string(), row.get(1)?, row.get(2)?, row.get(3)?]),
    )
}

/// The addresses from which a visitor's requests came: the packets tell them, with and without a cookie.
pub(super) fn addresses(tables: &Tables<'_>, visitor: &str) -> Result<Vec<String>, Error> {
    let sql = "SELECT DISTINCT address FROM hits WHERE visitor = ?1 AND address IS NOT NULL ORDER BY address LIMIT ?2";
    tables.query(sql, params![visitor, HITS_SHOWN], |row| row.get(0))
}

/// Is it known already who the visitor is at that site?
pub(super) fn is_identified(tables: &Tables<'_>, visitor: &str, site: &str) -> Result<bool, Error> {
    let sql = "SELECT 1 FROM identities WHERE visitor = ?1 AND site = ?2";
    Ok(tables.query_one(sql, params![visitor, site], |_| Ok(()))?.is_some())
}

/// Joins a visitor with a customer of a site: what was bought is a row from now on, and a fact.
pub(super) fn identify(
    tables: &TablesMut<'_>,
    hit: &Hit,
    (site, customer): (&str, i64),
    identity: &Identity,
    now: SystemTime,
) -> Result<(), Error> {
    let Identity { name, email } = identity;
    tables.execute(
        "INSERT INTO identities VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT DO UPDATE SET customer = excluded.customer, name = excluded.name, email = excluded.email,
         hit = excluded.hit, date = excluded.date",
        params![hit.visitor, site, customer, name, email, hit.number, stamp(now)],
    )?;
    learn(tables, hit, &format!("is {name}, {email}"), &format!("bought from {site}"), now)
}

/// Octets of a header line that are kept.
const KEPT: usize = 500;
/// Requests on a page.
const HITS_SHOWN: u32 = 100;

#[cfg(test)]
mod a_page_tells {
    use super::*;

    #[test]
    fn what_its_address_says_and_nothing_else() {
        let topic =
            TopicFile { page: "www.cnn.com/asthma".to_owned(), fact: "reads about asthma".to_owned(), banner: None };
        let told = |referer: &str| told_by_page(referer, std::slice::from_ref(&topic));
        assert_eq!(told("http://www.cnn.com/asthma.html?x=1"), ["reads about asthma"]);
        assert_eq!(told("http://www.usatoday.com/?zip=48109"), ["lives near 48109", "visits www.usatoday.com"]);
        assert_eq!(told("http://www.cnn.com/"), ["visits www.cnn.com"]);
        assert_eq!(told("http://a/?zip=4810x"), ["visits a"]);
        assert_eq!(told("no address"), [""; 0]);
    }
}
