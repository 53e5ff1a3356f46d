//! What `assume_role` sets of a role's session is named where the role goes.

use engine::plan::Plan;
use engine::selection::Selection;

use crate::support::{Tree, reviewed};

const ACCOUNTS: &str = "state_profile = \"shared\"\naccount \"shared\" { id = \"333333333333\" }\naccount \"dev\" { id = \"111111111111\" }\naccount \"prod\" { id = \"222222222222\" }\n";

fn provider(alias: &str, account: &str, more: &str) -> String {
    let alias = match alias {
        "" => String::new(),
        alias => format!("  alias = \"{alias}\"\n"),
    };
    format!(
        "provider \"aws\" {{\n  version = \"~> 5.0\"\n{alias}  assume_role {{\n    role_arn = \"arn:aws:iam::{account}:role/x\"\n    {more}\n  }}\n}}\n"
    )
}

/// The first line, whether its edits are made unasked, and the notes of findings about roles.
fn roles(plan: &Plan) -> Vec<(usize, bool, String)> {
    let findings = plan.findings.iter();
    let roles = findings.filter(|it| it.transform == "remove_assume_role");
    roles
        .map(|it| (it.at.line, it.applied, it.notes.join("\n")))
        .collect()
}

fn plan(files: &[(&str, &str)], selection: Selection) -> Plan {
    let tree = Tree::new(files.iter().copied());
    tree.plan(ACCOUNTS, selection).unwrap()
}

#[test]
fn every_setting_of_the_session_is_named_and_a_policy_waits_for_review() {
    for (setting, names, is_safe) in [
        (
            "policy = jsonencode({ Version = \"2012-10-17\" })",
            "`policy`",
            false,
        ),
        ("policy = var.policy", "`policy`", false),
        (
            "policy_arns = [\"arn:aws:iam::aws:policy/ReadOnlyAccess\"]",
            "`policy_arns`",
            false,
        ),
        ("external_id = \"vendor-42\"", "`external_id`", true),
        ("duration = \"2h\"", "`duration`", true),
        ("duration_seconds = 7200", "`duration_seconds`", true),
        ("tags = { team = \"platform\" }", "`tags`", true),
        (
            "transitive_tag_keys = [\"team\"]",
            "`transitive_tag_keys`",
            true,
        ),
        ("source_identity = \"ci\"", "`source_identity`", true),
        // Nothing is set.
        ("policy = null", "", true),
        ("policy = \"\"", "", true),
        ("policy_arns = []", "", true),
        ("tags = {}", "", true),
        ("session_name = \"ci\"", "", true),
    ] {
        let main = provider("", "111111111111", setting);
        let unasked = plan(&[("main.tf", &main)], Selection::default());
        let [(_, applied, help)] = &roles(&unasked)[..] else {
            panic!("{setting}");
        };
        assert_eq!(*applied, is_safe, "{setting}");
        assert_eq!(
            help.contains("no longer"),
            !names.is_empty(),
            "{setting}: {help}"
        );
        assert!(help.contains(names), "{setting}: {help}");
        let all = plan(&[("main.tf", &main)], reviewed());
        assert!(roles(&all)[0].1, "{setting}");
    }
}

/// A provider that goes together with the default one waits alone; one that the default waits for, too.
#[test]
fn a_session_policy_holds_the_roles_that_depend_on_it() {
    let (wide, narrow) = ("", "policy = var.policy");
    for (default, alias, expected) in [
        (wide, narrow, [true, false]),
        (narrow, wide, [false, false]),
        (wide, wide, [true, true]),
    ] {
        let main = [
            provider("", "111111111111", default),
            provider("y", "111111111111", alias),
        ]
        .concat();
        let plan = plan(&[("main.tf", &main)], Selection::default());
        let applied: Vec<bool> = roles(&plan).iter().map(|it| it.1).collect();
        assert_eq!(applied, expected, "{default} {alias}");
    }
}

#[test]
fn settings_are_named_where_a_profile_takes_the_role_s_place() {
    let main = [
        provider("", "111111111111", ""),
        provider("y", "222222222222", "external_id = \"x\""),
    ]
    .concat();
    let plan = plan(&[("main.tf", &main)], reviewed());
    let help = &roles(&plan)[1].2;
    assert!(help.contains("`external_id` is no longer sent"), "{help}");
}

#[test]
fn dynamic_roles_chains_and_generated_providers_have_sessions_too() {
    let dynamic = "provider \"aws\" {\n  version = \"~> 5.0\"\n  dynamic \"assume_role\" {\n    for_each = [1]\n    content {\n      role_arn = \"arn:aws:iam::111111111111:role/x\"\n      policy = var.p\n    }\n  }\n}\n";
    let chain = "provider \"aws\" {\n  version = \"~> 5.0\"\n  assume_role {\n    role_arn = \"arn:aws:iam::333333333333:role/hop\"\n    policy = var.p\n  }\n  assume_role {\n    role_arn = \"arn:aws:iam::111111111111:role/x\"\n  }\n}\n";
    let generated = format!(
        "generate \"provider\" {{\n  path = \"provider.tf\"\n  if_exists = \"overwrite\"\n  contents = <<EOF\n{}EOF\n}}\n",
        provider("", "111111111111", "policy = \"{}\"")
    );
    for (file, text) in [
        ("main.tf", dynamic),
        ("main.tf", chain),
        ("terragrunt.hcl", &generated),
    ] {
        let plan = plan(&[(file, text)], Selection::default());
        let [(_, applied, help)] = &roles(&plan)[..] else {
            panic!("{text}: {:?}", plan.findings);
        };
        assert!(!applied, "{text}");
        assert!(
            help.contains("`policy` no longer narrows"),
            "{text}: {help}"
        );
    }
}
