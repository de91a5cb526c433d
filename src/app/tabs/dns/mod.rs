//! The DNS tab: desks at which names are resolved, and what the strip above the controls leads to besides. Each is a folder here.

mod attack;
mod day;
mod desk;
mod dig;
mod figures;
mod lab_controls;
mod lab_run;
mod message;
mod message_ui;
mod octets;
mod resolve;
mod sheet;
mod zones;

use std::collections::BTreeMap;

use egui::{Panel, Ui};
use serde::{Deserialize, Serialize};

use self::{
    attack::AttackDesk,
    day::DayDesk,
    desk::{Desk, DeskId, side_frame},
    message::MessageDesk,
    resolve::ResolveDesk,
    zones::ZonesDesk,
};
use super::{Command, Subject, Tab, TabContext, TabId};
#[cfg(test)]
use crate::app::stage::{Stage, StageWindow};
use crate::{
    app::{runs::RunRecord, theme::size, widgets},
    engine::bridge::JobId,
};

#[cfg(test)]
type DnsStage = Stage<DnsTab>;
#[cfg(test)]
type DnsWindow = StageWindow<DnsTab>;

/// The tab.
#[derive(Debug, Default)]
pub struct DnsTab {
    at: DeskId,
    resolve: ResolveDesk,
    message: MessageDesk,
    zones: ZonesDesk,
    attack: AttackDesk,
    day: DayDesk,
}

/// What is there again after a restart.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Kept {
    at: DeskId,
    /// By their names: a desk that is no longer there is no fault.
    desks: BTreeMap<String, serde_json::Value>,
}

impl Tab for DnsTab {
    fn id(&self) -> TabId {
        TabId::Dns
    }

    fn title(&self) -> &'static str {
        "DNS"
    }

    fn logic(&mut self, cx: &mut TabContext<'_>) {
        for (id, _) in DeskId::ALL {
            self.desk_mut(*id).logic(cx);
        }
    }

    fn ui(&mut self, ui: &mut Ui, cx: &mut TabContext<'_>) {
        let panel = Panel::left("dns-controls").exact_size(size::CONTROLS).resizable(false).frame(side_frame(ui));
        let sent = panel
            .show(ui, |ui| {
                self.strip_ui(ui);
                self.desk_mut(self.at).controls_ui(ui, cx)
            })
            .inner;
        let sent = sent.or(self.desk_mut(self.at).ui(ui, cx));
        if let Some(sent) = sent {
            self.at = sent.to();
            self.desk_mut(self.at).take_over(sent);
        }
    }

    fn subject(&self) -> Option<Subject> {
        self.desk(self.at).subject()
    }

    fn command(&mut self, command: Command, cx: &mut TabContext<'_>) {
        self.desk_mut(self.at).command(command, cx);
    }

    fn adopt(&mut self, job: JobId, record: &RunRecord) -> bool {
        let adopting = DeskId::ALL.iter().find(|(id, _)| self.desk_mut(*id).adopt(job, record));
        if let Some((id, _)) = adopting {
            self.at = *id;
        }
        adopting.is_some()
    }

    fn save(&self) -> serde_json::Value {
        let desks = DeskId::ALL.iter().map(|(id, word)| ((*word).to_owned(), self.desk(*id).save())).collect();
        serde_json::to_value(Kept { at: self.at, desks }).unwrap_or_default()
    }

    fn restore(&mut self, saved: serde_json::Value) -> Result<(), serde_json::Error> {
        let mut kept: Kept = serde_json::from_value(saved)?;
        self.at = kept.at;
        let mut result = Ok(());
        for (id, word) in DeskId::ALL {
            if let Some(saved) = kept.desks.remove(*word) {
                result = result.and(self.desk_mut(*id).restore(saved));
            }
        }
        result
    }
}

impl DnsTab {
    fn desk(&self, id: DeskId) -> &dyn Desk {
        match id {
            DeskId::Resolve => &self.resolve,
            DeskId::Message => &self.message,
            DeskId::Day => &self.day,
            DeskId::Zones => &self.zones,
            DeskId::Attack => &self.attack,
        }
    }

    fn desk_mut(&mut self, id: DeskId) -> &mut dyn Desk {
        match id {
            DeskId::Resolve => &mut self.resolve,
            DeskId::Message => &mut self.message,
            DeskId::Day => &mut self.day,
            DeskId::Zones => &mut self.zones,
            DeskId::Attack => &mut self.attack,
        }
    }

    /// Which desk.
    fn strip_ui(&mut self, ui: &mut Ui) {
        ui.scope(|ui| {
            ui.set_max_width(ui.available_width() - 10.0);
            widgets::segmented(ui, "Desk", &mut self.at, DeskId::ALL);
        });
        ui.add_space(6.0);
    }
}
