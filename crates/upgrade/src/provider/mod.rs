//! What the upgrade makes of one requirement of the AWS provider.

mod in_use;
mod target;

use crate::Verdict;
use crate::arguments;
use diagnostics::finding::Safety;
use syntax::code::{self, sentence};
use terraform::constraint::{Bounds, Constraint, Dialect, Version};

pub use in_use::InUse;
pub use target::{bounds, newest_major, target_major};

/// The kind of module that requires the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Requirer {
    /// A root module.
    Root(InUse),
    /// A module that nothing calls and that has neither a backend nor a provider configuration, in a
    /// repository where other modules have: a root module, or one that other repositories call.
    Library,
    /// A module that others call. It does not choose the release, and keeps a constraint that admits
    /// the target.
    Child {
        /// Whether every root module that calls it has a requirement of its own.
        is_bounded: bool,
    },
}

impl Requirer {
    /// What its tree tells of the provider in use; nothing where it is no root module.
    fn in_use(&self) -> Option<&InUse> {
        match self {
            Self::Root(in_use) => Some(in_use),
            Self::Library | Self::Child { .. } => None,
        }
    }
}

/// What a requirement becomes. `written` is `None` where it names no version; `target` is the
/// configured constraint, which [`target_major`] accepts.
pub fn verdict(written: Option<&str>, requirer: &Requirer, target: &str) -> Verdict {
    let Some((aim, Some(end))) = bounds(target).map(|aim| (aim.clone(), aim.upper)) else {
        return Verdict::Keep;
    };
    let constraint = match written.map(|text| Constraint::parse(text, Dialect::Provider)) {
        Some(Err(error)) => {
            let written = written.unwrap_or_default();
            return Verdict::Leave(sentence!("`{written}` is no constraint: {error}"));
        }
        Some(Ok(constraint)) => Some(constraint),
        None => None,
    };
    let admitted = constraint
        .as_ref()
        .map_or(Some(Bounds::ALL), Constraint::bounds);
    let Some(admitted) = admitted else {
        let written = written.unwrap_or_default();
        return Verdict::Leave(sentence!("no version satisfies `{written}`"));
    };
    if admitted.starts_at_or_above(&end) {
        return Verdict::Beyond(sentence!("is beyond `{target}` already"));
    }
    match requirer {
        Requirer::Child { is_bounded } => {
            // What `!=` takes out of the middle counts here.
            let aimed = Constraint::parse(target, Dialect::Provider).ok();
            let meets = match (constraint, aimed) {
                (Some(written), Some(aimed)) => written.and(aimed).bounds().is_some(),
                _ => true,
            };
            match meets {
                true => Verdict::Keep,
                false => child(&admitted, &aim, *is_bounded),
            }
        }
        Requirer::Library if admitted.upper.is_none() => Verdict::Keep,
        Requirer::Root { .. } | Requirer::Library if admitted.is_within(&aim) => Verdict::Keep,
        Requirer::Root { .. } | Requirer::Library => {
            let unknown = InUse::default();
            let in_use = requirer.in_use().unwrap_or(&unknown);
            match in_use.beyond(&admitted, &end) {
                Some(why) => Verdict::Beyond(sentence!("is beyond `{target}` already: {why}")),
                None => root(written, &admitted, in_use, target, &aim, &end),
            }
        }
    }
}

/// What the requirement of a root module becomes, which admits releases outside of the target
/// (`aim`, which ends at `end`).
fn root(
    written: Option<&str>,
    admitted: &Bounds,
    in_use: &InUse,
    target: &str,
    aim: &Bounds,
    end: &Version,
) -> Verdict {
    let admitted = in_use.narrowed(admitted);
    let (from, to) = (in_use.major(&admitted, aim.lower.major), aim.lower.major);
    if let Some(reason) = unknown_majors(from, to) {
        return change(target, Some(reason), vec![GUIDES.to_owned()]);
    }
    // Without a lock file `terraform init` selects the newest release that is admitted. One that is
    // refused today tells what was in use before.
    let is_older = in_use.locked.as_ref().is_some_and(|locked| locked < end);
    if !is_older && !admitted.is_below(end) {
        let written = written.map_or("no constraint".to_owned(), code::quoted);
        let reason = sentence!(
            "{written} admits provider {end} and later: without a lock file that says otherwise \
             `{target}` may be a downgrade"
        );
        let help = format!(
            "run `terraform version` in the root module: a provider below {end} is no downgrade"
        );
        return change(target, Some(reason), vec![help]);
    }
    match in_use.unknown_module.as_ref().filter(|_| from < to) {
        None => change(target, None, Vec::new()),
        Some(module) => {
            let reason = format!("whether {module} works with provider {to} is not known");
            let help = [
                "check its `required_providers` and its resources",
                "set `aws_provider` in its `module_source` block, where it comes from S3",
            ];
            change(target, Some(reason), help.map(str::to_owned).to_vec())
        }
    }
}

/// A change that needs review where there is a reason.
fn change(to: &str, reason: Option<String>, help: Vec<String>) -> Verdict {
    Verdict::Change {
        to: to.to_owned(),
        safety: reason.as_ref().map_or(Safety::Safe, |_| Safety::Review),
        reasons: reason.into_iter().collect(),
        help,
    }
}

/// What is not known of the way to the target, where a table of a major on it is missing.
fn unknown_majors(from: u64, to: u64) -> Option<String> {
    let mut missing = (from + 1..=to).filter(|major| !arguments::has_table(*major));
    let first = missing.next()?;
    let majors = match missing.next_back() {
        None => format!("version {first} breaks is"),
        Some(last) => format!("versions {first} to {last} break is"),
    };
    Some(format!("what {majors} not known here"))
}

/// What helps where that is not known.
const GUIDES: &str = "follow the provider's upgrade guides, one major at a time";

/// What the requirement of a child module becomes, of which no release is inside the target.
fn child(admitted: &Bounds, aim: &Bounds, is_bounded: bool) -> Verdict {
    let to = format!(">= {}.{}", aim.lower.major, aim.lower.minor);
    // The new constraint is open above: some root module has to bound the provider.
    let from = InUse::default().major(admitted, aim.lower.major);
    if let Some(reason) = unknown_majors(from, aim.lower.major) {
        return change(&to, Some(reason), vec![GUIDES.to_owned()]);
    }
    let open =
        "a root module that calls it has no requirement of its own: init takes the newest release";
    change(&to, (!is_bounded).then(|| open.to_owned()), Vec::new())
}

#[cfg(test)]
mod tests;
