//! Modules, and the files in and beside them.

use super::{Kind, ROOT, files, kind, many, root, times};

pub const KINDS: &[Kind] = &[
    kind("modules of a registry", 1_000, |n| {
        root(times(
            n,
            "module \"m#\" {\n  source  = \"terraform-aws-modules/vpc/aws\"\n  version = \"3.19.0\"\n}\n",
        ))
    }),
    kind("modules in a bucket", 1_000, |n| {
        root(times(
            n,
            "module \"m#\" {\n  source = \"s3::https://s3-eu-west-1.amazonaws.com/b/vpc/1.2.#.zip\"\n}\n",
        ))
    }),
    kind("modules from git", 1_000, |n| {
        root(times(
            n,
            "module \"m#\" {\n  source = \"git::https://example.com/m.git?ref=v#\"\n}\n",
        ))
    }),
    kind("calls of one local module", 1_000, |n| {
        let mut all = root(times(
            n,
            "module \"m#\" {\n  source = \"./m\"\n  role   = \"arn:aws:iam::222222222222:role/x\"\n}\n",
        ));
        all.push(("m/main.tf".to_owned(), "variable \"role\" {}\nprovider \"aws\" {\n  alias = \"x\"\n  assume_role {\n    role_arn = var.role\n  }\n}\n".to_owned()));
        all
    }),
    kind("local modules", 500, |n| {
        let mut all = many(
            n,
            "m#/main.tf",
            "provider \"aws\" {\n  alias = \"x\"\n  assume_role {\n    role_arn = \"arn:aws:iam::222222222222:role/x\"\n  }\n}\n",
        );
        all[1].1 += &times(n, "module \"m#\" {\n  source = \"./m#\"\n}\n");
        all
    }),
    kind("modules that call the next", 250, |n| {
        let mut all = root("module \"m\" {\n  source = \"./m0\"\n}\n".to_owned());
        all.extend((0..n).map(|it| (format!("m{it}/main.tf"), format!("data \"aws_caller_identity\" \"me\" {{}}\nmodule \"m\" {{\n  source = \"../m{}\"\n}}\n", it + 1))));
        all.push((
            format!("m{n}/main.tf"),
            "output \"o\" {\n  value = 1\n}\n".to_owned(),
        ));
        all
    }),
    kind("modules that call the next twice", 200, |n| {
        let mut all = root(
            "module \"m\" {\n  source = \"./m0\"\n  r      = \"222222222222\"\n}\n".to_owned(),
        );
        all.extend((0..n).map(|it| (format!("m{it}/main.tf"), format!("variable \"r\" {{}}\nprovider \"aws\" {{\n  alias = \"x\"\n  assume_role {{\n    role_arn = \"arn:aws:iam::${{var.r}}:role/x\"\n  }}\n}}\nmodule \"a\" {{\n  source = \"../m{0}\"\n  r = var.r\n}}\nmodule \"b\" {{\n  source = \"../m{0}\"\n  r = var.r\n}}\n", it + 1))));
        all.push((format!("m{n}/main.tf"), "variable \"r\" {}\n".to_owned()));
        all
    }),
    kind("root modules", 500, |n| {
        let mut all = files([]);
        all.extend((0..n).map(|it| (format!("live/{it}/main.tf"), ROOT.to_owned())));
        all
    }),
    kind("root modules that call one module", 500, |n| {
        let mut all = files([("m/main.tf", "provider \"aws\" {\n  alias = \"x\"\n  assume_role {\n    role_arn = \"arn:aws:iam::222222222222:role/x\"\n  }\n}\n".to_owned())]);
        all.extend((0..n).map(|it| {
            (
                format!("live/{it}/main.tf"),
                format!("{ROOT}module \"m\" {{\n  source = \"../../m\"\n}}\n"),
            )
        }));
        all
    }),
    kind("directories in each other", 50, |n| {
        let mut all = files([]);
        all.push((format!("{}main.tf", "d/".repeat(n)), ROOT.to_owned()));
        all
    }),
    kind("files of a module", 1_000, |n| {
        many(
            n,
            "f#.tf",
            "provider \"aws\" {\n  alias = \"a#\"\n  assume_role {\n    role_arn = \"arn:aws:iam::222222222222:role/x\"\n  }\n}\n",
        )
    }),
    kind("files without anything", 2_000, |n| {
        many(n, "d#/f.tf", "locals {\n  a = 1\n}\n")
    }),
    kind("linked files", 500, |n| {
        let mut all = many(n, "live#/main.tf", "link to ../shared.tf");
        all.push(("shared.tf".to_owned(), ROOT.to_owned()));
        all
    }),
    kind("linked directories", 500, |n| {
        let mut all = many(n, "live#", "link to shared");
        all.push(("shared/main.tf".to_owned(), ROOT.to_owned()));
        all
    }),
    kind("backend files", 1_000, |n| {
        many(
            n,
            "b#.tfbackend",
            "bucket = \"states\"\nkey = \"k#\"\nregion = \"eu-west-1\"\n",
        )
    }),
    kind("root modules of one settings file", 500, |n| {
        let mut all = many(
            n,
            "d#/main.tf",
            "terraform {\n  backend \"s3\" {\n    key = \"k#\"\n  }\n}\nprovider \"aws\" {}\n",
        );
        let line = "\tterraform -chdir=d# init -backend-config=../backend.hcl\n";
        all.push(("Makefile".to_owned(), format!("all:\n{}", times(n, line))));
        all.push((
            "backend.hcl".to_owned(),
            "bucket = \"states\"\nregion = \"eu-west-1\"\naccess_key = \"AKIAIOSFODNN7EXAMPLE\"\n"
                .to_owned(),
        ));
        all
    }),
    kind("files of values", 500, |n| {
        let mut all = many(n, "v#.tfvars", "account = \"222222222222\"\n");
        all[1].1 = ROOT.replace("222222222222", "${var.account}") + "variable \"account\" {}\n";
        all
    }),
    kind("locked providers", 2_000, |n| {
        let mut all = root(String::new());
        all.push((".terraform.lock.hcl".to_owned(), times(n, "provider \"registry.terraform.io/o/p#\" {\n  version = \"1.0.0\"\n  hashes = [\n    \"h1:x=\",\n  ]\n}\n")));
        all
    }),
    kind("tests", 500, |n| {
        many(
            n,
            "tests/t#.tftest.hcl",
            "provider \"aws\" {\n  assume_role {\n    role_arn = \"arn:aws:iam::222222222222:role/x\"\n  }\n}\nrun \"r\" {}\n",
        )
    }),
];
