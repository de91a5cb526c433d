//! Names: what an owner calls `customers` is `"www.amazon.com/customers"` in the database. SQL is read only as far as names need it.
//!
//! A table of another owner cannot even be named: an identifier with a slash in it is refused, and every name of the database has
//! one. Source of the lexical rules: SQLite's `tokenize.c` and <https://www.sqlite.org/lang_keywords.html>.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

use super::Error;

/// The names of one owner's tables and indexes, and the SQL that was rewritten with them.
#[derive(Debug)]
pub(super) struct Namespace {
    owner: String,
    /// In lower case: SQL's names are the same in upper and lower case.
    names: BTreeSet<String>,
    rewritten: Mutex<HashMap<String, Arc<str>>>,
}

/// How many rewritten statements are remembered. An owner has fewer, unless it writes values into them.
const MAX_REMEMBERED: usize = 256;

impl Namespace {
    /// The names that `migrations` define.
    pub(super) fn new<'a>(owner: &str, migrations: impl Iterator<Item = &'a str>) -> Result<Self, Error> {
        let mut names = BTreeSet::new();
        for sql in migrations {
            for name in defined(sql) {
                let first = name.chars().next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
                let fit = first && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
                if !fit || name.to_ascii_lowercase().starts_with("sqlite_") {
                    return Err(Error::Name { owner: owner.to_owned(), name });
                }
                names.insert(name.to_ascii_lowercase());
            }
        }
        Ok(Self { owner: owner.to_owned(), names, rewritten: Mutex::default() })
    }

    /// Whose names these are.
    pub(super) fn owner(&self) -> &str {
        &self.owner
    }

    /// Whether one of them is `name`.
    pub(super) fn has(&self, name: &str) -> bool {
        self.names.contains(&name.to_ascii_lowercase())
    }

    /// `sql` with the owner's names as the database has them.
    pub(super) fn rewrite(&self, sql: &str) -> Result<Arc<str>, Error> {
        let mut rewritten = self.rewritten.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = rewritten.get(sql) {
            return Ok(Arc::clone(known));
        }
        let new: Arc<str> = self.rewrite_anew(sql)?.into();
        if rewritten.len() < MAX_REMEMBERED {
            rewritten.insert(sql.to_owned(), Arc::clone(&new));
        }
        Ok(new)
    }

    fn rewrite_anew(&self, sql: &str) -> Result<String, Error> {
        let mut text = String::with_capacity(sql.len() + 64);
        let mut after_dot = false;
        for token in SqlTokens(sql) {
            if let SqlToken::Name { name, .. } = &token {
                if name.contains('/') {
                    return Err(Error::ForeignName { owner: self.owner.clone(), name: name.clone() });
                }
                if !after_dot && self.has(name) {
                    text.push_str(&physical(&self.owner, name));
                    continue;
                }
            }
            after_dot = match &token {
                SqlToken::Other(piece) => *piece == ".",
                SqlToken::Space(_) => after_dot,
                SqlToken::Name { .. } => false,
            };
            text.push_str(token.text());
        }
        Ok(text)
    }
}

/// The quoted name that a table of an owner has in the database.
pub(super) fn physical(owner: &str, name: &str) -> String {
    quoted(&format!("{owner}/{}", name.to_ascii_lowercase()))
}

/// An identifier in quotation marks.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The names of tables and indexes that `sql` creates or renames to.
fn defined(sql: &str) -> Vec<String> {
    let words: Vec<SqlToken<'_>> = SqlTokens(sql).filter(|token| !matches!(token, SqlToken::Space(_))).collect();
    let is = |at: usize, keyword: &str| words.get(at).is_some_and(|word| word.text().eq_ignore_ascii_case(keyword));
    let mut names = Vec::new();
    for at in 0..words.len() {
        let name_at = if is(at, "CREATE") {
            let kind = at + 1 + usize::from(["TEMP", "TEMPORARY", "UNIQUE"].iter().any(|word| is(at + 1, word)));
            if !["TABLE", "INDEX"].iter().any(|word| is(kind, word)) {
                continue;
            }
            let unless = is(kind + 1, "IF") && is(kind + 2, "NOT") && is(kind + 3, "EXISTS");
            kind + if unless { 4 } else { 1 }
        } else if is(at, "RENAME") && is(at + 1, "TO") {
            at + 2
        } else {
            continue;
        };
        if let Some(SqlToken::Name { name, .. }) = words.get(name_at) {
            names.push(name.clone());
        }
    }
    names
}

/// A piece of SQL.
#[derive(Debug)]
enum SqlToken<'a> {
    /// An identifier or a keyword, quoted or not.
    Name { text: &'a str, name: String },
    /// White space or a comment.
    Space(&'a str),
    /// Anything else: numbers, texts, parameters, signs.
    Other(&'a str),
}

impl SqlToken<'_> {
    fn text(&self) -> &str {
        match self {
            Self::Name { text, .. } | Self::Space(text) | Self::Other(text) => text,
        }
    }
}

/// The pieces of what is left of a text. Together they are the text, whatever it is.
struct SqlTokens<'a>(&'a str);

impl<'a> Iterator for SqlTokens<'a> {
    type Item = SqlToken<'a>;

    fn next(&mut self) -> Option<SqlToken<'a>> {
        let rest = self.0;
        let first = rest.chars().next()?;
        let space = |c: char| matches!(c, ' ' | '\t' | '\n' | '\r' | '\x0c');
        let (kind, len) = match first {
            c if space(c) => (TokenKind::Space, run(rest, space)),
            '-' if rest.starts_with("--") => (TokenKind::Space, rest.find('\n').map_or(rest.len(), |end| end + 1)),
            '/' if rest.starts_with("/*") => (TokenKind::Space, until(rest, 2, "*/")),
            '\'' => (TokenKind::Other, until_quote(rest, '\'')),
            '"' | '`' => (TokenKind::Name, until_quote(rest, first)),
            '[' => (TokenKind::Name, until(rest, 1, "]")),
            'x' | 'X' if rest.chars().nth(1) == Some('\'') => {
                (TokenKind::Other, 1 + rest.get(1..).map_or(0, |text| until_quote(text, '\'')))
            }
            c if begins_name(c) => (TokenKind::Name, run(rest, continues_name)),
            c if c.is_ascii_digit() => (TokenKind::Other, run(rest, |c| continues_name(c) || c == '.')),
            '?' | ':' | '@' | '$' | '#' => {
                (TokenKind::Other, 1 + rest.get(1..).map_or(0, |text| run(text, continues_name)))
            }
            other => (TokenKind::Other, other.len_utf8()),
        };
        let (text, left) = rest.split_at_checked(len).unwrap_or((rest, ""));
        self.0 = left;
        Some(match kind {
            TokenKind::Name => SqlToken::Name { text, name: unquoted(text) },
            TokenKind::Space => SqlToken::Space(text),
            TokenKind::Other => SqlToken::Other(text),
        })
    }
}

#[derive(Clone, Copy)]
enum TokenKind {
    Name,
    Space,
    Other,
}

fn begins_name(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_' || !c.is_ascii()
}

fn continues_name(c: char) -> bool {
    begins_name(c) || c.is_ascii_digit() || c == '$'
}

/// Octets at the beginning of `text` whose characters are all `fit`.
fn run(text: &str, fit: impl Fn(char) -> bool) -> usize {
    text.find(|c| !fit(c)).unwrap_or(text.len())
}

/// Octets up to and including `end`, looked for after the first `skip`; all when it does not come.
fn until(text: &str, skip: usize, end: &str) -> usize {
    text.get(skip..).and_then(|rest| rest.find(end)).map_or(text.len(), |at| skip + at + end.len())
}

/// Octets of a text in quotation marks, a doubled mark standing for one; all when the closing one does not come.
fn until_quote(text: &str, mark: char) -> usize {
    let mut marks = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = marks.next() {
        if c == mark && marks.next_if(|(_, next)| *next == mark).is_none() {
            return at + mark.len_utf8();
        }
    }
    text.len()
}

fn unquoted(text: &str) -> String {
    let inner = |open: char, close: char| text.strip_prefix(open).map(|rest| rest.strip_suffix(close).unwrap_or(rest));
    if let Some(name) = inner('"', '"') {
        return name.replace("\"\"", "\"");
    }
    if let Some(name) = inner('`', '`') {
        return name.replace("``", "`");
    }
    inner('[', ']').unwrap_or(text).to_owned()
}

#[cfg(test)]
mod an_owners_names {
    use proptest::prelude::*;

    use super::*;

    fn shop() -> Namespace {
        let sql = "CREATE TABLE Customers(id INTEGER PRIMARY KEY) STRICT; -- CREATE TABLE no(\n\
                   create unique index if not exists by_name on customers(name);\n\
                   CREATE TABLE \"orders\"(x); ALTER TABLE customers RENAME TO people; ALTER TABLE people RENAME COLUMN a TO b;";
        Namespace::new("shop", [sql].into_iter()).unwrap()
    }

    #[test]
    fn are_those_its_migrations_define() {
        let names: Vec<_> = shop().names.into_iter().collect();
        assert_eq!(names, ["by_name", "customers", "orders", "people"]);
    }

    #[test]
    fn become_the_databases_names() {
        for (sql, expected) in [
            ("SELECT * FROM customers", "SELECT * FROM \"shop/customers\""),
            ("INSERT INTO CUSTOMERS(id) VALUES (:customers)", "INSERT INTO \"shop/customers\"(id) VALUES (:customers)"),
            ("SELECT customers.id FROM \"customers\"", "SELECT \"shop/customers\".id FROM \"shop/customers\""),
            ("SELECT c . customers FROM [orders] c", "SELECT c . customers FROM \"shop/orders\" c"),
            ("SELECT 'customers', x'00', 1e3 -- customers\n", "SELECT 'customers', x'00', 1e3 -- customers\n"),
            ("SELECT 'it''s customers' /* customers */", "SELECT 'it''s customers' /* customers */"),
            ("SELECT $customers, @customers, ?1, #customers", "SELECT $customers, @customers, ?1, #customers"),
            ("SELECT müller FROM others", "SELECT müller FROM others"),
        ] {
            assert_eq!(&*shop().rewrite(sql).unwrap(), expected);
        }
    }

    #[test]
    fn cannot_be_those_of_another_owner_or_of_the_store() {
        for sql in ["SELECT * FROM \"jar/cookie\"", "SELECT * FROM [store/change]", "SELECT \"a/b"] {
            assert!(matches!(shop().rewrite(sql), Err(Error::ForeignName { .. })), "{sql}");
        }
        for sql in ["CREATE TABLE \"a b\"(x)", "CREATE TABLE sqlite_x(x)", "CREATE INDEX \"a/b\" ON c(d)"] {
            assert!(matches!(Namespace::new("shop", [sql].into_iter()), Err(Error::Name { .. })), "{sql}");
        }
    }

    proptest! {
        #[test]
        fn are_found_in_any_text_without_losing_a_character(sql in ".{0,80}|[-/*'\"`\\[\\]x.a? \n]{0,40}") {
            let pieces: String = SqlTokens(&sql).map(|token| token.text().to_owned()).collect();
            prop_assert_eq!(&pieces, &sql);
            defined(&sql);
            if let Ok(rewritten) = shop().rewrite(&sql) {
                prop_assert!(rewritten.len() >= sql.len() || sql.contains(['"', '[', '`']));
            }
        }
    }
}
