//! What machines and pull requests are told.

use std::fs;
use std::path::Path;

use crate::support::checkout::Checkout;
use serde_json::{Value, json};

const KEY: &str = "AKIAIOSFODNN7EXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const FORMATS: [&str; 6] = ["json", "jsonl", "sarif", "github", "markdown", "html"];

fn told(checkout: &Checkout, format: &str) -> String {
    let plan = checkout.run(&["plan", "--format", format]).code(0);
    assert_eq!(plan.stderr, "");
    assert_eq!(
        plan.stdout,
        checkout.run(&["plan", "--format", format]).stdout
    );
    plan.stdout
}

fn document(checkout: &Checkout) -> Value {
    serde_json::from_str(&told(checkout, "json")).unwrap()
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
        let told = told(&checkout, format);
        assert!(told.contains("remove_static_keys"), "{told}");
        assert!(
            !told.contains(KEY) && !told.contains(SECRET),
            "{format}: {told}"
        );
    }
    assert_eq!(document(&checkout)["changes"][0]["exact"], false);
}

#[test]
fn sarif_has_places_rules_and_fixes() {
    let checkout = Checkout::of_example("legacy-stack");
    let log: Value = serde_json::from_str(&told(&checkout, "sarif")).unwrap();
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    let results = run["results"].as_array().unwrap();
    let mut prints = std::collections::BTreeSet::new();
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(
            run["tool"]["driver"]["rules"][index]["id"],
            result["ruleId"]
        );
        assert!(prints.insert(result["partialFingerprints"]["tfkeyless/v1"].to_string()));
    }
    let place = |result: &Value| result["locations"][0]["physicalLocation"].clone();
    let backend = results
        .iter()
        .find(|it| it["ruleId"] == "set_backend_profile")
        .unwrap();
    assert_eq!(backend["level"], "note");
    assert_eq!(place(backend)["artifactLocation"]["uri"], "dev/main.tf");
    let fix = &backend["fixes"][0]["artifactChanges"][0]["replacements"][0];
    let inserted = fix["insertedContent"]["text"].as_str().unwrap();
    assert!(inserted.contains("shared-account"), "{inserted}");
    assert_eq!(fix["deletedRegion"]["byteLength"], 0);
    let open = results
        .iter()
        .find(|it| it["ruleId"] == "ci_module_access")
        .unwrap();
    assert_eq!(open["level"], "warning");
}

/// Makes the fixes of a SARIF log, by their bytes.
fn fix(checkout: &Checkout, log: &Value) {
    let results = log["runs"][0]["results"].as_array().unwrap();
    let made = results.iter().filter_map(|it| it["fixes"].as_array());
    let mut files = std::collections::BTreeMap::<_, Vec<_>>::new();
    for change in made.flat_map(|it| it[0]["artifactChanges"].as_array().unwrap()) {
        let file = change["artifactLocation"]["uri"].as_str().unwrap();
        for replacement in change["replacements"].as_array().unwrap() {
            let region = &replacement["deletedRegion"];
            let number = |key: &str| usize::try_from(region[key].as_u64().unwrap()).unwrap();
            let start = number("byteOffset");
            let text = replacement["insertedContent"]["text"].as_str().unwrap();
            let edit = (start..start + number("byteLength"), text);
            files.entry(file).or_default().push(edit);
        }
    }
    for (file, mut edits) in files {
        edits.sort_by_key(|(range, _)| (range.start, range.end));
        let mut text = checkout.read(file);
        for (range, new) in edits.into_iter().rev() {
            text.replace_range(range, new);
        }
        checkout.write(file, &text);
    }
}

#[test]
fn the_fixes_together_are_what_apply_writes() {
    let json = r#"{"module": {"é": {"source": "s3::https://s3.amazonaws.com/zips/m-1.0.0.zip"}}}"#;
    let settings =
        "module_source \"zips\" {\n  repository = \"github.com/o/m\"\n  ref = \"v{version}\"\n}\n";
    let keys = "variable \"k\" {}\nprovider \"aws\" {\n  region     = \"r\"\n  access_key = var.k\n  secret_key = var.k\n}\n";
    let crlf = keys.replace('\n', "\r\n");
    let in_json = [("a/main.tf.json", json), ("tfkeyless.hcl", settings)];
    let forms: [&dyn Fn() -> Checkout; 3] = [
        &|| Checkout::of_example("legacy-stack"),
        &|| Checkout::committed(&in_json),
        &|| Checkout::committed(&[("main.tf", &crlf)]),
    ];
    for make in forms {
        for review in [&[][..], &["--review"]] {
            let (fixed, applied) = (make(), make());
            let plan = [&["plan", "--format", "sarif"], review].concat();
            let plan = fixed.run(&plan).code(0);
            fix(&fixed, &serde_json::from_str(&plan.stdout).unwrap());
            applied.run(&[&["apply", "--yes"], review].concat()).code(0);
            assert!(!applied.git(&["status", "--porcelain"]).is_empty());
            assert_eq!(fixed.files(), applied.files());
        }
    }
}

#[test]
fn a_fix_that_would_tell_a_secret_is_left_out() {
    let module = "module \"m\" {\n  source = \"s3::https://s3.amazonaws.com/zips/m.zip\"\n}\n";
    let checkout = Checkout::bare(&[("main.tf", module)]);
    for (name, is_told) in [("v1.0.0", true), (KEY, false)] {
        let settings = format!(
            "module_source \"zips\" {{\n  repository = \"github.com/o/m\"\n  ref = \"{name}\"\n}}\n"
        );
        checkout.write("tfkeyless.hcl", &settings);
        let log = told(&checkout, "sarif");
        assert_eq!(log.contains("\"fixes\""), is_told, "{log}");
        assert!(!log.contains(KEY), "{log}");
    }
}

#[test]
fn a_runner_and_a_browser_take_nothing_for_markup() {
    let module = "module \"m\" {\n  source = \"s3::https://s3.amazonaws.com/zi@ps/m.zip\"\n}\n";
    let checkout = Checkout::bare(&[("a,b:c%/main.tf", module)]);
    let github = told(&checkout, "github");
    assert!(
        github.starts_with("::warning file=a%2Cb%3Ac%25/main.tf,line=2,col=12,title=tfkeyless github_module_source::module \"m\" "),
        "{github}"
    );
    assert!(github.contains("%0Aset `module_source"), "{github}");
    let markdown = told(&checkout, "markdown");
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
    let body = told(&Checkout::of_example("legacy-stack"), "markdown");
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
    let told = |format: &str| {
        let plan = fleet.run(&["plan", "--repos", "list", "--format", format]);
        plan.code(2).stdout
    };
    let array: Value = serde_json::from_str(&told("json")).unwrap();
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
    let lines: Vec<Value> = told("jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(Value::from(lines), array);
    let log: Value = serde_json::from_str(&told("sarif")).unwrap();
    assert_eq!(log["runs"].as_array().unwrap().len(), 3);
    assert_eq!(
        log["runs"][1]["invocations"][0]["executionSuccessful"],
        false
    );
    let github = told("github");
    assert!(
        github.starts_with("::error title=tfkeyless::b: "),
        "{github}"
    );
    assert!(
        github.contains("\n::warning file=a/main.tf,line=2,"),
        "{github}"
    );
    assert!(told("markdown").contains("\n## b\n\nNot planned: main.tf:1:11"));
    fleet.write("list", "");
    let none = fleet
        .run(&["plan", "--repos", "list", "--format", "json"])
        .code(0);
    assert_eq!(none.stdout, "[]\n");
}

#[test]
fn apply_reports_what_it_has_written() {
    let schema = schema();
    let run = |arguments: &[&str]| {
        let checkout = Checkout::of_example("legacy-stack");
        checkout.git(&[
            "remote",
            "add",
            "origin",
            "https://github.com/acme/infra.git",
        ]);
        let arguments: Vec<&str> = ["apply", "--yes", "--format", "json"]
            .iter()
            .chain(arguments)
            .copied()
            .collect();
        let run = checkout.run_with(&arguments, &IDENTITY).code(0);
        let document: Value = serde_json::from_str(&run.stdout).unwrap();
        let errors: Vec<String> = schema
            .iter_errors(&document)
            .map(|it| it.to_string())
            .collect();
        assert!(errors.is_empty(), "{errors:?}");
        (checkout, document)
    };
    let lines = |document: &Value, part: &str| -> Vec<String> {
        let lines = document["written"][part].as_array().unwrap().iter();
        lines
            .map(|line| line.as_str().unwrap().to_owned())
            .collect()
    };

    let (checkout, document) = run(&["--branch", "keyless", "--commit"]);
    let head = checkout.git(&["rev-parse", "HEAD"]);
    assert_eq!(document["written"]["branch"], "keyless");
    assert_eq!(document["written"]["commit"], head.trim());
    assert_eq!(lines(&document, "git"), ["git push -u origin keyless"]);
    assert_eq!(
        lines(&document, "undo"),
        [format!("git revert --no-edit {}", &head[..12])]
    );
    let changed = checkout.git(&["diff", "--name-only", "HEAD~"]);
    assert_eq!(
        lines(&document, "files"),
        changed.lines().collect::<Vec<_>>()
    );

    // Without a commit the commands come to the same, and undo what was written.
    let (checkout, document) = run(&[]);
    assert_eq!(document["written"]["commit"], Value::Null);
    let git = lines(&document, "git");
    assert_eq!(git[0], "git switch -c off-static-keys");
    assert_eq!(git.last().unwrap(), "git push -u origin off-static-keys");
    let run_all = |commands: &[String]| {
        let script = commands.join(" && ");
        let output = std::process::Command::new("sh")
            .args(["-ec", &script])
            .envs(IDENTITY)
            .current_dir(checkout.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "{script}: {output:?}");
    };
    run_all(&lines(&document, "undo"));
    assert_eq!(checkout.git(&["status", "--porcelain"]), "");
    checkout.run(&["apply", "--yes"]).code(0);
    run_all(&git[..git.len() - 1]);
    assert_eq!(checkout.git(&["status", "--porcelain"]), "");
    assert_eq!(
        checkout.git(&["branch", "--show-current"]),
        "off-static-keys\n"
    );

    // A plan has written nothing.
    assert!(
        self::document(&Checkout::of_example("legacy-stack"))
            .get("written")
            .is_none()
    );
}

#[test]
fn steps_are_listed_before_on_and_after_the_merge() {
    let document = document(&Checkout::of_example("legacy-stack"));
    let steps = document["next_steps"].as_array().unwrap();
    let when: Vec<&str> = steps
        .iter()
        .map(|it| it["when"].as_str().unwrap())
        .collect();
    let mut order = when.clone();
    order.dedup();
    assert_eq!(order, ["before_merge", "on_merge", "after_merge"]);
    let markdown = told(&Checkout::of_example("legacy-stack"), "markdown");
    let at = |heading: &str| markdown.find(heading).expect("a heading");
    assert!(at("## Before the merge\n") < at("## With the merge, on each laptop\n"));
    assert!(at("## With the merge") < at("## After the merge, once the jobs have run\n"));
}

/// Who commits.
const IDENTITY: [(&str, &str); 4] = [
    ("GIT_AUTHOR_NAME", "a"),
    ("GIT_AUTHOR_EMAIL", "a@example.com"),
    ("GIT_COMMITTER_NAME", "a"),
    ("GIT_COMMITTER_EMAIL", "a@example.com"),
];

/// Module calls with a source in which an expression stands, which are manual, and providers that lose
/// their roles.
fn many_findings(calls: usize, roles: usize) -> Checkout {
    let call = |number| format!("module \"m{number}\" {{\n  source = \"s3::${{var.a}}\"\n}}\n");
    let mut text: String = (0..calls).map(call).collect();
    for number in 0..roles {
        text += &format!(
            "module \"n{number}\" {{\n  source = \"s3::https://s3.amazonaws.com/zips/n{number}/1.0.0.zip\"\n}}\n"
        );
    }
    let config = "module_source \"zips\" {\n  repository = \"github.com/o/m\"\n}\n";
    Checkout::bare(&[("main.tf", &text), ("tfkeyless.hcl", config)])
}

#[test]
fn github_gets_as_many_annotations_as_it_shows_and_the_rest_in_the_summary_of_the_step() {
    let count = |text: &str, kind: &str| text.matches(&format!("::{kind} ")).count();
    let none = [("GITHUB_STEP_SUMMARY", "")];
    let arguments = ["plan", "--format", "github"];
    // As many as it shows are all there.
    let few = many_findings(10, 10).run_with(&arguments, &none).code(0);
    assert_eq!(
        (count(&few.stdout, "warning"), count(&few.stdout, "notice")),
        (10, 10)
    );
    let checkout = many_findings(12, 11);
    let run = checkout.run_with(&arguments, &none).code(0);
    let (warnings, notices) = (count(&run.stdout, "warning"), count(&run.stdout, "notice"));
    assert_eq!((warnings, notices), (10, 10), "{}", run.stdout);
    assert!(
        run.stdout.starts_with("::warning file=main.tf,line=2,"),
        "{}",
        run.stdout
    );
    let last = "::notice title=tfkeyless::4 findings more: GitHub shows no more of a step; `--format \
                markdown` lists all\n";
    assert!(run.stdout.ends_with(last), "{}", run.stdout);
    // The summary of the step takes them, behind what is there.
    checkout.write("summary", "before\n");
    let path = checkout.path().join("summary");
    let summary = [("GITHUB_STEP_SUMMARY", path.to_str().unwrap())];
    let run = checkout.run_with(&arguments, &summary).code(0);
    let last = "4 findings more: the summary of this step lists them\n";
    assert!(run.stdout.ends_with(last), "{}", run.stdout);
    let text = checkout.read("summary");
    let start = "before\n## tfkeyless: findings without an annotation\n\n- `main.tf:32` \
                 warning\\[github_module_source\\]: module ";
    assert!(text.starts_with(start), "{text}");
    assert_eq!(text.matches("\n- `main.tf:").count(), 4, "{text}");
    // All repositories are of one step.
    let fleet = Checkout::without_git(&[
        ("a/main.tf", &many_findings(8, 0).read("main.tf")),
        ("b/main.tf", &many_findings(8, 0).read("main.tf")),
    ]);
    fleet.mark("a");
    fleet.mark("b");
    let run = fleet.run_with(&["plan", "--format", "github", "a", "b"], &none);
    let run = run.code(0);
    assert_eq!(count(&run.stdout, "warning"), 10, "{}", run.stdout);
    assert!(run.stdout.contains("::6 findings more: "), "{}", run.stdout);
    // An audit finds errors.
    let run = checkout.run_with(&["audit", "--format", "github"], &none);
    let run = run.code(1);
    assert_eq!(count(&run.stdout, "error"), 10, "{}", run.stdout);
}
