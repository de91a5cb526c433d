//! The mark before a cookie that says what became of it.

use egui::Color32;

use crate::{app::theme::Theme, proto::http::cookies::Verdict};

/// The mark and its colour; the words beside it say the same.
pub(crate) fn verdict_mark(verdict: Verdict, theme: &Theme) -> (&'static str, Color32) {
    match verdict {
        Verdict::Accepted | Verdict::Replaced => ("◀", theme.accent),
        Verdict::Sent => ("▶", theme.good),
        Verdict::KeptBack => ("⊘", theme.bad),
        Verdict::Refused => ("×", theme.bad),
        Verdict::Deleted | Verdict::Evicted | Verdict::Expired => ("◻", theme.muted),
    }
}
