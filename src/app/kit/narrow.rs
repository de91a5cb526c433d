//! Narrow windows, and wide ones with large text: what otherwise stands side by side is shown one at a time, and a strip says what there is.

use egui::{Frame, Id, Margin, Panel, Ui};

use crate::app::{
    theme::{Theme, size},
    widgets,
};

/// Is there too little room for panels side by side?
pub(crate) fn is_narrow(ui: &Ui) -> bool {
    ui.available_width() < NARROW
}

/// The strip at the top; returns what is chosen in it. What it says is remembered under `name`.
pub(crate) fn choice_ui<T>(ui: &mut Ui, name: &'static str, panes: &[(T, &str)]) -> T
where
    T: Copy + Default + PartialEq + Send + Sync + 'static,
{
    let id = Id::unique(("narrow", name));
    let mut chosen: T = ui.data(|data| data.get_temp(id)).unwrap_or_default();
    let frame = Frame::new().fill(Theme::of(ui).panel).inner_margin(Margin::symmetric(12, 4));
    Panel::top(name).exact_size(size::CONTROL + 8.0).resizable(false).frame(frame).show(ui, |ui| {
        widgets::segmented(ui, "Shown", &mut chosen, panes);
    });
    ui.data_mut(|data| data.insert_temp(id, chosen));
    chosen
}

/// Controls, a picture and an inspector have room side by side from this width on.
const NARROW: f32 = 720.0;
