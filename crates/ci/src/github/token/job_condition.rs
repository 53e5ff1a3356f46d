//! `if:` of jobs: which events and refs one lets through.

use crate::github::conditions::operands;

/// What the `if:` of a job asks of the event and the ref that start it.
#[derive(Debug, Default)]
pub(super) struct JobCondition {
    comparisons: Vec<Comparison>,
}

/// A comparison with a literal, all of which have to hold.
#[derive(Debug)]
enum Comparison {
    Event(String),
    OtherEvent(String),
    /// The whole ref: `refs/heads/main`.
    Ref(String),
    /// The name of a branch or tag.
    RefName(String),
}

impl JobCondition {
    /// Reads an `if:`. Only what is compared with a literal by `==`, and the event by `!=`, and
    /// joined by `&&`, narrows anything.
    pub fn of(text: &str) -> Self {
        let comparisons = operands(text).into_iter();
        Self {
            comparisons: comparisons.filter_map(|it| comparison(&it)).collect(),
        }
    }

    /// Whether it lets jobs of that event through.
    pub fn admits(&self, event: &str) -> bool {
        self.comparisons.iter().all(|it| match it {
            // GitHub compares strings without case ("Evaluate expressions", operators).
            Comparison::Event(wanted) => event.eq_ignore_ascii_case(wanted),
            Comparison::OtherEvent(other) => !event.eq_ignore_ascii_case(other),
            Comparison::Ref(_) | Comparison::RefName(_) => true,
        })
    }

    /// The subject as far as the refs that it lets through go; empty where it lets none through.
    pub fn narrowed(&self, subject: &str) -> Vec<String> {
        let mut subjects = vec![subject.to_owned()];
        for comparison in &self.comparisons {
            let refs = match comparison {
                Comparison::Ref(name) => vec![name.clone()],
                Comparison::RefName(name) => {
                    vec![format!("refs/heads/{name}"), format!("refs/tags/{name}")]
                }
                Comparison::Event(_) | Comparison::OtherEvent(_) => continue,
            };
            let narrowed = subjects.iter().flat_map(|subject| {
                let refs = refs.iter();
                let met = refs.filter(|name| is_met(subject, name));
                met.map(|name| format!("ref:{name}")).collect::<Vec<_>>()
            });
            subjects = narrowed.collect();
        }
        subjects
    }
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

fn comparison(operand: &str) -> Option<Comparison> {
    let (left, right, is_equal) = match operand.split_once("==") {
        Some((left, right)) => (left, right, true),
        None => {
            let (left, right) = operand.split_once("!=")?;
            (left, right, false)
        }
    };
    let literal = right.strip_prefix('\'')?.strip_suffix('\'')?;
    if literal.contains('\'') {
        return None;
    }
    let literal = literal.to_owned();
    match (left.to_ascii_lowercase().as_str(), is_equal) {
        ("github.event_name", true) => Some(Comparison::Event(literal)),
        ("github.event_name", false) => Some(Comparison::OtherEvent(literal)),
        ("github.ref", true) => Some(Comparison::Ref(literal)),
        ("github.ref_name", true) => Some(Comparison::RefName(literal)),
        _ => None,
    }
}
