//! Every transform's page is its test: the `before` blocks of a section, planned with the page's
//! `config` by this transform alone, become its `after` blocks, with LF and CRLF, with and without
//! a byte order mark; the findings that need manual work are those of the `report` block; a second
//! run changes nothing.
//!
//! A block is ```` ```LANGUAGE ROLE [FILE] ````, the file `main.tf` where none is named. A file
//! without an `after` block stays as it is. `after` is the file without `--review`, `after-review`
//! with it, where that is another. An `example` is only read. A section that shows the transform
//! beside others says so in a line of its own, which is kept to: ``*Together with `ID` and `ID`.*``

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::support::page::{PageSection, sections};
use crate::support::{Tree, reports, reviewed};
use engine::catalogue::Transform;
use engine::selection::Selection;
use syntax::text::BOM;
use transforms::CATALOGUE;

/// The example of a section.
#[derive(Default)]
struct Example {
    title: String,
    /// The transforms that run.
    only: BTreeSet<String>,
    before: Tree,
    after: Tree,
    after_review: Tree,
    report: Vec<String>,
}

/// The configuration of a transform's page, and its examples.
fn examples(transform: &Transform) -> (String, Vec<Example>) {
    let mut config = String::new();
    let mut examples = Vec::new();
    for section in sections(transform.page) {
        let mut example = Example {
            title: format!("{}, {}", transform.id, section.title),
            only: together(&section),
            ..Example::default()
        };
        example.only.insert(transform.id.to_owned());
        for fence in section.fences {
            let context = format!("{}: a block of role `{}`", example.title, fence.role);
            let tree = match fence.role {
                "before" => &mut example.before,
                "after" => &mut example.after,
                "after-review" => &mut example.after_review,
                role => {
                    assert_eq!(fence.file, None, "{context} is no file");
                    match role {
                        "config" => config = fence.text,
                        "report" => example.report.extend(fence.text.lines().map(str::to_owned)),
                        "example" => {}
                        _ => panic!("{context}: there is no such role"),
                    }
                    continue;
                }
            };
            let file = fence.file.unwrap_or("main.tf");
            let other = tree.0.insert(file.into(), fence.text);
            assert_eq!(other, None, "{context}: there is another for {file}");
        }
        for (path, text) in &example.before.0 {
            let after = example.after.0.entry(path.clone());
            let after = after.or_insert_with(|| text.clone()).clone();
            let reviewed = example.after_review.0.entry(path.clone());
            reviewed.or_insert(after);
        }
        let is_empty = example.before.0.is_empty();
        assert!(
            !is_empty || example.after.0.is_empty() && example.report.is_empty(),
            "{}: what becomes of nothing",
            example.title
        );
        if !is_empty {
            examples.push(example);
        }
    }
    (config, examples)
}

/// The transforms that a section names beside its own.
fn together(section: &PageSection<'_>) -> BTreeSet<String> {
    let mut lines = section.prose.iter();
    let Some(line) = lines.find_map(|line| line.strip_prefix("*Together with ")) else {
        return BTreeSet::new();
    };
    let ids: BTreeSet<String> = line
        .split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect();
    let is_known = |id: &String| CATALOGUE.transform(id).is_some();
    assert!(!ids.is_empty() && ids.iter().all(is_known), "{line}");
    ids
}

/// The tree with other line endings, perhaps with a byte order mark.
fn written(tree: &Tree, ending: &str, mark: &str) -> Tree {
    let files = tree.0.iter();
    let write = |text: &String| format!("{mark}{}", text.replace('\n', ending));
    Tree(
        files
            .map(|(path, text)| (path.clone(), write(text)))
            .collect(),
        tree.1.clone(),
    )
}

#[test]
fn every_example_of_every_page_is_true() {
    let mut count = 0;
    for transform in CATALOGUE.iter() {
        let (config, examples) = examples(transform);
        assert!(!examples.is_empty(), "{} has no example", transform.id);
        count += examples.len();
        for example in examples {
            for (ending, mark) in [("\n", ""), ("\r\n", ""), ("\n", BOM), ("\r\n", BOM)] {
                let context = format!("{} ({ending:?}, {mark:?})", example.title);
                let before = written(&example.before, ending, mark);
                for (review, after) in [(false, &example.after), (true, &example.after_review)] {
                    let context = format!("{context}, review {review}");
                    let selection = Selection {
                        only: example.only.clone(),
                        review,
                        ..Selection::default()
                    };
                    let plan = before.plan(&config, selection.clone()).expect(&context);
                    let planned = before.with(&plan);
                    let expected = written(after, ending, mark);
                    for (path, text) in &expected.0 {
                        assert_eq!(&planned.0[path], text, "{context}: {}", path.display());
                    }
                    if review {
                        assert_eq!(reports(&plan), example.report, "{context}");
                    }
                    let again = planned.plan(&config, selection).expect(&context);
                    assert_eq!(again.changes, [], "{context}: a second run");
                }
            }
        }
    }
    println!("{count} examples");
}

#[test]
fn all_transforms_together_come_to_an_end_with_every_example() {
    for transform in CATALOGUE.iter() {
        let (config, examples) = examples(transform);
        for example in examples {
            for selection in [Selection::default(), reviewed()] {
                let plan = example.before.plan(&config, selection.clone());
                let after = example.before.with(&plan.expect(&example.title));
                let again = after.plan(&config, selection).expect(&example.title);
                assert_eq!(again.changes, [], "{}: a second run", example.title);
            }
        }
    }
}

/// What only the removed code used is found together with the removal alone, so that `remove_unused`
/// is left out.
#[test]
fn apply_and_then_apply_with_review_ends_where_review_at_once_does() {
    let select = |review| Selection {
        skip: ["remove_unused".to_owned()].into(),
        review,
        ..Selection::default()
    };
    for transform in CATALOGUE.iter() {
        let (config, examples) = examples(transform);
        for example in examples {
            let apply = |tree: &Tree, review| {
                let plan = tree.plan(&config, select(review)).expect(&example.title);
                tree.with(&plan)
            };
            let at_once = apply(&example.before, true);
            let in_two = apply(&apply(&example.before, false), true);
            assert_eq!(in_two, at_once, "{}", example.title);
        }
    }
}

/// Other checkers look at the workflows of the pages, before and after: `.ci/run` names the folder.
#[test]
#[ignore = "needs TFKEYLESS_FIXTURES, the folder to write the workflows to"]
fn the_workflows_of_the_pages_are_written_for_other_checkers() {
    let folder = std::env::var_os("TFKEYLESS_FIXTURES").expect("TFKEYLESS_FIXTURES is set");
    let folder = Path::new(&folder);
    for transform in CATALOGUE.iter() {
        let (_, examples) = examples(transform);
        for (number, example) in examples.iter().enumerate() {
            let is_changed = |(path, text): (&PathBuf, &String)| {
                path.starts_with(".github") && example.before.0[path] != *text
            };
            if !example.after_review.0.iter().any(is_changed) {
                continue;
            }
            let fixture = folder.join(format!("{}-{number}", transform.id));
            for (name, tree) in [
                ("before", &example.before),
                ("after", &example.after_review),
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
