//! What is in a file of Terraform: values, comments, heredocs, lines.

use super::{Kind, ROOT, files, kind, root, times};

pub const KINDS: &[Kind] = &[
    kind("keys of an object", 10_000, |n| {
        root(format!(
            "locals {{\n  m = {{\n{}  }}\n}}\n",
            times(n, "    k# = \"v\"\n")
        ))
    }),
    kind(
        "keys of an object that a role is looked up in",
        4_000,
        |n| {
            files([(
                "main.tf",
                ROOT.replace("222222222222", "${local.m[\"k7\"]}")
                    + &format!(
                        "locals {{\n  m = {{\n{}  }}\n}}\n",
                        times(n, "    k# = \"222222222222\"\n")
                    ),
            )])
        },
    ),
    kind("keys of an object in JSON", 10_000, |n| {
        let mut all = root(String::new());
        all.push(("more.tf.json".to_owned(), format!("{{\"provider\": {{\"aws\": {{\"alias\": \"j\", \"assume_role\": {{\"role_arn\": \"arn:aws:iam::222222222222:role/x\"}}}}}}, \"locals\": {{\"m\": {{{}\"z\": 1}}}}}}\n", times(n, "\"k#\": \"v\",\n"))));
        all
    }),
    kind("elements of a list", 10_000, |n| {
        root(format!(
            "locals {{\n  m = [\n{}  ]\n}}\n",
            times(n, "    \"v#\",\n")
        ))
    }),
    kind("ignore comments", 1_000, |n| {
        root(times(
            n,
            "// tfkeyless: ignore[remove_assume_role]\nprovider \"aws\" {\n  alias = \"a#\"\n  assume_role {\n    role_arn = \"arn:aws:iam::222222222222:role/x\"\n  }\n}\n",
        ))
    }),
    kind("ignore comments beside each other", 4_000, |n| {
        root(times(n, "// tfkeyless: ignore[remove_assume_role]\n"))
    }),
    kind("comments", 20_000, |n| root(times(n, "# comment #\n"))),
    kind("bytes of a comment, in tens", 100_000, |n| {
        root(format!("# {}\n", "comment in ".repeat(n)))
    }),
    kind("blank lines", 50_000, |n| root("\n".repeat(n))),
    kind("elements on one line", 20_000, |n| {
        root(format!("locals {{\n  l = [{}1]\n}}\n", times(n, "#, ")))
    }),
    kind("interpolations on one line", 4_000, |n| {
        root(format!(
            "locals {{\n  l = \"{}\"\n}}\n",
            "${var.x}".repeat(n)
        ))
    }),
    kind("providers on one line", 1_000, |n| {
        files([(
            "main.tf.json",
            format!(
                "{{\"provider\": {{\"aws\": [{}{{\"alias\": \"z\"}}]}}}}",
                times(
                    n,
                    "{\"alias\": \"a#\", \"assume_role\": {\"role_arn\": \"arn:aws:iam::222222222222:role/x\"}},"
                )
            ),
        )])
    }),
    kind("lines of a heredoc", 20_000, |n| {
        root(format!(
            "locals {{\n  l = <<EOT\n{}EOT\n}}\n",
            times(n, "line # ${var.x}\n")
        ))
    }),
    kind("heredocs", 2_000, |n| {
        root(format!(
            "locals {{\n{}}}\n",
            times(n, "  l# = <<EOT\nx\nEOT\n")
        ))
    }),
    kind("operands of a sum", 2_000, |n| {
        root(format!("locals {{\n  l = {}1\n}}\n", "1 + ".repeat(n)))
    }),
    kind("operands of an or", 2_000, |n| {
        files([(
            "main.tf",
            ROOT.replace(
                "\"arn:aws:iam::222222222222:role/deploy\"",
                &format!(
                    "{}true ? \"arn:aws:iam::222222222222:role/deploy\" : \"\"",
                    "var.a || ".repeat(n)
                ),
            ),
        )])
    }),
    kind("steps of a reference", 2_000, |n| {
        files([(
            "main.tf",
            ROOT.replace(
                "\"arn:aws:iam::222222222222:role/deploy\"",
                &format!("var.a{}", ".b[0]".repeat(n)),
            ),
        )])
    }),
    kind("constraints", 2_000, |n| {
        files([(
            "main.tf",
            ROOT.replace("~> 4.0", times(n, ">= 4.#, ").trim_end_matches([',', ' '])),
        )])
    }),
    kind("blocks in each other", 20, |n| {
        root(format!(
            "resource \"aws_x\" \"x\" {{\n{}{}}}\n",
            "a {\n".repeat(n),
            "}\n".repeat(n)
        ))
    }),
    kind("lines with a default", 4_000, |n| {
        root(format!(
            "variable \"v\" {{\n  default = {{\n{}  }}\n}}\n",
            times(n, "    default# = \"AKIAIOSFODNN7EXAMPLE\"\n")
        ))
    }),
];
