//! Transforms that do not go together, or never come to an end: one of them loses its edits where
//! that is so, and the repository keeps its plan.

use crate::support::{Tree, beside, changed, reports};
use diagnostics::finding::Finding;
use engine::catalogue::{Catalogue, Transform};
use engine::error::PlanError;
use engine::plan::Plan;
use engine::repo::Repo;
use engine::scan::{Scan, Scans};
use engine::selection::Selection;
use syntax::edit::Edit;
use terraform::module::Module;
use transforms::{CATALOGUE, SCANS};

/// A finding at a text of a module's files, with an edit of it.
fn edit(id: &'static str, module: &Module, found: &str, to: &str) -> Vec<Finding> {
    let documents = module.documents.iter().filter_map(|document| {
        let start = document.text().find(found)?;
        let range = start..start + found.len();
        let finding = Finding::new(id, document, range.clone(), ("it", "changes"));
        Some(finding.edit(document, Edit::replace(range, to)))
    });
    documents.collect()
}

/// A transform by its id, with what it runs on every module.
type OnModules = (&'static str, fn(&Module, &Repo) -> Vec<Finding>);

/// The plan of these transforms, in that order.
fn plan(transforms: &[OnModules], files: &[(&str, &str)]) -> Plan {
    let scans = transforms.iter();
    let scans = scans.map(|(id, scan)| (*id, Scan::Module(*scan)));
    plan_by(scans.collect(), files)
}

fn plan_by(scans: Vec<(&'static str, Scan)>, files: &[(&str, &str)]) -> Plan {
    try_plan_by(scans, files).expect("the repository keeps its plan")
}

fn try_plan_by(
    scans: Vec<(&'static str, Scan)>,
    files: &[(&str, &str)],
) -> Result<Plan, PlanError> {
    let transforms = scans.iter().map(|(id, _)| {
        let known = CATALOGUE.transform(id).copied();
        known.unwrap_or(Transform {
            id,
            ..Transform::DEFAULT
        })
    });
    let catalogue = Catalogue(Vec::leak(transforms.collect()));
    let tree = Tree::new(files.iter().copied());
    tree.plan_by(catalogue, Scans(Vec::leak(scans)), "", Selection::default())
}

const PROVIDER: &str = "provider \"aws\" {\n  region = \"a\"\n}\n";

#[test]
fn of_edits_that_overlap_the_later_transform_loses() {
    fn one(module: &Module, _: &Repo) -> Vec<Finding> {
        edit("one", module, "\"a\"", "\"b\"")
    }
    fn two(module: &Module, _: &Repo) -> Vec<Finding> {
        edit("two", module, "region = \"a\"", "region = \"c\"")
    }
    let plan = plan(&[("one", one), ("two", two)], &[("main.tf", PROVIDER)]);
    assert_eq!(plan.changes[0].after, PROVIDER.replace("\"a\"", "\"b\""));
    let lost = plan.open().next().unwrap();
    assert_eq!(lost.transform, "two");
    assert!(
        lost.message.contains("one and two do not go together"),
        "{}",
        lost.message
    );
    assert!(
        lost.message.contains("bug in tfkeyless"),
        "{}",
        lost.message
    );
}

#[test]
fn a_result_that_does_not_close_costs_only_the_transform_that_broke_it() {
    fn sound(module: &Module, _: &Repo) -> Vec<Finding> {
        edit("sound", module, "\"a\"", "\"b\"")
    }
    fn broken(module: &Module, _: &Repo) -> Vec<Finding> {
        edit("broken", module, "}", "")
    }
    let plan = plan(
        &[("broken", broken), ("sound", sound)],
        &[("main.tf", PROVIDER)],
    );
    assert_eq!(plan.changes[0].after, PROVIDER.replace("\"a\"", "\"b\""));
    let lost = plan.open().next().unwrap();
    assert_eq!(lost.transform, "broken");
    assert!(lost.message.contains("never closed"), "{}", lost.message);
}

#[test]
fn a_block_that_no_longer_parses_costs_only_its_transform() {
    fn twice(module: &Module, _: &Repo) -> Vec<Finding> {
        let to = "region = \"a\"\n  region = \"b\"";
        edit("twice", module, "region = \"a\"", to)
    }
    let plan = plan(&[("twice", twice)], &[("main.tf", PROVIDER)]);
    assert_eq!(plan.changes, []);
    let lost = plan.open().next().unwrap();
    assert!(lost.message.contains("does not parse"), "{}", lost.message);
}

#[test]
fn what_never_ends_loses_its_edits_in_every_directory_at_once() {
    fn longer(module: &Module, _: &Repo) -> Vec<Finding> {
        edit("longer", module, "= \"a", "= \"aa")
    }
    fn once(module: &Module, _: &Repo) -> Vec<Finding> {
        edit("once", module, "alias = \"x\"", "alias = \"y\"")
    }
    let alias = PROVIDER.replace("region", "alias = \"x\"\n  region");
    let files = ["a/main.tf", "b/main.tf", "c/main.tf"].map(|path| (path, alias.as_str()));
    let plan = plan(&[("longer", longer), ("once", once)], &files);
    assert_eq!(changed(&plan), ["a/main.tf", "b/main.tf", "c/main.tf"]);
    for change in &plan.changes {
        assert_eq!(change.after, alias.replace("\"x\"", "\"y\""));
    }
    let lost = reports(&plan);
    assert_eq!(lost.len(), 3, "{lost:?}");
    let is_expected = |it: &String| it.contains("longer would edit line 3 again");
    assert!(lost.iter().all(is_expected), "{lost:?}");
}

/// Keys that are no keys of AWS stay while nothing validates them: whoever removes the setting that
/// says so makes them keys.
#[test]
fn of_two_right_transforms_the_one_that_makes_work_for_the_other_loses() {
    fn unskip(module: &Module, _: &Repo) -> Vec<Finding> {
        let setting = "  skip_credentials_validation = true\n";
        edit("unskip", module, setting, "")
    }
    let mut scans = SCANS.0.iter();
    let keys = scans.find(|(id, _)| *id == "remove_static_keys").unwrap();
    let both = vec![("unskip", Scan::Module(unskip)), *keys];
    let placeholder = "provider \"aws\" {\n  access_key = \"abc\"\n  secret_key = \"def\"\n  skip_credentials_validation = true\n}\n";
    let free = "provider \"aws\" {\n  region = \"a\"\n  skip_credentials_validation = true\n}\n";
    let files = [("a/main.tf", placeholder), ("b/main.tf", free)];
    let plan = plan_by(both, &files);
    assert_eq!(changed(&plan), ["b/main.tf"]);
    let lost = plan.open().next().unwrap();
    assert_eq!(lost.transform, "unskip");
    assert_eq!(lost.at.path, std::path::Path::new("a/main.tf"));
    assert!(
        lost.message.contains("remove_static_keys would edit") && lost.message.contains("unskip"),
        "{}",
        lost.message
    );
}

/// Jobs that were to keep their keys, since no role is right for what they run, and that may sign in to the account
/// of those keys once the roles of their root modules stay.
#[test]
fn a_job_that_signs_in_after_all_holds_no_backend() {
    let root = |account: &str| {
        format!(
            "terraform {{\n  backend \"s3\" {{\n    bucket = \"b\"\n    key    = \"k\"\n    region = \"r\"\n  }}\n}}\n\nprovider \"aws\" {{\n  version = \"~> 5.0\"\n  assume_role {{\n    role_arn = \"arn:aws:iam::{account}:role/x\"\n  }}\n}}\n"
        )
    };
    let (dev, live) = (root("111111111111"), root("222222222222"));
    let job = |id: &str, directory: &str| {
        format!(
            "  {id}:\n    runs-on: ubuntu-latest\n    env:\n      AWS_ACCESS_KEY_ID: ${{{{ secrets.AWS_ACCESS_KEY_ID }}}}\n      AWS_SECRET_ACCESS_KEY: ${{{{ secrets.AWS_SECRET_ACCESS_KEY }}}}\n      AWS_REGION: us-east-1\n    steps:\n      - uses: actions/checkout@v4\n      - run: terraform -chdir={directory} init\n      - run: terraform -chdir={directory} apply\n"
        )
    };
    let permissions = "permissions:\n  contents: read\njobs:\n";
    // The name that tfkeyless would give a role is another's already.
    let named = format!(
        "on: push\n{permissions}{}{}  q:\n    runs-on: ubuntu-latest\n    permissions: {{id-token: write, contents: read}}\n    steps:\n      - uses: aws-actions/configure-aws-credentials@v4\n        with:\n          role-to-assume: ${{{{ vars.DEV_AWS_OIDC_ROLE_ARN }}}}\n          aws-region: us-east-1\n      - run: aws s3 ls\n",
        job("x", "dev"),
        job("e", "live")
    );
    // An input of two kinds of start.
    let started = format!(
        "on:\n  workflow_dispatch:\n    inputs:\n      dir: {{type: choice, options: [dev, live]}}\n  workflow_call:\n    inputs:\n      dir: {{type: string, required: true}}\n{permissions}{}",
        job("x", "${{ inputs.dir }}")
    );
    let calling = format!(
        "on: push\n{permissions}  d:\n    uses: ./.github/workflows/ci.yml\n    with: {{dir: dev}}\n    secrets: inherit\n"
    );
    let config = "state_profile = \"shared-account\"\naccount \"dev\" { id = \"111111111111\" }\naccount \"live\" { id = \"222222222222\" }\naccount \"shared-account\" { id = \"333333333333\" }\n";
    let root_modules = ["dev/main.tf", "live/main.tf"];
    for (workflow, calling, expected) in [
        (&named, "on: push\njobs: {}\n", &root_modules[..]),
        (&started, &calling, &[]),
    ] {
        let tree = Tree::new([
            ("dev/main.tf", dev.as_str()),
            ("live/main.tf", live.as_str()),
            (".github/workflows/ci.yml", workflow),
            (".github/workflows/calling.yml", calling),
        ]);
        let plan = tree.plan(config, Selection::default()).unwrap();
        let reports = reports(&plan);
        let mut modules = changed(&plan);
        modules.retain(|path| path.ends_with("main.tf"));
        assert_eq!(modules, expected, "{reports:#?}");
        let is_bug = |it: &String| it.contains("a bug");
        assert!(!reports.iter().any(is_bug), "{reports:#?}");
        let again = tree.with(&plan).plan(config, Selection::default()).unwrap();
        assert_eq!(changed(&again), [""; 0]);
    }
}

/// Code and provider move together or not at all: where a transform of the upgrade loses its edits, the
/// others wait for it.
#[test]
fn what_is_upgraded_together_waits_for_edits_that_are_left_out() {
    /// Edits a part of what `upgrade_arguments` renames.
    fn arguments(module: &Module, _: &Repo) -> Vec<Finding> {
        edit("other", module, "ame = \"app\"", "ote = \"app\"")
    }
    fn provider(module: &Module, _: &Repo) -> Vec<Finding> {
        edit("other", module, "4.67\"", "4.66\"")
    }
    fn vpc(module: &Module, _: &Repo) -> Vec<Finding> {
        edit("other", module, "3.18.1\"", "3.18.0\"")
    }
    fn nothing(_: &Module, _: &Repo) -> Vec<Finding> {
        Vec::new()
    }
    const CODE: &str = "resource \"aws_db_instance\" \"main\" {\n  name = \"app\"\n}\n";
    const REQUIRED: &str = "terraform {\n  required_providers {\n    aws = \"~> 4.67\"\n  }\n}\n";
    const VPC: &str = "module \"vpc\" {\n  source  = \"terraform-aws-modules/vpc/aws\"\n  version = \"3.18.1\"\n  cidr    = \"10.0.0.0/16\"\n}\n";
    let call = "module \"child\" {\n  source = \"../child\"\n}\n";
    let (calls, all) = ([REQUIRED, call].concat(), [REQUIRED, CODE, VPC].concat());
    let one = [("live/main.tf", all.as_str())];
    let called = [("live/main.tf", calls.as_str()), ("child/main.tf", CODE)];
    let upgrades = ["bump_provider", "bump_module", "upgrade_arguments"];
    for (other, files, changes) in [
        (
            nothing as fn(&Module, &Repo) -> _,
            &one[..],
            &["live/main.tf"][..],
        ),
        (nothing, &called, &["child/main.tf", "live/main.tf"]),
        (arguments, &one, &["live/main.tf"]),
        (arguments, &called, &["child/main.tf"]),
        (provider, &one, &["live/main.tf"]),
        (provider, &called, &["live/main.tf"]),
        (vpc, &one, &["live/main.tf"]),
    ] {
        let known = SCANS.0.iter().filter(|(id, _)| upgrades.contains(id));
        let scans = [("other", Scan::Module(other))].into_iter();
        let plan = plan_by(scans.chain(known.copied()).collect(), files);
        assert_eq!(changed(&plan), changes);
        let is_upgrade = |it: &&Finding| upgrades.contains(&it.transform);
        let made = plan.applied().filter(is_upgrade).count();
        let is_free = std::ptr::fn_addr_eq(other, nothing as fn(&Module, &Repo) -> _);
        assert_eq!(made > 0, is_free, "{:#?}", plan.findings);
        let said = plan.findings.iter().map(beside);
        let says = said.filter(|it| it.contains("a bug in tfkeyless")).count();
        let messages = plan.findings.iter();
        let says = says
            + messages
                .filter(|it| it.message.contains("a bug in tfkeyless"))
                .count();
        assert_eq!(says == 0, is_free, "{:#?}", plan.findings);
    }
}

/// Whatever a transform does: each provider is resolved before and after a plan.
#[test]
fn a_plan_in_which_a_provider_acts_in_another_account_is_refused() {
    fn account(module: &Module, _: &Repo) -> Vec<Finding> {
        edit("account", module, "111111111111", "222222222222")
    }
    fn name(module: &Module, _: &Repo) -> Vec<Finding> {
        edit("name", module, "role/old", "role/new")
    }
    let role = "provider \"aws\" {\n  assume_role {\n    role_arn = \"arn:aws:iam::111111111111:role/old\"\n  }\n}\n";
    let files = [("main.tf", role)];
    let plan = plan_by(vec![("name", Scan::Module(name))], &files);
    assert_eq!(changed(&plan), ["main.tf"]);
    let refused = try_plan_by(vec![("account", Scan::Module(account))], &files);
    let refused = refused.map(|plan| changed(&plan)).unwrap_err().to_string();
    assert!(refused.contains("would change account"), "{refused}");
}
