//! `allowed_account_ids`: where it takes the place of a role, and what it tells.

use std::path::Path;

use crate::support::{ROLE_1, Tree, reports, reviewed};
use engine::selection::Selection;

const WORLD: &str = "state_profile = \"shared\"\naccount \"shared\" { id = \"333333333333\" }\naccount \"dev\" { id = \"111111111111\" }\naccount \"prod\" { id = \"222222222222\" }\n";
const S3: &str = "terraform {\n  backend \"s3\" {\n    bucket  = \"b\"\n    key     = \"k\"\n    profile = \"shared\"\n  }\n}\n";

/// `main.tf` after a plan.
fn planned(tree: &Tree, selection: Selection) -> Tree {
    let plan = tree.plan(WORLD, selection.clone()).unwrap();
    let after = tree.with(&plan);
    let again = after.plan(WORLD, selection).unwrap();
    assert_eq!(again.changes, [], "{after:?}");
    after
}

fn provider(settings: &str, role: &str) -> String {
    format!(
        "provider \"aws\" {{\n  version = \"~> 5.0\"\n{settings}  assume_role {{\n    role_arn = {role}\n  }}\n}}\n"
    )
}

fn alias(role: &str) -> String {
    provider("", role).replacen("version = \"~> 5.0\"", "alias = \"x\"", 1)
}

/// `account_guard` beside `remove_assume_role`: with the role, never without.
#[test]
fn a_guard_takes_the_place_of_a_role_that_goes_and_of_no_other() {
    let run = |files: &[(&str, &str)], extra: &str, selection: Selection| {
        let tree = Tree::new(files.iter().copied());
        let config = format!("{WORLD}{extra}");
        let plan = tree.plan(&config, selection.clone()).unwrap();
        let after = tree.with(&plan);
        let again = after.plan(&config, selection).unwrap();
        assert_eq!(again.changes, [], "{after:?}");
        let text = &after.0[Path::new("main.tf")];
        (
            text.matches("assume_role {").count(),
            text.matches("allowed_account_ids = [\"111111111111\"]")
                .count(),
        )
    };
    let some = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let skip = |name: &str| Selection {
        skip: some(&[name]),
        ..Selection::default()
    };
    let only = |names: &[&str]| Selection {
        only: some(names),
        ..Selection::default()
    };
    let main: &[(&str, &str)] = &[("main.tf", ROLE_1)];
    let is_off = "transform \"account_guard\" { enabled = false }\n";
    let keeps_roles = "transform \"remove_assume_role\" { enabled = false }\n";
    for (extra, selection, roles, guards) in [
        ("", Selection::default(), 0, 1),
        (is_off, Selection::default(), 0, 0),
        ("", skip("account_guard"), 0, 0),
        ("", only(&["remove_assume_role"]), 0, 0),
        ("", only(&["remove_assume_role", "account_guard"]), 0, 1),
        (keeps_roles, Selection::default(), 1, 0),
        ("", skip("remove_assume_role"), 1, 0),
        // On request alone a role and its guard stand side by side.
        ("", only(&["account_guard"]), 1, 1),
    ] {
        assert_eq!(
            run(main, extra, selection.clone()),
            (roles, guards),
            "{extra} {selection:?}"
        );
    }
    // Where the removal waits, so does the guard.
    let cloud = "terraform {\n  cloud {\n    organization = \"o\"\n  }\n}\n";
    let waiting: &[(&str, &str)] = &[("main.tf", ROLE_1), ("cloud.tf", cloud)];
    assert_eq!(run(waiting, "", Selection::default()), (1, 0));
    assert_eq!(run(waiting, "", reviewed()), (0, 1));
    // A comment keeps the role.
    let kept = ROLE_1.replace(
        "  assume_role",
        "  # tfkeyless: ignore[remove_assume_role] why\n  assume_role",
    );
    assert_eq!(run(&[("main.tf", &kept)], "", reviewed()), (1, 0));
    // The root modules that call a module have the guard.
    let call = format!("{ROLE_1}module \"m\" {{\n  source = \"../\"\n}}\n");
    assert_eq!(
        run(
            &[("main.tf", ROLE_1), ("root/main.tf", &call)],
            "",
            Selection::default()
        ),
        (0, 0)
    );
    // Other guards are made on request.
    let others = "terraform {\n  backend \"s3\" {\n    bucket  = \"b\"\n    key     = \"k\"\n    profile = \"dev\"\n  }\n}\nprovider \"aws\" {\n  version = \"~> 5.0\"\n  profile = \"dev\"\n}\n";
    let everywhere = "transform \"account_guard\" { everywhere = true }\n";
    assert_eq!(run(&[("main.tf", others)], "", reviewed()), (0, 0));
    assert_eq!(run(&[("main.tf", others)], everywhere, reviewed()), (0, 2));
}

/// The account of a role that is not known is that of the guard beside it: an alias in the same
/// account goes with it, and Terraform acts nowhere else.
#[test]
fn a_guard_with_one_literal_tells_the_account_of_the_role_beside_it() {
    let one = "  allowed_account_ids = [\"111111111111\"]\n";
    for (settings, role, is_known) in [
        (one, "var.role", true),
        (one, "\"arn:aws:iam::${var.id}:role/x\"", true),
        (one, "var.role == null ? null : var.role", true),
        (
            "  allowed_account_ids = [\"111111111111\", \"222222222222\"]\n",
            "var.role",
            false,
        ),
        ("  allowed_account_ids = [var.id]\n", "var.role", false),
        ("  allowed_account_ids = [\"1\"]\n", "var.role", false),
        ("  allowed_account_ids = []\n", "var.role", false),
        (
            "  allowed_account_ids = [\"111111111111\"]\n  skip_requesting_account_id = true\n",
            "var.role",
            false,
        ),
        (
            "  forbidden_account_ids = [\"111111111111\"]\n",
            "var.role",
            false,
        ),
        ("", "var.role", false),
    ] {
        let main = provider(settings, role) + &alias("\"arn:aws:iam::111111111111:role/y\"");
        let after = planned(&Tree::new([("main.tf", main.as_str())]), reviewed());
        let text = &after.0[Path::new("main.tf")];
        assert!(text.matches("assume_role {").count() == 0, "{text}");
        let is_profile = text.contains("profile = \"dev\"");
        assert_eq!(is_profile, !is_known, "{settings}: {text}");
    }
}

/// What the first plan has written tells the second where a default provider acts.
#[test]
fn a_default_provider_without_role_acts_in_the_account_of_its_guard() {
    let guarded = |id: &str| {
        format!(
            "provider \"aws\" {{\n  version             = \"~> 5.0\"\n  allowed_account_ids = [\"{id}\"]\n}}\n"
        )
    };
    let role = |id: &str| alias(&format!("\"arn:aws:iam::{id}:role/x\""));
    let ambient = "provider \"aws\" {\n  alias = \"y\"\n}\n";
    for (main, expected) in [
        // The keys' account, which is another one: no role in the caller's own account.
        (
            guarded("111111111111") + &role("333333333333"),
            "profile = \"shared\"",
        ),
        (
            guarded("111111111111") + &role("222222222222"),
            "profile = \"prod\"",
        ),
        // The default provider's own.
        (
            guarded("111111111111") + &role("111111111111"),
            "allowed_account_ids = [\"111111111111\"]\n}\n",
        ),
        // Nothing else is pinned: what is ambient acts where the default provider does.
        (
            guarded("111111111111") + ambient + &role("222222222222"),
            "  alias = \"y\"\n}\n",
        ),
    ] {
        for backend in ["", S3] {
            let main = main.clone() + backend;
            let tree = Tree::new([("main.tf", main.as_str())]);
            assert_eq!(planned(&tree, Selection::default()), tree);
            let after = planned(&tree, reviewed());
            let text = &after.0[Path::new("main.tf")];
            assert!(
                text.contains(expected) && !text.contains("assume_role"),
                "{text}"
            );
            assert!(
                text.starts_with(
                    "provider \"aws\" {\n  version             = \"~> 5.0\"\n  allowed_account_ids"
                ),
                "{text}"
            );
            let plan = tree.plan(WORLD, reviewed()).unwrap();
            assert_eq!(reports(&plan), [""; 0]);
        }
    }
}

/// A role in the account of the keys only changes permissions as long as the module uses the keys.
#[test]
fn a_role_in_the_keys_account_becomes_its_profile_once_the_module_has_switched() {
    let ambient = "provider \"aws\" {\n  version = \"~> 5.0\"\n}\n";
    let dns = alias("\"arn:aws:iam::333333333333:role/dns\"");
    let switched = [S3, ambient, &dns].concat();
    let after = planned(&Tree::new([("main.tf", switched.as_str())]), reviewed());
    let text = &after.0[Path::new("main.tf")];
    assert!(
        text.contains("  alias   = \"x\"\n  profile = \"shared\"\n"),
        "{text}"
    );
    assert!(text.contains(ambient), "{text}");
    let unswitched = [ambient, &dns].concat();
    let tree = Tree::new([("main.tf", unswitched.as_str())]);
    assert_eq!(planned(&tree, reviewed()), tree);
    let plan = tree.plan(WORLD, reviewed()).unwrap();
    assert!(
        reports(&plan)[1].contains("the caller's own account"),
        "{:?}",
        reports(&plan)
    );
}

/// Without review first, with review then: the same as with review at once.
#[test]
fn two_plans_end_where_one_with_review_does() {
    let tfvars = "id = \"111111111111\"\n";
    for default in [
        "\"arn:aws:iam::111111111111:role/x\"",
        "\"arn:aws:iam::${var.id}:role/x\"",
        "var.role",
        "local.role",
        "\"arn:aws:iam::${local.ids[terraform.workspace]}:role/x\"",
    ] {
        for other in [
            "\"arn:aws:iam::333333333333:role/x\"",
            "\"arn:aws:iam::222222222222:role/x\"",
            "\"arn:aws:iam::111111111111:role/x\"",
            "\"arn:aws:iam::${var.id}:role/x\"",
        ] {
            for backend in ["", S3, &S3.replace("    profile = \"shared\"\n", "")] {
                for values in ["", tfvars] {
                    let names = "variable \"id\" {}\nvariable \"role\" {}\nlocals {\n  role = \"arn:aws:iam::${var.id}:role/x\"\n  ids = { a = \"111111111111\", b = \"222222222222\" }\n}\n";
                    let main = [names, backend, &provider("", default), &alias(other)].concat();
                    let tree =
                        Tree::new([("main.tf", main.as_str()), ("terraform.tfvars", values)]);
                    let some = |review| Selection {
                        review,
                        skip: ["remove_unused".to_owned()].into(),
                        ..Selection::default()
                    };
                    let at_once = planned(&tree, some(true));
                    let in_two = planned(&planned(&tree, some(false)), some(true));
                    assert_eq!(in_two, at_once, "{main} {values}");
                }
            }
        }
    }
}

/// A run may set a variable to another account than the tree does: the guard follows it.
#[test]
fn a_guard_follows_the_variables_that_chose_the_account() {
    let values = "variable \"id\" { default = \"111111111111\" }\nvariable \"e\" { default = \"dev\" }\nvariable \"ids\" {\n  default = { dev = \"111111111111\", live = \"222222222222\" }\n}\nvariable \"role\" { default = \"arn:aws:iam::111111111111:role/x\" }\nlocals {\n  id  = \"111111111111\"\n  own = var.id\n}\n";
    let arn = |account: &str| format!("\"arn:aws:iam::{account}:role/x\"");
    for (role, expected) in [
        (arn("111111111111"), "[\"111111111111\"]"),
        (arn("${local.id}"), "[\"111111111111\"]"),
        (arn("${var.id}"), "[var.id]"),
        (arn("${local.own}"), "[local.own]"),
        (arn("${var.ids[var.e]}"), "[var.ids[var.e]]"),
        (arn("${var.ids.dev}"), "[var.ids.dev]"),
        // It may be null, and a guard could fail where the role does not.
        ("var.role".to_owned(), "[\"111111111111\"]"),
    ] {
        let main = provider("", &role) + values;
        let after = planned(
            &Tree::new([("main.tf", main.as_str())]),
            Selection::default(),
        );
        let text = &after.0[Path::new("main.tf")];
        let guard = format!("allowed_account_ids = {expected}");
        assert!(text.contains(&guard), "{role}: {text}");
    }
}
