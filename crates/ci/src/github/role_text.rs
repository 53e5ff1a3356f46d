//! Texts of steps that name roles: what of them stands in the file, what GitHub has stored, and what only the
//! run knows.

use std::fmt;

use crate::github::expression::expressions;
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
    /// A property of a document of JSON that GitHub has stored.
    Member(StoredRead, Vec<String>),
    /// The first of these that is not empty.
    FirstOf(Vec<RoleText>),
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
    /// The text of parts, whose literals are joined.
    pub(super) fn joined(parts: impl IntoIterator<Item = (RolePart, bool)>) -> Self {
        let mut joined: Vec<RolePart> = Vec::new();
        for (part, _) in parts {
            match (joined.last_mut(), part) {
                (_, RolePart::Literal(text)) if text.is_empty() => {}
                (Some(RolePart::Literal(before)), RolePart::Literal(more)) => *before += &more,
                (_, part) => joined.push(part),
            }
        }
        Self(joined)
    }

    /// What GitHub has stored of it.
    pub fn stored(&self) -> Vec<&StoredRead> {
        let parts = self.0.iter().flat_map(|part| match part {
            RolePart::Stored(read) | RolePart::Member(read, _) => vec![read],
            RolePart::FirstOf(texts) => texts.iter().flat_map(Self::stored).collect(),
            RolePart::Literal(_) | RolePart::Unknown(_) => Vec::new(),
        });
        parts.collect()
    }

    /// The variable or secret that is all of it.
    pub fn as_stored(&self) -> Option<&StoredRead> {
        match self.0.as_slice() {
            [RolePart::Stored(read)] => Some(read),
            _ => None,
        }
    }

    /// The text as a workflow may write it.
    pub fn written(&self) -> String {
        let parts = self.0.iter().map(|part| match part {
            RolePart::Literal(text) => text.clone(),
            other => format!("${{{{ {} }}}}", other.inside()),
        });
        parts.collect()
    }

    /// The whole text, where nothing of it is stored or unknown.
    pub fn known(&self) -> Option<String> {
        let parts = self.0.iter().map(|part| match part {
            RolePart::Literal(text) => Some(text.as_str()),
            _ => None,
        });
        parts.collect()
    }
}

impl RolePart {
    /// The part as an expression, without its braces.
    fn inside(&self) -> String {
        match self {
            Self::Literal(text) => format!("'{}'", text.replace('\'', "''")),
            Self::Stored(read) => read.to_string(),
            Self::Member(read, path) => format!("fromJSON({read}).{}", path.join(".")),
            Self::FirstOf(texts) => {
                let texts = texts.iter().map(|text| match text.0.as_slice() {
                    [only] => only.inside(),
                    _ => format!("'{}'", text.written()),
                });
                texts.collect::<Vec<_>>().join(" || ")
            }
            Self::Unknown(inside) => inside.clone(),
        }
    }
}

impl fmt::Display for StoredRead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let context = if self.is_secret { "secrets" } else { "vars" };
        write!(f, "{context}.{}", self.name)
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
