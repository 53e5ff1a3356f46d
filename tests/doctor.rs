//! What the doctor says of an environment, and of a repository in it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::support::checkout::{Checkout, Outcome};
use crate::support::environment;
use serde_json::Value;

const CONFIG: &str = "account \"dev\" { id = \"111111111111\" }\naccount \"shared\" { id = \"333333333333\" }\nstate_profile = \"shared\"\nsso {\n  start_url = \"https://x.awsapps.com/start\"\n  region = \"us-east-1\"\n  role_name = \"Admin\"\n}\n";
const BACKEND: &str = "terraform {\n  backend \"s3\" {\n    bucket         = \"states\"\n    key            = \"dev\"\n    region         = \"us-east-1\"\n    dynamodb_table = \"locks\"\n    profile        = \"shared\"\n  }\n}\n";

/// A machine on which nothing is wrong, and the repository on it.
struct Machine {
    files: Checkout,
    variables: Vec<(String, String)>,
}

impl Machine {
    fn healthy() -> Self {
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

    fn token(&self, url: &str, until: &str) {
        let text = format!(
            "{{\"startUrl\": \"{url}\", \"accessToken\": \"eyJ-s3cr3t\", \"expiresAt\": \"{until}\"}}"
        );
        self.files
            .write(&format!("home/.aws/sso/cache/{}.json", sha1(url)), &text);
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.retain(|(other, _)| other != name);
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    fn without(mut self, name: &str) -> Self {
        self.variables.retain(|(other, _)| other != name);
        self
    }

    fn write(self, path: &str, text: &str) -> Self {
        self.files.write(path, text);
        self
    }

    fn doctor(&self, arguments: &[&str]) -> Outcome {
        let root = self.files.path();
        let output = environment::tfkeyless()
            .arg("doctor")
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
    fn finds(&self) -> (String, String, String) {
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
    fn finds_about(&self, check: &str, message: &str, cure: &str) {
        let found = self.finds();
        assert_eq!(found.0, check, "{found:?}");
        assert!(found.1.contains(message), "{found:?}");
        assert!(found.2.contains(cure), "{found:?}");
    }
}

fn profiles(url: &str) -> String {
    ["dev", "shared"]
        .map(|name| format!("[profile {name}]\nsso_start_url = {url}\nsso_region = us-east-1\n\n"))
        .concat()
}

fn sha1(text: &str) -> String {
    use sha1::{Digest as _, Sha1};
    let hash = Sha1::digest(text.as_bytes());
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn nothing_is_found_where_nothing_is_wrong() {
    let machine = Machine::healthy();
    let told = machine.doctor(&[]).code(0).stdout;
    assert_eq!(
        told,
        "Nothing found that would stop terraform init and plan here.\n"
    );
}

#[test]
fn keys_in_the_environment_beat_the_profile() {
    let machine = Machine::healthy()
        .with("AWS_ACCESS_KEY_ID", "AKIAs3cr3ts3cr3t")
        .with("AWS_SECRET_ACCESS_KEY", "s3cr3ts3cr3t");
    machine.finds_about(
        "environment_keys",
        "the old credentials of an IAM user, which beat AWS_PROFILE",
        "unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN",
    );
    // A runner that has signed in.
    let runner = machine
        .with("CI", "true")
        .with("AWS_SESSION_TOKEN", "s3cr3t");
    runner.doctor(&[]).code(0);
}

#[test]
fn keys_that_are_half_there_or_of_old_names_are_found() {
    Machine::healthy()
        .with("AWS_ACCESS_KEY_ID", "AKIAs3cr3t")
        .finds_about("partial_keys", "AWS_SECRET_ACCESS_KEY is not", "unset");
    Machine::healthy()
        .with("AWS_SECRET_KEY", "s3cr3t")
        .finds_about(
            "legacy_keys",
            "AWS_SECRET_KEY overrides",
            "unset AWS_ACCESS_KEY AWS_SECRET_KEY",
        );
}

#[test]
fn the_chosen_profile_has_to_be_there() {
    Machine::healthy().without("AWS_PROFILE").finds_about(
        "profile_unset",
        "find no credentials",
        "export AWS_PROFILE=dev   # or one of shared",
    );
    Machine::healthy().with("AWS_PROFILE", "").finds_about(
        "profile_unset",
        "is empty",
        "export AWS_PROFILE=dev",
    );
    Machine::healthy().with("AWS_PROFILE", "prod").finds_about(
        "profile_missing",
        "names the profile prod",
        "aws configure sso --profile prod",
    );
    Machine::healthy()
        .with("AWS_DEFAULT_PROFILE", "shared")
        .finds_about(
            "default_profile",
            "AWS_DEFAULT_PROFILE is shared",
            "unset AWS_DEFAULT_PROFILE",
        );
}

#[test]
fn a_profile_without_the_word_is_none() {
    let text = profiles("https://x.awsapps.com/start").replace("[profile dev]", "[dev]");
    Machine::healthy()
        .write("home/.aws/config", &text)
        .finds_about(
            "profile_title",
            "[dev] is no profile here",
            "s/^\\[dev\\]/[profile dev]/",
        );
}

#[test]
fn keys_under_the_profiles_name_shadow_it() {
    let keys = "[other]\naws_access_key_id = AKIAOTHER\n[dev]\naws_access_key_id = AKIAs3cr3t\naws_secret_access_key = s3cr3t\n\n[last]\n";
    let machine = Machine::healthy().write("home/.aws/credentials", keys);
    machine.finds_about(
        "shadowing_keys",
        "old credentials that Terraform takes",
        "delete the section [dev] from",
    );
    let told = machine.doctor(&[]).stdout;
    assert!(told.contains("/home/.aws/credentials:3: [dev]"), "{told}");
}

#[test]
fn the_backends_profile_has_to_be_there() {
    let text = profiles("https://x.awsapps.com/start");
    let (dev, _) = text.split_once("[profile shared]").unwrap();
    Machine::healthy()
        .write("home/.aws/config", dev)
        .finds_about(
            "backend_profile_missing",
            "failed to get shared config profile, shared",
            "tfkeyless generate aws-config --merge",
        );
}

#[test]
fn a_backend_without_a_profile_looks_for_its_lock_elsewhere() {
    let text = BACKEND.replace("    profile        = \"shared\"\n", "");
    let machine = Machine::healthy().write("repo/main.tf", &text);
    machine.finds_about(
        "lock_table_elsewhere",
        "DynamoDB lock table",
        "tfkeyless apply",
    );
    machine.with("AWS_PROFILE", "shared").doctor(&[]).code(0);
}

#[test]
fn a_profile_that_says_nothing_is_no_way_in() {
    let text = profiles("https://x.awsapps.com/start");
    let (dev, _) = text.split_once("[profile shared]").unwrap();
    Machine::healthy()
        .write(
            "home/.aws/config",
            &format!("{dev}[profile shared]\nregion = us-east-1\n"),
        )
        .finds_about(
            "profile_empty",
            "No valid credential sources",
            "generate aws-config",
        );
}

#[test]
fn tokens_run_out_and_are_of_one_spelling() {
    let machine = Machine::healthy();
    machine.token("https://x.awsapps.com/start", "2001-01-01T00:00:00UTC");
    machine.finds_about(
        "sso_token",
        "is over since 2001-01-01",
        "aws sso login --profile dev",
    );
    let cache = machine.files.path().join("home/.aws/sso/cache");
    fs::remove_dir_all(&cache).unwrap();
    machine.finds_about(
        "sso_token",
        "[profile dev] is not signed in",
        "aws sso login --profile dev",
    );
    // A session's token is none of a profile that names the portal itself.
    let session = format!("home/.aws/sso/cache/{}.json", sha1("corp"));
    let token = "{\"accessToken\": \"x\", \"startUrl\": \"https://x.awsapps.com/start\"}";
    let machine = machine.write(&session, token);
    machine.finds_about(
        "sso_token",
        "is not signed in",
        "aws sso login --profile dev",
    );
    machine.token("https://x.awsapps.com/start/#/", "2999-01-01T00:00:00Z");
    machine.finds_about(
        "sso_token",
        "the token is one for https://x.awsapps.com/start/#/",
        "aws sso login --profile dev",
    );
}

#[test]
fn a_session_is_called_after_its_name_and_renews_itself() {
    let text = "[profile dev]\nsso_session = corp\n[profile shared]\nsso_session = corp\n[sso-session corp]\nsso_start_url = https://x.awsapps.com/start\n";
    let machine = Machine::healthy().write("home/.aws/config", text);
    machine.finds_about(
        "sso_token",
        "is not signed in",
        "aws sso login --profile dev",
    );
    machine.token("corp", "2001-01-01T00:00:00Z");
    machine.finds_about(
        "sso_token",
        "is over since 2001",
        "aws sso login --profile dev",
    );
    let token = "{\"accessToken\": \"x\", \"expiresAt\": \"2001-01-01T00:00:00Z\", \"refreshToken\": \"y\"}";
    let path = format!("home/.aws/sso/cache/{}.json", sha1("corp"));
    machine.write(&path, token).doctor(&[]).code(0);
}

#[test]
fn the_profiles_of_providers_and_remote_states_have_to_be_there() {
    let text = profiles("https://x.awsapps.com/start");
    let (_, shared) = text.split_once("\n\n").unwrap();
    let provider = "provider \"aws\" {\n  profile = \"dev\"\n}\n";
    let machine = Machine::healthy().with("AWS_PROFILE", "shared");
    let machine = machine.write("repo/p.tf", provider);
    machine.doctor(&[]).code(0);
    let machine = machine.write("home/.aws/config", shared);
    machine.finds_about(
        "provider_profile_missing",
        "failed to get shared config profile, dev",
        "generate aws-config",
    );
    let state = "data \"terraform_remote_state\" \"x\" {\n  backend = \"s3\"\n  config = {\n    profile = \"alice-dev\"\n  }\n}\n";
    let machine = machine.write("repo/p.tf", state);
    machine.finds_about(
        "profile_unlisted",
        "data.terraform_remote_state.x takes the profile alice-dev",
        "one of dev, shared",
    );
}

#[test]
fn profiles_that_depend_on_others_are_followed() {
    let sso = "sso_start_url = https://x.awsapps.com/start\nsso_region = us-east-1\n";
    let role = "role_arn = arn:aws:iam::111111111111:role/x\n";
    for (dev, found) in [
        (format!("{role}source_profile = shared"), None),
        (format!("{role}credential_source = Environment"), None),
        (
            format!("{role}source_profile = gone"),
            Some((
                "source_profile",
                "is gone, which is no profile",
                "aws configure sso --profile gone",
            )),
        ),
        (
            format!("{role}source_profile = b\n[profile b]\n{role}source_profile = dev"),
            Some((
                "source_profile",
                "comes back to dev",
                "name a profile that signs in",
            )),
        ),
        (
            format!("{role}source_profile = shared\nmfa_serial = arn:aws:iam::1:mfa/x"),
            Some((
                "profile_mfa",
                "AssumeRoleTokenProvider",
                "generate aws-config",
            )),
        ),
        (
            "credential_process = no-such-program --json".to_owned(),
            Some((
                "credential_process",
                "no-such-program",
                "install no-such-program",
            )),
        ),
        ("credential_process = /bin/sh -c x".to_owned(), None),
        (
            format!("{sso}[profile c\n"),
            Some((
                "section_unclosed",
                "`[profile c` has no `]`",
                "close the title",
            )),
        ),
    ] {
        let text = format!("[profile shared]\n{sso}\n[profile dev]\n{dev}\n");
        let machine = Machine::healthy().write("home/.aws/config", &text);
        match found {
            None => drop(machine.doctor(&[]).code(0)),
            Some((check, message, cure)) => machine.finds_about(check, message, cure),
        }
    }
}

#[test]
fn on_a_runner_the_doctor_says_whom_it_is_for() {
    let machine = Machine::healthy();
    let told = machine.doctor(&[]).code(0);
    assert!(!told.stderr.contains("runner"), "{}", told.stderr);
    let machine = machine.with("CI", "true").with("GITHUB_ACTIONS", "true");
    machine
        .doctor(&[])
        .code(0)
        .says("this is a runner of GitHub Actions");
}

#[test]
fn modules_in_s3_need_what_old_terraform_sees() {
    let module = "module \"m\" {\n  source = \"s3::https://s3.amazonaws.com/zips/m.zip\"\n}\n";
    let machine = Machine::healthy().write("repo/m.tf", module);
    machine.finds_about(
        "s3_modules",
        "NoCredentialProviders: no valid providers in chain",
        "export AWS_SDK_LOAD_CONFIG=1",
    );
    let machine = machine.with("AWS_SDK_LOAD_CONFIG", "1");
    machine.doctor(&[]).code(0);
    let machine = machine.without("AWS_SDK_LOAD_CONFIG");
    let terraform = machine.files.path().join("bin/terraform");
    for (version, code) in [("1.13.4", 1), ("1.13.5", 0)] {
        machine.files.write(
            "bin/terraform",
            &format!("#!/bin/sh\necho '{{\"terraform_version\": \"{version}\"}}'\n"),
        );
        fs::set_permissions(&terraform, fs::Permissions::from_mode(0o755)).unwrap();
        machine.doctor(&[]).code(code);
    }
}

#[test]
fn a_directory_that_was_initialised_with_another_backend_is_found() {
    let saved = |profile: &str| {
        format!(
            "{{\"backend\": {{\"type\": \"s3\", \"config\": {{\"bucket\": \"states\", \"key\": \"dev\", \"region\": \"us-east-1\", \"dynamodb_table\": \"locks\", \"profile\": {profile}}}}}}}"
        )
    };
    let machine = Machine::healthy()
        .write("repo/dev/main.tf", BACKEND)
        .write("repo/dev/.terraform/terraform.tfstate", &saved("null"));
    machine.finds_about(
        "backend_changed",
        "profile was not set and is \"shared\"; init answers `Backend configuration changed`",
        "terraform -chdir=dev init -reconfigure",
    );
    let machine = machine.write(
        "repo/dev/.terraform/terraform.tfstate",
        &saved("\"shared\""),
    );
    machine.doctor(&[]).code(0);
    machine
        .write("repo/dev/.terraform/terraform.tfstate", "{")
        .doctor(&[])
        .code(0);
}

#[test]
fn a_lock_file_that_its_constraints_do_not_admit_is_found() {
    let provider = "terraform {\n  required_providers {\n    aws = {\n      source  = \"hashicorp/aws\"\n      version = \"~> 5.0\"\n    }\n  }\n}\n";
    let lock = "provider \"registry.terraform.io/hashicorp/aws\" {\n  version = \"4.67.0\"\n}\n";
    let machine = Machine::healthy()
        .write("repo/net/main.tf", provider)
        .write("repo/net/.terraform.lock.hcl", lock);
    machine.finds_about(
        "lock_file",
        "the AWS provider 4.67.0",
        "terraform -chdir=net init -upgrade",
    );
    let lock = lock.replace("4.67.0", "5.1.0");
    machine
        .write("repo/net/.terraform.lock.hcl", &lock)
        .doctor(&[])
        .code(0);
}

#[test]
fn jobs_without_a_token_or_on_old_keys_are_found() {
    let job = |with: &str, permissions: &str| {
        format!(
            "on: push\n{permissions}jobs:\n  dev:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n{with}          aws-region: us-east-1\n"
        )
    };
    let role = "          role-to-assume: arn:aws:iam::111111111111:role/ci\n";
    let path = "repo/.github/workflows/ci.yml";
    let machine = Machine::healthy().write(path, &job(role, ""));
    machine.finds_about(
        "id_token",
        "job dev signs in by OIDC without `id-token: write`",
        "id-token: write",
    );
    let machine = machine.write(path, &job(role, "permissions:\n  id-token: write\n"));
    machine.doctor(&[]).code(0);
    let keys = "          aws-access-key-id: ${{ secrets.KEY }}\n          aws-secret-access-key: ${{ secrets.OTHER }}\n";
    machine.write(path, &job(keys, "")).finds_about(
        "keyed_job",
        "job dev signs in with old credentials",
        "tfkeyless apply",
    );
}

#[test]
fn aws_says_who_a_profile_is() {
    let machine = Machine::healthy();
    machine
        .doctor(&["--online"])
        .code(2)
        .says("the AWS CLI is not installed");
    let aws = machine.files.path().join("bin/aws");
    machine.files.write(
        "bin/aws",
        "#!/bin/sh\n[ \"$4\" = dev ] && echo 999999999999 || echo 333333333333\n",
    );
    fs::set_permissions(&aws, fs::Permissions::from_mode(0o755)).unwrap();
    let told = machine.doctor(&["--online"]).code(1).stdout;
    assert!(
        told.contains(
            "the profile dev is in the account 999999999999, and tfkeyless.hcl says 111111111111"
        ),
        "{told}"
    );
    machine.files.write(
        "bin/aws",
        "#!/bin/sh\necho 'The SSO session is over' >&2\nexit 255\n",
    );
    let told = machine.doctor(&["--online"]).code(1).stdout;
    assert!(
        told.contains("who the profile dev is: The SSO session is over"),
        "{told}"
    );
}

#[test]
fn what_cannot_be_looked_at_is_a_failure() {
    let machine = Machine::healthy();
    fs::write(machine.files.path().join("home/.aws/config"), b"\xff\xfe").unwrap();
    machine.doctor(&[]).code(2).says("home/.aws/config");
    fs::remove_file(machine.files.path().join("home/.aws/config")).unwrap();
    fs::create_dir(machine.files.path().join("home/.aws/config")).unwrap();
    machine.doctor(&[]).code(2).says("home/.aws/config");
    let broken = Machine::healthy().write("repo/main.tf", "terraform {\n");
    broken.doctor(&[]).code(2).says("main.tf:1:11");
}
