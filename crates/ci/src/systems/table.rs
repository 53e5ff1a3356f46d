//! The systems and the files by which they are known.

use std::path::Path;

use syntax::location::Location;

use super::{
    RunnerEvidence, compose, development_environments, environment_files, groovy, hooks, projects,
    run_configurations, yaml,
};

/// A system that runs Terraform.
pub(super) struct System {
    name: &'static str,
    files: &'static [Pattern],
    reader: FileReader,
}

/// Which files are a system's.
enum Pattern {
    /// That path from the root: the system reads no other.
    Path(&'static str),
    /// A file of that name in any directory.
    Name(&'static str),
    /// A file in any directory whose name begins and ends so.
    Named(&'static str, &'static str),
    /// A file in that directory or below it whose name ends so.
    Below(&'static str, &'static str),
}

/// How commands are found in a file.
enum FileReader {
    /// Values of the keys that hold scripts.
    Yaml,
    /// Strings of the steps that run scripts.
    Groovy,
    /// Directories of projects; the commands are the system's own.
    Projects,
    /// Not at all: a server runs what its settings admit.
    Server,
    /// Not at all: the file counts where it names Terraform, and may run any root module.
    Text,
}

// Where each system looks for its file is what its documentation says: GitLab ("`.gitlab-ci.yml`
// keyword reference"; included files have any name), CircleCI ("Configuration reference"), Buildkite
// ("Defining steps"), Bitbucket ("Configure bitbucket-pipelines.yml"), CodeCatalyst
// ("Workflow YAML definition"), CodeBuild ("Buildspec reference"), Azure ("YAML schema reference": any path), Atlantis ("Repo level atlantis.yaml"),
// Spacelift ("Runtime configuration"), env0 ("env0.yml"), Terrateam, Digger, Woodpecker ("Workflows"), Forgejo
// ("Workflows reference"), Gitea ("Gitea Actions"), Cloud Build ("Build configuration file schema"), Tekton
// ("Pipelines as Code"), Semaphore ("Pipeline YAML reference"), Codefresh ("Pipeline definitions YAML"), Cirrus
// CI ("Writing tasks"), AppVeyor ("appveyor.yml reference"), GoCD (its YAML plugin), Bamboo ("Bamboo Specs"),
// TeamCity ("Kotlin DSL"), Harness ("Git Experience"), Octopus ("Config as Code"), Prow ("Inrepoconfig"),
// sourcehut ("Build manifests reference"), Vela ("Pipeline"), Screwdriver ("Configuration"), Bitrise
// ("bitrise.yml reference"), Okteto ("Manifest"), Garden ("Project configuration"), Zuul ("Project configuration").
const SYSTEMS: [System; 40] = [
    System {
        name: "Jenkins",
        files: &[
            Pattern::Named("Jenkinsfile", ""),
            Pattern::Named("", ".jenkinsfile"),
            Pattern::Named("", ".Jenkinsfile"),
            Pattern::Name("JenkinsFile"),
            Pattern::Name("jenkinsfile"),
            Pattern::Named("", ".groovy"),
        ],
        reader: FileReader::Groovy,
    },
    System {
        name: "GitLab CI",
        files: &[
            Pattern::Named("", ".gitlab-ci.yml"),
            Pattern::Named("", ".gitlab-ci.yaml"),
            Pattern::Below(".gitlab", ".yml"),
        ],
        reader: FileReader::Yaml,
    },
    System {
        name: "CircleCI",
        files: &[
            Pattern::Path(".circleci/config.yml"),
            Pattern::Path(".circleci/config.yaml"),
            // What a setup configuration goes on with ("Dynamic configuration overview").
            Pattern::Path(".circleci/continue.yml"),
            Pattern::Path(".circleci/continue_config.yml"),
            Pattern::Path(".circleci/continue-config.yml"),
        ],
        reader: FileReader::Yaml,
    },
    System {
        name: "Buildkite",
        files: &[
            Pattern::Below(".buildkite", ".yml"),
            Pattern::Below(".buildkite", ".yaml"),
            // The agent looks for these, too ("`buildkite-agent pipeline`").
            Pattern::Path("buildkite.yml"),
            Pattern::Path("buildkite.yaml"),
        ],
        reader: FileReader::Yaml,
    },
    System {
        name: "CodeCatalyst",
        files: &[
            Pattern::Below(".codecatalyst/workflows", ".yaml"),
            Pattern::Below(".codecatalyst/workflows", ".yml"),
        ],
        reader: FileReader::Yaml,
    },
    System {
        name: "Bitbucket Pipelines",
        files: &[Pattern::Path("bitbucket-pipelines.yml")],
        reader: FileReader::Yaml,
    },
    System {
        name: "AWS CodeBuild",
        files: &[
            Pattern::Named("buildspec", ".yml"),
            Pattern::Named("buildspec", ".yaml"),
        ],
        reader: FileReader::Yaml,
    },
    System {
        name: "Azure Pipelines",
        files: &[
            Pattern::Named("azure-pipeline", ".yml"),
            Pattern::Named("azure-pipeline", ".yaml"),
        ],
        reader: FileReader::Yaml,
    },
    System {
        name: "Drone",
        files: &[Pattern::Path(".drone.yml")],
        reader: FileReader::Yaml,
    },
    System {
        name: "Drone",
        files: &[
            Pattern::Path(".drone.jsonnet"),
            Pattern::Path(".drone.star"),
        ],
        reader: FileReader::Text,
    },
    System {
        name: "Travis CI",
        files: &[Pattern::Path(".travis.yml")],
        reader: FileReader::Yaml,
    },
    System {
        name: "Atlantis",
        files: &[
            Pattern::Path("atlantis.yaml"),
            Pattern::Path("atlantis.yml"),
        ],
        reader: FileReader::Projects,
    },
    // Its server's settings ("Server Side Repo Config"): they may be for all repositories.
    System {
        name: "Atlantis",
        files: &[Pattern::Name("repos.yaml"), Pattern::Name("repos.yml")],
        reader: FileReader::Server,
    },
    System {
        name: "Spacelift",
        files: &[
            Pattern::Path(".spacelift/config.yml"),
            Pattern::Path(".spacelift/config.yaml"),
        ],
        reader: FileReader::Projects,
    },
    System {
        name: "env0",
        files: &[Pattern::Name("env0.yml"), Pattern::Name("env0.yaml")],
        reader: FileReader::Projects,
    },
    System {
        name: "Terrateam",
        files: &[
            Pattern::Path(".terrateam/config.yml"),
            Pattern::Path(".terrateam/config.yaml"),
        ],
        reader: FileReader::Projects,
    },
    System {
        name: "Digger",
        files: &[Pattern::Path("digger.yml"), Pattern::Path("digger.yaml")],
        reader: FileReader::Projects,
    },
    System {
        name: "Woodpecker",
        files: &[
            Pattern::Path(".woodpecker.yml"),
            Pattern::Path(".woodpecker.yaml"),
            Pattern::Below(".woodpecker", ".yml"),
            Pattern::Below(".woodpecker", ".yaml"),
        ],
        reader: FileReader::Yaml,
    },
    System {
        name: "Forgejo Actions",
        files: &[
            Pattern::Below(".forgejo/workflows", ".yml"),
            Pattern::Below(".forgejo/workflows", ".yaml"),
        ],
        reader: FileReader::Yaml,
    },
    System {
        name: "Gitea Actions",
        files: &[
            Pattern::Below(".gitea/workflows", ".yml"),
            Pattern::Below(".gitea/workflows", ".yaml"),
        ],
        reader: FileReader::Yaml,
    },
    System {
        name: "Cloud Build",
        files: &[
            Pattern::Named("cloudbuild", ".yml"),
            Pattern::Named("cloudbuild", ".yaml"),
        ],
        reader: FileReader::Yaml,
    },
    System {
        name: "Tekton",
        files: &[
            Pattern::Below(".tekton", ".yml"),
            Pattern::Below(".tekton", ".yaml"),
        ],
        reader: FileReader::Yaml,
    },
    System {
        name: "Semaphore",
        files: &[Pattern::Below(".semaphore", ".yml")],
        reader: FileReader::Yaml,
    },
    System {
        name: "Codefresh",
        files: &[
            Pattern::Named("codefresh", ".yml"),
            Pattern::Below(".codefresh", ".yml"),
        ],
        reader: FileReader::Yaml,
    },
    System {
        name: "Cirrus CI",
        files: &[
            Pattern::Path(".cirrus.yml"),
            Pattern::Path(".cirrus.yaml"),
            Pattern::Path(".cirrus.star"),
        ],
        reader: FileReader::Text,
    },
    System {
        name: "AppVeyor",
        files: &[
            Pattern::Path("appveyor.yml"),
            Pattern::Path(".appveyor.yml"),
        ],
        reader: FileReader::Text,
    },
    System {
        name: "GoCD",
        files: &[
            Pattern::Named("", ".gocd.yml"),
            Pattern::Named("", ".gocd.yaml"),
        ],
        reader: FileReader::Text,
    },
    System {
        name: "Bamboo",
        files: &[
            Pattern::Below("bamboo-specs", ".yml"),
            Pattern::Below("bamboo-specs", ".yaml"),
            Pattern::Below("bamboo-specs", ".java"),
        ],
        reader: FileReader::Text,
    },
    System {
        name: "TeamCity",
        files: &[
            Pattern::Below(".teamcity", ".kts"),
            Pattern::Below(".teamcity", ".kt"),
            Pattern::Below(".teamcity", ".xml"),
        ],
        reader: FileReader::Text,
    },
    System {
        name: "Harness",
        files: &[
            Pattern::Below(".harness", ".yaml"),
            Pattern::Below(".harness", ".yml"),
        ],
        reader: FileReader::Text,
    },
    System {
        name: "Octopus Deploy",
        files: &[Pattern::Below(".octopus", ".ocl")],
        reader: FileReader::Text,
    },
    System {
        name: "Prow",
        files: &[
            Pattern::Path(".prow.yaml"),
            Pattern::Below(".prow", ".yaml"),
        ],
        reader: FileReader::Text,
    },
    System {
        name: "sourcehut",
        files: &[
            Pattern::Path(".build.yml"),
            Pattern::Below(".builds", ".yml"),
        ],
        reader: FileReader::Text,
    },
    System {
        name: "Vela",
        files: &[Pattern::Path(".vela.yml"), Pattern::Path(".vela.yaml")],
        reader: FileReader::Yaml,
    },
    System {
        name: "Screwdriver",
        files: &[Pattern::Path("screwdriver.yaml")],
        reader: FileReader::Text,
    },
    System {
        name: "Bitrise",
        files: &[Pattern::Path("bitrise.yml")],
        reader: FileReader::Text,
    },
    System {
        name: "Okteto",
        files: &[Pattern::Name("okteto.yml"), Pattern::Name("okteto.yaml")],
        reader: FileReader::Text,
    },
    System {
        name: "Garden",
        files: &[
            Pattern::Named("", "garden.yml"),
            Pattern::Named("", "garden.yaml"),
        ],
        reader: FileReader::Text,
    },
    System {
        name: "Zuul",
        files: &[
            Pattern::Path("zuul.yaml"),
            Pattern::Path(".zuul.yaml"),
            Pattern::Below("zuul.d", ".yaml"),
            Pattern::Below(".zuul.d", ".yaml"),
        ],
        reader: FileReader::Text,
    },
    // Buildkite reads it in the root, Concourse's pipelines have this name in most repositories.
    System {
        name: "the pipeline",
        files: &[
            Pattern::Name("pipeline.yml"),
            Pattern::Name("pipeline.yaml"),
        ],
        reader: FileReader::Yaml,
    },
];

impl Pattern {
    fn admits(&self, path: &Path, name: &str) -> bool {
        match self {
            // The name first: no other comparison is as quick.
            Self::Path(whole) => whole.ends_with(name) && path == Path::new(whole),
            Self::Name(whole) => name == *whole,
            Self::Named(start, end) => name.starts_with(start) && name.ends_with(end),
            Self::Below(directory, end) => name.ends_with(end) && path.starts_with(directory),
        }
    }
}

impl System {
    pub(super) fn of(path: &Path) -> Option<&'static Self> {
        let name = path.file_name()?.to_str()?;
        let mut systems = SYSTEMS.iter();
        systems.find(|system| system.files.iter().any(|file| file.admits(path, name)))
    }

    pub(super) fn read(&self, path: &Path, text: &str) -> RunnerEvidence {
        let evidence = RunnerEvidence::new(self.name, path, text);
        match self.reader {
            FileReader::Yaml => yaml::read(evidence, text),
            FileReader::Groovy => groovy::read(evidence, text),
            FileReader::Projects => projects::read(evidence, text),
            FileReader::Server => projects::read_server(evidence, text),
            FileReader::Text => {
                // Steps of the system's own are called `TerraformApply` and the like.
                let step = || Some(Location::at(path, text, text.find("Terraform")?));
                let unread = evidence.named.clone().or_else(step);
                RunnerEvidence { unread, ..evidence }
            }
        }
    }
}

/// Whether the file at `path` (relative to the root) defines what such a system runs.
pub fn is_pipeline(path: &Path) -> bool {
    System::of(path).is_some()
}

/// Whether the file at `path` sets the environment of its directory, whatever it names.
pub fn sets_environment(path: &Path) -> bool {
    environment_files::sets_environment(path) || development_environments::is_one(path)
}

/// Endings of scripts and of parts of Makefiles.
const WRAPPERS: [&str; 9] = [
    ".bash", ".bat", ".cmd", ".fish", ".just", ".mk", ".ps1", ".sh", ".zsh",
];

/// Whether a file of that name is one of Task ("Supported file names").
fn is_taskfile(name: &str) -> bool {
    let own = name
        .strip_prefix("Taskfile.")
        .or_else(|| name.strip_prefix("taskfile."));
    let own = own.map(|own| own.trim_start_matches("dist."));
    own.is_some_and(|own| own == "yml" || own == "yaml")
}

/// Whether the file at `path` is what people and pipelines run Terraform through: a Makefile, a
/// script, a file of tasks, a Compose file, a file that sets the environment.
pub fn is_wrapper(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| {
        let is_make = ["Makefile", "GNUmakefile", "makefile"];
        let tasks = [
            "composer.json",
            "deno.json",
            "deno.jsonc",
            "package.json",
            "pyproject.toml",
            "justfile",
            "Justfile",
            ".justfile",
        ];
        is_make.iter().any(|start| name.starts_with(start))
            || tasks.contains(&name)
            || is_taskfile(name)
            || run_configurations::is_one(path)
            || sets_environment(path)
            || compose::is_compose(name)
            || hooks::is_hooks(name)
            || WRAPPERS.iter().any(|end| name.ends_with(end))
    })
}
