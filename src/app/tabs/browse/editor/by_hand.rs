//! A request typed octet by octet, as with telnet: its line ends in sight, and the usual mistakes one click away.

use egui::{Align2, FontFamily, FontId, Stroke, StrokeKind, TextEdit, Ui, vec2};

use super::super::draft::{LineEnds, RawRequest, RequestDraft};
use crate::{
    app::{
        theme::{Theme, mono},
        widgets::{self, segmented},
    },
    proto::http::url,
    wire::units,
};

/// Paints it.
pub(super) fn by_hand_ui(ui: &mut Ui, draft: &mut RequestDraft) {
    ui.horizontal_wrapped(|ui| {
        widgets::check(ui, &mut draft.raw.on, "Send exactly these octets");
        segmented(
            ui,
            "Line ends",
            &mut draft.raw.ends,
            &[LineEnds::CrLf, LineEnds::Lf, LineEnds::Cr].map(|ends| (ends, ends.word())),
        );
        widgets::check(ui, &mut draft.raw.escapes, "\\r \\n \\x7f stand for octets");
        let octets = draft.raw.octets().len();
        widgets::muted(ui, units::count(octets, "octet", "octets"));
    });
    ui.add_space(2.0);
    let field = TextEdit::multiline(&mut draft.raw.text)
        .desired_width(f32::INFINITY)
        .desired_rows(5)
        .font(mono())
        .lock_focus(false)
        .show(ui);
    let response = widgets::named(ui, field.response.response.clone(), "Octets by hand");
    if response.changed() {
        draft.raw.on = true;
    }
    ends_ui(ui, &field, draft.raw.ends);
    ui.horizontal_wrapped(|ui| {
        let host = url::parse(&draft.typed).ok();
        let (target, host) = host.map_or_else(
            || ("/".to_owned(), "www.someschool.edu".to_owned()),
            |url| (url::origin_form(&url), url::host_field(&url)),
        );
        for (name, about, change) in MISTAKES {
            if widgets::chip(ui, name, false).on_hover_text(about).clicked() {
                draft.raw = RawRequest { on: true, ..change(&draft.method, &target, &host) };
            }
        }
    });
}

/// A small tag after each line that is ended.
fn ends_ui(ui: &Ui, field: &egui::text_edit::TextEditOutput, ends: LineEnds) {
    let theme = Theme::of(ui);
    let font = FontId::new(8.0, FontFamily::Monospace);
    let painter = ui.painter_at(field.response.response.rect);
    for row in field.galley.rows.iter().filter(|row| row.ends_with_newline) {
        let end = field.galley_pos + row.rect().right_center().to_vec2() + vec2(5.0, 0.0);
        let galley = painter.layout_no_wrap(ends.word().to_owned(), font.clone(), theme.muted);
        let rect = Align2::LEFT_CENTER.anchor_size(end, galley.size() + vec2(6.0, 1.0));
        painter.rect_stroke(rect, 3.0, Stroke::new(0.8, theme.line), StrokeKind::Inside);
        painter.galley(rect.min + vec2(3.0, 0.5), galley, theme.muted);
    }
}

/// A name, what it shows, and the request it makes of method, target and host.
type Mistake = (&'static str, &'static str, fn(&str, &str, &str) -> RawRequest);

fn raw(text: String) -> RawRequest {
    RawRequest { text, ..RawRequest::default() }
}

/// A right request to begin with, and the usual mistakes.
const MISTAKES: [Mistake; 8] = [
    ("as it should be", "Request line, Host, empty line", |method, target, host| {
        raw(format!("{method} {target} HTTP/1.1\nHost: {host}\n\n"))
    }),
    ("without Host", "HTTP/1.1 demands it: RFC 9112 §3.2", |method, target, _| {
        raw(format!("{method} {target} HTTP/1.1\n\n"))
    }),
    ("no empty line", "The head never ends: the server waits, then gives up", |method, target, host| {
        raw(format!("{method} {target} HTTP/1.1\nHost: {host}\n"))
    }),
    ("LF alone", "Lines without CR, as in many first programs: RFC 9112 §2.2", |method, target, host| RawRequest {
        ends: LineEnds::Lf,
        ..raw(format!("{method} {target} HTTP/1.1\nHost: {host}\n\n"))
    }),
    ("space before colon", "Never allowed: RFC 9112 §5.1", |method, target, host| {
        raw(format!("{method} {target} HTTP/1.1\nHost : {host}\n\n"))
    }),
    ("HTTP/3.0", "A version this server does not speak: 505", |method, target, host| {
        raw(format!("{method} {target} HTTP/3.0\nHost: {host}\n\n"))
    }),
    ("a method of your own", "Nobody has heard of it: 501", |_, target, host| {
        raw(format!("BREW {target} HTTP/1.1\nHost: {host}\n\n"))
    }),
    ("two at once", "Two requests in one write: the answers come in order", |_, target, host| {
        let one = format!("GET {target} HTTP/1.1\nHost: {host}\n\n");
        raw(format!("{one}{one}"))
    }),
];

#[cfg(test)]
mod mistakes_by_hand {
    use super::*;

    #[test]
    fn are_what_they_say() {
        let made = |name: &str| {
            let (_, _, make) = MISTAKES.iter().find(|(known, ..)| *known == name).unwrap();
            String::from_utf8(make("GET", "/x", "a.lab").octets()).unwrap()
        };
        assert_eq!(made("as it should be"), "GET /x HTTP/1.1\r\nHost: a.lab\r\n\r\n");
        assert_eq!(made("without Host"), "GET /x HTTP/1.1\r\n\r\n");
        assert!(!made("no empty line").contains("\r\n\r\n"));
        assert!(!made("LF alone").contains('\r'));
        assert!(made("HTTP/3.0").contains(" HTTP/3.0\r\n"));
    }
}
