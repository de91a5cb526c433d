//! The sweep's picture: a line for what each formula says, a mark of its own shape for what was measured.

use egui::Ui;
use egui_plot::{Corner, Line, MarkerShape, Plot, PlotPoints, Points};

use super::axes::{axis_name, is_logarithmic, label, strategies, value_words};
use crate::{
    app::{
        dials,
        kit::plot_legend::{LegendEntry, LegendSample, legend_ui},
        parts::marks::{decades, rounds, whole_rounds},
        theme::Theme,
    },
    engine::page_load::{
        Strategy,
        sweep::{Axis, SweepPoint},
    },
};

/// Paints it into what is left of `ui`.
pub(super) fn plot_ui(ui: &mut Ui, axis: Axis, k: u32, points: &[SweepPoint]) {
    let theme = Theme::of(ui);
    let logarithmic = is_logarithmic(axis);
    let back = move |x: f64| if logarithmic { 10_f64.powf(x) } else { x };
    let mut plot = Plot::new(("sweep", axis))
        .grid_color(theme.line)
        .x_axis_label(axis_name(axis))
        .y_axis_label("page time")
        .include_y(0.0)
        .show_background(false)
        .y_axis_min_width(56.0)
        .x_axis_formatter(move |mark, _| value_words(axis, back(mark.value)))
        .y_grid_spacer(rounds)
        .y_axis_formatter(|mark, _| dials::brief_seconds(mark.value.max(0.0)));
    if logarithmic {
        plot = plot.x_grid_spacer(decades);
    } else {
        plot = plot.x_grid_spacer(whole_rounds);
    }
    let raced: Vec<(usize, Strategy)> =
        Strategy::ALL.into_iter().enumerate().filter(|(_, strategy)| strategies(points).contains(strategy)).collect();
    let shown = plot.show(ui, |plot| {
        for &(place, strategy) in &raced {
            let colour = theme.series(place);
            let name = label(axis, strategy, k);
            let theory = curve(axis, &series(points, strategy, |(_, _, theory)| theory));
            let measured = on_axis(axis, &series(points, strategy, |(_, measured, _)| Some(measured)));
            // Where curves lie on each other, the ones below stay visible on both sides.
            let width = 1.5 + 0.4 * (Strategy::ALL.len() - 1 - place) as f32;
            plot.line(Line::new(name.clone(), PlotPoints::new(theory)).color(colour).width(width));
            let dots = Points::new(name, PlotPoints::new(measured)).shape(shape(place)).radius(4.0);
            plot.points(dots.color(colour).filled(true));
        }
    });
    let entries: Vec<LegendEntry> = raced
        .iter()
        .map(|&(place, strategy)| LegendEntry {
            name: label(axis, strategy, k),
            colour: theme.series(place),
            sample: LegendSample::Marks(shape(place)),
        })
        .collect();
    legend_ui(ui, *shown.transform.frame(), empty_corner(axis), &entries);
}

/// Where the curves leave room for the legend: page times fall with the rate and with k, and rise with everything else.
fn empty_corner(axis: Axis) -> Corner {
    match axis {
        Axis::RateMbps | Axis::Parallel => Corner::RightTop,
        Axis::RttMillis | Axis::Objects | Axis::ObjectKilobytes => Corner::LeftTop,
    }
}

/// The formula between the points it was computed at. It is linear in RTT, object size and 1/rate, so these stretches are exact;
/// n and k are whole numbers and there is nothing between them.
fn curve(axis: Axis, points: &[[f64; 2]]) -> Vec<[f64; 2]> {
    let stretch = |x: f64| if axis == Axis::RateMbps { 1.0 / x } else { x };
    let mut fine = Vec::new();
    for pair in points.windows(2) {
        let &[[from, low], [to, high]] = pair else { continue };
        fine.push([from, low]);
        if is_logarithmic(axis) {
            fine.extend((1..STEPS).map(|step| {
                let x = from * (to / from).powf(f64::from(step) / f64::from(STEPS));
                let share = (stretch(x) - stretch(from)) / (stretch(to) - stretch(from));
                [x, low + share * (high - low)]
            }));
        }
    }
    fine.extend(points.last());
    on_axis(axis, &fine)
}

/// The points as the plot counts them: logarithms where equal steps multiply.
fn on_axis(axis: Axis, points: &[[f64; 2]]) -> Vec<[f64; 2]> {
    let place = |x: f64| if is_logarithmic(axis) { x.log10() } else { x };
    points.iter().map(|&[x, y]| [place(x), y]).filter(|point| point.iter().all(|number| number.is_finite())).collect()
}

/// Value and seconds of one strategy, in order of value.
fn series(
    points: &[SweepPoint],
    strategy: Strategy,
    value: impl Fn((Strategy, f64, Option<f64>)) -> Option<f64>,
) -> Vec<[f64; 2]> {
    let mut series: Vec<[f64; 2]> = points
        .iter()
        .filter_map(|point| {
            let times = point.times.iter().find(|(other, ..)| *other == strategy)?;
            Some([point.value, value(*times)?])
        })
        .filter(|point| point.iter().all(|number| number.is_finite()))
        .collect();
    series.sort_by(|one, other| one.first().partial_cmp(&other.first()).unwrap_or(std::cmp::Ordering::Equal));
    series
}

/// Shapes that are told apart without colour.
fn shape(place: usize) -> MarkerShape {
    const SHAPES: [MarkerShape; 6] = [
        MarkerShape::Circle,
        MarkerShape::Square,
        MarkerShape::Diamond,
        MarkerShape::Up,
        MarkerShape::Down,
        MarkerShape::Cross,
    ];
    SHAPES.get(place % SHAPES.len()).copied().unwrap_or(MarkerShape::Circle)
}

/// Straight pieces a curve has between two points.
const STEPS: u32 = 12;

#[cfg(test)]
mod the_plot {
    use super::{Axis, STEPS, Strategy, SweepPoint, curve, on_axis, series};

    #[test]
    fn follows_the_formula_between_its_points() {
        let formula = |rate: f64| 0.3 + 8.8 / rate;
        let points = [0.5, 2.0, 100.0].map(|rate| [rate, formula(rate)]);
        let curve = curve(Axis::RateMbps, &points);
        assert_eq!(curve.len(), 2 * STEPS as usize + 1);
        for [x, y] in curve {
            assert!((y - formula(10_f64.powf(x))).abs() < 1e-9, "{x} {y}");
        }
    }

    #[test]
    fn draws_points_in_order_of_their_value_however_they_arrive() {
        let point = |value: f64| SweepPoint { value, times: vec![(Strategy::Serial, value * 22.0, None)] };
        let points = [point(100.0), point(1.0), point(10.0)];
        let measured = series(&points, Strategy::Serial, |(_, measured, _)| Some(measured));
        assert_eq!(on_axis(Axis::RttMillis, &measured), [[0.0, 22.0], [1.0, 220.0], [2.0, 2200.0]]);
        assert_eq!(on_axis(Axis::Objects, &measured), measured);
        assert!(series(&points, Strategy::Serial, |(_, _, theory)| theory).is_empty());
    }
}
