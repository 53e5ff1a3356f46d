//! The variants in which a root module is planned.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ci::run_arguments::RunArguments;
use syntax::{shell, visible};
use terraform::backend::BackendKind;

use super::known_runs::{KnownRun, KnownRuns};
use super::{AskedVariant, Obstacle, PlanVariant};
use crate::repo::Repo;

/// The variants of a root module, each with the reason why it cannot be planned as the runs do it.
pub(super) fn of(
    directory: &Path,
    repo: &Repo,
    runs: &KnownRuns,
    asked: &AskedVariant,
) -> Vec<(PlanVariant, Option<Obstacle>)> {
    let root = Root {
        directory,
        repo,
        asked,
    };
    if runs.is_hosted(directory) {
        let obstacle = Obstacle {
            reason: "HCP Terraform plans it, with credentials of its own".to_owned(),
            cure: "start a run of its workspace there".to_owned(),
        };
        return vec![(PlanVariant::default(), Some(obstacle))];
    }
    let own = runs.of_root(directory);
    let is_asked = asked.workspace.is_some()
        || !asked.var_files.is_empty()
        || !asked.backend_configs.is_empty();
    let mut variants = match (is_asked, own) {
        (true, own) => root.of_asked(own),
        (false, []) => root.without_run(runs.choosing(directory)),
        (false, own) => own.iter().flat_map(|run| root.of_run(run)).collect(),
    };
    let mut known: Vec<(PlanVariant, Option<Obstacle>)> = Vec::new();
    for variant in variants.drain(..) {
        if !known.contains(&variant) {
            known.push(variant);
        }
    }
    known
}

struct Root<'r> {
    directory: &'r Path,
    repo: &'r Repo,
    asked: &'r AskedVariant,
}

impl Root<'_> {
    /// What a person says, with the backend settings that the runs agree on.
    fn of_asked(&self, own: &[KnownRun]) -> Vec<(PlanVariant, Option<Obstacle>)> {
        let variant = PlanVariant {
            workspace: self.asked.workspace.clone(),
            var_files: self.asked.var_files.clone(),
            ..PlanVariant::default()
        };
        if !self.asked.backend_configs.is_empty() {
            let backend_configs = self.asked.backend_configs.clone();
            let variant = PlanVariant {
                backend_configs,
                ..variant
            };
            return vec![(variant, None)];
        }
        let first = own.first().map(|run| &run.init);
        let agreed = first.filter(|first| own.iter().all(|run| run.init == **first));
        match agreed {
            Some(init) => self.with_backend(&variant, Some(init)),
            None if own.is_empty() => self.with_backend(&variant, None),
            None => vec![(
                variant,
                Some(self.unknown_backend("several runs differ in")),
            )],
        }
    }

    /// The default variant, where no run is known to plan the root module; one may, in a variant of its
    /// choice.
    fn without_run(&self, choosing: Option<&KnownRun>) -> Vec<(PlanVariant, Option<Obstacle>)> {
        let variant = PlanVariant::default();
        if let Some(run) = choosing {
            let obstacle = Obstacle {
                reason: format!(
                    "{} may plan it with a workspace or values of its choice",
                    run.by
                ),
                cure: self.asking("--workspace NAME --var-file FILE"),
            };
            return vec![(variant, Some(obstacle))];
        }
        let files = self.selectable_values();
        if files.is_empty() {
            return self.with_backend(&variant, None);
        }
        let names: Vec<String> = files.iter().map(visible::path).collect();
        let obstacle = Obstacle {
            reason: format!(
                "which of these files has its variable values is not known: {}",
                names.join(", ")
            ),
            cure: self.asking("--var-file FILE"),
        };
        vec![(variant, Some(obstacle))]
    }

    /// The variant that a run chooses.
    fn of_run(&self, known: &KnownRun) -> Vec<(PlanVariant, Option<Obstacle>)> {
        let chosen = &known.run.variant;
        let given = &known.run.arguments.environment_variables;
        let all = chosen.variables.clone().into_iter();
        let (environment, variables): (BTreeMap<_, _>, BTreeMap<_, _>) =
            all.partition(|(name, _)| given.contains(name));
        let variant = PlanVariant {
            workspace: chosen.workspace.clone().filter(|name| name != "default"),
            var_files: chosen.var_files.clone(),
            variables,
            environment,
            backend_configs: Vec::new(),
        };
        let mut unknown = chosen.unknown_variables.iter();
        let unknown = unknown.find(|name| !self.asked.variables.contains(*name));
        let open = if chosen.is_workspace_unknown {
            Some(("the workspace".to_owned(), "--workspace NAME".to_owned()))
        } else if chosen.has_unknown_files {
            let what = "a file of values or an argument".to_owned();
            Some((what, "--var-file FILE".to_owned()))
        } else {
            unknown.map(|name| (format!("variable \"{name}\""), format!("TF_VAR_{name}")))
        };
        let Some((what, cure)) = open else {
            return self.with_backend(&variant, Some(&known.init));
        };
        let obstacle = Obstacle {
            reason: format!("{what} is known only when {} runs", known.by),
            cure: match cure.strip_prefix("TF_VAR_") {
                Some(_) => format!("export {}=...", shell::quoted(&cure)),
                None => self.asking(&cure),
            },
        };
        vec![(variant, Some(obstacle))]
    }

    /// A variant with the backend settings that an init is given, or that the tree has.
    fn with_backend(
        &self,
        variant: &PlanVariant,
        init: Option<&RunArguments>,
    ) -> Vec<(PlanVariant, Option<Obstacle>)> {
        let with = |backend_configs: Vec<String>| PlanVariant {
            backend_configs,
            ..variant.clone()
        };
        if init.is_some_and(|init| init.has_unknown_backend_configs) {
            let obstacle = self.unknown_backend("known only when a job runs");
            return vec![(variant.clone(), Some(obstacle))];
        }
        if let Some(init) = init.filter(|init| !init.backend_configs.is_empty()) {
            return vec![(with(init.backend_configs.clone()), None)];
        }
        let is_partial = matches!(
            self.repo.backend(self.directory),
            Some(BackendKind::PartialS3 { .. })
        );
        if !is_partial {
            return vec![(variant.clone(), None)];
        }
        let files = self.repo.backend_files(self.directory);
        let relative = |file: &PathBuf| {
            let file = file.strip_prefix(self.directory).unwrap_or(file);
            file.to_string_lossy().into_owned()
        };
        match (files, init) {
            ([], _) => vec![(variant.clone(), Some(self.unknown_backend("not known")))],
            ([only], _) => vec![(with(vec![relative(only)]), None)],
            (_, Some(_)) => {
                let obstacle = self.unknown_backend("in one of several files: which is not known");
                vec![(variant.clone(), Some(obstacle))]
            }
            // Each is a state of its own.
            (files, None) => {
                let files = files.iter();
                files
                    .map(|file| (with(vec![relative(file)]), None))
                    .collect()
            }
        }
    }

    fn unknown_backend(&self, known: &str) -> Obstacle {
        Obstacle {
            reason: format!("the settings of its backend are {known}"),
            cure: self.asking("--backend-config FILE"),
        }
    }

    /// The files of values that Terraform does not load by itself ("Variable Definitions Files"), in
    /// the directory and below it down to the next module.
    fn selectable_values(&self) -> Vec<PathBuf> {
        let files = self.repo.values(self.directory).into_iter();
        let files = files.filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let name = name.strip_suffix(".json").unwrap_or(&name);
            name != "terraform.tfvars" && !name.ends_with(".auto.tfvars")
        });
        let own = files.filter(|path| {
            let mut above = path.ancestors().skip(1);
            above.find(|it| self.repo.has_configuration(it)) == Some(self.directory)
        });
        let directory = self.directory;
        own.map(|path| {
            path.strip_prefix(directory)
                .map_or(path.clone(), Path::to_path_buf)
        })
        .collect()
    }

    fn asking(&self, flags: &str) -> String {
        let directory = match self.directory.as_os_str().is_empty() {
            true => ".".to_owned(),
            false => shell::path(self.directory),
        };
        format!("tfkeyless verify {directory} {flags}")
    }
}
