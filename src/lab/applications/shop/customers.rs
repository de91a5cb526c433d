//! The rows of a shop: customers, what they looked at, their carts and reviews, and to whom their rows were sold.
//!
//! Every table is bounded: where a row is one too many, the customer goes who has not been there for the longest time.

use std::time::SystemTime;

use super::{
    super::dates::{day_of, seconds, span, stamp},
    accounts::{self, Account},
    catalogue::{Catalogue, Item},
};
use crate::{
    proto::http::form::FormFile,
    store::{Error, Migration, Tables, TablesMut, sql::params},
};

/// How the tables came to be.
pub(super) const MIGRATIONS: &[Migration] = &[
    Migration {
        why: "The shop's tables begin.",
        sql: "CREATE TABLE customers (
                id INTEGER PRIMARY KEY,
                name TEXT,
                email TEXT,
                first_visit TEXT NOT NULL,
                last_visit TEXT NOT NULL,
                visits INTEGER NOT NULL,
                requests INTEGER NOT NULL
            ) STRICT;
            CREATE TABLE views (
                customer INTEGER NOT NULL,
                item INTEGER NOT NULL,
                times INTEGER NOT NULL,
                last_time TEXT NOT NULL,
                PRIMARY KEY (customer, item)
            ) STRICT;
            CREATE TABLE carts (
                customer INTEGER NOT NULL,
                item INTEGER NOT NULL,
                quantity INTEGER NOT NULL,
                PRIMARY KEY (customer, item)
            ) STRICT;
            CREATE TABLE reviews (
                number INTEGER PRIMARY KEY,
                item INTEGER NOT NULL,
                customer INTEGER NOT NULL,
                date TEXT NOT NULL,
                text TEXT NOT NULL,
                picture TEXT,
                media_type TEXT,
                octets INTEGER
            ) STRICT;
            CREATE TABLE sales (
                number INTEGER PRIMARY KEY,
                customer INTEGER NOT NULL,
                buyer TEXT NOT NULL,
                date TEXT NOT NULL
            ) STRICT;",
    },
    accounts::MIGRATION,
];

/// Customers a shop keeps.
pub(super) const MAX_CUSTOMERS: u32 = 1_000;
/// Reviews a shop keeps, of all items.
pub(super) const MAX_REVIEWS: u32 = 200;
/// Sales of customers' rows a shop keeps.
pub(super) const MAX_SALES: u32 = 1_000;

/// A request that comes so long after the one before, in seconds, begins another visit.
const VISIT_GAP: i64 = 30 * 60;

/// A visitor whom the shop has recognised, or made a row for.
#[derive(Debug)]
pub(super) struct Visit {
    /// The customer's number.
    pub(super) id: i64,
    pub(super) name: Option<String>,
    /// Visits and requests so far, this one included.
    pub(super) visits: i64,
    pub(super) requests: i64,
    pub(super) recognition: Recognition,
    /// Who is logged in.
    pub(super) account: Option<Account>,
}

/// How the shop knows who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Recognition {
    /// There was no cookie.
    New,
    /// There was one, and no row for it.
    NoSuchRow { cookie: String },
    /// There was one, and its row was found. Where a new visit begins: when the last one was.
    Known { last_visit: Option<LastVisit> },
}

/// The visit before this one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LastVisit {
    /// `7 September 2026`
    pub(super) day: String,
    /// `one week`
    pub(super) ago: String,
}

impl Visit {
    /// What the program decided, for the record.
    pub(super) fn decision(&self) -> String {
        let Self { id, visits, requests, .. } = self;
        match &self.recognition {
            Recognition::New => format!("no cookie: a new visitor, row {id} is made in the table customers"),
            Recognition::NoSuchRow { cookie } => {
                let cookie: String = cookie.chars().take(COOKIE_SHOWN).collect();
                format!("the cookie id={cookie} has no row in the table customers: a new visitor, row {id} is made")
            }
            Recognition::Known { last_visit: Some(last) } => format!(
                "the cookie id={id} has its row in the table customers: visit {visits}, the last one was {} ago",
                last.ago
            ),
            Recognition::Known { last_visit: None } => {
                format!("the cookie id={id} has its row in the table customers: request {requests}, visit {visits}")
            }
        }
    }
}

/// Finds the row that belongs to the cookie, or makes one; `first` is the number of a shop's first customer.
pub(super) fn recognise(
    tables: &TablesMut<'_>,
    cookie: Option<&str>,
    first: i64,
    now: SystemTime,
) -> Result<Visit, Error> {
    let Some(cookie) = cookie else { return enter(tables, first, Recognition::New, now) };
    let unknown = || Recognition::NoSuchRow { cookie: cookie.to_owned() };
    let Ok(id) = cookie.parse::<i64>() else { return enter(tables, first, unknown(), now) };
    let row = tables.query_one(
        "SELECT name, unixepoch(last_visit), visits, requests FROM customers WHERE id = ?1",
        params![id],
        |row| Ok((row.get(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?, row.get::<_, i64>(3)?)),
    )?;
    let Some((name, last, visits, requests)) = row else { return enter(tables, first, unknown(), now) };
    let gap = seconds(now) - last;
    let last_visit = (gap >= VISIT_GAP).then(|| LastVisit { day: day_of(last), ago: span(gap) });
    let visits = visits + i64::from(last_visit.is_some());
    let requests = requests + 1;
    tables.execute(
        "UPDATE customers SET last_visit = ?2, visits = ?3, requests = ?4 WHERE id = ?1",
        params![id, stamp(now), visits, requests],
    )?;
    Ok(Visit { id, name, visits, requests, recognition: Recognition::Known { last_visit }, account: None })
}

/// A row for a visitor nobody knows. Its number is the greatest there has been: the customer who came last is never the one who goes.
fn enter(tables: &TablesMut<'_>, first: i64, recognition: Recognition, now: SystemTime) -> Result<Visit, Error> {
    let id = tables.query_one(
        "INSERT INTO customers (id, first_visit, last_visit, visits, requests)
         VALUES (coalesce((SELECT max(id) FROM customers) + 1, ?1), ?2, ?2, 1, 1) RETURNING id",
        params![first, stamp(now)],
        |row| row.get(0),
    )?;
    forget_the_longest_absent(tables)?;
    Ok(Visit { id: id.unwrap_or(first), name: None, visits: 1, requests: 1, recognition, account: None })
}

fn forget_the_longest_absent(tables: &TablesMut<'_>) -> Result<(), Error> {
    let gone = tables.execute(
        "DELETE FROM customers WHERE id IN
         (SELECT id FROM customers ORDER BY last_visit DESC, id DESC LIMIT -1 OFFSET ?1)",
        params![MAX_CUSTOMERS],
    )?;
    if gone > 0 {
        tables.execute("DELETE FROM views WHERE customer NOT IN (SELECT id FROM customers)", params![])?;
        tables.execute("DELETE FROM carts WHERE customer NOT IN (SELECT id FROM customers)", params![])?;
    }
    Ok(())
}

/// A customer has a name from now on.
pub(super) fn name_customer(tables: &TablesMut<'_>, id: i64, name: &str, email: &str) -> Result<(), Error> {
    tables.execute("UPDATE customers SET name = ?2, email = ?3 WHERE id = ?1", params![id, name, email])?;
    Ok(())
}

/// Name and e-mail address of a customer who has told them.
pub(super) fn identity(tables: &Tables<'_>, id: i64) -> Result<Option<(String, String)>, Error> {
    let sql = "SELECT name, email FROM customers WHERE id = ?1 AND name IS NOT NULL AND email IS NOT NULL";
    tables.query_one(sql, params![id], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// The customer has looked at an item.
pub(super) fn note_view(tables: &TablesMut<'_>, id: i64, item: u32, now: SystemTime) -> Result<(), Error> {
    tables.execute(
        "INSERT INTO views VALUES (?1, ?2, 1, ?3)
         ON CONFLICT DO UPDATE SET times = times + 1, last_time = excluded.last_time",
        params![id, item, stamp(now)],
    )?;
    Ok(())
}

/// An item to be recommended, and why.
#[derive(Clone, Copy, Debug)]
pub(super) struct Recommendation<'a> {
    pub(super) item: &'a Item,
    pub(super) because: RecommendationReason,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RecommendationReason {
    /// Other customers who looked at the same things looked at this too.
    OthersLooked,
    /// It is on the same subject as what the customer looked at.
    SameSubject,
}

/// What the customer has not looked at and may like to, most fitting first.
pub(super) fn recommended<'a>(
    tables: &Tables<'_>,
    id: i64,
    catalogue: &'a Catalogue,
) -> Result<Vec<Recommendation<'a>>, Error> {
    let seen: Vec<u32> = tables.query(
        "SELECT item FROM views WHERE customer = ?1 ORDER BY last_time DESC, item",
        params![id],
        |row| row.get(0),
    )?;
    let by_others: Vec<u32> = tables.query(
        "SELECT item FROM views
         WHERE customer IN (SELECT customer FROM views WHERE item IN (SELECT item FROM views WHERE customer = ?1))
         AND item NOT IN (SELECT item FROM views WHERE customer = ?1)
         GROUP BY item ORDER BY sum(times) DESC, item LIMIT ?2",
        params![id, i64::try_from(RECOMMENDED).unwrap_or(i64::MAX)],
        |row| row.get(0),
    )?;
    let others = by_others.iter().filter_map(|number| catalogue.item(*number));
    let subjects: Vec<&str> =
        seen.iter().filter_map(|number| catalogue.item(*number)).map(|item| item.subject.as_str()).collect();
    let same = subjects.iter().flat_map(|subject| catalogue.of_subject(subject));
    let same = same.filter(|item| !seen.contains(&item.number));
    let reason = |because| move |item| Recommendation { item, because };
    let all = others.map(reason(RecommendationReason::OthersLooked));
    let mut chosen: Vec<Recommendation<'a>> = Vec::new();
    for one in all.chain(same.map(reason(RecommendationReason::SameSubject))) {
        if chosen.len() < RECOMMENDED && chosen.iter().all(|known| known.item.number != one.item.number) {
            chosen.push(one);
        }
    }
    Ok(chosen)
}

/// A line of a cart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CartLine {
    pub(super) item: u32,
    pub(super) quantity: u32,
}

/// The customer's cart.
pub(super) fn cart(tables: &Tables<'_>, id: i64) -> Result<Vec<CartLine>, Error> {
    tables.query("SELECT item, quantity FROM carts WHERE customer = ?1 ORDER BY item", params![id], |row| {
        Ok(CartLine { item: row.get(0)?, quantity: row.get(1)? })
    })
}

/// So many of an item lie in the cart now; 0 takes it out.
pub(super) fn set_quantity(tables: &TablesMut<'_>, id: i64, item: u32, quantity: u32) -> Result<(), Error> {
    if quantity == 0 {
        tables.execute("DELETE FROM carts WHERE customer = ?1 AND item = ?2", params![id, item])?;
        return Ok(());
    }
    tables.execute(
        "INSERT INTO carts VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET quantity = excluded.quantity",
        params![id, item, quantity],
    )?;
    Ok(())
}

/// A review of an item.
#[derive(Clone, Debug)]
pub(super) struct Review {
    pub(super) customer: i64,
    pub(super) date: String,
    pub(super) text: String,
    /// Name and octets of the picture that came with it.
    pub(super) picture: Option<(String, i64)>,
}

/// The newest reviews of an item.
pub(super) fn reviews(tables: &Tables<'_>, item: u32) -> Result<Vec<Review>, Error> {
    tables.query(
        "SELECT customer, date, text, picture, octets FROM reviews WHERE item = ?1 ORDER BY number DESC LIMIT ?2",
        params![item, REVIEWS_SHOWN],
        |row| {
            let (name, octets): (Option<String>, Option<i64>) = (row.get(3)?, row.get(4)?);
            Ok(Review { customer: row.get(0)?, date: row.get(1)?, text: row.get(2)?, picture: name.zip(octets) })
        },
    )
}

/// Keeps a review, and of its picture the name, the type and the size.
pub(super) fn add_review(
    tables: &TablesMut<'_>,
    item: u32,
    customer: i64,
    text: &str,
    picture: Option<&FormFile>,
    now: SystemTime,
) -> Result<(), Error> {
    let short = |text: &str| text.chars().take(FILE_NAME_KEPT).collect::<String>();
    let octets = picture.map(|picture| i64::try_from(picture.content.len()).unwrap_or(i64::MAX));
    let (name, media_type) = (picture.map(|file| short(&file.name)), picture.map(|file| short(&file.media_type)));
    tables.execute(
        "INSERT INTO reviews (item, customer, date, text, picture, media_type, octets) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![item, customer, stamp(now), text, name, media_type, octets],
    )?;
    tables
        .execute("DELETE FROM reviews WHERE number <= (SELECT max(number) FROM reviews) - ?1", params![MAX_REVIEWS])?;
    Ok(())
}

/// Writes down that a customer's row was sold.
pub(super) fn note_sale(tables: &TablesMut<'_>, customer: i64, buyer: &str, now: SystemTime) -> Result<(), Error> {
    tables.execute(
        "INSERT INTO sales (customer, buyer, date) VALUES (?1, ?2, ?3)",
        params![customer, buyer, stamp(now)],
    )?;
    tables.execute("DELETE FROM sales WHERE number <= (SELECT max(number) FROM sales) - ?1", params![MAX_SALES])?;
    Ok(())
}

/// Recommendations on one page.
const RECOMMENDED: usize = 3;
/// Reviews on one page.
const REVIEWS_SHOWN: u32 = 20;
/// Characters of a file's name that are kept.
const FILE_NAME_KEPT: usize = 100;
/// Characters of a cookie that a note repeats.
const COOKIE_SHOWN: usize = 40;
