//! Actions that may leave AWS credentials in the environment, beside `configure-aws-credentials`.

/// Actions that set what a secret manager holds as environment variables, and the input that lists
/// what; where none does, all of a project.
const SECRET_MANAGERS: [(&str, Option<&str>); 11] = [
    ("1password/load-secrets-action", None),
    ("akeyless-community/akeyless-github-action", None),
    ("azure/get-keyvault-secrets", Some("secrets")),
    ("bitwarden/sm-action", Some("secrets")),
    ("cyberark/conjur-action", Some("secrets")),
    ("dopplerhq/secrets-fetch-action", None),
    ("hashicorp/vault-action", Some("secrets")),
    ("hashicorp/hcp-secrets-action", None),
    ("infisical/secrets-action", None),
    ("keeper-security/ksm-action", Some("secrets")),
    ("pulumi/esc-action", Some("keys")),
];

/// The inputs of secret managers that turn it off.
const EXPORTS: [&str; 4] = [
    "exportEnv",
    "export-env",
    "export-environment-variables",
    "inject-env-vars",
];

/// Words in the name of an action about AWS that say that it brings credentials.
const SIGNS_IN: [&str; 9] = [
    "assume",
    "auth",
    "credential",
    "login",
    "oidc",
    "saml",
    "sign-in",
    "sso",
    "sts",
];

/// Whether an action, given by its name without a ref, may leave AWS credentials in the environment
/// of the steps behind it. `input` reads its inputs; `has_aws_env` says whether `env:` of its step
/// sets a variable for AWS.
pub(super) fn may_bring<'i>(
    action: &str,
    input: &dyn Fn(&str) -> Option<&'i str>,
    has_aws_env: bool,
) -> bool {
    let name = action.to_ascii_lowercase();
    let is_aws = |text: &str| text.to_ascii_lowercase().contains("aws");
    let mut managers = SECRET_MANAGERS.iter();
    if let Some((_, listed)) = managers.find(|(known, _)| *known == name) {
        let mut exports = EXPORTS.iter().filter_map(|name| input(name));
        if exports.any(|value| value.trim() == "false") {
            return false;
        }
        return match (name.as_str(), listed.and_then(input)) {
            // It takes references from `env:`, and sets each as the variable of its name.
            ("1password/load-secrets-action", _) => has_aws_env,
            ("dopplerhq/secrets-fetch-action", _) => input("inject-env-vars").is_some(),
            (_, Some(listed)) => is_aws(listed) || listed.contains("${{"),
            (_, None) => true,
        };
    }
    // Registries have a login of their own.
    let is_registry = name.contains("ecr");
    let signs_in = SIGNS_IN.iter().any(|word| name.contains(word));
    signs_in && is_aws(&name) && !is_registry
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_that_may_bring_credentials_are_known() {
        for (action, inputs, has_aws_env, expected) in [
            (
                "hashicorp/vault-action",
                "secrets: ci/AWS key | AWS_ACCESS_KEY_ID",
                false,
                true,
            ),
            (
                "HashiCorp/vault-action",
                "secrets: ${{ inputs.x }}",
                false,
                true,
            ),
            (
                "hashicorp/vault-action",
                "secrets: ci/slack token | TOKEN",
                false,
                false,
            ),
            ("hashicorp/vault-action", "exportEnv: false", false, false),
            ("1password/load-secrets-action", "", true, true),
            ("1password/load-secrets-action", "", false, false),
            (
                "1password/load-secrets-action",
                "export-env: false",
                true,
                false,
            ),
            (
                "dopplerhq/secrets-fetch-action",
                "inject-env-vars: true",
                false,
                true,
            ),
            ("dopplerhq/secrets-fetch-action", "", false, false),
            ("infisical/secrets-action", "", false, true),
            ("pulumi/esc-action", "environment: ci/aws", false, true),
            (
                "pulumi/esc-action",
                "keys: NPM_TOKEN,SLACK_URL",
                false,
                false,
            ),
            ("pulumi/esc-action", "keys: AWS_SESSION_TOKEN", false, true),
            (
                "pulumi/esc-action",
                "export-environment-variables: false",
                false,
                false,
            ),
            ("org/aws-assume-role", "", false, true),
            ("org/configure-aws-credentials", "", false, true),
            ("aws-actions/amazon-ecr-login", "", false, false),
            ("azure/login", "", false, false),
            ("docker/login-action", "", true, false),
            ("aws-actions/setup-sam", "", false, false),
            ("actions/checkout", "", false, false),
        ] {
            let given = inputs.split_once(": ");
            let input = |name: &str| given.filter(|(given, _)| *given == name).map(|(_, it)| it);
            let found = may_bring(action, &input, has_aws_env);
            assert_eq!(found, expected, "{action} {inputs}");
        }
    }
}
