//! What is known of a major of the AWS provider has a row that changes or reports it:
//! `data/provider-changes.tsv` lists every change of the provider's schemas (4.67.0, 5.100.0 and 6.25.0
//! side by side) and of its upgrade guides that configurations have to follow or should know of. The
//! column `row` names the path of the row where it is another one, `(type)` where it is the type's.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::cases::{CASES, cases};
use upgrade::arguments::facts;

const CHANGES: &str = include_str!("data/provider-changes.tsv");

/// The titles of rows, by major.
type Titles = BTreeMap<u64, BTreeSet<String>>;

fn title(kind: &str, type_name: &str, path: &str) -> String {
    let title = format!("{kind} {type_name} {path}");
    title.trim_end().to_owned()
}

/// The changes of the list that none of these titles is about.
fn missing(titles: &Titles) -> Vec<String> {
    let lines = CHANGES.lines().skip(1);
    let missing = lines.filter_map(|line| {
        let [major, kind, type_name, path, row] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("five columns: {line}");
        };
        let row = match row {
            "" => path,
            "(type)" => "",
            row => row,
        };
        let titles = &titles[&major.parse().expect(line)];
        let is_known = titles.contains(&title(kind, type_name, row));
        (!is_known).then(|| line.to_owned())
    });
    missing.collect()
}

fn rows() -> Titles {
    let mut titles = Titles::new();
    for fact in facts() {
        let title = title(fact.kind, &fact.type_name, &fact.path);
        titles.entry(fact.major).or_default().insert(title);
    }
    titles
}

#[test]
fn every_change_of_the_provider_has_a_row() {
    assert!(CHANGES.lines().count() > 350);
    assert_eq!(missing(&rows()), Vec::<String>::new());
}

#[test]
fn a_change_whose_row_is_missing_is_found() {
    let mut titles = rows();
    let engine = title("resource", "aws_rds_cluster", "engine");
    assert!(titles.get_mut(&5).unwrap().remove(&engine));
    assert_eq!(missing(&titles), ["5\tresource\taws_rds_cluster\tengine\t"]);
}

#[test]
fn every_case_of_a_row_edits_or_reports_it() {
    for (major, page) in CASES {
        let mut silent: BTreeSet<String> = BTreeSet::new();
        let mut seen: BTreeSet<String> = BTreeSet::new();
        for case in cases(page) {
            let is_silent = case.after.is_none() && case.report.is_empty();
            let titles = match is_silent {
                true => &mut silent,
                false => &mut seen,
            };
            titles.extend(case.titles);
        }
        let without: Vec<_> = silent.difference(&seen).collect();
        assert!(without.is_empty(), "provider {major}: {without:#?}");
    }
}
