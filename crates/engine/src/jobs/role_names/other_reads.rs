//! The variables and secrets that workflows read elsewhere than in the inputs of steps: in `env:`, scripts, outputs
//! and matrices. What is done with their values is not known, so that none of them gets a role for keys.

use std::collections::BTreeSet;

use ci::github::workflow::StepOwner;
use ci::github::workflow::model::NamedText;
use syntax::yaml::Node;

use super::readers::variables_in;
use super::{Meaning, Names};
use crate::jobs::known_account::account_of_role;
use crate::jobs::need::Target;

impl Names<'_> {
    /// Adds what workflows read beside the inputs of steps and the roles that callers pass.
    pub(super) fn add_other_reads(&mut self) {
        let workflows = &self.repo.index().workflows;
        for owner in workflows.owners() {
            let inputs = workflows.steps(owner).iter().flat_map(|step| &step.with);
            let passed = workflows.job(owner).into_iter().flat_map(|job| &job.with);
            let counted = inputs.chain(passed.filter(|it| is_passed_role(it)));
            let counted: BTreeSet<usize> = counted.map(|it| it.value.offset).collect();
            let yaml = &workflows.source(owner).yaml;
            let whole_job = yaml.at(&workflows.place(owner));
            self.add_below(owner, whole_job, &counted);
        }
        for file in &workflows.sources {
            // The `env` of a workflow is of each of its jobs.
            let shared = file.yaml.root().get("env");
            for text in texts(shared, &BTreeSet::new()) {
                self.add_text(text, None);
            }
        }
        for file in &workflows.unread {
            self.add_text(&file.text, None);
        }
    }

    fn add_below(&mut self, owner: StepOwner, node: Option<&Node>, counted: &BTreeSet<usize>) {
        let job = self.repo.index().workflows.job(owner);
        let environment = job.and_then(|it| it.environment.as_deref());
        for text in texts(node, counted) {
            self.add_text(text, environment);
        }
    }

    fn add_text(&mut self, text: &str, environment: Option<&str>) {
        for (context, variable) in variables_in(text) {
            let role = format!("${{{{ {context}.{variable} }}}}");
            let account = account_of_role(&role, environment, self.repo);
            let meaning = match account {
                Some(id) => Meaning::Target(Target::Id(id)),
                None => Meaning::Other(variable.clone()),
            };
            self.meanings.entry(variable).or_default().insert(meaning);
        }
    }
}

/// Whether a caller passes a role by an input of that name.
pub(super) fn is_passed_role(input: &NamedText) -> bool {
    input.name.to_ascii_lowercase().contains("role")
}

/// The texts of a part of a workflow, but for those that begin at these offsets.
fn texts<'n>(node: Option<&'n Node>, counted: &BTreeSet<usize>) -> Vec<&'n str> {
    let mut waiting: Vec<&Node> = node.into_iter().collect();
    let mut found = Vec::new();
    while let Some(node) = waiting.pop() {
        let text = node
            .as_str()
            .filter(|_| !counted.contains(&node.span.start));
        found.extend(text);
        waiting.extend(node.children());
    }
    found
}
