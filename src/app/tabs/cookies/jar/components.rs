//! The four components of a cookie: a line in the response, a line in the request, a row in the jar, a row in the server's database; two
//! header lines between two memories.

use egui::{
    Align2, Color32, CornerRadius, FontId, Id, Rect, Role, Sense, Shape, Stroke, StrokeKind, TextStyle, Ui, Vec2,
    WidgetInfo, pos2, vec2,
};

use super::{ShownJar, words};
use crate::{
    app::{
        theme::{Theme, mono_small, size},
        widgets,
    },
    engine::{
        jar::{CookieKey, LoggedDecision, ServerRow},
        setting::WorldChoice,
    },
    proto::http::cookies::{Cookie, Verdict},
    wire::Side,
};

/// Which component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ComponentKind {
    ResponseLine,
    RequestLine,
    JarRow,
    ServerRow,
}

impl ComponentKind {
    /// In the textbook's order.
    const ALL: [Self; 4] = [Self::ResponseLine, Self::RequestLine, Self::JarRow, Self::ServerRow];

    fn number(self) -> u8 {
        match self {
            Self::ResponseLine => 1,
            Self::RequestLine => 2,
            Self::JarRow => 3,
            Self::ServerRow => 4,
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::ResponseLine => "Line in the response",
            Self::RequestLine => "Line in the request",
            Self::JarRow => "Row in the jar",
            Self::ServerRow => "Row in the database",
        }
    }
}

/// What stands in the four boxes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Components {
    boxes: [ComponentBox; 4],
}

/// What stands in one box: its notes, and its lines as written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct ComponentBox {
    note: String,
    lines: Vec<String>,
    /// The line that has the cookie in it.
    strong: Option<usize>,
}

impl Components {
    /// Those of a cookie.
    pub(super) fn of(cookie: &Cookie, jar: &ShownJar<'_>, server: Option<&ServerRow>) -> Self {
        let key = CookieKey::of(cookie);
        let latest = |verdicts: &[Verdict]| {
            let mut decisions = jar.decisions.iter().rev();
            decisions.find(|one| verdicts.contains(&one.verdict) && one.cookie == key)
        };
        let arrival = latest(&[Verdict::Accepted, Verdict::Replaced]);
        let sending = latest(&[Verdict::Sent]);
        Self {
            boxes: [
                response_line(arrival),
                request_line(sending, jar.decisions),
                jar_row(cookie, jar),
                server_row(cookie, jar.world, server),
            ],
        }
    }
}

fn response_line(set: Option<&LoggedDecision>) -> ComponentBox {
    match set {
        Some(LoggedDecision { line: Some(line), date, .. }) => ComponentBox {
            note: format!("to {}, {}", set.map(words::request).unwrap_or_default(), words::brief_date(*date)),
            lines: vec![format!("Set-Cookie: {line}")],
            strong: Some(0),
        },
        Some(by_hand) => ComponentBox {
            note: words::brief_date(by_hand.date),
            lines: vec!["No response set it: it was put in by hand.".to_owned()],
            strong: None,
        },
        None => {
            ComponentBox { lines: vec!["The log does not reach back to it.".to_owned()], ..ComponentBox::default() }
        }
    }
}

fn request_line(sent: Option<&LoggedDecision>, decisions: &[LoggedDecision]) -> ComponentBox {
    let Some(sent) = sent else {
        let lines = vec!["No request has carried it yet.".to_owned(), "Visit its server again.".to_owned()];
        return ComponentBox { lines, ..ComponentBox::default() };
    };
    let together = decisions.iter().filter(|one| one.verdict == Verdict::Sent && one.revision == sent.revision);
    let pair = |one: &LoggedDecision| {
        if one.cookie.name.is_empty() { one.value.to_string() } else { format!("{}={}", one.cookie.name, one.value) }
    };
    let pairs: Vec<String> = together.map(pair).collect();
    ComponentBox {
        note: words::brief_date(sent.date),
        lines: vec![words::request(sent), format!("Cookie: {}", pairs.join("; "))],
        strong: Some(1),
    }
}

fn jar_row(cookie: &Cookie, jar: &ShownJar<'_>) -> ComponentBox {
    let key = CookieKey::of(cookie);
    let row = jar.cookies.iter().position(|one| key.is_of(one)).map_or(0, |place| place + 1);
    let until = cookie
        .expires
        .map_or_else(|| "until the session ends".to_owned(), |at| format!("until {}", words::long_date(at)));
    ComponentBox {
        note: format!("this browser, row {row} of {}", jar.cookies.len()),
        lines: vec![words::pair(cookie), cookie.scope(), format!("path {}", cookie.path), until],
        strong: Some(0),
    }
}

fn server_row(cookie: &Cookie, world: WorldChoice, row: Option<&ServerRow>) -> ComponentBox {
    match (world, row) {
        (WorldChoice::Internet, _) => ComponentBox {
            lines: vec!["A real server's database cannot be seen from here.".to_owned()],
            ..ComponentBox::default()
        },
        (WorldChoice::Lab, None) => ComponentBox {
            note: cookie.domain.clone(),
            lines: vec!["No row of its tables has this value as its key.".to_owned()],
            strong: None,
        },
        (WorldChoice::Lab, Some(row)) => {
            ComponentBox { note: format!("{}: {}", row.owner, row.table), lines: row_lines(row), strong: Some(0) }
        }
    }
}

/// Names and values below each other.
fn row_lines(row: &ServerRow) -> Vec<String> {
    let widest = row.columns.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
    row.columns.iter().map(|(name, value)| format!("{name:<widest$} {value}")).collect()
}

/// The boxes before anything has been set: dashed, with one sentence.
pub(super) fn first_state_ui(ui: &mut Ui, world: WorldChoice) {
    ui.add_space(size::GAP);
    ui.label(
        "HTTP remembers nothing from one request to the next. A cookie makes up for that with four things: visit the shop twice, and all four have the same number.",
    );
    ui.add_space(size::GAP);
    let note = |kind: ComponentKind| match (kind, world) {
        (ComponentKind::ResponseLine, _) => "The server's first response has a line Set-Cookie with a number.",
        (ComponentKind::RequestLine, _) => "Every later request to that server has a line Cookie with it.",
        (ComponentKind::JarRow, _) => "The browser keeps the number in between.",
        (ComponentKind::ServerRow, WorldChoice::Lab) => "The server finds under the number what it knows of you.",
        (ComponentKind::ServerRow, WorldChoice::Internet) => "A real server's database cannot be seen from here.",
    };
    let room = vec2(ui.available_width(), ui.available_height().clamp(LEAST, MOST));
    let (rect, _) = ui.allocate_exact_size(room, Sense::hover());
    let places = places(rect);
    for (kind, place) in ComponentKind::ALL.into_iter().zip(places) {
        let boxed = ComponentBox { note: String::new(), lines: vec![note(kind).to_owned()], strong: None };
        let response = ui.interact(place, Id::unique(("first component", kind.number())), Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, format!("{}: {}", kind.title(), note(kind))));
        box_ui(ui, place, kind, &boxed, BoxLook::Dashed);
    }
    arrows_ui(ui, places);
}

/// Paints the four boxes of a cookie; returns the one that was clicked.
pub(super) fn components_ui(ui: &mut Ui, of: &Components, chosen: Option<ComponentKind>) -> Option<ComponentKind> {
    let room = vec2(ui.available_width(), ui.available_height().clamp(LEAST, MOST));
    let (rect, _) = ui.allocate_exact_size(room, Sense::hover());
    let places = places(rect);
    let mut clicked = None;
    for ((kind, place), boxed) in ComponentKind::ALL.into_iter().zip(places).zip(&of.boxes) {
        let response = ui.interact(place, Id::unique(("component", kind.number())), Sense::click());
        crate::app::focus::into_view(&response);
        let spoken = format!("{} {}: {}", kind.number(), kind.title(), boxed.lines.join(", "));
        response.widget_info(|| WidgetInfo::selected(Role::Button, true, chosen == Some(kind), &spoken));
        let look = if chosen == Some(kind) { BoxLook::Chosen } else { BoxLook::Usual };
        box_ui(ui, place, kind, boxed, look);
        if response.clicked() {
            clicked = Some(kind);
        }
        response.on_hover_text(boxed.lines.join("\n"));
    }
    arrows_ui(ui, places);
    clicked
}

/// Where the boxes stand, in the order of their numbers: beside each other where there is room, else two above two.
fn places(rect: Rect) -> [Rect; 4] {
    if rect.width() < WIDE {
        let half = (rect.size() - Vec2::splat(BETWEEN)) / 2.0;
        let at = |x: f32, y: f32| Rect::from_min_size(rect.min + vec2(x, y) * (half + Vec2::splat(BETWEEN)), half);
        return [at(0.0, 0.0), at(1.0, 1.0), at(0.0, 1.0), at(1.0, 0.0)];
    }
    let side = (rect.width() - 2.0 * BETWEEN) * 0.31;
    let left = Rect::from_min_size(rect.min, vec2(side, rect.height()));
    let right = Rect::from_min_max(pos2(rect.right() - side, rect.top()), rect.max);
    let middle =
        Rect::from_min_max(pos2(left.right() + BETWEEN, rect.top()), pos2(right.left() - BETWEEN, rect.bottom()));
    let (above, below) = middle.split_top_bottom_at_y(middle.center().y);
    let above = Rect::from_min_max(above.min, above.max - vec2(0.0, 4.0));
    let below = Rect::from_min_max(below.min + vec2(0.0, 4.0), below.max);
    [above, below, left, right]
}

/// The loop: from the database over the response to the jar, and back over the request.
fn arrows_ui(ui: &Ui, [response, request, jar, server]: [Rect; 4]) {
    let theme = Theme::of(ui);
    let arrow = |from: egui::Pos2, to: egui::Pos2, colour: Color32| {
        let way = to - from;
        let (end, side) = (way.normalized(), way.normalized().rot90() * 4.0);
        ui.painter().line_segment([from, to - end * 5.0], Stroke::new(1.5, colour));
        let back = to - end * 8.0;
        ui.painter().add(Shape::convex_polygon(vec![to, back + side, back - side], colour, Stroke::NONE));
    };
    let (down, up) = (theme.side(Side::Server), theme.side(Side::Client));
    if jar.top() > response.bottom() {
        arrow(server.left_center(), response.right_center(), down);
        arrow(response.center_bottom(), jar.center_top(), down);
        arrow(jar.right_center(), request.left_center(), up);
        arrow(request.center_top(), server.center_bottom(), up);
        return;
    }
    let level = |y: f32, from: f32, to: f32, colour| arrow(pos2(from, y), pos2(to, y), colour);
    level(response.center().y, server.left(), response.right(), down);
    level(response.center().y, response.left(), jar.right(), down);
    level(request.center().y, jar.right(), request.left(), up);
    level(request.center().y, request.right(), server.left(), up);
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum BoxLook {
    Usual,
    Chosen,
    Dashed,
}

fn box_ui(ui: &Ui, place: Rect, kind: ComponentKind, boxed: &ComponentBox, look: BoxLook) {
    let theme = Theme::of(ui);
    let edge = match kind {
        ComponentKind::ResponseLine => theme.side(Side::Server),
        ComponentKind::RequestLine => theme.side(Side::Client),
        ComponentKind::JarRow | ComponentKind::ServerRow => theme.muted,
    };
    let rounding = CornerRadius::same(size::CARD_ROUNDING);
    let ground = if look == BoxLook::Chosen { theme.selection } else { theme.panel };
    if look == BoxLook::Dashed {
        ui.painter().rect_filled(place, rounding, theme.panel);
        let corners =
            [place.left_top(), place.right_top(), place.right_bottom(), place.left_bottom(), place.left_top()];
        ui.painter().extend(Shape::dashed_line(&corners, Stroke::new(1.0, edge), 5.0, 4.0));
    } else {
        ui.painter().rect(place, rounding, ground, Stroke::new(1.0, edge), StrokeKind::Inside);
    }
    let inner = place.shrink2(vec2(10.0, 6.0));
    let painter = ui.painter().with_clip_rect(place.intersect(ui.clip_rect()));
    let head = Rect::from_min_size(inner.min, vec2(inner.width(), 20.0));
    let circle = head.left_center() + vec2(9.0, 0.0);
    let filled = matches!(kind, ComponentKind::ResponseLine | ComponentKind::RequestLine);
    painter.circle(circle, 9.0, if filled { edge } else { theme.panel }, Stroke::new(1.0, edge));
    let small = TextStyle::Small.resolve(ui.style());
    let on = if filled { theme.panel } else { theme.text };
    painter.text(circle, Align2::CENTER_CENTER, kind.number(), small.clone(), on);
    let title = Rect::from_min_max(pos2(circle.x + 15.0, head.top()), head.max);
    widgets::clipped_by(
        &painter,
        title,
        Align2::LEFT_CENTER,
        kind.title(),
        TextStyle::Body.resolve(ui.style()),
        theme.text,
    );
    let mut top = head.bottom() + 1.0;
    if !boxed.note.is_empty() {
        let line = Rect::from_min_size(pos2(inner.left(), top), vec2(inner.width(), 15.0));
        widgets::clipped_by(&painter, line, Align2::LEFT_CENTER, &boxed.note, small, theme.muted);
        top += 17.0;
    }
    let words = boxed.strong.is_none();
    let font = if words { TextStyle::Body.resolve(ui.style()) } else { mono_small() };
    for (place, line) in boxed.lines.iter().enumerate() {
        if top + 8.0 > inner.bottom() {
            break;
        }
        top += line_ui(&painter, (inner, top), line, &font, (theme, boxed.strong == Some(place)));
    }
}

/// Paints a line, broken where it is too long; returns how high it is.
fn line_ui(
    painter: &egui::Painter,
    (inner, top): (Rect, f32),
    line: &str,
    font: &FontId,
    (theme, strong): (&Theme, bool),
) -> f32 {
    let bounded = widgets::shortened(line, LONGEST_LINE);
    let galley = painter.layout(bounded, font.clone(), theme.text, inner.width() - 4.0);
    let rect = Rect::from_min_size(pos2(inner.left(), top), galley.size()).expand2(vec2(2.0, 1.0));
    let height = galley.size().y;
    if strong {
        painter.rect_filled(rect.intersect(inner.expand(3.0)), CornerRadius::same(2), theme.selection);
    }
    painter.galley(pos2(inner.left(), top), galley, theme.text);
    height + 3.0
}

/// Characters of a line that are painted.
const LONGEST_LINE: usize = 400;
/// From this width on the boxes stand beside each other.
const WIDE: f32 = 640.0;
const BETWEEN: f32 = 34.0;
/// Heights of all four.
pub(super) const LEAST: f32 = 172.0;
const MOST: f32 = 240.0;

#[cfg(test)]
mod the_four_components {
    use super::*;

    #[test]
    fn stand_apart_at_every_width() {
        for width in [320.0, 500.0, 639.0, 640.0, 1_200.0] {
            let places = places(Rect::from_min_size(egui::Pos2::ZERO, vec2(width, LEAST)));
            for (at, one) in places.iter().enumerate() {
                assert!(one.width() > 60.0 && one.height() > 40.0, "{width}: {one}");
                for other in &places[at + 1..] {
                    assert!(!one.intersects(*other), "{width}: {one} and {other}");
                }
            }
        }
    }
}
