//! The instances of a call with `count` or `for_each`, where the repository tells them.

use std::collections::BTreeMap;

use hcl_edit::expr::Expression;

use super::resolver::{DEPTH, Each, Resolver, keys};
use terraform::account::ModuleNames;

/// Instances that are told apart at most.
// A number in `count` may be of any size; more than these nobody would want to read apart.
const INSTANCES: u64 = 100;

/// An instance: what `each` means in it, where it is made by `for_each`.
#[derive(Debug, Clone)]
pub struct Instance(Option<Each>);

impl Instance {
    /// What expressions come to in it.
    pub fn resolver<'n>(&'n self, names: &'n ModuleNames) -> Resolver<'n> {
        Resolver {
            names,
            each: self.0.as_ref(),
        }
    }
}

/// The instances that arguments make; `None` where they make one, or it is not known how many.
pub fn of(arguments: &[(&str, &Expression)], names: &ModuleNames) -> Option<Vec<Instance>> {
    let resolver = Resolver { names, each: None };
    let argument = |wanted: &str| {
        let (_, expression) = arguments.iter().find(|(name, _)| *name == wanted)?;
        Some(*expression)
    };
    if let Some(count) = argument("count") {
        let count = resolver.number(count, DEPTH)?;
        let instances = (0..count).map(|_| Instance(None));
        return (count <= INSTANCES).then(|| instances.collect());
    }
    let elements = elements(&resolver, argument("for_each")?)?;
    let instances = elements.into_iter().map(|(key, value)| {
        let key = Expression::from(key);
        Instance(Some(Each { key, value }))
    });
    Some(instances.collect())
}

/// The elements of a map, or of `toset` with a list of texts.
fn elements(
    resolver: &Resolver<'_>,
    for_each: &Expression,
) -> Option<BTreeMap<String, Expression>> {
    match resolver.followed(for_each, DEPTH) {
        Expression::Object(entries) => {
            let entries = keys(entries)?.into_iter();
            Some(entries.map(|(key, value)| (key, value.clone())).collect())
        }
        Expression::FuncCall(call) if call.name.name.as_str() == "toset" => {
            let list = resolver
                .followed(call.args.iter().next()?, DEPTH)
                .as_array()?;
            let texts = list.iter().map(|it| {
                let text = resolver.text(it, DEPTH)?;
                Some((text.clone(), Expression::from(text)))
            });
            texts.collect()
        }
        _ => None,
    }
}
