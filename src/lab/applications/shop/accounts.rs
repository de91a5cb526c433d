//! Logging in: whoever knows a password is shown an account, and a cookie says so with every later request.

use std::{num::NonZeroU32, time::SystemTime};

use super::super::dates::{seconds, stamp};
use crate::store::{Digest, Error, Migration, Tables, TablesMut, sql::params};

/// How the tables came to be.
pub(super) const MIGRATION: Migration = Migration {
    why: "The shop's accounts begin.",
    sql: "CREATE TABLE accounts (
            email TEXT PRIMARY KEY,
            name TEXT NOT NULL,
            salt TEXT NOT NULL,
            password TEXT NOT NULL,
            since TEXT NOT NULL
        ) STRICT;
        CREATE TABLE logins (
            token TEXT PRIMARY KEY,
            email TEXT NOT NULL,
            customer INTEGER NOT NULL,
            since TEXT NOT NULL,
            until INTEGER NOT NULL
        ) STRICT;",
};

/// Accounts a shop keeps; the oldest goes when there is one too many.
pub(super) const MAX_ACCOUNTS: u32 = 500;
/// Logins a shop keeps; the oldest goes when there is one too many.
pub(super) const MAX_LOGINS: u32 = 1_000;

/// The cookies of a login, over http and over https.
pub(super) const COOKIES: [&str; 2] = ["login", "__Host-login"];

/// Somebody who has logged in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) email: String,
    pub(super) name: String,
}

/// Why a login is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum LoginError {
    #[error("An e-mail address has an @ in it and at most {MAX_EMAIL} octets")]
    Email,
    #[error("A password has 1 to {MAX_PASSWORD} octets")]
    Password,
    #[error(
        "The shop does not know this e-mail address: give a name of at most {MAX_NAME} octets too, and an account is made"
    )]
    Name,
    #[error("The password is not the one of this account")]
    WrongPassword,
}

/// Checks a password, or makes an account for it: `email`, `name`, `password`. Gives the account and the token that stands for the login.
pub(super) fn log_in(
    tables: &TablesMut<'_>,
    site: &str,
    customer: i64,
    [email, name, password]: [&str; 3],
    now: SystemTime,
) -> Result<Result<(Account, String), LoginError>, Error> {
    if email.len() > MAX_EMAIL || !email.contains('@') {
        return Ok(Err(LoginError::Email));
    }
    if password.is_empty() || password.len() > MAX_PASSWORD {
        return Ok(Err(LoginError::Password));
    }
    let known: Option<(String, String, String)> =
        tables.query_one("SELECT name, salt, password FROM accounts WHERE email = ?1", params![email], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?;
    let name = match known {
        Some((known, salt, stored)) if derived(password, &salt) == stored => known,
        Some(_) => return Ok(Err(LoginError::WrongPassword)),
        None if name.is_empty() || name.len() > MAX_NAME => return Ok(Err(LoginError::Name)),
        None => {
            let salt = token(&[site, email, &stamp(now)]);
            let stored = derived(password, &salt);
            tables.execute(
                "INSERT INTO accounts VALUES (?1, ?2, ?3, ?4, ?5)",
                params![email, name, salt, stored, stamp(now)],
            )?;
            tables.execute(
                "DELETE FROM accounts WHERE email IN
                 (SELECT email FROM accounts ORDER BY since DESC, email LIMIT -1 OFFSET ?1)",
                params![MAX_ACCOUNTS],
            )?;
            name.to_owned()
        }
    };
    let token = token(&[site, email, &customer.to_string(), &stamp(now), password]);
    tables.execute(
        "INSERT INTO logins VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE SET until = excluded.until",
        params![token, email, customer, stamp(now), seconds(now).saturating_add(LOGIN_SECONDS)],
    )?;
    tables.execute(
        "DELETE FROM logins WHERE token IN (SELECT token FROM logins ORDER BY until DESC, token LIMIT -1 OFFSET ?1)",
        params![MAX_LOGINS],
    )?;
    Ok(Ok((Account { email: email.to_owned(), name }, token)))
}

/// Whose login it is, unless it is over.
pub(super) fn logged_in(tables: &Tables<'_>, token: &str, now: SystemTime) -> Result<Option<Account>, Error> {
    tables.query_one(
        "SELECT email, name FROM accounts WHERE email = (SELECT email FROM logins WHERE token = ?1 AND until > ?2)",
        params![token, seconds(now)],
        |row| Ok(Account { email: row.get(0)?, name: row.get(1)? }),
    )
}

/// The login is over.
pub(super) fn forget(tables: &TablesMut<'_>, token: &str) -> Result<(), Error> {
    tables.execute("DELETE FROM logins WHERE token = ?1", params![token])?;
    Ok(())
}

/// The cookie of a login. Over https it has a name that no other host and no unprotected page can set (RFC 6265bis §4.1.3.2).
pub(super) fn cookie(token: &str, secure: bool) -> String {
    let [plain, host] = COOKIES;
    let fixed = format!("{token}; Max-Age={LOGIN_SECONDS}; Path=/; HttpOnly; SameSite=Strict");
    if secure { format!("{host}={fixed}; Secure") } else { format!("{plain}={fixed}") }
}

/// A line that has the browser throw the cookie away. One with the prefix is only accepted as it was set.
pub(super) fn end_of_cookie(name: &str) -> String {
    let secure = if name.starts_with("__Host-") { "; Secure" } else { "" };
    format!("{name}=; Max-Age=0; Path=/{secure}")
}

/// What is kept of a password: PBKDF2 (RFC 8018 §5.2), with fewer rounds than a site outside a lab must have.
fn derived(password: &str, salt: &str) -> String {
    let mut key = [0; 16];
    let rounds = NonZeroU32::new(ROUNDS).unwrap_or(NonZeroU32::MIN);
    ring::pbkdf2::derive(ring::pbkdf2::PBKDF2_HMAC_SHA256, rounds, salt.as_bytes(), password.as_bytes(), &mut key);
    hex(&key)
}

/// A text that looks random and is the same whenever the run is repeated. Outside a lab it must be random.
fn token(parts: &[&str]) -> String {
    let Digest(digest) = Digest::of(parts.join("\n").as_bytes());
    hex(digest.get(..8).unwrap_or_default())
}

fn hex(octets: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(octets)
}

/// How long a login lasts: 3 days.
const LOGIN_SECONDS: i64 = 259_200;
/// Rounds of the function that derives what is kept of a password.
const ROUNDS: u32 = 1_000;
/// Octets of an e-mail address (RFC 5321 §4.5.3.1.3).
const MAX_EMAIL: usize = 254;
/// Octets of a password.
const MAX_PASSWORD: usize = 128;
/// Octets of a name.
const MAX_NAME: usize = 60;

#[cfg(test)]
mod a_password {
    use super::*;

    #[test]
    fn is_not_kept_but_what_is_derived_from_it() {
        // RFC 7914 §11 has PBKDF2-HMAC-SHA256 of "passwd" and "salt" with one round; this is the same function.
        let mut key = [0; 16];
        let salt = b"salt";
        ring::pbkdf2::derive(ring::pbkdf2::PBKDF2_HMAC_SHA256, NonZeroU32::MIN, salt, b"passwd", &mut key);
        assert_eq!(hex(&key), "55ac046e56e3089fec1691c22544b605");
        assert_ne!(derived("networks", "a"), derived("networks", "b"));
        assert_eq!(derived("networks", "a").len(), 32);
    }

    #[test]
    fn cookies_of_a_login_have_the_prefix_over_https_only() {
        assert_eq!(cookie("t", false), "login=t; Max-Age=259200; Path=/; HttpOnly; SameSite=Strict");
        assert_eq!(cookie("t", true), "__Host-login=t; Max-Age=259200; Path=/; HttpOnly; SameSite=Strict; Secure");
        assert_eq!(end_of_cookie("__Host-login"), "__Host-login=; Max-Age=0; Path=/; Secure");
    }
}
