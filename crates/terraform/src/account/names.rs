//! What the names of a module mean: its variables with the values that the tree gives them, its
//! locals, and the identities that it asks for.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use hcl_edit::expr::Expression;

use super::evaluate::Evaluator;
use super::situation::{Selectors, Situation};
use crate::file_kind::is_example;
use crate::references::words;
use crate::values_file::values;
use syntax::hcl::Document;

/// The value of the selector `-var-file` where no file is passed.
const NO_FILE: &str = "none";

/// The names of one module.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ModuleNames {
    /// Defaults of variables, `None` for those without.
    variables: BTreeMap<String, Option<Expression>>,
    /// Variables whose value is a set, in the order of one whatever they are set to.
    sets: BTreeSet<String>,
    locals: BTreeMap<String, Expression>,
    /// `data "aws_caller_identity"`, with the alias of the provider that each asks; empty for the
    /// default provider.
    identities: BTreeMap<String, String>,
    /// Values that Terraform loads unasked, in its order.
    loaded: Vec<BTreeMap<String, Expression>>,
    /// Values of other files, of which one may be passed by `-var-file`.
    chosen: BTreeMap<String, BTreeMap<String, Expression>>,
    /// Whether a file of values is not understood.
    has_unread_values: bool,
    /// Variables that something outside the module's files may set.
    set_elsewhere: BTreeSet<String>,
    /// Those that it sets to several values, or to what only the run knows.
    chosen_elsewhere: BTreeSet<String>,
}

impl ModuleNames {
    /// Takes in the blocks of a file of the module.
    pub fn add_configuration(&mut self, document: &Document) {
        for block in document.blocks("variable") {
            let default = block.attribute("default");
            let default = default.map(|default| default.value.expression().clone());
            let name = block.label(0).unwrap_or_default().to_owned();
            let kind = block.attribute("type");
            if kind.is_some_and(|kind| kind.value.text().starts_with("set(")) {
                self.sets.insert(name.clone());
            }
            self.variables.insert(name, default);
        }
        for block in document.blocks("locals") {
            for local in block.body().attributes() {
                let value = local.value.expression().clone();
                self.locals.insert(local.name.to_owned(), value);
            }
        }
        for block in document.blocks("data") {
            if block.label(0) == Some("aws_caller_identity") {
                let provider = block.attribute("provider");
                let provider = provider.map(|provider| provider.value.text().trim_matches('"'));
                let alias = provider.and_then(|provider| provider.split_once('.'));
                let alias = alias.map_or("", |(_, alias)| alias).to_owned();
                let name = block.label(1).unwrap_or_default().to_owned();
                self.identities.insert(name, alias);
            }
        }
    }

    /// Takes in the text of a file of values, in Terraform's order. Both paths are relative to the
    /// root, `directory` is the module's.
    pub fn add_values(&mut self, path: &Path, text: &str, directory: &Path) {
        if is_example(path) {
            return;
        }
        let Some(values) = values(path, text) else {
            // It may set any of them.
            self.has_unread_values = true;
            return;
        };
        let path = seen_from(directory, path);
        match is_loaded_unasked(&path) {
            true => self.loaded.push(values),
            false => {
                let name = path.display().to_string();
                self.chosen.insert(name, values);
            }
        }
    }

    /// Notes variables that something outside the module's files may set.
    pub fn set_elsewhere<'a>(&mut self, names: impl IntoIterator<Item = &'a String>) {
        self.set_elsewhere.extend(names.into_iter().cloned());
    }

    /// Notes what commands outside the module's files set variables to; `None` where only the run knows
    /// it.
    pub fn set_to<'a>(&mut self, values: impl IntoIterator<Item = (&'a str, Option<&'a str>)>) {
        let mut known: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for (name, value) in values {
            match value {
                Some(value) => {
                    let default = self.variables.get(name).and_then(Option::as_ref);
                    // The other runs assume no role.
                    if value.starts_with("arn:") && default.is_some_and(Expression::is_null) {
                        self.chosen_elsewhere.insert(name.to_owned());
                    }
                    let all = known.entry(name).or_default();
                    all.insert(account_of(value).to_owned());
                }
                None if self.variables.contains_key(name) => {
                    self.chosen_elsewhere.insert(name.to_owned());
                }
                None => {}
            }
        }
        // Where a command sets nothing, what the module itself has holds.
        let set = self.variables.keys();
        let set = set.filter(|name| self.set_elsewhere.contains(*name));
        let several = set.filter(|name| {
            let mut values = known.remove(name.as_str()).unwrap_or_default();
            values.extend(self.own_values(name));
            values.len() > 1
        });
        let several: Vec<String> = several.cloned().collect();
        self.chosen_elsewhere.extend(several);
    }

    /// Whether a variable has that value wherever the module's files give it one.
    pub fn is_always(&self, variable: &str, value: Option<&str>) -> bool {
        let mut own = self.own_values(variable).peekable();
        own.peek().is_some() && own.all(|own| Some(&*own) == value.map(account_of))
    }

    /// The values that the module's files give a variable; of ARNs, their accounts.
    fn own_values(&self, name: &str) -> impl Iterator<Item = String> {
        let loaded = self.loaded.iter().rev().find_map(|it| it.get(name));
        let default = || self.variables.get(name).and_then(Option::as_ref);
        let chosen = self.chosen.values().filter_map(|it| it.get(name));
        let own = loaded.or_else(default).into_iter().chain(chosen);
        own.filter(|own| !is_blank(own))
            .map(|own| match own.as_str() {
                Some(literal) => account_of(literal).to_owned(),
                None => own.to_string().trim().to_owned(),
            })
    }

    /// Notes that something outside the module's files may set those variables to what only the run
    /// knows.
    pub fn choose_elsewhere(&mut self, is_chosen: impl Fn(&str) -> bool) {
        let names = self.variables.keys().filter(|name| is_chosen(name));
        let names: Vec<String> = names.cloned().collect();
        self.set_elsewhere.extend(names.iter().cloned());
        self.chosen_elsewhere.extend(names);
    }

    /// Whether the module declares a variable.
    pub fn declares(&self, variable: &str) -> bool {
        self.variables.contains_key(variable)
    }

    /// The same names, where nothing tells what variables are set to: a run may give them any values.
    #[must_use]
    pub fn without_values(&self) -> Self {
        let variables = self.variables.keys().map(|name| (name.clone(), None));
        Self {
            variables: variables.collect(),
            loaded: Vec::new(),
            chosen: BTreeMap::new(),
            ..self.clone()
        }
    }

    /// The same names without the defaults of variables, which a run may override. What files set that Terraform
    /// loads unasked, a module's directory stands for.
    #[must_use]
    pub fn without_defaults(&self) -> Self {
        let variables = self.variables.keys().map(|name| (name.clone(), None));
        Self {
            variables: variables.collect(),
            ..self.clone()
        }
    }

    /// Whether a file of values sets a variable, or may.
    pub fn is_in_file(&self, variable: &str) -> bool {
        let mut files = self.loaded.iter().chain(self.chosen.values());
        self.has_unread_values || files.any(|values| values.contains_key(variable))
    }

    /// Whether there are files of values of which commands pass one.
    pub fn has_values_to_choose(&self) -> bool {
        !self.chosen.is_empty()
    }

    /// Whether a text names a variable that something outside of the module's files chooses.
    pub(super) fn names_chosen_elsewhere(&self, text: &str) -> bool {
        let mut chosen = self.chosen_elsewhere.iter();
        chosen.any(|name| !words(text, &format!("var.{name}")).is_empty())
    }

    /// Whether something outside of the module's files chooses a variable: it sets it to several
    /// values, or to one that only the run knows.
    pub fn is_chosen_elsewhere(&self, variable: &str) -> bool {
        self.chosen_elsewhere.contains(variable)
    }

    /// The text that an expression comes to in every situation.
    pub fn literal(&self, expression: &Expression) -> Option<String> {
        let (situation, listed) = (Situation::new(), Selectors::new());
        let value = Evaluator::new(self, &situation, &listed).value(expression);
        value.as_literal().map(str::to_owned)
    }

    /// What the local is defined as that an expression is.
    pub fn local_of(&self, expression: &Expression) -> Option<&Expression> {
        let name = expression.to_string();
        self.local(name.trim().strip_prefix("local.")?)
    }

    /// Notes that something outside the module's files may set any variable.
    pub fn set_all_elsewhere(&mut self) {
        self.set_elsewhere.extend(self.variables.keys().cloned());
    }

    /// What a local is defined as; `None` where the module has none of that name.
    pub fn definition(&self, local: &str) -> Option<&Expression> {
        self.local(local)
    }

    /// The one value that the tree gives a variable; `None` where it tells none, or files of values
    /// may be chosen between.
    pub fn only_value(&self, variable: &str) -> Option<&Expression> {
        match self.choice(variable) {
            None => self.variable(variable, None),
            Some(_) => None,
        }
    }

    /// The local of that name.
    pub(super) fn local(&self, name: &str) -> Option<&Expression> {
        self.locals.get(name)
    }

    /// The alias of the provider whose caller a `data "aws_caller_identity"` asks for.
    pub(super) fn identity(&self, name: &str) -> Option<&str> {
        self.identities.get(name).map(String::as_str)
    }

    /// The files that may be passed by `-var-file`, where one of them sets the variable. [`NO_FILE`]
    /// is among them where the variable can do without, and where only one file sets it: others
    /// need not be in the tree.
    pub(super) fn choice(&self, variable: &str) -> Option<BTreeSet<String>> {
        let files = self.chosen.values();
        let set = files.filter(|values| values.contains_key(variable)).count();
        let mut choice: BTreeSet<String> = self.chosen.keys().cloned().collect();
        let has_default = matches!(self.variables.get(variable), Some(Some(_)));
        if set == 1 || has_default || self.variable(variable, None).is_some() {
            choice.insert(NO_FILE.to_owned());
        }
        (set > 0).then_some(choice)
    }

    /// Whether the value of a variable is made a set.
    pub(super) fn is_set(&self, variable: &str) -> bool {
        self.sets.contains(variable)
    }

    /// The value of a variable, with the values of the chosen file. `None` where the repository
    /// does not tell it, be it by a default that holds nothing.
    pub(super) fn variable(&self, name: &str, chosen: Option<&str>) -> Option<&Expression> {
        let default = self.variables.get(name)?;
        // A script, a workflow or Terragrunt sets it: its value beats the files, and is not evaluated.
        if self.has_unread_values || self.set_elsewhere.contains(name) {
            return None;
        }
        // Terraform's page on input variables, "Variable Definition Precedence": files on the command line
        // beat those that are loaded unasked, later ones beat earlier ones, all of them beat the default.
        let chosen = chosen.and_then(|file| self.chosen.get(file)?.get(name));
        let loaded = || self.loaded.iter().rev().find_map(|values| values.get(name));
        let default = || default.as_ref().filter(|default| !is_blank(default));
        chosen.or_else(loaded).or_else(default)
    }
}

/// The account of an ARN, where a text is one: two roles of one account are no choice.
fn account_of(text: &str) -> &str {
    let account = text.split(':').nth(4).filter(|_| text.starts_with("arn:"));
    account.unwrap_or(text)
}

/// Whether a default holds nothing: `null`, `""`, `[]`, `{}`. It is there to be overridden, by an
/// environment variable or a workspace's variable that the tree does not show.
fn is_blank(default: &Expression) -> bool {
    default.is_null()
        || default.as_str() == Some("")
        || default
            .as_array()
            .is_some_and(hcl_edit::expr::Array::is_empty)
        || default
            .as_object()
            .is_some_and(hcl_edit::expr::Object::is_empty)
}

/// Whether Terraform takes values from the file at `path` (relative to the module) unasked.
/// A path of the tree as a command names it that runs in `directory`.
fn seen_from(directory: &Path, path: &Path) -> PathBuf {
    let shared = directory.components().zip(path.components());
    let shared = shared.take_while(|(one, other)| one == other).count();
    let up = directory
        .components()
        .skip(shared)
        .map(|_| Component::ParentDir);
    up.chain(path.components().skip(shared)).collect()
}

fn is_loaded_unasked(path: &Path) -> bool {
    let name = path.as_os_str().as_encoded_bytes();
    // The same page lists these names. Only those of the root module's directory are loaded.
    let unasked = [
        "terraform.tfvars",
        "terraform.tfvars.json",
        ".auto.tfvars",
        ".auto.tfvars.json",
    ];
    path.components().count() == 1
        && unasked
            .iter()
            .any(|ending| name.ends_with(ending.as_bytes()))
}
