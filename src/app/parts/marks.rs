//! Where a plot's grid lines are: round numbers.

use egui_plot::{GridInput, GridMark};

use crate::app::dials;

/// Grid lines at round numbers, some six of them.
pub fn rounds(input: GridInput) -> Vec<GridMark> {
    round_marks(input, 0.0)
}

/// The same where only whole numbers mean something.
pub fn whole_rounds(input: GridInput) -> Vec<GridMark> {
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

/// Grid lines at 1, 2 and 5 times the powers of ten; the axis counts in powers of ten.
#[expect(clippy::needless_pass_by_value, reason = "the plot hands it over")]
pub fn decades(input: GridInput) -> Vec<GridMark> {
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
mod grid_lines {
    use egui_plot::GridInput;

    use super::{decades, rounds, whole_rounds};

    #[test]
    fn are_at_round_numbers() {
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
    fn are_at_round_numbers_of_a_logarithmic_axis() {
        let marks = decades(GridInput { bounds: (0.0, 2.0), base_step_size: 0.1 });
        let values: Vec<_> = marks.iter().map(|mark| 10_f64.powf(mark.value).round()).collect();
        assert_eq!(values, [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0]);
    }
}
