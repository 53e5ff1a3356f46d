//! The inputs and secrets of a called workflow or action: a role in place of keys.

use ci::github::keys::refusal::JobRefusal;
use ci::github::workflow::model::entry;
use syntax::yaml::{Node, Yaml, YamlChange, YamlPath};

use ci::github::keys::role_passage::{RoleFlow, RolePassage};

/// The changes to the inputs and secrets of a file.
pub fn changes(flow: &RoleFlow, source: usize) -> Result<Vec<YamlChange>, JobRefusal> {
    let file = &flow.workflows.sources[source];
    let root = YamlPath::root();
    let mut changes = Vec::new();
    let mut gone: Vec<YamlPath> = Vec::new();
    let mut added: Vec<String> = Vec::new();
    for keys in flow.keys().key_inputs(source) {
        let passage = flow.passage(source, &keys.id)?;
        if let (Some(action), RolePassage::Input(name)) = (file.as_action(), &passage) {
            let declared = keys
                .names
                .iter()
                .filter_map(|name| entry(&action.inputs, name));
            let declared: Vec<_> = declared.collect();
            let offset = declared.first().map_or(0, |it| it.offset);
            if entry(&action.inputs, name).is_some() || added.contains(name) {
                let what = format!("it has an input `{name}` already");
                return Err(JobRefusal::new(offset, what));
            }
            let mut users = flow.workflows.users(source);
            // The role becomes a required input: a user that passed no keys would have none to
            // pass.
            let keyless = users.find(|(owner, step)| {
                let with = &flow.workflows.steps(*owner)[*step].with;
                !keys.names.iter().any(|name| entry(with, name).is_some())
            });
            if let Some((owner, _)) = keyless {
                let path = flow.workflows.source(owner).path.display();
                let name = flow.workflows.name(owner);
                let what = format!("{name} of {path} uses it and hands no keys in");
                return Err(JobRefusal::new(offset, what));
            }
            let inputs = root.key("inputs");
            let text = format!(
                "{name}:\n  description: ARN of the IAM role to assume\n  required: true\n"
            );
            let id = entry(&action.inputs, &keys.id);
            if let Some(id) = id {
                changes.push(YamlChange::Before(inputs.key(&id.name), text));
            }
            let gone = declared
                .iter()
                .map(|it| YamlChange::Remove(inputs.key(&it.name)));
            changes.extend(gone);
            added.push(name.clone());
            continue;
        }
        let Some(interface) = file.workflow().and_then(|it| it.interface.as_ref()) else {
            continue;
        };
        let call = call_trigger(&file.yaml);
        let secrets = call.key("secrets");
        let declared = keys
            .names
            .iter()
            .filter_map(|name| entry(&interface.secrets, name));
        let declared: Vec<_> = declared.collect();
        let offset = declared.first().map_or(0, |it| it.offset);
        match &passage {
            RolePassage::None => {}
            RolePassage::Secret(name) => {
                let first = declared.first().map(|it| secrets.key(&it.name));
                let text = format!("{name}:\n  required: true\n");
                changes.extend(first.map(|first| YamlChange::Before(first, text)));
            }
            RolePassage::Input(name) => {
                if entry(&interface.inputs, name).is_some() || added.contains(name) {
                    let what = format!("it has an input `{name}` already");
                    return Err(JobRefusal::new(offset, what));
                }
                let text = format!(
                    "{name}:\n  description: ARN of the IAM role to assume\n  type: string\n  \
                     required: true\n"
                );
                let inputs = format!(
                    "inputs:\n{}",
                    text.lines()
                        .map(|line| format!("  {line}\n"))
                        .collect::<String>()
                );
                let node = file.yaml.at(&call);
                let is_mapping = node.is_some_and(Node::is_mapping);
                changes.push(match (interface.inputs.is_empty(), is_mapping) {
                    (false, _) => YamlChange::Append(call.key("inputs"), text),
                    (true, true) => YamlChange::Append(call.clone(), inputs),
                    // `workflow_call:` without a value is a scalar.
                    (true, false) => YamlChange::Replace(call.clone(), inputs),
                });
                added.push(name.clone());
            }
        }
        gone.extend(declared.iter().map(|it| secrets.key(&it.name)));
    }
    let call = call_trigger(&file.yaml);
    // A workflow without its trigger does not load, and neither do its callers ("Required property is
    // missing: on"): the trigger stays, with nothing below it.
    changes.extend(
        match changes.is_empty() && is_emptied(&file.yaml, &call, &gone) {
            true => vec![YamlChange::Replace(call, "null".to_owned())],
            false => gone.into_iter().map(YamlChange::Remove).collect(),
        },
    );
    Ok(changes)
}

/// The place of `on.workflow_call`. YAML 1.1 resolves an unquoted `on` to a boolean.
fn call_trigger(yaml: &Yaml) -> YamlPath {
    let mut keys = ["on", "true"].into_iter();
    let on = keys.find(|key| yaml.root().get(key).is_some());
    YamlPath::root()
        .key(on.unwrap_or("on"))
        .key("workflow_call")
}

/// Whether nothing of `on.workflow_call` is left without these secrets.
fn is_emptied(yaml: &Yaml, call: &YamlPath, gone: &[YamlPath]) -> bool {
    let secrets = call.key("secrets");
    let names = |place: &YamlPath| -> Vec<String> {
        let entries = yaml.at(place).map(Node::entries).unwrap_or_default();
        entries.iter().map(|entry| entry.name.clone()).collect()
    };
    let mut declared = names(&secrets).into_iter();
    !gone.is_empty()
        && names(call) == ["secrets"]
        && declared.all(|name| gone.contains(&secrets.key(&name)))
}
