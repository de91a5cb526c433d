//! F1: the shortcuts and the terms, on one sheet above the window.

use egui::{Frame, Grid, Id, Margin, Modal, RichText, ScrollArea, TextStyle, Ui};

use super::{
    tabs::TABS,
    theme::{FetchPhase, Theme},
    widgets,
};

/// Paints the sheet while `open`.
pub(super) fn help_ui(ui: &Ui, open: &mut bool) {
    if !*open {
        return;
    }
    let modal = Modal::new(Id::unique("help")).frame(sheet_frame(ui)).show(ui.ctx(), |ui| {
        ui.set_width(680.0_f32.min(ui.ctx().content_rect().width() - 64.0));
        ui.horizontal(|ui| {
            widgets::heading(ui, "Shortcuts and terms");
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                widgets::quiet_button(ui, "close").clicked()
            })
            .inner
        })
        .inner
            | {
                let height = ui.ctx().content_rect().height() - 160.0;
                ScrollArea::vertical().max_height(height).min_scrolled_height(height).show(ui, |ui| {
                    shortcuts_ui(ui);
                    terms_ui(ui);
                });
                false
            }
    });
    if modal.inner || modal.should_close() {
        *open = false;
    }
}

fn sheet_frame(ui: &Ui) -> Frame {
    Frame::popup(ui.style()).inner_margin(Margin::same(20))
}

fn shortcuts_ui(ui: &mut Ui) {
    widgets::section(ui, "Shortcuts");
    let tabs = (1..).zip(TABS).map(|(number, tab)| (format!("Ctrl+{number}"), format!("show {}", tab.title)));
    let own = TABS.iter().flat_map(|tab| tab.keys).map(|(keys, does)| ((*keys).to_owned(), (*does).to_owned()));
    let usual = SHORTCUTS.iter().map(|(keys, does)| ((*keys).to_owned(), (*does).to_owned()));
    let shortcuts: Vec<(String, String)> = tabs.chain(usual).chain(own).collect();
    Grid::new("shortcuts").num_columns(4).min_row_height(20.0).spacing([16.0, 2.0]).show(ui, |ui| {
        for pair in shortcuts.chunks(2) {
            for (keys, does) in pair {
                widgets::mono_label(ui, keys);
                ui.label(does);
            }
            ui.end_row();
        }
    });
}

fn terms_ui(ui: &mut Ui) {
    widgets::section(ui, "Terms");
    let width = ui.available_width();
    for (term, meaning) in TERMS.iter().copied().chain(FetchPhase::ALL.map(|phase| (phase.word(), phase.meaning()))) {
        ui.horizontal_top(|ui| {
            let name = RichText::new(term).color(Theme::of(ui).accent);
            ui.scope(|ui| {
                ui.set_width(TERM_WIDTH);
                ui.add(egui::Label::new(name).wrap());
            });
            ui.scope(|ui| {
                ui.set_width(width - TERM_WIDTH - 16.0);
                ui.add(egui::Label::new(RichText::new(meaning).text_style(TextStyle::Body)).wrap());
            });
        });
    }
}

const TERM_WIDTH: f32 = 120.0;

const SHORTCUTS: [(&str, &str); 10] = [
    ("Ctrl+L", "go to the address"),
    ("Enter", "run"),
    ("Esc", "stop what runs, close what is open"),
    ("Space", "play or pause"),
    ("Left, Right", "step to the last or next event"),
    ("Home, End", "go to the beginning or the end"),
    ("Ctrl+S", "save this run"),
    ("Ctrl+O", "open a saved run"),
    ("Ctrl+plus, minus, 0", "larger, smaller, as it was"),
    ("F1", "this sheet"),
];

const TERMS: [(&str, &str); 12] = [
    ("octet", "Eight bits; what everyone else calls a byte, and what RFCs count in."),
    ("RTT", "Round-trip time: for a small packet to travel to the server and for its answer to come back."),
    ("transmission time", "Size divided by rate, L/R: how long it takes to push an object's bits onto the link."),
    ("persistent", "A connection that stays open for the next request, so its handshake is paid once. RFC 9112 §9.3."),
    ("non-persistent", "A new TCP connection for every object: two round trips each. Kurose–Ross §2.2.2."),
    ("pipelining", "Sending requests without waiting for the answers before them. RFC 9112 §9.3.2."),
    ("HTTP/2", "Many exchanges at once, in frames, over one connection. RFC 9113."),
    ("k", "How many connections a parallel strategy holds open at once."),
    (
        "slow start",
        "TCP begins with ten segments and doubles each round trip until it has found the path's rate. RFC 6928.",
    ),
    (
        "virtual time",
        "The lab's own clock: it jumps to the next thing that happens, so two seconds on the wire take milliseconds here.",
    ),
    ("playhead", "The moment of a run that every picture is drawn up to. Nothing is shown that did not happen."),
    ("gateway", "Publishes the lab's hosts on this machine, so that other programs can talk to them."),
];

#[cfg(test)]
mod the_sheet {
    use egui_kittest::{Harness, kittest::Queryable as _};

    #[test]
    fn says_what_each_key_and_term_means_and_closes() {
        let mut harness = Harness::builder()
            .with_size([1000.0, 640.0])
            .with_context_setup(crate::app::theme::install)
            .build_ui_state(|ui, open: &mut bool| super::help_ui(ui, open), true);
        harness.get_by_label("play or pause");
        harness.get_by_label("pipelining");
        harness.get_by_label("close").click();
        harness.run();
        assert!(!*harness.state());
        assert!(harness.query_by_label("play or pause").is_none());
    }
}
