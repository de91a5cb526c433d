//! The picture and its messages to hand in, and for other programs: DOT, JSON, dig.

use egui::{Sense, Ui, emath::TSTransform};

use super::{
    super::dig::{DigServer, dig_at, question, transport},
    paint::TreeScene,
    runs::ResolutionTrace,
    table, words,
};
use crate::{
    app::{
        actions::Action,
        hand_in::{Figure, HandIn, PaintedFigure},
        theme::Theme,
    },
    engine::bridge::PublishedService,
    proto::dns::trace::ResolutionStep,
};

/// The ways to save it; what another program is to have goes to `actions`.
pub(super) fn hand_in_ui(
    ui: &mut Ui,
    resolved: &ResolutionTrace<'_>,
    scene: &TreeScene<'_>,
    actions: &mut Vec<Action>,
) {
    let name = resolved.steps.first().map_or("name", |step| words::bare(&step.question.name)).to_owned();
    let figure = Figure::in_ui(ui, words::title(resolved), scene.layout.bounds.size()).on(Theme::of(ui).window);
    let hand_in = HandIn::of("resolution")
        .picture(|| tree(figure, scene))
        .table(|| table::table(resolved, &scene.layout.told, &scene.layout.people));
    let mut save = |ending: &str, text: String| {
        actions.push(Action::SaveContent { name: format!("{name}.{ending}"), octets: text.into_bytes().into() });
    };
    hand_in.with_more(ui, |ui| {
        if ui.button("Save as DOT…").on_hover_text("Who asked whom, for Graphviz").clicked() {
            save("dot", dot(scene));
        }
        if ui.button("Save as JSON…").on_hover_text("Every step, as the command line prints it").clicked()
            && let Some(text) = resolved.report.and_then(|report| serde_json::to_string_pretty(report).ok())
        {
            save("json", text + "\n");
        }
    });
}

/// All of the picture in its own size, with nothing marked.
pub(super) fn tree(figure: Figure, scene: &TreeScene<'_>) -> PaintedFigure {
    let plain = TreeScene { chosen: None, hovered: None, scale: 1.0, ..*scene };
    let drawing = plain.draw();
    figure.draw(|ui| {
        let (place, _) = ui.allocate_exact_size(scene.layout.bounds.size(), Sense::hover());
        let to = TSTransform::from_translation(place.min - scene.layout.bounds.min);
        drawing.paint(ui.painter(), Theme::of(ui), to);
    })
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
