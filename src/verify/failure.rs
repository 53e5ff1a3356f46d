//! Why an init or a plan failed, recognized by what Terraform prints, and what cures it. Its own words are not
//! shown: they may quote values.

#[cfg(test)]
mod tests;

use std::path::Path;

use engine::settings::Settings;
use syntax::code::sentence;
use syntax::shell;

use crate::doctor::missing_profile_cure;

/// Why something failed, and what cures it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanFailure {
    /// A clause.
    pub reason: String,
    /// A command, mostly.
    pub cure: String,
    /// Whether only a value is missing: then nothing is known of the root module.
    pub is_unknown: bool,
}

/// What a failure is about, for the cure.
#[derive(Debug, Clone, Copy)]
pub struct FailureContext<'c> {
    /// The profile that is used; `None` for the credentials of the environment.
    pub profile: Option<&'c str>,
    /// The root module.
    pub directory: &'c Path,
    /// What is run there.
    pub program: &'c str,
    /// The configuration.
    pub settings: &'c Settings,
}

impl FailureContext<'_> {
    fn place(self) -> String {
        match self.directory.as_os_str().is_empty() {
            true => ".".to_owned(),
            false => shell::path(self.directory),
        }
    }

    /// The command that shows Terraform's own words.
    fn command(self) -> String {
        let (place, program) = (self.place(), self.program);
        match self.profile {
            Some(profile) => {
                let profile = shell::quoted(profile);
                format!("cd {place} && AWS_PROFILE={profile} {program} plan -lock=false")
            }
            None => format!("cd {place} && {program} plan -lock=false"),
        }
    }
}

/// A text of Terraform, the AWS provider or the AWS CLI, the reason that it stands for, and its cure.
struct KnownText(&'static str, &'static str, Cure);

enum Cure {
    SignIn,
    Command(&'static str),
    /// One that is only a value away.
    Value(&'static str),
}

/// In the order in which they are sought: the cause before what follows from it. Measured with
/// Terraform 1.6 to 1.15, the AWS provider 5.100 and the AWS CLI 1 and 2.
const KNOWN: [KnownText; 22] = [
    KnownText(
        "the SSO session has expired or is invalid",
        "the SSO session expired or is invalid",
        Cure::SignIn,
    ),
    KnownText(
        "Error loading SSO Token",
        "the profile is not signed in",
        Cure::SignIn,
    ),
    KnownText(
        "Token has expired",
        "the SSO session expired or is invalid",
        Cure::SignIn,
    ),
    KnownText(
        "InvalidGrantException",
        "the SSO session expired or is invalid",
        Cure::SignIn,
    ),
    KnownText(
        "failed to refresh cached credentials",
        "the credentials cannot be refreshed",
        Cure::SignIn,
    ),
    KnownText(
        "AssumeRoleTokenProvider session option not set",
        "the profile asks for an MFA code, which Terraform cannot",
        Cure::Command("take `mfa_serial` out of the profile, or use an SSO profile"),
    ),
    KnownText(
        "failed to load assume role",
        "the `source_profile` of a profile is missing",
        Cure::Command("tfkeyless doctor"),
    ),
    KnownText(
        "AWS account ID not allowed",
        "`allowed_account_ids` of the provider does not allow the account",
        Cure::Command("tfkeyless doctor --online"),
    ),
    KnownText(
        "NoCredentialProviders",
        "Terraform before 1.13.5 finds no credentials for a module in S3",
        Cure::Command("export AWS_SDK_LOAD_CONFIG=1"),
    ),
    KnownText(
        "No valid credential sources found",
        "there are no credentials",
        Cure::Command("tfkeyless doctor"),
    ),
    KnownText(
        "Cannot assume IAM Role",
        "a role cannot be assumed",
        Cure::Command("allow the profile's role in the trust policy of that role"),
    ),
    KnownText(
        "not authorized to perform: sts:AssumeRole",
        "a role cannot be assumed",
        Cure::Command("allow the profile's role in the trust policy of that role"),
    ),
    KnownText(
        "must use terraform init -upgrade",
        "the lock file selects a release outside the provider's constraint",
        Cure::Command("terraform init -upgrade"),
    ),
    KnownText(
        "Unsupported Terraform Core version",
        "the configuration asks for another release of Terraform",
        Cure::Command("install a release that `required_version` allows"),
    ),
    KnownText(
        "unexpected attribute \"role_arn\"",
        "Terraform from 1.10 on does not take a flat `role_arn`",
        Cure::Command("write `assume_role = { role_arn = \"...\" }`"),
    ),
    KnownText(
        "Could not download module",
        "a module cannot be downloaded",
        Cure::Command("check that git can clone the repository of the module"),
    ),
    KnownText(
        "Failed to download module",
        "a module cannot be downloaded",
        Cure::Command("check that git can clone the repository of the module"),
    ),
    KnownText(
        "No value for required variable",
        "a variable has no value",
        Cure::Value("--var-file FILE"),
    ),
    KnownText(
        "NoSuchBucket",
        "the state bucket does not exist in that account",
        Cure::Command("tfkeyless plan --only set_backend_profile"),
    ),
    KnownText(
        "S3 bucket does not exist",
        "the state bucket does not exist in that account",
        Cure::Command("tfkeyless plan --only set_backend_profile"),
    ),
    KnownText("ExpiredToken", "the credentials expired", Cure::SignIn),
    KnownText(
        "AccessDenied",
        "AWS denies the access",
        Cure::Command("tfkeyless generate bucket-policy   # where the state is denied"),
    ),
];

/// The words by which a missing profile is reported; its name follows.
const MISSING_PROFILE: [&str; 2] = [
    "failed to get shared config profile, ",
    "The config profile (",
];

impl PlanFailure {
    /// What a program that printed `text` failed of.
    pub fn of(text: &str, context: FailureContext<'_>) -> Self {
        Self::known(text, context).unwrap_or_else(|| {
            let reason = "Terraform reports an error, which may quote values and is not shown";
            Self::new(reason, context.command())
        })
    }

    /// The same; `None` where the text is none of those that are known.
    pub fn known(text: &str, context: FailureContext<'_>) -> Option<Self> {
        // Terraform breaks its lines where a box ends.
        let text = unwrapped(text);
        for start in MISSING_PROFILE {
            if let Some((_, name)) = text.split_once(start) {
                let end = name.find(|it: char| it.is_whitespace() || ")\"\\,".contains(it));
                let name = &name[..end.unwrap_or(name.len())];
                return Some(Self::new(
                    sentence!("~/.aws/config has no profile `{name}`"),
                    missing_profile_cure(context.settings, name),
                ));
            }
        }
        let mut known = KNOWN.iter();
        let KnownText(_, reason, cure) = known.find(|KnownText(words, ..)| text.contains(words))?;
        Some(match cure {
            Cure::Command(command) => Self::new(*reason, *command),
            Cure::Value(flag) => Self {
                is_unknown: true,
                ..Self::new(
                    *reason,
                    format!("tfkeyless verify {} {flag}", context.place()),
                )
            },
            Cure::SignIn => match context.profile {
                Some(profile) => {
                    let profile = shell::quoted(profile);
                    Self::new(*reason, format!("aws sso login --profile {profile}"))
                }
                None => Self::new(*reason, "set the static keys in the environment"),
            },
        })
    }

    /// A failure of what is known.
    pub fn new(reason: impl Into<String>, cure: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            cure: cure.into(),
            is_unknown: false,
        }
    }
}

/// Terraform's text on one line, without colours and the frames that it draws around errors.
fn unwrapped(text: &str) -> String {
    let text = anstream::adapter::strip_str(text).to_string();
    let is_frame = |word: &&str| !matches!(*word, "│" | "╷" | "╵");
    let words: Vec<&str> = text.split_whitespace().filter(is_frame).collect();
    words.join(" ")
}
