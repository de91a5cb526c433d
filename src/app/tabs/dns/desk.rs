//! What the tab's desks have in common: each paints its controls on the left and the rest beside them, and may send the student over to
//! another one.

use egui::{Frame, Margin, Panel, Ui};

use crate::{
    app::{
        runs::RunRecord,
        tabs::{Command, Subject, TabContext},
        theme::{Theme, size},
    },
    engine::{bridge::JobId, dns_message},
};

/// One desk of the tab.
pub(super) trait Desk {
    /// Called between frames, whether the desk is shown or not: takes in what ended. Cheap when nothing changed.
    fn logic(&mut self, cx: &mut TabContext<'_>);

    /// Paints the controls.
    fn controls_ui(&mut self, ui: &mut Ui, cx: &mut TabContext<'_>) -> Option<HandOver>;

    /// Paints all that is right of the controls.
    fn ui(&mut self, ui: &mut Ui, cx: &mut TabContext<'_>) -> Option<HandOver>;

    /// What the drawer shows of it.
    fn subject(&self) -> Option<Subject>;

    /// Does what a key asked for.
    fn command(&mut self, command: Command, cx: &mut TabContext<'_>);

    /// Shows a record read from a file, if it is of this desk's kind.
    fn adopt(&mut self, job: JobId, record: &RunRecord) -> bool;

    /// Goes on with what another desk sent over. Only called with what is meant for this one.
    fn take_over(&mut self, sent: HandOver) {
        drop(sent);
    }

    /// What is to be there again after a restart.
    fn save(&self) -> serde_json::Value;

    /// Restores what [`Desk::save`] gave.
    ///
    /// # Errors
    /// When `saved` is not this desk's: it keeps what it has.
    fn restore(&mut self, saved: serde_json::Value) -> Result<(), serde_json::Error>;
}

/// The ground of the panels at the sides of a desk.
pub(super) fn side_frame(ui: &Ui) -> Frame {
    Frame::new().fill(Theme::of(ui).panel).inner_margin(Margin { left: 16, right: 6, top: 14, bottom: 8 })
}

/// The panel on the right of a desk, which can be drawn wider: its share of the width in the beginning, where that is less than an
/// inspector's, and its greatest share.
pub(super) fn right_panel(ui: &Ui, name: &'static str, share: f32, most: f32) -> Panel {
    let width = size::INSPECTOR.min(ui.available_width() * share);
    let most = (ui.available_width() * most).max(size::INSPECTOR_LEAST);
    let panel = Panel::right(name).default_size(width).size_range(size::INSPECTOR_LEAST..=most);
    panel.frame(side_frame(ui))
}

/// Which desk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum DeskId {
    /// A name is resolved.
    #[default]
    Resolve,
    /// A message is written by hand.
    Message,
    /// Zones are edited, names registered.
    Zones,
    /// A day of lookups.
    Day,
    /// The name system is attacked.
    Attack,
}

impl DeskId {
    /// All that there are, with their words.
    pub(super) const ALL: &[(Self, &'static str)] = &[
        (Self::Resolve, "Resolve"),
        (Self::Message, "Message"),
        (Self::Zones, "Zones"),
        (Self::Day, "Day"),
        (Self::Attack, "Attack"),
    ];
}

/// What a desk sends the student to another one with.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum HandOver {
    /// Edit this message and send it.
    Message(Box<dns_message::Config>),
    /// Look this up.
    Resolve {
        /// Which name.
        name: String,
        /// Records of which type.
        kind: String,
    },
    /// Edit this zone.
    Zone(String),
}

impl HandOver {
    /// To whom.
    pub(super) fn to(&self) -> DeskId {
        match self {
            Self::Message(_) => DeskId::Message,
            Self::Resolve { .. } => DeskId::Resolve,
            Self::Zone(_) => DeskId::Zones,
        }
    }
}
