//! A failure where it happened: what, whose move it is, the rule, and what to try.

use egui::{RichText, Ui};

use crate::{
    app::{theme::Theme, widgets},
    wire::{Blame, Failure},
};

/// Paints it as a card.
pub(super) fn failure_ui(ui: &mut Ui, failure: &Failure) {
    let theme = Theme::of(ui);
    widgets::card(ui, &format!("Failed: {}", failure.blame), |ui| {
        ui.label(RichText::new(&failure.summary).color(theme.bad));
        for cause in &failure.causes {
            widgets::muted(ui, format!("because: {cause}"));
        }
        if let Some(clause) = &failure.clause {
            widgets::muted(ui, format!("the rule: {clause}"));
        }
        ui.add_space(4.0);
        ui.label(RichText::new(format!("Whose move: {}", whose_move(failure.blame))).small());
    });
}

/// Who has to do something, and what can be tried.
pub(super) fn whose_move(blame: Blame) -> &'static str {
    match blame {
        Blame::Input => "yours. Change the request above and send it again.",
        Blame::Network => {
            "nobody's for certain. The connection was refused, silent or cut: look at host and port, try again, or try another host."
        }
        Blame::Peer => "the server's. What you send is not to blame; the octets below show what it did.",
    }
}
