//! The picture: zoomed, moved and fitted; what is pointed at is explained, what is clicked is chosen.

use std::time::Duration;

use egui::{
    Align, Key, Layout as UiLayout, Modifiers, Pos2, Rect, Response, Role, Sense, Ui, Vec2, WidgetInfo,
    emath::TSTransform, pos2, vec2,
};

use super::{
    export,
    layout::{Layout, labels::BADGE},
    paint::TreeScene,
    runs::ResolutionTrace,
    words,
};
use crate::{
    app::{
        actions::Action,
        keys::{KeyRow, KeyUse, key},
        theme::{Theme, size},
        widgets,
    },
    engine::bridge::RunId,
};

/// What the picture remembers between frames.
#[derive(Debug, Default)]
pub(super) struct TreeView {
    /// What it was laid out for: which steps, in how much room.
    laid: Option<(RunId, u64, Vec2)>,
    layout: Option<Layout>,
    /// From the layout to the screen's picture; `None`: as it fits.
    view: Option<TSTransform>,
}

impl TreeView {
    /// Forgets how it was zoomed and moved.
    pub(super) fn fit(&mut self) {
        self.view = None;
    }

    /// Paints it; returns the place of what was clicked. What is to be saved goes to `actions`.
    pub(super) fn ui(
        &mut self,
        ui: &mut Ui,
        resolved: &ResolutionTrace<'_>,
        moment: Option<Duration>,
        chosen: Option<usize>,
        actions: &mut Vec<Action>,
    ) -> Option<usize> {
        let ground = ui.available_rect_before_wrap();
        let room = vec2((ground.width() / 20.0).floor() * 20.0, (ground.height() / 20.0).floor() * 20.0);
        let (job, revision) = resolved.key;
        if self.laid != Some((job, revision, room)) {
            self.layout = Some(Layout::of(resolved.steps, room - vec2(24.0, 24.0)));
            self.laid = Some((job, revision, room));
        }
        let layout = self.layout.take()?;
        let response = ui.allocate_rect(ground, Sense::click_and_drag());
        response.widget_info(|| WidgetInfo::labeled(Role::Canvas, true, "Who asked whom"));
        let fitted = fitted(&layout, ground);
        let to_screen = self.moved(ui, &response, fitted);
        let mut ui = ui.new_child(egui::UiBuilder::new().id_salt("tree").max_rect(ground));
        ui.set_clip_rect(ground.intersect(ui.clip_rect()));
        let scene = TreeScene {
            layout: &layout,
            steps: resolved.steps,
            moment,
            chosen,
            hovered: None,
            scale: to_screen.scaling,
        };
        let hovered = hovered(&scene, to_screen, &response, &ui);
        let scene = TreeScene { hovered, ..scene };
        scene.draw().paint(ui.painter(), Theme::of(&ui), to_screen);
        let clicked = things_ui(&mut ui, &scene, to_screen, ground).or(hovered.filter(|_| response.clicked()));
        if let Some((one, step)) =
            hovered.and_then(|place| layout.told.get(place)).and_then(|one| Some((one, resolved.steps.get(one.step)?)))
        {
            response.on_hover_ui_at_pointer(|ui| {
                ui.label(words::sentence(step, one));
                widgets::muted(ui, super::since(resolved, one.at));
            });
        }
        self.tools_ui(&mut ui, ground, resolved, &scene, actions);
        self.layout = Some(layout);
        clicked
    }

    /// Follows the pointer: drag moves, the wheel zooms, a double click fits.
    fn moved(&mut self, ui: &Ui, response: &Response, fitted: TSTransform) -> TSTransform {
        let mut view = self.view.unwrap_or(fitted);
        let before = view;
        if response.dragged() {
            view.translation += response.drag_delta();
        }
        if let Some(pointer) = response.hover_pos() {
            let (scroll, zoom) = ui.input(|input| (input.smooth_scroll_delta().y, input.zoom_delta()));
            let factor = zoom * (scroll / 240.0).exp();
            if (factor - 1.0).abs() > 1e-4 {
                view = zoomed(view, pointer, factor);
            }
        }
        if response.double_clicked() {
            self.view = None;
            return fitted;
        }
        if view != before {
            self.view = Some(view);
        }
        view
    }

    /// Zoom, fit, and what the picture may be saved as.
    fn tools_ui(
        &mut self,
        ui: &mut Ui,
        ground: Rect,
        resolved: &ResolutionTrace<'_>,
        scene: &TreeScene<'_>,
        actions: &mut Vec<Action>,
    ) {
        let corner =
            Rect::from_min_max(ground.right_top() - vec2(240.0, 0.0), ground.right_top() + vec2(0.0, size::CONTROL));
        let mut corner =
            ui.new_child(egui::UiBuilder::new().max_rect(corner).layout(UiLayout::right_to_left(Align::Center)));
        corner.spacing_mut().item_spacing.x = 4.0;
        export::hand_in_ui(&mut corner, resolved, scene, actions);
        let mut zoom = |factor: f32| {
            let view = self.view.unwrap_or_else(|| fitted(scene.layout, ground));
            self.view = Some(zoomed(view, ground.center(), factor));
        };
        ZOOM_KEYS.take(corner.ctx()).into_iter().for_each(&mut zoom);
        let bigger = widgets::quiet_button(&mut corner, "+");
        if widgets::named(&corner, bigger, "Zoom in").clicked() {
            zoom(LARGER);
        }
        let smaller = widgets::quiet_button(&mut corner, "−");
        if widgets::named(&corner, smaller, "Zoom out").clicked() {
            zoom(SMALLER);
        }
        if widgets::quiet_button(&mut corner, "fit")
            .on_hover_text("Show all of it; a double click does the same")
            .clicked()
        {
            self.view = None;
        }
    }
}

/// Boxes and numbers as things that can be pointed at, focused and clicked.
fn things_ui(ui: &mut Ui, scene: &TreeScene<'_>, to: TSTransform, ground: Rect) -> Option<usize> {
    let people = &scene.layout.people;
    let mut clicked = None;
    for (person, rect) in scene.layout.boxes.iter().enumerate() {
        let place = to * *rect;
        if !scene.is_there(person) || !ground.intersects(place) {
            continue;
        }
        let Some(own) = people.all.get(person) else { continue };
        let response = ui.interact(place, ui.scope_id().with(("box", person)), Sense::hover());
        let words = || {
            let zone = if own.zone.is_empty() { String::new() } else { format!(" of {}", own.zone) };
            format!("{}, {}{zone}", own.name, words::role(own.level))
        };
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, words()));
        response.on_hover_ui(|ui| {
            ui.label(words());
            if let Some(address) = &own.address {
                widgets::mono_label(ui, address);
            }
            for step in own.known.iter().filter_map(|step| scene.steps.get(*step)) {
                widgets::muted(
                    ui,
                    format!("It knew {} of {} already: {}", step.question.kind, step.question.name, step.reason),
                );
            }
        });
    }
    for edge in &scene.layout.edges {
        let Some(one) = scene.layout.told.get(edge.told).filter(|one| scene.is_told(one)) else { continue };
        let place = Rect::from_center_size(to * edge.badge, Vec2::splat((BADGE * 2.4 * to.scaling).max(12.0)));
        let Some((step, number)) = scene.steps.get(one.step).zip(one.number).filter(|_| ground.intersects(place))
        else {
            continue;
        };
        let response = ui.interact(place, ui.scope_id().with(("message", edge.told)), Sense::click());
        let selected = scene.chosen == Some(edge.told);
        // Put into words only for who asks: there may be hundreds.
        let sentence = || words::sentence(step, one);
        response.widget_info(|| {
            WidgetInfo::selected(Role::Button, true, selected, format!("Message {number}: {}", sentence()))
        });
        if response.has_focus() {
            ui.painter().rect_stroke(
                place,
                size::ROUNDING,
                egui::Stroke::new(1.0, Theme::of(ui).accent),
                egui::StrokeKind::Outside,
            );
        }
        if response.clicked() {
            clicked = Some(edge.told);
        }
        response.on_hover_ui(|ui| drop(ui.label(sentence())));
    }
    clicked
}

/// The message whose way the pointer is on.
fn hovered(scene: &TreeScene<'_>, to: TSTransform, response: &Response, ui: &Ui) -> Option<usize> {
    let pointer = ui.input(|input| input.pointer.hover_pos()).filter(|pointer| response.rect.contains(*pointer))?;
    if !response.contains_pointer() {
        return None;
    }
    let at: Pos2 = to.inverse() * pointer;
    let near = NEAR / to.scaling;
    let told = |edge: &&super::layout::Edge| scene.layout.told.get(edge.told).is_some_and(|one| scene.is_told(one));
    let within = scene.layout.edges.iter().filter(told).filter(|edge| edge.curve.bounds().expand(near).contains(at));
    let mut nearest = within.map(|edge| (edge.curve.distance(at), edge.told)).collect::<Vec<_>>();
    nearest.sort_by(|one, other| one.0.total_cmp(&other.0));
    nearest.first().filter(|(distance, _)| *distance <= near).map(|(_, told)| *told)
}

/// All of it in the middle of `ground`, not enlarged.
fn fitted(layout: &Layout, ground: Rect) -> TSTransform {
    // The controls in the corner lie on nothing.
    let room =
        Rect::from_min_max(pos2(ground.left(), ground.top() + size::CONTROL), ground.max).shrink2(vec2(4.0, 2.0));
    let scale = (room.width() / layout.bounds.width()).min(room.height() / layout.bounds.height()).clamp(0.02, 1.0);
    let translation = room.center() - layout.bounds.center() * scale;
    TSTransform::new(Pos2::ZERO + translation - Pos2::ZERO, scale)
}

/// Nearer or farther, what is at `fixed` staying there.
fn zoomed(view: TSTransform, fixed: Pos2, factor: f32) -> TSTransform {
    let scale = (view.scaling * factor).clamp(0.05, 4.0);
    let factor = scale / view.scaling;
    let translation = fixed.to_vec2() + (view.translation - fixed.to_vec2()) * factor;
    TSTransform::new(translation, scale)
}

/// A larger or a smaller picture, by this factor.
pub(in crate::app::tabs::dns) const ZOOM_KEYS: KeyRow<f32> = KeyRow {
    does: "a larger or a smaller picture of the servers",
    keys: &[key(Modifiers::NONE, Key::Plus), key(Modifiers::NONE, Key::Minus)],
    commands: &[LARGER, SMALLER],
    when: KeyUse::Unfocused,
};
const LARGER: f32 = 1.25;
const SMALLER: f32 = 0.8;
/// So near a way the pointer counts as on it, in points of the screen.
const NEAR: f32 = 6.0;
