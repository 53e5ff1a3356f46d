//! What the words of a Terraform command pass it beside its directory and its variant.

use std::collections::BTreeSet;

use crate::flags;
use crate::variant::{Environment, is_literal};

/// What a Terraform command is given: by its arguments and by `TF_CLI_ARGS` in its environment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct RunArguments {
    /// The values of `-backend-config`, in their order.
    pub backend_configs: Vec<String>,
    /// Whether there is one that only the run determines.
    pub has_unknown_backend_configs: bool,
    /// The names of the settings among them whose values only the run determines.
    pub unknown_backend_settings: BTreeSet<String>,
    /// The variables that only the environment sets, by `TF_VAR_`: files of values override them
    /// (Terraform docs, "Variable Definition Precedence").
    pub environment_variables: BTreeSet<String>,
    /// Whether the command makes a plan of its own: `apply FILE` carries out one that is made.
    pub makes_plan: bool,
}

/// Flags of `apply` and `destroy` that take a value, which may be the next word (their pages in
/// Terraform's documentation).
const VALUED: [&str; 9] = [
    "backup",
    "lock-timeout",
    "out",
    "parallelism",
    "replace",
    "state",
    "target",
    "var",
    "var-file",
];

impl RunArguments {
    /// What a command with these arguments is given in that environment.
    pub(crate) fn of(arguments: &[&str], environment: &Environment) -> Self {
        let mut given = Self {
            makes_plan: makes_plan(arguments),
            ..Self::default()
        };
        let subcommand = arguments.iter().find(|word| !word.starts_with('-'));
        let added = subcommand.map(|subcommand| format!("TF_CLI_ARGS_{subcommand}"));
        for (name, value) in environment {
            if let Some(name) = name.strip_prefix("TF_VAR_") {
                given.environment_variables.insert(name.to_owned());
            } else if name == "TF_CLI_ARGS" || Some(name) == added.as_ref() {
                match value {
                    Some(value) => given.add(&value.split_whitespace().collect::<Vec<_>>()),
                    None => given.has_unknown_backend_configs = true,
                }
            }
        }
        given.add(arguments);
        given
    }

    fn add(&mut self, arguments: &[&str]) {
        // A word that only the run determines may hold any argument.
        self.has_unknown_backend_configs |= arguments.iter().any(|word| word.starts_with('$'));
        for (name, value) in flags::values(arguments, &["var", "backend-config"]) {
            match name {
                "var" => {
                    let name = value.split_once('=').map_or(value, |(name, _)| name);
                    self.environment_variables.remove(name.trim());
                }
                _ if is_literal(value) => self.backend_configs.push(value.to_owned()),
                _ => {
                    self.has_unknown_backend_configs = true;
                    let name = value.split_once('=').map(|(name, _)| name);
                    let name = name.filter(|name| is_literal(name));
                    self.unknown_backend_settings
                        .extend(name.map(str::to_owned));
                }
            }
        }
    }
}

/// Whether a command makes a plan of its own, which it shows or carries out.
fn makes_plan(arguments: &[&str]) -> bool {
    let mut words = arguments.iter().filter(|word| !word.starts_with('-'));
    match words.next() {
        Some(&"plan" | &"destroy" | &"refresh") => true,
        Some(&"apply") => {
            // The operand is the last word (Go's package `flag` reads no option behind one).
            let mut last = arguments.iter().rev();
            let operand = last.next().filter(|word| !word.starts_with('-'));
            let before = last.next().map_or("", |word| word.trim_start_matches('-'));
            operand.is_none_or(|operand| *operand == "apply" || VALUED.contains(&before))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a command is given: backend settings, `?` for unknown ones, variables of the
    /// environment, and `plan` where it makes one.
    fn of(environment: &[(&str, &str)], arguments: &str) -> String {
        let known = |value: &str| Some(value.to_owned()).filter(|value| value != "?");
        let environment = environment
            .iter()
            .map(|(name, value)| ((*name).to_owned(), known(value)));
        let arguments: Vec<&str> = arguments.split(' ').collect();
        let given = RunArguments::of(&arguments, &environment.collect());
        let mut shown = given.backend_configs;
        shown.extend(given.has_unknown_backend_configs.then(|| "?".to_owned()));
        let unknown = given.unknown_backend_settings.into_iter();
        shown.extend(unknown.map(|name| format!("{name}=?")));
        shown.extend(given.environment_variables);
        shown.extend(given.makes_plan.then(|| "plan".to_owned()));
        shown.join(" ")
    }

    #[test]
    fn backend_settings_variables_and_saved_plans_are_told_apart() {
        for (environment, arguments, expected) in [
            (&[][..], "init", ""),
            (
                &[],
                "init -backend-config=a.hcl -backend-config key=x",
                "a.hcl key=x",
            ),
            (&[], "init -backend-config=$FILE", "?"),
            (&[], "init $ARGS", "?"),
            (&[], "init -backend-config=bucket=$B", "? bucket=?"),
            (
                &[("TF_CLI_ARGS_init", "-backend-config=a.hcl")],
                "init",
                "a.hcl",
            ),
            (
                &[("TF_CLI_ARGS_init", "-backend-config=a.hcl")],
                "plan",
                "plan",
            ),
            (&[("TF_CLI_ARGS", "?")], "init", "?"),
            (&[("TF_VAR_a", "x"), ("TF_VAR_b", "?")], "plan", "a b plan"),
            (&[("TF_VAR_a", "x")], "plan -var a=y", "plan"),
            (&[], "apply", "plan"),
            (&[], "apply -auto-approve", "plan"),
            (&[], "apply -var-file dev.tfvars", "plan"),
            (&[], "apply -auto-approve plan.out", ""),
            (&[], "apply $PLAN", "?"),
            (&[], "output -json", ""),
        ] {
            assert_eq!(of(environment, arguments), expected, "{arguments}");
        }
    }
}
