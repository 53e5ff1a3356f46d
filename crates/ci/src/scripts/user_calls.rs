//! Calls of AWS that only the long-lived keys of an IAM user may make.

use super::invocation::Invocation;

/// Verbs of `aws sts` that are refused to the credentials of a role (STS API reference,
/// GetSessionToken and GetFederationToken: "using the long-term security credentials of an IAM user").
const STS: [&str; 2] = ["get-federation-token", "get-session-token"];

/// Verbs of `aws iam` that are about the user whose keys sign the request, where no `--user-name` is
/// given (IAM API reference, "If you do not specify a user name"): a role has none.
const OWN_USER: [&str; 17] = [
    "change-password",
    "create-access-key",
    "create-login-profile",
    "delete-access-key",
    "delete-login-profile",
    "delete-signing-certificate",
    "get-login-profile",
    "get-user",
    "list-access-keys",
    "list-mfa-devices",
    "list-service-specific-credentials",
    "list-signing-certificates",
    "list-ssh-public-keys",
    "update-access-key",
    "update-login-profile",
    "update-signing-certificate",
    "upload-signing-certificate",
];

/// Names of the same calls in SDKs, in lower case and without underscores.
const IN_PROGRAMS: [&str; 2] = ["getfederationtoken", "getsessiontoken"];

/// Whether a command of the AWS CLI is one.
pub fn is_one(invocation: &Invocation<'_>) -> bool {
    if invocation.name() != "aws" {
        return false;
    }
    let has = |word: &str| invocation.arguments.iter().any(|it| it == word);
    let names_user = || {
        let mut words = invocation.arguments.iter();
        words.any(|word| word.starts_with("--user-name"))
    };
    let any = |verbs: &[&str]| verbs.iter().any(|verb| has(verb));
    // The session of a role that another role assumes lasts an hour at most ("Role chaining", IAM user
    // guide), and a signed URL no longer than the session that signed it ("Sharing objects with presigned
    // URLs", Amazon S3 user guide).
    if has("sts") && has("assume-role") && is_long(invocation, "--duration-seconds")
        || has("s3") && has("presign") && is_long(invocation, "--expires-in")
    {
        return true;
    }
    has("sts") && any(&STS) || has("iam") && any(&OWN_USER) && !names_user()
}

/// Whether an option is given as more seconds than an hour has, or as a number that is not known.
fn is_long(invocation: &Invocation<'_>, option: &str) -> bool {
    let mut words = invocation.arguments.iter();
    let value = words.find_map(|word| word.strip_prefix(option)?.strip_prefix('='));
    let next = || {
        let at = invocation
            .arguments
            .iter()
            .position(|word| word == option)?;
        invocation.arguments.get(at + 1).map(String::as_str)
    };
    let value = value.or_else(next);
    value.is_some_and(|value| value.parse::<u32>().map_or(true, |seconds| seconds > 3600))
}

/// Whether a program in another language than the shell's makes one.
pub fn in_program(text: &str) -> bool {
    let text = text.to_ascii_lowercase().replace('_', "");
    IN_PROGRAMS.iter().any(|name| text.contains(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_calls_that_a_role_is_refused_count() {
        for (command, expected) in [
            ("aws sts get-session-token", true),
            ("aws --region x sts get-federation-token --name y", true),
            ("aws iam create-access-key", true),
            ("aws iam get-user --query User.Arn", true),
            ("aws iam list-access-keys --user-name x", false),
            ("aws iam create-access-key --user-name=x", false),
            ("aws sts get-caller-identity", false),
            ("aws sts assume-role --role-arn x", false),
            (
                "aws sts assume-role --role-arn x --duration-seconds 3600",
                false,
            ),
            (
                "aws sts assume-role --role-arn x --duration-seconds 43200",
                true,
            ),
            (
                "aws sts assume-role --duration-seconds=7200 --role-arn x",
                true,
            ),
            (
                "aws sts assume-role --duration-seconds $TIME --role-arn x",
                true,
            ),
            ("aws s3 presign s3://b/k", false),
            ("aws s3 presign s3://b/k --expires-in 600", false),
            ("aws s3 presign s3://b/k --expires-in 604800", true),
            ("aws iam list-users", false),
            ("echo sts get-session-token", false),
        ] {
            let words: Vec<String> = command.split(' ').map(str::to_owned).collect();
            let invocation = Invocation::of(&words).unwrap();
            assert_eq!(is_one(&invocation), expected, "{command}");
        }
        assert!(in_program("boto3.client('sts').get_session_token()"));
        assert!(in_program("new GetSessionTokenCommand({})"));
        assert!(!in_program("boto3.client('s3').get_object()"));
    }
}
