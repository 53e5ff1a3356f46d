//! What an expression that names a role comes to: it is evaluated as far as the files tell, and what only the run
//! knows is assumed, once true and once false.
//!
//! Source: "Evaluate expressions in workflows and actions" (operators, `format`, `fromJSON`, `contains`,
//! `startsWith`, `endsWith`).

mod calls;
mod conditions;

use crate::github::expression::{expressions, of_inside, split};
use crate::github::role_text::{RolePart, RoleText, StoredRead};
use crate::github::values::Values;
pub use calls::member;
use calls::{Step, arguments, map, string, unwrapped};

/// Conditions that only the run knows, each with whether it holds.
pub type Assumptions = Vec<(String, bool)>;

/// A condition of which nothing is assumed yet.
#[derive(Debug)]
pub struct Open(pub String);

/// Parts of a text, each with whether a caller has passed it.
type Parts = Vec<(RolePart, bool)>;

/// Expressions in each other that are opened (actions/runner, `ExpressionConstants.MaxDepth`).
const DEPTH: usize = 50;

/// What expressions are evaluated with.
#[derive(Clone, Copy)]
pub struct RoleReader<'r> {
    /// Context values, as plain texts.
    pub values: &'r Values,
    /// Those of the job that starts the calls.
    pub start_values: &'r Values,
    /// What the callers of the workflow pass to it, which may be expressions.
    pub passed: &'r Values,
    /// The variables of the step, which may be expressions.
    pub env: &'r dyn Fn(&str) -> Option<String>,
    /// Whether the text is one of a caller's.
    pub is_of_caller: bool,
    /// What is taken for true of what only the run knows.
    pub assumed: &'r Assumptions,
}

impl RoleReader<'_> {
    /// The parts of a text.
    ///
    /// # Errors
    /// What has to be assumed first.
    pub fn parts(&self, text: &str) -> Result<Parts, Open> {
        self.parts_within(text, DEPTH)
    }

    fn parts_within(&self, text: &str, depth: usize) -> Result<Parts, Open> {
        let mut parts = Parts::new();
        let mut at = 0;
        for inside in expressions(text) {
            let whole = inside.start - "${{".len()..inside.end + "}}".len();
            if whole.start > at {
                parts.push(self.literal(&text[at..whole.start]));
            }
            at = whole.end;
            let inside = text[inside].trim();
            let found = match depth.checked_sub(1) {
                Some(depth) => self.value(inside, depth)?,
                None => None,
            };
            let unknown = || vec![(RolePart::Unknown(inside.to_owned()), self.is_of_caller)];
            parts.extend(found.unwrap_or_else(unknown));
        }
        if at < text.len() {
            parts.push(self.literal(&text[at..]));
        }
        Ok(parts)
    }

    fn literal(&self, text: &str) -> (RolePart, bool) {
        (RolePart::Literal(text.to_owned()), self.is_of_caller)
    }

    /// The parts of an expression's value; `None` where nothing tells it.
    fn value(&self, expression: &str, depth: usize) -> Result<Option<Parts>, Open> {
        let expression = unwrapped(expression);
        let Some(depth) = depth.checked_sub(1) else {
            return Ok(None);
        };
        let terms = split(expression, "||").unwrap_or_default();
        if terms.len() > 1 || split(expression, "&&").is_some_and(|parts| parts.len() > 1) {
            return self.choice(&terms, depth);
        }
        if let Some(text) = string(expression) {
            return Ok(Some(vec![self.literal(&text)]));
        }
        if let Some(arguments) = arguments(expression, "format") {
            return self.format(&arguments, depth);
        }
        if let Some((map, path)) = map(expression) {
            return self.property(map, &path, depth);
        }
        self.read(expression, depth)
    }

    /// The first value that is not empty and whose condition holds.
    fn choice(&self, terms: &[&str], depth: usize) -> Result<Option<Parts>, Open> {
        let mut before: Vec<RoleText> = Vec::new();
        for (index, term) in terms.iter().enumerate() {
            let mut conditions = split(term, "&&").unwrap_or_default();
            let value = conditions.pop().unwrap_or_default();
            let is_conditional = !conditions.is_empty();
            let mut all = conditions.into_iter();
            if !all.try_fold(true, |holds, it| Ok(holds && self.holds(it, depth)?))? {
                continue;
            }
            let Some(parts) = self.value(value, depth)? else {
                return Ok(None);
            };
            match plain(&parts) {
                Some(text) if text.is_empty() => continue,
                // An empty variable would lead on to the next value, which is meant for other runs.
                None if !is_conditional && index + 1 < terms.len() => {
                    before.push(RoleText::joined(parts));
                    continue;
                }
                _ => {}
            }
            if before.is_empty() {
                return Ok(Some(parts));
            }
            before.push(RoleText::joined(parts));
            break;
        }
        let first = (!before.is_empty()).then_some(RolePart::FirstOf(before));
        Ok(first.map(|first| vec![(first, self.is_of_caller)]))
    }

    fn format(&self, arguments: &[&str], depth: usize) -> Result<Option<Parts>, Open> {
        let Some((text, arguments)) = arguments.split_first() else {
            return Ok(None);
        };
        let Some(text) = string(text.trim()) else {
            return Ok(None);
        };
        let mut parts = Parts::new();
        let mut rest = text.as_str();
        while let Some(at) = rest.find(['{', '}']) {
            parts.push(self.literal(&rest[..at]));
            let (sign, behind) = rest[at..].split_at(1);
            // A doubled brace stands for one.
            if let Some(behind) = behind.strip_prefix(sign) {
                parts.push(self.literal(sign));
                rest = behind;
                continue;
            }
            let Some((number, behind)) = behind.split_once('}').filter(|_| sign == "{") else {
                return Ok(None);
            };
            let argument = number.parse().ok().and_then(|it: usize| arguments.get(it));
            let Some(argument) = argument else {
                return Ok(None);
            };
            match self.value(argument, depth)? {
                Some(value) => parts.extend(value),
                None => return Ok(None),
            }
            rest = behind;
        }
        parts.push(self.literal(rest));
        Ok(Some(parts))
    }

    /// A property of `fromJSON(MAP)`.
    fn property(&self, map: &str, path: &[Step<'_>], depth: usize) -> Result<Option<Parts>, Open> {
        let mut names = Vec::new();
        for step in path {
            let name = match step {
                Step::Name(name) => Some((*name).to_owned()),
                Step::Index(index) => self.plain_value(index, depth)?,
            };
            match name {
                Some(name) => names.push(name),
                None => return Ok(None),
            }
        }
        // The whole context as a text, and read from it again.
        if let Some([context]) = arguments(map.trim(), "toJSON").as_deref() {
            let stored = names.first().filter(|_| names.len() == 1);
            let stored = stored.and_then(|name| self.stored(context.trim(), name));
            return Ok(stored.map(|part| vec![part]));
        }
        let Some(parts) = self.value(map, depth)? else {
            return Ok(None);
        };
        if let Some(text) = plain(&parts) {
            return Ok(member(&text, &names).map(|text| vec![self.literal(&text)]));
        }
        Ok(match parts.as_slice() {
            [(RolePart::Stored(read), is_of_caller)] => {
                let part = RolePart::Member(read.clone(), names);
                Some(vec![(part, *is_of_caller)])
            }
            _ => None,
        })
    }

    /// A read of one context.
    fn read(&self, expression: &str, depth: usize) -> Result<Option<Parts>, Open> {
        let reads = of_inside(expression);
        let whole = reads.iter().find(|it| it.whole == (0..expression.len()));
        let name = match whole {
            // A property of a property: `github.event.inputs.x`.
            None => return Ok(self.known(expression)),
            Some(read) => match &read.name {
                Some(name) => Some(name.clone()),
                None => self.plain_value(&expression[read.range.clone()], depth)?,
            },
        };
        let (Some(read), Some(name)) = (whole, name) else {
            return Ok(None);
        };
        let path = format!("{}.{}", read.context, name.to_ascii_lowercase());
        if let Some(given) = self.passed.get(&path) {
            let nothing = Values::new();
            let of_caller = RoleReader {
                values: self.start_values,
                passed: &nothing,
                env: &|_| None,
                is_of_caller: true,
                ..*self
            };
            return of_caller.parts_within(given, depth).map(Some);
        }
        if read.context == "env" {
            return match (self.env)(&name) {
                Some(text) => self.parts_within(&text, depth).map(Some),
                None => Ok(None),
            };
        }
        let stored = self.stored(&read.context, &name);
        Ok(stored
            .map(|part| vec![part])
            .or_else(|| self.known(&format!("{}.{name}", read.context))))
    }

    /// A property with a known value.
    fn known(&self, path: &str) -> Option<Parts> {
        let mut all = self.values.iter();
        let (_, value) = all.find(|(name, _)| name.eq_ignore_ascii_case(path))?;
        Some(vec![self.literal(value)])
    }

    fn stored(&self, context: &str, name: &str) -> Option<(RolePart, bool)> {
        let is_secret = match context {
            "vars" => false,
            "secrets" => true,
            _ => return None,
        };
        let read = StoredRead {
            is_secret,
            name: name.to_ascii_uppercase(),
            is_of_caller: self.is_of_caller,
        };
        Some((RolePart::Stored(read), self.is_of_caller))
    }

    /// The text of an expression's value, where all of it is known.
    fn plain_value(&self, expression: &str, depth: usize) -> Result<Option<String>, Open> {
        let parts = self.value(expression, depth)?;
        Ok(parts.as_deref().and_then(plain))
    }
}

/// The text of parts that are all literal.
fn plain(parts: &[(RolePart, bool)]) -> Option<String> {
    let texts = parts.iter().map(|(part, _)| match part {
        RolePart::Literal(text) => Some(text.as_str()),
        _ => None,
    });
    texts.collect()
}
