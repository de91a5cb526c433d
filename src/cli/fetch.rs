//! `roundtrip fetch`: one URL, every line of the exchange in view.

use std::{
    fmt::Write as _,
    fs::File,
    io::{self, Read as _, Write as _},
    path::Path,
};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use serde_json::Value;

use super::{args::Fetch, outcome::Trouble, save, text};
use crate::{
    engine::{
        browse::{Config, Exchange, Report},
        jobs,
    },
    wire::units,
};

/// Fetches and prints.
pub(super) fn run(args: &Fetch, options: &jobs::Options, out: &mut dyn io::Write) -> Result<(), Trouble> {
    let config = config(args)?;
    let mut file = args.output.as_deref().map(File::create).transpose()?;
    let mut unwritten = None;
    let options = &jobs::Options { real_time: args.common.real_time, ..options.clone() };
    let finished = jobs::browse(&config, options, &mut |bytes| {
        if let Some(file) = &mut file
            && let Err(error) = file.write_all(bytes)
        {
            unwritten.get_or_insert(error);
        }
    })?;
    if let Some(error) = unwritten {
        return Err(Trouble::Io(error));
    }
    let report = match &args.common.save {
        Some(file) => save::run(file, finished)?,
        None => finished.report,
    };
    if args.common.json {
        serde_json::to_writer_pretty(&mut *out, &as_json(&report)?).map_err(io::Error::from)?;
        writeln!(out)?;
    } else {
        write_text(&report, args.output.as_deref(), out)?;
    }
    report.failure.map_or(Ok(()), |failure| Err(Trouble::Failed(Box::new(failure))))
}

fn config(args: &Fetch) -> Result<Config, Trouble> {
    let content = args.data.as_deref().map(data).transpose()?;
    let method = args.method.clone().unwrap_or_else(|| if content.is_some() { "POST" } else { "GET" }.to_owned());
    Ok(Config {
        method,
        fields: args.headers.iter().map(|line| field(line)).collect::<Result<_, _>>()?,
        content,
        http: args.http.into(),
        raw: args.raw.as_deref().map(octets_of).transpose()?,
        everyday: args.everyday,
        objects: args.objects,
        max_redirects: args.max_redirects,
        resolve_names: args.dns,
        accept_any_certificate: args.insecure,
        setting: args.common.setting()?,
        ..Config::at(text::url(&args.url)?)
    })
}

fn data(given: &str) -> Result<String, Trouble> {
    let Some(file) = given.strip_prefix('@') else { return Ok(given.to_owned()) };
    String::from_utf8(octets_of(Path::new(file))?)
        .map_err(|_not_text| Trouble::Usage(format!("{file} is not UTF-8 text")))
}

fn octets_of(file: &Path) -> Result<Vec<u8>, Trouble> {
    let mut octets = Vec::new();
    let read = if file.as_os_str() == "-" {
        io::stdin().lock().take(MAX_SENT).read_to_end(&mut octets)
    } else {
        File::open(file).and_then(|file| file.take(MAX_SENT).read_to_end(&mut octets))
    };
    let length = read.map_err(|error| Trouble::Usage(format!("{} cannot be read: {error}", file.display())))?;
    if length as u64 == MAX_SENT {
        return Err(Trouble::Usage(format!("{} is larger than {}", file.display(), units::octets(MAX_SENT))));
    }
    Ok(octets)
}

fn field(line: &str) -> Result<(String, String), Trouble> {
    let (name, value) = line.split_once(':').ok_or_else(|| Trouble::Usage(format!("-H {line}: there is no colon")))?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

/// The report, with each exchange's content beside it.
fn as_json(report: &Report) -> Result<Value, Trouble> {
    let mut json = serde_json::to_value(report).map_err(io::Error::from)?;
    for (list, exchanges) in [("hops", &report.hops), ("objects", &report.objects)] {
        let shown = json.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten();
        for (shown, exchange) in shown.zip(exchanges) {
            if let Value::Object(members) = shown {
                match std::str::from_utf8(&exchange.content) {
                    Ok(text) => members.insert("content_text".to_owned(), text.into()),
                    Err(_binary) => {
                        members.insert("content_base64".to_owned(), BASE64.encode(&exchange.content).into())
                    }
                };
            }
        }
    }
    Ok(json)
}

fn write_text(report: &Report, output: Option<&Path>, out: &mut dyn io::Write) -> io::Result<()> {
    out.write_all(text::folded(&format!("{} {}", report.config.method, report.config.url)).as_bytes())?;
    out.write_all(text::folded(&text::setting_line(&report.config.setting)).as_bytes())?;
    out.write_all(text::folded(&report.provenance).as_bytes())?;
    for (number, hop) in report.hops.iter().enumerate() {
        let is_last = number + 1 == report.hops.len();
        out.write_all(heads(hop).as_bytes())?;
        if is_last {
            write_content(hop, output, out)?;
        }
    }
    let mut closing = String::from("\n");
    for hop in report.hops.iter().chain(&report.objects).filter(|hop| hop.timing.connection.is_some()) {
        closing.push_str(&timing(hop));
    }
    closing.push_str(&format!("total {}\n", units::seconds(report.seconds)));
    out.write_all(closing.as_bytes())
}

fn heads(hop: &Exchange) -> String {
    let mut text = String::from("\n");
    for line in &hop.request_lines {
        text.push_str(&format!("> {line}\n"));
    }
    text.push_str(">\n");
    if hop.timing.connection.is_none() {
        // Nothing was sent: what would have been is not shown as if it had.
        text.clear();
    }
    if let Some(status) = hop.timing.status {
        let status_line = format!("{} {status} {}", hop.protocol, hop.reason);
        text.push_str(&format!("< {}\n", status_line.trim_end()));
        for (name, value) in &hop.fields {
            text.push_str(&format!("< {name}: {value}\n"));
        }
        text.push_str("<\n");
    }
    for why in &hop.why {
        text.push_str(&text::hanging("why", why));
    }
    text
}

fn write_content(hop: &Exchange, output: Option<&Path>, out: &mut dyn io::Write) -> io::Result<()> {
    let media_type = hop.timing.media_type.as_deref().unwrap_or("content of no stated type");
    if let Some(file) = output {
        return writeln!(out, "{} of {media_type} in {}", units::octets(hop.timing.content_octets), file.display());
    }
    if hop.content.is_empty() && hop.content_omitted == 0 {
        return Ok(());
    }
    let Ok(content) = std::str::from_utf8(&hop.content) else {
        let size = units::octets(hop.timing.content_octets);
        return writeln!(out, "({size} of {media_type}, not text: --output FILE keeps it)");
    };
    out.write_all(printable(content).as_bytes())?;
    if !content.ends_with('\n') {
        writeln!(out)?;
    }
    if hop.content_omitted > 0 {
        writeln!(out, "(another {} not shown: --output FILE keeps all)", units::octets(hop.content_omitted))?;
    }
    Ok(())
}

/// Control characters a server sends must not drive the terminal.
fn printable(content: &str) -> String {
    content.chars().map(|c| if c.is_control() && !matches!(c, '\n' | '\t' | '\r') { '\u{fffd}' } else { c }).collect()
}

fn timing(exchange: &Exchange) -> String {
    let timing = &exchange.timing;
    let phases = &timing.phases;
    let mut line = format!("connection {}", timing.connection_number);
    let named = [
        ("queue", phases.queue),
        ("DNS", phases.dns),
        ("connect", phases.connect),
        ("TLS", phases.tls),
        ("send", phases.send),
        ("wait", phases.wait),
        ("receive", phases.receive),
    ];
    for (name, span) in named {
        if let Some(span) = span {
            // Writing to a string cannot fail.
            write!(line, " · {name} {}", units::time(span.duration())).ok();
        }
    }
    let octets = format!(" · {} B out, {} B in", timing.request_octets, timing.response_octets);
    text::folded(timing.url.as_str()) + &text::hanging("", &(line + &octets))
}

/// Octets `-d @FILE` and `--raw FILE` may hold.
const MAX_SENT: u64 = 64 * 1024 * 1024;
