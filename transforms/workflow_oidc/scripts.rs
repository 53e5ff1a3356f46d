//! Scripts that pass keys on: a sign-in takes the place of what they write.

use std::ops::Range;

use ci::github::configure_aws_credentials::{Pin, has_profiles};
use ci::github::expression::references;
use ci::github::keys::job_role::RoleSignIn;
use ci::github::keys::pair::{KeyForm, KeyPair};
use ci::github::keys::refusal::JobRefusal;
use ci::github::keys::written_profiles::DEFAULT;
use ci::github::workflow::model::{NamedText, Step};
use diagnostics::finding::AssumedRole;
use syntax::code::sentence;
use syntax::yaml::{YamlChange, YamlPath, scalar};

use super::active::condition;
use super::convert::{Conversion, Converted};
use super::sign_in::{SignIn, pinned_at, release};

impl Conversion<'_> {
    /// The script of a step, which passes these pairs on, becomes sign-ins; what it does beside stays
    /// behind them.
    pub(super) fn script(
        &self,
        index: usize,
        pairs: &[(&KeyPair, &AssumedRole)],
        is_only: bool,
        done: &mut Converted,
    ) -> Result<(), JobRefusal> {
        let step = &self.flow.workflows.steps(self.owner)[index];
        let place = self.steps().item(index);
        let written = pairs.iter().find_map(|(pair, _)| pair.written.as_ref());
        let gone = written.and_then(|written| written.lines.as_deref());
        if let Some(gone) = gone {
            for (pair, role) in pairs {
                let text = self.sign_in_text(index, pair, role, is_only, done)?;
                done.changes
                    .push(YamlChange::Before(place.clone(), text.text()));
            }
            return keep_rest(step, &place, pairs, gone, done);
        }
        for (number, (pair, role)) in pairs.iter().enumerate() {
            let text = self.sign_in_text(index, pair, role, is_only, done)?;
            done.changes.push(match number {
                0 => YamlChange::Before(place.key("run"), text.entries()),
                _ => YamlChange::After(place.clone(), text.text()),
            });
        }
        let mut gone = vec![place.key("run")];
        let node = self.flow.workflows.source(self.owner).yaml.at(&place);
        let has = |name: &str| node.is_some_and(|node| node.get(name).is_some());
        // GitHub rejects these keys in a step with `uses:`.
        for name in ["shell", "working-directory"] {
            gone.extend(has(name).then(|| place.key(name)));
        }
        let env = step.env.iter();
        gone.extend(env.map(|entry| place.key("env").key(&entry.name)));
        done.remove(gone);
        Ok(())
    }

    /// Refuses a job that would act by a profile where a sign-in to the environment fails, which keys
    /// there hide whatever fails; where the sign-in goes on with the profile, for its role is empty, that
    /// is a reason to review.
    pub(super) fn refuse_fallback(
        &self,
        pairs: &[(&KeyPair, RoleSignIn)],
        done: &mut Converted,
    ) -> Result<(), JobRefusal> {
        let named = self.flow.workflows.profiles_of_environments(self.owner);
        for (pair, _) in pairs {
            let (KeyForm::Script(at), Some(profile)) = (pair.form, pair.profile()) else {
                continue;
            };
            let may_be_named = |named: &Option<String>| match named {
                Some(name) => name == profile || name.contains("${{"),
                None => profile == DEFAULT,
            };
            let is_found = named.iter().any(may_be_named);
            if is_found && done.exports && self.acts_after_failure() {
                let why = sentence!(
                    "where the sign-in of its other keys fails, a step that runs all the same would \
                     act by the profile `{profile}`"
                );
                return Err(JobRefusal::new(pair.id.offset, why));
            }
            let mut later = done.assumed.iter().filter(|(step, _)| *step > at);
            let fallback = later.find(|(step, role)| {
                role.is_variable() && named.get(*step).is_some_and(may_be_named)
            });
            let doubt = fallback.map(|(_, role)| {
                sentence!(
                    "where `{}` is empty, the action goes on with the profile `{profile}`, which is \
                     written before: set `ci.role` to an ARN",
                    role.text
                )
            });
            done.doubts.extend(doubt);
        }
        Ok(())
    }

    /// The sign-in in place of one pair.
    fn sign_in_text(
        &self,
        index: usize,
        pair: &KeyPair,
        role: &AssumedRole,
        is_only: bool,
        done: &mut Converted,
    ) -> Result<SignIn<'_>, JobRefusal> {
        let steps = self.flow.workflows.steps(self.owner);
        let (region, doubt) = self.region(pair);
        let mut release = release(&self.flow, self.owner);
        self.refuse_inherited_inputs(&release)?;
        let at = pinned_at(&release).to_owned();
        let closed = match pair.profile() {
            Some(profile) => {
                if !has_profiles(&at) {
                    release = Pin::of(&at).newest();
                }
                self.profile_inputs(index, pair, profile, done)?
            }
            None => {
                // Nothing but the profile gets a region by the other form.
                done.doubts.extend(doubt);
                done.exports = true;
                self.further_inputs(role, &at, is_only, done)
            }
        };
        let audience = self.audience(&role.text, &region, pair, done)?;
        done.name(role);
        if pair.profile().is_none() {
            done.assumed.push((index, role.clone()));
        }
        Ok(SignIn {
            role: role.text.clone(),
            audience,
            closed,
            region,
            condition: condition(&steps[index]),
            release,
            is_named: steps.iter().all(|step| step.name.is_some()),
        })
    }

    /// The inputs by which a sign-in writes a profile.
    fn profile_inputs(
        &self,
        index: usize,
        pair: &KeyPair,
        profile: &str,
        done: &mut Converted,
    ) -> Result<Vec<String>, JobRefusal> {
        let workflows = self.flow.workflows;
        let refuse = |why: String| Err(JobRefusal::new(pair.id.offset, why));
        // `validateProfileName` of the action.
        if profile.contains(|any: char| any.is_whitespace() || "[]/\\$".contains(any)) {
            return refuse(sentence!(
                "the action takes no profile of the name `{profile}`"
            ));
        }
        let all = workflows.key_pairs(self.owner);
        let is_written = |at: usize| {
            let mut all = all.iter();
            all.any(|other| other.form == KeyForm::Script(at) && other.profile() == Some(profile))
        };
        let earlier = workflows.steps(self.owner)[..index].iter().enumerate();
        let writes = |step: &Step| {
            let run = step.run.as_ref().map_or("", |run| run.value.as_str());
            run.contains("aws configure") || run.contains(".aws/")
        };
        let mut others = earlier.filter(|(at, step)| writes(step) && !is_written(*at));
        if others.next().is_some() {
            return refuse(sentence!(
                "an earlier step writes the files of AWS's tools, while the action takes the profile \
                 `{profile}` only where it is not there yet"
            ));
        }
        let is_hosted = |owner| workflows.job(owner).is_some_and(|job| job.is_hosted);
        let is_hosted = match self.owner.job {
            Some(_) => is_hosted(self.owner),
            None => workflows
                .users(self.owner.source)
                .all(|(user, _)| is_hosted(user)),
        };
        if !is_hosted {
            done.doubts.push(sentence!(
                "the profile `{profile}` stays on its machine, with the keys that are there now"
            ));
        }
        let is_there = (0..index).any(is_written) || !is_hosted;
        let session = self.session_name();
        let overwrites = is_there.then(|| "overwrite-aws-profile: true".to_owned());
        let profile_input = format!("aws-profile: {}", scalar(profile));
        done.profiles.insert(profile.to_owned());
        Ok([profile_input]
            .into_iter()
            .chain(overwrites)
            .chain(session)
            .collect())
    }
}

/// Takes the lines that write the keys out of a script.
fn keep_rest(
    step: &Step,
    place: &YamlPath,
    pairs: &[(&KeyPair, &AssumedRole)],
    gone: &[Range<usize>],
    done: &mut Converted,
) -> Result<(), JobRefusal> {
    let Some(run) = &step.run else { return Ok(()) };
    let lines: Vec<&str> = run.value.lines().collect();
    let is_gone = |at: &usize| gone.iter().any(|range| range.contains(at));
    let (first, last) = (gone[0].start, gone[gone.len() - 1].end);
    let kept = (first..last).filter(|at| !is_gone(at));
    let kept: String = kept.map(|at| format!("{}\n", lines[at])).collect();
    let rest = (0..lines.len()).filter(|at| !is_gone(at));
    let rest: Vec<&str> = rest.map(|at| lines[at]).collect();
    let rest = rest.join("\n");
    let names: Vec<String> = pairs.iter().flat_map(|(pair, _)| pair.names()).collect();
    let holds_key = |entry: &&NamedText| {
        let read = references(&entry.value.value);
        let mut read = read.iter().filter_map(|it| it.name.as_ref());
        read.any(|name| names.contains(name))
    };
    let held: Vec<&NamedText> = step.env.iter().filter(holds_key).collect();
    let is_named = pairs.iter().all(|(pair, _)| pair.profile().is_some());
    let used = held.iter().find(|entry| {
        let is_ambient = is_named && ci::aws_names::KEY_VARIABLES.contains(&&*entry.name);
        is_ambient || rest.contains(&entry.name)
    });
    if let Some(used) = used {
        let why = sentence!("the rest of its script uses `{}`, too", used.name);
        return Err(JobRefusal::new(run.offset, why));
    }
    if done.shortened.contains_key(&place.key("run")) {
        let why = "its script passes keys on to Terraform, too";
        return Err(JobRefusal::new(run.offset, why));
    }
    done.changes
        .push(YamlChange::Lines(place.key("run"), first..last, kept));
    done.shortened.insert(place.key("run"), rest);
    done.remove(
        held.iter()
            .map(|it| place.key("env").key(&it.name))
            .collect(),
    );
    Ok(())
}
