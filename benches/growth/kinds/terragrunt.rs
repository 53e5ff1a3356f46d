//! Files of Terragrunt.

use super::{Kind, files, kind, many, times};

pub const KINDS: &[Kind] = &[
    kind("Terragrunt units", 300, |n| {
        let mut all = many(
            n,
            "live/#/terragrunt.hcl",
            "include \"root\" {\n  path = find_in_parent_folders(\"root.hcl\")\n}\nterraform {\n  source = \"../../m\"\n}\n",
        );
        all.push(("live/root.hcl".to_owned(), "remote_state {\n  backend = \"s3\"\n  config = {\n    bucket = \"states\"\n    key = \"k\"\n    region = \"eu-west-1\"\n  }\n}\ngenerate \"provider\" {\n  path = \"p.tf\"\n  if_exists = \"overwrite\"\n  contents = <<EOF\nprovider \"aws\" {\n  assume_role {\n    role_arn = \"arn:aws:iam::222222222222:role/x\"\n  }\n}\nEOF\n}\n".to_owned()));
        all.push((
            "m/main.tf".to_owned(),
            "output \"o\" {\n  value = 1\n}\n".to_owned(),
        ));
        all
    }),
    kind("inputs of Terragrunt", 4_000, |n| {
        files([(
            "terragrunt.hcl",
            format!("inputs = {{\n{}}}\n", times(n, "  i# = \"v\"\n")),
        )])
    }),
    kind("generated files", 500, |n| {
        files([(
            "terragrunt.hcl",
            times(
                n,
                "generate \"g#\" {\n  path = \"p#.tf\"\n  if_exists = \"overwrite\"\n  contents = <<EOF\nprovider \"aws\" {\n  alias = \"a#\"\n}\nEOF\n}\n",
            ),
        )])
    }),
];
