//! The value of a `permissions` key.

use super::scope::{Level, Scope, Scopes};

/// The value of a `permissions` key. A scope that it does not list has no access ("Workflow syntax
/// for GitHub Actions", `permissions`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PermissionsBlock {
    /// A mapping; `{}` is empty.
    Scopes(Scopes),
    /// `read-all`.
    ReadAll,
    /// `write-all`.
    WriteAll,
}

impl PermissionsBlock {
    /// The value for a word; `None` for an unknown one.
    pub fn word(text: &str) -> Option<Self> {
        match text {
            "read-all" => Some(Self::ReadAll),
            "write-all" => Some(Self::WriteAll),
            _ => None,
        }
    }

    /// The value for a mapping of scopes to levels.
    ///
    /// # Errors
    /// The first unknown level.
    pub fn mapping<'t>(
        entries: impl IntoIterator<Item = (&'t str, &'t str)>,
    ) -> Result<Self, &'t str> {
        let entry = |(scope, level): (&'t str, &'t str)| {
            let level = Level::parse(level).ok_or(level)?;
            Ok((Scope::from(scope), level))
        };
        let scopes: Result<_, _> = entries.into_iter().map(entry).collect();
        scopes.map(Self::Scopes)
    }

    /// The level that it gives to a scope.
    pub fn level(&self, scope: &Scope) -> Level {
        let level = match self {
            Self::Scopes(scopes) => scopes.get(scope).copied().unwrap_or_default(),
            // `id-token` is `write` or `none` ("Workflow syntax for GitHub Actions"): `read-all`
            // leaves it out.
            Self::ReadAll if *scope == Scope::IdToken => Level::None,
            Self::ReadAll => Level::Read,
            Self::WriteAll => Level::Write,
        };
        level.min(scope.most())
    }

    /// Whether a job with it may request an OIDC token.
    pub fn fetches_id_token(&self) -> bool {
        self.level(&Scope::IdToken) == Level::Write
    }

    /// The scopes that it lists.
    pub(super) fn named(&self) -> impl Iterator<Item = &Scope> {
        let scopes = match self {
            Self::Scopes(scopes) => Some(scopes.keys()),
            Self::ReadAll | Self::WriteAll => None,
        };
        scopes.into_iter().flatten()
    }
}
