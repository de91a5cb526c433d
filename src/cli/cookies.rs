//! `roundtrip cookies`: the browser's jar, by hand.

use std::{fs, io, path::PathBuf, time::SystemTime};

use url::Url;

use super::{
    args::{CookiesAction, CookiesArgs, WorldArg},
    cookie_file,
    outcome::{CommandFailure, complain},
    store::{failed, to_be_changed},
    text,
};
use crate::{
    engine::{
        jar::{BrowserJar, CookieNote},
        setting::WorldChoice,
        store_status::opening_words,
        stores::{SharedStore, Stores},
        text::{folded, hanging, table},
    },
    net::Clock,
    proto::http::cookies::{Cookie, CookieRequest, CookieText, JarRules, RequestCause, Site, UnixMicros, Verdict},
    wire::units,
};

/// Does what was asked with the jar of a store in `folder`.
pub(super) fn run(args: &CookiesArgs, folder: Option<PathBuf>, out: &mut dyn io::Write) -> Result<(), CommandFailure> {
    let missing = || {
        CommandFailure::Usage("name the store's folder with --data-folder: this machine has no usual one".to_owned())
    };
    let world = match args.world {
        WorldArg::Lab => WorldChoice::Lab,
        WorldArg::Internet => WorldChoice::Internet,
    };
    let stores = Stores::in_folder(folder.ok_or_else(missing)?);
    let store = stores.of(world).map_err(|error| failed(&error))?;
    let Some(store) = store else { return Ok(()) };
    if let Some(words) = opening_words(&store) {
        complain(&words);
    }
    let jar = BrowserJar::in_store(store.store().clone(), None);
    let date = date_of(&store, world)?;
    match args.order.as_ref().unwrap_or(&CookiesAction::List) {
        CookiesAction::List => list(&cookies_of(&jar)?, date, args.json, out),
        CookiesAction::Why { .. } => why(args, &jar, date, out),
        CookiesAction::Import { file } => {
            to_be_changed(&store)?;
            let cookies = cookie_file::read(file, date.into())?;
            let many = cookies.len();
            let reason = format!("The student read it from the file {}.", file.display());
            let done = jar.put(cookies, args.cookie_rules.into(), date, &reason).map_err(|error| failed(&error))?;
            store.end_run().map_err(|error| failed(&error))?;
            let kept =
                done.iter().filter(|done| matches!(done.verdict(), Verdict::Accepted | Verdict::Replaced)).count();
            Ok(writeln!(out, "{kept} of {many} cookies are in the jar now")?)
        }
        CookiesAction::Export { file } => {
            let cookies = cookies_of(&jar)?;
            let octets = if args.json {
                let mut json = serde_json::to_vec_pretty(&cookies).map_err(io::Error::from)?;
                json.push(b'\n');
                json
            } else {
                cookie_file::cookies_txt_of(&cookies)
            };
            match file {
                Some(file) => Ok(fs::write(file, octets)?),
                None => Ok(out.write_all(&octets)?),
            }
        }
    }
}

fn cookies_of(jar: &BrowserJar) -> Result<Vec<Cookie>, CommandFailure> {
    jar.cookies().map_err(|error| failed(&error))
}

/// The date of the world: the lab's calendar, or today's.
fn date_of(store: &SharedStore, world: WorldChoice) -> Result<SystemTime, CommandFailure> {
    match world {
        WorldChoice::Lab => Ok(store.date().map_err(|error| failed(&error))?.into()),
        WorldChoice::Internet => Ok(Clock::real().date()),
    }
}

fn list(cookies: &[Cookie], date: SystemTime, as_json: bool, out: &mut dyn io::Write) -> Result<(), CommandFailure> {
    if as_json {
        serde_json::to_writer_pretty(&mut *out, cookies).map_err(io::Error::from)?;
        return Ok(writeln!(out)?);
    }
    let now = UnixMicros::from(date);
    let rows: Vec<Vec<String>> = cookies.iter().map(|cookie| row(cookie, now)).collect();
    let heads = ["name", "value", "domain", "path", "expires", "SameSite", "attributes"];
    Ok(out.write_all(table(&heads, &rows).as_bytes())?)
}

/// Letters of a name, a value or a path in the table.
const SHOWN: usize = 24;

fn row(cookie: &Cookie, now: UnixMicros) -> Vec<String> {
    let short = |text: String| {
        if text.chars().count() <= SHOWN { text } else { text.chars().take(SHOWN - 1).chain(['…']).collect() }
    };
    let expires = match cookie.expires {
        None => "session".to_owned(),
        Some(expires) if expires <= now => "expired".to_owned(),
        Some(expires) => units::date_and_time(expires.into()),
    };
    let attributes = [
        cookie.secure.then(|| "Secure".to_owned()),
        cookie.http_only.then(|| "HttpOnly".to_owned()),
        cookie.partition.as_ref().map(|site| format!("in pages of {site}")),
    ];
    let attributes: Vec<String> = attributes.into_iter().flatten().collect();
    vec![
        short(cookie.name.to_string()),
        short(cookie.value.to_string()),
        short(cookie.scope()),
        short(cookie.path.to_string()),
        expires,
        cookie.same_site.name().to_owned(),
        attributes.join(" "),
    ]
}

fn why(args: &CookiesArgs, jar: &BrowserJar, date: SystemTime, out: &mut dyn io::Write) -> Result<(), CommandFailure> {
    let Some(CookiesAction::Why { url, method, embedded_in, link_from, third_party }) = &args.order else {
        return Ok(());
    };
    let url = text::url(url)?;
    let site = |page: &String| -> Result<Site, CommandFailure> {
        let page: Url = text::url(page)?;
        Site::of(&page).ok_or_else(|| CommandFailure::Usage(format!("{page} names no host")))
    };
    let cause = match (embedded_in, link_from) {
        (Some(page), _) => RequestCause::Embedded(site(page)?),
        (None, Some(page)) => RequestCause::Link(site(page)?),
        (None, None) => RequestCause::Typed,
    };
    let request = CookieRequest::new(method, &url, cause);
    let request = request.ok_or_else(|| CommandFailure::Usage(format!("{url} names no host")))?;
    let by = JarRules { rules: args.cookie_rules.into(), third_party: (*third_party).into() };
    let retrieval = jar.explain(&request, by, date).map_err(|error| failed(&error))?;
    let notes: Vec<CookieNote> = retrieval
        .decisions
        .iter()
        .filter(|decision| decision.verdict() != Verdict::Expired)
        .map(|decision| CookieNote::new(decision, true))
        .collect();
    if args.json {
        serde_json::to_writer_pretty(&mut *out, &notes).map_err(io::Error::from)?;
        return Ok(writeln!(out)?);
    }
    let line = retrieval.header.map_or_else(
        || "No Cookie line would go along.".to_owned(),
        |header| format!("> Cookie: {}", CookieText::from(header)),
    );
    out.write_all(folded(&format!("{method} {url}")).as_bytes())?;
    writeln!(out, "{line}")?;
    for note in &notes {
        let remedy = note.remedy.as_ref().map_or_else(String::new, |remedy| format!(" {remedy}"));
        let words = format!("{}{remedy} ({})", note.words(), note.clause);
        out.write_all(hanging("cookie", &words).as_bytes())?;
    }
    Ok(())
}
