//! Name by name: how often it was asked for, how long it lives, how many of its lookups nobody outside was asked for.

use egui::Ui;

use crate::{
    app::{
        kit::{
            figures::percent,
            sheet::{Cell, Sheet, SheetColumn},
        },
        widgets,
    },
    engine::name_day::{NAMES_TOLD, NameLoad, Report},
    wire::units,
};

pub(super) fn sheet(report: &Report) -> Sheet {
    let central = report.config.central;
    let mut columns = vec![
        SheetColumn::number("rank", 40.0, "By popularity."),
        SheetColumn::words("name", 160.0, "What was looked up."),
        SheetColumn::number("share", 56.0, "Expected share of the lookups.").in_unit("fraction"),
        SheetColumn::number("TTL", 74.0, "How long a cache may keep its address.").in_unit("s"),
        SheetColumn::number("lookups", 60.0, "How often it was looked up."),
    ];
    if central {
        columns.extend([
            SheetColumn::number("hit ratio", 62.0, "Share of them the asking hosts' caches answered, measured.")
                .in_unit("fraction"),
            SheetColumn::number("formula", 62.0, "λ·TTL/(C + λ·TTL), λ lookups of it a second, C clients.")
                .in_unit("fraction"),
        ]);
    } else {
        columns.extend([
            SheetColumn::number("by hosts", 60.0, "Share of them the asking hosts' caches answered.")
                .in_unit("fraction"),
            SheetColumn::number("by local", 60.0, "Share of them the local name server's cache answered.")
                .in_unit("fraction"),
            SheetColumn::number("hit ratio", 62.0, "Share of them nobody outside was asked for, measured.")
                .in_unit("fraction"),
            SheetColumn::number("formula", 62.0, "λ·TTL/(1 + λ·TTL), λ lookups of it a second.").in_unit("fraction"),
        ]);
    }
    let row = |(rank, load): (u64, &NameLoad)| {
        let of = |hits: u64| {
            let share = hits as f64 / load.lookups.max(1) as f64;
            if load.lookups == 0 { Cell::words("–") } else { Cell::Number(percent(share), share) }
        };
        let mut cells = vec![
            Cell::count(rank),
            Cell::words(load.name.trim_end_matches('.')),
            Cell::Number(percent(load.share), load.share),
            Cell::Number(units::days(load.ttl_seconds.into()), load.ttl_seconds.into()),
            Cell::count(load.lookups),
        ];
        if !central {
            cells.extend([of(load.host_hits), of(load.local_hits)]);
        }
        cells.extend([of(load.host_hits + load.local_hits), Cell::Number(percent(load.theory), load.theory)]);
        cells
    };
    Sheet { title: "Name by name".to_owned(), columns, rows: (1..).zip(&report.names).map(row).collect() }
}

/// What the table leaves out.
pub(super) fn note_ui(ui: &mut Ui, report: &Report) {
    if report.names.len() >= NAMES_TOLD {
        widgets::muted(
            ui,
            format!("The {NAMES_TOLD} most popular names are listed. The hours count the lookups of all names."),
        );
    }
}
