//! Reusable workflows that nothing in the repository calls: their callers keep their keys until they pass
//! a role, so that both are taken, and neither is required.
//!
//! The action uses the keys where the role is empty, and GitHub's token where the keys are
//! (`useGitHubOIDCProvider`, read in v4.0.2 and v6.2.3); an input or secret that is not passed is empty.

use ci::github::configure_aws_credentials::can_chain;
use ci::github::expression::references;
use ci::github::keys::key_use::{Destination, KeyUse};
use ci::github::keys::pair::KeyForm;
use ci::github::keys::refusal::JobRefusal;
use ci::github::keys::role_passage::{INPUT, RoleFlow};
use ci::github::permissions::{Level, Scope};
use ci::github::uses::remote_action;
use ci::github::workflow::StepOwner;
use ci::github::workflow::model::{Interface, Step, entry};
use syntax::yaml::{Node, Yaml, YamlChange, YamlPath};

use super::convert::{Conversion, Converted};
use super::interface::{call_trigger, new_input};

/// Whether a file is a workflow that only others call, and none of the repository.
pub fn has_callers_elsewhere(flow: &RoleFlow, source: usize) -> bool {
    let workflow = flow.workflows.sources[source].workflow();
    let is_called_only = workflow.is_some_and(|it| {
        let mut events = it.triggers.iter();
        it.interface.is_some() && events.all(|trigger| trigger.event == "workflow_call")
    });
    is_called_only && flow.workflows.callers(source).next().is_none()
}

/// Whether a job of such a workflow takes a role beside all its keys already, and none is required.
pub fn takes_either(flow: &RoleFlow, owner: StepOwner, all: &[KeyUse]) -> bool {
    let yaml = &flow.workflows.source(owner).yaml;
    let call = call_trigger(yaml);
    let is_optional = |place: YamlPath| required(yaml, &place).is_none();
    has_callers_elsewhere(flow, owner.source)
        && !all.is_empty()
        && all.iter().all(|used| {
            let secrets = call.key("secrets");
            let mut names = used.names.iter();
            step_of(flow, owner, used).is_some_and(|(_, step)| {
                let role = entry(&step.with, "role-to-assume");
                let input = role.and_then(|role| input_of(&role.value.value));
                input.is_some_and(|name| is_optional(call.key("inputs").key(&name)))
                    && names.all(|name| is_optional(secrets.key(name)))
            })
        })
}

impl Conversion<'_> {
    /// Lets a job take a role beside its keys, which its callers are known to pass as secrets; `None`
    /// where it cannot.
    pub(super) fn take_either(&self, all: &[KeyUse]) -> Option<Converted> {
        let workflows = self.flow.workflows;
        let (workflow, job) = (workflows.workflow(self.owner)?, workflows.job(self.owner)?);
        if all.is_empty() || !has_callers_elsewhere(&self.flow, self.owner.source) {
            return None;
        }
        // A called job that asks for more than its caller grants stops the whole run ("Reusing workflow
        // configurations"), so nothing is asked for: without a block it has what the caller grants.
        let written = job.permissions.as_ref().or(workflow.permissions.as_ref());
        if written.is_some_and(|it| it.level(&Scope::IdToken) != Level::Write) {
            return None;
        }
        let mut done = Converted::default();
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
        done.takes_either = true;
        done.doubts.push(format!(
            "its callers are in other repositories: each goes on with its keys until it passes \
             `{INPUT}` in their place and grants `id-token: write`"
        ));
        Some(done)
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
    let call = call_trigger(&file.yaml);
    let keys = flow.keys().key_inputs(source);
    let first = keys
        .first()
        .and_then(|keys| entry(&interface.secrets, &keys.id));
    let offset = first.map_or(0, |it| it.offset);
    if keys.len() > 1 {
        let why = "it takes several pairs of keys, and its callers are not known";
        return Err(JobRefusal::new(offset, why));
    }
    if entry(&interface.inputs, INPUT).is_some() {
        let why = format!("it has an input `{INPUT}` already");
        return Err(JobRefusal::new(offset, why));
    }
    let mut changes = vec![new_input(&file.yaml, &call, interface, INPUT, false)?];
    for name in keys.iter().flat_map(|keys| &keys.names) {
        let declared = entry(&interface.secrets, name);
        let place = declared.map(|it| call.key("secrets").key(&it.name));
        let required = place.and_then(|place| required(&file.yaml, &place));
        changes.extend(required.map(|place| YamlChange::Replace(place, "false".to_owned())));
    }
    Ok(changes)
}

/// The step that signs in with keys which are passed as one secret each.
fn step_of<'f>(flow: &RoleFlow<'f>, owner: StepOwner, used: &KeyUse) -> Option<(usize, &'f Step)> {
    let Destination::Steps(pair) = &used.to else {
        return None;
    };
    let KeyForm::With(index) = pair.form else {
        return None;
    };
    let step = flow.workflows.steps(owner).get(index)?;
    let action = remote_action(&step.uses.as_ref()?.value)?;
    let mut texts = pair.others.iter().chain([&pair.id]);
    let is_secret = texts.all(|text| {
        let found = references(&text.value);
        matches!(found.as_slice(), [only] if only.context == "secrets" && only.name.is_some())
    });
    // Releases from 2.1 on are known to treat an empty input as one that is missing.
    (is_secret && can_chain(action.at)).then_some((index, step))
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
