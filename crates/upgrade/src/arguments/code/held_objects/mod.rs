//! Follows whole resources and data sources through expressions, so that what reads their attributes
//! under another name is found: `[for db in aws_db_instance.all : db.id]`.

mod functions;
mod held;
mod joined;
mod passed;
mod templates;
mod traversals;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;

use hcl_edit::Span;
use hcl_edit::expr::{BinaryOperator, Expression, ForExpr};
use hcl_edit::template::Element;

use super::block_type::BlockType;
use super::reference::Reference;
pub use held::{Content, Held, ListUse};
pub use joined::is_empty;

/// What is known of the names in a module.
pub struct Names<'n> {
    /// The types that are looked for.
    pub types: &'n BTreeSet<(BlockType, &'n str)>,
    /// The addresses of blocks with `count` or `for_each`.
    pub repeated: &'n BTreeSet<String>,
    /// What locals hold.
    pub locals: &'n HashMap<String, Held>,
    /// What outputs hold, in the tests of the module.
    pub outputs: &'n BTreeMap<String, Held>,
    /// What the calls of modules hold with their outputs, by label.
    pub called: &'n BTreeMap<String, Held>,
    /// What variables hold.
    pub variables: &'n BTreeMap<String, Held>,
    /// The arguments of calls that are followed in the called module: the label and the argument.
    pub followed: &'n BTreeSet<(String, String)>,
    /// The attributes that called modules take of the objects in an argument, by its type.
    pub typed: &'n BTreeMap<(String, String), BTreeSet<String>>,
}

/// Reads expressions of one document.
pub struct ObjectReader<'n> {
    names: &'n Names<'n>,
    offset: usize,
    /// What the names of `for`, `each` and `dynamic` hold, the innermost last.
    scopes: Vec<(String, Scope)>,
    /// Whether Terraform takes references alone here, and no functions.
    takes_references: bool,
    /// The runs of a test that are of another module.
    pub foreign_runs: &'n BTreeSet<String>,
    /// Whether it is a test that is read.
    pub is_test: bool,
    /// The attributes that are read, and the whole objects of which it is not seen what reads them.
    pub found: Vec<Reference>,
    /// The whole objects that are named by their address.
    pub whole: Vec<Reference>,
    /// The whole objects that an output of the module holds.
    pub passed: Vec<Reference>,
    /// The whole objects of which a called module takes these attributes.
    pub taken: Vec<(Reference, BTreeSet<String>)>,
    /// The attributes that are taken for lists.
    pub lists: Vec<ListUse>,
    /// The attributes that are passed to other modules, which may take them for lists.
    pub passed_lists: Vec<ListUse>,
}

/// What a name of a `for`, of `each` or of a `dynamic` block stands for.
#[derive(Debug, Clone, Default)]
pub enum Scope {
    /// Nothing that is followed.
    #[default]
    Other,
    /// A value.
    Value(Held),
    /// The number of each element of lists: of a set it is the element.
    Number(Vec<ListUse>),
}

/// What the names of a `for` stand for.
#[derive(Debug, Default)]
pub struct Iteration {
    /// The first of two.
    pub key: Scope,
    /// The last one, or the only one.
    pub value: Scope,
}

impl<'n> ObjectReader<'n> {
    /// Reads expressions whose bytes begin `offset` bytes later in their document.
    pub fn new(names: &'n Names<'n>, offset: usize) -> Self {
        static NONE: BTreeSet<String> = BTreeSet::new();
        Self {
            names,
            foreign_runs: &NONE,
            is_test: false,
            offset,
            scopes: Vec::new(),
            takes_references: false,
            found: Vec::new(),
            whole: Vec::new(),
            passed: Vec::new(),
            taken: Vec::new(),
            lists: Vec::new(),
            passed_lists: Vec::new(),
        }
    }

    /// Reads inside with a name that stands for this.
    pub fn with<T>(&mut self, name: &str, scope: Scope, read: impl FnOnce(&mut Self) -> T) -> T {
        self.scopes.push((name.to_owned(), scope));
        let result = read(self);
        self.scopes.pop();
        result
    }

    /// Reads an expression where Terraform takes references alone, and no functions.
    pub fn reference(&mut self, expression: &Expression) {
        self.takes_references = true;
        self.read(expression);
        self.takes_references = false;
    }

    /// What reads the objects is not seen.
    pub fn leaves(&mut self, held: Option<Held>) {
        let mut held = held;
        for origin in held.iter_mut().flat_map(Held::origins) {
            if !self.found.contains(origin) {
                self.found.push(origin.clone());
            }
        }
    }

    /// Reads an argument of a module call with this label.
    pub fn argument(&mut self, value: &Expression, label: &str, argument: &str) {
        let mut held = self.read(value);
        let lists = held.as_ref().map(|it| it.passed_lists(&self.span(value)));
        self.passed_lists.extend(lists.unwrap_or_default());
        if held.is_none() {
            return;
        }
        let key = (label.to_owned(), argument.to_owned());
        if self.names.followed.contains(&key) {
            return;
        }
        let Some(names) = self.names.typed.get(&key) else {
            self.leaves(held);
            return;
        };
        let origins = held.iter_mut().flat_map(Held::origins);
        let taken = origins.map(|origin| (origin.clone(), names.clone()));
        self.taken.extend(taken);
    }

    /// Reads the value of an output.
    pub fn output(&mut self, value: &Expression) {
        let mut held = self.read(value);
        let lists = held.as_ref().map(|it| it.passed_lists(&self.span(value)));
        self.passed_lists.extend(lists.unwrap_or_default());
        let origins = held.iter_mut().flat_map(Held::origins);
        self.passed.extend(origins.map(|origin| origin.clone()));
    }

    /// Reads an expression; what it holds.
    pub fn read(&mut self, expression: &Expression) -> Option<Held> {
        match expression {
            Expression::Parenthesis(inner) => self.read(inner.inner()),
            Expression::Conditional(choice) => {
                let asked = self.read(&choice.cond_expr);
                self.leaves(asked);
                self.one_of([&choice.true_expr, &choice.false_expr])
            }
            Expression::Array(items) => self.one_of(items.iter()).map(Held::inside),
            Expression::Object(object) => self.braces(object),
            Expression::FuncCall(call) => self.call(call),
            Expression::ForExpr(found) => self.for_each(found),
            Expression::Traversal(traversal) => self.traversal(traversal),
            Expression::Variable(name) => {
                let mut held = self.scope(name.as_str())?;
                // `self` has no place of its own that brought it here.
                for origin in held.origins().into_iter().filter(|it| it.span.is_empty()) {
                    origin.span = self.span(name);
                }
                Some(held)
            }
            Expression::UnaryOp(operation) => {
                self.read(&operation.expr);
                None
            }
            // `aws_x.a == null` reads no attribute.
            Expression::BinaryOp(operation) => {
                let (one, other) = (&operation.lhs_expr, &operation.rhs_expr);
                let operator = operation.operator.value();
                let is_comparison = matches!(operator, BinaryOperator::Eq | BinaryOperator::NotEq);
                for (expression, other) in [(one, other), (other, one)] {
                    let held = self.read(expression);
                    // A list in brackets equals neither a list nor a set (measured with 1.11).
                    if is_comparison && !matches!(other, Expression::Null(_) | Expression::Array(_))
                    {
                        let span = self.span(expression);
                        held.inspect(|held| self.takes_for_list(held, span, true));
                    }
                }
                None
            }
            Expression::StringTemplate(template) => {
                let elements: Vec<_> = template.iter().collect();
                match elements.as_slice() {
                    [Element::Interpolation(only)] => self.read(&only.expr),
                    _ => {
                        self.elements(elements);
                        None
                    }
                }
            }
            Expression::HeredocTemplate(heredoc) => {
                self.template(&heredoc.template);
                None
            }
            Expression::Null(_)
            | Expression::Bool(_)
            | Expression::Number(_)
            | Expression::String(_) => None,
        }
    }

    /// What becomes of a held value; where that is nothing, what reads it is not seen.
    fn or_leaves(&mut self, held: Held, next: impl Fn(Held) -> Option<Held>) -> Option<Held> {
        let whole = held.clone();
        next(held).or_else(|| {
            self.leaves(Some(whole));
            None
        })
    }

    /// What each element of a collection holds.
    pub fn element_of(&mut self, collection: &Expression) -> Option<Held> {
        let held = self.read(collection)?;
        let held = self.uniform(held)?;
        // Of an object, that are its attributes, one after the other.
        self.or_leaves(held, Held::element)
    }

    /// What the names of a `for` over a collection stand for.
    pub fn iteration(&mut self, collection: &Expression) -> Iteration {
        let Some(held) = self.read(collection) else {
            return Iteration::default();
        };
        let is_wrappable = !self.takes_references;
        let numbered = held.list_uses(&self.span(collection), is_wrappable);
        let held = self.uniform(held);
        let element = held.and_then(|held| self.or_leaves(held, Held::element));
        Iteration {
            key: match numbered.is_empty() {
                true => Scope::Other,
                false => Scope::Number(numbered),
            },
            value: element.map_or(Scope::Other, Scope::Value),
        }
    }

    fn for_each(&mut self, found: &ForExpr) -> Option<Held> {
        let Iteration { key, value } = self.iteration(&found.intro.collection_expr);
        let key_name = found.intro.key_var.as_ref().map(|key| key.as_str());
        self.with(key_name.unwrap_or_default(), key, |reader| {
            reader.with(found.intro.value_var.as_str(), value, |reader| {
                let others = found.cond.iter().map(|cond| &cond.expr);
                for other in others.chain(&found.key_expr) {
                    let held = reader.read(other);
                    reader.leaves(held);
                }
                let held = reader.read(&found.value_expr)?.inside();
                Some(match found.grouping {
                    true => held.inside(),
                    false => held,
                })
            })
        })
    }

    /// Whether a name stands for something here.
    fn has_scope(&self, name: &str) -> bool {
        self.scopes.iter().any(|(known, _)| known == name)
    }

    /// What a name of a `for` and the like holds.
    fn scope(&mut self, name: &str) -> Option<Held> {
        let mut scopes = self.scopes.iter().rev();
        let (_, scope) = scopes.find(|(known, _)| known == name)?;
        match scope.clone() {
            Scope::Other => None,
            Scope::Value(held) => Some(held),
            Scope::Number(uses) => {
                self.add_lists(uses);
                None
            }
        }
    }

    /// Something takes a value, of these bytes, for a list.
    fn takes_for_list(&mut self, held: &Held, operand: Range<usize>, is_wrappable: bool) {
        let is_wrappable = is_wrappable && !self.takes_references;
        self.add_lists(held.list_uses(&operand, is_wrappable));
    }

    fn add_lists(&mut self, uses: Vec<ListUse>) {
        for found in uses {
            let mut known = self.lists.iter();
            let is_known = known.any(|it| {
                (it.address(), it.attribute.path(), &it.operand)
                    == (found.address(), found.attribute.path(), &found.operand)
            });
            if !is_known {
                self.lists.push(found);
            }
        }
    }

    fn span(&self, node: &impl Span) -> Range<usize> {
        let span = node.span().unwrap_or_default();
        span.start + self.offset..span.end + self.offset
    }
}
