//! A role may be in the account that another provider's caller identity tells.

use std::path::Path;

use crate::support::Tree;
use engine::selection::Selection;

const CONFIG: &str = "state_profile = \"shared\"\naccount \"shared\" { id = \"333333333333\" }\naccount \"dev\" { id = \"111111111111\" }\n";
const NO_GUARD: &str = "transform \"account_guard\" { enabled = false }\n";

const ID: &str = "data.aws_caller_identity.current.account_id";

fn role(alias: &str, arn: &str) -> String {
    let alias = match alias {
        "" => String::new(),
        alias => format!("  alias = \"{alias}\"\n"),
    };
    format!("provider \"aws\" {{\n{alias}  assume_role {{\n    role_arn = {arn}\n  }}\n}}\n")
}

fn data(provider: &str) -> String {
    format!(
        "locals {{\n  ids = {{ \"111111111111\" = \"444444444444\" }}\n  current = {ID}\n}}\ndata \"aws_caller_identity\" \"current\" {{\n{provider}}}\n"
    )
}

/// The role of the default provider goes unasked: whether the account of its caller identity is
/// certain to stay, or no role that is kept depends on it.
#[test]
fn a_provider_whose_caller_identity_names_a_kept_role_needs_an_account_that_stays() {
    let by_local = "\"arn:aws:iam::${local.ids[local.current]}:role/y\"".to_owned();
    let direct = format!("\"arn:aws:iam::${{{ID}}}:role/y\"");
    let by_condition = format!("{ID} == \"111111111111\" ? var.y : var.z");
    let known = "\"arn:aws:iam::111111111111:role/x\"";
    let template = "\"arn:aws:iam::${var.id}:role/x\"";
    let other = "\"arn:aws:iam::444444444444:role/z\"";
    for (default, alias, of, config, is_safe) in [
        (known, by_local.as_str(), "", "", true),
        (known, &by_local, "", NO_GUARD, true),
        (template, &by_local, "", "", true),
        (template, &by_local, "", NO_GUARD, false),
        ("var.role", &by_local, "", "", false),
        ("var.role", &by_condition, "", "", false),
        // It goes together with the default provider's.
        ("var.role", &direct, "", "", true),
        // Of another provider, whose role is kept.
        ("var.role", &by_local, "  provider = aws.z\n", "", true),
        // Of none.
        ("var.role", other, "", "", true),
    ] {
        let main = [
            role("", default),
            role("y", alias),
            role("z", other),
            data(of),
        ]
        .concat();
        let tree = Tree::new([("main.tf", main.as_str())]);
        let plan = tree
            .plan(&format!("{CONFIG}{config}"), Selection::default())
            .unwrap();
        let text = &tree.with(&plan).0[Path::new("main.tf")];
        let goes = !text.contains(&format!("role_arn = {default}\n"));
        assert_eq!(goes, is_safe, "{default} {alias} {of} {config}");
    }
}

#[test]
fn keys_are_kept_until_review_where_their_caller_identity_names_a_role() {
    let alias = role("y", &format!("\"arn:aws:iam::${{{ID}}}:role/y\""));
    let guard = "  allowed_account_ids = [\"333333333333\"]\n";
    for (settings, rest, is_safe) in [
        ("", format!("{alias}{}", data("")), false),
        (guard, format!("{alias}{}", data("")), true),
        ("", data(""), true),
        ("", role("y", "\"arn:aws:iam::444444444444:role/y\""), true),
    ] {
        let main = format!(
            "provider \"aws\" {{\n{settings}  access_key = var.a\n  secret_key = var.b\n}}\n{rest}"
        );
        let tree = Tree::new([("main.tf", main.as_str())]);
        let plan = tree.plan(CONFIG, Selection::default()).unwrap();
        let text = &tree.with(&plan).0[Path::new("main.tf")];
        assert_eq!(!text.contains("access_key"), is_safe, "{settings} {rest}");
    }
}
