use std::path::Path;

use hcl_edit::expr::Expression;

use super::*;
use syntax::hcl::Document;

/// The module of some files, by name.
fn names(files: &[(&str, &str)]) -> ModuleNames {
    let mut names = ModuleNames::default();
    for (path, text) in files {
        if Path::new(path).extension().is_some_and(|it| it == "tf") {
            let document = Document::new((*path).into(), (*text).to_owned()).expect(text);
            names.add_configuration(&document);
        } else {
            names.add_values(Path::new(path), text, Path::new(""));
        }
    }
    names
}

fn expression(text: &str) -> Expression {
    text.parse().expect(text)
}

fn account_in(names: &ModuleNames, arn: &str) -> Account {
    let arn = Some(expression(arn));
    Account::of(&RoleArn { arn, each: None }, names)
}

fn account(arn: &str) -> Account {
    account_in(&ModuleNames::default(), arn)
}

fn id(id: &str) -> Account {
    Account::Id(AccountId {
        partition: Some("aws".into()),
        id: id.into(),
    })
}

fn template(text: &str) -> Account {
    Account::Template(text.into())
}

const ONE: &str = "111111111111";
const TWO: &str = "222222222222";

#[test]
fn the_account_is_the_fifth_segment() {
    assert_eq!(account("\"arn:aws:iam::111111111111:role/a:b\""), id(ONE));
    assert_eq!(
        account("\"arn:aws:iam::${var.ids[\"a:b\"]}:role/a\""),
        template("${var.ids[\"a:b\"]}")
    );
    assert_eq!(
        account("\"arn:aws:iam::11111111111${var.last}:role/a\""),
        template("11111111111${var.last}")
    );
    for arn in ["var.role_arn", "\"${var.role_arn}\""] {
        assert_eq!(account(arn), Account::Expression("var.role_arn".into()));
    }
    for none in [
        "\"\"",
        "null",
        "\"arn:aws:iam::111111111111\"",
        "\"a:b:c:d:e:f\"",
    ] {
        assert!(matches!(account(none), Account::Expression(_)), "{none}");
    }
}

#[test]
fn the_partition_is_kept() {
    let china = account("\"arn:aws-cn:iam::111111111111:role/a\"");
    assert_eq!(china.to_string(), "account 111111111111 in aws-cn");
    assert!(!china.is_same(&id(ONE)));
    let open = account("\"arn:${data.aws_partition.x.partition}:iam::111111111111:role/a\"");
    assert!(open.is_same(&china) && open.is_same(&id(ONE)));
}

#[test]
fn variables_locals_and_maps_are_followed() {
    let names = names(&[
        (
            "variables.tf",
            "variable \"id\" { default = 111111111111 }\nvariable \"ids\" {\n  default = { dev = \"111111111111\", \"prod\" : \"222222222222\" }\n}\nvariable \"list\" { default = [\"222222222222\"] }\nvariable \"set\" {\n  type    = set(string)\n  default = [\"222222222222\", \"111111111111\"]\n}\n",
        ),
        (
            "locals.tf",
            "locals {\n  role = \"arn:aws:iam::${local.ids.prod}:role/${var.unknown}\"\n  ids = merge(var.ids, { \"x\" = \"333333333333\" })\n  endless = local.endless\n}\n",
        ),
    ]);
    for (arn, expected) in [
        ("\"arn:aws:iam::${var.id}:role/a\"", ONE),
        ("local.role", TWO),
        (
            "format(\"arn:aws:iam::%s:role/%s\", var.ids[\"dev\"], \"a\")",
            ONE,
        ),
        (
            "join(\":\", [\"arn\", \"aws\", \"iam\", \"\", var.list[0], \"role/a\"])",
            TWO,
        ),
        (
            "\"arn:aws:iam::${lookup(var.ids, \"prod\", var.id)}:role/a\"",
            TWO,
        ),
        (
            "\"arn:aws:iam::${lookup(var.ids, \"none\", var.id)}:role/a\"",
            ONE,
        ),
        (
            "\"arn:aws:iam::${try(var.ids.none, var.ids.prod)}:role/a\"",
            TWO,
        ),
        (
            "\"arn:aws:iam::${coalesce(\"\", null, var.id)}:role/a\"",
            ONE,
        ),
        ("(\"arn:aws:iam::${local.ids.x}:role/a\")", "333333333333"),
        ("var.id == \"111111111111\" ? local.role : var.other", TWO),
        (
            "var.other ? local.role : \"arn:aws:iam::${var.ids.prod}:role/${var.unknown}\"",
            TWO,
        ),
        ("!(var.id == \"1\") && true ? local.role : null", TWO),
        ("trimspace(\" arn:aws:iam::111111111111:role/a \")", ONE),
        // A set is listed in its own order.
        (
            "\"arn:aws:iam::${tolist(toset([\"222222222222\", \"111111111111\"]))[0]}:role/a\"",
            ONE,
        ),
        ("\"arn:aws:iam::${tolist(var.set)[1]}:role/a\"", TWO),
    ] {
        assert_eq!(account_in(&names, arn), id(expected), "{arn}");
    }
    for (arn, expected) in [
        ("\"arn:aws:iam::${local.none}:role/a\"", "${local.none}"),
        ("\"arn:aws:iam::${module.m.id}:role/a\"", "${module.m.id}"),
        (
            "\"arn:aws:iam::${jsondecode(data.x.y.z)[\"ids\"][\"a\"]}:role/a\"",
            "${jsondecode(data.x.y.z).ids.a}",
        ),
        ("\"arn:aws:iam::${var.x[*].id}:role/a\"", "${var.x[*].id}"),
    ] {
        assert_eq!(account_in(&names, arn), template(expected), "{arn}");
    }
    assert!(matches!(
        account_in(&names, "local.endless"),
        Account::Expression(_)
    ));
    assert!(matches!(
        account_in(&names, "var.x ? local.role : null"),
        Account::Expression(_)
    ));
}

#[test]
fn values_that_terraform_loads_unasked_beat_defaults() {
    let files = [
        ("v.tf", "variable \"id\" { default = \"111111111111\" }\n"),
        ("terraform.tfvars", "id = \"222222222222\"\n"),
    ];
    let arn = "\"arn:aws:iam::${var.id}:role/a\"";
    assert_eq!(account_in(&names(&files), arn), id(TWO));
    let mut set = names(&files);
    set.set_elsewhere(&["id".to_owned()]);
    assert_eq!(account_in(&set, arn), template("${var.id}"));
    let json = [
        files[0],
        (
            "terraform.tfvars.json",
            "{\n  \"id\": \"222222222222\"\n}\n",
        ),
    ];
    assert_eq!(account_in(&names(&json), arn), id(TWO));
    let undeclared = names(&files[1..]);
    assert_eq!(account_in(&undeclared, arn), template("${var.id}"));
}

#[test]
fn what_somebody_chooses_has_an_outcome_for_each_choice() {
    let names = names(&[
        (
            "v.tf",
            "variable \"id\" {}\nvariable \"env\" {}\nvariable \"ids\" {\n  default = { dev = \"111111111111\", prod = \"222222222222\" }\n}\n",
        ),
        ("env/dev.tfvars", "id = \"111111111111\"\n"),
        ("env/prod.tfvars", "id = \"222222222222\"\n"),
    ]);
    for (arn, reported) in [
        (
            "\"arn:aws:iam::${var.id}:role/a\"",
            "111111111111 (-var-file env/dev.tfvars), 222222222222 (-var-file env/prod.tfvars)",
        ),
        (
            "\"arn:aws:iam::${var.ids[terraform.workspace]}:role/a\"",
            "111111111111 (terraform.workspace dev), 222222222222 (terraform.workspace prod)",
        ),
        (
            "\"arn:aws:iam::${var.ids[var.env]}:role/a\"",
            "111111111111 (var.env dev), 222222222222 (var.env prod)",
        ),
        (
            "terraform.workspace == \"live\" ? \"arn:aws:iam::${var.ids.prod}:role/a\" : \"arn:aws:iam::${var.ids.dev}:role/a\"",
            "111111111111 (terraform.workspace any other), 222222222222 (terraform.workspace live)",
        ),
    ] {
        let account = account_in(&names, arn);
        assert_eq!(
            account.to_string(),
            format!("one of the accounts {reported}")
        );
    }
    let same = "terraform.workspace == \"live\" ? \"arn:aws:iam::111111111111:role/a\" : \"arn:aws:iam::${var.ids.dev}:role/b\"";
    assert_eq!(account_in(&names, same), id(ONE));
    let open = "terraform.workspace == \"live\" ? \"arn:aws:iam::111111111111:role/a\" : var.x";
    assert!(matches!(account_in(&names, open), Account::Expression(_)));
}

#[test]
fn the_callers_identity_is_the_account_of_the_provider_that_is_asked() {
    let names = names(&[(
        "d.tf",
        "data \"aws_caller_identity\" \"here\" {}\ndata \"aws_caller_identity\" \"there\" {\n  provider = aws.other\n}\n",
    )]);
    for (asked, alias) in [("here", ""), ("there", "other")] {
        for attribute in ["account_id", "id"] {
            let arn = format!(
                "\"arn:aws:iam::${{data.aws_caller_identity.{asked}.{attribute}}}:role/a\""
            );
            assert_eq!(account_in(&names, &arn), Account::CallerOf(alias.into()));
        }
    }
    let arn = "\"arn:aws:iam::${data.aws_caller_identity.none.account_id}:role/a\"";
    assert!(matches!(account_in(&names, arn), Account::Template(_)));
}

#[test]
fn what_is_computed_is_not_known() {
    let names = names(&[("v.tf", "variable \"o\" {\n  default = {}\n}\n")]);
    for arn in [
        "[for id in [\"a\", \"b\"] : \"arn:aws:iam::${id}:role/a\" if id != \"a\"][0]",
        "\"arn:aws:iam::${[for id in [\"1\", \"2\"] : id][0]}:role/a\"",
        "\"arn:aws:iam::${lookup(var.o, \"id\", \"111111111111\")}:role/a\"",
        "\"arn:aws:iam::${tolist(toset([var.x, \"111111111111\"]))[0]}:role/a\"",
        "\"arn:aws:iam::${tolist(toset([9, 10]))[0]}:role/a\"",
    ] {
        let found = account_in(&names, arn);
        assert_eq!(found.id(), None, "{arn}");
        let role = RoleArn {
            arn: Some(expression(arn)),
            each: None,
        };
        assert!(found.is_chosen(&role, &names), "{arn}: {found}");
    }
}

#[test]
fn a_dynamic_block_is_the_role_of_its_one_element() {
    let each = |for_each: &str| {
        let role = RoleArn {
            arn: Some(expression("assume_role.value")),
            each: Some(("assume_role".into(), Some(expression(for_each)))),
        };
        Account::of(
            &role,
            &names(&[("v.tf", "variable \"arn\" {\n  default = null\n}\n")]),
        )
    };
    assert_eq!(each("[\"arn:aws:iam::111111111111:role/a\"]"), id(ONE));
    assert_eq!(
        each("compact([\"\", \"arn:aws:iam::111111111111:role/a\"])"),
        id(ONE)
    );
    for open in [
        "var.arn == null ? [] : [var.arn]",
        "var.x ? [] : [var.arn]",
        "toset(var.y)",
    ] {
        assert_eq!(
            each(open),
            Account::Expression(format!("assume_role.value for each of {open}"))
        );
    }
}

#[test]
fn what_is_not_among_the_keys_counts_where_there_is_something_else() {
    let names = names(&[(
        "v.tf",
        "locals {\n  env = terraform.workspace == \"default\" ? \"dev\" : terraform.workspace\n  ids = { dev = \"111111111111\", prod = \"222222222222\" }\n  some = { prod = \"222222222222\" }\n  name = lower(replace(terraform.workspace, \"_\", \"-\"))\n}\n",
    )]);
    let reported = |account: &str| {
        account_in(&names, &format!("\"arn:aws:iam::${{{account}}}:role/a\"")).to_string()
    };
    assert_eq!(
        reported("local.ids[local.env]"),
        "one of the accounts 111111111111 (terraform.workspace default), 111111111111 \
         (terraform.workspace dev), 222222222222 (terraform.workspace prod)"
    );
    for fallback in [
        "lookup(local.some, terraform.workspace, \"111111111111\")",
        "try(local.some[terraform.workspace], \"111111111111\")",
    ] {
        assert_eq!(
            reported(fallback),
            "one of the accounts 111111111111 (terraform.workspace any other), 222222222222 \
             (terraform.workspace prod)"
        );
    }
    let role = RoleArn {
        arn: Some(expression(
            "\"arn:aws:iam::${contains(local.x, local.name) ? 1 : 2}:role/a\"",
        )),
        each: None,
    };
    assert!(Account::of(&role, &names).is_chosen(&role, &names));
}

#[test]
fn a_file_that_is_passed_need_not_be_the_only_one() {
    let variable = ("v.tf", "variable \"id\" {}\n");
    let arn = "\"arn:aws:iam::${var.id}:role/a\"";
    let dev = "id = \"111111111111\"\n";
    for alone in ["env/dev.tfvars", "example.tfvars"] {
        let names = names(&[variable, (alone, dev)]);
        assert_eq!(account_in(&names, arn), template("${var.id}"), "{alone}");
    }
    let both = names(&[variable, ("a.tfvars", dev), ("b.tfvars", dev)]);
    assert_eq!(account_in(&both, arn), id(ONE));
}

#[test]
fn unknown_elements_are_told_apart() {
    let role = |each: &str| RoleArn {
        arn: Some(expression("try(assume_role.value.arn, null)")),
        each: Some(("assume_role".into(), Some(expression(each)))),
    };
    let names = ModuleNames::default();
    let (one, other) = (role("[var.a]"), role("[var.b]"));
    assert_ne!(Account::of(&one, &names), Account::of(&other, &names));
    assert_eq!(
        Account::of(&one, &names),
        Account::of(&role("[var.a]"), &names)
    );
}

/// Each level reads the one below twice. Evaluated at every use, or spelled out, these would not end.
#[test]
fn locals_that_double_each_other_end_in_what_is_not_known() {
    let mut text = "locals {\n  k0 = \"1\"\n".to_owned();
    for level in 1..40 {
        let below = level - 1;
        text += &format!("  k{level} = \"${{local.k{below}}}${{local.k{below}}}\"\n");
    }
    let names = names(&[("main.tf", &(text + "}\n"))]);
    let account = account_in(&names, "\"arn:aws:iam::${local.k39}:role/a\"");
    assert_eq!(account.id(), None);
    let twelve = account_in(&names, "\"arn:aws:iam::${local.k3}${local.k2}:role/a\"");
    assert_eq!(
        twelve.id(),
        Some(ONE),
        "what is short is followed all the same"
    );
}

#[test]
fn a_local_that_refers_to_itself_is_not_known() {
    let text = "locals {\n  ids = { dev = \"111111111111\", live = local.ids[\"dev\"], x = local.ids[\"live\"] }\n  a = local.b\n  b = local.a\n}\n";
    let names = names(&[("main.tf", text)]);
    for arn in [
        "\"arn:aws:iam::${local.ids[\"x\"]}:role/a\"",
        "\"arn:aws:iam::${local.a}:role/a\"",
    ] {
        assert_eq!(account_in(&names, arn).id(), None, "{arn}");
    }
}

/// A default that holds nothing is there to be overridden by what the tree does not show.
#[test]
fn what_is_there_to_be_overridden_is_not_known() {
    let with = |default: &str| {
        let text = format!(
            "variable \"a\" {{\n  default = {default}\n}}\nvariable \"b\" {{\n  default = {default}\n}}\nlocals {{\n  none = \"\"\n}}\n"
        );
        names(&[("main.tf", &text)])
    };
    let role = |name: &str| format!("\"arn:aws:iam::${{var.{name}}}:role/x\"");
    for blank in ["\"\"", "null"] {
        let names = with(blank);
        let (a, b) = (
            account_in(&names, &role("a")),
            account_in(&names, &role("b")),
        );
        assert_eq!(a, template("${var.a}"), "{blank}");
        assert!(!a.is_same(&b) && a.is_same(&a.clone()), "{blank}");
        for open in [
            "var.a == null ? \"arn:aws:iam::111111111111:role/x\" : var.a",
            "var.a != \"\" ? var.a : \"arn:aws:iam::111111111111:role/x\"",
            "coalesce(var.a, \"arn:aws:iam::111111111111:role/x\")",
            "try(var.a, \"arn:aws:iam::111111111111:role/x\")",
            "\"arn:aws:iam::${var.a == \"\" ? \"111111111111\" : var.a}:role/x\"",
        ] {
            assert_eq!(account_in(&names, open).id(), None, "{blank} {open}");
        }
    }
    let map = with("{}");
    for keyed in [
        "var.a[\"dev\"]",
        "var.a.dev",
        "lookup(var.a, \"dev\", \"111111111111\")",
    ] {
        let arn = format!("\"arn:aws:iam::${{{keyed}}}:role/x\"");
        assert_eq!(account_in(&map, &arn).id(), None, "{keyed}");
    }
    assert_eq!(
        account_in(&with("[]"), "\"arn:aws:iam::${var.a[0]}:role/x\"").id(),
        None
    );
    // An ARN that names no account is no account that another could be the same as.
    for none in [
        "\"arn:aws:iam:::role/x\"",
        "\"arn:aws:iam::${local.none}:role/x\"",
        "null",
        "\"\"",
    ] {
        let none = account_in(&with("\"\""), none);
        assert!(!none.is_same(&none.clone()), "{none}");
    }
    // A value of the tree overrides it; another default is a value.
    let set = names(&[
        ("main.tf", "variable \"a\" {\n  default = \"\"\n}\n"),
        ("terraform.tfvars", "a = \"111111111111\"\n"),
    ]);
    assert_eq!(account_in(&set, &role("a")), id(ONE));
    assert_eq!(account_in(&with("\"222222222222\""), &role("a")), id(TWO));
    // Without a file of values none is known, whatever the files say.
    let chosen = names(&[
        ("main.tf", "variable \"a\" {\n  default = \"\"\n}\n"),
        ("dev.tfvars", "a = \"111111111111\"\n"),
        ("live.tfvars", "a = \"222222222222\"\n"),
    ]);
    assert_eq!(account_in(&chosen, &role("a")), template("${var.a}"));
}

#[test]
fn a_default_chooses_where_the_code_names_other_accounts_or_may_do_without_the_role() {
    let (one, two) = (
        "\"arn:aws:iam::111111111111:role/x\"",
        "\"arn:aws:iam::222222222222:role/x\"",
    );
    let variables = "variable \"e\" {\n  default = \"dev\"\n}\nvariable \"on\" {\n  default = true\n}\nvariable \"id\" {\n  default = \"111111111111\"\n}\nlocals {\n  ids  = { dev = \"111111111111\", live = \"222222222222\" }\n  same = { dev = \"111111111111\", live = \"111111111111\" }\n}\n";
    let dynamic = |each: &str| Some(("assume_role".to_owned(), Some(expression(each))));
    for (arn, each, values, expected) in [
        (format!("var.e == \"dev\" ? {one} : {two}"), None, "", true),
        (
            format!("var.e == \"dev\" ? {one} : var.arn"),
            None,
            "",
            true,
        ),
        (
            "\"arn:aws:iam::${local.ids[var.e]}:role/x\"".to_owned(),
            None,
            "",
            true,
        ),
        (format!("var.on ? {one} : null"), None, "", true),
        (one.to_owned(), dynamic("var.on ? [1] : []"), "", true),
        // Constant, or one account whatever is chosen.
        (one.to_owned(), None, "", false),
        (one.to_owned(), dynamic("true ? [1] : []"), "", false),
        (format!("var.e == \"dev\" ? {one} : {one}"), None, "", false),
        (
            "\"arn:aws:iam::${local.same[var.e]}:role/x\"".to_owned(),
            None,
            "",
            false,
        ),
        (
            "\"arn:aws:iam::${local.ids[\"dev\"]}:role/x\"".to_owned(),
            None,
            "",
            false,
        ),
        // The variable names the account itself: the guard follows it.
        (
            "\"arn:aws:iam::${var.id}:role/x\"".to_owned(),
            None,
            "",
            false,
        ),
        // The directory is that of one environment.
        (
            "\"arn:aws:iam::${local.ids[var.e]}:role/x\"".to_owned(),
            None,
            "e = \"dev\"\n",
            false,
        ),
    ] {
        let names = names(&[("main.tf", variables), ("terraform.tfvars", values)]);
        let arn = Some(expression(&arn));
        let role = RoleArn { arn, each };
        let found = Account::of(&role, &names);
        assert_eq!(found, id(ONE), "{role}");
        assert_eq!(found.is_default_choice(&role, &names), expected, "{role}");
    }
}
