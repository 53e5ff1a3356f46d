//! What names and expressions stand for outputs.

use std::ops::Range;

use hcl_edit::expr::{Expression, ForIntro};
use hcl_edit::template::Element;
use hcl_edit::visit::Visit;

use super::alias::{Alias, Reads};
use super::visitor::Visitor;
use super::{Nullable, UseKind};
use syntax::hcl::Document;
use terraform::module::Module;

/// Rounds in which locals are followed into each other at most.
const ROUNDS: usize = 16;

/// Functions whose result may be what an argument is.
const PASS_ON: [&str; 14] = [
    "coalescelist",
    "concat",
    "element",
    "flatten",
    "merge",
    "nonsensitive",
    "one",
    "reverse",
    "sensitive",
    "tolist",
    "tomap",
    "tostring",
    "try",
    "values",
];

/// Reads expressions for the outputs that aliases name.
pub struct Reader<'n> {
    /// The names that stand for outputs.
    pub aliases: Vec<Alias>,
    /// The outputs that may be null.
    pub nullable: &'n Nullable,
}

/// A reading in a document.
#[derive(Debug)]
pub struct Found {
    /// The output.
    pub output: String,
    /// How it is read.
    pub kind: UseKind,
    /// Where, in bytes; of a comparison, the `""`.
    pub at: Range<usize>,
}

impl Reader<'_> {
    /// Adds the locals that stand for an output.
    pub fn follow_locals(&mut self, module: &Module) {
        for _ in 0..ROUNDS {
            let known = self.aliases.len();
            for block in module.configuration().flat_map(|it| it.blocks("locals")) {
                for local in block.body().attributes() {
                    let path = ["local", local.name];
                    for alias in self.aliases_of(&path, local.value.expression()) {
                        if !self.aliases.contains(&alias) {
                            self.aliases.push(alias);
                        }
                    }
                }
            }
            if self.aliases.len() == known {
                return;
            }
        }
    }

    /// The readings in a document.
    pub fn uses(&self, document: &Document) -> Vec<Found> {
        let words: Vec<&str> = self
            .aliases
            .iter()
            .filter_map(|it| it.path.get(1))
            .map(String::as_str)
            .collect();
        let mut found = Vec::new();
        for top in document.tops() {
            // Parsing costs far more than the outline.
            if !words.iter().any(|word| top.text().contains(word)) {
                continue;
            }
            let Ok(block) = top.parse() else { continue };
            let mut visitor = Visitor {
                reader: self,
                offset: block.offset(),
                found: &mut found,
            };
            visitor.visit_body(&block.parsed().body);
        }
        found
    }

    /// The aliases that a value makes of a name.
    pub fn aliases_of(&self, path: &[&str], value: &Expression) -> Vec<Alias> {
        if let Expression::Object(object) = value {
            let entries = object.iter().filter_map(|(key, value)| {
                let key = match key {
                    hcl_edit::expr::ObjectKey::Ident(name) => name.as_str(),
                    hcl_edit::expr::ObjectKey::Expression(key) => key
                        .as_str()
                        .or_else(|| key.as_variable().map(hcl_edit::Ident::as_str))?,
                };
                let path = [path, &[key]].concat();
                Some(self.aliases_of(&path, value.expr()))
            });
            return entries.flatten().collect();
        }
        if let Expression::ForExpr(found) = value {
            return self
                .element(&found.intro)
                .aliases_of(path, &found.value_expr);
        }
        let read = self.passed_on(value).into_iter();
        let path = path.iter().map(|step| (*step).to_owned());
        read.map(|reads| Alias {
            path: path.clone().collect(),
            reads,
        })
        .collect()
    }

    /// What an expression may come to.
    fn passed_on(&self, expression: &Expression) -> Option<Reads> {
        match expression {
            Expression::Traversal(traversal) => {
                let mut aliases = self.aliases.iter().rev();
                let read = aliases.find_map(|alias| alias.read(traversal, self.nullable));
                let read = read.or_else(|| {
                    let of_name = traversal.expr.as_variable().is_some();
                    let held = (!of_name).then(|| self.passed_on(&traversal.expr))??;
                    Some(held.behind(&traversal.operators, self.nullable))
                });
                self.concerned(read?)
            }
            // The element of a `for`, taken whole.
            Expression::Variable(name) => {
                let mut aliases = self.aliases.iter().rev();
                let alias = aliases.find(|alias| alias.path == [name.as_str()])?;
                Some(alias.reads.clone())
            }
            Expression::ForExpr(found) => {
                let element = self.element(&found.intro);
                element.passed_on(&found.value_expr)
            }
            Expression::FuncCall(call) if call.name.name.as_str() == "lookup" => {
                let mut arguments = call.args.iter();
                let (module, key) = (arguments.next()?, arguments.next()?.as_str()?);
                match self.passed_on(module)? {
                    Reads::Module => self.concerned(Reads::Output(key.to_owned())),
                    output @ Reads::Output(_) => Some(output),
                }
            }
            Expression::Parenthesis(inner) => self.passed_on(inner.inner()),
            Expression::Conditional(conditional) => self
                .passed_on(&conditional.true_expr)
                .or_else(|| self.passed_on(&conditional.false_expr)),
            Expression::StringTemplate(template) => match template.iter().collect::<Vec<_>>()[..] {
                // Terraform takes the value itself of a template that is nothing else.
                [Element::Interpolation(only)] => self.passed_on(&only.expr),
                _ => None,
            },
            Expression::FuncCall(call) if PASS_ON.contains(&call.name.name.as_str()) => call
                .args
                .iter()
                .find_map(|argument| self.passed_on(argument)),
            _ => None,
        }
    }

    /// What is read, where that may be null or is the whole module.
    fn concerned(&self, read: Reads) -> Option<Reads> {
        match &read {
            Reads::Output(output) if !self.nullable.contains_key(output) => None,
            _ => Some(read),
        }
    }

    /// The reader of what stands inside a `for`, whose name has an element of the collection.
    pub(super) fn element(&self, intro: &ForIntro) -> Self {
        self.with(&[intro.value_var.as_str()], &intro.collection_expr)
    }

    /// The reader of where a name stands for an element of a collection, or for nothing that is followed.
    pub(super) fn with(&self, path: &[&str], collection: &Expression) -> Self {
        let path: Vec<String> = path.iter().map(|step| (*step).to_owned()).collect();
        let mut aliases = self.aliases.clone();
        aliases.retain(|alias| !alias.path.starts_with(&path));
        let reads = self.passed_on(collection);
        aliases.extend(reads.map(|reads| Alias { path, reads }));
        Self {
            aliases,
            nullable: self.nullable,
        }
    }

    /// The output that an expression may come to.
    pub(super) fn output(&self, expression: &Expression) -> Option<String> {
        match self.passed_on(expression)? {
            Reads::Output(output) => Some(output),
            Reads::Module => None,
        }
    }
}
