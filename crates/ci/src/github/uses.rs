//! `uses:` of a step: the action, and the ref that it is pinned to.

/// An action of another repository, as `uses:` names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActionReference<'t> {
    /// `OWNER/REPOSITORY`, with the path of the action in it.
    pub action: &'t str,
    /// Branch, tag or commit.
    pub at: &'t str,
}

/// The action of another repository that `uses:` names; `None` for local actions and images.
pub fn remote_action(uses: &str) -> Option<ActionReference<'_>> {
    let (action, at) = uses.trim().split_once('@')?;
    let is_remote = !action.starts_with('.') && !action.contains("://");
    is_remote.then_some(ActionReference { action, at })
}

/// Whether a ref is a full commit SHA; GitHub supports no abbreviated ones.
pub fn is_commit(at: &str) -> bool {
    at.len() == 40 && at.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remote_actions_are_told_from_local_ones() {
        let remote = remote_action("hashicorp/setup-terraform@v3").unwrap();
        assert_eq!(
            (remote.action, remote.at),
            ("hashicorp/setup-terraform", "v3")
        );
        assert_eq!(remote_action("./.github/actions/x"), None);
        assert_eq!(remote_action("docker://alpine@sha256:1"), None);
    }
}
