//! What the steps of a job use the token for.

use super::block::PermissionsBlock;
use super::effective::Effective;
use super::git::GitCredentials;
use super::run::ScriptUse;
use super::scope::{Level, Scope, Scopes, raise};
use super::step::{TokenStep, UnknownNeed};
use super::{action, run};
use crate::scripts::reader::Execution;

/// A step whose use of the token is unknown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    /// Its index in the job.
    pub step: usize,
    /// Why.
    pub why: UnknownNeed,
}

/// What the steps of a job use.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    /// The known permissions, each scope at the highest level used.
    pub scopes: Scopes,
    /// The steps whose use is unknown.
    pub unknown: Vec<Unknown>,
    /// The steps with a command that cannot be read and has nothing of the token but the credentials of
    /// git: it needs `contents: write` if it pushes.
    pub unread: Vec<Unknown>,
}

impl Needs {
    /// What all steps of a job use.
    pub fn of(steps: &[TokenStep<'_>]) -> Self {
        let mut needs = Self::default();
        let mut git = GitCredentials::default();
        for (index, step) in steps.iter().enumerate() {
            let unknown = |why| Unknown { step: index, why };
            if let Some(uses) = step.uses.filter(|_| step.execution.is_none()) {
                match action::uses(uses, step, steps) {
                    Ok(scopes) => needs.add(scopes),
                    Err(why) => needs.unknown.push(unknown(why)),
                }
                if git == GitCredentials::Job && action::runs_unread(uses, step) {
                    let why = UnknownNeed::Unread(format!("what the action {uses} runs"));
                    needs.unread.push(unknown(why));
                }
                for script in action::scripts(uses, step) {
                    let execution = Execution::of(&script);
                    needs.add_script(index, run::uses(&script, &execution, step.env, git));
                }
            }
            git.add(step);
            // An action with a script does nothing but run it.
            if let Some(execution) = step.execution {
                let script = step.run.unwrap_or_default();
                needs.add_script(index, run::uses(script, execution, step.env, git));
            }
        }
        needs
    }

    /// Adds what a script of the step of that number uses.
    fn add_script(&mut self, step: usize, used: ScriptUse) {
        let unknown = |why| Unknown { step, why };
        self.add(used.scopes);
        self.unknown.extend(used.unknown.map(unknown));
        self.unread.extend(used.unread.map(unknown));
    }

    /// Adds what the steps of another job use.
    pub fn merge(&mut self, other: Self) {
        self.add(other.scopes);
        for (all, more) in [
            (&mut self.unknown, other.unknown),
            (&mut self.unread, other.unread),
        ] {
            let new: Vec<_> = more.into_iter().filter(|it| !all.contains(it)).collect();
            all.extend(new);
        }
    }

    /// Adds what else the job uses: the jobs of a called workflow.
    pub fn add(&mut self, scopes: impl IntoIterator<Item = (Scope, Level)>) {
        raise(&mut self.scopes, scopes);
    }

    /// What the job must not lose; `None` while a step is unknown.
    pub fn rights(&self) -> Option<Effective> {
        let block = || PermissionsBlock::Scopes(self.scopes.clone());
        self.unknown
            .is_empty()
            .then(|| Effective::exactly(&block()))
    }
}
