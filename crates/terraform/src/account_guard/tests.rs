use super::*;
use crate::account::ModuleNames;
use crate::provider::configurations;
use syntax::hcl::Document;

/// The guard of a provider with these settings beside the role.
fn guard(path: &str, arn: &str, beside: &str) -> Option<String> {
    let text = format!(
        "variable \"id\" {{}}\nlocals {{\n  id = var.id\n  arn = \"arn:aws:iam::${{var.id}}:role/x\"\n  data = data.a.b.c\n}}\nprovider \"aws\" {{\n  {beside}\n  assume_role {{\n    role_arn = {arn}\n  }}\n}}\n"
    );
    let document = Document::new(path.into(), text).unwrap();
    let mut names = ModuleNames::default();
    names.add_configuration(&document);
    let providers = configurations([&document], &["aws".to_owned()]);
    let account = Account::of(&providers[0].roles().last().unwrap().arn, &names);
    in_place_of_role(&providers[0], &account).filter(|_| admits_guard(&providers[0]))
}

#[test]
fn a_guard_is_the_id_or_the_expression_that_chose_the_account() {
    for (arn, expected) in [
        (
            "\"arn:aws:iam::111111111111:role/x\"",
            Some("[\"111111111111\"]"),
        ),
        ("\"arn:aws:iam::${var.id}:role/x\"", Some("[var.id]")),
        (
            "\"arn:${var.p}:iam::${local.id}:role/${var.r}\"",
            Some("[local.id]"),
        ),
        (
            "\"arn:aws:iam::${ var.ids[\"a:b\"] }:role/x\"",
            Some("[var.ids[\"a:b\"]]"),
        ),
        (
            "\"arn:aws:iam::${var.a}${var.b}:role/x\"",
            Some("[\"${var.a}${var.b}\"]"),
        ),
        (
            "\"arn:aws:iam::1111${var.b}:role/x\"",
            Some("[\"1111${var.b}\"]"),
        ),
        (
            "\"arn:aws:iam::${{ a = \"111111111111\", b = \"222222222222\" }[terraform.workspace]}:role/x\"",
            Some("[{ a = \"111111111111\", b = \"222222222222\" }[terraform.workspace]]"),
        ),
        ("local.arn", Some("[split(\":\", local.arn)[4]]")),
        (
            "format(\"arn:aws:iam::%s:role/x\", var.id)",
            Some("[split(\":\", format(\"arn:aws:iam::%s:role/x\", var.id))[4]]"),
        ),
    ] {
        assert_eq!(guard("main.tf", arn, "").as_deref(), expected, "{arn}");
    }
}

#[test]
fn there_is_none_where_the_expression_could_fail_or_is_not_known_in_time() {
    for arn in [
        "var.arn",
        "\"${var.arn}\"",
        "var.id == null ? null : \"arn:aws:iam::${var.id}:role/x\"",
        "\"arn:aws:iam::${data.a.b.c}:role/x\"",
        "\"arn:aws:iam::${local.data}:role/x\"",
        "\"arn:aws:iam::${module.a.id}:role/x\"",
        "\"arn:aws:iam::${account_id}:role/x\"",
        "\"arn:aws:iam::${aws_organizations_account.a.id}:role/x\"",
        "\"arn:aws:iam::${[for id in var.ids : id][0]}:role/x\"",
        "\"arn:aws:iam::${data.aws_caller_identity.c.account_id}:role/x\"",
    ] {
        assert_eq!(guard("main.tf", arn, ""), None, "{arn}");
    }
}

#[test]
fn settings_that_conflict_with_a_guard_or_turn_it_off_are_left_alone() {
    let arn = "\"arn:aws:iam::111111111111:role/x\"";
    for (beside, is_guarded) in [
        ("allowed_account_ids = [var.id]", false),
        ("forbidden_account_ids = []", false),
        ("skip_requesting_account_id = true", false),
        ("skip_requesting_account_id = var.skip", false),
        ("skip_requesting_account_id = false", true),
        ("endpoints {\n    sts = var.sts\n  }", false),
        (
            "dynamic \"endpoints\" {\n    for_each = var.e\n    content {}\n  }",
            false,
        ),
        (
            "endpoints {\n    s3 = \"https://s3.eu-west-1.amazonaws.com\"\n  }",
            true,
        ),
        ("skip_credentials_validation = true", true),
    ] {
        let is_there = guard("main.tf", arn, beside).is_some();
        assert_eq!(is_there, is_guarded, "{beside}");
    }
}

#[test]
fn a_setting_that_keeps_a_guard_from_standing_is_named() {
    for (setting, expected) in [
        ("region = \"eu-west-1\"", None),
        ("skip_requesting_account_id = true", Some(SKIP)),
        ("skip_requesting_account_id = var.skip", Some(SKIP)),
        ("skip_requesting_account_id = false", None),
        (
            "forbidden_account_ids = [\"222222222222\"]",
            Some(EXCLUSION),
        ),
        ("allowed_account_ids = var.ids", Some(GUARD)),
        ("allowed_account_ids = [var.a, var.b]", Some(GUARD)),
        ("allowed_account_ids = []", Some(GUARD)),
        ("allowed_account_ids = [var.id]", None),
        ("allowed_account_ids = [\"111111111111\"]", None),
        (
            "allowed_account_ids = [\"111111111111\", \"222222222222\"]",
            None,
        ),
    ] {
        let text = format!("provider \"aws\" {{\n  {setting}\n}}\n");
        let document = Document::new("main.tf".into(), text).unwrap();
        let provider = document.blocks("provider").next().unwrap();
        assert_eq!(obstacle(&provider), expected, "{setting}");
    }
}

#[test]
fn what_terragrunt_fills_in_stays_a_template() {
    for (arn, expected) in [
        (
            "\"arn:aws:iam::${local.vars.id}:role/x\"",
            Some("[\"${local.vars.id}\"]"),
        ),
        (
            "\"arn:aws:iam::$${var.id}:role/x\"",
            Some("[\"$${var.id}\"]"),
        ),
        ("\"arn:aws:iam::$${data.a.b.c}:role/x\"", None),
        ("\"${local.vars.arn}\"", None),
    ] {
        assert_eq!(guard("root.hcl", arn, "").as_deref(), expected, "{arn}");
    }
}
