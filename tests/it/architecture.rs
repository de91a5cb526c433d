//! The room law: a room imports only rooms above it, and egui, tokio and clocks stay where they belong.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// `(room, what its lines must not say)`.
const LAW: &[(&str, &[&str])] = &[
    (
        "src/wire",
        &[
            "egui",
            "tokio",
            "crate::store",
            "crate::proto",
            "crate::sim",
            "crate::lens",
            "crate::net",
            "crate::lab",
            "crate::engine",
            "crate::app",
            "crate::cli",
        ],
    ),
    (
        "src/store",
        &[
            "egui",
            "tokio",
            "Instant::now",
            "SystemTime::now",
            "crate::proto",
            "crate::sim",
            "crate::lens",
            "crate::net",
            "crate::lab",
            "crate::engine",
            "crate::app",
            "crate::cli",
        ],
    ),
    (
        "src/proto",
        &[
            "egui",
            "tokio",
            "std::net::Tcp",
            "Instant::now",
            "crate::store",
            "crate::sim",
            "crate::lens",
            "crate::net",
            "crate::lab",
            "crate::engine",
            "crate::app",
            "crate::cli",
        ],
    ),
    (
        "src/sim",
        &[
            "egui",
            "tokio",
            "Instant::now",
            "crate::store",
            "crate::net",
            "crate::lens",
            "crate::lab",
            "crate::engine",
            "crate::app",
            "crate::cli",
        ],
    ),
    (
        "src/lens",
        &[
            "egui",
            "tokio",
            "Instant::now",
            "crate::store",
            "crate::net",
            "crate::lab",
            "crate::engine",
            "crate::app",
            "crate::cli",
        ],
    ),
    ("src/net", &["egui", "crate::store", "crate::lens", "crate::lab", "crate::engine", "crate::app", "crate::cli"]),
    ("src/lab", &["egui", "crate::engine", "crate::app", "crate::cli"]),
    ("src/engine", &["egui::", "crate::app", "crate::cli"]),
    ("src/app", &["tokio::", "std::net::Tcp", ".block_on(", ".await", "crate::cli"]),
    ("src/cli", &["egui", "crate::app"]),
];

#[test]
fn a_room_imports_only_rooms_above_it() {
    let mut broken = Vec::new();
    for (room, banned) in LAW {
        for file in rust_files(&root().join(room)) {
            let text = fs::read_to_string(&file).expect("a source file");
            for (number, line) in text.lines().enumerate() {
                let code = line.split("//").next().unwrap_or_default();
                broken.extend(
                    banned
                        .iter()
                        .filter(|word| code.contains(**word))
                        .map(|word| format!("{}:{}: {word} does not belong in {room}", file.display(), number + 1)),
                );
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn only_the_store_knows_which_database_it_is() {
    let store = root().join("src/store");
    let strangers: Vec<_> = rust_files(&root().join("src"))
        .into_iter()
        .filter(|file| !file.starts_with(&store))
        .filter(|file| fs::read_to_string(file).expect("a source file").contains("rusqlite"))
        .collect();
    assert!(strangers.is_empty(), "use roundtrip's store::sql: {strangers:?}");
}

#[test]
fn every_room_of_the_law_exists() {
    for (room, _) in LAW {
        assert!(!rust_files(&root().join(room)).is_empty(), "{room} has no source");
    }
}

#[test]
fn a_file_is_one_idea() {
    const LINES: usize = 700;
    let long: Vec<_> = rust_files(&root().join("src"))
        .into_iter()
        .filter_map(|file| {
            let lines = fs::read_to_string(&file).expect("a source file").lines().count();
            (lines > LINES).then(|| format!("{}: {lines} lines", file.display()))
        })
        .collect();
    assert!(long.is_empty(), "past {LINES} lines, split:\n{}", long.join("\n"));
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut files = Vec::new();
    for path in entries.map(|entry| entry.expect("a readable folder").path()) {
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

#[test]
fn the_guide_names_files_that_are_there() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let guide = fs::read_to_string(root.join(".github/CONTRIBUTING.md")).expect("the guide");
    let rooms = ["src/", "tests/", "assets/", "benches/", "packaging/"];
    let named = guide.split('`').skip(1).step_by(2);
    let paths: Vec<&str> =
        named.filter(|path| rooms.iter().any(|room| path.starts_with(room)) && !path.contains(['<', ' '])).collect();
    assert!(paths.len() > 30, "{paths:?}");
    let missing: Vec<_> = paths.into_iter().filter(|path| !root.join(path).exists()).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
