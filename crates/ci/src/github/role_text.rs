//! Texts of steps that name roles: what of them stands in the file, what GitHub has stored, and what only the
//! run knows.

use crate::github::expression::{expressions, of_inside};
use crate::github::values::Values;

/// A text, as far as the repository tells it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RoleText(pub Vec<RolePart>);

/// A part of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum RolePart {
    /// As it is.
    Literal(String),
    /// What GitHub has stored.
    Stored(StoredRead),
    /// An expression whose value only the run knows, without its braces.
    Unknown(String),
}

/// A variable or secret of GitHub's.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct StoredRead {
    /// Whether it is in `secrets`; else in `vars`.
    pub is_secret: bool,
    /// Its name, in capitals: GitHub compares them without case.
    pub name: String,
    /// Whether a caller of the workflow reads it: jobs that call have no environment.
    pub is_of_caller: bool,
}

impl RoleText {
    /// The parts that GitHub has stored.
    pub fn stored(&self) -> impl Iterator<Item = &StoredRead> {
        self.0.iter().filter_map(|part| match part {
            RolePart::Stored(read) => Some(read),
            RolePart::Literal(_) | RolePart::Unknown(_) => None,
        })
    }

    /// The text as a workflow may write it.
    pub fn written(&self) -> String {
        let parts = self.0.iter().map(|part| match part {
            RolePart::Literal(text) => text.clone(),
            RolePart::Stored(read) => {
                let context = if read.is_secret { "secrets" } else { "vars" };
                format!("${{{{ {context}.{} }}}}", read.name)
            }
            RolePart::Unknown(inside) => format!("${{{{ {inside} }}}}"),
        });
        parts.collect()
    }

    /// The whole text, where nothing of it is stored or unknown.
    pub fn known(&self) -> Option<String> {
        let parts = self.0.iter().map(|part| match part {
            RolePart::Literal(text) => Some(text.as_str()),
            RolePart::Stored(_) | RolePart::Unknown(_) => None,
        });
        parts.collect()
    }
}

/// The parts of a text, each with whether a caller has passed it.
pub(super) fn read_parts(
    text: &str,
    (values, passed): (&Values, &Values),
    is_of_caller: bool,
    parts: &mut Vec<(RolePart, bool)>,
) {
    let mut at = 0;
    for inside in expressions(text) {
        let whole = inside.start - 3..inside.end + 2;
        if whole.start > at {
            let literal = text[at..whole.start].to_owned();
            parts.push((RolePart::Literal(literal), is_of_caller));
        }
        at = whole.end;
        let inside = text[inside].trim();
        let reads = of_inside(inside);
        let only = match reads.as_slice() {
            [only] if only.whole == (0..inside.len()) => only.name.as_ref().map(|it| (only, it)),
            _ => None,
        };
        let given = only.and_then(|(read, name)| {
            passed.get(&format!("{}.{}", read.context, name.to_ascii_lowercase()))
        });
        if let Some(given) = given {
            read_parts(given, (values, &Values::new()), true, parts);
            continue;
        }
        let stored = |context: &str, name: &str| {
            let is_secret = match context {
                "vars" => false,
                "secrets" => true,
                _ => return None,
            };
            Some(RolePart::Stored(StoredRead {
                is_secret,
                name: name.to_ascii_uppercase(),
                is_of_caller,
            }))
        };
        let part = match only {
            Some((read, name)) => stored(&read.context, name),
            None => match chosen(inside, values) {
                Some((None, text)) => Some(RolePart::Literal(text)),
                Some((Some(context), name)) => stored(context, &name),
                None => None,
            },
        };
        let part = part.unwrap_or_else(|| RolePart::Unknown(inside.to_owned()));
        parts.push((part, is_of_caller));
    }
    if at < text.len() {
        parts.push((RolePart::Literal(text[at..].to_owned()), is_of_caller));
    }
}

/// A text in which each choice from a map by a property with a known value is made:
/// `${{ vars[fromJSON('{"a":"X"}')[matrix.dir]] }}` as `${{ vars.X }}`.
pub fn settled(text: &str, values: &Values) -> String {
    let mut out = String::new();
    let mut at = 0;
    for inside in expressions(text) {
        let whole = inside.start - "${{".len()..inside.end + "}}".len();
        out += &text[at..whole.start];
        match chosen(text[inside].trim(), values) {
            Some((None, value)) => out += &value,
            Some((Some(context), name)) => out += &format!("${{{{ {context}.{name} }}}}"),
            None => out += &text[whole.clone()],
        }
        at = whole.end;
    }
    out + &text[at..]
}

/// What an expression chooses from a map of plain texts by a property with a known value:
/// `fromJSON('{"a":"x"}')[matrix.b]`, or with `vars[...]` around it. The context comes first, where the
/// text names a property of one.
fn chosen<'e>(inside: &'e str, values: &Values) -> Option<(Option<&'e str>, String)> {
    let around = ["vars", "secrets"].into_iter().find_map(|context| {
        let rest = inside.strip_prefix(context)?.strip_prefix('[')?;
        Some((&inside[..context.len()], rest.strip_suffix(']')?))
    });
    let (context, choice) = match around {
        Some((context, choice)) => (Some(context), choice),
        None => (None, inside),
    };
    let (map, property) = choice.strip_prefix("fromJSON('{")?.split_once("}')[")?;
    let property = property.strip_suffix(']')?;
    let value = values.get(property.trim())?;
    let entries = map.strip_prefix('"')?.strip_suffix('"')?.split("\",\"");
    let entries: Option<Vec<(&str, &str)>> =
        entries.map(|entry| entry.split_once("\":\"")).collect();
    let (_, text) = entries?.into_iter().find(|(key, _)| key == value)?;
    let is_plain = !text.contains(['"', '\\', '\'']);
    is_plain.then(|| (context, text.to_owned()))
}
