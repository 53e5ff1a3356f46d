//! What the upgrade makes of one requirement of the AWS provider.

mod in_use;
mod target;

use crate::Verdict;
use crate::arguments;
use diagnostics::finding::Safety;
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
            return Verdict::Leave(format!("`{written}` is no constraint: {error}"));
        }
        Some(Ok(constraint)) => Some(constraint),
        None => None,
    };
    let admitted = constraint
        .as_ref()
        .map_or(Some(Bounds::ALL), Constraint::bounds);
    let Some(admitted) = admitted else {
        let written = written.unwrap_or_default();
        return Verdict::Leave(format!("no version satisfies `{written}`"));
    };
    if admitted.starts_at_or_above(&end) {
        return Verdict::Beyond(format!("is beyond `{target}` already"));
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
                Some(why) => Verdict::Beyond(format!("is beyond `{target}` already: {why}")),
                None => root(&admitted, in_use, target, &aim, &end),
            }
        }
    }
}

/// What the requirement of a root module becomes, which admits releases outside of the target
/// (`aim`, which ends at `end`).
fn root(admitted: &Bounds, in_use: &InUse, target: &str, aim: &Bounds, end: &Version) -> Verdict {
    let admitted = in_use.narrowed(admitted);
    let (from, to) = (in_use.major(&admitted, aim.lower.major), aim.lower.major);
    let later = || {
        // Without a lock file `terraform init` selects the newest release that is admitted. One that is
        // refused today tells what was in use before.
        let is_older = in_use.locked.as_ref().is_some_and(|locked| locked < end);
        let may_be_later = !is_older && !admitted.is_below(end);
        may_be_later.then(|| {
            format!(
                "it admits {end} and later, and no lock file says that an older release is in use: \
                 `{target}` may be a step back"
            )
        })
    };
    let unknown = || {
        let module = in_use.unknown_module.as_ref().filter(|_| from < to)?;
        Some(format!(
            "whether {module} works with provider {to} is not known: check its `required_providers` \
             and its resources; of modules that come from S3, `aws_provider` in their \
             `module_source` block says so"
        ))
    };
    let why = unknown_majors(from, to).or_else(later).or_else(unknown);
    Verdict::Change {
        to: target.to_owned(),
        safety: why.as_ref().map_or(Safety::Safe, |_| Safety::Review),
        why,
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
    Some(format!(
        "what {majors} not known here: follow the provider's upgrade guides, one major at a time"
    ))
}

/// What the requirement of a child module becomes, of which no release is inside the target.
fn child(admitted: &Bounds, aim: &Bounds, is_bounded: bool) -> Verdict {
    let to = format!(">= {}.{}", aim.lower.major, aim.lower.minor);
    // The new constraint is open above: some root module has to bound the provider.
    let from = InUse::default().major(admitted, aim.lower.major);
    let why = unknown_majors(from, aim.lower.major).or_else(|| {
        let open = "a root module that calls it has no requirement of its own: init takes the \
                    newest release";
        (!is_bounded).then(|| open.to_owned())
    });
    Verdict::Change {
        to,
        safety: why.as_ref().map_or(Safety::Safe, |_| Safety::Review),
        why,
    }
}

#[cfg(test)]
mod tests;
