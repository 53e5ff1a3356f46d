//! A root module that uses AWS without a provider block acts by the ambient credentials, as one with an empty
//! block does: a job that also runs it does not follow the role of another root module.

use crate::support::Tree;
use diagnostics::finding::Safety;
use engine::selection::Selection;

const SETTINGS: &str = "state_profile = \"shared\"\naccount \"shared\" {\n  id = \"333333333333\"\n}\naccount \"dev\" {\n  id = \"111111111111\"\n}\nci {\n  role = \"arn:aws:iam::{id}:role/ci\"\n}\nkeys \"AWS_ACCESS_KEY_ID\" {\n  account = \"shared\"\n}\n";

const ROLE: &str = "provider \"aws\" {\n  region = \"eu-west-1\"\n  assume_role {\n    role_arn = \"arn:aws:iam::111111111111:role/deploy\"\n  }\n}\n";

const REQUIRES: &str = "terraform {\n  required_providers {\n    aws = {\n      source  = \"hashicorp/aws\"\n      version = \"~> 5.0\"\n    }\n  }\n}\n";

const CI: &str = "on: push\npermissions:\n  contents: read\njobs:\n  j:\n    runs-on: ubuntu-latest\n    env:\n      AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID }}\n      AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n      AWS_REGION: eu-west-1\n    steps:\n      - uses: actions/checkout@v4\n      - run: for d in a b; do terraform -chdir=$d apply; done\n";

/// The role that the job signs in with, and whether the role of `a` goes without review.
fn outcome(other: &str) -> (bool, bool) {
    let tree = Tree::new([
        ("a/main.tf", ROLE),
        ("b/main.tf", other),
        ("c/main.tf", "resource \"aws_vpc\" \"v\" {}\n"),
        ("d/main.tf", "output \"x\" {\n  value = 1\n}\n"),
        (".github/workflows/ci.yml", CI),
    ]);
    let plan = tree.plan(SETTINGS, Selection::default()).unwrap();
    let of = |transform: &'static str| {
        let findings = plan.findings.iter();
        findings.filter(move |it| it.transform == transform)
    };
    let is_removed =
        of("remove_assume_role").any(|it| it.safety == Safety::Safe && !it.edits.is_empty());
    let texts = of("workflow_oidc").flat_map(|it| &it.edits);
    let texts: Vec<&str> = texts.map(|it| it.edit.text.as_str()).collect();
    (texts.concat().contains("111111111111:role/ci"), is_removed)
}

#[test]
fn a_root_module_without_a_provider_block_is_an_identity() {
    let vpc = "resource \"aws_vpc\" \"v\" {}\n";
    let backend = "terraform {\n  backend \"s3\" {\n    bucket = \"s\"\n    key    = \"b\"\n    region = \"eu-west-1\"\n  }\n}\n";
    let call =
        |source: &str, more: &str| format!("module \"m\" {{\n  source = \"{source}\"\n{more}}}\n");
    for other in [
        format!("{REQUIRES}{vpc}"),
        format!("{backend}{vpc}"),
        format!("{REQUIRES}data \"aws_ssm_parameter\" \"p\" {{}}\n"),
        format!("provider \"aws\" {{\n  alias = \"x\"\n}}\n{vpc}"),
        format!(
            "{REQUIRES}{}",
            call("terraform-aws-modules/vpc/aws", "  version = \"5.16.0\"\n")
        ),
        format!("{REQUIRES}{}", call("git::https://github.com/o/m.git", "")),
        format!("{REQUIRES}{}", call("../c", "")),
    ] {
        assert_eq!(outcome(&other), (false, false), "{other}");
    }
    // What acts in no account of its own holds nothing.
    for other in [
        format!("{REQUIRES}resource \"null_resource\" \"x\" {{}}\n"),
        format!("{REQUIRES}data \"aws_iam_policy_document\" \"p\" {{}}\n"),
        format!("{REQUIRES}{}", call("../d", "")),
        format!("{ROLE}{REQUIRES}{vpc}"),
    ] {
        assert_eq!(outcome(&other), (true, true), "{other}");
    }
}
