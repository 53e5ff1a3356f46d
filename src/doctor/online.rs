//! Who the profiles are, asked of AWS by its own command.

use std::io::ErrorKind;
use std::process::Command;

use anyhow::bail;
use syntax::shell;

use super::problem::Problem;
use super::setup::Setup;

/// Asks for each profile that is there, and compares its account with the configuration's.
///
/// # Errors
/// There is no AWS CLI.
pub fn problems(setup: &Setup) -> anyhow::Result<Vec<Problem>> {
    let mut all = Vec::new();
    for profile in setup
        .profiles()
        .into_iter()
        .filter(|profile| setup.knows(profile))
    {
        let mut aws = Command::new("aws");
        // `--profile` beats keys in the environment, `AWS_PROFILE` does not.
        aws.args(["sts", "get-caller-identity", "--profile", &profile]);
        aws.args(["--query", "Account", "--output", "text"]);
        let output = match aws.output() {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                bail!("the AWS CLI is not installed, which --online asks")
            }
            Err(error) => bail!("cannot start the AWS CLI: {error}"),
            Ok(output) => output,
        };
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            let said = said
                .trim()
                .lines()
                .next_back()
                .unwrap_or_default()
                .to_owned();
            let message = format!("the identity of profile {profile} is unknown: {said}");
            let cure = format!("aws sso login --profile {}", shell::quoted(&profile));
            all.push(Problem::new("identity_unknown", message, cure));
            continue;
        }
        let account = String::from_utf8_lossy(&output.stdout);
        let account = account.trim();
        let mut accounts = setup.settings.accounts.iter();
        let meant = accounts.find(|known| known.label == profile);
        if let Some(meant) = meant.filter(|meant| meant.id != account) {
            let message = format!(
                "profile {profile} is in account {account}, but tfkeyless.hcl has {}",
                meant.id
            );
            let cure = format!(
                "aws configure set sso_account_id {} --profile {}",
                meant.id,
                shell::quoted(&profile)
            );
            all.push(Problem::new("identity_other", message, cure));
        }
    }
    Ok(all)
}
