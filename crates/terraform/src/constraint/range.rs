//! Ranges of releases. Versions are whole numbers, so every one can be said with an inclusive
//! lower and an exclusive upper end: `> 1.2.3` starts at 1.2.4.

use std::fmt;

use super::Version;

/// A range of releases that is never empty. Prereleases have no place in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounds {
    /// The first release inside; 0.0.0 where the range is open below.
    pub lower: Version,
    /// The first release above it; `None` where the range is open above.
    pub upper: Option<Version>,
}

impl Bounds {
    /// Every release.
    pub const ALL: Self = Self {
        lower: Version::ZERO,
        upper: None,
    };

    /// The releases of one major.
    pub const fn of_major(major: u64) -> Self {
        Self {
            lower: Version::new(major, 0, 0),
            upper: Some(Version::new(major + 1, 0, 0)),
        }
    }

    /// The releases from `lower` up to, not including, `upper`; `None` where there are none.
    pub fn new(lower: Version, upper: Option<Version>) -> Option<Self> {
        let bounds = Self { lower, upper };
        (!bounds.is_below(&bounds.lower)).then_some(bounds)
    }

    /// Whether the release is inside.
    pub fn contains(&self, version: &Version) -> bool {
        self.lower <= *version && !self.is_below(version)
    }

    /// The releases inside both; `None` where there are none.
    pub fn intersection(&self, other: &Self) -> Option<Self> {
        let lower = self.lower.clone().max(other.lower.clone());
        let upper = match (&self.upper, &other.upper) {
            (Some(one), Some(two)) => Some(one.min(two).clone()),
            (one, two) => one.as_ref().or(two.as_ref()).cloned(),
        };
        Self::new(lower, upper)
    }

    /// Whether some release is inside both.
    pub fn intersects(&self, other: &Self) -> bool {
        self.intersection(other).is_some()
    }

    /// Whether every release inside is inside `outer` too.
    pub fn is_within(&self, outer: &Self) -> bool {
        let ends_within = match &outer.upper {
            Some(upper) => self.is_below(upper),
            None => true,
        };
        self.starts_at_or_above(&outer.lower) && ends_within
    }

    /// Whether every release inside is older than `version`.
    pub fn is_below(&self, version: &Version) -> bool {
        self.upper.as_ref().is_some_and(|upper| upper <= version)
    }

    /// Whether every release inside is `version` or newer.
    pub fn starts_at_or_above(&self, version: &Version) -> bool {
        self.lower >= *version
    }

    /// Takes single releases off both ends; those in the middle stay.
    pub(super) fn without(mut self, mut releases: Vec<Version>) -> Option<Self> {
        releases.sort();
        // In order, so that 5.0.0 and then 5.0.1 are both taken off the lower end.
        for release in &releases {
            if self.lower == *release {
                self.lower = release.next_patch();
            }
        }
        for release in releases.into_iter().rev() {
            if self.upper == Some(release.next_patch()) {
                self.upper = Some(release);
            }
        }
        Self::new(self.lower, self.upper)
    }
}

/// As a constraint: `>= 5.0.0, < 6.0.0`.
impl fmt::Display for Bounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, ">= {}", self.lower)?;
        match &self.upper {
            Some(upper) => write!(f, ", < {upper}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        Version::parse(text).expect(text)
    }

    fn range(lower: &str, upper: &str) -> Bounds {
        Bounds::new(version(lower), Some(version(upper))).expect("a release inside")
    }

    fn from(lower: &str) -> Bounds {
        Bounds::new(version(lower), None).expect("a release inside")
    }

    #[test]
    fn a_range_is_never_empty() {
        assert_eq!(Bounds::new(version("3"), Some(version("3"))), None);
        assert_eq!(Bounds::new(version("3"), Some(version("2.9"))), None);
    }

    #[test]
    fn a_range_holds_its_lower_but_not_its_upper_end() {
        let three = range("3", "4");
        assert!(three.contains(&version("3")));
        assert!(three.contains(&version("3.99.99")));
        assert!(!three.contains(&version("4")));
        assert!(!three.contains(&version("2.99.99")));
    }

    #[test]
    fn ranges_compare_with_ranges() {
        let three = range("3", "4");
        assert!(range("3.18.1", "3.18.2").is_within(&three));
        assert!(three.is_within(&three));
        assert!(three.is_within(&from("3")));
        assert!(!from("3").is_within(&three));
        assert!(!range("2.9", "4").is_within(&three));
        assert!(!range("3", "4.0.1").is_within(&three));

        assert!(three.intersects(&from("3.19")));
        assert!(!three.intersects(&from("4")));
        assert_eq!(
            three.intersection(&range("2", "3.5")),
            Some(range("3", "3.5"))
        );
        assert_eq!(three.intersection(&from("3.5")), Some(range("3.5", "4")));
        assert_eq!(from("3").intersection(&from("4")), Some(from("4")));
    }

    #[test]
    fn ranges_compare_with_versions() {
        let three = range("3", "4");
        assert!(three.is_below(&version("4")));
        assert!(!three.is_below(&version("3.99")));
        assert!(!from("3").is_below(&version("99")));
        assert!(three.starts_at_or_above(&version("3")));
        assert!(!three.starts_at_or_above(&version("3.0.1")));
    }
}
