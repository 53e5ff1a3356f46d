//! The scopes of a token and their levels.

use std::collections::BTreeMap;
use std::fmt;

/// Levels by scope, in the order in which people write them.
pub type Scopes = BTreeMap<Scope, Level>;

/// Raises every scope to at least that level.
pub(super) fn raise(scopes: &mut Scopes, to: impl IntoIterator<Item = (Scope, Level)>) {
    for (scope, level) in to {
        let known = scopes.entry(scope).or_default();
        *known = level.max(*known);
    }
}

/// The access to a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Level {
    /// No access.
    #[default]
    None,
    /// Read access.
    Read,
    /// Read and write access.
    Write,
}

impl Level {
    /// The level of that name; `None` for an unknown one.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::None, Self::Read, Self::Write]
            .into_iter()
            .find(|level| level.to_string() == text)
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::Read => "read",
            Self::Write => "write",
        })
    }
}

macro_rules! scopes {
    ($($name:ident $text:literal,)+) => {
        /// A scope of a token. The order is the one that people write: `id-token`, `contents`, the
        /// rest alphabetically.
        ///
        /// Source: "Workflow syntax for GitHub Actions", `permissions`, and the scopes of GitHub's
        /// own parser (actions/runner, `Permissions.cs`).
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Scope {
            $(#[doc = concat!("`", $text, "`.")] $name,)+
            /// An unknown one, as written.
            Other(String),
        }

        impl Scope {
            /// All known scopes.
            pub const KNOWN: &[Self] = &[$(Self::$name),+];

            /// Its name.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$name => $text,)+
                    Self::Other(text) => text,
                }
            }
        }
    };
}

scopes! {
    IdToken "id-token",
    Contents "contents",
    Actions "actions",
    ArtifactMetadata "artifact-metadata",
    Attestations "attestations",
    Checks "checks",
    CodeQuality "code-quality",
    Deployments "deployments",
    Discussions "discussions",
    Issues "issues",
    Models "models",
    Packages "packages",
    Pages "pages",
    PullRequests "pull-requests",
    RepositoryProjects "repository-projects",
    SecurityEvents "security-events",
    Statuses "statuses",
    VulnerabilityAlerts "vulnerability-alerts",
}

impl Scope {
    /// The highest level that GitHub accepts for it.
    pub(super) fn most(&self) -> Level {
        match self {
            Self::Models | Self::VulnerabilityAlerts => Level::Read,
            _ => Level::Write,
        }
    }

    /// Whether workflow checkers in use may reject it: newer than they are, or no longer documented
    /// (`repository-projects`).
    pub(super) fn is_doubtful(&self) -> bool {
        matches!(
            self,
            Self::ArtifactMetadata
                | Self::CodeQuality
                | Self::Models
                | Self::RepositoryProjects
                | Self::VulnerabilityAlerts
                | Self::Other(_)
        )
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<&str> for Scope {
    fn from(text: &str) -> Self {
        let known = Self::KNOWN.iter().find(|scope| scope.as_str() == text);
        known
            .cloned()
            .unwrap_or_else(|| Self::Other(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written_and_none_is_lost() {
        for scope in Scope::KNOWN {
            assert_eq!(&Scope::from(scope.as_str()), scope);
        }
        let other = Scope::from("workflows");
        assert_eq!(other, Scope::Other("workflows".into()));
        assert_eq!(other.to_string(), "workflows");
        assert_eq!(Level::parse("write"), Some(Level::Write));
        assert_eq!(Level::parse("admin"), None);
        assert!(Level::None < Level::Read && Level::Read < Level::Write);
    }

    #[test]
    fn id_token_and_contents_come_first_and_the_rest_by_the_alphabet() {
        let names: Vec<_> = Scope::KNOWN.iter().map(Scope::as_str).collect();
        assert_eq!(names[..2], ["id-token", "contents"]);
        assert!(names[2..].is_sorted());
        assert!(Scope::KNOWN.is_sorted());
    }
}
