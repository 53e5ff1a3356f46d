//! What people paste, with names that a shell or a configuration would obey: a shell that is given every
//! command of a plan, of its text for a pull request and of the doctor starts the programs that are meant,
//! with the names as arguments, and nothing else.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use engine::settings::Settings;
use serde_json::Value;
use syntax::hcl::Document;
use transforms::CATALOGUE;

use crate::support::checkout::Checkout;
use crate::support::environment;

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

/// The programs that commands start.
const PROGRAMS: [&str; 6] = ["aws", "gh", "git", "terraform", "terragrunt", "tfkeyless"];

/// An empty directory in which programs do nothing but note how they were called.
struct Sandbox {
    directory: tempfile::TempDir,
}

impl Sandbox {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        for name in ["bin", "empty", "home"] {
            fs::create_dir(directory.path().join(name)).unwrap();
        }
        for program in PROGRAMS.iter().chain(&["touch", "see"]) {
            let path = directory.path().join("bin").join(program);
            let stub = "#!/bin/sh\n{ printf '%s\\0' \"${0##*/}\" \"$@\"; printf '\\1\\0'; } >>\"$CALLS\"\n";
            fs::write(&path, stub).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        Self { directory }
    }

    /// The programs that a shell starts which these lines are pasted into, with their arguments.
    fn pasted(&self, lines: &str, options: &[&str]) -> Vec<Vec<String>> {
        let (root, empty) = (self.directory.path(), self.directory.path().join("empty"));
        let calls = root.join("calls");
        let _ = fs::remove_file(&calls);
        let mut shell = Command::new("/bin/bash")
            .args(["--norc", "--noprofile"])
            .args(options)
            .current_dir(&empty)
            .env_clear()
            .env("PATH", root.join("bin"))
            .env("HOME", root.join("home"))
            .env("LC_ALL", "C.UTF-8")
            .env("CALLS", &calls)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("bash is installed");
        shell
            .stdin
            .take()
            .unwrap()
            .write_all(lines.as_bytes())
            .unwrap();
        shell.wait().unwrap();
        let left: Vec<_> = fs::read_dir(&empty).unwrap().collect();
        assert!(left.is_empty(), "{left:?} of:\n{lines}");
        let noted = fs::read(&calls).unwrap_or_default();
        let noted = String::from_utf8(noted).unwrap();
        let calls = noted.split_terminator("\u{1}\0");
        calls
            .map(|call| call.split_terminator('\0').map(str::to_owned).collect())
            .collect()
    }

    /// The same, by a script and by a person whose shell knows no comments and expands its history;
    /// what the first of them starts.
    #[track_caller]
    fn calls(&self, lines: &str) -> Vec<Vec<String>> {
        let calls = self.pasted(lines, &[]);
        let typed = self.pasted(lines, &["-i", "+O", "interactive_comments"]);
        for call in calls.iter().chain(&typed) {
            let is_meant = PROGRAMS.contains(&call[0].as_str()) || call[0] == "see";
            assert!(is_meant, "{call:?} of:\n{lines}");
        }
        calls
    }
}

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
            None if line.starts_with("```") => fence = Some(line.trim_end_matches("sh")),
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

/// A machine on which every check of profiles finds something, for a profile of that name.
fn cures(profile: &str, section: &str) -> (Checkout, Vec<String>) {
    let backend = format!(
        "terraform {{\n  backend \"s3\" {{\n    bucket = \"b\"\n    key = \"k\"\n    profile = {}\n  }}\n}}\n",
        json(profile)
    );
    let files = Checkout::bare(&[
        ("repo/main.tf", &backend),
        (
            "home/.aws/config",
            &format!("[other]\n\n{section}\nregion = x\n"),
        ),
        ("home/.aws/credentials", ""),
    ]);
    files.mark("repo");
    let root = files.path().to_path_buf();
    let output = environment::tfkeyless()
        .args(["doctor", "--format", "json"])
        .current_dir(root.join("repo"))
        .env_clear()
        .env("HOME", root.join("home"))
        .env("PATH", "")
        .env("AWS_PROFILE", profile)
        .output()
        .unwrap();
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let found = document["findings"].as_array().unwrap().iter();
    let cures = found.map(|found| found["cure"].as_str().unwrap().to_owned());
    (files, cures.collect())
}

#[test]
fn cures_start_what_is_meant_with_the_names_as_they_are() {
    let sandbox = Sandbox::new();
    for name in NAMES.into_iter().filter(|name| !name.contains('\'')) {
        let (_files, missing) = cures(name, "[none]");
        assert!(!missing.is_empty());
        for cure in missing {
            let calls = sandbox.calls(&(cure.clone() + "\n"));
            assert!(names(&calls, "aws", name), "{cure}");
        }
        let (_files, empty) = cures(name, &format!("[profile {name}]"));
        for cure in empty.iter().filter(|cure| cure.starts_with("aws ")) {
            assert!(
                names(&sandbox.calls(&format!("{cure}\n")), "aws", name),
                "{cure}"
            );
        }
    }
}

#[test]
fn a_cure_by_sed_changes_the_title_that_is_meant_and_nothing_else() {
    for name in [
        "dev",
        "a.b*[c",
        "$(touch x)",
        "a/e;touch x",
        "a&b\\1",
        "^$",
        "`x`",
        "a b",
    ] {
        let (files, cures) = cures(name, &format!("[{name}]"));
        let cure = cures.iter().find(|cure| cure.starts_with("sed "));
        let cure = cure.unwrap_or_else(|| panic!("{name}: {cures:?}"));
        let empty = tempfile::tempdir().unwrap();
        let status = Command::new("/bin/bash")
            .args(["--norc", "-c", cure])
            .current_dir(empty.path())
            .status()
            .unwrap();
        assert!(status.success(), "{cure}");
        assert_eq!(fs::read_dir(empty.path()).unwrap().count(), 0, "{cure}");
        let expected = format!("[other]\n\n[profile {name}]\nregion = x\n");
        assert_eq!(files.read("home/.aws/config"), expected, "{cure}");
    }
}

#[test]
fn what_is_generated_has_names_in_strings_alone() {
    let checkout = |name: &str| {
        let text = json(name).replace("${", "$${");
        let backend = format!(
            "terraform {{\n  backend \"s3\" {{\n    bucket = {text}\n    key = \"k\"\n    region = \"eu-west-1\"\n    dynamodb_table = {text}\n  }}\n}}\n"
        );
        let workflow = format!(
            "on:\n  push:\n    branches: [{}]\njobs:\n  a:\n    runs-on: ubuntu-latest\n    environment: {}\n    permissions:\n      id-token: write\n    steps:\n      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n          aws-access-key-id: ${{{{ secrets.KEY_ID }}}}\n          aws-secret-access-key: ${{{{ secrets.KEY }}}}\n          aws-region: eu-west-1\n      - run: aws s3 ls\n",
            json(name),
            json(name)
        );
        let config = "state_profile = \"s\"\naccount \"s\" { id = \"111111111111\" }\naccount \"d\" { id = \"222222222222\" }\n";
        Checkout::bare(&[
            ("tfkeyless.hcl", config),
            ("main.tf", &backend),
            (".github/workflows/ci.yml", &workflow),
        ])
    };
    let commands: [(&[&str], &[&str]); 4] = [
        (&["bucket-policy", "--format", "hcl"], &["data", "resource"]),
        (&["state-role"], &["data", "resource"]),
        (
            &["oidc-role", "--plain", "--repository", "o/r"],
            &["data", "resource"],
        ),
        (&["backend-ci"], &[]),
    ];
    for (command, kinds) in commands {
        let shape = |name: &str| {
            let checkout = checkout(name);
            let outcome = checkout.run(&[&["generate"], command].concat());
            assert_eq!(outcome.code, 0, "{name:?}: {}", outcome.stderr);
            let document = Document::new("a.tf".into(), outcome.stdout.clone()).unwrap();
            let body = document.body().unwrap();
            let blocks = body.blocks();
            let blocks: Vec<(String, String)> = blocks
                .map(|block| {
                    (
                        block.kind().to_owned(),
                        block.label(0).unwrap_or_default().to_owned(),
                    )
                })
                .collect();
            assert!(
                blocks
                    .iter()
                    .all(|(kind, _)| kinds.contains(&kind.as_str())),
                "{}",
                outcome.stdout
            );
            blocks
        };
        let usual = shape("usual");
        for name in NAMES
            .into_iter()
            .chain(WILD)
            .chain(["x\" }\nresource \"a\" \"b\" {\n#"])
        {
            assert_eq!(shape(name), usual, "{name:?}");
        }
    }
    for name in NAMES.into_iter().chain(WILD) {
        let policy = checkout(name)
            .run(&["generate", "bucket-policy"])
            .code(0)
            .stdout;
        let policy: Value = serde_json::from_str(&policy).unwrap();
        let resources = &policy["Statement"][0]["Resource"];
        assert_eq!(resources[0], format!("arn:aws:s3:::{name}"));
    }
}

#[test]
fn what_init_proposes_is_its_own_whatever_things_are_called() {
    for name in NAMES
        .into_iter()
        .chain(WILD)
        .chain(["x\" }\naccount \"evil\" { id = \"666666666666\" }\n#"])
    {
        let checkout = world(&name.replace('/', "_"), "dev");
        fs::remove_file(checkout.path().join("tfkeyless.hcl")).unwrap();
        let text = json(name).replace("${", "$${");
        checkout.write("p/main.tf", &format!("terraform {{\n  backend \"s3\" {{\n    bucket = {text}\n    profile = {text}\n  }}\n}}\nprovider \"aws\" {{\n  profile = {text}\n  allowed_account_ids = [\"333333333333\"]\n}}\nmodule \"m\" {{\n  source = \"s3::https://s3.amazonaws.com/b/m.zip\"\n}}\n"));
        let proposed = checkout.run(&["init", "--print"]).code(0).stdout;
        let settings = Settings::parse(&proposed, CATALOGUE)
            .unwrap_or_else(|error| panic!("{name:?}: {error}\n{proposed}"));
        let is_known = |id: &str| ["111111111111", "222222222222", "333333333333"].contains(&id);
        assert!(
            settings
                .accounts
                .iter()
                .all(|account| is_known(&account.id)),
            "{proposed}"
        );
        assert!(
            settings
                .accounts
                .iter()
                .all(|account| !account.label.contains('$')),
            "{proposed}"
        );
    }
}

#[test]
fn lines_for_the_configuration_are_one_block_each() {
    // What a finding tells to write is parsed as it is pasted: one block, with no more in it.
    for name in NAMES
        .into_iter()
        .chain(WILD)
        .chain(["x\" { }\nkeys \"evil"])
    {
        let checkout = world(&name.replace('/', "_"), "dev");
        for file in ["Jenkinsfile", "Makefile"] {
            checkout.write(&format!("{name}/{file}"), "all:\n\tterraform apply\n");
        }
        let text = checkout.run(&["plan", "--format", "json"]).code(0).stdout;
        let document: Value = serde_json::from_str(&text).unwrap();
        let findings = document["findings"].as_array().unwrap().iter();
        let helps = findings.filter_map(|finding| finding["help"].as_str());
        for help in helps {
            for kind in ["runner", "job", "keys", "role", "module_source"] {
                let Some(at) = help.find(&format!("{kind} \"")) else {
                    continue;
                };
                assert!(!help.contains('\n'), "{help:?}");
                let line = help[at..].split('`').next().unwrap();
                let Some(end) = line.rfind('}') else { continue };
                let block = format!("{}\n", &line[..=end]);
                let document = Document::new("a.hcl".into(), block.clone());
                let document = document.unwrap_or_else(|_| panic!("{block}"));
                let body = document
                    .body()
                    .unwrap_or_else(|error| panic!("{error}: {block}"));
                assert_eq!(body.blocks().count(), 1, "{block}");
            }
        }
    }
}
