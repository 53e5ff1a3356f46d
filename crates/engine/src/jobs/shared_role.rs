//! One role by which several jobs sign in: it is of one account, whatever its variable holds.

use std::collections::BTreeMap;
use std::path::PathBuf;

use ci::github::expression::references;
use ci::runner::JobLocation;

use super::step_need::StepNeed;
use crate::decisions::role_hold::{HoldReason, RoleHold};

/// A role that a job keeps and whose account is not known.
pub(super) struct SharedRole {
    pub job: JobLocation,
    /// The expression that names it, without braces.
    pub role: String,
    /// The environment of the job, whose variables come before the repository's.
    pub environment: Option<String>,
    /// What the job runs by it.
    pub needs: Vec<StepNeed>,
}

impl SharedRole {
    /// What it is known by; `None` where the same text may be another role in another job.
    fn symbol(&self) -> Option<(String, &Option<String>)> {
        let environment = self.environment.as_deref().unwrap_or_default();
        let read = references(&format!("${{{{ {} }}}}", self.role));
        let is_variable = |name: &Option<String>| name.is_some();
        let is_fixed = !environment.contains("${{")
            && !read.is_empty()
            && read
                .iter()
                .all(|it| it.context == "vars" && is_variable(&it.name));
        // GitHub compares the names of variables without case.
        is_fixed.then(|| (self.role.to_ascii_uppercase(), &self.environment))
    }
}

/// The roles of root modules that stay because another job runs a root module of another account by the
/// same role.
pub(super) fn holds<'s>(all: impl Iterator<Item = &'s SharedRole>) -> Vec<(PathBuf, RoleHold)> {
    let mut by_symbol: BTreeMap<_, Vec<&SharedRole>> = BTreeMap::new();
    for shared in all {
        if let Some(symbol) = shared.symbol() {
            by_symbol.entry(symbol).or_default().push(shared);
        }
    }
    let mut found = Vec::new();
    for jobs in by_symbol.into_values() {
        for own in &jobs {
            for need in &own.needs {
                let (Some(root), Some(id)) = (&need.root, need.target.id()) else {
                    continue;
                };
                let others = jobs.iter().filter(|it| it.job != own.job);
                let mut needs = others.flat_map(|it| it.needs.iter().map(move |need| (it, need)));
                let other = needs.find(|(_, it)| it.target.id().is_some_and(|other| other != id));
                let Some((other, what)) = other else { continue };
                let reason = HoldReason::SharedRole {
                    role: own.role.clone(),
                    other: format!("{}, which {}", other.job, what.what),
                };
                let job = own.job.clone();
                found.push((root.clone(), RoleHold { job, reason }));
            }
        }
    }
    found
}
