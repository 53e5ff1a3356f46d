//! The configuration files in which something may depend on who runs Terraform, or name an IAM user.

use super::any_word::AnyWord;

/// Bytes of which such a file contains one.
pub(super) const WORDS: [&[u8]; 17] = [
    b"aws_caller_identity",
    b"aws_iam_session_context",
    b"aws_eks_cluster_auth",
    b"_creator_admin_permissions",
    b"aws_eks_access_entry",
    b"access_entries",
    b"aws_auth_",
    b"mapRoles",
    b"mapUsers",
    b"iam_access_key",
    b"modules/iam-user",
    b"iam-system-user",
    b":user/",
    b"\"awscc\"",
    b"aws_assume_role_arn",
    b"aws_access_key",
    b"terraform-aws-modules/eks/aws",
];

/// The byte search that decides whether a configuration file is one of them: few are read for it.
pub(super) struct CallerFilter(AnyWord);

impl CallerFilter {
    pub fn new() -> Self {
        Self(AnyWord::of(WORDS))
    }

    /// Whether the content has one of the words.
    pub fn admits(&self, content: &[u8]) -> bool {
        self.0.is_in(content)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_depend_on_nobody_are_not_read() {
        let filter = CallerFilter::new();
        for word in WORDS {
            let content = [b"a = \"", word, b"\""].concat();
            assert!(filter.admits(&content), "{}", word.escape_ascii());
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
