use super::*;

fn of(text: &str) -> (String, String) {
    let settings = "account \"dev\" { id = \"111111111111\" }\nsso {\n  start_url = \"https://x.awsapps.com/start\"\n  region = \"us-east-1\"\n  role_name = \"Admin\"\n}\n";
    let settings = Settings::parse(settings, transforms::CATALOGUE).unwrap();
    let context = FailureContext {
        profile: Some("dev"),
        directory: Path::new("envs/dev"),
        program: "terraform",
        settings: &settings,
    };
    let failure = PlanFailure::of(text, context);
    (failure.reason, failure.cure)
}

#[test]
fn what_terraform_prints_has_a_reason_and_a_cure() {
    for (text, reason, cure) in [
        (
            "│ Error: failed to get shared config profile, dev\n│ \n",
            "no profile `dev`",
            "tfkeyless generate aws-config --merge",
        ),
        (
            "Error: failed to get shared config profile, alice",
            "no profile `alice`",
            "aws configure sso --profile alice",
        ),
        (
            "{\"summary\":\"failed to get shared config profile, alice\"}",
            "no profile `alice`",
            "aws configure sso --profile alice",
        ),
        (
            "│ refresh: the SSO session has\n│ expired or is invalid",
            "SSO session expired",
            "aws sso login --profile dev",
        ),
        (
            "\x1b[31m│ Error: failed to get shared config profile, alice\x1b[0m",
            "no profile `alice`",
            "aws configure sso --profile alice",
        ),
        (
            "Error loading SSO Token: Token for x does not exist",
            "not signed in",
            "aws sso login --profile dev",
        ),
        (
            "Error: AWS account ID not allowed: 222222222222",
            "allowed_account_ids",
            "tfkeyless doctor --online",
        ),
        (
            "assume role with MFA enabled, but AssumeRoleTokenProvider session option not set",
            "MFA",
            "mfa_serial",
        ),
        (
            "failed to load assume role arn, of profile base",
            "source_profile",
            "tfkeyless doctor",
        ),
        (
            "Error: No value for required variable",
            "no value",
            "--var-file",
        ),
        (
            "Error: expected \"password\" to be longer, got hunter2",
            "not shown",
            "cd envs/dev && AWS_PROFILE=dev terraform plan",
        ),
    ] {
        let found = of(text);
        assert!(
            found.0.contains(reason) && found.1.contains(cure),
            "{text}: {found:?}"
        );
        assert!(!found.0.contains("hunter2"));
    }
}
