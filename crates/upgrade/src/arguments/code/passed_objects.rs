//! What passes between a module and those around it: whole resources and data sources, and attributes
//! of them that become sets.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::held_objects::{Content, Held, is_empty};
use syntax::hcl::Document;
use terraform::module::Module;

/// What the outputs of a module hold that the upgrade changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HeldOutputs(pub BTreeMap<String, Held>);

/// What the variables of a module take.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HeldVariables {
    /// What they hold that the upgrade changes, in every call of it.
    held: BTreeMap<String, Held>,
    /// The names of the attributes that their types take of objects, where the type tells all of them.
    typed: BTreeMap<String, BTreeSet<String>>,
}

/// The values that a call passes to a module of the repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallArguments {
    /// The label of the call.
    pub label: String,
    /// The directory of the module.
    pub directory: PathBuf,
    /// What each argument holds that is followed, and whether it is there for the case that there is nothing.
    pub values: BTreeMap<String, (Option<Held>, bool)>,
}

/// What a module gets from those around it, and passes to them where that is followed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PassedObjects {
    /// What the calls of the module hold with the outputs of the modules that they call, by label.
    pub called: BTreeMap<String, Held>,
    /// What its variables hold.
    pub variables: BTreeMap<String, Held>,
    /// The arguments of its calls that are followed in the called module: the label and the argument.
    pub followed: BTreeSet<(String, String)>,
    /// The attributes that the called module takes of the objects in an argument, by its type.
    pub typed: BTreeMap<(String, String), BTreeSet<String>>,
}

impl HeldOutputs {
    /// Whether they hold nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl HeldVariables {
    /// What the variables of a module hold that all of its calls pass alike. A variable with a type that
    /// names attributes is left out: what it takes of an object is decided there.
    pub fn of(module: &Module, calls: &[&CallArguments]) -> Self {
        let mut variables = BTreeMap::new();
        for block in module.configuration().flat_map(|it| it.blocks("variable")) {
            let Some(name) = block.label(0) else { continue };
            let takes_any = block
                .attribute("type")
                .is_none_or(|of| !of.value.text().contains("object"));
            let default = block.attribute("default");
            let has_empty_default = default.is_none_or(|it| is_empty(it.value.expression()));
            let passed = calls.iter().map(|call| call.values.get(name));
            let mut held = Vec::new();
            let is_alike = takes_any
                && !module.around.tests.iter().any(|test| sets(test, name))
                && passed.into_iter().all(|value| match value {
                    None => has_empty_default,
                    Some((None, is_empty)) => *is_empty,
                    Some((Some(value), _)) => {
                        held.push(value.clone());
                        true
                    }
                });
            if is_alike && let Some(together) = Held::of_all(held) {
                variables.insert(name.to_owned(), together.of_caller());
            }
        }
        Self {
            held: variables,
            ..Self::of_types(module)
        }
    }

    /// What the types of the variables of a module tell, where what they hold is not followed.
    pub fn of_types(module: &Module) -> Self {
        let blocks = module.configuration().flat_map(|it| it.blocks("variable"));
        let typed = blocks.filter_map(|block| {
            let of = block.attribute("type")?;
            let names = taken_names(of.value.text())?;
            Some((block.label(0)?.to_owned(), names))
        });
        Self {
            held: BTreeMap::new(),
            typed: typed.collect(),
        }
    }
}

/// The attributes that a type takes of objects, whatever their depth; `None` where it takes them as
/// they are.
fn taken_names(of: &str) -> Option<BTreeSet<String>> {
    let is_word = |char: char| char.is_alphanumeric() || matches!(char, '_' | '-');
    if !of.contains("object") || of.split(|char| !is_word(char)).any(|word| word == "any") {
        return None;
    }
    let before_equals = of.split(['=', ':']);
    let keys = before_equals.filter_map(|part| {
        let part = part.trim_end().trim_end_matches('"');
        let start = part.rfind(|char| !is_word(char)).map_or(0, |at| at + 1);
        part.get(start..).map(str::to_owned)
    });
    Some(keys.collect())
}

impl CallArguments {
    /// Whether an argument holds something that is followed.
    pub fn hold_any(&self) -> bool {
        self.values.values().any(|(held, _)| held.is_some())
    }
}

/// Whether a test sets a variable of the module, which is an object of its own then.
fn sets(test: &Document, variable: &str) -> bool {
    let of_file = test.blocks("variables").map(|it| it.attribute(variable));
    let of_runs = test.blocks("run").flat_map(|run| {
        let blocks = run.blocks("variables");
        blocks.map(|it| it.attribute(variable)).collect::<Vec<_>>()
    });
    of_file.chain(of_runs).any(|it| it.is_some())
}

impl PassedObjects {
    /// Whether nothing is passed.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Adds what a call gets by outputs. `is_repeated` is whether it has `count` or `for_each`.
    pub fn add_outputs(&mut self, label: &str, is_repeated: bool, outputs: &HeldOutputs) {
        let module = format!("module.{label}.");
        let fields = outputs.0.iter().map(|(name, held)| {
            let held = held.clone().of_module(&module);
            (name.clone(), (Some(held), false))
        });
        let held = Held {
            levels: usize::from(is_repeated),
            content: Content::Fields(fields.collect()),
        };
        self.called.insert(label.to_owned(), held);
    }

    /// Adds what the module gets by its variables.
    pub fn add_variables(&mut self, variables: &HeldVariables) {
        self.variables.clone_from(&variables.held);
    }

    /// Adds the arguments of a call that are followed as variables of the called module, and what the
    /// types of its variables take.
    pub fn follow(&mut self, label: &str, variables: &HeldVariables) {
        let names = variables.held.keys();
        let followed = names.map(|name| (label.to_owned(), name.clone()));
        self.followed.extend(followed);
        let typed = variables.typed.iter();
        let typed = typed.map(|(name, taken)| ((label.to_owned(), name.clone()), taken.clone()));
        self.typed.extend(typed);
    }
}
