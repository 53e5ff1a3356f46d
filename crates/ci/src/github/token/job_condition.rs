//! `if:` of jobs: which events and refs one lets through.

use crate::github::expression::split;

/// What the `if:` of a job asks of the event and the ref that start it.
#[derive(Debug)]
pub(super) enum JobCondition {
    /// All of these have to hold.
    All(Vec<Self>),
    /// One of these has to hold.
    Any(Vec<Self>),
    /// The event is this.
    Event(String),
    /// The event is another one.
    OtherEvent(String),
    /// The ref is one of these: `refs/heads/main`.
    Refs(Vec<String>),
    /// The ref is none of these.
    OtherRefs(Vec<String>),
    /// The ref starts with one of these: `refs/tags/`.
    RefsFrom(Vec<String>),
}

/// Parentheses in each other that are opened; what is deeper is not read, as GitHub does not
/// (actions/runner, `ExpressionConstants.MaxDepth`).
const DEPTH: usize = 50;

impl JobCondition {
    /// Reads an `if:`. Only comparisons with literals narrow anything.
    pub fn of(text: &str) -> Self {
        Self::within(&text.replace("${{", "").replace("}}", ""), DEPTH)
    }

    /// What has to hold where a comparison does not.
    pub fn of_not(text: &str) -> Self {
        match Self::of(text) {
            Self::Event(event) => Self::OtherEvent(event),
            Self::OtherEvent(event) => Self::Event(event),
            Self::Refs(names) => Self::OtherRefs(names),
            _ => Self::unread(),
        }
    }

    fn within(text: &str, depth: usize) -> Self {
        let text = text.trim();
        let Some(deeper) = depth.checked_sub(1) else {
            return Self::unread();
        };
        let parts = |operator| split(text, operator).filter(|parts| parts.len() > 1);
        let read = |parts: Vec<&str>| {
            parts
                .into_iter()
                .map(|it| Self::within(it, deeper))
                .collect()
        };
        if let Some(parts) = parts("||") {
            return Self::Any(read(parts));
        }
        if let Some(parts) = parts("&&") {
            return Self::All(read(parts));
        }
        let inner = text.strip_prefix('(').and_then(|it| it.strip_suffix(')'));
        // `(a) == (b)` is in no parentheses as a whole.
        match inner.filter(|inner| split(inner, "&&").is_some()) {
            Some(inner) => Self::within(inner, deeper),
            None => test(text).unwrap_or_else(Self::unread),
        }
    }

    /// What always may hold.
    fn unread() -> Self {
        Self::All(Vec::new())
    }

    /// The subject of a token of that event as far as the refs that it lets through go; empty where it
    /// lets none through.
    pub fn narrowed(&self, event: &str, subject: &str) -> Vec<String> {
        let whole = |is_met: bool| is_met.then(|| subject.to_owned()).into_iter().collect();
        match self {
            Self::All(all) => {
                let mut subjects = vec![subject.to_owned()];
                for condition in all {
                    let narrowed = subjects.iter().flat_map(|it| condition.narrowed(event, it));
                    subjects = narrowed.collect();
                }
                subjects
            }
            Self::Any(all) => {
                let narrowed = all.iter().flat_map(|it| it.narrowed(event, subject));
                narrowed.collect()
            }
            // GitHub compares strings without case ("Evaluate expressions", operators).
            Self::Event(wanted) => whole(event.eq_ignore_ascii_case(wanted)),
            Self::OtherEvent(other) => whole(!event.eq_ignore_ascii_case(other)),
            Self::Refs(names) => {
                let met = names.iter().filter(|name| is_met(subject, name));
                met.map(|name| format!("ref:{name}")).collect()
            }
            // A pattern has other refs, too.
            Self::OtherRefs(names) => {
                let is_one = |name: &String| subject.strip_prefix("ref:") == Some(name);
                whole(!names.iter().any(is_one))
            }
            Self::RefsFrom(starts) => {
                let narrowed = starts.iter().filter_map(|start| started(subject, start));
                narrowed.collect()
            }
        }
    }
}

/// Whether the subjects of the runs for which a comparison holds, or does not, are all told by it.
pub fn is_exact(comparison: &str, holds: bool) -> bool {
    let condition = match holds {
        true => JobCondition::of(comparison),
        false => JobCondition::of_not(comparison),
    };
    matches!(
        condition,
        JobCondition::Event(_) | JobCondition::OtherEvent(_) | JobCondition::Refs(_)
    )
}

/// The subject of that pattern as far as its refs start so; `None` where none does.
fn started(subject: &str, start: &str) -> Option<String> {
    let pattern = subject.strip_prefix("ref:")?;
    let (fixed, rest) = pattern.split_once('*').unwrap_or((pattern, ""));
    // Only GitHub knows which branch is the default one.
    let fixed = fixed.trim_end_matches(super::subject::DEFAULT_BRANCH);
    if fixed.starts_with(start) {
        return Some(subject.to_owned());
    }
    let is_open = fixed.len() < pattern.len() && start.starts_with(fixed);
    // Of a pattern with more, the rest would have to be matched from there on.
    is_open.then(|| match rest.is_empty() && pattern.ends_with('*') {
        true => format!("ref:{start}*"),
        false => subject.to_owned(),
    })
}

/// Whether a token with a subject of that pattern may be of that ref. The ref of a pull request is
/// `refs/pull/NUMBER/merge`, which no condition names.
fn is_met(subject: &str, name: &str) -> bool {
    let Some(pattern) = subject.strip_prefix("ref:") else {
        return false;
    };
    // Only GitHub knows which branch is the default one: this may be it.
    let is_default = pattern.ends_with(super::subject::DEFAULT_BRANCH);
    if is_default {
        return name.starts_with("refs/heads/");
    }
    let mut rest = name;
    let mut parts = pattern.split('*');
    let Some(left) = rest.strip_prefix(parts.next().unwrap_or_default()) else {
        return false;
    };
    rest = left;
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else {
        return rest.is_empty();
    };
    for part in middle {
        let Some(at) = rest.find(part) else {
            return false;
        };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

/// What a comparison or a call with literals asks.
fn test(text: &str) -> Option<JobCondition> {
    let refs = |name: &str| vec![format!("refs/heads/{name}"), format!("refs/tags/{name}")];
    let called = text.to_ascii_lowercase();
    if called.starts_with("startswith") {
        let arguments = text["startswith".len()..].trim_start().strip_prefix('(')?;
        let (of, start) = arguments.strip_suffix(')')?.split_once(',')?;
        let start = literal(start)?;
        return match of.trim().to_ascii_lowercase().as_str() {
            "github.ref" => Some(JobCondition::RefsFrom(vec![start])),
            "github.ref_name" => Some(JobCondition::RefsFrom(refs(&start))),
            _ => None,
        };
    }
    let (left, right, is_equal) = match text.split_once("==") {
        Some((left, right)) => (left, right, true),
        None => {
            let (left, right) = text.split_once("!=")?;
            (left, right, false)
        }
    };
    let literal = literal(right)?;
    match (left.trim().to_ascii_lowercase().as_str(), is_equal) {
        ("github.event_name", true) => Some(JobCondition::Event(literal)),
        ("github.event_name", false) => Some(JobCondition::OtherEvent(literal)),
        ("github.ref", true) => Some(JobCondition::Refs(vec![literal])),
        ("github.ref_name", true) => Some(JobCondition::Refs(refs(&literal))),
        ("github.ref_type", true) => match literal.to_ascii_lowercase().as_str() {
            "branch" => Some(JobCondition::RefsFrom(vec!["refs/heads/".to_owned()])),
            "tag" => Some(JobCondition::RefsFrom(vec!["refs/tags/".to_owned()])),
            _ => None,
        },
        _ => None,
    }
}

/// The text of a string literal without quotes in it.
fn literal(text: &str) -> Option<String> {
    let inside = text.trim().strip_prefix('\'')?.strip_suffix('\'')?;
    (!inside.contains('\'')).then(|| inside.to_owned())
}
