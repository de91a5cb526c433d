//! The log of decisions: a table beside the cookies, one row for each that was accepted, replaced, deleted, refused, sent, kept back, expired or
//! evicted, with its cause. The oldest rows go first.

use bytes::Bytes;

use crate::{
    proto::http::cookies::{Cookie, CookieDecision, CookieText, Outcome, UnixMicros, Verdict},
    store::{
        Cause, Error, Migration, Revision, Tables, TablesMut, WriteTransaction,
        sql::{self, FromSqlError, Row, ValueRef, params},
    },
};

/// One decision about a cookie, as it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedDecision {
    /// Its number: later ones have greater numbers.
    pub number: u64,
    /// The state of the store it led to. The decisions of one request have the same, and so have those of one response.
    pub revision: Revision,
    /// When it was made.
    pub date: UnixMicros,
    /// In which run; `None` where it was made by hand.
    pub run: Option<u64>,
    /// Over which connection of that run.
    pub flow: Option<u64>,
    /// What became of the cookie.
    pub verdict: Verdict,
    /// Which cookie. Of a refused one, the domain is the host that wanted to set it.
    pub cookie: CookieKey,
    /// Its value; of a refused one the beginning.
    pub value: CookieText,
    /// The value of the cookie that was replaced or deleted; `None` where there was none.
    pub before: Option<CookieText>,
    /// Method and URL of the request, `GET http://www.amazon.com/`; empty where it was made by hand.
    pub request: String,
    /// The value of the `Set-Cookie` line as it was written, at most [`MAX_LINE_KEPT`] octets of it.
    pub line: Option<CookieText>,
    /// Where the rule stands; empty where it was made by hand.
    pub clause: String,
    /// Why, a sentence.
    pub why: String,
    /// What would change it.
    pub remedy: Option<String>,
}

/// What tells one cookie from another (RFC 6265bis §5.7 step 23).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CookieKey {
    /// The host, or the domain it is for.
    pub domain: String,
    /// It is for what is below this path.
    pub path: CookieText,
    /// Its name.
    pub name: CookieText,
    /// It is for that host alone.
    pub host_only: bool,
    /// The site whose pages it is kept apart for.
    pub partition: Option<String>,
}

impl CookieKey {
    /// That of a cookie.
    pub fn of(cookie: &Cookie) -> Self {
        Self {
            domain: cookie.domain.clone(),
            path: cookie.path.clone(),
            name: cookie.name.clone(),
            host_only: cookie.host_only,
            partition: cookie.partition.clone(),
        }
    }

    /// Is it this cookie's?
    pub fn is_of(&self, cookie: &Cookie) -> bool {
        self.name == cookie.name
            && self.domain == cookie.domain
            && self.path == cookie.path
            && self.host_only == cookie.host_only
            && self.partition == cookie.partition
    }
}

/// Decisions that are remembered: some ten for each of a thousand requests.
pub const MAX_DECISIONS: u32 = 10_000;

/// Octets of a `Set-Cookie` line that are remembered.
pub const MAX_LINE_KEPT: usize = 1_024;

/// The table begins.
pub(super) const MIGRATION: Migration = Migration {
    why: "The log of decisions begins.",
    sql: "CREATE TABLE decisions (
            number INTEGER PRIMARY KEY,
            revision INTEGER NOT NULL,
            date INTEGER NOT NULL,
            run INTEGER,
            flow INTEGER,
            verdict TEXT NOT NULL,
            domain TEXT NOT NULL,
            path ANY NOT NULL,
            name ANY NOT NULL,
            host_only INTEGER NOT NULL,
            partition_site TEXT NOT NULL,
            value ANY NOT NULL,
            value_before ANY,
            request TEXT NOT NULL,
            line ANY,
            clause TEXT NOT NULL,
            why TEXT NOT NULL,
            remedy TEXT
        ) STRICT;",
};

/// In the order of [`decision_of`].
const COLUMNS: &str = "number, revision, date, run, flow, verdict, domain, path, name, host_only, partition_site, value, value_before, request, line, clause, why, remedy";

/// The log while the jar is being changed.
pub(super) struct LogWriter<'a, 'b> {
    pub(super) change: &'b WriteTransaction<'a>,
    pub(super) tables: &'b TablesMut<'b>,
    pub(super) cause: &'b Cause,
}

/// Why a cookie came or went without a request.
#[derive(Clone, Copy, Debug)]
pub(super) struct HandReason<'a> {
    pub(super) why: &'a str,
    pub(super) clause: &'a str,
}

impl LogWriter<'_, '_> {
    /// Writes decisions down. `lines` are the `Set-Cookie` lines they are about, if they are about any, in their order.
    pub(super) fn write(&self, decisions: &[CookieDecision], request: &str, lines: &[Bytes]) -> Result<(), Error> {
        if decisions.is_empty() {
            return Ok(());
        }
        self.change.because("What was decided about cookies is written down.")?;
        let mut lines = lines.iter();
        for decision in decisions {
            let verdict = decision.verdict();
            let of_a_line =
                matches!(verdict, Verdict::Accepted | Verdict::Replaced | Verdict::Deleted | Verdict::Refused);
            let line = if of_a_line { lines.next() } else { None };
            let by_hand = request.is_empty() && of_a_line;
            let hand = by_hand.then_some(HandReason { why: &self.cause.why, clause: "" });
            self.row(decision, request, line, hand)?;
        }
        self.cut()
    }

    /// Writes down that cookies went by hand, or with the session.
    pub(super) fn write_gone(&self, cookies: &[CookieDecision], reason: HandReason<'_>) -> Result<(), Error> {
        if cookies.is_empty() {
            return Ok(());
        }
        for decision in cookies {
            self.row(decision, "", None, Some(reason))?;
        }
        self.cut()
    }

    fn row(
        &self,
        decision: &CookieDecision,
        request: &str,
        line: Option<&Bytes>,
        hand: Option<HandReason<'_>>,
    ) -> Result<(), Error> {
        let (key, value, before) = subject_of(decision, request);
        let line = line.map(|line| CookieText::new(line.get(..MAX_LINE_KEPT).unwrap_or(line)));
        let why = hand.map_or_else(|| decision.sentence(), |hand| hand.why.to_owned());
        let clause = hand.map_or_else(|| decision.clause(), |hand| hand.clause);
        let remedy = if hand.is_some() { None } else { decision.remedy() };
        let sql = format!(
            "INSERT INTO decisions ({COLUMNS}) VALUES (NULL, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)"
        );
        self.tables.execute(
            &sql,
            params![
                self.change.revision().0.cast_signed(),
                UnixMicros::from(std::time::SystemTime::from(self.change.date())).0,
                self.cause.run.map(u64::cast_signed),
                self.cause.flow.map(u64::cast_signed),
                decision.verdict().name(),
                key.domain,
                key.path,
                key.name,
                key.host_only,
                key.partition.unwrap_or_default(),
                value,
                before,
                request,
                line,
                clause,
                why,
                remedy
            ],
        )?;
        Ok(())
    }

    /// The oldest go where there are too many.
    fn cut(&self) -> Result<(), Error> {
        let sql = "DELETE FROM decisions WHERE number <= (SELECT max(number) FROM decisions) - ?1";
        self.tables.execute(sql, params![MAX_DECISIONS])?;
        Ok(())
    }
}

/// Which cookie a decision is about, its value, and that of the one before it.
fn subject_of(decision: &CookieDecision, request: &str) -> (CookieKey, CookieText, Option<CookieText>) {
    let before = match &decision.outcome {
        Outcome::Replaced { before, .. } | Outcome::Deleted { before: Some(before), .. } => Some(before.value.clone()),
        Outcome::Accepted { .. }
        | Outcome::Deleted { before: None, .. }
        | Outcome::Refused { .. }
        | Outcome::Sent { .. }
        | Outcome::KeptBack { .. }
        | Outcome::Evicted { .. }
        | Outcome::Expired { .. } => None,
    };
    match (&decision.outcome, decision.cookie()) {
        (_, Some(cookie)) => (CookieKey::of(cookie), cookie.value.clone(), before),
        (Outcome::Refused { name, value, .. }, None) => {
            let url = request.split_once(' ').map_or(request, |(_, url)| url);
            let host = url::Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned));
            let key = CookieKey { domain: host.unwrap_or_default(), name: name.clone(), ..CookieKey::default() };
            (key, value.clone(), None)
        }
        (_, None) => (CookieKey::default(), CookieText::default(), None),
    }
}

/// All that is remembered, the oldest first.
pub(super) fn all(tables: &Tables<'_>) -> Result<Vec<LoggedDecision>, Error> {
    tables.query(&format!("SELECT {COLUMNS} FROM decisions ORDER BY number"), [], decision_of)
}

fn decision_of(row: &Row<'_>) -> sql::Result<LoggedDecision> {
    let number = |column: usize| row.get::<_, i64>(column).map(i64::cast_unsigned);
    let maybe_number = |column: usize| row.get::<_, Option<i64>>(column).map(|number| number.map(i64::cast_unsigned));
    let partition: String = row.get(10)?;
    Ok(LoggedDecision {
        number: number(0)?,
        revision: Revision(number(1)?),
        date: UnixMicros(row.get(2)?),
        run: maybe_number(3)?,
        flow: maybe_number(4)?,
        verdict: Verdict::named(&row.get::<_, String>(5)?).unwrap_or(Verdict::Refused),
        cookie: CookieKey {
            domain: row.get(6)?,
            path: text_of(row, 7)?.unwrap_or_default(),
            name: text_of(row, 8)?.unwrap_or_default(),
            host_only: row.get(9)?,
            partition: (!partition.is_empty()).then_some(partition),
        },
        value: text_of(row, 11)?.unwrap_or_default(),
        before: text_of(row, 12)?,
        request: row.get(13)?,
        line: text_of(row, 14)?,
        clause: row.get(15)?,
        why: row.get(16)?,
        remedy: row.get(17)?,
    })
}

/// A text or octets of a column; `None` where there is nothing.
pub(super) fn text_of(row: &Row<'_>, column: usize) -> sql::Result<Option<CookieText>> {
    match row.get_ref(column)? {
        ValueRef::Text(octets) | ValueRef::Blob(octets) => Ok(Some(CookieText::new(octets))),
        ValueRef::Null => Ok(None),
        ValueRef::Integer(_) | ValueRef::Real(_) => Err(sql::Error::from(FromSqlError::InvalidType)),
    }
}
