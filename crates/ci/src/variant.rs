//! The variant of a root module that a Terraform command runs: its workspace and its variables.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::flags;

/// What a command chooses beside the root module. What it leaves out is Terraform's default.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts, of which each may be missing"
)]
pub struct Variant {
    /// The workspace; `None` where none is selected, or where only the run determines it.
    pub workspace: Option<String>,
    /// Whether only the run determines the workspace.
    pub is_workspace_unknown: bool,
    /// The files of `-var-file`, in their order, relative to the command's directory.
    pub var_files: Vec<PathBuf>,
    /// Whether there is a file of `-var-file` whose name only the run determines.
    pub has_unknown_files: bool,
    /// Whether its configuration may be other than the tree's, because what runs before it writes some.
    pub has_unknown_configuration: bool,
    /// Whether it is of a test, which may set variables itself.
    pub is_test: bool,
    /// The values of `-var` and of `TF_VAR_` in the environment; `-var` wins.
    pub variables: BTreeMap<String, String>,
    /// The variables that are set so to what only the run determines.
    pub unknown_variables: BTreeSet<String>,
    /// The variables of `variables` that a file of values beats which sets them, too: those of the environment,
    /// and those before the last `-var-file` ("Variable Definition Precedence", Terraform docs).
    pub weak_variables: BTreeSet<String>,
}

/// Variables of the environment: a value, or `None` where only the run determines it.
pub type Environment = BTreeMap<String, Option<String>>;

/// Bytes that values may add to a text; one to which they would add more is not filled in.
// Variables that double each other make a text of gigabytes in thirty lines. Linux takes no more than
// 128 KiB as one variable (execve(2), `MAX_ARG_STRLEN`); names, paths and ARNs are far below.
pub const MAX_ADDED: usize = 16 * 1024;

/// The workspace that commands before one selected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SelectedWorkspace {
    /// They selected none.
    None,
    /// This.
    Named(String),
    /// One that only the run determines.
    Unknown,
}

/// Whether a word is what it says: nothing in it is replaced when the script runs.
pub fn is_literal(word: &str) -> bool {
    !word.contains(['$', '`'])
}

impl Variant {
    /// The variant of a command with these arguments in that environment, behind commands that
    /// selected that workspace.
    pub fn of(arguments: &[&str], environment: &Environment, selected: SelectedWorkspace) -> Self {
        let mut variant = Self::default();
        let selected = match environment.get("TF_WORKSPACE") {
            Some(Some(named)) => SelectedWorkspace::Named(named.clone()),
            Some(None) => SelectedWorkspace::Unknown,
            None => selected,
        };
        match selected {
            SelectedWorkspace::Named(name) if is_literal(&name) => {
                variant.workspace = Some(name).filter(|name| !name.is_empty());
            }
            SelectedWorkspace::Named(_) | SelectedWorkspace::Unknown => {
                variant.is_workspace_unknown = true;
            }
            SelectedWorkspace::None => {}
        }
        for (name, value) in environment {
            if let Some(name) = name.strip_prefix("TF_VAR_") {
                variant.set(name, value.as_deref());
                variant.weak_variables.insert(name.to_owned());
            }
        }
        for (name, value) in environment {
            // Arguments that Terraform adds to those of the command ("Environment variables").
            if name.starts_with("TF_CLI_ARGS") {
                match value {
                    Some(value) => variant.add(&value.split_whitespace().collect::<Vec<_>>()),
                    None => variant.has_unknown_files = true,
                }
            }
        }
        variant.add(arguments);
        variant
    }

    fn add(&mut self, arguments: &[&str]) {
        for (name, value) in flags::values(arguments, &["var", "var-file"]) {
            match name {
                "var-file" => {
                    self.weak_variables.extend(self.variables.keys().cloned());
                    match is_literal(value) {
                        true => self.var_files.push(value.into()),
                        false => self.has_unknown_files = true,
                    }
                }
                _ => {
                    let (name, value) = value.split_once('=').unwrap_or((value, "$"));
                    self.set(name.trim(), Some(value));
                    self.weak_variables.remove(name.trim());
                }
            }
        }
        // A word that only the run determines may hold any argument: `terraform plan $ARGS`.
        self.has_unknown_files |= arguments.iter().any(|word| word.starts_with('$'));
    }

    fn set(&mut self, name: &str, value: Option<&str>) {
        match value.filter(|value| is_literal(value)) {
            Some(value) => {
                self.unknown_variables.remove(name);
                self.variables.insert(name.to_owned(), value.to_owned());
            }
            None => {
                self.variables.remove(name);
                self.unknown_variables.insert(name.to_owned());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The variant of a command: its workspace, files and variables, `?` for what is unknown.
    fn of(environment: &[(&str, &str)], arguments: &str, selected: Option<&str>) -> String {
        let known = |value: &str| Some(value.to_owned()).filter(|value| value != "?");
        let environment = environment
            .iter()
            .map(|(name, value)| ((*name).to_owned(), known(value)));
        let arguments: Vec<&str> = arguments.split(' ').collect();
        let selected = match selected {
            None => SelectedWorkspace::None,
            Some("?") => SelectedWorkspace::Unknown,
            Some(name) => SelectedWorkspace::Named(name.to_owned()),
        };
        let variant = Variant::of(&arguments, &environment.collect(), selected);
        let mut shown: Vec<String> = variant.workspace.into_iter().collect();
        shown.extend(variant.is_workspace_unknown.then(|| "?".to_owned()));
        shown.extend(variant.var_files.iter().map(|it| it.display().to_string()));
        shown.extend(variant.has_unknown_files.then(|| "?files".to_owned()));
        let variables = variant.variables.iter();
        shown.extend(variables.map(|(name, value)| format!("{name}={value}")));
        let unknown = variant.unknown_variables.iter();
        shown.extend(unknown.map(|name| format!("{name}=?")));
        let weak = variant.weak_variables.iter();
        shown.extend(weak.map(|name| format!("{name}<file")));
        shown.join(" ")
    }

    #[test]
    fn a_variant_is_what_arguments_and_the_environment_choose() {
        for (environment, arguments, selected, expected) in [
            (&[][..], "plan", None, ""),
            (&[], "plan", Some("dev"), "dev"),
            (&[], "plan", Some("?"), "?"),
            (&[("TF_WORKSPACE", "live")], "plan", Some("dev"), "live"),
            (&[("TF_WORKSPACE", "?")], "plan", Some("dev"), "?"),
            (
                &[],
                "plan -var-file=dev.tfvars -var-file ../x.tfvars",
                None,
                "dev.tfvars ../x.tfvars",
            ),
            (&[], "plan --var-file=$ENV.tfvars", None, "?files"),
            (&[], "plan $ARGS", None, "?files"),
            (&[], "plan -var a=b -var=c=d", None, "a=b c=d"),
            (&[], "plan -var a=$B", None, "a=?"),
            (
                &[("TF_VAR_a", "x"), ("TF_VAR_b", "?")],
                "plan -var a=b",
                None,
                "a=b b=? b<file",
            ),
            (&[("TF_VAR_a", "x")], "plan", None, "a=x a<file"),
            (
                &[("TF_VAR_a", "x"), ("TF_CLI_ARGS", "-var a=b")],
                "plan",
                None,
                "a=b",
            ),
            (
                &[],
                "plan -var a=b -var-file=x.tfvars -var c=d",
                None,
                "x.tfvars a=b c=d a<file",
            ),
            (&[("TF_VAR_a", "?")], "plan -var a=b", None, "a=b"),
            (
                &[("TF_CLI_ARGS_plan", "-var-file=x.tfvars")],
                "plan",
                None,
                "x.tfvars",
            ),
            (&[("TF_CLI_ARGS", "?")], "plan", None, "?files"),
            (&[("A", "b")], "plan -out=x -lock=false", None, ""),
        ] {
            assert_eq!(
                of(environment, arguments, selected),
                expected,
                "{arguments}"
            );
        }
    }
}
