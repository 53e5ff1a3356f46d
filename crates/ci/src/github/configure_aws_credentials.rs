//! `aws-actions/configure-aws-credentials`: its releases, and which of them sign in by OIDC.

use crate::github::uses::{ActionReference, is_commit};

/// The action's name.
pub const ACTION: &str = "aws-actions/configure-aws-credentials";

/// Commits and the tags that pointed at them when they were crawled. A moving tag such as `v4` may
/// be listed at a commit that it has left since.
const RELEASES: &str = include_str!("releases.tsv");

/// The newest release known: what a job gets that has no usable one. It runs on Node.js 24.
const NEWEST: Release = Release {
    tag: "v6.2.3",
    commit: "e6de054238d6b7531b4efff3b6587d9aade6a06c",
};

struct Release {
    tag: &'static str,
    commit: &'static str,
}

impl ActionReference<'_> {
    /// Whether it is this action. GitHub compares owner and repository without case.
    pub fn is_configure(&self) -> bool {
        self.action.eq_ignore_ascii_case(ACTION)
    }
}

/// Whether a release of the action signs in by OIDC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Oidc {
    /// It does: v1.6.0 introduced it.
    Able,
    /// It is older than v1.6.0.
    TooOld,
    /// The commit or tag is not known.
    Unknown,
}

/// Whether the release at that ref signs in by OIDC.
pub fn oidc(at: &str) -> Oidc {
    // The default branch, by its present and its former name, is at least the newest release.
    if matches!(at, "main" | "master") {
        return Oidc::Able;
    }
    if !is_commit(at) {
        return of_tag(at);
    }
    let Some(tags) = tags(at) else {
        return Oidc::Unknown;
    };
    // Nothing tells which 1.x the moving tag `v1` stood at when it was crawled.
    let exact = tags.split(',').map(|tag| match tag {
        "v1" => Oidc::Unknown,
        tag => of_tag(tag),
    });
    let mut exact = exact.filter(|oidc| *oidc != Oidc::Unknown);
    exact.next().unwrap_or(Oidc::Unknown)
}

/// Whether the release at that ref has the input `aws-profile`, which v6.1.0 introduced.
pub fn has_profiles(at: &str) -> bool {
    at == "main" || is_since(at, (6, 1))
}

/// Whether the release at that ref has the input `role-chaining`, which v2.1.0 introduced.
pub fn can_chain(at: &str) -> bool {
    at == "main" || is_since(at, (2, 1))
}

/// Whether the release at that ref has the input `unset-current-credentials`, which v3.0.0
/// introduced.
pub fn can_unset(at: &str) -> bool {
    at == "main" || is_since(at, (3, 0))
}

/// Whether the release at that ref has the input `allowed-account-ids`, which v5.0.0 introduced;
/// v4 ignores it.
pub fn can_limit_accounts(at: &str) -> bool {
    at == "main" || is_since(at, (5, 0))
}

/// Whether the release at that ref runs on a Node.js version that GitHub's runners still provide:
/// v4 moved to Node.js 20.
pub fn is_current(at: &str) -> bool {
    at == "main" || is_since(at, (4, 0))
}

/// Whether the release at that ref is known to ignore the input `aws-profile`: it exports credentials
/// all the same.
pub fn ignores_profiles(at: &str) -> bool {
    is_before(at, (6, 1))
}

/// Whether the release at that ref is known to ignore the input `output-env-credentials`, which
/// v4.3.0 introduced.
pub fn ignores_output(at: &str) -> bool {
    is_before(at, (4, 3))
}

/// Whether the release at that ref is known to read no inputs from its environment, which releases from
/// v4.2.0 on do.
pub fn ignores_environment(at: &str) -> bool {
    is_before(at, (4, 2))
}

/// Whether the release at that ref is known, and older.
fn is_before(at: &str, first: (u32, u32)) -> bool {
    let known = match is_commit(at) {
        true => tags(at).is_some_and(|tags| tags.split(',').any(|tag| parts(tag).is_some())),
        false => parts(at).is_some(),
    };
    known && !is_since(at, first)
}

fn is_since(at: &str, first: (u32, u32)) -> bool {
    // The tag of a major version moves to its newest release; a commit stays at the release that it
    // was.
    let (tags, newest) = match is_commit(at) {
        true => (tags(at).unwrap_or_default(), 0),
        false => (at, u32::MAX),
    };
    let mut tags = tags.split(',').filter_map(parts);
    tags.any(|(major, minor, _)| (major, minor.unwrap_or(newest)) >= first)
}

/// The rows of the table: commit and tags.
fn rows() -> impl Iterator<Item = (&'static str, &'static str)> {
    let lines = RELEASES.lines().filter(|line| !line.starts_with('#'));
    lines.skip(1).filter_map(|row| row.split_once('\t'))
}

fn tags(commit: &str) -> Option<&'static str> {
    let (_, tags) = rows().find(|(known, _)| known.eq_ignore_ascii_case(commit))?;
    Some(tags)
}

fn of_tag(tag: &str) -> Oidc {
    match parts(tag) {
        Some((1, Some(minor), _)) if minor < 6 => Oidc::TooOld,
        None | Some((0, ..)) => Oidc::Unknown,
        // The tag of a major version moves to its newest release.
        Some(_) => Oidc::Able,
    }
}

/// Major, minor and patch of a tag like `v4.0.2` or `v1-node16`.
fn parts(tag: &str) -> Option<(u32, Option<u32>, Option<u32>)> {
    let tag = tag.strip_prefix('v').unwrap_or(tag);
    let mut numbers = tag.split(['.', '-']);
    let major = numbers.next()?.parse().ok()?;
    let mut next = || numbers.next().and_then(|number| number.parse().ok());
    let minor = next();
    Some((major, minor, next()))
}

/// How a repository pins actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pin {
    /// `@v6`.
    Major,
    /// `@v6.2.3`.
    Exact,
    /// `@e6de054... # v6.2.3`.
    Commit,
}

impl Pin {
    /// The style of one ref.
    pub fn of(at: &str) -> Self {
        match is_commit(at) {
            true => Self::Commit,
            // A tag with a dot names one release, one without moves with its major version.
            false if at.contains('.') => Self::Exact,
            false => Self::Major,
        }
    }

    /// The newest release in this style, as `uses:` names it.
    pub fn newest(self) -> String {
        let Release { tag, commit } = NEWEST;
        match self {
            Self::Major => format!("{ACTION}@{}", tag.split('.').next().unwrap_or(tag)),
            Self::Exact => format!("{ACTION}@{tag}"),
            Self::Commit => format!("{ACTION}@{commit} # {tag}"),
        }
    }
}

/// The action's inputs for credentials: access key id, secret key, session token.
pub const KEY_INPUTS: [&str; 3] = [
    "aws-access-key-id",
    "aws-secret-access-key",
    "aws-session-token",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::github::uses::remote_action;

    #[test]
    fn the_table_is_well_formed() {
        let lines = RELEASES.lines().filter(|line| !line.starts_with('#'));
        assert_eq!(rows().count(), lines.count() - 1, "a row has no tab");
        for (commit, tags) in rows() {
            assert!(is_commit(commit) && !tags.is_empty(), "{commit}");
        }
        assert!(rows().is_sorted());
        assert!(
            tags(NEWEST.commit)
                .unwrap()
                .split(',')
                .any(|tag| tag == NEWEST.tag)
        );
    }

    #[test]
    fn oidc_came_with_1_6_0() {
        for (at, expected) in [
            ("v1", Oidc::Able),
            ("v4", Oidc::Able),
            ("main", Oidc::Able),
            ("v1.6.0", Oidc::Able),
            ("v1-node16", Oidc::Able),
            ("v1.5.11", Oidc::TooOld),
            ("v1.5", Oidc::TooOld),
            ("854a67f9f7301722f3bc27da4592c16e6d5024e3", Oidc::Able),
            ("0D9A5BE0DCEEA74E09396820E1E522BA4A110D2F", Oidc::TooOld),
            ("6a64f289c4a4b67a1e2c44cc4bd9d6f7bc59b156", Oidc::Unknown),
            ("0d04879d366c9959065c153479c620d35e5c4097", Oidc::Able),
            ("ffffffffffffffffffffffffffffffffffffffff", Oidc::Unknown),
            ("feature", Oidc::Unknown),
        ] {
            assert_eq!(oidc(at), expected, "{at}");
        }
    }

    #[test]
    fn profiles_came_with_6_1_0() {
        let having = [
            "v6",
            "v6.1.0",
            "v6.2.3",
            "e6de054238d6b7531b4efff3b6587d9aade6a06c",
        ];
        assert!(having.into_iter().all(has_profiles));
        let lacking = [
            "v6.0.0",
            "v5",
            "master",
            "8df5847569e6427dd6c4fb1cf565c83acfa8afa7",
            "451ce2a72e8d729a59ebeaacab82dbce58e7af4c",
        ];
        assert!(!lacking.into_iter().any(has_profiles));
    }

    #[test]
    fn a_release_ignores_an_input_that_is_younger() {
        for (at, profile, output) in [
            ("v4", true, false),
            ("v4.2.1", true, true),
            ("v4.3.0", true, false),
            ("v1-node16", true, true),
            ("0d9a5be0dceea74e09396820e1e522ba4a110d2f", true, true),
            ("v6.0.0", true, false),
            ("v6.1.0", false, false),
            ("v6", false, false),
            ("main", false, false),
            // Not known.
            ("feature", false, false),
            ("ffffffffffffffffffffffffffffffffffffffff", false, false),
        ] {
            assert_eq!(
                (ignores_profiles(at), ignores_output(at)),
                (profile, output),
                "{at}"
            );
        }
    }

    #[test]
    fn runners_have_the_node_of_4_and_later() {
        assert!(["v4", "v4.0.2", "v6", "main"].into_iter().all(is_current));
        let old = [
            "v1",
            "v3.0.1",
            "master",
            "0d04879d366c9959065c153479c620d35e5c4097",
        ];
        assert!(!old.into_iter().any(is_current));
    }

    #[test]
    fn the_action_is_known_in_any_case() {
        let configure = remote_action("AWS-actions/configure-aws-credentials@v4").unwrap();
        assert!(configure.is_configure());
    }
}
