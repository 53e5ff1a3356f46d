//! A repository with stand-ins for Terraform and AWS that record how they are called.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::checkout::{Checkout, Outcome};
use crate::support::environment;
use crate::support::terminal::Terminal;
use serde_json::Value;

pub const CONFIG: &str = "state_profile = \"shared\"\naccount \"dev\" { id = \"111111111111\" }\naccount \"live\" { id = \"222222222222\" }\naccount \"shared\" { id = \"333333333333\" }\n";

/// A plan with a change, an output with a value, and a data source.
pub const CHANGES: &str = concat!(
    "{\"type\":\"planned_change\",\"change\":{\"resource\":{\"addr\":\"aws_x.y[\\\"a b\\\"]\"},\"action\":\"update\"}}\n",
    "{\"type\":\"planned_change\",\"change\":{\"resource\":{\"addr\":\"aws_x.z\"},\"action\":\"create\"}}\n",
    "{\"type\":\"planned_change\",\"change\":{\"resource\":{\"addr\":\"data.aws_x.r\"},\"action\":\"read\"}}\n",
    "{\"type\":\"change_summary\",\"changes\":{\"add\":1,\"change\":1,\"remove\":0,\"operation\":\"plan\"}}\n",
    "{\"type\":\"outputs\",\"outputs\":{\"o\":{\"sensitive\":false,\"action\":\"create\",\"value\":\"pl4in\"}}}\n",
);

/// A root module in an account.
pub fn root(account: &str) -> String {
    format!(
        "terraform {{\n  backend \"s3\" {{\n    bucket  = \"states\"\n    key     = \"x\"\n    region  = \"us-east-1\"\n    profile = \"shared\"\n  }}\n}}\n\nprovider \"aws\" {{\n  allowed_account_ids = [\"{account}\"]\n}}\n"
    )
}

/// A workflow whose one job runs these commands.
pub fn workflow(commands: &str) -> String {
    let commands = commands.lines().map(|line| format!("          {line}\n"));
    format!(
        "on: push\njobs:\n  plan:\n    runs-on: ubuntu-latest\n    steps:\n      - run: |\n{}",
        commands.collect::<String>()
    )
}

/// A repository, with stand-ins on PATH, a state directory and accounts beside it.
pub struct World {
    files: Checkout,
}

impl World {
    pub fn new(repository: &[(&str, &str)]) -> Self {
        let files = Checkout::without_git(&[]);
        files.write("repo/tfkeyless.hcl", CONFIG);
        for (path, text) in repository {
            files.write(&format!("repo/{path}"), text);
        }
        files.mark("repo");
        let world = Self { files };
        for (profile, id) in [("dev", 1), ("live", 2), ("shared", 3), ("keys", 3)] {
            world.write(&format!("accounts/{profile}"), &id.to_string().repeat(12));
        }
        let stand_ins = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/verify");
        fs::create_dir(world.path("bin")).unwrap();
        for (name, of) in [
            ("terraform", "terraform"),
            ("tofu", "terraform"),
            ("terragrunt", "terraform"),
            ("aws", "aws"),
        ] {
            let program = world.path("bin").join(name);
            fs::copy(stand_ins.join(of), &program).unwrap();
            fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        }
        world
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.files.path().join(path)
    }

    pub fn write(&self, path: &str, text: &str) {
        self.files.write(path, text);
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = environment::tfkeyless();
        command
            .arg("verify")
            .args(arguments)
            .current_dir(self.path("repo"))
            .env_clear()
            .envs(self.variables())
            // What must not decide.
            .env("AWS_ACCESS_KEY_ID", "old")
            .env("AWS_SECRET_ACCESS_KEY", "old")
            .env("TF_CLI_ARGS", "-destroy")
            .env("TF_CLI_ARGS_init", "-migrate-state")
            .env("TF_WORKSPACE", "mine");
        command
    }

    /// What makes the program meet the stand-ins.
    fn variables(&self) -> [(&'static str, String); 5] {
        let of = |path: &str| self.path(path).display().to_string();
        [
            ("PATH", format!("{}:/usr/bin:/bin", of("bin"))),
            ("HOME", of("home")),
            ("XDG_STATE_HOME", of("state")),
            ("CALLS", of("calls")),
            ("ACCOUNTS", of("accounts")),
        ]
    }

    /// A terminal above the repository.
    pub fn terminal(&self) -> Terminal<'_> {
        let terminal = Terminal::new(&self.files);
        let variables = self.variables().into_iter();
        variables.fold(terminal, |terminal, (name, value)| {
            terminal.env(name, &value)
        })
    }

    pub fn verify(&self, arguments: &[&str]) -> Outcome {
        let arguments = [&["--yes"], arguments].concat();
        Outcome::from(self.command(&arguments).output().unwrap())
    }

    /// The results of a run, one of which is of each root module and variant.
    #[track_caller]
    pub fn results(&self, arguments: &[&str], code: i32) -> Vec<Value> {
        let arguments = [&["--format", "json"], arguments].concat();
        let outcome = self.verify(&arguments).code(code);
        let document: Value = serde_json::from_str(&outcome.stdout).unwrap();
        is_of_schema(&document, "verify");
        document["results"].as_array().unwrap().clone()
    }

    /// `ROOT (VARIANT): RESULT at REACHED` of each.
    #[track_caller]
    pub fn reported(&self, arguments: &[&str], code: i32) -> Vec<String> {
        let results = self.results(arguments, code);
        let reported = results.iter().map(|result| {
            let text = |key: &str| result[key].as_str().unwrap().to_owned();
            let (root, variant) = (text("root_module"), text("variant"));
            format!(
                "{root} ({variant}): {} at {}",
                text("result"),
                text("reached")
            )
        });
        reported.collect()
    }

    /// The calls of programs, a line each, since the last time.
    pub fn calls(&self) -> Vec<String> {
        let text = fs::read_to_string(self.path("calls")).unwrap_or_default();
        let _ = fs::remove_file(self.path("calls"));
        text.lines().map(str::to_owned).collect()
    }
}

/// Fails where a document is not of the schema of that name.
#[track_caller]
pub fn is_of_schema(document: &Value, name: &str) {
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("schema/{name}.schema.json"));
    let schema: Value = serde_json::from_str(&fs::read_to_string(schema).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors = validator.iter_errors(document);
    let errors: Vec<String> = errors.map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}\n{document:#}");
}
