//! What pipelines take in from other files.

use std::path::Path;

use syntax::location::Location;
use syntax::yaml::Node;

use super::yaml::PipelineReader;
use super::{evidence, naming};

impl PipelineReader<'_> {
    /// GitLab's files: one, or a list of files and of `local` ("`include`" in its keyword reference).
    pub(super) fn include(&mut self, include: &Node) {
        let items = include.items().iter().map(|item| &item.value);
        for one in items.chain([include]) {
            // What a job of the pipeline writes ("Dynamic child pipelines").
            if let Some(artifact) = one.get("artifact") {
                let at = Location::at(
                    &self.evidence.path,
                    self.text,
                    self.start + artifact.span.start,
                );
                self.evidence.generated.get_or_insert(at);
            }
            let local = one.get("local").unwrap_or(one);
            let local = local.as_str().filter(|it| !it.contains("://"));
            let file = local.map(|it| it.trim_start_matches('/').to_owned());
            self.evidence.included.extend(file);
        }
    }

    /// The templates of Azure, seen from their file ("Templates"), what a setup configuration of
    /// CircleCI goes on with, be it by the orb `path-filtering`, and child pipelines.
    pub(super) fn included(&mut self, node: &Node) {
        let text = |name: &str| node.get(name).and_then(|it| it.as_str());
        if let Some(template) = text("template").filter(|it| !it.contains('@')) {
            let directory = self
                .evidence
                .path
                .parent()
                .filter(|_| !template.starts_with('/'));
            let directory = directory.unwrap_or(Path::new(""));
            let file = evidence::directory(Some(directory), Some(template.trim_start_matches('/')));
            let file = file.map(|it| it.display().to_string());
            self.evidence.included.extend(file);
        }
        let keys = ["configuration_path", "config-path"];
        let paths = keys.iter().filter_map(|key| text(key)).map(str::to_owned);
        self.evidence.included.extend(paths);
        // GitLab's child pipelines ("Downstream pipelines").
        if let Some(child) = node.get("trigger").and_then(|it| it.get("include")) {
            self.include(child);
        }
    }

    /// Whether a job that is named after Terraform is extended and stands in another file.
    pub(super) fn extends_elsewhere(&self, value: &Node) -> bool {
        let listed = value.items().iter().filter_map(|item| item.value.as_str());
        let mut extended = value.as_str().into_iter().chain(listed);
        extended.any(|name| naming::names(name) && !self.names.iter().any(|known| known == name))
    }
}
