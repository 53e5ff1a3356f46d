//! The formats for machines and pull requests.

mod github;
mod sarif;
mod written;

use std::fs;
use std::path::Path;

use crate::support::checkout::Checkout;
use serde_json::{Value, json};

const KEY: &str = "AKIAIOSFODNN7EXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const FORMATS: [&str; 6] = ["json", "jsonl", "sarif", "github", "markdown", "html"];

fn reported(checkout: &Checkout, format: &str) -> String {
    let plan = checkout.run(&["plan", "--format", format]).code(0);
    assert_eq!(plan.stderr, "");
    assert_eq!(
        plan.stdout,
        checkout.run(&["plan", "--format", format]).stdout
    );
    plan.stdout
}

fn document(checkout: &Checkout) -> Value {
    serde_json::from_str(&reported(checkout, "json")).unwrap()
}

fn schema() -> jsonschema::Validator {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/plan.schema.json");
    let schema: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    jsonschema::validator_for(&schema).unwrap()
}

#[test]
fn the_document_is_as_the_schema_says() {
    let schema = schema();
    let example = document(&Checkout::of_example("legacy-stack"));
    let after = document(&Checkout::of_example("legacy-stack.after"));
    for document in [&example, &after] {
        let errors: Vec<String> = schema
            .iter_errors(document)
            .map(|error| error.to_string())
            .collect();
        assert!(errors.is_empty(), "{errors:?}");
    }
    for part in ["changes", "findings", "skipped", "accounts", "next_steps"] {
        let mut without = example.clone();
        without.as_object_mut().unwrap().remove(part);
        assert!(!schema.is_valid(&without), "{part}");
    }
    for part in ["modules", "identities", "before", "laptop", "runners"] {
        let mut without = example.clone();
        let row = without["accounts"][0].as_object_mut().unwrap();
        row.remove(part);
        assert!(!schema.is_valid(&without), "{part}");
    }
}

#[test]
fn the_account_table_is_part_of_the_document() {
    let checkout = Checkout::of_example("legacy-stack");
    let rows = &document(&checkout)["accounts"];
    assert_eq!(
        rows[0],
        json!({
            "modules": ["dev"],
            "identities": ["aws", "aws.virginia"],
            "variant": null,
            "before": { "account": "111111111111", "label": "dev", "by": "role" },
            "laptop": { "account": "111111111111", "label": "dev", "by": "AWS_PROFILE=dev" },
            "runners": [{
                "account": "111111111111",
                "label": "dev",
                "by": "vars.AWS_OIDC_ROLE_ARN",
                "runners": [{
                    "system": "GitHub Actions",
                    "file": ".github/workflows/terraform.yml",
                    "job": "dev",
                }],
            }],
            "changes": true,
            "waits": false,
        })
    );
    assert_eq!(rows[1]["waits"], true);
    let after = document(&Checkout::of_example("legacy-stack.after"));
    let mut rows = after["accounts"].as_array().unwrap().iter();
    assert!(rows.all(|row| row["changes"] == false), "{after}");
}

#[test]
fn findings_tell_their_place_and_what_becomes_of_them() {
    let checkout = Checkout::of_example("legacy-stack");
    let document = document(&checkout);
    let findings = document["findings"].as_array().unwrap();
    let role = findings
        .iter()
        .find(|it| it["transform"] == "remove_assume_role" && it["applied"] == true)
        .unwrap();
    assert_eq!(role["file"], "dev/main.tf");
    let text = checkout.read("dev/main.tf");
    let number = |key: &str| usize::try_from(role["byte_range"][key].as_u64().unwrap()).unwrap();
    let range = &text[number("start")..number("end")];
    assert!(range.contains("assume_role"), "{range}");
    let line = text[..number("start")].lines().count() + 1;
    assert!(role["line"].as_u64().unwrap().abs_diff(line as u64) <= 1);
    let review = findings.iter().find(|it| it["safety"] == "review").unwrap();
    assert_eq!(review["applied"], false);
    let change = &document["changes"][1];
    assert_eq!(change["file"], "dev/main.tf");
    assert_eq!(change["exact"], true);
    assert!(
        change["diff"]
            .as_str()
            .unwrap()
            .starts_with("--- a/dev/main.tf\n")
    );
    let steps = document["next_steps"].to_string();
    assert!(
        steps.contains("terraform -chdir=dev init -reconfigure"),
        "{steps}"
    );
}

#[test]
fn bytes_are_those_of_the_file_in_json_too() {
    let text = "{\n  \"module\": {\n    \"m\": {\n      \"source\": \"s3::https://s3.amazonaws.com/zips/m.zip\"\n    }\n  }\n}\n";
    let checkout = Checkout::bare(&[("main.tf.json", text)]);
    let document = document(&checkout);
    let range = &document["findings"][0]["byte_range"];
    let number = |key: &str| usize::try_from(range[key].as_u64().unwrap()).unwrap();
    assert_eq!(
        &text[number("start")..number("end")],
        "\"s3::https://s3.amazonaws.com/zips/m.zip\""
    );
}

#[test]
fn no_format_tells_a_secret() {
    let provider = format!(
        "provider \"aws\" {{\n  access_key = \"{KEY}\"\n  secret_key = \"{SECRET}\"\n}}\nmodule \"m\" {{\n  source = \"s3::https://s3.amazonaws.com/zips/m.zip?aws_access_key_id={KEY}&aws_access_key_secret={SECRET}\"\n}}\n"
    );
    let workflow = format!(
        "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: terraform init\n        env:\n          AWS_ACCESS_KEY_ID: {KEY}\n          AWS_SECRET_ACCESS_KEY: {SECRET}\n"
    );
    let checkout = Checkout::bare(&[
        ("main.tf", &provider),
        (".github/workflows/a.yml", &workflow),
    ]);
    for format in FORMATS {
        let reported = reported(&checkout, format);
        assert!(reported.contains("remove_static_keys"), "{reported}");
        assert!(
            !reported.contains(KEY) && !reported.contains(SECRET),
            "{format}: {reported}"
        );
    }
    assert_eq!(document(&checkout)["changes"][0]["exact"], false);
}

#[test]
fn a_runner_and_a_browser_take_nothing_for_markup() {
    let module = "module \"m\" {\n  source = \"s3::https://s3.amazonaws.com/zi@ps/m.zip\"\n}\n";
    let checkout = Checkout::bare(&[("a,b:c%/main.tf", module)]);
    let github = reported(&checkout, "github");
    assert!(
        github.starts_with("::warning file=a%2Cb%3Ac%25/main.tf,line=2,col=12,title=tfkeyless github_module_source::module \"m\" "),
        "{github}"
    );
    assert!(github.contains("%0Ahelp: set `module_source"), "{github}");
    let markdown = reported(&checkout, "markdown");
    assert!(
        markdown.contains("## Needs manual work\n\n- [ ] `a,b:c%/main.tf:2` module \"m\" "),
        "{markdown}"
    );
    // Code calls nobody.
    assert!(
        markdown.contains("the bucket \"zi@&#8288;ps\", which")
            && markdown.contains("`module_source \"zi@ps\" {"),
        "{markdown}"
    );
}

#[test]
fn a_pull_request_says_what_changes_and_what_to_do() {
    let body = reported(&Checkout::of_example("legacy-stack"), "markdown");
    for wanted in [
        "| `remove_assume_role` | 4 | ",
        "\n## Needs review (`--review`)\n",
        "\n## Accounts\n\n| module | identity | before | after: laptop | after: CI |\n|---|---|---|---|---|\n| dev | aws, aws.virginia | 111111111111 (dev), role | AWS\\_PROFILE=dev | job dev: vars.AWS\\_OIDC\\_ROLE\\_ARN |\n",
        "\n## Secrets to delete, once the jobs have run\n\n- [ ] `AWS_ACCESS_KEY_ID`\n",
        "\n\n## Before the merge\n",
        "\n\n## With the merge, on each laptop\n",
        "terraform -chdir=dev init -reconfigure\n",
    ] {
        assert!(body.contains(wanted), "{wanted}: {body}");
    }
}

#[test]
fn several_repositories_are_one_document() {
    let module = "module \"m\" {\n  source = \"s3::https://s3.amazonaws.com/zips/m.zip\"\n}\n";
    let fleet = Checkout::without_git(&[
        ("a/main.tf", module),
        ("b/main.tf", "terraform {\n"),
        ("c/main.tf", "locals {}\n"),
    ]);
    for root in ["a", "b", "c"] {
        fleet.mark(root);
    }
    fleet.write("list", "a\nb\nc\n");
    let reported = |format: &str| {
        let plan = fleet.run(&["plan", "--repos", "list", "--format", format]);
        plan.code(2).stdout
    };
    let array: Value = serde_json::from_str(&reported("json")).unwrap();
    let schema = schema();
    assert!(
        array
            .as_array()
            .unwrap()
            .iter()
            .all(|it| schema.is_valid(it)),
        "{array}"
    );
    assert_eq!(array[1]["root"], "b");
    assert!(
        array[1]["error"]
            .as_str()
            .unwrap()
            .starts_with("main.tf:1:11: ")
    );
    let lines: Vec<Value> = reported("jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(Value::from(lines), array);
    let log: Value = serde_json::from_str(&reported("sarif")).unwrap();
    assert_eq!(log["runs"].as_array().unwrap().len(), 3);
    assert_eq!(
        log["runs"][1]["invocations"][0]["executionSuccessful"],
        false
    );
    let github = reported("github");
    assert!(
        github.starts_with("::error title=tfkeyless::b: "),
        "{github}"
    );
    assert!(
        github.contains("\n::warning file=a/main.tf,line=2,"),
        "{github}"
    );
    assert!(reported("markdown").contains("\n## b\n\nNot planned: main.tf:1:11"));
    fleet.write("list", "");
    let none = fleet
        .run(&["plan", "--repos", "list", "--format", "json"])
        .code(0);
    assert_eq!(none.stdout, "[]\n");
}

/// A command of a job may hold the backticks that code stands between, and what would be markup.
#[test]
fn a_command_with_backticks_is_one_piece_of_code() {
    let role = "provider \"aws\" {\n  version = \"~> 5.0\"\n  assume_role {\n    role_arn = \"arn:aws:iam::111111111111:role/x\"\n  }\n}\n";
    for (written, code) in [
        ("tool 'x`y` <b>' z", "`` tool x`y` <b> z ``"),
        ("tool '``' '@me *a*'", "``` tool `` @me *a* ```"),
        ("tool '`' '<img src=x>'", "`` tool ` <img src=x> ``"),
        ("tool x", "`tool x`"),
    ] {
        let job = format!(
            "on: push\njobs:\n  dev:\n    runs-on: ubuntu-latest\n    env:\n      AWS_ACCESS_KEY_ID: ${{{{ secrets.AWS_ACCESS_KEY_ID }}}}\n      AWS_SECRET_ACCESS_KEY: ${{{{ secrets.AWS_SECRET_ACCESS_KEY }}}}\n    steps:\n      - uses: actions/checkout@v4\n      - run: {written}\n      - run: terraform -chdir=dev apply\n"
        );
        let checkout = Checkout::committed(&[
            (
                "tfkeyless.hcl",
                "account \"dev\" { id = \"111111111111\" }\n",
            ),
            ("dev/main.tf", role),
            (".github/workflows/tf.yml", &job),
        ]);
        let body = checkout.run(&["plan", "--format", "markdown"]).stdout;
        assert!(
            body.contains(&format!("while {code} cannot be read")),
            "{body}"
        );
        let page = checkout.run(&["plan", "--format", "html"]).stdout;
        let inner = code.trim_matches('`');
        let inner = inner
            .strip_prefix(' ')
            .and_then(|it| it.strip_suffix(' '))
            .unwrap_or(inner);
        let inner = inner.replace('<', "&#60;").replace('>', "&#62;");
        assert!(
            page.contains(&format!("<code>{inner}</code> cannot be read")),
            "{inner}"
        );
        let shown = checkout.run(&["plan"]);
        shown.says(code);
    }
}

#[test]
fn code_stays_code_in_markdown_whatever_a_name_holds() {
    let role = "provider \"aws\" {\n  version = \"~> 5.0\"\n  assume_role {\n    role_arn = \"arn:aws:iam::111111111111:role/x\"\n  }\n}\n";
    let config = "account \"dev\" { id = \"111111111111\" }\n";
    let checkout = Checkout::committed(&[
        ("tfkeyless.hcl", config),
        ("dev/main.tf", role),
        (
            "we`ird|na*me/Jenkinsfile",
            "node {\n  dir('dev') {\n    sh 'terraform apply'\n  }\n}\n",
        ),
    ]);
    let body = checkout.run(&["plan", "--format", "markdown"]).stdout;
    let line = "runner \"we\\u0060ird|na*me/Jenkinsfile\" { account = \"*\" }";
    assert!(body.contains(&format!("`{line}`")), "{body}");
    // It works pasted.
    checkout.write("tfkeyless.hcl", &format!("{config}{line}\n"));
    let body = checkout.run(&["plan", "--format", "markdown"]).stdout;
    assert!(
        !body.contains("Needs") && body.contains("`remove_assume_role` | 1"),
        "{body}"
    );
}
