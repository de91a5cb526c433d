//! Visits made from here: each a live run of Browse whose cookies go into the jar, and what came of it.

use egui::{CornerRadius, Role, Sense, TextStyle, Ui, WidgetInfo, vec2};
use url::Url;

use super::words;
use crate::{
    app::{
        actions::Action,
        page::without_tags,
        tab::TabContext,
        theme::{Theme, size},
        widgets,
    },
    engine::{
        bridge::{RunEnd, RunId},
        browse::{Browse, Config, CookieSettings, Report},
        jar::LoggedDecision,
    },
    proto::http::cookies::{CookieText, UnixMicros},
    store::Revision,
    wire::FlowId,
};

/// The visits so far.
#[derive(Debug, Default)]
pub(super) struct Visits {
    visits: Vec<Visit>,
    /// Which one the drawer shows; `None`: the latest.
    shown: Option<RunId>,
}

#[derive(Debug)]
struct Visit {
    job: RunId,
    url: Url,
    date: UnixMicros,
    /// The state of the store before it: its own decisions are later. The greatest one where that was not known.
    after: Revision,
    /// What came of it; `None` while it is under way.
    outcome: Option<String>,
}

/// The notes' shop.
pub(super) const SHOP: &str = "http://www.amazon.com/";

/// Visits whose records are kept.
const MOST: usize = 12;

impl Visits {
    /// Is one under way?
    pub(super) fn is_running(&self) -> bool {
        self.running().is_some()
    }

    fn running(&self) -> Option<RunId> {
        self.visits.last().filter(|visit| visit.outcome.is_none()).map(|visit| visit.job)
    }

    /// The run the drawer shows.
    pub(super) fn job(&self) -> Option<RunId> {
        self.shown.or(self.visits.last().map(|visit| visit.job))
    }

    /// Visits an address, with the cookies that go along.
    pub(super) fn visit(&mut self, address: &str, cx: &mut TabContext<'_>) {
        let Ok(url) = Url::parse(address) else { return };
        if self.is_running() {
            return;
        }
        let by = cx.cookies.by;
        let cookies = CookieSettings { rules: by.rules, third_party: by.third_party, ..CookieSettings::default() };
        let config = Config { cookies, setting: cx.setting.clone(), ..Config::at(url.clone()) };
        let jar = cx.cookies.jar.filter(|jar| jar.world == cx.setting.world);
        let (date, after) = jar.map_or((UnixMicros::default(), Revision(u64::MAX)), |jar| (jar.date, jar.revision));
        let job = cx.start::<Browse>(config);
        self.visits.push(Visit { job, url, date, after, outcome: None });
        self.shown = None;
        if self.visits.len() > MOST {
            cx.ask(Action::Forget(self.visits.remove(0).job));
        }
    }

    /// Stops the one under way.
    pub(super) fn stop(&self, cx: &mut TabContext<'_>) {
        if let Some(job) = self.running() {
            cx.ask(Action::Stop(job));
        }
    }

    /// Takes in what ended.
    pub(super) fn take_in(&mut self, cx: &TabContext<'_>) {
        let Some(visit) = self.visits.last_mut().filter(|visit| visit.outcome.is_none()) else { return };
        let Some(record) = cx.runs.get(visit.job) else {
            visit.outcome = Some("It was dropped.".to_owned());
            return;
        };
        visit.outcome = record.end.as_ref().map(|end| match (end, record.report::<Browse>()) {
            (_, Some(report)) => outcome(report),
            (RunEnd::Failed(failure), None) => failure.summary.clone(),
            (RunEnd::Stopped | RunEnd::Done(_), None) => "It was stopped.".to_owned(),
        });
    }

    /// The visit in which a decision was made, and the connection over which.
    pub(super) fn flow_of(&self, decision: &LoggedDecision) -> Option<(RunId, FlowId)> {
        let (run, flow) = (decision.run?, u32::try_from(decision.flow?).ok()?);
        // A run has the number of the state in which it began.
        let visit = self.visits.iter().rev().find(|visit| visit.after.0 < run)?;
        Some((visit.job, FlowId(flow)))
    }

    /// Paints the list; a click shows that visit in the drawer.
    pub(super) fn ui(&mut self, ui: &mut Ui) {
        widgets::section(ui, "Visits");
        if self.visits.is_empty() {
            widgets::muted(ui, "There is none yet.");
        }
        let mut shop: Option<UnixMicros> = None;
        let shown = self.job();
        let mut clicked = None;
        for (number, visit) in (1..).zip(&self.visits) {
            let is_shop = visit.url.as_str() == SHOP;
            let words = match (is_shop, shop) {
                (false, _) => format!("{}{}", visit.url.host_str().unwrap_or_default(), visit.url.path()),
                (true, None) => "first visit".to_owned(),
                (true, Some(before)) => words::later(before, visit.date),
            };
            if is_shop {
                shop = Some(visit.date);
            }
            if visit_ui(ui, (number, &words), visit, shown == Some(visit.job)) {
                clicked = Some(visit.job);
            }
        }
        self.shown = clicked.or(self.shown);
        let outcome = self.visits.iter().find(|visit| Some(visit.job) == shown).map(|visit| &visit.outcome);
        match outcome {
            Some(Some(outcome)) => drop(ui.label(outcome)),
            Some(None) => drop(widgets::muted(ui, "Under way.")),
            None => {}
        }
    }
}

fn visit_ui(ui: &mut Ui, (number, words): (usize, &str), visit: &Visit, shown: bool) -> bool {
    let theme = Theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), size::ROW), Sense::click());
    crate::app::focus::into_view(&response);
    response.widget_info(|| WidgetInfo::selected(Role::Row, true, shown, format!("Visit {number}: {words}")));
    if shown {
        ui.painter().rect_filled(rect, CornerRadius::same(4), theme.selection);
    } else if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, CornerRadius::same(4), theme.control_hovered);
    }
    let cell = rect.shrink2(vec2(6.0, 0.0));
    let small = TextStyle::Small.resolve(ui.style());
    let date = words::brief_date(visit.date);
    let at = ui.painter().text(cell.right_center(), egui::Align2::RIGHT_CENTER, date, small, theme.muted);
    let name = egui::Rect::from_min_max(cell.min, egui::pos2(at.left() - 8.0, cell.bottom()));
    let body = TextStyle::Body.resolve(ui.style());
    widgets::clipped(ui, name, egui::Align2::LEFT_CENTER, &format!("{number}  {words}"), body, theme.text);
    response.clicked()
}

/// What came of a visit: why it failed, or the page's heading.
fn outcome(report: &Report) -> String {
    if let Some(failure) = &report.failure {
        return failure.summary.clone();
    }
    let Some(page) = report.hops.last() else { return "Nothing came.".to_owned() };
    let status = page.timing.status.map_or_else(String::new, |status| status.to_string());
    match heading(&String::from_utf8_lossy(&page.content)) {
        Some(heading) => heading,
        None => format!("The response has the status {status}."),
    }
}

/// The text of a page's first heading.
fn heading(page: &str) -> Option<String> {
    let from = page.find("<h1")?;
    let rest = page.get(from..)?;
    let inner = rest.get(rest.find('>')? + 1..rest.find("</h1>")?)?;
    let text = without_tags(inner);
    let text = CookieText::from(text.trim()).to_string();
    (!text.is_empty()).then(|| widgets::shortened(&text, LONGEST_HEADING))
}

const LONGEST_HEADING: usize = 160;

#[cfg(test)]
mod a_page {
    use super::heading;

    #[test]
    fn is_told_by_its_heading() {
        let page = "<title>x</title><h1 class=a>Welcome back, <b>Susan</b> &amp; Co.</h1><h1>no</h1>";
        assert_eq!(heading(page).as_deref(), Some("Welcome back, Susan & Co."));
        for none in ["", "<h1>", "<h1></h1>", "</h1><h1>", "<h1 </h1>"] {
            assert_eq!(heading(none), None, "{none}");
        }
    }
}
