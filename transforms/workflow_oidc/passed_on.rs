//! Keys that a job passes to Terraform: nothing passes them once it signs in.

use ci::aws_names::is_endpoint;
use ci::github::expression::references;
use ci::github::keys::job_role::RoleSignIn;
use ci::github::keys::pair::{KeyForm, KeyPair, PassedAs};
use ci::github::keys::passed_on::PassingText;
use ci::github::keys::refusal::JobRefusal;
use ci::github::sign_ins::SignInMethod;
use ci::github::workflow::model::{NamedText, entry};
use syntax::code::sentence;
use syntax::yaml::{Node, YamlChange, YamlPath, scalar};
use terraform::references::words;

use super::convert::{Conversion, Converted};

impl Conversion<'_> {
    /// Removes what passes keys on to Terraform.
    pub(super) fn pass_nothing_on(
        &self,
        pairs: &[(&KeyPair, RoleSignIn)],
        done: &mut Converted,
    ) -> Result<(), JobRefusal> {
        let passed = || pairs.iter().filter(|(pair, _)| pair.passed_as.is_some());
        for (pair, _) in passed() {
            self.refuse_others(pair, pairs)?;
        }
        if let Some((pair, _)) = passed().next() {
            self.refuse_endpoint(pair)?;
            let has_own = pairs.iter().any(|(pair, _)| pair.passed_as.is_none());
            let job = self.flow.workflows.job(self.owner);
            if !has_own && job.is_some_and(|job| !job.is_hosted) {
                done.doubts.push(format!(
                    "its machine may have credentials of its own, which {} and commands act by: then \
                     they act as the role",
                    match pair.passed_as {
                        Some(PassedAs::Backend) => "providers",
                        _ => "the backend",
                    }
                ));
            }
        }
        for text in self.flow.workflows.passing_texts(self.owner) {
            self.shorten(text, done);
        }
        for (pair, _) in passed() {
            self.refuse_other_readers(pair, done)?;
        }
        Ok(())
    }

    /// Refuses a pair beside an endpoint in the environment: it may be another service's.
    fn refuse_endpoint(&self, pair: &KeyPair) -> Result<(), JobRefusal> {
        let workflows = self.flow.workflows;
        let shared = workflows.workflow(self.owner).map(|it| &it.env);
        let job = workflows.job(self.owner).map(|it| &it.env);
        let steps = workflows.steps(self.owner).iter().map(|step| &step.env);
        let mut entries = shared.into_iter().chain(job).chain(steps).flatten();
        match entries.find(|entry| is_endpoint(&entry.name)) {
            None => Ok(()),
            Some(entry) => {
                let why = sentence!("beside `{}` its keys may be another service's", entry.name);
                Err(JobRefusal::new(pair.id.offset, why))
            }
        }
    }

    /// Refuses a pair beside credentials of another: one sign-in takes the place of both.
    fn refuse_others(
        &self,
        pair: &KeyPair,
        pairs: &[(&KeyPair, RoleSignIn)],
    ) -> Result<(), JobRefusal> {
        let what = match pair.passed_as {
            Some(PassedAs::Backend) => "the backend",
            _ => "a provider",
        };
        let mut others = pairs.iter().map(|(other, _)| *other);
        let other = others.find(|other| !is_same(&other.id.value, &pair.id.value));
        let by = match other {
            Some(other) => Some(match &other.passed_as {
                Some(PassedAs::Backend) => "the backend gets another pair".to_owned(),
                Some(PassedAs::Variables(names)) => {
                    format!("variable \"{}\" gets another pair", names[0])
                }
                None => "the steps have another pair in their environment".to_owned(),
            }),
            None => {
                let sign_ins = self.flow.workflows.sign_ins(self.owner);
                let mut others = sign_ins.iter().filter_map(|it| match &it.how {
                    SignInMethod::Keys => None,
                    SignInMethod::Role { role, .. } => Some(format!("a step assumes {role}")),
                    SignInMethod::Temporary => Some("a step signs in otherwise".to_owned()),
                    SignInMethod::Unknown(by) => Some(format!("a step signs in by {by}")),
                });
                others.next()
            }
        };
        match by {
            None => Ok(()),
            Some(by) => {
                let why = format!("it passes {what} a pair of its own, while {by}");
                Err(JobRefusal::new(pair.id.offset, why).help(
                    "give each account a job of its own, or let the pair of one do for both: one sign-in \
                     cannot take the place of both",
                ))
            }
        }
    }

    /// Puts a text without its arguments in its place.
    fn shorten(&self, text: PassingText, done: &mut Converted) {
        let PassingText { place, without, .. } = text;
        if without.trim().is_empty() {
            // A script that only sets variables for itself does nothing.
            let step = text.script_of.map(|step| self.steps().item(step));
            done.remove(vec![step.unwrap_or(place)]);
            return;
        }
        let yaml = &self.flow.workflows.source(self.owner).yaml;
        let Some(node) = yaml.at(&place) else { return };
        let change = match node.is_block_scalar() {
            true => {
                let before = node.as_str().unwrap_or_default();
                let (range, lines) = changed_lines(before, &without);
                YamlChange::Lines(place.clone(), range, lines)
            }
            false => YamlChange::Replace(place.clone(), scalar(&without)),
        };
        done.changes.push(change);
        done.shortened.insert(place, without);
    }

    /// Refuses a variable of an `env:` that goes and that something else reads, too.
    fn refuse_other_readers(&self, pair: &KeyPair, done: &Converted) -> Result<(), JobRefusal> {
        let workflows = self.flow.workflows;
        for (scope, name) in &pair.entries {
            let place = match scope {
                KeyForm::WorkflowEnv => YamlPath::root(),
                KeyForm::StepEnv(step) => self.steps().item(*step),
                _ => self.place(),
            };
            let yaml = &workflows.source(self.owner).yaml;
            let mut left = Vec::new();
            if let Some(node) = yaml.at(&place) {
                texts(node, &place, done, &mut left);
            }
            if left.iter().any(|text| !words(text, name).is_empty()) {
                let why = sentence!("`{name}` passes them on and is also read elsewhere");
                return Err(JobRefusal::new(pair.id.offset, why));
            }
        }
        Ok(())
    }

    /// Removes the variables of `env:` that hold a pair.
    pub(super) fn drop_entries(&self, pair: &KeyPair, done: &mut Converted) {
        for (scope, name) in &pair.entries {
            let (env, place) = self.env_of(*scope);
            let found = entry(env, name).map(|it| place.key(&it.name));
            done.remove(found.into_iter().collect());
        }
    }

    /// The variables of an `env:`, and where it stands.
    pub(super) fn env_of(&self, scope: KeyForm) -> (&[NamedText], YamlPath) {
        let workflows = self.flow.workflows;
        let (env, place) = match scope {
            KeyForm::WorkflowEnv => {
                let shared = workflows.workflow(self.owner);
                (shared.map(|it| &it.env), YamlPath::root())
            }
            KeyForm::StepEnv(step) => {
                let own = workflows.steps(self.owner).get(step);
                (own.map(|it| &it.env), self.steps().item(step))
            }
            _ => (workflows.job(self.owner).map(|it| &it.env), self.place()),
        };
        (env.map(Vec::as_slice).unwrap_or_default(), place.key("env"))
    }
}

/// Whether two access key ids are the same, however they are spelled.
fn is_same(one: &str, other: &str) -> bool {
    let read = |text: &str| {
        let found = references(text).into_iter();
        let names = found.map(|it| (it.context, it.name.map(|name| name.to_ascii_uppercase())));
        let names: Vec<_> = names.collect();
        // A name that an expression makes is the same only as it is written.
        let is_plain = names.len() == 1 && names[0].1.is_some();
        let is_alone = text.trim().starts_with("${{") && text.matches("${{").count() == 1;
        (is_plain && is_alone && !text.contains(['&', '|', '('])).then_some(names)
    };
    one == other || read(one).is_some() && read(one) == read(other)
}

/// The lines of `before` that change, and what stands there afterwards.
fn changed_lines(before: &str, after: &str) -> (std::ops::Range<usize>, String) {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let same = |pairs: &mut dyn Iterator<Item = (&&str, &&str)>| {
        pairs.take_while(|(one, other)| one == other).count()
    };
    let start = same(&mut old.iter().zip(&new));
    let left = old.len().min(new.len()) - start;
    let end = same(&mut old.iter().rev().zip(new.iter().rev())).min(left);
    let lines = new[start..new.len() - end].join("\n");
    (start..old.len() - end, lines)
}

/// The texts below a node, as they will be.
fn texts(node: &Node, place: &YamlPath, done: &Converted, found: &mut Vec<String>) {
    if let Some(text) = node.as_str() {
        let left = done.shortened.get(place);
        found.push(left.map_or(text, String::as_str).to_owned());
    }
    for entry in node.entries() {
        texts(&entry.value, &place.key(&entry.name), done, found);
    }
    for (index, item) in node.items().iter().enumerate() {
        texts(&item.value, &place.item(index), done, found);
    }
}
