//! The rules with a `%` in a target.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::file::Rule;

/// The rules with patterns, by what stands before the `%` of one and behind it: a file may have
/// thousands of both targets and patterns.
#[derive(Debug, Default)]
pub(super) struct Patterns<'r> {
    /// The number of each rule, with the place of the pattern among its targets.
    by_ends: HashMap<(&'r str, &'r str), Vec<(usize, usize)>>,
    /// The lengths of what stands before a `%`.
    starts: BTreeSet<usize>,
    /// The lengths of what stands behind one.
    ends: BTreeSet<usize>,
}

impl<'r> Patterns<'r> {
    /// Those of the rules of a file.
    pub fn of(rules: &'r [Rule]) -> Self {
        let mut patterns = Self::default();
        for (number, rule) in rules.iter().enumerate() {
            for (place, target) in rule.targets.iter().enumerate() {
                let Some((start, end)) = target.split_once('%') else {
                    continue;
                };
                let rules = patterns.by_ends.entry((start, end)).or_default();
                rules.push((number, place));
                patterns.starts.insert(start.len());
                patterns.ends.insert(end.len());
            }
        }
        patterns
    }

    /// The numbers of the rules that a name matches, in their order, each with what the `%` of the first
    /// such target stands for.
    pub fn matching(&self, name: &str) -> BTreeMap<usize, String> {
        let mut found: BTreeMap<usize, (usize, &str)> = BTreeMap::new();
        for start in self.starts.range(..name.len()) {
            for end in self.ends.range(..name.len() - start) {
                let Some(((before, stem), behind)) = name
                    .split_at_checked(name.len() - end)
                    .and_then(|(rest, behind)| Some((rest.split_at_checked(*start)?, behind)))
                else {
                    continue;
                };
                let rules = self.by_ends.get(&(before, behind));
                for (number, place) in rules.into_iter().flatten() {
                    let first = found.entry(*number).or_insert((*place, stem));
                    *first = (*first).min((*place, stem));
                }
            }
        }
        let found = found.into_iter();
        found
            .map(|(number, (_, stem))| (number, stem.to_owned()))
            .collect()
    }
}

/// What `%` stands for in a pattern that a name matches.
pub fn stem(pattern: &str, name: &str) -> Option<String> {
    let (start, end) = pattern.split_once('%')?;
    let stem = name.strip_prefix(start)?.strip_suffix(end)?;
    (!stem.is_empty()).then(|| stem.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_matches_as_each_pattern_alone_does() {
        let targets = [
            "%", "t%", "%.o", "t%.o", "a", "t%", "ä%", "%ä", "%t%", "t.o%",
        ];
        let rules: Vec<Rule> = targets
            .windows(2)
            .map(|targets| Rule {
                targets: targets.iter().map(|it| (*it).to_owned()).collect(),
                ..Rule::default()
            })
            .collect();
        let patterns = Patterns::of(&rules);
        for name in [
            "", "t", "to", "t.o", "tt.o", "x.o", ".o", "ää", "äxä", "at%", "t.oo",
        ] {
            let alone = rules.iter().enumerate().filter_map(|(number, rule)| {
                let mut targets = rule.targets.iter().filter(|it| it.contains('%'));
                Some((number, targets.find_map(|pattern| stem(pattern, name))?))
            });
            assert_eq!(patterns.matching(name), alone.collect(), "{name}");
        }
    }
}
