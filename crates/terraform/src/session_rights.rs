//! What a caller has to be allowed beside `sts:AssumeRole`, by what is set of a role's session.

use syntax::hcl::Attribute;

/// The rights that settings of a role's session ask for, of the caller's policy and of the role's trust policy.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct SessionRights {
    /// Whether the session has tags ("Passing session tags in AWS STS", IAM user guide, "Permissions required
    /// to add session tags").
    pub tags: bool,
    /// Whether it has a source identity ("Monitor and control actions taken with assumed roles", IAM user
    /// guide, "Permissions required to set source identity").
    pub source_identity: bool,
}

impl SessionRights {
    /// Those that settings ask for.
    pub fn of<'a, 'd: 'a>(settings: impl IntoIterator<Item = &'a Attribute<'d>>) -> Self {
        let mut rights = Self::default();
        for setting in settings {
            match setting.name {
                "tags"
                | "transitive_tag_keys"
                | "assume_role_tags"
                | "assume_role_transitive_tag_keys" => rights.tags = true,
                "source_identity" => rights.source_identity = true,
                _ => {}
            }
        }
        rights
    }

    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            tags: self.tags || other.tags,
            source_identity: self.source_identity || other.source_identity,
        }
    }

    /// What a policy has to allow whoever assumes the role.
    pub fn actions(self) -> Vec<&'static str> {
        let mut actions = vec!["sts:AssumeRole"];
        if self.source_identity {
            actions.push("sts:SetSourceIdentity");
        }
        if self.tags {
            actions.push("sts:TagSession");
        }
        actions
    }
}
