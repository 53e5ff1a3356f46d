//! The account of a role that a variable names, in trees that are made up: by an evaluation that
//! shares no code with the engine. Where one run may act in another account than the next, or only the
//! run knows, nothing is changed unasked; else nothing waits.

use std::collections::BTreeSet;

use proptest::prelude::*;

use crate::support::{CONFIG, Tree, changed};
use engine::selection::Selection;

/// What sets the variable to a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Setter {
    Default,
    Loaded,
    NamedFile,
    Make,
    Script,
    ScriptEnvironment,
    Envrc,
    Workflow,
    Unit,
}

const SETTERS: [Setter; 9] = [
    Setter::Default,
    Setter::Loaded,
    Setter::NamedFile,
    Setter::Make,
    Setter::Script,
    Setter::ScriptEnvironment,
    Setter::Envrc,
    Setter::Workflow,
    Setter::Unit,
];

/// A value that a setter gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Given {
    /// The account with that digit, written out or by a variable of the same file.
    Account { digit: u8, is_named: bool },
    /// What the caller, the run or another file says.
    Outside,
}

/// How the role is written.
#[derive(Debug, Clone, Copy)]
enum Spelling {
    InArn,
    Whole,
    Local,
    Alias,
}

impl Given {
    fn account(digit: u8) -> String {
        digit.to_string().repeat(12)
    }

    /// The accounts that runs with it act in: `None` is one that nobody knows.
    fn outcome(self) -> Option<u8> {
        match self {
            Self::Account { digit, .. } => Some(digit),
            Self::Outside => None,
        }
    }
}

/// The file of a setter.
fn file(setter: Setter, given: Given, spelling: Spelling) -> (&'static str, String) {
    let whole = |account: &str| match spelling {
        Spelling::Whole => format!("arn:aws:iam::{account}:role/x"),
        _ => account.to_owned(),
    };
    // What is before the command, and the value.
    let shell = |sign: &str, variable: &str, outside: &str| match given {
        Given::Account {
            digit,
            is_named: true,
        } => (
            format!("ACCOUNT{sign}{}\n", Given::account(digit)),
            whole(variable),
        ),
        Given::Account { digit, .. } => (String::new(), whole(&Given::account(digit))),
        Given::Outside => (String::new(), outside.to_owned()),
    };
    let literal = match given {
        Given::Account { digit, .. } => format!("\"{}\"", whole(&Given::account(digit))),
        Given::Outside => "local.file.locals.account".to_owned(),
    };
    match setter {
        Setter::Default => (
            "app/default.tf",
            format!("variable \"a\" {{\n  default = {literal}\n}}\n"),
        ),
        Setter::Loaded => ("app/terraform.tfvars", format!("a = {literal}\n")),
        Setter::NamedFile => ("app/live.tfvars", format!("a = {literal}\n")),
        Setter::Make => {
            let (before, value) = shell(" := ", "$(ACCOUNT)", "$(ACCOUNT)");
            (
                "Makefile",
                format!("{before}apply:\n\tterraform -chdir=app apply -var a={value}\n"),
            )
        }
        Setter::Script => {
            let (before, value) = shell("=", "$ACCOUNT", "$1");
            (
                "deploy.sh",
                format!("{before}cd app && terraform apply -var 'a={value}'\n"),
            )
        }
        Setter::ScriptEnvironment => {
            let (before, value) = shell("=", "${ACCOUNT}", "$(cat account)");
            (
                "plan.sh",
                format!("{before}export TF_VAR_a={value}\ncd app && terraform plan\n"),
            )
        }
        Setter::Envrc => {
            let (before, value) = shell("=", "$ACCOUNT", "$ACCOUNT");
            ("app/.envrc", format!("{before}export TF_VAR_a={value}\n"))
        }
        Setter::Workflow => {
            let (before, value) = shell(": ", "${{ env.ACCOUNT }}", "${{ vars.ACCOUNT }}");
            let before = before.replace("ACCOUNT", "      ACCOUNT");
            // A value with an expression in it is not read further than the expression.
            let value = value.replace("${{ env.ACCOUNT }}", "${{env.ACCOUNT}}");
            (
                ".github/workflows/a.yml",
                format!(
                    "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    env:\n{before}      TF_VAR_a: {value}\n    steps:\n      - run: cd app && terraform validate\n"
                ),
            )
        }
        Setter::Unit => {
            let locals = "locals {\n  file = read_terragrunt_config(find_in_parent_folders(\"account.hcl\"))\n}\n";
            (
                "live/terragrunt.hcl",
                format!(
                    "{locals}terraform {{\n  source = \"../app\"\n}}\ninputs = {{\n  a = {literal}\n}}\n"
                ),
            )
        }
    }
}

/// The module.
fn main(spelling: Spelling, has_default: bool) -> String {
    let arn = "\"arn:aws:iam::${var.a}:role/x\"";
    let (role, more) = match spelling {
        Spelling::InArn | Spelling::Alias => (arn, String::new()),
        Spelling::Whole => ("var.a", String::new()),
        Spelling::Local => ("local.arn", format!("locals {{\n  arn = {arn}\n}}\n")),
    };
    let provider = |alias: &str| {
        format!("provider \"aws\" {{\n{alias}  assume_role {{\n    role_arn = {role}\n  }}\n}}\n")
    };
    let second = match spelling {
        Spelling::Alias => provider("  alias = \"other\"\n"),
        _ => String::new(),
    };
    let declared = if has_default {
        ""
    } else {
        "variable \"a\" {}\n"
    };
    format!(
        "terraform {{\n  required_providers {{\n    aws = \"~> 5.0\"\n  }}\n}}\n{declared}{more}{}{second}",
        provider("")
    )
}

fn given() -> impl Strategy<Value = Given> {
    prop_oneof![
        3 => Just(Given::Account { digit: 1, is_named: false }),
        2 => Just(Given::Account { digit: 1, is_named: true }),
        1 => Just(Given::Account { digit: 2, is_named: false }),
        1 => Just(Given::Account { digit: 2, is_named: true }),
        1 => Just(Given::Outside),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_role_goes_unasked_only_where_every_run_acts_in_one_account(
        setters in prop::collection::btree_map(prop::sample::select(&SETTERS[..]), given(), 0..4),
        spelling in prop::sample::select(vec![Spelling::InArn, Spelling::Whole, Spelling::Local, Spelling::Alias]),
    ) {
        // Files of values and defaults are always written out.
        let is_written = |setter: &Setter| {
            matches!(setter, Setter::Default | Setter::Loaded | Setter::NamedFile)
        };
        let setters = setters.into_iter().filter(|(setter, given)| {
            !is_written(setter) || *given != Given::Outside
        });
        let setters: Vec<_> = setters.collect();
        let has_default = setters.iter().any(|(setter, _)| *setter == Setter::Default);
        let module = main(spelling, has_default);
        let files: Vec<_> = setters.iter().map(|(setter, given)| file(*setter, *given, spelling)).collect();
        let all = files.iter().map(|(path, text)| (*path, text.as_str()));
        let tree = Tree::new(all.chain([("app/main.tf", module.as_str())]));

        // Every setter is of some run; what is loaded takes the place of the default in all of them.
        let loaded = setters.iter().any(|(setter, _)| *setter == Setter::Loaded);
        let counts = setters.iter().filter(|(setter, _)| *setter != Setter::Default || !loaded);
        let accounts: BTreeSet<_> = counts.map(|(_, given)| given.outcome()).collect();
        let is_one = accounts.len() <= 1 && !accounts.contains(&None);

        let plan = tree.plan(CONFIG, Selection::default()).unwrap();
        let is_edited = changed(&plan).contains(&"app/main.tf".to_owned());
        prop_assert_eq!(is_edited, is_one, "{:#?}\n{}", files, module);
    }
}
