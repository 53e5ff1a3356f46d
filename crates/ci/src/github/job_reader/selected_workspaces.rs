//! The workspaces that steps select, of which the conditions of steps tell which may be the last one.

use std::collections::BTreeSet;

use crate::github::conditions::{Condition, Relation};
use crate::scripts::reader::Workspaces;

/// What the steps of a job selected so far.
#[derive(Debug, Default)]
pub(super) struct SelectedWorkspaces {
    /// What each step selected, with its `if:`, in their order.
    steps: Vec<(Option<String>, Workspaces)>,
}

impl SelectedWorkspaces {
    /// The workspaces that are selected where a step with that `if:` begins.
    pub fn before(&self, condition: Option<&str>) -> Workspaces {
        let own = Condition::of(condition);
        let directories = self.steps.iter().flat_map(|(_, selected)| selected.keys());
        let directories: BTreeSet<_> = directories.collect();
        let mut workspaces = Workspaces::new();
        for directory in directories {
            let mut names = BTreeSet::new();
            let mut may_be_none = true;
            for (condition, selected) in self.steps.iter().rev() {
                let Some(name) = selected.get(directory) else {
                    continue;
                };
                match own.relation_to(&Condition::of(condition.as_deref())) {
                    Relation::Excludes => continue,
                    Relation::Implies => may_be_none = false,
                    Relation::Open => {}
                }
                names.insert(name.clone());
                if !may_be_none {
                    break;
                }
            }
            if let Some(name) = names.pop_first() {
                let is_known = names.is_empty() && !may_be_none;
                workspaces.insert(directory.clone(), name.filter(|_| is_known));
            }
        }
        workspaces
    }

    /// Notes what a step with that `if:` selected, which ended with these workspaces.
    pub fn add(&mut self, condition: Option<&str>, mut after: Workspaces) {
        let before = self.before(condition);
        after.retain(|directory, name| before.get(directory) != Some(name));
        if !after.is_empty() {
            self.steps.push((condition.map(str::to_owned), after));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_with_another_condition_leave_open_which_workspace_is_selected() {
        let (main, other) = (
            Some("github.ref == 'refs/heads/main'"),
            Some("github.ref != 'refs/heads/main'"),
        );
        for (steps, condition, expected) in [
            (&[(None, "dev")][..], None, "dev"),
            (&[(None, "dev"), (None, "live")], None, "live"),
            (&[(main, "live"), (other, "dev")], None, "?"),
            (&[(main, "live"), (other, "dev")], main, "live"),
            (&[(main, "live"), (other, "dev")], other, "dev"),
            (&[(None, "dev"), (main, "live")], None, "?"),
            (&[(None, "dev"), (main, "live")], other, "dev"),
            (&[(main, "live"), (None, "dev")], main, "dev"),
            (&[(main, "live")], None, "?"),
            (&[(main, "live")], other, "none"),
            (&[(None, "dev"), (main, "dev")], None, "dev"),
        ] {
            let mut selected = SelectedWorkspaces::default();
            for (condition, name) in steps {
                let after = Workspaces::from([(None, Some((*name).to_owned()))]);
                selected.add(*condition, after);
            }
            let workspaces = selected.before(condition);
            let found = match workspaces.get(&None) {
                None => "none",
                Some(None) => "?",
                Some(Some(name)) => name,
            };
            assert_eq!(found, expected, "{steps:?}, {condition:?}");
        }
    }
}
