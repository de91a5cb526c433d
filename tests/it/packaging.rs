//! What is packaged beside the program fits the program: the type of saved runs, the version, the files that are named.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use roundtrip::wire::save::{EXTENSION, SavedRun};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging").join(name)
}

fn text(file: &str) -> String {
    fs::read_to_string(folder(file)).unwrap()
}

/// What stands between `before` and `after`, the first time.
fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let (_, rest) = text.split_once(before).unwrap_or_else(|| panic!("{before} is missing"));
    rest.split_once(after).unwrap_or_else(|| panic!("{after} is missing")).0
}

#[test]
fn a_saved_run_is_known_by_its_ending_and_by_its_beginning() {
    let types = text("linux/roundtrip-mime.xml");
    assert_eq!(between(&types, "<glob pattern=\"", "\""), format!("*.{EXTENSION}"));
    let mut saved = Vec::new();
    SavedRun::default().write(&mut saved).unwrap();
    let beginning = between(&types, "offset=\"0\" value='", "'");
    assert!(saved.starts_with(beginning.as_bytes()), "a saved run begins otherwise: {beginning}");
}

#[test]
fn the_program_opens_the_type_that_is_declared() {
    let types = text("linux/roundtrip-mime.xml");
    let saved_run = between(&types, "<mime-type type=\"", "\"");
    let entry = text("linux/roundtrip.desktop");
    assert_eq!(between(&entry, "MimeType=", "\n"), format!("{saved_run};"));
    assert!(between(&entry, "Exec=", "\n").ends_with(" %f"));
    let described = text("linux/lab.roundtrip.roundtrip.metainfo.xml");
    assert_eq!(between(&described, "<mediatype>", "<"), saved_run);
    assert_eq!(between(&described, "<project_license>", "<"), env!("CARGO_PKG_LICENSE"));
}

#[test]
fn the_recipes_name_this_version_and_files_that_are_there() {
    for system in ["windows", "macos"] {
        let recipe: toml::Table = text(&format!("{system}/Packager.toml")).parse().unwrap();
        assert_eq!(recipe["version"].as_str(), Some(env!("CARGO_PKG_VERSION")), "{system}");
        assert_eq!(recipe["fileAssociations"][0]["extensions"][0].as_str(), Some(EXTENSION), "{system}");
        let icons = recipe["icons"].as_array().unwrap().iter();
        for file in icons.chain([&recipe["licenseFile"]]) {
            let file = folder(system).join(file.as_str().unwrap());
            assert!(file.is_file(), "{} is missing", file.display());
        }
    }
}

#[test]
fn the_manual_page_has_every_command() {
    let help = Command::new(env!("CARGO_BIN_EXE_roundtrip")).arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let commands = between(&help, "Commands:\n", "\n\n").lines().filter_map(|line| line.split_whitespace().next());
    let manual = text("linux/roundtrip.1");
    let missing: Vec<_> =
        commands.filter(|command| *command != "help" && !manual.contains(&format!("\n.B {command}\n"))).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn the_icon_is_there_in_every_size_that_is_packaged() {
    let build = text("linux/build");
    let sizes = between(&build, "for size in ", ";");
    assert!(sizes.contains("256"));
    for size in sizes.split(' ') {
        let icon = folder("../assets/icon").join(format!("roundtrip-{size}.png"));
        let octets = fs::read(&icon).unwrap();
        // The width, of the first chunk (PNG, section 11.2.1).
        let width = u32::from_be_bytes(octets[16..20].try_into().unwrap());
        assert_eq!(width.to_string(), size, "{}", icon.display());
    }
}
