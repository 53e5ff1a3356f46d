//! Comments above keys in an `env:`, which stay above the sign-in that takes their place.

use ci::github::keys::pair::KeyPair;
use ci::github::workflow::model::entry;

use super::convert::{Conversion, Converted};

impl Conversion<'_> {
    /// The comment lines directly above the first key of a pair, for the first sign-in that takes its
    /// place; those between the keys and behind them are about the keys, and go with them.
    pub(super) fn comments_above(&self, pair: &KeyPair, done: &mut Converted) -> String {
        // Keys that stay beside a role keep their comments.
        if done.takes_either {
            return String::new();
        }
        let text = self.flow.workflows.source(self.owner).yaml.text();
        let offsets = pair.entries.iter().filter_map(|(scope, name)| {
            let (env, _) = self.env_of(*scope);
            Some(entry(env, name)?.offset)
        });
        let Some(first) = offsets.min().filter(|first| done.commented.insert(*first)) else {
            return String::new();
        };
        let start = text[..first].rfind('\n').map_or(0, |end| end + 1);
        let above = text[..start].lines().rev().map(str::trim);
        let above = above.take_while(|line| line.starts_with('#'));
        let mut comments: Vec<String> = above.map(|line| format!("{line}\n")).collect();
        comments.reverse();
        comments.concat()
    }
}
