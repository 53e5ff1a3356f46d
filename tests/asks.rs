//! What findings ask in JSON, and a client that answers it: three repositories are migrated by what the
//! documents say and a table of answers.

use std::collections::BTreeSet;
use std::fs;

use crate::support::Tree;
use crate::support::checkout::Checkout;
use diagnostics::finding::Finding;
use engine::selection::Selection;
use engine::settings::Settings;
use serde_json::{Value, json};

/// What somebody knows about a repository: the answer by the setting and a word of its snippet.
type Answers = [(&'static str, &'static str, &'static str)];

/// Plans by JSON and adds the answers to `tfkeyless.hcl` until nothing is asked; the settings that were
/// asked for.
fn answer(checkout: &Checkout, answers: &Answers) -> BTreeSet<String> {
    let mut asked = BTreeSet::new();
    for _ in 0..8 {
        let plan = checkout.run(&["plan", "--format", "json"]).code(0);
        let document: Value = serde_json::from_str(&plan.stdout).unwrap();
        let mut added = BTreeSet::new();
        for finding in document["findings"].as_array().unwrap() {
            let asks = finding["asks"].as_array().unwrap();
            if asks.is_empty() {
                continue;
            }
            // The asks of one finding are alternatives.
            let entry = asks.iter().find_map(|ask| entry(ask, answers));
            let (key, entry) = entry.unwrap_or_else(|| panic!("{finding:#}"));
            asked.insert(key);
            added.insert(entry);
        }
        if added.is_empty() {
            return asked;
        }
        let before = fs::read_to_string(checkout.path().join("tfkeyless.hcl")).unwrap_or_default();
        let added: Vec<String> = added.into_iter().collect();
        checkout.write("tfkeyless.hcl", &format!("{before}{}\n", added.join("\n")));
    }
    panic!("asked again and again: {}", checkout.read("tfkeyless.hcl"));
}

/// The key of a question, and its snippet with the answer of the table.
fn entry(ask: &Value, answers: &Answers) -> Option<(String, String)> {
    let (key, snippet) = (ask["key"].as_str()?, ask["snippet"].as_str()?);
    let known = answers
        .iter()
        .find(|(of, word, _)| *of == key && snippet.contains(word))?;
    let choices = ask["choices"].as_array()?;
    assert!(
        choices.is_empty() || choices.iter().any(|it| it == known.2),
        "{ask:#}"
    );
    let answer = Value::from(known.2).to_string();
    Some((key.to_owned(), snippet.replace("\"...\"", &answer)))
}

/// Applies what is planned, with what needs review, and checks that nothing is left to change.
fn applied(checkout: &Checkout) -> Value {
    let run = checkout
        .run(&["apply", "--yes", "--review", "--format", "json"])
        .code(0);
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    let again = checkout
        .run(&["plan", "--review", "--format", "json"])
        .code(0);
    let again: Value = serde_json::from_str(&again.stdout).unwrap();
    assert_eq!(again["changes"], Value::Array(Vec::new()), "{again:#}");
    document
}

const ROOT: &str = "\
terraform {
  required_version = \">= 1.5\"
  backend \"s3\" {
    bucket = \"states\"
    key    = \"dev\"
    region = \"eu-west-1\"
  }
}

provider \"aws\" {
  region = \"eu-west-1\"
  assume_role {
    role_arn = \"arn:aws:iam::111111111111:role/terraform\"
  }
}
";

const MODULE: &str = "\
module \"vpc\" {
  source = \"s3::https://s3-eu-west-1.amazonaws.com/our-modules/vpc/1.2.0.zip\"
}
";

#[test]
fn a_client_answers_what_accounts_profiles_and_repositories_are_called() {
    let checkout = Checkout::committed(&[("dev/main.tf", ROOT), ("dev/vpc.tf", MODULE)]);
    let asked = answer(
        &checkout,
        &[
            ("state_profile", "", "shared"),
            ("account", "111111111111", "dev"),
            ("module_source", "our-modules", "github.com/acme/modules"),
        ],
    );
    let asked: Vec<&str> = asked.iter().map(String::as_str).collect();
    assert_eq!(asked, ["module_source", "state_profile"]);
    let done = applied(&checkout);
    assert_eq!(
        done["written"]["files"],
        json!(["dev/main.tf", "dev/vpc.tf"])
    );
    assert_eq!(
        checkout.read("dev/vpc.tf"),
        MODULE.replace(
            "s3::https://s3-eu-west-1.amazonaws.com/our-modules/vpc/1.2.0.zip",
            "github.com/acme/modules//vpc?ref=v1.2.0"
        )
    );
    assert!(
        checkout
            .read("dev/main.tf")
            .contains("profile = \"shared\"")
    );
}

const CI: &str = "\
on: push
jobs:
  dev:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: acme/notify@v1
        with:
          token: ${{ github.token }}
      - uses: hashicorp/setup-terraform@v3
      - run: terraform -chdir=dev apply
        env:
          AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID }}
          AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}
";

#[test]
fn a_client_answers_what_jobs_may_do() {
    let checkout = Checkout::committed(&[
        (
            "tfkeyless.hcl",
            "state_profile = \"shared\"\naccount \"shared\" { id = \"333333333333\" }\naccount \"dev\" { id = \"111111111111\" }\n",
        ),
        ("dev/main.tf", ROOT),
        (".github/workflows/ci.yml", CI),
    ]);
    let asked = answer(
        &checkout,
        &[
            ("ci.default_token", "", "restricted"),
            ("keys", "", "shared"),
        ],
    );
    let asked: Vec<&str> = asked.iter().map(String::as_str).collect();
    assert_eq!(asked, ["ci.default_token"]);
    applied(&checkout);
    let workflow = checkout.read(".github/workflows/ci.yml");
    assert!(workflow.contains("id-token: write"), "{workflow}");
    assert!(!workflow.contains("AWS_SECRET_ACCESS_KEY"), "{workflow}");
}

const ELSEWHERE: &str = "\
on: push
jobs:
  role:
    runs-on: ubuntu-latest
    permissions:
      id-token: write
    steps:
      - uses: aws-actions/configure-aws-credentials@v4
        with:
          role-to-assume: ${{ vars.DEPLOY }}
          aws-region: eu-west-1
      - run: terraform -chdir=dev apply
  tree:
    permissions:
      id-token: write
    uses: acme/flows/.github/workflows/terraform.yml@v1
    secrets: inherit
";

#[test]
fn a_client_answers_who_runs_what() {
    let checkout = Checkout::committed(&[
        (
            "tfkeyless.hcl",
            "state_profile = \"shared\"\naccount \"shared\" { id = \"333333333333\" }\naccount \"dev\" { id = \"111111111111\" }\n",
        ),
        ("dev/main.tf", ROOT),
        ("live/main.tf", &ROOT.replace("dev", "live")),
        (
            "Jenkinsfile",
            "node {\n  sh 'terraform -chdir=live apply'\n}\n",
        ),
        (".github/workflows/ci.yml", ELSEWHERE),
    ]);
    let asked = answer(
        &checkout,
        &[
            ("runner", "Jenkinsfile", "*"),
            ("role", "DEPLOY", "dev"),
            ("job.account", "", "dev"),
        ],
    );
    let asked: Vec<&str> = asked.iter().map(String::as_str).collect();
    assert_eq!(asked, ["job.account", "role", "runner"]);
    applied(&checkout);
    for path in ["dev/main.tf", "live/main.tf"] {
        let text = checkout.read(path);
        assert!(!text.contains("assume_role"), "{text}");
    }
}

/// Checks that a configuration with the snippet of each question is valid, with every choice in its place.
#[track_caller]
fn are_valid(tree: &Tree, config: &str, keys: &[&str]) {
    let plan = tree.plan(config, Selection::default()).unwrap();
    let mut seen = BTreeSet::new();
    for ask in plan.findings.iter().flat_map(Finding::asks) {
        seen.insert(ask.key);
        assert!(ask.why.contains('?'), "{ask:?}");
        let filled = match ask.choices.is_empty() {
            true => vec![ask.shown()],
            false => ask.choices.iter().map(|it| ask.answered(it)).collect(),
        };
        for entry in filled {
            let text = format!("{config}{entry}\n");
            let read = Settings::parse(&text, transforms::CATALOGUE);
            assert!(read.is_ok(), "{text}{read:?}");
            assert!(Settings::parse(&format!("{text}{entry} }}"), transforms::CATALOGUE).is_err());
        }
    }
    let seen: Vec<&str> = seen.into_iter().collect();
    assert_eq!(seen, keys);
}

#[test]
fn every_snippet_is_a_valid_entry_with_each_of_its_choices() {
    let dev = "account \"dev\" { id = \"111111111111\" }\n";
    let state = format!("state_profile = \"shared\"\n{dev}");
    let other = format!(
        "{ROOT}provider \"aws\" {{\n  alias = \"dns\"\n  assume_role {{\n    role_arn = \
         \"arn:aws:iam::444444444444:role/x\"\n  }}\n}}\n"
    );
    let tree = Tree::new([("dev/main.tf", ROOT), ("dev/vpc.tf", MODULE)]);
    are_valid(&tree, dev, &["module_source", "state_profile"]);
    are_valid(
        &Tree::new([("dev/main.tf", other.as_str())]),
        &state,
        &["account"],
    );
    let ci = Tree::new([("dev/main.tf", ROOT), (".github/workflows/ci.yml", CI)]);
    are_valid(&ci, &state, &["ci.default_token", "job.permissions"]);
    let workflow = ELSEWHERE.to_owned();
    for (job, keys) in [
        ("role:", &["role"][..]),
        ("tree:", &["job.account", "job.roots"]),
    ] {
        let (start, jobs) = workflow.split_once("jobs:\n").unwrap();
        let (role, tree) = jobs.split_at(jobs.find("  tree:").unwrap());
        let own = [role, tree]
            .into_iter()
            .find(|it| it.contains(job))
            .unwrap();
        let text = format!("{start}jobs:\n{own}");
        let tree = Tree::new([("dev/main.tf", ROOT), (".github/workflows/ci.yml", &text)]);
        are_valid(&tree, &state, keys);
    }
    let jenkins = Tree::new([
        ("dev/main.tf", ROOT),
        (
            "Jenkinsfile",
            "node {\n  sh 'terraform -chdir=dev apply'\n}\n",
        ),
    ]);
    are_valid(&jenkins, &state, &["runner"]);
}
