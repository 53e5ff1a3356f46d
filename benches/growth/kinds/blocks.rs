//! Blocks of Terraform.

use super::{Kind, ROOT, files, kind, root, times};

pub const KINDS: &[Kind] = &[
    kind("locals", 10_000, |n| {
        root(format!("locals {{\n{}}}\n", times(n, "  l# = \"v\"\n")))
    }),
    kind("locals that refer to the one before", 1_000, |n| {
        let chain: String = (1..=n)
            .map(|it| format!("  l{it} = local.l{}\n", it - 1))
            .collect();
        files([(
            "main.tf",
            ROOT.replace("222222222222", &format!("${{local.l{n}}}"))
                + &format!("locals {{\n  l0 = \"222222222222\"\n{chain}}}\n"),
        )])
    }),
    kind("locals blocks", 4_000, |n| {
        root(times(n, "locals {\n  l# = \"v\"\n}\n"))
    }),
    kind("variables", 4_000, |n| {
        root(times(n, "variable \"v#\" {\n  default = \"x\"\n}\n"))
    }),
    kind("outputs", 4_000, |n| {
        root(times(n, "output \"o#\" {\n  value = \"x\"\n}\n"))
    }),
    kind("resources", 4_000, |n| {
        root(times(
            n,
            "resource \"aws_instance\" \"r#\" {\n  ami = \"x\"\n}\n",
        ))
    }),
    kind("resources that an upgrade changes", 1_000, |n| {
        root(times(n, "resource \"aws_eip\" \"r#\" {\n  vpc = true\n}\n"))
    }),
    kind("references to a resource", 4_000, |n| {
        root(format!(
            "resource \"aws_db_instance\" \"d\" {{\n  name = \"x\"\n}}\n{}",
            times(n, "output \"o#\" {\n  value = aws_db_instance.d.name\n}\n")
        ))
    }),
    kind("references in one block", 4_000, |n| {
        root(format!(
            "resource \"aws_db_instance\" \"d\" {{\n  name = \"x\"\n}}\nlocals {{\n{}}}\n",
            times(n, "  l# = aws_db_instance.d.name\n")
        ))
    }),
    kind("data sources", 4_000, |n| {
        root(times(
            n,
            "data \"aws_subnet_ids\" \"d#\" {\n  vpc_id = \"x\"\n}\n",
        ))
    }),
    kind("data sources that name a provider", 2_000, |n| {
        root(times(
            n,
            "data \"aws_caller_identity\" \"d#\" {\n  provider = aws.x\n}\n",
        ))
    }),
    kind("required providers", 4_000, |n| {
        root(format!(
            "terraform {{\n  required_providers {{\n{}  }}\n}}\n",
            times(n, "    p# = {\n      source = \"o/p#\"\n    }\n")
        ))
    }),
    kind("remote states", 1_000, |n| {
        root(times(
            n,
            "data \"terraform_remote_state\" \"s#\" {\n  backend = \"s3\"\n  config = {\n    bucket = \"states\"\n    key = \"k#\"\n    region = \"eu-west-1\"\n  }\n}\n",
        ))
    }),
    kind("values in a file", 4_000, |n| {
        let mut all = root(times(n, "variable \"v#\" {}\n"));
        all.push(("terraform.tfvars".to_owned(), times(n, "v# = \"x\"\n")));
        all
    }),
    kind("commands of a module", 500, |n| {
        root(times(
            n,
            "resource \"null_resource\" \"r#\" {\n  provisioner \"local-exec\" {\n    command = \"echo #\"\n  }\n}\n",
        ))
    }),
    kind("variables with a default", 4_000, |n| {
        root(times(
            n,
            "variable \"secret#\" {\n  default = \"AKIAIOSFODNN7EXAMPLE\"\n}\n",
        ))
    }),
];
