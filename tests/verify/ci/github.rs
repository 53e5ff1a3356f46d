//! A repository on GitHub whose jobs find all that they need, by stand-ins for `gh` and the AWS CLI.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::checkout::{Outcome, tree};
use crate::verify::world::{World, is_of_schema};

pub const ISSUER: &str = "token.actions.githubusercontent.com";

/// A world with a repository on GitHub whose jobs find all that they need.
pub struct GitHub(pub World);

/// A workflow with one job that signs in.
pub fn workflow(on: &str, job: &str, role: &str) -> String {
    format!(
        "on: {on}\npermissions: {{ id-token: write, contents: read }}\njobs:\n  apply:\n    runs-on: \
         ubuntu-latest\n{job}    steps:\n      - uses: aws-actions/configure-aws-credentials@v4\n        \
         with: {{ role-to-assume: \"{role}\", aws-region: eu-west-1 }}\n      - run: terraform -chdir=live \
         apply\n"
    )
}

pub const MAIN: &str = "{ push: { branches: [main] } }";

impl GitHub {
    pub fn new(repository: &[(&str, &str)]) -> Self {
        let world = World::new(repository);
        let program = world.path("bin/gh");
        let stand_in = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/verify/gh");
        fs::copy(stand_in, &program).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        let github = Self(world);
        github.says(
            "repos/acme/infra",
            &json!({
                "id": 7, "full_name": "acme/infra", "default_branch": "main",
                "owner": { "type": "Organization", "id": 5 },
            }),
        );
        github.says(
            "repos/acme/infra/actions/oidc/customization/sub",
            &json!({ "use_default": true, "use_immutable_subject": false }),
        );
        github.variables("actions/", &[]);
        github.variables("actions/organization-", &[]);
        github.secrets("actions/", &[]);
        github.secrets("actions/organization-", &[]);
        github.environment("live", &[]);
        github.provider("live", &["sts.amazonaws.com"]);
        github.provider("dev", &["sts.amazonaws.com"]);
        github
    }

    pub fn file(path: &str) -> String {
        let letters = path.chars().map(|it| match it {
            it if it.is_ascii_alphanumeric() || it == '.' || it == '-' => it,
            _ => '_',
        });
        format!("github/{}", letters.collect::<String>())
    }

    pub fn says(&self, path: &str, document: &Value) {
        self.0.write(&Self::file(path), &document.to_string());
    }

    pub fn fails(&self, path: &str, code: i32, text: &str) {
        let file = format!("{}.error", Self::file(path));
        self.0.write(&file, &format!("{code}\n{text}\n"));
    }

    pub fn variables(&self, start: &str, variables: &[(&str, &str)]) {
        let list = variables
            .iter()
            .map(|(name, value)| json!({ "name": name, "value": value }));
        let list: Vec<Value> = list.collect();
        let path = format!("repos/acme/infra/{start}variables?per_page=30");
        self.says(
            &path,
            &json!({ "total_count": list.len(), "variables": list }),
        );
    }

    pub fn secrets(&self, start: &str, names: &[&str]) {
        let list = names.iter().map(|name| json!({ "name": name }));
        let list: Vec<Value> = list.collect();
        let path = format!("repos/acme/infra/{start}secrets?per_page=100");
        self.says(
            &path,
            &json!({ "total_count": list.len(), "secrets": list }),
        );
    }

    pub fn environment(&self, name: &str, variables: &[(&str, &str)]) {
        let start = format!("environments/{name}");
        self.says(
            &format!("repos/acme/infra/{start}"),
            &json!({ "name": name }),
        );
        self.variables(&format!("{start}/"), variables);
        self.secrets(&format!("{start}/"), &[]);
    }

    /// A role in the account of a profile, with the subjects that it admits.
    pub fn role(&self, profile: &str, arn: &str, subjects: &[&str]) {
        let account = arn.split(':').nth(4).unwrap();
        self.trusts(
            profile,
            arn,
            &json!([{
                "Effect": "Allow",
                "Principal": { "Federated": format!("arn:aws:iam::{account}:oidc-provider/{ISSUER}") },
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": {
                    "StringEquals": { format!("{ISSUER}:aud"): "sts.amazonaws.com" },
                    "StringLike": { format!("{ISSUER}:sub"): subjects },
                },
            }]),
        );
    }

    pub fn trusts(&self, profile: &str, arn: &str, statements: &Value) {
        let name = arn.rsplit('/').next().unwrap();
        let role = json!({ "Role": {
            "Arn": arn,
            "RoleName": name,
            "AssumeRolePolicyDocument": { "Version": "2012-10-17", "Statement": statements },
        }});
        self.0
            .write(&format!("accounts/{profile}.iam/{name}"), &role.to_string());
    }

    pub fn provider(&self, profile: &str, audiences: &[&str]) {
        let provider = json!({ "Url": ISSUER, "ClientIDList": audiences });
        let file = format!("accounts/{profile}.iam/{ISSUER}");
        self.0.write(&file, &provider.to_string());
    }

    pub fn run(&self, arguments: &[&str]) -> Outcome {
        let arguments = [&["--ci", "--repository", "acme/infra"], arguments].concat();
        let mut command = self.0.command(&arguments);
        command.env("GITHUB", self.0.path("github"));
        let before = tree(&self.0.path("repo"));
        let outcome = Outcome::from(command.output().unwrap());
        assert_eq!(tree(&self.0.path("repo")), before);
        outcome
    }

    #[track_caller]
    pub fn document(&self, arguments: &[&str], code: i32) -> Value {
        let arguments = [&["--format", "json"], arguments].concat();
        let outcome = self.run(&arguments).code(code);
        let document: Value = serde_json::from_str(&outcome.stdout).unwrap();
        is_of_schema(&document, "verify-ci");
        document
    }

    /// `JOB: NEED NAME STATE` of all checks.
    #[track_caller]
    pub fn checks(&self, code: i32) -> Vec<String> {
        let document = self.document(&[], code);
        checks_of(&document)
    }

    /// All commands that help.
    #[track_caller]
    pub fn cures(&self, code: i32) -> Vec<String> {
        let document = self.document(&[], code);
        let jobs = document["jobs"].as_array().unwrap().iter();
        let checks = jobs.flat_map(|job| job["checks"].as_array().unwrap());
        let cures = checks.flat_map(|check| check["cures"].as_array().unwrap());
        let cures = cures.map(|cure| cure.as_str().unwrap().to_owned());
        cures.collect()
    }
}

pub fn checks_of(document: &Value) -> Vec<String> {
    let jobs = document["jobs"].as_array().unwrap().iter();
    let checks = jobs.flat_map(|job| {
        let checks = job["checks"].as_array().unwrap().iter();
        checks.map(move |check| {
            let text = |key: &str| check[key].as_str().unwrap();
            format!(
                "{}: {} {} {}",
                job["job"].as_str().unwrap(),
                text("need"),
                text("name"),
                text("state")
            )
        })
    });
    checks.collect()
}

pub const LIVE: &str = "arn:aws:iam::222222222222:role/github-ci";
pub const DEV: &str = "arn:aws:iam::111111111111:role/github-ci";
pub const WORKFLOW: &str = ".github/workflows/tf.yml";

/// A job in environment `live` with the role of a variable.
pub fn of_environment() -> GitHub {
    let text = workflow(MAIN, "    environment: live\n", "${{ vars.ROLE }}");
    GitHub::new(&[(WORKFLOW, &text)])
}
