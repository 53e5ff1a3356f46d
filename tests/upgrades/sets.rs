//! What reads as a list what provider 4 or 5 has as a set: an index, a function of lists, a
//! comparison, the number of an element.

use crate::support::{CONFIG, PROVIDER_4, Tree, reports, reviewed};
use engine::plan::Plan;

const PROXIES: &str = "resource \"aws_db_proxy\" \"p\" {\n}\nresource \"aws_db_proxy\" \"q\" {\n}\nresource \"aws_db_proxy\" \"c\" {\n  count = 2\n}\nresource \"aws_db_proxy\" \"e\" {\n  for_each = var.names\n}\n";

/// The plan of a module with such attributes and this code, and the code afterwards.
fn upgraded(code: &str) -> (String, Plan) {
    let text = format!("{PROVIDER_4}{PROXIES}{code}");
    let tree = Tree::new([("main.tf", text.as_str())]);
    let plan = tree.plan(CONFIG, reviewed()).unwrap();
    let after = tree.with(&plan).0[std::path::Path::new("main.tf")].clone();
    let (_, after) = after.split_once("var.names\n}\n").unwrap();
    (after.to_owned(), plan)
}

/// Code that reads such attributes, as it is and as it should be.
fn check(cases: &[(&str, &str)]) {
    for (before, expected) in cases {
        let (after, plan) = upgraded(&format!("{before}\n"));
        assert_eq!(after.trim_end(), *expected);
        assert_eq!(reports(&plan), [""; 0], "{before}");
    }
}

/// Expressions as the value of a local, as they are and as they should be.
fn check_values(cases: &[(&str, &str)]) {
    for (before, expected) in cases {
        let local = |value: &str| format!("locals {{\n  x = {value}\n}}");
        check(&[(&local(before), &local(expected))]);
    }
}

#[test]
fn every_index_goes_through_tolist() {
    check_values(&[
        ("aws_db_proxy.p.auth[0]", "tolist(aws_db_proxy.p.auth)[0]"),
        ("aws_db_proxy.p.auth.0", "tolist(aws_db_proxy.p.auth).0"),
        (
            "aws_db_proxy.p.auth[\"0\"]",
            "tolist(aws_db_proxy.p.auth)[\"0\"]",
        ),
        (
            "aws_db_proxy.p[\"auth\"][var.n].iam_auth",
            "tolist(aws_db_proxy.p[\"auth\"])[var.n].iam_auth",
        ),
        (
            "aws_db_proxy.c[1].auth[0]",
            "tolist(aws_db_proxy.c[1].auth)[0]",
        ),
        (
            "aws_db_proxy.e[\"a\"].auth[0]",
            "tolist(aws_db_proxy.e[\"a\"].auth)[0]",
        ),
        (
            "aws_db_proxy.c.*.auth[0][0]",
            "tolist(aws_db_proxy.c.*.auth[0])[0]",
        ),
        (
            "lookup(aws_db_proxy.p, \"auth\")[0]",
            "tolist(lookup(aws_db_proxy.p, \"auth\"))[0]",
        ),
        (
            "lookup(aws_db_proxy.p, \"auth\", [])[0]",
            "tolist(lookup(aws_db_proxy.p, \"auth\", []))[0]",
        ),
        (
            "lookup(aws_db_proxy.e, \"a\").auth[0]",
            "tolist(lookup(aws_db_proxy.e, \"a\").auth)[0]",
        ),
        (
            "try(aws_db_proxy.p.auth, var.other)[0]",
            "tolist(try(aws_db_proxy.p.auth, var.other))[0]",
        ),
        (
            "(var.a ? aws_db_proxy.p.auth : aws_db_proxy.q.auth)[0]",
            "tolist((var.a ? aws_db_proxy.p.auth : aws_db_proxy.q.auth))[0]",
        ),
        (
            "(var.a ? aws_db_proxy.p : aws_db_proxy.q).auth[0]",
            "tolist((var.a ? aws_db_proxy.p : aws_db_proxy.q).auth)[0]",
        ),
        (
            "values(aws_db_proxy.e)[0].auth[0]",
            "tolist(values(aws_db_proxy.e)[0].auth)[0]",
        ),
        (
            "element(aws_db_proxy.c[*].auth, 0)[0]",
            "tolist(element(aws_db_proxy.c[*].auth, 0))[0]",
        ),
        (
            "{ a = aws_db_proxy.p.auth, b = 1 }.a[0]",
            "tolist({ a = aws_db_proxy.p.auth, b = 1 }.a)[0]",
        ),
        (
            "[for v in aws_db_proxy.e : v[\"auth\"][0]]",
            "[for v in aws_db_proxy.e : tolist(v[\"auth\"])[0]]",
        ),
        (
            "[for v in aws_db_proxy.c[*].auth : v[0]]",
            "[for v in aws_db_proxy.c[*].auth : tolist(v)[0]]",
        ),
        (
            "\"${aws_db_proxy.p.auth[0].iam_auth}-x\"",
            "\"${tolist(aws_db_proxy.p.auth)[0].iam_auth}-x\"",
        ),
        (
            "nonsensitive(aws_db_proxy.p.auth)[0]",
            "tolist(nonsensitive(aws_db_proxy.p.auth))[0]",
        ),
    ]);
}

#[test]
fn an_index_behind_a_name_goes_through_tolist() {
    check(&[
        (
            "locals {\n  auth = aws_db_proxy.p.auth\n}\noutput \"o\" {\n  value = local.auth[0]\n}",
            "locals {\n  auth = aws_db_proxy.p.auth\n}\noutput \"o\" {\n  value = tolist(local.auth)[0]\n}",
        ),
        (
            "resource \"x\" \"y\" {\n  for_each = aws_db_proxy.e\n  a = each.value[\"auth\"][0]\n  b = lookup(each.value, \"auth\")[0]\n  c = each.value.auth[0]\n}",
            "resource \"x\" \"y\" {\n  for_each = aws_db_proxy.e\n  a = tolist(each.value[\"auth\"])[0]\n  b = tolist(lookup(each.value, \"auth\"))[0]\n  c = tolist(each.value.auth)[0]\n}",
        ),
        (
            "resource \"x\" \"y\" {\n  dynamic \"b\" {\n    for_each = aws_db_proxy.e\n    content {\n      a = b.value.auth[0]\n    }\n  }\n}",
            "resource \"x\" \"y\" {\n  dynamic \"b\" {\n    for_each = aws_db_proxy.e\n    content {\n      a = tolist(b.value.auth)[0]\n    }\n  }\n}",
        ),
        (
            "locals {\n  a = { proxy = aws_db_proxy.p, name = \"x\" }\n  b = local.a.proxy.auth[0]\n}",
            "locals {\n  a = { proxy = aws_db_proxy.p, name = \"x\" }\n  b = tolist(local.a.proxy.auth)[0]\n}",
        ),
    ]);
}

/// `terraform console` of Terraform 1.11 refuses a set for these arguments, and for no other.
#[test]
fn a_function_of_lists_gets_one() {
    check_values(&[
        (
            "concat(aws_db_proxy.p.auth, [], aws_db_proxy.q.auth)",
            "concat(tolist(aws_db_proxy.p.auth), [], tolist(aws_db_proxy.q.auth))",
        ),
        (
            "coalescelist([], aws_db_proxy.p.auth)",
            "coalescelist([], tolist(aws_db_proxy.p.auth))",
        ),
        (
            "coalescelist(aws_db_proxy.p.auth, var.others)[0]",
            "coalescelist(tolist(aws_db_proxy.p.auth), var.others)[0]",
        ),
        (
            "element(aws_db_proxy.p.auth, 0)",
            "element(tolist(aws_db_proxy.p.auth), 0)",
        ),
        (
            "element(concat(aws_db_proxy.p.auth, [null]), 0)",
            "element(concat(tolist(aws_db_proxy.p.auth), [null]), 0)",
        ),
        (
            "index(aws_db_proxy.p.auth, var.a)",
            "index(tolist(aws_db_proxy.p.auth), var.a)",
        ),
        (
            "slice(aws_db_proxy.p.auth, 0, 1)",
            "slice(tolist(aws_db_proxy.p.auth), 0, 1)",
        ),
        (
            "zipmap(var.names, aws_db_proxy.p[\"auth\"])",
            "zipmap(var.names, tolist(aws_db_proxy.p[\"auth\"]))",
        ),
        (
            "[for v in aws_db_proxy.e : element(v.auth, 0)]",
            "[for v in aws_db_proxy.e : element(tolist(v.auth), 0)]",
        ),
    ]);
}

/// Of a set, the first name of two in a `for` is the element (Terraform docs, "for Expressions").
#[test]
fn the_number_of_an_element_is_that_of_a_list() {
    check_values(&[
        (
            "[for i, v in aws_db_proxy.p.auth : i]",
            "[for i, v in tolist(aws_db_proxy.p.auth) : i]",
        ),
        (
            "{ for i, v in aws_db_proxy.p.auth : \"${i}\" => v }",
            "{ for i, v in tolist(aws_db_proxy.p.auth) : \"${i}\" => v }",
        ),
        (
            "[for p in aws_db_proxy.e : [for i, v in p.auth : v if i == 0]]",
            "[for p in aws_db_proxy.e : [for i, v in tolist(p.auth) : v if i == 0]]",
        ),
        (
            "\"%{ for i, v in aws_db_proxy.p.auth }${i}%{ endfor }\"",
            "\"%{ for i, v in tolist(aws_db_proxy.p.auth) }${i}%{ endfor }\"",
        ),
    ]);
    check(&[(
        "resource \"x\" \"y\" {\n  dynamic \"b\" {\n    for_each = aws_db_proxy.p.auth\n    content {\n      a = b.key\n    }\n  }\n}",
        "resource \"x\" \"y\" {\n  dynamic \"b\" {\n    for_each = tolist(aws_db_proxy.p.auth)\n    content {\n      a = b.key\n    }\n  }\n}",
    )]);
}

#[test]
fn a_list_equals_no_set() {
    check_values(&[
        (
            "aws_db_proxy.p.auth == var.auth",
            "tolist(aws_db_proxy.p.auth) == var.auth",
        ),
        (
            "var.auth != aws_db_proxy.p.auth ? 1 : 2",
            "var.auth != tolist(aws_db_proxy.p.auth) ? 1 : 2",
        ),
    ]);
}

#[test]
fn what_takes_a_set_as_well_stays() {
    for value in [
        "aws_db_proxy.p.auth",
        "aws_db_proxy.p.auth[*]",
        "aws_db_proxy.p.auth[*].iam_auth",
        "aws_db_proxy.p.auth.*.iam_auth[0]",
        "aws_db_proxy.c.*.auth[0]",
        "aws_db_proxy.c[*].auth",
        "element(aws_db_proxy.p.auth[*], 0)",
        "element(aws_db_proxy.c[*].auth, 0)",
        "concat(aws_db_proxy.c.*.auth, [])",
        "flatten(concat(aws_db_proxy.c[*].auth, []))",
        "flatten(aws_db_proxy.c[*].auth)[0]",
        "tolist(aws_db_proxy.p.auth)[0]",
        "sort(aws_db_proxy.p.auth)[0]",
        "zipmap(aws_db_proxy.p.auth, var.names)",
        "join(\",\", aws_db_proxy.p.auth)",
        "[for v in aws_db_proxy.p.auth : v.iam_auth][0]",
        "[for i, v in aws_db_proxy.p.auth : v.iam_auth]",
        "[for i, v in aws_db_proxy.c[*].auth : i]",
        "aws_db_proxy.p.auth == null",
        "aws_db_proxy.p.auth == []",
        "aws_db_proxy.p.tags[\"a\"]",
        "{ a = aws_db_proxy.p.auth, b = var.list }.b[0]",
        "one(aws_db_proxy.p.auth).iam_auth",
        "merge(aws_db_proxy.p, {}).vpc_subnet_ids",
    ] {
        let code = format!("locals {{\n  o = {value}\n}}\n");
        let (after, plan) = upgraded(&code);
        assert_eq!(after, code);
        let mut about = plan.findings.iter().map(|it| &it.message);
        assert!(!about.any(|it| it.contains("a set")), "{value}");
    }
}

#[test]
fn what_cannot_be_put_into_a_function_is_reported_and_the_rest_changed() {
    let at_a_set = "is read by an index in `.auth`, which is a set";
    for (code, expected, subject, line) in [
        (
            "locals {\n  a = aws_db_proxy.c[*].auth[0]\n  b = aws_db_proxy.c[0].auth[0]\n}\n",
            "locals {\n  a = aws_db_proxy.c[*].auth[0]\n  b = tolist(aws_db_proxy.c[0].auth)[0]\n}\n",
            "aws_db_proxy.c",
            2,
        ),
        (
            "locals {\n  a = concat(aws_db_proxy.c[*].auth...)\n  b = aws_db_proxy.c[0].auth[0]\n}\n",
            "locals {\n  a = concat(aws_db_proxy.c[*].auth...)\n  b = tolist(aws_db_proxy.c[0].auth)[0]\n}\n",
            "aws_db_proxy.c",
            2,
        ),
        (
            "locals {\n  a = aws_db_proxy.c.*.auth.0\n}\n",
            "locals {\n  a = aws_db_proxy.c.*.auth.0\n}\n",
            "aws_db_proxy.c",
            2,
        ),
        (
            "resource \"x\" \"y\" {\n  a = aws_db_proxy.p.auth[0]\n  lifecycle {\n    replace_triggered_by = [aws_db_proxy.p.auth[0]]\n  }\n}\n",
            "resource \"x\" \"y\" {\n  a = tolist(aws_db_proxy.p.auth)[0]\n  lifecycle {\n    replace_triggered_by = [aws_db_proxy.p.auth[0]]\n  }\n}\n",
            "aws_db_proxy.p",
            4,
        ),
    ] {
        let (after, plan) = upgraded(code);
        assert_eq!(after, expected);
        let line = line + (PROVIDER_4.to_owned() + PROXIES).lines().count();
        assert_eq!(
            reports(&plan),
            [format!("main.tf:{line}: {subject} {at_a_set}")]
        );
    }
}

#[test]
fn an_element_in_ignore_changes_is_reported_and_stays() {
    for entry in ["auth[0]", "auth[1].iam_auth", "\"auth.0.iam_auth\""] {
        let code = format!(
            "resource \"aws_db_proxy\" \"i\" {{\n  lifecycle {{\n    ignore_changes = [name, {entry}]\n  }}\n}}\n"
        );
        let (after, plan) = upgraded(&code);
        assert_eq!(after, code);
        let reports = reports(&plan);
        let written = entry.trim_matches('"');
        assert_eq!(reports.len(), 1, "{entry}");
        assert!(reports[0].contains(&format!("`ignore_changes` names `{written}`")));
    }
    let (after, plan) = upgraded(
        "resource \"aws_db_proxy\" \"i\" {\n  lifecycle {\n    ignore_changes = [auth]\n  }\n}\n",
    );
    assert!(after.contains("[auth]"));
    assert_eq!(reports(&plan), [""; 0]);
}
