//! What a flood achieved: which clients still find names when so many servers do not answer, with empty caches and with full ones.

use egui::Ui;
use egui_plot::{Corner, GridInput, GridMark, Line, MarkerShape, PlotPoints, Points};
use serde::{Deserialize, Serialize};

use crate::{
    app::{
        dials,
        hand_in::{Figure, HandIn},
        kit::{
            figures::{counted, interval, percent, plot, words_and_controls_ui},
            plot_legend::{LegendEntry, LegendSample, legend_ui},
            sheet::{Cell, Sheet, SheetColumn},
        },
        parts::marks::rounds,
        theme::Theme,
        widgets,
    },
    engine::name_attack::{FloodPoint, FloodResult, ServerLevel},
    wire::units,
};

/// What the picture shows of each point.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum FloodQuantity {
    #[default]
    Answered,
    Time,
}

pub(super) fn title(found: &FloodResult) -> String {
    let last = |points: &[FloodPoint]| points.last().map_or(0.0, |point| point.answered.share);
    let (cold, warm) = (percent(last(&found.cold)), percent(last(&found.warm)));
    let off = found.cold.last().map_or(0, |point| point.off);
    format!("With {off} off: warm caches answer {warm}, cold ones {cold}")
}

pub(super) fn about(found: &FloodResult) -> String {
    let lookups = found.cold.first().map_or(0, |point| point.answered.of);
    let lookups = counted(lookups, "lookup", "lookups");
    format!("{lookups} of {} names for each number of servers that are off", found.names)
}

pub(super) fn flood_ui(
    ui: &mut Ui,
    found: &FloodResult,
    level: ServerLevel,
    shows: &mut FloodQuantity,
    sheets: &[Sheet],
) {
    let about = "A cold cache knows nothing. A warm one has looked every name up before.";
    words_and_controls_ui(ui, about, about, |ui| {
        let quantity = *shows;
        let figure = Figure::in_ui(ui, title(found), Figure::CHART).on(Theme::of(ui).window);
        HandIn::of("flood")
            .picture(|| figure.draw(|ui| plot_ui(ui, found, level, quantity)))
            .table(|| clients_sheet(found).table())
            .ui(ui);
        let choices = [(FloodQuantity::Answered, "answered"), (FloodQuantity::Time, "mean time")];
        widgets::segmented(ui, "Over the servers that are off", shows, &choices);
    });
    plot_ui(ui, found, level, *shows);
    widgets::muted(
        ui,
        "Nothing is computed here: read the two lines. Who can do without these servers, for how long, and what would change it?",
    );
    if let [_, asked, _] = sheets {
        asked.ui(ui);
    }
}

fn plot_ui(ui: &mut Ui, found: &FloodResult, level: ServerLevel, shows: FloodQuantity) {
    let theme = Theme::of(ui);
    let (label, most, corner) = match shows {
        FloodQuantity::Answered => ("answered", 100.0, Corner::LeftBottom),
        FloodQuantity::Time => ("mean time", 0.0, Corner::LeftTop),
    };
    let plot = plot(ui, "flood", PLOT)
        .x_axis_label(format!("{} servers that answer nobody, of {}", level.name(), found.servers.len()))
        .y_axis_label(label)
        .include_y(0.0)
        .include_y(most)
        .x_grid_spacer(every_one)
        .y_grid_spacer(rounds)
        .x_axis_formatter(|mark, _| format!("{:.0}", mark.value))
        .y_axis_formatter(move |mark, _| match shows {
            FloodQuantity::Answered => format!("{:.0} %", mark.value),
            FloodQuantity::Time => dials::brief_seconds(mark.value.max(0.0)),
        });
    let value = |point: &FloodPoint| match shows {
        FloodQuantity::Answered => point.answered.share * 100.0,
        FloodQuantity::Time => point.mean_seconds,
    };
    // Where the lines lie on each other, the one below stays visible on both sides.
    let curves = [
        ("warm caches", &found.warm, theme.series(1), MarkerShape::Square, 2.0),
        ("cold caches", &found.cold, theme.series(2), MarkerShape::Circle, 1.0),
    ];
    let plotted = plot.show(ui, |plot| {
        for (name, points, colour, shape, wide) in curves {
            let line: Vec<[f64; 2]> = points.iter().map(|point| [f64::from(point.off), value(point)]).collect();
            if shows == FloodQuantity::Answered {
                for point in points {
                    let (x, answered) = (f64::from(point.off), &point.answered);
                    let ends = vec![[x, answered.low * 100.0], [x, answered.high * 100.0]];
                    plot.line(Line::new("", PlotPoints::new(ends)).color(colour.gamma_multiply(0.5)).width(1.0));
                }
            }
            plot.line(Line::new(name, PlotPoints::new(line.clone())).color(colour).width(2.0 * wide));
            plot.points(
                Points::new(name, PlotPoints::new(line)).shape(shape).radius(3.5 * wide).color(colour).filled(true),
            );
        }
    });
    let entries = curves.map(|(name, _, colour, shape, _)| LegendEntry {
        name: name.to_owned(),
        colour,
        sample: LegendSample::Marks(shape),
    });
    legend_ui(ui, *plotted.transform.frame(), corner, &entries);
}

/// Grid lines at every number of servers.
#[expect(clippy::needless_pass_by_value, reason = "the plot hands it over")]
fn every_one(input: GridInput) -> Vec<GridMark> {
    let (from, to) = input.bounds;
    let first = from.ceil().max(0.0);
    let marks = (0..MOST_SERVERS).map(|n| first + f64::from(n)).take_while(|value| *value <= to);
    marks.map(|value| GridMark { value, step_size: 1.0 }).collect()
}

/// Both caches at each number of servers.
fn pairs(found: &FloodResult) -> impl Iterator<Item = (&FloodPoint, &FloodPoint)> {
    found.cold.iter().zip(&found.warm)
}

fn asked_sheet(found: &FloodResult) -> Sheet {
    const HEADS: [[&str; 2]; 3] =
        [["root cold", "root warm"], ["top level cold", "top level warm"], ["authority cold", "authority warm"]];
    let mut columns = vec![SheetColumn::number("off", 30.0, "Servers that answer nobody.")];
    for heads in HEADS {
        columns
            .extend(heads.map(|head| SheetColumn::number(head, 88.0, "Queries that reached servers of that level.")));
    }
    let row = |(cold, warm): (&FloodPoint, &FloodPoint)| {
        let mut row = vec![Cell::count(cold.off.into())];
        for level in ServerLevel::ALL {
            row.extend([cold, warm].map(|point| {
                let reached = point.reached.iter().find(|reached| reached.level == level);
                Cell::count(reached.map_or(0, |reached| reached.queries))
            }));
        }
        row
    };
    Sheet {
        title: "Who was asked: queries that reached each level".to_owned(),
        columns,
        rows: pairs(found).map(row).collect(),
    }
}

fn clients_sheet(found: &FloodResult) -> Sheet {
    let columns = vec![
        SheetColumn::number("off", 30.0, "Servers that answer nobody."),
        SheetColumn::words("cache", 44.0, "Empty (cold) or full (warm)."),
        SheetColumn::number("answered", 70.0, "Share of the lookups.").in_unit("fraction"),
        SheetColumn::words("95 % interval", 118.0, "Where the probability behind it lies (Wilson)."),
        SheetColumn::number("known already", 90.0, "Lookups the local name server knew the answer to."),
        SheetColumn::number("mean time", 76.0, "Of a lookup, those without an answer included.").in_unit("s"),
        SheetColumn::number("95 of 100 in", 80.0, "95 of 100 lookups took no longer.").in_unit("s"),
        SheetColumn::number("longest", 76.0, "").in_unit("s"),
    ];
    let time = |seconds: f64| Cell::Number(units::seconds(seconds), seconds);
    let row = |word: &str, point: &FloodPoint| {
        vec![
            Cell::count(point.off.into()),
            Cell::words(word),
            Cell::Number(percent(point.answered.share), point.answered.share),
            Cell::words(interval(&point.answered)),
            Cell::count(point.from_cache.into()),
            time(point.mean_seconds),
            time(point.p95_seconds),
            time(point.max_seconds),
        ]
    };
    let rows = pairs(found).flat_map(|(cold, warm)| [row("cold", cold), row("warm", warm)]);
    Sheet { title: "What clients got".to_owned(), columns, rows: rows.collect() }
}

fn order_sheet(found: &FloodResult) -> Sheet {
    let columns = vec![
        SheetColumn::number("order", 60.0, "In which order the servers fall."),
        SheetColumn::words("server", 200.0, "Its name."),
    ];
    let row = |(number, server): (u64, &String)| vec![Cell::count(number), Cell::words(server)];
    Sheet { title: "The servers".to_owned(), columns, rows: (1..).zip(&found.servers).map(row).collect() }
}

pub(super) fn sheets(found: &FloodResult) -> Vec<Sheet> {
    vec![clients_sheet(found), asked_sheet(found), order_sheet(found)]
}

/// Marks of an axis.
const MOST_SERVERS: u32 = 60;
const PLOT: f32 = 250.0;
