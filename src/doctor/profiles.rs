//! The profiles that matter: whether they are there, and who they are to Terraform.

use syntax::{shell, visible};

use super::problem::Problem;
use super::setup::{Setup, aws_files, variable};
use crate::aws_file::Section;

/// What is wrong with them.
pub fn problems(setup: &Setup) -> Vec<Problem> {
    let mut all = backends(setup);
    for profile in setup.profiles() {
        all.extend(untitled(setup, &profile));
        all.extend(shadowed(setup, &profile));
        all.extend(empty(setup, &profile));
    }
    all
}

/// Backends whose profile is missing, and those that have none and look for their lock elsewhere.
fn backends(setup: &Setup) -> Vec<Problem> {
    let backends = setup.inventory.backends.iter();
    let found = backends.filter_map(|backend| {
        if let Some(profile) = backend.settings.get("profile") {
            let is_missing = !setup.knows(profile) && setup.config.section(profile).is_none();
            return is_missing.then(|| {
                let config = visible::path(&setup.config.path);
                Problem::new(
                    "backend_profile_missing",
                    format!(
                        "the backend takes the profile {profile}, which {config} does not have: \
                         init fails (`failed to get shared config profile, {profile}`)"
                    ),
                    setup.cure(profile),
                )
                .at(&backend.path, backend.line)
            });
        }
        let state = setup.settings.state_profile.as_ref()?;
        let locks = backend.settings.contains_key("dynamodb_table");
        let elsewhere = variable("AWS_PROFILE").as_ref() != Some(state);
        (locks && elsewhere && !backend.has_identity).then(|| {
            Problem::new(
                "lock_table_elsewhere",
                format!(
                    "the backend names no profile: Terraform looks for its DynamoDB lock table in \
                     the account that it works in, not in that of {state} (`Error acquiring the \
                     state lock`, `ResourceNotFoundException`)"
                ),
                "tfkeyless apply --only set_backend_profile",
            )
            .at(&backend.path, backend.line)
        })
    });
    found.collect()
}

/// `[dev]` in the configuration file is nothing; `[profile dev]` would be a profile. In the credentials
/// file it is the other way round.
fn untitled(setup: &Setup, profile: &str) -> Option<Problem> {
    let section = setup
        .config
        .section(profile)
        .filter(|_| profile != "default")?;
    if setup.knows(profile) {
        return None;
    }
    let message =
        format!("[{profile}] is no profile here: its title has to be [profile {profile}]");
    let title = format!(
        "s/^\\[{}\\]/[profile {}]/",
        pattern(profile),
        replacement(profile)
    );
    let file = shell::operand(&setup.config.path);
    let cure = format!("sed -i.bak {} {file}", shell::quoted(&title));
    let problem = Problem::new("profile_title", message, cure);
    Some(problem.at(&setup.config.path, section.line))
}

/// Keys that beat the SSO settings of the same name.
fn shadowed(setup: &Setup, profile: &str) -> Option<Problem> {
    let keys = setup.credentials.section(profile)?;
    keys.get("aws_access_key_id")?;
    // Terraform takes these keys before the SSO settings of the same name; the AWS CLI does not.
    let is_sso = setup.config.profile(profile).is_some_and(is_sso);
    let mut accounts = setup.settings.accounts.iter();
    let is_meant = accounts.any(|account| account.label == profile);
    if !is_sso && !is_meant {
        return None;
    }
    let message = format!(
        "[{profile}] has static keys, old credentials that Terraform takes instead of signing in; \
         `aws sts get-caller-identity` does not show it"
    );
    let last = setup.credentials.text[..keys.end]
        .trim_end()
        .lines()
        .count();
    let file = shell::operand(&setup.credentials.path);
    let cure = format!("sed -i.bak '{},{last}d' {file}", keys.line);
    Some(Problem::new("shadowing_keys", message, cure).at(&setup.credentials.path, keys.line))
}

/// Whether static keys take the place of a profile that signs in by SSO, in Terraform but not in the AWS
/// CLI.
///
/// # Errors
/// A file of AWS's tools cannot be read.
pub fn has_shadowing_keys(profile: &str) -> anyhow::Result<bool> {
    let (config, credentials) = aws_files()?;
    let keys = credentials.section(profile);
    let has_keys = keys.is_some_and(|keys| keys.get("aws_access_key_id").is_some());
    Ok(has_keys && config.profile(profile).is_some_and(is_sso))
}

/// A profile with nothing to sign in by.
fn empty(setup: &Setup, profile: &str) -> Option<Problem> {
    let section = setup.config.profile(profile)?;
    let has = |key: &str| section.get(key).is_some();
    let ways = [
        "role_arn",
        "credential_process",
        "aws_access_key_id",
        "web_identity_token_file",
        "login_session",
    ];
    let signs_in = is_sso(section) || ways.into_iter().any(has);
    if signs_in || setup.credentials.section(profile).is_some() {
        return None;
    }
    let message = format!(
        "[{}] says no way to sign in: `No valid credential sources found`",
        section.title
    );
    let problem = Problem::new("profile_empty", message, setup.cure(profile));
    Some(problem.at(&setup.config.path, section.line))
}

/// `text` as a basic regular expression of sed between slashes matches it.
fn pattern(text: &str) -> String {
    escaped(text, r"/\.*[]^$")
}

/// `text` as a substitution of sed between slashes puts it.
fn replacement(text: &str) -> String {
    escaped(text, r"/\&")
}

fn escaped(text: &str, special: &str) -> String {
    let letters = text.chars().map(|letter| match special.contains(letter) {
        true => format!("\\{letter}"),
        false => letter.to_string(),
    });
    letters.collect()
}

/// Whether a profile signs in by SSO.
pub fn is_sso(section: &Section) -> bool {
    section.get("sso_session").is_some() || section.get("sso_start_url").is_some()
}
