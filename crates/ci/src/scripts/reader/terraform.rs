//! The Terraform commands of a script.

use super::ScriptReader;
use super::values::known;
use crate::aws_names::PROFILE_FILES;
use crate::run_arguments::RunArguments;
use crate::scripts::invocation::Invocation;
use crate::terraform_run::{RunsIn, TerraformRun, terraform, terragrunt, tool};
use crate::variant::{Environment, SelectedWorkspace, Variant, is_literal};

/// Subcommands that reach state. Behind a wrapper that is not known only these make a word a command:
/// `terraform` is the name of directories, packages and images, too.
const STATE: [&str; 18] = [
    "apply",
    "apply-all",
    "console",
    "destroy",
    "force-unlock",
    "import",
    "init",
    "output",
    "plan",
    "plan-all",
    "refresh",
    "run",
    "run-all",
    "show",
    "state",
    "taint",
    "test",
    "workspace",
];

/// Programs that run Terraform themselves, with `init`, in directories that their settings name, and the
/// subcommands by which they do; from the documentation of each.
const DRIVERS: [(&str, &[&str]); 4] = [
    ("atmos", &["workflow"]),
    ("terramate", &["script"]),
    (
        "terraspace",
        &[
            "all", "apply", "destroy", "down", "init", "output", "plan", "refresh", "show",
            "state", "up",
        ],
    ),
    ("tfmigrate", &["apply", "plan"]),
];

/// Whether an invocation is of a program that runs Terraform itself.
fn drives(invocation: &Invocation<'_>) -> bool {
    let mut plain = invocation
        .arguments
        .iter()
        .filter(|word| !word.starts_with('-'));
    let subcommand = plain.next();
    let mut known = DRIVERS.iter();
    known.any(|(program, subcommands)| {
        let is_one = subcommand.is_some_and(|it| subcommands.contains(&it.as_str()));
        *program == invocation.name() && is_one
    })
}

/// Whether a word of a container's command line is an image that is named after Terraform; not a
/// directory, or a list of some, that is called so.
pub(crate) fn is_image(word: &str) -> bool {
    let is_path = word.starts_with(['-', '.', '/', '$', '~']) || word.contains(['=', ',']);
    let name = word.rsplit('/').next().unwrap_or_default();
    let name = name.split([':', '@']).next().unwrap_or_default();
    let names = ["terraform", "tofu", "terragrunt"];
    !is_path && names.iter().any(|it| name.contains(it))
}

/// Whether the words behind an image leave open that Terraform reaches state: they are none, or no
/// subcommand of its that stays on the machine.
pub(crate) fn may_reach_state(arguments: &[&str]) -> bool {
    let mut plain = arguments.iter().filter(|word| !word.starts_with('-'));
    let subcommand = plain.next();
    let informs = ["-h", "-help", "--help", "-v", "-version", "--version"];
    if arguments.first().is_some_and(|it| informs.contains(it)) {
        return false;
    }
    subcommand.is_none_or(|it| !["fmt", "validate", "version", "get", "hclfmt"].contains(it))
}

/// Whether a value that a step sets for `HOME` is another directory than that of GitHub's runners.
fn is_other_home(home: Option<&str>) -> bool {
    home != Some("/home/runner")
}

/// Whether variables name other files of profiles than those of the home directory ("Shared config and
/// credentials files", AWS SDKs and tools).
fn names_other_profiles(environment: &Environment) -> bool {
    PROFILE_FILES.into_iter().any(|(variable, own)| {
        let value = environment.get(variable);
        let is_own = |value: &str| {
            let below = ["~", "$HOME", "${HOME}", "/home/runner"];
            let mut below = below.iter().filter_map(|home| value.strip_prefix(home));
            value.is_empty() || below.any(|rest| rest == own)
        };
        value.is_some_and(|value| !value.as_deref().is_some_and(is_own))
    })
}

impl ScriptReader<'_> {
    /// Adds the Terraform command of an invocation; `false` where it is none.
    pub(super) fn terraform(&mut self, offset: usize, invocation: &Invocation<'_>) -> bool {
        let own = [invocation.program];
        let arguments = invocation.arguments.iter().map(String::as_str);
        let words: Vec<&str> = own.into_iter().chain(arguments).collect();
        let first = invocation.name();
        let is_container = matches!(first, "docker" | "podman" | "nerdctl");
        if is_container
            && !words[1..]
                .iter()
                .take(2)
                .any(|word| matches!(*word, "run" | "compose" | "exec"))
        {
            return false;
        }
        if drives(invocation) {
            let run = TerraformRun::unseen(None, RunsIn::Runner);
            self.reading.runs.push(TerraformRun { offset, ..run });
            return true;
        }
        // An image that is named after Terraform may run it without a word of it.
        let mut is_hidden = false;
        for (at, word) in words.iter().enumerate() {
            let Some(tool) = tool(word) else {
                is_hidden |= is_container && is_image(word) && may_reach_state(&words[at + 1..]);
                continue;
            };
            let arguments = &words[at + 1..];
            let mut plain = arguments.iter().filter(|word| !word.starts_with('-'));
            let subcommand = plain.next();
            let is_own = |it: &str| first == "atmos" && it == "deploy";
            let is_command =
                subcommand.is_some_and(|it| STATE.contains(it) || is_own(it) || at == 0);
            if !is_command {
                if at == 0 {
                    return true;
                }
                // `hashicorp/terraform "$@"`: what it is given only its caller knows.
                is_hidden |= is_container && is_image(word) && may_reach_state(arguments);
                continue;
            }
            self.add_terraform(offset, invocation, tool, arguments, is_container);
            return true;
        }
        if is_hidden {
            let run = TerraformRun::unseen(None, RunsIn::Container);
            self.reading.runs.push(TerraformRun { offset, ..run });
        }
        is_hidden
    }

    pub(super) fn add_terraform(
        &mut self,
        offset: usize,
        invocation: &Invocation<'_>,
        tool: &str,
        arguments: &[&str],
        is_container: bool,
    ) {
        let mut working = self.reading.end.working.clone();
        // What a container or GitLab's image has for its directory depends on mounts and settings,
        // which are not followed; Atmos and Terramate choose it themselves.
        let first = invocation.name();
        let is_placed = is_container || invocation.is_anywhere || tool == "gitlab-terraform";
        if is_placed || matches!(first, "atmos" | "terramate") {
            working.path = None;
        }
        let run = match tool {
            "terragrunt" => terragrunt(offset, &working, arguments),
            _ => terraform(offset, &working, arguments),
        };
        let Some(mut run) = run else { return };
        // Atmos runs `init` before any other command ("atmos terraform", its documentation).
        run.has_init |= first == "atmos";
        let mut environment = self.reading.end.environment.clone();
        for (name, value) in &invocation.variables {
            environment.insert((*name).to_owned(), known(value));
        }
        if is_container {
            run.runs_in = RunsIn::Container;
        } else if let Some(home) = environment.get("HOME")
            && is_other_home(home.as_deref())
        {
            run.runs_in = RunsIn::OtherHome;
        } else if invocation.has_other_home {
            run.runs_in = RunsIn::OtherHome;
        } else if names_other_profiles(&environment) {
            run.runs_in = RunsIn::OtherProfiles;
        }
        self.select(&run, arguments);
        let selected = self.selected(&run);
        run.variant = Variant::of(arguments, &environment, selected);
        // From the named directory their names are others.
        run.variant.has_unknown_files |= run.named.is_some() && !run.variant.var_files.is_empty();
        let mut plain = arguments.iter().filter(|word| !word.starts_with('-'));
        run.variant.is_test = plain.next() == Some(&"test");
        run.arguments = RunArguments::of(arguments, &environment);
        self.reading.runs.push(run);
    }

    /// Notes the workspace that a command selects.
    pub(super) fn select(&mut self, run: &TerraformRun, arguments: &[&str]) {
        let mut plain = arguments.iter().filter(|word| !word.starts_with('-'));
        let selects =
            plain.next() == Some(&"workspace") && matches!(plain.next(), Some(&"select" | &"new"));
        if selects {
            let name = plain.next().filter(|name| is_literal(name));
            let name = name.map(|name| (*name).to_owned());
            self.has_selected = true;
            let may_be_left_out = self.may_be_left_out;
            let workspaces = &mut self.reading.end.workspaces;
            let is_same = workspaces.get(&run.directory) == Some(&name);
            let name = name.filter(|_| is_same || !may_be_left_out);
            workspaces.insert(run.directory.clone(), name);
        }
    }

    pub(super) fn selected(&self, run: &TerraformRun) -> SelectedWorkspace {
        let workspaces = &self.reading.end.workspaces;
        match workspaces.get(&run.directory) {
            Some(Some(selected)) => SelectedWorkspace::Named(selected.clone()),
            Some(None) => SelectedWorkspace::Unknown,
            // One of an unknown directory may be that of this one, and the other way round.
            None if run.directory.is_none() && !workspaces.is_empty() => SelectedWorkspace::Unknown,
            None if workspaces.contains_key(&None) => SelectedWorkspace::Unknown,
            None => SelectedWorkspace::None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_told_from_directories() {
        for image in [
            "hashicorp/terraform:1.9",
            "public.ecr.aws/hashicorp/terraform:light",
            "alpine/terragrunt",
        ] {
            assert!(is_image(image), "{image}");
        }
        for other in [
            ".git,__pycache__,.terraform",
            "$PWD/terraform:/data",
            "./terraform",
            "--volume=terraform",
            "python:3",
        ] {
            assert!(!is_image(other), "{other}");
        }
    }

    #[test]
    fn an_image_that_formats_reaches_no_state() {
        for (arguments, expected) in [
            (&["fmt", "-recursive"][..], false),
            (&["-chdir=x", "validate"], false),
            (&["--version"], false),
            (&["apply"], true),
            (&["./deploy.sh"], true),
            (&[], true),
        ] {
            assert_eq!(may_reach_state(arguments), expected, "{arguments:?}");
        }
    }
}
