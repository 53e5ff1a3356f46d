//! The account that a profile leads to, beside the one that `tfkeyless.hcl` says it is.

use syntax::shell;

use crate::aws_file::Section;
use crate::doctor::problem::Problem;
use crate::doctor::setup::Setup;

/// What is wrong with a profile: another account than that of its `account` block, or a session that is not
/// there.
pub fn problems(setup: &Setup, profile: &str) -> Vec<Problem> {
    let Some(section) = setup.config.profile(profile) else {
        return Vec::new();
    };
    let found = [
        elsewhere(setup, profile, section),
        without_session(setup, section),
    ];
    found.into_iter().flatten().collect()
}

/// The SDKs read the account of a sign-in from `sso_account_id`, and that of a role from its ARN: Terraform acts
/// there, whatever the profile is called.
fn elsewhere(setup: &Setup, profile: &str, section: &Section) -> Option<Problem> {
    let mut accounts = setup.settings.accounts.iter();
    let meant = accounts.find(|account| account.label == profile)?;
    // A role that a profile assumes is what it acts as in the end.
    let (setting, account) = match section.get("role_arn") {
        Some(role) => ("role_arn", role.split(':').nth(4)?),
        None => ("sso_account_id", section.get("sso_account_id")?),
    };
    if account == meant.id {
        return None;
    }
    let message = format!(
        "[{}] leads to account {account} by its `{setting}`, and tfkeyless.hcl says that {profile} is account {}: \
         Terraform would act in another account",
        section.title, meant.id
    );
    let cure = match setting {
        "sso_account_id" => format!(
            "aws configure set sso_account_id {} --profile {}",
            meant.id,
            shell::quoted(profile)
        ),
        _ => format!(
            "name a role of account {} in the `role_arn` of [{}]",
            meant.id, section.title
        ),
    };
    let problem = Problem::new("profile_account", message, cure);
    Some(problem.at(&setup.config.path, section.line))
}

/// The session that a profile names, where it is not there.
pub fn missing_session<'s>(setup: &Setup, section: &'s Section) -> Option<&'s str> {
    let session = section.get("sso_session")?;
    let title = format!("sso-session {session}");
    setup.config.section(&title).is_none().then_some(session)
}

/// `aws sso login` fails where the section that `sso_session` names is missing.
fn without_session(setup: &Setup, section: &Section) -> Option<Problem> {
    let session = missing_session(setup, section)?;
    let message = format!(
        "[{}] signs in by the session {session}, and there is no [sso-session {session}]: `aws sso login` fails",
        section.title
    );
    let cure = "aws configure sso-session   # with that session name";
    let problem = Problem::new("sso_session_missing", message, cure);
    Some(problem.at(&setup.config.path, section.line))
}
