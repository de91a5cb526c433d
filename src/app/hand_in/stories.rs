//! What is handed in, seen by readers we did not write: usvg for SVG, image for PNG.

use anyrender_svg::usvg::{self, Node, Tree};
use egui::{Color32, Stroke, Ui, pos2, vec2};

use egui_kittest::{Harness, kittest::Queryable as _};

use super::{Figure, HandInError, HandInFile, HandInRequest, PaintedFigure, Table, png, requested};
use crate::app::theme::{Theme, mono_small};

impl PaintedFigure {
    /// The SVG document, after a reader of others has read it and found everything inside of the picture.
    pub(crate) fn checked_svg(&self) -> String {
        let svg = self.svg(1.0);
        let tree = Tree::from_str(&svg, &png::options()).expect("an SVG document");
        let size = tree.size();
        assert!((size.width() - self.size().x).abs() < 0.5 && (size.height() - self.size().y).abs() < 0.5);
        assert_inside(tree.root(), size);
        svg
    }
}

/// What is clipped has its clipping checked in its place.
fn assert_inside(group: &usvg::Group, size: usvg::Size) {
    for node in group.children() {
        let clipped = matches!(node, Node::Group(group) if group.clip_path().is_some());
        let bounds = match node {
            Node::Group(group) if clipped => {
                group.clip_path().map_or(group.abs_bounding_box(), |clip| clip.root().abs_bounding_box())
            }
            Node::Group(group) => {
                assert_inside(group, size);
                continue;
            }
            Node::Text(text) => {
                assert!(!text.chunks().is_empty());
                text.abs_bounding_box()
            }
            other => other.abs_bounding_box(),
        };
        let inside = bounds.left() > -1.0
            && bounds.top() > -1.0
            && bounds.right() < size.width() + 1.0
            && bounds.bottom() < size.height() + 1.0;
        assert!(inside, "{bounds:?} is outside of {size:?}: {node:?}");
    }
}

/// What a student gets who saves the picture called `about` in this window: the SVG document, checked.
pub(in crate::app) fn handed_picture<S>(window: &mut Harness<'_, S>, about: &str) -> String {
    open_menu(window, about);
    window.get_by_label("Save picture…").click();
    window.run_steps(2);
    let requests = requested(&window.ctx);
    let [HandInRequest::Save(HandInFile::Picture(picture))] = requests.as_slice() else { panic!("{requests:?}") };
    picture.checked_svg()
}

/// The same for a table: its comma-separated values.
pub(in crate::app) fn handed_table<S>(window: &mut Harness<'_, S>, about: &str) -> String {
    open_menu(window, about);
    window.get_by_label("Save table…").click();
    window.run_steps(2);
    let requests = requested(&window.ctx);
    let [HandInRequest::Save(HandInFile::Table(table))] = requests.as_slice() else { panic!("{requests:?}") };
    table.csv()
}

/// What is on the clipboard after a table was copied.
pub(in crate::app) fn copied_table<S>(window: &mut Harness<'_, S>, about: &str, choice: &str) -> String {
    open_menu(window, about);
    window.get_by_label(choice).click();
    window.run_steps(1);
    let copied = window.output().platform_output.commands.iter().find_map(|command| match command {
        egui::OutputCommand::CopyText(text) => Some(text.clone()),
        _ => None,
    });
    let told = requested(&window.ctx);
    assert!(matches!(told.as_slice(), [HandInRequest::Copied(words)] if words.starts_with("Copied: ")), "{told:?}");
    copied.expect("something is copied")
}

fn open_menu<S>(window: &mut Harness<'_, S>, about: &str) {
    window.get_by_label(&format!("Hand in: {about}")).click();
    window.run_steps(3);
}

fn figure(dark: bool) -> PaintedFigure {
    let ground = Theme::by_darkness(dark).panel;
    let figure = Figure { title: "A figure & its <title>".to_owned(), room: vec2(300.0, 100.0), dark, ground };
    figure.draw(|ui: &mut Ui| {
        ui.label("words  and\nmore \u{7} words → μ");
        let painter = ui.painter();
        let at = ui.max_rect().center();
        painter.text(at, egui::Align2::CENTER_CENTER, "12.5 ms", mono_small(), Theme::of(ui).accent);
        painter.line_segment([at, at + vec2(900.0, 40.0)], Stroke::new(2.0, Theme::of(ui).bad));
        painter.circle_filled(at, 9.0, Theme::of(ui).accent.gamma_multiply(0.5));
        painter.with_clip_rect(egui::Rect::from_min_max(pos2(0.0, 0.0), at)).rect_filled(
            ui.max_rect().expand(4_000.0),
            3.0,
            Color32::TRANSPARENT,
        );
    })
}

#[test]
fn a_picture_is_read_by_others_with_its_title_and_its_words() {
    for dark in [false, true] {
        let svg = figure(dark).checked_svg();
        assert!(svg.contains("<title>A figure &amp; its &lt;title&gt;</title>"));
        for words in ["words  and", "more · words → μ", "12.5 ms", "A figure &amp; its &lt;title&gt;</text>"] {
            assert!(svg.contains(words), "{words} in {svg}");
        }
        assert!(svg.contains("Hack, 'DejaVu Sans Mono', monospace") && svg.contains("Ubuntu, Hack, sans-serif"));
    }
}

#[test]
fn pixels_are_twice_as_fine_and_in_the_window_s_colours() {
    for dark in [false, true] {
        let figure = figure(dark);
        let image = image::load_from_memory(&png::png(&figure).unwrap()).unwrap().to_rgba8();
        let (width, height) = image.dimensions();
        assert_eq!((width as f32, height as f32), (figure.size().x * 2.0, figure.size().y * 2.0));
        let theme = Theme::by_darkness(dark);
        assert_eq!(image.get_pixel(0, 0).0, theme.panel.to_array());
        let accent = image.pixels().filter(|pixel| {
            let near = |one: u8, other: u8| one.abs_diff(other) < 60;
            let [r, g, b, _] = theme.accent.to_array();
            near(pixel.0[0], r) && near(pixel.0[1], g) && near(pixel.0[2], b)
        });
        assert!(accent.count() > 20, "words are there without fonts of the system");
    }
}

#[test]
fn the_ending_decides_and_another_one_is_refused_with_those_there_are() {
    let folder = std::env::temp_dir().join(format!("roundtrip-hand-in-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let picture = HandInFile::Picture(figure(false));
    let table = HandInFile::Table(Table::new("A table", ["one"]));
    assert_eq!((picture.name().as_str(), table.name().as_str()), ("a-figure-its-title.png", "a-table.csv"));
    for (file, name, begin) in
        [(&picture, "a.SVG", &b"<svg "[..]), (&picture, "a.png", b"\x89PNG"), (&table, "a.csv", b"one\r\n")]
    {
        let path = folder.join(name);
        file.write(&path).unwrap();
        assert!(std::fs::read(&path).unwrap().starts_with(begin), "{name}");
    }
    for (file, name, wanted) in [
        (&picture, "a.jpeg", "a picture is saved as .svg or as .png; the file's name ends in “.jpeg”"),
        (&table, "a", "a table is saved as .csv or as .tsv; the file's name ends in “.”"),
    ] {
        let error = file.write(&folder.join(name)).unwrap_err();
        assert_eq!(error.to_string(), wanted);
        assert!(!folder.join(name).exists());
    }
    let error = picture.write(&folder.join("no/such/folder.svg")).unwrap_err();
    assert!(matches!(error, HandInError::Write(_)), "{error}");
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_picture_too_large_for_pixels_says_so() {
    let ground = Theme::by_darkness(false).panel;
    let figure = Figure { title: "Large".to_owned(), room: vec2(5_000.0, 9_000.0), dark: false, ground };
    let drawing = figure.draw(|ui| {
        ui.allocate_space(ui.available_size());
    });
    let error = png::png(&drawing).unwrap_err();
    assert!(error.to_string().contains("more than 64 million; save it as .svg"), "{error}");
}
