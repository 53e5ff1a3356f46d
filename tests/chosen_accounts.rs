//! Accounts that a variable chooses, of roles and of static keys: what takes their place follows no
//! variable, so that it waits for review.

use crate::support::{CONFIG, Tree, changed};
use diagnostics::finding::Safety;
use engine::selection::Selection;

const REQUIRED: &str = "terraform {\n  required_providers {\n    aws = \"~> 5.0\"\n  }\n}\n";
const ROLE: &str =
    "variable \"role\" {}\nprovider \"aws\" {\n  assume_role {\n    role_arn = var.role\n  }\n}\n";
const KEYED: &str = "variable \"a\" {}\nvariable \"b\" {}\nprovider \"aws\" {\n  access_key = var.a\n  secret_key = var.b\n}\n";
const LITERAL: &str = "provider \"aws\" {\n  access_key = \"AKIAIOSFODNN7EXAMPLE\"\n  secret_key = \"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\"\n}\n";
const ONE: &str = "arn:aws:iam::111111111111:role/x";
const OTHER: &str = "arn:aws:iam::222222222222:role/x";
const JOB: &str = "on: push\njobs:\n  live:\n    runs-on: ubuntu-latest\n    env:\n      AWS_ACCESS_KEY_ID: ${{ secrets.ID }}\n      AWS_SECRET_ACCESS_KEY: ${{ secrets.SECRET }}\n    steps:\n      - uses: actions/checkout@v4\n      - run: terraform apply\n";

/// Whether `main.tf` is edited unasked, and whether by `--review`.
fn edits(main: &str, files: &[(&str, String)]) -> (bool, bool) {
    let main = REQUIRED.to_owned() + main;
    let all = files.iter().map(|(path, text)| (*path, text.as_str()));
    let tree = Tree::new(all.chain([("main.tf", main.as_str())]));
    let is_edited = |review: bool| {
        let selection = Selection {
            review,
            ..Selection::default()
        };
        let plan = tree.plan(CONFIG, selection).unwrap();
        let waits = plan.findings.iter().any(|it| it.safety == Safety::Review);
        assert!(review || waits || changed(&plan).contains(&"main.tf".to_owned()));
        changed(&plan).contains(&"main.tf".to_owned())
    };
    (is_edited(false), is_edited(true))
}

const UNASKED: (bool, bool) = (true, true);
const REVIEWED: (bool, bool) = (false, true);

#[test]
fn a_role_that_commands_choose_waits_for_review() {
    let make = |values: &[&str]| {
        let lines = values
            .iter()
            .map(|it| format!("\tterraform apply -var role={it}\n"));
        format!("all:\n{}", lines.collect::<String>())
    };
    let unit = |role: &str| format!("inputs = {{ role = \"{role}\" }}\n");
    let makefile = "Makefile";
    for (files, expected) in [
        (vec![(makefile, make(&[ONE, OTHER]))], REVIEWED),
        (
            vec![
                (makefile, make(&[ONE])),
                ("run.sh", format!("TF_VAR_role={OTHER} terraform apply\n")),
            ],
            REVIEWED,
        ),
        (
            vec![
                ("dev/.envrc", format!("export TF_VAR_role={ONE}\n")),
                ("live/.envrc", format!("export TF_VAR_role={OTHER}\n")),
            ],
            REVIEWED,
        ),
        (
            vec![
                ("dev/terragrunt.hcl", unit(ONE)),
                ("live/terragrunt.hcl", unit(OTHER)),
            ],
            REVIEWED,
        ),
        (
            vec![
                (makefile, make(&[OTHER])),
                ("terraform.tfvars", format!("role = \"{ONE}\"\n")),
            ],
            REVIEWED,
        ),
        // One value is no choice.
        (vec![(makefile, make(&[ONE, ONE]))], UNASKED),
        (
            vec![
                (makefile, make(&[ONE])),
                ("terraform.tfvars", format!("role = \"{ONE}\"\n")),
            ],
            UNASKED,
        ),
        (
            vec![(
                makefile,
                "all:\n\tterraform plan -var role=$(R)\n\tterraform apply -var role=${R}\n"
                    .to_owned(),
            )],
            UNASKED,
        ),
        // Another role of the same account is none, either.
        (
            vec![(makefile, make(&[ONE, "arn:aws:iam::111111111111:role/y"]))],
            UNASKED,
        ),
        // Nor is what a command sets for another root module.
        (
            vec![
                (
                    makefile,
                    format!(
                        "{}\tterraform -chdir=other apply -var role={OTHER}\n",
                        make(&[ONE])
                    ),
                ),
                ("other/main.tf", "provider \"aws\" {}\n".to_owned()),
            ],
            UNASKED,
        ),
        // Another root module's are not this one's.
        (
            vec![
                (makefile, make(&[ONE])),
                ("other/Makefile", make(&[OTHER])),
                (
                    "other/main.tf",
                    "locals {\n  a = 1\n}\nprovider \"aws\" {}\n".to_owned(),
                ),
            ],
            UNASKED,
        ),
    ] {
        assert_eq!(edits(ROLE, &files), expected, "{files:?}");
    }
}

#[test]
fn keys_of_an_account_that_something_chooses_wait_for_review() {
    let chosen = |key: &str| {
        format!(
            "variable \"live\" {{}}\nlocals {{\n  k = {{ dev = \"AKIAX\", live = \"AKIAY\" }}\n}}\nprovider \"aws\" {{\n  access_key = {key}\n  secret_key = \"x\"\n}}\n"
        )
    };
    let values = |key: &str| format!("a = \"{key}\"\nb = \"x\"\n");
    let ambient = format!("{LITERAL}provider \"aws\" {{\n  alias = \"x\"\n}}\n");
    let keyed_alias = format!(
        "{LITERAL}{}",
        LITERAL.replace("{\n", "{\n  alias = \"x\"\n")
    );
    for (main, files, expected) in [
        (
            KEYED,
            vec![
                ("dev.tfvars", values("AKIAX")),
                ("live.tfvars", values("AKIAY")),
            ],
            REVIEWED,
        ),
        (
            KEYED,
            vec![(
                "Makefile",
                "all:\n\tterraform apply -var a=$(A)\n\tterraform apply -var a=$(B)\n".to_owned(),
            )],
            REVIEWED,
        ),
        (
            LITERAL,
            vec![(".github/workflows/a.yml", JOB.to_owned())],
            REVIEWED,
        ),
        (
            KEYED,
            vec![
                ("terraform.tfvars", values("AKIAX")),
                (".github/workflows/a.yml", JOB.to_owned()),
            ],
            REVIEWED,
        ),
        (&ambient, vec![], REVIEWED),
        (&chosen("local.k[terraform.workspace]"), vec![], REVIEWED),
        (
            &chosen("var.live ? \"AKIAX\" : \"AKIAY\""),
            vec![],
            REVIEWED,
        ),
        // One pair, and nobody beside it.
        (KEYED, vec![("dev.tfvars", values("AKIAX"))], UNASKED),
        (
            KEYED,
            vec![
                ("dev.tfvars", values("AKIAX")),
                ("live.tfvars", values("AKIAX")),
            ],
            UNASKED,
        ),
        (LITERAL, vec![], UNASKED),
        (&keyed_alias, vec![], UNASKED),
        // The keys of the job itself, or none.
        (
            KEYED,
            vec![(".github/workflows/a.yml", JOB.to_owned())],
            UNASKED,
        ),
    ] {
        assert_eq!(edits(main, &files), expected, "{main} {files:?}");
    }
}

#[test]
fn ignore_comments_are_obeyed_wherever_they_may_stand() {
    let role = "  assume_role {\n    role_arn = \"arn:aws:iam::111111111111:role/x\"\n  }\n";
    let mark = "tfkeyless: ignore[remove_assume_role]";
    for (provider, is_kept) in [
        (format!("provider \"aws\" {{\n  # {mark}\n{role}}}\n"), true),
        (
            format!("provider \"aws\" {{\n  # {mark}\n  # why\n{role}}}\n"),
            true,
        ),
        (
            format!("provider \"aws\" {{\n  /* {mark} */\n{role}}}\n"),
            true,
        ),
        (
            format!(
                "provider \"aws\" {{\n{}}}\n",
                role.replace("    role", &format!("    # {mark}\n    role"))
            ),
            true,
        ),
        (
            format!(
                "provider \"aws\" {{\n{}}}\n",
                role.replace("{\n", &format!("{{ // {mark}\n"))
            ),
            true,
        ),
        (
            format!("# {mark}\nlocals {{}}\nprovider \"aws\" {{\n{role}}}\n"),
            false,
        ),
        (format!("provider \"aws\" {{\n{role}}}\n# {mark}\n"), false),
    ] {
        let main = REQUIRED.to_owned() + &provider;
        let plan = Tree::new([("main.tf", main.as_str())]).plan(CONFIG, Selection::default());
        let is_edited = !changed(&plan.unwrap()).is_empty();
        assert_eq!(!is_edited, is_kept, "{provider}");
    }
}
