//! Where a credential comes from, by the expression that reads it.

use crate::aws_names::{is_access_key_id, is_of_other_cloud};
use crate::github::expression::references;

/// Where a credential comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A secret or configuration variable: the key is static.
    Stored,
    /// An input of the action: its callers determine it.
    Input,
    /// A literal in the file.
    Plain,
    /// An output of an earlier step or job: temporary credentials.
    Temporary,
    /// A placeholder, as emulators take it: `test`, `minio`.
    Placeholder,
    /// A key of another cloud that speaks S3.
    OtherCloud,
    /// None of these can be told.
    Unknown,
}

/// Where an access key id comes from.
pub fn origin(key_id: &str) -> Origin {
    let key_id = key_id.trim();
    let found = references(key_id);
    if found.is_empty() && !key_id.contains("${{") {
        return match is_access_key_id(key_id) {
            true => Origin::Plain,
            // A shell variable: what it holds is decided where the script runs.
            false if key_id.starts_with('$') => Origin::Unknown,
            false => Origin::Placeholder,
        };
    }
    let reads = |context: &str| found.iter().any(|it| it.context == context);
    let names_other = found.iter().any(|it| {
        let name = it.name.as_deref().unwrap_or_default();
        it.context == "secrets" && is_of_other_cloud(name)
    });
    match () {
        // The name decides before the context: an S3 key of another cloud is stored as a secret
        // like any other.
        () if names_other => Origin::OtherCloud,
        () if reads("steps") || reads("needs") => Origin::Temporary,
        () if reads("secrets") => Origin::Stored,
        () if found.iter().all(|it| it.context == "inputs") => Origin::Input,
        () if found.iter().all(|it| it.context == "vars") => Origin::Stored,
        () => Origin::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn temporary_keys_placeholders_and_other_clouds_are_told_from_those_that_live_on() {
        for (key, expected) in [
            ("${{ secrets.AWS_ACCESS_KEY_ID }}", Origin::Stored),
            ("${{ vars.AWS_ACCESS_KEY_ID }}", Origin::Stored),
            (
                "${{ secrets[format('{0}_KEY', matrix.env)] }}",
                Origin::Stored,
            ),
            ("${{ inputs.aws-access-key-id }}", Origin::Input),
            ("${{ steps.login.outputs.key }}", Origin::Temporary),
            ("${{ needs.login.outputs.key }}", Origin::Temporary),
            ("AKIA1111111111111111", Origin::Plain),
            ("AKIAIOSFODNN7EXAMPLE", Origin::Placeholder),
            ("test", Origin::Placeholder),
            ("", Origin::Placeholder),
            ("${{ secrets.R2_ACCESS_KEY_ID }}", Origin::OtherCloud),
            ("${{ secrets.PROD_DO_ACCESS_KEY }}", Origin::OtherCloud),
            ("${{ secrets.DOMAIN_AWS_ACCESS_KEY_ID }}", Origin::Stored),
            ("$KEY", Origin::Unknown),
            ("${{ matrix.key }}", Origin::Unknown),
            ("${{ env.KEY }}", Origin::Unknown),
        ] {
            assert_eq!(origin(key), expected, "{key}");
        }
    }
}
