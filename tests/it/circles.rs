//! No circles of imports: two files import each other only where one is a module and the other its own child.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// A module's path below the crate: `["engine", "page_load", "race"]`.
type Module = Vec<String>;

#[test]
fn files_import_each_other_only_where_one_is_the_other_s_child() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut modules = BTreeMap::new();
    collect(&root, &[], &mut modules);
    let imports: BTreeMap<&Module, BTreeSet<&Module>> =
        modules.iter().map(|(module, text)| (module, imports(module, text, &modules))).collect();
    let circles = circles(&imports);
    assert!(circles.is_empty(), "circles of imports:\n{}", circles.join("\n"));
}

#[test]
fn a_circle_would_be_found() {
    let text = |text: &str| text.to_owned();
    let name = |name: &str| vec![name.to_owned()];
    let modules: BTreeMap<Module, String> = [
        (name("one"), text("use crate::{other::{self, Thing as _}, three};")),
        (name("other"), text("use super::three::Three;")),
        (name("three"), text("use crate::one; use std::fmt;")),
        (name("four"), text("use super::one::One;\n#[cfg(test)]\nmod tests { use super::*; }")),
    ]
    .into();
    let imports: BTreeMap<_, _> =
        modules.iter().map(|(module, text)| (module, imports(module, text, &modules))).collect();
    assert_eq!(circles(&imports), ["one, other, three"]);
}

/// Every module below `folder` that is no test, with its text before its own tests.
fn collect(folder: &Path, below: &[String], modules: &mut BTreeMap<Module, String>) {
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("a readable folder").path();
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let module: Module = below.iter().cloned().chain([name.clone()]).collect();
        if path.is_dir() {
            collect(&path, &module, modules);
        } else if path.extension().is_some_and(|extension| extension == "rs") && !TESTS.contains(&name.as_str()) {
            let text = fs::read_to_string(&path).expect("a source file");
            let lines = text.lines().map(|line| line.split("//").next().unwrap_or_default());
            let text = lines.collect::<Vec<_>>().join("\n");
            let text = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default().to_owned();
            let module = if name == "mod" { below.to_vec() } else { module };
            modules.insert(module, text);
        }
    }
}

/// The modules a module takes something from, its own ancestors and children left out.
fn imports<'a>(module: &Module, text: &str, modules: &'a BTreeMap<Module, String>) -> BTreeSet<&'a Module> {
    let mut found = BTreeSet::new();
    for part in text.split("use ").skip(1) {
        let Some((tree, _)) = part.split_once(';') else { continue };
        for path in paths(tree) {
            let Some(mut target) = resolved(module, &path, modules) else { continue };
            while !target.is_empty() && !modules.contains_key(&target) {
                target.pop();
            }
            let is_kin = target.starts_with(module) || module.starts_with(&target);
            if let Some((target, _)) = modules.get_key_value(&target).filter(|_| !is_kin) {
                found.insert(target);
            }
        }
    }
    found
}

/// A path as written, from the crate down.
fn resolved(module: &Module, path: &[String], modules: &BTreeMap<Module, String>) -> Option<Module> {
    let mut from = module.clone();
    match path.first()?.as_str() {
        "crate" => return Some(path.get(1..)?.to_vec()),
        "self" => from.extend_from_slice(path.get(1..)?),
        "super" => {
            let ups = path.iter().take_while(|part| *part == "super").count();
            from.truncate(from.len().checked_sub(ups)?);
            from.extend_from_slice(path.get(ups..)?);
        }
        child => {
            from.push(child.to_owned());
            if !modules.contains_key(&from) {
                return None;
            }
            from.extend_from_slice(path.get(1..)?);
        }
    }
    Some(from)
}

/// The paths of a use tree: `a::{b, c::d}` is `a::b` and `a::c::d`.
fn paths(tree: &str) -> Vec<Vec<String>> {
    let tree = tree.trim();
    let parts =
        |path: &str| path.split("::").map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect();
    let Some((before, inside)) = tree.split_once('{') else {
        let path = tree.split(" as ").next().unwrap_or_default();
        return vec![parts(path)];
    };
    let inside = inside.rsplit_once('}').map_or(inside, |(inside, _)| inside);
    let (mut depth, mut items) = (0_i32, vec![String::new()]);
    for character in inside.chars() {
        depth += i32::from(character == '{') - i32::from(character == '}');
        match character {
            ',' if depth == 0 => items.push(String::new()),
            _ => items.last_mut().expect("an item").push(character),
        }
    }
    let before: Vec<String> = parts(before);
    let below = items.iter().filter(|item| !item.trim().is_empty()).flat_map(|item| paths(item));
    below.map(|path| before.iter().cloned().chain(path).collect()).collect()
}

/// The groups of modules that can be reached from each other.
fn circles<'a>(imports: &BTreeMap<&'a Module, BTreeSet<&'a Module>>) -> Vec<String> {
    let reached = |from: &'a Module| -> BTreeSet<&'a Module> {
        let (mut seen, mut next) = (BTreeSet::new(), vec![from]);
        while let Some(module) = next.pop() {
            next.extend(imports.get(module).into_iter().flatten().filter(|module| seen.insert(**module)));
        }
        seen
    };
    let reach: BTreeMap<&Module, BTreeSet<&Module>> = imports.keys().map(|module| (*module, reached(module))).collect();
    let (mut told, mut circles) = (BTreeSet::new(), Vec::new());
    for (module, reached) in &reach {
        if reached.contains(module) && !told.contains(module) {
            let circle: Vec<&Module> = reached.iter().copied().filter(|other| reach[other].contains(module)).collect();
            told.extend(circle.iter().copied());
            circles.push(circle.iter().map(|module| module.join("::")).collect::<Vec<_>>().join(", "));
        }
    }
    circles
}

/// Files that hold tests alone.
const TESTS: &[&str] = &["stories", "tests", "pictures", "fixtures", "properties"];
