//! The request editor below the address: lines of the head, content, octets by hand, how objects are fetched; and two tools, the URL
//! taken apart and the percent-encoder.

mod by_hand;
mod tools;

use egui::{Grid, RichText, ScrollArea, TextEdit, Ui};

pub(super) use self::tools::Tools;
use super::{
    draft::{CertificateTrust, ClientChoice, FieldLine, RequestDraft, USUAL},
    validators::{IF_MODIFIED_SINCE, IF_NONE_MATCH, Validators},
};
use crate::{
    app::{
        theme::{Theme, mono, size},
        widgets::{self, Quantity, segmented},
    },
    engine::ask,
    proto::http::url,
};

/// A page of the editor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum EditorPage {
    /// Lines of the head.
    #[default]
    Lines,
    /// The request's content.
    Content,
    /// Octets typed by hand.
    ByHand,
    /// How connections are used and who speaks.
    Connections,
    /// The URL taken apart.
    Url,
    /// Percent-encoding.
    Encoding,
}

/// Paints the editor, as high as the page shown needs, `most` at most below its tabs: the rest scrolls. `known` are the validators of what
/// is on screen of the draft's address.
pub(super) fn editor_ui(
    ui: &mut Ui,
    most: f32,
    page: &mut EditorPage,
    draft: &mut RequestDraft,
    known: &Validators,
    tools: &mut Tools,
) {
    let pages = [
        (EditorPage::Lines, "Header lines"),
        (EditorPage::Content, "Content"),
        (EditorPage::ByHand, "By hand"),
        (EditorPage::Connections, "Connections"),
        (EditorPage::Url, "URL"),
        (EditorPage::Encoding, "Encoding"),
    ];
    segmented(ui, "Request", page, &pages);
    ui.add_space(6.0);
    let area = ScrollArea::vertical().id_salt(("editor", *page as u8)).auto_shrink([false, true]);
    // The panel is as high as this wants to be, not the other way round.
    let area = area.max_height(most).min_scrolled_height(most);
    area.show(ui, |ui| match page {
        EditorPage::Lines => lines_ui(ui, draft, known),
        EditorPage::Content => content_ui(ui, draft),
        EditorPage::ByHand => by_hand::by_hand_ui(ui, draft),
        EditorPage::Connections => connections_ui(ui, draft),
        EditorPage::Url => tools::url_ui(ui, &draft.typed),
        EditorPage::Encoding => tools.encoding_ui(ui),
    });
}

fn lines_ui(ui: &mut Ui, draft: &mut RequestDraft, known: &Validators) {
    let host = url::parse(&draft.typed).ok().map(|url| url::host_field(&url)).unwrap_or_default();
    ui.add_enabled_ui(!draft.raw.on, |ui| {
        let mut gone = None;
        Grid::new("lines").num_columns(3).spacing([8.0, 4.0]).show(ui, |ui| {
            for (at, line) in draft.lines.iter_mut().enumerate() {
                let usual = at < USUAL.len();
                if line_ui(ui, line, usual, &host) {
                    gone = Some(at);
                }
                ui.end_row();
            }
        });
        if let Some(at) = gone {
            draft.lines.remove(at);
        }
        ui.horizontal_wrapped(|ui| {
            if widgets::chip(ui, "add a line", false).clicked() {
                draft.lines.push(FieldLine::default());
            }
            for (name, usual) in READY_LINES {
                let is_there = draft.lines.iter().any(|line| line.name.eq_ignore_ascii_case(name));
                let on_screen = known.value_for(name);
                let value = on_screen.unwrap_or(usual);
                let says = match name {
                    _ if on_screen.is_some() => format!("Adds {name}: {value}, as the response on screen has it."),
                    IF_NONE_MATCH | IF_MODIFIED_SINCE => {
                        format!("Adds {name}: {value}. No response from this address on screen says what it is there.")
                    }
                    _ => format!("Adds {name}: {value}"),
                };
                if !is_there && widgets::chip(ui, name, false).on_hover_text(says).clicked() {
                    let line = FieldLine { name: name.to_owned(), value: value.to_owned(), left_out: false };
                    draft.lines.push(line);
                }
            }
        });
    });
    if draft.raw.on {
        widgets::muted(ui, "Octets typed by hand are sent instead of these lines.");
    }
}

/// One line: sent or not, name, value; `host` is what Host says unless told otherwise. Returns whether it is to be taken away.
fn line_ui(ui: &mut Ui, line: &mut FieldLine, usual: bool, host: &str) -> bool {
    let mut gone = false;
    let mut sent = !line.left_out;
    let told = if line.name.is_empty() { "this line" } else { &line.name };
    let words = format!("Send {told}");
    let sends = widgets::check(ui, &mut sent, "");
    if widgets::named(ui, sends, &words).on_hover_text(words).changed() {
        line.left_out = !sent;
    }
    if usual {
        widgets::mono_label(ui, line.name.as_str());
    } else {
        let name = TextEdit::singleline(&mut line.name).desired_width(NAME_WIDTH).font(mono()).hint_text("Name");
        let response = ui.add(name);
        widgets::named(ui, response, "Name of the line");
    }
    ui.horizontal(|ui| {
        let hint = if line.name == "Host" { host } else { usual_value(&line.name) };
        let width = (ui.available_width() - 90.0).clamp(120.0, VALUE_WIDTH);
        let value = TextEdit::singleline(&mut line.value).desired_width(width).font(mono()).hint_text(hint);
        let response = ui.add_enabled(sent, value);
        widgets::named(ui, response, &format!("Value of {}", line.name));
        if usual {
            if !line.value.is_empty() && widgets::quiet_button(ui, "as usual").clicked() {
                line.value.clear();
            }
        } else {
            gone = widgets::quiet_button(ui, "remove").clicked();
        }
    });
    gone
}

/// What is sent when nothing else is said.
fn usual_value(name: &str) -> &'static str {
    match name {
        "User-Agent" => ask::USER_AGENT,
        "Accept" => ask::ACCEPT,
        "Accept-Language" => ask::ACCEPT_LANGUAGE,
        "Referer" => "the page whose link was followed",
        _ => "",
    }
}

fn content_ui(ui: &mut Ui, draft: &mut RequestDraft) {
    ui.add_enabled_ui(!draft.raw.on, |ui| {
        let field = TextEdit::multiline(&mut draft.content)
            .desired_width(f32::INFINITY)
            .desired_rows(4)
            .font(mono())
            .hint_text("animal=monkeys&food=banana");
        let response = ui.add(field);
        widgets::named(ui, response, "Content");
    });
    let without = matches!(draft.method.as_str(), "GET" | "HEAD") && !draft.content.is_empty();
    let words = if without {
        format!("{} has no content: choose POST or PUT to send it.", draft.method)
    } else {
        format!(
            "{} octets. Content-Length and, if you add none, Content-Type are written for you.",
            draft.content.len()
        )
    };
    widgets::muted(ui, words);
}

fn connections_ui(ui: &mut Ui, draft: &mut RequestDraft) {
    ui.set_max_width(ui.available_width().min(2.0 * CONTROLS_WIDTH));
    ui.spacing_mut().item_spacing.x = 24.0;
    ui.columns(2, |columns| {
        for column in &mut *columns {
            column.spacing_mut().item_spacing.x = size::GAP;
        }
        let [left, right] = columns else { return };
        loading_ui(left, draft);
        speaking_ui(right, draft);
    });
}

/// How the page's objects are fetched.
fn loading_ui(ui: &mut Ui, draft: &mut RequestDraft) {
    let ours = draft.client == ClientChoice::Ours;
    let loading = &mut draft.loading;
    widgets::check(ui, &mut loading.objects, "Fetch what the page refers to")
        .on_hover_text("Its pictures and style sheets, as browsers do.");
    ui.add_enabled_ui(loading.objects && !loading.pipelined && ours, |ui| {
        let mut k = f64::from(loading.parallel);
        let meaning = "k: how many connections the page's objects are fetched over at the same time.";
        let quantity = Quantity::count(meaning, 1.0..=MAX_PARALLEL);
        if widgets::slider_row(ui, "Connections at once", &mut k, &quantity).changed() {
            loading.parallel = u32::try_from(crate::app::dials::whole(k)).unwrap_or(1).max(1);
        }
    });
    ui.add_enabled_ui(loading.objects && draft.keep && ours, |ui| {
        widgets::check(ui, &mut loading.pipelined, "Pipelined: all requests at once over one connection");
    });
}

/// Who speaks, and whom it believes.
fn speaking_ui(ui: &mut Ui, draft: &mut RequestDraft) {
    ui.horizontal_wrapped(|ui| {
        ui.label("Who speaks");
        segmented(
            ui,
            "Who speaks",
            &mut draft.client,
            &[(ClientChoice::Ours, "this program"), (ClientChoice::Everyday, "a library")],
        );
    });
    if draft.client == ClientChoice::Everyday {
        widgets::muted(
            ui,
            "The everyday client follows redirects, undoes compression and chooses the version by itself; its octets are recorded \
             all the same.",
        );
    }
    ui.add_space(4.0);
    ui.horizontal_wrapped(|ui| {
        ui.label("Certificates");
        segmented(
            ui,
            "Certificates",
            &mut draft.trust,
            &[(CertificateTrust::Checked, "checked"), (CertificateTrust::Anybody, "any will do")],
        );
    });
    if draft.trust == CertificateTrust::Anybody {
        let words = "Whoever stands in the way can read and change everything.";
        ui.label(RichText::new(words).small().color(Theme::of(ui).bad));
    }
}

/// Lines for things to try, one click each.
const READY_LINES: [(&str, &str); 6] = [
    (IF_NONE_MATCH, "\"the ETag it had\""),
    (IF_MODIFIED_SINCE, "Sat, 05 Sep 2026 12:00:00 GMT"),
    ("Range", "bytes=0-4"),
    ("Expect", "100-continue"),
    ("Authorization", "Basic YWxpY2U6c2VjcmV0"),
    ("Content-Type", "text/plain"),
];

const NAME_WIDTH: f32 = 150.0;
const VALUE_WIDTH: f32 = 620.0;
const CONTROLS_WIDTH: f32 = 460.0;
const MAX_PARALLEL: f64 = 16.0;
