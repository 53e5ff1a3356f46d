//! Variables that hold secrets, whatever they are called.

use std::collections::BTreeSet;

use super::blocks;
use super::declared::Declared;
use super::removed::RemovedRanges;
use super::variables::Variable;
use crate::repo::Repo;
use syntax::hcl::Attribute;
use syntax::ranges::Ranges;
use terraform::provider::{Provider, configurations};
use terraform::references::{NamedValue, names_in};

/// The variables of a module that hold secrets: those that set keys of its provider configurations,
/// and those with `sensitive = true`.
#[derive(Debug, Default)]
pub struct SecretVariables<'m> {
    /// Those that set keys, by name.
    pub keys: BTreeSet<String>,
    /// The values that any of them may have.
    pub values: Vec<Attribute<'m>>,
}

/// The variables of a module, as it was read, that hold secrets.
pub fn secret_variables<'m>(declared: &Declared<'m>, repo: &Repo) -> SecretVariables<'m> {
    let module = declared.module;
    let providers = configurations(module.configuration(), &module.aws_names());
    let keys = providers.iter().flat_map(Provider::keys);
    let names =
        keys.flat_map(|key| names_in(key.value.document(), &Ranges::from_iter([key.span()])));
    let keys = names.filter(|name| matches!(name, NamedValue::Variable(_)));
    let keys: BTreeSet<_> = keys.collect();
    let sensitive = blocks(module, "variable").into_iter().filter(|block| {
        let sensitive = block.attribute("sensitive");
        sensitive.is_some_and(|found| found.value.expression().as_bool() == Some(true))
    });
    let sensitive = sensitive.filter_map(|block| block.label(0));
    let sensitive = sensitive.map(|label| NamedValue::Variable(label.to_owned()));
    let all: BTreeSet<_> = keys.iter().cloned().chain(sensitive).collect();
    // Whatever keeps a variable, its values are secrets.
    let values = all.iter().flat_map(|name| {
        let variable = Variable::new(name, declared, repo, &RemovedRanges::new());
        variable.all_values()
    });
    SecretVariables {
        values: values.collect(),
        keys: keys.iter().map(|name| name.word().to_owned()).collect(),
    }
}
