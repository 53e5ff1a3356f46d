//! Which provider loses its role, decided across files and modules.

use std::path::Path;

use crate::support::{CONFIG, ROLE_1, Tree, changed, reports, reviewed};
use engine::plan::Plan;
use engine::selection::Selection;

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
            "other/main.tf:3: provider \"aws\" of a called module assumes a role in account 222222222222, where its caller root is not known to act"
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
    assert!(said[0].starts_with("b/main.tf:1: provider \"aws\" has no credentials of its own"));
    let alone = Tree::new([("b/main.tf", roleless)])
        .plan(CONFIG, Selection::default())
        .unwrap();
    assert_eq!(reports(&alone), Vec::<String>::new());
}

const ROLE_2: &str = "provider \"aws\" {\n  version = \"~> 5.0\"\n  assume_role {\n    role_arn = \"arn:aws:iam::222222222222:role/x\"\n  }\n}\n";
const CALLS: &str = "module \"m\" {\n  source = \"../m\"\n}\n";

#[test]
fn an_overrides_role_counts_not_the_one_it_overrides() {
    let alias = ROLE_1.replace("version = \"~> 5.0\"", "alias   = \"us\"");
    for name in ["override.tf", "a_override.tf"] {
        let tree = Tree::new([
            ("main.tf", ROLE_1),
            ("us.tf", alias.as_str()),
            (name, ROLE_2),
        ]);
        let plan = tree.plan(CONFIG, Selection::default()).unwrap();
        let mut files = changed(&plan);
        files.sort();
        let mut expected = ["main.tf", name];
        expected.sort_unstable();
        assert_eq!(files, expected, "the alias is in another account");
    }
}

#[test]
fn a_test_file_says_nothing_of_the_module_beside_it() {
    let root = format!("{ROLE_2}{CALLS}");
    let tree = Tree::new([
        ("root/z.tftest.hcl", ROLE_1),
        ("root/main.tf", root.as_str()),
        ("m/main.tf", ROLE_1),
    ]);
    let plan = tree.plan(CONFIG, Selection::default()).unwrap();
    // That of the test waits for the profile of its account.
    assert_eq!(changed(&plan), ["root/main.tf"]);
}

#[test]
fn a_called_module_keeps_its_role_where_its_caller_keeps_it() {
    let root = format!("{ROLE_1}{CALLS}");
    let identity = "provider \"aws\" {\n  profile = \"p\"\n}\n";
    let overridden = Tree::new([
        ("root/main.tf", root.as_str()),
        ("root/main_override.tf", identity),
        ("m/main.tf", ROLE_1),
    ]);
    let plan = overridden.plan(CONFIG, Selection::default()).unwrap();
    assert_eq!(plan.changes, []);
    let tree = Tree::new([("root/main.tf", root.as_str()), ("m/main.tf", ROLE_1)]);
    let selection = Selection {
        scope: vec!["m".into()],
        ..Selection::default()
    };
    let plan = tree.plan(CONFIG, selection).unwrap();
    assert_eq!(plan.changes, []);
    assert_eq!(reports(&plan).len(), 1, "{:?}", reports(&plan));
}

#[test]
fn the_directory_above_may_be_called_by_two_dots() {
    let calls = format!("{ROLE_2}module \"m\" {{\n  source = \"..\"\n}}\n");
    let tree = Tree::new([("main.tf", ROLE_1), ("examples/main.tf", calls.as_str())]);
    let plan = tree.plan(CONFIG, Selection::default()).unwrap();
    assert_eq!(
        changed(&plan),
        ["examples/main.tf"],
        "the caller acts elsewhere"
    );
}

#[test]
fn roles_in_two_files_go_together_or_not_at_all() {
    let tree = Tree::new([("main.tf", ROLE_1), ("main_override.tf", ROLE_2)]);
    let selection = Selection {
        scope: vec!["main.tf".into()],
        ..Selection::default()
    };
    let plan = tree.plan(CONFIG, selection).unwrap();
    assert_eq!(plan.changes, []);
    assert_eq!(
        reports(&plan),
        [
            "main.tf:3: provider \"aws\" is not changed: main_override.tf, which it needs too, is not among the paths named"
        ]
    );
}

#[test]
fn an_overrides_role_counts_for_the_modules_it_calls_too() {
    let root = format!("{ROLE_1}{CALLS}");
    let tree = Tree::new([
        ("root/a_override.tf", ROLE_2),
        ("root/main.tf", root.as_str()),
        ("m/main.tf", ROLE_1),
    ]);
    let plan = tree.plan(CONFIG, Selection::default()).unwrap();
    assert_eq!(changed(&plan), ["root/a_override.tf", "root/main.tf"]);
}

const WORLD: &str = "state_profile = \"shared\"\naccount \"shared\" { id = \"333333333333\" }\naccount \"dev\" { id = \"111111111111\" }\naccount \"prod\" { id = \"222222222222\" }\n";
const AMBIENT: &str = "provider \"aws\" {\n  version = \"~> 5.0\"\n}\n";
const BACKEND: &str =
    "terraform {\n  backend \"s3\" {\n    bucket = \"b\"\n    key    = \"k\"\n  }\n}\n";

/// An aliased provider with a role in that account.
fn alias(account: &str) -> String {
    format!(
        "provider \"aws\" {{\n  alias = \"a{account}\"\n  assume_role {{\n    role_arn = \"arn:aws:iam::{account}:role/x\"\n  }}\n}}\n"
    )
}

#[test]
fn a_called_module_that_acts_as_the_environment_is_kept_where_it_is() {
    let root = format!("{ROLE_1}{CALLS}");
    let tree = Tree::new([("root/main.tf", root.as_str()), ("m/main.tf", AMBIENT)]);
    let plan = tree.plan(WORLD, Selection::default()).unwrap();
    assert_eq!(plan.changes, [], "the root waits for the module");
    let plan = tree.plan(WORLD, reviewed()).unwrap();
    let after = tree.with(&plan);
    assert_eq!(
        after.0[Path::new("m/main.tf")],
        "provider \"aws\" {\n  version = \"~> 5.0\"\n  profile = \"shared\"\n}\n"
    );
    assert!(!after.0[Path::new("root/main.tf")].contains("assume_role"));
}

#[test]
fn nothing_has_to_be_kept_where_the_role_is_in_the_keys_own_account() {
    let own = ROLE_1.replace("111111111111", "333333333333");
    let us = "provider \"aws\" {\n  alias = \"us\"\n}\n";
    let tree = Tree::new([("main.tf", own.as_str()), ("us.tf", us)]);
    let plan = tree.plan(WORLD, Selection::default()).unwrap();
    assert_eq!(changed(&plan), ["main.tf"]);
}

#[test]
fn a_module_keeps_its_roles_where_the_keys_account_has_no_profile() {
    let us = "provider \"aws\" {\n  alias = \"us\"\n}\n";
    let tree = Tree::new([("main.tf", ROLE_1), ("us.tf", us)]);
    let config = "account \"dev\" { id = \"111111111111\" }\n";
    let plan = tree.plan(config, reviewed()).unwrap();
    assert_eq!(plan.changes, []);
    assert_eq!(
        reports(&plan)[0],
        "main.tf:3: provider \"aws\" keeps its role: a provider with ambient credentials would change \
         account, since the profile of the keys' account is not known"
    );
    let fixed = Tree::new([("main.tf", ROLE_1), ("read-only.tf", us)]);
    let plan = fixed.plan(WORLD, reviewed()).unwrap();
    assert_eq!(plan.changes, []);
    assert!(reports(&plan)[0].contains("a provider in read-only.tf, which cannot be edited"));
}

#[test]
fn a_default_provider_is_pinned_only_before_its_module_has_switched() {
    let root = format!("{AMBIENT}{}", alias("222222222222"));
    let before = Tree::new([("main.tf", root.as_str()), ("backend.tf", BACKEND)]);
    let plan = before.plan(WORLD, reviewed()).unwrap();
    let after = before.with(&plan);
    let main = &after.0[Path::new("main.tf")];
    assert!(
        main.contains("profile = \"shared\"") && main.contains("profile = \"prod\""),
        "{main}"
    );
    // A first run without --review gave the backend its profile, and took the default's role.
    let backend = BACKEND.replace("\"k\"\n", "\"k\"\n    profile = \"shared\"\n");
    let switched = Tree::new([("main.tf", root.as_str()), ("backend.tf", backend.as_str())]);
    let plan = switched.plan(WORLD, reviewed()).unwrap();
    let after = switched.with(&plan);
    let main = &after.0[Path::new("main.tf")];
    assert!(
        !main.contains("shared") && main.contains("profile = \"prod\""),
        "{main}"
    );
}

#[test]
fn the_bucket_tells_whose_keys_they_were() {
    let config = format!("{WORLD}state_bucket \"b\" {{ profile = \"prod\" }}\n");
    let root = format!("{AMBIENT}{}{BACKEND}", alias("111111111111"));
    let tree = Tree::new([("main.tf", root.as_str())]);
    let plan = tree.plan(&config, reviewed()).unwrap();
    let main = &tree.with(&plan).0[Path::new("main.tf")];
    assert!(
        main.starts_with("provider \"aws\" {\n  version = \"~> 5.0\"\n  profile = \"prod\"\n"),
        "{main}"
    );
}

#[test]
fn a_called_module_without_a_caller_there_gets_the_profile() {
    let module = ROLE_1.replace("111111111111", "222222222222");
    let root = format!("{ROLE_1}{CALLS}");
    let tree = Tree::new([
        ("root/main.tf", root.as_str()),
        ("m/main.tf", module.as_str()),
    ]);
    let plan = tree.plan(WORLD, reviewed()).unwrap();
    let after = tree.with(&plan);
    assert!(after.0[Path::new("m/main.tf")].contains("  profile = \"prod\"\n"));
    assert_eq!(plan.profiles().into_iter().collect::<Vec<_>>(), ["prod"]);
}

const BY_VARIABLE: &str = "variable \"id\" {\n  default = \"222222222222\"\n}\nprovider \"aws\" {\n  alias = \"a\"\n  assume_role {\n    role_arn = \"arn:aws:iam::${var.id}:role/x\"\n  }\n}\n";

#[test]
fn values_count_for_their_module_and_those_beside_all_modules_for_any() {
    let is_profile = |files: &[(&str, &str)]| {
        let tree = Tree::new(files.iter().copied().chain([("a/main.tf", BY_VARIABLE)]));
        let plan = tree.plan(WORLD, reviewed()).unwrap();
        let main = &tree.with(&plan).0[Path::new("a/main.tf")];
        main.split("profile = \"")
            .nth(1)
            .map(|rest| rest.split('"').next().unwrap().to_owned())
    };
    let dev = "id = \"111111111111\"\n";
    assert_eq!(is_profile(&[]), Some("prod".into()));
    assert_eq!(
        is_profile(&[("a/terraform.tfvars", dev)]),
        Some("dev".into())
    );
    assert_eq!(
        is_profile(&[("b/main.tf", AMBIENT), ("b/terraform.tfvars", dev)]),
        Some("prod".into())
    );
    assert_eq!(is_profile(&[("a/env/dev.tfvars", dev)]), None);
    assert_eq!(is_profile(&[("vars/dev.tfvars", dev)]), None);
    for script in ["terraform plan -var id=1", "export TF_VAR_id=1"] {
        assert_eq!(is_profile(&[("run.sh", script)]), None, "{script}");
    }
    assert_eq!(
        is_profile(&[(".github/workflows/x.yml", "env:\n  TF_VAR_id: 1\n")]),
        None
    );
    assert_eq!(
        is_profile(&[("b/main.tf", "module \"m\" {\n  source = \"../a\"\n}\n")]),
        None
    );
}

#[test]
fn jobs_and_people_are_told_of_the_profiles_that_providers_get() {
    let workflow = "jobs:\n  plan:\n    steps:\n      - run: terraform init\n";
    let main = alias("222222222222");
    let tree = Tree::new([
        ("main.tf", main.as_str()),
        (".github/workflows/x.yml", workflow),
    ]);
    let plan = tree.plan(WORLD, reviewed()).unwrap();
    let reported = |plan: &Plan| {
        let found = plan
            .open()
            .filter(|it| it.transform == "ci_backend_profile");
        found.map(|it| it.at.line).collect::<Vec<_>>()
    };
    assert_eq!(reported(&plan), [4]);
    let commands: Vec<_> = plan.steps.iter().flat_map(|step| &step.commands).collect();
    assert!(
        commands.contains(&&"aws sso login --profile prod".to_owned()),
        "{commands:?}"
    );
    let unasked = tree.plan(WORLD, Selection::default()).unwrap();
    assert_eq!(reported(&unasked), [0; 0]);
}

#[test]
fn a_default_provider_without_a_block_is_told_where_it_is_used() {
    let main = alias("222222222222");
    let used = "data \"aws_iam_policy_document\" \"p\" {}\nresource \"aws_sns_topic\" \"t\" {}\n";
    let tree = Tree::new([("main.tf", main.as_str()), ("t.tf", used)]);
    let plan = tree.plan(WORLD, reviewed()).unwrap();
    assert_eq!(changed(&plan), ["main.tf"]);
    let reported = "main.tf:1: the default provider has no block here: for t.tf:2 it used the static keys' account and would use the account of AWS_PROFILE";
    assert!(
        reports(&plan).contains(&reported.to_owned()),
        "{:?}",
        reports(&plan)
    );
    let other = used.replace("\"t\" {}", "\"t\" {\n  provider = aws.a\n}");
    let tree = Tree::new([("main.tf", main.as_str()), ("t.tf", other.as_str())]);
    let plan = tree.plan(WORLD, reviewed()).unwrap();
    assert!(
        reports(&plan)
            .iter()
            .all(|said| !said.contains("no block here"))
    );
}

#[test]
fn a_role_under_a_condition_makes_the_others_wait_for_a_yes() {
    let conditional = "provider \"aws\" {\n  alias = \"x\"\n  assume_role {\n    role_arn = var.x ? null : \"arn:aws:iam::222222222222:role/x\"\n  }\n}\n";
    let tree = Tree::new([("main.tf", ROLE_1), ("x.tf", conditional)]);
    let plan = tree.plan(WORLD, Selection::default()).unwrap();
    assert_eq!(plan.changes, []);
    assert!(
        reports(&plan)[1].contains("may assume a role"),
        "{:?}",
        reports(&plan)
    );
    let plan = tree.plan(WORLD, reviewed()).unwrap();
    assert_eq!(changed(&plan), ["main.tf"]);
}

#[test]
fn a_second_run_with_review_ends_where_one_run_with_it_does() {
    let role = "    assume_role = { role_arn = \"arn:aws:iam::333333333333:role/s\" }\n";
    let own = BACKEND.replace(
        "    key    = \"k\"\n",
        &format!("    key    = \"k\"\n{role}"),
    );
    for backend in [BACKEND, own.as_str()] {
        let main = format!("{ROLE_1}{}{backend}", alias("222222222222"));
        let tree = Tree::new([("main.tf", main.as_str())]);
        let at_once = tree.with(&tree.plan(WORLD, reviewed()).unwrap());
        let first = tree.with(&tree.plan(WORLD, Selection::default()).unwrap());
        assert_ne!(first, tree);
        let second = first.with(&first.plan(WORLD, reviewed()).unwrap());
        assert_eq!(second, at_once);
    }
}

#[test]
fn a_provider_on_one_line_is_opened_up_around_what_else_changes() {
    let main = format!(
        "provider \"aws\" {{ version = \"~> 4.0\" }}\n{}",
        alias("222222222222")
    );
    let tree = Tree::new([("main.tf", main.as_str())]);
    let plan = tree.plan(WORLD, reviewed()).unwrap();
    let after = &tree.with(&plan).0[Path::new("main.tf")];
    assert!(
        after
            .starts_with("provider \"aws\" {\n  version = \"~> 5.0\"\n  profile = \"shared\"\n}\n"),
        "{after}"
    );
}

/// Both are there to be overridden, with one account or two: only the same variable is the same.
#[test]
fn accounts_that_are_there_to_be_overridden_are_not_the_same() {
    let names = "variable \"a\" {\n  default = \"\"\n}\nvariable \"b\" {\n  default = \"\"\n}\nvariable \"logs\" {\n  default = null\n}\n";
    let role = |arn: &str, alias: &str| {
        format!("provider \"aws\" {{\n{alias}  assume_role {{\n    role_arn = {arn}\n  }}\n}}\n")
    };
    let of = |variable: &str| format!("\"arn:aws:iam::${{var.{variable}}}:role/deploy\"");
    for (other, roles) in [
        (of("b"), 1),
        (of("a"), 0),
        (
            "var.logs == null ? \"arn:aws:iam::111111111111:role/x\" : var.logs".to_owned(),
            1,
        ),
        ("\"arn:aws:iam:::role/deploy\"".to_owned(), 1),
    ] {
        let main = format!(
            "{names}{}{}",
            role(&of("a"), ""),
            role(&other, "  alias = \"dns\"\n")
        );
        let tree = Tree::new([("main.tf", main.as_str())]);
        let plan = tree.plan(WORLD, reviewed()).unwrap();
        let text = &tree.with(&plan).0[Path::new("main.tf")];
        assert_eq!(text.matches("assume_role {").count(), roles, "{text}");
        assert!(
            text.contains("provider \"aws\" {\n  allowed_account_ids = [var.a]\n}\n"),
            "{text}"
        );
        let reports = reports(&plan);
        let kept = reports
            .iter()
            .filter(|it| it.contains("assume a role") || it.contains("assumes a role"));
        assert_eq!(kept.count(), roles, "{reports:?}");
    }
}

/// The profile only assumed the role: it becomes that of the role's account, in the block that has it.
#[test]
fn a_profile_beside_a_role_becomes_that_of_the_roles_account() {
    let role = "  assume_role {\n    role_arn = \"arn:aws:iam::222222222222:role/x\"\n  }\n";
    for alias in ["", "  alias   = \"x\"\n"] {
        let main = format!("provider \"aws\" {{\n{alias}  profile = \"mfa\"\n}}\n");
        let over = format!("provider \"aws\" {{\n{alias}{role}}}\n");
        let tree = Tree::new([
            ("main.tf", main.as_str()),
            ("main_override.tf", over.as_str()),
        ]);
        let unasked = tree.plan(WORLD, Selection::default()).unwrap();
        assert_eq!(unasked.changes, []);
        let after = tree.with(&tree.plan(WORLD, reviewed()).unwrap());
        assert_eq!(after.0[Path::new("main.tf")], main.replace("mfa", "prod"));
        assert!(!after.0[Path::new("main_override.tf")].contains("assume_role"));
        // In its own account the role only changes permissions.
        let own = Tree::new([
            ("main.tf", main.replace("mfa", "prod").as_str()),
            ("main_override.tf", over.as_str()),
        ]);
        assert_eq!(own.plan(WORLD, reviewed()).unwrap().changes, []);
    }
}

/// What fills a template in knows its account: nothing in it is edited, and what it calls is decided
/// by the root modules of the tree.
#[test]
fn a_template_is_no_root_module() {
    let call = "module \"m\" {\n  source = \"../m\"\n}\n";
    let root = format!("{ROLE_1}{call}");
    for id in ["${account_id}", "{{ cookiecutter.account_id }}"] {
        let template = ROLE_1.replace("111111111111", id);
        let template = format!("{template}{}{call}", alias(id));
        let tree = Tree::new([
            ("a/main.tf", template.as_str()),
            ("c/main.tf", root.as_str()),
            ("c/x.tf.tpl", root.as_str()),
            ("m/main.tf", ROLE_1),
        ]);
        let plan = tree.plan(WORLD, Selection::default()).unwrap();
        assert_eq!(changed(&plan), ["c/main.tf", "m/main.tf"], "{id}");
        let reports = reports(&plan);
        let of_template = reports.iter().filter(|it| it.contains("of a template"));
        assert_eq!(of_template.count(), 2, "{reports:?}");
        let alone = Tree::new([("a/main.tf", template.as_str()), ("m/main.tf", ROLE_1)]);
        assert_eq!(alone.plan(WORLD, Selection::default()).unwrap().changes, []);
    }
}
