//! The permissions of jobs, before and after edits: no job may lose one that it uses, and no call
//! ask for more than its caller has.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::github::permissions::{
    Call, DefaultToken, Effective, Needs, PermissionsBlock, Scopes, TokenStep,
};
use crate::settings::Ci;

use crate::github::sign_ins::MAX_STEPS;
use crate::github::values::Values;
use crate::github::workflow::call_inputs::substituted;
use crate::github::workflow::known_readings::{JobReading, StepPath};
use crate::github::workflow::model::{NamedText, Step};
use crate::github::workflow::{MAX_DEPTH, StepOwner, Workflows};
use crate::scripts::reader::Execution;

impl Workflows {
    /// What the steps of a job use, including those of its actions and of the workflow that it
    /// calls.
    pub fn needs(&self, owner: StepOwner) -> Needs {
        self.needs_within(owner, MAX_DEPTH)
    }

    fn needs_within(&self, owner: StepOwner, depth: usize) -> Needs {
        let make = || self.make_needs(owner, depth);
        let needs = self.known_calls.needs.once((owner, depth), make);
        (*needs).clone()
    }

    fn make_needs(&self, owner: StepOwner, depth: usize) -> Needs {
        let mut all = Needs::default();
        let Some(depth) = depth.checked_sub(1) else {
            return all;
        };
        if let Some(callee) = self.callee(owner) {
            for called in self.owners_in(callee) {
                let found = match self.block(called) {
                    // A called job that lists its permissions needs no more than those.
                    Some(PermissionsBlock::Scopes(scopes)) => Needs {
                        scopes: scopes.clone(),
                        ..Needs::default()
                    },
                    _ => self.needs_within(called, depth),
                };
                all.merge(found);
            }
            return all;
        }
        for inputs in self.call_inputs(owner, depth).iter() {
            all.merge(self.needs_of_steps(owner, depth, inputs));
        }
        all
    }

    /// What the steps of a job use, given these inputs and secrets.
    fn needs_of_steps(&self, owner: StepOwner, depth: usize, inputs: &Values) -> Needs {
        let job = self.job(owner).map(|job| &job.env[..]).unwrap_or_default();
        let workflow = self.workflow(owner).map(|it| &it.env[..]);
        let shared = workflow.unwrap_or_default().iter().chain(job);
        let env = Texts::default().with(shared, inputs);
        let mut steps = StepsFilled {
            reading: self.reading(owner),
            path: StepPath::new(),
            all: Vec::new(),
        };
        self.collect(self.steps(owner), depth, inputs, &env, &mut steps);
        let steps = steps.all;
        let pairs: Vec<_> = steps
            .iter()
            .map(|step| (step.with.pairs(), step.env.pairs()))
            .collect();
        let steps = steps
            .iter()
            .zip(&pairs)
            .map(|(step, (with, env))| TokenStep {
                uses: step.uses,
                with,
                env,
                run: step.run.as_deref(),
                execution: step.execution.as_ref(),
            });
        Needs::of(&steps.collect::<Vec<_>>())
    }

    /// Collects the steps; those of a local action replace the step that uses it, and inherit its
    /// `env`.
    fn collect<'w>(
        &'w self,
        own: &'w [Step],
        depth: usize,
        inputs: &Values,
        env: &Texts<'w>,
        all: &mut StepsFilled<'w>,
    ) {
        for (index, step) in own.iter().enumerate() {
            all.path.push(index);
            let env = env.clone().with(&step.env, inputs);
            let source = self.action(step).zip(depth.checked_sub(1));
            // An action beyond is one that is not known.
            let source = source.filter(|_| all.all.len() < MAX_STEPS);
            let steps = source.map(|(source, depth)| {
                let action = StepOwner { source, job: None };
                (source, self.steps(action), depth)
            });
            match steps.filter(|(_, steps, _)| !steps.is_empty()) {
                Some((source, steps, depth)) => {
                    let inputs = self.action_inputs(source, step, inputs);
                    self.collect(steps, depth, &inputs, &env, all);
                }
                None => all.all.push(Filled {
                    uses: step.uses.as_ref().map(|it| it.value.as_str()),
                    with: Texts::default().with(&step.with, inputs),
                    env,
                    run: step.run.as_ref().map(|run| substituted(&run.value, inputs)),
                    execution: all.execution(step, inputs),
                }),
            }
            all.path.pop();
        }
    }

    /// The block that applies to a job: its own, else its workflow's.
    pub(super) fn block(&self, owner: StepOwner) -> Option<&PermissionsBlock> {
        let own = self.job(owner)?.permissions.as_ref();
        own.or(self.workflow(owner)?.permissions.as_ref())
    }

    /// The permissions of a job when an event starts it.
    pub(super) fn effective(&self, owner: StepOwner, default: DefaultToken) -> Effective {
        Effective::of(self.block(owner), None, default)
    }

    /// The permissions of a job in each of its runs, by `self` and by `after`, which differs in blocks only:
    /// an event starts it, or a job calls its workflow, and without a block it has what that has.
    fn effective_in_runs(
        &self,
        after: &Self,
        owner: StepOwner,
        default: DefaultToken,
        passed: &[BeforeAndAfter],
    ) -> Vec<BeforeAndAfter> {
        let workflow = self.workflow(owner);
        let mut triggers = workflow.into_iter().flat_map(|it| &it.triggers);
        let is_started = triggers.any(|it| it.event != "workflow_call");
        let called = passed.iter().map(|(was, is)| {
            let was = was.called(self.block(owner), None);
            (was, is.called(after.block(owner), None))
        });
        let mut all: Vec<_> = called.collect();
        if is_started || all.is_empty() {
            let own = self.effective(owner, default);
            all.push((own, after.effective(owner, default)));
        }
        all
    }

    /// The permissions, each pair once, of the jobs that call a workflow; those of its callers, in turn, are
    /// `known` then, too.
    fn passed_by_callers<'k>(
        &self,
        after: &Self,
        source: usize,
        default: DefaultToken,
        known: &'k mut PassedByCallers,
    ) -> &'k [BeforeAndAfter] {
        if !known.contains_key(&source) {
            // GitHub refuses a workflow that calls itself.
            known.insert(source, Vec::new());
            let mut all: Vec<BeforeAndAfter> = Vec::new();
            for caller in self.callers(source) {
                let passed = self.passed_by_callers(after, caller.source, default, known);
                for run in self.effective_in_runs(after, caller, default, passed) {
                    if !all.contains(&run) {
                        all.push(run);
                    }
                }
            }
            known.insert(source, all);
        }
        &known[&source]
    }

    /// The permissions of a job in each of its runs.
    pub(super) fn effective_of_runs(
        &self,
        owner: StepOwner,
        default: DefaultToken,
    ) -> Vec<Effective> {
        let passed = self.known_calls.passed_rights.once(default, || {
            let mut known = PassedByCallers::new();
            for owner in self.owners() {
                self.passed_by_callers(self, owner.source, default, &mut known);
            }
            known
        });
        let runs = self.effective_in_runs(self, owner, default, &passed[&owner.source]);
        runs.into_iter().map(|(own, _)| own).collect()
    }

    /// The permissions that the configuration says a job needs.
    pub fn answer<'c>(&self, ci: &'c Ci, owner: StepOwner) -> Option<&'c Scopes> {
        ci.permissions_of(&self.source(owner).path, &self.job(owner)?.id)
    }

    /// The first job that would lose a permission it uses, or whose call GitHub would refuse, once
    /// the workflows are as `after`.
    pub fn lost(&self, after: &Self, ci: &Ci) -> Option<(PathBuf, String)> {
        let default = ci.default_token;
        let mut known = PassedByCallers::new();
        self.owners()
            .filter(|owner| owner.job.is_some())
            .find_map(|owner| {
                let (before, now) = (
                    self.effective(owner, default),
                    after.effective(owner, default),
                );
                let has_block = self.block(owner).is_some();
                // A mapping is only added to, so it can lose nothing. `read-all` and `write-all`
                // become a mapping.
                let is_list = matches!(self.block(owner), Some(PermissionsBlock::Scopes(_)));
                let needs = self.needs(owner).rights().filter(|_| !is_list);
                let keeps = match needs {
                    Some(needs) => now.at_least(&before.meet(&needs)),
                    None => now.at_least(&before) || self.answer(ci, owner).is_some() && !has_block,
                };
                let callee = self.callee(owner);
                let mut jobs = callee.into_iter().flat_map(|it| self.owners_in(it));
                let mut callers = Vec::new();
                if callee.is_some() {
                    let passed = self.passed_by_callers(after, owner.source, default, &mut known);
                    callers = self.effective_in_runs(after, owner, default, passed);
                }
                let runs = jobs.all(|called| {
                    callers.iter().all(|(before, now)| {
                        let was = Call {
                            caller: before,
                            asked: self.block(called),
                        };
                        let is = Call {
                            caller: now,
                            asked: after.block(called),
                        };
                        is.runs_where(&was)
                    })
                });
                let name = self.name(owner);
                let what = match (keeps, runs) {
                    (true, true) => return None,
                    (false, _) => format!("{name} would lose a right"),
                    _ => format!("{name} would call for more than it may"),
                };
                Some((self.source(owner).path.clone(), what))
            })
    }
}

/// The permissions of a job before and after.
type BeforeAndAfter = (Effective, Effective);

/// The permissions that the callers of workflows pass on, each pair once, by the number of the workflow.
pub(in crate::github) type PassedByCallers = BTreeMap<usize, Vec<BeforeAndAfter>>;

/// A step with inputs and secrets substituted.
struct Filled<'w> {
    uses: Option<&'w str>,
    with: Texts<'w>,
    /// All `env:` that it runs in, the innermost last.
    env: Texts<'w>,
    run: Option<String>,
    execution: Option<Execution>,
}

/// The steps of a job, and how far they are collected.
struct StepsFilled<'w> {
    reading: Arc<JobReading>,
    /// The step that is collected.
    path: StepPath,
    all: Vec<Filled<'w>>,
}

impl StepsFilled<'_> {
    /// What the script of the step executes, with inputs and secrets substituted.
    fn execution(&self, step: &Step, inputs: &Values) -> Option<Execution> {
        let known = self.reading.executions.get(&self.path).cloned();
        let unread = || step.run.as_ref().map(|script| Execution::of(&script.value));
        let mut execution = known.or_else(unread)?;
        for command in &mut execution.commands {
            for word in &mut command.words {
                *word = substituted(word, inputs);
            }
        }
        Some(execution)
    }
}

/// Names with their values.
#[derive(Clone, Default)]
struct Texts<'w>(Vec<(&'w str, String)>);

impl<'w> Texts<'w> {
    fn with(mut self, entries: impl IntoIterator<Item = &'w NamedText>, inputs: &Values) -> Self {
        let entries = entries.into_iter();
        let texts = entries.map(|it| (it.name.as_str(), substituted(&it.value.value, inputs)));
        self.0.extend(texts);
        self
    }

    fn pairs(&self) -> Vec<(&str, &str)> {
        let texts = self.0.iter();
        texts.map(|(name, value)| (*name, value.as_str())).collect()
    }
}
