//! Modules in S3, which old Terraform fetches with other credentials than everything else.

use std::process::Command;

use serde_json::Value;

use super::problem::Problem;
use super::profiles::is_sso;
use super::setup::{Setup, variable};

/// From this release on `s3::` sources are fetched with the credentials of everything else: 1.13.4 does
/// not see SSO profiles there, 1.13.5 does (both run against an imitation of S3).
const CURED_IN: (u64, u64, u64) = (1, 13, 5);

/// What is wrong with them.
pub fn problems(setup: &Setup) -> Option<Problem> {
    let first = setup.s3_sources.first()?;
    let profile = variable("AWS_PROFILE")?;
    let section = setup
        .config
        .profile(&profile)
        .filter(|section| is_sso(section))?;
    let has_session = section.get("sso_session").is_some();
    let is_read = variable("AWS_SDK_LOAD_CONFIG").is_some();
    if !has_session && is_read || terraform().is_some_and(|version| version >= CURED_IN) {
        return None;
    }
    let (why, cure) = match has_session {
        true => (
            "is an sso-session",
            "tfkeyless apply --only github_module_source",
        ),
        false => ("signs in by SSO", "export AWS_SDK_LOAD_CONFIG=1"),
    };
    let count = match setup.s3_sources.len() {
        1 => "a module comes".to_owned(),
        count => format!("{count} modules come"),
    };
    let message = format!(
        "{count} from S3, and the profile {profile} {why}, which Terraform up to 1.13.4 does not \
         see there (`NoCredentialProviders: no valid providers in chain`)"
    );
    let problem = Problem::new("s3_modules", message, cure);
    Some(problem.at(&first.path, first.line))
}

/// The release of the Terraform on PATH, where there is one.
fn terraform() -> Option<(u64, u64, u64)> {
    let mut command = Command::new("terraform");
    command.args(["version", "-json"]);
    // It would ask whether there is a newer one.
    let output = command.env("CHECKPOINT_DISABLE", "1").output().ok()?;
    let output: Value = serde_json::from_slice(&output.stdout).ok()?;
    let mut numbers = output.get("terraform_version")?.as_str()?.split(['.', '-']);
    let mut number = || numbers.next()?.parse().ok();
    Some((number()?, number()?, number()?))
}
