//! Provider configurations.

use super::{Kind, ROOT, files, kind, root, times};

pub const KINDS: &[Kind] = &[
    kind("variables of keys", 1_000, |n| {
        files([(
            "main.tf",
            ROOT.to_owned()
                + &times(
                    n,
                    "provider \"aws\" {\n  alias      = \"a#\"\n  access_key = var.k#\n  secret_key = var.s#\n}\nvariable \"k#\" {}\nvariable \"s#\" {}\n",
                ),
        )])
    }),
    kind("aliased providers", 1_000, |n| {
        root(times(
            n,
            "provider \"aws\" {\n  alias = \"a#\"\n  assume_role {\n    role_arn = \"arn:aws:iam::222222222222:role/x\"\n  }\n}\n",
        ))
    }),
    kind("aliased providers of other accounts", 1_000, |n| {
        root((0..n).map(|it| format!("provider \"aws\" {{\n  alias = \"a{it}\"\n  assume_role {{\n    role_arn = \"arn:aws:iam::{:012}:role/x\"\n  }}\n}}\n", it + 300_000_000_000)).collect())
    }),
    kind("aliased providers with resources", 1_000, |n| {
        root(times(
            n,
            "provider \"aws\" {\n  alias = \"a#\"\n}\nresource \"aws_instance\" \"r#\" {\n  provider = aws.a#\n}\n",
        ))
    }),
    kind("aliased providers without roles", 1_000, |n| {
        root(times(n, "provider \"aws\" {\n  alias = \"a#\"\n}\n"))
    }),
    kind("providers passed to a module", 1_000, |n| {
        let mut all = root(
            times(n, "provider \"aws\" {\n  alias = \"a#\"\n}\n")
                + &format!(
                    "module \"m\" {{\n  source = \"./m\"\n  providers = {{\n{}  }}\n}}\n",
                    times(n, "    aws.a# = aws.a#\n")
                ),
        );
        all.push(("m/main.tf".to_owned(), format!("terraform {{\n  required_providers {{\n    aws = {{\n      source = \"hashicorp/aws\"\n      configuration_aliases = [{}aws.z]\n    }}\n  }}\n}}\n{}", times(n, "aws.a#, "), times(n, "data \"aws_caller_identity\" \"d#\" {\n  provider = aws.a#\n}\n"))));
        all
    }),
    kind("providers of another kind", 4_000, |n| {
        root(times(n, "provider \"null\" {\n  alias = \"a#\"\n}\n"))
    }),
];
