//! The jar's table: a row a cookie, every column as the student reads it, dates in microseconds since 1970.

use std::sync::Arc;

use bytes::Bytes;

use super::decision_log::{self, HandReason, LogWriter, text_of};
use crate::{
    proto::http::cookies::{
        Cookie, CookieDecision, CookieRequest, CookieRules, CookieText, Jar, Outcome, SameSite, UnixMicros,
        jar::site_of, limits::MAX_COOKIES,
    },
    store::{
        Cause, Error, Migration, Owner, Tables, TablesMut, WriteTransaction,
        sql::{self, Row, ToSql, ToSqlOutput, ValueRef, params},
    },
};

/// Who keeps the table.
pub const JAR: Owner = Owner::new(
    "jar",
    "The browser's cookies",
    &[
        Migration {
            why: "The jar is empty.",
            sql: "CREATE TABLE cookies (
            domain TEXT NOT NULL,
            path ANY NOT NULL,
            name ANY NOT NULL,
            host_only INTEGER NOT NULL,
            partition_site TEXT NOT NULL,
            value ANY NOT NULL,
            expires INTEGER,
            created INTEGER NOT NULL,
            accessed INTEGER NOT NULL,
            secure INTEGER NOT NULL,
            http_only INTEGER NOT NULL,
            same_site TEXT NOT NULL,
            site TEXT NOT NULL,
            number INTEGER NOT NULL,
            PRIMARY KEY (domain, path, name, host_only, partition_site)
        ) STRICT;
        CREATE INDEX cookies_of_a_site ON cookies (site);
        CREATE INDEX cookies_that_expire ON cookies (expires);",
        },
        decision_log::MIGRATION,
    ],
);

/// The name of the table.
pub const COOKIES_TABLE: &str = "cookies";

/// In the order of [`cookie_of`].
pub(super) const COLUMNS: &str = "domain, path, name, host_only, partition_site, value, expires, created, accessed, secure, http_only, same_site, number";

/// A change of the jar in progress.
pub(super) struct JarChange<'a, 'b> {
    pub(super) change: &'b WriteTransaction<'a>,
    pub(super) tables: TablesMut<'b>,
    pub(super) cause: &'b Cause,
}

impl JarChange<'_, '_> {
    /// The part of the jar that a request concerns: the cookies of its site, and all that have expired. All of them, where `more` that may be
    /// set could be too many.
    pub(super) fn jar_for(&self, request: &CookieRequest, now: UnixMicros, more: usize) -> Result<Jar, Error> {
        let count = self.tables.query_one("SELECT count(*) FROM cookies", [], |row| row.get::<_, i64>(0))?;
        if usize::try_from(count.unwrap_or_default()).unwrap_or_default().saturating_add(more) > MAX_COOKIES {
            return self.whole_jar();
        }
        let sql = format!("SELECT {COLUMNS} FROM cookies WHERE site = ?1 OR expires <= ?2 ORDER BY number");
        self.numbered(self.tables.query(&sql, params![request.host.registrable(), now.0], cookie_of)?)
    }

    /// All of the jar.
    pub(super) fn whole_jar(&self) -> Result<Jar, Error> {
        self.numbered(all(&self.tables)?)
    }

    fn numbered(&self, cookies: Vec<Cookie>) -> Result<Jar, Error> {
        let newest = self
            .tables
            .query_one("SELECT number FROM cookies ORDER BY number DESC LIMIT 1", [], |row| row.get::<_, i64>(0))?;
        let mut jar = Jar::with(cookies);
        jar.number_from(newest.map_or(0, |newest| newest.cast_unsigned() + 1));
        Ok(jar)
    }

    /// Writes what was decided, each row with its own reason. `lines` are the `Set-Cookie` lines it is about, if it is about any.
    pub(super) fn write(&self, decisions: &[CookieDecision], request: &str, lines: &[Bytes]) -> Result<(), Error> {
        self.write_cookies(decisions, request)?;
        self.log().write(decisions, request, lines)
    }

    /// Takes cookies out by hand, or with the session; each goes into the log with the reason. How many were there?
    pub(super) fn take_out(
        &self,
        cookies: &[Cookie],
        is_deletion: bool,
        reason: HandReason<'_>,
    ) -> Result<usize, Error> {
        let mut gone = Vec::new();
        for cookie in cookies {
            if self.delete(cookie)? {
                let cookie = Arc::new(cookie.clone());
                let outcome = if is_deletion {
                    Outcome::Deleted { before: Some(Arc::clone(&cookie)), cookie }
                } else {
                    Outcome::Expired { cookie }
                };
                gone.push(CookieDecision { rules: CookieRules::default(), outcome });
            }
        }
        self.log().write_gone(&gone, reason)?;
        Ok(gone.len())
    }

    fn log(&self) -> LogWriter<'_, '_> {
        LogWriter { change: self.change, tables: &self.tables, cause: self.cause }
    }

    fn write_cookies(&self, decisions: &[CookieDecision], request: &str) -> Result<(), Error> {
        for decision in decisions {
            let because = |does: &str| {
                let words =
                    format!("{request} {does} {}. {} ({})", decision.name(), decision.sentence(), decision.clause());
                self.change.because(words.trim_start())
            };
            match &decision.outcome {
                Outcome::Accepted { cookie } => {
                    because("sets")?;
                    self.insert(cookie)?;
                }
                Outcome::Replaced { cookie, before } => {
                    because("sets again")?;
                    if before.host_only != cookie.host_only {
                        self.delete(before)?;
                    }
                    self.insert(cookie)?;
                }
                Outcome::Deleted { before: Some(before), .. } => {
                    because("deletes")?;
                    self.delete(before)?;
                }
                Outcome::Evicted { cookie, .. } => {
                    because("makes room by evicting")?;
                    self.delete(cookie)?;
                }
                Outcome::Expired { cookie } => {
                    self.change.because(&format!("{} ({})", decision.sentence(), decision.clause()))?;
                    self.delete(cookie)?;
                }
                Outcome::Sent { cookie } => {
                    because("carries")?;
                    self.used(cookie)?;
                }
                Outcome::Deleted { before: None, .. } | Outcome::Refused { .. } | Outcome::KeptBack { .. } => {}
            }
        }
        Ok(())
    }

    fn insert(&self, cookie: &Cookie) -> Result<(), Error> {
        let site = site_of(cookie);
        let sql = format!(
            "INSERT INTO cookies ({COLUMNS}, site) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
             ON CONFLICT (domain, path, name, host_only, partition_site) DO UPDATE SET value = ?6, expires = ?7, accessed = ?9, secure = ?10,
                 http_only = ?11, same_site = ?12"
        );
        let Cookie { domain, path, name, host_only, partition, value, expires, created, accessed, .. } = cookie;
        let partition = partition.as_deref().unwrap_or_default();
        let same_site = same_site_word(cookie.same_site);
        let number = cookie.number.cast_signed();
        self.tables.execute(
            &sql,
            params![
                domain,
                path,
                name,
                host_only,
                partition,
                value,
                expires.map(|expires| expires.0),
                created.0,
                accessed.0,
                cookie.secure,
                cookie.http_only,
                same_site,
                number,
                site
            ],
        )?;
        Ok(())
    }

    fn used(&self, cookie: &Cookie) -> Result<(), Error> {
        let sql = "UPDATE cookies SET accessed = ?6
                   WHERE domain = ?1 AND path = ?2 AND name = ?3 AND host_only = ?4 AND partition_site = ?5";
        let partition = cookie.partition.as_deref().unwrap_or_default();
        let key = params![cookie.domain, cookie.path, cookie.name, cookie.host_only, partition, cookie.accessed.0];
        self.tables.execute(sql, key)?;
        Ok(())
    }

    /// Was it there?
    pub(super) fn delete(&self, cookie: &Cookie) -> Result<bool, Error> {
        let sql = "DELETE FROM cookies
                   WHERE domain = ?1 AND path = ?2 AND name = ?3 AND host_only = ?4 AND partition_site = ?5";
        let partition = cookie.partition.as_deref().unwrap_or_default();
        let key = params![cookie.domain, cookie.path, cookie.name, cookie.host_only, partition];
        Ok(self.tables.execute(sql, key)? > 0)
    }
}

/// Is there a cookie of the request's site, or one that has expired?
pub(super) fn is_concerned(tables: &Tables<'_>, request: &CookieRequest, now: UnixMicros) -> Result<bool, Error> {
    let sql = "SELECT 1 FROM cookies WHERE site = ?1 OR expires <= ?2 LIMIT 1";
    Ok(tables.query_one(sql, params![request.host.registrable(), now.0], |_| Ok(()))?.is_some())
}

/// Every cookie, in the order they were set.
pub(super) fn all(tables: &Tables<'_>) -> Result<Vec<Cookie>, Error> {
    tables.query(&format!("SELECT {COLUMNS} FROM cookies ORDER BY number"), [], cookie_of)
}

fn cookie_of(row: &Row<'_>) -> sql::Result<Cookie> {
    let text = |column: usize| text_of(row, column).map(Option::unwrap_or_default);
    let partition: String = row.get(4)?;
    Ok(Cookie {
        domain: row.get(0)?,
        path: text(1)?,
        name: text(2)?,
        host_only: row.get(3)?,
        partition: (!partition.is_empty()).then_some(partition),
        value: text(5)?,
        expires: row.get::<_, Option<i64>>(6)?.map(UnixMicros),
        created: UnixMicros(row.get(7)?),
        accessed: UnixMicros(row.get(8)?),
        secure: row.get(9)?,
        http_only: row.get(10)?,
        same_site: same_site_of(&row.get::<_, String>(11)?),
        number: row.get::<_, i64>(12)?.cast_unsigned(),
    })
}

fn same_site_word(same_site: SameSite) -> &'static str {
    match same_site {
        SameSite::Default => "default",
        SameSite::None => "none",
        SameSite::Lax => "lax",
        SameSite::Strict => "strict",
    }
}

pub(super) fn same_site_of(word: &str) -> SameSite {
    match word {
        "none" => SameSite::None,
        "lax" => SameSite::Lax,
        "strict" => SameSite::Strict,
        _ => SameSite::Default,
    }
}

/// A text where it is one, else octets.
impl ToSql for CookieText {
    fn to_sql(&self) -> sql::Result<ToSqlOutput<'_>> {
        let octets = self.octets();
        let is_text = self.text().is_some() && !octets.contains(&0);
        Ok(ToSqlOutput::Borrowed(if is_text { ValueRef::Text(octets) } else { ValueRef::Blob(octets) }))
    }
}
