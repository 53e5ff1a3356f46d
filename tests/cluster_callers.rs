//! Who may use which cluster after the migration, and by which role or profile `exec` signs in to it.

use engine::selection::Selection;

use crate::support::{ROLE_1, Tree};

const CONFIG: &str = "state_profile = \"shared\"\naccount \"shared\" { id = \"333333333333\" }\naccount \"dev\" { id = \"111111111111\" }\nsso {\n  start_url = \"https://example.awsapps.com/start\"\n  region = \"eu-west-1\"\n  role_name = \"Admin\"\n}\nci {\n  role = \"arn:aws:iam::{id}:role/github-ci\"\n}\n";
const CI: &str = "arn:aws:iam::111111111111:role/github-ci";
const SSO: &str = "AWSReservedSSO_Admin_0123";
const WORKFLOW: &str = "on: push\njobs:\n  plan:\n    runs-on: ubuntu-latest\n    env:\n      AWS_ACCESS_KEY_ID: ${{ secrets.AWS_ACCESS_KEY_ID }}\n      AWS_SECRET_ACCESS_KEY: ${{ secrets.AWS_SECRET_ACCESS_KEY }}\n    steps:\n      - run: terraform init && terraform apply\n";

/// `LINE sentence | help` of what is reported beside a role that goes.
fn beside(text: &str) -> Vec<String> {
    let main = format!("{ROLE_1}{text}");
    let files = [
        ("main.tf", main.as_str()),
        (".github/workflows/ci.yml", WORKFLOW),
    ];
    let plan = Tree::new(files).plan(CONFIG, Selection::default()).unwrap();
    let own = plan
        .findings
        .iter()
        .filter(|it| it.transform == "caller_identity");
    own.map(|it| {
        format!(
            "{} | {}",
            it.sentence(),
            it.help.as_deref().unwrap_or_default()
        )
    })
    .collect()
}

fn entry(name: &str, cluster: &str, principal: &str) -> String {
    format!(
        "resource \"aws_eks_access_entry\" \"{name}\" {{\n  cluster_name  = {cluster}\n  principal_arn = {principal}\n}}\n"
    )
}

#[test]
fn each_cluster_has_a_finding_with_what_it_lacks() {
    let sso = format!("\"arn:aws:iam::111111111111:role/{SSO}\"");
    let ci = format!("\"{CI}\"");
    let one = [entry("a", "\"one\"", &ci), entry("b", "\"one\"", &sso)].concat();
    let two = entry("c", "\"two\"", &sso);
    let found = beside(&format!("{one}{two}"));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].starts_with("aws_eks_access_entry.c lists"),
        "{found:?}"
    );
    assert!(
        found[0].contains(CI) && !found[0].contains("AWSReservedSSO"),
        "{found:?}"
    );
    // Both lack somebody, each somebody else.
    let found = beside(&[entry("a", "\"one\"", &ci), two.clone()].concat());
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(!found[0].contains(CI) && found[1].contains(CI), "{found:?}");
    // Two modules, each with a map of its own.
    let module = |name: &str, arn: &str| {
        format!(
            "module \"{name}\" {{\n  source = \"./x\"\n  aws_auth_roles = [{{ rolearn = {arn} }}]\n}}\n"
        )
    };
    let both = format!("\"{CI} {SSO}\"");
    let found = beside(&[module("one", &both), module("two", &sso)].concat());
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("module.two lists"), "{found:?}");
    for complete in [
        // Complete, both.
        format!("{one}{}{two}", entry("d", "\"two\"", &ci)),
        // What a reference names may be anybody.
        format!("{one}{}", entry("c", "\"two\"", "local.admin")),
        format!("{one}{}", entry("c", "\"two\"", "aws_iam_role.ci.arn")),
    ] {
        let found = beside(&complete);
        assert_eq!(found, [""; 0], "{complete}");
    }
}

/// A second `access_entries` would be an error: what is to be added goes to the one that is there.
#[test]
fn a_creator_with_entries_is_one_finding() {
    let module = |more: &str| {
        format!(
            "module \"eks\" {{\n  source = \"terraform-aws-modules/eks/aws\"\n  version = \"20.37.1\"\n  create_kms_key = false\n  enable_cluster_creator_admin_permissions = true\n{more}}}\n"
        )
    };
    let found = beside(&module(
        "  access_entries = { ops = { principal_arn = \"x\" } }\n",
    ));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].contains("set it to false and add to `access_entries` `cluster_creator = {"),
        "{found:?}"
    );
    let found = beside(&module(""));
    assert!(
        found[0].contains("set it to false and write `access_entries = { cluster_creator = {"),
        "{found:?}"
    );
}

fn exec(command: &str, arguments: &str) -> String {
    format!(
        "provider \"kubernetes\" {{\n  exec {{\n    command = \"{command}\"\n    args = {arguments}\n  }}\n}}\n"
    )
}

#[test]
fn arguments_are_followed_through_concat_locals_and_shells() {
    let role = "arn:aws:iam::111111111111:role/admin";
    let by_role = format!("signs in to the cluster by `exec` with the role {role}");
    let list = format!("[\"eks\", \"get-token\", \"--role-arn\", \"{role}\"]");
    let locals = |value: &str| format!("locals {{\n  args = {value}\n}}\n");
    for text in [
        exec("aws", &list),
        format!("{}{}", locals(&list), exec("aws", "local.args")),
        exec(
            "aws",
            &format!("concat([\"eks\", \"get-token\"], [\"--role-arn\", \"{role}\"])"),
        ),
        exec(
            "aws",
            &format!("concat([\"eks\"], var.x ? [\"--role-arn\", \"{role}\"] : [])"),
        ),
        exec(
            "sh",
            &format!("[\"-c\", \"aws eks get-token --role-arn {role}\"]"),
        ),
    ] {
        let found = beside(&text);
        assert!(
            found.iter().any(|it| it.contains(&by_role)),
            "{text}: {found:?}"
        );
        assert!(
            !found.iter().any(|it| it.contains("as who runs Terraform")),
            "{text}: {found:?}"
        );
    }
    let by_profile = exec(
        "/bin/bash",
        "[\"-c\", \"aws eks get-token --profile deployment\"]",
    );
    let found = beside(&by_profile);
    assert!(
        found[0].contains("with the profile deployment"),
        "{found:?}"
    );
    let unknown = exec("aws", "var.args");
    let found = beside(&unknown);
    assert!(
        found[0].contains("arguments that are not written out"),
        "{found:?}"
    );
    let ambient = exec("sh", "[\"-c\", \"aws eks get-token --cluster-name x\"]");
    assert!(beside(&ambient)[0].contains("as who runs Terraform, which changes"));
    // Another program's token.
    assert_eq!(beside(&exec("sh", "[\"-c\", \"gcloud auth\"]")), [""; 0]);
}

#[test]
fn a_command_that_is_only_printed_has_no_profile() {
    let local = |command: &str| {
        format!(
            "resource \"null_resource\" \"x\" {{\n  provisioner \"local-exec\" {{\n    command = \"{command}\"\n  }}\n}}\n"
        )
    };
    let found = beside(&local("aws s3 ls --profile docs"));
    assert!(found[0].contains("with the profile docs"), "{found:?}");
    let found = beside(&local("echo hi && aws s3 ls --profile docs"));
    assert!(found[0].contains("with the profile docs"), "{found:?}");
    for command in ["echo aws --profile docs", "printf '%s' AWS_PROFILE=docs"] {
        assert_eq!(beside(&local(command)), [""; 0], "{command}");
    }
}

/// The role by which a plugin signs in waits, and with it what follows the default provider; another role does not.
#[test]
fn a_role_waits_for_a_plugin_of_its_own() {
    let role = |account: &str| {
        format!("  assume_role {{\n    role_arn = \"arn:aws:iam::{account}:role/x\"\n  }}\n")
    };
    let (dev, live) = (role("111111111111"), role("222222222222"));
    let plugin = |account: &str| {
        format!(
            "provider \"kubernetes\" {{\n  exec {{\n    command = \"aws\"\n    args    = [\"eks\", \"get-token\", \"--cluster-name\", \"a\", \"--role-arn\", \"arn:aws:iam::{account}:role/x\"]\n  }}\n}}\n"
        )
    };
    for (account, is_safe) in [("222222222222", true), ("111111111111", false)] {
        let main = format!(
            "provider \"aws\" {{\n  version = \"~> 5.0\"\n{dev}}}\nprovider \"aws\" {{\n  alias = \"live\"\n{live}}}\n{}",
            plugin(account)
        );
        let config = format!("{CONFIG}account \"live\" {{ id = \"222222222222\" }}\n");
        let plan = Tree::new([("main.tf", main.as_str())])
            .plan(&config, Selection::default())
            .unwrap();
        let after = plan
            .changes
            .first()
            .map(|it| it.after.as_str())
            .unwrap_or_default();
        assert_eq!(
            after.contains("allowed_account_ids = [\"111111111111\"]"),
            is_safe,
            "{account}: {after}"
        );
        assert!(
            !is_safe || after.contains("role_arn = \"arn:aws:iam::222222222222:role/x\""),
            "{after}"
        );
    }
}
