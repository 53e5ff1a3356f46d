//! Systems whose files list projects, and that run Terraform by commands of their own.

use syntax::location::Location;
use syntax::yaml::{Node, Yaml};

use super::evidence::{RunnerEvidence, directory, run_in};

/// The directories of `projects[].dir`, as Atlantis and Digger read them; any directory where the
/// file lists none.
pub(super) fn read(mut evidence: RunnerEvidence, text: &str) -> RunnerEvidence {
    let at = |offset| Location::at(&evidence.path, text, offset);
    let projects = Yaml::parse(text).ok();
    let projects = projects.as_ref().and_then(|yaml| {
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
    if runs.is_empty() {
        runs.push(run_in(at(0), None));
    }
    evidence.runs = runs;
    evidence
}
