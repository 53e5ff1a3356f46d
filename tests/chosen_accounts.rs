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
    let all = files.iter().cloned().chain([("main.tf", main)]);
    edits_of("main.tf", &all.collect::<Vec<_>>())
}

/// The same of a file of a tree.
fn edits_of(path: &str, files: &[(&str, String)]) -> (bool, bool) {
    let tree = Tree::new(files.iter().map(|(path, text)| (*path, text.as_str())));
    let is_edited = |review: bool| {
        let selection = Selection {
            review,
            ..Selection::default()
        };
        let plan = tree.plan(CONFIG, selection).unwrap();
        let waits = plan.findings.iter().any(|it| it.safety == Safety::Review);
        let is_edited = changed(&plan).contains(&path.to_owned());
        assert!(review || waits || is_edited);
        is_edited
    };
    (is_edited(false), is_edited(true))
}

const UNASKED: (bool, bool) = (true, true);
const REVIEWED: (bool, bool) = (false, true);

#[test]
fn a_role_that_may_be_none_is_not_taken_for_one() {
    let provider = |arn: &str| {
        format!("provider \"aws\" {{\n  assume_role {{\n    role_arn = {arn}\n  }}\n}}\n")
    };
    let variable =
        |name: &str, default: &str| format!("variable \"{name}\" {{\n  default = {default}\n}}\n");
    let literal = format!("\"{ONE}\"");
    let conditional = format!("var.ci ? {literal} : null");
    let is_set = ("run.sh", format!("TF_VAR_role={ONE} terraform apply\n"));
    for (main, files, expected) in [
        // No role is assumed: the provider acts by the ambient credentials.
        (provider("null"), vec![], None),
        (
            variable("ci", "false") + &provider(&conditional),
            vec![],
            None,
        ),
        (
            variable("ci", "true") + &provider(&conditional),
            vec![],
            Some(REVIEWED),
        ),
        (provider(&literal), vec![], Some(UNASKED)),
        // A default that is there to be overridden tells nothing.
        (
            variable("role", "null") + &provider("var.role"),
            vec![],
            Some(UNASKED),
        ),
        // The other runs assume none.
        (
            variable("role", "null") + &provider("var.role"),
            vec![is_set.clone()],
            Some(REVIEWED),
        ),
        (
            variable("role", "\"\"") + &provider("var.role"),
            vec![is_set.clone()],
            Some(UNASKED),
        ),
        (
            "variable \"role\" {}\n".to_owned() + &provider("var.role"),
            vec![is_set],
            Some(UNASKED),
        ),
    ] {
        match expected {
            Some(expected) => assert_eq!(edits(&main, &files), expected, "{main}{files:?}"),
            None => {
                let main = REQUIRED.to_owned() + &main;
                let tree = Tree::new([("main.tf", main.as_str())]);
                let selection = Selection {
                    review: true,
                    ..Selection::default()
                };
                let plan = tree.plan(CONFIG, selection).unwrap();
                let after = tree.with(&plan);
                assert!(after.0.values().any(|it| it.contains("role_arn")), "{main}");
                let messages = crate::support::reports(&plan);
                let is_ambient = |it: &String| it.contains("has no credentials of its own");
                assert!(messages.iter().any(is_ambient), "{messages:?}");
            }
        }
    }
}

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
                        "{}other:\n\tterraform -chdir=other apply -var role={OTHER}\n",
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
fn a_role_whose_account_only_the_run_knows_waits_for_review() {
    const MAIN: &str = "variable \"account\" {}\nlocals {\n  arn = \"arn:aws:iam::${var.account}:role/x\"\n}\nprovider \"aws\" {\n  assume_role {\n    role_arn = local.arn\n  }\n}\n";
    let job = |value: &str| {
        JOB.replace(
            "    steps:",
            &format!("      TF_VAR_account: {value}\n    steps:"),
        )
    };
    let unit = |inputs: &str| {
        format!(
            "locals {{\n  file = read_terragrunt_config(find_in_parent_folders(\"account.hcl\"))\n}}\nterraform {{\n  source = \"../\"\n}}\ninputs = {inputs}\n"
        )
    };
    let make = "Makefile";
    let script = "run.sh";
    let workflow = ".github/workflows/a.yml";
    for (path, text, expected) in [
        (make, "a:\n\tterraform apply -var account=$(ACCOUNT)\n".to_owned(), REVIEWED),
        (make, "ACCOUNT ?= 111111111111\na:\n\tterraform apply -var account=$(ACCOUNT)\n".to_owned(), REVIEWED),
        (make, "export TF_VAR_account ?= 111111111111\na:\n\tterraform apply\n".to_owned(), REVIEWED),
        (script, "terraform apply -var \"account=$1\"\n".to_owned(), REVIEWED),
        (script, "for a in $(cat ids); do terraform apply -var account=$a; done\n".to_owned(), REVIEWED),
        (script, "cd \"$1\" && terraform apply -var account=$2\n".to_owned(), REVIEWED),
        (script, "export TF_VAR_account=$(aws sts get-caller-identity --query Account)\nterraform apply\n".to_owned(), REVIEWED),
        (script, "echo \"account = \\\"$ACCOUNT\\\"\" > terraform.tfvars\nterraform apply\n".to_owned(), REVIEWED),
        (script, "terraform apply -var-file=live.tfvars\n".to_owned(), REVIEWED),
        (script, "terraform apply -var-file=$1.tfvars\n".to_owned(), REVIEWED),
        ("run.py", "run(['terraform', 'apply', '-var', 'account=' + account])\n".to_owned(), REVIEWED),
        ("Jenkinsfile", "sh \"terraform apply -var account=${params.ACCOUNT}\"\n".to_owned(), REVIEWED),
        (workflow, job("${{ vars.ACCOUNT }}"), REVIEWED),
        (workflow, job("${{ matrix.account }}"), REVIEWED),
        ("live/terragrunt.hcl", unit("{ account = local.file.locals.account }"), REVIEWED),
        ("live/terragrunt.hcl", unit("merge(local.file.locals, { name = \"a\" })"), REVIEWED),
        ("live/terragrunt.hcl", unit("yamldecode(file(\"a.yaml\"))"), REVIEWED),
        // What the repository knows is no choice.
        (make, "ACCOUNT := 111111111111\na:\n\tterraform apply -var account=$(ACCOUNT)\n".to_owned(), UNASKED),
        (make, "a: # -var account=$(ACCOUNT)\n\tterraform apply\n".to_owned(), UNASKED),
        (script, "ACCOUNT=111111111111\nterraform apply -var account=$ACCOUNT\n".to_owned(), UNASKED),
        (script, "echo 'usage: terraform apply -var account=$ACCOUNT'\nterraform apply\n".to_owned(), UNASKED),
        (script, "packer build -var account=$1 image.pkr.hcl\nterraform apply -var account=111111111111\n".to_owned(), UNASKED),
        (script, "rm -f terraform.tfvars\nterraform apply\n".to_owned(), UNASKED),
        (script, "cd other && terraform apply -var account=$1\n".to_owned(), UNASKED),
        (script, "terraform apply -var size=$1\n".to_owned(), UNASKED),
        (workflow, job("\"111111111111\""), UNASKED),
        ("live/terragrunt.hcl", unit("{ account = \"111111111111\", name = local.file.locals.name }"), UNASKED),
        ("live/terragrunt.hcl", unit("merge(local.file.locals, { account = \"111111111111\" })"), UNASKED),
        ("live/terragrunt.hcl", unit("{ account = local.file.locals.account }").replace("../", "../other"), UNASKED),
    ] {
        let nested = [("app/main.tf", REQUIRED.to_owned() + MAIN)];
        let in_app = |path: &str| match path.starts_with('.') {
            true => path.to_owned(),
            false => format!("app/{path}"),
        };
        let files = nested
            .into_iter()
            .chain([("other/main.tf", "provider \"aws\" {}\n".to_owned())]);
        let path = in_app(path);
        let files: Vec<_> = files.chain([(path.as_str(), text)]).collect();
        let found = edits_of("app/main.tf", &files);
        assert_eq!(found, expected, "{:?}", files.last());
    }
}

#[test]
fn a_role_of_a_known_account_does_not_wait_whatever_commands_choose() {
    let main = "variable \"size\" {}\nprovider \"aws\" {\n  assume_role {\n    role_arn = \"arn:aws:iam::111111111111:role/x\"\n  }\n}\n";
    let make = "a:\n\tterraform apply -var size=$(SIZE) -var-file=$(ENV).tfvars\n".to_owned();
    assert_eq!(edits(main, &[("Makefile", make)]), UNASKED);
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn keys_of_an_account_that_something_chooses_wait_for_review() {
    let chosen = |key: &str| {
        format!(
            "variable \"live\" {{}}\nlocals {{\n  k = {{ dev = \"AKIAX\", live = \"AKIAY\" }}\n}}\nprovider \"aws\" {{\n  access_key = {key}\n  secret_key = \"x\"\n}}\n"
        )
    };
    let values = |key: &str| format!("a = \"{key}\"\nb = \"x\"\n");
    let two_files = || {
        vec![
            ("dev.tfvars", values("AKIAX")),
            ("live.tfvars", values("AKIAY")),
        ]
    };
    let spelled = |key: &str| KEYED.replace("= var.a", &format!("= {key}"));
    let through_local = spelled("local.a") + "locals {\n  a = var.a\n}\n";
    let of_object = spelled("var.a.k");
    let object = |key: &str| format!("a = {{ k = \"{key}\", region = \"eu\" }}\nb = \"x\"\n");
    let unit = |inputs: &str| {
        format!(
            "locals {{\n  file = read_terragrunt_config(find_in_parent_folders(\"account.hcl\"))\n}}\nterraform {{\n  source = \"../\"\n}}\ninputs = {inputs}\n"
        )
    };
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
            KEYED,
            vec![
                ("dev.tfvars.json", "{\"a\": \"AKIAX\"}".to_owned()),
                ("live.tfvars.json", "{\"a\": \"AKIAY\"}".to_owned()),
            ],
            REVIEWED,
        ),
        (&through_local, two_files(), REVIEWED),
        (
            &of_object,
            vec![
                ("dev.tfvars", object("AKIAX")),
                ("live.tfvars", object("AKIAY")),
            ],
            REVIEWED,
        ),
        (&spelled("\"${var.a}\""), two_files(), REVIEWED),
        (&spelled("trimspace(var.a)"), two_files(), REVIEWED),
        (
            &spelled("file(\"${terraform.workspace}.key\")"),
            vec![],
            REVIEWED,
        ),
        (
            KEYED,
            vec![
                ("dev/terragrunt.hcl", unit("{ a = local.file.locals.a }")),
                ("live/terragrunt.hcl", unit("{ a = local.file.locals.a }")),
            ],
            REVIEWED,
        ),
        (
            KEYED,
            vec![("live/terragrunt.hcl", unit("local.file.locals"))],
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
        (
            &through_local,
            vec![("dev.tfvars", values("AKIAX"))],
            UNASKED,
        ),
        (
            &of_object,
            vec![
                ("dev.tfvars", object("AKIAX")),
                ("live.tfvars", object("AKIAX").replace("eu", "us")),
            ],
            UNASKED,
        ),
        (
            &spelled("trimspace(var.a)"),
            vec![("dev.tfvars", values("AKIAX"))],
            UNASKED,
        ),
        (
            KEYED,
            vec![
                ("dev/terragrunt.hcl", unit("{ a = get_env(\"A\") }")),
                ("live/terragrunt.hcl", unit("{ a = get_env(\"A\") }")),
            ],
            UNASKED,
        ),
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
