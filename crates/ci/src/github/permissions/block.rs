//! What a `permissions` key says.

use super::scope::{Level, Scope, Scopes};

/// The value of a `permissions` key. Whatever it does not name is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PermissionsBlock {
    /// A mapping; `{}` is the empty one.
    Scopes(Scopes),
    /// `read-all`.
    ReadAll,
    /// `write-all`.
    WriteAll,
}

impl PermissionsBlock {
    /// The value that is one word.
    pub fn word(text: &str) -> Option<Self> {
        match text {
            "read-all" => Some(Self::ReadAll),
            "write-all" => Some(Self::WriteAll),
            _ => None,
        }
    }

    /// The value that is a mapping, from its names and levels.
    ///
    /// # Errors
    /// The first level that is none.
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

    /// The level it gives to a scope.
    pub fn level(&self, scope: &Scope) -> Level {
        let level = match self {
            Self::Scopes(scopes) => scopes.get(scope).copied().unwrap_or_default(),
            Self::ReadAll if *scope == Scope::IdToken => Level::None,
            Self::ReadAll => Level::Read,
            Self::WriteAll => Level::Write,
        };
        level.min(scope.most())
    }

    /// Whether a job that has it may fetch an OIDC token.
    pub fn fetches_id_token(&self) -> bool {
        self.level(&Scope::IdToken) == Level::Write
    }

    /// The scopes that it names.
    pub(super) fn named(&self) -> impl Iterator<Item = &Scope> {
        let scopes = match self {
            Self::Scopes(scopes) => Some(scopes.keys()),
            Self::ReadAll | Self::WriteAll => None,
        };
        scopes.into_iter().flatten()
    }
}
