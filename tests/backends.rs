//! Backend blocks and the files that complete them are decided together.

use std::path::Path;

use crate::support::checkout::Checkout;
use crate::support::{CONFIG, Tree, reports, reviewed};
use engine::selection::Selection;

/// Plans a block with these settings, completed by a file with these, where keys are not to go;
/// what is said.
#[track_caller]
fn left_alone(block: &str, file: &str) -> Vec<String> {
    let selection = Selection {
        skip: ["remove_static_keys".to_owned()].into(),
        ..Selection::default()
    };
    let block = format!("terraform {{\n  backend \"s3\" {{\n{block}  }}\n}}\n");
    let tree = Tree::new([("main.tf", block.as_str()), ("dev.tfbackend", file)]);
    let plan = tree.plan(CONFIG, selection).unwrap();
    assert_eq!(plan.changes, []);
    reports(&plan)
}

#[test]
fn what_the_block_says_of_itself_holds_the_file_too() {
    let file = "bucket = \"b\"\nkey = \"k\"\n";
    for (setting, said) in [
        (
            "endpoint = \"https://ams3.digitaloceanspaces.com\"",
            "is not on AWS",
        ),
        (
            "role_arn = \"arn:aws:iam::1:role/x\"",
            "assumes a role by the flat `role_arn`",
        ),
        ("assume_role = { role_arn = \"x\" }", "assumes a role"),
        ("access_key = \"AKIA\"", "has `access_key`"),
        (
            "shared_credentials_file = \"x\"",
            "looks for profiles in the file",
        ),
        ("profile = \"old\"", "has the profile \"old\""),
    ] {
        let reports = left_alone(&format!("    {setting}\n"), file);
        assert_eq!(reports.len(), 1, "{reports:?}");
        assert!(
            reports[0].starts_with("main.tf:3: the S3 backend") && reports[0].contains(said),
            "{reports:?}"
        );
    }
}

/// A settings file whose role is flat, completing a block of a module that requires this Terraform.
fn nested(requires: &str, settings: &str) -> (Vec<String>, Vec<String>) {
    let main = format!("terraform {{\n{requires}  backend \"s3\" {{}}\n}}\n");
    let tree = Tree::new([("main.tf", main.as_str()), ("dev.tfbackend", settings)]);
    let plan = tree.plan(CONFIG, Selection::default()).unwrap();
    let after = plan.changes.iter().map(|it| it.after.clone()).collect();
    (after, reports(&plan))
}

#[test]
fn a_flat_role_is_nested_where_every_admitted_terraform_knows_the_object() {
    let flat =
        "bucket = \"b\"\nkey = \"k\"\nrole_arn = \"r\"\nassume_role_tags = {\n  a = \"b\"\n}\n";
    let object = "bucket = \"b\"\nkey = \"k\"\nassume_role = {\n  role_arn = \"r\"\n  tags     = {\n    a = \"b\"\n  }\n}\n";
    for requires in [">= 1.6", "~> 1.9", "1.6.0", ">= 1.5, != 1.5.7, > 1.8"] {
        let line = format!("  required_version = \"{requires}\"\n");
        assert_eq!(nested(&line, flat).0, [object], "{requires}");
    }
    for (requires, why) in [
        (
            "",
            "no `required_version` says that Terraform is 1.6 or later",
        ),
        (
            "  required_version = \">= 1.5\"\n",
            "`>= 1.5` admits Terraform before 1.6",
        ),
        (
            "  required_version = \"~> 1.5\"\n",
            "`~> 1.5` admits Terraform before 1.6",
        ),
    ] {
        let (after, reports) = nested(requires, flat);
        assert_eq!(after, [""; 0], "{requires}");
        assert!(
            reports
                .iter()
                .any(|it| it.contains("becomes `assume_role`")),
            "{reports:?} {why}"
        );
    }
    let line = "  required_version = \">= 1.6\"\n";
    // A duration that is no number, and a role that is there in both forms.
    for more in [
        "assume_role_duration_seconds = var.x\n",
        "assume_role = { role_arn = \"r\" }\n",
    ] {
        assert_eq!(nested(line, &format!("{flat}{more}")).0, [""; 0], "{more}");
    }
}

#[test]
fn a_remote_state_with_a_flat_role_is_nested_and_one_without_is_left() {
    let state = |config: &str| {
        format!(
            "terraform {{\n  required_version = \">= 1.7\"\n}}\ndata \"terraform_remote_state\" \"x\" {{\n  backend = \"s3\"\n  config  = {{ {config} }}\n}}\n"
        )
    };
    for (config, after) in [
        (
            "bucket = \"b\", role_arn = \"r\", session_name = \"s\", key = \"k\"",
            Some(
                "bucket = \"b\", assume_role = { role_arn = \"r\", session_name = \"s\" }, key = \"k\"",
            ),
        ),
        ("bucket = \"b\", assume_role = { role_arn = \"r\" }", None),
        ("bucket = \"b\", key = \"k\"", None),
    ] {
        let before = state(config);
        let plan = Tree::new([("main.tf", before.as_str())]);
        let plan = plan.plan(CONFIG, Selection::default()).unwrap();
        let found: Vec<&str> = plan.changes.iter().map(|it| it.after.as_str()).collect();
        let after: Vec<String> = after.into_iter().map(state).collect();
        assert_eq!(found, after, "{config}");
    }
}

#[test]
fn what_a_file_says_of_itself_holds_the_block_too() {
    let reports = left_alone(
        "    bucket = \"b\"\n",
        "key = \"k\"\nendpoint = \"https://minio\"\n",
    );
    assert_eq!(
        reports,
        [
            "dev.tfbackend:2: the S3 backend is not on AWS (it names an endpoint of its own): not changed",
            "main.tf:2: the S3 backend is completed by dev.tfbackend, which sets `endpoint`: not changed"
        ]
    );
}

#[test]
fn a_missing_profile_is_told_once() {
    let block = "terraform {\n  backend \"s3\" {\n    bucket = \"b\"\n    key = \"k\"\n  }\n}\n";
    let tree = Tree::new([
        ("a/main.tf", block),
        ("b/main.tf", block),
        ("c/main.tf", block),
    ]);
    let plan = tree.plan("", Selection::default()).unwrap();
    assert_eq!(
        reports(&plan),
        [
            "a/main.tf:2: the S3 backend needs the profile of the account that holds the state (3 places wait for it, this is the first)"
        ]
    );
    let help = plan.findings[0].help.as_deref();
    assert_eq!(help, Some("set `state_profile = \"...\"` in tfkeyless.hcl"));
}

#[test]
fn a_guard_waits_for_a_yes_as_its_profile_does() {
    let config = format!(
        "{CONFIG}account \"shared\" {{ id = \"333333333333\" }}\nstate_bucket \"b\" {{ profile = \"dev\" }}\ntransform \"account_guard\" {{ everywhere = true }}\n"
    );
    let backend = "terraform {\n  backend \"s3\" {\n    key = \"k\"\n  }\n}\n";
    let tree = Tree::new([("main.tf", backend)]);
    let unasked = tree.plan(&config, Selection::default()).unwrap();
    assert_eq!(unasked.changes, []);
    let plan = tree.plan(&config, reviewed()).unwrap();
    let main = &plan.changes[0].after;
    assert!(
        main.contains("\"shared\"") && main.contains("[\"333333333333\"]"),
        "{main}"
    );
}

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
    let files = [("stack/main.tf", main.as_str()), file];
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
            "stack/main.tf:3: the S3 backend is completed by stack/gone.hcl, which the repository does not have: not changed"
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
