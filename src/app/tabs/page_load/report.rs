//! The inspector on the right: the selected strategy's report card.

use egui::{ScrollArea, Ui};

use super::{
    bounds,
    words::{is_slower, strategy_name, why_not_serial},
};
use crate::{
    app::{
        kit::run_view::failure_ui,
        parts::report_card::{self, CardLine, FormulaComparison},
        widgets,
    },
    engine::page_load::{Report, Strategy, StrategyRun},
    net::{Path, TcpModel},
    wire::units,
};

/// Paints it. `true` when the student asks for the other TCP model.
pub(super) fn report_ui(ui: &mut Ui, report: &Report, selected: Strategy) -> bool {
    let Some(run) = report.runs.iter().find(|run| run.strategy == selected) else {
        widgets::muted(ui, "This strategy was not raced. Tick it on the left.");
        return false;
    };
    let mut other_model = false;
    ScrollArea::vertical().id_salt("report").auto_shrink(false).show(ui, |ui| {
        widgets::heading(ui, &strategy_name(run.strategy, report.config.parallel));
        ui.add_space(4.0);
        if let Some(failure) = &run.failure {
            failure_ui(ui, failure);
            return;
        }
        report_card::lines_ui(ui, &lines(run, &report.config.setting.path, report.config.parallel));
        ui.add_space(8.0);
        if let Some(theory) = &run.theory {
            report_card::formula_ui(ui, &format!("Formula ({})", theory.source), theory);
            ui.add_space(8.0);
            let reason = run.reason.as_deref();
            report_card::difference_ui(ui, &FormulaComparison { theory, difference: run.difference, reason });
        } else {
            widgets::muted(ui, "There is no formula for this one here.");
        }
        other_model = model_ui(ui, report.config.setting.path.tcp);
        let serial = report.runs.iter().find(|run| run.strategy == Strategy::Serial && run.failure.is_none());
        let (path, k) = (&report.config.setting.path, report.config.parallel);
        widgets::section(ui, &bounds::question(run, k));
        for line in bounds::answer(run, serial, path, k) {
            ui.label(line);
        }
        if let Some(serial) = serial {
            let question = if run.strategy == Strategy::Serial {
                "What does it cost?"
            } else {
                "Why is it not as slow as serial?"
            };
            let question = if is_slower(run, serial) { "Why is it slower than serial?" } else { question };
            widgets::section(ui, question);
            for line in why_not_serial(run, serial, report.config.setting.path.rtt.as_secs_f64()) {
                ui.label(line);
            }
        }
    });
    other_model
}

fn model_ui(ui: &mut Ui, tcp: TcpModel) -> bool {
    ui.add_space(4.0);
    let (words, other) = match tcp {
        TcpModel::Textbook => ("This ran on textbook TCP: no headers, no slow start.", "Try realistic TCP"),
        TcpModel::Realistic => ("This ran on realistic TCP: headers and slow start.", "Try textbook TCP"),
        TcpModel::Modern => ("This ran on modern TCP: headers, slow start and CUBIC.", "Try textbook TCP"),
    };
    widgets::muted(ui, words);
    ui.add(egui::Link::new(egui::RichText::new(other).small())).clicked()
}

fn lines(run: &StrategyRun, path: &Path, k: u32) -> Vec<CardLine> {
    let n = u32::try_from(run.objects.len().saturating_sub(1)).unwrap_or(u32::MAX);
    let line = |name, meaning, measured, formula| CardLine { name, meaning, measured, formula };
    vec![
        line(
            "page time",
            "From the start to the last octet of the last object.",
            units::seconds(run.seconds),
            run.theory_seconds.map(units::seconds),
        ),
        line(
            "connections",
            "TCP connections opened for the page.",
            run.connections.to_string(),
            Some(connections_by_the_book(run.strategy, n, k).to_string()),
        ),
        line("sockets at peak", "Most connections open at the same time.", run.sockets_at_peak.to_string(), None),
        line(
            "waiting, in RTTs",
            "The page time less the time the link needs for all octets, divided by the round-trip time. Where connections share the link or are slowed by TCP, it is not the number of round trips.",
            round_trips(run.seconds, run, path),
            run.theory_seconds.map(|secs| round_trips(secs, run, path)),
        ),
        line("requests", "Requests sent.", run.requests.to_string(), Some((n + 1).to_string())),
        line("octets sent", "As the application wrote them, above TLS.", units::measured_octets(run.octets_sent), None),
        line(
            "octets received",
            "As the application read them, above TLS.",
            units::measured_octets(run.octets_received),
            None,
        ),
    ]
}

/// How many connections the strategy opens for a base file and `n` objects.
fn connections_by_the_book(strategy: Strategy, n: u32, k: u32) -> u32 {
    match strategy {
        Strategy::Serial | Strategy::Parallel => n + 1,
        Strategy::Persistent | Strategy::Pipelined | Strategy::Http2 => 1,
        Strategy::PersistentParallel => k.min(n).max(1),
    }
}

/// `seconds` without the transmission of all of the run's octets, in round-trip times: those the formula counts with, which in the
/// Internet world are measured, else the path's.
fn round_trips(seconds: f64, run: &StrategyRun, path: &Path) -> String {
    let input = |symbol: &str| {
        let inputs = run.theory.iter().flat_map(|theory| &theory.inputs);
        inputs.filter(|input| input.symbol == symbol).map(|input| input.value).next()
    };
    let (rtt, rate) = match &run.theory {
        Some(_) => (input("RTT").unwrap_or(0.0), input("R")),
        None => (path.rtt.as_secs_f64(), path.rate.0.map(|bits| bits as f64)),
    };
    if rtt <= 0.0 {
        return "–".to_owned();
    }
    let octets = run.octets_received + run.octets_sent;
    let transmission = rate.map_or(0.0, |bits| octets as f64 * 8.0 / bits);
    let trips = ((seconds - transmission) / rtt).max(0.0);
    if (trips - trips.round()).abs() < 0.05 { format!("{trips:.0}") } else { format!("{trips:.1}") }
}

#[cfg(test)]
mod the_report_card {
    use egui_kittest::{Harness, kittest::Queryable as _};

    use super::{Strategy, connections_by_the_book, report_ui, round_trips};
    use crate::{
        app::{tabs::page_load::fixtures, theme},
        net::{Path, Rate},
        sim::formula::FormulaInput,
    };

    fn harness(strategy: Strategy) -> Harness<'static, bool> {
        let report = fixtures::report();
        let paint = move |ui: &mut egui::Ui, asked: &mut bool| {
            *asked |= report_ui(ui, &report, strategy);
        };
        Harness::builder().with_size([372.0, 700.0]).with_context_setup(theme::install).build_ui_state(paint, false)
    }

    #[test]
    fn shows_measurement_formula_and_why() {
        let mut harness = harness(Strategy::Persistent);
        for label in ["Persistent", "page time", "connections", "Difference 0.0 %", "Why is it not as slow as serial?"]
        {
            harness.get_by_label(label);
        }
        harness.get_by_label("Try realistic TCP").click();
        harness.run();
        assert!(*harness.state());
    }

    #[test]
    fn shows_a_failure_where_it_happened() {
        let harness = harness(Strategy::Http2);
        harness.get_by_label("Failed: the other end broke the protocol");
        harness.get_by_label("the server does not speak HTTP/2");
        harness.get_by_label("RFC 9113 §3.4");
    }

    #[test]
    fn counts_connections_by_the_book() {
        let counts = Strategy::ALL.map(|strategy| connections_by_the_book(strategy, 10, 5));
        assert_eq!(counts, [11, 11, 1, 5, 1, 1]);
        assert_eq!(connections_by_the_book(Strategy::PersistentParallel, 0, 5), 1);
    }

    #[test]
    fn counts_round_trips_without_transmission() {
        let report = fixtures::report();
        let mut run = fixtures::run(&report, Strategy::Serial).clone();
        (run.octets_received, run.octets_sent, run.theory) = (998_000, 2_000, None);
        let unlimited = Path { rate: Rate(None), ..Path::default() };
        assert_eq!(round_trips(2.2, &run, &unlimited), "22");
        assert_eq!(round_trips(3.0, &run, &Path::default()), "22");
        assert_eq!(round_trips(2.95, &run, &Path::default()), "21.5");
    }

    #[test]
    fn counts_with_the_round_trip_time_the_formula_has() {
        let report = fixtures::report();
        let mut run = fixtures::run(&report, Strategy::Serial).clone();
        let input = |symbol: &str, value| FormulaInput {
            symbol: symbol.to_owned(),
            value,
            unit: String::new(),
            meaning: "measured".to_owned(),
        };
        run.theory.as_mut().unwrap().inputs = vec![input("RTT", 0.001), input("R", 1e9)];
        (run.octets_received, run.octets_sent) = (124_000, 1_000);
        assert_eq!(round_trips(0.023, &run, &Path::default()), "22");
    }
}
