//! Where a credential comes from, by the expression that names it.

use crate::aws_names::{is_access_key_id, is_of_other_cloud};
use crate::github::expression::references;

/// Where a credential comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A secret, or a variable: it lives on.
    Stored,
    /// An input of the action or workflow: its callers decide.
    Input,
    /// It stands there in plain text.
    Plain,
    /// An earlier step or job hands it on: it is temporary.
    Temporary,
    /// A word that stands for none, for an emulator.
    Placeholder,
    /// It is another cloud's, which speaks S3.
    OtherCloud,
    /// Something else.
    Unknown,
}

/// Where the id of a key comes from.
pub fn origin(key_id: &str) -> Origin {
    let key_id = key_id.trim();
    let found = references(key_id);
    if found.is_empty() && !key_id.contains("${{") {
        return match is_access_key_id(key_id) {
            true => Origin::Plain,
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
