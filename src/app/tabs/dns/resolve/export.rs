//! The picture and its messages for other programs: SVG, PNG, DOT, dig.

use std::sync::{
    Arc,
    mpsc::{Receiver, sync_channel},
};

use egui::{ColorImage, Rect, Ui};

use super::{
    super::dig::{DigServer, dig_at, question, transport},
    paint::TreeScene,
    runs::ResolutionTrace,
    words,
};
use crate::{
    app::{actions::Action, notices::Notice, theme::Theme},
    engine::bridge::PublishedService,
    proto::dns::trace::ResolutionStep,
};

/// A picture of the screen that has been asked for: which part of it, and what it is to be called.
#[derive(Debug)]
pub(super) struct Screenshot {
    part: Rect,
    name: String,
    /// Frames to wait, so that the menu is gone.
    wait: u8,
    coming: Option<Receiver<Arc<ColorImage>>>,
}

/// The ways to save it; returns what was chosen.
pub(super) fn menu_ui(
    ui: &mut Ui,
    resolved: &ResolutionTrace<'_>,
    scene: &TreeScene<'_>,
    ground: Rect,
    shot: &mut Option<Screenshot>,
) -> Option<Action> {
    let name = resolved.steps.first().map_or("name", |step| words::bare(&step.question.name)).to_owned();
    let save = |ending: &str, text: String| {
        Some(Action::SaveContent { name: format!("{name}.{ending}"), octets: text.into_bytes().into() })
    };
    let mut chosen = None;
    if ui.button("SVG").on_hover_text("All of the picture, as lines and words").clicked() {
        chosen = save("svg", scene.draw().svg(scene.layout.bounds, Theme::of(ui)));
    }
    if ui.button("PNG").on_hover_text("What is on screen, as dots").clicked() {
        *shot = Some(Screenshot { part: ground, name: format!("{name}.png"), wait: 2, coming: None });
    }
    if ui.button("DOT").on_hover_text("Who asked whom, for Graphviz").clicked() {
        chosen = save("dot", dot(scene));
    }
    if ui.button("JSON").on_hover_text("Every step, as the command line prints it").clicked() {
        let text = resolved.report.and_then(|report| serde_json::to_string_pretty(report).ok());
        chosen = text.and_then(|text| save("json", text + "\n"));
    }
    chosen
}

/// Takes in the picture of the screen once it is there.
pub(super) fn take_shot(ui: &Ui, shot: &mut Option<Screenshot>, actions: &mut Vec<Action>) {
    let Some(wanted) = shot else { return };
    if wanted.wait > 0 {
        wanted.wait -= 1;
        return ui.ctx().request_repaint();
    }
    let Some(coming) = &wanted.coming else {
        let (give, take) = sync_channel(1);
        let ctx = ui.ctx().clone();
        ui.ctx().request_screenshot(move |image| {
            give.try_send(image).ok(); // who does not wait any more needs none
            ctx.request_repaint();
        });
        wanted.coming = Some(take);
        return;
    };
    let Ok(image) = coming.try_recv() else { return };
    let part = image.region(&wanted.part, Some(ui.pixels_per_point()));
    actions.push(match png(&part) {
        Some(octets) => Action::SaveContent { name: wanted.name.clone(), octets: octets.into() },
        None => Action::Tell(Notice::problem("The picture could not be written as PNG")),
    });
    *shot = None;
}

pub(super) fn png(image: &ColorImage) -> Option<Vec<u8>> {
    let mut octets = Vec::new();
    let [width, height] = image.size.map(|side| u32::try_from(side).unwrap_or(u32::MAX));
    let mut encoder = png::Encoder::new(&mut octets, width, height);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().ok()?;
    writer.write_image_data(image.as_raw()).ok()?;
    writer.finish().ok()?;
    Some(octets)
}

/// Everybody and every message, for Graphviz.
pub(super) fn dot(scene: &TreeScene<'_>) -> String {
    let people = &scene.layout.people;
    let mut text = String::from("digraph resolution {\n  rankdir=LR;\n  node [shape=box, style=rounded];\n");
    for (place, person) in people.all.iter().enumerate() {
        let lines = [words::heading(people, place), person.name.clone(), words::role(person.level).to_owned()];
        let mut shown: Vec<String> = Vec::new();
        for line in lines.into_iter().filter(|line| !line.is_empty()) {
            if !shown.contains(&line) {
                shown.push(line);
            }
        }
        text.push_str(&format!("  n{place} [label={}];\n", quoted(&shown.join("\\n"))));
    }
    for edge in &scene.layout.edges {
        let Some(one) = scene.layout.told.get(edge.told) else { continue };
        let Some((step, number)) = scene.steps.get(one.step).zip(one.number) else { continue };
        let style = if step.ended_at.is_some() && one.part == super::TracePart::Reply { ", style=dashed" } else { "" };
        let label = quoted(&format!("{number}: {}", words::brief(people, step, one)));
        text.push_str(&format!("  n{} -> n{} [label={label}{style}];\n", edge.from, edge.to));
    }
    text.push_str("}\n");
    text
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\\\""))
}

/// The same question as a command; in the lab by way of the gateway.
///
/// # Errors
/// Why there is none: the gateway does not publish the server.
pub(super) fn dig(step: &ResolutionStep, lab: bool, gateway: &[PublishedService]) -> Result<String, String> {
    let ResolutionStep { server, ip_port, over, .. } = step;
    let port = ip_port.map_or(DNS_PORT, |ip_port| ip_port.port());
    let at = dig_at(DigServer { server, ip_port: *ip_port, port, over: *over, lab }, gateway)?;
    let walk = if step.recursion_desired { "" } else { " +norecurse" };
    Ok(format!("dig {at} {}{walk} {}", transport(*over), question(&step.question.name, &step.question.kind)))
}

/// Where name servers listen (RFC 1035 §4.2).
const DNS_PORT: u16 = 53;
