//! Notices: short words in the corner about things that have no place of their own on screen (saving, settings, a busy
//! engine). What was done is told for a few seconds; a problem stays until it is dismissed or pushed out by newer ones.

use std::{collections::VecDeque, time::Duration};

use egui::{Align2, Area, Id, Order, RichText, Ui, vec2};

use super::{theme::Theme, widgets};

/// One notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// How grave it is.
    pub tone: NoticeTone,
    /// What happened, in one sentence.
    pub text: String,
    /// What to try, if anything.
    pub advice: Option<String>,
}

/// How grave a notice is. It is shown as a word, not only as a colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeTone {
    /// Something was done.
    Done,
    /// Something could not be done.
    Problem,
}

impl Notice {
    /// Something was done.
    pub fn done(text: impl Into<String>) -> Self {
        Self { tone: NoticeTone::Done, text: text.into(), advice: None }
    }

    /// Something could not be done.
    pub fn problem(text: impl Into<String>) -> Self {
        Self { tone: NoticeTone::Problem, text: text.into(), advice: None }
    }

    /// The same with something to try.
    #[must_use]
    pub fn advising(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }
}

/// The notices on screen, newest last.
#[derive(Debug, Default)]
pub struct Notices {
    shown: VecDeque<NoticeOnScreen>,
}

#[derive(Debug)]
struct NoticeOnScreen {
    notice: Notice,
    /// When it goes by itself, on the window's clock in seconds: known once it has been painted.
    until: Option<f64>,
}

impl Notices {
    /// Shows `notice`. A repetition of one already there changes nothing; more than a few push the oldest out.
    pub fn tell(&mut self, notice: Notice) {
        if self.shown.iter().any(|shown| shown.notice == notice) {
            return;
        }
        if self.shown.len() >= MAX_SHOWN {
            self.shown.pop_front();
        }
        self.shown.push_back(NoticeOnScreen { notice, until: None });
    }

    /// Those on screen.
    pub fn iter(&self) -> impl Iterator<Item = &Notice> {
        self.shown.iter().map(|shown| &shown.notice)
    }

    /// Paints them above everything, in the lower right corner, `above_bottom` points up.
    pub fn ui(&mut self, ui: &Ui, above_bottom: f32) {
        self.take_away(ui);
        if self.shown.is_empty() {
            return;
        }
        let mut dismissed = None;
        let area = Area::new(Id::unique("notices")).order(Order::Foreground);
        area.anchor(Align2::RIGHT_BOTTOM, vec2(-12.0, -above_bottom - 12.0)).show(ui.ctx(), |ui| {
            ui.set_max_width(WIDTH);
            for (at, shown) in self.shown.iter().enumerate() {
                if notice_ui(ui, &shown.notice, at) {
                    dismissed = Some(at);
                }
            }
        });
        if let Some(at) = dismissed {
            self.shown.remove(at);
        }
    }
}

impl Notices {
    /// What was done needs no answer: it goes when it has been there long enough to be read.
    fn take_away(&mut self, ui: &Ui) {
        let now = ui.input(|input| input.time);
        for shown in self.shown.iter_mut().filter(|shown| shown.notice.tone == NoticeTone::Done) {
            shown.until.get_or_insert(now + READ_SECS);
        }
        self.shown.retain(|shown| shown.until.is_none_or(|until| until > now));
        let next = self.shown.iter().filter_map(|shown| shown.until).reduce(f64::min);
        if let Some(wait) = next.and_then(|next| Duration::try_from_secs_f64(next - now).ok()) {
            ui.ctx().request_repaint_after(wait);
        }
    }
}

fn notice_ui(ui: &mut Ui, notice: &Notice, at: usize) -> bool {
    let theme = Theme::of(ui);
    let (colour, word) = match notice.tone {
        NoticeTone::Done => (theme.good, "Done"),
        NoticeTone::Problem => (theme.bad, "Problem"),
    };
    let frame = widgets::card_frame(theme).shadow(ui.visuals().popup_shadow);
    let shown = frame.show(ui, |ui| {
        ui.horizontal(|ui| {
            ui.label(RichText::new(word).color(colour));
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                widgets::quiet_button(ui, "dismiss").on_hover_text(format!("Dismiss notice {}", at + 1)).clicked()
            })
            .inner
        })
        .inner
            | {
                ui.label(&notice.text);
                if let Some(advice) = &notice.advice {
                    widgets::muted(ui, advice);
                }
                false
            }
    });
    shown.inner
}

const MAX_SHOWN: usize = 3;
/// How long a notice of something done is shown.
const READ_SECS: f64 = 6.0;
const WIDTH: f32 = 320.0;

#[cfg(test)]
mod notices_are_few {
    use super::{MAX_SHOWN, Notice, Notices};

    #[test]
    fn a_repetition_is_shown_once() {
        let mut notices = Notices::default();
        notices.tell(Notice::problem("the engine is busy"));
        notices.tell(Notice::problem("the engine is busy"));
        assert_eq!(notices.iter().count(), 1);
    }

    #[test]
    fn newer_ones_push_out_the_oldest() {
        let mut notices = Notices::default();
        for n in 0..=MAX_SHOWN {
            notices.tell(Notice::done(format!("number {n}")));
        }
        assert_eq!(notices.iter().count(), MAX_SHOWN);
        assert_eq!(notices.iter().next(), Some(&Notice::done("number 1")));
    }

    #[test]
    fn what_was_done_goes_by_itself_and_a_problem_stays() {
        let mut notices = Notices::default();
        notices.tell(Notice::done("saved"));
        notices.tell(Notice::problem("not read"));
        let builder = egui_kittest::Harness::builder().with_step_dt(1.0);
        let builder = builder.with_context_setup(crate::app::theme::install);
        let mut window = builder.build_ui_state(|ui, notices: &mut Notices| notices.ui(ui, 0.0), notices);
        window.run_steps(3);
        assert_eq!(window.state().iter().count(), 2);
        window.run_steps(7);
        let left: Vec<_> = window.state().iter().collect();
        assert_eq!(left, [&Notice::problem("not read")]);
    }
}
