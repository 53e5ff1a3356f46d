//! Reusable workflows and actions that nothing in the repository uses: their callers keep their keys until they pass
//! a role, so that both are taken, and neither is required.
//!
//! The action uses the keys where the role is empty, and GitHub's token where the keys are
//! (`useGitHubOIDCProvider`, read in v4.0.2 and v6.2.3); an input or secret that is not passed is empty.

use ci::aws_names::KEY_VARIABLES;
use ci::github::configure_aws_credentials::can_chain;
use ci::github::expression::references;
use ci::github::keys::key_use::{Destination, KeyUse};
use ci::github::keys::pair::{KeyForm, KeyPair};
use ci::github::keys::refusal::JobRefusal;
use ci::github::keys::role_passage::{INPUT, RoleFlow};
use ci::github::permissions::{Level, Scope};
use ci::github::uses::remote_action;
use ci::github::workflow::StepOwner;
use ci::github::workflow::model::{Interface, Step, entry};
use diagnostics::finding::AssumedRole;
use syntax::code::sentence;
use syntax::yaml::{Node, Yaml, YamlChange, YamlPath};

use super::active::outlives;
use super::convert::{Conversion, Converted};
use super::inherited::is_inherited;
use super::interface::{call_trigger, new_input};
use super::steps::{Before, only_prepares};

/// Whether a file is a workflow or an action that only others use, and none of the repository.
pub fn has_callers_elsewhere(flow: &RoleFlow, source: usize) -> bool {
    if flow.workflows.sources[source].as_action().is_some() {
        return flow.workflows.users(source).next().is_none();
    }
    let owner = StepOwner { source, job: None };
    flow.keys().has_callers_elsewhere(owner)
}

/// Whether a job of such a workflow takes a role beside all its keys already, and none is required.
pub fn takes_either(flow: &RoleFlow, owner: StepOwner, all: &[KeyUse]) -> bool {
    let yaml = &flow.workflows.source(owner).yaml;
    let is_action = flow.workflows.source(owner).as_action().is_some();
    let places = Places::of(yaml, is_action);
    let is_optional = |place: YamlPath| required(yaml, &place).is_none();
    has_callers_elsewhere(flow, owner.source)
        && !all.is_empty()
        && all.iter().all(|used| {
            let mut names = used.names.iter();
            let step = step_of(flow, owner, used).map(|(_, step)| step);
            let step = step.or_else(|| sign_in_beside(flow, owner, used));
            step.is_some_and(|step| {
                let role = entry(&step.with, "role-to-assume");
                let input = role.and_then(|role| input_of(&role.value.value));
                input.is_some_and(|name| is_optional(places.inputs.key(&name)))
                    && names.all(|name| is_optional(places.keys.key(name)))
            })
        })
}

impl Conversion<'_> {
    /// Lets a job take a role beside its keys, which its callers are known to pass as secrets; `None`
    /// where it cannot.
    pub(super) fn take_either(&self, all: &[KeyUse]) -> Option<Converted> {
        let workflows = self.flow.workflows;
        let (workflow, job) = (workflows.workflow(self.owner), workflows.job(self.owner));
        if all.is_empty() || !has_callers_elsewhere(&self.flow, self.owner.source) {
            return None;
        }
        // A called job that asks for more than its caller grants stops the whole run ("Reusing workflow
        // configurations"), so nothing is asked for: without a block it has what the caller grants.
        let written = job.and_then(|it| it.permissions.as_ref());
        let written = written.or_else(|| workflow?.permissions.as_ref());
        if written.is_some_and(|it| it.level(&Scope::IdToken) != Level::Write) {
            return None;
        }
        let mut done = Converted {
            takes_either: true,
            ..Converted::default()
        };
        done.doubts.push(sentence!(
            "its callers are in other repositories: each goes on with its keys until it passes \
             `{INPUT}` in their place and grants `id-token: write`"
        ));
        if all.iter().any(|used| beside_sign_in(used).is_some()) {
            self.sign_in_beside(all, &mut done)?;
            return Some(done);
        }
        for used in all {
            let (index, step) = step_of(&self.flow, self.owner, used)?;
            let has = |name: &str| entry(&step.with, name).is_some();
            if ["role-to-assume", "role-chaining", "web-identity-token-file"]
                .into_iter()
                .any(has)
            {
                return None;
            }
            let id = entry(&step.with, "aws-access-key-id")?;
            let place = self.steps().item(index).key("with").key(&id.name);
            let line = format!("role-to-assume: ${{{{ inputs.{INPUT} }}}}\n");
            done.changes.push(YamlChange::Before(place, line));
        }
        Some(done)
    }

    /// Signs in before the first step that may need the keys of an `env:`, if the caller passes a role;
    /// `None` where that cannot be all. What the action exports comes before the `env:` of a job and of a
    /// workflow (runner, `GlobalContext.EnvironmentVariables`), and not before that of a step, which reads it
    /// where there is a role.
    fn sign_in_beside(&self, all: &[KeyUse], done: &mut Converted) -> Option<()> {
        let workflows = self.flow.workflows;
        let pairs: Option<Vec<&KeyPair>> = all.iter().map(beside_sign_in).collect();
        let pairs = pairs?;
        let steps = workflows.steps(self.owner);
        let first = steps.iter().position(|step| !only_prepares(step))?;
        let is_in_step = |form: KeyForm| matches!(form, KeyForm::StepEnv(_));
        let in_steps = pairs.iter().all(|pair| is_in_step(pair.form));
        // A step that runs after a failure might run before the sign-in, or read the keys that stay.
        let is_read_otherwise = |(index, step): (usize, &Step)| {
            let is_key = |name: &str| KEY_VARIABLES.contains(&name);
            let is_own = |name: &str| {
                let is_pair = |pair: &&KeyPair| pair.form == KeyForm::StepEnv(index);
                is_key(name) && pairs.iter().any(is_pair)
            };
            let others = step.env.iter().filter(|it| !is_own(&it.name));
            let mut names = others.clone().map(|it| &*it.name);
            let own = step.with.iter().chain(others);
            let mut texts = own.map(|it| &it.value).chain(&step.run);
            outlives(step)
                || names.any(is_key)
                || texts.any(|text| KEY_VARIABLES.iter().any(|name| text.value.contains(name)))
        };
        let container = workflows.job(self.owner).map(|job| &job.container_env);
        let is_alone = workflows.sign_ins(self.owner).is_empty()
            && container.is_none_or(Vec::is_empty)
            && !steps.iter().enumerate().any(is_read_otherwise);
        let pair = pairs.first()?;
        let is_one = pairs
            .iter()
            .all(|it| it.id.value.trim() == pair.id.value.trim());
        let is_known = pairs.len() == 1 || in_steps && is_one;
        if !is_known || !is_alone || self.refuse_tokenless().is_err() {
            return None;
        }
        let role = AssumedRole {
            text: format!("${{{{ inputs.{INPUT} }}}}"),
            accounts: Vec::new(),
        };
        let before = Before {
            condition: Some(IS_PASSED),
            is_only: true,
            region: None,
        };
        for (scope, name) in pairs.iter().flat_map(|pair| &pair.entries) {
            let KeyForm::StepEnv(index) = scope else {
                continue;
            };
            let place = self.steps().item(*index).key("env").key(name);
            let key = passed_key(&entry(&steps[*index].env, name)?.value.value)?;
            let text = format!("${{{{ {NOT_PASSED} && {key} || env.{name} }}}}");
            done.changes.push(YamlChange::Replace(place, text));
        }
        self.insert(first, pair, &role, before, done).ok()
    }
}

/// The changes to what such a workflow takes: the role is added, and nothing is required.
///
/// # Errors
/// Where it has an input of that name for something else, or takes several pairs of keys.
pub fn declarations(flow: &RoleFlow, source: usize) -> Result<Vec<YamlChange>, JobRefusal> {
    let file = &flow.workflows.sources[source];
    let none = Interface::default();
    let interface = file.workflow().and_then(|it| it.interface.as_ref());
    let interface = interface.unwrap_or(&none);
    let action = file.as_action();
    let (inputs, taken) = match action {
        Some(action) => (&action.inputs, &action.inputs),
        None => (&interface.inputs, &interface.secrets),
    };
    let places = Places::of(&file.yaml, action.is_some());
    let keys = flow.keys().key_inputs(source);
    let first = keys.first().and_then(|keys| entry(taken, &keys.id));
    let offset = first.map_or(0, |it| it.offset);
    if keys.len() > 1 {
        let why = "it takes several pairs of keys from callers that are not known";
        return Err(JobRefusal::new(offset, why));
    }
    if entry(inputs, INPUT).is_some() {
        let why = sentence!("it has an input `{INPUT}` already");
        return Err(JobRefusal::new(offset, why));
    }
    let mut changes = vec![match action {
        Some(_) => {
            let text = format!(
                "{INPUT}:\n  description: ARN of the IAM role to assume\n  required: false\n"
            );
            YamlChange::Append(places.inputs.clone(), text)
        }
        None => new_input(
            &file.yaml,
            &call_trigger(&file.yaml),
            interface,
            INPUT,
            false,
        )?,
    }];
    for name in keys.iter().flat_map(|keys| &keys.names) {
        let declared = entry(taken, name);
        let place = declared.map(|it| places.keys.key(&it.name));
        let required = place.and_then(|place| required(&file.yaml, &place));
        changes.extend(required.map(|place| YamlChange::Replace(place, "false".to_owned())));
    }
    Ok(changes)
}

/// The condition of a sign-in that only a caller with a role needs.
const IS_PASSED: &str = "inputs.role-to-assume != ''";

/// The condition under which a step goes on with the keys of its own `env:`.
const NOT_PASSED: &str = "inputs.role-to-assume == ''";

/// The pair of keys of an `env:` beside which a sign-in can stand.
fn beside_sign_in(used: &KeyUse) -> Option<&KeyPair> {
    inherited(used).or_else(|| in_step(used))
}

/// The pair of keys that one step has in its `env:`, passed as one secret or input each, without a token.
fn in_step(used: &KeyUse) -> Option<&KeyPair> {
    let Destination::Steps(pair) = &used.to else {
        return None;
    };
    let is_plain = matches!(pair.form, KeyForm::StepEnv(_)) && pair.passed_as.is_none();
    let texts = || pair.others.iter().chain([&pair.id]);
    let is_whole = texts().all(|text| passed_key(&text.value).is_some());
    (is_plain && pair.entries.len() == 2 && is_whole && is_passed(pair)).then_some(pair)
}

/// The secret or input that an expression is, and nothing else.
fn passed_key(text: &str) -> Option<&str> {
    let inside = text.trim().strip_prefix("${{")?.strip_suffix("}}")?.trim();
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    inside.bytes().all(is_part).then_some(inside)
}

/// Whether a step has keys in its `env:` unless a role is passed.
fn is_either(used: &KeyUse) -> bool {
    let Destination::Steps(pair) = &used.to else {
        return false;
    };
    matches!(pair.form, KeyForm::StepEnv(_)) && pair.id.value.contains(NOT_PASSED)
}

/// The pair of keys that all steps of a job inherit from one `env:`, passed as one secret each.
fn inherited(used: &KeyUse) -> Option<&KeyPair> {
    let Destination::Steps(pair) = &used.to else {
        return None;
    };
    let is_plain = is_inherited(pair.form) && pair.passed_as.is_none();
    (is_plain && is_passed(pair)).then_some(pair)
}

/// The step that signs in by a role before all that may need the keys of an `env:`.
fn sign_in_beside<'f>(flow: &RoleFlow<'f>, owner: StepOwner, used: &KeyUse) -> Option<&'f Step> {
    if inherited(used).is_none() && !is_either(used) {
        return None;
    }
    let steps = flow.workflows.steps(owner).iter();
    let mut before = steps.take_while(|step| only_prepares(step));
    before.find(|step| {
        let action = step.uses.as_ref().and_then(|it| remote_action(&it.value));
        let condition = step.condition.as_ref();
        action.is_some_and(|it| it.is_configure())
            && condition.is_some_and(|it| it.value == IS_PASSED)
    })
}

/// Whether keys are passed as one secret each, or as one input each of an action.
fn is_passed(pair: &KeyPair) -> bool {
    let mut texts = pair.others.iter().chain([&pair.id]);
    texts.all(|text| {
        let found = references(&text.value);
        let is_it = |context: &str| matches!(context, "secrets" | "inputs");
        matches!(found.as_slice(), [only] if is_it(&only.context) && only.name.is_some())
    })
}

/// Where a file declares what it takes.
struct Places {
    inputs: YamlPath,
    /// An action takes keys as inputs, a workflow as secrets.
    keys: YamlPath,
}

impl Places {
    fn of(yaml: &Yaml, is_action: bool) -> Self {
        let holder = match is_action {
            true => YamlPath::root(),
            false => call_trigger(yaml),
        };
        let of_keys = if is_action { "inputs" } else { "secrets" };
        Self {
            inputs: holder.key("inputs"),
            keys: holder.key(of_keys),
        }
    }
}

/// The step that signs in with keys which callers pass.
fn step_of<'f>(flow: &RoleFlow<'f>, owner: StepOwner, used: &KeyUse) -> Option<(usize, &'f Step)> {
    let Destination::Steps(pair) = &used.to else {
        return None;
    };
    let KeyForm::With(index) = pair.form else {
        return None;
    };
    let step = flow.workflows.steps(owner).get(index)?;
    let action = remote_action(&step.uses.as_ref()?.value)?;
    // Releases from 2.1 on are known to treat an empty input as one that is missing.
    (is_passed(pair) && can_chain(action.at)).then_some((index, step))
}

/// The input that an expression reads, and nothing else.
fn input_of(text: &str) -> Option<String> {
    let [only] = <[_; 1]>::try_from(references(text)).ok()?;
    (only.context == "inputs").then_some(only.name).flatten()
}

/// The place of `required: true` of an input or secret; `None` where it is optional or not declared.
fn required(yaml: &Yaml, place: &YamlPath) -> Option<YamlPath> {
    let value = yaml.at(place)?.get("required").and_then(Node::as_str)?;
    (!value.eq_ignore_ascii_case("false")).then(|| place.key("required"))
}
