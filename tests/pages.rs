//! Every transform's page is its test: the `before` blocks of a section, planned with the page's
//! `config`, become its `after` blocks, with LF and CRLF, with and without a byte order mark; what
//! is left to a person is what the `report` block says; a second run changes nothing.
//!
//! A block is ```` ```LANGUAGE ROLE [FILE] ````, the file `main.tf` where none is named. A file
//! without an `after` block stays as it is. `after` is the file without `--review`, `after-review`
//! with it, where that is another. An `example` is only read.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::fences::fences;
use crate::support::{Tree, reports, reviewed};
use engine::selection::Selection;
use syntax::text::BOM;
use transforms::CATALOGUE;

#[derive(Default)]
struct Section {
    title: String,
    before: Tree,
    after: Tree,
    after_review: Tree,
    report: Vec<String>,
}

/// The configuration of a page, and its sections that have examples.
fn sections(page: &str) -> (String, Vec<Section>) {
    let mut config = String::new();
    let mut sections: Vec<Section> = Vec::new();
    let mut last = None;
    for fence in fences(page) {
        let context = format!("{}: a block of role `{}`", fence.title, fence.role);
        if last.replace(fence.section) != Some(fence.section) {
            sections.push(Section {
                title: fence.title.to_owned(),
                ..Section::default()
            });
        }
        let section = sections.last_mut().unwrap();
        let tree = match fence.role {
            "before" => &mut section.before,
            "after" => &mut section.after,
            "after-review" => &mut section.after_review,
            role => {
                assert_eq!(fence.file, None, "{context} is no file");
                match role {
                    "config" => config = fence.text,
                    "report" => section.report.extend(fence.text.lines().map(str::to_owned)),
                    "example" => {}
                    _ => panic!("{context}: there is no such role"),
                }
                continue;
            }
        };
        let file = fence.file.unwrap_or("main.tf");
        let twice = tree.0.insert(file.into(), fence.text);
        assert_eq!(twice, None, "{context}: there is another for {file}");
    }
    for section in &mut sections {
        for (path, text) in &section.before.0 {
            let after = section.after.0.entry(path.clone());
            let after = after.or_insert_with(|| text.clone()).clone();
            let reviewed = section.after_review.0.entry(path.clone());
            reviewed.or_insert(after);
        }
    }
    sections.retain(|section| !section.before.0.is_empty());
    (config, sections)
}

/// The tree with other line endings, perhaps with a byte order mark.
fn written(tree: &Tree, ending: &str, mark: &str) -> Tree {
    let files = tree.0.iter();
    let write = |text: &String| format!("{mark}{}", text.replace('\n', ending));
    Tree(
        files
            .map(|(path, text)| (path.clone(), write(text)))
            .collect(),
    )
}

#[test]
fn every_example_of_every_page_is_true() {
    let mut examples = 0;
    for transform in CATALOGUE.iter() {
        let (config, sections) = sections(transform.page);
        assert!(!sections.is_empty(), "{} has no example", transform.id);
        for section in sections {
            for (ending, mark) in [("\n", ""), ("\r\n", ""), ("\n", BOM), ("\r\n", BOM)] {
                let context = format!("{}, {} ({ending:?}, {mark:?})", transform.id, section.title);
                let before = written(&section.before, ending, mark);
                for (selection, after) in [
                    (Selection::default(), &section.after),
                    (reviewed(), &section.after_review),
                ] {
                    let context = format!("{context}, review {}", selection.review);
                    let plan = before.plan(&config, selection.clone()).expect(&context);
                    let planned = before.with(&plan);
                    let expected = written(after, ending, mark);
                    for (path, text) in &expected.0 {
                        assert_eq!(&planned.0[path], text, "{context}: {}", path.display());
                    }
                    if selection.review {
                        assert_eq!(reports(&plan), section.report, "{context}");
                    }
                    let again = planned.plan(&config, selection).expect(&context);
                    assert_eq!(again.changes, [], "{context}: a second run");
                }
            }
            examples += 1;
        }
    }
    println!("{examples} examples");
}

/// Other checkers look at the workflows of the pages, before and after: `.ci/run` names the folder.
#[test]
#[ignore = "needs TFKEYLESS_FIXTURES, the folder to write the workflows to"]
fn the_workflows_of_the_pages_are_written_for_other_checkers() {
    let folder = std::env::var_os("TFKEYLESS_FIXTURES").expect("TFKEYLESS_FIXTURES is set");
    let folder = Path::new(&folder);
    for transform in CATALOGUE.iter() {
        let (_, sections) = sections(transform.page);
        for (number, section) in sections.iter().enumerate() {
            let is_changed = |(path, text): (&PathBuf, &String)| {
                path.starts_with(".github") && section.before.0[path] != *text
            };
            if !section.after_review.0.iter().any(is_changed) {
                continue;
            }
            let fixture = folder.join(format!("{}-{number}", transform.id));
            for (name, tree) in [
                ("before", &section.before),
                ("after", &section.after_review),
            ] {
                for (path, text) in &tree.0 {
                    let path = fixture.join(name).join(path);
                    fs::create_dir_all(path.parent().unwrap()).unwrap();
                    fs::write(path, text).unwrap();
                }
            }
        }
    }
}

#[test]
fn every_page_begins_with_its_name_and_a_sentence() {
    for transform in CATALOGUE.iter() {
        assert!(
            transform
                .page
                .starts_with(&format!("# {}\n\n", transform.id))
        );
        assert!(transform.summary().ends_with('.'), "{}", transform.id);
    }
}
