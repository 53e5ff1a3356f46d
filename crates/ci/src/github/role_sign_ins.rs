//! The roles that a job assumes, each with the environment that it runs in, what holds the role's ARN, and
//! what its tokens say.

use std::collections::BTreeSet;

use crate::github::role_expression::{Assumptions, Open, RoleReader};
pub use crate::github::role_text::{RolePart, RoleText, StoredRead};
use crate::github::sign_ins::{SignInMethod, StepSignIn};
use crate::github::token::job_condition::is_exact;
use crate::github::token::subject::subjects;
use crate::github::uses::remote_action;
use crate::github::values::{Values, fill};
use crate::github::workflow::job_values::JobContext;
use crate::github::workflow::model::{Step, entry};
use crate::github::workflow::{MAX_DEPTH, StepOwner, Workflows};

/// A role that a job assumes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RoleSignIn {
    /// Byte offset of the step, or of the job's step that uses a local action.
    pub offset: usize,
    /// The role's ARN.
    pub role: RoleText,
    /// What assumes it.
    pub caller: RoleCaller,
    /// The environment of the job, with an expression where the run decides it.
    pub environment: Option<String>,
    /// What else the step reads of GitHub's settings, without which it has an empty text.
    pub reads: BTreeSet<StoredRead>,
    /// Whether it is one of several, and which runs take it is not all told by their subjects.
    pub is_chosen: bool,
}

/// What assumes a role.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum RoleCaller {
    /// The job's token.
    Token {
        /// The subjects, behind `repo:OWNER/NAME:`; `*` stands for any text.
        subjects: Vec<String>,
        /// For whom it is made out; `None` where an expression or a script says it.
        audience: Option<String>,
    },
    /// The session of a role that the job has assumed before.
    Role(RoleText),
}

impl Workflows {
    /// The roles that a job assumes with its token, and those that it goes on to, each once for every
    /// environment and way to be called.
    pub fn role_sign_ins(&self, owner: StepOwner) -> Vec<RoleSignIn> {
        let mut all: Vec<RoleSignIn> = Vec::new();
        for context in self.contexts(owner).iter() {
            for passed in self.passed_from(owner, context.started, MAX_DEPTH) {
                if agrees(&passed, &context.values) {
                    let filler = Filler {
                        workflows: self,
                        owner,
                        context,
                        passed: &passed,
                    };
                    filler.add(&mut all);
                }
            }
        }
        all.sort();
        all
    }

    /// What the callers of a workflow pass to it, where that job starts the calls.
    fn passed_from(&self, owner: StepOwner, started: StepOwner, depth: usize) -> Vec<Values> {
        let Some(depth) = depth.checked_sub(1).filter(|_| owner != started) else {
            return vec![Values::new()];
        };
        let callers = self.callers(owner.source);
        let mut all: Vec<Values> = Vec::new();
        for caller in callers {
            let starts = self.contexts(caller);
            if !starts.iter().any(|context| context.started == started) {
                continue;
            }
            for outer in self.passed_from(caller, started, depth) {
                let passed = self.passed_by(caller, owner, &outer);
                if all.len() < MAX_CALLS && !all.contains(&passed) {
                    all.push(passed);
                }
            }
        }
        all
    }
}

/// Ways to call a workflow that are distinguished. 202 calls of one workflow were the most that was seen.
const MAX_CALLS: usize = 512;

/// Whether what is passed as plain text is what a context has.
fn agrees(passed: &Values, values: &Values) -> bool {
    let plain = passed.iter().filter(|(_, value)| !value.contains("${{"));
    plain.into_iter().all(|(name, value)| {
        let mut known = values.iter();
        let known = known.find(|(known, _)| known.eq_ignore_ascii_case(name));
        known.is_none_or(|(_, known)| known == value)
    })
}

fn is_configure(step: &Step) -> bool {
    let action = step
        .uses
        .as_ref()
        .and_then(|uses| remote_action(&uses.value));
    action.is_some_and(|action| action.is_configure())
}

/// A job in one context.
struct Filler<'w> {
    workflows: &'w Workflows,
    owner: StepOwner,
    context: &'w JobContext,
    passed: &'w Values,
}

impl Filler<'_> {
    fn add(&self, all: &mut Vec<RoleSignIn>) {
        let (workflows, owner) = (self.workflows, self.owner);
        let sign_ins = workflows.sign_ins(owner);
        let steps = workflows.steps(owner);
        let of_profiles = workflows.profile_sign_ins(owner);
        let of_profiles = of_profiles.iter().map(|(_, sign_in)| sign_in);
        for sign_in in sign_ins.iter().chain(of_profiles) {
            let (
                SignInMethod::Role {
                    role,
                    is_web_identity,
                },
                Some(step),
            ) = (&sign_in.how, steps.get(sign_in.step))
            else {
                continue;
            };
            let reads = self.reads_of(step);
            for (role, assumed) in self.texts(step, role) {
                if !*is_web_identity {
                    for caller in self.before(sign_in.step, &sign_ins, &assumed) {
                        let caller = RoleCaller::Role(caller);
                        let role = (role.clone(), caller, reads.clone());
                        self.put(all, step, role, &assumed);
                    }
                } else if let Some(token) = self.token(step, &assumed) {
                    self.put(all, step, (role, token, reads.clone()), &assumed);
                }
            }
        }
        for (index, step) in steps.iter().enumerate() {
            for (role, assumed) in self.roles_of_profiles(step) {
                for caller in self.before(index, &sign_ins, &assumed) {
                    let role = (role.clone(), RoleCaller::Role(caller), BTreeSet::new());
                    self.put(all, step, role, &assumed);
                }
            }
        }
    }

    /// Adds a role; the subjects of one that is there already are added to that.
    fn put(
        &self,
        all: &mut Vec<RoleSignIn>,
        step: &Step,
        (role, caller, reads): (RoleText, RoleCaller, BTreeSet<StoredRead>),
        assumed: &Assumptions,
    ) {
        let new = RoleSignIn {
            offset: step.offset,
            role,
            caller,
            environment: self.environment(assumed),
            reads,
            is_chosen: assumed.iter().any(|(condition, holds)| {
                // Subjects of an environment tell neither event nor ref.
                self.has_environment() || !is_exact(condition, *holds)
            }),
        };
        for known in all.iter_mut() {
            if (known.offset, &known.role, &known.environment)
                != (new.offset, &new.role, &new.environment)
            {
                continue;
            }
            match (&mut known.caller, &new.caller) {
                (
                    RoleCaller::Token { subjects, audience },
                    RoleCaller::Token {
                        subjects: more,
                        audience: own,
                    },
                ) if audience == own => {
                    subjects.extend(more.iter().cloned());
                    subjects.sort();
                    subjects.dedup();
                    known.is_chosen |= new.is_chosen;
                    known.reads.extend(new.reads);
                    return;
                }
                (one, other) if one == other => {
                    known.reads.extend(new.reads);
                    return;
                }
                _ => {}
            }
        }
        all.push(new);
    }

    fn has_environment(&self) -> bool {
        let job = self.workflows.job(self.owner);
        job.is_some_and(|job| job.environment.is_some())
    }

    /// The environment, where these assumptions are true.
    fn environment(&self, assumed: &Assumptions) -> Option<String> {
        let job = self.workflows.job(self.owner)?;
        let environment = job.environment.as_ref()?;
        let values = plain(&self.context.values);
        let reader = RoleReader {
            values: &values,
            start_values: &Values::new(),
            passed: &Values::new(),
            env: &|_| None,
            is_of_caller: false,
            assumed,
        };
        let known = reader.parts(environment).ok();
        let known = known.and_then(|parts| RoleText::joined(parts).known());
        Some(known.unwrap_or_else(|| fill(environment, &self.context.values)))
    }

    /// The job's token, as a step asks for it; `None` where no run is one of which the assumptions are true.
    fn token(&self, step: &Step, assumed: &Assumptions) -> Option<RoleCaller> {
        let (owner, started) = (self.owner, self.context.started);
        let subjects = match self.environment(assumed) {
            Some(name) => subjects(&[], Some(&name)),
            None if assumed.is_empty() => self.workflows.subjects_from(owner, started),
            None => self.workflows.subjects_assuming(owner, started, assumed),
        };
        let is_no_run = subjects.is_empty() && !assumed.is_empty();
        (!is_no_run).then(|| RoleCaller::Token {
            subjects,
            audience: self.audience(step),
        })
    }

    /// For whom the action asks the token to be made out (`audience` in its README); `None` where a script
    /// asks itself.
    fn audience(&self, step: &Step) -> Option<String> {
        const USUAL: &str = "sts.amazonaws.com";
        if let Some(source) = self.workflows.action(step) {
            let own = self.workflows.steps(StepOwner { source, job: None });
            let mut configuring = own.iter().filter(|step| is_configure(step));
            let is_usual = configuring.all(|step| entry(&step.with, "audience").is_none());
            return is_usual.then(|| USUAL.to_owned());
        }
        match entry(&step.with, "audience") {
            _ if !is_configure(step) => None,
            None => Some(USUAL.to_owned()),
            Some(text) => match self.texts(step, &text.value.value).as_slice() {
                [(only, _)] => only.known(),
                _ => None,
            },
        }
    }

    /// The roles of the sign-ins that may be the last before a step.
    fn before(
        &self,
        step: usize,
        sign_ins: &[StepSignIn],
        assumed: &Assumptions,
    ) -> BTreeSet<RoleText> {
        let reaching = self.workflows.reaching(self.owner, sign_ins.iter(), step);
        let steps = self.workflows.steps(self.owner);
        let roles = reaching.sign_ins.iter().flat_map(|index| {
            let sign_in = &sign_ins[*index];
            match &sign_in.how {
                SignInMethod::Role { role, .. } => {
                    self.texts_assuming(&steps[sign_in.step], role, assumed)
                }
                _ => Vec::new(),
            }
        });
        roles.map(|(role, _)| role).collect()
    }

    /// The roles that a script writes to profiles, from variables of its step.
    fn roles_of_profiles(&self, step: &Step) -> Vec<(RoleText, Assumptions)> {
        let script = step.run.as_ref().map_or("", |run| run.value.as_str());
        let lines = script.lines().filter(|line| line.contains("role_arn"));
        let lines: Vec<&str> = lines.collect();
        let is_read = |name: &str| {
            let forms = [format!("${name}"), format!("${{{name}}}")];
            lines.iter().any(|line| {
                let mut words = line.split(['"', ' ', '\'', '=']);
                words.any(|word| forms.iter().any(|form| form == word))
            })
        };
        let read = step.env.iter().filter(|entry| is_read(&entry.name));
        read.flat_map(|entry| self.texts(step, &entry.value.value))
            .collect()
    }

    /// What the inputs of a step are read from, but for the role.
    fn reads_of(&self, step: &Step) -> BTreeSet<StoredRead> {
        let inputs = step.with.iter().filter(|it| it.name != "role-to-assume");
        let texts = inputs.flat_map(|input| self.texts(step, &input.value.value));
        let texts: Vec<(RoleText, Assumptions)> = texts.collect();
        let stored = texts.iter().flat_map(|(text, _)| text.stored()).cloned();
        // That one is never missing.
        stored.filter(|read| read.name != "GITHUB_TOKEN").collect()
    }

    /// What a text of a step may come to, each with what has to hold for it.
    fn texts(&self, step: &Step, text: &str) -> Vec<(RoleText, Assumptions)> {
        self.texts_assuming(step, text, &Assumptions::new())
    }

    /// The same, where these assumptions are true.
    fn texts_assuming(
        &self,
        step: &Step,
        text: &str,
        assumed: &Assumptions,
    ) -> Vec<(RoleText, Assumptions)> {
        let values = plain(&self.context.values);
        let start_values = plain(&self.context.start_values);
        let env = |name: &str| {
            let variable = self.workflows.variable(self.owner, step, name)?;
            Some(variable.value.clone())
        };
        let mut found = Vec::new();
        let mut waiting = vec![assumed.clone()];
        while let Some(assumed) = waiting.pop() {
            let reader = RoleReader {
                values: &values,
                start_values: &start_values,
                passed: self.passed,
                env: &env,
                is_of_caller: false,
                assumed: &assumed,
            };
            match reader.parts(text) {
                Ok(parts) => found.push((RoleText::joined(parts), assumed)),
                Err(Open(condition)) => {
                    for holds in [false, true] {
                        let own = (condition.clone(), holds);
                        waiting.push(assumed.iter().cloned().chain([own]).collect());
                    }
                }
            }
            if found.len() + waiting.len() > MAX_TEXTS {
                let text = text.trim().trim_start_matches("${{").trim_end_matches("}}");
                let unknown = RolePart::Unknown(text.trim().to_owned());
                return vec![(RoleText(vec![unknown]), Assumptions::new())];
            }
        }
        found
    }
}

/// Texts that one text may come to; of more, none is known. Four conditions, each true or false.
const MAX_TEXTS: usize = 16;

/// The values that are known.
fn plain(values: &Values) -> Values {
    // What a matrix reads is evaluated where environments are not known yet.
    let values = values.iter().filter(|(_, value)| !value.contains("${{"));
    let values = values.map(|(name, value)| (name.clone(), value.clone()));
    values.collect()
}

#[cfg(test)]
mod tests;
