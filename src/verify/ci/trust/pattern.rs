//! Values of a request that are known in part, against the patterns of IAM.

use std::collections::BTreeSet;

use syntax::code::sentence;

use super::truth::Truth;

/// A value of a request: a text with gaps, in each of which anything may stand.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Claim(Vec<Symbol>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Symbol {
    Letter(char),
    Anything,
}

/// What a pattern consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Letter(char),
    /// `?`.
    One,
    /// `*`.
    Many,
}

/// How a value of a policy is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Comparison {
    /// Whether `*` and `?` stand for others.
    pub is_pattern: bool,
    /// Whether case does not count.
    pub ignores_case: bool,
}

impl Claim {
    /// A text that is known.
    pub fn text(text: &str) -> Self {
        Self(text.chars().map(Symbol::Letter).collect())
    }

    /// A text in which each `*` is a gap.
    pub fn with_gaps(text: &str) -> Self {
        let symbols = text.chars().map(|letter| match letter {
            '*' => Symbol::Anything,
            other => Symbol::Letter(other),
        });
        Self(symbols.collect())
    }

    /// The one behind the other.
    pub fn then(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// What stands behind a start that it has; else all of it.
    pub fn without(&self, start: &str) -> Self {
        let start: Vec<Symbol> = start.chars().map(Symbol::Letter).collect();
        let rest = self.0.strip_prefix(start.as_slice());
        Self(rest.unwrap_or(&self.0).to_vec())
    }

    /// Whether all of it is known.
    pub fn is_known(&self) -> bool {
        !self.0.contains(&Symbol::Anything)
    }

    /// The text, where all of it is known.
    pub fn known(&self) -> Option<String> {
        let letters = self.0.iter().map(|symbol| match symbol {
            Symbol::Letter(letter) => Some(*letter),
            Symbol::Anything => None,
        });
        letters.collect()
    }

    /// The text as people read it, with `*` for each gap.
    pub fn shown(&self) -> String {
        let letters = self.0.iter().map(|symbol| match symbol {
            Symbol::Letter(letter) => *letter,
            Symbol::Anything => '*',
        });
        letters.collect()
    }

    /// One of its texts, in whose gaps stands what no value names that is not longer than that: only a `*`
    /// takes it.
    pub fn example(&self, longest: usize) -> Self {
        let symbols = self.0.iter().flat_map(|symbol| match symbol {
            Symbol::Anything => vec![Symbol::Letter('\u{e000}'); longest + 1],
            Symbol::Letter(_) => vec![*symbol],
        });
        Self(symbols.collect())
    }

    /// Whether every text of it is as the value of a policy says, or none is.
    pub fn is_as(&self, value: &str, how: Comparison) -> Truth {
        // IAM puts something else there (IAM User Guide, "Policy variables").
        if value.contains("${") {
            return Truth::unknown(sentence!("the value `{value}` has a policy variable"));
        }
        if value.chars().count() > LONGEST {
            return Truth::unknown("a value is too long".to_owned());
        }
        let value = parts(value, how);
        let own = match how.ignores_case {
            true => self.lower(),
            false => self.clone(),
        };
        if own.always(&value) {
            Truth::True
        } else if own.may(&value) {
            Truth::unknown("only a part of the subjects is named".to_owned())
        } else {
            Truth::False
        }
    }

    fn lower(&self) -> Self {
        let symbols = self.0.iter().map(|symbol| match symbol {
            Symbol::Letter(letter) => Symbol::Letter(lower(*letter)),
            Symbol::Anything => Symbol::Anything,
        });
        Self(symbols.collect())
    }

    /// Whether each text matches: only `*` takes a gap.
    fn always(&self, value: &[Part]) -> bool {
        self.reaches(value, |places| {
            let many = places
                .iter()
                .filter(|at| value.get(**at) == Some(&Part::Many));
            many.copied().collect()
        })
    }

    /// Whether some text matches: what stands in a gap may lead to any place behind it.
    fn may(&self, value: &[Part]) -> bool {
        self.reaches(value, |places| {
            let first = places.first().copied();
            first.into_iter().flat_map(|at| at..=value.len()).collect()
        })
    }

    /// Whether the symbols lead to the end of a value; `behind` are the places that a gap leads to.
    fn reaches(
        &self,
        value: &[Part],
        behind: impl Fn(&BTreeSet<usize>) -> BTreeSet<usize>,
    ) -> bool {
        let mut places = BTreeSet::from([0]);
        close(&mut places, value);
        for symbol in &self.0 {
            let mut next = match symbol {
                Symbol::Anything => behind(&places),
                Symbol::Letter(letter) => {
                    let taken = places.iter().filter_map(|at| match value.get(*at)? {
                        Part::Letter(other) => (other == letter).then_some(at + 1),
                        Part::One => Some(at + 1),
                        Part::Many => Some(*at),
                    });
                    taken.collect()
                }
            };
            close(&mut next, value);
            places = next;
        }
        places.contains(&value.len())
    }
}

/// AWS takes trust policies of 2048 letters, of 8192 where asked (IAM User Guide, "IAM and AWS STS quotas").
pub const LONGEST: usize = 8192;

/// `*` may also take nothing.
fn close(places: &mut BTreeSet<usize>, value: &[Part]) {
    for place in places.clone() {
        let mut at = place;
        while value.get(at) == Some(&Part::Many) {
            at += 1;
            places.insert(at);
        }
    }
}

fn parts(value: &str, how: Comparison) -> Vec<Part> {
    let letters = value.chars().map(|letter| match letter {
        '*' if how.is_pattern => Part::Many,
        '?' if how.is_pattern => Part::One,
        other if how.ignores_case => Part::Letter(lower(other)),
        other => Part::Letter(other),
    });
    letters.collect()
}

fn lower(letter: char) -> char {
    letter.to_lowercase().next().unwrap_or(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_with_gaps_are_matched_always_sometimes_or_never() {
        let like = Comparison {
            is_pattern: true,
            ignores_case: false,
        };
        let unknown = Truth::unknown("only a part of the subjects is named".to_owned());
        for (claim, value, expected) in [
            ("a", "a", Truth::True),
            ("a", "b", Truth::False),
            ("", "", Truth::True),
            ("", "*", Truth::True),
            ("", "?", Truth::False),
            ("abc", "a*c", Truth::True),
            ("ac", "a*c", Truth::True),
            ("abc", "a?c", Truth::True),
            ("ac", "a?c", Truth::False),
            ("a*", "a*", Truth::True),
            ("a*", "*", Truth::True),
            ("a*c", "a*", Truth::True),
            ("a*", "a*c", unknown.clone()),
            ("a*", "ab", unknown.clone()),
            ("a*", "b*", Truth::False),
            ("a*", "", Truth::False),
            ("*", "", unknown.clone()),
            ("*", "a?", unknown.clone()),
            ("a*b", "a*c", Truth::False),
            ("a*b*c", "a*c", Truth::True),
            ("A", "a", Truth::False),
        ] {
            assert_eq!(
                Claim::with_gaps(claim).is_as(value, like),
                expected,
                "{claim} {value}"
            );
        }
        let equal = Comparison {
            is_pattern: false,
            ignores_case: true,
        };
        for (claim, value, expected) in [
            (Claim::text("A"), "a", Truth::True),
            (Claim::text("a*"), "A*", Truth::True),
            (Claim::text("ab"), "a*", Truth::False),
            (Claim::with_gaps("a*"), "a*", unknown.clone()),
            (Claim::with_gaps("b*"), "a", Truth::False),
        ] {
            assert_eq!(claim.is_as(value, equal), expected, "{claim:?} {value}");
        }
    }

    #[test]
    fn a_long_pattern_takes_no_time() {
        let claim = Claim::text(&"a".repeat(300));
        let like = Comparison {
            is_pattern: true,
            ignores_case: false,
        };
        let value = "a*".repeat(500) + "b";
        assert_eq!(claim.is_as(&value, like), Truth::False);
    }
}
