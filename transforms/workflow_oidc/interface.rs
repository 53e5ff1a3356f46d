//! The inputs and secrets of a called workflow or action: a role in place of keys.

use ci::github::keys::key_use::KeyInputs;
use ci::github::keys::refusal::JobRefusal;
use ci::github::keys::role_passage::{RoleFlow, RolePassage};
use ci::github::workflow::model::{Action, Interface, NamedText, entry};
use syntax::code::sentence;
use syntax::yaml::{Node, Yaml, YamlChange, YamlPath};

/// The changes to the inputs and secrets of a file.
pub fn changes(flow: &RoleFlow, source: usize) -> Result<Vec<YamlChange>, JobRefusal> {
    let file = &flow.workflows.sources[source];
    let interface = file.workflow().and_then(|it| it.interface.as_ref());
    match (file.as_action(), interface) {
        (Some(action), _) => of_action(flow, source, action),
        (None, Some(interface)) => of_workflow(flow, source, interface),
        (None, None) => Ok(Vec::new()),
    }
}

fn of_action(
    flow: &RoleFlow,
    source: usize,
    action: &Action,
) -> Result<Vec<YamlChange>, JobRefusal> {
    let inputs = YamlPath::root().key("inputs");
    let mut changes = Vec::new();
    let mut added = Vec::new();
    for keys in flow.keys().key_inputs(source) {
        let declared = declared(&keys, &action.inputs);
        if let RolePassage::Input(name) = flow.passage(source, &keys.id)?
            && !is_taken(flow, source, &keys, &name)
        {
            let offset = declared.first().map_or(0, |it| it.offset);
            if entry(&action.inputs, &name).is_some() || added.contains(&name) {
                let what = sentence!("it has an input `{name}` already");
                return Err(JobRefusal::new(offset, what));
            }
            refuse_keyless_users(flow, source, &keys, offset)?;
            let text = format!(
                "{name}:\n  description: ARN of the IAM role to assume\n  required: true\n"
            );
            let id = entry(&action.inputs, &keys.id);
            changes.extend(id.map(|id| YamlChange::Before(inputs.key(&id.name), text)));
            added.push(name);
        }
        let gone = declared.into_iter();
        changes.extend(gone.map(|it| YamlChange::Remove(inputs.key(&it.name))));
    }
    Ok(changes)
}

/// Refuses an action that something uses without keys: the role becomes a required input, and that
/// would have none to pass.
fn refuse_keyless_users(
    flow: &RoleFlow,
    source: usize,
    keys: &KeyInputs,
    offset: usize,
) -> Result<(), JobRefusal> {
    let mut users = flow.workflows.users(source);
    let keyless = users.find(|(owner, step)| {
        let with = &flow.workflows.steps(*owner)[*step].with;
        !keys.names.iter().any(|name| entry(with, name).is_some())
    });
    let Some((owner, _)) = keyless else {
        return Ok(());
    };
    let path = flow.workflows.source(owner).path.display();
    let name = flow.workflows.name(owner);
    let what = format!("{name} of {path} uses it and passes no keys in");
    Err(JobRefusal::new(offset, what))
}

fn of_workflow(
    flow: &RoleFlow,
    source: usize,
    interface: &Interface,
) -> Result<Vec<YamlChange>, JobRefusal> {
    let yaml = &flow.workflows.sources[source].yaml;
    let call = call_trigger(yaml);
    let secrets = call.key("secrets");
    let mut changes = Vec::new();
    let mut gone: Vec<YamlPath> = Vec::new();
    let mut added: Vec<String> = Vec::new();
    for keys in flow.keys().key_inputs(source) {
        let declared = declared(&keys, &interface.secrets);
        let offset = declared.first().map_or(0, |it| it.offset);
        match flow.passage(source, &keys.id)? {
            RolePassage::None => {}
            RolePassage::Secret(name) => {
                let first = declared.first().map(|it| secrets.key(&it.name));
                let text = format!("{name}:\n  required: true\n");
                changes.extend(first.map(|first| YamlChange::Before(first, text)));
            }
            RolePassage::Input(name) if is_taken(flow, source, &keys, &name) => {}
            RolePassage::Input(name) => {
                if entry(&interface.inputs, &name).is_some() || added.contains(&name) {
                    let what = sentence!("it has an input `{name}` already");
                    return Err(JobRefusal::new(offset, what));
                }
                changes.push(new_input(yaml, &call, interface, &name, true)?);
                added.push(name);
            }
        }
        gone.extend(declared.iter().map(|it| secrets.key(&it.name)));
    }
    // A workflow without its trigger does not load, and neither do its callers ("Required property is
    // missing: on"): the trigger stays, with nothing below it.
    changes.extend(match changes.is_empty() && is_emptied(yaml, &call, &gone) {
        true => vec![YamlChange::Replace(call, "null".to_owned())],
        false => gone.into_iter().map(YamlChange::Remove).collect(),
    });
    Ok(changes)
}

/// The change that declares an input for a role.
pub(super) fn new_input(
    yaml: &Yaml,
    call: &YamlPath,
    interface: &Interface,
    name: &str,
    is_required: bool,
) -> Result<YamlChange, JobRefusal> {
    let text = format!(
        "{name}:\n  description: ARN of the IAM role to assume\n  type: string\n  required: \
         {is_required}\n"
    );
    let lines = text.lines().map(|line| format!("  {line}\n"));
    let inputs = format!("inputs:\n{}", lines.collect::<String>());
    let Some(node) = yaml.at(call) else {
        let what = "`on` names the event alone, where the role needs an input";
        return Err(JobRefusal::new(0, what).help("write `on: { workflow_call: }`, and run again"));
    };
    Ok(match (interface.inputs.is_empty(), node.is_mapping()) {
        (false, _) => YamlChange::Append(call.key("inputs"), text),
        (true, true) => YamlChange::Append(call.clone(), inputs),
        // `workflow_call:` without a value is a scalar.
        (true, false) => YamlChange::Replace(call.clone(), inputs),
    })
}

/// The declarations of these keys.
fn declared<'e>(keys: &KeyInputs, entries: &'e [NamedText]) -> Vec<&'e NamedText> {
    let names = keys.names.iter();
    names.filter_map(|name| entry(entries, name)).collect()
}

/// Whether the steps that take the keys take their role by that input already.
fn is_taken(flow: &RoleFlow, source: usize, keys: &KeyInputs, name: &str) -> bool {
    let taken = flow.taken_roles(source, &keys.id);
    taken.is_some_and(|taken| taken == [name])
}

/// The place of `on.workflow_call`. YAML 1.1 resolves an unquoted `on` to a boolean.
pub(super) fn call_trigger(yaml: &Yaml) -> YamlPath {
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
