//! Secrets in every way in which they stand in repositories, against everything that is printed.
//!
//! `TFKEYLESS_SECRETS=N` plants N times as many, each of another text: 4 are more than a thousand.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::support::checkout::Checkout;

/// The ways, a line each; its head explains the columns.
const KINDS: &str = include_str!("secrets/kinds.tsv");

/// Cases in one file.
const CASES: usize = 8;

const KEY: &str = "AKIAIOSFODNN7EXAMPLE";

const CONFIGURATION: &str = r#"account "dev" {
  id = "111111111111"
}
keys "AWS_ACCESS_KEY_ID" {
  account = "dev"
}
ci {
  role = "arn:aws:iam::{id}:role/github-ci"
}
"#;

/// Numbers that are the same in each run (Numerical Recipes' generator).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, count: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        usize::try_from(self.0 >> 33).unwrap() % count
    }

    fn text(&mut self, letters: &str, length: usize) -> String {
        let letters: Vec<char> = letters.chars().collect();
        (0..length)
            .map(|_| letters[self.below(letters.len())])
            .collect()
    }

    /// A secret of a kind: the second column.
    fn secret(&mut self, kind: &str) -> String {
        const SMALL: &str = "abcdefghijkmnopqrstuvwyz";
        const CAPITAL: &str = "ABCDEFGHJKLMNPQRSTUVWYZ";
        let small = self.text(SMALL, 9);
        let capital = self.text(CAPITAL, 3);
        let digits = self.text("0123456789", 5);
        match kind {
            "any" => match self.below(5) {
                0 => small + &self.text(SMALL, 4),
                1 => format!("{capital}{small}{digits}"),
                2 => format!("{small}@{digits}!{capital}"),
                3 => digits + &self.text("0123456789", 7),
                _ => format!("{small}-{capital}{digits}"),
            },
            "word" => small + &capital,
            "random" => format!("{small}{digits}{capital}"),
            // As AWS makes them, forty of base64's characters.
            "key" => format!(
                "{capital}{}{small}{digits}{capital}",
                self.text("aB1cD2/eF3+gH4", 20)
            ),
            "alnum" => format!("{small}{}{digits}", self.text("aB1cD2eF3gH4", 26)),
            other => panic!("{other} is no kind of secret"),
        }
    }
}

/// A way to write a secret, with secrets put in.
struct Case {
    place: &'static str,
    text: String,
    secrets: Vec<String>,
}

impl Case {
    /// Whether it stands in a file of Terraform: scripts do, where none of it would be a template.
    fn is_terraform(&self) -> bool {
        self.place == "hcl" || self.place == "run" && !self.text.contains(['$', '%'])
    }
}

/// All ways, `rounds` times.
fn cases(rounds: usize) -> Vec<Case> {
    let mut numbers = Numbers(2026);
    let rows: Vec<Vec<&str>> = KINDS
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split('\t').collect())
        .collect();
    let all = (0..rounds).flat_map(|_| rows.clone()).enumerate();
    let cases = all.map(|(number, row)| {
        let [place, kind, text] = row[..] else {
            panic!("{row:?} has not three columns");
        };
        let (first, second) = (numbers.secret(kind), numbers.secret(kind));
        let text = text
            .replace("\\\\", "\0")
            .replace("\\n", "\n")
            .replace('\0', "\\");
        let is_pair = text.contains("«2»");
        let text = text.replace("«n»", &number.to_string());
        Case {
            place,
            text: text.replace("«»", &first).replace("«2»", &second),
            secrets: [first, second]
                .into_iter()
                .take(1 + usize::from(is_pair))
                .collect(),
        }
    });
    cases.collect()
}

/// A provider whose static keys the plan removes, so that what is above and below is shown with it.
fn provider(number: usize) -> String {
    let alias = match number {
        0 => String::new(),
        _ => format!("  alias = \"p{number}\"\n"),
    };
    format!(
        "provider \"aws\" {{\n  access_key = \"{KEY}\"\n{alias}  secret_key = \"EXAMPLEoNLYnotReal0000000000000000000000\"\n}}\n"
    )
}

/// Every line of `text` behind `indent`.
fn indented(text: &str, indent: &str) -> String {
    text.lines()
        .map(|line| format!("{indent}{line}\n"))
        .collect()
}

fn module(cases: &[&Case]) -> String {
    let mut text = provider(0);
    for (number, case) in cases.iter().enumerate() {
        text += &match case.place {
            "run" => format!(
                "locals {{ script{number} = <<SCRIPT\n{}\nSCRIPT\n}}",
                case.text
            ),
            _ => case.text.clone(),
        };
        text += "\n";
        text += &provider(number + 1);
    }
    text
}

fn workflow(cases: &[&Case]) -> String {
    let keys = "      AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID }}\n";
    let secret = "      AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n";
    let mut text = "on: push\njobs:\n".to_owned();
    for (number, case) in cases.iter().enumerate() {
        text += &format!("  j{number}:\n    runs-on: ubuntu-latest\n    env:\n{keys}");
        if case.place == "env" {
            text += &indented(&case.text, "      ");
        }
        text += secret;
        text += "    steps:\n";
        match case.place {
            "step" => text += &indented(&case.text, "      "),
            "run" => text += &format!("      - run: |\n{}", indented(&case.text, "          ")),
            _ => {}
        }
        text += "      - run: terraform -chdir=live apply\n";
    }
    text
}

/// A repository with all cases, and what it must not show.
fn repository(cases: &[Case]) -> Checkout {
    let mut files = vec![
        ("tfkeyless.hcl".to_owned(), CONFIGURATION.to_owned()),
        (
            "live/main.tf".to_owned(),
            "provider \"aws\" {\n  region = \"us-east-1\"\n}\n".to_owned(),
        ),
    ];
    let (modules, workflows): (Vec<&Case>, Vec<&Case>) =
        cases.iter().partition(|case| case.is_terraform());
    for (number, cases) in modules.chunks(CASES).enumerate() {
        files.push((format!("m{number}/main.tf"), module(cases)));
    }
    for (number, cases) in workflows.chunks(CASES).enumerate() {
        files.push((format!(".github/workflows/w{number}.yml"), workflow(cases)));
    }
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (&**path, &**text))
        .collect();
    Checkout::bare(&files)
}

#[test]
fn no_output_shows_a_planted_secret() {
    let more = std::env::var("TFKEYLESS_SECRETS").ok();
    let rounds = more.map_or(1, |more| more.parse::<usize>().unwrap());
    let cases = cases(rounds);
    let checkout = repository(&cases);
    let planted: BTreeSet<&str> = cases
        .iter()
        .flat_map(|it| &it.secrets)
        .map(String::as_str)
        .collect();

    // What is shown is a part of the files: the exact patch has it raw, and nobody else may read it.
    let diff = checkout
        .run(&["plan", "--review", "--out", "exact.patch"])
        .code(0);
    let exact = checkout.read("exact.patch");
    let permissions = fs::metadata(checkout.path().join("exact.patch"))
        .unwrap()
        .permissions();
    assert_eq!(permissions.mode() & 0o777, 0o600);
    fs::remove_file(checkout.path().join("exact.patch")).unwrap();
    let shown: BTreeSet<&str> = planted
        .iter()
        .copied()
        .filter(|it| exact.contains(it))
        .collect();
    let least = 250 * rounds;
    assert!(
        shown.len() >= least,
        "{} of {} secrets are in the diff",
        shown.len(),
        planted.len()
    );

    let mut outputs = vec![("diff".to_owned(), diff.stdout + &diff.stderr)];
    let runs: [&[&str]; 10] = [
        &["plan", "--review", "--color", "always", "--verbose"],
        &["plan", "--review", "--format", "json"],
        &[
            "plan",
            "--review",
            "--format",
            "jsonl",
            "--ledger",
            "ledger.jsonl",
        ],
        &["plan", "--review", "--format", "markdown"],
        &["plan", "--review", "--format", "html"],
        &["plan", "--review", "--format", "github"],
        &["plan", "--review", "--format", "sarif"],
        &["audit", "--verbose"],
        &["audit", "--format", "json"],
        &["doctor"],
    ];
    for arguments in runs {
        let run = checkout.run(arguments);
        assert!(!run.stdout.is_empty(), "{arguments:?}: {}", run.stderr);
        outputs.push((arguments.join(" "), run.stdout + &run.stderr));
    }
    outputs.push(("ledger".to_owned(), checkout.read("ledger.jsonl")));

    for (name, output) in outputs {
        let raw: Vec<&str> = planted
            .iter()
            .copied()
            .filter(|it| output.contains(it))
            .collect();
        let cases = cases
            .iter()
            .filter(|case| raw.iter().any(|it| case.secrets.iter().any(|s| s == it)));
        let cases: Vec<&str> = cases.map(|case| case.text.as_str()).take(10).collect();
        assert!(
            raw.is_empty(),
            "{name} shows {} secrets: {cases:#?}",
            raw.len()
        );
        assert!(!output.contains("EXAMPLEoNLY"), "{name}");
    }
}

#[test]
fn errors_show_no_secret() {
    let secret = "hunter2Hunter3";
    for (path, text) in [
        ("tfkeyless.hcl", format!("secret_key = \"{secret}\"\n")),
        (
            "tfkeyless.hcl",
            format!("account \"x\" {{ id = \"1\", password = \"{secret}\"\n"),
        ),
        (
            "main.tf",
            format!("locals {{\n  db_password = \"{secret}\n"),
        ),
        (
            ".github/workflows/a.yml",
            format!("on: push\nenv:\n  DB_PASSWORD: \"{secret}\n  x: [\n"),
        ),
    ] {
        let checkout = Checkout::bare(&[(path, &text)]);
        for format in ["text", "json", "sarif", "github", "markdown", "html"] {
            let run = checkout.run(&[
                "plan",
                "--verbose",
                "--format",
                format,
                "--ledger",
                "ledger",
            ]);
            let ledger = checkout.read("ledger");
            let all = run.stdout + &run.stderr + &ledger;
            assert!(!all.contains(secret), "{path} {format}: {all}");
            fs::remove_file(checkout.path().join("ledger")).unwrap();
        }
    }
}
