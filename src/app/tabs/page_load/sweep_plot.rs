//! The sweep's picture: a line for what each formula says, a mark of its own shape for what was measured.

use egui::Ui;
use egui_plot::{Corner, GridInput, GridMark, Legend, Line, MarkerShape, Plot, PlotPoints, Points};

use super::sweep::{axis_name, is_logarithmic, label, strategies, value_words};
use crate::{
    app::{dials, theme::Theme},
    engine::page_load::{Axis, Strategy, SweepPoint},
};

/// Paints it into what is left of `ui`.
pub(super) fn plot_ui(ui: &mut Ui, axis: Axis, k: u32, points: &[SweepPoint]) {
    let theme = Theme::of(ui);
    let logarithmic = is_logarithmic(axis);
    let back = move |x: f64| if logarithmic { 10_f64.powf(x) } else { x };
    let mut plot = Plot::new(("sweep", axis))
        .legend(Legend::default().position(empty_corner(axis)).follow_insertion_order(true))
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
    plot.show(ui, |plot| {
        for (place, strategy) in Strategy::ALL.into_iter().enumerate() {
            if !strategies(points).contains(&strategy) {
                continue;
            }
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

/// Grid lines at round numbers, some six of them.
fn rounds(input: GridInput) -> Vec<GridMark> {
    round_marks(input, 0.0)
}

/// The same where only whole numbers mean something.
fn whole_rounds(input: GridInput) -> Vec<GridMark> {
    round_marks(input, 1.0)
}

#[expect(clippy::needless_pass_by_value, reason = "the plot hands it over")]
fn round_marks(input: GridInput, least_step: f64) -> Vec<GridMark> {
    let (from, to) = input.bounds;
    let wanted = (to - from) / 6.0;
    if !wanted.is_finite() || wanted <= 0.0 {
        return Vec::new();
    }
    let step_size = dials::round_step(wanted).max(least_step);
    let first = (from / step_size).ceil();
    (0..MAX_MARKS)
        .map(|n| (first + n as f64) * step_size)
        .take_while(|value| *value <= to)
        .map(|value| GridMark { value, step_size })
        .collect()
}

/// Grid lines at 1, 2 and 5 times the powers of ten.
#[expect(clippy::needless_pass_by_value, reason = "the plot hands it over")]
fn decades(input: GridInput) -> Vec<GridMark> {
    let (from, to) = input.bounds;
    let mut marks = Vec::new();
    let mut power = from.floor();
    while power <= to && marks.len() < MAX_MARKS {
        for (factor, step_size) in [(1.0_f64, 1.0), (2.0, 0.3), (5.0, 0.3)] {
            let value = power + factor.log10();
            if (from..=to).contains(&value) {
                marks.push(GridMark { value, step_size });
            }
        }
        power += 1.0;
    }
    marks
}

const MAX_MARKS: usize = 60;
/// Straight pieces a curve has between two points.
const STEPS: u32 = 12;

#[cfg(test)]
mod the_plot {
    use egui_plot::GridInput;

    use super::{Axis, STEPS, Strategy, SweepPoint, curve, decades, on_axis, rounds, series, whole_rounds};

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
    fn has_marks_at_round_numbers() {
        let marks = |from: f64, to: f64, whole: bool| -> Vec<f64> {
            let input = GridInput { bounds: (from, to), base_step_size: 0.1 };
            let marks = if whole { whole_rounds(input) } else { rounds(input) };
            marks.into_iter().map(|mark| mark.value).collect()
        };
        assert_eq!(marks(-0.5, 17.0, false), [0.0, 5.0, 10.0, 15.0]);
        assert_eq!(marks(1.0, 4.0, true), [1.0, 2.0, 3.0, 4.0]);
        assert!(marks(0.0, 0.0, false).is_empty());
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

    #[test]
    fn marks_round_numbers_on_a_logarithmic_axis() {
        let marks = decades(GridInput { bounds: (0.0, 2.0), base_step_size: 0.1 });
        let values: Vec<_> = marks.iter().map(|mark| 10_f64.powf(mark.value).round()).collect();
        assert_eq!(values, [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0]);
    }
}
