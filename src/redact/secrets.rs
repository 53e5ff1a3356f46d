//! Where secrets stand in a text.

use std::collections::{BTreeSet, HashSet};
use std::ops::Range;

use super::scan::Scan;
use super::{commands, elements, entries, fallbacks, interpolation, shapes, urls};

/// The byte spans of the secrets in a Terraform, tfvars or workflow text, in order and apart from
/// each other, each without its quotes and inside one line: what is assigned to a telling name, in
/// whichever way; what is passed to a command as one; what stands in for one; what looks like a credential that somebody
/// issued, wherever it stands; and credentials in URLs.
pub fn secrets(text: &str) -> Vec<Range<usize>> {
    secrets_with(text, &HashSet::new())
}

/// The same, where locals and variables of these names are secrets, too.
pub fn secrets_with(text: &str, names: &HashSet<String>) -> Vec<Range<usize>> {
    let mut names = names.clone();
    let mut rounds = 0;
    loop {
        let (found, references) = read(text, &names);
        let known = names.len();
        names.extend(references);
        rounds += 1;
        if names.len() == known || rounds == ROUNDS {
            return found;
        }
    }
}

/// How many locals may stand between a secret and the name that tells of it.
pub const ROUNDS: usize = 4;

/// The spans, and the names of locals and variables that the text takes secrets from.
pub fn read(text: &str, names: &HashSet<String>) -> (Vec<Range<usize>>, BTreeSet<String>) {
    let mut scan = Scan::new(text, names);
    entries::read(&mut scan);
    commands::read(&mut scan);
    fallbacks::read(&mut scan);
    elements::read(&mut scan);
    shapes::read(&mut scan);
    urls::read(&mut scan);
    while let Some(span) = scan.interpolations.pop() {
        interpolation::read(&mut scan, span);
    }
    (apart(scan.found), scan.references)
}

/// Spans in order, those that overlap made one.
pub fn apart(mut spans: Vec<Range<usize>>) -> Vec<Range<usize>> {
    spans.sort_unstable_by_key(|span| span.start);
    spans.dedup_by(|next, kept| {
        let overlap = next.start < kept.end;
        if overlap {
            kept.end = kept.end.max(next.end);
        }
        overlap
    });
    spans
}
