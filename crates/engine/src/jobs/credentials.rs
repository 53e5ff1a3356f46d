//! Where the credentials of each step of a job come from.

mod brought;

use ci::aws_names::KEY_VARIABLES;
use ci::github::expression::references;
use ci::github::keys::key_use::{Destination, KeyUse};
use ci::github::keys::origin::Origin;
use ci::github::keys::pair::KeyForm;
use ci::github::keys::written_profiles::DEFAULT;
use ci::github::sign_ins::{SignInMethod, StepSignIn};
use ci::github::workflow::model::Text;
use ci::github::workflow::{StepOwner, Workflows};

/// What steps of a job act by.
#[derive(Debug, Clone)]
pub(super) enum Credentials {
    /// Static keys.
    Keys {
        /// The access key id.
        id: Text,
        /// What names the pair: the secret of the id, or of the secret key where the id stands in
        /// plain text.
        secret: Text,
        /// Whether it stands in the `env:` of the workflow, which is read before the job has its
        /// environment.
        is_of_workflow: bool,
    },
    /// A role that the job's file names, at this offset.
    Role(Text),
    /// A profile, as its file or script names it.
    Profile(String),
    /// What cannot be read, named as in a message: "by action `hashicorp/vault-action`".
    Unknown(String),
}

/// The credentials of a job, and which of them its steps may act by.
#[derive(Debug, Default)]
pub(super) struct JobCredentials {
    /// Each once.
    pub all: Vec<Credentials>,
    /// The index of the environment's, which steps have that no sign-in precedes.
    environment: Option<usize>,
    /// By the index of a step whose variables name a profile, or a role for a token: where no keys are in its
    /// environment.
    profiles: Vec<(usize, usize)>,
    /// By the index of a step whose script names one.
    script_profiles: Vec<(usize, usize)>,
    /// By the index of a step that has keys in its own `env`.
    own: Vec<(usize, usize)>,
    /// The sign-ins, each with the index of its credentials.
    sign_ins: Vec<(StepSignIn, usize)>,
    /// Those that write a profile in place of the environment, by its name.
    written: Vec<(String, StepSignIn, usize)>,
}

impl JobCredentials {
    /// The credentials of a job with these static keys, which `stays` on them or not.
    pub fn of(workflows: &Workflows, owner: StepOwner, uses: &[KeyUse], stays: bool) -> Self {
        let mut found = Self::default();
        let to_profiles = workflows.profile_sign_ins(owner);
        let mut inherited = Vec::new();
        let hides = workflows.hides_keys_of_workflow(owner);
        // Keys that only Terraform's variables or arguments hold are nobody's environment beside others.
        let mut passed = Vec::new();
        let mut by_step: Vec<(usize, usize)> = Vec::new();
        for used in uses {
            let (form, step) = match &used.to {
                Destination::Steps(pair) => (Some(pair.form), None),
                Destination::Action(step, _) => (None, Some(*step)),
                Destination::CalledWorkflow(_) | Destination::Unconvertible(_) => continue,
            };
            let index = found.add(Credentials::Keys {
                id: used.id.clone(),
                secret: named(used),
                is_of_workflow: used.is_of_workflow(),
            });
            match (form, step) {
                (Some(_), _) if is_passed_on(used) => passed.push(index),
                (Some(KeyForm::JobEnv), _) => inherited.insert(0, index),
                (Some(KeyForm::WorkflowEnv), _) if hides => {}
                (Some(KeyForm::WorkflowEnv), _) => inherited.push(index),
                (Some(KeyForm::StepEnv(step)), _) => found.own.push((step, index)),
                (Some(KeyForm::With(step) | KeyForm::Script(step)), _) | (None, Some(step)) => {
                    let own = to_profiles.iter().filter(|(profile, it)| {
                        let is_alike = profile_of(used).is_none_or(|own| own == profile);
                        it.step == step && it.how == SignInMethod::Keys && is_alike
                    });
                    let before = found.written.len();
                    let own = own.map(|(profile, it)| (profile.clone(), it.clone(), index));
                    found.written.extend(own);
                    if found.written.len() == before {
                        by_step.push((step, index));
                    }
                }
                (None, None) => {}
            }
        }
        let is_hosted = workflows.job(owner).is_some_and(|job| job.is_hosted);
        // A sign-in takes the place of `passed` for all steps; until then it is in no step's environment.
        passed.retain(|_| !stays);
        found.environment = inherited.first().or(passed.first()).copied();
        found.temporary(workflows, owner);
        if found.environment.is_none() && !is_hosted {
            // A self-hosted runner may have a role of its own.
            let machine = Credentials::Unknown("as its machine".to_owned());
            found.environment = Some(found.add(machine));
        }
        let profiles = workflows.profiles_of_environments(owner).into_iter();
        for (step, profile) in profiles.enumerate() {
            if let Some(name) = profile {
                let index = found.add(Credentials::Profile(name));
                found.profiles.push((step, index));
            }
            for name in workflows.profiles_of_script(owner, step) {
                let index = found.add(Credentials::Profile(name));
                found.script_profiles.push((step, index));
            }
        }
        for sign_in in workflows.sign_ins(owner).iter().cloned() {
            let keys = by_step.iter().find(|(step, _)| *step == sign_in.step);
            let index = match (&sign_in.how, keys) {
                (SignInMethod::Role { role, .. }, _) => {
                    let offset = workflows.steps(owner)[sign_in.step].offset;
                    let value = role.clone();
                    found.add(Credentials::Role(Text { value, offset }))
                }
                (SignInMethod::Keys, Some((_, index))) => *index,
                (SignInMethod::Keys, None) => continue,
                (SignInMethod::Temporary, _) => {
                    let by = "by temporary keys".to_owned();
                    found.add(Credentials::Unknown(by))
                }
                (SignInMethod::Unknown(what), _) => {
                    found.add(Credentials::Unknown(format!("by {what}")))
                }
            };
            found.sign_ins.push((sign_in, index));
        }
        // Scripts and actions that export keys sign in, too.
        for (step, index) in by_step {
            if !found.sign_ins.iter().any(|(it, _)| it.step == step) {
                let condition = workflows.steps(owner)[step].condition.as_ref();
                let sign_in = StepSignIn {
                    step,
                    how: SignInMethod::Keys,
                    condition: condition.map(|it| it.value.clone()),
                    may_fail_on: workflows.steps(owner)[step].may_fail_on,
                };
                found.sign_ins.push((sign_in, index));
            }
        }
        found.brought(workflows, owner);
        found.sign_ins.sort_by_key(|(it, _)| it.step);
        found.roles_of_profiles(workflows, owner, to_profiles);
        found.unread(workflows, owner);
        found
    }

    /// Adds the roles whose credentials are written to profiles.
    fn roles_of_profiles(
        &mut self,
        workflows: &Workflows,
        owner: StepOwner,
        to_profiles: Vec<(String, StepSignIn)>,
    ) {
        for (profile, sign_in) in to_profiles {
            if let SignInMethod::Role { role, .. } = &sign_in.how {
                let offset = workflows.steps(owner)[sign_in.step].offset;
                let value = role.clone();
                let index = self.add(Credentials::Role(Text { value, offset }));
                self.written.push((profile, sign_in, index));
            }
        }
        self.written.sort_by_key(|(_, it, _)| it.step);
    }

    /// The profile that holds those credentials in place of the environment.
    pub fn profile_with(&self, index: usize) -> Option<&str> {
        let mut written = self.written.iter().filter(|(.., it)| *it == index);
        written.next().map(|(profile, ..)| profile.as_str())
    }

    /// The credentials that the step at that index finds in a profile; `None` where the job writes no
    /// such profile before it, or may not have.
    fn in_profile(
        &self,
        workflows: &Workflows,
        owner: StepOwner,
        profile: &str,
        step: usize,
    ) -> (Vec<usize>, bool) {
        let of_profile = self.written.iter().filter(|(name, ..)| name == profile);
        let (sign_ins, indices): (Vec<&StepSignIn>, Vec<usize>) =
            of_profile.map(|(_, it, index)| (it, *index)).unzip();
        // A script that writes a profile may go on with it.
        if let Some(at) = sign_ins.iter().rposition(|it| it.step == step) {
            return (vec![indices[at]], false);
        }
        let reaching = workflows.reaching(owner, sign_ins.into_iter(), step);
        let found = reaching.sign_ins.iter().map(|at| indices[*at]).collect();
        (found, reaching.may_be_none)
    }

    /// Adds keys in the environment that no secret of the job's file holds.
    fn temporary(&mut self, workflows: &Workflows, owner: StepOwner) {
        let pairs = workflows.key_pairs(owner);
        for pair in pairs.iter().filter(|pair| pair.origin == Origin::Temporary) {
            let by = Credentials::Unknown("by temporary keys".to_owned());
            match pair.form {
                KeyForm::StepEnv(step) => {
                    let index = self.add(by);
                    self.own.push((step, index));
                }
                KeyForm::JobEnv | KeyForm::WorkflowEnv if self.environment.is_none() => {
                    self.environment = Some(self.add(by));
                }
                KeyForm::JobEnv | KeyForm::WorkflowEnv | KeyForm::With(_) | KeyForm::Script(_) => {}
            }
        }
        let job = workflows.job(owner).filter(|job| job.has_container);
        let mut variables = job.iter().flat_map(|job| &job.container_env);
        if self.environment.is_none() && variables.any(|it| it.name == KEY_VARIABLES[0]) {
            let by = "by keys of its container".to_owned();
            self.environment = Some(self.add(Credentials::Unknown(by)));
        }
    }

    /// Whether the environment of the step at that index may have credentials, by which tools act
    /// whatever profile it names.
    pub fn has_keys(&self, workflows: &Workflows, owner: StepOwner, step: usize) -> bool {
        let of_job = self.environment.map(|index| &self.all[index]);
        let has_own = self.own.iter().any(|(at, _)| *at == step);
        let reaching = workflows
            .reaching(owner, self.sign_ins.iter().map(|(it, _)| it), step)
            .sign_ins;
        has_own || !reaching.is_empty() || matches!(of_job, Some(Credentials::Keys { .. }))
    }

    /// The indices of the credentials that the step at that index may act by.
    pub fn of_step(&self, workflows: &Workflows, owner: StepOwner, step: usize) -> Vec<usize> {
        let mut own = self.own.iter().filter(|(at, _)| *at == step);
        if let Some((_, index)) = own.next() {
            return vec![*index];
        }
        // An action that takes keys has signed in before its own commands run.
        let itself = self.sign_ins.iter().find(|(it, _)| it.step == step);
        if let Some((_, index)) = itself {
            return vec![*index];
        }
        let reaching = workflows.reaching(owner, self.sign_ins.iter().map(|(it, _)| it), step);
        let indices = reaching.sign_ins.iter();
        let mut found: Vec<usize> = indices.map(|it| self.sign_ins[*it].1).collect();
        if reaching.may_be_none {
            let is_keys = |index: &usize| matches!(self.all[*index], Credentials::Keys { .. });
            let mut profiles = self.profiles.iter().filter(|(at, _)| *at == step);
            let profile = profiles.next().map(|(_, index)| *index);
            // Keys in the environment beat a profile, and it beats what the machine has.
            match (self.environment.filter(is_keys), profile) {
                (Some(keys), _) => found.push(keys),
                (None, Some(profile)) => {
                    found.extend(self.of_profile(workflows, owner, profile, step));
                }
                (None, None) => {
                    let (written, may_be_none) = self.in_profile(workflows, owner, DEFAULT, step);
                    found.extend(written);
                    found.extend(self.environment.filter(|_| may_be_none));
                }
            }
        }
        let of_script = self.script_profiles.iter().filter(|(at, _)| *at == step);
        for (_, index) in of_script {
            found.extend(self.of_profile(workflows, owner, *index, step));
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The credentials that a profile with that index holds for a step: the profile itself, where the job
    /// may not have written it.
    fn of_profile(
        &self,
        workflows: &Workflows,
        owner: StepOwner,
        index: usize,
        step: usize,
    ) -> Vec<usize> {
        let Credentials::Profile(name) = &self.all[index] else {
            return vec![index];
        };
        let (mut found, may_be_none) = self.in_profile(workflows, owner, name, step);
        found.extend(may_be_none.then_some(index));
        found
    }

    /// The indices of the credentials that are the same as those of that index. One pair of keys that stands in
    /// the `env:` of the workflow, and nearer to a step, is two where the job has an environment, or where a
    /// profile holds it.
    pub fn alike(&self, index: usize, has_environment: bool) -> Vec<usize> {
        let is_apart = |at: usize| has_environment || self.profile_with(at).is_some();
        let pair = |at: usize| match &self.all[at] {
            Credentials::Keys { id, .. } if !is_apart(at) => Some(&id.value),
            _ => None,
        };
        let own = pair(index);
        let is_alike = |at: &usize| *at == index || own.is_some() && pair(*at) == own;
        (0..self.all.len()).filter(is_alike).collect()
    }

    /// The last step of a range that signs in with keys.
    pub fn sign_in_between(&self, start: usize, end: usize) -> Option<usize> {
        let sign_ins = self.sign_ins.iter().rev();
        let mut keyed = sign_ins.filter(|(it, _)| it.how == SignInMethod::Keys);
        let found = keyed.find(|(it, _)| (start..end).contains(&it.step));
        found.map(|(it, _)| it.step)
    }

    fn add(&mut self, credentials: Credentials) -> usize {
        let is_same = |known: &Credentials| match (known, &credentials) {
            (
                Credentials::Keys {
                    id: one,
                    is_of_workflow: of,
                    ..
                },
                Credentials::Keys {
                    id: other,
                    is_of_workflow,
                    ..
                },
            ) => one.value == other.value && of == is_of_workflow,
            (Credentials::Role(one), Credentials::Role(other)) => one.value == other.value,
            (Credentials::Unknown(one), Credentials::Unknown(other))
            | (Credentials::Profile(one), Credentials::Profile(other)) => one == other,
            _ => false,
        };
        if let Some(known) = self.all.iter().position(is_same) {
            return known;
        }
        self.all.push(credentials);
        self.all.len() - 1
    }
}

/// The profile that a script writes a pair of keys to.
fn profile_of(used: &KeyUse) -> Option<&str> {
    match &used.to {
        Destination::Steps(pair) => pair.profile(),
        _ => None,
    }
}

/// What names a pair of keys.
fn named(used: &KeyUse) -> Text {
    if let Destination::Steps(pair) = &used.to
        && pair.origin == Origin::Plain
    {
        let reads_secret = |text: &&Text| {
            let found = references(&text.value);
            found.iter().any(|it| it.context == "secrets")
        };
        if let Some(secret) = pair.others.iter().find(reads_secret) {
            return secret.clone();
        }
    }
    used.id.clone()
}

/// Whether Terraform alone gets a pair, by its variables or arguments.
fn is_passed_on(used: &KeyUse) -> bool {
    matches!(&used.to, Destination::Steps(pair) if pair.passed_as.is_some())
}
