//! Settings files, and settings, that commands give a backend by `-backend-config`.

use std::path::Path;

use crate::support::checkout::Checkout;
use crate::support::{CONFIG, Tree, reports, reviewed};

/// What becomes of a backend block whose settings file a command names: the block and the file after
/// the plan, and the reports about what is left.
fn named(
    runners: &[(&str, &str)],
    file: (&str, &str),
    block: &str,
) -> (String, String, Vec<String>) {
    let main = format!(
        "terraform {{\n  required_version = \">= 1.7\"\n  backend \"s3\" {{\n{block}  }}\n}}\n"
    );
    let own = ("stack/main.tf", main.as_str());
    let files = [own, ("other/README.md", ""), file];
    let tree = Tree::new(files.into_iter().chain(runners.iter().copied()));
    // What the runner can sign in to is not what this is about.
    let plan = tree.plan(CONFIG, reviewed()).unwrap();
    let after = tree.with(&plan);
    let after = |path: &str| after.0[Path::new(path)].clone();
    let reports = reports(&plan).into_iter();
    let reports = reports.filter(|it| it.contains("the S3 backend") && it.contains("not changed"));
    (after("stack/main.tf"), after(file.0), reports.collect())
}

/// A workflow whose job runs these commands.
fn workflow(commands: &str) -> String {
    let lines = commands.lines().map(|line| format!("          {line}\n"));
    format!(
        "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: |\n{}",
        lines.collect::<String>()
    )
}

#[test]
fn a_settings_file_is_known_by_the_command_that_names_it() {
    let path = ".github/workflows/ci.yml";
    let other = "bucket = \"b\"\nkey = \"k\"\nprofile = \"other\"\n";
    let option = "-backend-config=../conf/dev.conf";
    let script = format!("cd stack\nterraform init {option}\n");
    let makefile = format!("init:\n\tcd stack && terraform init {option}\n");
    let gitlab = format!("a:\n  script:\n    - terraform -chdir=stack init {option}\n");
    let terragrunt = format!(
        "terraform {{\n  extra_arguments \"init\" {{\n    commands  = [\"init\"]\n    arguments = [\"{option}\"]\n  }}\n}}\n"
    );
    let quoted = makefile.replace('=', " \"").replace(".conf", ".conf\"");
    let added =
        "cd stack\nexport TF_CLI_ARGS_init=-backend-config=../conf/dev.conf\nterraform init";
    for runners in [
        vec![(
            path,
            workflow(&format!("terraform -chdir=stack init {option}")),
        )],
        vec![(
            path,
            workflow("cd stack\nterraform init -backend-config ../conf/dev.conf"),
        )],
        vec![(path, workflow(added))],
        vec![(path, workflow("./init.sh")), ("init.sh", script.clone())],
        vec![(".gitlab-ci.yml", gitlab)],
        // Without anything that is known to run them.
        vec![("Makefile", makefile)],
        vec![("GNUmakefile", quoted)],
        vec![("stack/init.sh", script)],
        vec![("stack/terragrunt.hcl", terragrunt)],
    ] {
        let runners: Vec<(&str, &str)> = runners
            .iter()
            .map(|(path, text)| (*path, text.as_str()))
            .collect();
        let (after, file, reports) = named(&runners, ("conf/dev.conf", other), "");
        assert!(!after.contains("profile"), "{runners:?}: {after}");
        assert_eq!(file, other, "{runners:?}");
        assert_eq!(
            reports,
            [
                "conf/dev.conf:3: the S3 backend has the profile \"other\", not \"shared\": not changed"
            ],
            "{runners:?}"
        );
    }
    // Nobody names it; it is of another module; only the run determines the name.
    let elsewhere = format!("terraform -chdir=other init {option}");
    for commands in [
        "terraform -chdir=stack init",
        &elsewhere,
        "make -C $DIR init",
    ] {
        let text = workflow(commands);
        let (after, file, reports) = named(
            &[(path, &text)],
            ("conf/dev.conf", other),
            "    bucket = \"b\"\n",
        );
        assert_eq!(file, other, "{commands}");
        assert!(
            after.contains("profile = \"shared\""),
            "{commands}: {after}"
        );
        assert_eq!(reports, [""; 0], "{commands}");
    }
}

/// A name and a text of a settings file beside a block with these settings; what becomes of the file,
/// whether the block gets the profile, and what is left.
type NamedRow<'r> = (&'r str, String, &'r str, String, bool, Option<&'r str>);

/// A workflow whose job names the file.
fn naming(file: &str) -> String {
    workflow(&format!(
        "terraform -chdir=stack init -backend-config={file}"
    ))
}

#[track_caller]
fn assert_decided((name, text, block, file_after, block_gets, left): NamedRow<'_>) {
    let file = format!("stack/{name}");
    let workflow = naming(name);
    let runners = [(".github/workflows/ci.yml", workflow.as_str())];
    let (after, file_is, reports) = named(&runners, (&file, &text), block);
    assert_eq!(file_is, file_after, "{name} {text}");
    assert_eq!(
        after.contains("profile"),
        block_gets,
        "{name} {text} {after}"
    );
    match left {
        None => assert_eq!(reports, [""; 0], "{name} {text}"),
        Some(left) => assert!(
            reports.iter().any(|it| it.contains(left)),
            "{name} {text} {reports:?}"
        ),
    }
}

const OWN: &str = "profile = \"shared\"\n";
const BUCKET: &str = "    bucket = \"b\"\n";
const SETTINGS: &str = "bucket = \"b\"\nkey = \"k\"\n";
const KEYED: &str = "access_key = \"AKIA\"\nsecret_key = \"x\"\n";

fn with(before: &str, more: &str) -> String {
    format!("{before}{more}")
}

#[test]
fn a_named_file_is_edited_as_one_named_tfbackend_is() {
    for row in [
        (
            "dev.hcl",
            SETTINGS.to_owned(),
            "",
            with("bucket = \"b\"\nkey = \"k\"\n", "profile = \"shared\"\n"),
            false,
            None,
        ),
        (
            "dev.conf",
            with(SETTINGS, KEYED),
            "",
            with("bucket = \"b\"\nkey = \"k\"\n", "profile    = \"shared\"\n"),
            false,
            None,
        ),
        // Keys alone: the block has the bucket, and gets the profile.
        (
            "dev.txt",
            KEYED.to_owned(),
            BUCKET,
            String::new(),
            true,
            None,
        ),
        // Values of variables may be read by others: the block gets the profile of the file's bucket.
        (
            "dev.tfvars",
            SETTINGS.to_owned(),
            "",
            SETTINGS.to_owned(),
            true,
            None,
        ),
        (
            "dev.tfvars",
            "name = \"x\"\n".to_owned(),
            BUCKET,
            "name = \"x\"\n".to_owned(),
            true,
            None,
        ),
        (
            "dev.tfvars",
            KEYED.to_owned(),
            BUCKET,
            KEYED.to_owned(),
            false,
            Some(
                "main.tf:3: the S3 backend is completed by stack/dev.tfvars, which sets `access_key`",
            ),
        ),
    ] {
        assert_decided(row);
    }
}

#[test]
fn what_a_named_file_says_of_itself_decides_with_the_block() {
    let role = "assume_role = { role_arn = \"r\" }\n";
    for row in [
        // A flat role becomes the object.
        (
            "dev.hcl",
            with("bucket = \"b\"\n", "role_arn = \"r\"\n"),
            "",
            with(
                "bucket = \"b\"\n",
                "assume_role = {\n  role_arn = \"r\"\n}\n",
            ),
            false,
            None,
        ),
        (
            "dev.hcl",
            with("bucket = \"b\"\n", role),
            "",
            with("bucket = \"b\"\n", role),
            false,
            Some("dev.hcl:2: the S3 backend assumes a role"),
        ),
        (
            "dev.hcl",
            with(role, KEYED),
            BUCKET,
            with(role, KEYED),
            false,
            Some(
                "main.tf:3: the S3 backend is completed by stack/dev.hcl, which sets `assume_role`",
            ),
        ),
        (
            "dev.hcl",
            "bucket = \n".to_owned(),
            "",
            "bucket = \n".to_owned(),
            false,
            Some("completed by stack/dev.hcl, which is not understood"),
        ),
        // The profile that is wanted is there.
        (
            "dev.hcl",
            with(SETTINGS, OWN),
            "",
            with(SETTINGS, OWN),
            false,
            None,
        ),
        // The bucket is the block's: a run without the file has to have the profile, too.
        (
            "dev.hcl",
            OWN.to_owned(),
            BUCKET,
            OWN.to_owned(),
            true,
            None,
        ),
    ] {
        assert_decided(row);
    }
    // A file that is not there.
    let text = format!("bucket = \"b\"\n{OWN}");
    let (after, _, reports) = named(
        &[(".github/workflows/ci.yml", &naming("gone.hcl"))],
        ("stack/dev.hcl", &text),
        "",
    );
    assert!(!after.contains("profile"), "{after}");
    assert_eq!(
        reports,
        [
            "stack/main.tf:3: the S3 backend is completed by stack/gone.hcl, which is not in the repository: not changed"
        ]
    );
}

#[test]
fn a_file_that_several_root_modules_share_changes_where_their_backends_are_alike() {
    let block = |settings: &str| format!("terraform {{\n  backend \"s3\" {{\n{settings}  }}\n}}\n");
    let keyed = "bucket = \"b\"\naccess_key = \"AKIA\"\nsecret_key = \"x\"\n";
    let without = "bucket = \"b\"\nprofile    = \"shared\"\n";
    let text = workflow(
        "terraform -chdir=a init -backend-config=../state.hcl\nterraform -chdir=b init -backend-config=../state.hcl",
    );
    for (other, after) in [
        ("    key = \"b\"\n", without),
        ("    key = \"b\"\n    bucket = \"other\"\n", keyed),
        ("    key = \"b\"\n    profile = \"own\"\n", keyed),
        ("    assume_role = { role_arn = \"r\" }\n", keyed),
    ] {
        let (one, other) = (block("    key = \"a\"\n"), block(other));
        let tree = Tree::new([
            (".github/workflows/ci.yml", text.as_str()),
            ("a/main.tf", &one),
            ("b/main.tf", &other),
            ("state.hcl", keyed),
        ]);
        let plan = tree.plan(CONFIG, reviewed()).unwrap();
        let found = &tree.with(&plan).0[Path::new("state.hcl")];
        assert_eq!(found, after, "{other} {:?}", reports(&plan));
    }
}

#[test]
fn of_files_that_a_command_names_together_the_one_with_the_bucket_gets_the_profile() {
    let text = workflow("terraform init -backend-config=all.hcl -backend-config=dev.hcl");
    let tree = Tree::new([
        (".github/workflows/ci.yml", text.as_str()),
        ("main.tf", "terraform {\n  backend \"s3\" {\n  }\n}\n"),
        ("all.hcl", "bucket = \"b\"\n"),
        ("dev.hcl", "key = \"dev\"\n"),
    ]);
    let plan = tree.plan(CONFIG, reviewed()).unwrap();
    let after = tree.with(&plan);
    assert_eq!(after.0[Path::new("dev.hcl")], "key = \"dev\"\n");
    assert!(after.0[Path::new("all.hcl")].contains("profile = \"shared\""));
}

/// The help is the argument to write, with the role that is there.
#[test]
fn the_help_about_a_role_that_a_command_gives_has_that_role() {
    let arn = "arn:aws:iam::333333333333:role/state";
    for (given, role) in [
        (format!("-backend-config=role_arn={arn}"), arn),
        (format!("-backend-config='role_arn={arn}'"), arn),
        ("-backend-config=\"role_arn=$ROLE\"".to_owned(), "..."),
        (
            "-backend-config=\"role_arn=arn:aws:iam::$ID:role/x\"".to_owned(),
            "...",
        ),
    ] {
        let makefile = format!("init:\n\tterraform -chdir=stack init {given}\n");
        let files = [
            (
                "stack/main.tf",
                "terraform {\n  backend \"s3\" {\n    bucket = \"b\"\n    key = \"k\"\n  }\n}\n",
            ),
            ("Makefile", &makefile),
        ];
        let plan = Tree::new(files).plan(CONFIG, reviewed()).unwrap();
        let helps = plan.findings.iter().filter_map(|it| it.help.as_ref());
        let helps: Vec<&str> = helps.map(|help| &**help).collect();
        let wanted = format!("`-backend-config='assume_role={{role_arn=\"{role}\"}}'` there");
        assert!(helps.iter().any(|it| it.contains(&wanted)), "{helps:?}");
    }
}

#[test]
fn a_role_that_a_command_gives_the_backend_leaves_it_with_the_place() {
    let block = "    bucket = \"b\"\n    key = \"k\"\n";
    let init = |given: &str| format!("terraform -chdir=stack init {given}\n");
    let flat = "is given `role_arn` by the command at ";
    let error = ", an error from Terraform 1.10 on: not changed";
    let object = "-backend-config='assume_role={role_arn=\"r\"}'";
    for (path, text, said) in [
        (
            ".github/workflows/ci.yml",
            workflow(&init("-backend-config=role_arn=r")),
            Some(format!("{flat}.github/workflows/ci.yml:6{error}")),
        ),
        (
            ".github/workflows/ci.yml",
            workflow(&init("-backend-config=\"role_arn=$ROLE\"")),
            Some(format!("{flat}.github/workflows/ci.yml:6{error}")),
        ),
        (
            "Makefile",
            format!("init:\n\t{}", init("-backend-config=\"role_arn=$(ROLE)\"")),
            Some(format!("{flat}Makefile:2{error}")),
        ),
        (
            "stack/init.sh",
            "terraform init \\\n  -backend-config \"session_name=x\"\n".to_owned(),
            Some(format!(
                "is given `session_name` by the command at stack/init.sh:2{error}"
            )),
        ),
        (
            ".gitlab-ci.yml",
            format!("a:\n  script:\n    - {}", init(object)),
            Some(
                "is given `assume_role` by the command at .gitlab-ci.yml:3: not changed".to_owned(),
            ),
        ),
        (
            "Makefile",
            format!(
                "init:\n\t{}",
                init("-backend-config=endpoint=http://minio:9000")
            ),
            Some("is given `endpoint` by the command at Makefile:2: not changed".to_owned()),
        ),
        // Nothing that decides whose the backend is.
        (
            "Makefile",
            format!("init:\n\t{}", init("-backend-config=key=$(KEY)")),
            None,
        ),
        (
            "Makefile",
            format!(
                "init:\n\t{}",
                init("-backend-config=endpoint=https://s3.eu-west-1.amazonaws.com")
            ),
            None,
        ),
        (
            "Makefile",
            format!("init:\n\t# {}", init("-backend-config=role_arn=r")),
            None,
        ),
        // Of another root module.
        (
            ".github/workflows/ci.yml",
            workflow("terraform -chdir=other init -backend-config=role_arn=r"),
            None,
        ),
    ] {
        let (after, _, reports) = named(&[(path, &text)], ("x.txt", ""), block);
        match said {
            None => {
                assert_eq!(reports, [""; 0], "{text}");
                assert!(after.contains("profile = \"shared\""), "{text} {after}");
            }
            Some(said) => {
                assert_eq!(
                    reports,
                    [format!("stack/main.tf:3: the S3 backend {said}")],
                    "{text}"
                );
                assert!(!after.contains("profile"), "{text} {after}");
            }
        }
    }
}

#[test]
fn a_file_that_others_read_or_that_lies_elsewhere_is_left() {
    // It holds the values of variables, too.
    let both = workflow(
        "terraform -chdir=stack init -backend-config=dev.conf\n\
         terraform -chdir=stack plan -var-file=dev.conf",
    );
    let runners = [(".github/workflows/ci.yml", both.as_str())];
    let (_, file_is, _) = named(&runners, ("stack/dev.conf", SETTINGS), "");
    assert_eq!(file_is, SETTINGS);
    // Of two that one command names, the other has a profile.
    let two = workflow(
        "terraform -chdir=stack init -backend-config=dev.tfbackend -backend-config=own.conf",
    );
    let own = "profile = \"own\"\n";
    let runners = [
        (".github/workflows/ci.yml", two.as_str()),
        ("stack/own.conf", own),
    ];
    let (_, file_is, _) = named(&runners, ("stack/dev.tfbackend", SETTINGS), "");
    assert_eq!(file_is, SETTINGS);
}

#[test]
fn a_file_in_another_repository_is_left() {
    let main = "terraform {\n  backend \"s3\" {\n  }\n}\n";
    let ci = workflow("terraform init -backend-config=vendor/dev.conf");
    let checkout = Checkout::committed(&[
        ("main.tf", main),
        (".github/workflows/ci.yml", &ci),
        ("tfkeyless.hcl", CONFIG),
    ]);
    let vendor = checkout.path().join("vendor");
    std::fs::create_dir_all(vendor.join(".git")).unwrap();
    std::fs::write(vendor.join("dev.conf"), SETTINGS).unwrap();
    let plan = checkout.run(&["plan", "--review"]).code(0);
    assert!(!plan.stdout.contains("vendor/dev.conf"), "{}", plan.stdout);
}

#[test]
fn a_file_beside_the_one_that_a_command_names_gets_the_profile_too() {
    let main = "terraform {\n  required_version = \">= 1.7\"\n  backend \"s3\" {}\n}\n";
    let settings = "bucket = \"b\"\nkey    = \"k\"\n";
    let with_region = "bucket = \"b\"\nkey    = \"k\"\nregion = \"r\"\n";
    let values = "a = \"b\"\nc = \"d\"\n";
    for (named, sibling, text, is_edited) in [
        ("env/dev.hcl", "env/live.hcl", settings, true),
        ("dev/backend.conf", "live/backend.conf", settings, true),
        ("../env/dev.hcl", "../env/live.hcl", settings, true),
        // Of something else.
        ("env/dev.hcl", "env/live.hcl", with_region, false),
        ("env/dev.hcl", "env/live.hcl", values, false),
        ("env/dev.hcl", "env/live.txt", settings, false),
        ("env/dev.hcl", "other/live.hcl", settings, false),
    ] {
        let runner = workflow(&format!(
            "terraform -chdir=stack init -backend-config={named}"
        ));
        let path = |file: &str| match file.strip_prefix("../") {
            Some(above) => above.to_owned(),
            None => format!("stack/{file}"),
        };
        let (named, sibling) = (path(named), path(sibling));
        let tree = Tree::new([
            ("stack/main.tf", main),
            (&named, settings),
            (&sibling, text),
            (".github/workflows/ci.yml", &runner),
        ]);
        let after = tree.with(&tree.plan(CONFIG, reviewed()).unwrap());
        assert!(after.0[Path::new(&named)].contains("profile"), "{named}");
        let is_changed = after.0[Path::new(&sibling)].contains("profile");
        assert_eq!(is_changed, is_edited, "{sibling} {text}");
    }
}

#[test]
fn of_two_files_of_a_script_the_one_with_a_profile_leaves_the_other_alone() {
    let block = "terraform {\n  required_version = \">= 1.7\"\n  backend \"s3\" {\n  }\n}\n";
    let (bucket, profile) = ("bucket = \"b\"\nkey = \"k\"\n", "profile = \"other\"\n");
    let flags = |end: &str| format!("-backend-config=a.hcl{end}-backend-config=b.hcl\n");
    for (script, is_changed) in [
        (format!("terraform init {}", flags(" ")), false),
        (format!("terraform init {}", flags(" \\\n  ")), false),
        // Each for itself.
        (
            format!("terraform init {}", flags("\nterraform init ")),
            true,
        ),
        (
            format!("terraform init {}", flags(" && terraform init ")),
            true,
        ),
    ] {
        let tree = Tree::new([
            ("stack/main.tf", block),
            ("stack/a.hcl", bucket),
            ("stack/b.hcl", profile),
            ("stack/init.sh", &script),
        ]);
        let after = tree.with(&tree.plan(CONFIG, reviewed()).unwrap());
        let is_same = after.0[Path::new("stack/a.hcl")] == bucket;
        assert_eq!(!is_same, is_changed, "{script}");
    }
}
