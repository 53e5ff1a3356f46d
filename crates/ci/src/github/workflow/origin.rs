//! Where a credential comes from, by the expression that names it.

use super::expression::references;

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
        return match is_key_id(key_id) {
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

/// Prefixes by which people name the keys of other clouds that speak S3, and of emulators.
const OTHERS: [&str; 14] = [
    "R2",
    "MINIO",
    "SPACES",
    "B2",
    "BACKBLAZE",
    "WASABI",
    "DO",
    "DIGITALOCEAN",
    "LINODE",
    "SCW",
    "SCALEWAY",
    "CLOUDFLARE",
    "CF",
    "HETZNER",
];

/// Whether a name says that a key is another cloud's.
pub fn is_of_other_cloud(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    name.split('_').any(|part| OTHERS.contains(&part))
}

/// Whether a secret or input of that name is part of a key of AWS, as people name them.
pub fn is_key_name(name: &str) -> bool {
    let name = name.to_ascii_uppercase().replace('-', "_");
    let full = ["ACCESS_KEY_ID", "SECRET_ACCESS_KEY"];
    let short = [
        "ACCESS_KEY",
        "SECRET_KEY",
        "KEY_ID",
        "ACCESSKEY",
        "SECRETKEY",
    ];
    let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
    let is_key = has(&full) || name.contains("AWS") && (has(&short) || name.ends_with("_SECRET"));
    is_key && !is_of_other_cloud(&name)
}

/// Whether a variable of an environment sends S3 elsewhere than to AWS.
pub fn is_endpoint(variable: &str) -> bool {
    variable
        .to_ascii_uppercase()
        .starts_with("AWS_ENDPOINT_URL")
}

/// Whether it is the id of an access key; AWS's documentation ends its examples so.
fn is_key_id(text: &str) -> bool {
    let rest = text
        .strip_prefix("AKIA")
        .or_else(|| text.strip_prefix("ASIA"));
    let is_key = rest.is_some_and(|rest| {
        rest.len() == 16
            && rest
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
    });
    is_key && !text.ends_with("EXAMPLE")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_known_by_their_names() {
        for name in [
            "AWS_ACCESS_KEY_ID",
            "aws-secret-access-key",
            "PROD_AWS_ACCESS_KEY",
            "S3_SECRET_ACCESS_KEY",
            "AWS_SECRET",
        ] {
            assert!(is_key_name(name), "{name}");
        }
        for name in [
            "SAUCE_ACCESS_KEY",
            "R2_ACCESS_KEY_ID",
            "AWS_REGION",
            "AWS_SECRETS_ARN",
        ] {
            assert!(!is_key_name(name), "{name}");
        }
    }

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
