//! Comments above keys stay above what takes their place; those between and behind the keys go with them.

use crate::support::{Tree, reviewed};

const CI: &str = ".github/workflows/ci.yml";
const ID: &str = "AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID }}";
const SECRET: &str = "AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}";

/// Lines in a mapping, which is moved to a column; `K` and `S` begin those of keys.
fn block(column: usize, lines: &[&str]) -> String {
    let lines = lines.iter().map(|line| match *line {
        "" => "\n".to_owned(),
        line => {
            let keys = [('K', ID), ('S', SECRET)].into_iter();
            let mut keys = keys.filter_map(|(mark, key)| Some((key, line.strip_prefix(mark)?)));
            let (key, rest) = keys.next().unwrap_or(("", line));
            format!("{}{key}{rest}\n", " ".repeat(column))
        }
    });
    lines.collect()
}

/// A workflow with an `env:` of that form, and one with the action's inputs.
fn workflow(form: &str, lines: &[&str]) -> String {
    let env = |column: usize| format!("{}env:\n{}", " ".repeat(column), block(column + 2, lines));
    let (workflow, job, step, login) = match form {
        "workflow" => (env(0), String::new(), String::new(), String::new()),
        "job" => (String::new(), env(4), String::new(), String::new()),
        "step" => (String::new(), String::new(), env(8), String::new()),
        _ => {
            let inputs = block(10, lines).replace("AWS_ACCESS_KEY_ID: ", "aws-access-key-id: ");
            let inputs = inputs.replace("AWS_SECRET_ACCESS_KEY: ", "aws-secret-access-key: ");
            let login = format!(
                "      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n{inputs}"
            );
            (String::new(), String::new(), String::new(), login)
        }
    };
    format!(
        "on: push\n{workflow}jobs:\n  a:\n    runs-on: ubuntu-latest\n    permissions:\n      contents: read\n{job}    steps:\n{login}      - run: aws s3 ls\n{step}"
    )
}

#[test]
fn comments_above_keys_stay_above_what_takes_their_place() {
    for (lines, kept) in [
        (&["# one", "K", "S"][..], &["# one"][..]),
        (
            &["# one", "# two", "K", "S", "aws-region: r"],
            &["# one", "# two"],
        ),
        (&["aws-region: r", "# one", "K", "S"], &["# one"]),
        (
            &[
                "aws-region: r",
                "",
                "# one",
                "K",
                "S",
                "",
                "mask-aws-account-id: true",
            ],
            &["# one"],
        ),
        (&["aws-region: r", "# one", "S", "K"], &["# one"]),
        (&["aws-region: r", "K", "# two", "S"], &[]),
        (&["aws-region: r", "K # two", "S # three"], &[]),
        (&["aws-region: r", "# one", "K # two", "S"], &["# one"]),
    ] {
        for form in ["workflow", "job", "step", "with"] {
            let text = workflow(form, lines);
            let tree = Tree::new([(CI, &*text)]);
            let plan = tree.plan("", reviewed()).unwrap();
            let change = plan.changes.first().unwrap_or_else(|| panic!("{text}"));
            let after: Vec<&str> = change.after.lines().map(str::trim).collect();
            let comments: Vec<&str> = after
                .iter()
                .filter(|line| line.starts_with("# "))
                .copied()
                .collect();
            assert_eq!(comments, kept, "{form}\n{}", change.after);
            let Some(last) = after.iter().rposition(|line| line.starts_with("# ")) else {
                assert!(!change.after.contains("# two"), "{}", change.after);
                continue;
            };
            let place = after[last + 1];
            assert!(
                place.starts_with("- uses: aws-actions/") || place.starts_with("role-to-assume:"),
                "{form}: {place}\n{}",
                change.after
            );
        }
    }
}

#[test]
fn a_comment_above_others_stays_where_it_is() {
    for form in ["workflow", "job", "step"] {
        for lines in [
            &["# one", "aws-region: r", "K", "S"][..],
            &["K", "S", "# one", "aws-region: r"],
            &["# one", "", "K", "S", "aws-region: r"],
        ] {
            let text = workflow(form, lines);
            let tree = Tree::new([(CI, &*text)]);
            let plan = tree.plan("", reviewed()).unwrap();
            let after = &plan.changes[0].after;
            let env = after.split_once("env:\n").unwrap().1;
            let rest: Vec<&str> = env.lines().map(str::trim).collect();
            let rest = rest.iter().filter(|line| !line.is_empty()).take(2);
            assert_eq!(
                rest.copied().collect::<Vec<_>>(),
                ["# one", "aws-region: r"],
                "{form}\n{after}"
            );
        }
    }
}
