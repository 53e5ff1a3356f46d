//! Uses of keys that no edit can replace: in scripts, containers, inputs of other actions and
//! secrets of workflows in other repositories. One of them keeps the whole job on its keys.

use crate::aws_names::KEY_VARIABLES;
use crate::aws_names::is_key_name;
use crate::github::configure_aws_credentials::KEY_INPUTS;
use crate::github::expression::references;
use crate::github::keys::exported::ScriptKeys;
use crate::github::keys::origin::{Origin, origin};
use crate::github::keys::pair::KeyForm;
use crate::github::uses::remote_action;
use crate::github::workflow::model::{NamedText, SecretsPassed, Step, Text};
use crate::github::workflow::{StepOwner, Workflows};
use syntax::code::{quoted, sentence};
use syntax::yaml::YamlPath;

use crate::github::keys::key_use::{Destination, KeyUse};

/// The uses of keys in a job or action that are not among the `known` ones.
pub(super) fn unconvertible(
    workflows: &Workflows,
    owner: StepOwner,
    known: &[KeyUse],
) -> Vec<KeyUse> {
    let mut found = Vec::new();
    let passing = workflows.passing_texts(owner);
    // What is left of a text without the arguments that pass known keys on.
    let left = |text: &Text, place: &YamlPath| {
        let without = passing.iter().find(|it| it.place == *place);
        let value = without.map_or(&text.value, |it| &it.without).clone();
        Text {
            value,
            offset: text.offset,
        }
    };
    let is_held = |form: KeyForm, entry: &NamedText| {
        known.iter().any(|used| match &used.to {
            Destination::Steps(pair) => {
                let mut entries = pair.entries.iter();
                entries.any(|(scope, name)| *scope == form && *name == entry.name)
            }
            _ => false,
        })
    };
    let mut take = |texts: Vec<&Text>, why: String| found.extend(keys(&texts, why));
    if let Some(job) = workflows.job(owner) {
        let is_caller = job.uses.is_some();
        let shared = workflows.workflow(owner).map(|it| &it.env[..]);
        let own = (&job.env[..], workflows.place(owner), KeyForm::JobEnv);
        let shared = shared.unwrap_or_default();
        let shared = (shared, YamlPath::root(), KeyForm::WorkflowEnv);
        for (env, place, form) in [shared, own].into_iter().filter(|_| !is_caller) {
            let others = env
                .iter()
                .filter(|entry| !is_one_of(&KEY_VARIABLES, entry) && !is_held(form, entry));
            for entry in others {
                let value = left(&entry.value, &place.key("env").key(&entry.name));
                take(vec![&value], held_by(entry));
            }
        }
        take(
            job.container_env.iter().map(|entry| &entry.value).collect(),
            "a container gets them in an environment of its own".to_owned(),
        );
        if let Some(uses) = &job.uses {
            let named = match &job.secrets {
                SecretsPassed::Named(named) => &named[..],
                _ => &[],
            };
            let passed = job.with.iter().chain(named);
            let passed = passed.filter(|entry| {
                !known.iter().any(|used| match &used.to {
                    Destination::CalledWorkflow(keys) => keys.has(&entry.name),
                    _ => false,
                })
            });
            let why = match workflows.callee(owner) {
                Some(_) => "in which no use of them is found",
                None if workflows.is_own(&uses.value) => {
                    "the file of a release, which no edit here reaches"
                }
                None => "which is not in this repository",
            };
            let mut why = format!("the job passes them to {}, {why}", quoted(&uses.value));
            if let Some(repository) = workflows.may_be_own(&uses.value) {
                why += &sentence!(" unless tfkeyless.hcl sets `repository = \"{repository}\"`");
            }
            take(passed.map(|entry| &entry.value).collect(), why);
        }
    }
    for (index, step) in workflows.steps(owner).iter().enumerate() {
        let is_known = |form: KeyForm| {
            known.iter().any(|used| match &used.to {
                Destination::Steps(pair) => pair.form == form,
                _ => false,
            })
        };
        let is_script = is_known(KeyForm::Script(index));
        if let ScriptKeys::Held(why) = workflows.script_keys(owner, step) {
            let env = step.env.iter().map(|entry| &entry.value);
            take(env.chain(&step.run).collect(), why);
            continue;
        }
        let place = workflows.place(owner).key("steps").item(index);
        let form = KeyForm::StepEnv(index);
        for entry in step.env.iter().filter(|entry| {
            !is_script && !is_one_of(&KEY_VARIABLES, entry) && !is_held(form, entry)
        }) {
            let value = left(&entry.value, &place.key("env").key(&entry.name));
            take(vec![&value], held_by(entry));
        }
        let script = step.run.iter().filter(|_| !is_script);
        let script = script.map(|run| left(run, &place.key("run")));
        let script: Vec<Text> = script.collect();
        let why = taken_by(&script);
        take(script.iter().collect(), why);
        let passed = other_inputs(step, index, known);
        let why = match step.uses {
            Some(_) => format!("the action {} takes them as inputs", name(step)),
            None => "a step has them in `with` and no `uses`, which GitHub refuses".to_owned(),
        };
        take(passed, why);
    }
    found
}

/// The inputs of a step that take none of the known keys.
fn other_inputs<'s>(step: &'s Step, index: usize, known: &[KeyUse]) -> Vec<&'s Text> {
    let uses = step
        .uses
        .as_ref()
        .and_then(|uses| remote_action(&uses.value));
    let is_configure = uses.is_some_and(|action| action.is_configure());
    let is_known = |entry: &NamedText| {
        is_configure && is_one_of(&KEY_INPUTS, entry)
            || known.iter().any(|used| match &used.to {
                Destination::Action(at, keys) => *at == index && keys.has(&entry.name),
                _ => false,
            })
    };
    let passed = step.with.iter().filter(|entry| !is_known(entry));
    passed.map(|entry| &entry.value).collect()
}

/// How a script takes keys.
fn taken_by(script: &[Text]) -> String {
    match script.iter().find_map(|it| values_file(&it.value)) {
        None => "a script takes them as text".to_owned(),
        Some(file) => format!(
            "a script writes them to {file}: as `TF_VAR_` and the variable's name in the job's `env:`, \
             they would go with the keys of the provider",
            file = quoted(file),
        ),
    }
}

/// The file of Terraform's values that a script writes keys to: the target of a redirection, of `tee` or
/// of `sed -i`, on a line that has an expression or begins a here-document.
fn values_file(script: &str) -> Option<&str> {
    let is_end = |letter: char| letter.is_whitespace() || "'\"<>|;&".contains(letter);
    let is_values = |word: &&str| word.ends_with(".tfvars") || word.ends_with(".tfvars.json");
    let lines = script.lines();
    let mut writing = lines.filter(|line| line.contains("${{") || line.contains("<<"));
    writing.find_map(|line| {
        let targets = [">", "tee ", "sed -i"]
            .into_iter()
            .filter_map(|writer| line.split_once(writer));
        let mut words = targets.flat_map(|(_, behind)| behind.split(is_end));
        words.find(|word| is_values(word) && !word.starts_with('-'))
    })
}

fn name(step: &Step) -> String {
    let uses = step.uses.as_ref().map_or("", |uses| uses.value.as_str());
    quoted(uses.split('@').next().unwrap_or_default())
}

fn held_by(variable: &NamedText) -> String {
    let text = &variable.value.value;
    let compares = ["==", "!="].iter().any(|operator| text.contains(operator));
    match compares {
        true => sentence!(
            "the variable `{}` tests whether the keys are set: after the migration they never are",
            variable.name
        ),
        false => sentence!("the variable `{}` holds them", variable.name),
    }
}

fn is_one_of(names: &[&str], entry: &NamedText) -> bool {
    names
        .iter()
        .any(|name| name.eq_ignore_ascii_case(&entry.name))
}

/// The use of keys by texts, if they read any.
fn keys(texts: &[&Text], why: String) -> Option<KeyUse> {
    let named = |text: &Text| -> Vec<String> {
        let stored = references(&text.value).into_iter();
        let stored = stored.filter(|it| matches!(&*it.context, "secrets" | "inputs" | "vars"));
        stored
            .filter_map(|it| it.name)
            .filter(|name| is_key_name(name))
            .collect()
    };
    let first = texts.iter().find(|text| !named(text).is_empty())?;
    let mut all: Vec<String> = texts.iter().flat_map(|text| named(text)).collect();
    all.sort();
    all.dedup();
    match origin(&first.value) {
        Origin::OtherCloud => None,
        _ => Some(KeyUse {
            id: (*first).clone(),
            names: all,
            to: Destination::Unconvertible(why),
        }),
    }
}
