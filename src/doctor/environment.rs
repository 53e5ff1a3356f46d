//! Variables that decide who Terraform is.

use std::env;

use syntax::{shell, visible};

use super::problem::Problem;
use super::setup::{Setup, is_signed_in_runner, variable};

const UNSET_KEYS: &str = "unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN";

/// What is wrong with them.
pub fn problems(setup: &Setup) -> Vec<Problem> {
    let all = [
        keys(),
        legacy("AWS_ACCESS_KEY"),
        legacy("AWS_SECRET_KEY"),
        chosen(setup),
        default_profile(),
    ];
    all.into_iter().flatten().collect()
}

fn keys() -> Option<Problem> {
    let id = variable("AWS_ACCESS_KEY_ID");
    let secret = variable("AWS_SECRET_ACCESS_KEY");
    match (id, secret) {
        // The sign-in action leaves the keys of a role in the environment, and they are meant.
        (Some(_), Some(_)) if is_signed_in_runner() => None,
        (Some(id), Some(_)) => {
            // `ASIA` would be temporary (IAM User Guide, "Unique identifiers").
            let kind = match id.starts_with("AKIA") {
                true => "the static keys of an IAM user",
                false => "credentials",
            };
            Some(Problem::new(
                "environment_keys",
                format!(
                    "AWS_ACCESS_KEY_ID holds {kind}, which override AWS_PROFILE: Terraform uses them"
                ),
                UNSET_KEYS,
            ))
        }
        (Some(_), None) => Some(partial("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")),
        (None, Some(_)) => Some(partial("AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID")),
        (None, None) => None,
    }
}

fn partial(there: &str, missing: &str) -> Problem {
    Problem::new(
        "partial_keys",
        format!("{there} is set and {missing} is not: the AWS CLI fails with that"),
        UNSET_KEYS,
    )
}

fn legacy(name: &str) -> Option<Problem> {
    variable(name)?;
    Some(Problem::new(
        "legacy_keys",
        format!("{name} overrides credentials in Terraform, and the AWS CLI does not show it"),
        "unset AWS_ACCESS_KEY AWS_SECRET_KEY",
    ))
}

fn chosen(setup: &Setup) -> Option<Problem> {
    let labels = setup.settings.accounts.iter();
    let labels: Vec<String> = labels
        .map(|account| shell::quoted(&account.label))
        .collect();
    let example = labels.first().map_or("PROFILE", String::as_str);
    let cure = match labels.len() {
        0 | 1 => format!("export AWS_PROFILE={example}"),
        _ => format!(
            "export AWS_PROFILE={example}   # or one of {}",
            labels[1..].join(", ")
        ),
    };
    let Some(profile) = variable("AWS_PROFILE") else {
        // Where there is nothing to plan, and no account to plan in, nothing asks for a profile.
        if !setup.has_code && labels.is_empty() {
            return None;
        }
        let keys = variable("AWS_ACCESS_KEY_ID").is_some();
        let is_empty = env::var_os("AWS_PROFILE").is_some();
        let message = match (is_empty, setup.knows("default")) {
            (true, _) => "AWS_PROFILE is empty: Terraform takes it as not set, the AWS CLI 1 fails",
            (false, true) => "AWS_PROFILE is not set: Terraform acts as the profile [default]",
            (false, false) => {
                "AWS_PROFILE is not set: providers that name no profile find no credentials"
            }
        };
        return (!keys || is_empty).then(|| Problem::new("profile_unset", message, cure));
    };
    if setup.knows(&profile) {
        return None;
    }
    let path = visible::path(&setup.config.path);
    let message = format!(
        "AWS_PROFILE names the profile {profile}, which {path} does not have: Terraform fails, \
         with keys or without"
    );
    let problem = match setup.config.section(&profile) {
        // `[NAME]` without `profile` is reported by the check of the profiles, at its line.
        Some(_) => return None,
        None => Problem::new("profile_missing", message, setup.cure(&profile)),
    };
    Some(problem)
}

fn default_profile() -> Option<Problem> {
    let default = variable("AWS_DEFAULT_PROFILE")?;
    if variable("AWS_PROFILE").as_ref() == Some(&default) {
        return None;
    }
    Some(Problem::new(
        "default_profile",
        format!(
            "AWS_DEFAULT_PROFILE is {default}: the AWS CLI 1 takes it before AWS_PROFILE, and so shows another account than Terraform works in"
        ),
        "unset AWS_DEFAULT_PROFILE",
    ))
}
