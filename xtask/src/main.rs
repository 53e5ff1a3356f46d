//! `cargo xtask release VERSION [--dry-run]`: sets the version wherever it stands, cuts the changelog,
//! commits and tags. Nothing is pushed: the tag is what `.github/workflows/release.yml` builds from.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stdout,
    reason = "it works on the repository's files, by git and cargo"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail, ensure};
use similar::TextDiff;

/// The version that stands in the files now.
const CURRENT: &str = env!("CARGO_PKG_VERSION");

/// Where the version stands, beside the lock files, which cargo writes: a file, and how it is written there.
const PLACES: [(&str, &str); 7] = [
    ("Cargo.toml", "version = \"{}\""),
    ("pyproject.toml", "version = \"{}\""),
    ("pyproject.toml", "tfkeyless=={}"),
    ("packages/npm/tfkeyless/package.json", ": \"{}\""),
    ("action.yml", "v{}"),
    ("docs/commands.md", "rev: v{}"),
    ("docs/commands.md", "tfkeyless@v{}"),
];

const CHANGELOG: &str = "CHANGELOG.md";
const UNRELEASED: &str = "## [Unreleased]\n";

/// What stands for the date of a version that is cut and not published.
const PENDING: &str = "not published";

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["release", version] => release(version, false),
        ["release", version, "--dry-run"] => release(version, true),
        _ => bail!("usage: cargo xtask release VERSION [--dry-run]"),
    }
}

fn release(version: &str, is_dry: bool) -> anyhow::Result<()> {
    let parts: Vec<&str> = version.split('.').collect();
    let is_number = |part: &&str| part.parse::<u64>().is_ok();
    ensure!(
        parts.len() == 3 && parts.iter().all(is_number),
        "`{version}` is no version: it has three numbers, such as {CURRENT}"
    );
    let root = root();
    let tag = format!("v{version}");
    let changed = changed(&root, version, &output(&root, "date", &["-u", "+%F"])?)?;
    if is_dry {
        for (file, [before, after]) in &changed {
            let diff = TextDiff::from_lines(before, after);
            print!(
                "{}",
                diff.unified_diff().context_radius(0).header(file, file)
            );
        }
        println!(
            "would commit these {} files and make the tag {tag}",
            changed.len()
        );
        return Ok(());
    }
    let changelog = fs::read_to_string(root.join(CHANGELOG)).context(CHANGELOG)?;
    ensure!(
        has_unreleased(&changelog, version),
        "{CHANGELOG} has nothing that is unreleased"
    );
    let manifest = fs::read_to_string(root.join("Cargo.toml")).context("Cargo.toml")?;
    ensure!(
        manifest.contains("\nrepository = \""),
        "Cargo.toml names no repository, and `cargo binstall` downloads from there: add \
         `repository = \"https://github.com/OWNER/NAME\"` to its [package]"
    );
    let dirty = output(&root, "git", &["status", "--porcelain"])?;
    ensure!(
        dirty.is_empty(),
        "the work tree has changes that are not committed:\n{dirty}"
    );
    let is_there = output(&root, "git", &["tag", "--list", &tag])?;
    ensure!(is_there.is_empty(), "the tag {tag} is there already");
    for (file, [_, after]) in &changed {
        fs::write(root.join(file), after).with_context(|| file.clone())?;
    }
    run(&root, "cargo", &["update", "--workspace", "--offline"])?;
    let fuzz = [
        "update",
        "--workspace",
        "--offline",
        "--manifest-path",
        "fuzz/Cargo.toml",
    ];
    run(&root, "cargo", &fuzz)?;
    let message = format!("Version {version}");
    run(&root, "git", &["commit", "--all", "--message", &message])?;
    run(
        &root,
        "git",
        &["tag", "--annotate", "--message", &message, &tag],
    )?;
    println!("committed and tagged; `git push --follow-tags` starts the release");
    Ok(())
}

/// The files that a release changes, each with its text before and after.
///
/// # Errors
/// A file in which the version does not stand as it should.
fn changed(root: &Path, version: &str, date: &str) -> anyhow::Result<Vec<(String, [String; 2])>> {
    let mut files: Vec<(String, [String; 2])> = Vec::new();
    for (file, written) in PLACES {
        let [before, after] = [CURRENT, version].map(|version| written.replace("{}", version));
        let at = match files.iter().position(|(known, _)| known == file) {
            Some(at) => at,
            None => {
                let text = fs::read_to_string(root.join(file)).context(file)?;
                files.push((file.to_owned(), [text.clone(), text]));
                files.len() - 1
            }
        };
        let [old, text] = &mut files[at].1;
        ensure!(old.contains(&before), "{file} does not have `{before}`");
        *text = text.replace(&before, &after);
    }
    let old = fs::read_to_string(root.join(CHANGELOG)).context(CHANGELOG)?;
    let (head, entries) = old
        .split_once(UNRELEASED)
        .with_context(|| format!("{CHANGELOG} has no `{}`", UNRELEASED.trim()))?;
    let pending = format!("## [{version}] - {PENDING}\n");
    let dated = format!("## [{version}] - {date}\n");
    let text = match entries.contains(&pending) {
        // What was added since the cut is part of the version, too.
        true => {
            ensure!(
                entries.trim_start().starts_with(&pending),
                "{CHANGELOG} has entries above `{}`: move them below it",
                pending.trim()
            );
            format!(
                "{head}{UNRELEASED}{}",
                entries.replacen(&pending, &dated, 1)
            )
        }
        false => format!("{head}{UNRELEASED}\n{dated}{entries}"),
    };
    files.push((CHANGELOG.to_owned(), [old, text]));
    files.retain(|(_, [before, after])| before != after);
    Ok(files)
}

/// Whether the changelog has entries that no published version has: none has them right after a release.
fn has_unreleased(changelog: &str, version: &str) -> bool {
    let entries = changelog.split_once(UNRELEASED).map(|(_, rest)| rest);
    let pending = format!("## [{version}] - {PENDING}\n");
    entries.is_some_and(|entries| {
        let entries = entries.trim_start();
        entries.starts_with("### ") || entries.starts_with(&pending)
    })
}

/// The root of the repository.
fn root() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().unwrap_or(own).to_owned()
}

fn run(root: &Path, program: &str, arguments: &[&str]) -> anyhow::Result<()> {
    let status = Command::new(program)
        .args(arguments)
        .current_dir(root)
        .status();
    let status = status.with_context(|| program.to_owned())?;
    ensure!(
        status.success(),
        "`{program} {}` failed",
        arguments.join(" ")
    );
    Ok(())
}

fn output(root: &Path, program: &str, arguments: &[&str]) -> anyhow::Result<String> {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(root)
        .output();
    let output = output.with_context(|| program.to_owned())?;
    ensure!(
        output.status.success(),
        "`{program} {}` failed",
        arguments.join(" ")
    );
    Ok(String::from_utf8(output.stdout)?.trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_names_the_version_of_the_manifest_and_a_release_changes_all() {
        let all = changed(&root(), "7.8.9", "2030-01-02").unwrap();
        let names: Vec<&str> = all.iter().map(|(name, _)| name.as_str()).collect();
        let expected = [
            "Cargo.toml",
            "pyproject.toml",
            "packages/npm/tfkeyless/package.json",
            "action.yml",
            "docs/commands.md",
            "CHANGELOG.md",
        ];
        assert_eq!(names, expected);
        for (name, [_, after]) in &all[..5] {
            assert!(!after.contains(&format!("{CURRENT}\"")), "{name}: {after}");
        }
        let (_, [_, changelog]) = &all[5];
        assert!(changelog.contains("## [Unreleased]\n\n## [7.8.9] - 2030-01-02\n\n"));
        // The version that is cut already gets its date, and no second heading.
        let cut = changed(&root(), CURRENT, "2030-01-02").unwrap();
        let [(name, [before, after])] = &cut[..] else {
            panic!("{cut:?}");
        };
        assert_eq!(name, CHANGELOG);
        let heading = |of: &str| format!("## [Unreleased]\n\n## [{CURRENT}] - {of}\n\n");
        assert!(before.contains(&heading(PENDING)));
        assert_eq!(
            *after,
            before.replace(&heading(PENDING), &heading("2030-01-02"))
        );
        // npm's package asks for the platforms' packages of its own version.
        assert_eq!(all[2].1[1].matches("\"7.8.9\"").count(), 5);
    }

    #[test]
    fn entries_are_unreleased_until_a_version_has_them() {
        let released =
            "# Changelog\n\n## [Unreleased]\n\n## [0.1.0] - 2030-01-02\n\n### Added\n\n- x\n";
        assert!(!has_unreleased(released, "0.1.0"));
        let entry = released.replace("## [0.1.0] - 2030-01-02\n\n", "");
        assert!(has_unreleased(&entry, "0.2.0"));
        let pending = released.replace("2030-01-02", PENDING);
        assert!(has_unreleased(&pending, "0.1.0"));
        assert!(!has_unreleased(&pending, "0.2.0"));
    }
}
