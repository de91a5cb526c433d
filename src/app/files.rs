//! Saving and opening runs, and saving pictures: where the file is asked for, and the work that must not hold up a frame.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::mpsc::{Receiver, sync_channel},
    thread,
};

use bytes::Bytes;
use egui::{Context, Frame, Id, Key, Margin, Modal, RichText, ScrollArea, TextEdit, Ui};

use super::{
    cookie_import::{self, ImportedCookies},
    hand_in::HandInFile,
    notices::Notice,
    runs::{RunFile, RunRecord},
    theme::{Theme, mono, size},
    widgets,
};
use crate::{
    engine::{
        bridge::RunEnd,
        experiments::{AnyConfig, AnyReport, LAB_RECORD, TableError},
        setting::WorldChoice,
    },
    proto::http::cookies::UnixMicros,
    wire::save::{EXTENSION, LoadError, SavedRun},
};

/// Files being asked for, read and written.
#[derive(Default)]
pub(super) struct Files {
    dialog: Option<Dialog>,
    /// The folder last used.
    folder: Option<PathBuf>,
    working: Option<Receiver<FileOutcome>>,
}

/// A run or a picture on its way to a file, or nothing on its way in.
pub(super) enum FileTask {
    /// Save this run.
    Run(Box<SavedRun>),
    /// Save a picture or a table to hand in.
    HandIn(Box<HandInFile>),
    /// Save content a page brought.
    Content(Bytes),
    /// Open a run.
    Open,
    /// Read cookies for the jar of this world on this date.
    Cookies(WorldChoice, UnixMicros),
}

/// What came of work on a file.
pub(super) enum FileOutcome {
    /// A file was written.
    Saved(PathBuf),
    /// A run was read.
    Opened(PathBuf, Box<SavedRun>),
    /// Cookies were read for the jar of this world.
    Cookies(WorldChoice, ImportedCookies),
    /// The work failed.
    Failed(Notice),
}

struct Dialog {
    cargo: FileTask,
    path: String,
    /// The folder last listed, and the runs in it.
    listed: Option<(PathBuf, Vec<PathBuf>)>,
    fresh: bool,
}

impl Files {
    /// Asks where to save, or what to open. `name` is what the file might be called.
    pub(super) fn ask(&mut self, cargo: FileTask, name: &str) {
        let folder = self.dialog.as_ref().and_then(Dialog::folder).or_else(|| self.folder.clone());
        let folder = folder.unwrap_or_else(usual_folder);
        let path = match cargo {
            FileTask::Open | FileTask::Cookies(..) => folder.join(name),
            FileTask::Run(_) | FileTask::HandIn(_) | FileTask::Content(_) => free_name(&folder, name),
        };
        let path = path.display().to_string();
        self.dialog = Some(Dialog { cargo, path, listed: None, fresh: true });
    }

    /// Is something asked for?
    pub(super) fn is_open(&self) -> bool {
        self.dialog.is_some()
    }

    /// Begins without asking.
    pub(super) fn begin(&mut self, ctx: &Context, cargo: FileTask, path: PathBuf) {
        let (to, done) = sync_channel(1);
        let ctx = ctx.clone();
        let work = move || {
            // Nobody waits any more when the window is gone.
            to.send(carry_out(cargo, path)).ok();
            ctx.request_repaint();
        };
        let started = thread::Builder::new().name("files".to_owned()).spawn(work);
        self.working = match started {
            Ok(_) => Some(done),
            Err(_) => None,
        };
    }

    /// What has been done since the last frame.
    pub(super) fn done(&mut self) -> Option<FileOutcome> {
        let done = self.working.as_ref()?.try_recv().ok()?;
        self.working = None;
        Some(done)
    }

    /// Paints the dialog, if one is open.
    pub(super) fn ui(&mut self, ui: &Ui) {
        let Some(dialog) = &mut self.dialog else { return };
        let modal = Modal::new(Id::unique("files"))
            .frame(Frame::popup(ui.style()).inner_margin(Margin::same(20)))
            .show(ui.ctx(), |ui| {
                ui.set_width(WIDTH.min(ui.ctx().content_rect().width() - 64.0));
                dialog.ui(ui)
            });
        let answer = modal.inner;
        if answer == Some(Answer::Go)
            && let Some(dialog) = self.dialog.take()
        {
            self.folder = dialog.folder();
            self.begin(ui.ctx(), dialog.cargo, PathBuf::from(dialog.path.trim()));
        } else if answer == Some(Answer::Cancel) || modal.response.should_close() {
            self.dialog = None;
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Go,
    Cancel,
}

impl Dialog {
    /// The folder the path is in, or is.
    fn folder(&self) -> Option<PathBuf> {
        let path = Path::new(self.path.trim());
        let folder = if path.is_dir() { Some(path) } else { path.parent() };
        folder.filter(|folder| folder.is_dir()).map(Path::to_owned)
    }

    fn ui(&mut self, ui: &mut Ui) -> Option<Answer> {
        let (title, go) = match &self.cargo {
            FileTask::Run(_) => ("Save this run", "Save"),
            FileTask::HandIn(file) => match file.as_ref() {
                HandInFile::Picture(_) => ("Save this picture", "Save"),
                HandInFile::Table(_) => ("Save this table", "Save"),
            },
            FileTask::Content(_) => ("Save this content", "Save"),
            FileTask::Open => ("Open a saved run", "Open"),
            FileTask::Cookies(..) => ("Import cookies", "Import"),
        };
        widgets::heading(ui, title);
        ui.add_space(4.0);
        let field = TextEdit::singleline(&mut self.path).desired_width(f32::INFINITY).font(mono());
        let response = ui.add(field);
        let response = widgets::named(ui, response, "File");
        if std::mem::take(&mut self.fresh) {
            response.request_focus();
        }
        if let FileTask::HandIn(file) = &self.cargo {
            widgets::muted(ui, file.formats());
        }
        let entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        let path = PathBuf::from(self.path.trim());
        let reads = matches!(self.cargo, FileTask::Open | FileTask::Cookies(..));
        let replaces = !reads && path.is_file();
        if matches!(self.cargo, FileTask::Cookies(..)) {
            widgets::muted(ui, "A cookies.txt as curl writes it, or JSON as this program exports it.");
        }
        if matches!(self.cargo, FileTask::Open) {
            self.runs_ui(ui, &path);
        }
        if replaces {
            let words = "This file is there already. What is in it now is lost if you replace it.";
            ui.label(RichText::new(words).color(Theme::of(ui).bad));
        }
        let go = if replaces { "Replace" } else { go };
        ui.add_space(8.0);
        let sensible = !path.as_os_str().is_empty() && !path.is_dir();
        ui.horizontal(|ui| {
            let clicked = ui.add_enabled_ui(sensible, |ui| widgets::primary_button(ui, go, Some(96.0)).clicked()).inner;
            let cancelled = ui.button("Cancel").clicked();
            // Enter ends the typing of a name: nothing is replaced by it.
            if (clicked || entered && !replaces) && sensible {
                Some(Answer::Go)
            } else {
                cancelled.then_some(Answer::Cancel)
            }
        })
        .inner
    }

    /// The runs beside the path as typed so far.
    fn runs_ui(&mut self, ui: &mut Ui, path: &Path) {
        let Some(folder) = self.folder() else { return };
        if self.listed.as_ref().is_none_or(|(listed, _)| *listed != folder) {
            let runs = runs_in(&folder);
            self.listed = Some((folder.clone(), runs));
        }
        let Some((_, runs)) = &self.listed else { return };
        if runs.is_empty() {
            widgets::muted(ui, format!("No saved run is in {}.", folder.display()));
            return;
        }
        let mut chosen = None;
        ScrollArea::vertical().max_height(LIST).show_rows(ui, size::ROW, runs.len(), |ui, rows| {
            for run in runs.iter().take(rows.end).skip(rows.start) {
                let name = run.file_name().unwrap_or_default().to_string_lossy();
                if ui.selectable_label(run == path, name).clicked() {
                    chosen = Some(run.display().to_string());
                }
            }
        });
        if let Some(chosen) = chosen {
            self.path = chosen;
        }
    }
}

/// The run as it goes into a file.
pub(super) fn to_save(record: &RunRecord) -> Option<SavedRun> {
    record.any_report()?.saved(record.ledger.clone()).ok()
}

/// A record by itself as it goes into a file; `None` while there is nothing in it.
pub(super) fn record_to_save(record: &RunRecord) -> Option<SavedRun> {
    let has_flows = !record.ledger.flows().is_empty();
    let (experiment, ledger) = (LAB_RECORD.to_owned(), record.ledger.clone());
    has_flows.then(|| SavedRun { experiment, ledger, ..SavedRun::default() })
}

/// A record from the file `path`, as the window keeps it; one that no experiment made has no end.
///
/// # Errors
/// When its experiment, its config or its report is none this program knows.
pub(super) fn from_saved(saved: SavedRun, path: &Path) -> Result<RunRecord, TableError> {
    let (end, config) = match saved.experiment.as_str() {
        LAB_RECORD => (None, None),
        name => {
            let config = AnyConfig::read(name, &saved.config)?;
            (Some(RunEnd::Done(AnyReport::of_saved(&saved)?)), Some(config))
        }
    };
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let file = Some(RunFile { name, config });
    Ok(RunRecord { ledger: saved.ledger, end, file, ..RunRecord::new(None) })
}

fn carry_out(cargo: FileTask, path: PathBuf) -> FileOutcome {
    let problem = |error: &io::Error| {
        FileOutcome::Failed(Notice::problem(format!("{} could not be written: {error}", path.display())))
    };
    match cargo {
        FileTask::Run(run) => match run.save(&path) {
            Ok(()) => FileOutcome::Saved(path),
            Err(error) => problem(&error),
        },
        FileTask::Content(octets) => match fs::write(&path, octets) {
            Ok(()) => FileOutcome::Saved(path),
            Err(error) => problem(&error),
        },
        FileTask::HandIn(file) => match file.write(&path) {
            Ok(()) => FileOutcome::Saved(path),
            Err(error) => FileOutcome::Failed(Notice::problem(format!("{} was not saved: {error}", path.display()))),
        },
        FileTask::Open => match SavedRun::load(&path) {
            Ok(run) => FileOutcome::Opened(path, Box::new(run)),
            Err(error) => FileOutcome::Failed(not_opened(&path, &error)),
        },
        FileTask::Cookies(world, now) => match cookie_import::read(&path, now) {
            Ok(cookies) => FileOutcome::Cookies(world, cookies),
            Err(notice) => FileOutcome::Failed(notice),
        },
    }
}

fn not_opened(path: &Path, error: &LoadError) -> Notice {
    let mut advice = Vec::new();
    let mut below = std::error::Error::source(error);
    while let Some(cause) = below {
        advice.push(cause.to_string());
        below = cause.source();
    }
    let notice = Notice::problem(format!("{} could not be opened: {error}", path.display()));
    if advice.is_empty() { notice } else { notice.advising(advice.join("; ")) }
}

fn runs_in(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().take(MAX_LISTED);
    let mut runs: Vec<_> =
        entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|end| end == EXTENSION)).collect();
    runs.sort();
    runs
}

/// `name` in `folder`, numbered where there is such a file already.
fn free_name(folder: &Path, name: &str) -> PathBuf {
    let wanted = Path::new(name);
    let (stem, end) = (wanted.file_stem().unwrap_or_default().to_string_lossy(), wanted.extension());
    let numbered = |number: u32| {
        let name = PathBuf::from(format!("{stem} {number}"));
        folder.join(
            end.map_or(name.clone(), |end| PathBuf::from(format!("{}.{}", name.display(), end.to_string_lossy()))),
        )
    };
    let mut names = std::iter::once(folder.join(name)).chain((2..MAX_NUMBER).map(numbered));
    names.find(|path| !path.exists()).unwrap_or_else(|| folder.join(name))
}

fn usual_folder() -> PathBuf {
    let dirs = directories::UserDirs::new();
    let documents = dirs.as_ref().and_then(|dirs| dirs.document_dir());
    let home = dirs.as_ref().map(directories::UserDirs::home_dir);
    documents.filter(|folder| folder.is_dir()).or(home).map(Path::to_owned).unwrap_or_default()
}

/// Numbers tried for a free name.
const MAX_NUMBER: u32 = 1_000;
const WIDTH: f32 = 560.0;
const LIST: f32 = 200.0;
/// Entries of a folder that are looked at.
const MAX_LISTED: usize = 10_000;

#[cfg(test)]
mod a_run {
    use std::fs;

    use super::{FileOutcome, FileTask, carry_out, from_saved, runs_in, to_save};
    use crate::{
        app::{parts::samples::Sample, runs::RunRecord, tabs::page_load::fixtures},
        engine::{bridge::RunEnd, page_load::PageLoad},
    };

    fn record() -> RunRecord {
        RunRecord {
            ledger: Sample::persistent(3, 1000).ledger,
            end: Some(RunEnd::done::<PageLoad>(fixtures::report())),
            ..RunRecord::new(None)
        }
    }

    #[test]
    fn comes_back_from_its_file_as_it_was() {
        let folder = std::env::temp_dir().join(format!("roundtrip-files-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("race.roundtrip");
        let saved = to_save(&record()).unwrap();
        assert!(matches!(carry_out(FileTask::Run(Box::new(saved)), path.clone()), FileOutcome::Saved(_)));
        assert_eq!(runs_in(&folder), std::slice::from_ref(&path));
        let FileOutcome::Opened(_, run) = carry_out(FileTask::Open, path.clone()) else { panic!("it opens") };
        let back = from_saved(*run, &path).unwrap();
        assert_eq!(back.ledger, record().ledger);
        assert_eq!(back.report::<PageLoad>(), Some(&fixtures::report()));
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn that_is_none_is_refused_with_a_reason() {
        let path = std::env::temp_dir().join(format!("roundtrip-nothing-{}.roundtrip", std::process::id()));
        fs::write(&path, "hello\n").unwrap();
        let FileOutcome::Failed(notice) = carry_out(FileTask::Open, path.clone()) else { panic!("it is refused") };
        assert!(notice.text.contains("could not be opened"), "{notice:?}");
        fs::remove_file(path).unwrap();
    }

    #[test]
    fn that_has_not_ended_has_nothing_to_save() {
        assert!(to_save(&RunRecord::new(None)).is_none());
    }
}

#[cfg(test)]
mod the_dialog {
    use std::fs;

    use egui_kittest::{Harness, kittest::Queryable as _};

    use super::{Bytes, FileTask, Files, PathBuf, free_name};

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("roundtrip-dialog-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    fn window(files: Files) -> Harness<'static, Files> {
        let builder = Harness::builder().with_size([800.0, 500.0]).with_context_setup(crate::app::theme::install);
        let mut window = builder.build_ui_state(|ui, files: &mut Files| files.ui(ui), files);
        window.run_steps(3);
        window
    }

    #[test]
    fn opens_where_it_was_and_climbs_no_higher() {
        let folder = folder("open");
        let mut files = Files { folder: Some(folder.clone()), ..Files::default() };
        for _ in 0..3 {
            files.ask(FileTask::Open, "");
            assert_eq!(files.dialog.as_ref().unwrap().folder(), Some(folder.clone()));
        }
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn replaces_a_file_only_when_told_to() {
        let folder = folder("save");
        let path = folder.join("a.txt");
        fs::write(&path, "before").unwrap();
        assert_eq!(free_name(&folder, "a.txt"), folder.join("a 2.txt"));
        assert_eq!(free_name(&folder, "b.txt"), folder.join("b.txt"));
        let mut files = Files::default();
        files.ask(FileTask::Content(Bytes::from_static(b"after")), "a.txt");
        files.dialog.as_mut().unwrap().path = path.display().to_string();
        let mut window = window(files);
        window.key_press(egui::Key::Enter);
        window.run_steps(3);
        assert!(window.state().is_open(), "Enter replaces nothing");
        window.get_by_label("Replace").click();
        window.run_steps(3);
        assert!(!window.state().is_open());
        for _ in 0..10_000 {
            if window.state_mut().done().is_some() {
                break;
            }
            std::thread::yield_now();
        }
        assert_eq!(fs::read(&path).unwrap(), b"after");
        fs::remove_dir_all(folder).unwrap();
    }
}
