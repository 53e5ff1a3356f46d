//! One part of a constraint: an operator and a version.

use std::ops::Range;

use syntax::code::sentence;

use super::version::WrittenVersion;
use super::{Bounds, ConstraintError, Dialect, Version};

/// How a term compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operator {
    /// `=`, or nothing at all.
    Equal,
    /// `!=`
    NotEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `~>`: only the last number written may grow.
    Pessimistic,
}

impl Operator {
    const ALL: [Self; 7] = [
        Self::LessEqual,
        Self::GreaterEqual,
        Self::NotEqual,
        Self::Pessimistic,
        Self::Less,
        Self::Greater,
        Self::Equal,
    ];

    /// How Terraform spells it.
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Greater => ">",
            Self::GreaterEqual => ">=",
            Self::Less => "<",
            Self::LessEqual => "<=",
            Self::Pessimistic => "~>",
        }
    }

    /// The operator a text starts with, and the rest. `ALL` has the longer spellings first.
    fn split(text: &str) -> Option<(Self, &str)> {
        Self::ALL.into_iter().find_map(|operator| {
            let rest = text.strip_prefix(operator.symbol())?;
            Some((operator, rest))
        })
    }
}

/// One part of a constraint, such as `~> 5.0`, and where it stands in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// How it compares.
    pub operator: Operator,
    /// With what. Numbers that are not written are 0.
    pub version: Version,
    /// How many numbers are written: 2 in `~> 5.0`. More than three only in a module constraint.
    pub segments: usize,
    /// Whether a `v` stands before the version.
    pub prefixed: bool,
    /// Whether no operator is written, which means `=`.
    pub bare: bool,
    /// Bytes of the term in the text, without the spaces around it.
    pub range: Range<usize>,
    /// Bytes of the version in the text, without a `v`.
    pub version_range: Range<usize>,
    /// Whether a number after the third is not 0, which puts the term between two releases.
    between: bool,
}

impl Term {
    /// Reads one part of a constraint, which starts at `offset` of the whole text.
    pub(super) fn parse(
        part: &str,
        offset: usize,
        dialect: Dialect,
    ) -> Result<Self, ConstraintError> {
        let text = part.trim_ascii_start();
        let start = offset + part.len() - text.len();
        let text = text.trim_ascii_end();
        let end = start + text.len();
        if text.is_empty() {
            let message = "a comma has to stand between two version constraints";
            return Err(ConstraintError::new(message, start));
        }

        let written = Operator::split(text);
        let (operator, rest) = written.unwrap_or((Operator::Equal, text));
        let version = rest.trim_ascii_start();
        let spaces = rest.len() - version.len();
        // go-versions, which reads provider constraints, refuses more than one; go-version takes any.
        if dialect == Dialect::Provider && spaces > 0 && rest.strip_prefix(' ') != Some(version) {
            let message = sentence!("at most one space may follow `{}`", operator.symbol());
            return Err(ConstraintError::new(message, end - rest.len()));
        }

        let unprefixed = version.strip_prefix('v');
        if dialect == Dialect::Provider && unprefixed.is_some() {
            let message = "a provider version is written without `v`";
            return Err(ConstraintError::new(message, end - version.len()));
        }
        let version = unprefixed.unwrap_or(version);
        let version_range = end - version.len()..end;
        let number = WrittenVersion::parse(version, version_range.start, dialect)?;

        Ok(Self {
            operator,
            version: number.version,
            segments: number.segments,
            prefixed: unprefixed.is_some(),
            bare: written.is_none(),
            range: start..end,
            version_range,
            between: number.between,
        })
    }

    /// The release the term's version is, if it is one.
    pub(super) fn release(&self) -> Option<Version> {
        let is_release = !self.between && self.version.prerelease.is_none();
        is_release.then(|| self.version.clone())
    }

    /// The releases the term admits. For `!=`, which leaves a gap, all of them.
    pub(super) fn releases(&self, dialect: Dialect) -> Option<Bounds> {
        let base = self.version.base();
        let next = base.next_patch();
        // The first release that is not below the term's version, and the first one above it.
        let (reached, passed) = if self.between {
            (next.clone(), next)
        } else if self.version.prerelease.is_some() {
            (base.clone(), base)
        } else {
            (base, next)
        };
        match self.operator {
            Operator::Equal => Bounds::new(reached, Some(passed)),
            Operator::NotEqual => Some(Bounds::ALL),
            Operator::Greater => Bounds::new(passed, None),
            Operator::GreaterEqual => Bounds::new(reached, None),
            Operator::Less => Bounds::new(Version::ZERO, Some(reached)),
            Operator::LessEqual => Bounds::new(Version::ZERO, Some(passed)),
            // go-version's `~>` admits no release with fewer numbers than it has, and none at all where
            // it names a prerelease.
            Operator::Pessimistic
                if dialect == Dialect::Module
                    && (self.version.prerelease.is_some() || self.segments > 3) =>
            {
                None
            }
            Operator::Pessimistic => Bounds::new(reached, self.ceiling(dialect)),
        }
    }

    /// The first release that `~>` excludes; `None` where it is open above.
    fn ceiling(&self, dialect: Dialect) -> Option<Version> {
        match (dialect, self.segments) {
            // In go-version `~> 5` only sets a lower end, in go-versions it stays below 6.
            (Dialect::Module, 1) => None,
            (_, 1 | 2) => Some(self.version.next_major()),
            _ => Some(self.version.next_minor()),
        }
    }

    /// Whether the term lets a release through.
    pub(super) fn admits_release(&self, version: &Version, dialect: Dialect) -> bool {
        match self.operator {
            Operator::NotEqual => self.release().as_ref() != Some(version),
            _ => self
                .releases(dialect)
                .is_some_and(|releases| releases.contains(version)),
        }
    }

    /// Whether the term asks for exactly this prerelease.
    pub(super) fn names(&self, version: &Version) -> bool {
        self.operator == Operator::Equal && self.version == *version
    }

    /// Whether the term is a version with neither a `v` nor, but for an adjoining `=`, an operator.
    /// Terraform looks for prereleases of modules with a third reader, which wants it so.
    pub(super) fn is_exact(&self) -> bool {
        !self.prefixed && self.version_range.start <= self.range.start + 1
    }

    /// Whether the term of a provider lets through a prerelease that some other term names.
    pub(super) fn admits_prerelease(&self, version: &Version) -> bool {
        let order = version.cmp(&self.version);
        match self.operator {
            Operator::Equal => order.is_eq(),
            Operator::NotEqual => order.is_ne(),
            Operator::Greater => order.is_gt(),
            Operator::GreaterEqual => order.is_ge(),
            Operator::Less => order.is_lt(),
            Operator::LessEqual => order.is_le(),
            Operator::Pessimistic => {
                let below = |ceiling| *version < ceiling;
                order.is_ge() && self.ceiling(Dialect::Provider).is_none_or(below)
            }
        }
    }
}
