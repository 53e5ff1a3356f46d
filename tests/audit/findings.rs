//! What is found, and in which format.

use serde_json::Value;

use super::{ROLE, SHARED_ENV, finds, found};
use crate::support::checkout::Checkout;

#[test]
fn the_example_before_and_after() {
    let before = Checkout::of_example("legacy-stack");
    let audit = before.run(&["audit"]).code(1).says(
        "11 findings in 5 files.\nhelp: run `tfkeyless plan` for what it can change, or keep what is meant to \
         stay with a comment `tfkeyless: ignore[ID] reason` on its line or the one above\n",
    );
    assert_eq!(
        found(&audit)[..2],
        [
            ".github/workflows/terraform.yml:14:30: error[workflow_oidc]: job dev uses static AWS keys",
            "dev/main.tf:24:3: error[remove_assume_role]: provider \"aws\" assumes a role",
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
            "main.tf:3:3: error[remove_assume_role]: provider \"aws.a\" assumes a role",
            "main.tf:9:3: error[remove_assume_role]: provider \"aws.a\" assumes a role",
            "other.tf.json:2:3: error[remove_assume_role]: provider \"aws.j\" assumes a role",
            "unit/terragrunt.hcl:1:1: error[remove_assume_role]: Terragrunt assumes a role for every command",
            "unit/terragrunt.hcl:7:3: error[remove_assume_role]: provider \"aws\" assumes a role",
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
            // Terraform loads it, whatever it is called; a template of one it does not.
            (
                "g/template.tf",
                "provider \"aws\" {\n  shared_credentials_files = [\"keys\"]\n}\n",
            ),
            (
                "g/main.tf.template",
                "provider \"aws\" {\n  shared_credentials_files = [\"keys\"]\n}\n",
            ),
            (
                "f/terragrunt.hcl",
                "remote_state {\n  backend = \"s3\"\n  config = {\n    access_key = \"AKIA1111111111111111\"\n  }\n}\n",
            ),
        ],
        &[
            "a/main.tf:2:3: error[remove_static_keys]: provider \"aws\" has `access_key` and `secret_key`",
            "a/main.tf:8:3: error[remove_assume_role]: provider \"aws.r\" assumes a role",
            "a/main.tf:9:3: error[remove_static_keys]: provider \"aws.r\" has `access_key` and `secret_key`",
            "b/main.tf:5:3: error[remove_static_keys]: the S3 backend has `access_key` and `secret_key`",
            "c/dev.tfbackend:3:1: error[remove_static_keys]: the S3 backend has `access_key`",
            "d/main.tf:4:3: error[remove_static_keys]: data.terraform_remote_state.x has `access_key` and `secret_key`",
            "e/main.tf:2:3: error[remove_static_keys]: provider \"aws\" looks for keys in the file of `shared_credentials_files`",
            "f/terragrunt.hcl:4:5: error[remove_static_keys]: remote_state has `access_key`",
            "g/template.tf:2:3: error[remove_static_keys]: provider \"aws\" looks for keys in the file of `shared_credentials_files`",
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
            "main.tf:2:12: error[github_module_source]: module \"a\" comes from an S3 bucket",
            "main.tf:6:12: error[github_module_source]: module \"b\" comes from an S3 bucket",
            "unit/terragrunt.hcl:2:12: error[github_module_source]: the module that Terragrunt deploys comes from an S3 bucket",
        ],
    );
}

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
            ".github/workflows/ci.yml:3:22: error[workflow_oidc]: job a, job b use static AWS keys",
            ".github/workflows/ci.yml:15:30: error[workflow_oidc]: job b uses static AWS keys",
            ".github/workflows/odd.yml:5:3: error[workflow_oidc]: the file speaks of static AWS keys and cannot be read: the key `a` stands here a second time",
            "deploy.sh:1:1: error[workflow_oidc]: a line outside of GitHub Actions uses static AWS keys",
            "deploy.sh:5:1: error[workflow_oidc]: a line outside of GitHub Actions uses static AWS keys",
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
    let reported = |format: &str| checkout.run(&["audit", "--format", format]).code(1).stdout;
    assert_eq!(
        reported("github"),
        "::error file=main.tf,line=2,col=3,title=tfkeyless remove_assume_role::provider \"aws\" \
         assumes a role%0Ahelp: use ambient credentials, or the profile of its account\n\
         ::error file=x.tf,line=1,col=3,title=tfkeyless ignore::the comment ignores nothing: \
         unknown transform `x`; `tfkeyless explain` lists them%0Ahelp: write `tfkeyless: ignore[ID] reason`, with \
         remove_assume_role, remove_static_keys, github_module_source, workflow_oidc\n"
    );
    let document: Value = serde_json::from_str(&reported("json")).unwrap();
    assert_eq!(document["findings"][0]["line"], 2);
    assert_eq!(document["findings"][0]["transform"], "remove_assume_role");
    assert_eq!(document["changes"], Value::Array(vec![]));
    let lines = reported("jsonl");
    assert_eq!(lines.lines().count(), 1);
    assert_eq!(serde_json::from_str::<Value>(&lines).unwrap(), document);
    let sarif: Value = serde_json::from_str(&reported("sarif")).unwrap();
    let run = &sarif["runs"][0];
    for result in run["results"].as_array().unwrap() {
        assert_eq!(result["level"], "error");
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(
            run["tool"]["driver"]["rules"][index]["id"],
            result["ruleId"]
        );
    }
    assert!(reported("markdown").starts_with(
        "## Found by the audit\n\n- [ ] `main.tf:2` provider \"aws\" assumes a role  \n  help: use ambient"
    ));
    let clean = Checkout::bare(&[]);
    let clean = clean.run(&["audit", "--format", "markdown"]).code(0);
    assert_eq!(clean.stdout, "## Found by the audit\n\nNothing.\n");
}

#[test]
fn what_is_only_said_of_keys_is_no_use_of_them() {
    let comments = "# on: push\n# jobs:\n#   a:\n#     env:\n#       AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID }}\n";
    let usage = "#!/bin/sh\necho \"aws_access_key_id: \\${{ secret.AWS_ACCESS_KEY_ID }}\"\n";
    let broken = "on: push\njobs: [\n  AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID }}\n";
    finds(
        &[
            (".github/workflows/comments.yml", comments),
            (".github/workflows/broken.yml", broken),
            ("entrypoint.sh", usage),
        ],
        &[
            ".github/workflows/broken.yml:3:23: error[workflow_oidc]: the file speaks of static AWS keys and cannot be read: it is no YAML: while parsing a flow mapping, did not find expected ',' or '}'",
        ],
    );
}
