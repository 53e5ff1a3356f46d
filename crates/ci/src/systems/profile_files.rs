//! Files of profiles that the tree has, where a file of the environment names them: what a laptop ends in is what they
//! say ("Shared config and credentials files", AWS SDKs and tools).

use std::path::{Path, PathBuf};

use syntax::location::Location;

use super::evidence::{RunnerEvidence, account_of_role, directory, is_account};
use super::pinned::PinnedIdentity;
use crate::aws_names::PROFILE_FILES;

/// How a file of the environment names its own directory.
const HERE: [&str; 7] = [
    "$PWD/",
    "${PWD}/",
    "$(pwd)/",
    "$(CURDIR)/",
    "{{config_root}}/",
    "{{ config_root }}/",
    "./",
];

/// The files of profiles that the file of an environment names, from the root, whether they exist or not.
pub(super) fn named(path: &Path, text: &str) -> Vec<PathBuf> {
    let own = path.parent();
    let lines = text
        .lines()
        .map(str::trim)
        .filter(|it| !it.starts_with('#'));
    let values = lines.filter_map(|line| {
        let mut names = PROFILE_FILES.iter().map(|(name, _)| name);
        let (_, rest) = names.find_map(|name| line.split_once(name))?;
        let value = rest.trim_start().strip_prefix('=')?.trim();
        let value = value.split(['"', '\'']).find(|it| !it.trim().is_empty())?;
        let here = HERE.iter().find_map(|here| value.strip_prefix(here));
        directory(own, Some(here.unwrap_or(value).trim()))
    });
    values.collect()
}

/// Whether a text is such a file: it has a section of a profile.
pub(super) fn is_one(text: &str) -> bool {
    text.lines().any(|line| section(line).is_some())
}

/// What a file of profiles says that a file of the environment names: the identity of the profile that this pins, or
/// of the one that counts where none is named.
pub(super) fn read(naming: &RunnerEvidence, path: &Path, text: &str) -> RunnerEvidence {
    let mut evidence = RunnerEvidence::new(naming.system, path, text);
    evidence.is_wrapper = true;
    evidence.covers.clone_from(&naming.covers);
    let pinned = naming.pins.iter().find_map(|it| it.profile.as_deref());
    let Some(identity) = Identity::of(pinned.unwrap_or("default"), text) else {
        return evidence;
    };
    evidence.account = identity.account;
    let at = Location::at(path, text, identity.offset);
    evidence.pins = vec![PinnedIdentity::of_file(at)];
    evidence
}

/// The identity that a profile brings.
struct Identity {
    /// Byte offset of its section.
    offset: usize,
    /// Its account, where the file says it.
    account: Option<String>,
}

impl Identity {
    /// That of a profile; `None` where the file has no such profile, or the profile brings none.
    fn of(profile: &str, text: &str) -> Option<Self> {
        let mut found = None;
        let mut offset = 0;
        let mut is_inside = false;
        let (mut role, mut sso, mut is_any) = (None, None, false);
        for line in text.split_inclusive('\n') {
            if let Some(name) = section(line) {
                is_inside = name == profile;
                found = found.or(is_inside.then_some(offset));
            } else if is_inside && let Some((key, value)) = line.split_once('=') {
                let (key, value) = (key.trim(), value.trim());
                match key {
                    "role_arn" => role = Some(account_of_role(value)),
                    "sso_account_id" => sso = Some(value.to_owned()).filter(|it| is_account(it)),
                    _ => {}
                }
                let brings = ["source_profile", "credential_process", "aws_access_key_id"];
                is_any |= brings.contains(&key);
            }
            offset += line.len();
        }
        let offset = found?;
        let account = match (role, sso) {
            (Some(role), _) => role,
            (None, Some(sso)) => Some(sso),
            (None, None) if is_any => None,
            (None, None) => return None,
        };
        Some(Self { offset, account })
    }
}

/// The name of the profile whose section a line begins.
fn section(line: &str) -> Option<&str> {
    let inside = line.trim().strip_prefix('[')?.strip_suffix(']')?.trim();
    match inside.strip_prefix("profile ") {
        Some(name) => Some(name.trim().trim_matches(['"', '\''])),
        None => (inside == "default").then_some(inside),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_the_environment_names_are_found() {
        for (line, expected) in [
            ("export AWS_CONFIG_FILE=$PWD/aws.conf", Some("a/aws.conf")),
            ("export AWS_CONFIG_FILE=\"${PWD}/x/aws\"", Some("a/x/aws")),
            ("export AWS_SHARED_CREDENTIALS_FILE=./aws", Some("a/aws")),
            ("AWS_CONFIG_FILE = \"{{config_root}}/aws\"", Some("a/aws")),
            ("export AWS_CONFIG_FILE=~/.aws/config", None),
            ("export AWS_CONFIG_FILE=$HOME/.aws/config", None),
            ("# export AWS_CONFIG_FILE=aws", None),
            ("echo $AWS_CONFIG_FILE", None),
        ] {
            let found = named(Path::new("a/.envrc"), line);
            let expected: Vec<PathBuf> = expected.into_iter().map(PathBuf::from).collect();
            assert_eq!(found, expected, "{line}");
        }
    }

    #[test]
    fn the_account_of_a_profile_is_that_of_its_role_or_its_single_sign_on() {
        let text = "[default]\nregion = x\n[profile a]\nsso_account_id=111111111111\n[profile b]\nrole_arn = arn:aws:iam::222222222222:role/x\nsource_profile = a\n[profile c]\ncredential_process = x\n";
        for (profile, expected) in [
            ("default", None),
            ("a", Some(Some("111111111111"))),
            ("b", Some(Some("222222222222"))),
            ("c", Some(None)),
            ("d", None),
        ] {
            let found = Identity::of(profile, text).map(|it| it.account);
            let expected = expected.map(|it: Option<&str>| it.map(str::to_owned));
            assert_eq!(found, expected, "{profile}");
        }
    }
}
