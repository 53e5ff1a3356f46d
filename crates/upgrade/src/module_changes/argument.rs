//! What the arguments of a call are, as far as the repository tells. What it does not tell becomes a
//! symbol: the expression in one spelling, so that the same expression is one symbol wherever it
//! stands in the call.

use std::collections::BTreeMap;

use hcl_edit::expr::Expression;

use super::formula::Formula;
use super::instances;
use super::resolver::{DEPTH, Resolver, spelling};
use terraform::account::ModuleNames;

/// The arguments of a call by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Arguments {
    by_name: BTreeMap<String, Argument>,
    /// Those that are `null`: Terraform takes the default.
    nulls: BTreeMap<String, Expression>,
    /// Those of each instance of a call with `count` or `for_each`, where these are known.
    instances: Option<Vec<Arguments>>,
}

/// One argument.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Argument {
    expression: Expression,
    /// The argument as a truth value.
    truth: Formula,
    /// The number of its elements.
    length: Formula,
    /// The argument as a text, where it is known.
    text: Option<String>,
}

impl Arguments {
    /// The arguments as they are written.
    pub fn new<'e>(written: impl IntoIterator<Item = (&'e str, &'e Expression)>) -> Self {
        let written: Vec<_> = written.into_iter().collect();
        Self::of(&written, &ModuleNames::default())
    }

    /// The same where the names that they use are known.
    #[must_use]
    pub fn with_names(&self, names: &ModuleNames) -> Self {
        let by_name = self.by_name.iter().map(|(name, it)| (name, &it.expression));
        let written = by_name.chain(&self.nulls);
        let written: Vec<_> = written.map(|(name, it)| (name.as_str(), it)).collect();
        Self::of(&written, names)
    }

    fn of(written: &[(&str, &Expression)], names: &ModuleNames) -> Self {
        let with = |resolver: Resolver<'_>| {
            let mut arguments = Self::default();
            for (name, expression) in written {
                arguments.add(name, (*expression).clone(), resolver);
            }
            arguments
        };
        let instances = instances::of(written, names);
        let instances = instances.map(|it| it.iter().map(|it| with(it.resolver(names))).collect());
        Self {
            instances,
            ..with(Resolver { names, each: None })
        }
    }

    /// The same with another argument, as it is written.
    pub fn set(&mut self, name: &str, written: &str) {
        if let Ok(expression) = syntax::hcl::expression(written) {
            let names = &ModuleNames::default();
            for one in self.instances.iter_mut().flatten() {
                one.add(name, expression.clone(), Resolver { names, each: None });
            }
            self.add(name, expression, Resolver { names, each: None });
        }
    }

    /// Takes the arguments of others where these have one of the same name.
    pub fn override_with(&mut self, others: &Self) {
        for name in others.names() {
            self.by_name.remove(name);
            self.nulls.remove(name);
        }
        // They are known once names are.
        self.instances = None;
        let (by_name, nulls) = (others.by_name.clone(), others.nulls.clone());
        self.by_name.extend(by_name);
        self.nulls.extend(nulls);
    }

    fn add(&mut self, name: &str, expression: Expression, resolver: Resolver<'_>) {
        if resolver.followed(&expression, DEPTH).is_null() {
            self.nulls.insert(name.to_owned(), expression);
            return;
        }
        let argument = Argument {
            truth: resolver.truth(&expression, DEPTH),
            length: resolver.length(&expression, DEPTH),
            text: resolver.text(&expression, DEPTH),
            expression,
        };
        self.by_name.insert(name.to_owned(), argument);
    }

    /// The arguments of each instance; `None` where the call has one, or what instances it has is not
    /// known.
    pub fn instances(&self) -> Option<&[Self]> {
        self.instances.as_deref()
    }

    /// Whether the call may have several instances.
    pub fn are_repeated(&self) -> bool {
        self.has("for_each") || self.has("count")
    }

    /// The names of those that it has, `null` or not.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let names = self.by_name.keys().chain(self.nulls.keys());
        names.map(String::as_str)
    }

    /// Whether the call has it, `null` or not.
    pub fn has(&self, name: &str) -> bool {
        self.is_set(name) || self.nulls.contains_key(name)
    }

    /// Whether the call sets it to a value.
    pub fn is_set(&self, name: &str) -> bool {
        self.by_name.contains_key(name)
    }

    /// Whether it is set, to something else than `false`.
    pub fn may_be_true(&self, name: &str) -> bool {
        let argument = self.by_name.get(name);
        argument.is_some_and(|argument| argument.truth != Formula::Bool(false))
    }

    /// Its text, where it is known.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.by_name.get(name)?.text.as_deref()
    }

    /// How it is written.
    pub fn written(&self, name: &str) -> Option<String> {
        self.by_name.get(name).map(|it| spelling(&it.expression))
    }

    /// Whether some argument uses names of its module.
    pub fn use_names(&self) -> bool {
        let mut arguments = self.by_name.values();
        arguments.any(|argument| {
            let text = argument.expression.to_string();
            ["var.", "local."].iter().any(|it| text.contains(it))
        })
    }

    /// What a part of a formula is in terms of these arguments; `None` where it is not about one of
    /// them, or the call does not set it.
    pub fn formula(&self, part: &Formula) -> Option<Formula> {
        match part {
            Formula::Name(name) => self.by_name.get(name).map(|it| it.truth.clone()),
            Formula::Length(name) => self.by_name.get(name).map(|it| it.length.clone()),
            Formula::IsSet(name) => Some(Formula::Bool(self.is_set(name))),
            Formula::IsText(name, wanted) => {
                let argument = self.by_name.get(name)?;
                Some(match &argument.text {
                    Some(text) => Formula::Bool(text == wanted),
                    None => {
                        let written = spelling(&argument.expression);
                        Formula::unknown_bool(format!("{written} == \"{wanted}\""))
                    }
                })
            }
            _ => None,
        }
    }
}
