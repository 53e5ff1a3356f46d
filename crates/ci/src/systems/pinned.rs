//! Identities that a wrapper pins: whoever calls it, Terraform runs with these.

use syntax::location::Location;

use crate::runner::LocatedRun;
use crate::scripts::static_keys;

/// An identity that a wrapper pins.
#[derive(Debug, Clone)]
pub(super) struct PinnedIdentity {
    /// The line.
    pub at: Location,
    /// The AWS profile, where it is a name.
    pub profile: Option<String>,
    /// Whether only the command in that line has it.
    is_line: bool,
}

impl PinnedIdentity {
    /// Whether that command has the identity.
    pub fn covers(&self, run: &LocatedRun) -> bool {
        !self.is_line || self.at.line == run.at.line
    }
}

/// The identities that a file pins for the commands `runs` in it.
pub(super) fn pins(
    text: &str,
    runs: &[LocatedRun],
    at: impl Fn(usize) -> Location,
) -> Vec<PinnedIdentity> {
    let mut pins = Vec::new();
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        if let Some(profile) = profile(line) {
            let at = at(offset);
            let is_exported = line.contains("export ");
            let is_line = !is_exported && runs.iter().any(|run| run.at.line == at.line);
            pins.push(PinnedIdentity {
                at,
                profile: profile.chars().all(is_plain).then(|| profile.to_owned()),
                is_line,
            });
        }
        offset += line.len();
    }
    let keys = static_keys::find(text);
    // Settings of a backend are of that backend alone, which may be another cloud's.
    let ambient = keys.filter(|offset| {
        let line = text[*offset..].lines().next().unwrap_or_default();
        !line.contains("-config=") && !line.contains("echo ")
    });
    pins.extend(ambient.map(|offset| PinnedIdentity {
        at: at(offset),
        profile: None,
        is_line: false,
    }));
    pins
}

fn is_plain(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "_-./@".contains(letter)
}

/// The profile that a line pins; an expression where only the run knows it.
fn profile(line: &str) -> Option<&str> {
    let line = line.trim();
    let is_comment = line.starts_with('#') || line.starts_with("//");
    if is_comment || line.contains("echo ") {
        return None;
    }
    // Tools that run a command with the credentials of a profile.
    for tool in ["aws-vault exec ", "aws-okta exec "] {
        if let Some((_, rest)) = line.split_once(tool) {
            let profile = rest.split_whitespace().find(|word| !word.starts_with('-'));
            return profile.filter(|profile| !profile.contains("AWS_PROFILE"));
        }
    }
    let (before, after) = line.split_once("AWS_PROFILE")?;
    let is_start = before.is_empty() || before.ends_with([' ', '\t', '"', '\'', '@']);
    // `?=` in Make is a default, which the environment overrides.
    let value = after.trim_start();
    let value = value
        .strip_prefix(":=")
        .or_else(|| value.strip_prefix('='))
        .or_else(|| value.strip_prefix(':'))?;
    let value = value
        .split_whitespace()
        .next()?
        .trim_matches(['"', '\'', ';']);
    // A value that reads the variable itself only passes on what the caller has.
    let is_own = value.contains("AWS_PROFILE");
    (is_start && !is_own && !value.is_empty()).then_some(value)
}
