//! The profiles that matter: whether they are there, and who they are to Terraform.

mod chains;
mod named;

use std::collections::BTreeSet;

use syntax::code::sentence;
use syntax::shell;

use super::problem::Problem;
use super::setup::{Setup, aws_files};
use crate::aws_file::{AwsFile, Section};

/// What is wrong with them.
pub fn problems(setup: &Setup) -> Vec<Problem> {
    let files = [&setup.config, &setup.credentials].into_iter();
    let mut all: Vec<Problem> = files
        .flat_map(|file| not_utf8(file).into_iter().chain(unclosed(file)))
        .collect();
    all.extend(named::backends(setup));
    all.extend(named::problems(setup));
    for profile in setup.profiles() {
        all.extend(untitled(setup, &profile));
        all.extend(shadowed(setup, &profile));
        all.extend(empty(setup, &profile));
        all.extend(in_another_account(setup, &profile));
        all.extend(without_session(setup, &profile));
        all.extend(chains::problems(setup, &profile));
    }
    // Several profiles may have one source.
    let mut seen = BTreeSet::new();
    all.retain(|problem| seen.insert(problem.clone()));
    all
}

/// A file that the AWS CLI does not read (2.x and 1.45: `Unable to parse config file`), while Terraform does.
fn not_utf8(file: &AwsFile) -> Option<Problem> {
    let line = file.not_utf8?;
    let message = "this line is not UTF-8: the AWS CLI fails with `Unable to parse config file`";
    let cure = "write the line in UTF-8";
    Some(Problem::new("file_encoding", message, cure).at(&file.path, line))
}

/// Titles without their `]`: the SDKs take what follows as settings of the section before.
fn unclosed(file: &AwsFile) -> impl Iterator<Item = Problem> + '_ {
    let lines = file.text.lines().enumerate();
    let lines = lines.filter(|(_, line)| line.trim_start().starts_with('[') && !line.contains(']'));
    lines.map(|(number, line)| {
        let message = sentence!("`{}` has no `]`: its profile is not found", line.trim());
        let cure = "close the title with `]`";
        Problem::new("section_unclosed", message, cure).at(&file.path, number + 1)
    })
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
        "[{profile}] has static keys, which Terraform uses instead of signing in \
         (`aws sts get-caller-identity` does not show it)"
    );
    let file = shell::operand(&setup.credentials.path);
    // No command deletes lines here: the file may have changed, and there is no other copy of the keys.
    let cure =
        format!("delete the section [{profile}] from {file}, once nothing else uses its keys");
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
        "[{}] has no credentials and no way to sign in: `No valid credential sources found`",
        section.title
    );
    let cure = setup.cure_of_section(profile, &section.title);
    let problem = Problem::new("profile_empty", message, cure);
    Some(problem.at(&setup.config.path, section.line))
}

/// A profile that is of another account than the one that the configuration has under its name.
fn in_another_account(setup: &Setup, profile: &str) -> Option<Problem> {
    let meant = setup.settings.account(profile)?.id.as_str();
    let section = setup.config.profile(profile)?;
    // The role is what Terraform acts by, whoever assumes it.
    let role = section
        .get("role_arn")
        .and_then(|arn| arn.split(':').nth(4));
    let (setting, id) = match (role, section.get("sso_account_id")) {
        (Some(id), _) => ("role_arn", id),
        (None, id) => ("sso_account_id", id?),
    };
    if id == meant {
        return None;
    }
    let title = &section.title;
    let message = sentence!(
        "[{title}] is of account {id}, and `account \"{profile}\"` of tfkeyless.hcl is {meant}: \
         Terraform would act in {id}"
    );
    let cure = match setting {
        "role_arn" => format!("name a role of account {meant} as `role_arn` in [{title}]"),
        _ => sentence!("write `sso_account_id = {meant}` in [{title}]"),
    };
    let problem = Problem::new("profile_account", message, cure);
    Some(problem.at(&setup.config.path, section.line))
}

/// A profile whose SSO session has no section: signing in fails, too.
fn without_session(setup: &Setup, profile: &str) -> Option<Problem> {
    let section = setup.config.profile(profile)?;
    let session = missing_session(section, &setup.config)?;
    let message = format!(
        "[{}] signs in by the SSO session {session}, and there is no [sso-session {session}]",
        section.title
    );
    let cure = "aws configure sso-session";
    let problem = Problem::new("sso_session_missing", message, cure);
    Some(problem.at(&setup.config.path, section.line))
}

/// The SSO session that a profile names, where the configuration file has none of that name.
pub fn missing_session<'s>(section: &'s Section, config: &AwsFile) -> Option<&'s str> {
    let session = section.get("sso_session")?;
    let title = format!("sso-session {session}");
    config.section(&title).is_none().then_some(session)
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
