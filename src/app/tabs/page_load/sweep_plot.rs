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
        .legend(Legend::default().position(Corner::LeftTop).follow_insertion_order(true))
        .grid_color(theme.line)
        .x_axis_label(axis_name(axis))
        .y_axis_label("page time")
        .include_y(0.0)
        .show_background(false)
        .y_axis_min_width(56.0)
        .x_axis_formatter(move |mark, _| value_words(axis, back(mark.value)))
        .y_axis_formatter(|mark, _| dials::brief_seconds(mark.value.max(0.0)));
    if logarithmic {
        plot = plot.x_grid_spacer(decades);
    }
    plot.show(ui, |plot| {
        for (place, strategy) in Strategy::ALL.into_iter().enumerate() {
            if !strategies(points).contains(&strategy) {
                continue;
            }
            let colour = theme.series(place);
            let name = label(axis, strategy, k);
            let theory = series(points, strategy, logarithmic, |(_, _, theory)| theory);
            let measured = series(points, strategy, logarithmic, |(_, measured, _)| Some(measured));
            plot.line(Line::new(name.clone(), PlotPoints::new(theory)).color(colour).width(1.5));
            let dots = Points::new(name, PlotPoints::new(measured)).shape(shape(place)).radius(4.0);
            plot.points(dots.color(colour).filled(true));
        }
    });
}

fn series(
    points: &[SweepPoint],
    strategy: Strategy,
    logarithmic: bool,
    value: impl Fn((Strategy, f64, Option<f64>)) -> Option<f64>,
) -> Vec<[f64; 2]> {
    let mut series: Vec<[f64; 2]> = points
        .iter()
        .filter_map(|point| {
            let times = point.times.iter().find(|(other, ..)| *other == strategy)?;
            let x = if logarithmic { point.value.log10() } else { point.value };
            Some([x, value(*times)?])
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

#[cfg(test)]
mod the_plot {
    use egui_plot::GridInput;

    use super::{Strategy, SweepPoint, decades, series};

    #[test]
    fn draws_points_in_order_of_their_value_however_they_arrive() {
        let point = |value: f64| SweepPoint { value, times: vec![(Strategy::Serial, value * 22.0, None)] };
        let points = [point(100.0), point(1.0), point(10.0)];
        let measured = series(&points, Strategy::Serial, true, |(_, measured, _)| Some(measured));
        assert_eq!(measured, [[0.0, 22.0], [1.0, 220.0], [2.0, 2200.0]]);
        assert!(series(&points, Strategy::Serial, true, |(_, _, theory)| theory).is_empty());
    }

    #[test]
    fn marks_round_numbers_on_a_logarithmic_axis() {
        let marks = decades(GridInput { bounds: (0.0, 2.0), base_step_size: 0.1 });
        let values: Vec<_> = marks.iter().map(|mark| 10_f64.powf(mark.value).round()).collect();
        assert_eq!(values, [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0]);
    }
}
