//! The steps behind one whose own keys a sign-in replaces: keys in the `env:` of a step end with it, and
//! what the action exports lasts for the rest of the job, before `AWS_PROFILE` and a machine's role.

use std::fmt;

use ci::github::configure_aws_credentials::can_unset;
use ci::github::keys::job_role::RoleSignIn;
use ci::github::keys::key_use::{Destination, KeyUse};
use ci::github::keys::pair::{KeyForm, KeyPair};
use ci::github::keys::refusal::JobRefusal;
use ci::github::keys::written_profiles::DEFAULT;
use ci::github::sign_ins::{SignInMethod, StepSignIn};
use ci::github::uses::{ActionReference, remote_action};
use ci::github::workflow::model::entry;
use ci::github::workflow::{MAX_DEPTH, StepOwner};
use diagnostics::finding::AssumedRole;
use syntax::code::sentence;
use syntax::yaml::{YamlChange, scalar};

use super::active::condition;
use super::convert::{Conversion, Converted};

/// The input that drops the credentials of the environment before a sign-in.
const UNSET: &str = "unset-current-credentials";

/// The sign-ins of a job as they are afterwards, with those that take the place of a step's own keys.
pub(super) struct LaterSignIns {
    sign_ins: Vec<(StepSignIn, Whose)>,
}

/// Where a sign-in comes from.
#[derive(Clone)]
enum Whose {
    /// The job has it.
    Job,
    /// It takes the place of keys that one step had.
    Keys(LastingSignIn),
    /// It repeats one of the job.
    Repeated,
}

/// A sign-in that takes the place of the keys of one step.
#[derive(Clone)]
pub(super) struct LastingSignIn {
    role: String,
    region: Option<String>,
    /// Where the keys stand.
    offset: usize,
}

/// What may use the credentials of the environment in a step, as a message names it.
enum AwsUse {
    /// It does.
    Certain(String),
    /// It is not known to use none.
    Possible(String),
}

impl fmt::Display for AwsUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Certain(what) | Self::Possible(what)) = self;
        f.write_str(what)
    }
}

/// What a step acted by before.
enum Former {
    /// Nothing, or the role that it acts by now.
    Same,
    /// This sign-in of the job, by its index among its steps.
    SignIn(usize),
    /// Something else, as a message names it.
    Other(String),
}

impl LaterSignIns {
    /// The sign-ins that a job has, and those that the local actions make which it passes keys to.
    pub(super) fn of(owner: &Conversion<'_>, all: &[KeyUse]) -> Result<Self, JobRefusal> {
        let workflows = owner.flow.workflows;
        let own = workflows.sign_ins(owner.owner);
        let mut sign_ins: Vec<_> = own.iter().map(|it| (it.clone(), Whose::Job)).collect();
        for used in all {
            let Destination::Action(step, _) = &used.to else {
                continue;
            };
            // An action that exports its sign-in exports the role as it did.
            if own.iter().any(|it| it.step == *step) {
                continue;
            }
            let lasting = LastingSignIn {
                role: owner.flow.sign_in(owner.owner, used)?.role.text,
                region: None,
                offset: used.id.offset,
            };
            let condition = condition(&workflows.steps(owner.owner)[*step]);
            sign_ins.push(made(*step, condition, Whose::Keys(lasting)));
        }
        sign_ins.sort_by_key(|(it, _)| it.step);
        Ok(Self { sign_ins })
    }

    /// Adds one that takes the place of the keys of the step at that index.
    pub(super) fn replace(
        &mut self,
        index: usize,
        condition: Option<&str>,
        pair: &KeyPair,
        (role, region): (&AssumedRole, String),
    ) {
        let lasting = LastingSignIn {
            role: role.text.clone(),
            region: Some(region),
            offset: pair.id.offset,
        };
        self.add(made(index, condition, Whose::Keys(lasting)));
    }

    fn add(&mut self, made: (StepSignIn, Whose)) {
        let at = self
            .sign_ins
            .partition_point(|(it, _)| it.step <= made.0.step);
        self.sign_ins.insert(at, made);
    }

    /// The sign-in in place of a step's keys that may be the last before the step at that index.
    fn reaching(&self, owner: &Conversion<'_>, index: usize) -> Option<LastingSignIn> {
        let all: Vec<StepSignIn> = self.sign_ins.iter().map(|(it, _)| it.clone()).collect();
        let workflows = owner.flow.workflows;
        let reaching = workflows.reaching(owner.owner, all.iter(), index).sign_ins;
        reaching
            .into_iter()
            .find_map(|at| match &self.sign_ins[at] {
                // A step of an action has that of its own.
                (it, Whose::Keys(lasting)) if it.step < index => Some(lasting.clone()),
                _ => None,
            })
    }
}

fn made(step: usize, condition: Option<&str>, whose: Whose) -> (StepSignIn, Whose) {
    let sign_in = StepSignIn {
        step,
        how: SignInMethod::Keys,
        condition: condition.map(str::to_owned),
        may_fail_on: false,
    };
    (sign_in, whose)
}

impl Conversion<'_> {
    /// Keeps the step at that index from acting by a sign-in that takes the place of another step's keys:
    /// whether it is preceded by the sign-in that it acted by before.
    ///
    /// # Errors
    /// Where what it acted by cannot be had again.
    pub(super) fn keep_identity(
        &self,
        index: usize,
        pairs: &[(&KeyPair, RoleSignIn)],
        later: &mut LaterSignIns,
        done: &mut Converted,
    ) -> Result<bool, JobRefusal> {
        let Some(lasting) = later.reaching(self, index) else {
            return Ok(false);
        };
        let Some(used) = self.aws_use(index) else {
            return Ok(false);
        };
        let former = match self.former(self.owner, index, pairs, &lasting, MAX_DEPTH) {
            Former::Same => return Ok(false),
            Former::SignIn(step) => {
                let source = self.flow.workflows.source(self.owner);
                let steps = self.flow.workflows.steps(self.owner);
                if let Some(text) = self.repeated(step) {
                    let place = self.steps().item(index);
                    done.changes.push(YamlChange::Before(place, text));
                    let condition = condition(&steps[step]);
                    later.add(made(index - 1, condition, Whose::Repeated));
                    // As the one that it repeats, it replaces what is exported.
                    if later.reaching(self, index).is_none() {
                        return Ok(true);
                    }
                }
                let line = source.location(steps[step].offset).line;
                format!("the sign-in of line {line}")
            }
            Former::Other(what) => what,
        };
        let source = self.flow.workflows.source(self.owner);
        let line = source.location(self.flow.workflows.steps(self.owner)[index].offset);
        let why = format!(
            "{used} of line {} acts by {former} and would act by the role of these keys: a sign-in \
             lasts for all steps that follow",
            line.line
        );
        let why = match used {
            AwsUse::Certain(_) => why,
            AwsUse::Possible(_) => why.replacen(" acts by ", " may act by ", 1),
        };
        let help = "move the step with the keys to the end of the job or into a job of its own, and \
                    run again";
        Err(JobRefusal::new(lasting.offset, why).help(help))
    }

    /// What uses the credentials of the environment in the step at that index, which has no keys of its
    /// own, as a message names it.
    fn aws_use(&self, index: usize) -> Option<AwsUse> {
        let workflows = self.flow.workflows;
        let pairs = workflows.key_pairs(self.owner);
        let of_form = |form: KeyForm| {
            let mut pairs = pairs.iter();
            pairs.any(|it| it.form == form && it.passed_as.is_none())
        };
        if of_form(KeyForm::StepEnv(index)) || of_form(KeyForm::With(index)) {
            return None;
        }
        let chains = workflows.sign_ins(self.owner);
        let own = chains.iter().find(|it| it.step == index);
        let is_chain = |how: &SignInMethod| {
            matches!(
                how,
                SignInMethod::Role {
                    is_web_identity: false,
                    ..
                }
            )
        };
        if own.is_some_and(|own| is_chain(&own.how)) {
            return Some(AwsUse::Certain("the sign-in".to_owned()));
        }
        let ambient = workflows.ambient_uses(self.owner);
        let used = ambient.iter().find(|it| it.step == index);
        let runs = workflows.runs(self.owner);
        let is_run = runs.iter().any(|it| it.step == index);
        let certain = used.map(|it| it.what.clone());
        let certain = certain.or_else(|| is_run.then(|| "Terraform".to_owned()));
        // Who gives a job keys that are none of AWS means its programs to have these.
        let has_others = pairs.iter().any(|pair| {
            let is_of_job = matches!(pair.form, KeyForm::JobEnv | KeyForm::WorkflowEnv);
            is_of_job && !pair.is_static() && pair.passed_as.is_none()
        });
        let possible = || workflows.possible_aws_use(self.owner, index, has_others);
        let certain = certain.map(AwsUse::Certain);
        certain.or_else(|| own.is_none().then(possible)?.map(AwsUse::Possible))
    }

    /// What the step at that index of a job or action acted by.
    fn former(
        &self,
        owner: StepOwner,
        index: usize,
        pairs: &[(&KeyPair, RoleSignIn)],
        now: &LastingSignIn,
        depth: usize,
    ) -> Former {
        let workflows = self.flow.workflows;
        let all = workflows.sign_ins(owner);
        let reaching = workflows.reaching(owner, all.iter(), index);
        let source = workflows.source(owner);
        let mut others = reaching.sign_ins.iter().filter(|at| {
            let sign_in = &all[**at];
            !self.is_same(owner, sign_in, pairs, now)
        });
        if let Some(at) = others.next() {
            let sign_in = &all[*at];
            let is_own = owner == self.owner && reaching.sign_ins.len() == 1;
            let own = condition(&workflows.steps(owner)[index]);
            let is_alike = sign_in.condition.is_none() || sign_in.condition.as_deref() == own;
            if is_own && !reaching.may_be_none && is_alike {
                return Former::SignIn(sign_in.step);
            }
            let line = source.location(workflows.steps(owner)[sign_in.step].offset);
            return Former::Other(match owner == self.owner {
                true => format!("the sign-in of line {}", line.line),
                false => format!("the sign-in of {}:{}", line.path.display(), line.line),
            });
        }
        if !reaching.may_be_none {
            return Former::Same;
        }
        let Some(job) = workflows.job(owner) else {
            let mut users = workflows.users(owner.source);
            let mut former = || {
                let depth = depth.checked_sub(1)?;
                users.find_map(
                    |(user, at)| match self.former(user, at, pairs, now, depth) {
                        Former::Same => None,
                        Former::SignIn(step) => {
                            let offset = workflows.steps(user)[step].offset;
                            let at = workflows.source(user).location(offset);
                            Some(format!("the sign-in of {}:{}", at.path.display(), at.line))
                        }
                        Former::Other(what) => Some(what),
                    },
                )
            };
            return former().map_or(Former::Same, Former::Other);
        };
        let of_job = |pair: &&KeyPair| {
            let is_of_job = matches!(pair.form, KeyForm::JobEnv | KeyForm::WorkflowEnv);
            is_of_job && pair.passed_as.is_none()
        };
        let own = workflows.key_pairs(owner);
        let mut own: Vec<&KeyPair> = own.iter().filter(of_job).collect();
        own.sort_by_key(|pair| pair.form == KeyForm::WorkflowEnv);
        if let Some(pair) = own.first() {
            let converted = pairs.iter().find(|(it, _)| it.form == pair.form);
            return match converted {
                Some((_, sign_in)) if sign_in.at(index).text == now.role => Former::Same,
                _ => Former::Other("the keys in `env` of the job".to_owned()),
            };
        }
        let is_key = |name: &str| ci::aws_names::KEY_VARIABLES.contains(&name);
        if job.container_env.iter().any(|it| is_key(&it.name)) {
            return Former::Other("the keys of its container".to_owned());
        }
        let profiles = workflows.profiles_of_environments(owner);
        if let Some(Some(profile)) = profiles.get(index) {
            return Former::Other(sentence!("profile `{profile}`"));
        }
        let written = workflows.profile_sign_ins(owner).into_iter();
        let (_, written): (Vec<String>, Vec<StepSignIn>) =
            written.filter(|(profile, _)| profile == DEFAULT).unzip();
        let reaching = workflows.reaching(owner, written.iter(), index);
        let mut profiles = reaching.sign_ins.iter().map(|at| &written[*at]);
        match () {
            () if !profiles.all(|it| self.is_same(owner, it, pairs, now)) => {
                Former::Other(sentence!("profile `{DEFAULT}`"))
            }
            () if !reaching.sign_ins.is_empty() && !reaching.may_be_none => Former::Same,
            () if !job.is_hosted => {
                Former::Other("the credentials of its self-hosted runner".to_owned())
            }
            () => Former::Same,
        }
    }

    /// Whether a sign-in leaves what the new one does.
    fn is_same(
        &self,
        owner: StepOwner,
        sign_in: &StepSignIn,
        pairs: &[(&KeyPair, RoleSignIn)],
        now: &LastingSignIn,
    ) -> bool {
        let step = &self.flow.workflows.steps(owner)[sign_in.step];
        match &sign_in.how {
            SignInMethod::Keys => {
                let at = [KeyForm::With(sign_in.step), KeyForm::Script(sign_in.step)];
                let mut own = pairs.iter().filter(|(pair, _)| at.contains(&pair.form));
                own.next()
                    .is_some_and(|(_, it)| it.at(sign_in.step).text == now.role)
            }
            SignInMethod::Role {
                role,
                is_web_identity: true,
            } => {
                let usual = ["role-to-assume", "aws-region", "role-session-name"];
                let mut inputs = step.with.iter();
                let is_usual = inputs.all(|it| usual.contains(&it.name.as_str()));
                let region = entry(&step.with, "aws-region").map(|it| it.value.value.as_str());
                is_usual && *role == now.role && region.is_some() && region == now.region.as_deref()
            }
            SignInMethod::Role { .. } | SignInMethod::Temporary | SignInMethod::Unknown(_) => false,
        }
    }

    /// The text of a step that signs in as this one does; `None` where it could not do the same later.
    fn repeated(&self, index: usize) -> Option<String> {
        let workflows = self.flow.workflows;
        let step = &workflows.steps(self.owner)[index];
        let yaml = &workflows.source(self.owner).yaml;
        let place = self.steps().item(index).key("with");
        let uses = step.uses.as_ref()?;
        let action = remote_action(&uses.value).filter(ActionReference::is_configure)?;
        let is_chained = entry(&step.with, "role-chaining").is_some();
        if !step.env.is_empty() || step.may_fail_on || is_chained {
            return None;
        }
        let mut inputs = Vec::new();
        for input in &step.with {
            let written = input.value.value.trim();
            let inside = written
                .strip_prefix("${{")
                .and_then(|it| it.strip_suffix("}}"));
            let name = inside.and_then(|it| it.trim().strip_prefix("env."));
            // The action sets AWS's own variables.
            let value = match name.filter(|name| name.starts_with("AWS_")) {
                Some(name) => scalar(&workflows.inherited(self.owner, name)?.value),
                None => yaml.text()[yaml.at(&place.key(&input.name))?.span.clone()].to_owned(),
            };
            if value.contains("env.AWS_") || value.contains('\n') {
                return None;
            }
            inputs.push(format!("    {}: {value}", input.name));
        }
        // Where its role is empty, it would go on with that of the keys.
        let role = entry(&step.with, "role-to-assume")?.value.value.as_str();
        let is_closed = entry(&step.with, UNSET).is_some_and(|it| it.value.value == "true");
        if role.contains("${{") && !is_closed {
            if !can_unset(action.at) || entry(&step.with, UNSET).is_some() {
                return None;
            }
            inputs.push(format!("    {UNSET}: true"));
        }
        let line = yaml.text()[uses.offset..]
            .lines()
            .next()
            .unwrap_or_default();
        let comment = line.split_once(" #").map(|(_, comment)| comment.trim());
        let uses = match comment {
            Some(comment) => format!("{} # {comment}", uses.value),
            None => uses.value.clone(),
        };
        let mut lines = Vec::new();
        lines.extend(
            step.name
                .as_ref()
                .map(|name| format!("name: {}", scalar(name))),
        );
        let condition = condition(step);
        lines.extend(condition.map(|it| format!("if: {}", scalar(it))));
        lines.push(format!("uses: {uses}"));
        lines.push("with:".to_owned());
        let head = lines.join("\n  ");
        Some(format!("- {head}\n{}\n", inputs.join("\n")))
    }
}
