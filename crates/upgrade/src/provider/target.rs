//! What constraints admit, and which of them are targets of an upgrade.

use terraform::constraint::{Bounds, Constraint, Dialect, Version};

/// The major that a configured constraint moves to.
///
/// # Errors
/// Why the constraint is no target. It has to name releases of one major: of several, the lock file
/// of each root module would decide which one its code has to be right for.
pub fn target_major(text: &str) -> Result<u64, String> {
    let constraint =
        Constraint::parse(text, Dialect::Provider).map_err(|error| error.to_string())?;
    let Some(admitted) = constraint.bounds() else {
        let is_prerelease = constraint
            .terms
            .iter()
            .any(|it| it.version.prerelease.is_some());
        return Err(match is_prerelease {
            true => "a prerelease is no target: name a release".to_owned(),
            false => "no version satisfies this".to_owned(),
        });
    };
    let major = admitted.lower.major;
    let Some(upper) = &admitted.upper else {
        let (lower, next) = (&admitted.lower, major + 1);
        return Err(format!(
            "it admits every later major too: name one, as in \"~> {major}.{}\" or \
             \">= {lower}, < {next}.0.0\"",
            lower.minor
        ));
    };
    if admitted.is_within(&Bounds::of_major(major)) {
        return Ok(major);
    }
    let newest = newest_major(upper);
    Err(format!(
        "it admits releases of {major}.x and {newest}.x: name one major, as in \"~> {newest}.0\""
    ))
}

/// The major of the newest releases below a version.
pub fn newest_major(upper: &Version) -> u64 {
    match (upper.minor, upper.patch) {
        (0, 0) => upper.major.saturating_sub(1),
        _ => upper.major,
    }
}

/// The releases that a provider constraint admits; `None` where it admits none or is malformed.
pub fn bounds(constraint: &str) -> Option<Bounds> {
    Constraint::parse(constraint, Dialect::Provider)
        .ok()?
        .bounds()
}
