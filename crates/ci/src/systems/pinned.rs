//! Identities that a wrapper pins: whoever calls it, Terraform runs with these.

use syntax::location::Location;

use crate::runner::LocatedRun;
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

/// Tools that run a command with credentials of a profile, or with secrets of which nothing here tells whether
/// credentials are among them; from the manual of each.
const BRINGING: [&str; 14] = [
    "aws-sso exec ",
    "assume ",
    "chamber exec ",
    "dotenvx run ",
    "doppler run ",
    "envchain ",
    "gimme-aws-creds ",
    "infisical run ",
    "leapp session ",
    "op run ",
    "sops exec-env ",
    "sudo -u ",
    "teller run ",
    "vaulted ",
];

/// Whether a line runs a command with credentials other than those of who calls it.
fn brings_credentials(line: &str) -> bool {
    let code = line.trim_start().trim_start_matches(['@', '-', '+']);
    let is_code = !code.starts_with('#') && !code.starts_with("echo ");
    let starts = |tool: &str| {
        let found = code.match_indices(tool);
        let mut before = found.map(|(at, _)| code[..at].trim_end().chars().next_back());
        before.any(|it| it.is_none_or(|it| "&|;({\"'`".contains(it)))
    };
    let is_assigned = CREDENTIALS_FILES.iter().any(|it| code.starts_with(it));
    // A directory of the caller's own, not of the tree.
    let is_own = ["~/.aws", "HOME}/.aws", "HOME/.aws", "HOME)/.aws"];
    let is_mounted = code.contains(":/root/.aws") && !is_own.iter().any(|it| code.contains(it));
    is_code && (is_assigned || is_mounted || BRINGING.iter().any(|tool| starts(tool)))
}

/// Assignments of the files that credentials are taken from.
const CREDENTIALS_FILES: [&str; 3] = [
    "AWS_CONFIG_FILE=",
    "AWS_SHARED_CREDENTIALS_FILE=",
    "AWS_WEB_IDENTITY_TOKEN_FILE=",
];

/// Commands that print credentials.
const PRINTING_CREDENTIALS: [&str; 3] = [
    "aws configure export-credentials",
    "aws sts assume-role",
    "aws-sso eval",
];

/// Commands that print variables of which nothing here tells whether credentials are among them.
const PRINTING_VARIABLES: [&str; 3] = [
    "aws ssm get-parameter",
    "secretsmanager get-secret-value",
    "vault read",
];

/// Whether a line exports credentials of a role, or files of profiles other than those of who calls it.
fn takes_other_credentials(line: &str) -> bool {
    let code = line.trim_start();
    if code.starts_with('#') || code.starts_with("echo ") {
        return false;
    }
    let is_exported =
        code.contains("export ") && CREDENTIALS_FILES.iter().any(|it| code.contains(it));
    let has = |words: &[&str]| words.iter().any(|it| code.contains(it));
    let evaluates = has(&["eval ", "export $(", "source <(", ". <("]);
    let is_evaluated = (evaluates || code.contains("export ")) && has(&PRINTING_CREDENTIALS)
        || evaluates && has(&PRINTING_VARIABLES);
    // Granted and awsume change the shell that they are sourced in.
    let sourced = [
        "assume ",
        ". assume ",
        "source assume ",
        ". awsume ",
        "source awsume ",
    ];
    let is_taken = sourced.iter().any(|it| code.starts_with(it)) && !code.contains("--exec");
    is_exported || is_taken || is_evaluated
}

fn is_plain(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "_-./@".contains(letter)
}
