//! The floors of the house: what a crate may import, and what the folders of one may.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::support::imports::ImportGraph;

/// The crates from the bottom up, with the folder of each manifest and that of its code. Those on
/// one floor do not import each other.
const FLOORS: [&[(&str, &str, &str)]; 8] = [
    &[("sentence", "crates/sentence", "crates/sentence/src")],
    &[("syntax", "crates/syntax", "crates/syntax/src")],
    &[(
        "diagnostics",
        "crates/diagnostics",
        "crates/diagnostics/src",
    )],
    &[("terraform", "crates/terraform", "crates/terraform/src")],
    &[
        ("ci", "crates/ci", "crates/ci/src"),
        ("upgrade", "crates/upgrade", "crates/upgrade/src"),
    ],
    &[("engine", "crates/engine", "crates/engine/src")],
    &[("transforms", "transforms", "transforms")],
    &[("tfkeyless", ".", "src")],
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The names under a manifest's headings of dependencies.
fn dependencies(manifest: &str) -> BTreeSet<&str> {
    let mut is_list = false;
    let mut names = BTreeSet::new();
    for line in manifest.lines() {
        if let Some(heading) = line.strip_prefix('[') {
            is_list = heading.ends_with("dependencies]") && !heading.starts_with("workspace");
        } else if is_list {
            let name = line.split(['.', ' ', '=']).next().unwrap_or_default();
            names.insert(name);
        }
    }
    names
}

#[test]
fn imports_go_down_only() {
    let mut below: BTreeSet<&str> = BTreeSet::new();
    for floor in FLOORS {
        for (name, folder, _) in floor {
            let manifest = fs::read_to_string(root().join(folder).join("Cargo.toml")).unwrap();
            let imported = dependencies(&manifest);
            let all = FLOORS.iter().copied().flatten();
            let up: Vec<&str> = all
                .map(|(other, _, _)| *other)
                .filter(|other| imported.contains(other) && !below.contains(other))
                .collect();
            assert!(up.is_empty(), "{name} imports {up:?}, which are not below");
        }
        below.extend(floor.iter().map(|(name, _, _)| name));
    }
    for entry in fs::read_dir(root().join("crates")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(below.contains(name.as_str()), "{name} has no floor");
    }
}

#[test]
fn folders_do_not_import_each_other_in_a_circle() {
    for (name, _, code) in FLOORS.iter().copied().flatten() {
        let graph = ImportGraph::read(&root().join(code));
        let largest = |circles: &[BTreeSet<&Path>]| circles.iter().map(BTreeSet::len).max();
        let all = graph.circles();
        let apart = graph.between_folders();
        let mut across = apart.circles();
        across.retain(|circle| {
            let folders = circle.iter().map(|file| graph.folder(file));
            folders.collect::<BTreeSet<_>>().len() > 1
        });
        let count = largest(&across).unwrap_or(0);
        println!(
            "{name}: {} files, {} imports; in the largest circle {} files, in the largest across \
             folders {count}",
            graph.imports.len(),
            graph.imports.values().map(BTreeSet::len).sum::<usize>(),
            largest(&all).unwrap_or(0),
        );
        assert_eq!(count, 0, "{name}: {across:#?}");
    }
}
