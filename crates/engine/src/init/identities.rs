//! What provider configurations and backends tell of accounts and profiles.

use std::ops::Range;

use super::evidence::Evidence;
use super::labels::{LabelCandidate, LabelSource};
use super::mention::{ids, role_ids};
use super::words::label_in;
use syntax::hcl::{Attribute, Block, Body, Document};
use syntax::location::Location;
use terraform::backend::{ClaimKind, claims};

/// The settings of an S3 backend in one block or file.
#[derive(Debug)]
pub(super) struct BackendEvidence {
    pub at: Location,
    pub bucket: Option<String>,
    pub profile: Option<String>,
    /// Whether another setting decides its identity.
    pub has_other_claim: bool,
    /// The only account in its `allowed_account_ids`.
    pub account: Option<String>,
}

impl BackendEvidence {
    /// Whether it needs a profile.
    pub fn needs_profile(&self) -> bool {
        self.profile.is_none() && !self.has_other_claim
    }
}

impl Evidence {
    /// Adds a `provider` block.
    pub(super) fn provider(&mut self, provider: &Block<'_>) {
        self.has_provider = true;
        let document = provider.document();
        let alias = provider.attribute("alias");
        let alias = alias.and_then(|alias| label_in(alias.value.literal()?));
        let mut candidates: Vec<LabelCandidate> = alias
            .map(|it| (LabelSource::Alias, it))
            .into_iter()
            .collect();
        if let Some(profile) = provider.attribute("profile") {
            match profile.value.literal() {
                Some(name) => {
                    self.profile(name, profile.value.location());
                    let has_role = provider.body().blocks().next().is_some();
                    // Beside a role the profile assumes it, and may be another account's.
                    candidates.extend((!has_role).then(|| (LabelSource::Profile, name.to_owned())));
                }
                None => self.names.read_by_profiles(profile.value.text()),
            }
        }
        for block in provider.body().blocks() {
            let is_role = block.kind().starts_with("assume_role")
                || block.kind() == "dynamic" && block.label(0) == Some("assume_role");
            if is_role {
                self.roles(document, block.span(), &candidates);
            }
        }
        if let Some(allowed) = provider.attribute("allowed_account_ids") {
            let text = allowed.value.text();
            self.names.read_by_roles(text);
            // Of several accounts in one list none is meant by the alias.
            let only = allowed.value.elements().len() == 1;
            for range in ids(text) {
                let at = document.location(allowed.value.span().start + range.start);
                let candidates = if only { candidates.clone() } else { Vec::new() };
                self.acts_in(&text[range], at, candidates);
            }
        }
    }

    /// Adds the roles in a part of a document, which somebody assumes.
    pub(super) fn roles(
        &mut self,
        document: &Document,
        span: Range<usize>,
        candidates: &[LabelCandidate],
    ) {
        let text = &document.text()[span.clone()];
        self.names.read_by_roles(text);
        let all: Vec<_> = role_ids(text).collect();
        for range in &all {
            let at = document.location(span.start + range.start);
            let candidates = if all.len() == 1 {
                candidates.to_vec()
            } else {
                Vec::new()
            };
            self.acts_in(&text[range.clone()], at, candidates);
        }
    }

    /// Adds the body of an S3 backend, unless it is of another service.
    pub(super) fn backend(&mut self, at: Location, body: Body<'_>) {
        let mut claims = claims(body.attributes());
        if !claims.any(|claim| claim.kind == ClaimKind::Endpoint) {
            self.backend_settings(at, body.attributes().collect());
        }
    }

    /// Adds the settings of an S3 backend.
    pub(super) fn backend_settings(&mut self, at: Location, settings: Vec<Attribute<'_>>) {
        let mut found = BackendEvidence {
            at,
            bucket: None,
            profile: None,
            has_other_claim: false,
            account: None,
        };
        let is_claim = [
            ClaimKind::Endpoint,
            ClaimKind::FlatRole,
            ClaimKind::Role,
            ClaimKind::CredentialsFile,
        ];
        for claim in claims(settings.clone()) {
            found.has_other_claim |= is_claim.contains(&claim.kind);
        }
        for setting in settings {
            let literal = setting.value.literal();
            match setting.name {
                "bucket" => found.bucket = literal.map(str::to_owned),
                "profile" => match literal {
                    Some(name) if !name.contains("${") => {
                        self.profile(name, setting.value.location());
                        found.profile = Some(name.to_owned());
                    }
                    _ => {
                        self.names.read_by_profiles(setting.value.text());
                        found.has_other_claim = true;
                    }
                },
                "allowed_account_ids" => {
                    let text = setting.value.text();
                    let all: Vec<_> = ids(text).collect();
                    for range in &all {
                        let offset = setting.value.span().start + range.start;
                        let at = setting.value.document().location(offset);
                        self.acts_in(&text[range.clone()], at, Vec::new());
                    }
                    if let [only] = all.as_slice() {
                        found.account = Some(text[only.clone()].to_owned());
                    }
                }
                "role_arn" | "assume_role" | "assume_role_with_web_identity" => {
                    self.roles(setting.value.document(), setting.value.span(), &[]);
                }
                _ => {}
            }
        }
        self.backends.push(found);
    }
}
