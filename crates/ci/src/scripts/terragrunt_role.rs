//! The role that a command line or a variable has Terragrunt assume for every command, or the command that it gets
//! credentials from ("CLI Reference", Terragrunt docs).

/// The variables.
pub(crate) const VARIABLES: [&str; 4] = [
    "TERRAGRUNT_IAM_ROLE",
    "TG_IAM_ASSUME_ROLE",
    "TERRAGRUNT_AUTH_PROVIDER_CMD",
    "TG_AUTH_PROVIDER_CMD",
];

/// The flags.
const FLAGS: [&str; 4] = [
    "--terragrunt-iam-role",
    "--iam-assume-role",
    "--terragrunt-auth-provider-cmd",
    "--auth-provider-cmd",
];

/// The first role or command that a script names for Terragrunt, as written.
pub(crate) fn named(script: &str) -> Option<&str> {
    let flags = FLAGS.iter().map(|flag| (flag, &['=', ' '][..]));
    let variables = VARIABLES.iter().map(|name| (name, &['='][..]));
    let found = flags.chain(variables).filter_map(|(name, ends)| {
        let mut places = script.match_indices(name);
        places.find_map(|(at, _)| {
            let value = script[at + name.len()..].strip_prefix(ends)?;
            let value = value.split([' ', '\n', ';', '&', '|']).next()?;
            let value = value.trim_matches(['"', '\'']);
            (!value.is_empty()).then_some((at, value))
        })
    });
    found.min().map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::named;

    #[test]
    fn a_role_is_named_by_flag_or_variable() {
        for (script, expected) in [
            (
                "terragrunt apply --terragrunt-iam-role arn:a",
                Some("arn:a"),
            ),
            (
                "terragrunt apply --terragrunt-iam-role=\"arn:a\"\n",
                Some("arn:a"),
            ),
            (
                "terragrunt run --iam-assume-role 'arn:a' apply",
                Some("arn:a"),
            ),
            (
                "export TG_IAM_ASSUME_ROLE=$ROLE; terragrunt plan",
                Some("$ROLE"),
            ),
            ("TERRAGRUNT_IAM_ROLE=arn:a terragrunt plan", Some("arn:a")),
            (
                "terragrunt run --all apply --auth-provider-cmd ./auth.sh",
                Some("./auth.sh"),
            ),
            (
                "echo \"TG_AUTH_PROVIDER_CMD=./auth.sh\" >> $GITHUB_ENV",
                Some("./auth.sh"),
            ),
            ("terragrunt apply --iam-assume-role-duration 900", None),
            ("TERRAGRUNT_IAM_ROLE= terragrunt plan", None),
            ("echo $TERRAGRUNT_IAM_ROLE", None),
        ] {
            assert_eq!(named(script), expected, "{script}");
        }
    }
}
