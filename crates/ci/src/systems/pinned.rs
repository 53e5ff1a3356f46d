//! Identities that a wrapper pins: whoever calls it, Terraform runs with these.

use syntax::location::Location;

use crate::runner::LocatedRun;
use crate::scripts::brought_credentials::{brings_credentials, takes_other_credentials};
use crate::scripts::profile;
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
    /// An identity of which nothing but the place is known, for all commands of a file.
    pub fn of_file(at: Location) -> Self {
        Self {
            at,
            profile: None,
            is_line: false,
        }
    }

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
    let runs_at = |at: &Location| runs.iter().any(|run| run.at.line == at.line);
    for (offset, line) in lines(text) {
        if let Some(profile) = profile::of(line) {
            let at = at(offset);
            pins.push(PinnedIdentity {
                is_line: !line.contains("export ") && runs_at(&at),
                at,
                profile: profile.chars().all(is_plain).then(|| profile.to_owned()),
            });
        }
    }
    let taken = lines(text).filter(|(_, line)| takes_other_credentials(line));
    pins.extend(taken.map(|(offset, _)| PinnedIdentity::of_file(at(offset))));
    let brought = lines(text).filter(|(_, line)| brings_credentials(line));
    let brought = brought.map(|(offset, _)| at(offset)).filter(runs_at);
    pins.extend(brought.map(|at| PinnedIdentity {
        at,
        profile: None,
        is_line: true,
    }));
    let keys = static_keys::find(text);
    // Settings of a backend are of that backend alone, which may be another cloud's.
    let ambient = keys.filter(|offset| {
        let line = text[*offset..].lines().next().unwrap_or_default();
        !line.contains("-config=") && !line.contains("echo ")
    });
    pins.extend(ambient.map(|offset| PinnedIdentity::of_file(at(offset))));
    pins
}

/// The lines of a text, each with its offset.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split_inclusive('\n').scan(0, |offset, line| {
        let start = *offset;
        *offset += line.len();
        Some((start, line))
    })
}

fn is_plain(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "_-./@".contains(letter)
}
