//! What a job does on GitHub, step after step, and with which credentials.

use std::collections::BTreeMap;

use super::account::Account;
use super::expression::Value;
use super::step::{Does, SignIn, Step};
use super::workflow::Job;

/// Credentials in the environment of a step.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    None,
    Keys(Account),
    /// With a session token.
    Session(Account),
    /// Static keys of `env:` with the session token of a sign-in: AWS refuses them.
    Mixed,
}

impl Found {
    pub fn account(&self) -> Option<&Account> {
        match self {
            Self::Keys(account) | Self::Session(account) => Some(account),
            Self::None | Self::Mixed => None,
        }
    }
}

/// How a run of a job may go.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Course {
    /// Whether each condition holds, by its text.
    pub conditions: BTreeMap<String, bool>,
    /// The step that fails.
    pub failing: Option<String>,
    /// The role that AWS refuses, as it is written.
    pub refused: Option<Value>,
    /// The variable that is not set where the job looks first.
    pub unset: Option<String>,
}

impl Course {
    /// Whether nothing goes wrong.
    pub fn is_meant(&self) -> bool {
        self.failing.is_none() && self.refused.is_none() && self.unset.is_none()
    }
}

/// The profiles of the home directory, with the account of each where a job tells.
pub type Profiles = BTreeMap<String, Option<Account>>;

/// A step that ran, and what it had.
#[derive(Clone, Debug)]
pub struct Acted<'j> {
    pub step: &'j Step,
    pub found: Found,
    pub profiles: Profiles,
}

/// A condition without what it says of the steps before: those run in any case or after failures.
pub fn condition(text: &str) -> String {
    let text = text.trim().trim_start_matches("${{").trim_end_matches("}}");
    let parts = text.split("&&").map(|part| {
        let part = part.trim();
        part.strip_prefix('(')
            .and_then(|it| it.strip_suffix(')'))
            .unwrap_or(part)
    });
    let status = [
        "always()",
        "failure()",
        "success()",
        "cancelled()",
        "!cancelled()",
        "",
    ];
    let parts: Vec<&str> = parts.filter(|part| !status.contains(part)).collect();
    parts.join(" && ")
}

/// Runs a job. `variable` tells the account of the role in a variable, as an environment has it; `None`
/// where it is empty.
pub fn run<'j>(
    job: &'j Job,
    course: &Course,
    variable: &dyn Fn(&str, &str) -> Option<Account>,
) -> Vec<Acted<'j>> {
    let mut exported = Found::None;
    let mut profiles = Profiles::new();
    let mut acted = Vec::new();
    let mut has_failed = false;
    for step in &job.steps {
        let text = condition(&step.condition);
        let holds = text.is_empty() || course.conditions.get(&text).copied().unwrap_or(true);
        let status = &step.condition;
        let in_any_case = status.contains("always()") || status.contains("cancelled()");
        let after_failure = in_any_case || status.contains("failure()");
        let goes_on = match has_failed {
            true => after_failure,
            false => !status.contains("failure()") || in_any_case,
        };
        if !holds || !goes_on {
            continue;
        }
        let found = found(job, step, &exported, &profiles);
        let mut fails = course.failing.as_ref() == Some(&step.key);
        match &step.does {
            Does::SignIn(sign_in) => {
                let is_refused = sign_in.role.is_some() && sign_in.role == course.refused;
                let unset = match of_files(step, &profiles) {
                    Found::None if !job.is_hosted => machine(job),
                    found => found,
                };
                fails |= !signs_in(
                    sign_in,
                    is_refused,
                    job,
                    (found, unset),
                    &mut exported,
                    &mut profiles,
                    variable,
                );
            }
            Does::Profile(name) => {
                profiles.insert(name.clone(), None);
            }
            Does::Write(name, account) => {
                profiles.insert(name.clone(), Some(account.clone()));
            }
            Does::Fetch => {
                exported = Found::Session(Account::Runner(format!("{} of {}", step.key, job.name)));
            }
            Does::Terraform(_) | Does::Ambient => acted.push(Acted {
                step,
                found,
                profiles: profiles.clone(),
            }),
            Does::Mounted => acted.push(Acted {
                step,
                found: of_files(step, &profiles),
                profiles: profiles.clone(),
            }),
            Does::Nothing => {}
        }
        has_failed |= fails && !step.is_lenient;
    }
    acted
}

/// What the files of the home directory give a step.
fn of_files(step: &Step, profiles: &Profiles) -> Found {
    let name = step.profile.as_deref().unwrap_or("default");
    match profiles.get(name) {
        Some(Some(account)) => Found::Session(account.clone()),
        _ => Found::None,
    }
}

/// What a step finds: its own `env:` first, then what was exported, then the job's `env:`, then a profile.
fn found(job: &Job, step: &Step, exported: &Found, profiles: &Profiles) -> Found {
    match (&step.keys, exported, &job.keys) {
        (Some(_), Found::Session(_), _) => Found::Mixed,
        (Some(keys), _, _) | (None, Found::None, Some(keys)) => Found::Keys(keys.clone()),
        (None, Found::None, None) => match of_files(step, profiles) {
            Found::None if !job.is_hosted => machine(job),
            found => found,
        },
        (None, exported, _) => exported.clone(),
    }
}

/// The action, as measured with its releases 4 and 6; whether it exits 0. It finds the first, and the second
/// once it has unset what is in the environment.
fn signs_in(
    sign_in: &SignIn,
    is_refused: bool,
    job: &Job,
    (found, unset): (Found, Found),
    exported: &mut Found,
    profiles: &mut Profiles,
    variable: &dyn Fn(&str, &str) -> Option<Account>,
) -> bool {
    let role = match &sign_in.role {
        None => None,
        Some(Value::Variable(name, environment)) => variable(name, environment),
        Some(Value::Known(json)) => json.as_str().and_then(|arn| {
            let is_empty = arn.is_empty();
            (!is_empty).then(|| Account::of_arn(arn).unwrap_or(Account::Profile(arn.to_owned())))
        }),
        Some(Value::Secret(name, environment)) => variable(&format!("secret {name}"), environment),
        Some(Value::Unknown(text)) => {
            Some(Account::Variable(text.clone(), job.environment.clone()))
        }
    };
    if let Some(profile) = &sign_in.profile {
        // An empty role goes on with what is there, and writes no file.
        let Some(account) = role else {
            return found.account().is_some() || !job.is_hosted;
        };
        let is_free = sign_in.overwrites || !profiles.contains_key(profile);
        let works = job.has_token && !is_refused && is_free;
        if works {
            profiles.insert(profile.clone(), Some(account));
        }
        return works;
    }
    // First of all it empties what is there, where it is asked to.
    if sign_in.unsets {
        *exported = Found::None;
    }
    let goes_on_as = match (role, &sign_in.keys) {
        (Some(account), keys) => {
            let has_source = keys.is_some() || job.has_token || found.account().is_some();
            (has_source && !is_refused).then_some(Found::Session(account))
        }
        (None, Some(keys)) => Some(Found::Keys(keys.clone())),
        // An empty role: it goes on with what is there, on a machine of one's own with the machine's.
        (None, None) => {
            let left = if sign_in.unsets { unset } else { found };
            left.account().is_some().then_some(left)
        }
    };
    let Some(found) = goes_on_as else {
        return false;
    };
    // It checks the account of what it has exported already.
    let is_allowed = sign_in.allowed.is_empty()
        || match found.account() {
            Some(Account::Id(id)) => sign_in.allowed.contains(id),
            other => matches!(other, Some(Account::Variable(..))),
        };
    *exported = found;
    is_allowed
}

/// The credentials of a machine that is not GitHub's.
fn machine(job: &Job) -> Found {
    Found::Session(Account::Runner(format!("the machine of {}", job.name)))
}
