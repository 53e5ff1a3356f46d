//! The rights of a role that only its owner can spell out, as comments above it.

use std::collections::BTreeSet;

use syntax::visible;

use super::Trust;
use crate::generate::RepositoryFacts;

impl Trust<'_> {
    /// What its jobs need beside the generated policy: the roles behind the profiles of providers, whose names
    /// nobody has said, and for a plan what `ReadOnlyAccess` does not read. Each line is a comment.
    pub fn rights_to_add(&self, facts: &RepositoryFacts) -> String {
        let mut text = String::new();
        let accounts = self.accounts_of_profiles(facts);
        if !accounts.is_empty() {
            text += "# Its jobs assume the roles behind the profiles of providers, too: allow sts:AssumeRole and\n\
                     # sts:TagSession on that of each of these accounts.\n";
            for id in accounts {
                text += &format!("#   {}\n", visible::line(&facts.settings.labelled(id)));
            }
        }
        let reads = &facts.inventory.plan_reads;
        if self.account.is_plan && !reads.is_empty() {
            text += "# A plan reads these, and ReadOnlyAccess does not allow it. Allow what the jobs of pull requests may\n\
                     # see, on these secrets, parameters and keys alone.\n";
            for read in reads {
                let (path, line) = (visible::path(&read.at.path), read.at.line);
                let reference = visible::line(&read.reference);
                text += &format!("#   {reference} ({path}:{line}): {}\n", read.action);
            }
        }
        text
    }

    /// The accounts in which providers of its jobs act by a profile, but for those whose role is that of the
    /// state.
    fn accounts_of_profiles<'f>(&self, facts: &'f RepositoryFacts) -> BTreeSet<&'f str> {
        let reached = facts.reached_states.iter().filter(|it| {
            let mut callers = it.callers.iter();
            it.is_provider && callers.any(|caller| self.is_caller(caller))
        });
        let accounts: BTreeSet<&str> = reached.map(|it| it.account.as_str()).collect();
        let with_states = facts.accounts_of_states();
        let is_own = |id: &str| self.account.id.as_deref() == Some(id);
        let others = accounts.into_iter();
        others
            .filter(|id| !with_states.contains(id) && !is_own(id))
            .collect()
    }
}
