//! S3 backends: blocks and the files that complete them.

use std::collections::BTreeMap;

use crate::assume_role::{is_empty, long_duration};
use crate::session_rights::SessionRights;
use crate::static_keys::{
    CONFIG_FILES, CREDENTIALS_FILES, is_credentials_file, is_key, is_usual_config,
};
use diagnostics::ignore::Ignore;
use syntax::hcl::{Attribute, Block, Body, Document};

/// What findings about a backend are about.
pub const SUBJECT: &str = "the S3 backend";

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

/// The `backend "s3"` blocks of a document, in its `terraform` blocks or, in a test, in its `run`
/// blocks.
pub fn s3_blocks(document: &Document) -> impl Iterator<Item = Block<'_>> {
    // The `run` blocks of Terraform's tests may have a backend for the state that they leave.
    let outer = ["terraform", "run"].into_iter();
    let outer = outer.flat_map(|kind| document.blocks(kind));
    let backends = outer.flat_map(|block| block.blocks("backend"));
    backends.filter(|backend| backend.label(0) == Some("s3"))
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

/// What other files' decisions need of a block or a settings file of an S3 backend.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BackendPart {
    /// The line that its first setting stands on; 1 where there is none.
    pub line: usize,
    /// Whether it names the bucket.
    pub has_bucket: bool,
    /// The bucket's name, where it is a literal.
    pub bucket: Option<String>,
    /// The profile, where it is a literal.
    pub profile: Option<String>,
    /// All settings that are literals.
    pub literals: BTreeMap<String, String>,
    /// Whether it locks the state in the bucket alone, and in no table.
    pub locks_in_bucket: bool,
    /// Whether a comment keeps its keys from the transform that removes static keys.
    pub has_kept_keys: bool,
    /// The settings that decide its identity, the decisive one first.
    pub claims: Vec<(ClaimKind, String)>,
    /// The role that it assumes, as written or the literal where it is one, and its line.
    pub role: Option<(String, usize)>,
    /// What whoever assumes the role has to be allowed.
    pub rights: SessionRights,
    /// How long the role's session lasts, as written, where that is more than an hour or not known.
    pub long_session: Option<String>,
}

impl BackendPart {
    /// Reads a block's or a file's content; `key_remover` is the id of the transform that removes
    /// static keys.
    pub fn of(body: &Body<'_>, key_remover: &str) -> Self {
        Self::of_settings(&body.attributes().collect::<Vec<_>>(), key_remover)
    }

    /// The same of settings that stand in an object, as in Terragrunt's `remote_state`.
    pub fn of_settings(settings: &[Attribute<'_>], key_remover: &str) -> Self {
        let named = |name: &str| settings.iter().find(|found| found.name == name);
        let literal = |name: &str| named(name)?.value.literal().map(str::to_owned);
        let literals = settings.iter().filter_map(|found| {
            let value = found.value.literal()?;
            Some((found.name.to_owned(), value.to_owned()))
        });
        let mut claims: Vec<_> = claims(settings.iter().cloned())
            .map(|claim| (claim.kind, claim.setting.name.to_owned()))
            .collect();
        claims.sort_by_key(|(kind, _)| *kind);
        let line = settings.first().map_or(1, |first| {
            let document = first.value.document();
            document.location(first.key.start).line
        });
        Self {
            line,
            has_bucket: named("bucket").is_some(),
            bucket: literal("bucket"),
            profile: literal("profile"),
            literals: literals.collect(),
            // From Terraform 1.10 on; beside a table both locks are taken, so the table still decides.
            locks_in_bucket: named("use_lockfile").is_some_and(|it| it.value.text() == "true")
                && named("dynamodb_table").is_none(),
            has_kept_keys: settings
                .iter()
                .any(|it| is_key(it) && Ignore::keeps_setting(it, key_remover)),
            claims,
            role: role(settings),
            rights: rights(settings),
            long_session: long_session(settings),
        }
    }

    /// Whether it has a setting of this kind.
    pub fn has(&self, wanted: ClaimKind) -> bool {
        self.claims.iter().any(|(kind, _)| *kind == wanted)
    }
}

/// How long the role's session lasts by settings of an S3 backend, in either form, where that is more than an
/// hour or not known.
fn long_session(settings: &[Attribute<'_>]) -> Option<String> {
    let named = |name: &str| settings.iter().find(|found| found.name == name);
    let nested = named("assume_role").and_then(|role| role.value.entry("duration"));
    let lasts = nested.or_else(|| named("assume_role_duration_seconds").cloned())?;
    long_duration(&lasts.value)
}

/// The role that settings of an S3 backend or of a remote state assume, in either form, and its line.
pub fn role(settings: &[Attribute<'_>]) -> Option<(String, usize)> {
    let named = |name: &str| settings.iter().find(|found| found.name == name);
    let nested = named("assume_role").and_then(|role| role.value.entry("role_arn"));
    let role = nested.or_else(|| named("role_arn").cloned())?;
    Some((role.value.written(), role.value.location().line))
}

/// What whoever assumes the role of an S3 backend or of a remote state has to be allowed, by settings in either
/// form.
pub fn rights(settings: &[Attribute<'_>]) -> SessionRights {
    let nested = settings.iter().find(|found| found.name == "assume_role");
    let nested = nested.map(|role| role.value.entries()).unwrap_or_default();
    let all = settings.iter().chain(&nested);
    SessionRights::of(all.filter(|it| !is_empty(&it.value)))
}

/// A setting that decides a backend's identity, and what it means.
#[derive(Debug, Clone)]
pub struct Claim<'d> {
    /// The setting.
    pub setting: Attribute<'d>,
    /// What it means.
    pub kind: ClaimKind,
}

/// What a claim means, the decisive one first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
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
// Deprecated for the nested form since Terraform 1.6 and an error from 1.10 on (measured); the
// nested form names some of them otherwise.
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

/// The claim among settings that decides: [`ClaimKind`]'s order.
pub fn claim<'d>(settings: &[Attribute<'d>]) -> Option<Claim<'d>> {
    claims(settings.iter().cloned()).min_by_key(|claim| claim.kind)
}

/// The claim that would decide without the static keys.
pub fn claim_beside_keys<'d>(settings: &[Attribute<'d>]) -> Option<Claim<'d>> {
    let others = claims(settings.iter().cloned()).filter(|claim| claim.kind != ClaimKind::Keys);
    others.min_by_key(|claim| claim.kind)
}

/// What a setting of that name means, whatever its value; `None` where only the value tells.
pub fn claim_kind(name: &str) -> Option<ClaimKind> {
    Some(match name {
        "assume_role" | "assume_role_with_web_identity" => ClaimKind::Role,
        "profile" => ClaimKind::Profile,
        CONFIG_FILES => ClaimKind::CredentialsFile,
        _ if CREDENTIALS_FILES.contains(&name) => ClaimKind::CredentialsFile,
        _ if FLAT_ROLE.iter().any(|(flat, _)| *flat == name) => ClaimKind::FlatRole,
        _ => return None,
    })
}

/// The claims among settings.
pub fn claims<'d>(
    settings: impl IntoIterator<Item = Attribute<'d>>,
) -> impl Iterator<Item = Claim<'d>> {
    settings.into_iter().filter_map(|setting| {
        let kind = match setting.name {
            // MinIO, LocalStack and other imitations of S3 take keys of their own, which are no keys of AWS.
            "endpoint" | "endpoints" if !setting.value.text().contains("amazonaws.com") => {
                ClaimKind::Endpoint
            }
            // The profile would be sought there alone.
            name if name == CONFIG_FILES && is_usual_config(&setting) => return None,
            _ if is_key(&setting) => ClaimKind::Keys,
            _ if is_credentials_file(&setting) => ClaimKind::CredentialsFile,
            name if CREDENTIALS_FILES.contains(&name) => return None,
            name => claim_kind(name)?,
        };
        Some(Claim { setting, kind })
    })
}
