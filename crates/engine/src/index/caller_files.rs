//! The configuration files in which something may depend on who runs Terraform, or name an IAM user.

use aho_corasick::{AhoCorasick, MatchKind};

/// Bytes of which such a file contains one.
const WORDS: [&str; 12] = [
    "aws_caller_identity",
    "aws_iam_session_context",
    "aws_eks_cluster_auth",
    "_creator_admin_permissions",
    "aws_eks_access_entry",
    "access_entries",
    "aws_auth_",
    "mapRoles",
    "mapUsers",
    "iam_access_key",
    "modules/iam-user",
    ":user/",
];

/// One search for all the words: each file is searched once, and few are read for it.
pub(super) struct CallerFilter(Option<AhoCorasick>);

impl CallerFilter {
    pub fn new() -> Self {
        // Only for leftmost matches the crate searches by vectors (Teddy): as fast as one word.
        let mut search = AhoCorasick::builder();
        Self(
            search
                .match_kind(MatchKind::LeftmostFirst)
                .build(WORDS)
                .ok(),
        )
    }

    /// Whether the content has one of the words.
    pub fn admits(&self, content: &[u8]) -> bool {
        self.0.as_ref().is_none_or(|words| words.is_match(content))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_depend_on_nobody_are_not_read() {
        let filter = CallerFilter::new();
        for word in WORDS {
            assert!(
                filter.admits(format!("a = \"{word}\"").as_bytes()),
                "{word}"
            );
        }
        for content in [
            "resource \"aws_vpc\" \"x\" {}\n",
            "user = \"x\"",
            "arn:aws:iam::1:role/x",
        ] {
            assert!(!filter.admits(content.as_bytes()), "{content}");
        }
    }
}
