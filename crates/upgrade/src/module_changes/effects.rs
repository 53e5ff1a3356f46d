//! What a move of a call between two releases of its module does to its resources.

use std::collections::BTreeSet;
use std::fmt;

use hcl_edit::expr::BinaryOperator;

use super::argument::Arguments;
use super::formula::{Formula, Outcome, Symbol};
use super::proof::{Comparison, compare};
use super::table::{ModuleTable, Since, of_module};
use crate::output_uses::Nullable;
use syntax::code;
use terraform::constraint::Bounds;

/// A call's releases and arguments, before the move or after it.
#[derive(Debug)]
pub struct Side<'a> {
    /// The releases that its constraint admits. The newest of them is in use: `terraform init` selects
    /// it, and the module has no lock file that would keep an older one (Terraform docs, "Version
    /// Constraints" and "Dependency Lock File").
    pub releases: &'a Bounds,
    /// Its arguments.
    pub arguments: &'a Arguments,
}

/// What a move does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Effects {
    /// Resources of which there are more afterwards, with how many.
    pub added: Vec<(String, u64)>,
    /// Resources of which there are fewer afterwards, with how many.
    pub destroyed: Vec<(String, u64)>,
    /// Resources of which there may be more or fewer.
    pub uncertain: Vec<String>,
    /// Resources that change, or may, with what becomes of them.
    pub changed: Vec<(Vec<String>, String)>,
    /// Why the new release fails, each with what to do; the old one does not.
    pub failures: Vec<(String, String)>,
    /// Why it may fail.
    pub possible_failures: Vec<(String, String)>,
    /// What is not known of the call and decides.
    pub unknown: BTreeSet<String>,
    /// The entries of upgrade guides on the way: the resources, and what becomes of them.
    pub guides: Vec<(Vec<String>, String)>,
    /// Whether all this is so in each instance of the call; else it is in all of them together.
    pub is_in_each: bool,
}

/// The effects of a move; `None` where no table knows the module. `address` is `NAMESPACE/NAME/PROVIDER`,
/// with the submodule behind `//`.
pub fn effects(address: &str, before: &Side<'_>, after: &Side<'_>) -> Option<Effects> {
    let instances = before.arguments.instances();
    let Some((old, new)) = instances.zip(after.arguments.instances()) else {
        let mut effects = in_instance(address, before, after)?;
        effects.is_in_each = before.arguments.are_repeated() && !effects.are_none();
        return Some(effects);
    };
    let mut all = Effects::default();
    for (old, new) in old.iter().zip(new) {
        let before = Side {
            arguments: old,
            ..*before
        };
        let after = Side {
            arguments: new,
            ..*after
        };
        all.add(in_instance(address, &before, &after)?);
    }
    Some(all)
}

fn in_instance(address: &str, before: &Side<'_>, after: &Side<'_>) -> Option<Effects> {
    let (module, submodule) = address.split_once("//").unwrap_or((address, ""));
    let table = of_module(module)?;
    let mut effects = Effects::default();
    let compared = |since: &Since| {
        let one = resolved(table, since, before)?;
        Some(compare(&one, &resolved(table, since, after)?))
    };
    // Of a submodule the arguments mean something else.
    let is_whole = submodule.is_empty();
    for (resource, since) in table.counts.iter().filter(|_| is_whole) {
        match compared(since) {
            Some(Comparison::Known(Outcome::Number(one), Outcome::Number(other))) => {
                let list = match one < other {
                    true => &mut effects.added,
                    false => &mut effects.destroyed,
                };
                list.push((resource.clone(), one.abs_diff(other)));
            }
            Some(Comparison::Depends(symbols)) => {
                effects.uncertain.push(resource.clone());
                effects.depends_on(symbols);
            }
            _ => {}
        }
    }
    for change in table.changes.iter().filter(|_| is_whole) {
        match compared(&change.differs) {
            None | Some(Comparison::Equal) => continue,
            Some(Comparison::Known(..)) => {}
            Some(Comparison::Depends(symbols)) => effects.depends_on(symbols),
        }
        let change = (change.resources.clone(), change.effect.clone());
        effects.changed.push(change);
    }
    for failure in table.failures.iter().filter(|_| is_whole) {
        let found = (failure.effect.clone(), failure.cure.clone());
        let (Some(one), Some(other)) = (
            resolved(table, &failure.when, before),
            resolved(table, &failure.when, after),
        ) else {
            continue;
        };
        // What fails today does not fail because of the move.
        let new = Formula::operation(BinaryOperator::And, other, one.negated());
        let new = new.replaced(&|_| None);
        match compare(&new, &Formula::Bool(false)) {
            Comparison::Equal => {}
            Comparison::Known(..) => effects.failures.push(found),
            Comparison::Depends(symbols) => {
                effects.possible_failures.push(found);
                effects.depends_on(symbols);
            }
        }
    }
    let guides = table.guides.iter();
    for entry in guides.filter(|entry| entry.submodule == submodule) {
        let is_set = |argument: &String| before.arguments.is_set(argument);
        let is_crossed = before.releases.is_below(&entry.since)
            && after.releases.starts_at_or_above(&entry.since);
        let is_about = entry.arguments.is_empty() || entry.arguments.iter().any(is_set);
        if is_crossed && is_about && !entry.unless.iter().any(is_set) {
            let entry = (entry.resources.clone(), entry.effect.clone());
            effects.guides.push(entry);
        }
    }
    Some(effects)
}

/// The outputs that are null after a move and were an empty text before it, or may be. Whether one
/// that is neither may be an empty text, too, tells [`may_be_empty`].
pub fn nullable_outputs(module: &str, before: &Side<'_>, after: &Side<'_>) -> Nullable {
    let rows = of_module(module).into_iter().flat_map(|table| {
        let rows = table.outputs.iter();
        rows.map(move |row| (table, row))
    });
    let crossed = rows.filter(|(_, row)| {
        before.releases.is_below(&row.since) && after.releases.starts_at_or_above(&row.since)
    });
    let mut outputs = Nullable::new();
    for (table, row) in crossed {
        let Some(present) = resolved(table, &row.present, before) else {
            continue;
        };
        let is_certain = match compare(&present, &Formula::Bool(true)) {
            Comparison::Equal => continue,
            Comparison::Known(..) => true,
            Comparison::Depends(_) => false,
        };
        outputs.extend(row.names.iter().map(|name| (name.clone(), is_certain)));
    }
    outputs
}

/// Whether an output may be an empty text where it is not null.
pub fn may_be_empty(module: &str, output: &str) -> bool {
    let rows = of_module(module)
        .into_iter()
        .flat_map(|table| &table.outputs);
    let mut rows = rows.filter(|row| row.may_be_empty);
    rows.any(|row| row.names.iter().any(|name| name == output))
}

/// The formula of a release with the arguments of a call.
fn resolved(table: &ModuleTable, since: &Since, side: &Side<'_>) -> Option<Formula> {
    let formula = since.at(side.releases)?;
    Some(formula.replaced(&|part| match part {
        Formula::Name(name) => {
            let named = table.formulas.get(name);
            let named = named.and_then(|since| since.at(side.releases)).cloned();
            let default = || table.defaults.get(name)?.at(side.releases).cloned();
            named
                .or_else(|| side.arguments.formula(part))
                .or_else(default)
                .or(Some(Formula::Bool(false)))
        }
        Formula::Length(_) => side.arguments.formula(part).or(Some(Formula::Number(0))),
        Formula::IsSet(_) | Formula::IsText(..) => {
            side.arguments.formula(part).or(Some(Formula::Bool(false)))
        }
        _ => None,
    }))
}

impl Effects {
    /// Adds those of another instance.
    fn add(&mut self, other: Self) {
        fn add_counts(all: &mut Vec<(String, u64)>, other: Vec<(String, u64)>) {
            for (name, count) in other {
                match all.iter_mut().find(|(known, _)| *known == name) {
                    Some((_, all)) => *all += count,
                    None => all.push((name, count)),
                }
            }
        }
        fn add_new<T: PartialEq>(all: &mut Vec<T>, other: Vec<T>) {
            for it in other {
                if !all.contains(&it) {
                    all.push(it);
                }
            }
        }
        add_counts(&mut self.added, other.added);
        add_counts(&mut self.destroyed, other.destroyed);
        add_new(&mut self.uncertain, other.uncertain);
        add_new(&mut self.changed, other.changed);
        add_new(&mut self.failures, other.failures);
        add_new(&mut self.possible_failures, other.possible_failures);
        add_new(&mut self.guides, other.guides);
        self.unknown.extend(other.unknown);
    }

    fn depends_on(&mut self, symbols: BTreeSet<Symbol>) {
        self.unknown
            .extend(symbols.into_iter().map(|symbol| symbol.text));
    }

    /// Whether the plan after the move is the same.
    pub fn are_none(&self) -> bool {
        *self == Self::default()
    }

    /// Why the new release fails, and what to do; `None` where it does not for sure.
    pub fn failure(&self) -> Option<&(String, String)> {
        self.failures.first()
    }
}

impl fmt::Display for Effects {
    /// What the move does, as sentences without a full stop at the end.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counted = |list: &[(String, u64)]| {
            let list = list.iter().map(|(name, count)| format!("{count} {name}"));
            list.collect::<Vec<_>>().join(", ")
        };
        let mut plan = Vec::new();
        if !self.added.is_empty() {
            plan.push(format!("adds {}", counted(&self.added)));
        }
        if !self.destroyed.is_empty() {
            plan.push(format!("destroys {}", counted(&self.destroyed)));
        }
        if !self.uncertain.is_empty() {
            plan.push(format!("may add or destroy {}", self.uncertain.join(", ")));
        }
        let mut parts = Vec::new();
        if !plan.is_empty() {
            let instance = if self.is_in_each {
                " in each instance"
            } else {
                ""
            };
            parts.push(format!("the plan{instance} {}", plan.join(" and ")));
        }
        for (resources, effect) in self.changed.iter().chain(&self.guides) {
            parts.push(format!("{}: {effect}", resources.join(", ")));
        }
        for (why, cure) in &self.possible_failures {
            parts.push(format!("the move may fail: {why} ({cure})"));
        }
        if !self.unknown.is_empty() {
            let unknown: Vec<_> = self.unknown.iter().map(|it| code::quoted(it)).collect();
            parts.push(format!("not known here: {}", unknown.join(", ")));
        }
        f.write_str(&parts.join(". "))
    }
}
