//! Identities that a wrapper pins: whoever calls it, Terraform runs with these.

use std::collections::BTreeSet;

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

    /// Whether all commands of its file have it, and of the files that this takes in.
    pub fn is_of_file(&self) -> bool {
        !self.is_line
    }

    /// Whether that command has the identity.
    pub fn covers(&self, run: &LocatedRun) -> bool {
        !self.is_line || self.at.line == run.at.line
    }
}

/// The identities that a file pins for the commands in these lines of it.
pub(super) fn pins(
    text: &str,
    commands: &BTreeSet<usize>,
    at: impl Fn(usize) -> Location,
) -> Vec<PinnedIdentity> {
    let mut pins = Vec::new();
    let runs_at = |at: &Location| commands.contains(&at.line);
    for (offset, line) in lines(text) {
        if let Some(profile) = profile::of(line) {
            let at = at(offset);
            pins.push(PinnedIdentity {
                is_line: !line.contains("export ") && (runs_at(&at) || is_of_command(line)),
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

/// Whether a line begins with a variable for the command behind it alone: `AWS_PROFILE=x aws s3 ls`.
fn is_of_command(line: &str) -> bool {
    let code = line.trim_start().trim_start_matches(['@', '-', '+', ' ']);
    let mut words = code.split_whitespace().skip_while(|word| *word == "env");
    let is_set = |word: &&str| word.split_once('=').is_some_and(|(name, _)| is_name(name));
    let is_end = |word: &str| word.starts_with(['#', '&', '|', ';']) || word.ends_with(';');
    let first = words.next().filter(is_set);
    let command = words.find(|word| !is_set(word) || is_end(word));
    first.is_some_and(|it| !is_end(it)) && command.is_some_and(|it| !is_end(it) && it != "=")
}

fn is_name(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    !text.is_empty() && text.bytes().all(is_part)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_before_a_command_is_of_that_alone() {
        for (line, expected) in [
            ("AWS_PROFILE=hub aws s3 ls", true),
            ("\t@AWS_PROFILE=hub AWS_REGION=x aws s3 ls", true),
            ("env AWS_PROFILE=hub aws s3 ls", true),
            ("AWS_PROFILE=hub", false),
            ("AWS_PROFILE=hub # for all", false),
            ("AWS_PROFILE=hub; export AWS_PROFILE", false),
            ("AWS_PROFILE=hub AWS_REGION=x", false),
            ("AWS_PROFILE = \"hub\"", false),
            ("docker run -e AWS_PROFILE=hub x", false),
        ] {
            assert_eq!(is_of_command(line), expected, "{line}");
        }
    }
}
