//! Hour by hour: where lookups were answered, and what that left for the servers above.

use egui::{Color32, Ui};
use egui_plot::{Bar, BarChart, Corner, GridInput, GridMark, Line, MarkerShape, Plot, PlotPoints, Points};
use serde::{Deserialize, Serialize};

use crate::{
    app::{
        dials,
        hand_in::{Figure, HandIn},
        kit::{
            figures::{plot, words_and_controls_ui},
            plot_legend::{LegendEntry, LegendSample, legend_ui},
            sheet::{Cell, Sheet, SheetColumn},
        },
        parts::marks::rounds,
        theme::Theme,
        widgets,
    },
    engine::name_day::{Counts, MAX_HOURS, Report},
    wire::units,
};

/// What the picture shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum HourQuantity {
    #[default]
    Lookups,
    Queries,
}

pub(super) fn hours_ui(ui: &mut Ui, report: &Report, shows: &mut HourQuantity) {
    let whole = &report.whole;
    let [root, tld, others] = [whole.root, whole.tld, whole.authoritative].map(units::grouped);
    let (queries, meaning) = if report.config.central {
        (format!("queries: central server {root}"), "Queries that reached it, in all.")
    } else {
        let queries = format!("queries: root {root}, top level {tld}, authorities {others}");
        (queries, "Queries that reached the servers of each level, in all.")
    };
    words_and_controls_ui(ui, &queries, meaning, |ui| {
        let (title, paint): (_, fn(&mut Ui, &Report)) = match shows {
            HourQuantity::Lookups => ("Lookups hour by hour", lookups_ui),
            HourQuantity::Queries => ("Queries hour by hour", queries_ui),
        };
        let figure = Figure::in_ui(ui, title, Figure::CHART).on(Theme::of(ui).window);
        let picture = || figure.draw(|ui| paint(ui, report));
        HandIn::of("hour by hour").picture(picture).table(|| sheet(report).table()).ui(ui);
        let choices = [(HourQuantity::Lookups, "lookups"), (HourQuantity::Queries, "queries")];
        widgets::segmented(ui, "Hour by hour", shows, &choices);
    });
    match shows {
        HourQuantity::Lookups => lookups_ui(ui, report),
        HourQuantity::Queries => queries_ui(ui, report),
    }
}

/// The legend gets room of its own above the greatest number.
fn base(ui: &Ui, id: &'static str, most: f64) -> Plot<'static> {
    let marks = f64::from(ui.available_width() / MARK_ROOM).max(2.0);
    let height = if ui.clip_rect().height() > ROOMY { TALL_PLOT } else { PLOT };
    plot(ui, id, height)
        .include_y(0.0)
        .include_y(most * LEGEND_ROOM)
        .x_grid_spacer(move |input| of_a_clock(input, marks))
        .y_grid_spacer(rounds)
        .x_axis_formatter(|mark, _| format!("{:.0} h", mark.value))
        .y_axis_formatter(|mark, _| units::grouped(dials::whole(mark.value)))
}

/// One of an hour's numbers.
type HourCount = fn(&Counts) -> u64;

/// Stacked: misses at the bottom, then what the local name server knew, then what hosts did.
fn lookups_ui(ui: &mut Ui, report: &Report) {
    let (hours, central) = (&report.hours, report.config.central);
    let theme = Theme::of(ui);
    let asked = if central { "the central server was asked" } else { "others were asked" };
    let known = "local name server knew";
    let mut series: Vec<(&str, Color32, HourCount)> = vec![
        (asked, theme.series(0), |hour| hour.misses),
        (known, theme.series(2), |hour| hour.local_hits),
        ("the host itself knew", theme.series(4), |hour| hour.host_hits),
    ];
    series.retain(|(name, ..)| !central || *name != known);
    let mut charts: Vec<BarChart> = Vec::new();
    for (name, colour, of) in &series {
        let bar = |(hour, counts): (f64, &Counts)| Bar::new(hour + 0.5, of(counts) as f64).width(BAR).fill(*colour);
        let chart = BarChart::new(*name, numbered(hours).map(bar).collect()).color(*colour);
        let below: Vec<&BarChart> = charts.iter().collect();
        charts.push(chart.stack_on(&below));
    }
    let plot = base(ui, "day-lookups", most(hours, |hour| hour.lookups)).y_axis_label("lookups an hour");
    let shown = plot.show(ui, |plot| charts.into_iter().for_each(|chart| plot.bar_chart(chart)));
    let entry = |(name, colour, _): &(&str, Color32, HourCount)| LegendEntry {
        name: (*name).to_owned(),
        colour: *colour,
        sample: LegendSample::Bars,
    };
    // As they lie on each other.
    let entries: Vec<LegendEntry> = series.iter().rev().map(entry).collect();
    legend_ui(ui, *shown.transform.frame(), Corner::RightTop, &entries);
}

fn queries_ui(ui: &mut Ui, report: &Report) {
    let hours = &report.hours;
    let theme = Theme::of(ui);
    let tree: [(&str, usize, MarkerShape, HourCount); 3] = [
        ("authorities", 2, MarkerShape::Circle, |hour| hour.authoritative),
        ("top level", 1, MarkerShape::Square, |hour| hour.tld),
        ("root", 0, MarkerShape::Diamond, |hour| hour.root),
    ];
    let central: [(&str, usize, MarkerShape, HourCount); 1] =
        [("central server", 0, MarkerShape::Diamond, |hour| hour.root)];
    let lines: &[_] = if report.config.central { &central } else { &tree };
    let most = most(hours, |hour| hour.root.max(hour.tld).max(hour.authoritative));
    let shown = base(ui, "day-queries", most).y_axis_label("queries an hour").show(ui, |plot| {
        for &(name, series, shape, of) in lines {
            let points: Vec<[f64; 2]> = numbered(hours).map(|(hour, counts)| [hour + 0.5, of(counts) as f64]).collect();
            let colour = theme.series(series);
            plot.line(Line::new(name, PlotPoints::new(points.clone())).color(colour).width(1.5));
            plot.points(Points::new(name, PlotPoints::new(points)).shape(shape).radius(4.0).color(colour));
        }
    });
    let entry = |&(name, series, shape, _): &(&str, usize, MarkerShape, HourCount)| LegendEntry {
        name: name.to_owned(),
        colour: theme.series(series),
        sample: LegendSample::Marks(shape),
    };
    let entries: Vec<LegendEntry> = lines.iter().map(entry).collect();
    legend_ui(ui, *shown.transform.frame(), Corner::RightTop, &entries);
}

fn most(hours: &[Counts], of: impl Fn(&Counts) -> u64) -> f64 {
    hours.iter().map(of).max().unwrap_or_default() as f64
}

/// Some `marks` grid lines at the hours a clock would have: every one, two, three, six …
#[expect(clippy::needless_pass_by_value, reason = "the plot hands it over")]
fn of_a_clock(input: GridInput, marks: f64) -> Vec<GridMark> {
    let (from, to) = input.bounds;
    let wanted = (to - from) / marks;
    let step_size = [1.0, 2.0, 3.0, 6.0, 12.0].into_iter().find(|step| *step >= wanted).unwrap_or(24.0);
    let first = (from / step_size).ceil();
    let marks = (0..=MAX_HOURS).map(|n| (first + f64::from(n)) * step_size).take_while(|value| *value <= to);
    marks.map(|value| GridMark { value, step_size }).collect()
}

fn numbered(hours: &[Counts]) -> impl Iterator<Item = (f64, &Counts)> {
    (0_u32..).map(f64::from).zip(hours)
}

pub(super) fn sheet(report: &Report) -> Sheet {
    let columns = columns(report.config.central);
    let cells = |hour: &Counts| columns.iter().skip(1).map(|(_, of)| Cell::count(of(hour))).collect::<Vec<_>>();
    let mut rows: Vec<Vec<Cell>> = (0..)
        .zip(&report.hours)
        .map(|(number, hour)| std::iter::once(Cell::count(number)).chain(cells(hour)).collect())
        .collect();
    rows.push(std::iter::once(Cell::words("all")).chain(cells(&report.whole)).collect());
    let columns = columns.iter().map(|(column, _)| *column).collect();
    Sheet { title: "Hour by hour".to_owned(), columns, rows }
}

/// What is told of an hour; the first is its number.
fn columns(central: bool) -> Vec<(SheetColumn, HourCount)> {
    let hour: (SheetColumn, HourCount) = (SheetColumn::number("hour", 36.0, "From its beginning."), |_| 0);
    let lookups: (SheetColumn, HourCount) =
        (SheetColumn::number("lookups", 62.0, "In this hour."), |hour| hour.lookups);
    let host = SheetColumn::number("host knew", 68.0, "Answered from the asking host's own cache.");
    let host: (SheetColumn, HourCount) = (host, |hour| hour.host_hits);
    let failed = SheetColumn::number("no answer", 62.0, "Lookups without an answer.");
    let failed: (SheetColumn, HourCount) = (failed, |hour| hour.failed);
    if central {
        let asked = SheetColumn::number("server asked", 76.0, "The host had to ask the central server.");
        let reached = SheetColumn::number("to server", 62.0, "Queries that reached the central server.");
        return vec![hour, lookups, host, (asked, |hour| hour.misses), failed, (reached, |hour| hour.root)];
    }
    let local = SheetColumn::number("local knew", 68.0, "Answered from the local name server's cache.");
    let others = SheetColumn::number("others asked", 76.0, OTHERS);
    let root = SheetColumn::number("to root", 56.0, "Queries that reached the root's servers.");
    let tld = SheetColumn::number("to top level", 72.0, "Queries that reached servers of top-level domains.");
    let authorities = SheetColumn::number("to authorities", 84.0, "Queries that reached all other servers.");
    vec![
        hour,
        lookups,
        host,
        (local, |hour| hour.local_hits),
        (others, |hour| hour.misses),
        failed,
        (root, |hour| hour.root),
        (tld, |hour| hour.tld),
        (authorities, |hour| hour.authoritative),
    ]
}

const OTHERS: &str = "The local name server had to ask others. A question that joins one under way for the same name counts too, though the server \
                      asks once for both.";

/// Height of the plot, and in a page so high.
const PLOT: f32 = 240.0;
const TALL_PLOT: f32 = 310.0;
const ROOMY: f32 = 440.0;
/// Between two marks of the axis, about.
const MARK_ROOM: f32 = 76.0;
/// Share of an hour a bar is wide.
const BAR: f64 = 0.85;
const LEGEND_ROOM: f64 = 1.5;
