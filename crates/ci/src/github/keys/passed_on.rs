//! Static keys that a job passes on to Terraform: as variables that a provider takes them from, or as
//! settings of the backend.

use syntax::yaml::YamlPath;
use terraform::static_keys::{KEYS, KeyVariables};

use crate::aws_names::{KEY_VARIABLES, is_key_name};
use crate::github::expression::references;
use crate::github::keys::origin::{Origin, origin};
use crate::github::keys::pair::{KeyForm, KeyPair, PassedAs};
use crate::github::workflow::model::{NamedText, Step, Text};
use crate::github::workflow::{StepOwner, Workflows};
use crate::scripts::key_arguments::{KeyArgument, KeyOption, VARIABLE, key_arguments, without};
use crate::scripts::shell::commands;

/// The prefix of variables that hold arguments which Terraform adds to those of its commands
/// (Terraform docs, "Environment Variables").
const ARGUMENTS: &str = "TF_CLI_ARGS";

/// A text of a job with arguments that pass static keys on.
#[derive(Debug)]
pub struct PassingText {
    /// Where it stands in the file.
    pub place: YamlPath,
    /// Its step, where it is the step's script.
    pub script_of: Option<usize>,
    /// It without them; empty where nothing else is in it.
    pub without: String,
    /// The variables of Terraform that `-var` sets there.
    pub passed: Vec<String>,
    /// Those that the environment sets: `TF_VAR_NAME=`.
    pub assigned: Vec<String>,
    /// The files of values that a line of it overwrites.
    pub overwritten: Vec<String>,
}

impl Workflows {
    /// The pairs that an `env:` passes on: as `TF_VAR_NAME`, or in `TF_CLI_ARGS`.
    pub(super) fn passed_in_env(
        &self,
        owner: StepOwner,
        step: Option<&Step>,
        env: &[NamedText],
        form: KeyForm,
    ) -> Vec<KeyPair> {
        let mut pairs = Vec::new();
        for keys in &self.key_takers.variables {
            // Unlike inputs and secrets, variables of the environment have names with case.
            let held = |variable: &str| {
                let name = format!("{VARIABLE}{variable}");
                env.iter().find(|entry| entry.name == name)
            };
            let Some(id) = held(&keys.id) else { continue };
            let others = keys.others.iter().filter_map(|name| held(name));
            let entries: Vec<&NamedText> = std::iter::once(id).chain(others).collect();
            let resolved = |entry: &&NamedText| self.resolved(owner, step, &entry.value);
            let mut texts = entries.iter().map(resolved);
            pairs.push(KeyPair {
                form,
                id: texts.next().unwrap_or_default(),
                others: texts.collect(),
                origin: Origin::Unknown,
                region: None,
                entries: entries.iter().map(|it| (form, it.name.clone())).collect(),
                written: None,
                passed_as: Some(PassedAs::Variables(variables(keys))),
            });
        }
        for entry in env.iter().filter(|entry| entry.name.starts_with(ARGUMENTS)) {
            let given = |name: &str| self.given(owner, step, name);
            let arguments = key_arguments(&entry.value.value);
            pairs.extend(self.in_arguments(&entry.value, &arguments, form, &given));
        }
        self.told_apart(pairs)
    }

    /// The pairs that the arguments of a step's script pass on.
    pub(super) fn passed_in_arguments(&self, owner: StepOwner, index: usize) -> Vec<KeyPair> {
        let step = &self.steps(owner)[index];
        let Some(run) = &step.run else {
            return Vec::new();
        };
        let given = |name: &str| self.given(owner, Some(step), name);
        let arguments = self.script_arguments(owner, &run.value);
        let pairs = self.in_arguments(run, &arguments, KeyForm::StepEnv(index), &given);
        self.told_apart(pairs)
    }

    /// The pairs that arguments in a text pass on. `given` looks up a variable of the environment.
    fn in_arguments(
        &self,
        text: &Text,
        arguments: &[KeyArgument],
        form: KeyForm,
        given: &dyn Fn(&str) -> Option<(KeyForm, Text)>,
    ) -> Vec<KeyPair> {
        let mut pairs = Vec::new();
        let mut add = |passed_as: PassedAs, wanted: &[KeyOption]| {
            let held = wanted.iter().map(|option| {
                let mut arguments = arguments.iter();
                arguments.find(|argument| argument.option == *option)
            });
            let held: Vec<Option<&KeyArgument>> = held.collect();
            // A backend of Azure has an `access_key`, too, and no `secret_key`.
            if held.first().is_none_or(Option::is_none)
                || passed_as == PassedAs::Backend && !arguments_have_pair(&text.value)
            {
                return;
            }
            let mut entries = Vec::new();
            let mut texts = held.into_iter().flatten().map(|argument| {
                let name = shell_variable(&argument.value);
                match name.and_then(|name| Some((name, given(name)?))) {
                    Some((name, (scope, value))) => {
                        entries.push((scope, name.to_owned()));
                        value.value
                    }
                    None => argument.value.clone(),
                }
            });
            let id = texts.next().unwrap_or_default();
            let at = |value: String| Text {
                value,
                offset: text.offset,
            };
            let others: Vec<Text> = texts.map(at).collect();
            // AWS's own variables are those of a pair of the environment.
            entries.retain(|(_, name)| !KEY_VARIABLES.contains(&name.as_str()));
            pairs.push(KeyPair {
                form,
                id: at(id),
                others,
                origin: Origin::Unknown,
                region: None,
                entries,
                written: None,
                passed_as: Some(passed_as),
            });
        };
        for keys in &self.key_takers.variables {
            let options = keys
                .names()
                .map(|name| KeyOption::Variable(name.to_owned()));
            let options: Vec<KeyOption> = options.collect();
            add(PassedAs::Variables(variables(keys)), &options);
        }
        add(PassedAs::Backend, &KEYS.map(KeyOption::Backend));
        pairs
    }

    /// The pairs with their origins; without those that the environment of AWS holds already, and
    /// without keys that may be another service's.
    fn told_apart(&self, mut pairs: Vec<KeyPair>) -> Vec<KeyPair> {
        pairs.retain(|pair| {
            let is_foreign =
                pair.passed_as == Some(PassedAs::Backend) && !self.may_be_of_aws(&pair.id.value);
            !is_foreign && !is_of_environment(&pair.id.value)
        });
        for pair in &mut pairs {
            pair.origin = origin(&pair.id.value);
        }
        pairs
    }

    /// Whether the backends of the tree may take a pair with that id as one of AWS.
    fn may_be_of_aws(&self, id: &str) -> bool {
        let found = references(id);
        let mut names = found.iter().filter_map(|it| it.name.as_deref());
        let is_named = is_of_environment(id) || names.any(is_key_name);
        !self.key_takers.has_foreign_backend && (!self.key_takers.has_other_backend || is_named)
    }

    /// The place of the `env:` in which a job or action has keys in that form.
    pub fn environment(&self, owner: StepOwner, form: KeyForm) -> YamlPath {
        let holder = match form {
            KeyForm::WorkflowEnv => YamlPath::root(),
            KeyForm::StepEnv(step) => self.place(owner).key("steps").item(step),
            _ => self.place(owner),
        };
        holder.key("env")
    }

    /// A variable of the environment of a step, and where it stands.
    fn given(&self, owner: StepOwner, step: Option<&Step>, name: &str) -> Option<(KeyForm, Text)> {
        let of = |env: &[NamedText], form: KeyForm| {
            let found = env.iter().find(|entry| entry.name == name)?;
            Some((form, self.resolved(owner, step, &found.value)))
        };
        let own = step.and_then(|step| {
            let steps = self.steps(owner);
            let index = steps.iter().position(|it| std::ptr::eq(it, step))?;
            of(&step.env, KeyForm::StepEnv(index))
        });
        let job = || of(&self.job(owner)?.env, KeyForm::JobEnv);
        let workflow = || of(&self.workflow(owner)?.env, KeyForm::WorkflowEnv);
        own.or_else(job).or_else(workflow)
    }

    /// The texts of a job or action from which arguments go that pass keys on: those of `pairs`, and
    /// those of its environment.
    pub fn passing_texts(&self, owner: StepOwner) -> Vec<PassingText> {
        let steps = self.steps(owner).iter().enumerate();
        let at_steps = self.place(owner).key("steps");
        let mut found = Vec::new();
        let job = self
            .job(owner)
            .map(|job| (&job.env, self.place(owner).key("env")));
        let shared = self.workflow(owner);
        let shared = shared.map(|it| (&it.env, YamlPath::root().key("env")));
        let own = steps.clone();
        let own = own.map(|(index, step)| (&step.env, at_steps.item(index).key("env")));
        for (env, place) in job.into_iter().chain(shared).chain(own) {
            let arguments = env.iter().filter(|entry| entry.name.starts_with(ARGUMENTS));
            found.extend(arguments.filter_map(|entry| {
                let given = |name: &str| self.given(owner, None, name);
                let place = place.key(&entry.name);
                let arguments = key_arguments(&entry.value.value);
                self.passing_text(&entry.value.value, arguments, (place, None), &given)
            }));
        }
        found.extend(steps.filter_map(|(index, step)| {
            let given = |name: &str| self.given(owner, Some(step), name);
            let place = at_steps.item(index).key("run");
            let script = &step.run.as_ref()?.value;
            let arguments = self.script_arguments(owner, script);
            self.passing_text(script, arguments, (place, Some(index)), &given)
        }));
        found
    }

    /// The arguments of a script of a job or action, without lines of files of values that would leave a command
    /// without its file.
    fn script_arguments(&self, owner: StepOwner, script: &str) -> Vec<KeyArgument> {
        let mut arguments = key_arguments(script);
        arguments.retain(|argument| match &argument.written {
            Some(line) => self.is_free(owner, &line.file),
            None => true,
        });
        arguments
    }

    /// Whether a module of the tree takes keys from variables of that name.
    fn takes_keys_from(&self, variable: &str) -> bool {
        let mut takers = self.key_takers.variables.iter();
        takers.any(|keys| keys.names().any(|own| own == variable))
    }

    /// Whether the lines that write values to a file may go: something else is still written to it, or Terraform
    /// reads it where it is there (Terraform docs, "Variable Definitions Files") and no command names it.
    fn is_free(&self, owner: StepOwner, file: &str) -> bool {
        let name = file.rsplit('/').next().unwrap_or_default();
        let mut is_named = false;
        for script in self
            .steps(owner)
            .iter()
            .filter_map(|step| step.run.as_ref())
        {
            let mut lines = key_arguments(&script.value);
            lines.retain(|it| {
                let mut written = it.written.iter();
                written.any(|line| line.file == file && self.takes_keys_from(&line.variable))
            });
            let Some(left) = without(&script.value, &lines) else {
                return false;
            };
            for command in commands(&left) {
                let mut words = command.words.iter().peekable();
                while let Some(word) = words.next() {
                    if word == ">" && words.next_if(|next| *next == file).is_some() {
                        return true;
                    }
                    is_named |= word.contains(name);
                }
            }
        }
        !is_named && (name == "terraform.tfvars" || name.ends_with(".auto.tfvars"))
    }

    fn passing_text(
        &self,
        text: &str,
        mut arguments: Vec<KeyArgument>,
        (place, script_of): (YamlPath, Option<usize>),
        given: &dyn Fn(&str) -> Option<(KeyForm, Text)>,
    ) -> Option<PassingText> {
        // With its token, a temporary pair is as good in the backend as a static one.
        let has_token = |argument: &KeyArgument| match &argument.option {
            KeyOption::Backend(_) => text.contains(KEY_VARIABLES[2]),
            KeyOption::Variable(_) => false,
        };
        let is_taken = |argument: &KeyArgument| match &argument.option {
            KeyOption::Variable(name) => self.takes_keys_from(name),
            KeyOption::Backend(_) => arguments_have_pair(text),
        };
        let resolved = |argument: &KeyArgument| {
            let name = shell_variable(&argument.value);
            let held = name.and_then(given).map(|(_, text)| text.value);
            held.unwrap_or_else(|| argument.value.clone())
        };
        let mut ids = arguments.iter();
        let id = ids.find(|it| it.option == KeyOption::Backend(KEYS[0]));
        let is_of_aws = id.is_some_and(|id| self.may_be_of_aws(&resolved(id)));
        let is_key = |argument: &KeyArgument| {
            let value = &resolved(argument);
            let is_static = matches!(
                origin(value),
                Origin::Stored | Origin::Input | Origin::Plain
            );
            let is_backend = matches!(argument.option, KeyOption::Backend(_));
            (is_static || is_of_environment(value) && !has_token(argument))
                && (!is_backend || is_of_aws)
        };
        let is_gone: Vec<bool> = arguments
            .iter()
            .map(|argument| is_taken(argument) && is_key(argument))
            .collect();
        let mut is_gone = is_gone.into_iter();
        arguments.retain(|_| is_gone.next() == Some(true));
        let set = |is_flag: bool| {
            let set = arguments
                .iter()
                .filter(move |it| it.written.is_none() && it.is_flag() == is_flag);
            let set = set.filter_map(|argument| match &argument.option {
                KeyOption::Variable(name) => Some(name.clone()),
                KeyOption::Backend(_) => None,
            });
            set.collect::<Vec<String>>()
        };
        (!arguments.is_empty()).then_some(())?;
        Some(PassingText {
            place,
            script_of,
            without: strip(text, &arguments)?,
            passed: set(true),
            assigned: set(false),
            overwritten: arguments.iter().filter_map(overwritten).collect(),
        })
    }
}

/// The text without the arguments: a script, or the value of `TF_CLI_ARGS`.
fn strip(text: &str, arguments: &[KeyArgument]) -> Option<String> {
    without(text, arguments).or_else(|| {
        // The arguments alone are no command.
        let command = format!("terraform {text}");
        let shifted = key_arguments(&command);
        let own = shifted.into_iter().filter(|it| {
            let mut arguments = arguments.iter();
            arguments.any(|argument| argument.option == it.option)
        });
        let left = without(&command, &own.collect::<Vec<_>>())?;
        Some(left.strip_prefix("terraform")?.trim().to_owned())
    })
}

/// Whether a text gives the backend a whole pair.
fn arguments_have_pair(text: &str) -> bool {
    let arguments = key_arguments(text);
    let has = |key: &'static str| {
        let mut arguments = arguments.iter();
        arguments.any(|argument| argument.option == KeyOption::Backend(key))
    };
    // With an endpoint, it is another service's.
    has(KEYS[0]) && has(KEYS[1]) && !text.contains("endpoint")
}

/// The file of values that an argument overwrites.
fn overwritten(argument: &KeyArgument) -> Option<String> {
    let line = argument.written.as_ref().filter(|it| it.truncates)?;
    Some(line.file.clone())
}

fn variables(keys: &KeyVariables) -> Vec<String> {
    keys.names().map(str::to_owned).collect()
}

/// The variable of the shell that a value is, and nothing else: `$NAME`, `${NAME}`.
fn shell_variable(value: &str) -> Option<&str> {
    let name = value.strip_prefix('$')?;
    let name = match name.strip_prefix('{') {
        Some(inside) => inside.strip_suffix('}')?,
        None => name,
    };
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    (!name.is_empty() && name.bytes().all(is_name)).then_some(name)
}

/// Whether a value is one of AWS's own variables of the environment.
fn is_of_environment(value: &str) -> bool {
    let found = references(value);
    let reads = |name: &str| found.len() == 1 && found[0].is("env", name);
    KEY_VARIABLES
        .iter()
        .any(|name| shell_variable(value) == Some(name) || reads(name))
}
