//! The names of AWS credentials: environment variables, secrets and inputs, access key ids.

/// Environment variables of the AWS SDKs for credentials: access key id, secret key, session token.
pub const KEY_VARIABLES: [&str; 3] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
];

/// The older names of the first two, which Terraform's SDK reads, too, and the CLI does not (AWS SDK for Go v2,
/// `config.EnvConfig`).
pub const LEGACY_KEY_VARIABLES: [&str; 2] = ["AWS_ACCESS_KEY", "AWS_SECRET_KEY"];

/// Environment variables that name a profile; the second is the older, which SDKs and the CLI read, too.
/// Keys in the environment beat them (AWS CLI, "Configuration settings and precedence"; measured with the
/// AWS provider and its backend).
pub const PROFILE_VARIABLES: [&str; 2] = ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"];

/// Environment variables that name the files of profiles, and where these are otherwise in the home directory.
pub const PROFILE_FILES: [(&str, &str); 2] = [
    ("AWS_CONFIG_FILE", "/.aws/config"),
    ("AWS_SHARED_CREDENTIALS_FILE", "/.aws/credentials"),
];

/// Environment variables of the AWS SDKs and CLI for the region.
pub const REGION_VARIABLES: [&str; 2] = ["AWS_REGION", "AWS_DEFAULT_REGION"];

/// Parts of names that people give to the keys of other clouds that speak S3, and of emulators. Of
/// 365 workflow and action files with key variables 5 % have only these or placeholders, which are
/// never edited.
const OTHER_CLOUDS: [&str; 20] = [
    "ALIBABA",
    "ALICLOUD",
    "ALIYUN",
    "AZURE",
    "GCS",
    "OSS",
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
    // Whole parts only: `DO` is DigitalOcean's prefix, and `DOMAIN` is not.
    name.starts_with("ARM_") || name.split('_').any(|part| OTHER_CLOUDS.contains(&part))
}

/// Whether a secret or input of that name is part of an AWS key. The short forms count only beside
/// `AWS`: `SAUCE_ACCESS_KEY` is another service's.
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
    // A key of KMS encrypts, and signs nobody in.
    let is_kms = name.contains("KMS_KEY") && !name.contains("ACCESS_KEY");
    is_key && !is_kms && !is_of_other_cloud(&name)
}

/// Whether an environment variable directs the AWS SDKs to another endpoint than AWS's.
pub fn is_endpoint(variable: &str) -> bool {
    variable
        .to_ascii_uppercase()
        .starts_with("AWS_ENDPOINT_URL")
}

/// Whether it is an access key id: `AKIA` for long-term, `ASIA` for temporary keys (IAM user guide,
/// "IAM identifiers"). The examples of AWS's documentation end in `EXAMPLE`.
pub fn is_access_key_id(text: &str) -> bool {
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
            "AWS_KMS_ACCESS_KEY_ID",
            "ALARM_AWS_ACCESS_KEY_ID",
        ] {
            assert!(is_key_name(name), "{name}");
        }
        for name in [
            "SAUCE_ACCESS_KEY",
            "R2_ACCESS_KEY_ID",
            "AWS_REGION",
            "AWS_SECRETS_ARN",
            "STAGING_AWS_KMS_KEY_ID",
            "OPENDAL_OSS_ACCESS_KEY_ID",
            "ALIYUN_ACCESS_KEY_ID",
            "ARM_ACCESS_KEY",
        ] {
            assert!(!is_key_name(name), "{name}");
        }
    }
}
