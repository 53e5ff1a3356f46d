//! Whether a file has one of several words.

use aho_corasick::{AhoCorasick, MatchKind};

/// One search for all of some words, as fast as for one: a file that has none, as most have, is searched
/// once.
#[derive(Debug)]
pub(super) struct AnyWord(Option<AhoCorasick>);

impl AnyWord {
    /// A search for these.
    pub fn of<'w>(words: impl IntoIterator<Item = &'w [u8]>) -> Self {
        // Only for leftmost matches the crate searches by vectors (Teddy).
        let mut search = AhoCorasick::builder();
        let search = search.match_kind(MatchKind::LeftmostFirst);
        Self(search.build(words).ok())
    }

    /// Whether the content has one of them.
    pub fn is_in(&self, content: &[u8]) -> bool {
        self.0.as_ref().is_none_or(|words| words.is_match(content))
    }
}
