//! What the texts of one plan tell of each other.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet};
use std::ops::Range;

use rayon::prelude::*;

use super::secrets::{ROUNDS, apart, read, secrets_with};
use super::shown;
use super::values::is_random;

/// Secrets that are hidden wherever they stand.
#[derive(Debug, Default)]
pub struct Known {
    /// The locals and variables that hold one.
    names: HashSet<String>,
    /// Those that nobody writes by chance, in order.
    values: Vec<KnownValue>,
}

#[derive(Debug)]
struct KnownValue {
    text: String,
    /// The longest of the others that it begins with.
    shorter: Option<usize>,
}

impl Known {
    /// The secrets of `texts`, and these `values`.
    pub fn of(texts: &[&str], values: &[String]) -> Self {
        let mut names: HashSet<String> = HashSet::new();
        let mut known: BTreeSet<&str> = values.iter().map(String::as_str).collect();
        for _ in 0..ROUNDS {
            let count = names.len();
            let each = texts.par_iter().map(|text| {
                let (found, references) = read(text, &names);
                let found = found.into_iter().map(|span| &text[span]);
                let found: Vec<&str> = found.filter(|it| is_random(it)).collect();
                (found, references)
            });
            for (found, references) in each.collect::<Vec<_>>() {
                known.extend(found);
                names.extend(references);
            }
            if names.len() == count {
                break;
            }
        }
        known.remove("");
        let mut values: Vec<KnownValue> = Vec::with_capacity(known.len());
        for text in known {
            let mut shorter = values.len().checked_sub(1);
            while let Some(at) = shorter.filter(|&at| !text.starts_with(&values[at].text)) {
                shorter = values[at].shorter;
            }
            let text = text.to_owned();
            values.push(KnownValue { text, shorter });
        }
        Self { names, values }
    }

    /// The byte spans of the secrets in `text`, in order and apart from each other: its own, and what
    /// is known.
    pub fn secrets(&self, text: &str) -> Vec<Range<usize>> {
        let own = secrets_with(text, &self.names);
        apart(own.into_iter().chain(self.places(text)).collect())
    }

    /// `text` without what is known.
    pub fn masked<'t>(&self, text: &'t str) -> Cow<'t, str> {
        shown(text, 0..text.len(), &self.places(text))
    }

    /// Where values that are known stand, each at the beginning of a word.
    fn places(&self, text: &str) -> Vec<Range<usize>> {
        let mut places: Vec<Range<usize>> = Vec::new();
        if self.values.is_empty() {
            return places;
        }
        let mut in_word = false;
        let mut read_to = 0;
        for (at, c) in text.char_indices() {
            let begins = !(in_word && c.is_ascii_alphanumeric());
            in_word = c.is_ascii_alphanumeric();
            if begins
                && at >= read_to
                && let Some(length) = self.longest(&text[at..])
            {
                read_to = at + length;
                places.push(at..read_to);
            }
        }
        places
    }

    /// The length of the longest value that `text` begins with.
    fn longest(&self, text: &str) -> Option<usize> {
        // What a text begins with stands before it, and all behind the longest begin with that.
        let behind = self
            .values
            .partition_point(|value| value.text.as_str() <= text);
        let mut value = behind.checked_sub(1);
        while let Some(at) = value.filter(|&at| !text.starts_with(&self.values[at].text)) {
            value = self.values[at].shorter;
        }
        value.map(|at| self.values[at].text.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_of_several_values_is_found_at_the_beginning_of_words() {
        let values = ["abc", "abcdef", "abcx", "b", "+d"].map(str::to_owned);
        let known = Known::of(&[], &values);
        for (text, expected) in [
            ("abcdef abcdz abcx", "**** ****dz ****"),
            ("xabc b ab a+d", "xabc **** ab a****"),
            ("é abc", "é ****"),
            ("", ""),
        ] {
            assert_eq!(known.masked(text), expected);
        }
    }
}
