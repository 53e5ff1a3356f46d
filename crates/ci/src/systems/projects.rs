//! Systems whose files list projects, and that run Terraform by commands of their own.

use syntax::location::Location;
use syntax::yaml::{Node, Yaml};

use super::evidence::{RunnerEvidence, directory, run_in};

/// Settings that only a server of Atlantis has for its repositories.
const OF_SERVER: [&str; 6] = [
    "allow_custom_workflows",
    "allowed_overrides",
    "apply_requirements",
    "plan_requirements",
    "pre_workflow_hooks",
    "workflow",
];

/// The settings of a server, which runs any root module; a list of repositories of another kind tells nothing.
pub(super) fn read_server(mut evidence: RunnerEvidence, text: &str) -> RunnerEvidence {
    let file = Yaml::parse(text).ok();
    let repositories = file.as_ref().and_then(|yaml| yaml.root().get("repos"));
    let mut repositories = repositories.into_iter().flat_map(Node::items);
    let found = repositories.find(|it| {
        let mut settings = OF_SERVER.iter();
        it.value.get("id").is_some() && settings.any(|name| it.value.get(name).is_some())
    });
    let at = found.map(|it| Location::at(&evidence.path, text, it.value.span.start));
    evidence.runs.extend(at.map(|at| run_in(at, None)));
    evidence
}

/// The directories of `projects[].dir`, as Atlantis and Digger read them; any directory where the
/// file lists none.
pub(super) fn read(mut evidence: RunnerEvidence, text: &str) -> RunnerEvidence {
    let at = |offset| Location::at(&evidence.path, text, offset);
    let file = Yaml::parse(text).ok();
    let projects = file.as_ref().and_then(|yaml| {
        // Digger finds the projects of these patterns itself.
        let is_generated = yaml.root().get("generate_projects").is_some();
        yaml.root().get("projects").filter(|_| !is_generated)
    });
    let listed = projects.into_iter().flat_map(Node::items);
    let mut runs: Vec<_> = listed
        .map(|project| {
            let dir = project.value.get("dir");
            let named = dir.and_then(|dir| dir.as_str());
            let offset = dir.map_or(project.value.span.start, |dir| dir.span.start);
            let root = std::path::Path::new("");
            run_in(at(offset), directory(Some(root), named))
        })
        .collect();
    // Atlantis finds further projects where it is told to ("Autodiscovery config").
    let discovers = |yaml: &Yaml| {
        let mode = yaml
            .root()
            .get("autodiscover")
            .and_then(|it| it.get("mode"));
        mode.and_then(Node::as_str) == Some("enabled")
    };
    if runs.is_empty() || file.as_ref().is_some_and(discovers) {
        runs.push(run_in(at(0), None));
    }
    evidence.runs = runs;
    evidence
}
