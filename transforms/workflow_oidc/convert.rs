//! The conversion of one job or action.

use std::collections::{BTreeSet, HashMap};

use ci::github::expression::references;
use ci::github::keys::job_role::RoleSignIn;
use ci::github::keys::key_use::{Destination, KeyInputs, KeyUse};
use ci::github::keys::pair::KeyPair;
use ci::github::keys::refusal::JobRefusal;
use ci::github::keys::role_passage::RoleFlow;
use ci::github::keys::role_passage::{RolePassage, input_for};
use ci::github::names::is_name;
use ci::github::workflow::StepOwner;
use ci::github::workflow::model::{NamedText, SecretsPassed, entry};
use diagnostics::finding::AssumedRole;
use syntax::code::sentence;
use syntax::yaml::{YamlChange, YamlPath, scalar};

/// The result for a job or action.
#[derive(Default)]
pub struct Converted {
    /// In its file.
    pub changes: Vec<YamlChange>,
    /// The removed nodes: nothing else may read these keys.
    pub gone: Vec<YamlPath>,
    /// The keys in an `env:` whose comments stand above a sign-in now, by the offset of the id.
    pub commented: BTreeSet<usize>,
    /// The texts that lose arguments or lines, with what is left of them.
    pub shortened: HashMap<YamlPath, String>,
    /// The profiles that its sign-ins write.
    pub profiles: BTreeSet<String>,
    /// Whether one puts its credentials into the environment.
    pub exports: bool,
    /// Whether its steps assume a role, by themselves or in an action.
    pub signs_in: bool,
    /// The roles that it names.
    pub roles: Vec<AssumedRole>,
    /// The roles whose credentials are put into the environment so far, each with the index of the step
    /// that does so, or that it is done before.
    pub assumed: Vec<(usize, AssumedRole)>,
    /// The AWS partitions that it signs in to.
    pub partitions: BTreeSet<String>,
    /// Whether it takes a role beside its keys, which stay.
    pub takes_either: bool,
    /// What the user should know.
    pub notes: Vec<String>,
    /// Reasons to review the change.
    pub doubts: Vec<String>,
}

/// Converts a job or action that uses these keys.
pub fn convert(flow: &RoleFlow, owner: StepOwner, all: &[KeyUse]) -> Result<Converted, JobRefusal> {
    let owner = Conversion { flow: *flow, owner };
    owner.refuse_malformed()?;
    owner.refuse_names(all)?;
    owner.refuse_privileged(all)?;
    if let Some(done) = owner.take_either(all) {
        return Ok(done);
    }
    let mut done = Converted::default();
    let mut pairs: Vec<(&KeyPair, RoleSignIn)> = Vec::new();
    for used in all {
        if let Destination::Unconvertible(why) = &used.to {
            return Err(JobRefusal::new(used.id.offset, why));
        }
        if let Destination::CalledWorkflow(keys) = &used.to {
            owner.call(used, keys, &mut done)?;
            continue;
        }
        let sign_in = flow.sign_in(owner.owner, used)?;
        done.name(&sign_in.role);
        done.doubts.extend(sign_in.doubt.clone());
        match &used.to {
            Destination::Steps(pair) => pairs.push((pair, sign_in)),
            Destination::Action(step, keys) => {
                let step_place = owner.steps().item(*step);
                let entries = &owner.flow.workflows.steps(owner.owner)[*step].with;
                let place = step_place.key("with");
                let profiles = owner.profiles_of_action(*step);
                match owner.role_of_action(*step, &keys.id)? {
                    ActionRole::Passed(name) => {
                        done.pass_role(entries, &place, keys, &name, &sign_in.role.text);
                        if profiles.is_none() {
                            done.assumed.push((*step, sign_in.role));
                        }
                    }
                    ActionRole::Own(role) => {
                        done.roles.retain(|known| *known != sign_in.role);
                        done.assume_by_token(role);
                        let of_pair = entries.iter().filter(|entry| keys.has(&entry.name));
                        done.remove(of_pair.map(|it| place.key(&it.name)).collect());
                    }
                }
                done.signs_in = true;
                done.exports |= profiles.is_none();
                done.profiles.extend(profiles.into_iter().flatten());
            }
            Destination::CalledWorkflow(_) | Destination::Unconvertible(_) => {}
        }
    }
    // A caller without keys is part of the transaction for its permissions only.
    if all.is_empty() {
        owner.call_without_keys(&mut done)?;
    }
    if !pairs.is_empty() {
        owner.refuse_tokenless()?;
        owner.pass_nothing_on(&pairs, &mut done)?;
    }
    done.doubts.extend(owner.publication_doubt());
    let own = owner.sign_in(&pairs, all, &mut done)?;
    owner.refuse_fallback(&pairs, &mut done)?;
    owner.keep_chains(own, &mut done)?;
    if done.signs_in {
        done.doubts.extend(owner.user_calls());
        done.notes.extend(owner.timeout_note());
        done.notes.extend(owner.pull_request_note());
    }
    Ok(done)
}

/// The conversion of one job or action, under way.
pub(super) struct Conversion<'f> {
    pub(super) flow: RoleFlow<'f>,
    pub(super) owner: StepOwner,
}

impl Conversion<'_> {
    pub(super) fn place(&self) -> YamlPath {
        self.flow.workflows.place(self.owner)
    }

    pub(super) fn steps(&self) -> YamlPath {
        self.place().key("steps")
    }

    /// Why those who use an action from elsewhere may be stopped: it stands where actions are published.
    fn publication_doubt(&self) -> Option<String> {
        let action = self.flow.workflows.source(self.owner).as_action()?;
        let is_published = action.directory.as_os_str().is_empty();
        is_published.then(|| {
            "other repositories may use it: each has to pass a role in place of its keys and to grant \
             `id-token: write`"
                .to_owned()
        })
    }

    /// That a job may take longer than the session of its role, which keys did not limit.
    fn timeout_note(&self) -> Option<String> {
        let minutes = self.flow.workflows.job(self.owner)?.timeout?;
        // `role-duration-seconds` is 3600 by default (the action's README).
        (minutes > 60).then(|| {
            format!(
                "its `timeout-minutes` is {minutes} while a session ends after 60: where it takes longer, \
                 set `role-duration-seconds` and the role's maximum session duration"
            )
        })
    }

    /// Refuses names that GitHub gives to nothing: what is read by one is empty, and a new name made
    /// of it would be none either.
    fn refuse_names(&self, all: &[KeyUse]) -> Result<(), JobRefusal> {
        let job = self.flow.workflows.job(self.owner);
        if let Some(job) = job.filter(|job| !is_name(&job.id)) {
            let why = sentence!("`{}` is no name that GitHub takes for a job", job.id);
            return Err(JobRefusal::new(job.offset, why));
        }
        let texts = all.iter().flat_map(|used| match &used.to {
            Destination::Steps(pair) => [&pair.id].into_iter().chain(&pair.others),
            _ => [&used.id].into_iter().chain(&[]),
        });
        for text in texts {
            let read = references(&text.value).into_iter();
            let named = read.filter(|it| matches!(&*it.context, "secrets" | "vars" | "inputs"));
            for (context, name) in named.filter_map(|it| Some((it.context, it.name?))) {
                if !is_name(&name) {
                    let why = sentence!("`{name}` is no name that GitHub takes in `{context}`");
                    return Err(JobRefusal::new(text.offset, why));
                }
            }
        }
        Ok(())
    }

    /// The profiles that the sign-ins of a local action write, which export nothing then; `None` for any other.
    fn profiles_of_action(&self, step: usize) -> Option<BTreeSet<String>> {
        let workflows = self.flow.workflows;
        let action = workflows.action(&workflows.steps(self.owner)[step])?;
        self.flow.keys().written_profiles(action)
    }

    /// The role of the action that a step uses, which takes keys as `id`.
    fn role_of_action(&self, step: usize, id: &str) -> Result<ActionRole, JobRefusal> {
        let workflows = self.flow.workflows;
        let step = &workflows.steps(self.owner)[step];
        let Some(source) = workflows.action(step) else {
            return Ok(ActionRole::Passed(input_for(id)));
        };
        let RolePassage::Input(name) = self.flow.passage(source, id)? else {
            return Ok(ActionRole::Own(None));
        };
        let default = workflows.sources[source].as_action();
        let default = default.and_then(|action| entry(&action.inputs, &name));
        let given = entry(&step.with, &name).or(default);
        let given = given.map(|it| it.value.value.trim().to_owned());
        Ok(match given.filter(|it| !it.is_empty()) {
            Some(role) => ActionRole::Own(Some(role)),
            None => ActionRole::Passed(name),
        })
    }

    /// Converts the call of a workflow that passes no keys, so that the workflow may request the
    /// token.
    fn call_without_keys(&self, done: &mut Converted) -> Result<(), JobRefusal> {
        let workflows = self.flow.workflows;
        let (Some(callee), Some(job)) = (workflows.callee(self.owner), workflows.job(self.owner))
        else {
            return Ok(());
        };
        for keys in self.flow.keys().key_inputs(callee) {
            if self.flow.passage(callee, &keys.id)? != RolePassage::None {
                let why =
                    "it passes no keys to the workflow that it calls, which would need a role";
                return Err(JobRefusal::new(job.offset, why));
            }
        }
        done.signs_in = true;
        done.doubts.extend(self.branch_doubt());
        done.doubts.push(format!(
            "{} passes no keys in, while what it calls would sign in all the same",
            workflows.name(self.owner)
        ));
        Ok(())
    }

    /// Why a call of a workflow of this repository by the repository's name may meet the old file.
    fn branch_doubt(&self) -> Option<String> {
        let (path, branch) = self.flow.workflows.called_at_branch(self.owner)?;
        Some(format!(
            "the call runs {path} as the branch {branch} has it: both change only where this is merged \
             there"
        ))
    }

    /// Converts the call of a workflow that takes a role instead of keys.
    fn call(
        &self,
        used: &KeyUse,
        keys: &KeyInputs,
        done: &mut Converted,
    ) -> Result<(), JobRefusal> {
        let (Some(callee), Some(job)) = (
            self.flow.workflows.callee(self.owner),
            self.flow.workflows.job(self.owner),
        ) else {
            return Ok(());
        };
        done.signs_in = true;
        done.doubts.extend(self.branch_doubt());
        let passage = self.flow.passage(callee, &keys.id)?;
        let role = self.flow.role_to_pass(self.owner, callee, used, &keys.id)?;
        if let Some(sign_in) = &role {
            done.name(&sign_in.role);
            done.doubts.extend(sign_in.doubt.clone());
        }
        let role = role.map(|sign_in| sign_in.role.text).unwrap_or_default();
        let at = self.place().key("secrets");
        let passed: &[NamedText] = match &job.secrets {
            SecretsPassed::Named(passed) => passed,
            _ => &[],
        };
        // `ci.role` names a secret: it takes the place of the keys among the secrets that are
        // passed.
        if let RolePassage::Secret(name) = &passage {
            done.pass_role(passed, &at, keys, name, &role);
            return Ok(());
        }
        let names = keys.names.iter().filter_map(|name| entry(passed, name));
        done.remove(names.map(|entry| at.key(&entry.name)).collect());
        if let RolePassage::Input(name) = &passage {
            let given = entry(&job.with, name).map(|it| it.value.value.trim().to_owned());
            if let Some(given) = given.filter(|it| !it.is_empty()) {
                done.roles.retain(|known| known.text != role);
                done.assume_by_token(Some(given));
                return Ok(());
            }
            let line = format!("{name}: {}\n", scalar(&role));
            let place = self.place();
            done.changes.push(match job.with.is_empty() {
                false => YamlChange::Append(place.key("with"), line),
                true => YamlChange::After(place.key("uses"), format!("with:\n  {line}")),
            });
        }
        Ok(())
    }
}

/// How an action that takes keys gets its role.
enum ActionRole {
    /// By the input of this name.
    Passed(String),
    /// As it did: from the action's own text, or from this value of an input.
    Own(Option<String>),
}

impl Converted {
    /// Notes a role that the file names.
    pub(super) fn name(&mut self, role: &AssumedRole) {
        if !self.roles.contains(role) {
            self.roles.push(role.clone());
        }
    }

    /// Notes a role that keys assumed, and which the token assumes now.
    fn assume_by_token(&mut self, role: Option<String>) {
        let Some(text) = role else { return };
        self.notes.push(format!(
            "the role {text}, which the keys assumed, has to trust GitHub's tokens, which carry no \
             session tags"
        ));
        self.name(&AssumedRole {
            text,
            accounts: Vec::new(),
        });
    }

    /// Removes nodes from the file.
    pub(super) fn remove(&mut self, places: Vec<YamlPath>) {
        for place in places {
            if !self.gone.contains(&place) {
                self.changes.push(YamlChange::Remove(place.clone()));
                self.gone.push(place);
            }
        }
    }

    /// Replaces a key pair that entries pass by a role.
    fn pass_role(
        &mut self,
        entries: &[NamedText],
        at: &YamlPath,
        keys: &KeyInputs,
        name: &str,
        role: &str,
    ) {
        let of_pair = entries.iter().filter(|entry| keys.has(&entry.name));
        let passed: Vec<YamlPath> = of_pair.map(|it| at.key(&it.name)).collect();
        if let Some(first) = passed.first() {
            let line = format!("{name}: {}\n", scalar(role));
            self.changes.push(YamlChange::Before(first.clone(), line));
        }
        self.remove(passed);
    }
}
