//! Follows whole resources and data sources through expressions, so that what reads their attributes
//! under another name is found: `[for db in aws_db_instance.all : db.id]`.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

use hcl_edit::Span;
use hcl_edit::expr::{Expression, ForExpr, FuncCall, Traversal, TraversalOperator};
use hcl_edit::template::{Directive, Element, Template};

use super::block_type::BlockType;
use super::references::{AttributeStep, Reference};

/// Functions that take lists and refuse sets (measured with Terraform 1.11).
const OF_LISTS: [&str; 4] = ["concat", "element", "index", "slice"];

/// The kind, type and name of a resource or data source.
type ObjectName = (BlockType, String, String);

/// Resources or data sources that a value holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// One of them; the others are of its type.
    object: ObjectName,
    /// How many lists, sets or maps are around each.
    levels: usize,
    /// The references that brought them here.
    origins: Vec<Reference>,
}

/// What is known of the names in a module.
pub struct Names<'n> {
    /// The types that are looked for.
    pub types: &'n BTreeSet<(BlockType, &'n str)>,
    /// The addresses of blocks with `count` or `for_each`.
    pub repeated: &'n BTreeSet<String>,
    /// What locals hold.
    pub locals: &'n HashMap<String, Held>,
}

/// Reads expressions of one document.
pub struct ObjectReader<'n> {
    names: &'n Names<'n>,
    offset: usize,
    /// What the names of `for`, `each` and `dynamic` hold, the innermost last.
    scopes: Vec<(String, Option<Held>)>,
    /// The attributes that are read, and the whole objects of which it is not seen what reads them.
    pub found: Vec<Reference>,
    /// The whole objects that are named by their address.
    pub whole: Vec<Reference>,
}

impl<'n> ObjectReader<'n> {
    /// Reads expressions whose bytes begin `offset` bytes later in their document.
    pub fn new(names: &'n Names<'n>, offset: usize) -> Self {
        Self {
            names,
            offset,
            scopes: Vec::new(),
            found: Vec::new(),
            whole: Vec::new(),
        }
    }

    /// Reads inside with a name that holds this, or nothing.
    pub fn with<T>(
        &mut self,
        name: &str,
        held: Option<Held>,
        read: impl FnOnce(&mut Self) -> T,
    ) -> T {
        self.scopes.push((name.to_owned(), held));
        let result = read(self);
        self.scopes.pop();
        result
    }

    /// What reads the objects is not seen.
    pub fn leaves(&mut self, held: Option<Held>) {
        for origin in held.into_iter().flat_map(|held| held.origins) {
            if !self.found.contains(&origin) {
                self.found.push(origin);
            }
        }
    }

    /// Reads an expression; the objects that it holds.
    pub fn read(&mut self, expression: &Expression) -> Option<Held> {
        match expression {
            Expression::Parenthesis(inner) => self.read(inner.inner()),
            Expression::Conditional(choice) => {
                let asked = self.read(&choice.cond_expr);
                self.leaves(asked);
                self.one_of([&choice.true_expr, &choice.false_expr])
            }
            Expression::Array(items) => self.one_of(items.iter()).map(Held::inside),
            Expression::Object(entries) => {
                for (key, _) in entries {
                    if let hcl_edit::expr::ObjectKey::Expression(key) = key {
                        let held = self.read(key);
                        self.leaves(held);
                    }
                }
                let values = entries.iter().map(|(_, value)| value.expr());
                self.one_of(values).map(Held::inside)
            }
            Expression::FuncCall(call) => self.call(call),
            Expression::ForExpr(found) => self.for_each(found),
            Expression::Traversal(traversal) => self.traversal(traversal),
            Expression::Variable(name) => self.scope(name.as_str()),
            Expression::UnaryOp(operation) => {
                self.read(&operation.expr);
                None
            }
            // `aws_x.a == null` reads no attribute.
            Expression::BinaryOp(operation) => {
                self.read(&operation.lhs_expr);
                self.read(&operation.rhs_expr);
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

    fn template(&mut self, template: &Template) {
        self.elements(template.iter());
    }

    fn elements<'e>(&mut self, elements: impl IntoIterator<Item = &'e Element>) {
        for element in elements {
            match element {
                Element::Literal(_) => {}
                Element::Interpolation(inner) => {
                    let held = self.read(&inner.expr);
                    self.leaves(held);
                }
                Element::Directive(directive) => match directive.as_ref() {
                    Directive::If(found) => {
                        let asked = self.read(&found.if_expr.cond_expr);
                        self.leaves(asked);
                        self.template(&found.if_expr.template);
                        if let Some(other) = &found.else_expr {
                            self.template(&other.template);
                        }
                    }
                    Directive::For(found) => {
                        let found = &found.for_expr;
                        let key = found.key_var.as_ref().map(|key| key.as_str());
                        let element = self.element_of(&found.collection_expr);
                        self.with(key.unwrap_or_default(), None, |reader| {
                            reader.with(found.value_var.as_str(), element, |reader| {
                                reader.template(&found.template);
                            });
                        });
                    }
                },
            }
        }
    }

    /// What several expressions hold, of which the result is one, or has each as an element. Where
    /// another value may be in the place of an object, what reads it is not seen.
    fn one_of<'e>(&mut self, all: impl IntoIterator<Item = &'e Expression>) -> Option<Held> {
        let (mut held, mut has_other): (Option<Held>, bool) = (None, false);
        let mut unlike = Vec::new();
        for expression in all {
            match (self.read(expression), &mut held) {
                (None, _) => has_other |= !is_empty(expression),
                (Some(new), None) => held = Some(new),
                (Some(new), Some(held)) if held.is_like(&new) => held.origins.extend(new.origins),
                (Some(new), Some(_)) => unlike.push(new),
            }
        }
        if !has_other && unlike.is_empty() {
            return held;
        }
        for held in held.into_iter().chain(unlike) {
            self.leaves(Some(held));
        }
        None
    }

    /// What each element of a collection holds.
    pub fn element_of(&mut self, collection: &Expression) -> Option<Held> {
        let held = self.read(collection)?;
        let levels = held.levels;
        let element = held.element();
        if levels == 0 {
            // The attributes of an object, one after the other.
            self.leaves(Some(element));
            return None;
        }
        Some(element)
    }

    fn for_each(&mut self, found: &ForExpr) -> Option<Held> {
        let element = self.element_of(&found.intro.collection_expr);
        let key = found.intro.key_var.as_ref().map(|key| key.as_str());
        self.with(key.unwrap_or_default(), None, |reader| {
            reader.with(found.intro.value_var.as_str(), element, |reader| {
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

    fn call(&mut self, call: &FuncCall) -> Option<Held> {
        let name = match call.name.is_namespaced() {
            true => "",
            false => call.name.name.as_str(),
        };
        let held = self.result(name, call);
        if OF_LISTS.contains(&name) {
            let arguments = call.args.iter().filter_map(|it| match it {
                Expression::Traversal(argument) => Some(self.span(argument)),
                _ => None,
            });
            let arguments: Vec<_> = arguments.collect();
            for reference in &mut self.found {
                let Some(last) = reference.steps.last_mut() else {
                    continue;
                };
                // A splat makes a list of them, which `...` takes apart again.
                let is_argument = !last.is_of_each || call.args.expand_final();
                last.is_list |=
                    is_argument && arguments.contains(&(reference.start..last.span.end));
            }
        }
        held
    }

    /// What the result of a function holds.
    fn result(&mut self, name: &str, call: &FuncCall) -> Option<Held> {
        let arguments: Vec<&Expression> = call.args.iter().collect();
        match (name, arguments.as_slice()) {
            ("can", _) => {
                for argument in arguments {
                    self.read(argument);
                }
                None
            }
            ("try" | "coalesce" | "coalescelist" | "concat", all) => {
                self.one_of(all.iter().copied())
            }
            (
                "tolist" | "toset" | "tomap" | "reverse" | "distinct" | "nonsensitive"
                | "sensitive",
                [only],
            ) => self.read(only),
            ("slice", [list, rest @ ..]) => {
                let held = self.read(list);
                self.all_leave(rest);
                held
            }
            ("zipmap", [keys, values]) => {
                self.all_leave(&[keys]);
                self.read(values)
            }
            ("flatten", [only]) => {
                let held = self.read(only)?;
                Some(Held {
                    levels: held.levels.min(1),
                    ..held
                })
            }
            ("length" | "keys", [only]) => {
                if let Some(held) = self.read(only).filter(|held| held.levels == 0) {
                    self.leaves(Some(held));
                }
                None
            }
            ("values", [only]) => {
                let held = self.read(only)?;
                if held.levels > 0 {
                    return Some(held);
                }
                self.leaves(Some(held));
                None
            }
            ("merge", maps) => {
                let held = self.one_of(maps.iter().copied())?;
                if held.levels > 0 {
                    return Some(held);
                }
                self.leaves(Some(held));
                None
            }
            ("element", [list, rest @ ..]) => {
                self.all_leave(rest);
                self.element_of(list)
            }
            ("one", [list]) => self.element_of(list),
            ("lookup", [map, key, rest @ ..]) => {
                self.all_leave(rest);
                if !matches!(key, Expression::String(_)) {
                    self.all_leave(&[key]);
                }
                let held = self.read(map)?;
                match (held.levels, key) {
                    (0, Expression::String(text)) => {
                        let span = self.span(text);
                        let step = quoted(text.as_str(), span);
                        self.reads(held, self.span(call).start, vec![step]);
                        None
                    }
                    (0, _) => {
                        self.leaves(Some(held));
                        None
                    }
                    // Where a default may take its place, what is read is not known.
                    (_, _) if rest.iter().all(|it| is_empty(it)) => Some(held.element()),
                    (_, _) => {
                        self.leaves(Some(held));
                        None
                    }
                }
            }
            (_, all) => {
                self.all_leave(all);
                None
            }
        }
    }

    fn all_leave(&mut self, all: &[&Expression]) {
        for expression in all {
            let held = self.read(expression);
            self.leaves(held);
        }
    }

    /// What a name of a `for` and the like holds.
    fn scope(&self, name: &str) -> Option<Held> {
        let mut scopes = self.scopes.iter().rev();
        let (_, held) = scopes.find(|(known, _)| known == name)?;
        held.clone()
    }

    fn traversal(&mut self, node: &Traversal) -> Option<Held> {
        for operator in &node.operators {
            if let TraversalOperator::Index(index) = operator.value() {
                let held = self.read(index);
                self.leaves(held);
            }
        }
        let operators: Vec<&TraversalOperator> = node
            .operators
            .iter()
            .map(hcl_edit::Decorated::value)
            .collect();
        if let Some((object, rest)) = self.object(node, &operators) {
            let (kind, type_name, name) = object.clone();
            let reference = |steps| Reference {
                kind,
                type_name: type_name.clone(),
                name: name.clone(),
                span: self.span(node),
                start: self.span(node).start,
                steps,
            };
            let steps = self.steps(&[], rest);
            if !steps.is_empty() {
                let reference = reference(steps);
                self.found.push(reference);
                return None;
            }
            let whole = reference(Vec::new());
            self.whole.push(whole.clone());
            let is_repeated = self
                .names
                .repeated
                .contains(&kind.address(&type_name, &name));
            let held = Held {
                object,
                levels: usize::from(is_repeated),
                origins: vec![whole],
            };
            return self.through(held, self.span(node).start, rest);
        }
        let root = node.expr.as_variable().map(hcl_edit::Ident::as_str);
        let (mut held, taken) = match (root, operators.first()) {
            (Some("local"), Some(TraversalOperator::GetAttr(name))) => {
                (self.names.locals.get(name.as_str()).cloned(), 1)
            }
            // Of `each` and of the name of a `dynamic` block, the value is the element.
            (Some(root), Some(TraversalOperator::GetAttr(name))) if name.as_str() == "value" => {
                match self.scope(&format!("{root}.value")) {
                    Some(held) => (Some(held), 1),
                    None => (self.scope(root), 0),
                }
            }
            _ => (self.read(&node.expr), 0),
        };
        if let Some(held) = &mut held
            && root.is_some()
        {
            // What leaves, leaves here, not where the name gets its value.
            for origin in &mut held.origins {
                origin.span = self.span(node);
            }
        }
        self.through(held?, self.span(node).start, &operators[taken..])
    }

    /// The resource or data source of a wanted type that a reference is to, with what follows.
    fn object<'o, 'e>(
        &self,
        node: &Traversal,
        operators: &'o [&'e TraversalOperator],
    ) -> Option<(ObjectName, &'o [&'e TraversalOperator])> {
        let root = node.expr.as_variable()?.as_str();
        let (kind, type_name, rest) = match (root, operators) {
            ("data", [TraversalOperator::GetAttr(type_name), rest @ ..]) => {
                (BlockType::Data, type_name.as_str(), rest)
            }
            ("data", _) => return None,
            _ => (BlockType::Resource, root, operators),
        };
        let [TraversalOperator::GetAttr(name), rest @ ..] = rest else {
            return None;
        };
        let is_wanted = self.names.types.contains(&(kind, type_name));
        is_wanted.then(|| ((kind, type_name.to_owned(), name.to_string()), rest))
    }

    /// The attributes that operators lead through.
    /// The operators before them lead to the object.
    fn steps(
        &self,
        before: &[&TraversalOperator],
        operators: &[&TraversalOperator],
    ) -> Vec<AttributeStep> {
        let mut steps: Vec<AttributeStep> = Vec::new();
        // Behind `.*` an index is of the whole result (Terraform docs, "Legacy Attribute-Only Splat").
        let is_legacy = |it: &&TraversalOperator| matches!(it, TraversalOperator::AttrSplat(_));
        let is_full = |it: &&TraversalOperator| matches!(it, TraversalOperator::FullSplat(_));
        let mut is_of_result = before.iter().any(is_legacy);
        let is_splat = |it: &&TraversalOperator| is_legacy(it) || is_full(it);
        let mut is_of_each = before.iter().any(is_splat);
        for operator in operators {
            is_of_result |= is_legacy(operator);
            is_of_each |= is_splat(operator);
            match (operator, steps.last_mut()) {
                (TraversalOperator::GetAttr(name), _) => steps.push(AttributeStep {
                    name: name.to_string(),
                    span: self.span(name),
                    is_indexed: false,
                    is_list: false,
                    is_of_each,
                    is_quoted: false,
                }),
                (operator, Some(last)) => {
                    let is_index = match operator {
                        TraversalOperator::Index(key) => !matches!(key, Expression::String(_)),
                        other => matches!(other, TraversalOperator::LegacyIndex(_)),
                    };
                    last.is_list |= is_index && !last.is_indexed && !is_of_result;
                    last.is_indexed = true;
                }
                (_, None) => {}
            }
        }
        steps
    }

    /// What the operators lead to, from these objects.
    /// `start` is where the expression begins.
    fn through(
        &mut self,
        mut held: Held,
        start: usize,
        operators: &[&TraversalOperator],
    ) -> Option<Held> {
        let mut splats = 0;
        for (at, operator) in operators.iter().enumerate() {
            match operator {
                TraversalOperator::GetAttr(_) if held.levels == 0 => {
                    let steps = self.steps(&operators[..at], &operators[at..]);
                    self.reads(held, start, steps);
                    return None;
                }
                TraversalOperator::Index(key) if held.levels == 0 => {
                    let Expression::String(text) = key else {
                        self.leaves(Some(held));
                        return None;
                    };
                    let mut steps = vec![quoted(text.as_str(), self.span(text))];
                    steps.extend(self.steps(&operators[..at], &operators[at + 1..]));
                    self.reads(held, start, steps);
                    return None;
                }
                TraversalOperator::AttrSplat(_) | TraversalOperator::FullSplat(_) => {
                    held.levels = held.levels.saturating_sub(1);
                    splats += 1;
                }
                _ => held.levels = held.levels.saturating_sub(1),
            }
        }
        held.levels += splats;
        Some(held)
    }

    /// An attribute of the objects is read.
    fn reads(&mut self, held: Held, start: usize, steps: Vec<AttributeStep>) {
        let (kind, type_name, name) = held.object;
        let span = match (steps.first(), steps.last()) {
            (Some(first), Some(last)) => first.span.start..last.span.end,
            _ => return,
        };
        self.found.push(Reference {
            kind,
            type_name,
            name,
            span,
            start,
            steps,
        });
    }

    fn span(&self, node: &impl Span) -> Range<usize> {
        let span = node.span().unwrap_or_default();
        span.start + self.offset..span.end + self.offset
    }
}

impl Held {
    /// As elements of a list or a map.
    fn inside(self) -> Self {
        Self {
            levels: self.levels + 1,
            ..self
        }
    }

    /// The element of a list or a map.
    fn element(self) -> Self {
        Self {
            levels: self.levels.saturating_sub(1),
            ..self
        }
    }

    /// Whether what reads one of them reads the other alike.
    pub fn is_like(&self, other: &Self) -> bool {
        let (kind, type_name, _) = &self.object;
        let (other_kind, other_type, _) = &other.object;
        (kind, type_name, self.levels) == (other_kind, other_type, other.levels)
    }
}

/// An attribute whose name is written as a text.
fn quoted(name: &str, span: Range<usize>) -> AttributeStep {
    AttributeStep {
        name: name.to_owned(),
        span: span.start + 1..span.end.saturating_sub(1),
        is_indexed: false,
        is_list: false,
        is_of_each: false,
        is_quoted: true,
    }
}

/// Whether the value is there for the case that there is nothing.
fn is_empty(expression: &Expression) -> bool {
    match expression {
        Expression::Null(_) => true,
        Expression::Array(items) => items.is_empty(),
        Expression::Object(entries) => entries.is_empty(),
        Expression::Parenthesis(inner) => is_empty(inner.inner()),
        _ => false,
    }
}
