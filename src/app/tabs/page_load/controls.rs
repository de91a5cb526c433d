//! The controls on the left: which page, which path, which strategies, and the button that races them.

use egui::{Key, ScrollArea, TextEdit, Ui};
use url::Url;

use super::{PageKind, PageLoadPane, SavedPageLoad, words};
use crate::{
    app::{
        dials,
        path_popup::{rate_row, rtt_row, tcp_row},
        theme::{Theme, size},
        widgets::{self, FocusGroup, Quantity},
    },
    engine::{
        page_load::{Discipline, Strategy},
        setting::{Setting, WorldChoice},
    },
    lab::LabFiles,
};

/// What the student asked for in the controls, besides changing settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PageLoadAction {
    /// Run the race, or the sweep when that is shown.
    Run,
    /// Stop it.
    Stop,
}

/// What the controls are about.
pub(super) struct PageLoadControls<'a> {
    /// The tab's own settings.
    pub kept: &'a mut SavedPageLoad,
    /// World and path.
    pub setting: &'a mut Setting,
    /// What the lab consists of.
    pub lab: &'a LabFiles,
    /// Is something running?
    pub running: bool,
    /// Put the cursor into the address now.
    pub to_address: &'a mut bool,
}

/// Paints them; the button stays visible however small the window.
pub(super) fn controls_ui(ui: &mut Ui, controls: &mut PageLoadControls<'_>) -> Option<PageLoadAction> {
    let room = (ui.available_height() - BUTTONS).max(120.0);
    let entered =
        ScrollArea::vertical().id_salt("controls").max_height(room).auto_shrink([false, true]).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 4.0;
            let entered = page_ui(ui, controls);
            widgets::section(ui, "The path");
            ui.add_enabled_ui(controls.setting.world == WorldChoice::Lab, |ui| {
                let path = &mut controls.setting.path;
                rtt_row(ui, path);
                rate_row(ui, path);
                ui.add_space(4.0);
                tcp_row(ui, path);
            });
            strategies_ui(ui, controls.kept);
            entered
        });
    ui.add_space(8.0);
    let ready = controls.kept.page_choice(controls.setting, controls.lab).is_some();
    buttons_ui(ui, controls).or((entered.inner && ready).then_some(PageLoadAction::Run))
}

/// `true` when Enter was pressed in the address.
fn page_ui(ui: &mut Ui, controls: &mut PageLoadControls<'_>) -> bool {
    let PageLoadControls { kept, setting, to_address, .. } = controls;
    let mut entered = false;
    let lab = setting.world == WorldChoice::Lab;
    widgets::heading(ui, "The page");
    if **to_address {
        kept.page = PageKind::Url;
    }
    if lab {
        let kinds = [(PageKind::Generated, "made to size"), (PageKind::School, "someschool"), (PageKind::Url, "URL")];
        widgets::segmented(ui, "The page", &mut kept.page, &kinds);
    }
    match if lab { kept.page } else { PageKind::Url } {
        PageKind::Generated => sizes_ui(ui, kept),
        PageKind::School => {
            widgets::mono_label(ui, "someDepartment/home.index");
            widgets::muted(ui, "A base file and ten JPEG images.");
        }
        PageKind::Url => {
            let field =
                TextEdit::singleline(&mut kept.url).desired_width(f32::INFINITY).font(crate::app::theme::mono());
            let response = ui.add(field.hint_text("http://www.someschool.edu/"));
            let response = widgets::named(ui, response, "Address of the page");
            if std::mem::take(*to_address) {
                response.request_focus();
            }
            entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
            let said = match Url::parse(kept.url.trim()) {
                Err(_) => Some("This is not an absolute URL."),
                Ok(url) if !lab && is_of_the_lab(&url, controls.lab) => Some("This host is in the lab only."),
                Ok(_) => None,
            };
            if let Some(said) = said {
                let colour = Theme::of(ui).bad;
                ui.label(egui::RichText::new(said).small().color(colour));
            }
        }
    }
    entered
}

/// A host that is found inside this program alone.
pub(super) fn is_of_the_lab(url: &Url, lab: &LabFiles) -> bool {
    url.host_str().is_some_and(|host| lab.knows(host))
}

fn sizes_ui(ui: &mut Ui, kept: &mut SavedPageLoad) {
    let mut objects = f64::from(kept.objects);
    let meaning = "n: how many objects the base file refers to. Each is a request of its own.";
    let count = Quantity { logarithmic: true, ..Quantity::count(meaning, 0.0..=MAX_OBJECTS) };
    if widgets::slider_row(ui, "Objects", &mut objects, &count).changed() {
        kept.objects = u32::try_from(dials::whole(objects)).unwrap_or(0);
    }
    let mut octets = kept.object_octets as f64;
    let size = Quantity {
        meaning: "L: octets of each object's content.",
        range: 0.0..=MAX_OBJECT_OCTETS,
        largest_finite: MAX_OBJECT_OCTETS,
        smallest: 10.0,
        write: &dials::octets_of,
        read: &dials::read_octets,
        ..count
    };
    if widgets::slider_row(ui, "Object size", &mut octets, &size).changed() {
        kept.object_octets = dials::whole(octets);
    }
}

fn strategies_ui(ui: &mut Ui, kept: &mut SavedPageLoad) {
    widgets::section(ui, "Strategies");
    ui.spacing_mut().item_spacing.y = 2.0;
    let mut group = FocusGroup::begin(ui, "strategies");
    for strategy in Strategy::ALL {
        let mut raced = kept.strategies.contains(&strategy);
        let name = words::strategy_name(strategy, kept.parallel);
        if group.check(ui, &mut raced, &name).on_hover_text(words::meaning(strategy)).changed() {
            kept.strategies = Strategy::ALL
                .into_iter()
                .filter(|other| if *other == strategy { raced } else { kept.strategies.contains(other) })
                .collect();
        }
    }
    group.end(ui);
    let mut k = f64::from(kept.parallel);
    let meaning = "k: how many connections the parallel strategies hold open at once.";
    let quantity = Quantity::count(meaning, 1.0..=MAX_PARALLEL);
    ui.add_space(4.0);
    let response = widgets::slider_row(ui, "k, connections at once", &mut k, &quantity);
    if response.changed() {
        kept.parallel = u32::try_from(dials::whole(k)).unwrap_or(1).max(1);
    }
    ui.add_space(2.0);
    let mut waves = kept.discipline == Discipline::Waves;
    let mut group = FocusGroup::begin(ui, "how they fetch");
    if group.check(ui, &mut waves, "Parallel in waves of k").on_hover_text(WAVES_MEANING).changed() {
        kept.discipline = if waves { Discipline::Waves } else { Discipline::WorkConserving };
    }
    // In the lab every host knows the addresses of all names, unless names are to be looked up.
    group.check(ui, &mut kept.resolve_names, "Look the name up first").on_hover_text(NAMES_MEANING);
    group.end(ui);
}

fn buttons_ui(ui: &mut Ui, controls: &mut PageLoadControls<'_>) -> Option<PageLoadAction> {
    let kept = &mut *controls.kept;
    let sweeping = kept.view == PageLoadPane::Sweep;
    let running = controls.running;
    ui.horizontal(|ui| {
        let (main, other) = (ui.available_width() * 0.55, ui.available_width() * 0.45 - size::GAP);
        let wish = if running {
            let clicked = widgets::primary_button(ui, "■ Stop", Some(main)).on_hover_text("Esc").clicked();
            clicked.then_some(PageLoadAction::Stop)
        } else {
            let ready = kept.page_choice(controls.setting, controls.lab).is_some() && !kept.strategies.is_empty();
            let words = if sweeping { "▶ Sweep" } else { "▶ Race" };
            let response = ui.add_enabled_ui(ready, |ui| widgets::primary_button(ui, words, Some(main))).inner;
            response.on_hover_text("Enter").clicked().then_some(PageLoadAction::Run)
        };
        let (words, says) = if sweeping {
            ("The race", "Back to the bars and waterfalls.")
        } else {
            ("Sweep…", "Vary RTT, rate, objects, size or k and see every strategy as a curve.")
        };
        if widgets::secondary_button(ui, words, Some(other)).on_hover_text(says).clicked() {
            kept.view = if sweeping { PageLoadPane::Race } else { PageLoadPane::Sweep };
        }
        wish
    })
    .inner
}

const WAVES_MEANING: &str = "All k finish before the next k start, as the formula assumes: then it is exact. Otherwise the next \
                             connection opens as soon as one is free, as browsers do, and the formula is an upper bound.";
const NAMES_MEANING: &str = "Each strategy begins by asking the local name server, which asks from the root down: nobody remembers anything. \
                             The formula gets a term D for it, as measured. In the Internet names \
                             are always looked up.";
/// Height of the buttons and the space above them.
const BUTTONS: f32 = 52.0;
const MAX_OBJECTS: f64 = 1000.0;
const MAX_OBJECT_OCTETS: f64 = 10e6;
const MAX_PARALLEL: f64 = 32.0;
