//! A laptop: a home, programs, variables, and a repository.

use crate::support::checkout::{Checkout, Outcome};
use crate::support::environment;
use serde_json::Value;

pub const CONFIG: &str = "account \"dev\" { id = \"111111111111\" }\naccount \"shared\" { id = \"333333333333\" }\nstate_profile = \"shared\"\nsso {\n  start_url = \"https://x.awsapps.com/start\"\n  region = \"us-east-1\"\n  role_name = \"Admin\"\n}\n";
pub const BACKEND: &str = "terraform {\n  backend \"s3\" {\n    bucket         = \"states\"\n    key            = \"dev\"\n    region         = \"us-east-1\"\n    dynamodb_table = \"locks\"\n    profile        = \"shared\"\n  }\n}\n";

/// A machine on which nothing is wrong, and the repository on it.
pub struct Machine {
    pub files: Checkout,
    variables: Vec<(String, String)>,
}

impl Machine {
    pub fn healthy() -> Self {
        let machine = Self {
            files: Checkout::bare(&[
                ("repo/tfkeyless.hcl", CONFIG),
                ("repo/main.tf", BACKEND),
                ("home/.aws/config", &profiles("https://x.awsapps.com/start")),
            ]),
            variables: vec![("AWS_PROFILE".to_owned(), "dev".to_owned())],
        };
        machine.token("https://x.awsapps.com/start", "2999-01-01T00:00:00Z");
        machine
    }

    pub fn token(&self, url: &str, until: &str) {
        let text = format!(
            "{{\"startUrl\": \"{url}\", \"accessToken\": \"eyJ-s3cr3t\", \"expiresAt\": \"{until}\"}}"
        );
        self.files
            .write(&format!("home/.aws/sso/cache/{}.json", sha1(url)), &text);
    }

    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.retain(|(other, _)| other != name);
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn without(mut self, name: &str) -> Self {
        self.variables.retain(|(other, _)| other != name);
        self
    }

    pub fn write(self, path: &str, text: &str) -> Self {
        self.files.write(path, text);
        self
    }

    pub fn doctor(&self, arguments: &[&str]) -> Outcome {
        self.run(&[&["doctor"], arguments].concat())
    }

    /// Runs any command there.
    pub fn run(&self, arguments: &[&str]) -> Outcome {
        let root = self.files.path();
        let output = environment::tfkeyless()
            .args(arguments)
            .current_dir(root.join("repo"))
            .env_clear()
            .env("HOME", root.join("home"))
            .env("PATH", root.join("bin"))
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .output()
            .unwrap();
        Outcome::from(output)
    }

    /// The one finding there is: its check, message and cure.
    #[track_caller]
    pub fn finds(&self) -> (String, String, String) {
        let outcome = self.doctor(&["--format", "json"]).code(1);
        let document: Value = serde_json::from_str(&outcome.stdout).unwrap();
        let [only] = document["findings"].as_array().unwrap().as_slice() else {
            panic!("{}", outcome.stdout);
        };
        let text = |key: &str| only[key].as_str().unwrap().to_owned();
        let text_form = self.doctor(&[]).code(1).stdout;
        assert!(text_form.contains(&text("message")), "{text_form}");
        assert!(!outcome.stdout.contains("s3cr3t") && !text_form.contains("s3cr3t"));
        (text("check"), text("message"), text("cure"))
    }

    #[track_caller]
    pub fn finds_about(&self, check: &str, message: &str, cure: &str) {
        let found = self.finds();
        assert_eq!(found.0, check, "{found:?}");
        assert!(found.1.contains(message), "{found:?}");
        assert!(found.2.contains(cure), "{found:?}");
    }
}

pub fn profiles(url: &str) -> String {
    ["dev", "shared"]
        .map(|name| format!("[profile {name}]\nsso_start_url = {url}\nsso_region = us-east-1\n\n"))
        .concat()
}

pub fn sha1(text: &str) -> String {
    use sha1::{Digest as _, Sha1};
    let hash = Sha1::digest(text.as_bytes());
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}
