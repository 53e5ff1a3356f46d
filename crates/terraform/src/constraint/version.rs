//! Versions: how they are written, and which one is newer.

use std::cmp::Ordering;
use std::fmt;

use super::{ConstraintError, Dialect};

/// A version of a provider, a module or Terraform itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Version {
    /// The first number.
    pub major: u64,
    /// The second number.
    pub minor: u64,
    /// The third number.
    pub patch: u64,
    /// What follows the numbers, without its `-`: `beta1` in `6.0.0-beta1`.
    pub prerelease: Option<String>,
}

impl Version {
    pub(super) const ZERO: Self = Self::new(0, 0, 0);

    /// The release with these three numbers.
    pub const fn new(major: u64, minor: u64, patch: u64) -> Self {
        Self {
            major,
            minor,
            patch,
            prerelease: None,
        }
    }

    /// Reads one to three numbers and a prerelease. Numbers left out are 0.
    pub fn parse(text: &str) -> Result<Self, ConstraintError> {
        WrittenVersion::parse(text, 0, Dialect::Provider).map(|written| written.version)
    }

    /// The same three numbers without the prerelease.
    pub(super) const fn base(&self) -> Self {
        Self::new(self.major, self.minor, self.patch)
    }

    pub(super) const fn next_patch(&self) -> Self {
        Self::new(self.major, self.minor, self.patch.saturating_add(1))
    }

    pub(super) const fn next_minor(&self) -> Self {
        Self::new(self.major, self.minor.saturating_add(1), 0)
    }

    pub(super) const fn next_major(&self) -> Self {
        Self::new(self.major.saturating_add(1), 0, 0)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)?;
        match &self.prerelease {
            Some(prerelease) => write!(f, "-{prerelease}"),
            None => Ok(()),
        }
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The precedence of Semantic Versioning: a prerelease comes before its release.
impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        let numbers = (self.major, self.minor, self.patch);
        numbers
            .cmp(&(other.major, other.minor, other.patch))
            .then_with(|| match (&self.prerelease, &other.prerelease) {
                (None, None) => Ordering::Equal,
                (None, Some(_)) => Ordering::Greater,
                (Some(_), None) => Ordering::Less,
                (Some(one), Some(two)) => identifiers(one).cmp(identifiers(two)),
            })
    }
}

/// A part of a prerelease. The order of the fields and variants is the precedence.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Identifier<'a> {
    Number {
        length: usize,
        digits: &'a str,
        written: &'a str,
    },
    Text(&'a str),
}

fn identifiers(prerelease: &str) -> impl Iterator<Item = Identifier<'_>> {
    prerelease.split('.').map(|written| {
        // Semantic Versioning 2.0.0, chapter 11: numbers compare as numbers and come before words.
        // Digits are compared by length first: they may be longer than any integer type.
        if written.bytes().all(|byte| byte.is_ascii_digit()) {
            let digits = written.trim_start_matches('0');
            Identifier::Number {
                length: digits.len(),
                digits,
                written,
            }
        } else {
            Identifier::Text(written)
        }
    })
}

/// A version and how it is spelled.
pub(super) struct WrittenVersion {
    pub version: Version,
    /// How many numbers there are.
    pub segments: usize,
    /// Whether a number after the third is not 0.
    pub between: bool,
}

impl WrittenVersion {
    /// Reads a version, which starts at `offset` of a longer text.
    pub fn parse(text: &str, offset: usize, dialect: Dialect) -> Result<Self, ConstraintError> {
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.');
        let (digits, suffix) = text.split_at(end.unwrap_or(text.len()));
        let suffix_offset = offset + digits.len();

        let mut numbers = Vec::new();
        let mut at = offset;
        for digits in digits.split('.') {
            let number = match digits.parse() {
                Ok(number) if number <= LARGEST => number,
                _ if digits.is_empty() => return Err(missing_number(suffix, at)),
                _ => return Err(ConstraintError::new("this number is too large", at)),
            };
            if dialect == Dialect::Provider && numbers.len() == 3 {
                let message = "a provider version has at most three numbers";
                return Err(ConstraintError::new(message, at));
            }
            numbers.push(number);
            at += digits.len() + 1;
        }

        let segments = numbers.len();
        let mut numbers = numbers.into_iter();
        let mut next = || numbers.next().unwrap_or(0);
        let mut version = Version::new(next(), next(), next());
        version.prerelease = read_suffix(suffix, suffix_offset, dialect)?;
        // Terraform reads this, but compares as if the prerelease were not there.
        if segments > 3 && version.prerelease.is_some() {
            return Err(unexpected(suffix, suffix_offset));
        }
        Ok(Self {
            version,
            segments,
            between: numbers.any(|number| number > 0),
        })
    }
}

/// Terraform keeps the numbers of a version in 63 bits.
const LARGEST: u64 = u64::MAX >> 1;

/// The prerelease in what follows the numbers of a version.
fn read_suffix(
    suffix: &str,
    offset: usize,
    dialect: Dialect,
) -> Result<Option<String>, ConstraintError> {
    let (prerelease, metadata) = match suffix.split_once('+') {
        // Terraform reads it, but then `=` fits no provider that is published without it.
        Some(_) if dialect == Dialect::Provider => return Err(unexpected(suffix, offset)),
        Some((prerelease, metadata)) => (prerelease, Some(metadata)),
        None => (suffix, None),
    };
    let prerelease = match prerelease.strip_prefix('-') {
        None if prerelease.is_empty() => None,
        // The module dialect reads `6.0.0beta1` as `6.0.0-beta1`.
        None if dialect == Dialect::Module => Some(prerelease),
        None => return Err(unexpected(suffix, offset)),
        named => named,
    };
    for written in prerelease.into_iter().chain(metadata) {
        if !written.split('.').all(|part| is_identifier(part, dialect)) {
            return Err(unexpected(suffix, offset));
        }
    }
    Ok(prerelease.map(str::to_owned))
}

fn is_identifier(part: &str, dialect: Dialect) -> bool {
    let allowed =
        |c: char| c.is_ascii_alphanumeric() || c == '-' || (c == '~' && dialect == Dialect::Module);
    !part.is_empty() && part.chars().all(allowed)
}

/// What to say where `rest` stands in the place of a number.
fn missing_number(rest: &str, offset: usize) -> ConstraintError {
    let message = match rest.chars().next() {
        Some('x' | 'X' | '*') => "a version has no wildcards: leave the number out",
        Some('!' | '=' | '<' | '>' | '~' | '^') => {
            "this is not an operator, which are `=`, `!=`, `>`, `>=`, `<`, `<=` and `~>`"
        }
        _ => "a number is missing here",
    };
    ConstraintError::new(message, offset)
}

/// What to say where `rest` follows the numbers of a version.
fn unexpected(rest: &str, offset: usize) -> ConstraintError {
    let message = if rest.starts_with(char::is_whitespace) {
        "only a comma may follow a version"
    } else {
        "this is not part of a version"
    };
    ConstraintError::new(message, offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_reads_back_as_written() {
        assert_eq!(Version::parse("5.31"), Ok(Version::new(5, 31, 0)));
        let beta = Version::parse("6.0.0-beta1").expect("a version");
        assert_eq!(beta.to_string(), "6.0.0-beta1");
        assert!(Version::parse("v6.0.0").is_err());
    }

    #[test]
    fn versions_are_ordered_as_semantic_versioning_orders_them() {
        let ascending: Vec<_> = "0.0.9 0.1.0 1.0.0-1 1.0.0-2 1.0.0-003 1.0.0-10 1.0.0-alpha \
            1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta 1.0.0-beta.2 1.0.0-beta.11 1.0.0-rc.1 1.0.0 \
            1.0.1 1.1.0 2.0.0"
            .split(' ')
            .map(|text| Version::parse(text).expect(text))
            .collect();
        for (i, one) in ascending.iter().enumerate() {
            for (j, two) in ascending.iter().enumerate() {
                assert_eq!(one.cmp(two), i.cmp(&j), "{one} {two}");
            }
        }
    }
}
