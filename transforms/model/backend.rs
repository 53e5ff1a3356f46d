//! S3 backends: blocks and the files that complete them.

use super::hcl::{Attribute, Block, Body};

/// Which backend a `terraform` block names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BackendKind {
    /// `backend "s3"` with its bucket and key.
    S3,
    /// `backend "s3"` that leaves bucket or key to `-backend-config`.
    PartialS3 {
        /// Whether the block itself names the bucket.
        has_bucket: bool,
    },
    /// Another backend.
    Other,
}

impl BackendKind {
    /// Whether state lies in S3.
    pub fn is_s3(self) -> bool {
        matches!(self, Self::S3 | Self::PartialS3 { .. })
    }

    /// The kind of a `backend` block.
    pub fn of(backend: &Block<'_>) -> Self {
        let is_set = |name: &str| backend.attribute(name).is_some();
        match (backend.label(0), is_set("bucket")) {
            (Some("s3"), true) if is_set("key") => Self::S3,
            (Some("s3"), has_bucket) => Self::PartialS3 { has_bucket },
            _ => Self::Other,
        }
    }
}

/// Whether settings of the S3 backend stand in a `*.tfbackend` file.
pub fn is_s3(body: &Body<'_>) -> bool {
    let names = [
        "bucket",
        "key",
        "region",
        "dynamodb_table",
        "use_lockfile",
        "encrypt",
    ];
    body.attributes().any(|found| names.contains(&found.name))
}

/// A setting that decides as whom a backend acts, and what it means.
#[derive(Debug, Clone)]
pub struct Claim<'d> {
    /// The setting.
    pub setting: Attribute<'d>,
    /// What it means.
    pub kind: ClaimKind,
}

/// What a claim means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClaimKind {
    /// The backend is not on AWS: it names an endpoint of its own.
    Endpoint,
    /// It assumes a role by a flat setting, an error from Terraform 1.10 on.
    FlatRole,
    /// It assumes a role.
    Role,
    /// It has static keys.
    Keys,
    /// It looks for profiles in a file of its own.
    CredentialsFile,
    /// It has a profile.
    Profile,
}

/// Flat role settings and their names in `assume_role = { ... }`.
pub const FLAT_ROLE: [(&str, &str); 8] = [
    ("role_arn", "role_arn"),
    ("session_name", "session_name"),
    ("external_id", "external_id"),
    ("assume_role_duration_seconds", "duration"),
    ("assume_role_policy", "policy"),
    ("assume_role_policy_arns", "policy_arns"),
    ("assume_role_tags", "tags"),
    ("assume_role_transitive_tag_keys", "transitive_tag_keys"),
];

/// The weightiest claim among the settings of a block or a file.
pub fn claim<'d>(body: &Body<'d>) -> Option<Claim<'d>> {
    claim_among(body.attributes())
}

/// The weightiest claim among settings.
pub fn claim_among<'d>(settings: impl IntoIterator<Item = Attribute<'d>>) -> Option<Claim<'d>> {
    let claims = settings.into_iter().filter_map(|setting| {
        let kind = match setting.name {
            "endpoint" | "endpoints" if !setting.value.text().contains("amazonaws.com") => {
                ClaimKind::Endpoint
            }
            "assume_role" | "assume_role_with_web_identity" => ClaimKind::Role,
            "access_key" | "secret_key" | "token" => ClaimKind::Keys,
            "shared_credentials_file" | "shared_credentials_files" => ClaimKind::CredentialsFile,
            "profile" => ClaimKind::Profile,
            name if FLAT_ROLE.iter().any(|(flat, _)| *flat == name) => ClaimKind::FlatRole,
            _ => return None,
        };
        Some(Claim { setting, kind })
    });
    claims.min_by_key(|claim| claim.kind as u8)
}
