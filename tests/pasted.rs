//! What people paste, with names that a shell or a configuration would obey: a shell that is given every
//! command of a plan, of its text for a pull request and of the doctor starts the programs that are meant,
//! with the names as arguments, and nothing else.

mod cures;
mod sandbox;
mod written;

use std::path::Path;

use serde_json::Value;

use crate::support::checkout::Checkout;
use sandbox::Sandbox;

/// Names that do something where they are not quoted. `touch` is the canary.
const NAMES: [&str; 22] = [
    "$(touch x)",
    "`touch x`",
    "a; touch x",
    "a && touch x",
    "a | touch x",
    "a & touch x",
    "a > x",
    "a < x",
    "'; touch x; '",
    "'$(touch x)'",
    "a'b",
    "$HOME",
    "~",
    "*",
    "{a,b}",
    "-x",
    "--upload-pack=touch x",
    "#x",
    "!x!!",
    "a b",
    "é ❤",
    "=x",
];

/// Those that a name in tfkeyless.hcl cannot be, but a file or an environment.
const WILD: [&str; 9] = [
    "\"; touch x; \"",
    "\\",
    "a\\$(touch x)",
    "${x}",
    "a\ntouch x\n",
    "a\r\ntouch x",
    "a\t\u{1b}[2J\u{7f}",
    "\u{202e}$(touch x)\u{200b}",
    "\n::set-output name=x::y\n",
];

/// A module whose plan asks for every kind of step, of a directory of that name.
fn module(profile: &str) -> String {
    format!(
        "terraform {{\n  required_providers {{\n    aws = {{\n      source = \"hashicorp/aws\"\n      version = \"~> 4.0\"\n    }}\n  }}\n  backend \"s3\" {{}}\n}}\nprovider \"aws\" {{\n  assume_role {{\n    role_arn = \"arn:aws:iam::111111111111:role/x\"\n  }}\n}}\nmodule \"m\" {{\n  source = \"s3::https://s3.amazonaws.com/modules/m-1.0.0.zip\"\n}}\n# {profile}\n"
    )
}

/// A string of JSON, which YAML and HCL read, too: YAML allows fewer characters as they are.
fn json(text: &str) -> String {
    let json = Value::from(text).to_string();
    json.replace('\u{7f}', "\\u007f")
}

const LOCK: &str = "provider \"registry.terraform.io/hashicorp/aws\" {\n  version     = \"4.67.0\"\n  constraints = \"~> 4.0\"\n  hashes = [\n    \"h1:dCRc4GqsyfqHEMjgtlM1EympBcgTmcTkWaJmtd91+KA=\",\n  ]\n}\n";

/// A repository in which everything that may have any name has this one; `label` is what tfkeyless.hcl
/// names.
fn world(name: &str, label: &str) -> Checkout {
    let config = format!(
        "state_profile = \"{label}\"\naccount \"{label}\" {{ id = \"111111111111\" }}\nmodule_source \"modules\" {{\n  repository = \"github.com/o/r\"\n  ref = \"v{{version}}\"\n}}\n"
    );
    let text = json(name);
    let job = |id: &str, head: &str| {
        format!(
            "  {id}:\n    runs-on: ubuntu-latest\n{head}    permissions:\n      id-token: write\n      contents: read\n    steps:\n      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n          aws-access-key-id: ${{{{ secrets.KEY_ID }}}}\n          aws-secret-access-key: ${{{{ secrets.KEY }}}}\n          aws-region: eu-west-1\n      - run: aws s3 ls\n"
        )
    };
    let environment = format!("    environment: {text}\n");
    let workflow = format!(
        "name: {text}\non:\n  push:\n    branches: [{text}]\n  pull_request:\njobs:\n{}{}{}",
        job("a", ""),
        job("b", &environment),
        job(&text, "")
    );
    let files: [(String, String); 8] = [
        ("tfkeyless.hcl".to_owned(), config),
        (format!("{name}/main.tf"), module(label)),
        (format!("{name}/.terraform.lock.hcl"), LOCK.to_owned()),
        (
            format!("{name}/{name}.s3.tfbackend"),
            "bucket = \"b\"\n".to_owned(),
        ),
        (
            format!("unit/{name}/terragrunt.hcl"),
            "remote_state {\n  backend = \"s3\"\n  config = {\n    bucket = \"b\"\n  }\n}\n"
                .to_owned(),
        ),
        (".github/workflows/ci.yml".to_owned(), workflow),
        (
            format!(".github/workflows/{name}.yml"),
            "on: push\njobs: {}\n".to_owned(),
        ),
        (
            "roles.tf".to_owned(),
            format!(
                "provider \"aws\" {{\n  alias = \"a\"\n  assume_role {{\n    role_arn = \"arn:aws:iam::222222222222:role/\" # {}\n  }}\n}}\n",
                name.replace('\n', " ")
            ),
        ),
    ];
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (&**path, &**text))
        .collect();
    Checkout::bare(&files)
}

/// Every command of the next steps, as JSON and the text of a pull request have them.
fn steps(checkout: &Checkout) -> [String; 2] {
    let plan = ["plan", "--review", "--format"];
    let text = checkout
        .run(&[&plan[..], &["json"]].concat())
        .code(0)
        .stdout;
    let document: Value = serde_json::from_str(&text).unwrap();
    let steps = document["next_steps"].as_array().unwrap().iter();
    let commands = steps.flat_map(|step| step["commands"].as_array().unwrap());
    let commands: Vec<&str> = commands.map(|command| command.as_str().unwrap()).collect();
    let markdown = checkout
        .run(&[&plan[..], &["markdown"]].concat())
        .code(0)
        .stdout;
    let mut fenced = String::new();
    let mut fence = None;
    for line in markdown.lines() {
        match &fence {
            Some(end) if line == *end => fence = None,
            Some(_) => fenced += &format!("{line}\n"),
            None if line.starts_with("```") => {
                fence = Some(line.trim_end_matches(char::is_alphabetic));
            }
            None => {}
        }
    }
    let json = commands
        .iter()
        .map(|command| format!("{command}\n"))
        .collect();
    [json, fenced]
}

/// Whether a call has that name as an argument, or at the end of one.
fn names(calls: &[Vec<String>], program: &str, name: &str) -> bool {
    let mut calls = calls.iter().filter(|call| call[0] == program);
    calls.any(|call| {
        call[1..]
            .iter()
            .any(|word| word == name || word.ends_with(&format!("={name}")))
    })
}

#[test]
fn steps_start_what_is_meant_with_the_names_as_they_are() {
    let sandbox = Sandbox::new();
    for name in NAMES.into_iter().chain(WILD) {
        let label = if NAMES.contains(&name) { name } else { "dev" };
        let checkout = world(name, label);
        let [lines, fenced] = steps(&checkout);
        assert_eq!(fenced, lines);
        assert!(
            lines.contains("aws sso login") && lines.contains("git ls-remote"),
            "{lines}"
        );
        // Placeholders are filled in before.
        let lines = lines.replace("<ACCOUNT>", "1").replace("<ROLE>", "r");
        let seen = lines.lines().map(|line| match line.starts_with("export ") {
            true => format!("{line}\nsee \"$AWS_PROFILE\"\n"),
            false => format!("{line}\n"),
        });
        let calls = sandbox.calls(&seen.collect::<String>());
        assert!(
            names(&calls, "terraform", name),
            "{name:?} of:\n{lines}\n{calls:#?}"
        );
        let backend = format!("{name}.s3.tfbackend");
        assert!(
            names(&calls, "terraform", &backend),
            "{name:?} of:\n{lines}\n{calls:#?}"
        );
        assert!(
            names(&calls, "gh", name) || !lines.contains("--env"),
            "{name:?} of:\n{lines}"
        );
        assert!(names(&calls, "aws", label), "{name:?} of:\n{lines}");
        assert!(names(&calls, "see", label), "{name:?} of:\n{lines}");
        let lock = calls
            .iter()
            .find(|call| call[0] == "git" && call[1] == "add");
        if let Some(lock) = lock {
            let path = lock[2].strip_prefix("./").unwrap_or(&lock[2]);
            assert_eq!(Path::new(path), Path::new(name).join(".terraform.lock.hcl"));
        }
    }
}
