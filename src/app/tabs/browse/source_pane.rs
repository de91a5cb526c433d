//! The content as it came: text with line numbers, anything else as octets.

use std::sync::Arc;

use bytes::Bytes;
use egui::{RichText, ScrollArea, Ui};

use super::{exchanges::ExchangeKey, feed::kept};
use crate::{
    app::{
        page::{self, ContentKind},
        theme::{Theme, mono},
        widgets,
    },
    engine::{bridge::RunId, browse::Exchange},
    lens::hex,
    wire::{Ledger, units},
};

/// What the pane remembers: the lines of the content last shown.
#[derive(Debug, Default)]
pub(super) struct SourcePane {
    read: Option<SourceLines>,
}

#[derive(Debug)]
struct SourceLines {
    key: ExchangeKey,
    /// Octets the engine had kept when it was read.
    told: usize,
    content: Bytes,
    lines: Arc<[String]>,
}

impl SourcePane {
    /// Paints it.
    pub(super) fn ui(&mut self, ui: &mut Ui, job: RunId, exchange: &Exchange, ledger: &Ledger) {
        let (key, told) = (ExchangeKey::of(job, exchange), exchange.content.len());
        if self.read.as_ref().is_none_or(|read| read.key != key || read.told != told) {
            let content = kept(exchange, ledger);
            let lines = lines(exchange, &content).into();
            self.read = Some(SourceLines { key, told, content, lines });
        }
        let Some(SourceLines { content, lines, .. }) = &self.read else { return };
        let theme = Theme::of(ui);
        ui.horizontal(|ui| {
            let octets = content.len() as u64 + exchange.content_omitted;
            widgets::muted(ui, format!("Content · {}", units::count_octets(octets)));
            if exchange.content_omitted > 0 {
                let left_out = units::octets(exchange.content_omitted);
                ui.label(RichText::new(format!("the last {left_out} were not kept")).small().color(theme.bad));
            }
            if !content.is_empty() && widgets::quiet_button(ui, "copy").clicked() {
                ui.ctx().copy_text(page::letters(content_type(exchange), content));
            }
        });
        if lines.is_empty() {
            widgets::muted(ui, "There is no content.");
            return;
        }
        let height = ui.fonts_mut(|fonts| fonts.row_height(&mono()));
        let digits = lines.len().to_string().len();
        egui::Frame::new().fill(theme.code_ground).inner_margin(6).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 1.0;
            ScrollArea::both().id_salt("source").auto_shrink(false).show_rows(ui, height, lines.len(), |ui, rows| {
                ui.spacing_mut().interact_size.y = height;
                for (number, line) in (rows.start + 1..).zip(lines.get(rows).unwrap_or_default()) {
                    ui.horizontal(|ui| {
                        let margin = RichText::new(format!("{number:>digits$}")).font(mono()).color(theme.muted);
                        ui.add(egui::Label::new(margin).selectable(false));
                        ui.add(egui::Label::new(RichText::new(line).font(mono())).extend());
                    });
                }
            });
        });
    }
}

fn content_type(exchange: &Exchange) -> Option<&str> {
    let field = exchange.fields.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    field.map(|(_, value)| value.as_str())
}

fn lines(exchange: &Exchange, octets: &Bytes) -> Vec<String> {
    let kind_of = content_type(exchange);
    let binary = match page::kind(kind_of, octets) {
        ContentKind::Page | ContentKind::Text => false,
        ContentKind::Picture => !kind_of.is_some_and(|kind| kind.starts_with("image/svg")),
        ContentKind::Other | ContentKind::Nothing => true,
    };
    let kept = octets.get(..MAX_OCTETS).unwrap_or(octets);
    if binary {
        return kept.chunks(16).map(hex::row_text).collect();
    }
    let letters = page::letters(kind_of, kept);
    letters.lines().map(|line| line.chars().take(MAX_LETTERS).collect::<String>().replace('\t', "    ")).collect()
}

/// Octets shown at most.
const MAX_OCTETS: usize = 1 << 20;

/// Letters of a line shown at most.
const MAX_LETTERS: usize = 2_000;
