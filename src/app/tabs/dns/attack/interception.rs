//! What interception achieved: what clients were told, which defences did not help, and what those that do cost.

use egui::Ui;

use crate::{
    app::{
        hand_in::{Figure, HandIn},
        kit::{
            figures::{
                Bar, Reference, bars_ui, counted, interval, percent, section_ui, switched_off, verdict, verdict_ui,
            },
            report_page::beside,
            sheet::{Cell, Sheet, SheetColumn},
        },
        parts::report_card::{self, CardLine},
        theme::Theme,
        widgets,
    },
    engine::name_attack::{Attack, ClientAnswer, Config, InterceptionResult},
    wire::units,
};

pub(super) fn title(found: &InterceptionResult) -> String {
    let measured = &found.measured;
    format!("Deceived in {} of {} lookups", units::grouped(measured.hits), units::grouped(measured.of))
}

pub(super) fn about(found: &InterceptionResult) -> String {
    format!("of {}, by somebody who sees the resolver's queries", found.name.trim_end_matches('.'))
}

pub(super) fn interception_ui(ui: &mut Ui, found: &InterceptionResult, config: &Config, sheets: &[Sheet]) {
    beside(
        ui,
        CARD,
        |ui| told_ui(ui, found),
        |ui| {
            report_card::lines_beside_ui(ui, &lines(found, config), "expected");
            ui.add_space(6.0);
            widgets::card(ui, "Expected", |ui| {
                ui.label(expectation(config).1);
            });
            ui.add_space(4.0);
            let expected = expectation(config).0;
            verdict_ui(ui, &verdict(&found.measured, expected, Reference::Expectation, trouble(found, config)));
        },
    );
    ui.add_space(6.0);
    if let Some(defences) = sheets.last() {
        defences.ui(ui);
    }
}

fn told_ui(ui: &mut Ui, found: &InterceptionResult) {
    let theme = Theme::of(ui);
    let of = found.measured.of.max(1) as f64;
    let bar = |told: &ClientAnswer| {
        let colour = match (told.forged, told.address.is_empty()) {
            (true, _) => theme.bad,
            (false, true) => theme.bar,
            (false, false) => theme.good,
        };
        let share = f64::from(told.times) / of;
        let words = format!("{} · {}", units::grouped(told.times.into()), percent(share));
        let name = address(told, found);
        Bar { spoken: format!("{name}: {words}"), name, value: share, theory: None, words, colour }
    };
    let bars = found.told.iter().map(bar).collect::<Vec<_>>();
    let figure = Figure::in_ui(ui, "What clients were told", Figure::BARS).on(theme.window);
    let hand_in = HandIn::of("what clients were told")
        .picture(|| figure.draw(|ui| bars_ui(ui, &bars, (NAMES, NUMBERS))))
        .table(|| told_sheet(found).table());
    section_ui(ui, "What clients were told", hand_in);
    bars_ui(ui, &bars, (NAMES, NUMBERS));
    ui.add_space(8.0);
    widgets::card(ui, "What does not help", |ui| {
        let bits = found.bits_seen;
        ui.label(if bits == 0 {
            "Nothing had to be guessed in any case.".to_owned()
        } else {
            format!(
                "{bits} random bits of id, port and letters. Who sees the query copies them; off the path all of them would have to \
                 be guessed."
            )
        });
    });
    ui.add_space(4.0);
    widgets::card(ui, "What helps", |ui| {
        ui.label(
            "An answer the attacker cannot forge, and it costs something: see below. Against somebody who can stop packets too only \
             signatures help (RFC 4033).",
        );
    });
}

/// Each defence: whether it is on, what it is worth against who sees the queries, and what it costs.
fn defences(config: &Config) -> Sheet {
    let columns = vec![
        SheetColumn::words("defence", 126.0, "What a resolver can do."),
        SheetColumn::words("here", 52.0, "How it was set in this run."),
        SheetColumn::words("against who sees the query", 244.0, "What it is worth against this attacker."),
        SheetColumn::words("what it costs", 190.0, "What a lookup takes more."),
    ];
    let rows = if let Attack::Interception(interception) = &config.attack {
        let switch = |on: bool| if on { "on" } else { "off" }.to_owned();
        let bits = |bits: u32| if bits == 1 { "1 bit".to_owned() } else { format!("{bits} bits") };
        let copied = "no help: copied from the query";
        let rows = [
            ("random id", bits(interception.id_bits), copied, "nothing"),
            ("random port", bits(interception.port_bits), copied, "nothing"),
            ("random case (0x20)", switch(interception.randomise_case), copied, "nothing"),
            (
                "TCP alone",
                switch(interception.over_tcp),
                "helps: it is no part of the connection",
                "a handshake with every server",
            ),
            (
                "second opinion",
                switch(interception.second_opinion),
                "helps: it does not sit on the other path",
                "a second resolution",
            ),
        ];
        rows.map(|(defence, here, worth, costs)| [defence, &here, worth, costs].map(Cell::words).into()).into()
    } else {
        Vec::new()
    };
    Sheet { title: "Defence by defence".to_owned(), columns, rows }
}

/// What a client was told, in words.
fn address(told: &ClientAnswer, found: &InterceptionResult) -> String {
    match (told.forged, told.address.is_empty()) {
        (_, true) => match found.disagreements.unwrap_or_default() {
            0 => "nothing: no answer".to_owned(),
            differed if differed < told.times => format!("nothing: {differed} differ, the rest no answer"),
            _ => "nothing: the two differ".to_owned(),
        },
        (true, false) => format!("{} (forged)", told.address),
        (false, false) => format!("{} (true)", told.address),
    }
}

/// Why it did not come out as expected, where that is known.
fn trouble(found: &InterceptionResult, config: &Config) -> Option<String> {
    let nothing: u32 = found.told.iter().filter(|told| told.address.is_empty()).map(|told| told.times).sum();
    let failed = nothing.saturating_sub(found.disagreements.unwrap_or_default());
    let words = || format!("{} had no answer at all.", counted(failed.into(), "lookup", "lookups"));
    (failed > 0).then(words).or_else(|| switched_off(&config.setting))
}

/// The share of lookups that has to succeed, and why.
fn expectation(config: &Config) -> (f64, &'static str) {
    let Attack::Interception(interception) = &config.attack else { return (0.0, "") };
    if interception.over_tcp {
        (0.0, "0 %: no datagram answers a question put over a connection.")
    } else if interception.second_opinion {
        (0.0, "0 %: the other path brings the truth, the two differ, and neither is believed.")
    } else {
        (1.0, "100 %: nothing has to be guessed, and the forged answer has the shorter way.")
    }
}

fn lines(found: &InterceptionResult, config: &Config) -> Vec<CardLine> {
    let line = |name, meaning, measured, formula| CardLine { name, meaning, measured, formula };
    let mut lines = vec![
        line(
            "deceived",
            "Share of the lookups that brought the attacker's address.",
            percent(found.measured.share),
            Some(percent(expectation(config).0)),
        ),
        line(
            "queries seen",
            "Queries of the resolver in datagrams the attacker saw.",
            units::grouped(found.queries_seen),
            None,
        ),
        line("forged answers", "Answers the attacker sent.", units::grouped(found.forged_sent), None),
        line(
            "queries a lookup",
            "Queries that reached name servers, a second opinion's included.",
            format!("{:.1}", found.queries_per_lookup),
            None,
        ),
        line("time a lookup", "As the client saw it, a second opinion included.", units::seconds(found.seconds), None),
    ];
    if let Some(differed) = found.disagreements {
        let differed = units::grouped(differed.into());
        lines.push(line("opinions differed", "Lookups whose answer was not believed.", differed, None));
    }
    lines
}

fn told_sheet(found: &InterceptionResult) -> Sheet {
    let of = found.measured.of.max(1) as f64;
    Sheet {
        title: "What clients were told".to_owned(),
        columns: vec![
            SheetColumn::words("told", 170.0, "Address, or why none."),
            SheetColumn::number("lookups", 80.0, "How often."),
            SheetColumn::number("share", 80.0, "Of all lookups.").in_unit("fraction"),
        ],
        rows: found
            .told
            .iter()
            .map(|told| {
                let share = f64::from(told.times) / of;
                let times = Cell::count(told.times.into());
                vec![Cell::words(address(told, found)), times, Cell::Number(percent(share), share)]
            })
            .collect(),
    }
}

/// The defences last.
pub(super) fn sheets(found: &InterceptionResult, config: &Config) -> Vec<Sheet> {
    let told = told_sheet(found);
    let row = |name: &str, shown: String, value: f64| vec![Cell::words(name), Cell::Number(shown, value)];
    let mut rows = vec![
        row("deceived", percent(found.measured.share), found.measured.share),
        vec![Cell::words("its 95 % interval"), Cell::words(interval(&found.measured))],
        row("queries seen", units::grouped(found.queries_seen), found.queries_seen as f64),
        row("forged answers", units::grouped(found.forged_sent), found.forged_sent as f64),
        row("octets of those", units::grouped(found.attacker_octets), found.attacker_octets as f64),
        row("queries a lookup", format!("{:.1}", found.queries_per_lookup), found.queries_per_lookup),
        row("time a lookup", units::seconds(found.seconds), found.seconds),
        row("random bits that did not help", found.bits_seen.to_string(), f64::from(found.bits_seen)),
    ];
    if let Some(differed) = found.disagreements {
        rows.push(row("opinions differed", units::grouped(differed.into()), f64::from(differed)));
    }
    let columns = vec![SheetColumn::words("", 200.0, ""), SheetColumn::number("measured", 130.0, "In this run.")];
    vec![told, Sheet { title: "The attack and the defences".to_owned(), columns, rows }, defences(config)]
}

const NAMES: f32 = 170.0;
const NUMBERS: f32 = 110.0;
const CARD: f32 = 290.0;
