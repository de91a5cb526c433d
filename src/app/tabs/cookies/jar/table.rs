//! The table of cookies: only the rows in view are laid out; any head orders it; arrows move in it.

use std::collections::BTreeSet;

use egui::{
    Align2, CornerRadius, EventFilter, FontId, Id, Key, Modifiers, Rect, Role, ScrollArea, Sense, Stroke, TextStyle,
    Ui, WidgetInfo, pos2, vec2,
};

use super::{
    ShownJar,
    lines::{CookieColumn, CookieOrder, TableLine},
    words,
};
use crate::{
    app::{
        theme::{Theme, mono, mono_small, size},
        widgets,
    },
    engine::jar::{CookieKey, LoggedDecision},
    proto::http::cookies::{Cookie, UnixMicros},
    wire::units,
};

/// What the student did in the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TableAction {
    /// Choose this cookie.
    Choose(CookieKey),
    /// Order by this column.
    Order(CookieColumn),
    /// Open or close a site's group.
    Fold(String),
}

/// A column: its head, what it means, how wide it is at least, and whether it stands right.
struct CookieColumnLook {
    of: CookieColumn,
    head: &'static str,
    meaning: &'static str,
    width: f32,
    align: Align2,
}

const fn left(of: CookieColumn, head: &'static str, width: f32, meaning: &'static str) -> CookieColumnLook {
    CookieColumnLook { of, head, meaning, width, align: Align2::LEFT_CENTER }
}

const fn middle(of: CookieColumn, head: &'static str, width: f32, meaning: &'static str) -> CookieColumnLook {
    CookieColumnLook { of, head, meaning, width, align: Align2::CENTER_CENTER }
}

const ALL: &[CookieColumnLook] = &[
    left(CookieColumn::Name, "name", 84.0, "The name the server gave it."),
    left(CookieColumn::Value, "value", 64.0, "What goes back to the server, octet by octet as it came."),
    left(CookieColumn::Domain, "domain", 112.0, "The host, or the domain, it is sent to."),
    middle(
        CookieColumn::HostOnly,
        "host-only",
        54.0,
        "It goes to that host alone, not to hosts below it. RFC 6265bis §5.7.",
    ),
    left(CookieColumn::Path, "path", 36.0, "It is sent with requests for what is below this path."),
    CookieColumnLook {
        of: CookieColumn::Expires,
        head: "expires in",
        meaning: "How long it is still kept. A session cookie goes when the browser is closed.",
        width: 98.0,
        align: Align2::RIGHT_CENTER,
    },
    middle(CookieColumn::Secure, "Secure", 42.0, "It goes over secure connections only."),
    middle(CookieColumn::HttpOnly, "HttpOnly", 52.0, "It is hidden from scripts."),
    left(CookieColumn::SameSite, "SameSite", 80.0, "Whether it goes along with requests that another site causes."),
    left(CookieColumn::Partition, "partition", 52.0, "The site whose pages it is kept apart for."),
];

/// Columns of a narrow table; the others stand in the inspector.
const FEW: [CookieColumn; 5] =
    [CookieColumn::Name, CookieColumn::Value, CookieColumn::Domain, CookieColumn::Expires, CookieColumn::SameSite];

/// Columns and where they begin and end.
type PlacedColumns = Vec<(&'static CookieColumnLook, f32, f32)>;

fn placed(width: f32) -> PlacedColumns {
    let needed = |columns: &[&CookieColumnLook]| columns.iter().map(|column| column.width + GAP).sum::<f32>();
    let mut columns: Vec<&CookieColumnLook> = ALL.iter().collect();
    if needed(&columns) > width {
        columns.retain(|column| FEW.contains(&column.of));
    }
    let spare = width - needed(&columns);
    let stretches = |of: CookieColumn| match of {
        CookieColumn::Name | CookieColumn::Value => 0.25,
        CookieColumn::Domain => 0.5,
        _ => 0.0,
    };
    let mut at = PAD;
    let mut places = Vec::new();
    for column in columns {
        let wide = (column.width + (spare - 2.0 * PAD) * stretches(column.of)).max(36.0);
        places.push((column, at, at + wide));
        at += wide + GAP;
    }
    places
}

/// Paints the table of the jar; returns what was done.
pub(super) fn kept_ui(
    ui: &mut Ui,
    (lines, jar): (&[TableLine], &ShownJar<'_>),
    chosen: Option<&CookieKey>,
    order: CookieOrder,
    scroll_to_chosen: bool,
) -> Option<TableAction> {
    ui.spacing_mut().item_spacing.y = 0.0;
    let columns = placed(ui.available_width() - SCROLL);
    let mut action = head_ui(ui, &columns, order);
    let mut area = ScrollArea::vertical().id_salt("cookies").auto_shrink(false);
    let place = chosen.and_then(|key| place_of(lines, jar.cookies, key));
    let moved = arrows(ui, lines, jar.cookies, place);
    if let Some(place) = moved.or(place.filter(|_| scroll_to_chosen)) {
        let middle = place as f32 * size::ROW - ui.available_height() / 2.0 + size::ROW;
        area = area.vertical_scroll_offset(middle.max(0.0));
    }
    if let Some(key) = moved.and_then(|place| key_at(lines, jar.cookies, place)) {
        ui.memory_mut(|memory| memory.request_focus(row_id(&key)));
        action = Some(TableAction::Choose(key));
    }
    area.show_rows(ui, size::ROW, lines.len(), |ui, shown| {
        let first = shown.start;
        for (place, line) in lines.get(shown).unwrap_or_default().iter().enumerate() {
            let did = match line {
                TableLine::Site { name, count, open } => site_ui(ui, name, *count, *open),
                TableLine::Cookie(at) => jar.cookies.get(*at).and_then(|cookie| {
                    let is_chosen = chosen.is_some_and(|key| key.is_of(cookie));
                    let stop = is_chosen || (chosen.is_none() && first + place == 0);
                    row_ui(ui, &columns, cookie, jar.now, (is_chosen, stop))
                }),
            };
            action = did.or(action.take());
        }
    });
    action
}

fn head_ui(ui: &mut Ui, columns: &PlacedColumns, order: CookieOrder) -> Option<TableAction> {
    let theme = Theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), size::ROW), Sense::hover());
    let mut action = None;
    for (column, from, to) in columns {
        let place = Rect::from_x_y_ranges(rect.left() + from..=rect.left() + to, rect.y_range());
        let by_this = order.by == column.of;
        let arrow = match (by_this, order.falling) {
            (false, _) => "",
            (true, true) => " ↓",
            (true, false) => " ↑",
        };
        let head = ui.interact(place, response.id.with(column.head), Sense::CLICK);
        let colour = if head.hovered() || by_this { theme.accent } else { theme.muted };
        let font = TextStyle::Small.resolve(ui.style());
        widgets::clipped(ui, place, column.align, &format!("{}{arrow}", column.head), font, colour);
        let name = format!("Order by {}", column.head);
        head.widget_info(|| WidgetInfo::selected(Role::Button, true, by_this, &name));
        if head.clicked() {
            action = Some(TableAction::Order(column.of));
        }
        head.on_hover_text(column.meaning);
    }
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, theme.border());
    action
}

fn site_ui(ui: &mut Ui, name: &str, count: usize, open: bool) -> Option<TableAction> {
    let theme = Theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), size::ROW), Sense::click());
    let cookies = units::count(count, "cookie", "cookies");
    response.widget_info(|| WidgetInfo::selected(Role::Row, true, open, format!("Site {name}, {cookies}")));
    if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, CornerRadius::same(4), theme.control_hovered);
    }
    let words = format!("{} {name}", if open { "▾" } else { "▸" });
    let cell = rect.shrink2(vec2(PAD, 0.0));
    widgets::clipped(ui, cell, Align2::LEFT_CENTER, &words, TextStyle::Body.resolve(ui.style()), theme.text);
    widgets::clipped(ui, cell, Align2::RIGHT_CENTER, &cookies, TextStyle::Small.resolve(ui.style()), theme.muted);
    response.clicked().then(|| TableAction::Fold(name.to_owned()))
}

fn row_ui(
    ui: &mut Ui,
    columns: &PlacedColumns,
    cookie: &Cookie,
    now: UnixMicros,
    (chosen, stop): (bool, bool),
) -> Option<TableAction> {
    let theme = Theme::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), size::ROW), Sense::hover());
    let key = CookieKey::of(cookie);
    let response = ui.interact(rect, row_id(&key), if stop { Sense::click() } else { Sense::CLICK });
    let spoken = format!("Cookie {} of {}", words::pair(cookie), cookie.domain);
    response.widget_info(|| WidgetInfo::selected(Role::Row, true, chosen, &spoken));
    if chosen {
        ui.painter().rect_filled(rect, CornerRadius::ZERO, theme.selection);
    } else if response.hovered() {
        ui.painter().rect_filled(rect, CornerRadius::ZERO, theme.control_hovered);
    }
    for (column, from, to) in columns {
        let cell = Rect::from_x_y_ranges(rect.left() + from..=rect.left() + to, rect.y_range());
        cell_ui(ui, cell, column, cookie, now);
    }
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, theme.border());
    response.clicked().then_some(TableAction::Choose(key))
}

fn cell_ui(ui: &Ui, cell: Rect, column: &CookieColumnLook, cookie: &Cookie, now: UnixMicros) {
    let theme = Theme::of(ui);
    let (text, colour): (String, _) = match column.of {
        CookieColumn::Name => (words::name_of(&cookie.name), theme.text),
        CookieColumn::Value => (cookie.value.to_string(), theme.text),
        CookieColumn::Domain => (cookie.domain.clone(), theme.text),
        CookieColumn::HostOnly => return tick_ui(ui, cell, cookie.host_only),
        CookieColumn::Path => (cookie.path.to_string(), theme.text),
        CookieColumn::Expires => return expires_ui(ui, cell, cookie, now),
        CookieColumn::Secure => return tick_ui(ui, cell, cookie.secure),
        CookieColumn::HttpOnly => return tick_ui(ui, cell, cookie.http_only),
        CookieColumn::SameSite => return same_site_ui(ui, cell, cookie),
        CookieColumn::Partition => (cookie.partition.clone().unwrap_or_default(), theme.muted),
        CookieColumn::AsSet => return,
    };
    widgets::clipped(ui, cell, column.align, &text, cell_font(), colour);
}

/// A tick, where the cookie has the attribute.
fn tick_ui(ui: &Ui, cell: Rect, is: bool) {
    if is {
        let steps = [vec2(-4.0, 0.5), vec2(-1.3, 3.2), vec2(4.2, -3.4)].map(|step| cell.center() + step);
        ui.painter().line(steps.to_vec(), Stroke::new(1.4, Theme::of(ui).text));
    }
}

fn same_site_ui(ui: &Ui, cell: Rect, cookie: &Cookie) {
    let theme = Theme::of(ui);
    let name = cookie.same_site.name();
    let (word, default) = name.split_once(' ').unwrap_or((name, ""));
    let body = TextStyle::Body.resolve(ui.style());
    let said = if default.is_empty() { theme.text } else { theme.muted };
    let end = ui.painter().text(cell.left_center(), Align2::LEFT_CENTER, word, body, said);
    let rest = Rect::from_min_max(pos2(end.right() + 4.0, cell.top()), cell.max);
    widgets::clipped(ui, rest, Align2::LEFT_CENTER, default, TextStyle::Small.resolve(ui.style()), theme.muted);
}

/// The time that is left, above a bar of its share of the whole.
fn expires_ui(ui: &Ui, cell: Rect, cookie: &Cookie, now: UnixMicros) {
    let theme = Theme::of(ui);
    let left = cookie.expires.map(|expires| expires.0.saturating_sub(now.0));
    let soon = left.is_some_and(|left| left < SOON);
    let colour = match (cookie.expires.is_some(), soon) {
        (false, _) => theme.muted,
        (true, true) => theme.bad,
        (true, false) => theme.text,
    };
    let words = words::countdown(cookie.expires, now);
    let font = if cookie.expires.is_some() { mono_small() } else { TextStyle::Body.resolve(ui.style()) };
    widgets::clipped(ui, cell.translate(vec2(0.0, -1.0)), Align2::RIGHT_CENTER, &words, font, colour);
    if let Some((expires, left)) = cookie.expires.zip(left) {
        let whole = expires.0.saturating_sub(cookie.created.0).max(1);
        let share = (left as f32 / whole as f32).clamp(0.0, 1.0);
        let y = cell.bottom() - 3.0;
        let bar =
            |share: f32| Rect::from_min_max(pos2(cell.left(), y), pos2(cell.left() + cell.width() * share, y + 1.5));
        ui.painter().rect_filled(bar(1.0), CornerRadius::ZERO, theme.line);
        ui.painter().rect_filled(bar(share), CornerRadius::ZERO, if soon { theme.bad } else { theme.accent });
    }
}

/// Moves the choice where an arrow was pressed in a row that has the focus; to which line.
fn arrows(ui: &Ui, lines: &[TableLine], cookies: &[Cookie], place: Option<usize>) -> Option<usize> {
    let focused = ui.memory(egui::Memory::focused)?;
    let here = place.or(Some(0))?;
    if row_id(&key_at(lines, cookies, here)?) != focused {
        return None;
    }
    let filter = EventFilter { vertical_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(focused, filter));
    let pressed = |key| ui.input_mut(|input| input.count_and_consume_key(Modifiers::NONE, key));
    let (down, up) = (pressed(Key::ArrowDown), pressed(Key::ArrowUp));
    let is_cookie = |line: &usize| key_at(lines, cookies, *line).is_some();
    if down > 0 {
        return (here + 1..lines.len()).find(is_cookie);
    }
    if up > 0 { (0..here).rev().find(is_cookie) } else { None }
}

fn key_at(lines: &[TableLine], cookies: &[Cookie], line: usize) -> Option<CookieKey> {
    match lines.get(line)? {
        TableLine::Cookie(place) => cookies.get(*place).map(CookieKey::of),
        TableLine::Site { .. } => None,
    }
}

fn place_of(lines: &[TableLine], cookies: &[Cookie], key: &CookieKey) -> Option<usize> {
    lines.iter().position(|line| match line {
        TableLine::Cookie(place) => cookies.get(*place).is_some_and(|cookie| key.is_of(cookie)),
        TableLine::Site { .. } => false,
    })
}

fn row_id(key: &CookieKey) -> Id {
    Id::unique(("cookie row", key))
}

/// Paints refused lines, or how cookies went; returns the one that was clicked.
pub(super) fn decisions_ui(
    ui: &mut Ui,
    places: &[usize],
    decisions: &[LoggedDecision],
    chosen: Option<u64>,
) -> Option<u64> {
    let theme = Theme::of(ui);
    ui.spacing_mut().item_spacing.y = 0.0;
    let mut clicked = None;
    ScrollArea::vertical().id_salt("decisions").auto_shrink(false).show_rows(
        ui,
        TWO_LINES,
        places.len(),
        |ui, shown| {
            for decision in places.get(shown).unwrap_or_default().iter().filter_map(|place| decisions.get(*place)) {
                let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), TWO_LINES), Sense::click());
                let is_chosen = chosen == Some(decision.number);
                let name = words::name_of(&decision.cookie.name);
                let spoken = format!("{}: {name}. {} {}", words::verdict(decision), decision.why, decision.clause);
                response.widget_info(|| WidgetInfo::selected(Role::Row, true, is_chosen, spoken.trim_end()));
                if is_chosen {
                    ui.painter().rect_filled(rect, CornerRadius::ZERO, theme.selection);
                } else if response.hovered() || response.has_focus() {
                    ui.painter().rect_filled(rect, CornerRadius::ZERO, theme.control_hovered);
                }
                decision_ui(ui, rect.shrink2(vec2(PAD, 3.0)), decision);
                ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, theme.border());
                if response.clicked() {
                    clicked = Some(decision.number);
                }
                response.on_hover_text(&decision.why);
            }
        },
    );
    clicked
}

fn decision_ui(ui: &Ui, rect: Rect, decision: &LoggedDecision) {
    let theme = Theme::of(ui);
    let small = TextStyle::Small.resolve(ui.style());
    let (above, below) = rect.split_top_bottom_at_fraction(0.5);
    let date = format!("{}, {}", words::request(decision), words::brief_date(decision.date));
    let date_width = (rect.width() * 0.45).min(260.0);
    let (first, second) = above.split_left_right_at_x(above.right() - date_width);
    let pair = format!("{} = {}", words::name_of(&decision.cookie.name), decision.value);
    let name = format!("{pair}   {}   {}", decision.cookie.domain, words::verdict(decision));
    widgets::clipped(ui, first, Align2::LEFT_CENTER, &name, cell_font(), theme.text);
    widgets::clipped(ui, second, Align2::RIGHT_CENTER, &date, small.clone(), theme.muted);
    let clause =
        ui.painter().text(below.right_center(), Align2::RIGHT_CENTER, &decision.clause, small.clone(), theme.muted);
    let why = Rect::from_min_max(below.min, pos2(clause.left() - 8.0, below.bottom()));
    let body = FontId { size: small.size + 1.0, ..small };
    widgets::clipped(ui, why, Align2::LEFT_CENTER, &decision.why, body, theme.muted);
}

fn cell_font() -> FontId {
    mono()
}

/// Sites whose group is open.
pub(super) type OpenSites = BTreeSet<String>;

/// At the ends of a row.
const PAD: f32 = 8.0;
/// Between two columns.
const GAP: f32 = 6.0;
/// Beside what scrolls.
const SCROLL: f32 = 10.0;
/// Of a row with two lines.
const TWO_LINES: f32 = 40.0;
/// Microseconds below which a cookie is about to expire: five minutes.
const SOON: i64 = 300_000_000;
