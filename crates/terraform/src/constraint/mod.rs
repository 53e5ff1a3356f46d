//! Version constraints, in the two dialects Terraform reads.
//!
//! Terraform passes `required_providers` to one library and a module's `version` to another. They
//! agree on most texts, not on all: `~> 5` stays below 6 in the one and is open above in the other.

mod range;
mod term;
mod version;

use std::fmt;

pub use range::Bounds;
pub use term::{Operator, Term};
pub use version::Version;

/// Which of Terraform's two readings of a constraint applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// `required_providers` and the `version` of a provider block: no `v`, three numbers at most,
    /// one space at most after the operator, `~> 5` is below 6.
    Provider,
    /// The `version` of a module call and `required_version`: `v5.0` is fine, so are more than
    /// three numbers, and `~> 5` means `>= 5`.
    Module,
}

/// Why a text is no version or no version constraint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConstraintError {
    /// What is wrong, in words for the author of the text.
    pub message: String,
    /// The byte of the text at which it is wrong.
    pub offset: usize,
}

impl ConstraintError {
    fn new(message: impl Into<String>, offset: usize) -> Self {
        let message = message.into();
        Self { message, offset }
    }
}

impl fmt::Display for ConstraintError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ConstraintError {}

/// A whole version constraint, such as `>= 4.67, < 6.0`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Constraint {
    /// The parts between the commas, as written. A version has to satisfy all of them.
    pub terms: Vec<Term>,
    dialect: Dialect,
}

impl Constraint {
    /// Reads the text between the quotes. Refuses what Terraform refuses in this dialect, and some
    /// oddities it reads in odd ways: `5.0-`, `5.0.0.0-rc1`, `+build` on a provider.
    pub fn parse(text: &str, dialect: Dialect) -> Result<Self, ConstraintError> {
        if text.trim_ascii().is_empty() {
            return Err(ConstraintError::new("the version constraint is empty", 0));
        }
        let mut terms = Vec::new();
        let mut offset = 0;
        for part in text.split(',') {
            terms.push(Term::parse(part, offset, dialect)?);
            offset += part.len() + 1;
        }
        Ok(Self { terms, dialect })
    }

    /// Whether Terraform would install this version. A prerelease has to be asked for by name, and
    /// for a module by nothing but its name.
    pub fn admits(&self, version: &Version) -> bool {
        let mut terms = self.terms.iter();
        if version.prerelease.is_none() {
            return terms.all(|term| term.admits_release(version, self.dialect));
        }
        // go-versions admits a prerelease that a constraint names beside others; go-version and the
        // module installer admit it only where nothing else is asked for.
        match self.dialect {
            Dialect::Provider => {
                self.terms.iter().any(|term| term.names(version))
                    && terms.all(|term| term.admits_prerelease(version))
            }
            Dialect::Module => {
                matches!(self.terms.as_slice(), [term] if term.names(version) && term.is_exact())
            }
        }
    }

    /// The version Terraform would select among those on offer.
    pub fn newest<'a>(
        &self,
        versions: impl IntoIterator<Item = &'a Version>,
    ) -> Option<&'a Version> {
        versions
            .into_iter()
            .filter(|version| self.admits(version))
            .max()
    }

    /// What both constraints of one dialect ask for. Its terms stand in two texts.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.terms.extend(other.terms);
        self
    }

    /// The narrowest range that holds every release the constraint admits, published or not;
    /// `None` where no release can satisfy it. What `!=` takes out of the middle is still inside.
    pub fn bounds(&self) -> Option<Bounds> {
        let mut bounds = Bounds::ALL;
        let mut excluded = Vec::new();
        for term in &self.terms {
            if term.operator == Operator::NotEqual {
                excluded.extend(term.release());
            } else {
                bounds = bounds.intersection(&term.releases(self.dialect)?)?;
            }
        }
        bounds.without(excluded)
    }
}
