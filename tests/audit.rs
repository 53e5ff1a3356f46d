//! `tfkeyless audit`, and the comments that keep a place from it and from a plan.

use crate::support::checkout::{Checkout, Outcome};
use serde_json::Value;

/// What is found, as `path:line:column: message [transform]`.
fn found(outcome: &Outcome) -> Vec<&str> {
    let lines = outcome.stdout.lines();
    lines.filter(|line| !line.starts_with(' ')).collect()
}

#[track_caller]
fn finds(files: &[(&str, &str)], expected: &[&str]) {
    let checkout = Checkout::bare(files);
    let outcome = checkout.run(&["audit"]);
    assert_eq!(found(&outcome), expected, "{}", outcome.stderr);
    outcome.code(i32::from(!expected.is_empty()));
}

const ROLE: &str = r#"provider "aws" {
  assume_role {
    role_arn = "arn:aws:iam::111111111111:role/x"
  }
}
"#;

#[test]
fn the_example_before_and_after() {
    let before = Checkout::of_example("legacy-stack");
    let audit = before.run(&["audit"]).code(1).says(
        "11 places in 5 files. `tfkeyless plan` shows what it can change; what is meant to stay has \
         `tfkeyless: ignore[ID] reason` in a comment on its line or the one above.\n",
    );
    assert_eq!(
        found(&audit)[..2],
        [
            ".github/workflows/terraform.yml:14:30: job dev uses static AWS keys [workflow_oidc]",
            "dev/main.tf:24:3: provider \"aws\" assumes a role [remove_assume_role]",
        ]
    );
    before.run(&["apply", "--yes", "--review"]).code(0);
    before.run(&["audit"]).code(0).says("Nothing found.\n");
}

#[test]
fn roles() {
    finds(
        &[
            (
                "main.tf",
                "provider \"aws\" {\n  alias = \"a\"\n  dynamic \"assume_role\" {\n    for_each = \
                 var.roles\n    content {\n      role_arn = assume_role.value\n    }\n  }\n  \
                 assume_role {\n    role_arn = var.role\n  }\n}\n\nprovider \"aws\" {\n  \
                 assume_role_with_web_identity {\n    role_arn = var.role\n  }\n}\n",
            ),
            (
                "other.tf.json",
                "{\"provider\": {\"aws\": {\"alias\": \"j\",\n  \"assume_role\": {\"role_arn\": \"x\"}}}}\n",
            ),
            (
                "unit/terragrunt.hcl",
                "iam_role = \"arn:aws:iam::111111111111:role/x\"\n\ngenerate \"provider\" {\n  path \
                 = \"provider.tf\"\n  contents = <<EOF\nprovider \"aws\" {\n  assume_role {\n    \
                 role_arn = \"x\"\n  }\n}\nEOF\n}\n",
            ),
        ],
        &[
            "main.tf:3:3: provider aws.a assumes a role [remove_assume_role]",
            "main.tf:9:3: provider aws.a assumes a role [remove_assume_role]",
            "other.tf.json:2:3: provider aws.j assumes a role [remove_assume_role]",
            "unit/terragrunt.hcl:1:1: Terragrunt assumes a role for every command [remove_assume_role]",
            "unit/terragrunt.hcl:7:3: provider \"aws\" assumes a role [remove_assume_role]",
        ],
    );
}

#[test]
fn keys_in_code() {
    let keys = "access_key = var.id\n  secret_key = var.secret\n";
    let settings = "bucket = \"states\"\nkey = \"x\"\naccess_key = \"AKIA1111111111111111\"\n";
    finds(
        &[
            (
                "a/main.tf",
                &format!(
                    "provider \"aws\" {{\n  {keys}}}\n\nprovider \"aws\" {{\n  alias = \"r\"\n  assume_role {{}}\n  {keys}}}\n"
                ),
            ),
            (
                "b/main.tf",
                &format!(
                    "terraform {{\n  backend \"s3\" {{\n  bucket = \"b\"\n  key = \"k\"\n  {keys}  }}\n}}\n"
                ),
            ),
            ("c/main.tf", "terraform {\n  backend \"s3\" {}\n}\n"),
            ("c/dev.tfbackend", settings),
            ("c/example.tfbackend", settings),
            (
                "d/main.tf",
                &format!(
                    "data \"terraform_remote_state\" \"x\" {{\n  backend = \"s3\"\n  config = {{\n  {keys}  }}\n}}\n"
                ),
            ),
            (
                "e/main.tf",
                "provider \"aws\" {\n  shared_credentials_files = [\"keys\"]\n}\n",
            ),
            (
                "f/terragrunt.hcl",
                "remote_state {\n  backend = \"s3\"\n  config = {\n    access_key = \"AKIA1111111111111111\"\n  }\n}\n",
            ),
        ],
        &[
            "a/main.tf:2:3: provider \"aws\" has `access_key` and `secret_key` [remove_static_keys]",
            "a/main.tf:8:3: provider aws.r assumes a role [remove_assume_role]",
            "a/main.tf:9:3: provider aws.r has `access_key` and `secret_key` [remove_static_keys]",
            "b/main.tf:5:3: the S3 backend has `access_key` and `secret_key` [remove_static_keys]",
            "c/dev.tfbackend:3:1: the S3 backend has `access_key` [remove_static_keys]",
            "d/main.tf:4:3: data.terraform_remote_state.x has `access_key` and `secret_key` [remove_static_keys]",
            "e/main.tf:2:3: provider \"aws\" looks for keys in the file of `shared_credentials_files` [remove_static_keys]",
            "f/terragrunt.hcl:4:5: remote_state has `access_key` [remove_static_keys]",
        ],
    );
}

#[test]
fn what_is_no_key_of_aws_is_not_found() {
    finds(
        &[
            (
                "local/main.tf",
                "provider \"aws\" {\n  access_key = \"test\"\n  secret_key = \"test\"\n  endpoints {\n    s3 = \
                 \"http://localhost:4566\"\n  }\n  assume_role {\n    role_arn = \"x\"\n  }\n}\n",
            ),
            (
                "minio/main.tf",
                "terraform {\n  backend \"s3\" {\n    bucket = \"b\"\n    key = \"k\"\n    endpoint = \
                 \"https://minio\"\n    access_key = \"x\"\n  }\n}\n",
            ),
            (
                "profile/main.tf",
                "provider \"aws\" {\n  profile = \"dev\"\n}\n\nmodule \"m\" {\n  source = \
                 \"github.com/a/b//c?ref=v1\"\n}\n",
            ),
            (
                ".github/workflows/ci.yml",
                "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    permissions:\n      id-token: \
                 write\n    env:\n      AWS_ACCESS_KEY_ID: test\n      AWS_SECRET_ACCESS_KEY: test\n    \
                 steps:\n      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n          \
                 role-to-assume: ${{ vars.ROLE }}\n",
            ),
        ],
        &[],
    );
}

#[test]
fn modules_in_s3() {
    finds(
        &[
            (
                "unit/terragrunt.hcl",
                "terraform {\n  source = \"s3::https://s3.amazonaws.com/zips/a.zip//x\"\n}\n",
            ),
            (
                "main.tf",
                "module \"a\" {\n  source = \"s3::https://s3.amazonaws.com/zips/a.zip\"\n}\n\nmodule \"b\" {\n  \
             source = \"s3::https://s3.amazonaws.com/${var.bucket}/a.zip\"\n}\n",
            ),
        ],
        &[
            "main.tf:2:12: module \"a\" comes from an S3 bucket [github_module_source]",
            "main.tf:6:12: module \"b\" comes from an S3 bucket [github_module_source]",
            "unit/terragrunt.hcl:2:12: the module that Terragrunt deploys comes from an S3 bucket [github_module_source]",
        ],
    );
}

const SHARED_ENV: &str = "on: push
env:
  AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID }}
  AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - run: aws s3 ls
  b:
    runs-on: ubuntu-latest
    steps:
      - uses: aws-actions/configure-aws-credentials@v4
        with:
          aws-access-key-id: ${{ secrets.ID }}
          aws-secret-access-key: ${{ secrets.KEY }}
";

#[test]
fn jobs_and_scripts() {
    finds(
        &[
            (".github/workflows/ci.yml", SHARED_ENV),
            (
                ".github/workflows/odd.yml",
                "on: push\njobs: &x\n  a:\n    env: { AWS_ACCESS_KEY_ID: x }\n  a: 1\n",
            ),
            (
                "deploy.sh",
                "export AWS_ACCESS_KEY_ID=$ID\nexport AWS_SECRET_ACCESS_KEY=$KEY\n\nmake\nAWS_ACCESS_KEY_ID=$ID aws s3 ls\n",
            ),
        ],
        &[
            ".github/workflows/ci.yml:3:22: job a, job b use static AWS keys [workflow_oidc]",
            ".github/workflows/ci.yml:15:30: job b uses static AWS keys [workflow_oidc]",
            ".github/workflows/odd.yml:5:3: the file speaks of static AWS keys and cannot be read: the key `a` stands here a second time [workflow_oidc]",
            "deploy.sh:1:1: the line hands static AWS keys on [workflow_oidc]",
            "deploy.sh:5:1: the line hands static AWS keys on [workflow_oidc]",
        ],
    );
}

/// One of each, each kept by a comment.
fn kept() -> Checkout {
    let workflow = SHARED_ENV
        .replace(
            "env:\n",
            "env:\n  # tfkeyless: ignore[workflow_oidc] until spring\n",
        )
        .replace(
            "secrets.ID }}",
            "secrets.ID }} # tfkeyless: ignore[workflow_oidc] until spring",
        );
    let role = ROLE.replace(
        "  assume_role {",
        "  # tfkeyless: ignore[remove_assume_role] break glass\n  assume_role {",
    );
    Checkout::committed(&[
        (
            "tfkeyless.hcl",
            "state_profile = \"shared\"\naccount \"dev\" { id = \"111111111111\" }\nmodule_source \"zips\" {\n  repository = \"github.com/a/b\"\n  ref = \"v1\"\n}\n",
        ),
        (".github/workflows/ci.yml", &workflow),
        (
            "deploy.sh",
            "# tfkeyless: ignore[workflow_oidc] gone soon\nexport AWS_ACCESS_KEY_ID=$ID\n",
        ),
        ("role/main.tf", &role),
        (
            "role/terragrunt.hcl",
            "# tfkeyless: ignore[remove_assume_role] x\niam_role = \"arn:aws:iam::111111111111:role/x\"\n",
        ),
        (
            "role/x.tf.json",
            "{\"provider\": {\"aws\": {\"alias\": \"j\",\n\"//\": \"tfkeyless: ignore[remove_assume_role] x\",\n\"assume_role\": {\"role_arn\": \"arn:aws:iam::111111111111:role/x\"}}}}\n",
        ),
        (
            "keys/main.tf",
            "variable \"id\" {}\n\nprovider \"aws\" {\n  access_key = var.id // tfkeyless: ignore[remove_static_keys] x\n}\n\nmodule \"m\" {\n  # tfkeyless: ignore[github_module_source] x\n  source = \"s3::https://s3.amazonaws.com/zips/a.zip\"\n}\n\ndata \"terraform_remote_state\" \"s\" {\n  backend = \"s3\"\n  config = {\n    # tfkeyless: ignore[remove_static_keys] x\n    access_key = var.id\n  }\n}\n",
        ),
        (
            "state/main.tf",
            "terraform {\n  backend \"s3\" {\n    bucket = \"b\"\n    key    = \"k\"\n    # tfkeyless: ignore[remove_static_keys] x\n    access_key = \"AKIA1111111111111111\"\n  }\n}\n",
        ),
    ])
}

#[test]
fn a_comment_keeps_its_place_from_audit_and_plan() {
    let kept = kept();
    let audit = kept.run(&["audit"]);
    assert_eq!(found(&audit), Vec::<&str>::new());
    audit.code(0);
    let plan = kept.run(&["plan", "--review"]).code(0);
    assert_eq!(plan.stdout, "");
    let plan = plan
        .says("\n  role/main.tf:2 is left to a comment: ignore[remove_assume_role]\n")
        .says("job a stays on static keys: a comment says so; with it stay job b\n")
        .says("\n  keys/main.tf:4 is left to a comment: ignore[remove_static_keys]\n");
    for said in [
        "provider \"aws\" ",
        "module \"m\"",
        "remote_state.s ",
        "Terragrunt assumes",
        "the line hands",
    ] {
        assert!(!plan.stderr.contains(said), "{said}: {}", plan.stderr);
    }
}

/// That each of these comments matters: without them all is found, and changes.
#[test]
fn without_the_comments_all_is_found() {
    let kept = kept();
    for (path, text) in kept.files() {
        let lines = text.lines().filter(|line| {
            !line.trim_start().starts_with(['#', '"']) || line.contains("assume_role\": {")
        });
        let text: String = lines
            .map(|line| {
                line.split(" # tf")
                    .next()
                    .unwrap()
                    .split(" // tf")
                    .next()
                    .unwrap()
                    .to_owned()
                    + "\n"
            })
            .collect();
        kept.write(path.to_str().unwrap(), &text);
    }
    kept.write("role/x.tf.json", "{\"provider\": {\"aws\": {\"alias\": \"j\",\n\"assume_role\": {\"role_arn\": \"arn:aws:iam::111111111111:role/x\"}}}}\n");
    let audit = kept.run(&["audit"]).code(1);
    assert_eq!(found(&audit).len(), 10, "{}", audit.stdout);
}

#[test]
fn a_comment_without_use_is_found() {
    finds(
        &[
            (
                "main.tf",
                "# tfkeyless: ignore[remove_assume_role] long gone\nprovider \"aws\" {}\n\nlocals {} # tfkeyless: ignore\n",
            ),
            (
                "plain.tf",
                "locals {} // tfkeyless: ignore[bump_provider, remove_assume_role] x\n",
            ),
            ("a.sh", "\n# tfkeyless: ignore[workflow_oidc] x\ntrue\n"),
            (
                ".github/workflows/ci.yml",
                "on: push # tfkeyless: ignore[workflow_oidc] x\njobs:\n  a:\n    runs-on: x\n    steps:\n      - uses: ./act\n      - run: terraform init\n",
            ),
            (
                "act/action.yml",
                "name: x # tfkeyless: ignore[workflow_oidc] x\nruns:\n  using: composite\n  steps: []\n",
            ),
        ],
        &[
            ".github/workflows/ci.yml:1:12: the comment ignores workflow_oidc without need: there is nothing on its line or the next [ignore]",
            "a.sh:2:3: the comment ignores workflow_oidc without need: there is nothing on its line or the next [ignore]",
            "act/action.yml:1:11: the comment ignores workflow_oidc without need: there is nothing on its line or the next [ignore]",
            "main.tf:1:3: the comment ignores remove_assume_role without need: there is nothing on its line or the next [ignore]",
            "main.tf:4:13: the comment ignores nothing: it names no transform [ignore]",
            "plain.tf:1:14: the comment ignores bump_provider, which is not what an audit looks for [ignore]",
        ],
    );
}

#[test]
fn what_does_not_run_is_not_looked_for() {
    let role = ROLE.replace(
        "  assume_role {",
        "  assume_role { # tfkeyless: ignore[remove_assume_role] x",
    );
    let checkout = Checkout::bare(&[("a/main.tf", ROLE), ("b/main.tf", &role)]);
    checkout.run(&["audit", "b"]).code(0);
    checkout.run(&["audit", "a"]).code(1);
    checkout
        .run(&["audit", "--skip", "remove_assume_role"])
        .code(0);
    checkout.run(&["audit", "--only", "workflow_oidc"]).code(0);
    checkout
        .run(&["audit", "--only", "bump_provider"])
        .code(2)
        .says("an audit is about remove_assume_role, remove_static_keys, github_module_source, workflow_oidc, not bump_provider");
    let off = "transform \"remove_assume_role\" { enabled = false }\n";
    checkout.write("tfkeyless.hcl", off);
    checkout.run(&["audit"]).code(0);
}

#[test]
fn what_cannot_be_read_is_no_clean_tree() {
    let broken = Checkout::bare(&[("main.tf", "provider \"aws\" {\n")]);
    broken
        .run(&["audit"])
        .code(2)
        .says("main.tf:1:16: `{` is never closed");
    let odd = Checkout::bare(&[("main.tf", "provider \"aws\" {\n  a = = 1\n}\n")]);
    odd.run(&["audit"])
        .code(0)
        .says("main.tf:1 is left: this `provider` block is not understood");
}

#[test]
fn formats() {
    let checkout = Checkout::bare(&[("main.tf", ROLE), ("x.tf", "# tfkeyless: ignore[x] y\n")]);
    let told = |format: &str| checkout.run(&["audit", "--format", format]).code(1).stdout;
    assert_eq!(
        told("github"),
        "::error file=main.tf,line=2,col=3,title=tfkeyless remove_assume_role::provider \"aws\" \
         assumes a role%0Alet it act as the environment says, or as a profile of its account\n\
         ::error file=x.tf,line=1,col=3,title=tfkeyless ignore::the comment ignores x, which is \
         not what an audit looks for%0Awrite `tfkeyless: ignore[ID] reason`, with \
         remove_assume_role, remove_static_keys, github_module_source, workflow_oidc\n"
    );
    let document: Value = serde_json::from_str(&told("json")).unwrap();
    assert_eq!(document["findings"][0]["line"], 2);
    assert_eq!(document["findings"][0]["transform"], "remove_assume_role");
    assert_eq!(document["changes"], Value::Array(vec![]));
    let lines = told("jsonl");
    assert_eq!(lines.lines().count(), 1);
    assert_eq!(serde_json::from_str::<Value>(&lines).unwrap(), document);
    let sarif: Value = serde_json::from_str(&told("sarif")).unwrap();
    let run = &sarif["runs"][0];
    for result in run["results"].as_array().unwrap() {
        assert_eq!(result["level"], "error");
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(
            run["tool"]["driver"]["rules"][index]["id"],
            result["ruleId"]
        );
    }
    assert!(told("markdown").starts_with(
        "## Found by the audit\n\n- [ ] `main.tf:2` provider \"aws\" assumes a role  \n  let it act"
    ));
    let clean = Checkout::bare(&[]);
    let clean = clean.run(&["audit", "--format", "markdown"]).code(0);
    assert_eq!(clean.stdout, "## Found by the audit\n\nNothing.\n");
}

#[test]
fn a_comment_keeps_no_more_than_its_place() {
    let text = "provider \"aws\" {\n  # tfkeyless: ignore[remove_assume_role] x\n  assume_role {\n    \
                role_arn = \"x\"\n  }\n}\n\nprovider \"aws\" {\n  alias = \"b\"\n  access_key = \"AKIA1111111111111111\" \
                # tfkeyless: ignore[remove_assume_role] x\n  assume_role {\n    role_arn = \"x\"\n  }\n  \
                assume_role {\n    role_arn = \"y\"\n  }\n}\n";
    finds(
        &[("main.tf", text)],
        &[
            "main.tf:10:3: provider aws.b has `access_key` [remove_static_keys]",
            "main.tf:14:3: provider aws.b assumes a role [remove_assume_role]",
        ],
    );
}

/// Root modules of accounts dev and live beside one more file, audited with these answers: the
/// roles found and those kept, by directory.
fn beside(path: &str, text: &str, answers: &str) -> (String, String) {
    let live = ROLE.replace("111111111111", "222222222222");
    let accounts = "account \"dev\" { id = \"111111111111\" }\naccount \"live\" { id = \
                    \"222222222222\" }\naccount \"shared\" { id = \"333333333333\" }\n";
    let config = format!("{accounts}{answers}");
    let checkout = Checkout::bare(&[
        ("dev/main.tf", ROLE),
        ("live/main.tf", &live),
        ("tfkeyless.hcl", &config),
        (path, text),
    ]);
    let outcome = checkout.run(&["audit", "--verbose"]);
    let directories = |lines: &str, part: &str| {
        let lines = lines.lines().filter(|line| line.contains(part));
        let names = lines.filter_map(|line| line.trim().split_once("/main.tf"));
        names
            .map(|(name, _)| name.to_owned())
            .collect::<Vec<_>>()
            .join(" ")
    };
    let found = directories(&outcome.stdout, " assumes a role ");
    let kept = directories(&outcome.stderr, " keeps its role: ");
    (found, kept)
}

#[test]
fn a_role_that_another_account_s_runner_needs_is_accepted() {
    for (path, text, answers, found, kept) in [
        // Nobody has said where it acts.
        ("Jenkinsfile", "sh 'terraform apply'\n", "", "dev live", ""),
        (
            "Jenkinsfile",
            "sh 'terraform apply'\n",
            "runner \"Jenkinsfile\" { account = \"shared\" }\n",
            "",
            "dev live",
        ),
        // There the role is of no use.
        (
            "Jenkinsfile",
            "sh 'terraform apply'\n",
            "runner \"Jenkinsfile\" { account = \"dev\" }\n",
            "dev",
            "live",
        ),
        (
            "Jenkinsfile",
            "sh 'terraform -chdir=live apply'\n",
            "runner \"Jenkinsfile\" { account = \"shared\" }\n",
            "dev",
            "live",
        ),
        (
            "Jenkinsfile",
            "sh 'terraform apply'\n",
            "runner \"Jenkinsfile\" { account = \"*\" }\n",
            "dev live",
            "",
        ),
        (
            "Jenkinsfile",
            "sh 'terraform apply'\n",
            "runner \"Jenkinsfile\" { terraform = false }\n",
            "dev live",
            "",
        ),
        (
            "atlantis.yaml",
            "version: 3\nprojects:\n- dir: dev\n",
            "runner \"atlantis.yaml\" { account = \"shared\" }\n",
            "live",
            "dev",
        ),
        (
            "deploy.sh",
            "AWS_PROFILE=shared terraform apply\n",
            "",
            "",
            "dev live",
        ),
        (
            "Makefile",
            "apply:\n\tterraform apply\n",
            "",
            "dev live",
            "",
        ),
    ] {
        let expected = (found.to_owned(), kept.to_owned());
        assert_eq!(
            beside(path, text, answers),
            expected,
            "{path} {text} {answers}"
        );
    }
}

#[test]
fn a_role_is_accepted_by_its_own_account_and_with_its_reason() {
    let alias = ROLE.replace("{\n  assume", "{\n  alias = \"logs\"\n  assume");
    let alias = alias.replace("111111111111", "${var.id}");
    let files = [
        ("main.tf", &*format!("{ROLE}{alias}")),
        (
            "variables.tf",
            "variable \"id\" {\n  default = \"222222222222\"\n}\n",
        ),
        ("Jenkinsfile", "sh 'terraform apply'\n"),
        (
            "tfkeyless.hcl",
            "account \"dev\" { id = \"111111111111\" }\nrunner \"Jenkinsfile\" { account = \"dev\" }\n",
        ),
    ];
    let checkout = Checkout::bare(&files);
    let audit = checkout.run(&["audit", "--verbose"]).code(1);
    let own = "main.tf:2:3: provider \"aws\" assumes a role [remove_assume_role]";
    assert_eq!(found(&audit), [own]);
    audit.says(
        "Kept on purpose\n  main.tf:8 provider aws.logs keeps its role: Jenkins (Jenkinsfile:1) \
         runs it with credentials of 111111111111 (dev)\n",
    );
    let brief = checkout.run(&["audit"]).code(1);
    let brief = brief.says("Kept on purpose: 1 role (--verbose lists them)\n");
    assert!(!brief.stderr.contains("aws.logs"));
    let json = checkout.run(&["audit", "--format", "json"]).code(1).stdout;
    let json: Value = serde_json::from_str(&json).unwrap();
    let skipped = json["skipped"].as_array().unwrap();
    assert!(
        skipped
            .iter()
            .any(|it| it["line"] == 8 && it["file"] == "main.tf")
    );
}

#[test]
fn a_comment_on_a_role_that_is_kept_anyway_has_its_use() {
    let commented = ROLE.replace(
        "  assume",
        "  # tfkeyless: ignore[remove_assume_role] hub\n  assume",
    );
    let checkout = Checkout::bare(&[
        ("main.tf", &commented),
        ("Jenkinsfile", "sh 'terraform apply'\n"),
        (
            "tfkeyless.hcl",
            "account \"hub\" { id = \"333333333333\" }\nrunner \"Jenkinsfile\" { account = \"hub\" }\n",
        ),
    ]);
    checkout.run(&["audit"]).code(0).says("Nothing found.");
}

/// A workflow of one job with these lines, which runs Terraform in a directory.
fn job(lines: &str, directory: &str) -> String {
    format!(
        "on: push\njobs:\n  apply:\n    runs-on: ubuntu-latest\n    permissions: {{id-token: write, \
         contents: read}}\n    steps:\n{lines}      - run: terraform apply\n        \
         working-directory: {directory}\n"
    )
}

/// The step that signs in to a role by OIDC.
fn sign_in(role: &str) -> String {
    format!(
        "      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n          \
         role-to-assume: {role}\n          aws-region: eu-west-1\n"
    )
}

#[test]
fn a_role_that_a_signed_in_job_of_another_account_needs_is_accepted() {
    let keys = "      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n          \
                aws-access-key-id: ${{ secrets.AWS_ACCESS_KEY_ID }}\n          \
                aws-secret-access-key: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n          \
                aws-region: eu-west-1\n";
    let hub = sign_in("arn:aws:iam::333333333333:role/ci");
    let variable = sign_in("${{ vars.ROLE }}");
    for (lines, directory, answers, found, kept) in [
        // By OIDC in the hub, from which roles lead on.
        (hub.as_str(), "dev", "", "live", "dev"),
        (&hub, "live", "", "dev", "live"),
        (&hub, "${{ github.ref_name }}", "", "", "dev live"),
        // In the account of the role, which is of no use.
        (
            &sign_in("arn:aws:iam::111111111111:role/ci"),
            "dev",
            "",
            "dev live",
            "",
        ),
        // By an expression: nobody knows, until the configuration tells.
        (&variable, "dev", "", "live", "dev"),
        (
            &variable,
            "dev",
            "role \"vars.ROLE\" { account = \"dev\" }\n",
            "dev live",
            "",
        ),
        (
            &variable,
            "dev",
            "role \"vars.ROLE\" { account = \"shared\" }\n",
            "live",
            "dev",
        ),
        // One sign-in for two accounts.
        (
            &format!("{variable}      - run: terraform -chdir=dev apply\n"),
            "live",
            "",
            "",
            "dev live",
        ),
        // On static keys: the job is to be migrated first.
        (keys, "dev", "", "dev live", ""),
        (&format!("{keys}{hub}"), "dev", "", "dev live", ""),
        // Without Terraform no root module has to do with it.
        (&hub, "docs", "", "dev live", ""),
    ] {
        let workflow = job(lines, directory);
        let expected = (found.to_owned(), kept.to_owned());
        let is = beside(".github/workflows/tf.yml", &workflow, answers);
        assert_eq!(is, expected, "{workflow} {answers}");
    }
}

#[test]
fn after_jobs_sign_in_as_their_keys_did_the_audit_is_green() {
    let keys = "      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n          \
                aws-access-key-id: ${{ secrets.AWS_ACCESS_KEY_ID }}\n          \
                aws-secret-access-key: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n          \
                aws-region: eu-west-1\n      - run: terraform -chdir=dev apply\n      - run: aws s3 \
                sync . s3://artifacts\n";
    let live = ROLE.replace("111111111111", "222222222222");
    let checkout = Checkout::bare(&[
        ("dev/main.tf", ROLE),
        ("live/main.tf", &live),
        (".github/workflows/tf.yml", &job(keys, "live")),
    ]);
    checkout.run(&["audit"]).code(1);
    checkout.run(&["apply", "--yes", "--allow-dirty"]).code(0);
    assert_eq!(checkout.read("dev/main.tf"), ROLE);
    let audit = checkout.run(&["audit", "--verbose"]).code(0);
    audit.says(
        "Kept on purpose\n  dev/main.tf:2 provider \"aws\" keeps its role: job apply \
         (.github/workflows/tf.yml:7), which runs it, also",
    );
}

#[test]
fn a_job_needs_no_role_in_its_own_account() {
    let alias = ROLE.replace("{\n  assume", "{\n  alias = \"hub\"\n  assume");
    let alias = alias.replace("111111111111", "333333333333");
    let hub = sign_in("arn:aws:iam::333333333333:role/ci");
    let checkout = Checkout::bare(&[
        ("dev/main.tf", &format!("{ROLE}{alias}")),
        (".github/workflows/tf.yml", &job(&hub, "dev")),
    ]);
    let audit = checkout.run(&["audit", "--verbose"]).code(1);
    let own = "dev/main.tf:8:3: provider aws.hub assumes a role [remove_assume_role]";
    assert_eq!(found(&audit), [own]);
    audit.says("dev/main.tf:2 provider \"aws\" keeps its role: job apply");
}
