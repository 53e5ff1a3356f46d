//! The accounts of credentials, asked of AWS by its own command: what a plan prints tells none.

use std::io;
use std::path::Path;

use engine::settings::Settings;
use syntax::code::sentence;

use super::failure::{FailureContext, PlanFailure};
use super::processes::Processes;
use super::programs::{PlanCredentials, Programs, command};
use crate::doctor::has_shadowing_keys;

/// Whose credentials are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// The account.
    Account(String),
    /// There is no AWS CLI to ask, or nothing to ask for.
    Unasked,
    /// AWS refuses them.
    Refused(PlanFailure),
}

/// Asks whose some credentials are.
///
/// # Errors
/// The AWS CLI cannot be started, or the run is being ended.
pub fn caller(
    credentials: &PlanCredentials,
    programs: &Programs,
    processes: &Processes,
    settings: &Settings,
) -> io::Result<Caller> {
    if let PlanCredentials::Profile(profile) = credentials
        && has_shadowing_keys(profile).map_err(io::Error::other)?
    {
        return Ok(Caller::Refused(PlanFailure::new(
            sentence!(
                "static keys of the name `{profile}` in the credentials file override the profile in \
                 Terraform, and the AWS CLI does not show it"
            ),
            "tfkeyless doctor",
        )));
    }
    let Some(aws) = programs
        .get("aws")
        .filter(|_| *credentials != PlanCredentials::Nothing)
    else {
        return Ok(Caller::Unasked);
    };
    let mut aws = command(aws, credentials);
    // A pager would wait for a person.
    aws.env("AWS_PAGER", "");
    aws.args([
        "sts",
        "get-caller-identity",
        "--query",
        "Account",
        "--output",
        "text",
    ]);
    let mut output = processes.output(&mut aws)?;
    if String::from_utf8_lossy(&output.stderr).contains("You must specify a region") {
        // The CLI wants one since it asks regional endpoints; the answer is the same in all of them.
        output = processes.output(aws.env("AWS_DEFAULT_REGION", "us-east-1"))?;
    }
    let account = String::from_utf8_lossy(&output.stdout);
    let account = account.trim();
    if output.status.success() && terraform::account::is_account_id(account) {
        return Ok(Caller::Account(account.to_owned()));
    }
    let profile = match credentials {
        PlanCredentials::Profile(profile) => Some(profile.as_str()),
        _ => None,
    };
    let context = FailureContext {
        profile,
        directory: Path::new(""),
        program: "terraform",
        settings,
    };
    let known = PlanFailure::known(&String::from_utf8_lossy(&output.stderr), context);
    let failure = known.unwrap_or_else(|| match profile {
        Some(profile) => {
            let profile = syntax::shell::quoted(profile);
            PlanFailure::new(
                format!("the identity of the profile {profile} is not known"),
                format!("aws sso login --profile {profile}"),
            )
        }
        None => PlanFailure::new(
            "the identity of the ambient credentials is not known",
            "aws sts get-caller-identity",
        ),
    });
    Ok(Caller::Refused(failure))
}
