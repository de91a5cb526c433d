//! `roundtrip fetch`: one URL, every line of the exchange in view.

use std::{
    fs::File,
    io::{self, Read as _, Write as _},
    path::Path,
};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use serde_json::{Map, Value};

use super::{args::FetchArgs, cookie_file, outcome::CommandFailure, save, text};
use crate::{
    engine::{
        browse::{Browse, Config, CookieSettings, Exchange, Report, RequestContent, as_text},
        experiment::RunObserver,
        runner::{self, Options},
    },
    wire::units,
};

/// Fetches and prints.
pub(super) fn run(args: &FetchArgs, options: &Options, out: &mut dyn io::Write) -> Result<(), CommandFailure> {
    let config = config(args)?;
    let file = args.output.as_deref().map(File::create).transpose()?;
    let mut content = ContentFile { file, unwritten: None };
    let jar = args.jar.as_deref().map(cookie_file::read_jar).transpose()?;
    let options = &Options { real_time: args.common.real_time, jar: jar.clone(), ..options.clone() };
    let finished = runner::run_watched::<Browse>(&config, options, &mut content)?;
    if let Some(error) = content.unwritten {
        return Err(CommandFailure::Io(error));
    }
    if let (Some(file), Some(jar)) = (&args.jar, &jar) {
        cookie_file::write_jar(file, jar)?;
    }
    let report = save::run(args.common.save.as_deref(), finished)?;
    if args.common.json {
        serde_json::to_writer_pretty(&mut *out, &as_json(&report)?).map_err(io::Error::from)?;
        writeln!(out)?;
    } else {
        out.write_all(as_text(&report, args.output.as_deref()).as_bytes())?;
    }
    report.failure.map_or(Ok(()), |failure| Err(CommandFailure::Failed(Box::new(failure))))
}

/// Where the page's content goes as it comes.
struct ContentFile {
    file: Option<File>,
    /// Why some of it could not be written.
    unwritten: Option<io::Error>,
}

impl RunObserver<Exchange> for ContentFile {
    fn content(&mut self, bytes: &[u8]) {
        if let Some(file) = &mut self.file
            && let Err(error) = file.write_all(bytes)
        {
            self.unwritten.get_or_insert(error);
        }
    }

    fn takes_all_content(&self) -> bool {
        self.file.is_some()
    }
}

fn config(args: &FetchArgs) -> Result<Config, CommandFailure> {
    args.common.only_in_lab("--dns", args.dns)?;
    let content = args.data.as_deref().map(data).transpose()?;
    let method = args.method.clone().unwrap_or_else(|| if content.is_some() { "POST" } else { "GET" }.to_owned());
    Ok(Config {
        method,
        fields: args.headers.iter().map(|line| field(line)).collect::<Result<_, _>>()?,
        content,
        http: args.http.into(),
        raw: args.raw.as_deref().map(|file| octets_of(file, MAX_RAW)).transpose()?,
        everyday: args.everyday,
        objects: args.objects,
        max_redirects: args.max_redirects,
        resolve_names: args.dns,
        accept_any_certificate: args.insecure,
        cookies: CookieSettings {
            on: !args.no_cookies,
            rules: args.cookie_rules.into(),
            third_party: args.third_party.into(),
            link_from: args.link_from.as_deref().map(text::url).transpose()?,
        },
        setting: args.common.setting()?,
        ..Config::at(text::url(&args.url)?)
    })
}

fn data(given: &str) -> Result<RequestContent, CommandFailure> {
    match given.strip_prefix('@') {
        None => Ok(given.into()),
        Some(file) => Ok(RequestContent(octets_of(Path::new(file), u64::MAX)?.into())),
    }
}

fn octets_of(file: &Path, most: u64) -> Result<Vec<u8>, CommandFailure> {
    let mut octets = Vec::new();
    let read = if file.as_os_str() == "-" {
        io::stdin().lock().take(most).read_to_end(&mut octets)
    } else {
        File::open(file).and_then(|file| file.take(most).read_to_end(&mut octets))
    };
    let length = read.map_err(|error| CommandFailure::Usage(format!("{} cannot be read: {error}", file.display())))?;
    if length as u64 == most {
        return Err(CommandFailure::Usage(format!("{} is larger than {}", file.display(), units::octets(most))));
    }
    Ok(octets)
}

fn field(line: &str) -> Result<(String, String), CommandFailure> {
    let (name, value) =
        line.split_once(':').ok_or_else(|| CommandFailure::Usage(format!("-H {line}: there is no colon")))?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

/// The report, with each exchange's content beside it.
fn as_json(report: &Report) -> Result<Value, CommandFailure> {
    let mut json = serde_json::to_value(report).map_err(io::Error::from)?;
    for (list, exchanges) in [("hops", &report.hops), ("objects", &report.objects)] {
        let shown = json.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten();
        for (shown, exchange) in shown.zip(exchanges) {
            if let Value::Object(members) = shown {
                add_content(members, exchange);
            }
        }
    }
    Ok(json)
}

/// Text as text, with its character encoding; octets as base64, also beside text that lost some. Content that came coded stands there
/// decoded, and as it was transferred.
fn add_content(members: &mut Map<String, Value>, exchange: &Exchange) {
    let text = exchange.text_if_any();
    if text.as_ref().is_none_or(|text| text.is_lossy) {
        members.insert("content_base64".to_owned(), BASE64.encode(exchange.readable()).into());
    }
    if let Some(text) = text {
        members.insert("content_charset".to_owned(), text.encoding.name().into());
        members.insert("content_text".to_owned(), text.letters.into());
    }
    if exchange.coding.is_some() {
        members.insert("content_transferred_base64".to_owned(), BASE64.encode(&exchange.content).into());
    }
}

/// Octets `--raw FILE` may hold: a config has all of them.
const MAX_RAW: u64 = 64 * 1024 * 1024;
