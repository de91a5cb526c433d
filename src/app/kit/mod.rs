//! What every tab is made of: runs that are shown, coming, read from a file or out of date; views side by side; reports, tables and
//! numbers; and a stage for story tests.

pub(super) mod controls;
pub(super) mod figures;
pub(super) mod narrow;
pub(super) mod plot_legend;
pub(super) mod report_page;
pub(super) mod run_view;
pub(super) mod sheet;
#[cfg(test)]
pub(crate) mod stage;
pub(super) mod views;
