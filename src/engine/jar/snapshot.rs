//! The jar as it is on screen: what is in it, what was decided, which rows of the lab's servers the cookies name; and what the student does
//! with it by hand.

use std::{collections::BTreeMap, time::SystemTime};

use super::{BrowserJar, COOKIES_TABLE, CookieKey, JAR, JarError, JarPlace, LoggedDecision, StoredJar, by_hand};
use super::{decision_log::HandReason, table};
use crate::{
    engine::{
        setting::WorldChoice,
        stores::{SharedStore, Stores},
    },
    net::Clock,
    proto::http::cookies::{Cookie, CookieRules, CookieText, UnixMicros},
    store::{Cause, PointInTime, QueryError, Revision, SqlQuery, Store, TableInfo, Value},
};

/// A jar, and what is to be done with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JarRequest {
    /// Whose jar.
    pub world: WorldChoice,
    /// What is to be done.
    pub order: JarOrder,
}

/// What the student does with a jar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JarOrder {
    /// Nothing; it is looked at.
    Look,
    /// It is looked at as it was at an earlier state of the store.
    AsOf(Revision),
    /// Cookies are put in: written by hand, read from a file, or put back. `why` is a sentence for the history.
    Put {
        /// Which.
        cookies: Vec<Cookie>,
        /// Why.
        why: String,
    },
    /// These are taken out.
    Delete(Vec<Cookie>),
    /// This one expires now.
    Expire(Box<Cookie>),
    /// All are taken out.
    Empty,
    /// The browser is closed: cookies without a date go (RFC 6265bis §5.7).
    EndSession,
}

/// What a request gives.
#[derive(Clone, Debug, PartialEq)]
pub enum JarAnswer {
    /// The jar as it is now.
    Now(Box<JarSnapshot>),
    /// The jar as it was.
    Past(Box<PastJar>),
}

/// The jar of a world as it is now.
#[derive(Clone, Debug, PartialEq)]
pub struct JarSnapshot {
    /// Whose jar.
    pub world: WorldChoice,
    /// The date of the lab's calendar, or of this machine.
    pub date: UnixMicros,
    /// The newest state of the store.
    pub revision: Revision,
    /// Every cookie in the order they were set. None has expired.
    pub cookies: Vec<Cookie>,
    /// What was decided, the oldest first, at most [`super::MAX_DECISIONS`].
    pub decisions: Vec<LoggedDecision>,
    /// Rows of the lab's servers that cookies name by their value; empty in the Internet, whose databases nobody else can read.
    pub server_rows: BTreeMap<CookieKey, ServerRow>,
}

/// The jar of a world as it was.
#[derive(Clone, Debug, PartialEq)]
pub struct PastJar {
    /// Whose jar.
    pub world: WorldChoice,
    /// At which state of the store.
    pub revision: Revision,
    /// Every cookie in the order they were set.
    pub cookies: Vec<Cookie>,
}

/// A row of a server's table whose key is a cookie's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerRow {
    /// Whose table: the name of the site.
    pub owner: String,
    /// Which table.
    pub table: String,
    /// The columns and what stands in them; the first is the key.
    pub columns: Vec<(String, String)>,
}

/// A value shorter than this may equal a key by chance, and is not looked up.
const LEAST_KEY: usize = 3;
/// Octets of a value that is looked up.
const LONGEST_KEY: usize = 100;
/// Values that are looked up in the tables of one server.
const MAX_KEYS: usize = 100;
/// Characters of a value in a server's row that are shown.
const SHOWN_OF_VALUE: usize = 60;

/// Does what is asked and looks at the jar after it. `None` where nothing lasts.
///
/// # Errors
/// The store cannot be read or written, or does not know its past any more.
pub fn carry_out(request: &JarRequest, stores: &Stores) -> Result<Option<JarAnswer>, QueryError> {
    let Some(shared) = stores.of(request.world)? else { return Ok(None) };
    let store = shared.store();
    if let JarOrder::AsOf(revision) = request.order {
        let past = PastJar { world: request.world, revision, cookies: past_cookies(store, revision)? };
        return Ok(Some(JarAnswer::Past(Box::new(past))));
    }
    let date = match request.world {
        WorldChoice::Lab => SystemTime::from(shared.date()?),
        WorldChoice::Internet => Clock::real().date(),
    };
    change(&request.order, store, date).map_err(store_error)?;
    let snapshot = JarSnapshot::of(&shared, request.world, date)?;
    if request.order != JarOrder::Look {
        shared.tell_revision();
    }
    Ok(Some(JarAnswer::Now(Box::new(snapshot))))
}

fn store_error(error: JarError) -> QueryError {
    let JarError::Store(error) = error;
    error.into()
}

fn change(order: &JarOrder, store: &Store, date: SystemTime) -> Result<(), JarError> {
    let jar = BrowserJar::in_store(store.clone(), None);
    let JarPlace::Store(stored) = &jar.0 else { return Ok(()) };
    if let JarOrder::Put { cookies, why } = order {
        jar.put(cookies.clone(), CookieRules::default(), date, why)?;
    }
    if !stored.has_table()? {
        return Ok(());
    }
    stored.expire(date)?;
    let (gone, why, clause) = match order {
        JarOrder::Look | JarOrder::AsOf(_) | JarOrder::Put { .. } => return Ok(()),
        JarOrder::Delete(cookies) => (cookies.clone(), "The student deleted it.", ""),
        JarOrder::Expire(cookie) => (vec![(**cookie).clone()], "The student had it expire.", ""),
        JarOrder::Empty => (stored.all()?, "The student emptied the jar.", ""),
        JarOrder::EndSession => {
            let session = stored.all()?.into_iter().filter(|cookie| cookie.expires.is_none()).collect();
            (session, "The session ended, and the server had given it no date.", "RFC 6265bis §5.7")
        }
    };
    let is_deletion = matches!(order, JarOrder::Delete(_) | JarOrder::Empty);
    let reason = HandReason { why, clause };
    stored.change(&by_hand(date, why), |change| change.take_out(&gone, is_deletion, reason))?;
    Ok(())
}

impl StoredJar {
    /// Takes out what has expired, where something has.
    fn expire(&self, date: SystemTime) -> Result<(), JarError> {
        let now = UnixMicros::from(date);
        if !self.all()?.iter().any(|cookie| cookie.is_expired(now)) {
            return Ok(());
        }
        let cause = Cause::new("The date of a cookie had passed.").on(super::date_of(date));
        self.change(&cause, |change| {
            let decisions = change.whole_jar()?.expire(CookieRules::default(), now);
            change.write(&decisions, "", &[])
        })
    }
}

impl JarSnapshot {
    fn of(shared: &SharedStore, world: WorldChoice, date: SystemTime) -> Result<Self, QueryError> {
        let store = shared.store();
        let revision = store.revision()?;
        let there = store.owners()?.iter().any(|owner| owner.name == JAR.name);
        let (cookies, decisions) = if there {
            store.owner(&JAR)?;
            store.read(|reading| {
                let tables = reading.owner(&JAR.name)?;
                Ok::<_, crate::store::Error>((table::all(&tables)?, super::decision_log::all(&tables)?))
            })?
        } else {
            (Vec::new(), Vec::new())
        };
        let server_rows = match world {
            WorldChoice::Lab => server_rows(store, &cookies)?,
            WorldChoice::Internet => BTreeMap::new(),
        };
        Ok(Self { world, date: date.into(), revision, cookies, decisions, server_rows })
    }
}

/// The rows whose key is a cookie's value, in the tables of the servers of its domain.
fn server_rows(store: &Store, cookies: &[Cookie]) -> Result<BTreeMap<CookieKey, ServerRow>, QueryError> {
    let mut found = BTreeMap::new();
    for owner in store.owners()? {
        let named: Vec<&Cookie> =
            cookies.iter().filter(|cookie| may_name(cookie, &owner.name)).take(MAX_KEYS).collect();
        if named.is_empty() {
            continue;
        }
        for table in owner.tables.iter().filter(|table| table.key.len() == 1) {
            for (key, row) in rows_named(store, &owner.name, table, &named)? {
                found.entry(key).or_insert(row);
            }
        }
    }
    Ok(found)
}

/// May this cookie's value be a key in the tables of the server of this name?
fn may_name(cookie: &Cookie, owner: &str) -> bool {
    let domain = cookie.domain.as_str();
    let below = owner.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.')) && !cookie.host_only;
    let is_key = (LEAST_KEY..=LONGEST_KEY).contains(&cookie.value.len()) && cookie.value.text().is_some();
    is_key && (owner == domain || below)
}

/// The rows of a table whose key is the value of one of these cookies.
fn rows_named(
    store: &Store,
    owner: &str,
    table: &TableInfo,
    cookies: &[&Cookie],
) -> Result<Vec<(CookieKey, ServerRow)>, QueryError> {
    let Some(key) = table.key.first() else { return Ok(Vec::new()) };
    let keys: Vec<String> = cookies.iter().filter_map(|cookie| cookie.value.text()).map(literal).collect();
    let sql = format!(
        "SELECT CAST({key} AS TEXT) AS \"the key\", * FROM {name} WHERE CAST({key} AS TEXT) IN ({keys}) LIMIT {MAX_KEYS}",
        key = identifier(key),
        name = identifier(&table.name),
        keys = keys.join(", ")
    );
    let answer = store.query(owner, &SqlQuery::new(&sql))?;
    let mut found = Vec::new();
    for row in &answer.rows {
        let Some((key, values)) = row.split_first() else { continue };
        let key = shown(key);
        let heads = answer.columns.iter().skip(1);
        let columns: Vec<_> = heads.zip(values).map(|(name, value)| (name.clone(), shown(value))).collect();
        let row = ServerRow { owner: owner.to_owned(), table: table.name.clone(), columns };
        let named = cookies.iter().filter(|cookie| cookie.value.text() == Some(&key));
        found.extend(named.map(|cookie| (CookieKey::of(cookie), row.clone())));
    }
    Ok(found)
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn shown(value: &Value) -> String {
    let text = match value {
        Value::Null => "NULL".to_owned(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => number.to_string(),
        Value::Text(text) => text.clone(),
        Value::Blob(octets) => String::from_utf8_lossy(octets).into_owned(),
        Value::Long(long) => format!("{}…", String::from_utf8_lossy(&long.start)),
    };
    if text.chars().count() > SHOWN_OF_VALUE {
        return text.chars().take(SHOWN_OF_VALUE).chain(['…']).collect();
    }
    text
}

/// The cookies that were in the jar at a state of the store.
fn past_cookies(store: &Store, revision: Revision) -> Result<Vec<Cookie>, QueryError> {
    let past = store.past(&JAR.name, PointInTime::Revision(revision))?;
    if !past.tables()?.iter().any(|table| table == COOKIES_TABLE) {
        return Ok(Vec::new());
    }
    let sql = format!("SELECT {} FROM {COOKIES_TABLE} ORDER BY number", table::COLUMNS);
    let answer = past.query(&SqlQuery::new(&sql))?;
    Ok(answer.rows.iter().filter_map(|row| cookie_of(row)).collect())
}

fn cookie_of(row: &[Value]) -> Option<Cookie> {
    let [
        domain,
        path,
        name,
        host_only,
        partition,
        value,
        expires,
        created,
        accessed,
        secure,
        http_only,
        same_site,
        number,
    ] = row
    else {
        return None;
    };
    let whole = |value: &Value| if let Value::Integer(number) = value { Some(*number) } else { None };
    let words = |value: &Value| if let Value::Text(text) = value { Some(text.clone()) } else { None };
    let partition = words(partition).filter(|site| !site.is_empty());
    Some(Cookie {
        domain: words(domain)?,
        path: octets(path),
        name: octets(name),
        host_only: whole(host_only)? != 0,
        partition,
        value: octets(value),
        expires: whole(expires).map(UnixMicros),
        created: UnixMicros(whole(created)?),
        accessed: UnixMicros(whole(accessed)?),
        secure: whole(secure)? != 0,
        http_only: whole(http_only)? != 0,
        same_site: table::same_site_of(&words(same_site)?),
        number: whole(number)?.cast_unsigned(),
    })
}

/// What is long is shown as far as the answer has it.
fn octets(value: &Value) -> CookieText {
    match value {
        Value::Text(text) => text.as_str().into(),
        Value::Blob(octets) => CookieText::new(octets),
        Value::Long(long) => CookieText::new(&long.start),
        Value::Null | Value::Integer(_) | Value::Real(_) => CookieText::default(),
    }
}
