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
    /// The secrets of each text by these names, where reading it again would find no others.
    own: Vec<Vec<Range<usize>>>,
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
        let mut own = Vec::new();
        for _ in 0..ROUNDS {
            let count = names.len();
            let each = texts.par_iter().map(|text| {
                let (found, references) = read(text, &names);
                let values = found.iter().map(|span| &text[span.clone()]);
                let values: Vec<&str> = values.filter(|it| is_random(it)).collect();
                (found, values, references)
            });
            let mut all = Vec::with_capacity(texts.len());
            for (found, values, references) in each.collect::<Vec<_>>() {
                all.push(found);
                known.extend(values);
                names.extend(references);
            }
            if names.len() == count {
                own = all;
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
        Self { names, values, own }
    }

    /// The byte spans of the secrets in `text`, in order and apart from each other: its own, and what
    /// is known.
    pub fn secrets(&self, text: &str) -> Vec<Range<usize>> {
        let own = secrets_with(text, &self.names);
        apart(own.into_iter().chain(self.places(text)).collect())
    }

    /// The same of the text that stood at `number` among those that this is of.
    // Reading texts is a seventh of a plan's time: those of the plan were read to know what they hold.
    pub fn secrets_of(&self, number: usize, text: &str) -> Vec<Range<usize>> {
        match self.own.get(number) {
            Some(own) => apart(own.iter().cloned().chain(self.places(text)).collect()),
            None => self.secrets(text),
        }
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
    fn the_secrets_of_a_text_of_the_plan_are_those_that_are_found_where_it_is_read_again() {
        let chain = |from: usize, to: usize| -> String {
            let link = |at| format!("  a{at} = local.a{}\n", at + 1);
            (from..to).map(link).collect()
        };
        let end = "  a9 = \"wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY1\"\n";
        for links in 0..9 {
            let first = format!("secret_key = local.a{}\n", 9 - links);
            let texts = [first, chain(9 - links, 9) + end, String::new()];
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let known = Known::of(&texts, &["local".to_owned()]);
            for (number, text) in texts.iter().enumerate() {
                assert_eq!(
                    known.secrets_of(number, text),
                    known.secrets(text),
                    "{links}"
                );
            }
            assert_eq!(known.own.is_empty(), links + 1 >= ROUNDS, "{links}");
        }
    }

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
