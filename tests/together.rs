//! What several transforms or several modules decide together.
#![allow(missing_docs)]

mod support;

use std::collections::BTreeSet;

use support::{Tree, reports, reviewed};
use transforms::model::plan::Plan;
use transforms::model::repo::Selection;
use transforms::planner::PlanError;

const CONFIG: &str = "state_profile = \"shared\"\naccount \"dev\" { id = \"111111111111\" }\n";

const PROVIDER_4: &str = "terraform {\n  required_providers {\n    aws = \"~> 4.0\"\n  }\n}\n";
const VPC_3: &str = "module \"vpc\" {\n  source  = \"terraform-aws-modules/vpc/aws\"\n  version = \"3.18.1\"\n  cidr    = \"10.0.0.0/16\"\n}\n";

fn without(id: &str) -> Selection {
    Selection {
        skip: BTreeSet::from([id.to_owned()]),
        ..Selection::default()
    }
}

fn changed(plan: &Plan) -> Vec<String> {
    let changes = plan.changes.iter();
    changes
        .map(|change| change.path.display().to_string())
        .collect()
}

#[test]
fn skipping_either_of_provider_and_vpc_module_skips_both() {
    let tree = Tree::new([("versions.tf", PROVIDER_4), ("vpc.tf", VPC_3)]);
    let both = tree.plan(CONFIG, Selection::default()).unwrap();
    assert_eq!(changed(&both), ["versions.tf", "vpc.tf"]);

    let no_module = tree.plan(CONFIG, without("bump_module")).unwrap();
    assert_eq!(no_module.changes, []);
    assert_eq!(
        reports(&no_module),
        ["versions.tf:3: the AWS provider is held back"]
    );
    let help = no_module.findings[0].help.as_deref().unwrap();
    assert_eq!(
        help,
        "the VPC module `3.18.1` in the root directory fails with provider 5 and does not move: bump_module is switched off"
    );

    let no_provider = tree.plan(CONFIG, without("bump_provider")).unwrap();
    assert_eq!(no_provider.changes, []);
    assert_eq!(
        reports(&no_provider),
        ["vpc.tf:3: module \"vpc\" (terraform-aws-modules/vpc/aws) is held back"]
    );
    let help = no_provider.findings[0].help.as_deref().unwrap();
    assert!(help.contains("bump_provider is switched off"), "{help}");
}

#[test]
fn the_configuration_switches_a_transform_off_as_a_flag_does() {
    let tree = Tree::new([("versions.tf", PROVIDER_4), ("vpc.tf", VPC_3)]);
    let config = "transform \"bump_module\" { enabled = false }";
    assert_eq!(tree.plan(config, Selection::default()).unwrap().changes, []);
    let only = Selection {
        only: BTreeSet::from(["bump_module".to_owned(), "bump_provider".to_owned()]),
        ..Selection::default()
    };
    let flagged = tree.plan(config, only).unwrap();
    assert_eq!(changed(&flagged), ["versions.tf", "vpc.tf"]);
}

#[test]
fn modules_that_share_what_changes_move_together_others_do_not_wait() {
    let stuck = VPC_3.replace("3.18.1", "2.77.0");
    let stuck = stuck.replace("cidr ", "enable_s3_endpoint = true\n  cidr ");
    let calls_shared = format!("{PROVIDER_4}module \"s\" {{\n  source = \"../shared\"\n}}\n");
    let tree = Tree::new([
        ("a/main.tf", format!("{calls_shared}{stuck}").as_str()),
        ("b/main.tf", &calls_shared),
        ("b/vpc.tf", VPC_3),
        ("shared/main.tf", PROVIDER_4),
        ("c/main.tf", format!("{PROVIDER_4}{VPC_3}").as_str()),
    ]);
    let plan = tree.plan(CONFIG, reviewed()).unwrap();
    assert_eq!(changed(&plan), ["c/main.tf"]);
    let said = reports(&plan);
    for held in [
        "a/main.tf:3",
        "b/main.tf:3",
        "shared/main.tf:3",
        "b/vpc.tf:3",
    ] {
        assert!(
            said.iter()
                .any(|report| report.starts_with(held) && report.ends_with("is held back")),
            "{held}: {said:?}"
        );
    }
}

#[test]
fn a_vpc_call_that_needs_a_yes_holds_the_provider_back() {
    let straddling = VPC_3.replace("3.18.1", "~> 2.70");
    let tree = Tree::new([("versions.tf", PROVIDER_4), ("vpc.tf", straddling.as_str())]);
    let unasked = tree.plan(CONFIG, Selection::default()).unwrap();
    assert_eq!(unasked.changes, []);
    let reviewed = tree.plan(CONFIG, reviewed()).unwrap();
    assert_eq!(changed(&reviewed), ["versions.tf", "vpc.tf"]);
}

#[test]
fn a_module_outside_the_paths_named_holds_the_others_back() {
    let root = format!("{PROVIDER_4}module \"net\" {{\n  source = \"../net\"\n}}\n");
    let tree = Tree::new([("live/main.tf", root.as_str()), ("net/vpc.tf", VPC_3)]);
    let selection = Selection {
        scope: vec!["live".into()],
        ..Selection::default()
    };
    let plan = tree.plan(CONFIG, selection).unwrap();
    assert_eq!(plan.changes, []);
    assert_eq!(
        reports(&plan),
        ["live/main.tf:3: the AWS provider is held back"]
    );
}

#[test]
fn a_file_that_must_not_be_written_is_said_and_left() {
    let tree = Tree::new([("read-only/main.tf", PROVIDER_4)]);
    let plan = tree.plan(CONFIG, Selection::default()).unwrap();
    assert_eq!(plan.changes, []);
    assert_eq!(
        reports(&plan),
        ["read-only/main.tf:3: the AWS provider is held back"]
    );
    let help = plan.findings[0].help.as_deref().unwrap();
    assert_eq!(
        help,
        "`~> 4.0` in read-only stays (the file is read-only) and does not admit `~> 5.0`: init would fail"
    );
    let role = "provider \"aws\" {\n  version = \"~> 5.0\"\n  assume_role {\n  }\n}\n";
    let plan = Tree::new([("read-only/main.tf", role)])
        .plan(CONFIG, Selection::default())
        .unwrap();
    assert_eq!(plan.changes, []);
    let said = reports(&plan);
    assert!(
        said[0].ends_with("not done, the file is read-only"),
        "{said:?}"
    );
}

#[test]
fn only_files_under_the_paths_named_are_edited_or_spoken_of() {
    let tree = Tree::new([
        ("a/main.tf", PROVIDER_4),
        ("b/main.tf", PROVIDER_4),
        ("c.tf", "provider \"aws\" {\n}\n"),
    ]);
    let selection = Selection {
        scope: vec!["a".into()],
        ..Selection::default()
    };
    let plan = tree.plan(CONFIG, selection).unwrap();
    assert_eq!(changed(&plan), ["a/main.tf"]);
    assert_eq!(reports(&plan), Vec::<String>::new());
}

#[test]
fn a_file_that_does_not_close_stops_the_repository() {
    let tree = Tree::new([
        ("good.tf", PROVIDER_4),
        ("bad/a.tf", "provider \"aws\" {\n  region = \"x\n}\n"),
        ("bad/b.tf", "provider \"aws\" {\n"),
    ]);
    let Err(PlanError::Broken(places)) = tree.plan(CONFIG, Selection::default()) else {
        panic!("a plan was made");
    };
    let said = PlanError::Broken(places).to_string();
    assert_eq!(
        said,
        "bad/a.tf:2:12: the string that begins here does not end on its line\nbad/b.tf:1:16: `{` is never closed"
    );
}

#[test]
fn a_block_that_is_not_understood_is_said_and_the_others_are_done() {
    let odd = "  tags = { a = 1, a = 2 }\n}\n";
    let module = "module \"m\" {\n  source = \"s3::/b/m-1.0.0.zip\"\n";
    let unrelated = "module \"n\" {\n  source = \"github.com/o/r\"\n";
    let text = format!("{module}{odd}{unrelated}{odd}{PROVIDER_4}");
    let plan = Tree::new([("main.tf", text.as_str())])
        .plan(CONFIG, Selection::default())
        .unwrap();
    assert_eq!(changed(&plan), ["main.tf"]);
    let skipped: Vec<_> = plan
        .skipped
        .iter()
        .map(|skip| (skip.line, skip.reason.as_str()))
        .collect();
    assert_eq!(skipped.len(), 1, "{skipped:?}");
    assert_eq!(skipped[0].0, Some(1));
    assert!(
        skipped[0]
            .1
            .starts_with("is left: this `module` block is not understood"),
        "{skipped:?}"
    );
}

#[test]
fn steps_stand_per_root_module_and_only_where_they_apply() {
    let role = "provider \"aws\" {\n  assume_role {\n    role_arn = \"arn:aws:iam::111111111111:role/x\"\n  }\n}\n";
    let backend = "terraform {\n  backend \"s3\" {}\n}\n";
    let lock = "provider \"registry.terraform.io/hashicorp/aws\" {\n  version     = \"4.67.0\"\n  constraints = \"~> 4.0\"\n}\n";
    let tree = Tree::new([
        (
            "dev/main.tf",
            format!("{PROVIDER_4}{role}{backend}").as_str(),
        ),
        ("dev/.terraform.lock.hcl", lock),
        ("dev/eu west.s3.tfbackend", "bucket = \"b\"\nkey = \"k\"\n"),
        ("bare/main.tf", backend),
        (
            "done/main.tf",
            "terraform {\n  required_providers {\n    aws = \"~> 5.0\"\n  }\n}\n",
        ),
        (
            ".github/workflows/ci.yml",
            "jobs:\n  apply:\n    env:\n      AWS_ACCESS_KEY_ID: ${{ secrets.K }}\n    steps:\n      - run: terraform init\n  oidc:\n    steps:\n      - run: terraform init\n",
        ),
    ]);
    let plan = tree.plan(CONFIG, Selection::default()).unwrap();
    let commands: Vec<_> = plan.steps.iter().flat_map(|step| &step.commands).collect();
    assert_eq!(
        commands,
        [
            "unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN",
            "aws sso login --profile shared",
            "aws sso login --profile dev",
            "export AWS_PROFILE=dev",
            "aws sts get-caller-identity",
            "terraform -chdir=dev init -upgrade -reconfigure -backend-config='eu west.s3.tfbackend'",
            "aws sso login --profile PROFILE",
            "export AWS_PROFILE=PROFILE   # of the account that it deploys to",
            "aws sts get-caller-identity",
            "terraform -chdir=bare init -reconfigure -backend-config=...   # repeat every one: what is left out is lost",
        ]
    );
    let keyed: Vec<_> = plan
        .keyed_jobs
        .iter()
        .map(|keyed| (keyed.at.line, keyed.job.as_deref()))
        .collect();
    assert_eq!(keyed, [(4, Some("apply"))]);
    let others = plan.terraform_jobs.iter();
    let others: Vec<_> = others
        .map(|found| (found.at.line, found.job.as_deref()))
        .collect();
    assert_eq!(others, [(9, Some("oidc"))]);

    let bumped_alone = Tree::new([
        ("dev/main.tf", PROVIDER_4),
        (
            ".github/workflows/ci.yml",
            "env:\n  AWS_ACCESS_KEY_ID: ${{ secrets.K }}\n",
        ),
    ]);
    let plan = bumped_alone.plan(CONFIG, Selection::default()).unwrap();
    assert_eq!(plan.keyed_jobs, [], "no role and no backend changes");
    let commands: Vec<_> = plan.steps.iter().flat_map(|step| &step.commands).collect();
    assert_eq!(commands, ["terraform -chdir=dev init"]);
}

const ROLE_1: &str = "provider \"aws\" {\n  version = \"~> 5.0\"\n  assume_role {\n    role_arn = \"arn:aws:iam::111111111111:role/x\"\n  }\n}\n";

#[test]
fn a_called_module_loses_its_role_only_where_its_callers_act_in_the_same_account() {
    let other = ROLE_1.replace("111111111111", "222222222222");
    let calls = format!(
        "{ROLE_1}module \"m\" {{\n  source = \"../same\"\n}}\nmodule \"o\" {{\n  source = \"../other\"\n}}\n"
    );
    let tree = Tree::new([
        ("root/main.tf", calls.as_str()),
        ("same/main.tf", ROLE_1),
        ("other/main.tf", &other),
    ]);
    let plan = tree.plan(CONFIG, Selection::default()).unwrap();
    assert_eq!(changed(&plan), ["root/main.tf", "same/main.tf"]);
    assert_eq!(
        reports(&plan),
        [
            "other/main.tf:3: provider \"aws\" of a called module assumes a role in account 222222222222, and root, which calls it, is not known to act there: left alone"
        ]
    );
}

#[test]
fn an_alias_keeps_its_role_where_the_default_provider_keeps_it() {
    let alias = ROLE_1.replace("version = \"~> 5.0\"", "alias   = \"us\"");
    let tree = Tree::new([("a.tf", ROLE_1), ("b.tf", alias.as_str())]);
    let both = tree.plan(CONFIG, Selection::default()).unwrap();
    assert_eq!(changed(&both), ["a.tf", "b.tf"]);
    let selection = Selection {
        scope: vec!["b.tf".into()],
        ..Selection::default()
    };
    let plan = tree.plan(CONFIG, selection).unwrap();
    assert_eq!(plan.changes, []);
    let tree = Tree::new([("read-only.tf", ROLE_1), ("b.tf", alias.as_str())]);
    let plan = tree.plan(CONFIG, Selection::default()).unwrap();
    assert_eq!(plan.changes, []);
}

#[test]
fn a_root_module_without_role_is_told_where_another_loses_one() {
    let roleless = "provider \"aws\" {\n  version = \"~> 5.0\"\n}\n";
    let tree = Tree::new([("a/main.tf", ROLE_1), ("b/main.tf", roleless)]);
    let plan = tree.plan(CONFIG, Selection::default()).unwrap();
    let said = reports(&plan);
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].starts_with("b/main.tf:1: provider \"aws\" has no role, profile or keys"));
    let alone = Tree::new([("b/main.tf", roleless)])
        .plan(CONFIG, Selection::default())
        .unwrap();
    assert_eq!(reports(&alone), Vec::<String>::new());
}

#[test]
fn one_requirement_that_excludes_the_target_holds_its_roots_back() {
    let root = format!("{PROVIDER_4}module \"m\" {{\n  source = \"../m\"\n}}\n");
    for (child, why) in [
        ("~> 3.0", "`~> 3.0` in m stays and does not admit `~> 5.0`"),
        (">= 6.2", "`>= 6.2` in m stays"),
    ] {
        let child = PROVIDER_4.replace("~> 4.0", child);
        let tree = Tree::new([
            ("root/main.tf", root.as_str()),
            ("m/main.tf", &child),
            ("n/main.tf", PROVIDER_4),
        ]);
        let plan = tree.plan(CONFIG, Selection::default()).unwrap();
        assert_eq!(changed(&plan), ["n/main.tf"]);
        let mut findings = plan
            .open()
            .filter(|finding| finding.at.path.starts_with("root"));
        let help = findings
            .next()
            .and_then(|finding| finding.help.clone())
            .unwrap();
        assert!(help.starts_with(why), "{help}");
    }
}

#[test]
fn terraform_below_what_the_vpc_module_needs_holds_both_back() {
    let old = "terraform {\n  required_version = \"~> 0.14.0\"\n}\n";
    let tree = Tree::new([("a.tf", PROVIDER_4), ("b.tf", VPC_3), ("c.tf", old)]);
    let plan = tree.plan(CONFIG, Selection::default()).unwrap();
    assert_eq!(plan.changes, []);
    let help = plan.findings[0].help.as_deref().unwrap();
    assert!(help.contains("needs Terraform 1.0.0 or later"), "{help}");
}

#[test]
fn a_library_keeps_its_open_constraint() {
    let library = "terraform {\n  required_providers {\n    aws = \">= 4.0\"\n  }\n}\n";
    let handed = "terraform {\n  required_providers {\n    aws = {\n      source                = \"hashicorp/aws\"\n      version               = \"~> 4.0\"\n      configuration_aliases = [aws.us]\n    }\n  }\n}\n";
    let alone = Tree::new([("lib/main.tf", library)]);
    let plan = alone.plan(CONFIG, Selection::default()).unwrap();
    assert_eq!(
        changed(&plan),
        ["lib/main.tf"],
        "alone in the tree, it is a root"
    );
    let beside_roots = Tree::new([
        ("lib/main.tf", library),
        ("handed/main.tf", handed),
        ("root/main.tf", ROLE_1),
    ]);
    let plan = beside_roots.plan(CONFIG, Selection::default()).unwrap();
    assert_eq!(changed(&plan), ["handed/main.tf", "root/main.tf"]);
    assert!(
        plan.changes[0]
            .after
            .contains("version               = \">= 5.0\"")
    );
}

#[test]
fn the_lock_of_every_root_around_a_module_counts() {
    let root = "terraform {\n  required_providers {\n    aws = \"~> 5.0\"\n  }\n}\nmodule \"net\" {\n  source = \"../net\"\n}\n";
    let vpc_4 = VPC_3.replace("3.18.1", "4.0.2");
    let lock = "provider \"registry.terraform.io/hashicorp/aws\" {\n  version = \"5.20.0\"\n}\n";
    let tree = Tree::new([
        ("live/main.tf", root),
        ("live/.terraform.lock.hcl", lock),
        ("net/vpc.tf", vpc_4.as_str()),
    ]);
    let plan = tree.plan(CONFIG, Selection::default()).unwrap();
    assert_eq!(changed(&plan), ["net/vpc.tf"]);
    let commands: Vec<_> = plan.steps.iter().flat_map(|step| &step.commands).collect();
    assert_eq!(commands, ["terraform -chdir=live init -upgrade"]);
}
