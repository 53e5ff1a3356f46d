//! From YAML to the model of a workflow or action.

use std::borrow::Cow;
use std::path::Path;

use crate::github::permissions::PermissionsBlock;
use syntax::code::sentence;
use syntax::yaml::{Node, YamlError};

use crate::github::scalars::said;
use crate::github::values::Values;
use crate::github::workflow::machine;
use crate::github::workflow::matrix::{choices, combinations};
use crate::github::workflow::model::Trigger;
use crate::github::workflow::model::{
    Action, ActionProgram, Interface, Job, NamedText, SecretsPassed, Step, Text, Workflow,
};

/// Reads a workflow.
///
/// # Errors
/// What GitHub rejects, too: a file without jobs, an unknown level of a permission.
pub fn workflow(root: &Node) -> Result<Workflow, YamlError> {
    let Some(jobs) = root.get("jobs").filter(|jobs| jobs.is_mapping()) else {
        return Err(YamlError::new(root.span.start, "it has no `jobs`"));
    };
    // YAML 1.1 resolves an unquoted `on` to a boolean, so some files quote it and some parsers say
    // `true`.
    let on = root.get("on").or_else(|| root.get("true"));
    let jobs = jobs.entries().iter();
    let shell = run_default(root, "shell");
    Ok(Workflow {
        triggers: on.map(triggers).unwrap_or_default(),
        interface: on.and_then(call_trigger),
        choices: match on.and_then(|on| on.get("workflow_dispatch")) {
            Some(form) => choices(form),
            None => vec![Values::new()],
        },
        env: entries(root.get("env")),
        computed_env: computed(root.get("env")),
        permissions: permissions(root)?,
        directory: run_default(root, "working-directory"),
        jobs: jobs
            .map(|entry| job(&entry.name, entry.key.start, &entry.value, shell.as_deref()))
            .collect::<Result<_, _>>()?,
        shell,
    })
}

/// Reads the action in that directory.
pub fn action(root: &Node, directory: &Path) -> Action {
    let runs = root.get("runs");
    let is_composite = runs.and_then(|runs| runs.get("using")?.as_str()) == Some("composite");
    let steps = runs.filter(|_| is_composite);
    Action {
        inputs: inputs(root),
        steps: steps.map(|it| steps_of(it, None)).unwrap_or_default(),
        program: runs.map_or(ActionProgram::None, program),
        directory: directory.to_path_buf(),
    }
}

/// The program that `runs:` names.
fn program(runs: &Node) -> ActionProgram {
    let named = |name: &str| runs.get(name).and_then(Node::as_str).map(str::to_owned);
    let all = |names: [&str; 3]| names.into_iter().filter_map(named).collect();
    match runs.get("using").and_then(Node::as_str) {
        Some(using) if using.starts_with("node") => {
            ActionProgram::Node(all(["pre", "main", "post"]))
        }
        Some("docker") => {
            let mut words: Vec<String> = all(["pre-entrypoint", "entrypoint", "post-entrypoint"]);
            let arguments = runs.get("args").map(Node::items).unwrap_or_default();
            let arguments = arguments.iter().filter_map(|item| item.value.as_str());
            words.extend(arguments.map(str::to_owned));
            ActionProgram::Image {
                image: named("image").unwrap_or_default(),
                words,
            }
        }
        _ => ActionProgram::None,
    }
}

fn job(id: &str, offset: usize, node: &Node, shared: Option<&str>) -> Result<Job, YamlError> {
    let shell = run_default(node, "shell");
    let of_machine = machine::is_windows(node).then_some("pwsh");
    let steps = steps_of(node, shell.as_deref().or(shared).or(of_machine));
    let container = node.get("container");
    let services = node.get("services").into_iter().flat_map(Node::children);
    let containers = container.into_iter().chain(services);
    let secrets = node.get("secrets");
    let environment = node.get("environment");
    // `environment:` is a name, or a mapping with `name` and `url`.
    let environment = environment.and_then(|it| it.get("name").or(Some(it))?.as_str());
    Ok(Job {
        id: id.to_owned(),
        offset,
        condition: node.get("if").and_then(text),
        permissions: permissions(node)?,
        environment: environment.map(str::to_owned),
        env: entries(node.get("env")),
        computed_env: computed(node.get("env")),
        container_env: containers.flat_map(|it| entries(it.get("env"))).collect(),
        timeout: node
            .get("timeout-minutes")
            .and_then(|it| it.as_str()?.parse().ok()),
        is_hosted: machine::is_hosted(node),
        is_unix: machine::is_unix(node),
        combinations: combinations(node),
        has_container: container.is_some(),
        directory: run_default(node, "working-directory"),
        shell,
        uses: node.get("uses").and_then(text),
        with: entries(node.get("with")),
        secrets: match secrets {
            None => SecretsPassed::None,
            // `inherit` is the only scalar that `secrets:` may be.
            Some(secrets) if secrets.as_str() == Some("inherit") => SecretsPassed::Inherit,
            Some(secrets) => SecretsPassed::Named(entries(Some(secrets))),
        },
        steps,
    })
}

/// The steps; `shell` is that of those which name none.
fn steps_of(node: &Node, shell: Option<&str>) -> Vec<Step> {
    let items = node.get("steps").map(Node::items).unwrap_or_default();
    let steps = items.iter().map(|item| step(&item.value, shell));
    steps.collect()
}

fn step(node: &Node, shell: Option<&str>) -> Step {
    let string = |name: &str| node.get(name).and_then(said).map(Cow::into_owned);
    Step {
        offset: node.span.start,
        id: string("id"),
        name: string("name"),
        condition: node.get("if").and_then(text),
        uses: node.get("uses").and_then(text),
        with: entries(node.get("with")),
        env: entries(node.get("env")),
        computed_env: computed(node.get("env")),
        run: node.get("run").and_then(text),
        directory: string("working-directory"),
        shell: string("shell").or_else(|| shell.map(str::to_owned)),
        may_fail_on: string("continue-on-error").is_some_and(|it| it != "false"),
    }
}

/// A setting of `defaults.run` of a job or workflow.
fn run_default(node: &Node, name: &str) -> Option<String> {
    let value = node.get("defaults")?.get("run")?.get(name)?;
    said(value).map(Cow::into_owned)
}

fn permissions(node: &Node) -> Result<Option<PermissionsBlock>, YamlError> {
    let Some(entry) = node.entry("permissions") else {
        return Ok(None);
    };
    let refuse = |what: String| YamlError::new(entry.value.span.start, what);
    if let Some(word) = entry.value.as_str() {
        let block = PermissionsBlock::word(word.trim());
        return match block {
            Some(block) => Ok(Some(block)),
            None => Err(refuse(sentence!("`permissions` are no `{word}`"))),
        };
    }
    let scopes = entry.value.entries().iter();
    let scopes = scopes.map(|scope| {
        let level = scope.value.as_str().unwrap_or_default();
        (scope.name.as_str(), level)
    });
    let block = PermissionsBlock::mapping(scopes);
    block
        .map(Some)
        .map_err(|level| refuse(sentence!("`{level}` is no level of a permission")))
}

fn triggers(on: &Node) -> Vec<Trigger> {
    if let Some(event) = on.as_str() {
        return vec![Trigger {
            event: event.to_owned(),
            ..Trigger::default()
        }];
    }
    let listed = on.items().iter().filter_map(|item| item.value.as_str());
    let listed = listed.map(|event| Trigger {
        event: event.to_owned(),
        ..Trigger::default()
    });
    let mapped = on.entries().iter().map(|entry| Trigger {
        event: entry.name.clone(),
        branches: refs(&entry.value, "branches"),
        tags: refs(&entry.value, "tags"),
    });
    listed.chain(mapped).collect()
}

/// The refs of a kind that an event is of: all, where only some are ignored ("Workflow syntax",
/// `on.push.<branches|tags|branches-ignore|tags-ignore>`: with filters of one kind, no ref of the other starts it).
fn refs(event: &Node, kind: &str) -> Option<Vec<String>> {
    let ignored = || event.get(&format!("{kind}-ignore"));
    names(event.get(kind)).or_else(|| ignored().map(|_| vec!["**".to_owned()]))
}

/// A scalar or a sequence of scalars.
fn names(node: Option<&Node>) -> Option<Vec<String>> {
    let node = node?;
    if let Some(name) = node.as_str() {
        return Some(vec![name.to_owned()]);
    }
    let names = node.items().iter().filter_map(|item| item.value.as_str());
    Some(names.map(str::to_owned).collect())
}

/// What a workflow that can be called takes; `on: workflow_call` and `on: [workflow_call]` declare
/// nothing.
fn call_trigger(on: &Node) -> Option<Interface> {
    let mut triggers = triggers(on).into_iter();
    let is_called = triggers.any(|trigger| trigger.event == "workflow_call");
    is_called.then(|| on.get("workflow_call").map(interface).unwrap_or_default())
}

fn interface(call: &Node) -> Interface {
    Interface {
        inputs: inputs(call),
        secrets: entries(call.get("secrets")),
    }
}

/// The entries of `inputs:`, each with its default as value.
fn inputs(node: &Node) -> Vec<NamedText> {
    let inputs = node.get("inputs").map(Node::entries).unwrap_or_default();
    let inputs = inputs.iter().map(|input| NamedText {
        name: input.name.clone(),
        offset: input.key.start,
        value: input
            .value
            .get("default")
            .and_then(text)
            .unwrap_or_default(),
    });
    inputs.collect()
}

fn entries(node: Option<&Node>) -> Vec<NamedText> {
    let entries = node.map(Node::entries).unwrap_or_default().iter();
    let entries = entries.map(|entry| NamedText {
        name: entry.name.clone(),
        offset: entry.key.start,
        value: text(&entry.value).unwrap_or_default(),
    });
    entries.collect()
}

/// `env:` that is an expression, as whose value GitHub takes a mapping ("Workflow syntax", `env`).
fn computed(node: Option<&Node>) -> Option<Text> {
    text(node?).filter(|text| text.value.contains("${{"))
}

fn text(node: &Node) -> Option<Text> {
    said(node).map(|value| Text {
        value: value.into_owned(),
        offset: node.span.start,
    })
}
