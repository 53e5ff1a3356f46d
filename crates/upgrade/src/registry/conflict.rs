//! Which releases of registry modules cannot live with a provider, by what Terraform selects.

#[cfg(test)]
mod tests;

use super::call::RegistryCall;
use super::incompatibility::{Conflict, Incompatibility};
use super::requirements::required_provider;
use super::rewrite;
use super::table::{self, RegistryRow, ReleaseFact};
use terraform::constraint::{Bounds, Version};

/// Releases and why they do not work.
type Span = (Bounds, Incompatibility);

/// What keeps a call from working with a provider of these releases; `None` where nothing is known
/// to.
pub fn conflict(call: &RegistryCall, provider: &Bounds) -> Option<Conflict> {
    let rows = table::rows(&call.module)?;
    let admitted = call.admitted()?;
    let major = table::major(provider)?;
    let spans = incompatible(rows, major, &call.submodule);
    let cause = match selected(&spans, &admitted) {
        Some((span, Incompatibility::RequiresNewerMajor { .. })) => {
            let older = Bounds::new(Version::new(0, 0, 0), Some(span.lower.clone()));
            let older = older.and_then(|older| older.intersection(&admitted));
            let works = older.is_some_and(|older| selected(&spans, &older).is_none());
            let bound = works.then(|| span.lower.clone());
            Incompatibility::RequiresNewerMajor { bound }
        }
        Some((_, cause)) => cause.clone(),
        None => {
            let floor = required_provider(call)?.lower;
            let is_too_low = provider.is_below(&floor);
            Incompatibility::RequiresNewerRelease(is_too_low.then_some(floor)?)
        }
    };
    Some(Conflict {
        cause,
        major,
        compatible: compatible(&spans),
    })
}

/// The releases that do not work with a major of the provider; no two spans overlap. `called` is the
/// submodule that is called; empty where it is the module itself.
fn incompatible(rows: &[RegistryRow], major: u64, called: &str) -> Vec<Span> {
    let mut spans = Vec::new();
    // A release that excludes a major excludes the later ones too, and the arguments that a major
    // has removed do not come back.
    for row in rows.iter().filter(|row| row.major <= major) {
        match &row.fact {
            ReleaseFact::Excludes(releases) => {
                spans.push((releases.clone(), Incompatibility::RequiresOlderMajor));
            }
            // `terraform validate` was run on the modules themselves: of a submodule it tells only where
            // that is what fails.
            ReleaseFact::Fails {
                releases,
                by,
                submodule,
            } if called.is_empty() || *submodule == Some(called) => {
                spans.push((releases.clone(), Incompatibility::Fails(*by)));
            }
            _ => {}
        }
    }
    let later = rows.iter().filter(|row| row.major > major);
    let required = later.filter_map(|row| match &row.fact {
        ReleaseFact::Requires(from) => Some(from.clone()),
        _ => None,
    });
    let too_new = required.min().and_then(|from| Bounds::new(from, None));
    let cause = Incompatibility::RequiresNewerMajor { bound: None };
    spans.extend(too_new.map(|releases| (releases, cause)));
    spans
}

/// The span that the release which Terraform selects is in. `terraform init` takes the newest
/// release that a module's constraint admits, whatever providers that one requires.
fn selected<'s>(spans: &'s [Span], admitted: &Bounds) -> Option<&'s Span> {
    let mut spans = spans.iter();
    spans.find(|(span, _)| {
        let has_newer = span
            .upper
            .as_ref()
            .is_some_and(|upper| !admitted.is_below(upper));
        span.intersects(admitted) && !has_newer
    })
}

/// The newest releases that are in no span, as a constraint.
fn compatible(spans: &[Span]) -> Option<String> {
    let from = spans
        .iter()
        .filter_map(|(span, _)| span.upper.as_ref())
        .max();
    let below = spans.iter().find(|(span, _)| span.upper.is_none());
    match (from, below) {
        (None, None) => None,
        (Some(from), None) => Some(format!(">= {from}")),
        (None, Some((span, _))) => Some(format!("< {}", span.lower)),
        (Some(from), Some((span, _))) => Some(format!(">= {from}, < {}", span.lower)),
    }
}

/// The version of a call with the upper bound that it lacks. Operators, precision and spacing stay;
/// a call without a version gets the newest minor release below the bound that is known, as `~>`.
pub fn with_upper_bound(call: &RegistryCall, below: &Version) -> Option<String> {
    if let Some(text) = &call.version {
        return rewrite::with_upper_bound(text, below);
    }
    let rows = table::rows(&call.module)?.iter();
    let releases = rows.filter_map(|row| match &row.fact {
        ReleaseFact::Last(release) if release < below => Some(release),
        _ => None,
    });
    Some(rewrite::pessimistic(releases.max()?))
}
